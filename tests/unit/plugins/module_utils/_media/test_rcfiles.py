"""Start files in real directories: what is ours comes and goes exactly, and nobody's change is lost."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import stat
import subprocess
import threading
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from unit.support import FakeHost, WatchedFiles, fill, ids, make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import ATTEMPTS, Outcome, converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, Blocked, Outdated
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Ledger
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import blocks, shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.posix_scope import Directories
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import HOME_OF_ITS_OWN, Command
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_places import LAST_BLOCK, SHELLS
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import LINKS, RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

STATE, SOURCE = ".local/state", ".config/gopher-devbox/env.sh"
LEDGER = f"{STATE}/gopher.devbox/shells.json"
SYSTEM_LEDGER, SYSTEM_SOURCE = "var/lib/gopher.devbox/shells.json", "etc/gopher-devbox/env.sh"


class Answers:
    """Programs that answer without running: by the name of the program, the environment it prints, or None. See
    `Programs`.
    """

    def __init__(self, answers: t.Mapping[str, t.Mapping[str, str] | bytes | None] | None = None) -> None:
        self.answers = answers or {}
        self.by_account: dict[str, t.Mapping[str, str]] = {}
        self.asked: list[Command] = []
        self.writable = False

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        self.asked += commands
        return [self._answer(command) for command in commands]

    def _answer(self, command: Command) -> Completed | None:
        found = self.by_account.get(command.account.name, self.answers.get(command.argv[0].rpartition("/")[2]))
        if found is None or isinstance(found, bytes):
            return None if found is None else Completed(0, found, b"")
        return Completed(0, b"Welcome!\n" + b"".join(f"{name}={text}\0".encode() for name, text in found.items()), b"")

    def is_program(self, path: str) -> bool:
        return os.path.isfile(path)

    def writable_by_others(self, paths: t.Sequence[str]) -> bool:
        return self.writable


class Host:
    """A START_FILES host below a directory, with one person whose home stands in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home" / "alice"
        self.home.mkdir(parents=True, exist_ok=True)
        self.files, self.programs = WatchedFiles(root), Answers()
        self.me = Account("1000", "alice", home=str(self.home), shell="/bin/bash", group="1000", own=True)
        self.environ: dict[str, str] = {}
        self.darwin = False
        self.ordinary: Account | None = None

    def store(self, who: Account | None = None) -> RcStore:
        host = FakeHost(self.files, self.me, self.environ, self.programs, ordinary=self.ordinary, darwin=self.darwin)
        return RcStore(host, who or self.me)

    def run(self, wanted: Wanted, check_mode: bool = False) -> Outcome:
        return converge(self.store(), wanted, check_mode)

    def read(self, path: str) -> bytes:
        return (self.home / path).read_bytes()

    def ledger(self) -> Ledger:
        return Ledger.loads((self.home / LEDGER).read_text())

    def settings(self) -> shellenv.Settings:
        return shellenv.parse_source(self.read(SOURCE).decode())

    def theirs(self) -> dict[str, bytes | str]:
        """All in the home but the ledger."""
        return tree(self.home, (".local",))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def as_root(host: Host) -> Host:
    host.me = Account("0", "root", elevated=True, home=str(host.root / "root"), shell="/bin/bash", group="0", own=True)
    (host.root / "root").mkdir(exist_ok=True)
    return host


def wish(**more: t.Any) -> Wanted:
    return Wanted(**{"medium": START_FILES, "validate": Validate.WARN, "verify": False, "shells": SHELLS, **more})


ONE = wish(gopath=("/w",), variables={"GOPROXY": "https://goproxy.cn,direct"})
TWO = wish(gopath=("/工 具/it's",), variables={"GOPROXY": "direct", "GOPRIVATE": "-tags='a b' $x `y` \\ !*"})
SYSTEM = wish(
    scope=Scope.MACHINE,
    goroot="/opt/go",
    variables={"GOTOOLCHAIN": "local"},
    shells=("sh", "bash", "zsh", "fish", "systemd"),
)
ABSENT, RESTORED = wish(goal=Goal.ABSENT, shells=None), wish(goal=Goal.RESTORED, shells=None)


# --- the ladder ------------------------------------------------------------------------------------------------------

USUAL = {
    ".profile": b". ~/.bashrc\n",
    ".bashrc": b"case $- in *i*) ;; *) return ;; esac\nalias ll='ls -l'\n",
    ".zshenv": b"umask 022\n",
}
HOMES: dict[str, dict[str, bytes]] = {
    "nothing": {},
    "usual": USUAL,
    "crlf": {name: data.replace(b"\n", b"\r\n") for name, data in USUAL.items()},
    "no final newline": {name: data.rstrip(b"\n") for name, data in USUAL.items()},
    "crlf without the last": {name: data.replace(b"\n", b"\r\n")[:-2] for name, data in USUAL.items()},
    "not utf-8": {name: b"# \xff\xfe \xb1\xe0\xc2\xeb \x00\n" + data + b"\xe9" for name, data in USUAL.items()},
    "byte order mark": {name: b"\xef\xbb\xbf" + data for name, data in USUAL.items()},
    "program line": {name: b"#!/bin/sh\n" + data for name, data in USUAL.items()},
    "one line": dict.fromkeys(USUAL, b"\n"),
    "bash_profile": {".bash_profile": b". ~/.bashrc", ".profile": b"echo never read by bash\n"},
    "empty": dict.fromkeys((".profile", ".bashrc", ".zshenv", ".zprofile"), b""),
    "empty bash_profile": {".bash_profile": b"", ".bashrc": b"x=1\n"},
    "empty bash_login": {".bash_login": b""},
    "zdotdir": {".zshenv": b"ZDOTDIR=~/.zsh\n", ".zsh/.zprofile": b"path+=(/x)"},
    "others' drop-ins": {
        ".config/fish/conf.d/mine.fish": b"set -gx A b\n",
        ".config/environment.d/10-mine.conf": b"A=b\n",
    },
}


def without(data: bytes | None) -> bytes | None:
    """A file without our blocks."""
    rest = blocks.take_out(data or b"", LAST_BLOCK)
    return blocks.take_out(rest or b"")


