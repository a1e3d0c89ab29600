# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of go-env.sh and .envrc, with places to fill in (`templates.fill`). Pure."""

from __future__ import annotations

PRINTED = (
    '_go_env_print PATH "${PATH-}"; _go_env_print _GO_ENV_NAMES "$_GO_ENV_NAMES"; _go_env_print '
    '_GO_ENV_PATH "$_GO_ENV_PATH"'
)


HEAD = r"""# The Go environment of this project, for this shell only. gopher.devbox manages this file: it overwrites what is changed here.
#
#   . ./go-env.sh            enter: sets @SETS@
#   go-env pop               leave (go_env pop in shells that know no such name, or: set -- pop; . ./go-env.sh)
#   sh go-env.sh env FILE    write what entering would set to FILE, as NAME=value lines; changes no environment
#   sh go-env.sh run PROGRAM [ARGUMENT...]    run a program in that environment
"""


# For every POSIX shell and zsh, whatever options, aliases and functions it has. Only versions are taken from a
# project's files.
FUNCTIONS = r"""
_go_env_say() { \printf 'go-env: %s\n' "$*" >&2; }

_go_env_put() {
    case ${ZSH_VERSION:+zsh} in
    zsh) \builtin export "$1=$2" ;;
    *) \command export "$1=$2" ;;
    esac
}

# _ge_value: what a variable holds; _ge_set: y when it is set.
_go_env_get() { \eval "_ge_set=\${$1+y} _ge_value=\${$1-}"; }

# Copies variable $1 to variable $2, which is unset when $1 is.
_go_env_copy() {
    _go_env_get "$1"
    case $_ge_set in y) _go_env_put "$2" "$_ge_value" ;; *) \unset -v "$2" ;; esac
}

# _ge_path: $1 from the root, without `.`, `..` and doubled slashes.
_go_env_clean() {
    _ge_path= _ge_rest=${1%/}/
    while \[ -n "$_ge_rest" ]; do
        _ge_part=${_ge_rest%%/*} _ge_rest=${_ge_rest#*/}
        case $_ge_part in
        '' | .) ;;
        ..) _ge_path=${_ge_path%/*} ;;
        *) _ge_path=$_ge_path/$_ge_part ;;
        esac
    done
    _ge_path=${_ge_path:-/}
}
@WINDOWS@
# _ge_key: a number that grows as Go orders versions; _ge_exact: that of the release which is meant by a language version alone.
_go_env_key() {
    _ge_key=0 _ge_exact=0
    case $1 in 1.*) ;; *) \return 1 ;; esac
    _ge_rest=${1#1.}
    _ge_minor=${_ge_rest%%[!0123456789]*}
    _ge_rest=${_ge_rest#"$_ge_minor"}
    case $_ge_rest in
    '') _ge_part=0 _ge_more= ;;
    .*) _ge_part=20000 _ge_more=${_ge_rest#.} ;;
    rc*) _ge_part=10000 _ge_more=${_ge_rest#rc} ;;
    beta*) _ge_part=0 _ge_more=${_ge_rest#beta} ;;
    *) \return 1 ;;
    esac
    case $_ge_rest,$_ge_more in ,) _ge_more=0 ;; esac
    case $_ge_minor in '' | *[!0123456789]* | 0?* | ????*) \return 1 ;; esac
    case $_ge_more in '' | *[!0123456789]* | 0?* | ?????*) \return 1 ;; esac
    _ge_key=$((_ge_minor * 100000 + _ge_part + _ge_more))
    _ge_exact=$_ge_key
    case $_ge_rest in '')
        _ge_exact=$((_ge_minor * 100000 + 20000))
        if \[ "$_ge_minor" -lt 21 ]; then _ge_key=$_ge_exact; fi
        ;;
    esac
}

# Reads the go and toolchain lines of a go.mod or go.work: the first of each counts. What is in a block, as of require, is neither.
_go_env_read() {
    _ge_go= _ge_toolchain= _ge_block=
    while IFS= \read -r _ge_line || \[ -n "$_ge_line" ]; do
        _ge_line=${_ge_line#"${_ge_line%%[![:space:]]*}"}
        case $_ge_block$_ge_line in
        '()'*) _ge_block= ; \continue ;;
        '('*) \continue ;;
        *'('*)
            _ge_word=${_ge_line%%//*}
            case ${_ge_word%"${_ge_word##*[![:space:]]}"} in *'(') _ge_block='('; \continue ;; esac
            ;;
        esac
        case $_ge_line in
        go[[:space:]]*) _ge_word=go ;;
        toolchain[[:space:]]*) _ge_word=toolchain ;;
        *) \continue ;;
        esac
        _ge_line=${_ge_line#"$_ge_word"}
        _ge_line=${_ge_line%%//*}
        _ge_line=${_ge_line#"${_ge_line%%[![:space:]]*}"}
        _ge_line=${_ge_line%"${_ge_line##*[![:space:]]}"}
        _go_env_get "_ge_$_ge_word"
        case $_ge_value in '') \eval "_ge_$_ge_word=\${_ge_line:-none}" ;; esac
    done <"$1"
}

# _ge_want, _ge_want_key, _ge_want_exact: the version that the work file, or the module, of the project asks for; 0 for any.
_go_env_wanted() {
    _ge_want= _ge_want_key=0 _ge_want_exact=0 _ge_file= _ge_work=@WORK@
    case $_ge_work in
    '' | auto)
        _ge_up=$_ge_dir
        while \:; do
            if \[ -f "$_ge_up/go.work" ]; then _ge_file=$_ge_up/go.work; \break; fi
            case $_ge_up in '') \break ;; esac
            _ge_up=${_ge_up%/*}
        done
        ;;
    off) ;;
    *) _ge_file=$_ge_work ;;
    esac
    case $_ge_file in '')
        _ge_up=$_ge_dir
        while \:; do
            if \[ -f "$_ge_up/go.mod" ]; then _ge_file=$_ge_up/go.mod; \break; fi
            case $_ge_up in '') \return 0 ;; esac
            _ge_up=${_ge_up%/*}
        done
        ;;
    esac
    if \[ ! -f "$_ge_file" ] || \[ ! -r "$_ge_file" ]; then
        _go_env_say "$_ge_file cannot be read, so it is not known which Go this project wants. Nothing was changed."
        \return 1
    fi
    _ge_from=$_ge_file
    _go_env_read "$_ge_file"
    for _ge_text in "go${_ge_go:+ }$_ge_go" "$_ge_toolchain"; do
        case $_ge_text in
        go | '' | default) \continue ;;
        'go '*) _ge_text=${_ge_text#go } ;;
        go*) _ge_text=${_ge_text#go} _ge_text=${_ge_text%%-*} ;;
        *) _ge_text= ;;
        esac
        if ! _go_env_key "$_ge_text"; then
            _go_env_say "$_ge_file has a go or toolchain line that is not a version of Go. Put it right. Nothing was changed."
            \return 1
        fi
        if \[ "$_ge_key" -gt "$_ge_want_key" ]; then _ge_want=$_ge_text _ge_want_key=$_ge_key _ge_want_exact=$_ge_exact; fi
    done
}

# Looks at the SDKs in directory $1: the wanted version, else the newest of its language version, else the newest that is not older; releases first.
_go_env_look() {
    for _ge_file in "$1"/*/VERSION; do
        _ge_sdk=${_ge_file%/*}
        if \[ ! -f "$_ge_sdk/bin/@GO@" ] || \[ ! -r "$_ge_file" ]; then \continue; fi
        _ge_line=
        IFS= \read -r _ge_line <"$_ge_file" || \:
        case $_ge_line in go1*) ;; *) \continue ;; esac
        _ge_line=${_ge_line%%[[:space:]-]*}
        if ! _go_env_key "${_ge_line#go}"; then \continue; fi
        _ge_found="$_ge_found${_ge_found:+, }$_ge_line in $_ge_sdk"
        if \[ "$_ge_key" -lt "$_ge_want_key" ]; then \continue; fi
        _ge_rank=$_ge_key
        if \[ $((_ge_key % 100000)) -ge 20000 ]; then _ge_rank=$((_ge_rank + 100000000)); fi
        if \[ $((_ge_key / 100000)) -eq $((_ge_want_key / 100000)) ]; then _ge_rank=$((_ge_rank + 200000000)); fi
        if \[ "$_ge_key" -eq "$_ge_want_exact" ]; then _ge_rank=$((_ge_rank + 400000000)); fi
        if \[ "$_ge_rank" -gt "$_ge_best" ]; then _ge_best=$_ge_rank _ge_root=$_ge_sdk; fi
    done
}

# _ge_root: the SDK. Fails, with a message, where there is none.
_go_env_sdk() {
@SDK@
}

# Sets the variables through $1, which is given name and value.
_go_env_values() {
    \:
@VALUES@
}

# _ge_add: what goes before PATH.
_go_env_add() {
    for _ge_entry in "$@"; do
        case :$_ge_add: in *":$_ge_entry:"*) ;; *) _ge_add=$_ge_add${_ge_add:+:}$_ge_entry ;; esac
    done
}
_go_env_adds() {
    _ge_add=
@ADDS@
}

# Takes $1 out of PATH, once, where it stands as whole entries.
_go_env_cut() {
    _ge_rest=:${PATH-}:
    if \[ -z "$1" ]; then \return 0; fi
    if \[ "$_ge_rest" = ":$1:" ]; then PATH=; \return 0; fi
    case $_ge_rest in
    *":$1:"*)
        _ge_path=${_ge_rest%%":$1:"*}:${_ge_rest#*":$1:"}
        _ge_path=${_ge_path#:}
        PATH=${_ge_path%:}
        ;;
    *) \return 1 ;;
    esac
}

# _ge_depth: how many projects are entered.
_go_env_depth() {
    _ge_depth=${@P@DEPTH-0}
    case $_ge_depth in '' | *[!0123456789]* | 0?* | ????*) _ge_depth=0 ;; esac
}

# The names that level $1 set, one at a time in _ge_name: while _go_env_next; do ... (starts with _ge_names).
_go_env_names() {
    _go_env_get "@P@$1_NAMES"
    _ge_names=$_ge_value
}
_go_env_next() {
    while \[ -n "$_ge_names" ]; do
        _ge_name=${_ge_names%% *}
        case $_ge_names in *' '*) _ge_names=${_ge_names#* } ;; *) _ge_names= ;; esac
        case $_ge_name in '' | *[!A-Za-z0-9_]* | [0-9]*) ;; *) \return 0 ;; esac
    done
    \return 1
}

_go_env_pop() {
    _go_env_depth
    if \[ "$_ge_depth" -eq 0 ]; then
        _go_env_say 'there is nothing to leave: no project was entered in this shell.'
        \return 1
    fi
    _ge_frame=@P@${_ge_depth}_
    _go_env_names "$_ge_depth"
    while _go_env_next; do
        _go_env_copy "${_ge_frame}WAS_$_ge_name" "$_ge_name"
        \unset -v "${_ge_frame}WAS_$_ge_name"
    done
    _go_env_get "${_ge_frame}ADD"
    if ! _go_env_cut "$_ge_value"; then
        # Somebody changed what stands between our entries: they go one by one.
        _ge_todo=$_ge_value:
        while \[ -n "$_ge_todo" ]; do
            _go_env_cut "${_ge_todo%%:*}" || \:
            _ge_todo=${_ge_todo#*:}
        done
    fi
    _go_env_get "${_ge_frame}NOPATH"
    case $_ge_set,${PATH-} in y,) \unset -v PATH ;; esac
    \unset -v "${_ge_frame}NAMES" "${_ge_frame}ADD" "${_ge_frame}DIR" "${_ge_frame}NOPATH"
    _ge_depth=$((_ge_depth - 1))
    case $_ge_depth in 0) \unset -v @P@DEPTH ;; *) _go_env_put @P@DEPTH "$_ge_depth" ;; esac
}

_go_env_enter() {
    _go_env_sdk || \return 1
    _go_env_depth
    _go_env_get "@P@${_ge_depth}_DIR"
    case $_ge_set$_ge_value in "y$_ge_dir") _go_env_pop || \return 1 ;; esac
    _go_env_depth
    _ge_below=$_ge_depth
    _ge_depth=$((_ge_depth + 1))
    _ge_frame=@P@${_ge_depth}_
    _ge_all='@FRAME@'
    # What a project entered before set, and this one does not, is for this one as it was before them all; but not GOROOT: its go stays on PATH.
    _go_env_names "$_ge_below"
    while _go_env_next; do
        case " $_ge_all GOROOT " in *" $_ge_name "*) \continue ;; esac
        _ge_all="$_ge_all${_ge_all:+ }$_ge_name"
        _go_env_copy "$_ge_name" "${_ge_frame}WAS_$_ge_name"
        _ge_level=1
        while \[ "$_ge_level" -le "$_ge_below" ]; do
            _go_env_get "@P@${_ge_level}_NAMES"
            case " $_ge_value " in *" $_ge_name "*) _go_env_copy "@P@${_ge_level}_WAS_$_ge_name" "$_ge_name"; \break ;; esac
            _ge_level=$((_ge_level + 1))
        done
    done
    _ge_names='@FRAME@'
    while _go_env_next; do _go_env_copy "$_ge_name" "${_ge_frame}WAS_$_ge_name"; done
    _go_env_put "${_ge_frame}NAMES" "$_ge_all"
    _go_env_put "${_ge_frame}DIR" "$_ge_dir"
    _go_env_put @P@DEPTH "$_ge_depth"
    _go_env_get "@P@${_ge_below}_NAMES"
    _ge_gone=$_ge_value
    _go_env_use
    _go_env_put "${_ge_frame}ADD" "$_ge_add"
    case $_ge_nopath in y) _go_env_put "${_ge_frame}NOPATH" y ;; esac
}

# Sets everything, and remembers nothing.
_go_env_use() {
    _ge_nopath=
    case ${PATH+y} in '') _ge_nopath=y ;; esac
    _go_env_values _go_env_put
    _go_env_adds
    case $_ge_add in '') ;; *) _go_env_put PATH "$_ge_add${PATH:+:}${PATH-}" ;; esac@PAIR@@LONG@
}

# One NAME=value line for each variable, to a file that is whole or is not there.
_go_env_print() { \printf '%s=%s\n' "$1" "$2"; }
_go_env_write() {
    case $1 in '') _go_env_say 'env wants the file to write: go-env.sh env FILE'; \return 2 ;; esac
    case ${PATH-} in *'
'*) _go_env_say 'PATH has a line break in it, which no such file can hold. Nothing was written.'; \return 1 ;; esac
    _ge_draft=$1.$$.tmp
    if (\umask 077 && { _go_env_values _go_env_print; @PRINTPATH@; } >"$_ge_draft") && \command mv -f -- "$_ge_draft" "$1"; then \return 0; fi
    \command rm -f -- "$_ge_draft"
    _go_env_say "$1 could not be written."
    \return 1
}
"""


