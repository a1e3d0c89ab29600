"""go_sdk_info on a POSIX host that stands below a directory of the test."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from unit.support import fill

from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings, format_source
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.processor import this_platform
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_info import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.modules import go_sdk_info

_MACHINES = {"amd64": 62, "arm64": 183, "386": 3}


def program(arch: str) -> bytes:
    wide = 1 if arch == "386" else 2
    return b"\x7fELF" + bytes([wide, 1, 1, 0]) + bytes(8) + struct.pack("<HH", 2, _MACHINES[arch]) + bytes(44)


class Host:
    """A root directory, a home in it, and the environment of a session."""

    def __init__(self, place: Path) -> None:
        self.top = place
        self.home = place / "home/dev"
        self.home.mkdir(parents=True)
        self.environ = {"HOME": str(self.home)}

    def sdk(self, place: str, version: str = "go1.22.3", arch: str = "", **files: bytes) -> str:
        own = this_platform()
        fill(
            self.top / place,
            {
                "VERSION": f"{version}\ntime 2026-01-01T00:00:00Z\n".encode(),
                "bin/go": program(arch or (own or ("", "amd64"))[1]),
                **files,
            },
        )
        (self.top / place / "bin/go").chmod(0o755)
        return f"{self.top}/{place}"

    def script(self, place: str, text: str = "#!/bin/sh\n") -> str:
        fill(self.top, {place: text.encode()})
        (self.top / place).chmod(0o755)
        return f"{self.top}/{place}"

    def link(self, place: str, target: str) -> str:
        (self.top / place).parent.mkdir(parents=True, exist_ok=True)
        (self.top / place).symlink_to(target)
        return f"{self.top}/{place}"

    def path(self, *directories: str) -> None:
        self.environ["PATH"] = ":".join(
            [f"{self.top}/{directory}" if not directory.startswith("/") else directory for directory in directories]
        )

    def run(self, **given: t.Any) -> dict[str, t.Any]:
        self.environ.setdefault("PATH", f"{self.top}/usr/bin")
        params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given
        return run(params, PosixSdks(self.environ, False, str(self.top)), self.environ)

    def sdks(self, **given: t.Any) -> dict[str, dict[str, t.Any]]:
        result = self.run(**given)
        assert not result.get("failed"), result
        return {item["root"]: item for item in result["sdks"]}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Path(os.path.realpath(tmp_path)))


def ids(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(finding["id"], finding["subject"]) for finding in result["findings"]]


# --- places ----------------------------------------------------------------------------------------------------------

PLACES = {
    "usr/local/go": "archive",
    "usr/local/go1.22": "archive",
    "usr/lib/go-1.19": "debian",
    "usr/lib/golang": "rpm",
    "usr/lib64/go/1.22": "rpm",
    "opt/go/1.27.3": "archive",
    "opt/go1.20": "archive",
    "snap/go/10455": "snap",
    "opt/homebrew/Cellar/go/1.22.3/libexec": "homebrew",
    "usr/local/Cellar/go@1.21/1.21.13/libexec": "homebrew",
    "home/linuxbrew/.linuxbrew/Cellar/go/1.22.3/libexec": "homebrew",
    "home/dev/sdk/go1.22.3": "archive",
    "home/dev/.local/go": "archive",
    "home/dev/.local/share/mise/installs/go/1.22.3": "mise",
    "home/dev/.asdf/installs/golang/1.22.3/go": "asdf",
    "home/dev/.goenv/versions/1.22.3": "goenv",
    "home/dev/.gvm/gos/go1.22.3": "gvm",
    "home/dev/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64": "module_cache",
}


def test_each_place_is_looked_at(host: Host) -> None:
    for place in PLACES:
        host.sdk(place)
    found = host.sdks()
    assert {root[len(str(host.top)) + 1 :]: item["installed_by"] for root, item in found.items()} == PLACES
    assert {item["runs"] for item in found.values()} == {"native"}
    assert {item["version"] for item in found.values()} == {"go1.22.3"}


def test_variables_name_other_places(host: Host) -> None:
    variables = {
        "MISE_DATA_DIR": ("data/m", "installs/go/1", "mise"),
        "ASDF_DATA_DIR": ("data/a", "installs/golang/1/go", "asdf"),
        "GOENV_ROOT": ("data/g", "versions/1", "goenv"),
        "GVM_ROOT": ("data/v", "gos/1", "gvm"),
        "GOMODCACHE": ("data/c", "golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64", "module_cache"),
        "GOROOT": ("data/root", "", "archive"),
    }
    expected = {}
    for name, (directory, below, kind) in variables.items():
        host.environ[name] = f"{host.top}/{directory}"
        expected[host.sdk(f"{directory}/{below}".rstrip("/"))] = kind
    assert {root: item["installed_by"] for root, item in host.sdks().items()} == expected


def test_the_go_env_file_names_other_places(host: Host) -> None:
    fill(host.home, {".config/go/env": f"GOPATH={host.top}/gp:/other\nGOTOOLCHAIN=go1.22.3+auto\n".encode()})
    root = host.sdk("gp/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64")
    result = host.run()
    assert [item["root"] for item in result["sdks"]] == [root]
    assert result["gotoolchain"] == {"value": "go1.22.3+auto", "scope": "go env file"}


def test_what_is_no_sdk_is_not_told_where_nobody_named_it(host: Host) -> None:
    fill(host.top, {"usr/local/gopher/x": b"", "opt/google/VERSION": b"126.0\n", "opt/goland/bin/go": b"#!/bin/sh\n"})
    result = host.run()
    assert (result["sdks"], result["findings"], result["go"], result["shims"]) == ([], [], None, [])


def test_search(host: Host) -> None:
    one, two = host.sdk("srv/one"), host.sdk("srv/all/go1.20", "go1.20")
    fill(host.top, {"srv/all/readme": b"", "srv/empty/x": b""})
    given = [f"{host.top}/srv/one", f"{host.top}/srv/all/", f"{host.top}/srv/empty", f"{host.top}/srv/gone", "~/gone"]
    result = host.run(search=given)
    assert [item["root"] for item in result["sdks"]] == [one, two]
    assert ids(result) == [
        ("sdk_missing", f"{host.top}/{place}") for place in ("srv/empty", "srv/gone", "home/dev/gone")
    ]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"search": ["sdk"]}, "search: 'sdk' is relative"),
        ({"search": ["~bob/sdk"]}, "another user"),
        ({"project": "src"}, "project: 'src' is relative"),
        ({"project": "/nowhere/at/all"}, "project: /nowhere/at/all cannot be read"),
        ({"user": "nobody-of-that-name"}, "no account nobody-of-that-name"),
    ],
)
def test_refusals(host: Host, given: dict[str, t.Any], reason: str) -> None:
    result = host.run(**given)
    assert (result["failed"], result["changed"]) == (True, False)
    assert reason in result["msg"]


# --- one SDK ---------------------------------------------------------------------------------------------------------


def test_an_sdk_that_links_lead_to_is_told_once(host: Host) -> None:
    root = host.sdk("opt/go/1.27.3", "go1.27.3")
    current, local = host.link("opt/go/current", "1.27.3"), host.link("usr/local/go", "/nowhere/yet")
    os.unlink(local)
    os.symlink(current, local)
    (only,) = host.run(search=[current])["sdks"]
    assert (only["root"], sorted(only["links"])) == (root, sorted([current, local]))


def test_a_go_built_from_source(host: Host) -> None:
    root = host.sdk("home/dev/sdk/gotip")
    os.rename(f"{root}/VERSION", f"{root}/VERSION.cache")
    Path(f"{root}/VERSION.cache").write_text("devel go1.28-0a1b2c3d4e Mon Nov 23 10:00:00 2026 +0000")
    assert host.sdks()[root]["version"].startswith("devel go1.28-")


def test_the_mark_of_golang_dl(host: Host) -> None:
    root = host.sdk("home/dev/sdk/go1.22.3", **{".unpacked-success": b""})
    assert host.sdks()[root]["installed_by"] == "golang_dl"


def test_an_sdk_for_another_processor(host: Host) -> None:
    own = (this_platform() or ("", ""))[1]
    other = "arm64" if own == "amd64" else "amd64"
    root = host.sdk("usr/local/go", arch=other)
    fill(host.home, {"src/go.mod": b"module x\n\ngo 1.20\n"})
    result = host.run(project="~/src")
    (only,) = result["sdks"]
    assert (only["goarch"], only["runs"]) == (other, "other")
    assert ids(result)[0] == ("sdk_other_architecture", root)
    assert result["modules"][0]["satisfied_by"] is None


@pytest.mark.parametrize("lacks", ["VERSION", "bin/go"])
def test_a_broken_sdk_is_told(host: Host, lacks: str) -> None:
    root = host.sdk("usr/local/go", **{"src/runtime/x.go": b""})
    os.unlink(f"{root}/{lacks}")
    result = host.run()
    assert result["sdks"] == []
    assert ids(result) == [("sdk_broken", root)]
    assert f"no {lacks}" in result["findings"][0]["message"]


def test_what_holds_up_a_reader_is_not_read(host: Host) -> None:
    root = host.sdk("usr/local/go")
    os.unlink(f"{root}/VERSION")
    os.mkfifo(f"{root}/VERSION")
    fill(host.top, {"usr/local/go/src/runtime/x.go": b""})
    assert ids(host.run()) == [("sdk_broken", root)]


# --- PATH and shims --------------------------------------------------------------------------------------------------


def test_path_in_its_order(host: Host) -> None:
    one, two = host.sdk("usr/local/go"), host.sdk("srv/deep/go", "go1.21.13")
    host.path("usr/bin", "srv/deep/go/bin/", "relative", "usr/local/go/bin", "/usr/share")
    host.environ["PATH"] += ":dot/relative"
    result = host.run()
    by_root = {item["root"]: item for item in result["sdks"]}
    assert by_root[one]["on_path"] == [{"index": 3, "scope": "session", "entry": f"{one}/bin"}]
    assert by_root[two]["on_path"] == [{"index": 1, "scope": "session", "entry": f"{two}/bin/"}]
    assert (by_root[one]["first"], by_root[two]["first"]) == (False, True)
    assert result["go"] == {"file": f"{two}/bin/go", "root": two, "version": "go1.21.13", "index": 1}


def test_start_files_of_this_collection_come_before_the_session(host: Host) -> None:
    one, two = host.sdk("usr/local/go"), host.sdk("opt/go/1.21.13", "go1.21.13")
    source = Settings({"GOTOOLCHAIN": "local"}, (f"{two}/bin", "$PATH"))
    fill(host.home, {".config/gopher-devbox/env.sh": format_source(source).encode()})
    host.path("usr/local/go/bin")
    result = host.run()
    assert result["go"]["root"] == two
    assert {item["root"]: [entry["scope"] for entry in item["on_path"]] for item in result["sdks"]} == {
        one: ["session"],
        two: ["user"],
    }
    assert result["gotoolchain"] == {"value": "local", "scope": "environment"}


def test_links_to_a_go(host: Host) -> None:
    root = host.sdk("usr/lib/go-1.22")
    host.link("usr/lib/go", "go-1.22")
    usr, local, own = (
        host.link("usr/bin/go", "../lib/go/bin/go"),
        host.link("usr/local/bin/go", f"{root}/bin/go"),
        host.link("home/dev/bin/go", f"{root}/bin/go"),
    )
    host.path("usr/bin")
    result = host.run()
    (only,) = result["sdks"]
    assert only["root"] == root
    assert only["links"] == [f"{host.top}/usr/lib/go"]
    assert {(shim["path"], shim["kind"], shim["index"]) for shim in only["shims"]} == {
        (usr, "link", 0),
        (local, "link", None),
        (own, "link", None),
    }
    assert only["first"]
    assert result["go"] == {"file": usr, "root": root, "version": "go1.22.3", "index": 0}


def test_a_directory_that_is_a_link_to_the_bin(host: Host) -> None:
    root = host.sdk("opt/go/1.22.3")
    host.link("home/dev/gobin", f"{root}/bin")
    host.path("home/dev/gobin")
    (only,) = host.run()["sdks"]
    assert [entry["index"] for entry in only["on_path"]] == [0]
    assert only["shims"] == []


def test_version_managers_shims(host: Host) -> None:
    one, two = (
        host.sdk("home/dev/.asdf/installs/golang/1.22.3/go"),
        host.sdk("home/dev/.asdf/installs/golang/1.21.0/go", "go1.21.0"),
    )
    mise = host.script("usr/bin/mise")
    asdf = host.script(
        "home/dev/.asdf/shims/go", "#!/usr/bin/env bash\n# asdf-plugin: golang 1.22.3\nexec asdf exec go\n"
    )
    shims = {
        "asdf": asdf,
        "mise": host.link("home/dev/.local/share/mise/shims/go", mise),
        "goenv": host.script("home/dev/.goenv/shims/go"),
        "program": host.script("home/dev/tools/go"),
    }
    host.path("home/dev/tools", "home/dev/.goenv/shims")
    result = host.run()
    assert {item["root"]: [shim["path"] for shim in item["shims"]] for item in result["sdks"]} == {one: [asdf], two: []}
    assert {(shim["kind"], shim["path"], shim["index"]) for shim in result["shims"]} == {
        ("mise", shims["mise"], None),
        ("goenv", shims["goenv"], 1),
        ("program", shims["program"], 0),
    }
    assert result["go"] == {"file": shims["program"], "root": None, "version": None, "index": 0}
    Path(asdf).write_text("# asdf-plugin: golang 1.22.3\n# asdf-plugin: golang 1.21.0\n")
    assert asdf in [
        shim["path"] for shim in host.run()["shims"]
    ]  # which of the two it is asks the directory one stands in


def test_programs_of_golang_dl(host: Host) -> None:
    root = host.sdk("home/dev/sdk/go1.22.3", **{".unpacked-success": b""})
    own, lonely = host.script("home/dev/go/bin/go1.22.3"), host.script("home/dev/go/bin/go1.20")
    host.script("home/dev/go/bin/go1tool")
    result = host.run()
    (only,) = result["sdks"]
    assert (only["root"], only["shims"]) == (root, [{"path": own, "kind": "golang_dl", "index": None}])
    assert result["shims"] == [{"path": lonely, "kind": "golang_dl", "index": None}]


def test_the_snap(host: Host) -> None:
    root = host.sdk("snap/go/10455")
    host.link("snap/go/current", "10455")
    host.script("usr/bin/snap")
    shim = host.link("snap/bin/go", f"{host.top}/usr/bin/snap")
    (only,) = host.run()["sdks"]
    assert (only["root"], only["shims"][0]["path"], only["shims"][0]["kind"]) == (root, shim, "snap")


# --- projects --------------------------------------------------------------------------------------------------------


def modules(result: dict[str, t.Any], place: Path) -> dict[str, dict[str, t.Any]]:
    return {os.path.relpath(item["path"], place): item for item in result["modules"]}


def test_a_project(host: Host) -> None:
    old = host.sdk("usr/local/go", "go1.22.3", **{"go.env": b"# defaults\nGOPROXY=x\nGOTOOLCHAIN=auto\n"})
    new = host.sdk("home/dev/sdk/go1.26.1", "go1.26.1")
    host.path("usr/local/go/bin")
    place = host.home / "src"
    fill(
        place,
        {
            "go.mod": b"module example.com/a\n\ngo 1.21\n",
            "newer/go.mod": b"module example.com/b\n\ngo 1.25\n\ntoolchain go1.26.1\n",
            "newest/go.mod": b"module example.com/c\n\ngo 1.28\n",
            "newest/too/go.mod": b"module example.com/c/too\n\ngo 1.28.0\n",
            "spaces/go.work": b"go 1.26.0\n\nuse ./in\n",
            "spaces/in/go.mod": b"module example.com/d\n\ngo 1.20\n",
            "bad/go.mod": b"module example.com/e\n\ngo one\n",
            "vendor/x/go.mod": b"module x\n",
            "testdata/go.mod": b"nonsense",
            "_old/go.mod": b"module y\n",
        },
    )
    result = host.run(project=str(place))
    assert result["project"] == {
        "root": str(place),
        "apart": [f"{place}/{name}/go.mod" for name in ("_old", "testdata", "vendor/x")],
    }
    found = modules(result, place)
    told = {
        name: (item["selected"], item["local"], item["decided_by"], item["satisfied_by"], item["install"])
        for name, item in found.items()
    }
    assert told == {
        "go.mod": ("go1.22.3", True, "local", old, None),
        "newer/go.mod": ("go1.26.1", False, "toolchain", new, None),
        "newest/go.mod": ("go1.28.0", False, "go", None, "go1.28.0"),
        "newest/too/go.mod": ("go1.28.0", False, "go", None, "go1.28.0"),
        "spaces/in/go.mod": ("go1.26.0", False, "go", new, None),
        "bad/go.mod": ("go1.22.3", True, "local", old, None),
    }
    assert found["spaces/in/go.mod"]["work"] == f"{place}/spaces/go.work"
    assert found["spaces/in/go.mod"]["listed"]
    assert "go one" in found["bad/go.mod"]["error"] or "one is not a version" in found["bad/go.mod"]["error"]
    assert ids(result) == [("module_refused", f"{place}/bad/go.mod"), ("toolchain_missing", "go1.28.0")]
    assert f"{place}/newest/go.mod, {place}/newest/too/go.mod" in result["findings"][1]["message"]
    json.dumps(result)


@pytest.mark.parametrize(
    ("environment", "selected", "error"),
    [
        ({}, "go1.26.0", None),
        ({"GOTOOLCHAIN": "local"}, "go1.22.3", "go.mod requires go >= 1.26"),
        ({"GOTOOLCHAIN": "go1.27.0"}, "go1.27.0", None),
        ({"GOTOOLCHAIN": "bogus"}, None, 'invalid GOTOOLCHAIN "bogus"'),
        ({"GOWORK": "off"}, "go1.26.0", None),
    ],
)
def test_settings_count(host: Host, environment: dict[str, str], selected: str | None, error: str | None) -> None:
    host.sdk("usr/local/go", **{"go.env": b"GOTOOLCHAIN=auto\n"})
    host.path("usr/local/go/bin")
    fill(host.home, {"src/a/go.mod": b"module a\n\ngo 1.26\n"})
    host.environ.update(environment)
    (only,) = host.run(project="~/src")["modules"]
    assert only["selected"] == selected
    assert (only["error"] or "").startswith(error or "") if error else only["error"] is None


def test_a_go_of_before_1_21_never_switches(host: Host) -> None:
    host.sdk("usr/local/go", "go1.20.14")
    host.path("usr/local/go/bin")
    fill(host.home, {"src/go.mod": b"module a\n\ngo 1.19\n"})
    result = host.run(project="~/src")
    assert result["gotoolchain"] == {"value": "", "scope": "built in"}
    assert result["modules"][0]["selected"] == "go1.20.14"


def test_no_go_on_path(host: Host) -> None:
    root = host.sdk("home/dev/sdk/go1.26.1", "go1.26.1")
    fill(host.home, {"src/go.mod": b"module a\n\ngo 1.25.0\n"})
    result = host.run(project="~/src")
    assert result["go"] is None
    (only,) = result["modules"]
    assert (only["selected"], only["satisfied_by"], only["version"]) == ("go1.25.0", root, "go1.26.1")


def test_many_modules_are_one_finding(host: Host) -> None:
    fill(host.home, {f"src/m{number}/go.mod": b"module a\n\ngo 1.28\n" for number in range(12)})
    result = host.run(project="~/src")
    assert len(result["modules"]) == 12
    (finding,) = result["findings"]
    assert "and 7 more" in finding["message"]


def test_what_cannot_be_read_is_told(host: Host) -> None:
    fill(host.home, {"src/go.mod": b"module a\n"})
    link = host.link("home/dev/src/b/go.mod", "/etc/passwd")
    assert ("project_unknown", link) in ids(host.run(project="~/src"))


def test_the_examples_name_only_what_is_taken() -> None:
    name = "gopher.devbox.go_sdk_info"
    examples = [task[name] or {} for task in yaml.safe_load(go_sdk_info.EXAMPLES) if name in task]
    assert examples
    assert {option for given in examples for option in given} <= ARGUMENT_SPEC.keys()


OTHERS_IMPORT_NOTHING = """
import contextlib, sys
from ansible_collections.gopher.devbox.plugins.module_utils._media import sdks_posix
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks import SdkQuery

class Unreadable:
    def find_spec(self, name, path=None, target=None):
        if "gopher" in name:
            raise PermissionError(f"{name} is imported by an account that cannot read it")

@contextlib.contextmanager
def acting_as(account):
    sys.meta_path.insert(0, Unreadable())
    try:
        yield
    finally:
        del sys.meta_path[0]

sdks_posix.acting_as = acting_as
found = sdks_posix.PosixSdks({"HOME": "/nowhere", "PATH": "/usr/bin"}, False).find(SdkQuery(project=sys.argv[1]))
print([item.module.go for item in found.project.modules])
"""


def test_nothing_is_imported_while_it_acts_as_another_account(tmp_path: Path) -> None:
    """On a host the modules are in an archive that only the account of the session can read."""
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", OTHERS_IMPORT_NOTHING, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "['1.22']\n", done.stderr
