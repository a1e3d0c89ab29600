"""What an audit has of distros: a look is not refused where a change would be."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from unit.distros import Windows

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import WindowsHost
from ansible_collections.gopher.devbox.plugins.module_utils._run import wsl
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info_wsl import distros_of


class Imported(Windows):
    """The first distro has not been started for the first time: its programs run as root."""

    def _listing(self, mark: str, text: str) -> str:
        key = "{Alpha}\r\n"
        return super()._listing(mark, text).replace(key, f"{key}    RunOOBE    REG_DWORD    0x1\r\n")


@pytest.fixture
def host(tmp_path: Path) -> Imported:
    host = Imported(tmp_path, "Alpha", "Beta")
    given = {"scope": "user", "user": "root", "shells": ["sh"], "variables": {"GOPROXY": "off"}, "verify": False}
    params = {name: spec.get("default") for name, spec in wsl.ARGUMENT_SPEC.items()}
    result = wsl.run({**params, **given, "config": {"GOFLAGS": "-v"}}, WindowsHost(lambda: host), False, False)
    assert (result["changed"], result.get("failed")) == (True, None), result
    return host


def look(host: Imported, start: bool = False) -> list[dict[str, t.Any]]:
    found, reason = distros_of(WindowsHost(lambda: host), start)
    assert reason is None
    return found


def ids(distro: dict[str, t.Any]) -> list[str]:
    return [finding["id"] for finding in distro["findings"]]


def test_what_root_has_is_what_a_user_of_a_new_distro_has(host: Imported) -> None:
    before = {path: path.stat().st_mtime_ns for home in host.homes.values() for path in home.rglob("*")}
    new = look(host)[0]
    assert (new["name"], new["looked_at"], new["user"], new["reason"]) == ("Alpha", True, "root", None)
    assert new["variables"]["GOPROXY"]["value"] == "off"
    assert new["go_env_file"] == {"GOFLAGS": "-v"}
    assert "distro_root_user" in ids(new)
    after = {path: path.stat().st_mtime_ns for home in host.homes.values() for path in home.rglob("*")}
    assert after == before


def test_one_that_does_not_run_is_not_started_for_it(host: Imported) -> None:
    host.running = set()
    host.commands.clear()
    new = look(host)[0]
    assert (new["looked_at"], ids(new), host.commands) == (False, ["distro_root_user", "distro_not_looked_at"], [])
    started = look(host, start=True)[0]
    assert (started["looked_at"], started["variables"]["GOPROXY"]["value"]) == (True, "off")


def test_one_that_fails_says_why_beside_it(host: Imported) -> None:
    host.failures["Alpha"] = b"Error code: Wsl/Service/CreateInstance/CreateVm/HCS/E_ACCESSDENIED\r\n"
    new = look(host)[0]
    assert (new["looked_at"], ids(new)) == (False, ["distro_root_user", "wsl_access_denied"])
    assert "E_ACCESSDENIED" in new["reason"]


def test_why_none_could_be_asked(host: Imported) -> None:
    host.program = ""
    found, reason = distros_of(WindowsHost(lambda: host), False)
    assert (found, "wsl.exe" in (reason or "")) == ([], True)
