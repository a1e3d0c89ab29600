# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run over several media reports: each medium's result, and one over all. Pure."""

from __future__ import annotations

import typing as t

from .._core.masker import Masker
from .._core.medium import MACHINE, USER
from .._core.store import Outcome
from .._core.wanted import Wanted
from .._go import gosettings
from .env_layers import GO_ENV_FILE, Slot
from .result import unmasked


def to_env_result(
    found: t.Sequence[tuple[Slot, Wanted, Outcome]], diff: bool, unread: t.Sequence[t.Mapping[str, t.Any]] = ()
) -> dict[str, t.Any]:
    """The module's result. found: of each medium, the machine's first, the go env files last. unread: what is wanted
    of media that could not be read, as `drift` has it.
    """
    media = [
        {"medium": slot.label, **unmasked(outcome, wanted, diff, slot.label, _option_of(slot))}
        for slot, wanted, outcome in found
    ]
    result: dict[str, t.Any] = {
        "changed": any(one["changed"] for one in media),
        "changes": [{"medium": one["medium"], **change} for one in media for change in one["changes"]],
        "journal": next((one["journal"] for one in media if one["journal"]), None),
        "undone": next((one["undone"] for one in media if one["undone"]), None),
        "effective": _effective([(slot, one) for (slot, _wanted, _outcome), one in zip(found, media)]),
        "refresh": list(dict.fromkeys(text for one in media for text in one["refresh"])),
        "findings": _findings(media),
        "drift": [*(item for one in media for item in one.pop("drift")), *unread],
    }
    if diff:
        result["diff"] = [part for one in media for part in _diffs(one.pop("diff"))]
    inventories = [one.pop("inventory") for one in media if "inventory" in one]
    if inventories:
        result["inventory"] = {name: text for inventory in inventories for name, text in inventory.items()}
    result["media"] = media
    masker = Masker(*(wanted for _slot, wanted, _outcome in found), *_texts(found))
    masked: dict[str, t.Any] = masker.result(result)
    return masked


def _option_of(slot: Slot) -> str:
    return "config" if slot.kind == GO_ENV_FILE else "variables"


def _texts(found: t.Sequence[tuple[Slot, Wanted, Outcome]]) -> t.Iterator[t.Any]:
    for _slot, _wanted, outcome in found:
        yield from outcome.texts()


def _diffs(found: t.Any) -> list[t.Any]:
    return found if isinstance(found, list) else [found]


def _findings(media: t.Sequence[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Each finding once, with the first medium that has it."""
    out: dict[tuple[t.Any, ...], dict[str, t.Any]] = {}
    for one in media:
        for finding in one["findings"]:
            out.setdefault(tuple(finding.items()), {"medium": one["medium"], **finding})
    return list(out.values())


def _effective(media: t.Sequence[tuple[Slot, t.Mapping[str, t.Any]]]) -> dict[str, t.Any]:
    """What a new process sees: of the first user there is, with what go takes from its file, or of the machine."""
    variables = [(slot, one) for slot, one in media if slot.kind != GO_ENV_FILE]
    if not variables:
        return {}
    slot, one = next((pair for pair in variables if pair[0].mode != MACHINE), variables[0])
    file = next((of for at, of in media if (at.kind, at.user, slot.mode) == (GO_ENV_FILE, slot.user, USER)), None)
    in_file = file["effective"] if file else {}
    return {**one["effective"], **{name: value for name, value in in_file.items() if _is_of_file(value)}}


def _is_of_file(value: t.Any) -> bool:
    return isinstance(value, dict) and value.get("scope") == gosettings.FILE
