"""go_env from options to a result, in a home of its own: its media as one, planned over each other."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from unit.support import fill, make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile import GoEnvStore
from ansible_collections.gopher.devbox.plugins.module_utils._run.env import run
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_layers import ARGUMENT_SPEC
from ansible_collections.gopher.devbox.plugins.module_utils._run.rcfile import ENVIRONMENT

FILE = ".config/go/env"
SECRET = "hunter2"


class Home:
    """A home of the account that runs the tests."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.environ = {"HOME": str(place), "PATH": "/usr/bin:/bin"}

    def run(self, check_mode: bool = False, diff: bool = False, **given: t.Any) -> dict[str, t.Any]:
        defaults = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
        options = {**defaults, "verify": False, **given}
        return run(ENVIRONMENT, options, LocalHost(self.environ, darwin=False), check_mode, diff)

    def user(self, check_mode: bool = False, diff: bool = False, **given: t.Any) -> dict[str, t.Any]:
        return self.run(check_mode, diff, mode="user", shells=["sh"], **given)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = tmp_path / "home"
    place.mkdir()
    return Home(place)


def found(result: dict[str, t.Any]) -> list[tuple[str, str, str]]:
    return [(finding["medium"], finding["id"], finding["subject"]) for finding in result["findings"]]


def test_two_media_change_as_one_and_go_back_as_one(home: Home) -> None:
    given: dict[str, t.Any] = {"gopath": ["~/w"], "config": {"GOFLAGS": "-v"}}
    foretold = home.user(check_mode=True, diff=True, **given)
    assert tree(home.place) == {}
    result = home.user(diff=True, **given)
    assert (result["changes"], result["diff"]) == (foretold["changes"], foretold["diff"])
    assert {one["journal"] for one in result["media"]} == {result["journal"]}
    assert [(one["medium"], one["scope"]) for one in result["media"]] == [
        ("start files (user)", "user"),
        ("go env file", "go env file"),
    ]
    assert {change["medium"] for change in result["changes"]} == {"start files (user)", "go env file"}
    assert result["effective"]["GOPATH"]["scope"] == "user"
    assert result["effective"]["GOFLAGS"] == {"value": "-v", "scope": "go env file", "shadows": []}
    assert not home.user(**given)["changed"]
    back = home.run(state="restored", mode="user")
    assert back["undone"] == result["journal"]
    assert not (home.place / FILE).exists()
    assert not (home.place / ".config/gopher-devbox").exists()
    assert not home.run(state="restored", mode="user")["changed"]


def test_a_layer_is_judged_over_what_the_run_itself_plans(home: Home) -> None:
    """What hides the file is in the start files that this run writes, or is taken out there by it."""
    hidden = ("go env file", "environment_hides_file", "GOPROXY")
    result = home.user(check_mode=True, variables={"GOPROXY": "off"}, config={"GOPROXY": "direct"})
    assert hidden in found(result)
    home.user(variables={"GOPROXY": "off"})
    assert hidden in found(home.user(check_mode=True, config={"GOPROXY": "direct"}))
    result = home.user(variables={"GOPROXY": None}, config={"GOPROXY": "direct"})
    assert hidden not in found(result)
    assert result["effective"]["GOPROXY"]["value"] == "direct"


def test_a_word_is_judged_by_the_go_that_the_run_brings(home: Home, tmp_path: Path) -> None:
    sdk = make_sdk(tmp_path / "sdk")
    given = {"config": {"GOAMD64": "v9"}}
    assert "unknown_value" in [id for _medium, id, _subject in found(home.user(check_mode=True, **given))]
    result = home.user(goroot=sdk, **given)
    assert result["failed"]
    assert "go env file: " in result["msg"]
    assert not (home.place / ".profile").exists()


def test_the_file_is_where_the_run_sets_goenv(home: Home) -> None:
    place = home.place / "elsewhere"
    given: dict[str, t.Any] = {"variables": {"GOENV": str(place)}, "config": {"GOFLAGS": "-v"}}
    assert home.user(**given)["changed"]
    assert place.read_text() == "GOFLAGS=-v\n"
    assert not home.user(**given)["changed"]


def test_what_is_wrong_in_any_medium_is_named_in_one_message(home: Home) -> None:
    fill(home.place, {".profile": b"# >>> gopher.devbox >>>\nbroken\n"})
    before = tree(home.place)
    result = home.user(gopath=["relative"], config={"GOROOT": "/x"}, goroot="/nowhere")
    assert result["failed"]
    for words in ("start files (user): gopath", "go env file: variables: go refuses GOROOT", "/nowhere"):
        assert words in result["msg"], result["msg"]
    assert tree(home.place) == before


def test_when_a_medium_fails_the_one_before_is_rolled_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(home.place, {".profile": b"# mine\n", FILE: b"GOPRIVATE=x\n"})
    before = tree(home.place)

    def fails(*_arguments: t.Any) -> t.NoReturn:
        raise ApplyError("The disk said no.", "Look at it.")

    monkeypatch.setattr(GoEnvStore, "apply", fails)
    result = home.user(gopath=["~/w"], config={"GOFLAGS": "-v"})
    assert result["failed"]
    assert result["fates"] == {"start files (user)": "rolled back", "go env file": "not changed"}
    assert "go env file: The disk said no." in result["msg"]
    left = {name: text for name, text in tree(home.place).items() if not name.startswith(".local")}
    assert left == before
    assert not result["changed"]


def test_without_a_mode_restored_looks_at_every_medium(home: Home) -> None:
    assert not home.run(state="restored", check_mode=True)["changed"]
    home.user(gopath=["~/w"])
    second = home.user(gopath=["~/w"], config={"GOFLAGS": "-v"})
    result = home.run(state="restored", check_mode=True)
    assert result["undone"] == second["journal"]
    assert [one["medium"] for one in result["media"]] == ["start files (machine)", "start files (user)", "go env file"]
    assert [one["undone"] for one in result["media"]] == [None, None, second["journal"]]


def test_a_go_env_file_that_is_off_is_passed_over_by_restored_alone(home: Home) -> None:
    home.user(gopath=["~/w"])
    home.environ["GOENV"] = "off"
    assert home.run(state="restored", mode="user", check_mode=True)["changed"]
    assert "GOENV is off" in home.user(config={"GOFLAGS": "-v"})["msg"]


def test_an_account_that_is_not_there_is_an_error_where_it_is_named(home: Home) -> None:
    for given in ({"mode": "user"}, {}):
        result = home.run(state="restored", user="nobody-of-this-name", **given)
        assert "has no account nobody-of-this-name" in result["msg"]


def test_one_account_under_two_names_is_refused(home: Home) -> None:
    own = LocalHost(home.environ, darwin=False).accounts.own().name
    layers = [{"mode": "user", "gopath": ["/a"]}, {"mode": "user", "user": own, "gopath": ["/b"]}]
    result = home.run(layers=layers)
    assert "are of the same account" in result["msg"]
    assert tree(home.place) == {}


@pytest.mark.parametrize("option", ["variables", "config"])
def test_no_secret_leaves(home: Home, option: str) -> None:
    proxy = f"https://alice:{SECRET}@h1,direct"
    fill(home.place, {FILE: f"GOPROXY=https://bob:{SECRET}@h2\n".encode()})
    for given in ({option: {"GOPROXY": proxy}}, {option: {"GOPROXY": proxy}, "gopath": [f"rel/{proxy}"]}):
        for check in (True, False):
            result = home.user(check_mode=check, diff=True, **given)
            assert SECRET not in json.dumps(result)
    assert SECRET not in json.dumps(home.run(diff=True, mode="user", state="restored"))
