# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts for the /bin/sh of a distro, which come on its standard input. Pure.

A script is one function that is called on its last line, so a cut one does nothing. All data is inside of it, and what
it starts reads nothing. Values are words between single quotes, bytes are in base64. What it prints `shscript_answers`
understands.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

from . import shscript_text as text
from .templates import fill, sh_quote

#: what stands at the beginning of a path for a directory that only the distro knows
HOME, CONFIG, STATE = "\x01home", "\x01config", "\x01state"
_PLACES = {HOME: '"$gd_home"', CONFIG: '"$gd_config"', STATE: '"$gd_state"'}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: stands in a value for the directory of a program's own
OWN = "\0"
ABSENT = "-"


def word(path: str) -> str:
    """A path, or another text, as one word. Raises ValueError for one with a NUL."""
    for place, variable in _PLACES.items():
        if path.startswith(place):
            return variable + sh_quote(path[len(place) :])
    if "\0" in path:
        raise ValueError(f"cannot be a path: {path!r}")
    return sh_quote(path)


def _words(paths: t.Iterable[str]) -> str:
    return " ".join(map(word, paths))


def whole(mark: str, parts: t.Sequence[str], body: t.Sequence[str]) -> bytes:
    """A script. mark: a token of this run. parts: texts of functions. body: the statements."""
    lines = [text.BEGIN, *parts, "gd_body() {", *body, "}"]
    script = "\n".join(lines) + fill(text.END, MARK=mark)
    return script.encode("utf-8", "surrogateescape")


class Asked(t.NamedTuple):
    """What is asked of a distro in one script; paths may begin with HOME, CONFIG or STATE.

    files: with their bytes. links: without. present: whether they are there. directories: which go is in them. sources:
    files of this collection whose directories are looked at, too. own: who the session is.
    """

    files: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    own: bool = False

    def with_(self, more: Asked) -> Asked:
        """Both, each path once."""
        return Asked(
            _once(self.files, more.files),
            _once(self.links, more.links),
            _once(self.present, more.present),
            _once(self.directories, more.directories),
            _once(self.sources, more.sources),
            self.own or more.own,
        )


def _once(paths: t.Iterable[str], more: t.Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*paths, *more)))


def question(mark: str, asked: Asked) -> bytes:
    """A script that looks."""
    body = ["gd_self"] if asked.own else []
    body += [f"gd_item y {word(path)}" for path in asked.files]
    body += [f"gd_item n {word(path)}" for path in asked.links]
    body += [f"gd_look {word(path)}" for path in asked.directories]
    body += [f"gd_look_named {word(path)}" for path in asked.sources]
    body += [f"gd_present {_words(asked.present)}"] if asked.present else []
    parts = [text.SELF] if asked.own else []
    return whole(mark, [*parts, text.SEE, text.LOOK], body)


# --- changes ---------------------------------------------------------------------------------------------------------


class Put(t.NamedTuple):
    """One change of a path: its new bytes, or where it is to lead, or neither for its removal.

    known: whether the path was a link, whose file's bytes are nobody's business here. See `files.Write`.
    """

    path: str
    token: str
    data: bytes | None = None
    link: str | None = None
    private: bool = False
    prune: tuple[str, ...] = ()
    is_link: bool = False

    def statement(self) -> str:
        if self.link is not None:
            return f"gd_lead {_words((self.path, self.link, self.token))}"
        if self.data is None:
            return f"gd_remove {_words((self.path, self.token, 'n' if self.is_link else 'y', *self.prune))}"
        coded = base64.b64encode(self.data).decode("ascii")
        private = "y" if self.private else "n"
        return f"gd_put {_words((self.path, private, self.token, str(len(self.data)), coded))}"


class Lock(t.NamedTuple):
    """What a change waits for: no other run in this directory of records, and files with these bytes.

    tenths: of a second that are waited.
    """

    directory: str
    tenths: int
    files: tuple[tuple[str, bytes | None], ...] = ()


def digest(data: bytes | None) -> str:
    return ABSENT if data is None else hashlib.sha256(data).hexdigest()


