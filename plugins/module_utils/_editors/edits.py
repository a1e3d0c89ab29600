# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What editors' files are to hold, said apart from how such a file is written: addresses of keys and elements, and what
goes there. Pure.
"""

from __future__ import annotations

import enum
import typing as t


class Absent(enum.Enum):
    """MISSING: nothing stands there. REMOVE: nothing is to stand there."""

    MISSING = "missing"
    REMOVE = "remove"


MISSING: t.Literal[Absent.MISSING] = Absent.MISSING
REMOVE: t.Literal[Absent.REMOVE] = Absent.REMOVE


class Named(t.NamedTuple):
    """In an array of objects, the first one whose `key` is `value`: `("tasks", Named("label", "build"))`."""

    key: str
    value: str


#: from the root of a JSON file to a key, or to an element of an array
JsonPath = tuple[t.Union[str, Named], ...]


class Raw(t.NamedTuple):
    """A value or an element as its text stood in a file: put back, it is the same to the byte."""

    text: str


class XmlStep(t.NamedTuple):
    """Of an XML file: the first child of this tag whose attribute `key` is `value`; the first
    of the tag without a value.
    """

    tag: str
    value: str | None = None
    key: str = "name"


#: the root of an XML file, and an element in it
XmlPath = tuple[XmlStep, XmlStep]


class Attributes(t.NamedTuple):
    """Attributes to set in an element, which keeps all others and what it holds."""

    values: t.Mapping[str, str]
