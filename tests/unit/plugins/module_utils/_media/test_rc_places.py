"""Which start files a host has for its shells, and where they are."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_places import (
    BLOCK,
    DROP_IN,
    LAST,
    NEVER_MADE,
    OF_HOME,
    OF_LED,
    OF_SYSTEM,
    SHELLS,
    SOURCE,
    Existing,
    Ground,
    Hook,
    Open,
    RcLayout,
    file_of,
    looked_for,
    places,
    program,
    read_first,
    shells_on,
    zdotdirs,
    zsh_doubtful,
    zsh_open,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

HOME, CONFIG = "/home/alice", "/home/alice/.config"
SYSTEM = Ground(True, False, HOME, CONFIG)
USER = Ground(False, False, HOME, CONFIG)

DEBIAN = Existing(
    frozenset({"/etc/profile.d", "/etc/bash.bashrc", "/etc/zsh", "/bin/bash", "/usr/bin/zsh", "/run/systemd/system"})
)
FEDORA = Existing(
    frozenset({"/etc/profile.d", "/etc/bashrc", "/bin/bash"}),
    {"/etc/bashrc": b"for i in /etc/profile.d/*.sh; do . $i; done\n"},
)
OPENWRT = Existing(frozenset())


def by_shell(ground: Ground, seen: Existing) -> dict[str, list[str]]:
    """The paths for each shell, in the order in which they are named."""
    found = places(ground, seen)
    return {shell: [place.path for place in found if shell in place.shells] for shell in SHELLS}


def at(ground: Ground, seen: Existing, path: str) -> Hook:
    (found,) = [place for place in places(ground, seen) if place.path == path]
    return found


# --- everybody's -----------------------------------------------------------------------------------------------------


def test_debian() -> None:
    found = by_shell(SYSTEM, DEBIAN)
    assert found == {
        "sh": ["/etc/profile.d/gopher-devbox.sh"],
        "bash": ["/etc/profile.d/gopher-devbox.sh", "/etc/bash.bashrc"],
        "zsh": ["/etc/zsh/zshenv", "/etc/zsh/zprofile"],
        "fish": ["/etc/fish/conf.d/gopher-devbox.fish"],
        "powershell": [],
        "systemd": ["/etc/environment.d/60-gopher-devbox.conf"],
    }
    assert at(SYSTEM, DEBIAN, "/etc/bash.bashrc").top, "it returns early where a shell is not interactive"
    assert at(SYSTEM, DEBIAN, "/etc/zsh/zprofile").again
    assert at(SYSTEM, DEBIAN, "/etc/profile.d/gopher-devbox.sh").kind == DROP_IN


def test_fedora_reads_its_drop_ins_in_every_bash() -> None:
    found = by_shell(SYSTEM, FEDORA)
    assert found["bash"] == ["/etc/profile.d/gopher-devbox.sh"]
    assert found["zsh"] == ["/etc/zshenv", "/etc/zprofile"]


def test_a_bashrc_that_reads_no_drop_ins_gets_a_block() -> None:
    seen = Existing(frozenset({"/etc/profile.d", "/etc/bashrc"}), {"/etc/bashrc": b"PS1='$ '\n"})
    assert by_shell(SYSTEM, seen)["bash"] == ["/etc/profile.d/gopher-devbox.sh", "/etc/bashrc"]


def test_macos_has_no_drop_ins() -> None:
    seen = Existing(
        frozenset({"/etc/profile.d", "/etc/bashrc", "/opt/homebrew/etc/fish"}), {"/etc/bashrc": b"PS1='$ '\n"}
    )
    found = by_shell(Ground(True, True, HOME, CONFIG), seen)
    assert found["sh"] == ["/etc/profile"], "its /etc/profile reads no /etc/profile.d, whoever made one"
    assert found["bash"] == ["/etc/profile", "/etc/bashrc"]
    assert found["zsh"] == ["/etc/zshenv", "/etc/zprofile"]
    assert found["fish"] == ["/opt/homebrew/etc/fish/conf.d/gopher-devbox.fish"]


def test_a_system_without_drop_ins_gets_a_block_in_its_profile() -> None:
    place = at(SYSTEM, OPENWRT, "/etc/profile")
    assert (place.shells, place.kind) == (("sh", "bash"), BLOCK)
    assert by_shell(SYSTEM, OPENWRT)["bash"] == ["/etc/profile"], "/etc/bashrc is not made where bash does not read it"


def test_powershell_has_a_place_where_it_is_installed() -> None:
    seen = Existing(frozenset({"/opt/microsoft/powershell/7"}))
    assert by_shell(SYSTEM, seen)["powershell"] == ["/opt/microsoft/powershell/7/profile.ps1"]


# --- one person's ----------------------------------------------------------------------------------------------------


def test_a_home_with_nothing_in_it() -> None:
    assert by_shell(USER, OPENWRT) == {
        "sh": [f"{HOME}/.profile"],
        "bash": [f"{HOME}/.profile", f"{HOME}/.bashrc", f"{HOME}/.bashrc{LAST}"],
        "zsh": [f"{HOME}/.zshenv", f"{HOME}/.zprofile", f"{HOME}/.zshrc{LAST}"],
        "fish": [f"{CONFIG}/fish/conf.d/gopher-devbox-user.fish", f"{CONFIG}/fish/config.fish{LAST}"],
        "powershell": [f"{CONFIG}/powershell/profile.ps1"],
        "systemd": [f"{CONFIG}/environment.d/70-gopher-devbox.conf"],
    }
    assert at(USER, OPENWRT, f"{HOME}/.bashrc").top


@pytest.mark.parametrize(
    ("there", "login"),
    [
        ((), ".profile"),
        ((".profile",), ".profile"),
        ((".bash_profile",), ".bash_profile"),
        ((".bash_login", ".profile"), ".bash_login"),
        ((".bash_profile", ".bash_login", ".profile"), ".bash_profile"),
    ],
)
def test_bash_gets_the_one_login_file_it_reads(there: tuple[str, ...], login: str) -> None:
    seen = Existing(frozenset(f"{HOME}/{name}" for name in there))
    found = by_shell(USER, seen)
    assert found["bash"] == [f"{HOME}/{login}", f"{HOME}/.bashrc", f"{HOME}/.bashrc{LAST}"]
    assert found["sh"] == [f"{HOME}/.profile"]


def test_no_file_is_a_place_that_would_be_made_over_another() -> None:
    for ground in (SYSTEM, USER, Ground(False, True, HOME, CONFIG)):
        for seen in (DEBIAN, FEDORA, OPENWRT, Existing(frozenset({f"{HOME}/.profile"}))):
            assert [place.path for place in places(ground, seen) if place.path.endswith(NEVER_MADE)] == []


def test_the_persons_fish_file_is_no_namesake_of_the_systems() -> None:
    """Of two files with one name in its conf.d directories fish reads the person's only."""
    names = {by_shell(ground, DEBIAN)["fish"][0].rpartition("/")[2] for ground in (SYSTEM, USER)}
    assert len(names) == 2


