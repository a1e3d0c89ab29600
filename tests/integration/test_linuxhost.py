# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' Linux host: that its logins are real ones, that nothing of this machine changes, and that it goes back and
goes away whole.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from linuxhost import ACCOUNTS, Account, LinuxHost, needs, reason_it_cannot
from linuxhost.__main__ import main
from support import Playbooks
from winhost import sdk

pytestmark = pytest.mark.skipif(
    reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}"
)

OLD_GO, NEW_GO = "1.21.13", "1.27.3"
OLD_ROOT, NEW_ROOT = "/opt/go1.21.13", "/usr/local/go"
GUEST = Account("guest", "bash", sudo=False)

SURVEY = r"""
import hashlib, json, os, stat, sys
found = {}
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in ("api", "doc", "lib", "misc", "pkg", "src", "test")]  # the bulk of an SDK
        for name in [".", *folders, *files]:
            place = os.path.normpath(os.path.join(folder, name))
            known = os.lstat(place)
            held = os.readlink(place) if stat.S_ISLNK(known.st_mode) else None
            if stat.S_ISREG(known.st_mode):
                with open(place, "rb") as stream:
                    held = hashlib.sha256(stream.read()).hexdigest()
            marks = {mark: os.getxattr(place, mark, follow_symlinks=False).hex() for mark in os.listxattr(place, follow_symlinks=False)}
            found[place] = [known.st_mode, known.st_uid, known.st_gid, known.st_mtime_ns, held, marks]
json.dump(found, sys.stdout)
"""  # noqa: E501
SURVEYED = ("/etc", "/home", "/root", "/usr/local", "/opt", "/tmp", "/var/lib/dpkg/triggers")


@pytest.fixture(scope="module")
def shared() -> Iterator[LinuxHost]:
    with LinuxHost.start((*ACCOUNTS, GUEST), go={OLD_GO: OLD_ROOT, NEW_GO: NEW_ROOT}) as host:
        yield host


@pytest.fixture
def host(shared: LinuxHost) -> LinuxHost:
    shared.reset()
    return shared


def out(host: LinuxHost, *argv: str, account: str | None = None) -> str:
    done = host.run(argv, account)
    assert done.returncode == 0, done
    return done.stdout


def python(host: LinuxHost, code: str, *arguments: str) -> str:
    return out(host, "python3", "-c", code, *arguments)


def survey(host: LinuxHost) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(python(host, SURVEY, *SURVEYED))
    return found


def commands(host: LinuxHost) -> list[str]:
    """What runs on the host."""
    return out(host, "ps", "-ww", "-A", "-o", "args=").splitlines()


def of_host(directory: Path) -> list[str]:
    """The programs of this machine that see a mount of that host: all that runs on it, its keeper, or whoever a mount
    leaked to.
    """
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"{directory}/" in (place / "mountinfo").read_text(encoding="utf-8"):
                found.append((place / "comm").read_text(encoding="utf-8").strip())
        except OSError:
            continue
    return found


class Session:
    """Somebody who is signed in by ssh, and waits."""

    def __init__(self, host: LinuxHost, account: str) -> None:
        self._ended: list[subprocess.CompletedProcess[str]] = []
        # It says that it is there by a fifo; reading waits for that.
        out(host, "mkfifo", "-m", "666", "/tmp/there")
        self._thread = threading.Thread(
            target=lambda: self._ended.append(host.ssh(account, "echo > /tmp/there; sleep 4712"))
        )
        self._thread.start()
        assert host.read("/tmp/there") == b"\n"

    def code(self) -> int:
        self._thread.join(30)
        return self._ended[0].returncode


# -----------------------------------------------------------------------------------------------------------------
# logins


