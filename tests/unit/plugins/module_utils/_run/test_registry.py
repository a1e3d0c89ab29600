"""One run from options to a result: what is documented is what is taken, and no secret is told."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from unit.hosts import MACHINE_KEY, USER_KEY, FakeWindows
from unit.support import NEW

from ansible_collections.gopher.devbox.plugins.doc_fragments.vocabulary import ModuleDocFragment
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import DevboxError, WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import MASK
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import (
    Goal,
    Position,
    Scope,
    Stale,
    Validate,
    Wanted,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, rcfile, registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import VOCABULARY, failure
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, to_wanted
from ansible_collections.gopher.devbox.plugins.modules import go_config, go_rcfile, go_registry

run = over(registry.run)

SECRET = "hunter2"
PROXY = f"https://alice:{SECRET}@h1,https://h2?private_token={SECRET}|direct"


def params(**given: t.Any) -> dict[str, t.Any]:
    """Options as Ansible's argument spec hands them over."""
    return {**{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}, "scope": "user", **given}


# --- options ---------------------------------------------------------------------------------------------------------


MODULES = {
    "go_registry": (go_registry, ARGUMENT_SPEC, ("DOCUMENTATION", "VALUES")),
    "go_rcfile": (go_rcfile, rcfile.ARGUMENT_SPEC, ("DOCUMENTATION", "VALUES")),
    "go_config": (go_config, config.ARGUMENT_SPEC, ("VALUES",)),
}


@pytest.mark.parametrize("name", MODULES)
def test_what_is_taken_is_what_is_documented(name: str) -> None:
    module, specs, fragments = MODULES[name]
    documented = dict(yaml.safe_load(module.DOCUMENTATION)["options"])
    for fragment in fragments:
        shared = yaml.safe_load(getattr(ModuleDocFragment, fragment))["options"]
        assert not documented.keys() & shared.keys()
        documented.update(shared)
    facts = ("type", "elements", "choices", "default", "required")
    taken = {option: {fact: spec[fact] for fact in facts if fact in spec} for option, spec in specs.items()}
    assert {
        option: {fact: found[fact] for fact in facts if fact in found} for option, found in documented.items()
    } == taken
    assert all(set(spec) <= {*facts, "options"} for spec in specs.values())
    for option, spec in specs.items():
        parts = documented[option].get("suboptions", {})
        assert {part: {"type": found["type"]} for part, found in parts.items()} == spec.get("options", {})
    assert all(option["description"] for option in documented.values())


def test_the_vocabulary_is_the_fragment() -> None:
    parts = [
        yaml.safe_load(text)["options"].keys() for text in (ModuleDocFragment.DOCUMENTATION, ModuleDocFragment.VALUES)
    ]
    assert VOCABULARY.keys() == parts[0] | parts[1]


@pytest.mark.parametrize("name", MODULES)
def test_no_path_is_expanded_on_the_wrong_machine(name: str) -> None:
    assert not [option for option, spec in MODULES[name][1].items() if "path" in (spec["type"], spec.get("elements"))]


def test_options_become_what_is_wanted() -> None:
    assert to_wanted(params()) == Wanted(REGISTRY)
    given = params(
        scope="machine",
        goroot=r"C:\Go",
        gopath=[r"D:\a", r"D:\b"],
        gobin=r"D:\bin",
        variables={"GO111MODULE": True, "GOGC": 50, "GOPROXY": None},
        path=[r"C:\x"],
        path_position="last",
        stale_path_entries="remove",
        create_directories=True,
        validate="warn",
        state="absent",
        force=True,
        verify=False,
        anchor=True,
    )
    assert to_wanted(given) == Wanted(
        REGISTRY,
        Scope.MACHINE,
        None,
        r"C:\Go",
        (r"D:\a", r"D:\b"),
        r"D:\bin",
        {"GO111MODULE": "on", "GOGC": "50", "GOPROXY": None},
        (r"C:\x",),
        Position.LAST,
        Stale.REMOVE,
        True,
        Validate.WARN,
        Goal.ABSENT,
        None,
        True,
        False,
        True,
    )
    assert to_wanted(params(user="alice", path=[], variables=None)) == Wanted(REGISTRY, user="alice", path=())
    assert to_wanted(params(state="restored", journal="x")) == Wanted(REGISTRY, goal=Goal.RESTORED, journal="x")


def test_every_choice_is_a_word_of_its_enum() -> None:
    for name, words in {
        "path_position": Position,
        "stale_path_entries": Stale,
        "validate": Validate,
        "state": Goal,
    }.items():
        assert ARGUMENT_SPEC[name]["choices"] == [item.value for item in words]  # type: ignore[attr-defined]
    assert set(ARGUMENT_SPEC["scope"]["choices"]) <= {scope.value for scope in Scope}


def test_all_that_is_wrong_with_the_options_is_told_at_once() -> None:
    with pytest.raises(WantedError) as raised:
        to_wanted(params(goroot="go", variables={"GOPROXY": ["a"], "GOFLAGS": "", "X": "y"}))
    for part in ("GOPROXY is a list", "GOFLAGS is empty", "X is not a variable", "'go' is relative"):
        assert part in raised.value.message


# --- results ---------------------------------------------------------------------------------------------------------


def connect(host: FakeWindows) -> t.Callable[[], FakeWindows]:
    return lambda: host


