# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The constant texts of scripts for the /bin/sh of a distro: see `shscript`. Pure.

They are for dash, busybox ash and bash as sh, and need busybox's tools or coreutils, nothing else. What a line of an
answer begins with says what it is: see `shscript_answers`. A text of the distro is printed in base64, or behind a dot
where no character of it is special. Processes cost most here, so builtins do what they can.
"""

from __future__ import annotations

#: what every script begins with. PATH without Windows' directories: looking a program up there takes long
BEGIN = r"""gopher_devbox() {
cd / 2>/dev/null
gd_umask=$(umask)
umask 077
gd_began=${PATH-} gd_locale=${LC_ALL-} gd_file=${ENV-} gd_bash=${BASH_ENV-}
unset -v ENV BASH_ENV CDPATH IFS
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
export LC_ALL PATH
gd_dirs='
' gd_lines='
'
gd_text() {
    case $2 in
    *[!A-Za-z0-9_./:@%+,-]*) gd_coded "$1" "$2" ;;
    *) echo "$1 .$2" ;;
    esac
}
gd_coded() { printf %s "$2" | gd_bytes "$1"; }
gd_bytes() { echo "$1 +"; base64; echo -; }
gd_has() { command -v "$1" >/dev/null 2>&1; }
gd_line='
'
gd_end() { echo .; exit 0; }
gd_stop() { gd_text '!' "${1%%"$gd_line"*}"; gd_end; }
"""

#: what every script ends with. Its answer is packed where it can be, and its last line is a point
END = r"""
if gd_has gzip; then
    echo @MARK@+packed
    { gd_body; echo .; } 2>/dev/null | gzip -c | base64
    echo @MARK@-packed
else
    echo @MARK@+plain
    { gd_body; echo .; } 2>/dev/null
    echo @MARK@-plain
