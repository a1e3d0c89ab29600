# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work: a Windows host with two Go SDKs and an untidy PATH, a WSL distro on it, and this machine's
shells in a home that is thrown away, set up by real ansible-playbook, asked, and put back.

Run by `make demo`. Everything that is shown is checked; the exit status is 1 when something is not as promised.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from winhost import Distro, WinHost, can_wsl, sdk
from winrm.protocol import Protocol

CHECKOUT = Path(__file__).resolve().parents[1]
MACHINE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
OLD, NEW = r"C:\Go1.21.13", r"C:\Program Files\Go"
SDKS = {"1.21.13": OLD, "1.27.3": NEW}

UNTIDY = [
    OLD + r"\bin",
    r"%SystemRoot%\system32",
    r"%SystemRoot%",
    '"C:\\Program Files\\Git\\cmd"',
    r"C:\Go1.19\bin",
    r"C:\WINDOWS\system32",
    r"tools\bin",
    r"c:\go1.21.13\BIN" + "\\",
    r"%SystemRoot%\System32\Wbem",
]
"""The old SDK first and again, one that is gone, a duplicate, a relative entry, quotes."""
OF_OTHER_SDKS = {0, 4, 7}

SECRET = "build:s3cret-token"
GOPROXY = f"https://{SECRET}@proxy.example.com,direct"
MACHINE = {
    "go_env_mode": "machine",
    "go_env_goroot": NEW,
    "go_env_stale_path_entries": "remove",
    "go_env_variables": {"GOTOOLCHAIN": "local"},
}
USER = {
    "go_env_mode": "user",
    "go_env_gopath": [r"%USERPROFILE%\go"],
    "go_env_variables": {"GOPROXY": GOPROXY},
    "go_env_create_directories": True,
}

LINUX = {
    "go_env_mode": "user",
    "go_env_gopath": ["~/go"],
    "go_env_variables": {"GOPROXY": GOPROXY},
    "go_env_config": {"GOSUMDB": "sum.golang.google.cn", "GOPRIVATE": "git.example.com/team a"},
    "go_env_create_directories": True,
}
OF_LINUX = {
    ".profile": b"# Mine, and it has no line break at its end\nEDITOR=vi",
    ".bashrc": b"case $- in *i*) ;; *) return ;; esac\nalias ll='ls -l'\n",
    ".zshenv": b"# \xe5\xb7\xa5\xe4\xbd\x9c \xff\n",
    ".config/fish/config.fish": b"set -g fish_greeting\n",
}
"""Start files that somebody has: an early return, bytes that are no UTF-8."""

LOOK = [
    {
        "name": "What would change, and what is noticed",
        "hosts": "windows",
        "gather_facts": False,
        "roles": ["gopher.devbox.go_env"],
        "post_tasks": [
            {
                "name": "Findings",
                "vars": {"found": "{{ go_env_result.findings }}"},
                "ansible.builtin.debug": {
                    "msg": "{{ found | map(attribute='id') | zip(found | map(attribute='message')) | map('join', "
                    "': ') }}"
                },
            }
        ],
    }
]

DISTRO = {
    "scope": "user",
    "goroot": "/usr/local/go",
    "gopath": ["~/go"],
    "variables": {"GOPROXY": GOPROXY, "GOPRIVATE": "git.example.com/it's $HOME"},
}
OF_DISTRO = b"# Mine, with line ends of Windows\r\nEDITOR=vi\r\n"

SHOWN_TASKS = ("Give each project", "Manage the Go environment in", "Findings", "RECAP")

Registry = dict[str, tuple[str, Any]]


class NotAsPromised(Exception):
    """Something does not work; the rest of the demo would make no sense."""


