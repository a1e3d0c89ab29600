# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what a host answered to a state, and what stands in the way of writing. No I/O."""

from __future__ import annotations

import contextlib
import re
import typing as t
from dataclasses import dataclass, field

from .._core.account import Account
from .._core.effective import effective
from .._core.errors import ReadError
from .._core.findings import Finding
from .._core.record import JOURNAL_ID, JournalEntry, Record
from .._core.state import Directory, State
from .._core.values import Value, Variables, fold_name
from .._core.wanted import Goal, Scope, Wanted
from .._core.windows import (
    can_look_up,
    child,
    directory_of,
    expand,
    fold_path,
    is_absolute,
    with_texts,
)
from .._formats import frames, programs, regtext
from .._formats.cmdscript import chunks
from .._formats.directories import PATHEXT, parse_lookup
from .._hosts import staging
from .._hosts.transport import Completed, said
from .registry_scripts import CODE_PAGE_KEY, FOLDERS_KEY, PROFILES_KEY
from .registry_state import PROFILE_CORE, Parts, state_of
from .registry_writing import MACHINE_KEY, Keys

_PROFILE_MANDATORY, _PROFILE_TEMPORARY = 0x1, 0x800  # ProfileList\<SID>\State
_TEMPORARY_FOLDER = re.compile(r"\\TEMP(?:\.[^\\]*)?\Z", re.IGNORECASE)


@dataclass
class Reading:
    """What is known so far of the host, as bytes of the first command and what later ones added."""

    first: frames.Framed
    codec: str | None = None
    sid: str = ""
    later: list[frames.Framed] = field(default_factory=list)
    asked: list[tuple[str, Directory]] = field(default_factory=list)
    exact: dict[str, Variables] = field(default_factory=dict)
    unreached: Finding | None = None  # why the user scope could not be found


def must_have_answered(framed: frames.Framed, completed: Completed) -> None:
    if "page" not in framed or "core" not in framed:
        raise ReadError(
            f"cmd.exe did not answer as a Windows command prompt does. {said(completed)}",
            "Check that the host is Windows, that the policy 'Prevent access to the command prompt' is off for "
            "this account, and, over ssh, "
            "that the default shell is cmd.exe.",
        )


def plain(words: t.Iterable[str]) -> str:
    return " ".join(word for word in words if word and not word.startswith("gd-"))


def codec_of(framed: frames.Framed, oem: int | None) -> str | None:
    try:
        return frames.code_page(framed.first("page") or b"", oem)
    except ValueError as error:
        raise ReadError(
            f"The host answers in {error}, which cannot be read here.", "Connect over winrm, which can ask for UTF-8."
        ) from error


def decode(raw: bytes, codec: str | None) -> str:
    return frames.decode(raw, codec or "utf-8")


def oem_page(framed: frames.Framed) -> int:
    found = regtext.parse_query(frames.decode(framed.first("oem") or b"", "ascii"), CODE_PAGE_KEY)
    text = (found.value("OEMCP") if found else None) or ""
    if not text.isdigit():
        raise ReadError(
            "The host's output is not UTF-8, and its code page could not be read.",
            "Connect over winrm, which can ask for UTF-8.",
        )
    return int(text)


def variables_of(key: regtext.Key) -> Variables:
    return Variables((name, Value(data, kind)) for name, kind, data in key.values if not name.startswith("("))


def exact_variables(raw: bytes, key: str) -> Variables:
    """The variables in an export that came as base64. Raises ReadError when it did not come whole."""
    try:
        keys = regtext.parse_reg(programs.parse_certutil(raw.decode("ascii", "replace")))
        found = {path.upper(): item for path, item in keys.items()}[regtext.long_name(key).upper()]
    except (ValueError, KeyError) as error:
        raise ReadError(
            f"{regtext.long_name(key)} holds characters that the host's code page cannot print, and an exact "
            f"copy could not be read ({error}).",
            "Set the system locale to UTF-8, or connect over winrm; certutil.exe must be allowed to run.",
        ) from error
    return Variables((name, Value(data, kind)) for name, kind, data in found.values if name)


def descriptors(framed: frames.Framed, count: int) -> tuple[str, ...] | None:
    """The security descriptors of `count` paths, or None when not all of them could be read."""
    try:
        text = programs.parse_certutil((framed.first("acl") or b"").decode("ascii", "replace")).decode(
            "utf-16-le", "replace"
        )
    except ValueError:
        return None
    found = tuple(line.strip() for line in text.splitlines() if line.strip().startswith("D:"))
    return found if found and len(found) == count else None


