"""docs/rules.md is what the table of rules says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.direction import drift_rules
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_rules import RULES

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "rules.py"
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def run(*arguments):
    # Isolated: it needs no other package, and no path but its own.
    return subprocess.run([sys.executable, "-I", "-S", str(TOOL), *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("tools_rules", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current():
    checked = run("--check")
    assert checked.returncode == 0, checked.stderr


def test_what_is_printed_is_the_page():
    assert run().stdout == TEXT


def test_a_page_that_is_not_current_is_noticed(tool, monkeypatch, tmp_path, capsys):
    for page in (tmp_path / "other.md", tmp_path / "missing.md"):
        monkeypatch.setattr(tool, "PAGE", page)
        monkeypatch.setattr(tool, "ROOT", tmp_path)
        monkeypatch.setattr(sys, "argv", ["rules", "--check"])
        (tmp_path / "other.md").write_text(TEXT.replace("critical", "low", 1), encoding="utf-8")
        assert tool.main() == 1
        assert f"{page.name} is not as the rules are: run tools/rules --write" in capsys.readouterr().err


def test_it_is_written(tool, monkeypatch, tmp_path):
    monkeypatch.setattr(tool, "PAGE", tmp_path / "rules.md")
    monkeypatch.setattr(sys, "argv", ["rules", "--write"])
    assert tool.main() == 0
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == TEXT


def test_every_rule_has_its_section():
    assert re.findall(r"^### (.*)$", TEXT, re.MULTILINE) == list(RULES)
    for rule in RULES.values():
        section = TEXT.partition(f"### {rule.id}\n")[2].partition("\n#")[0]
        for words in (rule.title, rule.severity, rule.direction, rule.why, rule.remedy):
            assert words in section
        assert "`None`" not in section


def test_the_examples_are_true(tool):
    for rule in RULES.values():
        declared, live = tool.EXAMPLES[rule.id]
        if rule.category == "drift" and (rule.field or rule.id == "ES-DRIFT-001"):
            # Of the rules that the example breaks, this is the worst: the one that is told.
            assert drift_rules(rule.field or "regions", declared, live)[0] == rule.id
