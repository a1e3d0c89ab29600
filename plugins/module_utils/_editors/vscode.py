# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What VS Code is to hold of a project, and what stands there that contradicts. Pure.

Who reads what (docs/facts.md, "VS Code"; golang/vscode-go goDebugConfiguration.ts, goEnv.ts, envUtils.ts; VS Code's
debugService.ts):

- `go.goroot`, `go.toolsEnvVars`: the Go extension's own processes (gopls, go, dlv). The extension puts GOROOT's bin on
  PATH itself. PATH does
  not go into toolsEnvVars: on Windows it would stand beside `Path`.
- `terminal.integrated.env.*`: what is typed in VS Code's terminal. `${env:PATH}` is the PATH that VS Code was started
  with.
- a debugged program: `env`, over `envFile`, over `go.toolsEnvVars`. VS Code runs the preLaunchTask first and the
  extension reads envFile then,
  so that a task can write it. What a task has in `options.env`, only that task's own process sees.

All of these are ignored in a folder that the person has not trusted.
"""

from __future__ import annotations

import typing as t

from .._core.alternate_go import alternate_go
from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.secrets import shown as hidden
from .._core.values import fold_name
from .edits import JsonPath, Named
from .project import Project

#: below the project's directory
SETTINGS, LAUNCH, TASKS = ".vscode/settings.json", ".vscode/launch.json", ".vscode/tasks.json"
#: written by the task, read by the extension. It holds a person's PATH: it does not belong into version control
ENV_FILE = ".env.runtime"
TASK = "gopher.devbox: write " + ENV_FILE
CONFIGURATION = "Go: with this project's environment"

_TERMINALS = {"windows": ("windows",), "posix": ("linux", "osx")}
_FOLDER = "${workspaceFolder}"
_HOME = pattern(r"(?:~|\$HOME|\$\{HOME\})(?=[/\\]|\Z)")
_REFERENCE = pattern(r"%([^%/\\]+)%")
_DRIVE = pattern(r"[A-Za-z]:[\\/]")
_REPLACED = pattern(r"\$\{|\\\$")  # VS Code's variables, and the backslash that envFile takes out
_SHOWN = 80  # characters of a value in a message


def settings(project: Project, standing: t.Any = None) -> dict[JsonPath, str]:
    """What settings.json is to hold, key by key. `standing`: what is there, whose spelling of names counts (`Path`, on
    Windows).
    """
    wanted: dict[JsonPath, str] = {}
    if project.goroot is not None:
        wanted["go.goroot",] = spelled(project, project.goroot)
    variables = _variables(project)
    for name, text in variables.items():
        if name != "GOROOT":
            wanted["go.toolsEnvVars", _standing_name(project, standing, "go.toolsEnvVars", name)] = text
    names, entries = " ".join(variables), _entries(project)
    if entries:
        variables["PATH"] = _joined(project, entries, "PATH")
    if not project.windows and variables:
        # What start files of a shell in the terminal are to know, so that they leave the project's values in force
        # (docs/launchers.md).
        variables["_GO_ENV_NAMES"] = f"{names} ${{env:_GO_ENV_NAMES}}".strip()
        variables["_GO_ENV_PATH"] = _joined(project, entries, "_GO_ENV_PATH")
    for system in _TERMINALS[project.family]:
        key = f"terminal.integrated.env.{system}"
        for name, text in variables.items():
            wanted[key, _standing_name(project, standing, key, name)] = text
    return wanted


def launch() -> dict[JsonPath, t.Any]:
    """What launch.json is to hold: one configuration, which starts the package of the open file with the environment of
    `ENV_FILE`.
    """
    return {
        ("version",): "0.2.0",
        ("configurations", Named("name", CONFIGURATION)): {
            "name": CONFIGURATION,
            "type": "go",
            "request": "launch",
            "mode": "auto",
            "program": "${fileDirname}",
            "envFile": f"{_FOLDER}/{ENV_FILE}",
            "preLaunchTask": TASK,
        },
    }


def tasks() -> dict[JsonPath, t.Any]:
    """What tasks.json is to hold: the task that writes `ENV_FILE`, on either family. Its words are constant, and the
    directory is the working one, so that no shell has anything to quote."""
    return {
        ("version",): "2.0.0",
        ("tasks", Named("label", TASK)): {
            "label": TASK,
            "type": "process",
            "command": "/bin/sh",
            "args": ["./go-env.sh", "env", ENV_FILE],
            "windows": {
                "command": "${env:SystemRoot}\\System32\\cmd.exe",
                "args": ["/d", "/c", ".\\go-env.cmd", "env", ENV_FILE],
            },
            "options": {"cwd": _FOLDER},
            "presentation": {"reveal": "silent", "panel": "shared", "showReuseMessage": False},
            "problemMatcher": [],
        },
    }


def is_marked(path: JsonPath) -> bool:
    """Whether what stands there is this collection's by its name."""
    return path[-1] == Named("label", TASK)


