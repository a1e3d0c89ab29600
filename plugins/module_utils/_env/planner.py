# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a state and what is wanted to a plan. Pure: no host, no clock, no randomness."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .effective import comparison, effective
from .errors import DevboxError
from .findings import Finding
from .pathlist import PathList, restored
from .plan import Plan
from .record import ANCHOR, ENVIRONMENT, HOOK, Change, JournalEntry
from .rules import Rules
from .state import State
from .survey import Survey
from .values import REG_EXPAND_SZ, REG_SZ, Value, Variables
from .wanted import NOTHING, Goal, Scope, Stale, Wanted

INSTALL_PATH = "InstallPath"


class _Draft:
    """A plan in the making."""

    def __init__(self, state: State, wanted: Wanted) -> None:
        self.state, self.wanted, self.rules = state, wanted, state.rules
        self.after: dict[str, Value | None] = {}
        self.anchor = state.anchor
        self.ours: tuple[str, ...] = ()
        self.removed: list[str] = []
        self.record = state.record
        self.directories: tuple[str, ...] = ()
        self.undoes: JournalEntry | None = None
        self.hooks: dict[str, Value | None] = {}
        self.blockers: list[Finding] = []
        self.doubts: list[Finding] = []
        self.findings: list[Finding] = list(state.noticed)

    @property
    def path(self) -> PathList:
        """PATH as it stands in the target scope."""
        return PathList.parse(self.state.variables.text("PATH"), self.rules)

    @property
    def variables(self) -> Variables:
        return self.state.variables.replace(self.after)

    def set(self, name: str, value: Value | None) -> None:
        """`name` is to hold `value`; refused where something else than text stands there now."""
        standing = self.state.variables.get(name)
        if standing is not None and not standing.is_text and standing != value:
            self.blockers.append(
                Finding.of(
                    "value_of_other_type",
                    f"{name} holds a {standing.type}, which no environment variable should.",
                    "Look at it with regedit, and delete it if nobody needs it.",
                    name,
                )
            )
            return
        self.after[name] = value

    def finish(self) -> Plan:
        variables = self.state.variables
        changes = [Change(variables.spelled(name), variables.get(name), value) for name, value in self.after.items() if variables.get(name) != value]
        if self.anchor != self.state.anchor:
            changes.append(Change(INSTALL_PATH, self.state.anchor, self.anchor, ANCHOR))
        self._remember(changes)
        changes += self._hooks()
        self._blocked(changes)
        plan = Plan(
            self.state.target,
            tuple(changes),
            self.directories,
            self.ours,
            tuple(self.removed),
            self.record,
            self.state.record,
            self.undoes,
            self.wanted.goal.value,
            tuple(self.blockers),
            tuple(self.doubts),
            tuple(self.findings),
            self.rules,
        )
        return Survey(self.state, plan, plan.applied(self.state), self.wanted).add_to(plan)

    def _blocked(self, changes: t.Sequence[Change]) -> None:
        """What stands in the way of these changes."""
        if not (changes or self.directories or self.undoes):
            return
        about = {"", *(change.name if change.place == HOOK else change.place for change in changes)}
        self.blockers += [finding for subject, finding in self.state.obstacles if subject in about]

    def _remember(self, changes: t.Sequence[Change]) -> None:
        """Where programs inherit what we set: what this run takes away, so that shells that still have it can let go of it."""
        if self.rules.inherited is None:
            return
        standing = PathList.parse(self.variables.text("PATH"), self.rules).entries
        gone = [entry for entry in self.path.entries if entry != self.rules.inherited]
        record = self.record.with_retired(gone, standing)
        values = [change for change in changes if change.place == ENVIRONMENT and not self.rules.is_path(change.name)]
        texts = [(change.name, change.before.data if change.before else None, change.after.data if change.after else None) for change in values]
        self.record = record.with_former(texts)

    def _hooks(self) -> list[Change]:
        """The files that must change so that the variables come into effect as they will stand; those of an undone change go back first."""
        state, variables = self.state, self.variables
        standing: dict[str, str | None] = {**state.hooks, **{path: value.data if value else None for path, value in self.hooks.items()}}
        wanted = state.layout.hooks(variables, self.record)
        if self.wanted.goal is not Goal.PRESENT and self.wanted.shells is None:
            wanted = {path: text for path, text in wanted.items() if standing.get(path) is not None}
        self.record = replace(self.record, hooks=tuple(wanted))
        out = []
        for path in dict.fromkeys((*wanted, *standing)):
            before, after = state.hooks.get(path), wanted.get(path)
            if before != after:
                out.append(Change(path, None if before is None else Value(before), None if after is None else Value(after), HOOK))
        return out


