# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts for sh, bash and zsh: the functions of a source, and the hook that reads it. Constant but for what is
filled in. Pure.

For every POSIX shell and zsh, whatever options, aliases and functions it has: builtins only, backslashes against
aliases, texts compared by `case`. Nothing fails openly: in dash and bash `set -e` counts in a file that is read,
whatever is around the reading. No process is started.
"""

from __future__ import annotations

from .._core.posix import SYSTEM_DIRECTORIES
from .templates import fill, sh_path, sh_quote

#: How entries are arranged that are on PATH already. A text that is only evaluated where it is needed: shells take long
#: to parse it.
_ARRANGE = r"""
# Lists are written ':a:b' (first, behind, kept, head, rest), ':a:b:' (ours, gone, order, bins) and 'a:b:' (last, todo).
_gd_theirs= _gd_behind= _gd_sweep= _gd_spare= _gd_spared=
# _gd_go: of ours, the first with a go. Other SDKs are taken out only where there is one in their place.
_gd_go=
case $1,$_gd_now in
path*,) ;;
*)
    _gopher_devbox_first "${_gd_first#:}${_gd_first:+:}$_gd_last"
    ;;
esac
case $1,$_gd_go in sweep*,?*) _gd_sweep=y ;; esac
# Somebody else's GOROOT that is left as it is: the go of ours that is another one comes behind theirs.
if \[ -n "$_gd_now" ] && _gopher_devbox_has_go "$_gd_now/bin"; then _gd_theirs=$_gd_now/bin/go _gd_spare=$_gd_now/bin/go; fi
case $_gd_verb in export) if \[ "$_gd_root/bin/go" -ef "$_gd_go" ]; then _gd_theirs=; fi ;; esac
case $_gd_theirs in ?*)
    case $_gd_verb in export) _gd_verb=default ;; esac # so it stays
    _gd_todo=${_gd_first#:}${_gd_first:+:}'$PATH':$_gd_last _gd_first= _gd_last= _gd_kept=first
    while \[ -n "$_gd_todo" ]; do
        _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
        case $_gd_entry in '$PATH') _gd_kept=last; \continue ;; esac
        if _gopher_devbox_has_go "$_gd_entry" && \[ ! "$_gd_entry/go" -ef "$_gd_theirs" ]; then
            _gd_behind=$_gd_behind:$_gd_entry
        else
            case $_gd_kept in first) _gd_first=$_gd_first:$_gd_entry ;; *) _gd_last=$_gd_last$_gd_entry: ;; esac
        fi
    done
    ;;
