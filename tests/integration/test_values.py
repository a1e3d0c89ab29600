# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that other tools break: they arrive exactly, go.exe reads them, and what is foreign stays. Real runner,
transport, registry, go.exe.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ADMIN, ALICE, NEW_GO, NEW_ROOT, OLD_GO, OLD_ROOT
from support import MACHINE, go_registry, path_of, user_key
from winhost import Account, WinHost

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
EXPAND = "REG_EXPAND_SZ"


def go_env(host: WinHost, *names: str, account: Account | None = None) -> dict[str, str]:
    """What the first go on PATH says in a new session of this account."""
    done = host.prefix.run(
        rf"C:\windows\system32\cmd.exe /d /c go env -json {' '.join(names)}", account=account, codepage=65001
    )
    assert done.rc == 0, done
    found: dict[str, str] = json.loads(done.stdout)
    return found


def ids(result: dict[str, Any]) -> set[str]:
    return {finding["id"] for finding in result["findings"]}


def passed(result: dict[str, Any]) -> dict[str, Any]:
    assert not result.get("failed"), result["msg"]
    return result


ODD = {
    "GOFLAGS": "'-ldflags=-s -w' -tags=a!b",
    "GONOPROXY": r'-X="a b" C:\a b\pkg & echo ^!no! | more > out < in 100%',
    "CC": r'"C:\Program Files (x86)\mingw\bin\gcc.exe" -m64',
    "GOTMPDIR": r"C:\临时 文件\😀" + "\\",
    "GOPRIVATE": "*.例子.cn,^a&b!,é",
    "GOPROXY": "https://user:p%40ss%21w@goproxy.cn|direct",
    "GONOSUMDB": "git.corp/a%20b%20c,%d%s,%NOWHERE%",
    "GOINSECURE": 'C:\\ends in "backslashes" \\\\',
}


def test_odd_values_arrive_and_go_reads_them(host: WinHost) -> None:
    gopath, gobin = [r"C:\代码 库\go(x86)" + "\\", r"C:\emoji 😀\go"], r"C:\代码 & 库\bin" + "\\"
    wanted: dict[str, Any] = {"scope": "user", "gopath": gopath, "gobin": gobin, "variables": ODD}
    host.prefix.unix_path(ODD["GOTMPDIR"]).mkdir(parents=True, exist_ok=True)
    passed(go_registry(host, scope="machine", path=[rf"{NEW_ROOT}\bin"], verify=False))
    result = passed(go_registry(host, **wanted))
    assert not {"go_not_checked", "go_value_differs"} & ids(result)
    stands = host.prefix.registry(USER)
    assert {name: stands[name] for name in ODD} == {name: ("REG_SZ", text) for name, text in ODD.items()}
    assert stands["GOPATH"] == ("REG_SZ", ";".join(gopath))
    assert path_of(host, USER)[0] == gobin
    told = go_env(host)
    assert {name: told[name] for name in (*ODD, "GOBIN", "GOPATH")} == {
        **ODD,
        "GOBIN": gobin,
        "GOPATH": ";".join(gopath),
    }
    assert not passed(go_registry(host, **wanted))["changed"]
    passed(go_registry(host, scope="user", state="restored"))
    assert not set(ODD) & set(host.prefix.registry(USER))


