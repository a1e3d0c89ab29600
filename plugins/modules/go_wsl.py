#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_wsl
short_description: Manage the Go environment in the WSL distros of a Windows host
version_added: 0.1.0
description:
  - Does what M(gopher.devbox.go_rcfile) does in the WSL distros of the account that connects to a Windows host, in all
    of them at once, from outside.
  - A distro needs C(/bin/sh) and busybox's tools or coreutils, no Python and no ssh. It is reached by C(wsl.exe), which
    gets a script on its input; no value stands on a command line.
  - All distros are read by one command on the host, and changed by another one. A distro that fails does not stop the
    others; it is named in the end, and the task fails.
author:
  - The gopher.devbox authors (@gopher-devbox)
extends_documentation_fragment:
  - gopher.devbox.vocabulary
  - gopher.devbox.vocabulary.values
options:
  distros:
    description:
      - Names of distros, or patterns such as C(Ubuntu*), in any case. V(all) means all of the account.
      - A name that no distro has is an error, which names those there are.
    type: list
    elements: str
    default: [all]
  scope:
    description:
      - V(machine) holds the variables of everybody in a distro, and V(default_user) what new users of it begin with, in
        the home that theirs is copied from, C(/etc/skel). Both are changed as root.
      - V(system) is another word for V(machine).
      - V(user) holds those of one account of a distro, and wins over the machine's.
    type: str
    choices: [machine, system, user, default_user]
    required: true
  user:
    description:
      - With O(scope=user), the account in the distros; without it the one that a distro's programs run as.
      - Where that is root, though the distro has other accounts or has not been started for the first time, the user
        scope is refused until V(root) is named here.
      - C(~) and C($HOME) at the beginning of a directory in the options mean the home of this account.
    type: str
  shells:
    description:
      - As in M(gopher.devbox.go_rcfile). V(auto) means sh, and the shells that are used in a distro.
    type: list
    elements: str
    choices: [auto, sh, bash, zsh, fish, powershell, systemd]
    default: [auto]
  link_go:
    description:
      - With O(scope=machine), also keep links C(/usr/local/bin/go) and C(/usr/local/bin/gofmt) to the SDK of O(goroot),
        or of the first C(bin) in O(path). C(wsl.exe -d NAME -- go) finds C(go) there, though it reads no start file.
      - A file of somebody else's is never replaced.
    type: bool
    default: false
  config:
    description:
      - With O(scope=user), variables of the go env file of the account, as M(gopher.devbox.go_config) writes it; null
        removes one. C(GOPATH) is a list of directories.
      - Go reads that file itself, whatever started it, also by C(wsl.exe -d NAME -- go), which reads no start file of
        sh and bash.
      - With O(state=absent) and O(state=restored) the file is looked at only where this is given, which may be empty.
    type: dict
  append_windows_path:
    description:
      - Whether WSL puts the PATH of Windows behind that of each program of a distro, C(appendWindowsPath) in the
        section C([interop]) of C(/etc/wsl.conf). Comments, other keys and line ends stay.
      - A distro reads that file when it starts. O(restart) has it do so.
      - With O(state=absent) and O(state=restored) the file is looked at only where this is given. V(absent) takes the
        line out that this collection wrote.
    type: bool
  share:
    description:
      - Entries of WSLENV, the variable of Windows that lists which variables cross the border, such as C(GOPATH/p) or
        C(GOPROXY/u). The flags are C(p) for a path, C(l) for a list of paths, C(u) for Linux only, C(w) for Windows
        only.
      - Entries of others stay as they are and where they are. Those that an earlier run put there, and that are no
        longer named, go.
      - With O(state=absent) and O(state=restored) WSLENV is looked at only where this is given, which may be empty. An
        O(journal) then is the id of a change of WSLENV, and the distros are left alone.
    type: list
    elements: str
  share_scope:
    description:
      - Whose WSLENV it is, in the registry of the Windows host. That of a user replaces the machine's.
    type: str
    choices: [machine, user]
    default: user
  start:
    description:
      - Whether check mode may start a distro that does not run. Without it such a distro is not looked at, and what
        would be changed in it is not known.
      - Without check mode distros are started as needed. WSL stops an idle one by itself.
    type: bool
    default: false
  restart:
    description:
      - Terminate the distros that were changed, or that run with an older C(/etc/wsl.conf) where O(append_windows_path)
        is given, with all that runs in them. Nothing else ever ends a distro here.
      - A run inside a distro leaves that one alone and says so.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be changed, writes nothing, and starts no distro unless O(start=true).
  diff_mode:
    support: full
    description: As in M(gopher.devbox.go_rcfile), with the distro's name in the headers. Secrets are masked.
  idempotent:
    support: full
    description: A second run changes nothing. With O(state=restored) and no O(journal), each run undoes one change
      more.
  platform:
    support: full
    description: Windows 10 1903 and later with WSL, from the controller over winrm or ssh; a WSL distro, which reaches
      its Windows host by interop. Tested on Wine with a C(wsl.exe) of the tests, on no real Windows yet.
    platforms: windows
