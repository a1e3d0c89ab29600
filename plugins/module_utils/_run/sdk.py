# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk on a POSIX host: from options to a result."""

from __future__ import annotations

import itertools
import os
import posixpath
import shutil
import typing as t
from functools import partial

from .._core.errors import ApplyError, Blocked, DevboxError, ReadError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.posix import POSIX, expand_home
from .._formats.sdk_archive import Refused
from .._go.sdk_request import Request, Step, decide, in_use, must_be_wanted, must_match, refused, request_of, to_result
from .._hosts import sdk_install
from .._hosts.accounts import Person, myself
from .options import failure

#: how a host fetches an address into a file; raises ApplyError
Fetch = t.Callable[[str, str], None]

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "dest": {"type": "str", "required": True},
    "version": {"type": "str"},
    "src": {"type": "str"},
    "remote_src": {"type": "bool", "default": False},
    "url": {"type": "str"},
    "checksum": {"type": "str"},
    "scope": {"type": "str", "choices": ["machine", "user"], "default": "machine"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "force": {"type": "bool", "default": False},
}
_LINKS = ("/usr/local/bin/go", "/usr/local/bin/gofmt", "/usr/bin/go")


def run(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], fetch: Fetch, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_sdk on this host: its result, `failed` with a message for people when it could not be done.

    Where the archive is on the controller and is needed, this run fails with `wants_archive`, and nothing was changed
    yet: the action plugin sends it.
    """
    try:
        me = myself(environ)
        wish = request_of({**params, "dest": _expanded(params["dest"], me)}, problem_of_dest)
        masked: dict[str, t.Any] = Masker(params, environ).result(_told(wish, me, environ, fetch, check_mode, diff))
        return masked
    except DevboxError as error:
        return failure(error, params, environ)
    except Refused as error:
        return failure(refused(wish, str(error)), params, environ)
    except OSError as error:
        what = ReadError(
            f"{error.filename or params['dest']}: {error.strerror or error}.",
            "Look at the rights and the disk there, and run again.",
        )
        return failure(what, params, environ)


def _expanded(dest: str, me: Person) -> str:
    return expand_home(dest, me.home)


def problem_of_dest(dest: str) -> str | None:
    """What keeps a place from being an SDK's; None for a good one."""
    problem = POSIX.path_problem(dest)
    if problem:
        return problem
    if posixpath.normpath(dest) != dest or dest.count("/") < 2:
        return (
            "is no plain path of the SDK's own directory: write it without . and .. and a slash at its end, "
            "and not right below /, such as /usr/local/go."
        )
    return None


