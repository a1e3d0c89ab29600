# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The selection, and what serves it. That go selects alike is tests/integration/test_toolchain_real_go.py's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._go.toolchain import (
    GO_LINE,
    LOCAL,
    NOTHING,
    PATH_ONLY,
    PATH_OR_DOWNLOAD,
    SETTING,
    TOOLCHAIN_LINE,
    satisfied_by,
    select,
    to_install,
    work_problem,
)

# --- the selection ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "go", "toolchain", "selected", "decided", "source"),
    [
        ("auto", None, None, LOCAL, NOTHING, ""),
        ("auto", "1.21", None, LOCAL, NOTHING, ""),
        ("auto", "1.22", None, "go1.22.0", GO_LINE, PATH_OR_DOWNLOAD),
        ("path", "1.22rc1", None, "go1.22rc1", GO_LINE, PATH_ONLY),
        ("auto", "1.22", "go1.23.4", "go1.23.4", TOOLCHAIN_LINE, PATH_OR_DOWNLOAD),
        ("auto", "1.24", "go1.23.4", "go1.24.0", GO_LINE, PATH_OR_DOWNLOAD),
        ("auto", "1.22", "go1.23.4-custom", "go1.23.4-custom", TOOLCHAIN_LINE, PATH_ONLY),
        ("auto", "1.22", "go1.23", "go1.23", TOOLCHAIN_LINE, PATH_ONLY),
        ("auto", "1.20", "go1.20.3", LOCAL, NOTHING, ""),
        ("local+auto", "1.22", None, "go1.22.0", GO_LINE, PATH_OR_DOWNLOAD),
        ("go1.20.3", "1.20", None, "go1.20.3", SETTING, PATH_OR_DOWNLOAD),
        ("go1.22.1+path", "1.22", None, "go1.22.1", SETTING, PATH_ONLY),
        ("go1.22.1+auto", "1.23", None, "go1.23.0", GO_LINE, PATH_OR_DOWNLOAD),
        ("go1.25.0+auto", "1.21", "default", "go1.25.0", SETTING, PATH_OR_DOWNLOAD),
        ("", "1.21", "go1.25.0", LOCAL, NOTHING, ""),
    ],
)
def test_the_selection(
    setting: str, go: str | None, toolchain: str | None, selected: str, decided: str, source: str
) -> None:
    found = select("go1.21.13", setting, go, toolchain)
    assert (found.toolchain, found.decided, found.source, found.error) == (selected, decided, source, "")
    assert found.runs == ("go1.21.13" if selected == LOCAL else selected)


@pytest.mark.parametrize(
    ("setting", "go", "toolchain", "work", "error"),
    [
        ("local", "1.23", None, False, "go.mod requires go >= 1.23 (running go 1.21.13; GOTOOLCHAIN=local)"),
        ("local", "1.23", None, True, "go.work requires go >= 1.23 (running go 1.21.13; GOTOOLCHAIN=local)"),
        (
            "auto",
            "1.23",
            "default",
            False,
            "go.mod requires go >= 1.23 (running go 1.21.13; go.mod sets toolchain default)",
        ),
        ("go1.22.1", "1.23", None, False, "go.mod requires go >= 1.23 (running go 1.22.1; GOTOOLCHAIN=go1.22.1)"),
        ("", "1.23", None, False, "go.mod requires go >= 1.23 (running go 1.21.13)"),
        ("bogus", "1.21", None, False, 'invalid GOTOOLCHAIN "bogus"'),
        ("bogus+auto", "1.21", None, False, 'invalid GOTOOLCHAIN "bogus+auto": invalid minimum toolchain "bogus"'),
        ("local+", "1.21", None, False, 'invalid GOTOOLCHAIN "local+": only version suffixes are +auto and +path'),
        ("go2.1", "1.21", None, False, 'invalid GOTOOLCHAIN "go2.1"'),
        ("auto", "1.21", "go1.x", True, 'invalid toolchain "go1.x" in go.work'),
    ],
)
def test_what_go_refuses(setting: str, go: str, toolchain: str | None, work: bool, error: str) -> None:
    found = select("go1.21.13", setting, go, toolchain, work)
    assert found.error == error
    assert not found.toolchain or found.toolchain in (LOCAL, "go1.22.1")


def test_a_toolchain_line_of_the_same_version_counts_for_go_1_21_alone() -> None:
    assert select("go1.21.13", "auto", "1.21", "go1.21.13-custom").toolchain == "go1.21.13-custom"
    assert select("go1.22.10", "auto", "1.22", "go1.22.10-custom").toolchain == LOCAL


