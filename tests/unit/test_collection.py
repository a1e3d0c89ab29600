"""The collection as a whole: what is built and shipped, and that what is written in several places agrees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

# Whatever a user needs, and nothing else, is shipped.
SHIPPED = re.compile(
    r"""
      FILES\.json | MANIFEST\.json
    | LICENSE | README\.md | CHANGELOG\.md | requirements\.txt
    | changelogs(/changelog\.yaml)?
    | docs(/.*)?
    | meta(/(runtime\.yml|execution-environment\.yml|ee-requirements\.txt|ee-bindep\.txt))?
    | (playbooks|plugins|roles)(/.*)?
    """,
    re.VERBOSE,
)
NEEDED = {
    "LICENSE",
    "README.md",
    "meta/runtime.yml",
    "meta/execution-environment.yml",
    "meta/ee-requirements.txt",
    "meta/ee-bindep.txt",
    "requirements.txt",
}


def run(*command: str | Path, cwd: Path) -> str:
    """What the command prints; a failure shows all of it."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def program(name: str) -> Path:
    """A program of the environment that runs the tests."""
    return Path(sys.executable).parent / name


def load(path: Path) -> dict:
    """A YAML file's mapping."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def artifact(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built collection."""
    place = tmp_path_factory.mktemp("build")
    run(program("ansible-galaxy"), "collection", "build", "--output-path", place, ".", cwd=root)
    (built,) = place.glob("*.tar.gz")
    return built


@pytest.fixture(scope="module")
def names(artifact: Path) -> list[str]:
    with tarfile.open(artifact) as archive:
        return archive.getnames()


def test_artifact_is_named_after_galaxy_yml(root: Path, artifact: Path) -> None:
    galaxy = load(root / "galaxy.yml")
    assert artifact.name == f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"
    assert (galaxy["namespace"], galaxy["name"]) == ("gopher", "devbox")


def test_artifact_holds_only_what_a_user_needs(names: list[str]) -> None:
    assert [name for name in names if not SHIPPED.fullmatch(name)] == []
    assert [
        name for name in names if re.search(r"(^|/)(__pycache__|\.[^/]+|tests)(/|$)|\.(pyc|swp|orig|retry)$", name)
    ] == []


def test_artifact_holds_all_a_user_needs(root: Path, names: list[str]) -> None:
    """Every file of git's in the folders that are shipped is in the artifact."""
    listed = run(
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "plugins",
        "roles",
        "playbooks",
        "docs",
        "meta",
        cwd=root,
    ).splitlines()
    present = {name for name in listed if (root / name).is_file()}
    assert present | NEEDED <= set(names)


def test_artifact_installs(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path))
    run(
        program("ansible-galaxy"),
        "collection",
        "install",
        "--offline",
        "--no-deps",
        "--collections-path",
        tmp_path,
        artifact,
        cwd=tmp_path,
    )
    listing = json.loads(
        run(program("ansible-galaxy"), "collection", "list", "--format", "json", "gopher.devbox", cwd=tmp_path)
    )
    assert {"gopher.devbox": {"version": "0.1.0"}} in listing.values()
    modules = json.loads(
        run(program("ansible-doc"), "--list", "--type", "module", "--json", "gopher.devbox", cwd=tmp_path)
    )
    assert "gopher.devbox.go_registry" in modules


def test_there_is_no_action_group(root: Path) -> None:
    """Defaults of a group reach all its modules, and one that lacks the option refuses it: these modules share
    too few.
    """
    assert "action_groups" not in load(root / "meta" / "runtime.yml")


def test_every_action_plugin_has_its_module(root: Path) -> None:
    actions = {path.stem for path in (root / "plugins" / "action").glob("*.py") if path.stem != "__init__"}
    modules = {path.stem for path in (root / "plugins" / "modules").glob("*.py")}
    assert actions <= modules


def test_versions_agree(root: Path) -> None:
    """The version in galaxy.yml is released or has its fragment; ansible-core's range is the same everywhere."""
    version = load(root / "galaxy.yml")["version"]
    released = root / "changelogs" / "changelog.yaml"
    versions = load(released)["releases"] if released.exists() else {}
    assert version in versions or (root / "changelogs" / "fragments" / f"{version}.yml").exists()

    least = load(root / "meta" / "runtime.yml")["requires_ansible"].removeprefix(">=")
    requirement = re.search(
        r"^ansible-core>=([\d.]+),<(\d+)\.(\d+)$", (root / "requirements.txt").read_text(), re.MULTILINE
    )
    assert requirement
    assert requirement[1] == least

    tested = sorted(
        path.stem.removeprefix("ansible-core-") for path in (root / "tests" / "requirements").glob("ansible-core-*.txt")
    )
    assert tested[0] == least.rpartition(".")[0]
    assert tested[-1] == f"{requirement[2]}.{int(requirement[3]) - 1}"
    assert {path.stem.removeprefix("core-") for path in (root / "bench" / "requirements").glob("core-*.txt")} == set(
        tested
    )


@pytest.mark.parametrize(
    "name", ["requirements.txt", "tests/requirements.txt", "requirements-dev.txt", "meta/ee-requirements.txt"]
)
def test_requirements_are_ranges(root: Path, name: str) -> None:
    """Each has a least version that was tested, and an end."""
    lines = [line.split(" #")[0].strip() for line in (root / name).read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert wanted
    assert [line for line in wanted if not re.fullmatch(r"[\w.-]+>=[\w.]+,<[\w.]+", line)] == []


def test_changelog_fragments_are_valid(root: Path) -> None:
    assert list((root / "changelogs" / "fragments").glob("*.y*ml"))
    run(program("antsibull-changelog"), "lint", cwd=root)


def test_first_screen_of_the_readme(root: Path) -> None:
    """The make targets that the README names exist, and the ones that the first screen needs are there."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z-]+)", readme, re.MULTILINE))
    assert named <= targets
    first = "\n".join(readme.splitlines()[:50])
    assert "ansible-galaxy collection install gopher.devbox" in first or "make demo" in first
    assert "gopher.devbox." in first


def test_help_lists_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^TARGETS := (.*)$", makefile, re.MULTILINE)
    assert targets
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert described == {*targets[1].split(), "help", "clean"}