def _told(
    wish: Request, me: Person, environ: t.Mapping[str, str], fetch: Fetch, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    count = sdk_install.sweep(wish.dest, check_mode)
    findings = (
        [Finding.of("leftovers_removed", f"Removed what {count} broken-off runs had left beside {wish.dest}.")]
        if count and not check_mode
        else []
    )
    stands = sdk_install.look(wish.dest)
    step = decide(wish, stands)
    if step is not Step.NOTHING:
        _must_be_allowed(wish, me)
    if step in (Step.REMOVE, Step.REPLACE):
        in_use(wish, references(wish.dest, environ) if step is Step.REMOVE else [], sdk_install.running(wish.dest))
    checksum = None
    if step is Step.REMOVE and not check_mode:
        findings += _remove(wish)
    if step in (Step.INSTALL, Step.REPLACE):
        if not check_mode and wish.src and not wish.remote_src:
            told = failure(
                WantedError(
                    "src is an archive on the controller, which only the action plugin gopher.devbox.go_sdk can send."
                )
            )
            return {**told, "findings": [finding.to_result(str) for finding in findings], "wants_archive": True}
        checksum = _install(wish, fetch, check_mode)
    if wish.present and not check_mode and wish.machine:
        findings += _exposed(wish)
    return to_result(wish, stands, step, checksum, findings, diff)


def _must_be_allowed(wish: Request, me: Person) -> None:
    if wish.machine and not me.is_root:
        raise Blocked(
            [
                Finding.of(
                    "not_root",
                    f"An SDK for everybody belongs to root, and this session is {me.name}'s.",
                    "Set become: true, or scope: user.",
                    me.name,
                )
            ]
        )


def _exposed(wish: Request) -> list[Finding]:
    """Who can write to it, or to a directory above it, exchanges the go that everybody runs (facts 8)."""
    open_places = sdk_install.open_to_others(wish.dest)
    if not open_places:
        return []
    return [
        Finding.of(
            "go_writable_by_users",
            f"Others than root can write to {', '.join(open_places)}, so they can exchange the go that everybody runs.",
            "Give these to root and take the right from others (chown root, chmod go-w), or choose another dest "
            "(CWE-427).",
            open_places[0],
        )
    ]


# --- installing ------------------------------------------------------------------------------------------------------


def _install(wish: Request, fetch: Fetch, check_mode: bool) -> str | None:
    """The SHA-256 of the archive that was installed; None in check mode, which fetches nothing."""
    if check_mode:
        if wish.remote_src:
            _files(wish)
        return None
    with sdk_install.Aside(wish.dest) as aside:
        archive = _archive(wish, fetch, aside.path)
        checksum = sdk_install.sha256_of(archive)
        must_match(wish, checksum)
        sdk_install.room_for(aside.parent, archive)
        sdk_install.unpack(archive, aside.new)
        unpacked = sdk_install.look(aside.new)
        must_be_wanted(wish, unpacked.version)
        _must_run_here(wish, aside.new)
        aside.put()
    stands = sdk_install.look(wish.dest)
    if stands.version != wish.version:
        raise ApplyError(
            f"{wish.dest} is {stands.kind.value} after the installation, and not {wish.version}.",
            "Look for what else writes there.",
        )
    return checksum


def _archive(wish: Request, fetch: Fetch, folder: str) -> str:
    """A copy of the archive that nobody else can change any more."""
    archive = os.path.join(folder, "archive")
    if wish.url:
        fetch(wish.url, archive)
        return archive
    with open(archive, "xb") as target:
        for piece in _files(wish):
            with open(piece, "rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
    return archive


def _files(wish: Request) -> list[str]:
    """The archive on the host: one file, or its pieces. Raises ReadError when there is none."""
    src = t.cast(str, wish.src)
    if os.path.isfile(src):
        return [src]
    pieces = list(itertools.takewhile(os.path.isfile, map(partial(piece_of, src), itertools.count())))
    if not pieces:
        raise ReadError(
            f"src: there is no file {src} on the host.",
            "Correct it, or leave out remote_src for a file on the controller.",
        )
    return pieces


def piece_of(src: str, number: int) -> str:
    """The name of an archive's piece, the first being 0."""
    return f"{src}.{number:03}"


def _must_run_here(wish: Request, root: str) -> None:
    """Raises Blocked for the SDK of another system or processor, which force overrules: an image may be for another."""
    from .._formats.executables import HEAD, platform_of
    from .._go.sdks import OTHER, running
    from .._media.sdks_posix import this_platform

    with open(os.path.join(root, "bin", "go"), "rb") as file:
        its = platform_of(file.read(HEAD))
    here = this_platform(os.uname().sysname == "Darwin")
    if its and here and running(here, its) == OTHER and not wish.force:
        raise refused(
            wish, f"it is for {'/'.join(its)}, and this host is {'/'.join(here)}", f"Take the one for {'/'.join(here)}."
        )


# --- removing --------------------------------------------------------------------------------------------------------


def _remove(wish: Request) -> list[Finding]:
    with sdk_install.Aside(wish.dest) as aside:
        aside.take()
        try:
            sdk_install.remove(aside.new)
        except OSError as error:
            return [
                Finding.of(
                    "sdk_not_removed",
                    f"{wish.dest} is gone from its place, but not all of it could be "
                    f"deleted: {error.filename}: {error.strerror}.",
                    f"Delete {aside.path}.",
                    wish.dest,
                )
            ]
    return []


def references(dest: str, environ: t.Mapping[str, str]) -> list[str]:
    """Who names the SDK: this session's GOROOT and PATH, the start files that this collection wrote for everybody and
    for each account, links to its go.
    """
    found = (
        []
        if not environ.get("GOROOT") or not sdk_install.leads_into(environ["GOROOT"], dest)
        else ["GOROOT of this session"]
    )
    if _on_path(environ.get("PATH", "").split(":"), dest):
        found.append("PATH of this session")
    for file in _start_files(environ):
        found += [f"{name} in {file}" for name in _named_in(file, dest)]
    return found + [link for link in _LINKS if os.path.islink(link) and sdk_install.leads_into(link, dest)]


def _on_path(entries: t.Iterable[str], dest: str) -> bool:
    return any(entry.startswith("/") and sdk_install.leads_into(entry, dest) for entry in entries)


def _start_files(environ: t.Mapping[str, str]) -> list[str]:
    import pwd

    from .._media.posix_host import source_of

    own = environ.get("XDG_CONFIG_HOME", "")
    homes = dict.fromkeys(entry.pw_dir for entry in pwd.getpwall())
    configs = [own, *(f"{home.rstrip('/')}/.config" for home in homes)]
    return [
        source_of(True, ""),
        *dict.fromkeys(source_of(False, config) for config in configs if config.startswith("/")),
    ]


def _named_in(file: str, dest: str) -> list[str]:
    try:
        with open(file, encoding="utf-8") as content:
            text = content.read()
    except (OSError, ValueError):
        return []
    from .._formats.shellenv import parse_source  # only a host that go_rcfile manages needs it

    try:
        source = parse_source(text)
    except ValueError:
        return ["a line"] if dest in text else []
    goroot = source.variables.get("GOROOT")
    found = ["GOROOT"] if goroot and sdk_install.leads_into(goroot, dest) else []
    return [*found, "PATH"] if _on_path(source.path, dest) else found
