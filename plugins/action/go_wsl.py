# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run.wsl import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction


class ActionModule(WindowsAction):
    """go_wsl for Windows hosts, from the controller; for any other host the module of the same name runs there."""

    module = "gopher.devbox.go_wsl"
    spec = ARGUMENT_SPEC
    runner = staticmethod(over(run))
