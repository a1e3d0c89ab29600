# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry over a Windows that is not running: images, and the files of a registry."""

from __future__ import annotations

import os.path
import typing as t

from .._core.errors import DevboxError
from .._core.findings import Finding, Severity
from .._core.medium import Medium
from .._core.wanted import Scope, Wanted
from .._hosts.image import Profile
from .._hosts.spread import workers
from .._media.image_host import HivesHost, ImageHost, OfflineHost, without_hive
from .._media.registry_hive import FILES, records_first
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .images import Result, check_images, checked, need_hivex, over_images, over_users
from .options import failure, wanted_of
from .registry import ARGUMENT_SPEC

if t.TYPE_CHECKING:
    from .._core.state import State
    from .._hosts.hive_files import HiveAccess

Params = t.Mapping[str, t.Any]

#: every real profile, and the template of new users
ALL = "all"


def to_wanted(params: Params, medium: Medium) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError."""
    return wanted_of(params, Scope(params["scope"]), medium, anchor=bool(params.get("anchor")))


#: see `Runner`
RUNNER = runner.Runner(
    lambda host, params: host.registry(Scope(params["scope"]), params["user"]),
    lambda host, params: to_wanted(params, host.medium),
)


def _layer(_state: State) -> tuple[str, t.Mapping[str, str]]:
    """See `Environment`: no go env file is read with it."""
    return "", {}


#: see `Environment`
ENVIRONMENT = runner.Environment(
    "registry",
    RUNNER,
    ARGUMENT_SPEC,
    False,
    _layer,
    together=lambda host, planned, id: records_first(host.files, planned, id),
)


def problems(params: Params) -> t.Iterator[str]:
    """What is wrong with the options that say which Windows, and whose scope of it, is meant."""
    image, hives, scope, user = params["image"], params["hives"], Scope(params["scope"]), params["user"]
    if image is not None and hives is not None:
        yield "image and hives are both given: name the image, or the files."
        return
    yield from check_images(image)
    if image is not None and scope is Scope.USER and not user:
        yield "user is needed with image and scope: user: the SID, or the name of the profile's folder."
    if hives is None:
        return
    needed = FILES[scope]
    for name in needed:
        if not hives.get(name):
            yield f"hives.{name} is needed with scope: {scope.value}."
    for name, path in hives.items():
        if path and not os.path.isabs(path):
            yield f"hives.{name}: {path!r} is not an absolute path."
    if user:
        yield "user is given, but the file in hives.user says whose scope it is."


def run(params: Params, check_mode: bool, diff: bool, access: HiveAccess | None = None) -> Result:
    """One run of go_registry: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked(problems(params))
        to_wanted(_of_one(params), IN_HIVES if params["image"] is None else IN_IMAGE)
        need_hivex(access)
    except DevboxError as error:
        return failure(error, params)
    if params["image"] is None:
        paths = {name: path for name, path in params["hives"].items() if path}
        return _run(params, HivesHost(paths, access), check_mode, diff)
    return over_images(
        params["image"],
        lambda image: _of_image(params, ImageHost(image, access), check_mode, diff),
        workers() if access is None else 1,
    )


def _of_one(params: Params) -> Params:
    """The options as one user has them."""
    return {**params, "user": None} if _is_all(params) else params


def _is_all(params: Params) -> bool:
    return (params["scope"], params["user"]) == (Scope.USER.value, ALL)


def _of_image(params: Params, host: ImageHost, check_mode: bool, diff: bool) -> Result:
    if not _is_all(params):
        return _run(params, host, check_mode, diff)
    try:
        profiles = host.users()
    except DevboxError as error:
        return failure(error, params)
    left_out = {
        profile: profile.lost or without_hive(profile) for profile in profiles if profile.lost or not profile.hive
    }
    found = [
        {"user": profile.name, "sid": profile.sid, **_run({**params, "user": profile.sid}, host, check_mode, diff)}
        for profile in profiles
        if profile not in left_out
    ]
    template = {**params, "scope": Scope.DEFAULT_USER.value, "user": None}
    found.append({"user": Scope.DEFAULT_USER.value, "sid": "", **_run(template, host, check_mode, diff)})
    result = over_users(found)
    result["findings"] += [_as_left_out(profile, finding) for profile, finding in left_out.items()]
    return result


def _as_left_out(profile: Profile, finding: Finding) -> Result:
    message = f"{profile.name} ({profile.sid}) was left out. {finding.message}"
    return finding._replace(message=message, severity=Severity.WARNING).to_result(str)


def _run(params: Params, host: OfflineHost, check_mode: bool, diff: bool) -> Result:
    return runner.run(RUNNER, params, t.cast(t.Any, host), check_mode, diff)
