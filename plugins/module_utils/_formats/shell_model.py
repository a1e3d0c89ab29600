# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a shell makes of an environment when it reads a source: the model that every real shell is held to. Pure."""

from __future__ import annotations

import typing as t

from .._core.posix import SYSTEM_DIRECTORIES

if t.TYPE_CHECKING:
    from .shellenv import Settings

MARK, NAMES, ENTRIES = "_GO_ENV_GOROOT", "_GO_ENV_NAMES", "_GO_ENV_PATH"


class Disk(t.Protocol):
    """What shells ask of the disk."""

    def has_go(self, directory: str) -> bool:
        """Whether a program `go` is in it."""

    def is_sdk_bin(self, directory: str) -> bool:
        """Whether a program `go` is in it, and VERSION beside it."""

    def same_go(self, one: str, other: str) -> bool:
        """Whether the `go` of both directories is there and is one file."""


class NoDisk:
    """Where no directory has a go."""

    def has_go(self, directory: str) -> bool:  # noqa: ARG002 - see `Disk`
        return False

    def is_sdk_bin(self, directory: str) -> bool:  # noqa: ARG002
        return False

    def same_go(self, one: str, other: str) -> bool:  # noqa: ARG002
        return False


NOTHING = NoDisk()


def applied(
    settings: Settings,
    environment: t.Mapping[str, str],
    again: bool = False,
    disk: Disk = NOTHING,
    before: t.Collection[str] = (),
) -> dict[str, str]:
    """The environment of a shell that was started with `environment`, once it has read a source with these settings.

    again: as in `hook`. before: more directories that count as the system's, before which ours must stand: what the
    system scope leads PATH with, in fish.
    """
    out = dict(environment)
    held = out.get(NAMES, "").split()
    _kept(out, disk, held)
    for name, value in settings.variables.items() if not again else ():
        slot = _slot(out, name)
        if name != "GOROOT" and (not settings.system or _value(out, slot) in ("", *settings.former.get(name, ()))):
            _put(out, name, slot, value, held)
    project, rest = _lifted(out)
    theirs, spare = _theirs(settings, out, disk)
    entries = _arranged(settings, rest, disk, {*SYSTEM_DIRECTORIES, *before}, theirs, spare) if settings.path else rest
    text = ":".join([*project, *(entries if ":".join(entries) else rest)])
    if text:  # an empty PATH would mean the current directory
        out["PATH"] = text
    stays = bool(theirs and settings.path)  # a GOROOT that ours come behind
    _follow(settings, out, disk, entries if ":".join(entries) else rest, held, stays)
    return out