@pytest.mark.parametrize(
    "ground", [SYSTEM, USER, Ground(True, True, HOME, CONFIG), Ground(False, True, HOME, CONFIG, "/z")]
)
@pytest.mark.parametrize("seen", [DEBIAN, FEDORA, OPENWRT])
def test_every_place_is_one_file_with_a_way_to_hold_its_text(ground: Ground, seen: Existing) -> None:
    found = places(ground, seen)
    assert found[0] == Hook(ground.source, (), SOURCE)
    assert len({place.path for place in found}) == len(found)
    assert all(place.path.startswith("/") and set(place.shells) <= set(SHELLS) for place in found)
    layout = RcLayout(START_FILES, ground, found, SHELLS)
    for place in found[1:]:
        assert place.kind in (DROP_IN, BLOCK)
        forgotten = RcLayout(START_FILES, ground, (), SHELLS)
        assert layout.kind(place.path) == forgotten.kind(place.path), (
            "what is no longer a place is still known by its name"
        )


# --- ZDOTDIR ---------------------------------------------------------------------------------------------------------


def zsh(ground: Ground = USER, **texts: bytes) -> tuple[str, str]:
    names = {"own": f"{HOME}/.zshenv", "system": "/etc/zshenv", "debian": "/etc/zsh/zshenv"}
    return zdotdirs(ground, Existing(frozenset(), {names[name]: text for name, text in texts.items()}))


