# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret leaves a run, whatever is in it: values, diffs, findings, errors, what programs said. A corpus of values
over every module.
"""

from __future__ import annotations

import json
import os
import stat
import typing as t
import urllib.parse
from pathlib import Path

import pytest
from unit.hosts import MACHINE_KEY, USER_KEY, FakeWindows
from unit.support import NEW, make_sdk

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._core.secrets import CHANGED, MASK
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed, last, said
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_posix import PosixPlaces
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import outside, over
from ansible_collections.gopher.devbox.plugins.module_utils._run import (
    config,
    project,
    rcfile,
    registry,
    sdk,
    sdk_info,
)
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import failure

PASSWORDS = ["Zq/sl4sh", "Zq bl4nk", "Zq%40c0d3d%21x", "Zq,c0mm4", "Zq'q\"t\\s0", "Zq密码0", "Zqpl4in"]
NUMBERS = [str(number) for number in range(len(PASSWORDS))]  # what is in the id of a test is in its directory
TOKEN = "Zq-s0me-t0ken"
LEAKS = ("sl4sh", "bl4nk", "c0d3d", "c0mm4", "t\\s0", "密码0", "pl4in", "t0ken")


def proxy(password: str) -> str:
    return f"https://dev:{password}@h1,https://{TOKEN}@h2|direct"


def texts(found: t.Any) -> t.Iterator[str]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from (*texts(key), *texts(value))
    elif isinstance(found, (list, tuple)):
        for item in found:
            yield from texts(item)
    elif isinstance(found, str):
        yield found


def silent(result: dict[str, t.Any]) -> dict[str, t.Any]:
    for text in texts(result):
        for form in (text, urllib.parse.unquote(text)):
            assert not [leak for leak in LEAKS if leak in form], text
    return result


def defaults(spec: dict[str, dict[str, t.Any]], **given: t.Any) -> dict[str, t.Any]:
    return {**{name: found.get("default") for name, found in spec.items()}, **given}


# --- the registry ----------------------------------------------------------------------------------------------------


def windows(password: str, **more: t.Any) -> FakeWindows:
    host = FakeWindows()
    host.core["ZZ_DEPLOY_TOKEN"] = "Zqpl4in-of-the-host"
    for key in (MACHINE_KEY, USER_KEY):
        host.set(
            key,
            GOPROXY=("REG_SZ", proxy("old" + password)),
            HTTPS_PROXY=("REG_SZ", proxy(password)),
            CI_TOKEN=("REG_SZ", "Zqpl4in-token"),
        )
    for name, value in more.items():
        setattr(host, name, value)
    return host


def on_windows(host: t.Any, check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
    return silent(
        over(registry.run)(
            defaults(registry.ARGUMENT_SPEC, **{"scope": "user", **given}), lambda: host, check_mode, True
        )
    )


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
@pytest.mark.parametrize("scope", ["machine", "user"])
def test_registry(password: str, scope: str) -> None:
    host, wanted = windows(password), {"scope": scope, "goroot": NEW, "variables": {"GOPROXY": proxy(password)}}
    for check_mode in (True, False):
        result = on_windows(host, check_mode, **wanted)
        if result.get("failed"):
            assert password not in ("Zqpl4in", "Zq%40c0d3d%21x")
            assert "GOPROXY holds" in result["msg"]  # go takes no such URL
            return
        assert result["after"]["GOPROXY"] == f"https://{CHANGED}@h1,https://{MASK}@h2|direct"
        assert result["before"]["GOPROXY"] == f"https://{MASK}@h1,https://{MASK}@h2|direct"
        assert CHANGED in result["diff"]["after"]
        assert CHANGED in next(change for change in result["changes"] if change["name"] == "GOPROXY")["after"]
        assert [finding["subject"] for finding in result["findings"] if finding["id"] == "secret_readable"] == (
            ["GOPROXY"] if scope == "machine" else []
        )
    assert not on_windows(host, **wanted)["changed"]
    for given in ({"state": "restored", "journal": proxy(password)}, {"state": "absent"}, {"state": "restored"}):
        on_windows(host, scope=scope, **given)


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
@pytest.mark.parametrize("fails", ["cut", "denied", "nocopy", "broken", "ignored"])
def test_registry_that_cannot_be_written(password: str, fails: str) -> None:
    assert on_windows(windows(password, fails=fails), variables={"GOPROXY": proxy(password)})["failed"]


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
@pytest.mark.parametrize(
    "options",
    [
        {"GO111MODULE": "{}"},
        {"GOFLAGS": "{}"},
        {"GOTOOLCHAIN": "{}", "GOCACHE": "{}", "CGO_ENABLED": "{}"},
        {"GOPROXY": "{} x"},
        {"{}": "1"},
        {"GOPROXY": ["{}"]},
        {"GOPROXY": "%{}%"},
    ],
)
def test_options_that_are_refused(password: str, options: dict[str, t.Any]) -> None:
    filled = {
        name.replace("{}", proxy(password)): [proxy(password)]
        if isinstance(text, list)
        else text.replace("{}", proxy(password))
        for name, text in options.items()
    }
    on_windows(windows(password), variables=filled)
    for where in ("goroot", "gobin", "user", "journal"):
        on_windows(windows(password), **{where: proxy(password)})


@pytest.mark.parametrize("go", ["go: unknown GO111MODULE=maybe", "", "{", '{"GOPROXY": "x'])
def test_go_that_does_not_answer(go: str) -> None:
    """What go said is quoted, and nothing of what `set` printed before."""
    result = on_windows(windows("Zqpl4in", go=go), scope="machine", goroot=NEW, variables={"GOPROXY": "off"})
    message = (
        result["msg"]
        if result.get("failed")
        else next(finding["message"] for finding in result["findings"] if finding["id"] == "go_value_differs")
    )
    assert "SystemRoot" not in message
    assert go in message


class Cut:
    """A host whose answer to verify ends in the middle: behind this text, in this many bytes of the standard error."""

    name, fresh_environment, holds_output = "cut", True, False

    def __init__(self, host: FakeWindows, last_part: str, stderr: bytes) -> None:
        self.host, self.last_part, self.stderr = host, last_part.encode(), stderr

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        done = self.host.run(script, stdin)
        if "env -json" not in script.command_line() and self.last_part not in (b"core", b""):
            return done
        return Completed(
            1,
            done.stdout.split(b"-" + self.last_part)[0] if self.last_part else done.stdout.replace(b"gd", b"xx"),
            self.stderr,
        )

    def fresh(self) -> None:
        self.host.fresh()

    def close(self) -> None:
        self.host.close()


@pytest.mark.parametrize("last_part", ["environment", "go", "core", ""])
@pytest.mark.parametrize("stderr", [b"", b"The system cannot find the path specified."])
def test_an_answer_that_was_cut(last_part: str, stderr: bytes) -> None:
    host = windows("Zqpl4in")
    result = on_windows(Cut(host, last_part, stderr), scope="machine", goroot=NEW, variables={"GOPROXY": "off"})
    told = json.dumps(result["msg"] if result.get("failed") else result["findings"])
    assert "SystemDrive" not in told
    assert "COMPUTERNAME" not in told
    assert (stderr.decode() or "said nothing") in told


def test_what_a_program_said() -> None:
    assert said(Completed(3, b"ZZ_TOKEN=x", b"")) == "It said nothing (exit code 3)."
    assert said(Completed(3, b"ZZ_TOKEN=x", b"no\r\n")) == "It said (exit code 3): no"
    assert said(Completed(3, b"ZZ_TOKEN=x", b"no"), own=b"its own\n") == "It said (exit code 3): its own"
    assert last("a b c", 5) == "a b c"
    assert last("https://u:secret@h b c", 9) == "b c"
    assert last("secret b c", 3) == "b c"
    assert last("x" * 9, 3) == ""


# --- a POSIX host ----------------------------------------------------------------------------------------------------


class Home:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.environ = {
            "HOME": str(place),
            "PATH": "/usr/bin:/bin",
            "GOPROXY": proxy("Zqpl4in"),
            "HTTPS_PROXY": proxy("Zqpl4in"),
            "CI_TOKEN": "Zqpl4in-token",
        }
        (place / "project").mkdir(parents=True)
        self.host = LocalHost(self.environ, darwin=False)

    def rcfile(self, check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
        params = defaults(
            rcfile.ARGUMENT_SPEC, **{"scope": "user", "verify": False, "shells": ["sh", "fish", "systemd"], **given}
        )
        return silent(rcfile.run(params, self.host, check_mode, True))

    def config(self, check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
        return silent(
            config.run(defaults(config.ARGUMENT_SPEC, **{"verify": False, **given}), self.host, check_mode, True)
        )

    def project(self, check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
        place = {
            "project": str(self.place / "project"),
            "launchers": ["sh", "cmd", "ps1", "envrc"],
            "editors": ["vscode"],
        }
        return silent(
            project.run(
                defaults(project.ARGUMENT_SPEC, **{**place, **given}),
                self.host,
                check_mode,
                True,
                PosixSdks(self.environ, False),
            )
        )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def exposed(result: dict[str, t.Any]) -> list[str]:
    return [finding["message"] for finding in result["findings"] if finding["id"] == "secret_readable"]


def diff_of(result: dict[str, t.Any]) -> str:
    sides = result["diff"] if isinstance(result["diff"], list) else [result["diff"]]
    return "".join(side["after"] for side in sides)


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
@pytest.mark.parametrize("module", ["rcfile", "config", "project"])
def test_posix(home: Home, module: str, password: str) -> None:
    run = getattr(home, module)
    old, new = {"GOPROXY": proxy("old" + password)}, {"GOPROXY": proxy(password)}
    for check_mode in (True, False):
        run(check_mode, variables=old)
    for check_mode in (True, False):
        result = run(check_mode, variables=new)
        if not result.get("failed"):
            assert f"https://{CHANGED}@h1" in diff_of(result)
            assert f"https://{MASK}@h2" in diff_of(result)
    run(variables={"GOPROXY": None} if module != "project" else {})
    for given in ({"journal": proxy(password)}, {}):
        run(state="restored", **given)
    run(state="absent")
    for where in ("goroot", "gobin", "user", "journal", "project"):
        if where in ("gobin", "user", "journal") or module == "project" or (module, where) == ("rcfile", "goroot"):
            run(**{where: proxy(password)})
    run(
        variables={
            "GOFLAGS": proxy(password),
            "GOCACHE": proxy(password),
            proxy(password): "x",
            "CC": [proxy(password)],
        }
    )


def test_former_values_with_a_secret_are_in_no_start_file(home: Home) -> None:
    first, second, third = proxy("Zqpl4in"), "https://plain.example.com", "off"
    for value in (first, second, third):
        home.rcfile(variables={"GOPROXY": value})
    source = (home.place / ".config" / "gopher-devbox" / "env.sh").read_text(encoding="utf-8")
    assert "pl4in" not in source
    assert second in source
    assert not home.rcfile(variables={"GOPROXY": third})["changed"]
    home.rcfile(variables={"GOPROXY": None, "GOGC": "50"})
    source = (home.place / ".config" / "gopher-devbox" / "env.sh").read_text(encoding="utf-8")
    assert "pl4in" not in source
    assert "_gopher_devbox former GOPROXY" in source
    for _number in range(3):
        home.rcfile(state="restored")
    assert first in (home.place / ".config" / "gopher-devbox" / "env.sh").read_text(encoding="utf-8"), (
        "undone from the ledger"
    )


def test_a_secret_that_others_can_read_in_a_start_file(home: Home) -> None:
    wanted = {"variables": {"GOPROXY": proxy("Zqpl4in"), "GOSUMDB": "off"}}
    assert exposed(home.rcfile(**wanted)) == [], "a file that is made is its owner's"
    source = home.place / ".config" / "gopher-devbox" / "env.sh"
    source.chmod(0o644)
    for given in (
        wanted,
        {**wanted, "goroot": None},
        {"variables": {"GOPROXY": proxy("Zq%40c0d3d%21x")}},
        {"variables": {"GOGC": "50"}},
    ):
        result = home.rcfile(**given)
        assert exposed(result) == [f"GOPROXY holds a secret, and others can read it in {source}."]
        assert stat.S_IMODE(source.stat().st_mode) == 0o644
    assert exposed(home.rcfile(variables={"GOPROXY": "off"})) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for the system scope")
def test_a_secret_that_others_can_read_in_the_system_scope(home: Home) -> None:
    (found,) = exposed(home.rcfile(True, scope="system", variables={"GOPROXY": proxy("Zqpl4in")}))
    assert found == (
        "GOPROXY holds a secret, and others can read it in /etc/gopher-devbox/env.sh, "
        "/etc/environment.d/60-gopher-devbox.conf."
    )


def test_a_secret_that_others_can_read_in_the_go_env_file(home: Home) -> None:
    assert exposed(home.config(variables={"GOPROXY": proxy("Zqpl4in")})) == []
    file = home.place / ".config" / "go" / "env"
    file.chmod(0o640)
    assert exposed(home.config(variables={"GOPROXY": proxy("Zqpl4in")})) == [
        f"GOPROXY holds a secret, and others can read it in {file}."
    ]
    assert exposed(home.config(variables={"GOGC": "50"} if False else {"GOSUMDB": "off"})) == [
        f"GOPROXY holds a secret, and others can read it in {file}."
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_secret_that_others_can_read_in_a_project(home: Home) -> None:
    files = [
        home.place / "project" / name
        for name in ("go-env.sh", "go-env.cmd", "go-env.ps1", ".envrc", ".vscode/settings.json")
    ]
    for check_mode in (True, False, False):
        (message,) = exposed(home.project(check_mode, variables={"GOPROXY": proxy("Zq%40c0d3d%21x"), "GOSUMDB": "off"}))
        assert message.startswith("GOPROXY holds a secret, and others can read it in ")
        assert {str(file) for file in files if file.name != ".envrc"} <= set(
            message.rstrip(".").partition(" in ")[2].split(", ")
        )
    for file in files:
        file.chmod(0o600)
    assert exposed(home.project(variables={"GOPROXY": proxy("Zq%40c0d3d%21x")})) == []
    assert exposed(home.project(variables={"GOPROXY": "off"})) == []


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
def test_sdk(home: Home, password: str, tmp_path: Path) -> None:
    url = f"https://dev:{password}@h/go1.27.3.tar.gz"

    def fetch(address: str, _target: str) -> None:
        raise ApplyError(f"{address!r} could not be fetched: no route to {address}.", "", "Nothing was changed.")

    place = {"dest": str(tmp_path / "sdk" / "go"), "url": url, "version": "1.27.3", "checksum": "none", "scope": "user"}
    for given in (
        {},
        {"checksum": url},
        {"version": url},
        {"dest": url},
        {"url": f"ftp://u:{password}@h"},
        {"src": url},
        {"dest": str(tmp_path)},
    ):
        for check_mode in (True, False):
            places = PosixPlaces(home.environ, fetch)
            silent(sdk.run(defaults(sdk.ARGUMENT_SPEC, **{**place, **given}), places, check_mode, True))
    silent(
        sdk.run(
            defaults(sdk.ARGUMENT_SPEC, **{**place, "url": None, "src": url, "remote_src": True}),
            PosixPlaces(home.environ, fetch),
            False,
            True,
        )
    )


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
def test_sdk_info(home: Home, password: str) -> None:
    (home.place / "project" / "go.mod").write_text(f"module m\ntoolchain {proxy(password)!r}\n", encoding="utf-8")
    make_sdk(home.place / "sdk" / "go", "go1.27.3")
    for given in (
        {"project": str(home.place / "project")},
        {"project": proxy(password)},
        {"search": [proxy(password)]},
        {"user": proxy(password)},
    ):
        store = PosixSdks(home.environ, False, str(home.place))
        silent(sdk_info.run(defaults(sdk_info.ARGUMENT_SPEC, **given), store, home.environ))


# --- the way out -----------------------------------------------------------------------------------------------------


def test_a_failure_knows_what_was_read() -> None:
    error = DevboxError(f"It holds {proxy('Zq bl4nk')}", "Zq bl4nk", "Nothing.")
    error.known = (proxy("Zq bl4nk"),)
    silent(failure(error))
    assert (
        "bl4nk"
        not in silent(failure(DevboxError("It holds Zq bl4nk."), {"variables": {"GOPROXY": proxy("Zq bl4nk")}}))["msg"]
    )


class Ended(Exception):
    pass


class FakeModule:
    """What Masked needs of AnsibleModule."""

    def __init__(self) -> None:
        self.told: list[dict[str, t.Any]] = []
        self.logged: list[tuple[str, t.Any]] = []

    def exit_json(self, **result: t.Any) -> None:
        self.told.append(result)

    fail_json = exit_json

    def log(self, msg: str, log_args: t.Any = None) -> None:
        self.logged.append((msg, log_args))


class Module(Masked, FakeModule):
    pass


def unforeseen(text: str) -> dict[str, t.Any]:
    raise KeyError(text)


@pytest.mark.parametrize("password", PASSWORDS, ids=NUMBERS)
def test_a_module_shows_and_logs_no_secret_of_its_options(password: str) -> None:
    module = Module()
    module.params = {
        "url": f"https://u:{password}@h/go",
        "variables": {"GOPROXY": proxy(password)},
        "list": [proxy(password)],
    }
    module.carry_out(lambda: {"changed": False, "msg": proxy(password)})
    module.carry_out(lambda: {"failed": True, "msg": f"got {password!r}"})
    module.carry_out(unforeseen, proxy(password))
    module.log(f"Invoked with url=https://u:{password}@h/go", log_args={"url": f"https://u:{password}@h/go"})
    module.log(b"Invoked")
    for found in module.told:
        assert set(silent(found)["invocation"]["module_args"]) == {"url", "variables", "list"}
    assert module.told[2]["msg"].startswith("This is a defect of the collection: please report it. KeyError: ")
    assert "in unforeseen" in module.told[2]["exception"]
    assert module.told[0]["invocation"]["module_args"]["url"] == f"https://{MASK}@h/go"
    assert module.logged == [
        (f"Invoked with url=https://{MASK}@h/go", {"url": f"https://{MASK}@h/go"}),
        ("Invoked", None),
    ]


def test_what_a_run_works_with_is_not_masked(home: Home) -> None:
    """A password that is also the name of a directory: the SDK there is found, and what is written names it."""
    root = home.place / "Zq-sdks" / "go1.27.3"
    make_sdk(root, "go1.27.3")
    (home.place / "project" / "go.mod").write_text("module m\ngo 1.27.3\n", encoding="utf-8")
    result = project.run(
        defaults(
            project.ARGUMENT_SPEC,
            project=str(home.place / "project"),
            launchers=["sh"],
            resolve="apply",
            sdk_roots=[str(root.parent)],
            variables={"GOPROXY": "https://u:Zq-sdks@h"},
        ),
        home.host,
        False,
        True,
        PosixSdks(home.environ, False),
    )
    assert not result.get("failed"), result["msg"]
    assert "Zq-sdks" not in json.dumps(result)
    assert str(root) in (home.place / "project" / "go-env.sh").read_text(encoding="utf-8")


def test_which_files_of_a_project_others_can_read_on_windows() -> None:
    home, paths = (
        r"C:\Users\alice",
        [r"c:\users\Alice\src\p\go-env.cmd", r"C:\Users\alice2\p\go-env.cmd", r"D:\p\.vscode\settings.json"],
    )
    assert outside(paths, home) == set(paths[1:])
    assert outside(paths, "") == set(paths)
