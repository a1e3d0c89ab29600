# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk on a Windows host, from the controller: from options to a result."""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._core.effective import effective
from .._core.errors import ApplyError, Blocked, DevboxError, TransportError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.reading import must_be_known
from .._core.state import State
from .._core.values import Value, Variables
from .._core.wanted import Scope, Wanted
from .._core.windows import directory_of, expand, fold_path, split_path, with_texts
from .._formats import frames
from .._formats.cmdscript import LOOP, can_quote, for_each, program
from .._formats.sdk_archive import Refused, Vet
from .._go.sdk_request import (
    Existing,
    Request,
    Step,
    decide,
    in_use,
    must_be_wanted,
    must_match,
    refused,
    request_of,
    to_result,
)
from .._hosts.batch import Inquiry, Question, ask_all
from .._hosts.sdk_install_windows import Looked, WindowsSdk, must_have_tools, problem_of_dest
from .._hosts.staging import new_mark
from .._hosts.transport import Transport
from .._media.registry_live import RegistryStore, read_again
from .._media.registry_medium import REGISTRY
from .options import failure
from .sdk_source import Source

PIECE = 8 << 20  # bytes of the archive that one command takes

_HIVE = re.compile(r"(?m)^HKEY_USERS\\(S-1-5-21-[0-9-]+)\\Environment\s*$")
_VALUE = re.compile(r"(?im)^ {4}(PATH|GOROOT) {4}REG_(?:EXPAND_)?SZ {4}(.*?)\s*$")


def run(
    params: t.Mapping[str, t.Any],
    connect: t.Callable[[], Transport],
    check_mode: bool,
    diff: bool,
    source: Source | None,
    told: t.Callable[[int], t.Any] = lambda _size: None,
) -> dict[str, t.Any]:
    """One run of go_sdk: its result, `failed` with a message for people when it could not be done. `told` hears how
    much was sent.
    """
    transport: Transport | None = None
    try:
        wish = request_of({**params, "dest": directory_of(params["dest"], {})}, problem_of_dest)
        if wish.present and wish.remote_src and not can_quote(wish.src or ""):
            raise WantedError(f'src: {wish.src!r} cannot be asked for: none of " % & ^ | < > may stand in it.')
        transport = connect()
        masked: dict[str, t.Any] = Masker(params).result(_Run(wish, transport, source, told).result(check_mode, diff))
        return masked
    except DevboxError as error:
        return failure(error, params)
    finally:
        if transport is not None:
            transport.close()