@pytest.mark.parametrize("name", HOMES)
def test_the_ladder_leaves_all_as_it_was(host: Host, name: str) -> None:
    """Check, present, again, update, again, restored, absent, again: what is not ours is there byte for byte at every
    step.
    """
    fill(host.home, HOMES[name])
    before = tree(host.home)

    def others_stand() -> None:
        for path, data in HOMES[name].items():
            assert without(host.read(path)) == data, path

    told = host.run(ONE, check_mode=True)
    assert (told.changed, tree(host.home), host.files.wrote, host.files.locks) == (True, before, [], 0)

    first = host.run(ONE)
    assert first.changed
    assert first.plan.changes == told.plan.changes
    assert next(change.name for change in first.plan.changes if change.place == "hook").endswith(SOURCE)
    assert host.settings().variables == {"GOPATH": "/w", "GOPROXY": "https://goproxy.cn,direct"}
    others_stand()
    written, standing = len(host.files.wrote), tree(host.home)
    assert (host.run(ONE).changed, host.run(ONE, check_mode=True).changed) == (False, False)
    assert (len(host.files.wrote), host.files.locks, tree(host.home)) == (written, 1, standing)

    assert host.run(TWO).changed
    assert host.settings().variables == {"GOPATH": "/工 具/it's", **TWO.variables}
    assert host.settings().path == ("/工 具/it's/bin", "$PATH")
    assert host.settings().retired == ("/w/bin",)
    assert host.settings().former == {"GOPATH": ("/w",), "GOPROXY": ("https://goproxy.cn,direct",)}
    assert not host.run(TWO).changed
    others_stand()

    assert host.run(RESTORED).changed
    assert host.settings().variables == {"GOPATH": "/w", "GOPROXY": "https://goproxy.cn,direct"}
    others_stand()

    assert host.run(ABSENT).changed
    assert not host.run(ABSENT).changed
    assert _files(host.theirs()) == _files(
        {path: data for path, data in before.items() if not path.startswith(".local")}
    )

    assert host.run(RESTORED).changed, "absent is taken back"
    assert host.settings().variables == {"GOPATH": "/w", "GOPROXY": "https://goproxy.cn,direct"}
    assert host.run(RESTORED).changed, "and so is the first change of all"
    assert _files(host.theirs()) == _files(
        {path: data for path, data in before.items() if not path.startswith(".local")}
    )


def _files(found: t.Mapping[str, bytes | str]) -> dict[str, bytes | str]:
    """Without directories: those that shells look for drop-ins in stay."""
    return {path: data for path, data in found.items() if data != "directory"}


def test_a_login_file_of_bash_is_never_made(host: Host) -> None:
    host.run(ONE)
    assert {".profile", ".bashrc"} <= {path.name for path in host.home.iterdir()}
    assert not [path for path in (".bash_profile", ".bash_login") if (host.home / path).exists()]


def test_a_login_file_of_bash_that_stands_gets_the_block(host: Host) -> None:
    fill(host.home, {".bash_profile": b""})
    host.run(ONE)
    assert b"gopher-devbox/env.sh" in host.read(".bash_profile")
    host.run(ABSENT)
    assert host.read(".bash_profile") == b"", "it hides .profile for bash, and goes on hiding it"


def test_a_login_file_that_goes_meanwhile_is_not_made_anew(host: Host) -> None:
    path = host.home / ".bash_profile"
    fill(host.home, {".bash_profile": b"x=1\n"})
    host.files.before_write = once(path.unlink)
    with pytest.raises(ApplyError, match="does not hold what it should"):
        host.run(ONE)
    assert not path.exists()
    assert not host.run(ONE).changed
    assert not path.exists()
    assert b"gopher-devbox" in host.read(".profile"), "bash reads this one now"


def test_linked_files_are_followed_and_stay_links(host: Host) -> None:
    fill(host.home, {"dotfiles/bashrc": b"x=1\n", "dotfiles/profile": b""})
    (host.home / ".bashrc").symlink_to("dotfiles/bashrc")
    (host.home / ".profile").symlink_to(host.home / "dotfiles" / "profile")
    before = host.theirs()
    host.run(ONE)
    assert os.readlink(host.home / ".bashrc") == "dotfiles/bashrc"
    assert without(host.read("dotfiles/bashrc")) == b"x=1\n"
    host.run(ABSENT)
    assert _files(host.theirs()) == _files(before), "a file behind a link stays, empty as it was"


@pytest.mark.parametrize(
    ("real", "link"),
    [
        (".bashrc", ".bash_profile"),
        (".bash_profile", ".bashrc"),
        (".bashrc", ".profile"),
        ("dotfiles/rc", ".bashrc .profile"),
        (".profile", ".bash_profile"),
        (".profile", ".zprofile"),
        (".profile", ".zshenv"),
        (".bashrc", ".zshrc"),
    ],
)
def test_files_that_are_one_by_links_are_one_place(host: Host, real: str, link: str) -> None:
    """A second run changes nothing, every shell that reads it can, and all goes back; also what was written when each
    was a place of its own.
    """
    (host.home / real).parent.mkdir(exist_ok=True)
    (host.home / real).write_bytes(b"x=1\n")
    for name in link.split():
        (host.home / name).symlink_to(real)
    before = host.theirs()
    one = wish(variables={"GOPRIVATE": "a"}, path=("/p",), shells=("sh", "bash", "zsh", "fish"))
    for _each in range(2):
        assert host.run(one).changed
        assert not host.run(one).changed
        text = (host.home / real).read_text()
        assert text.count("# >>> gopher.devbox >>>") == 1
        assert "builtin ." not in text or not {".profile", ".zshrc"} & {real, *link.split()}
        assert host.run(ABSENT).changed
        assert host.theirs() == before
    host.run(one)
    ledger = host.ledger()
    hooks = (*ledger.record.hooks, *(f"{host.home}/{name}" for name in link.split()))
    (host.home / LEDGER).write_text(ledger._replace(record=ledger.record._replace(hooks=hooks)).dumps())
    assert host.run(one._replace(variables={"GOPRIVATE": "b"})).changed
    assert not host.run(one._replace(variables={"GOPRIVATE": "b"})).changed
    assert (host.home / real).read_text().count("# >>> gopher.devbox >>>") == 1


def test_modes_stay_and_what_holds_values_is_private(host: Host) -> None:
    fill(host.home, USUAL)
    (host.home / ".bashrc").chmod(0o751)
    host.run(ONE)

    def mode(path: str) -> int:
        return stat.S_IMODE((host.home / path).stat().st_mode)

    assert mode(".bashrc") == 0o751
    for path in (SOURCE, LEDGER, ".config/environment.d/70-gopher-devbox.conf"):
        assert mode(path) == 0o600
    assert mode(STATE + "/gopher.devbox") == 0o700


def test_the_values_are_in_the_source_before_anything_reads_it(host: Host) -> None:
    host.run(ONE)
    wrote = [path.removeprefix(f"{host.home}/") for path in host.files.wrote]
    assert wrote[:2] == [LEDGER, SOURCE]


def test_directories_are_made(host: Host) -> None:
    place = host.home / "go"
    outcome = host.run(wish(gopath=(str(place),), create_directories=True))
    assert sorted(item.name for item in place.iterdir()) == ["bin", "pkg", "src"]
    assert outcome.plan.directories == tuple(f"{place}/{name}" for name in ("src", "pkg", "bin"))
    assert host.files.made == list(outcome.plan.directories)


