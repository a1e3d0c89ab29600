"""What start files say of GOROOT and PATH: lines as people write them, and that nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.startlines import Line, lines_of

HOME = "/home/a"


def said(text: str) -> list[tuple[str, str, bool, bool]]:
    return [line[1:] for line in lines_of(text, HOME)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export GOROOT=/opt/go1.21.13", [("GOROOT", "/opt/go1.21.13", True, True)]),
        ("GOROOT=/opt/go; export GOROOT", [("GOROOT", "/opt/go", True, True)]),
        ('export GOROOT="$HOME/sdk/go1.21"', [("GOROOT", "/home/a/sdk/go1.21", True, True)]),
        ("export GOROOT=~/go-sdk/", [("GOROOT", "/home/a/go-sdk", True, True)]),
        ("export GOROOT='/opt/a b'  # mine", [("GOROOT", "/opt/a b", True, True)]),
        ("typeset -gx GOROOT=/opt/go", [("GOROOT", "/opt/go", True, True)]),
        ("unset GOROOT", [("GOROOT", "", True, True)]),
        ("set -gx GOROOT /opt/go", [("GOROOT", "/opt/go", True, True)]),
        ("set -e GOROOT", [("GOROOT", "", True, True)]),
        ("export PATH=/opt/go/bin:$PATH", [("PATH", "/opt/go/bin", True, True)]),
        ('PATH="$PATH:/usr/local/go/bin"', [("PATH", "/usr/local/go/bin", False, True)]),
        ("PATH=/a:${PATH}:/b", [("PATH", "/a", True, True), ("PATH", "/b", False, True)]),
        ("PATH=/a:/b", [("PATH", "/a", True, True), ("PATH", "/b", True, True)]),
        ("path=(/opt/go/bin $path)", [("PATH", "/opt/go/bin", True, True)]),
        ("path=($HOME/bin $path /z)", [("PATH", "/home/a/bin", True, True), ("PATH", "/z", False, True)]),
        ("path+=(/z)", [("PATH", "/z", False, True)]),
        ("set -gx PATH /opt/go/bin $PATH", [("PATH", "/opt/go/bin", True, True)]),
        (
            "fish_add_path --path /opt/go/bin ~/x",
            [("PATH", "/opt/go/bin", True, True), ("PATH", "/home/a/x", True, True)],
        ),
        ("fish_add_path -a /z", [("PATH", "/z", False, True)]),
        (
            "export GOROOT=/g; export PATH=$GOROOT/bin:$PATH",
            [("GOROOT", "/g", True, True), ("PATH", "/g/bin", True, True)],
        ),
        ("export GOROOT=/g PATH=$GOROOT/bin:$PATH", [("GOROOT", "/g", True, True), ("PATH", "/g/bin", True, True)]),
        ("export GOPATH=$HOME/go\nexport PATH=$PATH:$GOPATH/bin", [("PATH", "/home/a/go/bin", False, True)]),
        ("[ -d /opt/go ] && export GOROOT=/opt/go", [("GOROOT", "/opt/go", True, False)]),
        (
            "if [ -d /opt/go ]; then\n  export GOROOT=/opt/go\nfi\nGOROOT=/x",
            [("GOROOT", "/opt/go", True, False), ("GOROOT", "/x", True, True)],
        ),
        ("f() {\n  GOROOT=/opt/go\n}\nGOROOT=/x", [("GOROOT", "/opt/go", True, False), ("GOROOT", "/x", True, True)]),
        ("case $- in\n*i*) GOROOT=/a ;;\nesac\nGOROOT=/x", [("GOROOT", "/x", True, True)]),
        (
            "if status is-interactive\n    set -gx GOROOT /a\nend\nset -gx GOROOT /x",
            [("GOROOT", "/a", True, False), ("GOROOT", "/x", True, True)],
        ),
        ("if true; then GOROOT=/a; fi\nGOROOT=/x", [("GOROOT", "/x", True, True)]),
        (
            "old() { export GOROOT=/a; PATH=/a/bin:$PATH; }\nGOROOT=/x",
            [("PATH", "/a/bin", True, False), ("GOROOT", "/x", True, True)],
        ),
        ("[ -d /a ] && { echo; PATH=/a/bin:$PATH; }", [("PATH", "/a/bin", True, False)]),
        ("if true; then :; GOROOT=/a; fi", [("GOROOT", "/a", True, False)]),
        (
            "[ -d /a ] &&\n  # why\n  GOROOT=/a\nGOROOT=/x",
            [("GOROOT", "/a", True, False), ("GOROOT", "/x", True, True)],
        ),
        ("[ -d /a ] \\\n  || GOROOT=/a\nGOROOT=/x", [("GOROOT", "/a", True, False), ("GOROOT", "/x", True, True)]),
        ("export PATH=\\\n/a/bin:$PATH", [("PATH", "/a/bin", True, True)]),
        ("[ -d /a ] && GOROOT=/a\nPATH=$GOROOT/bin:$PATH", [("GOROOT", "/a", True, False)]),
        ("GOROOT=/x\nreturn\nGOROOT=/a", [("GOROOT", "/x", True, True)]),
        ("case $- in *i*) ;; *) return;; esac\n[ -t 1 ] || exit\nGOROOT=/x", [("GOROOT", "/x", True, True)]),
        ("exec zsh\nGOROOT=/a", []),
        ("exec 2>/dev/null\nGOROOT=/x", [("GOROOT", "/x", True, True)]),
        ("read x <<<EOF\ny=$((1<<20)) z=$((1 << y))\nGOROOT=/x", [("GOROOT", "/x", True, True)]),
    ],
)
def test_lines_that_are_understood(text: str, expected: list[tuple[str, str, bool, bool]]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# export GOROOT=/opt/go",
        "echo GOROOT=/opt/go",
        "echo 'export GOROOT=/opt/go'",
        'export GOROOT="$(go env GOROOT)"',
        "export GOROOT=`go env GOROOT`",
        "export GOROOT=$SDKS/go",
        "export MYGOROOT=/opt/go",
        "export GOROOT=${GOROOT:-/opt/go}",
        "cat <<EOF\nexport GOROOT=/opt/go\nEOF",
        "cat > x <<'EOF'\nPATH=/opt/go/bin:$PATH\nEOF",
        "PATH=$(brew --prefix)/bin:$PATH",
        "GOROOT=/opt/go go build",
        "GOROOT=/opt/go PATH=/opt/go/bin:$PATH exec go build",
        "alias g='GOROOT=/x go'",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert said(text) == []


def test_lines_have_numbers() -> None:
    assert lines_of("\n# x\nexport GOROOT=/g\nPATH=/g/bin:$PATH\n", HOME) == [
        Line(3, "GOROOT", "/g"),
        Line(4, "PATH", "/g/bin"),
    ]


@given(st.text("GORTPAHexport=:/$~'\"{}()[]`\\ \n;&|#<>if fi", max_size=80))
@example("export GOROOT=/g\nPATH=/g/bin:$PATH")
def test_no_text_makes_it_fail(text: str) -> None:
    for line in lines_of(text, HOME):
        assert line.name in ("GOROOT", "PATH")
        assert "\n" not in line.value
