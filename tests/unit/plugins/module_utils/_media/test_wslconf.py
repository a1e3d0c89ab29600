"""wsl.conf as a medium: journal, absent, restored; what others write stays."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from unit.support import FakeHost, WatchedFiles

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked, WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.wslconf import APPEND, WSL_CONF, WslConfStore

BASE = Wanted(WSL_CONF, Scope.MACHINE, verify=False)
OFF = BASE._replace(variables={APPEND: "false"})
THEIRS = b"# mine\r\n[interop]\r\nenabled=true # yes\r\n[user]\r\ndefault=\xff\r\n"


class Distro:
    """A distro whose files are below a directory, as an account."""

    def __init__(self, root: Path, account: Account) -> None:
        (root / "etc").mkdir()
        self.files, self.account, self.conf = WatchedFiles(root), account, root / "etc/wsl.conf"

    def run(self, wanted: Wanted, check_mode: bool = False) -> Outcome:
        return converge(WslConfStore(FakeHost(self.files, self.account)), wanted, check_mode)


@pytest.fixture
def distro(tmp_path: Path) -> Distro:
    return Distro(tmp_path, Account("0", "root", True, "/root"))


def test_the_ladder(distro: Distro) -> None:
    distro.conf.write_bytes(THEIRS)
    assert distro.run(OFF, check_mode=True).changed
    assert distro.conf.read_bytes() == THEIRS
    assert distro.run(OFF).changed
    after = THEIRS.replace(b"# yes\r\n", b"# yes\r\nappendWindowsPath=false\r\n")
    assert distro.conf.read_bytes() == after
    assert not distro.run(OFF).changed
    assert distro.run(BASE._replace(variables={APPEND: "true"})).changed
    assert distro.run(BASE._replace(goal=Goal.RESTORED)).changed
    assert distro.conf.read_bytes() == after
    assert distro.run(BASE._replace(goal=Goal.ABSENT)).changed
    assert distro.conf.read_bytes() == THEIRS
    assert not distro.run(BASE._replace(goal=Goal.ABSENT)).changed


def test_a_file_of_ours_goes_with_its_line(distro: Distro) -> None:
    distro.run(OFF)
    assert distro.conf.read_bytes() == b"[interop]\nappendWindowsPath=false\n"
    distro.run(BASE._replace(goal=Goal.RESTORED))
    assert not distro.conf.exists()
    distro.run(OFF)
    distro.run(BASE._replace(goal=Goal.ABSENT))
    assert not distro.conf.exists()


def test_a_word_that_means_the_same_is_as_wanted(distro: Distro) -> None:
    distro.conf.write_bytes(b"[interop]\nAPPENDWINDOWSPATH = 0\n")
    assert not distro.run(OFF).changed


def test_restored_keeps_what_was_written_later(distro: Distro) -> None:
    distro.conf.write_bytes(THEIRS)
    distro.run(OFF)
    distro.conf.write_bytes(distro.conf.read_bytes() + b"# later\r\n")
    assert distro.run(BASE._replace(goal=Goal.RESTORED)).changed
    assert distro.conf.read_bytes() == THEIRS + b"# later\r\n"


def test_what_somebody_changed_since_stays(distro: Distro) -> None:
    distro.run(OFF)
    distro.conf.write_bytes(b"[interop]\nappendWindowsPath=true\n")
    found = distro.run(BASE._replace(goal=Goal.RESTORED))
    assert [finding.id for finding in found.findings] == ["restore_changed_since"]
    assert distro.conf.read_bytes() == b"[interop]\nappendWindowsPath=true\n"


def test_what_somebody_writes_meanwhile_stays(distro: Distro) -> None:
    distro.conf.write_bytes(THEIRS)
    later = iter([THEIRS + b"# meanwhile\r\n"])

    def write(paths: t.Sequence[str]) -> None:
        for data in later if any(path.endswith("wsl.conf") for path in paths) else ():
            distro.conf.write_bytes(data)

    distro.files.before_write = write
    distro.run(OFF)
    assert b"# meanwhile\r\n" in distro.conf.read_bytes()
    assert b"appendWindowsPath=false\r\n" in distro.conf.read_bytes()


def test_only_root_changes_it(tmp_path: Path) -> None:
    distro = Distro(tmp_path, Account("1000", "dev", False, "/home/dev"))
    with pytest.raises(Blocked):
        distro.run(OFF)
    assert not distro.conf.exists()


def test_nothing_else_is_managed() -> None:
    with pytest.raises(WantedError, match=r"user\.default"):
        BASE._replace(variables={"user.default": "x"}).check()
