# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a medium: how its values and paths are written, read and compared. A medium declares them; the planner
only asks.
"""

from __future__ import annotations

import typing as t

from . import names
from .values import Value, fold_name

MACHINE, USER = "machine", "user"


#: what YAML makes of a backslash and a letter between double quotes
_YAML = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f", "\v": "v", "\a": "a", "\0": "0", "\x1b": "e"}


def _of_yaml(control: str) -> str:
    """How such a character mostly comes into a path, in words for people."""
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


class Rules:
    """See the module. Subclasses are stateless; one instance of each serves everybody.

    scopes: what the two scopes are called, machine's first. typed: whether values have registry types worth showing.
    separator: of PATH and of lists of directories. inherited: the PATH entry that stands for the PATH of the layer
    below, None where layers are joined or there is no PATH. go_files: the files a bare `go` may start, the SDK's own
    first. limits: characters of one value, of an effective PATH that programs still read, and of one that old dialogs
    hold; None for none that matters. holds_path: whether PATH belongs to the medium. empty_counts: whether an empty
    value hides those below it. complete: whether a run describes all of the scope: what it no longer names goes, and
    what somebody else put there stays.
    """

    family = ""
    scopes: t.Mapping[str, str] = {MACHINE: "machine", USER: "user"}
    typed = False
    separator = ""
    inherited: str | None = None
    go_files: tuple[str, ...] = ()
    value_limit: int | None = None
    path_limit: int | None = None
    dialog_limit: int | None = None
    holds_path = True
    empty_counts = False
    complete = False
    #: names that only a person's session has, folded
    per_user: frozenset[str] = frozenset()
    #: where a person's own workspace usually is, for advice
    home_go = ""
    bin_go = ""

    # --- values ------------------------------------------------------------------------------------------------------

    def value(self, text: str) -> Value:
        """`text` as a new value of this medium."""
        return Value(text)

    def value_of(self, name: str, text: str, known: t.Mapping[str, t.Any]) -> Value:
        """`text` as a new value of the variable `name`, where `known` are the variables that it can refer to."""
        return self.value(text)

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        """Why a name may not stand in O(variables), or None. removing: with null for its value."""
        return names.refusal(name, removing)

    def value_problem(self, name: str, text: str) -> str | None:
        """Why no go takes a value, expanded, by its form; or None. One rule for every medium."""
        from .._go import gosettings  # only a run that sets variables needs it

        return gosettings.value_problem(name, text, self.family)

    def character_problem(self, path: str) -> str | None:
        """Which character of a directory no path of the host can hold, in words for people; or None."""
        return None

    def text_problem(self, text: str) -> str | None:
        """What keeps a text from being a value of this medium, or None."""
        raise NotImplementedError

    def expand(self, text: str, variables: t.Mapping[str, Value]) -> str:
        """`text` as the medium expands it when a process starts."""
        return text

    def references(self, text: str) -> list[str]:
        """The variables that `text` refers to."""
        return []

    def unresolved(self, text: str, known: t.Mapping[str, t.Any]) -> list[str]:
        """The names in a directory that are written as references, and that `known` does not have."""
        return []

    def compose(self, name: str, scope: str, below: tuple[str, str] | None, text: str) -> str:
        """What a process sees of `name` when `scope` sets it to `text` over `below`: (scope, text) of the layer under
        it, or None.
        """
        return text

    def counting(self, name: str, found: t.Sequence[tuple[str, str]]) -> t.Sequence[tuple[str, str]]:
        """Of the layers that hold a variable, (layer, text) from the lowest up, those that count, the one in force
        last.
        """
        return found

    # --- paths -------------------------------------------------------------------------------------------------------

    def split_path(self, text: str) -> list[str]:
        """The entries of a PATH, verbatim; joined again they give `text`."""
        return text.split(self.separator) if text else []

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        """The directory that a PATH entry means."""
        raise NotImplementedError

    def fold_path(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        """The form in which two entries are compared."""
        return self.directory_of(entry, variables)

    def path_problem(self, text: str) -> str | None:
        """What is wrong with one directory of an option, whatever it is for, or None."""
        raise NotImplementedError

    def is_absolute(self, path: str) -> bool:
        """Whether an expanded path needs no current directory."""
        raise NotImplementedError

    def begins_absolute(self, text: str) -> bool:
        """Whether an option's text is absolute, or will be once expanded."""
        return self.is_absolute(text)

    def is_remote(self, path: str) -> bool:
        """Whether this session may not see what a person's own does."""
        return False

    def can_look_up(self, path: str) -> bool:
        """Whether the store can ask for a directory."""
        return self.is_absolute(path)

    def child(self, path: str, *names: str) -> str:
        """`path` with names below it."""
        raise NotImplementedError

    def is_within(self, path: str, ancestor: str) -> bool:
        """Whether folded `path` is folded `ancestor` or stands below it."""
        return path == ancestor or path.startswith(self.child(ancestor, ""))

    def named_like_sdk(self, path: str) -> bool:
        """Whether a bin directory's own name says that it belongs to a Go SDK, for one that is gone and cannot be
        asked.
        """
        return False

    def joins(self, name: str) -> bool:
        """Whether a value of both scopes is one of both of them."""
        return self.is_path(name)

    def is_told(self, name: str) -> bool:
        """Whether a value has a name that says something to people."""
        return True

    def is_path(self, name: str) -> bool:
        return fold_name(name) == "PATH"
