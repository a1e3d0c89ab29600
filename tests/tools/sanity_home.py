"""Prepares a home for ansible-test, so that it installs from PyPI alone what its tests need.

Usage: sanity_home.py HOME PYTHON_VERSION
"""

from __future__ import annotations

import configparser
import os
import re
import sys
import types
from pathlib import Path

import ansible_test
from ansible_test._internal.python_requirements import get_venv_packages

GET_PIP = """\
import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if "==" in argument]
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *wanted], check=True)
"""


def main(home: Path, version: str) -> None:
    bootstrap_from_ensurepip(home, version)
    keep_pip_settings(home)
    take_dill_from_pypi()


def bootstrap_from_ensurepip(home: Path, version: str) -> None:
    """ansible-test downloads get-pip from a server of its own, unless it is in its cache."""
    pip = get_venv_packages(types.SimpleNamespace(version=version))["pip"]
    script = home / f".ansible/test/cache/get_pip_{pip.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(GET_PIP, encoding="utf-8")


def keep_pip_settings(home: Path) -> None:
    """ansible-test clears the environment, and the person's own home is not this one."""
    settings = configparser.RawConfigParser()
    settings.read([Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf"], encoding="utf-8")
    if not settings.has_section("global"):
        settings.add_section("global")
    settings.set("global", "cache-dir", str(Path.home() / ".cache/pip"))
    settings.set("global", "quiet", "2")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            settings.set("global", name.removeprefix("PIP_").lower().replace("_", "-"), value)
    target = home / ".config/pip/pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as stream:
        settings.write(stream)
    target.chmod(0o600)


def take_dill_from_pypi() -> None:
    """A release candidate of ansible-core takes pylint's dill from an archive that is elsewhere; PyPI's does for
    released Pythons.
    """
    requirements = Path(next(iter(ansible_test.__path__)), "_data/requirements/sanity.pylint.txt")
    text = requirements.read_text(encoding="utf-8")
    changed = re.sub(r"^dill *@.*$", "dill>=0.4.1,<0.5", text, flags=re.MULTILINE)
    if changed != text:
        requirements.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
