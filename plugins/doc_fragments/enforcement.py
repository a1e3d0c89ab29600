# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What the modules share that enforce a policy night by night
    DOCUMENTATION = r"""
options:
  enforce:
    description:
      - Enforce the options as a policy, with O(state=present). What is not in sync is judged item by item by what this
        collection wrote last, what is there now, and what is wanted. RV(drift) says what was done about each item.
      - What is left alone stays as it is, and all other items are converged as ever. E(GOROOT) and the PATH entry of
        the C(go) that runs are left alone together.
      - A scope that cannot be read, such as the registry hive of a user who is not signed in, is reported, and no
        failure.
    type: dict
    suboptions:
      run:
        description:
          - The id of the run, C(YYYYMMDDThhmmssZ-SUFFIX) with the time in UTC. It is noted in the journal.
          - Its time is the clock by which holds expire and put-backs are counted.
        type: str
        required: true
      unmanaged:
        description:
          - What becomes of items that this collection did not write and that are not as wanted. V(report) leaves them
            alone, V(apply) replaces them.
        type: str
        choices: [report, apply]
        default: report
      settle:
        description:
          - By item, who wins for good. V(policy) puts the item back every time, V(host) leaves it alone.
          - An item is called as in RV(drift[].item); C(PATH) is every PATH entry.
          - An item that was put back three times within five runs is contested, and is left alone until it is named
            here.
        type: dict
        default: {}
      waived:
        description:
          - Items that are reported and left alone.
        type: list
        elements: str
        default: []
      every:
        description:
          - Hours between two runs. A put-back that is older than five times this does not count.
        type: int
        default: 24
      audit:
        description:
          - Change nothing, and report what enforcing would do, as in check mode.
        type: bool
        default: false
  hold:
    description:
      - With O(state=restored), keep what is undone from being put back by O(enforce).
    type: dict
    suboptions:
      until:
        description:
          - The last day of the hold, C(YYYY-MM-DD) in UTC, at most 30 days from today.
        type: str
        required: true
      reason:
        description:
          - Why it is held. It is shown in RV(drift).
        type: str
        required: true
  run:
    description:
      - With O(state=restored), undo what the run with this id of O(enforce) changed, instead of naming its O(journal).
      - A run that changed nothing here undoes nothing. A run that is older than the ten changes that a journal keeps is
        an error.
    type: str
"""
