# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real shells read the source through their hooks, and make of their environment what `applied` says they do.

Hundreds of cases go through one process of each shell: it puts on the environment of a case, reads the hook, and has
`env` write what a program would be given.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import tracing
from unit.shellmodel import RealDisk, applied

from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import (
    INHERITED,
    Settings,
    format_environment_d,
    format_source,
    hook,
)

PWSH = os.environ.get("DEVBOX_PWSH") or shutil.which("pwsh") or ""
GENERATOR = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
NAMES = ("GOROOT", "GOPATH", "GOFLAGS", "_x1")
#: what says which GOROOT was set by a scope, and which project was entered
KEPT = ("_GO_ENV_GOROOT", "_GO_ENV_NAMES", "_GO_ENV_PATH", "_GO_ENV_1_NAMES", "_GO_ENV_2_NAMES")
EVERY = (*NAMES, *KEPT, *(f"_GO_ENV_{level}_WAS_{name}" for level in (1, 2) for name in NAMES))

SH = {
    "dash": ["dash"],
    "bash": ["bash", "--norc"],
    "bash as sh": ["bash", "--posix", "--norc"],
    "zsh": ["zsh", "-f"],
    "zsh as sh": ["zsh", "--emulate", "sh"],
}
HOOKS = {"dash": "sh", "bash": "bash", "bash as sh": "sh", "zsh": "zsh", "zsh as sh": "sh"}


@pytest.fixture(scope="module", autouse=True)
def shells() -> None:
    missing = [name for name in ("dash", "bash", "zsh", "fish", "strace") if not shutil.which(name)]
    assert not missing, f"These must be installed for the tests: {', '.join(missing)}"


def run(*command: str | Path, text: str = "", env: dict[str, str] | None = None) -> str:
    """What a program prints; it must succeed and complain of nothing."""
    done = subprocess.run(
        [shutil.which(str(command[0])) or str(command[0]), *map(str, command[1:])],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        env={"PATH": SYSTEM, "HOME": "/nonexistent", **(env or {})} if env is None or "PATH" not in env else env,
        timeout=240,
    )
    assert (done.returncode, done.stderr.decode("utf-8", "replace")) == (0, ""), (command, done.stdout[-2000:])
    return done.stdout.decode("utf-8", "surrogateescape")


def sh_quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def powershell_quote(text: str) -> str:
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


# --- cases -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One source, in the environment of one shell."""

    settings: Settings
    environment: dict[str, str]
    again: bool = False
    expected: dict[str, str] = field(default_factory=dict)


