# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The source: one file that holds a scope's values for every shell, and the hooks that bring it into effect. Pure (facts 10).

sh, bash and zsh read the source as it is. It defines one function and calls it once for each datum, one a line:

    _gopher_devbox export NAME 'value' 'former value'...     (the user scope: always)
    _gopher_devbox default NAME 'value' 'former value'...    (the system scope: only where nothing else was set)
    _gopher_devbox former NAME 'former value'...             (of a variable that is not managed any more)
    _gopher_devbox path 'first:entries:$PATH:last' 'retired:entries'
    _gopher_devbox sweep ...                                 (as path, and other Go SDKs' entries go)

fish and PowerShell cannot read sh; their hooks look for these lines and do the same with them. All texts are quoted in one way, which
sh and one regular expression read alike: between single quotes, with `'\''` for a quote and `'\\'` for a backslash.

What is done to PATH is judged by what PATH holds, never by a variable that says it was done: programs hand variables on for weeks, and an
upgrade would then go unnoticed. The tests have a model of what a shell makes of an environment, and hold every shell to it.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._env.patterns import pattern
from .._env.posix import INHERITED, SYSTEM_DIRECTORIES
from .._env.rules import control_problem

SHELLS = ("sh", "bash", "zsh", "fish", "powershell")

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_QUOTED = r"'(?:[^']|'\\.')*'"
_LINE = pattern(rf"_gopher_devbox (?P<verb>export|default|former|path|sweep)(?: (?P<name>\w+))?(?P<texts>(?: {_QUOTED})+)\Z")


@dataclass(frozen=True)
class Settings:
    """What a source says.

    variables: name to value, without PATH. path: PATH's entries, with `$PATH` once for those inherited; () leaves PATH alone. retired: entries of
    ours that are taken off PATH. former: name to the values it had by us before. sweep: whether entries that are other Go SDKs' go as well.
    system: whether it is for everybody; then each person's own values win. What is said twice is said once, and no former values are none.
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
            raise ValueError(f"{name!r} is no name of a variable that a source holds.")
    for text in (*settings.variables.values(), *(text for texts in settings.former.values() for text in texts)):
        problem = cannot_hold(text)
        if problem:
            raise ValueError(f"{text!r} {problem}")
    for entry in (*settings.path, *settings.retired):
        problem = "is empty." if not entry else "has a ':' in it." if ":" in entry else cannot_hold(entry)
        if problem:
            raise ValueError(f"The PATH entry {entry!r} {problem}")
    if settings.path and INHERITED not in settings.path or INHERITED in settings.retired:
        raise ValueError(f"{INHERITED} must stand among PATH's entries, and not among the retired: {settings.path!r}, {settings.retired!r}")


# --- the source ------------------------------------------------------------------------------------------------------

_FOR_EVERYBODY = "# The Go environment of everybody on this machine. gopher.devbox manages this file: it overwrites what is changed here."
_FOR_ONE = "# Your Go environment. gopher.devbox manages this file: it overwrites what is changed here."
_ADVICE = "# What you set yourself goes into a start file of yours (.profile, .bashrc, .zshrc, config.fish), behind the lines that read this one."

# For every POSIX shell and zsh, whatever options, aliases and functions it has: builtins only, backslashes against aliases, texts compared by
# `case`. Nothing fails openly: in dash and bash `set -e` counts in a file that is read, whatever stands around the reading.
_FUNCTION = r"""
_gopher_devbox_export() {
    # Of a read-only variable not a word.
    case ${ZSH_VERSION:+zsh} in
    zsh) \eval "case \${(t)$1} in *readonly*) ;; *) \\builtin export \"\$1=\$2\" ;; esac" ;;
    *) \command export "$1=$2" 2>&- || \: ;;
    esac
}