def test_xdg_moves_the_files_of_the_person_themselves_only(host: Host) -> None:
    host.environ = {
        "XDG_CONFIG_HOME": f"{host.home}/cfg/",
        "XDG_STATE_HOME": f"{host.home}/st",
        "ZDOTDIR": f"{host.home}/z",
    }
    host.run(ONE)
    assert {
        "cfg/gopher-devbox/env.sh",
        "cfg/fish/conf.d/gopher-devbox-user.fish",
        "st/gopher.devbox/shells.json",
        "z/.zshenv",
    } <= tree(host.home).keys()
    host.environ = {"XDG_CONFIG_HOME": "relative", "ZDOTDIR": "z"}
    own = Directories.of(host.me, host.environ)
    assert (own.config, own.zdotdir) == (f"{host.home}/.config", None)
    bob = Account("1001", "bob", home="/home/bob", own=False)
    other = Directories.of(bob, {"XDG_CONFIG_HOME": "/mine", "ZDOTDIR": "/z"})
    assert (other.config, other.state, other.zdotdir) == ("/home/bob/.config", "/home/bob/.local/state", None)


# --- shells ----------------------------------------------------------------------------------------------------------


def test_auto_is_what_the_host_has(host: Host) -> None:
    """What somebody uses of it: a login shell, and one with a start file; a name in /etc/shells proves nothing."""
    passwd = b"root:x:0:0:root:/root:/bin/false\nann:x:1:1::/home/ann:/usr/bin/zsh\n"
    fill(
        host.root,
        {"etc/shells": b"/bin/sh\n/usr/bin/pwsh\n", "etc/passwd": passwd, "usr/bin/fish": b"", "usr/bin/bash": b""},
    )
    fill(host.home, {".config/fish/config.fish": b""})
    host.run(ONE._replace(shells=None))
    fish = {".config/fish/conf.d/gopher-devbox-user.fish", ".config/fish/config.fish"}
    assert _files(host.theirs()).keys() == {SOURCE, ".profile", ".zshenv", ".zprofile", ".bashrc", *fish}


def test_a_list_of_shells_takes_the_others_out(host: Host) -> None:
    fill(host.home, {".bashrc": b"mine"})
    host.run(ONE)
    outcome = host.run(ONE._replace(shells=("zsh",)))
    assert outcome.changed
    assert outcome.plan.changes
    assert all(change.after is None and change.place == "hook" for change in outcome.plan.changes)
    assert _files(host.theirs()) == {
        SOURCE: host.read(SOURCE),
        ".zshenv": host.read(".zshenv"),
        ".zprofile": host.read(".zprofile"),
        ".bashrc": b"mine",
    }
    assert host.ledger().record.hooks == tuple(f"{host.home}/{path}" for path in (SOURCE, ".zshenv", ".zprofile"))
    assert not host.run(ONE._replace(shells=("zsh",))).changed


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_list_of_shells_wrote_is_undone_as_a_whole(host: Host, shell: str) -> None:
    """Also for shells that are not seen here, and without that list."""
    one, two = (
        wish(variables={"GOPRIVATE": "a"}, shells=(shell,)),
        wish(variables={"GOPRIVATE": "b", "GOFLAGS": "-x"}, shells=(shell,)),
    )
    host.run(one)
    names = set(host.theirs())
    for change in (two, wish(goal=Goal.ABSENT, shells=None)):
        host.run(change)
        assert host.run(RESTORED).changed
        assert (set(host.theirs()), host.settings().variables) == (names, {"GOPRIVATE": "a"})


def test_what_was_written_where_it_is_no_longer_read_goes(host: Host) -> None:
    """A person who moves zsh elsewhere: the old places are remembered, and cleared."""
    fill(host.home, {".zshenv": b"umask 022\n", ".zsh/.zprofile": b"mine\n"})
    host.run(ONE)
    (host.home / ".zshenv").write_bytes(host.read(".zshenv") + b"ZDOTDIR=~/.zsh\n")
    host.run(ONE)
    assert not (host.home / ".zprofile").exists()
    assert blocks.find(host.read(".zsh/.zprofile"))


# --- the system scope ------------------------------------------------------------------------------------------------

DEBIAN = {
    "etc/bash.bashrc": b'[ -z "$PS1" ] && return\n',
    "etc/zsh/zshenv": b"# zsh\n",
    "etc/profile.d/other.sh": b":\n",
    "etc/shells": b"/bin/bash\n/bin/zsh\n",
}


def test_the_system_scope_of_debian(host: Host) -> None:
    as_root(host)
    fill(host.root, DEBIAN)
    before = tree(host.root, ("var", "root", "home"))
    assert host.run(SYSTEM, check_mode=True).changed
    assert tree(host.root, ("var", "root", "home")) == before
    assert host.run(SYSTEM).changed
    after = tree(host.root)
    assert after.keys() - before.keys() >= {
        SYSTEM_SOURCE,
        SYSTEM_LEDGER,
        "etc/profile.d/gopher-devbox.sh",
        "etc/fish/conf.d/gopher-devbox.fish",
    }
    assert stat.S_IMODE((host.root / SYSTEM_SOURCE).stat().st_mode) == 0o644
    assert stat.S_IMODE((host.root / SYSTEM_LEDGER).stat().st_mode) == 0o600
    assert shellenv.parse_source((host.root / SYSTEM_SOURCE).read_text()).system
    for path in ("etc/bash.bashrc", "etc/zsh/zshenv"):
        assert blocks.find((host.root / path).read_bytes())
    assert not host.run(SYSTEM).changed
    host.run(ABSENT._replace(scope=Scope.MACHINE))
    assert _files(tree(host.root, ("var", "root", "home"))) == _files(before)


def test_the_system_scope_of_macos(host: Host) -> None:
    as_root(host)
    host.darwin = True
    fill(
        host.root,
        {"etc/profile": b"eval `path_helper`\n", "etc/zprofile": b"eval `path_helper`\n", "etc/bashrc": b"PS1=x\n"},
    )
    before = tree(host.root, ("var", "root", "home"))
    host.run(SYSTEM)
    for path in ("etc/profile", "etc/zprofile", "etc/bashrc", "etc/zshenv"):
        assert blocks.find((host.root / path).read_bytes()), path
    host.run(ABSENT._replace(scope=Scope.MACHINE))
    assert _files(tree(host.root, ("var", "root", "home"))) == _files(before)


def test_another_than_root_is_told_so(host: Host) -> None:
    before = tree(host.root)
    for wanted in (SYSTEM, SYSTEM._replace(goroot=None)):
        with pytest.raises(Blocked) as raised:
            host.run(wanted)
        assert ids(raised.value.blockers) == ["not_root"]
    bob = Account("1001", "bob", home=str(host.root / "home" / "bob"), shell="/bin/sh", group="1001", own=False)
    with pytest.raises(Blocked, match="user scope of bob needs root"):
        converge(host.store(bob), ONE, check_mode=True)
    assert tree(host.root) == before


