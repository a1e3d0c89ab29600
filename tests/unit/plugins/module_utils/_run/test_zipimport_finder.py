# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._run import zipimport_finder

PACKAGE = "ansible_collections.gopher.devbox.plugins.module_utils"
PROGRAM = """
import builtins, json, sys

archive, quickly, wanted = json.loads(sys.argv[1])
sys.path.insert(0, archive)
compiled, compile_really = [], builtins.compile

def counting(source, filename, *args, **kwargs):
    compiled.append(str(filename))
    return compile_really(source, filename, *args, **kwargs)

if quickly:
    from {package}._run.zipimport_finder import speed_up_imports
    speed_up_imports()
builtins.compile = counting
found = []
for name in wanted:
    try:
        __import__(name)
        module = sys.modules[name]
        found.append([module.__file__, module.__package__, module.__spec__.origin, list(getattr(module, "__path__", [])), module.NAME])
    except ImportError:
        found.append(None)
print(json.dumps([found, [name for name in compiled if name.startswith(archive)]]))
""".replace("{package}", PACKAGE)  # noqa: E501


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """As Ansible makes it: sources only, every package with its `__init__.py`."""
    path, parts = tmp_path / "payload.zip", PACKAGE.split(".")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(1, len(parts) + 1):
            file.writestr("/".join([*parts[:number], "__init__.py"]), "")
        inside = "/".join(parts)
        file.writestr(f"{inside}/_run/__init__.py", "")
        file.writestr(f"{inside}/_run/zipimport_finder.py", Path(zipimport_finder.__file__).read_text(encoding="utf-8"))
        file.writestr(f"{inside}/_core/__init__.py", "NAME = 'package'\n")
        file.writestr(f"{inside}/_core/plan.py", "from . import NAME as above\nNAME = above + ' and module'\n")
        file.writestr("others.py", "NAME = 'others'\n")
    return path


def asked(archive: Path, *names: str, quickly: bool) -> tuple[list[list[str] | None], list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([str(archive), quickly, names])],
        capture_output=True,
        text=True,
        check=True,
    )
    found, compiled = json.loads(done.stdout)
    return found, compiled


def test_each_of_our_modules_is_compiled_once(archive: Path) -> None:
    names = (f"{PACKAGE}._core", f"{PACKAGE}._core.plan")
    found, compiled = asked(archive, *names, quickly=True)
    slowly, _compiled = asked(archive, *names, quickly=False)
    inside = f"{archive}/{PACKAGE.replace('.', '/')}/_core"
    assert found == slowly  # the same modules, from the same files, in the same packages
    assert compiled == [f"{inside}/__init__.py", f"{inside}/plan.py"]


def test_what_is_not_there_is_not_there(archive: Path) -> None:
    assert asked(archive, f"{PACKAGE}._core.absent", quickly=True)[0] == [None]


def test_modules_of_others_are_left_to_the_other_finders(archive: Path) -> None:
    assert asked(archive, "others", quickly=True)[0] == asked(archive, "others", quickly=False)[0]
    assert zipimport_finder.Finder.find_spec("others", [str(archive)]) is None


def test_outside_an_archive_nothing_changes() -> None:
    before = list(sys.meta_path)
    zipimport_finder.speed_up_imports()
    assert sys.meta_path == before
    assert gc.isenabled()
    assert (
        zipimport_finder.Finder.find_spec(zipimport_finder.__name__, [str(Path(zipimport_finder.__file__).parent)])
        is None
    )
