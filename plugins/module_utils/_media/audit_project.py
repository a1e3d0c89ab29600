# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the files of a project add to an audit: the layer `project`, over all others. Pure.

A process that was entered through a launcher has what the launcher sets. What editors set counts for the programs that
they start, and is below that.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._go.audit import PROJECT, Held, Origin, SeenMedium, SeenProject
from .audit import NAMES, SeenPath

if t.TYPE_CHECKING:
    from .._core.medium import Syntax
    from .._formats.project_settings import Settings


LAUNCHER, VSCODE, GOLAND, DIRENV = "launcher", "VS Code", "GoLand", "direnv"


class Everything:
    """All names: a launcher of this collection is written by it alone."""

    def __contains__(self, name: object) -> bool:
        return True


class Source(t.NamedTuple):
    """A file of the project that sets something. enters: it is a launcher. exposed: others can read it. managed: the
    names that this collection wrote.
    """

    settings: Settings
    origin: Origin
    enters: bool = False
    exposed: bool = False
    managed: t.Container[str] = ()


@dataclass(frozen=True)
class ProjectLayer:
    """What a project adds."""

    project: SeenProject
    #: by name, what counts first
    variables: t.Mapping[str, tuple[Held, ...]]
    #: in front of PATH
    path: tuple[SeenPath, ...] = ()
    media: tuple[SeenMedium, ...] = ()


def project_layer(
    root: str, sources: t.Sequence[Source], media: t.Sequence[SeenMedium], syntax: Syntax
) -> ProjectLayer:
    """The layer of a project. sources: the one that counts first."""
    variables: dict[str, list[Held]] = {}
    for source in sources:
        for name, found in source.settings.variables.items():
            if name not in NAMES:
                continue
            held = Held(
                PROJECT,
                PROJECT,
                found.text or "",
                found.raw if found.raw != found.text else None,
                name in source.managed,
                source.exposed,
                source.origin._replace(line=found.line),
                found.text is not None,
            )
            variables.setdefault(name, []).append(held)
    entering = next((source for source in sources if source.enters), None)
    first = entering or next((source for source in sources if source.settings.entries), None)
    alternate = next((source.settings.alternate_go for source in sources if source.settings.alternate_go), "")
    path = tuple(_entries(first, syntax)) if first else ()
    launchers = (
        {name: found.text or found.raw for name, found in entering.settings.variables.items()} if entering else {}
    )
    if entering and path:
        launchers["PATH"] = syntax.separator.join(place.entry for place in path)
    project = SeenProject(root, (), launchers, alternate)
    return ProjectLayer(project, {name: tuple(held) for name, held in variables.items()}, path, tuple(media))


def _entries(source: Source, syntax: Syntax) -> t.Iterator[SeenPath]:
    for found in source.settings.entries:
        directory = syntax.directory_of(found.text, {}) if found.text else ""
        yield SeenPath(found.text or found.raw, directory, PROJECT, PROJECT, source.enters and "PATH" in source.managed)
