#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_registry
short_description: Manage the Go environment in the registry of a Windows host or image
version_added: 0.1.0
description:
  - Manages E(GOROOT), E(GOPATH), E(GOBIN), PATH and Go's other variables in the registry scopes of a Windows host.
  - The whole scope is read in one or two remote commands and written in one, however many values change. What stood
    there before is journaled in the registry, in the same command, and O(state=restored) takes it back.
  - PATH entries of others stay as they are, in their order, with their spelling and the type of the value.
  - Runs without PowerShell. The host needs C(cmd), C(reg), C(whoami), C(where) and C(tar), which every Windows since
    Windows 10 1803 and Windows Server 2019 has, and C(icacls) for O(verify).
  - Over winrm and ssh everything runs on the controller, and the host needs no Python. Inside a WSL distro the module
    manages the Windows side by interop, as the Windows user who started the distro.
  - With O(image) or O(hives) it manages a Windows that is not running, by the files of its registry. On a Linux build
    host that needs the Python bindings of hivex, and neither Windows nor Wine.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.vocabulary
  - gopher.devbox.vocabulary.values
options:
  scope:
    description:
      - V(machine) holds the variables of everybody on the host. It needs an elevated account.
      - V(user) holds those of one user.
      - V(default_user) is the template that the profiles of new users are copied from. They get what is managed, and
        none of its history; the journal is in the machine's part of the registry.
    type: str
    choices: [machine, user, default_user]
    required: true
  user:
    description:
      - With O(scope=user), whose scope it is. The name, C(DOMAIN\name), or the SID of a user. The hive of one who is
        not signed in is loaded for the time of a command, which needs an elevated account; a name leads to the one
        profile whose folder has it.
      - Without it, the account of the connection.
      - With O(image), the SID, the name of the profile's folder, or C(DOMAIN\name) for a folder C(name.DOMAIN) or
        C(name). It is needed there.
      - V(all) is every real profile and the template of new users. RV(users) has the result of each, and the failure of
        one does not stop the others.
    type: str
  image:
    description:
      - The directory of a Windows that is not running, mounted or unpacked, or several of them. It is the one that
        C(Windows) and C(Users) are in; letter case in the image does not matter. A Windows path of drive C(C:) is
        looked for there, and what other drives hold is not known.
      - RV(images) has the result of each. The failure of one does not stop the others, and fails the task in the end.
      - With O(state=restored) one change is undone in those images that have it, the one that O(journal) names or the
        newest of all. The same holds for O(user=all).
      - A registry file that was not closed properly is refused with the reason, and stays as it is.
    type: list
    elements: str
  hives:
    description:
      - The files of a registry, one by one, in place of O(image). O(scope=machine) needs O(hives.system) and
        O(hives.software), O(scope=user) needs O(hives.user), and O(scope=default_user) needs O(hives.user) and
        O(hives.software).
      - What directories hold is not known then, so a O(goroot) is not checked.
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
  anchor:
    description:
      - Keep C(SOFTWARE\Go), value C(InstallPath), of the same root in step with O(goroot), for inventory tools that
        look there. Go itself never reads it.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be changed, and writes nothing.
  diff_mode:
    support: full
    description: Values before and after, PATH one entry a line. Secrets are masked; the mask says where only the secret
      changed.
  idempotent:
    support: full
    description: A second run changes nothing. With O(state=restored) and no O(journal), each run undoes one change
      more.
  platform:
    support: full
    description: Windows 10 1803, Windows Server 2019 and newer, over winrm or over ssh with cmd, or from inside WSL. An
      image or files of a registry on a Linux host, and on a Windows host.
    platforms: windows, posix
notes:
  - Set C(gather_facts=false) on the play and C(become=false) on the task. Both would start PowerShell.
  - A broadcast to running programs is not sent, because one from a service session does not reach the desktop of the
    person signed in. RV(refresh) says who must sign in again or restart what.
  - On a Linux host, O(image) and O(hives) need C(python3-hivex) (Debian, Ubuntu, Fedora) or C(hivex) (Arch) for the
    Python of the system. The module finds that Python by itself.
seealso:
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: One SDK for everybody on the host
  gopher.devbox.go_registry:
    scope: machine
    goroot: C:\Program Files\Go
    variables:
      GOTOOLCHAIN: local

- name: The workspace and the proxy of the developer who connects
  gopher.devbox.go_registry:
    scope: user
    gopath:
      - '%USERPROFILE%\go'
    variables:
      GOPROXY: https://goproxy.cn,direct
      GOSUMDB: sum.golang.google.cn
    create_directories: true

- name: Move to another SDK, and take the old ones off PATH
  gopher.devbox.go_registry:
    scope: machine
    goroot: C:\Program Files\Go
    stale_path_entries: remove

- name: Stop managing GOSUMDB, and remove it
  gopher.devbox.go_registry:
    scope: user
    variables:
      GOSUMDB: null

- name: Undo the newest change of the user scope
  gopher.devbox.go_registry:
    scope: user
    state: restored

- name: Remove all that this collection manages in the machine scope
  gopher.devbox.go_registry:
    scope: machine
    state: absent

