"""The go env file in a real directory: lines that are not ours stay, what go misreads is put right, and nobody's change
is lost.
"""

from __future__ import annotations

import json
import os
import stat
import threading
import typing as t
from pathlib import Path

import pytest
from unit.support import FakeHost, WatchedFiles, fill, ids, make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, Blocked, DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import HOOK, Ledger
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import ATTEMPTS, Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import goenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import Command
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.user_scope import UserScope
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile import (
    GoEnvStore,
    expected_of_go,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile_medium import ON_POSIX

FILE, LEDGER = ".config/go/env", ".local/state/gopher.devbox/goenv.json"


class Host:
    """A person's home below a directory, with what is known of their go."""

    def __init__(self, root: Path, **more: t.Any) -> None:
        self.root, self.home = root, root / "home" / "alice"
        self.home.mkdir(parents=True, exist_ok=True)
        self.files = WatchedFiles(root)
        self.darwin = False
        self.programs: t.Any = None
        self.more = more

    def store(self) -> GoEnvStore:
        me = Account("1000", "alice", home=str(self.home))
        fields: dict[str, t.Any] = {
            "session": me,
            "account": me,
            "owner": "alice",
            "environment": {"HOME": str(self.home)},
            "records": str((self.home / LEDGER).parent),
            **self.more,
        }
        return GoEnvStore(FakeHost(self.files, me, programs=self.programs, darwin=self.darwin), UserScope(**fields))

    def run(self, wanted: Wanted, check_mode: bool = False) -> Outcome:
        return converge(self.store(), wanted, check_mode)

    def read(self, path: str = FILE) -> bytes:
        return (self.home / path).read_bytes()

    def ledger(self) -> Ledger:
        return Ledger.loads((self.home / LEDGER).read_text())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def wish(**more: t.Any) -> Wanted:
    return Wanted(**{"medium": ON_POSIX, "verify": False, **more})


ONE = wish(gopath=("/w",), variables={"GOPROXY": "https://goproxy.cn,direct"})
TWO = wish(gopath=("/工 具", "/v"), variables={"GOPROXY": "https://h/100%25", "GOFLAGS": "-tags=x"})
ABSENT, RESTORED = wish(goal=Goal.ABSENT), wish(goal=Goal.RESTORED)


# --- the ladder ------------------------------------------------------------------------------------------------------

FILES: dict[str, bytes | None] = {
    "none": None,
    "settings": b"GOFLAGS=-v\nGONOSUMDB=x\n",
    "comments": b"# mine\n\nGONOSUMDB=x\n# end\n",
    "no final newline": b"# mine\nGONOSUMDB=x",
    "unknown lines": b"export A=b\nNOT_GO=1\nGONOSUMDB=x\nnothing\n",
    "not utf-8": b"# \xff\xfe\n# \xb1\xe0\nNOT_GO=\xe9\nGONOSUMDB=x\n",
    "another spelling": b"Gopath=/x\nGoproxy=off\n",
}


@pytest.mark.parametrize("name", FILES)
def test_the_ladder_leaves_all_as_it_was(host: Host, name: str) -> None:
    """Check, present, again, update, again, restored, absent, again."""
    data = FILES[name]
    if data is not None:
        fill(host.home, {FILE: data})
    before = tree(host.home)
    others = {line for line in (data or b"").splitlines() if not line.startswith(b"GOFLAGS=")}

    told = host.run(ONE, check_mode=True)
    assert (told.changed, tree(host.home), host.files.wrote, host.files.locks) == (True, before, [], 0)

    first = host.run(ONE)
    assert first.plan.changes == told.plan.changes
    assert (
        goenv.parse(host.read()).as_go_reads.items() >= {"GOPATH": "/w", "GOPROXY": "https://goproxy.cn,direct"}.items()
    )
    assert others <= set(host.read().splitlines())
    written, standing = len(host.files.wrote), tree(host.home)
    assert not host.run(ONE).changed
    assert (len(host.files.wrote), host.files.locks, tree(host.home)) == (written, 1, standing)

    second = host.run(TWO)
    assert (second.changed, second.attempts, ids(second.findings)) == (True, 1, [])
    assert goenv.parse(host.read()).as_go_reads.items() >= {"GOPATH": "/工 具:/v", **TWO.variables}.items()
    assert others <= set(host.read().splitlines())
    assert not host.run(TWO).changed

    host.run(RESTORED)
    assert {path: text for path, text in tree(host.home).items() if path == FILE} == {FILE: standing[FILE]}
    host.run(RESTORED)
    assert _settings(host) == (data or b"").rstrip(b"\n")

    host.run(ONE)
    host.run(ABSENT)
    assert not host.run(ABSENT).changed
    assert _settings(host) == (data or b"").rstrip(b"\n")
    assert (host.home / FILE).exists() is (data is not None)


def _settings(host: Host) -> bytes:
    """The file, but for the end of its last line, which go adds too."""
    return host.read().rstrip(b"\n") if (host.home / FILE).exists() else b""


def test_nothing_to_do_makes_nothing(host: Host) -> None:
    for wanted in (wish(), ABSENT, RESTORED, wish(variables={"GOFLAGS": None}), wish(repair=True)):
        assert not host.run(wanted).changed
    assert tree(host.home) == {}
    assert (host.files.wrote, host.files.locks) == ([], 0)


def test_the_last_line_takes_the_file_and_its_directory_with_it(host: Host) -> None:
    host.run(ONE)
    host.run(ABSENT)
    assert not (host.home / FILE).parent.exists()


def test_another_spelling_is_another_name(host: Host) -> None:
    """Go takes `Gopath` for none of its variables: it is not what we read, nor where we write."""
    fill(host.home, {FILE: b"Gopath=/x\nGOPATH=/y\nGobin=/b\n"})
    outcome = host.run(wish(gopath=("/w",), gobin="/c"))
    assert host.read() == b"Gopath=/x\nGOPATH=/w\nGobin=/b\nGOBIN=/c\n"
    assert [(change.name, change.before.data if change.before else None) for change in outcome.plan.changes] == [
        ("GOPATH", "/y"),
        ("GOBIN", None),
    ]


def test_a_percent_sign_is_an_ordinary_character(host: Host) -> None:
    """Nothing of it looks like somebody else's writing, and it is managed like any other value."""
    outcome = host.run(wish(variables={"GOPROXY": "https://h/a%20b"}))
    assert (outcome.attempts, outcome.findings) == (1, ())
    assert len(host.ledger().journal) == 1
    host.run(ABSENT)
    assert not (host.home / FILE).exists()


def test_a_link_is_followed_and_stays(host: Host) -> None:
    fill(host.home, {"dotfiles/goenv": b"# mine\n"})
    (host.home / ".config" / "go").mkdir(parents=True)
    (host.home / FILE).symlink_to("../../dotfiles/goenv")
    host.run(ONE)
    assert os.readlink(host.home / FILE) == "../../dotfiles/goenv"
    assert b"GOPATH=/w" in host.read("dotfiles/goenv")
    host.run(ABSENT)
    assert (os.readlink(host.home / FILE), host.read("dotfiles/goenv")) == ("../../dotfiles/goenv", b"# mine\n")


def test_a_new_file_is_private_and_one_that_stands_keeps_its_mode(host: Host) -> None:
    host.run(ONE)
    assert stat.S_IMODE((host.home / FILE).stat().st_mode) == 0o600
    (host.home / FILE).chmod(0o644)
    host.run(TWO)
    assert stat.S_IMODE((host.home / FILE).stat().st_mode) == 0o644


# --- where it is -----------------------------------------------------------------------------------------------------


def at(host: Host, **environment: str) -> Host:
    host.more["environment"] = {"HOME": str(host.home), **environment}
    return host


def test_goenv_says_where_it_is(host: Host) -> None:
    fill(host.home, {FILE: b"GOFLAGS=-v\n"})
    at(host, GOENV=str(host.home / "elsewhere")).run(ONE)
    assert b"GOPATH=/w" in host.read("elsewhere")
    assert host.read() == b"GOFLAGS=-v\n"


def test_xdg_moves_it(host: Host) -> None:
    at(host, XDG_CONFIG_HOME=str(host.home / "cfg")).run(ONE)
    assert b"GOPATH=/w" in host.read("cfg/go/env")


def test_macos_has_it_in_its_library(host: Host) -> None:
    host.darwin = True
    host.run(ONE)
    assert b"GOPATH=/w" in host.read("Library/Application Support/go/env")


@pytest.mark.parametrize(("goenv_says", "told"), [("off", "GOENV is off"), ("rel/env", "GOENV is relative")])
def test_no_file_is_a_clear_error(host: Host, goenv_says: str, told: str) -> None:
    with pytest.raises(Blocked) as raised:
        at(host, GOENV=goenv_says).run(ONE)
    assert ids(raised.value.blockers) == ["missing_go_env_file"]
    assert told in raised.value.message
    assert "go_rcfile" in raised.value.message
    assert tree(host.home) == {}


# --- what go misreads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "repaired", "told"),
    [
        (b"\xef\xbb\xbfGOFLAGS=-v\n", b"GOFLAGS=-v\n", ["byte order mark"]),
        (b"GOFLAGS=-v\r\n# c\r\nGOSUMDB=off\r\n", b"GOFLAGS=-v\n# c\nGOSUMDB=off\n", ["CRLF"]),
        (b"GOFLAGS=-v\nGOSUMDB=off\nGOFLAGS=-x\n", b"GOSUMDB=off\nGOFLAGS=-x\n", ["which line 3 sets again"]),
        ("\ufeffGOFLAGS=-v\r\n".encode("utf-16-le"), b"GOFLAGS=-v\n", ["UTF-16", "CRLF"]),
        (
            b"\xef\xbb\xbfGOFLAGS=-v\r\nGOFLAGS=-x\r\n",
            b"GOFLAGS=-x\n",
            ["byte order mark", "CRLF", "which line 2 sets again"],
        ),
    ],
)
def test_what_go_misreads_is_put_right_with_a_finding(
    host: Host, data: bytes, repaired: bytes, told: list[str]
) -> None:
    fill(host.home, {FILE: data})
    for check_mode in (True, False):
        outcome = host.run(wish(), check_mode)
        assert outcome.changed
        assert ids(outcome.findings) == ["go_env_repaired"] * len(told)
        for words, finding in zip(told, outcome.findings, strict=True):
            assert words in finding.message
        assert host.read() == (data if check_mode else repaired)
    again = host.run(wish())
    assert (again.changed, again.findings) == (False, ())
    back = host.run(RESTORED)
    assert host.read() == data, "an undoing gives the bytes back"
    assert [(change.name, change.before) for change in back.plan.changes if change.place == HOOK] == [
        (str(host.home / FILE), None)
    ], "and says so"
    assert not host.run(RESTORED).changed
    assert host.run(wish()).changed
    assert host.read() == repaired


