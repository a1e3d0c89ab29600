"""What start files of this collection give a login, and where an account keeps its settings."""

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.posix_scope import (
    LOGIN_PATH,
    Directories,
    needs_root,
    start_files,
)

LOGIN = [(entry, "login") for entry in LOGIN_PATH.split(":")]


def source(settings: Settings) -> bytes:
    return shellenv.format_source(settings).encode()


def test_without_start_files_it_is_what_a_login_begins_with() -> None:
    assert start_files({"machine": None, "user": None}) == ({}, LOGIN)
    assert start_files({}, ("session", "/a::/b:/a")) == ({}, [("/a", "session"), ("/b", "session")])


def test_the_user_scope_lies_over_the_machine_scope() -> None:
    machine = source(Settings({"GOROOT": "/opt/go", "GOPROXY": "off"}, ("/opt/go/bin", "$PATH")))
    user = source(Settings({"GOPROXY": "direct"}, ("/w/bin", "$PATH", "/last")))
    variables, path = start_files({"machine": machine, "user": user}, ("session", "/usr/bin:/w/bin"))
    assert variables == {"GOROOT": "/opt/go", "GOPROXY": "direct"}
    assert path == [("/w/bin", "user"), ("/opt/go/bin", "machine"), ("/usr/bin", "session"), ("/last", "user")]


def test_a_file_that_is_damaged_counts_for_nothing() -> None:
    good = source(Settings({"GOPROXY": "off"}))
    assert start_files({"machine": b"echo mine\n", "user": good})[0] == {"GOPROXY": "off"}
    assert start_files({"machine": b"\xff", "user": None})[0] == {}


def test_directories_are_those_of_the_environment_for_the_account_itself() -> None:
    environ = {"XDG_CONFIG_HOME": "/c/", "XDG_STATE_HOME": "relative", "ZDOTDIR": "/z/"}
    own = Directories.of(Account("1", "alice", home="/home/alice"), environ)
    assert own == ("/c", "/home/alice/.local/state", "/z")
    other = Directories.of(Account("2", "bob", home="/home/bob", own=False), environ)
    assert other == ("/home/bob/.config", "/home/bob/.local/state", None)
    assert other.records == "/home/bob/.local/state/gopher.devbox"
    assert other.sources == {
        "machine": "/etc/gopher-devbox/env.sh",
        "user": "/home/bob/.config/gopher-devbox/env.sh",
    }


def test_what_needs_root_says_who_is_not() -> None:
    finding = needs_root("The machine scope", Account("1000", "alice"), ", or use scope: user")
    assert (finding.id, finding.subject) == ("not_root", "alice")
    assert finding.message == "The machine scope needs root, and this session is alice's."
    assert finding.advice == "Set become: true, or use scope: user."
