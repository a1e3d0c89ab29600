# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What action plugins make of the arguments of a task."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.plugin_utils._action import with_whole_path


@pytest.mark.parametrize(
    ("image", "whole"),
    [
        ("/mnt/a,b", ["/mnt/a,b"]),
        ("C:\\mount,2", ["C:\\mount,2"]),
        ("relative", ["relative"]),
        ("/mnt/a,/mnt/b", "/mnt/a,/mnt/b"),
        ("C:\\a, D:/b", "C:\\a, D:/b"),
        ("/mnt/a", "/mnt/a"),
        (["/mnt/a", "b"], ["/mnt/a", "b"]),
        (None, None),
    ],
)
def test_a_comma_separates_full_paths_only(image: t.Any, whole: t.Any) -> None:
    assert with_whole_path({"image": image, "user": "a,b"}) == {"image": whole, "user": "a,b"}


def test_arguments_without_an_image_stay() -> None:
    assert with_whole_path({"user": "a"}) == {"user": "a"}