def test_ten_changes_go_back_one_by_one(host: Host) -> None:
    fill(host.home, {FILE: b"# mine\r\nGOFLAGS=-v\r\n"})
    stood = [host.read()]
    for number in range(10):
        host.run(wish(variables={"GOFLAGS": f"-tags=t{number}"}))
        stood.append(host.read())
    for number in range(10):
        assert host.run(RESTORED).changed, number
        assert host.read() == stood[9 - number]
    assert ids(host.run(RESTORED).findings) == ["restore_nothing"]


def test_a_file_that_cannot_be_read_stops_what_would_change_it(host: Host) -> None:
    """And is told by a run that changes nothing: what it holds is not known."""
    host.run(ONE)
    before = host.read()
    (host.home / FILE).unlink()
    (host.home / FILE).mkdir()
    for wanted in (ONE, RESTORED):
        with pytest.raises(Blocked, match="not an ordinary file"):
            host.run(wanted)
    assert ids(host.run(ABSENT).findings) == ["file_not_writable"]
    (host.home / FILE).rmdir()
    fill(host.home, {FILE: before})
    assert host.run(ABSENT).changed


def test_the_form_stays_where_somebody_wrote_since(host: Host) -> None:
    fill(host.home, {FILE: b"GOFLAGS=-v\r\n"})
    host.run(wish(variables={"GOSUMDB": "off"}))
    fill(host.home, {FILE: b"GOFLAGS=-v\nGOSUMDB=off\nGOPROXY=direct\n"})
    outcome = host.run(RESTORED)
    assert host.read() == b"GOFLAGS=-v\nGOPROXY=direct\n"
    assert ids(outcome.findings) == ["restore_changed_since"]


