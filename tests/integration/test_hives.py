"""Hive files as hivex writes them, judged by a reader that shares nothing with the code (dissect.regf)."""

from __future__ import annotations

import contextlib
import json
import lzma
import os
import shutil
import struct
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import hivemaker
import pytest
from hivedump import Dump, dump
from hivemaker import Node, make, sample, text
from left_out import FUSE

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._formats import hivefile
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.hives import load_hivex

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
#: hives of real Windows, where somebody has them; without them, only what is made here is tested
REAL = Path(os.environ.get("DEVBOX_HIVES") or "/nonexistent")
NTUSER, SYSTEM = "NTUSER-WSL.DAT", "SYSTEM"
CLEAN = [name for name in (NTUSER, SYSTEM) if (REAL / f"{name}.xz").exists()]
VARIANTS: dict[str, dict[str, t.Any]] = {
    "usual": {},
    "1.3": {"minor": 3, "leaf": b"lf"},
    "1.4": {"minor": 4, "leaf": b"lf", "fan": 4},
    "1.6": {"minor": 6, "fan": 5},
    "wide names": {"wide": True},
}
ENVIRONMENT = "Environment"
SET = [
    ("GOROOT", "REG_SZ", r"C:\Program Files\Go"),
    ("path", "REG_EXPAND_SZ", r"%GOROOT%\bin;C:\中文"),
    ("TEMP", None, ""),
    ("名前", "REG_SZ", "別"),
]
SECTIONS = [(ENVIRONMENT, SET), (r"Many\key_05a\deep", [("a", "REG_BINARY", "00ff"), ("b", "REG_DWORD", "0x5")])]
REMOVED = [r"other\REMOVED"]
WHO = 65534


