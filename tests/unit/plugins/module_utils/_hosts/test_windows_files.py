# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts and answers of WindowsFiles; what they do on a host is in tests/integration/test_windows_files.py."""

from __future__ import annotations

import io
import re
import tarfile
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    CutError,
    ReadError,
    TransportError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory
from ansible_collections.gopher.devbox.plugins.module_utils._formats import archive
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Reference, Script
from ansible_collections.gopher.devbox.plugins.module_utils._formats.directories import parse_lookup
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import windows_files as wf
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed

WAY = wf.Way("gd0123456789ab", "20260101T000000Z-0123abcd")
OWNER = "S-1-5-21-1-2-3-1001"
ENV = r"C:\Users\alice\AppData\Roaming\go\env"

names = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=("Cs",), exclude_characters='"%&^|<>*?/\\:\x7f'),
    min_size=1,
    max_size=20,
).filter(lambda name: name[-1] not in ". ")
paths = st.lists(names, min_size=1, max_size=5).map(lambda parts: "C:\\" + "\\".join(parts)).filter(wf.can_reach)


# --- scripts ---------------------------------------------------------------------------------------------------------


@given(st.lists(paths, min_size=1, max_size=5))
def test_a_path_stands_between_quotes_and_once(wanted: list[str]) -> None:
    for script in (wf.read_script(WAY, wanted), wf.write_script(WAY, wanted, [(OWNER,)])):
        text = script.command_line()
        assert text.count('"') % 2 == 0
        outside = re.sub(r'"[^"]*"', "", text)
        assert outside.isascii()
        assert outside.count("(") == outside.count(")")
        assert [text.count(" in (" + " ".join(f'"{path}"' for path in wanted) + ")")] == [
            1 if script == wf.read_script(WAY, wanted) else 2
        ]


@given(st.lists(paths, min_size=1, max_size=5), st.integers(min_value=0, max_value=4), st.sampled_from('"%&^|<>*?\n'))
def test_nothing_else_comes_into_a_script(wanted: list[str], at: int, char: str) -> None:
    bad = wanted[at % len(wanted)] + char + "x"
    assert not wf.can_reach(bad)
    host = Host({})
    files = wf.WindowsFiles(host)
    with pytest.raises(ReadError, match="cannot be asked for"):
        files.read([*wanted, bad])
    with pytest.raises(ReadError, match="cannot be asked for"):
        files.present([*wanted, bad])
    with pytest.raises(ApplyError, match="cannot be asked for"):
        files.write([*(Write(path, b"") for path in wanted), Write(bad, b"")])
    with pytest.raises(ApplyError, match="cannot be asked for"):
        files.make([*wanted, bad])
    assert host.scripts == []


@pytest.mark.parametrize(
    "path",
    [
        "env",
        r"\go\env",
        r"C:go\env",
        r"~\env",
        r"C:\go\env ",
        r"C:\go\env.",
        "C:\\go\\",
        r"\\?\C:\go\env",
        "",
        r"%APPDATA%\go\env",
    ],
)
def test_what_cannot_be_reached(path: str) -> None:
    assert not wf.can_reach(path)


@pytest.mark.parametrize("path", [ENV, "C:/Users/alice/env", r"\\server\share\env", r"D:\工作 (x86)\it's;=,!@$`~+.go"])
def test_what_can_be_reached(path: str) -> None:
    assert wf.can_reach(path)


def test_only_sids_and_tokens_come_into_a_script() -> None:
    with pytest.raises(ValueError, match="not a SID"):
        wf.write_script(WAY, [ENV], [("Everyone",)])
    with pytest.raises(ValueError, match="not a SID"):
        wf.WindowsFiles(Host({}), owner="alice")
    with pytest.raises(ValueError, match="not a token"):
        wf.read_script(wf.Way("gd0", "a & b"), [ENV])