def test_a_form_that_stays_is_told_and_not_undone_again(host: Host) -> None:
    fill(host.home, {FILE: b"GOFLAGS=-v\r\n"})
    host.run(wish())
    fill(host.home, {FILE: b"GOFLAGS=-x\n"})
    outcome = host.run(RESTORED)
    assert (host.read(), ids(outcome.findings)) == (b"GOFLAGS=-x\n", ["restore_changed_since"])
    assert ids(host.run(RESTORED).findings) == ["restore_nothing"]


def test_what_was_taken_back_comes_back_by_its_id_to_the_byte(host: Host) -> None:
    data = b"\xef\xbb\xbf# mine\r\nGOFLAGS=-v\r\n"
    fill(host.home, {FILE: data})
    host.run(ONE)
    after = host.read()
    undoing = host.run(RESTORED).journal
    assert host.read() == data
    host.run(RESTORED._replace(journal=undoing))
    assert host.read() == after
    host.run(RESTORED)
    assert host.read() == data


def test_a_poisoned_line_is_told_and_taken_out_on_request(host: Host) -> None:
    data = b"# guide\nGOROOT=/usr/local/go\nGOPATH=go\nGOPROXY=\nGOFLAGS=-v\n"
    fill(host.home, {FILE: data})
    outcome = host.run(wish())
    assert not outcome.changed
    assert [(finding.id, finding.subject) for finding in outcome.findings] == [
        ("go_env_value_refused", name) for name in ("GOROOT", "GOPATH", "GOPROXY")
    ]
    assert host.read() == data
    assert host.run(wish(repair=True)).changed
    assert host.read() == b"# guide\nGOFLAGS=-v\n"
    again = host.run(wish(repair=True))
    assert (again.changed, again.findings) == (False, ())
    host.run(RESTORED)
    assert goenv.parse(host.read()).values == goenv.parse(data).values


