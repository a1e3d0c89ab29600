"""go_env with distros: what each takes from the host, and what is refused before anything is asked."""

from __future__ import annotations

import re
import typing as t

import pytest
from unit.hosts import FakeWindows

from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
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


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("https://u:p%40ss%21@host", True),
        ("https://u:%C3%A9%C3%A8@host,direct", True),
        ("%41 or 50% of 100%", True),
        ("%HOST%", False),
        ("https://%HOST%/x", False),
        ("https://%DEV%:p%40ss@host", False),
        ("-ldflags=-X=main.at=%ProgramFiles(x86)%", False),
    ],
)
def test_only_what_windows_expands_stays_there(text: str, is_taken: bool) -> None:
    variables = {"GOPRIVATE": text}
    [task] = tasks(mode="user", variables=variables, config=variables, wsl=[{}])
    assert task["variables"] == (variables if is_taken else {})
    assert task["config"] == variables, "in a file nothing is expanded"


@pytest.mark.parametrize("off", ["off", False])
def test_a_word_is_no_directory(off: str | bool) -> None:
    [task] = tasks(mode="user", variables={"GOENV": off}, wsl=[{}])
    assert task["variables"] == {"GOENV": off}
    [task] = tasks(mode="user", variables={"GOENV": r"C:\go.env"}, wsl=[{}])
    assert task["variables"] == {}


def test_new_users_of_a_host_are_new_users_of_its_distros() -> None:
    [task] = tasks(mode="default_user", variables={"GOPROXY": "off"}, wsl=[{"goroot": "/usr/local/go"}])
    assert (task["scope"], task["user"], task["config"]) == ("default_user", None, None)
    [own] = tasks(**HOST, wsl=[{"mode": "default_user"}])
    assert own["scope"] == "default_user"


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


# --- entries beside each other ---------------------------------------------------------------------------------------

MINE, THEIRS = {"gopath": ["~/go"]}, {"gopath": ["~/work"]}
TWICE = "wsl[0] and wsl[1] are both about "


@pytest.mark.parametrize(
    ("entries", "texts"),
    [
        ([MINE, {**THEIRS, "distros": ["Debian"]}], [f"{TWICE}the user scope of Debian,"]),
        ([{**MINE, "distros": ["all"]}, {**THEIRS, "distros": ["U*", "A"]}], [f"{TWICE}the user scope of U*, A,"]),
        ([MINE, {"variables": {"GOFLAGS": "-v"}}], [f"{TWICE}the user scope of all distros,"]),
        ([{"distros": ["A", "debian"]}, {"distros": ["Debian"]}], ["debian,"]),
        ([{"distros": ["U*"]}, {"distros": ["A"]}, {"distros": ["u*"]}], ["wsl[0] and wsl[2] are", "of U*,"]),
        ([{"mode": "machine"}, {"mode": "machine"}], ["the machine scope of all distros"]),
        ([{"user": "dev"}, {}], ["name the account in both"]),
        (
            [{"mode": "machine", "append_windows_path": True}, {"append_windows_path": False}],
            ["append_windows_path of"],
        ),
        (
            [{"distros": ["A"], "share": ["X"]}, {"distros": ["B"], "share": ["Y"]}],
            ["share is given in wsl[0] and wsl[1]"],
        ),
        ([{"distros": ["A"], "share": []}, {"distros": ["B"], "share": []}], ["one list"]),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent", "restored"])
def test_entries_for_the_same_are_refused_before_anything_is_asked(
    entries: list[dict[str, t.Any]], texts: list[str], state: str
) -> None:
    result = run(mode="user", wsl=entries, state=state)
    assert result["failed"]
    for text in texts:
        assert text in result["msg"]


@pytest.mark.parametrize(
    "entries",
    [
        [{"mode": "machine"}, {"mode": "user"}, {"mode": "default_user"}],
        [{"distros": ["A"]}, {"distros": ["B"]}],
        [{"user": "dev"}, {"user": "root"}],
        [{"mode": "machine", "share": ["X"], "share_scope": "machine"}, {"mode": "user", "share": ["Y"]}],
        [{"mode": "machine", "append_windows_path": True}, {"mode": "user"}],
    ],
)
def test_entries_for_something_else_are_beside_each_other(entries: list[dict[str, t.Any]]) -> None:
    assert len(tasks(mode="user", wsl=entries)) == len(entries)


class WithDistros(FakeWindows):
    """A host whose distros do not run. names: of the distros."""

    names: tuple[str, ...] = ("Debian", "Ubuntu-22.04", "Ubuntu-24.04")

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        text = script.command_line()
        found = re.search(r"echo (gd[0-9a-f]{12})[+]there", text)
        if found is None:
            return super().run(script, stdin)
        self.scripts.append(text)
        key = r"HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss"
        lines = "".join(f"{key}\\{{{name}}}\r\n    DistributionName    REG_SZ    {name}\r\n" for name in self.names)
        parts = {"account": f'"host\\alice","{self.sid}"\r\n', "there": "program\r\n", "lxss": lines, "running": ""}
        framed = "".join(f"{found[1]}+{name}\r\n{body}{found[1]}-{name}\r\n" for name, body in parts.items())
        return Completed(0, framed.encode(), b"")


def over_distros(host: FakeWindows, check: bool = True, **options: t.Any) -> dict[str, t.Any]:
    run_it = over(lambda *given: env_wsl.run(registry.ENVIRONMENT, *given))
    return run_it({**DEFAULTS, "mode": "user", "verify": False, **options}, lambda: host, check, False)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        ([["U*"], ["Debian"], ["*-24.04"]], "wsl[0] and wsl[2] are both about the user scope of Ubuntu-24.04,"),
        ([["ubuntu*"], ["?buntu-*"]], f"{TWICE}the user scope of Ubuntu-22.04, Ubuntu-24.04,"),
        ([["*"], ["debian"]], f"{TWICE}the user scope of Debian,"),
    ],
)
def test_patterns_that_meet_are_refused_before_anything_is_changed(
    check: bool, patterns: list[list[str]], text: str
) -> None:
    host = WithDistros()
    result = over_distros(
        host, check, variables={"GOPROXY": "off"}, wsl=[{"distros": names, "gopath": ["~/go"]} for names in patterns]
    )
    assert (result["failed"], result["changed"]) == (True, False)
    assert text in result["msg"]
    assert not any(host.sent), "something was written"


