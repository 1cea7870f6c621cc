"""Parts of patterns: what is counted and what is literal."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns import parts
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import (
    ANY_CHARACTER,
    DIGITS,
    NO_CHARACTER,
    WHITE_SPACE,
    WORD_CHARACTERS,
    character_range,
    single,
    union,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.parts import MAX_COUNT, MAX_LITERAL, Part
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.tokens import Repetition
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.work import Work
from hypothesis import given
from hypothesis import strategies as st

texts = st.text("aBGX1.:@ \0\1ü", max_size=5)


def counts(part: Part):
    return part.minimum, part.separators, part.colons, part.is_ip, part.is_hex_ip, part.has_at, part.literal


@given(texts)
def test_a_text(text):
    found = parts.of_text(text)
    is_ip = all(character in "1.:" for character in text)
    is_hex_ip = all(character in "aB1.:" for character in text)
    numbers = sum(map(str.isalnum, text)), text.count(".") + text.count(":"), text.count(":")
    assert counts(found) == (*numbers, is_ip, is_hex_ip, "@" in text, text)
    assert not found.has_any
    # Control characters are not taken for marks.
    assert not any(mark in ending.text for ending in found.endings for mark in "\0\1")
    assert not any(mark in beginning.text for beginning in found.beginnings for mark in "\0\1")


@given(texts, texts)
def test_texts_are_joined_and_are_alternatives(first, second):
    one, other = parts.of_text(first), parts.of_text(second)
    assert counts(parts.join(one, other, Work())) == counts(parts.of_text(first + second))
    found = parts.either([one, other], Work())
    assert found.minimum == min(one.minimum, other.minimum)
    assert found.separators == min(one.separators, other.separators)
    assert found.colons == min(one.colons, other.colons)
    assert (found.is_ip, found.is_hex_ip, found.has_at) == (one.is_ip and other.is_ip, one.is_hex_ip and other.is_hex_ip, one.has_at and other.has_at)
    assert found.literal == (first if first == second else None)
    assert parts.either([one], Work()) is one


@given(texts, st.integers(0, 4))
def test_texts_are_repeated(text, number):
    part = parts.of_text(text)
    found = parts.repeat(part, Repetition(number, number, number), Work())
    assert counts(found) == counts(parts.of_text(text * number))
    several = parts.repeat(part, Repetition(number, None), Work())
    assert (several.minimum, several.separators, several.colons, several.has_at) == (found.minimum, found.separators, found.colons, found.has_at)
    assert several.literal == ("" if not text else None)


def test_counts_and_literals_have_limits():
    huge = parts.repeat(parts.of_text("a.:"), Repetition(10**9, 10**9), Work())
    assert (huge.minimum, huge.separators, huge.colons, huge.literal) == (10**9, MAX_COUNT, MAX_COUNT, None)
    assert parts.join(huge, huge, Work())[:3] == (MAX_COUNT, MAX_COUNT, MAX_COUNT)
    longest = parts.of_text("a" * MAX_LITERAL)
    assert longest.literal is not None
    assert parts.join(longest, parts.of_text("a"), Work()).literal is None
    assert parts.of_text("a" * (MAX_LITERAL + 1)).literal is None
    assert parts.repeat(parts.of_text("ab"), Repetition(1024, 1024), Work()).literal == "ab" * 1024
    assert parts.repeat(parts.of_text("ab"), Repetition(1025, 1025), Work()).literal is None


@pytest.mark.parametrize(
    ("characters", "literal", "minimum"),
    [("a", "a", 1), ("A", "A", 1), ("aA", "a", 1), (".", ".", 0), ("ab", None, 0), ("a.", None, 0), ("K\N{KELVIN SIGN}k", "k", 1)],
)
def test_a_class_of_one_letter_is_literal(characters, literal, minimum):
    found = NO_CHARACTER
    for character in characters:
        found = union(found, single(character))
    assert (parts.of_class(found).literal, parts.of_class(found).minimum) == (literal, minimum)


@pytest.mark.parametrize(
    ("text", "is_ip", "is_hex_ip"),
    [("0123456789.:", True, True), ("abcdefABCDEF", False, True), ("g", False, False), ("G", False, False), ("X", False, False), ("-", False, False)],
)
def test_of_text_of_an_address_is_one(text, is_ip, is_hex_ip):
    assert (parts.of_text(text).is_ip, parts.of_text(text).is_hex_ip) == (is_ip, is_hex_ip)


def test_limits_are_those_of_the_interface():
    assert (MAX_LITERAL, MAX_COUNT) == (2048, 1_000_000_000)
    joined = parts.join(parts.of_text("a" * 2047), parts.of_text("b"), Work())
    assert joined.literal == "a" * 2047 + "b"
    assert parts.join(joined, parts.of_text("c"), Work()).literal is None


def test_join_of_a_part_with_nothing_is_the_part():
    part = parts.of_text("a.example")
    assert parts.join(parts.EMPTY, part, Work()) is part
    assert parts.join(part, parts.EMPTY, Work()) == part


def test_what_has_no_text_is_described():
    assert parts.LOOK_AROUND == (0, 0, 0, True, True, False, False, None, parts.endings.NOTHING, parts.beginnings.NOTHING)
    assert parts.ANYTHING[:8] == (0, 0, 0, False, False, False, False, None)
    assert parts.EMPTY[:8] == parts.TEXT_START[:8] == parts.TEXT_END[:8] == (0, 0, 0, True, True, False, False, "")
    assert parts.ANY_CHARACTER[:8] == (0, 1, 0, True, True, False, True, None)


def test_large_classes():
    assert parts.of_class(ANY_CHARACTER) == parts.ANYTHING
    assert parts.of_class(NO_CHARACTER).endings == parts.endings.FOREIGN_CHARACTERS
    assert parts.of_class(WHITE_SPACE).endings == parts.endings.FOREIGN_CHARACTERS
    assert parts.of_class(WORD_CHARACTERS).beginnings == parts.beginnings.HOST_CHARACTERS
    assert (parts.of_class(DIGITS).is_ip, parts.of_class(WORD_CHARACTERS).is_ip) == (True, False)
    assert len(parts.of_class(character_range("a", "h")).endings) == 8
    assert parts.of_class(character_range("a", "i")).endings == parts.endings.ANYTHING
    assert (parts.of_class(union(single("."), single(":"))).separators, parts.of_class(union(single("."), single(":"))).colons) == (1, 0)


def test_an_element_for_any_character_may_be_a_dot():
    any_character = parts.ANY_CHARACTER
    address = parts.join(parts.of_text("192"), any_character, Work())
    assert (address.is_ip, address.separators, address.has_any, address.minimum, address.literal) == (True, 1, True, 3, None)
    assert not parts.repeat(address, Repetition(0, None), Work()).is_ip
    assert not parts.repeat(any_character, Repetition(1, None), Work()).is_hex_ip
    assert parts.repeat(any_character, Repetition(1, 1), Work()) is any_character
    assert parts.repeat(any_character, Repetition(0, 0), Work()) == parts.EMPTY
