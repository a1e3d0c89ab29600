# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scorecard: examples worked by hand, and what holds of every one."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.audits import held, linux, variable, windows

from ansible_collections.gopher.devbox.plugins.module_utils._core import scored
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import CATALOGUE
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import DIMENSIONS as DIMENSION_OF
from ansible_collections.gopher.devbox.plugins.module_utils._core.scorecard import (
    DIMENSIONS,
    STRUCTURAL,
    WRITABLE,
    scorecard,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.scored import MODES, DocumentError
from ansible_collections.gopher.devbox.plugins.module_utils._go import audit as model
from ansible_collections.gopher.devbox.plugins.module_utils._go import audit_document
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import Audit, SeenProject

TAKEN = 1_795_000_000.0

Document = dict[str, Any]


def found(
    id: str, mode: str = "user", severity: str | None = None, subject: str = "GOPROXY", layer: str = "user"
) -> Document:
    """A finding as a document has it."""
    return {
        "id": id,
        "severity": severity or CATALOGUE[id].value,
        "message": f"{subject} is odd.",
        "advice": "Look.",
        "subject": subject,
        "layer": layer,
        "mode": mode,
        "docs": f"docs/findings.md#{id}",
    }


def document(*findings: Document, audit: Audit | None = None, **changes: Any) -> Document:
    """An audit's document: of the Linux host in user mode, measured, where no other is given."""
    given = audit or linux(measured={"user": 1.4})
    return {**audit_document.to_document(given, (), TAKEN), "findings": list(findings), **changes}


def cell(card: Document, mode: str = "user", dimension: str = "maintainability") -> Document:
    (host,) = card["hosts"]
    its: Document = host["cells"][mode][dimension]
    return its


def lost(its: Document) -> list[tuple[str, str, float]]:
    return [(deduction["rule"], deduction["id"], deduction["points"]) for deduction in its["deductions"]]


# --- worked by hand --------------------------------------------------------------------------------------------------


def test_a_clean_host_in_user_mode() -> None:
    """5 - 0.5 is 4.5 for maintainability; nothing is taken off security; 1.4 ms are at most 10."""
    card = scorecard(document())
    assert card["scheme"] == "scorecard-1"
    assert [cell(card, "user", dimension)["score"] for dimension in DIMENSIONS] == [5, 5, 4.5]
    assert lost(cell(card)) == [("structural", "hidden_from_others", -0.5)]
    assert cell(card, "user", "performance")["why"] == "A new shell takes 1.4 ms longer with it than without."
    # machine mode is not in use: a dash beside what it would have
    assert [cell(card, "machine", dimension)["score"] for dimension in DIMENSIONS] == [None, None, None]
    assert [cell(card, "machine", dimension)["structural"] for dimension in DIMENSIONS] == [None, 3, 4]
    assert [cell(card, "project", dimension)["structural"] for dimension in DIMENSIONS] == [None, 4, 4]


def test_a_clean_windows_host_in_machine_mode() -> None:
    card = scorecard(document(audit=windows()))
    assert [cell(card, "machine", dimension)["score"] for dimension in DIMENSIONS] == [5, 3, 4]
    assert lost(cell(card, "machine", "security")) == [
        ("structural", "needs_elevation", -1),
        ("structural", "seen_by_services", -1),
    ]
    assert "Nothing is started" in cell(card, "machine", "performance")["why"]
    assert cell(card, "user", "performance") == {**cell(card, "user", "performance"), "score": None, "structural": 5}
    project = cell(card, "project", "performance")
    assert (project["structural"], project["why"]) == (None, "Not measured: nothing is started on a Windows host.")


def test_warnings_repeats_and_infos() -> None:
    """5 - 0.5 - (1 + 0.25 + 0.25) - 1 - 0 = 2, all of it listed with what was found."""
    card = scorecard(
        document(
            found("goroot_unknown"),
            *(found("user_shadows_machine", subject=name) for name in ("GOPROXY", "GOFLAGS", "GOROOT")),
            *(found("duplicate_path_entry", subject=name) for name in ("/a", "/b")),
        )
    )
    its = cell(card)
    assert its["score"] == 2
    assert lost(its) == [
        ("structural", "hidden_from_others", -0.5),
        ("info", "duplicate_path_entry", 0),
        ("info", "duplicate_path_entry", 0),
        ("warning", "goroot_unknown", -1),
        ("warning", "user_shadows_machine", -1),
        ("repeat", "user_shadows_machine", -0.25),
        ("repeat", "user_shadows_machine", -0.25),
    ]
    assert its["deductions"][-1] == {
        "rule": "repeat",
        "id": "user_shadows_machine",
        "points": -0.25,
        "subject": "GOROOT",
        "message": "GOROOT is odd.",
        "layer": "user",
    }
    assert its["caps"] == []


def test_an_id_costs_two_at_most() -> None:
    """1 + 4 times 0.25 are 2, and six more cost nothing: 5 - 0.5 - 2 = 2.5."""
    its = cell(scorecard(document(*(found("user_shadows_machine", subject=str(number)) for number in range(11)))))
    assert its["score"] == 2.5
    assert [rule for rule, _id, _points in lost(its)] == ["structural", "warning", *["repeat"] * 4, *["limit"] * 6]


def test_an_error_caps_the_cell() -> None:
    """5 - 2 = 3 in user mode's security, and an open error leaves 2; what is waived caps nothing."""
    wrong = found("secret_readable", severity="error")
    its = cell(scorecard(document(wrong)), "user", "security")
    assert (its["score"], lost(its)) == (2, [("error", "secret_readable", -2)])
    assert [(cap["rule"], cap["points"], cap["id"]) for cap in its["caps"]] == [("open_error", 2, "secret_readable")]
    card = scorecard(document(wrong), waived=["secret_readable"])
    assert cell(card, "user", "security")["score"] == 5
    assert [(item["reason"], item["id"]) for item in card["hosts"][0]["not_counted"]] == [("waived", "secret_readable")]


def test_a_user_writable_directory_on_the_machine_path() -> None:
    """5 - 2 - 2 is 1, and no more than 1 is left in any case. Where it is only likely, 5 - 2 - 1 is 2."""
    audit = windows()
    sure = cell(scorecard(document(found("path_writable_by_users", "machine"), audit=audit)), "machine", "security")
    assert (sure["score"], [cap["points"] for cap in sure["caps"]]) == (1, [1])
    assert sure["caps"][0]["rule"] == "writable_machine_path"
    likely = cell(scorecard(document(found("path_likely_writable", "machine"), audit=audit)), "machine", "security")
    assert (likely["score"], likely["caps"]) == (2, [])
    # in the user's own part of PATH it would be an error like others
    own = cell(scorecard(document(found("path_writable_by_users", "user"))), "user", "security")
    assert [(cap["rule"], cap["points"]) for cap in own["caps"]] == [("open_error", 2)]
    assert {id for id, severity in CATALOGUE.items() if severity.value == "error"} >= WRITABLE


def test_the_least_is_one() -> None:
    """5 - 0.5 - 4 times 1 = 0.5."""
    ids = ["goroot_unknown", "user_shadows_machine", "source_damaged", "record_lost"]
    assert cell(scorecard(document(*map(found, ids))))["score"] == 1


def test_cells_are_rounded_down_to_halves() -> None:
    """5 - 0.5 - 1.25 = 3.25, which is 3."""
    twice = [found("goroot_unknown", subject=name) for name in ("GOROOT", "GOBIN")]
    assert cell(scorecard(document(*twice)))["score"] == 3


@pytest.mark.parametrize(
    ("taken", "points"),
    [(0, 5), (10, 5), (10.01, 4), (50, 4), (50.5, 3), (200, 3), (200.1, 2), (1000, 2), (1000.01, 1), (60000, 1)],
)
def test_milliseconds_are_points(taken: float, points: int) -> None:
    its = cell(scorecard(document(audit=linux(measured={"user": taken}))), "user", "performance")
    assert (its["score"], its["start"], its["deductions"]) == (points, points, [])


def test_a_warning_of_performance_counts_beside_what_was_measured() -> None:
    """30 ms are 4, and an SDK of another architecture costs 1."""
    slow = linux(measured={"user": 30.0})
    assert cell(scorecard(document(found("sdk_other_architecture"), audit=slow)), "user", "performance")["score"] == 3


def test_what_was_not_measured_is_a_dash() -> None:
    its = cell(scorecard(document(found("sdk_other_architecture"), audit=linux())), "user", "performance")
    assert (its["score"], its["structural"], lost(its)) == (None, None, [("warning", "sdk_other_architecture", -1)])
    assert "measure: true" in its["why"]


def test_ids_that_count_for_nothing_are_listed() -> None:
    card = scorecard(document(found("not_root"), found("of_tomorrow", severity="error")))
    assert [(item["reason"], item["id"]) for item in card["hosts"][0]["not_counted"]] == [
        ("no dimension", "not_root"),
        ("unknown id", "of_tomorrow"),
    ]
    assert cell(card)["score"] == 4.5


# --- which modes are in use ------------------------------------------------------------------------------------------


def used(audit: Audit) -> Document:
    its: Document = scorecard(document(audit=audit))["hosts"][0]["in_use"]
    return its


def test_values_and_path_entries_of_go_say_which_modes_are_in_use() -> None:
    assert used(windows())["machine"] == {
        "known": True,
        "evidence": ["GOPROXY (machine)", r"PATH has C:\Program Files\Go\bin (machine)"],
    }
    assert used(windows())["user"] == {"known": False, "evidence": []}
    assert used(linux())["user"]["evidence"] == [
        "GOPROXY (user)",
        "GOPROXY (go env file)",
        "PATH has /usr/local/go/bin (user)",
    ]
    assert used(linux())["machine"]["known"] is False


def test_what_is_no_sign_of_a_mode() -> None:
    """Defaults, a compiler, a go that the system has in a directory of its own."""
    entries = (model.SeenEntry("/usr/bin", "/usr/bin", "login", "machine", True, "go", "go1.19"),)
    bare = linux(variables=variable("CC", held("machine", "gcc")), path=entries)
    assert [used(bare)[mode]["known"] for mode in MODES] == [False, False, None]


def test_where_go_installs_programs_is_a_sign() -> None:
    entries = (model.SeenEntry("~/go/bin", "/home/alice/go/bin", "user", "user", True),)
    bare = linux(variables=variable("GOPATH", held("built in", "/home/alice/go:/srv/go", "user")), path=entries)
    assert used(bare)["user"]["evidence"] == ["PATH has /home/alice/go/bin (user)"]
    home = r"C:\Users\Alice"
    entries = (model.SeenEntry(r"%USERPROFILE%\go\bin", home + "\\Go\\bin\\", "user", "user", True),)
    bare = windows(variables=variable("GOPATH", held("built in", home + r"\go", "user")), path=entries)
    assert used(bare)["user"]["known"] is True


def test_a_hidden_value_is_one() -> None:
    both = variable("GOFLAGS", held("user", "-mod=mod", "user"), held("machine", "-v"))
    assert used(linux(variables=both))["machine"]["evidence"] == ["GOFLAGS (machine)"]


def test_a_mode_is_not_known_where_a_medium_was_not_read() -> None:
    media = (model.SeenMedium("start files", "machine", "/etc/gopher-devbox/env.sh", model.DENIED, "no right"),)
    assert used(linux(media=media))["machine"] == {
        "known": None,
        "evidence": ["start files /etc/gopher-devbox/env.sh: denied"],
    }
    card = scorecard(document(audit=linux(media=media)))
    assert cell(card, "machine", "security")["score"] is None
    assert used(linux())["project"] == {"known": None, "evidence": ["no project was looked at"]}


def test_a_project_is_in_use_by_its_launchers_and_editors() -> None:
    assert used(linux(project=SeenProject("/src")))["project"]["known"] is False
    entered = linux(project=SeenProject("/src", (), {"GOFLAGS": "-mod=mod"}, "/opt/go/bin/go"), measured={"project": 2})
    assert used(entered)["project"]["evidence"] == [
        "a launcher sets GOFLAGS",
        "an editor starts /opt/go/bin/go as go",
    ]
    its = cell(scorecard(document(audit=entered)), "project", "performance")
    assert (its["score"], its["why"]) == (5, "Entering the project takes 2 ms longer with it than without.")


# --- a fleet ---------------------------------------------------------------------------------------------------------


def test_a_fleet_has_the_lower_median_of_the_hosts_that_use_the_mode() -> None:
    """Machine security: 3, 3, 2 and 1 of four hosts, and a Linux host that does not use it."""
    writable = min(WRITABLE)
    machines = [[], [], [found("relative_path_entry", "machine")], [found(writable, "machine", "error")]]
    hosts = [document(*findings, audit=windows(host=f"win{number}")) for number, findings in enumerate(machines)]
    card = scorecard([document(), *hosts])
    assert [host["host"] for host in card["hosts"]] == ["lin01", "win0", "win1", "win2", "win3"]
    assert [host["cells"]["machine"]["security"]["score"] for host in card["hosts"]] == [None, 3, 3, 2, 1]
    assert card["fleet"]["machine"]["security"] == {"score": 2, "structural": 3, "in_use": 4, "hosts": 4, "low": 2}
    assert card["fleet"]["user"]["performance"] == {"score": 5, "structural": 5, "in_use": 1, "hosts": 1, "low": 0}
    assert card["fleet"]["project"]["security"] == {
        "score": None,
        "structural": 4,
        "in_use": 0,
        "hosts": 0,
        "low": 0,
    }
    assert scorecard([])["hosts"] == []
    assert scorecard([])["fleet"]["user"]["security"]["structural"] is None


# --- what holds of every scorecard -----------------------------------------------------------------------------------

findings = st.builds(
    found,
    st.sampled_from([*sorted(CATALOGUE), "of_tomorrow"]),
    st.sampled_from(MODES),
    st.sampled_from(scored.SEVERITIES),
    st.sampled_from(["GOROOT", "PATH", ""]),
    st.sampled_from(["machine", "user", "go env file"]),
)
many = st.lists(findings, max_size=12)
audits = st.builds(
    lambda base, project, taken: base(
        measured=taken, project=SeenProject("/src", (), {"GOFLAGS": "-v"}) if project else None
    ),
    st.sampled_from([windows, linux]),
    st.booleans(),
    st.dictionaries(st.sampled_from(MODES), st.floats(0, 5000), max_size=3),
)
documents = st.builds(lambda audit, its: document(*its, audit=audit), audits, many)


def points_of(card: Document) -> list[float | None]:
    cells = [host["cells"][mode] for host in card["hosts"] for mode in MODES]
    return [its[dimension]["score"] for its in cells for dimension in DIMENSIONS]


@given(documents, findings)
def test_one_more_finding_never_raises_a_cell(one: Document, more: Document) -> None:
    before, after = scorecard(one), scorecard({**one, "findings": [*one["findings"], more]})
    for was, now in zip(points_of(before), points_of(after), strict=True):
        assert (was is None) == (now is None)
        assert was is None or now is None or now <= was
    for mode in MODES:
        for dimension in DIMENSIONS:
            was, now = before["fleet"][mode][dimension], after["fleet"][mode][dimension]
            assert was["score"] is None or now["score"] <= was["score"]
            assert now["low"] >= was["low"]


@given(st.lists(documents, max_size=4), st.randoms())
def test_order_does_not_matter(given_documents: list[Document], random: Any) -> None:
    shuffled = copy.deepcopy(given_documents)
    random.shuffle(shuffled)
    for one in shuffled:
        random.shuffle(one["findings"])
    assert json.dumps(scorecard(given_documents)) == json.dumps(scorecard(shuffled))


@given(documents)
def test_a_cell_can_be_worked_out_from_its_lists(one: Document) -> None:
    (host,) = scorecard(one)["hosts"]
    for mode in MODES:
        for dimension in DIMENSIONS:
            its = host["cells"][mode][dimension]
            if host["in_use"][mode]["known"] is not True or its["start"] is None:
                assert its["score"] is None
                continue
            left = Fraction(its["start"]) + sum(Fraction(deduction["points"]) for deduction in its["deductions"])
            halves = left * 2 // 1 / 2
            assert its["score"] == min([max(halves, 1), *(cap["points"] for cap in its["caps"])])
            assert 1 <= its["score"] <= 5
            structural = sum(rule.points for rule in STRUCTURAL.get((mode, dimension), ()))
            assert its["structural"] == max(1, its["start"] - structural / 4)


@given(documents)
def test_every_finding_is_listed_once(one: Document) -> None:
    (host,) = scorecard(one)["hosts"]

    def key(item: Document) -> tuple[str, ...]:
        return (item["id"], item["subject"], item["layer"], item["message"])

    listed = [
        (mode, *key(item))
        for mode in MODES
        for dimension in DIMENSIONS
        for item in host["cells"][mode][dimension]["deductions"]
        if item["rule"] != "structural"
    ]
    listed += [(item["mode"], *key(item)) for item in host["not_counted"]]
    assert sorted(listed) == sorted((item["mode"], *key(item)) for item in one["findings"])


@given(documents)
def test_repeats_are_capped(one: Document) -> None:
    (host,) = scorecard(one)["hosts"]
    for mode in MODES:
        for dimension in DIMENSIONS:
            spent: dict[str, float] = {}
            for item in host["cells"][mode][dimension]["deductions"]:
                if item["rule"] != "structural":
                    spent[item["id"]] = spent.get(item["id"], 0) + item["points"]
            assert all(-2 <= points <= 0 for points in spent.values())
            assert {DIMENSION_OF[id] for id in spent} <= {dimension}


@given(st.lists(documents, max_size=5))
def test_a_fleets_cell_is_one_of_its_hosts(given_documents: list[Document]) -> None:
    card = scorecard(given_documents)
    for mode in MODES:
        for dimension in DIMENSIONS:
            its = card["fleet"][mode][dimension]
            scores = sorted(
                score for host in card["hosts"] if (score := host["cells"][mode][dimension]["score"]) is not None
            )
            assert its["hosts"] == len(scores) <= its["in_use"]
            assert its["low"] == len([score for score in scores if score <= 2])
            if scores:
                # at least half of the hosts have no more, and at least half no less
                assert 2 * len([score for score in scores if score <= its["score"]]) >= len(scores)
                assert 2 * len([score for score in scores if score >= its["score"]]) >= len(scores)
                assert its["score"] in scores


# --- what is no document ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_documents", "said"),
    [
        ("x", "a text is no document of an audit: give the audit of a result of go_env_info, or a list of them."),
        (None, "null is no document of an audit"),
        ([document(), 3], "Document 2 is a number, and must be a dictionary: the audit of a host."),
        ({"audit": {}}, "The document is a result of go_env_info. Give its audit."),
        ({}, "The document has no schema, so it is no document of an audit."),
        (document(schema="audit-9"), "The document has the schema 'audit-9', and this version reads audit-1."),
        (document(host=None), "The document: host is null, and must be a text."),
        (document(findings={}), "The document (lin01): findings is a dictionary, and must be a list."),
        (document(findings=["x"]), "The document (lin01): findings[0] is a text, and must be a dictionary."),
        (
            document(found("not_root", severity="fatal")),
            "findings[0]: severity is 'fatal', and must be one of error, warning, info.",
        ),
        (
            document(found("not_root", mode="wsl")),
            "findings[0]: mode is 'wsl', and must be one of machine, user, project.",
        ),
        (document(platform={}), "platform has no family, which every document of schema audit-1 has."),
        (document(platform={"family": "plan9"}), "family is 'plan9', and must be one of windows, posix."),
        (document(measured={"user": "1"}), "measured: user is a text, and must be a number."),
        (document(measured={"user": True}), "measured: user is a boolean, and must be a number."),
        (document(measured={"user": float("nan")}), "measured.user is nan, and must be milliseconds."),
        (document(measured={"wsl": 1}), "measured has the mode 'wsl', and must be one of machine, user, project."),
        (document(variables={"GOPROXY": 1}), "variables: GOPROXY is a number, and must be a dictionary."),
        (document(path=[{}]), "path[0] has no mode"),
        (document(media=None), "media is null, and must be a list."),
        (document(project="x"), "project is a text, and must be a dictionary."),
    ],
)
def test_what_is_no_document_is_refused(given_documents: Any, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        scorecard(given_documents)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", sorted(document()))
def test_a_document_without_a_part_is_refused_or_does_without(name: str) -> None:
    broken = {key: value for key, value in document().items() if key != name}
    if name in ("path_length", "go", "sdks", "directories", "project", "unread"):
        assert scorecard(broken)["hosts"][0]["host"] == "lin01"
    else:
        with pytest.raises(DocumentError, match=name):
            scorecard(broken)


def test_the_words_are_those_of_the_model() -> None:
    assert MODES == model.MODES
    assert scored._DEFAULTS == model.DEFAULTS
    assert scored._UNREAD == model.UNREAD
    assert scored.SCHEMA == audit_document.SCHEMA