class Demo:
    """What is shown, and whether it is as promised."""

    def __init__(self, host: WinHost, directory: Path) -> None:
        self.host = host
        self.directory = directory
        self.home = directory / "home"
        self.inventory = host.inventory(directory / "inventory.yml", name="devbox")
        self.shown: list[str] = []
        self.broken: list[str] = []

    # -- showing

    def heading(self, text: str) -> None:
        print(f"\n{text}\n{'=' * len(text)}", flush=True)

    def say(self, text: str, indent: int = 2) -> None:
        print(textwrap.indent(text.replace(SECRET, "********").rstrip("\n"), " " * indent), flush=True)

    def promise(self, text: str, kept: bool) -> None:
        print(f"  {'ok  ' if kept else 'NOT '}  {text}", flush=True)
        if not kept:
            self.broken.append(text)

    # -- the host, seen without the collection

    def registry(self, key: str) -> Registry:
        return dict(self.host.prefix.registry(key))

    def scopes(self) -> tuple[Registry, Registry]:
        return self.registry(MACHINE_KEY), self.registry(rf"HKU\{self.host.account.sid}\Environment")

    def path(self) -> list[str]:
        return str(
            next(value for name, (_kind, value) in self.registry(MACHINE_KEY).items() if name.upper() == "PATH")
        ).split(";")

    def ask(self, line: str) -> str:
        """What a command prints in a WinRM shell of its own, which gets its environment anew."""
        protocol = Protocol(
            endpoint=self.host.endpoint,
            transport="basic",
            username=self.host.account.name,
            password=self.host.account.password,
        )
        shell = protocol.open_shell(codepage=65001)
        try:
            command = protocol.run_command(shell, line)
            output, errors, _code = protocol.get_command_output(shell, command)
            protocol.cleanup_command(shell, command)
        finally:
            protocol.close_shell(shell)
        return str((output + errors).decode("utf-8", "replace").replace("\r", "").strip())

    # -- Ansible

    def playbook(self, name: str, variables: Mapping[str, Any], *arguments: str) -> str:
        """Run a playbook as a person would; what it printed."""
        file = self.directory / "variables.yml"
        file.write_text(yaml.safe_dump(dict(variables), allow_unicode=True), encoding="utf-8")
        given = ["-e", f"@{file}"] if variables else []
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            name,
            "-i",
            str(self.inventory),
            *given,
            *arguments,
        ]
        given = ["-e", f"@{variables['go_env_mode']}.yml"] if variables else []
        self.say("$ ansible-playbook " + " ".join([Path(name).name, "-i", "inventory.yml", *given, *arguments]) + "\n ")
        done = subprocess.run(
            command,
            env=self.environment(),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.shown.append(done.stdout + done.stderr)
        if done.returncode:
            self.say(done.stdout + done.stderr, 4)
            raise NotAsPromised(f"ansible-playbook ended with {done.returncode}.")
        return done.stdout

    def environment(self) -> dict[str, str]:
        """Nothing of the caller's Ansible, and a home of its own."""
        home = self.home
        home.mkdir(exist_ok=True)
        settings = self.directory / "ansible.cfg"
        settings.touch()
        rest = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "PYTHON", "GO", "XDG_", "ZDOTDIR"))
        }
        return rest | {
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get(
                "ANSIBLE_COLLECTIONS_PATH", str(CHECKOUT / ".cache" / "collections")
            ),
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.directory / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.directory / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        }

    def converge(self, variables: Mapping[str, Any]) -> None:
        """A run that changes the host, and a second one that does not."""
        output = self.playbook("gopher.devbox.provision", variables, "--diff")
        self.say(excerpt(output), 4)
        self.promise("the first run changes the host", recap(output)["changed"] == 1)
        before = self.scopes()
        print()
        output = self.playbook("gopher.devbox.provision", variables, "--diff")
        self.say(excerpt(output), 4)
        self.promise("the second run: changed=0", recap(output)["changed"] == 0)
        self.promise("and the registry is what it was", self.scopes() == before)