notes:
  - Distros belong to the account that installed them. Connect as that account; LocalSystem has none.
  - Over winrm or ssh, a session without a desktop, Windows starts WSL only where it is a current one
    (C(wsl.exe --update)).
seealso:
  - module: gopher.devbox.go_rcfile
  - module: gopher.devbox.go_registry
  - name: WSL
    description: What is done in distros, and what crosses the border between Windows and them.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/wsl.md
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: One SDK for everybody in all distros
  gopher.devbox.go_wsl:
    scope: machine
    goroot: /usr/local/go
    link_go: true

- name: The workspace and the proxy of the developer in the Ubuntu distros
  gopher.devbox.go_wsl:
    distros: [Ubuntu*]
    scope: user
    gopath: [~/go]
    variables:
      GOPROXY: https://goproxy.cn,direct

- name: What accounts begin with that are made later
  gopher.devbox.go_wsl:
    scope: default_user
    variables:
      GOFLAGS: -mod=mod

- name: No programs of Windows on the PATH of the distros
  gopher.devbox.go_wsl:
    scope: machine
    append_windows_path: false
    restart: true

- name: A bare wsl.exe -d NAME -- go knows the workspace, and the proxy of Windows
  gopher.devbox.go_wsl:
    scope: user
    config:
      GOPATH: [~/work]
    share: [GOPROXY/u]

- name: Undo the newest change of the user scope in one distro
  gopher.devbox.go_wsl:
    distros: [Debian]
    scope: user
    state: restored