class Driver:
    """The code under test, in a process of the system's Python that may die."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / '.cache' / 'collections'}:{ROOT / 'tests'}"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(ROOT / "tests" / "hivedriver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __call__(self, op: str, **request: t.Any) -> dict[str, t.Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, **request}, default=str) + "\n")
        self.process.stdin.flush()
        last = ""
        for line in self.process.stdout:
            answer: dict[str, t.Any] = json.loads(line)
            if "seed" not in answer:
                assert "traceback" not in answer, answer["traceback"]
                return answer
            last = line
        raise AssertionError(f"the process died ({self.process.wait()}) {last}")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    found = (
        subprocess.run([SYSTEM_PYTHON, "-c", "import hivex"], capture_output=True)
        if os.path.exists(SYSTEM_PYTHON)
        else None
    )
    if found is None or found.returncode:
        pytest.skip("the system's Python has no hivex (Debian: python3-hivex)")
    made = Driver()
    yield made
    made.close()


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    """A small hive of our own, with logs beside it."""
    path = tmp_path / "SYSTEM"
    path.write_bytes(make(sample()))
    for log in ("SYSTEM.LOG1", "SYSTEM.LOG2"):
        (tmp_path / log).write_bytes(b"a log")
    return path


def real(name: str) -> bytes:
    with lzma.open(REAL / f"{name}.xz") as file:
        return file.read()


def untouched(path: Path) -> tuple[bytes, os.stat_result, list[str]]:
    """What must be the same after a refusal. The time of reading may differ."""
    found = path.stat()
    return path.read_bytes(), os.stat_result([*found[:7], 0, *found[8:10]]), sorted(os.listdir(path.parent))


def refused(driver: Driver, path: Path, wanted: str, **request: t.Any) -> str:
    """A change that is refused for this reason, with the file as it was."""
    before = untouched(path)
    answer = driver(request.pop("op", "write"), path=path, **{"sections": SECTIONS, **request})
    assert answer.get("findings") == [wanted], answer
    assert untouched(path) == before
    assert len(answer["error"].split(". ")) > 2, "what was found, and what to do"
    return str(answer["error"])


def upper(name: str) -> str:
    return "".join(char.upper() if len(char.upper()) == 1 else char for char in name)


def without(found: Dump, *keys: str) -> Dump:
    """A dump without some keys, with what is below them, and without the order of those that hold them."""
    names = [upper(key) for key in keys]
    return {
        key: {
            **content,
            "order": [child for child in content["order"] if upper(f"{key}\\{child}".strip("\\")) not in names],
        }
        for key, content in found.items()
        if not any(upper(key) == name or upper(key).startswith(name + "\\") for name in names)
    }


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*VARIANTS, *CLEAN[:1]])
def test_what_is_read_is_what_another_reader_reads(driver: Driver, tmp_path: Path, name: str) -> None:
    path = tmp_path / "hive"
    path.write_bytes(real(name) if name in CLEAN else make(sample(), **VARIANTS[name]))
    found = dump(path)
    found = dict(list(found.items())[:: len(found) // 200 + 1])
    answer = driver("open", path=path, keys=list(found))
    assert answer["problem"] is None
    for key, content in found.items():
        values = [
            ("" if each == "(Default)" else each, *hivefile.decode(kind, data))
            for each, kind, data in content["values"]
        ]
        assert [tuple(value) for value in answer["values"][key]] == values, key
        assert answer["subkeys"][key] == content["order"], key


def test_names_are_found_in_any_case(driver: Driver, hive: Path) -> None:
    answer = driver("open", path=hive, keys=["SELECT", r"ÄRGER\中文", "Missing", r"Other\\Big"])
    assert answer["values"]["SELECT"] == [["Current", "REG_DWORD", "0x1"]]
    assert answer["values"][r"ÄRGER\中文"] == []
    assert answer["values"]["Missing"] is None
    assert len(answer["values"][r"Other\\Big"]) == 2


def test_without_hivex_the_packages_are_named() -> None:
    with pytest.raises(DevboxError, match=r"python3-hivex.*Fedora.*Arch.*macOS"):
        load_hivex()


# --- what a change leaves alone --------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_everything_else_is_identical(driver: Driver, tmp_path: Path, variant: str) -> None:
    path = tmp_path / "hive"
    path.write_bytes(make(sample(), **VARIANTS[variant]))
    before = dump(path)
    assert "findings" not in driver("write", path=path, sections=SECTIONS, removed=REMOVED)
    after = dump(path)
    made = r"Many\key_05a"
    assert without(after, ENVIRONMENT, made) == without(before, ENVIRONMENT, "Other\\Removed")
    kept = [value for value in before[ENVIRONMENT]["values"] if value[0] not in ("Path", "TEMP", "名前")]
    assert [value for value in after[ENVIRONMENT]["values"] if value[0] not in ("Path", "GOROOT", "名前")] == kept
    assert {value[0]: value[1:] for value in after[ENVIRONMENT]["values"]}.items() >= {
        "Path": (2, text(r"%GOROOT%\bin;C:\中文")),
        "GOROOT": (1, text(r"C:\Program Files\Go")),
        "名前": (1, text("別")),
    }.items()
    assert after[made + r"\deep"]["values"] == [("a", 3, b"\0\xff"), ("b", 4, b"\5\0\0\0")]
    for key in (made, made + r"\deep"):
        assert after[key]["security"] == before["Many"]["security"], "a new key has its parent's descriptor"
        assert after[key]["time"] == before["Many"]["time"]
    assert after["Many"]["order"] == sorted(after["Many"]["order"], key=upper)
    head, old = path.read_bytes()[:4096], make(sample(), **VARIANTS[variant])[:4096]
    assert struct.unpack_from("<II", head, 4) == (8, 8)
    assert (head[12:40], head[48:508], head[512:]) == (old[12:40], old[48:508], old[512:]), "its name and its times too"


@pytest.mark.parametrize("name", CLEAN[:1])
def test_everything_else_of_a_real_hive_is_identical(driver: Driver, tmp_path: Path, name: str) -> None:
    _check_real(driver, tmp_path / name, real(name), ENVIRONMENT, r"SOFTWARE\gopher")


@pytest.mark.thorough
@pytest.mark.parametrize("name", CLEAN[1:])
def test_everything_else_of_a_real_system_is_identical(driver: Driver, tmp_path: Path, name: str) -> None:
    _check_real(driver, tmp_path / name, real(name), r"ControlSet001\Control\Session Manager\Environment", r"gopher")


def _check_real(driver: Driver, path: Path, data: bytes, environment: str, new: str) -> None:
    path.write_bytes(data)
    before = dump(path)
    sections = [(environment, SET), (rf"{new}\devbox\user", [("record", "REG_SZ", "{}")])]
    assert "findings" not in driver("write", path=path, sections=sections)
    after = dump(path)
    assert without(after, environment, new) == without(before, environment)
    assert after[rf"{new}\devbox\user"]["values"] == [("record", 1, text("{}"))]
    assert "findings" not in driver("write", path=path, sections=[], removed=[new])
    assert without(dump(path), environment) == without(before, environment)


def test_keys_are_added_in_the_order_of_windows(driver: Driver, tmp_path: Path) -> None:
    """It compares upper-case letters: `_` comes behind them."""
    root = Node()
    for name in ("abc", "A_C", "Microsoft", "_foo", "ünder", "x" * 40):
        root.at(name)
    path = tmp_path / "hive"
    path.write_bytes(make(root))
    new = ["zzz", "ABD", "-a", "gopher", "A", "a_", "x" * 39, "~", "^", "m_", "0"]
    assert "findings" not in driver("write", path=path, sections=[(name, []) for name in new])
    order = dump(path)[""]["order"]
    assert order == sorted(order, key=upper)
    assert set(new) < set(order)


def test_a_key_is_made_anew_where_it_was_removed(driver: Driver, hive: Path) -> None:
    answer = driver(
        "write", path=hive, sections=[(r"Other\Removed\New", [("a", "REG_SZ", "b")])], removed=[r"Other\Removed"]
    )
    assert "findings" not in answer
    after = dump(hive)
    assert after[r"Other\Removed"]["order"] == ["New"]
    assert after[r"Other\Removed"]["values"] == []


def test_everything_can_be_removed(driver: Driver, hive: Path) -> None:
    assert "findings" not in driver("write", path=hive, sections=[], removed=list(sample().keys))
    assert list(dump(hive)) == [""]


def test_what_is_so_already_is_not_written(driver: Driver, hive: Path) -> None:
    before = untouched(hive), hive.stat().st_mtime_ns, hive.stat().st_ctime_ns
    sections = [
        ("environment", [("PATH", "REG_EXPAND_SZ", r"%SystemRoot%\system32;C:\Windows"), ("Missing", None, "")])
    ]
    driver("write", path=hive, sections=[*sections, (r"other\big", [])], removed=["Missing", r"Other\Missing"])
    assert (untouched(hive), hive.stat().st_mtime_ns, hive.stat().st_ctime_ns) == before


# --- refusals --------------------------------------------------------------------------------------------------------


def _word(offset: int, number: int) -> t.Callable[[bytes], bytes]:
    return lambda data: hivemaker.with_checksum(hivemaker.with_word(data, offset, number))


BROKEN: dict[str, tuple[str, t.Callable[[bytes], bytes]]] = {
    "sequence numbers differ": ("hive_dirty", _word(4, 8)),
    "wrong checksum": ("hive_dirty", lambda data: hivemaker.with_word(data, 508, 1)),
    "a newer format": ("hive_unknown_format", _word(24, 7)),
    "another major version": ("hive_unknown_format", _word(20, 2)),
    "a transaction log": ("hive_damaged", _word(28, 6)),
    "bins end beyond the file": ("hive_damaged", _word(40, 0x100000)),
    "cut off": ("hive_damaged", lambda data: data[:-4096]),
    "cut off in the first block": ("hive_damaged", lambda data: data[:2000]),
    "empty": ("hive_damaged", lambda data: data[:0]),
    "another file": ("hive_damaged", lambda data: b"not a hive".ljust(len(data))),
    "no root key": ("hive_damaged", _word(36, 0x28)),
    "a cell without size": ("hive_damaged", _word(4096 + 32, 0)),
    "a bin elsewhere": ("hive_damaged", _word(8192 + 4, 0)),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_sound_is_refused(driver: Driver, hive: Path, what: str) -> None:
    finding, breaking = BROKEN[what]
    hive.write_bytes(breaking(hive.read_bytes()))
    refused(driver, hive, finding)
    assert driver("open", path=hive)["problem"] == finding


@pytest.mark.parametrize(
    ("name", "finding"),
    [("transactions_NTUSER.DAT", "hive_dirty"), ("corrupted_system_hive", "hive_damaged")] if CLEAN else [],
)
def test_real_ones_that_are_not_sound_are_refused(driver: Driver, tmp_path: Path, name: str, finding: str) -> None:
    path = tmp_path / name
    path.write_bytes(real(name))
    error = refused(driver, path, finding)
    assert "567 and 566" in error or finding == "hive_damaged"


def test_values_that_newer_hives_forbid_are_refused(driver: Driver, hive: Path) -> None:
    long = "x" * (hivefile.VALUE_LIMIT // 2)
    refused(driver, hive, "hive_value_too_large", sections=[(ENVIRONMENT, [("GOPATH", "REG_SZ", long)])])
    refused(driver, hive, "hive_value_too_large", sections=[(r"Other\Big", [("small", "REG_SZ", "y")])])
    assert "findings" not in driver("write", path=hive, sections=[(ENVIRONMENT, [("GOPATH", "REG_SZ", long[:-1])])])
    assert dump(hive)[r"Other\Big"]["values"] == sample().at(r"Other\Big").values


@pytest.mark.parametrize("name", ["NTUSER.DAT", "SYSTEM"])
def test_a_long_value_that_goes_leaves_nothing_behind(driver: Driver, tmp_path: Path, name: str) -> None:
    """hivex frees the first of its cells only. Of a user's hive what is free is overwritten."""
    path, root = tmp_path / name, sample()
    secret = "secret".encode("utf-16-le")
    root.at(r"Other\Big").values.append(("long", 1, text("secret" * 8000)))
    if name == "SYSTEM":
        root.keys["Variables"] = root.keys.pop(ENVIRONMENT)
    path.write_bytes(make(root))
    before = dump(path)
    kept = [value for value in before[r"Other\Big"]["values"] if value[0] == "small"]
    used = sum(size for _place, size in hivemaker.cells(path.read_bytes()))
    gone = [("long", None, ""), ("pieces", None, "")]
    assert "findings" not in driver("write", path=path, sections=[(r"Other\Big", gone)])
    assert dump(path)[r"Other\Big"]["values"] == kept
    assert without(dump(path), r"Other\Big") == without(before, r"Other\Big")
    assert used - sum(size for _place, size in hivemaker.cells(path.read_bytes())) > 51200 + 96000
    assert (secret in path.read_bytes()) is (name == "SYSTEM")
    assert "findings" not in driver("write", path=path, sections=SECTIONS)


