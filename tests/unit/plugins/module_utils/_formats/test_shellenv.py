"""The source, and what a shell makes of it. Real shells are held to `applied` in
tests/integration/test_shellenv_shells.py.
"""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.shellmodel import FakeDisk, applied

from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import SYSTEM_DIRECTORIES
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import (
    INHERITED,
    SHELLS,
    Settings,
    cannot_hold,
    format_environment_d,
    format_source,
    hook,
    parse_source,
)

SYSTEM = "/usr/local/bin:/usr/bin:/bin"

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"]), max_size=12),
    st.text("'\\\"$`! *~-:|#", max_size=8),
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "PATH")
entries = texts.map(lambda text: "/" + text.replace(":", "")).filter(lambda entry: entry != INHERITED)
variables = st.dictionaries(names, texts, max_size=4)
few = st.lists(entries, max_size=3).map(tuple)
paths = st.one_of(st.just(()), st.builds(lambda first, last: (*first, INHERITED, *last), few, few))
formers = st.dictionaries(names, st.lists(texts, min_size=1, max_size=3).map(tuple), max_size=3)
sources = st.builds(Settings, variables, paths, few, formers, st.booleans(), st.booleans())

#: few letters, so that entries meet
short = st.sampled_from(["/a", "/b", "/c", "/d", "/usr/bin", "/bin"])
shorts = st.lists(short, max_size=3).map(tuple)
meeting = st.builds(
    Settings,
    st.just({}),
    st.builds(lambda first, last: (*first, INHERITED, *last), shorts, shorts),
    shorts,
    st.just({}),
    st.booleans(),
    st.booleans(),
)
inherited = st.lists(st.one_of(short, st.sampled_from(["", "/x", "y"])), max_size=7).map(":".join)


def path_of(settings: Settings, path: str, **more: object) -> str:
    return applied(settings, {"PATH": path}, **more)["PATH"]  # type: ignore[arg-type]


# --- the source ---


@given(sources)
def test_a_source_is_read_as_it_was_written(settings: Settings) -> None:
    assert parse_source(format_source(settings)) == settings


@given(sources, st.data())
def test_a_source_that_somebody_changed_is_none(settings: Settings, data: st.DataObject) -> None:
    """A letter more or less: either it says something else, and that is what it holds, or it is refused."""
    text = format_source(settings)
    place = data.draw(st.integers(0, len(text)))
    changed = (
        text[:place]
        + data.draw(st.sampled_from(["", "x", "'", "\\", " ", "\n"]))
        + text[place + data.draw(st.integers(0, 1)) :]
    )
    try:
        found = parse_source(changed)
    except ValueError:
        assert changed != text
    else:
        assert format_source(found) == changed


@pytest.mark.parametrize("text", ["", "\n", "export GOROOT=/opt/go\n", "_gopher_devbox export GOROOT\n"])
def test_what_is_no_source(text: str) -> None:
    with pytest.raises(ValueError, match="not written here"):
        parse_source(text)


def test_lines_that_were_added_are_refused() -> None:
    text = format_source(Settings({"GOROOT": "/opt/go"}))
    for changed in (
        text + "export X=1\n",
        text.replace("\n", "\r\n"),
        "\ufeff" + text,
        text.replace("'/opt/go'", '"/opt/go"'),
    ):
        with pytest.raises(ValueError, match="not written here"):
            parse_source(changed)


def test_each_datum_has_one_line() -> None:
    settings = Settings(
        {"GOX": "it's \\", "GOROOT": "/opt/go"},
        ("/opt/go/bin", INHERITED, "/z"),
        ("/opt/go1/bin",),
        {"GOROOT": ("/o",), "OLD": ("1",)},
        True,
    )
    assert [line for line in format_source(settings).split("\n") if line.startswith("_gopher_devbox ")] == [
        "_gopher_devbox export GOROOT '/opt/go' '/o'",
        "_gopher_devbox export GOX 'it'\\''s '\\\\''",
        "_gopher_devbox former OLD '1'",
        "_gopher_devbox sweep '/opt/go/bin:$PATH:/z' '/opt/go1/bin'",
    ]


