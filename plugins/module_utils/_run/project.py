# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_project: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.converge import converge
from .._core.errors import Blocked, DevboxError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.own_options import OWN_OPTION
from .._core.plan import Plan
from .._core.posix import expand_home
from .._core.readable_secrets import secret_readable
from .._core.secrets import secrets_in
from .._core.syntaxes import syntax_of
from .._core.wanted import Goal, Scope, Wanted
from .._editors import goland, terminal, vscode
from .._editors.edits import Attributes, JsonPath, XmlPath
from .._editors.managed_items import ManagedItem, json_part, xml_part
from .._editors.project import Project
from .._formats import jsonc, launchers, xmltext
from .._formats.launcher import context, reference_problem
from .._go import gosettings, names
from .._go.value_checks import pair_finding, word_finding
from .._hosts.files import File
from .._hosts.host import Host
from .._hosts.user_scope import UserScope
from .._media.projectfiles import HOLDS, ProjectStore, json_text, xml_text
from .._media.sdks import SdkStore
from .options import ENFORCEMENT, VOCABULARY, failure, of_enforcement, only_looks, with_host_findings
from .project_result import to_result
from .project_sdk import ProjectSdk, resolved, with_sdk

#: gives a file by what it is called in items
Found = t.Callable[[str], File]

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
    **ENFORCEMENT,
}


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
    if config is not None and not (
        absolute(config) or (config.startswith("%") if family == "windows" else absolute(expand_home(config, "/")))
    ):
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


