# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mask over everything that leaves a run: what is secret in what the run knows, in whatever form it leaves. What
leaves can be written as UTF-8. Pure.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .patterns import pattern
from .readable import readable, readable_result, shown
from .record import JOURNAL_ID
from .secrets import (
    CHANGED_MARK,
    MASK,
    is_secret_name,
    mark_of,
    marked,
    may_hold,
    replaced,
    secrets_in,
    spans,
    unmarked,
    userinfos_in,
)
from .values import Value, Variables

#: shorter secrets are words of their own in any text; they are hidden inside their URL only
SHORTEST = 4
#: a value that is secret by its variable's name only; shorter ones, and paths, are settings
SHORTEST_NAMED = 8

_ENCODED = pattern(r"%([0-9A-Fa-f]{2})")
_DOUBLE, _SINGLE = pattern(r'"((?:[^"\\\n]|\\.)*)"'), pattern(r"'((?:[^'\n]|'\\.'|'')*)'")
#: a URL in quotes: the text is no value, it holds some
_QUOTED_URL = pattern(r"[\"'][A-Za-z0-9+.-]{1,20}:[/\\]")
_PLAIN = pattern(r"[A-Za-z0-9]+")
_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_XML = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
#: what a shell, JSON, XML or cmd.exe may put before a character, and behind it
_BEFORE, _BEHIND = r"[\\^`'\"]{0,8}", r"['\"]{0,4}"
#: around user information or the end of it
_ALONE, _AT = r"(?:(?<![A-Za-z0-9])|(?<=%2[fF]))", r"(?=@|%(?:25)*40)"
_BETWEEN = pattern(r"[\s,|;%]+")
#: of a result: words of this collection, never of a user
_OWN_WORDS = ("id", "severity")
#: of a result: ids of changes, which a play hands back
_OWN_IDS = ("journal", "undone")
_PAIR = ("before", "after")
#: of an item that is not in sync
_SIDES = ("base", "now", "want")
#: in the place of a side that holds a secret, and is not what is wanted
OTHER_SIDE = "changed (masked)"


