# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scorecard of hosts, from the documents of their audits."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._core import scorecard as card
from ..module_utils._core.scored import DocumentError

DOCUMENTATION = r"""
name: scorecard
version_added: 0.1.0
short_description: How machine, user and project mode do on hosts, from the documents of their audits
author:
  - The gopher.devbox authors
description:
  - Takes documents of M(gopher.devbox.go_env_info) and gives the three modes points for performance, security and
    maintainability, from 1 to 5 in halves. There is no total.
  - Every point that a cell has lost is listed, with the rule and what was found. The rules are in C(docs/scorecard.md).
  - Documents of several hosts give a scorecard for each host, and one of the fleet.
positional: _input
options:
  _input:
    description:
      - One document, or a list of them.
      - What is no document of an audit is refused, and the message names what is wrong with it.
    type: raw
    required: true
  waived:
    description: Ids of findings that count for nothing. They are listed in RV(_value.hosts[].not_counted).
    type: list
    elements: str
    default: []
seealso:
  - module: gopher.devbox.go_env_info
"""

EXAMPLES = r"""
- name: See what is set on these hosts
  gopher.devbox.go_env_info:
  register: go_seen

- name: Give the points of machine mode for security
  ansible.builtin.debug:
    msg: "{{ (go_seen.audit | gopher.devbox.scorecard).hosts[0].cells.machine.security }}"

- name: Give the scorecard of the fleet
  ansible.builtin.debug:
    msg: >-
      {{ ansible_play_hosts | map('extract', hostvars, ['go_seen', 'audit'])
         | gopher.devbox.scorecard(waived=['duplicate_path_entry']) }}
  run_once: true
"""

RETURN = r"""
_value:
  description: The scorecard.
  type: dict
  contains:
    scheme:
      description: The version of the rules.
      type: str
      sample: scorecard-1
    hosts:
      description: Each document, by the name of its host.
      type: list
      elements: dict
      contains:
        host:
          description: The host.
          type: str
        user:
          description: Whose user scope it is.
          type: str
        taken:
          description: When the audit was taken.
          type: str
        in_use:
          description:
            - By mode, whether the host uses it (RV(ignore:known), null where a medium of that mode was not read), and
              what says so (RV(ignore:evidence)).
          type: dict
        cells:
          description: By mode and dimension.
          type: dict
          contains:
            score:
              description: The points, null (shown as a dash) where the mode is not in use or was not measured.
              type: float
            structural:
              description: The points that the mode has by its nature, without any finding.
              type: float
            start:
              description: The points it starts at. RV(ignore:why) says why.
              type: float
            why:
              description: Why it starts there.
              type: str
            deductions:
              description:
                - Each with its rule (V(structural), the severity of a finding, V(repeat) or V(limit)), the id of the
                  structural rule or the finding, the points, and what was found.
              type: list
              elements: dict
            caps:
              description: What keeps the cell from having more than these points.
              type: list
              elements: dict
        not_counted:
          description: Findings that count for nothing, each with the reason.
          type: list
          elements: dict
    fleet:
      description:
        - By mode and dimension, the lower median of the hosts that use the mode and have points (RV(ignore:score)).
        - Beside it are the number of these hosts (RV(ignore:hosts)), how many of them have 2 or less
          (RV(ignore:low)), and on how many hosts the mode is in use (RV(ignore:in_use)).
      type: dict
"""


def scorecard(documents: t.Any, waived: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """See DOCUMENTATION."""
    if isinstance(waived, str):
        raise AnsibleFilterError(f"waived is the text {waived!r}, and must be a list of ids.")
    try:
        return card.scorecard(documents, waived)
    except DocumentError as error:
        raise AnsibleFilterError(f"No scorecard: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"scorecard": scorecard}
