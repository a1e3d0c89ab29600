# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of audit documents: of one host, of one variable, of a fleet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.audits import entry, held, linux, variable, windows

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import (
    MODES,
    NO,
    UNREAD,
    YES,
    Audit,
    Held,
    Origin,
    SeenEntry,
    SeenMedium,
    SeenModule,
    SeenProject,
    SeenVariable,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import Noted, to_document
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_chain import UnknownName, known_name
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_layout import WIDTH, width
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_report import (
    MANY,
    NotAudited,
    Readings,
    kept,
    readings_of,
    report,
)

TAKEN = 1_795_000_000
DENIED = SeenMedium("go env file", "user", r"C:\x\env", "denied", "Access is denied.")
MISSING = Noted(Finding.of("goroot_missing", "GOROOT names C:\\Go.", "Set goroot.", "GOROOT"), "machine", "machine")
RELATIVE = Noted(Finding.of("relative_path_entry", "x is relative.", "Remove it.", "PATH"), "user", "user")


def document(audit: Audit, *findings: Noted) -> dict[str, Any]:
    return to_document(audit, findings, TAKEN)


def shown(*audits: Audit | dict[str, Any], name: str | None = None) -> list[str]:
    documents = [one if isinstance(one, dict) else document(one) for one in audits]
    return report(Readings({one["host"]: one for one in documents}, ()), name)


def fleet(count: int = MANY + 1, **of_others: Audit) -> list[Audit]:
    """So many Windows hosts that are the same, but for those by name."""
    names = [f"win{number:02}" for number in range(count)]
    return [(of_others[name] if name in of_others else windows())._replace(host=name) for name in names]


# --- one host --------------------------------------------------------------------------------------------------------


def test_a_host_on_one_screen() -> None:
    found = linux(media=(*linux().media, SeenMedium("start files", "machine", "/etc/x", "denied", "Not readable.")))
    assert shown(document(found, MISSING, RELATIVE)) == [
        "lin01: linux/amd64, user alice, read 2026-11-18T11:06:40Z",
        "  go: go1.27.3, /usr/local/go/bin/go (PATH entry 1)",
        "  Values",
        "    GOPROXY  user, managed        https://proxy.example,direct",
        "             go env file, hidden  https://proxy.example,direct (/home/alice/.config/go/env, line 1)",
        "  Defaults: GOPATH /home/alice/go",
        "  PATH: 3 entries, 34 characters",
        "      1  user, managed  /usr/local/go/bin (go, go1.27.3)",
        "      2  login          /usr/bin",
        "      3  login          /bin",
        "  SDKs",
        "    go1.27.3  /usr/local/go",
        "  Not read, so that it is not known what they hold",
        "    start files, may not be read (Not readable): /etc/x",
        "  Findings: 1 error, 1 warning",
        "    error    goroot_missing (machine): GOROOT names C:\\Go. Set goroot.",
        "    warning  relative_path_entry (user): x is relative. Remove it.",
        "  Scorecard (scorecard-1; –: not in use or not measured, beside it what it would have)",
        "             performance  security  maintainability",
        "    machine  –            – (3)     – (4)",
        "    user     –            4         4.5",
        "    project  –            – (4)     – (4)",
        "    It is not known whether these are in use: machine",
        "    user  security         −1 relative_path_entry",
        "    user  maintainability  −0.5 hidden_from_others",
        "",
        "1 host audited",
    ]


def test_a_long_path_is_shown_without_what_is_not_remarkable() -> None:
    path = tuple(entry(rf"C:\d{number}") for number in range(1000))
    odd = (entry(r"C:\gone", exists=False), entry(r"C:\open", writable=YES))
    lines = shown(windows(path=path + odd, path_length=9999))
    start = next(number for number, line in enumerate(lines) if "PATH" in line and "entries" in line)
    assert lines[start : start + 4] == [
        "  PATH: 1002 entries, 9999 characters; 1000 of which there is nothing to say are left out",
        r"    1001  machine  C:\gone (does not exist)",
        r"    1002  machine  C:\open (writable by ordinary users)",
        "  SDKs",
    ]


def test_defaults_that_matter_are_shown_and_others_counted() -> None:
    found = {**variable("AR", held("built in", "ar")), **variable("GOPATH", held("built in", "/go", "user"))}
    lines = shown(windows(variables=found))
    assert "  Values: none is set, all are defaults" in lines
    assert "  Defaults: GOPATH /go, 1 more" in lines


def test_a_project_is_shown_with_what_its_modules_need() -> None:
    project = SeenProject(
        "/src",
        (
            SeenModule("go.mod", "go1.27.3", "go1.27.3", decided_by="go.mod"),
            SeenModule("old/go.mod", "go1.21.0", ""),
            SeenModule("x/go.mod", "", "", "invalid go version"),
        ),
        {"GOFLAGS": "-mod=mod", "PATH": "/x"},
        "/opt/go/bin/go",
    )
    lines = shown(linux(project=project, measured={"user": 1.25}))
    assert lines[lines.index("  Project /src") :][:7] == [
        "  Project /src",
        "    go.mod: go1.27.3 by go.mod, SDK go1.27.3",
        "    old/go.mod: go1.21.0, no SDK on the host satisfies it",
        "    x/go.mod: invalid go version",
        "    launchers set GOFLAGS, PATH",
        "    VS Code starts /opt/go/bin/go in place of go",
        "  A new shell takes longer by: user 1.25 ms",
    ]


# --- one variable ----------------------------------------------------------------------------------------------------


def test_the_chain_of_a_variable_and_why_it_counts() -> None:
    mine = Origin("/home/alice/.bashrc", 3, "alice", 0o644, float(TAKEN))
    layers = (
        held("user", "https://a.example", "user", origin=mine, raw="https://$X", exposed=True),
        held("machine", "https://b.example", managed=True),
        held("go.env", "https://proxy.golang.org,direct"),
    )
    lines = shown(linux(variables=variable("GOPROXY", *layers)), name="GOPROXY")
    assert lines == [
        "GOPROXY on lin01",
        "  1  user, counts              https://a.example (written https://$X, /home/alice/.bashrc, line 3,",
        "                               of alice, 0644, changed 2026-11-18T11:06:40Z, others can read it)",
        "  2  machine, managed, hidden  https://b.example",
        "  3  go.env, hidden            https://proxy.golang.org,direct",
        "  Why: What is there for the user is put over what is there for everybody.",
        "",
        "1 host audited",
    ]


def test_a_value_that_only_running_shows_is_not_guessed() -> None:
    found = linux(variables=variable("GOBIN", held("user", "", "user", raw="$(pwd)/bin", known=False)))
    assert "    GOBIN  user  not known, it is written $(pwd)/bin" in shown(found)
    assert "  1  user, counts  not known, it is written $(pwd)/bin" in shown(found, name="GOBIN")


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([("project", "project"), ("user", "user")], "A project that was entered"),
        ([("session", "user"), ("user", "user")], "What a session has"),
        ([("user", "user"), ("go env file", "user")], "The environment hides the file"),
        ([("machine", "machine"), ("built in", "machine")], "The environment hides the file"),
        ([("machine", "machine"), ("login", "machine")], "the layer machine is put over the layer login"),
        ([("go env file", "user"), ("go.env", "machine")], "go takes what is in its own file"),
        ([("go.env", "machine"), ("built in", "machine")], "go.env in GOROOT is a default"),
        ([("built in", "user")], "No other layer that was read has it."),
    ],
)
def test_why_the_winner_wins(layers: list[tuple[str, str]], why: str) -> None:
    found = [Held(layer, mode, f"v{number}") for number, (layer, mode) in enumerate(layers)]
    assert why in "\n".join(shown(windows(variables=variable("GOPROXY", *found)), name="GOPROXY"))


