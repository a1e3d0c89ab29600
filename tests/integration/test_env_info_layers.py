# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of an audit are true: in real login shells of environments that are made up, real go says what the
document says; and once the value that counts is gone, it says what the document has next.

The environments are made, audited and asked on the host itself, in one process of each shell's (`env_layers`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from linuxhost import LinuxHost, reason_it_cannot

SDKS = {"1.27.3": "/opt/go1.27.3", "1.21.13": "/opt/go1.21.13"}
SHELLS = ("sh", "bash", "zsh", "fish")
CASES, MORE = 20, 400

pytestmark = pytest.mark.skipif(
    reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}"
)


@pytest.fixture(scope="module")
def host(root: Path) -> Iterator[LinuxHost]:
    with LinuxHost.start(go=SDKS, show={"/srv/checkout": root}) as found:
        place = "/srv/c/ansible_collections/gopher"
        found.run(["sh", "-c", f"mkdir -p {place} && ln -s /srv/checkout {place}/devbox"])
        found.snapshot()
        yield found


def asked(host: LinuxHost, shell: str, cases: range) -> dict[str, int]:
    host.reset()
    done = host.run(
        ["python3", "/srv/checkout/tests/integration/env_layers.py"],
        input=json.dumps({"shell": shell, "cases": list(cases), "sdks": SDKS}),
        env={"PYTHONPATH": "/srv/c", "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    return {"asked": found["asked"], "taken": found["taken"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_go_says_what_the_document_says(host: LinuxHost, shell: str) -> None:
    found = asked(host, shell, range(CASES))
    assert found["asked"] == CASES
    assert found["taken"] >= CASES


@pytest.mark.thorough
@pytest.mark.parametrize("shell", SHELLS)
def test_go_says_what_the_document_says_of_many(host: LinuxHost, shell: str) -> None:
    assert asked(host, shell, range(1000, 1000 + MORE))["asked"] == MORE
