"""What the pages of enforcement show is accepted as it is."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import seconds_of
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import PREFIX, read_host, read_settings
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.waivers import read_waivers

NOW = seconds_of("2026-11-30T02:15:00Z")
PAGES = ("docs/nightly.md", "docs/rollout.md", "roles/go_enforce/README.md")


def blocks(root: Path, page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", (root / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def variables(found: Any) -> dict[str, Any]:
    """The variables of the role, however deep they are."""
    if isinstance(found, list):
        return {name: value for one in found for name, value in variables(one).items()}
    if not isinstance(found, dict):
        return {}
    own = {name: value for name, value in found.items() if str(name).startswith(PREFIX)}
    return own | {name: value for one in found.values() for name, value in variables(one).items()}


@pytest.mark.parametrize("page", PAGES)
def test_variables_are_accepted(root: Path, page: str) -> None:
    given = [variables(yaml.safe_load(block)) for block in blocks(root, page)]
    values = {name.removeprefix(PREFIX): value for one in given for name, value in one.items()}
    assert values
    assert read_settings(values, NOW)[1] + read_host(values)[1] == []


def test_waivers_are_accepted(root: Path) -> None:
    [text] = [block for block in blocks(root, "docs/rollout.md") if "expires:" in block]
    found, mistakes = read_waivers(text, datetime.date(2026, 11, 30))
    assert (len(found), mistakes) == (2, [])