class Shells(Demo):
    """This machine's shells, in a home that is thrown away."""

    def __init__(self, directory: Path, broken: list[str]) -> None:
        self.directory, self.shown, self.broken = directory, [], broken
        self.go = directory / "go1.27.3"
        self.go.symlink_to(sdk.sdk_dir("1.27.3", sdk.LINUX))
        self.home = directory / "home"
        self.inventory = directory / "inventory.yml"
        box = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        self.inventory.write_text(yaml.safe_dump({"all": {"hosts": {"thisbox": box}}}), encoding="utf-8")

    def scopes(self) -> dict[str, tuple[int, bytes]]:
        """Every file in the home, with its mode; the journal apart, which keeps what was done, and what fish and go
        keep by themselves.
        """
        apart = (
            ".local/state/gopher.devbox/",
            ".local/share/fish/",
            ".config/fish/fish_variables",
            ".config/go/telemetry/",
            ".cache/",
        )
        files = [
            file
            for file in self.home.rglob("*")
            if file.is_file() and not str(file.relative_to(self.home)).startswith(apart)
        ]
        return {str(file.relative_to(self.home)): (file.stat().st_mode, file.read_bytes()) for file in files}

    def in_shell(self, shell: str, line: str) -> str:
        """What a login shell prints that is started from nothing."""
        bare = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [shell, "-l", "-c", line],
            env=bare,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def night(self, policy: Mapping[str, Any], story: str, expected: str) -> None:
        """One run of the nightly playbook, and what its report says."""
        self.say(f"{story}")
        output = self.playbook("gopher.devbox.enforce", policy)
        (newest, *_older) = sorted(Path(policy["go_enforce_dir"]).glob("runs/*/digest.txt"), reverse=True)
        digest = newest.read_text(encoding="utf-8")
        self.say(digest, 4)
        self.promise(f"the report says: {expected}", expected in digest and expected in output)
        print()


def excerpt(output: str) -> str:
    """The part of a run that is worth reading: the diff, results, and the closing line."""
    kept, skipping = [], True
    for line in output.splitlines():
        if line.startswith(("TASK [", "PLAY")):
            skipping = not any(words in line for words in SHOWN_TASKS)
            continue
        if not skipping and line.strip():
            kept.append(re.sub(r" {3,}", "  ", line) if "changed=" in line else line)
    return "\n".join(kept)


def recap(output: str) -> dict[str, int]:
    """The numbers of the closing line."""
    closing = next(line for line in reversed(output.splitlines()) if "changed=" in line)
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", closing)}


# -------------------------------------------------------------------------------------------------------------- the
# acts


def pollute(demo: Demo) -> None:
    demo.heading("1. A Windows host with two Go SDKs and an untidy PATH")
    demo.host.prefix.set_value(MACHINE_KEY, "Path", ";".join(UNTIDY), "REG_EXPAND_SZ")
    demo.say("The machine's PATH:\n \n" + "\n".join(f"    {entry}" for entry in demo.path()))
    answer = demo.ask("go version")
    demo.say(f" \nC:\\> go version\n{answer}\n ")
    demo.promise("the old SDK is the one that runs", "go1.21.13" in answer)


def audit(demo: Demo) -> None:
    demo.heading("2. An audit: what is there, where it comes from, what is wrong; nothing is written")
    before = demo.scopes()
    output = demo.playbook("gopher.devbox.audit", {}, "-e", "audit_dir=audits")
    report = output[output.index("\ndevbox: ") : output.index("\n\n1 host audited")].strip("\n")
    demo.say(re.sub(r"\n    info .*?(?=\n  Scorecard)", "\n    ...", report, flags=re.DOTALL) + "\n ", 4)
    demo.promise(
        "the old SDK that runs, and what is odd on PATH, are found",
        all(
            found in output
            for found in ("go: go1.21.13", "relative_path_entry", "duplicate_path_entry", "does not exist")
        ),
    )
    (document,) = (demo.directory / "audits").iterdir()
    demo.promise("there is a document of it, for its owner alone", document.stat().st_mode & 0o777 == 0o600)
    demo.promise("the registry is what it was", demo.scopes() == before)


def look(demo: Demo) -> None:
    demo.heading("3. Machine mode, check mode first: nothing is written")
    before = demo.scopes()
    file = demo.directory / "look.yml"
    file.write_text(json.dumps(LOOK), encoding="utf-8")
    output = demo.playbook(str(file), MACHINE | {"go_env_stale_path_entries": "keep"}, "--check")
    demo.say(excerpt(output) + "\n ", 4)
    demo.promise(
        "what is odd on PATH is noticed",
        all(name in output for name in ("stale_path_entry", "relative_path_entry", "duplicate_path_entry")),
    )
    demo.promise("the registry is what it was", demo.scopes() == before)


