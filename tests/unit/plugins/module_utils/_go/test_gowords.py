"""Words that differ from version to version. tests/integration/test_gowords_real_go.py compares them with the SDKs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._go.gowords import (
    FLAGS,
    PAIRS,
    minor_of,
    pair_problem,
    unlisted,
)

UNKNOWN = [
    ("GOARCH", "amd63"),
    ("GOOS", "lnux"),
    ("GOAMD64", "v9"),
    ("GOEXPERIMENT", "nosuchexp"),
    ("GOARM64", "v9.9,lse"),
    ("GOWASM", "satconv,simd"),
]


@pytest.mark.parametrize(("name", "text"), UNKNOWN)
@pytest.mark.parametrize("version", ["go1.23.4", "go1.27.3", "go1.27rc1", "go1.24.1-custom"])
def test_a_word_that_a_known_version_does_not_list_is_certain(name: str, text: str, version: str) -> None:
    found = unlisted(name, text, version)
    assert found is not None
    assert found.certain
    assert version in found.problem


@pytest.mark.parametrize(("name", "text"), UNKNOWN)
@pytest.mark.parametrize("version", [None, "", "devel go1", "go1.20.14", "go1.28.0", "go1.99rc1", "?"])
def test_a_word_that_no_version_lists_is_doubtful_where_the_version_is_in_no_table(
    name: str, text: str, version: str | None
) -> None:
    found = unlisted(name, text, version)
    assert found is not None
    assert not found.certain
    assert "Go 1.21 to 1.27" in found.problem


@pytest.mark.parametrize(
    ("name", "text", "version", "fits"),
    [
        ("GOEXPERIMENT", "rangefunc", "go1.22.1", True),
        ("GOEXPERIMENT", "norangefunc,arenas,none,", "go1.25.0", True),
        ("GOEXPERIMENT", "rangefunc", "go1.27.3", False),
        ("GOEXPERIMENT", "rangefunc", None, True),
        ("GOARCH", "arm", "go1.27.3", True),
        ("GORISCV64", "rva23u64", "go1.24.0", False),
        ("GORISCV64", "rva23u64", "go1.25.0", True),
        ("GORISCV64", "rva99u64", "go1.21.0", True),
        ("GOARM", "7,softfloat", "go1.21.0", False),
        ("GOARM", "7,softfloat", "go1.22.0", True),
        ("GOARM64", "v8.1,crypto,lse", "go1.27.0", True),
        ("GOFLAGS", "-artifacts", "go1.24.0", False),
        ("GOFLAGS", "--artifacts=true", "go1.26.0", True),
        ("GOFLAGS", "-v '-ldflags=-s -w'", "go1.21.0", True),
        ("GOFLAGS", "'-v", "go1.21.0", True),
        ("GOPROXY", "anything", "go1.21.0", True),
    ],
)
def test_each_version_has_its_own_words(name: str, text: str, version: str | None, fits: bool) -> None:
    assert (unlisted(name, text, version) is None) is fits


@pytest.mark.parametrize(
    ("text", "is_new"),
    [
        ("go1.99", True),
        ("go1.99.1", True),
        ("go1.28rc1", True),
        ("go1.27.4+auto", True),
        ("go1.27.3", False),
        ("go1.21.0", False),
        ("local", False),
        ("auto", False),
    ],
)
def test_a_release_of_the_future_is_doubtful(text: str, is_new: bool) -> None:
    for version in (None, "go1.27.3", "go1.21.0"):
        found = unlisted("GOTOOLCHAIN", text, version)
        assert (found is not None) is is_new
        assert not (found and found.certain)


@pytest.mark.parametrize(
    ("goos", "goarch", "version", "fits"),
    [
        ("linux", "amd64", None, True),
        ("js", "amd64", None, False),
        ("js", "", None, True),
        ("", "wasm", None, True),
        ("aix", "amd64", "go1.27.3", False),
        ("windows", "arm", "go1.25.5", True),
        ("windows", "arm", "go1.26.6", False),
        ("windows", "arm", None, True),
        ("linux", "sparc64", "go1.27.3", False),
    ],
)
def test_pairs(goos: str, goarch: str, version: str | None, fits: bool) -> None:
    assert (pair_problem(goos, goarch, version) is None) is fits


@given(st.sampled_from(sorted(FLAGS) + sorted(PAIRS)), st.integers(21, 27))
def test_every_word_is_listed_by_some_version_and_by_a_run_of_versions(word: str, minor: int) -> None:
    span = FLAGS.get(word) or PAIRS[word]
    assert span.start < span.stop
    assert minor_of(f"go1.{minor}.3") == minor
