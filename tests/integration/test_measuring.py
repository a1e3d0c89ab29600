# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modes cost real shells: one of each pair sees the mode's values and the other none, the home is not touched, and
what takes long is seen to take long.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from linuxhost import LinuxHost
from support import Playbooks
from test_posix_ladder import survey

from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.posix_scope import Directories
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import Command, LocalPrograms
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.stopwatch import MARK, LocalStopwatch
from ansible_collections.gopher.devbox.plugins.module_utils._media import measuring, probes
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_places import DROP_IN, Hook, RcLayout
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES
from ansible_collections.gopher.devbox.plugins.module_utils._run import project, rcfile

SHELLS = ("dash", "bash", "zsh", "fish")
PATH = "/usr/local/bin:/usr/bin:/bin"
#: the lines of a person, which every shell has beside ours; what they read is below the home
LINES = {
    ".profile": '. "$HOME/.cargo/env"\n[ -n "$BASH_VERSION" ] && . "$HOME/.bashrc"\n',
    ".cargo/env": "export CARGO=yes\n",
    ".bashrc": "case $- in *i*) ;; *) return ;; esac\nexport PERSON=yes\n",
    ".zshrc": "export PERSON=yes\n. ~/.cargo/env\n",
    ".config/fish/config.fish": "set -gx PERSON yes\nset -gx CARGO yes\n",
}


@pytest.fixture(scope="module", autouse=True)
def shells() -> None:
    missing = [name for name in SHELLS if not shutil.which(name)]
    assert not missing, f"These must be installed for the tests: {', '.join(missing)}"


def defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: option.get("default") for name, option in spec.items()}


class Home:
    """A home with a person's lines, user mode and a project."""

    def __init__(self, top: Path) -> None:
        self.top, self.path, self.project = top, top / "home", top / "project"
        self.sdk = top / "sdk"
        (self.sdk / "bin").mkdir(parents=True)
        (self.sdk / "VERSION").write_text("go1.27.3\n", encoding="utf-8")
        (self.sdk / "bin" / "go").write_text("#!/bin/sh\n", encoding="utf-8")
        (self.sdk / "bin" / "go").chmod(0o755)
        self.project.mkdir()
        for name, text in LINES.items():
            self.write(name, text)
        self.environ = {"HOME": str(self.path), "USER": "dev", "PATH": PATH}
        self.host = LocalHost(self.environ, False)

    def write(self, name: str, text: str) -> None:
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def user_mode(self) -> None:
        given = {"scope": "user", "goroot": str(self.sdk), "gopath": [f"{self.path}/go"], "verify": False}
        options = {**defaults(rcfile.ARGUMENT_SPEC), **given, "shells": ["sh", "bash", "zsh", "fish"]}
        assert rcfile.run(options, self.host, False, False)["changed"]

    def enterable(self) -> None:
        given = {"project": str(self.project), "goroot": str(self.sdk), "launchers": ["sh"], "gopath": [".gopath"]}
        options = {**defaults(project.ARGUMENT_SPEC), **given}
        assert project.run(options, self.host, False, False, PosixSdks(self.environ, False))["changed"]

    def what(self, shell: str, **changes: Any) -> measuring.Measured:
        account = replace(self.host.accounts.own(), shell=shutil.which(shell) or shell)
        machine, user = (
            RcStore(self.host, account).read(Wanted(START_FILES, scope)) for scope in (Scope.MACHINE, Scope.USER)
        )
        found = measuring.Measured(
            account,
            Directories.of(account, self.environ),
            self.host.files(account),
            self.host.programs,
            machine,
            user,
            PATH,
            str(self.project),
        )
        return replace(found, **changes)

    def all(self) -> dict[str, tuple[int, bytes]]:
        """Everything in it, with when it was changed."""
        files = [place for place in self.top.rglob("*") if place.is_file()]
        return {str(place): (place.stat().st_mtime_ns, place.read_bytes()) for place in files}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Whatever the test does, nothing is left where temporary files are made."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield Home(tmp_path / "top")
    assert list(temporary.iterdir()) == []


def environments(pair: tuple[Command, Command] | None) -> tuple[dict[str, str], dict[str, str]]:
    """What programs would be given where these commands end."""
    assert pair is not None
    shown = []
    for command in pair:
        line, mark = command.argv[-1], f"echo {MARK}"
        assert line.endswith(mark)
        ends = line[: -len(mark)].rstrip("\\").removesuffix("builtin ") + "exec /usr/bin/env -0"
        (done,) = LocalPrograms().run_all([command._replace(argv=(*command.argv[:-1], ends))])
        found = probes.environment_in(done)
        assert found is not None, done
        shown.append(found)
    return shown[0], shown[1]


