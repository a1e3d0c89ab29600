# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of a change that was only looked at."""

from __future__ import annotations

import typing as t

from ..plugin_utils._told import refusals

DOCUMENTATION = r"""
name: refusals
version_added: 0.1.0
short_description: What stands in the way of a change that was only looked at
author:
  - The gopher.devbox authors
description:
  - Takes results of M(gopher.devbox.go_env) in check mode and gives what the module refused, and the findings that stop
    a strict run.
  - The list is empty where nothing stands in the way.
positional: _input
options:
  _input:
    description: The results.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what stands in the way
  ansible.builtin.debug:
    msg: "{{ [go_env_result] | gopher.devbox.refusals }}"
"""

RETURN = r"""
_value:
  description: The messages.
  type: list
  elements: str
"""


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"refusals": refusals}
