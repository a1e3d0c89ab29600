#!/usr/bin/env python3
# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of the machine and of users to come in many Windows images: a play beside a shell loop over
hivexregedit --merge, one over chntpw's reged, and hivex alone in one process.

make bench BENCH=image
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from _ansible import CHECKOUT, Controller, controller, core_version
from _measure import (
    Cost,
    Figure,
    Measure,
    MeasurementFailed,
    Target,
    at_least,
    at_most,
    command,
    run,
    table,
    take_turns,
    write_results,
)

sys.path.insert(0, str(CHECKOUT / "tests"))

SYSTEM_PYTHON = "/usr/bin/python3"
PROGRAM = str(Path(__file__).with_name("_hivex.py"))
GOROOT = r"C:\Program Files\Go"
HIVES = {
    "system": "Windows/System32/config/SYSTEM",
    "software": "Windows/System32/config/SOFTWARE",
    "user": "Users/Default/NTUSER.DAT",
}
PREFIX = {
    "system": r"HKEY_LOCAL_MACHINE\SYSTEM",
    "software": r"HKEY_LOCAL_MACHINE\SOFTWARE",
    "user": "HKEY_CURRENT_USER",
}
MEGABYTES = {"system": 12, "software": 80, "user": 0.5}
ENVIRONMENT = ["ControlSet001", "Control", "Session Manager", "Environment"]
SZ, EXPAND_SZ = 1, 2
DEBUG: dict[str, Any] = {"ansible.builtin.debug": {"msg": "x"}}
NEED = ("hivexregedit", "reged")


