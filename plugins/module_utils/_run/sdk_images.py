# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk in several Windows images, one after the other."""

from __future__ import annotations

import typing as t

from .._core.errors import WantedError
from .._hosts.sdk_host import SdkPlaces
from . import sdk
from .options import failure


def run(
    params: t.Mapping[str, t.Any],
    places: t.Callable[[str], SdkPlaces],
    check_mode: bool,
    diff: bool,
    *more: t.Any,
) -> dict[str, t.Any]:
    """One run in each image of the options; `places` are those in an image, `more`: see `sdk.run`."""
    if not params["image"]:
        return failure(WantedError("image is empty: name the directory of an image, or leave image out."))
    results = [{"image": image, **sdk.run(params, places(image), check_mode, diff, *more)} for image in params["image"]]
    return combined(results)


def combined(results: t.Sequence[dict[str, t.Any]]) -> dict[str, t.Any]:
    """The results of images as one: that of an only image, and the result of each in `images`."""
    failed = [result for result in results if result.get("failed")]
    if len(results) == 1:
        return {**results[0], "images": [*results]}
    found: dict[str, t.Any] = {
        "changed": any(result.get("changed") for result in results),
        "findings": [finding for result in results for finding in result.get("findings", ())],
        "images": [*results],
    }
    diffs = [
        {**result["diff"], "before_header": _of(result, "before"), "after_header": _of(result, "after")}
        for result in results
        if "diff" in result
    ]
    if diffs:
        found["diff"] = diffs
    if failed:
        found.update(failed=True, msg="\n".join(f"{result['image']}: {result['msg']}" for result in failed))
    if any(result.get("wants_archive") for result in failed):
        found["wants_archive"] = True
    return found


def _of(result: dict[str, t.Any], side: str) -> str:
    return f"{result['image']}: {result['diff'][f'{side}_header']}"
