# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env_info over a Windows that is not running, whose files are on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._media.audit_mounted import MountedAudit
from .._media.registry_mounted import Offline
from . import env_info, env_info_offline
from .image_options import ON_WINDOWS, checked
from .images import Result
from .options import failure

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost


def run(params: t.Mapping[str, t.Any], host: WindowsHost, check_mode: bool = False, diff: bool = False) -> Result:
    """One run of go_env_info: its result, `failed` with a message when it could not be done."""
    try:
        checked(env_info_offline.problems(params, ON_WINDOWS))
    except DevboxError as error:
        return failure(error, params)

    def one(offline: Offline, name: str) -> Result:
        def opened(_host: object) -> MountedAudit:
            return MountedAudit(host.transport, offline, name, params["acl"])

        return env_info.run(opened, params, host, check_mode, diff)

    if params["image"] is not None:
        return env_info_offline.over(params, lambda image: one(Offline.in_image(image), image))
    files = {name: path for name, path in params["hives"].items() if path}
    return one(Offline("", files), next(iter(files.values())))
