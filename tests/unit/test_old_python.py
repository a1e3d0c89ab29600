"""What is shipped to hosts runs on the oldest Python that a host may have."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

#: (3, 9) stands in tests/config.yml, where ansible-test reads it too
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"

_IMPORT = """
import importlib, sys
failed = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append("%s: %r" % (name, error))
print("\\n".join(failed))
sys.exit(bool(failed))
"""


def oldest_supported(root: Path) -> str:
    found = re.search(r'python_requires: ">=(3\.\d+)"', (root / "tests" / "config.yml").read_text(encoding="utf-8"))
    assert found
    return found[1]


def candidates(version: str) -> list[str]:
    """Where a Python of this version may be: on PATH, then among pyenv's versions."""
    places = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = shutil.which(f"python{version}")
    return [*([on_path] if on_path else []), *map(str, sorted(places.glob(f"{version}.*/bin/python{version}")))]


@pytest.fixture(scope="module")
def oldest(root: Path) -> str:
    """A Python of the oldest version that hosts may have; a version manager's stand-in on PATH need not run."""
    version = oldest_supported(root)
    for candidate in candidates(version):
        done = subprocess.run([candidate, "-c", _VERSION], capture_output=True, text=True, timeout=60)
        if done.stdout.strip() == version:
            return candidate
    pytest.skip(f"no Python {version} is on PATH or among pyenv's versions")


def test_all_that_runs_on_hosts_is_imported(root: Path, oldest: str, tmp_path: Path) -> None:
    """As on a host: the collection's own code and the standard library, nothing that was installed."""
    plugins = root / "plugins"
    tree = tmp_path / "ansible_collections" / "gopher" / "devbox" / "plugins"
    shutil.copytree(plugins / "module_utils", tree / "module_utils", ignore=shutil.ignore_patterns("__pycache__"))
    for place in (tree, *list(tree.parents)[:3]):
        (place / "__init__.py").touch()
    files = sorted(path.relative_to(plugins).with_suffix("") for path in (plugins / "module_utils").rglob("*.py"))
    names = [
        ".".join(("ansible_collections.gopher.devbox.plugins", *path.parts)).removesuffix(".__init__") for path in files
    ]
    assert len(names) > 40
    done = subprocess.run(
        [oldest, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{_IMPORT}", *names],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_modules_compile(root: Path, oldest: str, tmp_path: Path) -> None:
    """They import ansible-core's basic.py, which AnsiballZ brings along; whether it runs there is its own matter."""
    modules = [str(path) for path in sorted((root / "plugins" / "modules").glob("*.py"))]
    code = "import sys\nfor path in sys.argv[1:]: compile(open(path, encoding='utf-8').read(), path, 'exec')"
    done = subprocess.run([oldest, "-I", "-c", code, *modules], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_run_on_the_oldest_python(root: Path, oldest: str, tmp_path: Path) -> None:
    """Both POSIX modules' runners do their work there, and what is imported only when needed is imported."""
    collection = tmp_path / "tree" / "ansible_collections" / "gopher" / "devbox"
    collection.mkdir(parents=True)
    (collection / "plugins").symlink_to(root / "plugins")
    home = tmp_path / "home"
    home.mkdir()
    code = f"""
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(tmp_path / "tree")!r})
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, env, env_layers, rcfile
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
def params(runner, **given):
    return dict({{name: spec.get("default") for name, spec in runner.ARGUMENT_SPEC.items()}}, **given)
environ = {{"HOME": {str(home)!r}, "PATH": "/usr/bin:/bin"}}
out = []
for runner, given in ((rcfile, {{"scope": "user", "gopath": ["~/go"], "shells": ["sh"]}}), (config, {{"variables": {{"GOPROXY": "direct"}}}})):
    for state in ("present", "present", "restored", "present", "absent"):
        wanted = given if state == "present" else {{name: value for name, value in given.items() if name in ("scope",)}}
        result = runner.run(params(runner, state=state, **wanted), LocalHost(environ, False), False, True)
        out.append(result.get("msg") or result["changed"])
for state in ("present", "present", "restored", "present", "absent"):
    given = {{"mode": "user", "config": {{}}, "shells": ["sh"]}}
    if state == "present":
        given.update(gopath=["~/w"], config={{"GOFLAGS": "-v"}})
    elif state == "restored":
        given = {{}}
    result = env.run(rcfile.ENVIRONMENT, params(env_layers, state=state, **given), LocalHost(environ, False), False, True)
    out.append(result.get("msg") or result["changed"])
print(json.dumps(out))
"""  # noqa: E501
    done = subprocess.run([oldest, "-I", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[" + ", ".join(["true, false, true, true, true"] * 3) + "]", done.stderr


def test_go_sdk_info_on_the_oldest_python(root: Path, oldest: str, tmp_path: Path) -> None:
    collection = tmp_path / "tree" / "ansible_collections" / "gopher" / "devbox"
    collection.mkdir(parents=True)
    (collection / "plugins").symlink_to(root / "plugins")
    for name, text in {
        "usr/local/go/VERSION": "go1.22.3\n",
        "usr/local/go/bin/go": "",
        "home/src/go.mod": "module a\n\ngo 1.21\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = f"""
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(tmp_path / "tree")!r})
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_info import run
environ = {{"HOME": {str(tmp_path / "home")!r}, "PATH": "/nowhere"}}
result = run({{"user": None, "search": [], "project": "~/src"}}, PosixSdks(environ, False, {str(tmp_path)!r}), environ)
print(json.dumps(result.get("msg") or [[sdk["version"] for sdk in result["sdks"]], [module["version"] for module in result["modules"]]]))
"""  # noqa: E501
    done = subprocess.run([oldest, "-I", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == '[["go1.22.3"], ["go1.22.3"]]', done.stdout + done.stderr