def test_oddities_that_do_no_harm_are_left_alone(host: Host) -> None:
    data = b"export GOPATH=/x\nNOT_GO=1\n# \xff\n\n"
    fill(host.home, {FILE: data})
    outcome = host.run(wish(repair=True))
    assert (outcome.changed, outcome.findings, host.read()) == (False, (), data)


# --- layers ----------------------------------------------------------------------------------------------------------


def layers(outcome: Outcome, name: str) -> list[tuple[str, str]]:
    return [(layer.scope, layer.text) for layer in effective(outcome.after).layers.get(name, ())]


def test_each_layer_is_named(host: Host) -> None:
    sdk = Path(make_sdk(host.root / "opt" / "go"))
    fill(sdk, {"go.env": b"GOPROXY=https://proxy.golang.org,direct\nGOTOOLCHAIN=auto\n"})
    host.more.update(
        path=(str(sdk / "bin"),),
        layers=(("shell", {"GOFLAGS": "-x", "GOGC": ""}), ("process", {"GOPROXY": "off"})),
    )
    outcome = host.run(wish(variables={"GOPROXY": "direct", "GOFLAGS": "-v"}))
    assert layers(outcome, "GOPROXY") == [
        ("go.env", "https://proxy.golang.org,direct"),
        ("go env file", "direct"),
        ("process", "off"),
    ]
    assert layers(outcome, "GOFLAGS") == [("go env file", "-v"), ("shell", "-x")]
    assert layers(outcome, "GOTOOLCHAIN") == [("go.env", "auto")]
    assert layers(outcome, "GOPATH") == [("built in", f"{host.home}/go")]
    assert layers(outcome, "GOGC") == []
    assert sorted(finding.subject for finding in outcome.findings if finding.id == "environment_hides_file") == [
        "GOFLAGS",
        "GOPROXY",
    ]


