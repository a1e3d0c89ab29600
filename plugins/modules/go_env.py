#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_env
short_description: Manage the Go environment of a host in all its media at once
version_added: 0.1.0
description:
  - Manages E(GOROOT), E(GOPATH), E(GOBIN), PATH and Go's other variables of a host in one task. They are in the
    registry of a Windows host, or in the start files of a POSIX host's shells, and, where asked for, in the file that
    C(go env -w) writes.
  - All media are read and planned before the first is changed, and what stands in the way in any of them stops all.
    What is found is judged by how the media will be together.
  - When a change fails in one medium, the media that were changed before it are changed back from their journals. The
    error names what became of each.
  - A change has one id in the journals of all media that it changed. O(state=restored) undoes all of it.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.enforcement
options:
  mode:
    description: &mode
      - V(machine) holds the variables of everybody on the host. It needs root, or an elevated account on Windows.
      - V(user) holds those of one user, and wins over the machine's.
      - V(default_user) is, on Windows, the template that the profiles of new users are copied from.
    type: str
    choices: [machine, user, default_user]
  user: &user
    description:
      - With O(mode=user), whose variables. On a POSIX host the name of an account; another account than that of the
        connection needs root, which then acts with that account's rights. On a Windows host the name,
        C(DOMAIN\name), or the SID of a user, signed in or not.
      - Without it, the account of the connection, also where the task becomes root.
      - With O(image), the SID, or the name of the profile's folder. O(mode=user) needs it there.
      - With O(state=restored) and without O(mode) and O(layers), whose media are looked at beside the machine's.
    type: str
  goroot: &goroot
    description:
      - GOROOT, the directory of a Go SDK.
      - Leave it out unless something needs it. Go finds its own SDK, and a GOROOT of another version than the C(go)
        that runs breaks builds.
    type: str
  gopath: &gopath
    description:
      - The entries of GOPATH. The first one is the workspace.
    type: list
    elements: str
  gobin: &gobin
    description:
      - GOBIN, where C(go install) puts programs.
    type: str
  variables: &variables
    description:
      - Any other variable that C(go env) lists or Go's runtime reads, such as E(GOPROXY), E(CGO_ENABLED) or E(GODEBUG).
      - V(null) removes a variable, E(GOROOT), E(GOPATH) and E(GOBIN) too.
      - What is refused, and what booleans and numbers become, is the same as in M(gopher.devbox.go_registry) and
        M(gopher.devbox.go_rcfile).
      - Secrets, such as passwords and tokens in URLs, are masked in everything this module returns.
    type: dict
  path: &path
    description:
      - The PATH entries to guarantee.
      - Without it these are O(goroot)'s C(bin), and O(gobin), or C(bin) of the first O(gopath) entry.
    type: list
    elements: str
  path_position: &path_position
    description:
      - Whether these entries stand first or last on PATH. They keep the order given, and an entry that stands already
        keeps its spelling. Without it, V(first).
    type: str
    choices: [first, last]
  stale_path_entries: &stale_path_entries
    description:
      - V(remove) also takes out the C(bin) directories of other Go SDKs. Without it, V(keep).
    type: str
    choices: [keep, remove]
  create_directories: &create_directories
    description:
      - Make C(src), C(pkg) and C(bin) of the first O(gopath) entry.
    type: bool
  validate: &validate
    description:
      - V(strict) refuses a O(goroot) that is missing, holds no C(go), or is not the C(go) that would run. V(warn)
        accepts it with a finding. Without it, V(strict).
    type: str
    choices: [strict, warn]
  shells: &shells
    description:
      - The shells that are to see the variables, as in M(gopher.devbox.go_rcfile). Without it, V(auto). Passed over on
        Windows hosts.
    type: list
    elements: str
    choices: [auto, sh, bash, zsh, fish, powershell, systemd]
  link_go: &link_go
    description:
      - With O(mode=machine), also keep links C(/usr/local/bin/go) and C(/usr/local/bin/gofmt), as
        M(gopher.devbox.go_rcfile) does. Passed over on Windows hosts.
    type: bool
  anchor: &anchor
    description:
      - Also keep O(goroot) as C(InstallPath) of a registry key, as M(gopher.devbox.go_registry) does. Passed over on
        POSIX hosts.
    type: bool
  config: &config
    description:
      - With O(mode=user), the variables of the file that C(go env -w) writes, as M(gopher.devbox.go_config) does.
        E(GOPATH) is a list of directories here too, and E(GOBIN) one directory. V(null) removes a variable.
      - An empty dictionary only looks after the form of the file. Without this option the file is not looked at, except
        to undo.
    type: dict
  repair: &repair
    description:
      - With O(mode=user), also take out of the go env file what makes go fail.
    type: bool
  image:
    description:
      - The directory of a Windows that is not running, or several of them, as in M(gopher.devbox.go_registry). All
        layers of one image are one change.
      - O(config) and O(repair) are refused with it.
    type: list
    elements: str
  layers:
    description:
      - Several scopes of one host as one change, such as the SDK for the machine and the workspace of a user. Each
        entry has the options of one scope, and each scope is there once.
      - Not together with O(mode) and the options of one scope.
    type: list
    elements: dict
    suboptions:
      mode:
        description: *mode
        type: str
        choices: [machine, user, default_user]
        required: true
      user: *user
      goroot: *goroot
      gopath: *gopath
      gobin: *gobin
      variables: *variables
      path: *path
      path_position: *path_position
      stale_path_entries: *stale_path_entries
      create_directories: *create_directories
      validate: *validate
      shells: *shells
      link_go: *link_go
      anchor: *anchor
      config: *config
      repair: *repair
  wsl:
    description:
      - On a Windows host, the WSL distros of the account that connects, managed in the same task, as
        M(gopher.devbox.go_wsl) does it. Each entry names distros and what differs for them.
      - A distro takes the host's O(variables) and O(config) of the same mode, and its O(validate),
        O(create_directories), O(path_position) and O(stale_path_entries), unless the entry says otherwise. O(goroot),
        O(gopath), O(gobin) and O(path) it has of its own, like the other variables that hold a directory.
      - What only Windows understands, a path of it, or in O(variables) a reference such as C(%USERPROFILE%), does not
        reach the distros, and a warning names it. An entry that says what it is there, or V(null), ends the warning.
      - Each distro belongs to one entry for each O(wsl[].mode), in V(user) mode for each O(wsl[].user), and to one with
        O(wsl[].append_windows_path). Entries that say otherwise are refused, before anything is changed.
      - The host's part is looked at first, and nothing is changed where something stands in its way. Then the distros
        are changed, then the host. A distro that fails stops neither the others nor the host, and the task fails in the
        end.
      - Not together with O(enforce) and O(journal).
    type: list
    elements: dict
    suboptions:
      distros:
        description: Names or patterns, as in M(gopher.devbox.go_wsl). Without it, all of the account.
        type: list
        elements: str
      mode:
        description: The scope in the distros. Without it, that of the host's only layers.
        type: str
        choices: [machine, user, default_user]
      user:
        description: With O(wsl[].mode=user), the account in the distros, as in M(gopher.devbox.go_wsl).
        type: str
      goroot: *goroot
      gopath: *gopath
      gobin: *gobin
      variables: *variables
      path: *path
      path_position: *path_position
      stale_path_entries: *stale_path_entries
      create_directories: *create_directories
      validate: *validate
      shells:
        description: As in M(gopher.devbox.go_wsl).
        type: list
        elements: str
        choices: [auto, sh, bash, zsh, fish, powershell, systemd]
      link_go:
        description: As in M(gopher.devbox.go_wsl).
        type: bool
      config: *config
      append_windows_path:
        description: As in M(gopher.devbox.go_wsl).
        type: bool
      share:
        description:
          - As in M(gopher.devbox.go_wsl). It is the host's, whatever distros the entry names, so that one entry has it
            for each O(wsl[].share_scope).
        type: list
        elements: str
      share_scope:
        description: As in M(gopher.devbox.go_wsl).
        type: str
        choices: [machine, user]
      start:
        description: As in M(gopher.devbox.go_wsl).
        type: bool
      restart:
        description: As in M(gopher.devbox.go_wsl).
        type: bool
  state:
    description:
      - V(present) sets what is named.
      - V(absent) removes what is named, and what this collection manages in these scopes. The go env file is concerned
        where O(config) is given.
      - V(restored) undoes the newest change over all these media that is not yet undone, or the one that O(journal)
        names. Run again it undoes the one before that. The go env file of a user is one of these media.
      - Without O(mode) and O(layers), V(restored) is about every medium of the host and of O(user). What this account
        has no rights for is passed over then.
    type: str
    choices: [present, absent, restored]
    default: present
  journal:
    description:
      - With O(state=restored), the id of the change to undo. Of several images it is undone in those that have it.
    type: str
  force:
    description:
      - With O(state=restored) and O(state=absent), also over what somebody changed since.
    type: bool
    default: false
  verify:
    description:
      - After a change, ask a fresh process of the host what it sees. A check that fails changes nothing back.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and writes nothing.
  diff_mode:
    support: full
    description: Values before and after, medium by medium. Secrets are masked; the mask says where only the secret
      changed.
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
  - On a Windows host the work is done from the controller, without PowerShell. C(become) is of no use there.
  - Options that only one family of hosts has are passed over on the other, so that one task serves both.
