"""go_wsl over a Windows host of the imagination, whose distros are homes on this host."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from unit.distros import Windows

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import wsl

ONE = {"scope": "user", "user": "root", "shells": ["sh"], "variables": {"GOPROXY": "off"}, "verify": False}


def run(host: Windows, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
    params = {name: spec.get("default") for name, spec in wsl.ARGUMENT_SPEC.items()} | ONE | options
    return over(wsl.run)(params, lambda: host, check, True)


@pytest.fixture
def host(tmp_path: Path) -> Windows:
    return Windows(tmp_path, "Alpha", "Beta")


def source(host: Windows, name: str) -> Path:
    return host.homes[name] / ".config/gopher-devbox/env.sh"


def ids(result: dict[str, t.Any]) -> list[str]:
    return [finding["id"] for finding in result["findings"]]


def test_all_are_read_by_one_command_and_changed_by_one(host: Windows) -> None:
    result = run(host)
    assert (result["changed"], result.get("failed"), host.commands) == (True, None, [["Alpha", "Beta"]] * 2)
    assert all(source(host, name).exists() for name in host.homes)
    assert {part["before_header"].split(":")[0] for part in result["diff"]} == {"Alpha", "Beta"}
    assert all("diff" not in one for one in result["distros"])
    host.commands.clear()
    assert not run(host)["changed"]
    assert host.commands == [["Alpha", "Beta"]]


def test_check_mode_starts_nothing_unless_it_may(host: Windows) -> None:
    host.running = {"beta"}
    result = run(host, check=True)
    assert [(one["state"], one["looked_at"], one["changed"]) for one in result["distros"]] == [
        ("stopped", False, False),
        ("running", True, True),
    ]
    assert (ids(result), host.commands) == (["distro_not_looked_at"], [["Beta"]])
    result = run(host, check=True, start=True)
    assert [one["looked_at"] for one in result["distros"]] == [True, True]
    assert not source(host, "Alpha").exists()


def test_names_and_patterns_choose(host: Windows) -> None:
    assert [one["name"] for one in run(host, distros=["b*", "ALPHA", "Beta"])["distros"]] == ["Beta", "Alpha"]
    result = run(host, distros=["Gamma", "beta"])
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith("go_wsl failed in Gamma. Gamma: Nothing was changed. There is no distro Gamma.")
    assert "Those there are: Alpha, Beta." in result["msg"]


def test_one_that_fails_is_its_own_failure(host: Windows) -> None:
    host.failures["Alpha"] = b"Error code: Wsl/Service/CreateInstance/CreateVm/HCS/E_ACCESSDENIED\r\n"
    result = run(host)
    assert (result["failed"], result["changed"], ids(result)) == (True, True, ["wsl_access_denied"])
    assert [bool(one.get("failed")) for one in result["distros"]] == [True, False]
    assert source(host, "Beta").exists()


def test_one_that_does_not_end_in_time_is_its_own_failure(host: Windows) -> None:
    host.late.add("Beta")
    result = run(host)
    assert (ids(result), source(host, "Alpha").exists()) == (["distro_no_answer"], True)


def test_what_a_lost_connection_did_is_not_claimed(host: Windows) -> None:
    def lost(_names: list[str]) -> None:
        if len(host.commands) == 2:
            raise CutError("The connection was cut.", "Run again.")

    host.before = lost
    result = run(host)
    assert result["failed"]
    assert result["msg"].startswith("go_wsl failed in Alpha, Beta. Alpha, Beta: The connection was cut.")
    assert "Whether the change was made is not known" in result["msg"]
    assert len(host.commands) == 2, "a change is not sent again"


def test_a_cut_reading_is_asked_once_more(host: Windows) -> None:
    def cut(_names: list[str]) -> None:
        if len(host.commands) == 1:
            raise CutError("The connection was cut.")

    host.before = cut
    assert not run(host).get("failed")
    assert (len(host.commands), host.sessions) == (3, 2)


def test_what_is_no_error_of_ours_goes_on(host: Windows) -> None:
    def unreachable(_names: list[str]) -> None:
        raise OSError("Ansible's own")

    host.before = unreachable
    with pytest.raises(OSError, match="Ansible's own"):
        run(host)


def test_only_restart_terminates_what_was_changed(host: Windows) -> None:
    run(host, distros=["Alpha"])
    assert host.terminated == []
    result = run(host, restart=True)
    assert (host.terminated, [one.get("restarted", False) for one in result["distros"]]) == (["Beta"], [False, True])


def test_what_could_not_be_ended_is_told(host: Windows) -> None:
    host.lasting = {"Beta"}
    result = run(host, restart=True)
    assert [one.get("restarted", False) for one in result["distros"]] == [True, False]
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("go_wsl failed in Beta. Beta: It could not be restarted. ")
    assert "distro_not_ended" in ids(result)


def test_the_distro_of_the_run_is_not_ended(host: Windows) -> None:
    host.distro = "Alpha"
    result = run(host, restart=True)
    assert (host.terminated, result.get("failed")) == (["Beta"], None)
    assert ids(result).count("distro_not_ended") == 1


def test_why_wsl_cannot_be_used(host: Windows) -> None:
    host.lxss = False
    assert "S-1-5-21-9: Alpha, Beta" in run(host)["msg"]
    host.sid = "S-1-5-18"
    assert ids(run(host)) == ["local_system"]
    host.sid, host.program = "S-1-5-21-1", ""
    assert ids(run(host)) == ["wsl_not_usable"]


@pytest.mark.parametrize("unsaid", ["lxss", "empty"])
def test_a_program_that_did_not_start_is_started_once_more(host: Windows, unsaid: str) -> None:
    host.unsaid = [unsaid]
    result = run(host)
    assert (result["changed"], [one["name"] for one in result["distros"]]) == (True, ["Alpha", "Beta"])
    host.unsaid = ["lxss", "lxss"]
    assert "did not say which distros there are" in run(host)["msg"]


def test_options_are_judged_before_the_host_is_asked() -> None:
    def never() -> t.NoReturn:
        raise TransportError("asked")

    params = {name: spec.get("default") for name, spec in wsl.ARGUMENT_SPEC.items()} | ONE
    cases: list[tuple[dict[str, t.Any], list[str]]] = [
        ({"distros": []}, ["distros is an empty list"]),
        ({"scope": "machine"}, ["user is given, but scope is machine"]),
        ({"scope": "default_user", "user": None, "link_go": True}, ["link_go is given, but scope is default_user"]),
        ({"gopath": ["relative"], "distros": []}, ["distros is an empty list", "relative"]),
        ({"scope": "machine", "user": None, "gopath": ["~/go"]}, ["~/go"]),
    ]
    for options, texts in cases:
        result = over(wsl.run)({**params, **options}, never, False, False)
        assert all(text in result["msg"] for text in texts), result["msg"]


def test_secrets_stay_where_they_are(host: Windows) -> None:
    result = run(host, variables={"GOPROXY": "https://u:hunter2@proxy.example"})
    assert result["changed"]
    assert "hunter2" not in str(result)
    assert "hunter2" in source(host, "Alpha").read_text()


def test_a_path_of_windows_is_refused_before_anything_is_asked(host: Windows) -> None:
    result = run(host, goroot=r"C:\Go", gopath=["relative"], variables={"GOPROXY": "bad proxy"})
    assert (result["failed"], result["changed"], host.commands) == (True, False, [])
    for text in (r"goroot: 'C:\\Go' is a path of Windows", "gopath: 'relative'", "GOPROXY"):
        assert text in result["msg"]


def test_the_go_env_file_is_written_beside_the_start_files(host: Windows) -> None:
    files = [host.homes[name] / ".config/go/env" for name in host.homes]
    result = run(host, config={"GOPATH": ["~/w"], "GOPROXY": "off"})
    assert [file.read_text() for file in files] == [f"GOPATH={home}/w\nGOPROXY=off\n" for home in host.homes.values()]
    assert [one["go_env_file"]["changed"] for one in result["distros"]] == [True, True]
    assert host.commands[0] == ["Alpha", "Beta"], "both media are read at once, of all distros"
    assert {len(names) for names in host.commands} == {2}
    assert not run(host, config={"GOPATH": ["~/w"], "GOPROXY": "off"})["changed"]
    assert run(host, config={}, state="absent")["changed"]
    assert [file.exists() for file in files] == [False, False]


def test_the_go_env_file_is_one_accounts(host: Windows) -> None:
    result = run(host, config={"GOROOT": "/x"})
    assert "config: " in result["msg"]
    result = run(host, config={}, scope="machine", user=None)
    assert "config is given, but scope is machine" in result["msg"]
    assert host.commands == []


def _sdk(root: Path) -> Path:
    """A go that says what it sees of GOPATH."""
    go = root / "sdk/bin/go"
    go.parent.mkdir(parents=True)
    answer = f'{{"GOROOT": "{root}/sdk", "GOPATH": "%s", "GOBIN": ""}}'
    go.write_text(f"#!/bin/sh\nprintf '{answer}' \"$GOPATH\"\n")
    go.chmod(0o755)
    (root / "sdk/VERSION").write_text("go1.27.3\n")
    return go


def test_starts_are_measured_with_what_is_verified(host: Windows, tmp_path: Path) -> None:
    go = _sdk(tmp_path)
    given = {"goroot": str(go.parent.parent), "gopath": ["~/w"], "verify": True}
    assert "starts" not in run(host, check=True, **given)["distros"][0]
    host.commands.clear()
    result = run(host, **given)
    assert result.get("failed") is None, result["msg"]
    assert len(host.commands) == 4, "reading, the change, shells and starts, go"
    for one in result["distros"]:
        rows = {row["start"]: row for row in one["starts"]}
        assert list(rows) == ["login", "interactive", "bare", "shell_type_login"]
        for start in ("login", "shell_type_login"):
            assert (rows[start]["go"], rows[start]["path"]) == (str(go), True)
            assert (rows[start]["GOROOT"], rows[start]["GOPATH"]) == (given["goroot"], f"{host.homes[one['name']]}/w")
        assert (rows["bare"]["go"], rows["bare"]["path"]) == (None, False)
    assert ids(result).count("start_sees_otherwise") == 2
    again = run(host, **given)
    assert (again["changed"], ["starts" in one for one in again["distros"]]) == (False, [False, False])
    changed = run(host, **given | {"verify": False, "gopath": ["~/x"]})
    assert (changed["changed"], ["starts" in one for one in changed["distros"]]) == (True, [False, False])


def test_starts_see_the_go_env_file_that_is_written_with_them(host: Windows, tmp_path: Path) -> None:
    go = _sdk(tmp_path)
    go.write_text('#!/bin/sh\nprintf \'{"GOPATH": "%s"}\' "$(sed -n s/^GOPATH=//p "$GOENV")"\n')
    given = {"goroot": str(go.parent.parent), "verify": True, "validate": "warn"}
    result = run(host, **given, config={"GOPATH": ["/one"]})
    assert result.get("failed") is None, result["msg"]
    assert [row["GOPATH"] for one in result["distros"] for row in one["starts"] if row["go"]] == ["/one"] * 4


# --- several media of a distro ---------------------------------------------------------------------------------------


def go_env_file(host: Windows, name: str) -> Path:
    return host.homes[name] / ".config/go/env"


CONFIG = {"config": {"GOPRIVATE": "corp.example"}}


def test_media_of_a_distro_are_one_change(host: Windows) -> None:
    made = run(host, **CONFIG)["distros"][0]
    assert made["journal"] is not None
    assert made["go_env_file"]["journal"] == made["journal"]
    assert host.commands[0] == ["Alpha", "Beta"], "all are read in one command"
    host.commands.clear()
    assert not run(host, **CONFIG)["changed"]
    assert host.commands == [["Alpha", "Beta"]]
    assert run(host, state="restored", variables=None, config={})["changed"]
    assert not source(host, "Alpha").exists()
    assert not go_env_file(host, "Alpha").exists()


def test_restored_takes_back_the_newest_change_and_no_other(host: Windows) -> None:
    run(host)
    assert run(host, **CONFIG)["distros"][0]["go_env_file"]["changed"]
    result = run(host, state="restored", variables=None, config={})
    assert (result["changed"], result["distros"][0]["go_env_file"]["changed"]) == (True, True)
    assert source(host, "Alpha").exists()
    assert run(host, state="restored", variables=None, config={})["changed"]
    assert not source(host, "Alpha").exists()


def test_each_journal_id_of_a_result_undoes_that_change(host: Windows) -> None:
    run(host)
    id = run(host, distros=["Alpha"], **CONFIG)["distros"][0]["go_env_file"]["journal"]
    run(host, distros=["Alpha"], variables={"GOPROXY": "direct"})
    result = run(host, distros=["Alpha"], state="restored", variables=None, config={}, journal=id)
    assert (result.get("failed"), result["changed"]) == (None, True), result.get("msg")
    assert "direct" in source(host, "Alpha").read_text()
    assert not go_env_file(host, "Alpha").exists()


def test_what_stands_in_the_way_of_one_medium_keeps_the_others_as_they_are(host: Windows) -> None:
    (host.homes["Alpha"] / ".profile").mkdir()
    result = run(host, distros=["Alpha"], **CONFIG)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "Nothing was changed" in result["msg"]
    assert not go_env_file(host, "Alpha").exists()


@pytest.mark.parametrize("user", ["dev@corp", "Müller", "-x", "a b", "svc$"])
def test_a_user_that_cannot_stand_on_a_command_line_is_refused(host: Windows, user: str) -> None:
    result = run(host, user=user)
    assert (result["failed"], "command line" in result["msg"], host.commands) == (True, True, [])


def test_workspaces_on_a_drive_of_windows_are_told_whatever_sets_them(host: Windows) -> None:
    result = run(host, distros=["Alpha"], config={"GOPATH": ["/mnt/c/go"], "GOCACHE": "/mnt/c/cache"})
    assert ids(result).count("workspace_on_drvfs") == 2