@pytest.mark.parametrize(
    ("line", "directory"),
    [
        (b"ZDOTDIR=/z", "/z"),
        (b"export ZDOTDIR=/z/", "/z"),
        (b"  export ZDOTDIR=~/.config/zsh", f"{CONFIG}/zsh"),
        (b"ZDOTDIR=$HOME/.zsh", f"{HOME}/.zsh"),
        (b"ZDOTDIR=${HOME}/.zsh; export ZDOTDIR", f"{HOME}/.zsh"),
        (b'export ZDOTDIR="$HOME/my zsh"', f"{HOME}/my zsh"),
        (b'export ZDOTDIR="$HOME"/.zsh', f"{HOME}/.zsh"),
        (b'export ZDOTDIR="${XDG_CONFIG_HOME:-$HOME/.config}"/zsh', f"{CONFIG}/zsh"),
        (b'ZDOTDIR="${XDG_CONFIG_HOME:-$HOME/.config}/zsh"', f"{CONFIG}/zsh"),
        (b"ZDOTDIR=$XDG_CONFIG_HOME/zsh", f"{CONFIG}/zsh"),
        (b"typeset -gx ZDOTDIR=/z # here", "/z"),
        (b"ZDOTDIR='/a $b'", "/a $b"),
        (b"ZDOTDIR=/one\nZDOTDIR=/two\n", "/two"),
        (b"ZDOTDIR=/z\r\n", "/z"),
        (b"ZDOTDIR=\"$HOME\"'/z'", f"{HOME}/z"),
        (b"ZDOTDIR=/a\\ b", "/a b"),
        (b"export ZDOTDIR=${ZDOTDIR:-$HOME/.config/zsh}", f"{CONFIG}/zsh"),
        (b": ${ZDOTDIR:=$HOME/.zsh}", f"{HOME}/.zsh"),
        (b"typeset -x EDITOR=vi ZDOTDIR=/z", "/z"),
    ],
)
def test_where_a_persons_own_zshenv_leads(line: bytes, directory: str) -> None:
    assert zsh(own=line) == (HOME, directory)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"# ZDOTDIR=/z",
        b"echo ZDOTDIR=/z",
        b"ZDOTDIR=relative",
        b"ZDOTDIR=$(pwd)/z",
        b"ZDOTDIR=`pwd`",
        b"ZDOTDIR=/a/$B",
        b"ZDOTDIR='$HOME/z'",
        b"ZDOTDIR=",
        b"MY_ZDOTDIR=/z",
    ],
)
def test_what_cannot_be_told_without_running_it_is_no_directory(line: bytes) -> None:
    assert zsh(own=line) == (HOME, HOME)


def test_the_environment_moves_all_of_zsh() -> None:
    assert zsh(Ground(False, False, HOME, CONFIG, "/z")) == ("/z", "/z")
    assert zsh(Ground(False, False, HOME, CONFIG, "/z"), own=b"ZDOTDIR=/y") == ("/z", "/z"), (
        "zsh does not read the one in the home then"
    )


def test_what_a_session_has_from_the_persons_own_zshenv_moves_no_zshenv() -> None:
    """A session that zsh started has ZDOTDIR already; the next login reads the home's .zshenv all the same."""
    assert zsh(Ground(False, False, HOME, CONFIG, f"{HOME}/.zsh"), own=b"export ZDOTDIR=~/.zsh") == (
        HOME,
        f"{HOME}/.zsh",
    )


