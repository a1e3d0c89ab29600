# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetching a file from an address to this host, by Ansible's own client: proxies and certificates are those of the
environment.
"""

from __future__ import annotations

import http.client
import shutil
import urllib.error

from .._core.errors import ApplyError
from .._core.secrets import shown

PATIENCE = 60  # seconds without a byte


def download(url: str, target: str) -> None:
    """Fetch `url` into the new file `target`. Raises ApplyError; what was fetched of it until then is the caller's to
    remove.
    """
    from ansible.module_utils.urls import (
        ConnectionError as LibraryError,
    )  # slow to import, and there where Ansible put it
    from ansible.module_utils.urls import SSLValidationError, open_url

    try:
        with (
            open_url(url, timeout=PATIENCE, http_agent="gopher.devbox", follow_redirects="all") as answer,
            open(target, "xb") as file,
        ):
            shutil.copyfileobj(answer, file, 1 << 20)
            length = answer.headers.get("Content-Length")
            if length is not None and length.isdigit() and file.tell() != int(length):
                raise http.client.IncompleteRead(b"", int(length) - file.tell())
    except (urllib.error.URLError, http.client.HTTPException, LibraryError, SSLValidationError, OSError) as error:
        reason = (
            f"HTTP {error.code} {error.reason}"
            if isinstance(error, urllib.error.HTTPError)
            else str(getattr(error, "reason", None) or error)
        )
        raise ApplyError(
            f"{shown(url)} could not be fetched: {reason or type(error).__name__}.",
            "Look at the address, and at the proxy and the certificates of the host (http_proxy, https_proxy, "
            "SSL_CERT_FILE).",
            "Nothing was changed.",
        ) from error
