# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strace wrote is counted the same, whichever process's call came in between."""

from __future__ import annotations

import tracing

WHOLE = """\
10    execve("/bin/bash", ["bash"], 0x7ffe /* 3 vars */) = 0
10    openat(AT_FDCWD, "/etc/profile", O_RDONLY) = 3
10    openat(AT_FDCWD, "/root/.bash\\"rc", O_RDONLY) = -1 ENOENT (No such file or directory)
10    clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 11
11    execve("/usr/bin/id", ["id", "-u"], 0x55 /* 3 vars */) = 0
10    clone3({flags=CLONE_VM|CLONE_THREAD, child_tid=0x7f}, 88) = 12
"""

CUT = """\
10    execve("/bin/bash", ["bash"], 0x7ffe /* 3 vars */) = 0
10    openat(AT_FDCWD, "/etc/profile", O_RDONLY <unfinished ...>
9     openat(AT_FDCWD, "/elsewhere", O_RDONLY <unfinished ...>
10    <... openat resumed>)             = 3
9     <... openat resumed>)             = -1 ENOENT (No such file or directory)
10    clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>
11    execve("/usr/bin/id", ["id", "-u"], 0x55 /* 3 vars */ <unfinished ...>
10    <... clone resumed>, child_tidptr=0x7f) = 11
10    clone3({flags=CLONE_VM|CLONE_THREAD, child_tid=0x7f} <unfinished ...>
11    <... execve resumed>)             = 0
10    <... clone3 resumed> => {parent_tid=[0]}, 88) = 12
"""


def test_processes_programs_and_files() -> None:
    assert tracing.read(WHOLE) == (1, 2, ["/etc/profile"], ["/etc/profile", '/root/.bash\\"rc'])


def test_calls_cut_in_two() -> None:
    assert tracing.read(CUT) == (1, 2, ["/etc/profile"], ["/etc/profile", "/elsewhere"])
