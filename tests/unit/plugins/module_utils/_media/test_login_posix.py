# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a login of each shell reads, in which order; and which it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.support import fill

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.posix_scope import Directories
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.seen_files import SeenFiles
from ansible_collections.gopher.devbox.plugins.module_utils._media.login_posix import Login, login_of

HOME = "/home/alice"
NAMES = ("GOPROXY", "GOFLAGS", "GOPATH")
LINE, FISH = b"export GOPROXY=%s\n", b"set -gx GOPROXY %s\n"


def login(top: Path, shell: str = "bash", darwin: bool = False) -> Login:
    (top / "home/alice").mkdir(parents=True, exist_ok=True)
    account = Account("1000", "alice", home=HOME, shell=f"/bin/{shell}")
    return login_of(account, SeenFiles(top=str(top)), Directories.of(account, {}), NAMES, darwin, str(top))


def order(found: Login) -> list[str]:
    """The files that set GOPROXY, the one that counts first."""
    return [one.where.file.replace(HOME, "~") for one in reversed(found.environment.settings.get("GOPROXY", []))]


def unread(found: Login) -> list[str]:
    return [listed.path.replace(HOME, "~") for listed in found.files if listed.reason]


PROFILE = b"for f in /etc/profile.d/*.sh; do if [ -r $f ]; then . $f; fi; done\n"


def test_bash(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "etc/environment": b"GOPROXY=pam\n",
            "etc/profile": PROFILE + LINE % b"profile",
            "etc/profile.d/b.sh": LINE % b"b",
            "etc/profile.d/a.sh": LINE % b"a",
            "home/alice/.profile": LINE % b"own" + b"[ -f ~/.bashrc ] && . ~/.bashrc\n",
            "home/alice/.bashrc": LINE % b"rc",
            "home/alice/.zshenv": LINE % b"zsh",
        },
    )
    found = login(tmp_path)
    assert order(found) == [
        "~/.bashrc",
        "~/.profile",
        "/etc/profile",
        "/etc/profile.d/b.sh",
        "/etc/profile.d/a.sh",
        "/etc/environment",
    ]
    assert unread(found) == ["~/.zshenv"]
    fill(tmp_path, {"home/alice/.bash_profile": b""})
    found = login(tmp_path)
    assert order(found)[0] == "/etc/profile"
    assert unread(found) == ["~/.profile", "~/.bashrc", "~/.zshenv"]


def test_sh(tmp_path: Path) -> None:
    fill(tmp_path, {"home/alice/.profile": LINE % b"own", "home/alice/.bash_profile": LINE % b"bash"})
    assert order(login(tmp_path, "dash")) == ["~/.profile"]


@pytest.mark.parametrize("system", ["etc/zsh", "etc"])
def test_zsh(tmp_path: Path, system: str) -> None:
    names = ("zshenv", "zprofile", "zshrc", "zlogin")
    fill(tmp_path, {f"{system}/{name}": LINE % name.encode() for name in names})
    fill(tmp_path, {f"home/alice/.{name}": LINE % name.encode() for name in names})
    expected = [place for name in reversed(names) for place in (f"~/.{name}", f"/{system}/{name}")]
    assert order(login(tmp_path, "zsh")) == expected


def test_zsh_elsewhere(tmp_path: Path) -> None:
    fill(tmp_path, {"home/alice/.zshenv": b"ZDOTDIR=$HOME/z\n", "home/alice/z/.zshrc": LINE % b"z"})
    fill(tmp_path, {"home/alice/.zshrc": LINE % b"home"})
    found = login(tmp_path, "zsh")
    assert order(found) == ["~/z/.zshrc"]
    assert unread(found) == ["~/.zshrc"]
    fill(tmp_path, {"home/alice/.zshenv": b"ZDOTDIR=$(where)\n"})
    found = login(tmp_path, "zsh")
    assert order(found) == []
    assert [note.name for note in found.notes] == ["ZDOTDIR"]


def test_fish(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "etc/fish/conf.d/a.fish": FISH % b"system",
            "etc/fish/conf.d/b.fish": FISH % b"hidden",
            "etc/fish/config.fish": FISH % b"etc",
            "home/alice/.config/fish/conf.d/b.fish": FISH % b"own",
            "home/alice/.config/fish/config.fish": FISH % b"config",
            "home/alice/.config/fish/fish_variables": b"SETUVAR --export GOPROXY:universal\n",
        },
    )
    assert order(login(tmp_path, "fish")) == [
        "~/.config/fish/config.fish",
        "/etc/fish/config.fish",
        "/etc/fish/conf.d/a.fish",
        "~/.config/fish/conf.d/b.fish",
        "~/.config/fish/fish_variables",
    ]


def test_systemd_counts_where_it_runs(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "etc/environment.d/50-go.conf": b"GOPROXY=machine\nGOFLAGS=-x\n",
            "usr/lib/environment.d/50-go.conf": b"GOPROXY=vendor\n",
            "home/alice/.config/environment.d/60-go.conf": b"GOPROXY=${GOPROXY}+user\n",
        },
    )
    found = login(tmp_path)
    assert order(found) == []
    assert unread(found) == ["/etc/environment.d/50-go.conf", "~/.config/environment.d/60-go.conf"]
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    found = login(tmp_path)
    assert order(found) == ["~/.config/environment.d/60-go.conf", "/etc/environment.d/50-go.conf"]
    assert found.environment.settings["GOPROXY"][-1].text == "machine+user"
    assert unread(found) == []


def test_another_shell_reads_nothing_that_is_known(tmp_path: Path) -> None:
    fill(tmp_path, {"home/alice/.profile": LINE % b"own", "home/alice/.pam_environment": b"GOPROXY=x\n"})
    found = login(tmp_path, "nologin")
    assert order(found) == []
    assert unread(found) == ["~/.profile", "~/.pam_environment"]


def test_the_path_that_a_login_begins_with(tmp_path: Path) -> None:
    assert login(tmp_path, "zsh").environment.path[0].text == "/usr/local/sbin"
    fill(tmp_path, {"etc/login.defs": b"ENV_PATH PATH=/opt/bin:/bin\n"})
    assert [entry.text for entry in login(tmp_path, "zsh").environment.path] == ["/opt/bin", "/bin"]


def test_gopath_as_go_says_it(tmp_path: Path) -> None:
    fill(tmp_path, {"home/alice/.profile": b'PATH="$PATH:$(go env GOPATH)/bin"\n'})
    assert login(tmp_path).environment.path[-1].text == "/bin"  # nothing of that name runs
    fill(tmp_path, {"usr/bin/go": b"#!"})
    (tmp_path / "usr/bin/go").chmod(0o755)
    assert login(tmp_path).environment.path[-1].text == f"{HOME}/go/bin"
    fill(tmp_path, {"home/alice/.config/go/env": b"GOPATH=/srv/go\n"})
    assert login(tmp_path).environment.path[-1].text == "/srv/go/bin"
    fill(tmp_path, {"home/alice/.profile": b'export GOPATH=/x\nPATH="$PATH:$(go env GOPATH)/bin"\n'})
    assert login(tmp_path).environment.path[-1].text == "/x/bin"
