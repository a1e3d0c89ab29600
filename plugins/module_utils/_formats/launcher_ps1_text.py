# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of go-env.ps1, with places to fill in (`templates.fill`). Pure."""

from __future__ import annotations

SCRIPT = r"""# The Go environment of this project, for this shell only. gopher.devbox manages this file: it overwrites what is changed here.
#
#   . @DOT@go-env.ps1         enter: sets @SETS@
#   . @DOT@go-env.ps1 pop     leave
& {
    param($here, $command)
    Set-StrictMode -Off
    $ErrorActionPreference = 'Stop'

    function Get-Variable_([string] $name) {
        if (Test-Path -LiteralPath "Env:$name") { (Get-Item -LiteralPath "Env:$name").Value }
    }

    # Takes $null for: not set.
    function Set-Variable_([string] $name, $value) {
        if ($null -ne $value) { Set-Item -LiteralPath "Env:$name" -Value $value }
        elseif (Test-Path -LiteralPath "Env:$name") { Remove-Item -LiteralPath "Env:$name" }
    }

    # $path without `.`, `..` and doubled slashes.
    function Get-Clean([string] $path) {
        $start, $parts = '', @()
        if ($path -cmatch '^(?:[A-Za-z]:[\\/]|\\\\|/)') { $start = $Matches[0]; $path = $path -creplace '^(?:[A-Za-z]:[\\/]|\\\\|/)', '' }
        foreach ($part in ($path -csplit '@SLASHES@')) {
            if ($part -ceq '..') { $parts = @(for ($i = 0; $i -lt $parts.Count - 1; $i++) { $parts[$i] }) }
            elseif ($part -cne '' -and $part -cne '.') { $parts += $part }
        }
        $start + ($parts -join '@SLASH@')
    }

    # A number that grows as Go orders versions, and that of the release which a language version alone means; nothing for what is not a version.
    function Get-Key([string] $version) {
        if ($version -cnotmatch '\A1\.(0|[1-9][0-9]{0,2})(?:(\.|rc|beta)(0|[1-9][0-9]{0,3}))?\z') { return }
        $minor = [int] $Matches[1] * 100000
        if ($null -eq $Matches[2]) { if ([int] $Matches[1] -lt 21) { $minor + 20000 } else { $minor } ; return $minor + 20000 }
        $key = $minor + [int] $Matches[3] + $(if ($Matches[2] -ceq '.') { 20000 } elseif ($Matches[2] -ceq 'rc') { 10000 } else { 0 })
        $key; $key
    }

    function Get-Escaped([string] $path) { $path -creplace '([`*?\[\]])', '`$1' }

    # The file of this name in the project's directory, or the nearest above.
    function Get-Above([string] $name) {
        $up = $here
        while ($up -cne '') {
            $file = $(if ($up -cmatch '[\\/]\z') { $up + $name } else { "$up@SLASH@$name" })
            if (Test-Path -LiteralPath $file -PathType Leaf) { return $file }
            $next = $up -creplace '[\\/][^\\/]*\z', ''
            if ($next -ceq $up) { return }
            $up = $(if ($next -cmatch '\A[A-Za-z]:\z') { "$next\" } elseif ($next -ceq '' -and $up -cne '/') { '/' } else { $next })
            if ($up -cmatch '\A[A-Za-z]:\\\z' -and $file -ceq "$up$name") { return }
        }
    }

    # What the work file, or the module, of the project asks for: text, key and key of the exact release. Only versions are taken from it.
    function Get-Wanted {
        $work = @WORK@
        $file = $(if ('', 'auto' -ccontains "$work") { Get-Above 'go.work' } elseif ($work -cne 'off') { $work })
        if ("$file" -ceq '') { $file = Get-Above 'go.mod' }
        if ("$file" -ceq '') { return '', 0, 0 }
        $go, $toolchain, $block = '', '', $false
        try {
            switch -Regex -CaseSensitive -File (Get-Escaped $file) {
                # What is in a block, as of require, is neither line.
                '\A' {
                    if ($block) { $block = $_ -cnotmatch '\A\s*\)'; continue }
                    if (($_ -creplace '//.*', '') -cmatch '\(\s*\z') { $block = $true; continue }
                }
                '\A\s*(go|toolchain)[ \t](.*)\z' {
                    $text = $Matches[2] -creplace '//.*', '' -creplace '\A\s+|\s+\z', ''
                    if ($text -ceq '') { $text = 'none' }
                    if ($Matches[1] -ceq 'go') { if ($go -ceq '') { $go = $text } } elseif ($toolchain -ceq '') { $toolchain = $text }
                }
            }
        } catch { throw "go-env: $file cannot be read, so it is not known which Go this project wants. Nothing was changed." }
        $texts = @(if ($go -cne '') { $go })
        if ($toolchain -cne '' -and $toolchain -cne 'default') {
            $texts += $(if ($toolchain -cmatch '\Ago') { $toolchain -creplace '\Ago', '' -creplace '-.*\z', '' } else { 'none' })
        }
        $want, $key, $exact = '', 0, 0
        foreach ($text in $texts) {
            $keys = @(Get-Key $text)
            if ($keys.Count -ne 2) { throw "go-env: $file has a go or toolchain line that is not a version of Go. Put it right. Nothing was changed." }
            if ($keys[0] -gt $key) { $want, $key, $exact = $text, $keys[0], $keys[1] }
        }
        $want; $key; $exact
    }

    # The SDK below these directories that fits best: the wanted version, else the newest of its language version, else the newest that is
    # not older; releases first.
    function Get-Sdk([string[]] $places) {
        $want, $wantKey, $wantExact = Get-Wanted
        $best, $root, $found = 0, '', @()
        foreach ($place in $places) {
            if (-not (Test-Path -LiteralPath $place -PathType Container)) { continue }
            foreach ($child in @(Get-ChildItem -LiteralPath $place)) {
                $sdk = Get-Clean ("$place@SLASH@" + $child.Name)
                if (-not (Test-Path -LiteralPath "$sdk@SLASH@VERSION" -PathType Leaf)) { continue }
                if (-not (Test-Path -LiteralPath "$sdk@SLASH@bin@SLASH@@GO@" -PathType Leaf)) { continue }
                $line = $null
                try { switch -Regex -File (Get-Escaped "$sdk@SLASH@VERSION") { '' { if ($null -eq $line) { $line = $_ } } } } catch { continue }
                if ("$line" -cnotmatch '\Ago(1[^\s-]*)') { continue }
                $version = $Matches[1]
                $keys = @(Get-Key $version)
                if ($keys.Count -ne 2) { continue }
                $found += "go$version in $sdk"
                $rank = $keys[0]
                if ($rank -lt $wantKey) { continue }
                if ($keys[0] % 100000 -ge 20000) { $rank += 100000000 }
                if (($keys[0] - $keys[0] % 100000) -eq ($wantKey - $wantKey % 100000)) { $rank += 200000000 }
                if ($keys[0] -eq $wantExact) { $rank += 400000000 }
                if ($rank -gt $best) { $best, $root = $rank, $sdk }
            }
        }
        if ($root -cne '') { return $root }
        $want = $(if ($want -ceq '') { 'a Go SDK' } elseif ($wantExact -ne $wantKey) { "go$want.0" } else { "go$want" })
        $found = $(if ($found.Count) { $found -join ', ' } else { 'none' })
        throw "go-env: this project wants $want; found: $found; install it below $($places -join ' or '). Nothing was changed."
    }

    # PATH without these entries, once, where they stand as a whole; $null where they do not.
    function Get-Cut($path, [string] $entries) {
        $whole, $part = "@SEP@${path}@SEP@", "@SEP@${entries}@SEP@"
        if ($entries -ceq '') { return "$path" }
        if ($whole -ceq $part) { return '' }
        $pieces = $whole -csplit [regex]::Escape($part), 2
        if ($pieces.Count -lt 2) { return }
        ($pieces -join '@SEP@') -creplace '\A@SEP@|@SEP@\z', ''
    }

    function Get-Depth {
        $depth = Get-Variable_ '_GO_ENV_DEPTH'
        if ("$depth" -cmatch '\A[1-9][0-9]{0,2}\z') { [int] $depth } else { 0 }
    }

    function Get-Names([int] $level) {
        @("$(Get-Variable_ "_GO_ENV_${level}_NAMES")" -csplit ' ' | Where-Object { $_ -cmatch '\A[A-Za-z_][A-Za-z0-9_]*\z' })
    }

    function Invoke-Pop {
        $depth = Get-Depth
        if ($depth -eq 0) { throw 'go-env: there is nothing to leave: no project was entered in this shell.' }
        $frame = "_GO_ENV_${depth}_"
        foreach ($name in Get-Names $depth) {
            Set-Variable_ $name (Get-Variable_ "${frame}WAS_$name")
            Set-Variable_ "${frame}WAS_$name" $null
        }
        $added = "$(Get-Variable_ "${frame}ADD")"
        $path = Get-Cut $env:PATH $added
        if ($null -eq $path) {
            # Somebody changed what stands between our entries: they go one by one.
            $path = "$env:PATH"
            foreach ($entry in ($added -csplit '@SEP@')) {
                $rest = Get-Cut $path $entry
                if ($null -ne $rest) { $path = $rest }
            }
        }
        Set-Variable_ 'PATH' $(if ($path -cne '') { $path } else { $null })
        foreach ($name in 'NAMES', 'ADD', 'DIR', 'NOPATH') { Set-Variable_ "$frame$name" $null }
        Set-Variable_ '_GO_ENV_DEPTH' $(if ($depth -gt 1) { "$($depth - 1)" } else { $null })
    }

    function Invoke-Enter {
@SDK@
        $values = @(
@VALUES@
        )
        $added = @()
        foreach ($entry in @(
@ADDS@
        )) { if ($added -cnotcontains $entry) { $added += $entry } }
        if ("$(Get-Variable_ "_GO_ENV_$(Get-Depth)_DIR")" -c@EQ@ $here) { Invoke-Pop }
        $below = Get-Depth@PAIR@
        $frame = "_GO_ENV_$($below + 1)_"
        $names = @(foreach ($pair in $values) { $pair[0] })
        # What a project entered before set, and this one does not, is for this one as it was before them all; but not GOROOT: its go stays on PATH.
        foreach ($name in Get-Names $below) {
            if ($names -ccontains $name -or $name -ceq 'GOROOT') { continue }
            $names += $name
            for ($level = 1; $level -le $below; $level++) {
                if (@(Get-Names $level) -ccontains $name) { $values += , @($name, (Get-Variable_ "_GO_ENV_${level}_WAS_$name")); break }
            }
        }
        foreach ($name in $names) { Set-Variable_ "${frame}WAS_$name" (Get-Variable_ $name) }
        Set-Variable_ "${frame}NAMES" ($names -join ' ')
        Set-Variable_ "${frame}DIR" $here
        Set-Variable_ "${frame}ADD" ($added -join '@SEP@')
        $env:_GO_ENV_DEPTH = "$($below + 1)"
        foreach ($pair in $values) { Set-Variable_ $pair[0] $pair[1] }
        if ("$env:PATH" -ceq '') { Set-Variable_ "${frame}NOPATH" 'y' }
        if ($added.Count) { $env:PATH = $(if ("$env:PATH" -ceq '') { $added -join '@SEP@' } else { ($added -join '@SEP@') + '@SEP@' + $env:PATH }) }@LONG@
    }

    if ($command -ceq 'pop') { Invoke-Pop }
    elseif ("$command" -ceq '') { Invoke-Enter }
    else { throw 'go-env: . @DOT@go-env.ps1 enters this project, . @DOT@go-env.ps1 pop leaves it. Nothing was changed.' }
} $PSScriptRoot @args
"""


