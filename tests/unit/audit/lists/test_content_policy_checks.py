"""What the pattern of a content policy matches."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.content_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.content_policy_checks import COMMON_WORDS
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_content_policy_rules import live, policy
from hypothesis import given
from hypothesis import strategies as st

ALL, WEAK, WORD, SYNTAX = ("ES-CONTENT-101", "critical"), ("ES-CONTENT-101", "high"), ("ES-CONTENT-101", "medium"), ("ES-CONTENT-102", "medium")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (".*", [ALL]),
        (".", [ALL]),
        ("(gift cards)?", [ALL]),
        (r"\s+", [ALL]),
        ("invoice|", [ALL]),
        ("pay", [WEAK]),
        (r"\bpay\b", [WEAK]),
        ("g.ft", [WEAK]),
        ("xyzzy", [WEAK]),
        ("gift cards", []),
        *((word, [WORD]) for word in ("invoice", "payment", "password", "order", "Invoice", "INVOICES", " invoice ", "rechnung")),
        *((pattern, [WORD]) for pattern in ("(?i)invoice", "(invoice)", ".*invoice.*", ".*(invoice|payment).*", "invoice|zebra stripes", ".+password")),
        # Bounded, or with something else.
        *((pattern, []) for pattern in (r"\binvoice\b", "^invoice", "invoice$", "^invoice$", r"\border\b", r".*\binvoice\b.*")),
        *((pattern, []) for pattern in ("invoice overdue", "unpaid.*invoice", "invoice[0-9]+", r"invoice\.pdf", "((invoice|voucher)number)", r"gift\|invoice")),
        # It cannot be read.
        ("(", []),
    ],
)
def test_pattern_by_what_it_matches(pattern, expected):
    assert [found for found in rules(AUDIT, live(policy(pattern))) if found != SYNTAX] == expected
    assert [found for found in rules(AUDIT, live(policy(pattern, enabled=False))) if found != SYNTAX] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("invoice", "Gift cards blocks each message with the word invoice, also inside other words."),
        ("(invoice|Payments|voucher)", "Gift cards blocks each message with the word invoice or payments, also inside other words."),
        ("pay", "Gift cards blocks almost everything: 3 letters and digits are fixed."),
    ],
)
def test_message_says_what_is_blocked(pattern, text):
    assert [found.message for found in judge(AUDIT, live(policy(pattern)))] == [text]


@given(st.sampled_from(sorted(COMMON_WORDS)), st.sampled_from(["", "^", r"\b"]), st.sampled_from(["", "$", r"\b"]), st.booleans())
def test_common_word_with_and_without_bounds(word, start, end, is_upper):
    pattern = start + (word.upper() if is_upper else word) + end
    assert rules(AUDIT, live(policy(pattern))) == ([WORD] if not start + end else [])


@given(st.lists(st.tuples(st.text(alphabet="bcdfghjk", min_size=1, max_size=8), st.booleans()), min_size=1, max_size=4))
def test_pattern_of_words_and_gaps(words):
    """Each word is demanded or optional. None of them is a common word."""
    pattern = ".*".join(word if is_demanded else f"({word})?" for word, is_demanded in words) + ".*"
    demanded = sum(len(word) for word, is_demanded in words if is_demanded)
    assert rules(AUDIT, live(policy(pattern))) == ([ALL] if demanded == 0 else [WEAK] if demanded <= 5 else [])


@pytest.mark.parametrize(
    ("pattern", "used"),
    [
        ("(?=gift)gift cards", "look-around"),
        ("(?<!no )gift cards", "look-around"),
        (r"(gift) cards \1", "a back reference"),
        ("gift.{0,51}cards", "a repetition of more than 50"),
        (r"(?!a)(gift) \1 c{99}ards", "look-around and a back reference and a repetition of more than 50"),
    ],
)
@pytest.mark.parametrize("is_enabled", [True, False])
def test_syntax_that_is_not_documented(pattern, used, is_enabled):
    [found] = [found for found in judge(AUDIT, live(policy(pattern, enabled=is_enabled))) if found.rule == SYNTAX[0]]
    assert found.match.live == used


@given(st.integers(1, 99), st.integers(0, 99))
def test_repetition_up_to_fifty_is_documented(lowest, more):
    found = rules(AUDIT, live(policy(f"gift cards.{{{lowest},{lowest + more}}}")))
    assert found == ([SYNTAX] if lowest + more > 50 else [])


def test_common_words_are_words():
    assert all(word.isalpha() and word == word.casefold() for word in COMMON_WORDS)
    assert {"invoice", "payment", "password", "order"} <= COMMON_WORDS
    # A plural is recognized, and needs no row.
    assert not {f"{word}s" for word in COMMON_WORDS} & COMMON_WORDS