def test_the_order_of_variables_makes_no_other_source() -> None:
    assert format_source(Settings({"A": "1", "B": "2"})) == format_source(Settings({"B": "2", "A": "1"}))


def test_a_source_begins_with_a_word_to_people() -> None:
    for system in (False, True):
        first, second = format_source(Settings({"A": "1"}, system=system)).split("\n")[:2]
        assert "gopher.devbox manages this file" in first
        assert ".bashrc" in second


@pytest.mark.parametrize(
    "settings",
    [
        Settings({"GO\n": "1"}),
        Settings({"1GO": "1"}),
        Settings({"GO-X": "1"}),
        Settings({"": "1"}),
        Settings({"PATH": "1"}),
        Settings(former={"PATH": ("1",)}),
        Settings({"A": "a\nb"}),
        Settings({"A": "a\0b"}),
        Settings({"A": "\ud800"}),
        Settings(former={"A": ("a\tb",)}),
        Settings(path=("/a",)),
        Settings(path=("", INHERITED)),
        Settings(path=("/a:/b", INHERITED)),
        Settings(path=("/a\r", INHERITED)),
        Settings(retired=("",)),
        Settings(retired=("a:b",)),
        Settings(retired=(INHERITED,)),
    ],
)
def test_what_a_source_cannot_hold(settings: Settings) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        format_source(settings)
    with pytest.raises(ValueError):  # noqa: PT011
        format_environment_d(settings)


@given(st.text(max_size=5))
def test_cannot_hold_says_what_a_source_refuses(text: str) -> None:
    problem = cannot_hold(text)
    if problem is None:
        assert parse_source(format_source(Settings({"A": text}))).variables == {"A": text}
    else:
        assert problem.endswith(".")
        with pytest.raises(ValueError, match=re.escape(problem)):
            format_source(Settings({"A": text}))


# --- what a shell makes of it ---


def test_a_person_s_source_sets_always_and_the_system_s_where_nothing_else_does() -> None:
    mine = Settings({"GOX": "/mine"}, former={"GOX": ("/old",)})
    everybody_s = Settings({"GOX": "/sys"}, former={"GOX": ("/old",)}, system=True)
    for before in ({}, {"GOX": ""}, {"GOX": "/old"}, {"GOX": "/hand"}):
        assert applied(mine, before)["GOX"] == "/mine"
        assert applied(everybody_s, before)["GOX"] == ("/hand" if before.get("GOX") == "/hand" else "/sys")
        assert applied(mine, before, again=True) == before
        assert applied(everybody_s, before, again=True) == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin:/bin", "/go/bin:/gp/bin:/usr/bin:/bin"),
        ("/go/bin:/gp/bin:/usr/bin:/bin", "/go/bin:/gp/bin:/usr/bin:/bin"),
        (
            "/venv/bin:/go/bin:/x:/gp/bin:/usr/bin",
            "/venv/bin:/go/bin:/x:/gp/bin:/usr/bin",
        ),  # a person put something before ours
        ("/usr/bin:/bin:/go/bin:/gp/bin", "/go/bin:/gp/bin:/usr/bin:/bin"),  # macOS's path_helper moved ours back
        ("/go/bin:/usr/bin:/gp/bin", "/go/bin:/usr/bin:/gp/bin"),
        ("/x:/gp/bin:/go/bin:/bin", "/go/bin:/gp/bin:/x:/bin"),
        ("/x:/gp/bin:/bin", "/go/bin:/gp/bin:/x:/bin"),
        ("/go/bin:/x:/go/bin:/gp/bin:/x:/go/bin", "/go/bin:/x:/gp/bin:/x"),
        ("", "/go/bin:/gp/bin"),
        (":/a::/a:", "/go/bin:/gp/bin::/a::/a:"),
        ("/go/bin/:/bin", "/go/bin:/gp/bin:/go/bin/:/bin"),
    ],
)
def test_leading_entries(path: str, expected: str) -> None:
    assert path_of(Settings(path=("/go/bin", "/gp/bin", INHERITED)), path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/venv/bin:/old/bin:/gp/bin:/usr/bin", "/venv/bin:/go/bin:/gp/bin:/usr/bin"),
        ("/venv/bin:/gp/bin:/x:/old/bin:/usr/bin", "/venv/bin:/go/bin:/gp/bin:/x:/usr/bin"),
        ("/usr/bin:/old/bin:/x", "/go/bin:/gp/bin:/usr/bin:/x"),
        ("/x:/go/bin:/old/bin:/gp/bin:/usr/bin", "/x:/go/bin:/gp/bin:/usr/bin"),
        ("/usr/bin:/old/bin:/old/bin:/bin:/old/bin", "/go/bin:/gp/bin:/usr/bin:/bin"),
    ],
)
def test_new_entries_take_the_place_of_those_they_replace(path: str, expected: str) -> None:
    assert (
        path_of(Settings(path=("/go/bin", "/gp/bin", INHERITED), retired=("/old/bin", "/usr/bin", "/go/bin")), path)
        == expected
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (SYSTEM, f"{SYSTEM}:/go/bin"),
        ("/go/bin:/bin", "/go/bin:/bin"),
        ("/x:/go/bin:/go/bin", "/x:/go/bin"),
        ("", "/go/bin"),
    ],
)
def test_trailing_entries(path: str, expected: str) -> None:
    assert path_of(Settings(path=(INHERITED, "/go/bin")), path) == expected


