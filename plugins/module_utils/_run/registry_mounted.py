# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry, and the registry of go_env, over a Windows that is not running, whose files are on a Windows host."""

from __future__ import annotations

import functools
import typing as t

from .._core.errors import DevboxError
from .._core.medium import Medium
from .._core.task import Journals, Task
from .._core.wanted import Wanted
from .._formats.profiles import Profile, lost_at_sign_out, roaming
from .._media.registry_mounted import MountedStore, Offline
from .._media.registry_offline import IN_HIVES, IN_IMAGE
from . import runner
from .image_options import ON_WINDOWS, check_registry, checked, is_all, of_one
from .images import Result, of_template, over_everybody, over_images
from .options import failure
from .tasks import journals_in, journals_of_images, task_over

if t.TYPE_CHECKING:
    from .._core.findings import Finding
    from .._core.store import Store
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

    if params["image"] is None:
        files = Offline("", {name: path for name, path in params["hives"].items() if path})
        return runner.run(runner_of(files, to_wanted, medium), params, host, check_mode, diff)
    images = {image: _Image(host, image, to_wanted, params) for image in params["image"]}
    task = None
    if len(images) > 1 or is_all(params):
        known = journals_of_images(params["image"], lambda image: images[image].journals())
        task = task_over(known, to_wanted(of_one(params), medium))
    return over_images(params["image"], lambda image: images[image].run(check_mode, diff, task), known=params)


class _Image:
    """One image of a run. What was read of its journals is not read anew."""

    def __init__(self, host: WindowsHost, image: str, to_wanted: ToWanted, params: Params) -> None:
        self._host, self._to_wanted, self._params = host, to_wanted, params
        self._offline = Offline.in_image(image)
        self._runner = runner_of(self._offline, to_wanted, IN_IMAGE)

    def journals(self) -> Journals:
        """What the journals of the scopes that are meant hold. Raises DevboxError."""
        given = [self._params]
        if is_all(self._params):
            given = [{**self._params, "user": found.sid} for found in self._people if found.sid not in self._reasons]
            given.append(of_template(self._params))
        return journals_ahead((self._runner.store(self._host, one), self._wanted(one)) for one in given)

    def run(self, check_mode: bool, diff: bool, task: Task | None) -> Result:
        def one(given: Params) -> Result:
            return runner.run(self._runner, given, self._host, check_mode, diff, task)

        if not is_all(self._params):
            return one(self._params)
        try:
            people, reasons = self._people, self._reasons
        except DevboxError as error:
            return failure(error, self._params, self._host.environ)
        return over_everybody(
            self._params,
            [(found.folder, found.sid) for found in people if found.sid not in reasons],
            [(found.sid, found.path, reasons[found.sid]) for found in people if found.sid in reasons],
            one,
        )

    def _wanted(self, params: Params) -> Wanted:
        return self._to_wanted(params, IN_IMAGE)

    @functools.cached_property
    def _people(self) -> list[Profile]:
        template = self._wanted(of_template(self._params))
        return MountedStore(self._host.transport, self._offline).people(template)

    @property
    def _reasons(self) -> dict[str, Finding]:
        """Why users are left out, by their SIDs."""
        return {found.sid: why for found in self._people if (why := lost_at_sign_out(found) or roaming(found))}


def journals_ahead(stores: t.Iterable[tuple[Store, Wanted]]) -> Journals:
    """What the journals of scopes hold, whose stores have been read then."""
    return journals_in(functools.partial(t.cast(MountedStore, store).read_ahead, wanted) for store, wanted in stores)


def runner_of(offline: Offline, to_wanted: ToWanted, medium: Medium) -> runner.Runner:
    """See `Runner`: one scope of such a Windows, whose store is the same throughout the run."""
    stores: dict[tuple[str, str | None], MountedStore] = {}

    def store(host: WindowsHost, params: Params) -> MountedStore:
        return stores.setdefault((params["scope"], params["user"]), MountedStore(host.transport, offline))

    return runner.Runner(store, lambda _host, given: to_wanted(given, medium))
