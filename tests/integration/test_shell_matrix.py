# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real shells see of what go_rcfile wrote, in every way a shell is started, and again after everything that
disturbs PATH.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tracing
from linuxhost import LinuxHost, reason_it_cannot
from posixhost import SHELLS, WAYS, account, environment, path, started
from support import Playbooks

pytestmark = pytest.mark.skipif(
    reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}"
)

OLD, NEW = "/opt/go1.21.13", "/opt/go1.27.3"
ODD = "a b, $HOME `id` $(id) ! * ~ \"q\" 'p' \\ \\n % # ; & | 工作区"
VARIABLES = {"GOPRIVATE": ODD, "GOPROXY": "https://goproxy.cn,direct"}

#: where no start file is read that could be written: these shells read none when they are started like this
BLIND = {("sh", "interactive"), ("sh", "-c"), ("sh", "ssh"), ("bash", "-c")}


@pytest.fixture(scope="module")
def shared() -> Iterator[LinuxHost]:
    with LinuxHost.start(go={"1.21.13": OLD, "1.27.3": NEW}) as host:
        yield host


@pytest.fixture
def host(shared: LinuxHost) -> LinuxHost:
    shared.reset()
    return shared


class Boxes:
    """go_rcfile on the host, as root or as an account, by real ansible-playbook."""

    def __init__(self, host: LinuxHost, directory: Path) -> None:
        self.host, self.directory = host, directory

    def rcfile(self, login: str = "root", **options: Any) -> dict[str, Any]:
        return self.rcfiles(options, login=login)[0]

    def rcfiles(self, *runs: dict[str, Any], login: str = "root") -> list[dict[str, Any]]:
        """Several in one playbook."""
        place = self.directory / login
        place.mkdir(exist_ok=True)
        found, done = Playbooks(place, self.host.ansible_vars(login)).tasks(
            [{"gopher.devbox.go_rcfile": options} for options in runs]
        )
        assert not [result for result in found if result.get("failed")], done.stdout + done.stderr
        return found


@pytest.fixture
def boxes(host: LinuxHost, tmp_path: Path) -> Boxes:
    return Boxes(host, tmp_path)


def test_the_matrix_of_the_system_scope(host: LinuxHost, boxes: Boxes, root: Path) -> None:
    result = boxes.rcfile(scope="system", goroot=NEW, gopath=["/srv/go path"], variables=VARIABLES)
    assert result["findings"] == []
    seen = _matrix(host)
    expected = {"GOROOT": NEW, "GOPATH": "/srv/go path", **VARIABLES}
    for cell, found in seen.items():
        if cell in BLIND:
            assert not found.keys() & expected.keys(), cell
        else:
            assert {name: found.get(name) for name in expected} == expected, cell
            assert path(found)[:2] == [f"{NEW}/bin", "/srv/go path/bin"], cell
            assert len(set(path(found))) == len(path(found)), cell
    assert _table(root) == {cell: cell not in BLIND for cell in seen}, "docs/posix.md says otherwise"


def test_the_matrix_of_the_user_scope(host: LinuxHost, boxes: Boxes) -> None:
    theirs = {"scope": "user", "gopath": ["$HOME/go", "~/more"], "variables": VARIABLES, "create_directories": True}
    boxes.rcfiles(*(theirs | {"user": account(shell)} for shell in SHELLS))
    for (shell, way), found in _matrix(host).items():
        home = host.home(account(shell))
        expected = {"GOPATH": f"{home}/go:{home}/more", **VARIABLES}
        if (shell, way) in BLIND:
            assert not found.keys() & expected.keys(), (shell, way)
        else:
            assert {name: found.get(name) for name in expected} == expected, (shell, way)
            assert path(found).count(f"{home}/go/bin") == 1, (shell, way)
        assert host.exists(f"{home}/go/src")


def _matrix(host: LinuxHost) -> dict[tuple[str, str], dict[str, str]]:
    return {(shell, way): environment(ask(host, shell)) for shell in SHELLS for way, ask in WAYS.items()}


