# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask over everything that leaves: each secret in every form, nothing else, and that it changed."""

from __future__ import annotations

import base64
import json
import shlex
import typing as t
import urllib.parse
import xml.sax.saxutils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.masker import Masker
from ansible_collections.gopher.devbox.plugins.module_utils._core.secrets import CHANGED, MASK
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables

#: how a text may be written somewhere
FORMS: dict[str, t.Callable[[str], str]] = {
    "as it is": str,
    "encoded": lambda text: urllib.parse.quote(text, safe=""),
    "encoded as a path": urllib.parse.quote,
    "encoded in lower case": lambda text: "".join(
        part.lower() if part[:1] == "%" else part for part in _pieces(urllib.parse.quote(text, safe=""))
    ),
    "encoded twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "repr": repr,
    "ascii": ascii,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "shell": shlex.quote,
    "start file": lambda text: "'" + text.replace("\\", "\0").replace("'", "'\\''").replace("\0", "'\\\\'") + "'",
    "PowerShell": lambda text: "'" + text.replace("'", "''") + "'",
    "cmd.exe": lambda text: text.replace("%", "%%"),
    "systemd": lambda text: text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$"),
    ".reg": lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
    "XML": lambda text: xml.sax.saxutils.escape(text, {'"': "&quot;", "'": "&apos;"}),
}
_SECRET = st.text(
    st.characters(exclude_characters="@", exclude_categories=["Cc", "Cs", "Co", "Zl", "Zp"]), min_size=4, max_size=12
).map(lambda text: f"K{text}Q")


def _pieces(text: str) -> list[str]:
    out, place = [], 0
    while place < len(text):
        size = 3 if text[place] == "%" else 1
        out.append(text[place : place + size])
        place += size
    return out


@given(secret=_SECRET, encoded=st.booleans())
def test_a_secret_is_hidden_in_every_form(secret: str, encoded: bool) -> None:
    written = urllib.parse.quote(secret, safe="") if encoded else secret
    masker = Masker({"GOPROXY": f"https://dev:{written}@h.example.com/go"})
    decoded = urllib.parse.unquote(written)
    for name, form in FORMS.items():
        for text in (f"https://dev:{decoded}@h.example.com/go", f"it is {decoded}, it said"):
            masked = masker.text(form(text))
            assert MASK in masked, name
            assert not [known for known in (written, decoded, form(decoded).strip("'\"")) if known in masked], (
                name,
                masked,
            )
            assert masker.text(masked) == masked, name


@pytest.mark.parametrize("short", ["p", "ab", "tok", "a/b", "a b", "%40"])
def test_a_short_secret_is_hidden_inside_its_url_only(short: str) -> None:
    masker = Masker({"GOPROXY": f"https://u:{short}@h"})
    assert masker.text(f"tokens, abuse and app: https://u:{short}@h") == f"tokens, abuse and app: https://{MASK}@h"
    assert masker.text("a b tok p") == "a b tok p"


@pytest.mark.parametrize(
    ("value", "quoted", "never"),
    [
        ("https://u:p%40ss%21w@proxy", "GOPROXY would refer to %40ss%, which is not set", "40ss"),
        ("https://u:p%40s@h/a%20b", "would refer to %40s@h/a%", "40s"),
        ("https://u:pass,word@h", "GOPROXY holds word@h, which", "word"),
        ("https://u:pass,word@h", "GOPROXY holds https://u:pass, which", "pass"),
        ("https://u:correct horse@h", "GOFLAGS holds horse@h, which is not a flag", "horse"),
    ],
)
def test_pieces_of_a_secret(value: str, quoted: str, never: str) -> None:
    masked = Masker([value]).text(quoted)
    assert never not in masked
    assert MASK in masked


