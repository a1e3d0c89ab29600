# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Go: how they are read and ordered. Go does alike: tests/integration/test_toolchain_real_go.py's."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.patterns import SDK_VERSION
from ansible_collections.gopher.devbox.plugins.module_utils._go.versions import GoVersion, in_version_file

#: in their order; those in one group are equal
RISING = [
    ("", "bogus", "01.2", "1.2.3.4", "1.22.3rc1", "1.22.", "v1.22", "1.22rc1 "),
    ("1", "1.0", "1.0.0"),
    ("1.2rc1",),
    ("1.2", "1.2.0"),
    ("1.2.1",),
    ("1.10",),
    ("1.20beta1",),
    ("1.20rc1",),
    ("1.20", "1.20.0"),
    ("1.20.14",),
    ("1.21",),
    ("1.21alpha1",),
    ("1.21beta9",),
    ("1.21rc2",),
    ("1.21rc10",),
    ("1.21.0",),
    ("1.21.9",),
    ("1.21.10",),
    ("1.22",),
    ("1.99999999999999999999",),
    ("2.0",),
]

versions = st.one_of(
    st.sampled_from([version for group in RISING for version in group]),
    st.from_regex(r"\A1\.(2[0-9]|[0-9])(\.[0-9]{1,2}|(rc|beta)[1-9])?\Z"),
    st.text("01.2rcbeta", max_size=8),
)
names = st.one_of(
    versions.map("go{}".format),
    st.tuples(versions, st.sampled_from(["-bigcorp", "-1ubuntu", " X:exp", "+abc", "\t", "rhel"])).map(
        lambda pair: f"go{pair[0]}{pair[1]}"
    ),
    versions.map("devel go{}-0a1b2c".format),
    st.text(max_size=12),
)


def test_the_order() -> None:
    for (first, lower), (second, higher) in itertools.product(enumerate(RISING), repeat=2):
        for one, other in itertools.product(map(GoVersion.bare, lower), map(GoVersion.bare, higher)):
            assert (one < other, one <= other) == (first < second, first <= second), (one, other)
            assert (one == other) == (hash(one) == hash(other)) == (first == second), (one, other)


@given(versions, versions, versions)
def test_any_three_have_one_order(one: str, two: str, three: str) -> None:
    low, middle, high = sorted(map(GoVersion.bare, (one, two, three)))
    assert low <= middle <= high
    assert low <= high
    assert (low < high) == (low != high)
    assert not GoVersion.bare("bogus") > low


def test_what_is_no_version_is_not_equal_to_it() -> None:
    assert GoVersion.bare("1.22") != "1.22"


@pytest.mark.parametrize(
    ("version", "lang", "is_lang", "pre", "first"),
    [
        ("1.22", "1.22", True, False, "go1.22.0"),
        ("1.22.3", "1.22", False, False, "go1.22.3"),
        ("1.22rc1", "1.22", False, True, "go1.22rc1"),
        ("1.20", "1.20", False, False, "go1.20"),
        ("1.20.0", "1.20", False, False, "go1.20"),
        ("1.20.3", "1.20", False, False, "go1.20.3"),
        ("1", "1.0", False, False, "go1.0"),
        ("1.21", "1.21", True, False, "go1.21.0"),
        ("2.1", "2.1", False, False, None),
        ("bogus", "", False, False, None),
    ],
)
def test_what_a_version_is(version: str, lang: str, is_lang: bool, pre: bool, first: str | None) -> None:
    found = GoVersion.bare(version)
    assert (found.language, found.is_language, found.is_prerelease, found.release) == (lang, is_lang, pre, first)
    assert bool(found) == bool(lang)


@given(versions)
def test_the_first_release_has_at_least_the_version(version: str) -> None:
    wanted = GoVersion.bare(version)
    assert (wanted.release is None) == (wanted.major != "1")
    if wanted.release:
        assert GoVersion.parse(wanted.release) >= wanted
        assert GoVersion.parse(wanted.release).language == wanted.language
        assert not GoVersion.parse(wanted.release).is_language