def test_other_sdks_are_swept_and_ours_and_the_system_s_are_not() -> None:
    settings = Settings(path=("/go/bin", INHERITED), sweep=True)
    sdks = {"/go/bin": "go", "/sdk/bin": "sdk", "/half/bin": "half", "/usr/bin": "usr", "x": "x"}
    disk = FakeDisk(sdks, sdks.keys() - {"/half/bin"})
    path = "/sdk/bin:/go/bin:/half/bin:x:/usr/bin"
    assert path_of(settings, path, disk=disk) == "/go/bin:/half/bin:x:/usr/bin"
    assert path_of(Settings(path=settings.path), path, disk=disk) == path
    del sdks["/go/bin"]
    assert path_of(settings, path, disk=FakeDisk(sdks, sdks)) == path, (
        "without an SDK of ours, theirs is the one in use"
    )


def test_path_is_left_alone_where_it_is_not_managed() -> None:
    everywhere = FakeDisk({"/a": "a", "/b": "b"}, ("/a", "/b"))
    assert path_of(Settings({"A": "1"}, retired=("/a",), sweep=True), "/a:/b:/a", disk=everywhere) == "/a:/b:/a"
    assert "PATH" not in applied(Settings({"A": "1"}), {})


def test_path_is_never_emptied() -> None:
    assert path_of(Settings(path=(INHERITED,), retired=("/a",)), "/a") == "/a"


def test_a_person_s_entries_stay_before_the_system_s() -> None:
    """In the order of every shell: the system's file, then the person's; and once more in each shell started from
    there.
    """
    everybody_s, mine = Settings(path=("/sys", INHERITED), system=True), Settings(path=("/mine", INHERITED))
    path = SYSTEM
    for _shell in range(3):
        path = path_of(mine, path_of(everybody_s, path))
        assert path == f"/mine:/sys:{SYSTEM}"
    # fish reads them the other way round.
    path = SYSTEM
    for _shell in range(3):
        path = path_of(mine, path_of(everybody_s, path_of(mine, path)), before=("/sys",))
        assert path == f"/mine:/sys:{SYSTEM}"


roots = st.sampled_from(["/a", "/b", "/go"])
disks = st.builds(
    FakeDisk,
    st.dictionaries(st.one_of(short, roots.map(lambda root: f"{root}/bin")), st.sampled_from("123")),
    st.sets(st.one_of(short, roots.map(lambda root: f"{root}/bin"))),
)
rooted = st.builds(
    lambda settings, root, bins, former: Settings(
        {"GOROOT": root} if root else {},
        (*(f"{found}/bin" for found in bins), *settings.path),
        settings.retired,
        {"GOROOT": former},
        settings.sweep,
        settings.system,
    ),
    meeting,
    st.one_of(st.none(), roots),
    st.lists(roots, max_size=2),
    st.lists(roots, max_size=2).map(tuple),
)
environments = st.builds(
    lambda path, more: {"PATH": path, **more},
    st.lists(st.one_of(short, st.sampled_from(["/x", "/a/bin", "/b/bin", "/go/bin"])), max_size=7).map(":".join),
    st.dictionaries(st.sampled_from(["GOROOT", "_GO_ENV_GOROOT"]), roots),
)


