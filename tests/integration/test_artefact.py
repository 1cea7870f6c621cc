"""What the tarball holds, as it was installed."""

from __future__ import annotations

import re
from pathlib import Path

from integration.support.run_playbook import PlaybookRunner

LINK = re.compile(r"(?<!`)\]\(([^()\s]+)\)")
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def installed(playbook_runner: PlaybookRunner) -> Path:
    return Path(playbook_runner.collections_path.split(":")[0]) / "ansible_collections/mailops/cloudflare"


def test_links_lead_to_files_of_the_tarball(playbook_runner: PlaybookRunner) -> None:
    """A document of the tarball may not link to what only the repository has."""
    root = installed(playbook_runner).resolve()
    documents = sorted(root.rglob("*.md"))
    links = [(document, link) for document in documents for link in LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))]
    relative = [(document, link.partition("#")[0]) for document, link in links if "://" not in link and not link.startswith("#")]
    assert len(relative) > 100
    broken = [(str(document.relative_to(root)), link) for document, link in relative if not (document.parent / link).resolve().is_relative_to(root)]
    broken += [(str(document.relative_to(root)), link) for document, link in relative if not (document.parent / link).exists()]
    assert broken == []


def test_nothing_of_the_development_is_in_the_tarball(playbook_runner: PlaybookRunner) -> None:
    names = {str(path.relative_to(installed(playbook_runner))) for path in installed(playbook_runner).rglob("*") if path.is_file()}
    assert {name for name in names if name.startswith("tests/")} == {"tests/config.yml"}
    assert not [name for name in names if re.match(r"(\.github|\.ci|demo|tools|extensions|Makefile|pyproject)", name)]
    assert {"README.md", "LICENSE", "CHANGELOG.md", "meta/runtime.yml", "meta/execution-environment.yml", "meta/ee-requirements.txt"} <= names
