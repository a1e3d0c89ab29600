"""The batch files that run several wsl.exe at once."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslbatch import Run, can_name, files


def test_what_can_stand_on_a_command_line() -> None:
    assert all(map(can_name, ("Ubuntu-24.04", "Debian_x", "a", ".x", "0")))
    for name in ("", "-d", "a b", 'a"b', "a&b", "%PATH%", "a^b", "é", "a\n", "a/b", "x" * 200):
        assert not can_name(name)


def test_a_script_and_a_line_for_each() -> None:
    found = dict(files("gd1", [Run("Debian", "", b"one"), Run("Alpine", "root", b"two")], 150))
    assert (found["in.0"], found["in.1"]) == (b"one", b"two")
    assert list(found)[-1] == "done", "it says that all arrived"
    text = found["go.cmd"].decode("ascii")
    assert "one.cmd 0 Debian <nul >nul 2>nul\r\n" in text
    assert "one.cmd 1 Alpine -u root <nul >nul 2>nul\r\n" in text
    assert "\n" not in text.replace("\r\n", "")
    assert b"--exec /bin/sh <in.%1 >out.%1 2>err.%1\r\n" in found["one.cmd"]
    assert found["one.cmd"].count(b"md run.%1") == 1


@pytest.mark.parametrize("run", [Run("a b", "", b""), Run("Debian", "root & calc", b"")])
def test_other_names_are_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="cannot stand on a command line"):
        files("gd1", [run], 150)
