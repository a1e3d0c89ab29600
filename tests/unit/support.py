"""States, options and hosts of the imagination: what the unit tests share."""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t
from pathlib import Path

from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account, Platform
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import comparison
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ReadError
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.medium import Medium, Syntax
from ansible_collections.gopher.devbox.plugins.module_utils._core.pathlist import PathList
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import (
    ANCHOR,
    ENVIRONMENT,
    JournalEntry,
    Record,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Receipt
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Position, Scope, Stale, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    REG_SZ,
    fold_path,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import value as registry_value
from ansible_collections.gopher.devbox.plugins.module_utils._go.gosettings import (
    BUILT_IN,
    FILE,
    GO_ENV,
    PROCESS,
    counting,
)
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Write, Written
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import guard
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

SID = "S-1-5-21-1004336348-1177238915-682003330-1001"
SYSTEM = with_texts(
    {
        "SystemRoot": r"C:\Windows",
        "SystemDrive": "C:",
        "ProgramFiles": r"C:\Program Files",
        "ProgramData": r"C:\ProgramData",
    }
)
PROFILE = with_texts(
    {"USERPROFILE": r"C:\Users\alice", "APPDATA": r"C:\Users\alice\AppData\Roaming", "USERNAME": "alice"}
)

NEW, OLD, OLDER = r"C:\Go1.27.3", r"C:\Go1.21.13", r"D:\sdk\go1.20.1"
VERSIONS = {NEW: "go1.27.3", OLD: "go1.21.13", OLDER: "go1.20.1"}
SHIMS = r"C:\Users\alice\scoop\shims"
GONE_SDK = r"D:\sdk\go1.19.2\bin"
GONE = r"C:\Users\alice\gone\bin"


@functools.cache
def known_directories() -> dict[str, Directory]:
    """What the host of the imagination has on its disks; a network share and Z: cannot be judged."""
    found = {root: Directory(True) for root in VERSIONS}
    found.update({root + r"\bin": Directory(True, "go.exe", version) for root, version in VERSIONS.items()})
    found[SHIMS] = Directory(True, "go.exe")
    for path in (GONE_SDK, GONE, r"C:\missing", r"C:\missing\bin"):
        found[path] = Directory(False)
    for path in (
        r"C:\Windows",
        r"C:\Windows\system32",
        r"C:\Tools",
        r"C:\Users\alice\go",
        r"C:\Users\alice\go\bin",
        r"C:\empty",
        r"C:\empty\bin",
    ):
        found[path] = Directory(True)
    for root in (r"C:\Users\alice\go", r"D:\gopath"):
        found.update({rf"{root}\{name}": Directory(False) for name in ("src", "pkg")})
    for path in (r"\\server\share\go1.18\bin", r"Z:\go1.18\bin"):
        found[path] = Directory(None)
    return {fold_path(path, {}): item for path, item in found.items()}


def state(
    target: Scope = Scope.MACHINE,
    machine: t.Mapping[str, Value | str] | None = None,
    user: t.Mapping[str, Value | str] | None = None,
    **more: t.Any,
) -> State:
    """A state; plain texts become values of the type that fits, and a machine PATH is there unless given."""
    machine = {"Path": Value(r"C:\Windows\system32;C:\Windows", REG_EXPAND_SZ), **(machine or {})}
    scope = Scope.DEFAULT_USER if target is Scope.DEFAULT_USER else Scope.USER
    layers = (
        Layer("system", SYSTEM),
        Layer("machine", _values(machine), Scope.MACHINE),
        Layer("profile", more.pop("profile", PROFILE)),
        Layer("user", _values(user or {}), scope, more.pop("user_read", True)),
        Layer("volatile", more.pop("volatile", Variables())),
    )
    fields: dict[str, t.Any] = {"directories": known_directories(), **more}
    return State(target, Account(SID, r"HOST\alice", True), SID, layers, REGISTRY, **fields)


def layered(
    medium: Medium,
    machine: Variables | None = None,
    user: Variables | None = None,
    below: t.Sequence[Layer] = (),
    above: t.Sequence[Layer] = (),
) -> tuple[Layer, ...]:
    """Both scopes of a medium with the layers around them."""
    scopes = ((Scope.MACHINE, machine), (Scope.USER, user))
    return (
        *below,
        *(Layer(medium.policy.scopes[scope.value], values or medium.variables(), scope) for scope, values in scopes),
        *above,
    )


def _values(found: t.Mapping[str, Value | str]) -> Variables:
    return Variables(
        (name, value if isinstance(value, Value) else registry_value(value)) for name, value in found.items()
    )


def path_of(found: State | Variables) -> list[str]:
    """The entries of the target scope's PATH."""
    variables = found.variables if isinstance(found, State) else found
    return list(PathList.parse(variables.text("PATH"), REGISTRY).entries)


def ids(findings: t.Iterable[Finding]) -> list[str]:
    return [finding.id for finding in findings]


# --- strategies ------------------------------------------------------------------------------------------------------

#: entries as one finds them on people's machines
ENTRIES = (
    r"C:\Windows\system32",
    r"%SystemRoot%",
    r"%SystemRoot%\System32\Wbem",
    r'"C:\Program Files\Git\cmd"',
    "C:\\Tools\\",
    "c:/tools",
    r"C:\TOOLS",
    "",
    " ",
    ".",
    "bin",
    r"..\x",
    r"\\server\share\go1.18\bin",
    r"Z:\go1.18\bin",
    "%NVM_HOME%",
    r"%GOPATH%\bin",
    r"%GOROOT%\bin",
    r"%UNDEFINED%\x",
    r'"C:\a;b\c"',
    r"C:\工具\bin",
    r"C:\100%\x",
    GONE_SDK,
    GONE,
    SHIMS,
    r"C:\Go1.21.13\bin",
    r"c:\go1.21.13\BIN\ ".strip(),
    r'"C:\Go1.27.3\bin"',
    "C:/Go1.27.3/bin/",
    r"C:\Go1.27.3\bin",
    r"D:\sdk\go1.20.1\bin",
    r"%USERPROFILE%\go\bin",
    r"C:\Users\alice\go\bin",
    r"C:\Users\alice\AppData\Local\Microsoft\WindowsApps",
)
entries = st.sampled_from(ENTRIES)
#: text that nobody would write into a PATH, and somebody has
wild_paths = st.text(alphabet=st.sampled_from(list('aA;;;"%\\/ .:CZ中\u3000')), max_size=60)
path_texts = st.lists(entries, max_size=9).map(";".join) | wild_paths
text_types = st.sampled_from([REG_SZ, REG_EXPAND_SZ])


@functools.cache
def pick(*values: t.Any) -> st.SearchStrategy[t.Any]:
    """One of these. Strategies that are made anew for each example cost more than all the rest."""
    return st.sampled_from(values)


@functools.cache
def maybe(*values: t.Any) -> st.SearchStrategy[t.Any]:
    return st.none() | pick(*values)


@st.composite
def scopes(draw: st.DrawFn, with_path: bool) -> Variables:
    """The variables of one scope."""
    found: dict[str, Value] = {}
    if with_path or draw(st.booleans()):
        found[draw(pick("Path", "PATH", "path"))] = Value(draw(path_texts), draw(text_types))
    for name, texts in {
        "GOROOT": [NEW, OLD, r"%ProgramFiles%\Go"],
        "GOPATH": [r"%USERPROFILE%\go", r"C:\Users\alice\go", r"D:\gopath"],
        "GOINSECURE": ["-v"],
        "NVM_HOME": [r"C:\nvm", r"%APPDATA%\nvm"],
        "TEMP": [r"%USERPROFILE%\AppData\Local\Temp"],
    }.items():
        if draw(st.booleans()):
            found[name] = Value(draw(pick(*texts)), draw(text_types))
    return Variables(found)


@st.composite
def records(draw: st.DrawFn) -> Record:
    roles = pick("goroot", "bin", "path")
    places = pick(NEW + r"\bin", OLD + r"\bin", r"%USERPROFILE%\go\bin", r"D:\gopath\bin", GONE)
    variables = draw(st.dictionaries(pick("GOROOT", "GOPATH", "GOINSECURE"), pick(NEW, OLD, r"D:\gopath"), max_size=2))
    return Record(variables, tuple(draw(st.lists(st.tuples(roles, places), max_size=3))), draw(st.booleans()))


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state that a reading can give."""
    target = draw(pick(*Scope))
    machine, user = draw(scopes(with_path=True)), draw(scopes(with_path=False))
    anchor = draw(st.none() | pick(Value(NEW), Value(OLD, REG_EXPAND_SZ)))
    return state(target, machine, user, record=draw(records()), anchor=anchor)


@st.composite
def wanteds(draw: st.DrawFn, scope: Scope) -> Wanted:
    """Any options that `check` lets through."""
    homes = [r"D:\gopath", r"C:\Users\alice\go"] + ([r"%USERPROFILE%\go"] if scope.is_user else [])
    places = [
        NEW + r"\bin",
        OLD + r"\bin",
        r"C:\Tools",
        "c:/tools/",
        r"%SystemRoot%\System32",
        r"C:\工具\bin",
        *(rf"{home}\bin" for home in homes),
    ]
    wanted = Wanted(
        REGISTRY,
        scope=scope,
        goroot=draw(maybe(NEW, OLD, r"C:\missing")),
        gopath=draw(st.none() | st.lists(pick(*homes), min_size=1, max_size=2).map(tuple)),
        gobin=draw(maybe(rf"{homes[-1]}\bin", r"C:\Tools")),
        variables=draw(
            st.dictionaries(
                pick("GOINSECURE", "GOPRIVATE"), maybe("-v", "https://goproxy.cn,direct", "%SystemDrive%"), max_size=2
            )
        ),
        path=draw(st.none() | st.lists(pick(*places), max_size=4).map(tuple)),
        position=draw(pick(*Position)),
        stale=draw(pick(*Stale)),
        create_directories=draw(st.booleans()),
        validate=Validate.WARN,
        anchor=draw(st.booleans()),
    )
    wanted.check()
    return wanted


@st.composite
def situations(draw: st.DrawFn) -> tuple[State, Wanted]:
    """A state and what is wanted of it."""
    found = draw(states())
    return found, draw(wanteds(found.target))


def folds_of(texts: t.Iterable[str], *sides: State) -> set[str]:
    """The places that entries may mean before or after a change, and as they are spelled."""
    views = [Variables(), *(comparison(side, side.target, side.variables) for side in sides)]
    return {fold_path(text, view) for text in texts for view in views}


# --- a medium in memory ----------------------------------------------------------------------------------------------


def nothing(store: MemoryStore) -> None:
    """What happens in between on a quiet host."""


class MemoryStore:
    """A scope in memory that behaves as a host does: it journals, writes what it is told, and others write too.

    before_apply and after_write are called with this store in the middle of each `apply`; refuses names values that
    never take.
    """

    def __init__(self, found: State) -> None:
        self.state = found
        self.writes = 0
        self.copies: list[Variables] = []
        self.journal: dict[str, str] = {}
        self.before_apply: t.Callable[[MemoryStore], None] = nothing
        self.after_write: t.Callable[[MemoryStore], None] = nothing
        self.refuses: set[str] = set()
        self.said = ""
        self.swept: list[Finding] = []
        self.answers: list[Finding] = []
        self.verified = 0
        self.broken = False

    def read(self, wanted: Wanted) -> State:
        if self.broken:
            raise ReadError("unreadable")
        journal = {id: entry for id, text in self.journal.items() if (entry := JournalEntry.loads(id, text))}
        return self.state._replace(journal=journal)

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return {path: self.state.directory(path) for path in directories}

    def new_journal_id(self) -> str:
        newest = max((int(id[9:15]) for id in self.journal), default=-1)
        return f"20260101T{max(self.writes, newest + 1):06d}Z-0123abcd"

    def someone_writes(self, name: str, value: Value | None) -> None:
        """What another program does to the target scope."""
        self.state = self.state.with_variables(self.state.variables.replace({name: value}), self.state.anchor)

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        guard(plan, state, world)
        self.before_apply(self)
        self.writes += 1
        copied = self.state.variables
        self.copies.append(copied)
        self.journal[entry.id] = entry.dumps()
        if plan.undoes:
            self.journal[plan.undoes.id] = plan.undoes.dumps()
        record, gone = plan.record.with_journal(entry, plan.undoes)
        for id in gone:
            self.journal.pop(id, None)
        values = {
            change.name: change.after
            for change in plan.changes
            if change.place == ENVIRONMENT and change.name.upper() not in self.refuses
        }
        anchor = next((change.after for change in plan.changes if change.place == ANCHOR), self.state.anchor)
        made = {fold_path(path, {}): Directory(True) for path in plan.directories}
        self.state = self.state.with_variables(copied.replace(values), anchor)._replace(
            record=Record.loads(record.dumps()), directories={**self.state.directories, **made}
        )
        self.after_write(self)
        return Receipt(copied, self.state, self.said)

    def make(self, directories: t.Sequence[str]) -> None:
        self.before_apply(self)
        made = {fold_path(path, {}): Directory(True) for path in directories}
        self.state = self.state._replace(directories={**self.state.directories, **made})

    def sweep(self, state: State) -> list[Finding]:
        return self.swept

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        self.verified += 1
        return self.answers


# --- the files of a POSIX host ---------------------------------------------------------------------------------------


def go_layers(
    name: str,
    process: t.Mapping[str, str],
    file: t.Mapping[str, str],
    go_env: t.Mapping[str, str],
    default: str | None = None,
) -> list[tuple[str, str]]:
    """(layer, text) of a variable from the one that counts to those it hides, of what these hold; default: what is
    built in.
    """
    held = ((PROCESS, process.get(name)), (FILE, file.get(name)), (GO_ENV, go_env.get(name)), (BUILT_IN, default))
    return counting(name, [(layer, text) for layer, text in held if text is not None])


class FakeHost:
    """A POSIX host of the imagination, as the account `me`. See `Host`.

    kept: its files. others: the accounts that can be named. ordinary: see `Accounts`.
    """

    syntax: Syntax = POSIX

    def __init__(
        self,
        kept: t.Any,
        me: Account,
        environ: t.Mapping[str, str] | None = None,
        programs: t.Any = None,
        others: t.Sequence[Account] = (),
        ordinary: Account | None = None,
        darwin: bool = False,
    ) -> None:
        self.environ, self.programs = environ or {}, programs
        self.platform = Platform("posix", "darwin" if darwin else "linux", "amd64")
        self.kept, self.me, self.others, self._ordinary = kept, me, others, ordinary

    @property
    def accounts(self) -> FakeHost:
        return self

    def own(self) -> Account:
        return self.me

    def named(self, user: str | None) -> Account:
        return next(account for account in (self.me, *self.others) if user in (None, account.name))

    def ordinary(self) -> Account | None:
        return self._ordinary

    def files(self, _account: Account | None = None) -> t.Any:
        return self.kept


class WatchedFiles:
    """The files of a host that is this machine's below `root`: paths that do not begin there are taken to. See `Files`.

    wrote, made: the paths that were written, and the directories made, in order. locks: how often the ledger was
    locked. before_lock, before_write: what somebody else does right before, with the paths of that batch.
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.wrote: list[str] = []
        self.made: list[str] = []
        self.locks = 0
        self.before_lock: t.Callable[[], None] = lambda: None
        self.before_write: t.Callable[[t.Sequence[str]], None] = lambda _paths: None
        self._files = LocalFiles()

    def at(self, path: str) -> Path:
        """Where a path of the host really is."""
        return Path(path if path.startswith(self.root + "/") else self.root + path)

    def _told(self, path: str, found: File) -> File:
        missing = (
            found.missing
            if path.startswith(self.root + "/")
            else tuple(place.removeprefix(self.root) for place in found.missing)
        )
        return found._replace(obstacle=found.obstacle.replace(self.root, ""), missing=missing)

    def links(self, paths: t.Sequence[str]) -> dict[str, File]:
        found = self._files.links([str(self.at(path)) for path in paths])
        return {path: self._told(path, found[str(self.at(path))]) for path in paths}

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        found = self._files.read([str(self.at(path)) for path in paths])
        return {path: self._told(path, found[str(self.at(path))]) for path in paths}

    def write(self, writes: t.Sequence[Write]) -> dict[str, Written]:
        paths = [write.path for write in writes]
        self.before_write(paths)
        self.wrote += paths
        there = [
            write._replace(path=str(self.at(write.path)), prune=tuple(str(self.at(path)) for path in write.prune))
            for write in writes
        ]
        done = self._files.write(there)
        return {
            path: Written(done[str(self.at(path))].replaced, self._told(path, done[str(self.at(path))].stands))
            for path in paths
        }

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        found = self._files.look([str(self.at(path)) for path in paths])
        return {path: found[str(self.at(path))] for path in paths}

    def readable(self, _paths: t.Sequence[str]) -> set[str]:
        return set()

    def present(self, paths: t.Sequence[str]) -> set[str]:
        found = self._files.present([str(self.at(path)) for path in paths])
        return {path for path in paths if str(self.at(path)) in found}

    def make(self, directories: t.Sequence[str]) -> None:
        self.made += directories
        self._files.make([str(self.at(path)) for path in directories])

    def alone(self, directory: str) -> contextlib.AbstractContextManager[bool]:
        self.before_lock()
        self.locks += 1
        return self._files.alone(str(self.at(directory)))

    def obstacle_alone(self, directory: str) -> str:
        return self._files.obstacle_alone(str(self.at(directory))).replace(self.root, "")


def fill(place: Path, files: t.Mapping[str, bytes]) -> None:
    """Make these files, by their paths below `place`."""
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def tree(place: Path, but: t.Collection[str] = ()) -> dict[str, bytes | str]:
    """All that stands below `place`, by path: bytes, where a link leads, `directory`; without what begins with one of
    `but`.
    """
    out: dict[str, bytes | str] = {}
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place))
        if name.startswith(tuple(but)):
            continue
        out[name] = os.readlink(path) if path.is_symlink() else "directory" if path.is_dir() else path.read_bytes()
    return out


def make_sdk(place: Path, version: str = "go1.27.3", script: str = "exit 0") -> str:
    """A directory that looks like an SDK of this version, with a `go` that is this script."""
    fill(
        place,
        {"VERSION": f"{version}\n".encode(), "bin/go": f"#!/bin/sh\n{script}\n".encode(), "bin/gofmt": b"#!/bin/sh\n"},
    )
    for name in ("go", "gofmt"):
        (place / "bin" / name).chmod(0o755)
    return str(place)