def test_what_hivex_would_not_keep_is_refused(driver: Driver, hive: Path) -> None:
    for name in ("a\0b", "\ud800"):
        root = sample()
        root.at(ENVIRONMENT).values.append((name, 1, text("x")))
        hive.write_bytes(make(root, wide=True))
        refused(driver, hive, "hive_not_writable")
    hive.write_bytes(make(sample()))
    refused(driver, hive, "hive_not_writable", sections=[("Größe", [])])
    hive.write_bytes(make(sample(), leaf=b"li"))
    refused(driver, hive, "hive_not_writable", removed=REMOVED)


@pytest.mark.parametrize("what", ["touch", "swap", "flock"])
def test_what_another_program_changes_meanwhile_stays(driver: Driver, hive: Path, what: str) -> None:
    before = hive.read_bytes()
    for step in (1, 30, 60):
        answer = driver("meddled", path=hive, sections=SECTIONS, removed=REMOVED, meddle=what, step=step)
        assert answer.get("findings") == ["hive_in_use"] or (what == "flock" and step > 1), (step, answer)
        if "findings" in answer:
            assert hive.read_bytes() == before
        else:
            hive.write_bytes(before)


def test_it_is_seen_at_every_step(driver: Driver, hive: Path) -> None:
    """Until the file is renamed, which is the last thing of all."""
    before = hive.read_bytes()
    steps = driver("steps", path=hive, sections=SECTIONS)["steps"]
    late = 0
    for step in range(1, steps + 1, 3):
        hive.write_bytes(before)
        answer = driver("meddled", path=hive, sections=SECTIONS, meddle="touch", step=step)
        assert (hive.read_bytes() == before) == ("findings" in answer), (step, answer)
        late += "findings" not in answer
    assert late < 15, "only behind the last look"