def first_go(environment: dict[str, str], disk: FakeDisk) -> str | None:
    return next((entry for entry in environment.get("PATH", "").split(":") if disk.has_go(entry)), None)


def is_mixed(environment: dict[str, str], disk: FakeDisk) -> bool:
    """Whether another go than GOROOT's would run."""
    root, first = environment.get("GOROOT"), first_go(environment, disk)
    return bool(root) and first is not None and not disk.same_go(f"{root}/bin", first)


@given(rooted, environments, disks)
def test_a_second_time_changes_nothing(settings: Settings, environment: dict[str, str], disk: FakeDisk) -> None:
    once = applied(settings, environment, disk=disk)
    assert applied(settings, once, disk=disk) == once


@given(rooted, environments, disks)
def test_goroot_is_that_of_the_go_that_runs(settings: Settings, environment: dict[str, str], disk: FakeDisk) -> None:
    """It is empty, or its go is the first on PATH. What was mixed by somebody else before stays so, but never by a
    GOROOT of ours.
    """
    after = applied(settings, environment, disk=disk)
    if is_mixed(after, disk):
        theirs = environment.get("GOROOT")
        assert theirs
        assert after["GOROOT"] == theirs != environment.get("_GO_ENV_GOROOT")
        assert is_mixed(environment, disk) or not disk.has_go(f"{theirs}/bin")
    if after.get("GOROOT") and after.get("GOROOT") == after.get("_GO_ENV_GOROOT"):
        assert disk.same_go(f"{after['GOROOT']}/bin", first_go(after, disk) or "")


@given(
    rooted,
    environments,
    disks,
    st.lists(st.sampled_from(["/a/bin", "/p", "/b"]), max_size=3),
    st.sets(st.sampled_from(["GOROOT", "GOX"])),
    st.sampled_from(["", "/other", "unset"]),
)
def test_a_project_that_was_entered_is_a_layer_above(
    settings: Settings, environment: dict[str, str], disk: FakeDisk, entries: list[str], names: set[str], line: str
) -> None:
    """Read inside of it and left afterwards, all is as if it had been read outside; also where a line of a start file
    set GOROOT or unset it.
    """
    go = next((entry for entry in entries if disk.has_go(entry)), "")
    assume(not disk.same_go("/bin", go))  # without GOROOT that go finds the project's SDK by itself
    values = dict.fromkeys(names, "project's")
    if "GOROOT" in names and go.endswith("/bin"):
        values["GOROOT"] = go.removesuffix("/bin")
    else:
        line = ""

    def lined(before: dict[str, str]) -> dict[str, str]:
        """With what the line does."""
        others = {name: text for name, text in before.items() if name != "GOROOT" or not line}
        return {**others, **({"GOROOT": line} if line.startswith("/") else {})}

    def entered(outside: dict[str, str]) -> dict[str, str]:
        inside = {name: text for name, text in outside.items() if name not in names}
        saved = {f"_GO_ENV_1_WAS_{name}": outside[name] for name in names if name in outside}
        path = ":".join([*entries, *(outside["PATH"].split(":") if outside.get("PATH") else [])])
        frame = {
            "_GO_ENV_NAMES": " ".join(names),
            "_GO_ENV_PATH": ":".join(entries),
            "_GO_ENV_1_NAMES": " ".join([*names, "_GO_ENV_NAMES"]),
        }
        return {**inside, **saved, **frame, **values, **({"PATH": path} if path else {})}

    settings = Settings(
        {**settings.variables, "GOX": "x"},
        settings.path,
        settings.retired,
        settings.former,
        settings.sweep,
        settings.system,
    )
    outside = applied(settings, lined(environment), disk=disk)
    found = applied(settings, lined(entered(environment)), disk=disk)
    expected = entered(outside)
    if not outside.get("PATH"):
        found, expected = ({name: text for name, text in each.items() if name != "PATH"} for each in (found, expected))
    assert found == expected


