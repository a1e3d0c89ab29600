# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env_info of a Windows host with its WSL distros: what a user has in each, beside the host's audit."""

from __future__ import annotations

import typing as t

from .._core.errors import WantedError
from .._core.wanted import Scope
from .._go.audit import DENIED
from . import env_info, wsl
from .options import failure, not_all

if t.TYPE_CHECKING:
    from .._media.audit import AuditedHost
    from .._media.windows_host import WindowsHost

NONE, RUNNING, ALL = env_info.DISTROS
_KEPT = ("name", "state", "version", "looked_at", "user")


def run(
    opened: t.Callable[[t.Any], AuditedHost],
    params: t.Mapping[str, t.Any],
    host: WindowsHost,
    check_mode: bool = False,
    diff: bool = False,
) -> dict[str, t.Any]:
    """See `env_info.run`. Distros belong to the account of the session, whoever the host's audit is about."""
    problems = list(not_all(params["user"]))
    if problems:
        return failure(WantedError(" ".join(problems)), params)
    result = env_info.run(opened, params, host, check_mode, diff)
    if params.get("distros", NONE) == NONE or "audit" not in result:
        return result
    distros, reason = distros_of(host, params["distros"] == ALL)
    document = {**result["audit"], "distros": distros}
    if reason is not None:
        missing = {"medium": "WSL", "scope": "user", "place": "", "state": DENIED, "reason": reason}
        document.update((name, [*document[name], missing]) for name in ("media", "unread"))
    return {**result, "audit": document}


def distros_of(host: WindowsHost, start: bool) -> tuple[list[dict[str, t.Any]], str | None]:
    """What a user has in each distro; and why that is not known, where none could be asked.

    Where programs run as root though nobody named it, a change is refused, and root's files are what a user has: a look
    has them, with the finding.
    """
    found = wsl.run(_look(start), host, check_mode=True, diff=False)
    if "distros" not in found:
        return [], found["msg"]
    refused = {distro["name"]: distro for distro in found["distros"] if _is_of_root(distro)}
    if refused:
        of_root = wsl.run(_look(start, refused, wsl.ROOT), host, check_mode=True, diff=False)
        for distro in of_root.get("distros") or ():
            if distro["name"] in refused:
                told = [*refused[distro["name"]]["findings"], *(distro.get("findings") or ())]
                refused[distro["name"]] = {**distro, "findings": told}
    return [_of(refused.get(distro["name"], distro)) for distro in found["distros"]], None


def _look(start: bool, names: t.Iterable[str] = (wsl.ALL,), user: str | None = None) -> dict[str, t.Any]:
    """The options of a go_wsl that wants nothing, and so changes nothing."""
    given: dict[str, t.Any] = {"distros": list(names), "user": user, "scope": Scope.USER.value, "config": {}}
    given.update(start=start, verify=False)
    return {name: given.get(name, option.get("default")) for name, option in wsl.ARGUMENT_SPEC.items()}


def _is_of_root(distro: t.Mapping[str, t.Any]) -> bool:
    return any(finding["id"] == "distro_root_user" for finding in distro.get("findings") or ())


def _of(distro: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What is known of a distro: without having been looked at, no more than that it is there."""
    effective = dict(distro.get("effective") or {})
    path, go = effective.pop("PATH", None), effective.pop("go", None) or {}
    variables = {name: value for name, value in sorted(effective.items()) if value is not None}
    in_file = (distro.get("go_env_file") or {}).get("before") or {}
    return {
        **{name: distro.get(name) for name in _KEPT},
        "variables": variables,
        "go_env_file": {name: text for name, text in sorted(in_file.items()) if text is not None},
        "path": path,
        "go": {"file": go.get("file"), "version": go.get("version")},
        "findings": list(distro.get("findings") or ()),
        "reason": distro.get("msg"),
    }
