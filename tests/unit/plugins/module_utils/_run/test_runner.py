"""What runners of media have in common: a store and what is wanted of it, or every reason why not."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked, TransportError, WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile import GoEnvStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, rcfile
from ansible_collections.gopher.devbox.plugins.module_utils._run.runner import Runner, opened, run


def params(runner: t.Any, **given: t.Any) -> dict[str, t.Any]:
    return {**{name: spec.get("default") for name, spec in runner.ARGUMENT_SPEC.items()}, **given}


@pytest.fixture
def host(tmp_path: Path) -> LocalHost:
    return LocalHost({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, darwin=False)


def test_several_media_of_one_host(host: LocalHost) -> None:
    store, wanted = opened(rcfile.RUNNER, host, params(rcfile, scope="user", gopath=["~/go"]))
    assert (type(store), wanted.scope, wanted.gopath) == (RcStore, Scope.USER, (f"{host.accounts.own().home}/go",))
    store, wanted = opened(config.RUNNER, host, params(config, gopath=["~/go"]))
    assert (type(store), wanted.gopath) == (GoEnvStore, (f"{host.accounts.own().home}/go",))


def test_options_of_no_use_come_with_what_stands_in_the_way_on_the_host(host: LocalHost) -> None:
    host.environ = {**host.environ, "GOENV": "off"}
    with pytest.raises(Blocked) as raised:
        opened(config.RUNNER, host, params(config, gopath=["relative"]))
    assert "gopath: 'relative' is relative" in raised.value.message
    assert "GOENV is off" in raised.value.message


@pytest.mark.parametrize("broken", ["store", "wanted"])
def test_a_host_that_cannot_be_reached_does_not_hide_what_is_wrong_with_options(host: LocalHost, broken: str) -> None:
    def unreachable(*_given: t.Any) -> t.Any:
        raise TransportError("no route")

    def wanted(_host: LocalHost, given: t.Mapping[str, t.Any]) -> t.Any:
        if given["gopath"]:
            raise WantedError("gopath is wrong.")
        return unreachable() if broken == "wanted" else None

    result = run(Runner(unreachable, wanted), params(config, gopath=["x"]), host, check_mode=False, diff=False)
    assert (result["failed"], result["msg"]) == (True, "gopath is wrong.")
