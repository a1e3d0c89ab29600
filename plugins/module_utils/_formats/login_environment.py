# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of a login while its start files are read: each value with the line that set it. Pure.

A text may hold pieces that only running the lines shows: a command, a variable of the session. Such a piece is kept as
it is written, between two marks, so that what depends on it is known to be not known.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.patterns import pattern
from .._core.posix import INHERITED, SEPARATOR, SYSTEM_DIRECTORIES

if t.TYPE_CHECKING:
    from .shell_model import Disk
    from .shellenv import Settings

#: ids of findings
NOT_UNDERSTOOD, DAMAGED_BLOCK, DAMAGED_SOURCE = "start_file_not_understood", "block_damaged", "source_damaged"

#: around a piece of a text that is not known
_OPEN, _CLOSE = "\x01", "\x02"
_PIECE = pattern(r"\x01([^\x02]*)\x02")
_ENTRY = pattern(r"(?:[^:\x01]|\x01[^\x02]*\x02)*")

#: variables that a session has from elsewhere than start files
_OF_SESSION = pattern(
    r"(?:SSH_|LC_|DBUS_|WSL|VSCODE_|TERM|GNOME_|KDE_|XDG_SESSION|XDG_RUNTIME|XDG_SEAT|XDG_CURRENT)\w*\Z"
    r"|(?:LANG|LANGUAGE|DISPLAY|WAYLAND_DISPLAY|DESKTOP_SESSION|COLORTERM|TMUX|STY|HOSTNAME|HOST|PWD|OLDPWD|MAIL|SHLVL"
    r"|RANDOM|SECONDS|LINENO|PPID|COLUMNS|LINES|OSTYPE|MACHTYPE|HOSTTYPE|TZ|XDG_CURRENT_DESKTOP)\Z"
)


def unknown(text: str) -> str:
    """A piece that is not known, as it is written."""
    return _OPEN + written(text).replace(_CLOSE, "") + _CLOSE


def is_known(text: str) -> bool:
    return _OPEN not in text


def is_filled(text: str) -> bool | None:
    """Whether a text holds something; None where that is not known."""
    return True if _PIECE.sub("", text) else False if is_known(text) else None


def written(text: str) -> str:
    """A text as it is written, its unknown pieces among it."""
    return _PIECE.sub(lambda found: found[1], text)


def entries_in(text: str) -> list[str]:
    """The entries of a PATH; none in an empty one."""
    if not text:
        return []
    if is_known(text):
        return text.split(SEPARATOR)
    out, at = [], 0
    while True:
        found = t.cast("t.Match[str]", _ENTRY.match(text, at))
        out.append(found.group())
        if found.end() >= len(text):
            return out
        at = found.end() + 1


class Where(t.NamedTuple):
    """A line that sets something. layer: of the start file that was begun with."""

    file: str
    line: int | None
    layer: str


@dataclass(frozen=True)
class Setting:
    """A value that a line sets."""

    #: as a process gets it; empty where it is not known
    text: str
    where: Where
    #: as it is written, where that is something else
    raw: str | None = None
    #: whether what it comes to, and that it does, is known
    known: bool = True
    #: whether this collection wrote it
    managed: bool = False


class PathEntry(t.NamedTuple):
    """An entry of PATH, with the layer that it came from. text: with unknown pieces in their marks."""

    text: str
    layer: str
    managed: bool = False


class Note(t.NamedTuple):
    """What is to be said of a file. name: the variable that it is about, or an empty text. what: goes behind the name
    of the file. id: of the finding.
    """

    where: Where
    name: str
    what: str
    id: str = NOT_UNDERSTOOD


