# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk_info: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError
from .._core.masker import Masker
from .._media.sdks import SdkQuery, SdkStore
from .options import failure
from .sdk_result import to_result

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "search": {"type": "list", "elements": "str", "default": []},
    "project": {"type": "str"},
}


def run(params: t.Mapping[str, t.Any], store: SdkStore, *known: t.Any) -> dict[str, t.Any]:
    """One run of go_sdk_info: its result, `failed` with a message when it could not be done.

    known: what else may hold secrets that a message quotes.
    """
    try:
        found = store.find(SdkQuery(params["user"], tuple(params["search"]), params["project"] or None))
        masked: dict[str, t.Any] = Masker(params, *found.known).result(to_result(found))
        return masked
    except DevboxError as error:
        return failure(error, params, *known)
