# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go takes besides the environment, for who only looks: the go env file as go reads it, go.env of the go that
runs, and what is built in. What a change would need is `goenvfile.GoEnvStore`'s. Pure.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.record import Ledger
from .._core.syntaxes import syntax_of
from .._core.values import Value
from .._formats import goenv
from .._go import gosettings
from .audit import REPAIR

if t.TYPE_CHECKING:
    from .._core.findings import Finding


class Layer(t.NamedTuple):
    """See `audit.GoLayer`."""

    name: str
    variables: t.Mapping[str, Value]
    known: bool = True


class Managed(t.NamedTuple):
    """See `audit.GoRecord`."""

    variables: t.Mapping[str, str]


@dataclass(frozen=True)
class GoSettingsSeen:
    """See `audit.GoStack`."""

    #: the go env file, empty for none
    path: str
    #: go.env of the go that runs, empty for none
    go_env: str
    #: what the go env file holds, as go reads it
    file: t.Mapping[str, str]
    layers: tuple[Layer, ...]
    record: Managed
    noticed: tuple[Finding, ...]

    def without(self, names: t.Collection[str]) -> GoSettingsSeen:
        """These without what is built in for variables of which that is not known."""
        layers = tuple(
            layer._replace(variables={name: value for name, value in layer.variables.items() if name not in names})
            if layer.name == gosettings.BUILT_IN
            else layer
            for layer in self.layers
        )
        return replace(self, layers=layers)


def seen_settings(
    data: t.Callable[[str], bytes],
    family: str,
    home: str,
    environment: t.Mapping[str, str],
    root: str,
    ledger: str,
) -> GoSettingsSeen:
    """What go takes. data: gives what was read of a file, nothing for none. family: "posix", "darwin" or "windows".
    environment: of a process, with its home. root: of the SDK whose go runs, empty for none. ledger: of the go env
    file.
    """
    path, _reason = gosettings.goenv_path(family, home or None, environment)
    found = goenv.parse(data(path) if path else b"")
    file = {name: text for name, text in found.as_go_reads.items() if name == name.upper()}
    root = gosettings.root_of_go_env(environment, file) or root
    go_env = syntax_of(family).child(root, "go.env") if root else ""
    shipped = goenv.parse(data(go_env)).as_go_reads if go_env else {}
    kept = data(ledger)
    return GoSettingsSeen(
        path or "",
        go_env,
        file,
        (
            _layer(gosettings.BUILT_IN, gosettings.defaults(family, home or None, environment, file)),
            _layer(gosettings.GO_ENV, shipped),
            _layer(gosettings.FILE, file),
        ),
        Managed(Ledger.loads(kept.decode("utf-8", "replace") if kept else None).record.variables),
        tuple(goenv.repaired(path or "", oddity, REPAIR) for oddity in found.oddities if oddity.kind in goenv.REPAIRED),
    )


def _layer(name: str, texts: t.Mapping[str, str]) -> Layer:
    return Layer(name, {key: Value(text) for key, text in texts.items()})
