# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lines of sh, bash and zsh make of an environment; that real shells agree is tests/integration/
test_env_info_layers.py.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.shellmodel import FakeDisk
from unit.startfiles import FILE, HOME, PATH, Disks, read, value

from ansible_collections.gopher.devbox.plugins.module_utils._formats import blocks
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings, format_source, hook

SOURCE = f"{HOME}/.config/gopher-devbox/env.sh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export GOPROXY=a", "a"),
        ("GOPROXY=a; export GOPROXY", "a"),
        ("GOPROXY=a", None),
        ("export GOPROXY\nGOPROXY=a", "a"),
        ("export GOPROXY='a b'", "a b"),
        ('export GOPROXY="$HOME/x" # comment', f"{HOME}/x"),
        ("export GOPROXY=~/x", f"{HOME}/x"),
        ('export GOPROXY="~/x"', "~/x"),
        (r"export GOPROXY=a\ b", "a b"),
        ("export GOPROXY=$'a\\tb'", "a\tb"),
        ("export GOFLAGS=1 GOPROXY=b", "b"),
        ("export GOPROXY=${GOPROXY:-d}", "d"),
        ("export GOPROXY=a GOPROXY=${GOPROXY}b", "ab"),
        ("export GOPROXY=${USER:+u}${NOBODY:+n}", "u"),
        (": ${GOPROXY:=d}; export GOPROXY", "d"),
        ("export GOPROXY=a; GOPROXY+=b", "ab"),
        ("export GOPROXY=a\nunset GOPROXY", None),
        ("declare -x GOPROXY=a", "a"),
        ("typeset -gx GOPROXY=a", "a"),
        ("readonly GOPROXY=a", None),
        ("set -a; GOPROXY=a; set +a; GOFLAGS=b", "a"),
        ("GOPROXY=a true", None),
        ("(export GOPROXY=a)", None),
        ("true | export GOPROXY=a", None),
        ("export GOPROXY=a &", None),
        ("cat <<E\nexport GOPROXY=a\nE\n", None),
        ("cat <<-'E' | tee x\n\texport GOPROXY=a\n\tE\nexport GOPROXY=b", "b"),
        ("export \\\n  GOPROXY=a", "a"),
        ("export GOPROXY=$(id -u)", "1000"),
        ("export GOPROXY=`uname`", "Linux"),
        ("export GOPROXY=$(cat x)", "?"),
        ("export GOPROXY=$((1 + 1))", "?"),
        ("export GOPROXY=$LANG", "?"),
        ("export GOPROXY=${HOME#/}", "?"),
        ("export GOPROXY={a,b}", "?"),
        # conditions
        ("if [ -d /usr ]; then export GOPROXY=a; else export GOPROXY=b; fi", "a"),
        ("if [ ! -d /usr ]; then export GOPROXY=a; elif test -n $USER; then export GOPROXY=b; fi", "b"),
        ("if [ -f /nowhere -o -d /usr ]; then export GOPROXY=a; fi", "a"),
        ('[ "$USER" = alice ] && export GOPROXY=a', "a"),
        ('[ "$USER" != alice ] || export GOPROXY=a', "a"),
        ('[[ $USER == al* && -d /usr ]] && export GOPROXY=a', "a"),
        ("[[ -o interactive ]] && export GOPROXY=a", "a"),
        ("! true || export GOPROXY=a", "a"),
        ('[ "$(id -u)" -eq 0 ] || export GOPROXY=a', "a"),
        ("[ -n \"$PS1\" ] && export GOPROXY=a", "a"),
        ("if some-program; then export GOPROXY=a; fi", "?"),
        ("some-program && export GOPROXY=a", "?"),
        ("export GOPROXY=a; if some-program; then export GOPROXY=a; fi", "?"),
        ("if [ \"$LANG\" = C ]; then export GOPROXY=a; fi", "?"),
        ("while some-program; do export GOPROXY=a; done", "?"),
        ("case $USER in bob) export GOPROXY=b ;; a*|x) export GOPROXY=a ;; *) export GOPROXY=c ;; esac", "a"),
        ("case $- in *i*) ;; *) return ;; esac\nexport GOPROXY=a", "a"),
        ("case $- in *i*) return ;; esac\nexport GOPROXY=a", None),
        ("case $LANG in C) return ;; esac\nexport GOPROXY=a", "?"),
        ("return\nexport GOPROXY=a", None),
        ("exec zsh -l\nexport GOPROXY=a", None),
        ("exec 2>/dev/null\nexport GOPROXY=a", "a"),
        ("for x in a b; do export GOPROXY=$x; done", "b"),
        ("f() { for x; do export GOPROXY=$x; done; }; f a b", "b"),
        ('f() { for x in "$@"; do export GOPROXY=$x; done; }; f a', "a"),
        ("set -- a b; for x; do export GOPROXY=$x; done", "b"),
        ("for x in $(ls); do export GOPROXY=$x; done", "?"),
        ("f() { export GOPROXY=$1; }; f a", "a"),
        ("function f { local x=$1; export GOPROXY=$x; }\nf a", "a"),
        ("f() { return 1; export GOPROXY=a; }; f\nexport GOPROXY=b", "b"),
        ("f() { f; }; f; export GOPROXY=a", "a"),
        ("eval 'export GOPROXY=a'", "a"),
        ("command -v nothing >/dev/null 2>&1 && export GOPROXY=a", None),
        ("if type nothing &>/dev/null; then export GOPROXY=a; fi", None),
        ("{ export GOPROXY=a; } 2>/dev/null", "a"),
        ("alias x='export GOPROXY=a'; echo export GOPROXY=a", None),
        # damage
        ("export GOPROXY=a\nif [ x", "a"),
        ("export GOPROXY=a\necho 'cut", "a"),
        ("\ufeffexport GOPROXY=a", "a"),
        ("export GOPROXY=a\r\n", "a"),
        ("export GOPROXY=a\0b", None),
        (b"\xff\xfe\nexport GOPROXY=a\n", "a"),
    ],
)  # fmt: skip
def test_a_line(text: str | bytes, expected: str | None) -> None:
    environment = read(text)
    assert value(environment, "GOPROXY") == expected
    if expected == "?":
        assert [note.name for note in environment.notes if note.name] == ["GOPROXY"]


