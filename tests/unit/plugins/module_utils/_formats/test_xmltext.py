"""XML files of JetBrains IDEs: one element changes, every other byte stays."""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree as ET
from xml.sax import saxutils

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import (
    MISSING,
    REMOVE,
    Attributes,
    Element,
    Raw,
    XmlStep,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.xmltext import XmlError, edit, read

PROJECT = Element("project", {"version": "4"})
GOROOT = (XmlStep("project"), XmlStep("component", "GOROOT"))

WORKSPACE = b"""<?xml version="1.0" encoding="UTF-8"?>
<project version="4">
  <!-- <component name="GOROOT" url="file://no" /> -->
  <component name="ChangeListManager">
    <list default="true" id="7" name="Changes" comment="a &lt; b &#10;&quot;c&quot;" />
  </component>
  <component name="GOROOT" url="file://C:/Go" />
  <component name="PropertiesComponent"><![CDATA[{
  "keyToString": { "GOROOT": "<component name=\\"GOROOT\\"/>" }
}]]></component>
</project>"""


# --- any file, with what is in it ------------------------------------------------------------------------------------

tags = st.sampled_from(["component", "tool", "a", "b"])
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=5
) | st.sampled_from(["GOROOT", "<&>\"'", "\n\t\r"])
attributes = st.dictionaries(st.sampled_from(["name", "url", "x"]), texts, max_size=3)
elements = st.recursive(
    st.builds(Element, tags, attributes, st.just(())),
    lambda inner: st.builds(Element, tags, attributes, st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8,
)
roots = st.builds(Element, st.just("project"), attributes, st.lists(elements, max_size=4).map(tuple))


def gap(draw: t.Any, eol: str) -> str:
    pieces = [" ", "\t", "  ", eol, eol, f"<!-- <component name='GOROOT'/>{eol} -->", "<?pi > ?>"]
    return "".join(draw(st.lists(st.sampled_from(pieces), max_size=2)))


def escaped(draw: t.Any, text: str) -> str:
    quote = draw(st.sampled_from("\"'"))
    entities = {"\n": "&#10;", "\r": "&#xD;", "\t": "&#9;", '"': "&quot;", "'": "&#39;"}
    return quote + saxutils.escape(text, entities) + quote


def render(draw: t.Any, element: Element, eol: str) -> str:
    blank = st.sampled_from([" ", "  ", eol + "  "])
    head = f"<{element.tag}" + "".join(
        f"{draw(blank)}{name}{draw(st.sampled_from(['=', ' = ']))}{escaped(draw, value)}"
        for name, value in element.attributes.items()
    )
    tail = draw(st.sampled_from(["", " ", eol]))
    if not element.children and draw(st.booleans()):
        return f"{head}{tail}/>"
    inner = "".join(
        gap(draw, eol) + draw(st.sampled_from(["", "", "<![CDATA[<b/>]]>", "&amp;]"])) + render(draw, child, eol)
        for child in element.children
    )
    return f"{head}{tail}>{inner}{gap(draw, eol)}</{element.tag}{draw(st.sampled_from(['', ' ']))}>"


class Written(t.NamedTuple):
    data: bytes
    root: Element


@st.composite
def files(draw: t.Any) -> Written:
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    root = draw(roots)
    encoding = draw(st.sampled_from(["UTF-8", "utf-8", "us-ascii", "iso-8859-1"]))
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        if encoding != "utf-8"
        else draw(st.sampled_from(["", "<?xml version='1.0'?>"]))
    )
    text = head + (gap(draw, eol) if head else eol) + render(draw, root, eol) + gap(draw, eol)
    bom = b"\xef\xbb\xbf" if encoding.lower() == "utf-8" and draw(st.booleans()) else b""
    return Written(bom + text.encode(encoding, "xmlcharrefreplace"), root)


def parsed(data: bytes) -> Element:
    """The same by a parser of its own."""

    def of(node: ET.Element) -> Element:
        return Element(node.tag, dict(node.attrib), tuple(of(child) for child in node))

    return of(ET.fromstring(data))


def with_child(root: Element, name: str, wanted: Element | None) -> Element:
    """What the root holds when its first component of this name is this one."""
    children = list(root.children)
    at = next(
        (i for i, child in enumerate(children) if child.tag == "component" and child.attributes.get("name") == name),
        None,
    )
    if at is None:
        return root._replace(children=(*children, wanted) if wanted else tuple(children))
    children[at : at + 1] = [wanted] if wanted else []
    return root._replace(children=tuple(children))


