"""One file lists the tested releases of ansible-core. Files that cannot read it agree with it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.tested_cores import NEWEST, PRERELEASES, TESTED_CORES, is_tested
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
OTHER_CORES = [release for release in TESTED_CORES if release != NEWEST]


def requirement(file: str) -> Requirement:
    [line] = [line for line in (ROOT / "tests" / file).read_text(encoding="utf-8").splitlines() if line.startswith("ansible-core")]
    return Requirement(line)


@pytest.mark.parametrize("release", OTHER_CORES)
def test_each_core_has_requirements_and_only_an_unreleased_one_allows_pre_releases(release: str) -> None:
    bound = requirement(f"requirements-core-{release}.txt").specifier
    assert f"{release}.99" in bound
    assert not [other for other in TESTED_CORES if other != release and f"{other}.99" in bound]
    assert bound.contains(f"{release}.0rc1") is (release in PRERELEASES)


def test_no_other_requirements_files_exist() -> None:
    assert {path.name for path in (ROOT / "tests").glob("requirements-core-*.txt")} == {f"requirements-core-{release}.txt" for release in OTHER_CORES}


def test_newest_core_is_in_the_general_requirements() -> None:
    bound = requirement("requirements-demo.txt").specifier
    assert [release for release in TESTED_CORES if f"{release}.99" in bound][-1] == NEWEST
    assert all(release in TESTED_CORES for release in PRERELEASES)


def test_makefile_has_the_same_cores_and_pythons() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^cores := (.*)$", text, re.MULTILINE)[1].split() == OTHER_CORES  # type: ignore[index]
    pythons = {release: set(found.split()) for release, found in re.findall(r"^sanity-([\d.]+): pythons := (.*)$", text, re.MULTILINE)}
    assert pythons == {release: set(TESTED_CORES[release]) for release in OTHER_CORES}


def test_workflow_has_the_same_cores() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    entries = workflow["jobs"]["cores"]["strategy"]["matrix"]["include"]
    assert [entry["core"] for entry in entries] == OTHER_CORES
    assert [entry for entry in entries if entry["python"] not in TESTED_CORES[entry["core"]]] == []


def test_oldest_core_is_the_required_one() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={next(iter(TESTED_CORES))}.0"


def test_page_on_stability_has_the_tested_versions() -> None:
    rows = re.findall(r"^\| (2\.\d+) \| ([\d., ]+) \| \w+ \d{4} \| (.*) \|$", (ROOT / "docs/stability.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {core: (set(pythons.split(", ")), words.startswith("pre-release")) for core, pythons, words in rows} == {
        core: (set(pythons), core in PRERELEASES) for core, pythons in TESTED_CORES.items()
    }


def test_guide_names_the_cores() -> None:
    text = " ".join((ROOT / "docs/getting-started.md").read_text(encoding="utf-8").split())
    finals = [release for release in TESTED_CORES if release not in PRERELEASES]
    assert f"ansible-core {finals[0]} to {finals[-1]}" in text
    assert all(f"pre-release of {release}" in text for release in PRERELEASES)


@pytest.mark.parametrize(("version", "expected"), [("2.16.0", True), ("2.22.0rc1", True), ("2.1.6", False), ("2.23.0.dev0", False), ("3.0.0", False)])
def test_release_of_a_version(version: str, expected: bool) -> None:
    assert is_tested(version) is expected


def test_proof_names_tests_that_exist():
    cores = runpy.run_path(str(ROOT / "tests/proof/cores.py"))
    named = {path for core in cores["CORES"] for tests in core.tests for path in tests.split()}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_mutants_of_every_file_are_tested_by_files_that_exist():
    catalogue = runpy.run_path(str(ROOT / "tests/proof/mutants/catalogue.py"))
    files = [path.relative_to(ROOT / "plugins/module_utils").as_posix() for path in (ROOT / "plugins/module_utils").rglob("*.py")]
    tests = {file: catalogue["tests_of"](file) for file in {*files, *catalogue["TESTS"]} - set(catalogue["LEFT_OUT"])}
    missing = {(file, path) for file, paths in tests.items() for path in paths if not (ROOT / "tests/unit" / path).exists()}
    assert sorted(missing) == []
    assert set(catalogue["TESTS"]) <= set(files)
