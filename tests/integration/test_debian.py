# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian 13, whose Wine is 10: a clone is brought there, and what a developer types first works, from the
packages on.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from debianroot import DebianRoot, reason_it_cannot

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(reason_it_cannot() is not None, reason=f"another Debian in a directory {reason_it_cannot()}"),
]

MINE = ("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/environment", "/etc/profile")


@pytest.fixture(scope="module")
def trixie(root: Path) -> Iterator[DebianRoot]:
    mine = {place: Path(place).read_bytes() for place in MINE if Path(place).exists()}
    debian = DebianRoot("trixie", root / ".cache")
    debian.bring(root)
    yield debian
    assert {place: Path(place).read_bytes() for place in MINE if Path(place).exists()} == mine


def passed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def test_demo(trixie: DebianRoot) -> None:
    passed(trixie.run("tests/tools/packages.sh", "wine", "linux"))
    assert passed(trixie.run("tests/tools/packages.sh", "wine", "linux")) == "", "they are there now"
    assert passed(
        trixie.run("wine64" if (trixie.place / "usr/bin/wine64").exists() else "/usr/lib/wine/wine64", "--version")
    ).startswith("wine-10")
    out = passed(trixie.run("make", "demo", timeout=1500))
    assert "All as promised" in out
    assert not re.search(r"^ *NOT ", out, re.MULTILINE)


def test_the_windows_host_and_a_ladder(trixie: DebianRoot) -> None:
    """As `make test` runs them: the host's own tests, the ladder over WinRM, users' hives, and sshd."""
    chosen = (
        "tests/integration/test_ladder.py tests/integration/test_ssh.py tests/integration/test_users.py "
        "tests/integration/test_winhost_prefix.py tests/integration/test_winhost_hives.py"
    )
    out = passed(trixie.run("make", "test", f"PYTEST_ARGS={chosen}", timeout=1800))
    closing = out.rstrip().splitlines()[-1]
    assert re.search(r"\d+ passed", closing), closing
    assert "failed" not in closing
    assert "skipped" not in closing, out[-3000:]
    assert not list((trixie.place / "tmp").glob("wine-*"))


def test_the_linux_host(trixie: DebianRoot) -> None:
    out = passed(trixie.run("make", "test", "PYTEST_ARGS=tests/integration/test_linuxhost.py", timeout=900))
    assert re.search(r"\d+ passed", out.rstrip().splitlines()[-1]), out[-3000:]
    assert "a Linux host of the tests needs" not in out
