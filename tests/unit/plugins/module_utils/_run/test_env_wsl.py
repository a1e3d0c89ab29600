"""go_env with distros: what each takes from the host, and what is refused before anything is asked."""

from __future__ import annotations

import typing as t

import pytest
from unit.hosts import FakeWindows

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import env, env_wsl, rcfile, registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_layers import ARGUMENT_SPEC

DEFAULTS = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
HOST = {
    "mode": "user",
    "gopath": [r"%USERPROFILE%\go"],
    "variables": {"GOPROXY": "off", "GOCACHE": r"C:\cache", "CC": r"C:\gcc.exe", "GOFLAGS": "%X%", "GOTMPDIR": None},
    "config": {"GOPATH": [r"C:\go"], "GOSUMDB": "off"},
    "validate": "warn",
}


def tasks(**options: t.Any) -> list[t.Any]:
    return env_wsl._tasks({**DEFAULTS, **options})


def run(**options: t.Any) -> dict[str, t.Any]:
    def never() -> t.Any:
        raise AssertionError("the host was asked")

    run_it = over(lambda *given: env_wsl.run(registry.ENVIRONMENT, *given))
    return run_it({**DEFAULTS, **options}, never, False, False)


def test_a_distro_takes_what_means_the_same_there() -> None:
    [task] = tasks(**HOST, wsl=[{"gopath": ["~/go"]}])
    assert (task["scope"], task["distros"], task["gopath"], task["validate"]) == ("user", ["all"], ["~/go"], "warn")
    assert task["variables"] == {"GOPROXY": "off"}
    assert task["config"] == {"GOSUMDB": "off"}
    assert task["goroot"] is None


def test_what_an_entry_says_wins() -> None:
    entry = {
        "mode": "machine",
        "variables": {"GOPROXY": "direct"},
        "distros": ["U*"],
        "link_go": True,
        "validate": "strict",
    }
    own, other = tasks(**HOST, wsl=[entry, {"variables": {"GOPROXY": "direct"}, "config": {}}])
    assert (own["scope"], own["variables"], own["link_go"], own["config"]) == (
        "machine",
        {"GOPROXY": "direct"},
        True,
        None,
    )
    assert (own["distros"], own["validate"]) == (["U*"], "strict")
    assert (other["variables"], other["config"]) == ({"GOPROXY": "direct"}, {"GOSUMDB": "off"})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"wsl": [{"goroot": r"C:\Go"}]}, "wsl[0]: goroot: "),
        ({"wsl": [{}, {"share": ["A/x"]}]}, "wsl[1]: share: "),
        ({"journal": "20260101T000000Z-00000000", "state": "restored", "wsl": [{}]}, "journal too"),
        ({"enforce": {"run": "x"}, "wsl": [{}]}, "enforce too"),
    ],
)
def test_options_of_no_use_are_refused_before_anything_is_asked(options: dict[str, t.Any], text: str) -> None:
    result = run(mode="user", **options)
    assert result["failed"]
    assert text in result["msg"]


def test_an_entry_needs_a_mode_where_the_host_has_several() -> None:
    layers = [{"mode": "machine", "goroot": r"C:\Go"}, {"mode": "user", "variables": {"GOPROXY": "off"}}]
    assert "wsl[0]: mode is needed" in run(layers=layers, wsl=[{}])["msg"]
    [task] = tasks(layers=layers, wsl=[{"mode": "user"}])
    assert task["variables"] == {"GOPROXY": "off"}


def test_other_hosts_have_no_distros() -> None:
    result = env.run(rcfile.ENVIRONMENT, {**DEFAULTS, "mode": "user", "wsl": [{}]}, LocalHost({}, False), True, False)
    assert "no Windows host" in result["msg"]


def test_without_distros_it_is_go_env() -> None:
    host = FakeWindows()
    run_it = over(lambda *given: env_wsl.run(registry.ENVIRONMENT, *given))
    options = {**DEFAULTS, "mode": "user", "variables": {"GOPROXY": "off"}, "verify": False}
    result = run_it(options, lambda: host, False, False)
    assert (result["changed"], "distros" in result) == (True, False)
