"""Character classes of Java, in its syntax."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import ANY_CHARACTER, UnreadablePatternError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.classes import read_class
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("[a]", "a"),
        ("[abca]", "abc"),
        ("[a-d]", "abcd"),
        ("[]a]", "]a"),
        ("[-a]", "-a"),
        ("[a-]", "a-"),
        ("[a-[b]]", "a-b"),
        ("[[a][b[c]]d]", "abcd"),
        ("[a-d&&[bcx]]", "bc"),
        ("[a-d&&bcx]", "bc"),
        ("[a-d&&bcx&&c]", "c"),
        ("[a-d&&[b-d]&&[cd]]", "cd"),
        ("[a-c&&]", "abc"),
        ("[a&b]", "a&b"),
        ("[a&&b]", ""),
        ("[a-d&&[^b]]", "abcd"),
        (r"[\]\\\^]", "]\\^"),
        (r"[\x41-\u0043]", "ABC"),
        (r"[\Q]-a\E]", "]-a"),
        (r"[.*+?(){}|$]", ".*+?(){}|$"),
        ("[a^]", "a^"),
        ("[ #]", " #"),
        (r"[\t\n]", "\t\n"),
    ],
)
def test_small_classes(text, characters):
    found, end = read_class(text + "rest]", 0, ignores_space=False)
    assert found.characters == set(characters)
    assert end == len(text)


@pytest.mark.parametrize("text", ["[^a]", "[^]]", "[^a-z&&b]", r"[\D]", r"[a\W]", r"[\p{Lu}]", r"[\PL]", "[a-z[^b]]", "[^[^a]]"])
def test_what_is_not_known_is_any_character(text):
    assert read_class(text, 0, ignores_space=False) == (ANY_CHARACTER, len(text))


@pytest.mark.parametrize(
    ("text", "properties"),
    [(r"[\d.]", "is_ip is_hex_ip is_host"), (r"[\d\-]", "is_host"), (r"[\w.-]", "is_host"), (r"[\s>]", "is_foreign"), (r"[\p{XDigit}:]", "is_hex_ip")],
)
def test_properties_of_large_classes(text, properties):
    found, _end = read_class(text, 0, ignores_space=False)
    assert found.characters is None
    assert {name for name in ("is_ip", "is_hex_ip", "is_host", "is_foreign") if getattr(found, name)} == set(properties.split())


def test_a_class_may_begin_anywhere():
    assert read_class("[b][ac]", 3, ignores_space=False) == (read_class("[ac]", 0, ignores_space=False)[0], 7)


@pytest.mark.parametrize(
    "text", ["[", "[a", "[]", "[[a]", "[a-", "[a-b", r"[\Qa]", "[\\", "[a&&", "[a&&&b]", "[&&]", "[&&ab]", "[b-a]", r"[\b]", r"[\E]", r"[\k]"]
)
def test_unreadable_classes(text):
    with pytest.raises(UnreadablePatternError):
        read_class(text, 0, ignores_space=False)


def test_white_space_where_java_ignores_it():
    for text in ("[a b]", "[a#]", "[a- b]"):
        with pytest.raises(UnreadablePatternError):
            read_class(text, 0, ignores_space=True)
    assert read_class(r"[a\ \#]", 0, ignores_space=True)[0].characters == set("a #")


@given(st.sets(st.sampled_from("abc019.-]^&[\\ "), min_size=1))
def test_escaped_characters_are_all_of_the_class(characters):
    written = "".join(character if character.isalnum() else f"\\{character}" for character in characters)
    assert read_class(f"[{written}]", 0, ignores_space=False)[0].characters == characters
