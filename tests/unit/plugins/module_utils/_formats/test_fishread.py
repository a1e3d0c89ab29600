# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fish's configuration makes of an environment; that real fish agrees is tests/integration/
test_env_info_layers.py.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.shellmodel import FakeDisk
from unit.startfiles import FILE, HOME, NAMES, PATH, Disks, read, value

from ansible_collections.gopher.devbox.plugins.module_utils._formats.fishread import FishReader
from ansible_collections.gopher.devbox.plugins.module_utils._formats.login_environment import LoginEnvironment
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings, format_source, hook

SOURCE, MACHINE = f"{HOME}/.config/gopher-devbox/env.sh", "/etc/gopher-devbox/env.sh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set -gx GOPROXY a", "a"),
        ("set -x GOPROXY 'a b'", "a b"),
        ("set --export --global GOPROXY a", "a"),
        ("set GOPROXY a", None),
        ("set GOPROXY a; set -x GOPROXY $GOPROXY", "a"),
        ("set -gx GOPROXY a b", "a b"),
        ('set -gx GOPROXY "$HOME/x" # comment', f"{HOME}/x"),
        ("set -gx GOPROXY ~/x", f"{HOME}/x"),
        (r"set -gx GOPROXY a\ b", "a b"),
        ("set -gx GOPROXY (id -u)", "1000"),
        ('set -gx GOPROXY "$(uname)!"', "Linux!"),
        ("set -gx GOPROXY (cat x)", "?"),
        ("set -gx GOPROXY $LANG", "?"),
        ("set -gx GOPROXY {a,b}", "?"),
        ("set -gx GOPROXY a; set -e GOPROXY", None),
        ("set -l x a b; set -gx GOPROXY $x[2]", "b"),
        ("set -l x a b; set -gx GOPROXY p$x", "pa pb"),
        ("export GOPROXY=a", "a"),
        ("if test -d /usr\n set -gx GOPROXY a\nelse\n set -gx GOPROXY b\nend", "a"),
        ("if test -d /no; set -gx GOPROXY a; else if test -n $USER; set -gx GOPROXY b; end", "b"),
        ("if test -d /usr; and test -d /no\n set -gx GOPROXY a\nend", None),
        ("test -d /usr; and set -gx GOPROXY a", "a"),
        ("test -d /usr && set -gx GOPROXY a", "a"),
        ("test -d /no; or set -gx GOPROXY a", "a"),
        ("not test -d /no; and set -gx GOPROXY a", "a"),
        ("status is-interactive; and set -gx GOPROXY a", "a"),
        ("if status --is-login; set -gx GOPROXY a; end", "a"),
        ("set -q GOPROXY; or set -gx GOPROXY a", "a"),
        ("type -q nothing; and set -gx GOPROXY a", None),
        ("some-program; and set -gx GOPROXY a", "?"),
        ("if some-program\n set -gx GOPROXY a\nend", "?"),
        ("switch $USER\n case bob\n  set -gx GOPROXY b\n case 'a*' x\n  set -gx GOPROXY a\nend", "a"),
        ("for x in a b\n set -gx GOPROXY $x\nend", "b"),
        ("for x in 'a*'\n set -gx GOPROXY $x\nend", "a*"),
        ("while some-program; set -gx GOPROXY a; end", "?"),
        ("begin; set -gx GOPROXY a; end", "a"),
        ("function f; set -gx GOPROXY $argv[1]; end; f a", "a"),
        ("function f; f; end; f; set -gx GOPROXY a", "a"),
        ("return; set -gx GOPROXY a", None),
        ("exec bash\nset -gx GOPROXY a", None),
        ("echo x | read y; set -gx GOPROXY a", "a"),
        ("echo x 2>/dev/null; set -gx GOPROXY a", "a"),
        ("set -gx GOPROXY a\nif x", "a"),
        ("set -gx GOPROXY a\necho 'cut", "a"),
        ("set -gx GOPROXY \\\n  a", "a"),
    ],
)
def test_a_line(text: str, expected: str | None) -> None:
    assert value(read(text, "fish"), "GOPROXY") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set -gx PATH /x $PATH", f"/x:{PATH}"),
        ("set -gxp PATH /x", f"/x:{PATH}"),
        ("set -a PATH /x", f"{PATH}:/x"),
        ("contains /x $PATH; or set -gx PATH /x $PATH\n" * 2, f"/x:{PATH}"),
        ("if not contains /x $PATH\n set PATH /x $PATH\nend", f"/x:{PATH}"),
        ("fish_add_path /usr", f"/usr:{PATH}"),
        ("fish_add_path /usr /nowhere", f"/usr:{PATH}"),
        ("fish_add_path /usr\nfish_add_path /usr", f"/usr:{PATH}"),
        ("fish_add_path -aP /usr", f"{PATH}:/usr"),
        ("set -U fish_user_paths /x $fish_user_paths", f"/x:{PATH}"),
        ("set -gx PATH (go env GOPATH)/bin $PATH", f"<(go env GOPATH)>/bin:{PATH}"),
    ],
)
def test_path(text: str, expected: str) -> None:
    assert value(read(text, "fish"), "PATH") == expected


