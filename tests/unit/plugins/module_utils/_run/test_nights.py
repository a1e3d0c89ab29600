"""A policy is enforced night by night: every class of drift in every medium, from a new controller each night."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

import pytest
from unit.hosts import FakeWindows
from unit.nights import GoEnvFile, ProjectFile, Registry, Result, Site, StartFile, enforcing, run_id

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.secrets import MASK
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile import GoEnvStore

VALUES = {"registry": Registry, "go env file": GoEnvFile}
SITES = {**VALUES, "project": ProjectFile}
EVERY = {**SITES, "start file": StartFile}


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """A host with an item whose text the policy and the host can change."""
    return SITES[request.param](tmp_path)


@pytest.fixture(params=VALUES)
def value_site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """One that holds more items than the one that is looked at, each with an option of its own."""
    return VALUES[request.param](tmp_path)


@pytest.fixture(params=EVERY)
def any_site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return EVERY[request.param](tmp_path)


def seen(site: Site, result: Result) -> tuple[str, str]:
    item = site.found(result)
    return (item["class"], item["action"]) if item else ("in_sync", "")


# --- every class -----------------------------------------------------------------------------------------------------


def test_what_is_in_sync_is_no_item_and_nothing_is_written(any_site: Site) -> None:
    first = any_site.night(1, "-v")
    assert seen(any_site, first) == ("policy_change", "applied")
    assert any_site.found(first)["kind"] == any_site.kind
    there = any_site.all()
    again = any_site.night(2, "-v")
    assert (again["drift"], again["changed"], again["journal"], any_site.all()) == ([], False, None, there)


def test_a_policy_change_is_applied(site: Site) -> None:
    site.night(1, "-v")
    result = site.night(2, "-x")
    item = site.found(result)
    assert (item["class"], item["action"], site.get()) == ("policy_change", "applied", "-x")
    assert item["base"] == item["now"] != item["want"]


@pytest.mark.parametrize("change", [None, "edited"])
def test_host_drift_is_put_back(any_site: Site, change: str | None) -> None:
    any_site.night(1, "-v")
    any_site.set(change)
    foretold = any_site.night(2, "-v", check_mode=True)
    assert any_site.get() == change
    result = any_site.night(2, "-v")
    item = any_site.found(result)
    assert foretold["drift"] == result["drift"]
    assert (item["class"], item["action"], any_site.get()) == ("host_drift", "put_back", "-v")
    assert item["base"] == item["want"] != item["now"]
    assert (item["now"] is None) == (change is None)


def test_a_policy_change_and_host_drift_in_the_same_night_show_three_sides(site: Site) -> None:
    site.night(1, "-v")
    site.set("edited")
    result = site.night(2, "-x")
    item = site.found(result)
    assert (item["class"], item["action"], site.get()) == ("both", "put_back", "-x")
    assert len({item["base"], item["now"], item["want"]}) == 3
    assert "Both" in item["advice"]


def option_of(site: Site) -> str:
    return "config" if isinstance(site, GoEnvFile) else "variables"


def test_a_policy_change_beside_host_drift_are_two_items(value_site: Site) -> None:
    site = value_site
    site.night(1, "-v")
    site.set("edited")
    result = site.run(enforce=enforcing(2), **{option_of(site): {"GOPRIVATE": "other", "GOFLAGS": "-v"}})
    classes = {item["item"]: item["class"] for item in result["drift"]}
    assert classes == {"GOPRIVATE": "policy_change", "GOFLAGS": "host_drift"}


def test_what_is_not_managed_is_reported_or_replaced(site: Site) -> None:
    site.set("edited")
    result = site.night(1, "-v")
    item = site.found(result)
    assert (item["class"], item["action"], site.get()) == ("unmanaged", "reported", "edited")
    assert item["base"] is None
    assert "settle" in item["advice"]
    result = site.night(2, "-v", unmanaged="apply")
    assert (*seen(site, result), site.get()) == ("unmanaged", "applied", "-v")
    site.set("again")
    assert seen(site, site.night(3, "-v")) == ("host_drift", "put_back")


def test_a_run_describes_all_of_a_project(tmp_path: Path) -> None:
    site = ProjectFile(tmp_path)
    site.night(1, "-v")
    item = site.found(site.night(2, None))
    assert (item["class"], item["action"], item["want"], site.get()) == ("policy_change", "applied", None, None)
    site.night(3, "-v")
    site.set("edited")
    item = site.found(site.night(4, None))
    assert (item["class"], item["action"], item["want"], site.get()) == ("both", "reported", None, "edited")


def test_what_the_policy_no_longer_names_is_reported_with_what_removes_it(value_site: Site) -> None:
    site = value_site
    site.night(1, "-v")
    result = site.night(2, None)
    item = site.found(result)
    assert (item["class"], item["action"], site.get()) == ("left_behind", "reported", "-v")
    option = option_of(site)
    assert f"{option}: {{GOFLAGS: null}} removes it" in item["advice"]
    assert not result["changed"]
    removed = site.run(enforce=enforcing(3), **{option: {"GOPRIVATE": "corp", "GOFLAGS": None}})
    assert (*seen(site, removed), site.get()) == ("policy_change", "applied", None)
    site.set("edited")
    removed = site.run(enforce=enforcing(4), **{option: {"GOPRIVATE": "corp", "GOFLAGS": None}})
    assert (*seen(site, removed), site.get()) == ("host_drift", "put_back", None)


def test_what_was_there_already_and_is_as_wanted_has_a_base_once_something_is_written(value_site: Site) -> None:
    site = value_site
    site.set("-v")
    assert site.night(1, "-v")["changed"]  # the other variable is written, and so the record
    site.set("edited")
    assert seen(site, site.night(2, "-v")) == ("host_drift", "put_back")


def test_a_start_file_that_others_change_is_not_what_the_values_are(tmp_path: Path) -> None:
    """A value that changes is one item, and the files that follow from it are none."""
    site = StartFile(tmp_path)
    site.night(1, "-v")
    result = site.run(enforce=enforcing(2), variables={"GOFLAGS": "-x"})
    assert [item["item"] for item in result["drift"]] == ["GOFLAGS"]
    source = site.home / ".config/gopher-devbox/env.sh"
    good = source.read_text()
    source.write_text(good.replace("GOFLAGS '-x'", "GOFLAGS '-z'"))
    result = site.run(enforce=enforcing(3), variables={"GOFLAGS": "-x"})
    assert [(item["item"], item["class"], item["now"]) for item in result["drift"]] == [("GOFLAGS", "host_drift", "-z")]
    good = source.read_text()
    assert "export GOFLAGS '-x'" in good
    source.write_text(good + "# edited\n")
    result = site.run(enforce=enforcing(4), variables={"GOFLAGS": "-x"})
    assert [(item["item"], item["class"]) for item in result["drift"]] == [(str(source), "host_drift")]
    assert source.read_text() == good


def test_a_user_whose_hive_is_not_loaded_is_unknown_and_no_failure() -> None:
    site = Registry(Path())
    given: dict[str, t.Any] = {
        "layers": [
            {"mode": "machine", "variables": {"GOPRIVATE": "corp"}},
            {"mode": "user", "user": "bob", "gopath": [r"C:\w"], "config": {"GOFLAGS": "-v"}},
        ],
    }
    failed = site.run_layers(**given)
    assert failed["failed"]
    result = site.run_layers(enforce=enforcing(1), **given)
    assert not result.get("failed"), result
    assert result["changed"], "the machine's scope is converged"
    found = {(item["medium"], item["item"]): (item["class"], item["action"]) for item in result["drift"]}
    assert found == {
        ("registry (machine)", "GOPRIVATE"): ("policy_change", "applied"),
        ("registry (user)", "GOPATH"): ("unknown", "reported"),
        ("registry (user)", r"PATH:C:\w\bin"): ("unknown", "reported"),
        ("go env file", "GOFLAGS"): ("unknown", "reported"),
    }
    assert all("bob" in item["advice"] for item in result["drift"] if item["class"] == "unknown")


# --- what is left alone ----------------------------------------------------------------------------------------------


def test_what_is_put_back_three_times_is_contested_until_it_is_settled(any_site: Site) -> None:
    any_site.night(1, "-v")
    for day in (2, 3, 4):
        any_site.set("edited")
        assert seen(any_site, any_site.night(day, "-v")) == ("host_drift", "put_back")
    for day in range(5, 15):
        any_site.set("edited")
        there = any_site.all()
        result = any_site.night(day, "-v")
        assert seen(any_site, result) == ("host_drift", "contested"), day
        assert (any_site.get(), result["changed"], any_site.all()) == ("edited", False, there)
    advice = any_site.found(result)["advice"]
    assert "Likely written by" in advice
    assert "settle" in advice
    settled = any_site.night(15, "-v", settle={any_site.item: "host"})
    assert (*seen(any_site, settled), any_site.get()) == ("host_drift", "nothing", "edited")
    settled = any_site.night(16, "-v", settle={any_site.item: "policy"})
    assert (*seen(any_site, settled), any_site.get()) == ("host_drift", "put_back", "-v")
    any_site.set("edited")
    assert seen(any_site, any_site.night(17, "-v")) == ("host_drift", "put_back"), "the count begins anew"


def test_put_backs_of_long_ago_do_not_count(site: Site) -> None:
    site.night(1, "-v")
    for day in (2, 3, 9, 10, 16, 17, 23):
        site.set("edited")
        assert seen(site, site.night(day, "-v")) == ("host_drift", "put_back"), day


def test_a_week_of_audits_contests_nothing(site: Site) -> None:
    site.night(1, "-v")
    site.set("edited")
    there = site.all()
    for day in range(2, 9):
        audited = site.night(day, "-v", audit=True)
        checked = site.night(day, "-v", check_mode=True)
        assert audited["drift"] == checked["drift"]
        assert seen(site, audited) == ("host_drift", "put_back")
        assert (site.all(), audited["journal"]) == (there, None)
    assert seen(site, site.night(9, "-v")) == ("host_drift", "put_back")


def test_a_clock_that_is_set_back_loses_no_put_backs_and_invents_none(site: Site) -> None:
    site.night(1, "-v")
    for run in (run_id(2), "20990101T021500Z-1a2b", run_id(3)):
        site.set("edited")
        result = site.run(enforce=enforcing(1, run=run), **site.policy("-v"))
        assert seen(site, result) == ("host_drift", "put_back")
    site.set("edited")
    assert seen(site, site.night(4, "-v")) == ("host_drift", "contested")
    other = site.night(4, "-v", settle={site.item: "policy"})
    assert seen(site, other) == ("host_drift", "put_back")
    for _again in range(3):  # the same run once more is the same run
        site.set("edited")
        assert seen(site, site.night(4, "-v")) == ("host_drift", "put_back")


def test_what_is_waived_is_shown_and_left_alone(any_site: Site) -> None:
    any_site.night(1, "-v")
    for day in range(2, 7):
        any_site.set("edited")
        there = any_site.all()
        result = any_site.night(day, "-v", waived=[any_site.item])
        assert (*seen(any_site, result), any_site.all()) == ("host_drift", "waived", there)
    assert seen(any_site, any_site.night(7, "-v")) == ("host_drift", "put_back"), "a waiver contests nothing"


def test_other_items_are_converged_as_ever(value_site: Site) -> None:
    site = value_site
    site.night(1, "-v")
    site.set("edited")
    policy = {option_of(site): {"GOPRIVATE": "other", "GOFLAGS": "-v"}}
    result = site.run(enforce=enforcing(2, waived=[site.item]), **policy)
    assert (site.get(), site.found(result)["action"], result["changed"]) == ("edited", "waived", True)
    assert seen(site, site.night(3, "-x")) == ("both", "put_back"), "what was left alone has the base it had"


# --- rollback and holds ----------------------------------------------------------------------------------------------


def rollback(site: Site, until: str | None = None, **which: t.Any) -> Result:
    hold = {"until": until, "reason": "the build broke"} if until else None
    return site.run(state="restored", hold=hold, **which)


def later(days: int) -> tuple[str, str]:
    """A day, and the id of a run of the first second of the day after it."""
    day = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days)
    return day.isoformat(), f"{day + datetime.timedelta(days=1):%Y%m%d}T000000Z-1a2b"


def test_a_rollback_is_held_up_to_and_including_its_day_in_utc(site: Site) -> None:
    site.night(1, "-v")
    site.night(2, "-x")
    until, after = later(3)
    back = rollback(site, until, run=run_id(2))
    assert not back.get("failed"), back
    assert (site.get(), bool(back["undone"]), back["drift"]) == ("-v", True, [])
    last = f"{until.replace('-', '')}T235959Z-1a2b"
    for run in (run_id(3), last):
        there = site.all()
        result = site.run(enforce=enforcing(3, run=run), **site.policy("-x"))
        assert (*seen(site, result), site.all()) == ("policy_change", "held", there)
        assert "the build broke" in site.found(result)["advice"]
    result = site.run(enforce=enforcing(3, run=after), **site.policy("-x"))
    assert (*seen(site, result), site.get()) == ("policy_change", "applied", "-x")
    site.set("edited")
    result = site.run(enforce=enforcing(3, run=run_id(4)), **site.policy("-x"))
    assert seen(site, result) == ("host_drift", "put_back"), "a hold that is over is forgotten with the next change"


def test_without_a_hold_what_a_rollback_restored_is_the_base(value_site: Site) -> None:
    site = value_site
    site.set("edited")
    site.night(1, "-v", unmanaged="apply")
    rollback(site, run=run_id(1))
    assert site.get() == "edited"
    result = site.night(2, "-v")
    item = site.found(result)
    assert (item["base"], item["now"], item["want"]) == ("edited", "edited", "-v")
    assert (item["class"], item["action"]) == ("policy_change", "applied")


def test_what_a_rollback_restored_in_a_project_is_what_its_author_wrote(tmp_path: Path) -> None:
    site = ProjectFile(tmp_path)
    site.set("edited")
    site.night(1, "-v", unmanaged="apply")
    assert site.get() == "-v"
    rollback(site, run=run_id(1))
    assert (*seen(site, site.night(2, "-v")), site.get()) == ("unmanaged", "reported", "edited")


def test_an_undoing_that_is_undone_is_in_sync_again(site: Site) -> None:
    site.night(1, "-v")
    site.night(2, "-x")
    until, _after = later(3)
    first = rollback(site, until, run=run_id(2))
    second = rollback(site, journal=first["journal"])
    assert (site.get(), second["changed"]) == ("-x", True)
    assert site.night(3, "-x")["drift"] == []
    site.set("edited")
    assert seen(site, site.night(4, "-x")) == ("host_drift", "put_back"), "the hold went with the undoing"


def test_a_rollback_takes_the_put_backs_of_its_run_away(site: Site) -> None:
    site.night(1, "-v")
    for day in (2, 3, 4):
        site.set("edited")
        site.night(day, "-v")
    rollback(site, run=run_id(4))
    site.set("another")
    assert seen(site, site.night(5, "-v"))[1] == "put_back"


def test_a_run_that_changed_nothing_here_undoes_nothing(site: Site) -> None:
    site.night(1, "-v")
    there = site.all()
    result = rollback(site, run=run_id(9))
    assert (result["changed"], result["undone"], site.all()) == (False, None, there)
    assert any(run_id(9) in finding["message"] for finding in result["findings"]), result
    assert rollback(site, run=run_id(1))["undone"]
    assert not rollback(site, run=run_id(1))["changed"], "it is undone already"


def test_a_run_that_the_journal_no_longer_holds_is_an_error(site: Site) -> None:
    for day in range(1, 13):
        site.night(day, f"-{'vx'[day % 2]}")
    result = rollback(site, run="20200101T021500Z-1a2b")
    assert result["failed"]
    assert "a journal keeps 10 changes" in result["msg"]


def test_one_run_is_undone_and_nothing_else(site: Site) -> None:
    for day, text in ((1, "-v"), (2, "-x"), (3, "-v")):
        site.night(day, text)
    assert rollback(site, run=run_id(3))["changed"]
    assert site.get() == "-x"
    assert rollback(site, run=run_id(2))["changed"]
    assert site.get() == "-v"


def test_a_run_that_fails_and_is_rolled_back_never_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = GoEnvFile(tmp_path)
    policy = {**site.policy("-v"), "variables": {"GOPROXY": "off"}}
    site.run(enforce=enforcing(1), **policy)
    source = site.home / ".config/gopher-devbox/env.sh"
    source.write_text(source.read_text().replace("export GOPROXY 'off'", "export GOPROXY 'direct'"))
    site.set("edited")

    def fails(*_arguments: t.Any) -> t.NoReturn:
        raise ApplyError("The disk said no.", "Look at it.")

    with monkeypatch.context() as patched:
        patched.setattr(GoEnvStore, "apply", fails)
        failed = site.run(enforce=enforcing(2), **policy)
    assert failed["fates"] == {"start files (user)": "rolled back", "go env file": "not changed"}
    result = site.run(enforce=enforcing(3, audit=True), **policy)
    assert {(item["item"], item["class"]) for item in result["drift"]} == {
        ("GOPROXY", "host_drift"),
        ("GOFLAGS", "host_drift"),
    }
    ledger = json.loads((site.home / ".local/state/gopher.devbox/shells.json").read_text())
    assert not Record.loads(ledger["record"]).memory.put_backs


@pytest.mark.parametrize("path", ["go/env", "ledger"])
def test_a_file_that_cannot_be_read_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """The account may see that there is one, and no more."""
    site = GoEnvFile(tmp_path)
    site.night(1, "-v")
    dark = {"go/env": site.file, "ledger": site.home / ".local/state/gopher.devbox/goenv.json"}[path]
    reading = LocalFiles.read

    def read(self: LocalFiles, paths: t.Sequence[str]) -> dict[str, File]:
        found = reading(self, paths)
        return {
            name: File(b"", obstacle="You may not read it.") if name == str(dark) else file
            for name, file in found.items()
        }

    with monkeypatch.context() as patched:
        patched.setattr(LocalFiles, "read", read)
        assert site.run(**site.policy("-x"))["failed"]
        result = site.night(2, "-x")
    assert (*seen(site, result), result["changed"]) == ("unknown", "reported", False)
    assert "may not read it" in site.found(result)["advice"]
    assert site.get() == "-v"


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"enforce": enforcing(1, run="last night")}, "is no id of a run"),
        ({"enforce": enforcing(1, run="20261399T021500Z-1a2b")}, "is no id of a run"),
        ({"enforce": enforcing(1, every=0)}, "every is 0"),
        ({"enforce": enforcing(1, settle={"GOFLAGS": "me"})}, "it is policy or host"),
        ({"enforce": enforcing(1), "state": "absent"}, "only state: present enforces"),
        ({"hold": {"until": "2026-12-01", "reason": "x"}}, "hold"),
        ({"state": "restored", "hold": {"until": "soon", "reason": "x"}}, "name a day"),
        ({"state": "restored", "hold": {"until": "2026-02-30", "reason": "x"}}, "name a day"),
        ({"state": "restored", "hold": {"until": "2020-01-01", "reason": "x"}}, "is over"),
        ({"state": "restored", "hold": {"until": "2999-01-01", "reason": "x"}}, "30 days at most"),
        ({"run": run_id(1)}, "only state: restored uses it"),
        ({"state": "restored", "run": run_id(1), "journal": "20261129T021500Z-0123abcd"}, "name the run"),
    ],
)
def test_options_of_no_use_are_refused(any_site: Site, given: dict[str, t.Any], words: str) -> None:
    there = any_site.all()
    policy = any_site.policy("-v") if given.get("state") != "restored" else {}
    result = any_site.run(**policy, **given)
    assert result["failed"]
    assert words in result["msg"]
    assert any_site.all() == there


def test_a_hold_needs_a_reason(tmp_path: Path) -> None:
    until, _after = later(1)
    result = GoEnvFile(tmp_path).run(state="restored", config={}, hold={"until": until, "reason": " "})
    assert "reason is empty" in result["msg"]


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_that_drifted_is_said_to_have_changed() -> None:
    site = Registry(Path())
    one, two = ("https://u:hunter2@proxy.example", "https://u:letmein9@proxy.example")
    site.run(enforce=enforcing(1), variables={"GOPROXY": one})
    site.windows.set(rf"HKEY_USERS\{site.windows.sid}\Environment", GOPROXY=("REG_SZ", two))
    result = site.run(enforce=enforcing(2, audit=True), variables={"GOPROXY": one})
    item = result["drift"][0]
    assert item["now"] == "changed (masked)"
    assert item["base"] == item["want"] == f"https://{MASK}@proxy.example"
    text = json.dumps(result)
    assert "hunter2" not in text
    assert "letmein9" not in text


def test_the_record_of_an_earlier_release_is_read_as_before_and_a_damaged_one_as_damaged(tmp_path: Path) -> None:
    site = GoEnvFile(tmp_path)
    site.night(1, "-v")
    ledger = site.home / ".local/state/gopher.devbox/goenv.json"
    found = json.loads(ledger.read_text())
    record = json.loads(found["record"])
    for name in ("cleared", "marks", "last", "restored", "holds", "put_backs", "contested"):
        record.pop(name, None)
    ledger.write_text(json.dumps({**found, "record": json.dumps(record)}))
    site.set("edited")
    assert seen(site, site.night(2, "-v")) == ("host_drift", "put_back")
    found = json.loads(ledger.read_text())
    record = {**json.loads(found["record"]), "put_backs": ["x"]}
    ledger.write_text(json.dumps({**found, "record": json.dumps(record)}))
    site.set("edited")
    result = site.night(3, "-v")
    assert "record_damaged" in [finding["id"] for finding in result["findings"]]
    assert seen(site, result) == ("unmanaged", "reported")


def test_a_windows_host_is_read_no_more_often_than_before() -> None:
    site = Registry(Path())
    site.night(1, "-v")
    windows: FakeWindows = site.windows
    for given in ({}, {"enforce": enforcing(2)}):
        windows.scripts.clear()
        result = site.run(**given, **site.policy("-v"))
        assert (result["changed"], result["drift"], len(windows.scripts)) == (False, [], 1)


# --- editors' files --------------------------------------------------------------------------------------------------


class Editor(ProjectFile):
    """A project whose VS Code files are managed, some keys of them."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.settings, self.tasks = (self.project / ".vscode" / name for name in ("settings.json", "tasks.json"))

    def night(self, day: int, text: str | None, check_mode: bool = False, **more: t.Any) -> Result:
        options = {"editors": ["vscode"], "launchers": [], "variables": {"GOFLAGS": text}}
        return self.run(check_mode, enforce=enforcing(day, **more), **options)


