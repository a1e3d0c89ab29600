# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run over several images, or several users of one: a result of each, and one over all."""

from __future__ import annotations

import os.path
import typing as t

from .._core.errors import WantedError
from .._hosts.spread import spread

if t.TYPE_CHECKING:
    from .._hosts.hive_files import HiveAccess

Result = dict[str, t.Any]

#: what a result of several has of the first failure, besides its message
IMAGE, USER = "image", "user"
#: where the Python of a system is
PYTHONS = ("/usr/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python", "/usr/local/bin/python3")


def is_offline(params: t.Mapping[str, t.Any]) -> bool:
    """Whether options are about a Windows that is not running."""
    return params.get("image") is not None or params.get("hives") is not None


def not_here(option: str) -> WantedError:
    """That a host is not one on which a module changes images."""
    return WantedError(
        f"{option} is given, and this host is Windows, where only go_registry changes images.",
        "Use go_registry here, or delegate_to a Linux build host.",
    )


def check_images(images: t.Sequence[str] | None) -> t.Iterator[str]:
    """What is wrong with the option `image`."""
    if images is None:
        return
    if not images:
        yield "image is an empty list: name the images."
    for image in images:
        if not os.path.isabs(image):
            yield f"image: {image!r} is not an absolute path."
    places = [os.path.normpath(image) for image in images]
    for place in sorted({place for place in places if places.count(place) > 1}):
        yield f"image names {place} more than once."


def respawn() -> None:
    """Run the module anew with a Python that has hivex, where this one has none and another one has."""
    try:
        import hivex  # noqa: F401 - only to see whether it is there
    except ImportError:
        from ansible.module_utils.common.respawn import (
            has_respawned,
            probe_interpreters_for_module,
            respawn_module,
        )

        found = None if has_respawned() else probe_interpreters_for_module(PYTHONS, "hivex")
        if found:
            respawn_module(found)


def need_hivex(access: HiveAccess | None) -> None:
    """Raises DevboxError where files would be read and hivex is missing."""
    if access is None:
        from .._hosts.hives import load_hivex

        load_hivex()


def over_images(images: t.Sequence[str], one: t.Callable[[str], Result], processes: int = 1) -> Result:
    """The result over all images, so many at once. A single one's is also the whole result."""
    done = spread(images, one, processes)
    found = [{IMAGE: image, **with_headers(result, image)} for image, result in zip(images, done)]
    if len(found) == 1:
        return {**found[0], "images": [_without_diff(found[0])]}
    return {**together(found, IMAGE), "images": [_without_diff(result) for result in found]}


def over_users(results: t.Sequence[Result]) -> Result:
    """The result over all users of a Windows, each with USER."""
    found = [with_headers(result, str(result[USER])) for result in results]
    return {**together(found, USER), "users": [_without_diff(result) for result in found]}


def together(found: t.Sequence[Result], label: str) -> Result:
    """What several results come to. label: the name of what each is of."""
    failed = [result for result in found if result.get("failed")]
    out: Result = {
        "changed": any(result.get("changed") for result in found),
        "findings": [
            {**finding, "message": f"{finding[label]}: {finding['message']}"}
            for finding in _labelled(found, label, "findings")
        ],
        "changes": _labelled(found, label, "changes"),
        "drift": _labelled(found, label, "drift"),
        "refresh": list(dict.fromkeys(text for result in found for text in result.get("refresh") or ())),
    }
    diffs = [diff for result in found for diff in _diffs(result)]
    if diffs:
        out["diff"] = diffs
    if failed:
        reasons = " ".join(f"{result[label]}: {result.get('msg', '')}" for result in failed)
        out.update(failed=True, msg=f"{len(failed)} of {len(found)} {label}s failed; the others are done. {reasons}")
    return out


def _labelled(found: t.Sequence[Result], label: str, name: str) -> list[Result]:
    """What results have under a name, each with what it is of."""
    return [{label: result[label], **one} for result in found for one in result.get(name) or ()]


def with_headers(result: Result, label: str) -> Result:
    """A result whose diffs say what they are of."""
    if "diff" not in result:
        return result
    headers = ("before_header", "after_header")
    diffs = [{**diff, **{name: f"{label}: {diff[name]}" for name in headers}} for diff in _diffs(result)]
    return {**result, "diff": diffs if isinstance(result["diff"], list) else diffs[0]}


def _diffs(result: Result) -> list[Result]:
    found = result.get("diff", [])
    return found if isinstance(found, list) else [found]


def _without_diff(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "diff"}


def checked(problems: t.Iterable[str]) -> None:
    """Raises WantedError with every one of them."""
    found = list(problems)
    if found:
        raise WantedError(" ".join(found))