# --- links to go -----------------------------------------------------------------------------------------------------


def linked(host: Host) -> list[str | None]:
    return [os.readlink(host.files.at(link)) if os.path.islink(host.files.at(link)) else None for link in LINKS]


def test_links_come_move_and_go(host: Host) -> None:
    as_root(host)
    sdks = [make_sdk(host.root / "opt" / name) for name in ("go1", "go2")]
    wanted = SYSTEM._replace(goroot=sdks[0], anchor=True)
    host.run(wanted)
    assert linked(host) == [f"{sdks[0]}/bin/go", f"{sdks[0]}/bin/gofmt"]
    assert not host.run(wanted).changed
    host.run(wanted._replace(goroot=sdks[1]))
    assert linked(host) == [f"{sdks[1]}/bin/go", f"{sdks[1]}/bin/gofmt"]
    host.run(RESTORED._replace(scope=Scope.MACHINE))
    assert linked(host) == [f"{sdks[0]}/bin/go", f"{sdks[0]}/bin/gofmt"]
    host.run(ABSENT._replace(scope=Scope.MACHINE))
    assert linked(host) == [None, None]


def test_links_to_an_sdk_that_is_gone_are_still_ours(host: Host) -> None:
    as_root(host)
    host.run(SYSTEM._replace(goroot="/opt/gone", anchor=True))
    sdk = make_sdk(host.root / "opt" / "go")
    host.run(SYSTEM._replace(goroot=sdk, anchor=True))
    assert linked(host)[0] == f"{sdk}/bin/go"


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_what_somebody_else_put_there_stays(host: Host, kind: str) -> None:
    as_root(host)
    place = host.files.at(LINKS[0])
    place.parent.mkdir(parents=True)
    if kind == "file":
        place.write_bytes(b"theirs")
    else:
        place.symlink_to(place.parent / "other")
        if kind == "link":
            (place.parent / "other").write_bytes(b"theirs")
    before = tree(host.root)
    with pytest.raises(Blocked) as raised:
        host.run(SYSTEM._replace(anchor=True))
    assert ids(raised.value.blockers) == ["go_link_occupied"]
    assert tree(host.root) == before
    assert host.run(SYSTEM).changed, "without link_go nothing is in the way"


def test_links_of_somebody_elses_to_an_sdk_are_not_taken_for_ours(host: Host) -> None:
    as_root(host)
    sdks = [make_sdk(host.root / "opt" / name) for name in ("theirs", "ours")]
    for link in LINKS:
        place = host.files.at(link)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(f"{sdks[0]}/bin/{place.name}")
    with pytest.raises(Blocked) as raised:
        host.run(SYSTEM._replace(goroot=sdks[1], anchor=True))
    assert ids(raised.value.blockers) == ["go_link_occupied", "go_link_occupied"]
    assert linked(host) == [f"{sdks[0]}/bin/go", f"{sdks[0]}/bin/gofmt"]


# --- somebody else writes too ----------------------------------------------------------------------------------------


def once(act: t.Callable[[], t.Any]) -> t.Callable[[t.Sequence[str]], None]:
    """Something that happens before the first write only."""
    left = [act]

    def before(_paths: t.Sequence[str]) -> None:
        if left:
            left.pop()()

    return before


@pytest.mark.parametrize("path", [".bashrc", ".profile", ".zshenv", ".config/powershell/profile.ps1"])
@pytest.mark.parametrize("was", [None, b"x=1\n"])
def test_a_person_who_saves_meanwhile_loses_nothing(host: Host, path: str, was: bytes | None) -> None:
    if was is not None:
        fill(host.home, {path: was})
    saved = b"x=2 # saved\r\n\xff no end"
    host.files.before_write = once(lambda: fill(host.home, {path: saved}))
    assert host.run(ONE).changed
    assert without(host.read(path)) == saved
    assert blocks.find(host.read(path))
    assert host.run(ONE).changed is (path == ".bashrc" and was is None), (
        "lines that came meanwhile get the block behind them"
    )
    assert not host.run(ONE).changed
    host.run(ABSENT)
    assert host.read(path) == saved


def test_a_person_who_saves_while_our_lines_are_taken_out_loses_nothing(host: Host) -> None:
    host.run(ONE)
    host.files.before_write = once(lambda: fill(host.home, {".bashrc": host.read(".bashrc") + b"x=1\n"}))
    host.run(ABSENT)
    assert host.read(".bashrc") == b"x=1\n"


def test_a_person_who_takes_the_file_away_meanwhile(host: Host) -> None:
    fill(host.home, USUAL)
    host.files.before_write = once((host.home / ".bashrc").unlink)
    host.run(ONE)
    assert without(host.read(".bashrc")) is None  # a new one


def test_a_person_who_breaks_the_marks_meanwhile_has_them_back(host: Host) -> None:
    fill(host.home, USUAL)
    broken = b"y=1\n" + blocks.END.encode() + b"\n"
    host.files.before_write = once(lambda: fill(host.home, {".bashrc": broken, ".zshenv": b"also new\n"}))
    with pytest.raises(ApplyError) as raised:
        host.run(ONE)
    assert "line 2" in raised.value.message
    assert ".bashrc" in raised.value.message
    assert raised.value.touched
    assert (host.read(".bashrc"), without(host.read(".zshenv"))) == (broken, b"also new\n")


def saves(host: Host, path: str, times: int) -> list[bytes]:
    """A program that saves a file before each of the next writes; what it saved."""
    saved: list[bytes] = []

    def before(_paths: t.Sequence[str]) -> None:
        if len(saved) < times:
            saved.append(f"save {len(saved)}\n".encode())
            fill(host.home, {path: saved[-1]})

    host.files.before_write = before
    return saved


@pytest.mark.parametrize("times", [2, ATTEMPTS])
def test_who_saves_a_few_times_keeps_the_last(host: Host, times: int) -> None:
    saved = saves(host, ".bashrc", times)
    host.run(ONE)
    assert without(host.read(".bashrc")) == saved[-1]
    assert blocks.find(host.read(".bashrc"))


@pytest.mark.parametrize("times", [ATTEMPTS + 1, ATTEMPTS + 2, ATTEMPTS + 4])
def test_who_saves_again_and_again_keeps_the_last(host: Host, times: int) -> None:
    """We give way, and what they wrote last stands, also what they wrote while we did."""
    saved = saves(host, ".bashrc", times)
    with pytest.raises(ApplyError, match="again and again") as raised:
        host.run(ONE)
    assert len(saved) == times
    assert host.read(".bashrc") == saved[-1]
    assert raised.value.touched == "What they wrote last stands there."
    assert host.run(ONE).changed, "the next run puts the rest right"
    assert not host.run(ONE).changed


