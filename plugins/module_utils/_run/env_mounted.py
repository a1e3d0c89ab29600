# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env over images of a Windows that is not running, which are on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._core.task import Journals
from .._media.registry_mounted import Offline
from .._media.registry_offline import IN_IMAGE
from . import env, env_offline, registry_offline
from .image_options import ON_WINDOWS, checked
from .images import Result, over_images
from .options import failure
from .registry_mounted import journals_ahead, runner_of
from .runner import Environment
from .tasks import journals_of_images, task_over

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost
    from .env_layers import Params


def run(params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_env: its result, `failed` with a human-readable message when it could not be done."""
    try:
        checked(env_offline.problems(params, ON_WINDOWS))
    except DevboxError as error:
        return failure(error, params)

    known = registry_offline.ENVIRONMENT
    environments = {}
    for image in params["image"]:
        found = runner_of(Offline.in_image(image), registry_offline.to_wanted, IN_IMAGE)
        environments[image] = Environment(known.name, found, known.spec, known.files, known.layer)

    def journals(image: str) -> Journals:
        return journals_ahead(env.stores_of(environments[image], params, host))

    task = None
    if len(params["image"]) > 1:
        task = task_over(journals_of_images(params["image"], journals), env_offline.wanted_in(params))
    return over_images(
        params["image"],
        lambda image: env.run(environments[image], params, host, check_mode, diff, task),
        known=params,
    )
