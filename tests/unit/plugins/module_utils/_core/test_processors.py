"""Processors by the names that systems have for them."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.processors import processor


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x86_64", "amd64"),
        ("AMD64", "amd64"),
        ("ARM64", "arm64"),
        ("aarch64", "arm64"),
        ("i686", "386"),
        ("x86", "386"),
        ("armv7l", "arm"),
        ("armv8l", "arm64"),
        ("ppc64le", "ppc64le"),
        ("loongarch64", "loong64"),
        ("vax", ""),
    ],
)
def test_processor(name: str, expected: str) -> None:
    assert processor(name) == expected
