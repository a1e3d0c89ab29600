"""go_config from options to a result, in a home of its own."""

from __future__ import annotations

import json
import os
import pwd
import typing as t
from pathlib import Path

import pytest
import yaml
from unit.support import fill, make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._run import rcfile
from ansible_collections.gopher.devbox.plugins.module_utils._run.config import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.modules import go_config

SECRET = "hunter2"
PROXY = f"https://alice:{SECRET}@h1,https://h2?private_token={SECRET}|direct"
FILE = ".config/go/env"


def params(**given: t.Any) -> dict[str, t.Any]:
    return {**{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}, "verify": False, **given}


class Home:
    """A home directory of the account that runs the tests, and the environment of its session."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.environ = {"HOME": str(place), "PATH": "/usr/bin:/bin"}

    def run(self, check_mode: bool = False, diff: bool = False, **given: t.Any) -> dict[str, t.Any]:
        return run(params(**given), LocalHost(self.environ, darwin=False), check_mode, diff)

    def shells(self, **given: t.Any) -> dict[str, t.Any]:
        """A run of go_rcfile for the same person."""
        spec = {name: spec.get("default") for name, spec in rcfile.ARGUMENT_SPEC.items()}
        result = rcfile.run(
            {**spec, "scope": "user", "verify": False, "shells": ["sh"], **given},
            LocalHost(self.environ, darwin=False),
            False,
            False,
        )
        assert not result.get("failed"), result
        return result

    def read(self) -> bytes:
        return (self.place / FILE).read_bytes()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = tmp_path / "home"
    place.mkdir()
    return Home(place)


def found(result: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(finding["id"], finding["subject"]) for finding in result["findings"]]


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"variables": {"GOROOT": "/opt/go"}}, "go refuses GOROOT in its file"),
        ({"variables": {"GOENV": "off"}}, "go reads GOENV from the environment only"),
        ({"variables": {"GODEBUG": "x=1"}}, "go reads GODEBUG from the environment only"),
        ({"variables": {"GOGC": 50}}, "read by other programs than go"),
        ({"variables": {"GOVERSION": "x"}}, "Go computes GOVERSION"),
        ({"variables": {"GOTOOLDIR": "x"}}, "Go computes GOTOOLDIR"),
        ({"variables": {"GOWORK": "/x/go.work"}}, "go refuses GOWORK"),
        ({"variables": {"PATH": "/x"}}, "PATH is not a variable that go knows"),
        ({"variables": {"goproxy": "off"}}, "goproxy is spelled GOPROXY"),
        ({"variables": {"GOPATH": "/x"}}, "use gopath"),
        ({"variables": {"GOPROXY": ""}}, "GOPROXY is empty"),
        ({"variables": {"GOPROXY": ["a", "b"]}}, "GOPROXY is a list"),
        ({"variables": {"GOTOOLCHAIN": "1.27"}}, "GOTOOLCHAIN=1.27 makes every go command fail"),
        ({"variables": {"GOCACHE": "cache"}}, "GOCACHE must be a full path"),
        ({"variables": {"GOMODCACHE": "$GOPATH/pkg"}}, "GOMODCACHE must be a full path"),
        ({"variables": {"GOFLAGS": "-v\n-x"}}, "GOFLAGS has a line break"),
        ({"variables": {"CGO_ENABLED": "yes"}}, "CGO_ENABLED=yes means nothing"),
        ({"gopath": ["/ok", "relative"]}, "gopath: 'relative' is relative"),
        ({"gopath": ["~bob/go"]}, "another user"),
        ({"gopath": []}, "gopath is an empty list"),
        ({"gobin": "bin"}, "gobin: 'bin' is relative"),
        ({"journal": "x"}, "only state: restored uses it"),
    ],
)
def test_each_refusal_has_its_reason(home: Home, given: dict[str, t.Any], reason: str) -> None:
    result = home.run(**given)
    assert (result["failed"], result["changed"]) == (True, False)
    assert reason in result["msg"]
    assert tree(home.place) == {}


def test_all_that_is_wrong_is_told_at_once(home: Home) -> None:
    result = home.run(
        variables={"GOROOT": "/x", "GOENV": "x", "GOTOOLCHAIN": "nope", "GOPROXY": []},
        gopath=["/a", "b"],
        gobin="c",
        journal="x",
    )
    for part in (
        "GOROOT",
        "GOENV",
        "GOTOOLCHAIN=nope",
        "GOPROXY is a list",
        "'b' is relative",
        "'c' is relative",
        "journal",
    ):
        assert part in result["msg"]


def test_a_home_is_written_out(home: Home) -> None:
    home.run(
        gopath=["~/go", "${HOME}/more"], gobin="$HOME/bin", variables={"GOCACHE": "~/cache", "GOMODCACHE": "$HOME/mod"}
    )
    assert home.read().decode().splitlines() == [
        f"GOBIN={home.place}/bin",
        f"GOCACHE={home.place}/cache",
        f"GOMODCACHE={home.place}/mod",
        f"GOPATH={home.place}/go:{home.place}/more",
    ]


def test_the_examples_name_only_what_is_taken() -> None:
    examples = yaml.safe_load(go_config.EXAMPLES)
    assert examples
    for task in examples:
        assert task["gopher.devbox.go_config"].keys() <= ARGUMENT_SPEC.keys()


# --- accounts and places ---------------------------------------------------------------------------------------------


def test_an_unknown_account_is_told(home: Home) -> None:
    result = home.run(user="nobody-is-called-this")
    assert result["failed"]
    assert found(result) == [("unknown_account", "nobody-is-called-this")]


class Unprivileged:
    """The accounts of a host where the session is alice's, and bob has a home too."""

    def __init__(self, home: Path, bob: Path) -> None:
        self.alice = Account("4321", "alice", home=str(home))
        self.bob = Account(str(os.geteuid()), "bob", home=str(bob), own=False)

    def own(self) -> Account:
        return self.alice

    def named(self, user: str | None) -> Account:
        return self.bob if user == "bob" else self.alice


