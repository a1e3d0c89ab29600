# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The message to a webhook."""

from __future__ import annotations

import json
import urllib.error

from ansible.module_utils.urls import open_url

PATIENCE = 10


def post(url: str, text: str) -> str:
    """Send one JSON message with `text`. Returns what went wrong, without the address, which is a secret; else an empty
    text.
    """
    try:
        message = json.dumps({"text": text}).encode()
        headers = {"Content-Type": "application/json"}
        with open_url(url, message, headers, "POST", timeout=PATIENCE, use_netrc=False):
            return ""
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except urllib.error.URLError as error:
        return f"it cannot be reached ({type(error.reason).__name__})"
    except (OSError, ValueError) as error:
        return f"it cannot be reached ({type(error).__name__})"
