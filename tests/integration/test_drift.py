# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift and enforcement on real hosts: every class in the registry, three nights from a new controller each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ABSENT, NEW_ROOT, OLD_ROOT
from linuxhost import LinuxHost
from support import Playbooks, path_of, user_key
from test_budget import go_env, requests
from winhost import WinHost, service

MODULE = "gopher.devbox.go_env"
FILE = r"C:\Users\ansible\AppData\Roaming\go\env"


def night(day: int, **more: Any) -> dict[str, Any]:
    """What enforces a policy in one night."""
    given = {"run": f"202611{day:02d}T021500Z-1a2b", "unmanaged": "report", "settle": {}, "waived": [], "every": 24}
    return {"enforce": {**given, "audit": False, **more}}


def seen(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    assert not result.get("failed"), result
    return {item["item"]: (item["class"], item["action"]) for item in result["drift"]}


# --- the registry ----------------------------------------------------------------------------------------------------

POLICY: dict[str, Any] = {"mode": "user", "goroot": OLD_ROOT, "gopath": [r"C:\srv\a"], "verify": False}


def forget(host: WinHost) -> None:
    host.prefix.unix_path(FILE).unlink(missing_ok=True)


@pytest.mark.windows
def test_every_class_in_the_registry_and_the_go_env_file(host: WinHost) -> None:
    forget(host)
    key, prefix = user_key(host.account.sid), host.prefix
    prefix.set_value(key, "GOPRIVATE", "mine", "REG_SZ")
    policy = {**POLICY, "variables": {"GOPRIVATE": "corp"}, "config": {"GOFLAGS": "-v"}}
    first = seen(go_env(host, **policy, **night(1)))
    assert first.pop("GOPRIVATE") == ("unmanaged", "reported")
    assert set(first.values()) == {("policy_change", "applied")}
    assert prefix.registry(key)["GOPRIVATE"][1] == "mine"

    prefix.set_value(key, "GOPATH", r"C:\elsewhere", "REG_SZ")
    prefix.set_value(key, "PATH", rf"C:\installed;{OLD_ROOT}\bin;C:\srv\a\bin", "REG_EXPAND_SZ")
    host.prefix.unix_path(FILE).write_bytes(b"GOFLAGS=-x\n")
    policy = {**policy, "gopath": [r"C:\srv\b"], "config": {"GOFLAGS": "-v", "GOSUMDB": "off"}}
    foretold = go_env(host, **policy, **night(2, audit=True))
    result = go_env(host, **policy, **night(2))
    assert foretold["drift"] == result["drift"]
    assert seen(result) == {
        "GOPATH": ("both", "put_back"),
        "GOPRIVATE": ("unmanaged", "reported"),
        rf"PATH:{OLD_ROOT}\bin": ("host_drift", "put_back"),
        r"PATH:C:\srv\a\bin": ("policy_change", "applied"),
        r"PATH:C:\srv\b\bin": ("policy_change", "applied"),
        "GOFLAGS": ("host_drift", "put_back"),
        "GOSUMDB": ("policy_change", "applied"),
    }
    assert path_of(host, key) == [rf"{OLD_ROOT}\bin", r"C:\srv\b\bin", r"C:\installed"]
    assert host.prefix.unix_path(FILE).read_bytes() == b"GOFLAGS=-v\nGOSUMDB=off\n"

    moved = {**policy, "goroot": NEW_ROOT}
    held = seen(go_env(host, **moved, **night(3, waived=["GOROOT", "GOPRIVATE"])))
    together = ("GOROOT", rf"PATH:{NEW_ROOT}\bin", rf"PATH:{OLD_ROOT}\bin")
    assert {held[name] for name in together} == {("policy_change", "waived")}
    del policy["goroot"]
    behind = go_env(host, **policy, **night(4, waived=["GOPRIVATE"]))
    assert {name: found for name, found in seen(behind).items() if name != "GOPRIVATE"} == {
        "GOROOT": ("left_behind", "reported"),
        rf"PATH:{OLD_ROOT}\bin": ("left_behind", "reported"),
    }
    assert behind["changed"] is False
    forget(host)


@pytest.mark.windows
def test_a_user_without_a_profile_is_unknown(host: WinHost) -> None:
    layers = [
        {"mode": "machine", "variables": {"GOPRIVATE": "corp"}},
        {"mode": "user", "user": f"{ABSENT.sid}9", "gopath": [r"C:\w"], "config": {"GOFLAGS": "-v"}},
    ]
    assert go_env(host, layers=layers, verify=False)["failed"]
    result = go_env(host, layers=layers, verify=False, **night(1))
    assert seen(result) == {
        "GOPRIVATE": ("policy_change", "applied"),
        "GOPATH": ("unknown", "reported"),
        r"PATH:C:\w\bin": ("unknown", "reported"),
        "GOFLAGS": ("unknown", "reported"),
    }


@pytest.mark.windows
def test_a_night_without_drift_costs_what_a_run_without_enforcement_costs(
    host: WinHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "GATHER", 10.0)
    forget(host)
    policy = {**POLICY, "config": {"GOFLAGS": "-v"}}
    go_env(host, **policy, **night(1))
    before, costs = host.prefix.registry(user_key(host.account.sid)), []
    for given in ({}, night(2)):
        host.counters.reset()
        result = go_env(host, **policy, **given)
        assert (result["changed"], result["drift"], result["journal"]) == (False, [], None)
        costs.append(requests(host))
    assert costs[0] == costs[1]
    assert host.prefix.registry(user_key(host.account.sid)) == before
    forget(host)


# --- nights from new controllers -------------------------------------------------------------------------------------


def three_nights(
    directory: Path, variables: dict[str, Any], policy: Callable[[str], dict[str, Any]], drift: Callable[[str], None]
) -> None:
    """Each night another controller, of which nothing is left: in sync, contested and settled, held and over."""
    count = 0

    def controller(*tasks: dict[str, Any]) -> list[dict[str, Any]]:
        nonlocal count
        count += 1
        place = directory / f"controller{count}"
        place.mkdir()
        results, done = Playbooks(place, variables).tasks([{MODULE: options} for options in tasks])
        assert not [result for result in results if result.get("failed")], done.stdout
        return results

    first, again = controller({**policy("-v"), **night(1)}, {**policy("-v"), **night(1)})
    assert seen(first)["GOFLAGS"] == ("policy_change", "applied")
    assert (again["changed"], again["drift"]) == (False, [])
    for day in (2, 3, 4):
        drift("-x")
        (result,) = controller({**policy("-v"), **night(day)})
        assert seen(result)["GOFLAGS"] == ("host_drift", "put_back")
    drift("-x")
    (result,) = controller({**policy("-v"), **night(5)})
    assert (result["changed"], seen(result)["GOFLAGS"]) == (False, ("host_drift", "contested"))
    (result,) = controller({**policy("-n"), **night(6, settle={"GOFLAGS": "policy"})})
    assert seen(result)["GOFLAGS"] == ("both", "put_back")
    today = datetime.now(UTC).date()
    hold = {"until": (today + timedelta(days=2)).isoformat(), "reason": "the build broke"}
    scope = {name: value for name, value in policy("-v").items() if name == "mode"}
    (back,) = controller({**scope, "state": "restored", "run": night(6)["enforce"]["run"], "hold": hold})
    assert back["undone"] == result["journal"]
    inside, after = (f"{today + timedelta(days=days):%Y%m%d}T000000Z-1a2b" for days in (2, 3))
    (result,) = controller({**policy("-n"), **night(7, run=inside)})
    assert (result["changed"], seen(result)["GOFLAGS"][1]) == (False, "held")
    (result,) = controller({**policy("-n"), **night(8, run=after)})
    assert (result["changed"], seen(result)["GOFLAGS"][1]) == (True, "applied")


def test_nights_of_a_posix_host(linux: LinuxHost, tmp_path: Path) -> None:
    file = f"{linux.home('dev-bash')}/.config/go/env"
    three_nights(
        tmp_path,
        linux.ansible_vars("dev-bash"),
        lambda text: {"mode": "user", "gopath": ["~/w"], "config": {"GOFLAGS": text}},
        lambda text: linux.write(file, f"GOFLAGS={text}\n".encode(), owner="dev-bash"),
    )


@pytest.mark.windows
def test_nights_of_a_windows_host(host: WinHost, tmp_path: Path) -> None:
    forget(host)
    three_nights(
        tmp_path,
        host.ansible_vars(),
        lambda text: {"mode": "user", "variables": {"GOFLAGS": text}},
        lambda text: host.prefix.set_value(user_key(host.account.sid), "GOFLAGS", text, "REG_SZ"),
    )


def test_start_files_that_somebody_edits_are_put_back(linux: LinuxHost, tmp_path: Path) -> None:
    """A block that is removed, one that is edited, and a shell that the policy no longer names."""
    profile, rc = (f"{linux.home('dev-bash')}/{name}" for name in (".profile", ".bashrc"))
    linux.write(rc, b"# mine\n", owner="dev-bash")
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    policy = {"mode": "user", "gopath": ["~/w"], "shells": ["bash"]}
    playbooks.tasks([{MODULE: {**policy, **night(1)}}])
    good = {path: linux.read(path) for path in (profile, rc)}
    linux.write(rc, b"# mine\n", owner="dev-bash")
    linux.write(profile, good[profile].replace(b"manages these lines", b"was here"), owner="dev-bash")
    (result,), _done = playbooks.tasks([{MODULE: {**policy, **night(2)}}])
    assert seen(result) == dict.fromkeys((profile, rc, f"{rc} (end)"), ("host_drift", "put_back"))
    assert {path: linux.read(path) for path in good} == good
    (result,), _done = playbooks.tasks([{MODULE: {**policy, "shells": ["fish"], **night(3, waived=[profile])}}])
    found = seen(result)
    assert (found[profile], found[rc]) == (("policy_change", "waived"), ("policy_change", "applied"))
    assert (linux.read(profile), linux.read(rc)) == (good[profile], b"# mine\n")