def _table(root: Path) -> dict[tuple[str, str], bool]:
    """The table of docs/posix.md: yes or no for each cell."""
    text = (root / "docs" / "posix.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| *`?(sh|bash|zsh|fish)`? *\|", line)
    ]
    ways = list(WAYS)
    return {
        (row[0], way): row[1 + number].startswith("yes")
        for row in rows
        if len(row) == len(ways) + 1
        for number, way in enumerate(ways)
    }


def test_nested_repeated_and_moved_on(host: LinuxHost, boxes: Boxes) -> None:
    """A shell in a shell, one that takes the other's place, start files read twice, and one started where an older
    GOROOT still stands.
    """
    theirs = [{"scope": "user", "user": account(shell), "shells": [shell]} for shell in SHELLS]
    boxes.rcfiles(
        {"scope": "system", "goroot": OLD, "shells": SHELLS}, *(options | {"gopath": ["~/go"]} for options in theirs)
    )
    first = {}
    for shell in SHELLS:
        home = host.home(account(shell))
        first[shell] = here = environment(started(host, shell, ["-l", "-c", "env -0"]))
        assert path(here)[:2] == [f"{home}/go/bin", f"{OLD}/bin"], shell
        assert len([entry for entry in path(here) if "/go" in entry]) == 2, shell
        for words in (
            ["-l", "-c", f"{shell} -l -c 'env -0'"],
            ["-l", "-c", f"exec {shell} -l -c 'env -0'"],
            ["-i", "-c", f"{shell} -i -c 'env -0'"],
        ):
            found = environment(started(host, shell, words, env=here))
            assert (found["PATH"], found["GOROOT"], found["GOPATH"]) == (here["PATH"], OLD, f"{home}/go"), (
                shell,
                words,
            )
        again = environment(started(host, shell, ["-l", "-c", "env -0"], env=here))
        assert again["PATH"] == here["PATH"], shell

    boxes.rcfile(scope="system", goroot=NEW, shells=SHELLS)
    for shell in SHELLS:
        moved = environment(started(host, shell, ["-l", "-c", "env -0"], env=first[shell]))
        assert moved["GOROOT"] == NEW, shell
        assert path(moved) == [f"{NEW}/bin" if entry == f"{OLD}/bin" else entry for entry in path(first[shell])], shell

    boxes.rcfiles(
        {"scope": "system", "state": "absent"},
        *({"scope": "user", "user": account(shell), "state": "absent"} for shell in SHELLS),
    )
    for shell in SHELLS:
        gone = environment(started(host, shell, ["-l", "-c", "env -0"]))
        assert not {"GOROOT", "GOPATH"} & gone.keys(), shell
        assert not [entry for entry in path(gone) if "/go" in entry], shell


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
def test_what_resets_path_in_between_undoes_nothing(host: LinuxHost, boxes: Boxes, shell: str) -> None:
    """Arch's zprofile sets PATH anew; macOS's path_helper moves what is not the system's to the end."""
    file = "/etc/zsh/zprofile" if shell == "zsh" else "/etc/profile"
    helper = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin" + ("" if shell == "zsh" else ':"$PATH"')
    before = host.read(file) or b""
    host.write(file, helper.encode() + b"\n" + before)
    boxes.rcfile(scope="system", goroot=NEW, shells=[shell])
    found = environment(started(host, shell, ["-l", "-c", "env -0"]))
    assert path(found)[0] == f"{NEW}/bin"
    again = environment(started(host, shell, ["-l", "-c", "env -0"], env=found))
    assert (path(again)[0], path(again).count(f"{NEW}/bin")) == (f"{NEW}/bin", 1)


