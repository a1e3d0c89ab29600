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
    Raw,
    XmlStep,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.xmltext import XmlError, edit, read

NEW = b'<?xml version="1.0" encoding="UTF-8"?>\n<project version="4" />\n'
GOROOT = (XmlStep("project"), XmlStep("component", "GOROOT"))


class Element(t.NamedTuple):
    """An element: its attributes in order, and the elements in it."""

    tag: str
    attributes: t.Mapping[str, str]
    children: tuple[Element, ...] = ()


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
    def of(node: t.Any) -> Element:
        return Element(node.tag, node.attributes, tuple(map(of, node.children)))

    assert of(read(written.data).root) == parsed(written.data)
    assert edit(written.data, {}) == written.data


@given(files(), st.dictionaries(st.sampled_from(["url", "x", "y"]), texts, max_size=3))
def test_attributes_are_set_and_an_element_goes_back_to_the_byte(written: Written, values: dict[str, str]) -> None:
    before = parsed(written.data)
    old = next((node for node in before.children if is_goroot(node)), None)
    after = edit(written.data, {GOROOT: Attributes(values)})
    base = old or Element("component", {"name": "GOROOT"})
    assert parsed(after) == with_child(before, "GOROOT", base._replace(attributes={**base.attributes, **values}))
    assert read(after).get(GOROOT) == {**base.attributes, **values}
    assert edit(after, {GOROOT: Attributes(values)}) == after
    raw = read(written.data).raw(GOROOT)
    back = edit(after, {GOROOT: REMOVE if raw is MISSING else raw})
    if raw is MISSING:
        assert parsed(back) == before
        opened = re.sub(rb"(<project\b[^<>]*?)/>", rb"\1></project>", written.data, count=1)
        assert b"".join(back.split()) in (b"".join(written.data.split()), b"".join(opened.split()))
    else:
        assert back == written.data


def is_goroot(node: Element) -> bool:
    return node.tag == "component" and node.attributes.get("name") == "GOROOT"


@given(files())
def test_an_element_is_taken_out_and_nothing_else(written: Written) -> None:
    after = edit(written.data, {GOROOT: REMOVE})
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
        if read(after).raw(GOROOT) is MISSING:
            assert read(edit(after, {GOROOT: raw})).raw(GOROOT) == raw


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
        assert (edit(data, {}), document.data) == (data, data)


# --- how it looks ----------------------------------------------------------------------------------------------------


def test_one_attribute_of_workspace_xml_changes() -> None:
    after = edit(WORKSPACE, {GOROOT: Attributes({"url": "file://D:/sdk & more/go1.27.3"})})
    assert after == WORKSPACE.replace(b'"file://C:/Go"', b'"file://D:/sdk &amp; more/go1.27.3"')
    assert read(after).get(GOROOT) == {"name": "GOROOT", "url": "file://D:/sdk & more/go1.27.3"}
    assert edit(after, {GOROOT: REMOVE}) == WORKSPACE.replace(
        b'  <component name="GOROOT" url="file://C:/Go" />\n', b"", 1
    )


def test_an_element_goes_last_in_the_files_own_line_ends() -> None:
    data = b'<project version="4">\r\n\t<component name="x"/>\r\n</project>\r\n'
    after = edit(data, {GOROOT: Attributes({"url": "u"})})
    assert after == (
        b'<project version="4">\r\n\t<component name="x"/>\r\n\t<component name="GOROOT" url="u" />\r\n</project>\r\n'
    )
    assert edit(after, {GOROOT: REMOVE}) == data


def test_a_new_file_is_written_as_ides_do_it() -> None:
    assert edit(None, {GOROOT: Attributes({"url": "file:///go"})}, NEW) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<project version="4">\n  <component name="GOROOT" '
        b'url="file:///go" />\n</project>\n'
    )
    assert edit(None, {GOROOT: REMOVE}, NEW) == b""


def test_what_the_encoding_cannot_hold_becomes_a_reference() -> None:
    data = b'<?xml version="1.0" encoding="us-ascii"?><project/>'
    after = edit(data, {GOROOT: Attributes({"url": "\u4e2d\n"})})
    assert b'url="&#20013;&#10;"' in after
    assert read(after).get(GOROOT) == {"name": "GOROOT", "url": "\u4e2d\n"}


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
        edit(b"<application/>", {GOROOT: REMOVE})


@pytest.mark.parametrize(
    "change",
    [
        Attributes({"a b": ""}),
        Attributes({"a": "\0"}),
        Attributes({"a": "\ud800"}),
        Attributes({"a><b": ""}),
        Raw("<component name='x'/>"),
        Raw("<component name='GOROOT'/><b/>"),
    ],
)
def test_changes_that_make_no_sense_are_refused(change: t.Any) -> None:
    for data in (b"<project/>", b"<project><component name='GOROOT' url='u'/></project>"):
        with pytest.raises(ValueError, match=r"not a name of|no XML can hold|is no component|junk"):
            edit(data, {GOROOT: change})
