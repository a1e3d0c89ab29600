"""A user scope as a run is to leave it."""

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Position, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.user_scope import UserScope
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

ALICE = Account("1000", "alice", home="/home/alice")
SCOPE = UserScope(ALICE, ALICE, "alice", {"HOME": "/home/alice", "GOENV": "/old"}, path=("/usr/bin",))


def test_layers_set_remove_and_put_on_path() -> None:
    machine = Wanted(START_FILES, goroot="/opt/go", variables={"GOENV": "/machine"})
    user = Wanted(START_FILES, gopath=("/w",), position=Position.LAST, variables={"GOENV": None})
    found = SCOPE.with_wanted([machine])
    assert (found.environment["GOENV"], found.path) == ("/machine", ("/opt/go/bin", "/usr/bin"))
    found = SCOPE.with_wanted([machine, user])
    assert "GOENV" not in found.environment
    assert found.environment["GOPATH"] == "/w"
    assert found.path == ("/opt/go/bin", "/usr/bin", "/w/bin")


def test_what_is_taken_away_is_there_until_then() -> None:
    for goal in (Goal.ABSENT, Goal.RESTORED):
        assert SCOPE.with_wanted([Wanted(START_FILES, goroot="/opt/go", goal=goal)]) == SCOPE


def test_references_mean_what_they_mean_there() -> None:
    scope = UserScope(ALICE, ALICE, "S-1", {"USERPROFILE": r"C:\Users\alice"}, path=(r"C:\Windows",))
    wanted = Wanted(REGISTRY, gopath=(r"%USERPROFILE%\go",), variables={"GOENV": r"%userprofile%\env"})
    found = scope.with_wanted([wanted])
    assert found.environment["GOENV"] == r"C:\Users\alice\env"
    assert found.path == (r"C:\Users\alice\go\bin", r"C:\Windows")
