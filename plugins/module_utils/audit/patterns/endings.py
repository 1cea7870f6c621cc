# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the matches of a part of a regular expression end with, one description for each alternative. Pure.

An `Ending` describes a match by its last host text: the last run of letters, digits, dots and hyphens after the last @.
Alternatives are joined from left to right. Where there are too many of them, less is said of all of them, so that nothing that is said is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from .character_sets import is_host_character
from .work import Work, common_beginning

# No host name is longer; a longer text is cut at its beginning.
MAX_TEXT = 253
# In a text: the element that matches any character, which is where an author forgot to escape a dot.
ANY = "\0"
# What stands before a text.
EDGE, START, AT, VARIABLE = "", "^", "@", "*"
# What follows a text: the end of the part, the end of the whole text, or characters that are not of a host.
ANCHOR, FOREIGN, VARIABLE_ANCHOR = "$", "#", "*$"


class Ending(NamedTuple):
    """What a match of one alternative ends with.

    Attributes:
        before: what stands before the text: `EDGE` if it begins where the part begins, `START`, `AT`, or `VARIABLE`.
        text: the last host text, in lower case; `ANY` in it stands for any character.
        after: what follows it: `EDGE` if it ends where the part ends, `ANCHOR`, `FOREIGN`, `VARIABLE`, or `VARIABLE_ANCHOR`
            (something variable, and then the end).
    """

    before: str = EDGE
    text: str = ""
    after: str = EDGE


Endings = tuple[Ending, ...]

NOTHING: Endings = (Ending(),)
ANYTHING: Endings = (Ending(after=VARIABLE),)
FOREIGN_CHARACTERS: Endings = (Ending(after=FOREIGN),)
TEXT_START: Endings = (Ending(before=START),)
TEXT_END: Endings = (Ending(after=ANCHOR),)


def of_text(text: str) -> Endings:
    """The ending of literal characters."""
    before, after = EDGE, EDGE
    _local, at, host = text.rpartition("@")
    if at:
        before = AT
    host = host.lower()
    # Skip what follows the last run of characters of a host, and find where that run, or as much of it as is described, begins.
    end = len(host)
    while end and not _is_text(host[end - 1]):
        end -= 1
    start = end
    while start and end - start < MAX_TEXT and _is_text(host[start - 1]):
        start -= 1
    if end < len(host):
        after = FOREIGN
    if start:
        before = VARIABLE
    return (Ending(before, host[start:end], after),)


def _is_text(character: str) -> bool:
    return character == ANY or is_host_character(character)


def _cut(ending: Ending) -> Ending:
    if len(ending.text) <= MAX_TEXT:
        return ending
    return Ending(VARIABLE, ending.text[-MAX_TEXT:], ending.after)


def _joined_after(first: str, second: str) -> str:
    if not first or not second or first in (ANCHOR, VARIABLE_ANCHOR):
        return first or second
    if VARIABLE in (first, second):
        return VARIABLE_ANCHOR if second in (ANCHOR, VARIABLE_ANCHOR) else VARIABLE
    return second


def _join(first: Ending, second: Ending) -> Ending:
    if second.before:
        return second
    if not second.text:
        return Ending(first.before, first.text, _joined_after(first.after, second.after))
    if first.after:
        return Ending(VARIABLE, second.text, second.after)
    return _cut(Ending(first.before, first.text + second.text, second.after))


def join(first: Endings, second: Endings, work: Work) -> Endings:
    """The endings of two parts that follow each other."""
    if first == NOTHING:
        return second
    if not work.permits(len(first) * len(second)):
        first = (_common(first),)
    if len(first) == 1 and len(second) == 1:
        return (_join(first[0], second[0]),)
    return tuple(dict.fromkeys(_join(one, other) for one in first for other in second))


def either(alternatives: Iterable[Endings], work: Work) -> Endings:
    """The endings of several alternatives."""
    found = tuple(dict.fromkeys(chain.from_iterable(alternatives)))
    # Anything may be nothing, too.
    if ANYTHING[0] in found:
        found = tuple(ending for ending in found if ending != NOTHING[0])
    return found if work.permits(len(found)) else (_common(found),)


def _common(endings: Endings) -> Ending:
    """What is true of all endings: their common text."""
    common = common_beginning([ending.text[::-1] for ending in endings])[::-1]
    afters = {ending.after for ending in endings}
    after = afters.pop() if len(afters) == 1 else VARIABLE
    if not common:
        return Ending(after=VARIABLE_ANCHOR if after in (ANCHOR, VARIABLE_ANCHOR) else VARIABLE)
    return Ending(VARIABLE, common, after)


def repeated(endings: Endings, least: int, largest: int | None, work: Work) -> Endings:
    """The endings of a part that is repeated. At least one repetition is allowed, and another number than exactly one."""
    only = endings[0]
    if least == largest and len(endings) == 1 and not only.before and not only.after and ANY not in only.text:
        return (_cut(Ending(text=only.text * min(least, MAX_TEXT + 1))),)
    endings = tuple(dict.fromkeys(_without_any(ending) for ending in endings))
    result = endings
    if largest != 1:
        several = join(tuple(dict.fromkeys(_last_character(ending) for ending in endings)), endings, work)
        result = several if least > 1 else either((endings, several), work)
    return either((NOTHING, result), work) if least == 0 else result


def _without_any(ending: Ending) -> Ending:
    # A repeated element for any character is not a forgotten backslash.
    head, any_character, rest = ending.text.rpartition(ANY)
    if not any_character:
        return ending
    if rest:
        return Ending(VARIABLE, rest, ending.after)
    return Ending(ending.before, head.rstrip(ANY), _joined_after(VARIABLE, ending.after))


def _last_character(ending: Ending) -> Ending:
    """What is known of the ending of any number of repetitions: their last dot or @, or that they are nothing of a host."""
    if not ending.after and ending.text.endswith("."):
        return Ending(VARIABLE, ".")
    if ending in (Ending(before=AT), FOREIGN_CHARACTERS[0]):
        return ending
    return ANYTHING[0]
