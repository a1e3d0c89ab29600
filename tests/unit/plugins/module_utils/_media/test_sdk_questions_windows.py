"""Questions about the SDKs of a Windows host, and what its answers mean."""

from __future__ import annotations

import re

import pytest
from unit.support import NEW

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ReadError
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import fold_path
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT, Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_questions_windows import (
    Asking,
    Container,
    ProjectNames,
    ancestors,
    link_in,
    platform_in,
    shim_target,
    sorted_out,
)

LISTING = (
    " Volume in drive C is Windows\r\n Volume Serial Number is 1234-ABCD\r\n\r\n Directory of "
    "C:\\Users\\a\\scoop\\apps\\go\r\n\r\n"
    "11/23/2026  10:15 AM    <JUNCTION>     current [C:\\Users\\a\\scoop\\apps\\go\\1.22.3]\r\n"
    "11/23/2026  10:15 AM    <SYMLINKD>     current-old [..\\go old\\1.21]\r\n"
    "11/23/2026  10:15 AM    <JUNCTION>     curr [\\??\\D:\\Sdk\\go [x]]\r\n"
    "               0 File(s)              0 bytes\r\n               3 Dir(s)  99,999 bytes free\r\n"
)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("current", r"C:\Users\a\scoop\apps\go\1.22.3"),
        ("CURRENT", r"C:\Users\a\scoop\apps\go\1.22.3"),
        ("current-old", r"C:\Users\a\scoop\apps\go old\1.21"),
        ("1.22.3", ""),
    ],
)
def test_where_a_link_leads(name: str, target: str) -> None:
    assert link_in(rf"C:\Users\a\scoop\apps\go\{name}", LISTING) == target


def test_other_languages_tell_links_too() -> None:
    line = (
        "23.11.2026  10:15    <VERBINDUNG>   current [\\??\\C:\\Go 1.22]\r\n2026/11/23  上午 10:15    "
        "<SYMLINKD>     Go [1.22.3]\r\n"
    )
    assert link_in(r"D:\x\current", line) == r"C:\Go 1.22"
    assert link_in(r"D:\x\Go", line) == r"D:\x\1.22.3"


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        (["windows_amd64"], ("windows", "amd64")),
        (["windows_arm64\r"], ("windows", "arm64")),
        (["linux_amd64"], ("linux", "amd64")),
        ([], None),
        (["windows_amd64", "windows_arm64"], None),
        (["File Not Found"], None),
    ],
)
def test_platform(names: list[str], platform: tuple[str, str] | None) -> None:
    assert platform_in(names) == platform


@pytest.mark.parametrize(
    ("data", "target"),
    [
        (b'path = "C:\\x\\go.exe"\r\nargs = 1\r\n', r"C:\x\go.exe"),
        (b"\xef\xbb\xbfpath = C:\\x y\\go.exe\n", r"C:\x y\go.exe"),
        (b"args = path\n", None),
        (b"", None),
    ],
)
def test_shims_of_scoop(data: bytes, target: str | None) -> None:
    assert shim_target(data) == target


def test_the_files_of_a_project() -> None:
    names = [
        "go.mod",
        r"a\go.mod",
        r"a\go.work",
        r"vendor\x\go.mod",
        r"_b\go.mod",
        r"a\.git\go.mod",
        r"lnk\go.mod",
        r"100%\go.mod",
        r"b?\go.mod",
        r"c\go.mod.bak",
    ]
    tree = ProjectNames(True, tuple(rf"C:\p\{name}" for name in names), (r"c:\P\LNK",), ())
    own, passed, strange = sorted_out(tree, r"C:\p")
    assert own == [rf"C:\p\{name}" for name in ("go.mod", r"a\go.mod", r"a\go.work")]
    assert passed == [r"C:\p\vendor\x\go.mod", r"C:\p\_b\go.mod"]
    assert strange == [r"C:\p\100%\go.mod", r"C:\p\b?\go.mod"]


def test_ancestors() -> None:
    assert ancestors(r"C:\a\b") == [r"C:\a", "C:"]


class Echo:
    """A host that answers each question about a file with one byte, and has nothing else."""

    name = "echo"
    fresh_environment = True
    holds_output = False

    def __init__(self, whole: bool = True) -> None:
        self.scripts: list[str] = []
        self.whole = whole

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        text = script.command_line()
        self.scripts.append(text)
        assert len(text) < LINE_LIMIT
        out = ""
        mark = re.search(r"echo (gd\w+)\+", text)[1]  # type: ignore[index]
        out += f"{mark}+inside\r\n{mark}-inside\r\n" * text.count("+inside")
        for loop in re.findall(r"\(for %i in \(([^)]*)\) do \(((?:[^()]|\([^()]*\))*)\)\)", text):
            parts = re.findall(rf"echo {mark}\+(\w+)", loop[1])
            for path in re.findall(r'"([^"]*)"', loop[0]) if parts else ():
                for part in parts:
                    said = {"file": "z1\r\nx", "sdk": f"ad---\r\nd\r\ng\r\nv\r\n{path[:0]}", "version": "go1.22.3"}.get(
                        part, ""
                    )
                    out += f"{mark}+{part}\r\n{said}\r\n{mark}-{part}\r\n"
        if "+dirs" in text:
            asked = re.findall(r'"([^"]*)"', re.search(r"\+dirs&\(for %i in \(([^)]*)\)", text)[1])  # type: ignore[index]
            out += f"{mark}+dirs\r\n" + "#\r\nr\r\nd\r\n" * len(asked) + f"{mark}-dirs\r\n"
        return Completed(0, out.encode() if self.whole else out[: len(out) // 2].encode(), b"")

    def fresh(self) -> None:
        """Each is."""

    def close(self) -> None:
        """Nothing is open."""


def test_what_fits_into_a_command_is_asked_in_one() -> None:
    host = Echo()
    asking = Asking(host, None)
    roots, directories, files = ([rf"C:\{kind}\{number}" for number in range(20)] for kind in ("sdk", "path", "files"))
    asking.roots(roots)
    asking.roots([r"c:\SDK\1", "relative", r"\\server\x"])
    asking.look_up(directories)
    asking.read(files)
    asking.inside([Container(r"D:\Sdk", "*")])
    asking.ask()
    assert len(host.scripts) == 1
    assert len(asking.looked) == len(asking.directories) == len(asking.files) == 20
    assert asking.files[fold_path(r"C:\files\3", {})] == b"x"
    assert asking.looked[fold_path(roots[0], {})].found.version == "go1.22.3"
    asking.ask()
    assert len(host.scripts) == 1


def test_what_does_not_fit_is_asked_in_as_few_as_it_takes() -> None:
    host = Echo()
    asking = Asking(host, None)
    asking.roots(rf"C:\some\directory\of\sdks\go1.{number}" for number in range(120))
    asking.look_up(rf"C:\Program Files\some\program\{number}" for number in range(150))
    asking.read(rf"C:\src\some\project\module{number}\go.mod" for number in range(400))
    asking.ask()
    assert (len(asking.looked), len(asking.directories), len(asking.files)) == (120, 150, 400)
    assert 4 <= len(host.scripts) <= 7


def test_half_an_answer_is_none() -> None:
    asking = Asking(Echo(whole=False), None)
    asking.roots([NEW, r"C:\x"])
    with pytest.raises(ReadError, match="did not answer every question"):
        asking.ask()
