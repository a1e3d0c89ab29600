# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk in several Windows images, one after the other."""

from __future__ import annotations

import typing as t

from .._core.errors import WantedError
from .._hosts.sdk_host import SdkPlaces
from .._hosts.spread import workers
from . import sdk
from .images import Result, check_images, checked, over_images
from .options import failure


def run(
    params: t.Mapping[str, t.Any],
    places: t.Callable[[str], SdkPlaces],
    check_mode: bool,
    diff: bool,
    *more: t.Any,
    processes: int = 1,
) -> Result:
    """One run in each image of the options, so many at once; `places` are those in an image, `more`: see `sdk.run`."""
    found = over_images(
        params["image"], lambda image: sdk.run(params, places(image), check_mode, diff, *more), processes
    )
    found.pop("refresh", None)  # nobody restarts anything for an SDK
    if any(result.get("wants_archive") for result in found["images"]):
        found["wants_archive"] = True
    return found


def on_this_host(
    params: t.Mapping[str, t.Any], places: t.Callable[[str], SdkPlaces], check_mode: bool, diff: bool
) -> Result:
    """The same for images whose directories are of this POSIX host."""
    try:
        checked(check_images(params["image"]))
    except WantedError as error:
        return failure(error, params)
    return run(params, places, check_mode, diff, processes=workers())
