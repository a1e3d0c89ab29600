# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Questions about the Go SDKs of a Windows host and the go.mod and go.work of a project there, in as few commands as
can be, and what the answers mean.

The first command is that of the registry's reading, with the first questions (`Asking.begin`): the names in the
directories where SDKs are, the MSI's keys, the names of a project's files. The second one asks for what these names
and the registry lead to. Only what that leads to in turn needs another: the home of another user, a link's target, more
files than one command line can name.

No program of the SDK is run, and no program but reg.exe: what bin\go.exe is for shows in pkg\tool, where go itself
looks for its compiler by the name of its own platform [cmd/go/internal/cfg: SetGOROOT].
"""

from __future__ import annotations

import ntpath
import re
import typing as t

from .._core.errors import ReadError
from .._core.patterns import pattern
from .._core.state import Directory
from .._core.windows import can_look_up, fold_path
from .._formats import frames, regtext
from .._formats.cmdscript import LOOP, can_quote, chunks, for_each, if_, program, quote
from .._formats.directories import lookup, parse_lookup
from .._formats.gomod import GoFile
from .._go.sdks import Found, Platform
from .._hosts import staging
from .._hosts.batch import Answer, Inquiry, Question, ask
from .._hosts.transport import Transport, said

ROUNDS = 200
MSI_KEY, INVENTORY_KEY = r"HKLM\SOFTWARE\GoProgrammingLanguage", r"HKLM\SOFTWARE\Go"

#: directories of SDKs, with what their names begin with, for everybody and for a person; references are system ones
EVERYBODY: tuple[tuple[str, str], ...] = (
    ("%SystemDrive%", "go*"),
    (r"%SystemDrive%\Sdk", "go*"),
    ("%ProgramFiles%", "Go*"),
    ("%ProgramFiles(x86)%", "Go*"),
    (r"%SystemDrive%\tools", "go*"),
    (r"%ProgramData%\scoop\apps\go", "*"),
)
OWN: tuple[tuple[str, str], ...] = (
    (r"%USERPROFILE%\sdk", "go*"),
    (r"%USERPROFILE%\scoop\apps\go", "*"),
    (r"%LOCALAPPDATA%\mise\installs\go", "*"),
    (r"%USERPROFILE%\go\pkg\mod\golang.org", "toolchain@v0.0.1-go*"),
    (r"%USERPROFILE%\go\bin", "go1*.exe"),
)
CHOCOLATEY = r"%ProgramData%\chocolatey\lib\golang"

_ITEM = f"{LOOP}~i"
#: characters of one command whose answer can still be held back, and what is kept free for each kind of question in it
_ROOM, _FREE = 6900, 320
_LINK = pattern(r"<[^<>]+>\s+(?P<name>.+?) \[(?P<target>[^\[\]]+)\]\s*\Z")
_SHIM = pattern(r"(?im)^\s*path\s*=\s*\"?([^\"\r\n]+?)\"?\s*$")


class Container(t.NamedTuple):
    """A directory, and a pattern for names in it. raw: as cmd.exe gets it, which may hold a system reference."""

    raw: str
    pattern: str

    @property
    def files(self) -> bool:
        return self.pattern.endswith(".exe")

    def statement(self) -> str:
        return f'dir /b {"/a-d" if self.files else "/ad"} "{self.raw}\\{self.pattern}" 2>nul'


class LookedAt(t.NamedTuple):
    """What is in a directory that may be an SDK. link: where it leads itself when it is a link, empty when that was
    not shown. has_go_env: whether its go.env is there, readable or not.
    """

    found: Found
    link: str | None
    has_go_env: bool = False


class ProjectNames(t.NamedTuple):
    """The names of a project's files. links: directories that lead elsewhere, whose files are none of the project's."""

    there: bool
    names: tuple[str, ...]
    links: tuple[str, ...]
    above: tuple[str, ...]


class Asking:
    """The questions that are left to a host, and its answers."""

    def __init__(self, transport: Transport, project: str | None) -> None:
        self._transport = transport
        self._project = project
        self.codec = "utf-8"
        self._room = _ROOM
        self._inside: dict[Container, None] = {}
        self._roots: dict[str, str] = {}
        self._directories: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._asked: set[tuple[str, str]] = set()
        self.names: dict[Container, list[str]] = {}
        self.looked: dict[str, LookedAt] = {}
        self.directories: dict[str, Directory] = {}
        self.files: dict[str, bytes | None] = {}

    # --- the first command -------------------------------------------------------------------------------------------

    def begin(self, containers: t.Sequence[Container]) -> Inquiry[frames.Framed]:
        """The questions in the command of the registry's reading, and what the host said to them."""
        mark = staging.new_mark()
        framed, _completed = yield Question(mark, tuple(self._first(mark, containers)))
        return framed

    @staticmethod
    def listing(containers: t.Sequence[Container]) -> Inquiry[frames.Framed]:
        """The names in directories, without more."""
        mark = staging.new_mark()
        framed, _completed = yield Question(mark, tuple(_inside(mark, containers)))
        return framed

    def _first(self, mark: str, containers: t.Sequence[Container]) -> list[str]:
        out = _inside(mark, containers)
        for part, key, view in (("msi64", MSI_KEY, "64"), ("msi32", MSI_KEY, "32"), ("inventory", INVENTORY_KEY, "64")):
            query = f'{program("reg.exe")} query "{key}" /reg:{view}'
            out += frames.framed(mark, part, *frames.run_reporting_start(mark, query))
        out += frames.framed(mark, "chocolatey", if_(f'exist "{CHOCOLATEY}\\"', "echo y"))
        return out + (self._tree(mark, self._project) if self._project else [])

    def _tree(self, mark: str, project: str) -> list[str]:
        names = " ".join(quote(f"{project}\\{name}") for name in ("go.mod", "go.work"))
        above = [quote(f"{directory}\\go.work") for directory in ancestors(project)]
        loop = for_each(f"{LOOP}i in ({' '.join(above)})", [if_(f'exist "{_ITEM}"', f'echo "{_ITEM}"')])
        return [
            *frames.framed(mark, "there", if_(f'exist "{project}\\"', "echo y")),
            *frames.framed(mark, "tree", f"dir /s /b /a-d {names} 2>nul"),
            *frames.framed(mark, "links", f"dir /s /b /al {quote(project)} 2>nul"),
            *(frames.framed(mark, "above", loop) if above else []),
        ]

    def understand_first(
        self, told: frames.Framed, codec: str, containers: t.Sequence[Container], expand: t.Callable[[str], str]
    ) -> None:
        """expand: writes out the references of a directory."""
        self.codec = codec
        self._take_names(told, [container._replace(raw=expand(container.raw)) for container in containers])

    def keys(self, told: frames.Framed) -> dict[str, str]:
        """The directories that registry keys of the machine name, with the key's name as it is reported."""
        out = {}
        for part, key, name in (
            ("msi64", MSI_KEY, "installLocation"),
            ("msi32", MSI_KEY, "installLocation"),
            ("inventory", INVENTORY_KEY, "InstallPath"),
        ):
            found = regtext.parse_query(self._text(told.first(part)), key)
            location = found.value(name) if found else None
            if location and can_look_up(location.rstrip("\\")):
                out[location.rstrip("\\")] = key + (" (32-bit view)" if part == "msi32" else "")
        return out

    def tree(self, told: frames.Framed) -> ProjectNames:
        parts = [self._text(told.first(part)).splitlines() for part in ("there", "tree", "links", "above")]
        there, names, links, above = ([line.strip().strip('"') for line in lines if line.strip()] for lines in parts)
        return ProjectNames("y" in there, tuple(names), tuple(links), tuple(above))

    # --- the others --------------------------------------------------------------------------------------------------

    def inside(self, containers: t.Iterable[Container]) -> None:
        self._inside.update((item, None) for item in containers if can_look_up(item.raw) and item not in self.names)

    def roots(self, paths: t.Iterable[str]) -> None:
        self._add("roots", self._roots, (path for path in paths if can_look_up(path)))

    def look_up(self, paths: t.Iterable[str]) -> None:
        self._add("directories", self._directories, (path for path in paths if can_look_up(path)))

    def read(self, paths: t.Iterable[str]) -> None:
        self._add("files", self._files, paths)

    def _add(self, kind: str, pending: dict[str, str], paths: t.Iterable[str]) -> None:
        for path in paths:
            fold = (kind, fold_path(path, {}))
            if can_quote(path) and fold not in self._asked:
                self._asked.add(fold)
                pending[fold[1]] = path

    @property
    def is_pending(self) -> bool:
        """Whether a question is left."""
        return bool(self._inside or self._roots or self._directories or self._files)

    def leave_room(self, length: int) -> None:
        """Leave so many characters of each command to other questions, as far as there is enough for these."""
        self._room = max(_ROOM - length, _ROOM // 2)

    def ask(self) -> None:
        """Ask until no question is left. Raises ReadError, TransportError."""
        ask(self._transport, self.asking)

    def asking(self) -> Inquiry[None]:
        """The questions of `ask`, which others of the same host can go along with (see `batch`)."""
        for _round in range(ROUNDS):
            if not self.is_pending:
                return
            mark = staging.new_mark()
            containers = self._some_containers(self._room - 3 * _FREE)
            statements = _inside(mark, containers)
            taken = self._taken(mark, statements)
            answer = yield Question(mark, tuple(statements))
            self._take(answer, containers, taken)
        raise ReadError(
            "What the host holds could not be read completely.",
            "Name a smaller project, or fewer directories in search.",
        )

    def _taken(self, mark: str, statements: list[str]) -> list[list[str]]:
        """As many roots, directories and files as there is room for, whose questions are added to the statements."""
        taken: list[list[str]] = []
        for pending, script in (
            (self._roots, _roots_script),
            (self._directories, lookup),
            (self._files, _files_script),
        ):
            room = self._room - _length(statements) - _length(script(mark, ())) - _FREE * (2 - len(taken))
            items = next(iter(chunks(list(pending.values()), room)), []) if room > 0 else []
            statements += script(mark, items) if items else []
            taken.append(items)
        return taken

    def _take(self, answer: Answer, containers: t.Sequence[Container], taken: t.Sequence[list[str]]) -> None:
        roots, directories, files = taken
        told, completed = answer
        counts = {"inside": len(containers), "sdk": len(roots), "file": len(files), "dirs": bool(directories)}
        if any(len(told.parts.get(part, ())) != count for part, count in counts.items()):
            raise ReadError(f"The host did not answer every question. {said(completed, self.codec)}", "Run again.")
        self._take_names(told, containers)
        self._take_roots(told, roots)
        self.directories.update(
            (fold_path(path, {}), item) for path, item in parse_lookup(directories, self._text(told.first("dirs")))
        )
        self.files.update((fold_path(path, {}), _content(raw)) for path, raw in zip(files, told.parts.get("file", ())))
        for kind, items in ((self._roots, roots), (self._directories, directories), (self._files, files)):
            for path in items:
                del kind[fold_path(path, {})]

    def _some_containers(self, room: int) -> list[Container]:
        out: list[Container] = []
        for container in self._inside:
            room -= len(container.statement()) + 40
            if room < 0 and out:
                break
            out.append(container)
        return out

    def _take_names(self, told: frames.Framed, containers: t.Sequence[Container]) -> None:
        for container, raw in zip(containers, told.parts.get("inside", ())):
            lines = [line.strip() for line in self._text(raw).splitlines() if line.strip()]
            self.names[container] = lines
            self._inside.pop(container, None)
            if not container.files:
                self.roots(f"{container.raw}\\{name}" for name in lines)

    def _take_roots(self, told: frames.Framed, roots: t.Sequence[str]) -> None:
        parts = [told.parts.get(part, ()) for part in ("sdk", "version", "goenv", "tool", "link")]
        for path, *raw in zip(roots, *parts):
            head, version, go_env, tool, link = raw
            looked = _understand(
                path, self._text(head), self._text(version), go_env, self._text(tool), self._text(link)
            )
            self.looked[fold_path(path, {})] = looked
            if looked.link and can_look_up(looked.link):
                self.roots([looked.link])

    def _text(self, raw: bytes | None) -> str:
        return frames.decode(raw or b"", self.codec)


def _inside(mark: str, containers: t.Iterable[Container]) -> list[str]:
    return [line for container in containers for line in frames.framed(mark, "inside", container.statement())]


def _length(statements: t.Sequence[str]) -> int:
    return len("&".join(statements))


def ancestors(path: str) -> list[str]:
    """The directories above a full path, the nearest first; the root of its drive as `C:`."""
    parts = path.split("\\")
    return ["\\".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def _roots_script(mark: str, paths: t.Sequence[str]) -> list[str]:
    version, cache, go_env = (f'"{_ITEM}\\{name}"' for name in ("VERSION", "VERSION.cache", "go.env"))
    body = [
        *frames.framed(
            mark,
            "sdk",
            f"echo a{LOOP}~ai",
            if_(f'exist "{_ITEM}\\"', "echo d"),
            if_(f'exist "{_ITEM}\\bin\\go.exe"', "echo g"),
            if_(f"exist {version}", "echo v"),
            if_(f'exist "{_ITEM}\\.unpacked-success"', "echo u"),
            if_(f'exist "{_ITEM}\\src\\runtime\\"', "echo s"),
            if_(f"exist {go_env}", "echo e"),
        ),
        *frames.framed(
            mark,
            "version",
            if_(f"exist {version}", f"type {version}"),
            if_(f"exist {cache} if not exist {version}", f"type {cache}"),
            "echo.",
        ),
        *frames.framed(mark, "goenv", if_(f"exist {go_env}", f"type {go_env}"), "echo."),
        *frames.framed(mark, "tool", f'dir /b /ad "{_ITEM}\\pkg\\tool" 2>nul'),
        *frames.framed(mark, "link", if_(f'exist "{_ITEM}\\"', f'dir /al "{_ITEM}*" 2>nul')),
    ]
    return [for_each(f"{LOOP}i in ({' '.join(quote(path) for path in paths)})", body)]


def _files_script(mark: str, paths: t.Sequence[str]) -> list[str]:
    body = frames.framed(mark, "file", f"echo z{LOOP}~zi", f'type "{_ITEM}" 2>nul', "echo.")
    return [for_each(f"{LOOP}i in ({' '.join(quote(path) for path in paths)})", body)]


def _content(raw: bytes) -> bytes | None:
    """The bytes of a file; None when there is none, or it could not be read."""
    head, _sep, rest = raw.partition(b"\n")
    size = head.strip()[1:]
    data = re.sub(rb"\r?\n\Z", b"", rest)
    if not size.isdigit() or (not data and int(size)):
        return None
    return data


def _understand(path: str, head: str, version: str, go_env: bytes, tool: str, link: str) -> LookedAt:
    told = {line.strip()[:1]: line.strip()[1:] for line in head.splitlines() if line.strip()}
    first = version.lstrip("\ufeff").split("\n", 1)[0].strip()
    data = re.sub(rb"\r?\n\Z", b"", go_env)
    return LookedAt(
        Found(
            path,
            first if "v" in told or first else None,
            "g" in told,
            platform_in(tool.splitlines()),
            unpacked="u" in told,
            go_env=data or None,
            looks="s" in told or bool(tool.strip()),
        ),
        link_in(path, link) if "l" in told.get("a", "") else None,
        "e" in told,
    )


def platform_in(names: t.Iterable[str]) -> Platform | None:
    r"""(GOOS, GOARCH) of an SDK by the names in its pkg\tool; None when there is not just one."""
    found = [name.strip().partition("_") for name in names if "_" in name]
    return (found[0][0], found[0][2]) if len(found) == 1 else None


def link_in(path: str, listing: str) -> str:
    """Where a directory leads by what `dir /al` printed of it and its neighbours, a full path; empty when that is not
    shown.
    """
    wanted = ntpath.basename(path).lower()
    for line in listing.splitlines():
        found = _LINK.search(line.rstrip())
        if found and found["name"].strip().lower() == wanted:
            target = re.sub(r"\A\\(?:\?\?|\\\?)\\", "", found["target"])
            return ntpath.normpath(ntpath.join(ntpath.dirname(path), target)).rstrip("\\")
    return ""


def shim_target(data: bytes) -> str | None:
    """The program that a shim of Scoop starts, by its .shim file."""
    found = _SHIM.search(data.decode("utf-8-sig", "replace"))
    return found[1].strip() if found else None


def apart(path: str, root: str) -> bool:
    """Whether go's patterns pass over the directory of a file of a project (see `_hosts/gotree.py`)."""
    between = path[len(root) :].strip("\\").split("\\")[:-1]
    return any(name[:1] in "._" or name in ("vendor", "testdata") for name in between)


def in_store(path: str, root: str) -> bool:
    """Whether it is in a directory of version control, where no files of the project are."""
    return any(
        name.lower() in (".git", ".hg", ".svn", ".bzr", ".jj")
        for name in path[len(root) :].strip("\\").split("\\")[:-1]
    )


def sorted_out(tree: ProjectNames, root: str) -> tuple[list[str], list[str], list[str]]:
    """Of a project's files: (its own go.mod and go.work, those that go passes over, those whose names no command can
    hold).
    """
    own, passed, strange = [], [], []
    links = [fold_path(link, {}) + "\\" for link in tree.links]
    for path in tree.names:
        is_one = ntpath.basename(path).lower() in ("go.mod", "go.work") and not in_store(path, root)
        if not is_one or any(fold_path(path, {}).startswith(link) for link in links):
            continue
        if "\ufffd" in path or "?" in path or not can_quote(path):
            strange.append(path)
        elif apart(path, root):
            passed.append(path)
        else:
            own.append(path)
    return own, passed, strange


def read_files(asking: Asking, paths: t.Iterable[str]) -> tuple[list[GoFile], list[str]]:
    """(the files that were read, the paths of those that were not)."""
    files, lacking = [], []
    for path in paths:
        data = asking.files.get(fold_path(path, {}))
        if data is None:
            lacking.append(path)
        else:
            files.append(GoFile(path, data))
    return files, lacking
