# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is secret in a value and in a text, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.secrets import (
    CHANGED,
    MASK,
    is_secret_name,
    mask,
    secrets_in,
    shown,
    userinfos_in,
)


@pytest.mark.parametrize(
    ("value", "masked", "secrets"),
    [
        ("https://u:tok@h/go", f"https://{MASK}@h/go", ["tok"]),
        ("https://u:pa/ss@h", f"https://{MASK}@h", ["pa/ss"]),
        ("https://u:/pass@h", f"https://{MASK}@h", ["/pass"]),
        ("https://u:12/34@h", f"https://{MASK}@h", ["12/34"]),
        ("https://u:pa/ss@h/x@v1.2", f"https://{MASK}@h/x@v1.2", ["pa/ss"]),
        ("https://u:p@ss/w@proxy.example.com/go", f"https://{MASK}@proxy.example.com/go", ["p@ss/w"]),
        ("https://me@corp.com:pa/ss@proxy.example.com", f"https://{MASK}@proxy.example.com", ["pa/ss"]),
        ("https://tok/en@proxy.example.com/go", f"https://{MASK}@proxy.example.com/go", ["tok/en"]),
        ("https://u:p a@h", f"https://{MASK}@h", ["p a"]),
        ("https://u:a?b#c@h", f"https://{MASK}@h", ["a?b#c"]),
        ("https://u:a://b@h,direct", f"https://{MASK}@h,direct", ["a://b"]),
        ("https://u:p%40ss%21w@proxy", f"https://{MASK}@proxy", ["p%40ss%21w"]),
        ("https://u:a@h1,https://b@h2|direct", f"https://{MASK}@h1,https://{MASK}@h2|direct", ["a", "b"]),
        ("https://token:x-oauth-basic@github.com", f"https://{MASK}@github.com", ["token"]),
        ("https://token:@h", f"https://{MASK}@h", ["token"]),
        ("https://u:p@[::1]:80/", f"https://{MASK}@[::1]:80/", ["p"]),
        ("sum.golang.org+033de0ae+Ac4z https://u:t k@h", f"sum.golang.org+033de0ae+Ac4z https://{MASK}@h", ["t k"]),
        ("'-ldflags=-X main.apiToken=abc -s'", f"'-ldflags=-X main.apiToken={MASK} -s'", ["abc"]),
        ("-ldflags=-X=main.Password=abc", f"-ldflags=-X=main.Password={MASK}", ["abc"]),
        ("helper --token abc; netrc", f"helper --token {MASK} netrc", ["abc;"]),
        ("https://h?private_token=abc&v=1", f"https://h?private_token={MASK}&v=1", ["abc"]),
        ("dev:s3cret@proxy.example.com,direct", f"{MASK}@proxy.example.com,direct", ["s3cret"]),
        *(
            (f"dev:a{char}b@proxy.example.com:80,direct", f"{MASK}@proxy.example.com:80,direct", [f"a{char}b"])
            for char in "/,|='\" @\\?#"
        ),
        *(
            (f"https://a{char}b@proxy.example.com/go", f"https://{MASK}@proxy.example.com/go", [f"a{char}b"])
            for char in "/?#\\"
        ),
        *(
            (f"-ldflags=-X=main.apiToken=a{char}b", f"-ldflags=-X=main.apiToken={MASK}", [f"a{char}b"])
            for char in "&,;|'\"@/"
        ),
        ("'-ldflags=-X main.secret=a;b' -v", f"'-ldflags=-X main.secret={MASK}' -v", ["a;b"]),
        ("'-ldflags=-X \"main.secret=a b;c\" -s'", f"'-ldflags=-X \"main.secret={MASK}\" -s'", ["a b;c"]),
        # a reference is no secret, and is hidden in its place all the same
        ("https://%USER%:%TOKEN%@h", f"https://{MASK}@h", []),
        ("https://$TOKEN@h", f"https://{MASK}@h", []),
        (f"https://{MASK}@h", f"https://{MASK}@h", []),
        (f"https://{CHANGED}@h", f"https://{CHANGED}@h", []),
    ],
)
def test_what_is_secret_in_a_value(value: str, masked: str, secrets: list[str]) -> None:
    assert (shown(value), secrets_in(value)) == (masked, secrets)
    assert bool(userinfos_in(value)) == any(
        f"{secret}@" in value or ":@" in value or ":x-oauth" in value for secret in secrets
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://h/x@v1.2",
        "https://h:8080/x@v1.2.3-0.20240101",
        "https://proxy.corp:8080/x@feature",
        "https://h/example.com/m/@v/v1.0.0.zip",
        "https://h/x@latest",
        "https://h/x@0a1b2c3d4e5f",
        "https://medium.com/@user/post",
        "https://[::1]:8080/x@v1.2",
        "https://h?mail=bob@example.com",
        "example.com/m@v1.2.3",
        "git@github.com:x/y",
        "localhost:8080/x@v1.2",
        r"C:\a@b;C:/x:y@z",
        "/usr/bin:/opt/x@1/bin",
        "ssh://git@github.com/x/y",
        "git+ssh://git@github.com/x/y",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "-ldflags=-X=main.version=1.2.3 -tags=netgo",
        "https://proxy.golang.org,direct",
        r"C:\Users\alice\go@x;D:\b@c",
        "public:git|hg,corp.example.com:git",
        "https://proxy?mail=bob@example.com",
        "localhost:8080,me@example.com",
        "mail bob@example.com about https://h:8080 soon",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert (mask(text), shown(text), secrets_in(text)) == (text, text, [])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GOPROXY holds 'https://u:p a@h', which", f"GOPROXY holds 'https://{MASK}@h', which"),
        ('invalid proxy URL "https://u:p a@h": no', f'invalid proxy URL "https://{MASK}@h": no'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASK}"),
        ("https://u:p a@h", f"https://{MASK}@h"),
        ("GOPROXY = https://u:p/a b c@h,direct (REG_SZ)", f"GOPROXY = https://{MASK}@h,direct (REG_SZ)"),
        ("https://h:8080 is what bob@example.com meant", "https://h:8080 is what bob@example.com meant"),
        ("https://example.com: ask bob@example.com", "https://example.com: ask bob@example.com"),
        ("see https://u:pa/ss@h now", f"see https://{MASK}@h now"),
    ],
)
def test_texts_that_quote_values(text: str, masked: str) -> None:
    assert mask(text) == masked


_URLS = st.text(st.sampled_from("a:/@,|?&= token%'\"\\#*0.~"), max_size=60)


@given(_URLS)
def test_masking_again_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    once = shown(text)
    assert mask(once) in (once, mask(once))
    assert shown(once) == once


_PASSWORD = st.text(
    st.characters(exclude_characters="@", exclude_categories=["Cc", "Cs", "Co"]), min_size=1, max_size=16
)


@given(
    _PASSWORD, st.sampled_from(["h", "h:8080", "proxy.example.com"]), st.sampled_from(["", "/go", ",direct", "/x@v1.2"])
)
def test_a_password_is_secret_whatever_is_in_it(password: str, host: str, more: str) -> None:
    value = f"https://dev:K{password}Q@{host}{more}"
    assert secrets_in(value)[0].endswith(f"K{password}Q"[-2:])
    assert f"K{password}Q" not in shown(value)
    assert shown(value).endswith(f"@{host}{more}")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("DEPLOY_TOKEN", True),
        ("ApiKey", True),
        ("DB_PASSWORD", True),
        ("PWD", False),
        ("GOFLAGS", False),
        ("TOKEN_URL", False),
    ],
)
def test_names_that_say_it(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret
