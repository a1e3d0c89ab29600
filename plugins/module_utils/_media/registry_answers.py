# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what a host answered to a state, and what stands in the way of writing. No I/O."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from .._core.account import Account
from .._core.effective import effective
from .._core.errors import ReadError
from .._core.findings import Finding
from .._core.planner import on_the_way
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
    is_remote,
    with_texts,
)
from .._formats import frames, profiles, programs, regtext
from .._formats.cmdscript import chunks
from .._formats.directories import PATHEXT, parse_lookup
from .._formats.profiles import PROFILES_KEY, Profile, lost_at_sign_out, roaming
from .._hosts import staging
from .._hosts.batch import Inquiry, Question
from .._hosts.transport import Completed, said
from . import registry_hives
from .registry_hives import Mount
from .registry_pieces import joined
from .registry_scripts import CODE_PAGE_KEY, FOLDERS_KEY, reg
from .registry_state import PROFILE_CORE, Parts, state_of
from .registry_writing import MACHINE_KEY, Keys


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
    nobody: bool = False  # no profile has the SID, and those that there are are asked for
    mount: Mount | None = None  # what must be loaded to read it
    root: str = ""  # where in HKU it was when it was read, if not under its SID
    loaded_since: bool = False  # the user has signed in after the first command
    noticed: list[Finding] = field(default_factory=list)

    @property
    def user(self) -> str:
        """The name in HKU of the user whose scope was read."""
        return self.root or self.sid


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


def oem_question() -> Inquiry[int]:
    """The OEM code page of the host."""
    mark = staging.new_mark()
    framed, _completed = yield Question(
        mark, tuple(frames.framed(mark, "oem", reg("query", CODE_PAGE_KEY, "/v OEMCP")))
    )
    return oem_page(framed)


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
        places += on_the_way(wanted.medium, directory_of(wanted.gopath[0], {}))
    plain = {fold_path(place, {}): directory_of(place, {}) for place in places if "%" not in place}
    return next(iter(chunks([place for place in plain.values() if can_look_up(place)], 5000)), [])


class Reader:
    """A state out of what was read so far."""

    #: whose variables are over the machine's, where that is the target
    over_machine = Scope.USER

    def __init__(self, reading: Reading, wanted: Wanted, first_paths: list[str], tolerant: bool = False) -> None:
        self.reading, self.wanted, self.first_paths, self.tolerant = reading, wanted, first_paths, tolerant
        self.doubtful = False
        #: the names of the values in the record's key and the journal's, by what these are called below the record's
        self.names: dict[str, frozenset[str]] = {}
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
        if self.wanted.scope is Scope.DEFAULT_USER:
            return self._locate_template()
        if self.reading.sid:
            return self._has_hive()
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
        return self._has_hive()

    # --- hives that are not loaded -----------------------------------------------------------------------------------

    def _has_hive(self) -> bool:
        """Whether the user's hive was read, or cannot be; else `reading.mount` says what is to be loaded first, where
        it is not.
        """
        if self.reading.root or (self._part("user") is not None and (self.reading.loaded_since or self._is_loaded())):
            return True
        if self.wanted.user is None or self.reading.loaded_since or self._is_loaded():
            return self._part("user") is not None
        profile = self.profile()
        if profile is None:
            return self._is_nobody()
        return self._mounting(self.reading.sid, self.reading.sid, profile.path)

    def _is_nobody(self) -> bool:
        """Whether it is known that no profile has that SID, and which ones there are; else they are asked for."""
        if "profiles" in self.reading.first.parts:
            there = [(one.folder, one.sid) for one in self.profiles().values() if one.is_real]
            self.reading.unreached = profiles.unknown(self.reading.sid, there, "This host")
        asked, self.reading.nobody = self.reading.nobody, bool(self.account and self.account[2])
        return asked or not self.reading.nobody or self.reading.unreached is not None

    def _is_loaded(self) -> bool:
        """Whether the user has a hive already; where reg.exe did not say which ones are loaded, it is taken for so."""
        names = self.loaded()
        return not names or self.reading.sid.upper() in (name.upper() for name in names)

    def loaded(self) -> list[str]:
        """The names in HKU."""
        return registry_hives.loaded_names(self.text("hives"))

    def profile(self) -> Profile | None:
        """The profile of the user."""
        found = self.query("profile", f"{PROFILES_KEY}\\{self.reading.sid}")
        return Profile.of(found) if found else self.profiles().get(self.reading.sid)

    def profiles(self) -> dict[str, Profile]:
        """All profiles by SID, where they were asked for."""
        texts = (decode(raw, self.reading.codec) for raw in self.reading.first.parts.get("profiles", ()))
        return profiles.parse_profiles(texts, self.lossless)

    def template(self) -> str:
        """The folder that new profiles are copied from."""
        found = self.query("default", PROFILES_KEY)
        return "" if found is None or found.doubtful else found.value("Default") or ""

    def _locate_template(self) -> bool:
        if self.reading.root:
            return True
        return self._mounting(Scope.DEFAULT_USER.value, "", self.template())

    def _mounting(self, owner: str, sid: str, folder: str) -> bool:
        """Have the hive in that folder loaded. True where it cannot be, so that nothing is left to be asked."""
        if not (self.account and self.account[2]):
            return True
        path = expand(folder, with_texts(self.core))
        mount = self._mount_of(owner, sid, path)
        problem = ""
        if not is_absolute(path) or is_remote(path) or regtext.is_doubtful(path, self.lossless):
            problem = f"The folder of that profile is {path!r} by ProfileList, which cannot be reached."
        problem = problem or mount.problem
        if problem:
            self.reading.unreached = Finding.of(
                "hive_not_read", problem, "Let the user sign in, and run again.", sid or owner
            )
            return True
        self.reading.mount = mount
        return False

    def _mount_of(self, owner: str, sid: str, folder: str) -> Mount:
        return Mount.of_user(owner, sid, profiles.hive_of(folder))

    def home(self) -> str:
        """The folder of the profile whose hive was loaded."""
        mount = self.reading.mount
        return next(iter(mount.files.values())).rpartition("\\")[0] if mount else ""

    # --- names -------------------------------------------------------------------------------------------------------

    def signed_in(self) -> dict[str, str]:
        """What users are called who are signed in, by SID, as DOMAIN\\name."""
        found: dict[str, str] = {}
        for raw in self.reading.first.parts.get("who", ()):
            root = decode(raw, self.reading.codec).split("\n", 1)[0].strip()
            key = regtext.parse_query(decode(raw, self.reading.codec), root + "\\Volatile Environment", self.lossless)
            if key is not None and key.value("USERNAME"):
                name = f"{key.value('USERDOMAIN') or ''}\\{key.value('USERNAME')}"
                found[root.rpartition("\\")[2].upper()] = name.lstrip("\\")
        return found

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
        return self._sid_by_folder(user, found)

    def _sid_by_folder(self, user: str, signed_in: t.Mapping[str, str]) -> str:
        """The SID of the one profile whose folder has the user's name. signed_in: names by SID, of others."""
        taken = {sid.upper() for sid in signed_in}
        known = [profile for profile in self.profiles().values() if profile.is_real]
        matches = profiles.named(user, (profile for profile in known if profile.sid not in taken))
        if len(matches) == 1:
            self.reading.noticed.append(
                Finding.of(
                    "user_by_folder",
                    f"Nobody who is signed in is called {user}. The account {matches[0].sid} was taken for it, because "
                    f"the folder of its profile is {matches[0].path}.",
                    "A folder does not prove whose it is: name the SID where that is in doubt.",
                    matches[0].sid,
                )
            )
            return matches[0].sid
        there = ", ".join(sorted(label for label in signed_in.values())) or "nobody"
        folders = ", ".join(f"{profile.sid} ({profile.path})" for profile in matches or known) or "none"
        which = "More than one profile" if matches else "No profile"
        self.reading.unreached = Finding.of(
            "hive_not_read",
            f"No loaded hive belongs to {user}; signed in: {there}. {which} of the host has a folder of that name; "
            f"profiles: {folders}.",
            "Name the SID of the user.",
            user,
        )
        return ""

    def state(self) -> State:
        machine, machine_read = self._machine()
        user, read = self._user()
        record, journal = self._record()
        volatile = self.query("volatile", f"HKU\\{self.reading.user}\\Volatile Environment")
        session = variables_of(volatile) if volatile else Variables()
        profile = self._profile_variables(session)
        profile = profile.replace(self._folders(profile))
        anchor = self.query("anchor", Keys.of(self.wanted.scope, self.reading.user).anchor)
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
            self.wanted.medium,
            self.over_machine,
        )
        state = state_of(parts)
        noticed = (*self.reading.noticed, *self._roaming())
        return state._replace(directories=self._directories(state), noticed=noticed)

    def _profile_variables(self, session: Variables) -> Variables:
        """What Windows sets for the user: as it did, or, where the user is not signed in, as it will."""
        if self.account is not None and self.reading.sid == self.account[1]:
            return with_texts({name: self.core[name] for name in PROFILE_CORE if name in self.core})
        home = self.home() if self.reading.root else ""
        if not home:
            return Variables((name, value) for name, value in session.items() if name.upper() in PROFILE_CORE)
        found = {
            "USERPROFILE": home,
            "APPDATA": child(home, "AppData", "Roaming"),
            "LOCALAPPDATA": child(home, "AppData", "Local"),
            "HOMEDRIVE": home[:2],
            "HOMEPATH": home[2:],
        }
        user = self.wanted.user
        if user is not None and not user.upper().startswith("S-1-"):
            found["USERNAME"] = user.rpartition("\\")[2]
        return with_texts(found)

    def _roaming(self) -> t.Iterator[Finding]:
        profile = self.profile() if self.reading.root and self.reading.sid else None
        found = roaming(profile) if profile else None
        if found:
            yield found

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
        found = self.query("user", f"HKU\\{self.reading.user}\\Environment")
        if found is not None:
            return self._exact_or(found, self.wanted.scope if self.wanted.scope.is_user else Scope.USER), True
        return Variables(), False

    def _obstacles(self, user_read: bool) -> t.Iterator[Finding]:
        """Everything that would stop a change, found before the first write."""
        rights = list(rights_of(self, self.wanted))
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
        elif self.wanted.scope.is_user and not user_read and not rights:
            yield self._no_user()

    def _no_user(self) -> Finding:
        """That a user's variables could not be read."""
        return Finding.of(
            "hive_not_read",
            f"HKEY_USERS\\{self.reading.sid}\\Environment could not be read: the hive of that user is not loaded, or "
            "this account may not read it.",
            "Let the user sign in, or connect as the user over winrm with a loaded profile. Nothing is planned from a "
            "reading that may have failed.",
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
        keys = Keys.of(self.wanted.scope, self.reading.user, self.wanted.medium.policy.record_name)
        home = self.query("home", keys.home)
        text = joined(home.values).get("record") if home else None
        if text is None and keys.inherited:
            inherited = self.query("inherited", keys.inherited)
            text = joined(inherited.values).get("record") if inherited else None
        record = Record.loads(text)
        listed = self.query("journal", f"{keys.home}\\journal")
        for below, found in (("", home), ("\\journal", listed)):
            if found is not None:
                self.names[below] = frozenset(name for name, _kind, _data in found.values)
        entries = [
            JournalEntry.loads(name, text)
            for name, text in joined(listed.values if listed else ()).items()
            if JOURNAL_ID.match(name)
        ]
        return record, {entry.id: entry for entry in entries if entry is not None}

    def _folders(self, profile: Variables) -> dict[str, Value | None]:
        """AppData's two directories, as Explorer's settings of this user name them: where a policy redirected one, only
        they know.
        """
        found = self.query("folders", f"HKU\\{self.reading.user}\\{FOLDERS_KEY}")
        out: dict[str, Value | None] = {}
        for folder, name in (("AppData", "APPDATA"), ("Local AppData", "LOCALAPPDATA")):
            text = expand((found.value(folder) if found else None) or "", profile)
            if is_absolute(text) and "%" not in text:
                out[name] = Value(text)
        return out

    def _inventory(self) -> dict[str, str]:
        """What Go's own installer wrote for this user (docs/facts.md, "Go installer")."""
        found = self.query("msi", f"HKU\\{self.reading.user}\\Software\\GoProgrammingLanguage")
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


def rights_of(reader: Reader, wanted: Wanted) -> t.Iterator[Finding]:
    """What the account lacks for a scope."""
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
    if (wanted.scope is not Scope.USER or other) and not elevated:
        what = _SCOPES[wanted.scope]
        yield Finding.of(
            "not_elevated",
            f"{what} needs an elevated token, and this session of {name} has none: an ordinary account, or an "
            f"administrator's filtered token.",
            "Connect as the built-in Administrator or a domain administrator; for a local administrator, "
            "LocalAccountTokenFilterPolicy=1 lifts the filter for every local administrator over the network, "
            "with the risk that brings.",
        )


_SCOPES = {
    Scope.MACHINE: "The machine scope",
    Scope.USER: "Another user's scope",
    Scope.DEFAULT_USER: "The template of new users",
}


def _profile(reader: Reader, wanted: Wanted) -> t.Iterator[Finding]:
    if wanted.scope is Scope.USER and reader.reading.sid:
        profile = reader.profile()
        found = lost_at_sign_out(profile) if profile else None
        if found:
            yield found