@pytest.mark.parametrize("shell", SHELLS)
def test_user_mode_is_in_one_copy_of_the_home_and_not_in_the_other(home: Home, shell: str) -> None:
    home.user_mode()
    home.write(".zprofile", (home.path / ".zprofile").read_text() + f"export HERE={home.path}/x\n")
    before = home.all()
    one, other = environments(measuring.user(home.what(shell)))
    assert (one["GOROOT"], one["GOPATH"]) == (str(home.sdk), f"{home.path}/go")
    assert str(home.sdk / "bin") in one["PATH"].split(":")
    assert not {"GOROOT", "GOPATH"} & set(other)
    assert str(home.sdk) not in other["PATH"]
    # what the person's own lines say counts in both, also what they read, and the home is the copy
    for found in (one, other):
        assert found["CARGO"] == "yes"
        assert shell == "dash" or found["PERSON"] == "yes"
        assert not found["HOME"].startswith(str(home.path))
        assert shell != "zsh" or found["HERE"] == f"{found['HOME']}/x"
    assert home.all() == before


@pytest.mark.parametrize("shell", SHELLS)
def test_the_machines_lines_are_run_once_more_or_not(home: Home, shell: str) -> None:
    """As they would be in /etc: the test has them elsewhere."""
    source = home.top / "env.sh"
    settings = shellenv.Settings({"GOPROXY": "https://p.example"}, (str(home.sdk / "bin"), "$PATH"), system=True)
    source.write_text(shellenv.format_source(settings), encoding="utf-8")
    language = "sh" if shell == "dash" else shell
    place = Hook(str(home.top / "hook"), (language,), DROP_IN)
    what = home.what(shell)
    layout = RcLayout(START_FILES, what.machine.layout._ground, [place], [language])
    machine = replace(
        what.machine,
        hooks={place.path: shellenv.hook(language, str(source))},
        layout=layout,
    )
    one, other = environments(measuring.machine(replace(what, machine=machine)))
    assert (one["GOPROXY"], one["PATH"].split(":")[0]) == ("https://p.example", str(home.sdk / "bin"))
    assert "GOPROXY" not in other
    assert str(home.sdk) not in other["PATH"]
    assert measuring.machine(replace(what, machine=replace(machine, hooks={}))) is None


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh"])
def test_a_project_is_entered_or_not(home: Home, shell: str) -> None:
    home.enterable()
    before = home.all()
    one, other = environments(measuring.project(home.what(shell)))
    assert (one["GOROOT"], one["PWD"]) == (str(home.sdk), str(home.project))
    assert ("GOROOT" in other, other["PWD"]) == (False, str(home.project))
    assert home.all() == before


def test_only_a_launcher_as_this_accounts_runs_wrote_it_is_run(home: Home) -> None:
    assert measuring.project(home.what("bash")) is None
    home.enterable()
    assert measuring.project(home.what("fish")) is None  # which cannot read it
    assert measuring.project(home.what("bash", project="")) is None
    launcher = home.project / "go-env.sh"
    launcher.write_text(launcher.read_text() + f"touch {home.top}/run\n")
    assert measuring.project(home.what("bash")) is None
    shutil.rmtree(home.path / ".local")
    assert measuring.project(home.what("bash")) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_does_not_enter_a_project_that_others_can_write_to(home: Home) -> None:
    home.enterable()
    assert measuring.project(home.what("bash")) is not None
    home.project.chmod(0o777)
    assert measuring.project(home.what("bash")) is None


@pytest.mark.parametrize("shell", SHELLS)
def test_what_takes_long_is_seen(home: Home, shell: str) -> None:
    """A line by hand that waits: it is measured, and nothing of it is left, in the home neither."""
    lines = {
        ".profile": "export GOPATH=$(sleep 0.1)/go\n",
        ".zshrc": "export GOPATH=$(sleep 0.1)/go\n",
        ".config/fish/config.fish": "set -gx GOPATH (sleep 0.1)/go\n",
    }
    for name, text in lines.items():
        home.write(name, text)
    before = home.all()
    taken = measuring.measure(home.what(shell, project=""), LocalStopwatch(budget=3.0))
    assert set(taken) == {"user"}
    assert taken["user"] >= 50
    assert home.all() == before


