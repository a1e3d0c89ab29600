# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What GoLand, and IntelliJ IDEA with the Go plugin, are to hold of a project. Pure.

External Tools have no field for variables (docs/facts.md, "GoLand"), so their programs start through the launcher. An
IDE reads them from its own configuration only, `<configuration>/tools/<group>.xml`: JetBrains' ToolManager asks the
application's scheme manager, so that a file below a project's `.idea` is never looked at. They name no project:
`$ProjectFileDir$` is the project that is open.

The SDK of a project stands in its `.idea/workspace.xml`, which the IDE holds in memory and writes while it runs.
"""

from __future__ import annotations

import html

from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.values import fold_name
from .._core.windows import CMD_PATH_LIMIT
from .edits import Attributes, XmlPath, XmlStep
from .project import Project

#: below the project's directory
WORKSPACE = ".idea/workspace.xml"
#: a workspace.xml that is made
NEW_WORKSPACE = b'<?xml version="1.0" encoding="UTF-8"?>\n<project version="4" />\n'
GOROOT: XmlPath = (XmlStep("project"), XmlStep("component", "GOROOT"))

#: the group of our tools; a group is a file of its own, so that the person's "External Tools.xml" is left alone
GROUP = "gopher.devbox"
TOOLS_FILE = f"tools/{GROUP}.xml"

#: name, what it says in the menu, and what go gets. The only value, which the IDE fills in, stands in quotes and behind
#: a plain word
_TOOLS = (
    ("go build", "Build every package of the project", "build ./..."),
    ("go test", "Test every package of the project", "test ./..."),
    ("go test this package", "Test the package of the file", 'test "./$FileDirRelativeToProjectRoot$"'),
    ("go generate this file", "Run the generators of the file", 'generate "$FilePath$"'),
    ("go version", "Show which Go the project gets", "version"),
)
_SHOWN = ("showInMainMenu", "showInEditor", "showInProject", "showInSearchPopup")

_MACRO = pattern(r"\$([A-Z_]+)\$")
_DOTS = pattern(r"(?:^|(?<=/))[^/]+/\.\.(?:/|\Z)")


def workspace(project: Project) -> dict[XmlPath, Attributes]:
    """What workspace.xml is to hold: the SDK, where one is pinned. Everything else in it is the IDE's."""
    if project.goroot is None:
        return {}
    return {GOROOT: Attributes({"url": sdk_url(project)})}


def sdk_url(project: Project) -> str:
    """The pinned SDK as the IDE names files: slashes, nothing escaped, the project's directory as its macro."""
    goroot = _slashed(project, project.goroot or "")
    below = goroot[len(_base(project)) + 1 :] if _within(project, goroot) else None
    return f"file://{goroot}" if below is None else f"file://$PROJECT_DIR$/{below}"


def names_sdk(project: Project, url: str, home: str | None = None) -> bool:
    """Whether a url that stands in workspace.xml is the pinned SDK's. IDEs write the home and the project's directory
    as macros, also with `..` behind them. `home`: the directory of the person whose IDE it is, where it is known."""
    return project.goroot is not None and _folded(project, _resolved(project, url, home)) == _folded(
        project, _slashed(project, project.goroot)
    )


def tools(project: Project) -> str:
    """The file of the group: tools that run go through the launcher of the project that is open."""
    lines = [line for tool in _TOOLS for line in _tool(project, *tool)]
    return "".join(f"{line}\n" for line in (f'<toolSet name="{GROUP}">', *lines, "</toolSet>"))


def findings(project: Project, path: str) -> list[Finding]:
    """What is told about the PATH that a tool of the IDE gets: `path`, expanded, with the project's entries."""
    if not project.windows or len(path) <= CMD_PATH_LIMIT:
        return []
    return [
        Finding.of(
            "goland_path_too_long",
            f"The PATH that GoLand's tools get has {len(path)} characters with this project's entries. They "
            f"start through cmd.exe, which ignores an "
            f"inherited PATH of more than {CMD_PATH_LIMIT}: then no program outside System32 is found.",
            "Take entries out of the machine's or the user's PATH; docs/findings.md says how to find those that "
            "do nothing.",
            "PATH",
        )
    ]


def _tool(project: Project, name: str, description: str, arguments: str) -> list[str]:
    """The lines of a tool. The directory is the working one and the words are constant: neither the IDE nor cmd.exe has
    a path to quote, but for the file's own.
    """
    if project.windows:
        command, parameters = "cmd.exe", rf"/d /c .\go-env.cmd run go {arguments}"
    else:
        command, parameters = "/bin/sh", f"./go-env.sh run go {arguments}"
    options = {"COMMAND": command, "PARAMETERS": parameters, "WORKING_DIRECTORY": "$ProjectFileDir$"}
    attributes = {
        "name": name,
        "description": description,
        **dict.fromkeys(_SHOWN, "true"),
        "disabled": "false",
        "useConsole": "true",
        "showConsoleOnStdOut": "false",
        "showConsoleOnStdErr": "false",
        "synchronizeAfterRun": "true",
    }
    return [
        f"  <tool {_written(attributes)}>",
        "    <exec>",
        *(f"      <option {_written({'name': option, 'value': value})} />" for option, value in options.items()),
        "    </exec>",
        "  </tool>",
    ]


def _written(attributes: dict[str, str]) -> str:
    return " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())


def _slashed(project: Project, directory: str) -> str:
    text = directory.replace("\\", "/") if project.windows else directory
    return text.rstrip("/") or text


def _base(project: Project) -> str:
    return _slashed(project, project.directory)


def _folded(project: Project, path: str) -> str:
    return fold_name(path) if project.windows else path


def _within(project: Project, path: str) -> bool:
    return _folded(project, path).startswith(_folded(project, _base(project)) + "/")


def _resolved(project: Project, url: str, home: str | None) -> str:
    """The directory that a url means; macros that are not known stay."""
    known = {"PROJECT_DIR": _base(project)}
    if home:
        known["USER_HOME"] = _slashed(project, home)
    text = url.removeprefix("file://")
    text = _MACRO.sub(lambda found: known.get(found[1], found[0]), text).rstrip("/")
    while True:
        shorter: str = _DOTS.sub("", text, count=1)
        if shorter == text:
            return text.rstrip("/")
        text = shorter
