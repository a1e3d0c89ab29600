# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry, and the registry of go_env, over a Windows that is not running, whose files are on a Windows host."""

from __future__ import annotations

import functools
import typing as t

from .._core.errors import DevboxError
from .._core.medium import Medium
from .._core.wanted import Scope, Wanted
from .._formats.profiles import lost_at_sign_out, roaming
from .._media.registry_mounted import MountedStore, Offline
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .image_options import ON_WINDOWS, check_registry, checked, is_all, of_one
from .images import Result, over_everybody, over_images
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
        to_wanted(of_one(params), medium)
    except DevboxError as error:
        return failure(error, params)

    def one(offline: Offline, given: Params) -> Result:
        return runner.run(runner_of(offline, to_wanted, medium), given, host, check_mode, diff)

    def of_image(image: str) -> Result:
        offline = Offline.in_image(image)
        if not is_all(params):
            return one(offline, params)
        template = to_wanted({**params, "scope": Scope.DEFAULT_USER.value, "user": None}, medium)
        try:
            people = MountedStore(host.transport, offline).people(template)
        except DevboxError as error:
            return failure(error, params, host.environ)
        reasons = {found.sid: why for found in people if (why := lost_at_sign_out(found) or roaming(found))}
        return over_everybody(
            params,
            [(found.folder, found.sid) for found in people if found.sid not in reasons],
            [(found.sid, found.path, reasons[found.sid]) for found in people if found.sid in reasons],
            functools.partial(one, offline),
        )

    if params["image"] is None:
        return one(Offline("", {name: path for name, path in params["hives"].items() if path}), params)
    return over_images(params["image"], of_image, known=params)


def runner_of(offline: Offline, to_wanted: ToWanted, medium: Medium) -> runner.Runner:
    """See `Runner`: one scope of such a Windows."""
    return runner.Runner(
        lambda host, _params: MountedStore(host.transport, offline),
        lambda _host, given: to_wanted(given, medium),
    )
