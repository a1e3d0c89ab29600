from __future__ import annotations
import json
import pytest
from conftest import ADMIN, NEW_ROOT, OLD_ROOT
from support import MACHINE, go_registry, user_key, Playbooks
from winhost import WinHost
U = user_key(ADMIN.sid)

def ids(r): return sorted({(f["id"], f.get("subject","")) for f in r.get("findings", [])}) or r.get("msg")

@pytest.mark.parametrize("value,kind", [
 (r"C:\Go","REG_SZ"),(r"C:\Go"+"\\","REG_SZ"),(r'"C:\Program Files\Go"',"REG_SZ"),(r"%ProgramFiles%\Go","REG_EXPAND_SZ"),(r"%ProgramFiles%\Go","REG_SZ"),(r"%NOSUCH%\Go","REG_EXPAND_SZ"),("Go","REG_SZ"),(r"\\srv\share\go","REG_SZ"),("C:/Program Files/Go","REG_SZ"),(r"c:\program files\go","REG_SZ"),(OLD_ROOT,"REG_SZ"),(OLD_ROOT+"\\bin","REG_SZ"),("C:\\Windows","REG_SZ"),("","REG_SZ"),(" ","REG_SZ"),("Z:\\go","REG_SZ"),("C:\\Program Files\\Go;C:\\x","REG_SZ"),("C:\\PROGRA~1\\Go","REG_SZ"),("~\\go","REG_SZ")])
@pytest.mark.parametrize("key", ["machine","user"])
def test_goroot(host: WinHost, value, kind, key):
    p = host.prefix
    go_registry(host, scope="machine", path=[NEW_ROOT + r"\bin"])
    p.set_value(MACHINE if key == "machine" else U, "GOROOT", value, kind)
    out = {}
    out["user check"] = ids(go_registry(host, scope="user", variables={"GOPROXY": "direct"}, check=True))
    out["user"] = ids(go_registry(host, scope="user", variables={"GOPROXY": "direct"}))
    out["user 2"] = ids(go_registry(host, scope="user", variables={"GOPROXY": "direct"}))
    out["machine"] = ids(go_registry(host, scope="machine", variables={"GOPROXY": "direct"}, path=[NEW_ROOT + r"\bin"]))
    out["restored"] = ids(go_registry(host, scope="user", state="restored"))
    out["absent"] = ids(go_registry(host, scope="user", state="absent"))
    print("\n##", key, repr(value), kind); 
    for k, v in out.items(): print("   ", k, v)