@pytest.mark.parametrize(
    ("winner", "may_count"),
    [("machine", False), ("go env file", True), ("go.env", True), (None, True)],
)
def test_what_was_not_read_is_never_absent(winner: str | None, may_count: bool) -> None:
    found = variable("GOPROXY", held(winner, "x")) if winner else {}
    text = " ".join("\n".join(shown(windows(variables=found, media=(DENIED,)), name="GOPROXY")).split())
    means = "what is there may count instead" if may_count else "what is there would not count"
    assert rf"Not read, {means}: go env file, may not be read (Access is denied): C:\x\env" in text
    assert ("No layer that was read has it." in text) == (winner is None)


@pytest.mark.parametrize(("scope", "may_count"), [("user", True), ("machine", False), ("project", True)])
def test_an_unread_scope_may_hide_those_below(scope: str, may_count: bool) -> None:
    media = (SeenMedium("registry", scope, "HKU", "denied", "Access is denied."),)
    found = variable("GOPROXY", held("user", "x", "user"))
    text = " ".join(" ".join(shown(windows(variables=found, media=media), name="GOPROXY")).split())
    assert ("what is there may count instead:" in text) == may_count
    assert ("what is there would not count:" in text) != may_count


def test_hosts_with_the_same_chain_are_shown_together() -> None:
    other = windows(variables=variable("GOPROXY", held("user", "x", "user")))
    lines = shown(*fleet(4, win02=other), name="GOPROXY")
    assert [line for line in lines if line.startswith("GOPROXY")] == [
        "GOPROXY on 3 hosts: win00, win01, win03",
        "GOPROXY on win02",
    ]


