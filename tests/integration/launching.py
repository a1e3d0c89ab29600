# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests of launchers share: SDKs to choose from, what go.mod files ask for, and what entering a project makes
of an environment.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

#: SDKs that stand below the project's sdk_roots, by their version
INSTALLED = ("1.20.14", "1.21.13", "1.22.1", "1.22.5", "1.23rc1", "1.25rc2", "1.25.0", "1.27.3", "1.28rc1")

#: the text of a go.mod, and which of these is entered
CHOICES = (
    ("module x\n", "1.27.3"),
    ("module x\n\ngo 1.22\n", "1.22.5"),
    ("module x\r\n\r\ngo 1.22.1\r\n", "1.22.1"),
    ("module x\n\ngo 1.22.2 // for x\n", "1.22.5"),
    ("go\t1.22.6//x", "1.27.3"),
    ("  go   1.20  \n", "1.20.14"),
    ("go 1.21\ntoolchain go1.22.1\n", "1.22.1"),
    ("go 1.25.0\ntoolchain go1.22.1\n", "1.25.0"),
    ("go 1.21.13\ntoolchain default\n", "1.21.13"),
    ("go 1.22.1\ngo 1.27.3\n", "1.22.1"),
    ("gopher 1.27\ngo 1.22.1\n// go 1.25\n", "1.22.1"),
    ("toolchain go1.25rc2-custom\n", "1.25rc2"),
    ("go 1.23rc1\n", "1.23rc1"),
    ("go 1.23\n", "1.23rc1"),
    ("go 1.24\n", "1.27.3"),
    ("go 1.28beta1\n", "1.28rc1"),
    ("go 1.19\n", "1.27.3"),
    ("require (\n\tgo v1.2.3\n\ttoolchain v0.1.0 // x\n)\ngo 1.22.1\n", "1.22.1"),
    ("module x\n\nrequire (\n\tgo v1.2.3 // (\n)\n\ngo 1.22.1\n\nexclude (\n\tgo v1\n)\n", "1.22.1"),
    ("exclude ()\nrequire ( ) // (\ngo 1.21.13\n", "1.21.13"),
    ("require( // see\r\n  go v1\r\n\ttoolchain x\r\n ) // end\r\ngo 1.22.1 // (\r\ntoolchain go1.25.0\r\n", "1.25.0"),
)

#: the text of a go.mod, and what the message must hold
REFUSED = (
    ("go 1.28.1\n", "go1.28.1"),
    ("go 1.29\n", "go1.29.0"),
    ("go 1.28.0\n", "go1.28.0"),
    ("toolchain go1.99.9\n", "go1.99.9"),
    ("go 1.22 & touch hacked\n", "not a version"),
    ("go $(touch hacked)\n", "not a version"),
    ("go `touch hacked`\n", "not a version"),
    ("go 1.22;touch hacked\n", "not a version"),
    ("go %COMSPEC%\n", "not a version"),
    ("go !COMSPEC!\n", "not a version"),
    ('go "1.22"\n', "not a version"),
    ("go 1.22 1.23\n", "not a version"),
    ("go 1.022\n", "not a version"),
    ("go 1..22\n", "not a version"),
    ("go 1.22.\n", "not a version"),
    ("go 1.22rc\n", "not a version"),
    ("go 1.22.1rc1\n", "not a version"),
    ("go 1.22-x\n", "not a version"),
    ("go 1.99999999999999999999\n", "not a version"),
    ("go 2.0\n", "not a version"),
    ("go v1.22\n", "not a version"),
    ("go ../../1.22\n", "not a version"),
    ("go x[$(touch hacked)]\n", "not a version"),
    ("go 1.22>hacked\n", "not a version"),
    ("go 1.22|touch hacked\n", "not a version"),
    ('go 1.22" & touch hacked & "\n', "not a version"),
    ("toolchain ../../go1.22.1\n", "not a version"),
    ("toolchain local\n", "not a version"),
    ("go 1.22\ntoolchain go$(touch hacked)\n", "not a version"),
)


def install(root: Path, version: str, program: str = "go") -> Path:
    """Something that passes for an SDK of this version."""
    home = root / f"go{version}"
    (home / "bin").mkdir(parents=True)
    (home / "VERSION").write_text(f"go{version}\ntime 2026-01-01T00:00:00Z\n")
    (home / "bin" / program).write_text(f"#!/bin/sh\necho go{version}\n")
    (home / "bin" / program).chmod(0o755)
    return home


def around(root: Path, program: str = "go") -> None:
    """What stands beside SDKs and is none."""
    (root / "empty").mkdir()
    (root / "file").write_text("go1.29.0\n")
    for version, text in (
        ("1.29.1", "devel go1.29-abc\n"),
        ("1.29.2", ""),
        ("1.29.3", "go1.29.3x\n"),
        ("1.29.4", "go$(touch hacked)\n"),
    ):
        (install(root, version, program) / "VERSION").write_text(text)
    (install(root, "1.29.5", program) / "bin" / program).unlink()


def entered(
    before: t.Mapping[str, str], values: t.Mapping[str, str], path: t.Sequence[str], separator: str, name: str = "PATH"
) -> dict[str, str]:
    """The environment of a project, entered from one that knows no other."""
    return {**before, **values, name: separator.join([*path, before[name]] if before.get(name) else path)}
