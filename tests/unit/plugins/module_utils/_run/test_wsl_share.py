"""go_wsl's share: options to WSLENV, and what a distro gets of it."""

from __future__ import annotations

import typing as t

import pytest
from unit.hosts import USER_KEY, FakeWindows

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal
from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslconf import WslConf
from ansible_collections.gopher.devbox.plugins.module_utils._run import wsl_share

GIVEN = {"share_scope": "user", "state": "present", "force": False, "journal": None}


def run(
    windows: FakeWindows, check: bool = False, coming: t.Mapping[str, str] | None = None, **options: t.Any
) -> dict[str, t.Any]:
    wanted = wsl_share.to_wanted({**GIVEN, **options})
    assert wanted is not None
    distros = {"One": WslConf(), "Two": WslConf(mount_root="/win/"), "None": WslConf(automount=False)}
    return wsl_share.run(wanted, windows, check, True, distros, coming or {})


def test_without_the_option_nothing_is_wanted() -> None:
    assert wsl_share.to_wanted({**GIVEN, "share": None}) is None
    empty = wsl_share.to_wanted({**GIVEN, "share": [], "state": "absent"})
    assert empty is not None
    assert (empty.path, empty.goal) == ((), Goal.ABSENT)


def test_every_problem_is_said() -> None:
    with pytest.raises(WantedError) as error:
        wsl_share.to_wanted({**GIVEN, "share": ["A/x", "B", "B/p", "C:D"]})
    for text in ("share: 'A/x' has the flag 'x'", "share holds B more than once", "share: 'C:D' has a ':'"):
        assert text in error.value.text


@pytest.mark.parametrize("check", [True, False])
def test_what_crosses(check: bool) -> None:
    windows = FakeWindows()
    windows.set(USER_KEY, GOPATH=("REG_EXPAND_SZ", r"%USERPROFILE%\go"), WSLENV=("REG_SZ", "OLD/w"))
    found = run(windows, check, share=["GOPATH/p", "GONE"])
    assert (found["changed"], found["before"], found["after"]) == (True, ["OLD/w"], ["OLD/w", "GOPATH/p", "GONE"])
    crosses = {one["name"]: one for one in found["crosses"]}
    assert crosses["GOPATH"]["windows"] == r"C:\Users\alice\go"
    assert {name: one["value"] for name, one in crosses["GOPATH"]["distros"].items()} == {
        "One": "/mnt/c/Users/alice/go",
        "Two": "/win/c/Users/alice/go",
        "None": None,
    }
    assert crosses["GONE"]["distros"]["One"] == {"value": "", "reason": "not set"}
    assert crosses["OLD"]["distros"]["One"] == {"value": None, "reason": "to Windows only"}
    assert found["diff"]["after"] == "WSLENV (REG_SZ)\n    OLD/w\n    GOPATH/p\n    GONE\n"
    assert (found["journal"] is None) is check


def test_secrets_are_masked() -> None:
    windows = FakeWindows()
    windows.set(USER_KEY, GOPROXY=("REG_SZ", "https://u:hunter2@proxy.example"))
    assert "hunter2" not in str(run(windows, share=["GOPROXY"]))


@pytest.mark.parametrize("check", [True, False])
def test_what_the_same_task_sets_is_set(check: bool) -> None:
    windows = FakeWindows()
    windows.set(USER_KEY, goProxy=("REG_SZ", "off"))
    result = run(windows, check, {"GOFLAGS": "-v", "GOPROXY": "direct"}, share=["GOFLAGS", "GOPROXY"])
    assert [finding["subject"] for finding in result["findings"]] == ["GOPROXY"], "WSL minds the case that it has"
    assert [one["windows"] for one in result["crosses"]] == ["-v", None]
