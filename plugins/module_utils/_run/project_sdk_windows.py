# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which SDK a project on a Windows host gets, from the controller."""

from __future__ import annotations

import typing as t
from functools import partial

from .._media.windows_host import WindowsHost, over
from . import project, sdk_info_windows


def on_windows(host: WindowsHost, options: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """See `FindSdks`."""
    return sdk_info_windows.answer(options, host.transport)


#: go_project, over a way to a Windows host
run = over(partial(project.run, find=on_windows))