def test_path_is_shown_whole_with_why() -> None:
    lines = shown(windows(path=tuple(entry(rf"C:\d{number}") for number in range(30))), name="PATH")
    assert r"     30  machine  C:\d29" in lines
    assert "Windows joins the machine's entries" in " ".join(" ".join(lines).split())


def test_every_go_on_path_is_shown_and_which_runs() -> None:
    path = (
        entry(r"C:\Windows"),
        entry(r"C:\Go\bin", go=r"C:\Go\bin\go.exe", sdk="go1.27.3"),
        entry(r"C:\shims", "user", "user", go="go.exe", shim="scoop"),
    )
    found = {**windows().variables, **variable("GOROOT", held("user", r"C:\Go", "user"))}
    lines = shown(windows(path=path, variables=found, media=(DENIED,)), name="go")
    assert lines[:8] == [
        "go on win01",
        r"  go1.27.3, C:\Program Files\Go\bin\go.exe",
        r"      2  machine, runs  C:\Go\bin (go.exe, go1.27.3)",
        r"      3  user, hidden   C:\shims (go.exe, of scoop)",
        "  Why: the first directory on PATH that has a go is the one it is started from.",
        r"  GOROOT: C:\Go (user)",
        "  GOTOOLCHAIN: not set in what was read",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "name"), [("goproxy", "GOPROXY"), ("Path", "PATH"), ("GO", "go"), ("go", "go"), ("GOROOT", "GOROOT")]
)
def test_names_are_found_in_any_case(text: str, name: str) -> None:
    assert known_name(text) == name


@pytest.mark.parametrize("text", ["GOPROXI", "", "HOME"])
def test_a_name_that_go_does_not_read_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="is no variable that go reads") as refused:
        known_name(text)
    assert ("Did you mean GOPROXY?" in str(refused.value)) == (text == "GOPROXI")


# --- a fleet ---------------------------------------------------------------------------------------------------------


