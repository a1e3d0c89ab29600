# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_project on a POSIX host, and what Windows hosts share with it: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.converge import converge
from .._core.errors import Blocked, DevboxError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.medium import Syntax
from .._core.plan import Plan
from .._core.posix import expand_home
from .._core.readable_secrets import secret_readable
from .._core.secrets import secrets_in
from .._core.state import Account
from .._core.syntaxes import syntax_of
from .._core.wanted import OWN_OPTION, Goal, Scope, Wanted
from .._editors import goland, terminal, vscode
from .._editors.edits import Attributes, JsonPath, XmlPath
from .._editors.managed_items import ManagedItem, json_part, xml_part
from .._editors.project import Project
from .._formats import jsonc, launchers, xmltext
from .._formats.launcher import context, reference_problem
from .._go import gosettings, names
from .._go.value_checks import pair_finding, word_finding
from .._hosts.files import File, Files, Readable, nobody
from .._media.projectfiles import HOLDS, ProjectHost, ProjectStore, Root, json_text, xml_text
from .options import VOCABULARY, failure, with_host_findings
from .project_result import to_result

LAUNCHERS = ("cmd", "ps1", "sh", "envrc")
EDITORS = ("vscode", "goland", "terminal")
DEFAULT_LAUNCHERS = {"windows": ("cmd", "ps1"), "posix": ("sh",)}
_VSCODE = (vscode.SETTINGS, vscode.LAUNCH, vscode.TASKS)

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "project": {"type": "str", "required": True},
    "user": {"type": "str"},
    "launchers": {"type": "list", "elements": "str", "choices": list(LAUNCHERS)},
    "editors": {"type": "list", "elements": "str", "choices": list(EDITORS), "default": []},
    "resolve": {"type": "str", "choices": ["run", "apply"], "default": "run"},
    "sdk_roots": {"type": "list", "elements": "str", "default": []},
    "goland_config": {"type": "str"},
    "terminal_profile": {"type": "str", "choices": ["project", "go"], "default": "project"},
    "terminal_scope": {"type": "str", "choices": ["machine", "user"], "default": "user"},
    **{
        name: VOCABULARY[name]
        for name in ("goroot", "gopath", "gobin", "variables", "path", "validate", "state", "journal", "force")
    },
}


class Ground(t.NamedTuple):
    """What a run needs of a host and a person.

    syntax: of its paths. home: the person's. path_text: their effective PATH, where it is known. local: %LOCALAPPDATA%,
    and everybody: %ProgramData%, on Windows. terminals: versions of Windows Terminal there. find: what go_sdk_info
    tells of the project, given where to search. readable: of files of the project, those that others can read.
    """

    host: ProjectHost
    syntax: Syntax
    home: str
    find: t.Callable[[t.Sequence[str]], dict[str, t.Any]]
    path_text: str = ""
    local: str = ""
    everybody: str = ""
    terminals: tuple[str, ...] = ()
    readable: Readable = nobody


def to_project(params: t.Mapping[str, t.Any], family: str) -> Project:
    """The options. Raises WantedError with every reason why they are of no use."""
    problems, variables = [], {}
    for name, value in (params["variables"] or {}).items():
        try:
            text = names.text_of(str(name), value)
        except WantedError as error:
            problems.append(error.text)
            continue
        option = OWN_OPTION.get(str(name), "")
        if text is None and option and params[option] is not None:
            problems.append(
                f"variables: {name} is null, which removes it, and {option} is given, which sets it. Give one of them."
            )
        reason = names.refusal(str(name), removing=text is None) or (
            gosettings.value_problem(str(name), text, family) if text is not None else None
        )
        if reason:
            problems.append(f"variables: {reason}")
        elif text is not None:
            variables[str(name)] = text
    project = Project(
        family,
        params["project"],
        params["goroot"],
        tuple(params["sdk_roots"]),
        tuple(params["gopath"] or ()),
        params["gobin"],
        variables,
        tuple(params["path"] or ()),
    )
    problems += _relations(params, family)
    if not problems:
        try:
            context(project)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise WantedError(" ".join(problems))
    return project


