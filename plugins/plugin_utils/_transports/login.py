# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which account a connection to a POSIX host is of."""

from __future__ import annotations

import typing as t

from ansible.plugins.connection import ConnectionBase

from .family import kind_of

ROOT = "root"


def account_behind_root(connection: ConnectionBase, becomes: str) -> str | None:
    """The account of a connection whose task becomes root, empty where that is not known. None for a task that becomes
    another account than root, which is the one that is meant.
    """
    return login_of(connection) if becomes == ROOT else None


def login_of(connection: ConnectionBase) -> str:
    """The account that a connection logs in as: for a local one that which runs Ansible. Empty where it is not known,
    such as where the configuration of ssh names it.
    """
    if kind_of(connection) == "local":
        return str(getattr(connection, "default_user", "") or "")
    found: t.Any = None
    try:
        found = connection.get_option("remote_user")
    except (KeyError, AttributeError):
        found = getattr(connection, "default_user", None) or connection._play_context.remote_user
    return str(found or "")
