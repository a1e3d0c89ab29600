# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of go_sdk lets a host do, in which order, and where it ends: the same for each host."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._formats.sdk_archive import Refused
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_request import (
    Archive,
    Contents,
    Existing,
    Facts,
    Occupant,
    Removed,
    Request,
    Tried,
)
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk import ARGUMENT_SPEC, run

AMD, ARM = ("windows", "amd64"), ("windows", "arm64")
SUM = "a" * 64
NEW, OLD = Occupant(Existing.SDK, "go1.27.3"), Occupant(Existing.SDK, "go1.26.0")
NOTHING = Occupant(Existing.NOTHING)


class Host:
    """A host that does as a test says, and remembers what it was let do."""

    def __init__(self, **answers: t.Any) -> None:
        self.said = ""
        self.calls: list[str] = []
        self.answers: dict[str, t.Any] = {
            "look": Facts(NOTHING, AMD),
            "sweep": 2,
            "references": [],
            "running": [],
            "prepare": 10**9,
            "archive": Archive(SUM, 10, 10**9),
            "contents": Contents("go1.27.3", AMD),
            "unpack": "go1.27.3",
            "try_out": Tried("", "go version go1.27.3 windows/amd64"),
            "put": NEW,
            "take": Removed(NOTHING),
            "exposed": [],
            **answers,
        }
        self.known = ()

    def __getattr__(self, name: str) -> t.Callable[..., t.Any]:
        def call(*arguments: t.Any) -> t.Any:
            self.calls.append(name)
            answer = self.answers.get(name)
            if name == "send":
                for piece in arguments[0]:
                    arguments[1](len(piece))
            if isinstance(answer, Exception):
                raise answer
            return answer.pop(0) if isinstance(answer, list) and name == "look" else answer

        return call

    def dest(self, text: str) -> str:
        return text

    def problem_of(self, _option: str, _text: str) -> None:
        return None

    def at(self, _request: Request) -> Host:
        return self


class Source:
    """An archive on the controller."""

    size = 10

    def __init__(self) -> None:
        self.looked = 0

    def must_be(self, _request: Request, facts: Facts) -> None:
        assert facts.platform in (AMD, None)
        self.looked += 1

    def pieces(self, _size: int) -> t.Iterator[bytes]:
        yield from (b"abcd", b"efghij")


