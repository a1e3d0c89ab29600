# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a state and what is wanted to a plan. Pure: no host, no clock, no randomness."""

from __future__ import annotations

import typing as t

from . import checks
from .draft import Draft
from .effective import comparison, effective
from .environment_findings import go_env_value_refused
from .findings import Finding, changed_since
from .medium import Medium
from .own_options import REMOVABLE
from .pathlist import PathList
from .plan import Plan
from .state import State
from .values import EXPANDING, TEXT, Value, Variables
from .wanted import PATH_ITEM, Goal, Position, Scope, Stale, Wanted
from .writable_places import workspace_writable


def make_plan(state: State, wanted: Wanted) -> Plan:
    """The plan that takes `state` to what is `wanted`. Planning again from the state it leads to gives an empty plan.

    Raises DevboxError for a journal id that the host does not have.
    """
    draft = Draft(state, wanted)
    if state.record.damaged:
        draft.findings.append(
            Finding.of(
                "record_damaged",
                "The record of what this collection manages could not be read and counts as empty.",
                "Entries of an earlier run may stay on PATH: name them, or remove them by hand.",
            )
        )
    if wanted.goal is Goal.PRESENT:
        _present(draft)
    else:
        from . import undoing

        {Goal.ABSENT: undoing.absent, Goal.RESTORED: undoing.restored_draft}[wanted.goal](draft)
    return draft.finish()


# --- present -------------------------------------------------------------------------------------------------------


def _present(draft: Draft) -> None:
    wanted = draft.wanted
    named = wanted.named()
    texts = {name: text for name, text in named.items() if text is not None}
    written: dict[str, str] = {}
    if draft.medium.policy.complete:
        recorded = (name for name in draft.record.variables if name not in named and not wanted.is_left(name))
        named.update((name, None) for name in recorded)
    known = _nameable(draft, texts)
    for name in named:
        value = _settled(draft, name, texts[name], texts, known) if name in texts else None
        if draft.medium.policy.complete and not wanted.force and _is_of_somebody_else(draft, name, value):
            draft.keep(name, value)
            written.update((key, text) for key, text in draft.record.variables.items() if key == name)
            continue
        draft.set(name, value)
        if value is not None:
            written[name] = value.data
    entries = [*wanted.entries(), *_fallback(draft)]
    if _is_about_path(draft, entries):
        _present_path(draft, entries, known)
    anchored = wanted.anchored()
    if anchored is not None:
        draft.anchor = _like(draft.state.anchor, draft.medium.policy.value_of("GOROOT", anchored, known))
    elif draft.record.anchor and "goroot" in _vacant(wanted):
        draft.anchor = None
    if wanted.create_directories and wanted.gopath:
        draft.directories = _missing_directories(draft, wanted.gopath[0])
    _poisoned(draft, named)
    variables = {**{name: text for name, text in draft.record.variables.items() if name not in named}, **written}
    anchor = anchored is not None or (draft.record.anchor and "goroot" not in _vacant(wanted))
    cleared = () if draft.medium.policy.complete else _cleared(draft, named)
    draft.record = draft.record._replace(damaged=False, variables=variables, anchor=anchor, cleared=cleared)


def _cleared(draft: Draft, named: t.Mapping[str, str | None]) -> tuple[str, ...]:
    """The variables that this run, or an earlier one, wants to be absent."""
    before = (name for name in draft.record.cleared if name not in named)
    return tuple(sorted({*before, *(name for name, text in named.items() if text is None)}))


def _is_about_path(draft: Draft, entries: t.Sequence[tuple[str, str]]) -> bool:
    wanted = draft.wanted
    if wanted.is_left(draft.medium.list_name):
        return False
    return wanted.path is not None or bool(entries) or wanted.stale is Stale.REMOVE or bool(_vacant(wanted))


