"""What alternatives end with: joined, put side by side and repeated, against all texts that short alternatives stand for."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.endings import (
    ANY,
    ANYTHING,
    FOREIGN_CHARACTERS,
    MAX_TEXT,
    NOTHING,
    TEXT_END,
    TEXT_START,
    Ending,
    either,
    join,
    of_text,
    repeated,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.work import MAX_ALTERNATIVES, Work
from hypothesis import given
from hypothesis import strategies as st

texts = st.text("aB.@ -", max_size=4)
choices = st.lists(texts, min_size=1, max_size=3)


def endings_of(options):
    return either([of_text(text) for text in options], Work())


def fits(text, endings):
    """Whether one of the endings describes the text: the independent statement of what an ending means."""
    before = {"": r"\A", "*": "", "@": "@", "^": r"\A"}
    after = {"": r"\Z", "$": r"\Z", "#": r"[^\w.@-]+\Z", "*": ".*", "*$": ".*"}
    return any(re.search(before[one] + re.escape(host) + after[other], text.lower(), re.DOTALL) for one, host, other in endings)


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("", Ending()),
        ("Ab.c-d_1", Ending(text="ab.c-d_1")),
        ("@ab", Ending("@", "ab")),
        ("x@y@ab", Ending("@", "ab")),
        ("ab@", Ending("@")),
        ("x ab", Ending("*", "ab")),
        ("x@ ab", Ending("*", "ab")),
        ("ab >", Ending(text="ab", after="#")),
        ("<ab>", Ending("*", "ab", "#")),
        ("<>", Ending(after="#")),
        ("ü", Ending(text="ü")),
        (ANY, Ending(text=ANY)),
        ("a" * MAX_TEXT, Ending(text="a" * MAX_TEXT)),
        ("b" + "a" * MAX_TEXT, Ending("*", "a" * MAX_TEXT)),
        ("a" * 253, Ending(text="a" * 253)),
        ("a" * 254, Ending("*", "a" * 253)),
        ("@" + "a" * 253, Ending("@", "a" * 253)),
        ("@" + "a" * 254, Ending("*", "a" * 253)),
        # However much follows the host.
        ("ab" + " " * 2000, Ending(text="ab", after="#")),
        ("<ab" + " " * 2000, Ending("*", "ab", "#")),
    ],
)
def test_the_ending_of_a_text(text, ending):
    assert of_text(text) == (ending,)


@given(choices, choices)
def test_every_joined_text_is_described(first, second):
    joined = join(endings_of(first), endings_of(second), Work())
    assert all(fits(one + other, joined) for one in first for other in second)


@given(texts, texts)
def test_literal_texts_are_joined_exactly_within_a_host(first, second):
    host = re.sub("[@ ]", "", second)
    assert join(of_text(first), of_text(host), Work()) == of_text(first + host) or re.search(r" [^@]*$", first)


@given(choices, st.integers(0, 3), st.integers(0, 3))
def test_every_repetition_is_described(options, least, more):
    if (least, more) in ((0, 0), (1, 0)):
        return
    found = repeated(endings_of(options), least, least + more, Work())
    unlimited = repeated(endings_of(options), least, None, Work())
    repetitions = [""]
    for number in range(least + more + 1):
        if number >= least:
            assert all(fits(text, found) and fits(text, unlimited) for text in repetitions)
        repetitions = [text + option for text in repetitions for option in options]


def test_anchors_and_variable_parts():
    work = Work()
    host = of_text("a.b")
    assert join(TEXT_START, host, work) == (Ending("^", "a.b"),)
    assert join(host, TEXT_END, work) == (Ending("", "a.b", "$"),)
    assert join(ANYTHING, host, work) == (Ending("*", "a.b"),)
    assert join(host, ANYTHING, work) == (Ending("", "a.b", "*"),)
    assert join(join(host, ANYTHING, work), TEXT_END, work) == (Ending("", "a.b", "*$"),)
    assert join(join(host, ANYTHING, work), FOREIGN_CHARACTERS, work) == (Ending("", "a.b", "*"),)
    assert join(join(host, FOREIGN_CHARACTERS, work), ANYTHING, work) == (Ending("", "a.b", "*"),)
    assert join(join(host, FOREIGN_CHARACTERS, work), TEXT_END, work) == (Ending("", "a.b", "$"),)
    assert join(join(host, TEXT_END, work), FOREIGN_CHARACTERS, work) == (Ending("", "a.b", "$"),)
    assert join(join(host, FOREIGN_CHARACTERS, work), host, work) == (Ending("*", "a.b"),)
    assert join(host, TEXT_START, work) == TEXT_START
    assert join(NOTHING, host, work) == join(host, NOTHING, work) == host
    # Something variable may be nothing.
    assert either((NOTHING, ANYTHING), work) == ANYTHING


def test_repetitions_keep_the_last_dot_and_the_last_at():
    work = Work()
    assert repeated(ANYTHING, 0, None, work) == ANYTHING
    assert repeated(FOREIGN_CHARACTERS, 1, None, work) == FOREIGN_CHARACTERS
    assert repeated(of_text("a."), 1, None, work) == (Ending(text="a."), Ending("*", ".a."))
    assert repeated(of_text("a"), 2, None, work) == (Ending("*", "a"),)
    assert repeated(of_text("@"), 1, 5, work) == (Ending("@"),)
    assert repeated(of_text("ab"), 3, 3, work) == (Ending(text="ababab"),)
    assert repeated(of_text("ab"), 10**9, 10**9, work) == (Ending("*", ("ab" * MAX_TEXT)[-MAX_TEXT:]),)
    assert repeated(of_text("a"), 253, 253, work) == (Ending(text="a" * 253),)
    assert repeated(of_text("a"), 254, 254, work) == (Ending("*", "a" * 253),)
    assert repeated(of_text("a"), 0, 1, work) == (Ending(), Ending(text="a"))
    # A repeated element for any character is not a forgotten backslash.
    assert repeated(of_text(ANY), 0, 1, work) == ANYTHING
    assert repeated(of_text(f"a{ANY}b"), 1, 2, work) == (Ending("*", "b"),)
    assert repeated(of_text(f"a{ANY}"), 0, 1, work) == (Ending(), Ending(text="a", after="*"))


def test_too_many_alternatives_are_described_by_what_they_share():
    many = [of_text(f"@a{number}.partner.example") for number in range(MAX_ALTERNATIVES + 1)]
    assert either(many, Work()) == (Ending("*", ".partner.example"),)
    assert len(either(many[1:], Work())) == MAX_ALTERNATIVES
    several = either(many[:600], Work())
    assert join(several, either((NOTHING, TEXT_END), Work()), Work()) == (Ending("*", ".partner.example"), Ending("*", ".partner.example", "$"))
    assert either([of_text(f"{number}") for number in range(2000)], Work()) == (Ending(after="*"),)
    assert either([join(of_text(f"{number}"), TEXT_END, Work()) for number in range(2000)], Work()) == (Ending(after="*$"),)
    mixed = [of_text(f"{number}.a") for number in range(2000)] + [join(of_text("b.a"), TEXT_END, Work())]
    assert either(mixed, Work()) == (Ending("*", ".a", "*"),)