class Chance:
    """Settings and environments that meet often, with every sort of text in them."""

    CHARACTERS = "ab/. '\"$`!*?[]{}()<>|&;#~=%^-+,@\\工é\U0001f600\u2019\u0085\u2028\ue000\uf6ff"
    PIECES = (
        "a b",
        "'",
        "''",
        "\\'",
        "' '",
        "\\\\",
        "$HOME",
        "$(id)",
        "`id`",
        "-n",
        "~",
        "!!",
        "*",
        "''\\'''",
        "@{x}",
        "$PATH",
        "\\n",
        "%s",
        "' | '",
    )

    def __init__(self, seed: int, sdks: list[str]) -> None:
        self._random = random.Random(seed)
        self._sdks = sdks

    def text(self) -> str:
        pick = self._random
        if pick.random() < 0.5:
            return "".join(pick.choices(self.CHARACTERS, k=pick.randrange(1, 8)))
        return "".join(pick.choices(self.PIECES, k=pick.randrange(1, 4)))

    def entry(self) -> str:
        pick = self._random
        fixed = [
            "/a",
            "/b",
            "/b/",
            "/A",
            "/go bin",
            "/c'd",
            "/e\\f",
            "/*",
            "/usr/bin",
            "/usr/local/bin",
            "/bin",
            *self._sdks,
        ]
        return pick.choice(fixed) if pick.random() < 0.85 else "/" + self.text()

    def entries(self, most: int) -> tuple[str, ...]:
        return tuple(self.entry() for _ in range(self._random.randrange(most + 1)))

    def path(self, settings: Settings) -> str:
        """A PATH with entries of these settings in it, often in their order."""
        pick = self._random
        foreign = ["", "x", ".", "/a/../b", "$PATH", "\udcff\udc80"]
        ours = [*settings.leading, *settings.trailing, *settings.retired]
        entries = [self.entry() if pick.random() < 0.7 else pick.choice(foreign) for _ in range(pick.randrange(6))]
        if pick.random() < 0.5:
            place = pick.randrange(len(entries) + 1)
            entries[place:place] = settings.leading
        for _ in range(pick.randrange(4) if ours else 0):
            entries.insert(pick.randrange(len(entries) + 1), pick.choice(ours))
        return ":".join(entries)

    def case(self, empty: bool = True) -> Case:
        """`empty`: with variables that are set and empty."""
        pick = self._random
        values = {name: [self.text() for _ in range(3)] for name in NAMES}
        # Of GOROOT also SDKs, some of which are on PATH.
        roots = [entry[: -len("/bin")] for entry in self._sdks if entry.endswith("/bin")]
        values["GOROOT"] = [pick.choice(roots) if pick.random() < 0.8 else text for text in values["GOROOT"]]
        former = {name: tuple(texts[1 : pick.randrange(1, 4)]) for name, texts in values.items()}
        variables = {name: texts[0] for name, texts in values.items() if pick.random() < 0.6}
        if empty and pick.random() < 0.1:
            variables[pick.choice(NAMES)] = ""
        path = (*self.entries(3), INHERITED, *self.entries(2)) if pick.random() < 0.9 else ()
        settings = Settings(
            variables,
            path,
            self.entries(3),
            {name: texts for name, texts in former.items() if texts},
            pick.random() < 0.5,
            pick.random() < 0.5,
        )
        before = {name: pick.choice([*texts, self.text()]) for name, texts in values.items() if pick.random() < 0.7}
        if empty and pick.random() < 0.2:
            before[pick.choice(NAMES)] = ""
        if before.get("GOROOT") and pick.random() < 0.5:
            before["_GO_ENV_GOROOT"] = pick.choice([before["GOROOT"], *values["GOROOT"]])
        inherited = self.path(settings) or "/x"
        if pick.random() < 0.3:
            before, inherited = self.entered(before, inherited, settings)
        return Case(settings, {**before, "PATH": inherited}, pick.random() < 0.2)

    def entered(self, before: dict[str, str], inherited: str, settings: Settings) -> tuple[dict[str, str], str]:
        """With a project entered, or two, by their launcher or by a program that keeps nothing (direnv, VS Code)."""
        pick = self._random
        entries = [pick.choice([*settings.path, "/p q", *self._sdks]) for _ in range(pick.randrange(4))]
        entries = [entry for entry in entries if entry != INHERITED]
        names = [name for name in NAMES if pick.random() < 0.5]
        before = {**before, "_GO_ENV_NAMES": " ".join(names) or "_none", "_GO_ENV_PATH": ":".join(entries) or "/none"}
        for level in range(1, pick.randrange(1, 4)):
            mine = names if level == 1 else [name for name in NAMES if pick.random() < 0.5]
            before[f"_GO_ENV_{level}_NAMES"] = " ".join([*mine, "_GO_ENV_NAMES"])
            before.update(
                {
                    f"_GO_ENV_{level}_WAS_{name}": pick.choice([before.get(name, "a"), "/b"])
                    for name in mine
                    if pick.random() < 0.7
                }
            )
        if pick.random() < 0.8:  # else somebody set PATH anew
            inherited = ":".join([*entries, inherited])
        return before, inherited


@pytest.fixture(scope="module")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """PATH entries: of two SDKs, of an SDK through a link, of half SDKs, and of a directory named go."""
    root = tmp_path_factory.mktemp("sdk s")

    def tree(name: str, go: str, version: bool = True) -> str:
        (root / name / "bin").mkdir(parents=True)
        program = root / name / "bin" / "go"
        if go == "directory":
            program.mkdir()
        elif go:
            program.write_text("")
            program.chmod(0o755 if go == "program" else 0o644)
        if version:
            (root / name / "VERSION").write_text("go1.27.3\n")
        return str(root / name / "bin")

    out = [
        tree("go1", "program"),
        tree("go'2", "program"),
        tree("none", ""),
        tree("half", "program", version=False),
        tree("dir", "directory"),
    ]
    (root / "link").symlink_to(root / "go1" / "bin")
    return [*out, str(root / "link"), tree("text", "text")]