def _is_of_somebody_else(draft: Draft, name: str, value: Value | None) -> bool:
    """Whether what stands under `name` stays: it was never ours, or it is to go and is no longer what we wrote. Where
    it is not as wanted, that is told.
    """
    standing, recorded = draft.state.variables.get(name), draft.record.variables.get(name)
    if standing is None or (recorded is not None and (value is not None or standing.data == recorded)):
        return False
    if recorded is None and draft.wanted.enforcement is not None and draft.wanted.enforcement.apply_unmanaged:
        return False
    if recorded is not None:
        draft.findings.append(changed_since(name))
    elif standing != value:
        draft.findings.append(
            Finding.of(
                "unmanaged_value",
                f"{name} was there before, with another content, so it stays.",
                "Take it away, or give force: true to replace it.",
                name,
            )
        )
    return True


def _poisoned(draft: Draft, named: t.Mapping[str, str | None]) -> None:
    """Values that make go fail: out when the run repairs, told otherwise; one that this run sets anew is no matter."""
    for name, reason in draft.state.poisoned.items():
        if name in named or draft.wanted.is_left(name):
            continue
        if draft.wanted.repair:
            draft.set(name, None)
        else:
            draft.findings.append(go_env_value_refused(name, reason))


def _like(standing: Value | None, value: Value) -> Value:
    """`value`; one that stands with the same text keeps its type, unless that would expand what is no reference."""
    if standing is None or not standing.is_text or standing.data != value.data:
        return value
    return standing if standing.expands == value.expands or "%" not in value.data else value


def _nameable(draft: Draft, texts: t.Mapping[str, str]) -> Variables:
    """The variables that values of the scope can refer to once the run is over; only their names count."""
    if not draft.medium.policy.expands:
        return Variables()
    standing = draft.state.variables.replace({name: Value(text) for name, text in texts.items()})
    return _seen_by(draft.state, standing)


def _vacant(wanted: Wanted) -> set[str]:
    """The roles of PATH entries whose variable this run removes, and which nothing else of it gives."""
    removed = {name for name in REMOVABLE if name in wanted.variables}
    out = {"goroot"} if "GOROOT" in removed else set()
    if "GOBIN" in removed or ("GOPATH" in removed and wanted.gobin is None):
        out.add("bin")
    return out if wanted.medium.policy.holds_path else set()


def _fallback(draft: Draft) -> list[tuple[str, str]]:
    """What stands on PATH in place of the `bin` of a variable that goes: that of GOBIN, or of GOPATH, if they stay and
    are managed.
    """
    wanted, record = draft.wanted, draft.record
    if (
        "bin" not in _vacant(wanted)
        or wanted.path is not None
        or any(role == "bin" for role, _entry in wanted.entries())
    ):
        return []
    if not any(role == "bin" for role, _entry in record.entries):
        return []
    gobin, gopath = (None if name in wanted.variables else record.variables.get(name) for name in ("GOBIN", "GOPATH"))
    first = gopath.split(draft.medium.syntax.separator)[0] if gopath else ""
    return [("bin", gobin)] if gobin else [("bin", draft.medium.syntax.child(first, "bin"))] if first else []


def _settled(draft: Draft, name: str, text: str, texts: t.Mapping[str, str], known: Variables) -> Value:
    """`text` as it is written: references to a value of the same scope that is expanded itself, one level
    (docs/facts.md, "Variable references").

    A value that stands with the same text keeps its type, unless that would expand what is no reference.
    """
    value = draft.medium.policy.value_of(
        name, _one_level(draft, text, {key: other for key, other in texts.items() if key != name}), known
    )
    return _like(draft.state.variables.get(name), value)


def _one_level(draft: Draft, text: str, coming: t.Mapping[str, str]) -> str:
    """`text` with its references to values of the same scope that are expanded themselves replaced by what each
    holds.
    """
    unreliable = {}
    for name in draft.medium.policy.references(text):
        found = draft.state.variables.get(name)
        if name.upper() in coming:
            found = (
                draft.medium.policy.value(coming[name.upper()])
                if found is None or found.data != coming[name.upper()]
                else found
            )
        if found is not None and found.expands and name.upper() != "PATH":
            unreliable[name] = found
    return draft.medium.policy.expand(text, Variables(unreliable)) if unreliable else text


