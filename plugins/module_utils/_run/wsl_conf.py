# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go_wsl wants of /etc/wsl.conf of a distro, and what the distro that runs does not know of it."""

from __future__ import annotations

import typing as t

from .._core.findings import Finding
from .._core.wanted import Goal, Scope, Wanted
from .._formats import wslconf, wslenv
from .._formats.shscript import Asked
from .._hosts.distro_files import LOCK
from .._hosts.posix_scope import RECORDS
from .._media.wslconf import APPEND, WSL_CONF, WslConfStore
from . import runner

if t.TYPE_CHECKING:
    from .._hosts.distro import DistroHost

Params = t.Mapping[str, t.Any]

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {"append_windows_path": {"type": "bool"}}

#: what is read of a distro in the first script
AHEAD = Asked((f"{RECORDS}/wslconf.json", wslconf.PATH), (f"{RECORDS}/{LOCK}",))


def to_wanted(params: Params) -> Wanted:
    """With `state: absent` only what this collection wrote goes, whatever the option says."""
    goal = Goal(params["state"])
    text = "true" if params["append_windows_path"] else "false"
    return Wanted(
        WSL_CONF,
        Scope.MACHINE,
        variables={APPEND: text} if goal is Goal.PRESENT else {},
        goal=goal,
        journal=params["journal"],
        force=params["force"],
        verify=False,
    )


#: see `Runner`
RUNNER = runner.Runner(lambda host, _params: WslConfStore(host), lambda _host, params: to_wanted(params))


def conf_of(host: DistroHost) -> wslconf.WslConf:
    """What the file of a distro says. Raises ReadError, TransportError."""
    return wslconf.parse(host.files().read([wslconf.PATH])[wslconf.PATH].data)


def is_older(host: DistroHost) -> bool:
    """Whether programs still get a PATH that wsl.conf, as it is now, does not let them have."""
    conf = conf_of(host)
    return not conf.appends and any(_of_a_drive(entry, conf) for entry in host.path.split(":"))


def _of_a_drive(path: str, conf: wslconf.WslConf) -> bool:
    return wslenv.of_windows(path, conf.mount) is not None


def to_restart() -> Finding:
    """That the distro has to be restarted."""
    return Finding.of(
        "wsl_conf_restart",
        "The distro reads wsl.conf when it starts, and programs in it have the PATH of before until then.",
        "Give restart: true, or terminate it once nobody works in it: wsl.exe --terminate NAME.",
        wslconf.PATH,
    )
