"""Options that no Windows host can carry out are refused, each with its reason."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import PER_USER
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

MACHINE = Scope.MACHINE


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(REGISTRY),
        Wanted(
            REGISTRY,
            goroot=r"C:\Go",
            gopath=(r"%USERPROFILE%\go", r"D:\go"),
            gobin=r"\\server\share\bin",
            path=(r"C:/x/", r"%GOROOT%\bin"),
        ),
        Wanted(REGISTRY, MACHINE, goroot=r"%ProgramFiles%\Go", path=("%SystemRoot%",)),
        Wanted(REGISTRY, goroot=r"C:\go", gopath=(r"C:\go2", r"C:\gopath")),
        Wanted(REGISTRY, path=()),
        Wanted(
            REGISTRY,
            variables={"GOCACHE": r"D:\cache", "GOMODCACHE": r"D:\mod", "GOPROXY": None, "GOFLAGS": "'-ldflags=-s -w'"},
        ),
        Wanted(REGISTRY, user="alice"),
        Wanted(REGISTRY, user=r"CORP\alice"),
        Wanted(REGISTRY, user=r".\alice"),
        Wanted(REGISTRY, user="S-1-5-21-1-2-3-1001"),
        Wanted(REGISTRY, user="李雷"),
        Wanted(REGISTRY, user="s-1-5-18"),
        Wanted(REGISTRY, user="Jürgen Große"),
        Wanted(REGISTRY, goal=Goal.RESTORED, journal="20260101T000000Z-0123abcd"),
        Wanted(REGISTRY, goroot=r"C:\工具\go"),
        Wanted(REGISTRY, variables={"CGO_CFLAGS": "100%"}),
    ],
)
def test_what_can_be_carried_out_passes(wanted: Wanted) -> None:
    wanted.check()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(REGISTRY, goroot="go"), r"goroot: 'go' is relative"),
        (Wanted(REGISTRY, goroot=r"C:go"), "is relative"),
        (Wanted(REGISTRY, goroot=r"\go"), "is relative"),
        (Wanted(REGISTRY, goroot=r"x%SystemDrive%\go"), "is relative"),
        (Wanted(REGISTRY, goroot="%GOROOT%x"), "is relative"),
        (Wanted(REGISTRY, gopath=(r"C:\ok", "go")), "gopath: 'go' is relative"),
        (Wanted(REGISTRY, gopath=("~/go",)), "starts with '~'"),
        (Wanted(REGISTRY, gopath=(r"~\go",)), "use %USERPROFILE%"),
        (Wanted(REGISTRY, gopath=()), "gopath is an empty list"),
        (Wanted(REGISTRY, gopath=("",)), "gopath: '' is empty"),
        (Wanted(REGISTRY, gobin=r'"C:\bin"'), "has a quote in it"),
        (Wanted(REGISTRY, path=(r"C:\a;C:\b",)), "has a ';' in it"),
        (Wanted(REGISTRY, path=(" C:\\a",)), "has blanks around it"),
        (Wanted(REGISTRY, path=("C:\\a\n",)), "has a line break or another control character"),
        (Wanted(REGISTRY, path=("C:\\a\0",)), "control character"),
        (Wanted(REGISTRY, goroot="C:\\a\x7f"), "control character"),
        (Wanted(REGISTRY, goroot="C:\\\ud800"), "is not valid Unicode"),
        (Wanted(REGISTRY, goroot="C:\\" + "x" * 32765), "has 32768 characters"),
        (Wanted(REGISTRY, goroot=r"C:\Go", gopath=(r"c:/go/",)), "is GOROOT"),
        (Wanted(REGISTRY, goroot=r"C:\Go", gopath=(r"C:\ok", r"C:\Go\work")), "stands inside GOROOT"),
        (Wanted(REGISTRY, variables={"GOPROXY": "a\nb"}), "the value of GOPROXY has a line break"),
        (Wanted(REGISTRY, variables={"GOPROXY": "x" * 32768}), "the value of GOPROXY has 32768 characters"),
        (Wanted(REGISTRY, variables={"GOPROXY": ""}), "the value of GOPROXY is empty"),
        (Wanted(REGISTRY, variables={"JAVA_HOME": "x"}), "not a variable that Go knows"),
        (Wanted(REGISTRY, variables={"GOVERSION": None}), "Go computes GOVERSION"),
        (Wanted(REGISTRY, variables={"GOROOT": r"C:\Go"}), "use goroot"),
        (Wanted(REGISTRY, variables={"Path": "x"}), "use path"),
        (Wanted(REGISTRY, variables={"goproxy": "x"}), "spelled GOPROXY"),
        (Wanted(REGISTRY, variables={"GOFLAGS": "%GOFLAGS% -v"}), "GOFLAGS refers to itself"),
        (Wanted(REGISTRY, variables={"GOFLAGS": "%goflags% -v"}), "GOFLAGS refers to itself"),
        (Wanted(REGISTRY, variables={"GOCACHE": "cache"}), "GOCACHE must be a full path"),
        (Wanted(REGISTRY, variables={"GOMODCACHE": "off"}), "GOMODCACHE must be a full path"),
        (Wanted(REGISTRY, variables={"GOTMPDIR": r"tmp\x"}), "GOTMPDIR must be a full path"),
        (Wanted(REGISTRY, variables={"GOTOOLCHAIN": "latest"}), "makes every go command fail"),
        (Wanted(REGISTRY, variables={"CGO_ENABLED": "yes"}), "it is 0 or 1"),
        (Wanted(REGISTRY, MACHINE, variables={"GOMODCACHE": r"%LOCALAPPDATA%\mod"}), "variables.GOMODCACHE"),
        (Wanted(REGISTRY, MACHINE, user="alice"), "the machine scope belongs to nobody"),
        (Wanted(REGISTRY, user=""), "user: ''"),
        (Wanted(REGISTRY, user="a b|c"), "is neither a name"),
        (Wanted(REGISTRY, user='a"b'), "is neither a name"),
        (Wanted(REGISTRY, user="a*"), "is neither a name"),
        (Wanted(REGISTRY, user="a\nb"), "is neither a name"),
        (Wanted(REGISTRY, user="S-1-x"), "is neither a name"),
        (Wanted(REGISTRY, user="S-1-5-"), "is neither a name"),
        (Wanted(REGISTRY, journal="20260101T000000Z-0123abcd"), "only state: restored uses it"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_its_reason(wanted: Wanted, reason: str) -> None:
    with pytest.raises(WantedError) as raised:
        wanted.check()
    assert reason in raised.value.message


@pytest.mark.parametrize("name", sorted(PER_USER))
@pytest.mark.parametrize("option", ["goroot", "gopath", "gobin", "path"])
def test_a_persons_variables_are_refused_in_machine_scope(name: str, option: str) -> None:
    text = rf"C:\x\%{name.lower()}%\go"
    given = {option: (text,) if option in ("gopath", "path") else text}
    Wanted(REGISTRY, Scope.USER, **given).check()
    with pytest.raises(WantedError, match="does not exist yet when Windows builds the machine scope"):
        Wanted(REGISTRY, MACHINE, **given).check()


def test_all_reasons_are_told_at_once() -> None:
    with pytest.raises(WantedError) as raised:
        Wanted(
            REGISTRY, MACHINE, user="x", goroot="go", gopath=("~",), variables={"X": "y", "GOFLAGS": ""}, journal="z"
        ).check()
    for part in ("user is given", "goroot:", "gopath:", "variables: X", "value of GOFLAGS", "journal is given"):
        assert part in raised.value.message


def test_named_variables_and_default_entries() -> None:
    wanted = Wanted(REGISTRY, goroot="C:\\Go\\", gopath=(r"D:\a", r"D:\b"), variables={"GOFLAGS": None})
    assert wanted.named() == {"GOROOT": "C:\\Go\\", "GOPATH": r"D:\a;D:\b", "GOFLAGS": None}
    assert wanted.entries() == [("goroot", r"C:\Go\bin"), ("bin", r"D:\a\bin")]
    assert Wanted(REGISTRY, gobin=r"D:\bin", gopath=(r"D:\a",)).entries() == [("bin", r"D:\bin")]
    assert Wanted(REGISTRY, goroot=r"C:\Go", path=("x", "y", "x")).entries() == [("path", "x"), ("path", "y")]
    assert Wanted(REGISTRY).entries() == []
