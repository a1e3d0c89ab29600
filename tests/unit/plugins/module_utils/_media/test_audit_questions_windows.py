# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit asks a Windows host, and what the answers mean."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ReadError
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import fold_path
from ansible_collections.gopher.devbox.plugins.module_utils._formats import frames
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.batch import Answer, Question
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_questions_windows import (
    attempted,
    descriptors,
    keys,
    typed,
    unlistable,
)

GUARDED, OPEN = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)", "D:AI(A;OICIID;FA;;;BA)(A;ID;DCLC;;;BU)"


def answered(inquiry: Any, *answers: Callable[[Question], list[tuple[str, bytes]]]) -> Any:
    """What an inquiry finds out by these answers, each the parts of one command's output."""
    question = next(inquiry, None)
    for answer in answers:
        raw = b"".join(
            f"{question.mark}+{name}\r\n".encode() + text + f"{question.mark}-{name}\r\n".encode()
            for name, text in answer(question)
        )
        try:
            question = inquiry.send(Answer(frames.parse(question.mark, raw), Completed(0, raw, b"")))
        except StopIteration as ended:
            return ended.value
    raise AssertionError(f"one more question: {question}")


def nothing(inquiry: Any) -> Any:
    with pytest.raises(StopIteration) as ended:
        next(inquiry)
    return ended.value.value


def coded(*descriptions: str | None) -> bytes:
    raw = b"".join(b"gd-acl\r\n" + (f"bin\r\n{text}\r\n".encode("utf-16-le") if text else b"") for text in descriptions)
    return b"-----BEGIN CERTIFICATE-----\r\n" + base64.b64encode(raw) + b"\r\n-----END CERTIFICATE-----\r\n"


def test_descriptors_by_path() -> None:
    paths = [r"C:\a", r"C:\b", r"C:\c", "c:\\A\\", "relative", r"\\server\share", ""]
    found = answered(descriptors(paths), lambda _asked: [("acl", coded(GUARDED, None, OPEN))])
    assert found == {fold_path("C:\\c", {}): "yes", fold_path("C:\\A\\", {}): "no"}


@pytest.mark.parametrize("raw", [b"", b"not base64!", coded(GUARDED), coded(GUARDED, OPEN, OPEN)])
def test_descriptors_that_did_not_come_whole_say_nothing(raw: bytes) -> None:
    assert answered(descriptors([r"C:\a", r"C:\b"]), lambda _asked: [("acl", raw)]) == {}


def test_many_directories_take_more_than_one_question() -> None:
    paths = [rf"C:\Program Files\Some Program {number}\bin" for number in range(100)]
    counts: list[int] = []

    def answer(asked: Question) -> list[tuple[str, bytes]]:
        counts.append(sum(statement.count(r"C:\Program Files") for statement in asked.statements))
        return [("acl", coded(*[OPEN] * counts[-1]))]

    found = answered(descriptors(paths), *[answer] * 2)
    assert sum(counts) == len(found) == 100


def test_nothing_is_asked_about_nothing() -> None:
    assert nothing(descriptors(["relative"])) == {}
    assert nothing(unlistable([])) == set()
    assert nothing(typed([])) == {}


def test_hives_and_record() -> None:
    hives = b"\r\nHKEY_USERS\\.DEFAULT\r\nHKEY_USERS\\S-1-5-21-1-2-3-1001\r\nHKEY_USERS\\s-1-5-18\r\n"
    home = b"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\gopher\\devbox\\machine\r\n    record    REG_SZ    {\r\n\r\n"
    found = answered(keys(), lambda _asked: [("hives", hives), ("home", home)])
    assert {"S-1-5-21-1-2-3-1001", "S-1-5-18"} <= found.loaded
    assert found.machine_record.damaged
    assert answered(keys(), lambda _asked: [("hives", b""), ("home", b"")]) == (frozenset(), None)


def test_directories_that_show_nothing() -> None:
    text = b"#\r\nad--------\r\nl\r\n#\r\nad--------\r\n#\r\na\r\n#\r\na--a------\r\n"
    paths = [r"C:\open", r"C:\closed", r"C:\none", r"C:\file"]
    assert answered(unlistable(paths), lambda _asked: [("listed", text)]) == {r"C:\closed"}


def test_files_as_they_are_typed() -> None:
    parts = [
        b"a--a------\r\nz3\r\nx\r\n\r\n",
        b"a\r\nz\r\n\r\n",
        b"ad--------\r\nz0\r\n\r\n",
        b"a--a------\r\nz9\r\n\r\n",
    ]
    paths = [r"C:\p\a", r"C:\p\b", r"C:\p\c", r"C:\p\d"]
    found = answered(typed([*paths, r"C:\p\%x%"]), lambda _asked: [("typed", part) for part in parts])
    assert found[paths[0]] == File(b"x\r\n")
    assert found[paths[1]] == File(None)
    assert (found[paths[2]].data, "is a directory" in found[paths[2]].obstacle) == (b"", True)
    assert (found[paths[3]].data, "cannot be read" in found[paths[3]].obstacle) == (b"", True)
    assert set(found) == set(paths)


def test_half_an_answer_is_none() -> None:
    with pytest.raises(ReadError, match="did not show every file"):
        answered(typed([r"C:\p\a", r"C:\p\b"]), lambda _asked: [("typed", b"a\r\nz\r\n\r\n")])
    found = answered(attempted(lambda: typed([r"C:\a", r"C:\b"])), lambda _asked: [])
    assert isinstance(found, ReadError)
