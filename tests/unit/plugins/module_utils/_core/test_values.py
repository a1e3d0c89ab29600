"""Values, variables, and what is hidden of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.values import MASK, Value, Variables, fold_name, mask
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ, REG_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import value as registry_value

# --- masks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://alice:s3cret@host/x", f"https://{MASK}@host/x"),
        ("https://token@host", f"https://{MASK}@host"),
        ("https://a:b@h1,https://c:d@h2|direct", f"https://{MASK}@h1,https://{MASK}@h2|direct"),
        ("https://h1,https://c:d@h2", f"https://h1,https://{MASK}@h2"),
        ("https://h1|https://h2,direct", "https://h1|https://h2,direct"),
        ("https://a:p,w;x'y|z@h,direct", f"https://{MASK}@h,direct"),
        ("https://a:p@ss@h", f"https://{MASK}@h"),
        ("HTTPS://A:B@H", f"HTTPS://{MASK}@H"),
        ("socks5h://a:b@h", f"socks5h://{MASK}@h"),
        ("git+ssh://a:b@h", f"git+ssh://{MASK}@h"),
        ("see 'https://a:b@h'.", f"see 'https://{MASK}@h'."),
        (r"C:\https:\a:b@h\x", rf"C:\https:\{MASK}@h\x"),
        (r"C:\a@b\bin;D:\c@d", r"C:\a@b\bin;D:\c@d"),
        ("https://:b@h", f"https://{MASK}@h"),
        ("https://a:密码@h", f"https://{MASK}@h"),
        ("https://h?private_token=abc", f"https://h?private_token={MASK}"),
        ("https://h?x=1&access_token=abc&y=2", f"https://h?x=1&access_token={MASK}&y=2"),
        ("https://h?token=abc,https://h2?token=def|direct", f"https://h?token={MASK},https://h2?token={MASK}|direct"),
        ("https://h?token=a,b;c|d", f"https://h?token={MASK}"),
        ("https://h?X-Amz-Signature=abc&v=1", f"https://h?X-Amz-Signature={MASK}&v=1"),
        ("https://h?API_KEY=abc", f"https://h?API_KEY={MASK}"),
        ("https://h?Password=abc d", f"https://h?Password={MASK} d"),
        ("https://h?v=1&tokens=2", "https://h?v=1&tokens=2"),
        (r"C:\Users\alice;mail@host", r"C:\Users\alice;mail@host"),
        ("https://h/@v/list", "https://h/@v/list"),
        ("https://h/x@v1.2.3", "https://h/x@v1.2.3"),
        ("", ""),
    ],
)
def test_credentials_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert mask(text) == shown


secrets = st.text(
    st.characters(exclude_characters='/@"', exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), min_size=1, max_size=12
).map(lambda text: f"S3{text.replace(':', '')}K")


@given(
    st.lists(st.tuples(secrets, st.sampled_from(["h1", "h2:8080/x"])), min_size=1, max_size=4), st.sampled_from(",|; ")
)
def test_no_secret_of_a_list_is_shown(items: list[tuple[str, str]], between: str) -> None:
    text = between.join(f"https://user:{secret}@{host}" for secret, host in items)
    assert mask(text) == between.join(f"https://{MASK}@{host}" for _secret, host in items)


@given(st.text(st.sampled_from("a:/@,|?&=token%"), max_size=60))
def test_masking_again_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "https://" + "a" * 100_000,
        "https://" * 20_000,
        "ab:\\" * 25_000,
        "https://" + "@" * 100_000,
        "https://" + "a@" * 50_000 + "/",
        "://" * 30_000,
        "?" * 100_000,
        "?a_" * 30_000,
        "?token=" + "," * 100_000,
        "?token=" + ",aaaa" * 20_000,
        "&a_a_a_" * 15_000,
        "https://a:" + ":" * 100_000,
        "@" * 100_000,
    ],
)
def test_masking_takes_no_long_time(text: str) -> None:
    begin = time.process_time()
    mask(text)
    assert time.process_time() - begin < 2


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Path", "PATH", True),
        ("größe", "GRÖßE", True),
        ("ÿ", "Ÿ", True),
        ("ſ", "S", False),
        ("ı", "I", False),
        ("ß", "SS", False),
        ("ŉ", "ʼN", False),
        ("я", "Я", True),
    ],
)
def test_names_compare_as_windows_compares_them(one: str, other: str, same: bool) -> None:
    assert (fold_name(one) == fold_name(other)) is same


@given(st.text())
def test_folding_keeps_the_length_and_is_done_once(text: str) -> None:
    once = fold_name(text)
    assert len(once) == len(text)
    assert fold_name(once) == once


# --- values ----------------------------------------------------------------------------------------------------------

values = st.builds(Value, st.text(), st.sampled_from([REG_SZ, REG_EXPAND_SZ, "REG_DWORD"]))


@given(st.none() | values)
def test_json_carries_values(value: Value | None) -> None:
    assert Value.from_json(value.to_json() if value else None) == value


@pytest.mark.parametrize("found", ["x", ["REG_SZ"], ["REG_SZ", 1], ["a", "b", "c"], {}, 5, [], True])
def test_what_is_no_value_raises(found: object) -> None:
    with pytest.raises(ValueError, match="not a value"):
        Value.from_json(found)


def test_a_percent_sign_decides_the_type() -> None:
    assert registry_value("a%") == Value("a%", REG_EXPAND_SZ)
    assert registry_value("a") == Value("a", REG_SZ)
    assert not Value("", "REG_DWORD").is_text


def test_variables_are_one_by_name() -> None:
    found = Variables([("Path", Value("x")), ("PATH", Value("y"))])
    assert list(found.items()) == [("PATH", Value("y"))]
    assert found == Variables({"path": Value("y")})
    assert hash(found) == hash(Variables({"path": Value("y")}))
    assert found != {"PATH": Value("y")}
    assert found.text("path") == "y"
    assert found.text("absent") == ""
    assert 5 not in found


def test_what_is_replaced_keeps_the_spelling_of_its_name() -> None:
    before = Variables({"Path": Value("x"), "A": Value("y")})
    after = before.replace({"PATH": Value("z"), "a": None, "NEW": Value("n"), "absent": None})
    assert dict(after) == {"Path": Value("z"), "NEW": Value("n")}
    assert dict(before) == {"Path": Value("x"), "A": Value("y")}


def test_secrets_do_not_show_in_a_repr() -> None:
    assert "secret" not in repr(Variables({"GOPROXY": Value("https://a:secret@h")}))
