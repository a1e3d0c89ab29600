# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that have an option of their own. Pure."""

from __future__ import annotations

#: variables with an option of their own
OWN_OPTION = {"GOROOT": "goroot", "GOPATH": "gopath", "GOBIN": "gobin", "PATH": "path"}

#: those of them that a null in O(variables) removes: an option that is not given leaves its variable unmanaged
REMOVABLE = ("GOROOT", "GOPATH", "GOBIN")
