# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories that ordinary users can likely write to."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.windows_access import is_likely_writable

VALUES = {
    "SYSTEMROOT": r"C:\Windows",
    "PROGRAMFILES": r"C:\Program Files",
    "PROGRAMFILES(X86)": r"C:\Program Files (x86)",
    "PROGRAMW6432": r"C:\Program Files",
    "PROGRAMDATA": r"C:\ProgramData",
    "PUBLIC": r"C:\Users\Public",
}


@pytest.mark.parametrize(
    ("directory", "likely"),
    [
        (r"D:\gopath\bin", True),
        (r"C:\Go\bin", True),
        (r"C:\Windows Old\bin", True),
        (r"c:\WINDOWS\System32", False),
        (r"C:\Windows", False),
        (r"C:\Program Files\Go\bin", False),
        (r"C:\Program Files (x86)\Go\bin", False),
        (r"C:\Users\alice\go\bin", False),
        (r"C:\ProgramData\scoop\shims", True),
        (r"C:\ProgramData\chocolatey\bin", False),
        (r"C:\ProgramData\Microsoft\x", False),
        ("D:\\", False),
        ("D:", False),
        ("", False),
        (".", False),
        (r"\\server\share\bin", False),
        (r"%NOWHERE%\bin", False),
    ],
)
def test_by_where_it_is(directory: str, likely: bool) -> None:
    assert is_likely_writable(directory, VALUES) is likely


def test_where_nothing_is_known_of_the_system() -> None:
    assert is_likely_writable(r"D:\gopath", {})
