"""One file lists the releases of ansible-core that are tested. What cannot read it says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.tested_cores import NEWEST, PRERELEASES, TESTED_CORES, is_tested
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [release for release in TESTED_CORES if release != NEWEST]


def requirement(file: str) -> Requirement:
    [line] = [line for line in (ROOT / "tests" / file).read_text(encoding="utf-8").splitlines() if line.startswith("ansible-core")]
    return Requirement(line)


@pytest.mark.parametrize("release", OTHERS)
def test_each_has_its_requirements_and_only_one_that_is_not_released_takes_pre_releases(release: str) -> None:
    bound = requirement(f"requirements-core-{release}.txt").specifier
    assert f"{release}.99" in bound
    assert not [other for other in TESTED_CORES if other != release and f"{other}.99" in bound]
    assert bound.contains(f"{release}.0rc1") is (release in PRERELEASES)


def test_there_are_no_other_requirements() -> None:
    assert {path.name for path in (ROOT / "tests").glob("requirements-core-*.txt")} == {f"requirements-core-{release}.txt" for release in OTHERS}


def test_the_newest_is_what_everything_else_runs_with() -> None:
    bound = requirement("requirements-demo.txt").specifier
    assert [release for release in TESTED_CORES if f"{release}.99" in bound][-1] == NEWEST
    assert all(release in TESTED_CORES for release in PRERELEASES)


def test_the_makefile_has_the_same_with_the_same_pythons() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^cores := (.*)$", text, re.MULTILINE)[1].split() == OTHERS  # type: ignore[index]
    pythons = {release: set(found.split()) for release, found in re.findall(r"^sanity-([\d.]+): pythons := (.*)$", text, re.MULTILINE)}
    assert pythons == {release: set(TESTED_CORES[release]) for release in OTHERS}


def test_the_workflow_has_the_same() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    entries = workflow["jobs"]["cores"]["strategy"]["matrix"]["include"]
    assert [entry["core"] for entry in entries] == OTHERS
    assert [entry for entry in entries if entry["python"] not in TESTED_CORES[entry["core"]]] == []


def test_the_oldest_is_the_one_that_is_required() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={next(iter(TESTED_CORES))}.0"


def test_the_guide_names_them() -> None:
    text = " ".join((ROOT / "docs/getting-started.md").read_text(encoding="utf-8").split())
    finals = [release for release in TESTED_CORES if release not in PRERELEASES]
    assert f"ansible-core {finals[0]} to {finals[-1]}" in text
    assert all(f"pre-release of {release}" in text for release in PRERELEASES)


@pytest.mark.parametrize(("version", "expected"), [("2.16.0", True), ("2.22.0rc1", True), ("2.1.6", False), ("2.23.0.dev0", False), ("3.0.0", False)])
def test_a_version_belongs_to_its_release(version: str, expected: bool) -> None:
    assert is_tested(version) is expected
