"""What holds for the texts of every table of rules on lists."""

from __future__ import annotations

import string
from collections.abc import Sequence

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule

# Whoever reads a text has to decide in a minute.
MAX_LENGTH = 500
PLACEHOLDERS = {"subject", "declared", "live", "gained", "lost"}


def check_texts(rule: Rule) -> None:
    """Titles are no sentences, and the other texts are complete ones. Only the summary is a template."""
    assert {name for _text, name, _format, _conversion in string.Formatter().parse(rule.summary) if name} <= PLACEHOLDERS
    assert not rule.title.endswith(".")
    for text in (rule.summary, rule.why, rule.remedy):
        assert text[0].isupper() or text.startswith(("{subject}", "{declared}"))
        assert text.endswith(".")
        assert "  " not in text
        assert len(text) < MAX_LENGTH
    assert not set("{}") & set(rule.title + rule.why + rule.remedy)
    assert len({rule.severity, *(case.severity for case in rule.cases)}) == 1 + len(rule.cases)


def check_unique_texts(rules: Sequence[Rule]) -> None:
    """No two rules of a table have the same title or the same reason."""
    for name in ("title", "why"):
        texts = [getattr(rule, name) for rule in rules]
        assert len(texts) == len(set(texts))