def test_what_is_not_understood_is_asked_in_turn() -> None:
    """The system's first, then the one in the home, then the one where either leads; what zsh says counts."""
    odd, home = b'ZDOTDIR="$(realpath ~/.zsh)"', f"{HOME}/.zshenv"
    seen = Existing(frozenset(), {"/etc/zsh/zshenv": odd, home: odd})
    assert zsh_open(USER, seen) == Open(ask=OF_SYSTEM)
    seen = seen._replace(asked={OF_SYSTEM: ""})
    assert zsh_open(USER, seen) == Open(ask=OF_HOME)
    asked = {OF_SYSTEM: "", OF_HOME: f"{HOME}/.zsh"}
    assert (zsh_open(USER, seen._replace(asked=asked)), zdotdirs(USER, seen._replace(asked=asked))) == (
        Open(),
        (HOME, f"{HOME}/.zsh"),
    )
    led = seen._replace(asked={OF_SYSTEM: "/z"})
    assert zsh_open(USER, led) == Open(("/z/.zshenv",))
    led = led._replace(sourced={"/z/.zshenv": odd})
    assert zsh_open(USER, led) == Open(ask=OF_LED)
    led = led._replace(asked={OF_SYSTEM: "/z", OF_LED: "/y"})
    assert (zsh_open(USER, led), zdotdirs(USER, led)) == (Open(), ("/z", "/y"))


def test_a_session_that_zsh_started_moves_nothing_however_its_zshenv_is_written() -> None:
    ground = Ground(False, False, HOME, CONFIG, f"{HOME}/.zsh")
    seen = Existing(frozenset(), {f"{HOME}/.zshenv": b'ZDOTDIR="$(realpath ~/.zsh)"'})
    assert zsh_open(ground, seen) == Open(ask=OF_HOME)
    for answer in (f"{HOME}/.zsh", None):
        assert zdotdirs(ground, seen._replace(asked={OF_HOME: answer})) == (HOME, f"{HOME}/.zsh")
        assert bool(zsh_doubtful(ground, seen._replace(asked={OF_HOME: answer}))) is (answer is None)


def test_the_systems_zshenv_goes_before_the_environment() -> None:
    ground = Ground(False, False, HOME, CONFIG, "/env")
    assert zsh(ground, system=b"export ZDOTDIR=$HOME/.zsh\n") == (f"{HOME}/.zsh", f"{HOME}/.zsh")
    assert zsh(ground, debian=b"ZDOTDIR=/d\n") == ("/d", "/d")


def test_the_blocks_stand_where_zsh_reads() -> None:
    seen = Existing(frozenset(), {f"{HOME}/.zshenv": b"ZDOTDIR=~/.zsh\n"})
    assert by_shell(USER, seen)["zsh"] == [f"{HOME}/.zshenv", f"{HOME}/.zsh/.zprofile", f"{HOME}/.zsh/.zshrc{LAST}"]
    assert by_shell(Ground(False, False, HOME, CONFIG, "/z"), OPENWRT)["zsh"] == [
        "/z/.zshenv",
        "/z/.zprofile",
        f"/z/.zshrc{LAST}",
    ]


# --- which shells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "accounts", "found"),
    [
        ((), b"", ("sh",)),
        (("/bin/bash", "/usr/bin/zsh"), b"", ("sh", "bash", "zsh")),
        (("/opt/homebrew/bin/fish",), b"", ("sh", "fish")),
        (
            (),
            b"# x:/bin/zsh\na:x:1:1::/home/a:/usr/bin/bash\nb:x:2:2::/home/b:/nix/store/x/bin/fish\n",
            ("sh", "bash", "fish"),
        ),
        ((), b"bash\n#/bin/zsh\nroot:x:0:0::/root:/usr/sbin/nologin\n", ("sh",)),
        ((), b"\xff\na:x:1:1::/:/bin/bash\r\n", ("sh", "bash")),
        (("/usr/bin/pwsh", "/run/systemd/system"), b"", ("sh", "powershell", "systemd")),
        (("/lib/systemd/systemd",), b"", ("sh", "systemd")),
    ],
)
def test_shells_on_a_host(present: tuple[str, ...], accounts: bytes, found: tuple[str, ...]) -> None:
    """For everybody: those that are there, and login shells. A name in /etc/shells proves nothing."""
    assert (
        shells_on(
            SYSTEM, Existing(frozenset(present), {"/etc/passwd": accounts, "/etc/shells": b"/bin/zsh\n/usr/bin/pwsh\n"})
        )
        == found
    )


