"""What all tests share: the collection must be importable, and hypothesis has profiles."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

ROOT = Path(__file__).resolve().parents[1]

_DATABASE = DirectoryBasedExampleDatabase(ROOT / ".cache" / "hypothesis")
_COMMON = {"database": _DATABASE, "deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("quick", max_examples=25, **_COMMON)
settings.register_profile("default", max_examples=150, **_COMMON)
settings.register_profile("thorough", max_examples=5000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure() -> None:
    """Stop at once when Python does not find the collection, instead of in every test."""
    try:
        found = importlib.util.find_spec("ansible_collections.gopher.devbox")
    except ModuleNotFoundError:
        found = None
    if found is None or ROOT not in {Path(place).resolve() for place in found.submodule_search_locations or ()}:
        where = list(found.submodule_search_locations or ()) if found else "nowhere"
        message = (
            f"Python finds ansible_collections.gopher.devbox {where}, not in this checkout ({ROOT}).\n"
            "Run the tests with `make test` (PYTEST_ARGS='…' adds arguments), or after `make venv` with\n"
            "PYTHONPATH=.cache/collections .cache/venv-…/bin/python -m pytest"
        )
        pytest.exit(message, returncode=4)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
