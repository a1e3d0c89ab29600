# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of go_registry: bad arguments, check mode, apply, again, update, again, absent, restored, again; in both
scopes.

It goes through real ansible-playbook, and takes any Windows host: `make test-windows INVENTORY=…` names an inventory in
DEVBOX_WINDOWS_INVENTORY. Its values do no harm: GOTRACEBACK and GOWASM, which no build's result depends on, and a
directory at the end of PATH that does not exist. Whatever becomes of it, it takes back what it changed, looks again,
and says what it saw.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support import MACHINE, user_key
from winhost import WinHost

INVENTORY = os.environ.get("DEVBOX_WINDOWS_INVENTORY")
FIRST, SECOND = r"C:\gopher.devbox-ladder\one\bin", r"C:\gopher.devbox-ladder\two\bin"
NAMES = ("GOTRACEBACK", "GOWASM")
RUNGS = (
    "bad scope",
    "bad values",
    "check",
    "apply",
    "again",
    "update",
    "update again",
    "absent",
    "restored",
    "restored again",
    "at the bottom",
)

Results = dict[str, dict[str, Any]]
Say = Callable[[str], None]


def environment(directory: Path, own: bool) -> dict[str, str]:
    """What ansible-playbook gets: a home of its own, or for an inventory of somebody's that somebody's own settings."""
    out = dict(os.environ)
    out.pop("DEVBOX_WINDOWS_INVENTORY", None)
    if own:
        out = {
            name: value
            for name, value in out.items()
            if not name.startswith("ANSIBLE_") or name == "ANSIBLE_COLLECTIONS_PATH"
        }
        (directory / "ansible.cfg").touch()
        out |= {
            "HOME": str(directory),
            "ANSIBLE_CONFIG": str(directory / "ansible.cfg"),
            "ANSIBLE_HOME": str(directory / "ansible"),
        }
    return out | {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback")),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "DEVBOX_RECORD": str(directory / "record.json"),
    }


def hosts_of(inventory: str) -> list[str]:
    """The names in an inventory, for one test each."""
    command = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", inventory, "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(done.stdout)
    return sorted({host for group in found.values() for host in group.get("hosts", ()) if isinstance(group, dict)})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "box" in metafunc.fixturenames:
        metafunc.parametrize("box", hosts_of(INVENTORY) if INVENTORY else ["winhost"])


class Ladder:
    """One scope of one host, from an inventory."""

    def __init__(self, directory: Path, inventory: str, box: str, scope: str, own: bool) -> None:
        self.directory, self.inventory, self.box, self.scope = directory, inventory, box, scope
        self._environment = environment(directory, own)
        self.said = ""

    def task(self, name: str, **options: Any) -> dict[str, Any]:
        return {
            "name": name,
            "ignore_errors": True,
            "diff": True,
            "gopher.devbox.go_registry": {"scope": self.scope, **options},
        }

    def wanted(self, name: str, level: str, path: str, **options: Any) -> dict[str, Any]:
        values = {"GOTRACEBACK": level, "GOWASM": "satconv"}
        return self.task(name, variables=values, path=[path], path_position="last", validate="warn", **options)

    def look(self, name: str) -> dict[str, Any]:
        """A look that writes nothing: what stands there comes back as `before`."""
        return self.wanted(name, "crash", FIRST) | {"check_mode": True}

    def run(self, tasks: list[dict[str, Any]]) -> Results:
        play = self.directory / "ladder.json"
        play.write_text(
            json.dumps([{"name": f"{self.scope} scope", "hosts": self.box, "gather_facts": False, "tasks": tasks}]),
            encoding="utf-8",
        )
        record = self.directory / "record.json"
        record.unlink(missing_ok=True)
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", self.inventory, str(play)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=280)
        self.said = done.stdout + done.stderr
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return {item["task"]: item["result"] for item in map(json.loads, lines)}

    def climb(self) -> Results:
        """The whole ladder in one play, between two looks. It ends at the first look where the scope must not or cannot
        be touched.
        """
        apply = self.wanted("apply", "single", FIRST)
        update = self.wanted("update", "all", SECOND)
        rungs = [
            self.task("bad scope") | {"gopher.devbox.go_registry": {"scope": "everybody"}},
            self.task("bad values", gopath=["relative"], variables={"GOVERSION": "1", "GOTRACEBACK": ["a", "list"]}),
            apply | {"name": "check", "check_mode": True},
            apply,
            apply | {"name": "again"},
            update,
            update | {"name": "update again"},
            self.task("absent", state="absent"),
            self.task("restored", state="restored"),
            self.task("restored again", state="restored"),
            self.task("at the bottom", state="restored"),
            self.look("last look"),
        ]
        looks = [
            self.look("first look") | {"register": "look"},
            self.task("managed", state="absent") | {"check_mode": True, "register": "managed"},
        ]
        return self.run([*looks, *(rung | {"when": "look is success and managed is not changed"} for rung in rungs)])

    def leave(self, found: Results) -> list[str]:
        """Take back what is not yet taken back, the newest first; the differences that a last look still sees."""
        before = found["first look"]
        if differences(before, found.get("last look", {})):
            ids = [
                found[name]["journal"] for name in ("apply", "update", "absent") if found.get(name, {}).get("journal")
            ]
            undo = [self.task(f"undo {id}", state="restored", journal=id) for id in reversed(ids)]
            found = self.run([*undo, self.look("last look")])
        return differences(before, found.get("last look", {}))


