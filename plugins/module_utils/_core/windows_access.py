# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which directories of a Windows host ordinary users can likely write to, by where they are (docs/facts.md,
"Security descriptors"). Pure.
"""

from __future__ import annotations

import typing as t

from .windows import can_look_up, child, fold_path, is_within

#: variables of the system that name directories in which Windows lets ordinary users write nothing
_GUARDED = ("SYSTEMROOT", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432")
#: directories below %ProgramData%, where ordinary users can make files, that their programs guard
_GUARDED_DATA = ("Microsoft", "chocolatey", "Package Cache", "ssh")
_ROOT = 3  # characters of a drive's root


def is_likely_writable(directory: str, values: t.Mapping[str, str]) -> bool:
    r"""Whether a directory is one that any user may write to unless somebody changed its permissions: what is made
    under the root of a drive inherits that, but for the directories that Windows guards and the users' own.

    values: the variables of a process, by folded name.
    """
    if not can_look_up(directory) or len(directory) <= _ROOT:
        return False
    place = fold_path(directory, {})
    users = values.get("PUBLIC", "").rpartition("\\")[0]
    data = values.get("PROGRAMDATA", "")
    guarded = [values.get(name, "") for name in _GUARDED] + [users]
    guarded += [child(data, name) for name in _GUARDED_DATA] if data else []
    return not any(is_within(place, fold_path(other, {})) for other in guarded if len(other) > _ROOT)
