"""What ansible-builder finds in the installed collection, and what it makes of the image definition. No image is built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.support.awx_modules import ROOT
from integration.support.run_playbook import PlaybookRunner

DEFINITION = yaml.safe_load((ROOT / "playbooks/controller/execution-environment.yml").read_text(encoding="utf-8"))
GUIDE = (ROOT / "docs/execution-environment.md").read_text(encoding="utf-8")
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
TARBALL = f"{GALAXY['namespace']}-{GALAXY['name']}-{GALAXY['version']}.tar.gz"
# What the guide adds to the definition: for a closed network, and for a package of the distribution.
ALL_ADDITIONS = [yaml.safe_load(block) for block in re.findall(r"^```yml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)]
ADDITIONS = [addition for addition in ALL_ADDITIONS if "additional_build_steps" in addition]


def builder(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "ansible_builder", *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def created(folder: Path, definition: dict[str, Any]) -> tuple[list[str], Path]:
    """The lines of the Containerfile, and the folder with its files."""
    (folder / TARBALL).touch()
    (folder / "pip.conf").touch()
    (folder / "wheels").mkdir()
    (folder / "wheels/some.whl").touch()
    (folder / "execution-environment.yml").write_text(yaml.safe_dump(definition), encoding="utf-8")
    context = folder / "context"
    builder("create", "--file", str(folder / "execution-environment.yml"), "--context", str(context), "--output-filename", "Containerfile")
    return (context / "Containerfile").read_text(encoding="utf-8").splitlines(), context / "_build"


def test_installed_collection_requires_requests(playbook_runner: PlaybookRunner) -> None:
    [collections] = playbook_runner.collections_path.split(":")
    found = yaml.safe_load(builder("introspect", collections))
    assert [requirement.split("#")[0].strip() for requirement in found["python"]] == ["requests>=2.32.4,<3"]
    assert not found["system"]


def test_definition_gives_a_containerfile(tmp_path: Path) -> None:
    lines, build = created(tmp_path, DEFINITION)
    [collection] = yaml.safe_load((build / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert (build / collection["name"]).name == TARBALL
    assert (build / collection["name"]).exists()
    assert 'ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.18,<2.22 ansible-runner>=2.4,<3"' in lines
    assert 'ARG EE_BASE_IMAGE="centos:stream10"' in lines


@pytest.mark.parametrize("addition", ADDITIONS)
def test_additions_for_a_closed_network_use_other_sources(tmp_path: Path, addition: dict[str, Any]) -> None:
    assert len(ADDITIONS) == 2
    lines, build = created(tmp_path, DEFINITION | addition)
    first_install = next(number for number, line in enumerate(lines) if "pip install" in line)
    last_install = max(number for number, line in enumerate(lines) if "pip install" in line)
    steps = addition["additional_build_steps"]
    for step in steps["prepend_base"]:
        assert lines.index(step) < first_install
        assert (build.parent / step.split()[1]).exists()
    assert [lines.index(step) > last_install for step in steps["append_final"]] == [True]
    assert (build / "tarballs" / TARBALL).exists()


def test_package_of_the_distribution_replaces_the_one_of_the_collection(tmp_path: Path) -> None:
    [addition] = [addition for addition in ALL_ADDITIONS if addition not in ADDITIONS]
    dependencies = DEFINITION["dependencies"] | addition["dependencies"]
    _lines, build = created(tmp_path, DEFINITION | {"dependencies": dependencies})
    assert (build / "exclude-requirements.txt").read_text(encoding="utf-8").split() == ["requests"]
    assert (build / "bindep.txt").read_text(encoding="utf-8").split() == ["python3-requests"]


def test_guide_fetches_the_packages_that_are_installed() -> None:
    fetched = set(re.findall(r"'([^']+)'", GUIDE[GUIDE.index("pip download") :].split("```")[0]))
    parts = DEFINITION["dependencies"]
    requests = [line for line in (ROOT / "meta/ee-requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert fetched == {parts["ansible_core"]["package_pip"], parts["ansible_runner"]["package_pip"], *requests}
