# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may write to directories that are made in an image on NTFS, as ntfs-3g itself says it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from freshimage import needs, ntfs
from images import Runner, WindowsImage
from test_image import has_hivex
from unit.plugins.module_utils._formats.test_descriptors import PROGRAM_FILES, descriptor

from ansible_collections.gopher.devbox.plugins.module_utils._formats.descriptors import inherited, writers
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.attributes import read_attribute

ACL = "system.ntfs_acl"


@needs("mkntfs", "ntfs-3g", "fusermount")
@pytest.mark.skipif(not has_hivex(), reason="the hivex binding is not here")
def test_a_directory_has_what_windows_would_have_it_inherit(tmp_path: Path) -> None:
    with ntfs(tmp_path) as top, contextlib.closing(Runner()) as runner:
        image = WindowsImage(top / "w")
        above = image.root / "Program Files"
        os.setxattr(above, ACL, descriptor(PROGRAM_FILES))
        options = {"image": [str(image.root)], "scope": "machine", "create_directories": True}
        for gopath, is_open in ((r"C:\Program Files\work\go", False), (r"C:\work", True)):
            place = image.root.joinpath(*gopath.split("\\")[1:])
            for check in (True, False, False):
                result = runner.run(**options, gopath=[gopath], check=check)
                assert not result.get("failed"), result["msg"]
                said = [one["message"] for one in result["findings"] if one["id"] == "go_writable_by_users"]
                assert len(said) == is_open, (gopath, check)
                assert all(rf"Everyone can write to {gopath}\src, {gopath}\pkg, {gopath}\bin" in one for one in said)
                assert place.is_dir() != check
            for name in ("", "src", "pkg", "bin"):
                assert bool(writers(read_attribute(place / name, ACL))) == is_open, name
        own = inherited(read_attribute(above, ACL), directory=True)
        assert read_attribute(above / "work", ACL) == own
        assert read_attribute(above / "work/go", ACL) == inherited(own, directory=True)
