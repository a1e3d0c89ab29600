#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_project
short_description: Give one project its own Go environment, by launchers and editors' files
version_added: 0.1.0
description:
  - Nothing is set for the machine or for a user. A project carries its context itself, in launchers that set it for one
    shell, and in what its editors read.
  - A launcher is entered (C(call go-env.cmd), C(. .\go-env.ps1), C(. ./go-env.sh)) and left again (C(go-env.cmd pop)
    and so on). Entering pushes onto a stack and leaving restores exactly, also when projects are entered within each
    other.
  - Launchers belong to this collection. In the files of editors single keys do, and every other byte of them stays.
    What a person had set there before stays too, with a finding.
  - A run describes the whole project. What earlier runs wrote and this one no longer asks for goes, if it is as it was
    written.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.enforcement
options:
  project:
    description:
      - The project's directory on the host, absolute. It must exist.
    type: str
    required: true
  user:
    description:
      - Whose files they are. On a POSIX host the name of an account, on a Windows host the name, C(DOMAIN\name), or the
        SID of a user, signed in or not.
      - Without it, the account of the connection.
    type: str
  launchers:
    description:
      - Which launchers there are to be. V(cmd) is C(go-env.cmd), V(ps1) is C(go-env.ps1), V(sh) is C(go-env.sh) for sh,
        bash and zsh, V(envrc) is C(.envrc) for direnv.
      - Without it V(cmd) and V(ps1) on Windows hosts, and V(sh) on others.
      - The tasks and tools that O(editors) get start through V(cmd) on Windows hosts, and through V(sh) on others.
    type: list
    elements: str
    choices: [cmd, ps1, sh, envrc]
  editors:
    description:
      - Which editors get the context. V(vscode) is C(.vscode/settings.json), C(launch.json) and C(tasks.json).
        V(goland) is C(.idea/workspace.xml), and with O(goland_config) the IDE's External Tools. V(terminal) is a
        profile in a fragment of Windows Terminal.
    type: list
    elements: str
    choices: [vscode, goland, terminal]
    default: []
  resolve:
    description:
      - Who chooses the SDK where O(goroot) names none. With V(run) the launchers do, each time the project is entered,
        by C(go.work) or C(go.mod) and what stands in O(sdk_roots). Without O(sdk_roots) they set no GOROOT.
      - With V(apply) this module does, by Go's own rules and by every SDK that M(gopher.devbox.go_sdk_info) finds, and
        pins it.
    type: str
    choices: [run, apply]
    default: run
  sdk_roots:
    description:
      - Directories whose children are Go SDKs. Absolute, relative to the project, or beginning with the home directory
        (C(~), C($HOME), C(%USERPROFILE%)).
    type: list
    elements: str
    default: []
  goroot:
    description:
      - The SDK, pinned. Absolute, or relative to the project (C(..\go-sdk\1.21.6)), or beginning with the home
        directory.
    type: str
  gopath:
    description:
      - The entries of GOPATH. They may be relative to the project.
    type: list
    elements: str
  gobin:
    description:
      - GOBIN. It may be relative to the project.
    type: str
  path:
    description:
      - What stands on PATH behind the SDK's C(bin) and C(bin) of GOBIN or GOPATH.
    type: list
    elements: str
  variables:
    description:
      - Any other variable that C(go env) lists or Go's runtime reads, such as E(GOTOOLCHAIN), E(GOFLAGS) or E(GOPROXY).
      - Booleans become V(on) and V(off), numbers text. V(null) is the same as leaving it out, also for E(GOROOT),
        E(GOPATH) and E(GOBIN).
      - Secrets, such as passwords in URLs, are masked in everything this module returns. In the files they are as
        given, for everybody who can read the project.
    type: dict
    default: {}
  validate:
    description:
      - V(strict) refuses a O(goroot) that is missing or holds no C(go). V(warn) accepts it with a finding.
    type: str
    choices: [strict, warn]
    default: strict
  goland_config:
    description:
      - The configuration directory of the IDE on the host, such as C(~/.config/JetBrains/GoLand2026.1) or
        C(%APPDATA%\JetBrains\GoLand2026.1). IDEs read External Tools from there only, for all projects.
    type: str
  terminal_profile:
    description:
      - V(project) is a profile that opens the project and enters it. V(go) is a profile with the SDK, for no project in
        particular. It needs O(goroot) or O(resolve=apply).
    type: str
    choices: [project, go]
    default: project
  terminal_scope:
    description:
      - Whether the profile is for the user only or for everybody on the machine.
    type: str
    choices: [machine, user]
    default: user
  state:
    description:
      - V(present) makes the project's files as described.
      - V(absent) takes out exactly what this collection wrote. What somebody changed since stays, with a finding.
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
      - Also over what somebody had there before, or changed since.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and writes nothing.
  diff_mode:
    support: full
    description: Each file before and after. Secrets are masked; the mask says where only the secret changed.
  idempotent:
    support: full
    description: A second run changes nothing. With O(state=restored) and no O(journal), each run undoes one change
      more.
  platform:
    support: full
    description: Linux, macOS by its documentation only, and Windows 10 1803, Windows Server 2019 and newer over winrm
      or over ssh with cmd.
    platforms: posix, windows
notes:
  - Only versions are taken from a project's C(go.mod) and C(go.work), never commands.
  - All files are read in one command and written in one, on Windows hosts too.
