"""What a person sees of a result: warnings, the role's words, its last message."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.filter.closing import FilterModule
from ansible_collections.gopher.devbox.plugins.filter.refusals import FilterModule as RefusalsModule
from ansible_collections.gopher.devbox.plugins.plugin_utils._told import (
    OF_A_LAYER,
    closing,
    in_env_words,
    in_role_words,
    refusals,
    role_words,
    warnings_of,
)


def finding(severity: str, message: str = "Found.", advice: str = "Do.", id: str = "some_id") -> dict[str, t.Any]:
    return {"id": id, "severity": severity, "message": message, "advice": advice, "subject": ""}


def test_findings_that_surprise_are_warnings_once_each() -> None:
    found = [finding("info"), finding("warning"), finding("warning"), finding("error", "Gone.", "")]
    assert warnings_of({"findings": found}) == ["Found. Do. (some_id)", "Gone. (some_id)"]
    assert warnings_of({"findings": found, "failed": True}) == warnings_of({}) == []


@pytest.mark.parametrize(
    ("module", "text", "told"),
    [
        ("go_rcfile", "gopath: 'go' is relative", "go_env_gopath: 'go' is relative"),
        ("go_rcfile", "Set become: true, or leave user out.", "Set become: true, or leave go_env_user out."),
        (
            "go_rcfile",
            "shells is an empty list; state: absent removes",
            "go_env_shells is an empty list; go_env_state: absent removes",
        ),
        ("go_registry", "user is given, but scope is machine", "go_env_user is given, but go_env_mode is machine"),
        ("go_registry", "Use scope: user, or a path that is", "Use go_env_mode: user, or a path that is"),
        (
            "go_registry",
            "correct the path, or leave goroot out. validate: warn",
            "correct the path, or leave go_env_goroot out. go_env_validate: warn",
        ),
        ("go_registry", "variables.GOBIN is empty", "go_env_variables.GOBIN is empty"),
        (
            "go_config",
            "gopath is an empty list. variables: GOX",
            "go_env_config.GOPATH is an empty list. go_env_config: GOX",
        ),
        ("go_config", "repair: true takes it out.", "go_env_repair: true takes it out."),
        (
            "go_registry",
            r"D:\gopath and 'gopath' and go_env_gopath stay",
            r"D:\gopath and 'gopath' and go_env_gopath stay",
        ),
        (
            "go_registry",
            "write the path out. The user does. GOPATH stays.",
            "write the path out. The user does. GOPATH stays.",
        ),
    ],
)
def test_the_roles_words(module: str, text: str, told: str) -> None:
    assert role_words(text, module) == told


def test_what_a_project_gives_itself_keeps_its_name() -> None:
    assert role_words("gopath: x. goroot: y.", "go_project", ["project", "gopath"]) == "gopath: x. go_env_goroot: y."
    assert role_words("gopath: x. state: absent", "go_project", OF_A_LAYER) == "gopath: x. go_env_state: absent"


def test_a_result_in_the_roles_words() -> None:
    result = {"msg": "gobin: x", "findings": [finding("error", "goroot is bad", "validate: warn")], "changed": False}
    told = in_role_words(result, "go_rcfile")
    assert told["msg"] == "go_env_gobin: x"
    assert (told["findings"][0]["message"], told["findings"][0]["advice"]) == (
        "go_env_goroot is bad",
        "go_env_validate: warn",
    )
    assert result["msg"] == "gobin: x"


def test_the_last_message() -> None:
    one = {"changed": True, "refresh": ["Sign in."], "findings": [finding("info", "I."), finding("warning", "W.")]}
    assert closing([one, {"results": [one]}, {}, {"skipped": True}]) == [
        "warning: W. Do. (some_id)",
        "info: I. Do. (some_id)",
        "Sign in.",
    ]
    assert closing([{"changed": False, "refresh": ["Sign in."], "findings": []}, {}]) == []
    assert FilterModule().filters() == {"closing": closing}


def test_what_stands_in_the_way() -> None:
    looked = {"media": [], "findings": [finding("info"), finding("error", "E."), finding("error", "E.")]}
    assert refusals([looked]) == ["E. Do."]
    assert refusals([{"failed": True, "msg": "It broke.", "findings": [finding("error")]}]) == ["It broke."]
    assert refusals([{"skipped": True}, {"media": []}]) == refusals([]) == []
    assert RefusalsModule().filters() == {"refusals": refusals}


# --- go_env ----------------------------------------------------------------------------------------------------------

OF_MEDIA = (
    "start files (user): gopath: 'x' is relative. Use scope: user. go env file (alice): gopath is an empty list. "
    "variables: go refuses GOROOT. registry (machine), go env file: gobin: 'y' is relative. "
    "start files (machine): variables.GOBIN is empty. state: absent removes"
)


@pytest.mark.parametrize(
    ("role", "layers", "told"),
    [
        (
            False,
            True,
            (
                "start files (user): gopath: 'x' is relative. Use mode: user. go env file (alice): config.GOPATH is an "
                "empty list. config: go refuses GOROOT. registry (machine), go env file: config.GOBIN: 'y' is "
                "relative. start files (machine): variables.GOBIN is empty. state: absent removes"
            ),
        ),
        (
            True,
            False,
            (
                "start files (user): go_env_gopath: 'x' is relative. Use go_env_mode: user. go env file (alice): "
                "go_env_config.GOPATH is an empty list. go_env_config: go refuses GOROOT. registry (machine), go env "
                "file: go_env_config.GOBIN: 'y' is relative. start files (machine): go_env_variables.GOBIN is empty. "
                "go_env_state: absent removes"
            ),
        ),
        (
            True,
            True,
            (
                "start files (user): gopath: 'x' is relative. Use mode: user. go env file (alice): config.GOPATH is an "
                "empty list. config: go refuses GOROOT. registry (machine), go env file: config.GOBIN: 'y' is "
                "relative. start files (machine): variables.GOBIN is empty. go_env_state: absent removes"
            ),
        ),
    ],
)
def test_the_words_of_go_env(role: bool, layers: bool, told: str) -> None:
    assert in_env_words({"msg": OF_MEDIA}, role, layers)["msg"] == told


def test_findings_of_go_env_have_the_words_of_their_medium() -> None:
    of_file = {**finding("info", "gobin is odd", "variables: x"), "medium": "go env file"}
    blocked = finding("error", "go env file: gobin is odd", "variables: x")
    nested = {"medium": "go env file", "findings": [finding("info", "gobin is odd", "variables: x")]}
    out = in_env_words({"findings": [of_file, blocked], "media": [nested]}, False, False)
    texts = [(one["message"], one["advice"]) for one in (*out["findings"], *out["media"][0]["findings"])]
    assert texts == [
        ("config.GOBIN is odd", "config: x"),
        ("go env file: config.GOBIN is odd", "config: x"),
        ("config.GOBIN is odd", "config: x"),
    ]


def test_what_go_env_says_of_its_own_options_in_the_roles_words() -> None:
    own = {"msg": "Neither mode is given nor layers: name. config is given, but mode is machine. so user is needed"}
    assert in_env_words(own, True, False)["msg"] == (
        "Neither go_env_mode is given nor go_env_layers: name. go_env_config is given, but go_env_mode is machine. "
        "so go_env_user is needed"
    )


def test_what_to_do_about_drift_is_in_the_words_of_who_called() -> None:
    item = {"medium": "go env file", "advice": "config: {GOFLAGS: null} removes it."}
    told = in_env_words({"drift": [item]}, role=True, layers=False)["drift"]
    assert told == [{**item, "advice": "go_env_config: {GOFLAGS: null} removes it."}]
    assert in_env_words({"drift": [item]}, role=False, layers=False)["drift"] == [item]
    item = {"medium": "project files", "advice": "it stays; force: true replaces it."}
    told = in_role_words({"drift": [item]}, "go_project")["drift"]
    assert told == [{**item, "advice": "it stays; go_env_force: true replaces it."}]