def install(root: Path) -> str:
    """What passes for an SDK, as GOROOT."""
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "go").write_text("")
    (root / "bin" / "go").chmod(0o755)
    return str(root)


def lay(cases: list[Case], shell: str, root: Path) -> list[str]:
    """Write each case's source, and give the text of each hook."""
    texts = []
    for number, case in enumerate(cases):
        source = root / f"it's {number} $x" / "env.sh"
        source.parent.mkdir(parents=True)
        source.write_bytes(format_source(case.settings).encode())
        first = source.parent / "first.fish"
        first.write_text(hook(shell, str(source)))
        texts.append(hook(shell, str(source), case.again, first=str(first)))
    return texts


def told(root: Path, number: int) -> dict[str, str]:
    """The variables of a case, of those that are ours."""
    pairs = (
        pair.partition("=")
        for pair in (root / f"{number}.out").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    )
    found = {name: value for name, _sep, value in pairs}
    leaks = {name for name in found if "_gd_" in name or "gopher" in name}
    assert not leaks
    return {name: value for name, value in found.items() if name in (*EVERY, "PATH")}


def compare(cases: list[Case], root: Path, disk: RealDisk = RealDisk()) -> None:  # noqa: B008 (it keeps nothing)
    for number, case in enumerate(cases):
        expected = applied(case.settings, case.environment, case.again, disk)
        assert told(root, number) == expected, (number, case)


# --- sh, bash, zsh ---------------------------------------------------------------------------------------------------


