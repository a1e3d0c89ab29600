# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user wants: the options, checked as far as they can be without looking at a host."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

from .entries import GIVEN, default_entries
from .errors import WantedError
from .frozen import Frozen
from .medium import Medium
from .own_options import OWN_OPTION, REMOVABLE
from .record import Hold, Memory
from .values import Value

if t.TYPE_CHECKING:
    from .enforcement import Enforcement

NOTHING: t.Mapping[str, Value] = {}


#: before the PATH entry that an item is
PATH_ITEM = "PATH:"


class Scope(enum.Enum):
    """DEFAULT_USER is the template that new users start from."""

    MACHINE = "machine"
    USER = "user"
    DEFAULT_USER = "default_user"

    @property
    def is_user(self) -> bool:
        """Whether it stands over the machine's."""
        return self is not Scope.MACHINE


class Position(enum.Enum):
    FIRST = "first"
    LAST = "last"


class Stale(enum.Enum):
    KEEP = "keep"
    REMOVE = "remove"


class Validate(enum.Enum):
    STRICT = "strict"
    WARN = "warn"


class Goal(enum.Enum):
    PRESENT = "present"
    ABSENT = "absent"
    RESTORED = "restored"


@dataclass(frozen=True)
class Wanted(Frozen):
    """The options of a run."""

    #: what they are for
    medium: Medium
    scope: Scope = Scope.USER
    #: whose scope; None for the account of the session
    user: str | None = None
    goroot: str | None = None
    gopath: tuple[str, ...] | None = None
    gobin: str | None = None
    #: texts by name, None to remove one
    variables: t.Mapping[str, str | None] = field(default_factory=dict)
    #: PATH entries; None means the default ones
    path: tuple[str, ...] | None = None
    position: Position = Position.FIRST
    stale: Stale = Stale.KEEP
    create_directories: bool = False
    validate: Validate = Validate.STRICT
    goal: Goal = Goal.PRESENT
    #: which change is undone
    journal: str | None = None
    force: bool = False
    verify: bool = True
    #: whether the anchor is kept in step
    anchor: bool = False
    #: whose start files; None for those on the host
    shells: tuple[str, ...] | None = None
    #: also put right what was there before and would make go fail
    repair: bool = False
    #: how a policy is enforced; None for a run that does not
    enforcement: Enforcement | None = None
    #: the keys of the items that are left as they are (`_core.items.key_of`)
    left: frozenset[str] = frozenset()
    #: the keys of the items that enforcement puts back
    put_back: tuple[str, ...] = ()
    #: the keys of those of them that are settled
    settled: frozenset[str] = frozenset()
    #: the run whose change is undone
    run: str | None = None
    #: what keeps that which is undone from being put back
    hold: Hold | None = None
    #: what is remembered once it is undone; None for what an undoing leads to
    memory: Memory | None = None

    def is_left(self, name: str) -> bool:
        """Whether a variable, or what else has a name, is left as it is."""
        return bool(self.left) and self.medium.syntax.fold_name(name) in self.left

    def named(self) -> dict[str, str | None]:
        """The variables this run is about, with their texts, PATH apart."""
        out: dict[str, str | None] = {}
        if self.goroot is not None:
            out["GOROOT"] = self.goroot
        if self.gopath is not None:
            out["GOPATH"] = self.medium.syntax.separator.join(self.gopath)
        if self.gobin is not None:
            out["GOBIN"] = self.gobin
        out.update(self.variables)
        return {name: text for name, text in out.items() if not self.is_left(name)} if self.left else out

    def entries(self) -> list[tuple[str, str]]:
        """The PATH entries to guarantee, as (role, entry): role `path` for given ones, `goroot` and `bin` for the
        default ones.
        """
        if not self.medium.policy.holds_path:
            return []
        if self.path is not None:
            return [(GIVEN, entry) for entry in dict.fromkeys(self.path)]
        return list(default_entries(self.goroot, self.gobin, self.gopath, self.medium.syntax.child).items())

    def anchored(self) -> str | None:
        """What the anchor is to lead to: GOROOT, or where media link to go itself, the directory above the first `bin`
        of `path`.
        """
        if self.is_left(self.medium.texts.anchor):
            return None
        if not self.anchor or self.goroot is not None or not self.medium.policy.anchor_is_link:
            return self.goroot if self.anchor else None
        directories = (entry.rstrip("/") for entry in self.path or ())
        return next((entry[: -len("/bin")] for entry in directories if entry.endswith("/bin")), None)

    def check(self) -> None:
        """Raises WantedError with every reason why these options cannot be carried out on any host
        (docs/facts.md, "Variable references", "Go directories", "Windows paths" and "Go variable values").
        """
        problems = [*_path_problems(self), *_variable_problems(self), *_relations(self)]
        problem = None if self.user is None else self.medium.policy.user_problem(self.user)
        if problem:
            problems.append(f"user: {self.user!r} {problem}")
        if self.scope is not Scope.USER and self.user is not None:
            scope = self.medium.policy.scopes[self.scope.value]
            problems.append(f"user is given, but scope is {scope}: the {scope} scope belongs to nobody.")
        if self.goal is not Goal.RESTORED and self.journal is not None:
            problems.append("journal is given, but only state: restored uses it.")
        problems += _of_enforcement(self)
        if problems:
            raise WantedError(" ".join(problems))


