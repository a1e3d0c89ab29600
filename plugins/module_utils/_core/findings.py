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
    "goroot_is_not_the_go_that_runs": Severity.ERROR,
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
    "absent_changed_since": Severity.WARNING,
    "go_writable_by_users": Severity.WARNING,
    "go_not_asked": Severity.INFO,
    "go_answers_otherwise": Severity.WARNING,
    "written_by_someone_else": Severity.INFO,
    "two_tasks_disagree": Severity.WARNING,
    "user_environment_unread": Severity.INFO,
    "leftovers_swept": Severity.INFO,
    "no_account": Severity.ERROR,
    "not_elevated": Severity.ERROR,
    "local_system": Severity.ERROR,
    "no_tar": Severity.ERROR,
    "no_right": Severity.ERROR,
    "no_journal": Severity.ERROR,
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
    "link_in_the_way": Severity.ERROR,
    "no_go_env_file": Severity.ERROR,
    "go_env_repaired": Severity.WARNING,
    "go_env_poisoned": Severity.WARNING,
    "environment_hides_file": Severity.WARNING,
    "somebody_elses": Severity.WARNING,
    "no_module": Severity.ERROR,
    "no_project": Severity.ERROR,
    "project_file_damaged": Severity.ERROR,
    "sdk_broken": Severity.WARNING,
    "sdk_not_there": Severity.WARNING,
    "sdk_other_architecture": Severity.WARNING,
    "sdk_in_the_way": Severity.ERROR,
    "sdk_archive_refused": Severity.ERROR,
    "sdk_in_use": Severity.ERROR,
    "sdk_left": Severity.WARNING,
    "toolchain_missing": Severity.WARNING,
    "module_refused": Severity.WARNING,
    "project_unread": Severity.WARNING,
    "shell_not_asked": Severity.INFO,
    "zdotdir_unknown": Severity.WARNING,
    "record_lost": Severity.WARNING,
    "nothing_recorded": Severity.INFO,
    "shell_answers_otherwise": Severity.WARNING,
    "start_file_disagrees": Severity.WARNING,
    "vscode_conflict": Severity.WARNING,
    "vscode_replaces": Severity.WARNING,
    "goland_path_too_long": Severity.WARNING,
    "terminal_too_old": Severity.WARNING,
    "terminal_environment_replaced": Severity.WARNING,
    "terminal_source_disabled": Severity.WARNING,
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