esac
_gd_ours=$_gd_first:$_gd_last _gd_gone=:$3${3:+:} _gd_order=$_gd_first: _gd_bins=@BINS@
_gd_kept= _gd_head= _gd_rest= _gd_late= _gd_seen= _gd_replaced= _gd_good= _gd_todo=$_gd_path${_gd_path:+:}
while \[ -n "$_gd_todo" ]; do
    _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
    case $_gd_behind: in *":$_gd_entry:"*) \continue ;; esac
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
            case $_gd_sweep$_gd_entry in
            y/*)
                # Another Go SDK's bin directory.
                if _gopher_devbox_has_go "$_gd_entry" && \[ -f "$_gd_entry/../VERSION" ]; then
                    if \[ ! "$_gd_entry/go" -ef "$_gd_spare" ]; then \continue; fi
                    _gd_spared=$_gd_spared:$_gd_entry
                fi
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
case $_gd_behind in ?*)
    _gd_todo=${_gd_kept#:}${_gd_kept:+:} _gd_kept=
    while \[ -n "$_gd_todo" ]; do
        _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
        _gd_kept=$_gd_kept:$_gd_entry
        if \[ "${_gd_entry:-.}/go" -ef "$_gd_theirs" ]; then _gd_kept=$_gd_kept$_gd_behind _gd_theirs=; fi
    done
    ;;
esac
# The SDK of a GOROOT that gives way to ours goes too; where ours is not the first, it stays.
case $_gd_verb$_gd_spared in export?*)
    _gopher_devbox_first "${_gd_kept#:}"
    _gd_todo=${_gd_kept#:}:
    if \[ "$_gd_root/bin/go" -ef "$_gd_go" ]; then _gd_kept=; else _gd_todo=; fi
    while \[ -n "$_gd_todo" ]; do
        _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
        case $_gd_spared: in *":$_gd_entry:"*) ;; *) _gd_kept=$_gd_kept:$_gd_entry ;; esac
    done
    ;;
esac
""".replace("@BINS@", f":{':'.join(SYSTEM_DIRECTORIES)}:")

#: what stands before the data of a source
BEGIN = r"""_gopher_devbox_export() {
    # Of a read-only variable not a word.
    case ${ZSH_VERSION:+zsh} in
    zsh) \eval "case \${(t)$1} in *readonly*) ;; *) \\builtin export \"\$1=\$2\" ;; esac" ;;
    *) \command export "$1=$2" 2>&- || \: ;;
    esac
}

_gopher_devbox_unset() {
    case ${ZSH_VERSION:+zsh} in
    zsh) \eval "case \${(t)$1} in *readonly*) ;; *) \\builtin unset \"$1\" ;; esac" ;;
    *) \command unset -v "$1" 2>&- || \: ;;
    esac
}

# _gd_now: what variable $1 is without the project that was entered; _gd_slot: the variable that keeps it until the project is left; _gd_held: y when
# the project sets $1.
_gopher_devbox_below() {
    _gd_slot=$1 _gd_held= _gd_now= _gd_level=1
    case ${_GO_ENV_NAMES+y} in
    y)
        case " $_GO_ENV_NAMES " in *" $1 "*) _gd_slot= _gd_held=y ;; esac
        _gd_names=${_GO_ENV_1_NAMES-}
        while \[ -n "$_gd_names" ]; do
            case " $_gd_names " in *" $1 "*) _gd_slot=_GO_ENV_${_gd_level}_WAS_$1; \break ;; esac
            _gd_level=$((_gd_level + 1))
            \eval "_gd_names=\${_GO_ENV_${_gd_level}_NAMES-}"
        done
        ;;
    esac
    case $_gd_slot in ?*) \eval "_gd_now=\${$_gd_slot-}" ;; esac
}

# Sets variable $1 to $2, or where the project keeps it. After _gopher_devbox_below.
_gopher_devbox_set() {
    case $_gd_slot in ?*) _gopher_devbox_export "$_gd_slot" "$2" ;; esac
    case $_gd_held$_gd_slot in y* | "$1") ;; *) _gopher_devbox_export "$1" "$2" ;; esac
}

# Whether GOROOT, as _gd_now has it, was set by one of these sources.
_gopher_devbox_ours() {
    case $_gd_now in '') \return 1 ;; "${_GO_ENV_GOROOT-}") \return 0 ;; esac
    case $_gd_roots in *":$_gd_now:"*) \return 0 ;; *) \return 1 ;; esac
}

# Whether directory $1 has a go that can be run.
_gopher_devbox_has_go() { \[ -x "${1:-.}/go" ] && \[ ! -d "${1:-.}/go" ]; }

# _gd_go: the first go on the PATH $1.
_gopher_devbox_first() {
    _gd_go= _gd_todo=$1:
    while \[ -n "$_gd_todo" ]; do
        _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
        if _gopher_devbox_has_go "$_gd_entry"; then _gd_go=${_gd_entry:-.}/go; \break; fi
    done
}

_gopher_devbox() {
    case ${ZSH_VERSION:+zsh} in zsh) \builtin emulate -L sh ;; esac
    # With nocasematch bash takes /opt/Go for /opt/go.
    case A in a) \builtin shopt -u nocasematch; _gopher_devbox "$@"; \builtin shopt -s nocasematch; \return 0 ;; esac
    case $1${_gd_again-},${2-} in
    begin*)
        # _gd_path: PATH without the entries of the project that was entered; _gd_project: these, each with a colon behind it.
        _gd_verb= _gd_root= _gd_roots= _gd_project= _gd_path=${PATH-} _gd_todo=${_GO_ENV_PATH-}${_GO_ENV_PATH:+:}
        while \[ -n "$_gd_todo" ]; do
            _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
            case $_gd_entry in '') \continue ;; esac
            _gd_project=$_gd_project$_gd_entry:
            case :$_gd_path: in
            *":$_gd_entry:"*)
                _gd_rest=:$_gd_path:
                _gd_rest=${_gd_rest%%":$_gd_entry:"*}:${_gd_rest#*":$_gd_entry:"}
                _gd_rest=${_gd_rest#:}
                _gd_path=${_gd_rest%:}
                ;;
            esac
        done
        # The project's GOROOT is that of its go. What a line of a start file made of it counts once the project is left.
        case $_gd_project," ${_GO_ENV_NAMES-} " in ?*,*' GOROOT '*)
            _gopher_devbox_first "${_gd_project%:}"
            case $_gd_go in */bin/go)
                if \[ ! "${GOROOT-}/bin/go" -ef "$_gd_go" ]; then
                    _gopher_devbox_below GOROOT
                    case $_gd_slot,${GOROOT+y} in
                    ?*,y) _gopher_devbox_export "$_gd_slot" "$GOROOT" ;;
                    ?*,) _gopher_devbox_unset "$_gd_slot" ;;
                    esac
                    _gopher_devbox_export GOROOT "${_gd_go%/bin/go}"
                fi
                ;;
            esac
            ;;
        esac
        ;;
    export*,GOROOT | default*,GOROOT | former*,GOROOT)
        # Whether it is set is judged at the end. _gd_roots is written ':a:b:'.
        _gd_verb=$1
        \shift 2
        case $_gd_verb in former) ;; *) _gd_root=$1 ;; esac
        _gd_roots=:
        for _gd_entry in "$@"; do _gd_roots=$_gd_roots$_gd_entry:; done
        ;;
    export,*)
        case ${_GO_ENV_NAMES+y} in
        y) _gopher_devbox_below "$2"; _gopher_devbox_set "$2" "$3" ;;
        *) _gopher_devbox_export "$2" "$3" ;;
        esac
        ;;
    default,*)
        # What somebody set stays. An empty value is replaced, and one that was set here earlier.
        _gopher_devbox_below "$2"
        _gd_name=$2 _gd_new=$3
        \shift 3
        for _gd_entry in '' "$@"; do
            case $_gd_now in "$_gd_entry") _gopher_devbox_set "$_gd_name" "$_gd_new"; \break ;; esac
        done
        ;;
    path*,?* | sweep*,?*)
        _gd_ours=:$2:
        _gd_first=${_gd_ours%%':$PATH:'*} _gd_last=${_gd_ours#*':$PATH:'}
        _gopher_devbox_below GOROOT
        if _gopher_devbox_ours; then _gd_now=; fi
        # Most often none of these entries is on PATH yet.
        _gd_kept=$_gd_first${_gd_path:+:}$_gd_path${_gd_last:+:}${_gd_last%:} _gd_todo=$_gd_first:$_gd_last$3:
        case $1$_gd_now in path) ;; *) _gd_kept= ;; esac
        while \[ -n "$_gd_todo" ]; do
            _gd_entry=${_gd_todo%%:*} _gd_todo=${_gd_todo#*:}
            case $_gd_entry in '') \continue ;; esac
            case :$_gd_path: in *":$_gd_entry:"*) _gd_kept=; \break ;; esac
        done
        case $_gd_kept in '') \eval "$_gd_arrange" ;; esac
        case ${_gd_kept#:} in ?*) _gd_path=${_gd_kept#:} ;; esac
        ;;
    end*)
        # The project's entries are in front again, also after somebody set PATH anew.
        case $_gd_path in '') _gd_kept=${_gd_project%:} ;; *) _gd_kept=$_gd_project$_gd_path ;; esac
        case $_gd_kept in '' | "${PATH-}") ;; *) _gopher_devbox_export PATH "$_gd_kept" ;; esac
        case $_gd_kept in "${PATH-}") ;; *) _gd_path=${PATH-} ;; esac # it is read-only
        # GOROOT is that of the first go on PATH, or is not set. Somebody else's stays.
        case $_gd_roots${GOROOT-}${_GO_ENV_GOROOT-} in '') \return 0 ;; esac
        _gopher_devbox_below GOROOT
        _gopher_devbox_first "$_gd_path"
        if \[ -n "$_gd_root" ] && \[ "$_gd_root/bin/go" -ef "$_gd_go" ]; then
            case $_gd_verb,$_gd_now in export,* | *,'') ;; *) _gopher_devbox_ours || \return 0 ;; esac
            _gopher_devbox_set GOROOT "$_gd_root"
            _gopher_devbox_export _GO_ENV_GOROOT "$_gd_root"
        elif _gopher_devbox_ours && \[ ! "$_gd_now/bin/go" -ef "$_gd_go" ]; then
            case $_gd_slot in ?*) _gopher_devbox_unset "$_gd_slot" ;; esac
            case $_gd_held$_gd_slot in y* | GOROOT) ;; *) _gopher_devbox_unset GOROOT ;; esac
            _gopher_devbox_unset _GO_ENV_GOROOT
        fi
        ;;
    esac
}
_gd_arrange=@ARRANGE@
\_gopher_devbox begin
""".replace("@ARRANGE@", sh_quote(_ARRANGE))

#: what stands behind the data of a source
END = r"""
\_gopher_devbox end
\unset -v _gd_again _gd_now _gd_name _gd_new _gd_entry _gd_ours _gd_first _gd_last _gd_gone _gd_order _gd_bins
\unset -v _gd_theirs _gd_behind _gd_sweep _gd_spare _gd_spared
\unset -v _gd_kept _gd_head _gd_rest _gd_late _gd_seen _gd_replaced _gd_good _gd_todo _gd_verb _gd_root _gd_roots _gd_project _gd_path _gd_go
\unset -v _gd_slot _gd_held _gd_level _gd_names _gd_arrange
\unset -f _gopher_devbox _gopher_devbox_export _gopher_devbox_unset _gopher_devbox_below _gopher_devbox_set
\unset -f _gopher_devbox_ours _gopher_devbox_has_go _gopher_devbox_first
"""

# The function hands on the exit status that there was; a failure left of && ends no shell, `set -e` or not.
_HOOK = r"""_gd_status=$?
_gopher_devbox_hook() {
    @BEFORE@\unset -f _gopher_devbox_hook
    \unset -v _gd_status
    @ALSO@if \[ -r @SOURCE@ ]; then @READ@ @SOURCE@; fi
    \return "$1"
}
_gopher_devbox_hook "$_gd_status" && \:
"""

#: what goes before everything, and the words that read a file. A function named `.` (zsh's plugin managers have one) is
#: passed over.
_READ = {
    "sh": ("", r"\."),
    "bash": ("", r"\builtin ."),
    "zsh": ("\\builtin emulate -L sh\n    ", r"\builtin ."),
    "any": ("case ${ZSH_VERSION:+zsh} in zsh) \\builtin emulate -L sh ;; esac\n    ", r"\."),
}


def hook(shell: str, source_path: str, again: bool, system_source: str | None) -> str:
    """The lines of a start file of `sh`, `bash` or `zsh`, or of `any` of them, that read a source.

    again: only PATH and GOROOT. system_source: of the machine scope, whose PATH and GOROOT are put right before.
    """
    prepare, read = _READ[shell]
    again_first = "_gd_again=n\n    "
    also = (
        f"if \\[ -r {sh_quote(system_source)} ]; then {read} {sh_quote(system_source)}; fi\n    "
        if system_source
        else ""
    )
    before = prepare + (again_first if again and not also else "")
    if also:
        also = f"{again_first}{also}" + (again_first if again else "\\unset -v _gd_again\n    ")
    return fill(_HOOK, SOURCE=sh_path(source_path), BEFORE=before, READ=read, ALSO=also)
