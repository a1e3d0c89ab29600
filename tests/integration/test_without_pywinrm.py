# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller whose pywinrm is missing or broken serves every host that needs none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import Playbooks

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
WINDOWS = {"ansible_connection": "winrm", "ansible_host": "127.0.0.1", "ansible_user": "a", "ansible_password": "b"}


def _break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    broken = tmp_path / "broken" / "winrm"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("", encoding="utf-8")
    (broken / "exceptions.py").write_text(f"raise {error}\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(broken.parent), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.parametrize("error", ["ImportError('No module named winrm')", "AttributeError('of an old requests')"])
def test_posix_hosts_need_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    _break(tmp_path, monkeypatch, error)
    options = {"variables": {"GOFLAGS": "-mod=mod"}, "verify": False}
    posix = Playbooks(tmp_path, LOCAL)
    (result,), done = posix.tasks([{"gopher.devbox.go_config": options}], "--check")
    assert result["changed"], done.stdout + done.stderr


def test_a_windows_host_without_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _break(tmp_path, monkeypatch, "ImportError('No module named winrm')")
    windows = Playbooks(tmp_path, WINDOWS)
    (result,), _done = windows.tasks([{"gopher.devbox.go_registry": {"scope": "user", "gopath": [r"D:\work"]}}])
    assert result["failed"]
    assert "the controller needs pywinrm" in result["msg"]
    assert "No module named winrm" in result["msg"]
    assert "pip install pywinrm" in result["msg"]
