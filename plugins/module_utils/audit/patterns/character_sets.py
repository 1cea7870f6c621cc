# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters that one element of a regular expression can match. Pure.

A character set may be described as wider than it is, never as narrower: what is said of all its characters is then true.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

# A set of more characters is only known by its properties.
MAX_LISTED = 16
# The same characters occur again and again.
_CACHE_SIZE = 4096
# The characters of a host name, besides letters and digits. Some host names have an underscore.
_HOST_PUNCTUATION = (".", "-", "_")
_IP = frozenset("0123456789.:")
_HEX_IP = _IP | frozenset("abcdefABCDEF")
# No character before it can be part of a host name.
_FIRST_OF_HOST = "-"
# A range of many characters that are all of a host name is one of these. Those of digits or of hexadecimal digits are short.
_LETTERS = (range(ord("a"), ord("z") + 1), range(ord("A"), ord("Z") + 1))


class UnreadablePatternError(ValueError):
    """The text is not a regular expression of Java's dialect, or it uses what is not read here."""


class CharacterSet(NamedTuple):
    """A set of characters.

    Attributes:
        characters: all of them; None if there are many, or if they are not known.
        is_ip: all are digits, dots and colons.
        is_hex_ip: all are hexadecimal digits, dots and colons.
        is_foreign: none of them can be part of a host name, or is an @.
        is_host: all of them can be part of a host name.
    """

    characters: frozenset[str] | None
    is_ip: bool = False
    is_hex_ip: bool = False
    is_foreign: bool = False
    is_host: bool = False


ANY_CHARACTER = CharacterSet(None)
DIGITS = CharacterSet(None, is_ip=True, is_hex_ip=True, is_host=True)
HEX_DIGITS = CharacterSet(None, is_hex_ip=True, is_host=True)
WORD_CHARACTERS = CharacterSet(None, is_host=True)
WHITE_SPACE = CharacterSet(None, is_foreign=True)
NO_CHARACTER = CharacterSet(frozenset(), is_ip=True, is_hex_ip=True, is_foreign=True, is_host=True)


def is_host_character(character: str) -> bool:
    """Whether the character can be part of a host name; letters of all languages can."""
    return character.isalnum() or character in _HOST_PUNCTUATION


@lru_cache(maxsize=_CACHE_SIZE)
def single(character: str) -> CharacterSet:
    """The set of one character."""
    is_host = is_host_character(character)
    return CharacterSet(frozenset((character,)), character in _IP, character in _HEX_IP, character != "@" and not is_host, is_host)


def character_range(first: str, last: str) -> CharacterSet:
    """The set of the characters from the first to the last one."""
    if last < first:
        raise UnreadablePatternError("a range that ends before it begins")
    if ord(last) - ord(first) < MAX_LISTED:
        result = NO_CHARACTER
        for code in range(ord(first), ord(last) + 1):
            result = union(result, single(chr(code)))
        return result
    is_host = any(ord(first) in letters and ord(last) in letters for letters in _LETTERS)
    return CharacterSet(None, is_foreign=last < _FIRST_OF_HOST, is_host=is_host)


@lru_cache(maxsize=_CACHE_SIZE)
def union(first: CharacterSet, second: CharacterSet) -> CharacterSet:
    """The characters of both sets."""
    characters = None
    if first.characters is not None and second.characters is not None:
        characters = first.characters | second.characters
        if len(characters) > MAX_LISTED:
            characters = None
    return CharacterSet(characters, *(one and other for one, other in zip(first[1:], second[1:], strict=True)))


def intersection(first: CharacterSet, second: CharacterSet) -> CharacterSet:
    """The characters that are in both sets; more of them if not all are known."""
    if first.characters is None or second.characters is None:
        characters = first.characters if second.characters is None else second.characters
    else:
        characters = first.characters & second.characters
    return CharacterSet(characters, *(one or other for one, other in zip(first[1:], second[1:], strict=True)))
