# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the files of a project set for go: launchers of this collection, the files of VS Code and of GoLand. Pure.

A value may refer to the home, to the project's directory or to the environment, which are written out. What a launcher
finds out only when the project is entered is None.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._core.patterns import pattern
from .._editors import goland, vscode
from .._editors.edits import MISSING, XmlStep
from . import jsonc, xmltext

#: the files, relative to the project
SETTINGS, WORKSPACE, LAUNCHER, ENVRC = vscode.SETTINGS, goland.WORKSPACE, "go-env.sh", ".envrc"

#: in place of what a launcher finds out when the project is entered
CHOSEN = "(the SDK that the launcher chooses)"
_BODY = pattern(r"(?ms)^(_go_env_(?:values|adds|sdk))\(\) \{\n(.*?)^\}")
_CLEAN = pattern(r"_go_env_clean (?P<base>\"\$\{HOME-\}\"|\"\$_ge_dir\")?(?P<text>'.*')?\s*\Z")
_PUT = pattern(r"\"\$1\" '(?P<name>\w+)' (?P<text>.*)\Z")
_VSCODE = pattern(r"\$\{(?:(env):(\w+)|(workspaceFolder|workspaceRoot|userHome))\}")
_INHERITED = pattern(r"[:;]\$\{env:(?:PATH|Path)\}")
_MACRO = pattern(r"\$(PROJECT_DIR|USER_HOME)\$")


class Found(t.NamedTuple):
    """A value. text: None for what is found out when the project is entered. raw: as it is written. line: from 1."""

    text: str | None
    raw: str
    line: int | None = None


@dataclass(frozen=True)
class Settings:
    """What a file sets."""

    variables: t.Mapping[str, Found] = field(default_factory=dict)
    #: what goes in front of PATH
    entries: tuple[Found, ...] = ()
    #: the file that VS Code starts as go
    alternate_go: str = ""
    #: where in the file the variables are
    key: tuple[str, ...] = ()


# --- launchers -------------------------------------------------------------------------------------------------------


def launcher(data: bytes, directory: str, home: str) -> Settings:
    """go-env.sh, or an .envrc of this collection. directory: of the project."""
    text = data.decode("utf-8", "replace")
    bodies = {found[1]: found[2].splitlines() for found in _BODY.finditer(text)}
    reading = _Launcher(directory, home)
    reading.root(bodies.get("_go_env_sdk", ()))
    for line in bodies.get("_go_env_values", ()):
        reading.value(line.strip())
    for line in bodies.get("_go_env_adds", ()):
        reading.entry(line.strip())
    return Settings(reading.variables, tuple(reading.entries))


class _Launcher:
    def __init__(self, directory: str, home: str) -> None:
        self._directory, self._home = directory, home
        self._root: str | None = None
        self._path: str | None = None
        self._list: list[str] = []
        self.variables: dict[str, Found] = {}
        self.entries: list[Found] = []

    def root(self, lines: t.Sequence[str]) -> None:
        """The pinned SDK. One that is chosen is looked for in several places."""
        if any("_go_env_look" in line for line in lines):
            return
        for line in lines:
            self._clean(line.strip())
        self._root, self._path = self._path, None

    def value(self, line: str) -> None:
        if line == "_ge_entry=":
            self._list = []
        elif line.startswith("_ge_entry="):
            self._list.append(self._path or "")
        elif line == "_ge_path=$_ge_root":
            self._path = self._root
        put = _PUT.match(line)
        if put:
            self.variables[put["name"]] = self._found(put["text"])
        self._clean(line)

    def _found(self, text: str) -> Found:
        known = {'"$_ge_entry"': ":".join(self._list), '"$_ge_path"': self._path}.get(text, _unquoted(text))
        return Found(known, known or CHOSEN)

    def entry(self, line: str) -> None:
        if line == '_go_env_add "$_ge_root/bin"':
            self.entries.append(Found(f"{self._root}/bin" if self._root else None, CHOSEN))
        elif line == '_go_env_add "$_ge_path"':
            self.entries.append(Found(self._path, self._path or ""))
        self._clean(line)

    def _clean(self, line: str) -> None:
        found = _CLEAN.match(line)
        if found:
            base = {'"${HOME-}"': self._home, '"$_ge_dir"': self._directory}.get(found["base"] or "", "")
            self._path = _cleaned(base + _unquoted(found["text"] or "''"))


def _unquoted(text: str) -> str:
    return text[1:-1].replace("'\\''", "'") if len(text) > 1 else text


def _cleaned(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


# --- editors ---------------------------------------------------------------------------------------------------------


def vscode_settings(
    data: bytes, system: str, directory: str, home: str, environment: t.Mapping[str, str]
) -> tuple[Settings, ...]:
    """.vscode/settings.json: of its terminals, of the Go extension's tools, and go.goroot, the first winning. system:
    linux, osx or windows, where the names in `environment` are in upper case. Raises ValueError for a damaged file.
    """
    windows = system == "windows"
    document = jsonc.read(data)
    found = document.value
    if not isinstance(found, t.Mapping):
        if found is MISSING:
            return ()
        raise ValueError("it is no object")

    def meant(text: str) -> str | None:
        unknown: list[str] = []

        def known(match: t.Match[str]) -> str:
            if match[1]:
                name = match[2].upper() if windows else match[2]
                if name not in environment:
                    unknown.append(name)
                return environment.get(name, "")
            return home if match[3] == "userHome" else directory

        text = _VSCODE.sub(known, text)
        return None if unknown or "${" in text else text

    def of(key: str, alternate: str = "") -> Settings:
        held = found.get(key)
        items = held.items() if isinstance(held, t.Mapping) else ()
        variables = {
            str(name): Found(meant(text), text, document.line((key, str(name))) or None)
            for name, text in items
            if isinstance(text, str)
        }
        spelled = next((name for name in variables if (name.upper() if windows else name) == "PATH"), "PATH")
        raw = variables.pop(spelled, Found("", "")).raw
        inherits = _INHERITED.search(raw)
        front = raw[: inherits.start()] if inherits else ""
        entries = [Found(meant(text), text) for text in front.split(";" if windows else ":")] if front else []
        return Settings(variables, tuple(entries), alternate, (key,))

    root = found.get("go.goroot")
    pinned = (
        {"GOROOT": Found(meant(root), root, document.line(("go.goroot",)) or None)} if isinstance(root, str) else {}
    )
    tools = found.get("go.alternateTools")
    go = tools.get("go") if isinstance(tools, t.Mapping) else None
    alternate = (meant(go) or go) if isinstance(go, str) else ""
    return (
        of(f"terminal.integrated.env.{system}", alternate),
        of("go.toolsEnvVars"),
        Settings(pinned, key=("go.goroot",)),
    )


def goland_workspace(data: bytes, directory: str, home: str) -> Settings:
    """.idea/workspace.xml: the SDK of the project. Raises ValueError for a file that is damaged."""
    found = xmltext.read(data).get((XmlStep("project"), XmlStep("component", "GOROOT")))
    url = found.get("url", "") if isinstance(found, t.Mapping) else ""
    if not url:
        return Settings()
    places = {"PROJECT_DIR": directory, "USER_HOME": home}
    text = re.sub(r"\A(?:file|jar)://", "", _MACRO.sub(lambda match: places[match[1]], url))
    return Settings({"GOROOT": Found(text, url)})
