"""GOFLAGS by Go's own rules of quoting. Real go is asked in tests/integration/test_gowords_real_go.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._go.goflags import problem, suggestion

#: what flags are made of, and what goes wrong with them
PIECES = (
    "-v",
    "-mod=mod",
    "-ldflags",
    "-s",
    "-w",
    "=",
    " ",
    "'",
    '"',
    "-gcflags=all=-N",
    "-l",
    "x",
    "-tags",
    "a b",
    "-X main.v=1",
    "-",
)


@pytest.mark.parametrize(
    "text",
    [
        "'-ldflags=-s -w'",
        '"-ldflags=-s -w" -trimpath',
        "'-gcflags=all=-N -l'",
        "-v --v -mod=mod -tags=a,b",
        "-ldflags=-s",
        "-ldflags=",
        "-buildvcs=auto -p=4 -count=1 -timeout=1m30s -covermode=atomic",
        "-race=true -trimpath=0",
        "-test.v -test.run=X -test.count=1 -debug-trace=/tmp/trace -debug-actiongraph=/tmp/graph",
        "-p=+4 -p=0x4 -p=1_0 -count=0",
        " ",
    ],
)
def test_values_that_go_takes(text: str) -> None:
    assert problem(text) is None


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('-ldflags="-s -w" -trimpath', "'-ldflags=-s -w' -trimpath"),
        ("-ldflags='-s -w'", "'-ldflags=-s -w'"),
        ('-gcflags="all=-N -l"', "'-gcflags=all=-N -l'"),
        ("-s -w", "'-ldflags=-s -w'"),
        ("-v -s", "-v -ldflags=-s"),
        ("-X main.v=1", "'-ldflags=-X main.v=1'"),
        ("-N -l", "'-gcflags=-N -l'"),
        ("-mod vendor", "-mod=vendor"),
        ("-tags a", "-tags=a"),
        ("-ldflags -s -w -v", "'-ldflags=-s -w' -v"),
        ('-ldflags="-s"', "-ldflags=-s"),
    ],
)
def test_a_value_that_go_does_not_take_is_told_with_the_form_that_works(text: str, better: str) -> None:
    assert (problem(text) or "").endswith(f"Write: {better}")
    assert problem(better) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-nosuchflag", "a flag that go does not have"),
        ("-nosuchflag=1 -v", "-nosuchflag"),
        ("vendor", "not a flag"),
        ("---v", "not a flag"),
        ("'-v", "closing"),
        ("-mod", "without a value"),
        ("-u", "go env takes"),
        ("-C=/tmp", "on the command line only"),
        ("-mod=bogus", "mod, readonly or vendor"),
        ("-race=maybe", "true or false"),
        ("-p=x", "a number"),
        *(
            (text, "a number above 0")
            for text in ("-p=0", "-p=-1", "-p=0x0", "-p=0_0", "-parallel=0", "-test.parallel=0")
        ),
        ("-count=-1", "a number"),
        ("-test.timeout=x", "duration"),
        ("-debug-trace", "without a value"),
        ("-test.nosuch", "a flag that go does not have"),
        ("-timeout=x", "duration"),
        ("-buildmode=x", "c-shared"),
        ("-modfile=x", ".mod"),
        ("-gcflags=all", "stand behind packages"),
        ("-toolexec='x", "closing"),
    ],
)
def test_each_refusal_has_its_reason(text: str, reason: str) -> None:
    assert reason in (problem(text) or "")


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_is_suggested_is_taken(text: str) -> None:
    better = suggestion(text)
    assert better is None or (problem(better) is None and suggestion(better) is None)


def test_no_secret_is_repeated() -> None:
    assert "s3cret" not in (problem("https://user:s3cret@host") or "s3cret")
    assert "s3cret" not in (problem('-ldflags="-X main.url=https://user:s3cret@host -s"') or "s3cret")
