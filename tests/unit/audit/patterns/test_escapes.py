"""Escapes of Java: characters and properties."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import (
    ANY_CHARACTER,
    DIGITS,
    HEX_DIGITS,
    WHITE_SPACE,
    WORD_CHARACTERS,
    UnreadablePatternError,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.escapes import SET_ESCAPES, read_character, read_property
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "character", "length"),
    [
        (r"\.", ".", 2),
        (r"\\", "\\", 2),
        (r"\ ", " ", 2),
        (r"\ü", "ü", 2),
        (r"\t", "\t", 2),
        (r"\n", "\n", 2),
        (r"\r", "\r", 2),
        (r"\f", "\f", 2),
        (r"\e", "\x1b", 2),
        (r"\a", "\x07", 2),
        (r"\cA", "\x01", 3),
        (r"\x2e1", ".", 4),
        (r"\x{2e}1", ".", 6),
        (r"\x{1F600}", "😀", 9),
        (r"\x{10FFFF}", "\U0010ffff", 10),
        (r"\u002e1", ".", 6),
        (r"\07", "\x07", 3),
        (r"\056", ".", 4),
        (r"\0567", ".", 4),
        (r"\0100", "@", 5),
        (r"\0377", "ÿ", 5),
        (r"\0400", " ", 4),
    ],
)
def test_characters(text, character, length):
    assert read_character(f"a{text}", 1) == (character, 1 + length)


def test_set_escapes_are_those_of_java():
    known = {"d": DIGITS, "w": WORD_CHARACTERS, "s": WHITE_SPACE, "h": WHITE_SPACE, "v": WHITE_SPACE}
    # What is not in a set is not known.
    unknown = {"D": ANY_CHARACTER, "W": ANY_CHARACTER, "S": ANY_CHARACTER, "H": ANY_CHARACTER, "V": ANY_CHARACTER}
    assert known | unknown == SET_ESCAPES


@given(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda character: not character.isalnum()))
def test_punctuation_is_itself(character):
    assert read_character(f"\\{character}", 0) == (character, 2)


@pytest.mark.parametrize("letter", ["", *"bBAzZGDdsSwWhHvVRXkKpPQEyYgijlmoqCFIJLMNOTU123456789", "0", "08", "x", "xg1", "x{", "x{}", "x{110000}", "u12g4", "c"])
def test_what_is_not_a_character(letter):
    with pytest.raises(UnreadablePatternError):
        read_character("\\" + letter, 0)


@pytest.mark.parametrize(
    ("text", "found", "length"),
    [
        (r"\p{Digit}", DIGITS, 9),
        (r"\p{Lu}x", ANY_CHARACTER, 6),
        (r"\pLx", ANY_CHARACTER._replace(is_host=True), 3),
        (r"\pL1", WORD_CHARACTERS, 3),
        (r"\P{Digit}", ANY_CHARACTER, 9),
        (r"\PL", ANY_CHARACTER, 3),
        (r"\p{digit}", ANY_CHARACTER, 9),
        (r"\p{Digits}", ANY_CHARACTER, 10),
        (r"\p{script=Han}", ANY_CHARACTER, 14),
        *((f"\\p{{{name}}}", DIGITS, len(name) + 4) for name in ("IsDigit", "Nd")),
        (r"\p{XDigit}", HEX_DIGITS, 10),
        *((f"\\p{{{name}}}", WORD_CHARACTERS, len(name) + 4) for name in ("Alpha", "Alnum", "Lower", "Upper", "L", "IsAlphabetic")),
        *((f"\\p{{{name}}}", WHITE_SPACE, len(name) + 4) for name in ("Space", "Blank", "Cntrl")),
    ],
)
def test_properties(text, found, length):
    assert read_property(text, 0) == (found, length)


@pytest.mark.parametrize("text", [r"\p", r"\p{", r"\p{}", r"\p{L", r"\p1"])
def test_properties_without_a_name(text):
    with pytest.raises(UnreadablePatternError):
        read_property(text, 0)