THERE = ("/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/pwsh")


@pytest.mark.parametrize(
    ("login", "files", "texts", "found"),
    [
        ("", (), {}, ("sh",)),
        ("/usr/bin/zsh", (), {}, ("sh", "zsh")),
        ("/usr/sbin/nologin", (".bashrc", ".config/fish/config.fish"), {}, ("sh", "bash", "fish")),
        ("", (), {".profile": b"# exec zsh\n[ -t 0 ] && exec fish -l\n"}, ("sh", "fish")),
        ("", (), {".tmux.conf": b"set -g default-shell /usr/bin/zsh\n# or fish\n"}, ("sh", "zsh")),
        (
            "",
            (),
            {".config/Code/User/settings.json": b'"terminal.integrated.defaultProfile.linux": "pwsh"\n'},
            ("sh", "powershell"),
        ),
        ("", (), {".profile": b"alias z=zsh\n", ".tmux.conf": b"source ~/.config/fish-like/zsh.conf\n"}, ("sh",)),
    ],
)
def test_shells_that_a_person_uses(
    login: str, files: tuple[str, ...], texts: dict[str, bytes], found: tuple[str, ...]
) -> None:
    present = {*THERE, *(f"{HOME}/{name}" for name in files)}
    seen = Existing(frozenset(present), {f"{HOME}/{name}": text for name, text in texts.items()})
    assert shells_on(USER._replace(login=login), seen) == found
    assert {f"{HOME}/{name}" for name in files} <= set(looked_for(USER))
    assert seen.texts.keys() <= set(read_first(USER))


def test_where_a_shells_program_is() -> None:
    seen = Existing(frozenset({"/usr/bin/bash", "/usr/local/bin/bash", "/snap/bin/pwsh"}))
    assert program("bash", seen) == "/usr/bin/bash"
    assert program("powershell", seen) == "/snap/bin/pwsh"
    assert program("zsh", seen) == "zsh"
    assert program("sh", seen) == "/bin/sh"


def test_all_that_decides_is_looked_for() -> None:
    """What the places and the shells depend on is asked of the host, and nothing else is seen."""
    for ground in (SYSTEM, USER):
        asked, read = set(looked_for(ground)), set(read_first(ground))
        for seen in (DEBIAN, FEDORA):
            assert seen.present <= asked
            assert seen.texts.keys() <= read
        assert {f"{HOME}/{name}" for name in (".bash_profile", ".bash_login", ".profile")} <= asked


# --- what stands there -----------------------------------------------------------------------------------------------

VALUES = Variables([("GOROOT", Value("/opt/go")), ("PATH", Value("/opt/go/bin:$PATH"))])


def layout(shells: t.Collection[str], ground: Ground = USER, seen: Existing = DEBIAN) -> RcLayout:
    return RcLayout(START_FILES, ground, places(ground, seen), shells)


def test_only_the_shells_asked_for_get_something() -> None:
    assert layout(("zsh",)).hooks(VALUES, Record()).keys() == {USER.source, f"{HOME}/.zshenv", f"{HOME}/.zprofile"}
    assert layout(("sh",)).hooks(VALUES, Record()).keys() == {USER.source, f"{HOME}/.profile"}
    assert layout(SHELLS).hooks(VALUES, Record()).keys() == {
        place.path for place in places(USER, DEBIAN) if not place.path.endswith(LAST)
    }


