"""What is said of SDKs by what was seen of them."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._go.sdks import (
    NATIVE,
    OTHER,
    TRANSLATED,
    UNKNOWN,
    Entry,
    Found,
    SeenSdks,
    Shim,
    installed_by,
    inventory,
    running,
)

LINUX, MAC, WINDOWS = ("linux", "amd64"), ("darwin", "arm64"), ("windows", "arm64")


def sdk(root: str, version: str = "go1.22.3", **more: object) -> Found:
    return Found(root, version, True, **{"platform": LINUX, **more})


@pytest.mark.parametrize(
    ("host", "program", "expected"),
    [
        (LINUX, LINUX, NATIVE),
        (LINUX, ("linux", "386"), TRANSLATED),
        (LINUX, ("linux", "arm64"), OTHER),
        (LINUX, ("windows", "amd64"), OTHER),
        (MAC, ("darwin", "amd64"), TRANSLATED),
        (("darwin", "amd64"), MAC, OTHER),
        (WINDOWS, ("windows", "amd64"), TRANSLATED),
        (WINDOWS, ("linux", "amd64"), OTHER),
        (("windows", "amd64"), WINDOWS, OTHER),
        (None, LINUX, UNKNOWN),
        (LINUX, None, UNKNOWN),
    ],
)
def test_running(host: tuple[str, str] | None, program: tuple[str, str] | None, expected: str) -> None:
    assert running(host, program) == expected


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("/usr/local/go", "archive"),
        ("/usr/lib/go-1.19", "debian"),
        ("/usr/lib/golang", "rpm"),
        ("/usr/lib64/go/1.22", "rpm"),
        ("/usr/lib/go", "package"),
        ("/opt/homebrew/Cellar/go/1.22.3/libexec", "homebrew"),
        ("/usr/local/Cellar/go@1.21/1.21.13/libexec", "homebrew"),
        ("/snap/go/10455", "snap"),
        ("/nix/store/abc-go-1.22.3/share/go", "nix"),
        ("/home/a/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64", "module_cache"),
        ("/home/a/.venv/lib/python3.12/site-packages/go", "wheel"),
        ("/home/a/.local/share/mise/installs/go/1.22.3", "mise"),
        ("/home/a/.asdf/installs/golang/1.22.3/go", "asdf"),
        ("/home/a/.goenv/versions/1.22.3", "goenv"),
        ("/home/a/.gvm/gos/go1.22.3", "gvm"),
        ("/home/a/sdk/go1.22.3", "archive"),
    ],
)
def test_what_brought_it(root: str, expected: str) -> None:
    assert installed_by(sdk(root), (), windows=False) == expected


def test_marks_and_origins_tell_what_brought_it() -> None:
    assert installed_by(sdk("/home/a/sdk/go1.22.3", unpacked=True), (), windows=False) == "golang_dl"
    assert installed_by(sdk("/data/m/installs/go/1"), [("/data/m", "mise")], windows=False) == "mise"
    assert installed_by(sdk("/data/mine"), [("/data/m", "mise")], windows=False) == "archive"
    assert installed_by(sdk(r"C:\Program Files\Go"), [("c:\\program files\\GO\\", "msi")], windows=True) == "msi"
    assert installed_by(sdk(r"C:\Users\a\scoop\apps\go\1.22.3"), (), windows=True) == "scoop"
    assert installed_by(sdk(r"C:\ProgramData\Chocolatey\lib\golang\tools\go"), (), windows=True) == "chocolatey"


def test_the_newest_first_by_go_s_own_order() -> None:
    versions = ["go1.9.7", "go1.21rc2", "go1.21.0", "go1.22.10", "go1.22.9"]
    found = inventory(SeenSdks(LINUX, tuple(sdk(f"/opt/{version}", version) for version in versions), (), ()))
    assert [item.version for item in found.sdks] == ["go1.22.10", "go1.22.9", "go1.21.0", "go1.21rc2", "go1.9.7"]
    assert found.go is None
    assert found.findings == ()


def test_path_and_shims_belong_to_their_sdk() -> None:
    path = (
        Entry("/usr/bin", "session"),
        Entry("/home/a/shims", "user", "/home/a/shims/go"),
        Entry("/x/bin", "session", "/x/bin/go", "/x", within=True),
        Entry("/y", "session", "/y/go", "/x"),
    )
    shims = (Shim("/home/a/shims/go", "mise", None, 1), Shim("/y/go", "link", "/x", 3))
    found = inventory(SeenSdks(LINUX, (sdk("/x"),), path, shims))
    (only,) = found.sdks
    assert only.on_path == ((2, "session", "/x/bin"),)
    assert only.shims == (shims[1],)
    assert not only.first
    assert found.shims == (shims[0],)
    assert (found.go.file, found.go.root, found.go.version, found.go.place) == ("/home/a/shims/go", None, None, 1)


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        (Found("/x", "go1.22.3", False), ["sdk_broken"]),
        (Found("/x", None, True, LINUX, looks=True), ["sdk_broken"]),
        (Found("/x", "hello", True, LINUX, named="GOROOT"), ["sdk_broken"]),
        (Found("/x", None, True, LINUX), []),
        (Found("/x", "2.0", False), []),
        (Found("/x", None, False), []),
        (Found("/x", None, False, named="search"), ["sdk_missing"]),
        (Found("/x", "2.0", False, named="search"), ["sdk_missing"]),
        (Found("/x", "devel go1.28-abc1234 Mon", True, LINUX), []),
    ],
)
def test_what_is_no_whole_sdk(found: Found, ids: list[str]) -> None:
    told = inventory(SeenSdks(LINUX, (found,), (), ()))
    assert [finding.id for finding in told.findings] == ids
    assert all(finding.subject == "/x" and finding.advice for finding in told.findings)
    assert len(told.sdks) == found.is_sdk


@pytest.mark.parametrize(
    ("host", "platform", "words"),
    [
        (WINDOWS, ("windows", "amd64"), "Windows 11 translates it"),
        (MAC, ("darwin", "amd64"), "Rosetta 2"),
        (LINUX, ("linux", "386"), "32-bit"),
        (LINUX, ("linux", "arm64"), "cannot run here"),
        (LINUX, MAC, "cannot run here"),
    ],
)
def test_an_sdk_for_another_architecture_is_told(host: tuple[str, str], platform: tuple[str, str], words: str) -> None:
    (finding,) = inventory(SeenSdks(host, (sdk("/x", platform=platform),), (), ())).findings
    assert finding.id == "sdk_other_architecture"
    assert words in finding.message
    assert "/".join(host) in finding.advice