@pytest.mark.parametrize(
    ("account", "shell"),
    [
        ("root", "bash"),
        ("dev-sh", "sh"),
        ("dev-bash", "bash"),
        ("dev-zsh", "zsh"),
        ("dev-fish", "fish"),
        ("guest", "bash"),
    ],
)
def test_ssh_to_each_account(host: LinuxHost, account: str, shell: str) -> None:
    done = host.ssh(account, "id -un; pwd; echo $SHELL; env")
    assert done.returncode == 0, done
    user, home, path, *lines = done.stdout.splitlines()
    assert (user, home, Path(path).name) == (account, host.home(account), shell)
    assert f"Accepted publickey for {account} ".encode() in (host.read("/var/log/sshd.log") or b"")
    names = {line.partition("=")[0] for line in lines}
    assert "SSH_CONNECTION" in names
    assert not [name for name in names if name.startswith(("GO", "PYTHON", "PYTEST", "ANSIBLE"))]
    assert b"PYTEST" not in (host.read("/proc/1/environ") or b"")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_login_shell_at_a_terminal(host: LinuxHost, account: str) -> None:
    done = host.ssh(account, tty=True, input="tty\nexit\n")
    assert done.returncode == 0, done
    assert "/dev/pts/" in done.stdout


def test_command_at_a_terminal(host: LinuxHost) -> None:
    assert host.ssh("dev-bash", "tty", tty=True).stdout.startswith("/dev/pts/")
    assert host.ssh("dev-bash", "tty").stdout == "not a tty\n"


def test_start_files_are_read_as_each_login_has_it(host: LinuxHost) -> None:
    """PAM's /etc/environment by all of them, /etc/profile.d by login shells, zshenv by every zsh."""
    host.write("/etc/environment", b"FROM_PAM=yes\n")
    host.write("/etc/profile.d/x.sh", b"export FROM_PROFILE=yes\n")
    host.write("/etc/zsh/zshenv", b"export FROM_ZSHENV=yes\n")

    def seen(done: subprocess.CompletedProcess[str]) -> set[str]:
        assert done.returncode == 0, done
        return {line.partition("=")[0] for line in done.stdout.splitlines() if line.startswith("FROM_")}

    assert seen(host.ssh("dev-bash", "env")) == {"FROM_PAM"}
    assert seen(host.ssh("dev-bash", "sh -lc env")) == {"FROM_PAM", "FROM_PROFILE"}
    assert seen(host.ssh("dev-zsh", "env")) == {"FROM_PAM", "FROM_ZSHENV"}
    assert seen(host.run(["su", "-", "dev-bash", "-c", "env"])) == {"FROM_PAM", "FROM_PROFILE"}
    assert seen(host.run(["su", "-", "dev-zsh", "-c", "env"])) == {"FROM_PAM", "FROM_ZSHENV"}
    assert seen(host.run(["env"], "dev-bash")) == set()


@pytest.mark.parametrize("account", ACCOUNTS)
def test_su_and_sudo(host: LinuxHost, account: str) -> None:
    assert out(host, "su", "-", account, "-c", "id -un; pwd").splitlines() == [account, f"/home/{account}"]
    done = host.ssh(account, "sudo -n id -u; sudo -n -i pwd; sudo -n -u dev-zsh -i pwd")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["0", "/root", "/home/dev-zsh"]), done


def test_account_without_sudo(host: LinuxHost) -> None:
    done = host.ssh("guest", "sudo -n id -u")
    assert done.returncode == 1
    assert "password is required" in done.stderr
    assert host.ssh("guest", "ls /home/dev-sh").returncode != 0


