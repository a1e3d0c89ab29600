#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_sdk_info
short_description: List Go SDKs, and match them to a project
version_added: 0.1.0
description:
  - Lists the Go SDKs of a POSIX or a Windows host without running them. It reports their version, what system and
    processor they are for, what brought them, whether their C(bin) is on PATH and where, and which links and shims
    lead to them.
  - With O(project) it reads the go.mod and go.work files of a tree. For each module it reports which toolchain Go's own
    rules select, which installed SDK satisfies it, or what to install.
  - It looks at known places, at PATH, at what the registry and variables name, and at O(search). No program is started
    on a POSIX host, no SDK's program on a Windows host, and only O(project) is searched in depth.
author:
  - The gopher.devbox authors (@gopher-devbox)
options:
  user:
    description:
      - Whose home and PATH. On a POSIX host the name of an account, on a Windows host the name, C(DOMAIN\name), or the
        SID of a user, signed in or not.
      - Without it, the account of the connection.
    type: str
  search:
    description:
      - More directories to look at. Each is an SDK, or holds SDKs.
    type: list
    elements: str
    default: []
  project:
    description:
      - A directory on the host. Its tree is searched for go.mod and go.work files. C(vendor), C(testdata), and
        directories that begin with C(.) or C(_) are listed apart, because Go's patterns pass over them. Symbolic links
        are not followed.
    type: str
attributes:
  check_mode:
    support: full
    description: It changes nothing.
  diff_mode:
    support: none
    description: There is nothing to show.
  idempotent:
    support: full
    description: It changes nothing.
  platform:
    support: full
    description: Linux, macOS by its documentation only, and Windows 10 1803, Windows Server 2019 and newer over winrm
      or over ssh with cmd.
    platforms: posix, windows
notes:
  - A Windows host is read in two commands. Another user by name, a link to an SDK in an unknown place, and a project
    of more modules than one command line can name need more.
  - PATH is that of a new session. On Windows hosts that is the machine's and the user's. On POSIX hosts it is what the
    start files of this collection say, over the PATH of the connection's session, or over what a login begins with for
    another O(user).
seealso:
  - module: gopher.devbox.go_config
  - module: gopher.devbox.go_registry
  - name: SDKs
    description: Where is looked, and what each answer means.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/sdks.md
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: Which SDKs are there
  gopher.devbox.go_sdk_info:
  register: sdks

- name: Also those of a directory of our own, for another user
  gopher.devbox.go_sdk_info:
    user: alice
    search: [/srv/go]
  become: true

- name: What the modules of a project need on a Windows host
  gopher.devbox.go_sdk_info:
    search: ['C:\Sdk']
    project: C:\src\shop
  register: shop

- name: Tell which SDKs are lacking
  ansible.builtin.debug:
    msg: "{{ shop.modules | selectattr('install') | map(attribute='install') | unique }}"
"""

RETURN = r"""
host:
  description: What the host runs, as Go names it.
  returned: success
  type: dict
  contains:
    goos:
      description: The system.
      type: str
    goarch:
      description: The processor, null for one that Go has no name for.
      type: str
  sample: {"goarch": "amd64", "goos": "windows"}
user:
  description: Whose home and PATH these are, on Windows their SID.
  returned: success
  type: str
  sample: S-1-5-21-1004336348-1177238915-682003330-1001
go:
  description: The file that a bare C(go) starts in a new session, null when none is on PATH.
  returned: success
  type: dict
  contains:
    file:
      description: Its path.
      type: str
    root:
      description: GOROOT of the SDK it leads to, null when only running it shows.
      type: str
    version:
      description: Of that SDK.
      type: str
    index:
      description: The place of its directory on PATH, from 0.
      type: int
  sample: {"file": "C:\\Program Files\\Go\\bin\\go.exe", "index": 5, "root": "C:\\Program Files\\Go", "version":
    "go1.27.3"}
gotoolchain:
  description:
    - GOTOOLCHAIN as that go would take it, and the layer it comes from (V(environment) or V(registry), V(go env file),
      V(go.env), V(built in)).
    - When it is not known which SDK would run, what every SDK since Go 1.21 says is assumed.
  returned: success
  type: dict
  contains:
    value:
      description: The setting.
      type: str
    scope:
      description: The layer.
      type: str
  sample: {"scope": "go.env", "value": "auto"}