def test_a_fleet_on_one_screen() -> None:
    other = {**windows().variables, **variable("GOPROXY", held("user", "https://x.example", "user"))}
    without = {name: found for name, found in windows().variables.items() if name != "GOPROXY"}
    bare = windows(path=(), inventory=windows().inventory._replace(go=None, sdks=()))
    audits = fleet(
        23,
        win03=windows(variables=other),
        win07=windows(variables=without),
        win08=windows(variables=without, media=(DENIED,)),
        win09=bare,
        win22=linux(),
    )
    documents = [document(audit, *([RELATIVE] if audit.host in ("win01", "win02") else [])) for audit in audits]
    documents[5] = document(audits[5], MISSING, RELATIVE, RELATIVE._replace(layer="machine"))
    assert shown(*documents) == [
        "Platforms",
        "     22  windows/amd64",
        "      1  linux/amd64: win22",
        "go",
        "     22  go1.27.3",
        "      1  none on PATH: win09",
        "Values",
        "  GOPROXY     19  https://proxy.example,direct (machine, managed)",
        "               1  https://proxy.example,direct (user, managed): win22",
        "               1  https://x.example (user): win03",
        "               1  not set: win07",
        "               1  not set in what was read: win08",
        "Findings: 1 error, 4 warnings (docs/findings.md explains each id)",
        "  error    goroot_missing       1 host: win05",
        "  warning  relative_path_entry  3 hosts: win01, win02, win05",
        "Not read, so that it is not known what they hold",
        "      1  go env file (user), denied: win08",
        "Scorecard (scorecard-1; the lower median of the hosts that use the mode; low: 2 or less)",
        "           performance          security             maintainability",
        "  machine  5 (22 hosts, 0 low)  3 (22 hosts, 0 low)  4 (22 hosts, 1 low)",
        "  user     5 (1 host, 0 low)    5 (2 hosts, 0 low)   4.5 (2 hosts, 0 low)",
        "  project  –                    – (4)                – (4)",
        "",
        "23 hosts audited",
    ]


def test_values_are_compared_as_they_are_written() -> None:
    """What a reference means differs from user to user."""
    audits = [
        windows(
            host=f"h{number}", variables=variable("GOBIN", held("user", rf"C:\u{number}\bin", "user", raw="%X%\\bin"))
        )
        for number in range(MANY + 1)
    ]
    assert rf"  GOBIN     {MANY + 1}  %X%\bin (user)" in shown(*audits)


def test_without_a_majority_all_are_named() -> None:
    audits = [
        windows(host=f"h{number:02}", variables=variable("GOBIN", held("user", str(number % 2), "user")))
        for number in range(22)
    ]
    text = "\n".join(shown(*audits))
    assert "0 (user): h00, h02" in text
    assert "1 (user): h01, h03" in text


def test_what_all_hosts_have_is_said_without_names() -> None:
    lines = shown(*(document(audit._replace(media=(DENIED,)), MISSING) for audit in fleet()))
    assert "  error  goroot_missing  21 hosts, all of them" in lines
    assert "     21  go env file (user), denied, all of them" in lines


def test_as_many_hosts_as_fit_on_screens_are_shown_one_by_one() -> None:
    assert sum(": windows/amd64, user" in line for line in shown(*fleet(MANY))) == MANY
    assert not any(": windows/amd64, user" in line for line in shown(*fleet(MANY + 1)))


# --- the whole report ------------------------------------------------------------------------------------------------


def test_hosts_without_a_document_are_listed_with_the_reason() -> None:
    results = {
        "b": {"unreachable": True, "msg": "Task failed: Connection refused"},
        "a": {"failed": True, "msg": "Module failed: no https://user:s3cretword@host.example/"},
        "c": {"audit": {"schema": "audit-9"}},
        "d": None,
        "e": {"audit": document(windows())},
    }
    readings = readings_of(results)
    assert list(readings.documents) == ["e"]
    assert readings.missing[:2] == (
        NotAudited("a", "failed", "no https://********@host.example/"),
        NotAudited("b", "unreachable", "Connection refused"),
    )
    lines = report(readings)
    assert lines[-7] == "Not audited"
    assert lines[-5] == "  b  unreachable  Connection refused"
    assert lines[-4] == "  c  failed       There is no document of the schema audit-1 in its result."
    assert lines[-1] == "1 host audited, 3 failed, 1 unreachable"


