"""Requests of several workers go out together, and the failure of one is its own."""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.gather import gather

Ask = t.Callable[[str], str]


class Wire:
    def __init__(self) -> None:
        self.sent: list[list[str]] = []

    def __call__(self, requests: t.Mapping[int, str]) -> dict[int, str | Exception]:
        self.sent.append(sorted(requests.values()))
        return {number: request.upper() for number, request in requests.items()}


def test_requests_of_all_go_out_at_once_also_when_some_have_more() -> None:
    wire = Wire()

    def worker(name: str, count: int) -> t.Callable[[Ask], list[str]]:
        return lambda ask: [ask(f"{name}{number}") for number in range(count)]

    assert gather([worker("a", 3), worker("b", 1), worker("c", 2)], wire) == [["A0", "A1", "A2"], ["B0"], ["C0", "C1"]]
    assert wire.sent == [["a0", "b0", "c0"], ["a1", "c1"], ["a2"]]


def test_a_worker_that_fails_or_asks_nothing_is_not_waited_for() -> None:
    wire = Wire()

    def fails(ask: Ask) -> str:
        ask("f")
        raise ValueError("no")

    found = gather([fails, lambda ask: ask("x") + ask("y"), lambda _ask: "nothing"], wire)
    assert [type(found[0]), found[1:]] == [ValueError, ["XY", "nothing"]]
    assert wire.sent == [["f", "x"], ["y"]]


def test_an_error_of_the_wire_is_everybodys_and_one_of_a_worker_is_its_own() -> None:
    lost = OSError("cut")

    def wire(requests: t.Mapping[int, str]) -> dict[int, str | Exception]:
        if "second" in requests.values():
            raise lost
        return {number: KeyError("mine") if request == "bad" else request for number, request in requests.items()}

    def two(ask: Ask) -> str:
        try:
            return ask("first") + ask("second")
        except OSError:
            return "caught"

    found = gather([two, lambda ask: ask("bad"), lambda ask: ask("first") + ask("second")], wire)
    assert found[0] == "caught"
    assert isinstance(found[1], KeyError)
    assert isinstance(found[2], OSError)
    assert found[2] is not lost, "each has its own"


def test_nobody_has_nothing_to_do() -> None:
    assert gather([], Wire()) == []