- name: The workspace of every user there is, and of every user to come
  gopher.devbox.go_registry:
    scope: user
    user: all
    gopath:
      - '%USERPROFILE%\go'

- name: The SDK for everybody, in two mounted images, on the build host
  gopher.devbox.go_registry:
    image:
      - /mnt/win11
      - /mnt/server2025
    scope: machine
    goroot: C:\Program Files\Go

- name: The workspace of every user to come
  gopher.devbox.go_registry:
    image: /mnt/win11
    scope: default_user
    gopath:
      - '%USERPROFILE%\go'

- name: The same, by the files alone
  gopher.devbox.go_registry:
    hives:
      software: /srv/hives/SOFTWARE
      user: /srv/hives/NTUSER.DAT
    scope: default_user
    gopath:
      - '%USERPROFILE%\go'
"""

RETURN = r"""
scope:
  description: The scope that was managed.
  returned: success
  type: str
  sample: machine
sid:
  description: The SID of the user whose scope was managed, empty for the machine scope.
  returned: success
  type: str
  sample: S-1-5-21-1004336348-1177238915-682003330-1001
before:
  description: The values of the scope before the run by name, and the entries of PATH. An absent value is null.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOROOT": "C:\\Go1.21.13", "PATH": ["C:\\Go1.21.13\\bin",
    "C:\\Windows\\system32"]}
after:
  description: The same values after the run, or in check mode as they would be.
  returned: success
  type: dict
  sample: {"GOBIN": null, "GOPATH": null, "GOROOT": "C:\\Go1.27.3", "PATH": ["C:\\Go1.27.3\\bin",
    "C:\\Windows\\system32"]}
changes:
  description: What changed, in order. A directory that was made has V(directory) as its RV(changes[].after).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The variable, C(PATH), C(Go\InstallPath), or the directory.
      type: str
    before:
      description: The value before, null for none.
      type: str
    after:
      description: The value after, null for none.
      type: str
  sample: [{"after": "C:\\Go1.27.3", "before": "C:\\Go1.21.13", "name": "GOROOT"}]
journal:
  description: The id under which the change can be undone, null when no value was written. It is the same in all images
    of O(image), and for all users of V(all).
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
    - What a new process of that user sees. For each variable its value, the scope it comes from and what that hides
      (RV(ignore:shadows)).
    - C(PATH) is a list, and C(go) says which file a bare C(go) starts.
  returned: success
  type: dict
  sample: {"GOROOT": {"scope": "machine", "shadows": [], "value": "C:\\Go1.27.3"}, "PATH": ["C:\\Go1.27.3\\bin"],
           "go": {"file": "C:\\Go1.27.3\\bin\\go.exe", "unjudged": [], "version": "go1.27.3"}}
refresh:
  description: Who must sign in again, or restart what, to see the change.
  returned: success
  type: list
  elements: str
  sample: ["cmd.exe and PowerShell windows that are open keep the old values."]
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
      description: V(machine), V(user) or V(default_user).
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
  sample: [{"action": "put_back", "advice": "", "base": "D:\\gopath", "class": "host_drift", "item": "GOPATH", "kind":
    "value", "medium": "registry (user)", "now": "C:\\other", "scope": "user", "want": "D:\\gopath"}]
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
            "message": "The PATH entry C:\\Go1.21.13\\bin belongs to another Go SDK (go1.21.13).", "severity": "info",
            "subject": "C:\\Go1.21.13\\bin"}]
inventory:
  description: What Go's own installer wrote for that user under C(Software\GoProgrammingLanguage).
  returned: success
  type: dict
  sample: {"installLocation": "C:\\Program Files\\Go\\"}
image:
  description: The image that was managed.
  returned: when O(image) names one
  type: str
  sample: /mnt/win11
images:
  description: The result for each image, in the order of O(image), with RV(image). A failed one has C(failed) and
    C(msg).
  returned: with O(image)
  type: list
  elements: dict
  sample: [{"changed": true, "image": "/mnt/win11", "journal": "20261123T014500Z-5f0c9a1e", "scope": "machine"}]
users:
  description: The result for each user, with C(user) and RV(sid). A failed one has C(failed) and C(msg).
  returned: with O(user=all)
  type: list
  elements: dict
  sample: [{"changed": true, "scope": "default_user", "user": "default_user"}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.interop import InteropTransport, is_wsl
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run.image_options import is_offline
from ansible_collections.gopher.devbox.plugins.module_utils._run.images import respawn
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, run


def connect():
    """The Windows side of the WSL distro this runs in."""
    if not is_wsl():
        raise TransportError(
            "go_registry manages a Windows registry, and this host is neither Windows nor a WSL distro.",
            "Connect to the Windows host over winrm or ssh; go_env_platform: windows overrules what the "
            "connection looks like. Of a Windows that is not running name the directory (image), or the files (hives).",
        )
    return InteropTransport()


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if is_offline(module.params):
        respawn()
        from ansible_collections.gopher.devbox.plugins.module_utils._run import registry_offline

        module.carry_out(registry_offline.run, module.params, module.check_mode, module._diff)
    module.carry_out(over(run), module.params, connect, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
