# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task of a Windows host imports and compiles: nothing, because each is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core import patterns

PROGRAM = """
import builtins, importlib, importlib.util, json, sys

ActionModule = importlib.import_module(f"ansible_collections.gopher.devbox.plugins.action.{sys.argv[1]}").ActionModule
from ansible_collections.gopher.devbox.plugins.module_utils._core import patterns

before, not_compiled = set(sys.modules), len(patterns._LATER)
from unit.hosts import FakeWindows

OWN, usual, asked = "ansible_collections.gopher.devbox.", builtins.__import__, set()

def imported(name, scope=None, locals=None, fromlist=(), level=0):
    found = usual(name, scope, locals, fromlist, level)
    full = importlib.util.resolve_name("." * level + name, (scope or {}).get("__package__") or "")
    asked.update([full, *(f"{full}.{part}" for part in fromlist or ())])
    return found

builtins.__import__ = imported
options = {name: spec.get("default") for name, spec in ActionModule.spec.items()}
whose = {sys.argv[2]: "machine"}
wanted = {**whose, "gopath": ["D:\\\\work"], "variables": {"GOPROXY": "direct"}}
results = []
for more in (wanted, wanted, {**whose, "state": "restored"}, {**whose, "state": "absent"}):
    host = results[0][0] if results else FakeWindows()
    results.append((host, ActionModule.runner({**options, "verify": False, **more}, lambda: host, False, True)))
builtins.__import__ = usual
late = sorted(name for name in asked if name.startswith(OWN) and name in sys.modules and name not in before)
print(json.dumps({"late": late, "not_compiled": not_compiled, "results": [one for _host, one in results]}))
"""


@pytest.mark.parametrize(("module", "scope"), [("go_registry", "scope"), ("go_env", "mode")])
def test_a_task_imports_nothing_of_this_collection_by_itself(module: str, scope: str) -> None:
    tests = str(Path(__file__).parents[3])
    paths = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, scope],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [result["changed"] for result in said["results"]] == [True, False, True, False], said["results"]
    assert said["late"] == []
    assert said["not_compiled"] == 0


def test_patterns_are_compiled_once_for_all_processes() -> None:
    made = patterns.pattern(r"a(b)")
    patterns.compile_all()
    assert "match" in vars(made)
    assert made.match("ab")
    assert made.search("cab")
    assert made.sub("x", "cab") == "cx"
