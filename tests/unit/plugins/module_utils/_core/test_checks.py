"""Each finding that a plan can give, and a state that gives it."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from unit.support import GONE_SDK, NEW, OLD, SHIMS, ids, known_directories, layered, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan, missing_facts
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Change, JournalEntry, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Claim, Directory, Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Position, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    REG_SZ,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile_medium import ON_POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._media.project_medium import project_medium
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

MACHINE, USER = Scope.MACHINE, Scope.USER
ID = "20260101T000000Z-0123abcd"
CHANGED = JournalEntry(ID, (Change("GOFLAGS", None, Value("-v")),))


def with_path(text: str, kind: str = REG_EXPAND_SZ, scope: Scope = MACHINE, **more: t.Any) -> State:
    return state(scope, **{scope.value: {"Path": Value(text, kind), **more.pop("values", {})}}, **more)


def in_file(values: dict[str, str], **more: t.Any) -> State:
    """A go env file of a POSIX host that holds these."""
    above = more.pop("above", ())
    return state(USER)._replace(
        layers=layered(ON_POSIX, None, with_texts(values), above=above), medium=ON_POSIX, **more
    )


def of_project(files: dict[str, str]) -> State:
    """A project with these files."""
    values = Variables((name, Value(text)) for name, text in files.items())
    return State(
        USER,
        Account("1000", "alice", False),
        "alice",
        layered(project_medium("posix"), None, values),
        project_medium("posix"),
    )


def claimed(*claims: Claim, user: dict[str, str] | None = None) -> State:
    """A POSIX user whose start files say this. /old and /new are SDKs, /shims has a go of none, and /gone is not
    there; links lead to SDKs.
    """
    directories = {root: Directory(True) for root in ("/old", "/new", "/shims", "/other")}
    directories |= {
        "/old/bin": Directory(True, "go", "go1.21.13"),
        "/new/bin": Directory(True, "go", "go1.27.3"),
        "/shims": Directory(True, "go"),
    }
    directories |= {
        "/links": Directory(True, "go", linked="go1.27.3"),
        "/old links": Directory(True, "go", linked="go1.21.13"),
    }
    directories |= {place: Directory(False) for place in ("/gone", "/gone/bin", "/other/bin")}
    account = Account("1000", "alice", False)
    return State(
        USER,
        account,
        "alice",
        layered(START_FILES, None, with_texts(user or {})),
        START_FILES,
        directories=directories,
        claims=claims,
    )


LONG = ";".join(rf"C:\some\directory\{number:04}" for number in range(360))  # 8,639 characters

#: id, kind, state, options; the same without what triggers it; what it is about
CASES: list[tuple[str, str, State, Wanted, State, Wanted, str]] = [
    (
        "goroot_missing",
        "doubts",
        state(),
        Wanted(REGISTRY, MACHINE, goroot=r"C:\missing"),
        state(),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        r"C:\missing",
    ),
    (
        "goroot_without_go",
        "doubts",
        state(),
        Wanted(REGISTRY, MACHINE, goroot=r"C:\empty"),
        state(),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        r"C:\empty",
    ),
    (
        "goroot_mismatch",
        "doubts",
        state(USER, machine={"Path": SHIMS}),
        Wanted(REGISTRY, goroot=NEW),
        state(USER),
        Wanted(REGISTRY, goroot=NEW),
        SHIMS,
    ),
    (
        "goroot_unknown",
        "findings",
        state(),
        Wanted(REGISTRY, MACHINE, goroot=r"Z:\go1.18"),
        state(),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        r"Z:\go1.18",
    ),
    (
        "gopath_is_goroot",
        "findings",
        state(machine={"GOPATH": NEW + r"\work"}),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        state(machine={"GOPATH": r"D:\gopath"}),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        "GOPATH",
    ),
    (
        "user_shadows_machine",
        "findings",
        state(user={"GOROOT": OLD}),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        state(),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        "GOROOT",
    ),
    (
        "user_environment_unknown",
        "findings",
        state(user_read=False),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        state(USER, user_read=False),
        Wanted(REGISTRY, goroot=NEW),
        "",
    ),
    (
        "stale_path_entry",
        "findings",
        with_path(GONE_SDK),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        with_path(NEW + r"\bin"),
        Wanted(REGISTRY, MACHINE, goroot=NEW),
        GONE_SDK,
    ),
    (
        "duplicate_path_entry",
        "findings",
        with_path("C:\\x;c:/X/"),
        Wanted(REGISTRY, MACHINE),
        with_path(r"C:\x;C:\y"),
        Wanted(REGISTRY, MACHINE),
        "c:/X/",
    ),
    (
        "empty_path_entry",
        "findings",
        with_path(r"C:\x;;C:\y"),
        Wanted(REGISTRY, MACHINE),
        with_path(r"C:\x;"),
        Wanted(REGISTRY, MACHINE),
        "PATH",
    ),
    (
        "relative_path_entry",
        "findings",
        with_path(r"C:\x;bin"),
        Wanted(REGISTRY, MACHINE),
        with_path(r"C:\x;%SystemRoot%"),
        Wanted(REGISTRY, MACHINE),
        "bin",
    ),
    (
        "unknown_directory",
        "blockers",
        state(USER),
        Wanted(REGISTRY, gopath=(r"\\h\s\go",), create_directories=True),
        state(USER),
        Wanted(REGISTRY, gopath=(r"\\h\s\go",)),
        r"\\h\s\go\src",
    ),
    (
        "path_not_expanded",
        "findings",
        with_path("%SystemRoot%", REG_SZ),
        Wanted(REGISTRY, MACHINE),
        with_path("%SystemRoot%"),
        Wanted(REGISTRY, MACHINE),
        "PATH",
    ),
    (
        "path_retyped",
        "findings",
        with_path(r"C:\x", REG_SZ),
        Wanted(REGISTRY, MACHINE, path=("%SystemRoot%",)),
        with_path(r"C:\x", REG_SZ),
        Wanted(REGISTRY, MACHINE, path=(r"C:\y",)),
        "PATH",
    ),
    (
        "path_too_long",
        "findings",
        with_path(LONG),
        Wanted(REGISTRY, MACHINE),
        with_path(LONG[:8000]),
        Wanted(REGISTRY, MACHINE),
        "PATH",
    ),
    (
        "path_too_long",
        "blockers",
        with_path(LONG),
        Wanted(REGISTRY, MACHINE, path=(r"C:\new",)),
        with_path(LONG + r";C:\new"),
        Wanted(REGISTRY, MACHINE, path=(r"C:\new",)),
        "PATH",
    ),
    (
        "path_over_dialog_limit",
        "findings",
        with_path(LONG[:2048]),
        Wanted(REGISTRY, MACHINE),
        with_path(LONG[:2047]),
        Wanted(REGISTRY, MACHINE),
        "PATH",
    ),
    (
        "unreliable_reference",
        "findings",
        with_path(r"%X%\bin", values={"X": "%SystemRoot%"}),
        Wanted(REGISTRY, MACHINE),
        with_path(r"%X%\bin", values={"X": r"C:\x"}),
        Wanted(REGISTRY, MACHINE),
        r"%X%\bin",
    ),
    (
        "undefined_reference",
        "findings",
        with_path(r"%X%\bin"),
        Wanted(REGISTRY, MACHINE),
        with_path(r"%X%\bin", REG_SZ),
        Wanted(REGISTRY, MACHINE),
        r"%X%\bin",
    ),
    (
        "undefined_reference",
        "blockers",
        state(USER),
        Wanted(REGISTRY, gobin=r"%X%\bin"),
        state(USER),
        Wanted(REGISTRY, gobin=r"%USERPROFILE%\bin"),
        "GOBIN",
    ),
    (
        "undefined_reference",
        "blockers",
        state(machine={"X": "%USERPROFILE%"}),
        Wanted(REGISTRY, MACHINE, variables={"CC": "%X%"}),
        state(machine={"X": "%SystemRoot%"}),
        Wanted(REGISTRY, MACHINE, variables={"CC": "%X%"}),
        "CC",
    ),
    (
        "value_of_other_type",
        "blockers",
        state(USER, user={"GOBIN": Value("0x1", "REG_DWORD")}),
        Wanted(REGISTRY, gobin=r"C:\bin", path=()),
        state(USER),
        Wanted(REGISTRY, gobin=r"C:\bin", path=()),
        "GOBIN",
    ),
    (
        "value_too_long",
        "blockers",
        with_path("x" * 32760),
        Wanted(REGISTRY, MACHINE, path=(r"C:\Tools",)),
        with_path("x" * 32750),
        Wanted(REGISTRY, MACHINE, path=(r"C:\Tools",)),
        "PATH",
    ),
    (
        "restore_changed_since",
        "findings",
        state(USER, user={"GOFLAGS": "-x"}, journal={ID: CHANGED}),
        Wanted(REGISTRY, goal=Goal.RESTORED),
        state(USER, user={"GOFLAGS": "-v"}, journal={ID: CHANGED}),
        Wanted(REGISTRY, goal=Goal.RESTORED),
        "GOFLAGS",
    ),
    (
        "restore_nothing",
        "findings",
        state(USER),
        Wanted(REGISTRY, goal=Goal.RESTORED),
        state(USER, user={"GOFLAGS": "-v"}, journal={ID: CHANGED}),
        Wanted(REGISTRY, goal=Goal.RESTORED),
        "",
    ),
    (
        "unmanaged_value",
        "findings",
        of_project({"go-env.cmd": "theirs"}),
        Wanted(project_medium("posix"), USER, variables={"go-env.cmd": "ours"}),
        of_project({"go-env.cmd": "ours"}),
        Wanted(project_medium("posix"), USER, variables={"go-env.cmd": "ours"}),
        "go-env.cmd",
    ),
    (
        "file_not_writable",
        "blockers",
        state(
            USER, directories={**known_directories(), r"D:\GOPATH\SRC": Directory(False, obstacle="It cannot be made.")}
        ),
        Wanted(REGISTRY, gopath=(r"D:\gopath",), create_directories=True),
        state(USER),
        Wanted(REGISTRY, gopath=(r"D:\gopath",), create_directories=True),
        r"D:\gopath\src",
    ),
    (
        "nothing_recorded",
        "findings",
        state(USER, user={"GOFLAGS": "-x"}),
        Wanted(REGISTRY, goal=Goal.ABSENT),
        state(USER, user={"GOFLAGS": "-x"}, record=Record(journal=(ID,))),
        Wanted(REGISTRY, goal=Goal.ABSENT),
        "",
    ),
    (
        "absent_changed_since",
        "findings",
        state(USER, user={"GOFLAGS": "-x"}, record=Record({"GOFLAGS": "-v"})),
        Wanted(REGISTRY, goal=Goal.ABSENT),
        state(USER, user={"GOFLAGS": "-v"}, record=Record({"GOFLAGS": "-v"})),
        Wanted(REGISTRY, goal=Goal.ABSENT),
        "GOFLAGS",
    ),
    (
        "go_env_value_refused",
        "findings",
        in_file({"GOPATH": "go"}, poisoned={"GOPATH": "GOPATH is relative."}),
        Wanted(medium=ON_POSIX),
        in_file({"GOPATH": "go"}, poisoned={"GOPATH": "GOPATH is relative."}),
        Wanted(medium=ON_POSIX, repair=True),
        "GOPATH",
    ),
    (
        "environment_hides_file",
        "findings",
        in_file({}, above=(Layer("shell", with_texts({"GOFLAGS": "-x"})),)),
        Wanted(medium=ON_POSIX, variables={"GOFLAGS": "-v"}),
        in_file({}, above=(Layer("shell", with_texts({"GOFLAGS": "-v"})),)),
        Wanted(medium=ON_POSIX, variables={"GOFLAGS": "-v"}),
        "GOFLAGS",
    ),
    (
        "goroot_missing",
        "findings",
        state(machine={"GOROOT": r"C:\missing"}),
        Wanted(REGISTRY, MACHINE, variables={"GOPROXY": "off"}),
        state(machine={"Path": rf"{NEW}\bin", "GOROOT": NEW}),
        Wanted(REGISTRY, MACHINE, variables={"GOPROXY": "off"}),
        r"C:\missing",
    ),
    (
        "goroot_mismatch",
        "findings",
        state(USER, machine={"Path": rf"{NEW}\bin", "GOROOT": OLD}),
        Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}),
        state(USER, machine={"Path": rf"{NEW}\bin", "GOROOT": NEW}),
        Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}),
        OLD,
    ),
    (
        "start_file_conflict",
        "findings",
        claimed(Claim("/h/.bashrc", 3, "GOROOT", "/old")),
        Wanted(medium=START_FILES, goroot="/new"),
        claimed(Claim("/h/.bashrc", 3, "GOROOT", "/new")),
        Wanted(medium=START_FILES, goroot="/new"),
        "/h/.bashrc",
    ),
    (
        "directory_of_new_users",
        "findings",
        state(Scope.DEFAULT_USER),
        Wanted(REGISTRY, Scope.DEFAULT_USER, gopath=(r"%USERPROFILE%\new",), create_directories=True),
        state(Scope.DEFAULT_USER),
        Wanted(REGISTRY, Scope.DEFAULT_USER, gopath=(r"D:\gopath",), create_directories=True),
        r"%USERPROFILE%\new",
    ),
    (
        "record_damaged",
        "findings",
        state(USER, record=Record(damaged=True)),
        Wanted(REGISTRY),
        state(USER),
        Wanted(REGISTRY),
        "",
    ),
]


def found(plan: Plan, kind: str) -> tuple[Finding, ...]:
    return t.cast("tuple[Finding, ...]", getattr(plan, kind))


@pytest.mark.parametrize(
    ("id", "kind", "yes", "wanted", "no", "other", "subject"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES]
)
def test_a_finding_comes_up_where_it_should_and_nowhere_else(
    id: str, kind: str, yes: State, wanted: Wanted, no: State, other: Wanted, subject: str
) -> None:
    (told, *_more) = [finding for finding in found(make_plan(yes, wanted), kind) if finding.id == id]
    assert told.subject == subject
    assert told.message.endswith(".")
    assert id not in ids(found(make_plan(no, other), kind))


def test_every_finding_of_a_plan_has_a_case(root: Path) -> None:
    rooms = root / "plugins" / "module_utils" / "_core"
    texts = [
        (rooms / name).read_text(encoding="utf-8")
        for name in ("draft.py", "findings.py", "environment_findings.py", "planner.py", "checks.py", "undoing.py")
    ]
    given = {id for text in texts for id in re.findall(r'Finding\.of\(\s*"([a-z_]+)"', text)}
    assert given == {case[0] for case in CASES}


def test_a_restored_path_may_be_as_long_as_it_was() -> None:
    entry = JournalEntry(ID, (Change("Path", Value(LONG, REG_EXPAND_SZ), Value(r"C:\x", REG_EXPAND_SZ)),))
    plan = make_plan(with_path(r"C:\x", journal={ID: entry}), Wanted(REGISTRY, MACHINE, goal=Goal.RESTORED))
    assert plan.blockers == ()
    assert "path_too_long" in ids(plan.findings)


def test_a_run_that_wants_nothing_of_goroot_says_nothing_of_it() -> None:
    plan = make_plan(with_path(rf"{OLD}\bin;{NEW}\bin"), Wanted(REGISTRY, MACHINE, variables={"GOFLAGS": "-v"}))
    assert not {finding.id for finding in (*plan.doubts, *plan.findings)} & {
        "goroot_missing",
        "goroot_unknown",
        "goroot_mismatch",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f'"{NEW}"', REG_SZ),
        (r"%ProgramFiles%\Go", REG_SZ),
        (r"%NOSUCH%\Go", REG_EXPAND_SZ),
        ("go", REG_SZ),
        (r"~\go", REG_SZ),
        (" ", REG_SZ),
    ],
)
@pytest.mark.parametrize("goal", list(Goal))
def test_a_goroot_that_is_no_path_for_go_is_reported_by_every_run(text: str, kind: str, goal: Goal) -> None:
    """go takes off no quotes, and nothing expands what is written as REG_SZ."""
    standing = state(USER, machine={"Path": rf"{NEW}\bin", "GOROOT": Value(text, kind)}, journal={ID: CHANGED})
    plan = make_plan(
        standing, Wanted(REGISTRY, USER, variables={"GOPROXY": "off"} if goal is Goal.PRESENT else {}, goal=goal)
    )
    assert [finding.subject for finding in plan.findings if finding.id == "goroot_missing"] == [text]


@pytest.mark.parametrize("text", ["", NEW, NEW.replace("\\", "/"), r"\\server\share\go", r"Z:\go"])
def test_a_goroot_that_may_be_one_is_not_said_to_be_missing(text: str) -> None:
    plan = make_plan(
        state(USER, machine={"Path": rf"{NEW}\bin", "GOROOT": text}),
        Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}),
    )
    assert "goroot_missing" not in ids(plan.findings)


@pytest.mark.parametrize("goal", list(Goal))
def test_a_goroot_without_an_sdk_is_looked_at_and_reported_by_every_run(goal: Goal) -> None:
    """Of a directory on PATH only is known whether go is in it."""
    standing = state(USER, machine={"Path": rf"{NEW}\bin;C:\tools", "GOROOT": r"C:\tools"}, journal={ID: CHANGED})
    wanted = Wanted(REGISTRY, USER, goal=goal)
    known = {place: found for place, found in standing.directories.items() if not place.startswith(r"C:\TOOLS")}
    asked = standing._replace(directories=known | {r"C:\TOOLS": Directory(None, partial=True)})
    assert r"C:\tools\bin" in missing_facts(asked, wanted)
    plan = make_plan(asked._replace(directories=asked.directories | {r"C:\TOOLS\BIN": Directory(False)}), wanted)
    assert [finding.message.split(",")[0] for finding in plan.findings if finding.id == "goroot_missing"] == [
        r"GOROOT C:\tools of the machine scope holds no SDK"
    ]
    assert (
        missing_facts(
            state(USER, machine={"Path": r"C:\elsewhere"}, journal={ID: CHANGED}), wanted._replace(goal=Goal.ABSENT)
        )
        == []
    )


def test_a_dead_goroot_that_nobody_asked_about_is_reported_for_each_layer_once() -> None:
    both = state(USER, machine={"GOROOT": r"C:\missing"}, user={"GOROOT": r"C:\missing"})
    for wanted in (
        Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}),
        Wanted(REGISTRY, USER, gopath=(r"D:\gopath",)),
    ):
        plan = make_plan(both, wanted)
        assert [finding.message.split(",")[0] for finding in plan.findings if finding.id == "goroot_missing"] == [
            r"GOROOT C:\missing of the user scope does not exist"
        ]
        assert plan.doubts == ()
    hidden = state(USER, machine={"Path": rf"{NEW}\bin", "GOROOT": r"C:\missing"}, user={"GOROOT": NEW})
    plan = make_plan(hidden, Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}))
    assert [finding.subject for finding in plan.findings if finding.id == "goroot_missing"] == [r"C:\missing"]


def test_a_goroot_that_is_judged_is_looked_up() -> None:
    unknown = state(USER, machine={"GOROOT": r"C:\some\go"}, directories={})
    assert {r"C:\some\go", r"C:\some\go\bin"} <= set(
        missing_facts(unknown, Wanted(REGISTRY, USER, variables={"GOPROXY": "off"}))
    )
    claims = claimed(Claim("/h/.bashrc", 1, "GOROOT", "/x"), Claim("/h/.bashrc", 2, "PATH", "/y"))
    assert {"/x", "/x/bin", "/y"} <= set(missing_facts(claims._replace(directories={}), Wanted(medium=START_FILES)))


GOROOT_NEW = Wanted(medium=START_FILES, goroot="/new")
BASHRC = "/h/.bashrc"


@pytest.mark.parametrize(
    ("claims", "wanted", "doubt", "finding"),
    [
        ([Claim(BASHRC, 2, "GOROOT", "/old")], GOROOT_NEW, None, "start_file_conflict"),
        ([Claim(BASHRC, 2, "PATH", "/old/bin")], GOROOT_NEW, None, "start_file_conflict"),
        ([Claim(BASHRC, 2, "PATH", "/shims")], GOROOT_NEW, None, "start_file_conflict"),
        ([Claim(BASHRC, 2, "PATH", "/old/bin", front=False)], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 2, "PATH", "/other")], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 2, "GOROOT", "/old", certain=False)], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 2, "GOROOT", "/gone")], GOROOT_NEW, None, "goroot_missing"),
        ([Claim(BASHRC, 2, "GOROOT", "/gone")], Wanted(medium=START_FILES, gopath=("/w",)), None, "goroot_missing"),
        ([Claim(BASHRC, 2, "GOROOT", "/old")], Wanted(medium=START_FILES, gopath=("/w",)), None, None),
        (
            [Claim(BASHRC, 2, "GOROOT", "/old")],
            Wanted(medium=START_FILES, path=("/new/bin",)),
            None,
            "start_file_conflict",
        ),
        # behind our last block
        ([Claim(BASHRC, 99, "GOROOT", "/old", last=True)], GOROOT_NEW, "line 99", None),
        ([Claim(BASHRC, 99, "PATH", "/old/bin", last=True)], GOROOT_NEW, "line 99", None),
        ([Claim(BASHRC, 99, "PATH", "/shims", last=True)], GOROOT_NEW, "line 99", None),
        ([Claim(BASHRC, 99, "PATH", "/old/bin", front=False, last=True)], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 2, "PATH", "/links")], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 99, "PATH", "/links", last=True)], GOROOT_NEW, None, None),
        ([Claim(BASHRC, 99, "PATH", "/old links", last=True)], GOROOT_NEW, "go1.21.13 at /old links", None),
        (
            [Claim(BASHRC, 98, "GOROOT", "/old", last=True), Claim(BASHRC, 99, "PATH", "/old/bin", last=True)],
            GOROOT_NEW,
            None,
            "start_file_conflict",
        ),
        (
            [Claim(BASHRC, 98, "PATH", "/old/bin", last=True), Claim(BASHRC, 99, "GOROOT", "", last=True)],
            GOROOT_NEW,
            None,
            "start_file_conflict",
        ),
        (
            [Claim(BASHRC, 99, "PATH", "/old/bin", last=True)],
            Wanted(medium=START_FILES, path=("/new/bin",)),
            None,
            "start_file_conflict",
        ),
        (
            [Claim(BASHRC, 99, "GOROOT", "/old", last=True)],
            Wanted(medium=START_FILES, path=("/new/bin",)),
            "line 99",
            None,
        ),
    ],
)
def test_what_other_lines_of_start_files_do(
    claims: list[Claim], wanted: Wanted, doubt: str | None, finding: str | None
) -> None:
    plan = make_plan(claimed(*claims), wanted)
    proven = [found for found in plan.doubts if found.subject == BASHRC]
    assert [found.id for found in proven] == (["goroot_mismatch"] if doubt else [])
    assert all(doubt in found.message for found in proven if doubt)
    assert [found.id for found in plan.findings if found.subject == BASHRC] == ([finding] if finding else [])


def test_a_link_to_the_go_of_goroot_is_that_go() -> None:
    """As link_go makes it, before the SDK's own bin on PATH."""
    for links, doubts in (("/links", []), ("/old links", ["goroot_mismatch"])):
        login = claimed()
        login = login._replace(layers=(Layer("login", with_texts({"PATH": f"{links}:/usr/bin"})), *login.layers))
        plan = make_plan(login, Wanted(medium=START_FILES, goroot="/new", position=Position.LAST))
        assert ids(plan.doubts) == doubts


