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
#: the module that the role calls
ENV = "go_env"
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
    "image",
)
_ALONE = r"(?<![\w/\\.%$'\"`{-])"
_OPTION = re.compile(
    rf"{_ALONE}(?P<plain>{'|'.join(_PLAIN)})(?![\w/\\'\"`-]|\.\w)"
    rf"|{_ALONE}(?<!the )(?P<english>{'|'.join(_ENGLISH)})(?=: | is | are | holds | out\b|\.[A-Z])"
    rf"|(?<=\()(?P<listed>{'|'.join(_ENGLISH)})(?=\))"
)

#: options that go_env has beside those
_OF_ENV = ("mode", "config", "layers")
#: an option of go_env, or the name of the medium that what follows is about
_IN_ENV = re.compile(
    rf"(?P<medium>(?:start files|registry|go env file)(?: \([^()]*\))?)(?=: |, )|{_OPTION.pattern}"
    rf"|{_ALONE}(?<!the )(?P<env>{'|'.join(_OF_ENV)})(?=: | is | holds |\.[A-Z])"
)
_FILE = "go env file"
#: what go_env calls the options of a medium's module
_TO_ENV = {"scope": "mode"}
_TO_CONFIG = {"gopath": "config.GOPATH", "gobin": "config.GOBIN", "variables": "config"}
#: options of go_env that are no layer's
_OF_ALL_LAYERS = ("state", "journal", "force", "verify", "image", "layers")

#: options that a layer gives itself, and keeps the names of
OF_A_LAYER = frozenset((*_PLAIN, *_ENGLISH)) - {*_OF_ALL_LAYERS}

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
    """A result whose message, findings and items name the role's variables."""
    out = dict(result)
    if isinstance(out.get("msg"), str):
        out["msg"] = role_words(out["msg"], module, of_project)
    if out.get("findings"):
        texts = ("message", "advice")
        out["findings"] = [
            {**finding, **{name: role_words(finding.get(name) or "", module, of_project) for name in texts}}
            for finding in out["findings"]
        ]
    if out.get("drift"):
        out["drift"] = [
            {**item, "advice": role_words(item.get("advice") or "", module, of_project)} for item in out["drift"]
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


def env_words(text: str, medium: str, named: t.Callable[[str], str]) -> tuple[str, str]:
    """A message of a medium in the words of go_env; and the medium that the end of it is about.

    medium: that of its beginning, as labels have it. named: what go_env's options are called by whoever called it.
    """

    def word(found: re.Match[str]) -> str:
        nonlocal medium
        if found["medium"]:
            medium = found["medium"]
            return found[0]
        own = _TO_CONFIG if medium.startswith(_FILE) else {}
        option = found[0]
        return named(own.get(option) or _TO_ENV.get(option, option))

    return _IN_ENV.sub(word, text), medium


def in_env_words(result: t.Mapping[str, t.Any], role: bool, layers: bool) -> dict[str, t.Any]:
    """A result of go_env whose texts name its options, or the variables of the role that called it. layers: the caller
    gave layers, whose options the role does not rename.
    """

    def named(option: str) -> str:
        if not role or (layers and option not in _OF_ALL_LAYERS):
            return option
        return _OTHERWISE.get(option, f"{ROLE}_{option}")

    def told(finding: t.Mapping[str, t.Any], medium: str) -> dict[str, t.Any]:
        message, medium = env_words(finding.get("message") or "", str(finding.get("medium") or medium), named)
        return {**finding, "message": message, "advice": env_words(finding.get("advice") or "", medium, named)[0]}

    out = dict(result)
    if isinstance(out.get("msg"), str):
        out["msg"], _medium = env_words(out["msg"], "", named)
    if out.get("findings"):
        out["findings"] = [told(finding, "") for finding in out["findings"]]
    if out.get("drift"):
        out["drift"] = [{**item, "advice": env_words(item.get("advice") or "", "", named)[0]} for item in out["drift"]]
    if out.get("media"):
        out["media"] = [
            {**one, "findings": [told(finding, one["medium"]) for finding in one.get("findings") or ()]}
            for one in out["media"]
        ]
    return out


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
