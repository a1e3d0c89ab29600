# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which SDK a project on a Windows host gets, from the controller."""

from __future__ import annotations

from functools import partial

from .._media.sdks import HostSdks, SdkQuery
from .._media.sdks_windows import WindowsSdks
from .._media.windows_host import WindowsHost, over
from . import project


def on_windows(host: WindowsHost, query: SdkQuery) -> HostSdks:
    """See `FindSdks`."""
    return WindowsSdks(lambda: host.transport).find(query)


#: go_project, over a way to a Windows host
run = over(partial(project.run, find=on_windows))
