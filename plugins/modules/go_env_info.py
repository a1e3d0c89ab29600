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
  image:
    description:
      - The directory of a Windows that is not running, or several of them, as in M(gopher.devbox.go_registry). The
        audit is then about what a session of that Windows would have, by the files of its registry and its
        directories. Nothing of it is started.
      - On a Windows host the account must be elevated, and each hive is loaded for the time of one command. One
        that cannot be written, as in an image that is mounted read-only, is not read there.
      - O(user) is a SID, or the name of a profile's folder. Without it, it is the template that the profiles of new
        users are copied from.
      - Where the profile of a user to come will be is not known, so a value that refers to it has C(known=false).
      - RV(images) has the result of each.
    type: list
    elements: str
  hives:
    description:
      - The files of a registry, one by one, in place of O(image). What directories hold is not known then.
    type: dict
    suboptions:
      system:
        description: The file C(SYSTEM).
        type: str
      software:
        description: The file C(SOFTWARE).
        type: str
      user:
        description: The file C(NTUSER.DAT) of a user, or of the template of new users.
        type: str
  project:
    description:
      - The directory of a project on the host. Its launchers, an C(.envrc), the files of VS Code and GoLand, and the
        toolchains that its modules need are then part of the audit, as the layer V(project) on top.
    type: str
  acl:
    description:
      - On a Windows host, ask C(icacls) who can write to the directories on PATH, with O(image) to those of the image.
        Without it, what is not known is V(unknown) or V(likely).
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
  distros:
    description:
      - On a Windows host, which WSL distros of the account of the connection are looked at, too. What their user has is
        in RV(audit) as C(distros).
      - V(running) starts none, and says of those that do not run that they were not looked at. V(all) starts them.
      - It is of no effect on a POSIX host, such as a distro itself.
    type: str
    choices: [none, running, all]
    default: none
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
      or over ssh with cmd. O(image) and O(hives) on a Linux host, with the Python bindings of hivex, and on a Windows
      host.
    platforms: posix, windows
notes:
  - What is found wrong is in RV(audit), and is no warning of Ansible's. The task fails only for options that are of no
    use, and for a host that gave no answer.
  - Values are those of a new login of the account, on a POSIX host of an interactive one of its login shell. What the
    connection's session has besides is not part of it.
  - A line of a start file that only running it could explain is a finding. What it sets is never guessed.
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

- name: Of a mounted image, what users to come will have
  gopher.devbox.go_env_info:
    image: /mnt/win11

- name: Of images that DISM has mounted on a Windows host
  gopher.devbox.go_env_info:
    image:
      - D:\mount
      - E:\second

- name: With the layers of a project
  gopher.devbox.go_env_info:
    project: /srv/shop
"""

RETURN = r"""
image:
  description: The image that it is about.
  returned: when O(image) names one
  type: str
  sample: /mnt/win11
images:
  description: The result for each image, in the order of O(image), with RV(image). A failed one has C(failed) and
    C(msg).
  returned: with O(image)
  type: list
  elements: dict
  sample: [{"audit": {"host": "/mnt/win11", "schema": "audit-1"}, "changed": false, "image": "/mnt/win11"}]
