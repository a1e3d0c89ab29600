# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a request for an SDK and what its host says."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Blocked,
    DevboxError,
    ReadError,
    WantedError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_checks import (
    must_be_installed,
    must_be_removed,
    must_fit,
    must_run_there,
    must_start,
    version_said,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_request import (
    Change,
    Existing,
    Facts,
    Occupant,
    Removed,
    Request,
    Step,
    Tried,
    decide,
    request_of,
)

NOTHING, NEW, OLD = (
    Occupant(Existing.NOTHING),
    Occupant(Existing.SDK, "go1.27.3"),
    Occupant(Existing.SDK, "go1.26.0"),
)
REQUEST = Request(
    dest="/opt/go",
    present=True,
    version="go1.27.3",
    src="go.zip",
    remote_src=False,
    url=None,
    checksum="0" * 64,
    machine=True,
    force=False,
)
#: the order in which things are seen to
ORDER = [
    {Step.CHECK_SOURCE},
    {Step.PREPARE},
    {Step.SEND, Step.COPY, Step.FETCH},
    {Step.CHECK_ARCHIVE},
    {Step.CHECK_CONTENTS},
    {Step.UNPACK},
    {Step.TRY},
    {Step.PUT},
]

requests = st.builds(
    Request,
    dest=st.just("/opt/go"),
    present=st.booleans(),
    version=st.sampled_from(("go1.27.3", "go1.26.0")),
    src=st.none() | st.just("go.zip"),
    remote_src=st.booleans(),
    url=st.none() | st.just("https://h/go.zip"),
    checksum=st.none() | st.just("0" * 64),
    machine=st.booleans(),
    force=st.booleans(),
)
occupants = st.builds(
    Occupant,
    st.sampled_from(Existing),
    st.sampled_from(("go1.27.3", "go1.26.0")),
    st.sampled_from(((), ("bin/gopls",))),
)


def finding(id: str) -> Finding:
    return Finding.of(id, "It is so.", "", "x")


def change(**given: t.Any) -> Request:
    return dataclasses.replace(REQUEST, **given)


@given(requests, occupants, st.booleans())
def test_steps_are_in_order_and_what_is_unchanged_has_none(request: Request, occupant: Occupant, source: bool) -> None:
    try:
        decision = decide(request, Facts(occupant, source=source))
    except (Blocked, ReadError):
        return
    assert bool(decision.steps) == (decision.change is not Change.NOTHING)
    assert (Step.CHECK_USE in decision.checks) == (decision.change in (Change.REPLACE, Change.REMOVE))
    if decision.change is Change.REMOVE:
        assert decision.steps == (Step.TAKE,)
        assert not request.present
    elif decision.steps:
        places = [next(at for at, found in enumerate(ORDER) if step in found) for step in decision.steps]
        assert places == sorted(set(places))
        assert {1, 2, 3, 4, 5, 7} <= set(places)
        assert (Step.TRY in decision.steps) == (request.checksum is not None)


@given(requests, occupants)
def test_what_is_not_an_sdk_is_never_touched(request: Request, occupant: Occupant) -> None:
    if occupant.kind in (Existing.OTHER, Existing.FILE, Existing.LINK):
        with pytest.raises(Blocked, match="never touched"):
            decide(request, Facts(occupant))


@given(requests, occupants)
def test_nobodys_files_are_lost_without_force(request: Request, occupant: Occupant) -> None:
    if occupant.own and occupant.kind is Existing.SDK:
        try:
            decision = decide(request, Facts(occupant))
        except Blocked:
            return
        assert decision.change is Change.NOTHING or (decision.change is Change.REMOVE and request.force)


@pytest.mark.parametrize(
    ("given", "get"),
    [({}, Step.SEND), ({"remote_src": True}, Step.COPY), ({"src": None, "url": "https://h/x"}, Step.FETCH)],
)
def test_where_the_archive_comes_from(given: dict[str, t.Any], get: Step) -> None:
    decision = decide(change(**given), Facts(NOTHING))
    assert get in decision.steps
    assert (Step.CHECK_SOURCE in decision.steps) == (get is Step.SEND)


def test_what_is_in_the_way_counts_only_for_a_change_that_needs_it() -> None:
    facts = Facts(NEW, to_change=(finding("not_root"),), to_install=(finding("missing_program"),), source=False)
    assert decide(REQUEST, facts).change is Change.NOTHING
    with pytest.raises(Blocked) as removal:
        decide(change(present=False), facts)
    assert [item.id for item in removal.value.blockers] == ["not_root"]
    with pytest.raises(Blocked) as install:
        decide(REQUEST, facts._replace(occupant=NOTHING))
    assert [item.id for item in install.value.blockers] == ["not_root", "missing_program"]
    with pytest.raises(ReadError, match="could not be read"):
        decide(REQUEST, Facts(NOTHING, source=False))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.27.3", "go1.27.3"),
        ("go1.27rc1", "go1.27rc1"),
        ("go1.22.3-bigcorp", "go1.22.3-bigcorp"),
        ("devel go1.28-abc", "devel go1.28-abc"),
        *((text, None) for text in ("1.27.x", "latest", "go", "01.2", "2.1", "go1.27.3/x", "1.27.3\n", " 1.27.3")),
    ],
)
def test_versions_of_the_option(text: str, version: str | None) -> None:
    params: dict[str, t.Any] = dict.fromkeys(("src", "url", "checksum"))
    params |= {"dest": "/x", "version": text, "state": "absent", "scope": "user", "remote_src": False, "force": False}
    if version:
        assert request_of(params, lambda _dest: None).version == version
    else:
        with pytest.raises(WantedError, match="not a version of Go"):
            request_of(params, lambda _dest: None)