def _relations(params: t.Mapping[str, t.Any], family: str) -> t.Iterator[str]:
    absolute = syntax_of(family).is_absolute
    if not absolute(params["project"]):
        yield f"project: {params['project']!r} is not absolute."
    if params["goroot"] is not None and params["sdk_roots"]:
        yield (
            "goroot and sdk_roots are both given: goroot pins an SDK, sdk_roots is where to look for the one "
            "that go.mod wants."
        )
    if params["goroot"] is not None and params["resolve"] == "apply":
        yield "goroot is given, but resolve is apply: go.mod cannot choose another SDK than the one that is pinned."
    if "terminal" in params["editors"] and family != "windows":
        yield "editors holds terminal, and Windows Terminal is on Windows hosts only."
    if family == "windows":
        yield from _references(params)
    config = params["goland_config"]
    if config is not None and not absolute(config) and not (family == "windows" and config.startswith("%")):
        yield f"goland_config: {config!r} is not absolute: name the IDE's configuration directory."
    if params["goland_config"] is not None and "goland" not in params["editors"]:
        yield "goland_config is given, but editors does not hold goland."
    if (
        "terminal" in params["editors"]
        and params["terminal_profile"] == "go"
        and params["goroot"] is None
        and params["resolve"] == "run"
    ):
        yield "terminal_profile is go, which needs an SDK: give goroot, or resolve: apply."
    if Goal(params["state"]) is not Goal.RESTORED and params["journal"] is not None:
        yield "journal is given, but only state: restored uses it."


