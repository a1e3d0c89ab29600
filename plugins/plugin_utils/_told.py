# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees of a result: findings as Ansible's warnings, and the role's words for the options of modules.
Pure.
"""

from __future__ import annotations

import re
import typing as t

ROLE = "go_env"
_SEEN = ("warning", "error")

#: options that are no English words: they are meant wherever they stand
_PLAIN = ("goroot", "gopath", "gobin", "path_position", "stale_path_entries", "create_directories", "link_go")
#: options that are English words: they are meant where what follows says so
_ENGLISH = (
    "variables",
    "path",
    "validate",
    "state",
    "journal",
    "force",
    "verify",
    "anchor",
    "user",
    "shells",
    "repair",
    "scope",
)
_ALONE = r"(?<![\w/\\.%$'\"`{-])"
_OPTION = re.compile(
    rf"{_ALONE}(?P<plain>{'|'.join(_PLAIN)})(?![\w/\\'\"`-]|\.\w)"
    rf"|{_ALONE}(?<!the )(?P<english>{'|'.join(_ENGLISH)})(?=: | is | are | holds | out\b|\.[A-Z])"
    rf"|(?<=\()(?P<listed>{'|'.join(_ENGLISH)})(?=\))"
)

#: what the role calls an option otherwise than by its own name
_OTHERWISE = {"scope": "go_env_mode"}
_OF_CONFIG = {"gopath": "go_env_config.GOPATH", "gobin": "go_env_config.GOBIN", "variables": "go_env_config"}


def warnings_of(result: t.Mapping[str, t.Any]) -> list[str]:
    """The findings that a person should see at once, each once. A failure says its own in its message."""
    if result.get("failed"):
        return []
    return list(
        dict.fromkeys(line(finding) for finding in result.get("findings") or () if finding.get("severity") in _SEEN)
    )


def line(finding: t.Mapping[str, t.Any]) -> str:
    """A finding in one line: what was found, what to do, and the id that docs/findings.md explains."""
    return " ".join(part for part in (finding["message"], finding.get("advice"), f"({finding['id']})") if part)


def role_words(text: str, module: str, of_project: t.Collection[str] = ()) -> str:
    """A message of a module that the role called, with the role's variables for the module's options.

    module: its short name. of_project: the options that an entry of go_env_projects gives itself, and keeps the names
    of.
    """
    return _OPTION.sub(lambda found: _role_word(found[0], module, of_project), text)


def _role_word(option: str, module: str, of_project: t.Collection[str]) -> str:
    if module == "go_config" and option in _OF_CONFIG:
        return _OF_CONFIG[option]
    if module == "go_project" and (option in of_project or option == "scope"):
        return option
    return _OTHERWISE.get(option, f"{ROLE}_{option}")


def in_role_words(result: t.Mapping[str, t.Any], module: str, of_project: t.Collection[str] = ()) -> dict[str, t.Any]:
    """A result whose message and findings name the role's variables."""
    out = dict(result)
    if isinstance(out.get("msg"), str):
        out["msg"] = role_words(out["msg"], module, of_project)
    if out.get("findings"):
        texts = ("message", "advice")
        out["findings"] = [
            {**finding, **{name: role_words(finding.get(name) or "", module, of_project) for name in texts}}
            for finding in out["findings"]
        ]
    return out


def refusals(results: t.Iterable[t.Any]) -> list[str]:
    """What stands in the way of a change that was only looked at: what the module refused, or what it found that stops
    a strict run.
    """
    return [text for result in results for text in _refusals(result)]


def _refusals(result: t.Mapping[str, t.Any]) -> list[str]:
    if "media" not in result:
        return [str(result["msg"])] if result.get("msg") else []
    found = [finding for finding in result.get("findings") or () if finding.get("severity") == "error"]
    return list(dict.fromkeys(f"{finding['message']} {finding.get('advice') or ''}".rstrip() for finding in found))


def closing(results: t.Iterable[t.Any]) -> list[str]:
    """What is left to say once a role is through: what was found, and who must start again what. Empty where there is
    nothing to say.

    results: of the modules; those of an earlier asking and of skipped tasks may be among them.
    """
    flat = [
        one
        for result in results
        if isinstance(result, t.Mapping)
        for one in (result.get("results") or [result])
        if not one.get("skipped")
    ]
    findings = [finding for one in flat for finding in one.get("findings") or ()]
    findings.sort(key=lambda finding: finding.get("severity") not in _SEEN)
    lines = [f"{finding.get('severity', 'info')}: {line(finding)}" for finding in findings]
    refresh = [text for one in flat if one.get("changed") for text in one.get("refresh") or ()]
    return list(dict.fromkeys((*lines, *refresh)))