class _Run:
    """A run of go_project over one project of an account.

    fragment: the file of the profile in Windows Terminal, or an empty text.
    """

    def __init__(self, params: t.Mapping[str, t.Any], project: Project, host: Host, sdks: SdkStore) -> None:
        self.params, self.project, self.host, self.sdks = params, project, host, sdks
        self.scope = host.user_scope(params["user"])
        self.syntax, self.home = host.syntax, self.scope.account.home
        self.fragment = _fragment(params, project, host, self.scope)

    def done(self, check_mode: bool, diff: bool) -> dict[str, t.Any]:
        """The result. Raises DevboxError."""
        goal, sdk = Goal(self.params["state"]), ProjectSdk()
        findings: list[Finding] = []
        if goal is Goal.PRESENT:
            self.project, sdk, findings = with_sdk(self.params, self.project, self.host, self.scope, self.sdks)
            findings += self._judged(sdk.version)
        store = self._store()
        found = store.first()
        variables: dict[str, str | None] = {}
        if goal is Goal.PRESENT:
            variables.update(self._items(found, store.recorded()))
        wanted = Wanted(
            store.medium,
            Scope.USER,
            variables=variables,
            goal=goal,
            journal=self.params["journal"],
            force=self.params["force"],
            verify=False,
            **of_enforcement(self.params, self._item_named),
        )
        outcome = converge(store, wanted, only_looks(self.params, check_mode))
        if goal is Goal.PRESENT:
            findings += [*self._surveyed(_after(store, outcome.plan)), *self._exposed(store, variables)]
        return to_result(outcome, findings, store, self.project, sdk.to_result(), diff)

    def _item_named(self, text: str) -> str:
        """The name of an item, by what a result calls it."""
        file, mark, rest = text.partition("#")
        begin = self.syntax.child(self.project.directory, "")
        file = file[len(begin) :].replace("\\", "/") if file.startswith(begin) else file
        return f"{file}{mark}{rest}"

    # --- what is wanted ----------------------------------------------------------------------------------------------

    def _store(self) -> ProjectStore:
        project, fragment, tools = self.project, self.fragment, self._tools_files
        # Every file that such a run may be about, so that one reading serves.
        files = [*launchers.FILES.values(), *_VSCODE, goland.WORKSPACE, *tools, *([fragment] if fragment else [])]
        return ProjectStore(
            self.host,
            self.scope,
            project.directory,
            files,
            {fragment: terminal.settings_files(self.scope.local)} if fragment else {},
            {goland.WORKSPACE: goland.NEW_WORKSPACE},
            marked=self._marked,
        )

    @property
    def _tools_files(self) -> list[str]:
        config = self.params["goland_config"]
        return [self.syntax.child(config, *goland.TOOLS_FILE.split("/"))] if config else []

    @property
    def _profile(self) -> dict[str, t.Any]:
        """The profile in Windows Terminal."""
        if self.params["terminal_profile"] == "go":
            return terminal.go_profile(t.cast(str, self.project.goroot))
        return terminal.project_profile(self.project)

    def _judged(self, version: str | None) -> list[Finding]:
        """What is wrong with the words of the variables, for the go of this version. Raises Blocked for what it is
        known to refuse.
        """
        variables = self.project.variables
        found = [finding for name, text in variables.items() for finding in word_finding(name, text, version)]
        if "GOOS" in variables or "GOARCH" in variables:
            system, processor = self.scope.native
            found += pair_finding(variables.get("GOOS", system), variables.get("GOARCH", processor), version)
        blockers = [finding for finding in found if finding.id == "value_refused"]
        if blockers:
            raise Blocked(blockers)
        return found

    def _marked(self, found: Found) -> list[str]:
        """The items that are this collection's whoever looks: launchers by their first lines, the task by its label,
        files with its name in theirs.
        """
        out = [ManagedItem(file) for file in launchers.FILES.values() if launchers.is_ours(found(file).data or b"")]
        out += [json_part(vscode.TASKS, path) for path in vscode.tasks() if vscode.is_marked(path)]
        out += [ManagedItem(file) for file in (self.fragment, *self._tools_files) if file]
        return [item.name for item in out]

    def _items(self, found: Found, recorded: t.Collection[str]) -> dict[str, str]:
        """Every item of every file, by name, with what goes there. `found` gives a file as it stands; `recorded` are
        the items that are managed already.
        """
        chosen, editors = self.params["launchers"], self.params["editors"]
        if chosen is None:
            chosen = DEFAULT_LAUNCHERS[self.project.family]
        items = {
            ManagedItem(launchers.FILES[name]): launchers.render(name, self.project).decode("utf-8", "surrogateescape")
            for name in chosen
        }
        if "vscode" in editors:
            for file, keys in _vscode(self.project, found, recorded).items():
                items.update((json_part(file, path), json_text(value)) for path, value in keys.items())
        if "goland" in editors:
            items.update(self._goland(found))
        if "terminal" in editors and self.fragment:
            items[ManagedItem(self.fragment)] = jsonc.edit(None, terminal.fragment([self._profile])).decode("utf-8")
        out = {item.name: text for item, text in items.items()}
        for item in items:
            out.update((holder.name, HOLDS) for holder in (item.holders() if item.path else ()))
        return out

    def _goland(self, found: Found) -> dict[ManagedItem, str]:
        workspace = _workspace(self.project, self.home, found(goland.WORKSPACE))
        out = {xml_part(goland.WORKSPACE, path): xml_text(value) for path, value in workspace.items()}
        out.update((ManagedItem(file), goland.tools(self.project)) for file in self._tools_files)
        return out

    # --- what is reported --------------------------------------------------------------------------------------------

    def _surveyed(self, found: Found) -> list[Finding]:
        """What is reported about the editors' files as they are after the run."""
        editors, out = self.params["editors"], []
        if "vscode" in editors:
            out += vscode.findings(self.project, *(_json_in(found(file)) for file in _VSCODE))
        if "goland" in editors:
            added = [resolved(self.project, self.host, self.home, entry) for entry in self.project.entries]
            out += goland.findings(self.project, ";".join([*added, self.scope.environment.get("PATH", "")]))
        if "terminal" in editors:
            for version in terminal.versions(self.host.packages(self.scope.account)):
                out += terminal.version_findings(version, [self._profile])
            for path in terminal.settings_files(self.scope.local):
                out += terminal.settings_findings(_json_in(found(path)), [self._profile])
        return out

    def _exposed(self, store: ProjectStore, items: t.Mapping[str, str | None]) -> list[Finding]:
        """The variables that hold a secret, where others can read it in a file of the project."""
        out = []
        for name, value in sorted(self.project.variables.items()):
            if secrets_in(value):
                masker = Masker(value)
                files = dict.fromkeys(
                    store.place(ManagedItem.of(item).file)
                    for item, text in items.items()
                    if text and masker.holds(text)
                )
                others_read = self.host.read_by_others(list(files), self.scope.account)
                out += secret_readable(name, value, [file for file in files if file in others_read])
        return out


