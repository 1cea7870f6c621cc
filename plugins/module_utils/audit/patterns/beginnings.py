# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the matches of a part of a regular expression begin with, one description for each alternative. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from .character_sets import is_host_character
from .work import Work, common_beginning

# Enough for a scheme, the name of a host and a port.
MAX_TEXT = 300
# What follows a text: the end of the part, the end of the whole text, or anything.
EDGE, ANCHOR, VARIABLE = "", "$", "*"
# In a text: any number of characters of a host name.
HOST = "\1"


class Beginning(NamedTuple):
    """What a match of one alternative begins with.

    Attributes:
        is_anchored: whether it begins at the start of the text.
        text: its first characters, in lower case; `endings.ANY` and `HOST` in it stand for other characters.
        after: what follows them: `EDGE` if they end where the part ends, `ANCHOR`, or `VARIABLE`.
    """

    is_anchored: bool = False
    text: str = ""
    after: str = EDGE


Beginnings = tuple[Beginning, ...]

NOTHING: Beginnings = (Beginning(),)
ANYTHING: Beginnings = (Beginning(after=VARIABLE),)
HOST_CHARACTERS: Beginnings = (Beginning(text=HOST),)
TEXT_START: Beginnings = (Beginning(is_anchored=True),)
TEXT_END: Beginnings = (Beginning(after=ANCHOR),)


def of_text(text: str) -> Beginnings:
    """The beginning of literal characters."""
    return (_cut(Beginning(text=text[: MAX_TEXT + 1].lower())),)


def _cut(beginning: Beginning) -> Beginning:
    if len(beginning.text) <= MAX_TEXT:
        return beginning
    return Beginning(beginning.is_anchored, beginning.text[:MAX_TEXT], VARIABLE)


def _join(first: Beginning, second: Beginning) -> Beginning:
    if first.after:
        return first
    if second.is_anchored and first.text:
        return first._replace(after=VARIABLE)
    text = second.text[1:] if first.text.endswith(HOST) and second.text.startswith(HOST) else second.text
    return _cut(Beginning(first.is_anchored or second.is_anchored, first.text + text, second.after))


def join(first: Beginnings, second: Beginnings, work: Work) -> Beginnings:
    """The beginnings of two parts that follow each other."""
    if first == NOTHING:
        return second
    if len(first) == 1 and first[0].after:
        return first
    if not work.permits(len(first) * len(second)):
        first = (_common(first),)
    if len(first) == 1 and len(second) == 1:
        return (_join(first[0], second[0]),)
    return tuple(dict.fromkeys(_join(one, other) for one in first for other in second))


def either(alternatives: Iterable[Beginnings], work: Work) -> Beginnings:
    """The beginnings of several alternatives."""
    found = tuple(dict.fromkeys(chain.from_iterable(alternatives)))
    return found if work.permits(len(found)) else (_common(found),)


def _common(beginnings: Beginnings) -> Beginning:
    """What is true of all beginnings: their common text."""
    common = common_beginning([beginning.text for beginning in beginnings])
    return Beginning(all(beginning.is_anchored for beginning in beginnings), common, VARIABLE)


def repeated(beginnings: Beginnings, least: int, largest: int | None, work: Work) -> Beginnings:
    """The beginnings of a part that is repeated. At least one repetition is allowed, and another number than exactly one."""
    only = beginnings[0]
    if beginnings == HOST_CHARACTERS:
        return beginnings
    if least == largest and len(beginnings) == 1 and not only.after:
        return (_cut(only._replace(text=only.text * min(least, MAX_TEXT + 1))),)
    if largest != 1:
        beginnings = _several(beginnings)
    return either((NOTHING, beginnings), work) if least == 0 else beginnings


def _several(beginnings: Beginnings) -> Beginnings:
    """What several repetitions begin with."""
    if all(_is_of_name(beginning) for beginning in beginnings):
        return tuple(dict.fromkeys(_join(HOST_CHARACTERS[0], beginning) for beginning in beginnings))
    return tuple(dict.fromkeys(beginning if beginning.after else beginning._replace(after=VARIABLE) for beginning in beginnings))


def _is_of_name(beginning: Beginning) -> bool:
    """Whether nothing but characters of a host name matches."""
    is_text = all(character == HOST or is_host_character(character) for character in beginning.text)
    return is_text and not beginning.is_anchored and not beginning.after