@pytest.mark.parametrize(
    ("shell", "text", "expected"),
    [
        ("bash", "export PATH=/x:$PATH", f"/x:{PATH}"),
        ("bash", 'PATH="$PATH:/x"', f"{PATH}:/x"),
        ("bash", "PATH=~/bin:/x:~/y:$PATH", f"{HOME}/bin:/x:{HOME}/y:{PATH}"),
        ("bash", 'case ":$PATH:" in *":/x:"*) ;; *) PATH="/x:$PATH" ;; esac\n' * 2, f"/x:{PATH}"),
        ("bash", '[[ ":$PATH:" != *":/x:"* ]] && PATH="/x:${PATH}"', f"/x:{PATH}"),
        ("bash", 'p() { if [ -d "$1" ]; then PATH="$1:$PATH"; fi; }; p /usr; p /nowhere', f"/usr:{PATH}"),
        ("bash", 'PATH="${PATH:+$PATH:}/x"', f"{PATH}:/x"),
        ("bash", 'PATH="$(go env GOPATH)/bin:$PATH"', f"<$(go env GOPATH)>/bin:{PATH}"),
        ("bash", 'PATH="/y:$(a:b):/x"', "/y:<$(a:b)>:/x"),
        ("bash", "if some-program; then PATH=/x:$PATH; fi", PATH),
        ("zsh", "path=(/x $path)", f"/x:{PATH}"),
        ("zsh", "path+=(/x ~/y)", f"{PATH}:/x:{HOME}/y"),
        ("zsh", 'path=(\n  "/x"\n  $path # more\n)', f"/x:{PATH}"),
        ("zsh", "typeset -U path; path=(/x /x $path /bin)", f"/x:{PATH}"),
        ("zsh", "typeset -U path\nPATH=/bin:$PATH", "/bin:/usr/bin"),
        ("bash", "path=(/x $path)", PATH),
    ],
)
def test_path(shell: str, text: str, expected: str) -> None:
    assert value(read(text, shell), "PATH") == expected


def test_entries_keep_the_layer_that_they_came_from() -> None:
    environment = read("PATH=/x:$PATH:/bin")
    assert [(entry.text, entry.layer) for entry in environment.path] == [
        ("/x", "user"),
        ("/usr/bin", "login"),
        ("/bin", "login"),
        ("/bin", "user"),
    ]
    environment = read("PATH=/y:/bin:/usr/bin")
    assert [entry.layer for entry in environment.path] == ["user", "login", "login"]


def test_files_that_are_read_in_between() -> None:
    files = {
        f"{HOME}/more": "export GOFLAGS=more; return; export GOFLAGS=no",
        "/etc/x/a.sh": "export GOBIN=/a",
        "/etc/x/b.sh": "export GOBIN=/b",
    }
    text = (
        '[ -r ~/more ] && . "$HOME/more"\nfor f in /etc/x/*.sh; do if [ -r $f ]; then . $f; fi; done\n'
        "source ~/nowhere\n. $XDG_RUNTIME_DIR/x\nexport GOPROXY=a"
    )
    environment = read(text, files=files)
    assert [value(environment, name) for name in ("GOFLAGS", "GOBIN", "GOPROXY")] == ["more", "/b", "a"]
    assert [(one.where.file, one.where.line, one.where.layer) for one in environment.settings["GOBIN"]] == [
        ("/etc/x/a.sh", 1, "machine"),
        ("/etc/x/b.sh", 1, "machine"),
    ]
    assert [(note.where.line, note.name) for note in environment.notes] == [(4, "")]


