# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a short-lived module start in less time: its imports out of the archive in which Ansible ships it, and no
garbage collection.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import pkgutil
import sys
import typing as t
import zipimport

_OURS = __name__.rpartition("._run.")[0] + "."


class Finder:
    """A finder for `sys.meta_path`, of this collection's own modules.

    zipimport compiles a module to tell the name of its file (zipimporter.get_filename), and once more to run it. The
    name is known here.
    """

    @staticmethod
    def find_spec(
        name: str, path: t.Sequence[str] | None = None, _target: t.Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Where that module is; None for one that is somebody else's, or in no archive: the other finders are asked
        then.
        """
        if not path or not name.startswith(_OURS):
            return None
        importer = pkgutil.get_importer(path[0])
        if not isinstance(importer, zipimport.zipimporter):
            return None
        try:
            package = importer.is_package(name)
        except ImportError:
            return None
        place = f"{path[0]}/{name.rpartition('.')[2]}"
        file, inside = (f"{place}/__init__.py", [place]) if package else (f"{place}.py", None)
        return importlib.util.spec_from_file_location(name, file, loader=importer, submodule_search_locations=inside)


def speed_up_imports() -> None:
    """Where this module came out of an archive, find the others of this collection this way from now on, and collect no
    garbage: a module makes hardly any, and the compiler's many objects would be looked through again and again.
    """
    if isinstance(__spec__.loader, zipimport.zipimporter):
        gc.disable()
        sys.meta_path.insert(0, t.cast(t.Any, Finder))