HARMLESS = [
    "https://h/x@v1.2",
    "example.com/m@v1.2.3",
    "git@github.com:x/y",
    "GOPROXY is 'off' instead of 'direct'",
    r"C:\Go\bin;%GOPATH%\bin",
    "",
    "u proxy go",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_texts_stay(text: str) -> None:
    assert Masker(HARMLESS, {"GOPROXY": "https://u:s3cretW0rd@h"}).text(text) == text


@given(
    st.lists(st.text(st.sampled_from("ab:/@ ,%'\"\\=\n?token"), max_size=40), max_size=4),
    st.text(st.sampled_from("ab:/@ ,%'\"\\=\n?token*"), max_size=80),
)
def test_masking_again_changes_nothing_more(known: list[str], text: str) -> None:
    masker = Masker(known)
    once = masker.text(text)
    assert masker.text(once) == once
    assert Masker().text(once) == once


def test_where_secrets_are_looked_for() -> None:
    """Values, records, texts of files in the forms that files have."""
    known = [
        {"a": Value("https://u:secret-1@h")},
        Variables([("b", Value("https://u:secret-2@h"))]),
        [("https://u:secret-3@h",)],
        b"_gopher_devbox export GOPROXY 'https://u:sec ret-4@h' 'https://u:it'\\''s-5@h'\n# x\n",
        '{\n  "GOPROXY": "https://u:sec \\"ret-6@h"\n}\n',
        '@set "GOPROXY=https://u:sec%%40ret-7@h"\r\n',
        "$env:GOPROXY = 'https://u:it''s-8@h'\n",
        '={"GOPROXY":"https://u:sec ret-9@h","X":"a@b"}',
        {"DEPLOY_TOKEN": "secret-name", "PWD": "/home/token", "API_KEY": "short", "TOKEN": "/etc/token-file"},
    ]
    masker = Masker(*known)
    for secret in (
        "secret-1",
        "secret-2",
        "secret-3",
        "sec ret-4",
        "it's-5",
        'sec "ret-6',
        "sec@ret-7",
        "sec%40ret-7",
        "it's-8",
        "sec ret-9",
        "secret-name",
    ):
        assert masker.text(f"({secret})") == f"({MASK})", secret
    assert masker.text("/home/token short /etc/token-file a@b") == "/home/token short /etc/token-file a@b"


def test_an_id_of_a_change_stays_what_a_play_hands_back() -> None:
    masker = Masker("https://dev:2026@h")
    id = "20261129T173244Z-0a1b2c3d"
    assert masker.result({"journal": id, "undone": None}) == {"journal": id, "undone": None}
    assert masker.result({"journal": "2026", "msg": id}) == {"journal": MASK, "msg": f"{MASK}1129T173244Z-0a1b2c3d"}


def test_a_result() -> None:
    masker = Masker({"GOPROXY": "https://u:warning@h"})
    found = {
        "changed": True,
        "n": 1,
        "findings": [{"id": "x", "severity": "warning", "message": "a warning"}],
        "none": None,
        "list": ("warning", 2),
    }
    assert masker.result(found) == {
        "changed": True,
        "n": 1,
        "findings": [{"id": "x", "severity": "warning", "message": f"a {MASK}"}],
        "none": None,
        "list": [MASK, 2],
    }
    assert masker.result({"https://u:warning@h": 1, "warning": 2}) == {f"https://{MASK}@h": 1, "warning": 2}


OLD, NEW = "https://u:old-pa/ss@h/go", "https://u:new pass@h/go"


def test_a_secret_that_changed_says_so() -> None:
    masker = Masker([OLD, NEW])
    before, after = f"https://{MASK}@h/go", f"https://{CHANGED}@h/go"
    assert masker.pair(OLD, NEW) == (before, after)
    assert masker.pair(OLD, OLD) == (before, before)
    assert masker.pair(None, NEW) == (None, before)
    assert masker.pair(OLD, None) == (before, None)
    assert masker.pair(OLD, NEW.replace("/go", "/x")) == (before, f"https://{MASK}@h/x")
    assert masker.pair([OLD, "a"], ["a", NEW]) == ([before, "a"], ["a", after])
    assert masker.pair({"x": OLD, "y": OLD}, {"x": NEW, "z": NEW}) == (
        {"x": before, "y": before},
        {"x": after, "z": before},
    )
    assert masker.pair(f"a\nP={OLD}\nb\n", f"c\nP={NEW}\nb\n") == (f"a\nP={before}\nb\n", f"c\nP={after}\nb\n")
    assert masker.pair("https://tok@h", "https://kot@h") == (f"https://{MASK}@h", f"https://{CHANGED}@h"), (
        "also what is not known"
    )
    assert masker.pair("https://u:p@h", "https://v:p@h")[1] == f"https://{CHANGED}@h"
    both = (f"{OLD},{OLD}", f"{OLD},{NEW}")
    assert masker.pair(*both) == (f"{before},{before}", f"{before},{after}"), "only the one that changed"
    assert masker.pair(f"{OLD},{NEW}", f"{NEW},{OLD}")[1] == f"{after},{after}"
    result = masker.result(
        {"before": {"P": OLD}, "after": {"P": NEW}, "diff": [{"before": f"{OLD}\n", "after": f"{NEW}\n"}]}
    )
    assert result == {
        "before": {"P": before},
        "after": {"P": after},
        "diff": [{"before": f"{before}\n", "after": f"{after}\n"}],
    }
    assert masker.result(result) == result


def test_whether_a_text_holds_a_secret() -> None:
    masker = Masker([NEW])
    assert masker.holds("set GOPROXY=https://u:new%20pass@h")
    assert not masker.holds("https://u@h")


def test_many_secrets_and_long_texts_take_no_long_time() -> None:
    masker = Masker([f"https://u:{base64.b64encode(bytes([number]) * 24).decode()}@h{number}" for number in range(40)])
    text = "export GOFLAGS='%a' \\ it's \"x\" \n" * 3000
    assert masker.text(text) == text


@given(
    st.lists(st.sampled_from([None, "plain", "https://u:hunter2@h", "https://u:letmein9@h"]), min_size=3, max_size=3)
)
def test_of_three_sides_no_two_secrets_that_differ_look_the_same(given: list[str | None]) -> None:
    item = dict(zip(("base", "now", "want"), given, strict=True))
    masker = Masker(item)
    masked = masker.result(item)
    assert masker.result(masked) == masked
    assert not any(secret in str(masked) for secret in ("hunter2", "letmein9"))
    for side, text in item.items():
        same = masked[side] == masked["want"]
        assert same == (text == item["want"])
        secret = text is not None and "@" in text
        assert (masked[side] == "changed (masked)") == (secret and text != item["want"])


#: a UTF-16 half of a registry, and a byte of a file that is no UTF-8
_HALVES = st.sampled_from(["\ud800", "\udfff", "\udcff", "\udc80"])
_ODD_TEXT = st.lists(st.one_of(_HALVES, st.text(max_size=5), st.just("https://u:hunter2@h/"))).map("".join)


def _texts(found: t.Any) -> t.Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        yield from _texts([*found, *found.values()])
    elif isinstance(found, (list, tuple)):
        for item in found:
            yield from _texts(item)


@given(found=st.recursive(_ODD_TEXT, lambda inner: st.lists(inner) | st.dictionaries(_ODD_TEXT, inner), max_leaves=10))
def test_all_that_leaves_can_be_written_as_utf_8(found: t.Any) -> None:
    masker = Masker({"P": "https://u:hunter2@h/"})
    sides = {"base": "\ud800", "now": found, "want": "x"}
    for result in ({"before": found, "after": "x\udcff"}, sides, [found], found):
        masked = masker.result(result)
        for text in _texts(masked):
            text.encode("utf-8")
        assert masker.result(masked) == masked


def test_what_utf_8_cannot_hold_is_shown_by_its_number() -> None:
    masker = Masker()
    assert masker.text("C:\\a\ud800b;\U0001f600") == "C:\\a<U+D800>b;\U0001f600"
    assert masker.result({"Na\udfffme": ["\udcff"]}) == {"Na<U+DFFF>me": ["<U+DCFF>"]}
    sides = {"base": "a\udcff", "now": "a\udcfe", "want": "a"}
    assert masker.result(sides) == {"base": "a<U+DCFF>", "now": "a<U+DCFE>", "want": "a"}, "no side is secret"


def test_a_secret_is_hidden_where_it_has_what_utf_8_cannot_hold() -> None:
    secret = "https://u:hun\udcffter@h"
    shown = Masker().text("its password is hun\udcffter")
    assert "hun" not in Masker([secret]).text(shown)
    assert Masker([secret]).result({"before": secret, "after": secret})["after"] == f"https://{MASK}@h"