START = r"""
# Everything begins here: $1 is where the script stands, $2 is pop, or is empty to enter.
_go_env() {
    case ${ZSH_VERSION:+zsh} in zsh) \builtin emulate -L sh ;; esac
    # With nocasematch bash takes /opt/Go for /opt/go; with noglob and failglob no SDK is found.
    case A in a)
        \builtin shopt -u nocasematch
        if _go_env "$@"; then \set -- 0; else \set -- "$?"; fi
        \builtin shopt -s nocasematch
        \return "$1"
        ;;
    esac
    case :${BASHOPTS-}: in *:failglob:*)
        \builtin shopt -u failglob
        if _go_env "$@"; then \set -- 0; else \set -- "$?"; fi
        \builtin shopt -s failglob
        \return "$1"
        ;;
    esac
    case $- in *f*)
        \set +f
        if _go_env "$@"; then \set -- 0; else \set -- "$?"; fi
        \set -f
        \return "$1"
        ;;
    esac
    _ge_status=0
    case $2 in
    pop) _go_env_pop || _ge_status=$? ;;
    *) _ge_dir=$1; _go_env_enter || _ge_status=$? ;;
    esac
    \unset -v _ge_set _ge_value _ge_path _ge_rest _ge_part _ge_key _ge_exact _ge_minor _ge_more _ge_go _ge_toolchain _ge_line _ge_word _ge_block _ge_want
    \unset -v _ge_want_key _ge_want_exact _ge_file _ge_up _ge_text _ge_sdk _ge_found _ge_rank _ge_best _ge_root _ge_add _ge_entry _ge_depth
    \unset -v _ge_names _ge_name _ge_frame _ge_todo _ge_below _ge_all _ge_level _ge_nopath _ge_dir _ge_gone
    \set -- "$_ge_status"
    \unset -v _ge_from _ge_work _ge_sought _ge_self _ge_runs _ge_status
    \return "$1"
}

go_env() {
    case ${1-} in
    pop) _go_env '' pop ;;
    *) _go_env_say 'go-env pop leaves the project that was entered last; . ./go-env.sh enters one.'; \return 2 ;;
    esac
}
case ${BASH_VERSION:+y}${ZSH_VERSION:+y},:${SHELLOPTS-}: in *:posix:*) ;; y,*) \eval 'go-env() { go_env "$@"; }' 2>/dev/null || \: ;; esac

# Where this stands, and whether it is read by a shell that is to be changed, or runs by itself.
_ge_self= _ge_runs=
case ${ZSH_VERSION:+zsh}${BASH_VERSION:+bash} in
zsh) \eval '_ge_self=${(%):-%x}; case ${ZSH_EVAL_CONTEXT-}: in *:file:*) ;; *) _ge_runs=y ;; esac' ;;
bash) \eval '_ge_self=${BASH_SOURCE[0]-}; case $0 in "$_ge_self") _ge_runs=y ;; esac' ;;
*) case $0 in @SELF@ | */@SELF@) _ge_self=$0 _ge_runs=y ;; esac ;;
esac
case $_ge_self in
/*) ;;
*/*) _ge_self=$PWD/$_ge_self ;;
?*) _ge_self=$PWD/$_ge_self ;;
*) _ge_self=@DIRECTORY@/@SELF@ ;;
esac
_go_env_clean "$_ge_self"
_ge_self=${_ge_path%/*}
if ! \[ -f "$_ge_self/@SELF@" ]; then _ge_self=@DIRECTORY@; fi
if ! \[ -f "$_ge_self/@SELF@" ]; then
    _go_env_say "this shell does not tell a script where it stands, and $_ge_self, for which this one was written, is not there." \
        "Use bash or zsh, or have it written anew. Nothing was changed."
    \unset -v _ge_self _ge_runs _ge_path _ge_rest _ge_part
    \false
else
    case $_ge_runs,${1-} in
    y,env | y,run)
        _ge_dir=$_ge_self
        case ${ZSH_VERSION:+zsh} in zsh) \builtin emulate sh ;; esac
        _go_env_sdk || \exit 1
        _go_env_use
        case $1 in
        env) _go_env_write "${2-}"; \exit ;;
        esac
        \shift
        case $# in 0) _go_env_say 'run wants the program to run: go-env.sh run PROGRAM [ARGUMENT...]'; \exit 2 ;; esac
        \exec "$@"
        ;;
    y,*)
        _go_env_say 'a script that runs by itself changes no shell. Enter with . ./go-env.sh, or use: go-env.sh env FILE, go-env.sh run PROGRAM [ARGUMENT...]'
        \exit 2
        ;;
    *,pop) _go_env "$_ge_self" pop ;;
    *) _go_env "$_ge_self" '' ;;
    esac
fi
"""


