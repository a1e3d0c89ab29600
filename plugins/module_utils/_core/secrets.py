# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is secret in a value or a text: the user information of URLs, and parameters whose name says so. Pure."""

from __future__ import annotations

import typing as t

from .patterns import pattern

MASK = "********"
#: the mask of a secret that is another one than before
CHANGED = f"{MASK} (changed)"

#: stand for MASK and CHANGED while a text is looked through, so that what is masked already is one character of user
#: information
SAME_MARK, CHANGED_MARK = "\ue000", "\ue001"

#: user names of version control that everybody knows
_PUBLIC = frozenset(("git", "hg", "svn"))
#: passwords that say that the user name is the token
_NO_PASSWORD = frozenset(("", "x-oauth-basic"))

_SCHEME = pattern(r"[A-Za-z0-9+.-]{1,20}://|[A-Za-z0-9+.-]{2,20}:\\+")
_SEPARATOR = pattern(r"[\s,|;\"'=(<\[{/]\Z")
_END_OF_AUTHORITY = pattern(r"[/\\?#]")
_END_IN_TEXT = pattern(r"[\s\"]")
#: a URL in quotes, as messages quote one, ends with the quotes
_OPENED = pattern(r"(['\"])[A-Za-z0-9+.-]{1,20}:[/\\]+\Z")
_CLOSED = {"'": pattern(r"(?:[^'\\\n]|\\.)*(?=')"), '"': pattern(r'(?:[^"\\\n]|\\.)*(?=")')}
#: a user name, and a password that has begun: what is behind the colon is not a port
_BEGUN = pattern(r"[^\s:/@\"]*:(?![0-9]+(?:[/?#]|\Z))[^\s@\"]+\Z")
_REST_OF_PASSWORD = pattern(r"[^\n\"@]*@")
_PORT = pattern(r"[0-9]+\Z")
#: behind the @ of a module path: a version, a query, or nothing
_VERSION = pattern(
    r"v[0-9]+(?:\.[0-9]+)*(?:[-+/?#,|;\s'\")]|\Z)|(?:latest|upgrade|patch|none|master|main)\b(?![.:])"
    r"|[0-9a-f]{7,40}(?![A-Za-z0-9.:-])|[/?#\s]|\Z"
)
_HOST = pattern(
    r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9.-])|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])|[A-Za-z0-9.-]+:[0-9]+|localhost\b"
)

# ?token=…, &private_token=… up to the next parameter, or the next item of a list
_QUERY = pattern(
    r"(?i)[?&](?:[a-z0-9]{1,20}[_-]){0,4}(?:token|password|passwd|pwd|secret|api_?key|access_?key|auth|sig|signature|credential)="
    r"(?P<secret>(?:(?![,|;](?:[a-z][a-z0-9+.-]{0,20}:|direct\b|off\b|%))[^&\s\"])+)"
)
# -X main.apiToken=…, --password=…, Authorization: Bearer …
_NAMED = pattern(
    r"(?i)(?:(?:token|passw(?:or)?d|passphrase|secret|(?:api|access|private)[_-]?key|credentials?)=['\"]?"
    r"|authorization:\s{0,4}(?:bearer|basic|token)\s{1,4})(?P<secret>[^\s'\"&,;|]+)"
)
# --token …: in a value only, for in a sentence it is a sentence
_OPTION = pattern(
    r"(?i)(?:\A|\s)--?[a-z0-9-]{0,20}(?:token|passw(?:or)?d|secret|api-?key)\s+(?P<secret>[^\s'\"-][^\s'\"]*)"
)
# -X main.apiToken=… of the linker, in a value only: whatever is in it, up to a blank or the quote around it
_LINKED = pattern(
    r"(?i)-X[=\s]\s*(?P<quote>['\"]?)[^\s='\"]*(?:token|passw(?:or)?d|passphrase|secret|(?:api|access|private)[_-]?key|credentials?)="
    r"(?P<secret>(?:(?!(?P=quote)(?:['\"]?(?:\s|\Z)))\S)(?:(?!(?P=quote)(?:['\"]?(?:\s|\Z))).)*)"
)
# user:password@host, where the scheme was forgotten: an item of a list, in a value only. What is odd in a URL is a part
# of the password only where a host follows.
_NO_SCHEME = pattern(
    r"(?:\A|[,|])\s*(?P<secret>[^\s:/@,|\\='\"]{2,}:(?!//|[0-9]+(?:[/@,|;\s]|\Z))(?:[^\s/@,|\\='\"]+(?=@[A-Za-z0-9\[][^@,|]*(?:[,|]|\Z))"
    r"|(?=\S)[^\n]*?(?=@(?:(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9.-])|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])|[A-Za-z0-9.-]+:[0-9]|localhost\b|\[))))@"
)
#: a variable whose name says that its value is a secret
_SECRET_NAME = pattern(r"(?i)(?:token|passw(?:or)?d|secret|api_?key|access_?key|private_?key|credentials?)\Z")
_KEYWORD = pattern(r"(?i)token|passw|passph|pwd|secret|key|auth|sig|credential")
_REFERENCE = pattern(r"(?:%[^%]+%|\$\{?\w+\}?|[*\ue000\ue001]+)+\Z")


