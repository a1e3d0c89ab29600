#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_config
short_description: Manage the file that go env -w writes
version_added: 0.1.0
description:
  - Manages the file of one user in which C(go env -w) keeps variables, on POSIX and on Windows hosts, without a C(go)
    on the host.
  - Every C(go) of that user reads it, whatever started it, and what the environment says goes before it. So it is the
    place for settings that must hold where no start file of a shell is read, and the wrong place for GOROOT.
  - Comments, unknown lines and the order stay. A byte order mark, CRLF line endings and lines that a later one
    overrules are put right, because go misreads the first two.
  - What go refuses, and what it would accept and then fail with, is refused with the reason.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.vocabulary.values
options:
  user:
    description:
      - Whose file. On a POSIX host the name of an account, on a Windows host the name, C(DOMAIN\name), or the SID of a
        user, signed in or not.
      - Without it, the account of the connection.
    type: str
  repair:
    description:
      - Also take out what stands there and makes go fail, such as E(GOROOT) or a relative E(GOPATH). Without it that is
        a finding.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and writes nothing.
  diff_mode:
    support: full
    description: Values before and after. Secrets are masked; the mask says where only the secret changed.
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
  - The file is where E(GOENV) of that user's environment says, else where go looks by default. A E(GOENV) that is
    V(off) is an error.
  - With O(verify) a C(go) that stands on PATH is asked, on POSIX hosts. On Windows hosts the file is read back.
seealso:
  - module: gopher.devbox.go_registry
  - module: gopher.devbox.go_rcfile
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: The proxy, for every go of the developer who connects
  gopher.devbox.go_config:
    variables:
      GOPROXY: https://goproxy.cn,direct
      GOSUMDB: sum.golang.google.cn

- name: The workspace of another user
  gopher.devbox.go_config:
    user: alice
    gopath: [~/go]
  become: true

- name: Take out what an old guide left there
  gopher.devbox.go_config:
    repair: true

- name: Undo the newest change
  gopher.devbox.go_config:
    state: restored
"""

RETURN = r"""
scope:
  description: The medium that was managed.
  returned: success
  type: str
  sample: go env file
user:
  description: The account whose file it is, on Windows its SID.
  returned: success
  type: str
  sample: alice
before:
  description: The values in the file before the run by name, as they are meant. An absent value is null.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOPROXY": null, "GOROOT": null}
after:
  description: The same values after the run, or in check mode as they would be.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOPROXY": "https://goproxy.cn,direct", "GOROOT": null}
changes:
  description: What changed, in order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The variable, or the path of the file when its form is put right.
      type: str
    before:
      description: The value before, null for none.
      type: str
    after:
      description: The value after, null for none.
      type: str
  sample: [{"after": "https://goproxy.cn,direct", "before": null, "name": "GOPROXY"}]
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
    - What go takes for each variable, the layer it comes from, and what that hides (RV(ignore:shadows)).
    - The layers are V(built in), V(go.env) of the SDK, V(go env file), then V(shell) or V(registry), and V(process),
      the environment of this session.
  returned: success
  type: dict
  sample: {"GOPROXY": {"scope": "go env file", "shadows": [{"scope": "go.env", "value":
    "https://proxy.golang.org,direct"}],
                       "value": "https://goproxy.cn,direct"}}
refresh:
  description: Who must start again what, to see the change.
  returned: success
  type: list
  elements: str
  sample: ["The next go command sees it."]
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
      description: V(user).
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
  sample: [{"action": "put_back", "advice": "", "base": "https://goproxy.cn,direct", "class": "host_drift", "item":
    "GOPROXY", "kind": "value", "medium": "go env file", "now": "off", "scope": "user", "want": "https://goproxy.cn,direct"}]
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
  sample: [{"advice": "Remove it there, or set it there instead.", "id": "environment_hides_file",
            "message": "GOPROXY of the shell hides what the go env file says.", "severity": "warning", "subject":
            "GOPROXY"}]
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._run.config import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    host = LocalHost(os.environ, sys.platform == "darwin")
    module.carry_out(run, module.params, host, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
