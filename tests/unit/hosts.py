"""A Windows host of the imagination behind a transport: it answers scripts the way recorded ones were answered."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._formats import regtext
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._formats.frames import CANARY, CODE_PAGES
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed

from .support import NEW, OLD, SID

MACHINE_KEY = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
USER_KEY = rf"HKEY_USERS\{SID}\Environment"
HOME = {
    "machine": r"HKEY_LOCAL_MACHINE\SOFTWARE\gopher\devbox\machine",
    "user": rf"HKEY_USERS\{SID}\Software\gopher\devbox\user",
}
PROFILES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
CODE_PAGE = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
SAFE_ACL = "go.exe\r\nD:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)\r\n"

Values = dict[str, tuple[str, str]]


class FakeWindows:
    """See `Transport`. Everything about it can be changed before a run, and looked at after it.

    fails: where an apply ends: cut, denied, nocopy, broken, ignored, or a callable that raises. before_copy,
    after_import: what another program does in the middle of it.
    """

    name = "imagination"
    fresh_environment = True
    holds_output = False

    def __init__(self, page: int = 65001) -> None:
        self.codec = CODE_PAGES[page]
        self.sid, self.elevated = SID, True
        self.core = {
            "SystemRoot": r"C:\Windows",
            "SystemDrive": "C:",
            "ProgramFiles": r"C:\Program Files",
            "USERPROFILE": r"C:\Users\alice",
            "USERNAME": "alice",
            "COMPUTERNAME": "HOST",
            "Path": r"C:\Windows\system32;C:\Windows",
        }
        self.keys: dict[str, Values] = {}
        self.set(MACHINE_KEY, Path=("REG_EXPAND_SZ", r"%SystemRoot%\system32;%SystemRoot%"))
        self.set(USER_KEY, TEMP=("REG_EXPAND_SZ", r"%USERPROFILE%\AppData\Local\Temp"))
        self.set(rf"HKEY_USERS\{SID}\Volatile Environment", USERNAME=("REG_SZ", "alice"), USERDOMAIN=("REG_SZ", "HOST"))
        self.set(CODE_PAGE, OEMCP=("REG_SZ", str(page)))
        self.files = {rf"{root}\bin": version for root, version in ((NEW, "go1.27.3"), (OLD, "go1.21.13"))}
        self.in_the_way: set[str] = set()  # files, in upper case
        self.stubborn = False  # no directory can be made
        self.directories = {"C:\\Windows", r"C:\Windows\system32", r"C:\Users\alice", NEW, OLD, *self.files}
        self.tar, self.whoami, self.cmd, self.certutil = True, True, True, True
        self.refused: tuple[str, ...] = ()
        self.where, self.leftovers = "", ""
        self.acl = SAFE_ACL
        self.go: str | None = None
        self.holders: tuple[str, ...] = ()
        self.locks: tuple[str, ...] = ()
        #: hive files that nobody has loaded: the values of their keys, by path
        self.hives: dict[str, dict[str, Values]] = {}
        self.mounted: dict[str, str] = {}  # paths of hive files by the keys under which they are loaded
        self.held: set[str] = set()  # hive files that another program holds
        self.damaged: set[str] = set()
        self.privilege = True
        self.exported: dict[str, str] = {}  # what reg.exe exported of keys before they were unloaded
        self.busy = 0  # commands whose unload fails
        self.before_load: t.Callable[[], None] = lambda: None
        self.fails: str | t.Callable[[], None] = ""
        self.before_copy: t.Callable[[], None] = lambda: None
        self.after_import: t.Callable[[], None] = lambda: None
        self.autorun = False  # ends every second cmd.exe, which a FOR that runs a program starts
        self.account_name, self.account_codec = r"host\alice", ""
        self.scripts: list[str] = []
        self.sent: list[bytes] = []
        self.sessions, self.closed = 1, False

    # --- its registry ------------------------------------------------------------------------------------------------

    def set(self, key: str, **values: tuple[str, str]) -> None:
        self.keys.setdefault(self._path(key), {}).update(values)

    def values(self, key: str) -> Values:
        return self.keys.get(self._path(key), {})

    def _path(self, key: str) -> str:
        path = regtext.long_name(key)
        return next((known for known in self.keys if known.upper() == path.upper()), path)

    def loaded(self) -> list[str]:
        """The names in HKEY_USERS."""
        return list(dict.fromkeys(key.split("\\")[1] for key in self.keys if key.upper().startswith("HKEY_USERS\\")))

    def _query(self, key: str) -> str:
        path = self._path(key)
        subkeys = list(
            dict.fromkeys(
                known[len(path) + 1 :].split("\\")[0]
                for known in self.keys
                if known.upper().startswith(path.upper() + "\\")
            )
        )
        if any(path.upper().startswith(regtext.long_name(refused).upper()) for refused in self.refused) or (
            path not in self.keys and not subkeys
        ):
            return "ERROR: The system was unable to find the specified registry key or value.\r\n"
        values = self.values(path)
        lines = [
            "",
            *([path] if values or not subkeys else []),
            *(f"    {name}    {kind}    {data}" for name, (kind, data) in values.items()),
        ]
        return "\r\n".join([*lines, *([""] if values else []), *(f"{path}\\{name}" for name in subkeys), ""])

    def _export(self, key: str) -> str:
        return self._coded(
            regtext.format_reg([(self._path(key), [(name, *value) for name, value in self.values(key).items()])])
        )

    def _coded(self, raw: bytes) -> str:
        if not self.certutil:
            return "The system cannot find the file specified.\r\n"
        return f"-----BEGIN CERTIFICATE-----\r\n{base64.b64encode(raw).decode()}\r\n-----END CERTIFICATE-----\r\n"

    def _import(self, raw: bytes) -> None:
        key, kept = "", []
        for line in raw[2:].decode("utf-16-le", "surrogatepass").split("\r\n"):
            if line.startswith("[-"):
                gone = line[2:-1].upper()
                self.keys = {
                    path: values
                    for path, values in self.keys.items()
                    if path.upper() != gone and not path.upper().startswith(gone + "\\")
                }
                continue
            if line.startswith("["):
                key = self._path(line[1:-1])
            if line.startswith('"') and line.endswith('"=-'):
                self._remove(key, line[1:-3])
                continue
            kept.append(line)
        for path, found in regtext.parse_reg(
            b"\xff\xfe" + "\r\n".join(kept).encode("utf-16-le", "surrogatepass")
        ).items():
            for name, kind, data in found.values:
                values = self.keys.setdefault(self._path(path), {})
                standing = next((known for known in values if known.upper() == name.upper()), name)
                values[standing] = (kind, data)

    def _remove(self, key: str, name: str) -> None:
        values = self.values(key)
        for known in [known for known in values if known.upper() == name.upper()]:
            del values[known]

    # --- its hive files ----------------------------------------------------------------------------------------------

    def profile(self, sid: str, folder: str, *, loaded: bool = False, **values: tuple[str, str]) -> str:
        """A profile; the path of its hive, which is not loaded."""
        self.set(f"{PROFILES}\\{sid}", ProfileImagePath=("REG_EXPAND_SZ", folder), **values)
        file = f"{folder.replace('%SystemDrive%', 'C:')}\\NTUSER.DAT"
        self.hives[file] = {"Environment": {"TEMP": ("REG_EXPAND_SZ", r"%USERPROFILE%\AppData\Local\Temp")}}
        if loaded:
            self.sign_in(sid, file)
        return file

    def template(self, folder: str = r"%SystemDrive%\Users\Default") -> str:
        """The template of new profiles; the path of its hive."""
        self.set(PROFILES, Default=("REG_EXPAND_SZ", folder))
        file = f"{folder.replace('%SystemDrive%', 'C:')}\\NTUSER.DAT"
        self.hives[file] = {"Environment": {"TEMP": ("REG_EXPAND_SZ", r"%USERPROFILE%\AppData\Local\Temp")}}
        return file

    def sign_in(self, sid: str, file: str, name: str = "") -> None:
        self._mount(f"HKEY_USERS\\{sid}", file)
        if name:
            found = {"USERNAME": name, "USERDOMAIN": "HOST", "USERPROFILE": file.rpartition("\\")[0]}
            values = {name: ("REG_SZ", text) for name, text in found.items()}
            self.set(f"HKEY_USERS\\{sid}\\Volatile Environment", **values)

    def _mount(self, key: str, file: str) -> bool:
        file = next((known for known in self.hives if known.upper() == file.upper()), "")
        if not file or file in self.held | self.damaged or not self.privilege:
            return False
        for path, values in self.hives.pop(file).items():
            self.keys[f"{regtext.long_name(key)}\\{path}"] = values
        self.mounted[regtext.long_name(key)] = file
        return True

    def unmount(self, key: str) -> None:
        root = regtext.long_name(key) + "\\"
        self.exported = {path: self._export(path) for path in self.keys if path.upper().startswith(root.upper())}
        found = {path: values for path, values in self.keys.items() if path.upper().startswith(root.upper())}
        self.hives[self.mounted.pop(regtext.long_name(key))] = {
            path[len(root) :]: values for path, values in found.items()
        }
        self.keys = {path: values for path, values in self.keys.items() if path not in found}

    def _load(self, text: str, words: str) -> str:
        """What the steps before the first one that needs the hive print."""
        asked = re.search(r'reg\.exe load "([^"]+)" "([^"]+)"', text)
        if asked is None:
            return words
        self.before_load()
        if self._mount(*asked.groups()):
            return words + "gd-loaded\r\n"
        signed_in = re.search(r'query "(HKU\\S-1-[^"]+)"', text[asked.end() :])
        loaded = signed_in is not None and self._path(signed_in.group(1)) in self.keys
        return words + "ERROR: Access is denied.\r\n" + ("gd-signed-in\r\n" if loaded else "")

    def _unload(self, text: str) -> str:
        out = ""
        for key in re.findall(r'reg\.exe unload "([^"]+)"', text):
            if regtext.long_name(key) not in self.mounted:
                continue
            if self.busy:
                self.busy -= 1
                out += f"gd-stuck {key}\r\n" if "gd-swept" in text else "gd-stuck\r\n"
            else:
                self.unmount(key)
        return out

    def _why(self, text: str) -> str:
        file = re.search(r'if not exist "([^"]+)"', text)
        assert file is not None
        known = {path.upper() for path in self.hives}
        words = [] if file.group(1).upper() in known else ["gd-no-file"]
        words += ["gd-busy"] if file.group(1) in self.held else []
        return "\r\n".join([*words, '"SeRestorePrivilege","x","y"' if self.privilege else "", ""])

    def _profiles(self) -> list[str]:
        """What `reg query /s /v` prints for each value."""
        out = []
        for name in ("ProfileImagePath", "State", "CentralProfile"):
            found = [
                f"\r\n{key}\r\n    {name}    {values[name][0]}    {values[name][1]}\r\n"
                for key, values in self.keys.items()
                if key.startswith(PROFILES + "\\") and name in values
            ]
            out.append("".join(found) + f"\r\nEnd of search: {len(found)} match(es) found.\r\n")
        return out

    # --- its programs ------------------------------------------------------------------------------------------------

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        text = script.command_line()
        self.scripts.append(text)
        self.sent.append(stdin or b"")
        if not self.cmd:
            return Completed(1, b"", b"The command prompt has been disabled by your administrator.\r\n")
        found = re.search(r"echo (gd[0-9a-f]{12})[+]", text)
        if found is None:
            for key in re.findall(r'reg\.exe delete "([^"]+)"', text):
                self.keys.pop(self._path(key), None)
            return Completed(0, b"", b"")
        out = b""
        for mark in dict.fromkeys(re.findall(r"echo (gd[0-9a-f]{12})[+]", text)):
            said, whole = self._framed(mark, text, stdin)
            out += said
            if not whole:
                return Completed(1, out, b"Terminated\r\n")
        return Completed(0, out, b"")

    def _framed(self, mark: str, text: str, stdin: bytes | None) -> tuple[bytes, bool]:
        """What the statements of one question print, and whether they ended."""
        out = b""
        for part in re.finditer(rf"echo {mark}\+(\w+)", text):
            name, rest = part.group(1), text[part.end() :]
            inside = rest.split(f"echo {mark}-{name}")[0]
            if self.autorun and "%~i" in inside and "reg.exe" in inside:
                continue
            for answer in self._answers(name, inside, text[: part.start()], stdin):
                end = b"" if self.fails == "broken" and name == "apply" else f"{mark}-{name}\r\n".encode()
                out += f"{mark}+{name}\r\n".encode() + answer + end
                if not end:
                    return out, False
        return out, True

    def _answers(self, name: str, inside: str, before: str, stdin: bytes | None) -> list[bytes]:
        if name == "who":
            roots = [path.rpartition("\\")[0] for path in self.keys if path.endswith("\\Volatile Environment")]
            return [self._encoded(f"{root}\r\n" + self._query(root + "\\Volatile Environment")) for root in roots]
        if name == "profiles":
            return [self._encoded(text) for text in self._profiles()]
        if name == "hive":
            names = re.findall(r'"([^"]+)"', re.findall(r"for %k in \(([^)]*)\) do", before)[-1])
            root = re.search(r'query "([^"]+)\\%~k"', inside)
            assert root is not None
            loaded = regtext.long_name(root.group(1)) in self.mounted
            return [self._encoded(self._query(f"{root.group(1)}\\{key}") if loaded else "") for key in names]
        answer = self._answer(name, inside, before, stdin)
        return [
            answer.encode(self.account_codec) if name == "account" and self.account_codec else self._encoded(answer)
        ]

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.codec, "replace")

    def _answer(self, name: str, inside: str, before: str, stdin: bytes | None) -> str:
        of_hives: dict[str, t.Callable[[], str]] = {
            "mount": lambda: (
                "".join(f"gd-held {name}\r\n" for name in self.holders)
                if self.fails == "locked"
                else self._load(inside, "gd-locked\r\n")
            ),
            "unload": lambda: self._unload(inside),
            "why": lambda: self._why(inside),
            "swept": lambda: (
                "".join(f"gd-swept {key}\r\n" for key in re.findall(r"echo gd-swept ([^)]+)\)", inside))
                + self._unload(inside)
            ),
            "apply": lambda: self._apply(before + inside, stdin or b""),
        }
        if name in of_hives:
            return of_hives[name]()
        asked = re.search(r'reg\.exe query "([^"]+)"', inside)
        if asked:
            return self._query(asked.group(1).replace("%~i", self.sid))
        if ".b64" in inside and name != "acl":
            key = re.findall(rf'reg\.exe export "([^"]+)" "[^"]*\\{name}\.reg"', before)[-1]
            return self.exported.get(regtext.long_name(key)) or self._export(key)
        answers: dict[str, t.Callable[[], str]] = {
            "page": lambda: CANARY + "\r\n",
            "core": lambda: "".join(f"{key}={text}\r\n" for key, text in self.core.items()),
            "environment": lambda: "".join(
                f"{key}={text}\r\n" for key, text in {**self.core, **self._variables()}.items()
            ),
            "account": self._account,
            "where": lambda: self.where,
            "hives": lambda: "".join(f"HKEY_USERS\\{name}\r\n" for name in self.loaded()),
            "locks": lambda: "".join(f"{name}\r\n" for name in self.locks),
            "tools": lambda: ("tar\r\n" if self.tar else "") + self.leftovers,
            "dirs": lambda: self._made_and_looked_up(before, inside),
            "acl": lambda: self._coded((self.acl * before.count("/save")).encode("utf-16-le")),
            "go": lambda: (self._go() if self.go is None else self.go) + "\r\n",
        }
        return answers[name]()

    def _account(self) -> str:
        level = "S-1-16-12288" if self.elevated else "S-1-16-8192"
        groups = '"Everyone","Well-known group","S-1-1-0","Mandatory group"\r\n'
        return f'"{self.account_name}","{self.sid}"\r\n{groups}"x","Label","{level}",""\r\n' if self.whoami else ""

    def _make(self, text: str) -> None:
        if not self.stubborn:
            self.directories |= set(re.findall(r'(?:^|&| )md "([^"%]+)"', text))

    def _made_and_looked_up(self, before: str, inside: str) -> str:
        if "reg.exe" not in before:  # a command that makes directories, and nothing else
            self._make(before)
        return self._lookup(re.findall(r'"([^"%]+)"', inside.split(" do (", maxsplit=1)[0]))

    def _lookup(self, paths: list[str]) -> str:
        out = ""
        for path in paths:
            known = {place.upper() for place in self.directories}
            version = next((text for place, text in self.files.items() if place.upper() == path.upper()), None)
            out += (
                "#\r\n"
                + ("r\r\n" if path.upper().startswith("C:") else "")
                + ("d\r\n" if path.upper() in known else "")
                + ("a--a------\r\n" if path.upper() in self.in_the_way else "a\r\n")
            )
            out += (f"go.exe\r\nv\r\n{version}\n" if version else "") + "\r\n"
        return out

    def _variables(self) -> dict[str, str]:
        values = {**self.values(MACHINE_KEY), **self.values(USER_KEY)}
        return {name: data for name, (_kind, data) in values.items() if name.startswith("GO")}

    def _go(self) -> str:
        return json.dumps(self._variables())

    def _apply(self, text: str, stdin: bytes) -> str:
        if callable(self.fails):
            self.fails()
        if self.fails == "cut":
            return "tar.exe: Truncated input file: Unexpected EOF\r\n"
        with tarfile.open(fileobj=io.BytesIO(stdin), mode="r|gz") as archive:
            members = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
        assert list(members)[-1] == "done"
        if self.fails == "locked":
            return "gd-arrived\r\n" + "".join(f"gd-held {name}\r\n" for name in self.holders)
        if self.fails == "denied":
            return "gd-arrived\r\ngd-locked\r\nERROR: Access is denied.\r\n"
        if self.fails == "nocopy":
            return "gd-arrived\r\ngd-locked\r\nThe operation completed.\r\ngd-allowed\r\nERROR: Access is denied.\r\n"
        words = self._load(text, "gd-arrived\r\ngd-locked\r\n")
        if "reg.exe load" in text and "gd-loaded" not in words:
            return words
        self.before_copy()
        source, target = re.findall(r'reg\.exe copy "([^"]+)" "([^"]+)"', text)[0]
        self.keys[self._path(target)] = dict(self.values(source))
        if self.fails != "ignored":
            self._import(members["plan.reg"])
        self.after_import()
        self._make(text)
        return (
            f"{words}gd-allowed\r\nThe operation completed successfully.\r\n"
            "gd-copied\r\nThe operation completed successfully.\r\ngd-imported\r\n"
        )

    # --- its sessions ------------------------------------------------------------------------------------------------

    def fresh(self) -> None:
        self.sessions += 1

    def close(self) -> None:
        self.closed = True
