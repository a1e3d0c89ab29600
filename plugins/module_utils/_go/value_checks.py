# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Windows and Go take the values wanted, as they come out on the host: expanded, and for the go that will run.
Pure.

What the options alone show is refused before a host is asked [wanted]; this is the rest.
"""

from __future__ import annotations

import typing as t

from .._core.effective import Effective, comparison, winner
from .._core.findings import Finding
from .._core.state import State
from .._core.values import Variables
from .._core.wanted import Wanted
from .gowords import pair_problem, unlisted


class Verdict(t.NamedTuple):
    """What stops a run, and what is only reported."""

    blockers: tuple[Finding, ...]
    findings: tuple[Finding, ...]


def judged(after: State, wanted: Wanted, environment: Effective) -> Verdict:
    """What is wrong with the values of a run, in the state that it leads to and the environment of a new
    process there.
    """
    known = comparison(after, after.target, after.variables)
    blockers = [*_directories(after, wanted, known), *_forms(after, wanted, known)]
    findings: list[Finding] = []
    version = after.go_version or winner(after, environment).version
    for finding in (*_words(after, wanted, known, version), *_pair(after, wanted, environment, version)):
        (blockers if finding.id == "value_refused" else findings).append(finding)
    return Verdict(tuple(blockers), tuple(findings))


# --- directories
# -------------------------------------------------------------------------------------------------------


def _directories(after: State, wanted: Wanted, known: Variables) -> t.Iterator[Finding]:
    """Directories of the options that refer to what nobody sets, or that come out as something else than one
    full path.
    """
    singles = [("GOROOT", wanted.goroot), ("GOBIN", wanted.gobin)]
    given = [(name, text) for name, text in singles if text is not None]
    given += [("GOPATH", entry) for entry in wanted.gopath or ()] + [("PATH", entry) for entry in wanted.path or ()]
    for name, text in given:
        if after.medium.policy.references(text):
            yield from _directory(after, name, text, known)


def _directory(after: State, name: str, text: str, known: Variables) -> t.Iterator[Finding]:
    medium = after.medium
    missing = medium.policy.unresolved(text, known)
    for reference in missing:
        yield Finding.of(
            "undefined_reference",
            f"{name} would {medium.texts.unset(reference)}.",
            "Set it first, or write the path out.",
            name,
        )
    place = medium.policy.expand(text, known)
    if missing:
        return
    if medium.syntax.separator in place:
        what, subject = ("The PATH entry", text) if name == "PATH" else (f"{name}: the directory", name)
        yield Finding.of(
            "undefined_reference",
            f"{what} {text} refers to a list of directories.",
            "Name the directory itself.",
            subject,
        )
        return
    problem = medium.syntax.path_problem(place)
    if problem:
        yield Finding.of(
            "value_refused",
            f"{name}: {text} comes out as {place} on this host, which {problem}",
            "Name a full path.",
            name,
        )


# --- variables
# ---------------------------------------------------------------------------------------------------------


def _texts(after: State, wanted: Wanted, known: Variables) -> t.Iterator[tuple[str, str]]:
    """The other variables, as a process will have them."""
    for name, text in wanted.variables.items():
        if text is not None:
            yield name, after.medium.policy.expand(text, known)


def _forms(after: State, wanted: Wanted, known: Variables) -> t.Iterator[Finding]:
    """Values with something between percent signs, which the options alone could not judge."""
    for name, text in _texts(after, wanted, known):
        problem = (
            after.medium.policy.value_problem(name, text)
            if after.medium.policy.references(wanted.variables[name] or "")
            else None
        )
        if problem:
            yield Finding.of(
                "value_refused",
                problem,
                "What stands between percent signs is replaced only where a variable of that name is set.",
                name,
            )


def _words(after: State, wanted: Wanted, known: Variables, version: str | None) -> t.Iterator[Finding]:
    for name, text in _texts(after, wanted, known):
        if after.medium.policy.value_problem(name, text) is None:
            yield from word_finding(name, text, version)


def word_finding(name: str, text: str, version: str | None) -> t.Iterator[Finding]:
    """An error for a word that the go of this version is known not to list, a warning for one that no known go
    lists.
    """
    found = unlisted(name, text, version)
    if found is None:
        return
    if found.certain:
        yield Finding.of("value_refused", found.problem, "Correct the word.", name)
    else:
        yield Finding.of("unknown_value", found.problem, "Look at the spelling. The value is written as it is.", name)


def _pair(after: State, wanted: Wanted, environment: Effective, version: str | None) -> t.Iterator[Finding]:
    """GOOS and GOARCH together, as go has them: the host's own where one is not set."""
    if not {"GOOS", "GOARCH"} & {name for name, text in wanted.variables.items() if text is not None}:
        return
    goos, goarch = (environment.text(name) or own for name, own in zip(("GOOS", "GOARCH"), after.native))
    yield from pair_finding(goos, goarch, version)


def pair_finding(goos: str, goarch: str, version: str | None) -> t.Iterator[Finding]:
    """A pair of words that go lists each, and not together."""
    if any(text and unlisted(name, text, version) for name, text in (("GOOS", goos), ("GOARCH", goarch))):
        return
    problem = pair_problem(goos, goarch, version)
    if problem:
        yield Finding.of(
            "value_refused", problem, "Name GOOS and GOARCH both, such that go can build for them.", "GOOS"
        )
