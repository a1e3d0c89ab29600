# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables are Go's, and what their values must be."""

from __future__ import annotations

import typing as t

from .._core.errors import WantedError
from .._core.own_options import OWN_OPTION, REMOVABLE

#: switches that are 1 or 0, where others are on or off
_NUMERIC = ("CGO_ENABLED", "GO_EXTLINK_ENABLED")

#: what cmd/go computes and ignores from outside [go help environment; cmd/go/internal/envcmd]
COMPUTED = frozenset(
    "GOEXE GOGCCFLAGS GOHOSTARCH GOHOSTOS GOMOD GOTOOLDIR GOVERSION GOTELEMETRY GOTELEMETRYDIR".split()
)

#: what `go env` lists [go help environment] and the runtime reads [pkg.go.dev/runtime]
KNOWN = frozenset(
    "AR CC CXX FC GCCGO GCCGOTOOLDIR PKG_CONFIG CGO_ENABLED CGO_CFLAGS CGO_CFLAGS_ALLOW CGO_CFLAGS_DISALLOW "
    "CGO_CPPFLAGS "
    "CGO_CPPFLAGS_ALLOW CGO_CPPFLAGS_DISALLOW CGO_CXXFLAGS CGO_CXXFLAGS_ALLOW CGO_CXXFLAGS_DISALLOW CGO_FFLAGS "
    "CGO_FFLAGS_ALLOW "
    "CGO_FFLAGS_DISALLOW CGO_LDFLAGS CGO_LDFLAGS_ALLOW CGO_LDFLAGS_DISALLOW GO111MODULE GO386 GOAMD64 GOARCH "
    "GOARM GOARM64 GOAUTH "
    "GOCACHE GOCACHEPROG GOCOVERDIR GODEBUG GOENV GOEXPERIMENT GOFIPS140 GOFLAGS GOGC GOINSECURE GOMAXPROCS "
    "GOMEMLIMIT GOMIPS GOMIPS64 "
    "GOMODCACHE GONOPROXY GONOSUMDB GOOS GOPPC64 GOPRIVATE GOPROXY GORACE GORISCV64 GOSUMDB GOTMPDIR GOTOOLCHAIN "
    "GOTRACEBACK GOVCS "
    "GOWASM GOWORK GO_EXTLINK_ENABLED GIT_ALLOW_PROTOCOL".split()
)

#: values that must be absolute paths (docs/facts.md, "Go directories")
ABSOLUTE = ("GOCACHE", "GOMODCACHE", "GOTMPDIR")

#: what `go env` answers as it stands in the environment; others it quotes anew or computes, and the environment itself
#: is asked
VERBATIM = ("GOROOT", "GOPATH", "GOBIN", "GOPROXY", "GOFLAGS", "GOMODCACHE", "GOCACHE")


def text_of(name: str, value: t.Any) -> str | None:
    """The text of an option's value: booleans as Go spells them, numbers as text, None to remove.

    Raises WantedError for lists, dictionaries and empty texts (an empty value sets nothing on Windows, docs/facts.md,
    "Registry environment").
    """
    if value is None:
        return None
    if isinstance(value, bool):
        words = ("1", "0") if name.upper() in _NUMERIC else ("on", "off")
        return words[0] if value else words[1]
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        raise WantedError(
            f"variables.{name} is a {_kind(value)}, and a variable holds one text.",
            "Join the parts the way Go wants them, for example with a comma, and give the text.",
        )
    if not value:
        raise WantedError(
            f"variables.{name} is empty, and an empty value sets nothing.", "Give null to remove the variable."
        )
    return str(value)


def _kind(value: t.Any) -> str:
    return (
        "list"
        if isinstance(value, (list, tuple))
        else "dictionary"
        if isinstance(value, dict)
        else type(value).__name__
    )


def refusal(name: str, removing: bool = False) -> str | None:
    """Why a name may not stand in O(variables), or None when it may. removing: with null for its value."""
    upper = name.upper()
    if removing and name in REMOVABLE:
        return None
    if upper in REMOVABLE:
        return f"{name} has an option of its own: use {OWN_OPTION[upper]}, or give {upper}: null to remove it."
    if upper in OWN_OPTION:
        return f"{name} has an option of its own: use {OWN_OPTION[upper]}."
    if upper in COMPUTED:
        return f"Go computes {name} itself and ignores it from outside."
    if upper not in KNOWN:
        return f"{name} is not a variable that Go knows."
    if name != upper:
        return f"{name} is spelled {upper}."
    return None