class LoginEnvironment:
    """The variables of a login shell as start file after start file leaves them.

    names: the variables whose settings are kept. login: the layer of what the login begins with. present: variables
    that a login has.
    """

    def __init__(self, names: t.Container[str], login: str, present: t.Mapping[str, str]) -> None:
        self._names = names
        self.values: dict[str, str] = dict(present)
        self.exported: set[str] = set(present)
        self.settings: dict[str, list[Setting]] = {}
        self.path = [PathEntry(entry, login) for entry in entries_in(self.values.get("PATH", ""))]
        #: whether of several equal entries of PATH the first one is kept (zsh's `typeset -U`)
        self.unique = False
        self.notes: list[Note] = []
        self._assigned: dict[str, Setting] = {}

    def value(self, name: str) -> str:
        """What a variable is, with marks around what is not known; empty for one that nobody sets."""
        found = self.values.get(name)
        if found is None:
            return unknown(f"${name}") if _OF_SESSION.match(name) else ""
        return found

    def is_set(self, name: str) -> bool | None:
        """Whether a variable is set; None where that is not known."""
        return True if name in self.values else None if _OF_SESSION.match(name) else False

    # --- what lines do -----------------------------------------------------------------------------------------------

    def set(
        self,
        name: str,
        text: str,
        where: Where,
        export: bool = False,
        raw: str = "",
        doubtful: bool = False,
        managed: bool = False,
    ) -> None:
        """A line sets a variable. raw: as it is written. doubtful: whether the line is reached is not known. managed:
        this collection wrote it.
        """
        known = is_known(text) and not doubtful
        if name == "PATH":
            self._set_path(text, where, doubtful)
        else:
            self.values[name] = unknown(f"${name}") if doubtful and self.values.get(name) != text else text
        if name in self._names:
            if known:
                self._assigned[name] = Setting(text, where, raw if raw and raw != text else None, managed=managed)
            else:
                self._assigned[name] = Setting("", where, raw or written(text), known=False)
                self._not_understood(name, where, doubtful)
        if export or name in self.exported:
            self.export(name)

    def export(self, name: str) -> None:
        """From now on programs see the variable."""
        self.exported.add(name)
        found = self._assigned.pop(name, None)
        if found is None:
            return
        before = self.settings.setdefault(name, [])
        if before and found.where.line and before[-1].where == found.where:
            before.pop()  # a line counts once
        before.append(found)

    def below(self, name: str, text: str, where: Where) -> None:
        """A value for programs that counts where nothing else sets the variable."""
        if name in self._names:
            self._keep(name, Setting(text, where), top=False)
        if name not in self.values:
            self.values[name] = text
            self.exported.add(name)

    def unset(self, name: str, where: Where, doubtful: bool = False) -> None:
        if doubtful:
            if name in self.values:
                self.set(name, unknown(f"unset {name}"), where, doubtful=True, raw=f"unset {name}")
            return
        self.values.pop(name, None)
        self.exported.discard(name)
        self.settings.pop(name, None)
        self._assigned.pop(name, None)
        if name == "PATH":
            self.path = []

    def note(self, where: Where, what: str, name: str = "", id: str = NOT_UNDERSTOOD) -> None:
        note = Note(where, name, what, id)
        if note not in self.notes:
            self.notes.append(note)

    def _not_understood(self, name: str, where: Where, doubtful: bool) -> None:
        why = "under a condition that is not known without running it" if doubtful else "to what only running it shows"
        self.note(where, f"sets {name} {why}", name)

    # --- PATH --------------------------------------------------------------------------------------------------------

    def _set_path(self, text: str, where: Where, doubtful: bool) -> None:
        before, after = self.path, entries_in(text)
        if doubtful:
            if [entry.text for entry in before] != after:
                self._not_understood("PATH", where, True)
            return
        held = {entry.text for entry in before}
        lost = not is_known(text) and not held <= set(after)
        if lost or any(not is_known(entry) and entry not in held for entry in after):
            self._not_understood("PATH", where, False)
        self.path = _joined(before, after, where.layer)
        if self.unique:
            first: dict[str, PathEntry] = {}
            for entry in self.path:
                first.setdefault(entry.text, entry)
            self.path = list(first.values())
        self.values["PATH"] = SEPARATOR.join(entry.text for entry in self.path)

    def keep_unique(self, where: Where) -> None:
        """From now on PATH has each entry once."""
        self.unique = True
        self.set("PATH", self.value("PATH"), where)

    # --- what this collection wrote ----------------------------------------------------------------------------------

    def apply(self, settings: Settings, where: Where, again: bool, disk: Disk, front: t.Collection[str] = ()) -> None:
        """A hook of this collection reads a source with these settings. where: the source, and its layer. front: see
        `before` of `applied`.
        """
        from .shell_model import applied  # only a host that go_rcfile manages needs it

        before = {name: self.values[name] for name in self.exported if name in self.values}
        after = applied(settings, before, again, disk, front)
        ours = {*settings.variables, "GOROOT"}
        for name in sorted({*before, *after} - {"PATH"}):
            if name not in after:
                self.unset(name, where)
            elif name in ours and after[name] == settings.variables.get(name) != before.get(name):
                self.values[name] = after[name]
                self.exported.add(name)
                self._keep(name, Setting(after[name], where, managed=True), top=True)
            elif after[name] != before.get(name):
                self.values[name] = after[name]
                self.exported.add(name)
        for name, text in settings.variables.items() if not again else ():
            if name != "GOROOT":
                self._keep(name, Setting(text, where, managed=True), top=not settings.system)
        self._apply_path(settings, where, after.get("PATH", ""))

    def _keep(self, name: str, setting: Setting, top: bool) -> None:
        """A setting over the others, or below them, where it counts once they are gone; once."""
        found = [one for one in self.settings.get(name, ()) if one != setting]
        if not top and setting in self.settings.get(name, ()):
            return
        self.settings[name] = [*found, setting] if top else [setting, *found]

    def _apply_path(self, settings: Settings, where: Where, text: str) -> None:
        managed = {entry for entry in settings.path if entry != INHERITED}
        known = {entry.text: entry for entry in reversed(self.path)}
        self.values["PATH"] = text
        self.path = [
            PathEntry(entry, where.layer, True)
            if entry in managed and not (entry in known and (known[entry].managed or entry in SYSTEM_DIRECTORIES))
            else known.get(entry, PathEntry(entry, where.layer))
            for entry in entries_in(text)
        ]


def _joined(before: t.Sequence[PathEntry], after: t.Sequence[str], layer: str) -> list[PathEntry]:
    """The entries of a PATH that a line of this layer made: those that it took over keep the layer they came from."""
    texts = [entry.text for entry in before]
    start = next(
        (at for at in range(len(after) - len(texts), -1, -1) if list(after[at : at + len(texts)]) == texts), None
    )
    if start is not None and texts:
        own = [PathEntry(text, layer) for text in after]
        return [*own[:start], *before, *own[start + len(texts) :]]
    known = {entry.text: entry for entry in reversed(before)}
    return [known.get(text) or PathEntry(text, layer) for text in after]
