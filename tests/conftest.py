"""What all tests share: the collection must be importable, hypothesis has profiles, and what a machine cannot run is
left out.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from left_out import FUSE, LEFT_OUT, POWERSHELL, powershell_missing

ROOT = Path(__file__).resolve().parents[1]

_DATABASE = DirectoryBasedExampleDatabase(ROOT / ".cache" / "hypothesis")
_COMMON = {"database": _DATABASE, "deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("quick", max_examples=25, **_COMMON)
settings.register_profile("default", max_examples=100, **_COMMON)
settings.register_profile("thorough", max_examples=5000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

pytest.register_assert_rewrite("unit.contract")  # its tests are collected where a store is shown to it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, so that two workers end together; and what needs a Windows host is skipped where none can
    be made.
    """
    items.sort(key=lambda item: "integration" not in item.path.parts)
    needing = [
        item
        for item in items
        if item.get_closest_marker("windows") or "shared_host" in getattr(item, "fixturenames", ())
    ]
    if not needing:
        return
    from winhost import reason_it_cannot

    if reason := reason_it_cannot():
        for item in needing:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """A missing PowerShell is said once, instead of a line for each test; the closing line counts them all the same."""
    skipped = terminalreporter.stats.get("skipped", [])
    others = [report for report in skipped if POWERSHELL not in reason_of(report)]
    line = powershell_missing(map(reason_of, skipped), os.environ)
    kept, skipped[:] = list(skipped), others
    yield
    skipped[:] = kept
    if line:
        terminalreporter.section("PowerShell")
        terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is there, what is left out is a mistake; only a PowerShell engine and FUSE may be missing."""
    report = yield
    reason = reason_of(report)
    may_be_missing = POWERSHELL in reason or FUSE in reason
    if report.skipped and os.environ.get(LEFT_OUT) == "fail" and not may_be_missing:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was left out, which {LEFT_OUT}=fail does not allow: {reason}"
    return report


def reason_of(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""


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