seealso:
  - module: gopher.devbox.go_sdk_info
  - module: gopher.devbox.go_registry
  - module: gopher.devbox.go_rcfile
  - name: Projects
    description: How project mode is used, on both families of hosts.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/project.md
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: A project whose go.mod chooses among the SDKs beside it
  gopher.devbox.go_project:
    project: C:\work\shop
    sdk_roots: [..\go-sdk, '%USERPROFILE%\sdk']
    gopath: [.gopath]
    launchers: [cmd, ps1]

- name: The same for VS Code and Windows Terminal too, with the SDK that is there today
  gopher.devbox.go_project:
    project: C:\work\shop
    resolve: apply
    editors: [vscode, terminal]

- name: A project of alice on a Linux host, pinned to an old toolchain
  gopher.devbox.go_project:
    project: /home/alice/legacy
    user: alice
    goroot: /opt/go1.21.13
    variables:
      GOTOOLCHAIN: local
    launchers: [sh, envrc]
    editors: [vscode]
  become: true

- name: Take out what was written
  gopher.devbox.go_project:
    project: /home/alice/legacy
    user: alice
    state: absent
  become: true
"""

RETURN = r"""
project:
  description: The project's directory.
  returned: success
  type: str
  sample: /home/alice/legacy
user:
  description: The account whose files they are, on Windows its SID.
  returned: success
  type: str
  sample: alice
before:
  description:
    - What is managed, as it stood before the run. A whole file is V(file), a key in a file is its JSON or XML, and what
      was absent is null.
  returned: success
  type: dict
  sample: {".vscode/settings.json#/go.goroot": null, "go-env.sh": null}
after:
  description: The same after the run, or in check mode as it would be.
  returned: success
  type: dict
  sample: {".vscode/settings.json#/go.goroot": "\"/opt/go1.21.13\"", "go-env.sh": "file"}
changes:
  description: What changed, in order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: A file, or a file and the key or element in it.
      type: str
    before:
      description: What it was before.
      type: str
    after:
      description: What it is now.
      type: str
  sample: [{"after": "file", "before": null, "name": "go-env.sh"}]
journal:
  description: The id under which the change can be undone, null when nothing was written.
  returned: success
  type: str
  sample: 20261123T014500Z-5f0c9a1e
undone:
  description: With O(state=restored) the id of the change that was undone, or would be; null when there was nothing to
    undo.
  returned: success
  type: str
  sample: 20261123T014500Z-5f0c9a1e
effective:
  description:
    - What the launchers set for a shell. A C(GOROOT) that is null is chosen when the project is entered, or left alone
      without O(sdk_roots).
    - C(sdk) is the SDK that this run chose or was given.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOROOT": "/opt/go1.21.13", "path": [], "sdk": {"root": "/opt/go1.21.13",
    "version": "go1.21.13"},
           "variables": {"GOTOOLCHAIN": "local"}}
refresh:
  description: Who must start again what to see the change.
  returned: success
  type: list
  elements: str
  sample: ["Shells that are in the project leave it and enter it again."]
drift:
  description:
    - Every item that was not in sync when the run began, with what the run did about it, or in check mode would do.
      What is as wanted is not listed, and an undoing lists nothing.
    - The order is stable. PATH is compared entry by entry.
  returned: success
  type: list
  elements: dict
  contains:
    medium:
      description: The medium.
      type: str
    scope:
      description: V(project).
      type: str
    kind:
      description: V(value), V(path_entry), V(start_file), V(project_file) or V(directory).
      type: str
    item:
      description: The variable, C(PATH:ENTRY), or a path.
      type: str
    class:
      description:
        - V(policy_change) is what this collection wrote last, or what nobody set, and is no longer what is wanted.
        - V(host_drift) was changed on the host since, and V(both) on the host and in the policy.
        - V(unmanaged) was not written by this collection, V(left_behind) is no longer named by any option, and
          V(unknown) could not be read.
      type: str
    base:
      description: What this collection wrote last, null for nothing.
      type: str
    now:
      description: What the host had, null for nothing.
      type: str
    want:
      description: What is wanted, null for nothing.
      type: str
    action:
      description: V(applied), V(put_back), V(reported), V(held), V(waived), V(contested) or V(nothing).
      type: str
    advice:
      description: What to do about it, where something is to be done.
      type: str
  sample: [{"action": "put_back", "advice": "", "base": "file", "class": "host_drift", "item":
    "/home/alice/src/app/go-env.sh", "kind": "project_file", "medium": "project files", "now": "file (edited)",
    "scope": "project", "want": "file"}]
findings:
  description: What a person should know, each with an id that the documentation explains. On failure, what stands in
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
      description: The file or variable it is about.
      type: str
  sample: [{"advice": "Take it away, or give force: true to replace it.", "id": "unmanaged_value",
            "message": ".vscode/settings.json#/go.goroot was there before, with another content, so it stays.",
            "severity": "warning",
            "subject": ".vscode/settings.json#/go.goroot"}]
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.project import ARGUMENT_SPEC, run


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    host = LocalHost(os.environ, sys.platform == "darwin")
    sdks = PosixSdks(os.environ, sys.platform == "darwin")
    module.carry_out(run, module.params, host, module.check_mode, module._diff, sdks)


if __name__ == "__main__":
    main()
