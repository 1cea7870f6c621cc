"""Texts and mappings as YAML: that Ansible reads them back, and how they are quoted."""

from __future__ import annotations

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.yaml_text import MAX_COMMENT_LENGTH, yaml_comments, yaml_mapping, yaml_text
from ansible_collections.mailops.cloudflare.tests.unit.export.test_policy_yaml import TEXTS
from hypothesis import given
from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("'\"\\#:-{}%!&*|>\n\r\t \x85\u2028\ufeff"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("news.partner.example", "news.partner.example"),
        ("ann@a.example", "ann@a.example"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("SEC-311, marketing (until 2027-01-31)", "'SEC-311, marketing (until 2027-01-31)'"),
        ("Ann Lee", "Ann Lee"),
        ("Jörg Ü", "'Jörg Ü'"),
        (r".*@it's\.example$", r"'.*@it''s\.example$'"),
        ("2001:db8::/32", "'2001:db8::/32'"),
        ("No", "'No'"),
        ("1.5", "'1.5'"),
        ("", "''"),
        (" x", "' x'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ('two\nlines\t"\\', '"two\\nlines\\t\\"\\\\"'),
        ("\x00\x85\u202e\U000e0001", '"\\x00\\x85\\u202e\\U000e0001"'),
        ("{{ 1 }}", "!unsafe '{{ 1 }}'"),
        ("a{#", "!unsafe 'a{#'"),
        ("{%\n", '!unsafe "{%\\n"'),
        ("#jinja2: trim_blocks:True", "!unsafe '#jinja2: trim_blocks:True'"),
    ],
)
def test_quotes(text, written):
    assert yaml_text(text) == written
    assert DataLoader().load(f"x: {written}") == {"x": text}


@pytest.mark.parametrize("text", TEXTS)
def test_traps_are_read_back(text):
    assert DataLoader().load(yaml_mapping({"x": text, "y": [text]})) == {"x": text, "y": [text]}


@given(text=ANY_TEXT)
def test_any_text_is_read_back_in_one_printable_line(text):
    for written in (yaml_text(text), yaml_text(text, is_quoted=True)):
        assert DataLoader().load(f"x:\n  - {written}\n  - z: {written}\n") == {"x": [text, {"z": text}]}
        assert written.isprintable()
        # The reader that is written in Python is stricter.
        assert yaml.load(f"x: {written.removeprefix('!unsafe ')}", yaml.SafeLoader) == {"x": text}
        assert written.startswith("!unsafe ") is (text.startswith("#jinja2:") or any(mark in text for mark in ("{{", "{%", "{#")))


def test_mapping_has_a_line_for_each_value():
    values = {"pattern": "x", "is_regex": True, "enabled": False, "exclude": [], "targets": ["BODY", "no"]}
    text = "  pattern: 'x'\n  is_regex: true\n  enabled: false\n  exclude: []\n  targets:\n    - BODY\n    - 'no'\n"
    assert yaml_mapping(values, "  ", {"pattern"}) == text


def test_comment_stays_in_its_line():
    hostile = "x\n- pattern: evil.example\r\u2028\x85\x00\ud800"
    text = yaml_comments([hostile, "y" * 1000], "  ")
    assert text.startswith("  # x\\n- pattern: evil.example\\r")
    assert [len(line) for line in text.split("\n")][1:] == [MAX_COMMENT_LENGTH + 4, 0]
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode()
