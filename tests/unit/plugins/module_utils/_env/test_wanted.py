"""Options that no Windows host can carry out are refused, each with its reason."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._env.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._env.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._env.windows import PER_USER

MACHINE = Scope.MACHINE


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(goroot=r"C:\Go", gopath=(r"%USERPROFILE%\go", r"D:\go"), gobin=r"\\server\share\bin", path=(r"C:/x/", r"%GOROOT%\bin")),
        Wanted(MACHINE, goroot=r"%ProgramFiles%\Go", path=("%SystemRoot%",)),
        Wanted(goroot=r"C:\go", gopath=(r"C:\go2", r"C:\gopath")),
        Wanted(path=()),
        Wanted(variables={"GOCACHE": "off", "GOMODCACHE": r"D:\mod", "GOPROXY": None, "GOFLAGS": "-ldflags=-s -w"}),
        Wanted(user="alice"),
        Wanted(user=r"CORP\alice"),
        Wanted(user=r".\alice"),
        Wanted(user="S-1-5-21-1-2-3-1001"),
        Wanted(user="李雷"),
        Wanted(user="s-1-5-18"),
        Wanted(user="Jürgen Große"),
        Wanted(goal=Goal.RESTORED, journal="20260101T000000Z-0123abcd"),
        Wanted(goroot=r"C:\工具\go"),
        Wanted(variables={"CGO_CFLAGS": "100%"}),
    ],
)
def test_what_can_be_carried_out_passes(wanted: Wanted) -> None:
    wanted.check()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted(goroot="go"), r"goroot: 'go' is relative"),
        (Wanted(goroot=r"C:go"), "is relative"),
        (Wanted(goroot=r"\go"), "is relative"),
        (Wanted(goroot=r"x%SystemDrive%\go"), "is relative"),
        (Wanted(goroot="%GOROOT%x"), "is relative"),
        (Wanted(gopath=(r"C:\ok", "go")), "gopath: 'go' is relative"),
        (Wanted(gopath=("~/go",)), "starts with '~'"),
        (Wanted(gopath=(r"~\go",)), "use %USERPROFILE%"),
        (Wanted(gopath=()), "gopath is an empty list"),
        (Wanted(gopath=("",)), "gopath: '' is empty"),
        (Wanted(gobin=r'"C:\bin"'), "has a quote in it"),
        (Wanted(path=(r"C:\a;C:\b",)), "has a ';' in it"),
        (Wanted(path=(" C:\\a",)), "has blanks around it"),
        (Wanted(path=("C:\\a\n",)), "has a line break or another control character"),
        (Wanted(path=("C:\\a\0",)), "control character"),
        (Wanted(goroot="C:\\a\x7f"), "control character"),
        (Wanted(goroot="C:\\\ud800"), "is not valid Unicode"),
        (Wanted(goroot="C:\\" + "x" * 32765), "has 32768 characters"),
        (Wanted(goroot=r"C:\Go", gopath=(r"c:/go/",)), "is GOROOT"),
        (Wanted(goroot=r"C:\Go", gopath=(r"C:\ok", r"C:\Go\work")), "stands inside GOROOT"),
        (Wanted(variables={"GOPROXY": "a\nb"}), "the value of GOPROXY has a line break"),
        (Wanted(variables={"GOPROXY": "x" * 32768}), "the value of GOPROXY has 32768 characters"),
        (Wanted(variables={"GOPROXY": ""}), "the value of GOPROXY is empty"),
        (Wanted(variables={"JAVA_HOME": "x"}), "not a variable that Go knows"),
        (Wanted(variables={"GOVERSION": None}), "Go computes GOVERSION"),
        (Wanted(variables={"GOROOT": r"C:\Go"}), "use goroot"),
        (Wanted(variables={"Path": "x"}), "use path"),
        (Wanted(variables={"goproxy": "x"}), "spelled GOPROXY"),
        (Wanted(variables={"GOFLAGS": "%GOFLAGS% -v"}), "GOFLAGS refers to itself"),
        (Wanted(variables={"GOFLAGS": "%goflags% -v"}), "GOFLAGS refers to itself"),
        (Wanted(variables={"GOCACHE": "cache"}), "GOCACHE must be a full path"),
        (Wanted(variables={"GOMODCACHE": "off"}), "GOMODCACHE must be a full path"),
        (Wanted(variables={"GOTMPDIR": r"tmp\x"}), "GOTMPDIR must be a full path"),
        (Wanted(variables={"GOTOOLCHAIN": "latest"}), "makes every go command fail"),
        (Wanted(variables={"CGO_ENABLED": "yes"}), "it is 0 or 1"),
        (Wanted(MACHINE, variables={"GOMODCACHE": r"%LOCALAPPDATA%\mod"}), "variables.GOMODCACHE"),
        (Wanted(MACHINE, user="alice"), "the machine scope belongs to nobody"),
        (Wanted(user=""), "user: ''"),
        (Wanted(user="a b|c"), "is neither a name"),
        (Wanted(user='a"b'), "is neither a name"),
        (Wanted(user="a*"), "is neither a name"),
        (Wanted(user="a\nb"), "is neither a name"),
        (Wanted(user="S-1-x"), "is neither a name"),
        (Wanted(user="S-1-5-"), "is neither a name"),
        (Wanted(journal="20260101T000000Z-0123abcd"), "only state: restored uses it"),
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
    Wanted(Scope.USER, **given).check()
    with pytest.raises(WantedError, match="does not exist yet when Windows builds the machine scope"):
        Wanted(MACHINE, **given).check()


def test_all_reasons_are_told_at_once() -> None:
    with pytest.raises(WantedError) as raised:
        Wanted(MACHINE, user="x", goroot="go", gopath=("~",), variables={"X": "y", "GOFLAGS": ""}, journal="z").check()
    for part in ("user is given", "goroot:", "gopath:", "variables: X", "value of GOFLAGS", "journal is given"):
        assert part in raised.value.message


def test_named_variables_and_default_entries() -> None:
    wanted = Wanted(goroot="C:\\Go\\", gopath=(r"D:\a", r"D:\b"), variables={"GOFLAGS": None})
    assert wanted.named() == {"GOROOT": "C:\\Go\\", "GOPATH": r"D:\a;D:\b", "GOFLAGS": None}
    assert wanted.entries() == [("goroot", r"C:\Go\bin"), ("bin", r"D:\a\bin")]
    assert Wanted(gobin=r"D:\bin", gopath=(r"D:\a",)).entries() == [("bin", r"D:\bin")]
    assert Wanted(goroot=r"C:\Go", path=("x", "y", "x")).entries() == [("path", "x"), ("path", "y")]
    assert Wanted().entries() == []