_gopher_devbox() {
    case ${ZSH_VERSION:+zsh} in zsh) \builtin emulate -L sh ;; esac
    # With nocasematch bash takes /opt/Go for /opt/go.
    case A in a) \builtin shopt -u nocasematch; _gopher_devbox "$@"; \builtin shopt -s nocasematch; \return 0 ;; esac
    case $1${_gd_again-},$2 in
    export,*)
        _gopher_devbox_export "$2" "$3"
        ;;
    default,*)
        # What somebody set stays. An empty value is replaced, and one that was set here earlier.
        \eval "_gd_now=\${$2-}"
        _gd_name=$2 _gd_new=$3
        \shift 3
        for _gd_entry in '' "$@"; do
            case $_gd_now in "$_gd_entry") _gopher_devbox_export "$_gd_name" "$_gd_new"; \break ;; esac
        done
        ;;
    path*,?* | sweep*,?*)
        # Lists are written ':a:b' (first, kept, head, rest), ':a:b:' (ours, gone, order, bins) and 'a:b:' (last, todo).
        _gd_ours=:$2:
        _gd_first=${_gd_ours%%':$PATH:'*} _gd_last=${_gd_ours#*':$PATH:'}
        _gd_ours=$_gd_first:$_gd_last _gd_gone=:$3${3:+:} _gd_order=$_gd_first: _gd_bins=@BINS@
        _gd_kept= _gd_head= _gd_rest= _gd_late= _gd_seen= _gd_replaced= _gd_good= _gd_todo=${PATH-}${PATH:+:}
        while \[ -n "$_gd_todo" ]; do
            _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
            case $_gd_first: in
            *":$_gd_entry:"*)
                case $_gd_seen$_gd_late in '') _gd_head=$_gd_rest _gd_rest= ;; esac
                _gd_seen=y
                case $_gd_kept: in *":$_gd_entry:"*) \continue ;; esac
                case $_gd_order in "$_gd_first:") _gd_good=${_gd_late:-y} ;; esac
                case $_gd_order in ":$_gd_entry:"*) _gd_order=${_gd_order#":$_gd_entry"} ;; *) _gd_order=no ;; esac
                _gd_kept=$_gd_kept:$_gd_entry
                \continue
                ;;
            esac
            case $_gd_bins in
            *":$_gd_entry:"*)
                _gd_late=n
                ;;
            *)
                case $_gd_ours in
                *":$_gd_entry:"*) ;;
                *)
                    case $_gd_gone in
                    *":$_gd_entry:"*)
                        case $_gd_seen$_gd_late in '') _gd_head=$_gd_rest _gd_rest= ;; esac
                        _gd_seen=y _gd_replaced=y
                        \continue
                        ;;
                    esac
                    case $1$_gd_entry in
                    sweep/*)
                        # Another Go SDK's bin directory.
                        if \[ -x "$_gd_entry/go" ] && \[ ! -d "$_gd_entry/go" ] && \[ -f "$_gd_entry/../VERSION" ]; then \continue; fi
                        ;;
                    esac
                    ;;
                esac
                ;;
            esac
            case $_gd_ours in *":$_gd_entry:"*) case $_gd_kept: in *":$_gd_entry:"*) \continue ;; esac ;; esac
            _gd_kept=$_gd_kept:$_gd_entry _gd_rest=$_gd_rest:$_gd_entry
        done
        # Ours stay where they stand in order before the system's; or they take the place of those they replace; or they go to the front.
        case $_gd_order$_gd_good,$_gd_replaced in
        :y,*) ;;
        *,y) _gd_kept=$_gd_head$_gd_first$_gd_rest ;;
        *) _gd_kept=$_gd_first$_gd_head$_gd_rest ;;
        esac
        while \[ -n "$_gd_last" ]; do
            _gd_entry=${_gd_last%%:*} _gd_last=${_gd_last#*:}
            case $_gd_kept: in *":$_gd_entry:"*) ;; *) _gd_kept=$_gd_kept:$_gd_entry ;; esac
        done
        case ${_gd_kept#:} in '' | "${PATH-}") ;; *) _gopher_devbox_export PATH "${_gd_kept#:}" ;; esac
        ;;
    esac
}
""".replace("@BINS@", f":{':'.join(SYSTEM_DIRECTORIES)}:")

_LEAVE = r"""
\unset -v _gd_again _gd_now _gd_name _gd_new _gd_entry _gd_ours _gd_first _gd_last _gd_gone _gd_order _gd_bins
\unset -v _gd_kept _gd_head _gd_rest _gd_late _gd_seen _gd_replaced _gd_good _gd_todo
\unset -f _gopher_devbox _gopher_devbox_export
"""


def _quote(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"'\\\1'", text) + "'"


def _unquoted(texts: str) -> list[str]:
    return [re.sub(r"'\\(.)'", r"\1", text[1:-1]) for text in re.findall(_QUOTED, texts)]


def format_source(settings: Settings) -> str:
    """The source as text. Raises ValueError for settings that no source can hold: see `cannot_hold`; PATH entries also have no colon."""
    _check(settings)
    verb = "default" if settings.system else "export"
    lines = [_FOR_EVERYBODY if settings.system else _FOR_ONE, _ADVICE, *_FUNCTION.rstrip("\n").split("\n"), ""]
    for name, value in sorted(settings.variables.items()):
        lines.append(" ".join(["_gopher_devbox", verb, name, *map(_quote, (value, *settings.former.get(name, ())))]))
    for name, values in sorted(settings.former.items()):
        if name not in settings.variables:
            lines.append(" ".join(["_gopher_devbox former", name, *map(_quote, values)]))
    if settings.path or settings.retired or settings.sweep:
        verb = "sweep" if settings.sweep else "path"
        lines.append(" ".join(["_gopher_devbox", verb, _quote(":".join(settings.path)), _quote(":".join(settings.retired))]))
    return "\n".join(lines) + _LEAVE


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

_HOOK_COMMENT = "# gopher.devbox manages these lines. They bring the Go environment of @SOURCE@ into effect.\n"

# The function hands on the exit status that there was; a failure left of && ends no shell, `set -e` or not.
_SH = r"""_gd_status=$?
_gopher_devbox_hook() {
    @BEFORE@\unset -f _gopher_devbox_hook
    \unset -v _gd_status
    if \[ -r @SOURCE@ ]; then @READ@ @SOURCE@; fi
    \return "$1"
}
_gopher_devbox_hook "$_gd_status" && \:
"""

# All lines are taken apart at once: each call of a builtin with its own substitution costs fish some 30 microseconds.
_FISH = r"""begin
    set -l bins @BINS@
    set -l quoted '\'(?:[^\']|\'\\\\.\')*\''
    set -l escaped '\'\\\\(.)\''
    set -l sources @SOURCE@
@USER@    for source in $sources
        test -r $source; or continue
        set -l lines (string match -r '^_gopher_devbox (?:@VERBS@) .*' <$source)
        set -q lines[1]; or continue
        set -l verbs (string replace -r '^\w+ (\w+) .*' '$1' -- $lines)
        set -l names (string replace -r '^\w+ \w+ (\w*) ?\'.*' '$1' -- $lines)
        set -l texts (string replace -r '^[^\']*\'((?:[^\']|\'\\\\.\')*)\'.*' '$1' -- $lines | string replace -ar $escaped '$1')
        for verb in $verbs
            set -l line $lines[1]
            set -l name $names[1]
            set -l text $texts[1]
            set -e lines[1]
            set -e names[1]
            set -e texts[1]
            switch $verb
                case export
                    set -gx $name $text
                case default
                    # What somebody set stays. An empty value is replaced, and one that was set here earlier.
                    set -q $name; and contains -- "$$name" $text; and continue
                    if test -n "$$name"
                        set -l former (string match -ar $quoted -- $line | string replace -r '^\'(.*)\'$' '$1' | string replace -ar $escaped '$1')
                        set -e former[1]
                        contains -- "$$name" $former; or continue
                    end
                    set -gx $name $text
                case path sweep
                    test -n "$text"; or continue
                    set -l first
                    set -l last
                    set -l inherited
                    for entry in (string split : -- $text)
                        if contains -- $entry '$PATH'
                            set inherited y
                        else if set -q inherited[1]
                            set last $last $entry
                        else
                            set first $first $entry
                        end
                    end
                    set -l gone (string replace -r '^[^\']*'$quoted' \'(.*)\'$' '$1' -- $line | string replace -ar $escaped '$1' | string split :)
                    set -l kept
                    set -l head
                    set -l rest
                    set -l order $first
                    set -l late
                    set -l seen
                    set -l begun
                    set -l good
                    set -l replaced
                    for entry in $PATH
                        if not contains -- $entry $bins $first $last $gone
                            # Another Go SDK's bin directory goes, where that is wanted.
                            if test $verb = sweep; and test -x $entry/go; and test -f $entry/../VERSION; and test ! -d $entry/go
                                string match -q '/*' -- $entry; and continue
                            end
                            set kept $kept $entry
                            set rest $rest $entry
                            continue
                        end
                        if contains -- $entry $first
                            if not set -q seen[1]; and not set -q late[1]
                                set head $rest
                                set rest
                            end
                            set seen y
                            contains -- $entry $kept; and continue
                            if not set -q begun[1]
                                set begun y
                                set -q late[1]; or set good y
                            end
                            if contains -- $entry $order[1]
                                set -e order[1]
                            else
                                set order ''
                            end
                            set kept $kept $entry
                            continue
                        end
                        if contains -- $entry $bins
                            set late y
                            contains -- $entry $last; and contains -- $entry $kept; and continue
                        else if contains -- $entry $last
                            contains -- $entry $kept; and continue
                        else if test -n "$entry"
                            if not set -q seen[1]; and not set -q late[1]
                                set head $rest
                                set rest
                            end
                            set seen y
                            set replaced y
                            continue
                        end
                        set kept $kept $entry
                        set rest $rest $entry
                    end
                    # Ours stay where they stand in order before the system's; or they take the place of those they replace; or they go to the front.
                    if set -q order[1]; or not set -q good[1]
                        if set -q replaced[1]
                            set kept $head $first $rest
                        else
                            set kept $first $head $rest
                        end
                    end
                    for entry in $last
                        contains -- $entry $kept; or set kept $kept $entry
                    end
                    set -q kept[1]; and set -gx PATH $kept
                    set bins $bins $first
            end
        end
    end
end
"""

# fish reads the conf.d of the person before the system's: theirs is asserted again, in front of the system's entries.
_FISH_USER = r"""    for source in @USERS@
        if test -r $source
            set sources $sources $source
            break
        end
    end
"""

# The language, and cmdlets that constrained language mode has as well. .NET takes `..` by its text and knows no right to execute: an entry that
# is a link to another SDK's bin stays.
_POWERSHELL = r"""& {
    $bins = @BINS@
    $lines = @()
    try {
        switch -Regex -CaseSensitive -File @SOURCE@ { '^_gopher_devbox (?:@VERBS@) ' { $lines += $_ } }
    } catch { }
    foreach ($line in $lines) {
        $texts = @()
        $number = 0
        foreach ($part in ($line -csplit "('(?:[^']|'\\.')*')")) {
            if ($number % 2) { $texts += ($part -creplace "^'|'`$", '') -creplace "'\\(.)'", '$1' }
            $number++
        }
        $verb, $name = ($line -csplit ' ', 4)[1, 2]
        if ($verb -cin 'path', 'sweep') {
            if ($texts[0] -ceq '') { continue }
            $first = @()
            $last = @()
            $inherited = $false
            foreach ($entry in ($texts[0] -csplit ':')) {
                if ($entry -ceq '$PATH') { $inherited = $true } elseif ($inherited) { $last += $entry } else { $first += $entry }
            }
            $gone = @(if ($texts[1] -cne '') { $texts[1] -csplit ':' })
            $kept = @()
            $head = @()
            $rest = @()
            $next = 0
            $late = $seen = $begun = $good = $replaced = $false
            foreach ($entry in @(if ("$env:PATH" -cne '') { $env:PATH -csplit ':' })) {
                if ($first -ccontains $entry) {
                    if (-not ($seen -or $late)) { $head = $rest; $rest = @() }
                    $seen = $true
                    if ($kept -ccontains $entry) { continue }
                    if (-not $begun) { $begun = $true; $good = -not $late }
                    if ($next -ge 0 -and $entry -ceq $first[$next]) { $next++ } else { $next = -1 }
                    $kept += $entry
                    continue
                }
                if ($bins -ccontains $entry) { $late = $true }
                elseif ($last -ccontains $entry) { }
                elseif ($gone -ccontains $entry) {
                    if (-not ($seen -or $late)) { $head = $rest; $rest = @() }
                    $seen = $replaced = $true
                    continue
                }
                elseif ($verb -ceq 'sweep' -and $entry -clike '/*' -and (Test-Path -LiteralPath "$entry/go" -PathType Leaf)) {
                    if (Test-Path -LiteralPath "$entry/../VERSION" -PathType Leaf) { continue }  # another Go SDK's bin directory
                }
                if ($last -ccontains $entry -and $kept -ccontains $entry) { continue }
                $kept += $entry
                $rest += $entry
            }
            # Ours stay where they stand in order before the system's; or they take the place of those they replace; or they go to the front.
            if (-not ($good -and $next -eq $first.Count)) { $kept = @(if ($replaced) { $head + $first + $rest } else { $first + $head + $rest }) }
            foreach ($entry in $last) { if ($kept -cnotcontains $entry) { $kept += $entry } }
            $text = $kept -join ':'
            if ($text -cne '' -and $text -cne $env:PATH) { $env:PATH = $text }
            continue
        }
        # What somebody set stays. An empty value is replaced, and one that was set here earlier.
        if ($verb -ceq 'default' -and (Test-Path -LiteralPath "Env:$name")) {
            $now = (Get-Item -LiteralPath "Env:$name").Value
            $null, $former = $texts
            if ($now -cne '' -and @($former) -cnotcontains $now) { continue }
        }
        Set-Item -LiteralPath "Env:$name" -Value $texts[0]
    }
}
"""


def hook(shell: str, source_path: str, again: bool = False, user_source: str | None = None) -> str:
    """What a shell's start file needs to bring the source at `source_path` into effect.

    again: only put PATH right; another start file has set the variables. user_source: for the system scope, where a person's own source
    stands below the home directory (`/.config/...`, which XDG_CONFIG_HOME may move). Only fish needs it, which reads the system's files last.
    Raises ValueError for a path that cannot be written, and for a shell there is no hook for.
    """
    problem = cannot_hold(source_path)
    if problem:
        raise ValueError(f"{source_path!r} {problem}")
    verbs = "path|sweep" if again else "export|default|path|sweep"
    comment = _HOOK_COMMENT.replace("@SOURCE@", source_path)
    if shell in _READ:
        prepare, read = _READ[shell]
        before = prepare + ("_gd_again=n\n    " if again else "")
        return comment + _fill(_SH, SOURCE=_sh_quote(source_path), BEFORE=before, READ=read)
    if shell == "fish":
        user = _fill(_FISH_USER, USERS=_fish_places(user_source)) if user_source else ""
        return comment + _fill(_FISH, BINS=" ".join(SYSTEM_DIRECTORIES), VERBS=verbs, USER=user, SOURCE=_fish_quote(source_path))
    if shell == "powershell":
        bins = ", ".join(map(_powershell_quote, SYSTEM_DIRECTORIES))
        return comment + _fill(_POWERSHELL, BINS=bins, VERBS=verbs, SOURCE=_powershell_quote(re.sub(r"([`*?\[\]])", r"`\1", source_path)))
    raise ValueError(f"{shell!r} is none of {', '.join(SHELLS)}.")


#: what goes before everything, and the words that read a file. A function named `.` (zsh's plugin managers have one) is passed over.
_READ = {
    "sh": ("", r"\."),
    "bash": ("", r"\builtin ."),
    "zsh": ("\\builtin emulate -L sh\n    ", r"\builtin ."),
}


def _fill(template: str, **parts: str) -> str:
    """The template with its parts, in one pass: what is put in is not looked at again."""
    return re.sub(r"@([A-Z]+)@", lambda found: parts[found.group(1)], template)


def _sh_quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quote(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def _fish_places(user_source: str) -> str:
    """A variable that is not set makes no word in fish."""
    config = "/.config/"
    moved = f"$XDG_CONFIG_HOME{_fish_quote(user_source[len(config) - 1 :])} " if user_source.startswith(config) else ""
    return f"{moved}$HOME{_fish_quote(user_source)}"


def _powershell_quote(text: str) -> str:
    """PowerShell takes typographic single quotes for quotes, too; a doubled one stands for itself."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


# --- systemd ---------------------------------------------------------------------------------------------------------


def format_environment_d(settings: Settings) -> str:
    """The values as a file of systemd's environment.d (man environment.d; systemd src/basic/env-file.c, env-util.c).

    Between double quotes a backslash escapes a quote and itself; what comes out is then looked through for `$NAME`, where `$$` is a dollar.
    Retired entries and `sweep` have no place here: a session's PATH begins with what the system has. In the system scope a variable
    that is set before stays, as in the shells, an empty one too; but for a value with a brace in it, which systemd could not read then.
    Raises ValueError as `format_source`.
    """
    _check(settings)
    lines = [_FOR_EVERYBODY if settings.system else _FOR_ONE]
    for name, value in sorted(settings.variables.items()):
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
