# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_sdk_info with real SDKs: on a Windows host over WinRM, and on this machine through real ansible-playbook."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, ALICE, CHINESE, NEW_ROOT, OLD_ROOT
from support import MACHINE, Counting, Playbooks, transport_to, user_key
from winhost import Account, WinHost
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.action.go_sdk_info import find

HOME = r"C:\Users\ansible"
PROJECT = r"C:\工作 (x86)\shop"


class Box:
    """A Windows host whose files are the test's to make."""

    def __init__(self, host: WinHost) -> None:
        self.host = host
        self.made: list[Path] = []
        self.commands = 0

    def unix(self, place: str) -> Path:
        return self.host.prefix.unix_path(place)

    def fill(self, place: str, files: dict[str, str]) -> None:
        top = self.unix(place)
        while not top.parent.exists():
            top = top.parent
        if not top.exists():
            self.made.append(top)
        for name, text in files.items():
            path = self.unix(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def sdk(self, place: str, version: str = "go1.22.3", arch: str = "amd64") -> str:
        self.fill(
            place, {"VERSION": f"{version}\ntime x\n", "bin/go.exe": "MZ", f"pkg/tool/windows_{arch}/compile.exe": "MZ"}
        )
        return place

    def path(self, *entries: str, key: str = MACHINE) -> None:
        standing = self.host.prefix.registry(key).get("Path", ("", r"%SystemRoot%\system32"))[1]
        self.host.prefix.set_value(
            key, "Path", ";".join([*([str(standing)] if key == MACHINE else []), *entries]), "REG_EXPAND_SZ"
        )

    def run(self, account: Account | None = None, **given: Any) -> dict[str, Any]:
        transport = Counting(transport_to(self.host, account))
        result = find({"user": None, "search": [], "project": None} | given, lambda: transport, False, False)
        self.commands = transport.commands
        return result

    def sdks(self, **given: Any) -> dict[str, dict[str, Any]]:
        result = self.run(**given)
        assert not result.get("failed"), result
        return {item["root"]: item for item in result["sdks"]}


@pytest.fixture
def box(host: WinHost) -> Iterator[Box]:
    found = Box(host)
    yield found
    for place in reversed(found.made):
        shutil.rmtree(place)
    for key in (
        r"HKLM\SOFTWARE\GoProgrammingLanguage",
        r"HKLM\SOFTWARE\Wow6432Node\GoProgrammingLanguage",
        rf"HKU\{ADMIN.sid}\Software\GoProgrammingLanguage",
    ):
        if host.prefix.has_key(key):
            host.prefix.delete_key(key)


def ids(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["id"], finding["subject"]) for finding in result["findings"]]


# --- Windows ---------------------------------------------------------------------------------------------------------


@pytest.mark.windows
def test_real_sdks_in_two_commands(box: Box) -> None:
    box.path(NEW_ROOT + r"\bin")
    box.path(OLD_ROOT + r"\bin", key=user_key(ADMIN.sid))
    result = box.run()
    assert box.commands == 2
    found = {item["root"]: item for item in result["sdks"]}
    assert set(found) == {NEW_ROOT, OLD_ROOT}
    assert [item["version"] for item in result["sdks"]] == ["go1.27.3", "go1.21.13"]
    assert {(item["goos"], item["goarch"], item["runs"]) for item in found.values()} == {("windows", "amd64", "native")}
    assert [(entry["scope"], entry["entry"]) for entry in found[NEW_ROOT]["on_path"]] == [
        ("machine", NEW_ROOT + r"\bin")
    ]
    assert [(entry["scope"], entry["entry"]) for entry in found[OLD_ROOT]["on_path"]] == [("user", OLD_ROOT + r"\bin")]
    assert (found[NEW_ROOT]["first"], found[OLD_ROOT]["first"]) == (True, False)
    assert found[NEW_ROOT]["on_path"][0]["index"] < found[OLD_ROOT]["on_path"][0]["index"]
    assert result["go"] == {
        "file": NEW_ROOT + r"\bin\go.exe",
        "root": NEW_ROOT,
        "version": "go1.27.3",
        "index": found[NEW_ROOT]["on_path"][0]["index"],
    }
    assert result["gotoolchain"] == {"value": "auto", "scope": "go.env"}
    assert (result["host"], result["user"], result["findings"], result["changed"]) == (
        {"goos": "windows", "goarch": "amd64"},
        ADMIN.sid,
        [],
        False,
    )


