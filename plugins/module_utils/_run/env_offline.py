# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env over images of a Windows that is not running."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError, WantedError
from .._core.medium import USER
from .._core.task import Journals
from .._core.wanted import Goal, Scope, Wanted
from .._hosts.spread import workers
from .._media.image_host import ImageHost
from .._media.registry_offline import IN_IMAGE
from . import config, env
from .env_layers import Params, layers_of, slots_of
from .image_options import HERE, Paths, check_images, checked
from .images import Result, need_hivex, over_images
from .options import failure, not_all
from .registry_offline import ENVIRONMENT, journals_at, peeking, to_wanted
from .tasks import journals_of_images, task_over

if t.TYPE_CHECKING:
    from .._hosts.hive_files import HiveAccess


def run(params: Params, check_mode: bool, diff: bool, access: HiveAccess | None = None) -> Result:
    """One run of go_env: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked(problems(params))
        need_hivex(access)
    except DevboxError as error:
        return failure(error, params)
    processes = workers() if access is None else 1
    task = None
    if len(params["image"]) > 1:
        known = journals_of_images(params["image"], lambda image: _journals(params, peeking(image, access)), processes)
        task = task_over(known, wanted_in(params))
    return over_images(
        params["image"],
        lambda image: env.run(ENVIRONMENT, params, t.cast(t.Any, ImageHost(image, access)), check_mode, diff, task),
        processes,
        params,
    )


def _journals(params: Params, host: ImageHost) -> Journals:
    slots = slots_of(params, ENVIRONMENT.name, ENVIRONMENT.spec, config.ARGUMENT_SPEC)
    return journals_at(host, [(Scope(slot.mode), slot.user) for slot in slots])


def wanted_in(params: Params) -> Wanted:
    """What is wanted of images, as far as it is for all their layers."""
    return Wanted(IN_IMAGE, goal=Goal(params["state"]), journal=params["journal"], run=params.get("run"))


def problems(params: Params, paths: Paths = HERE) -> t.Iterator[str]:
    """What is wrong with the images, and with the layers, whatever the image. paths: of the machine with them."""
    yield from check_images(params["image"], paths)
    if params.get("wsl"):
        yield "wsl is given with image: the distros of a Windows that is not running are not changed."
    for layer in layers_of(params):
        for option in ("config", "repair"):
            if layer.get(option) not in (None, False):
                yield f"{option} is given with image: the go env file of a user is not changed in an image."
        if layer["mode"] == USER and not layer.get("user"):
            yield "user is needed with image and mode: user: the SID, or the name of the profile's folder."
    for slot in slots_of(params, ENVIRONMENT.name, ENVIRONMENT.spec, config.ARGUMENT_SPEC):
        yield from not_all(slot.user, slot.label)
        try:
            to_wanted(slot.params, IN_IMAGE)
        except WantedError as error:
            yield f"{slot.label}: {error.text}"