class _Run:
    def __init__(
        self, wish: Request, transport: Transport, source: Source | None, told: t.Callable[[int], t.Any]
    ) -> None:
        self.wish, self.transport, self.source, self.told = wish, transport, source, told
        self.sdk = WindowsSdk(transport, wish.dest, wish.machine)
        self.findings: list[Finding] = []

    def result(self, check_mode: bool, diff: bool) -> dict[str, t.Any]:
        wish = self.wish
        looked = self.sdk.look(users=not wish.present or wish.force)
        if looked.left and not check_mode:
            self.sdk.sweep(looked.left)
            self.findings.append(
                Finding.of(
                    "leftovers_removed", f"Removed what {len(looked.left)} broken-off runs had left beside {wish.dest}."
                )
            )
            looked = self.sdk.look(users=not wish.present or wish.force)
        step = decide(wish, looked.stands)
        if step is not Step.NOTHING:
            self._must_be_allowed(looked)
        if step in (Step.REMOVE, Step.REPLACE):
            self._must_be_unused(looked, step)
        checksum = None
        if step in (Step.INSTALL, Step.REPLACE):
            must_have_tools(looked, wish.machine, bool(wish.url))
        if not check_mode and step is Step.REMOVE:
            self._remove()
        elif not check_mode and step is not Step.NOTHING:
            checksum = self._install(looked, step)
        return to_result(wish, looked.stands, step, checksum, self.findings, diff)

    def _must_be_allowed(self, looked: Looked) -> None:
        if self.wish.machine and not looked.elevated:
            raise Blocked(
                [
                    Finding.of(
                        "not_elevated",
                        f"An SDK for everybody needs an elevated account, and {looked.account[0]} is not in this "
                        f"session.",
                        "Connect as the built-in or a domain administrator, or set scope: user.",
                        looked.account[0],
                    )
                ]
            )

    # --- installing --------------------------------------------------------------------------------------------------

    def _install(self, looked: Looked, step: Step) -> str:
        try:
            checksum = self._prepared(looked)
            stands = self.sdk.put(replace=step is Step.REPLACE)
        except Refused as error:
            raise refused(self.wish, str(error)) from error
        finally:
            with contextlib.suppress(TransportError):  # what went wrong first is what counts; a later run sweeps
                self.sdk.clean()
        if stands.kind is not Existing.SDK or stands.version != self.wish.version:
            raise ApplyError(
                f"{self.wish.dest} could not be put into its place. The host said: {self.sdk.said or 'nothing'}.",
                "Look for a program that holds something in it, or a scanner that keeps new programs away, and "
                "run again.",
                f"{self.wish.dest} holds {stands.version}, as before." if stands.version else "Nothing was changed.",
            )
        return checksum

    def _prepared(self, looked: Looked) -> str:
        """The SDK aside, judged and whole; the archive's SHA-256."""
        wish, sdk = self.wish, self.sdk
        if self.source is not None:
            self.source.must_match(f"sha256:{wish.checksum}" if wish.checksum else "none", wish.dest)
        exposed = sdk.begin(looked)
        if self.source is not None:
            sdk.send(self.source.pieces(PIECE), self.told)
        elif wish.url:
            sdk.fetch(wish.url)
        else:
            sdk.copy(wish.src or "")
        checksum = sdk.checksum()
        must_match(wish, checksum)
        vet = Vet(windows=True)
        for member in sdk.members():
            vet.take(member)
        vet.finish()
        must_be_wanted(wish, sdk.unpack())
        if exposed:
            self.findings.append(
                Finding.of(
                    "go_writable_by_users",
                    f"Ordinary users can write to {', '.join(exposed)}, so they can exchange the go that "
                    f"everybody runs.",
                    "Take that right from them (icacls), or choose a dest below %ProgramFiles% (CWE-427).",
                    exposed[0],
                )
            )
        return checksum

    # --- removing ----------------------------------------------------------------------------------------------------

    def _must_be_unused(self, looked: Looked, step: Step) -> None:
        references = self._references() if step is Step.REMOVE else []
        running = list(looked.busy)
        if looked.gopls and references:
            running.append(
                "gopls.exe, which finds its go by them"
            )  # which SDK a gopls uses cannot be told; one that PATH or GOROOT names, it may
        in_use(self.wish, references, running)

    def _references(self) -> list[str]:
        """The registry's values that name the SDK: of the machine, and of each user whose hive is loaded."""
        hives = f"{program('reg.exe')} query HKU"
        loop = for_each(
            f"/f \"delims=\" {LOOP}i in ('{hives}')", [f'{program("reg.exe")} query "{LOOP}i\\Environment" 2>nul']
        )
        registry, wanted = RegistryStore(self.transport), Wanted(REGISTRY, scope=Scope.USER)

        def others() -> Inquiry[bytes]:
            mark = new_mark()
            answer = yield Question(mark, tuple(frames.framed(mark, "hives", loop)))
            return answer.framed.first("hives") or b""

        state, told = read_again(
            lambda: ask_all(self.transport, lambda: registry.reading(wanted), others),
            lambda found: t.cast(State, found[0]),
        )
        must_be_known(state)
        known = with_texts(effective(state).texts)
        found = [f"{name} of the machine" for name in self._naming(state.in_scope(Scope.MACHINE), known)]
        found += [f"{name} of {state.account.name}" for name in self._naming(state.in_scope(Scope.USER), known)]
        for sid, values in _hives(told.decode(registry.codec, "replace")):
            if sid != state.account.id:
                found += [f"{name} of {sid}" for name in self._naming(values, known)]
        return found

    def _naming(self, values: Variables, known: Variables) -> list[str]:
        target = fold_path(self.wish.dest, {})
        found = (
            ["GOROOT"] if "GOROOT" in values and fold_path(expand(values.text("GOROOT"), known), {}) == target else []
        )
        entries = [fold_path(entry, known) for entry in split_path(values.text("PATH"))]
        return (
            [*found, "PATH"] if any(entry == target or entry.startswith(target + "\\") for entry in entries) else found
        )

    def _remove(self) -> None:
        stands = self.sdk.take()
        if stands.kind is not Existing.NOTHING:
            raise ApplyError(
                f"{self.wish.dest} could not be taken out of its place. The host said: {self.sdk.said or 'nothing'}.",
                "Look for a program that runs in it or has a file of it open, and run again.",
                "Nothing of it was removed.",
            )


def _hives(text: str) -> t.Iterator[tuple[str, Variables]]:
    """(SID, PATH and GOROOT) of each hive, out of what reg.exe printed of one after the other."""
    parts = _HIVE.split(text)
    for sid, body in zip(parts[1::2], parts[2::2]):
        yield sid, Variables((name.upper(), Value(data)) for name, data in _VALUE.findall(body.split("\nHKEY_", 1)[0]))