def test_ancestors() -> None:
    assert wf.ancestors([r"C:\a\b\f", "C:/a/c/f", r"C:\f"]) == [r"C:\a", r"C:\a\b", r"C:\a\c"]
    assert wf.ancestors([r"\\server\share\a\b\f", r"\\server\share\f"]) == [r"\\server\share\a", r"\\server\share\a\b"]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_look() -> None:
    raw = b"#\r\na--a-hs--l--\r\nz12\r\nr\r\n# \r\na\r\nz\r\n#\r\r\nad----------\r\r\nz0\r\r\nr\r\r\n"
    file, nothing, folder = wf.parse_look(["a", "b", "c"], raw)
    assert file == wf.Seen("ahsl", 12, True)
    assert (file.exists, file.is_directory, file.is_reparse_point) == (True, False, True)
    assert nothing == wf.Seen("", None, False)
    assert not nothing.exists
    assert folder.is_directory


def test_answers_that_do_not_match_the_questions() -> None:
    with pytest.raises(ReadError, match="2 files were looked at, and 1"):
        wf.parse_look(["a", "b"], b"#\r\na\r\nz\r\n")
    with pytest.raises(ReadError, match="1 paths were asked for, and 2"):
        wf.parse_attributes(b"a--\r\na\r\n", 1)
    with pytest.raises(ReadError, match="1 directories were looked up, and 0"):
        parse_lookup(["a"], "")
    assert wf.parse_attributes(b"ad-----\r\na\r\na--A--\r\n", 3) == ["d", "", "a"]


def test_a_lookup() -> None:
    raw = (
        b"#\r\nr\r\nd\r\ngo.exe\r\nv\r\ngo1.27.3\ntime "
        b"2026-01-01\n\r\n#\r\nr\r\n\r\n#\r\n\r\n#\r\nr\r\nd\r\ngo.bat\r\n\r\n"
    )
    text = "#\r\nr\r\nd\r\na--a------\r\n\r\n#\r\nr\r\nd\r\nad--------\r\n\r\n#\r\nr\r\na\r\n\r\n"
    (_file, file), (_there, there), (_none, none) = parse_lookup([r"C:\f", r"C:\d", r"C:\n"], text)
    assert (file.exists, there.exists, none.exists) == (False, True, False)
    assert file.obstacle.startswith(r"C:\f is a file")
    assert there.obstacle == none.obstacle == ""
    assert parse_lookup(list("abcd"), raw.decode()) == [
        ("a", Directory(True, "go.exe", "go1.27.3")),
        ("b", Directory(False)),
        ("c", Directory(None)),
        ("d", Directory(True, "go.bat")),
    ]


@given(st.lists(st.binary(max_size=2000), max_size=4), st.binary(max_size=20), st.data())
def test_an_archive_is_whole_or_none(files: list[bytes], padding: bytes, data: st.DataObject) -> None:
    members = [(f"items/{'x/' * number}now", content) for number, content in enumerate(files)]
    raw = archive.pack(members)
    assert wf.contents(raw + padding) == dict(members)
    assert wf.contents(raw[: data.draw(st.integers(0, len(raw) - 1))]) is None
    at = data.draw(st.integers(10, len(raw) - 1))
    damaged = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    assert wf.contents(damaged) in (None, dict(members))


def test_an_archive_of_nothing_known() -> None:
    assert wf.contents(b"") is None
    assert wf.contents(b"tar.exe: Error") is None
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as made:
        folder = tarfile.TarInfo("items")
        folder.type = tarfile.DIRTYPE
        made.addfile(folder)
    assert wf.contents(raw.getvalue()) == {}


