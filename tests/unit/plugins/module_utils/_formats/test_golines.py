# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A start file without what it does for Go."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import blocks
from ansible_collections.gopher.devbox.plugins.module_utils._formats.golines import mentions_go, without_go

OF_GO = [
    "export GOPATH=$HOME/go",
    "GOROOT=/usr/local/go",
    "  export GOFLAGS='-mod=mod -v'",
    "export GOPATH GOROOT",
    "export PATH=$PATH:/usr/local/go/bin",
    'export PATH="$HOME/go/bin:$PATH"',
    "PATH=$GOROOT/bin:$PATH",
    "export PATH=$PATH:$(go env GOPATH)/bin",
    "PATH=/opt/go1.27.3/bin:$PATH",
    "path+=(/usr/local/go/bin)",
    "export CGO_ENABLED=0",
    "set -gx GOPATH $HOME/go",
    "set -x PATH /usr/local/go/bin $PATH",
    "fish_add_path /usr/local/go/bin",
    "fish_add_path -a ~/go/bin",
]
OF_OTHERS = [
    "export PATH=$HOME/bin:$PATH",
    "export PATH=/opt/google/bin:$PATH",
    "export PATH=/opt/mongo/bin:$PATH",
    "export EDITOR=vi",
    'if [ -d "$HOME/go" ]; then',
    "[ -d ~/go ] && export GOPATH=~/go",
    "export GOPATH=~/go; eval x",
    "export GOPATH='a",
    "export GOPATH=a \\",
    "path=(",
    "cat <<GOPATH=x",
    "# export GOPATH=~/go",
    "GOPATH=~/go go install x || true",
    "alias go=/opt/go/bin/go",
    "fish_add_path ~/bin",
    "set -gx EDITOR vi",
    "echo $GOPATH",
]


@pytest.mark.parametrize("line", OF_GO)
def test_a_line_of_go_is_one_that_does_nothing(line: str) -> None:
    data = f"before\n{line}\nafter\n".encode()
    assert without_go(data) == b"before\n:\nafter\n"
    assert mentions_go(line.encode())


@pytest.mark.parametrize("line", OF_OTHERS)
def test_other_lines_stay(line: str) -> None:
    data = f"before\n{line}\nafter\n".encode()
    assert without_go(data) == data


def test_blocks_are_taken_out() -> None:
    own = b"export EDITOR=vi\n"
    both = blocks.put(blocks.put(own, "one\n", "top"), "two\n", "end", "end")
    assert without_go(both) == own
    assert without_go(blocks.put(None, "one\n")) == b""
    with pytest.raises(blocks.BlockError):
        without_go(b"# >>> gopher.devbox >>>\n")


@pytest.mark.parametrize(
    ("line", "said"), [(b'eval "$(goenv init -)"', True), (b"alias ls='ls -g' mango=x category=ago", False)]
)
def test_what_mentions_go(line: bytes, said: bool) -> None:
    assert mentions_go(line) is said


@given(st.lists(st.sampled_from([*OF_GO, *OF_OTHERS, "", "fi"])))
def test_again_nothing_is_taken_out(lines: list[str]) -> None:
    once = without_go("\n".join(lines).encode())
    assert without_go(once) == once


@settings(max_examples=15)
@given(st.lists(st.sampled_from([line for line in OF_GO if "set -" not in line and "fish" not in line]), min_size=1))
def test_a_branch_that_held_nothing_else_is_still_one(lines: list[str]) -> None:
    text = "if :; then\n" + "".join(f"{line}\n" for line in lines) + "fi\n"
    done = subprocess.run(["sh", "-n"], input=without_go(text.encode()), capture_output=True)
    assert done.returncode == 0, done.stderr
