"""What programs print, told by what no language changes."""

from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.programs import (
    parse_certutil,
    parse_go_env,
    parse_set,
    parse_version,
    parse_whoami,
    writable_by_ordinary_users,
)

SID = "S-1-5-21-1004336348-1177238915-682003330-1001"

# --- whoami ----------------------------------------------------------------------------------------------------------

ENGLISH = rf'''"desktop\alice","{SID}"
"Everyone","Well-known group","S-1-1-0","Mandatory group, Enabled by default, Enabled group"
"BUILTIN\Administrators","Alias","S-1-5-32-544","Mandatory group, Enabled by default, Enabled group, Group owner"
"Mandatory Label\{{}} Mandatory Level","Label","{{}}",""
'''
GERMAN = rf'''"büro\jürgen, der ""Große""","{SID}"
"Jeder","Bekannte Gruppe","S-1-1-0","Verbindliche Gruppe, Standardmäßig aktiviert, Aktivierte Gruppe"
"Verbindliche Beschriftung\Hohe Verbindlichkeitsstufe","Bezeichnung","S-1-16-12288",""
'''
CHINESE = f'''"电脑\\李雷","{SID}"
"所有人","已知组","S-1-1-0","必需的组, 启用于默认, 启用的组"
"Mandatory Label\\Medium Mandatory Level","标签","S-1-16-8192",""
'''


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ENGLISH.format("High", "S-1-16-12288"), (r"desktop\alice", SID, True)),
        (ENGLISH.format("System", "S-1-16-16384"), (r"desktop\alice", SID, True)),
        (ENGLISH.format("Medium", "S-1-16-8192"), (r"desktop\alice", SID, False)),
        (GERMAN, ('büro\\jürgen, der "Große"', SID, True)),
        (CHINESE, ("电脑\\李雷", SID, False)),
        (
            '"nt authority\\system","S-1-5-18"\r\n"x","y","S-1-16-16384",""\r\n',
            (r"nt authority\system", "S-1-5-18", True),
        ),
        ("desktop\\alice\r\n", None),
        ("ERROR: Access is denied.\r\n", None),
        ("", None),
        ("\0\0", None),
    ],
)
def test_the_account_is_told_by_sids_only(text: str, expected: tuple[str, str, bool] | None) -> None:
    assert parse_whoami(text) == expected
    assert parse_whoami(text.replace("\n", "\r\n")) == expected


def test_set_prints_variables() -> None:
    text = "ALLUSERSPROFILE=C:\\ProgramData\r\n=C:=C:\\x\r\nEmpty=\r\nGOFLAGS=-ldflags=-s\r\nnoise\r\nProgramFiles(x86)=C:\\P\r\n"  # noqa: E501
    assert parse_set(text) == {
        "ALLUSERSPROFILE": r"C:\ProgramData",
        "Empty": "",
        "GOFLAGS": "-ldflags=-s",
        "ProgramFiles(x86)": r"C:\P",
    }


# --- VERSION ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version",
    [
        "go1.27.3",
        "go1.21",
        "go1.21rc1",
        "go1.18beta2",
        "go1",
        "go1.4.3",
        "go1.22.1-custom",
        "go1.21.0 X:boringcrypto",
        "go1.21.3+auto",
        "devel go1.27-6d9e2bd Tue Jun 2 10:00:00 2026 +0000",
        "devel +6d9e2bd Tue Jun 2",
    ],
)
@pytest.mark.parametrize(
    "frame", ["{}", "{}\n", "{}\r\n", "{}\ntime 2026-08-04T18:09:11Z\n", "\ufeff{}\r\ntime 2026\r\n", "  {}  \n"]
)
def test_versions_stand_in_the_first_line(version: str, frame: str) -> None:
    assert parse_version(frame.format(version)) == version


@pytest.mark.parametrize(
    "text", ["", "\n", "1.27.3", "go", "go2.1", "golang 1.2", "\ngo1.27.3", "node v20", "go1.2.3.4", "devel"]
)
def test_what_is_no_version(text: str) -> None:
    assert parse_version(text) is None


# --- go env ----------------------------------------------------------------------------------------------------------


def test_go_answers_in_json_after_its_warnings() -> None:
    assert parse_go_env(
        'warning: GOPATH set to GOROOT (C:\\Go) has no effect\r\n{"GOROOT": "C:\\\\Go", "GOFLAGS": ""}\r\n'
    ) == {
        "GOROOT": r"C:\Go",
        "GOFLAGS": "",
    }


