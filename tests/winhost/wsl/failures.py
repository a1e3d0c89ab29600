# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wsl.exe's own failures: their unlocalised codes and a text for each. Pure."""

from __future__ import annotations

CREATE = "Wsl/Service/CreateInstance/"
OWN = -1
"""wsl.exe's exit code when it failed itself."""

USER_NOT_FOUND, TTY_LIMIT = 67, 87
"""Exit codes of the Linux side that wsl.exe takes for failures of its own, whichever program they come from."""

NO_DISTRO = (
    "Windows Subsystem for Linux has no installed distributions.\n"
    "You can resolve this by installing a distribution with the instructions below:\n\n"
    "Use 'wsl.exe --list --online' to list available distributions\n"
    "and 'wsl.exe --install <Distro>' to install."
)

TEXTS = {
    "E_ACCESSDENIED": "Access is denied. ",
    "E_INVALIDARG": "The parameter is incorrect. ",
    "ERROR_FILE_NOT_FOUND": "The system cannot find the file specified. ",
    "ERROR_TIMEOUT": "This operation returned because the timeout period expired. ",
    "HCS_E_CONNECTION_TIMEOUT": "The operation timed out because a response was not received from the virtual machine "
    "or container.",
    "HCS_E_HYPERV_NOT_INSTALLED": "WSL2 is unable to start since virtualization is not enabled on this machine.\n"
    'Please ensure the "Virtual Machine Platform" optional component is enabled.\n'
    "For information please visit https://aka.ms/enablevirtualization",
    "WSL_E_DISTRO_NOT_FOUND": "There is no distribution with the supplied name.",
    "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED": "Running WSL as local system is not supported.",
    "WSL_E_USER_NOT_FOUND": "User not found.",
    "WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED": "Please install the optional component Virtual Machine Platform by "
    "running: wsl.exe --install --no-distribution",
    "WSL_E_VM_CRASHED": "The WSL2 virtual machine crashed.",
    "WSL_E_WSL1_NOT_SUPPORTED": "WSL1 is not supported with your current machine configuration.\n"
    'Please enable the "Windows Subsystem for Linux" optional component to use WSL1.',
    "WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": "This application requires the Windows Subsystem for Linux Optional "
    "Component.\nInstall it by running: wsl.exe --install --no-distribution\n"
    "The system may need to be restarted so the changes can take effect.",
}


class Failure(Exception):
    """wsl.exe prints this and exits."""

    def __init__(self, text: str, exit_code: int = OWN) -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code


def failed(code: str) -> Failure:
    """The failure with an unlocalised code, as in Wsl/Service/WSL_E_DISTRO_NOT_FOUND."""
    name = code.rpartition("/")[2]
    if name == "WSL_E_DEFAULT_DISTRO_NOT_FOUND":
        return Failure(NO_DISTRO)  # the one that shows no code
    return Failure(f"{TEXTS.get(name, 'Catastrophic failure ')}\nError code: {code}")


def full(code: str) -> str:
    """A code may be given from where a distro's start begins: CreateVm/HCS/E_ACCESSDENIED."""
    return code if code.startswith("Wsl/") else CREATE + code


def at_start(code: str) -> bool:
    """Whether it happens when a distro is started; else every call of the service fails."""
    return code.startswith(CREATE)
