"""What the tests of enforcement share: plans and records with defaults."""

from __future__ import annotations

from typing import Any

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import seconds_of
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import ENFORCEMENT, HostPlan, Plan
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.records import record_of
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import ENFORCE, Settings

START = seconds_of("2026-11-30T02:15:00Z")
RUN = "20261130T021500Z-1a2b"


def plan_of(*hosts: str, mode: str = ENFORCE, settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    defaults = {
        "run": RUN,
        "kind": ENFORCEMENT,
        "started": START,
        "pattern": "all",
        "hosts": {host: HostPlan(mode=mode) for host in hosts},
        "settings": Settings(**(settings or {})),
    }
    return Plan(**(defaults | more))


def drift(item: str = "GOPROXY", cls: str = "host_drift", action: str = "put_back", **more: Any) -> dict[str, Any]:
    return {
        "medium": "go env file",
        "scope": "user",
        "kind": "value",
        "item": item,
        "class": cls,
        "base": "direct",
        "now": "off",
        "want": "direct",
        "action": action,
        "advice": "",
    } | more


def finding(id: str = "stale_path_entry", severity: str = "info", **more: Any) -> dict[str, Any]:
    return {
        "medium": "start files (user)",
        "id": id,
        "severity": severity,
        "message": "Something.",
        "advice": "Do it.",
        "subject": "PATH",
    } | more


def record(
    host: str = "box", *items: dict[str, Any], findings: tuple[dict[str, Any], ...] = (), run: str = RUN, **more: Any
) -> dict[str, Any]:
    """Of a host that answered."""
    env = {"changed": False, "drift": list(items), "findings": list(findings), "journal": None} | more
    return record_of(run, host, env, (), None, "2026-11-30T02:16:00Z")


def failed(host: str = "box", message: str = "It broke.", run: str = RUN) -> dict[str, Any]:
    return record_of(run, host, {"failed": True, "msg": message}, (), None, "2026-11-30T02:16:00Z")


def absent(host: str = "box", run: str = RUN) -> dict[str, Any]:
    return record_of(run, host, {"unreachable": True, "msg": "No route."}, (), None, "2026-11-30T02:16:00Z")
