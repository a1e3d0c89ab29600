"""A run from its opening to its report, without Ansible."""

from __future__ import annotations

import dataclasses
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from unit.enforcement import RUN, START, absent, drift, failed, record
from waiting import wait_for

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce import service
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import DAY, HOUR
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.files import Runs, Unusable
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import ENFORCEMENT, ROLLBACK
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.service import Asked, Busy, Mistakes, Opened
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.webhook import post

FLEET = ("a", "b", "c")


class Controller:
    """Runs one after the other, each with a process of its own that a lock belongs to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.owner: subprocess.Popen[bytes] | None = None

    def open(self, now: float = START, hosts: tuple[str, ...] = FLEET, **more: Any) -> Opened:
        self.end()
        self.owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        settings = {"dir": str(self.directory), "mode": "enforce", **more.pop("settings", {})}
        asked = Asked(
            kind=ENFORCEMENT,
            pattern="all",
            hosts=dict.fromkeys(hosts, settings),
            own=settings,
            names=[f"go_enforce_{name}" for name in settings],
            check=False,
            inventory_dir=str(self.directory.parent),
            matching=lambda pattern: [host for host in FLEET if pattern in ("all", host)],
            owner=self.owner.pid,
            now=now,
        )
        return service.open_run(dataclasses.replace(asked, **more))

    def end(self) -> None:
        if self.owner:
            self.owner.kill()
            self.owner.wait()
            self.owner = None

    def leave(self, opened: Opened, *records: dict[str, Any]) -> None:
        for one in records:
            Runs(opened.directory).of(opened.plan.run).write_record({**one, "run": opened.plan.run})

    def close(self, opened: Opened, now: float = START + HOUR, webhook: str = "", **unwritten: str) -> service.Closed:
        return service.close_run(opened.directory, opened.plan.run, now, webhook, unwritten)


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    made = Controller(tmp_path / "state")
    yield made
    made.end()


def test_a_run_from_beginning_to_end(controller: Controller) -> None:
    opened = controller.open()
    assert opened.notes == ()
    assert service.may_begin(opened.directory, opened.plan.run, START, canary=True) == ""
    controller.leave(opened, record("a", drift()), record("b"), absent("c"))
    closed = controller.close(opened)
    assert [host["state"] for host in closed.report["hosts"]] == ["put_back", "in_sync", "absent"]
    place = Path(closed.directory)
    assert json.loads((place / "report.json").read_text()) == closed.report
    assert (place / "digest.txt").read_text() == closed.text


def test_all_mistakes_come_at_once_and_nothing_is_made(controller: Controller, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.yml"
    waivers.write_text("- id: drift:X\n")
    with pytest.raises(Mistakes) as raised:
        controller.open(settings={"waivers": "waivers.yml", "keep": 0, "mode": "on", "seriall": 5})
    assert [line.partition(" ")[0] for line in raised.value.found] == [
        "go_enforce_keep",
        *["go_enforce_mode"] * 3,
        "go_enforce_seriall",
        *[f"{waivers},"] * 4,
    ]
    assert not controller.directory.exists()


def test_waivers_that_cannot_be_read_are_a_mistake(controller: Controller) -> None:
    with pytest.raises(Mistakes, match="cannot be read: No such file"):
        controller.open(settings={"waivers": "nothing.yml"})


def test_a_second_run_is_refused_until_the_first_one_ends(controller: Controller) -> None:
    opened = controller.open()
    other = Controller(controller.directory)
    with pytest.raises(Busy, match=opened.plan.run):
        other.open()
    with pytest.raises(Busy, match=opened.plan.run):
        service.reported(str(controller.directory), "", START)
    other.end()
    controller.end()
    assert other.open().plan.run
    other.end()


def test_the_next_run_closes_one_that_was_interrupted(controller: Controller) -> None:
    first = controller.open()
    controller.leave(first, record("a", drift()))
    second = controller.open(START + DAY)
    assert [f"The run {first.plan.run} was interrupted" in note for note in second.notes] == [True]
    report = Runs(second.directory).of(first.plan.run).report()
    assert report is not None
    assert report["interrupted"]
    assert [host["state"] for host in report["hosts"]] == ["put_back", "not_tried", "not_tried"]


def test_the_report_of_an_interrupted_run_is_made_on_request(controller: Controller) -> None:
    first = controller.open()
    controller.leave(first, record("a", drift()))
    controller.end()
    closed = service.reported(str(controller.directory), "", START + HOUR)
    assert closed.report["run"] == first.plan.run
    assert closed.report["exit"]["code"] == 2
    assert closed.notes
    again = service.reported(str(controller.directory), first.plan.run, START + 2 * HOUR)
    assert (again.report, again.text, again.notes) == (closed.report, closed.text, ())


def test_a_lost_report_is_made_again_as_it_was(controller: Controller) -> None:
    opened = controller.open()
    controller.leave(opened, *(record(host) for host in FLEET))
    closed = controller.close(opened)
    (Path(closed.directory) / "report.json").unlink()
    (Path(closed.directory) / "digest.txt").unlink()
    controller.end()
    again = service.reported(str(controller.directory), "", START + DAY)
    assert (again.report, again.text) == (closed.report, closed.text)
    assert not again.report["interrupted"]


@pytest.mark.parametrize("id", ["", RUN])
def test_a_report_of_no_run_is_a_mistake(controller: Controller, id: str) -> None:
    with pytest.raises(Mistakes, match="no runs"):
        service.reported(str(controller.directory), id, START)
    Runs(str(controller.directory)).prepare()
    with pytest.raises(Mistakes, match="no run"):
        service.reported(str(controller.directory), id, START)


def test_the_reason_to_stop_is_kept_for_the_report(controller: Controller) -> None:
    opened = controller.open(settings={"max_failures": 1})
    controller.leave(opened, record("a"), failed("b"))
    reason = service.may_begin(opened.directory, opened.plan.run, START, canary=False)
    assert reason == "1 hosts failed (go_enforce_max_failures is 1)"
    assert service.may_begin(opened.directory, opened.plan.run, START, canary=True) == reason
    closed = controller.close(opened)
    assert closed.report["stopped"] == reason
    assert closed.report["hosts"][2]["message"] == f"Not tried, because {reason}."


def test_missed_leaves_out_hosts_with_a_good_result(controller: Controller) -> None:
    opened = controller.open()
    controller.leave(opened, record("a"), failed("b"), absent("c"))
    controller.close(opened)
    hourly = controller.open(START + HOUR, settings={"only": "missed"})
    assert list(hourly.plan.hosts) == ["b", "c"]
    assert hourly.plan.not_due == ("a",)
    late = controller.open(START + 20 * HOUR, settings={"only": "missed"})
    assert list(late.plan.hosts) == ["a", "b", "c"]


def test_a_host_whose_result_was_not_kept_failed(controller: Controller) -> None:
    opened = controller.open()
    controller.leave(opened, record("a"), record("b"))
    closed = controller.close(opened, c="No space left on device")
    assert closed.report["hosts"][2]["state"] == "failed"
    assert "No space left on device" in closed.report["hosts"][2]["message"]


def test_a_report_that_cannot_be_kept_is_in_the_error(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = controller.open()
    controller.leave(opened, record("a", drift()))
    (controller.directory / "index.json").mkdir()
    with pytest.raises(Unusable, match=r"(?s)cannot be written.*GOPROXY \(go env file\): host_drift"):
        controller.close(opened)


# --- rollback


def undo(controller: Controller, run: str, **more: Any) -> Opened:
    return controller.open(START + DAY, kind=ROLLBACK, settings={"run": run, **more})


def changed_run(controller: Controller) -> Opened:
    opened = controller.open()
    controller.leave(
        opened, record("a", changed=True, journal="j1"), record("b"), record("c", changed=True, journal="j3")
    )
    controller.close(opened)
    return opened


@pytest.mark.parametrize("by", ["id", "last"])
def test_a_rollback_is_for_the_hosts_that_the_run_changed(controller: Controller, by: str) -> None:
    first = changed_run(controller)
    quiet = controller.open(START + HOUR)
    controller.leave(quiet, record("a"))
    controller.close(quiet)
    opened = undo(controller, first.plan.run if by == "id" else "last", hold_days=5, reason="the proxy broke")
    assert list(opened.plan.hosts) == ["a", "c"]
    assert opened.plan.undoes == first.plan.run
    assert service.hold_of(opened.plan) == {"until": "2026-12-06", "reason": "the proxy broke"}


def test_without_the_files_of_a_run_every_host_is_asked(controller: Controller) -> None:
    opened = undo(controller, RUN)
    assert list(opened.plan.hosts) == ["a", "b", "c"]


def test_a_rollback_of_nothing_is_a_mistake(controller: Controller) -> None:
    with pytest.raises(Mistakes, match=r"no run in .* that changed something"):
        undo(controller, "last")
    with pytest.raises(Mistakes, match="go_enforce_run must be the id"):
        undo(controller, "yesterday")


# --- what is around


def test_the_revision_of_the_policy(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    assert service.revision_of("") == ("", False)
    git("init")
    assert service.revision_of(str(tmp_path)) == ("", False)
    (tmp_path / "hosts.yml").write_text("all:\n")
    git("add", ".")
    git("commit", "-m", "x")
    revision, dirty = service.revision_of(str(tmp_path))
    assert (len(revision), dirty) == (40, False)
    (tmp_path / "hosts.yml").write_text("none:\n")
    assert service.revision_of(str(tmp_path)) == (revision, True)


@pytest.fixture
def hook() -> Iterator[Callable[[], tuple[str, list[Any]]]]:
    """A server that takes messages, or answers with the code of its path."""
    taken: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(int(self.path.strip("/") or 200))
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield lambda: (f"http://user:hunter22@127.0.0.1:{server.server_port}", taken)
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_new_is_sent_once(controller: Controller, hook: Callable[[], tuple[str, list[Any]]]) -> None:
    url, taken = hook()
    url = url.replace("user:hunter22@", "")
    for number in range(2):
        opened = controller.open(START + number * DAY)
        controller.leave(opened, *(record(host, drift(action="contested")) for host in FLEET))
        closed = controller.close(opened, START + number * DAY + HOUR, webhook=url)
        assert closed.notes == ()
        assert taken == [("application/json", {"text": taken[0][1]["text"]})]
    assert "New (3):" in taken[0][1]["text"]


def test_a_message_that_is_not_delivered_is_a_note_without_the_address(
    controller: Controller, hook: Callable[[], tuple[str, list[Any]]]
) -> None:
    url, _taken = hook()
    assert post(url.replace("user:hunter22@", "") + "/500", "x") == "it answered 500"
    assert "hunter22" not in post("http://user:hunter22@127.0.0.1:1/x", "x")
    opened = controller.open()
    controller.leave(opened, record("a", drift()))
    closed = controller.close(opened, webhook="http://127.0.0.1:1/hunter22")
    assert closed.notes == (
        "The message to go_enforce_webhook was not delivered: it cannot be reached (ConnectionRefusedError).",
    )
    assert "hunter22" not in "".join(file.read_text() for file in Path(closed.directory).rglob("*.*") if file.is_file())


def test_the_lock_is_free_after_the_run(controller: Controller) -> None:
    controller.open()
    controller.end()

    def is_free() -> bool:
        try:
            service.lock.take_here(controller.directory / "lock")()
        except service.lock.InUse:
            return False
        return True

    wait_for(is_free, "the lock stays")
    assert os.access(controller.directory, os.W_OK)
