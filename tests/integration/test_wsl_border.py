# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_wsl over WinRM: what crosses the border between Windows and its distros. WSLENV, wsl.conf, paths of Windows."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import distros
import jsonschema
import pytest
from conftest import ADMIN
from distros import WSL, adding, host_with_wsl
from support import MACHINE, Playbooks, transport_to, user_key
from winhost import WinHost
from winhost.wsl import Distro

from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_windows import WindowsAudit
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import (
    env_info,
    env_info_wsl,
    env_layers,
    env_wsl,
    registry,
)

pytestmark = pytest.mark.windows

KEY = user_key(ADMIN.sid)
SHARE = ["GOPATH/p", "GOFLAGS", "GOCACHE/p", "GOPRIVATE"]
CONF = b"# mine\r\n[interop]\r\nenabled = true # yes\r\n\r\n[user]\r\ndefault=dev\r\n"
OFF = CONF.replace(b"# yes\r\n", b"# yes\r\nappendWindowsPath=false\r\n")
NOTHING: dict[str, Any] = {"scope": "user", "shells": ["sh"], "verify": False}


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with host_with_wsl() as host:
        yield host


@pytest.fixture
def windows(shared: WinHost) -> Iterator[WinHost]:
    before = {key: shared.prefix.registry(key) for key in (KEY, MACHINE)}
    yield shared
    for key, values in before.items():
        for name in shared.prefix.registry(key):
            if name not in values:
                shared.prefix.delete_value(key, name)
        for name, (kind, data) in values.items():
            shared.prefix.set_value(key, name, data, kind)
    for root in ("HKLM", rf"HKU\{ADMIN.sid}"):
        if shared.prefix.has_key(rf"{root}\Software\gopher"):
            shared.prefix.delete_key(rf"{root}\Software\gopher")


@pytest.fixture
def add(windows: WinHost) -> Iterator[Callable[..., Distro]]:
    with adding(windows) as add:
        yield add


def go_wsl(host: WinHost, *, check: bool = False, **options: Any) -> dict[str, Any]:
    return distros.go_wsl(host, check=check, **{**NOTHING, **options})


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result["findings"]]


def inside(host: WinHost, distro: str) -> dict[str, str]:
    """The environment of a program in a distro, as a new process of Windows starts it."""
    done = host.prefix.run(f"{WSL} -d {distro} --exec /usr/bin/env")
    return dict(line.partition("=")[::2] for line in done.stdout.decode().splitlines())


def wslenv(host: WinHost, key: str = KEY) -> str | None:
    found = host.prefix.registry(key).get("WSLENV")
    return None if found is None else found[1]


# --- WSLENV ----------------------------------------------------------------------------------------------------------