def sh_script(cases: list[Case], shell: str, root: Path, prelude: str = "") -> str:
    lines = [prelude]
    for number, (case, text) in enumerate(zip(cases, lay(cases, shell, root), strict=True)):
        lines += [f"\\unset {' '.join(EVERY)}"]
        lines += [f"\\export {name}={sh_quote(value)}" for name, value in case.environment.items()]
        (root / f"{number}.hook").write_bytes(text.encode())
        lines += [
            f"\\. {sh_quote(str(root / f'{number}.hook'))}",
            f"/usr/bin/env -0 >|{sh_quote(str(root / f'{number}.out'))}",
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("shell", SH)
def test_posix_shells(shell: str, sdks: list[str], tmp_path: Path) -> None:
    chance = Chance(1, sdks)
    cases = [chance.case() for _ in range(300)]
    (tmp_path / "script").write_bytes(sh_script(cases, HOOKS[shell], tmp_path).encode("utf-8", "surrogateescape"))
    for locale in ("C", "C.UTF-8"):
        run(*SH[shell], tmp_path / "script", env={"PATH": SYSTEM, "LC_ALL": locale})
        compare(cases, tmp_path)
        for number in range(len(cases)):
            (tmp_path / f"{number}.out").unlink()


_ALIASED = "export test unset eval shift command break continue return : [".split()
ALIASES = "\n".join(f"alias '{name}'='echo alias {name}; false'" for name in _ALIASED)
FUNCTIONS = "\n".join(
    f"{name}() {{ echo function {name}; return 9; }}"
    for name in ("export", "test", "false", "true", "env", "go", "hook", "set")
)
ZSH = """setopt %s
alias -g ours='echo alias ours'
.() { echo function dot; return 9; }
source() { echo function source; return 9; }
"""
PRELUDES = {
    "errexit, nounset": ("dash bash zsh", "set -eu"),
    "noglob, noclobber, allexport": ("dash bash zsh", "set -fCa"),
    "IFS": ("dash bash zsh", "IFS='/:=a'"),
    "IFS empty": ("dash bash zsh", "IFS="),
    "aliases": ("dash zsh", ALIASES),
    "aliases of bash": ("bash", "shopt -s expand_aliases\n" + ALIASES),
    "functions": ("bash zsh", FUNCTIONS),
    "bash": (
        "bash",
        "set -o posix; set -eu; shopt -s failglob extglob nocasematch nocaseglob dotglob nullglob globstar xpg_echo",
    ),
    "bash, nothing found": ("bash", "shopt -s failglob nocasematch; set -E; trap 'echo trapped' ERR"),
    "zsh, words": ("zsh", ZSH % "sh_word_split ksh_arrays glob_subst no_unset err_exit"),
    "zsh, globs": (
        "zsh",
        ZSH % "nomatch null_glob extended_glob no_clobber csh_null_glob magic_equal_subst rc_expand_param rc_quotes",
    ),
    "zsh, strict": (
        "zsh",
        ZSH % "warn_create_global warn_nested_var no_case_match no_case_glob ignore_braces posix_builtins err_return "
        "no_global_export",
    ),
    "zsh, csh": (
        "zsh",
        ZSH % "csh_junkie_quotes csh_junkie_loops ksh_typeset ksh_option_print typeset_silent local_options ksh_glob "
        "sh_glob",
    ),
}


@pytest.mark.parametrize(
    ("shell", "prelude"), [(shell, name) for name, (shells, _text) in PRELUDES.items() for shell in shells.split()]
)
def test_whatever_a_person_set(shell: str, prelude: str, sdks: list[str], tmp_path: Path) -> None:
    """Options, aliases and functions change nothing, and are not changed."""
    chance = Chance(2, sdks)
    cases = [chance.case() for _ in range(40)]
    state = {
        "dash": 'set -o; alias; printf \'%s|\' "$IFS" "$@"',
        "bash": 'set +o; shopt -p; \\alias; declare -F; trap; printf \'%s|\' "$IFS" "$@"; compgen -v | $filter '
        "-e ^BASH",
        "zsh": 'setopt; \\alias; print -l ${(ko)functions}; printf \'%s|\' "$IFS" "$@"; (emulate zsh; print -l '
        "${(ko)parameters}) | $filter",
    }[shell]
    (tmp_path / "state").write_text(
        state.replace("$filter", "/usr/bin/grep -v -e '^_$' -e '^GO' -e '^_x1$' -e '^_GO_ENV_'") + "\n"
    )
    dump = f"\\{'builtin .' if shell != 'dash' else '.'} '{tmp_path}/state'"
    script = sh_script(cases, HOOKS[shell], tmp_path)
    if shell != "dash":
        script = re.sub(r"(?m)^\\", r"\\builtin ", script)
    text = (
        f"set -- 'a b' '*' ''\n{PRELUDES[prelude][1]}\n{dump} >|'{tmp_path}/before'\n{script}{dump} "
        f">|'{tmp_path}/after'\n"
    )
    (tmp_path / "script").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run(*SH[shell], tmp_path / "script") == ""
    compare(cases, tmp_path)
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()
    assert (tmp_path / "before").stat().st_size > 100


@pytest.mark.parametrize("shell", SH)
@pytest.mark.parametrize("options", ["set +e", "set -e", "set -u"])
def test_the_exit_status_stays(shell: str, options: str, tmp_path: Path) -> None:
    go = install(tmp_path / "go")
    (text,) = lay([Case(Settings({"GOROOT": go}, (f"{go}/bin", INHERITED)), {})], HOOKS[shell], tmp_path)
    for status in (0, 1, 7, 130):
        missing = hook(HOOKS[shell], str(tmp_path / "missing"))
        script = (
            f"{options}\nfails() {{ return {status}; }}\nfails && :\n{text}echo $?\nfails && "
            f":\n{missing}echo $? $GOROOT\n"
        )
        assert run(*SH[shell], "-c", script) == f"{status}\n{status} {go}\n"


@pytest.mark.parametrize("shell", SH)
@pytest.mark.parametrize("options", ["set +e", "set -eu"])
def test_read_only_variables_make_no_noise(shell: str, options: str, tmp_path: Path) -> None:
    """Without PATH no go of ours is the first, so GOROOT is not ours either."""
    go = install(tmp_path / "go")
    (text,) = lay(
        [Case(Settings({"GOROOT": go, "GOX": "x", "GOZ": "z"}, (f"{go}/bin", INHERITED)), {})], HOOKS[shell], tmp_path
    )
    for name, expected in (
        ("GOX", f"{go} mine z {go}/bin:/bin"),
        ("PATH", "x z /bin"),
        ("GOROOT", f"mine x z {go}/bin:/bin"),
    ):
        value = "/bin" if name == "PATH" else "mine"
        script = (
            f"PATH=/bin\n{name}={value}\n{options}\nreadonly {name}\n{text}echo ${{GOROOT-}} $GOX $GOZ "
            f"$PATH\n{text}echo $?\n"
        )
        assert run(*SH[shell], "-c", script).lstrip() == f"{expected}\n0\n"


@pytest.mark.parametrize("shell", SH)
def test_an_environment_without_path(shell: str, tmp_path: Path) -> None:
    """A shell brings a PATH of its own then, or none; ours stand before it, and it is handed on."""
    (text,) = lay([Case(Settings({}, ("/opt/go/bin", INHERITED)), {})], HOOKS[shell], tmp_path)
    for unset in ("unset PATH", "PATH="):
        assert run(*SH[shell], "-uc", f"{unset}\n{text}/usr/bin/env | /usr/bin/grep ^PATH") == "PATH=/opt/go/bin\n"


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh"])
def test_a_source_can_be_read_directly(shell: str, tmp_path: Path) -> None:
    """Also twice, the second time by the lines that end the reading early."""
    go = install(tmp_path / "go")
    source = tmp_path / "env.sh"
    source.write_text(format_source(Settings({"GOROOT": go, "GOX": "x"}, (f"{go}/bin", INHERITED))))
    once = f". {source}; echo $? $GOROOT $GOX $PATH; "
    expected = f"0 {go} x {go}/bin:{SYSTEM}\n"
    assert (
        run(*SH[shell], "-euc", f"{once}{once}GOX=y; {once}PATH=/bin:$PATH; {once}")
        == f"{expected * 3}0 {go} x {go}/bin:/bin:{SYSTEM}\n"
    )


# --- fish ------------------------------------------------------------------------------------------------------------


def fish_script(cases: list[Case], root: Path) -> str:
    lines = []
    for number, (case, text) in enumerate(zip(cases, lay(cases, "fish", root), strict=True)):
        (root / f"{number}.fish").write_bytes(text.encode())
        lines += [f"set -e {' '.join(EVERY)}"]
        for name, value in case.environment.items():
            parts = value.split(":") if name.endswith("PATH") and not name.endswith("GOPATH") else [value]
            lines += [f"set -gx {name} {' '.join(map(fish_quote, parts))}"]
        lines += [
            f"source {fish_quote(str(root / f'{number}.fish'))}",
            f"/usr/bin/env -0 >{fish_quote(str(root / f'{number}.out'))}",
        ]
    lines += ["set -n | string match -r '.*gopher.*|^(bins|sources?|lines|verbs|names|texts|kept|first|last)$'", "true"]
    return "\n".join(lines) + "\n"


def in_fish(case: Case) -> bool:
    """fish makes `.` of an empty entry, and has no bytes that are no text in its scripts."""
    return not any(entry == "" or "\udcff" in entry for entry in case.environment["PATH"].split(":"))


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_fish(locale: str, sdks: list[str], tmp_path: Path) -> None:
    chance = Chance(3, sdks)
    cases = list(filter(in_fish, (chance.case() for _ in range(400))))
    assert len(cases) > 150
    (tmp_path / "script").write_bytes(fish_script(cases, tmp_path).encode("utf-8", "surrogateescape"))
    assert (
        run("fish", "--no-config", tmp_path / "script", env={"PATH": SYSTEM, "HOME": str(tmp_path), "LC_ALL": locale})
        == ""
    )
    compare(cases, tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "/a::/usr/bin",
        ":/a",
        "/a:",
        "/b:/b:x:/usr/bin:/b",
        "/\udcff:/usr/bin",
        "/opt/go/bin:/b",
        "/usr/bin:/opt/go/bin",
        "",
    ],
)
def test_fish_is_started_with_odd_entries(path: str, tmp_path: Path) -> None:
    case = Case(Settings({"GOROOT": "/opt/go"}, ("/opt/go/bin", INHERITED, "/b")), {"PATH": path})
    (text,) = lay([case], "fish", tmp_path)
    env = {"PATH": path, "HOME": str(tmp_path)}
    bare = run("/usr/bin/fish", "--no-config", "-c", "/usr/bin/env -0", env=env).split("\0")
    (inherited,) = (pair[5:] for pair in bare if pair.startswith("PATH="))
    found = run("/usr/bin/fish", "--no-config", "-c", f"{text}/usr/bin/env -0", env=env).split("\0")
    assert "PATH=" + applied(case.settings, {"PATH": inherited})["PATH"] in found