LOCKS = {
    "flock": "fcntl.flock(file, fcntl.LOCK_EX)",
    "a shared flock": "fcntl.flock(file, fcntl.LOCK_SH)",
    "POSIX": "fcntl.lockf(file, fcntl.LOCK_EX)",
    "a lease": "fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)",
}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_of_another_process_is_respected(driver: Driver, hive: Path, lock: str) -> None:
    code = (
        "import fcntl, signal, sys; signal.signal(signal.SIGIO, signal.SIG_IGN); file = open(sys.argv[1], 'r+b')\n"
        f"{LOCKS[lock]}; print('held', flush=True); sys.stdin.read()"
    )
    before = hive.read_bytes()
    holder = subprocess.Popen([sys.executable, "-c", code, hive], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        answer = driver("open", path=hive)
        assert "hive_in_use" in (answer["obstacle"], answer["problem"]) or lock == "a shared flock"
        assert driver("write", path=hive, sections=SECTIONS)["findings"] == ["hive_in_use"]
    finally:
        holder.stdin.close()
        holder.wait(timeout=30)
    assert hive.read_bytes() == before
    assert driver("open", path=hive)["obstacle"] is None


def test_links_are_refused(driver: Driver, hive: Path) -> None:
    link = hive.with_name("link")
    link.symlink_to(hive)
    assert driver("open", path=link)["obstacle"] == "hive_not_writable"
    refused(driver, link, "hive_not_writable")
    link.unlink()
    link.hardlink_to(hive)
    refused(driver, hive, "hive_not_writable")


def test_what_is_said_of_a_link_can_be_done(driver: Driver, hive: Path) -> None:
    """Whoever follows the advice has a hive that can be written."""
    link = hive.with_name("link")
    link.symlink_to(hive)
    (said,) = driver("open", path=link)["texts"]
    assert "is a symbolic link" in said
    assert "Put the file itself in the place of the link" in said
    link.unlink()
    shutil.copy(hive, link)
    assert driver("open", path=link)["texts"] == []
    link.unlink()
    link.hardlink_to(hive)
    (said,) = driver("open", path=hive)["texts"]
    assert "has 2 hard links" in said
    assert "symbolic" not in said
    link.unlink()
    assert driver("open", path=hive)["texts"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="acts as another account, which only root can")
def test_without_access_nothing_is_written(driver: Driver, tmp_path: Path) -> None:
    place = Path(tmp_path.anchor) / "tmp" / f"hives-{os.getpid()}"
    place.mkdir(mode=0o755)
    path = place / "SYSTEM"
    try:
        path.write_bytes(make(sample()))
        assert driver("open", path=path, account=WHO)["obstacle"] == "hive_not_writable"
        refused(driver, path, "hive_not_writable", account=WHO)
        os.chown(path, WHO, -1)
        refused(driver, path, "hive_not_writable", account=WHO)
        path.chmod(0)
        os.chown(path, 0, -1)
        assert driver("open", path=path, account=WHO)["problem"] == "hive_missing"
    finally:
        shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root can")
def test_a_mount_that_is_read_only_is_refused(driver: Driver, hive: Path) -> None:
    with mounted(["mount", "-t", "tmpfs", "tmpfs"], hive.parent / "mount") as place:
        inside = place / "SYSTEM"
        shutil.copy(hive, inside)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        assert driver("open", path=inside)["obstacle"] == "hive_not_writable"
        refused(driver, inside, "hive_not_writable")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root can")
def test_reading_does_not_open_for_writing(driver: Driver, hive: Path) -> None:
    """An overlay, such as that of a container, would copy the whole file up."""
    with mounted(["mount", "-t", "tmpfs", "tmpfs"], hive.parent / "tmpfs") as place:
        for name in ("lower", "upper", "work"):
            (place / name).mkdir()
        shutil.copy(hive, place / "lower")
        layers = f"lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work"
        with mounted(["mount", "-t", "overlay", "overlay", "-o", layers], place / "merged") as merged:
            answer = driver("open", path=merged / "SYSTEM", keys=[ENVIRONMENT])
            assert (answer["problem"], answer["obstacle"]) == (None, None)
            assert os.listdir(place / "upper") == []
            assert "findings" not in driver("write", path=merged / "SYSTEM", sections=SECTIONS)
            assert os.listdir(place / "upper") == ["SYSTEM"]


@pytest.mark.skipif(os.geteuid() != 0, reason="changes flags, which only root can")
def test_a_file_that_is_protected_is_refused(driver: Driver, hive: Path) -> None:
    if subprocess.run(["chattr", "+i", hive], capture_output=True).returncode:
        pytest.skip("the file system has no such flag")
    try:
        assert "chattr -i" in refused(driver, hive, "hive_not_writable")
    finally:
        subprocess.run(["chattr", "-i", hive], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root can")
def test_without_room_for_a_second_file_nothing_is_written(driver: Driver, hive: Path) -> None:
    with mounted(["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs"], hive.parent / "mount") as place:
        inside = place / "SYSTEM"
        shutil.copy(hive, inside)
        assert "space" in refused(driver, inside, "hive_not_writable").lower()


@pytest.mark.parametrize("sections", [[], SECTIONS], ids=["read", "changed"])
def test_memory_does_not_keep_it(driver: Driver, hive: Path, sections: t.Any) -> None:
    """hivex has all of the file in memory, and a task goes through many."""
    assert driver("drop", path=hive, sections=sections) == {"kept": 0}


# --- the new file ----------------------------------------------------------------------------------------------------


def test_the_new_file_is_like_the_old_one(driver: Driver, hive: Path) -> None:
    os.setxattr(hive, "user.kept", b"yes")
    hive.chmod(0o4640)
    if os.geteuid() == 0:
        os.chown(hive, WHO, WHO)
        hive.chmod(0o640)
    old = hive.stat()
    driver("write", path=hive, sections=SECTIONS)
    new = hive.stat()
    assert new.st_ino != old.st_ino
    assert (new.st_mode, new.st_uid, new.st_gid) == (old.st_mode, old.st_uid, old.st_gid)
    assert new.st_mtime_ns > old.st_mtime_ns
    assert os.getxattr(hive, "user.kept") == b"yes"
    assert sorted(os.listdir(hive.parent)) == ["SYSTEM", "SYSTEM.LOG1", "SYSTEM.LOG2"]
    assert {(hive.parent / log).read_bytes() for log in ("SYSTEM.LOG1", "SYSTEM.LOG2")} == {b"a log"}


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.thorough)])
def test_killed_at_any_step_it_is_the_old_or_the_new_one(driver: Driver, hive: Path, every: int) -> None:
    old = hive.read_bytes()
    steps = driver("steps", path=hive, sections=SECTIONS, removed=REMOVED)["steps"]
    new, states, left = hive.read_bytes(), [], 0
    assert new != old
    assert steps > 60
    for step in [*range(1, steps, every), steps]:
        hive.write_bytes(old)
        assert driver("kill", path=hive, sections=SECTIONS, removed=REMOVED, step=step)["killed"]
        found = hive.read_bytes()
        assert found in (old, new), step
        states.append(found == new)
        rest = set(os.listdir(hive.parent)) - {"SYSTEM", "SYSTEM.LOG1", "SYSTEM.LOG2"}
        left += bool(rest)
        if rest:
            assert driver("open", path=hive)["obstacle"] is None, "what was left is in nobody's way"
            driver("write", path=hive, sections=[(ENVIRONMENT, [("a", "REG_SZ", str(step))])])
            assert sorted(os.listdir(hive.parent)) == ["SYSTEM", "SYSTEM.LOG1", "SYSTEM.LOG2"]
    assert states == sorted(states)
    assert states[-1]
    assert left, "some kills leave the new file behind"


