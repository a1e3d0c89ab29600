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
#: what holds for every layer of go_env_layers: the role's own variables also there
_OF_ALL_LAYERS = frozenset(("state", "journal", "force", "verify"))
#: options that a layer of go_env_layers gives itself, and keeps the names of
OF_A_LAYER = frozenset((*_PLAIN, *_ENGLISH, "mode", "config")) - _OF_ALL_LAYERS

_ALONE = r"(?<![\w/\\.%$'\"`{-])"


def _options(english: t.Sequence[str]) -> re.Pattern[str]:
    words = "|".join(english)
    return re.compile(
        rf"{_ALONE}(?P<plain>{'|'.join(_PLAIN)})(?![\w/\\'\"`-]|\.\w)"
        rf"|{_ALONE}(?<!the )(?P<english>{words})(?=: | is | are | holds | out\b|\.[A-Z])"
        rf"|(?<=\()(?P<listed>{words})(?=\))"
    )


_OPTION = _options(_ENGLISH)
#: in what go_env says of layers, before it comes to a medium
_OPTION_OF_LAYERS = _options((*_ENGLISH, "mode", "config"))
_WITH = re.compile(r"(?<=\(with )user\b|(?<=into )variables(?=\.)")
#: the names of media that begin a part of a message; several may have it in common
_LABEL = r"(?:(?:registry|start files) \((?:machine|user)(?: [^()]*)?\)|go env file(?: \([^()]*\))?)"
_OF_MEDIUM = re.compile(rf"\b((?:{_LABEL}, )*{_LABEL}: )")

#: what the role calls an option otherwise than by its own name
_OTHERWISE = {"scope": "mode"}
_OF_CONFIG = {"gopath": "config.GOPATH", "gobin": "config.GOBIN", "variables": "config"}


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


def role_words(text: str, module: str, own: t.Collection[str] = ()) -> str:
    """A message of a module that the role called, with the role's variables for the module's options.

    module: its short name. own: the options that an entry of go_env_projects or go_env_layers gives itself, and keeps
    the names of.
    """
    if module == "go_env":
        return _of_layers(text, own)
    return _OPTION.sub(lambda found: _role_word(found[0], module, own), text)


def _of_layers(text: str, own: t.Collection[str]) -> str:
    """The same of a message that names media, part by part: in each the options of its module are meant."""
    first, *parts = _OF_MEDIUM.split(text)
    for pattern in (_OPTION_OF_LAYERS, _WITH):
        first = pattern.sub(lambda found: _role_word(found[0], "go_env", own), first)
    if own:
        first = re.sub(r"\blayers(?=\[| holds )", "go_env_layers", first)
    else:
        first = first.replace("layers[0]: ", "")
    out = [first]
    for label, part in zip(parts[::2], parts[1::2]):
        out += [label, role_words(part, _module_of(label), own)]
    return "".join(out)


def _module_of(medium: str) -> str:
    return "go_config" if medium.startswith("go env file") else "go_registry"


def _role_word(option: str, module: str, own: t.Collection[str]) -> str:
    if module == "go_project" and option == "scope":
        return option
    word = _OF_CONFIG.get(option) if module == "go_config" else None
    word = word or _OTHERWISE.get(option, option)
    return word if word.partition(".")[0] in own else f"{ROLE}_{word}"


def in_role_words(result: t.Mapping[str, t.Any], module: str, own: t.Collection[str] = ()) -> dict[str, t.Any]:
    """A result whose message and findings name the role's variables."""
    out = dict(result)
    if isinstance(out.get("msg"), str):
        out["msg"] = role_words(out["msg"], module, own)
    if out.get("findings"):
        out["findings"] = [_finding(finding, module, own) for finding in out["findings"]]
    if out.get("media"):
        out["media"] = [in_role_words(one, _module_of(one["medium"]), own) for one in out["media"]]
    return out


def _finding(finding: t.Mapping[str, t.Any], module: str, own: t.Collection[str]) -> dict[str, t.Any]:
    its = _module_of(finding["medium"]) if finding.get("medium") else module
    return {**finding, **{name: role_words(finding.get(name) or "", its, own) for name in ("message", "advice")}}


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