def _of_enforcement(wanted: Wanted) -> t.Iterator[str]:
    if wanted.enforcement is not None:
        yield from wanted.enforcement.problems()
        if wanted.goal is not Goal.PRESENT:
            yield f"enforce is given, but state is {wanted.goal.value}: only state: present enforces."
    for option, given in (("run", wanted.run), ("hold", wanted.hold)):
        if given is not None and wanted.goal is not Goal.RESTORED:
            yield f"{option} is given, but only state: restored uses it."
    if wanted.run is not None and wanted.journal is not None:
        yield "run and journal are both given: name the run, or the one change."


def _path_problems(wanted: Wanted) -> t.Iterator[str]:
    singles = [("goroot", wanted.goroot), ("gobin", wanted.gobin)]
    lists = [("gopath", entry) for entry in wanted.gopath or ()] + [("path", entry) for entry in wanted.path or ()]
    if wanted.gopath is not None and not wanted.gopath:
        yield "gopath is an empty list: leave it out, or name the entries."
    for option, text in [*singles, *lists]:
        if text is None:
            continue
        problem = wanted.medium.policy.directory_problem(wanted.medium.syntax, text)
        if problem:
            yield f"{option}: {text!r} {problem}"
        elif wanted.scope is Scope.MACHINE:
            yield from _per_user(wanted.medium, option, text)


def _per_user(medium: Medium, option: str, text: str) -> t.Iterator[str]:
    for name in medium.policy.references(text):
        if name.upper() in medium.policy.per_user:
            yield (
                f"{option}: {text!r} refers to {medium.texts.of_another_session(name)}. "
                "Use scope: user, or a path that is the same for everybody."
            )


def _variable_problems(wanted: Wanted) -> t.Iterator[str]:
    medium = wanted.medium
    for name, text in wanted.variables.items():
        reason = medium.policy.name_problem(name, removing=text is None)
        if reason:
            yield f"variables: {reason}"
            continue
        if text is None:
            if name in REMOVABLE and getattr(wanted, OWN_OPTION[name]) is not None:
                yield (
                    f"variables: {name} is null, which removes it, and {OWN_OPTION[name]} is given, "
                    f"which sets it. Give one of them."
                )
            continue
        problem = medium.policy.text_problem(text)
        if problem:
            yield f"variables: the value of {name} {problem}"
            continue
        if name.upper() in (found.upper() for found in medium.policy.references(text)):
            yield f"variables: {name} refers to itself, and would grow with every run."
        # What a text between percent signs means, and so the value, is known when the host's variables are.
        reason = None if medium.policy.references(text) else medium.policy.value_problem(name, text)
        if reason:
            yield f"variables: {reason}"
        if wanted.scope is Scope.MACHINE:
            yield from _per_user(medium, f"variables.{name}", text)


def _relations(wanted: Wanted) -> t.Iterator[str]:
    if wanted.goroot is None:
        return
    medium = wanted.medium
    root = medium.syntax.fold_path(wanted.goroot, NOTHING)
    for entry in wanted.gopath or ():
        place = medium.syntax.fold_path(entry, NOTHING)
        if medium.syntax.is_within(place, root):
            relation = "is" if place == root else "stands inside"
            yield (
                f"gopath: {entry!r} {relation} GOROOT {wanted.goroot!r}. GOROOT holds the toolchain and is "
                f"replaced with it: "
                f"put GOPATH elsewhere, such as {medium.texts.workspace}."
            )
