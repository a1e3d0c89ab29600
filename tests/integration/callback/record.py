# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Ansible callback that keeps what each task returned: one JSON document a line, in the file that DEVBOX_RECORD
names.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Keeps the results of tasks
description: One JSON document a line, in the file that DEVBOX_RECORD names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"

    def _keep(self, result: Any, **more: bool) -> None:
        line = {
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "action": result._task.action,
            "result": {**result._result, **more},
        }
        with open(os.environ["DEVBOX_RECORD"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._keep(result, failed=False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._keep(result, failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._keep(result, unreachable=True)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._keep(result, skipped=True)
