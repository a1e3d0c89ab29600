"""Runs of go_registry and go_env over images under the system's Python, which has hivex: a request a line, as JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._hosts import hives
from ansible_collections.gopher.devbox.plugins.module_utils._run import (
    env_info,
    env_info_offline,
    env_layers,
    env_offline,
    registry,
    registry_offline,
)

MODULES: dict[str, tuple[t.Any, t.Any]] = {
    "go_registry": (registry.ARGUMENT_SPEC, registry_offline.run),
    "go_env": (env_layers.ARGUMENT_SPEC, env_offline.run),
    "go_env_info": (env_info.ARGUMENT_SPEC, env_info_offline.run),
}


def filled(spec: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options as Ansible's argument spec has them."""
    out = {name: given.get(name, option.get("default")) for name, option in spec.items()}
    if isinstance(out.get("layers"), list):
        options = spec["layers"]["options"]
        out["layers"] = [{name: layer.get(name) for name in options} for layer in out["layers"]]
    return out


def killed_before(name: str) -> None:
    """Have this process die right before a file of that name gets its new content."""
    write = hives.write_hive

    def dies(hive: hives.Hive, *more: t.Any) -> hives.Hive:
        if os.path.basename(hive.path).upper() == name.upper():
            os.kill(os.getpid(), signal.SIGKILL)
        return write(hive, *more)

    hives.write_hive = dies


def run(request: dict[str, t.Any]) -> t.Any:
    spec, runner = MODULES[request["module"]]
    return runner(filled(spec, request["options"]), request["check"], True)


def answer(request: dict[str, t.Any]) -> t.Any:
    if not request["kill"]:
        return run(request)
    child = os.fork()
    if not child:
        killed_before(request["kill"])
        run(request)
        os._exit(0)
    return {"signal": os.WTERMSIG(os.waitpid(child, 0)[1])}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
