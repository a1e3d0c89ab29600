# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: what a run noticed, with an id that docs/findings.md explains."""

from __future__ import annotations

import enum
import typing as t

from .secrets import mask


class Severity(enum.Enum):
    """info: worth knowing. warning: likely to surprise. error: the result does not work, or will not be written."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


#: every id, with its severity; docs/findings.md has a section for each
CATALOGUE: dict[str, Severity] = {
    "goroot_missing": Severity.ERROR,
    "goroot_without_go": Severity.ERROR,
    "goroot_mismatch": Severity.ERROR,
    "goroot_unknown": Severity.WARNING,
    "user_shadows_machine": Severity.WARNING,
    "stale_path_entry": Severity.INFO,
    "duplicate_path_entry": Severity.INFO,
    "empty_path_entry": Severity.WARNING,
    "relative_path_entry": Severity.WARNING,
    "unknown_directory": Severity.ERROR,
    "path_not_expanded": Severity.WARNING,
    "path_retyped": Severity.WARNING,
    "path_too_long": Severity.WARNING,
    "path_over_dialog_limit": Severity.INFO,
    "unreliable_reference": Severity.WARNING,
    "undefined_reference": Severity.WARNING,
    "gopath_is_goroot": Severity.WARNING,
    "restore_changed_since": Severity.WARNING,
    "restore_nothing": Severity.INFO,
    "restore_incomplete": Severity.WARNING,
    "absent_changed_since": Severity.WARNING,
    "go_writable_by_users": Severity.WARNING,
    "go_not_checked": Severity.INFO,
    "go_value_differs": Severity.WARNING,
    "concurrent_change": Severity.INFO,
    "conflicting_tasks": Severity.WARNING,
    "user_environment_unknown": Severity.INFO,
    "leftovers_removed": Severity.INFO,
    "unknown_account": Severity.ERROR,
    "hive_not_read": Severity.ERROR,
    "not_elevated": Severity.ERROR,
    "local_system": Severity.ERROR,
    "missing_program": Severity.ERROR,
    "missing_right": Severity.ERROR,
    "no_journal": Severity.ERROR,
    "scope_locked": Severity.ERROR,
    "hive_in_use": Severity.ERROR,
    "hive_damaged": Severity.ERROR,
    "hive_not_unloaded": Severity.ERROR,
    "hive_left_loaded": Severity.WARNING,
    "profile_without_hive": Severity.ERROR,
    "roaming_profile": Severity.WARNING,
    "user_by_folder": Severity.WARNING,
    "temporary_profile": Severity.ERROR,
    "mandatory_profile": Severity.ERROR,
    "value_of_other_type": Severity.ERROR,
    "value_too_long": Severity.ERROR,
    "value_refused": Severity.ERROR,
    "unknown_value": Severity.WARNING,
    "record_damaged": Severity.WARNING,
    "secret_readable": Severity.WARNING,
    "source_damaged": Severity.WARNING,
    "block_damaged": Severity.ERROR,
    "file_not_writable": Severity.ERROR,
    "not_root": Severity.ERROR,
    "go_link_occupied": Severity.ERROR,
    "missing_go_env_file": Severity.ERROR,
    "go_env_repaired": Severity.WARNING,
    "go_env_value_refused": Severity.WARNING,
    "environment_hides_file": Severity.WARNING,
    "unmanaged_value": Severity.WARNING,
    "missing_module": Severity.ERROR,
    "missing_project": Severity.ERROR,
    "project_file_damaged": Severity.ERROR,
    "sdk_broken": Severity.WARNING,
    "sdk_missing": Severity.WARNING,
    "sdk_other_architecture": Severity.WARNING,
    "sdk_destination_occupied": Severity.ERROR,
    "sdk_archive_refused": Severity.ERROR,
    "sdk_in_use": Severity.ERROR,
    "sdk_not_removed": Severity.WARNING,
    "toolchain_missing": Severity.WARNING,
    "module_refused": Severity.WARNING,
    "project_unknown": Severity.WARNING,
    "shell_not_checked": Severity.INFO,
    "zdotdir_unknown": Severity.WARNING,
    "record_lost": Severity.WARNING,
    "nothing_recorded": Severity.INFO,
    "shell_value_differs": Severity.WARNING,
    "start_file_conflict": Severity.WARNING,
    "start_file_not_understood": Severity.INFO,
    "vscode_conflict": Severity.WARNING,
    "vscode_value_replaced": Severity.WARNING,
    "goland_path_too_long": Severity.WARNING,
    "terminal_too_old": Severity.WARNING,
    "terminal_environment_replaced": Severity.WARNING,
    "terminal_source_disabled": Severity.WARNING,
    "path_writable_by_users": Severity.ERROR,
    "path_likely_writable": Severity.WARNING,
    "missing_path_entry": Severity.WARNING,
    "missing_before_go": Severity.INFO,
    "network_before_go": Severity.WARNING,
    "shim_before_go": Severity.WARNING,
    "path_near_limit": Severity.WARNING,
    "go_not_on_path": Severity.WARNING,
    "no_go": Severity.INFO,
    "several_sdks": Severity.INFO,
    "windows_go_in_wsl": Severity.WARNING,
    "directory_under_drive_root": Severity.WARNING,
    "cache_on_network": Severity.WARNING,
    "checksums_off": Severity.WARNING,
    "transport_unverified": Severity.WARNING,
    "downloads_unverified": Severity.ERROR,
    "proxy_without_tls": Severity.INFO,
    "credentials_without_tls": Severity.WARNING,
    "insecure_flag": Severity.WARNING,
    "gotoolchain_forbids": Severity.ERROR,
    "gotoolchain_pinned": Severity.INFO,
    "toolchain_switch": Severity.INFO,
    "waiver_expired": Severity.WARNING,
    "waiver_expires_soon": Severity.WARNING,
    "waiver_orphaned": Severity.WARNING,
}

#: what a finding of an audit counts for; of those that only concern a run, and of what was not read, for nothing
PERFORMANCE, SECURITY, MAINTAINABILITY, NONE = "performance", "security", "maintainability", "none"

#: every id, with its dimension in a scorecard; docs/findings.md says it in each section
DIMENSIONS: dict[str, str] = {
    "goroot_missing": MAINTAINABILITY,
    "goroot_without_go": MAINTAINABILITY,
    "goroot_mismatch": MAINTAINABILITY,
    "goroot_unknown": MAINTAINABILITY,
    "user_shadows_machine": MAINTAINABILITY,
    "stale_path_entry": MAINTAINABILITY,
    "duplicate_path_entry": MAINTAINABILITY,
    "empty_path_entry": SECURITY,
    "relative_path_entry": SECURITY,
    "unknown_directory": NONE,
    "path_not_expanded": MAINTAINABILITY,
    "path_retyped": NONE,
    "path_too_long": MAINTAINABILITY,
    "path_over_dialog_limit": MAINTAINABILITY,
    "unreliable_reference": MAINTAINABILITY,
    "undefined_reference": MAINTAINABILITY,
    "gopath_is_goroot": MAINTAINABILITY,
    "restore_changed_since": NONE,
    "restore_nothing": NONE,
    "restore_incomplete": NONE,
    "absent_changed_since": NONE,
    "go_writable_by_users": SECURITY,
    "go_not_checked": NONE,
    "go_value_differs": NONE,
    "concurrent_change": NONE,
    "conflicting_tasks": MAINTAINABILITY,
    "user_environment_unknown": NONE,
    "leftovers_removed": NONE,
    "unknown_account": NONE,
    "hive_not_read": NONE,
    "not_elevated": NONE,
    "local_system": NONE,
    "missing_program": NONE,
    "missing_right": NONE,
    "no_journal": NONE,
    "scope_locked": NONE,
    "hive_in_use": NONE,
    "hive_damaged": NONE,
    "hive_not_unloaded": NONE,
    "hive_left_loaded": NONE,
    "profile_without_hive": NONE,
    "roaming_profile": NONE,
    "user_by_folder": NONE,
    "temporary_profile": NONE,
    "mandatory_profile": NONE,
    "value_of_other_type": NONE,
    "value_too_long": NONE,
    "value_refused": MAINTAINABILITY,
    "unknown_value": MAINTAINABILITY,
    "record_damaged": MAINTAINABILITY,
    "secret_readable": SECURITY,
    "source_damaged": MAINTAINABILITY,
    "block_damaged": MAINTAINABILITY,
    "file_not_writable": NONE,
    "not_root": NONE,
    "go_link_occupied": NONE,
    "missing_go_env_file": NONE,
    "go_env_repaired": MAINTAINABILITY,
    "go_env_value_refused": MAINTAINABILITY,
    "environment_hides_file": MAINTAINABILITY,
    "unmanaged_value": NONE,
    "missing_module": NONE,
    "missing_project": NONE,
    "project_file_damaged": MAINTAINABILITY,
    "sdk_broken": MAINTAINABILITY,
    "sdk_missing": MAINTAINABILITY,
    "sdk_other_architecture": PERFORMANCE,
    "sdk_destination_occupied": NONE,
    "sdk_archive_refused": NONE,
    "sdk_in_use": NONE,
    "sdk_not_removed": NONE,
    "toolchain_missing": MAINTAINABILITY,
    "module_refused": MAINTAINABILITY,
    "project_unknown": NONE,
    "shell_not_checked": NONE,
    "zdotdir_unknown": MAINTAINABILITY,
    "record_lost": MAINTAINABILITY,
    "nothing_recorded": NONE,
    "shell_value_differs": NONE,
    "start_file_conflict": MAINTAINABILITY,
    "start_file_not_understood": NONE,
    "vscode_conflict": MAINTAINABILITY,
    "vscode_value_replaced": MAINTAINABILITY,
    "goland_path_too_long": MAINTAINABILITY,
    "terminal_too_old": MAINTAINABILITY,
    "terminal_environment_replaced": MAINTAINABILITY,
    "terminal_source_disabled": MAINTAINABILITY,
    "path_writable_by_users": SECURITY,
    "path_likely_writable": SECURITY,
    "missing_path_entry": SECURITY,
    "missing_before_go": PERFORMANCE,
    "network_before_go": PERFORMANCE,
    "shim_before_go": PERFORMANCE,
    "path_near_limit": MAINTAINABILITY,
    "go_not_on_path": MAINTAINABILITY,
    "no_go": NONE,
    "several_sdks": MAINTAINABILITY,
    "windows_go_in_wsl": MAINTAINABILITY,
    "directory_under_drive_root": SECURITY,
    "cache_on_network": PERFORMANCE,
    "checksums_off": SECURITY,
    "transport_unverified": SECURITY,
    "downloads_unverified": SECURITY,
    "proxy_without_tls": SECURITY,
    "credentials_without_tls": SECURITY,
    "insecure_flag": SECURITY,
    "gotoolchain_forbids": MAINTAINABILITY,
    "gotoolchain_pinned": MAINTAINABILITY,
    "toolchain_switch": PERFORMANCE,
    "waiver_expired": NONE,
    "waiver_expires_soon": NONE,
    "waiver_orphaned": NONE,
}


class Finding(t.NamedTuple):
    """One thing noticed. `subject` is the variable or entry it is about."""

    id: str
    message: str
    advice: str = ""
    subject: str = ""
    severity: Severity = Severity.INFO

    @classmethod
    def of(cls, id: str, message: str, advice: str = "", subject: str = "") -> Finding:
        """A finding with the severity of the catalogue. Raises KeyError for an id that is not in it."""
        return cls(id, message, advice, subject, CATALOGUE[id])

    def to_result(self, hide: t.Callable[[str], str] = mask) -> dict[str, t.Any]:
        """As it stands in a module's RV(findings): texts masked."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "message": hide(self.message),
            "advice": hide(self.advice),
            "subject": hide(self.subject),
        }


def changed_since(name: str) -> Finding:
    """A value that stays, because it is no longer what was written."""
    return Finding.of(
        "absent_changed_since",
        f"{name} is no longer what this collection wrote, so it stays.",
        "Name it in the task, or give force: true, to remove it all the same.",
        name,
    )
