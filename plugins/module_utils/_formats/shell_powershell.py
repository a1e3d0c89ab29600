# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hook for PowerShell on a POSIX host: it looks for the data of a source, and does with them what `shell_sh` does.
Pure.

The language, and cmdlets that constrained language mode has as well. .NET takes `..` by its text and knows no right to
execute: an entry that is a link to another SDK's bin stays. Whether two files are one is asked of `sh`, where their
names do not say so.
"""

from __future__ import annotations

import re

from .._core.posix import SYSTEM_DIRECTORIES
from .templates import BELOW_HOME, fill, powershell_quote

_HOOK = r"""& {
    $bins = @BINS@
    $lines = @()
    try {
        switch -Regex -CaseSensitive -File @SOURCE@ { '^_gopher_devbox (?:@VERBS@)' { $lines += $_ } }
    } catch { }
    function Get-It([string] $name) { if ($name -cne '' -and (Test-Path -LiteralPath "Env:$name")) { (Get-Item -LiteralPath "Env:$name").Value } }
    function Set-It([string] $name, $value) {
        if ($null -ne $value) { Set-Item -LiteralPath "Env:$name" -Value $value }
        elseif (Test-Path -LiteralPath "Env:$name") { Remove-Item -LiteralPath "Env:$name" }
    }
    $held = @("$env:_GO_ENV_NAMES" -csplit ' ')
    # Where the project that was entered keeps a variable until it is left; its own name when it does not; nothing when it does nowhere.
    function Get-Slot([string] $name) {
        if (Test-Path -LiteralPath 'Env:_GO_ENV_NAMES') {
            for ($level = 1; Test-Path -LiteralPath "Env:_GO_ENV_${level}_NAMES"; $level++) {
                if (@((Get-It "_GO_ENV_${level}_NAMES") -csplit ' ') -ccontains $name) { return "_GO_ENV_${level}_WAS_$name" }
            }
        }
        if ($held -cnotcontains $name) { $name }
    }
    # Sets a variable of the scope, or where the project keeps it.
    function Set-Below([string] $name, $value) {
        $slot = "$(Get-Slot $name)"
        if ($slot -cne '') { Set-It $slot $value }
        if ($slot -cne $name -and $held -cnotcontains $name) { Set-It $name $value }
    }
    function Test-Go([string] $directory) { Test-Path -LiteralPath "$directory/go" -PathType Leaf }
    function Test-Same([string] $one, [string] $other) {
        if ($one -ceq $other) { return $true }
        if (-not ((Test-Path -LiteralPath $one -PathType Leaf) -and (Test-Path -LiteralPath $other -PathType Leaf))) { return $false }
        $before = $global:LASTEXITCODE
        "$(& /bin/sh -c 'if test "$1" -ef "$2"; then echo y; fi' sh $one $other)" -ceq 'y'
        $global:LASTEXITCODE = $before
    }
    # PATH without the entries of the project, and these.
    $project = @()
    $path = @(if ("$env:PATH" -cne '') { $env:PATH -csplit ':' })
    foreach ($entry in @("$env:_GO_ENV_PATH" -csplit ':')) {
        if ($entry -ceq '') { continue }
        $project += $entry
        $taken = $false
        $path = @(foreach ($found in $path) { if (-not $taken -and $found -ceq $entry) { $taken = $true } else { $found } })
    }
    # The project's GOROOT is that of its go. What a line of a profile made of it counts once the project is left.
    foreach ($entry in $project) {
        if ($held -cnotcontains 'GOROOT' -or -not (Test-Go $entry)) { continue }
        $its = $entry -creplace '/bin\z', ''
        if ($its -cne $entry -and -not (Test-Same "$env:GOROOT/bin/go" "$entry/go")) {
            $slot = "$(Get-Slot 'GOROOT')"
            if ($slot -cne '') { Set-It $slot $env:GOROOT }
            Set-It 'GOROOT' $its
        }
        break
    }
    $data = @(foreach ($line in $lines) {
        $texts = @()
        $number = 0
        foreach ($part in ($line -csplit "('(?:[^']|'\\.')*')")) {
            if ($number % 2) { $texts += ($part -creplace "^'|'`$", '') -creplace "'\\(.)'", '$1' }
            $number++
        }
        $verb, $name = ($line -csplit ' ', 4)[1, 2]
        @{ verb = $verb; name = $name; texts = $texts }
    })
    # What GOROOT is without the project, whether it was set by these sources, and what it is to be.
    $now = "$(Get-It "$(Get-Slot 'GOROOT')")"
    $root = $rootverb = ''
    $known = @()
    foreach ($datum in $data) {
        if ($datum.name -cne 'GOROOT') { continue }
        $rootverb = $datum.verb
        $known = @($datum.texts)
        if ($rootverb -cne 'former') { $root = $known[0] }
    }
    $ours = $now -cne '' -and ($known -ccontains $now -or $now -ceq "$env:_GO_ENV_GOROOT")
    foreach ($datum in $data) {
        $verb, $name, $texts = $datum.verb, $datum.name, $datum.texts
        if ($name -ceq 'GOROOT') { continue }
        if ($verb -cin 'path', 'sweep') {
            if ($texts[0] -ceq '') { continue }
            $first = @()
            $last = @()
            $inherited = $false
            foreach ($entry in ($texts[0] -csplit ':')) {
                if ($entry -ceq '$PATH') { $inherited = $true } elseif ($inherited) { $last += $entry } else { $first += $entry }
            }
            # Of ours, the first with a go. Other SDKs are taken out only where there is one in their place.
            $ownGo = ''
            foreach ($entry in $first + $last) { if ($ownGo -ceq '' -and (Test-Go $entry)) { $ownGo = "$entry/go" } }
            $sweep = $verb -ceq 'sweep' -and $ownGo -cne ''
            # Somebody else's GOROOT that is left as it is: the go of ours that is another one comes behind theirs.
            $behind = @()
            $theirs = ''
            $spared = @()
            if ($now -cne '' -and -not $ours -and (Test-Go "$now/bin")) { $theirs = "$now/bin/go" }
            $spare = $theirs
            if ($theirs -cne '' -and $rootverb -ceq 'export' -and $ownGo -cne '' -and (Test-Same "$root/bin/go" $ownGo)) { $theirs = '' }
            if ($theirs -cne '') {
                if ($rootverb -ceq 'export') { $rootverb = 'default' }  # so it stays
                $behind = @(foreach ($entry in $first + $last) { if ((Test-Go $entry) -and -not (Test-Same "$entry/go" $theirs)) { $entry } })
                $first = @(foreach ($entry in $first) { if ($behind -cnotcontains $entry) { $entry } })
                $last = @(foreach ($entry in $last) { if ($behind -cnotcontains $entry) { $entry } })
            }
            $gone = @(if ($texts[1] -cne '') { $texts[1] -csplit ':' })
            $kept = @()
            $head = @()
            $rest = @()
            $next = 0
            $late = $seen = $begun = $good = $replaced = $false
            foreach ($entry in $path) {
                if ($behind -ccontains $entry) { continue }
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
                elseif ($sweep -and $entry -clike '/*' -and (Test-Go $entry)) {
                    # Another Go SDK's bin directory.
                    if (Test-Path -LiteralPath "$entry/../VERSION" -PathType Leaf) {
                        if ($spare -ceq '' -or -not (Test-Same "$entry/go" $spare)) { continue }
                        $spared += $entry
                    }
                }
                if ($last -ccontains $entry -and $kept -ccontains $entry) { continue }
                $kept += $entry
                $rest += $entry
            }
            # Ours stay where they stand in order before the system's; or they take the place of those they replace; or they go to the front.
            if (-not ($good -and $next -eq $first.Count)) { $kept = @(if ($replaced) { $head + $first + $rest } else { $first + $head + $rest }) }
            foreach ($entry in $last) { if ($kept -cnotcontains $entry) { $kept += $entry } }
            if ($behind.Count) {
                $placed = $false
                $kept = @(foreach ($entry in $kept) {
                    $entry
                    if (-not $placed -and (Test-Same "$entry/go" $theirs)) { $placed = $true; $behind }
                })
            }
            # The SDK of a GOROOT that gives way to ours goes too; where ours is not the first, it stays.
            if ($spared.Count -and $rootverb -ceq 'export') {
                $firstGo = ''
                foreach ($entry in $kept) { if ($firstGo -ceq '' -and $entry -cne '' -and (Test-Go $entry)) { $firstGo = "$entry/go" } }
                if (Test-Same "$root/bin/go" $firstGo) { $kept = @(foreach ($entry in $kept) { if ($spared -cnotcontains $entry) { $entry } }) }
            }
            if (($kept -join ':') -cne '') { $path = $kept }
            continue
        }
        if ($verb -cnotin 'export', 'default') { continue }
        # What somebody set stays. An empty value is replaced, and one that was set here earlier.
        $value = "$(Get-It "$(Get-Slot $name)")"
        if ($verb -ceq 'default' -and $value -cne '') {
            $null, $former = $texts
            if (@($former) -cnotcontains $value) { continue }
        }
        Set-Below $name $texts[0]
    }
    # The project's entries are in front again, also after somebody set PATH anew.
    $text = ($project + $path) -join ':'
    if ($text -cne '' -and $text -cne $env:PATH) { $env:PATH = $text }
    # GOROOT is that of the first go on PATH, or is not set. Somebody else's stays.
    if ("$root$now" -ceq '') { return }
    $go = ''
    foreach ($entry in $path) { if ($go -ceq '' -and $entry -cne '' -and (Test-Go $entry)) { $go = "$entry/go" } }
    if ($root -cne '' -and $go -cne '' -and (Test-Same "$root/bin/go" $go)) {
        if ($now -ceq '' -or $ours -or $rootverb -ceq 'export') {
            Set-Below 'GOROOT' $root
            $env:_GO_ENV_GOROOT = $root
        }
    } elseif ($ours -and -not ($go -cne '' -and (Test-Same "$now/bin/go" $go))) {
        Set-Below 'GOROOT' $null
        Set-It '_GO_ENV_GOROOT' $null
    }
}
"""


def hook(source_path: str, again: bool) -> str:
    """The lines of a profile that bring a source into effect."""
    verbs = (
        "(?:path|sweep) |(?:export|default|former) GOROOT "
        if again
        else "(?:export|default|path|sweep) |former GOROOT "
    )
    bins = ", ".join(map(powershell_quote, SYSTEM_DIRECTORIES))
    return fill(_HOOK, BINS=bins, VERBS=verbs, SOURCE=_source(source_path))


def _source(path: str) -> str:
    """A path as a word for what takes wildcards."""
    below = path.startswith(BELOW_HOME)
    text = powershell_quote(re.sub(r"([`*?\[\]])", r"`\1", path[1:] if below else path))
    return f"([WildcardPattern]::Escape($HOME) + {text})" if below else text
