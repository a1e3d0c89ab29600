"""What go's own file may hold. Real go is asked in tests/integration/test_goenv_real_go.py; here are the words, and
Windows and macOS.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.support import go_layers

from ansible_collections.gopher.devbox.plugins.module_utils._go.flagwords import split_words
from ansible_collections.gopher.devbox.plugins.module_utils._go.gosettings import (
    BUILT_IN,
    FILE,
    GO_ENV,
    PROCESS,
    WRITABLE,
    Facts,
    built_in,
    goenv_path,
    in_force,
    poisoned,
    root_of_go_env,
    value_problem,
    writable,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.gowords import pair_problem
from ansible_collections.gopher.devbox.plugins.module_utils._go.names import COMPUTED, KNOWN

FAMILIES = ("posix", "darwin", "windows")

texts = st.text(max_size=12)
layer = st.dictionaries(
    st.sampled_from(["GOPATH", "GOPROXY", "GOROOT", "GOENV", "GOGC", "GOEXE", "GOFOO"]), st.sampled_from(["", "a", "b"])
)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(WRITABLE))
def test_gos_own_names_may_stand_in_the_file(name: str) -> None:
    assert writable(name) is None


@pytest.mark.parametrize("name", sorted((KNOWN | COMPUTED) - WRITABLE))
def test_all_others_are_refused_with_a_reason(name: str) -> None:
    assert name in (writable(name) or "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("GOROOT", "since 1.27"),
        ("GOENV", "from the environment only"),
        ("GODEBUG", "from the environment only"),
        ("GOWORK", "in every directory"),
        ("GOGC", "other programs"),
        ("GOVERSION", "computes GOVERSION"),
        ("PATH", "not a variable that go knows"),
        ("GOFOO", "not a variable that go knows"),
        ("gopath", "is spelled GOPATH"),
        ("Goroot", "is spelled GOROOT"),
        ("goversion", "is spelled GOVERSION"),
    ],
)
def test_the_reason_fits_the_name(name: str, reason: str) -> None:
    assert reason in (writable(name) or "")


# --- values ----------------------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted(WRITABLE)), texts, st.sampled_from(FAMILIES))
def test_any_value_is_judged_and_the_problem_names_the_variable(name: str, text: str, family: str) -> None:
    problem = value_problem(name, text, family)
    assert problem is None or (problem.startswith(name) or name in problem)
    if any(ord(char) < 32 or char == "\x7f" for char in text) or not text:
        assert problem


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GOPATH", r"C:\Users\x\go"),
        ("GOPATH", r"C:\go;D:\more;"),
        ("GOPATH", r"C:/go"),
        ("GOPATH", r"\\server\share\go"),
        ("GOBIN", r"D:\bin with blanks"),
        ("CC", "gcc.exe"),
        ("CC", r'"C:\mingw 64\bin\gcc.exe" -m64'),
        ("GOAUTH", r"git C:\repo"),
        ("GOPROXY", "https://u:p!$&'()*+;=%40~@[::1]:80/a b?c,file:///a b,direct"),
        ("GOTOOLCHAIN", "go1.27.3-custom"),
        ("GOTOOLCHAIN", "go1.20-custom"),
        ("GOPROXY", "https://proxy.example,direct"),
    ],
)
def test_values_for_windows(name: str, text: str) -> None:
    assert value_problem(name, text, "windows") is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("GOPATH", r"\go", "is relative"),
        ("GOPATH", r"C:go", "is relative"),
        ("GOPATH", "/go", "is relative"),
        ("GOPATH", r"\\server", "is relative"),
        ("GOPATH", r"C:\go;more", "is relative (more)"),
        ("GOPATH", r";C:\go", "begins with an empty entry"),
        ("GOPATH", r'"C:\go"', "has a quote in it"),
        ("GOPATH", r"%USERPROFILE%\go", "starts with a variable"),
        ("GOPATH", "~\\go", "starts with '~'"),
        ("GOCACHE", "off", "makes every build fail"),
        ("CC", r"bin\gcc.exe", "is relative"),
        ("CC", "C:gcc.exe", "is relative"),
        ("CC", "bin/gcc", "is relative"),
        ("GOAUTH", "git /repo", "full path"),
        ("GOPROXY", r"C:\proxy", "protocol go does not speak"),
    ],
)
def test_values_that_windows_cannot_have(name: str, text: str, told: str) -> None:
    assert told in (value_problem(name, text, "windows") or "")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("GOPATH", "", "Take the variable out"),
        ("GOPATH", "/a\n/b", "line break"),
        ("GOPATH", "/a\0", "control character"),
        ("GOPATH", "/\ud800", "not valid Unicode"),
        ("GOPATH", "$HOME/go", "starts with a variable ($HOME/go)"),
        ("GOBIN", "bin", "is relative (bin)"),
        ("GOTOOLCHAIN", "latest", "makes every go command fail"),
        ("GOTOOLCHAIN", "go1.23", "its first one is go1.23.0"),
        ("GOTOOLCHAIN", "go1.022.0", "no version that can exist"),
        ("CGO_ENABLED", "on", "it is 0 or 1"),
        ("GO111MODULE", "yes", "on, off or auto"),
        ("GOFLAGS", "-mod vendor", "holds -mod without a value"),
        ("GOFLAGS", "-v vendor", "holds vendor, which is not a flag"),
        ("GOFLAGS", "-ldflags=-s -w", "holds -w, which go env takes"),
        ("GOFLAGS", "-ldflags=-w -s", "holds -s, which is a flag of the linker"),
        ("GOFLAGS", "-tags", "without a value"),
        ("GOFLAGS", "'-tags=a", "closing"),
        ("GOPROXY", ",", "no proxy"),
        ("GOPROXY", "proxy", "not an address"),
        *(("GOPROXY", f"https://u:p{char}@h,direct", "%-encoded") for char in "ä<^{`"),
        *(("GOPROXY", f"https://h{char}x", "no host has a") for char in "^\\{}`"),
        *(("GOPROXY", text, "names no host") for text in ("https://", "https:///x", "https:/h", "https://u:p@")),
        ("GOTOOLCHAIN", "go1.27-custom", "names the language"),
        ("GOTOOLCHAIN", "go1.21-custom+auto", "names the language"),
        ("GOSUMDB", "on", "cannot be read by go"),
        ("GOVCS", "git", "cannot read"),
        ("GOAUTH", "off;netrc", "cannot be combined"),
        ("GOOS", "macOS", "small letters"),
        ("GOARCH", "x86_64", "small letters"),
        ("CC", "  ", "only blanks"),
        ("CC", "./cc", "is relative (./cc)"),
    ],
)
def test_problems_say_what_to_do(name: str, text: str, told: str) -> None:
    for family in ("posix", "darwin"):
        assert told in (value_problem(name, text, family) or "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GO111MODULE", "maybe"),
        ("GO111MODULE", "On"),
        ("GOPROXY", "bad proxy"),
        ("GOPROXY", "htps://x"),
        ("GOCACHE", "off"),
        ("GOTOOLCHAIN", "1.27.3"),
        ("GOTOOLCHAIN", "go1.27.x"),
        ("GOWORK", "go.work"),
        ("GOENV", "env"),
        ("GOMEMLIMIT", "1.5GiB"),
        ("GOMEMLIMIT", "9999999TiB"),
        ("GOGC", "maybe"),
        ("GOMAXPROCS", "all"),
        ("GOTRACEBACK", "maybe"),
        ("GOFIPS140", "v9"),
        ("GO_EXTLINK_ENABLED", "yes"),
        ("CGO_CFLAGS_ALLOW", "("),
        ("CGO_LDFLAGS_DISALLOW", "["),
    ],
)
def test_forms_that_no_go_takes(name: str, text: str) -> None:
    for family in FAMILIES:
        assert name in (value_problem(name, text, family) or "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GOPROXY", "https://user:p%40ss%21w@proxy"),
        ("GOPRIVATE", "git.corp/a%20b%20c"),
        ("CGO_CFLAGS", "-DF=%d%s"),
        ("GOFLAGS", "'-ldflags=-s -w' -trimpath"),
        ("GOWORK", "off"),
        ("GOWORK", "auto"),
        ("GOENV", "off"),
        ("GOMEMLIMIT", "8GiB"),
        ("GOMEMLIMIT", "off"),
        ("GOGC", "off"),
        ("GOTRACEBACK", "crash"),
        ("GOTOOLCHAIN", "go1.99"),
        ("GOTOOLCHAIN", "go1.99.1+auto"),
        ("GOFIPS140", "v1.0.0-c2097c7c"),
        ("CGO_CFLAGS_ALLOW", r"-Q(\(|x)\z"),
        ("GODEBUG", "http2client=0"),
    ],
)
def test_forms_that_go_takes(name: str, text: str) -> None:
    for family in FAMILIES:
        assert value_problem(name, text, family) is None


@pytest.mark.parametrize(
    "text",
    [
        "local",
        "auto",
        "path",
        "go1.27.3",
        "go1.21rc2",
        "go1.27.3+auto",
        "go1.27.3+path",
        "local+auto",
        "go1.21.0-custom",
    ],
)
def test_toolchains_that_go_takes(text: str) -> None:
    assert value_problem("GOTOOLCHAIN", text, "posix") is None


@pytest.mark.parametrize(
    "text",
    ["1.27.3", "latest", "go", "go2.0", "go1.27.3+", "auto+local", "go1.27.3 ", "Local", "go1.21", "go1.27+auto"],
)
def test_toolchains_that_break_every_command(text: str) -> None:
    assert "makes every go command fail" in (value_problem("GOTOOLCHAIN", text, "posix") or "")


@pytest.mark.parametrize(
    "text", ["https://user:s3cret@host:port", "ftp://user:s3cret@host/", "http://user:s3cret@host/%zz"]
)
def test_secrets_are_not_repeated(text: str) -> None:
    problem = value_problem("GOPROXY", text, "posix")
    assert problem
    assert "s3cret" not in problem


@pytest.mark.parametrize("text", ["s3cret;", "git s3cret", "off; cmd s3cret"])
def test_commands_that_fetch_credentials_are_not_repeated(text: str) -> None:
    problem = value_problem("GOAUTH", text, "posix")
    assert problem
    assert "s3cret" not in problem


@pytest.mark.parametrize(
    ("pair", "fits"),
    [(("linux", "amd64"), True), (("js", "wasm"), True), (("js", "amd64"), False), (("linux", "wasm"), False)],
)
def test_pairs(pair: tuple[str, str], fits: bool) -> None:
    assert (pair_problem(*pair) is None) is fits


@given(st.lists(st.text(st.characters(exclude_characters="\"' \t\n\r"), min_size=1), max_size=4))
def test_words_without_quotes_are_split_at_blanks(words: list[str]) -> None:
    assert split_words("  ".join(words)) == words
    assert split_words(" ".join(f"'{word}'" for word in words)) == words


# --- what stands in a file -------------------------------------------------------------------------------------------


def test_poison_is_told_in_the_order_of_the_file() -> None:
    values = {
        "GOROOT": "/go",
        "GOBIN": "/bin",
        "GOPROXY": "",
        "GOPRIVATE": "",
        "GOPATH": "/a:b",
        "GOGC": "x",
        "GOFOO": "\r",
        "GOCACHE": "/c\r",
    }
    found = poisoned(values, "posix")
    assert [name for name, _reason in found] == ["GOROOT", "GOPROXY", "GOPATH", "GOCACHE"]
    assert "take the line out" in found[0][1]
    assert "hides" in found[1][1]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"GOOS": "js", "GOARCH": "amd64"}, ["GOARCH"]),
        ({"GOOS": "js", "GOARCH": "wasm"}, []),
        ({"GOOS": "js"}, []),
        ({"GOOS": "", "GOARCH": "amd64"}, []),
        ({"GOOS": "macOS", "GOARCH": "wasm"}, ["GOOS"]),
        ({"GOWORK": "off", "GOROOT": ""}, []),
        ({"GOWORK": "/x/go.work"}, ["GOWORK"]),
        ({"GOTOOLCHAIN": "", "GOSUMDB": ""}, ["GOTOOLCHAIN", "GOSUMDB"]),
    ],
)
def test_poison(values: dict[str, str], names: list[str]) -> None:
    assert [name for name, _reason in poisoned(values, "posix")] == names


@given(
    st.dictionaries(st.sampled_from(sorted(WRITABLE | {"GOROOT", "GOWORK", "GOFOO"})), texts), st.sampled_from(FAMILIES)
)
def test_a_value_that_may_be_written_is_no_poison_afterwards(values: dict[str, str], family: str) -> None:
    found = dict(poisoned(values, family))
    for name, text in values.items():
        if name in WRITABLE and text and value_problem(name, text, family) is None:
            assert name not in found or name == "GOARCH"


# --- layers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "process", "file", "go_env", "default", "expected"),
    [
        pytest.param(
            "GOBIN", "/p", "/f", "/e", "", [(PROCESS, "/p"), (FILE, "/f"), (GO_ENV, "/e"), (BUILT_IN, "")], id="all"
        ),
        pytest.param("GOBIN", "", "/f", None, "", [(FILE, "/f"), (BUILT_IN, "")], id="empty in the process"),
        pytest.param("GOBIN", None, "", None, "/d", [(BUILT_IN, "/d")], id="empty in the file, hiding nothing"),
        pytest.param(
            "GOPROXY",
            None,
            "",
            "direct",
            "",
            [(FILE, ""), (GO_ENV, "direct"), (BUILT_IN, "")],
            id="empty in the file, hiding go.env",
        ),
        pytest.param("GOPROXY", None, None, "", "", [(BUILT_IN, "")], id="empty in go.env"),
        pytest.param("GOPROXY", None, None, None, None, [], id="nothing known"),
        pytest.param(
            "GOROOT",
            "/p",
            "/f",
            "/e",
            "/d",
            [(PROCESS, "/p"), (FILE, "/f"), (BUILT_IN, "/d")],
            id="GOROOT is not read in go.env",
        ),
        pytest.param("GODEBUG", "p", "f", "e", "", [(PROCESS, "p"), (BUILT_IN, "")], id="only the process"),
        pytest.param("GOGC", None, "f", "e", None, [], id="of other programs"),
        pytest.param("GOVERSION", "p", "f", "e", "go1.27.3", [(BUILT_IN, "go1.27.3")], id="computed"),
        pytest.param("GOWORK", None, "off", None, None, [(FILE, "off")], id="read though not written"),
        pytest.param("GOFOO", None, "f", None, None, [(FILE, "f")], id="unknown"),
    ],
)
def test_layers(
    name: str,
    process: str | None,
    file: str | None,
    go_env: str | None,
    default: str | None,
    expected: list[tuple[str, str]],
) -> None:
    held = [{} if text is None else {name: text} for text in (process, file, go_env)]
    assert go_layers(name, held[0], held[1], held[2], default) == expected


@given(
    st.sampled_from(["GOPATH", "GOPROXY", "GOROOT", "GOFOO"]),
    layer,
    layer,
    layer,
    st.none() | st.sampled_from(["", "d"]),
)
def test_without_the_winner_the_next_one_wins(
    name: str, process: dict[str, str], file: dict[str, str], go_env: dict[str, str], default: str | None
) -> None:
    found = go_layers(name, process, file, go_env, default)
    places = {PROCESS: process, FILE: file, GO_ENV: go_env}
    while found and found[0][0] != BUILT_IN:
        del places[found[0][0]][name]
        rest = go_layers(name, process, file, go_env, default)
        assert rest == found[1:]
        found = rest
    assert found == ([] if default is None else [(BUILT_IN, default)])


def test_an_empty_winner_leaves_what_is_built_in() -> None:
    assert in_force([]) is None
    assert in_force([(FILE, ""), (GO_ENV, "/e"), (BUILT_IN, "/d")]) == (BUILT_IN, "/d")
    assert in_force([(FILE, ""), (GO_ENV, "/e")]) == (FILE, "")
    assert in_force([(GO_ENV, "/e"), (BUILT_IN, "/d")]) == (GO_ENV, "/e")


def test_the_file_says_whose_go_env_is_read() -> None:
    assert root_of_go_env({"GOROOT": "/p"}, {"GOROOT": "/f"}) == "/f"
    assert root_of_go_env({"GOROOT": "/p"}, {"GOROOT": ""}) == "/p"
    assert root_of_go_env({}, {}) is None


# --- places and defaults ---------------------------------------------------------------------------------------------

WINDOWS_HOME = r"C:\Users\x"


@pytest.mark.parametrize(
    ("family", "home", "environment", "path"),
    [
        ("posix", "/home/x", {}, "/home/x/.config/go/env"),
        ("posix", "/home/x", {"HOME": "/other"}, "/other/.config/go/env"),
        ("posix", "/home/x", {"XDG_CONFIG_HOME": "/etc/x"}, "/etc/x/go/env"),
        ("posix", "/home/x", {"XDG_CONFIG_HOME": ""}, "/home/x/.config/go/env"),
        ("posix", None, {"GOENV": "/etc/goenv"}, "/etc/goenv"),
        ("posix", "/home/x", {"GOENV": ""}, "/home/x/.config/go/env"),
        ("posix", "/home/x", {"goenv": "off"}, "/home/x/.config/go/env"),
        ("darwin", "/Users/x", {"XDG_CONFIG_HOME": "/etc/x"}, "/Users/x/Library/Application Support/go/env"),
        ("windows", WINDOWS_HOME, {}, r"C:\Users\x\AppData\Roaming\go\env"),
        ("windows", WINDOWS_HOME, {"APPDATA": "D:\\Roaming\\"}, r"D:\Roaming\go\env"),
        ("windows", WINDOWS_HOME, {"userprofile": r"D:\x"}, r"D:\x\AppData\Roaming\go\env"),
        ("windows", WINDOWS_HOME, {"goenv": r"D:\goenv"}, r"D:\goenv"),
    ],
)
def test_where_the_file_is(family: str, home: str | None, environment: dict[str, str], path: str) -> None:
    assert goenv_path(family, home, environment) == (path, "")
    assert built_in("GOENV", Facts(family, home, environment)) == path


@pytest.mark.parametrize(
    ("family", "home", "environment", "told"),
    [
        ("posix", "/home/x", {"GOENV": "off"}, "GOENV is off"),
        ("posix", "/home/x", {"GOENV": "x/env"}, "GOENV is relative"),
        ("posix", "/home/x", {"GOENV": "~/env"}, "GOENV is relative"),
        ("posix", "/home/x", {"XDG_CONFIG_HOME": "x"}, "XDG_CONFIG_HOME is relative"),
        ("posix", "/home/x", {"HOME": ""}, "HOME is not set"),
        ("posix", None, {}, "HOME is not set"),
        ("darwin", None, {}, "HOME is not set"),
        ("windows", None, {}, "%AppData% is not set"),
        ("windows", WINDOWS_HOME, {"AppData": ""}, "%AppData% is not set"),
        ("windows", WINDOWS_HOME, {"GOENV": "OFF"}, "GOENV is relative"),
    ],
)
def test_where_there_is_no_file(family: str, home: str | None, environment: dict[str, str], told: str) -> None:
    path, reason = goenv_path(family, home, environment)
    assert path is None
    assert told in reason


@pytest.mark.parametrize(
    ("name", "facts", "text"),
    [
        ("GOPATH", Facts("posix", "/home/x"), "/home/x/go"),
        ("GOPATH", Facts("windows", WINDOWS_HOME), r"C:\Users\x\go"),
        ("GOPATH", Facts("windows", WINDOWS_HOME, {"GOROOT": "C:/Users/x/go/"}), ""),
        ("GOPATH", Facts("posix", "/home/x", {"GOROOT": "/home/x/go/"}), ""),
        ("GOPATH", Facts("posix", "x"), ""),
        ("GOPATH", Facts("posix", None), ""),
        ("GOBIN", Facts("posix", "/home/x"), ""),
        ("GOMODCACHE", Facts("posix", "/home/x"), "/home/x/go/pkg/mod"),
        ("GOMODCACHE", Facts("posix", "/home/x", gopath="/a:/b"), "/a/pkg/mod"),
        ("GOMODCACHE", Facts("posix", None), ""),
        ("GOMODCACHE", Facts("windows", WINDOWS_HOME, gopath=r"D:\a;D:\b"), r"D:\a\pkg\mod"),
        ("GOCACHE", Facts("posix", "/home/x"), "/home/x/.cache/go-build"),
        ("GOCACHE", Facts("posix", "/home/x", {"XDG_CACHE_HOME": "/c"}), "/c/go-build"),
        ("GOCACHE", Facts("posix", "/home/x", {"XDG_CACHE_HOME": "c"}), "off"),
        ("GOCACHE", Facts("posix", None), "off"),
        ("GOCACHE", Facts("darwin", "/Users/x", {"XDG_CACHE_HOME": "/c"}), "/Users/x/Library/Caches/go-build"),
        ("GOCACHE", Facts("windows", WINDOWS_HOME), r"C:\Users\x\AppData\Local\go-build"),
        ("GOCACHE", Facts("windows", WINDOWS_HOME, {"LOCALAPPDATA": r"D:\l"}), r"D:\l\go-build"),
        ("GOCACHE", Facts("windows", None), "off"),
        ("GONOPROXY", Facts("posix", None, goprivate="a.example"), "a.example"),
        ("GONOSUMDB", Facts("posix", None), ""),
        ("GOPROXY", Facts("posix", None), ""),
        ("GOAUTH", Facts("posix", None), "netrc"),
        ("GOARCH", Facts("posix", None), None),
        ("CC", Facts("posix", None), None),
        ("GOROOT", Facts("posix", None), None),
        ("GOENV", Facts("posix", None), None),
    ],
)
def test_defaults(name: str, facts: Facts, text: str | None) -> None:
    assert built_in(name, facts) == text
