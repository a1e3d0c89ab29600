# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of module paths, as go matches them. The answers are those of golang.org/x/mod/module of Go 1.27.3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._go.module_patterns import matches

HUB, NET, ONE = "github.com/x/y", "golang.org/x/net", "rsc.io"


@pytest.mark.parametrize(
    ("globs", "matched", "others"),
    [
        ("*", [HUB, NET, ONE], []),
        ("**", [HUB, NET, ONE], []),
        ("*.*", [HUB, NET, ONE], []),
        ("*/*", [HUB, NET], [ONE]),
        ("?*", [HUB, NET, ONE], []),
        ("[a-z]*", [HUB, NET, ONE], []),
        ("github.com", [HUB], [NET, ONE, "github.com.evil.org/x", "xgithub.com/x"]),
        ("github.com/", [HUB], [NET]),
        ("github.com/*", [HUB], [NET, "github.com"]),
        ("github.com/x", [HUB, "github.com/x"], ["github.com/xx/y", NET]),
        ("github.com/x/y/z", [], [HUB]),
        ("*.com", [HUB], [NET]),
        ("*.corp.example,git.example.com", ["git.corp.example/a", "git.example.com/a"], [HUB, "a.b/git.example.com"]),
        (",,/,*.org", [NET], [HUB]),
        ("none", [], [HUB, NET, ONE]),
        (" github.com", [], [HUB]),
        ("", [], [HUB, ""]),
        # sets, as path.Match has them: a bracket, a dash and an end need a backslash, and nothing is malformed in part
        ("[^g]*", [ONE], [HUB, NET]),
        ("[g-h]ithub.com", [HUB], [NET]),
        ("[h-g]ithub.com", [], [HUB]),
        ("[^h-g]ithub.com", [HUB], []),
        ("[]g]ithub.com", [], [HUB]),
        ("[g", [], [HUB, "g"]),
        ("[g-]ithub.com", [], [HUB]),
        ("[\\g]ithub.com", [HUB], []),
        ("github.com\\", [], [HUB]),
        ("g\\ithub.com", [HUB], []),
        ("github?com", [HUB], []),
        ("github.com?x", [], [HUB]),
        ("g[,x]", [], ["g,"]),
    ],
)
def test_the_modules_of_a_pattern(globs: str, matched: list[str], others: list[str]) -> None:
    assert [path for path in matched if not matches(globs, path)] == []
    assert [path for path in others if matches(globs, path)] == []


@given(st.text("ab*?[]^-\\/,.", max_size=12), st.text("ab/.-", max_size=8))
def test_a_list_is_as_good_as_one_of_its_patterns(globs: str, path: str) -> None:
    assert matches(globs, path) == any(matches(glob, path) for glob in globs.split(","))


@given(st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_path_matches_itself_and_its_beginnings(elements: list[str]) -> None:
    path = "/".join(elements)
    for number in range(1, len(elements) + 1):
        assert matches("/".join(elements[:number]), path)
        assert matches("/".join(["*"] * number), path)