def test_no_former_value_is_ever_beside_a_users_hive(driver: Driver, hive: Path) -> None:
    """Windows copies the folder of the template for new users, with what a killed run left there."""
    path, root, secret = hive.parent / "NTUSER.DAT", sample(), "hunter2" * 9
    root.at(ENVIRONMENT).values.append(("GOPROXY", 1, text(secret)))
    old = make(root)
    change = {"path": path, "sections": [(ENVIRONMENT, [("GOPROXY", "REG_SZ", "off")])]}
    path.write_bytes(old)
    steps, left = driver("steps", **change)["steps"], 0
    for step in range(1, steps, 3):
        path.write_bytes(old)
        assert driver("kill", **change, step=step)["killed"]
        for found in hive.parent.glob(".NTUSER*"):
            left += bool(found.stat().st_size)
            assert secret.encode("utf-16-le") not in found.read_bytes(), step
            found.unlink()
    assert left


@contextlib.contextmanager
def mounted(command: list[str | Path], place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    subprocess.run([*command, place], check=True, capture_output=True, timeout=60)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True, timeout=60)


@pytest.fixture
def ntfs(tmp_path: Path) -> Path:
    """An image of an NTFS file system."""
    if (
        os.geteuid()
        or not os.access(FUSE, os.R_OK | os.W_OK)
        or not shutil.which("ntfs-3g")
        or not shutil.which("mkntfs")
    ):
        pytest.skip(f"needs ntfs-3g and mkntfs (Debian: ntfs-3g), root and {FUSE}")
    image = tmp_path / "ntfs.img"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", image], check=True, capture_output=True, timeout=60)
    return image