fi
}
gopher_devbox </dev/null; exit
"""

#: who the session is, and where things of theirs are: $gd_home, $gd_config, $gd_state
SELF = r"""
gd_self() {
    gd_uid=$(id -u)
    gd_home=
    if gd_has getent; then gd_entry=$(getent passwd "$gd_uid"); else gd_entry=; fi
    case $gd_entry in '') gd_entry=$(grep "^[^:]*:[^:]*:$gd_uid:" /etc/passwd) ;; esac
    gd_entry=${gd_entry%%"$gd_line"*}
    case ${HOME-} in /*) if [ "$(stat -c %u "$HOME")" = "$gd_uid" ]; then gd_home=$HOME; fi ;; esac
    case $gd_home in '') gd_home=$(printf %s "$gd_entry" | cut -d: -f6) ;; esac
    case ${XDG_CONFIG_HOME-} in /*) gd_config=$XDG_CONFIG_HOME ;; *) gd_config=$gd_home/.config ;; esac
    case ${XDG_STATE_HOME-} in /*) gd_state=$XDG_STATE_HOME ;; *) gd_state=$gd_home/.local/state ;; esac
    echo "id $gd_uid $(id -g) $(id -G)"
    echo "machine $(uname -m)"
    gd_text entry "$gd_entry"
    gd_text home "$gd_home"
    for gd_name in XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME ZDOTDIR; do
        eval "gd_value=\${$gd_name-}"
        case $gd_value in ?*) gd_text "v$gd_name" "$gd_value" ;; esac
    done
    gd_text path "$gd_began"
    while
        case $gd_began in
        *:*) gd_value=${gd_began%%:*} gd_began=${gd_began#*:} ;;
        *) gd_value=$gd_began gd_began= ;;
        esac
        [ -n "$gd_value$gd_began" ]
    do
        if [ -e "$gd_value/go.exe" ]; then gd_text goexe "$gd_value/go.exe"; fi
    done
    if [ -r /etc/passwd ]; then gd_bytes passwd </etc/passwd; fi
    if [ -r /proc/self/mountinfo ]; then gd_bytes mounts </proc/self/mountinfo; fi
    for gd_tool in su flock setsid; do if gd_has "$gd_tool"; then echo "tool $gd_tool"; fi; done
}
"""

#: what is at paths
SEE = r"""
# Follows the links at path $1: each is printed, and $gd_leads is where they lead, empty for a loop.
gd_follow() {
    gd_leads=$1 gd_count=0
    while [ -L "$gd_leads" ]; do
        gd_count=$((gd_count + 1))
        if [ $gd_count -gt 40 ]; then gd_leads=; return; fi
        gd_link=$(readlink "$gd_leads")
        gd_text link "$gd_link"
        case $gd_link in /*) gd_leads=$gd_link ;; *) gd_leads=${gd_leads%/*}/$gd_link ;; esac
    done
}
# $gd_flags: the flags of a file or directory, where they can be known.
gd_flags() {
    gd_flags=-
    if gd_has lsattr; then gd_flags=$(lsattr -d "$1"); gd_flags=${gd_flags%% *}; fi
    gd_flags=${gd_flags:--}
}
# $gd_real: where path $1 really is, which is there.
gd_real() {
    gd_real=$1
    case $1 in */../* | */./* | *//* | */.. | */. | ?*/) gd_real=$(readlink -f "$1"); return ;; esac
    while [ -n "$gd_real" ]; do
        if [ -L "$gd_real" ]; then gd_real=$(readlink -f "$1"); return; fi
        gd_real=${gd_real%/*}
    done
    gd_real=$1
}
# What can be done in directory $1, once.
gd_directory() {
    case $gd_dirs in *"$gd_line$1$gd_line"*) return ;; esac
    gd_dirs=$gd_dirs$1$gd_line
    if [ -w "$1" ] && [ -x "$1" ]; then gd_may=w; else gd_may=-; fi
    gd_space=$(stat -f -c '%b %f %a %c %d' "$1")
    gd_flags "$1"
    gd_text "directory $gd_may $(stat -c %u "$1") ${gd_space:-0 0 0 0 0} $gd_flags" "$1"
}
# What is at path $2. $1 is y where the bytes are wanted.
gd_see() {
    gd_follow "$2"
    case $gd_leads in '') echo loop; return ;; esac
    gd_above=${2%/*}
    if [ -L "$2" ]; then gd_directory "${gd_above:-/}"; fi
    if [ ! -e "$2" ]; then gd_missing "$gd_leads"; return; fi
    gd_real "$2"
    gd_text real "$gd_real"
    gd_flags "$gd_real"
    gd_stat=$(stat -c '%a %u %g %s %h' "$gd_real")
    echo "stat $gd_stat $gd_flags"
    if [ "${gd_stat##* }" -gt 1 ] && [ ! -d "$gd_real" ]; then
        for gd_other in "${gd_real%/*}/.${gd_real##*/}".gopher-devbox-*; do
            if [ -e "$gd_other" ] && [ "$(stat -c %i "$gd_other")" = "$(stat -c %i "$gd_real")" ]; then echo own; fi
        done
    fi
    if [ ! -f "$2" ]; then echo other
    elif [ ! -r "$2" ]; then echo denied
    elif [ "$1" = y ]; then gd_bytes bytes <"$2"
    else echo file
    fi
    gd_real=${gd_real%/*}
    gd_directory "${gd_real:-/}"
}
# What keeps a path from being made that is not there.
gd_missing() {
    gd_above=${1%/*}
    while [ ! -e "${gd_above:-/}" ] && [ ! -L "$gd_above" ]; do gd_above=${gd_above%/*}; done
    gd_above=${gd_above:-/}
    if [ ! -d "$gd_above" ]; then gd_text under "$gd_above"; return; fi
    if [ ! -x "$gd_above" ]; then echo denied; return; fi
    gd_text above "$gd_above"
    gd_real "$gd_above"
    gd_text real "$gd_real"
    gd_directory "$gd_real"
}
gd_item() { echo @; gd_see "$@"; }
# Which of the paths are there.
gd_present() {
    gd_all=
    for gd_path in "$@"; do if [ -e "$gd_path" ]; then gd_all=${gd_all}1; else gd_all=${gd_all}0; fi; done
    echo "present $gd_all"
}
"""

#: which go is in directories
LOOK = r"""
gd_version() { if [ -f "$2" ] && [ -r "$2" ]; then head -c 4096 "$2" | gd_bytes "$1"; fi; }
gd_look() {
    echo @
    if [ ! -d "$1" ]; then gd_see n "$1"; return; fi
    echo exists
    if [ ! -f "$1/go" ] || [ ! -x "$1/go" ]; then return; fi
    gd_root=${1%/}
    gd_root=${gd_root%/*}
    stat -L -c 'go %u.%g.%a' "$1/go" "$1" "${gd_root:-/}"
    if [ -f "$gd_root/VERSION" ]; then gd_version version "$gd_root/VERSION"; return; fi
    if [ -L "$1/go" ]; then
        gd_real "$1/go"
        case $gd_real in */bin/go) gd_version linked "${gd_real%/bin/go}/VERSION" ;; esac
    fi
}
# The directories that a source of this collection names, so that nobody has to ask again.
gd_look_named() {
    if [ ! -r "$1" ]; then return; fi
    gd_named=$(sed -n "s/^_gopher_devbox [a-z]* \([A-Z]* \)\{0,1\}'\(\/[^']*\)'.*/\2/p" "$1" | tr ':' '\n' | sort -u)
    while [ -n "$gd_named" ]; do
        gd_path=${gd_named%%"$gd_line"*}
        case $gd_named in *"$gd_line"*) gd_named=${gd_named#*"$gd_line"} ;; *) gd_named= ;; esac
        for gd_one in "$gd_path" "$gd_path/bin"; do
            case $gd_one in
            /*)
                gd_look "$gd_one"
                gd_text named "$gd_one"
                ;;
            esac
        done
    done
}
"""

#: changing files
WRITE = r"""
# Makes directory $1 and those above it. $2 is y for one that only its owner may enter.
gd_make() {
    if [ -d "$1" ]; then return 0; fi
    case $1 in /*/*) gd_make "${1%/*}" n || return 1 ;; esac
    if [ "$2" = y ]; then gd_error=$(mkdir -m 700 "$1" 2>&1)
    elif [ "$(id -u)" = 0 ]; then gd_error=$(mkdir -m 755 "$1" 2>&1)
    else gd_error=$(umask "$gd_umask"; mkdir "$1" 2>&1)
    fi
    [ -d "$1" ]
}
gd_directories() {
    for gd_path in "$@"; do
        gd_make "$gd_path" n || { gd_text at "$gd_path"; gd_stop "$gd_error"; }
    done
}
# Waits until no other run changes what directory $1 keeps the record of. It is let go when the script ends.
gd_lock() {
    echo locking
    gd_make "$1" y || gd_stop "$gd_error"
    if [ -L "$1/lock" ]; then gd_stop "$1/lock is a symbolic link"; fi
    gd_error=$( { : >>"$1/lock"; } 2>&1) || gd_stop "${gd_error##*: }"
    exec 9>>"$1/lock"
    gd_count=0
    if gd_has flock; then
        until flock -n 9; do
            gd_count=$((gd_count + 1))
            if [ $gd_count -gt "$2" ]; then echo held; gd_end; fi
            sleep 0.1 2>/dev/null || sleep 1
        done
    fi
    echo locked
}
# Ends unless the file $1 has the digest $2; a file that is not there has -.
gd_must_be() {
    gd_found=-
    if [ -e "$1" ]; then gd_found=$(sha256sum <"$1"); gd_found=${gd_found%% *}; fi
    if [ "$gd_found" != "$2" ]; then echo outdated; gd_end; fi
}
gd_failed() { rm -f "$gd_new" "$gd_old"; gd_error=${gd_error%%"$gd_line"*}; gd_stop "${gd_error##*: }"; }
gd_begin() {
    echo @
    gd_leads=$1
    case $2 in y) gd_follow "$1" >/dev/null ;; esac
    gd_error='Too many levels of symbolic links' gd_new= gd_old=
    case $gd_leads in '') gd_failed ;; esac
    gd_place=${gd_leads%/*} gd_name=${gd_leads##*/}
    gd_new=$gd_place/.$gd_name.gopher-devbox-$3 gd_old=$gd_place/.$gd_name.gopher-devbox-$3.old
}
# What a killed run left beside the file.
gd_sweep() {
    for gd_other in "$gd_place/.$gd_name".gopher-devbox-*; do
        if [ -e "$gd_other" ] || [ -L "$gd_other" ]; then find "$gd_other" -prune -mmin +10 -exec rm -f {} \; ; fi
    done 2>/dev/null
}
gd_taken() { if [ -L "$1" ]; then gd_text taken "$(readlink "$1")"; else gd_bytes was <"$1"; fi; }
# Writes file $1: $2 is y for a private one, $3 a token, $4 the size, $5 the bytes in base64.
gd_put() {
    gd_begin "$1" y "$3"
    gd_make "${gd_place:-/}" "$2" || gd_failed
    if [ -d "$gd_leads" ]; then gd_error='Is a directory'; gd_failed; fi
    gd_sweep
    gd_error=$( { set -C; : >"$gd_new"; } 2>&1) || gd_failed
    gd_error=$(printf %s "$5" | base64 -d | dd of="$gd_new" conv=fsync 2>&1) || gd_failed
    if [ "$(wc -c <"$gd_new")" -ne "$4" ]; then gd_error='It was not written whole'; gd_failed; fi
    if [ -e "$gd_leads" ]; then
        gd_like=$(stat -c '%u:%g %a' "$gd_leads")
        if cp --attributes-only --preserve=all "$gd_leads" "$gd_new"; then touch "$gd_new"; fi
        if [ "$(stat -c '%u:%g %a' "$gd_new")" != "$gd_like" ]; then
            gd_error=$(chown "${gd_like% *}" "$gd_new" 2>&1) || gd_failed
            gd_error=$(chmod "${gd_like#* }" "$gd_new" 2>&1) || gd_failed
        fi
    elif [ "$2" = n ]; then
        chmod 644 "$gd_new"
    fi
    if [ ! -e "$gd_leads" ]; then
        if ln "$gd_new" "$gd_leads" 2>/dev/null; then
            rm -f "$gd_new"
            echo none
        elif [ ! -e "$gd_leads" ]; then
            gd_error=$(mv -f "$gd_new" "$gd_leads" 2>&1) || gd_failed
            echo none
        fi
    fi
    if [ -e "$gd_new" ]; then
        # The name that is kept has what is replaced, also what is written into it until then.
        ln "$gd_leads" "$gd_old" 2>/dev/null || gd_error=$(cp -p "$gd_leads" "$gd_old" 2>&1) || gd_failed
        gd_error=$(mv -f "$gd_new" "$gd_leads" 2>&1) || gd_failed
        gd_taken "$gd_old"
        rm -f "$gd_old"
    fi
    gd_see y "$1"
}
# Makes path $1 a link to $2. $3 is a token.
gd_lead() {
    gd_begin "$1" n "$3"
    gd_make "${gd_place:-/}" n || gd_failed
    gd_sweep
    gd_error=$(ln -s "$2" "$gd_new" 2>&1) || gd_failed
    if [ -L "$1" ] || [ -e "$1" ]; then gd_taken "$1"; else echo none; fi
    if [ -d "$1" ]; then rm -f "$1"; fi
    gd_error=$(mv -f "$gd_new" "$1" 2>&1) || gd_failed
    gd_see n "$1"
}
# Removes path $1, and those of the directories behind $3 that are empty then. $2 is a token, $3 is y for a file.
gd_remove() {
    gd_begin "$1" n "$2"
    if [ -L "$1" ] || [ -e "$1" ]; then
        gd_sweep
        gd_error=$(mv -f "$1" "$gd_new" 2>&1) || gd_failed
        gd_taken "$gd_new"
        rm -f "$gd_new"
        gd_path=$1 gd_bytes=$3
        shift 3
        for gd_above in "$@"; do rmdir "$gd_above"; done
        gd_see "$gd_bytes" "$gd_path"
    else
        echo none
        gd_see "$3" "$1"
    fi
}
"""

#: leaves nothing of the environment
CLEAR = r"""
gd_clear() {
    for gd_name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do unset -v "$gd_name"; done
}
"""

#: takes the environment back to what the script was started with
GIVEN = r"""
gd_given() {
    PATH=$gd_began LC_ALL=$gd_locale ENV=$gd_file BASH_ENV=$gd_bash
    for gd_name in PATH LC_ALL ENV BASH_ENV; do
        eval "gd_value=\$$gd_name"
        case $gd_value in '') unset -v "$gd_name" ;; *) export "${gd_name?}" ;; esac
    done
    unset -v gd_began gd_locale gd_file gd_bash
}
"""

#: running programs in environments of their own
RUN = r"""
gd_own= gd_work=$(mktemp -d /tmp/gopher-devbox-XXXXXX) || gd_work=
trap 'case $gd_work in ?*) rm -rf "$gd_work" ;; esac' EXIT
gd_setsid=
if gd_has setsid; then gd_setsid=$(command -v setsid); fi
# Waits for the programs: $1 has a number and a limit in tenths of a second for each.
gd_wait() {
    gd_tick=0 gd_left=$1
    while [ -n "$gd_left" ]; do
        gd_todo=$gd_left gd_left=
        for gd_pair in $gd_todo; do
            gd_number=${gd_pair%:*}
            if [ -e "$gd_work/$gd_number.code" ]; then continue; fi
            if [ $gd_tick -le "${gd_pair#*:}" ]; then gd_left="$gd_left $gd_pair"; continue; fi
            gd_id=$(cat "$gd_work/$gd_number.id")
            case $gd_id in ?*) kill -9 "-$gd_id" || kill -9 "$gd_id" ;; esac
            echo late >"$gd_work/$gd_number.late"
        done
        if [ -n "$gd_left" ]; then sleep 0.1 || sleep 1; fi
        gd_tick=$((gd_tick + 1))
    done
}
gd_ended() {
    echo @
    if [ -e "$gd_work/$1.late" ] || [ ! -e "$gd_work/$1.code" ]; then echo late; return; fi
    echo "code $(cat "$gd_work/$1.code")"
    gd_bytes out <"$gd_work/$1.out"
    tail -c 4000 "$gd_work/$1.err" | gd_bytes err
}
"""
