# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The message to a webhook."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

PATIENCE = 10


def post(url: str, text: str) -> str:
    """Send one JSON message with `text`. Returns what went wrong, without the address, which is a secret; else an empty
    text.
    """
    try:
        request = urllib.request.Request(  # noqa: S310 - settings.py accepts http and https only
            url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except urllib.error.URLError as error:
        return f"it cannot be reached ({type(error.reason).__name__})"
    except (OSError, ValueError) as error:
        return f"it cannot be reached ({type(error).__name__})"