seealso:
  - module: gopher.devbox.go_registry
  - module: gopher.devbox.go_rcfile
  - module: gopher.devbox.go_config
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
  - name: Several media as one
    description: In which order media are changed, and what a failure leaves.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/go_env.md
"""

EXAMPLES = r"""
- name: The workspace and the proxy of the developer who connects, for shells and for every go
  gopher.devbox.go_env:
    mode: user
    gopath: [~/go]
    config:
      GOPROXY: https://goproxy.cn,direct
      GOSUMDB: sum.golang.google.cn

- name: The SDK for everybody, and the workspace of one user, as one change
  gopher.devbox.go_env:
    layers:
      - mode: machine
        goroot: /opt/go1.27.3
      - mode: user
        user: alice
        gopath: [/home/alice/go]
        config:
          GOFLAGS: -mod=readonly
  become: true

- name: An SDK for everybody on a Windows host
  gopher.devbox.go_env:
    mode: machine
    goroot: C:\Program Files\Go
    anchor: true

- name: A Windows host and its distros, with the same proxy
  gopher.devbox.go_env:
    mode: user
    gopath: ['%USERPROFILE%\go']
    variables:
      GOPROXY: https://goproxy.cn,direct
    wsl:
      - gopath: [~/go]

- name: An SDK for everybody, and the workspace of users to come, in two mounted images
  gopher.devbox.go_env:
    image:
      - /mnt/win11
      - /mnt/server2025
    layers:
      - mode: machine
        goroot: C:\Program Files\Go
      - mode: default_user
        gopath:
          - '%USERPROFILE%\go'

