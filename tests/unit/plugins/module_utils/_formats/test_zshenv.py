"""Where a zshenv leads is what zsh itself says, or it is not understood: never another directory."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.zshenv import Zshenv, read

HOME, CONFIG = "/home/alice", "/home/alice/.config"
KNOWN = {"HOME": HOME, "XDG_CONFIG_HOME": CONFIG}

UNDERSTOOD = {
    "": None,
    "umask 022\npath=(~/bin $path)\n": None,
    "export ZDOTDIR=${ZDOTDIR:-$HOME/.config/zsh}": f"{CONFIG}/zsh",
    ": ${ZDOTDIR:=$HOME/.zsh}": f"{HOME}/.zsh",
    ": ${ZDOTDIR:=~/.zsh}": None,  # zsh takes a tilde there for a letter, or not: see below
    ': "${ZDOTDIR:=$HOME/.zsh}"; export ZDOTDIR': f"{HOME}/.zsh",
    "export EDITOR=vi ZDOTDIR=/z PAGER=less": "/z",
    "A=1 ZDOTDIR=/z": "/z",
    "typeset -x ZDOTDIR=/z": "/z",
    "typeset -gx ZDOTDIR=/z # here": "/z",
    "builtin export ZDOTDIR=/z": "/z",
    "export XDG_CONFIG_HOME=$HOME/cfg\nexport ZDOTDIR=$XDG_CONFIG_HOME/zsh": f"{HOME}/cfg/zsh",
    "Z=$HOME/.z; ZDOTDIR=$Z/${Z:-x}": f"{HOME}/.z{HOME}/.z",
    "ZDOTDIR='/a $b'": "/a $b",
    "ZDOTDIR=/a\\ b": "/a b",
    "ZDOTDIR=\"$HOME\"'/z'": f"{HOME}/z",
    'ZDOTDIR="/a \\"b\\" \\$c"': '/a "b" $c',
    "ZDOTDIR=/one\nZDOTDIR=/two\n": "/two",
    "ZDOTDIR=/one\nunset ZDOTDIR\n": None,
    "ZDOTDIR=relative": None,
    "MY_ZDOTDIR=/z": None,
    "# ZDOTDIR=/z": None,
    "ZDOTDIR=/z\nif [[ -d $ZDOTDIR ]]; then echo $ZDOTDIR; fi\n": "/z",
    "if true; then export A=1; fi\nZDOTDIR=/z\n": "/z",
    "f() {\n  echo 1\n}\nZDOTDIR=/z\n": "/z",
    "ZDOTDIR=\\\n/z": "/z",
    "[[ -f /no/such/file ]] && source /no/such/file\nZDOTDIR=/z": "/z",
}
DOUBTFUL = (
    "A==${ZDOTDIR:=/e}",
    "A=*${ZDOTDIR:=/e}",
    "B=; echo ${B:=/x}; ZDOTDIR=$B",
    "B=; A==${B::=/x}; ZDOTDIR=$B",
    'ZDOTDIR="$(realpath ~/.zsh)"',
    "ZDOTDIR=`pwd`/z",
    "ZDOTDIR=/a/$NOBODY_SETS_THIS",
    "[[ -d /x ]] && ZDOTDIR=/x",
    "[[ -d /x ]] || export ZDOTDIR=/x",
    "[[ -d /x ]] &&\n  ZDOTDIR=/x",
    "if [[ -d ~/.zsh ]]; then\n  export ZDOTDIR=~/.zsh\nfi",
    "case $OSTYPE in\n  linux*) ZDOTDIR=/l ;;\n  *) ZDOTDIR=/o ;;\nesac",
    "for d in /a /b; do ZDOTDIR=$d; done",
    "f() { ZDOTDIR=/z }; f",
    "(ZDOTDIR=/z)",
    "[[ -o login ]] || return\nZDOTDIR=/z",
    "eval 'ZDOTDIR=/z'",
    "read ZDOTDIR < /dev/null",
    "ZDOTDIR+=/z",
    "ZDOTDIR=/a/*",
    "ZDOTDIR=${HOME:h}/z",
    "cat <<EOF\nZDOTDIR=/z\nEOF\n",
    'X=1\n[ -n "$Y" ] && X=2\nZDOTDIR=/z/$X',
    "source $NOBODY_SETS_THIS/file",
    "ZDOTDIR='/z",
)


@pytest.mark.parametrize("text", [text for text in UNDERSTOOD if "=~" not in text])
def test_what_is_understood(text: str) -> None:
    texts = {"/no/such/file": None}
    assert read(text.encode(), KNOWN, texts) == Zshenv(UNDERSTOOD[text], True)


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_must_be_asked(text: str) -> None:
    assert not read(text.encode(), KNOWN, {}).understood


def test_files_that_are_read_in_between() -> None:
    text = b'. "$HOME/.cargo/env"\nsource ~/.config/zsh/env\n'
    cargo, env = f"{HOME}/.cargo/env", f"{CONFIG}/zsh/env"
    assert read(text, KNOWN, {}) == Zshenv(None, False, (cargo, env))
    held = {
        cargo: b"case :$PATH: in *) ;; esac\nexport PATH=$HOME/.cargo/bin:$PATH\n",
        env: b"export ZDOTDIR=$HOME/z\n",
    }
    assert read(text, KNOWN, held) == Zshenv(f"{HOME}/z", True)
    assert read(text, KNOWN, {cargo: None, env: None}) == Zshenv(None, True)
    endless = {cargo: b". ~/.cargo/env", env: None}
    assert not read(text, KNOWN, endless).understood
    assert not read(b"[ -f ~/.config/zsh/env ] && . ~/.config/zsh/env\n", KNOWN, held).understood, (
        "whether it is read depends on something"
    )


PIECES = st.sampled_from(
    [
        "ZDOTDIR",
        "A",
        "=",
        "$A",
        "${A:-/d}",
        "${ZDOTDIR:=/e}",
        "$HOME",
        "~",
        "/z",
        "'/q q'",
        '"$HOME/w"',
        "\\ ",
        " ",
        "\n",
        ";",
        "&&",
        "||",
        ": ",
        "export ",
    ]
    + [
        "if true; then ",
        "; fi\n",
        "false",
        "true",
        "# c\n",
        "unset ",
        "{ ",
        " }\n",
        "(",
        ")",
        "return\n",
        "typeset -x ",
        "$(echo /s)",
        "x() {",
        "\\\n",
        "`echo /b`",
    ]
)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here to be compared with")
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, min_size=1, max_size=9))
def test_zsh_says_the_same_or_it_is_not_understood(tmp_path: Path, pieces: list[str]) -> None:
    _compare(tmp_path, "".join(pieces))


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here to be compared with")
@pytest.mark.parametrize("text", UNDERSTOOD)
def test_zsh_agrees(tmp_path: Path, text: str) -> None:
    _compare(tmp_path, text)


def _compare(home: Path, text: str) -> None:
    (home / ".zshenv").write_text(text)
    found = read(text.encode(), {"HOME": str(home), "XDG_CONFIG_HOME": f"{home}/.config"}, {"/no/such/file": None})
    if not found.understood:
        return
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": f"{home}/.config", "PATH": "/usr/bin:/bin"}
    command = ["zsh", "-c", 'print -rn -- "[${ZDOTDIR-}]"']
    done = subprocess.run(
        command,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    told = done.stdout.rpartition("[")[2].rstrip("]")
    if not done.stdout.endswith("]") or "parse error" in done.stderr:
        return  # it ended before it was asked, or is no script at all
    assert found.zdotdir == (os.path.normpath(told) if told.startswith("/") else None), (text, done.stdout, done.stderr)
