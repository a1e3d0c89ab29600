# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run over several images, or several users of one: a result of each, and one over all."""

from __future__ import annotations

import typing as t

from .._core.findings import Finding, Severity
from .._core.wanted import Scope
from .._formats.profiles import left_out
from .._hosts.spread import spread
from .options import defect

if t.TYPE_CHECKING:
    from .._hosts.hive_files import HiveAccess

Result = dict[str, t.Any]

#: what a result of several has of the first failure, besides its message
IMAGE, USER = "image", "user"
#: where the Python of a system is
PYTHONS = ("/usr/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python", "/usr/local/bin/python3")


def respawn() -> None:
    """Run the module anew with a Python that has hivex, where this one has none and another one has."""
    try:
        import hivex  # noqa: F401 - only to see whether it is there
    except ImportError:
        from ansible.module_utils.common.respawn import (
            has_respawned,
            probe_interpreters_for_module,
            respawn_module,
        )

        found = None if has_respawned() else probe_interpreters_for_module(PYTHONS, "hivex")
        if found:
            respawn_module(found)


def need_hivex(access: HiveAccess | None) -> None:
    """Raises DevboxError where files would be read and hivex is missing."""
    if access is None:
        from .._hosts.hives import load_hivex

        load_hivex()


def over_images(
    images: t.Sequence[str], one: t.Callable[[str], Result], processes: int = 1, known: t.Any = None
) -> Result:
    """The result over all images, so many at once. A single one's is also the whole result. known: the options; what
    nobody foresaw in one image does not keep the others from being done.
    """

    def attempted(image: str) -> Result:
        try:
            return one(image)
        except Exception as error:  # noqa: BLE001 - see above
            return defect(error, known)

    done = spread(images, attempted, processes)
    found = [{IMAGE: image, **with_headers(result, image)} for image, result in zip(images, done)]
    if len(found) == 1:
        return {**found[0], "images": [_without_diff(found[0])]}
    return {**together(found, IMAGE), "images": [_without_diff(result) for result in found]}


def over_users(results: t.Sequence[Result]) -> Result:
    """The result over all users of a Windows, each with USER."""
    found = [with_headers(result, str(result[USER])) for result in results]
    return {**together(found, USER), "users": [_without_diff(result) for result in found]}


def of_template(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options for the template of new users, of those for all users."""
    return {**params, "scope": Scope.DEFAULT_USER.value, "user": None}


def over_everybody(
    params: t.Mapping[str, t.Any],
    people: t.Iterable[tuple[str, str]],
    reasons: t.Iterable[tuple[str, str, Finding]],
    one: t.Callable[[t.Mapping[str, t.Any]], Result],
) -> Result:
    """The result over users of an image, and over the template of new ones. people: (folder, SID) of those. reasons:
    (SID, folder, why) of those that are left out.
    """
    runs = [(folder, sid, {**params, "user": sid}) for folder, sid in people]
    runs.append((Scope.DEFAULT_USER.value, "", of_template(params)))
    findings = [left_out(finding, sid, folder).to_result(str) for sid, folder, finding in reasons]
    found: list[Result] = []
    for folder, sid, given in runs:
        result = one(given)
        reason = next(iter(result.get("findings") or ()), None) if result.get("failed") else None
        if reason and reason["id"] == "profile_without_hive":
            message = f"{f'{sid} ({folder})' if sid else folder} was left out. {reason['message']}"
            findings.append(
                {**reason, "message": message, "subject": sid or folder, "severity": Severity.WARNING.value}
            )
        else:
            found.append({USER: folder, "sid": sid, **result})
    result = over_users(found)
    return {**result, "findings": [*findings, *result["findings"]]}


def together(found: t.Sequence[Result], label: str) -> Result:
    """What several results come to. label: the name of what each is of."""
    out: Result = {
        "changed": any(result.get("changed") for result in found),
        "findings": [
            {**finding, "message": f"{finding[label]}: {finding['message']}"}
            for finding in _labelled(found, label, "findings")
        ],
        "changes": _labelled(found, label, "changes"),
        "drift": _labelled(found, label, "drift"),
        "refresh": list(dict.fromkeys(text for result in found for text in result.get("refresh") or ())),
    }
    for name in ("journal", "undone"):
        ids = [result[name] for result in found if result.get(name)]
        if any(name in result for result in found):
            out[name] = ids[0] if ids else None
    diffs = [diff for result in found for diff in _diffs(result)]
    if diffs:
        out["diff"] = diffs
    if any(result.get("failed") for result in found):
        out.update(failed=True, msg=_failures(found, label))
    return out


def _failures(found: t.Sequence[Result], label: str, within: bool = False) -> str:
    """Which of several results failed, and why. within: the message of another result."""
    failed = [result for result in found if result.get("failed")]
    others = ", which did not stop the others" if len(failed) < len(found) and not within else ""
    reasons = " ".join(f"{result[label]}: {_reason(result)}" for result in failed)
    return f"{len(failed)} of {len(found)} {label}s failed{others}. {reasons}"


def _reason(result: Result) -> str:
    """Why a result failed, one over users because of some of them."""
    if result.get("users"):
        return _failures(result["users"], USER, within=True)
    return str(result.get("msg", ""))


def _labelled(found: t.Sequence[Result], label: str, name: str) -> list[Result]:
    """What results have under a name, each with what it is of."""
    return [{label: result[label], **one} for result in found for one in result.get(name) or ()]


def with_headers(result: Result, label: str) -> Result:
    """A result whose diffs say what they are of."""
    if "diff" not in result:
        return result
    headers = ("before_header", "after_header")
    diffs = [{**diff, **{name: f"{label}: {diff[name]}" for name in headers}} for diff in _diffs(result)]
    return {**result, "diff": diffs if isinstance(result["diff"], list) else diffs[0]}


def _diffs(result: Result) -> list[Result]:
    found = result.get("diff", [])
    return found if isinstance(found, list) else [found]


def _without_diff(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "diff"}
