"""Which changes are undone together: the newest, and those of other media of the same run."""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.filter.to_restore import FilterModule, to_restore
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import newest_run

OLD = "20260101T000000Z-0123abc1"
FIRST = "20260102T113000Z-0123abc2"
SECOND = "20260102T114500Z-0123abc3"
LAST = "20260102T120000Z-0123abc4"


def asked(undone: str | None) -> dict[str, t.Any]:
    return {"undone": undone, "effective": {}, "changed": bool(undone)}


def refused(*ids: str, msg: str = "No.") -> dict[str, t.Any]:
    return {"msg": msg, "failed": False, "findings": [{"id": id} for id in ids]}


SKIPPED = {"skipped": True, "changed": False, "skip_reason": "Conditional result was False"}


def test_changes_within_an_hour_before_the_newest_are_of_its_run() -> None:
    assert newest_run([LAST, OLD, FIRST, SECOND]) == [FIRST, SECOND, LAST]
    assert newest_run([OLD]) == [OLD]
    assert newest_run(["", "nonsense"]) == newest_run([]) == []


def test_media_without_anything_to_undo_are_passed_over() -> None:
    assert to_restore([asked(FIRST), asked(None), SKIPPED, {}]) == {"ids": [FIRST], "refused": []}
    assert to_restore([asked(LAST), asked(OLD)]) == {"ids": [LAST], "refused": []}
    assert to_restore([]) == {"ids": [], "refused": []}
    assert to_restore([asked(FIRST), refused("missing_go_env_file")]) == {"ids": [FIRST], "refused": []}


def test_what_stands_in_the_way_is_told_once() -> None:
    found = to_restore(
        [asked(FIRST), refused("file_not_writable"), refused("file_not_writable", "not_root")], every=True
    )
    assert found == {"ids": [FIRST], "refused": ["No."]}
    assert to_restore([refused(msg="It broke.")], every=True)["refused"] == ["It broke."]


def test_rights_are_missed_only_where_the_mode_was_named() -> None:
    for id in ("not_elevated", "not_root", "local_system"):
        assert to_restore([asked(FIRST), refused(id)], every=True)["refused"] == []
        assert to_restore([asked(FIRST), refused(id)], every=False)["refused"] == ["No."]


def test_a_change_that_is_named_is_undone_alone() -> None:
    others = refused(msg=f"There is no change {OLD} in the journal of this scope.")
    assert to_restore([others, asked(OLD), refused("not_root")], journal=OLD) == {"ids": [OLD], "refused": []}
    assert to_restore([others, others], journal=OLD)["refused"] == [others["msg"]]
    assert to_restore([others, asked(None)], journal=OLD) == {"ids": [], "refused": []}, "it is undone already"
    assert to_restore([asked(None)], journal=OLD) == {"ids": [], "refused": []}
    assert FilterModule().filters() == {"to_restore": to_restore}