# _ge_gone: the names that are set again to what they were before the project entered last, GOROOT apart.
SET_PAIR = r"""
    _ge_all='@NAMES@' _ge_names=${_GO_ENV_NAMES-}
    while _go_env_next; do
        case " $_ge_all " in *" $_ge_name "*) \continue ;; esac
        case " ${_ge_gone-} ",$_ge_name in *,GOROOT) ;; *" $_ge_name "*,*) \continue ;; esac
        _ge_all="$_ge_all${_ge_all:+ }$_ge_name"
    done
    _go_env_put _GO_ENV_NAMES "$_ge_all"
    _ge_all=$_ge_add${_GO_ENV_PATH:+:}${_GO_ENV_PATH-}
    _go_env_put _GO_ENV_PATH "${_ge_all#:}"
"""


# direnv undoes by itself what an .envrc set, and runs it in bash, in its directory.
ENVRC = r"""
_ge_dir=$PWD _ge_from=go.mod
if _go_env_sdk; then
    _go_env_use
    watch_file go.mod go.work "$_ge_from"
else
    watch_file go.mod go.work "$_ge_from"
    \false
fi
"""


ENVRC_HEAD = """# The Go environment of this project, for direnv. gopher.devbox manages this file: it overwrites what is changed here.
"""


# Git Bash has Windows' drives as /c, and hands PATH on to programs as Windows writes it; other variables must be
# Windows' own.
WINDOWS = r"""
# _ge_path: the directory $1 (/c/x) as Windows programs know it (C:/x); _go_env_posix the other way.
_go_env_windows() {
    _ge_path=$1
    case $1 in
    /[A-Za-z]) _ge_path=${1#/}:/ ;;
    /[A-Za-z]/*) _ge_path=${1#/} _ge_path=${_ge_path%%/*}:/${_ge_path#*/} ;;
    esac
}
_go_env_posix() {
    _ge_path=$1
    case $1 in
    [A-Za-z]:[/\\]*)
        _ge_part=${1%%:*} _ge_rest=${1#*:} _ge_path=
        while \:; do
            case $_ge_rest in
            *\\*) _ge_path=$_ge_path${_ge_rest%%\\*}/ _ge_rest=${_ge_rest#*\\} ;;
            *) \break ;;
            esac
        done
        _ge_path=/$_ge_part$_ge_path$_ge_rest
        ;;
    esac
}
"""