def hivex(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the program answers."""
    done = subprocess.run(
        [SYSTEM_PYTHON, PROGRAM], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MeasurementFailed(f"hivex: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# ------------------------------------------------------------------------------------------------------- the images


class Images:
    """Directories of a Windows, each with hives of its own, and what was last written to them."""

    def __init__(self, root: Path, count: int) -> None:
        self.root = root
        self.places = [root / f"image{number:02}" for number in range(count)]
        self._number = 0

    def make(self) -> dict[str, int]:
        """The first is made, the others are copies of it; the sizes of its hives."""
        from hivemaker import Node, make

        first = self.places[0]
        for place in HIVES.values():
            (first / place).parent.mkdir(parents=True, exist_ok=True)
            (first / place).write_bytes(make(Node()))
        asked = {"do": "make", "hives": [(str(first / HIVES[what]), what, MEGABYTES[what]) for what in HIVES]}
        sizes = hivex(asked)
        sdk = first / "Program Files" / "Go"
        (sdk / "bin").mkdir(parents=True)
        (sdk / "VERSION").write_text("go1.27.3\n", encoding="ascii")
        (sdk / "bin" / "go.exe").write_bytes(b"MZ")
        for place in self.places[1:]:
            subprocess.run(["cp", "-a", "--reflink=auto", str(first), str(place)], check=True)
        return sizes

    def next(self) -> int:
        """A number that no run before had, so that each changes every value."""
        self._number += 1
        return self._number

    def must_have(self, number: int, who: str) -> None:
        """Raises MeasurementFailed when an image does not have the values of the run with this number."""
        wanted = changes(number)
        for image in self.places:
            asked = [(str(image / HIVES[what]), path, name) for what, path, name, _kind, _data in wanted]
            found = hivex({"do": "read", "values": asked})["values"]
            for (what, _path, name, _kind, data), text in zip(wanted, found, strict=True):
                if (data != text) if name != "Path" else (data.split(";")[0] not in (text or "")):
                    raise MeasurementFailed(f"{who}: {name} in {what} of {image.name} is {text!r}, not {data!r}.")


def changes(number: int) -> list[tuple[str, list[str], str, int, str]]:
    """(hive, key, name, type, text) of what a run with this number writes. The value in SOFTWARE is that of the option
    anchor: without it a loop would leave out the largest file, which ours writes for its record.
    """
    default = r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;"
    machine = r"%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\System32\Wbem"
    return [
        ("system", ENVIRONMENT, "GOROOT", SZ, GOROOT),
        ("system", ENVIRONMENT, "GOPROXY", SZ, f"https://proxy{number}.example,direct"),
        ("system", ENVIRONMENT, "Path", EXPAND_SZ, rf"{GOROOT}\bin;{machine}"),
        ("software", ["Go"], "InstallPath", SZ, GOROOT),
        ("user", ["Environment"], "GOPATH", EXPAND_SZ, rf"%USERPROFILE%\go{number}"),
        ("user", ["Environment"], "Path", EXPAND_SZ, rf"%USERPROFILE%\go{number}\bin;{default}"),
    ]


# --------------------------------------------------------------------------------------------------------- the ways


def ours(number: int, images: Images) -> list[dict[str, Any]]:
    machine = {"goroot": GOROOT, "variables": {"GOPROXY": f"https://proxy{number}.example,direct"}, "anchor": True}
    default = {"gopath": [rf"%USERPROFILE%\go{number}"]}
    layers = [{"mode": "machine", **machine}, {"mode": "default_user", **default}]
    places = [str(place) for place in images.places]
    return [{"gopher.devbox.go_env": {"image": places, "layers": layers, "verify": False}}]


def reg_file(what: str, number: int) -> str:
    """The changes of a run in one hive, as a .reg file."""
    lines, key = ["Windows Registry Editor Version 5.00", ""], None
    for hive, path, name, kind, data in changes(number):
        if hive != what:
            continue
        if path != key:
            key = path
            lines.append("[" + "\\".join([PREFIX[what], *path]) + "]")
        if kind == SZ:
            lines.append(f'"{name}"="' + data.replace("\\", "\\\\") + '"')
        else:
            lines.append(f'"{name}"=hex(2):' + ",".join(f"{byte:02x}" for byte in (data + "\0").encode("utf-16-le")))
    return "\r\n".join([*lines, ""])


MERGE = {
    "hivexregedit": "hivexregedit --merge {hive} --prefix {prefix} {reg}",
    "reged": "reged -C -I {hive} {prefix} {reg} >/dev/null || [ $? = 2 ]",
}


def loop(way: str, images: Images, number: int, hives: Sequence[str]) -> Cost:
    """A shell loop over the images, with one program for each of these hives."""
    lines = ["set -e", "while read -r image; do"]
    for what in hives:
        reg = images.root / f"{what}.reg"
        reg.write_bytes(reg_file(what, number).encode("ascii"))
        lines.append(
            MERGE[way].format(
                hive=f'"$image"/{HIVES[what]}', prefix=shlex.quote(PREFIX[what]), reg=shlex.quote(str(reg))
            )
        )
    lines.append("done <" + shlex.quote(str(images.root / "list")))
    (images.root / "list").write_text("".join(f"{place}\n" for place in images.places), encoding="utf-8")
    finished = run(["/bin/sh", "-c", "\n".join(lines)], env=os.environ, cwd=images.root)
    if finished.returncode:
        raise MeasurementFailed(f"{way}: {finished.output[-2000:]}")
    return finished.cost


def floor(images: Images, number: int, synced: bool) -> Cost:
    grouped: dict[str, tuple[list[str], list[Any]]] = {}
    for what, path, name, kind, data in changes(number):
        grouped.setdefault(what, (path, []))[1].append((name, kind, data))
    asked = [
        [(str(image / HIVES[what]), path, values) for what, (path, values) in grouped.items()]
        for image in images.places
    ]
    found = hivex({"do": "floor", "images": asked, "synced": synced})
    return Cost(found["wall"], found["cpu"])


def ways(own: Controller, images: Images) -> dict[str, Callable[[], Cost]]:
    inventory = own.inventory("image", {"ansible_connection": "local", "ansible_python_interpreter": SYSTEM_PYTHON})

    def checked(name: str, way: Callable[[int], Cost]) -> Callable[[], Cost]:
        def once() -> Cost:
            number = images.next()
            cost = way(number)
            if name not in ("debug", "hivexregedit, environment"):
                images.must_have(number, name)
            os.sync()  # what one has left to be written is not the next one's
            return cost

        return once

    def play(number: int) -> Cost:
        tasks = ours(number, images)
        return own.play(own.playbook("ours", tasks), inventory, ok=len(tasks), changed=len(tasks))

    found: dict[str, Callable[[int], Cost]] = {
        "debug": lambda _number: own.play(own.playbook("debug", [DEBUG]), inventory, ok=1, changed=0),
        "ours": play,
        "hivexregedit": lambda number: loop("hivexregedit", images, number, list(HIVES)),
        "hivexregedit, environment": lambda number: loop("hivexregedit", images, number, ["system", "user"]),
        "reged": lambda number: loop("reged", images, number, list(HIVES)),
        "floor": lambda number: floor(images, number, synced=False),
        "floor, synced": lambda number: floor(images, number, synced=True),
    }
    return {name: checked(name, way) for name, way in found.items()}


# --------------------------------------------------------------------------------------------------------- the figures


def timed(costs: Mapping[str, list[Cost]], count: int, without_start: bool) -> Measure:
    """Of one image. without_start: what a play of as many debug tasks costs is taken off ours."""
    bases: Sequence[Cost | None] = costs["debug"] if without_start else [None] * len(costs["debug"])

    def per_image(name: str, less: Sequence[Cost | None]) -> Figure:
        return Figure.of([cost.per(count, base).wall for cost, base in zip(costs[name], less, strict=True)])

    plain: list[None] = [None] * len(costs["debug"])
    others = {name: per_image(name, plain) for name in ("hivexregedit, environment", "reged", "floor, synced")}
    return Measure(per_image("ours", bases), per_image("hivexregedit", plain), per_image("floor", plain), others)


def targets(measures: Mapping[str, Measure]) -> list[Target]:
    whole, alone = measures["wall.image"], measures["wall.image_without_start"]
    peer = "a shell loop over hivexregedit --merge"
    return [
        at_least(f"wall, with Ansible's start: at least 2 times as fast as {peer}", whole.peer, whole.ours, 2),
        at_least(f"wall, without it: at least 3 times as fast as {peer}", alone.peer, alone.ours, 3),
        at_most("wall, without it: at most 1.5 times hivex in one process", alone.ours, alone.floor, 1.5),
    ]


ABOUT = """\
The machine's environment and the template for users to come are changed in {count} Windows images on ext4 or whatever holds the temporary
directory, with hives of {sizes} MB (SYSTEM, SOFTWARE, NTUSER.DAT).
  ours                       a play with one task go_env, several images at once: journal, record, a new file beside each hive, on the disk before it is renamed,
                             read back
  hivexregedit               a shell loop with `hivexregedit --merge` for each of the three files, in place, nothing kept of what was there
  hivexregedit, environment  the same without SOFTWARE, which only the option anchor, the record and the journal need
  reged                      a shell loop with chntpw's `reged -C -I`, as above
  floor                      hivex in one process: open, set, commit in place, of the same files; `synced`: each is on the disk before the next
  wall.image                 milliseconds of one image: the whole way / {count}. Medians of {rounds} rounds in which all take turns
  wall.image_without_start   the same, a play of one debug task taken off ours"""  # noqa: E501


def report(measures: Mapping[str, Measure], reached: Sequence[Target], about: Mapping[str, Any]) -> None:
    sizes = ", ".join(f"{size / 1e6:.1f}" for size in about["bytes"].values())
    print(ABOUT.format(count=about["images"], rounds=about["rounds"], sizes=sizes))
    print("\n" + ", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    print(f"{about['processors']} processors; load averages before and after: {about['load']}\n")
    others = list(next(iter(measures.values())).others)
    rows = [
        [
            "",
            "ours, ms",
            "hivexregedit, ms",
            "floor, ms",
            *(f"{name}, ms" for name in others),
            "peer/ours",
            "ours/floor",
        ]
    ]
    for key, measure in measures.items():
        figures = [measure.ours, measure.peer, measure.floor, *(measure.others[name] for name in others)]
        quotients = [f"{number:.2f}" if number else "" for number in (measure.better, measure.above_floor)]
        rows.append([key, *map(shown, figures), *quotients])
    print(table(rows))
    print("\nTargets")
    for target in reached:
        print(f"  {target}")


def shown(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value * 1000:.0f} ({figure.low * 1000:.0f}-{figure.high * 1000:.0f})"


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_all(rounds: int, count: int) -> int:
    lacking = [name for name in NEED if shutil.which(name) is None]
    if lacking:
        raise MeasurementFailed(f"{', '.join(lacking)} are not there: apt install libwin-hivex-perl chntpw.")
    with controller([]) as own:
        need = count * sum(MEGABYTES.values()) * 1.1e6
        free = shutil.disk_usage(own.root).free
        if free < 1.5 * need:
            raise MeasurementFailed(
                f"{count} images need {need / 1e9:.1f} GB, and {free / 1e9:.1f} are free in {own.root}: set TMPDIR, or "
                "take fewer with --images."
            )
        images = Images(own.root, count)
        sizes = images.make()
        load = [round(value, 2) for value in os.getloadavg()]
        costs = take_turns(rounds, ways(own, images), said)
        measures = {
            "wall.image": timed(costs, count, without_start=False),
            "wall.image_without_start": timed(costs, count, without_start=True),
        }
        about = {
            "rounds": rounds,
            "images": count,
            "bytes": sizes,
            "load": [load, [round(value, 2) for value in os.getloadavg()]],
            "processors": os.cpu_count(),
            "versions": {"ansible-core": core_version(), "Python": platform.python_version()},
        }
    reached = targets(measures)
    report(measures, reached, about)
    path = write_results("image", measures, targets=reached, about=about)
    print(f"\n{path.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all, "images", "images there are, of 100 MB each", 50, 2))