def test_only_what_is_set_is_a_reference_and_the_rest_is_never_expanded(host: WinHost) -> None:
    """A variable that is named like the text between two percent signs, and comes later, changes nothing."""
    wanted: dict[str, Any] = {
        "scope": "user",
        "gopath": [r"%HOMEDRIVE%%HOMEPATH%\go"],
        "variables": {"GOPRIVATE": "git.corp/a%20b%20c", "GONOSUMDB": "%USERNAME%.corp,%d%s", "CGO_CFLAGS": "-DF=%d%s"},
    }
    host.prefix.set_value(
        USER, "GOPRIVATE", "git.corp/a%20b%20c", EXPAND
    )  # as an earlier version of this collection wrote it
    passed(go_registry(host, scope="machine", path=[rf"{NEW_ROOT}\bin"], verify=False))
    passed(go_registry(host, **wanted))
    stands = host.prefix.registry(USER)
    kinds = {"GOPATH": EXPAND, "GOPRIVATE": "REG_SZ", "GONOSUMDB": EXPAND, "CGO_CFLAGS": "REG_SZ"}
    assert {name: stands[name][0] for name in kinds} == kinds
    assert not passed(go_registry(host, **wanted))["changed"]
    host.prefix.set_value(USER, "20b", "EXPANDED")
    told = go_env(host, "GOPATH", "GOPRIVATE", "GONOSUMDB", "CGO_CFLAGS")
    name = rf"C:\Users\{ADMIN.name}\go"
    assert told == {
        "GOPATH": name,
        "GOPRIVATE": "git.corp/a%20b%20c",
        "GONOSUMDB": f"{ADMIN.name}.corp,%d%s",
        "CGO_CFLAGS": "-DF=%d%s",
    }


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"gopath": [r"%USERNAME%\go"]}, "which is relative"),
    ({"gobin": r"%HOMEPATH%\go"}, "which is relative"),
    ({"path": [r"%NOWHERE%\bin"]}, "%NOWHERE%, which is not set"),
    ({"gopath": [r"C:\a", r"C:\b"], "path": [r"%GOPATH%\bin"]}, "refers to a list of directories"),
    ({"gopath": [r"C:\a<b"]}, "which no Windows path can hold"),
    ({"variables": {"GO111MODULE": "maybe"}}, "on, off or auto"),
    ({"variables": {"GOPROXY": "htps://%USERNAME%@proxy"}}, "whose protocol go does not speak"),
    ({"variables": {"GOCACHE": "off"}}, "makes every build fail"),
    ({"variables": {"GOFLAGS": '-ldflags="-s -w" -trimpath'}}, "Write: '-ldflags=-s -w' -trimpath"),
    ({"variables": {"GOARCH": "amd63"}}, f"go{NEW_GO} does not list"),
    ({"variables": {"GOOS": "js"}}, "a pair that go"),
    ({"goroot": NEW_ROOT, "variables": {"GOROOT": None}}, "Give one of them"),
]


def test_what_go_or_windows_refuses_is_refused_before_it_is_written(host: WinHost) -> None:
    passed(go_registry(host, scope="machine", path=[rf"{NEW_ROOT}\bin"], verify=False))
    before = host.prefix.registry(USER)
    for number, (options, reason) in enumerate(REFUSED):
        result = go_registry(host, check=bool(number % 2), scope="user", **options)
        assert result.get("failed"), result
        assert reason in result["msg"]
    assert host.prefix.registry(USER) == before


def test_null_removes_goroot_gopath_and_gobin(host: WinHost) -> None:
    before = host.prefix.registry(MACHINE)
    passed(go_registry(host, scope="machine", goroot=NEW_ROOT, gopath=[r"C:\w"], gobin=r"C:\w\tools", verify=False))
    passed(go_registry(host, scope="machine", variables={"GOROOT": None}, verify=False))
    assert "GOROOT" not in host.prefix.registry(MACHINE)
    assert rf"{NEW_ROOT}\bin" not in path_of(host, MACHINE)
    passed(go_registry(host, scope="machine", variables={"GOBIN": None}, verify=False))
    assert path_of(host, MACHINE)[0] == r"C:\w\bin"
    passed(go_registry(host, scope="machine", variables={"GOPATH": None, "GOBIN": None}, verify=False))
    assert host.prefix.registry(MACHINE) == before
    assert not passed(go_registry(host, scope="machine", variables={"GOROOT": None, "GOPATH": None}, verify=False))[
        "changed"
    ]


