"""Variables of the role that are misspelt, or have another form."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.filter.misused import FilterModule, edits, misused
from ansible_collections.gopher.devbox.plugins.module_utils._run import env_layers
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import ENFORCEMENT
from ansible_collections.gopher.devbox.plugins.module_utils._run.project import ARGUMENT_SPEC

OPTIONS: dict[str, dict[str, t.Any]] = {
    "go_env_mode": {"type": "str"},
    "go_env_variables": {"type": "dict"},
    "go_env_config": {"type": "dict"},
    "go_env_projects": {"type": "list", "elements": "dict", "options": {"project": {}, "gopath": {}, "state": {}}},
    "go_env_gopath": {"type": "list", "elements": "str"},
    "go_env_state": {"type": "str"},
    "go_env_layers": {
        "type": "list",
        "elements": "dict",
        "options": {"mode": {}, "variables": {}, "config": {}, "gopath": {}, "project": {}, "state": {}},
    },
}
USER = {"go_env_mode": "user"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("go_env_varibles", "go_env_variables"),
        ("go_env_gopaht", "go_env_gopath"),
        ("goenv_config", "go_env_config"),
        ("go_env_confg2", "go_env_config"),
    ],
)
def test_a_name_within_two_edits_is_refused_with_that_name(name: str, meant: str) -> None:
    (message,) = misused([name, "go_env_variables"], OPTIONS, USER)
    assert name in message
    assert meant in message


def test_other_names_are_left_alone() -> None:
    assert (
        misused(
            ["go_env_foo", "go_env_my_own", "_go_env_config", "gopath", "go_env_gopath", "go_env_conf"],
            OPTIONS,
            USER,
            ["go_env_conf"],
        )
        == []
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("go_env_variables", None, "go_env_variables is null"),
        ("go_env_config", "A=b", "go_env_config is a text, and must be a dictionary"),
        ("go_env_config", ["A"], "go_env_config is a list, and must be a dictionary"),
        ("go_env_variables", True, "go_env_variables is a boolean"),
        ("go_env_projects", {"project": "/x"}, "go_env_projects is a dictionary, and must be a list of dictionaries"),
        ("go_env_projects", None, "go_env_projects is null"),
    ],
)
def test_what_is_no_dictionary(name: str, value: t.Any, told: str) -> None:
    (message,) = misused([], OPTIONS, {**USER, name: value})
    assert message.startswith(told)
    assert "A=b" not in message


def test_what_is_one() -> None:
    assert (
        misused(
            [],
            OPTIONS,
            {
                **USER,
                "go_env_config": {},
                "go_env_variables": {"A": "b"},
                "go_env_projects": [],
                "go_env_gopath": None,
            },
        )
        == []
    )
    assert FilterModule().filters() == {"misused": misused}


LAYERS = [
    {"mode": "machine", "variables": {"A": "b"}},
    {"mode": "user", "gopath": ["~/go"], "config": {}},
    {"mode": "project", "project": "/x", "gopath": [".gopath"], "state": "absent"},
]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "go_env_mode is missing: machine, user, default_user or project."),
        ({"go_env_mode": "project"}, "go_env_mode is project, and go_env_projects names none."),
        ({**USER, "go_env_projects": []}, "go_env_projects is given, but go_env_mode is user"),
        ({**USER, "go_env_layers": LAYERS}, "go_env_layers is given, and go_env_mode too."),
        ({"go_env_gopath": ["/x"], "go_env_layers": LAYERS}, "go_env_layers is given, and go_env_gopath too."),
        ({"go_env_projects": [], "go_env_layers": LAYERS}, "go_env_layers is given, and go_env_projects too."),
        ({"go_env_layers": []}, "go_env_layers is an empty list."),
        ({"go_env_layers": None}, "go_env_layers is null"),
        (
            {"go_env_layers": [{"mode": "machine", "project": "/x", "state": "absent"}]},
            "go_env_layers[0]: a layer of mode machine does not have project, state.",
        ),
        (
            {"go_env_layers": [LAYERS[0], {"mode": "project", "project": "/x", "config": {}}]},
            "go_env_layers[1]: a layer of mode project does not have config.",
        ),
        ({"go_env_layers": [{"mode": "project"}]}, "go_env_layers[0]: a layer of mode project names one."),
    ],
)
def test_what_does_not_go_together(values: dict[str, t.Any], told: str) -> None:
    (message,) = misused(values, OPTIONS, values)
    assert message.startswith(told)


def test_what_goes_together() -> None:
    for values in ({"go_env_layers": LAYERS, "go_env_state": "absent"}, USER, {"go_env_layers": [{"mode": "nobody"}]}):
        assert misused(values, OPTIONS, values) == []


words = st.text("abc_", max_size=6)


@given(words, words, words)
def test_edits_are_a_distance(one: str, other: str, third: str) -> None:
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, other) == edits(other, one) <= max(len(one), len(other))
    assert abs(len(one) - len(other)) <= edits(one, other)
    assert edits("ab" + third, "ba" + third) == 1


@pytest.fixture
def specs(root: Path) -> dict[str, t.Any]:
    file = root / "roles" / "go_env" / "meta" / "argument_specs.yml"
    found: dict[str, t.Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"]
    return found


def test_the_keys_of_a_layer_are_the_modules(root: Path, specs: dict[str, t.Any]) -> None:
    of_host = env_layers.ARGUMENT_SPEC["layers"]["options"]
    for entry in ("main", "restore"):
        options = specs[entry]["options"]["go_env_layers"]["options"]
        assert set(options) == {*of_host, *ARGUMENT_SPEC} - set(ENFORCEMENT)  # which are of a run, not of a layer
        for name, option in options.items():
            spec = of_host.get(name) or ARGUMENT_SPEC[name]
            for part in ("type", "elements"):
                assert option.get(part) == spec.get(part), (name, part)
            choices = [*spec["choices"], "project"] if name == "mode" else spec.get("choices")
            assert option.get("choices") == choices
    text = (root / "roles" / "go_env" / "vars" / "main.yml").read_text(encoding="utf-8")
    names = "".join(re.findall(r"'\^?([^']*)'", text[text.index("'^go_env_(") : text.index("__go_env_one_layer")]))
    assert set(names.removeprefix("go_env_(").removesuffix(")$").split("|")) == set(of_host)
    for name in of_host:
        assert f"go_env_{name}" in specs["main"]["options"]


def test_the_keys_of_a_project_are_the_modules(specs: dict[str, t.Any]) -> None:
    for entry in ("main", "restore"):
        options = specs[entry]["options"]["go_env_projects"]["options"]
        assert set(options) == set(ARGUMENT_SPEC) - set(ENFORCEMENT)
        for name, option in options.items():
            for part in ("type", "elements", "choices"):
                assert option.get(part) == ARGUMENT_SPEC[name].get(part), (name, part)
            assert set(option) <= {"type", "elements", "choices", "required", "description"}
