#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_enforce_run
short_description: The parts of a run of the playbook enforce
version_added: 0.1.0
description:
  - Opens a run of the playbooks C(gopher.devbox.enforce) and C(gopher.devbox.rollback), decides before each batch
    whether it may begin, keeps what a host returned, and makes the report. The playbooks call it; a play of your own
    seldom needs to.
  - It works on the controller only. It never contacts a host.
  - The settings of a run are the variables C(go_enforce_*) of its hosts, which the role C(gopher.devbox.go_enforce)
    describes. The module reads them itself, so that all that is wrong with them comes in one message.
author:
  - The gopher.devbox authors (@gopher-devbox)
options:
  state:
    description:
      - V(opened) checks the settings, locks the directory of runs until ansible-playbook ends, closes interrupted runs,
        and writes the plan.
      - V(begun) says whether the next batch may begin.
      - V(recorded) keeps what the tasks of the host of this task returned.
      - V(closed) makes the report of the run.
      - V(judged) fails when the exit code of the report is 2, and makes the host of this task unreachable when it is 4.
        So ansible-playbook ends with that code.
      - V(reported) makes the reports of interrupted runs, and returns that of O(run).
    type: str
    required: true
    choices: [opened, begun, recorded, closed, judged, reported]
  pattern:
    description: With V(opened), the hosts of the run. C(--limit) is applied to it.
    type: str
    default: all
  rollback:
    description: With V(opened), whether it is a run that undoes another one.
    type: bool
    default: false
  directory:
    description:
      - The directory of all runs. With V(opened) it is C(go_enforce_dir).
      - Required for V(begun), V(recorded) and V(closed). Otherwise the default is that of C(go_enforce_dir).
    type: str
  run:
    description: The id of the run, required for all but V(opened). With V(reported) the newest without it.
    type: str
  canary:
    description: With V(begun), whether the batch is one of canaries.
    type: bool
    default: false
  failed:
    description: With V(recorded), whether a task of the host failed.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Nothing is changed on a host. The files of the run are written on the controller in check mode too.
  diff_mode:
    support: none
    description: There is nothing to show.
  idempotent:
    support: N/A
    description: Every run has files of its own.
  platform:
    support: full
    description: The controller, Linux or macOS.
    platforms: posix
seealso:
  - name: Nightly enforcement
    description: From nothing to a nightly run.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/nightly.md
  - name: Roll-out
    description: Batches, canaries, freezes, rollback and exit codes.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/rollout.md
"""

EXAMPLES = r"""
- name: Make the reports of interrupted runs, and get the newest
  gopher.devbox.go_enforce_run:
    state: reported
    directory: /var/lib/gopher-devbox/enforce
  delegate_to: localhost
  run_once: true
  register: enforce_report

- name: Show it
  ansible.builtin.debug:
    var: enforce_report.lines
  run_once: true
"""

RETURN = r"""
plan:
  description: What the playbook needs for its next plays.
  returned: with O(state=opened)
  type: dict
  contains:
    run:
      description: The id of the run.
      type: str
    directory:
      description: The directory of all runs.
      type: str
    hosts:
      description: The hosts that are tried, in order.
      type: list
      elements: str
    canary:
      description: The hosts that come first.
      type: list
      elements: str
    serial:
      description: The batches.
      type: raw
    enforce:
      description: By host, the option C(enforce) of the modules, as JSON.
      type: dict
begins:
  description: Whether the batch may begin.
  returned: with O(state=begun)
  type: bool
reason:
  description: Why it may not.
  returned: with O(state=begun)
  type: str
result:
  description: What became of the host. V(ok), V(failed) or V(unreachable).
  returned: with O(state=recorded)
  type: str
problem:
  description: Why the result could not be kept, empty where it was.
  returned: with O(state=recorded)
  type: str
run:
  description: The id of the run.
  returned: with O(state=recorded), O(state=closed) and O(state=reported)
  type: str
  sample: 20261130T021500Z-1a2b
directory:
  description: The directory of the run.
  returned: with O(state=closed) and O(state=reported)
  type: str
text:
  description: The digest, as it is in digest.txt.
  returned: with O(state=closed) and O(state=reported)
  type: str
lines:
  description: The lines of RV(text).
  returned: with O(state=closed) and O(state=reported)
  type: list
  elements: str
exit_code:
  description: The exit code of the report. V(0), V(2) or V(4).
  returned: with O(state=closed) and O(state=reported)
  type: int
counts:
  description: The number of hosts by state.
  returned: with O(state=closed) and O(state=reported)
  type: dict
"""