def make(state: State, wanted: Wanted) -> Plan:
    """The plan that takes `state` to what is `wanted`. Planning again from the state it leads to gives an empty plan.

    Raises DevboxError for a journal id that the host does not have.
    """
    draft = _Draft(state, wanted)
    if state.record.damaged:
        draft.findings.append(
            Finding.of(
                "record_damaged",
                "The record of what this collection manages could not be read and counts as empty.",
                "Entries of an earlier run may stay on PATH: name them, or remove them by hand.",
            )
        )
    {Goal.PRESENT: _present, Goal.ABSENT: _absent, Goal.RESTORED: _restored}[wanted.goal](draft)
    return draft.finish()


# --- present -------------------------------------------------------------------------------------------------------


def _present(draft: _Draft) -> None:
    wanted = draft.wanted
    named = wanted.named()
    texts = {name: text for name, text in named.items() if text is not None}
    written: dict[str, str] = {}
    for name in named:
        value = _settled(draft, name, draft.rules.value(texts[name]), texts) if name in texts else None
        draft.set(name, value)
        if value is not None:
            written[name] = value.data
    if wanted.path is not None or wanted.entries() or wanted.stale is Stale.REMOVE:
        _present_path(draft, wanted.entries())
    anchored = wanted.anchored()
    if anchored is not None:
        draft.anchor = _like(draft, draft.state.anchor, anchored)
    if wanted.create_directories and wanted.gopath:
        draft.directories = _missing_directories(draft, wanted.gopath[0])
    _poisoned(draft, named)
    variables = {**{name: text for name, text in draft.record.variables.items() if name not in named}, **written}
    draft.record = replace(draft.record, damaged=False, variables=variables, anchor=draft.record.anchor or anchored is not None)


def _poisoned(draft: _Draft, named: t.Mapping[str, str | None]) -> None:
    """Values that make go fail: out when the run repairs, told otherwise; one that this run sets anew is no matter."""
    for name, reason in draft.state.poisoned.items():
        if name in named:
            continue
        if draft.wanted.repair:
            draft.set(name, None)
        else:
            draft.findings.append(Finding.of("go_env_poisoned", reason, "repair: true takes it out.", name))


def _like(draft: _Draft, standing: Value | None, text: str) -> Value:
    """`text` as a value; one that stands with the same text keeps its type."""
    return standing if standing is not None and standing.is_text and standing.data == text else draft.rules.value(text)


def _settled(draft: _Draft, name: str, value: Value, texts: t.Mapping[str, str]) -> Value:
    """`value` as it is written: references to a REG_EXPAND_SZ of the same scope expanded one level (facts 1).

    A value that stands with the same text keeps its type.
    """
    value = draft.rules.value(_one_level(draft, value.data, {key: text for key, text in texts.items() if key != name}))
    standing = draft.state.variables.get(name)
    if standing is not None and standing.is_text and standing.data == value.data and (standing.expands or not value.expands):
        return standing
    return value


def _one_level(draft: _Draft, text: str, coming: t.Mapping[str, str]) -> str:
    """`text` with its references to a REG_EXPAND_SZ of the same scope, as that will stand, replaced by what it holds."""
    unreliable = {}
    for name in draft.rules.references(text):
        found = draft.state.variables.get(name)
        if name.upper() in coming:
            found = draft.rules.value(coming[name.upper()]) if found is None or found.data != coming[name.upper()] else found
        if found is not None and found.expands and name.upper() != "PATH":
            unreliable[name] = found
    return draft.rules.expand(text, Variables(unreliable)) if unreliable else text


