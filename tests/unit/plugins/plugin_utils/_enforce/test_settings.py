"""The variables of a run: every mistake at once, and no secret in it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import seconds_of
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import (
    HostSettings,
    Settings,
    misspelt,
    one_for_all,
    read_host,
    read_settings,
)

NOW = seconds_of("2026-11-30T02:15:00Z")


def test_without_variables_it_is_an_audit_with_the_defaults() -> None:
    assert read_settings({}, NOW) == (Settings(), [])
    assert read_host({}) == (HostSettings(mode="audit"), [])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("keep", "5", 5),
        ("serial", "25%", "25%"),
        ("serial", ["1", "10%", 50], [1, "10%", 50]),
        ("max_unreachable", "12.5 %", 12.5),
        ("max_unreachable", 0, 0.0),
        ("fail_on", "warning, host_drift", ("warning", "host_drift")),
        ("fail_on", ["goroot_missing", "host_absent", "contested"], ("goroot_missing", "host_absent", "contested")),
        ("stop_at", "", None),
        ("only", "missed", "missed"),
    ],
)
def test_values_are_read_in_each_form_they_may_have(name: str, value: Any, expected: Any) -> None:
    settings, mistakes = read_settings({name: value}, NOW)
    assert mistakes == []
    assert getattr(settings, name) == expected


WRONG: dict[str, tuple[Any, str]] = {
    "keep": (1, "whole number from 2"),
    "serial": (0, "number of hosts"),
    "max_failures": ("many", "whole number"),
    "max_unreachable": (101, "percentage"),
    "absent_after": (True, "whole number"),
    "stop_at": ("25:00", "is no time"),
    "freeze": ([{"from": "2026-12-24", "until": "2026-12-20", "reason": "x"}], "[0] ends before it begins"),
    "fail_on": (["warnin"], "did you mean warning?"),
    "only": ("some", "must be missed"),
    "hold_days": (31, "from 1 to 30"),
    "webhook": ("ftp://user:hunter22@host/x", "must begin with https://"),
    "dir": ({}, "must be a text"),
}


def test_every_mistake_comes_at_once_without_the_secret() -> None:
    settings, mistakes = read_settings({name: value for name, (value, _text) in WRONG.items()}, NOW)
    assert settings == Settings()
    assert len(mistakes) == len(WRONG)
    for name, (_value, text) in WRONG.items():
        assert [line for line in mistakes if line.startswith(f"go_enforce_{name} ") and text in line], (name, mistakes)
    assert "hunter22" not in "".join(mistakes)


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({"from": "2026-12-24", "until": "2026-12-26"}, "must have from, until and reason"),
        ({"from": "x", "until": "2026-12-26", "reason": "y"}, "'x' is no time"),
        ({"from": "2026-12-24", "until": "2026-12-26", "reason": " "}, "needs a reason"),
        ("2026-12-24", "must have from"),
    ],
)
def test_a_window_must_be_whole(window: Any, text: str) -> None:
    _settings, [mistake] = read_settings({"freeze": [window]}, NOW)
    assert text in mistake


def test_settings_of_a_host() -> None:
    found, mistakes = read_host({"mode": "enforce", "team": "web", "unmanaged": "apply", "settle": {"GOPROXY": "host"}})
    assert (found, mistakes) == (HostSettings("enforce", "web", "apply", {"GOPROXY": "host"}), [])
    _found, mistakes = read_host({"mode": "on", "unmanaged": "yes", "settle": {"GOPROXY": "me"}, "team": None})
    assert [line.split()[0] for line in mistakes] == [
        "go_enforce_mode",
        "go_enforce_team",
        "go_enforce_unmanaged",
        "go_enforce_settle",
    ]


def test_what_is_one_for_the_run_may_not_differ() -> None:
    found, mistakes = one_for_all({"a": {"keep": 5, "mode": "audit"}, "b": {"keep": 5, "mode": "enforce"}})
    assert (found, mistakes) == ({"keep": 5}, [])
    _found, mistakes = one_for_all({"a": {"keep": 5}, "b": {"keep": 6}, "c": {}})
    [mistake] = mistakes
    assert "go_enforce_keep is not the same for all hosts (a and b differ)" in mistake


def test_a_misspelt_variable_is_named_with_the_one_that_is_meant() -> None:
    assert misspelt(["go_enforce_mode", "go_enforce_hosts", "go_env_mode"]) == []
    assert misspelt(["go_enforce_modes", "go_enforce_zzz"]) == [
        "go_enforce_modes is no variable of this role (did you mean go_enforce_mode?)",
        "go_enforce_zzz is no variable of this role",
    ]
