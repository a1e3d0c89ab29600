# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of an audit: one host for each rule, and what holds for every host."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.audits import ENVIRONMENT, GOROOT, HOME, entry, held, linux, sdk, windows

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import CATALOGUE, DIMENSIONS, Finding
from ansible_collections.gopher.devbox.plugins.module_utils._go import audit as model
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import (
    Audit,
    Held,
    Origin,
    SeenDirectory,
    SeenEntry,
    SeenMedium,
    SeenModule,
    SeenProject,
    SeenVariable,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_checks import check
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdks import Go, Inventory

GO_ENV_FILE = "go env file"
Expected = tuple[str, str, str, str]
"""(id, subject, layer, mode)"""


def of(audit: Audit) -> list[Expected]:
    return [(noted.finding.id, noted.finding.subject, noted.layer, noted.mode) for noted in check(audit)]


def the(audit: Audit) -> Finding:
    """The only finding of a host."""
    (noted,) = check(audit)
    return noted.finding


def with_entries(host: Audit, before: tuple[SeenEntry, ...], behind: tuple[SeenEntry, ...], **changes: Any) -> Audit:
    """A host with more entries before and behind its own."""
    inventory, more = host.inventory, len(before)
    assert inventory.go
    moved = tuple(
        dataclasses.replace(one, on_path=tuple((place + more, scope, text) for place, scope, text in one.on_path))
        for one in inventory.sdks
    )
    go = inventory.go._replace(place=inventory.go.place + more)
    return host._replace(
        path=(*before, *host.path, *behind), inventory=inventory._replace(sdks=moved, go=go), **changes
    )


def on_windows(*before: SeenEntry, behind: tuple[SeenEntry, ...] = (), **changes: Any) -> Audit:
    return with_entries(windows(), before, behind, **changes)


def on_linux(*before: SeenEntry, behind: tuple[SeenEntry, ...] = (), **changes: Any) -> Audit:
    return with_entries(linux(), before, behind, **changes)


def started_by(host: Audit, file: str) -> Audit:
    """The host, with the go at the first place of PATH as the one that runs."""
    assert host.go
    return host._replace(inventory=host.inventory._replace(go=host.go._replace(file=file, place=0)))


def with_values(host: Audit, **values: Held | tuple[Held, ...]) -> Audit:
    """A host with more variables; for each the value that counts, and those below it."""
    more = {
        name: SeenVariable(name, layers if isinstance(layers, tuple) and not isinstance(layers, Held) else (layers,))
        for name, layers in values.items()
    }
    return host._replace(variables={**host.variables, **more})


def with_sdks(host: Audit, *sdks: Any, go: Go | None, findings: tuple[Finding, ...] = ()) -> Audit:
    return host._replace(inventory=Inventory(tuple(sdks), (), go, findings))


def with_project(host: Audit, *modules: SeenModule, **more: Any) -> Audit:
    return host._replace(project=SeenProject("/src", modules, **more))


def user(text: str, **more: Any) -> Held:
    return held("user", text, "user", **more)


def machine(text: str, **more: Any) -> Held:
    return held("machine", text, **more)


NEWER = SeenModule(
    "/src/go.mod", "go1.27.3", "", "go.mod requires go >= 1.28 (running go 1.27.3; GOTOOLCHAIN=local)", "gotoolchain"
)
BROKEN = Finding.of("sdk_missing", "GOROOT names it.", "Correct it.", r"D:\go")
OF_INVENTORY = (BROKEN, Finding.of("sdk_other_architecture", "Slow.", "Install it.", r"P:\go"))
OLD = sdk(r"C:\old", "go1.21.13")
MACHINE = ("machine", "machine")
USER = ("user", "user")
PROJECT = ("project", "project")

CASES: list[tuple[str, Audit, list[Expected]]] = [
    # PATH of the machine
    (
        "a directory that users can write to",
        on_windows(entry(r"C:\tools", writable=model.YES)),
        [("path_writable_by_users", r"C:\tools", *MACHINE)],
    ),
    (
        "one that they can make",
        on_windows(behind=(entry(r"C:\tools", writable=model.YES, exists=False),)),
        [("path_writable_by_users", r"C:\tools", *MACHINE)],
    ),
    (
        "one under the root of a drive",
        on_windows(behind=(entry(r"D:\gopath\bin", writable=model.LIKELY),)),
        [("path_likely_writable", r"D:\gopath\bin", *MACHINE)],
    ),
    ("one of the user's is the user's", on_windows(behind=(entry(r"D:\x", "user", "user", writable=model.YES),)), []),
    (
        "on linux",
        on_linux(behind=(entry("/opt/tools", writable=model.YES),)),
        [("path_writable_by_users", "/opt/tools", *MACHINE)],
    ),
    (
        "of the login",
        on_linux(behind=(entry("/opt/tools", "login", writable=model.YES),)),
        [("path_writable_by_users", "/opt/tools", "login", "machine")],
    ),
    (
        "a relative entry",
        on_windows(behind=(entry(r"tools\bin"),)),
        [("relative_path_entry", r"tools\bin", *MACHINE)],
    ),
    (
        "one of the user's",
        on_linux(behind=(entry(".", "user", "user"),)),
        [("relative_path_entry", ".", *USER)],
    ),
    ("an empty entry", on_windows(entry("")), [("empty_path_entry", "PATH", *MACHINE)]),
    ("Windows ends a PATH with one", on_windows(behind=(entry(""),)), []),
    ("on linux it is the current directory", on_linux(behind=(entry(""),)), [("empty_path_entry", "PATH", *MACHINE)]),
    (
        "empty entries of two layers",
        on_linux(entry(""), entry("", "user", "user"), entry("")),
        [("empty_path_entry", "PATH", *MACHINE), ("empty_path_entry", "PATH", *USER)],
    ),
    (
        "a missing directory",
        on_windows(behind=(entry(r"C:\Program Files\gone", exists=False),)),
        [("missing_path_entry", r"C:\Program Files\gone", *MACHINE)],
    ),
    ("one that cannot be judged", on_windows(behind=(entry(r"P:\x", exists=None, remote=True),)), []),
    ("one of the user's that is missing", on_windows(behind=(entry(r"C:\gone", "user", "user", exists=False),)), []),
    (
        "a duplicate",
        on_windows(behind=(entry(r"C:\Windows\\", duplicate=True),)),
        [("duplicate_path_entry", r"C:\Windows\\", *MACHINE)],
    ),
    (
        "a reference that nothing expands",
        on_windows(behind=(entry(r"%NOSUCH%\bin", exists=None),)),
        [("undefined_reference", r"%NOSUCH%\bin", *MACHINE)],
    ),
    (
        "another SDK behind",
        on_windows(behind=(entry(r"C:\old\bin", go="go.exe", sdk="go1.21.13"),)),
        [("stale_path_entry", r"C:\old\bin", *MACHINE)],
    ),
    (
        "one that is gone",
        on_windows(behind=(entry(r"C:\go1.21.0\bin", "user", "user", exists=False),)),
        [("stale_path_entry", r"C:\go1.21.0\bin", *USER)],
    ),
    # what costs time before go
    (
        "a network directory",
        on_windows(entry(r"\\server\tools", exists=None, remote=True)),
        [("network_before_go", r"\\server\tools", *MACHINE)],
    ),
    ("one behind go", on_windows(behind=(entry(r"\\server\tools", exists=None, remote=True),)), []),
    (
        "a drive of Windows in WSL",
        on_linux(entry("/mnt/c/Windows", "login", file_system="9p"), wsl=True),
        [("network_before_go", "/mnt/c/Windows", "login", "machine")],
    ),
    (
        "missing directories",
        on_linux(*(entry(f"/gone/{number}", "user", "user", exists=False) for number in range(3))),
        [("missing_before_go", "PATH", *USER)],
    ),
    (
        "a shim",
        started_by(
            on_windows(entry(rf"{HOME}\scoop\shims", "user", "user", go="go.exe", shim="scoop")),
            rf"{HOME}\scoop\shims\go.exe",
        ),
        [("shim_before_go", rf"{HOME}\scoop\shims", *USER)],
    ),
    (
        "a program that nothing is known of",
        started_by(on_linux(entry("/opt/bin", "user", "user", go="/opt/bin/go", shim="program")), "/opt/bin/go"),
        [("shim_before_go", "/opt/bin", *USER)],
    ),
    (
        "a link is none",
        started_by(
            on_linux(entry("/usr/local/bin", go="/usr/local/bin/go", sdk="go1.27.3", shim="link")), "/usr/local/bin/go"
        ),
        [],
    ),
    (
        "a link to what runs, behind it",
        on_linux(behind=(entry("/usr/local/bin", go="/usr/local/bin/go", sdk="go1.27.3", shim="link"),)),
        [],
    ),
    (
        "another path to what runs, behind it",
        with_sdks(
            on_linux(behind=(entry("/opt/go/bin", go="/opt/go/bin/go", sdk="go1.27.3"),)),
            sdk("/usr/local/go", links=("/opt/go",), on_path=((0, "user", "x"), (3, "machine", "/opt/go/bin"))),
            go=linux().inventory.go,
        ),
        [],
    ),
    # cmd's limit
    ("PATH up to 2,047", windows(path_length=2047), []),
    ("PATH over 2,047", windows(path_length=2048), [("path_over_dialog_limit", "PATH", *MACHINE)]),
    ("PATH up to 90 %", windows(path_length=7371), [("path_over_dialog_limit", "PATH", *MACHINE)]),
    ("PATH from 90 %", windows(path_length=7372), [("path_near_limit", "PATH", *MACHINE)]),
    ("PATH of 8,191", windows(path_length=8191), [("path_near_limit", "PATH", *MACHINE)]),
    ("PATH over 8,191", windows(path_length=8192), [("path_too_long", "PATH", *MACHINE)]),
    (
        "most of it is the user's",
        on_windows(behind=(entry("C:\\" + "x" * 200, "user", "user"),), path_length=9000),
        [("path_too_long", "PATH", *USER)],
    ),
    ("on linux there is none", linux(path_length=9000), []),
    # the go that runs
    (
        "no go",
        windows(path=windows().path[:2], inventory=Inventory((), (), None, ())),
        [("no_go", "go", *MACHINE)],
    ),
    (
        "no go, with an SDK",
        windows(path=windows().path[:2], inventory=Inventory((sdk(GOROOT),), (), None, ())),
        [("go_not_on_path", "go", *MACHINE)],
    ),
    (
        "no go, where a user's entry is managed",
        linux(
            path=(entry("/home/alice/go/bin", "user", "user", managed=True),),
            inventory=linux().inventory._replace(go=None),
        ),
        [("go_not_on_path", "go", *USER)],
    ),
    (
        "start files of another shell do not matter",
        linux(
            path=linux().path[1:],
            inventory=linux().inventory._replace(go=None),
            media=(SeenMedium("start files", "user", "/home/alice/.zshenv", model.NOT_LOOKED, "Nobody reads it."),),
        ),
        [("go_not_on_path", "go", *MACHINE)],
    ),
    (
        "a start file that cannot be read does",
        linux(
            path=linux().path[1:],
            inventory=linux().inventory._replace(go=None),
            media=(SeenMedium("start files", "user", "/home/alice/.profile", model.DENIED, "No right."),),
        ),
        [],
    ),
    (
        "whether there is one is not known",
        windows(path=(entry(r"P:\x", exists=None, remote=True),), inventory=Inventory((), (), None, ())),
        [],
    ),
    (
        "a hive that was not read",
        windows(
            path=windows().path[:2],
            inventory=Inventory((), (), None, ()),
            media=(SeenMedium("registry", "machine", ENVIRONMENT, model.DENIED, "Access is denied."),),
        ),
        [],
    ),
    ("no PATH at all", windows(path=(), inventory=Inventory((), (), None, ())), []),
    (
        "several SDKs",
        with_sdks(windows(), sdk(GOROOT, first=True), OLD, go=windows().inventory.go),
        [("several_sdks", "SDKs", *MACHINE)],
    ),
    (
        "toolchains that go downloaded are none",
        with_sdks(windows(), sdk(GOROOT), sdk(r"C:\t", installed_by="module_cache"), go=windows().inventory.go),
        [],
    ),
    (
        "users can exchange the go of a user",
        linux(path=(entry("/usr/local/go/bin", "user", "user", go="go", writable=model.YES), *linux().path[1:])),
        [("go_writable_by_users", "/usr/local/go/bin", *USER)],
    ),
    (
        "the go of Windows in WSL",
        linux(
            wsl=True,
            path=(entry("/mnt/c/Program Files/Go/bin", "login", go="go.exe", file_system="drvfs"),),
            inventory=Inventory((), (), Go("/mnt/c/Program Files/Go/bin/go.exe", None, None, 0), ()),
        ),
        [("windows_go_in_wsl", "/mnt/c/Program Files/Go/bin", "login", "machine")],
    ),
    (
        "the only one there",
        linux(
            wsl=True,
            path=(entry("/mnt/c/Program Files/Go/bin", "login", go="go.exe", file_system="drvfs"),),
            inventory=Inventory((), (), None, ()),
        ),
        [("windows_go_in_wsl", "/mnt/c/Program Files/Go/bin", "login", "machine")],
    ),
    # GOROOT and GOPATH
    ("GOROOT is what runs", with_values(windows(), GOROOT=machine(GOROOT.upper() + "\\")), []),
    (
        "GOROOT is another SDK",
        with_sdks(
            with_values(windows(), GOROOT=user(r"C:\old")),
            sdk(GOROOT, first=True),
            OLD,
            go=windows().inventory.go,
        ),
        [("goroot_mismatch", r"C:\old", *USER), ("several_sdks", "SDKs", *MACHINE)],
    ),
    (
        "GOROOT is another copy",
        with_sdks(
            with_values(windows(), GOROOT=user(r"C:\copy")),
            sdk(GOROOT, first=True),
            sdk(r"C:\copy", installed_by="module_cache"),
            go=windows().inventory.go,
        ),
        [],
    ),
    (
        "GOROOT is a link to what runs",
        with_sdks(
            with_values(linux(), GOROOT=user("/opt/go")),
            sdk("/usr/local/go", links=("/opt/go",)),
            go=linux().inventory.go,
        ),
        [],
    ),
    (
        "GOROOT does not exist",
        with_values(windows(), GOROOT=machine(r"D:\go"))._replace(
            directories=(SeenDirectory("GOROOT", r"D:\go", False),),
            inventory=windows().inventory._replace(findings=(BROKEN,)),
        ),
        [("goroot_missing", r"D:\go", *MACHINE)],
    ),
    (
        "GOROOT holds no SDK",
        with_values(windows(), GOROOT=machine(r"D:\go"))._replace(
            directories=(SeenDirectory("GOROOT", r"D:\go", True),),
            inventory=windows().inventory._replace(findings=(BROKEN,)),
        ),
        [("goroot_missing", r"D:\go", *MACHINE)],
    ),
    ("GOROOT cannot be judged", with_values(windows(), GOROOT=machine(r"P:\go")), []),
    (
        "GOROOT is no path",
        with_values(windows(), GOROOT=user(f'"{GOROOT}"')),
        [("goroot_missing", f'"{GOROOT}"', *USER)],
    ),
    (
        "GOPATH is GOROOT",
        with_values(windows(), GOPATH=machine(rf"{GOROOT}\work")),
        [("gopath_is_goroot", "GOPATH", *MACHINE)],
    ),
    (
        "the SDK was unpacked where GOPATH is by default",
        with_sdks(
            with_values(linux(), GOPATH=held("built in", "/home/alice/go", "user")),
            sdk("/home/alice/go"),
            go=Go("/home/alice/go/bin/go", "/home/alice/go", "go1.27.3", 0),
        ),
        [("gopath_is_goroot", "GOPATH", "built in", "user")],
    ),
    # values
    (
        "the user's hides the machine's",
        with_values(windows(), GOPROXY=(user("https://a.example"), machine("https://b.example"))),
        [("user_shadows_machine", "GOPROXY", *MACHINE)],
    ),
    ("the same value", with_values(windows(), GOPROXY=(user("https://a.example"), machine("https://a.example"))), []),
    (
        "the same directory",
        with_values(windows(), GOPATH=(user(rf"{HOME}\go"), machine(HOME.upper() + r"\go\\"))),
        [],
    ),
    (
        "the environment hides the go env file",
        with_values(linux(), GOPROXY=(user("https://a.example"), held(GO_ENV_FILE, "https://b.example", "user"))),
        [("environment_hides_file", "GOPROXY", GO_ENV_FILE, "user")],
    ),
    (
        "three layers",
        with_values(
            windows(),
            GOPROXY=(
                held("session", "https://a.example", "user"),
                user("https://b.example"),
                machine("https://c.example"),
                held(GO_ENV_FILE, "https://d.example", "user"),
                held("go.env", "https://proxy.golang.org,direct"),
            ),
        ),
        [
            ("environment_hides_file", "GOPROXY", *MACHINE),
            ("environment_hides_file", "GOPROXY", GO_ENV_FILE, "user"),
            ("environment_hides_file", "GOPROXY", *USER),
        ],
    ),
    (
        "a project hides what it is to hide",
        with_values(windows(), GOPROXY=(held("project", "https://a.example", "project"), machine("https://b.example"))),
        [],
    ),
    (
        "and below it the user's hides the machine's",
        with_values(
            windows(),
            GOPROXY=(
                held("project", "https://a.example", "project"),
                user("https://b.example"),
                machine("https://c.example"),
            ),
        ),
        [("user_shadows_machine", "GOPROXY", *MACHINE)],
    ),
    (
        "a secret in the machine scope",
        with_values(windows(), GOPROXY=machine("https://bob:geheim@proxy.example")),
        [("secret_readable", "GOPROXY", *MACHINE)],
    ),
    ("one of the user's", with_values(windows(), GOPROXY=user("https://bob:geheim@proxy.example")), []),
    (
        "one that is hidden, in a file that others can read",
        with_values(
            linux(),
            GOPROXY=(
                user("https://bob:geheim@proxy.example"),
                held(
                    GO_ENV_FILE,
                    "https://bob:geheim@proxy.example",
                    "user",
                    exposed=True,
                    origin=Origin("/home/alice/.config/go/env", 1, "alice", 0o644),
                ),
            ),
        ),
        [("secret_readable", "GOPROXY", GO_ENV_FILE, "user")],
    ),
    (
        "one in a file of the machine that only root reads",
        with_values(
            linux(),
            GOPROXY=machine("https://bob:geheim@proxy.example", origin=Origin("/etc/x.sh", 1, "root", 0o600)),
        ),
        [],
    ),
    (
        "a value that no go takes",
        with_values(linux(), GOFLAGS=user("-ldflags=-s -w")),
        [("value_refused", "GOFLAGS", *USER)],
    ),
    ("a word of no version", with_values(linux(), GOAMD64=user("v9")), [("value_refused", "GOAMD64", *USER)]),
    (
        "a word that may come",
        with_sdks(
            with_values(linux(), GOARCH=user("quantum")),
            sdk("/usr/local/go", "go1.40.0"),
            go=Go("/usr/local/go/bin/go", "/usr/local/go", "go1.40.0", 0),
        ),
        [("unknown_value", "GOARCH", *USER)],
    ),
    ("a pair", with_values(linux(), GOOS=user("js")), [("value_refused", "GOOS", *USER)]),
    ("a pair that is one", with_values(linux(), GOOS=user("js"), GOARCH=user("wasm")), []),
    (
        "GOROOT in the go env file",
        with_values(linux(), GOROOT=held(GO_ENV_FILE, "/usr/local/go", "user")),
        [("go_env_value_refused", "GOROOT", GO_ENV_FILE, "user")],
    ),
    (
        "a value in the go env file, hidden",
        with_values(linux(), GOPATH=(user("/home/alice/go"), held(GO_ENV_FILE, "~/go", "user"))),
        [
            ("environment_hides_file", "GOPATH", GO_ENV_FILE, "user"),
            ("go_env_value_refused", "GOPATH", GO_ENV_FILE, "user"),
        ],
    ),
    # directories
    (
        "GOPATH under a drive's root",
        with_values(windows(), GOPATH=machine(rf"{HOME}\go;D:\gopath")),
        [("directory_under_drive_root", "GOPATH", *MACHINE)],
    ),
    (
        "and others",
        with_values(windows(), GOBIN=user(r"D:\bin"), GOCACHE=user(r"D:\c"), GOMODCACHE=user(r"E:\m")),
        [("directory_under_drive_root", name, *USER) for name in ("GOBIN", "GOCACHE", "GOMODCACHE")],
    ),
    ("in a profile on another drive", with_values(windows(), GOPATH=user(r"D:\Users\alice\go")), []),
    (
        "a cache on the network",
        windows(directories=(SeenDirectory("GOCACHE", r"\\server\cache", None, remote=True),)),
        [("cache_on_network", "GOCACHE", "built in", "user")],
    ),
    (
        "the modules of a GOPATH on a drive of Windows",
        with_values(linux(wsl=True), GOPATH=user("/mnt/c/go"))._replace(
            directories=(SeenDirectory("GOMODCACHE", "/mnt/c/go/pkg/mod", True, file_system="9p"),)
        ),
        [("cache_on_network", "GOMODCACHE", *USER)],
    ),
    # what go checks of modules
    ("GOSUMDB=off", with_values(windows(), GOSUMDB=machine("off")), [("checksums_off", "GOSUMDB", *MACHINE)]),
    ("another database", with_values(windows(), GOSUMDB=machine("sum.golang.google.cn")), []),
    ("GONOSUMDB=*", with_values(windows(), GONOSUMDB=user("*")), [("checksums_off", "GONOSUMDB", *USER)]),
    ("GOPRIVATE=**", with_values(windows(), GOPRIVATE=user("**")), [("checksums_off", "GOPRIVATE", *USER)]),
    (
        "GOPRIVATE, and what follows from it",
        with_values(windows(), GOPRIVATE=user("*.*"), GONOSUMDB=held("built in", "*.*", "user")),
        [("checksums_off", "GOPRIVATE", *USER)],
    ),
    ("GONOSUMDB goes before it", with_values(windows(), GOPRIVATE=user("*"), GONOSUMDB=user("none")), []),
    ("a host", with_values(windows(), GOPRIVATE=user("github.com")), [("checksums_off", "GOPRIVATE", *USER)]),
    ("modules of one's own", with_values(windows(), GOPRIVATE=user("*.corp.example,github.com/example/*")), []),
    ("what no go reads", with_values(windows(), GONOSUMCHECK=user("1")), []),
    ("GOFLAGS without harm", with_values(windows(), GOFLAGS=user("-mod=mod -modcacherw")), []),
    ("GOPROXY=direct", with_values(windows(), GOPROXY=user("direct")), []),
    (
        "GOINSECURE",
        with_values(windows(), GOINSECURE=user("*")),
        [("transport_unverified", "GOINSECURE", *USER)],
    ),
    (
        "for a host of one's own",
        with_values(windows(), GOINSECURE=user("git.corp.example"), GOPRIVATE=user("git.corp.example")),
        [("transport_unverified", "GOINSECURE", *USER)],
    ),
    (
        "where nothing is fetched directly",
        with_values(windows(), GOINSECURE=user("*"), GOPROXY=user("https://a.b")),
        [],
    ),
    (
        "where only private modules are",
        with_values(
            windows(),
            GOINSECURE=user("git.x"),
            GOPROXY=user("https://a.b"),
            GOPRIVATE=user("git.x"),
            GOSUMDB=user("off"),
        ),
        [("checksums_off", "GOSUMDB", *USER), ("transport_unverified", "GOINSECURE", *USER)],
    ),
    (
        "neither the way nor the content",
        with_values(windows(), GOINSECURE=user("*"), GOSUMDB=machine("off")),
        [
            ("downloads_unverified", "GOINSECURE", *USER),
            ("checksums_off", "GOSUMDB", *MACHINE),
            ("transport_unverified", "GOINSECURE", *USER),
        ],
    ),
    (
        "by a proxy without TLS",
        with_values(windows(), GOPROXY=machine("http://proxy.example"), GONOSUMDB=user("*")),
        [
            ("downloads_unverified", "GOPROXY", *MACHINE),
            ("checksums_off", "GONOSUMDB", *USER),
            ("proxy_without_tls", "GOPROXY", *MACHINE),
        ],
    ),
    (
        "what is private does not come by the proxy",
        with_values(windows(), GOPROXY=machine("http://proxy.example"), GOPRIVATE=user("*")),
        [("checksums_off", "GOPRIVATE", *USER), ("proxy_without_tls", "GOPROXY", *MACHINE)],
    ),
    (
        "a proxy without TLS",
        with_values(windows(), GOPROXY=user("https://a.b|HTTP://proxy.example:8081/x,direct")),
        [("proxy_without_tls", "GOPROXY", *USER)],
    ),
    ("one on the host", with_values(windows(), GOPROXY=user("http://localhost:3000,http://[::1]:1,direct")), []),
    ("one that is not read", with_values(windows(), GOPROXY=user("direct,http://proxy.example")), []),
    (
        "with a password",
        with_values(windows(), GOPROXY=user("http://bob:geheim@proxy.example")),
        [("credentials_without_tls", "GOPROXY", *USER), ("proxy_without_tls", "GOPROXY", *USER)],
    ),
    (
        "-insecure",
        with_values(windows(), GOFLAGS=user("-mod=mod '-insecure'")),
        [("insecure_flag", "GOFLAGS", *USER)],
    ),
    # toolchains
    ("GOTOOLCHAIN=auto", with_values(windows(), GOTOOLCHAIN=held("go.env", "auto")), []),
    (
        "GOTOOLCHAIN=local",
        with_values(windows(), GOTOOLCHAIN=user("local")),
        [("gotoolchain_pinned", "GOTOOLCHAIN", *USER)],
    ),
    (
        "as some distributions have it",
        with_values(linux(), GOTOOLCHAIN=held("go.env", "local")),
        [("gotoolchain_pinned", "GOTOOLCHAIN", "go.env", "machine")],
    ),
    (
        "a version",
        with_values(windows(), GOTOOLCHAIN=user("go1.26.0")),
        [("gotoolchain_pinned", "GOTOOLCHAIN", *USER)],
    ),
    ("at least a version", with_values(windows(), GOTOOLCHAIN=user("go1.26.0+auto")), []),
    (
        "a Go that does not know of it",
        with_sdks(
            with_values(linux(), GOTOOLCHAIN=user("local")),
            sdk("/usr/local/go", "go1.20.14"),
            go=Go("/usr/local/go/bin/go", "/usr/local/go", "go1.20.14", 0),
        ),
        [],
    ),
    (
        "a value that means nothing",
        with_values(windows(), GOTOOLCHAIN=user("newest")),
        [("value_refused", "GOTOOLCHAIN", *USER)],
    ),
    (
        "a project that needs another",
        with_project(with_values(linux(), GOTOOLCHAIN=user("local")), NEWER),
        [("gotoolchain_forbids", "GOTOOLCHAIN", *USER)],
    ),
    (
        "none of that name on PATH",
        with_project(
            with_values(linux(), GOTOOLCHAIN=machine("path")), SeenModule("/src/go.mod", "go1.28.0", "", "", "go")
        ),
        [("gotoolchain_forbids", "GOTOOLCHAIN", *MACHINE), ("toolchain_switch", "/src/go.mod", *PROJECT)],
    ),
    (
        "a go.mod that cannot be read is not GOTOOLCHAIN's",
        with_project(
            with_values(linux(), GOTOOLCHAIN=user("local")), SeenModule("/src/go.mod", "", "", "go.mod:3: unknown")
        ),
        [("gotoolchain_pinned", "GOTOOLCHAIN", *USER)],
    ),
    (
        "a toolchain switch",
        with_project(
            linux(), SeenModule("/src/go.mod", "go1.28.0", "go1.28.0"), SeenModule("/src/b/go.mod", "go1.27.3", "")
        ),
        [("toolchain_switch", "/src/go.mod", *PROJECT)],
    ),
    (
        "VS Code starts another go",
        with_project(linux(), alternate_go="/opt/other/go"),
        [("vscode_conflict", "go.alternateTools", *PROJECT)],
    ),
    ("VS Code starts the same go", with_project(linux(), alternate_go="/usr/local/go/bin/go"), []),
    (
        "VS Code starts the project's own go",
        with_project(linux(), alternate_go="/sdk/bin/go", launchers={"GOROOT": "/sdk"}),
        [],
    ),
    (
        "and not that of PATH",
        with_project(linux(), alternate_go="/usr/local/go/bin/go", launchers={"GOROOT": "/sdk"}),
        [("vscode_conflict", "go.alternateTools", *PROJECT)],
    ),
    # what is none of it
    ("a percent sign on linux", on_linux(behind=(entry("/opt/%X%/bin"),)), []),
    ("a shim behind go", on_linux(behind=(entry("/opt/bin", go="/opt/bin/go", shim="mise"),)), []),
    ("a program behind go", on_linux(behind=(entry("/opt/bin", go="/opt/bin/go"),)), []),
    (
        "a network directory that does not answer",
        on_windows(entry(r"\\server\tools", exists=False, remote=True)),
        [("network_before_go", r"\\server\tools", *MACHINE)],
    ),
    (
        "two SDKs, none on PATH",
        with_sdks(linux(path=linux().path[1:]), sdk("/opt/a"), sdk("/opt/b"), go=None),
        [("go_not_on_path", "go", *MACHINE), ("several_sdks", "SDKs", *MACHINE)],
    ),
    (
        "two SDKs, the user's runs",
        with_sdks(linux(), sdk("/usr/local/go"), sdk("/opt/b"), go=linux().inventory.go),
        [("several_sdks", "SDKs", *USER)],
    ),
    (
        "another SDK that has its place on PATH",
        with_sdks(
            on_linux(behind=(entry("/opt/b/bin", go="/opt/b/bin/go", sdk="go1.21.13"),)),
            sdk("/usr/local/go", on_path=((0, "user", "/usr/local/go/bin"),)),
            sdk("/opt/b", "go1.21.13", on_path=((3, "machine", "/opt/b/bin"),)),
            go=linux().inventory.go,
        ),
        [("several_sdks", "SDKs", *USER), ("stale_path_entry", "/opt/b/bin", *MACHINE)],
    ),
    (
        "by where it is, users can exchange the go of a user",
        windows(path=(entry(r"D:\go\bin", "user", "user", go="go.exe", writable=model.LIKELY),))._replace(
            inventory=Inventory((), (), Go(r"D:\go\bin\go.exe", r"D:\go", "go1.27.3", 0), ())
        ),
        [("go_writable_by_users", r"D:\go\bin", *USER)],
    ),
    (
        "the go env file says nothing of PATH",
        linux(
            path=(entry("/usr/bin", managed=True), entry("/x", "user", "user")),
            inventory=linux().inventory._replace(go=None),
            media=(SeenMedium("go env file", "user", "/home/alice/.config/go/env", model.DENIED, "No right."),),
        ),
        [("go_not_on_path", "go", *MACHINE)],
    ),
    (
        "a hive that nobody looked at",
        windows(
            path=windows().path[:2],
            inventory=Inventory((), (), None, ()),
            media=(SeenMedium("registry", "user", ENVIRONMENT, model.NOT_LOOKED, "Not loaded."),),
        ),
        [],
    ),
    (
        "a go on a drive of Windows in WSL, behind other entries of it",
        linux(
            wsl=True,
            path=(
                entry("/usr/bin", "login"),
                entry("/mnt/d/go/bin", "login", go="/mnt/d/go/bin/go", sdk="go1.27.3", file_system="9p"),
            ),
            inventory=Inventory((), (), Go("/mnt/d/go/bin/go", "/mnt/d/go", "go1.27.3", 1), ()),
        ),
        [("windows_go_in_wsl", "/mnt/d/go/bin", "login", "machine")],
    ),
    (
        "a go.exe that nobody sees the file system of",
        linux(
            wsl=True,
            path=(entry("/usr/bin", "login", file_system="9p"), entry("/c/go/bin", "login", go="/c/go/bin/go.exe")),
            inventory=Inventory((), (), None, ()),
        ),
        [("windows_go_in_wsl", "/c/go/bin", "login", "machine")],
    ),
    (
        "GOROOT of a project that was entered",
        with_sdks(
            with_values(
                linux(path=(entry("/opt/b/bin", "project", "project", go="/opt/b/bin/go", sdk="go1.21.13"),)),
                GOROOT=(held("project", "/opt/b", "project"), user("/usr/local/go")),
            ),
            sdk("/usr/local/go", installed_by="module_cache"),
            sdk("/opt/b", "go1.21.13"),
            go=Go("/opt/b/bin/go", "/opt/b", "go1.21.13", 0),
        ),
        [],
    ),
    (
        "GOROOT of one that was not",
        with_sdks(
            with_values(linux(), GOROOT=(held("project", "/opt/b", "project"), user("/usr/local/go"))),
            sdk("/usr/local/go"),
            sdk("/opt/b", "go1.21.13", installed_by="module_cache"),
            go=linux().inventory.go,
        ),
        [],
    ),
    ("GOROOT by default", with_values(linux(), GOROOT=held("built in", "go")), []),
    ("an empty GOROOT", with_values(linux(), GOROOT=user("")), []),
    (
        "GOROOT is there, and nobody looked into it",
        with_values(windows(), GOROOT=machine(r"D:\go"))._replace(
            directories=(
                SeenDirectory("GOROOT", r"D:\go", True),
                SeenDirectory("GOROOT", r"D:\other", False),
                SeenDirectory("GOPATH", r"D:\go", False),
            ),
        ),
        [],
    ),
    (
        "another directory is no SDK",
        with_values(windows(), GOROOT=machine(r"P:\go"))._replace(
            inventory=windows().inventory._replace(findings=OF_INVENTORY),
        ),
        [("sdk_missing", r"D:\go", *MACHINE), ("sdk_other_architecture", r"P:\go", *MACHINE)],
    ),
    ("what counts is a default", with_values(linux(), GOSUMDB=(held("built in", ""), held("login", "off"))), []),
    ("an empty line hides nothing", with_values(linux(), GOFLAGS=(user("-x"), held(GO_ENV_FILE, "", "user"))), []),
    (
        "case matters in what is no directory",
        with_values(windows(), GOPROXY=(user("https://a.b/X"), machine("https://a.b/x"))),
        [("user_shadows_machine", "GOPROXY", *MACHINE)],
    ),
    ("a default that go does not take", with_values(linux(), GOCACHE=held("built in", "off", "user")), []),
    ("an empty value", with_values(linux(), GOOS=user(""), GOFLAGS=user("")), []),
    (
        "a pair in the go env file",
        with_values(linux(), GOOS=held(GO_ENV_FILE, "js", "user"), GOARCH=held(GO_ENV_FILE, "amd64", "user")),
        [("go_env_value_refused", "GOARCH", GO_ENV_FILE, "user")],
    ),
    (
        "a secret in a file of which the permissions are not known",
        with_values(linux(), GOPROXY=machine("https://bob:geheim@proxy.example", origin=Origin("/etc/x.sh"))),
        [("secret_readable", "GOPROXY", *MACHINE)],
    ),
    ("GOPATH by default", with_values(windows(), GOPATH=held("built in", r"D:\home\go", "user")), []),
    ("GOPATH on the network", with_values(windows(), GOPATH=user(r"\\server\home\go")), []),
    (
        "modules in a GOPATH of the machine, by default",
        with_values(linux(), GOPATH=machine("/net/go"), GOMODCACHE=held("built in", "/net/go/pkg/mod"))._replace(
            directories=(SeenDirectory("GOMODCACHE", "/net/go/pkg/mod", True, file_system="nfs"),)
        ),
        [("cache_on_network", "GOMODCACHE", *MACHINE)],
    ),
    (
        "private modules directly and without certificates, all of them",
        with_values(windows(), GOPROXY=user("https://a.b"), GOPRIVATE=user("*"), GOINSECURE=user("*")),
        [
            ("downloads_unverified", "GOINSECURE", *USER),
            ("checksums_off", "GOPRIVATE", *USER),
            ("transport_unverified", "GOINSECURE", *USER),
        ],
    ),
    (
        "without certificates, and always by a proxy",
        with_values(windows(), GOPROXY=user("https://a.b"), GOSUMDB=user("off"), GOINSECURE=user("*")),
        [("checksums_off", "GOSUMDB", *USER)],
    ),
    (
        "GOTOOLCHAIN=local+path",
        with_project(
            with_values(linux(), GOTOOLCHAIN=machine("local+path")), SeenModule("/src/go.mod", "go1.28.0", "", "", "go")
        ),
        [("gotoolchain_forbids", "GOTOOLCHAIN", *MACHINE), ("toolchain_switch", "/src/go.mod", *PROJECT)],
    ),
    (
        "GOTOOLCHAIN=path, and an SDK of that version",
        with_project(
            with_values(linux(), GOTOOLCHAIN=machine("path")),
            SeenModule("/src/go.mod", "go1.28.0", "go1.28.0"),
            SeenModule("/src/b/go.mod", "", ""),
        ),
        [("gotoolchain_pinned", "GOTOOLCHAIN", *MACHINE), ("toolchain_switch", "/src/go.mod", *PROJECT)],
    ),
    (
        "a version that go can download",
        with_project(with_values(linux(), GOTOOLCHAIN=machine("go1.26.5")), SeenModule("/src/go.mod", "go1.26.5", "")),
        [("gotoolchain_pinned", "GOTOOLCHAIN", *MACHINE), ("toolchain_switch", "/src/go.mod", *PROJECT)],
    ),
    (
        "no go that reads it",
        with_values(linux(path=linux().path[1:], inventory=Inventory((), (), None, ())), GOTOOLCHAIN=user("local")),
        [("no_go", "go", *MACHINE)],
    ),
    (
        "a value that means nothing, and a project",
        with_project(with_values(linux(), GOTOOLCHAIN=user("newest")), NEWER),
        [("value_refused", "GOTOOLCHAIN", *USER)],
    ),
    (
        "GOTOOLCHAIN=auto, and a module with an error",
        with_project(with_values(linux(), GOTOOLCHAIN=user("auto")), NEWER),
        [],
    ),
    (
        "an empty GOTOOLCHAIN",
        with_project(
            with_values(linux(), GOTOOLCHAIN=held(GO_ENV_FILE, "", "user")),
            SeenModule("/src/go.mod", "go1.27.3", "", "go.mod requires go >= 1.28 (running go 1.27.3)", "gotoolchain"),
        ),
        [
            ("gotoolchain_forbids", "GOTOOLCHAIN", GO_ENV_FILE, "user"),
            ("go_env_value_refused", "GOTOOLCHAIN", GO_ENV_FILE, "user"),
        ],
    ),
    (
        "GOTOOLCHAIN names what is too old",
        with_project(
            with_values(linux(), GOTOOLCHAIN=user("go1.26.0")),
            SeenModule("/src/go.mod", "go1.26.0", "", "go.mod requires go >= 1.27 (GOTOOLCHAIN=go1.26.0)"),
        ),
        [("gotoolchain_forbids", "GOTOOLCHAIN", *USER)],
    ),
]


@pytest.mark.parametrize(("audit", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_host_and_its_findings(audit: Audit, expected: list[Expected]) -> None:
    assert of(audit) == sorted(expected, key=lambda found: (order(found[0]), found[0], found[3], found[2], found[1]))


def order(id: str) -> int:
    return ["error", "warning", "info"].index(CATALOGUE[id].value)


@pytest.mark.parametrize("audit", [windows(), linux()], ids=["windows", "linux"])
def test_a_host_with_nothing_wrong_has_none(audit: Audit) -> None:
    assert check(audit) == []


def test_every_id_of_the_rules_has_a_case(root: Path) -> None:
    rooms = root / "plugins" / "module_utils"
    texts = [file.read_text(encoding="utf-8") for file in sorted((rooms / "_go").glob("audit_*_checks.py"))]
    given = {id for text in texts for id in re.findall(r'Finding\.of\(\s*"([a-z_]+)"', text)}
    shared = (rooms / "_core" / "environment_findings.py").read_text(encoding="utf-8")
    given |= set(re.findall(r'Finding\.of\(\s*"([a-z_]+)"', shared))
    elsewhere = {"vscode_conflict", "secret_readable", "go_writable_by_users", *(found.id for found in OF_INVENTORY)}
    assert given | elsewhere == {id for _name, _audit, expected in CASES for id, *_rest in expected}


@pytest.mark.parametrize("audit", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_a_finding_says_what_and_what_to_do(audit: Audit) -> None:
    for noted in check(audit):
        finding = noted.finding
        assert finding.message.endswith(".")
        assert finding.advice.endswith(".")
        assert finding.severity is CATALOGUE[finding.id]
        assert (DIMENSIONS[finding.id] == "none") == (finding.id == "no_go")
        assert noted.mode in model.MODES


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (with_values(windows(), GOSUMDB=user("off")), ["any module", "Toolchains are not downloaded at all"]),
        (with_values(windows(), GOPRIVATE=user("*")), ["GOPRIVATE=*", "any module", "Nor", "a proxy"]),
        (with_values(windows(), GONOSUMDB=user("github.com,k8s.io/*")), ["the modules of github.com, k8s.io with"]),
        (with_values(windows(), GOINSECURE=user("git.x/,")), ["the modules that match git.x/ over plain http"]),
        (with_values(windows(), GOFLAGS=user("-insecure")), ["go get refuses to work with it since Go 1.17"]),
        (with_values(windows(), GOTOOLCHAIN=user("local")), ["GOTOOLCHAIN=local in the user scope: go1.27.3 does all"]),
        (with_values(windows(), GOTOOLCHAIN=user("go1.26.0")), ["go1.26.0 does all work"]),
        (with_values(windows(), GOTOOLCHAIN=user("path")), ["unless one of that name is on PATH"]),
        (
            with_project(with_values(linux(), GOTOOLCHAIN=user("local")), NEWER),
            ["GOTOOLCHAIN=local of the user scope", "/src/go.mod (go.mod requires go >= 1.28"],
        ),
        (windows(path_length=8000), ["191 more are left", "cmd.exe ignores one over 8191 altogether"]),
        (on_windows(entry(r"C:\t", exists=False, writable=model.YES)), ["make the directory, which does not exist"]),
        (
            with_values(linux(), GOPROXY=(user("https://a.b"), held(GO_ENV_FILE, "https://c.d", "user"))),
            ["GOPROXY of the user scope hides what the go env file says."],
        ),
        (
            on_linux(*(entry(f"/gone/{number}", "user", "user", exists=False) for number in range(7))),
            ["/gone/4 and 2 more."],
        ),
        (with_values(windows(), GOPROXY=machine("https://u:pass@h")), ["the machine scope of the registry"]),
        (with_values(linux(), GOPROXY=machine("https://u:pass@h")), ["can read it in the machine scope."]),
        (with_values(linux(), GOTOOLCHAIN=held("go.env", "local")), ["GOTOOLCHAIN=local in go.env: go1.27.3"]),
        (with_values(linux(), GOTOOLCHAIN=held(GO_ENV_FILE, "", "user")), ["GOTOOLCHAIN is empty in the go env file:"]),
        (with_values(linux(), GOTOOLCHAIN=held("login", "local")), ["GOTOOLCHAIN=local in the login: "]),
        (on_linux(entry(""), entry(""), entry("", "user", "user")), ["PATH holds 2 empty entries."]),
        (on_linux(entry(""), entry(""), entry("", "user", "user")), ["PATH holds 1 empty entries."]),
        (
            started_by(on_linux(entry("/s", "user", "user", go="/s/go", shim="mise")), "/s/go"),
            ["The go that runs, in /s, is a shim of mise: each"],
        ),
        (
            started_by(on_linux(entry("/s", "user", "user", go="/s/go", shim="program")), "/s/go"),
            ["The go that runs, in /s, is a program that is no SDK's own: each"],
        ),
        (
            linux(
                path=linux().path[1:],
                inventory=Inventory((), (), None, ()),
                noticed=((Finding("start_file_not_understood", "eval.", "Look.", "/x"), "user"),),
            ),
            ["No go is on PATH, and no SDK was found. Lines of start files that are not understood may put one there."],
        ),
        (
            with_sdks(with_values(windows(), GOROOT=user(r"C:\old")), sdk(GOROOT), OLD, go=windows().inventory.go),
            [rf"GOROOT of the user scope is C:\old (go1.21.13), but the first go on PATH is go1.27.3 at {GOROOT};"],
        ),
        (
            with_sdks(linux(), sdk("/a"), sdk("/b"), go=Go("/usr/local/go/bin/go", None, None, 0)),
            ["The host has 2 SDKs: go1.27.3 in /a, go1.27.3 in /b. A bare go starts that of a shim (/usr/local/go"],
        ),
        (
            linux(path=(entry("/g/bin", "user", "user", go="/g/bin/go", writable=model.YES), *linux().path[1:])),
            ["Ordinary users can write to /g/bin"],
        ),
        (
            linux(path=(entry("/g/bin", "user", "user", go="/g/bin/go", writable=model.LIKELY), *linux().path[1:])),
            ["By where it is, ordinary users can write to /g/bin"],
        ),
        (
            with_project(linux(), SeenModule("/src/go.mod", "go1.28.0", "")),
            ["go1.27.3 first, which hands over to go1.28.0, once it is downloaded."],
        ),
        (
            with_project(linux(), SeenModule("/src/go.mod", "go1.28.0", "go1.28.0")),
            ["go1.27.3 first, which hands over to go1.28.0."],
        ),
        (
            with_project(
                with_values(linux(), GOTOOLCHAIN=user("path")),
                *(SeenModule(f"/src/{number}/go.mod", "go1.28.0", "") for number in range(7)),
            ),
            ["/src/4/go.mod (it wants go1.28.0) and 2 more."],
        ),
        (
            with_project(linux(inventory=Inventory((), (), None, ())), alternate_go="/x/go"),
            ["the project wants the go that its launchers find."],
        ),
        (with_project(linux(), alternate_go="/x/go"), ["names /x/go for go", "wants /usr/local/go/bin/go."]),
        (with_values(windows(), GOBIN=user("bin")), ["GOBIN must be a full path", "It is set in the user scope."]),
    ],
)
def test_the_words(audit: Audit, words: list[str]) -> None:
    messages = [noted.finding.message for noted in check(audit)]
    assert any(all(word in message for word in words) for message in messages), messages


@pytest.mark.parametrize(
    ("version", "downloads"), [("go1.16.15", True), ("go1.17", False), ("go1.27.3", False), (None, False)]
)
def test_an_old_go_downloads_with_insecure(version: str | None, downloads: bool) -> None:
    host = with_sdks(
        with_values(linux(), GOFLAGS=user("-insecure")),
        go=Go("/usr/local/go/bin/go", "/usr/local/go", version, 0),
    )
    assert ("makes go get download without TLS" in the(host).message) is downloads


def test_a_proxy_is_named_without_its_password() -> None:
    host = with_values(
        windows(), GOPROXY=user("http://bob:geheim@proxy.example,http://u:p4ss@q.example"), GOSUMDB=user("off")
    )
    found = check(host)
    assert [noted.finding.id for noted in found] == [
        "downloads_unverified",
        "checksums_off",
        "credentials_without_tls",
        "proxy_without_tls",
    ]
    assert "geheim" not in str(found)
    assert "p4ss" not in str(found)
    assert "proxy.example, q.example" in found[-1].finding.message


# --- what the stores noticed -----------------------------------------------------------------------------------------


def test_what_reading_noticed_is_among_them_with_its_layer() -> None:
    repaired = Finding.of("go_env_repaired", "a.", "x.", "/home/alice/.config/go/env")
    other = repaired._replace(message="b.", advice="y.")
    host = linux(
        noticed=((repaired, GO_ENV_FILE), (other, GO_ENV_FILE), (repaired, GO_ENV_FILE), (repaired, "machine")),
        inventory=linux().inventory._replace(findings=(Finding.of("sdk_broken", "Half.", "Again.", "/opt/go"),)),
    )
    assert of(host) == [
        ("go_env_repaired", repaired.subject, *MACHINE),
        ("go_env_repaired", repaired.subject, GO_ENV_FILE, "user"),
        ("sdk_broken", "/opt/go", *MACHINE),
    ]
    assert check(host)[1].finding.message == "a. b."
    assert check(host)[1].finding.advice == "x. y."


def test_the_inventory_speaks_of_the_layer_that_leads_to_an_sdk() -> None:
    findings = tuple(Finding.of("sdk_broken", "Half.", "Again.", root) for root in ("/a", "/b", "/c"))
    host = with_values(on_linux(behind=(entry("/b/bin", "user", "user"),)), GOROOT=held("login", "/usr/local/go"))
    host = with_values(host, GOROOT=(held("login", "/usr/local/go"), user("/usr/local/go")))
    host = host._replace(inventory=host.inventory._replace(findings=findings))
    assert of(host) == [
        ("sdk_broken", "/a", *MACHINE),
        ("sdk_broken", "/c", *MACHINE),
        ("sdk_broken", "/b", *USER),
    ]


def test_a_rule_says_nothing_again_that_was_noticed() -> None:
    noticed = Finding.of("secret_readable", "Said before.", "Do.", "GOPROXY")
    host = with_values(windows(), GOPROXY=machine("https://bob:geheim@proxy.example"))
    assert the(host._replace(noticed=((noticed, "machine"),))) == noticed


# --- cases of users (docs/facts.md) ----------------------------------------------------------------------------------


def test_the_article_s_machine() -> None:
    """D:\\gopath for all, its bin on the machine's PATH, and a GOROOT that is gone [docs/article.md]."""
    host = with_values(
        on_windows(behind=(entry(r"D:\gopath\bin", writable=model.LIKELY),)),
        GOPATH=machine(r"D:\gopath"),
        GOROOT=machine(r"C:\Go"),
    )._replace(directories=(SeenDirectory("GOROOT", r"C:\Go", False),))
    assert of(host) == [
        ("goroot_missing", r"C:\Go", *MACHINE),
        ("directory_under_drive_root", "GOPATH", *MACHINE),
        ("path_likely_writable", r"D:\gopath\bin", *MACHINE),
    ]


def test_c_go_bin_on_the_machine_s_path() -> None:
    """[golang/go#42070]"""
    first = entry(r"C:\Go\bin", go="go.exe", sdk="go1.27.3", writable=model.YES)
    host = windows(
        path=(first,), inventory=Inventory((sdk(r"C:\Go"),), (), Go(r"C:\Go\bin\go.exe", r"C:\Go", "go1.27.3", 0), ())
    )
    assert of(host) == [("path_writable_by_users", r"C:\Go\bin", *MACHINE)]


def test_a_goroot_in_the_go_env_file_that_is_gone() -> None:
    """[golang/go#79648]"""
    host = with_values(linux(), GOROOT=held(GO_ENV_FILE, "/opt/go1.22", "user"))
    assert of(host._replace(directories=(SeenDirectory("GOROOT", "/opt/go1.22", False),))) == [
        ("goroot_missing", "/opt/go1.22", GO_ENV_FILE, "user"),
        ("go_env_value_refused", "GOROOT", GO_ENV_FILE, "user"),
    ]


def test_a_carriage_return_in_gopath() -> None:
    """[microsoft/WSL#3011]"""
    assert of(with_values(linux(wsl=True), GOPATH=user("/home/alice/go\r"))) == [("value_refused", "GOPATH", *USER)]


def test_an_exported_goroot_and_a_shim() -> None:
    """[jdx/mise#12342]"""
    host = with_values(linux(), GOROOT=user("/opt/go1.22"))
    host = host._replace(
        path=(entry("/home/alice/.local/share/mise/shims", "user", "user", go="go", shim="mise"),),
        inventory=Inventory(
            (sdk("/opt/go1.22", "go1.22.0"),), (), Go("/home/alice/.local/share/mise/shims/go", None, None, 0), ()
        ),
    )
    assert of(host) == [
        ("goroot_mismatch", "/opt/go1.22", *USER),
        ("shim_before_go", "/home/alice/.local/share/mise/shims", *USER),
    ]


def test_path_doubled_when_a_shell_starts_again() -> None:
    """[go-nv/goenv#552]"""
    again = [entry(found.entry, found.layer, found.mode, duplicate=True) for found in linux().path]
    assert {id for id, *_rest in of(on_linux(behind=tuple(again)))} == {"duplicate_path_entry"}


def test_a_proxy_s_token_for_everybody() -> None:
    """[docs/facts.md, "Secrets"]"""
    held_by = machine("https://user:token@proxy.example", origin=Origin("/etc/profile.d/go.sh", 3, "root", 0o644))
    finding = the(with_values(linux(), GOPROXY=held_by))
    assert finding.id == "secret_readable"
    assert "/etc/profile.d/go.sh" in finding.message


def test_a_thousand_entries() -> None:
    entries = tuple(entry(rf"C:\gone\{number}", exists=False) for number in range(1000))
    found = of(on_windows(*entries, path_length=20_000))
    assert len([id for id, *_rest in found if id == "missing_path_entry"]) == 1000
    assert ("missing_before_go", "PATH", *MACHINE) in found
    assert ("path_too_long", "PATH", *MACHINE) in found


# --- what holds for every host ---------------------------------------------------------------------------------------

NAMES = (
    "GOROOT GOPATH GOBIN GOCACHE GOMODCACHE GOPROXY GOSUMDB GONOSUMDB GOPRIVATE GONOPROXY GOINSECURE GOFLAGS "
    "GOTOOLCHAIN GOOS GOARCH GOAMD64"
).split()
LAYERS = [
    ("go env file", "user"),
    ("login", "machine"),
    ("machine", "machine"),
    ("user", "user"),
    ("session", "user"),
    ("project", "project"),
]
texts = st.sampled_from(
    [
        *(
            "",
            "*",
            "off",
            "local",
            "auto",
            "path",
            "direct",
            "go1.26.0",
            "github.com",
            "linux",
            "js",
            "v9",
            "-insecure",
        ),
        *(GOROOT, r"D:\go", r"D:\gopath;C:\x", "/usr/local/go", "/opt/go", "~/go", "rel", "[", "-ldflags=-s -w"),
        *("http://bob:geheim@h.example,direct", "http://[", "https://a.b|off", "\r"),
    ]
) | st.text(max_size=6)
helds = st.builds(
    lambda layer, text, exposed, origin: Held(layer[0], layer[1], text, None, False, exposed, origin),
    st.sampled_from([*LAYERS, ("built in", "user"), ("go.env", "machine")]),
    texts,
    st.booleans(),
    st.sampled_from([None, Origin("/f", 1, "alice", 0o644), Origin("/f")]),
)
variables = st.dictionaries(st.sampled_from(NAMES), st.lists(helds, min_size=1, max_size=4).map(tuple), max_size=6).map(
    lambda found: {name: SeenVariable(name, layers) for name, layers in found.items()}
)
directories = st.sampled_from(
    ["", ".", "/usr/bin", "/opt/go/bin", r"D:\x", r"C:\Go\bin", "%X%", r"\\s\x", "/go1.2.3/bin"]
)
entries = st.builds(
    lambda place, layer, **more: SeenEntry(place, place, *layer, **more),
    directories,
    st.sampled_from(LAYERS),
    exists=st.sampled_from([True, False, None]),
    go=st.sampled_from(["", "", "go", "go.exe"]),
    sdk=st.sampled_from([None, "go1.27.3"]),
    shim=st.sampled_from(["", "mise"]),
    duplicate=st.booleans(),
    remote=st.booleans(),
    file_system=st.sampled_from(["", "", "drvfs", "nfs"]),
    writable=st.sampled_from([model.NO, model.YES, model.LIKELY, model.UNKNOWN]),
)
noticed = st.builds(
    lambda id, subject, layer: (Finding.of(id, f"{subject} is odd.", "Look.", subject), layer),
    st.sampled_from(sorted(CATALOGUE)),
    st.sampled_from(["GOROOT", "GOPROXY", "/opt/go", ""]),
    st.sampled_from([layer for layer, _mode in LAYERS]),
)
sdks = st.builds(
    lambda root, version, kind: sdk(root, version, installed_by=kind),
    st.sampled_from(["/usr/local/go", "/opt/go", r"C:\Go", GOROOT]),
    st.sampled_from(["go1.27.3", "go1.21.13", "go1.20.14"]),
    st.sampled_from(["archive", "module_cache"]),
)
gos = st.none() | st.builds(
    Go,
    st.sampled_from(["/usr/local/go/bin/go", r"C:\Go\bin\go.exe"]),
    st.sampled_from([None, "/usr/local/go", r"C:\Go"]),
    st.sampled_from([None, "go1.27.3", "go1.16.2", "devel go1.28-abc"]),
    st.integers(0, 9),
)
modules = st.builds(
    SeenModule,
    st.sampled_from(["/src/go.mod", "/src/b/go.mod"]),
    st.sampled_from(["", "go1.27.3", "go1.28.0"]),
    st.sampled_from(["", "go1.27.3"]),
    st.sampled_from(["", NEWER.error, "go.mod:3: unknown"]),
)
projects = st.none() | st.builds(
    SeenProject,
    st.just("/src"),
    st.lists(modules, max_size=3, unique_by=lambda module: module.path).map(tuple),
    st.sampled_from([{}, {"GOROOT": "/opt/go"}]),
    st.sampled_from(["", "/opt/go/bin/go"]),
)
media = st.lists(
    st.builds(
        SeenMedium,
        st.sampled_from(["registry", "start files", "go env file"]),
        st.sampled_from(model.MODES),
        st.just("x"),
        st.sampled_from([model.READ, model.ABSENT, model.DENIED, model.NOT_LOOKED, model.DAMAGED]),
    ),
    max_size=3,
).map(tuple)
audits = st.builds(
    lambda base, findings, sdks, go, **changes: base._replace(inventory=Inventory(sdks, (), go, findings), **changes),
    st.sampled_from([windows(), linux()]),
    st.lists(noticed.map(lambda found: found[0]), max_size=2).map(tuple),
    st.lists(sdks, max_size=3).map(tuple),
    gos,
    media=media,
    variables=variables,
    path=st.lists(entries, max_size=6).map(tuple),
    path_length=st.sampled_from([0, 54, 3000, 7372, 8192]),
    wsl=st.booleans(),
    project=projects,
    noticed=st.lists(noticed, max_size=3).map(tuple),
    directories=st.lists(
        st.builds(
            SeenDirectory,
            st.sampled_from(["GOROOT", "GOCACHE", "GOMODCACHE"]),
            st.sampled_from([r"D:\go", "/opt/go"]),
            st.sampled_from([True, False, None]),
            st.booleans(),
            st.sampled_from(["", "nfs"]),
        ),
        max_size=3,
    ).map(tuple),
)


@given(audits)
def test_no_host_has_a_finding_twice_and_each_is_known(audit: Audit) -> None:
    found = check(audit)
    keys = [(noted.finding.id, noted.finding.subject, noted.layer) for noted in found]
    assert len(set(keys)) == len(keys)
    assert {id for id, *_rest in keys} <= CATALOGUE.keys()
    assert all(noted.mode in model.MODES for noted in found)
    assert found == sorted(found, key=lambda noted: noted.order)


@given(audits, st.randoms())
def test_the_order_of_what_was_read_does_not_matter(audit: Audit, random: Any) -> None:
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(items, len(items)))

    inventory = audit.inventory
    # SDKs are told apart by where they are
    one_a_root = tuple({found.root: found for found in inventory.sdks}.values())
    audit = audit._replace(inventory=inventory._replace(sdks=one_a_root))
    names = shuffled(tuple(audit.variables))
    other = audit._replace(
        media=shuffled(audit.media),
        noticed=shuffled(audit.noticed),
        directories=shuffled(audit.directories),
        variables={name: audit.variables[name] for name in names},
        inventory=inventory._replace(sdks=shuffled(one_a_root), findings=shuffled(inventory.findings)),
        project=audit.project
        and SeenProject(
            audit.project.root, shuffled(audit.project.modules), audit.project.launchers, audit.project.alternate_go
        ),
    )
    assert check(other) == check(audit) == check(audit)


@given(audits)
def test_a_default_below_a_value_changes_nothing(audit: Audit) -> None:
    defaults = {"GOPROXY": "https://proxy.golang.org,direct", "GOSUMDB": "sum.golang.org", "GOTOOLCHAIN": "auto"}
    found = dict(audit.variables)
    for name, text in defaults.items():
        known = found.get(name)
        if known is None or not known.counts.text:
            found[name] = known or SeenVariable(name, (held("go.env", text),))
        else:
            found[name] = SeenVariable(name, (*known.held, held("go.env", text)))
    assert check(audit._replace(variables=found)) == check(audit)


def test_what_is_said_of_many_places_is_one_short_finding() -> None:
    found = [
        (Finding.of("go_env_repaired", f"line {n}: twice.", "Run it.", "GOFLAGS"), GO_ENV_FILE) for n in range(900)
    ]
    finding = the(windows(noticed=tuple(found)))
    assert finding.message.count("twice.") == 5
    assert finding.message.endswith("The same is so in 895 more places.")
    assert finding.advice == "Run it."