def _present_path(draft: _Draft, entries: t.Sequence[tuple[str, str]]) -> None:
    state, wanted, fold_path = draft.state, draft.wanted, draft.rules.fold_path
    if not draft.rules.holds_path:
        return
    standing = state.variables.get("PATH")
    coming = {name: text for name, text in wanted.named().items() if text is not None}
    texts = []
    for _role, entry in entries:
        text = _one_level(draft, entry, coming)
        if draft.rules.separator in text:
            draft.blockers.append(
                Finding.of("undefined_reference", f"The PATH entry {entry} refers to a list of directories.", "Name the directory itself.", entry)
            )
        texts.append(text)
    current = draft.path
    needs_expansion = draft.rules.typed and any("%" in text for text in texts)
    expands = standing is None or standing.expands or needs_expansion
    variables = comparison(state, state.target, draft.variables) if expands else Variables()
    superseded = _superseded(draft, entries, texts, variables)
    stale = _stale(draft, current, {fold_path(text, variables) for text in texts}, variables) if wanted.stale is Stale.REMOVE else set()
    gone = superseded | stale
    arranged = current.arrange(
        texts,
        lambda entry: fold_path(entry, variables) in gone,
        lambda entry: _one_level(draft, entry, coming) != entry or entry != entry.strip(),
        wanted.position,
        variables,
    )
    ours = {fold_path(text, variables) for text in texts}
    draft.ours = tuple(entry for entry in arranged.entries if fold_path(entry, variables) in ours)
    draft.removed = [entry for entry in current.entries if fold_path(entry, variables) in (gone | ours)]
    _set_path(draft, standing, arranged, expands, needs_expansion)
    roles = _roles(wanted, entries)
    sweep = tuple(role for role in draft.record.sweep if role not in roles)
    if draft.rules.inherited is not None and wanted.stale is Stale.REMOVE:
        sweep = (*sweep, *sorted(roles or {"path"}))
    kept = tuple((role, entry) for role, entry in draft.record.entries if role not in roles and fold_path(entry, variables) not in gone | ours)
    placed = tuple((role, text) for (role, _entry), text in zip(entries, texts))
    draft.record = replace(draft.record, entries=kept + placed, sweep=tuple(dict.fromkeys(sweep)))


def _set_path(draft: _Draft, standing: Value | None, arranged: PathList, expands: bool, needs_expansion: bool) -> None:
    if not draft.rules.typed:
        draft.set("PATH", None if arranged.says_nothing else Value(arranged.format()))
        return
    if standing is None and not arranged.entries:
        return
    if standing is not None and not standing.is_text:
        draft.set("Path", Value(arranged.format(), REG_EXPAND_SZ))
        return
    kind = REG_EXPAND_SZ if expands else REG_SZ
    value = Value(arranged.format(), kind)
    draft.set("Path", value)
    if standing is not None and standing.type == REG_SZ and kind == REG_EXPAND_SZ and needs_expansion:
        draft.findings.append(
            Finding.of(
                "path_retyped",
                "PATH was REG_SZ, which Windows does not expand; it becomes REG_EXPAND_SZ, because an entry wanted holds a %.",
                "Other entries with a % in them take effect now: look at them.",
                "PATH",
            )
        )
    limit = draft.rules.value_limit
    if limit is not None and len(value.data) > limit:
        draft.blockers.append(
            Finding.of("value_too_long", f"PATH would have {len(value.data)} characters; Windows holds {limit}.", "Take entries out of it first.", "PATH")
        )


def _roles(wanted: Wanted, entries: t.Sequence[tuple[str, str]]) -> set[str]:
    """The roles of PATH entries that a run is about: their former entries are replaced by those given now."""
    roles = {role for role, _entry in entries}
    if wanted.path is not None:
        roles.add("path")
    if wanted.goroot is not None:
        roles.add("goroot")
    if wanted.gobin is not None or wanted.gopath is not None:
        roles.add("bin")
    return roles


def _superseded(draft: _Draft, entries: t.Sequence[tuple[str, str]], texts: t.Sequence[str], variables: Variables) -> set[str]:
    """The folded entries of ours that this run replaces: of a role given now, or the bin of the GOROOT that moves."""
    wanted, record, fold_path = draft.wanted, draft.record, draft.rules.fold_path
    roles = _roles(wanted, entries)
    before = comparison(draft.state, draft.state.target, draft.state.variables)
    moved = set()
    if wanted.goroot is not None and "GOROOT" in record.variables:
        moved.add(fold_path(draft.rules.child(record.variables["GOROOT"], "bin"), before))
    keep = {fold_path(text, variables) for text in texts}
    out = set()
    for role, entry in record.entries:
        fold = fold_path(entry, variables)
        if (role in roles or fold_path(entry, before) in moved) and fold not in keep:
            out.add(fold)
    return out


