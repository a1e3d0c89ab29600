# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hook for fish, which cannot read sh: it looks for the data of a source, and does with them what `shell_sh` does.
Pure.

All lines are taken apart at once: each call of a builtin with its own substitution costs fish some 30 microseconds.
`test -ef` came with fish 3.6 (fish-shell/fish-shell#9058), so files are compared by `realpath`, which older ones have
too.
"""

from __future__ import annotations

from .._core.posix import SYSTEM_DIRECTORIES
from .templates import fill, fish_path, fish_quote

#: How entries are arranged that are on PATH already. A text that is only evaluated where it is needed: fish takes long
#: to parse it.
_ARRANGE = r"""
# Of ours, the first with a go. Other SDKs are taken out only where there is one in their place.
set -l go
set -l sweep
if test $verb = sweep; or begin; test -n "$now"; and not set -q ours[1]; end
    for entry in $first $last
        test -x $entry/go; and test ! -d $entry/go; or continue
        set go $entry
        test $verb = sweep; and set sweep y
        break
    end
end
# Somebody else's GOROOT that is left as it is: the go of ours that is another one comes behind theirs.
set -l behind
set -l theirs
set -l spare
set -l spared
if test -n "$now"; and not set -q ours[1]; and test -x $now/bin/go; and test ! -d $now/bin/go
    set theirs (builtin realpath -- $now/bin/go)
    set spare $theirs
    if test "$rootverb" = export; and set -q go[1]; and test -e $root/bin/go
        test (builtin realpath -- $root/bin/go) = (builtin realpath -- $go/go); and set -e theirs
    end
end
if set -q theirs[1]
    test "$rootverb" = export; and set rootverb default # so it stays
    for entry in $first $last
        if test -x $entry/go; and test ! -d $entry/go; and test (builtin realpath -- $entry/go) != $theirs
            set behind $behind $entry
            set -l at (contains -i -- $entry $first); and set -e first[$at]
            set -l at (contains -i -- $entry $last); and set -e last[$at]
        end
    end
end
if set -q behind[1]
    set -l before $path
    set path
    for entry in $before
        contains -- $entry $behind; or set path $path $entry
    end
end
set -l head
set -l rest
set -l order $first
set -l late
set -l seen
set -l begun
set -l good
set -l replaced
for entry in $path
    if not contains -- $entry $bins $first $last $gone
        # Another Go SDK's bin directory goes, where that is wanted.
        if set -q sweep[1]; and test -x $entry/go; and test -f $entry/../VERSION; and test ! -d $entry/go
            if string match -q '/*' -- $entry
                set -q spare[1]; and test (builtin realpath -- $entry/go) = $spare; or continue
                set spared $spared $entry
            end
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
if set -q behind[1]
    set -l before $kept
    set kept
    for entry in $before
        set kept $kept $entry
        if set -q theirs[1]; and test -e $entry/go; and test (builtin realpath -- $entry/go) = $theirs
            set kept $kept $behind
            set -e theirs
        end
    end
end
# The SDK of a GOROOT that gives way to ours goes too; where ours is not the first, it stays.
if set -q spared[1]; and test "$rootverb" = export; and test -e $root/bin/go
    set -l before $kept
    for entry in $before
        test -x $entry/go; and test ! -d $entry/go; or continue
        if test (builtin realpath -- $root/bin/go) = (builtin realpath -- $entry/go)
            set kept
            for other in $before
                contains -- $other $spared; or set kept $kept $other
            end
        end
        break
    end
end
"""

_HOOK = r"""begin
    set -l arrange @ARRANGE@
    set -l bins @BINS@
    set -l quoted '\'(?:[^\']|\'\\\\.\')*\''
    set -l escaped '\'\\\\(.)\''
    set -l wanted '(?:export|default|path|sweep) |former GOROOT '
    set -l sources @SOURCE@
    # Read once more, from the file that is read last: only PATH and GOROOT.
    if set -q _gopher_devbox_again
        set wanted '(?:path|sweep) |(?:export|default|former) GOROOT '
        set sources @SYSTEM@@SOURCE@
    end
@USER@    # While a project is entered: where it keeps variable NAME until it is left; NAME itself when it does not; nothing when it does nowhere.
    set -q _GO_ENV_NAMES; and function _gopher_devbox_slot
        set -l level 1
        while set -q _GO_ENV_{$level}_NAMES
            set -l frame _GO_ENV_{$level}_NAMES
            if contains -- $argv[1] (string split ' ' -- $$frame)
                echo _GO_ENV_{$level}_WAS_$argv[1]
                return
            end
            set level (math $level + 1)
        end
        contains -- $argv[1] (string split ' ' -- $_GO_ENV_NAMES); or echo $argv[1]
    end
    for source in $sources
        test -r $source; or continue
        set -l lines (string match -r '^_gopher_devbox (?:'$wanted').*' <$source)
        set -l verbs (string replace -r '^\w+ (\w+) .*' '$1' -- $lines)
        set -l names (string replace -r '^\w+ \w+ (\w*) ?\'.*' '$1' -- $lines)
        set -l texts (string replace -r '^[^\']*\'((?:[^\']|\'\\\\.\')*)\'.*' '$1' -- $lines | string replace -ar $escaped '$1')
        # PATH without the entries of the project, and these.
        set -l path $PATH
        set -l project
        set -l held
        set -l rootslot GOROOT
        if set -q _GO_ENV_NAMES
            set held (string split ' ' -- $_GO_ENV_NAMES)
            set rootslot (_gopher_devbox_slot GOROOT)
        end
        for entry in $_GO_ENV_PATH
            test -n "$entry"; or continue
            set project $project $entry
            set -l at (contains -i -- $entry $path); and set -e path[$at]
        end
        # The project's GOROOT is that of its go. What a line of a start file made of it counts once the project is left.
        contains -- GOROOT $held; and for entry in $project
            test -x $entry/go; and test ! -d $entry/go; or continue
            set -l its (string replace -r '/bin$' '' -- $entry)
            if test $its != $entry; and test "$its" != "$GOROOT"
                if test ! -e "$GOROOT/bin/go"; or test (builtin realpath -- $GOROOT/bin/go) != (builtin realpath -- $entry/go)
                    if set -q rootslot[1]
                        if set -q GOROOT
                            set -gx $rootslot $GOROOT
                        else
                            set -eg $rootslot
                        end
                    end
                    set -gx GOROOT $its
                end
            end
            break
        end
        # What GOROOT is without the project, whether it was set by these sources, and what it is to be.
        set -l root
        set -l rootverb
        set -l now
        set -l ours
        set -q rootslot[1]; and set now "$$rootslot"
        set -l at (contains -i -- GOROOT $names)
        if set -q at[1]
            set rootverb $verbs[$at]
            test $rootverb = former; or set root $texts[$at]
            if test -n "$now"
                contains -- $now (string match -ar $quoted -- $lines[$at] | string replace -r '^\'(.*)\'$' '$1' | string replace -ar $escaped '$1')
                and set ours y
            end
        end
        test -n "$now"; and test "$now" = "$_GO_ENV_GOROOT"; and set ours y
        for verb in $verbs
            set -l line $lines[1]
            set -l name $names[1]
            set -l text $texts[1]
            set -e lines[1]
            set -e names[1]
            set -e texts[1]
            test "$name" = GOROOT; and continue
            switch $verb
                case export default
                    if test $verb = export; and not set -q _GO_ENV_NAMES
                        set -gx $name $text
                        continue
                    end
                    set -l slot $name
                    set -q _GO_ENV_NAMES; and set slot (_gopher_devbox_slot $name)
                    set -l value
                    set -q slot[1]; and set value "$$slot"
                    # What somebody set stays. An empty value is replaced, and one that was set here earlier.
                    if test $verb = default; and test -n "$value"
                        test "$value" = "$text"; and continue
                        set -l former (string match -ar $quoted -- $line | string replace -r '^\'(.*)\'$' '$1' | string replace -ar $escaped '$1')
                        set -e former[1]
                        contains -- $value $former; or continue
                    end
                    if set -q slot[1]
                        set -gx $slot $text
                        test $slot = $name; and continue
                    end
                    contains -- $name $held; or set -gx $name $text
                case path sweep
                    test -n "$text"; or continue
                    test $verb = sweep; and set -g _gopher_devbox_sweep y
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
                    # Most often none of these are on PATH yet, or ours are in front of it: then each entry need not be looked at.
                    set -l kept
                    set -l full y
                    if test $verb = path; and begin; test -z "$now"; or set -q ours[1]; end
                        set -l rest $path
                        if set -q first[1]; and test "$path[1]" = $first[1]
                            test (string join : -- $path[1..(count $first)]) = (string join : -- $first); and set -e rest[1..(count $first)]
                        end
                        set full
                        for entry in $first $last $gone
                            contains -- $entry $rest; and set full y; and break
                        end
                        set -q full[1]; or set kept $first $rest $last
                    end
                    set -q full[1]; and eval $arrange
                    set -q kept[1]; and set path $kept
                    set bins $bins $first
            end
        end
        # The project's entries are in front again, also after somebody set PATH anew.
        set path $project $path
        set -q path[1]; and set -gx PATH $path
        # GOROOT is that of the first go on PATH, or is not set. Somebody else's stays.
        test -n "$root$now"; or continue
        set -q project[1]; and set -e path[1..(count $project)]
        set -l go
        for entry in $path
            if test -x $entry/go; and test ! -d $entry/go
                set go $entry/go
                break
            end
        end
        set -l right
        for candidate in $root $now
            set -q go[1]; or break
            contains -- $candidate $right; and continue
            if test $candidate/bin/go = $go
                set right $right $candidate
            else if test -e $candidate/bin/go; and test (builtin realpath -- $candidate/bin/go) = (builtin realpath -- $go)
                set right $right $candidate
            end
        end
        if test -n "$root"; and contains -- $root $right
            if test -z "$now"; or set -q ours[1]; or test $rootverb = export
                set -q rootslot[1]; and set -gx $rootslot $root
                contains -- GOROOT $held $rootslot; or set -gx GOROOT $root
                set -gx _GO_ENV_GOROOT $root
            end
        else if set -q ours[1]; and not contains -- $now $right
            set -q rootslot[1]; and set -eg $rootslot
            contains -- GOROOT $held $rootslot; or set -eg GOROOT
            set -eg _GO_ENV_GOROOT
        end
    end
    set -q _GO_ENV_NAMES; and functions -e _gopher_devbox_slot
    true
end
"""

# fish reads the conf.d of the person before the system's: theirs is asserted again, in front of the system's entries.
_USER = r"""    for source in @USERS@
        if test -r $source
            set sources $sources $source
            break
        end
    end
"""

# Ends the file that is read first: what it left, for the one that is read last. The system's directories are passed
# over, but for the first entry.
_LEAVE = r"""set -q _gopher_devbox_sweep; or set -g _gopher_devbox_left "$GOROOT" $PATH[1] (string match -rv '^(?:/usr(?:/local)?)?/s?bin$' -- $PATH)
"""
_END = r"""set -e _gopher_devbox_sweep
true
"""
# For the file that is read last: nothing is to be done where entries were only added at the end, as a login fish does.
# The lines of the first one are not parsed twice.
_LAST = r"""begin
    set -l now "$GOROOT" $PATH[1] (string match -rv '^(?:/usr(?:/local)?)?/s?bin$' -- $PATH)
    set -l number (count $_gopher_devbox_left)
    if test $number = 0; or test "$_gopher_devbox_left" != "$now[1..$number]"
        set -g _gopher_devbox_again y
        test -r @FIRST@; and source @FIRST@
        set -e _gopher_devbox_again
    end
    set -e _gopher_devbox_left
    true
end
"""


def hook(source_path: str, user_source: str | None, system_source: str | None, followed: bool) -> str:
    """The lines of a start file that bring a source into effect.

    user_source: of the person whose is asserted again, below the home. system_source: of the machine scope, whose PATH
    and GOROOT are put right before where these lines are read once more. followed: a file that is read later reads them
    so.
    """
    user = fill(_USER, USERS=_places(user_source)) if user_source else ""
    system = f"{fish_quote(system_source)} " if system_source else ""
    text = fill(
        _HOOK,
        ARRANGE=fish_quote(_ARRANGE),
        BINS=" ".join(SYSTEM_DIRECTORIES),
        USER=user,
        SYSTEM=system,
        SOURCE=fish_path(source_path),
    )
    return text + (_LEAVE if followed else "") + _END


def last(first: str) -> str:
    """The lines of the start file that is read last. first: the path of the one with `hook`."""
    return fill(_LAST, FIRST=fish_path(first))


def _places(user_source: str) -> str:
    """A variable that is not set makes no word in fish."""
    config = "/.config/"
    moved = f"$XDG_CONFIG_HOME{fish_quote(user_source[len(config) - 1 :])} " if user_source.startswith(config) else ""
    return f"{moved}$HOME{fish_quote(user_source)}"