def _lifted(environment: t.Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The entries of a project that was entered, and PATH without them."""
    project = [entry for entry in environment.get(ENTRIES, "").split(":") if entry]
    rest = environment["PATH"].split(":") if environment.get("PATH") else []
    for entry in project:
        if entry in rest:
            rest.remove(entry)
    return project, rest


def _kept(environment: dict[str, str], disk: Disk, held: t.Collection[str]) -> None:
    """The project's GOROOT is that of its go; one that a line of a start file set since goes to where it counts once
    the project is left.
    """
    go = next((entry for entry in _lifted(environment)[0] if disk.has_go(entry)), None) if "GOROOT" in held else None
    if go is None or not go.endswith("/bin") or disk.same_go(f"{environment.get('GOROOT', '')}/bin", go):
        return
    slot = _slot(environment, "GOROOT")
    if slot and "GOROOT" in environment:
        environment[slot] = environment["GOROOT"]
    elif slot:
        environment.pop(slot, None)
    environment["GOROOT"] = go.removesuffix("/bin")


def _slot(environment: t.Mapping[str, str], name: str) -> str | None:
    """The variable that holds what `name` is without the project that was entered; None where none does."""
    level = 1
    while NAMES in environment and environment.get(f"_GO_ENV_{level}_NAMES"):
        if name in environment[f"_GO_ENV_{level}_NAMES"].split():
            return f"_GO_ENV_{level}_WAS_{name}"
        level += 1
    return None if name in environment.get(NAMES, "").split() else name


def _value(environment: t.Mapping[str, str], slot: str | None) -> str:
    return environment.get(slot, "") if slot else ""


def _put(environment: dict[str, str], name: str, slot: str | None, value: str | None, held: t.Collection[str]) -> None:
    for place in filter(None, {slot, None if name in held else name}):
        if value is None:
            environment.pop(place, None)
        else:
            environment[place] = value


def _is_ours(settings: Settings, environment: t.Mapping[str, str], value: str) -> bool:
    known = {settings.variables.get("GOROOT"), *settings.former.get("GOROOT", ()), environment.get(MARK)}
    return value in known - {None, ""}


def _theirs(settings: Settings, environment: t.Mapping[str, str], disk: Disk) -> tuple[str | None, str | None]:
    """The bin of a GOROOT that somebody else set and that stays; and of one that may give way to ours."""
    value = _value(environment, _slot(environment, "GOROOT"))
    if not value or _is_ours(settings, environment, value) or not disk.has_go(f"{value}/bin"):
        return None, None
    first = next((entry for entry in (*settings.leading, *settings.trailing) if disk.has_go(entry)), None)
    root = settings.variables.get("GOROOT")
    overrides = root and not settings.system and first is not None and disk.same_go(f"{root}/bin", first)
    return None if overrides else f"{value}/bin", f"{value}/bin"


def _follow(
    settings: Settings,
    environment: dict[str, str],
    disk: Disk,
    entries: t.Sequence[str],
    held: t.Collection[str],
    stays: bool,
) -> None:
    """GOROOT is ours where the first go is; one of ours is unset elsewhere; somebody else's stays."""
    root, slot = settings.variables.get("GOROOT", ""), _slot(environment, "GOROOT")
    now = _value(environment, slot)
    first = next((entry for entry in entries if disk.has_go(entry)), None)
    if root and first is not None and disk.same_go(f"{root}/bin", first):
        if not (settings.system or stays) or not now or _is_ours(settings, environment, now):
            _put(environment, "GOROOT", slot, root, held)
            environment[MARK] = root
    elif now and _is_ours(settings, environment, now) and not (first is not None and disk.same_go(f"{now}/bin", first)):
        _put(environment, "GOROOT", slot, None, held)
        environment.pop(MARK, None)


def _arranged(
    settings: Settings,
    entries: t.Sequence[str],
    disk: Disk,
    system: t.Collection[str],
    theirs: str | None,
    spare: str | None,
) -> list[str]:
    """PATH's entries, ours put right.

    Retired entries go, and other SDKs' with `sweep` where an SDK of ours is there; never one of ours, nor a system
    directory. Our leading entries stay where they are when all stand in their order with no system directory before the
    first: what is before them somebody put there. Else they take the place of the first of ours, if retired ones go and
    no system directory is before that; else the front. Trailing ones are added where missing. The others keep their
    order, empty ones and doubles included. Where somebody's GOROOT stays (`theirs` is its bin), those of ours with
    another go come behind the first entry with its go, and nowhere without one.
    """
    behind = [
        entry
        for entry in (*settings.leading, *settings.trailing)
        if theirs and disk.has_go(entry) and not disk.same_go(entry, theirs)
    ]
    has_sdk = any(map(disk.has_go, (*settings.leading, *settings.trailing)))
    leading = [entry for entry in settings.leading if entry not in behind]
    trailing = [entry for entry in settings.trailing if entry not in behind]
    entries = [entry for entry in entries if entry not in behind]
    ours = {*leading, *trailing}
    retired = {entry for entry in settings.retired if entry not in ours and entry not in system}
    others = (
        {entry for entry in entries if settings.sweep and has_sdk and entry.startswith("/") and disk.is_sdk_bin(entry)}
        - ours
        - {*system}
        - retired
    )
    spared = {entry for entry in others if spare and disk.same_go(entry, spare)}
    swept = others - spared

    def is_good(place: int) -> bool:
        return not any(entry in system and entry not in leading for entry in entries[:place])

    def tidy(found: t.Sequence[str]) -> list[str]:
        """Without what goes, and without doubles of ours."""
        return [
            entry
            for place, entry in enumerate(found)
            if entry not in retired | swept and not (entry in ours and entry in found[:place])
        ]

    in_order = [entry for entry in dict.fromkeys(entries) if entry in leading] == leading
    if not leading or in_order and is_good(entries.index(leading[0])):
        out = tidy(entries)
    else:
        first = next((place for place, entry in enumerate(entries) if entry in leading or entry in retired), 0)
        place = first if retired & set(entries) and is_good(first) else 0
        foreign = [*entries[:place], *leading, *(entry for entry in entries[place:] if entry not in leading)]
        out = tidy(foreign)
    out += [entry for entry in trailing if entry not in out]
    root = settings.variables.get("GOROOT")
    first_go = next((entry for entry in out if disk.has_go(entry)), None)
    if root and not settings.system and first_go is not None and disk.same_go(f"{root}/bin", first_go):
        out = [entry for entry in out if entry not in spared]
    at = next((place for place, entry in enumerate(out) if theirs and disk.same_go(entry, theirs)), None)
    return out if at is None else [*out[: at + 1], *dict.fromkeys(behind), *out[at + 1 :]]