sdks:
  description: The SDKs, the newest version first. One that several links lead to is there once.
  returned: success
  type: list
  elements: dict
  contains:
    root:
      description: GOROOT, without links.
      type: str
    version:
      description: The first line of its VERSION file.
      type: str
    goos:
      description: The system it runs on, null when that cannot be seen.
      type: str
    goarch:
      description: The processor it runs on, null when that cannot be seen.
      type: str
    runs:
      description:
        - Whether it runs on this host.
        - V(native), V(translated) (emulated, or as a 32-bit program), V(other) (not at all), V(unknown).
      type: str
    installed_by:
      description:
        - What brought it.
        - V(msi), V(chocolatey), V(scoop), V(homebrew), V(snap), V(macports), V(nix), V(debian), V(rpm), V(package)
          (another distribution's), V(mise), V(asdf), V(goenv), V(gvm), V(golang_dl) (C(go1.22.3 download)),
          V(module_cache) (a toolchain that Go downloaded), V(wheel) (a Python package), or V(archive) when nothing
          tells.
      type: str
    links:
      description: Other paths that lead to it.
      type: list
      elements: str
    first:
      description: Whether a bare C(go) starts it.
      type: bool
    on_path:
      description: Where its C(bin) is on PATH, with C(index), C(scope) (V(machine), V(user), V(system), V(session),
        V(login)) and C(entry).
      type: list
      elements: dict
    shims:
      description:
        - Programs that start it, with C(path), C(kind) and C(index) of their directory on PATH, which is null when it
          is not there.
        - The kind is V(link) for a symbolic link, V(golang_dl), V(program), or a version manager's name.
      type: list
      elements: dict
  sample:
    - {"first": true, "goarch": "amd64", "goos": "windows", "installed_by": "msi", "links": [],
       "on_path": [{"entry": "C:\\Program Files\\Go\\bin", "index": 5, "scope": "machine"}], "root": "C:\\Program
       Files\\Go", "runs": "native", "shims": [],
       "version": "go1.27.3"}
shims:
  description: Programs called C(go) of which only running them shows which SDK they start, with C(path), C(kind) and
    C(index) as above.
  returned: success
  type: list
  elements: dict
  sample: [{"index": 0, "kind": "mise", "path": "/home/alice/.local/share/mise/shims/go"}]
project:
  description: The project that was read. C(apart) holds the go.mod and go.work files that Go's patterns pass over.
  returned: with O(project)
  type: dict
  sample: {"apart": ["D:\\src\\shop\\vendor\\example.com\\x\\go.mod"], "root": "D:\\src\\shop"}
modules:
  description: The modules of the project, by the paths of their go.mod files.
  returned: with O(project)
  type: list
  elements: dict
  contains:
    path:
      description: Its go.mod.
      type: str
    module:
      description: Its module path.
      type: str
    go:
      description: The version in its C(go) line, null for none.
      type: str
    toolchain:
      description: The name in its C(toolchain) line, null for none.
      type: str
    work:
      description: The go.work that governs it, whose lines then count instead of its own; null for none.
      type: str
    listed:
      description: Whether that go.work lists it.
      type: bool
    selected:
      description: The toolchain that does the work when RV(go) is run there, null when there is none.
      type: str
    local:
      description: Whether RV(go) does the work itself.
      type: bool
    decided_by:
      description: V(go) or V(toolchain) for the line of the file, V(gotoolchain) for the setting, V(local) when nothing
        asks for another.
      type: str
    why:
      description: What decided, in words.
      type: str
    source:
      description: Where Go would take the selected toolchain from, when it is another. V(path or download), V(path).
      type: str
    satisfied_by:
      description: The root of the installed SDK that satisfies the module, null when none does.
      type: str
    version:
      description: Of that SDK.
      type: str
    install:
      description: The release to install when no SDK satisfies it, null when nothing is lacking or no release helps.
      type: str
    error:
      description: Why Go refuses to work there, in its own words; null when it does not.
      type: str
  sample:
    - {"decided_by": "go", "error": null, "go": "1.28", "install": "go1.28.0", "listed": false, "local": false,
      "module": "example.com/shop/api",
       "path": "D:\\src\\shop\\api\\go.mod", "satisfied_by": null, "selected": "go1.28.0", "source": "path or download",
       "toolchain": null, "version": null,
       "why": "go 1.28 in go.mod", "work": null}
findings:
  description: What was found, each with an id that the documentation explains. On failure, what is in
    the way.
  returned: always when there is something
  type: list
  elements: dict
  contains:
    id:
      description: The id.
      type: str
    severity:
      description: V(info), V(warning) or V(error).
      type: str
    message:
      description: What was found.
      type: str
    advice:
      description: What to do about it.
      type: str
    subject:
      description: The directory, file or version it is about.
      type: str
  sample: [{"advice": "Install go1.28.0.", "id": "toolchain_missing", "message": "No SDK on this host satisfies
    D:\\src\\shop\\api\\go.mod.",
            "severity": "warning", "subject": "go1.28.0"}]
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_info import ARGUMENT_SPEC, run


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.carry_out(run, module.params, PosixSdks(os.environ, sys.platform == "darwin"), os.environ)


if __name__ == "__main__":
    main()
