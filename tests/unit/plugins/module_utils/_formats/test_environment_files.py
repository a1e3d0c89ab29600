# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/etc/environment, /etc/login.defs and environment.d."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.environment_files import (
    login_path,
    pam_environment,
    systemd_environment,
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GOPROXY=a", "a"),
        (b"  export GOPROXY=a", "a"),
        (b'GOPROXY="a b"', "a b"),
        (b"GOPROXY='a'", "a"),
        (b"GOPROXY=a # b", "a "),
        (b"GOPROXY=$HOME/x", "$HOME/x"),
        (b"GOPROXY=", ""),
        (b"GOPROXY", None),
    ],
)
def test_pam_takes_lines_as_they_are(line: bytes, expected: str | None) -> None:
    found = pam_environment(b"# comment\n" + line + b"\nno line\n")
    assert [(one.number, one.text) for one in found if one.name == "GOPROXY"] == [(2, expected)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GOPROXY=a", "a"),
        ('GOPROXY="a b"', "a b"),
        ("GOPROXY='$HOME'", "$HOME"),
        ("GOPROXY=$HOME/x", "/h/x"),
        ("GOPROXY=${HOME}/x", "/h/x"),
        ("GOPROXY=${NO:-d}", "d"),
        ("GOPROXY=${HOME:+d}${NO:+e}", "d"),
        ("GOPROXY=a$$b", "a$b"),
        (r"GOPROXY=a\"b", 'a"b'),
        ("GOPROXY=a\\\nb", "ab"),
    ],
)
def test_systemd_expands(line: str, expected: str) -> None:
    known = {"HOME": "/h"}
    found = list(systemd_environment(f"# comment\n; too\n{line}\nnot one\n".encode(), lambda name: known.get(name, "")))
    assert [(one.name, one.text) for one in found] == [("GOPROXY", expected)]


def test_login_defs_have_a_path_for_root_and_one_for_others() -> None:
    data = b"# ENV_PATH x\nENV_SUPATH\tPATH=/sbin:/bin\nENV_PATH\tPATH=/bin\nUMASK 022\n"
    assert (login_path(data, True), login_path(data, False)) == ("/sbin:/bin", "/bin")
    assert login_path(b"", False) == ""
