"""What go_sdk makes of options and answers of Windows hosts; the rest is tested on one
(tests/integration/test_sdk_windows.py).
"""

from __future__ import annotations

import re

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT, Script
from ansible_collections.gopher.devbox.plugins.module_utils._formats.sdk_archive import FILE, Member
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_request import Request
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.sdk_install_windows import (
    WindowsSdk,
    parse_free,
    platform_of_members,
    problem_of_dest,
)
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_windows import _hives


def request(dest: str, **options: object) -> Request:
    return Request(
        **{
            **dict.fromkeys(("version", "src", "url", "checksum")),
            "dest": dest,
            "present": True,
            "remote_src": False,
            "machine": True,
            "force": False,
            **options,
        }
    )


@pytest.mark.parametrize("dest", [r"C:\Go", r"C:\Program Files (x86)\Go", r"D:\工具\go!1.27.3"])
def test_a_plain_path_is_taken(dest: str) -> None:
    assert problem_of_dest(dest) is None


@pytest.mark.parametrize(
    "dest",
    [
        "",
        "go",
        "C:",
        "C:\\",
        r"C:\Sdk\\go",
        "C:\\Sdk\\",
        "C:/Sdk/go",
        r"\\server\share\go",
        r"%USERPROFILE%\go",
        r"C:\a&b",
        r"C:\..\go",
        r"C:\go.",
        r"C:\Sdk*",
    ],
)
def test_any_other_is_refused(dest: str) -> None:
    assert problem_of_dest(dest)


def test_a_place_whose_files_windows_could_not_reach_is_refused() -> None:
    assert "is too long" in str(problem_of_dest("C:\\" + "a" * 120 + "\\go"))


def test_the_values_of_every_hive() -> None:
    text = (
        "\r\nHKEY_USERS\\S-1-5-21-1-2-3-1001\\Environment\r\n    Path    REG_EXPAND_SZ    "
        "C:\\Go\\bin;%USERPROFILE%\\go\\bin\r\n"
        "    GOPATH    REG_SZ    D:\\x\r\n\r\n"
        "\r\nHKEY_USERS\\S-1-12-1-2-3-4-5\\Environment\r\n    goroot    REG_SZ    D:\\Go 1\r\n\r\n"
    ).replace("\r\n", "\n")
    found = {sid: {name: value.data for name, value in values.items()} for sid, values in _hives(text)}
    assert found == {
        "S-1-5-21-1-2-3-1001": {"PATH": r"C:\Go\bin;%USERPROFILE%\go\bin"},
        "S-1-12-1-2-3-4-5": {"GOROOT": r"D:\Go 1"},
    }


def test_the_longest_question_fits_on_a_command_line() -> None:
    asked: list[str] = []

    class Transport:
        name, fresh_environment, holds_output = "test", True, False

        def run(self, script: object, stdin: bytes | None = None) -> Completed:
            asked.append(script.command_line())
            raise InterruptedError

    deep = "C:" + "\\d" * 43 + "\\go1.27.3"
    assert problem_of_dest(deep) is None
    assert "is too long" in str(problem_of_dest(f"C:\\d\\d{deep[2:]}"))
    with pytest.raises(InterruptedError):
        WindowsSdk(Transport(), request(deep, src="C:" + "\\s" * 120, remote_src=True, force=True)).look()
    assert len(asked[0]) < LINE_LIMIT


@pytest.mark.parametrize(
    ("line", "free"),
    [
        ("               3 Dir(s)  123456789012 bytes free", 123456789012),
        ("               3 Dir(s)  123,456,789,012 bytes free", 123456789012),
        ("               3 Verzeichnis(se), 123.456.789.012 Bytes frei", 123456789012),
        ("               3 Rép(s)  123\u202f456\u202f789\u202f012 octets libres", 123456789012),
        ("               3 个目录  4096 可用字节", 4096),
        ("               3 Dir(s)               0 bytes free", 3),
        ("File Not Found", None),
        ("", None),
    ],
)
def test_the_room_in_a_listing(line: str, free: int | None) -> None:
    listing = f" Volume in drive C has no label.\r\n\r\n11/29/2026  10:15 AM    <DIR>   .\r\n{line}\r\n\r\n"
    assert parse_free(listing if line else "") == free


def test_what_an_archive_is_for_shows_in_the_names_of_its_tools() -> None:
    names = [
        "go/VERSION",
        "go/pkg/tool/",
        "go/pkg/tool/windows_arm64/compile.exe",
        "go/pkg/tool/windows_arm64/link.exe",
    ]
    listed = [Member(name, FILE) for name in names]
    assert platform_of_members(listed) == ("windows", "arm64")
    assert platform_of_members(listed[:2]) is None
    assert platform_of_members([*listed, Member("go/pkg/tool/linux_amd64/link", FILE)]) is None


class Answers:
    """A host that lists what a test says, in the frames of the question."""

    name, fresh_environment = "test", True

    def __init__(self, **parts: str) -> None:
        self.parts = {
            "tools": "tar.exe\r\ncertutil.exe\r\nicacls.exe\r\n",
            "who": '"box\\ann","S-1-5-21-1-2-3-1001"\r\n"High","S-1-16-12288"\r\n',
            "left": "",
            "processor": "%PROCESSOR_ARCHITEW6432%\r\nAMD64\r\n",
            "dest": "a\r\n",
            "version": "\r\n",
            "go": "",
            "top": "",
            "bin": "",
            "above": "ad--------\r\n",
            "source": "a--a------\r\n",
            "busy": "",
            "gopls": "",
            **parts,
        }

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        mark = next(iter(re.findall("gd[0-9a-f]{12}", script.command_line())))
        out = "".join(f"{mark}+{name}\r\n{text}{mark}-{name}\r\n" for name, text in self.parts.items())
        return Completed(0, out.encode(), b"")


@pytest.mark.parametrize(
    ("parts", "options", "missing"),
    [
        ({}, {"url": "https://h/x"}, "The host has no curl.exe."),
        ({"tools": "curl.exe\r\n"}, {"machine": False}, "The host has no tar.exe, certutil.exe."),
        ({"tools": "tar.exe\r\ncertutil.exe\r\n"}, {}, "The host has no icacls.exe."),
        ({}, {}, None),
    ],
)
def test_the_program_that_is_missing_is_named(
    parts: dict[str, str], options: dict[str, object], missing: str | None
) -> None:
    facts = WindowsSdk(Answers(**parts), request(r"C:\Sdk\go", **options)).look()
    assert [finding.message for finding in facts.to_install] == ([missing] if missing else [])
    assert (facts.platform, facts.to_change) == (("windows", "amd64"), ())


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("ARM64\r\nx86\r\n", ("windows", "arm64")),
        ("ARM64\r\n", ("windows", "arm64")),
        ("%PROCESSOR_ARCHITEW6432%\r\nx86\r\n", ("windows", "386")),
        ("IA64\r\n", None),
    ],
)
def test_the_processor_of_the_host(text: str, platform: tuple[str, str] | None) -> None:
    assert WindowsSdk(Answers(processor=text), request(r"C:\Sdk\go")).look().platform == platform


@pytest.mark.parametrize(("text", "there"), [("a\r\n", False), ("ad-----\r\n", False), ("a------\r\n", True)])
def test_an_archive_on_the_host_is_a_file(text: str, there: bool) -> None:
    asked = request(r"C:\Sdk\go", src=r"C:\a.zip", remote_src=True)
    assert WindowsSdk(Answers(source=text), asked).look().source is there
