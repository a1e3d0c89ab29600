# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of an audit: its schema, its order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.audits import linux, windows

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import CATALOGUE, Finding
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import MODES, Audit, SeenModule, SeenProject
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import Noted, to_document

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "schema" / "audit-1.json").read_text())
TAKEN = 1_795_000_000.5

notes = st.builds(
    lambda id, layer, mode, subject: Noted(Finding.of(id, f"{subject} is odd.", "Look.", subject), layer, mode),
    st.sampled_from(sorted(CATALOGUE)),
    st.sampled_from(["machine", "user", "go env file"]),
    st.sampled_from(MODES),
    st.sampled_from(["GOROOT", "PATH", ""]),
)


def is_valid(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(document)))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("audit", [windows(), linux()], ids=["windows", "linux"])
def test_a_document_has_the_schema(audit: Audit) -> None:
    project = SeenProject("/src", (SeenModule("/src/go.mod", "go1.27.3", "go1.27.3"),), {"GOFLAGS": "-mod=mod"}, "")
    for one in (audit, audit._replace(project=project, measured={"user": 1.234})):
        is_valid(to_document(one, [Noted(Finding.of("goroot_missing", "x"), "machine", "machine")], TAKEN))


def test_what_the_schema_does_not_know_is_refused() -> None:
    with pytest.raises(jsonschema.ValidationError):
        is_valid({**to_document(windows(), [], TAKEN), "more": 1})


@given(st.lists(notes, max_size=6), st.randoms())
def test_order_depends_on_the_content_alone(found: list[Noted], random: Any) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)
    first, second = to_document(windows(), found, TAKEN), to_document(windows(), shuffled + found, TAKEN)
    assert json.dumps(first) == json.dumps(second)
    is_valid(first)


def test_times_are_utc() -> None:
    document = to_document(linux(), [], TAKEN)
    assert document["taken"] == "2026-11-18T11:06:40Z"
    assert document["variables"]["GOPROXY"]["file"]["mode"] == "0600"
    assert [held["layer"] for held in document["variables"]["GOPROXY"]["shadows"]] == ["go env file", "go.env"]