def test_what_a_person_sets_wins_over_the_system_and_gives_way_to_nothing(host: LinuxHost, boxes: Boxes) -> None:
    mine = {
        "sh": (".profile", "export GOPROXY=https://mine\n"),
        "bash": (".bashrc", "export GOPROXY=https://mine\n"),
        "zsh": (".zshrc", "export GOPROXY=https://mine\n"),
        "fish": (".config/fish/config.fish", "set -gx GOPROXY https://mine\n"),
    }
    for shell, (name, line) in mine.items():
        place = f"{host.home(account(shell))}/{name}"
        host.write(place, line.encode() + (host.read(place) or b""), owner=account(shell))
    boxes.rcfile(scope="system", variables={"GOPROXY": "https://everybody"})
    for shell in SHELLS:
        flag = "-l" if shell == "sh" else "-i"
        found = environment(started(host, shell, [flag, "-c", "env -0"]))
        assert found["GOPROXY"] == "https://mine", shell
        assert environment(started(host, shell, ["-l", "-c", "env -0"], env=found))["GOPROXY"] == "https://mine", shell


def test_no_process_is_started_and_only_our_files_are_opened(host: LinuxHost, boxes: Boxes) -> None:
    """Counted by strace, before and after."""
    before = {shell: _traced(host, shell) for shell in SHELLS}
    theirs = ({"scope": "user", "user": account(shell), "gopath": ["~/go"]} for shell in SHELLS)
    boxes.rcfiles({"scope": "system", "goroot": NEW, "variables": VARIABLES}, *theirs)
    for shell in SHELLS:
        after = _traced(host, shell)
        assert after.processes == before[shell].processes, shell
        assert after.programs == before[shell].programs, shell
        new = sorted(set(after.opened) - set(before[shell].opened))
        assert all("gopher-devbox" in name or name in _PLACES for name in new), (shell, new)
        assert len(new) <= 5, (shell, new)  # a hook and a source of each scope, and the folder of the hook


_PLACES = {
    f"/home/dev-{shell}/{name}"
    for shell in SHELLS
    for name in (".profile", ".zshenv", ".zprofile", ".bashrc", ".bash_profile")
} | {
    "/etc/zsh/zshenv",
    "/etc/zsh/zprofile",
    "/home/dev-fish/.config/fish/conf.d/",
}


def _traced(host: LinuxHost, shell: str) -> tracing.Traced:
    """A login shell that does nothing."""
    home, place = host.home(account(shell)), f"/tmp/trace-{shell}"
    words = [*tracing.STRACE, "-o", place, "env", "-i", f"HOME={home}"]
    done = host.run([*words, "PATH=/usr/bin:/bin", "TERM=dumb", shell, "-l", "-c", ":"], account=account(shell))
    assert done.returncode == 0, done.stderr
    return tracing.read((host.read(place) or b"").decode("utf-8", "replace"))


def test_links_lead_to_go_where_no_start_file_is_read(host: LinuxHost, boxes: Boxes) -> None:
    boxes.rcfile(scope="system", goroot=OLD, link_go=True)
    assert "go1.21.13" in started(host, "bash", ["-c", "go version"]).decode()
    boxes.rcfile(scope="system", goroot=NEW, link_go=True)
    for shell, way in BLIND:
        if way != "ssh":
            flag = "-i" if way == "interactive" else ""
            assert "go1.27.3" in started(host, shell, [*([flag] if flag else []), "-c", "go version"]).decode()
    assert "go1.27.3" in host.ssh("dev-sh", "go version").stdout
    boxes.rcfile(scope="system", state="absent")
    assert not host.exists("/usr/local/bin/go")


def test_go_itself_agrees(host: LinuxHost, boxes: Boxes) -> None:
    result = boxes.rcfile(
        "dev-zsh", scope="user", goroot=NEW, gopath=["~/工作 区"], variables={"GOPROXY": "https://u:secret@p,direct"}
    )
    assert result["findings"] == []
    assert "secret" not in str(result)
    found = started(host, "zsh", ["-l", "-c", "go env GOROOT GOPATH GOPROXY"]).decode().splitlines()
    assert found == [NEW, f"{host.home('dev-zsh')}/工作 区", "https://u:secret@p,direct"]


