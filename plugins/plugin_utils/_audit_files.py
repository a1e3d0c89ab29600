# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit documents as files of the controller: for their owner alone, each written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import typing as t
from pathlib import Path

#: whose bytes a file name keeps; a name that begins with a dot would be hidden
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]|\A\.")
#: a file name has 255 bytes, and a temporary one a little more than the name
_LONGEST = 200
_SUFFIX = ".json"


class NotWritable(Exception):
    """Documents cannot be kept in a directory. The message says why, and what to do."""


def default_directory(environ: t.Mapping[str, str]) -> str:
    """Where documents are kept when no directory is named: with the state of the account."""
    return os.path.join(environ.get("XDG_STATE_HOME") or "~/.local/state", "gopher.devbox", "audits")


def file_names(hosts: t.Iterable[str]) -> dict[str, str]:
    """A file name for each host, the same in every run: %-encoded where a name needs it. Names that differ in case
    alone, or are too long, end in a part of their digest.
    """
    listed = list(hosts)
    safe = {host: _UNSAFE.sub(_encoded, host) for host in listed}
    folded = [name.casefold() for name in safe.values()]
    return {
        host: f"{name[:_LONGEST]}-{_digest(host)}{_SUFFIX}"
        if len(name) > _LONGEST or folded.count(name.casefold()) > 1
        else name + _SUFFIX
        for host, name in safe.items()
    }


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _digest(host: str) -> str:
    return hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def directory_of(text: str) -> Path:
    """The directory that an option names. Relative ones begin where ansible-playbook was started."""
    return Path(os.path.abspath(os.path.expanduser(text)))


def check(directory: Path) -> None:
    """Whether documents can be kept there, before there are any. Raises NotWritable; nothing is made."""
    with _explained(directory):
        existing = next(place for place in (directory, *directory.parents) if os.path.lexists(place))
        if not existing.is_dir():
            raise NotADirectoryError(None, "is not a directory", str(existing))
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(None, "may not be written", str(existing))


def write(directory: Path, documents: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
    """Keep the document of each host; the paths of the files. Raises NotWritable."""
    with _explained(directory):
        for place in reversed([place for place in (directory, *directory.parents) if not os.path.lexists(place)]):
            place.mkdir(mode=0o700)
        names = file_names(documents)
        for host, document in documents.items():
            _replace(directory / names[host], _to_bytes(document))
        return [str(directory / names[host]) for host in sorted(documents)]


def _to_bytes(document: t.Mapping[str, t.Any]) -> bytes:
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # half a character, which JSON writes as an escape


def _replace(path: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)  # 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


@contextlib.contextmanager
def _explained(directory: Path) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        at = "" if not error.filename or str(error.filename) == str(directory) else f" ({error.filename})"
        raise NotWritable(
            f"The documents cannot be kept in {directory}: {error.strerror}{at}. Name another directory (audit_dir of "
            "the playbook, directory of the module), or leave it empty to keep none."
        ) from None
