"""Hives under the system's Python, which has hivex: one process that answers requests, a line of JSON each.

    open     {path, keys}                              the state of a hive, and what is in these keys
    write    {path, sections, removed}                 a change
    meddled  {path, sections, removed, meddle, step}   a change; before the step-th line of the code under test another
                                                       program does something to the file
    steps    {path, sections, removed}                 how many lines a change takes
    kill     {path, sections, removed, step}           a change in a child that is killed before its step-th line
    drop     {path, sections}                          a change, or only a look, and whether memory keeps the hive
    fuzz     {source, directory, first, last, keys,
              sections, removed, keep}                 damaged hives: what became of each, as it happens

A request may name an account to act as.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import os
import signal
import sys
import traceback
import typing as t
import weakref
from pathlib import Path

import hivemaker

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked, DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import hive_attributes, hives, replace

_WATCHED = {module.__file__ for module in (hives, hive_attributes, replace)}
# It takes a line for each file system that is mounted here, and other tests mount theirs meanwhile. It only reads.
_UNCOUNTED = {hive_attributes.file_system.__code__}


class Steps:
    """Calls `act` before the n-th line of the code under test; 0 for never. Garbage is collected before, not meanwhile:
    the lines of its end would count.
    """

    def __init__(self, at: int, act: t.Callable[[], None]) -> None:
        self.at, self.act, self.count = at, act, 0

    def __enter__(self) -> Steps:  # noqa: PYI034 - typing.Self is newer than the system's Python may be
        gc.collect()
        gc.disable()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        gc.enable()

    def _call(self, frame: t.Any, _event: str, _argument: object) -> t.Any:
        code = frame.f_code
        return self._line if code.co_filename in _WATCHED and code not in _UNCOUNTED else None

    def _line(self, _frame: t.Any, event: str, _argument: object) -> t.Any:
        if event == "line":
            self.count += 1
            if self.count == self.at:
                self.act()
        return self._line


def _open(request: dict[str, t.Any]) -> dict[str, t.Any]:
    hive = hives.open_hive(request["path"])
    out: dict[str, t.Any] = {
        "problem": hive.problem and hive.problem.id,
        "obstacle": hive.obstacle and hive.obstacle.id,
        "texts": [finding.message + " " + finding.advice for finding in (hive.problem, hive.obstacle) if finding],
        "sequence": hive.sequence,
    }
    if hive.problem is None:
        out["values"] = {key: hive.values(key) for key in request.get("keys", ())}
        out["subkeys"] = {key: hive.subkeys(key) for key in request.get("keys", ())}
    return out


def _write(request: dict[str, t.Any], hive: hives.Hive | None = None) -> dict[str, t.Any]:
    hive = hive or hives.open_hive(request["path"])
    hives.write_hive(hive, request["sections"], request.get("removed", ()))
    return {"sequence": hive.sequence}


def _write_meddled(request: dict[str, t.Any]) -> dict[str, t.Any]:
    """The read first; then, or at a line of the write, somebody else."""
    hive = hives.open_hive(request["path"])
    held: list[t.Any] = []
    with Steps(request.get("step", 1), lambda: _meddle(request["path"], request["meddle"], held)):
        return _write(request, hive)


def _meddle(path: str, what: str, held: list[t.Any]) -> None:
    if what == "touch":
        os.utime(path)
    elif what == "swap":
        Path(path + ".new").write_bytes(Path(path).read_bytes())
        os.rename(path + ".new", path)
    elif what == "flock":
        held.append(open(path, "rb"))  # noqa: SIM115 - it is held until the end
        fcntl.flock(held[-1], fcntl.LOCK_EX)
    elif what == "remove":
        os.unlink(path)


def _steps(request: dict[str, t.Any]) -> dict[str, t.Any]:
    hive = hives.open_hive(request["path"])
    with Steps(0, lambda: None) as steps:
        _write(request, hive)
    return {"steps": steps.count}


def _kill(request: dict[str, t.Any]) -> dict[str, t.Any]:
    child = os.fork()
    if not child:
        hive = hives.open_hive(request["path"])
        with Steps(request["step"], lambda: os.kill(os.getpid(), signal.SIGKILL)):
            _write(request, hive)
        os._exit(0)
    _child, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status)}


def _drop(request: dict[str, t.Any]) -> dict[str, t.Any]:
    """Whether a hive is gone when nobody wants it any more, without a search for circles."""
    gc.collect()
    gc.disable()
    try:
        hive = hives.open_hive(request["path"])
        with hive.tree() as tree:
            tree.find("")
        new = hives.write_hive(hive, request["sections"])
        kept = [weakref.ref(hive), weakref.ref(new)]
        del hive, new, tree
        return {"kept": sum(ref() is not None for ref in kept)}
    finally:
        gc.enable()


def _fuzz(request: dict[str, t.Any]) -> dict[str, t.Any]:
    source = Path(request["source"]).read_bytes()
    outcomes: dict[str, int] = {}
    for seed in range(request["first"], request["last"]):
        print(json.dumps({"seed": seed}), flush=True)
        outcome = _fuzz_one(request, hivemaker.damaged(source, seed), seed)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return {"outcomes": outcomes}


def _fuzz_one(request: dict[str, t.Any], data: bytes, seed: int) -> str:
    """One damaged hive: what was found, or that it was changed. The changed one stays, with the one before."""
    path = Path(request["directory"]) / f"hive{seed}"
    path.write_bytes(data)
    before = hashlib.sha256(data).digest()
    try:
        try:
            hive = hives.open_hive(str(path))
            if hive.problem is None:
                for key in request["keys"]:
                    hive.values(key)
                    hive.subkeys(key)
            hives.write_hive(hive, request["sections"], request["removed"])
        except DevboxError as error:
            outcome = error.blockers[0].id if isinstance(error, Blocked) else "error"
            if hashlib.sha256(path.read_bytes()).digest() != before:
                raise AssertionError(f"seed {seed}: changed, though {outcome}") from error
            path.unlink()
            return outcome
    except Exception as error:
        raise AssertionError(f"seed {seed}") from error
    if os.listdir(request["directory"]) and any(name.startswith(".") for name in os.listdir(request["directory"])):
        raise AssertionError(f"seed {seed}: something was left")
    if request.get("keep"):
        path.with_suffix(".before").write_bytes(data)
    else:
        path.unlink()
    return "changed"


_ANSWERS = {
    "open": _open,
    "write": _write,
    "meddled": _write_meddled,
    "steps": _steps,
    "kill": _kill,
    "drop": _drop,
    "fuzz": _fuzz,
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        os.seteuid(request.get("account", os.geteuid()))
        try:
            answer = _ANSWERS[request["op"]](request)
        except Blocked as error:
            answer = {"findings": [blocker.id for blocker in error.blockers], "error": error.text}
        except DevboxError as error:
            answer = {"error": error.text}
        except Exception:  # noqa: BLE001 - whatever it was, the test has to see it
            answer = {"traceback": traceback.format_exc()}
        finally:
            os.seteuid(os.getuid())
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
