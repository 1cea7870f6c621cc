# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the matches of a part of a regular expression, and how that is joined. Pure.

Each function describes parts of a bounded size, so that the work is proportional to the number of tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from . import beginnings, endings
from .beginnings import Beginnings
from .character_sets import CharacterSet
from .endings import Endings
from .tokens import Repetition
from .work import Work

# Counts stop here: nothing depends on larger ones.
MAX_COUNT = 10**9
# The longest pattern that the API takes.
MAX_LITERAL = 2048
# A class of more characters is described as something variable.
_MAX_ALTERNATIVES_OF_A_CLASS = 8
# The same elements occur again and again.
_CACHE_SIZE = 512
_MAX_CACHED_TEXT = 32
_IP_CHARACTERS = frozenset("0123456789.:")
_HEX_IP_CHARACTERS = _IP_CHARACTERS | frozenset("abcdefABCDEF")


class Part(NamedTuple):
    """What is known of all matches of a part of a pattern.

    Attributes:
        minimum: the least number of literal letters and digits.
        separators: the least number of literal dots and colons.
        colons: the least number of literal colons.
        is_ip: they consist of digits, dots and colons; a dot that is not escaped counts as a dot.
        is_hex_ip: the same with hexadecimal digits.
        has_at: they contain a literal @.
        has_any: they may contain what a dot matches that is not escaped.
        literal: the only match; None if there are several.
        endings: what they end with.
        beginnings: what they begin with.
    """

    minimum: int = 0
    separators: int = 0
    colons: int = 0
    is_ip: bool = True
    is_hex_ip: bool = True
    has_at: bool = False
    has_any: bool = False
    literal: str | None = ""
    endings: Endings = endings.NOTHING
    beginnings: Beginnings = beginnings.NOTHING


EMPTY = Part()
TEXT_START = Part(endings=endings.TEXT_START, beginnings=beginnings.TEXT_START)
TEXT_END = Part(endings=endings.TEXT_END, beginnings=beginnings.TEXT_END)
# What a look-around demands is not read.
LOOK_AROUND = Part(literal=None)
ANYTHING = Part(is_ip=False, is_hex_ip=False, literal=None, endings=endings.ANYTHING, beginnings=beginnings.ANYTHING)
ANY_CHARACTER = Part(separators=1, has_any=True, literal=None, endings=endings.of_text(endings.ANY), beginnings=beginnings.of_text(endings.ANY))


def of_text(text: str) -> Part:
    """Describe literal characters."""
    return _of_short_text(text) if len(text) <= _MAX_CACHED_TEXT else _of_text(text)


def _of_text(text: str) -> Part:
    characters = set(text)
    # These control characters are marks. No host contains them.
    plain = text.replace(endings.ANY, " ").replace(beginnings.HOST, " ")
    colons = text.count(":")
    return Part(
        minimum=sum(map(str.isalnum, text)),
        separators=colons + text.count("."),
        colons=colons,
        is_ip=characters <= _IP_CHARACTERS,
        is_hex_ip=characters <= _HEX_IP_CHARACTERS,
        has_at="@" in characters,
        literal=text if len(text) <= MAX_LITERAL else None,
        endings=endings.of_text(plain),
        beginnings=beginnings.of_text(plain),
    )


_of_short_text = lru_cache(maxsize=_CACHE_SIZE)(_of_text)


@lru_cache(maxsize=_CACHE_SIZE)
def of_class(characters: CharacterSet) -> Part:
    """Describe a class of characters: literal if it is one character, or one letter in both cases."""
    described = ANYTHING._replace(is_ip=characters.is_ip, is_hex_ip=characters.is_hex_ip)
    if characters.is_foreign:
        described = described._replace(endings=endings.FOREIGN_CHARACTERS)
    if characters.is_host:
        described = described._replace(beginnings=beginnings.HOST_CHARACTERS)
    if not characters.characters:
        return described
    folded = sorted({character.lower() for character in characters.characters})
    if len(folded) == 1:
        return of_text(folded[0] if len(characters.characters) > 1 else next(iter(characters.characters)))
    if len(folded) > _MAX_ALTERNATIVES_OF_A_CLASS:
        return described
    choices = [of_text(character) for character in folded]
    return described._replace(
        separators=min(choice.separators for choice in choices),
        colons=min(choice.colons for choice in choices),
        endings=tuple(dict.fromkeys(choice.endings[0] for choice in choices)),
        beginnings=tuple(choice.beginnings[0] for choice in choices),
    )


def join(first: Part, second: Part, work: Work) -> Part:
    """Describe two parts that follow each other."""
    if first is EMPTY:
        return second
    literal = None
    if first.literal is not None and second.literal is not None and len(first.literal) + len(second.literal) <= MAX_LITERAL:
        literal = first.literal + second.literal
    return Part(
        min(first.minimum + second.minimum, MAX_COUNT),
        min(first.separators + second.separators, MAX_COUNT),
        min(first.colons + second.colons, MAX_COUNT),
        first.is_ip and second.is_ip,
        first.is_hex_ip and second.is_hex_ip,
        first.has_at or second.has_at,
        first.has_any or second.has_any,
        literal,
        endings.join(first.endings, second.endings, work),
        beginnings.join(first.beginnings, second.beginnings, work),
    )


def either(alternatives: Sequence[Part], work: Work) -> Part:
    """Describe alternatives."""
    if len(alternatives) == 1:
        return alternatives[0]
    literals = {part.literal for part in alternatives}
    return Part(
        min(part.minimum for part in alternatives),
        min(part.separators for part in alternatives),
        min(part.colons for part in alternatives),
        all(part.is_ip for part in alternatives),
        all(part.is_hex_ip for part in alternatives),
        all(part.has_at for part in alternatives),
        any(part.has_any for part in alternatives),
        literals.pop() if len(literals) == 1 else None,
        endings.either((part.endings for part in alternatives), work),
        beginnings.either((part.beginnings for part in alternatives), work),
    )


def repeat(part: Part, repetition: Repetition, work: Work) -> Part:
    """Describe a part that is repeated."""
    least, largest = repetition.least, repetition.largest
    if largest == 0:
        return EMPTY
    if least == 1 and largest == 1:
        return part
    literal = None
    if part.literal is not None and (least == largest or not part.literal):
        literal = part.literal * least if len(part.literal) * least <= MAX_LITERAL else None
    return Part(
        min(part.minimum * least, MAX_COUNT),
        min(part.separators * least, MAX_COUNT),
        min(part.colons * least, MAX_COUNT),
        # An element for any character that is repeated is not a forgotten backslash.
        part.is_ip and not part.has_any,
        part.is_hex_ip and not part.has_any,
        part.has_at and least > 0,
        part.has_any,
        literal,
        endings.repeated(part.endings, least, largest, work),
        beginnings.repeated(part.beginnings, least, largest, work),
    )
