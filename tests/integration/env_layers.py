# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a Linux host of the tests, as root: it makes up environments, audits them, and has a real login shell and the
real go say what they see; then it takes the value away that counts, and asks again.

Input: {"shell": …, "cases": […], "sdks": {version: root}}. Output: {"asked": …, "taken": …, "wrong": […]}.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_posix import AuditHost, PosixAudit
from ansible_collections.gopher.devbox.plugins.module_utils._run import rcfile
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import run

NAMES = (
    "GOPROXY",
    "GOPRIVATE",
    "GONOPROXY",
    "GOFLAGS",
    "GOPATH",
    "GOSUMDB",
    "GOINSECURE",
    "CGO_CFLAGS",
    "GOBIN",
    "GOROOT",
)
FREE = NAMES[:-1]
TEXTS: dict[str, Callable[[random.Random], str]] = {
    "GOPROXY": lambda chance: f"https://p{chance.randrange(99)}.example,direct",
    "GOPRIVATE": lambda chance: f"*.corp{chance.randrange(99)}.example",
    "GONOPROXY": lambda chance: f"n{chance.randrange(99)}.example",
    "GOFLAGS": lambda chance: f"-tags=t{chance.randrange(99)}",
    "GOPATH": lambda chance: f"/srv/go{chance.randrange(99)}",
    "GOSUMDB": lambda chance: (
        "off" if chance.random() < 0.3 else f"sum.golang.org https://s{chance.randrange(99)}.example"
    ),
    "GOINSECURE": lambda chance: f"i{chance.randrange(99)}.example",
    "CGO_CFLAGS": lambda chance: f"-O{chance.randrange(3)} -DX=y{chance.randrange(9)}",
    "GOBIN": lambda chance: f"/srv/bin{chance.randrange(99)}",
}
SDKS: dict[str, str] = {}
ASK = "/srv/ask"
MARK = "===8<==="


def sh_quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# --- lines -----------------------------------------------------------------------------------------------------------


def sh_lines(chance: random.Random, name: str, text: str) -> list[str]:
    """One of the ways in which people set a variable."""
    quoted = sh_quote(text)
    ways = [
        [f"export {name}={quoted}"],
        [f"{name}={quoted}; export {name}"],
        [f"{name}={quoted}", f"export {name}"],
        [f"if [ -d /usr ]; then export {name}={quoted}; fi"],
        ["if [ -d /nowhere ]; then", f"    export {name}=wrong", "else", f"    export {name}={quoted}", "fi"],
        [f'[ -n "$HOME" ] && export {name}={quoted}'],
        [f'test -z "$HOME" || export {name}={quoted}'],
        [f"case $USER in dev-*) export {name}={quoted} ;; *) export {name}=wrong ;; esac"],
        [f'export {name}="${{{name}:-{text}}}"'] if "'" not in text else [f"export {name}={quoted}"],
        [f'set_{name}() {{ export {name}="$1"; }}; set_{name} {quoted}'],
        [f'for x in {quoted}; do export {name}="$x"; done'],
        [f"export {name}={sh_quote(TEXTS[name](chance))}", f"export {name}={quoted}"],
        ["cat >/dev/null <<'END'", f"export {name}=wrong", "END", f"export {name}={quoted}"],
        [f"# export {name}=wrong", "export \\", f"    {name}={quoted}"],
        [f"unset {name}"],
        [f"not_exported={quoted} true"],
        [f"if command -v nothing-of-this-name >/dev/null 2>&1; then export {name}=wrong; fi"],
        [f"(export {name}=wrong)"],
        [f"set -a; {name}={quoted}; set +a"],
    ]
    return chance.choice(ways[:13] * 3 + ways)