@pytest.mark.windows
def test_places(box: Box) -> None:
    places = {
        r"C:\Go": "archive",
        r"C:\Sdk\go1.20": "archive",
        r"C:\Sdk\go 1.22 (new)": "archive",
        rf"{HOME}\sdk\go1.22.3": "archive",
        rf"{HOME}\scoop\apps\go\1.22.3": "scoop",
        r"C:\ProgramData\scoop\apps\go\1.22.3": "scoop",
        rf"{HOME}\AppData\Local\mise\installs\go\1.22.3": "mise",
        rf"{HOME}\go\pkg\mod\golang.org\toolchain@v0.0.1-go1.22.3.windows-amd64": "module_cache",
        r"C:\Program Files (x86)\Go": "archive",
    }
    for place in places:
        box.sdk(place)
    found = box.sdks()
    assert box.commands == 2
    assert {root: item["installed_by"] for root, item in found.items() if root not in (NEW_ROOT, OLD_ROOT)} == places


@pytest.mark.windows
def test_installers_leave_their_names(box: Box) -> None:
    box.host.prefix.set_value(rf"HKU\{ADMIN.sid}\Software\GoProgrammingLanguage", "installLocation", NEW_ROOT + "\\")
    box.host.prefix.set_value(r"HKLM\SOFTWARE\GoProgrammingLanguage", "installLocation", "D:\\Gone\\Go\\")
    box.host.prefix.set_value(
        r"HKLM\SOFTWARE\Wow6432Node\GoProgrammingLanguage", "installLocation", box.sdk(r"C:\Apps\Go 386", arch="386")
    )
    result = box.run()
    found = {item["root"]: item for item in result["sdks"]}
    assert found[NEW_ROOT]["installed_by"] == "msi"
    assert (found[r"C:\Apps\Go 386"]["installed_by"], found[r"C:\Apps\Go 386"]["runs"]) == ("msi", "translated")
    assert ids(result) == [("sdk_missing", r"D:\Gone\Go"), ("sdk_other_architecture", r"C:\Apps\Go 386")]
    box.fill(r"C:\ProgramData\chocolatey\lib\golang", {"golang.nupkg": ""})
    assert box.sdks()[NEW_ROOT]["installed_by"] == "chocolatey"


@pytest.mark.windows
def test_scoop(box: Box) -> None:
    """Its `current` is a link, and its shim a program that says in a file of its own where it leads."""
    root = box.sdk(rf"{HOME}\scoop\apps\go\1.22.3")
    box.unix(rf"{HOME}\scoop\apps\go\current").symlink_to("1.22.3")
    box.fill(
        rf"{HOME}\scoop\shims",
        {"go.exe": "MZ", "go.shim": f'path = "{HOME}\\scoop\\apps\\go\\current\\bin\\go.exe"\r\n'},
    )
    box.path(r"%USERPROFILE%\scoop\shims", key=user_key(ADMIN.sid))
    result = box.run()
    assert box.commands == 2
    found = {item["root"]: item for item in result["sdks"]}
    assert found[root]["links"] == [rf"{HOME}\scoop\apps\go\current"]
    (shim,) = found[root]["shims"]
    assert (shim["path"], shim["kind"]) == (rf"{HOME}\scoop\shims\go.exe", "scoop")
    assert found[root]["first"]
    assert (result["go"]["root"], result["go"]["version"], result["go"]["index"]) == (root, "go1.22.3", shim["index"])
    assert rf"{HOME}\scoop\apps\go\current" not in found


@pytest.mark.windows
def test_other_programs_that_start_a_go(box: Box) -> None:
    root = box.sdk(rf"{HOME}\sdk\go1.22.3")
    box.fill(rf"{HOME}\go\bin", {"go1.22.3.exe": "MZ", "go1.9.exe": "MZ", "gopls.exe": "MZ"})
    box.fill(r"C:\ProgramData\chocolatey\bin", {"go.exe": "MZ"})
    box.path(r"C:\ProgramData\chocolatey\bin")
    result = box.run()
    found = {item["root"]: item for item in result["sdks"]}
    assert found[root]["shims"] == [{"path": rf"{HOME}\go\bin\go1.22.3.exe", "kind": "golang_dl", "index": None}]
    assert {(shim["path"], shim["kind"]) for shim in result["shims"]} == {
        (rf"{HOME}\go\bin\go1.9.exe", "golang_dl"),
        (r"C:\ProgramData\chocolatey\bin\go.exe", "chocolatey"),
    }
    assert (result["go"]["file"], result["go"]["root"]) == (r"C:\ProgramData\chocolatey\bin\go.exe", None)


