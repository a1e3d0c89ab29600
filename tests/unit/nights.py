"""Hosts on which a policy is enforced night by night, one for each medium: what the tests of drift share.

Each run is that of a new controller: nothing is kept but what the host has.
"""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import env, env_layers, project, rcfile, registry

from .hosts import USER_KEY, FakeWindows
from .support import tree

Result = dict[str, t.Any]


def run_id(day: int, month: int = 11) -> str:
    return f"2026{month:02d}{day:02d}T021500Z-1a2b"


def enforcing(day: int, **more: t.Any) -> dict[str, t.Any]:
    """The option of the run of one night."""
    given = {"run": run_id(day), "unmanaged": "report", "settle": {}, "waived": [], "every": 24, "audit": False}
    return {**given, **more}


def defaults(spec: t.Mapping[str, t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    return {name: option.get("default") for name, option in spec.items()}


class Site:
    """A host on which one item is looked at: GOFLAGS, or what has it.

    item: what a result calls it. kind: of the item.
    """

    item = "GOFLAGS"
    kind = "value"

    def __init__(self, place: Path) -> None:
        raise NotImplementedError

    def run(self, check_mode: bool = False, **given: t.Any) -> Result:
        raise NotImplementedError

    def policy(self, text: str | None) -> dict[str, t.Any]:
        """The options that want this of the item; None: that do not name it."""
        raise NotImplementedError

    def set(self, text: str | None) -> None:
        """What somebody on the host does to it."""
        raise NotImplementedError

    def get(self) -> str | None:
        raise NotImplementedError

    def all(self) -> object:
        """All that is there."""
        raise NotImplementedError

    def night(self, day: int, text: str | None, check_mode: bool = False, **more: t.Any) -> Result:
        return self.run(check_mode, enforce=enforcing(day, **more), **self.policy(text))

    def found(self, result: Result) -> dict[str, t.Any]:
        """The item in a result."""
        assert not result.get("failed"), result
        items = [item for item in result["drift"] if item["item"] == self.item]
        assert len(items) <= 1, items
        return items[0] if items else {}


class Registry(Site):
    def __init__(self, place: Path) -> None:
        self.windows = FakeWindows()

    def run(self, check_mode: bool = False, **given: t.Any) -> Result:
        params = {**defaults(registry.ARGUMENT_SPEC), "scope": "user", "verify": False, **given}
        return over(registry.run)(params, lambda: self.windows, check_mode, False)

    def run_layers(self, **given: t.Any) -> Result:
        params = {**defaults(env_layers.ARGUMENT_SPEC), "verify": False, **given}
        return over(functools.partial(env.run, registry.ENVIRONMENT))(params, lambda: self.windows, False, False)

    def policy(self, text: str | None) -> dict[str, t.Any]:
        return {"variables": {"GOPRIVATE": "corp", **({} if text is None else {"GOFLAGS": text})}}

    def set(self, text: str | None) -> None:
        self.windows.values(USER_KEY).pop("GOFLAGS", None)
        if text is not None:
            self.windows.set(USER_KEY, GOFLAGS=("REG_SZ", text))

    def get(self) -> str | None:
        return self.windows.values(USER_KEY).get("GOFLAGS", ("", None))[1]

    def all(self) -> object:
        return {key: dict(values) for key, values in self.windows.keys.items()}


class _Home(Site):
    def __init__(self, place: Path) -> None:
        self.home = place / "home"
        self.home.mkdir()

    def run(self, check_mode: bool = False, **given: t.Any) -> Result:
        host = LocalHost({"HOME": str(self.home), "PATH": "/usr/bin:/bin"}, darwin=False)
        params = {**defaults(env_layers.ARGUMENT_SPEC), "mode": "user", "shells": ["sh"], "verify": False, **given}
        return env.run(rcfile.ENVIRONMENT, params, host, check_mode, False)

    def all(self) -> object:
        return {
            str(path.relative_to(self.home)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in self.home.rglob("*")
            if path.is_file() and path.name != "lock"
        }


class GoEnvFile(_Home):
    @property
    def file(self) -> Path:
        return self.home / ".config/go/env"

    def policy(self, text: str | None) -> dict[str, t.Any]:
        return {"config": {"GOPRIVATE": "corp", **({} if text is None else {"GOFLAGS": text})}}

    def _lines(self) -> dict[str, str]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def set(self, text: str | None) -> None:
        lines = self._lines()
        lines.pop("GOFLAGS", None)
        lines.update({} if text is None else {"GOFLAGS": text})
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def get(self) -> str | None:
        return self._lines().get("GOFLAGS")


class StartFile(_Home):
    """A start file with a block in it; what the policy wants of it follows from its shells."""

    kind = "start_file"
    block = "# >>> gopher.devbox >>>"

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.file = self.home / ".profile"
        self.file.write_text("# mine\n")
        self.item = str(self.file)

    def policy(self, text: str | None) -> dict[str, t.Any]:
        return {"variables": {"GOFLAGS": "-v"}}

    def set(self, text: str | None) -> None:
        found = self.file.read_text()
        if text is None:
            self.file.write_text("# mine\n")
        else:
            self.file.write_text(found.replace("# gopher.devbox manages these lines.", f"# {text}"))

    def get(self) -> str | None:
        found = self.file.read_text()
        if self.block not in found:
            return None
        return "-v" if "# gopher.devbox manages these lines." in found else "edited"


class ProjectFile(Site):
    """A launcher of a project, and a key in a file of an editor."""

    kind = "project_file"

    def __init__(self, place: Path) -> None:
        self.home, self.project = place / "home", place / "project"
        for made in (self.home, self.project):
            made.mkdir()
        self.file = self.project / "go-env.sh"
        self.item = str(self.file)

    def run(self, check_mode: bool = False, **given: t.Any) -> Result:
        environ = {"HOME": str(self.home), "PATH": "/usr/bin:/bin"}
        params = {**defaults(project.ARGUMENT_SPEC), "project": str(self.project), **given}
        sdks = PosixSdks(environ, False)
        return project.run(params, LocalHost(environ, darwin=False), check_mode, False, sdks)

    def policy(self, text: str | None) -> dict[str, t.Any]:
        return {"launchers": ["envrc", *([] if text is None else ["sh"])], "variables": {"GOFLAGS": text or "-n"}}

    def set(self, text: str | None) -> None:
        if text is None:
            self.file.unlink()
        else:
            self.file.write_text(f"# {text}\n")

    def get(self) -> str | None:
        if not self.file.exists():
            return None
        found = self.file.read_text()
        return next(
            (text for text in ("-v", "-x") if f"'{text}'" in found or f'"{text}"' in found), found.strip("# \n")
        )

    def all(self) -> object:
        return {**tree(self.project), **tree(self.home)}
