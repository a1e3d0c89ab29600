# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Transport
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import WindowsSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_info import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction


def find(
    params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], _check_mode: bool, _diff: bool
) -> dict[str, t.Any]:
    """One run over a transport, which is opened once the options are known to be of use."""
    with contextlib.ExitStack() as afterwards:

        def opened() -> Transport:
            transport = connect()
            afterwards.callback(transport.close)
            return transport

        return run(params, WindowsSdks(opened))


class ActionModule(WindowsAction):
    """go_sdk_info for Windows hosts, from the controller; for any other host the module of the same name runs there."""

    module = "gopher.devbox.go_sdk_info"
    spec = ARGUMENT_SPEC
    runner = staticmethod(find)