def plain_directories(wanted: Wanted) -> list[str]:
    """The directories of the options that hold no references, so that the first command can ask for them."""
    if wanted.goal is not Goal.PRESENT:
        return []
    places = []
    if wanted.goroot is not None:
        places += [wanted.goroot, child(wanted.goroot, "bin")]
    places += [entry for _role, entry in wanted.entries()]
    if wanted.create_directories and wanted.gopath:
        places += [child(wanted.gopath[0], name) for name in ("src", "pkg", "bin")]
    plain = {fold_path(place, {}): directory_of(place, {}) for place in places if "%" not in place}
    return next(iter(chunks([place for place in plain.values() if can_look_up(place)], 5000)), [])


class Reader:
    """A state out of what was read so far."""

    def __init__(self, reading: Reading, wanted: Wanted, first_paths: list[str], tolerant: bool = False) -> None:
        self.reading, self.wanted, self.first_paths, self.tolerant = reading, wanted, first_paths, tolerant
        self.doubtful = False
        self.lossless = reading.codec == "utf-8"
        self.core = programs.parse_set(self.text("core"))
        self.account = programs.parse_whoami(self.text("account"))

    def _part(self, name: str) -> bytes | None:
        for framed in [*reversed(self.reading.later), self.reading.first]:
            if name in framed:
                return framed.first(name)
        return None

    def text(self, name: str) -> str:
        return decode(self._part(name) or b"", self.reading.codec)

    def _readings(self, raw: bytes) -> t.Iterator[str]:
        """A text that programs printed; where it is not of the page that cmd.exe has, as each page would have it that
        Windows uses.
        """
        text = decode(raw, self.reading.codec)
        yield text
        for page in frames.CODE_PAGES.values() if "\ufffd" in text else ():
            with contextlib.suppress(UnicodeDecodeError):
                yield raw.decode(page)

    def account_names(self) -> set[str]:
        """What the connecting account may be called, with and without its domain, in upper case: whoami.exe may print
        in a page of its own.
        """
        found = (programs.parse_whoami(text) for text in self._readings(self._part("account") or b""))
        names = {account[0].upper() for account in found if account}
        return names | {name.rpartition("\\")[2] for name in names}

    def query(self, name: str, key: str) -> regtext.Key | None:
        return regtext.parse_query(self.text(name), key, self.lossless)

    def has_user(self) -> bool:
        return self.wanted.scope is Scope.MACHINE or self._part("user") is not None

    def locate(self) -> bool:
        """Find out whose user scope this is. False when its hive must still be read. Raises ReadError when there is
        none.
        """
        if self.reading.unreached:
            return True
        if self.reading.sid:
            return self._part("user") is not None
        user = self.wanted.user
        if user is None:
            self.reading.sid = self.account[1] if self.account else ""
            # The question for the own hive is one of a second cmd.exe, which an AutoRun of somebody's may end, and a
            # long PATH keep from whoami.
            return not self.reading.sid or self._part("user") is not None
        elif user.upper().startswith("S-1-"):
            self.reading.sid = user.upper()
        else:
            self.reading.sid = self._sid_of(user)
            return not self.reading.sid
        return True

    def _sid_of(self, user: str) -> str:
        """The SID of a loaded hive whose volatile environment names this user (docs/facts.md, "User hives"); never by a
        folder's name. An empty text where there is none.
        """
        domain, sep, name = user.rpartition("\\")
        if domain == ".":
            domain = self.core.get("COMPUTERNAME", "")
        found: dict[str, str] = {}
        for raw in self.reading.first.parts.get("who", ()):
            for text in self._readings(raw):
                root = text.split("\n", 1)[0].strip()
                key = regtext.parse_query(text, root + "\\Volatile Environment", self.lossless)
                if key is None:
                    continue
                its_name, its_domain = key.value("USERNAME") or "", key.value("USERDOMAIN") or ""
                label = found.setdefault(root.rpartition("\\")[2], f"{its_domain}\\{its_name}")
                if (
                    its_name.upper() == name.upper()
                    and (not sep or its_domain.upper() == domain.upper())
                    and not label.endswith("\0")
                ):
                    found[root.rpartition("\\")[2]] += "\0"
        matches = [root for root, label in found.items() if label.endswith("\0")]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ReadError(
                f"More than one signed-in user is called {user}.",
                "Name the domain too, or the SID: " + ", ".join(matches) + ".",
            )
        there = ", ".join(sorted(label for label in found.values())) or "nobody"
        self.reading.unreached = Finding.of(
            "hive_not_read",
            f"No loaded hive belongs to {user}; signed in: {there}.",
            "Only a user who is signed in, or whose hive is loaded, can be reached for now: let them sign in, or "
            "name the SID.",
            user,
        )
        return ""

    def state(self) -> State:
        machine, machine_read = self._machine()
        user, read = self._user()
        record, journal = self._record()
        own = self.account is not None and self.reading.sid == self.account[1]
        volatile = self.query("volatile", f"HKU\\{self.reading.sid}\\Volatile Environment")
        session = variables_of(volatile) if volatile else Variables()
        profile = (
            with_texts({name: self.core[name] for name in PROFILE_CORE if name in self.core})
            if own
            else Variables((name, value) for name, value in session.items() if name.upper() in PROFILE_CORE)
        )
        profile = profile.replace(self._folders(profile))
        anchor = self.query("anchor", Keys.of(self.wanted.scope, self.reading.sid).anchor)
        name, account_sid, elevated = self.account or ("", "", False)
        parts = Parts(
            self.wanted.scope,
            Account(account_sid, name, elevated),
            self.reading.sid,
            self.core,
            machine if machine_read else None,
            profile,
            user if read else None,
            session,
            variables_of(anchor).get("InstallPath") if anchor else None,
            record,
            journal,
            tuple(staging.staged(self.text("tools").splitlines())),
            self._inventory(),
            tuple(self._obstacles(read)),
        )
        state = state_of(parts)
        return state._replace(directories=self._directories(state))

    def _machine(self) -> tuple[Variables, bool]:
        found = self.query("machine", MACHINE_KEY)
        if found is None or found.value("PATH") is None:
            if self.tolerant:
                return Variables(), False
            raise ReadError(
                "The machine's variables could not be read: reg.exe gave no " + ("Path" if found else "key") + ".",
                "Look for the policy 'Prevent access to registry editing tools' (DisableRegistryTools) for this "
                "account, and for a missing right "
                "to read HKLM\\SYSTEM. Nothing is planned from a reading that may have failed.",
            )
        return self._exact_or(found, Scope.MACHINE), True

    def _user(self) -> tuple[Variables, bool]:
        found = self.query("user", f"HKU\\{self.reading.sid}\\Environment")
        if found is not None:
            return self._exact_or(found, Scope.USER), True
        return Variables(), False

    def _obstacles(self, user_read: bool) -> t.Iterator[Finding]:
        """Everything that would stop a change, found before the first write."""
        rights = list(_rights(self, self.wanted))
        yield from rights
        if "tar" not in [line.strip() for line in self.text("tools").splitlines()]:
            yield Finding.of(
                "missing_program",
                "The host has no tar.exe, which Windows has since Windows 10 1803 and Server 2019.",
                "Update that Windows.",
            )
        yield from _profile(self, self.wanted)
        if self.reading.unreached:
            yield self.reading.unreached
        elif self.wanted.scope is Scope.USER and not user_read and not rights:
            yield Finding.of(
                "hive_not_read",
                f"HKEY_USERS\\{self.reading.sid}\\Environment could not be read: the hive of that user is not "
                "loaded, or this account may not read it.",
                "Let the user sign in, or connect as the user over winrm with a loaded profile. Nothing is "
                "planned from a reading that may have failed.",
                self.reading.sid,
            )

    def _exact_or(self, found: regtext.Key, scope: Scope) -> Variables:
        if scope is not self.wanted.scope:
            return variables_of(found)
        if "target" in self.reading.exact:
            return self.reading.exact["target"]
        self.doubtful = self.doubtful or found.doubtful
        return variables_of(found)

    def _record(self) -> tuple[Record, dict[str, JournalEntry]]:
        keys = Keys.of(self.wanted.scope, self.reading.sid)
        home = self.query("home", keys.home)
        record = Record.loads(home.value("record") if home else None)
        listed = self.query("journal", f"{keys.home}\\journal")
        entries = [
            JournalEntry.loads(name, data)
            for name, _kind, data in (listed.values if listed else ())
            if JOURNAL_ID.match(name)
        ]
        return record, {entry.id: entry for entry in entries if entry is not None}

    def _folders(self, profile: Variables) -> dict[str, Value | None]:
        """AppData's two directories, as Explorer's settings of this user name them: where a policy redirected one, only
        they know.
        """
        found = self.query("folders", f"HKU\\{self.reading.sid}\\{FOLDERS_KEY}")
        out: dict[str, Value | None] = {}
        for folder, name in (("AppData", "APPDATA"), ("Local AppData", "LOCALAPPDATA")):
            text = expand((found.value(folder) if found else None) or "", profile)
            if is_absolute(text) and "%" not in text:
                out[name] = Value(text)
        return out

    def _inventory(self) -> dict[str, str]:
        """What Go's own installer wrote for this user (docs/facts.md, "Go installer")."""
        found = self.query("msi", f"HKU\\{self.reading.sid}\\Software\\GoProgrammingLanguage")
        return {name: data for name, _kind, data in found.values if not name.startswith("(")} if found else {}

    def _directories(self, state: State) -> dict[str, Directory]:
        known = self._on_path(state)
        answers = decode(self._part("dirs") or b"", self.reading.codec)
        if self.first_paths and self.reading.first.first("dirs") is not None:
            answers = decode(self.reading.first.first("dirs") or b"", self.reading.codec)
            known.update((fold_path(path, {}), item) for path, item in parse_lookup(self.first_paths, answers))
        known.update((fold_path(path, {}), item) for path, item in self.reading.asked)
        return known

    def _on_path(self, state: State) -> dict[str, Directory]:
        """Which directories on PATH hold a go, as where.exe saw it, where its PATH is the one the registry gives."""
        process = next((text for name, text in self.core.items() if name.upper() == "PATH"), None)
        listing = self.text("where")
        environment = effective(state)
        if (
            process is None
            or fold_name(process) != fold_name(environment.path_text)
            or regtext.is_doubtful(listing, self.lossless)
        ):
            return {}
        files: dict[str, list[str]] = {}
        for line in listing.splitlines():
            directory, sep, name = line.strip().rpartition("\\")
            if sep:
                files.setdefault(fold_path(directory, {}), []).append(name.lower())
        out = {}
        for entry in environment.path:
            path = directory_of(entry, {})
            fold = fold_path(path, {})
            if path:
                out[fold] = Directory(
                    None,
                    next((f"go{ending}" for ending in PATHEXT if f"go{ending}" in files.get(fold, ())), None),
                    None,
                    partial=True,
                )
        return out


