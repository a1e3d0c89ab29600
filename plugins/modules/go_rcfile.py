#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_rcfile
short_description: Manage the Go environment in the start files of a POSIX host's shells
version_added: 0.1.0
description:
  - Manages E(GOROOT), E(GOPATH), E(GOBIN), PATH and Go's other variables for the shells of a Linux or macOS host, of
    everybody or of one user.
  - The values stand in one file, C(/etc/gopher-devbox/env.sh) or C(~/.config/gopher-devbox/env.sh). Each shell gets a
    drop-in where the system has them, or a marked block in a start file where it has not, and both only read that file.
    Bytes outside the block stay as they are.
  - What is written starts no process. It judges PATH by what stands there, so that nested shells, a second reading, or
    a PATH that was reset in between come out the same.
  - What stood there before is journaled in C(/var/lib/gopher.devbox) or C(~/.local/state/gopher.devbox), and
    O(state=restored) takes it back.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.vocabulary
  - gopher.devbox.vocabulary.values
options:
  scope:
    description:
      - V(machine) holds the variables of everybody on the host. It needs root. A value that a session has already wins
        over it.
      - V(system) is another word for V(machine).
      - V(user) holds those of one user, and wins over the machine's.
      - V(default_user) is what new users begin with, in the home that theirs is copied from, C(/etc/skel). It needs
        root, and changes nothing for users that are there. C(~) in the options has no meaning there.
    type: str
    choices: [machine, system, user, default_user]
    required: true
  user:
    description:
      - With O(scope=user), whose start files. Another account than that of the connection needs root, which then acts
        with that account's rights.
      - C(~) and C($HOME) at the beginning of a directory in the options mean the home of this user.
    type: str
  shells:
    description:
      - The shells that are to see the variables. V(auto) means sh, and those that are used. In user scope these are the
        login shell of the account, those that are on the host and have a start file of that person, and those that a
        start file or a terminal of theirs starts. In machine scope these are those on the host. A name in
        C(/etc/shells) alone proves nothing.
      - V(powershell) is PowerShell 7, V(systemd) the environment of user services and desktop sessions.
      - With a list, what this module wrote for other shells is taken out.
    type: list
    elements: str
    choices: [auto, sh, bash, zsh, fish, powershell, systemd]
    default: [auto]
  link_go:
    description:
      - With O(scope=machine), also keep links C(/usr/local/bin/go) and C(/usr/local/bin/gofmt) to the SDK of O(goroot),
        or of the first C(bin) in O(path). Programs that start from an environment in which no start file was read find
        C(go) there.
      - A file of somebody else's is never replaced.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and writes nothing.
  diff_mode:
    support: full
    description: Values before and after, and the text of each file or block of ours. Secrets are masked; the mask says
      where only the secret changed.
  idempotent:
    support: full
    description: A second run changes nothing. With O(state=restored) and no O(journal), each run undoes one change
      more.
  platform:
    support: full
    description: Linux, tested on Debian. macOS by its documentation only; nobody has run it there yet.
    platforms: posix
notes:
  - A machine scope needs C(become=true), unless root connects.
seealso:
  - module: gopher.devbox.go_registry
  - module: gopher.devbox.go_config
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: One SDK for everybody on the host
  gopher.devbox.go_rcfile:
    scope: machine
    goroot: /opt/go1.27.3
    link_go: true
    variables:
      GOTOOLCHAIN: local
  become: true

- name: The workspace and the proxy of the developer who connects
  gopher.devbox.go_rcfile:
    scope: user
    gopath:
      - ~/go
    variables:
      GOPROXY: https://goproxy.cn,direct
      GOSUMDB: sum.golang.google.cn
    create_directories: true

- name: For bash and zsh only, of another user
  gopher.devbox.go_rcfile:
    scope: user
    user: alice
    shells: [bash, zsh]
    gopath: [$HOME/go]
  become: true

- name: Undo the newest change of the user scope
  gopher.devbox.go_rcfile:
    scope: user
    state: restored

- name: Remove all that this collection manages in the machine scope
  gopher.devbox.go_rcfile:
    scope: machine
    state: absent
  become: true
"""

RETURN = r"""
scope:
  description: The scope that was managed.
  returned: success
  type: str
  sample: machine
user:
  description: The account whose scope was managed, empty for the machine scope.
  returned: success
  type: str
  sample: alice
before:
  description:
    - The values of the scope before the run by name, and the entries of PATH. An absent value is null. C($PATH) stands
      for what the session had before.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOROOT": "/opt/go1.21.13", "PATH": ["/opt/go1.21.13/bin", "$PATH"]}
after:
  description: The same values after the run, or in check mode as they would be.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOROOT": "/opt/go1.27.3", "PATH": ["/opt/go1.27.3/bin", "$PATH"]}
changes:
  description: What changed, in order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The variable, C(PATH), C(/usr/local/bin/go), or the path of a start file or a directory.
      type: str
    before:
      description: The value before, null for none. V(file) for a start file that held something of ours.
      type: str
    after:
      description: The value after, null for none. V(file) for a start file that holds something of ours, V(directory)
        for a directory that was made.
      type: str
  sample: [{"after": "/opt/go1.27.3", "before": null, "name": "GOROOT"}, {"after": "file", "before": null, "name":
    "/etc/profile.d/gopher-devbox.sh"}]
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
    - What a new login shell of that user sees. For each variable its value, the scope it comes from and what that hides
      (RV(ignore:shadows)).
    - C(PATH) is a list, over the PATH a login usually starts from, and C(go) says which file a bare C(go) starts.
  returned: success
  type: dict
  sample: {"GOROOT": {"scope": "machine", "shadows": [], "value": "/opt/go1.27.3"}, "PATH": ["/opt/go1.27.3/bin",
    "/usr/bin", "/bin"],
           "go": {"file": "/opt/go1.27.3/bin/go", "unjudged": [], "version": "go1.27.3"}}
refresh:
  description: Who must sign in again, or start again what, to see the change.
  returned: success
  type: list
  elements: str
  sample: ["Shells that are open keep the old values: open new ones, or start a new shell in them (exec $SHELL)."]
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
      description: V(machine) or V(user).
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
  sample: [{"action": "put_back", "advice": "", "base": "file with our block", "class": "host_drift", "item":
    "/home/alice/.profile", "kind": "start_file", "medium": "start files (user)", "now": null, "scope": "user", "want":
    "file with our block"}]
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
      description: The variable or entry it is about.
      type: str
  sample: [{"advice": "stale_path_entries: remove takes it out.", "id": "stale_path_entry",
            "message": "The PATH entry /opt/go1.21.13/bin belongs to another Go SDK (go1.21.13).", "severity": "info",
            "subject": "/opt/go1.21.13/bin"}]
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.rcfile import ARGUMENT_SPEC, run


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    host = LocalHost(os.environ, sys.platform == "darwin")
    module.carry_out(run, module.params, host, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