def test_what_go_should_answer_is_what_counts(host: Host) -> None:
    host.more["layers"] = (("process", {"GOFLAGS": "-x"}),)
    wanted = wish(gobin="/b", variables={"GOFLAGS": "-v", "GOTOOLCHAIN": "local", "CC": "gcc", "GOPRIVATE": None})
    outcome = host.run(wanted)
    assert expected_of_go(outcome.after, wanted) == {"GOBIN": "/b", "GOFLAGS": "-x"}


def test_a_change_is_verified_and_a_run_without_one_is_not(host: Host) -> None:
    directory = str(Path(make_sdk(host.root / "sdk")) / "bin")
    host.more["path"] = (directory,)
    host.programs = Programs({"GOPATH": "/other"})
    once = ONE._replace(verify=True)
    with pytest.raises(ApplyError, match="go answers otherwise than was written: GOPATH is '/other'"):
        host.run(once)
    assert [command.argv[0] for command in host.programs.asked] == [f"{directory}/go"]
    assert ids(host.run(once).findings) == []
    host.more["path"] = ()
    assert ids(host.run(wish(variables={"GOFLAGS": "-v"}, verify=True)).findings) == ["go_not_checked"]
    assert len(host.programs.asked) == 1


class Programs:
    """See `Programs`: a go that answers this."""

    def __init__(self, answer: t.Mapping[str, str]) -> None:
        self.answer, self.asked = answer, []

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        self.asked += commands
        return [Completed(0, json.dumps(self.answer).encode(), b"")]

    def is_program(self, path: str) -> bool:
        return Path(path).is_file()

    def writable_by_others(self, _paths: t.Sequence[str]) -> bool:
        return False


# --- somebody else writes too ----------------------------------------------------------------------------------------


def saves(host: Host, *texts: bytes) -> None:
    """A program that saves the file before each of the next writes."""
    left = list(texts)

    def before(_paths: t.Sequence[str]) -> None:
        if left:
            fill(host.home, {FILE: left.pop(0)})

    host.files.before_write = before


@pytest.mark.parametrize("was", [None, b"GOFLAGS=-v\n"])
def test_who_saves_meanwhile_loses_nothing(host: Host, was: bytes | None) -> None:
    if was is not None:
        fill(host.home, {FILE: was})
    saves(host, b"# theirs\nGOSUMDB=off\nGOFLAGS=-x\n")
    outcome = host.run(ONE)
    assert goenv.parse(host.read()).values == {
        "GOSUMDB": "off",
        "GOFLAGS": "-x",
        "GOPATH": "/w",
        "GOPROXY": "https://goproxy.cn,direct",
    }
    assert host.read().startswith(b"# theirs\n")
    assert "concurrent_change" in ids(outcome.findings)
    assert not host.run(ONE).changed
    host.run(RESTORED)
    assert goenv.parse(host.read()).values == {"GOSUMDB": "off", "GOFLAGS": "-x"}


def test_who_sets_the_same_variable_meanwhile_is_overruled_and_can_be_restored(host: Host) -> None:
    saves(host, b"GOPATH=/theirs\n")
    host.run(ONE)
    assert goenv.parse(host.read()).values["GOPATH"] == "/w"
    host.run(RESTORED)
    assert host.read() == b"GOPATH=/theirs\n"


