"""What go_sdk makes of options and answers of Windows hosts; the rest is tested on one
(tests/integration/test_sdk_windows.py).
"""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.sdk_install_windows import (
    WindowsSdk,
    problem_of_dest,
)
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_windows import _hives


@pytest.mark.parametrize("dest", [r"C:\Go", r"C:\Program Files (x86)\Go", r"D:\工具\go!1.27.3"])
def test_a_plain_path_is_taken(dest: str) -> None:
    assert problem_of_dest(dest) is None


@pytest.mark.parametrize(
    "dest",
    [
        "",
        "go",
        "C:",
        "C:\\",
        r"C:\Sdk\\go",
        "C:\\Sdk\\",
        "C:/Sdk/go",
        r"\\server\share\go",
        r"%USERPROFILE%\go",
        r"C:\a&b",
        r"C:\..\go",
        r"C:\go.",
        r"C:\Sdk*",
    ],
)
def test_any_other_is_refused(dest: str) -> None:
    assert problem_of_dest(dest)


def test_a_place_whose_files_windows_could_not_reach_is_refused() -> None:
    assert "is too long" in str(problem_of_dest("C:\\" + "a" * 120 + "\\go"))


def test_the_values_of_every_hive() -> None:
    text = (
        "\r\nHKEY_USERS\\S-1-5-21-1-2-3-1001\\Environment\r\n    Path    REG_EXPAND_SZ    "
        "C:\\Go\\bin;%USERPROFILE%\\go\\bin\r\n"
        "    GOPATH    REG_SZ    D:\\x\r\n\r\n"
        "\r\nHKEY_USERS\\S-1-5-21-1-2-3-1002\\Environment\r\n    goroot    REG_SZ    D:\\Go 1\r\n\r\n"
    ).replace("\r\n", "\n")
    found = {sid: {name: value.data for name, value in values.items()} for sid, values in _hives(text)}
    assert found == {
        "S-1-5-21-1-2-3-1001": {"PATH": r"C:\Go\bin;%USERPROFILE%\go\bin"},
        "S-1-5-21-1-2-3-1002": {"GOROOT": r"D:\Go 1"},
    }


def test_the_longest_question_fits_on_a_command_line() -> None:
    asked: list[str] = []

    class Transport:
        name, fresh_environment, holds_output = "test", True, False

        def run(self, script: object, stdin: bytes | None = None) -> Completed:
            asked.append(script.command_line())
            raise InterruptedError

    deep = "C:" + "\\d" * 43 + "\\go1.27.3"
    assert problem_of_dest(deep) is None
    assert "is too long" in str(problem_of_dest(f"C:\\d\\d{deep[2:]}"))
    with pytest.raises(InterruptedError):
        WindowsSdk(Transport(), deep, machine=True).look(users=True)
    assert len(asked[0]) < LINE_LIMIT
