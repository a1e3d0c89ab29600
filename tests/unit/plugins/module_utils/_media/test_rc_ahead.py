"""Start files of a distro, by scripts: the contract of stores, and how many questions are asked."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from unit.contract import Contract
from unit.distros import Busybox, Dash, busybox_root, host_of
from unit.support import make_sdk

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Store
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro import DistroHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_ahead import ahead
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

from .test_contract import StartFiles


class InDistro(StartFiles):
    """The /bin/sh of this host, in a home of its own."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.forbidden = False

    def store(self) -> Store:
        return store_of(host_of(Dash(self.home), ahead(Scope.USER)))

    def forbid(self, forbidden: bool) -> None:
        self.place.chmod(0o444 if forbidden else 0o644)
        source = self.home / ".config/gopher-devbox/env.sh"
        source.chmod(0o444 if forbidden else 0o600)


def store_of(host: DistroHost) -> RcStore:
    return RcStore(host, host.accounts.own())


class TestDistro(Contract):
    medium = InDistro


ONE = Wanted(START_FILES, gopath=("/w",), variables={"GOPROXY": "off"}, shells=("sh", "bash"))