def test_who_takes_the_file_away_meanwhile(host: Host) -> None:
    fill(host.home, {FILE: b"GOFLAGS=-v\n"})
    left = [(host.home / FILE).unlink]
    host.files.before_write = lambda _paths: left.pop()() if left else None
    host.run(ONE)
    assert goenv.parse(host.read()).values == {"GOPATH": "/w", "GOPROXY": "https://goproxy.cn,direct"}


@pytest.mark.parametrize("times", [ATTEMPTS + 1, ATTEMPTS + 3])
def test_who_saves_again_and_again_keeps_the_last(host: Host, times: int) -> None:
    texts = [f"GOSUMDB=off\n# {number}\n".encode() for number in range(times)]
    saves(host, *texts)
    with pytest.raises(ApplyError, match="again and again"):
        host.run(ONE)
    assert host.read() == texts[-1]
    assert host.run(ONE).changed
    assert host.read().startswith(texts[-1][:-1])


def test_a_run_that_comes_between_reading_and_locking_makes_us_read_again(host: Host) -> None:
    left = [lambda: Host(host.root).run(TWO)]
    host.files.before_lock = lambda: left.pop()() and None if left else None
    host.run(wish(variables={"GOSUMDB": "off"}))
    assert host.files.locks == 2
    assert goenv.parse(host.read()).values == {"GOPATH": "/工 具:/v", **TWO.variables, "GOSUMDB": "off"}
    assert host.ledger().record.variables == {"GOPATH": "/工 具:/v", **TWO.variables, "GOSUMDB": "off"}
    assert len(host.ledger().journal) == 2


def test_runs_at_once_all_end_up_in_the_file_and_the_ledger(host: Host) -> None:
    wishes = {"GOSUMDB": "off", "GOPROXY": "direct", "GOFLAGS": "-v"}
    failed: list[DevboxError] = []

    def run(name: str) -> None:
        try:
            Host(host.root).run(wish(variables={name: wishes[name]}))
        except DevboxError as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert goenv.parse(host.read()).values == wishes
    assert host.ledger().record.variables == wishes
    assert len(host.ledger().journal) == 3


# --- what stands in the way ------------------------------------------------------------------------------------------


def test_what_is_in_the_way_matters_only_to_a_change(host: Host) -> None:
    host.run(ONE)
    (host.home / FILE).chmod(0o444)
    assert not host.run(ONE).changed
    before = tree(host.home)
    for wanted in (TWO, ABSENT, RESTORED):
        with pytest.raises(Blocked, match="read-only"):
            host.run(wanted)
    assert tree(host.home) == before


def test_blockers_of_the_host_are_told_with_the_others(host: Host) -> None:
    fill(host.home, {FILE: b"GOFLAGS=-v\n"})
    (host.home / FILE).chmod(0o444)
    host.more["obstacles"] = (Finding.of("not_root", "It needs root."),)
    assert not host.run(wish(variables={"GOFLAGS": "-v"})).changed
    with pytest.raises(Blocked) as raised:
        host.run(ONE)
    assert ids(raised.value.blockers) == ["not_root", "file_not_writable"]


def test_a_damaged_ledger_counts_as_empty(host: Host) -> None:
    host.run(ONE)
    fill(host.home, {LEDGER: b"{"})
    told = host.run(ABSENT)
    assert ids(told.findings) == ["record_damaged"]
    assert goenv.parse(host.read()).values["GOPATH"] == "/w", "nobody knows any more that it was ours"
    assert "record_damaged" in ids(host.run(TWO).findings)
    assert host.run(TWO).findings == ()


def test_absent_leaves_what_somebody_changed(host: Host) -> None:
    host.run(ONE)
    fill(host.home, {FILE: host.read().replace(b"GOPATH=/w", b"GOPATH=/mine")})
    outcome = host.run(ABSENT)
    assert [(finding.id, finding.subject) for finding in outcome.findings] == [("absent_changed_since", "GOPATH")]
    assert host.read() == b"GOPATH=/mine\n"
    host.run(ABSENT._replace(gopath=("/any",)))
    assert not (host.home / FILE).exists()