def is_only_a_default(path: JsonPath) -> bool:
    """Whether a key is only wanted where it is missing: the version of launch.json and tasks.json."""
    return path == ("version",)


def spelled(project: Project, directory: str) -> str:
    """A directory as VS Code and its Go extension resolve it: the home and the project's directory as their
    variables.
    """
    home = _HOME.match(directory)
    if home:
        variable = "USERPROFILE" if project.windows else "HOME"
        return f"${{env:{variable}}}{directory[home.end() :]}"
    if project.windows:
        reference = _REFERENCE.match(directory)
        if reference:
            return f"${{env:{reference[1]}}}{directory[reference.end() :]}"
    if _is_absolute(project, directory):
        return directory
    slash = "\\" if project.windows else "/"
    return _FOLDER if directory in ("", ".") else f"{_FOLDER}{slash}{directory}"


def findings(project: Project, settings: t.Any, launch: t.Any, tasks: t.Any) -> list[Finding]:
    """What is told about these three files as they stand (None for one that does not), and about what the project wants
    of them.
    """
    return [*_replaced(project), *_alternate(project, settings), *_conflicts(project, settings, launch, tasks)]


def _is_absolute(project: Project, directory: str) -> bool:
    if project.windows:
        return bool(_DRIVE.match(directory)) or directory.startswith(("\\\\", "//"))
    return directory.startswith("/")


def _separator(project: Project) -> str:
    return ";" if project.windows else ":"


def _variables(project: Project) -> dict[str, str]:
    """The managed variables but PATH, as VS Code spells them."""
    out: dict[str, str] = {}
    if project.goroot is not None:
        out["GOROOT"] = spelled(project, project.goroot)
    if project.gopath:
        out["GOPATH"] = _separator(project).join(spelled(project, entry) for entry in project.gopath)
    if project.gobin is not None:
        out["GOBIN"] = spelled(project, project.gobin)
    return {**out, **{name: project.variables[name] for name in sorted(project.variables)}}


def _entries(project: Project) -> list[str]:
    """What comes before PATH in the terminal, as the launchers have it."""
    return list(dict.fromkeys(spelled(project, entry) for entry in project.entries))


def _joined(project: Project, entries: t.Sequence[str], name: str) -> str:
    """These entries before those of a variable that VS Code was started with; one that was not set is empty."""
    return _separator(project).join([*entries, f"${{env:{name}}}"])


def _standing_name(project: Project, standing: t.Any, key: str, name: str) -> str:
    """The name of a variable as it stands below a key; VS Code compares names as the system does."""
    if project.windows and isinstance(standing, t.Mapping) and isinstance(standing.get(key), t.Mapping):
        return next((str(found) for found in standing[key] if fold_name(str(found)) == fold_name(name)), name)
    return name


def _replaced(project: Project) -> t.Iterator[Finding]:
    for name in sorted(project.variables):
        text = project.variables[name]
        ends = text[:1] in ("'", '"') or text[-1:] in ("'", '"')
        if ends or _REPLACED.search(text):
            what = "a quote at its end" if ends else "'${' or '\\$' in it"
            yield Finding.of(
                "vscode_value_replaced",
                f"The value of {name} has {what}. VS Code's Go extension changes that when it reads {ENV_FILE}, "
                f"and replaces ${{…}} in settings too.",
                "Where it must arrive exactly, start the program through the launcher (go-env run).",
                name,
            )