def test_a_result_has_what_is_documented() -> None:
    host = FakeWindows()
    result = run(params(scope="machine", goroot=NEW), connect(host), check_mode=False, diff=True)
    returns = yaml.safe_load(go_registry.RETURN)
    of_several = ("image", "images", "users")
    assert result.keys() - {"changed", "diff"} == returns.keys() - {"changed", "diff", *of_several}
    assert result["changed"]
    assert result["changes"] == [
        {"name": "GOROOT", "before": None, "after": NEW},
        {
            "name": "PATH",
            "before": r"%SystemRoot%\system32;%SystemRoot%",
            "after": rf"{NEW}\bin;%SystemRoot%\system32;%SystemRoot%",
        },
    ]
    assert result["effective"]["go"] == {"file": rf"{NEW}\bin\go.exe", "version": "go1.27.3", "unjudged": []}
    assert result["diff"]["after"].splitlines() == [
        f"GOROOT = {NEW} (REG_SZ)",
        "PATH (REG_EXPAND_SZ)",
        rf"    {NEW}\bin",
        r"    %SystemRoot%\system32",
        "    %SystemRoot%",
    ]
    assert result["refresh"]
    assert host.closed
    again = run(params(scope="machine", goroot=NEW), connect(host), check_mode=False, diff=True)
    assert (again["changed"], again["changes"], again["journal"], again["refresh"], again["diff"]["after"]) == (
        False,
        [],
        None,
        [],
        "",
    )


def secretive() -> FakeWindows:
    """A host that holds the secret wherever a host can."""
    host = FakeWindows()
    for key in (MACHINE_KEY, USER_KEY):
        kind, text = host.values(key).get("Path", ("REG_EXPAND_SZ", r"C:\x"))
        host.set(
            key,
            GOPROXY=("REG_SZ", PROXY),
            GONOPROXY=("REG_SZ", f"https://{SECRET}@h"),
            Path=(kind, f"{text};https://u:{SECRET}@h"),
        )
    host.set(rf"HKU\{host.sid}\Software\GoProgrammingLanguage", installLocation=("REG_SZ", f"https://u:{SECRET}@h"))
    return host


@pytest.mark.parametrize("scope", ["machine", "user"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"variables": {"GOPROXY": PROXY + ",off", "GOFLAGS": "-v"}},
        {"variables": {"GOPROXY": None}},
        {"variables": {"GOPROXY": PROXY}, "path": []},
        {"state": "absent"},
        {"path": [rf"C:\https://u:{SECRET}@h"]},
        {"goroot": rf"C:\https://u:{SECRET}@h", "validate": "warn"},
        {"gopath": [rf"C:\https://u:{SECRET}@h"]},
        {"goroot": f"https://u:{SECRET}@h"},
        {"variables": {"CGO_ENABLED": PROXY, "GOTOOLCHAIN": PROXY, "GOCACHE": PROXY}},
        {"user": PROXY},
        {"journal": PROXY},
        {"goroot": rf"C:\https://u:{SECRET}@h"},
        {"state": "restored", "journal": PROXY},
        {"variables": {"GOFLAGS": f"%NOWHERE% https://u:{SECRET}@h"}},
    ],
)
def test_no_secret_is_told(scope: str, given: dict[str, t.Any]) -> None:
    for check_mode in (True, False):
        result = run(params(scope=scope, **given), connect(secretive()), check_mode, diff=True)
        assert SECRET not in json.dumps(result)


@pytest.mark.parametrize("fails", ["cut", "denied", "nocopy", "broken", "ignored"])
def test_no_secret_is_told_by_a_failure(fails: str) -> None:
    host = secretive()
    host.fails = fails
    result = run(params(variables={"GOPROXY": f"https://bob:{SECRET}@h3"}), connect(host), check_mode=False, diff=True)
    assert result["failed"]
    assert SECRET not in json.dumps(result)
    assert host.closed


def test_what_go_answers_is_masked() -> None:
    host = secretive()
    host.go = json.dumps({"GOPROXY": f"https://x:{SECRET}@h4", "GOROOT": NEW})
    result = run(
        params(scope="machine", goroot=NEW, variables={"GOPROXY": PROXY + ",off"}),
        connect(host),
        check_mode=False,
        diff=True,
    )
    assert result["failed"]
    assert MASK in result["msg"]
    assert SECRET not in json.dumps(result)


def test_a_failure_says_whether_something_was_changed() -> None:
    assert failure(DevboxError("It failed.", "Do that.")) == {
        "failed": True,
        "changed": False,
        "msg": "It failed. Do that.",
    }
    assert failure(DevboxError("It failed.", "", "Written: Path."))["changed"] is True
    assert failure(DevboxError("It failed.", "", "Nothing of it was written."))["changed"] is False


def test_blockers_are_findings_of_the_failure() -> None:
    host = FakeWindows()
    host.tar = host.elevated = False
    result = run(params(scope="machine", goroot=NEW), connect(host), check_mode=False, diff=False)
    assert [finding["id"] for finding in result["findings"]] == ["not_elevated", "missing_program"]
    assert result["msg"].startswith("Nothing was changed.")


def test_options_are_refused_before_anything_is_connected() -> None:
    def never() -> t.NoReturn:
        raise AssertionError("connected")

    assert run(params(goroot="go"), never, check_mode=False, diff=False)["failed"]


def test_the_examples_name_only_what_is_taken(root: Path) -> None:
    examples = yaml.safe_load(go_registry.EXAMPLES)
    assert examples
    for task in examples:
        given = task["gopher.devbox.go_registry"]
        assert given.keys() <= ARGUMENT_SPEC.keys()
        to_wanted(params(**given))
