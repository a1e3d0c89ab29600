"""Scripts for a distro's /bin/sh: a cut one does nothing, texts arrive as they are, and an answer is whole or none."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import shscript
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shscript_answers as answers
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shscript import Asked, Lock, Program, Put

MARK = "gd0123456789ab"
SHELLS = [["/bin/sh"], *([["/bin/busybox", "sh"]] if os.path.exists("/bin/busybox") else [])]


def run(script: bytes, shell: list[str], home: Path) -> bytes:
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(shell, input=script, capture_output=True, check=False, env=environ, timeout=60).stdout


def answer(script: bytes, shell: list[str], home: Path) -> answers.Answer:
    lines = answers.output_of(MARK, run(script, shell, home))
    assert lines is not None
    return answers.parse(lines)


@pytest.mark.parametrize("shell", SHELLS, ids=["sh", "busybox"][: len(SHELLS)])
def test_a_cut_script_changes_nothing_or_everything(tmp_path: Path, shell: list[str]) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    puts = [Put(str(one), "0a", b"new\r\n" * 99), Put(str(two), "0b", b"new\r\n" * 99)]
    script = shscript.change(MARK, Lock(str(tmp_path / "state"), 10), [], puts)
    tail = len(b"gopher_devbox </dev/null; exit\n")
    whole = len(script) - tail + len(b"gopher_devbox")
    for length in (*range(0, len(script) - tail, 499), *range(len(script) - tail - 3, whole - 1)):
        one.write_bytes(b"old")
        assert answers.output_of(MARK, run(script[:length], shell, tmp_path)) is None
        assert (one.read_bytes(), two.exists(), (tmp_path / "state").exists()) == (b"old", False, False), length
    for length in (whole, len(script) - 1, len(script)):
        one.write_bytes(b"old")
        two.unlink(missing_ok=True)
        assert answers.output_of(MARK, run(script[:length], shell, tmp_path)) is not None
        assert one.read_bytes() == two.read_bytes() == b"new\r\n" * 99
    assert sorted(item.name for item in tmp_path.iterdir()) == ["one", "state", "two"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(blacklist_characters="\0", codec="utf-8"), min_size=1), min_size=1, max_size=40))
def test_every_text_is_one_word(texts: list[str]) -> None:
    script = "printf '%s\\0' " + " ".join(map(shscript.word, texts)) + "\n"
    for shell in SHELLS:
        done = subprocess.run(shell, input=script.encode(), capture_output=True, check=True, timeout=60)
        assert done.stdout.decode() == "".join(f"{text}\0" for text in texts)


def test_a_text_with_a_nul_is_none() -> None:
    with pytest.raises(ValueError, match="cannot be a path"):
        shscript.word("a\0b")


@pytest.mark.parametrize(
    "name", ["plain", "bl ank", 'qu\'ote "and" $more `x` \\ *', "line\nbreak", "工具 é", "-n", "%~ =;,"]
)
def test_paths_and_bytes_arrive_as_they_are(tmp_path: Path, name: str) -> None:
    path, data = tmp_path / name, bytes(range(256)) * 3
    for shell in SHELLS:
        path.unlink(missing_ok=True)
        put = answer(shscript.change(MARK, None, [], [Put(str(path), "0a", data)]), shell, tmp_path)
        assert answers.replaced(put.items[0]).after.data == data
        assert path.read_bytes() == data
        asked = Asked(files=(str(path),), present=(str(path), str(path) + "x"), own=True)
        found = answer(shscript.question(MARK, asked), shell, tmp_path)
        seen = answers.seen(found.items[0])
        assert (seen.kind, seen.data, seen.real) == (answers.FILE, data, str(path))
        assert found.said("present") == "10"
        assert str(tmp_path) in found.places


def test_directories_that_a_source_names_are_looked_at(tmp_path: Path) -> None:
    source = tmp_path / "env.sh"
    source.write_text(
        "_gopher_devbox export GOROOT '/opt/go' '/opt/old'\n_gopher_devbox path '/opt/go/bin:/w w/bin:$PATH' ''\n"
        "_gopher_devbox export GOPROXY 'off'\n"
    )
    found = answer(shscript.question(MARK, Asked(sources=(str(source),), own=True)), ["/bin/sh"], tmp_path)
    named = {answers.decoded(dict(item)["named"]) for item in found.items}
    assert {"/opt/go", "/opt/go/bin", "/w w/bin"} <= named
    assert not [path for path in named if "off" in path]


def test_programs_get_their_environment_and_nothing_else(tmp_path: Path) -> None:
    values = {"HOME": shscript.OWN, "A": 'it\'s "x" $HOME\nline', "PATH": "/usr/bin:/bin", "not a name": "x"}
    programs = [
        Program(("/usr/bin/env", "-0"), values, {"d/file": b"at " + shscript.OWN.encode()}),
        Program(("/bin/sh", "-c", 'cat "$HOME/d/file"; echo late >&2; exit 3'), values, {"d/file": b"\xff"}),
        Program(("/no/such/program",), {}),
        Program(("/bin/sh", "-c", "sleep 30"), {"PATH": "/usr/bin:/bin"}, seconds=0.3),
    ]
    items = answer(shscript.running(MARK, programs), ["/bin/sh"], tmp_path).items
    first, second, third, fourth = map(answers.ended, items)
    assert first is not None
    seen = dict(item.split("=", 1) for item in first.out.decode().split("\0") if item)
    assert {**seen, "HOME": ""} == {"A": values["A"], "PATH": values["PATH"], "HOME": ""} | {
        name: seen[name] for name in ("PWD", "_", "SHLVL", "OLDPWD") if name in seen
    }
    assert not os.path.exists(seen["HOME"])
    assert (second is not None, second and second.code, second and second.out, second and second.err) == (
        True,
        3,
        b"\xff",
        b"late\n",
    )
    assert third is not None
    assert third.code
    assert fourth is None


# --- answers ---------------------------------------------------------------------------------------------------------


def framed(text: str) -> bytes:
    packed = base64.encodebytes(gzip.compress(text.encode())).decode()
    return f"noise\n{MARK}+packed\n{packed}{MARK}-packed\n".encode()


def test_an_answer_is_whole_or_none() -> None:
    whole = framed("@\nlink .x\n.\n")
    assert answers.output_of(MARK, whole) == ["@", "link .x"]
    assert answers.output_of(MARK, whole.replace(b"\n", b"\r\n")) == ["@", "link .x"]
    assert answers.output_of(MARK, f"{MARK}+plain\n@\n.\n{MARK}-plain\n".encode()) == ["@"]
    assert answers.output_of(MARK, framed("@\nlink .x\n")) is None, "its last line is missing"
    for length in range(0, len(whole) - 2, 7):
        assert answers.output_of(MARK, whole[:length]) is None


def test_what_was_not_said_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="nothing was said"):
        answers.seen([])
    with pytest.raises(ValueError, match="did not arrive"):
        answers.seen([("stat", "644 0 0 5 1 -"), ("bytes", "+")])
    with pytest.raises(ValueError, match="nothing was said"):
        answers.replaced([])
    with pytest.raises(ValueError, match="without a sign"):
        answers.raw("x")
    with pytest.raises(ValueError, match="nothing about the session"):
        answers.own(answers.Answer())
    assert answers.ended([("late", "")]) is None