def _alternate(project: Project, settings: t.Any) -> t.Iterator[Finding]:
    """Another go that settings.json names: the extension runs it before that of go.goroot and of PATH [vscode-go:
    getBinPath].
    """
    tools = settings.get("go.alternateTools") if isinstance(settings, t.Mapping) else None
    named = tools.get("go") if isinstance(tools, t.Mapping) else None
    if not isinstance(named, str) or not named:
        return
    slash = "\\" if project.windows else "/"
    own = (
        None
        if project.goroot is None
        else slash.join([spelled(project, project.goroot).rstrip(slash), "bin", "go.exe" if project.windows else "go"])
    )
    if own is not None and not _differ(project, [named, own]):
        return
    yield alternate_go(_shown(named), _shown(own) if own else "the go that its launchers find")


# --- the same name in several places ---------------------------------------------------------------------------------


class _Launch(t.NamedTuple):
    """A debug configuration: its layers, the winning one first, and the task that runs before it."""

    name: str
    layers: tuple[tuple[str, t.Mapping[str, str | None]], ...]
    task: str


def _conflicts(project: Project, settings: t.Any, launch: t.Any, tasks: t.Any) -> t.Iterator[Finding]:
    launches = [
        _launch(project, settings, item)
        for item in _items(launch, "configurations", project)
        if item.get("type", "go") == "go"
    ]
    workers = list(_task_variables(project, tasks))
    managed = _expected(project)
    names: dict[str, str] = {}
    for variables in (
        *(layer for one in launches for _where, layer in one.layers),
        *(layer for _label, layer in workers),
    ):
        for name in variables:
            names.setdefault(_fold(project, name), name)
    for key, name in sorted(names.items()):
        said = [text for one in launches for text in _about_launch(project, key, one)]
        said += [
            text for label, layer in workers for text in _about_task(project, key, label, layer, launches, managed)
        ]
        if said:
            yield Finding.of(
                "vscode_conflict",
                f"{name} has different values in VS Code's files. " + " ".join(dict.fromkeys(said)),
                "Keep it in one place: what the launched program is to see goes into env or envFile of its "
                "configuration in launch.json; "
                "a task's options.env is for that task alone.",
                name,
            )


def _fold(project: Project, name: str) -> str:
    return fold_name(name) if project.windows else name


def _texts(variables: t.Any) -> dict[str, str]:
    """The variables of an `env` object; null, which unsets one, as an empty text."""
    if not isinstance(variables, t.Mapping):
        return {}
    return {str(name): "" if value is None else str(value) for name, value in variables.items()}


def _items(document: t.Any, key: str, project: Project) -> t.Iterator[dict[str, t.Any]]:
    """The objects of an array of launch.json or tasks.json, as they hold on this system."""
    found = document.get(key) if isinstance(document, t.Mapping) else None
    for item in found if isinstance(found, list) else ():
        if isinstance(item, t.Mapping):
            yield _on_this_system(item, project)


def _on_this_system(item: t.Mapping[str, t.Any], project: Project) -> dict[str, t.Any]:
    merged = dict(item)
    for system in _TERMINALS[project.family]:
        own = item.get(system)
        merged.update(own if isinstance(own, t.Mapping) else {})
    return merged


def _expected(project: Project) -> dict[str, str | None]:
    """What the task writes into `ENV_FILE`, by folded name; None for what the launcher finds out."""
    out: dict[str, str | None] = {_fold(project, name): text for name, text in _variables(project).items()}
    out["PATH"] = None
    if project.goroot is None and project.sdk_roots:
        out["GOROOT"] = None
    return out