#: one that no directory would give: owner Administrators, access for S-1-5-21-1-2-3-1000 too
ACL = (
    struct.pack("<BBHIIII", 1, 0, 0x9004, 0x40, 0x50, 0, 0x14)
    + struct.pack("<BBHHHBBHI", 2, 0, 0x2C, 1, 0, 0, 0, 0x24, 0x1F01FF)
    + struct.pack("<BB6sIIIII", 1, 5, b"\0\0\0\0\0\5", 21, 1, 2, 3, 1000)
    + bytes.fromhex("01020000000000052000000020020000") * 2
)


def test_ntfs_3g_keeps_what_windows_keeps(driver: Driver, hive: Path, ntfs: Path) -> None:
    with mounted(["ntfs-3g", ntfs], hive.parent / "mount") as place:
        inside = place / "SYSTEM"
        inside.write_bytes(hive.read_bytes())
        os.setxattr(inside, "system.ntfs_acl", ACL)
        os.setxattr(inside, "system.ntfs_attrib", (0x26).to_bytes(4, "little"))  # hidden, system, archive
        os.setxattr(inside, "system.ntfs_crtime", (131000000000000000).to_bytes(8, "little"))
        names = ("system.ntfs_acl", "system.ntfs_attrib", "system.ntfs_crtime")
        old = [os.getxattr(inside, name) for name in names]
        fresh = place / "fresh"
        fresh.write_bytes(b"")
        assert all(os.getxattr(fresh, name) != value for name, value in zip(names, old, strict=True))
        fresh.unlink()
        assert driver("open", path=inside)["obstacle"] is None
        assert "findings" not in driver("write", path=inside, sections=SECTIONS, removed=REMOVED)
        assert [os.getxattr(inside, name) for name in names] == old
        assert os.listdir(place) == ["SYSTEM"]
        with mounted(["mount", "--bind", "-o", "ro", place], hive.parent / "again") as again:
            refused(driver, again / "SYSTEM", "hive_not_writable", sections=[("New", [])])
        found = inside.read_bytes()
    driver("write", path=hive, sections=SECTIONS, removed=REMOVED)
    assert found == hive.read_bytes()