- name: Undo the newest change of this host, in all media that it changed
  gopher.devbox.go_env:
    state: restored
"""

RETURN = r"""
distros:
  description: The distros in question, each with what M(gopher.devbox.go_wsl) returns of it.
  returned: with O(wsl), unless the host's part failed beforehand
  type: list
  elements: dict
share:
  description: What became of WSLENV, of each entry of O(wsl) with O(wsl[].share), as M(gopher.devbox.go_wsl) returns
    it.
  returned: with O(wsl[].share)
  type: list
  elements: dict
image:
  description: The image that was managed.
  returned: when O(image) names one
  type: str
  sample: /mnt/win11
images:
  description: The result for each image, in the order of O(image), with RV(image). A failed one has C(failed) and
    C(msg). The failure of one does not stop the others, and fails the task in the end.
  returned: with O(image)
  type: list
  elements: dict
  sample: [{"changed": true, "image": "/mnt/win11", "journal": "20261123T014500Z-5f0c9a1e"}]
media:
  description: The media of the run, each with its own result. The machine's is first, the go env files are last.
  returned: success
  type: list
  elements: dict
  contains:
    medium:
      description: The medium, as journals and messages call it. Where there are several users, with the name of the
        user.
      type: str
      sample: start files (user)
    changed:
      description: Whether it changed.
      type: bool
    scope:
      description: The scope that was managed.
      type: str
    user:
      description: The account whose scope was managed, empty for the machine scope. On Windows hosts C(sid).
      type: str
    before:
      description: The values before the run by name. An absent value is null.
      type: dict
    after:
      description: The values after the run, or in check mode as they would be.
      type: dict
    changes:
      description: As RV(changes), of this medium.
      type: list
      elements: dict
    effective:
      description: What a new process sees, as this medium has it.
      type: dict
    journal:
      description: As RV(journal), null where this medium did not change.
      type: str
    undone:
      description: As RV(undone), null where nothing was undone in this medium.
      type: str
    refresh:
      description: As RV(refresh), of this medium.
      type: list
      elements: str
    findings:
      description: As RV(findings), of this medium.
      type: list
      elements: dict
  sample: [{"after": {"GOBIN": null, "GOPATH": null, "GOPROXY": "https://goproxy.cn,direct", "GOROOT": null}, "before":
    {"GOBIN": null, "GOPATH": null, "GOPROXY": null, "GOROOT": null}, "changed": true, "changes": [{"after":
    "https://goproxy.cn,direct", "before": null, "name": "GOPROXY"}], "effective": {}, "findings": [], "journal":
    "20261123T014500Z-5f0c9a1e", "medium": "go env file", "refresh": ["The next go command sees it."], "scope":
    "go env file", "undone": null, "user": "alice"}]