def test_a_file_of_another_needs_root(home: Home, tmp_path: Path) -> None:
    (tmp_path / "bob").mkdir()
    host = LocalHost(home.environ, darwin=False)
    host.accounts = Unprivileged(home.place, tmp_path / "bob")  # type: ignore[assignment]
    result = run(params(user="bob", variables={"GOFLAGS": "-v"}), host, check_mode=False, diff=False)
    assert found(result) == [("not_root", "alice")]
    assert "What belongs to bob needs root, and this session is alice's. Set become: true." in result["msg"]
    assert tree(tmp_path / "bob") == {}


def test_goenv_elsewhere_is_honoured(home: Home) -> None:
    home.environ["GOENV"] = str(home.place / "my go" / "settings")
    result = home.run(variables={"GOFLAGS": "-v"})
    assert result["changed"]
    assert (home.place / "my go" / "settings").read_bytes() == b"GOFLAGS=-v\n"
    assert not (home.place / FILE).exists()


def test_goenv_of_the_persons_shells_is_honoured(home: Home) -> None:
    """What go_rcfile wrote for them counts, whether this session has it or not."""
    home.shells(variables={"GOENV": str(home.place / "elsewhere")})
    home.run(variables={"GOFLAGS": "-v"})
    assert (home.place / "elsewhere").read_bytes() == b"GOFLAGS=-v\n"


def test_goenv_off_is_a_clear_error(home: Home) -> None:
    home.environ["GOENV"] = "off"
    for given in ({"variables": {"GOFLAGS": "-v"}}, {"state": "absent"}, {}):
        result = home.run(**given)
        assert (result["failed"], result["changed"]) == (True, False)
        assert found(result) == [("missing_go_env_file", "GOENV")]
        assert "GOENV is off" in result["msg"]
    assert tree(home.place) == {}


def test_xdg_moves_file_and_ledger(home: Home) -> None:
    home.environ |= {"XDG_CONFIG_HOME": str(home.place / "cfg"), "XDG_STATE_HOME": str(home.place / "st")}
    home.run(variables={"GOFLAGS": "-v"})
    assert {path for path, data in tree(home.place).items() if data != "directory"} == {
        "cfg/go/env",
        "st/gopher.devbox/goenv.json",
        "st/gopher.devbox/lock",
    }


# --- what stands there -----------------------------------------------------------------------------------------------