def machine(demo: Demo) -> None:
    demo.heading("4. Machine mode: the new SDK for everybody, other SDKs off PATH")
    demo.converge(MACHINE)
    others = [entry for number, entry in enumerate(UNTIDY) if number not in OF_OTHER_SDKS]
    demo.promise(
        "on PATH: the new SDK first, then everybody else's entries as they were",
        demo.path() == [NEW + r"\bin", *others],
    )


def user(demo: Demo) -> None:
    demo.heading("5. User mode: workspace and proxy of the developer who connects")
    demo.converge(USER)
    demo.promise(
        "the token in GOPROXY is in nothing that Ansible printed",
        not any(SECRET.partition(":")[2] in text for text in demo.shown),
    )


def answers(demo: Demo) -> None:
    demo.heading("6. What the real go.exe answers in a new session")
    version, wanted = demo.ask("go version"), [NEW, demo.host.account.home + r"\go", GOPROXY]
    values = demo.ask("go env GOROOT GOPATH GOPROXY").splitlines()
    demo.say(f"C:\\> go version\n{version}\nC:\\> go env GOROOT GOPATH GOPROXY\n" + "\n".join(values) + "\n ")
    demo.promise("it is the new SDK", "go1.27.3" in version)
    demo.promise(
        "GOROOT, GOPATH and GOPROXY are what was wanted",
        [text.lower() for text in values] == [text.lower() for text in wanted],
    )


def restore(demo: Demo, before: tuple[Registry, Registry]) -> None:
    demo.heading("7. Undo")
    for mode in ("user", "machine"):
        output = demo.playbook("gopher.devbox.restore", {"go_env_mode": mode}, "--diff")
        demo.say(excerpt(output), 4)
        demo.promise(f"the {mode} scope is put back", recap(output)["changed"] == 1)
        print()
    output = demo.playbook("gopher.devbox.restore", {"go_env_mode": "machine"})
    demo.promise("there is nothing more to undo: changed=0", recap(output)["changed"] == 0)
    demo.promise(
        "PATH is back exactly, and so is every other value of both scopes, with its type", demo.scopes() == before
    )
    demo.promise("the old SDK runs again", "go1.21.13" in demo.ask("go version"))


def distro(demo: Demo) -> None:
    demo.heading("8. A WSL distro on that host, from outside: busybox, without Python and ssh")
    reason = can_wsl()
    if reason is not None:
        demo.say(f"Left out: {reason}.")
        return
    made = demo.host.add_distro(demo.host.account, "Busy", "busybox", go={"1.27.3": "/usr/local/go"})
    mine = made.root / "home/dev/.profile"
    mine.write_bytes(OF_DISTRO)
    os.chown(mine, 1000, 1000)
    output = demo.playbook(str(wsl_playbook(demo, "wsl.yml", DISTRO)), {})
    demo.say(excerpt(output), 4)
    demo.promise("the first run changes the distro", recap(output)["changed"] == 1)
    output = demo.playbook(str(wsl_playbook(demo, "wsl.yml", DISTRO)), {})
    demo.promise("the second run: changed=0", recap(output)["changed"] == 0)
    line = 'wsl.exe -d Busy --exec /bin/sh -lc "go env GOROOT GOPATH GOPROXY GOPRIVATE"'
    values = demo.ask(line).splitlines()
    demo.say(f" \nC:\\> {line}\n" + "\n".join(values) + "\n ")
    demo.promise(
        "a login shell in it: what was wanted, and the distro's go answers",
        values == ["/usr/local/go", "/home/dev/go", GOPROXY, DISTRO["variables"]["GOPRIVATE"]],
    )
    demo.promise("what was in ~/.profile is still there, line ends too", OF_DISTRO in mine.read_bytes())
    output = demo.playbook(str(wsl_playbook(demo, "undo.yml", {"scope": "user", "state": "restored"})), {})
    demo.promise("after the undo it is back, byte for byte", mine.read_bytes() == OF_DISTRO)
    demo.promise("and nothing else is left in the home: " + (", ".join(left(made)) or "no file"), left(made) == [])


