# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of waivers: what is accepted on which hosts, by whom and until when. Pure.

The file is a list. Every entry has an id (of a finding, or drift: and the name of an item), hosts (a pattern), a
reason, an owner, and the last day on which it counts (UTC).
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import yaml

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import CATALOGUE, Finding

from .clock import date_of

KEYS = ("id", "hosts", "reason", "owner", "expires")
DRIFT = "drift:"
LONGEST, SOON = 365, 14


@dataclasses.dataclass(frozen=True)
class Waiver:
    """One entry of the file."""

    #: the id of a finding, or `drift:NAME`
    id: str
    #: a pattern of hosts
    hosts: str
    #: why it is accepted
    reason: str
    #: who accepted it
    owner: str
    #: the last day on which it counts
    expires: datetime.date
    #: where it is in the file
    line: int

    def to_json(self) -> dict[str, t.Any]:
        return {**dataclasses.asdict(self), "expires": self.expires.isoformat()}

    @classmethod
    def from_json(cls, found: t.Mapping[str, t.Any]) -> Waiver:
        return cls(**{**found, "expires": datetime.date.fromisoformat(found["expires"])})

    def covers(self, id: str, item: str, waived: bool = False) -> bool:
        """Whether it is about this. drift:PATH is about every PATH entry.

        id: of a finding, or `drift`. waived: the host took a waiver for its own, by its own rules of names.
        """
        if id != "drift":
            return self.id == id
        names = (DRIFT + item, f"{DRIFT}PATH" if item.startswith("PATH:") else "")
        return self.id in names or (waived and _plain(self.id) == _plain(DRIFT + item))

    def counts(self, day: datetime.date) -> bool:
        """Whether it counts on that day."""
        return day <= self.expires


def _plain(name: str) -> str:
    return name.casefold().replace("/", "\\").rstrip("\\")


def read_waivers(text: str, day: datetime.date) -> tuple[list[Waiver], list[str]]:
    """The waivers of a file, and every mistake in it with its line."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [], [f"line {mark.line + 1 if mark else 1}: {error.problem or 'this is no YAML'}"]
    except yaml.YAMLError as error:
        return [], [f"line 1: {error}"]
    if root is None:
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        return [], [f"line {_line(root)}: the file must be a list, each entry with {', '.join(KEYS)}"]
    found: list[Waiver] = []
    mistakes: list[str] = []
    for node in root.value:
        waiver, wrong = _entry(node, day)
        mistakes += wrong
        if waiver:
            found.append(waiver)
    return found, mistakes + _twice(found)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _entry(node: yaml.Node, day: datetime.date) -> tuple[Waiver | None, list[str]]:
    if not isinstance(node, yaml.MappingNode):
        return None, [f"line {_line(node)}: an entry must have {', '.join(KEYS)}"]
    given: dict[str, yaml.Node] = {}
    mistakes: list[str] = []
    for key, value in node.value:
        name = str(key.value)
        if name not in KEYS:
            mistakes.append(f"line {_line(key)}: {name} is none of {', '.join(KEYS)}")
        elif name in given:
            mistakes.append(f"line {_line(key)}: {name} is there twice")
        given[name] = value
    mistakes += [f"line {_line(node)}: {key} is missing" for key in KEYS if key not in given]
    texts = {name: _text(value) for name, value in given.items() if name in KEYS}
    mistakes += [f"line {_line(given[name])}: {name} must be a text" for name, text in texts.items() if not text]
    expires, wrong = _expiry(given.get("expires"), texts.get("expires", ""), day)
    mistakes += wrong
    if "id" in texts and texts["id"] and not _known(texts["id"]):
        mistakes.append(
            f"line {_line(given['id'])}: {texts['id']} is no id of a finding. Of drift it is {DRIFT}NAME, "
            f"such as {DRIFT}GOPROXY"
        )
    if mistakes or expires is None:
        return None, mistakes
    return Waiver(texts["id"], texts["hosts"], texts["reason"], texts["owner"], expires, _line(node)), []


def _text(node: yaml.Node) -> str:
    return node.value.strip() if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null" else ""


def _expiry(node: yaml.Node | None, text: str, day: datetime.date) -> tuple[datetime.date | None, list[str]]:
    if node is None or not text:
        return None, []
    try:
        found = date_of(text)
    except ValueError as error:
        return None, [f"line {_line(node)}: expires {error}"]
    if (found - day).days > LONGEST:
        return None, [f"line {_line(node)}: expires is more than {LONGEST} days ahead. Choose an earlier day"]
    return found, []


def _known(id: str) -> bool:
    return (id.startswith(DRIFT) and len(id) > len(DRIFT)) or id in CATALOGUE


def _twice(waivers: t.Sequence[Waiver]) -> list[str]:
    first: dict[tuple[str, str], int] = {}
    mistakes = []
    for waiver in waivers:
        line = first.setdefault((waiver.id, waiver.hosts), waiver.line)
        if line != waiver.line:
            mistakes.append(f"line {waiver.line}: {waiver.id} for {waiver.hosts} is there already, in line {line}")
    return mistakes


def waived_items(waivers: t.Iterable[tuple[Waiver, t.Collection[str]]], host: str, day: datetime.date) -> list[str]:
    """The names of items whose drift is waived on a host. waivers: each with its hosts."""
    return sorted(
        {
            waiver.id.removeprefix(DRIFT)
            for waiver, hosts in waivers
            if host in hosts and waiver.id.startswith(DRIFT) and waiver.counts(day)
        }
    )


def findings_of(waivers: t.Iterable[Waiver], day: datetime.date, orphaned: t.Callable[[Waiver], bool]) -> list[Finding]:
    """What the waivers themselves need: one that expired, expires soon, or is about nothing that is found."""
    found = []
    for waiver in waivers:
        where = f"The waiver of {waiver.id} for {waiver.hosts} (line {waiver.line}, owner {waiver.owner})"
        left = (waiver.expires - day).days
        if left < 0:
            advice = "Remove it, or let its owner decide anew."
            found.append(
                Finding.of("waiver_expired", f"{where} expired on {waiver.expires}.", advice, _subject(waiver))
            )
            continue
        if orphaned(waiver):
            message = f"{where} is about nothing: none of its hosts has what it names."
            found.append(Finding.of("waiver_orphaned", message, "Remove it.", _subject(waiver)))
        if left <= SOON:
            advice = "Let its owner decide before that day."
            found.append(
                Finding.of("waiver_expires_soon", f"{where} expires on {waiver.expires}.", advice, _subject(waiver))
            )
    return found


def _subject(waiver: Waiver) -> str:
    return f"{waiver.id} {waiver.hosts}"
