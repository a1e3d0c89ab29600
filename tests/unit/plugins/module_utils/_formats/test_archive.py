"""Archives as any tar reads them."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.archive import pack


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,8}\.reg", fullmatch=True), st.binary(max_size=2000)),
        max_size=4,
        unique_by=lambda member: member[0],
    )
)
def test_members_come_back_in_order(members: list[tuple[str, bytes]]) -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(members)), mode="r|gz") as archive:
        found = []
        for member in archive:
            data = archive.extractfile(member)
            assert data is not None
            found.append((member.name, data.read()))
    assert found == members


def test_the_same_members_make_the_same_bytes() -> None:
    assert pack([("a", b"x")]) == pack([("a", b"x")])


def test_only_ascii_names_survive_bsdtar() -> None:
    with pytest.raises(ValueError, match="not an ASCII name"):
        pack([("Ā", b"")])