@pytest.mark.windows
def test_what_is_no_sdk(box: Box) -> None:
    box.fill(r"C:\Sdk\go1.20", {"VERSION": "go1.20\n", "src/runtime/x.go": ""})
    box.fill(r"C:\Sdk\go1.21", {"bin/go.exe": "MZ", "pkg/tool/windows_amd64/x": ""})
    box.fill(r"C:\Sdk\gopher", {"x": ""})
    box.sdk(r"C:\Sdk\goarm", arch="arm64")
    result = box.run(search=[r"C:\Sdk", r"C:\nothing", "C:/Sdk/gopher/"])
    assert sorted(ids(result)) == [
        ("sdk_broken", r"C:\Sdk\go1.20"),
        ("sdk_broken", r"C:\Sdk\go1.21"),
        ("sdk_missing", r"C:\Sdk\gopher"),
        ("sdk_missing", r"C:\nothing"),
        ("sdk_other_architecture", r"C:\Sdk\goarm"),
    ]


@pytest.mark.windows
def test_search_in_any_alphabet(box: Box) -> None:
    one, two = box.sdk(r"C:\软件 + co\one"), box.sdk(r"C:\软件 + co\двa", "go1.21.0")
    found = box.sdks(search=[r"C:\软件 + co"])
    assert {one, two} <= found.keys()


@pytest.mark.windows
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"search": [r"%SystemDrive%\Sdk"]}, "search"),
        ({"project": "src"}, "project"),
        ({"search": [r"\\nas\go"]}, "search"),
    ],
)
def test_refusals_ask_nothing(box: Box, given: dict[str, Any], reason: str) -> None:
    result = box.run(**given)
    assert (result["failed"], result["changed"], box.commands) == (True, False, 0)
    assert reason in result["msg"]


@pytest.mark.windows
def test_a_project_in_two_commands(box: Box) -> None:
    box.path(NEW_ROOT + r"\bin")
    box.fill(
        PROJECT,
        {
            "go.mod": "module example.com/a\r\n\r\ngo 1.21\r\n",
            "api/go.mod": "module example.com/b\n\ngo 1.28 // 最新\n",
            "spaces/go.work": "go 1.27.0\n\nuse (\n\t./模块\n)\n",
            "spaces/模块/go.mod": "module example.com/c\n\ngo 1.20\n",
            "empty/go.mod": "",
            "vendor/x/go.mod": "module x\n",
            "api/testdata/go.mod": "module y\n",
            ".git/go.mod": "module z\n",
        },
    )
    result = box.run(project=PROJECT)
    assert box.commands == 2
    assert result["project"] == {
        "root": PROJECT,
        "apart": [rf"{PROJECT}\api\testdata\go.mod", rf"{PROJECT}\vendor\x\go.mod"],
    }
    found = {item["path"][len(PROJECT) + 1 :]: item for item in result["modules"]}
    assert {name: (item["selected"], item["satisfied_by"], item["install"]) for name, item in found.items()} == {
        "go.mod": ("go1.27.3", NEW_ROOT, None),
        r"api\go.mod": ("go1.28.0", None, "go1.28.0"),
        r"empty\go.mod": ("go1.27.3", NEW_ROOT, None),
        r"spaces\模块\go.mod": ("go1.27.3", NEW_ROOT, None),
    }
    assert found[r"spaces\模块\go.mod"]["work"] == rf"{PROJECT}\spaces\go.work"
    assert found[r"spaces\模块\go.mod"]["listed"]
    assert ids(result) == [("module_refused", rf"{PROJECT}\empty\go.mod"), ("toolchain_missing", "go1.28.0")]


@pytest.mark.windows
def test_settings_of_go_count(box: Box) -> None:
    box.path(OLD_ROOT + r"\bin")
    box.fill(PROJECT, {"go.mod": "module a\n\ngo 1.27\n"})
    (only,) = box.run(project=PROJECT)["modules"]
    assert (only["selected"], only["satisfied_by"]) == ("go1.27.0", NEW_ROOT)
    box.fill(rf"{HOME}\AppData\Roaming\go", {"env": "GOTOOLCHAIN=local\n"})
    result = box.run(project=PROJECT)
    assert result["gotoolchain"] == {"value": "local", "scope": "go env file"}
    assert "go.mod requires go >= 1.27" in result["modules"][0]["error"]
    box.host.prefix.set_value(user_key(ADMIN.sid), "GOTOOLCHAIN", "go1.27.3")
    result = box.run(project=PROJECT)
    assert result["gotoolchain"] == {"value": "go1.27.3", "scope": "registry"}
    assert (result["modules"][0]["selected"], result["modules"][0]["satisfied_by"]) == ("go1.27.3", NEW_ROOT)


