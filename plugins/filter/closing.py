# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role says in its last message."""

from __future__ import annotations

import typing as t

from ..plugin_utils._told import closing

DOCUMENTATION = r"""
name: closing
version_added: 0.1.0
short_description: What results of this collection leave to say
author:
  - The gopher.devbox authors
description:
  - Takes results of the modules of this collection and gives what a person should read of them in the end, one line
    each.
  - First the findings, those that are warnings or errors before those that are only worth knowing; then who must sign
    in or start again to see a change.
  - The list is empty where there is nothing to say. What several results say is in it once.
positional: _input
options:
  _input:
    description: The results, skipped ones and those of loops too.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what was found, and who must start again what
  ansible.builtin.debug:
    msg: "{{ [registry_result, config_result] | gopher.devbox.closing }}"
  when: "[registry_result, config_result] | gopher.devbox.closing | length > 0"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"closing": closing}