def fish_home(root: Path, everybody_s: Settings | None, mine: Settings | None, config: Path) -> dict[str, str]:
    """A host's fish files: the system's stand among the vendors', which fish reads behind the person's as it does the
    system's.
    """
    source = config / "gopher-devbox" / "env.sh"
    texts = {}
    if everybody_s:
        system = root / "etc" / "env.sh"
        texts[system] = format_source(everybody_s)
        texts[root / "data" / "fish" / "vendor_conf.d" / "gopher-devbox.fish"] = hook(
            "fish", str(system), user_source="/.config/gopher-devbox/env.sh"
        )
    if mine:
        texts[source] = format_source(mine)
        texts[config / "fish" / "conf.d" / "gopher-devbox-user.fish"] = hook("fish", str(source))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {"XDG_DATA_DIRS": str(root / "data"), "HOME": str(root), "PATH": SYSTEM}


@pytest.mark.parametrize("moved", [False, True])
def test_in_fish_the_person_s_values_win(moved: bool, tmp_path: Path) -> None:
    here, there = install(tmp_path / "mine"), install(tmp_path / "sys")
    everybody_s = Settings(
        {"GOROOT": there, "GOFLAGS": "-sys", "GOX": "new"},
        (f"{there}/bin", INHERITED),
        (),
        {"GOROOT": (here,)},
        system=True,
    )
    mine = Settings({"GOROOT": here}, (f"{here}/bin", INHERITED))
    config = tmp_path / ("moved" if moved else ".config")
    env = fish_home(tmp_path, everybody_s, mine, config)
    if moved:
        env["XDG_CONFIG_HOME"] = str(config)
    command = "echo $GOROOT $GOFLAGS $GOX; string join : $PATH"
    for _shell in range(2):
        printed = run("/usr/bin/fish", "-c", command, env=env)
        assert printed == f"{here} -sys new\n{here}/bin:{there}/bin:{SYSTEM}\n"
        env["PATH"] = printed.split("\n")[1]