def _fragment(params: t.Mapping[str, t.Any], project: Project, host: Host, scope: UserScope) -> str:
    """The file of the profile in Windows Terminal, or an empty text."""
    for_all = params["terminal_scope"] == "machine"
    base = scope.environment.get("PROGRAMDATA", "") if for_all else scope.local
    if not project.windows or not base:
        return ""
    return host.syntax.child(
        terminal.fragments_directory(base),
        terminal.fragment_name(None if params["terminal_profile"] == "go" else project),
    )


def _vscode(project: Project, found: Found, recorded: t.Collection[str]) -> dict[str, dict[JsonPath, t.Any]]:
    wanted: dict[str, dict[JsonPath, t.Any]] = {
        vscode.SETTINGS: dict(vscode.settings(project, _json_in(found(vscode.SETTINGS)))),
        vscode.LAUNCH: vscode.launch(),
        vscode.TASKS: vscode.tasks(),
    }
    for file in (vscode.LAUNCH, vscode.TASKS):
        existing = _json_in(found(file))
        if isinstance(existing, dict):
            theirs = [
                path
                for path in wanted[file]
                if vscode.is_only_a_default(path) and path[0] in existing and json_part(file, path).name not in recorded
            ]
            wanted[file] = {path: value for path, value in wanted[file].items() if path not in theirs}
    return wanted


def _workspace(project: Project, home: str, found: File) -> dict[XmlPath, Attributes]:
    """The SDK in workspace.xml; where it is named already, as the IDE spelled it."""
    try:
        existing = xmltext.read(found.data).get(goland.GOROOT) if found.data else None
    except ValueError:  # which the store reports
        existing = None
    url = existing.get("url", "") if isinstance(existing, t.Mapping) else ""
    return (
        {goland.GOROOT: Attributes({"url": url})}
        if url and goland.names_sdk(project, url, home)
        else goland.workspace(project)
    )


def _json_in(found: File) -> t.Any:
    """What a JSON file holds; None for no file, and for a damaged one, which the store reports."""
    if not found.data:
        return None
    try:
        value = jsonc.read(found.data).value
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _after(store: ProjectStore, plan: Plan) -> Found:
    """Gives files as they are once the plan is carried out, in check mode too."""
    changed = {path: after for path, (_before, after) in store.preview(plan).items()}
    return lambda file: File(changed[store.place(file)]) if store.place(file) in changed else store.file(file)


# --- the run ---------------------------------------------------------------------------------------------------------


def run(params: t.Mapping[str, t.Any], host: Host, check_mode: bool, diff: bool, sdks: SdkStore) -> dict[str, t.Any]:
    """One run of go_project: its result, `failed` with a human-readable message when it could not be done."""
    family = host.platform.family
    try:
        given = {**params, "project": _directory(host, params)}
        try:
            project = to_project(given, family)  # refused before anything is asked
        except WantedError as error:
            raise with_host_findings(
                error,
                given,
                lambda some: (some, to_project(some, family)),
                lambda rest: _Run(_placed(host, rest[0]), rest[1], host, sdks).done(check_mode=True, diff=False),
            ) from error
        return _Run(_placed(host, given), project, host, sdks).done(check_mode, diff)
    except DevboxError as error:
        return failure(error, params, host.environ)


def _directory(host: Host, params: t.Mapping[str, t.Any]) -> str:
    """The project's directory; on Windows it is one without references."""
    text: str = params["project"]
    if host.platform.family == "windows":
        return host.syntax.directory_of(text, {})
    return host.written_out(text, params["user"])


def _placed(host: Host, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options with the directory of the IDE's configuration as that person has it. Raises WantedError."""
    config = params["goland_config"]
    if config is None:
        return dict(params)
    try:
        directory = host.written_out(config, params["user"])
    except ValueError as error:
        raise WantedError(f"goland_config: {error}") from error
    return {**params, "goland_config": host.syntax.directory_of(directory, {})}
