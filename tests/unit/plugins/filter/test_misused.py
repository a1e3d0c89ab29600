"""Variables of the role that are misspelt, or have another form."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.filter.misused import FilterModule, edits, misused
from ansible_collections.gopher.devbox.plugins.module_utils._run.project import ARGUMENT_SPEC

OPTIONS: dict[str, dict[str, t.Any]] = {
    "go_env_variables": {"type": "dict"},
    "go_env_config": {"type": "dict"},
    "go_env_projects": {"type": "list", "elements": "dict"},
    "go_env_gopath": {"type": "list", "elements": "str"},
}


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
    (message,) = misused([name, "go_env_variables"], OPTIONS)
    assert name in message
    assert meant in message


def test_other_names_are_left_alone() -> None:
    assert (
        misused(
            ["go_env_foo", "go_env_my_own", "_go_env_config", "gopath", *OPTIONS, "go_env_conf"],
            OPTIONS,
            {},
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
    (message,) = misused([], OPTIONS, {name: value})
    assert message.startswith(told)
    assert "A=b" not in message


def test_what_is_one() -> None:
    assert (
        misused(
            [],
            OPTIONS,
            {"go_env_config": {}, "go_env_variables": {"A": "b"}, "go_env_projects": [], "go_env_gopath": None},
        )
        == []
    )
    assert FilterModule().filters() == {"misused": misused}


words = st.text("abc_", max_size=6)


@given(words, words, words)
def test_edits_are_a_distance(one: str, other: str, third: str) -> None:
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, other) == edits(other, one) <= max(len(one), len(other))
    assert abs(len(one) - len(other)) <= edits(one, other)
    assert edits("ab" + third, "ba" + third) == 1


def test_the_keys_of_a_project_are_the_modules(root: Path) -> None:
    specs = yaml.safe_load((root / "roles" / "go_env" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))[
        "argument_specs"
    ]
    for entry in ("main", "restore"):
        options = specs[entry]["options"]["go_env_projects"]["options"]
        assert set(options) == set(ARGUMENT_SPEC)
        for name, option in options.items():
            for part in ("type", "elements", "choices"):
                assert option.get(part) == ARGUMENT_SPEC[name].get(part), (name, part)
            assert set(option) <= {"type", "elements", "choices", "required", "description"}
