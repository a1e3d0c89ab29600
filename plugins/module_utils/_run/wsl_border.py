# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of Windows gets into a distro unasked: paths in options and variables, drives, a go.exe."""

from __future__ import annotations

import typing as t

from .._core.findings import Finding
from .._formats import wslconf, wslenv
from .._go import names

if t.TYPE_CHECKING:
    from .._hosts.distro import DistroHost

Params = t.Mapping[str, t.Any]
#: the variables that Go writes a lot to, or reads a lot from
WORKSPACES = ("GOPATH", "GOCACHE", "GOMODCACHE")
_PLACES = ("GOROOT", *WORKSPACES, "GOBIN", "GOTMPDIR", "GOENV")


def problems(params: Params) -> t.Iterator[str]:
    """Options that hold a path of Windows: no program of a distro knows what it means."""
    for option, text in _texts(params):
        if not wslenv.is_windows_path(text):
            continue
        there = wslenv.translated(text)
        write = (
            f"A distro sees it as {there}, unless [automount] in its wsl.conf says otherwise; a directory of the "
            "distro's own is faster"
            if there
            else "Write it as a directory of the distro"
        )
        own = "/usr/local/go" if option == "goroot" else "~/go"
        yield f"{option}: {text!r} is a path of Windows, which nothing in a distro understands. {write}: {own}."


def _texts(params: Params) -> t.Iterator[tuple[str, str]]:
    for option in ("goroot", "gobin"):
        if params.get(option) is not None:
            yield option, params[option]
    for option in ("gopath", "path"):
        for text in params.get(option) or ():
            yield option, text
    for group in ("variables", "config"):
        for name, value in (params.get(group) or {}).items():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and (name in names.ABSOLUTE or name in _PLACES):
                    yield f"{group}.{name}", text


def without_windows(params: Params) -> dict[str, t.Any]:
    """The options without those, so that the rest can be judged."""
    bad = {text for _option, text in _texts(params) if wslenv.is_windows_path(text)}

    def kept(value: t.Any) -> t.Any:
        if isinstance(value, list):
            return [item for item in value if item not in bad] or None
        return None if isinstance(value, str) and value in bad else value

    out = {
        name: kept(value) if name in ("goroot", "gobin", "gopath", "path") else value for name, value in params.items()
    }
    for group in ("variables", "config"):
        if isinstance(params.get(group), dict):
            pairs = ((name, kept(value)) for name, value in params[group].items())
            out[group] = {name: value for name, value in pairs if value is not None or params[group][name] is None}
    return out


def findings(
    result: t.Mapping[str, t.Any], host: DistroHost, conf: wslconf.WslConf, windows: t.Mapping[str, str]
) -> list[Finding]:
    """What a distro has of Windows, by the result of a run in it.

    windows: WSLENV and Go's variables of a process of Windows.
    """
    effective = result.get("effective")
    if not effective:
        return []
    arrived = {one.name: one.value or "" for one in wslenv.arrivals(windows.get("WSLENV", ""), windows, conf.mount)}
    found = [*_arrived(arrived, conf), *on_drives(effective, arrived, conf)]
    return [*found, *_windows_go(effective.get("go") or {}, host, conf)]


def _value(effective: t.Mapping[str, t.Any], environ: t.Mapping[str, str], name: str) -> str:
    """What programs have of a variable: what start files set, or what the session was started with."""
    known = effective.get(name)
    return str(known["value"]) if known else environ.get(name, "")


def _arrived(environ: t.Mapping[str, str], conf: wslconf.WslConf) -> t.Iterator[Finding]:
    """What WSLENV brings that no go of the distro can use."""
    for name in _PLACES:
        text = environ.get(name, "")
        untranslated = wslenv.is_windows_path(text)
        if untranslated or (name == "GOROOT" and wslenv.of_windows(text, conf.mount)):
            advice = "Take it out of WSLENV (share without it), and let go find its own GOROOT."
            if name != "GOROOT":
                advice = f"Share it as {name}/p, which translates it, or take it out of WSLENV."
            yield Finding.of(
                "windows_path_in_distro",
                f"Programs of the distro get {name}={text} from Windows by WSLENV, and no go of the distro can use it.",
                advice,
                name,
            )


def on_drives(
    effective: t.Mapping[str, t.Any], environ: t.Mapping[str, str], conf: wslconf.WslConf
) -> t.Iterator[Finding]:
    """Workspaces on a drive of Windows. effective: of a result. environ: what the session was started with."""
    for name in WORKSPACES:
        for place in _value(effective, environ, name).split(":"):
            windows = wslenv.of_windows(place, conf.mount)
            if windows is not None:
                yield Finding.of(
                    "workspace_on_drvfs",
                    f"{name} has {place}, which is {windows}, on a drive of Windows: each access to a file crosses "
                    "into Windows, many times slower than in the distro, and names that differ in case alone are one "
                    "file.",
                    "Name a directory of the distro, such as ~/go.",
                    place,
                )


def _windows_go(go: t.Mapping[str, t.Any], host: DistroHost, conf: wslconf.WslConf) -> t.Iterator[Finding]:
    file = go.get("file") or ""
    if file and wslenv.of_windows(file, conf.mount) is None:
        return
    places = (place for place in host.windows_go if wslenv.of_windows(place, conf.mount) is not None)
    runs = file or next(places, "")
    if runs:
        yield Finding.of(
            "windows_go_in_wsl",
            f"The go that the distro finds is {runs}, of Windows: it builds for Windows, and knows "
            "nothing of what is set in the distro.",
            "Install an SDK in the distro (go_sdk), with its bin on PATH. append_windows_path: false keeps the PATH of "
            "Windows out.",
            runs,
        )
