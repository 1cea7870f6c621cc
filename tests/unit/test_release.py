"""`make release` refuses what a version on a hub must not contain."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.guides import ROOT

SCHEMA = "roles/audit/files/audit-report-1.schema.json"
FILES = {
    "galaxy.yml": "version: 1.2.3\nrepository: https://git.mailops.dev/c\nissues: https://git.mailops.dev/c/issues\n",
    "CHANGELOG.md": "## v1.2.3\n",
    "README.md": "ansible-galaxy collection install git+https://git.mailops.dev/mailops/c.git\n",
    "docs/getting-started.md": "name: https://git.mailops.dev/mailops/c.git\n",
    "plugins/module_utils/version.py": 'VERSION = "1.2.3"\n',
    SCHEMA: '{"$id": "https://git.mailops.dev/c.json"}\n',
    ".build/artefact/mailops-cloudflare-1.2.3.tar.gz": "",
    # In place of galaxy-importer.
    ".build/venv/bin/python": "#!/bin/sh\nexit 0\n",
}


def release(folder, **changed):
    for name, text in {**FILES, **changed}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    return subprocess.run([ROOT / "tools/release", ".build/venv"], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_complete_release_is_ready(tmp_path):
    done = release(tmp_path)
    assert (done.returncode, "mailops.cloudflare 1.2.3 is ready" in done.stdout) == (0, True), done.stderr
    assert "gpg --detach-sign --armor MANIFEST.json" in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("galaxy.yml", "git.mailops.dev/c\n", "git.example.com/c\n", "galaxy.yml contains an address that leads nowhere (line 2:"),
        (SCHEMA, "git.mailops.dev", "git.example.com", "schema.json contains an address that leads nowhere (line 1:"),
        ("galaxy.yml", "issues: https://git.mailops.dev/c/issues\n", "", "galaxy.yml has no issues"),
        ("galaxy.yml", "issues: https:", "issues: ''  # https:", "galaxy.yml has no issues"),
        ("README.md", "git.mailops.dev", "git.example.com", "README.md contains an address that leads nowhere (line 1:"),
        ("docs/getting-started.md", "git.mailops.dev", "git.example.com", "docs/getting-started.md contains an address that leads nowhere (line 1:"),
        ("CHANGELOG.md", "1.2.3", "1.2.2", "CHANGELOG.md begins with 1.2.2"),
    ],
)
def test_placeholder_is_refused(tmp_path, file, old, new, words):
    assert old in FILES[file]
    done = release(tmp_path, **{file: FILES[file].replace(old, new)})
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
