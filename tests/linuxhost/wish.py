# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host shall be: said by its owner, read by its keeper."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account


@dataclass(frozen=True)
class Wish:
    directory: Path
    """The host's on this machine, with the keys in it; removed at the end."""
    accounts: list[Account]
    authorised: str
    """A line of authorized_keys."""
    trees: dict[str, list[Path]]
    """For a directory of the host: directories of this machine's whose content stands in it, to be written to like everything else."""  # noqa: E501
    shown: dict[str, Path]
    """For a directory of the host: the one of this machine's that is seen there, read only."""
    port: int = 0

    @classmethod
    def from_json(cls, text: str) -> Wish:
        given = json.loads(text)
        return cls(
            directory=Path(given["directory"]),
            accounts=[Account(**item) for item in given["accounts"]],
            authorised=given["authorised"],
            trees={at: [Path(item) for item in trees] for at, trees in given["trees"].items()},
            shown={at: Path(item) for at, item in given["shown"].items()},
            port=given["port"],
        )

    def as_json(self) -> str:
        return json.dumps(
            {
                "directory": str(self.directory),
                "accounts": [vars(item) for item in self.accounts],
                "authorised": self.authorised,
                "trees": {at: [str(item) for item in trees] for at, trees in self.trees.items()},
                "shown": {at: str(item) for at, item in self.shown.items()},
                "port": self.port,
            }
        )
