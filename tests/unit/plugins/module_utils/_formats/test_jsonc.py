"""JSON with comments: read as VS Code reads it, edited so that no byte of anybody else changes."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import MISSING, REMOVE, Named, Raw
from ansible_collections.gopher.devbox.plugins.module_utils._formats.jsonc import DEPTH, JsonError, edit, read

MARK = b"\xef\xbb\xbf"
KEYS = ("a", "b", "go.goroot", "name", "")

SETTINGS = b"""// what a team agreed on
{
    /* the editor */
    "editor.tabSize": 4, // as gofmt has it

    "go.toolsEnvVars": {
        "GOPROXY": "https://proxy.example,direct", // ours
    },
    // "go.lintOnSave": "off"
}
"""


# --- any text, with its data -----------------------------------------------------------------------------------------

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(KEYS),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=8,
)


def gap(draw: t.Any, eol: str) -> str:
    """Blanks and comments, as they may stand between any two tokens."""
    pieces = [
        " ",
        "\t",
        "    ",
        eol,
        eol,
        f'// it\'s "one", {{or}} \xe9 /* not{eol}',
        f"/* two,{eol}] */",
        "/**/",
        "// */" + eol,
    ]
    return "".join(draw(st.lists(st.sampled_from(pieces), max_size=2)))


class Written(t.NamedTuple):
    data: bytes
    value: t.Any


def render(draw: t.Any, value: t.Any, eol: str) -> str:
    def between() -> str:
        return gap(draw, eol)

    if isinstance(value, dict):
        members = [(key, render(draw, member, eol)) for key, member in value.items()]
        if members and draw(st.integers(0, 5)) == 0:
            members.insert(draw(st.integers(0, len(members) - 1)), (members[-1][0], '"of an equal key before"'))
        parts = [
            between()
            + json.dumps(key, ensure_ascii=draw(st.booleans()))
            + between()
            + ":"
            + between()
            + text
            + between()
            for key, text in members
        ]
        opener, closer = "{", "}"
    elif isinstance(value, list):
        parts = [between() + render(draw, element, eol) + between() for element in value]
        opener, closer = "[", "]"
    else:
        return json.dumps(value, ensure_ascii=draw(st.booleans()))
    trailing = "," if parts and draw(st.booleans()) else ""
    return opener + ",".join(parts) + trailing + between() + closer


@st.composite
def documents(draw: t.Any, roots: st.SearchStrategy[t.Any] = values) -> Written:
    """A file somebody wrote by hand, and what is in it."""
    eol = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    value = draw(roots)
    text = gap(draw, eol) + render(draw, value, eol) + gap(draw, eol)
    return Written((MARK if draw(st.booleans()) else b"") + text.encode("utf-8", "surrogatepass"), value)


objects = documents(st.dictionaries(st.sampled_from(KEYS), values, max_size=4))


def names(value: t.Any) -> list[str]:
    return [element["name"] for element in value if isinstance(element, dict) and isinstance(element.get("name"), str)]


def tokens(data: bytes) -> bytes:
    return b"".join(data.split())


def is_within(part: bytes, whole: bytes) -> bool:
    """Whether `part` is `whole` with some bytes taken out."""
    rest = iter(whole)
    return all(byte in rest for byte in part)


def difference(before: bytes, after: bytes) -> bytes:
    """What of `before` is not in `after`, from the first byte that differs to the last."""
    start = next(
        (at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    before, after = before[start:], after[start:]
    same = next(
        (at for at, (one, other) in enumerate(zip(before[::-1], after[::-1], strict=False)) if one != other),
        min(len(before), len(after)),
    )
    return before[: len(before) - same]


# --- what holds for any text -----------------------------------------------------------------------------------------


@given(documents())
def test_it_is_read_as_it_was_meant(written: Written) -> None:
    assert read(written.data).value == written.value
    assert edit(written.data, {}) == written.data


@given(objects, st.sampled_from(KEYS), values)
def test_an_edit_changes_the_data_as_said_and_keeps_every_other_byte(written: Written, key: str, value: t.Any) -> None:
    after = edit(written.data, {(key,): value})
    assert read(after).value == {**written.value, key: value}
    assert edit(after, {(key,): value}) == after
    raw = read(written.data).raw((key,))
    if raw is MISSING:
        added = tokens(after)
        assert is_within(tokens(written.data), added)
        assert len(added) - len(tokens(written.data)) <= len(tokens(edit(None, {(key,): value}))) - 2 + 1
        rest = edit(after, {(key,): REMOVE})
        assert read(rest).value == written.value
        assert tokens(rest) == tokens(written.data)
    else:
        assert difference(written.data, after) in raw.text.encode("utf-8", "surrogateescape")


@given(objects, st.sampled_from(KEYS), values)
def test_what_a_key_had_goes_back_to_the_byte(written: Written, key: str, value: t.Any) -> None:
    before = read(written.data).raw((key,))
    assume(before is not MISSING)
    assert edit(edit(written.data, {(key,): value}), {(key,): before}) == written.data


@given(objects, st.sampled_from(KEYS))
def test_a_key_is_taken_out_and_nothing_else(written: Written, key: str) -> None:
    after = edit(written.data, {(key,): REMOVE})
    expected = {name: value for name, value in written.value.items() if name != key}
    assert read(after).value == expected
    assert edit(after, {(key,): REMOVE}) == after
    assert is_within(after, written.data)
    if key not in written.value:
        assert after == written.data


@given(
    documents(
        st.dictionaries(st.sampled_from(KEYS), st.dictionaries(st.sampled_from(KEYS), values, max_size=3), max_size=3)
    ),
    st.data(),
)
def test_a_key_deep_inside_is_reached_or_made(written: Written, data: t.Any) -> None:
    path = (data.draw(st.sampled_from(KEYS)), data.draw(st.sampled_from(KEYS)))
    value = data.draw(values)
    after = edit(written.data, {path: value})
    expected = {**written.value, path[0]: {**written.value.get(path[0], {}), path[1]: value}}
    assert read(after).value == expected
    before = read(written.data).raw(path)
    back = edit(after, {path: REMOVE if before is MISSING else before})
    if before is not MISSING:
        assert back == written.data
    elif path[0] in written.value:
        assert read(back).value == written.value


@given(
    documents(
        st.lists(
            st.one_of(values, st.fixed_dictionaries({"name": st.sampled_from(["x", "y"])}, optional={"a": values})),
            max_size=4,
        )
    ),
    values,
)
def test_an_element_is_found_by_its_name(written: Written, value: t.Any) -> None:
    path = (Named("name", "x"), "a")
    after = edit(written.data, {path: value})
    found = read(after).value
    if "x" in names(written.value):
        at = next(
            i for i, element in enumerate(written.value) if isinstance(element, dict) and element.get("name") == "x"
        )
        assert found == [*written.value[:at], {**written.value[at], "a": value}, *written.value[at + 1 :]]
    else:
        assert found == [*written.value, {"name": "x", "a": value}]
        assert read(edit(after, {(Named("name", "x"),): REMOVE})).value == written.value


@given(st.binary(max_size=40))
@example(b'{"a": "\xff"} // \xff')
def test_any_bytes_are_read_or_refused_with_their_line(data: bytes) -> None:
    try:
        document = read(data)
    except JsonError:
        with pytest.raises(JsonError, match=r"\Aline \d+: "):
            read(data)
    else:
        assert edit(data, {}) == data
        if document.root is None or isinstance(document.value, dict):
            after = edit(data, {("k",): 1})
            assert read(after).get(("k",)) == 1


@given(values, st.booleans())
def test_a_new_file_holds_what_was_set(value: t.Any, empty: bool) -> None:
    data = edit(b"" if empty else None, {("a", "b"): value})
    assert json.loads(data) == {"a": {"b": value}} == read(data).value
    assert b"\r" not in data
    assert data.endswith(b"}\n")


# --- how it looks ----------------------------------------------------------------------------------------------------


def test_a_new_file_is_indented_as_vs_code_does_it() -> None:
    data = edit(
        None,
        {
            ("version",): "2.0.0",
            ("tasks", Named("label", "x")): {"type": "process", "args": ["a"], "none": [], "empty": {}},
        },
    )
    assert data.decode() == (
        '{\n    "version": "2.0.0",\n    "tasks": [\n        {\n            "label": "x",\n            "type": '
        '"process",\n'
        '            "args": [\n                "a"\n            ],\n            "none": [],\n            '
        '"empty": {}\n        }\n    ]\n}\n'
    )
    assert edit(None, {("a",): REMOVE}) == b""


def test_keys_go_last_and_comments_stay_where_they_are() -> None:
    after = edit(SETTINGS, {("go.toolsEnvVars", "GOPATH"): r"D:\go", ("go.goroot",): r"C:\Go"})
    assert after == SETTINGS.replace(b"// ours\n", b'// ours\n        "GOPATH": "D:\\\\go",\n').replace(
        b'    },\n    // "go.lintOnSave": "off"\n',
        b'    },\n    // "go.lintOnSave": "off"\n    "go.goroot": "C:\\\\Go",\n',
    )
    assert edit(after, {("go.toolsEnvVars", "GOPATH"): REMOVE, ("go.goroot",): REMOVE}) == SETTINGS


def test_line_ends_indentation_and_a_missing_last_line_end_are_the_files_own() -> None:
    data = MARK + b'{\r\n\t"a": 1 // one\r\n}'
    after = edit(data, {("b", "c"): True})
    assert after == MARK + b'{\r\n\t"a": 1, // one\r\n\t"b": {\r\n\t\t"c": true\r\n\t}\r\n}'
    assert edit(after, {("b",): REMOVE}) == data


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("{}", {("a",): 1}, '{\n    "a": 1\n}'),
        ("{ }\n", {("a",): 1}, '{\n    "a": 1\n}\n'),
        ('{ "a": 1 }', {("b",): {"c": [1, 2]}}, '{ "a": 1, "b": { "c": [1, 2] } }'),
        ('{ "a": 1, }', {("b",): 2}, '{ "a": 1, "b": 2, }'),
        ('{"a":[]}', {("a",): [1]}, '{"a":[1]}'),
        ('{ "a": 1, "b": 2, "c": 3 }', {("a",): REMOVE}, '{ "b": 2, "c": 3 }'),
        ('{ "a": 1, "b": 2, "c": 3 }', {("b",): REMOVE}, '{ "a": 1, "c": 3 }'),
        ('{ "a": 1, "b": 2, "c": 3 }', {("c",): REMOVE}, '{ "a": 1, "b": 2 }'),
        ('{\n  "a": 1,\n  "b": 2\n}', {("b",): REMOVE}, '{\n  "a": 1\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n}', {("b",): REMOVE}, '{\n  "a": 1,\n}'),
        ('{\n  "a": 1 // mine\n}', {("a",): REMOVE}, "{\n  // mine\n}"),
        ('{\n  "a": {\n    "b": 1\n  }\n}', {("a", "b"): REMOVE}, '{\n  "a": {}\n}'),
        ('{"a": 1, "b": 2, "a": 3}', {("a",): REMOVE}, '{"b": 2}'),
        ('{"a": 1, "b": 2, "a": 3}', {("a",): 4}, '{"a": 1, "b": 2, "a": 4}'),
        ('{\n  "a": [{\n    "name": "x"\n  }]\n}', {("a", Named("name", "y"), "b"): 1}, None),
        ("// only a comment", {("a",): 1}, '// only a comment\n{\n    "a": 1\n}\n'),
        ('{"a": 1.0}', {("a",): 1}, '{"a": 1}'),
        ('{"a": true}', {("a",): 1}, '{"a": 1}'),
        ('{"a": {"x": 1, "y": 2}}', {("a",): {"y": 2, "x": 1}}, '{"a": {"x": 1, "y": 2}}'),
        ('{"a": 1}', {("a",): Raw("{ /* as it was */ }")}, '{"a": { /* as it was */ }}'),
        ('{"a": 1}', {("a",): "\u4e2d\ud800"}, '{"a": "\u4e2d\\ud800"}'),
    ],
)
def test_edits(before: str, change: dict[t.Any, t.Any], after: str | None) -> None:
    found = edit(before.encode(), change).decode()
    if after is None:
        after = '{\n  "a": [{\n    "name": "x"\n  },\n    {\n      "name": "y",\n      "b": 1\n    }]\n}'
        assert json.loads(found) == json.loads(after)
        assert found.startswith('{\n  "a": [{\n    "name": "x"\n  },\n')
    else:
        assert found == after


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": 1\n"b": 2}', "line 3: a comma or } is missing before this."),
        ('{\n"a": [1, 2}', "line 2: a comma or ] is missing before this."),
        ('{\n\n"a": 1', "line 1: the { here has no }."),
        ('{"a" 1}', 'line 1: there is no colon behind the key "a".'),
        ("{a: 1}", "line 1: a key in double quotes is missing here."),
        ('{"a": "\n"}', "line 1: this string does not end on its line, or has a backslash in it that begins nothing."),
        (
            '{"a": "C:\\Go"}',
            "line 1: this string does not end on its line, or has a backslash in it that begins nothing.",
        ),
        ('{"a": 01}', "line 1: a value is missing here, or is none of JSON."),
        ('{"a": nul}', "line 1: a value is missing here, or is none of JSON."),
        ('{"a":,}', "line 1: a value is missing here, or is none of JSON."),
        ("{}\r\n{}", "line 2: there is text behind the end of the value."),
        ("{} /* x", "line 1: a comment that begins with /* does not end."),
        ("[" * (DEPTH + 1), f"line 1: objects and arrays stand more than {DEPTH} deep in each other."),
        ("<<<<<<< HEAD\n{}", "line 1: a value is missing here, or is none of JSON."),
    ],
)
def test_damage_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        read(text.encode())
    assert str(caught.value) == message


def test_other_encodings_and_endless_numbers_are_refused() -> None:
    with pytest.raises(JsonError, match="UTF-16"):
        read("{}".encode("utf-16"))
    assert read(b"1" * 200).value == int("1" * 200)


def test_what_stands_in_the_way_of_a_key_is_not_overwritten() -> None:
    with pytest.raises(JsonError, match=r"line 2: go\.toolsEnvVars is not an object\."):
        edit(b'{\n"go.toolsEnvVars": "none"}', {("go.toolsEnvVars", "GOPATH"): "x"})
    with pytest.raises(JsonError, match=r"line 1: tasks is not an array\."):
        edit(b'{"tasks": {}}', {("tasks", Named("label", "x")): {}})
    with pytest.raises(JsonError, match=r"line 1: the file is not an object\."):
        edit(b"[]", {("a",): 1})
    assert edit(b"[]", {("a",): REMOVE}) == b"[]"


@pytest.mark.parametrize(
    "change",
    [
        {(): 1},
        {("a", Named("n", "x"), Named("n", "x")): 1},
        {("a",): Raw("1 2")},
        {("a",): Raw(" 1")},
        {("a",): Raw("{")},
    ],
)
def test_changes_that_make_no_sense_are_refused(change: dict[t.Any, t.Any]) -> None:
    with pytest.raises(ValueError, match=r"leads to no value|The text to put in"):
        edit(b"{}", change)


def test_an_element_keeps_the_name_by_which_it_is_found() -> None:
    assert read(edit(None, {("t", Named("label", "x")): {"a": 1}})).value == {"t": [{"label": "x", "a": 1}]}
    with pytest.raises(ValueError, match="label 'x'"):
        edit(None, {("t", Named("label", "x")): {"label": "y"}})


def test_lines_are_counted() -> None:
    document = read(b'{\r\n"a": 1,\n"b": {"c": 2}}')
    assert [document.line(path) for path in (("a",), ("b", "c"), ("d",))] == [2, 3, 0]