def test_flags_that_go_env_writes_in_other_words(host: WinHost) -> None:
    flags = {"CGO_CFLAGS": r'-DX="a b" -I"C:\lib dir"', "CGO_LDFLAGS": '-L"C:\\lib dir\\"'}
    passed(go_registry(host, scope="machine", path=[rf"{NEW_ROOT}\bin"], variables=flags))


def test_goroot_with_chinese_blanks_and_brackets(host: WinHost) -> None:
    """Two SDKs of two versions; the bin of the one that is left goes, and what others put there stays."""
    root = r"C:\Go 语言 (x86)"
    host.prefix.install_go(OLD_GO, root, packages=False)
    before = path_of(host, MACHINE)
    result = passed(go_registry(host, scope="machine", goroot=root, anchor=True))
    assert ids(result) <= {"go_writable_by_users"}
    assert result["effective"]["go"] == {"file": rf"{root}\bin\go.exe", "version": f"go{OLD_GO}", "unjudged": []}
    assert go_env(host, "GOROOT", "GOVERSION") == {"GOROOT": root, "GOVERSION": f"go{OLD_GO}"}
    assert host.prefix.registry(r"HKLM\Software\Go")["InstallPath"] == ("REG_SZ", root)
    host.prefix.set_value(MACHINE, "Path", ";".join([*path_of(host, MACHINE), r"C:\Their Tools\%OS%"]), EXPAND)
    result = passed(go_registry(host, scope="machine", goroot=NEW_ROOT, anchor=True))
    assert path_of(host, MACHINE) == [rf"{NEW_ROOT}\bin", *before, r"C:\Their Tools\%OS%"]
    assert go_env(host, "GOROOT", "GOVERSION") == {"GOROOT": NEW_ROOT, "GOVERSION": f"go{NEW_GO}"}
    assert host.prefix.registry(r"HKLM\Software\Go")["InstallPath"] == ("REG_SZ", NEW_ROOT)
    passed(go_registry(host, scope="machine", state="absent"))
    assert path_of(host, MACHINE) == [*before, r"C:\Their Tools\%OS%"]
    assert "GOROOT" not in host.prefix.registry(MACHINE)
    assert "InstallPath" not in host.prefix.registry(r"HKLM\Software\Go")


def test_plain_path_is_retyped_only_when_needed(host: WinHost) -> None:
    foreign = r'"C:\Program Files\A;B";C:\x\;c:\X;;C:\%NOTHING%'
    host.prefix.set_value(USER, "Path", foreign, "REG_SZ")
    result = passed(go_registry(host, scope="user", path=[r"C:\mine\bin"], verify=False))
    assert host.prefix.registry(USER)["Path"] == ("REG_SZ", rf"C:\mine\bin;{foreign}")
    assert "path_not_expanded" in ids(result)
    result = passed(go_registry(host, scope="user", path=[r"%USERPROFILE%\go\bin"], path_position="last", verify=False))
    assert host.prefix.registry(USER)["Path"] == (EXPAND, rf"{foreign};%USERPROFILE%\go\bin")
    assert "path_retyped" in ids(result)
    for _time in range(2):
        passed(go_registry(host, scope="user", state="restored"))
    assert host.prefix.registry(USER)["Path"] == ("REG_SZ", foreign)


def test_path_of_9000_characters_may_only_shrink(host: WinHost) -> None:
    foreign = [rf"C:\foreign\目录{number:04}\with some length to it" for number in range(240)]
    stale = [rf"{OLD_ROOT}\bin", r"C:\gone\go1.20.3\bin"]
    host.prefix.set_value(
        MACHINE, "Path", ";".join([*path_of(host, MACHINE), *foreign[:100], *stale, *foreign[100:]]), EXPAND
    )
    kept = host.prefix.registry(MACHINE)["Path"]
    assert len(str(kept[1])) > 9000
    refused = go_registry(host, scope="machine", goroot=NEW_ROOT, verify=False)
    assert refused["failed"]
    assert {finding["id"] for finding in refused["findings"]} == {"path_too_long"}
    assert host.prefix.registry(MACHINE)["Path"] == kept
    result = passed(go_registry(host, scope="machine", goroot=NEW_ROOT, stale_path_entries="remove", verify=False))
    assert "path_too_long" in ids(result)
    stands = path_of(host, MACHINE)
    assert stands[0] == rf"{NEW_ROOT}\bin"
    assert [entry for entry in stands if entry in foreign] == foreign
    assert not set(stale) & set(stands)
    passed(go_registry(host, scope="machine", state="restored"))
    assert host.prefix.registry(MACHINE)["Path"] == kept


