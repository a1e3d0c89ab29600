# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env_info: from options to the document of an audit."""

from __future__ import annotations

import time
import typing as t

from .._core.errors import DevboxError
from .._core.masker import Masker
from .._go.audit_checks import check
from .._go.audit_document import to_document
from .._media.audit import AuditedHost, AuditQuery, audited

if t.TYPE_CHECKING:
    from .._hosts.host import Host

#: which distros of a Windows host are looked at: none, those that run, or all, which are started for it
DISTROS = ("none", "running", "all")

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "image": {"type": "list", "elements": "str"},
    "hives": {
        "type": "dict",
        "options": {"system": {"type": "str"}, "software": {"type": "str"}, "user": {"type": "str"}},
    },
    "project": {"type": "str"},
    "acl": {"type": "bool", "default": False},
    "measure": {"type": "bool", "default": False},
    "distros": {"type": "str", "choices": list(DISTROS), "default": DISTROS[0]},
}


def run(
    opened: t.Callable[[t.Any], AuditedHost],
    params: t.Mapping[str, t.Any],
    host: Host,
    _check_mode: bool = False,
    _diff: bool = False,
    now: t.Callable[[], float] = time.time,
) -> dict[str, t.Any]:
    """One run of go_env_info: its result, `failed` with a message when options are of no use, or the host gave no
    answer.

    opened: gives the audited host of a host.
    """
    query = AuditQuery(params["user"] or None, params["project"] or None, params["acl"], params["measure"])
    try:
        taken = now()
        audit, seen = audited(opened(host), query)
    except DevboxError as error:
        from .options import failure  # only a run that fails needs it

        return failure(error, params, host.environ)
    document = to_document(audit, check(audit), taken)
    return {"changed": False, "audit": Masker(params, seen.known).result(document)}


def named(result: dict[str, t.Any], host: str) -> dict[str, t.Any]:
    """The result with the name that the inventory has for the host."""
    return {**result, "audit": {**result["audit"], "host": host}} if "audit" in result and host else result
