# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What go_registry, go_rcfile and their siblings share, beside the options of VALUES
    DOCUMENTATION = r"""
options:
  goroot:
    description:
      - GOROOT, the directory of a Go SDK.
      - Leave it out unless something needs it. Go finds its own SDK, and a GOROOT of another version than the C(go)
        that runs breaks builds.
    type: str
  path:
    description:
      - The PATH entries to guarantee.
      - Without it these are O(goroot)'s C(bin), and O(gobin), or C(bin) of the first O(gopath) entry.
    type: list
    elements: str
  path_position:
    description:
      - Whether these entries stand first or last on PATH. They keep the order given, and an entry that stands already
        keeps its spelling.
    type: str
    choices: [first, last]
    default: first
  stale_path_entries:
    description:
      - V(remove) also takes out the C(bin) directories of other Go SDKs. These are directories with a C(go) (on Windows
        C(go.exe)) and their SDK's C(VERSION) file beside them, and ones that are certainly gone and named like an SDK.
        Nothing else is ever taken out.
      - Entries of this collection's own that a run supersedes always go.
    type: str
    choices: [keep, remove]
    default: keep
  create_directories:
    description:
      - Make C(src), C(pkg) and C(bin) of the first O(gopath) entry.
    type: bool
    default: false
  validate:
    description:
      - V(strict) refuses a O(goroot) that is missing, holds no C(go), or is not the C(go) that would run.
      - V(warn) accepts it with a finding. In check mode it is always a finding.
    type: str
    choices: [strict, warn]
    default: strict
"""

    # What go_config has too
    VALUES = r"""
options:
  gopath:
    description:
      - The entries of GOPATH. The first one is the workspace.
    type: list
    elements: str
  gobin:
    description:
      - GOBIN, where C(go install) puts programs.
    type: str
  variables:
    description:
      - Any other variable that C(go env) lists or Go's runtime reads, such as E(GOPROXY), E(CGO_ENABLED), E(CC),
        E(GOGC) or E(GODEBUG).
      - V(null) removes a variable. That is also the way for E(GOROOT), E(GOPATH) and E(GOBIN), which have options of
        their own, and takes the PATH entry with it that this collection made for the variable. Of the variable and its
        option only one may be given.
      - Booleans become V(on) and V(off), which is what Go's switches hold (V(1) and V(0) for E(CGO_ENABLED)). Numbers
        become text. Lists are refused.
      - A name Go does not know, or one that Go computes itself, is refused. So is a value that no go takes, and a word
        that the C(go) on PATH is known not to list.
      - Secrets, such as passwords and tokens in URLs, are masked in everything this module returns.
    type: dict
    default: {}
  state:
    description:
      - V(present) sets what is named.
      - V(absent) removes what is named, and what this collection manages in that scope.
      - V(restored) undoes the newest change that is not yet undone, or the one that O(journal) names. Run again it
        undoes the one before that.
    type: str
    choices: [present, absent, restored]
    default: present
  journal:
    description:
      - With O(state=restored), the id of the change to undo.
    type: str
  force:
    description:
      - With O(state=restored) and O(state=absent), also over what somebody changed since.
    type: bool
    default: false
  verify:
    description:
      - After a change, ask a fresh process of the host what it sees.
    type: bool
    default: true
"""
