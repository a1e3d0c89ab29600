# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A medium: the syntax of its host's paths, a policy of what it holds, and the texts that describe it. Pure.

A medium declares the three; the planner only uses them, and never finds out which medium it has.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .values import Value, Variables

if t.TYPE_CHECKING:
    from .effective import Effective
    from .findings import Finding
    from .state import State
    from .wanted import Scope, Wanted

MACHINE, USER, DEFAULT_USER = "machine", "user", "default_user"


#: what YAML makes of a backslash and a letter between double quotes
_YAML = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0", "\x1b": "e"}


def _of_yaml(control: str) -> str:
    """How such a character mostly comes into a path."""
    letter = _YAML.get(control)
    return (
        f" YAML reads \\{letter} between double quotes as one: write the text between single quotes, or without any."
        if letter
        else ""
    )


def control_problem(text: str) -> str | None:
    """What keeps a text from being one line of any medium, or None."""
    control = next((char for char in text if ord(char) < 32 or ord(char) == 127), None)
    if control is not None:
        return "has a line break or another control character in it." + _of_yaml(control)
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        return "is not valid Unicode."
    return None


class Syntax:
    """How a kind of host writes and compares paths, lists of paths and names. Stateless; one instance of each."""

    family = ""
    #: of PATH and of lists of directories
    separator = ""
    #: the files a bare `go` may start, the SDK's own first
    go_files: tuple[str, ...] = ()
    #: an SDK's go, relative to the SDK
    bin_go = ""

    def fold_name(self, name: str) -> str:
        """The form in which names of variables are compared."""
        return name

    def split_path(self, text: str) -> list[str]:
        """The entries of a PATH, verbatim; joined again they give `text`."""
        return text.split(self.separator) if text else []

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        """The directory that a PATH entry means, with its references to `variables` replaced."""
        raise NotImplementedError

    def fold_path(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        """The form in which two entries are compared."""
        return self.directory_of(entry, variables)

    def path_problem(self, text: str) -> str | None:
        """What is wrong with one directory of an option, whatever it is for, or None."""
        raise NotImplementedError

    def character_problem(self, path: str) -> str | None:
        """Which character of a directory no path of the host can hold, as a sentence; or None."""
        return None

    def is_absolute(self, path: str) -> bool:
        """Whether an expanded path needs no current directory."""
        raise NotImplementedError

    def is_remote(self, path: str) -> bool:
        """Whether this session may not see what a session of the user does."""
        return False

    def can_look_up(self, path: str) -> bool:
        """Whether a store can look a directory up."""
        return self.is_absolute(path)

    def child(self, path: str, *names: str) -> str:
        """`path` with names below it."""
        raise NotImplementedError

    def is_within(self, path: str, ancestor: str) -> bool:
        """Whether folded `path` is folded `ancestor` or is below it."""
        return path == ancestor or path.startswith(self.child(ancestor, ""))

    def named_like_sdk(self, path: str) -> bool:
        """Whether the name of a bin directory says that it belongs to a Go SDK, for one that no longer exists."""
        return False


class Policy:
    """What a medium holds, and what its values mean. Stateless."""

    #: what the scopes are called, machine's first
    scopes: t.Mapping[str, str] = {MACHINE: "machine", USER: "user", DEFAULT_USER: "default_user"}
    #: whether PATH belongs to the medium
    holds_path = True
    #: how a new PATH is spelled; of a medium whose list of entries is another variable, its name
    path_name = "PATH"
    #: whether the place of an entry in that list means something
    ordered = True
    #: the PATH entry that stands for the PATH of the layer below; empty where layers are joined, or there is no PATH
    inherited = ""
    #: whether values can refer to other variables, and have a type that says whether they do
    expands = False
    #: whether an empty PATH is a value that can be put back
    holds_empty_path = False
    #: whether a run describes all of the scope: what it no longer names is removed, and what is unmanaged stays
    complete = False
    #: whether the anchor is a link to go itself, rather than a value that names GOROOT
    anchor_is_link = False
    #: characters of one value, of an effective PATH that programs still read, and of one that old dialogs hold
    value_limit: int | None = None
    path_limit: int | None = None
    dialog_limit: int | None = None
    #: names of variables that only a user's session has, folded
    per_user: frozenset[str] = frozenset()
    #: names of variables whose values may be secrets and are the medium's business without being managed
    known_names: frozenset[str] = frozenset()
    #: what the record is called where another medium has its own in the same place; empty for the first
    record_name = ""
    #: what kind of item a value is (`_core.drift.Kind`)
    item_kind = "value"

    @property
    def inherits(self) -> bool:
        """Whether a PATH of the medium holds that of the layer below, and programs inherit what was once set."""
        return bool(self.inherited)

    # --- values ------------------------------------------------------------------------------------------------------

    def value(self, text: str) -> Value:
        """`text` as a new value of this medium."""
        return Value(text)

    def value_of(self, name: str, text: str, known: t.Mapping[str, t.Any]) -> Value:
        """`text` as a new value of the variable `name`, where `known` are the variables that it can refer to."""
        return self.value(text)

    def is_same_entry(self, entry: str, wanted: str) -> bool:
        """Whether an entry that compares as `wanted` does needs no other spelling."""
        return True

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        """Why a name may not be in O(variables), or None. removing: with null for its value."""
        return None

    def value_problem(self, name: str, text: str) -> str | None:
        """Why no go takes a value, expanded, by its form; or None."""
        return None

    def text_problem(self, text: str) -> str | None:
        """What keeps a text from being a value of this medium, or None."""
        return "is empty." if not text else control_problem(text)

    def directory_problem(self, syntax: Syntax, text: str) -> str | None:
        """What is wrong with one directory of an option, or None."""
        return syntax.path_problem(text)

    def begins_absolute(self, syntax: Syntax, text: str) -> bool:
        """Whether an option's text is absolute, or will be once expanded."""
        return syntax.is_absolute(text)

    def user_problem(self, user: str) -> str | None:
        """What is wrong with the name of an account, or None."""
        return None

    def judge(
        self, after: State, wanted: Wanted, environment: Effective
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What is wrong with the values of a run, in the state that it leads to: blockers, and findings."""
        return (), ()

    def expand(self, text: str, variables: t.Mapping[str, Value]) -> str:
        """`text` as the medium expands it when a process starts."""
        return text

    def references(self, text: str) -> list[str]:
        """The variables that `text` refers to."""
        return []

    def unresolved(self, text: str, known: t.Mapping[str, t.Any]) -> list[str]:
        """The names in a directory that are written as references, and that `known` does not have."""
        return []

    def unexpanded(self, value: Value) -> bool:
        """Whether a value holds references that its type keeps from being expanded."""
        return False

    def left_with(
        self, left: t.Container[str], names: t.Collection[str], wanted: t.Collection[str]
    ) -> t.Collection[str]:
        """Of the names that a run is about, those that are nothing without others, and are left as they are with
        these. left: keys of items. wanted: the names that are to be there.
        """
        return ()

    # --- layers ------------------------------------------------------------------------------------------------------

    def steps(self, layer: str, values: Variables) -> t.Iterator[tuple[Variables, bool]]:
        """In what order the values of a layer are set, and whether they are expanded with what was set before."""
        yield values, False

    def compose(self, syntax: Syntax, name: str, scope: str, below: tuple[str, str] | None, text: str) -> str:
        """What a process sees of `name` when `scope` sets it to `text` over `below`: (scope, text) of the layer under
        it, or None.
        """
        return text

    def counting(self, name: str, found: t.Sequence[tuple[str, str]]) -> t.Sequence[tuple[str, str]]:
        """Of the layers that hold a variable, (layer, text) from the lowest up, those that count, the one in force
        last.
        """
        return found

    def joins(self, syntax: Syntax, name: str) -> bool:
        """Whether a value of both scopes is one of both of them."""
        return syntax.fold_name(name) == "PATH"

    def needs_path(self, scope: Scope) -> bool:
        """Whether a scope must keep a PATH, though it says nothing any more."""
        return False


class Texts:
    """How a medium describes itself and its changes. Stateless."""

    #: what the medium is called in results
    name = ""
    #: the name of the result that says whose user scope it is
    owner = "user"
    #: whether a result lists what else the medium holds
    has_inventory = False
    #: what the anchor is called
    anchor = ""
    #: what limits the length of a value
    limiting = ""
    #: an example of a user's workspace, for advice
    workspace = ""
    #: added where the order of PATH is explained
    path_order = ""
    #: what to do about a directory that cannot be looked at
    unseen = "Network paths and drives of a person's own session look missing from here: check it in theirs."
    #: that a user's scope could not be read beside the machine's, and what to do
    unread_user = (
        "The user scope of this account could not be read, so what it hides of the machine's is not known.",
        "Connect with an account whose profile is loaded.",
    )
    #: what to do about a value that is not a text
    other_type = "Look at it, and delete it if nobody needs it."

    def is_reported(self, name: str) -> bool:
        """Whether a value has a name that says something to a reader."""
        return True

    def content(self, name: str) -> str:
        """What to call a value that is too long to be shown; an empty text for one that is shown."""
        return ""

    def plain(self, text: str) -> str:
        """A value as a reader knows it."""
        return text

    def kind(self, value: Value) -> str:
        """The type of a value, where values have one; else an empty text."""
        return ""

    def refresh(self, scope: Scope) -> list[str]:
        """Who must start again to see a change."""
        return []

    def of_another_session(self, reference: str) -> str:
        """Why the machine scope cannot refer to a variable that only sessions have, behind `refers to …, which`."""
        return "only a session has"

    def unset(self, reference: str) -> str:
        """What a value would do with a reference to what nobody sets."""
        return f"refer to {reference}, which is not set"

    def path_retyped(self) -> tuple[str, str]:
        """PATH gets a type that is expanded: message, advice."""
        raise NotImplementedError

    def path_unexpanded(self) -> tuple[str, str]:
        """PATH holds references that its type keeps from being expanded: message, advice."""
        raise NotImplementedError

    def path_too_long(self, limit: int) -> str:
        """What programs do with a PATH over the limit."""
        return f"programs do not read one over {limit}"


@dataclass(frozen=True)
class Medium:
    """A medium as the planner has it."""

    syntax: Syntax
    policy: Policy
    texts: Texts

    @property
    def list_name(self) -> str:
        """The variable that is a list of entries, as results call it."""
        return self.policy.path_name.upper()

    def is_path(self, name: str) -> bool:
        return self.syntax.fold_name(name) == self.list_name

    def variables(self, values: t.Mapping[str, Value] | t.Iterable[tuple[str, Value]] = ()) -> Variables:
        """Variables whose names compare as they do in this medium."""
        return Variables(values, self.syntax.fold_name)