def fish_lines(chance: random.Random, name: str, text: str) -> list[str]:
    quoted = fish_quote(text)
    ways = [
        [f"set -gx {name} {quoted}"],
        [f"set -x {name} {quoted}"],
        [f"set --export --global {name} {quoted}"],
        [f"set {name} {quoted}; set -gx {name} ${name}"],
        ["if test -d /usr", f"    set -gx {name} {quoted}", "end"],
        [
            "if test -d /nowhere",
            f"    set -gx {name} wrong",
            "else if test -d /usr",
            f"    set -gx {name} {quoted}",
            "end",
        ],
        [f"test -d /usr; and set -gx {name} {quoted}"],
        [f"test -d /nowhere; or set -gx {name} {quoted}"],
        [f"status is-interactive; and set -gx {name} {quoted}"],
        [
            "switch $USER",
            "    case 'dev-*'",
            f"        set -gx {name} {quoted}",
            "    case '*'",
            f"        set -gx {name} no",
            "end",
        ],
        [f"set -q {name}; or set -gx {name} {quoted}"],
        [f"for x in {quoted}", f"    set -gx {name} $x", "end"],
        [f"function set_{name}; set -gx {name} $argv[1]; end", f"set_{name} {quoted}"],
        [f"export {name}={quoted}"],
        [f"set -e {name}"],
        [f"# set -gx {name} wrong"],
        [f"type -q nothing-of-this-name; and set -gx {name} wrong"],
    ]
    return chance.choice(ways[:14] * 3 + ways)


def sh_path(chance: random.Random, entry: str) -> list[str]:
    return chance.choice(
        [
            [f"export PATH={entry}:$PATH"],
            [f'PATH="$PATH:{entry}"'],
            [f'case ":$PATH:" in *":{entry}:"*) ;; *) PATH="{entry}:$PATH" ;; esac'],
            [f'[ -d {entry} ] && PATH="{entry}${{PATH:+:${{PATH}}}}"'],
            ["pathadd() {", '    if [ -d "$1" ]; then PATH="$1:$PATH"; fi', "}", f"pathadd {entry}"],
        ]
    )


def zsh_path(chance: random.Random, entry: str) -> list[str]:
    return chance.choice(
        [
            *(sh_path(chance, entry) for _ in range(3)),
            [f"path=({entry} $path)"],
            [f"path+=({entry})"],
            [f"typeset -U path; path=({entry} $path)"],
            [f'if [[ ":$PATH:" != *":{entry}:"* ]]; then path=("{entry}" $path); fi'],
        ]
    )


def fish_path(chance: random.Random, entry: str) -> list[str]:
    return chance.choice(
        [
            [f"set -gx PATH {entry} $PATH"],
            [f"set PATH $PATH {entry}"],
            [f"contains {entry} $PATH; or set -gx PATH {entry} $PATH"],
            [f"fish_add_path -P {entry}"],
            [f"fish_add_path --global {entry}"],
        ]
    )


# --- a case ----------------------------------------------------------------------------------------------------------


class Case:
    """An environment that is made up."""

    def __init__(self, shell: str, seed: int) -> None:
        self.shell, self.chance = shell, random.Random(f"{shell} {seed}")
        self.account = f"dev-{shell}"
        self.home = Path(f"/home/{self.account}")
        self.files: dict[Path, list[str]] = {}

    def hand(self, path: Path, most: int = 3) -> None:
        """Lines that somebody wrote into a start file."""
        lines = {"fish": fish_lines}.get(self.shell, sh_lines)
        found = [
            line
            for name in self.chance.sample(FREE, self.chance.randrange(most + 1))
            for line in lines(self.chance, name, TEXTS[name](self.chance))
        ]
        if self.chance.random() < 0.3:
            entry = self.chance.choice([f"{root}/bin" for root in SDKS.values()] + ["/srv/tools", "/usr/games"])
            found += {"fish": fish_path, "zsh": zsh_path}.get(self.shell, sh_path)(self.chance, entry)
        self.files.setdefault(path, []).extend(found)

    def make(self) -> None:
        chance = self.chance
        for name in ("/etc/environment",) if chance.random() < 0.3 else ():
            self.files[Path(name)] = [
                f"{one}={TEXTS[one](chance)}" for one in chance.sample(("GOPROXY", "GOFLAGS", "GOPATH"), 2)
            ]
        for path in self.places():
            if chance.random() < 0.5:
                self.hand(path)
        if chance.random() < 0.6:
            names = chance.sample(FREE, 3)
            self.files[self.home / ".config/go/env"] = [
                f"{name}={'' if chance.random() < 0.1 else TEXTS[name](chance)}" for name in names
            ]
        for path, lines in self.files.items():
            write(path, lines, self.home)
        for scope in ("machine", "user"):
            if chance.random() < 0.5:
                self.manage(scope)

    def places(self) -> list[Path]:
        home = self.home
        if self.shell == "fish":
            own = home / ".config/fish"
            return [
                own / "conf.d/a.fish",
                own / "config.fish",
                Path("/etc/fish/conf.d/zz.fish"),
                Path("/etc/fish/config.fish"),
            ]
        if self.shell == "zsh":
            return [home / name for name in (".zshenv", ".zprofile", ".zshrc", ".zlogin")] + [
                Path("/etc/zsh/zprofile"),
                Path("/etc/zsh/zlogin"),
            ]
        own = [home / ".profile", home / ".bashrc"] if self.shell == "bash" else [home / ".profile"]
        if self.shell == "bash" and self.chance.random() < 0.3:
            own = [home / ".bash_profile", home / ".bashrc"]
        return [Path("/etc/profile.d/aa.sh"), Path("/etc/profile.d/zz.sh"), *own]

    def manage(self, scope: str) -> None:
        """As go_rcfile does it."""
        chance = self.chance
        version = chance.choice(list(SDKS))
        named = chance.sample([name for name in FREE if name not in ("GOPATH", "GOBIN")], 2)
        params: dict[str, Any] = {
            **{name: option.get("default") for name, option in rcfile.ARGUMENT_SPEC.items()},
            "scope": scope,
            "user": self.account if scope == "user" else None,
            "goroot": SDKS[version] if chance.random() < 0.4 else None,
            "gopath": [TEXTS["GOPATH"](chance)] if chance.random() < 0.4 else None,
            "variables": {name: TEXTS[name](chance) for name in named},
            "path": [f"{SDKS[version]}/bin"] if chance.random() < 0.6 else None,
            "verify": False,
            "validate": "warn",
        }
        if params["goroot"]:
            params["path"] = None
        done = rcfile.run(params, LocalHost({"HOME": "/root"}, False), False, False)
        if done.get("failed"):
            raise RuntimeError(f"go_rcfile failed: {done['msg']}")


