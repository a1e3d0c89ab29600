# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frozen dataclasses of which changed copies are made, as named tuples have it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

T = t.TypeVar("T", bound="Frozen")


class Frozen:
    """The base of a frozen dataclass."""

    def _replace(self: T, **changes: t.Any) -> T:  # noqa: PYI019 - Python 3.9 has no Self
        """This one with other fields. Raises TypeError for a field that it does not have."""
        return t.cast(T, dataclasses.replace(t.cast(t.Any, self), **changes))
