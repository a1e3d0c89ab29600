"""Which account a connection is of."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.login import account_behind_root


class Connection:
    """A connection plugin as far as it is asked."""

    def __init__(self, transport: str, **options: t.Any) -> None:
        self.transport, self._options = transport, options
        self.default_user = options.get("default_user")
        self._play_context = SimpleNamespace(remote_user=options.get("played"))

    def get_option(self, name: str) -> t.Any:
        return self._options[name]


@pytest.mark.parametrize(
    ("connection", "account"),
    [
        (Connection("ssh", remote_user="alice"), "alice"),
        (Connection("ansible.builtin.ssh", remote_user=None), ""),
        (Connection("local", remote_user="wrong", default_user="me"), "me"),
        (Connection("other", default_user="inside"), "inside"),
        (Connection("other", played="bob"), "bob"),
        (Connection("other"), ""),
    ],
)
def test_the_account_behind_root(connection: Connection, account: str) -> None:
    assert account_behind_root(t.cast(t.Any, connection), "root") == account
    assert account_behind_root(t.cast(t.Any, connection), "carol") is None
