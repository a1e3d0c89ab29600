# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_project on a Windows host, from the controller: from options to a result."""

from __future__ import annotations

import re
import typing as t

from .._core.effective import effective
from .._core.errors import DevboxError
from .._core.state import State
from .._core.wanted import Goal, Scope, Wanted
from .._core.windows import WINDOWS, directory_of
from .._formats import frames
from .._formats.cmdscript import Script, sid
from .._hosts import staging
from .._hosts.transport import Transport, once_more
from .._hosts.windows_files import WindowsFiles
from .._media.projectfiles import ProjectHost
from .._media.registry_live import RegistryStore
from .._media.registry_medium import REGISTRY, SYSTEM
from .._media.registry_scripts import reg
from .._media.sdks import SdkQuery
from .._media.sdks_windows import WindowsSdks
from . import sdk_result
from .config_windows import on_windows, written_out
from .options import failure
from .project import Ground, carry_out, to_project

#: the packages of a user, by their full names (unverified: read where it is known to stand, on no real Windows)
_PACKAGES = r"HKU\{sid}_Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages"
_TERMINAL = re.compile(r"\\Microsoft\.WindowsTerminal(?:Preview)?_(\d+(?:\.\d+)+)_", re.IGNORECASE)


def run(
    params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_project: its result, `failed` with a message for people when it could not be done."""
    transport: Transport | None = None
    try:
        given = {**params, "project": directory_of(params["project"], {})}
        project = to_project(given, "windows")  # refused before anything is asked
        transport = connect()

        def find(search: t.Sequence[str]) -> dict[str, t.Any]:
            query = SdkQuery(params["user"], tuple(search), project.directory)
            return sdk_result.to_result(WindowsSdks(lambda: transport).find(query))

        # Nothing is to be removed from the registry; a reading for that asks for no directories.
        registry = RegistryStore(transport, folders=True).read(
            Wanted(REGISTRY, Scope.USER, user=params["user"], goal=Goal.ABSENT)
        )
        if params["goland_config"] is not None:
            given["goland_config"] = directory_of(
                written_out("goland_config", [params["goland_config"]], registry)[0], {}
            )
        ground = _ground(transport, registry, params, find)
        files = WindowsFiles(transport, "" if registry.sid == registry.account.sid else registry.sid)
        return carry_out(given, project, ground, files, check_mode, diff)
    except DevboxError as error:
        return failure(error, params)
    finally:
        if transport is not None:
            transport.close()


def _ground(
    transport: Transport,
    registry: State,
    params: t.Mapping[str, t.Any],
    find: t.Callable[[t.Sequence[str]], dict[str, t.Any]],
) -> Ground:
    host = on_windows(registry)
    environment = effective(registry)
    local = host.environment.get("LOCALAPPDATA") or (WINDOWS.child(host.home, "AppData", "Local") if host.home else "")
    return Ground(
        ProjectHost("windows", host.account, host.owner, host.ledger, host.blockers, host.native),
        WINDOWS,
        host.home or "",
        find,
        environment.path_text,
        local,
        next(layer.variables for layer in registry.layers if layer.name == SYSTEM).text("ProgramData"),
        _terminals(transport, registry.sid) if "terminal" in params["editors"] else (),
        lambda paths: outside(paths, host.home or ""),
    )


def outside(paths: t.Sequence[str], home: str) -> set[str]:
    """The files outside of a person's profile, which by what Windows does with new directories others can read."""
    return {
        path
        for path in paths
        if not (home and WINDOWS.is_within(WINDOWS.fold_path(path, {}), WINDOWS.fold_path(home, {})))
    }


def _terminals(transport: Transport, user: str) -> tuple[str, ...]:
    """The versions of Windows Terminal that a user has as a package."""
    mark = staging.new_mark()
    script = Script(
        tuple(frames.framed(mark, "packages", reg("query", _PACKAGES.replace("{sid}", sid(user))) + " 2>nul"))
    )
    raw = frames.parse(mark, once_more(transport, lambda: transport.run(script)).stdout).first("packages") or b""
    return tuple(dict.fromkeys(_TERMINAL.findall(raw.decode("utf-8", "replace"))))