@pytest.mark.parametrize(
    "text", ["", "go: cannot find GOROOT directory: C:\\x", "{", '{"GOROOT": ', "[]", "go: {no json}"]
)
def test_what_is_no_answer_of_go(text: str) -> None:
    assert parse_go_env(text) is None


# --- certutil --------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.sampled_from(["\r\n", "\n"]))
def test_certutil_carries_any_bytes(data: bytes, end: str) -> None:
    body = end.join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    assert parse_certutil(f"-----BEGIN CERTIFICATE-----{end}{body}{end}-----END CERTIFICATE-----{end}") == data


@pytest.mark.parametrize("text", ["CertUtil: -encode command FAILED", "-----BEGIN CERTIFICATE-----\r\nabc\r\n", "é"])
def test_what_certutil_did_not_write_raises(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_certutil(text)


# --- security descriptors --------------------------------------------------------------------------------------------

SAFE = "D:PAI(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)(A;;0x1200a9;;;AC)"  # noqa: E501
INHERIT_ONLY = "D:AI(A;OICIIO;GA;;;CO)(A;OICIIOID;GXGR;;;BU)(A;ID;FA;;;BA)(A;OICIIO;FA;;;AU)"


@pytest.mark.parametrize(
    "sddl",
    [
        SAFE,
        INHERIT_ONLY,
        "O:BAG:DU" + SAFE,
        "O:SYG:S-1-5-21-1-2-3-513" + SAFE,
        "D:P",
        "D:",
        "D:(A;;FA;;;S-1-5-21-1-2-3-1001)",
        "D:(A;;FA;;;S-1-5-21-1-2-3-512)",
        "D:(D;;FA;;;WD)(A;;FA;;;BA)",
        SAFE + "S:AI(AU;SAFA;FA;;;WD)",
        "D:(A;;FRFX;;;WD)",
        "D:(A;;0x1200a9;;;DU)",
        "D:(A;;CCLOSWRPRC;;;BU)".replace("RP", ""),
    ],
)
def test_what_ordinary_users_cannot_change(sddl: str) -> None:
    assert not writable_by_ordinary_users(sddl)


@pytest.mark.parametrize(
    "who",
    [
        "WD",
        "AU",
        "BU",
        "IU",
        "NU",
        "BG",
        "DU",
        "DG",
        "AN",
        "S-1-1-0",
        "S-1-5-11",
        "S-1-5-32-545",
        "S-1-5-21-1-2-3-513",
        "S-1-5-113",
    ],
)
@pytest.mark.parametrize(
    "rights",
    [
        "FA",
        "GA",
        "GW",
        "FW",
        "SD",
        "WD",
        "WO",
        "DC",
        "LC",
        "DT",
        "FRFW",
        "CCDCLCSWRPWPDTLOCRSDRCWDWO",
        "0x1301bf",
        "0x40",
        "0x2",
        "0x10000",
        "0x1F01FF",
    ],
)
def test_what_ordinary_users_can_change(who: str, rights: str) -> None:
    assert writable_by_ordinary_users(f"{SAFE}(A;OICI;{rights};;;{who})")


@pytest.mark.parametrize(
    "sddl",
    [
        "",
        "O:BAG:BA",
        "D:NO_ACCESS_CONTROL",
        "D:AINO_ACCESS_CONTROL",
        "go.exe\r\n",
        "nonsense",
        '(XA;;FA;;;WD;(@User.x == "y"))',
        'D:(XA;;FA;;;WD;(@User.x == "y"))',
    ],
)
def test_what_says_nothing_protects_nothing(sddl: str) -> None:
    assert writable_by_ordinary_users(sddl)


@pytest.mark.parametrize("name", ["go.exe", "D:\\", "bin (A;;FA;;;WD)", "..", "S:(x)"])
def test_icacls_saves_a_name_before_the_descriptor(name: str) -> None:
    assert not writable_by_ordinary_users(f"{name}\r\n{SAFE}\r\n")
    assert writable_by_ordinary_users(f"{name}\r\n{SAFE}(A;;FA;;;BU)\r\n")
    assert writable_by_ordinary_users(f"{name}\r\n")