def go_sdk(host: Host, source: Source | None = None, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
    params |= {"dest": "D", "version": "1.27.3", "checksum": f"sha256:{SUM}", "url": "https://h/x", "scope": "user"}
    if source:
        params |= {"src": "a.zip", "url": None}
    return run(params | options, host, check, False, source)


def ids(result: dict[str, t.Any]) -> list[str]:
    return [finding["id"] for finding in result.get("findings", ())]


JUDGED = ["archive", "contents", "unpack", "try_out", "put", "clean", "close"]


@pytest.mark.parametrize(
    ("options", "get"), [({}, "fetch"), ({"url": None, "src": "C:\\a", "remote_src": True}, "copy")]
)
def test_an_installation(options: dict[str, t.Any], get: str) -> None:
    host = Host()
    result = go_sdk(host, **options)
    assert (result["changed"], result["after"], result["checksum"]) == (True, "go1.27.3", f"sha256:{SUM}")
    assert host.calls == ["look", "prepare", get, *JUDGED]


def test_an_archive_of_the_controller_is_judged_before_it_is_sent() -> None:
    host, source, sent = Host(), Source(), []
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
    params |= {"dest": "D", "version": "1.27.3", "checksum": f"sha256:{SUM}", "src": "a.zip"}
    assert run(params, host, False, False, source, sent.append)["changed"]
    assert (source.looked, sent) == (1, [4, 6])
    assert host.calls == ["look", "prepare", "send", *JUDGED[:-1], "exposed", "close"]


def test_it_wants_the_archive_where_it_has_none() -> None:
    host = Host(look=[Facts(NOTHING, AMD, ("x",)), Facts(NOTHING, AMD)])
    result = go_sdk(host, url=None, src="a.zip")
    assert (result["failed"], result["wants_archive"], ids(result)) == (True, True, ["leftovers_removed"])
    assert host.calls == ["look", "sweep", "look", "close"]


@pytest.mark.parametrize("check", [True, False])
def test_what_is_there_already_is_left_alone(check: bool) -> None:
    host = Host(look=Facts(NEW, AMD))
    assert not go_sdk(host, check=check)["changed"]
    assert set(host.calls) <= {"look", "clean", "close"}


def test_check_mode_looks_and_checks_only() -> None:
    host = Host(look=Facts(OLD, AMD, ("x",)))
    assert go_sdk(host, check=True, force=True)["changed"]
    assert host.calls == ["look", "running", "close"]
    host = Host(look=Facts(OLD, AMD), references=["PATH of ann"])
    assert ids(go_sdk(host, check=True, state="absent", version=None)) == ["sdk_in_use"]
    assert host.calls == ["look", "references", "running", "close"]


@pytest.mark.parametrize(
    ("answers", "last", "words"),
    [
        ({"prepare": ApplyError("No rights.")}, "prepare", "No rights"),
        ({"fetch": ApplyError("curl.exe: no.")}, "fetch", "curl.exe"),
        ({"archive": Archive("b" * 64, 10, None)}, "archive", "its SHA-256 is b"),
        ({"archive": Archive(SUM, 10**9, 3 * 10**9)}, "archive", "3000 MB free, and the SDK needs about 4000"),
        ({"contents": Contents("go1.27.2", AMD)}, "contents", "it holds go1.27.2"),
        ({"contents": Contents(None, ARM)}, "contents", "it is for windows/arm64"),
        ({"contents": Refused("'x' is a link")}, "contents", "'x' is a link"),
        ({"unpack": None}, "unpack", "it holds no version of Go"),
        ({"unpack": OSError(28, "No space left on device", "D/x")}, "unpack", "D/x: No space left on device"),
        ({"try_out": Tried("Permission denied", "")}, "try_out", "does not start"),
        ({"put": NOTHING}, "put", "could not be put into its place"),
    ],
)
def test_a_step_that_fails_is_the_last_one(answers: dict[str, t.Any], last: str, words: str) -> None:
    host = Host(**answers)
    result = go_sdk(host)
    assert result["failed"]
    assert words in result["msg"]
    assert host.calls[-3:] == [last, "clean", "close"]


def test_room_is_seen_before_an_archive_is_sent() -> None:
    host = Host(prepare=49)
    assert "MB free" in go_sdk(host, Source())["msg"]
    assert host.calls == ["look", "prepare", "clean", "close"]


def test_the_first_error_counts() -> None:
    host = Host(fetch=ApplyError("The first."), clean=TransportError("The second."))
    assert go_sdk(host)["msg"] == "The first."


def test_an_unknown_room_or_platform_is_no_obstacle() -> None:
    host = Host(look=Facts(NOTHING), prepare=None, archive=Archive(SUM, 10, None), contents=Contents(None, None))
    assert go_sdk(host, Source())["changed"]


def test_an_sdk_for_another_host_is_not_started() -> None:
    host = Host(contents=Contents("go1.27.3", ARM))
    assert go_sdk(host, force=True)["changed"]
    assert "try_out" not in host.calls


def test_what_nobody_vouches_for_is_not_started() -> None:
    host = Host()
    assert go_sdk(host, checksum="none")["changed"]
    assert "try_out" not in host.calls


def test_a_removal() -> None:
    host = Host(look=Facts(NEW, AMD))
    result = go_sdk(host, state="absent")
    assert (result["changed"], result["before"], result["after"], ids(result)) == (True, "go1.27.3", None, [])
    assert host.calls == ["look", "references", "running", "take", "clean", "close"]
    host = Host(look=Facts(NEW, AMD), take=Removed(NOTHING, "D\\.aside"))
    assert ids(go_sdk(host, state="absent")) == ["sdk_not_removed"]
    host = Host(look=Facts(NEW, AMD), take=Removed(NEW))
    assert "could not be taken out of its place" in go_sdk(host, state="absent")["msg"]


def test_who_else_can_write_to_it_is_reported_for_an_sdk_for_everybody() -> None:
    open_to = [Finding.of("go_writable_by_users", "Others can write.", "Take it.", "D")]
    for host, options, expected in (
        (Host(exposed=open_to), {"scope": "machine"}, ["go_writable_by_users"]),
        (Host(exposed=open_to, look=Facts(NEW, AMD)), {"scope": "machine"}, ["go_writable_by_users"]),
        (Host(exposed=open_to), {}, []),
        (Host(exposed=open_to, look=Facts(NEW, AMD)), {"scope": "machine", "state": "absent"}, []),
    ):
        assert ids(go_sdk(host, **options)) == expected
