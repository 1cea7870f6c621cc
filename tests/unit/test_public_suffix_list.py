"""The generator of the public suffix data."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "public_suffixes.py"
DATA = (ROOT / "plugins" / "module_utils" / "audit" / "data" / "public_suffix_list.py").read_text(encoding="utf-8")

HEAD = "// VERSION: 2026-10-22_08-36-41_UTC\n// COMMIT: 8437e52\n"
SECTIONS = """
// ===BEGIN ICANN DOMAINS===
// ck : a comment
*.ck
!www.ck
uk
co.uk
公司.cn
// ===END ICANN DOMAINS===
// ===BEGIN PRIVATE DOMAINS===
github.io
// ===END PRIVATE DOMAINS===
"""


@pytest.fixture
def tool(monkeypatch):
    spec = importlib.util.spec_from_file_location("tools_public_suffixes", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "MIN_RULES", {"ICANN": 5, "PRIVATE": 1})
    return module


def test_rules_are_grouped_by_the_name_above_them_in_a_labels(tool):
    content = tool.render(HEAD + SECTIONS)
    assert 'ICANN = """\\\n.: uk ck: !www * cn: xn--55qx5d uk: co\n"""\n' in content
    assert 'PRIVATE = """\\\nio: github\n"""\n' in content
    assert "version 2026-10-22_08-36-41_UTC, commit 8437e52." in content
    assert "SPDX-License-Identifier: MPL-2.0" in content
    compile(content, "list", "exec")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SECTIONS, "names no version"),
        ("<html>", "names no version"),
        (HEAD + SECTIONS.replace("!www.ck\n", ""), "the section ICANN has 4 rules"),
        (HEAD + SECTIONS.replace("BEGIN PRIVATE", "BEGIN OTHER"), "the section PRIVATE has 0 rules"),
    ],
)
def test_a_file_that_is_not_the_whole_list_is_refused(tool, text, problem):
    with pytest.raises(ValueError, match=problem):
        tool.render(text)


def test_the_command_refuses_what_it_cannot_use(tmp_path):
    file = tmp_path / "list.dat"
    file.write_text(HEAD + SECTIONS, encoding="utf-8")
    for arguments, status, message in [([], 2, "public_suffix_list.dat"), ([file], 1, "is the file complete?"), ([tmp_path / "none"], 1, "No such file")]:
        done = subprocess.run([sys.executable, str(TOOL), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, message in done.stderr) == (status, True)


def test_the_generated_file_is_small_and_names_its_version_and_licence():
    assert len(DATA) < 200_000
    assert max(map(len, DATA.splitlines())) <= 160
    assert re.search(r"version 20[0-9-]+_[0-9-]+_UTC, commit [0-9a-f]{40}\.", DATA)
    assert "SPDX-License-Identifier: MPL-2.0" in DATA
    assert (ROOT / "LICENSES" / "MPL-2.0.txt").read_text(encoding="utf-8").startswith("Mozilla Public License")
