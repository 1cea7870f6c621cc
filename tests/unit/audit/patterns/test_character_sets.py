"""Sets of characters: what is said of a set holds for each of its characters, also after unions and intersections."""

from __future__ import annotations

import string

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.character_sets import (
    ANY_CHARACTER,
    DIGITS,
    HEX_DIGITS,
    MAX_LISTED,
    NO_CHARACTER,
    WHITE_SPACE,
    WORD_CHARACTERS,
    UnreadablePatternError,
    character_range,
    intersection,
    is_host_character,
    single,
    union,
)
from hypothesis import given
from hypothesis import strategies as st

IP, HEX = set("0123456789.:"), set("0123456789.:abcdefABCDEF")
characters = st.sampled_from("09:;@AFGZ[_afgz{-., /+üÜ٣\0")
# A set of characters as it is described, and its characters.
ranges = st.tuples(characters, characters).map(sorted).map(lambda ends: (character_range(*ends), set(map(chr, range(ord(ends[0]), ord(ends[1]) + 1)))))
singles = characters.map(lambda character: (single(character), {character}))
described = st.recursive(
    st.one_of(ranges, singles),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda both: (union(both[0][0], both[1][0]), both[0][1] | both[1][1])),
        st.tuples(inner, inner).map(lambda both: (intersection(both[0][0], both[1][0]), both[0][1] & both[1][1])),
    ),
    max_leaves=5,
)


@given(described)
def test_what_is_said_of_a_set_holds_for_each_of_its_characters(pair):
    found, members = pair
    assert found.characters is None or members <= found.characters
    assert not found.is_ip or members <= IP
    assert not found.is_hex_ip or members <= HEX
    assert not found.is_host or all(map(is_host_character, members))
    assert not found.is_foreign or not any(is_host_character(member) or member == "@" for member in members)


@given(st.lists(singles, min_size=2, max_size=4))
def test_small_sets_are_known_exactly(pairs):
    found, members = NO_CHARACTER, set()
    for one, characters_of_it in pairs:
        found, members = union(found, one), members | characters_of_it
    assert found.characters == members
    assert found.is_ip == (members <= IP)
    assert found.is_hex_ip == (members <= HEX)
    assert found.is_host == all(map(is_host_character, members))
    assert intersection(found, ANY_CHARACTER) == found
    assert intersection(ANY_CHARACTER, pairs[0][0]).characters == pairs[0][1]
    assert intersection(pairs[0][0], pairs[1][0]).characters == pairs[0][1] & pairs[1][1]


@pytest.mark.parametrize(
    ("first", "last", "is_listed", "is_hex", "is_host", "is_foreign"),
    [
        ("a", "z", False, False, True, False),
        ("A", "Z", False, False, True, False),
        ("a", "f", True, True, True, False),
        ("A", "z", False, False, False, False),
        # One character more than is listed, at each end of the letters and beyond them.
        ("a", "p", True, False, True, False),
        ("a", "q", False, False, True, False),
        ("j", "z", False, False, True, False),
        # Of control characters, as many as are listed and one more.
        ("\x7f", "\x8e", True, False, False, True),
        ("\x7f", "\x8f", False, False, False, False),
        ("`", "z", False, False, False, False),
        ("a", "{", False, False, False, False),
        ("A", "Q", False, False, True, False),
        ("J", "Z", False, False, True, False),
        ("@", "Z", False, False, False, False),
        ("A", "[", False, False, False, False),
        ("A", "F", True, True, True, False),
        ("A", "G", True, False, True, False),
        (" ", ",", True, False, False, True),
        ("\0", ",", False, False, False, True),
        ("\0", "-", False, False, False, False),
        (" ", "-", True, False, False, False),
    ],
)
def test_ranges(first, last, is_listed, is_hex, is_host, is_foreign):
    found = character_range(first, last)
    assert (found.characters is not None, found.is_hex_ip, found.is_host, found.is_foreign) == (is_listed, is_hex, is_host, is_foreign)


def test_a_list_has_a_limit():
    most = character_range("a", chr(ord("a") + MAX_LISTED - 1))
    assert len(most.characters) == MAX_LISTED
    assert union(most, single("a")) == most
    assert union(most, single("z")).characters is None
    assert character_range("a", "a").characters == {"a"}
    with pytest.raises(UnreadablePatternError):
        character_range("b", "a")


def properties(members):
    """What has to be said of a set of these characters."""
    is_host = all(member in string.ascii_letters + string.digits + ".-_" for member in members)
    is_foreign = not any(member in string.ascii_letters + string.digits + ".-_@" for member in members)
    return set(members) <= IP, set(members) <= HEX, is_foreign, is_host


@pytest.mark.parametrize("character", [chr(code) for code in range(128)])
def test_single_of_each_ascii_character_has_its_properties(character):
    assert single(character) == (frozenset(character), *properties(character))


@pytest.mark.parametrize(
    ("found", "members"),
    [
        (DIGITS, string.digits),
        (HEX_DIGITS, string.hexdigits),
        (WORD_CHARACTERS, string.ascii_letters + string.digits + "_"),
        (WHITE_SPACE, string.whitespace),
        (ANY_CHARACTER, string.printable),
        (NO_CHARACTER, ""),
    ],
)
def test_named_sets_have_the_properties_of_their_characters(found, members):
    assert found == (None if members else frozenset(), *properties(members))
