# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way out of a module on a host: its result, its errors and its lines in the system's log, with every secret of its
options masked.
"""

from __future__ import annotations

import types
import typing as t

from .._core.masker import Masker


class Masked:
    """Before AnsibleModule among the bases of a module: what the module was given is in its `invocation` and in the
    log, without secrets.
    """

    params: t.Mapping[str, t.Any] = types.MappingProxyType({})

    def carry_out(self, run: t.Callable[..., dict[str, t.Any]], *arguments: t.Any) -> None:
        """End with the result of `run`, as a failure where it says so."""
        try:
            result = run(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it says leaves this way only
            from .options import defect

            result = defect(error, self.params)
        if result.get("failed"):
            self.fail_json(**result)
        else:
            self.exit_json(**result)

    def exit_json(self, **result: t.Any) -> None:
        super().exit_json(**self._masked(result))  # type: ignore[misc]

    def fail_json(self, msg: str, **result: t.Any) -> None:
        super().fail_json(**self._masked({**result, "msg": msg}))  # type: ignore[misc]

    def log(self, msg: str | bytes, log_args: t.Mapping[str, t.Any] | None = None) -> None:
        masker = Masker(self.params)
        text = masker.text(msg.decode("utf-8", "replace") if isinstance(msg, bytes) else msg)
        args = None if log_args is None else masker.result({name: str(value) for name, value in log_args.items()})
        super().log(text, log_args=args)  # type: ignore[misc]

    def _masked(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        masked: dict[str, t.Any] = Masker(self.params).result({"invocation": {"module_args": self.params}, **result})
        return masked