class Span(t.NamedTuple):
    """Where something secret is in a text. userinfo: of a URL, up to its @; else the value of a parameter."""

    start: int
    end: int
    userinfo: bool


def spans(text: str, whole: bool) -> list[Span]:
    """The secrets of a text, in order, none over another.

    whole: the text is one value, in which a blank or a quote may be a part of a password; in a sentence it ends the
    URL.
    """
    found = [
        Span(found.start("secret"), found.end("secret"), False)
        for found in (*_QUERY.finditer(text), *_NAMED.finditer(text))
    ]
    if whole:
        found += [
            Span(found.start("secret"), found.end("secret"), False)
            for found in (*_OPTION.finditer(text), *_LINKED.finditer(text))
        ]
        found += [Span(found.start("secret"), found.end("secret"), True) for found in _NO_SCHEME.finditer(text)]
    out: list[Span] = []
    for span in sorted((*_userinfos(text, whole), *found)):
        if out and span.start < out[-1].end:
            out[-1] = out[-1]._replace(end=max(out[-1].end, span.end))
        else:
            out.append(span)
    return out


def _userinfos(text: str, whole: bool) -> t.Iterator[Span]:
    for start, end, is_path in _regions(text, whole):
        if not whole:
            end = _end_in_text(text, start, end)
        length = _length_of_userinfo(text[start:end], is_path)
        if length is not None and text[start : start + length].lower() not in _PUBLIC:
            yield Span(start, start + length, True)


def _end_in_text(text: str, start: int, end: int) -> int:
    """Where a URL in a sentence ends: with the quotes around it, or before a blank, which in a password that has begun
    ends nothing.
    """
    quote = _OPENED.search(text[max(0, start - 25) : start])
    closed = _CLOSED[quote.group(1)].match(text, start, end) if quote else None
    if closed:
        return closed.end()
    stop = _END_IN_TEXT.search(text, start, end)
    if stop is None:
        return end
    more = _REST_OF_PASSWORD.match(text, stop.start(), end) if _BEGUN.match(text, start, stop.start()) else None
    found = _END_IN_TEXT.search(text, more.end(), end) if more else stop
    return found.start() if found else end


def _regions(text: str, whole: bool) -> t.Iterator[tuple[int, int, bool]]:
    """What is behind each scheme, up to the next one; and whether backslashes take the place of slashes."""
    schemes = list(_SCHEME.finditer(text))
    if whole:  # a password may hold what looks like a scheme
        schemes = [
            found
            for number, found in enumerate(schemes)
            if not number or _SEPARATOR.search(text[found.start() - 1 : found.start()])
        ]
    for number, found in enumerate(schemes):
        end = schemes[number + 1].start() if number + 1 < len(schemes) else len(text)
        yield found.end(), end, text[found.end() - 1] == "\\"