def test_a_value_that_another_writes_meanwhile_is_kept(host: Host) -> None:
    """Somebody without our lock changes the source: what they set stands, what we set too."""
    host.run(wish(variables={"GOFLAGS": "-v"}))

    def other() -> None:
        theirs = replace(host.settings(), variables={"GOFLAGS": "-v", "GOGC": "50"})
        fill(host.home, {SOURCE: shellenv.format_source(theirs).encode()})

    host.files.before_write = once(other)
    outcome = host.run(ONE)
    assert host.settings().variables == {
        "GOFLAGS": "-v",
        "GOGC": "50",
        "GOPATH": "/w",
        "GOPROXY": "https://goproxy.cn,direct",
    }
    assert "concurrent_change" in ids(outcome.findings)
    assert not host.run(ONE).changed


# --- two runs at once ------------------------------------------------------------------------------------------------


def test_a_run_that_comes_between_reading_and_locking_makes_us_read_again(host: Host) -> None:
    left = [lambda: converge(RcStore(FakeHost(WatchedFiles(host.root), host.me), host.me), TWO, False)]
    host.files.before_lock = lambda: left.pop()() and None if left else None
    host.run(wish(variables={"GOGC": "50"}))
    assert host.files.locks == 2, "the first plan was outdated, and nothing of it was written"
    assert host.files.wrote.count(f"{host.home}/{LEDGER}") == 1
    assert host.settings().variables == {"GOPATH": "/工 具/it's", **TWO.variables, "GOGC": "50"}
    record = host.ledger().record
    assert record.variables == {"GOPATH": "/工 具/it's", **TWO.variables, "GOGC": "50"}
    assert len(record.journal) == 2
    host.run(RESTORED)
    assert "GOGC" not in host.settings().variables


def test_who_is_outdated_again_and_again_says_so(host: Host) -> None:
    numbers = iter(range(99))

    def another() -> None:
        wanted = wish(variables={"GOGC": str(next(numbers))})
        converge(
            RcStore(FakeHost(WatchedFiles(host.root), host.me), host.me),
            wanted,
            check_mode=False,
        )

    host.files.before_lock = another
    with pytest.raises(Outdated):
        host.run(ONE)
    assert host.files.wrote == []
    assert host.settings().variables == {"GOGC": str(ATTEMPTS)}


NAMES = ("GOINSECURE", "GONOSUMDB", "GOPRIVATE")


def _one_of_many(root: str, name: str) -> None:
    Host(Path(root)).run(wish(variables={name: f"{name.lower()}-value"}))


def test_threads_at_once_all_end_up_in_the_file_and_the_ledger(host: Host) -> None:
    host.run(wish(gobin="/b"))
    threads = [threading.Thread(target=_one_of_many, args=(str(host.root), name)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    _all_are_there(host)


def test_processes_at_once_all_end_up_in_the_file_and_the_ledger(host: Host) -> None:
    host.run(wish(gobin="/b"))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_one_of_many, args=(str(host.root), name)) for name in NAMES]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    _all_are_there(host)


def _all_are_there(host: Host) -> None:
    expected = {"GOBIN": "/b", **{name: f"{name.lower()}-value" for name in NAMES}}
    assert host.settings().variables == expected
    record = host.ledger().record
    assert record.variables == expected
    assert len(record.journal) == len(host.ledger().journal) == 4


# --- what stands in the way ------------------------------------------------------------------------------------------

BEGIN, END = blocks.BEGIN.encode(), blocks.END.encode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x=1\n" + BEGIN + b"\ny=2\n", "line 2: # >>> gopher.devbox >>>"),
        (b"x=1\n\n" + END + b"\n", "line 3: # <<< gopher.devbox <<<"),
        (BEGIN + b"\n" + END + b"\n" + BEGIN + b"\n" + END, "several blocks (line 1"),
        (END + b"\r\n" + BEGIN + b"\r\n", "line 2: # >>> gopher.devbox >>>"),
    ],
)
def test_a_damaged_block_stops_with_its_lines(host: Host, data: bytes, told: str) -> None:
    fill(host.home, {".bashrc": data})
    before = tree(host.home)
    for check_mode in (True, False):
        with pytest.raises(Blocked) as raised:
            host.run(ONE, check_mode)
        assert ids(raised.value.blockers) == ["block_damaged"]
        assert told in raised.value.message
        assert f"{host.home}/.bashrc" in raised.value.message
    assert tree(host.home) == before
    assert host.run(ONE._replace(shells=("zsh",))).changed, "a file that nobody has to change is in nobody's way"


@pytest.mark.parametrize("wanted", [ABSENT, RESTORED, ONE._replace(shells=("zsh",)), ONE])
def test_a_block_of_ours_that_was_damaged_is_never_passed_over(host: Host, wanted: Wanted) -> None:
    host.run(ONE)
    whole = host.read(".bashrc")
    fill(host.home, {".bashrc": whole.replace(END, b"")})
    before = tree(host.home)
    with pytest.raises(Blocked, match="begins and does not end"):
        host.run(wanted)
    assert tree(host.home) == before
    fill(host.home, {".bashrc": whole})
    host.run(wanted)
    assert (host.home / ".bashrc").exists() is (wanted is ONE)


def test_every_blocker_is_told_at_once(host: Host) -> None:
    fill(host.home, {".bashrc": END + b"\n", ".zshenv": b"x\n", ".profile": b"x\n"})
    (host.home / ".zshenv").chmod(0o444)
    os.link(host.home / ".profile", host.home / "other-name")
    (host.home / ".config").write_bytes(b"not a directory")
    before = tree(host.home)
    with pytest.raises(Blocked) as raised:
        host.run(ONE)
    assert tree(host.home) == before
    subjects = {finding.subject.removeprefix(f"{host.home}/") for finding in raised.value.blockers}
    assert {".bashrc", ".zshenv", ".profile", SOURCE} <= subjects
    for part in ("line 1", "read-only (mode 0444)", "2 hard links", "not a directory"):
        assert part in raised.value.message


def test_what_is_in_the_way_matters_only_to_what_must_change(host: Host) -> None:
    host.run(ONE)
    (host.home / ".bashrc").chmod(0o444)
    assert not host.run(ONE).changed
    assert host.run(TWO).changed, "only the source changes"
    with pytest.raises(Blocked, match="read-only"):
        host.run(ABSENT)
    (host.home / SOURCE).chmod(0o400)
    assert not host.run(TWO).changed
    with pytest.raises(Blocked, match="read-only"):
        host.run(ONE)


def test_a_ledger_that_cannot_be_written_stops_any_change(host: Host) -> None:
    fill(host.home, {STATE: b"not a directory"})
    before = tree(host.home)
    with pytest.raises(Blocked, match="not a directory"):
        host.run(ONE)
    assert tree(host.home) == before