def _present_path(draft: Draft, entries: t.Sequence[tuple[str, str]], known: Variables) -> None:
    state, wanted, fold_path = draft.state, draft.wanted, draft.medium.syntax.fold_path
    if not draft.medium.policy.holds_path:
        return
    standing = state.variables.get(draft.medium.list_name)
    coming = {name: text for name, text in wanted.named().items() if text is not None}
    current = draft.path
    left_entries = _LeftEntries(draft)
    entries = [(role, entry) for role, entry in entries if _one_level(draft, entry, coming) not in left_entries]
    texts = [_one_level(draft, entry, coming) for _role, entry in entries]
    needs_expansion = any(draft.medium.policy.value_of("PATH", text, known).expands for text in texts)
    expands = standing is None or standing.expands or needs_expansion
    variables = comparison(state, state.target, draft.variables) if expands else Variables()
    superseded = _superseded(draft, entries, texts, variables)
    stale = (
        _stale(draft, current, {fold_path(text, variables) for text in texts}, variables)
        if wanted.stale is Stale.REMOVE
        else set()
    )
    placed_or_there = (*current.entries, *(entry for _role, entry in draft.record.entries))
    left = {fold_path(entry, variables) for entry in placed_or_there if entry in left_entries}
    gone = (superseded | stale) - left
    spelled = {fold_path(text, variables): text for text in texts}
    arranged = current.arrange(
        texts,
        lambda entry: fold_path(entry, variables) in gone,
        lambda entry: (
            _one_level(draft, entry, coming) != entry
            or entry != entry.strip()
            or not draft.medium.policy.is_same_entry(entry, spelled.get(fold_path(entry, variables), entry))
        ),
        wanted.position,
        variables,
    )
    ours = {fold_path(text, variables) for text in texts}
    draft.ours = tuple(entry for entry in arranged.entries if fold_path(entry, variables) in ours)
    draft.removed = [entry for entry in current.entries if fold_path(entry, variables) in (gone | ours)]
    _set_path(draft, standing, arranged, expands, needs_expansion)
    roles = _roles(wanted, entries)
    sweep = tuple(role for role in draft.record.sweep if role not in roles)
    kept = tuple(
        (role, entry)
        for role, entry in draft.record.entries
        if (role not in roles or fold_path(entry, variables) in left) and fold_path(entry, variables) not in gone | ours
    )
    placed = tuple((role, text) for (role, _entry), text in zip(entries, texts))
    # What others put on PATH is seen by the shells only: without an SDK of ours in its place they would take out the
    # one in use.
    has_sdk = wanted.goroot is not None or any(_is_sdk(draft, entry, variables) for _role, entry in kept + placed)
    if draft.medium.policy.inherits and wanted.stale is Stale.REMOVE and has_sdk:
        sweep = (*sweep, *sorted(roles or {"path"}))
    draft.record = draft.record._replace(
        entries=kept + placed,
        sweep=tuple(dict.fromkeys(sweep)),
        last=wanted.position is Position.LAST if placed else draft.record.last,
    )


class _LeftEntries:
    """The PATH entries that are left as they are, however they are spelled."""

    def __init__(self, draft: Draft) -> None:
        self._fold_path = draft.medium.syntax.fold_path
        left = [key[len(PATH_ITEM) :] for key in draft.wanted.left if key.startswith(PATH_ITEM)]
        self._views: list[Variables] = [Variables()] if left else []
        if left and draft.medium.policy.expands:
            state = draft.state
            self._views += [comparison(state, state.target, side) for side in (state.variables, draft.variables)]
        self._folds = {fold for entry in left for fold in self._folds_of(entry)}

    def _folds_of(self, entry: str) -> set[str]:
        return {self._fold_path(entry, view) for view in self._views}

    def __contains__(self, entry: str) -> bool:
        return not self._folds.isdisjoint(self._folds_of(entry))