class Masker:
    """What a run knows is secret, and how it is hidden. Each argument is anything with texts in it: options, variables,
    a record, file texts.
    """

    def __init__(self, *known: t.Any) -> None:
        whole: dict[str, str] = {}
        pieces: dict[str, str] = {}
        texts = dict.fromkeys(_texts_in(known))
        for value in dict.fromkeys(value for text in texts for value in _values_of(text)):
            whole.update(_forms_of(value))
            pieces.update(_forms_of_pieces(value))
        ordered = [
            item
            for words in (whole, pieces)
            for item in sorted(words.items(), key=lambda item: (-len(item[0]), item[0]))
        ]
        self._known = [(_sample(word), pattern(form)) for word, form in ordered]

    def text(self, text: str) -> str:
        """The text with a mask for each secret, readable. Masking again changes nothing."""
        return readable(self._text(text))

    def holds(self, text: str) -> bool:
        """Whether a text holds one of the known secrets."""
        return any(form.search(text) for form in self._likely(text))

    def _likely(self, text: str) -> list[t.Pattern[str]]:
        """The forms of which a part is in the text, as it is or coded: looking for all of them takes long."""
        coded = text.lower() if "%" in text or "\\" in text or "&#" in text else ""
        return [form for sample, form in self._known if sample in text or (coded and _is_coded(sample, coded))]

    def _text(self, text: str) -> str:
        return self._hidden(text, mark_of)

    def _hidden(self, text: str, mark: t.Callable[[str], str]) -> str:
        forms = self._likely(text)
        if not forms and not may_hold(text):
            return text
        for form in forms:
            text = form.sub(lambda found: mark(found.group()), text)
        text = marked(text)
        return unmarked(replaced(text, spans(text, whole=False), mark))

    # --- structures --------------------------------------------------------------------------------------------------

    def result(self, found: t.Any) -> t.Any:
        """A result with a mask for each secret in it, readable."""
        return readable_result(self._result(found))

    def _result(self, found: t.Any) -> t.Any:
        """`before` and `after` of one mapping are compared: see `pair`; and the three sides of an item: see `sides`."""
        if isinstance(found, str):
            return self._text(found)
        if isinstance(found, (list, tuple)):
            return [self._result(item) for item in found]
        if not isinstance(found, t.Mapping):
            return found
        pair = (
            dict(zip(_PAIR, self.pair(found["before"], found["after"]))) if all(side in found for side in _PAIR) else {}
        )
        own = {
            word: found[word]
            for word in (*_OWN_WORDS, *_OWN_IDS)
            if word in found and (word in _OWN_WORDS or _is_id(found[word]))
        }
        sides = self.sides(*(found[side] for side in _SIDES)) if all(side in found for side in _SIDES) else ()
        done = {**own, **pair, **dict(zip(_SIDES, sides))}
        return {self._key(key): done[key] if key in done else self._result(value) for key, value in found.items()}

    def _key(self, key: t.Any) -> t.Any:
        return key if not isinstance(key, str) or _NAME.match(key) else self._text(key)

    def pair(self, before: t.Any, after: t.Any) -> tuple[t.Any, t.Any]:
        """Both, masked. Where they would look the same and are not, the mask behind says that the secret changed."""
        if isinstance(before, str) and isinstance(after, str):
            old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
            was, will = self._text(before), self._text(after)
            if before == after or MASK not in will:
                return was, will
            masked = was.splitlines(keepends=True), will.splitlines(keepends=True)
            return was, "".join(self._compared(old, new, *masked))
        if isinstance(before, t.Mapping) and isinstance(after, t.Mapping):
            both = {key: self.pair(before[key], after[key]) for key in before if key in after}
            return self._with(before, {key: pair[0] for key, pair in both.items()}), self._with(
                after, {key: pair[1] for key, pair in both.items()}
            )
        if _are_texts(before) and _are_texts(after):
            was, will = self._result(before), self._result(after)
            return was, self._compared(before, after, was, will)
        return self._result(before), self._result(after)

    def sides(self, base: t.Any, now: t.Any, want: t.Any) -> tuple[t.Any, t.Any, t.Any]:
        """Three texts, masked. One that holds a secret and is not what is wanted says so: two masks are the same
        secret.
        """
        masked = [self._text(side) if isinstance(side, str) else side for side in (base, now, want)]
        told = [OTHER_SIDE if mask != side and side != want else mask for mask, side in zip(masked, (base, now, want))]
        return told[0], told[1], told[2]

    def _with(self, found: t.Mapping[str, t.Any], paired: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return {self._key(key): paired[key] if key in paired else self._result(value) for key, value in found.items()}

    def _compared(
        self, before: t.Sequence[str], after: t.Sequence[str], was: t.Sequence[str], will: t.Sequence[str]
    ) -> list[str]:
        """Texts that came after others, such as the lines of a file; `was` and `will` are both masked."""
        earlier: dict[str, list[str]] = {}
        for text, masked in zip(before, was):
            if MASK in masked:
                earlier.setdefault(masked, []).append(text)
        return [
            masked if masked not in earlier or text in earlier[masked] else self._changed(text, earlier[masked])
            for text, masked in zip(after, will)
        ]

    def _changed(self, text: str, before: t.Iterable[str]) -> str:
        seen: set[str] = set()

        def note(found: str) -> str:
            seen.add(found)
            return mark_of(found)

        for other in before:
            self._hidden(other, note)
        new = self._hidden(text, lambda found: mark_of(found) if found in seen else CHANGED_MARK)
        return new if new != self._text(text) else self._hidden(text, lambda _found: CHANGED_MARK)


def _is_id(found: t.Any) -> bool:
    return isinstance(found, str) and JOURNAL_ID.match(found) is not None


def _are_texts(found: t.Any) -> t.TypeGuard[list[str]]:
    return isinstance(found, (list, tuple)) and all(isinstance(item, str) for item in found)


# --- what is known ---------------------------------------------------------------------------------------------------


def _texts_in(known: t.Any) -> t.Iterator[str]:
    """Every text in it."""
    if isinstance(known, bytes):
        yield known.decode("utf-8", "replace")
    elif isinstance(known, str):
        yield known
    elif isinstance(known, Value):
        yield known.data
    elif isinstance(known, (t.Mapping, Variables)):
        for name, value in known.items():
            yield from _named(name, value)
            yield from _texts_in(name)
            yield from _texts_in(value)
    elif dataclasses.is_dataclass(known) and not isinstance(known, type):
        yield from _texts_in([getattr(known, item.name) for item in dataclasses.fields(known)])
    elif isinstance(known, (list, tuple, set, frozenset)):
        for item in known:
            yield from _texts_in(item)


def _values_of(text: str) -> t.Iterator[str]:
    """What may be a value in a text: all of it, or where it has several lines or URLs in quotes, as a file has, the
    parts in quotes.
    """
    if isinstance(text, _Named):
        yield text
    if isinstance(text, _Named) or not may_hold(text):
        return
    is_document = "\n" in text or _QUOTED_URL.search(text) is not None
    if not is_document:
        yield text
    for line in text.splitlines() if is_document or '"' in text or "'" in text else ():
        if not may_hold(line):
            continue
        for found in _DOUBLE.finditer(line):
            inner = found.group(1)
            yield from dict.fromkeys((inner, re.sub(r"\\(.)", r"\1", inner), _without_entities(inner)))
        for found in _SINGLE.finditer(line):
            inner = found.group(1)
            yield from dict.fromkeys((inner, re.sub(r"'\\(.)'", r"\1", inner), inner.replace("''", "'")))
        for span in spans(line, whole=False):
            yield (
                f"https://{line[span.start : span.end]}@" if span.userinfo else f"?token={line[span.start : span.end]}"
            )


def _without_entities(text: str) -> str:
    for entity, char in _XML:
        text = text.replace(entity, char)
    return text


class _Named(str):
    """A value that is secret as a whole, by its variable's name."""

    __slots__ = ()


def _named(name: t.Any, value: t.Any) -> t.Iterator[str]:
    text = value.data if isinstance(value, Value) else value
    if not isinstance(name, str) or not isinstance(text, str) or not is_secret_name(name):
        return
    if len(text) >= SHORTEST_NAMED and "/" not in text[:1] and "\\" not in text[:3] and "\n" not in text:
        yield _Named(text)


def _forms_of(value: str) -> t.Iterator[tuple[str, str]]:
    """Each secret of a value, decoded, with the expression that finds it."""
    if isinstance(value, _Named):
        yield value, _form(value)
        return
    for word in secrets_in(value):
        plain = _decoded(word)
        if len(plain) >= SHORTEST:
            yield plain, _form(plain)
    for userinfo in userinfos_in(value):
        plain = _decoded(userinfo)
        yield f"{plain}@", rf"{_ALONE}{_form(plain)}{_AT}"


def _forms_of_pieces(value: str) -> t.Iterator[tuple[str, str]]:
    """The pieces of user information that holds a separator, as a message quotes one item of a list, one word or one
    %reference%.
    """
    for userinfo in () if isinstance(value, _Named) else userinfos_in(value):
        pieces = [piece for piece in _BETWEEN.split(userinfo) if piece]
        if len(pieces) > 1:
            yield from _forms_of_piece(userinfo, pieces)


def _forms_of_piece(userinfo: str, pieces: t.Sequence[str]) -> t.Iterator[tuple[str, str]]:
    yield f"//{pieces[0]}", rf"(?<=//){_form(pieces[0])}(?![A-Za-z0-9])"
    yield f"{pieces[-1]}@", rf"{_ALONE}{_form(pieces[-1])}{_AT}"
    for piece in pieces:
        word = piece.partition(":")[2] or piece
        if len(word) >= SHORTEST:
            yield word, _form(word)
    for piece in userinfo.split("%")[1:-1]:
        yield f"%{piece}%", f"%{_form(piece)}%"


def _decoded(text: str) -> str:
    """Without %-encoding, and without cmd.exe's doubled percent signs."""
    raw = re.sub(r"%%", "%", text).encode("utf-8", "surrogatepass").decode("latin-1")
    decoded = _ENCODED.sub(lambda found: chr(int(found.group(1), 16)), raw)
    try:
        return decoded.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text.replace("%%", "%")


def _sample(word: str) -> str:
    """The longest part that no quoting changes."""
    return max(_PLAIN.findall(word), key=len, default="")


def _is_coded(sample: str, text: str) -> bool:
    """Whether the first character of a sample may be in a text in lower case by its number."""
    number = f"{ord(sample[0]):02x}"
    return any(f"{code}{number}" in text for code in ("%", "%25", "u00", "x")) or "&#" in text


def _form(word: str) -> str:
    """An expression for a secret in any form: as it is, %-encoded, escaped or quoted, each character by itself."""
    return "".join(map(_form_of_char, word))


def _form_of_char(char: str) -> str:
    number = ord(char)
    forms = [re.escape(char)]
    forms.append("".join(rf"%(?:%|25)*{_any_case(f'{byte:02x}')}" for byte in char.encode("utf-8", "surrogatepass")))
    codes = (
        [number] if number < 0x10000 else [0xD800 + ((number - 0x10000) >> 10), 0xDC00 + ((number - 0x10000) & 0x3FF)]
    )
    forms.append("".join(rf"\\+u{_any_case(f'{code:04x}')}" for code in codes))
    forms.append(rf"\\+U{_any_case(f'{number:08x}')}" if number > 0xFF else rf"\\+x{_any_case(f'{number:02x}')}")
    forms.append(rf"&#(?:[xX]0*{_any_case(f'{number:x}')}|0*{number});")
    forms += [shown(char).replace("+", r"\+")] if 0xD800 <= number < 0xE000 else []
    if number < 0x80 and not char.isalnum():
        forms[0] = rf"{_BEFORE}{re.escape(char)}{{1,4}}{_BEHIND}"
        forms += [entity.replace("&", "&(?:amp;)*") for entity, plain in _XML if plain == char]
        forms += [r"\+"] if char == " " else []
    return f"(?:{'|'.join(forms)})"


def _any_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
