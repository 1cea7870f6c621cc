"""tests/locked allows what the requirement files allow, and no file without a hash."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.mailops.cloudflare.tests.unit.guides import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKED = sorted((ROOT / "tests/locked").glob("*.txt"))
# A package, its version, and the Pythons that it is for.
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins_of(text):
    """The locked versions of each package: several if they differ from Python to Python."""
    pins = {}
    for name, version in PIN.findall(text):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def requirements_in(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from requirements_in(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            yield Requirement(line)


@pytest.mark.parametrize("file", LOCKED, ids=lambda path: path.name)
def test_locked_versions_are_those_that_the_requirements_allow(file):
    text = file.read_text(encoding="utf-8")
    sources = text.splitlines()[0].removeprefix("# Written by make lock from ").split()
    pins = pins_of(text)
    needed = [requirement for source in sources for requirement in requirements_in(ROOT / source)]
    assert needed
    assert [str(each) for each in needed if not all(each.specifier.contains(version) for version in pins.get(canonicalize_name(each.name), ["none"]))] == []


@pytest.mark.parametrize("file", LOCKED, ids=lambda path: path.name)
def test_every_package_has_hashes_and_no_address(file):
    text = file.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z])", text.partition("\n")[2])
    assert [entry.partition(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_demo_has_the_versions_of_the_tests():
    everything, demo = (pins_of((ROOT / f"tests/locked/{name}.txt").read_text(encoding="utf-8")) for name in ("all", "demo"))
    assert {name: everything.get(name) for name in demo} == demo


def test_environments_of_the_makefile_are_locked():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    used = set(re.findall(r"tests/locked/(\w+)\.txt", text))
    assert used == {path.stem for path in LOCKED}
    assert set(re.findall(r"tools/venv .*?(tests/requirements\S*)", text)) == {"tests/requirements-core-$*.txt"}


def test_list_of_components_is_that_of_the_execution_environment():
    definition = yaml.safe_load((ROOT / "playbooks/controller/execution-environment.yml").read_text(encoding="utf-8"))["dependencies"]
    wanted = {definition["ansible_core"]["package_pip"], definition["ansible_runner"]["package_pip"]}
    lines = (ROOT / "tests/requirements-ee.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in lines if not line.startswith("#")} == wanted | {"-r ../meta/ee-requirements.txt"}


def test_actions_are_pinned_by_commit():
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        text = workflow.read_text(encoding="utf-8")
        used = [step["uses"] for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"] if "uses" in step]
        written = re.findall(r"uses: (.*)", text)
        assert [action.partition(" ")[0] for action in written] == used
        for action in written:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", action), f"{workflow.name}: {action}"