def _length_of_userinfo(region: str, is_path: bool) -> int | None:
    """How long the user information is with which what is behind a scheme begins; None when there is none.

    `h/x@v1.2` and `h:8080/x@v1.2` hold none. `u:pa/ss@h` does: what is behind the first colon is not a port.
    """
    if "@" not in region or region.startswith("["):
        return None
    stop = _END_OF_AUTHORITY.search(region)
    authority = stop.start() if stop else len(region)
    last = region.rfind("@", 0, authority)
    if is_path:
        return last if last >= 0 else None
    later = [place for place in _places("@", region, authority) if not _VERSION.match(region, place + 1)]
    name, colon, port = region[last + 1 : authority].partition(":")
    if colon and not _PORT.match(port):
        return later[-1] if later else last if last >= 0 else region.index("@")
    # A password with a slash or the like in it: what would be the host is none, and what is behind a later @ is one.
    is_host = "." in name or name.lower() == "localhost" or (bool(colon) and last >= 0)
    is_query = (
        authority < len(region) and region[authority] == "?" and "=" in region[authority : later[-1] if later else None]
    )
    if later and not is_host and not is_query and (colon or _HOST.match(region, later[-1] + 1)):
        return later[-1]
    return last if last >= 0 else None


def _places(char: str, text: str, start: int) -> t.Iterator[int]:
    place = text.find(char, start)
    while place >= 0:
        yield place
        place = text.find(char, place + 1)


def secrets_in(value: str) -> list[str]:
    """The secrets of one value, as they are written there: passwords, tokens, and values of parameters that are
    secret.
    """
    out: list[str] = []
    for span in spans(value, whole=True) if may_hold(value) else ():
        text = value[span.start : span.end]
        out += _words(text) if span.userinfo else [text]
    return [word for word in out if _is_secret(word)]


def userinfos_in(value: str) -> list[str]:
    """The user information of a value's URLs, where something in it is secret."""
    found = [
        value[span.start : span.end] for span in (spans(value, whole=True) if "@" in value else ()) if span.userinfo
    ]
    return [userinfo for userinfo in found if any(map(_is_secret, _words(userinfo)))]


def _words(userinfo: str) -> list[str]:
    """What is secret in user information: the password, or what stands alone."""
    user, colon, password = userinfo.partition(":")
    return [user] if not colon or password in _NO_PASSWORD else [password]


def _is_secret(word: str) -> bool:
    """Whether a word is neither a reference to a variable, nor masked already, nor nothing."""
    return bool(word) and not _REFERENCE.match(marked(word))


def is_secret_name(name: str) -> bool:
    """Whether a variable's name says that its value is secret, as DEPLOY_TOKEN does."""
    return _SECRET_NAME.search(name) is not None


def may_hold(text: str) -> bool:
    """Whether there is anything to look for in a text."""
    return (
        "://" in text
        or "@" in text
        or ":\\" in text
        or (("=" in text or "--" in text or ": " in text) and _KEYWORD.search(text) is not None)
    )


def replaced(text: str, found: t.Iterable[Span], by: t.Callable[[str], str]) -> str:
    """The text with something else in the place of each span."""
    out, done = [], 0
    for span in found:
        out += [text[done : span.start], by(text[span.start : span.end])]
        done = span.end
    return "".join([*out, text[done:]])


def marked(text: str) -> str:
    """The text with one character for each mask."""
    return text.replace(CHANGED, CHANGED_MARK).replace(MASK, SAME_MARK) if MASK in text else text


def unmarked(text: str) -> str:
    return text.replace(SAME_MARK, MASK).replace(CHANGED_MARK, CHANGED)


def mark_of(text: str) -> str:
    """The mark in the place of a text that may hold some."""
    return CHANGED_MARK if CHANGED_MARK in text else SAME_MARK


def mask(text: str) -> str:
    """A text with a mask for each secret that can be told by its form. What a run knows is secret, `Masker` finds in
    any form.
    """
    return _masked(text, whole=False)


def shown(value: str) -> str:
    """One whole value with a mask for each of its secrets."""
    return _masked(value, whole=True)


def _masked(text: str, whole: bool) -> str:
    if not may_hold(text):
        return text
    text = marked(text)
    return unmarked(replaced(text, spans(text, whole), mark_of))
