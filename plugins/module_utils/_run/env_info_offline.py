# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env_info over a Windows that is not running: images, and the files of a registry."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._hosts.spread import workers
from .._media.audit_image import ImageAudit
from .._media.image_host import HivesHost, ImageHost
from .._media.sdks_image import Files
from . import env_info
from .image_options import HERE, Paths, check_hives, check_images, checked
from .images import Result, need_hivex, over_images
from .options import failure, not_all

if t.TYPE_CHECKING:
    from .._hosts.hive_files import HiveAccess

Params = t.Mapping[str, t.Any]


def run(params: Params, _check_mode: bool = False, _diff: bool = False, access: HiveAccess | None = None) -> Result:
    """One run of go_env_info: its result, `failed` with a message when it could not be done."""
    try:
        checked(problems(params))
        need_hivex(access)
    except DevboxError as error:
        return failure(error, params)
    if params["image"] is None:
        return _of_hives(params, access)
    return over(params, lambda image: _of_image(params, image, access), workers() if access is None else 1)


def over(params: Params, one: t.Callable[[str], Result], processes: int = 1) -> Result:
    """The result over all images, so many at once."""
    found = over_images(params["image"], one, processes, params)
    found.pop("refresh", None)  # nothing was changed
    return found


def problems(params: Params, paths: Paths = HERE) -> t.Iterator[str]:
    """What is wrong with the options."""
    image, hives = params["image"], params["hives"]
    if image is not None and hives is not None:
        yield "image and hives are both given: name the image, or the files."
    yield from check_images(image, paths)
    yield from check_hives(hives, paths)
    if hives is not None and not any(hives.values()):
        yield "hives names no file."
    if hives is not None and params["user"]:
        yield "user is given, but the file in hives.user says whose scope it is."
    yield from not_all(params["user"])
    if params.get("distros") in env_info.DISTROS[1:]:
        yield "distros is given with image or hives: those of a Windows that is not running are not looked at."


def _of_image(params: Params, image: str, access: HiveAccess | None) -> Result:
    host = ImageHost(image, access)
    return env_info.run(lambda _host: ImageAudit(host, image, Files(host.image)), params, t.cast(t.Any, host))


def _of_hives(params: Params, access: HiveAccess | None) -> Result:
    paths = {name: path for name, path in params["hives"].items() if path}
    host = HivesHost(paths, access)
    name = next(iter(paths.values()))
    return env_info.run(lambda _host: ImageAudit(host, name, Files(None)), params, t.cast(t.Any, host))
