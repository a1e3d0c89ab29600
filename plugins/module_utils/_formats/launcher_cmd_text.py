# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of go-env.cmd, with places to fill in (`templates.fill`). Pure."""

from __future__ import annotations

SCRIPT = r"""rem The Go environment of this project, for this shell only. gopher.devbox manages this file: it overwrites what is changed here.
rem
rem   go-env.cmd             enter: sets @SETS@ (from a batch file: call go-env.cmd)
rem   go-env.cmd pop         leave
rem   go-env.cmd env FILE    write what entering would set to FILE, as NAME=value lines; changes no environment
rem   go-env.cmd run PROGRAM ARGUMENT...    run a program in that environment
if "%~1"=="pop" goto _goenv_pop
if not "%~1"=="" if not "%~1"=="env" if not "%~1"=="run" goto _goenv_usage
if "%~1"=="" if "!"=="" set "_goenv_m=1"
setlocal EnableExtensions DisableDelayedExpansion
set "_goenv_here=%~dp0."
call :_goenv_full _goenv_here
set "_goenv_out=%~f2"
set "_goenv_add="
set "_goenv_root="
@LITERALS@
@SDK@
@VALUES@
@ADDS@
call :_goenv_long
if errorlevel 1 goto _goenv_failed
if "%~1"=="env" goto _goenv_env
if "%~1"=="run" goto _goenv_run
if "%_goenv_m%"=="1" goto _goenv_escape
setlocal EnableDelayedExpansion
@CROSS@
goto _goenv_push
:_goenv_escape
@ESCAPES@
setlocal EnableDelayedExpansion
@CROSSON@

rem From here on, in the caller's scope.
:_goenv_push
set /a _goenv_d=_GO_ENV_DEPTH 2>nul
call :_goenv_move _GO_ENV_%_goenv_d%_DIR _goenv_e
call :_goenv_equal _goenv_e _goenv_here
if not errorlevel 1 call :_goenv_leave
set /a _goenv_d=_GO_ENV_DEPTH 2>nul
set /a _goenv_e=_goenv_d+1
set "_goenv_mine=@NAMES@"
set "_goenv_all=@NAMES@"
call :_goenv_move _GO_ENV_%_goenv_d%_NAMES _goenv_names
call :_goenv_inherit %_goenv_names%
call :_goenv_save %_goenv_mine%
set "_GO_ENV_%_goenv_e%_NAMES=%_goenv_all%"
call :_goenv_move _goenv_here _GO_ENV_%_goenv_e%_DIR
call :_goenv_move _goenv_add _GO_ENV_%_goenv_e%_ADD
set "_GO_ENV_DEPTH=%_goenv_e%"
call :_goenv_set
call :_goenv_clean
exit /b 0

:_goenv_pop
set /a _goenv_d=_GO_ENV_DEPTH 2>nul
if %_goenv_d% GTR 0 goto _goenv_popping
set "_goenv_d="
>&2 echo go-env: there is nothing to leave: no project was entered in this shell.
exit /b 1
:_goenv_popping
call :_goenv_leave
call :_goenv_clean
exit /b 0

:_goenv_usage
>&2 echo go-env: go-env.cmd enters this project, go-env.cmd pop leaves it, and there are env FILE and run PROGRAM ARGUMENT... Nothing was changed.
exit /b 2

:_goenv_failed
endlocal
set "_goenv_m="
exit /b 1

rem Writes UTF-8, a line for each, to a file that is whole or is not there.
:_goenv_env
if not "%~2"=="" goto _goenv_write
>&2 echo go-env: env wants the file to write: go-env.cmd env FILE
exit /b 2
:_goenv_write
call :_goenv_set
set "_goenv_draft=%_goenv_out%.%RANDOM%.tmp"
call :_goenv_page
if errorlevel 1 exit /b 1
setlocal EnableDelayedExpansion
call :_goenv_print @NAMES@ PATH >"!_goenv_draft!"
"%SystemRoot%\System32\chcp.com" %_goenv_cp% >nul
if not exist "!_goenv_draft!" goto _goenv_unwritten
move /y "!_goenv_draft!" "!_goenv_out!" >nul
if not exist "!_goenv_draft!" exit /b 0
del /q "!_goenv_draft!"
:_goenv_unwritten
>&2 echo go-env: !_goenv_out! could not be written.
exit /b 1
:_goenv_print
if "%~1"=="" exit /b 0
echo %~1=!%~1!
shift
goto _goenv_print

:_goenv_run
if "%~2"=="" goto _goenv_norun
call :_goenv_set
set _goenv_args=%*@BLANK@
call :_goenv_clean
setlocal EnableDelayedExpansion
set "_goenv_args=!_goenv_args:*run=!"
!_goenv_args!
exit /b %errorlevel%
:_goenv_norun
>&2 echo go-env: run wants the program to run: go-env.cmd run PROGRAM ARGUMENT...
exit /b 2

rem Sets the variables and PATH from what was computed.
:_goenv_set
@SETTING@
if not defined _goenv_add exit /b 0
if not defined PATH goto _goenv_nopath
if "!"=="" goto _goenv_pathon
setlocal EnableDelayedExpansion
for /f "eol=@DEL@ delims=" %%A in ("!_goenv_add!;!PATH!") do @(
endlocal
set "PATH=%%A"
)
exit /b 0
:_goenv_pathon
set "PATH=!_goenv_add!;!PATH!"
exit /b 0
:_goenv_nopath
call :_goenv_move _goenv_add PATH
exit /b 0

rem Copies variable %1 to variable %2, which is unset when %1 is.
:_goenv_move
set "%~2="
if not defined %~1 exit /b 0
if "!"=="" goto _goenv_moveon
setlocal EnableDelayedExpansion
for /f "eol=@DEL@ delims=" %%A in ("!%~1!") do @(
endlocal
set "%~2=%%A"
)
exit /b 0
:_goenv_moveon
set "%~2=!%~1!"
exit /b 0

rem Whether variables %1 and %2 hold the same directory.
:_goenv_equal
setlocal EnableDelayedExpansion
if /i "!%~1!"=="!%~2!" exit /b 0
exit /b 1

:_goenv_save
if "%~1"=="" exit /b 0
call :_goenv_move %~1 _GO_ENV_%_goenv_e%_WAS_%~1
shift
goto _goenv_save

rem What a project entered before set, and this one does not, is for this one as it was before them all; but not GOROOT: its go stays on PATH.
:_goenv_inherit
if "%~1"=="" exit /b 0
call :_goenv_has _goenv_mine %~1
if not errorlevel 1 goto _goenv_inherited
if "%~1"=="GOROOT" goto _goenv_inherited
set "_goenv_all=%_goenv_all% %~1"
call :_goenv_move %~1 _GO_ENV_%_goenv_e%_WAS_%~1
set "_goenv_i=0"
:_goenv_level
set /a _goenv_i=_goenv_i+1
if %_goenv_i% GTR %_goenv_d% goto _goenv_inherited
call :_goenv_has _GO_ENV_%_goenv_i%_NAMES %~1
if errorlevel 1 goto _goenv_level
call :_goenv_move _GO_ENV_%_goenv_i%_WAS_%~1 %~1
:_goenv_inherited
shift
goto _goenv_inherit

rem Whether the names in variable %1 have %2 among them.
:_goenv_has
setlocal EnableDelayedExpansion
set "_goenv_q= !%~1! "
if not "!_goenv_q: %~2 =!"=="!_goenv_q!" exit /b 0
exit /b 1

rem Leaves the project entered last. PATH loses what went before it, and nothing else.
:_goenv_leave
call :_goenv_move _GO_ENV_%_goenv_d%_NAMES _goenv_names
call :_goenv_restore %_goenv_names%
call :_goenv_move _GO_ENV_%_goenv_d%_ADD _goenv_part
call :_goenv_cut
if errorlevel 1 call :_goenv_pieces
set "_GO_ENV_%_goenv_d%_NAMES="
set "_GO_ENV_%_goenv_d%_ADD="
set "_GO_ENV_%_goenv_d%_DIR="
set "_GO_ENV_%_goenv_d%_NOPATH="
set /a _GO_ENV_DEPTH=_goenv_d-1
if "%_GO_ENV_DEPTH%"=="0" set "_GO_ENV_DEPTH="
exit /b 0

:_goenv_restore
if "%~1"=="" exit /b 0
call :_goenv_move _GO_ENV_%_goenv_d%_WAS_%~1 %~1
set "_GO_ENV_%_goenv_d%_WAS_%~1="
shift
goto _goenv_restore

rem Takes _goenv_part out of PATH, once, where it stands as whole entries. Fails where it does not.
:_goenv_cut
if not defined _goenv_part exit /b 0
if not defined PATH exit /b 1
call :_goenv_find
if errorlevel 1 exit /b 1
if "!"=="" goto _goenv_cuton
setlocal EnableDelayedExpansion
set "_goenv_head=!PATH:~0,%_goenv_at%!"
set "_goenv_tail="
if defined _goenv_i set "_goenv_tail=!PATH:~%_goenv_i%!"
if not defined _goenv_i if defined _goenv_head set "_goenv_head=!_goenv_head:~0,-1!"
if not defined _goenv_head if not defined _goenv_tail goto _goenv_cutall
for /f "eol=@DEL@ delims=" %%A in ("!_goenv_head!!_goenv_tail!") do @(
endlocal
set "PATH=%%A"
)
exit /b 0
:_goenv_cutall
endlocal
set "PATH="
exit /b 0
:_goenv_cuton
set "_goenv_head=!PATH:~0,%_goenv_at%!"
set "_goenv_tail="
if defined _goenv_i set "_goenv_tail=!PATH:~%_goenv_i%!"
if not defined _goenv_i if defined _goenv_head set "_goenv_head=!_goenv_head:~0,-1!"
set "PATH=!_goenv_head!!_goenv_tail!"
set "_goenv_head="
set "_goenv_tail="
exit /b 0

rem _goenv_at: where in PATH the entries _goenv_part begin; _goenv_i: where what follows them does; unset when nothing does.
:_goenv_find
setlocal EnableDelayedExpansion
set "_goenv_s=!_goenv_part!"
call :_goenv_length
set "_goenv_w=%_goenv_n%"
set "_goenv_rest=!PATH!"
:_goenv_finding
if "!_goenv_rest!"=="!_goenv_part!" goto _goenv_found
set /a _goenv_i=_goenv_w+1
if "!_goenv_rest:~0,%_goenv_i%!"=="!_goenv_part!;" goto _goenv_found
set "_goenv_tail=!_goenv_rest:*;=!"
if not defined _goenv_tail exit /b 1
if "!_goenv_tail!"=="!_goenv_rest!" exit /b 1
set "_goenv_rest=!_goenv_tail!"
goto _goenv_finding
:_goenv_found
set "_goenv_s=!PATH!"
call :_goenv_length
set "_goenv_all=%_goenv_n%"
set "_goenv_s=!_goenv_rest!"
call :_goenv_length
set /a _goenv_i=_goenv_all-_goenv_n
set /a _goenv_n=_goenv_i+_goenv_w+1
if "!_goenv_rest!"=="!_goenv_part!" set "_goenv_n="
endlocal & set "_goenv_at=%_goenv_i%" & set "_goenv_i=%_goenv_n%"
exit /b 0

rem _goenv_n: how many characters _goenv_s has, where delayed expansion is on.
:_goenv_length
set "_goenv_n=0"
set "_goenv_p=16384"
if not defined _goenv_s exit /b 0
:_goenv_lengthen
if "!_goenv_s:~0,%_goenv_p%!"=="!_goenv_s!" goto _goenv_shorter
set /a _goenv_n=_goenv_n+_goenv_p
set "_goenv_s=!_goenv_s:~%_goenv_p%!"
:_goenv_shorter
set /a _goenv_p=_goenv_p/2
if %_goenv_p% GTR 0 goto _goenv_lengthen
set /a _goenv_n=_goenv_n+1
exit /b 0

rem Somebody changed what stands between our entries: they go one by one.
:_goenv_pieces
call :_goenv_move _goenv_part _goenv_rest
:_goenv_piece
if not defined _goenv_rest exit /b 0
call :_goenv_first
call :_goenv_cut
goto _goenv_piece
rem _goenv_part: the first of the entries _goenv_rest, which loses it. They are ours, and have no quote in them.
:_goenv_first
setlocal EnableDelayedExpansion
set "_goenv_tail=!_goenv_rest:*;=!"
if "!_goenv_tail!"=="!_goenv_rest!" set "_goenv_tail="
set "_goenv_s=!_goenv_tail!"
call :_goenv_length
set "_goenv_w=%_goenv_n%"
set "_goenv_s=!_goenv_rest!"
call :_goenv_length
set /a _goenv_i=_goenv_n-_goenv_w-1
set /a _goenv_w=_goenv_i+1
if not defined _goenv_tail set "_goenv_w="
endlocal & set "_goenv_i=%_goenv_i%" & set "_goenv_w=%_goenv_w%"
set "_goenv_names="
if not defined _goenv_w call :_goenv_move _goenv_rest _goenv_part
if defined _goenv_w call :_goenv_sub _goenv_rest _goenv_part "0,%_goenv_i%"
if defined _goenv_w call :_goenv_sub _goenv_rest _goenv_names "%_goenv_w%"
call :_goenv_move _goenv_names _goenv_rest
exit /b 0

rem Makes variable %2 the part of variable %1 that begins at %3.
:_goenv_sub
set "%~2="
if "!"=="" goto _goenv_subon
setlocal EnableDelayedExpansion
set "_goenv_s=!%~1:~%~3!"
if not defined _goenv_s exit /b 0
for /f "eol=@DEL@ delims=" %%A in ("!_goenv_s!") do @(
endlocal
set "%~2=%%A"
)
exit /b 0
:_goenv_subon
set "%~2=!%~1:~%~3!"
exit /b 0

rem In the script's own scope, where delayed expansion is off.

rem Makes variable %1, a directory, the full path of it, below the one in variable %2 if that is named.
:_goenv_full
set "_goenv_v="
if not "%~2"=="" call :_goenv_move %~2 _goenv_v
setlocal EnableDelayedExpansion
if defined _goenv_v set "_goenv_v=!_goenv_v!\"
for /f "eol=@DEL@ delims=" %%A in ("!_goenv_v!!%~1!") do @(
endlocal
set "%~1=%%~fA"
)
exit /b 0

rem Makes variable %1 a list with the entry in variable %2 at its end.
:_goenv_join
if not defined %~1 goto _goenv_begin
setlocal EnableDelayedExpansion
for /f "eol=@DEL@ delims=" %%A in ("!%~1!;!%~2!") do @(
endlocal
set "%~1=%%A"
)
exit /b 0
:_goenv_begin
call :_goenv_move %~2 %~1
exit /b 0

rem Adds the directory in variable %1 to what goes before PATH, unless it is there.
:_goenv_adding
call :_goenv_move %~1 _goenv_part
if not defined _goenv_add goto _goenv_join_add
setlocal EnableDelayedExpansion
set "PATH=!_goenv_add!"
call :_goenv_find
if not errorlevel 1 exit /b 0
endlocal
:_goenv_join_add
call :_goenv_join _goenv_add _goenv_part
exit /b 0

rem Doubles carets and marks exclamation marks in variable %1, for a caller who has delayed expansion on.
:_goenv_escaping
if not defined %~1 exit /b 0
call :_goenv_move %~1 _goenv_v
set "_goenv_v=%_goenv_v:^=^^%"
set "%~1=%_goenv_v:!=^!%"
exit /b 0

rem A line that is too long breaks cmd.exe in the middle of things, and it takes no notice of a PATH longer than 8191 that it inherits.
:_goenv_long
setlocal EnableDelayedExpansion
set "_goenv_s=!_goenv_add!;!PATH!"
call :_goenv_length
if %_goenv_n% LSS @LIMIT@ exit /b 0
>&2 echo go-env: PATH would have %_goenv_n% characters, and cmd.exe holds no more than 8191. Shorten PATH first. Nothing was changed.
exit /b 1

rem Makes the console's code page UTF-8. _goenv_cp: the one it had.
:_goenv_page
set "_goenv_cp="
set "_goenv_q=%TEMP%\go-env.%RANDOM%.tmp"
"%SystemRoot%\System32\chcp.com" >"%_goenv_q%"
setlocal EnableDelayedExpansion
for /f "usebackq tokens=2 delims=:." %%A in ("!_goenv_q!") do @(
endlocal
set "_goenv_cp=%%A"
)
del /q "%_goenv_q%"
"%SystemRoot%\System32\chcp.com" 65001 >nul
if not errorlevel 1 exit /b 0
>&2 echo go-env: there is no console here whose code page could be made UTF-8, which names that are not ASCII need. Nothing was changed.
exit /b 1

:_goenv_clean
set "_goenv_m="
set "_goenv_here="
set "_goenv_add="
set "_goenv_d="
set "_goenv_e="
set "_goenv_i="
set "_goenv_n="
set "_goenv_at="
set "_goenv_w="
set "_goenv_mine="
set "_goenv_all="
set "_goenv_names="
set "_goenv_part="
set "_goenv_rest="
@CLEAN@
exit /b 0
"""


