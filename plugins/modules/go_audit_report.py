#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_audit_report
short_description: Show what audits of Go environments found, and keep their documents
version_added: 0.1.0
description:
  - Prints what M(gopher.devbox.go_env_info) found on hosts as text that can be read as it is, with lines of at most 100
    columns. It shows each value with its layer, PATH, the SDKs, what was not read, findings with advice, and the
    scorecard.
  - Of more than 20 hosts it prints one summary of the fleet. That has each value with the number of hosts that have it,
    exceptions by name, findings by id, and the scorecard of the fleet.
  - It keeps the document of each host as a file on the controller.
  - All of it happens on the controller, and no host is connected to. The playbook C(gopher.devbox.audit) uses it.
author:
  - The gopher.devbox authors (@gopher-devbox)
options:
  results:
    description:
      - The registered results of M(gopher.devbox.go_env_info), by the names that the inventory has for the hosts.
        Results of hosts that failed or were not reached are listed with their reason.
      - Without it nothing is reported. Only the other options are checked, which a play can do before it reads a host.
    type: dict
  name:
    description:
      - Show this variable alone, with each layer that has it, the one that counts, and why. Hosts where all of that is
        the same are shown together.
      - C(PATH) shows every entry of it, and C(go) each go on it and which one runs.
    type: str
  directory:
    description:
      - A directory of the controller for the documents, one file for each host. C(~) is the home of the account that
        runs the play, and a relative path begins where the play was started.
      - It is made for that account alone (C(0700)) where it does not exist. The files are C(0600). Each is written
        whole or not at all, and replaces that of an earlier audit of the host. Files of other hosts stay.
      - The name of a file is that of the host and C(.json). Characters other than letters, digits, C(.), C(_) and C(-)
        are %-encoded.
      - Empty to keep no documents. Without this option it is C(gopher.devbox/audits) below C($XDG_STATE_HOME), which is
        by default C(~/.local/state).
    type: str
  end_as:
    description:
      - The result of one host in O(results). The task ends as that did. It fails where the reading failed, and the host
        is unreachable where it was unreachable. Nothing else is done.
      - It is for the end of a play that kept such hosts for the report, with C(ignore_errors) and
        C(ignore_unreachable).
    type: dict
attributes:
  check_mode:
    support: full
    description: The report is the same, and no document is kept.
  diff_mode:
    support: none
    description: There is nothing to show.
  idempotent:
    support: full
    description: It changes nothing on a host.
  platform:
    support: full
    description: It runs on the controller, for hosts of both families.
    platforms: posix
notes:
  - Secrets are masked in the documents already, and what still looks like one is masked in the report and in the files.
seealso:
  - module: gopher.devbox.go_env_info
  - name: Audits
    description: The playbook, the documents, and how to compare them.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/audit.md
"""

EXAMPLES = r"""
- name: Read the Go environment
  gopher.devbox.go_env_info:
  register: found

- name: Show it, and keep the documents in a directory beside the play
  gopher.devbox.go_audit_report:
    results: >-
      {{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'found'))) }}
    directory: "{{ playbook_dir }}/audits"
  run_once: true
  delegate_to: localhost

- name: Show where GOPROXY comes from
  gopher.devbox.go_audit_report:
    results: "{{ {inventory_hostname: found} }}"
    name: GOPROXY
    directory: ''
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: The files of the documents on the controller, none in check mode.
  returned: success
  type: list
  elements: str
  sample: [/home/alice/audits/win01.json]
"""