@pytest.mark.windows
def test_a_go_work_above_the_project_counts(box: Box) -> None:
    box.fill(r"C:\src", {"go.work": "go 1.25.0\n\nuse ./a\n", "a/go.mod": "module a\n\ngo 1.20\n"})
    (only,) = box.run(project=r"C:\src\a")["modules"]
    assert (only["work"], only["listed"], only["selected"]) == (r"C:\src\go.work", True, "go1.25.0")


@pytest.mark.windows
def test_a_large_project_takes_as_many_commands_as_its_names_fill(box: Box) -> None:
    box.fill(
        r"C:\large", {f"services/service-{number:04}/go.mod": f"module m{number}\n\ngo 1.21\n" for number in range(300)}
    )
    result = box.run(project=r"C:\large")
    assert [item["module"] for item in result["modules"]] == [f"m{number}" for number in range(300)]
    assert 3 <= box.commands <= 5


@pytest.mark.windows
@pytest.mark.parametrize("user", [CHINESE.name, CHINESE.sid])
def test_another_user(box: Box, user: str) -> None:
    root = box.sdk(rf"C:\Users\{CHINESE.name}\sdk\go1.22.3")
    box.path(root + r"\bin", key=user_key(CHINESE.sid))
    box.sdk(rf"{HOME}\sdk\go1.20", "go1.20")
    result = box.run(user=user)
    found = {item["root"]: item for item in result["sdks"]}
    assert result["user"] == CHINESE.sid
    assert found[root]["first"]
    assert rf"{HOME}\sdk\go1.20" not in found
    assert box.commands <= 4


@pytest.mark.windows
def test_an_ordinary_account_may_look(box: Box) -> None:
    result = box.run(ALICE)
    assert {item["root"] for item in result["sdks"]} == {NEW_ROOT, OLD_ROOT}


@pytest.mark.windows
def test_no_project_there(box: Box) -> None:
    result = box.run(project=r"Z:\src")
    assert result["failed"]
    assert "not a directory that this session sees" in result["msg"]


@pytest.mark.windows
def test_the_task(box: Box, tmp_path: Path) -> None:
    """Through ansible-playbook: check mode says the same, and nothing is changed."""
    books = Playbooks(tmp_path, box.host.ansible_vars())
    task = {"gopher.devbox.go_sdk_info": {}}
    (plain, checked, refused), _done = books.tasks(
        [task, {**task, "check_mode": True}, {"gopher.devbox.go_sdk_info": {"path": "x"}}]
    )
    assert {item["root"] for item in plain["sdks"]} == {NEW_ROOT, OLD_ROOT}
    assert checked["sdks"] == plain["sdks"]
    assert (plain["changed"], checked["changed"], refused.get("failed")) == (False, False, True)


# --- POSIX -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the SDKs of the tests are for Linux")
def test_real_sdks_of_this_machine(tmp_path: Path) -> None:
    """What is told without running them is what they say themselves; the module runs as any other does on a host."""
    roots = {version: tmp_path / "sdks" / f"go{version}" for version in ("1.21.13", "1.27.3")}
    for version, root in roots.items():
        root.parent.mkdir(exist_ok=True)
        root.symlink_to(sdk_dir(version, LINUX))
    project = tmp_path / "src"
    project.mkdir()
    (project / "go.mod").write_text("module example.com/x\n\ngo 1.22\n", encoding="utf-8")
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    books = Playbooks(tmp_path, variables)
    play = {"environment": {"PATH": f"{roots['1.21.13']}/bin:/usr/bin:/bin"}}
    task = {"gopher.devbox.go_sdk_info": {"search": [str(tmp_path / "sdks")], "project": str(project)}}
    (plain, checked), _done = books.tasks([task, {**task, "check_mode": True}], play=play)
    assert checked["sdks"] == plain["sdks"]
    found = {item["version"]: item for item in plain["sdks"]}
    for version, root in roots.items():
        item = found[f"go{version}"]
        words = [str(root / "bin" / "go"), "env", "-json", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"]
        environment = {"GOTOOLCHAIN": "local", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        said = json.loads(
            subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=60).stdout
        )
        assert (item["version"], item["goos"], item["goarch"]) == (
            said["GOVERSION"],
            said["GOHOSTOS"],
            said["GOHOSTARCH"],
        )
        assert item["runs"] == "native"
        assert item["root"] == str(sdk_dir(version, LINUX).resolve())
        assert str(root) in item["links"]
    assert plain["go"]["version"] == "go1.21.13"
    (only,) = plain["modules"]
    assert (only["selected"], only["satisfied_by"]) == ("go1.22.0", found["go1.27.3"]["root"])
