"""go_config on a Windows host: what references in directories become, before anything is written."""

from __future__ import annotations

import pytest
from unit.support import state

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._run.config_windows import written_out

REGISTRY = state(Scope.USER, user={"WORK": r"D:\w"})


def test_references_are_written_out_wherever_they_stand() -> None:
    given = [r"%USERPROFILE%\go", r"C:\x\%USERNAME%", r"%SystemDrive%\100%", r"%WORK%", r"C:\a%20b%20c"]
    assert written_out("gopath", given, REGISTRY) == [
        r"C:\Users\alice\go",
        r"C:\x\alice",
        r"C:\100%",
        r"D:\w",
        r"C:\a%20b%20c",
    ]


@pytest.mark.parametrize("text", [r"%NOWHERE%\go", r"C:\x\%NOWHERE%", r"%USERPROFILE%\%NOWHERE%"])
def test_one_that_nothing_sets_is_refused(text: str) -> None:
    with pytest.raises(WantedError, match=r"gopath: .* refers to %NOWHERE%, which nothing sets for that user"):
        written_out("gopath", [text], REGISTRY)
