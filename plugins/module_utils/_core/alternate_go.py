# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The go that VS Code starts in spite of PATH. Pure."""

from __future__ import annotations

from .findings import Finding


def alternate_go(named: str, wanted: str) -> Finding:
    """named: what VS Code starts as go. wanted: the go that the project wants, in words."""
    return Finding.of(
        "vscode_conflict",
        f"go.alternateTools in settings.json names {named} for go. VS Code's Go extension runs that, whatever "
        f"go.goroot and PATH say; the project wants {wanted}.",
        "Take go out of go.alternateTools, or name the project's own there.",
        "go.alternateTools",
    )