def test_a_mounted_wim_would_lose_them(driver: Driver, hive: Path) -> None:
    """So it is refused, whatever kind of image it is."""
    if os.geteuid() or not os.access(FUSE, os.R_OK | os.W_OK) or not shutil.which("wimlib-imagex"):
        pytest.skip(f"needs wimlib-imagex (Debian: wimtools), root and {FUSE}")
    source, image, place = hive.parent / "source", hive.parent / "test.wim", hive.parent / "mount"
    source.mkdir()
    place.mkdir()
    shutil.copy(hive, source)
    subprocess.run(["wimlib-imagex", "capture", source, image], check=True, capture_output=True, timeout=60)
    subprocess.run(["wimlib-imagex", "mountrw", image, "1", place], check=True, capture_output=True, timeout=60)
    try:
        assert driver("open", path=place / "SYSTEM")["obstacle"] == "hive_attributes_lost"
        refused(driver, place / "SYSTEM", "hive_attributes_lost")
    finally:
        subprocess.run(["wimlib-imagex", "unmount", place], check=True, capture_output=True, timeout=60)


# --- damaged hives ---------------------------------------------------------------------------------------------------

KEYS = [ENVIRONMENT, "Other", r"Other\Big", "Many", "Ärger"]


def _fuzz(driver: Driver, place: Path, data: bytes, count: int, **request: t.Any) -> dict[str, int]:
    """Damaged hives give an error, or a change that leaves all the rest as it was."""
    source, directory = place / "source", place / "fuzz"
    source.write_bytes(data)
    directory.mkdir()
    outcomes: dict[str, int] = {}
    compared = 0
    for first in range(0, count, 200):
        answer = driver("fuzz", source=source, directory=directory, first=first, last=first + 200, keep=True, **request)
        for outcome, number in answer["outcomes"].items():
            outcomes[outcome] = outcomes.get(outcome, 0) + number
        for before in directory.glob("*.before"):
            after = before.with_suffix("")
            try:
                compared += _check_rest(before.read_bytes(), after.read_bytes(), request)
            except Exception as error:
                raise AssertionError(f"see {before}") from error
            before.unlink()
            after.unlink()
    assert sum(outcomes.values()) == count
    assert outcomes["changed"] > count // 10
    assert compared > count // 20
    assert outcomes["hive_damaged"] > count // 10
    return outcomes


