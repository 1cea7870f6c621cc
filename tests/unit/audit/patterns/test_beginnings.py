"""What alternatives begin with: joined, put side by side and repeated, against all texts that short alternatives stand for."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.beginnings import (
    ANYTHING,
    HOST,
    HOST_CHARACTERS,
    MAX_TEXT,
    NOTHING,
    TEXT_END,
    TEXT_START,
    Beginning,
    either,
    join,
    of_text,
    repeated,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.work import MAX_ALTERNATIVES, Work
from hypothesis import given
from hypothesis import strategies as st

choices = st.lists(st.text("aB./", max_size=3), min_size=1, max_size=3)


def beginnings_of(options):
    return either([of_text(text) for text in options], Work())


def fits(text, beginnings):
    """Whether one of the beginnings describes the text: the independent statement of what a beginning means."""
    after = {"": r"\Z", "$": r"\Z", "*": ""}
    return any(re.match(re.escape(one.text).replace(HOST, r"[\w.-]*") + after[one.after], text.lower()) for one in beginnings)


@given(choices, choices)
def test_every_joined_text_is_described(first, second):
    joined = join(beginnings_of(first), beginnings_of(second), Work())
    assert all(fits(one + other, joined) for one in first for other in second)
    assert {one.text for one in joined} == {(one + other).lower() for one in first for other in second}


@given(choices, st.integers(0, 3), st.integers(0, 3))
def test_every_repetition_is_described(options, least, more):
    if (least, more) in ((0, 0), (1, 0)):
        return
    found = repeated(beginnings_of(options), least, least + more, Work())
    unlimited = repeated(beginnings_of(options), least, None, Work())
    repetitions = [""]
    for number in range(least + more + 1):
        if number >= least:
            assert all(fits(text, found) and fits(text, unlimited) for text in repetitions)
        repetitions = [text + option for text in repetitions for option in options]


@pytest.mark.parametrize(("length", "after"), [(MAX_TEXT, ""), (MAX_TEXT + 1, "*"), (10**5, "*")])
def test_long_texts_are_cut(length, after):
    assert of_text("A" * length) == (Beginning(text="a" * MAX_TEXT, after=after),)
    assert join(of_text("a"), of_text("a" * (length - 1)), Work()) == (Beginning(text="a" * MAX_TEXT, after=after),)
    assert repeated(of_text("a"), length, length, Work()) == (Beginning(text="a" * MAX_TEXT, after=after),)


def test_anchors_and_variable_parts():
    work = Work()
    text = of_text("a/")
    assert join(TEXT_START, text, work) == (Beginning(True, "a/"),)
    assert join(text, TEXT_START, work) == (Beginning(False, "a/", "*"),)
    assert join(join(text, TEXT_END, work), text, work) == (Beginning(text="a/", after="$"),)
    assert join(ANYTHING, text, work) == ANYTHING
    assert join(ANYTHING, TEXT_START, work) == ANYTHING
    assert join(NOTHING, text, work) == join(text, NOTHING, work) == text
    assert repeated(TEXT_START, 0, 1, work) == (*NOTHING, *TEXT_START)
    assert repeated(text, 1, None, work) == (Beginning(text="a/", after="*"),)


def test_characters_of_a_name():
    work = Work()
    assert repeated(HOST_CHARACTERS, 1, None, work) == HOST_CHARACTERS
    assert join(HOST_CHARACTERS, HOST_CHARACTERS, work) == HOST_CHARACTERS
    label = join(HOST_CHARACTERS, of_text("."), work)
    assert label == (Beginning(text=HOST + "."),)
    assert repeated(label, 0, None, work) == (*NOTHING, *label)
    assert repeated(of_text("a."), 1, None, work) == (Beginning(text=HOST + "a."),)


def test_too_many_alternatives_are_described_by_what_they_share():
    many = [of_text(f"https://a{number}") for number in range(MAX_ALTERNATIVES + 1)]
    assert either(many, Work()) == (Beginning(text="https://a", after="*"),)
    assert len(either(many[1:], Work())) == MAX_ALTERNATIVES
    anchored = [join(TEXT_START, one, Work()) for one in many]
    assert either(anchored, Work()) == (Beginning(True, "https://a", "*"),)
    assert either([*anchored, ANYTHING], Work()) == ANYTHING
    assert join(either(many[:600], Work()), either((NOTHING, TEXT_END), Work()), Work()) == (Beginning(text="https://a", after="*"),)


@pytest.mark.parametrize(("length", "after"), [(300, ""), (301, "*")])
def test_of_text_of_a_long_text_keeps_its_first_300_characters(length, after):
    assert of_text("a" * length) == (Beginning(text="a" * 300, after=after),)


def test_join_with_one_of_several_that_cannot_go_on_continues_the_other():
    several = either([ANYTHING, of_text("a")], Work())
    assert join(several, of_text("b"), Work()) == (*ANYTHING, Beginning(text="ab"))
