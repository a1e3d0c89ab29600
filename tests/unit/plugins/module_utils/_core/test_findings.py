"""Every id is explained, and every one that is explained can come up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import (
    CATALOGUE,
    DIMENSIONS,
    Finding,
    Severity,
)

USED = re.compile(r'Finding\.of\(\s*"([a-z_]+)"')


def test_every_id_is_a_heading_of_the_documentation_and_the_other_way_round(root: Path) -> None:
    text = (root / "docs" / "findings.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"(?m)^### ([a-z_]+)$", text)) == sorted(CATALOGUE)
    assert set(re.findall(r"\(#([a-z_]+)\)", text)) <= CATALOGUE.keys()


def test_every_section_says_the_dimension_of_its_id(root: Path) -> None:
    text = (root / "docs" / "findings.md").read_text(encoding="utf-8")
    found = re.findall(r"(?m)^### ([a-z_]+)\n\nDimension: (performance|security|maintainability|none)\.$", text)
    assert dict(found) == DIMENSIONS
    assert list(DIMENSIONS) == list(CATALOGUE)
    assert text.count("Dimension:") == len(CATALOGUE)


def test_every_id_that_is_used_is_in_the_catalogue_and_the_other_way_round(root: Path) -> None:
    used: set[str] = set()
    for file in (root / "plugins").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found = USED.findall(text)
        assert len(found) == text.count("Finding.of("), f"{file} gives an id that is no plain text"
        used.update(found)
    assert used == CATALOGUE.keys()


def test_a_finding_has_the_severity_of_the_catalogue() -> None:
    assert Finding.of("goroot_missing", "x.").severity is Severity.ERROR
    with pytest.raises(KeyError):
        Finding.of("unheard_of", "x.")


def test_what_is_told_is_masked() -> None:
    text = "https://user:secret@host"
    told = Finding.of("goroot_missing", text, text, text).to_result()
    assert set(told) == {"id", "severity", "message", "advice", "subject"}
    assert "secret" not in str(told)
