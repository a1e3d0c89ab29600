# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What wsl.exe starts on this side, for a moment: launcher.py ADDRESS FILES WORD...

It hands the files that it inherited, and the words, to the service. Imports nothing that takes time.
"""

from __future__ import annotations

import _socket
import os
import sys

SOL_SOCKET, SCM_RIGHTS = 1, 1


def main(address: str, files: str, *words: str) -> int:
    numbers = [int(name[1:]) for name in files.split(",") if name[0] == "f"]
    body = b"\0".join(os.fsencode(word) for word in (files, *words))
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(b"\0" + address.encode())
    rights = b"".join(number.to_bytes(4, sys.byteorder) for number in numbers)
    data = len(body).to_bytes(4, "little") + body
    sent = connection.sendmsg([data], [(SOL_SOCKET, SCM_RIGHTS, rights)])
    while sent < len(data):
        sent += connection.send(data[sent:])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
