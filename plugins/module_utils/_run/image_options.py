# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which Windows that is not running is meant, wherever its files are."""

from __future__ import annotations

import os.path
import typing as t

from .._core.errors import WantedError
from .._core.wanted import Scope
from .._core.windows import fold_path, is_absolute
from .._formats.cmdscript import can_quote
from .._media.registry_offline import FILES
from .options import ALL

Params = t.Mapping[str, t.Any]
Key = t.TypeVar("Key", bound=t.Hashable)


class Paths(t.NamedTuple):
    """The paths of a machine. problem: what is wrong with one, None for a good one. place: one text for all spellings
    of a good one. image: what tells one image from another, also where it is mounted twice.
    """

    problem: t.Callable[[str], str | None]
    place: t.Callable[[str], str]
    image: t.Callable[[str], t.Hashable]


def _problem_here(path: str) -> str | None:
    if not os.path.isabs(path):
        return "is not an absolute path."
    if "\0" in path:
        return "holds a character with the code 0, which no path has."
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "is not UTF-8, and hivex opens no other path: mount it, or make a link to it, under another name."
    return None


def _problem_on_windows(path: str) -> str | None:
    if not is_absolute(path):
        return "is not an absolute path."
    return None if can_quote(path) else 'holds one of " % & ^ | < >, and cannot be named in a command.'


def _image_here(path: str) -> t.Hashable:
    """Its SOFTWARE, or the directory itself: what is mounted twice has two paths."""
    from .._media.image_host import ImageHost  # only a run over images of this machine needs it

    try:
        found = os.stat(ImageHost(path).image.software or path)
    except OSError:
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


def _folded(path: str) -> str:
    return fold_path(path, {})


#: of this machine, and of a Windows host
HERE = Paths(_problem_here, os.path.realpath, _image_here)
ON_WINDOWS = Paths(_problem_on_windows, _folded, _folded)


def is_offline(params: Params) -> bool:
    """Whether options are about a Windows that is not running."""
    return params.get("image") is not None or params.get("hives") is not None


def checked(problems: t.Iterable[str]) -> None:
    """Raises WantedError with every one of them."""
    found = list(problems)
    if found:
        raise WantedError(" ".join(found))


def check_images(images: t.Sequence[str] | None, paths: Paths = HERE) -> t.Iterator[str]:
    """What is wrong with the option `image`."""
    if images is None:
        return
    if not images:
        yield "image is an empty list: name the images."
    yield from _wrong((("image", image) for image in images), paths)
    for found in _by_place((("image", image) for image in images), paths, paths.image).values():
        if len(found) > 1:
            spelled = ", ".join(dict.fromkeys(path for _option, path in found))
            yield f"image names {paths.place(found[0][1])} more than once ({spelled})."


def check_hives(hives: t.Mapping[str, str | None] | None, paths: Paths = HERE) -> t.Iterator[str]:
    """What is wrong with the option `hives`."""
    given = [(f"hives.{name}", path) for name, path in (hives or {}).items() if path]
    yield from _wrong(given, paths)
    for place, found in _by_place(given, paths, paths.place).items():
        if len(found) > 1:
            yield f"{' and '.join(option for option, _path in found)} are one file, {place}: each names its own."


def check_registry(params: Params, paths: Paths = HERE) -> t.Iterator[str]:
    """What is wrong with the options that say which Windows, and whose scope of it, is meant."""
    image, hives, scope, user = params["image"], params["hives"], Scope(params["scope"]), params["user"]
    if image is not None and hives is not None:
        yield "image and hives are both given: name the image, or the files."
        return
    yield from check_images(image, paths)
    if image is not None and scope is Scope.USER and not user:
        yield "user is needed with image and scope: user: the SID, or the name of the profile's folder."
    if hives is None:
        return
    for name in FILES[scope]:
        if not hives.get(name):
            yield f"hives.{name} is needed with scope: {scope.value}."
    yield from check_hives(hives, paths)
    if user:
        yield "user is given, but the file in hives.user says whose scope it is."


def is_all(params: Params) -> bool:
    """Whether all users are meant."""
    return (params["scope"], params["user"]) == (Scope.USER.value, ALL)


def of_one(params: Params) -> Params:
    """The options as one user has them."""
    return {**params, "user": None} if is_all(params) else params


def _wrong(options: t.Iterable[tuple[str, str]], paths: Paths) -> t.Iterator[str]:
    for option, path in options:
        problem = paths.problem(path)
        if problem:
            yield f"{option}: {path!r} {problem}"


def _by_place(
    options: t.Iterable[tuple[str, str]], paths: Paths, place: t.Callable[[str], Key]
) -> dict[Key, list[tuple[str, str]]]:
    out: dict[Key, list[tuple[str, str]]] = {}
    for option, path in options:
        if not paths.problem(path):
            out.setdefault(place(path), []).append((option, path))
    return out