@given(meeting, inherited)
def test_what_is_guaranteed_of_path(settings: Settings, path: str) -> None:
    before, after = path.split(":") if path else [], path_of(settings, path).split(":")
    ours = {*settings.leading, *settings.trailing}
    gone = set(settings.retired) - ours - set(SYSTEM_DIRECTORIES)
    if path and not ours and {*before} - gone <= {""} and before.count("") <= 1:
        assert after == before  # nothing would have been left
        return
    assert all(after.count(entry) == 1 for entry in ours)
    assert not gone & set(after)
    foreign = [entry for entry in before if entry not in ours | gone]
    assert [entry for entry in after if entry not in ours] == foreign or not path_of(settings, path)
    leading = list(dict.fromkeys(settings.leading))
    assert [entry for entry in after if entry in leading] == leading
    if leading:
        assert not {*after[: after.index(leading[0])]} & set(SYSTEM_DIRECTORIES)


@given(meeting, st.dictionaries(st.sampled_from(["A", "GOROOT"]), texts))
def test_other_variables_are_not_touched(settings: Settings, environment: dict[str, str]) -> None:
    assert {name: value for name, value in applied(settings, environment).items() if name != "PATH"} == environment
    assert [name for name in applied(settings, {**environment, "PATH": "/a"}) if name not in environment] == ["PATH"]


# --- hooks ---


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("again", [False, True])
def test_a_hook_holds_no_values_and_reads_only_the_source(shell: str, again: bool) -> None:
    text = hook(shell, "/s ource", again, first="/f irst")
    assert text.endswith("\n")
    assert ("'/f irst'" if shell == "fish" and again else "'/s ource'") in text
    assert "@" not in text.replace("'@", "").replace("@(", "").replace("@{", "")
    assert "\t" not in text


@pytest.mark.parametrize("shell", SHELLS)
def test_a_hook_is_written_for_one_source(shell: str) -> None:
    assert hook(shell, "/a") != hook(shell, "/b")
    assert hook(shell, "/a") == hook(shell, "/a", user_source=None)
    assert (hook(shell, "/a", user_source="/.config/x") != hook(shell, "/a")) == (shell == "fish")


def test_what_there_is_no_hook_for() -> None:
    with pytest.raises(ValueError, match="tcsh"):
        hook("tcsh", "/a")
    with pytest.raises(ValueError, match="line break"):
        hook("sh", "/a\nb")


def test_a_path_with_our_own_placeholder_in_it() -> None:
    assert "'/x@VERBS@y'" in hook("fish", "/x@VERBS@y")


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
def test_sh_parses_the_hooks_and_the_source(shell: str) -> None:
    for text in (hook(shell, "/it's"), format_source(Settings({"A": "'\\"}, ("/a", INHERITED)))):
        done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, "")


# --- systemd ---


def test_environment_d() -> None:
    settings = Settings(
        {"GOX": 'a\\b "c" $d'}, ("/opt/$go/bin", INHERITED, "/z"), ("/old",), {"GOX": ("x",)}, sweep=True
    )
    assert format_environment_d(settings).split("\n")[1:] == [
        r'GOX="a\\b \"c\" $$d"',
        'PATH="/opt/$$go/bin:${PATH}:/z"',
        "",
    ]


def test_environment_d_has_no_goroot() -> None:
    """systemd cannot see which go is the first on PATH."""
    assert "GOROOT" not in format_environment_d(Settings({"GOROOT": "/opt/go"}, ("/opt/go/bin", INHERITED)))


def test_environment_d_of_the_system_lets_others_win() -> None:
    settings = Settings({"GOPATH": "/opt/go", "GOX": "}{", "GOZ": ""}, system=True)
    assert format_environment_d(settings).split("\n")[1:] == [
        'GOPATH="${GOPATH:-/opt/go}"',
        'GOX="}{"',
        'GOZ="${GOZ:-}"',
        "",
    ]
    assert format_environment_d(Settings({"GOZ": ""})).split("\n")[1:] == ['GOZ="${GOZ:+}"', ""]
