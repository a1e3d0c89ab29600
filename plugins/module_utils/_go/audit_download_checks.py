# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds about where modules come from, and what go checks of them. Pure.

Which modules a pattern is about is tried with modules of the hosts where most of the public ones are. go's own rules
are those of cmd/go 1.21 to 1.27: internal/modfetch (sumdb.go: useSumDB, proxy.go: proxyList, repo.go: lookup).
"""

from __future__ import annotations

import functools
import re
import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from .._core.findings import Finding
from .._core.secrets import shown, userinfos_in
from .audit import BUILT_IN, GO_ENV, Audit, Held
from .audit_document import Noted
from .flagwords import flag_names
from .module_patterns import matches
from .versions import GoVersion

#: modules that nobody has, each of a host with many public ones: what matches one matches all of that host
PUBLIC = (
    "github.com/0-nobody/0-nothing",
    "gitlab.com/0-nobody/0-nothing",
    "bitbucket.org/0-nobody/0-nothing",
    "golang.org/x/0-nothing",
    "google.golang.org/0-nothing",
    "gopkg.in/0-nothing.v1",
    "go.uber.org/0-nothing",
    "k8s.io/0-nothing",
)
_DIRECT, _OFF = "direct", "off"
#: what GOPROXY is where neither a layer nor go.env was seen
_DEFAULT_PROXY = "https://proxy.golang.org,direct"
#: hosts that no network is between
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)\Z", re.IGNORECASE)
#: the first Go whose `go get` refuses -insecure
_WITHOUT_INSECURE = GoVersion.bare("1.17")


def download_findings(audit: Audit) -> t.Iterator[Noted]:
    """All of them, each variable once an id."""
    sources = _Sources(audit)
    yield from sources.checksums()
    yield from sources.transport()
    yield from sources.both()
    yield from sources.proxies()
    yield from sources.flag()


class _Setting(t.NamedTuple):
    """A variable in force. held: what holds it, None for nothing."""

    name: str
    text: str
    held: Held | None = None

    def noted(self, finding: Finding) -> Noted:
        return Noted(finding, *((self.held.layer, self.held.mode) if self.held else (GO_ENV, "machine")))


@dataclass(frozen=True)
class _Sources:
    """Where modules come from, and what is checked."""

    audit: Audit

    def _setting(self, name: str, default: str = "") -> _Setting:
        found = self.audit.variables.get(name)
        text = found.counts.text if found else ""
        return _Setting(name, text, found.counts if found else None) if text else _Setting(name, default)

    def _pattern(self, name: str) -> _Setting:
        """GONOSUMDB or GONOPROXY: GOPRIVATE is its default."""
        own = self._setting(name)
        is_set = own.held is not None and own.held.layer != BUILT_IN
        return own if is_set else self._setting("GOPRIVATE")

    @property
    def _entries(self) -> tuple[str, ...]:
        """The entries of GOPROXY that are read: up to `direct` or `off`."""
        out: list[str] = []
        for entry in re.split("[,|]", self._setting("GOPROXY", _DEFAULT_PROXY).text):
            if entry.strip():
                out.append(entry.strip())
            if entry.strip() in (_DIRECT, _OFF):
                break
        return tuple(out)

    @functools.cached_property
    def _plain(self) -> tuple[str, ...]:
        """The proxies without TLS that a network is before."""
        return tuple(entry for entry in self._entries if _is_plain(entry))

    def _is_fetched_directly(self, path: str) -> bool:
        return matches(self._pattern("GONOPROXY").text, path) or _DIRECT in self._entries

    # --- what switches checks off ------------------------------------------------------------------------------------

    def _unchecked(self) -> tuple[_Setting, list[str]]:
        """The setting that keeps go from asking the checksum database, and the public modules that it is about."""
        database = self._setting("GOSUMDB")
        if database.text == "off":
            return database, list(PUBLIC)
        pattern = self._pattern("GONOSUMDB")
        return pattern, [path for path in PUBLIC if matches(pattern.text, path)]

    def checksums(self) -> t.Iterator[Noted]:
        database = self._setting("GOSUMDB")
        if database.text == "off":
            yield database.noted(
                Finding.of(
                    "checksums_off",
                    "GOSUMDB=off: go does not compare what it downloads with the checksum database, for any module, so "
                    "a version that go.sum does not have yet is believed as it comes. Toolchains are not downloaded at "
                    "all.",
                    "Remove it (variables: {GOSUMDB: null}), and name the modules that are not public in GOPRIVATE or "
                    "GONOSUMDB.",
                    "GOSUMDB",
                )
            )
        pattern = self._pattern("GONOSUMDB")
        found = [path for path in PUBLIC if matches(pattern.text, path)]
        if found:
            direct = " Nor are they fetched through a proxy." if pattern.name == "GOPRIVATE" else ""
            yield pattern.noted(
                Finding.of(
                    "checksums_off",
                    f"{pattern.name}={pattern.text}: go does not compare {_modules(found)} with the checksum database, "
                    f"so a version that go.sum does not have yet is believed as it comes.{direct}",
                    f"Name the hosts and owners of your own modules only (variables: {{{pattern.name}: "
                    "'git.example.com,github.com/example'}).",
                    pattern.name,
                )
            )

    def transport(self) -> t.Iterator[Noted]:
        """GOINSECURE, where a module that it is about is fetched directly."""
        insecure = self._setting("GOINSECURE")
        wide = [path for path in PUBLIC if matches(insecure.text, path)]
        globs = ",".join(glob for glob in insecure.text.split(",") if glob.strip("/ "))
        direct = _DIRECT in self._entries or bool(self._pattern("GONOPROXY").text.strip(", "))
        if not globs or not direct:
            return
        what = _modules(wide) if wide else f"the modules that match {globs}"
        yield insecure.noted(
            Finding.of(
                "transport_unverified",
                f"GOINSECURE={insecure.text}: go fetches {what} over plain http, or with any certificate, where it "
                f"fetches them from their own hosts. Whoever is between can put other code there.",
                "Give the host a certificate that this host trusts, and remove it: variables: {GOINSECURE: null}.",
                "GOINSECURE",
            )
        )

    def both(self) -> t.Iterator[Noted]:
        """Public modules of which neither the way nor the content is checked."""
        setting, unchecked = self._unchecked()
        private, insecure = self._pattern("GONOPROXY").text, self._setting("GOINSECURE")
        by_proxy = [path for path in unchecked if self._plain and not matches(private, path)]
        directly = [path for path in unchecked if matches(insecure.text, path) and self._is_fetched_directly(path)]
        for way, found in ((self._setting("GOPROXY"), by_proxy), (insecure, directly)):
            if found:
                yield way.noted(
                    Finding.of(
                        "downloads_unverified",
                        f"With {setting.name}={setting.text} and {way.name}={shown(way.text)} nothing is checked of "
                        f"{_modules(found)}: neither who sends them nor what they are. Whoever is on the way can put "
                        f"other code there, and it is built and run.",
                        f"Remove {setting.name}, or let modules come over https.",
                        way.name,
                    )
                )

    # --- proxies -----------------------------------------------------------------------------------------------------

    def proxies(self) -> t.Iterator[Noted]:
        proxy = self._setting("GOPROXY")
        clear = [entry for entry in self._plain if userinfos_in(entry)]
        if clear:
            yield proxy.noted(
                Finding.of(
                    "credentials_without_tls",
                    f"GOPROXY sends a password in the clear, to {_hosts(clear)}: everybody on the way can read it.",
                    "Write https://, and keep the password in the user's netrc file (GOAUTH=netrc).",
                    "GOPROXY",
                )
            )
        if self._plain:
            yield proxy.noted(
                Finding.of(
                    "proxy_without_tls",
                    f"GOPROXY names a proxy without TLS, {_hosts(self._plain)}: everybody on the way sees which "
                    "modules are used, and only go.sum and the checksum database tell whether they are the right ones.",
                    "Write https://, if the proxy has it.",
                    "GOPROXY",
                )
            )

    def flag(self) -> t.Iterator[Noted]:
        """-insecure, a flag that `go get` had."""
        flags = self._setting("GOFLAGS")
        if "insecure" not in flag_names(flags.text):
            return
        go = self.audit.go
        version = GoVersion.parse((go.version if go else None) or "")
        effect = (
            "it makes go get download without TLS, and without the checksum database"
            if version and version < _WITHOUT_INSECURE
            else "go get refuses to work with it since Go 1.17; before, it downloaded without TLS, and without the "
            "checksum database"
        )
        yield flags.noted(
            Finding.of(
                "insecure_flag",
                f"GOFLAGS holds -insecure: {effect}.",
                "Take it out of GOFLAGS. For a host without TLS name its modules in GOINSECURE.",
                "GOFLAGS",
            )
        )


def _is_plain(entry: str) -> bool:
    if not entry.lower().startswith("http://"):
        return False
    try:
        host = urlsplit(entry).hostname or ""
    except ValueError:
        return False  # go does not take it
    return not _LOOPBACK.match(host)


def _hosts(entries: t.Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(urlsplit(entry).hostname or "" for entry in entries))


def _modules(paths: t.Sequence[str]) -> str:
    """Modules, in words."""
    if len(paths) == len(PUBLIC):
        return "any module"
    return f"the modules of {', '.join(path.partition('/')[0] for path in paths)}"
