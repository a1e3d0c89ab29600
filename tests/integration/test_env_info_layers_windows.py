# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers that go_env_info reports of a Windows host are true: take the winner away, and the real go.exe answers
with the next one named. Registry (machine, user, session), go env file, go.env, built in.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT, OLD_ROOT
from env_info_windows import audit, layers
from support import MACHINE, user_key
from winhost import WinHost

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
SESSION = rf"HKU\{ADMIN.sid}\Volatile Environment"
KEYS = {"machine": MACHINE, "user": USER, "session": SESSION}
FILE = rf"C:\Users\{ADMIN.name}\AppData\Roaming\go\env"
#: what values refer to; nothing of it is taken away
CUSTOM = {MACHINE: {"CORP": "corp.example"}, USER: {"TEAM": "team.example", "WORK": r"C:\work"}}

#: texts of each variable that every go of the tests takes as they are
TEXTS = {
    "GOPROXY": ["https://{}.example,direct", "https://{}.example|off", "off"],
    "GOSUMDB": ["sum.golang.google.cn", "off"],
    "GOPRIVATE": ["{}.private", "*.{}.private,b", "%CORP%,{}", "%TEAM%,{}", "%NOWHERE%,{}", "100%{}"],
    "GONOPROXY": ["{}.noproxy", "none"],
    "GONOSUMDB": ["{}.nosumdb", "none"],
    "GOINSECURE": ["{}.insecure", "%USERNAME%.{}"],
    "GOVCS": ["{}.example:git,*:all"],
    "GOFLAGS": ["-tags={}", "-v", "'-ldflags=-X=a b {}'"],
    "GO111MODULE": ["on", "auto"],
    "GOTOOLCHAIN": ["local", "path", "auto", "local+path"],
    "GOPATH": [r"C:\{}\go", r"C:\{}\go;D:\{}", r"%USERPROFILE%\{}", r"%WORK%\{}", r"%SystemDrive%\{}"],
    "GOBIN": [r"C:\{}\bin", r"%USERPROFILE%\{} bin"],
    "GOCACHE": [r"C:\{}\cache", r"%LOCALAPPDATA%\{}"],
    "GOMODCACHE": [r"C:\{}\mod", r"C:\代码 {}\mod"],
    "GOTMPDIR": [r"C:\windows\temp"],
    "CC": ["gcc-{}", "clang"],
    "CXX": ["g++-{}"],
    "AR": ["ar-{}"],
    "PKG_CONFIG": ["pkg-config-{}"],
    "CGO_CFLAGS": ["-O1 -D{}=1", "-g"],
    "CGO_LDFLAGS": ["-L{}"],
    "CGO_ENABLED": ["0", "1"],
}
#: what go takes only as a full path, so that a reference must mean something there
DIRECTORIES = ("GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE", "GOTMPDIR")
#: variables whose default follows from another one
FOLLOWS = {"GOMODCACHE": "GOPATH", "GONOPROXY": "GOPRIVATE", "GONOSUMDB": "GOPRIVATE"}


