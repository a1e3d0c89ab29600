"""From go_env's options to media: layers, labels, order, and whose they are."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.gopher.devbox.plugins.doc_fragments import enforcement
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, rcfile, registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_layers import (
    ARGUMENT_SPEC,
    Slot,
    lacks_user,
    slots_of,
    with_user,
    written,
)
from ansible_collections.gopher.devbox.plugins.modules import go_env


def params(**given: t.Any) -> dict[str, t.Any]:
    return {**{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}, **given}


def slots(environment: t.Any = rcfile.ENVIRONMENT, **given: t.Any) -> list[Slot]:
    return slots_of(params(**given), environment.name, environment.spec, config.ARGUMENT_SPEC)


def labels(found: t.Iterable[Slot]) -> list[str]:
    return [slot.label for slot in found]


MACHINE, USER = {"mode": "machine"}, {"mode": "user", "config": {}}
ALICE, BOB = {**USER, "user": "alice"}, {**USER, "user": "bob"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mode": "machine"}, ["start files (machine)"]),
        ({"mode": "user"}, ["start files (user)"]),
        ({"mode": "user", "user": "alice", "config": {}}, ["start files (user)", "go env file"]),
        ({"mode": "user", "repair": True}, ["start files (user)", "go env file"]),
        ({"mode": "user", "state": "absent"}, ["start files (user)"]),
        ({"mode": "user", "state": "restored"}, ["start files (user)", "go env file"]),
        ({"mode": "machine", "state": "restored"}, ["start files (machine)"]),
        ({"state": "restored"}, ["start files (machine)", "start files (user)", "go env file"]),
        ({"layers": [USER, MACHINE]}, ["start files (machine)", "start files (user)", "go env file"]),
        (
            {"layers": [ALICE, MACHINE, BOB]},
            [
                "start files (machine)",
                "start files (user alice)",
                "start files (user bob)",
                "go env file (alice)",
                "go env file (bob)",
            ],
        ),
    ],
)
def test_media_and_their_labels(given: dict[str, t.Any], expected: list[str]) -> None:
    assert labels(slots(**given)) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Neither mode is given nor layers"),
        ({"state": "absent"}, "Neither mode is given nor layers"),
        ({"state": "restored", "goroot": "/go"}, "Neither mode is given nor layers"),
        ({"layers": []}, "layers is an empty list"),
        ({"layers": [MACHINE], "mode": "user", "gopath": ["/w"]}, "layers is given, and mode, gopath too"),
        ({"layers": [ALICE, ALICE]}, "more than one layer user of alice"),
        ({"layers": [MACHINE, MACHINE]}, "more than one layer machine"),
        ({"mode": "machine", "config": {}}, "config is given, but mode is machine"),
        ({"layers": [{"mode": "machine", "repair": True}]}, "repair is given, but mode is machine"),
        ({"mode": "user", "config": {"GOPATH": {"a": 1}}}, "config.GOPATH is a list"),
        ({"mode": "user", "config": {"GOBIN": ["/b"]}}, "config.GOBIN is one"),
    ],
)
def test_options_of_no_use(given: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(WantedError, match=reason):
        slots(**given)


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(WantedError) as raised:
        slots(layers=[{**MACHINE, "config": {}}, USER, USER], goroot="/go")
    for words in ("goroot too", "more than one layer user", "mode is machine"):
        assert words in raised.value.text


def test_options_go_to_the_media_that_have_them() -> None:
    machine, user, file = slots(
        layers=[
            {"mode": "machine", "goroot": "/go", "anchor": True, "link_go": True},
            {"mode": "user", "shells": ["sh"], "config": {"GOPATH": ["/w"], "GOBIN": None, "GOFLAGS": "-v"}},
        ],
        state="present",
        verify=False,
    )
    assert (machine.params["scope"], machine.params["goroot"], machine.params["link_go"]) == ("machine", "/go", True)
    assert "anchor" not in machine.params
    assert (user.params["shells"], user.params["link_go"], user.params["verify"]) == (["sh"], False, False)
    assert (file.params["gopath"], file.params["gobin"]) == (["/w"], None)
    assert file.params["variables"] == {"GOBIN": None, "GOFLAGS": "-v"}
    on_windows = slots(registry.ENVIRONMENT, mode="machine", anchor=True, shells=["sh"], link_go=True)[0].params
    assert on_windows["anchor"]
    assert not {"shells", "link_go"} & set(on_windows)


@pytest.mark.parametrize(
    ("environment", "goal", "expected"),
    [
        (rcfile.ENVIRONMENT, "present", ["machine", "user", "file"]),
        (rcfile.ENVIRONMENT, "absent", ["file", "user", "machine"]),
        (rcfile.ENVIRONMENT, "restored", ["file", "user", "machine"]),
        (registry.ENVIRONMENT, "present", ["file", "machine", "user"]),
        (registry.ENVIRONMENT, "absent", ["file", "user", "machine"]),
        (registry.ENVIRONMENT, "restored", ["user", "machine", "file"]),
    ],
)
def test_the_order_in_which_media_are_written(environment: t.Any, goal: str, expected: list[str]) -> None:
    found = written(slots(environment, layers=[MACHINE, USER], state=goal), goal, environment.files)
    assert ["file" if slot.kind == "go env file" else slot.mode for slot in found] == expected


def test_whose_a_layer_is() -> None:
    assert lacks_user({"mode": "user"})
    assert lacks_user({"state": "restored"})
    assert lacks_user({"layers": [MACHINE, USER]})
    for given in ({"mode": "machine"}, {"mode": "user", "user": "alice"}, {"layers": [MACHINE, ALICE]}):
        assert not lacks_user(given)
    assert with_user({"layers": [MACHINE, ALICE, USER]}, "me")["layers"] == [MACHINE, ALICE, {**USER, "user": "me"}]
    assert with_user({"mode": "user"}, "me") == {"mode": "user", "user": "me"}
    assert not lacks_user({"layers": "{{ nothing }}", "mode": "machine"})


def test_the_documentation_has_the_options() -> None:
    texts = (go_env.DOCUMENTATION, enforcement.ModuleDocFragment.DOCUMENTATION)
    documented = {name: told for text in texts for name, told in yaml.safe_load(text)["options"].items()}
    assert set(documented) == set(ARGUMENT_SPEC)
    for name, spec in ARGUMENT_SPEC.items():
        told = documented[name]
        assert {key: told.get(key) for key in ("type", "choices", "elements", "default")} == {
            key: spec.get(key) for key in ("type", "choices", "elements", "default")
        }
    inner = ARGUMENT_SPEC["layers"]["options"]
    assert set(documented["layers"]["suboptions"]) == set(inner)
    for option in ("enforce", "hold"):
        assert set(documented[option]["suboptions"]) == set(ARGUMENT_SPEC[option]["options"])
