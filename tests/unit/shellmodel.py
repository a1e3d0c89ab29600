"""What a shell makes of an environment when it reads a source: the model that every real shell is held to."""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._env.posix import SYSTEM_DIRECTORIES
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings


def _nothing(_path: str) -> bool:
    return False


def applied(
    settings: Settings,
    environment: t.Mapping[str, str],
    again: bool = False,
    exists: t.Callable[[str], bool] = _nothing,
    before: t.Collection[str] = (),
) -> dict[str, str]:
    """The environment of a shell that was started with `environment`, once it has read a source with these settings.

    again: as in `hook`. exists: whether a file is there, asked of `ENTRY/go` (and then: it can be executed) and `ENTRY/../VERSION`.
    before: more directories that count as the system's, before which ours must stand: what the system scope leads PATH with, in fish.
    """
    out = dict(environment)
    for name, value in settings.variables.items() if not again else ():
        if not settings.system or out.get(name, "") in ("", *settings.former.get(name, ())):
            out[name] = value
    if settings.path:
        entries = out["PATH"].split(":") if out.get("PATH") else []
        text = ":".join(_arranged(settings, entries, exists, {*SYSTEM_DIRECTORIES, *before}))
        if text:  # an empty PATH would mean the current directory
            out["PATH"] = text
    return out


def _arranged(settings: Settings, entries: t.Sequence[str], exists: t.Callable[[str], bool], system: t.Collection[str]) -> list[str]:
    """PATH's entries, ours put right.

    Retired entries go, and other SDKs' with `sweep`; never one of ours, nor a system directory. Our leading entries stay where they are
    when all stand in their order with no system directory before the first: what is before them somebody put there. Else they take the
    place of the first of ours, if retired ones go and no system directory is before that; else the front. Trailing ones are added where
    missing. The others keep their order, empty ones and doubles included.
    """
    leading = list(settings.leading)
    ours = {*leading, *settings.trailing}
    retired = {entry for entry in settings.retired if entry not in ours and entry not in system}
    swept = {entry for entry in entries if settings.sweep and entry not in ours and entry not in system and _is_other_sdk(entry, exists)}

    def is_good(place: int) -> bool:
        return not any(entry in system and entry not in leading for entry in entries[:place])

    def tidy(found: t.Sequence[str]) -> list[str]:
        """Without what goes, and without doubles of ours."""
        return [entry for place, entry in enumerate(found) if entry not in retired | swept and not (entry in ours and entry in found[:place])]

    in_order = [entry for entry in dict.fromkeys(entries) if entry in leading] == leading
    if not leading or in_order and is_good(entries.index(leading[0])):
        out = tidy(entries)
    else:
        first = next((place for place, entry in enumerate(entries) if entry in leading or entry in retired), 0)
        place = first if retired & set(entries) and is_good(first) else 0
        foreign = [*entries[:place], *leading, *(entry for entry in entries[place:] if entry not in leading)]
        out = tidy(foreign)
    return out + [entry for entry in settings.trailing if entry not in out]


def _is_other_sdk(entry: str, exists: t.Callable[[str], bool]) -> bool:
    return entry.startswith("/") and exists(f"{entry}/go") and exists(f"{entry}/../VERSION")
