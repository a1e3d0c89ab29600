# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that others can read where they are kept. Pure."""

from __future__ import annotations

import typing as t

from .findings import Finding
from .secrets import secrets_in


def secret_readable(name: str, value: str, places: t.Sequence[str]) -> list[Finding]:
    """A finding when the value of this variable holds a secret. places: where others can read it, in words."""
    if not places or not secrets_in(value):
        return []
    return [
        Finding.of(
            "secret_readable",
            f"{name} holds a secret, and others can read it in {', '.join(places)}.",
            "Keep the secret in the user's netrc file, which go reads (GOAUTH=netrc), or the variable in the "
            "user's own scope. Of a file of the "
            "user's own, take the right to read from others (chmod go-r): a run never changes the permissions of "
            "a file that exists.",
            name,
        )
    ]
