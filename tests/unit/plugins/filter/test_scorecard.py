# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter: in a template, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from unit.audits import linux, windows

from ansible_collections.gopher.devbox.plugins.filter.scorecard import EXAMPLES, RETURN, FilterModule, scorecard
from ansible_collections.gopher.devbox.plugins.module_utils._core import scorecard as card
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import to_document

TAKEN = 1_795_000_000.0


def test_it_is_the_scorecard() -> None:
    documents = [to_document(audit, (), TAKEN) for audit in (windows(), linux(measured={"user": 12.5}))]
    assert FilterModule().filters() == {"scorecard": scorecard}
    assert scorecard(documents) == card.scorecard(documents)
    assert scorecard(documents, ["not_root"]) == card.scorecard(documents, ["not_root"])
    assert json.loads(json.dumps(scorecard(documents))) == scorecard(documents)


@pytest.mark.parametrize(
    ("documents", "waived", "said"),
    [
        ({}, [], "No scorecard: The document has no schema"),
        ([], "not_root", "waived is the text 'not_root', and must be a list of ids."),
    ],
)
def test_what_it_refuses(documents: Any, waived: Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        scorecard(documents, waived)


def test_the_documentation_names_what_there_is() -> None:
    given = scorecard(to_document(windows(), (), TAKEN))
    documented = yaml.safe_load(RETURN)["_value"]["contains"]
    assert set(documented) == set(given)
    (host,) = given["hosts"]
    assert set(documented["hosts"]["contains"]) == set(host)
    assert set(documented["hosts"]["contains"]["cells"]["contains"]) == set(host["cells"]["machine"]["security"])
    assert all("gopher.devbox" in str(task) for task in yaml.safe_load(EXAMPLES))