audit:
  description:
    - The document. Its schema is C(docs/schema/audit-1.json) of this collection.
    - Everything in it is in an order that depends on the content alone, so that two documents can be compared.
    - Secrets in it are masked.
  returned: success
  type: dict
  contains:
    schema:
      description: The name and the version of the schema.
      type: str
    host:
      description: The name that the inventory has for the host.
      type: str
    taken:
      description: When it was read, in UTC.
      type: str
    platform:
      description: The C(family) (V(windows) or V(posix)), C(goos), C(goarch), and whether it is a WSL distro (C(wsl)).
      type: dict
    user:
      description: Whose user scope it is, on Windows a SID.
      type: str
    media:
      description:
        - The media of the host. Each has C(medium), C(scope), C(place), C(state) and C(reason).
        - The state is V(read), V(absent), V(denied), V(not_looked) or V(damaged).
      type: list
      elements: dict
    variables:
      description:
        - Each variable by its name, with the value that counts and the layer that has it.
        - C(shadows) holds what it hides, the nearest first. C(managed) tells whether this collection wrote it, C(file)
          where it is, C(exposed) whether others can read it there, C(default) whether nobody set it.
        - C(known) is false where only running a line would show what it comes to. C(value) is empty then, and C(raw)
          is what is written there.
      type: dict
    path:
      description:
        - The entries of PATH in their order, each with the layer that it came from.
        - C(exists), C(go), C(sdk), C(shim), C(duplicate), C(remote), C(file_system) and C(writable) say what is there.
      type: list
      elements: dict
    path_length:
      description: The length of PATH, in characters.
      type: int
    go:
      description: The go that a bare C(go) starts, as RV(gopher.devbox.go_sdk_info#module:go) has it.
      type: dict
    sdks:
      description: The SDKs, as RV(gopher.devbox.go_sdk_info#module:sdks) has them.
      type: list
      elements: dict
    directories:
      description: The directories that variables name, and what is known of each.
      type: list
      elements: dict
    project:
      description: The project, its modules with their toolchains, and what its launchers set. Null without O(project).
      type: dict
    measured:
      description: How much longer a new shell takes to start, by mode, in milliseconds. Empty without O(measure).
      type: dict
    findings:
      description: What is wrong, errors first. Each has the layer and the mode of what it is about, and its C(docs).
      type: list
      elements: dict
    unread:
      description: The media of which it is not known what they hold.
      type: list
      elements: dict
  sample:
    directories: [{"directory": "/home/alice/go", "exists": true, "file_system": null, "remote": false,
      "variable": "GOPATH"}]
    findings: [{"advice": "Remove it there, or set it there instead.", "docs":
      "docs/findings.md#environment_hides_file", "id": "environment_hides_file", "layer": "go env file", "message":
      "GOPROXY of the user scope hides what the go env file says.", "mode": "user", "severity": "warning", "subject":
      "GOPROXY"}]
    go: {"file": "/opt/go1.27.3/bin/go", "index": 0, "root": "/opt/go1.27.3", "version": "go1.27.3"}
    host: lin01
    measured: {}
    media: [{"medium": "start files", "place": "/home/alice/.profile", "reason": null, "scope": "user", "state":
      "read"}, {"medium": "go env file", "place": "/home/alice/.config/go/env", "reason": null, "scope": "user",
      "state": "read"}]
    path: [{"directory": "/opt/go1.27.3/bin", "duplicate": false, "entry": "/opt/go1.27.3/bin", "exists": true,
      "file_system": null, "go": "/opt/go1.27.3/bin/go", "layer": "user", "managed": true, "mode": "user", "remote":
      false, "sdk": "go1.27.3", "shim": null, "writable": "no"}]
    path_length: 92
    platform: {"family": "posix", "goarch": "amd64", "goos": "linux", "wsl": false}
    project: null
    schema: audit-1
    sdks: [{"first": true, "goarch": "amd64", "goos": "linux", "installed_by": "archive", "links": [], "on_path":
      [{"entry": "/opt/go1.27.3/bin", "index": 0, "scope": "user"}], "root": "/opt/go1.27.3", "runs": "native",
      "shims": [], "version": "go1.27.3"}]
    taken: "2026-11-29T23:15:57Z"
    unread: []
    user: alice
    variables:
      GOPROXY:
        default: false
        exposed: true
        file: {"line": 3, "mode": "0644", "mtime": "2026-11-29T22:50:51Z", "owner": "alice", "path":
          "/home/alice/.profile"}
        known: true
        layer: user
        managed: false
        mode: user
        raw: null
        secret: false
        shadows: [{"exposed": false, "file": {"line": 1, "mode": "0600", "mtime": "2026-11-29T22:50:51Z", "owner":
          "alice", "path": "/home/alice/.config/go/env"}, "known": true, "layer": "go env file", "managed": true,
          "mode": "user", "raw": null, "secret": false, "value": "https://goproxy.cn,direct"}]
        value: https://proxy.example
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_posix import AuditHost, PosixAudit
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.image_options import is_offline
from ansible_collections.gopher.devbox.plugins.module_utils._run.images import respawn
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if is_offline(module.params):
        respawn()
        from ansible_collections.gopher.devbox.plugins.module_utils._run import env_info_offline

        module.carry_out(env_info_offline.run, module.params, module.check_mode, module._diff)
    host = AuditHost(os.environ, sys.platform == "darwin")
    module.carry_out(run, PosixAudit, module.params, host, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
