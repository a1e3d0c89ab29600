# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which changes of a host the playbook restore undoes."""

from __future__ import annotations

import typing as t

from ..module_utils._media.journal import newest_run

DOCUMENTATION = r"""
name: to_restore
version_added: 0.1.0
short_description: Which changes of a host are undone together
author:
  - The gopher.devbox authors
description:
  - Takes what the modules of this collection answered to O(ignore:state=restored) in check mode, one result for each
    medium of a host.
  - Of these it chooses the newest change, and those of the other media that were made within an hour before it, which
    are taken as made by the same run.
  - A medium without a journal, or without anything to undo, is no error.
positional: _input
options:
  _input:
    description: The results, skipped ones too.
    type: list
    elements: dict
    required: true
  journal:
    description: The id of the one change to undo, in whichever medium it is.
    type: str
  every:
    description: Whether all media were asked because no mode was named. What this account has no rights for is passed
      over then.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show which changes would be undone
  ansible.builtin.debug:
    msg: "{{ ([registry_result, config_result] | gopher.devbox.to_restore).ids }}"
"""

RETURN = r"""
_value:
  description: C(ids) are those of the changes to undo, C(refused) the messages of what stands in the way.
  type: dict
"""

#: what a medium may say when nobody asked for it in particular
_NO_RIGHTS = frozenset(
    ("not_elevated", "not_root", "local_system", "unknown_account", "temporary_profile", "mandatory_profile")
)
_NO_MEDIUM = frozenset(("missing_go_env_file",))


def to_restore(
    asked: t.Sequence[t.Mapping[str, t.Any]], journal: str | None = None, every: bool = False
) -> dict[str, list[str]]:
    """See DOCUMENTATION."""
    found = [str(result["undone"]) for result in asked if result.get("undone")]
    failed = [
        result for result in asked if "effective" not in result and result.get("msg") and not result.get("skipped")
    ]
    if journal is not None:  # where a medium knows the change, and has nothing to undo of it, there is nothing to say
        known = journal in found or (not found and any("effective" in result for result in asked))
        return {"ids": [journal] if journal in found else [], "refused": [] if known else _messages(failed)}
    passed_over = _NO_MEDIUM | _NO_RIGHTS if every else _NO_MEDIUM
    return {
        "ids": newest_run(found),
        "refused": _messages([result for result in failed if not _is_about(result, passed_over)]),
    }


def _is_about(result: t.Mapping[str, t.Any], ids: t.Collection[str]) -> bool:
    """Whether a refusal has these reasons and no other."""
    given = {finding["id"] for finding in result.get("findings", ())}
    return bool(given) and given <= set(ids)


def _messages(failed: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    return list(dict.fromkeys(str(result["msg"]) for result in failed))


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"to_restore": to_restore}
