# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry over a Windows that is not running: images, and the files of a registry."""

from __future__ import annotations

import functools
import typing as t

from .._core.errors import DevboxError
from .._core.medium import Medium
from .._core.task import Journals, Task
from .._core.wanted import Scope, Wanted
from .._hosts.hive_files import PeekedHives
from .._hosts.spread import workers
from .._media.image_host import HivesHost, ImageHost, OfflineHost
from .._media.registry_hive import HiveStore, must_fit, records_first
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .image_options import check_registry, checked, is_all, of_one
from .images import Result, need_hivex, over_everybody, over_images
from .options import failure, wanted_of
from .registry import ARGUMENT_SPEC
from .tasks import journals_in, journals_of_images, task_over

if t.TYPE_CHECKING:
    from .._core.findings import Finding
    from .._core.state import State
    from .._hosts.hive_files import HiveAccess
    from .._hosts.image import Profile

Params = t.Mapping[str, t.Any]


def to_wanted(params: Params, medium: Medium) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError."""
    return wanted_of(params, Scope(params["scope"]), medium, anchor=bool(params.get("anchor")))


#: see `Runner`
RUNNER = runner.Runner(
    lambda host, params: host.registry(Scope(params["scope"]), params["user"]),
    lambda host, params: to_wanted(params, host.medium),
    must_fit,
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


def run(params: Params, check_mode: bool, diff: bool, access: HiveAccess | None = None) -> Result:
    """One run of go_registry: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked(check_registry(params))
        to_wanted(of_one(params), IN_HIVES if params["image"] is None else IN_IMAGE)
        need_hivex(access)
    except DevboxError as error:
        return failure(error, params)
    if params["image"] is None:
        paths = {name: path for name, path in params["hives"].items() if path}
        return _run(params, HivesHost(paths, access), check_mode, diff)
    processes = workers() if access is None else 1
    task = None
    if len(params["image"]) > 1 or is_all(params):
        known = journals_of_images(params["image"], lambda image: _journals(params, peeking(image, access)), processes)
        task = task_over(known, to_wanted(of_one(params), IN_IMAGE))
    return over_images(
        params["image"],
        lambda image: _of_image(params, ImageHost(image, access), check_mode, diff, task),
        processes,
        params,
    )


def peeking(image: str, access: HiveAccess | None) -> ImageHost:
    """An image that is only looked into."""
    return ImageHost(image, access or PeekedHives())


def journals_at(host: ImageHost, scopes: t.Iterable[tuple[Scope, str | None]]) -> Journals:
    """What the journals of scopes of an image hold."""
    stores = [(HiveStore(host, scope, user), Wanted(IN_IMAGE, scope, user)) for scope, user in scopes]
    return journals_in(functools.partial(store.read, wanted) for store, wanted in stores)


def _journals(params: Params, host: ImageHost) -> Journals:
    if not is_all(params):
        return journals_at(host, [(Scope(params["scope"]), params["user"])])
    people, _left_out = _everybody(host)
    return journals_at(host, [*((Scope.USER, profile.sid) for profile in people), (Scope.DEFAULT_USER, None)])


def _everybody(host: ImageHost) -> tuple[list[Profile], list[tuple[Profile, Finding]]]:
    """The profiles of those whom `user: all` means, and those that are left out, with the reasons. Raises Blocked."""
    people: list[Profile] = []
    left_out: list[tuple[Profile, Finding]] = []
    for profile in host.users():
        reason = profile.lost or profile.roaming
        if reason is None:
            people.append(profile)
        else:
            left_out.append((profile, reason))
    return people, left_out


def _of_image(params: Params, host: ImageHost, check_mode: bool, diff: bool, task: Task | None) -> Result:
    if not is_all(params):
        return _run(params, host, check_mode, diff, task)
    try:
        people, left_out = _everybody(host)
    except DevboxError as error:
        return failure(error, params)
    return over_everybody(
        params,
        [(profile.name, profile.sid) for profile in people],
        [(profile.sid, profile.directory, reason) for profile, reason in left_out],
        lambda given: _run(given, host, check_mode, diff, task),
    )


def _run(params: Params, host: OfflineHost, check_mode: bool, diff: bool, task: Task | None = None) -> Result:
    return runner.run(RUNNER, params, t.cast(t.Any, host), check_mode, diff, task)
