# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader should know about the state a plan leads to: doubts about GOROOT, shadows, PATH's oddities, limits.
Pure.
"""

from __future__ import annotations

import typing as t

from .effective import Effective, comparison, effective, same_place, winner
from .environment_findings import (
    described,
    duplicate_entry,
    empty_entries,
    environment_hides,
    gopath_in_goroot,
    goroot_gone,
    goroot_no_path,
    goroot_other,
    path_over_dialog_limit,
    path_too_long,
    relative_entry,
    stale_entry,
    undefined_entry,
    user_shadows_machine,
)
from .findings import Finding
from .medium import Medium
from .pathlist import PathList, oddities
from .plan import Plan
from .readable_secrets import secret_readable
from .state import Claim, State
from .wanted import Goal, Scope, Stale, Wanted


def subjects(state: State) -> list[str]:
    """The directories that must be known to judge a GOROOT that is set already, and what other lines of start files
    say: expanded.
    """
    medium = state.medium
    if not medium.policy.holds_path:
        return []
    out = []
    for layer in effective(state).layers.get("GOROOT", ()):
        root = medium.syntax.directory_of(layer.text, {})
        if not state.directory(medium.syntax.child(root, "bin")).is_sdk_bin:
            out += [root, medium.syntax.child(root, "bin")]
    for claim in state.claims:
        out += (
            [claim.value, medium.syntax.child(claim.value, "bin")]
            if claim.name == "GOROOT" and claim.value
            else [claim.value]
        )
    return [path for path in out if path]


class PlanChecks(t.NamedTuple):
    """A plan, the state before it and the state after it."""

    state: State
    plan: Plan
    after: State
    wanted: Wanted

    @property
    def medium(self) -> Medium:
        return self.after.medium

    def add_to(self, plan: Plan) -> Plan:
        """The plan with what the survey finds."""
        before, environment = effective(self.state), effective(self.after)
        grown = list(self._length(before, environment))
        blockers = [*plan.blockers, *self._values(), *(grown if self.wanted.goal is not Goal.RESTORED else ())]
        findings = [
            *plan.findings,
            *self._shadows(environment),
            *self._path(),
            *(grown or self._long(environment)),
            *self._exposed(),
        ]
        doubts = list(plan.doubts)
        if self.wanted.goal is Goal.PRESENT:
            verdict = self._values_wanted(environment)
            blockers += verdict[0]
            findings += verdict[1]
            goroot_doubts, goroot_findings = self._goroot(environment)
            doubts += goroot_doubts
            findings += goroot_findings
        if self.wanted.goroot is None:
            findings += self._standing_goroot(environment)
        claimed_doubts, claimed = self._claimed()
        doubts += claimed_doubts if self.wanted.goal is Goal.PRESENT else []
        findings += claimed
        return plan._replace(blockers=tuple(blockers), doubts=tuple(doubts), findings=tuple(findings))

    def _values(self) -> t.Iterator[Finding]:
        """Values as they would be written, which the options alone did not show."""
        for change in self.plan.changes:
            if change.after is None or self.wanted.goal is not Goal.PRESENT:
                continue
            limit = self.medium.policy.value_limit
            if limit is not None and len(change.after.data) > limit:
                yield Finding.of(
                    "value_too_long",
                    f"{change.name} would have {len(change.after.data)} "
                    f"characters; {self.medium.texts.limiting} {limit}.",
                    "Shorten it.",
                    change.name,
                )
            for name in (
                self.medium.policy.references(change.after.data)
                if not self.medium.is_path(change.name) and self.after.target is Scope.MACHINE
                else ()
            ):
                if self.medium.syntax.fold_name(name) in self.medium.policy.per_user:
                    yield Finding.of(
                        "undefined_reference",
                        f"{change.name} would refer to {self.medium.texts.of_another_session(name)}.",
                        "Use scope: user, or a path that is the same for everybody.",
                        change.name,
                    )

    def _values_wanted(self, environment: Effective) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What the host or Go does not take of the values wanted: blockers, and findings."""
        return self.medium.policy.judge(self.after, self.wanted, environment)

    def _goroot(self, environment: Effective) -> tuple[list[Finding], list[Finding]]:
        """What speaks against the GOROOT wanted: doubts, and findings that are none (docs/facts.md, "GOROOT")."""
        if self.wanted.goroot is None:
            return [], []
        medium = self.medium
        variables = comparison(self.after, self.after.target, self.after.variables)
        root = medium.syntax.directory_of(self.wanted.goroot, variables)
        place = self.after.directory(root)
        binary = self.after.directory(medium.syntax.child(root, "bin"))
        findings = list(self._gopath(root, variables))
        if not medium.syntax.is_absolute(root) and "%" not in root:
            return [
                Finding.of(
                    "goroot_missing",
                    f"GOROOT {self.wanted.goroot} comes out as {root}, which is relative.",
                    "Name a full path.",
                    root,
                )
            ], findings
        if place.exists is None:
            return [], [
                *findings,
                Finding.of(
                    "goroot_unknown",
                    f"Whether GOROOT {root} exists cannot be seen from this session.",
                    medium.texts.unseen,
                    root,
                ),
            ]
        if not place.exists:
            return [
                Finding.of(
                    "goroot_missing",
                    f"GOROOT {root} does not exist, and with it every go command would fail.",
                    "Install that SDK first, correct the path, or leave goroot out: go finds its own. validate: "
                    "warn accepts it.",
                    root,
                )
            ], findings
        if binary.go != medium.syntax.go_files[0]:
            return [
                Finding.of(
                    "goroot_without_go",
                    f"GOROOT {root} has no {medium.syntax.bin_go}.",
                    "Name the directory that holds bin, src and VERSION. validate: warn accepts it.",
                    root,
                )
            ], findings
        return self._runs(environment, medium.syntax.child(root, "bin"), binary.version), findings

    def _runs(self, environment: Effective, binary: str, version: str | None) -> list[Finding]:
        root = binary[: -len("/bin")]
        first = winner(self.after, environment)
        if first.directory is None:
            if first.unjudged:
                return []
            return [
                Finding.of(
                    "goroot_mismatch",
                    f"No go would be found on PATH, so GOROOT {root} would serve nobody.",
                    r"Let path stand at its default, or name GOROOT's bin in it. validate: warn accepts it.",
                    binary,
                )
            ]
        if self._is_same_sdk(first.directory, first.file, first.version, binary, version):
            return []
        what = described(first.directory, first.file, first.version)
        return [
            Finding.of(
                "goroot_mismatch",
                f"GOROOT would be {root} ({version or 'version unknown'}), but the first go on PATH is {what}; "
                "go refuses to build with a GOROOT of another version.",
                f"Put GOROOT's bin first{self._who_stands_first()}, take the other entry off PATH "
                "(stale_path_entries: remove does it in this scope), or leave goroot out. validate: warn accepts it.",
                first.directory,
            )
        ]

    def _is_same_sdk(
        self, directory: str, file: str | None, version: str | None, binary: str, its_version: str | None
    ) -> bool:
        """Whether the go of a directory is that of the SDK whose bin is `binary`: the same directory, or another copy
        of one version.
        """
        same_version = file == self.medium.syntax.go_files[0] and its_version is not None and version == its_version
        return same_place(self.medium, directory, binary) or same_version

    def _standing_goroot(self, environment: Effective) -> t.Iterator[Finding]:
        """A GOROOT that this run is not about: one that is gone, in any layer, or that is not the go that runs."""
        medium, seen = self.medium, set[str]()
        if not medium.policy.holds_path:
            return
        for layer in reversed(environment.layers.get("GOROOT", ())):
            root = medium.syntax.directory_of(layer.text, {})
            binary = self.after.directory(medium.syntax.child(root, "bin"))
            counts, is_new = not seen, medium.syntax.fold_path(root, {}) not in seen
            seen.add(medium.syntax.fold_path(root, {}))
            if not is_new:
                continue
            if not medium.syntax.is_absolute(layer.text):
                if layer.text:  # an empty one sets nothing
                    yield goroot_no_path(layer.text, f"the {layer.scope} scope")
            elif self.after.directory(root).exists is False or binary.exists is False:
                exists = self.after.directory(root).exists is not False
                yield goroot_gone(layer.text, f"the {layer.scope} scope", exists)
            elif counts and binary.go == medium.syntax.go_files[0]:
                first = winner(self.after, environment)
                if first.directory is None or first.unjudged:
                    continue
                if not self._is_same_sdk(
                    first.directory, first.file, first.version, medium.syntax.child(root, "bin"), binary.version
                ):
                    what = described(first.directory, first.file, first.version)
                    yield goroot_other(layer.text, f"the {layer.scope} scope", binary.version, what)

    # --- other lines of start files ----------------------------------------------------------------------------------

    def _claimed(self) -> tuple[list[Finding], list[Finding]]:
        """What other lines of start files do to GOROOT and the go that runs: doubts, where it is proven, and
        findings.
        """
        doubts: list[Finding] = []
        findings: list[Finding] = []
        sdk = self._sdk_of_scope()
        for file in dict.fromkeys(claim.file for claim in self.after.claims):
            claims = [claim for claim in self.after.claims if claim.file == file and claim.certain]
            findings += [
                finding for claim in claims if claim.name == "GOROOT" and claim.value for finding in self._dead(claim)
            ]
            if sdk is None:
                continue
            doubt = self._last_word([claim for claim in claims if claim.last], sdk)
            doubts += doubt
            if not doubt:
                findings += [finding for claim in claims for finding in self._disagrees(claim, sdk)][:1]
        return doubts, findings

    def _sdk_of_scope(self) -> str | None:
        """The bin of the SDK that the scope brings: that of its GOROOT, or the first entry of ours with a go."""
        own = self.after.variables
        if "GOROOT" in own:
            return self.medium.syntax.child(self.medium.syntax.directory_of(own.text("GOROOT"), {}), "bin")
        entries = PathList.parse(own.text("PATH"), self.medium).entries
        return next(
            (
                place
                for entry in entries
                if self.after.directory(place := self.medium.syntax.directory_of(entry, {})).go
            ),
            None,
        )

    def _dead(self, claim: Claim) -> t.Iterator[Finding]:
        if self.after.directory(claim.value).exists is False:
            yield Finding.of(
                "goroot_missing",
                f"{claim.file}, line {claim.line}, sets GOROOT to {claim.value}, which does not exist; with it "
                f"every go command fails.",
                "Take the line out, or name an SDK that is there.",
                claim.file,
            )

    def _last_word(self, claims: t.Sequence[Claim], sdk: str) -> list[Finding]:
        """What lines that nothing of ours comes behind lead to: a finding when another go runs than that of GOROOT."""
        root: str | None = sdk[: -len("/bin")] if "GOROOT" in self.after.variables else None
        go, about = sdk, 0
        for line in dict.fromkeys(claim.line for claim in claims):
            here = [claim for claim in claims if claim.line == line]
            for claim in here:
                if claim.name == "GOROOT":
                    root, about = claim.value or None, line
            first = next(
                (
                    claim.value
                    for claim in here
                    if claim.name == "PATH" and claim.front and self.after.directory(claim.value).go
                ),
                None,
            )
            go, about = (first, line) if first else (go, about)
        if root is None or not about:
            return []
        binary, runs = self.medium.syntax.child(root, "bin"), self.after.directory(go)
        if self._is_same_sdk(go, runs.go, runs.runs, binary, self.after.directory(binary).version):
            return []
        return [
            Finding.of(
                "goroot_mismatch",
                f"{claims[0].file}, line {about}, comes behind our lines: there GOROOT is {root}, but the first "
                f"go on PATH is "
                f"{described(go, runs.go, runs.runs)}; go refuses to build with a GOROOT of another version.",
                "Move the line above our block at the end of the file, or take it out. validate: warn accepts it.",
                claims[0].file,
            )
        ]

    def _disagrees(self, claim: Claim, sdk: str) -> t.Iterator[Finding]:
        known = self.after.directory(
            claim.value if claim.name == "PATH" else self.medium.syntax.child(claim.value, "bin")
        )
        place = claim.value if claim.name == "PATH" else self.medium.syntax.child(claim.value, "bin")
        if not claim.value or not claim.front or known.go is None:
            return
        if self._is_same_sdk(place, known.go, known.runs, sdk, self.after.directory(sdk).version):
            return
        what = (
            f"sets GOROOT to {claim.value}"
            if claim.name == "GOROOT"
            else f"puts {described(claim.value, known.go, known.runs)} on PATH"
        )
        yield Finding.of(
            "start_file_conflict",
            f"{claim.file}, line {claim.line}, {what}, while the SDK of this scope is that of {sdk}. Shells that "
            f"read it may run the other go; "
            "GOROOT then is not that of this scope.",
            "Take the line out, or leave the SDK out of this scope.",
            claim.file,
        )

    def _who_stands_first(self) -> str:
        return self.medium.texts.path_order

    def _gopath(self, root: str, variables: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
        standing = self.after.variables.get("GOPATH")
        if standing is None or not standing.is_text:
            return
        medium = self.medium
        for entry in standing.data.split(medium.syntax.separator):
            if entry and medium.syntax.is_within(
                medium.syntax.fold_path(entry, variables), medium.syntax.fold_path(root, {})
            ):
                yield gopath_in_goroot(entry)

    def _exposed(self) -> t.Iterator[Finding]:
        """Secrets of Go's variables where others can read them."""
        fold_name = self.medium.syntax.fold_name
        known = self.medium.policy.known_names
        about = {fold_name(name) for name in (*self.wanted.named(), *self.after.record.variables, *known)}
        for name, value in sorted(self.after.variables.items()) if self.after.readable else ():
            if fold_name(name) in about and value.is_text:
                yield from secret_readable(name, value.data, self.after.readable)

    def _shadows(self, environment: Effective) -> t.Iterator[Finding]:
        if self.after.target is not Scope.MACHINE:
            yield from self._hidden(environment)
            return
        user = self.medium.policy.scopes[Scope.USER.value]
        above = {layer.name for layer in self.after.above}
        if any(layer.scope is not None and layer.scope.is_user and not layer.known for layer in self.after.layers):
            yield Finding.of("user_environment_unknown", *self.medium.texts.unread_user)
        for name in sorted({*self.wanted.named(), *self.after.record.variables}):
            counts = environment.layer(name)
            if name in self.after.variables and counts is not None and counts.scope in above:
                yield user_shadows_machine(name, self.medium.policy.scopes[Scope.MACHINE.value], user)

    def _hidden(self, environment: Effective) -> t.Iterator[Finding]:
        """Values that a layer above the target's hides."""
        above = {layer.name for layer in self.after.above}
        for name in sorted({*self.wanted.named(), *self.after.record.variables}):
            counts = environment.layer(name)
            standing = self.after.variables.get(name)
            if standing is not None and counts is not None and counts.scope in above and counts.text != standing.data:
                yield environment_hides(name, counts.scope, self.medium.policy.scopes[Scope.USER.value])

    def _length(self, before: Effective, after: Effective) -> t.Iterator[Finding]:
        was, will = len(before.path_text), len(after.path_text)
        limit = self.medium.policy.path_limit
        if limit is not None and will > limit and will > was:
            yield Finding.of(
                "path_too_long",
                f"The effective PATH would grow from {was} to {will} characters, and "
                f"{self.medium.texts.path_too_long(limit)}.",
                "Take entries out of it first.",
                "PATH",
            )

    def _long(self, after: Effective) -> t.Iterator[Finding]:
        length, limit, dialog = len(after.path_text), self.medium.policy.path_limit, self.medium.policy.dialog_limit
        if limit is not None and length > limit:
            yield path_too_long(length, self.medium.texts.path_too_long(limit))
        elif dialog is not None and length > dialog:
            yield path_over_dialog_limit(length, dialog)

    def _path(self) -> t.Iterator[Finding]:
        """The oddities of the target scope's PATH as it will stand."""
        standing = self.after.variables.get("PATH")
        if standing is None or not standing.is_text:
            return
        path = PathList.parse(standing.data, self.medium)
        variables = comparison(self.after, self.after.target, self.after.variables)
        yield from self._entries(path, variables)
        if standing.expands:
            yield from self._references(path, variables)
        elif self.medium.policy.unexpanded(standing):
            yield Finding.of("path_not_expanded", *self.medium.texts.path_unexpanded(), "PATH")
        yield from self._other_sdks(path, variables)

    def _entries(self, path: PathList, variables: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
        found = oddities(path, variables)
        yield from map(duplicate_entry, found.duplicates)
        yield from map(relative_entry, found.relative)
        if found.empty:
            yield empty_entries(found.empty, self.medium.syntax.separator)

    def _references(self, path: PathList, variables: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
        for entry in path.entries:
            for name in self.medium.policy.references(entry):
                value = self.after.variables.get(name)
                if value is not None and value.expands and not self.medium.is_path(name):
                    yield Finding.of(
                        "unreliable_reference",
                        f"The PATH entry {entry} refers to %{name}%, which this scope expands in the same step "
                        f"as PATH itself.",
                        "Whether it works depends on the order of the values: write the path out.",
                        entry,
                    )
                elif value is None and name not in variables:
                    yield undefined_entry(entry, name)

    def _managed_entries(self) -> t.Iterator[str]:
        """The entries that are managed whoever wanted them, and the bin directories of the scope's GOROOT and
        GOPATH.
        """
        yield from (entry for _role, entry in self.after.record.entries)
        yield from (entry for _role, entry in self.plan.record.entries)
        root = self.after.variables.get("GOROOT")
        if root is not None and root.is_text and root.data:
            yield self.medium.syntax.child(root.data, "bin")
        for entry in self.after.variables.text("GOPATH").split(self.medium.syntax.separator):
            if entry:
                yield self.medium.syntax.child(entry, "bin")

    def _other_sdks(self, path: PathList, variables: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
        if self.wanted.goal is not Goal.PRESENT or self.wanted.stale is not Stale.KEEP:
            return
        medium = self.medium
        ours = {medium.syntax.fold_path(entry, variables) for entry in (*self.plan.ours, *self._managed_entries())}
        if medium.policy.inherits and not any(self.after.directory(place).is_sdk_bin for place in ours):
            return  # the other scope's is the one in use
        for entry in effective(self.after).path if medium.policy.inherits else path.entries:
            place = medium.syntax.directory_of(entry, variables)
            known = self.after.directory(place)
            if medium.syntax.fold_path(entry, variables) in ours:
                continue
            if known.is_sdk_bin or (known.exists is False and medium.syntax.named_like_sdk(place)):
                yield stale_entry(entry, known.version)
