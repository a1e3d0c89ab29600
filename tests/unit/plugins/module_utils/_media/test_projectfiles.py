# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import shutil
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.support import FakeHost, WatchedFiles, ids

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import Attributes, Named, XmlStep
from ansible_collections.gopher.devbox.plugins.module_utils._editors.managed_items import (
    ManagedItem,
    json_part,
    xml_part,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats import jsonc
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.user_scope import UserScope
from ansible_collections.gopher.devbox.plugins.module_utils._media.projectfiles import (
    ProjectStore,
    json_text,
    xml_text,
)

SETTINGS, TASKS, XML = ".vscode/settings.json", ".vscode/tasks.json", ".idea/workspace.xml"
NEW = {XML: b'<project version="4" />\n'}
LAUNCHER = "echo 世界\r\n"


class Project:
    """A project in a directory of the test, and the runs over it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = WatchedFiles(root)
        self.directory = root / "srv/app"
        self.directory.mkdir(parents=True)
        self.clock = 1_800_000_000.0
        self.touched: dict[str, list[str]] = {}
        self.marked: t.Callable[[t.Callable[[str], File]], t.Collection[str]] = lambda _found: ()

    def store(self) -> ProjectStore:
        self.clock += 1
        me = Account("1000", "alice", home="/home/alice")
        scope = UserScope(me, me, "alice", {}, records="/home/alice/.local/state/gopher.devbox")
        also = ("go-env.cmd", XML) if self.marked(lambda _file: File(None)) else ()
        return ProjectStore(
            FakeHost(self.files, me),
            scope,
            "/srv/app",
            also,
            self.touched,
            NEW,
            lambda: self.clock,
            self.marked,
        )

    def run(
        self,
        wanted: t.Mapping[ManagedItem, str] | None = None,
        goal: Goal = Goal.PRESENT,
        check: bool = False,
        **more: t.Any,
    ) -> Outcome:
        store = self.store()
        variables: dict[str, str | None] = {part.name: text for part, text in (wanted or {}).items()}
        for part in wanted or ():
            if part.path:
                variables.update((holder.name, "made") for holder in part.holders())
        return converge(store, Wanted(store.medium, variables=variables, goal=goal, **more), check)

    def read(self, file: str) -> bytes | None:
        path = self.directory / file
        return path.read_bytes() if path.exists() else None

    def write(self, file: str, data: bytes) -> None:
        path = self.directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def tree(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


ALL = {
    ManagedItem("go-env.cmd"): LAUNCHER,
    json_part(SETTINGS, ("go.goroot",)): json_text("/opt/go"),
    json_part(SETTINGS, ("go.toolsEnvVars", "GOPATH")): json_text("/w"),
    json_part(TASKS, ("tasks", Named("label", "go env"))): json_text({"type": "shell", "command": "x"}),
    xml_part(XML, (XmlStep("project"), XmlStep("component", "GOROOT"))): xml_text(
        Attributes({"url": "file:///opt/go"})
    ),
}


def test_the_ladder(project: Project) -> None:
    assert project.run(ALL, check=True).changed
    assert project.tree() == {}
    assert project.run(ALL).changed
    assert project.read("go-env.cmd") == LAUNCHER.encode()
    assert json.loads(project.read(SETTINGS) or b"") == {"go.goroot": "/opt/go", "go.toolsEnvVars": {"GOPATH": "/w"}}
    assert json.loads(project.read(TASKS) or b"") == {"tasks": [{"label": "go env", "type": "shell", "command": "x"}]}
    assert b'url="file:///opt/go"' in (project.read(XML) or b"")
    assert not project.run(ALL).changed
    newer = {**ALL, json_part(SETTINGS, ("go.goroot",)): json_text("/opt/new")}
    assert [change.name for change in project.run(newer).plan.changes] == [f"{SETTINGS}#/go.goroot"]
    assert not project.run(newer).changed
    project.run(goal=Goal.RESTORED)
    assert json.loads(project.read(SETTINGS) or b"")["go.goroot"] == "/opt/go"
    assert project.run(goal=Goal.ABSENT).changed
    assert project.tree() == {}
    assert not (project.directory / ".vscode").exists()
    assert not project.run(goal=Goal.ABSENT).changed
    project.run(goal=Goal.RESTORED)
    assert json.loads(project.read(SETTINGS) or b"")["go.goroot"] == "/opt/go"
    assert project.read("go-env.cmd") == LAUNCHER.encode()


PERSONS = (
    b'\xef\xbb\xbf{\r\n  // mine\r\n  "editor.rulers": [80, /* two */ 120],\r\n  "go.toolsEnvVars": {"CC": '
    b'"gcc"},\r\n}\r\n'
)


def test_files_of_people_come_back_to_the_byte(project: Project) -> None:
    project.write(SETTINGS, PERSONS)
    project.write(
        XML, b'<?xml version="1.0"?>\r\n<project version="4"><!-- mine -->\r\n  <component name="X"/>\r\n</project>'
    )
    before = project.tree()
    project.run(ALL)
    assert b"// mine" in (project.read(SETTINGS) or b"")
    project.run(goal=Goal.ABSENT)
    assert project.tree() == before
    project.run(ALL)
    project.run(goal=Goal.RESTORED)
    assert project.tree() == before


def marked(_found: t.Callable[[str], File]) -> list[str]:
    """What is ours of ALL by its marks, in a test: the launcher and the file of the IDE."""
    xml = next(part for part in ALL if part.file == XML)
    return ["go-env.cmd", xml.name, *(holder.name for holder in xml.holders())]


def test_without_its_journal_what_has_marks_is_taken_out_and_the_rest_is_not(project: Project) -> None:
    project.run(ALL)
    settings_ = project.read(SETTINGS)
    shutil.rmtree(project.root / "home")
    project.marked = marked
    again = project.run(ALL)
    assert (again.changed, ids(again.findings)) == (False, ["record_lost"])
    outcome = project.run(goal=Goal.ABSENT)
    assert ids(outcome.findings) == ["record_lost"], [item.message for item in outcome.findings]
    (finding,) = outcome.findings
    assert "/srv/app/go-env.cmd, /srv/app/.idea/workspace.xml" in finding.message
    assert project.read(SETTINGS) == settings_
    assert {"go-env.cmd", XML} & set(project.tree()) == set()


def test_a_launcher_of_ours_is_updated_when_the_journal_is_gone(project: Project) -> None:
    project.run({ManagedItem("go-env.cmd"): LAUNCHER})
    shutil.rmtree(project.root / "home")
    project.marked = lambda _found: ["go-env.cmd"]
    assert project.run({ManagedItem("go-env.cmd"): "rem newer\r\n"}).changed
    assert project.read("go-env.cmd") == b"rem newer\r\n"


def test_what_was_written_outside_a_project_that_is_gone_is_taken_out(project: Project) -> None:
    tools = ManagedItem("/home/alice/ide/tools/ours.xml")
    project.run({**ALL, tools: "<toolSet />"})
    written = project.root / "home/alice/ide/tools/ours.xml"
    assert written.exists()
    shutil.rmtree(project.directory)
    with pytest.raises(Blocked, match="no directory"):
        project.run(ALL)
    assert project.run(goal=Goal.ABSENT, check=True).changed
    assert project.run(goal=Goal.ABSENT).changed
    assert not (project.root / "home/alice/ide").exists()
    assert not project.directory.exists()
    assert not project.run(goal=Goal.ABSENT).changed


def test_ten_changes_go_back_one_by_one(project: Project) -> None:
    project.write(SETTINGS, b"// mine\n")
    stood = [project.tree()]
    for number in range(10):
        project.run(
            {
                ManagedItem("go-env.cmd"): f"rem {number}",
                json_part(SETTINGS, ("go.goroot",)): json_text(f"/opt/{number}"),
            }
        )
        stood.append(project.tree())
    for number in range(10):
        assert project.run(goal=Goal.RESTORED).changed, number
        assert project.tree() == stood[9 - number]
    assert ids(project.run(goal=Goal.RESTORED).findings) == ["restore_nothing"]


def test_only_the_file_that_would_change_stops_a_run(project: Project) -> None:
    project.run(ALL)
    (project.directory / SETTINGS).chmod(0o444)
    (project.directory / TASKS).chmod(0o444)
    assert not project.run(ALL).changed
    assert project.run({**ALL, ManagedItem("go-env.cmd"): "rem newer\r\n"}).changed
    with pytest.raises(Blocked) as raised:
        project.run(goal=Goal.ABSENT, check=True)
    assert ids(raised.value.blockers) == ["file_not_writable"] * 2
    assert SETTINGS in raised.value.message
    assert TASKS in raised.value.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"// mine",
        b"/* a\r\n b */\r\n",
        b"\xef\xbb\xbf",
        b"{}",
        b"{ }",
        b"{\n  // nothing yet\n}\n",
        b"\t\t",
    ],
)
@pytest.mark.parametrize("goal", [Goal.ABSENT, Goal.RESTORED])
def test_a_file_that_held_nothing_ends_as_it_was(project: Project, data: bytes, goal: Goal) -> None:
    """Also after a second change, and when what was taken out is undone and taken out again."""
    newer = {**ALL, json_part(SETTINGS, ("go.goroot",)): json_text("/opt/new")}
    project.write(SETTINGS, data)
    project.run(ALL)
    project.run(newer)
    project.run(goal=goal)
    if goal is Goal.RESTORED:
        project.run(goal=goal)
    assert project.tree() == {SETTINGS: data}
    if goal is Goal.ABSENT:
        project.run(goal=Goal.RESTORED)
        assert jsonc.read(project.read(SETTINGS) or b"").value["go.goroot"] == "/opt/new"
        project.run(goal=goal)
        assert project.tree() == {SETTINGS: data}


def test_what_somebody_wrote_since_stays_whatever_the_file_held_first(project: Project) -> None:
    project.write(SETTINGS, b"")
    project.run(ALL)
    project.write(SETTINGS, (project.read(SETTINGS) or b"").replace(b"{", b'{ "mine": 1,', 1))
    project.run(goal=Goal.ABSENT)
    assert json.loads(project.read(SETTINGS) or b"") == {"mine": 1}


def test_directories_go_that_were_made_and_no_others(project: Project) -> None:
    (project.directory / ".idea").mkdir()
    project.run(ALL)
    project.run(goal=Goal.ABSENT)
    assert [path.name for path in project.directory.iterdir()] == [".idea"], ".vscode was made, .idea was there"
    project.run(goal=Goal.RESTORED)
    (project.directory / ".vscode/extensions.json").write_bytes(b"{}")
    project.run(goal=Goal.ABSENT)
    assert set(project.tree()) == {".vscode/extensions.json"}, "a directory with something else in it stays"
    (project.directory / ".vscode/extensions.json").unlink()
    project.run(ALL)
    project.run(goal=Goal.ABSENT)
    assert (project.directory / ".vscode").is_dir(), "it was left to somebody, so it is no longer ours"


def test_directories_go_with_an_undoing_too(project: Project) -> None:
    project.run({ManagedItem("go-env.cmd"): LAUNCHER})
    project.run(ALL)
    project.run(goal=Goal.RESTORED)
    assert [path.name for path in project.directory.iterdir()] == ["go-env.cmd"]


def test_what_people_set_wins_unless_it_is_managed(project: Project) -> None:
    project.write(SETTINGS, b'{"go.goroot": "/mine"}')
    project.write("go-env.cmd", b"theirs")
    outcome = project.run(ALL)
    assert ids(outcome.findings).count("unmanaged_value") == 2
    assert json.loads(project.read(SETTINGS) or b"")["go.goroot"] == "/mine"
    assert project.read("go-env.cmd") == b"theirs"
    assert not project.run(ALL).changed
    project.run(goal=Goal.ABSENT)
    assert project.tree() == {SETTINGS: b'{"go.goroot": "/mine"}', "go-env.cmd": b"theirs"}
    project.run(ALL, force=True)
    assert project.read("go-env.cmd") == LAUNCHER.encode()
    project.run(goal=Goal.RESTORED)
    assert project.tree() == {SETTINGS: b'{"go.goroot": "/mine"}', "go-env.cmd": b"theirs"}


def test_what_stood_there_as_wanted_is_not_ours(project: Project) -> None:
    project.write(SETTINGS, b'{"go.goroot":"/opt/go"}')
    project.run(ALL)
    project.run(goal=Goal.ABSENT)
    assert project.tree() == {SETTINGS: b'{"go.goroot":"/opt/go"}'}


def test_drift_is_put_back_and_other_changes_of_people_stay(project: Project) -> None:
    project.run(ALL)
    project.write("go-env.cmd", b"drifted")
    assert project.run(ALL).changed
    assert project.read("go-env.cmd") == LAUNCHER.encode()
    project.write("go-env.cmd", b"mine now")
    found = json.loads(project.read(SETTINGS) or b"")
    project.write(SETTINGS, json.dumps({**found, "editor.tabSize": 2}).encode())
    outcome = project.run(goal=Goal.ABSENT)
    assert ids(outcome.findings) == ["absent_changed_since"]
    assert {name: data.replace(b" ", b"") for name, data in project.tree().items()} == {
        SETTINGS: b'{"editor.tabSize":2}',
        "go-env.cmd": b"minenow",
    }


def test_what_a_run_no_longer_names_goes(project: Project) -> None:
    project.run(ALL)
    only = {ManagedItem("go-env.cmd"): LAUNCHER}
    assert project.run(only).changed
    assert project.tree() == {"go-env.cmd": LAUNCHER.encode()}
    project.run(ALL)
    project.write(SETTINGS, (project.read(SETTINGS) or b"").replace(b"/opt/go", b"/hand"))
    outcome = project.run(only)
    assert ids(outcome.findings) == ["absent_changed_since", "conflicting_tasks"]
    assert json.loads(project.read(SETTINGS) or b"") == {"go.goroot": "/hand"}


def test_a_damaged_file_stops_the_run_with_its_line(project: Project) -> None:
    project.write(SETTINGS, b'{\n"a": 1\n"b": 2}')
    with pytest.raises(Blocked, match="line 3"):
        project.run(ALL)
    assert project.tree() == {SETTINGS: b'{\n"a": 1\n"b": 2}'}
    project.write(SETTINGS, b"[]")
    with pytest.raises(Blocked, match="object"):
        project.run(ALL)
    assert project.tree() == {SETTINGS: b"[]"}


def test_without_the_directory_nothing_is_made(project: Project) -> None:
    project.directory.rmdir()
    with pytest.raises(Blocked, match="There is no directory /srv/app"):
        project.run(ALL)
    assert not project.directory.exists()


def test_a_person_saving_meanwhile_loses_nothing(project: Project) -> None:
    project.write(SETTINGS, b'{"a": 1}')

    def other(paths: t.Sequence[str]) -> None:
        project.files.before_write = lambda _paths: None
        project.write(SETTINGS, b'{"a": 2, "b": 3}')

    project.files.before_write = other
    project.run(ALL)
    assert json.loads(project.read(SETTINGS) or b"") == {
        "a": 2,
        "b": 3,
        "go.goroot": "/opt/go",
        "go.toolsEnvVars": {"GOPATH": "/w"},
    }
    project.run(goal=Goal.ABSENT)
    assert project.read(SETTINGS) == b'{"a": 2, "b": 3}'


def test_touched_files_keep_their_bytes_and_only_with_a_change(project: Project) -> None:
    project.touched = {"go-env.cmd": ["/home/alice/settings.json", "/home/alice/absent.json"]}
    path = project.root / "home/alice/settings.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{ }")
    project.run(ALL)
    assert "/home/alice/settings.json" in project.files.wrote
    assert path.read_bytes() == b"{ }"
    assert "/home/alice/absent.json" not in project.files.wrote
    project.files.wrote.clear()
    project.run(ALL)
    assert project.files.wrote == []


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('ab \\"é', max_size=4),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)
keys = st.sampled_from([("a",), ("b", "c"), ("b", "d"), ("e", Named("label", "x")), ("f", "g", "h")])


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from("abefz"), values | st.dictionaries(st.sampled_from("cdgz"), values, max_size=2), max_size=3
    ),
    st.dictionaries(keys, values, max_size=4),
)
def test_writing_and_undoing_gives_the_bytes_back(
    tmp_path_factory: t.Any, before: dict[str, t.Any], wanted: dict[t.Any, t.Any]
) -> None:
    project = Project(tmp_path_factory.mktemp("project", numbered=True))
    data = json.dumps(before, indent=2).encode() + b"\n"
    project.write("x.json", data)
    parts = {
        json_part("x.json", path): json_text({"label": "x", "v": value} if isinstance(path[-1], Named) else value)
        for path, value in wanted.items()
    }
    changed = False
    with contextlib.suppress(Blocked):  # an array where an object must be
        changed = project.run(parts).changed
    if not changed:
        assert project.read("x.json") == data
        return
    assert not project.run(parts).changed
    project.run(goal=Goal.RESTORED)
    assert project.read("x.json") == data