def test_where_no_go_is_there() -> None:
    assert select("", "auto", "1.22", None).toolchain == "go1.22.0"
    assert select("", "local", "1.22", None).error == "go.mod requires go >= 1.22 (there is no go; GOTOOLCHAIN=local)"
    nothing = select("", "auto", None, None)
    assert (nothing.toolchain, nothing.runs, nothing.error) == (LOCAL, "", "")
    assert satisfied_by(nothing, ["go1.21.0", "go1.28rc1", "go1.27.3"]) == "go1.27.3"


@pytest.mark.parametrize(
    ("setting", "go", "toolchain", "why"),
    [
        ("auto", "1.20", None, "go.mod requires no newer one"),
        ("auto", "1.22", None, "go 1.22 in go.mod"),
        ("auto", "1.22", "go1.23.1", "toolchain go1.23.1 in go.mod"),
        ("auto", "1.21", "default", "toolchain default in go.mod"),
        ("local", "1.22", None, "GOTOOLCHAIN=local"),
        ("go1.22.1+auto", "1.22", None, "GOTOOLCHAIN=go1.22.1+auto"),
        ("", "1.22", None, "GOTOOLCHAIN is empty, and go never switches then"),
    ],
)
def test_why(setting: str, go: str, toolchain: str | None, why: str) -> None:
    assert select("go1.21.13", setting, go, toolchain).why == why


# --- what serves it --------------------------------------------------------------------------------------------------

INSTALLED = ("go1.20.14", "go1.21.13", "go1.22.3", "go1.22.10", "go1.24.1", "go1.27.3", "go1.28rc1", "go1.24.9-custom")


@pytest.mark.parametrize(
    ("setting", "go", "toolchain", "served", "install"),
    [
        ("auto", "1.20", None, "go1.21.13", None),  # by the go that is run
        ("auto", "1.22.3", None, "go1.22.3", "go1.22.3"),  # exactly
        ("auto", "1.22", None, "go1.22.10", "go1.22.0"),  # the newest of the language
        ("auto", "1.22.11", None, "go1.27.3", "go1.22.11"),  # the newest release
        ("auto", "1.24", "go1.24.9-custom", "go1.24.9-custom", "go1.24.9"),
        ("auto", "1.28", None, "go1.28rc1", "go1.28.0"),
        ("auto", "1.28rc2", None, None, "go1.28rc2"),
        ("local", "1.22", None, "go1.22.10", "go1.22.0"),  # were it run
        ("local", "1.22", "go1.23.4", "go1.22.10", "go1.22.0"),  # the toolchain line counts for nothing
        ("auto", "1.24", "default", "go1.24.9-custom", "go1.24.0"),
        ("go1.22.3", "1.22", None, "go1.22.3", "go1.22.3"),
        ("go1.22.4", "1.22", None, None, "go1.22.4"),  # no newer one is taken
        ("go1.22.4+auto", "1.23", None, None, "go1.23.0"),
        ("go1.22.3", "1.23", None, None, None),  # go refuses it whatever is installed
        ("go1.22", "1.21", None, None, None),  # no release has that name
        ("go1.22.4-custom", "1.22", None, None, None),
        ("bogus", "1.22", None, "go1.22.10", "go1.22.0"),
        ("auto", "1.99", None, None, "go1.99.0"),
    ],
)
def test_what_serves(setting: str, go: str, toolchain: str | None, served: str | None, install: str | None) -> None:
    found = select("go1.21.13", setting, go, toolchain)
    assert satisfied_by(found, INSTALLED) == served
    assert to_install(found) == install


@given(
    st.sampled_from(("auto", "path", "local", "go1.22.3", "go1.22.3+auto", "local+path", "")),
    st.sampled_from((None, "1.20", "1.21", "1.22", "1.22.3", "1.24rc1", "1.27")),
    st.sampled_from((None, "default", "go1.22.3", "go1.24.1", "go1.27.3-custom")),
    st.lists(st.sampled_from((*INSTALLED, "devel go1.29-abc", "nonsense"))),
)
def test_what_serves_is_enough(setting: str, go: str | None, toolchain: str | None, installed: list[str]) -> None:
    found = select("go1.21.13", setting, go, toolchain)
    served = satisfied_by(found, installed)
    if served is not None:
        assert served in installed
        again = select(served, setting, go, toolchain)
        assert not again.error
        assert again.runs == served or served == found.runs or toolchain == "go1.27.3-custom"
    install = to_install(found)
    if install and not found.exact:
        assert not select(install, "auto", go, toolchain).error


@pytest.mark.parametrize(
    ("module", "work", "said"),
    [
        ("1.20", "1.18", ""),  # before 1.21 nobody asks
        ("1.21", "1.21", ""),
        (None, None, ""),
        ("1.22", "1.21", "the module requires go >= 1.22, but go.work lists go 1.21"),
        ("1.22", None, "the module requires go >= 1.22, but go.work implicitly requires go 1.18"),
    ],
)
def test_a_go_work_that_is_too_old(module: str | None, work: str | None, said: str) -> None:
    assert work_problem(module, work) == said
