"""go_rcfile from options to a result, in a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from unit.support import make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import MASK
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import blocks
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._run.rcfile import ARGUMENT_SPEC, run, to_wanted
from ansible_collections.gopher.devbox.plugins.modules import go_rcfile

SECRET = "hunter2"
PROXY = f"https://alice:{SECRET}@h1,https://h2?private_token={SECRET}|direct"
ROOT = os.geteuid() == 0
NOBODY = 65534


def params(**given: t.Any) -> dict[str, t.Any]:
    """Options as Ansible's argument spec hands them over; nothing is asked afterwards unless wanted."""
    return {
        **{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()},
        "scope": "user",
        "verify": False,
        **given,
    }


class Home:
    """A home directory of the account that runs the tests."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.environ = {"HOME": str(place), "PATH": "/usr/bin:/bin"}

    def run(self, check_mode: bool = False, diff: bool = False, **given: t.Any) -> dict[str, t.Any]:
        assert given.get("scope", "user") == "user" or check_mode or os.geteuid() != 0, (
            "the host's own files are not for tests"
        )
        return run(params(**given), LocalHost(self.environ, darwin=False), check_mode, diff)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = tmp_path / "home"
    place.mkdir()
    return Home(place)


@contextlib.contextmanager
def not_root() -> Iterator[None]:
    """As an account without rights."""
    if not ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# --- options ---------------------------------------------------------------------------------------------------------


def test_options_become_what_is_wanted() -> None:
    given = params(
        scope="system",
        goroot="/opt/go",
        variables={"GO111MODULE": True},
        link_go=True,
        shells=["sh", "fish"],
        state="absent",
    )
    wanted = to_wanted(given, None)
    assert (wanted.scope, wanted.goroot, wanted.variables) == (Scope.MACHINE, "/opt/go", {"GO111MODULE": "on"})
    assert (wanted.anchor, wanted.shells, wanted.goal, wanted.medium.syntax.family) == (
        True,
        ("sh", "fish"),
        Goal.ABSENT,
        "posix",
    )
    assert to_wanted(params(), "/home/alice").shells is None


@pytest.mark.parametrize("begin", ["~", "$HOME", "${HOME}"])
def test_a_home_is_written_out_where_a_directory_begins_with_it(begin: str) -> None:
    given = params(
        goroot=f"{begin}/sdk",
        gopath=[f"{begin}/go", "/srv/go", f"/x/{begin}"],
        gobin=begin,
        path=[f"{begin}/bin"],
        variables={"GOCACHE": f"{begin}/c", "GOPRIVATE": f"{begin}/f"},
    )
    wanted = to_wanted(given, "/home/alice/")
    home = "/home/alice"
    assert (wanted.goroot, wanted.gobin, wanted.path) == (f"{home}/sdk", home, (f"{home}/bin",))
    assert wanted.gopath == (f"{home}/go", "/srv/go", f"/x/{begin}")
    assert wanted.variables == {"GOCACHE": f"{home}/c", "GOPRIVATE": f"{begin}/f"}, "only what holds a directory"


def test_all_that_is_wrong_is_told_at_once() -> None:
    given = params(
        scope="user",
        goroot="go",
        gopath=["/a:b", "~bob/go"],
        variables={"GOPROXY": ["a"], "NOPE": "1", "GOFLAGS": "a\nb", "GOVERSION": "x"},
        link_go=True,
        shells=["auto", "zsh"],
        journal="x",
    )
    with pytest.raises(WantedError) as raised:
        to_wanted(given, "/home/alice")
    for part in (
        "link_go is given, but scope is user",
        "shells holds auto and names too",
        "GOPROXY is a list",
        "NOPE is not a variable",
        "GOFLAGS has a line break",
        "Go computes GOVERSION",
        "goroot: 'go' is relative",
        "'/a:b' has a ':'",
        "'~bob/go' starts with '~' of another user",
        "journal is given",
    ):
        assert part in raised.value.message


def test_everybody_has_no_home() -> None:
    given = params(
        scope="system",
        goroot="~/go",
        gopath=["$HOME/go"],
        variables={"GOCACHE": "${HOME}/c", "NOPE": "1"},
        user="alice",
    )
    with pytest.raises(WantedError) as raised:
        to_wanted(given, None)
    message = raised.value.message
    for part in (
        "goroot: '~/go' is in somebody's home",
        "gopath: '$HOME/go'",
        "variables.GOCACHE",
        "Use scope: user",
        "NOPE",
        "user is given, but scope is machine",
    ):
        assert part in message
    assert "relative" not in message, "one reason for each"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"shells": []}, "shells is an empty list"),
        ({"shells": ["zsh", "auto"]}, "auto and names"),
        ({"link_go": True}, "everybody's"),
        ({"gopath": []}, "empty list"),
        ({"goroot": ""}, "is empty"),
        ({"path": ["$PATH"]}, "is relative"),
        ({"variables": {"GOPATH": "/x"}}, "option of its own"),
    ],
)
def test_what_is_refused_fails_before_anything_is_read(home: Home, given: dict[str, t.Any], told: str) -> None:
    result = home.run(**given)
    assert (result["failed"], result["changed"]) == (True, False)
    assert told in result["msg"]
    assert tree(home.place) == {}


def test_the_examples_name_only_what_is_taken() -> None:
    examples = yaml.safe_load(go_rcfile.EXAMPLES)
    assert examples
    for task in examples:
        given = task["gopher.devbox.go_rcfile"]
        assert given.keys() <= ARGUMENT_SPEC.keys()
        assert isinstance(to_wanted(params(**given), None if given["scope"] == "machine" else "/home/alice"), Wanted)


def test_what_is_wrong_with_options_comes_with_what_stands_in_the_way(home: Home) -> None:
    result = home.run(goroot="/nowhere/go", gopath=["go", "C:\new"], variables={"NOPE": "1"})
    assert (result["failed"], result["changed"]) == (True, False)
    for part in (
        "gopath: 'go' is relative",
        "NOPE is not a variable",
        "between double quotes",
        "GOROOT /nowhere/go does not exist",
    ):
        assert result["msg"].count(part) == 1, part
    assert r"YAML reads \n" in result["msg"]
    assert [finding["id"] for finding in result["findings"]] == ["goroot_missing"]
    assert tree(home.place) == {}


def test_each_reason_is_given_once(home: Home) -> None:
    assert home.run(variables={"GOTMPDIR": "relative"})["msg"].count("GOTMPDIR") == 1


def test_scopes_have_one_name(home: Home) -> None:
    """`system` is another word for `machine`."""
    for word in ("machine", "system"):
        given = params(scope=word, goroot="/opt/go")
        assert to_wanted(given, None).scope is Scope.MACHINE
        with not_root():
            result = home.run(True, scope=word, goroot="/opt/go", validate="warn")
        assert "The machine scope needs root" in result["msg"]
        assert "user out" not in result["msg"], "nobody gave one"


def test_a_file_that_was_there_is_told_from_one_that_is_made(home: Home) -> None:
    (home.place / ".bashrc").write_text("alias ll='ls -l'\n")
    result = home.run(gopath=["~/go"], shells=["bash", "zsh"], diff=True)
    told = {
        change["name"]: (change["before"], change["after"])
        for change in result["changes"]
        if change["name"].startswith(str(home.place))
    }
    assert told[f"{home.place}/.bashrc"] == ("file without our block", "file with our block")
    assert told[f"{home.place}/.zshenv"] == (None, "file")
    for file in result["diff"]:
        assert file["after"].count("\n") <= 30


# --- accounts --------------------------------------------------------------------------------------------------------


def test_an_unknown_account_is_told(home: Home) -> None:
    result = home.run(user="nobody-is-called-this", gopath=["~/go"])
    assert (result["failed"], result["changed"]) == (True, False)
    assert [finding["id"] for finding in result["findings"]] == ["unknown_account"]
    assert "nobody-is-called-this" in result["msg"]


def test_the_account_itself_may_be_named(home: Home) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    result = home.run(user=name, gopath=["~/go"])
    assert (result["user"], result["after"]["GOPATH"]) == (name, f"{home.place}/go")
    assert (home.place / ".profile").exists()


def test_another_than_root_may_not_write_for_everybody(home: Home) -> None:
    with not_root():
        for check_mode in (True, False):
            result = home.run(check_mode, scope="system", goroot="/opt/go", validate="warn")
            assert (result["failed"], result["changed"]) == (True, False)
            assert [finding["id"] for finding in result["findings"]] == ["not_root"]
            assert "become" in result["msg"]


@pytest.mark.skipif(not ROOT, reason="needs root, to act as somebody else")
def test_what_is_made_for_another_account_is_theirs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root acts with that account's rights in its home, whatever the environment of root says."""
    for place in (home.place, *home.place.parents[:-2]):
        with contextlib.suppress(PermissionError):
            place.chmod(place.stat().st_mode | 0o055)
    theirs = home.place / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    entry = pwd.getpwuid(NOBODY)
    real = pwd.getpwnam
    fake = pwd.struct_passwd((*entry[:5], str(theirs), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda name: fake if name == entry.pw_name else real(name))
    home.environ["XDG_CONFIG_HOME"] = str(home.place / "roots")
    result = home.run(user=entry.pw_name, gopath=["~/go"], create_directories=True, shells=["sh"])
    assert (result["user"], result["after"]["GOPATH"]) == (entry.pw_name, f"{theirs}/go")
    assert {".profile", ".config/gopher-devbox/env.sh", ".local/state/gopher.devbox/shells.json", "go/bin"} <= tree(
        theirs
    ).keys()
    assert {path.stat().st_uid for path in theirs.rglob("*")} == {NOBODY}
    assert not (home.place / "roots").exists()
    assert os.geteuid() == 0


# --- results ---------------------------------------------------------------------------------------------------------


def contents(place: t.Any, documented: t.Any) -> None:
    """Asserts that a list of dictionaries has exactly the keys that are documented."""
    for item in place:
        assert item.keys() == documented["contains"].keys()


def test_a_result_has_what_is_documented(home: Home, tmp_path: Path) -> None:
    sdk = make_sdk(tmp_path / "sdk")
    old = make_sdk(tmp_path / "old", "go1.21.13")
    home.run(path=[f"{old}/bin"])
    result = home.run(
        diff=True,
        goroot=sdk,
        gopath=["~/go"],
        create_directories=True,
        shells=["sh", "bash"],
        stale_path_entries="keep",
        path=[f"{sdk}/bin", f"{old}/bin"],
    )
    returns = yaml.safe_load(go_rcfile.RETURN)
    assert result.keys() - {"changed", "diff"} == returns.keys()
    contents(result["changes"], returns["changes"])
    contents(result["findings"], returns["findings"])
    json.dumps(result)
    assert (result["scope"], result["changed"]) == ("user", True)
    assert result["before"] == {"GOROOT": None, "GOPATH": None, "GOBIN": None, "PATH": [f"{old}/bin", "$PATH"]}
    assert result["after"] == {
        "GOROOT": sdk,
        "GOPATH": f"{home.place}/go",
        "GOBIN": None,
        "PATH": [f"{sdk}/bin", f"{old}/bin", "$PATH"],
    }
    named = {change["name"]: change for change in result["changes"]}
    assert named["GOROOT"] == {"name": "GOROOT", "before": None, "after": sdk}
    assert named[f"{home.place}/.config/gopher-devbox/env.sh"] == {
        "name": f"{home.place}/.config/gopher-devbox/env.sh",
        "before": "file",
        "after": "file",
    }
    assert named[f"{home.place}/go/src"]["after"] == "directory"
    assert result["effective"]["go"] == {"file": f"{sdk}/bin/go", "version": "go1.27.3", "unjudged": []}
    assert result["effective"]["GOROOT"] == {"value": sdk, "scope": "user", "shadows": []}
    assert result["effective"]["PATH"][:2] == [f"{sdk}/bin", f"{old}/bin"]
    assert result["refresh"]
    values, source, *_others = result["diff"]
    assert values["after"].splitlines()[:2] == [f"GOROOT = {sdk}", f"GOPATH = {home.place}/go"]
    assert source["after_header"] == f"{home.place}/.config/gopher-devbox/env.sh"
    assert f"_gopher_devbox export GOROOT '{sdk}'" in source["after"]


def test_a_run_without_a_change_says_so(home: Home) -> None:
    home.run(gopath=["~/go"])
    again = home.run(diff=True, gopath=["~/go"])
    assert (again["changed"], again["changes"], again["journal"], again["refresh"], again["findings"]) == (
        False,
        [],
        None,
        [],
        [],
    )
    assert (again["diff"]["before"], again["diff"]["after"]) == ("", "")
    assert again["before"] == again["after"]


def test_check_mode_foretells_and_writes_nothing(home: Home) -> None:
    told = home.run(check_mode=True, diff=True, gopath=["~/go"], shells=["sh", "zsh"])
    assert tree(home.place) == {}
    done = home.run(diff=True, gopath=["~/go"], shells=["sh", "zsh"])
    assert told.pop("journal") is None
    assert done.pop("journal")
    assert told == done


def test_a_change_can_be_undone_by_its_id(home: Home) -> None:
    first = home.run(gopath=["~/go"], shells=["sh"])
    home.run(variables={"GOFLAGS": "-v"}, shells=["sh"])
    result = home.run(state="restored", journal=first["journal"])
    assert (result["after"]["GOPATH"], result["after"]["PATH"]) == (None, None)
    unknown = home.run(state="restored", journal="20200101T000000Z-00000000")
    assert unknown["failed"]
    assert first["journal"] in unknown["msg"]
    assert home.run(state="restored")["changed"]
    assert [name for name in tree(home.place) if not name.startswith((".local", ".config"))] == []


def test_a_damaged_block_fails_with_its_lines(home: Home) -> None:
    (home.place / ".bashrc").write_text(f"x=1\n{blocks.BEGIN}\n")
    result = home.run(gopath=["~/go"], shells=["bash"])
    assert (result["failed"], result["changed"]) == (True, False)
    assert f"line 2: {blocks.BEGIN}" in result["msg"]
    assert [finding["id"] for finding in result["findings"]] == ["block_damaged"]
    assert tree(home.place).keys() == {".bashrc"}


def test_goroot_that_is_missing_is_refused_or_told(home: Home) -> None:
    strict = home.run(goroot="/nowhere/go")
    assert [finding["id"] for finding in strict["findings"]] == ["goroot_missing"]
    assert strict["failed"]
    warned = home.run(goroot="/nowhere/go", validate="warn")
    assert warned["changed"]
    assert "goroot_missing" in [finding["id"] for finding in warned["findings"]]


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"variables": {"GOPROXY": PROXY}},
        {"variables": {"GOPROXY": PROXY + ",off", "GONOPROXY": f"https://{SECRET}@h"}},
        {"variables": {"GOPROXY": f"https://al'ice:{SECRET}'\\@h1"}},
        {"variables": {"GOPROXY": None}},
        {"path": ["/b"], "variables": {"GOTOOLCHAIN": PROXY}},
        {"variables": {"CGO_ENABLED": PROXY, "GOCACHE": PROXY}},
        {"gopath": [f"https://u:{SECRET}@h"]},
        {"user": PROXY},
        {"state": "absent"},
        {"state": "restored"},
        {"state": "restored", "journal": PROXY},
        {"journal": PROXY},
    ],
)
def test_no_secret_is_told(home: Home, given: dict[str, t.Any]) -> None:
    """Neither what is written, nor what stood there, in the values, the files, the diff or a failure."""
    home.run(variables={"GOPROXY": PROXY, "GOINSECURE": f"https://u:{SECRET}@old"}, shells=["sh", "fish", "systemd"])
    for check_mode in (True, False):
        result = home.run(check_mode, diff=True, **given)
        assert SECRET not in json.dumps(result)


def test_secrets_are_masked_where_values_are_shown(home: Home) -> None:
    result = home.run(diff=True, variables={"GOPROXY": PROXY}, shells=["sh", "systemd"])
    assert MASK in result["after"]["GOPROXY"]
    assert MASK in json.dumps(result["diff"])
    source = home.place / ".config" / "gopher-devbox" / "env.sh"
    assert SECRET in source.read_text()
    assert source.stat().st_mode & 0o077 == 0