def test_limit_of_one_value(host: WinHost) -> None:
    longest = "-tags=" + "例" * (32767 - 6)
    too_long = go_registry(host, scope="user", variables={"GOFLAGS": longest + "例"})
    assert too_long["failed"]
    assert "32768" in too_long["msg"]
    assert "32767" in too_long["msg"]
    passed(go_registry(host, scope="user", variables={"GOFLAGS": longest}, verify=False))
    assert host.prefix.registry(USER)["GOFLAGS"] == ("REG_SZ", longest)


def test_directories_are_made(host: WinHost) -> None:
    wanted: dict[str, Any] = {
        "scope": "user",
        "gopath": [r"%USERPROFILE%\工作 区 (go)!"],
        "create_directories": True,
        "verify": False,
    }
    root = r"C:\Users\ansible\工作 区 (go)!"
    promised = passed(go_registry(host, check=True, **wanted))
    assert not host.prefix.unix_path(root).exists()
    result = passed(go_registry(host, **wanted))
    made = [rf"{root}\{name}" for name in ("src", "pkg", "bin")]
    assert [change["name"] for change in result["changes"] if change["after"] == "directory"] == made
    assert result["changes"] == promised["changes"]
    assert all(host.prefix.unix_path(path).is_dir() for path in made)
    assert not passed(go_registry(host, **wanted))["changed"]
    host.prefix.unix_path(made[1]).rmdir()
    assert [change["name"] for change in passed(go_registry(host, **wanted))["changes"]] == [made[1]]


def test_only_other_sdks_are_stale(host: WinHost) -> None:
    shims = host.prefix.unix_path(r"C:\Users\ansible\scoop\shims")
    shims.mkdir(parents=True, exist_ok=True)
    (shims / "go.exe").write_bytes(b"MZ")
    stays = [
        r"C:\Users\ansible\scoop\shims",
        r"\\server\share\go1.20\bin",
        r"C:\gone\gopher\bin",
        r"X:\go1.21.0\bin",
        '"C:\\gone\\quoted"',
    ]
    goes = [rf"{OLD_ROOT}\bin" + "\\", r"C:\gone\go1.20.3\bin", r"c:/GO1.21.13/BIN"]
    base = path_of(host, MACHINE)
    mixed = [item for pair in zip([*goes, *goes], stays, strict=False) for item in pair]
    host.prefix.set_value(MACHINE, "Path", ";".join([*base, *mixed]), EXPAND)
    result = passed(go_registry(host, scope="machine", goroot=NEW_ROOT, verify=False))
    assert {finding["subject"] for finding in result["findings"] if finding["id"] == "stale_path_entry"} == {
        goes[0],
        goes[2],
    }
    wanted: dict[str, Any] = {"scope": "machine", "goroot": NEW_ROOT, "stale_path_entries": "remove", "verify": False}
    promised = passed(go_registry(host, check=True, **wanted))
    result = passed(go_registry(host, **wanted))
    assert path_of(host, MACHINE) == [rf"{NEW_ROOT}\bin", *base, *stays]
    assert {key: promised[key] for key in ("changes", "after", "diff", "effective")} == {
        key: result[key] for key in ("changes", "after", "diff", "effective")
    }


