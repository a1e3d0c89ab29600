"""Rules of all media: control characters, and names that say that a directory was an SDK's."""

from __future__ import annotations

import pytest
import yaml
from unit.support import state

from ansible_collections.gopher.devbox.plugins.module_utils._core.medium import control_problem
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Stale, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ, WINDOWS
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY


@pytest.mark.parametrize("letter", list("ntrbfvae0"))
def test_what_yaml_makes_of_a_backslash_is_explained(letter: str) -> None:
    text = yaml.safe_load(f'"C:\\{letter}ew"')
    assert f"YAML reads \\{letter} between double quotes" in (control_problem(text) or "")


def test_other_control_characters_are_not() -> None:
    assert "YAML" not in (control_problem("a\x01b") or "")
    assert control_problem("C:\\new") is None


@pytest.mark.parametrize(
    ("place", "is_named"),
    [
        (r"C:\Go\bin", True),
        (r"c:\go\BIN", True),
        (r"D:\Program Files\Go\bin", True),
        (r"C:\Users\a\go\bin", False),
        (r"D:\go\bin", False),
    ],
)
def test_where_the_installer_put_it_on_windows(place: str, is_named: bool) -> None:
    assert WINDOWS.named_like_sdk(place) is is_named


def test_where_it_is_put_elsewhere() -> None:
    assert POSIX.named_like_sdk("/usr/local/go/bin")
    assert not POSIX.named_like_sdk("/home/ann/go/bin")


@pytest.mark.parametrize(("gopath", "stays"), [("", False), ("C:\\Go", True)])
def test_a_dead_installation_goes_and_a_workspace_stays(gopath: str, stays: bool) -> None:
    values = {"Path": Value(r"C:\Go\bin;C:\x", REG_EXPAND_SZ), **({"GOPATH": Value(gopath)} if gopath else {})}
    found = state(Scope.USER, user=values)
    known = {**found.directories, WINDOWS.fold_path(r"C:\Go\bin", {}): Directory(False)}
    plan = make_plan(found._replace(directories=known), Wanted(REGISTRY, Scope.USER, stale=Stale.REMOVE))
    assert (r"C:\Go\bin" in plan.applied(found).variables.text("PATH")) is stays