def _stale(draft: _Draft, current: PathList, ours: set[str], variables: Variables) -> set[str]:
    """The folded bin directories of other Go SDKs on this PATH; never one that cannot be judged, nor the SDK in use."""
    keep, fold_path = set(ours), draft.rules.fold_path
    if draft.wanted.goroot is None and not any(_is_sdk(draft, entry, variables) for _role, entry in draft.wanted.entries()):
        root = draft.state.variables.get("GOROOT")
        if root is not None:
            keep.add(fold_path(draft.rules.child(root.data, "bin"), variables))
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


def _is_sdk(draft: _Draft, entry: str, variables: Variables) -> bool:
    return draft.state.directory(draft.rules.directory_of(entry, variables)).is_sdk_bin


def _is_gone_sdk(draft: _Draft, entry: str, variables: Variables, recorded: set[str]) -> bool:
    path = draft.rules.directory_of(entry, variables)
    if draft.state.directory(path).exists is not False:
        return False
    return draft.rules.named_like_sdk(path) or draft.rules.fold_path(entry, variables) in recorded


def workspace_directories(state: State, gopath: str, variables: Variables) -> list[str]:
    """GOPATH's src, pkg and bin, expanded for the target (facts 4)."""
    root = state.rules.directory_of(gopath, _seen_by(state, variables))
    return [state.rules.child(root, name) for name in ("src", "pkg", "bin")]


def _seen_by(state: State, variables: Variables) -> Variables:
    """What the values of the target scope can refer to, as texts."""
    return comparison(state, state.target, variables)


def _missing_directories(draft: _Draft, gopath: str) -> tuple[str, ...]:
    out = []
    for path in workspace_directories(draft.state, gopath, draft.variables):
        if not draft.rules.can_look_up(path):
            draft.blockers.append(
                Finding.of(
                    "unknown_directory",
                    f"The directory {path} cannot be made from here.",
                    "Name a directory on a local drive whose variables are all defined, or leave create_directories out.",
                    path,
                )
            )
        elif draft.state.directory(path).exists is False:
            out.append(path)
    return tuple(out)


# --- absent --------------------------------------------------------------------------------------------------------


def _absent(draft: _Draft) -> None:
    wanted, record, state = draft.wanted, draft.record, draft.state
    named = set(wanted.named())
    left: dict[str, str] = {}
    for name in dict.fromkeys([*record.variables, *named]):
        found = state.variables.get(name)
        if found is None:
            continue
        if name in named or wanted.force or found.data == record.variables.get(name):
            draft.set(name, None)
            continue
        left[name] = record.variables[name]
        draft.findings.append(
            Finding.of(
                "absent_changed_since",
                f"{name} is no longer what this collection wrote, so it stays.",
                "Name it in the task, or give force: true, to remove it all the same.",
                name,
            )
        )
    _absent_path(draft)
    if (record.anchor or wanted.anchor) and state.anchor is not None:
        draft.anchor = None
    draft.record = replace(record, variables=left, entries=(), anchor=False, damaged=False, sweep=())


def _absent_path(draft: _Draft) -> None:
    state, wanted, fold_path = draft.state, draft.wanted, draft.rules.fold_path
    standing = state.variables.get("PATH")
    if standing is None or not standing.is_text:
        return
    variables = comparison(state, state.target, state.variables) if standing.expands else Variables()
    leaving = {fold_path(entry, variables) for _role, entry in draft.record.entries}
    leaving |= {fold_path(entry, variables) for entry in wanted.path or ()}
    current = draft.path
    rest = current.without(lambda entry: fold_path(entry, variables) in leaving)
    if rest == current:
        return
    draft.removed = [entry for entry in current.entries if fold_path(entry, variables) in leaving]
    stays = not rest.says_nothing or (state.rules.typed and state.target is Scope.MACHINE)
    draft.set("Path", replace(standing, data=rest.format()) if stays else None)


# --- restored ------------------------------------------------------------------------------------------------------


def newest_to_undo(state: State) -> JournalEntry | None:
    """The newest change that is not yet undone."""
    return next((state.journal[id] for id in sorted(state.journal, reverse=True) if not state.journal[id].undone), None)


def _restored(draft: _Draft) -> None:
    state, wanted = draft.state, draft.wanted
    if wanted.journal is not None:
        entry = state.journal.get(wanted.journal)
        if entry is None:
            known = ", ".join(sorted(state.journal)) or "none"
            raise DevboxError(f"There is no change {wanted.journal} in the journal of this scope.", f"It holds: {known}.")
        if entry.undone and entry.kind != Goal.RESTORED.value and not wanted.force:
            return
    else:
        entry = newest_to_undo(state)
    if entry is None:
        draft.findings.append(Finding.of("restore_nothing", "The journal of this scope holds no change that is not yet undone."))
        return
    for change in reversed(entry.changes):
        _restore(draft, change, entry)
    if draft.after or draft.anchor != state.anchor or not entry.undone:
        draft.undoes = replace(entry, undone=True)
    if all(finding.id != "restore_changed_since" for finding in draft.findings):
        draft.record = replace(entry.record, journal=state.record.journal)