def test_before_an_unjudged_directory_no_go_is_missed() -> None:
    """A share that cannot be seen from here may hold the go that runs: that is no doubt about GOROOT."""
    assert (
        make_plan(with_path(r"\\server\share\go1.18\bin"), Wanted(REGISTRY, MACHINE, goroot=NEW, path=())).doubts == ()
    )


def test_values_that_are_no_text_are_not_read_as_text() -> None:
    odd = state(machine={"Path": Value("0x1", "REG_DWORD"), "GOPATH": Value("0x1", "REG_DWORD")})
    plan = make_plan(odd, Wanted(REGISTRY, MACHINE, goroot=NEW))
    assert ids(plan.blockers) == ["value_of_other_type"]
    assert "relative_path_entry" not in ids(plan.findings)


def test_findings_speak_of_the_state_that_comes() -> None:
    before = with_path(rf'{NEW}\bin;"{NEW}\bin"')
    assert "duplicate_path_entry" not in ids(make_plan(before, Wanted(REGISTRY, MACHINE, goroot=NEW)).findings)
    assert "stale_path_entry" not in ids(
        make_plan(before._replace(record=Record()), Wanted(REGISTRY, MACHINE, goroot=NEW)).findings
    )


def test_what_is_managed_is_no_stale_entry() -> None:
    """The bin of the GOROOT that stands, entries of earlier runs, and those of GOPATH."""
    path = rf"{NEW}\bin;{OLD}\bin;C:\x"
    values = {"GOROOT": Value(NEW, REG_SZ)}
    record = Record({"GOROOT": NEW}, (("goroot", rf"{NEW}\bin"),))
    wanted = Wanted(REGISTRY, MACHINE, path=("C:\\x",))
    for found in (with_path(path, values=values), with_path(path)._replace(record=record)):
        told = [finding.subject for finding in make_plan(found, wanted).findings if finding.id == "stale_path_entry"]
        assert told == [rf"{OLD}\bin"]