def test_password_opens_nothing(host: LinuxHost) -> None:
    done = subprocess.run(
        [
            "ssh",
            "-F",
            "none",
            "-p",
            str(host.ssh_port),
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ]
        + [
            "-o",
            "BatchMode=yes",
            "-o",
            "IdentityAgent=none",
            "-o",
            "PubkeyAuthentication=no",
            "dev-sh@127.0.0.1",
            "id",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 255
    assert "(publickey)" in done.stderr


def test_ansible_works_there(host: LinuxHost, tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.command": "id -un"},
        {"ansible.builtin.command": "id -un", "become": True},
        {"ansible.builtin.copy": {"content": "x", "dest": "/etc/by-ansible", "mode": "0600"}, "become": True},
        {"ansible.builtin.command": "id -un", "become": True, "become_user": "dev-zsh"},
    ]
    results, done = Playbooks(tmp_path, host.ansible_vars("dev-fish")).tasks(tasks)
    assert done.returncode == 0, done.stdout
    assert [result.get("stdout") for result in results] == ["dev-fish", "root", None, "dev-zsh"]
    assert host.read("/etc/by-ansible") == b"x"


def test_inventory(host: LinuxHost) -> None:
    found = host.inventory("box", "dev-sh")["all"]["children"]["linux"]["hosts"]["box"]
    assert found == host.ansible_vars("dev-sh")
    assert (found["ansible_user"], found["ansible_port"]) == ("dev-sh", host.ssh_port)
    with pytest.raises(ValueError, match="no account nobody"):
        host.inventory("box", "nobody")


# -------------------------------------------------------------------------------------------------------- this machine


def test_nothing_of_this_machine_changes(host: LinuxHost) -> None:
    mine = {
        place: Path(place).read_bytes() for place in ("/etc/passwd", "/etc/hosts", "/etc/group") if Path(place).exists()
    }
    places = [
        f"{folder}/linuxhost-proof"
        for folder in (
            "/etc",
            "/root",
            "/home",
            "/opt",
            "/usr/local/bin",
            "/usr/bin",
            "/tmp",
            "/var/lib",
            "/run",
            "/dev",
            "/dev/shm",
        )
    ]
    for place in places:
        host.write(place, b"written")
        assert host.read(place) == b"written"
    for place in mine:
        host.write(place, b"overwritten")
    out(host, "rm", "-rf", "/etc/pam.d", "/dev/null", "/usr/share/zoneinfo")
    assert [place for place in places if os.path.lexists(place)] == []
    assert {place: Path(place).read_bytes() for place in mine} == mine
    assert Path("/etc/pam.d/sshd").exists()
    assert Path("/dev/null").is_char_device()
    assert host.run(["sh", "-c", "echo linux > /proc/sys/kernel/hostname"]).returncode != 0


def test_name_of_the_machine_is_its_own(host: LinuxHost) -> None:
    mine = socket.gethostname()
    assert out(host, "hostname") == "linuxhost\n"
    out(host, "hostname", "renamed")
    assert socket.gethostname() == mine


def test_homes_and_places_are_those_of_a_new_system(host: LinuxHost) -> None:
    skeleton = sorted(os.listdir("/etc/skel"))
    for place in ("/root", "/home/dev-sh", "/home/dev-bash"):
        assert out(host, "ls", "-A", place).split() == skeleton
        assert out(host, "stat", "-c", "%a", place) == "700\n"
    assert out(host, "ls", "-A", "/opt", "/tmp", "/etc/profile.d").split() == [
        "/etc/profile.d:",
        "/opt:",
        "go1.21.13",
        "/tmp:",
    ]
    assert host.read("/etc/environment") == b""
    assert (
        out(
            host,
            "find",
            "/home/dev-zsh",
            "/home/dev-fish",
            "(",
            "-not",
            "-uid",
            "4003",
            "-not",
            "-uid",
            "4004",
            ")",
            "-print",
        )
        == ""
    )
    assert host.run(["sh", "-c", "command -v go"]).stdout == ""
    assert not host.exists("/var/lib/gopher.devbox")


# ----------------------------------------------------------------------------------------------------- files, programs


def test_files_are_exact(host: LinuxHost) -> None:
    content = bytes(range(256)) * 300 + b"\r\n"
    host.write("/srv/dir with blanks/-x 工作", content, owner="dev-sh:dev-zsh", mode=0o4750)
    assert host.read("/srv/dir with blanks/-x 工作") == content
    assert out(host, "stat", "-c", "%a %U %G", "/srv/dir with blanks/-x 工作") == "4750 dev-sh dev-zsh\n"
    host.write("/srv/dir with blanks/-x 工作", b"")
    assert host.read("/srv/dir with blanks/-x 工作") == b""
    assert host.read("/srv/none") is None
    out(host, "ln", "-s", "/nowhere", "/srv/dangling")
    assert host.exists("/srv/dangling")
    assert host.read("/srv/dangling") is None
    host.remove("/srv/dir with blanks")
    host.remove("/srv/dir with blanks")
    assert not host.exists("/srv/dir with blanks")
    with pytest.raises(OSError, match="Is a directory"):
        host.read("/srv")
    with pytest.raises(OSError, match="/etc/x"):
        host.write("/etc/x", b"", owner="nobody-of-that-name")


def test_run_as_an_account(host: LinuxHost) -> None:
    assert out(host, "sh", "-c", "id -un; id -gn; pwd; umask", account="dev-zsh").splitlines() == [
        "dev-zsh",
        "dev-zsh",
        "/home/dev-zsh",
        "0022",
    ]
    variables = dict(
        line.split("=", 1) for line in host.run(["env"], "dev-zsh", env={"GOPROXY": "off"}).stdout.splitlines()
    )
    assert variables.pop("GOPROXY") == "off"
    assert set(variables) == {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "PWD"}
    assert (variables["HOME"], variables["SHELL"].rpartition("/")[2]) == ("/home/dev-zsh", "zsh")
    done = host.run(["sh", "-c", "cat; echo err >&2; exit 7"], input="a\r\nb")
    assert (done.returncode, done.stdout, done.stderr) == (7, "a\r\nb", "err\n")


def test_go_is_there_and_can_be_changed(host: LinuxHost) -> None:
    for version, place in ((OLD_GO, OLD_ROOT), (NEW_GO, NEW_ROOT)):
        done = host.ssh("dev-fish", f"GOTOOLCHAIN=local {place}/bin/go version")
        assert done.stdout.startswith(f"go version go{version} linux/"), done
    cached = sdk.sdk_dir(NEW_GO, sdk.LINUX) / "VERSION"
    content = cached.read_bytes()
    host.write(f"{NEW_ROOT}/VERSION", b"go9.9.9\n")
    out(host, "mv", OLD_ROOT, "/opt/renamed")
    out(host, "rm", "-rf", f"{NEW_ROOT}/bin")
    assert out(host, "ls", "/opt") == "renamed\n"
    assert cached.read_bytes() == content
    assert (cached.parent / "bin" / "go").exists()
    host.reset()
    assert host.read(f"{NEW_ROOT}/VERSION") == content
    assert out(host, "ls", "/opt") == "go1.21.13\n"
    assert host.ssh("dev-sh", f"GOTOOLCHAIN=local {NEW_ROOT}/bin/go version").returncode == 0


def test_directories_that_are_shown(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    tmp_path.chmod(0o755)
    with LinuxHost.start(
        ("dev-sh",), show={"/srv/mine": tmp_path, "/home/dev-sh/below/it": tmp_path}, go={NEW_GO: "/home/dev-sh/sdk/go"}
    ) as host:
        assert host.read("/srv/mine/file") == b"mine"
        assert out(host, "cat", "below/it/file", account="dev-sh") == "mine"
        assert out(host, "stat", "-c", "%U", "/home/dev-sh/sdk", "/home/dev-sh/below").split() == ["dev-sh", "dev-sh"]
        with pytest.raises(OSError, match="Read-only"):
            host.write("/srv/mine/file", b"theirs")
        host.reset()
        assert host.read("/srv/mine/file") == b"mine"
        assert out(host, "sdk/go/bin/gofmt", "-h", account="dev-sh") == ""
    assert (tmp_path / "file").read_bytes() == b"mine"


# ----------------------------------------------------------------------------------------------------------- back again


def test_reset_brings_everything_back(host: LinuxHost) -> None:
    before = survey(host)
    out(host, "chmod", "4711", "/etc/profile")
    out(host, "chown", "dev-sh:dev-zsh", "/etc/hosts", "/opt")
    python(
        host, 'import os; os.setxattr("/etc/group", "trusted.proof", b"x"); os.setxattr("/home", "trusted.proof", b"x")'
    )
    host.write("/etc/environment", b"GOROOT=/x\n")
    host.write("/usr/local/bin/go", b"#!/bin/sh\n", mode=0o755)
    host.write("/var/lib/gopher.devbox/journal", b"{}")
    host.write("/tmp/x/y", b"")
    out(
        host,
        "sh",
        "-c",
        "cd /home/dev-bash && rm .profile && ln -s .bashrc .profile && mv .bash_logout .bash_login && mkdir -m 0 empty",
    )
    out(host, "rm", "-rf", "/home/dev-zsh", "/etc/zsh", "/root")
    during = survey(host)
    changed = {place for place in before if before[place] != during.get(place)}
    assert {
        "/etc/profile",
        "/etc/hosts",
        "/etc/group",
        "/home",
        "/etc/environment",
        "/opt",
        "/home/dev-bash/.profile",
        "/etc/zsh/zshenv",
        "/root",
    } <= changed
    assert during["/etc/group"][5] == {"trusted.proof": "78"}
    host.reset()
    assert survey(host) == before
    assert not host.exists("/var/lib/gopher.devbox")
    assert host.ssh("dev-zsh", "true").returncode == 0


def test_snapshot() -> None:
    with LinuxHost.start(("dev-sh",), go={NEW_GO: NEW_ROOT}) as other:
        other.write("/etc/environment", b"A=1\n", owner="dev-sh", mode=0o640)
        python(
            other,
            'import os; os.setxattr("/etc/environment", "trusted.proof", b"first"); os.setxattr("/usr/local", '
            '"trusted.proof", b"place")',
        )
        other.remove("/etc/motd")
        other.remove(f"{NEW_ROOT}/bin/gofmt")
        out(other, "mv", "/home/dev-sh", "/home/renamed")
        other.snapshot()
        kept = survey(other)
        assert kept["/etc/environment"][5] == {"trusted.proof": b"first".hex()}
        assert "/etc/motd" not in kept
        python(other, 'import os; os.setxattr("/etc/environment", "trusted.proof", b"second")')
        other.write("/etc/environment", b"A=2\n", owner="root", mode=0o600)
        other.write("/etc/motd", b"")
        out(other, "mv", "/home/renamed", "/home/dev-sh")
        other.remove(NEW_ROOT)
        assert survey(other) != kept
        other.reset()
        assert survey(other) == kept
        assert out(other, "ls", f"{NEW_ROOT}/bin") == "go\n"
        other.snapshot()
        other.reset()
        assert survey(other) == kept


def test_reset_ends_what_runs(host: LinuxHost) -> None:
    assert out(host, "sh", "-c", "setsid sleep 4711 >/dev/null 2>&1 </dev/null & echo", account="dev-sh") == "\n"
    assert any("sleep 4711" in line for line in commands(host))
    session = Session(host, "dev-bash")
    port = host.ssh_port
    host.reset()
    assert session.code() == 255
    assert [line for line in commands(host) if "sleep" in line or "sshd" in line] == []
    assert host.ssh_port == port
    assert host.ssh("dev-bash", "true").returncode == 0


def test_hosts_know_nothing_of_each_other(host: LinuxHost) -> None:
    with LinuxHost.start(("dev-sh",)) as other:
        other.write("/etc/only-there", b"")
        assert not host.exists("/etc/only-there")
        assert other.ssh_port != host.ssh_port
        refused = subprocess.run(
            [
                "ssh",
                "-F",
                "none",
                "-i",
                str(host.ssh_key),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "IdentityAgent=none",
                "-o",
                "BatchMode=yes",
            ]
            + [
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-p",
                str(other.ssh_port),
                "dev-sh@127.0.0.1",
                "id",
            ],
            capture_output=True,
            check=False,
        )
        assert refused.returncode == 255
    assert host.ssh("dev-sh", "true").returncode == 0


# ----------------------------------------------------------------------------------------------------------------- the
# end


def test_nothing_is_left_after_stop() -> None:
    host = LinuxHost.start()
    directory = host.directory
    out(host, "sh", "-c", "setsid sleep 4713 >/dev/null 2>&1 </dev/null & echo", account="dev-sh")
    session = Session(host, "dev-zsh")
    assert {"sshd", "sshd-session"} & set(of_host(directory))  # OpenSSH 10 has a program of its own for sessions
    assert len(of_host(directory)) > 4
    host.stop()
    host.stop()
    assert session.code() == 255
    assert of_host(directory) == []
    assert not directory.exists()
    for use in (lambda: host.pid, lambda: host.ssh_port, host.reset, host.snapshot, lambda: host.run(["true"])):
        with pytest.raises(RuntimeError, match="stopped"):
            use()


def test_nothing_is_left_when_the_owner_dies() -> None:
    code = """
import json, sys
from linuxhost import LinuxHost
host = LinuxHost.start(("dev-sh",))
host.run(["sh", "-c", "setsid sleep 4714 >/dev/null 2>&1 </dev/null &"])
print(json.dumps([host._keeper.pid, str(host.directory)]), flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        keeper, directory = json.loads(owner.stdout.readline())
        assert (
            len(of_host(directory)) > 3
        )  # the keeper, the host's first process and its parent, and what was started there
        handle = os.pidfd_open(keeper)
        try:
            owner.kill()
            assert select.select([handle], [], [], 60)[0], "the keeper outlives its owner"
        finally:
            os.close(handle)
    assert of_host(directory) == []
    assert not Path(directory).exists()


def test_nothing_runs_when_the_keeper_is_killed() -> None:
    with LinuxHost.start(("dev-sh",)) as host:
        handle = os.pidfd_open(host.pid)
        try:
            os.kill(host._keeper.pid, signal.SIGKILL)
            assert select.select([handle], [], [], 60)[0], "the host outlives its keeper"
        finally:
            os.close(handle)
        with pytest.raises(RuntimeError, match="keeper is gone"):
            host.reset()
        directory = host.directory
    assert not directory.exists()


# ------------------------------------------------------------------------------------------------------- starting,
# saying


@pytest.mark.parametrize("place", ["/etc/go", "/opt", "relative", "/opt/../etc/go"])
def test_places_where_nothing_is_shown(place: str) -> None:
    with pytest.raises(ValueError, match="is shown below /home, /opt"):
        LinuxHost.start(show={place: "/usr/lib"})


def test_shells_that_are_not_known() -> None:
    with pytest.raises(ValueError, match="dev-tcsh: the shell is one of sh, bash, zsh, fish"):
        LinuxHost.start(("dev-tcsh",))


def test_port_that_is_taken(host: LinuxHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="in use"):
        LinuxHost.start(("dev-sh",), port=host.ssh_port)
    assert list(tmp_path.iterdir()) == []


def test_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(needs.PROGRAMS, "/usr/sbin/nowhere", "some-package")
    assert needs.reason_it_cannot.__wrapped__() == "needs /usr/sbin/nowhere (Debian: some-package)"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert needs.reason_it_cannot.__wrapped__() == "needs root"


def test_why_it_cannot_without_rights() -> None:
    """As in a container that may not mount."""
    limited = shutil.which("setpriv")
    assert limited is not None
    code = "from linuxhost import reason_it_cannot; print(reason_it_cannot())"
    words = [limited, "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("needs namespaces and overlay file systems: unshare: "), done


def test_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pid_file, inventory, state = tmp_path / "pid", tmp_path / "inventory.json", tmp_path / "state"
    options = [
        "--pid-file",
        str(pid_file),
        "--inventory",
        str(inventory),
        "--state-dir",
        str(state),
        "--with-pid",
        str(os.getpid()),
    ]
    words = [
        "start",
        "--daemon",
        "--account=dev-sh",
        "--host=box=root",
        "--host=mine=dev-sh",
        f"--go={NEW_GO}=/opt/go",
        *options,
    ]
    assert main(words) == 0
    try:
        ready = json.loads(capfd.readouterr().out)
        assert (ready["pid"], [item["name"] for item in ready["accounts"]]) == (
            int(pid_file.read_text(encoding="ascii")),
            ["dev-sh"],
        )
        hosts = json.loads(inventory.read_text(encoding="utf-8"))["all"]["children"]["linux"]["hosts"]
        assert {name: variables["ansible_user"] for name, variables in hosts.items()} == {
            "box": "root",
            "mine": "dev-sh",
        }
        results, done = Playbooks(tmp_path, hosts["mine"]).tasks(
            [{"ansible.builtin.command": "/opt/go/bin/go env GOROOT"}]
        )
        assert results[0]["stdout"] == "/opt/go", done.stdout
        assert main(words) == 1
        assert "runs already" in capfd.readouterr().err
    finally:
        assert main(["stop", "--pid-file", str(pid_file)]) == 0
    assert not pid_file.exists()
    assert not Path(ready["directory"]).exists()
    assert main(["stop", "--pid-file", str(pid_file)]) == 0
    assert main(["--go=1.27.3"]) == 1
    assert "--go takes NAME=VALUE" in capfd.readouterr().err