@pytest.mark.parametrize(
    ("sddl", "expected"),
    [
        ("D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", ()),
        (f"D:(A;ID;FA;;;SY)(A;ID;FA;;;{OWNER})", ()),
        (f"D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{OWNER})", (wf.SYSTEM, wf.ADMINISTRATORS, OWNER)),
        ("D:P(A;;FA;;;OW)", (wf.OWNER_RIGHTS,)),
        (f"D:AI(A;;FA;;;{OWNER})(A;ID;FA;;;SY)", None),
        ("D:PAI(A;;FA;;;SY)(A;;0x1200a9;;;BU)", None),
        ("D:PAI(A;;FA;;;SY)(A;;FA;;;BU)", None),
        ("D:PAI(D;;FA;;;SY)", None),
        ("D:PAI(A;ID;FA;;;SY)", None),
        ("D:P", None),
        ("D:NO_ACCESS_CONTROL", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_who_may_use_a_file(sddl: str, expected: tuple[str, ...] | None) -> None:
    assert wf.grants_of(f"env\r\n{sddl}\r\n") == expected


@pytest.mark.parametrize(
    ("text", "cloud"),
    [
        ("Reparse Tag Value : 0x9000001a\r\nTag value: Microsoft\r\n", True),
        ("Wert : 0x9000701A\r\n", True),
        ("Reparse Tag Value : 0xa000000c\r\n", False),
        ("Reparse Tag Value : 0xa0000003\r\nTag 0x9000001a", False),
        ("Error: access denied", False),
        ("", False),
    ],
)
def test_cloud_files(text: str, cloud: bool) -> None:
    assert wf.is_cloud(text) is cloud


# --- a host that answers as told -------------------------------------------------------------------------------------


class Host:
    """See `Transport`. Each frame a script asks for is answered with what `answers` has for its name, or not at all."""

    name = "told"
    fresh_environment = True
    holds_output = False

    def __init__(
        self, answers: t.Mapping[str, bytes | list[bytes]], error: Exception | None = None, stderr: bytes = b""
    ) -> None:
        self.answers, self.error, self.stderr = answers, error, stderr
        self.scripts: list[str] = []

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        if self.error:
            raise self.error
        text = script.command_line()
        self.scripts.append(text)
        out, seen = b"", 0
        for mark, name in re.findall(r"echo (gd[0-9a-f]{12})\+(\w+)", text):
            found = self.answers.get(name)
            if isinstance(found, list):
                found, seen = found[seen], seen + 1
            if found is not None:
                out += f"{mark}+{name}\r\n".encode() + found + f"\r\n{mark}-{name}\r\n".encode()
        return Completed(0, out, self.stderr)

    def fresh(self) -> None:
        """Every command is."""

    def close(self) -> None:
        """Nothing is open."""


def reading(look: bytes, files: t.Sequence[tuple[str, bytes]] = (), **more: t.Any) -> Host:
    return Host({"tools": b"tar", "above": b"ad----\r\n", "look": look, "files": archive.pack(files), **more})


def test_links_and_cloud_files() -> None:
    """A cloud drive's file is a file; what leads elsewhere is not replaced; who does not tell is taken for such."""
    wanted = [r"C:\d\cloud", r"C:\d\link", r"C:\d\mute"]
    look = b"#\r\na-a-----l\r\nz1\r\nr\r\n" * 3
    host = reading(
        look,
        [(f"items/{'x/' * number}now", b"1") for number in (1, 2, 3)],
        tag=[b"0x9000301a", b"0xa000000c", b"Error"],
    )
    found = wf.WindowsFiles(host).read(wanted)
    assert [item.data for item in found.values()] == [b"1"] * 3
    assert [bool(item.obstacle) for item in found.values()] == [False, True, True]
    assert "symbolic link" in found[r"C:\d\link"].obstacle
    assert len(host.scripts) == 2


def test_a_file_that_cannot_be_read_is_an_obstacle() -> None:
    found = wf.WindowsFiles(reading(b"#\r\na--a---\r\nz5\r\nr\r\n")).read([r"C:\d\held"])[r"C:\d\held"]
    assert found.data == b""
    assert "cannot be read" in found.obstacle


def test_text_of_a_file_that_copy_does_not_see() -> None:
    coded = b"-----BEGIN CERTIFICATE-----\r\nAAEC\r\n-----END CERTIFICATE-----\r\n"
    host = reading(b"#\r\na---h--\r\nz3\r\nr\r\n", [("items/x/coded", coded)])
    found = wf.WindowsFiles(host).read([r"C:\d\hidden"])[r"C:\d\hidden"]
    assert found.data == b"\0\1\2"
    assert "attrib -h" in found.obstacle


def test_no_answer() -> None:
    host = Host({}, stderr=b"disabled by your administrator; https://user:secret@proxy")
    files = wf.WindowsFiles(host)
    with pytest.raises(ReadError, match="disabled by your administrator") as caught:
        files.read([ENV])
    assert "secret" not in str(caught.value)
    for ask in (files.present, files.look):
        with pytest.raises(ReadError, match="disabled"):
            ask([r"C:\d"])
    with pytest.raises(ApplyError, match="broke off") as broken:
        files.write([Write(ENV, b"")])
    assert "not known" in broken.value.touched


def test_damaged_both_ways() -> None:
    host = Host({"tools": b"tar", "above": b"", "look": b"", "files": b"\x1f\x8bnot"})
    with pytest.raises(ReadError, match="damaged"):
        wf.WindowsFiles(host).read([ENV])
    assert len(host.scripts) == 2
    assert "coded" not in host.scripts[0].split("+files", 1)[1]
    assert "type coded" in host.scripts[1]


def test_what_was_written_but_not_read_back_is_told() -> None:
    answers: dict[str, bytes | list[bytes]] = {
        "apply": b"gd-arrived\r\n#\r\ngd-go",
        "look": b"#\r\na--a\r\nz1\r\nr\r\n",
    }
    for files in (b"", b"-----BEGIN CERTIFICATE-----\r\n!!\r\n"):
        with pytest.raises(ReadError, match="could not be read back") as caught:
            wf.WindowsFiles(Host({**answers, "files": files})).write([Write(ENV, b"1")])
        assert "not known what was written" in caught.value.touched


class Severed(Host):
    """Its connection is cut in the first commands, so many."""

    def __init__(self, answers: t.Mapping[str, bytes | list[bytes]], times: int) -> None:
        super().__init__(answers)
        self.times = times

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        done = super().run(script, stdin)
        if len(self.scripts) <= self.times:
            raise CutError("The connection was lost.", "Run again.")
        return done


@pytest.mark.parametrize(
    ("ask", "answers"),
    [
        (lambda files: files.present([ENV]), {"attributes": b"a--a------"}),
        (lambda files: files.look([r"C:\go"]), {"dirs": b"#"}),
        (
            lambda files: files.read([ENV]),
            {
                "tools": b"tar",
                "look": b"#\r\na\r\nz\r\nr",
                "above": b"a\r\n" * 5,
                "files": archive.pack([("items/x/x", b"")]),
            },
        ),
    ],
    ids=["present", "look", "read"],
)
def test_what_is_only_asked_is_asked_again_where_the_connection_was_cut(
    ask: t.Callable[[wf.WindowsFiles], t.Any], answers: dict[str, t.Any]
) -> None:
    """With another mark and another staging directory: the first command may still run."""
    host = Severed(answers, 1)
    assert ask(wf.WindowsFiles(host)) == ask(wf.WindowsFiles(Host(answers)))
    first, second = host.scripts[:2]
    assert first != second
    with pytest.raises(TransportError, match="tried twice"):
        ask(wf.WindowsFiles(Severed(answers, 2)))


def test_what_writes_is_not_repeated() -> None:
    for write in (lambda files: files.write([Write(ENV, b"1")]), lambda files: files.make([r"C:\go"])):
        host = Severed({"attributes": b"ad"}, 1)
        with pytest.raises(TransportError):
            write(wf.WindowsFiles(host))
        assert len(host.scripts) == 1


def test_a_lost_connection_says_what_may_be_written() -> None:
    with pytest.raises(TransportError) as caught:
        wf.WindowsFiles(Host({}, TransportError("lost", lost=True))).write([Write(ENV, b"1")])
    assert ENV in caught.value.touched
    with pytest.raises(TransportError) as refused:
        wf.WindowsFiles(Host({}, TransportError("refused"))).write([Write(ENV, b"1")])
    assert refused.value.touched == ""


def test_no_symbolic_links() -> None:
    host = Host({})
    with pytest.raises(ApplyError, match="symbolic link"):
        wf.WindowsFiles(host).write([Write(r"C:\d\first", b""), Write(ENV, None, link=r"C:\elsewhere")])
    assert host.scripts == []


def test_a_private_file_is_its_owners() -> None:
    host = Host({})
    with pytest.raises(ApplyError):
        wf.WindowsFiles(host, owner=OWNER).write([Write(ENV, b"", private=True)])
    assert f'"*{OWNER}:F"' in host.scripts[0]
    assert wf.OWNER_RIGHTS not in host.scripts[0]


def test_nothing_asked_nothing_done() -> None:
    host = Host({})
    files = wf.WindowsFiles(host)
    assert (files.read([]), files.write([]), files.look([]), files.present([])) == ({}, {}, {}, set())
    files.make([])
    assert host.scripts == []


def test_found() -> None:
    assert wf.WindowsFiles(reading(b"#\r\na\r\nz\r\nr\r\n")).read([r"C:\d\none"]) == {r"C:\d\none": File(None)}


# --- what is read ahead ----------------------------------------------------------------------------------------------


class Unasked:
    """A transport over which nothing is asked."""

    name, fresh_environment, holds_output = "unasked", True, True

    def __getattr__(self, name: str) -> t.Any:
        raise AssertionError(f"the host was asked: {name}")


REFERENCES = [Reference(text) for text in (r"%APPDATA%\go\env", r"%LOCALAPPDATA%\x.json", "%GOENV%")]
SESSION = {"APPDATA": r"C:\Users\alice\AppData\Roaming", "LOCALAPPDATA": r"C:\l", "GOENV": r"D:\env"}


def ahead(session: t.Mapping[str, str], *found: File) -> wf.WindowsFiles:
    files = wf.WindowsFiles(t.cast(t.Any, Unasked()))
    more = {r"C:\go\bin\..\go.env": File(b"x")}
    files.use_ahead(
        dict(zip(REFERENCES, found, strict=False)), more, session, {r"C:\GO\BIN": Directory(True, None, partial=True)}
    )
    return files


def test_what_was_read_ahead_is_used_once() -> None:
    missing = File(None, "", r"%LOCALAPPDATA%\x.json cannot be made.", ("%LOCALAPPDATA%",))
    files = ahead(SESSION, File(b"1"), missing, File(b"2"))
    assert files.look([r"c:\go\bin"])[r"c:\go\bin"].partial
    wanted = [ENV, r"c:\L\x.json", r"D:\env", r"C:\go\bin\..\go.env"]
    found = files.read(wanted)
    assert [found[path].data for path in wanted] == [b"1", None, b"2", b"x"]
    assert (found[wanted[1]].obstacle, found[wanted[1]].missing) == (r"C:\l\x.json cannot be made.", ("C:\\l",))
    assert files.look([r"c:\go\bin"])[r"c:\go\bin"].partial
    with pytest.raises(AssertionError, match="the host was asked"):
        files.read([ENV])


@pytest.mark.parametrize(
    ("session", "wanted"),
    [
        ({**SESSION, "APPDATA": r"C:\Users\王小明\AppData\Roaming"}, r"C:\Users\王小明\AppData\Roaming\go\env"),
        ({**SESSION, "APPDATA": r"C:\a&b"}, r"C:\ab\go\env"),
        ({}, ENV),
        ({**SESSION, "GOENV": r"D:\not there"}, r"D:\not there"),
    ],
)
def test_what_may_not_be_what_is_meant_is_asked_for(session: dict[str, str], wanted: str) -> None:
    files = ahead(session, File(b"1"), File(b"2"), File(None))
    with pytest.raises(AssertionError, match="the host was asked"):
        files.read([wanted])


def test_references_are_printed_and_quoted() -> None:
    text = wf.read_script(WAY, REFERENCES).command_line()
    assert """in ('echo "%APPDATA%\\go\\env"^& echo "%LOCALAPPDATA%\\x.json"^& echo "%GOENV%"')""" in text
    assert text.count('"') % 2 == 0
