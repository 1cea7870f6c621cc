"""docs/rules.md is generated from the rules, and current."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT, RULES, all_rules

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "rules.py"
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def run(*arguments):
    # Isolated mode proves that no other package or path is needed.
    return subprocess.run([sys.executable, "-I", "-S", str(TOOL), *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("tools_rules", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_check_of_the_committed_page_succeeds():
    checked = run("--check")
    assert checked.returncode == 0, checked.stderr


def test_without_arguments_the_page_is_printed():
    assert run().stdout == TEXT


def test_check_of_an_outdated_or_missing_page_fails(tool, monkeypatch, tmp_path, capsys):
    for page in (tmp_path / "other.md", tmp_path / "missing.md"):
        monkeypatch.setattr(tool, "PAGE", page)
        monkeypatch.setattr(tool, "ROOT", tmp_path)
        monkeypatch.setattr(sys, "argv", ["rules", "--check"])
        (tmp_path / "other.md").write_text(TEXT.replace("critical", "low", 1), encoding="utf-8")
        assert tool.main() == 1
        assert f"{page.name} is not up to date: run tools/rules --write" in capsys.readouterr().err


def test_write_creates_the_page(tool, monkeypatch, tmp_path):
    monkeypatch.setattr(tool, "PAGE", tmp_path / "rules.md")
    monkeypatch.setattr(sys, "argv", ["rules", "--write"])
    assert tool.main() == 0
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == TEXT


def test_page_has_a_section_for_every_rule():
    sections = re.findall(r"^### (.*)$", TEXT, re.MULTILINE)
    assert sections[: len(RULES)] == list(RULES)
    assert sorted(sections) == sorted(all_rules())
    for rule in all_rules().values():
        section = TEXT.partition(f"### {rule.id}\n")[2].partition("\n#")[0]
        for words in (rule.title, *rule.severities, rule.direction, rule.why, rule.remedy):
            assert words in section
        assert "`None`" not in section


def test_every_rule_on_lists_has_an_example_that_shows_its_values(tool):
    rules = {rule_id: rule for rule_id, rule in all_rules().items() if rule_id not in RULES}
    assert sorted(tool.LIST_EXAMPLES) == sorted(rules)
    for rule_id, (subject, declared, live) in tool.LIST_EXAMPLES.items():
        text = rules[rule_id].summary
        assert subject
        assert "{live}" not in text or live is not None or "{declared}" in text, rule_id
        assert "{declared}" not in text or declared is not None, rule_id


def test_examples_match_their_rules_first(tool):
    for rule in RULES.values():
        declared, live = tool.EXAMPLES[rule.id]
        if rule.category == "drift" and (rule.field or rule.id == "ES-DRIFT-001"):
            assert DOMAIN_AUDIT.drift_rules(rule.field or "regions", declared, live)[0] == rule.id