@pytest.mark.parametrize("name", [None, "GOPROXY", "PATH", "go"])
def test_no_host_at_all_is_a_report_too(name: str | None) -> None:
    readings = readings_of({"b": {"unreachable": True, "msg": "x"}})
    assert report(readings, name) == ["Not audited", "  b  unreachable  x", "", "0 hosts audited, 1 unreachable"]
    assert report(readings_of({}), name) == ["0 hosts audited"]


def test_where_documents_are() -> None:
    assert kept(["/d/a.json"], "/d", False) == ["Document: /d/a.json"]
    assert kept(["/d/a.json", "/d/b.json"], "/d", False) == ["Documents: 2 files in /d"]
    assert kept([], "/d", True) == ["Documents: not kept in check mode (in /d otherwise)"]
    assert kept([], "/d", False) == []


def test_secrets_that_are_still_there_are_masked() -> None:
    """Also in the documents that are kept."""
    url = "https://build:s3cretword@proxy.example"
    found = document(windows(variables=variable("GOPROXY", held("user", url, "user", raw=url))))
    readings = readings_of({"win01": {"audit": found}})
    for name in (None, "GOPROXY"):
        text = "\n".join(report(readings, name))
        assert "s3cretword" not in text
        assert "********@proxy.example" in text
    assert "s3cretword" not in json.dumps(readings.documents)


texts = st.text(max_size=120)
layers = st.sampled_from(["built in", "go.env", "go env file", "login", "machine", "user", "session", "project"])
helds = st.builds(
    Held, layers, st.sampled_from(MODES), texts, st.none() | texts, st.booleans(), st.booleans(),
    st.none() | st.builds(Origin, texts, st.none() | st.integers(1, 99), texts), st.booleans(),
)  # fmt: skip
entries = st.builds(
    SeenEntry, texts, texts, layers, st.sampled_from(MODES), st.sampled_from([True, False, None]), texts,
    st.none() | texts, texts, st.booleans(), st.booleans(), texts, st.sampled_from([NO, YES]), st.booleans(),
)  # fmt: skip
media = st.builds(
    SeenMedium, st.sampled_from(["registry", "go env file"]), st.sampled_from(MODES), texts,
    st.sampled_from([*UNREAD, "read", "absent"]), texts,
)  # fmt: skip
notes = st.builds(
    lambda id, message, layer, mode: Noted(Finding.of(id, message, "Look.", "PATH"), layer, mode),
    st.sampled_from(["goroot_missing", "relative_path_entry", "duplicate_path_entry"]),
    texts, layers, st.sampled_from(MODES),
)  # fmt: skip


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["GOPROXY", "GOFLAGS", "GOPATH"]), unique=True))
    variables: Mapping[str, SeenVariable] = {
        name: SeenVariable(name, tuple(draw(st.lists(helds, min_size=1, max_size=3)))) for name in names
    }
    found: Iterable[Noted] = draw(st.lists(notes, max_size=3))
    changes = {
        "path": tuple(draw(st.lists(entries, max_size=16))),
        "media": tuple(draw(st.lists(media, max_size=3))),
        "variables": variables,
        "user": draw(texts),
    }
    return document(windows(**changes), *found)


@given(
    st.dictionaries(st.text(max_size=40), documents(), max_size=3),
    st.sampled_from([None, "GOPROXY", "PATH", "go"]),
    st.booleans(),
)
def test_any_report_has_a_width_and_an_order(found: dict[str, Any], name: str | None, many: bool) -> None:
    if many:
        found |= {f"win{number}": document(windows()) for number in range(MANY)}
    results = {host: {"audit": one} for host, one in found.items()}
    lines = report(readings_of(results), name)
    assert all(width(line) <= WIDTH and (line.isprintable()) for line in lines)
    assert lines == report(readings_of(dict(reversed(results.items()))), name)


def test_a_long_value_is_not_cut() -> None:
    value = "-ldflags=" + "x" * 300
    lines = shown(windows(variables=variable("GOFLAGS", held("user", value, "user"))))
    assert value in "".join(line.strip() for line in lines)