def keys_of(result: Result) -> dict[str, tuple[str, str]]:
    assert not result.get("failed"), result
    return {item["item"].rpartition("/.vscode/")[2]: (item["class"], item["action"]) for item in result["drift"]}


def test_keys_of_editors_files_are_items_and_what_holds_them_is_none(tmp_path: Path) -> None:
    site = Editor(tmp_path)
    first = keys_of(site.night(1, "-v"))
    assert set(first.values()) == {("policy_change", "applied")}
    assert len(first) > 2
    assert not any("#!" in name for name in first)
    good = site.settings.read_text()
    assert site.night(2, "-v")["drift"] == []
    settings = json.loads(good)
    name = next(key for key in settings if "env" in key.lower())
    site.settings.write_text(json.dumps({**settings, name: {"GOFLAGS": "-x"}, "editor.tabSize": 2}))
    drifted = keys_of(site.night(3, "-v"))
    assert set(drifted.values()) == {("host_drift", "put_back")}
    assert all(item.startswith("settings.json#/") for item in drifted)
    found = json.loads(site.settings.read_text())
    assert (found[name], found["editor.tabSize"]) == (settings[name], 2)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_file_all_of_whose_keys_are_left_alone_is_not_made_again(tmp_path: Path, absolute: bool) -> None:
    site = Editor(tmp_path)
    first = site.night(1, "-v")
    names = [item["item"] for item in first["drift"] if "settings.json" in item["item"]]
    if not absolute:
        names = [name.removeprefix(f"{site.project}/") for name in names]
    site.settings.unlink()
    result = site.night(2, "-v", waived=names)
    assert set(keys_of(result).values()) == {("host_drift", "waived")}
    assert (result["changed"], site.settings.exists()) == (False, False)
    result = site.night(3, "-v", waived=names[1:])
    assert sorted(action for _drift, action in keys_of(result).values()) == ["put_back", *["waived"] * len(names[1:])]
    assert site.settings.exists()
    assert keys_of(site.night(4, "-x", waived=names[1:]))
    assert set(keys_of(site.night(5, "-x")).values()) <= {("host_drift", "put_back"), ("both", "put_back")}
    assert site.night(6, "-x")["drift"] == []


def test_keys_that_go_with_the_policy_can_be_waived(tmp_path: Path) -> None:
    """What holds a key that stays is not taken out with the others."""
    site = Editor(tmp_path)
    first = site.night(1, "-v")
    name = next(item["item"] for item in first["drift"] if "tasks.json" in item["item"])
    options: dict[str, t.Any] = {"editors": [], "launchers": ["sh"], "variables": {"GOFLAGS": "-v"}}
    result = site.run(enforce=enforcing(2, waived=[name]), **options)
    assert {item["action"] for item in result["drift"] if item["item"] == name} == {"waived"}
    assert not result.get("failed"), result
    assert site.tasks.exists()
    result = site.run(enforce=enforcing(3), **options)
    assert ([item["item"] for item in result["drift"]], site.tasks.exists()) == ([name], False)