def test_user_shadows_machine(host: WinHost) -> None:
    host.prefix.set_value(USER, "GOPROXY", "off")
    result = passed(go_registry(host, scope="machine", variables={"GOPROXY": "direct", "GOSUMDB": "off"}, verify=False))
    assert [finding["subject"] for finding in result["findings"] if finding["id"] == "user_shadows_machine"] == [
        "GOPROXY"
    ]
    assert result["effective"]["GOPROXY"] == {
        "value": "off",
        "scope": "user",
        "shadows": [{"scope": "machine", "value": "direct"}],
    }
    assert result["effective"]["GOSUMDB"] == {"value": "off", "scope": "machine", "shadows": []}
    passed(go_registry(host, scope="machine", path=[rf"{NEW_ROOT}\bin"], verify=False))
    assert go_env(host, "GOPROXY", "GOSUMDB") == {"GOPROXY": "off", "GOSUMDB": "off"}
    assert go_env(host, "GOPROXY", account=ALICE) == {"GOPROXY": "direct"}


def test_check_mode_promises_what_apply_does(host: WinHost) -> None:
    wanted: dict[str, Any] = {
        "scope": "machine",
        "goroot": NEW_ROOT,
        "gopath": [r"C:\gopath", r"C:\第二"],
        "gobin": r"C:\gopath\bin",
        "variables": {
            "GOPROXY": "https://goproxy.cn,direct",
            "CGO_ENABLED": False,
            "GOGC": 50,
            "GOFLAGS": None,
            "GOSUMDB": False,
        },
        "path_position": "last",
        "anchor": True,
    }
    host.prefix.set_value(MACHINE, "GOFLAGS", "-mod=mod")
    kept = host.prefix.registry(MACHINE)
    promised = passed(go_registry(host, check=True, **wanted))
    assert host.prefix.registry(MACHINE) == kept
    assert not host.prefix.has_key(r"HKLM\Software\gopher")
    assert not host.prefix.has_key(r"HKLM\Software\Go")
    done = passed(go_registry(host, **wanted))
    differing = {key for key in done if done[key] != promised[key]}
    assert differing == {"journal"}
    stands = host.prefix.registry(MACHINE)
    assert {name: stands[name][1] for name in ("CGO_ENABLED", "GOGC", "GOSUMDB")} == {
        "CGO_ENABLED": "0",
        "GOGC": "50",
        "GOSUMDB": "off",
    }
    assert "GOFLAGS" not in stands
    assert path_of(host, MACHINE)[-2:] == [r"C:\Program Files\Go\bin", r"C:\gopath\bin"]


def test_diff_is_readable_and_masked(host: WinHost) -> None:
    secret = "https://dev%E7%8E%8B:s3cr3t-token@proxy.example/go,direct"
    wanted: dict[str, Any] = {"scope": "user", "gobin": r"C:\mine\bin", "variables": {"GOPROXY": secret}}
    result = passed(go_registry(host, **wanted))
    assert host.prefix.registry(USER)["GOPROXY"] == ("REG_SZ", secret)
    assert "s3cr3t" not in json.dumps(result, ensure_ascii=False)
    assert result["diff"]["after"].splitlines() == [
        r"GOBIN = C:\mine\bin (REG_SZ)",
        "GOPROXY = https://********@proxy.example/go,direct (REG_SZ)",
        "PATH (REG_EXPAND_SZ)",
        r"    C:\mine\bin",
        r"    %USERPROFILE%\AppData\Local\Microsoft\WindowsApps",
        "    ",
    ]
    assert result["diff"]["before"].splitlines() == [
        "PATH (REG_EXPAND_SZ)",
        r"    %USERPROFILE%\AppData\Local\Microsoft\WindowsApps",
        "    ",
    ]
    assert not passed(go_registry(host, **wanted))["changed"]
    result = go_registry(host, scope="user", state="absent")
    assert "s3cr3t" not in json.dumps(result, ensure_ascii=False)
    assert result["changes"][-1]["name"] == "PATH"