# What says to start files which project is entered (see launcher_sh). What the project entered last set is again what
# it was before that.
SET_PAIR = r"""
        $held = @(foreach ($pair in $values) { $pair[0] })
        $gone = @(foreach ($name in Get-Names $below) { if ($name -cne 'GOROOT') { $name } })
        foreach ($name in ("$(Get-Variable_ '_GO_ENV_NAMES')" -csplit ' ')) {
            if ($name -cne '' -and $held -cnotcontains $name -and $gone -cnotcontains $name) { $held += $name }
        }
        $values += , @('_GO_ENV_NAMES', ($held -join ' '))
        $values += , @('_GO_ENV_PATH', (@(foreach ($entry in @($added) + "$(Get-Variable_ '_GO_ENV_PATH')") { if ($entry -cne '') { $entry } }) -join ':'))"""


LONG = r"""
        if ("$env:PATH".Length -gt 8191) {
            "go-env: PATH has $("$env:PATH".Length) characters now, and cmd.exe takes no notice of one longer than 8191." | Out-Host
        }"""


PINNED = r"""        $root = @PLACE@
        if (-not (Test-Path -LiteralPath "$root@SLASH@bin@SLASH@@GO@" -PathType Leaf)) {
            throw "go-env: this project's Go SDK $root is not there, or has no bin@SLASH@@GO@: install it. Nothing was changed."
        }"""
