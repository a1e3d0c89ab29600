"""What no go takes is refused by every medium alike, before anything is written, in check mode too; and what null
removes, in each.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from unit.support import make_sdk, tree

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, project, rcfile, registry

REFUSED = [
    ("GO111MODULE", "maybe"),
    ("GO111MODULE", "On"),
    ("GOPROXY", "bad proxy"),
    ("GOPROXY", "htps://x"),
    ("GOCACHE", "off"),
    ("GOTOOLCHAIN", "1.27.3"),
    ("GOTOOLCHAIN", "go1.27.x"),
    ("CGO_ENABLED", "yes"),
    ("GOSUMDB", "on"),
    ("GOVCS", "git"),
    ("GOFLAGS", '-ldflags="-s -w" -trimpath'),
    ("GOFLAGS", '-gcflags="all=-N -l"'),
    ("GOFLAGS", "-nosuchflag"),
    ("GOFLAGS", "-s -w"),
    ("GOOS", "Linux"),
    ("GOAMD64", "4"),
]
WORDS = [("GOARCH", "amd63"), ("GOOS", "lnux"), ("GOAMD64", "v9"), ("GOEXPERIMENT", "nosuchexp")]
MEDIA = ["registry", "start files", "go env file", "project"]

Run = t.Callable[..., dict[str, t.Any]]


def with_defaults(spec: t.Mapping[str, t.Mapping[str, t.Any]], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {**{name: option.get("default") for name, option in spec.items()}, **given}


@pytest.fixture
def run(tmp_path: Path) -> t.Callable[[str], Run]:
    """Runs a medium with options; the registry as far as its options alone are judged."""
    home = tmp_path / "home"
    (home / "p").mkdir(parents=True)
    host = LocalHost({"HOME": str(home), "PATH": "/usr/bin:/bin"}, darwin=False)

    def of(medium: str) -> Run:
        def go(check: bool = False, **given: t.Any) -> dict[str, t.Any]:
            if medium == "registry":
                try:
                    registry.to_wanted(with_defaults(registry.ARGUMENT_SPEC, {"scope": "user", **given}))
                except WantedError as error:
                    return {"failed": True, "msg": str(error)}
                return {"findings": []}
            if medium == "start files":
                return rcfile.run(
                    with_defaults(rcfile.ARGUMENT_SPEC, {"scope": "user", "verify": False, **given}),
                    host,
                    check,
                    False,
                )
            if medium == "go env file":
                return config.run(with_defaults(config.ARGUMENT_SPEC, {"verify": False, **given}), host, check, False)
            return project.run(
                with_defaults(project.ARGUMENT_SPEC, {"project": str(home / "p"), **given}),
                host,
                check,
                False,
                PosixSdks(host.environ, False),
            )

        return go

    return of


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_no_go_takes_is_refused_everywhere(
    run: t.Callable[[str], Run], tmp_path: Path, medium: str, name: str, text: str
) -> None:
    before = tree(tmp_path)
    for check in (True, False):
        result = run(medium)(check, variables={name: text})
        assert result.get("failed"), result
        assert name in result["msg"]
    assert tree(tmp_path) == before
    if name == "GOFLAGS" and "nosuch" not in text:
        assert "Write: '-" in result["msg"]


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GOFLAGS", "'-ldflags=-s -w'"),
        ("GOPROXY", "https://user:p%40ss%21w@proxy"),
        ("GOPRIVATE", "git.corp/a%20b%20c"),
        ("CGO_CFLAGS", "-DF=%d%s"),
    ],
)
def test_what_go_takes_is_taken_everywhere(run: t.Callable[[str], Run], medium: str, name: str, text: str) -> None:
    result = run(medium)(variables={name: text})
    assert not result.get("failed"), result
    assert not run(medium)(variables={name: text}).get("changed")


@pytest.mark.parametrize("medium", ["registry", "start files", "project"])
@pytest.mark.parametrize("text", ["auto", "off", False, "/x/go.work"])
def test_gowork(run: t.Callable[[str], Run], medium: str, text: t.Any) -> None:
    given = r"C:\x\go.work" if text == "/x/go.work" and medium == "registry" else text
    assert not run(medium)(variables={"GOWORK": given}).get("failed")
    assert run(medium)(variables={"GOWORK": "go.work"}).get("failed")


@pytest.mark.parametrize("medium", MEDIA[1:])
@pytest.mark.parametrize(("name", "text"), WORDS)
def test_a_word_is_an_error_for_a_go_that_is_known_and_a_warning_elsewhere(
    run: t.Callable[[str], Run], tmp_path: Path, medium: str, name: str, text: str
) -> None:
    result = run(medium)(variables={name: text})
    assert [finding["id"] for finding in result["findings"]] == ["unknown_value"], result
    sdk = make_sdk(tmp_path / "sdk")
    given: dict[str, t.Any] = {"goroot": sdk}
    if medium == "go env file":
        run("start files")(path=[f"{sdk}/bin"])
        given = {}
    result = run(medium)(variables={name: text}, **given)
    assert result.get("failed"), result
    assert [finding["id"] for finding in result["findings"]] == ["value_refused"]
    assert "does not list" in result["msg"]


def test_a_line_that_go_cannot_split_is_poison(run: t.Callable[[str], Run], tmp_path: Path) -> None:
    file = tmp_path / "home" / ".config" / "go" / "env"
    file.parent.mkdir(parents=True)
    file.write_text('GOFLAGS=-ldflags="-s -w"\nGOPRIVATE=x\n')
    result = run("go env file")()
    assert [(finding["id"], finding["subject"]) for finding in result["findings"]] == [
        ("go_env_value_refused", "GOFLAGS")
    ]
    assert run("go env file")(repair=True)["changed"]
    assert file.read_text() == "GOPRIVATE=x\n"


# --- null
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("name", ["GOPATH", "GOBIN"])
def test_null_and_an_option_exclude_each_other(run: t.Callable[[str], Run], medium: str, name: str) -> None:
    place = r"C:\w" if medium == "registry" else "/w"
    given: dict[str, t.Any] = {"GOPATH": {"gopath": [place]}, "GOBIN": {"gobin": place}}[name]
    result = run(medium)(variables={name: None}, **given)
    assert "Give one of them" in result["msg"]
    assert not run(medium)(variables={name: None}).get("failed")
    assert run(medium)(variables={name: place}).get("failed")


def test_null_removes_from_start_files(run: t.Callable[[str], Run], tmp_path: Path) -> None:
    start = run("start files")
    sdk = make_sdk(tmp_path / "sdk")
    start(goroot=sdk, gopath=["~/w"])
    after = start(variables={"GOROOT": None})["after"]
    home = tmp_path / "home"
    assert (after["GOROOT"], after["GOPATH"], after["PATH"]) == (None, f"{home}/w", [f"{home}/w/bin", "$PATH"])
    assert start(variables={"GOPATH": None})["after"]["PATH"] is None
    assert not (home / ".config" / "gopher-devbox").exists()


def test_null_removes_from_the_go_env_file(run: t.Callable[[str], Run], tmp_path: Path) -> None:
    file = tmp_path / "home" / ".config" / "go" / "env"
    file.parent.mkdir(parents=True)
    file.write_text("GOROOT=/old\nGOPATH=/w\nGOBIN=/b\nGOPRIVATE=x\n")
    assert run("go env file")(variables={"GOPATH": None, "GOBIN": None, "GOROOT": None})["changed"]
    assert file.read_text() == "GOPRIVATE=x\n"


def test_null_leaves_a_variable_out_of_a_project(run: t.Callable[[str], Run], tmp_path: Path) -> None:
    place = run("project")
    assert place(gopath=["w"], gobin="b")["changed"]
    assert place(gopath=["w"], variables={"GOBIN": None})["changed"]
    text = (tmp_path / "home" / "p" / "go-env.sh").read_text()
    assert "GOPATH" in text
    assert "GOBIN" not in text
    assert "GOBIN" not in json.dumps(place(gopath=["w"])["changes"])


@pytest.mark.parametrize("text", [r"%GOPATH%\x", r"%USERPROFILE%\%NAME%", r"C:\a\%NAME%"])
def test_references_that_launchers_do_not_resolve_are_refused(text: str) -> None:
    for option in ("goroot", "gobin", "gopath", "path", "sdk_roots"):
        given = {option: [text] if option in ("gopath", "path", "sdk_roots") else text}
        with pytest.raises(WantedError, match="launchers know %USERPROFILE% in front only"):
            project.to_project(with_defaults(project.ARGUMENT_SPEC, {"project": r"C:\a%b%c", **given}), "windows")