def test_a_file_that_reads_itself_ends() -> None:
    assert value(read(f". {FILE}\nexport GOPROXY=a"), "GOPROXY") == "a"


def test_what_takes_forever_ends() -> None:
    text = "f() { for x in 1 2 3 4 5 6 7 8 9; do f; done; }; f\nexport GOPROXY=a"
    assert read(text).notes


def test_each_setting_has_its_line_and_what_it_hides() -> None:
    environment = read("\nexport GOPROXY=a\nexport GOPROXY='b'\n# x\nGOPROXY=$HOME/c")
    found = environment.settings["GOPROXY"]
    assert [(one.text, one.where.line, one.raw) for one in found] == [
        ("a", 2, None),
        ("b", 3, None),
        (f"{HOME}/c", 5, "$HOME/c"),
    ]
    assert environment.notes == []


def test_what_is_not_understood_is_said_with_its_line() -> None:
    environment = read('eval "$(brew shellenv)"\neval "$(dircolors -b)"\nexport GOROOT=$(go env GOROOT)')
    assert [(note.where.line, note.name) for note in environment.notes] == [(1, ""), (3, "GOROOT")]
    assert environment.settings["GOROOT"][0].raw == "$(go env GOROOT)"


# --- what this collection wrote --------------------------------------------------------------------------------------


def managed(settings: Settings, before: str = "", behind: str = "", again: bool = False, **disk: str) -> Disks:
    text = blocks.put(before.encode() or None, hook("bash", SOURCE, again))
    found = Disks({SOURCE: format_source(settings), FILE: text + behind.encode()})
    found.go = FakeDisk(disk)
    return found


def run(disk: Disks) -> tuple[list[tuple[str, bool, str]], list[tuple[str, bool]]]:
    environment = read(disk.files[FILE], disk=disk)
    settings = [(one.text, one.managed, one.where.file) for one in environment.settings.get("GOPROXY", [])]
    return settings, [(entry.text, entry.managed) for entry in environment.path]


def test_a_block_brings_its_source_in_its_place() -> None:
    settings = Settings({"GOPROXY": "ours"}, ("/x/bin", "$PATH"))
    found, path = run(managed(settings, "export GOPROXY=before\n", "export GOPROXY=behind\n"))
    assert found == [("before", False, FILE), ("ours", True, SOURCE), ("behind", False, FILE)]
    assert path == [("/x/bin", True), ("/usr/bin", False), ("/bin", False)]


def test_a_default_of_the_machine_is_below_what_somebody_set() -> None:
    settings = Settings({"GOPROXY": "ours"}, system=True)
    found, _path = run(managed(settings, "export GOPROXY=before\n"))
    assert found == [("ours", True, SOURCE), ("before", False, FILE)]
    found, _path = run(managed(settings, behind="export GOPROXY=behind\n"))
    assert found == [("ours", True, SOURCE), ("behind", False, FILE)]


def test_goroot_follows_the_go_that_runs() -> None:
    settings = Settings({"GOROOT": "/x"}, ("/x/bin", "$PATH"))
    disk = managed(settings, **{"/x/bin": "x"})
    assert value(read(disk.files[FILE], disk=disk), "GOROOT") == "/x"
    disk = managed(settings, **{"/y/bin": "y"})
    assert value(read(disk.files[FILE], disk=disk), "GOROOT") is None


def test_lines_behind_a_block_have_their_numbers() -> None:
    disk = managed(Settings({"GOPROXY": "ours"}), "# a\n", "export GOFLAGS=b\n")
    number = disk.files[FILE].count(b"\n")
    assert read(disk.files[FILE], disk=disk).settings["GOFLAGS"][0].where.line == number


def test_damaged_marks_and_a_damaged_source_are_noted() -> None:
    disk = managed(Settings({"GOPROXY": "ours"}))
    disk.files[SOURCE] += b"export GOPROXY=foreign\n"
    assert [note.id for note in read(disk.files[FILE], disk=disk).notes] == ["source_damaged"]
    assert [note.id for note in read(f"{blocks.BEGIN}\nexport GOPROXY=a").notes] == ["block_damaged"]


# --- whatever there is -----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    "export GOPROXY= if then fi [ ] [[ ]] -d /usr ; & && || | ( ) { } case esac in ;; * $HOME ${X:-y} $( ) ` "
    "' \" \\ \n # << E for x do done while f() return exit exec . eval path=( "
    "PATH=$PATH:/x unset ! = a \t \x01 \x02 ~ $' \r\n".split(" ")
)


@given(
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=25).map(" ".join), st.sampled_from(["bash", "zsh", "sh"])
)
def test_no_text_is_too_odd(text: str, shell: str) -> None:
    environment = read(text.encode("utf-8", "replace"), shell)
    assert environment.value("HOME") is not None
    again = read(text.encode("utf-8", "replace"), shell)
    assert (again.settings, again.path, again.notes) == (environment.settings, environment.path, environment.notes)
