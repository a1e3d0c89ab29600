# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry over a Windows that is not running, whose files are on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._core.medium import Medium
from .._core.wanted import Scope, Wanted
from .._core.windows import fold_path, is_absolute
from .._formats.cmdscript import can_quote
from .._media.registry_hives import SOFTWARE, SYSTEM, USER
from .._media.registry_mounted import MountedStore, Offline
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .images import Result, checked, over_images
from .options import failure

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost

Params = t.Mapping[str, t.Any]
ToWanted = t.Callable[[Params, Medium], Wanted]

#: the files that a scope is in
FILES = {Scope.MACHINE: (SYSTEM, SOFTWARE), Scope.USER: (USER,), Scope.DEFAULT_USER: (USER, SOFTWARE)}


def run(to_wanted: ToWanted, params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_registry: its result, `failed` with a human-readable message when it could not be done."""
    medium = IN_HIVES if params["image"] is None else IN_IMAGE
    try:
        checked(problems(params))
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
    return over_images(params["image"], lambda image: one(Offline.in_image(image)))


def problems(params: Params) -> t.Iterator[str]:
    """What is wrong with the options that say which Windows, and whose scope of it, is meant."""
    image, hives, scope, user = params["image"], params["hives"], Scope(params["scope"]), params["user"]
    if image is not None and hives is not None:
        yield "image and hives are both given: name the image, or the files."
        return
    if hives is not None:
        yield from _of_hives(hives, scope, user)
        return
    if not image:
        yield "image is an empty list: name the images."
    for path in image:
        yield from _of_path("image", path)
    places = [fold_path(path, {}) for path in image]
    for place in sorted({place for place in places if places.count(place) > 1}):
        yield f"image names {place} more than once."
    if scope is Scope.USER and (not user or user == "all"):
        yield "user is needed with image and scope: user: the SID, or the name of the profile's folder."


def _of_hives(hives: t.Mapping[str, t.Any], scope: Scope, user: str | None) -> t.Iterator[str]:
    for name in FILES[scope]:
        if not hives.get(name):
            yield f"hives.{name} is needed with scope: {scope.value}."
    for name, path in hives.items():
        if path:
            yield from _of_path(f"hives.{name}", path)
    if user:
        yield "user is given, but the file in hives.user says whose scope it is."


def _of_path(option: str, path: str) -> t.Iterator[str]:
    if not is_absolute(path):
        yield f"{option}: {path!r} is not an absolute path."
    elif not can_quote(path):
        yield f'{option}: {path!r} holds one of " % & ^ | < >, and cannot be named in a command.'
