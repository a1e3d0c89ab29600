"""The files of a distro, by scripts for its /bin/sh: dash with coreutils, and busybox alone."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from unit.distros import Busybox, Dash, Fresh, busybox_root
from unit.files_contract import FilesContract, flagged, names, needs_root, put

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busybox_root(tmp_path_factory.mktemp("busybox"))


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Dash:
    return Dash(tmp_path) if request.param == "dash" else Busybox(tmp_path, request.getfixturevalue("root"))


class TestFiles(FilesContract):
    @pytest.fixture
    def files(self, shell: Dash) -> t.Any:
        return Fresh(shell)

    @needs_root
    def test_an_immutable_file_and_directory_are_told(self, files: t.Any, tmp_path: Path) -> None:
        """Without lsattr flags are not foreseen, and the file stays as it is."""
        if isinstance(files.shell, Busybox):
            path = tmp_path / "rc"
            path.write_bytes(b"theirs")
            with flagged(path, 0x10), pytest.raises(ApplyError, match=r"rc could not be written: Operation not permitted"):
                put(files, path, b"ours")
            assert (names(tmp_path), path.read_bytes()) == (["rc"], b"theirs")
        else:
            super().test_an_immutable_file_and_directory_are_told(files, tmp_path)
