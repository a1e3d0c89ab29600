# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a store of start files will ask of a distro, so that one question is enough. Pure.

Whatever is forgotten here costs another question, and nothing else.
"""

from __future__ import annotations

import posixpath

from .._core.posix import POSIX, SYSTEM_DIRECTORIES
from .._core.wanted import Scope, Wanted
from .._formats.shscript import CONFIG, HOME, STATE, Asked
from .._hosts.distro_files import LOCK
from .._hosts.posix_scope import RECORDS, TEMPLATE, TEMPLATE_RECORDS, Directories, source_of
from .probes import LEAVES
from .rc_places import Existing, Ground, file_of, looked_for, once, places, read_first
from .rcfiles import LINKS

#: directories that start files as they are made put on PATH: below a home, and elsewhere; and where SDKs are
_BELOW = ("", "/bin", "/.local/bin", "/go/bin")
_USUAL = ("/usr/local/games", "/usr/games", "/snap/bin", "/usr/local/go", "/usr/local/go/bin")


#: the go env file of an account, and the record of it
OF_GO_ENV = (f"{CONFIG}/go/env", f"{STATE}/gopher.devbox/goenv.json")


def ahead(scope: Scope, wanted: Wanted | None = None) -> Asked:
    """wanted: whose directories are looked at; None where it is not known yet."""
    ground = _ground(scope)
    seen = (Existing(), Existing(frozenset(looked_for(ground))))
    found = [place.path for one in seen for place in places(ground, one)]
    found += [path for one in seen for path in once(ground, one)]
    records = {Scope.MACHINE: RECORDS, Scope.DEFAULT_USER: TEMPLATE_RECORDS}.get(scope, f"{STATE}/gopher.devbox")
    sources = [source_of(True, ""), source_of(False, ground.config)]
    files = (f"{records}/shells.json", *read_first(ground), *map(file_of, found), *sources)
    left = [f"{HOME}/{place}" for leaves in LEAVES.values() for place in leaves.values()]
    homes = dict.fromkeys((HOME, *(f"{ground.home}{place}" for place in _BELOW)))
    return Asked(
        tuple(dict.fromkeys(files)),
        (f"{records}/{LOCK}", *(LINKS if ground.system else ())),
        (*looked_for(ground), *(left if scope is Scope.USER else ())),
        tuple(dict.fromkeys((*homes, *_USUAL, *SYSTEM_DIRECTORIES, *(directories(wanted) if wanted else ())))),
        tuple(sources),
    )


def _ground(scope: Scope) -> Ground:
    if scope is Scope.DEFAULT_USER:
        return Ground(False, False, TEMPLATE, Directories.of_template().config)
    return Ground(scope is Scope.MACHINE, False, HOME, CONFIG)


def directories(wanted: Wanted) -> list[str]:
    """Those that a plan for the options is about."""
    places = [entry for _role, entry in wanted.entries()]
    if wanted.goroot is not None:
        places += [wanted.goroot, posixpath.join(wanted.goroot, "bin")]
    if wanted.create_directories and wanted.gopath:
        places += [posixpath.join(wanted.gopath[0], name) for name in ("", "src", "pkg", "bin")]
    return [path for path in map(posixpath.normpath, places) if POSIX.can_look_up(path)]
