# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Windows reads variables and paths: expansion, PATH entries, comparison. Pure."""

from __future__ import annotations

import re
import typing as t

from .medium import Syntax, control_problem
from .patterns import SDK_VERSION, pattern
from .processors import processor
from .values import EXPANDING, TEXT, Value, Variables, fold_name

#: what the registry calls the types of values
REG_SZ, REG_EXPAND_SZ = TEXT, EXPANDING
SEPARATOR = ";"
VALUE_LIMIT = 32767  # characters of one variable (docs/facts.md, "Length limits")
CMD_PATH_LIMIT = 8191  # cmd.exe ignores an inherited PATH longer than this altogether (docs/facts.md, "Length limits")
DIALOG_LIMIT = 2047  # what the old system dialog and many programs hold (docs/facts.md, "Length limits")

#: names whose machine and user values are joined (docs/facts.md, "Registry environment")
JOINED = ("PATH", "LIBPATH", "OS2LIBPATH")

#: variables that only a user's session has; a machine value cannot refer to them (docs/facts.md, "Variable references")
PER_USER = frozenset(
    "USERPROFILE APPDATA LOCALAPPDATA USERNAME USERDOMAIN USERDOMAIN_ROAMINGPROFILE HOMEDRIVE HOMEPATH HOMESHARE "
    "LOGONSERVER "
    "SESSIONNAME CLIENTNAME USERDNSDOMAIN ONEDRIVE ONEDRIVECONSUMER ONEDRIVECOMMERCIAL".split()
)

#: a bin directory that is named like a Go SDK: …\go1.21.0\bin, …\go\1.21.0\bin, …\Go121\bin is not
#: where Go's own installers put it, without a version in the name
_INSTALLED = pattern(r"(?:C:|[A-Z]:\\PROGRAM FILES(?: \(X86\))?)\\GO\\BIN\Z", re.IGNORECASE)
_SDK_NAME = pattern(rf"\\GO[-_ ]?\\?{SDK_VERSION}(?:\\GO)?\\BIN\Z", re.IGNORECASE)
_LEADING = pattern(r"(?:%[^%]+%)+(?:[\\/]|\Z)")  # a path that begins with references
#: what a directory of the options always means as a reference; another text between two percent signs is one where a
#: variable has that name
_IDENTIFIER = pattern(r"[^\W\d][\w()#$.+-]*\Z")
#: the variables whose values are directories with an option of their own
_DIRECTORIES = ("GOROOT", "GOPATH", "GOBIN", "PATH")
_PREFIX = pattern(r"(?:\\\\[?.]\\)?(?:[A-Za-z]:)?")
_NEVER = pattern(r'[<>|?*":]')  # in no name of a file or a directory
_DRIVE = pattern(r"[A-Za-z]:[\\/]")
_INVALID = pattern(r'[<>|?*"&^\x00-\x1f\x7f\ud800-\udfff]')


def expand(text: str, variables: t.Mapping[str, Value]) -> str:
    """`text` with each `%NAME%` replaced once, as ExpandEnvironmentStrings does; unknown references stay."""
    out: list[str] = []
    rest = text
    while True:
        start = rest.find("%")
        end = rest.find("%", start + 1) if start >= 0 else -1
        if end < 0:
            return "".join(out) + rest
        name = rest[start + 1 : end]
        if name and name in variables:
            out.append(rest[:start] + variables[name].data)
            rest = rest[end + 1 :]
        else:
            out.append(rest[:end])  # the second % may open the next reference
            rest = rest[end:]


def references(text: str) -> list[str]:
    """The names between percent signs in `text`, each once; a percent sign that ends one may begin another, as `expand`
    has it.
    """
    parts = text.split("%")
    return list(dict.fromkeys(part for part in parts[1:-1] if part))


def used(text: str, known: t.Mapping[str, t.Any]) -> list[str]:
    """The variables of `known` that `expand` would put into `text`."""
    return _scanned(text, known)[0]


def unresolved(text: str, known: t.Mapping[str, t.Any]) -> list[str]:
    """The identifiers between percent signs that `expand` would leave in `text`."""
    return [name for name in _scanned(text, known)[1] if _IDENTIFIER.match(name)]


