# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What Windows Terminal is to hold of a project: a fragment with a profile, which adds to a person's settings without
touching them. Pure.

docs/facts.md, "Windows Terminal"; microsoft/terminal CascadiaSettingsSerialization.cpp, til/env.h; learn.microsoft.com
"JSON fragment extensions". A fragment's folder names its source, by which a person can turn it off
(`disabledProfileSources`). Terminal notes each profile it has seen in its own state and in settings.json; one that the
person deleted there stays away, whatever the fragment says.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
import uuid

from .._core.entries import default_entries
from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.values import fold_name
from .._core.windows import child
from .edits import JsonPath
from .project import Project

#: the source of our fragments
APP = "gopher.devbox"
GO_PROFILE = "Go"
#: since this version a profile's `environment` is read, and new tabs see what changed in the registry
OLDEST = (1, 18)

#: the namespace of profiles that are generated or come from fragments
_NAMESPACE = uuid.UUID("f65ddb7e-706b-4499-8a50-40313caf510a")
_CMD = r"%SystemRoot%\System32\cmd.exe"
_PACKAGES = ("Microsoft.WindowsTerminal_8wekyb3d8bbwe", "Microsoft.WindowsTerminalPreview_8wekyb3d8bbwe")
_VERSION = pattern(r"(\d+)\.(\d+)(?:\.|\Z)")
_PACKAGE = pattern(r"Microsoft\.WindowsTerminal(?:Preview)?_(\d+(?:\.\d+)+)_", re.IGNORECASE)
_NO_NAME = pattern(r"[^A-Za-z0-9._-]+")


def guid(source: str, name: str) -> str:
    """The identifier that Terminal gives the profile of this name in a fragment of this source: version 5, of names in
    UTF-16.
    """
    return "{" + str(_uuid5(_uuid5(_NAMESPACE, source), name)) + "}"


def project_guid(project: Project) -> str:
    """The identifier of a project's profile: of its directory, so that two projects of one name differ and one that is
    renamed stays.
    """
    return guid(APP, fold_name(_directory(project)))


def project_profile(project: Project, name: str | None = None) -> dict[str, t.Any]:
    r"""A profile that opens the project's directory and enters it. Raises ValueError for a project that is not on
    Windows.

    `/s` makes cmd.exe take off the outer quotes alone, so that `&`, `(` and blanks in the directory stay what they are.
    A `%` in it would be expanded: then the launcher is named from the starting directory.
    """
    directory = _directory(project)
    launcher = ".\\go-env.cmd" if "%" in directory else f'"{child(directory, "go-env.cmd")}"'
    return {
        "guid": project_guid(project),
        "name": name or f"{GO_PROFILE}: {directory.rsplit(chr(92), 1)[-1] or directory}",
        "commandline": f'{_CMD} /s /k "{launcher}"',
        "startingDirectory": directory,
    }


def go_profile(goroot: str, name: str = GO_PROFILE) -> dict[str, t.Any]:
    """A profile with one SDK, for no project in particular. Its `environment` needs Terminal 1.18."""
    return {
        "guid": guid(APP, name),
        "name": name,
        "commandline": _CMD,
        "environment": {
            "GOROOT": goroot,
            "PATH": ";".join([*default_entries(goroot, None, None, child).values(), "%PATH%"]),
        },
    }


def fragment(profiles: t.Sequence[t.Mapping[str, t.Any]]) -> dict[JsonPath, t.Any]:
    """What the file of a fragment is to hold."""
    return {("profiles",): [dict(profile) for profile in profiles]}


def fragment_name(project: Project | None) -> str:
    """The name of a fragment's file, in ASCII: each project has its own, and the profile of no project too."""
    if project is None:
        return "go.json"
    last = _NO_NAME.sub("-", _directory(project).rsplit("\\", 1)[-1]).strip("-.")[:40]
    return f"{last or 'project'}-{project_guid(project)[1:9]}.json"


def fragments_directory(base: str) -> str:
    """Where our fragments stand below %LOCALAPPDATA%, for one user, or %ProgramData%, for all."""
    return child(base, "Microsoft", "Windows Terminal", "Fragments", APP)


def settings_files(local_app_data: str) -> tuple[str, ...]:
    """The three places of settings.json below a user's %LOCALAPPDATA%: packaged, Preview, unpackaged. A touch makes a
    running Terminal read its settings and all fragments again."""
    packaged = [child(local_app_data, "Packages", package, "LocalState", "settings.json") for package in _PACKAGES]
    return (*packaged, child(local_app_data, "Microsoft", "Windows Terminal", "settings.json"))


def versions(packages: t.Iterable[str]) -> list[str]:
    """The versions of Windows Terminal among packages, by their full names."""
    found = (_PACKAGE.match(name) for name in packages)
    return list(dict.fromkeys(match[1] for match in found if match))


def version_findings(version: str, profiles: t.Sequence[t.Mapping[str, t.Any]]) -> list[Finding]:
    """What is told about the version of a Terminal, such as `1.17.11461.0`. One that cannot be read tells nothing."""
    found = _VERSION.match(version)
    if not found or (int(found[1]), int(found[2])) >= OLDEST:
        return []
    needs = [str(profile.get("name")) for profile in profiles if "environment" in profile]
    what = f"It does not read the variables of the profile {', '.join(needs)}. " if needs else ""
    return [
        Finding.of(
            "terminal_too_old",
            f"Windows Terminal {version} is older than 1.18. {what}New tabs do not see what changed in the "
            f"registry until all its windows are closed.",
            "Update Windows Terminal.",
            version,
        )
    ]


def settings_findings(settings: t.Any, profiles: t.Sequence[t.Mapping[str, t.Any]]) -> list[Finding]:
    """What is told about a person's settings.json, given the profiles of the fragment."""
    if not isinstance(settings, t.Mapping):
        return []
    return [*_disabled(settings), *_hidden_defaults(settings, profiles)]


def _disabled(settings: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
    sources = settings.get("disabledProfileSources")
    if isinstance(sources, list) and APP in sources:
        yield Finding.of(
            "terminal_source_disabled",
            f"This person's settings.json has {APP} in disabledProfileSources, so that Windows Terminal shows "
            f"none of its profiles.",
            "Take it out of that list, if the profiles are wanted.",
            APP,
        )


def _hidden_defaults(
    settings: t.Mapping[str, t.Any], profiles: t.Sequence[t.Mapping[str, t.Any]]
) -> t.Iterator[Finding]:
    held = settings.get("profiles")
    defaults = held.get("defaults") if isinstance(held, t.Mapping) else None
    variables = defaults.get("environment") if isinstance(defaults, t.Mapping) else None
    if not isinstance(variables, t.Mapping):
        return
    for profile in profiles:
        own = profile.get("environment")
        missing = sorted(set(map(str, variables)) - set(own)) if isinstance(own, t.Mapping) else []
        if missing:
            yield Finding.of(
                "terminal_environment_replaced",
                f"The profile {profile.get('name')} has variables of its own. They replace those of "
                f"profiles.defaults in this person's settings.json, "
                f"so that its tabs do not have {', '.join(missing)}.",
                "Set those in the registry, or in the profile in settings.json.",
                str(profile.get("name")),
            )


def _uuid5(namespace: uuid.UUID, name: str) -> uuid.UUID:
    digest = hashlib.sha1(namespace.bytes + name.encode("utf-16-le", "surrogatepass"), usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


def _directory(project: Project) -> str:
    if not project.windows:
        raise ValueError("Windows Terminal is on Windows hosts only.")
    directory = project.directory.replace("/", "\\")
    return directory.rstrip("\\") if len(directory) > 3 else directory