def is_partial(state: State) -> bool:
    """Whether the reading may have missed something, because a program did not start on a busy host."""
    return not state.layer_of(Scope.MACHINE).known or any(
        finding.id in ("unknown_account", "hive_not_read") for _subject, finding in state.obstacles
    )


def _rights(reader: Reader, wanted: Wanted) -> t.Iterator[Finding]:
    if reader.account is None:
        yield Finding.of(
            "unknown_account",
            "whoami.exe did not say which account this is.",
            "Check that %SystemRoot%\\System32\\whoami.exe may run.",
        )
        return
    name, own, elevated = reader.account
    if wanted.scope is Scope.USER and wanted.user is None and own == "S-1-5-18":
        yield Finding.of(
            "local_system",
            "The connection runs as LocalSystem, which is nobody's user scope.",
            "Give user: the developer's name or SID, or use scope: machine.",
        )
    other = wanted.user is not None and wanted.user.upper() not in {own, *reader.account_names()}
    if (wanted.scope is Scope.MACHINE or other) and not elevated:
        what = "The machine scope" if wanted.scope is Scope.MACHINE else "Another user's scope"
        yield Finding.of(
            "not_elevated",
            f"{what} needs an elevated token, and this session of {name} has none: an ordinary account, or an "
            f"administrator's filtered token.",
            "Connect as the built-in Administrator or a domain administrator; for a local administrator, "
            "LocalAccountTokenFilterPolicy=1 lifts the filter for every local administrator over the network, "
            "with the risk that brings.",
        )


def _profile(reader: Reader, wanted: Wanted) -> t.Iterator[Finding]:
    if wanted.scope is not Scope.USER or not reader.reading.sid:
        return
    found = reader.query("profile", f"{PROFILES_KEY}\\{reader.reading.sid}")
    if found is None:
        return
    state = found.value("State") or "0x0"
    flags = int(state, 16) if re.match(r"0x[0-9a-fA-F]+\Z", state) else 0
    if flags & _PROFILE_TEMPORARY or _TEMPORARY_FOLDER.search(found.value("ProfileImagePath") or ""):
        yield Finding.of(
            "temporary_profile",
            "That user is signed in with a temporary profile, which Windows throws away at sign-out.",
            "Repair the profile first (ProfileList, .bak).",
        )
    elif flags & _PROFILE_MANDATORY:
        yield Finding.of(
            "mandatory_profile",
            "That user has a mandatory profile, which Windows throws away at sign-out.",
            "Change the mandatory profile itself, or use scope: machine.",
        )
