#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_env_info
short_description: Show which Go environment a host has, where each value comes from, and what is wrong
version_added: 0.1.0
description:
  - Reads every medium that holds the Go environment of a host in one task, and changes none. RV(audit) names for each
    variable the value that counts, the layer that it comes from, and the values that it shadows.
  - It also lists the entries of PATH, which go wins there, the SDKs, and what is wrong with any of it.
  - It works without rights. What the account may not read is V(denied), what was not looked at is V(not_looked), and
    what is not understood is V(damaged). None of that is reported as absent.
  - No program is started on a POSIX host, but with O(measure). Its start files are read as the login shell of the
    account reads them.
author:
  - The gopher.devbox authors (@gopher-devbox)
options:
  user:
    description:
      - Whose environment. On a POSIX host the name of an account, on a Windows host the name, C(DOMAIN\name), or the
        SID of a user.
      - Without it, the account of the connection, also where the task becomes root.
    type: str
  project:
    description:
      - The directory of a project on the host. Its launchers, the files of VS Code and GoLand, and the toolchains that
        its modules need are then part of the audit, as the layer V(project) on top.
    type: str
  acl:
    description:
      - On a Windows host, ask C(icacls) who can write to the directories on PATH. Without it, what is not known is
        V(unknown) or V(likely).
      - It is of no effect on a POSIX host, where the permissions are read anyway.
    type: bool
    default: false
  measure:
    description:
      - On a POSIX host, measure how many milliseconds a new shell takes longer with the settings of each mode than
        without, and how many entering the project takes. The figures are in RV(audit) as C(measured), where the filter
        P(gopher.devbox.scorecard#filter) takes them from.
      - The login shell of the account is started for it some dozens of times, as that account, in temporary copies of
        its start files. Nothing is run in the home itself. It takes some seconds.
      - What could not be measured is not in C(measured). C(docs/scorecard.md) says how it is done.
      - On a Windows host nothing is started, and nothing is measured.
    type: bool
    default: false
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
  - What is found wrong is in RV(audit), and is no warning of Ansible's. The task fails only for options that are of no
    use, and for a host that gave no answer.
  - Values are those of a new login of the account. What the connection's session has besides is not part of it.
seealso:
  - module: gopher.devbox.go_env
  - module: gopher.devbox.go_sdk_info
  - name: Findings
    description: What each id in the findings means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
  - name: Schema of the document
    description: JSON Schema of RV(audit).
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/schema/audit-1.json
"""

EXAMPLES = r"""
- name: Which Go environment the host has
  gopher.devbox.go_env_info:
  register: found

- name: Where GOPROXY comes from
  ansible.builtin.debug:
    msg: "{{ found.audit.variables.GOPROXY.value }} of {{ found.audit.variables.GOPROXY.layer }}"
  when: "'GOPROXY' in found.audit.variables"

- name: What is wrong
  ansible.builtin.debug:
    msg: "{{ found.audit.findings | map(attribute='message') }}"

- name: Another user's, as root
  gopher.devbox.go_env_info:
    user: alice
  become: true

- name: With the layers of a project
  gopher.devbox.go_env_info:
    project: /srv/shop
"""

RETURN = r"""
audit:
  description:
    - The document. Its schema is C(docs/schema/audit-1.json) of this collection.
    - Everything in it is in an order that depends on the content alone, so that two documents can be compared.
    - Secrets in it are masked.
  returned: success
  type: dict
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_posix import AuditHost, PosixAudit
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    host = AuditHost(os.environ, sys.platform == "darwin")
    module.carry_out(run, PosixAudit, module.params, host, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