def _restore(draft: _Draft, change: Change, entry: JournalEntry) -> None:
    state = draft.state
    current = state.at(change.place, change.name)
    if current == change.before:
        return
    if change.place == HOOK:
        draft.hooks[change.name] = change.before
        return
    if change.place == ENVIRONMENT and change.name.upper() == "PATH" and current is not None and current.is_text:
        _restore_path(draft, change, entry, current)
        return
    if current != change.after and not draft.wanted.force:
        draft.findings.append(
            Finding.of(
                "restore_changed_since",
                f"{change.name} was changed by somebody since, so it stays.",
                f"Give journal: {entry.id} and force: true to put it back all the same.",
                change.name,
            )
        )
        return
    if change.place == ANCHOR:
        draft.anchor = change.before
    else:
        draft.after[change.name] = change.before


def _restore_path(draft: _Draft, change: Change, entry: JournalEntry, current: Value) -> None:
    now, fold_path, rules = draft.path, draft.rules.fold_path, draft.rules
    if current == change.after:
        draft.after["Path"] = change.before
        draft.removed = list(now.entries)
        return
    before = PathList.parse(change.before.data if change.before else "", rules)
    back = restored(now, before, PathList.parse(change.after.data if change.after else "", rules), entry.ours)
    mine = {fold_path(text, NOTHING) for text in entry.ours}
    draft.removed = [text for text in now.entries if fold_path(text, NOTHING) in mine]
    draft.ours = tuple(text for text in back.entries if text not in now.entries)
    kind = current.type
    if change.before is not None and change.after is not None and kind == change.after.type:
        foreign = set(back.entries) - set(before.entries)
        kind = current.type if any("%" in text for text in foreign) else change.before.type
    empty = back.says_nothing and (change.before is None or not rules.typed)
    draft.after["Path"] = None if empty else Value(back.format(), kind)


# --- what must be known first --------------------------------------------------------------------------------------


def wanted_directories(state: State, wanted: Wanted) -> list[str]:
    """The directories that the options themselves are about, expanded, each once."""
    if wanted.goal is not Goal.PRESENT:
        return []
    draft = _Draft(state, wanted)
    rules, directory_of = state.rules, state.rules.directory_of
    texts = {name: rules.value(text) for name, text in wanted.named().items() if text is not None}
    variables = _seen_by(state, state.variables.replace(texts))
    places = []
    if wanted.goroot is not None:
        root = directory_of(wanted.goroot, variables)
        places += [root, rules.child(root, "bin")]
    places += [directory_of(entry, variables) for _role, entry in wanted.entries()]
    if wanted.create_directories and wanted.gopath:
        places += workspace_directories(state, wanted.gopath[0], draft.variables.replace(texts))
    return _askable(rules, places)


def unanswered(state: State, wanted: Wanted) -> list[str]:
    """The directories that a plan needs and that nobody has asked for yet: those of PATH before which no go is known.

    A directory of which only `go` is known is enough, unless it holds one, or its name says that an SDK was there and the
    run removes stale entries.
    """
    if wanted.goal is not Goal.PRESENT:
        return []
    plan = make(state, wanted)
    rules, directory_of = state.rules, state.rules.directory_of
    places = [*effective(plan.applied(state)).path, *effective(state).path]
    own = PathList.parse(state.variables.text("PATH"), rules)
    seen = _seen_by(state, state.variables)
    places += [directory_of(entry, seen) for entry in own.entries]
    out = []
    for path in _askable(rules, [*wanted_directories(state, wanted), *(directory_of(place, {}) for place in places)]):
        known = state.directories.get(rules.fold_path(path, {}))
        if known is None or (known.partial and (known.go or (wanted.stale is Stale.REMOVE and rules.named_like_sdk(path)))):
            out.append(path)
    return out


def _askable(rules: Rules, paths: t.Iterable[str]) -> list[str]:
    unique = {rules.fold_path(path, {}): path for path in paths if rules.can_look_up(path)}
    return list(unique.values())