def test_in_fish_the_system_s_values_serve_who_has_none(tmp_path: Path) -> None:
    go = install(tmp_path / "sys")
    everybody_s = Settings({"GOROOT": go, "GOX": "sys"}, (f"{go}/bin", INHERITED), system=True)
    env = fish_home(tmp_path, everybody_s, None, tmp_path / ".config")
    run("/usr/bin/fish", "-c", "set -U GOX universal", env=env)
    shown = run(
        "/usr/bin/fish",
        "-c",
        "echo $GOROOT $GOX; string join : $PATH; set -S GOX | string match -r 'set in .* scope'",
        env=env,
    )
    assert shown == f"{go} universal\n{go}/bin:{SYSTEM}\nset in universal scope\n"


def test_fish_without_a_source_says_nothing(tmp_path: Path) -> None:
    text = hook("fish", str(tmp_path / "missing"), user_source="/.config/gopher-devbox/env.sh")
    assert run("fish", "--no-config", "-c", f"{text}echo $GOROOT", env={"PATH": SYSTEM, "HOME": str(tmp_path)}) == "\n"


# --- PowerShell ------------------------------------------------------------------------------------------------------

needs_pwsh = pytest.mark.skipif(not PWSH, reason="DEVBOX_PWSH names no PowerShell, and there is no pwsh on PATH")


def powershell_script(cases: list[Case], root: Path) -> str:
    lines = []
    for number, (case, text) in enumerate(zip(cases, lay(cases, "powershell", root), strict=True)):
        (root / f"{number}.ps1").write_text(text, encoding="utf-8")
        lines += [f"$env:{name} = $null" for name in EVERY]
        lines += [f"$env:{name} = {powershell_quote(value)}" for name, value in case.environment.items()]
        lines += [f". {powershell_quote(str(root / f'{number}.ps1'))}"]
        lines += [f"& /bin/sh -c '/usr/bin/env -0 >\"$1\"' sh {powershell_quote(str(root / f'{number}.out'))}"]
    return "\n".join(lines) + "\n"


@pytest.mark.powershell
@needs_pwsh
@pytest.mark.parametrize("mode", ["FullLanguage", "ConstrainedLanguage"])
def test_powershell(mode: str, sdks: list[str], tmp_path: Path) -> None:
    """Without bytes that are no text, and without variables that are set and empty, which .NET has not had for long."""
    chance = Chance(4, sdks)
    cases = [
        case for case in (chance.case(empty=False) for _ in range(120)) if "\udcff" not in case.environment["PATH"]
    ]
    (tmp_path / "script.ps1").write_text(powershell_script(cases, tmp_path), encoding="utf-8")
    prelude = (
        f"$ErrorActionPreference = 'Stop'; Set-StrictMode -Version Latest; "
        f"$ExecutionContext.SessionState.LanguageMode = '{mode}'"
    )
    left = "foreach ($name in 'bins', 'lines', 'texts') { if (Test-Path \"Variable:$name\") { $name } }"
    command = f"{prelude}; . {powershell_quote(str(tmp_path / 'script.ps1'))}; $Error.Count; {left}"
    assert run(PWSH, "-NoProfile", "-NonInteractive", "-Command", command) == "0\n"
    compare(cases, tmp_path, RealDisk(text_only=True))