def test_a_home_without_go_takes_no_longer_and_nothing_is_started(home: Home) -> None:
    class Never:
        def by_turns(self, one: Command, other: Command) -> list[tuple[float, float]]:
            raise AssertionError(one)

    assert measuring.measure(home.what("bash"), Never()) == {"user": 0.0}
    home.write(".profile", 'eval "$(goenv init -)"\n')  # what it would cost without that is not known
    assert measuring.measure(home.what("bash"), Never()) == {}
    assert measuring.measure(home.what("/no/such/bash"), Never()) == {}
    assert measuring.measure(home.what("nologin"), Never()) == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("exec sleep 60\n", "it hangs"),
        ("exit 0\n", "it ends before its last command"),
        ("exit 3\n", "it fails"),
    ],
)
def test_a_shell_that_does_not_come_to_its_end_is_not_measured(home: Home, line: str, reason: str) -> None:
    home.user_mode()
    home.write(".profile", f"{(home.path / '.profile').read_text()}{line}")
    stopwatch = LocalStopwatch(budget=2.0, patience=0.5)
    assert measuring.measure(home.what("bash", project=""), stopwatch) == {}, reason


def test_what_start_files_leave_running_is_ended(home: Home) -> None:
    """An agent in a session of its own, as ssh-agent is, and a job in the background."""
    home.user_mode()
    text = "(setsid sleep 4711 </dev/null >/dev/null 2>&1 &)\nsleep 4712 &\n"
    home.write(".bashrc", text + (home.path / ".bashrc").read_text())
    assert set(measuring.measure(home.what("bash", project=""), LocalStopwatch(budget=1.0))) == {"user"}
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in running.splitlines() if line in ("sleep 4711", "sleep 4712")]


def test_secrets_in_start_files_are_for_the_account_alone(home: Home) -> None:
    home.user_mode()
    home.write(".bashrc", (home.path / ".bashrc").read_text() + 'find "$HOME" -printf "%m %y\\n" >&2\n')
    pair = measuring.user(home.what("bash"))
    assert pair is not None
    (done,) = LocalPrograms().run_all([pair[0]])
    assert done is not None
    modes = {line for line in done.stderr.decode().splitlines() if line[-2:] in (" d", " f")}
    assert modes == {"700 d", "600 f"}


def test_a_home_that_cannot_be_copied_is_not_measured(home: Home) -> None:
    home.user_mode()
    away = home.what("bash", directories=Directories(str(home.top / "config"), str(home.top / "state")))
    assert measuring.user(away) is None
    home.write(".profile", "# >>> gopher.devbox >>>\n")
    assert measuring.user(home.what("bash")) is None
    home.write(".profile", "#" * 3_000_000)
    assert measuring.user(home.what("bash")) is None


@pytest.mark.parametrize(("login", "of"), [("dev-bash", "dev-bash"), ("root", "dev-zsh")])
def test_a_host_with_all_modes(linux: LinuxHost, tmp_path: Path, login: str, of: str) -> None:
    """By its own account, and by root for another one: with that account's rights, and nothing is changed or left."""
    home, whose = linux.home(of), {} if login == of else {"user": of}
    linux.run(["mkdir", f"{home}/shop"], account=of)
    options = {"project": f"{home}/shop", "goroot": "/opt/go1.27.3", "launchers": ["sh"], **whose}
    made = [
        {"gopher.devbox.go_env": {"mode": "machine", "path": ["/opt/go1.27.3/bin"]}, "become": True},
        {"gopher.devbox.go_env": {"mode": "user", "gopath": ["~/go"], **whose}},
        {"gopher.devbox.go_project": options},
    ]
    playbooks = Playbooks(tmp_path, linux.ansible_vars(login))
    results, done = playbooks.tasks(made)
    assert [result["changed"] for result in results] == [True] * 3, done.stdout
    linux.write(f"{home}/.zprofile", linux.read(f"{home}/.zprofile") + b"id -u > /tmp/who\n", owner=of)
    linux.write(f"{home}/.bash_profile", b". ~/.profile\n. ~/.bashrc\nid -u > /tmp/who\n", owner=of)
    before = survey(linux, "/etc", home, "/usr/local")
    (result,), done = playbooks.tasks(
        [{"gopher.devbox.go_env_info": {"project": f"{home}/shop", "measure": True, **whose}}]
    )
    assert not result.get("failed"), done.stdout
    assert set(result["audit"]["measured"]) == {"machine", "user", "project"}
    assert all(0 <= taken < 2000 for taken in result["audit"]["measured"].values())
    assert survey(linux, "/etc", home, "/usr/local") == before
    assert linux.read("/tmp/who").split() == linux.run(["id", "-u", of]).stdout.encode().split()
    assert "gopher-devbox" not in linux.run(["ls", "/tmp"]).stdout