PINNED = r"""@PLACE@
call :_goenv_move _goenv_l0 _goenv_root
setlocal EnableDelayedExpansion
if exist "!_goenv_root!\bin\go.exe" goto _goenv_sdkok
>&2 echo go-env: this project's Go SDK !_goenv_root! is not there, or has no bin\go.exe: install it. Nothing was changed.
endlocal
goto _goenv_failed
:_goenv_sdkok
endlocal"""


CHOSEN = r"""call :_goenv_wanted
if errorlevel 1 goto _goenv_failed
set "_goenv_best=0"
set "_goenv_found="
set "_goenv_sought="
@LOOKS@
if defined _goenv_root goto _goenv_sdkok
if not defined _goenv_found set "_goenv_found=none"
setlocal EnableDelayedExpansion
>&2 echo go-env: this project wants !_goenv_want!; found: !_goenv_found!; install it below !_goenv_sought!. Nothing was changed.
endlocal
goto _goenv_failed
:_goenv_sdkok"""


CHOOSING = r"""
rem _goenv_wk, _goenv_wx: the key of the version that the work file, or the module, of the project asks for, and of the exact release; 0 for any.
:_goenv_wanted
set "_goenv_wk=0"
set "_goenv_wx=0"
set "_goenv_want=a Go SDK"
set "_goenv_file="
@WORK@
if "%_goenv_work%"=="auto" set "_goenv_work="
if "%_goenv_work%"=="off" goto _goenv_module
if defined _goenv_work set "_goenv_file=%_goenv_work%"
if defined _goenv_work goto _goenv_reading
call :_goenv_above go.work
if defined _goenv_file goto _goenv_reading
:_goenv_module
call :_goenv_above go.mod
if not defined _goenv_file exit /b 0
:_goenv_reading
setlocal EnableDelayedExpansion
if exist "!_goenv_file!" goto _goenv_read
>&2 echo go-env: !_goenv_file! cannot be read, so it is not known which Go this project wants. Nothing was changed.
exit /b 1
:_goenv_read
set "_goenv_go="
set "_goenv_tc="
rem What is in a block, as of require, is neither line.
set "_goenv_blk="
for /f "usebackq tokens=1* eol=@DEL@" %%A in ("!_goenv_file!") do @(
set "_goenv_s=x%%A"
set "_goenv_q=x%%B"
if not defined _goenv_blk if "%%A"=="go" if not defined _goenv_go set "_goenv_go=x%%B"
if not defined _goenv_blk if "%%A"=="toolchain" if not defined _goenv_tc set "_goenv_tc=x%%B"
if not defined _goenv_blk if "!_goenv_q:~1,1!"=="(" if not "!_goenv_q:~1,2!"=="()" if not "!_goenv_q:~1,3!"=="( )" set "_goenv_blk=x"
if not defined _goenv_blk if "!_goenv_s:~-1!"=="(" set "_goenv_blk=x"
if defined _goenv_blk if "!_goenv_s:~1,1!"==")" set "_goenv_blk="
)
call :_goenv_trim _goenv_go
call :_goenv_trim _goenv_tc
if "!_goenv_tc!"=="xdefault" set "_goenv_tc="
if not defined _goenv_go goto _goenv_toolchain
set "_goenv_v=!_goenv_go:~1!"
call :_goenv_key
if not defined _goenv_k goto _goenv_noversion
set "_goenv_wk=%_goenv_k%"
set "_goenv_wx=%_goenv_x%"
set "_goenv_want=go%_goenv_v%"
if not "%_goenv_k%"=="%_goenv_x%" set "_goenv_want=go%_goenv_v%.0"
:_goenv_toolchain
if not defined _goenv_tc goto _goenv_known
if not "!_goenv_tc:~0,3!"=="xgo" goto _goenv_noversion
set "_goenv_v="
for /f "eol=@DEL@ delims=-" %%A in ("!_goenv_tc:~3!") do @set "_goenv_v=%%A"
call :_goenv_key
if not defined _goenv_k goto _goenv_noversion
if %_goenv_k% LEQ %_goenv_wk% goto _goenv_known
set "_goenv_wk=%_goenv_k%"
set "_goenv_wx=%_goenv_x%"
set "_goenv_want=go%_goenv_v%"
if not "%_goenv_k%"=="%_goenv_x%" set "_goenv_want=go%_goenv_v%.0"
:_goenv_known
endlocal & set "_goenv_wk=%_goenv_wk%" & set "_goenv_wx=%_goenv_wx%" & set "_goenv_want=%_goenv_want%"
exit /b 0
:_goenv_noversion
>&2 echo go-env: !_goenv_file! has a go or toolchain line that is not a version of Go. Put it right. Nothing was changed.
exit /b 1

rem Takes the comment, and blanks at the end, off variable %1; its first character is an x. Delayed expansion is on.
:_goenv_trim
if not defined %~1 exit /b 0
set "_goenv_q=!%~1!"
set "_goenv_rest=!%~1:*//=!"
if "!_goenv_rest!"=="!_goenv_q!" goto _goenv_trimming
set "_goenv_s=!_goenv_q!"
call :_goenv_length
set "_goenv_w=%_goenv_n%"
set "_goenv_s=!_goenv_rest!"
call :_goenv_length
set /a _goenv_i=_goenv_w-_goenv_n-2
set "_goenv_q=!_goenv_q:~0,%_goenv_i%!"
:_goenv_trimming
set "_goenv_v=xnone"
for /f "tokens=1* eol=@DEL@" %%A in ("!_goenv_q!") do @(
set "_goenv_v=%%A"
if not "%%B"=="" set "_goenv_v=xnone"
)
set "%~1=!_goenv_v!"
exit /b 0

rem _goenv_file: the file %1 in the project's directory, or the nearest above.
:_goenv_above
call :_goenv_into _goenv_here
:_goenv_up
if exist %~1 for %%A in (%~1) do @set "_goenv_file=%%~fA"
if defined _goenv_file goto _goenv_upped
for %%A in (.) do @set "_goenv_q=%%~fA"
cd ..
for %%A in (.) do @set "_goenv_v=%%~fA"
call :_goenv_equal _goenv_q _goenv_v
if errorlevel 1 goto _goenv_up
:_goenv_upped
call :_goenv_back
exit /b 0

rem Changes to the directory in variable %1, and back: pushd also goes where a share is named. Wine's popd leaves drive C: behind.
:_goenv_back
popd
cd .
exit /b 0
:_goenv_into
setlocal EnableDelayedExpansion
for /f "eol=@DEL@ delims=" %%A in ("!%~1!") do @(
endlocal
pushd "%%A"
)
exit /b 0

rem _goenv_k: a number that grows as Go orders versions, _goenv_x: that of the release which a language version alone means; for _goenv_v,
rem which may be any text; unset when it is not a version. Delayed expansion is on.
:_goenv_key
set "_goenv_k="
set "_goenv_x="
if not defined _goenv_v exit /b 0
set "_goenv_q=!_goenv_v!"
@STRIPS@
if defined _goenv_q exit /b 0
set "_goenv_1="
set "_goenv_2="
set "_goenv_3="
set "_goenv_4="
for /f "tokens=1-4 delims=." %%A in ("!_goenv_v!") do @(
set "_goenv_1=%%A"
set "_goenv_2=%%B"
set "_goenv_3=%%C"
set "_goenv_4=%%D"
)
if not "%_goenv_1%"=="1" exit /b 0
if not defined _goenv_2 exit /b 0
set "_goenv_q=%_goenv_1%.%_goenv_2%"
if defined _goenv_3 set "_goenv_q=%_goenv_q%.%_goenv_3%"
if not "%_goenv_q%"=="%_goenv_v%" exit /b 0
set "_goenv_4=0"
if defined _goenv_3 set "_goenv_4=20000"
if defined _goenv_3 goto _goenv_numbers
set "_goenv_q=%_goenv_2%"
for /f "tokens=1,2 delims=rc" %%A in ("!_goenv_q!") do @(
set "_goenv_2=%%A"
set "_goenv_3=%%B"
)
if "%_goenv_2%rc%_goenv_3%"=="%_goenv_q%" set "_goenv_4=10000"
if "%_goenv_4%"=="10000" goto _goenv_before
for /f "tokens=1,2 delims=beta" %%A in ("!_goenv_q!") do @(
set "_goenv_2=%%A"
set "_goenv_3=%%B"
)
if "%_goenv_2%beta%_goenv_3%"=="%_goenv_q%" goto _goenv_before
set "_goenv_2=%_goenv_q%"
set "_goenv_3="
goto _goenv_numbers
:_goenv_before
if not defined _goenv_3 exit /b 0
:_goenv_numbers
set "_goenv_q="
set /a _goenv_q=%_goenv_2% 2>nul
if not "%_goenv_q%"=="%_goenv_2%" exit /b 0
if %_goenv_2% GTR 999 exit /b 0
if not defined _goenv_3 goto _goenv_language
set "_goenv_q="
set /a _goenv_q=%_goenv_3% 2>nul
if not "%_goenv_q%"=="%_goenv_3%" exit /b 0
if %_goenv_3% GTR 9999 exit /b 0
set /a _goenv_k=_goenv_2*100000+_goenv_4+_goenv_3
set /a _goenv_x=_goenv_k
exit /b 0
:_goenv_language
set /a _goenv_x=_goenv_2*100000+20000
set /a _goenv_k=_goenv_2*100000
if %_goenv_2% LSS 21 set /a _goenv_k=_goenv_x
exit /b 0

rem Looks at the SDKs in the directory _goenv_l: the wanted version, else the newest of its language version, else the newest that is not
rem older; releases first.
:_goenv_looking
call :_goenv_join _goenv_sought _goenv_l
call :_goenv_there _goenv_l
if errorlevel 1 exit /b 0
call :_goenv_into _goenv_l
for /d %%D in (*) do @(
set "_goenv_n=%%D"
call :_goenv_look
)
call :_goenv_back
exit /b 0
:_goenv_look
call :_goenv_into _goenv_n
set "_goenv_k="
if exist bin\go.exe if exist VERSION call :_goenv_version
call :_goenv_back
if not defined _goenv_k exit /b 0
if defined _goenv_found set "_goenv_found=%_goenv_found%, "
set "_goenv_found=%_goenv_found%go%_goenv_k1%"
if %_goenv_k% LSS %_goenv_wk% exit /b 0
set "_goenv_r=%_goenv_k%"
set /a _goenv_q=_goenv_k-_goenv_k/100000*100000
if %_goenv_q% GEQ 20000 set /a _goenv_r=_goenv_r+100000000
set /a _goenv_q=_goenv_k/100000-_goenv_wk/100000
if "%_goenv_q%"=="0" set /a _goenv_r=_goenv_r+200000000
if "%_goenv_k%"=="%_goenv_wx%" set /a _goenv_r=_goenv_r+400000000
if %_goenv_r% LEQ %_goenv_best% exit /b 0
set "_goenv_best=%_goenv_r%"
call :_goenv_move _goenv_n _goenv_root
call :_goenv_full _goenv_root _goenv_l
exit /b 0

rem Whether the directory in variable %1 is there.
:_goenv_there
setlocal EnableDelayedExpansion
if exist "!%~1!\*" exit /b 0
exit /b 1

rem _goenv_k1, _goenv_k: the version in the current directory's VERSION, and its key; _goenv_k is unset when there is none.
:_goenv_version
setlocal EnableDelayedExpansion
set "_goenv_k="
set "_goenv_q="
for /f "usebackq tokens=1 eol=@DEL@" %%A in ("VERSION") do @(
if not defined _goenv_q set "_goenv_q=%%A"
)
if not defined _goenv_q exit /b 0
if not "!_goenv_q:~0,2!"=="go" set "_goenv_q="
set "_goenv_v="
if defined _goenv_q for /f "eol=@DEL@ delims=-" %%A in ("!_goenv_q:~2!") do @set "_goenv_v=%%A"
call :_goenv_key
if defined _goenv_k goto _goenv_versioned
endlocal
set "_goenv_k="
exit /b 0
:_goenv_versioned
endlocal & set "_goenv_k1=%_goenv_v%" & set "_goenv_k=%_goenv_k%"
exit /b 0
"""
