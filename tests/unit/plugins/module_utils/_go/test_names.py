"""Which variables are Go's, and how options become texts."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._go.names import (
    COMPUTED,
    KNOWN,
    OWN_OPTION,
    REMOVABLE,
    refusal,
    text_of,
)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("GO111MODULE", True, "on"),
        ("GOSUMDB", False, "off"),
        ("CGO_ENABLED", True, "1"),
        ("CGO_ENABLED", False, "0"),
        ("cgo_enabled", True, "1"),
        ("GO_EXTLINK_ENABLED", True, "1"),
        ("GOGC", 200, "200"),
        ("GOMEMLIMIT", 1.5, "1.5"),
        ("GOFLAGS", "-v", "-v"),
        ("GOFLAGS", " ", " "),
        ("GOGC", None, None),
        ("GOMAXPROCS", 0, "0"),
    ],
)
def test_options_become_texts(name: str, value: object, text: str | None) -> None:
    assert text_of(name, value) == text


@pytest.mark.parametrize(
    ("value", "reason"), [(["a"], "is a list"), ({"a": 1}, "is a dict"), ("", "is empty"), (b"x", "is a bytes")]
)
def test_what_is_no_text_is_refused(value: object, reason: str) -> None:
    with pytest.raises(WantedError, match=reason) as raised:
        text_of("GOPROXY", value)
    assert raised.value.advice


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_gos_own_names_pass(name: str) -> None:
    assert refusal(name) is None


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_what_go_computes_is_refused(name: str) -> None:
    assert "computes" in (refusal(name) or "")


@pytest.mark.parametrize("name", [*OWN_OPTION, "Path", "goroot"])
def test_what_has_an_option_is_sent_there(name: str) -> None:
    assert f"use {OWN_OPTION[name.upper()]}" in (refusal(name) or "")


@pytest.mark.parametrize("name", ["JAVA_HOME", "GO", "", "GOPROXY ", "GO PROXY", "GOPROXY\n", "TEMP", "GOTELEMETRY2"])
def test_other_names_are_refused(name: str) -> None:
    assert "not a variable that Go knows" in (refusal(name) or "")


def test_another_spelling_is_corrected() -> None:
    assert refusal("goproxy") == "goproxy is spelled GOPROXY."


@pytest.mark.parametrize("name", REMOVABLE)
def test_null_removes_what_has_an_option(name: str) -> None:
    assert refusal(name, removing=True) is None
    assert f"{name}: null to remove it" in (refusal(name) or "")
    assert refusal(name.lower(), removing=True)
    assert "use path" in (refusal("PATH", removing=True) or "")