def test_a_list_of_directories_is_one_text_for_programs() -> None:
    environment = read("set -gx GOPATH ~/a ~/b\nset -gx GOBIN $GOPATH[1]/bin", "fish")
    assert [value(environment, name) for name in ("GOPATH", "GOBIN")] == [f"{HOME}/a:{HOME}/b", f"{HOME}/a/bin"]


def test_files_that_are_read_in_between() -> None:
    environment = read(
        "source ~/more.fish; and true\nsource ~/no.fish\nstarship init fish | source\nset -gx GOPROXY a",
        "fish",
        files={f"{HOME}/more.fish": "set -gx GOFLAGS more"},
    )
    assert [value(environment, name) for name in ("GOFLAGS", "GOPROXY")] == ["more", "a"]
    assert [(note.where.line, note.name) for note in environment.notes] == [(3, "")]


def test_universal_variables_are_below_others() -> None:
    variables = (
        "# VERSION: 3.0\nSETUVAR --export GOPROXY:https\\x3a//u\nSETUVAR --export GOFLAGS:\\x2dx\n"
        "SETUVAR GOBIN:not\nSETUVAR fish_user_paths:/up\\x1e/uq\nSETUVAR __fish_x:\\x1d\n"
    )
    disk = Disks({f"{HOME}/v": variables, FILE: "set -gx GOFLAGS a"})
    environment = LoginEnvironment(NAMES, "login", {"HOME": HOME, "PATH": PATH})
    reader = FishReader(environment, disk, {})
    reader.universal(f"{HOME}/v", "user")
    reader.read(FILE, "user")
    assert [value(environment, name) for name in ("GOPROXY", "GOFLAGS", "GOBIN")] == ["https://u", "a", None]
    assert [one.text for one in environment.settings["GOFLAGS"]] == ["-x", "a"]
    assert value(environment, "PATH") == f"/up:/uq:{PATH}"


def test_hooks_bring_their_sources() -> None:
    disk = Disks(
        {
            SOURCE: format_source(Settings({"GOPROXY": "user"}, ("/u/bin", "$PATH"))),
            MACHINE: format_source(Settings({"GOPROXY": "machine"}, ("/m/bin", "$PATH"), system=True)),
            "/etc/fish/conf.d/gopher-devbox.fish": hook("fish", MACHINE, user_source="/.config/gopher-devbox/env.sh"),
            f"{HOME}/conf.d/gopher-devbox-user.fish": hook("fish", SOURCE, system_source=MACHINE),
        }
    )
    disk.go = FakeDisk()
    environment = LoginEnvironment(NAMES, "login", {"HOME": HOME, "PATH": PATH})
    reader = FishReader(environment, disk, {})
    reader.read(f"{HOME}/conf.d/gopher-devbox-user.fish", "user")
    reader.read("/etc/fish/conf.d/gopher-devbox.fish", "machine")
    assert [(one.text, one.where.layer, one.managed) for one in environment.settings["GOPROXY"]] == [
        ("machine", "machine", True),
        ("user", "user", True),
    ]
    assert value(environment, "PATH") == f"/u/bin:/m/bin:{PATH}"


PIECES = st.sampled_from(
    "set -gx GOPROXY a if test -d /usr ; and or not end else switch case for x in begin function f ( ) ' \" \\ \n "
    "$HOME $x[1] # while | source fish_add_path -p PATH $PATH { } ~ * && || ! return exit 2> > \x01 \x02".split(" ")
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=25).map(" ".join))
def test_no_text_is_too_odd(text: str) -> None:
    environment = read(text.encode("utf-8", "replace"), "fish")
    again = read(text.encode("utf-8", "replace"), "fish")
    assert (again.settings, again.path, again.notes) == (environment.settings, environment.path, environment.notes)