# --- what a step found -----------------------------------------------------------------------------------------------


def test_another_processor_needs_force() -> None:
    arm, amd = ("windows", "arm64"), ("windows", "amd64")
    with pytest.raises(Blocked, match=r"it is for windows/arm64, and this host is windows/amd64.*Take the one for"):
        must_run_there(REQUEST, arm, amd)
    assert not must_run_there(change(force=True), arm, amd)
    for platform, host in ((amd, amd), (amd, arm), (None, amd), (arm, None)):  # translated, unknown
        assert must_run_there(REQUEST, platform, host)


def test_room() -> None:
    must_fit(REQUEST, None, 10**12)
    must_fit(REQUEST, 300, 300)
    with pytest.raises(ApplyError, match=r"7 MB free, and the SDK needs about 8\. Make room"):
        must_fit(REQUEST, 7_000_000, 8_000_000)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("go version go1.27.3 linux/amd64\n", "go1.27.3"),
        ("go version go1.21.3 X:boringcrypto linux/amd64", "go1.21.3 X:boringcrypto"),
        ("go version devel go1.28-abc Mon Nov 23 linux/amd64\r\n", "devel go1.28-abc Mon Nov 23"),
        ("", None),
        ("sleep: invalid time interval", None),
    ],
)
def test_what_go_says_of_itself(said: str, version: str | None) -> None:
    assert version_said(said) == version


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        (Tried("", "go version go1.27.3 linux/amd64"), ""),
        (Tried("", "go version go1.27.3 X:exp linux/amd64"), ""),
        (Tried("", "something else"), ""),
        (Tried("", "go version go1.27.2 linux/amd64"), "go says that it is go1.27.2"),
        (Tried("Exec format error", ""), "does not start on this host (Exec format error)"),
    ],
)
def test_a_go_that_does_not_start_or_is_another_is_refused(tried: Tried, words: str) -> None:
    if words:
        with pytest.raises(Blocked, match=re.escape(words)):
            must_start(REQUEST, tried)
    else:
        must_start(REQUEST, tried)
    must_start(change(force=True), Tried("Exec format error", ""))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (NOTHING, NOTHING, "it is nothing now. The host said: Access is denied. Look"),
        (OLD, OLD, "it is go1.26.0 now. The host said: Access is denied."),
        (OLD, OLD, "/opt/go holds go1.26.0, as before."),
        (NOTHING, NOTHING, "Nothing was changed."),
    ],
)
def test_what_is_not_in_its_place_is_an_error(before: Occupant, after: Occupant, words: str) -> None:
    with pytest.raises(ApplyError) as error:
        must_be_installed(REQUEST, before, after, "Access is denied")
    assert words in error.value.text
    must_be_installed(REQUEST, before, NEW, "")


def test_another_state_than_before_is_not_called_unchanged() -> None:
    with pytest.raises(ApplyError) as error:
        must_be_installed(REQUEST, OLD, NOTHING, "")
    assert "as before" not in error.value.text
    assert "Nothing was changed" not in error.value.text


def test_removals() -> None:
    assert must_be_removed(REQUEST, Removed(NOTHING), "") == []
    [left] = must_be_removed(REQUEST, Removed(NOTHING, "/opt/.x", ": /opt/.x/go/f: Busy"), "")
    assert (left.id, left.advice) == ("sdk_not_removed", "Delete /opt/.x.")
    assert "deleted: /opt/.x/go/f: Busy." in left.message
    with pytest.raises(DevboxError, match="The host said: Busy"):
        must_be_removed(REQUEST, Removed(NEW), "Busy")