@pytest.mark.parametrize(
    ("name", "version"),
    [
        *(
            ("go1.22.3", "1.22.3"),
            ("go1.22.3-bigcorp", "1.22.3"),
            ("go1.22.3-1ubuntu", "1.22.3"),
            ("go1.22.3 (Red Hat 1.22.3-1.el9)", "1.22.3"),
            ("go1.21.3 X:boringcrypto", "1.21.3"),
            ("go1.22rc1-bigcorp", "1.22rc1"),
            ("go1.27rc1\t", "1.27rc1"),
            ("go1.9", "1.9"),
            ("go1", "1"),
        ),
        *(
            ("1.22.3", ""),
            ("gobash", ""),
            ("go1.22.3-a/b", ""),
            ("go1.22\\x", ""),
            ("", ""),
            ("gccgo-go1.22", ""),
            ("go1.22.x", ""),
            ("go1.22.3rhel", ""),
        ),
        *(("devel go1.28-abcdef Mon Jan 5 2026", "1.28"), ("go1.28-devel_abcdef", "1.28"), ("devel +abcdef", "")),
        # as cmd/go takes a build whose name is no release's: for one of its language
        *(("go1.22.3+abc", "1.22"), ("go1.22+abc", "1.22"), ("go1.22rc1+abc-1", "1.22"), ("go1.22.+abc", "")),
    ],
)
def test_the_version_of_a_toolchain(name: str, version: str) -> None:
    assert GoVersion.parse(name).text == version
    assert GoVersion.parse(name).name == name


@given(names)
def test_a_name_is_read_as_far_as_it_is_a_version(name: str) -> None:
    found = GoVersion.parse(name)
    assert found == GoVersion.bare(found.text)
    assert not found or found.text in name
    assert bool(found) == bool(found.text)


@given(versions, st.sampled_from(["-bigcorp", "-1ubuntu", " X:exp", "\tx"]))
def test_a_suffix_does_not_count(version: str, suffix: str) -> None:
    assert GoVersion.parse(f"go{version}{suffix}") == GoVersion.parse(f"go{version}")


@pytest.mark.parametrize(
    ("name", "is_development"),
    [
        ("devel go1.28-abc", True),
        ("go1.28-devel_abc Mon", True),
        ("go1.28rc1", False),
        ("go1.28.1-dev", False),
        ("go1.22.3+abc", False),
    ],
)
def test_a_build_between_releases(name: str, is_development: bool) -> None:
    assert GoVersion.parse(name).is_development is is_development


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            ("go1.27.3\ntime 2026-01-01T00:00:00Z\n", "go1.27.3"),
            ("go1.20", "go1.20"),
            ("go1.27.3\r\ntime\r\n", "go1.27.3"),
            ("\ufeffgo1.21.0\n", "go1.21.0"),
        ),
        *(
            ("go1.21.3 X:boringcrypto\n", "go1.21.3 X:boringcrypto"),
            ("devel go1.28-abc\n", "devel go1.28-abc"),
            ("devel +6d9e2bd Tue Jun 2\n", "devel +6d9e2bd Tue Jun 2"),
            ("go1.22.3+abc\n", "go1.22.3+abc"),
            ("", None),
            ("1.27.3\n", None),
            ("go2.1\n", None),
            ("\ngo1.27.3\n", None),
        ),
    ],
)
def test_the_version_in_a_file(text: str, name: str | None) -> None:
    assert in_version_file(text) == name


@given(st.from_regex(r"\A1\.(2[0-9]|[0-9])(\.(0|[1-9][0-9]?)|(rc|beta)[1-9])?(-[a-z0-9]+)?\Z"))
def test_names_of_directories_hold_the_same_versions(version: str) -> None:
    assert re.fullmatch(SDK_VERSION, version)
    assert GoVersion.parse(f"go{version}")
