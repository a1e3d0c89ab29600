# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user scopes of all real profiles of a Windows host, and the template of new ones: read together."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass

from .._core.errors import Blocked, DevboxError, ReadError
from .._core.findings import Finding, Severity
from .._core.planner import missing_facts
from .._core.reading import ROUNDS
from .._core.state import State
from .._core.values import fold_name
from .._core.wanted import Scope, Wanted
from .._hosts import staging
from .._hosts.batch import Inquiry, Question, ask, ask_all
from .._hosts.transport import Transport
from .registry_answers import (
    Reader,
    Reading,
    codec_of,
    lost_at_sign_out,
    must_have_answered,
    oem_question,
    plain_directories,
    roaming,
)
from .registry_live import RegistryStore, swept_hives
from .registry_scripts import read_script

#: the user that is everybody
ALL = "all"
#: what makes a profile one that nothing can be written to
_LEFT_OUT = frozenset(("profile_without_hive", "mandatory_profile", "temporary_profile"))


@dataclass
class FoundUser:
    """A user scope of the host.

    name: of the account, of the folder of its profile, or `default_user`. found: its state, or why it could not be
    read.
    """

    name: str
    wanted: Wanted
    store: RegistryStore
    found: State | DevboxError

    @property
    def sid(self) -> str:
        return self.wanted.user or ""


class Users(t.NamedTuple):
    """found: in the order of SIDs, the template last. findings: those who are left out, and why."""

    found: list[FoundUser]
    findings: list[Finding]


class _Listed(t.NamedTuple):
    """A user who is to be read."""

    name: str
    wanted: Wanted


class _Listing(t.NamedTuple):
    framed: t.Any
    users: list[_Listed]
    findings: list[Finding]


def read_all(transport: Transport, wanted: Wanted, store: t.Callable[[], RegistryStore] | None = None) -> Users:
    """Who there is, and what they have. One command lists them, and as few as cmd.exe can take read them. Raises
    ReadError, TransportError.
    """
    paths = plain_directories(wanted)
    listing: _Listing = ask(transport, lambda: _listed(wanted, paths))
    stores = [store() if store else RegistryStore(transport) for _user in listing.users]
    asked = [
        functools.partial(_attempted, one, listing.framed, user.wanted, paths)
        for one, user in zip(stores, listing.users)
    ]
    answers = ask_all(transport, *asked) if asked else []
    found = [FoundUser(user.name, user.wanted, one, state) for user, one, state in zip(listing.users, stores, answers)]
    findings = list(listing.findings)
    for user in list(found):
        reason = _left_out(user)
        if reason is not None:
            findings.append(reason)
            found.remove(user)
    _look_up(found)
    for user in found:
        if isinstance(user.found, State):
            user.store.use_ahead(user.wanted, user.found)
    return Users(found, findings)


def _listed(wanted: Wanted, paths: list[str]) -> Inquiry[_Listing]:
    mark = staging.new_mark()
    framed, completed = yield Question.of(mark, read_script(mark, wanted, paths))
    must_have_answered(framed, completed)
    findings = yield from swept_hives(framed)
    codec = codec_of(framed, None)
    if codec is None:
        codec = codec_of(framed, (yield from oem_question()))
    reader = Reader(Reading(framed, codec), wanted, paths)
    loaded = {fold_name(name) for name in reader.loaded()}
    names = reader.signed_in()
    users = []
    for sid, profile in sorted(reader.profiles().items()):
        if not profile.is_real:
            continue
        is_loaded = fold_name(sid) in loaded
        reason = lost_at_sign_out(profile) or (None if is_loaded else roaming(profile))
        if reason is not None:
            findings.append(_as_left_out(reason, sid, profile.path))
            continue
        users.append(_Listed(names.get(sid, profile.folder), wanted._replace(user=sid)))
    template = wanted._replace(user=None, scope=Scope.DEFAULT_USER)
    return _Listing(framed, [*users, _Listed(Scope.DEFAULT_USER.value, template)], findings)


def _as_left_out(finding: Finding, sid: str, path: str) -> Finding:
    who = f"{sid} ({path})" if path else sid
    return finding._replace(message=f"{who} was left out. {finding.message}", subject=sid, severity=Severity.WARNING)


def _attempted(store: RegistryStore, framed: t.Any, wanted: Wanted, paths: list[str]) -> Inquiry[State | DevboxError]:
    """One user's reading, which may fail without the others'."""
    try:
        return (yield from store.reading_on(framed, wanted, paths))
    except (ReadError, Blocked) as error:
        return error


def _left_out(user: FoundUser) -> Finding | None:
    if not isinstance(user.found, State):
        return None
    reasons = (finding for subject, finding in user.found.obstacles if not subject and finding.id in _LEFT_OUT)
    reason = next(reasons, None)
    return None if reason is None else _as_left_out(reason, user.sid or user.name, "")


def _look_up(users: t.Sequence[FoundUser]) -> None:
    """Look up together what the plans of all need to know of directories. What is still missing then is asked by each,
    who say what is wrong.
    """
    for _round in range(ROUNDS):
        known = {}
        more: dict[str, None] = {}
        for user in users:
            if isinstance(user.found, State):
                more.update(dict.fromkeys(missing_facts(user.found, user.wanted)))
        if not more:
            return
        try:
            known = users[0].store.look_up(list(more))
        except ReadError:
            return
        for user in users:
            if isinstance(user.found, State):
                fold = user.found.medium.syntax.fold_path
                found = {fold(path, {}): item for path, item in known.items()}
                user.found = user.found._replace(directories={**user.found.directories, **found})