def test_bom_crlf_and_duplicates_are_put_right_with_findings(home: Home) -> None:
    fill(home.place, {FILE: b"\xef\xbb\xbfGOFLAGS=-v\r\n# c\r\nGOSUMDB=off\r\nGOFLAGS=-x\r\n"})
    result = home.run(diff=True)
    assert result["changed"]
    assert found(result) == [
        ("go_env_repaired", f"{home.place}/{FILE}"),
        ("go_env_repaired", f"{home.place}/{FILE}"),
        ("go_env_repaired", "GOFLAGS"),
    ]
    assert home.read() == b"# c\nGOSUMDB=off\nGOFLAGS=-x\n"
    (change,) = result["changes"]
    assert (change["name"], change["after"]) == (f"{home.place}/{FILE}", None)
    assert "byte order mark" in change["before"]
    assert result["diff"][0]["before_header"] == f"{home.place}/{FILE} (its form)"
    assert result["refresh"] == ["The next go command sees it."]
    again = home.run()
    assert (again["changed"], again["findings"]) == (False, [])


def test_poisoned_lines_are_told_and_repaired(home: Home) -> None:
    fill(home.place, {FILE: b"GOROOT=/usr/local/go\nGOPATH=go\nGOTOOLCHAIN=1.27\n"})
    told = home.run(variables={"GOFLAGS": "-v"})
    assert found(told) == [("go_env_value_refused", name) for name in ("GOROOT", "GOPATH", "GOTOOLCHAIN")]
    assert all("repair: true" in finding["advice"] for finding in told["findings"])
    assert b"GOROOT=/usr/local/go" in home.read()
    repaired = home.run(repair=True)
    assert [change["name"] for change in repaired["changes"]] == ["GOROOT", "GOPATH", "GOTOOLCHAIN"]
    assert home.read() == b"GOFLAGS=-v\n"
    assert not home.run(repair=True)["changed"]


# --- results ---------------------------------------------------------------------------------------------------------


def test_a_result_has_what_is_documented(home: Home) -> None:
    fill(home.place, {FILE: b"GOROOT=/x\n"})
    result = home.run(diff=True, gopath=["~/go"], variables={"GOPROXY": "direct"})
    returns = yaml.safe_load(go_config.RETURN)
    assert result.keys() - {"changed", "diff"} == returns.keys()
    for name in ("changes", "findings"):
        assert result[name]
        assert all(item.keys() == returns[name]["contains"].keys() for item in result[name])
    json.dumps(result)
    name = pwd.getpwuid(os.geteuid()).pw_name
    assert (result["scope"], result["user"], result["changed"]) == ("go env file", name, True)
    assert result["before"] == {"GOROOT": "/x", "GOPATH": None, "GOBIN": None, "GOPROXY": None}
    assert result["after"] == {"GOROOT": "/x", "GOPATH": f"{home.place}/go", "GOBIN": None, "GOPROXY": "direct"}
    assert result["diff"]["after"].splitlines() == [f"GOPATH = {home.place}/go", "GOPROXY = direct"]


def test_check_mode_foretells_and_writes_nothing(home: Home) -> None:
    told = home.run(check_mode=True, diff=True, gopath=["~/go"])
    assert tree(home.place) == {}
    done = home.run(diff=True, gopath=["~/go"])
    assert (told.pop("journal"), bool(done.pop("journal"))) == (None, True)
    assert told == done
    again = home.run(diff=True, gopath=["~/go"])
    assert (again["changed"], again["changes"], again["journal"], again["refresh"]) == (False, [], None, [])