def _set_path(draft: Draft, standing: Value | None, arranged: PathList, expands: bool, needs_expansion: bool) -> None:
    if not draft.medium.policy.expands:
        text = arranged.format()
        value = Value(text) if standing is None or not standing.is_text else standing._replace(data=text)
        draft.set(draft.medium.policy.path_name, None if arranged.says_nothing else value)
        return
    if standing is None and not arranged.entries:
        return
    if standing is not None and not standing.is_text:
        draft.set(draft.medium.policy.path_name, Value(arranged.format(), EXPANDING))
        return
    kind = EXPANDING if expands else TEXT
    value = Value(arranged.format(), kind)
    draft.set(draft.medium.policy.path_name, value)
    if standing is not None and standing.type == TEXT and kind == EXPANDING and needs_expansion:
        draft.findings.append(Finding.of("path_retyped", *draft.medium.texts.path_retyped(), "PATH"))
    limit = draft.medium.policy.value_limit
    if limit is not None and len(value.data) > limit:
        draft.blockers.append(
            Finding.of(
                "value_too_long",
                f"PATH would have {len(value.data)} characters; {draft.medium.texts.limiting} {limit}.",
                "Take entries out of it first.",
                "PATH",
            )
        )


def roles_of(wanted: Wanted) -> set[str]:
    """The roles of PATH entries that the options of a run are about."""
    return _roles(wanted, wanted.entries())


def _roles(wanted: Wanted, entries: t.Sequence[tuple[str, str]]) -> set[str]:
    """The roles of PATH entries that a run is about: their former entries are replaced by those given now."""
    roles = {role for role, _entry in entries}
    if wanted.path is not None:
        roles.add("path")
    if wanted.goroot is not None:
        roles.add("goroot")
    if wanted.gobin is not None or wanted.gopath is not None:
        roles.add("bin")
    return roles | _vacant(wanted)


def _superseded(
    draft: Draft, entries: t.Sequence[tuple[str, str]], texts: t.Sequence[str], variables: Variables
) -> set[str]:
    """The folded entries of ours that this run replaces: of a role given now, or the bin of the GOROOT that moves."""
    wanted, record, fold_path = draft.wanted, draft.record, draft.medium.syntax.fold_path
    roles = _roles(wanted, entries)
    before = comparison(draft.state, draft.state.target, draft.state.variables)
    moved = set()
    if wanted.goroot is not None and "GOROOT" in record.variables:
        after = comparison(draft.state, draft.state.target, draft.variables)
        moved.add(fold_path(draft.medium.syntax.child(record.variables["GOROOT"], "bin"), before))
        moved.discard(fold_path(draft.medium.syntax.child(wanted.goroot, "bin"), after))
    keep = {fold_path(text, variables) for text in texts}
    out = set()
    for role, entry in record.entries:
        fold = fold_path(entry, variables)
        if (role in roles or fold_path(entry, before) in moved) and fold not in keep:
            out.add(fold)
    return out


def _stale(draft: Draft, current: PathList, ours: set[str], variables: Variables) -> set[str]:
    """The folded bin directories of other Go SDKs on this PATH; never one that cannot be judged, nor the SDK in use."""
    keep, fold_path = set(ours), draft.medium.syntax.fold_path
    if draft.wanted.goroot is not None:
        keep.add(fold_path(draft.medium.syntax.child(draft.wanted.goroot, "bin"), variables))
    keep |= _workspace(draft, variables)
    if draft.wanted.goroot is None and not any(
        _is_sdk(draft, entry, variables) for _role, entry in draft.wanted.entries()
    ):
        root = draft.state.variables.get("GOROOT")
        if root is not None:
            keep.add(fold_path(draft.medium.syntax.child(root.data, "bin"), variables))
        else:
            first = next((entry for entry in current.entries if _is_sdk(draft, entry, variables)), None)
            if first is not None:
                keep.add(fold_path(first, variables))
    recorded = {fold_path(entry, variables) for _role, entry in draft.record.entries}
    return {
        fold
        for fold, entry in zip(current.folds(variables), current.entries)
        if fold not in keep and (_is_sdk(draft, entry, variables) or _is_gone_sdk(draft, entry, variables, recorded))
    }


