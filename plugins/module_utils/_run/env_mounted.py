# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env over images of a Windows that is not running, which are on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._media.registry_mounted import Offline
from .._media.registry_offline import IN_IMAGE
from . import env, env_offline, registry_offline
from .image_options import ON_WINDOWS, checked
from .images import Result, over_images
from .options import failure
from .registry_mounted import runner_of
from .runner import Environment

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost
    from .env_layers import Params


def run(params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_env: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked(env_offline.problems(params, ON_WINDOWS))
    except DevboxError as error:
        return failure(error, params)

    def of_image(image: str) -> Result:
        known = registry_offline.ENVIRONMENT
        found = runner_of(Offline.in_image(image), registry_offline.to_wanted, IN_IMAGE)
        environment = Environment(known.name, found, known.spec, known.files, known.layer)
        return env.run(environment, params, host, check_mode, diff)

    return over_images(params["image"], of_image, known=params)