def test_path_and_goroot_are_put_right_behind_the_lines_of_others() -> None:
    """In the files that are read last, where they hold lines of others; and only where the scope has PATH or GOROOT."""
    found = layout(SHELLS)
    last = [f"{HOME}/.bashrc", f"{HOME}/.zshrc", f"{CONFIG}/fish/config.fish"]
    found.shared = last
    hooks = found.hooks(VALUES, Record())
    assert [file_of(name) for name in hooks if name.endswith(LAST)] == last
    assert hooks[f"{HOME}/.bashrc{LAST}"] == shellenv.hook("bash", USER.source, again=True, system_source=SYSTEM.source)
    assert hooks[f"{HOME}/.zshrc{LAST}"] == shellenv.hook("zsh", USER.source, again=True, system_source=SYSTEM.source)
    assert hooks[f"{CONFIG}/fish/config.fish{LAST}"] == shellenv.hook(
        "fish", USER.source, again=True, first=f"{CONFIG}/fish/conf.d/gopher-devbox-user.fish"
    )
    assert hooks[f"{CONFIG}/fish/conf.d/gopher-devbox-user.fish"] == shellenv.hook(
        "fish", USER.source, system_source=SYSTEM.source, followed=True
    )
    assert found.label(f"{HOME}/.bashrc{LAST}") == f"{HOME}/.bashrc (our block at its end)"
    assert not [name for name in found.hooks(Variables([("GOPROXY", Value("off"))]), Record()) if name.endswith(LAST)]
    found.shared = last[:1]
    assert [name for name in found.hooks(VALUES, Record()) if name.endswith(LAST)] == [f"{HOME}/.bashrc{LAST}"]


def test_a_file_of_two_shells_is_there_for_either() -> None:
    """bash reads what is written for sh; only where the program is bash's alone are its own words used."""
    either = [layout((shell,)).hooks(VALUES, Record())[f"{HOME}/.profile"] for shell in ("sh", "bash")]
    assert either[0] == either[1]


def test_values_stand_in_the_source_and_in_systemds_file_only() -> None:
    hooks = layout(SHELLS).hooks(VALUES, Record())
    with_values = {path for path, text in hooks.items() if "/opt/go" in text}
    assert with_values == {USER.source, f"{CONFIG}/environment.d/70-gopher-devbox.conf"}


def test_no_variables_need_no_files() -> None:
    left = Record(retired=("/old/bin",), former={"GOROOT": ("/old",)}, sweep=("path",))
    assert layout(SHELLS).hooks(Variables(), left) == {}


def test_the_source_remembers_what_the_record_does() -> None:
    record = Record(retired=("/old/bin",), former={"GOROOT": ("/old",)}, sweep=("goroot",))
    settings = shellenv.parse_source(layout(("sh",)).hooks(VALUES, record)[USER.source])
    assert settings == shellenv.Settings(
        {"GOROOT": "/opt/go"}, ("/opt/go/bin", "$PATH"), ("/old/bin",), {"GOROOT": ("/old",)}, True, False
    )
    everybody = layout(("sh",), SYSTEM).hooks(VALUES, record)[SYSTEM.source]
    assert shellenv.parse_source(everybody).system


def test_zprofile_only_puts_path_right_again() -> None:
    hooks = layout(("zsh",)).hooks(VALUES, Record())
    assert hooks[f"{HOME}/.zshenv"] != hooks[f"{HOME}/.zprofile"]


def test_what_a_diff_shows() -> None:
    found = layout(SHELLS)
    hooks = found.hooks(VALUES, Record())
    source, block, conf = USER.source, f"{HOME}/.bashrc", f"{CONFIG}/environment.d/70-gopher-devbox.conf"
    shown = found.shown(source, hooks[source], alone=True)
    assert "_gopher_devbox export GOROOT '/opt/go'\n_gopher_devbox path '/opt/go/bin:$PATH' ''\n... and " in shown
    assert shown.startswith("# Your Go environment.")
    assert found.shown(source, hooks[source], alone=False) == hooks[source]
    assert found.shown(block, hooks[block], alone=True).splitlines()[1:] == [
        f"... and {len(hooks[block].splitlines()) - 1} lines that are generated"
    ]
    assert found.shown(conf, hooks[conf], alone=True) == hooks[conf]
    assert found.label(block) == f"{block} (our block in it)"
    assert found.label(source) == source


def test_what_a_list_of_changes_says_of_files() -> None:
    found = layout(SHELLS)
    block, source = f"{HOME}/.bashrc", USER.source
    assert [found.told(block, text) for text in (None, "x")] == [None, "file"], "no file was there"
    found.existing = {block}
    assert [found.told(block, text) for text in (None, "x")] == ["file without our block", "file with our block"]
    assert [found.told(source, text) for text in (None, "x")] == [None, "file"]