def _workspace(draft: Draft, variables: Variables) -> set[str]:
    """The folded directories where `go install` puts programs in this scope: they are no SDK's, also before they are
    made.
    """
    gopath, gobin = (draft.variables.text(name) for name in ("GOPATH", "GOBIN"))
    bins = [draft.medium.syntax.child(entry, "bin") for entry in gopath.split(draft.medium.syntax.separator) if entry]
    return {draft.medium.syntax.fold_path(entry, variables) for entry in (*bins, gobin) if entry}


def _is_sdk(draft: Draft, entry: str, variables: Variables) -> bool:
    return draft.state.directory(draft.medium.syntax.directory_of(entry, variables)).is_sdk_bin


def _is_gone_sdk(draft: Draft, entry: str, variables: Variables, recorded: set[str]) -> bool:
    path = draft.medium.syntax.directory_of(entry, variables)
    if draft.state.directory(path).exists is not False:
        return False
    return draft.medium.syntax.named_like_sdk(path) or draft.medium.syntax.fold_path(entry, variables) in recorded


def workspace_directories(state: State, gopath: str, variables: Variables) -> list[str]:
    """GOPATH's src, pkg and bin, expanded for the target (docs/facts.md, "Go directories")."""
    root = state.medium.syntax.directory_of(gopath, _seen_by(state, variables))
    return [state.medium.syntax.child(root, name) for name in ("src", "pkg", "bin")]


def on_the_way(medium: Medium, root: str) -> list[str]:
    """A directory and those above it, the outermost first, where a file can be that keeps it from being made; none
    where what is known of a directory says so by itself.
    """
    if medium.syntax.family != "windows" or not medium.syntax.can_look_up(root):
        return []
    names = root.rstrip("\\").split("\\")
    return ["\\".join(names[:number]) for number in range(2, len(names) + 1)]


def _seen_by(state: State, variables: Variables) -> Variables:
    """What the values of the target scope can refer to, as texts."""
    return comparison(state, state.target, variables)


def _is_of_users(draft: Draft, gopath: str, root: str) -> bool:
    """Whether a workspace is another one for each user: below the profile, or named by what users have of their own.
    root: its directory, as far as it is known.
    """
    policy, syntax = draft.medium.policy, draft.medium.syntax
    if not policy.per_user.isdisjoint({*_references(draft, gopath), *map(syntax.fold_name, policy.references(root))}):
        return True
    home = _seen_by(draft.state, draft.variables).text("USERPROFILE")
    return bool(home) and syntax.is_within(syntax.fold_path(root, {}), syntax.fold_path(home, {}))


def _references(draft: Draft, text: str) -> set[str]:
    """The names of the variables that a text refers to, and that those refer to that are managed here."""
    policy, fold = draft.medium.policy, draft.medium.syntax.fold_name
    known = [draft.variables, *(layer.variables for layer in draft.state.layers if layer.scope is not None)]
    names, texts = set[str](), [text]
    while texts:
        new = {fold(name) for name in policy.references(texts.pop())} - names
        names |= new
        found = [variables.get(name) for variables in known for name in new - policy.per_user]
        texts += [value.data for value in found if value is not None and value.expands]
    return names


def _missing_directories(draft: Draft, gopath: str) -> tuple[str, ...]:
    out: list[str] = []
    root = draft.medium.syntax.directory_of(gopath, _seen_by(draft.state, draft.variables))
    if draft.state.target is Scope.DEFAULT_USER and _is_of_users(draft, gopath, root):
        draft.findings.append(
            Finding.of(
                "directory_of_new_users",
                f"The directories of {gopath} are not made: they are those of each new user, who is not there yet, and "
                "what is in the template would be copied for everybody.",
                "Nothing is to be done: go makes what it needs when it needs it.",
                gopath,
            )
        )
        return ()
    places = workspace_directories(draft.state, gopath, draft.variables)
    for path in places:
        if not draft.medium.syntax.can_look_up(path):
            draft.blockers.append(
                Finding.of(
                    "unknown_directory",
                    f"The directory {path} cannot be made from here.",
                    "Name a directory on a local drive whose variables are all defined, or leave "
                    "create_directories out.",
                    path,
                )
            )
        elif draft.state.directory(path).exists is False and not draft.wanted.is_left(path):
            above = next(
                (place for place in on_the_way(draft.medium, root) if draft.state.directory(place).obstacle), path
            )
            obstacle = draft.state.directory(above).obstacle
            finding = Finding.of("file_not_writable", obstacle, "", above)
            draft.blockers += [finding] if obstacle and finding not in draft.blockers else []
            out.append(path)
    if draft.state.target is Scope.MACHINE:
        draft.findings += workspace_writable({path: draft.state.directory(path).writers for path in places})
    return tuple(out)