def test_patterns_that_do_not_meet_are_managed() -> None:
    entries = [{"distros": ["U*"]}, {"distros": ["D*"]}, {"distros": ["*"], "mode": "machine"}]
    result = over_distros(WithDistros(), wsl=entries)
    assert not result.get("failed"), result["msg"]
    names = [distro["name"] for distro in result["distros"]]
    assert names == ["Ubuntu-22.04", "Ubuntu-24.04", "Debian", "Debian", "Ubuntu-22.04", "Ubuntu-24.04"]


def test_distros_are_listed_once_for_each_entry_where_names_are_enough() -> None:
    host = WithDistros()
    over_distros(host, wsl=[{"distros": ["Debian"]}, {"distros": ["Ubuntu-22.04"]}])
    assert len([text for text in host.scripts if "Lxss" in text]) == 2


def test_a_host_without_distros_says_so_of_each_entry() -> None:
    host = WithDistros()
    host.names = ()
    result = over_distros(host, variables={"GOPROXY": "off"}, wsl=[{"distros": ["U*"]}, {"distros": ["D*"]}])
    assert (result["failed"], result["changed"]) == (True, True), "the host is managed all the same"
    assert "distro_missing" in {finding["id"] for finding in result["findings"]}


def test_what_distros_do_not_get_is_told_by_name() -> None:
    variables = {"GOPROXY": "https://u:hunter2@%HOST%", "GOCACHE": r"C:\cache", "CC": r"C:\gcc.exe", "GOFLAGS": "-v"}
    entries = [{"distros": ["Debian"]}, {"distros": ["Ubuntu-22.04"], "variables": {"GOPROXY": "off", "CC": None}}]
    result = over_distros(WithDistros(), variables=variables, wsl=entries)
    [told] = result["warnings"]
    assert told.startswith("wsl[0]: its distros do not get variables.GOPROXY, variables.CC of the host")
    in_file = {**DEFAULTS, "mode": "user", "config": {"CC": r"C:\gcc.exe", "CXX": "%X%"}, "wsl": [{}]}
    assert [" config.CC of " in text for text in env_wsl._left_out(in_file)] == [True]
    assert "hunter2" not in str(result)
    assert "warnings" not in over_distros(WithDistros(), variables={"GOPROXY": "off"}, wsl=[{}])


# --- options ---------------------------------------------------------------------------------------------------------


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
