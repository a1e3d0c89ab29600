# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit documents as files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.audits import windows

from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import to_document
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_files import (
    NotWritable,
    check,
    default_directory,
    directory_of,
    file_names,
    write,
)

DOCUMENT = to_document(windows(), [], 1_795_000_000)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@given(st.lists(st.text(min_size=1), unique=True, max_size=5))
def test_each_host_has_a_file_of_its_own(hosts: list[str]) -> None:
    names = file_names(hosts)
    assert list(names) == hosts
    assert len({name.casefold() for name in names.values()}) == len(hosts)
    for name in names.values():
        assert len(os.fsencode(name)) <= 240
        assert os.path.basename(name) == name
        assert name.isascii()
        assert name.isprintable()
        assert name[0] != "."


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("win01.example.com", "win01.example.com.json"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.json"),
        ("a b:c", "a%20b%3Ac.json"),
        ("工", "%E5%B7%A5.json"),
        (".", "%2E.json"),
    ],
)
def test_a_name_is_that_of_the_host(host: str, name: str) -> None:
    assert file_names([host]) == {host: name}


def test_names_that_differ_in_case_alone_are_apart_on_every_file_system() -> None:
    both = file_names(["Box", "box", "other"])
    assert both["Box"].startswith("Box-")
    assert both["box"].startswith("box-")
    assert both["other"] == "other.json"


def test_documents_are_for_their_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "audits"
    paths = write(directory, {"win01": DOCUMENT, "a/b": DOCUMENT})
    assert paths == [str(directory / "a%2Fb.json"), str(directory / "win01.json")]
    assert [mode(path) for path in (directory.parent, directory, *paths)] == [0o700, 0o700, 0o600, 0o600]
    text = Path(paths[1]).read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(DOCUMENT))
    assert text.startswith('{\n  "schema": "audit-1",\n  "host": "win01",\n')
    assert text.endswith("}\n")


def test_a_document_replaces_the_last_one_of_its_host(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    (tmp_path / "win01.json").write_text("old, and for everybody")
    (tmp_path / "win01.json").chmod(0o644)
    write(tmp_path, {"win01": DOCUMENT})
    assert mode(tmp_path / "win01.json") == 0o600
    assert json.loads((tmp_path / "win01.json").read_text())["host"] == "win01"
    assert other.read_text() == "{}"
    assert sorted(os.listdir(tmp_path)) == ["other.json", "win01.json"]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (tmp_path / "win01.json").symlink_to(elsewhere)
    write(tmp_path, {"win01": DOCUMENT})
    assert elsewhere.read_text() == "mine"
    assert not (tmp_path / "win01.json").is_symlink()


def test_half_a_character_is_written_as_json_writes_it(tmp_path: Path) -> None:
    (path,) = write(tmp_path, {"win01": {**DOCUMENT, "user": "工\udcff"}})
    assert json.loads(Path(path).read_bytes())["user"] == "工\udcff"


def test_nothing_is_left_of_a_document_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "win01.json").mkdir()
    with pytest.raises(NotWritable, match=r"cannot be kept in .*: Is a directory"):
        write(tmp_path, {"win01": DOCUMENT})
    assert os.listdir(tmp_path) == ["win01.json"]


def test_a_directory_that_cannot_be_one_is_known_before(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for directory in (file, file / "audits"):
        with pytest.raises(NotWritable, match=r"is not a directory.*Name another directory"):
            check(directory)
    check(tmp_path / "not" / "there")
    assert os.listdir(tmp_path) == ["file"]


def test_a_directory_that_may_not_be_written_is_known_before() -> None:
    with pytest.raises(NotWritable, match=r"cannot be kept in /proc/1/audits"):
        write(Path("/proc/1/audits"), {"win01": DOCUMENT})
    if os.geteuid():
        with pytest.raises(NotWritable, match="may not be written"):
            check(Path("/usr/audits"))


def test_the_default_is_with_the_state_of_the_account() -> None:
    assert default_directory({}) == "~/.local/state/gopher.devbox/audits"
    assert default_directory({"XDG_STATE_HOME": "/s"}) == "/s/gopher.devbox/audits"


def test_a_directory_begins_where_the_play_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/alice")
    assert directory_of("a/../b") == tmp_path / "b"
    assert directory_of("~/audits") == Path("/home/alice/audits")
