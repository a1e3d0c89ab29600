# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lines of a start file say of GOROOT and PATH, as far as it can be told without running them. Pure.

Understood are assignments of sh, bash and zsh (`export GOROOT=…`, `PATH=…:$PATH`, `path=(… $path)`, several in a line)
and of fish (`set -gx`, `fish_add_path`). What holds another reference than to HOME, GOROOT, GOPATH or PATH, a command
or a pattern is passed over: no guess is made.
"""

from __future__ import annotations

import re
import typing as t

from .._core.patterns import pattern

GOROOT, PATH = "GOROOT", "PATH"


class Line(t.NamedTuple):
    """One thing that a line says.

    number: of the line, from 1. name: GOROOT or PATH. value: the directory; empty when GOROOT is unset. front: whether
    a PATH entry comes before those that are there. certain: whether the line is reached whenever the file is read to
    its end.
    """

    number: int
    name: str
    value: str
    front: bool = True
    certain: bool = True


_OPENS = pattern(
    r"(?:if|for|while|until|case|select|switch|begin|function)\b|[^#'\"]*(?:\(\)\s*)?\{\s*(?:#.*)?\Z|[\w.-]+\s*\(\)"
)
_CLOSES = pattern(r"(?:fi|done|esac|end)\b|\}")
_INSIDE = pattern(r"(?:then|do|else|elif|and|or|not|!)\b|\{")
_ENDS = pattern(r"(?:return|exit)\b|exec\s+[A-Za-z/~$\"'-]")
_CONTINUED = pattern(r"(?:&&|\|)\s*\Z")
_ARITHMETIC = pattern(r"\(\(.*?\)\)")
_HEREDOC = pattern(r"(?<![<\w])<<(?!<)-?\s*(['\"]?)([A-Za-z_]\w*)\1")
_WORD = r"(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|[^\s;&|#'\"\\()<>])"
_SET = pattern(r"(?:(?P<keyword>export|typeset|declare|local|readonly)(?:\s+-\w+)*\s+)?(?P<rest>\w+\+?=.*)\Z")
_ASSIGNMENT = pattern(rf"\s*(?P<name>\w+)(?P<more>\+?)=(?:\((?P<list>[^()]*)\)|(?P<text>{_WORD}*))")
_UNSET = pattern(r"unset\s+(?:-v\s+)?GOROOT\s*\Z|set\s+-\w*e\w*\s+GOROOT\s*\Z")
_FISH = pattern(r"set\s+(?:-{1,2}[\w-]+\s+)*(?P<name>GOROOT|GOPATH|PATH|path)\s+(?P<words>.*)\Z")
_ADD = pattern(r"fish_add_path\s+(?P<words>.*)\Z")
_WORDS = pattern(rf"{_WORD}+")
_REFERENCE = pattern(r"\$(?:\{(\w+)\}|(\w+))")


def lines_of(text: str, home: str) -> list[Line]:
    """What a start file says, in its order. home: of the person who reads it."""
    known = {"HOME": home}
    found: list[Line] = []
    for number, statement, certain in _statements(text):
        before = dict(known)
        found += _said(number, statement, certain, known)
        if not certain:  # then what was set may be set, or not
            known = {name: value for name, value in known.items() if before.get(name) == value}
    return found


def _statements(text: str) -> t.Iterator[tuple[int, str, bool]]:
    """The simple commands of a file, with the number of the line, and whether each is reached."""
    depth, until, condition = 0, "", ""
    for number, line in _lines(text):
        bare = line.strip()
        if until:
            until = "" if bare == until else until
            continue
        heredoc = _HEREDOC.search(_ARITHMETIC.sub("", bare))
        until = heredoc.group(2) if heredoc and not bare.startswith("#") else ""
        if not bare or bare.startswith("#"):
            continue
        if _CLOSES.match(bare):
            depth = max(0, depth - 1)
        inside = depth > 0
        for before, statement in _commands(bare):
            inside = inside or bool(_OPENS.match(statement) or _INSIDE.match(statement))
            certain = not inside and (before or condition) in ("", ";")
            if certain and _ENDS.match(statement):
                return
            yield number, statement, certain
            condition = ""
        condition = "&&" if _CONTINUED.search(bare) else ""
        if _OPENS.match(bare) and not re.search(r"(?:\bfi|\bdone|\besac|\bend|\})\s*;?\s*(?:#.*)?\Z", bare):
            depth += 1


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """The lines with their numbers; one that a backslash continues is one with those behind it."""
    first, before = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        first, whole = (first if before else number), before + line
        before = whole[:-1] if len(whole) - len(whole.rstrip("\\")) & 1 and not whole.lstrip().startswith("#") else ""
        if not before:
            yield first, whole
    if before:
        yield first, before


def _commands(line: str) -> t.Iterator[tuple[str, str]]:
    """The commands of a line, each with what is before it: nothing, `;`, `&&`, `||`, `|` or `&`."""
    parts = re.split(r"((?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|\([^()]*\)|[^;&|#'\"\\]|(?<=\S)#)+)", line)
    before = ""
    for number, part in enumerate(parts):
        if number % 2:
            yield before, part.strip()
        else:
            before = part.strip()
            if before.startswith("#"):
                return


def _said(number: int, statement: str, certain: bool, known: dict[str, str]) -> t.Iterator[Line]:
    if _UNSET.match(statement):
        known.pop(GOROOT, None)
        yield Line(number, GOROOT, "", certain=certain)
        return
    fish = _FISH.match(statement)
    if fish:
        yield from _assigned(number, fish.group("name"), _WORDS.findall(fish.group("words")), certain, known)
        return
    added = _ADD.match(statement)
    if added:
        words = _WORDS.findall(added.group("words"))
        front = not any(word in ("-a", "--append") for word in words)
        entries = [_expanded(word, known) for word in words if not word.startswith("-")]
        yield from (Line(number, PATH, entry, front, certain) for entry in entries if entry)
        return
    assignment = _SET.match(statement)
    for found in _assignments(assignment.group("rest"), assignment.group("keyword")) if assignment else ():
        if found.group("list") is not None:
            words = _WORDS.findall(found.group("list"))
        else:
            words = _entries(found.group("text")) if found.group("name") == PATH else [found.group("text")]
        if found.group("more"):
            words = ["$path", *words]
        yield from _assigned(number, found.group("name"), words, certain, known)


def _assignments(text: str, keyword: str | None) -> list[t.Match[str]]:
    """The assignments of a command. Those before another command are for that command alone, and are none."""
    out: list[t.Match[str]] = []
    while text:
        found = _ASSIGNMENT.match(text)
        if not found:
            return out if keyword or not text.strip() else []
        out.append(found)
        text = text[found.end() :]
    return out


def _assigned(number: int, name: str, words: t.Sequence[str], certain: bool, known: dict[str, str]) -> t.Iterator[Line]:
    if name in (GOROOT, "GOPATH"):
        value = _expanded(words[0], known) if len(words) == 1 else None
        if value is None:
            known.pop(name, None)
        else:
            known[name] = value
        if name == GOROOT and value is not None:
            yield Line(number, GOROOT, value, certain=certain)
    elif name in (PATH, "path"):
        inherited = next((place for place, word in enumerate(words) if _is_inherited(word)), None)
        for place, word in enumerate(words):
            entry = None if place == inherited else _expanded(word, known)
            if entry:
                yield Line(number, PATH, entry, inherited is None or place < inherited, certain)


def _is_inherited(word: str) -> bool:
    return word.strip("\"'").lower() in ("$path", "${path}", "${path[@]}", "$path[@]")


def _entries(text: str) -> list[str]:
    """The entries of a PATH as it is written, quotes around all of it apart."""
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1]
    return text.split(":") if "'" not in text else [text]


def _expanded(word: str, known: t.Mapping[str, str]) -> str | None:
    """What a word means; None where that cannot be told."""
    if len(word) > 1 and word[0] == word[-1] == "'" and "'" not in word[1:-1]:
        return word[1:-1]
    text = re.sub(r"\"((?:[^\"\\]|\\.)*)\"", r"\1", word)
    if re.search(r"[`*?\[\]'\"\\()]", text):
        return None
    if word == text and (text == "~" or text.startswith("~/")):
        text = known["HOME"] + text[1:]
    names = [one or other for one, other in _REFERENCE.findall(text)]
    if any(name not in known for name in names):
        return None
    text = _REFERENCE.sub(lambda found: known[found.group(1) or found.group(2)], text)
    if "$" in text or "~" in text[:1]:
        return None
    return re.sub(r"/+", "/", text).rstrip("/") or text[:1]