def _scanned(text: str, known: t.Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
    found: list[str] = []
    left: list[str] = []
    parts = text.split("%")
    number = 1
    while number < len(parts) - 1:
        name = parts[number]
        resolves = bool(name) and name in known
        (found if resolves else left).append(name)
        number += 2 if resolves else 1
    return list(dict.fromkeys(found)), list(dict.fromkeys(left))


def path_too_long(limit: int) -> str:
    """What cmd.exe does with a PATH over its limit."""
    return f"cmd.exe ignores one over {limit} altogether"


def native(architecture: str) -> tuple[str, str]:
    """GOOS and GOARCH of a host, by its PROCESSOR_ARCHITECTURE."""
    return "windows", processor(architecture)


def split_path(text: str) -> list[str]:
    """The entries of a PATH, verbatim: `";".join(split_path(text)) == text` for every non-empty text.

    A `;` between quotes belongs to the entry, as cmd.exe has it; where the quotes do not balance, every `;` separates.
    """
    if not text:
        return []
    if text.count('"') % 2:
        return text.split(SEPARATOR)
    entries: list[str] = []
    current: list[str] = []
    quoted = False
    for char in text:
        if char == '"':
            quoted = not quoted
        if char == SEPARATOR and not quoted:
            entries.append("".join(current))
            current = []
        else:
            current.append(char)
    entries.append("".join(current))
    return entries


def directory_of(entry: str, variables: t.Mapping[str, Value]) -> str:
    """The directory that a PATH entry means: expanded, without quotes, with single backslashes and none at the end."""
    text = expand(entry, variables).replace('"', "").strip(" ").replace("/", "\\")
    lead = "\\\\" if text.startswith("\\\\") else ""
    text = lead + re.sub(r"\\+", r"\\", text[len(lead) :])
    if len(text) > 3 or not _DRIVE.match(text):
        text = text.rstrip("\\ ") or text[:1].strip(" ")
    return text


def fold_path(entry: str, variables: t.Mapping[str, Value]) -> str:
    """The form in which two entries are compared: `directory_of`, in the case Windows compares in."""
    return fold_name(directory_of(entry, variables))


def is_absolute(path: str) -> bool:
    """A drive letter with a backslash after it, or a UNC path, once expanded."""
    return bool(_DRIVE.match(path)) or (is_remote(path) and len(path) > 2)


def is_remote(path: str) -> bool:
    """A UNC or device path: this session may not see what the user's own does (docs/facts.md, "Drives and
    shares": double hop).
    """
    return path.replace("/", "\\").startswith("\\\\")


def can_look_up(path: str) -> bool:
    """Whether a directory can be asked for at all: absolute on a drive, every reference resolved, no character that a
    question cannot carry.
    """
    return bool(_DRIVE.match(path)) and "%" not in path and not _INVALID.search(path)


def child(path: str, *names: str) -> str:
    """`path` with names below it, by backslashes."""
    return "\\".join([path.rstrip("\\/"), *names])


def is_within(path: str, ancestor: str) -> bool:
    """Whether folded `path` is folded `ancestor` or stands below it."""
    return path == ancestor or path.startswith(ancestor.rstrip("\\") + "\\")


def with_texts(texts: t.Mapping[str, str]) -> Variables:
    """Plain texts as variables that expand to themselves."""
    return Variables((name, Value(text)) for name, text in texts.items())


class WindowsSyntax(Syntax):
    """Paths of Windows (docs/facts.md, "Registry environment")."""

    family = "windows"
    separator = SEPARATOR
    go_files = ("go.exe", "go.com", "go.bat", "go.cmd")
    bin_go = r"bin\go.exe"

    def fold_name(self, name: str) -> str:
        return fold_name(name)

    def split_path(self, text: str) -> list[str]:
        return split_path(text)

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        return directory_of(entry, variables)

    def fold_path(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        return fold_path(entry, variables)

    def path_problem(self, text: str) -> str | None:
        return path_problem(text)

    def character_problem(self, path: str) -> str | None:
        return character_problem(path)

    def is_absolute(self, path: str) -> bool:
        return is_absolute(path)

    def is_remote(self, path: str) -> bool:
        return is_remote(path)

    def can_look_up(self, path: str) -> bool:
        return can_look_up(path)

    def child(self, path: str, *names: str) -> str:
        return child(path, *names)

    def is_within(self, path: str, ancestor: str) -> bool:
        return is_within(path, ancestor)

    def named_like_sdk(self, path: str) -> bool:
        return bool(_SDK_NAME.search(path) or _INSTALLED.match(path))


def begins_absolute(text: str) -> bool:
    """Whether a text is an absolute path, or will be once the references that it begins with are expanded."""
    return is_absolute(text) or bool(_LEADING.match(text))


def value(text: str) -> Value:
    """A new value of the registry: REG_EXPAND_SZ when it holds a `%`, REG_SZ otherwise (docs/facts.md, "Value
    types").
    """
    return Value(text, REG_EXPAND_SZ if "%" in text else REG_SZ)


def path_problem(text: str) -> str | None:
    """What is wrong with one directory, whatever it is for."""
    control = text_problem(text)
    if control:
        return control
    if ";" in text:
        return "has a ';' in it, which separates PATH entries: give a list."
    if text != text.strip():
        return "has blanks around it."
    odd = character_problem(text)
    if odd:
        return odd
    if text.startswith("~"):
        return "starts with '~', which neither Windows nor Go expands: use %USERPROFILE% in user scope."
    if not (is_absolute(text) or _LEADING.match(text)):
        return r"is relative: Windows and Go need a full path, such as C:\Go."
    return None


def character_problem(path: str) -> str | None:
    """Which character of a directory no Windows path can hold, or None; the colon of a drive and a prefix such as
    `//?/` are none of them.
    """
    rest = path[len(_PREFIX.match(path).group()) :]  # type: ignore[union-attr]  # it matches any text
    found = _NEVER.search(rest)
    if not found:
        return None
    return (
        f"has a {'quote' if found.group() == chr(34) else repr(found.group())} in it, which no Windows path can hold."
    )


def text_problem(text: str) -> str | None:
    """What keeps a text from being a registry value that one line of a PATH or a variable can hold, or None."""
    if not text:
        return "is empty."
    problem = control_problem(text)
    if problem:
        return problem
    if len(text) > VALUE_LIMIT:
        return f"has {len(text)} characters; Windows holds {VALUE_LIMIT}."
    return None


WINDOWS = WindowsSyntax()
