"""A Windows on disk that is not running, made from nothing, and runs of go_registry over it under the Python that has
hivex.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import typing as t
from pathlib import Path

from hivemaker import Node, make, text

ROOT = Path(__file__).resolve().parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"
GO = r"C:\Program Files\Go"
ALICE, BOB = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"
ENVIRONMENT = "ControlSet002\\Control\\Session Manager\\Environment"
PATH = r"%SystemRoot%\system32;%SystemRoot%;C:\Missing;D:\tools"
PROFILES = r"Microsoft\Windows NT\CurrentVersion\ProfileList"


def system() -> Node:
    """SYSTEM: Select says that the second control set is in use."""
    root = Node()
    root.at("Select").values = [("Current", 4, struct.pack("<I", 2))]
    root.at(ENVIRONMENT).values = [
        ("Path", 2, text(PATH)),
        ("ComSpec", 2, text(r"%SystemRoot%\system32\cmd.exe")),
        ("PROCESSOR_ARCHITECTURE", 1, text("AMD64")),
        ("odd", 3, b"\0\1\2"),
    ]
    root.at(r"ControlSet001\Control\Session Manager\Environment").values = [("Path", 2, text("the other control set"))]
    root.at(r"ControlSet002\Control\ComputerName\ComputerName").values = [("ComputerName", 1, text("BOX"))]
    return root


def software(users: t.Mapping[str, str]) -> Node:
    root = Node()
    version = root.at(r"Microsoft\Windows\CurrentVersion")
    version.values = [
        ("ProgramFilesDir", 1, text(r"C:\Program Files")),
        ("CommonFilesDir", 1, text(r"C:\Program Files\Common Files")),
        ("ProgramFilesDir (x86)", 1, text(r"C:\Program Files (x86)")),
    ]
    root.at(PROFILES).values = [
        ("Default", 2, text(r"%SystemDrive%\Users\Default")),
        ("ProfilesDirectory", 2, text(r"%SystemDrive%\Users")),
    ]
    root.at(rf"{PROFILES}\S-1-5-18").values = [
        ("ProfileImagePath", 2, text(r"%systemroot%\system32\config\systemprofile"))
    ]
    for sid, directory in users.items():
        root.at(rf"{PROFILES}\{sid}").values = [("ProfileImagePath", 2, text(directory))]
    for number in range(20):
        root.at(rf"Vendor\key_{number:02}").values = [("data", 3, bytes([number]) * 200)]
    return root


def ntuser() -> Node:
    root = Node()
    root.at("Environment").values = [
        ("Path", 2, text(r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;")),
        ("TEMP", 2, text(r"%USERPROFILE%\AppData\Local\Temp")),
    ]
    root.at(r"Software\Vendor").values = [("data", 3, b"x" * 300)]
    return root


class WindowsImage:
    """An image below a directory, with two users, and an SDK in Program Files."""

    def __init__(self, root: Path, version: str = "go1.27.3") -> None:
        self.root = root
        self.config = root / "windows" / "System32" / "CONFIG"
        self.system, self.software = self.config / "SYSTEM", self.config / "Software"
        self.default = root / "Users" / "Default" / "ntuser.dat"
        self.alice = root / "Users" / "alice" / "NTUSER.DAT"
        self.bob = root / "Users" / "bob.CORP" / "NTUSER.DAT"
        users = {ALICE: r"C:\Users\alice", BOB: r"%SystemDrive%\Users\bob.CORP"}
        hives = {self.system: system(), self.software: software(users)}
        hives |= dict.fromkeys((self.default, self.alice, self.bob), ntuser())
        for path, node in hives.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make(node))
            os.utime(path, ns=(1_600_000_000_000_000_000, 1_600_000_000_000_000_000))
        go = root / "Program Files" / "Go"
        (go / "bin").mkdir(parents=True)
        (go / "bin" / "GO.EXE").write_bytes(b"MZ")
        (go / "VERSION").write_text(f"{version}\ntime 2026\n")

    @property
    def hives(self) -> list[Path]:
        return [self.system, self.software, self.default, self.alice, self.bob]

    def bytes(self) -> dict[Path, tuple[bytes, int, int]]:
        """The files as they are, with their times and inodes."""
        return {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in self.hives}


class Runner:
    """go_registry, or go_env, as a module runs them, many times in one process of the system's Python."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / '.cache' / 'collections'}:{ROOT / 'tests'}"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(ROOT / "tests" / "imagedriver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def run(self, module: str = "go_registry", *, check: bool = False, kill: str = "", **options: t.Any) -> t.Any:
        """The result of one run. kill: the name of the file before whose writing the run is killed."""
        self.ask(module, check=check, kill=kill, **options)
        return self.answer()

    def ask(self, module: str = "go_registry", *, check: bool = False, kill: str = "", **options: t.Any) -> None:
        assert self.process.stdin
        request = {"module": module, "options": options, "check": check, "kill": kill}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def answer(self) -> t.Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())