"""

RETURN = r"""
distros:
  description: The distros in question, those that were asked for first. Beside what is listed here, each has what
    M(gopher.devbox.go_rcfile) returns.
  returned: always, unless no distro could be reached
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
    state:
      description: V(running) or V(stopped) when the run began, V(unknown), or V(missing) for a name that no distro has.
      type: str
    version:
      description: 1 or 2, the version of WSL that runs it.
      type: int
    looked_at:
      description: Whether it was read. Where it was not, nothing is known of what would change.
      type: bool
    user:
      description: The account whose scope was managed, empty for the other scopes.
      type: str
    changed:
      description: Whether something was changed in it, or would be.
      type: bool
    changes:
      description: What changed, in order, as in M(gopher.devbox.go_rcfile).
      type: list
      elements: dict
    journal:
      description: The id under which the change can be undone, null when no start file was written. The go env file
        and C(/etc/wsl.conf) have the same id where they were changed with them.
      type: str
    go_env_file:
      description: What became of the go env file, with O(config), as in M(gopher.devbox.go_config).
      type: dict
    wsl_conf:
      description: What became of C(/etc/wsl.conf), with O(append_windows_path).
      type: dict
      contains:
        changed:
          description: Whether it was changed, or would be.
          type: bool
        changes:
          description: The value before and after.
          type: list
          elements: dict
        journal:
          description: The id under which the change can be undone.
          type: str
    starts:
      description: What go sees by the way it is started, each measured from C(/) with C(GOTOOLCHAIN=local), without
        what WSLENV brings. They are those of the account with O(scope=user), and of the distro's default user with
        O(scope=machine).
      returned: with O(verify), after a change of start files or the go env file, unless O(scope=default_user)
      type: list
      elements: dict
      contains:
        start:
          description: V(login) is a login shell in an empty environment. The others are in the environment that
            wsl.exe gives. V(interactive) is a shell that is no login shell, V(bare) what C(wsl.exe -d NAME -- go)
            does, V(shell_type_login) what it does with C(--shell-type login).
          type: str
        shell:
          description: The account's shell.
          type: str
        answered:
          description: Whether the start gave an answer.
          type: bool
        go:
          description: The go that is found first, null for none.
          type: str
        GOROOT:
          description: What that go says it is, null where it was not asked. Root runs no go that others can replace.
          type: str
        GOPATH:
          description: What that go says it is.
          type: str
        GOBIN:
          description: What that go says it is.
          type: str
        path:
          description: Whether all PATH entries of this collection are on PATH, null where no start file was changed.
          type: bool
    restarted:
      description: Whether it was terminated, by O(restart).
      type: bool
    failed:
      description: Whether it failed.
      type: bool
    msg:
      description: Why it failed.
      type: str
  sample: [{"changed": true, "changes": [{"after": "off", "before": null, "name": "GOPROXY"}], "journal":
    "20261123T014500Z-5f0c9a1e", "looked_at": true, "name": "Debian", "state": "running", "user": "dev", "version": 2}]
share:
  description: What became of WSLENV.
  returned: with O(share)
  type: dict
  contains:
    changed:
      description: Whether it was changed, or would be.
      type: bool
    before:
      description: The entries before, null where there was none.
      type: list
      elements: str
    after:
      description: The entries after.
      type: list
      elements: str
    journal:
      description: The id under which the change can be undone.
      type: str
    crosses:
      description: For each entry in effect its name and flags, the value that a process of Windows has, and by distro
        that was looked at what a program gets there, with the reason where that is not it.
      type: list
      elements: dict
  sample: {"after": ["GOPATH/p"], "before": null, "changed": true, "crosses": [{"distros": {"Debian": {"reason": "",
    "value": "/mnt/c/Users/me/go"}}, "flags": "p", "name": "GOPATH", "windows": "C:\\Users\\me\\go"}], "journal":
    "20261123T014500Z-5f0c9a1e"}
refresh:
  description: Who must sign in again, or start again what, to see the change.
  returned: always, unless no distro could be reached
  type: list
  elements: str
  sample: ["Shells that are open keep the old values: open new ones, or start a new shell in them (exec $SHELL)."]
findings:
  description: What a person should know of all distros, each with an id that the documentation explains. The message
    and the subject begin with the distro's name.
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
      description: What it is about.
      type: str
  sample: [{"advice": "Start it, or give start: true.", "id": "distro_not_looked_at", "message": "Debian: It does not
    run, and check mode starts nothing: what would be changed in it is not known.", "severity": "info", "subject":
    "Debian"}]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.interop import InteropTransport, is_wsl
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.wsl import ARGUMENT_SPEC, run


def connect():
    """The Windows side of the WSL distro this runs in."""
    if not is_wsl():
        raise TransportError(
            "go_wsl manages the WSL distros of a Windows host, and this host is neither Windows nor a WSL distro.",
            "Connect to the Windows host over winrm or ssh; go_env_platform: windows overrules what the "
            "connection looks like.",
        )
    return InteropTransport()


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.carry_out(over(run), module.params, connect, module.check_mode, module._diff)


if __name__ == "__main__":
    main()