def wsl_playbook(demo: Demo, name: str, options: Mapping[str, Any]) -> Path:
    """A play of one task, and what it changed."""
    changes = "{{ wsl.distros[0].changes | items2dict(key_name='name', value_name='after') }}"
    tasks = [
        {"name": "Manage the Go environment in the distros", "gopher.devbox.go_wsl": dict(options), "register": "wsl"},
        {"name": "Findings, and what was changed", "ansible.builtin.debug": {"msg": changes}},
    ]
    file = demo.directory / name
    file.write_text(json.dumps([{"hosts": "windows", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    return file


def left(made: Distro) -> list[str]:
    """Files in the home that were not there; the journal, and what go keeps by itself, apart."""
    home = made.root / "home/dev"
    names = [str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()]
    apart = (".profile", ".local/state/gopher.devbox/", ".config/go/telemetry/", ".cache/")
    return [name for name in names if not name.startswith(apart)]


def shells(demo: Shells) -> None:
    demo.heading("9. This machine's shells and the go env file, in a home that is thrown away")
    demo.home.mkdir()
    for name, content in OF_LINUX.items():
        (demo.home / name).parent.mkdir(parents=True, exist_ok=True)
        (demo.home / name).write_bytes(content)
    before = demo.scopes()
    wanted = LINUX | {"go_env_path": [str(demo.go / "bin"), "~/go/bin"]}
    output = demo.playbook("gopher.devbox.provision", wanted, "--diff")
    demo.say(excerpt(output), 4)
    demo.promise("the first run changes the start files and the go env file", recap(output)["changed"] == 1)
    after = demo.scopes()
    output = demo.playbook("gopher.devbox.provision", wanted, "--diff")
    demo.say(excerpt(output), 4)
    demo.promise("the second run: changed=0", recap(output)["changed"] == 0)
    demo.promise("and every file is what it was", demo.scopes() == after)
    expected = [str(demo.home / "go"), GOPROXY, "sum.golang.google.cn", "git.example.com/team a"]
    for shell in ("sh", "bash", "zsh", "fish"):
        line = "go env GOPATH GOPROXY GOSUMDB GOPRIVATE"
        answer = demo.in_shell(shell, line)
        demo.say(f" \n$ {shell} -l -c '{line}'\n{answer}")
        demo.promise(f"{shell}: what was wanted, and the SDK's go answers", answer.splitlines() == expected)
    demo.promise(
        "the token in GOPROXY is in nothing that Ansible printed",
        not any(SECRET.partition(":")[2] in text for text in demo.shown),
    )
    print()
    output = demo.playbook("gopher.devbox.restore", {"go_env_mode": "user"}, "--diff")
    demo.say(excerpt(output), 4)
    demo.promise("after the undo every file is back, byte for byte", demo.scopes() == before)


def project(demo: Shells) -> None:
    demo.heading("10. Project mode: one project with its own Go, and nothing else changes")
    shop = demo.directory / "shop"
    (shop / ".vscode").mkdir(parents=True)
    (shop / "go.mod").write_text("module example.com/shop\n\ngo 1.21.13\n", encoding="utf-8")
    mine = b'{\n    // mine\n    "editor.rulers": [100]\n}\n'
    (shop / ".vscode" / "settings.json").write_bytes(mine)
    sdks = demo.directory / "go-sdk"
    sdks.mkdir()
    for version in ("1.21.13", "1.27.3"):
        (sdks / version).symlink_to(sdk.sdk_dir(version, sdk.LINUX))
    wanted = {
        "go_env_mode": "project",
        "go_env_projects": [
            {"project": str(shop), "sdk_roots": ["../go-sdk"], "gopath": [".gopath"], "editors": ["vscode"]}
        ],
    }
    output = demo.playbook("gopher.devbox.provision", wanted, "--diff")
    start = output.index(".vscode/settings.json\n")
    demo.say(
        "In settings.json, beside what was there, and in three files more:\n"
        + excerpt("TASK [Give each project\n" + output[start : output.index("\n\n", start)]),
        4,
    )
    demo.promise("the first run writes the project's files", recap(output)["changed"] == 1)
    demo.promise(
        "the comment and the setting of the person are still there",
        b"// mine" in (shop / ".vscode" / "settings.json").read_bytes(),
    )
    demo.promise("the second run: changed=0", recap(demo.playbook("gopher.devbox.provision", wanted))["changed"] == 0)
    line = (
        f"cd '{shop}' && . ./go-env.sh && go version && go env GOPATH && . ./go-env.sh pop && echo left: "
        f"$(command -v go)"
    )
    for wants in ("1.21.13", "1.27.3"):
        (shop / "go.mod").write_text(f"module example.com/shop\n\ngo {wants}\n", encoding="utf-8")
        answer = demo.in_shell("bash", line)
        demo.say(f" \n$ {line.replace(str(demo.directory), '...')}\n{answer.replace(str(demo.directory), '...')}")
        demo.promise(f"go.mod says {wants}, and that go answers", f"go{wants}" in answer)
    print()
    output = demo.playbook("gopher.devbox.provision", wanted, "-e", "go_env_state=absent")
    demo.promise("absent takes out what was written: changed=1", recap(output)["changed"] == 1)
    demo.promise(
        "and the person's file is back, byte for byte", (shop / ".vscode" / "settings.json").read_bytes() == mine
    )


def nights(demo: Shells) -> None:
    demo.heading("11. Three nights: in sync, drifted and put back, policy changed")
    runs, file = demo.directory / "enforce", demo.home / ".config" / "go" / "env"
    policy: dict[str, Any] = LINUX | {"go_enforce_mode": "enforce", "go_enforce_dir": str(runs)}
    demo.playbook("gopher.devbox.provision", policy)
    good = file.read_bytes()
    demo.night(policy, "Nobody touched anything.", "1 in sync")
    demo.promise("the first night leaves the file as it is", file.read_bytes() == good)
    file.write_bytes(good.replace(b"team a", b"team b"))
    demo.night(policy, "Somebody changed GOPRIVATE in the go env file.", "1 put back")
    demo.promise("the second night puts GOPRIVATE back", file.read_bytes() == good)
    policy["go_env_config"] = {**LINUX["go_env_config"], "GOSUMDB": "sum.golang.org"}
    demo.night(policy, "The policy has another GOSUMDB.", "1 policy applied")
    demo.promise("the third night applies the policy", b"GOSUMDB=sum.golang.org\n" in file.read_bytes())
    demo.promise("three reports are kept, for their owner alone", len(list((runs / "runs").iterdir())) == 3)


def play(host: WinHost, directory: Path) -> list[str]:
    demo = Demo(host, directory)
    pollute(demo)
    before = demo.scopes()
    acts: Sequence[Callable[[Demo], None]] = (audit, look, machine, user, answers)
    for act in acts:
        act(demo)
    restore(demo, before)
    distro(demo)
    return demo.broken


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    print(
        "Starting a Windows host. The first time this makes Wine's files and fetches two Go SDKs, which takes a "
        "few minutes.",
        flush=True,
    )
    begin = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devbox-demo-")))
            host = stack.enter_context(WinHost.start(go=SDKS))
            print(f"It is there after {time.monotonic() - begin:.0f} s.", flush=True)
            begin = time.monotonic()
            broken = play(host, directory)
            other = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devbox-demo-")))
            here = Shells(other, broken)
            shells(here)
            project(here)
            nights(here)
    except (NotAsPromised, RuntimeError) as error:
        print(f"\nThe demo stops here: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(
        f"\n{'All as promised' if not broken else 'Not as promised: ' + '; '.join(broken)} "
        f"({time.monotonic() - begin:.0f} s). The host is gone."
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