def _launch(project: Project, settings: t.Any, item: t.Mapping[str, t.Any]) -> _Launch:
    layers: list[tuple[str, t.Mapping[str, str | None]]] = [("env", _texts(item.get("env")))]
    files = item.get("envFile")
    if any(_is_env_file(project, file) for file in (files if isinstance(files, list) else [files])):
        layers.append((f"envFile ({ENV_FILE})", _expected(project)))
    tools = settings.get("go.toolsEnvVars") if isinstance(settings, t.Mapping) else None
    layers.append(("go.toolsEnvVars", _texts(tools)))
    goroot = settings.get("go.goroot") if isinstance(settings, t.Mapping) else None
    layers.append(("go.goroot", {"GOROOT": goroot} if isinstance(goroot, str) else {}))
    return _Launch(str(item.get("name", "")), tuple(layers), str(item.get("preLaunchTask", "")))


def _is_env_file(project: Project, file: t.Any) -> bool:
    if not isinstance(file, str):
        return False
    return _plain(project, file) == _plain(project, f"{_FOLDER}/{ENV_FILE}")


def _plain(project: Project, text: str) -> str:
    """A text for comparison: the project's directory written out, and on Windows one kind of slash."""
    for variable in (_FOLDER, "${workspaceRoot}"):
        text = text.replace(variable, project.directory.rstrip("/\\"))
    return text.replace("\\", "/") if project.windows else text


def _task_variables(project: Project, tasks: t.Any) -> t.Iterator[tuple[str, dict[str, str]]]:
    """Each task's label and its options.env; with an empty label those of the whole file."""
    if isinstance(tasks, t.Mapping):
        yield "", _options_env(_on_this_system(tasks, project))
    for item in _items(tasks, "tasks", project):
        yield str(item.get("label") or item.get("taskName") or "?"), _options_env(item)


def _options_env(item: t.Mapping[str, t.Any]) -> dict[str, str]:
    options = item.get("options")
    return _texts(options.get("env")) if isinstance(options, t.Mapping) else {}


def _value_of(project: Project, key: str, variables: t.Mapping[str, str | None]) -> tuple[bool, str | None]:
    """Whether a folded name is there, and its value."""
    for name, text in variables.items():
        if _fold(project, name) == key:
            return True, text
    return False, None


def _about_launch(project: Project, key: str, one: _Launch) -> t.Iterator[str]:
    held = [(where, text) for where, layer in one.layers for there, text in [_value_of(project, key, layer)] if there]
    if not _differ(project, [text for _where, text in held]):
        return
    (first, gets), *others = held
    hidden = " and ".join(f"{_shown(text)} of {where}" for where, text in others)
    yield f"What the configuration {one.name!r} launches gets {_shown(gets)} of {first}, not {hidden}."


def _about_task(
    project: Project,
    key: str,
    label: str,
    layer: t.Mapping[str, str | None],
    launches: list[_Launch],
    managed: t.Mapping[str, str | None],
) -> t.Iterator[str]:
    there, text = _value_of(project, key, layer)
    if not there:
        return
    gets = (
        f"{f'The task {label!r}' if label else 'Every task'} gets {_shown(text)} of its options.env, in its "
        f"own process only; "
    )
    told = False
    for one in launches:
        values = [
            value for _where, variables in one.layers for found, value in [_value_of(project, key, variables)] if found
        ]
        runs_before = bool(one.task) and label in ("", one.task)
        if values and (key in managed or runs_before) and _differ(project, [text, values[0]]):
            told = True
            yield f"{gets}what {one.name!r} launches gets {_shown(values[0])}."
    if not told and key in managed and _differ(project, [text, managed[key]]):
        yield f"{gets}the project wants {_shown(managed[key])}."


def _differ(project: Project, texts: t.Sequence[str | None]) -> bool:
    """Whether values differ. One that is not known, such as the PATH that the launcher makes, differs from
    every other.
    """
    if None in texts:
        return any(text is not None for text in texts)
    return len({_plain(project, text) for text in texts if text is not None}) > 1


def _shown(text: str | None) -> str:
    if text is None:
        return "the launcher's value"
    text = hidden(text)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