LONG = r"""
    if \[ ${#PATH} -gt 8191 ]; then _go_env_say "PATH has ${#PATH} characters now, and cmd.exe takes no notice of one longer than 8191."; fi"""


PINNED = r"""    @PLACE@
    _ge_root=$_ge_path
    if \[ ! -f "$_ge_root/bin/@GO@" ]; then
        _go_env_say "this project's Go SDK $_ge_root is not there, or has no bin/@GO@: install it. Nothing was changed."
        \return 1
    fi"""


CHOSEN = r"""    _go_env_wanted || \return 1
    _ge_found= _ge_best=0 _ge_root= _ge_sought=
@LOOKS@
    case $_ge_root in '')
        case $_ge_want in
        '') _ge_want='a Go SDK' ;;
        *.*.* | *rc* | *beta*) _ge_want=go$_ge_want ;;
        *) case $_ge_want_key in "$_ge_want_exact") _ge_want=go$_ge_want ;; *) _ge_want=go$_ge_want.0 ;; esac ;;
        esac
        _go_env_say "this project wants $_ge_want; found: ${_ge_found:-none}; install it below $_ge_sought. Nothing was changed."
        \return 1
        ;;
    esac"""


LOOK = r"""    @PLACE@
    _ge_sought="$_ge_sought${_ge_sought:+ or }$_ge_path"
    _go_env_look "$_ge_path"
"""
