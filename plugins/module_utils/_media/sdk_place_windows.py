# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of an SDK on a Windows host: what a path must be, and what names the SDK there."""

from __future__ import annotations

import re
import typing as t

from .._core.effective import effective
from .._core.errors import ReadError
from .._core.reading import must_be_known
from .._core.state import State
from .._core.values import Value, Variables
from .._core.wanted import Scope, Wanted
from .._core.windows import directory_of, expand, fold_path, split_path, with_texts
from .._formats import frames
from .._formats.cmdscript import LOOP, can_quote, for_each, program
from .._formats.profiles import PERSON
from .._go.sdk_request import Request
from .._hosts.batch import REG_NOT_STARTED, Inquiry, Question, ask_all
from .._hosts.sdk_install_windows import WindowsSdk, problem_of_dest
from .._hosts.staging import new_mark
from .._hosts.transport import Transport
from .registry_live import RegistryStore, read_again
from .registry_medium import REGISTRY

_HIVE = re.compile(rf"(?m)^HKEY_USERS\\({PERSON})\\Environment\s*$")
_VALUE = re.compile(r"(?im)^ {4}(PATH|GOROOT) {4}REG_(?:EXPAND_)?SZ {4}(.*?)\s*$")


class WindowsPlaces:
    """See `sdk_host.SdkPlaces`: a Windows host. connect: opens the way to it."""

    def __init__(self, connect: t.Callable[[], Transport]) -> None:
        self.known: tuple[t.Any, ...] = ()
        self._connect = connect

    def dest(self, text: str) -> str:
        return directory_of(text, {})

    def problem_of(self, option: str, text: str) -> str | None:
        if option == "dest":
            return problem_of_dest(text)
        return None if can_quote(text) else 'cannot be looked up: none of " % & ^ | < > may be in it.'

    def at(self, request: Request) -> WindowsPlace:
        return WindowsPlace(self._connect(), request)


class WindowsPlace(WindowsSdk):
    """See `sdk_host.SdkHost`: one of the host itself."""

    def references(self) -> list[str]:
        """The registry's values that name the SDK: of the machine, and of each user whose hive is loaded."""
        hives = f"{program('reg.exe')} query HKU"
        query = f'{program("reg.exe")} query "{LOOP}i\\Environment" 2>nul'
        registry, wanted = RegistryStore(self.transport), Wanted(REGISTRY, scope=Scope.USER)

        def others() -> Inquiry[bytes]:
            mark = new_mark()
            loop = for_each(f"/f \"delims=\" {LOOP}i in ('{hives}')", frames.run_reporting_start(mark, query))
            answer = yield Question(mark, tuple(frames.framed(mark, "hives", loop)))
            return answer.framed.first("hives") or b""

        state, hives_of_others = read_again(
            lambda: ask_all(self.transport, lambda: registry.reading(wanted), others),
            lambda found: t.cast(State, found[0]),
        )
        must_be_known(state)
        known = with_texts(effective(state).texts)
        found = [f"{name} of the machine" for name in naming(self.request.dest, state.in_scope(Scope.MACHINE), known)]
        found += [
            f"{name} of {state.account.name}" for name in naming(self.request.dest, state.in_scope(Scope.USER), known)
        ]
        of_users = dict(_hives(hives_of_others.decode(registry.codec, "replace")))
        if re.fullmatch(PERSON, state.account.id) and state.account.id not in of_users:
            raise ReadError(*REG_NOT_STARTED)  # its own hive is among the loaded ones
        for sid, values in of_users.items():
            if sid != state.account.id:
                found += [f"{name} of {sid}" for name in naming(self.request.dest, values, known)]
        return found

    def close(self) -> None:
        self.transport.close()


def naming(dest: str, values: Variables, known: Variables) -> list[str]:
    """Which of GOROOT and PATH among these values name the SDK at `dest`. Pure."""
    target = fold_path(dest, {})
    found = ["GOROOT"] if "GOROOT" in values and fold_path(expand(values.text("GOROOT"), known), {}) == target else []
    entries = [fold_path(entry, known) for entry in split_path(values.text("PATH"))]
    return [*found, "PATH"] if any(entry == target or entry.startswith(target + "\\") for entry in entries) else found


def _hives(text: str) -> t.Iterator[tuple[str, Variables]]:
    """(SID, PATH and GOROOT) of each hive, out of what reg.exe printed of one after the other."""
    parts = _HIVE.split(text)
    for sid, body in zip(parts[1::2], parts[2::2]):
        yield sid, Variables((name.upper(), Value(data)) for name, data in _VALUE.findall(body.split("\nHKEY_", 1)[0]))
