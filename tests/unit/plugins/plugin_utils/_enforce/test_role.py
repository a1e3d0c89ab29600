"""What the role says of its variables is what is read."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import (
    NAMES,
    HostSettings,
    Settings,
    read_host,
    read_settings,
)
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.verdict import STATES


def test_the_argument_spec_has_every_variable_and_its_default(root: Path) -> None:
    specs = yaml.safe_load((root / "roles/go_enforce/meta/argument_specs.yml").read_text())["argument_specs"]
    options = {name.removeprefix("go_enforce_"): its for name, its in specs["main"]["options"].items()}
    assert options.keys() == {*NAMES}
    given = {name: its["default"] for name, its in options.items() if "default" in its}
    settings, mistakes = read_settings(given, 0)
    host, wrong = read_host(given)
    assert (settings, host, mistakes, wrong) == (Settings(), HostSettings(), [], [])
    without = {
        name for name, value in {**vars(Settings()), **vars(HostSettings())}.items() if value in ("", (), None, {})
    }
    assert {*NAMES} - given.keys() - {"hosts", "timer"} == without - given.keys()


def test_the_readme_has_every_variable(root: Path) -> None:
    readme = (root / "roles/go_enforce/README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| go_enforce_(\w+) \|", readme, re.MULTILINE)) == {*NAMES} - {"timer"}


def test_the_defaults_of_timers_are_those_of_the_spec(root: Path) -> None:
    role = root / "roles/go_enforce"
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    options = specs["main"]["options"]["go_enforce_timer"]["options"]
    used = yaml.safe_load((role / "vars/main.yml").read_text())["__go_enforce_timer_defaults"]
    assert used == {name: its.get("default", "") for name, its in options.items()}


def test_the_documentation_has_the_states_in_their_order(root: Path) -> None:
    text = (root / "docs/nightly.md").read_text(encoding="utf-8").partition("## States of a host")[2]
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == STATES
