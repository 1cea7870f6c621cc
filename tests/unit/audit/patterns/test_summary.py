"""The work of reading a pattern is proportional to its length, whatever it means to an engine."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import UnreadablePatternError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.summary import summarize
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.tokens import Mark

LENGTH = 20_000
MEGABYTE = 1_000_000
# The work that does not depend on the length, and that of each character.
FREE_STEPS, STEPS_OF_A_CHARACTER = 30_000, 12
UNITS = [
    "(a+)+",
    "(a|a)*b",
    "a.",
    "ab|",
    "(a|b)",
    "(a|b)x.",
    "[a-c]",
    "x*",
    "(?:a?b)?",
    "a{2,3}",
    "(a|b|c|d|e)?@",
    r"(a?|b@)\.",
    r"(\w+\.)*",
    "(.*)*",
    "((a))",
    r"(a)\1",
    "[ab]?",
]
CATASTROPHIC = [r"(a+)+$", r"(a|a)*b", r"(.*)*@(.*)*\.(.*)*x$", r"(?:(?:a*)*)*c", "a{1000}(?:a{1000}){1000}", "(a?){40}a{40}", r"(?<!x)\p{L}++"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("length", [LENGTH // 4, LENGTH])
def test_the_work_is_proportional_to_the_length(unit, length):
    pattern = unit * (length // len(unit))
    assert summarize(pattern).steps <= FREE_STEPS + STEPS_OF_A_CHARACTER * len(pattern)


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_catastrophic_patterns_are_little_work(pattern):
    assert summarize(pattern).steps <= STEPS_OF_A_CHARACTER * len(pattern)


@pytest.mark.parametrize("opening", ["(", "(?:", "(?=", "(a|", "(?:a?", "(?<!"])
def test_no_nesting_is_too_deep(opening):
    depth = 20 * sys.getrecursionlimit()
    found = summarize(opening * depth + "b" + ")" * depth)
    assert found.part.minimum in (0, 1)
    assert found.steps <= FREE_STEPS + STEPS_OF_A_CHARACTER * depth * (len(opening) + 1)
    with pytest.raises(UnreadablePatternError):
        summarize(opening * depth)


@pytest.mark.parametrize(
    ("pattern", "minimum", "most"),
    [
        ("a" * MEGABYTE, MEGABYTE, 10),
        ("[" + "ab" * (MEGABYTE // 2) + "]", 0, 10),
        ("[" * (MEGABYTE // 2) + "a" + "]" * (MEGABYTE // 2), 1, 10),
        ("(" * (MEGABYTE // 2) + ")" * (MEGABYTE // 2), 0, 2 * MEGABYTE),
        ("|" * MEGABYTE, 0, 2 * MEGABYTE),
        (r"\Q" + "(a+)+" * (MEGABYTE // 5), MEGABYTE // 5, 10),
        ("(?x)#" + "(a+)+" * (MEGABYTE // 5), 0, 10),
    ],
    ids=["text", "class", "nested classes", "nested groups", "alternatives", "quoted", "comment"],
)
def test_patterns_of_a_megabyte(pattern, minimum, most):
    found = summarize(pattern)
    assert (found.part.minimum, found.steps <= most) == (minimum, True)


def test_what_was_found():
    found = summarize(r"a{7}(?=b)\bc{2,9}d{3,}")
    assert (found.part.minimum, found.max_repetition) == (12, 9)
    assert found.marks == {Mark.OPEN_LOOK_AROUND, Mark.CLOSE, Mark.WORD_BOUNDARY}
    assert summarize("a") == (summarize("a").part, frozenset(), 0, 1)


@pytest.mark.parametrize(
    ("pattern", "minimum"),
    [("ab*", 1), ("a\\.*", 1), ("ab|cd*", 1), (r"\Qab\E*", 1), (r"ab\Q\E*", 1), ("(ab)*", 0), ("^*a", 1), ("a(b|c{2}|)d", 2), ("(?=abc)?a", 1)],
)
def test_a_repetition_is_of_the_last_element(pattern, minimum):
    assert summarize(pattern).part.minimum == minimum


@pytest.mark.parametrize("pattern", ["*", "a**", "(*)", "a|*", "(?i)*", r"\Q\E*", "a{1}{2}"])
def test_a_repetition_of_nothing(pattern):
    with pytest.raises(UnreadablePatternError):
        summarize(pattern)


@pytest.mark.parametrize(("alternatives", "joined"), [(1, 0), (2, 1), (100, 1), (101, 1), (102, 2)])
def test_summarize_of_alternatives_joins_a_hundred_at_a_time(alternatives, joined):
    # A step for each token, and two for each time that they are joined: for the endings and for the beginnings.
    assert summarize("|".join("a" * alternatives)).steps == 2 * alternatives - 1 + 2 * joined
