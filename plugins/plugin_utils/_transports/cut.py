# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that answered, and whose connection ended before the first command was through."""

from __future__ import annotations

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Cut


class CutAtFirst(AnsibleConnectionFailure, Cut):
    """Ansible calls the host unreachable where this is the last word; a reading is tried once more before
    (`once_more`).
    """
