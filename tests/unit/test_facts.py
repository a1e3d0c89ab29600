"""What the code cites of docs/facts.md is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r'docs/facts\.md, ((?:"[^"]+"(?:, | and )?)+)')


def citations() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py"))
    plain = (re.sub(r"\s+(?:#:? )?", " ", text) for text in texts)
    return {name for text in plain for found in CITED.findall(text) for name in re.findall(r'"([^"]+)"', found)}


def test_every_citation_is_a_heading() -> None:
    headings = set(re.findall(r"(?m)^#+ (.+)$", (ROOT / "docs" / "facts.md").read_text(encoding="utf-8")))
    cited = citations()
    assert len(cited) > 20
    assert cited <= headings, cited - headings