def test_share_is_what_arrives(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here")
    add("There", wsl_conf="[automount]\nroot=/windows\n")
    windows.prefix.set_value(KEY, "GOPATH", r"C:\Users\ansible\go", "REG_SZ")
    windows.prefix.set_value(KEY, "GOFLAGS", "-mod=mod -v", "REG_SZ")
    windows.prefix.set_value(KEY, "GOCACHE", r"\\server\cache", "REG_SZ")
    windows.prefix.set_value(KEY, "WSLENV", "FOREIGN/q:GOPATH/u:OTHER/w", "REG_SZ")
    windows.prefix.set_value(MACHINE, "WSLENV", "USERPROFILE/p", "REG_SZ")
    before = wslenv(windows)
    looked = go_wsl(windows, share=SHARE, check=True, start=True)
    assert (looked["changed"], wslenv(windows)) == (True, before)
    result = go_wsl(windows, share=SHARE)
    assert result.get("failed") is None, result["msg"]
    assert wslenv(windows) == "FOREIGN/q:GOPATH/p:OTHER/w:GOFLAGS:GOCACHE/p:GOPRIVATE"
    assert result["share"]["crosses"] == looked["share"]["crosses"]
    assert {"wslenv_unknown_flag", "wslenv_unset", "wslenv_replaced"} <= set(ids(result))
    crosses = {one["name"]: one for one in result["share"]["crosses"]}
    assert crosses["GOPATH"]["distros"] == {
        "Here": {"value": "/mnt/c/Users/ansible/go", "reason": ""},
        "There": {"value": "/windows/c/Users/ansible/go", "reason": ""},
    }
    assert crosses["GOCACHE"]["distros"]["Here"] == {"value": None, "reason": "not translated"}
    for name in ("Here", "There"):
        environ = inside(windows, name)
        for one in crosses.values():
            value = one["distros"][name]["value"]
            assert (environ.get(one["name"]) or "").lower() == (value or "").lower(), one
            assert (one["name"] in environ) == (value is not None), one
    again = go_wsl(windows, share=SHARE)
    assert (again["changed"], again["share"]["journal"]) == (False, None)
    assert go_wsl(windows, share=SHARE[:1])["changed"]
    assert wslenv(windows) == "FOREIGN/q:GOPATH/p:OTHER/w"
    assert go_wsl(windows, share=[], state="restored")["changed"]
    assert wslenv(windows) == "FOREIGN/q:GOPATH/p:OTHER/w:GOFLAGS:GOCACHE/p:GOPRIVATE"
    assert go_wsl(windows, share=[], state="absent")["changed"]
    assert wslenv(windows) == "FOREIGN/q:OTHER/w"


def test_share_of_the_machine(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here")
    result = go_wsl(windows, share=["USERPROFILE/p"], share_scope="machine")
    assert (wslenv(windows, MACHINE), wslenv(windows)) == ("USERPROFILE/p", None)
    assert [part["before_header"] for part in result["diff"]] == ["machine scope"]
    assert inside(windows, "Here")["USERPROFILE"].startswith("/mnt/c/")
    undone = go_wsl(windows, share=[], share_scope="machine", state="restored", journal=result["share"]["journal"])
    assert (undone.get("failed"), undone["changed"], undone["distros"]) == (None, True, [])
    assert wslenv(windows, MACHINE) is None


def test_wrong_entries_are_refused_before_anything_is_changed(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here")
    result = go_wsl(windows, share=["GOPATH/x", "A", "A/p"], variables={"GOPROXY": "off"})
    assert result["failed"]
    assert "share: 'GOPATH/x' has the flag 'x'" in result["msg"]
    assert "share holds A more than once" in result["msg"]
    assert wslenv(windows) is None


# --- wsl.conf --------------------------------------------------------------------------------------------------------


def windows_path(host: WinHost, distro: str) -> bool:
    return "/mnt/c/" in inside(host, distro)["PATH"]


def test_append_windows_path(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro, other = add("Here", wsl_conf=CONF.decode()), add("Bare")
    conf = distro.root / "etc/wsl.conf"
    for one in (distro, other):
        one.idle(600)  # they are to run on until they are terminated
    conf.write_bytes(CONF)
    conf.chmod(0o640)
    assert windows_path(windows, "Here")
    looked = go_wsl(windows, append_windows_path=False, check=True, start=True)
    assert looked.get("failed") is None, looked["msg"]
    assert (looked["changed"], conf.read_bytes()) == (True, CONF)
    result = go_wsl(windows, append_windows_path=False)
    assert result.get("failed") is None, result["msg"]
    assert (conf.read_bytes(), conf.stat().st_mode & 0o777) == (OFF, 0o640)
    assert (other.root / "etc/wsl.conf").read_bytes() == b"[interop]\nappendWindowsPath=false\n"
    assert ids(result) == ["wsl_conf_restart", "wsl_conf_restart"]
    assert result["distros"][1]["wsl_conf"]["changes"] == [
        {"name": "interop.appendWindowsPath", "before": None, "after": "false"}
    ]
    assert windows_path(windows, "Here")
    again = go_wsl(windows, append_windows_path=False)
    assert (again["changed"], ids(again)) == (False, ["wsl_conf_restart", "wsl_conf_restart"])
    asked = go_wsl(windows, append_windows_path=False, distros=["Bare"], restart=True)
    assert (asked["changed"], asked["distros"][0].get("restarted"), ids(asked)) == (False, True, [])
    assert not windows_path(windows, "Bare")
    assert "restarted" not in go_wsl(windows, append_windows_path=False, distros=["Bare"], restart=True)["distros"][0]
    distro.terminate()
    assert not windows_path(windows, "Here")
    assert ids(go_wsl(windows, append_windows_path=False, distros=["Here"])) == []
    restored = go_wsl(windows, append_windows_path=False, state="restored", restart=True)
    assert (restored["changed"], conf.read_bytes()) == (True, CONF)
    assert not (other.root / "etc/wsl.conf").exists()
    assert all(one["restarted"] for one in restored["distros"])
    assert windows_path(windows, "Here")


def test_absent_takes_out_of_wsl_conf_what_was_written(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Here")
    conf = distro.root / "etc/wsl.conf"
    conf.write_bytes(CONF)
    go_wsl(windows, append_windows_path=False)
    conf.write_bytes(conf.read_bytes() + b"# later\n")
    assert go_wsl(windows, append_windows_path=False, state="absent")["changed"]
    assert conf.read_bytes() == CONF + b"# later\n"
    assert not go_wsl(windows, append_windows_path=False, state="absent")["changed"]


def test_a_value_of_somebodys_is_changed_where_it_is(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Here")
    conf = distro.root / "etc/wsl.conf"
    conf.write_bytes(b"[interop]\nAppendWindowsPath = 1 # theirs\n")
    assert not go_wsl(windows, append_windows_path=True)["changed"]
    assert go_wsl(windows, append_windows_path=False, restart=True)["changed"]
    assert conf.read_bytes() == b"[interop]\nAppendWindowsPath = false # theirs\n"
    conf.write_bytes(b"[interop]\nAppendWindowsPath = true # again\n")
    result = go_wsl(windows, append_windows_path=True, state="absent")
    assert (result["changed"], ids(result)) == (False, ["nothing_recorded", "absent_changed_since"])


# --- paths of Windows ------------------------------------------------------------------------------------------------


def test_a_path_of_windows_is_refused_with_what_to_write(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Here")
    options = {"goroot": r"C:\Go", "gopath": ["~/go", r"\\server\go"], "variables": {"GOCACHE": "D:/cache"}}
    result = go_wsl(windows, **options)
    assert result["failed"]
    assert r"goroot: 'C:\\Go' is a path of Windows" in result["msg"]
    assert "A distro sees it as /mnt/c/Go" in result["msg"]
    assert "gopath: " in result["msg"]
    assert "variables.GOCACHE: " in result["msg"]
    assert "is relative" not in result["msg"]
    assert not distro.running


def test_a_workspace_on_a_drive_of_windows(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here", wsl_conf="[automount]\nroot=/windows\n")
    result = go_wsl(windows, gopath=["/windows/c/go", "/mnt/c/go"], variables={"GOCACHE": "/windows/c/cache"})
    found = [finding for finding in result["findings"] if finding["id"] == "workspace_on_drvfs"]
    assert [finding["subject"] for finding in found] == ["Here: /windows/c/go", "Here: /windows/c/cache"]
    assert r"which is C:\go" in found[0]["message"]


def test_a_goroot_of_windows_that_arrives_by_wslenv(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here")
    for name, text in {"GOROOT": r"C:\Go", "GOPATH": r"C:\work", "WSLENV": "GOROOT/p:GOPATH"}.items():
        windows.prefix.set_value(KEY, name, text, "REG_SZ")
    result = go_wsl(windows)
    found = {finding["subject"]: finding["message"] for finding in result["findings"]}
    assert found.keys() == {"Here: GOROOT", "Here: GOPATH"}
    assert "GOROOT=/mnt/c/Go" in found["Here: GOROOT"]


def test_a_go_of_windows_that_wins(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Here")
    place = windows.prefix.unix_path(r"C:\Go\bin")
    place.mkdir(parents=True, exist_ok=True)
    (place / "go.exe").write_bytes(b"MZ")
    kind, path = windows.prefix.registry(MACHINE)["Path"]
    windows.prefix.set_value(MACHINE, "Path", rf"{path};C:\Go\bin", kind)
    found = [finding for finding in go_wsl(windows)["findings"] if finding["id"] == "windows_go_in_wsl"]
    assert [finding["subject"] for finding in found] == ["Here: /mnt/c/Go/bin/go.exe"]
    assert "append_windows_path: false" in found[0]["advice"]
    changed = go_wsl(windows, append_windows_path=False, restart=True)
    assert changed.get("failed") is None, changed["msg"]
    assert changed["distros"][0]["restarted"], changed
    assert "windows_go_in_wsl" not in ids(go_wsl(windows))


# --- the go env file -------------------------------------------------------------------------------------------------


def test_the_go_env_file_of_a_distro(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Here")
    file = distro.root / "home/dev/.config/go/env"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"# theirs\nGONOSUMDB=x\n")
    for path in (file.parent.parent, file.parent, file):
        os.chown(path, 1000, 1000)
    config = {"GOPATH": ["~/work"], "GOPROXY": "off"}
    result = go_wsl(windows, config=config)
    assert result.get("failed") is None, result["msg"]
    assert file.read_bytes() == b"# theirs\nGONOSUMDB=x\nGOPATH=/home/dev/work\nGOPROXY=off\n"
    assert file.stat().st_uid == 1000
    assert windows.counters.now.actions["Command"] == 3  # which there are, one reading, one apply
    assert not go_wsl(windows, config=config)["changed"]
    assert go_wsl(windows, config={}, state="restored")["changed"]
    assert file.read_bytes() == b"# theirs\nGONOSUMDB=x\n"
    refused = go_wsl(windows, config={"GOROOT": "/usr/local/go"})
    assert refused["failed"]
    assert "config: " in refused["msg"]
    assert go_wsl(windows, config=config, scope="machine")["failed"]


# --- host and distros in one task ------------------------------------------------------------------------------------


def go_env(host: WinHost, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """One run of go_env over WinRM in this process."""
    params = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()} | options
    run = functools.partial(env_wsl.run, registry.ENVIRONMENT)
    return over(run)(params, lambda: transport_to(host, ADMIN), check, True)


def test_host_and_distros_in_one_task(windows: WinHost, add: Callable[..., Distro]) -> None:
    one, two = add("One"), add("Two")
    task = {
        "mode": "user",
        "gopath": [r"%USERPROFILE%\go"],
        "variables": {"GOPROXY": "off", "GOCACHE": r"C:\cache"},
        "verify": False,
        "wsl": [{"gopath": ["~/go"], "shells": ["sh"], "share": ["GOPROXY/u"]}],
    }
    looked = go_env(windows, check=True, **task)
    assert (looked["changed"], [distro["looked_at"] for distro in looked["distros"]]) == (True, [False, False])
    result = go_env(windows, **task)
    assert result.get("failed") is None, result["msg"]
    assert "wslenv_unset" not in ids(looked) + ids(result), "the same task sets what is shared"
    shown = [one["crosses"][0]["windows"] for found in (looked, result) for one in found["share"]]
    assert shown == ["off", "off"]
    assert [(distro["name"], distro["changed"]) for distro in result["distros"]] == [("One", True), ("Two", True)]
    for distro in (one, two):
        values = shellenv.parse_source((distro.root / "home/dev/.config/gopher-devbox/env.sh").read_text()).variables
        assert dict(values) == {"GOPROXY": "off", "GOPATH": "/home/dev/go"}
    assert windows.prefix.registry(KEY)["GOPROXY"][1] == "off"
    assert wslenv(windows) == "GOPROXY/u"
    headers = {part["before_header"].split(":")[0] for part in result["diff"]}
    assert {"One", "Two"} <= headers
    again = go_env(windows, **task)
    assert (again["changed"], again["journal"]) == (False, None)
    gone = go_env(windows, **{**task, "state": "absent"})
    assert gone["changed"]
    assert wslenv(windows) is None
    assert "GOPROXY" not in windows.prefix.registry(KEY)
    assert not (one.root / "home/dev/.config/gopher-devbox/env.sh").exists()


def test_nothing_is_changed_where_the_host_is_refused(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("One")
    task = {"mode": "user", "goroot": r"C:\Missing", "wsl": [{"variables": {"GOPROXY": "off"}, "shells": ["sh"]}]}
    result = go_env(windows, **task)
    assert result["failed"]
    assert "goroot_missing" in ids(result)
    assert not distro.running
    task = {"mode": "user", "variables": {"GOPROXY": "off"}, "wsl": [{"goroot": r"C:\Go"}]}
    result = go_env(windows, **task)
    assert "wsl[0]: goroot: " in result["msg"]
    assert "GOPROXY" not in windows.prefix.registry(KEY)


def test_a_distro_that_fails_does_not_stop_the_host(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("One")
    wanted = {"mode": "user", "variables": {"GOPROXY": "off"}, "verify": False}
    result = go_env(windows, **wanted, wsl=[{"distros": ["One", "Missing"], "shells": ["sh"]}])
    assert (result["failed"], result["changed"]) == (True, True)
    assert "go_wsl failed in Missing" in result["msg"]
    assert windows.prefix.registry(KEY)["GOPROXY"][1] == "off"


def test_entries_that_meet_change_nothing(windows: WinHost, add: Callable[..., Distro]) -> None:
    one, two = add("One"), add("Two")
    same = [{"distros": ["O*"], "gopath": ["~/go"]}, {"distros": ["*e"], "gopath": ["~/work"]}]
    shares = [{"distros": ["One"], "share": ["GOPROXY/u"]}, {"distros": ["Two"], "share": ["GOPRIVATE/u"]}]
    for entries, text in ((same, "both about the user scope of One,"), (shares, "share is given in wsl[0] and wsl[1]")):
        result = go_env(windows, mode="user", variables={"GOPROXY": "off"}, wsl=entries)
        assert (result["failed"], result["changed"], text in result["msg"]) == (True, False, True), result["msg"]
    assert (one.running, two.running, wslenv(windows)) == (False, False, None)
    assert "GOPROXY" not in windows.prefix.registry(KEY)


def test_entries_of_several_scopes_settle(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("One")
    entries = [{"gopath": ["~/go"]}, {"mode": "machine", "variables": {"GOPROXY": "off"}}]
    task = {"mode": "user", "variables": {"GOFLAGS": "-v"}, "verify": False}
    wsl = [{**entry, "shells": ["sh"]} for entry in entries]
    assert go_env(windows, **task, wsl=wsl)["changed"]
    assert not go_env(windows, **task, wsl=wsl)["changed"]


def test_what_windows_does_not_expand_reaches_the_distros(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("One")
    proxy = "https://u:p%40ss%21@host"
    variables = {"GOPROXY": proxy, "GOENV": "off", "CC": r"%ProgramFiles%\cc.exe"}
    task = {"mode": "user", "variables": variables, "config": {"GOPRIVATE": "%X%"}, "verify": False}
    result = go_env(windows, **task, wsl=[{"shells": ["sh"]}], check=True)
    assert "ss%21" not in json.dumps(result)
    assert [" variables.CC of the host" in text for text in result["warnings"]] == [True]
    task = {"mode": "user", "variables": {"GOPROXY": proxy}, "config": {"GOPRIVATE": "%X%"}, "verify": False}
    result = go_env(windows, **task, wsl=[{"shells": ["sh"]}])
    assert result.get("failed") is None, result["msg"]
    values = shellenv.parse_source((distro.root / "home/dev/.config/gopher-devbox/env.sh").read_text()).variables
    assert dict(values) == {"GOPROXY": proxy}
    assert (distro.root / "home/dev/.config/go/env").read_text() == "GOPRIVATE=%X%\n"


# --- the audit -------------------------------------------------------------------------------------------------------


def go_env_info(host: WinHost, root: Path, **options: Any) -> dict[str, Any]:
    """The document of a run of go_env_info over WinRM in this process, which is as its schema has it."""
    params = {name: spec.get("default") for name, spec in env_info.ARGUMENT_SPEC.items()} | options
    run = functools.partial(env_info_wsl.run, WindowsAudit)
    result = over(run)(params, lambda: transport_to(host, ADMIN), False, False)
    schema = json.loads((root / "docs/schema/audit-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(result["audit"])
    audit: dict[str, Any] = result["audit"]
    return audit


def test_distros_beside_the_host(windows: WinHost, add: Callable[..., Distro], root: Path) -> None:
    one, two = add("One"), add("Two")
    one.idle(600)
    secret = "https://me:hunter2@proxy.example"
    go_wsl(windows, distros=["One"], gopath=["~/go"], variables={"GOPROXY": secret}, config={"GOBIN": "/srv/bin"})
    two.terminate()
    assert "distros" not in go_env_info(windows, root)
    audit = go_env_info(windows, root, distros="running")
    assert [(distro["name"], distro["state"], distro["looked_at"]) for distro in audit["distros"]] == [
        ("One", "running", True),
        ("Two", "stopped", False),
    ]
    found, unknown = audit["distros"]
    assert (found["user"], found["go_env_file"]) == ("dev", {"GOBIN": "/srv/bin"})
    assert found["variables"]["GOPATH"] == {"value": "/home/dev/go", "scope": "user", "shadows": []}
    assert "hunter2" not in json.dumps(audit)
    assert (unknown["variables"], [finding["id"] for finding in unknown["findings"]]) == ({}, ["distro_not_looked_at"])
    assert not two.running
    assert [distro["looked_at"] for distro in go_env_info(windows, root, distros="all")["distros"]] == [True, True]
    assert one.running


def test_distros_whose_programs_run_as_root(windows: WinHost, add: Callable[..., Distro], root: Path) -> None:
    add("Fresh", run_oobe=True)
    add("Rooted", default_uid=0)
    go_wsl(windows, user="root", variables={"GOPROXY": "off"})
    found = go_env_info(windows, root, distros="all")["distros"]
    assert [(distro["name"], distro["looked_at"], distro["user"]) for distro in found] == [
        ("Fresh", True, "root"),
        ("Rooted", True, "root"),
    ]
    for distro in found:
        assert (distro["variables"]["GOPROXY"]["value"], distro["reason"]) == ("off", None)
        assert "distro_root_user" in [finding["id"] for finding in distro["findings"]]


def test_a_host_without_distros(windows: WinHost, root: Path) -> None:
    audit = go_env_info(windows, root, distros="running")
    assert audit["distros"] == []
    assert [medium["medium"] for medium in audit["unread"]] == ["WSL"]


# --- by ansible-playbook ---------------------------------------------------------------------------------------------

PLAY = """
- hosts: box
  gather_facts: false
  roles: [gopher.devbox.go_env]
  tasks:
    - gopher.devbox.go_env_info:
        distros: running
"""


def test_the_role_and_the_audit(windows: WinHost, add: Callable[..., Distro], tmp_path: Path) -> None:
    distro = add("One")
    distro.idle(600)
    variables = {
        "go_env_mode": "user",
        "go_env_variables": {"GOPROXY": "off"},
        "go_env_wsl": [{"gopath": ["~/go"], "shells": ["sh"], "config": {"GOFLAGS": "-v"}, "share": ["GOPROXY/u"]}],
    }
    playbooks = Playbooks(tmp_path, windows.ansible_vars() | variables)
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    for changed in (True, False):
        done = playbooks.run(str(tmp_path / "play.yml"))
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [json.loads(line) for line in (tmp_path / "record.json").read_text(encoding="utf-8").splitlines()]
        results = {line["action"]: line["result"] for line in lines if not line["result"].get("skipped")}
        assert results["gopher.devbox.go_env"]["changed"] is changed
    assert results["gopher.devbox.go_env_info"]["audit"]["distros"][0]["variables"]["GOPATH"]["value"] == "/home/dev/go"
    assert (distro.root / "home/dev/.config/go/env").read_text() == "GOFLAGS=-v\n"
    assert wslenv(windows) == "GOPROXY/u"


def test_what_a_run_without_anything_to_do_costs(windows: WinHost, add: Callable[..., Distro]) -> None:
    for name in ("One", "Two"):
        add(name)
    task: dict[str, Any] = {"config": {"GOPROXY": "off"}, "append_windows_path": False, "gopath": ["~/go"]}
    assert go_wsl(windows, **task, share=["GOPROXY"])["changed"]
    # which there are, a reading; each of three media that is written, once what it lies in was looked at; WSLENV
    assert windows.counters.now.actions["Command"] == 8
    assert not go_wsl(windows, **task)["changed"]
    assert windows.counters.now.actions["Command"] == 2
    assert not go_wsl(windows, **task, share=["GOPROXY"])["changed"]
    assert windows.counters.now.actions["Command"] == 3