def test_each_layer_is_named(home: Home) -> None:
    home.shells(variables={"GOFLAGS": "-x", "GOSUMDB": "sum.golang.google.cn"})
    home.environ |= {"GOPROXY": "off", "GOSUMDB": "sum.golang.google.cn", "UNRELATED": "x"}
    result = home.run(
        variables={"GOFLAGS": "-v", "GOPROXY": "direct", "GOSUMDB": "off", "GONOSUMDB": "x"}, gopath=["/w"]
    )
    layers = {name: layer for name, layer in result["effective"].items() if name.startswith("GO")}
    assert (layers["GOFLAGS"]["scope"], layers["GOFLAGS"]["value"]) == ("shell", "-x")
    assert (layers["GOPROXY"]["scope"], layers["GOPROXY"]["value"]) == ("process", "off")
    assert layers["GOSUMDB"]["scope"] == "shell", "a session that has it from the shell says nothing new"
    assert layers["GONOSUMDB"]["scope"] == "go env file"
    assert layers["GOPATH"] == {
        "value": "/w",
        "scope": "go env file",
        "shadows": [{"scope": "built in", "value": f"{home.place}/go"}],
    }
    assert [layer["scope"] for layer in layers["GOFLAGS"]["shadows"]] == ["go env file"]
    assert sorted(found(result)) == [("environment_hides_file", name) for name in ("GOFLAGS", "GOPROXY", "GOSUMDB")]


def test_undone_by_its_id(home: Home) -> None:
    fill(home.place, {FILE: b"# mine\nGOFLAGS=-v\n"})
    first = home.run(gopath=["/w"], variables={"GOFLAGS": "-x"})
    assert home.run(state="restored", journal=first["journal"])["changed"]
    assert home.read() == b"# mine\nGOFLAGS=-v\n"


# --- asking go -------------------------------------------------------------------------------------------------------


def sdk_that_says(tmp_path: Path, script: str) -> str:
    return make_sdk(tmp_path / "sdk", script=script)


def test_a_go_on_the_persons_path_is_asked(home: Home, tmp_path: Path) -> None:
    answer = json.dumps({"GOPROXY": "direct", "GOPATH": "/other"})
    sdk = sdk_that_says(tmp_path, f"echo \"$@|$GOTOOLCHAIN|$HOME\" > '{tmp_path}/asked'\ncat <<'E'\n{answer}\nE")
    home.shells(path=[f"{sdk}/bin"])
    result = home.run(verify=True, gopath=["/w"], variables={"GOPROXY": "direct"})
    assert result["failed"]
    assert f"{sdk}/bin/go answers otherwise than was written: GOPATH is '/other' instead of '/w'" in result["msg"]
    asked, toolchain, of = (tmp_path / "asked").read_text().strip().split("|")
    assert asked.startswith("env -json")
    assert (toolchain, of) == ("local", str(home.place))


def test_a_go_that_fails_is_told_and_the_change_stands(home: Home, tmp_path: Path) -> None:
    sdk = sdk_that_says(tmp_path, f"echo 'go: no https://u:{SECRET}@h' >&2; exit 1")
    home.shells(path=[f"{sdk}/bin"])
    result = home.run(verify=True, gopath=["/w"])
    assert result["failed"]
    assert "go: no https://" in result["msg"]
    assert "journal" in result["msg"]
    assert SECRET not in json.dumps(result)
    assert result["changed"]
    assert home.read() == b"GOPATH=/w\n"


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"variables": {"GOPROXY": PROXY}},
        {"variables": {"GOPROXY": PROXY + ",off"}},
        {"variables": {"GOPROXY": None}},
        {
            "variables": {
                "GOPROXY": f"ftp://u:{SECRET}@h",
                "GOTOOLCHAIN": PROXY,
                "GOCACHE": PROXY,
                "GOSUMDB": PROXY,
                "GOFLAGS": PROXY,
            }
        },
        {"variables": {PROXY: "x"}},
        {"gopath": [f"https://u:{SECRET}@h"]},
        {"user": PROXY},
        {"repair": True},
        {"state": "absent"},
        {"state": "restored"},
        {"state": "restored", "journal": PROXY},
    ],
)
def test_no_secret_is_told(home: Home, given: dict[str, t.Any]) -> None:
    """Neither what is written, nor what stands there, in any layer, poisoned or not."""
    home.shells(variables={"GOPROXY": f"https://s:{SECRET}@shell"})
    fill(
        home.place,
        {
            FILE: f"GOROOT=https://u:{SECRET}@h\nGOSUMDB=https://u:{SECRET}@h\nGOPROXY={PROXY}\nGOFLAGS=https://u:{SECRET}@h\n".encode()
            * 2
        },
    )
    home.environ["GOPROXY"] = f"https://p:{SECRET}@process"
    for check_mode in (True, False):
        result = home.run(check_mode, diff=True, **given)
        assert SECRET not in json.dumps(result)
