# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The source: one file that holds a scope's values for every shell, and the hooks that bring it into effect. Pure
(docs/facts.md, "Shell start files").

sh, bash and zsh read the source as it is. It defines some functions and calls one of them for each datum, one a line:

    _gopher_devbox export NAME 'value' 'former value'...     (the user scope: always)
    _gopher_devbox default NAME 'value' 'former value'...    (the machine scope: only where nothing else was set)
    _gopher_devbox former NAME 'former value'...             (of a variable that is not managed any more)
    _gopher_devbox path 'first:entries:$PATH:last' 'retired:entries'
    _gopher_devbox sweep ...                                 (as path, and other Go SDKs' entries go)

fish and PowerShell cannot read sh; their hooks look for these lines and do the same with them. All texts are quoted in
one way, which sh and one regular expression read alike: between single quotes, with `'\''` for a quote and `'\\'` for a
backslash.

What every hook does, in this order (docs/posix.md, "GOROOT and the go that runs"):

1. A project that was entered is a layer above. Its launcher exports one pair: _GO_ENV_NAMES, the names it sets, and
_GO_ENV_PATH, its entries.
   These entries are taken off PATH, and are put back in front at the end. A value of ours for such a name goes to where
   the launcher keeps
   it until the project is left (_GO_ENV_n_WAS_NAME: see launcher_sh). So does a GOROOT that a line of somebody's set
   since: the project's is that of
   its go.
2. PATH. A GOROOT that somebody else set, and that this scope does not replace, keeps its go: the go of ours that is
another one comes behind it, and
   is left out where theirs is not on PATH.
3. GOROOT follows: it is ours where the first go on PATH is that of our SDK; else one of ours is unset. _GO_ENV_GOROOT
says which GOROOT was set by
   either scope, so that the other one knows it.

What is done to PATH is judged by what PATH holds, never by a variable that says it was done: programs hand variables on
for weeks, and an upgrade would then go unnoticed. The tests have a model of what a shell makes of an environment, and
hold every shell to it.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._core.medium import control_problem
from .._core.patterns import pattern
from .._core.posix import INHERITED, SYSTEM_DIRECTORIES
from . import shell_fish, shell_powershell, shell_sh

SHELLS = ("sh", "bash", "zsh", "fish", "powershell")
#: in place of a shell: for a file that sh or bash reads, and zsh too
ANY = "any"

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_QUOTED = r"'(?:[^']|'\\.')*'"
_LINE = pattern(
    rf"_gopher_devbox (?P<verb>export|default|former|path|sweep)(?: (?P<name>\w+))?(?P<texts>(?: {_QUOTED})+)\Z"
)


@dataclass(frozen=True)
class Settings:
    """What a source says.

    variables: name to value, without PATH. path: PATH's entries, with `$PATH` once for those inherited; () leaves PATH
    alone. retired: entries of ours that are taken off PATH. former: name to the values it had by us before. sweep:
    whether entries that are other Go SDKs' go as well. system: whether it is for everybody; then each person's own
    values win. What is said twice is said once, and no former values are none.
    """

    variables: t.Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    former: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sweep: bool = False
    system: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", tuple(dict.fromkeys(self.path)))
        object.__setattr__(self, "retired", tuple(dict.fromkeys(self.retired)))
        object.__setattr__(self, "former", {name: tuple(texts) for name, texts in self.former.items() if texts})

    @property
    def leading(self) -> tuple[str, ...]:
        """The entries before the inherited ones."""
        return self.path[: self.path.index(INHERITED)] if self.path else ()

    @property
    def trailing(self) -> tuple[str, ...]:
        """The entries behind the inherited ones."""
        return self.path[self.path.index(INHERITED) + 1 :] if self.path else ()


def cannot_hold(text: str) -> str | None:
    """What keeps a text from being written so that every shell reads it exactly, or None."""
    return control_problem(text)


def _check(settings: Settings) -> None:
    """Raises ValueError for what a source cannot hold."""
    for name in (*settings.variables, *settings.former):
        if not _NAME.match(name) or name == "PATH":
            raise ValueError(f"{name!r} is not a name of a variable that a source holds.")
    for text in (*settings.variables.values(), *(text for texts in settings.former.values() for text in texts)):
        problem = cannot_hold(text)
        if problem:
            raise ValueError(f"{text!r} {problem}")
    for entry in (*settings.path, *settings.retired):
        problem = "is empty." if not entry else "has a ':' in it." if ":" in entry else cannot_hold(entry)
        if problem:
            raise ValueError(f"The PATH entry {entry!r} {problem}")
    if settings.path and INHERITED not in settings.path or INHERITED in settings.retired:
        raise ValueError(
            f"{INHERITED} must stand among PATH's entries, and not among the "
            f"retired: {settings.path!r}, {settings.retired!r}"
        )


# --- the source ------------------------------------------------------------------------------------------------------

_FOR_EVERYBODY = (
    "# The Go environment of everybody on this machine. gopher.devbox manages this file: it "
    "overwrites what is changed here."
)
_FOR_ONE = "# Your Go environment. gopher.devbox manages this file: it overwrites what is changed here."
_ADVICE = (
    "# What you set yourself goes into a start file of yours (.profile, .bashrc, .zshrc, config.fish), "
    "behind the lines that read this one."
)


def _quote(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"'\\\1'", text) + "'"


def _unquoted(texts: str) -> list[str]:
    return [re.sub(r"'\\(.)'", r"\1", text[1:-1]) for text in re.findall(_QUOTED, texts)]


def format_source(settings: Settings) -> str:
    """The source as text. Raises ValueError for settings that no source can hold: see `cannot_hold`; PATH entries also
    have no colon.
    """
    _check(settings)
    verb = "default" if settings.system else "export"
    lines = [_FOR_EVERYBODY if settings.system else _FOR_ONE, _ADVICE, *_shortcut(settings), shell_sh.BEGIN]
    for name, value in sorted(settings.variables.items()):
        lines.append(" ".join(["_gopher_devbox", verb, name, *map(_quote, (value, *settings.former.get(name, ())))]))
    for name, values in sorted(settings.former.items()):
        if name not in settings.variables:
            lines.append(" ".join(["_gopher_devbox former", name, *map(_quote, values)]))
    if settings.path or settings.retired or settings.sweep:
        verb = "sweep" if settings.sweep else "path"
        lines.append(
            " ".join(["_gopher_devbox", verb, _quote(":".join(settings.path)), _quote(":".join(settings.retired))])
        )
    return "\n".join(lines) + shell_sh.END


def _shortcut(settings: Settings) -> list[str]:
    """Lines for sh, bash and zsh that end the reading where everything is already as the rest would make it: in nested
    shells, and in the second start file that reads the source. They only compare; settings for which that is not enough
    get none.
    """
    goroot = settings.variables.get("GOROOT", "")
    if settings.sweep or settings.trailing or not settings.leading or goroot and settings.leading[0] != f"{goroot}/bin":
        return []
    once = [
        entry
        for entry in dict.fromkeys((*settings.leading, *settings.retired))
        if entry in settings.leading or entry not in SYSTEM_DIRECTORIES
    ]
    doubled = " | ".join(f"*{_quote(f':{entry}:')}*" for entry in once)
    others = {name: value for name, value in sorted(settings.variables.items()) if name != "GOROOT"}
    held = "\t".join(["${GOROOT-}", "${_GO_ENV_GOROOT-}", "${_gd_again-}", *(f"${{{name}-}}" for name in others)])
    first = f"{goroot}\t{goroot}\t"
    right = f"{_quote(first + 'n')}* | {_quote(chr(9).join([goroot, goroot, '', *others.values()]))}"
    runs = (
        f"if \\[ -x {_quote(f'{goroot}/bin/go')} ] && \\[ ! -d {_quote(f'{goroot}/bin/go')} ]; then "
        if goroot
        else "if \\:; then "
    )
    path = ":".join(settings.leading)
    return [
        "# Where everything is as it should be, the rest is not needed.",
        f"case ${{_GO_ENV_NAMES+n}}${{PATH-}}: in {_quote(f'{path}:')}*)",
        f"    case ${{PATH#{_quote(path)}}}: in {doubled}) ;; *)",
        f'        case "{held}" in {right})',
        f"            case a in A) ;; *) {runs}\\unset -v _gd_again; \\return 0; fi ;; esac ;;",
        "        esac ;;",
        "    esac ;;",
        "esac",
    ]


def parse_source(text: str) -> Settings:
    """The settings that `format_source` wrote. Raises ValueError for what it cannot have written, byte for byte."""
    variables: dict[str, str] = {}
    former: dict[str, tuple[str, ...]] = {}
    path: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    sweep = False
    for found in filter(None, map(_LINE.match, text.split("\n"))):
        name, texts = found.group("name") or "", _unquoted(found.group("texts"))
        if found.group("verb") in ("path", "sweep"):
            path, retired = (tuple(text.split(":")) if text else () for text in (*texts, "", "")[:2])
            sweep = found.group("verb") == "sweep"
            continue
        if found.group("verb") != "former":
            variables[name] = texts.pop(0)
        former.update({name: tuple(texts)} if texts else {})
    settings = Settings(variables, path, retired, former, sweep, text.startswith(_FOR_EVERYBODY))
    if format_source(settings) != text:
        raise ValueError("holds something that was not written here.")
    return settings


# --- hooks -----------------------------------------------------------------------------------------------------------


def hook(
    shell: str,
    source_path: str,
    again: bool = False,
    user_source: str | None = None,
    system_source: str | None = None,
    followed: bool = False,
    first: str = "",
) -> str:
    """What a shell's start file needs to bring the source at `source_path` into effect.

    source_path, first: one that begins with ~/ is below the home of whoever reads it.
    again: only put PATH and GOROOT right; another start file has set the variables. user_source: for the machine scope,
    where a person's own source is below the home directory (`/.config/...`, which XDG_CONFIG_HOME may move). Only fish
    needs it, which reads the system's files last. system_source: for a file whose other lines may have disturbed what
    the machine scope did. followed: a later start file of this shell has the lines for `again`; for fish, which reads
    those of the first one then, `first` is its path. Raises ValueError for a path that cannot be written, and for a
    shell there is no hook for.
    """
    for path in filter(None, (source_path, system_source, first)):
        problem = cannot_hold(path)
        if problem:
            raise ValueError(f"{path!r} {problem}")
    comment = f"# gopher.devbox manages these lines. They bring the Go environment of {source_path} into effect.\n"
    if shell in ("sh", "bash", "zsh", ANY):
        return comment + shell_sh.hook(shell, source_path, again, system_source)
    if shell == "fish":
        return comment + (
            shell_fish.last(first) if again else shell_fish.hook(source_path, user_source, system_source, followed)
        )
    if shell == "powershell":
        return comment + shell_powershell.hook(source_path, again)
    raise ValueError(f"{shell!r} is none of {', '.join(SHELLS)}.")


# --- systemd ---------------------------------------------------------------------------------------------------------


def format_environment_d(settings: Settings) -> str:
    """The values as a file of systemd's environment.d (man environment.d; systemd src/basic/env-file.c, env-util.c).

    Between double quotes a backslash escapes a quote and itself; what comes out is then looked through for `$NAME`,
    where `$$` is a dollar. Retired entries and `sweep` have no place here: a session's PATH begins with what the system
    has. In the machine scope a variable that is set before stays, as in the shells, an empty one too; but for a value
    with a brace in it, which systemd could not read then. There is no GOROOT in it: systemd cannot judge which go is
    the first on PATH. Raises ValueError as `format_source`.
    """
    _check(settings)
    lines = [_FOR_EVERYBODY if settings.system else _FOR_ONE]
    for name, value in sorted(settings.variables.items()):
        if name == "GOROOT":
            continue
        text = _systemd_escaped(value) or f"${{{name}:+}}"  # which is empty; nothing at all would be an error
        if settings.system and _has_no_braces(value):
            text = f"${{{name}:-{_systemd_escaped(value)}}}"
        lines.append(f'{name}="{text}"')
    if settings.path:
        entries = ["${PATH}" if entry == INHERITED else _systemd_escaped(entry) for entry in settings.path]
        lines.append(f'PATH="{":".join(entries)}"')
    return "\n".join(lines) + "\n"


def _systemd_escaped(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text).replace("$", "$$")


def _has_no_braces(text: str) -> bool:
    """Whether `${NAME:-text}` ends where it should: systemd counts braces, and knows no way to escape one."""
    return not re.search(r"[{}]", text)