def may_have_drifted(state: State, wanted: Wanted, plan: Plan) -> bool:
    """Whether anything may be out of sync (`_core.drift`), at a price that every run can pay."""
    if plan.changes or plan.directories or plan.kept or state.unread:
        return True
    record = state.record
    if wanted.goal is not Goal.PRESENT or wanted.medium.policy.complete:
        return False
    named = wanted.named()
    if any(name not in named for name in record.variables) or (record.anchor and not wanted.anchor):
        return True
    roles = roles_of(wanted) if record.entries else ()
    return any(role not in roles for role, _entry in record.entries)


# --- what must be known first --------------------------------------------------------------------------------------


def wanted_directories(state: State, wanted: Wanted) -> list[str]:
    """The directories that the options themselves are about, expanded, each once."""
    if wanted.goal is not Goal.PRESENT:
        return []
    draft = Draft(state, wanted)
    medium, directory_of = state.medium, state.medium.syntax.directory_of
    texts = {name: medium.policy.value(text) for name, text in wanted.named().items() if text is not None}
    variables = _seen_by(state, state.variables.replace(texts))
    places = []
    if wanted.goroot is not None:
        root = directory_of(wanted.goroot, variables)
        places += [root, medium.syntax.child(root, "bin")]
    places += [directory_of(entry, variables) for _role, entry in wanted.entries()]
    if wanted.create_directories and wanted.gopath:
        made = draft.variables.replace(texts)
        places += workspace_directories(state, wanted.gopath[0], made)
        places += on_the_way(medium, directory_of(wanted.gopath[0], _seen_by(state, made)))
    return _askable(medium, places)


def missing_facts(state: State, wanted: Wanted) -> list[str]:
    """The directories that a plan needs and that nobody has asked for yet: those of PATH before which no go is known.

    A directory of which only `go` is known is enough, unless it holds one, or its name says that an SDK was there and
    the run removes stale entries. A run that takes away needs none, and those of a GOROOT that is set are looked at all
    the same.
    """
    if wanted.goal is not Goal.PRESENT:
        return _of_standing_goroot(state)
    plan = make_plan(state, wanted)
    medium, directory_of = state.medium, state.medium.syntax.directory_of
    places = [*effective(plan.applied(state)).path, *effective(state).path]
    own = PathList.parse(state.variables.text(medium.list_name), medium)
    seen = _seen_by(state, state.variables)
    places += [directory_of(entry, seen) for entry in own.entries]
    places += checks.subjects(plan.applied(state))
    out = []
    for path in _askable(medium, [*wanted_directories(state, wanted), *(directory_of(place, {}) for place in places)]):
        known = state.directories.get(medium.syntax.fold_path(path, {}))
        if known is None or (
            known.partial and (known.go or (wanted.stale is Stale.REMOVE and medium.syntax.named_like_sdk(path)))
        ):
            out.append(path)
    return out


def _of_standing_goroot(state: State) -> list[str]:
    """What is needed to say whether the GOROOT that is set is there, and is the go that runs; nothing where none is
    set.
    """
    environment = effective(state)
    if not any(layer.text for layer in environment.layers.get("GOROOT", ())):
        return []
    known = state.directories
    return [
        path
        for path in _askable(state.medium, [*environment.path, *checks.subjects(state)])
        if state.medium.syntax.fold_path(path, {}) not in known
    ]


def _askable(medium: Medium, paths: t.Iterable[str]) -> list[str]:
    unique = {medium.syntax.fold_path(path, {}): path for path in paths if medium.syntax.can_look_up(path)}
    return list(unique.values())
