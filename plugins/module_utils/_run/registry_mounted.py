# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry over a Windows that is not running, whose files are on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._core.medium import Medium
from .._core.wanted import Wanted
from .._media.registry_mounted import MountedStore, Offline
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .image_options import ON_WINDOWS, check_registry, checked
from .images import Result, over_images
from .options import failure

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost

Params = t.Mapping[str, t.Any]
ToWanted = t.Callable[[Params, Medium], Wanted]


def run(to_wanted: ToWanted, params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_registry: its result, `failed` with a human-readable message when it could not be done."""
    medium = IN_HIVES if params["image"] is None else IN_IMAGE
    try:
        checked(check_registry(params, ON_WINDOWS))
        to_wanted(params, medium)
    except DevboxError as error:
        return failure(error, params)

    def one(offline: Offline) -> Result:
        store = runner.Runner(
            lambda _host, _params: MountedStore(host.transport, offline),
            lambda _host, given: to_wanted(given, medium),
        )
        return runner.run(store, params, host, check_mode, diff)

    if params["image"] is None:
        return one(Offline("", {name: path for name, path in params["hives"].items() if path}))
    return over_images(params["image"], lambda image: one(Offline.in_image(image)), known=params)