def _references(params: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    singles = [(option, params[option]) for option in ("goroot", "gobin") if params[option] is not None]
    lists = [(option, entry) for option in ("sdk_roots", "gopath", "path") for entry in params[option] or ()]
    for option, text in [*singles, *lists]:
        problem = reference_problem(text)
        if problem:
            yield f"{option}: {text!r} {problem}"


def carry_out(
    params: t.Mapping[str, t.Any], project: Project, ground: Ground, files: Files, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run. Raises DevboxError."""
    goal = Goal(params["state"])
    told: dict[str, t.Any] = {}
    findings: list[Finding] = []
    if goal is Goal.PRESENT:
        project, told, findings = _with_sdk(params, project, ground, files)
        findings += _judged(project, ground, told.get("version"))
    fragment = _fragment(params, project, ground)
    store = ProjectStore(
        files,
        ground.host,
        project.directory,
        _standard(params, ground, fragment),
        {fragment: terminal.settings_files(ground.local)} if fragment else {},
        {
            goland.WORKSPACE: Root(goland.WORKSPACE_ROOT),
            **dict.fromkeys(_tools_files(params, ground), Root(goland.TOOLS_ROOT, declaration=False)),
        },
        marked=lambda found: _marked(params, project, ground, fragment, found),
    )
    found = store.first()
    variables: dict[str, str | None] = {}
    if goal is Goal.PRESENT:
        variables.update(_wanted_parts(params, project, ground, fragment, found, store.recorded()))
    wanted = Wanted(
        store.medium,
        Scope.USER,
        variables=variables,
        goal=goal,
        journal=params["journal"],
        force=params["force"],
        verify=False,
    )
    outcome = converge(store, wanted, check_mode)
    if goal is Goal.PRESENT:
        findings += [
            *_surveyed(params, project, ground, _after(store, outcome.plan)),
            *_exposed(project, ground, store, variables),
        ]
    return to_result(outcome, findings, store, project, told, diff)


# --- the SDK ---------------------------------------------------------------------------------------------------------


def _with_sdk(
    params: t.Mapping[str, t.Any], project: Project, ground: Ground, files: Files
) -> tuple[Project, dict[str, t.Any], list[Finding]]:
    """The project with its SDK, what is told of it, and doubts that are none of an error's. Raises Blocked."""
    if project.goroot is not None:
        doubts, version = _pinned(project, ground, files)
        if doubts and params["validate"] == "strict":
            raise Blocked(doubts)
        return project, {"root": project.goroot, "version": version}, doubts
    if params["resolve"] == "run":
        return project, {}, []
    result = ground.find([resolved(project, ground, entry) for entry in project.sdk_roots])
    module = _governing(result["modules"], project, ground.syntax)
    if module is None:
        raise Blocked(
            [
                Finding.of(
                    "missing_module",
                    f"{project.directory} holds no go.mod and no go.work that would choose an SDK.",
                    "Give goroot, or resolve: run.",
                    project.directory,
                )
            ]
        )
    refused = [
        Finding.of("module_refused", found["message"], found["advice"], found["subject"])
        for found in result["findings"]
        if found["id"] == "module_refused" and found["subject"] == module["path"]
    ]
    if module["satisfied_by"] is None:
        if refused:
            raise Blocked(refused)
        what = module["error"] or f"It wants {module['selected']}, and no SDK on this host satisfies that."
        advice = (
            f"Install {module['install']} (go_sdk), or name where it is with sdk_roots."
            if module["install"]
            else "Correct go.mod, go.work or GOTOOLCHAIN."
        )
        raise Blocked([Finding.of("toolchain_missing", f"{module['path']}: {what}", advice, module["path"])])
    root, version = module["satisfied_by"], module["version"]
    pinned = Project(
        project.family, project.directory, root, (), project.gopath, project.gobin, project.variables, project.path
    )
    return pinned, {"root": root, "version": version, "why": module["why"]}, refused


def _governing(modules: t.Sequence[dict[str, t.Any]], project: Project, syntax: Syntax) -> dict[str, t.Any] | None:
    """The module that stands in the project's directory, else the first one that a go.work there lists."""
    here = syntax.fold_path(project.directory, {})

    def within(path: str | None) -> bool:
        return path is not None and syntax.fold_path(path.rpartition("\\" if project.windows else "/")[0], {}) == here

    return next((module for module in modules if within(module["path"])), None) or next(
        (module for module in modules if within(module["work"])), None
    )


def _judged(project: Project, ground: Ground, version: str | None) -> list[Finding]:
    """What is wrong with the words of the variables, for the go of this version. Raises Blocked for what it is known to
    refuse.
    """
    found = [finding for name, text in project.variables.items() for finding in word_finding(name, text, version)]
    if "GOOS" in project.variables or "GOARCH" in project.variables:
        system, processor = ground.host.native
        found += pair_finding(
            project.variables.get("GOOS", system), project.variables.get("GOARCH", processor), version
        )
    blockers = [finding for finding in found if finding.id == "value_refused"]
    if blockers:
        raise Blocked(blockers)
    return found


def _pinned(project: Project, ground: Ground, files: Files) -> tuple[list[Finding], str | None]:
    """What speaks against the SDK that is pinned, and its version where it is known."""
    root = resolved(project, ground, t.cast(str, project.goroot))
    binary = ground.syntax.child(root, "bin")
    if not ground.syntax.can_look_up(binary):
        return [], None
    found = files.look([root, binary])
    if found[root].exists is False:
        return [
            Finding.of(
                "goroot_missing",
                f"The SDK {root} does not exist.",
                "Install it first (go_sdk), or correct the path. validate: warn accepts it.",
                root,
            )
        ], None
    if found[root].exists and found[binary].go != ground.syntax.go_files[0]:
        return [
            Finding.of(
                "goroot_without_go",
                f"The SDK {root} has no {ground.syntax.bin_go}.",
                "Name the directory that holds bin, src and VERSION. validate: warn accepts it.",
                root,
            )
        ], None
    return [], found[binary].version


def resolved(project: Project, ground: Ground, directory: str) -> str:
    """A directory of the options as it is for the person whose files these are."""
    reference = "%USERPROFILE%"
    is_reference = project.windows and directory.upper().startswith(reference)
    text = ground.home + directory[len(reference) :] if is_reference else expand_home(directory, ground.home)
    if not syntax_of(project.family).is_absolute(text):
        text = ground.syntax.child(project.directory, text)
    return ground.syntax.directory_of(text, {})


# --- what is wanted --------------------------------------------------------------------------------------------------


def _tools_files(params: t.Mapping[str, t.Any], ground: Ground) -> list[str]:
    config = params["goland_config"]
    return [ground.syntax.child(config, *goland.TOOLS_FILE.split("/"))] if config else []


def _fragment(params: t.Mapping[str, t.Any], project: Project, ground: Ground) -> str:
    """The file of the profile in Windows Terminal, or an empty text."""
    base = ground.everybody if params["terminal_scope"] == "machine" else ground.local
    if not project.windows or not base:
        return ""
    return ground.syntax.child(
        terminal.fragments_directory(base),
        terminal.fragment_name(None if params["terminal_profile"] == "go" else project),
    )


def _standard(params: t.Mapping[str, t.Any], ground: Ground, fragment: str) -> list[str]:
    """Every file that such a run may be about, so that one reading serves."""
    return [
        *launchers.FILES.values(),
        *_VSCODE,
        goland.WORKSPACE,
        *_tools_files(params, ground),
        *([fragment] if fragment else []),
    ]


def _marked(
    params: t.Mapping[str, t.Any], project: Project, ground: Ground, fragment: str, found: t.Callable[[str], File]
) -> list[str]:
    """The parts that are this collection's whoever looks: launchers by their first lines, the task by its label, files
    with its name in theirs.
    """
    out = [ManagedItem(file) for file in launchers.FILES.values() if launchers.is_ours(found(file).data or b"")]
    out += [json_part(vscode.TASKS, path) for path in vscode.tasks() if vscode.is_marked(path)]
    for file in _tools_files(params, ground):
        out += [xml_part(file, path) for path in goland.tools(project)]
    out += [json_part(fragment, ("profiles",))] if fragment else []
    holders = [
        holder for part in out if part.file in (fragment, *_tools_files(params, ground)) for holder in part.holders()
    ]
    return list(dict.fromkeys(part.name for part in (*out, *holders)))


def _wanted_parts(
    params: t.Mapping[str, t.Any],
    project: Project,
    ground: Ground,
    fragment: str,
    found: t.Callable[[str], File],
    recorded: t.Collection[str],
) -> dict[str, str]:
    """Every part of every file, by name, with what goes there. `found` gives a file as it stands; `recorded` are the
    parts that are ours already.
    """
    chosen = params["launchers"] if params["launchers"] is not None else DEFAULT_LAUNCHERS[project.family]
    parts = {
        ManagedItem(launchers.FILES[name]): launchers.render(name, project).decode("utf-8", "surrogateescape")
        for name in chosen
    }
    editors = params["editors"]
    if "vscode" in editors:
        for file, keys in _vscode(project, found, recorded).items():
            parts.update((json_part(file, path), json_text(value)) for path, value in keys.items())
    if "goland" in editors:
        parts.update(
            (xml_part(goland.WORKSPACE, path), xml_text(value))
            for path, value in _workspace(project, ground, found(goland.WORKSPACE)).items()
        )
        for file in _tools_files(params, ground):
            parts.update((xml_part(file, path), xml_text(element)) for path, element in goland.tools(project).items())
    if "terminal" in editors and fragment:
        profile = (
            terminal.project_profile(project)
            if params["terminal_profile"] == "project"
            else terminal.go_profile(t.cast(str, project.goroot))
        )
        parts.update(
            (json_part(fragment, path), json_text(value)) for path, value in terminal.fragment([profile]).items()
        )
    out = {part.name: text for part, text in parts.items()}
    for part in parts:
        out.update((holder.name, HOLDS) for holder in (part.holders() if part.path else ()))
    return out


def _vscode(
    project: Project, found: t.Callable[[str], File], recorded: t.Collection[str]
) -> dict[str, dict[JsonPath, t.Any]]:
    wanted: dict[str, dict[JsonPath, t.Any]] = {
        vscode.SETTINGS: dict(vscode.settings(project, _standing(found(vscode.SETTINGS)))),
        vscode.LAUNCH: vscode.launch(),
        vscode.TASKS: vscode.tasks(),
    }
    for file in (vscode.LAUNCH, vscode.TASKS):
        standing = _standing(found(file))
        if isinstance(standing, dict):
            theirs = [
                path
                for path in wanted[file]
                if vscode.is_only_a_default(path) and path[0] in standing and json_part(file, path).name not in recorded
            ]
            wanted[file] = {path: value for path, value in wanted[file].items() if path not in theirs}
    return wanted


def _workspace(project: Project, ground: Ground, found: File) -> dict[XmlPath, Attributes]:
    """The SDK in workspace.xml; where it is named already, as the IDE spelled it."""
    try:
        standing = xmltext.read(found.data).attributes(goland.GOROOT) if found.data else None
    except ValueError:  # which the store tells about
        standing = None
    url = (standing or {}).get("url", "")
    return (
        {goland.GOROOT: Attributes({"url": url})}
        if url and goland.names_sdk(project, url, ground.home)
        else goland.workspace(project)
    )


def _standing(found: File) -> t.Any:
    """What a JSON file holds; None for no file, and for a damaged one, which the store tells about."""
    if not found.data:
        return None
    try:
        value = jsonc.read(found.data).value
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _after(store: ProjectStore, plan: Plan) -> t.Callable[[str], File]:
    """Gives files as they are once the plan is carried out, in check mode too."""
    changed = {path: after for path, (_before, after) in store.preview(plan).items()}
    return lambda file: File(changed[store.place(file)]) if store.place(file) in changed else store.file(file)


def _surveyed(
    params: t.Mapping[str, t.Any], project: Project, ground: Ground, found: t.Callable[[str], File]
) -> list[Finding]:
    """What is told about the editors' files as they stand after the run."""
    editors, out = params["editors"], []
    if "vscode" in editors:
        out += vscode.findings(project, *(_standing(found(file)) for file in _VSCODE))
    if "goland" in editors:
        added = [resolved(project, ground, entry) for entry in _bins(project)]
        out += goland.findings(project, ";".join([*added, ground.path_text]))
    if "terminal" in editors:
        profiles = (
            [terminal.go_profile(t.cast(str, project.goroot))]
            if params["terminal_profile"] == "go"
            else [terminal.project_profile(project)]
        )
        for version in ground.terminals:
            out += terminal.version_findings(version, profiles)
        for path in terminal.settings_files(ground.local):
            out += terminal.settings_findings(_standing(found(path)), profiles)
    return out


def _exposed(project: Project, ground: Ground, store: ProjectStore, parts: t.Mapping[str, str | None]) -> list[Finding]:
    """The variables that hold a secret, where others can read it in a file of the project."""
    out = []
    for name, value in sorted(project.variables.items()):
        if secrets_in(value):
            masker = Masker(value)
            files = dict.fromkeys(
                store.place(ManagedItem.of(part).file) for part, text in parts.items() if text and masker.holds(text)
            )
            others_read = ground.readable(list(files))
            out += secret_readable(name, value, [file for file in files if file in others_read])
    return out


def _bins(project: Project) -> list[str]:
    slash = "\\" if project.windows else "/"
    bins = [f"{project.goroot.rstrip(slash)}{slash}bin"] if project.goroot else []
    workspace = (
        [project.gobin] if project.gobin else [f"{entry.rstrip(slash)}{slash}bin" for entry in project.gopath[:1]]
    )
    return [*bins, *workspace, *project.path]


# --- on a POSIX host -------------------------------------------------------------------------------------------------


def run(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], darwin: bool, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_project on this host: its result, `failed` with a message for people when it could not be done."""
    from .._core.posix import POSIX
    from .._hosts.accounts import myself, person
    from .._hosts.local import LocalFiles
    from .._media.posix_host import PosixHost, native

    try:
        me = myself(environ)
        host = PosixHost.of(me, person(params["user"], me), environ, darwin)
        given = {**params, "project": expand_home(params["project"], host.who.home)}
        if params["goland_config"] is not None:
            given["goland_config"] = expand_home(params["goland_config"], host.who.home)
        blockers: tuple[Finding, ...] = ()
        if not (host.who.own or host.me.is_root):
            blockers = (
                Finding.of(
                    "not_root",
                    f"Files of {host.who.name} need root, and this session is {host.me.name}'s.",
                    "Set become: true.",
                    host.me.name,
                ),
            )
        account = Account(str(host.me.uid), host.me.name, host.me.is_root)

        def find(search: t.Sequence[str]) -> dict[str, t.Any]:
            from .._media.sdks import SdkQuery
            from .._media.sdks_posix import PosixSdks
            from . import sdk_result

            query = SdkQuery(params["user"], tuple(search), given["project"])
            return sdk_result.to_result(PosixSdks(environ, darwin).find(query))

        files = LocalFiles(host.other)

        def readable(paths: t.Sequence[str]) -> set[str]:
            """A file that is made is for everybody."""
            return files.readable(paths) | (set(paths) - files.present(paths))

        project_host = ProjectHost("posix", account, host.who.name, host.home, blockers, native(darwin))
        ground = Ground(project_host, POSIX, host.who.home, find, environ.get("PATH", ""), readable=readable)
        try:
            project = to_project(given, "posix")
        except WantedError as error:
            raise with_host_findings(
                error,
                given,
                lambda some: (some, to_project(some, "posix")),
                lambda rest: carry_out(*rest, ground, files, check_mode=True, diff=False),
            ) from error
        return carry_out(given, project, ground, files, check_mode, diff)
    except DevboxError as error:
        return failure(error, params, environ)
