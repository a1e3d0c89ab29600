"""Every store keeps what a store promises (`unit.contract`): start files, the go env file, a project, the registry."""

from __future__ import annotations

import copy
import itertools
import json
import typing as t
from pathlib import Path

from unit.contract import SECRET, Contract, ForbiddingFiles, Medium
from unit.fakehives import MACHINE_KEY, SOFTWARE, SYSTEM, USER, FakeHives
from unit.hosts import HOME, USER_KEY, FakeWindows
from unit.support import FakeHost

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Store
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._editors.managed_items import (
    ManagedItem,
    json_part,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats import goenv, shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import Command
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.user_scope import UserScope
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile import GoEnvStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile_medium import ON_POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._media.image_host import HivesHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.project_medium import project_medium
from ansible_collections.gopher.devbox.plugins.module_utils._media.projectfiles import (
    ProjectStore,
    json_text,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_hive import HiveStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_offline import IN_HIVES
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES


class OnFiles(Medium):
    """A medium in files below a directory. kept: the file of which others have a part. begin: what they have first."""

    kept = ""
    begin = ""
    ledger = ".local/state/gopher.devbox"

    def __init__(self, root: Path) -> None:
        self.home = root / "home" / "alice"
        self.files, self.count = ForbiddingFiles(root), itertools.count()
        self.place.parent.mkdir(parents=True)
        self.place.write_text(self.begin)

    @property
    def me(self) -> Account:
        return Account("1000", "alice", home=str(self.home), shell="/bin/bash", group="1000")

    @property
    def place(self) -> Path:
        return self.home / self.kept

    def all(self) -> object:
        return {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}

    def lose_ledger(self) -> None:
        for path in (self.home / self.ledger).rglob("*.json"):
            path.unlink()

    def forbid(self, forbidden: bool) -> None:
        self.files.forbidden = forbidden


class Silent:
    """No program of the host answers. See `Programs`."""

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        return [None for _command in commands]

    def is_program(self, path: str) -> bool:
        return False

    def writable_by_others(self, paths: t.Sequence[str]) -> bool:
        return False


class StartFiles(OnFiles):
    base = Wanted(START_FILES, validate=Validate.WARN, verify=False)
    one = base._replace(shells=("sh", "bash", "fish"), gopath=("/w",), variables={"GOPROXY": "off"})
    two = one._replace(gopath=("/工 具/it's", "/w"), variables={"GOPROXY": "direct"})
    secret = one._replace(variables={"GOPROXY": SECRET})
    kept, begin = ".bashrc", "alias ll='ls -l'\n"

    def store(self) -> Store:
        return RcStore(FakeHost(self.files, self.me, programs=Silent()), self.me)

    def values(self) -> dict[str, str]:
        source = self.home / ".config/gopher-devbox/env.sh"
        return dict(shellenv.parse_source(source.read_text()).variables) if source.exists() else {}

    def foreign(self) -> object:
        return [line for line in self.place.read_text().splitlines() if line.startswith("alias")]

    def somebody_writes(self) -> None:
        self.place.write_text(self.place.read_text() + f"alias x{next(self.count)}=y\n")


class GoEnvFile(OnFiles):
    base = Wanted(ON_POSIX, verify=False)
    one = base._replace(gopath=("/w",), variables={"GOPROXY": "off"})
    two = base._replace(gopath=("/工 具", "/w"), variables={"GOPROXY": "direct"})
    secret = one._replace(variables={"GOPROXY": SECRET})
    kept, begin = ".config/go/env", "# mine\nGONOSUMDB=x\n"

    def store(self) -> Store:
        records = str(self.home / self.ledger)
        scope = UserScope(self.me, self.me, "alice", {"HOME": str(self.home)}, records=records)
        return GoEnvStore(FakeHost(self.files, self.me), scope)

    def values(self) -> dict[str, str]:
        found = goenv.parse(self.place.read_bytes()).as_go_reads
        return {name: text for name, text in found.items() if name in ("GOPATH", "GOPROXY")}

    def foreign(self) -> object:
        return [line for line in self.place.read_text().splitlines() if not line.startswith(("GOPATH=", "GOPROXY="))]

    def somebody_writes(self) -> None:
        self.place.write_text(self.place.read_text().rstrip("\n") + f"\n# {next(self.count)}\n")


SETTINGS, LAUNCHER = ".vscode/settings.json", ManagedItem("go-env.cmd")
GOROOT, PROXY = json_part(SETTINGS, ("go.goroot",)), json_part(SETTINGS, ("go.toolsEnvVars", "GOPROXY"))


def project(wanted: t.Mapping[ManagedItem, str]) -> Wanted:
    variables: dict[str, str | None] = {item.name: text for item, text in wanted.items()}
    variables.update((holder.name, "made") for item in wanted if item.path for holder in item.holders())
    return ProjectFiles.base._replace(variables=variables)


class ProjectFiles(OnFiles):
    base = Wanted(project_medium("posix"))
    kept, begin = f"app/{SETTINGS}", '{\n  // mine\n  "editor.rulers": [80]\n}\n'

    def store(self) -> Store:
        records = str(self.home / self.ledger)
        scope = UserScope(self.me, self.me, "alice", {}, records=records)
        return ProjectStore(FakeHost(self.files, self.me), scope, str(self.home / "app"))

    def expected(self, wanted: Wanted) -> dict[str, str]:
        return {name: text for name, text in super().expected(wanted).items() if text != "made"}

    def values(self) -> dict[str, str]:
        launcher, found = self.home / "app/go-env.cmd", self._settings()
        out = {LAUNCHER.name: launcher.read_bytes().decode()} if launcher.exists() else {}
        texts = {GOROOT: found.get("go.goroot"), PROXY: found.get("go.toolsEnvVars", {}).get("GOPROXY")}
        return {**out, **{item.name: json_text(text) for item, text in texts.items() if text is not None}}

    def _settings(self) -> dict[str, t.Any]:
        lines = [line for line in self.place.read_text().splitlines() if not line.strip().startswith("//")]
        return t.cast("dict[str, t.Any]", json.loads("\n".join(lines)))

    def foreign(self) -> object:
        others = {key: value for key, value in self._settings().items() if not key.startswith("go.")}
        return "// mine" in self.place.read_text(), others

    def somebody_writes(self) -> None:
        number = next(self.count)
        self.place.write_text(self.place.read_text().replace("{\n", f'{{\n  "theirs.{number}": {number},\n', 1))


ProjectFiles.one = project({LAUNCHER: "echo 世界\r\n", GOROOT: json_text("/opt/go"), PROXY: json_text("off")})
ProjectFiles.two = project({LAUNCHER: "echo\r\n", GOROOT: json_text("/opt/new"), PROXY: json_text("direct")})
ProjectFiles.secret = project({PROXY: json_text(SECRET)})


class Registry(Medium):
    """Behind the transport of the imagination: another program writes right into its keys."""

    base = Wanted(REGISTRY, validate=Validate.WARN, verify=False)
    one = base._replace(gopath=(r"%USERPROFILE%\go",), variables={"GOPROXY": "off"})
    two = base._replace(gopath=(r"D:\工具", r"D:\go"), variables={"GOPROXY": "direct"})
    secret = one._replace(variables={"GOPROXY": SECRET})
    locks = False

    def __init__(self, root: Path) -> None:
        self.host, self.count = FakeWindows(), itertools.count()
        self.host.set(USER_KEY, Path=("REG_EXPAND_SZ", r"C:\x;%TEMP%"))

    def store(self) -> Store:
        return RegistryStore(self.host, lambda: 1_800_000_000.0)

    def values(self) -> dict[str, str]:
        return {name: data for name, (_, data) in self.host.values(USER_KEY).items() if name in ("GOPATH", "GOPROXY")}

    def foreign(self) -> object:
        values = {name: value for name, value in self.host.values(USER_KEY).items() if name not in self.values()}
        kind, path = values.pop("Path")
        return values, kind, [entry for entry in path.split(";") if not entry.endswith(("go\\bin", "具\\bin"))]

    def all(self) -> object:
        return {key: dict(values) for key, values in self.host.keys.items()}

    def somebody_writes(self) -> None:
        number = next(self.count)
        kind, path = self.host.values(USER_KEY)["Path"]
        self.host.set(USER_KEY, **{f"THEIRS{number}": ("REG_SZ", "x"), "Path": (kind, rf"{path};C:\theirs{number}")})

    def lose_ledger(self) -> None:
        for key in [key for key in self.host.keys if key.startswith(HOME["user"])]:
            del self.host.keys[key]

    def forbid(self, forbidden: bool) -> None:
        self.host.fails = "denied" if forbidden else ""


class Hives(Medium):
    """Of a Windows that is not running, in files of the imagination."""

    base = Wanted(IN_HIVES, validate=Validate.WARN, verify=False)
    one = base._replace(gopath=(r"%USERPROFILE%\go",), variables={"GOPROXY": "off"})
    two = base._replace(gopath=(r"C:\工具", r"D:\go"), variables={"GOPROXY": "direct"})
    secret = one._replace(variables={"GOPROXY": SECRET})
    #: the file and key of the variables, and the file and key of the record
    place, ledger = (USER, "Environment"), (USER, r"Software\gopher\devbox\user")

    def __init__(self, root: Path) -> None:
        self.hives, self.count = FakeHives(), itertools.count()
        self.hives.foreign(*self.place, Path=("REG_EXPAND_SZ", r"C:\x;%TEMP%"))

    def store(self) -> Store:
        host = HivesHost({"system": SYSTEM, "software": SOFTWARE, "user": USER}, self.hives)
        return HiveStore(host, self.base.scope, None, lambda: 1_800_000_000.0)

    def there(self) -> dict[str, tuple[str, str]]:
        return self.hives.files[self.place[0]][self.place[1]]

    def values(self) -> dict[str, str]:
        return {name: data for name, (_, data) in self.there().items() if name in ("GOPATH", "GOPROXY")}

    def foreign(self) -> object:
        values = {name: value for name, value in self.there().items() if name not in self.values()}
        kind, path = values.pop("Path")
        return values, kind, [entry for entry in path.split(";") if not entry.endswith(("go\\bin", "具\\bin"))]

    def all(self) -> object:
        return copy.deepcopy(self.hives.files)

    def somebody_writes(self) -> None:
        number = next(self.count)
        kind, path = self.there()["Path"]
        values = {f"THEIRS{number}": ("REG_SZ", "x"), "Path": (kind, rf"{path};C:\theirs{number}")}
        self.hives.foreign(*self.place, **values)

    def lose_ledger(self) -> None:
        for path, begin in (self.ledger, (USER, r"Software\gopher\devbox\user")):
            keys = self.hives.files[path]
            for key in [key for key in keys if key.startswith(begin)]:
                del keys[key]
            self.hives.sequences[path] += 1

    def forbid(self, forbidden: bool) -> None:
        finding = Finding.of("hive_not_writable", "It cannot be written.")
        self.hives.obstacles = {self.place[0]: finding} if forbidden else {}


class MachineHives(Hives):
    base = Hives.base._replace(scope=Scope.MACHINE)
    one = base._replace(gopath=(r"C:\go",), variables={"GOPROXY": "off"})
    two = Hives.two._replace(scope=Scope.MACHINE)
    secret = one._replace(variables={"GOPROXY": SECRET})
    place, ledger = (SYSTEM, MACHINE_KEY), (SOFTWARE, r"gopher\devbox\machine")


class NewUsersHives(Hives):
    base = Hives.base._replace(scope=Scope.DEFAULT_USER)
    one, two, secret = (wanted._replace(scope=Scope.DEFAULT_USER) for wanted in (Hives.one, Hives.two, Hives.secret))
    ledger = (SOFTWARE, r"gopher\devbox\default_user")


class TestStartFiles(Contract):
    medium = StartFiles


class TestGoEnvFile(Contract):
    medium = GoEnvFile


class TestProjectFiles(Contract):
    medium = ProjectFiles


class TestRegistry(Contract):
    medium = Registry


class TestHives(Contract):
    medium = Hives


class TestMachineHives(Contract):
    medium = MachineHives


class TestNewUsersHives(Contract):
    medium = NewUsersHives
