# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env over images of a Windows that is not running."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError, WantedError
from .._core.medium import USER
from .._hosts.spread import workers
from .._media.image_host import ImageHost
from .._media.registry_offline import IN_IMAGE
from . import config, env
from .env_layers import Params, layers_of, slots_of
from .images import Result, check_images, checked, need_hivex, over_images
from .options import failure
from .registry_offline import ENVIRONMENT, to_wanted

if t.TYPE_CHECKING:
    from .._hosts.hive_files import HiveAccess


def run(params: Params, check_mode: bool, diff: bool, access: HiveAccess | None = None) -> Result:
    """One run of go_env: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked([*check_images(params["image"]), *_problems(params)])
        need_hivex(access)
    except DevboxError as error:
        return failure(error, params)
    return over_images(
        params["image"],
        lambda image: env.run(ENVIRONMENT, params, t.cast(t.Any, ImageHost(image, access)), check_mode, diff),
        workers() if access is None else 1,
    )


def _problems(params: Params) -> t.Iterator[str]:
    """What is wrong with the layers, whatever the image."""
    for layer in layers_of(params):
        for option in ("config", "repair"):
            if layer.get(option) not in (None, False):
                yield f"{option} is given with image: the go env file of a user is not changed in an image."
        if layer["mode"] == USER and not layer.get("user"):
            yield "user is needed with image and mode: user: the SID, or the name of the profile's folder."
    for slot in slots_of(params, ENVIRONMENT.name, ENVIRONMENT.spec, config.ARGUMENT_SPEC):
        try:
            to_wanted(slot.params, IN_IMAGE)
        except WantedError as error:
            yield f"{slot.label}: {error.text}"
