# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive files for tests, made and read without a Windows host: by hivex, in the Python of the system, which has it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import tooling
from .hivemount import CORRUPT, Tree, Value, plain, unplain, with_sequences

__all__ = ["Tree", "Value", "make_dirty", "make_hive", "read_hive", "text"]

PROGRAM = Path(__file__).with_name("hivemount.py")


def text(value: str, kind: int = 1) -> Value:
    """The value of a REG_SZ (2: REG_EXPAND_SZ), with the zero at its end."""
    return kind, (value + "\0").encode("utf-16-le", "surrogatepass")


def make_hive(path: Path, tree: Mapping[str, Mapping[str, Value]]) -> Path:
    r"""A hive file with these keys, as `{r"Software\Go": {"GOROOT": (1, b"…")}}`; "" is the root key, and the name of a
    default value. What was there is overwritten.
    """
    content = plain({key: dict(values) for key, values in tree.items()})
    _run("make", str(path), given=json.dumps(content))
    return path


def read_hive(path: Path) -> Tree:
    """All keys of a hive file, in the form that `make_hive` takes. ValueError for what is no hive."""
    return unplain(json.loads(_run("dump", str(path))))


def make_dirty(path: Path) -> None:
    """As a hive is left by a machine that was cut off: its sequence numbers differ."""
    path.write_bytes(with_sequences(path.read_bytes(), 8, 7))


def _run(*words: str, given: str = "") -> str:
    python = tooling.python_with_hivex()
    done = subprocess.run(
        [str(python), "-I", str(PROGRAM), *words], input=given, capture_output=True, text=True, check=False
    )
    if done.returncode == CORRUPT:
        raise ValueError(f"{words[1]} is no hive that can be read")
    if done.returncode:
        raise RuntimeError(f"{PROGRAM.name} {' '.join(words)} failed with {done.returncode}:\n{done.stderr}")
    return done.stdout