def test_a_failed_write_says_what_was_written(host: Host) -> None:
    def sabotage() -> None:
        (host.home / ".config").write_bytes(b"no directory any more")

    host.files.before_write = once(sabotage)
    with pytest.raises(ApplyError) as raised:
        host.run(ONE)
    assert SOURCE in raised.value.message
    assert raised.value.touched.replace(str(host.root), "") == f"Written: /home/alice/{LEDGER}."
    (host.home / ".config").unlink()
    assert host.run(ONE).changed
    assert not host.run(ONE).changed


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data + b"export MINE=1\n",
        lambda data: data.replace(b"'/w'", b"'/changed by hand' # so"),
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xff\xfe" + data,
        lambda _data: b"",
    ],
)
def test_a_source_that_was_tampered_with_is_written_anew(host: Host, damage: t.Callable[[bytes], bytes]) -> None:
    host.run(ONE)
    whole = host.read(SOURCE)
    fill(host.home, {SOURCE: damage(whole)})
    outcome = host.run(wish(gopath=("/w",)))
    assert outcome.changed
    assert ids(outcome.findings) == ["source_damaged"]
    assert host.read(SOURCE) == whole, "from the record, with what this run does not name"
    assert not host.run(ONE).findings


def test_the_other_scopes_damaged_source_is_told_and_left(host: Host) -> None:
    fill(host.root, {SYSTEM_SOURCE: b"what is this\n"})
    outcome = host.run(ONE)
    assert ids(outcome.findings) == ["source_damaged"]
    assert (host.root / SYSTEM_SOURCE).read_bytes() == b"what is this\n"


def test_a_source_that_is_gone_comes_back(host: Host) -> None:
    host.run(ONE)
    whole = host.read(SOURCE)
    (host.home / SOURCE).unlink()
    assert host.run(ONE).changed
    assert host.read(SOURCE) == whole


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"format": 99}', b"\xff\xfe\x00", b'{"format":1,"record":"x","journal":{}}']
)
def test_a_damaged_ledger_counts_as_empty_and_is_written_anew(host: Host, data: bytes) -> None:
    host.run(ONE)
    fill(host.home, {LEDGER: data})
    told = host.run(ONE)
    assert not told.changed
    assert ids(told.findings) == ["record_lost"], "what stands in files of ours is known by its marks"
    outcome = host.run(TWO)
    assert "record_lost" in ids(outcome.findings)
    assert host.ledger().record.variables == {"GOPATH": "/工 具/it's", **TWO.variables}
    assert len(host.ledger().journal) == 1
    assert host.run(TWO).findings == ()


@pytest.mark.parametrize("home", HOMES)
def test_without_its_journal_what_was_written_is_known_by_its_marks(tmp_path: Path, home: str) -> None:
    host = Host(tmp_path)
    fill(host.home, HOMES[home])
    before = host.theirs()
    host.run(ONE)
    shutil.rmtree(host.home / STATE)
    again = host.run(ONE)
    assert (again.changed, ids(again.findings)) == (False, ["record_lost"])
    outcome = host.run(ABSENT)
    (finding,) = [finding for finding in outcome.findings if finding.id == "record_lost"]
    assert str(host.home / SOURCE) in finding.message
    files = {path: data for path, data in host.theirs().items() if data != "directory"}
    assert files == {path: data for path, data in before.items() if data != "directory"}
    host.run(RESTORED)
    assert host.settings().variables == {"GOPATH": "/w", **ONE.variables}, "and that can be undone"


def test_ten_changes_go_back_one_by_one(host: Host) -> None:
    fill(host.home, USUAL)
    stood = [host.theirs()]
    for number in range(10):
        host.run(wish(variables={"GOFLAGS": f"-tags=t{number}"}, shells=("sh", "bash")))
        stood.append(host.theirs())
    for number in range(10):
        assert host.run(RESTORED).changed, number
        if number < 9:
            assert host.settings().variables == {"GOFLAGS": f"-tags=t{8 - number}"}
    assert host.theirs() == stood[0]
    assert ids(host.run(RESTORED).findings) == ["restore_nothing"]


def test_a_source_that_is_gone_too_leaves_blocks_that_are_known(host: Host) -> None:
    fill(host.home, USUAL)
    before = host.theirs()
    host.run(ONE)
    shutil.rmtree(host.home / STATE)
    (host.home / SOURCE).unlink()
    outcome = host.run(ABSENT)
    assert "record_lost" in ids(outcome.findings)
    assert {path: data for path, data in host.theirs().items() if data != "directory"} == before


def test_what_was_ours_is_still_replaced_when_the_journal_is_gone(host: Host) -> None:
    """PATH entries have the roles that they had: another SDK takes the place of the one before."""
    host.run(wish(goroot="/opt/one", gopath=("/w",), path=None))
    shutil.rmtree(host.home / STATE)
    host.run(wish(goroot="/opt/two", gopath=("/v",)))
    assert host.settings().path == ("/opt/two/bin", "/v/bin", "$PATH")


def test_where_nothing_was_ever_written_nothing_is_lost(host: Host) -> None:
    fill(host.home, USUAL)
    outcome = host.run(ABSENT)
    assert (outcome.changed, ids(outcome.findings)) == (False, ["nothing_recorded"])


def test_a_block_where_bash_reads_no_longer_is_known_too(host: Host) -> None:
    fill(host.home, {".bash_login": b"# mine\n"})
    host.run(ONE)
    shutil.rmtree(host.home / STATE)
    fill(host.home, {".bash_profile": b"# newer\n"})
    host.run(ABSENT)
    assert (host.read(".bash_login"), host.read(".bash_profile")) == (b"# mine\n", b"# newer\n")