def must_be_touched(found: Results, ladder: Ladder) -> None:
    """Skips where the scope is not to be touched, fails where it could not even be looked at."""
    look = found.get("first look", {"failed": True})
    if any(finding["id"] == "not_elevated" for finding in look.get("findings", ())):
        pytest.skip(f"{ladder.box}: {look['msg']}")
    assert not look.get("failed"), ladder.said
    if found["managed"].get("changed", True):
        pytest.skip(
            f"{ladder.box}: gopher.devbox manages its {ladder.scope} scope already, and the ladder would take "
            f"that away for a moment"
        )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What two looks do not agree on: the values touched, PATH entry by entry, and the types, which the diff shows."""
    if "before" not in after:
        return [f"the look failed: {after.get('msg', after)}"]
    was, now = before["before"], after["before"]
    out = [
        f"{name}: {was.get(name)!r} became {now.get(name)!r}"
        for name in (*NAMES, "PATH")
        if was.get(name) != now.get(name)
    ]
    if not out and before["diff"]["before"] != after["diff"]["before"]:
        out.append(f"{before['diff']['before']!r} became {after['diff']['before']!r}")
    return out


def must_hold(found: Results) -> None:
    """What each rung promises."""
    path = found["first look"]["before"]["PATH"] or []
    assert list(found) == ["first look", "managed", *RUNGS, "last look"], found
    assert found["bad scope"]["failed"]
    assert "everybody" in found["bad scope"]["msg"]
    assert found["bad values"]["failed"]
    assert all(word in found["bad values"]["msg"] for word in ("GOTRACEBACK", "GOVERSION", "relative"))
    assert not [name for name in RUNGS[2:] if found[name]["failed"]], {
        name: found[name].get("msg") for name in RUNGS[2:] if found[name]["failed"]
    }
    assert {name: found[name]["changed"] for name in RUNGS[2:]} == {
        "check": True,
        "apply": True,
        "again": False,
        "update": True,
        "update again": False,
        "absent": True,
        "restored": True,
        "restored again": True,
        "at the bottom": True,
    }
    check, apply, update = found["check"], found["apply"], found["update"]
    assert check["journal"] is None
    assert {key: check[key] for key in ("before", "after", "changes", "diff")} == {
        key: apply[key] for key in ("before", "after", "changes", "diff")
    }
    assert [entry for entry in apply["after"]["PATH"] if entry != FIRST] == path
    assert apply["after"]["GOTRACEBACK"] == "single"
    assert [entry for entry in update["after"]["PATH"] if entry != SECOND] == path
    assert (update["after"]["GOTRACEBACK"], update["after"]["GOWASM"]) == ("all", "satconv")
    assert found["absent"]["after"]["PATH"] == path
    assert not {name: found["absent"]["after"][name] for name in NAMES if found["absent"]["after"].get(name)}
    assert found["restored"]["after"]["PATH"] == update["after"]["PATH"]
    assert found["restored again"]["after"]["PATH"] == apply["after"]["PATH"]
    assert found["at the bottom"]["after"]["PATH"] == path
    assert len({found[name]["journal"] for name in RUNGS if found[name].get("journal")}) == 6


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Lines that a person sees, whatever pytest captures."""

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", flush=True)

    return line


@pytest.fixture(scope="module")
def inventory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, WinHost | None]]:
    """The inventory, and the host where it is one of the tests."""
    if INVENTORY:
        yield INVENTORY, None
        return
    host = request.getfixturevalue("shared_host")
    yield str(host.inventory(tmp_path_factory.mktemp("ladder") / "hosts.json")), host


def eyes(host: WinHost, scope: str) -> dict[str, Any]:
    """The scope as it stands, read with other eyes than the product's."""
    return host.prefix.registry(MACHINE if scope == "machine" else user_key(host.account.sid))


@pytest.mark.windows
@pytest.mark.ladder
@pytest.mark.parametrize("scope", ["machine", "user"])
def test_ladder(inventory: tuple[str, WinHost | None], box: str, scope: str, tmp_path: Path, say: Say) -> None:
    file, host = inventory
    ladder = Ladder(tmp_path, file, box, scope, own=host is not None)
    kept = eyes(host, scope) if host else {}
    found = ladder.climb()
    must_be_touched(found, ladder)
    try:
        must_hold(found)
    finally:
        left = ladder.leave(found)
        if left:
            say(
                f"{box}: NOT all is as before in its {scope} scope: {'; '.join(left)}. Its journal holds what "
                f"stood there."
            )
        elif INVENTORY:
            changes = sum(1 for result in found.values() if result.get("journal"))
            say(
                f"{box}: all that was touched in its {scope} scope is as it was before; {changes} changes are in "
                f"its journal."
            )
    assert not left
    if host:
        assert eyes(host, scope) == kept


@pytest.mark.windows
@pytest.mark.thorough
@pytest.mark.skipif(INVENTORY is not None, reason="this is the test of that mode, on a host of the tests")
def test_ladder_on_an_inventory(inventory: tuple[str, WinHost | None], tmp_path: Path, root: Path) -> None:
    """What `make test-windows` does: another pytest is pointed at an inventory, and all is as before when it ends."""
    file, host = inventory
    assert host is not None
    kept = eyes(host, "user")
    command = [sys.executable, "-m", "pytest", "-m", "ladder", "-k", "user", "-q", str(Path(__file__))]
    done = subprocess.run(
        command,
        env={**os.environ, "DEVBOX_WINDOWS_INVENTORY": file},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "winhost: all that was touched in its user scope is as it was before" in done.stdout
    assert eyes(host, "user") == kept