def write(path: Path, lines: list[str], home: Path) -> None:
    before = path.read_text() if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + "".join(f"{line}\n" for line in lines))
    for place in (path, *path.parents):
        if home in place.parents:
            shutil.chown(place, home.name, home.name)


# --- asking ----------------------------------------------------------------------------------------------------------


def audit(case: Case) -> dict[str, Any]:
    found = run(
        PosixAudit,
        {"user": case.account, "project": None, "acl": False, "measure": False},
        AuditHost({"HOME": "/root"}, False),
    )
    assert not found.get("failed"), found
    return found["audit"]  # type: ignore[no-any-return]


def seen(case: Case) -> tuple[list[str], dict[str, str]]:
    """PATH, and what go says, in an interactive login shell."""
    done = subprocess.run(
        ["su", "-s", ASK, "-", case.account], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    parts = done.stdout.split(MARK)
    if len(parts) < 3 or not parts[2].startswith("{"):
        raise RuntimeError(f"{case.shell} gave no answer: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return parts[1].split(":"), json.loads(parts[2])


def wrong_with(case: Case, document: dict[str, Any]) -> Iterator[str]:
    path, go = seen(case)
    told = [entry["entry"] for entry in document["path"]]
    if told != path:
        yield f"PATH is {path}, not {told}"
    for name in NAMES:
        held = document["variables"].get(name)
        if held and not held["known"]:
            yield f"{name} is not known: {held}"
        text = held["value"] if held else ""
        if name == "GOBIN" and not text or name == "GOROOT" and not held:
            continue  # go prints what it takes
        if go[name] != text:
            yield f"{name} is {go[name]!r}, not {text!r}: {held}"


def taken_away(name: str, held: dict[str, Any]) -> bool:
    """Take the value away that counts."""
    layer, file = held["layer"], held["file"]
    if file is None:
        return False
    path = Path(file["path"])
    if layer in ("go env file", "go.env"):
        lines = [line for line in path.read_text().split("\n") if not line.startswith(f"{name}=")]
    elif file["line"] is None:
        settings = shellenv.parse_source(path.read_text())
        left = {one: text for one, text in settings.variables.items() if one != name}
        if name == "GOROOT" or not (left or settings.path):
            return False
        path.write_text(
            shellenv.format_source(
                shellenv.Settings(
                    left, settings.path, settings.retired, settings.former, settings.sweep, settings.system
                )
            )
        )
        return True
    else:
        lines = path.read_text().split("\n")
        lines[file["line"] - 1] = "true"
    path.write_text("\n".join(lines))
    return True


def is_alone(held: dict[str, Any]) -> bool:
    """Whether the line can be taken away without breaking another."""
    file = held["file"]
    if file is None or file["line"] is None or held["layer"] in ("go env file", "go.env"):
        return file is not None
    line = Path(file["path"]).read_text().split("\n")[file["line"] - 1]
    return not line.startswith(" ") and not line.endswith("\\")


def tried(case: Case, document: dict[str, Any]) -> Iterator[str]:
    """Every variable loses the value that counts, again and again, until nothing is left that can be taken away. A line
    that sets a variable only where nothing else does counts once the others are gone; no document can name it.
    """
    lines = [line for lines in case.files.values() for line in lines]
    names = [name for name in FREE if not any(f"set -q {name}" in line for line in lines)]
    for _round in range(6):
        variables = document["variables"]
        able = [
            name for name in names if name in variables and variables[name]["shadows"] and is_alone(variables[name])
        ]
        gone = [name for name in able if taken_away(name, variables[name])]
        if not gone:
            return
        TAKEN.extend(gone)
        _path, go = seen(case)
        document = audit(case)
        for name in gone:
            held, following = variables[name], variables[name]["shadows"][0]
            if name == "GONOPROXY" and following["layer"] == "built in" and "GOPRIVATE" in gone:
                continue  # it is what GOPRIVATE is
            now = document["variables"][name]
            if (now["value"], now["layer"]) != (following["value"], following["layer"]):
                yield f"{name}: the audit says {now}, not {following}, once {held} is gone"
            if go[name] != following["value"] and not (name == "GOBIN" and not following["value"]):
                yield f"{name}: go says {go[name]!r}, not {following}, once {held} is gone"


TAKEN: list[str] = []


def main() -> None:
    given = json.load(sys.stdin)
    SDKS.update(given["sdks"])
    shell = given["shell"]
    program = shutil.which(shell)
    default = next(iter(SDKS.values()))
    names = " ".join(NAMES)
    say = f"printf '{MARK}'"
    go = f"go=$(command -v go || echo {default}/bin/go); $go env -json {names} 2>&1"
    asked = f'{say}; printf %s "$PATH"; {say}; {go}; {say}'
    lines = [
        "#!/bin/sh",
        f"SHELL={program}",
        "export SHELL",
        "cd /srv",
        f"exec {program} -l -i -c 'exec /bin/sh {ASK}.inner' 2>/dev/null",
    ]
    Path(ASK).write_text("\n".join(lines) + "\n")
    Path(f"{ASK}.inner").write_text(asked + "\n")
    for path in (ASK, f"{ASK}.inner"):
        os.chmod(path, 0o755)
    Path("/srv/tools").mkdir(exist_ok=True)
    kept = Path("/srv/kept")
    kept.mkdir()
    saved = [
        "/etc/profile.d",
        "/etc/zsh",
        "/etc/fish",
        "/etc/environment",
        "/etc/bash.bashrc",
        "/etc/profile",
        f"/home/dev-{shell}",
    ]
    for number, place in enumerate(saved):
        subprocess.run(["cp", "-a", place, str(kept / str(number))], check=True)
    wrong: list[str] = []
    count = 0
    for seed in given["cases"]:
        for number, place in enumerate(saved):
            subprocess.run(["rm", "-rf", place], check=True)
            subprocess.run(["cp", "-a", str(kept / str(number)), place], check=True)
        Path("/usr/local/bin/go").unlink(missing_ok=True)
        for place in ("/etc/gopher-devbox", "/etc/environment.d", "/var/lib/gopher.devbox"):
            shutil.rmtree(place, ignore_errors=True)
        case = Case(shell, seed)
        case.make()
        document = audit(case)
        if document["go"] is None:
            link = Path("/usr/local/bin/go")
            link.unlink(missing_ok=True)
            link.symlink_to(f"{case.chance.choice(list(SDKS.values()))}/bin/go")
            document = audit(case)
        found = [*wrong_with(case, document)]
        if not found:
            found = [*tried(case, document)]
        count += 1
        wrong += [f"case {seed} of {shell}: {one}" for one in found]
        if len(wrong) > 5:
            break
    json.dump({"asked": count, "taken": len(TAKEN), "wrong": wrong}, sys.stdout)


if __name__ == "__main__":
    main()