class Environment:
    """A generated environment of the host."""

    def __init__(self, host: WinHost, seed: int) -> None:
        self.host = host
        self.random = random.Random(seed)
        self.file: dict[str, str] = {}
        self.number = 0
        self.root = self.random.choice([NEW_ROOT, OLD_ROOT])
        prefix = host.prefix
        path = str(prefix.registry(MACHINE)["Path"][1])
        other = OLD_ROOT if self.root == NEW_ROOT else NEW_ROOT
        prefix.set_value(MACHINE, "Path", rf"{path};{self.root}\bin;{other}\bin", "REG_EXPAND_SZ")
        for key, values in CUSTOM.items():
            for name, text in values.items():
                prefix.set_value(key, name, text)
        for name in TEXTS:
            self._scatter(name)
        self._write()

    def _scatter(self, name: str) -> None:
        """The variable, in some layers."""
        for key in KEYS.values():
            chance = self.random.random()
            if chance < 0.4:
                text = self._text(name, plain=name in DIRECTORIES and key == MACHINE)
                expands = self.random.random() < 0.5 or (name in DIRECTORIES and "%" in text)
                spelled = name.title() if self.random.random() < 0.1 else name
                self.host.prefix.set_value(key, spelled, text, "REG_EXPAND_SZ" if expands else "REG_SZ")
            elif chance < 0.45:
                self.host.prefix.set_value(key, name, "", "REG_SZ")
            elif chance < 0.48:
                self.host.prefix.set_value(key, name, 1)
        if self.random.random() < 0.5:
            self.file[name] = "" if self.random.random() < 0.1 else self._text(name, plain=True)

    def _text(self, name: str, plain: bool = False) -> str:
        texts = [text for text in TEXTS[name] if not (plain and "%" in text)]
        self.number += 1
        return self.random.choice(texts).replace("{}", f"v{self.number}")

    def _write(self) -> None:
        lines = [f"{name}={text}\n" for name, text in self.file.items()]
        place = self.host.prefix.unix_path(FILE)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes("".join(["# settings\n", *lines]).encode())

    def take(self, name: str, layer: str) -> None:
        """Take what that layer has for a variable away."""
        if layer == "go env file":
            del self.file[name]
            self._write()
        elif layer == "go.env":
            place = self._shipped()
            kept = [line for line in place.read_bytes().splitlines(True) if not line.startswith(f"{name}=".encode())]
            place.unlink()  # it is a link to what all tests share
            place.write_bytes(b"".join(kept))
        else:
            key = KEYS[layer]
            found = next(one for one in self.host.prefix.registry(key) if one.upper() == name)
            self.host.prefix.delete_value(key, found)

    def _shipped(self) -> Any:
        return self.host.prefix.unix_path(rf"{self.root}\go.env")

    def go(self) -> dict[str, str]:
        """What the first go on PATH says in a new session."""
        done = self.host.prefix.run(
            r"C:\windows\system32\cmd.exe /d /c go env -json", account=ADMIN, codepage=65001, cwd="C:\\windows"
        )
        assert done.rc == 0, done
        found: dict[str, str] = json.loads(done.stdout)
        return found


@pytest.fixture
def wiped(host: WinHost) -> Iterator[WinHost]:
    """A host whose session variables, go env file and SDKs are as before, afterwards too."""
    prefix = host.prefix
    session = prefix.registry(SESSION)
    shipped = {root: prefix.unix_path(rf"{root}\go.env").read_bytes() for root in (NEW_ROOT, OLD_ROOT)}
    yield host
    for name in set(prefix.registry(SESSION)) - set(session):
        prefix.delete_value(SESSION, name)
    prefix.unix_path(FILE).unlink(missing_ok=True)
    for root, data in shipped.items():
        place = prefix.unix_path(rf"{root}\go.env")
        place.unlink()
        place.write_bytes(data)


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(100, 220))]
)
def test_take_the_winner_away_and_go_answers_with_the_next(wiped: WinHost, seed: int) -> None:
    environment = Environment(wiped, seed)
    document = audit(wiped)
    chains = {name: layers(document, name) for name in TEXTS}
    assert document["go"]["root"] == environment.root
    taken: set[str] = set()
    compared = 0
    for step in range(max(map(len, chains.values()))):
        answer = environment.go()
        for name, chain in chains.items():
            if step >= len(chain) or name not in answer:
                continue
            layer, value = chain[step]
            if layer == "built in" and FOLLOWS.get(name) in taken:
                continue
            assert answer[name] == value, (seed, step, name, chain)
            compared += 1
        for name, chain in chains.items():
            if step < len(chain) and chain[step][0] != "built in":
                environment.take(name, chain[step][0])
                taken.add(name)
    assert compared > 25


def test_goroot_of_the_environment_decides_whose_go_env_counts(wiped: WinHost) -> None:
    prefix = wiped.prefix
    path = str(prefix.registry(MACHINE)["Path"][1])
    prefix.set_value(MACHINE, "Path", rf"{path};{NEW_ROOT}\bin", "REG_EXPAND_SZ")
    for root, name in ((NEW_ROOT, "new"), (OLD_ROOT, "old")):
        place = prefix.unix_path(rf"{root}\go.env")
        place.unlink()
        place.write_bytes(f"GOPROXY=https://{name}.example\n".encode())
    for root, name in ((None, "new"), (OLD_ROOT, "old"), (r"C:\nowhere", None)):
        if root:
            prefix.set_value(USER, "GOROOT", root)
        document = audit(wiped)
        expected = [("go.env", f"https://{name}.example")] if name else []
        assert layers(document, "GOPROXY") == expected
        if name:
            done = prefix.run(r"C:\windows\system32\cmd.exe /d /c go env GOPROXY", account=ADMIN, cwd="C:\\windows")
            assert done.stdout.decode().strip() == f"https://{name}.example"