def test_roots_umask_hides_nothing_and_what_is_hidden_is_found(host: LinuxHost, tmp_path: Path) -> None:
    """By sudo with an umask that keeps everybody out; then somebody closes the directory of the values."""
    host.write("/etc/sudoers.d/zz-umask", b"Defaults umask=0077\nDefaults umask_override\n", mode=0o440)
    host.run(["rm", "-rf", "/etc/fish/conf.d", "/etc/environment.d"])
    playbooks = Playbooks(tmp_path, host.ansible_vars(account("bash")))
    wish = {"scope": "system", "shells": [*SHELLS, "systemd"], "gopath": ["/srv/go"], "create_directories": True}
    tasks: list[dict[str, Any]] = [
        {"gopher.devbox.go_rcfile": wish | {"variables": {"GOFLAGS": "-v"}}, "become": True},
        {"ansible.builtin.command": "chmod 700 /etc/gopher-devbox", "become": True},
        {"gopher.devbox.go_rcfile": wish | {"variables": {"GOFLAGS": "-x"}}, "become": True},
    ]
    (first, _closed, second), done = playbooks.tasks(tasks)
    assert not first.get("failed"), done.stdout
    assert [item["id"] for item in first["findings"] if item["severity"] != "info"] == []
    for made in ("/etc/fish/conf.d", "/etc/environment.d", "/srv/go/bin"):
        assert host.run(["stat", "-c", "%a", made]).stdout.strip() == "755", made
    told = [item["message"] for item in second["findings"] if item["id"] == "shell_value_differs"]
    assert len(told) == len(SHELLS), second["findings"]
    assert all("of nobody sees it otherwise" in message and "GOFLAGS is ''" in message for message in told)
    host.run(["chmod", "755", "/etc/gopher-devbox"])
    assert {environment(started(host, shell, ["-l", "-c", "env -0"]))["GOFLAGS"] for shell in SHELLS} == {"-x"}


def test_another_sdk_in_a_start_file_breaks_no_build(host: LinuxHost, boxes: Boxes) -> None:
    """GOROOT and PATH of another SDK in the file that people write into, both scopes on top of that: go has its own
    compiler in every shell.
    """
    lines = f"export GOROOT={OLD}\nexport PATH=$GOROOT/bin:$PATH\n"
    mine = {"sh": ".profile", "bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
    for shell, name in mine.items():
        text = f"set -gx GOROOT {OLD}\nfish_add_path --path --prepend {OLD}/bin\n" if shell == "fish" else lines
        host.write(f"{host.home(account(shell))}/{name}", text.encode(), owner=account(shell))
    theirs = [{"scope": "user", "user": account(shell), "goroot": NEW, "gopath": ["~/go"]} for shell in SHELLS]
    runs = boxes.rcfiles({"scope": "system", "goroot": NEW}, *theirs, *theirs)
    for shell, first, again in zip(SHELLS, runs[1:5], runs[5:], strict=True):
        assert not again["changed"], shell
        for result in (first, again):
            told = [finding for finding in result["findings"] if finding["id"] == "start_file_conflict"]
            assert [f"{mine[shell]}, line " in finding["message"] for finding in told] == [True], (
                shell,
                result["findings"],
            )
    # What "compile: version … does not match go tool version …" compares, without a build.
    both = "go env GOVERSION; go tool compile -V"
    for shell in SHELLS:
        env = {**environment(started(host, shell, ["-l", "-c", "env -0"])), "GOTOOLCHAIN": "local"}
        for words in (
            ["-l", "-c", both],
            ["-l", "-c", f"exec {shell} -l -c '{both}'"],
            *([["-i", "-c", both]] if shell != "sh" else []),
        ):
            for given in ({**env, "PATH": "/usr/bin:/bin"}, env):
                version, _compile, _version, compiles = started(host, shell, words, env=given).decode().split()[-4:]
                assert version == compiles, (shell, words)
                assert version in ("go1.21.13", "go1.27.3")