def _check_rest(before: bytes, after: bytes, request: dict[str, t.Any]) -> bool:
    """Whether the rest could be compared; it is the same then."""
    try:
        old = dump(before)
    except Exception:  # noqa: BLE001 - any reader may stumble over any damage
        return False  # damaged where nobody looked, and where nothing was changed
    new = dump(after)
    touched = [key for key, _values in request["sections"]]
    made = {key for key in new if key not in old}
    assert without(new, *touched, *made) == without(old, *touched, *request["removed"])
    for key, values in request["sections"]:
        wanted = {name: hivefile.encode(kind, data) for name, kind, data in values if kind is not None}
        found = {name: (kind, data) for name, kind, data in new[key]["values"]}
        assert wanted.items() <= found.items()
    return True


REQUEST = {
    "keys": KEYS,
    "sections": [
        (ENVIRONMENT, [("GOROOT", "REG_SZ", r"C:\Go"), ("TEMP", None, "")]),
        (r"Many\new\deep", [("a", "REG_SZ", "b")]),
    ],
    "removed": [r"Other\Removed"],
}


def test_damaged_hives(driver: Driver, tmp_path: Path) -> None:
    _fuzz(driver, tmp_path, make(sample(), fan=5), 400, **REQUEST)


@pytest.mark.thorough
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("variant", VARIANTS)
def test_many_damaged_hives(driver: Driver, tmp_path: Path, variant: str) -> None:
    _fuzz(driver, tmp_path, make(sample(), **VARIANTS[variant]), 4000, **REQUEST)


@pytest.mark.thorough
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", CLEAN[:1])
def test_damaged_real_hives(driver: Driver, tmp_path: Path, name: str) -> None:
    request = {
        "keys": [ENVIRONMENT, "Software", r"Software\Microsoft\Windows\CurrentVersion\Lxss"],
        "sections": [
            (ENVIRONMENT, [("GOROOT", "REG_SZ", r"C:\Go")]),
            (r"Software\gopher\devbox", [("a", "REG_SZ", "b")]),
        ],
        "removed": [r"Software\Microsoft\Windows\CurrentVersion\Lxss"],
    }
    source, directory = tmp_path / "source", tmp_path / "fuzz"
    source.write_bytes(real(name))
    directory.mkdir()
    outcomes = driver("fuzz", source=source, directory=directory, first=0, last=1000, **request)["outcomes"]
    assert sum(outcomes.values()) == 1000
