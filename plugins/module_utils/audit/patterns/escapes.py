# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the escapes of Java's regular expressions: a backslash and what follows it. Pure."""

from __future__ import annotations

import re

from .character_sets import ANY_CHARACTER, DIGITS, HEX_DIGITS, WHITE_SPACE, WORD_CHARACTERS, CharacterSet, UnreadablePatternError

SET_ESCAPES = {
    "d": DIGITS,
    "s": WHITE_SPACE,
    "h": WHITE_SPACE,
    "v": WHITE_SPACE,
    "w": WORD_CHARACTERS,
    **dict.fromkeys("DSHVW", ANY_CHARACTER),
}
CHARACTER_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_CODES = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|0([0-3]?[0-7]{1,2}))")
_PROPERTY = re.compile(r"\\[pP](?:\{[^{}]+\}|[A-Za-z])")
_KNOWN_PROPERTIES = {
    r"\p{Digit}": DIGITS,
    r"\p{IsDigit}": DIGITS,
    r"\p{Nd}": DIGITS,
    r"\p{XDigit}": HEX_DIGITS,
    **dict.fromkeys((r"\p{Alpha}", r"\p{Alnum}", r"\p{Lower}", r"\p{Upper}", r"\p{L}", r"\pL", r"\p{IsAlphabetic}"), WORD_CHARACTERS),
    r"\p{Space}": WHITE_SPACE,
    r"\p{Blank}": WHITE_SPACE,
    r"\p{Cntrl}": WHITE_SPACE,
}


def read_character(pattern: str, position: int) -> tuple[str, int]:
    """Read an escape that stands for one character, such as `\\.` or `\\x2e`.

    Returns:
        The character, and the position after the escape.

    Raises:
        UnreadablePatternError: Java does not know the escape, or it is not a character.
    """
    letter = pattern[position + 1 : position + 2]
    if letter in CHARACTER_ESCAPES:
        return CHARACTER_ESCAPES[letter], position + 2
    if letter == "c" and position + 2 < len(pattern):
        return chr(ord(pattern[position + 2]) ^ 64), position + 3
    codes = _CODES.match(pattern, position)
    if codes:
        number = int(codes[4], 8) if codes[4] else int(codes[1] or codes[2] or codes[3], 16)
        if number > 0x10FFFF:
            raise UnreadablePatternError("a character that does not exist")
        return chr(number), codes.end()
    # Java reserves the letters and digits.
    if not letter or (letter.isascii() and letter.isalnum()):
        raise UnreadablePatternError("an unknown escape")
    return letter, position + 2


def read_property(pattern: str, position: int) -> tuple[CharacterSet, int]:
    r"""Read a property of characters, such as `\p{Lu}`. Most are described as any character."""
    found = _PROPERTY.match(pattern, position)
    if not found:
        raise UnreadablePatternError("a property of characters without its name")
    return _KNOWN_PROPERTIES.get(found.group(), ANY_CHARACTER), found.end()
