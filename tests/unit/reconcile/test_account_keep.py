"""The option keep: which undeclared entries stay."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_keep import KeepPatterns, keep_patterns
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import blocked, person

BLOCKED = RESOURCES["block_senders"]().resource


def keeps(patterns, live=None, name="block_senders"):
    problems: list[str] = []
    found = keep_patterns({name: patterns}, LIST_NAMES, problems)[name]
    assert problems == []
    return found.matches(RESOURCES[name]().resource, blocked(1) if live is None else live)


@pytest.mark.parametrize(
    ("pattern", "is_kept"),
    [
        ("b1.example", True),
        ("B1.EXAMPLE", True),
        ("*.example", True),
        ("b?.example", True),
        ("b1", False),
        ("?.example", False),
        ("comments:*", False),
        ("*.exampl", False),
        ("b[1].example", False),
    ],
)
def test_pattern_is_compared_with_the_key(pattern, is_kept):
    assert keeps([pattern]) is is_kept
    assert keeps(pattern) is is_kept


@pytest.mark.parametrize(
    ("pattern", "comment", "is_kept"),
    [
        ("comments:*soc*", "For the SOC, 2026", True),
        ("comments: *SOC*", "for the soc", True),
        ("comments:soc", "for the soc", False),
        ("*soc*", "for the soc", False),
        ("comments:*", None, False),
    ],
)
def test_pattern_is_compared_with_the_comments(pattern, comment, is_kept):
    assert keeps([pattern], blocked(1, comments=comment)) is is_kept


def test_one_of_several_patterns_suffices():
    assert keeps(["x.example", "b1.*"]) is True
    assert keeps(["x.example", "comments:*y*"], blocked(1, comments="xyz")) is True
    assert keeps([]) is False


def test_brackets_of_a_regular_expression_are_literal():
    live = blocked(1, pattern="[a-z]+@evil", is_regex=True)
    assert keeps(["[a-z]+@*"], live) is True
    assert keeps(["a+@evil"], live) is False


def test_notes_of_content_policies_are_comments():
    live = {"id": "1", "name": "Gift cards", "pattern": "gift", "notes": "SOC"}
    assert keeps(["comments:soc"], live, "content_policies") is True
    assert keeps(["gift*"], live, "content_policies") is True


def test_key_of_a_person_is_the_address():
    assert keeps(["*@example.com"], person(1), "impersonation_registry") is True
    assert keeps(["Person*"], person(1), "impersonation_registry") is False


def test_entry_without_a_key_is_not_kept():
    assert keeps(["*"], {"id": "1"}) is False
    assert KeepPatterns().matches(BLOCKED, blocked(1)) is False


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"block_sender": ["*"]}, "keep: block_sender is not a list (did you mean block_senders?); the lists are allow_policies, "),
        ({"domains": ["*"]}, "keep: domains is not a list"),
        ({"block_senders": 7}, "keep: block_senders is not a list of texts"),
        ({"block_senders": ["a", 7]}, "keep: block_senders is not a list of texts"),
        ({"block_senders": ["a", " "]}, "keep: block_senders[1] is empty"),
        ({"block_senders": ["comments:"]}, "keep: block_senders[0] is empty"),
        ({"block_senders": ["********"]}, "keep: block_senders[0] contains '********'"),
    ],
)
def test_mistakes_are_named(option, words):
    problems: list[str] = []
    keep_patterns(option, LIST_NAMES, problems)
    [problem] = problems
    assert problem.startswith(words)


def test_every_mistake_is_named_and_the_other_patterns_are_used():
    problems: list[str] = []
    found = keep_patterns({"domains": ["*"], "allow_policies": 7, "block_senders": ["********", "", "b1.*"]}, LIST_NAMES, problems)
    assert len(problems) == 4
    assert found["block_senders"].matches(BLOCKED, blocked(1)) is True


def test_many_wildcards_do_not_hang():
    assert keeps(["*a" * 40 + "b"], blocked(1, pattern="a" * 1000, is_regex=True)) is False
