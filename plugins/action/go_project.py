# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import on_windows
from ansible_collections.gopher.devbox.plugins.module_utils._run.project import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction


class ActionModule(WindowsAction):
    """go_project for Windows hosts, from the controller; for any other host the module of the same name runs there."""

    module = "gopher.devbox.go_project"
    spec = ARGUMENT_SPEC
    runner = staticmethod(on_windows(run))