@pytest.mark.powershell
@needs_pwsh
def test_powershell_without_a_source_says_nothing(tmp_path: Path) -> None:
    text = hook("powershell", str(tmp_path / "missing [x]"))
    assert run(PWSH, "-NoProfile", "-NonInteractive", "-Command", f"{text}\n'done'") == "done\n"
    source = tmp_path / "it's [x] ’`y" / "env.sh"
    source.parent.mkdir()
    source.write_text(format_source(Settings({"GOX": "/opt/go"})))
    text = hook("powershell", str(source))
    assert run(PWSH, "-NoProfile", "-NonInteractive", "-Command", f"{text}\n$env:GOX") == "/opt/go\n"


# --- what a start costs ----------------------------------------------------------------------------------------------


def calls(shell: list[str], script: str, root: Path) -> tracing.Traced:
    (root / "script").write_text(script)
    trace = root / "trace"
    run(*tracing.STRACE, "-o", trace, *shell, root / "script", env={"PATH": SYSTEM, "HOME": str(root)})
    return tracing.read(trace.read_text(errors="replace"))


@pytest.mark.parametrize("shell", [*SH, "fish"])
def test_a_start_makes_no_process_and_opens_only_the_source(shell: str, sdks: list[str], tmp_path: Path) -> None:
    settings = Settings(
        {"GOROOT": "/opt/go", "GOX": "x"},
        ("/opt/go/bin", INHERITED, "/z"),
        ("/old",),
        {"GOX": ("y",)},
        sweep=True,
        system=True,
    )
    source = tmp_path / "env.sh"
    source.write_text(format_source(settings))
    text = hook(HOOKS.get(shell, shell), str(source))
    command = SH.get(shell, ["fish", "--no-config"])
    after, before = calls(command, text, tmp_path), calls(command, "\n", tmp_path)
    assert (after.processes, after.programs) == (before.processes, before.programs)
    assert Counter(after.tried) - Counter(before.tried) == Counter([str(source)])


# --- systemd ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def systemd(tmp_path: Path) -> Path:
    """A person's environment.d."""
    if not GENERATOR.exists():
        pytest.skip(f"{GENERATOR} is not there")
    directory = tmp_path / "environment.d"
    directory.mkdir()
    return directory


def generated(directory: Path, environment: dict[str, str]) -> dict[str, str]:
    """What systemd reads. It prints a text as it is, or between double quotes."""
    printed = run(GENERATOR, env={"XDG_CONFIG_HOME": str(directory.parent), "HOME": "/nonexistent", **environment})
    pairs = (line.partition("=") for line in printed.split("\n") if line)
    return {name: re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text for name, _sep, text in pairs}


def test_systemd(sdks: list[str], systemd: Path) -> None:
    chance = Chance(5, sdks)
    for _ in range(60):
        settings = chance.case().settings
        (systemd / "70-gopher-devbox.conf").write_text(format_environment_d(settings))
        found = generated(systemd, {"PATH": SYSTEM})
        assert {name: found.get(name) for name in settings.variables} == {
            **settings.variables,
            **({"GOROOT": None} if "GOROOT" in settings.variables else {}),
        }
        assert found.get("PATH") == (
            ":".join(SYSTEM if entry == INHERITED else entry for entry in settings.path) or None
        )


def test_systemd_lets_others_win_over_the_system_scope(systemd: Path) -> None:
    (systemd / "50-mine.conf").write_text("GOPATH=/mine\n")
    (systemd / "60-gopher-devbox.conf").write_text(
        format_environment_d(Settings({"GOPATH": "/sys", "GOX": "a$b\\'"}, system=True))
    )
    found = generated(systemd, {"PATH": SYSTEM})
    assert (found["GOPATH"], found["GOX"]) == ("/mine", "a$b\\'")