def test_directories_that_were_made_go_with_the_last_file_in_them(host: Host) -> None:
    (host.home / ".config/environment.d").mkdir(parents=True)
    before = tree(host.home)
    host.run(ONE)
    assert (host.home / ".config/fish/conf.d").is_dir()
    host.run(ABSENT)
    assert tree(host.home, (".local",)) == before
    host.run(ONE)
    (host.home / ".config/fish/conf.d/theirs.fish").write_bytes(b"# mine")
    host.run(ABSENT)
    assert set(tree(host.home, (".local",))) - set(before) == {
        ".config/fish",
        ".config/fish/conf.d",
        ".config/fish/conf.d/theirs.fish",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of other accounts")
def test_every_file_that_cannot_be_written_is_named_before_the_first_is(tmp_path: Path) -> None:
    host = unprivileged(tmp_path)
    fill(host.home, USUAL)
    for name in (".bashrc", ".profile"):
        (host.home / name).chmod(0o644)  # root's
    (host.home / ".config").mkdir(mode=0o755)
    before = tree(host.home)
    for check_mode in (True, False):
        with pytest.raises(Blocked) as raised:
            host.run(ONE._replace(shells=("sh", "bash", "fish", "systemd")), check_mode)
        message = raised.value.message
        for path in (
            ".bashrc",
            ".profile",
            ".config/fish/conf.d/gopher-devbox-user.fish",
            SOURCE,
            ".config/environment.d/70-gopher-devbox.conf",
        ):
            assert f"/{path}".replace(str(host.root), "") in message
        assert tree(host.home) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of other accounts")
def test_only_a_run_that_would_change_the_file_is_stopped(tmp_path: Path) -> None:
    host = unprivileged(tmp_path)
    host.run(ONE._replace(shells=("bash",)))
    os.chown(host.home / ".bashrc", 0, 0)
    assert not host.run(ONE._replace(shells=("bash",))).changed
    assert host.run(TWO._replace(shells=("bash",))).changed, "values stand in another file"
    with pytest.raises(Blocked, match="bashrc belongs to root"):
        host.run(ABSENT)
    os.chown(host.home / ".bashrc", 65534, 65534)
    os.chown(host.home / STATE / "gopher.devbox/lock", 0, 0)
    with pytest.raises(Blocked, match="lock belongs to root"):
        host.run(ABSENT, check_mode=True)


def unprivileged(tmp_path: Path) -> Host:
    """A home of an account without rights, whose runs have none."""
    for above in (tmp_path, *tmp_path.parents[:-2]):
        with contextlib.suppress(PermissionError):
            above.chmod(above.stat().st_mode | 0o055)
    host = Host(tmp_path)
    host.me = Account("65534", "nobody", home=str(host.home), shell="/bin/sh", group="65534", own=True)
    host.files._files = LocalFiles(host.me)
    os.chown(host.home, 65534, 65534)
    return host


def test_a_ledger_from_before_remembers_at_most_ten_changes(host: Host) -> None:
    for number in range(12):
        host.run(wish(variables={"GOGC": str(number)}))
    ledger = host.ledger()
    assert len(ledger.journal) == len(ledger.record.journal) == 10
    assert json.loads((host.home / LEDGER).read_text())["format"] == 1


# --- asking the shells -----------------------------------------------------------------------------------------------


def test_shells_are_asked_what_they_see(host: Host) -> None:
    fill(host.root, {"bin/bash": b"", "usr/bin/zsh": b""})
    sdk = make_sdk(host.root / "opt" / "go")
    right = {"GOROOT": sdk, "PATH": f"{sdk}/bin:/usr/bin"}
    host.programs.answers = {
        "sh": right,
        "bash": {**right, "GOROOT": "/other"},
        "go": json.dumps({"GOROOT": sdk}).encode(),
    }
    outcome = host.run(wish(goroot=sdk, verify=True))
    assert [(finding.id, finding.subject) for finding in outcome.findings] == [
        ("shell_value_differs", "bash"),
        ("shell_not_checked", "zsh"),
    ]
    assert [command.argv[0] for command in host.programs.asked] == [
        "/bin/sh",
        "/bin/bash",
        "/usr/bin/zsh",
        f"{sdk}/bin/go",
    ]
    assert all(command.account == host.me for command in host.programs.asked)
    assert all(command.environment["HOME"] == str(host.home) for command in host.programs.asked[:3])
    assert host.programs.asked[3].environment["GOTOOLCHAIN"] == "local"


@pytest.mark.parametrize("answer", [b"", b"go: cannot find GOROOT", b"[]", b'{"GOROOT": "/other"}'])
def test_a_go_that_was_started_and_does_not_say_what_was_written_is_a_failure(host: Host, answer: bytes) -> None:
    sdk = make_sdk(host.root / "opt" / "go")
    host.programs.answers = {"sh": {"GOROOT": sdk, "PATH": f"{sdk}/bin"}, "go": answer}
    with pytest.raises(ApplyError, match=r"gave no answer|answers otherwise") as raised:
        host.run(wish(goroot=sdk, shells=("sh",), verify=True))
    assert "The change itself was made" in raised.value.touched
    assert host.ledger().record.journal[-1] in raised.value.touched
    assert host.settings().variables == {"GOROOT": sdk}


def test_a_go_that_cannot_work_with_a_goroot_that_was_accepted_is_no_failure(host: Host) -> None:
    sdk, coming = make_sdk(host.root / "opt" / "go"), str(host.root / "coming")
    host.programs.answers = {
        "sh": {"GOROOT": coming, "PATH": f"{coming}/bin:{sdk}/bin"},
        "go": b"go: cannot find GOROOT",
    }
    wanted = wish(
        goroot=coming, path=(f"{coming}/bin", f"{sdk}/bin"), shells=("sh",), validate=Validate.WARN, verify=True
    )
    assert {"goroot_missing", "go_value_differs"} <= set(ids(host.run(wanted).findings))


def test_for_the_system_scope_shells_are_asked_in_an_empty_home(host: Host) -> None:
    as_root(host)
    host.programs.answers = {"sh": {"GOTOOLCHAIN": "local", "GOROOT": "/opt/go", "PATH": "/usr/bin:/opt/go/bin"}}
    outcome = host.run(SYSTEM._replace(shells=("sh",), verify=True))
    assert [command.environment["HOME"] for command in host.programs.asked] == [HOME_OF_ITS_OWN]
    assert "go_not_checked" in ids(outcome.findings)


def test_root_runs_no_go_that_others_can_replace(host: Host) -> None:
    as_root(host)
    sdk = make_sdk(host.root / "opt" / "go")
    host.programs.answers = {"sh": {"GOTOOLCHAIN": "local", "GOROOT": sdk, "PATH": f"{sdk}/bin"}}
    host.programs.writable = True
    outcome = host.run(SYSTEM._replace(goroot=sdk, shells=("sh",), verify=True))
    assert ids(outcome.findings) == ["go_writable_by_users"]
    assert len(host.programs.asked) == 1


def test_entries_missing_or_out_of_order_are_told(host: Host) -> None:
    host.programs.answers = {"sh": {"PATH": "/b:/usr/bin:/a"}}
    outcome = host.run(wish(path=("/a", "/b", "/c"), shells=("sh",), verify=True))
    (finding,) = [finding for finding in outcome.findings if finding.id == "shell_value_differs"]
    assert "/c is not on PATH" in finding.message
    assert "another order" in finding.message


def test_the_system_scope_is_looked_at_by_an_ordinary_account_too(host: Host) -> None:
    """A file that only root can read is found: root sees what it should, and nobody does not."""
    as_root(host)
    nobody = Account("65534", "nobody", home="/nonexistent", shell="/bin/sh", group="65534", own=False)
    host.ordinary = nobody
    fill(host.root, {"etc/fish/config.fish": b"", "usr/bin/fish": b""})
    seen = {"PATH": "/opt/go/bin:/usr/bin", "GOROOT": "/opt/go", "GOTOOLCHAIN": "local"}
    host.programs.by_account = {"root": seen, "nobody": {"PATH": "/usr/bin"}}
    outcome = host.run(SYSTEM._replace(shells=("sh", "fish"), verify=True))
    told = [finding for finding in outcome.findings if finding.id == "shell_value_differs"]
    assert [finding.subject for finding in told] == ["sh", "fish"]
    assert all(
        "of nobody sees it otherwise" in finding.message and "/etc/gopher-devbox" in finding.advice for finding in told
    )
    assert [command.account.name for command in host.programs.asked[:4]] == ["root", "root", "nobody", "nobody"]
    assert all(command.environment["HOME"] == HOME_OF_ITS_OWN for command in host.programs.asked[:4])


def test_a_shell_that_makes_directories_makes_them_elsewhere(host: Host) -> None:
    fill(host.root, {"usr/bin/fish": b"", "usr/bin/zsh": b""})
    (host.home / ".cache/fish").mkdir(parents=True)
    host.run(ONE._replace(shells=("fish", "zsh"), verify=True))
    fish, zsh = (command.environment for command in host.programs.asked[:2])
    assert fish["XDG_DATA_HOME"] == HOME_OF_ITS_OWN
    assert "XDG_CACHE_HOME" not in fish, "what is there already is the person's own"
    assert not {"XDG_DATA_HOME", "XDG_CACHE_HOME"} & set(zsh)


def test_only_a_change_is_asked_about(host: Host) -> None:
    host.run(ONE._replace(verify=True))
    asked = len(host.programs.asked)
    host.run(ONE._replace(verify=True))
    host.run(TWO._replace(verify=True), check_mode=True)
    assert len(host.programs.asked) == asked


def test_values_read_back_as_they_were_written(host: Host) -> None:
    """What the shells are to see is what the run said it would leave."""
    outcome = host.run(TWO)
    assert outcome.after.in_scope(Scope.USER)["GOPRIVATE"] == Value(TWO.variables["GOPRIVATE"] or "")
    assert {path for path, text in outcome.after.hooks.items() if text} == set(host.ledger().record.hooks)


# --- what other lines say --------------------------------------------------------------------------------------------


def test_lines_that_name_another_sdk_are_reported_with_file_and_line(host: Host) -> None:
    """In check mode and when nothing is to be changed, too. Behind our last block they are the last word, and stop a
    strict run.
    """
    theirs, ours = make_sdk(host.root / "theirs"), make_sdk(host.root / "ours")
    wanted = Wanted(medium=START_FILES, goroot=ours, gopath=(f"{host.home}/go",), shells=("sh", "bash"), verify=False)
    fill(host.home, {".bashrc": f"# mine\nexport GOROOT={theirs}\nexport PATH=$PATH:$GOROOT/bin\n".encode()})
    (host.root / "theirs" / "VERSION").write_text("go1.21.13\n")
    for check_mode in (True, False, False):
        number = host.read(".bashrc").decode().split("\n").index(f"export GOROOT={theirs}") + 1
        outcome = host.run(wanted, check_mode)
        told = [finding for finding in outcome.findings if finding.id == "start_file_conflict"]
        assert [finding.message.split(",")[:2] for finding in told] == [[f"{host.home}/.bashrc", f" line {number}"]]
    assert not outcome.changed
    whole = host.read(".bashrc")
    assert blocks.find(whole, LAST_BLOCK)
    fill(host.home, {".bashrc": whole + f"PATH={theirs}/bin:$PATH\n".encode()})
    for check_mode in (True, False):
        with pytest.raises(Blocked) if not check_mode else contextlib.nullcontext() as raised:
            outcome = host.run(wanted, check_mode)
        if not check_mode:
            assert f"line {whole.count(chr(10).encode()) + 1}, comes behind our lines" in raised.value.message
    assert "goroot_mismatch" in ids(outcome.findings)
    assert "goroot_mismatch" in ids(host.run(wanted._replace(validate=Validate.WARN)).findings)


# --- what new users begin with ---------------------------------------------------------------------------------------

TEMPLATE = wish(scope=Scope.DEFAULT_USER, variables={"GOPROXY": "off"}, shells=("sh", "bash", "zsh", "fish"))


def test_the_template_of_new_users_names_no_home(host: Host) -> None:
    skeleton = as_root(host).root / "etc/skel"
    fill(skeleton, {".bashrc": b"alias ll='ls -l'\n", ".profile": b"umask 022\n"})
    before = tree(skeleton)
    outcome = host.run(TEMPLATE)
    assert outcome.changed
    written = tree(skeleton)
    assert {".bashrc", ".profile", ".zshenv", ".config/gopher-devbox/env.sh"} <= set(written)
    for name in (".bashrc", ".profile", ".zshenv", ".config/fish/conf.d/gopher-devbox-user.fish"):
        text = written[name]
        assert isinstance(text, bytes)
        assert b"$HOME" in text
        assert b"/etc/skel" not in text
    assert not (skeleton / ".local").exists(), "records are no part of a new user's home"
    assert (host.root / "var/lib/gopher.devbox/default_user/shells.json").exists()
    assert stat.S_IMODE((skeleton / ".config/gopher-devbox/env.sh").stat().st_mode) == 0o600
    assert not host.run(TEMPLATE).changed
    assert host.run(TEMPLATE._replace(variables={"GOPROXY": "direct"})).changed
    assert host.run(wish(scope=Scope.DEFAULT_USER, goal=Goal.RESTORED, shells=None)).changed
    source = (skeleton / ".config/gopher-devbox/env.sh").read_text()
    assert shellenv.parse_source(source).variables == {"GOPROXY": "off"}
    assert host.run(wish(scope=Scope.DEFAULT_USER, goal=Goal.ABSENT, shells=None)).changed
    assert tree(skeleton) == before


def test_a_home_that_is_made_from_the_template_has_its_values(host: Host, tmp_path: Path) -> None:
    skeleton = as_root(host).root / "etc/skel"
    fill(skeleton, {".profile": b"umask 022\n"})
    host.run(TEMPLATE._replace(variables={"CGO_CFLAGS": "it's $x"}))
    home = tmp_path / "made home"
    shutil.copytree(skeleton, home)
    line = '. "$HOME/.profile"; printf %s "$CGO_CFLAGS"'
    done = subprocess.run(["/bin/sh", "-c", line], env={"HOME": str(home)}, capture_output=True, check=True)
    assert done.stdout == b"it's $x"


def test_login_shells_are_asked_in_a_home_like_the_template(host: Host) -> None:
    fill(as_root(host).root / "etc/skel", {".profile": b"umask 022\n"})
    host.programs.answers = {"sh": {"GOPROXY": "off"}}
    assert ids(host.run(TEMPLATE._replace(verify=True, shells=("sh",))).findings) == ["go_not_checked"]
    command = host.programs.asked[0]
    assert command.environment["HOME"] == HOME_OF_ITS_OWN
    assert {".profile", ".config/gopher-devbox/env.sh"} <= set(command.files)


def test_the_template_needs_root(host: Host) -> None:
    with pytest.raises(Blocked, match=r"The default_user scope needs root"):
        host.run(TEMPLATE)
