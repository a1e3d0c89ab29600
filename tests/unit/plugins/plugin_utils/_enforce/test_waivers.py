"""The file of waivers: every mistake with its line, and the day on which one ends."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.waivers import (
    Waiver,
    findings_of,
    read_waivers,
    waived_items,
)

DAY = datetime.date(2026, 11, 30)

WELL = """\
# What we accept.
- id: drift:GOPROXY
  hosts: web:!web3
  reason: the proxy moves
  owner: alice
  expires: 2027-01-31
- {id: stale_path_entry, hosts: all, reason: old SDKs, owner: bob, expires: 2026-11-30}
"""


def test_a_file_is_read_with_lines() -> None:
    found, mistakes = read_waivers(WELL, DAY)
    assert mistakes == []
    assert [(one.id, one.hosts, one.owner, one.expires, one.line) for one in found] == [
        ("drift:GOPROXY", "web:!web3", "alice", datetime.date(2027, 1, 31), 2),
        ("stale_path_entry", "all", "bob", datetime.date(2026, 11, 30), 7),
    ]
    assert [Waiver.from_json(one.to_json()) for one in found] == found


WRONG = """\
- id: drift:GOPROXY
  hosts: all
  reason: x
  owner: alice
- id: goroot_mising
  hosts: all
  reason:
  owner: [bob]
  expires: 31.12.2026
- just a text
- id: goroot_missing
  hosts: all
  reason: x
  owner: x
  expires: 2028-01-01
  until: 2028-01-01
  owner: y
- {id: 'drift:', hosts: a, reason: x, owner: x, expires: 2026-12-01}
- {id: drift:GOBIN, hosts: a, reason: x, owner: x, expires: 2026-12-01}
- {id: drift:GOBIN, hosts: a, reason: x, owner: x, expires: 2026-12-01}
"""


def test_every_mistake_comes_with_its_line() -> None:
    _found, mistakes = read_waivers(WRONG, DAY)
    assert [(int(line.split(":")[0].removeprefix("line ")), line.partition(": ")[2][:34]) for line in mistakes] == [
        (1, "expires is missing"),
        (7, "reason must be a text"),
        (8, "owner must be a text"),
        (9, "expires '31.12.2026' is no date. W"),
        (5, "goroot_mising is no id of a findin"),
        (10, "an entry must have id, hosts, reas"),
        (16, "until is none of id, hosts, reason"),
        (17, "owner is there twice"),
        (15, "expires is more than 365 days ahea"),
        (18, "drift: is no id of a finding. Of d"),
        (20, "drift:GOBIN for a is there already"),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("a: [\n", 2), ("- x: {\n  y: ]", 2), ("id: drift:X\n", 1), ("\ttab", 1), ("\x00", 1)]
)
def test_what_is_no_list_is_a_mistake_with_its_line(text: str, line: int) -> None:
    _found, mistakes = read_waivers(text, DAY)
    assert [one.partition(":")[0] for one in mistakes] == [f"line {line}"]


def test_an_empty_file_waives_nothing() -> None:
    assert read_waivers("# nothing\n", DAY) == ([], [])


@given(st.text(alphabet="-{}[]:,ab \n#'\"&*!|>%@`", max_size=60))
def test_no_text_ends_it(text: str) -> None:
    found, mistakes = read_waivers(text, DAY)
    assert found == []
    assert all(line.startswith("line ") for line in mistakes)


def waiver(expires: str, id: str = "drift:GOPROXY") -> Waiver:
    return Waiver(id, "all", "x", "alice", datetime.date.fromisoformat(expires), 1)


def test_365_days_are_the_most() -> None:
    text = "- {{id: drift:X, hosts: a, reason: x, owner: x, expires: {}}}\n"
    assert read_waivers(text.format(DAY + datetime.timedelta(days=365)), DAY)[1] == []
    assert len(read_waivers(text.format(DAY + datetime.timedelta(days=366)), DAY)[1]) == 1


def test_the_last_day_counts() -> None:
    waivers = [(waiver("2026-11-30"), ("a", "b")), (waiver("2026-12-30", "goroot_missing"), ("a",))]
    assert waived_items(waivers, "a", DAY) == ["GOPROXY"]
    assert waived_items(waivers, "c", DAY) == []
    assert waived_items(waivers, "a", DAY + datetime.timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("expires", "orphaned", "expected"),
    [
        ("2026-11-29", True, ["waiver_expired"]),
        ("2026-11-30", False, ["waiver_expires_soon"]),
        ("2026-12-14", False, ["waiver_expires_soon"]),
        ("2026-12-15", False, []),
        ("2026-12-15", True, ["waiver_orphaned"]),
        ("2026-12-01", True, ["waiver_orphaned", "waiver_expires_soon"]),
    ],
)
def test_what_a_waiver_needs(expires: str, orphaned: bool, expected: list[str]) -> None:
    found = findings_of([waiver(expires)], DAY, lambda _waiver: orphaned)
    assert [one.id for one in found] == expected
    assert all("alice" in one.message for one in found)