changes:
  description: What changed in any medium, in order.
  returned: success
  type: list
  elements: dict
  contains:
    medium:
      description: The medium.
      type: str
    name:
      description: The variable, C(PATH), or the path of a file or a directory.
      type: str
    before:
      description: The value before, null for none.
      type: str
    after:
      description: The value after, null for none.
      type: str
  sample: [{"after": "https://goproxy.cn,direct", "before": null, "medium": "go env file", "name": "GOPROXY"}]
journal:
  description: The id under which the change can be undone, the same in every medium that changed, and in all images of
    O(image); null when no value was written.
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
    - What a new process sees, of the first user there is, else of the machine. For each variable its value, the scope
      it comes from and what that hides (RV(ignore:shadows)). Where the go env file wins, that is the scope.
    - C(PATH) is a list, and C(go) says which file a bare C(go) starts.
  returned: success
  type: dict
  sample: {"GOPROXY": {"scope": "go env file", "shadows": [], "value": "https://goproxy.cn,direct"},
           "GOROOT": {"scope": "machine", "shadows": [], "value": "/opt/go1.27.3"}, "PATH": ["/opt/go1.27.3/bin",
    "/usr/bin", "/bin"],
           "go": {"file": "/opt/go1.27.3/bin/go", "unjudged": [], "version": "go1.27.3"}}
refresh:
  description: Who must sign in again, or start again what, to see the change.
  returned: success
  type: list
  elements: str
  sample: ["The next go command sees it."]
inventory:
  description: On Windows hosts, what else of Go the registry holds.
  returned: success, on Windows hosts
  type: dict
  sample: {}
fates:
  description: What became of each medium, by its name, when one of several failed.
  returned: failure in the middle of a change
  type: dict
  sample: {"go env file": "not changed", "start files (user)": "rolled back"}
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
  sample: [{"action": "put_back", "advice": "", "base": "https://goproxy.cn,direct", "class": "host_drift", "item":
    "GOPROXY", "kind": "value", "medium": "go env file", "now": "off", "scope": "user", "want": "https://goproxy.cn,direct"}]
findings:
  description: What a person should know, each with an id that the documentation explains. On failure, what stands in
    the way.
  returned: always when there is something
  type: list
  elements: dict
  contains:
    medium:
      description: The medium that it is about. On failure the message begins with it.
      type: str
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
  sample: [{"advice": "Remove it there, or set it there instead.", "id": "environment_hides_file", "medium":
    "go env file", "message": "GOPROXY of the shell hides what the go env file says.", "severity": "warning",
    "subject": "GOPROXY"}]
"""

import os
import sys

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._run.env import run
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_layers import ARGUMENT_SPEC
from ansible_collections.gopher.devbox.plugins.module_utils._run.image_options import is_offline
from ansible_collections.gopher.devbox.plugins.module_utils._run.images import respawn
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.rcfile import ENVIRONMENT


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if is_offline(module.params):
        respawn()
        from ansible_collections.gopher.devbox.plugins.module_utils._run import env_offline

        module.carry_out(env_offline.run, module.params, module.check_mode, module._diff)
    host = LocalHost(os.environ, sys.platform == "darwin")
    module.carry_out(run, ENVIRONMENT, module.params, host, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