def change(mark: str, lock: Lock | None, made: t.Sequence[str], puts: t.Sequence[Put]) -> bytes:
    """A script that makes directories and changes files, in this order, and says what it replaced. It ends with the
    first one that fails.
    """
    body = []
    if lock is not None:
        body.append(f"gd_lock {word(lock.directory)} {lock.tenths}")
        body += [f"gd_must_be {word(path)} {digest(data)}" for path, data in lock.files]
    body += [f"gd_directories {_words(made)}"] if made else []
    body += [put.statement() for put in puts]
    body += [f"gd_look {word(path)}" for path in made]
    return whole(mark, [text.SEE, text.LOOK, text.WRITE], body)


# --- programs --------------------------------------------------------------------------------------------------------


class Program(t.NamedTuple):
    """A program, with its whole environment. files: in a directory of its own, for which OWN stands in values.

    account: another than that of the session, whom root runs it as. seconds: how long it may take. given: the
    environment comes on top of the one that the script was started with.
    """

    argv: tuple[str, ...]
    environment: t.Mapping[str, str]
    files: t.Mapping[str, bytes] = {}
    account: str = ""
    seconds: float = 30.0
    given: bool = False


def running(mark: str, programs: t.Sequence[Program]) -> bytes:
    """A script that runs programs, all at once, and says what became of each."""
    given = [text.GIVEN] if any(program.given for program in programs) else []
    body = [text.CLEAR, *given, text.RUN, 'case $gd_work in "") gd_end ;; esac']
    for number, program in enumerate(programs):
        body += _start(number, program)
    limits = " ".join(f"{number}:{int(program.seconds * 10)}" for number, program in enumerate(programs))
    body += [f"gd_wait '{limits}'", *(f"gd_ended {number}" for number in range(len(programs)))]
    return whole(mark, [], body)


def _start(number: int, program: Program) -> list[str]:
    out = [f"gd_own=$gd_work/{number}.own", 'mkdir "$gd_own"'] if _has_own(program) else []
    for name, data in program.files.items():
        directory = name.rpartition("/")[0]
        out += [f'mkdir -p "$gd_own/"{word(directory)}'] if directory else []
        coded = '; printf %s "$gd_own"; '.join(map(_printing, data.split(OWN.encode())))
        out.append(f'{{ {coded}; }} >"$gd_own/"{word(name)}')
    settings = [
        f"{name}={_value(value)}; export {name}" for name, value in program.environment.items() if _NAME.match(name)
    ]
    at = f'"$gd_work/{number}'
    words = " ".join(map(_value, program.argv))
    noted = f'/bin/sh -c \'echo $$ >"$0"; exec "$@"\' {at}.id" {words}'
    if program.account:
        owned = ' "$gd_own"' if _has_own(program) else ""
        first = [text.GIVEN, "gd_given"] if program.given else [text.CLEAR, "gd_clear"]
        code = "\n".join([*first, *settings, f"exec {noted}"])
        out += [
            f'{{ echo gd_own=$gd_own gd_work=$gd_work; printf %s {sh_quote(code)}; }} >{at}.sh"',
            f': >{at}.id"',
            f'chmod 711 "$gd_work"; chmod 644 {at}.sh"; chown -R {word(program.account)} {at}.id"{owned}',
        ]
        run = ["export gd_began gd_locale gd_file gd_bash"] if program.given else []
        run += [f'exec $gd_setsid su -s /bin/sh {word(program.account)} -c ". $gd_work/{number}.sh"']
    else:
        run = ["gd_given" if program.given else "gd_clear", *settings, f"exec $gd_setsid {noted}"]
    return [*out, "{ (", 'umask "$gd_umask"', *run, f') >{at}.out" 2>{at}.err"', f'echo $? >{at}.code"', "} &"]


def _printing(data: bytes) -> str:
    return f"printf %s {base64.b64encode(data).decode('ascii')} | base64 -d" if data else ":"


def _has_own(program: Program) -> bool:
    return any(OWN in value for value in program.environment.values())


def _value(text: str) -> str:
    """A text as one word, the directory of a program's own put in."""
    return '"$gd_own"'.join(sh_quote(piece) for piece in text.split(OWN))