# --- what holds for any file -----------------------------------------------------------------------------------------


@given(files())
def test_it_is_read_as_another_parser_reads_it(written: Written) -> None:
    assert read(written.data).get((XmlStep("project"),)) == parsed(written.data)
    assert edit(written.data, {}, PROJECT) == written.data


@given(files(), elements)
def test_an_element_is_set_and_goes_back_to_the_byte(written: Written, element: Element) -> None:
    wanted = Element("component", {**element.attributes, "name": "GOROOT"}, element.children)
    before = parsed(written.data)
    after = edit(written.data, {GOROOT: wanted}, PROJECT)
    assert parsed(after) == with_child(before, "GOROOT", wanted)
    assert edit(after, {GOROOT: wanted}, PROJECT) == after
    raw = read(written.data).raw(GOROOT)
    back = edit(after, {GOROOT: REMOVE if raw is MISSING else raw}, PROJECT)
    if raw is MISSING:
        assert parsed(back) == before
        opened = re.sub(rb"(<project\b[^<>]*?)/>", rb"\1></project>", written.data, count=1)
        assert b"".join(back.split()) in (b"".join(written.data.split()), b"".join(opened.split()))
    else:
        assert back == written.data


@given(files())
def test_an_element_is_taken_out_and_nothing_else(written: Written) -> None:
    after = edit(written.data, {GOROOT: REMOVE}, PROJECT)
    assert parsed(after) == with_child(parsed(written.data), "GOROOT", None)
    raw = read(written.data).raw(GOROOT)
    if raw is MISSING:
        assert after == written.data
    else:
        encoding = read(written.data).encoding
        assert (
            b"".join(after.split()) == b"".join(written.data.replace(raw.text.encode(encoding), b"", 1).split())
            or written.data.count(b"GOROOT") > 1
        )


@given(files(), st.dictionaries(st.sampled_from(["url", "x", "y"]), st.none() | texts, max_size=3))
def test_attributes_are_set_one_by_one(written: Written, values: dict[str, str | None]) -> None:
    before = read(written.data).get(GOROOT)
    after = edit(written.data, {GOROOT: Attributes(values)}, PROJECT)
    found = read(after).get(GOROOT)
    old = before if isinstance(before, Element) else Element("component", {"name": "GOROOT"})
    expected = {**old.attributes, **values}
    if isinstance(before, Element) or any(value is not None for value in values.values()):
        assert found == old._replace(attributes={name: value for name, value in expected.items() if value is not None})
    else:
        assert after == written.data
    assert edit(after, {GOROOT: Attributes(values)}, PROJECT) == after
    if isinstance(before, Element) and set(values) <= set(before.attributes) and None not in values.values():
        back = edit(after, {GOROOT: Attributes({name: before.attributes[name] for name in values})}, PROJECT)
        assert parsed(back) == parsed(written.data)


@given(st.binary(max_size=30))
@example(b"<project>\xff</project>")
@example(b"<\xd0\xbf/>")
def test_any_bytes_are_read_or_refused_with_their_line(data: bytes) -> None:
    try:
        document = read(data)
    except XmlError:
        with pytest.raises(XmlError, match=r"\Aline \d+: "):
            read(data)
    else:
        assert edit(data, {}, Element(document.root.tag, {})) == data


# --- how it looks ----------------------------------------------------------------------------------------------------


def test_one_attribute_of_workspace_xml_changes() -> None:
    after = edit(WORKSPACE, {GOROOT: Attributes({"url": "file://D:/sdk & more/go1.27.3"})}, PROJECT)
    assert after == WORKSPACE.replace(b'"file://C:/Go"', b'"file://D:/sdk &amp; more/go1.27.3"')
    assert read(after).attributes(GOROOT) == {"name": "GOROOT", "url": "file://D:/sdk & more/go1.27.3"}
    assert edit(after, {GOROOT: REMOVE}, PROJECT) == WORKSPACE.replace(
        b'  <component name="GOROOT" url="file://C:/Go" />\n', b"", 1
    )


def test_an_element_goes_last_in_the_files_own_line_ends() -> None:
    data = b'<project version="4">\r\n\t<component name="x"/>\r\n</project>\r\n'
    after = edit(
        data, {GOROOT: Element("component", {"name": "GOROOT", "url": "u"}, (Element("a", {"b": ""}),))}, PROJECT
    )
    assert after == (
        b'<project version="4">\r\n\t<component name="x"/>\r\n\t<component name="GOROOT" url="u">\r\n\t  <a b="" '
        b"/>\r\n\t</component>\r\n</project>\r\n"
    )
    assert edit(after, {GOROOT: REMOVE}, PROJECT) == data


