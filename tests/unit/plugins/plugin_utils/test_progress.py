"""A long transfer tells how far it is; a short one says nothing."""

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.plugin_utils._progress import EVERY, Progress


def test_a_line_now_and_then() -> None:
    lines: list[str] = []
    now = [100.0]
    progress = Progress("go_sdk to box", 80_000_000, lines.append, lambda: now[0])
    for _piece in range(10):
        now[0] += EVERY / 2
        progress.add(8_000_000)
    assert lines[0] == "go_sdk to box: 16 of 80 MB sent, 3.2 MB/s, about 20 s left"
    assert len(lines) == 4  # none at the end


def test_a_short_transfer_says_nothing() -> None:
    lines: list[str] = []
    progress = Progress("x", 10, lines.append, lambda: 0.0)
    progress.add(5)
    progress.add(5)
    assert lines == []
