"""Which variables are Go's, and how options become texts."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._env.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._env.names import COMPUTED, KNOWN, OWN_OPTION, refusal, text_of, value_problem


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("GO111MODULE", True, "on"),
        ("GOSUMDB", False, "off"),
        ("CGO_ENABLED", True, "1"),
        ("CGO_ENABLED", False, "0"),
        ("cgo_enabled", True, "1"),
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


@pytest.mark.parametrize(("value", "reason"), [(["a"], "is a list"), ({"a": 1}, "is a dict"), ("", "is empty"), (b"x", "is a bytes")])
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


@pytest.mark.parametrize(
    "text", ["local", "auto", "path", "go1.27.3", "go1.21", "go1.21rc2", "go1.27.3+auto", "go1.27.3+path", "local+auto", "go1.21.0-custom"]
)
def test_toolchains_that_go_takes(text: str) -> None:
    assert value_problem("GOTOOLCHAIN", text) is None


@pytest.mark.parametrize("text", ["1.27.3", "latest", "go", "go2.0", "go1.27.3+", "auto+local", "go1.27.3 ", "Local", "local\n"])
def test_toolchains_that_break_every_command(text: str) -> None:
    assert "makes every go command fail" in (value_problem("GOTOOLCHAIN", text) or "")


def test_cgo_is_one_or_nothing() -> None:
    assert value_problem("CGO_ENABLED", "1") is value_problem("CGO_ENABLED", "0") is None
    assert "0 or 1" in (value_problem("CGO_ENABLED", "on") or "")
    assert value_problem("GOFLAGS", "anything") is None