def test_a_new_file_is_written_as_ides_do_it() -> None:
    tool = Element(
        "tool", {"name": "go build"}, (Element("exec", {}, (Element("option", {"name": "COMMAND", "value": "sh"}),)),)
    )
    data = edit(
        None,
        {(XmlStep("toolSet"), XmlStep("tool", "go build")): tool},
        Element("toolSet", {"name": "Go"}),
        declaration=False,
    )
    assert data == (
        b'<toolSet name="Go">\n  <tool name="go build">\n    <exec>\n      <option name="COMMAND" value="sh" '
        b"/>\n    </exec>\n  </tool>\n</toolSet>\n"
    )
    assert edit(None, {GOROOT: Attributes({"url": "file:///go"})}, PROJECT) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<project version="4">\n  <component name="GOROOT" '
        b'url="file:///go" />\n</project>\n'
    )
    assert edit(None, {GOROOT: REMOVE}, PROJECT) == b""


def test_parents_that_are_missing_are_made() -> None:
    path = (XmlStep("project"), XmlStep("component", "X"), XmlStep("list"), XmlStep("option", "k", key="id"))
    after = edit(b"<project/>", {path: Attributes({"v": "1"})}, PROJECT)
    assert (
        after == b'<project>\n  <component name="X">\n    <list>\n      <option id="k" v="1" />\n    </list>\n  '
        b"</component>\n</project>"
    )


def test_what_the_encoding_cannot_hold_becomes_a_reference() -> None:
    data = b'<?xml version="1.0" encoding="us-ascii"?><project/>'
    after = edit(data, {GOROOT: Attributes({"url": "\u4e2d\n"})}, PROJECT)
    assert b'url="&#20013;&#10;"' in after
    assert read(after).attributes(GOROOT) == {"name": "GOROOT", "url": "\u4e2d\n"}


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'<!DOCTYPE p [<!ENTITY x "y">]><project>&x;</project>',
            "line 1: a DOCTYPE is not read: it may define entities.",
        ),
        (
            b'\n<!DOCTYPE project SYSTEM "file:///etc/passwd"><project/>',
            "line 2: a DOCTYPE is not read: it may define entities.",
        ),
        (b"<project>\n&x;</project>", "line 2: undefined entity."),
        (b"<project>\n<a>\n</project>", "line 3: mismatched tag."),
        (b"<project/>\n<project/>", "line 2: junk after document element."),
        (b"", "line 1: no element found."),
        (
            b'<?xml version="1.0" encoding="koi8-r"?><project/>',
            "line 1: the file is declared as koi8-r; it must be UTF-8.",
        ),
        ("<project/>".encode("utf-16"), "line 1: the file is UTF-16; it must be UTF-8."),
        ("<project/>".encode("utf-16-le"), "line 1: the file is UTF-16; it must be UTF-8."),
    ],
)
def test_what_is_not_read(data: bytes, message: str) -> None:
    with pytest.raises(XmlError) as caught:
        read(data)
    assert str(caught.value) == message


def test_a_file_with_another_root_is_not_touched() -> None:
    with pytest.raises(XmlError, match="The file's root is <application>, not <project>"):
        edit(b"<application/>", {GOROOT: REMOVE}, PROJECT)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ((XmlStep("project"),), REMOVE),
        ((XmlStep("application"), XmlStep("component")), REMOVE),
        (GOROOT, Element("component", {"name": "other"})),
        (GOROOT, Element("tool", {"name": "GOROOT"})),
        (GOROOT, Element("component", {"name": "GOROOT", "a b": ""})),
        (GOROOT, Element("component", {"name": "GOROOT", "a": "\0"})),
        (GOROOT, Element("component", {"name": "GOROOT", "a": "\ud800"})),
        (GOROOT, Attributes({"a><b": ""})),
        (GOROOT, Raw("<component name='x'/>")),
        (GOROOT, Raw("<component name='GOROOT'/><b/>")),
    ],
)
def test_changes_that_make_no_sense_are_refused(path: t.Any, change: t.Any) -> None:
    for data in (b"<project/>", b"<project><component name='GOROOT' url='u'/></project>"):
        with pytest.raises(
            ValueError,
            match=r"leads to no element|is an element of that name|no name of|no XML can hold|is no component|junk",
        ):
            edit(data, {path: change}, PROJECT)
