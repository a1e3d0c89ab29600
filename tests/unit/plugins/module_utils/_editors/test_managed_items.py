# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import Named, XmlStep
from ansible_collections.gopher.devbox.plugins.module_utils._editors.managed_items import (
    FILE,
    JSON,
    MADE,
    XML,
    ManagedItem,
)

texts = st.text("ab/~#[]=<!0123. é", min_size=1, max_size=8)
json_paths = st.lists(texts | st.builds(Named, texts, texts), min_size=1, max_size=4).map(tuple)
tags = st.text("abc:-", min_size=1, max_size=5)
xml_paths = st.lists(
    st.tuples(tags, st.none(), st.just("name")).map(lambda found: XmlStep(*found))
    | st.builds(XmlStep, tags, texts, texts),
    min_size=1,
    max_size=4,
).map(tuple)
paths = (
    st.tuples(st.just(JSON), json_paths)
    | st.tuples(st.just(XML), xml_paths)
    | st.tuples(st.just(MADE), st.just(()) | json_paths | xml_paths)
)
parts = st.tuples(texts, st.just((FILE, ())) | paths).map(lambda found: ManagedItem(found[0], *found[1]))


@given(parts)
def test_a_name_tells_its_part(part: ManagedItem) -> None:
    assert ManagedItem.of(part.name) == part


@given(parts, parts)
def test_different_parts_have_different_names(one: ManagedItem, other: ManagedItem) -> None:
    assert (one.name == other.name) == (one == other)


def test_names_are_for_people() -> None:
    assert ManagedItem("go-env.cmd", FILE).name == "go-env.cmd"
    assert (
        ManagedItem(".vscode/settings.json", JSON, ("go.toolsEnvVars", "GOPATH")).name
        == ".vscode/settings.json#/go.toolsEnvVars/GOPATH"
    )
    assert (
        ManagedItem(".vscode/tasks.json", JSON, ("tasks", Named("label", "go env"))).name
        == ".vscode/tasks.json#/tasks/[label=go env]"
    )
    assert (
        ManagedItem(".idea/workspace.xml", XML, (XmlStep("project"), XmlStep("component", "GOROOT"))).name
        == ".idea/workspace.xml#<project/component[name=GOROOT]"
    )


def test_what_holds_a_part_is_made_with_it() -> None:
    part = ManagedItem("a.json", JSON, ("tasks", Named("label", "x")))
    assert part.holders() == [ManagedItem("a.json", MADE), ManagedItem("a.json", MADE, ("tasks",))]
    part = ManagedItem("a.xml", XML, (XmlStep("project"), XmlStep("component", "GOROOT")))
    assert part.holders() == [ManagedItem("a.xml", MADE)]


@pytest.mark.parametrize("name", ["a#", "a#x", "a#!x"])
def test_what_names_no_part(name: str) -> None:
    with pytest.raises(ValueError, match="names no part"):
        ManagedItem.of(name)
