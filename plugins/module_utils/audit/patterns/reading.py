# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a user's regular expression of Java's dialect without running it: what must every match contain, and how must it end? Pure.

The work is proportional to the length of the pattern. Where something is not known, less is claimed: a shorter text, a weaker boundary, or nothing.

How a host is read from a pattern (`fixed_ends`, `boundary` and `end`):

- The text is the last run of letters, digits, dots, hyphens and underscores after the last literal @, in lower case, without a dot at its beginning or end.
  `.*@.*\\.com` is ("com",) with the boundary "dot".
- A dot that is not escaped and stands between two letters or digits is meant as a dot: `@partner.com` is ("partner.com",) with `has_unescaped_dot`.
- Small classes are alternatives: `[@.]partner\\.com` is bounded by an @ or by a dot.
- Of several alternatives, `boundary` and `end` are the weakest. A text that lies below another one with the same boundary is left out:
  `@(sub\\.)?partner\\.com` is ("partner.com",) with the boundary "at", because both names begin after an @. `@(.*\\.)?partner\\.com` has the boundary "dot".
- What cannot be part of a host name does not make an end open: `@partner\\.com\\s*$` is anchored.
- Beyond 1,024 alternatives only the text that they have in common is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, NamedTuple

from . import beginnings, endings
from .beginnings import Beginning
from .character_sets import UnreadablePatternError
from .endings import ANY, Ending
from .parts import Part
from .summary import summarize
from .tokens import Mark

Boundary = Literal["start", "at", "dot", "open"]
End = Literal["anchored", "unanchored", "open"]

# From the strongest to the weakest.
_BOUNDARIES: tuple[Boundary, ...] = ("start", "at", "dot", "open")
_ENDS: tuple[End, ...] = ("anchored", "unanchored", "open")
_BOUNDARY_OF: dict[str, Boundary] = {endings.START: "start", endings.AT: "at"}
_END_OF: dict[str, End] = {endings.ANCHOR: "anchored", endings.EDGE: "unanchored", endings.FOREIGN: "unanchored"}
_SCHEME = re.compile(r"https?://")
# A host and what ends it. After a colon, only a port does: what stands before a colon may also be the name of a user (`https://example.com:x@evil.test/`).
_HOST = re.compile(r"((?:[\w.-]|\x00(?=[^\W_])|\x01)+)(?::[0-9\x01]*)?(?=[/?#]|\Z)")


class PatternReading(NamedTuple):
    """What every match of a regular expression has in common, judged as if matching were a search.

    Attributes:
        minimum: literal letters and digits that every match contains: of alternatives the least, of optional parts 0.
        has_at: every match contains a literal @.
        fixed_ends: for each alternative the literal text that ends the host part (after the last @, or of the whole); "" where nothing is fixed.
        boundary: what stands before the fixed end, of the weakest alternative: `^`, a literal @, a dot, or anything.
        end: what follows the fixed end, of the weakest alternative: `$`, nothing, or something variable.
        has_unescaped_dot: a dot between two labels of a fixed end or of a host stands for any character.
        is_ip_shaped: it can only match digits, dots and colons (with a colon: hexadecimal digits as well). Besides, it demands a dot or a colon,
            or is anchored at both ends, because a digit alone is found in any text.
        is_anchored_start: every alternative begins with `^`.
        is_anchored_end: every alternative ends with `$`.
        has_word_boundary: it contains `\\b`.
        literal: the whole text, if it is nothing but literal characters, anchors and `\\b`.
        url_hosts: the literal hosts that every match begins with, after a scheme or the anchored start; () if one alternative begins with anything else.
            A variable part of a name may stand before a dot and the host: `https://[a-z]+\\.example\\.com/`.
            The host must be ended by `/`, `?`, `#`, a port or the end: `https://example\\.com` also matches `https://example.com.evil.test`.
            Without `is_anchored_start`, the match may be anywhere in the text, for example in a query string.
        has_scheme: every match begins with `http://` or `https://`.
        has_lookaround: it contains a look-around, which is not taken into account.
        has_back_reference: it contains a back reference, which may match anything.
        max_repetition: the largest number in a repetition such as `{2,10}`; 0 without one.
    """

    minimum: int
    has_at: bool
    fixed_ends: tuple[str, ...]
    boundary: Boundary
    end: End
    has_unescaped_dot: bool
    is_ip_shaped: bool
    is_anchored_start: bool
    is_anchored_end: bool
    has_word_boundary: bool
    literal: str | None
    url_hosts: tuple[str, ...]
    has_scheme: bool
    has_lookaround: bool
    has_back_reference: bool
    max_repetition: int


class _FixedEnd(NamedTuple):
    text: str
    boundary: Boundary
    end: End


def read_regex(pattern: str) -> PatternReading | None:
    """Read a regular expression.

    Returns:
        What is known of its matches; None if it cannot be read, for example because a group is not closed.
    """
    try:
        summary = summarize(pattern)
    except UnreadablePatternError:
        return None
    part = summary.part
    ends = [_fixed_end(ending) for ending in part.endings]
    hosts = _url_hosts(part.beginnings)
    is_anchored_start = all(beginning.is_anchored for beginning in part.beginnings)
    is_anchored_end = all(ending.after in (endings.ANCHOR, endings.VARIABLE_ANCHOR) for ending in part.endings)
    return PatternReading(
        minimum=part.minimum,
        has_at=part.has_at,
        fixed_ends=_texts(ends),
        boundary=max((end.boundary for end in ends), key=_BOUNDARIES.index),
        end=max((end.end for end in ends), key=_ENDS.index),
        has_unescaped_dot=any(ANY in text for text in (*(end.text for end in ends), *hosts)),
        is_ip_shaped=_is_ip_shaped(part, is_anchored_start and is_anchored_end),
        is_anchored_start=is_anchored_start,
        is_anchored_end=is_anchored_end,
        has_word_boundary=Mark.WORD_BOUNDARY in summary.marks,
        literal=part.literal,
        url_hosts=tuple(dict.fromkeys(host.replace(ANY, ".") for host in hosts)),
        has_scheme=all(_SCHEME.match(beginning.text) for beginning in part.beginnings),
        has_lookaround=Mark.OPEN_LOOK_AROUND in summary.marks,
        has_back_reference=Mark.BACK_REFERENCE in summary.marks,
        max_repetition=summary.max_repetition,
    )


def _fixed_end(ending: Ending) -> _FixedEnd:
    """The text of an ending without what is not fixed in it."""
    before, text, after = ending
    end = _END_OF.get(after, "open")
    if text.endswith(ANY):
        text, end = text.rstrip(ANY), "open"
    # Only between two letters or digits is the element for any character meant as a dot.
    for position in range(len(text) - 1, -1, -1):
        if text[position] == ANY and not (position and text[position - 1].isalnum() and text[position + 1].isalnum()):
            before, text = endings.VARIABLE, text[position + 1 :]
            break
    stripped = text.strip(".")
    if not stripped:
        return _FixedEnd("", "open", end)
    if text.startswith("."):
        return _FixedEnd(stripped, "dot", end)
    return _FixedEnd(stripped, _BOUNDARY_OF.get(before, "open"), end)


def _texts(ends: list[_FixedEnd]) -> tuple[str, ...]:
    """The texts without those that lie below another one of the same boundary."""
    known = dict.fromkeys((end.text.replace(ANY, "."), end.boundary) for end in ends)
    return tuple(dict.fromkeys(text for text, boundary in known if not _is_below_another(text, boundary, known)))


def _is_below_another(text: str, boundary: Boundary, known: Collection[tuple[str, Boundary]]) -> bool:
    _label, dot, parent = text.partition(".")
    while dot:
        # A bare top-level domain says less than a name below it.
        if "." in parent and (parent, boundary) in known:
            return True
        _label, dot, parent = parent.partition(".")
    return False


def _is_ip_shaped(part: Part, is_anchored: bool) -> bool:
    is_ip = part.is_ip or (part.is_hex_ip and part.colons > 0)
    if part.has_any:
        # The dots that are not escaped are meant as dots if there are as many as in an address.
        return is_ip and part.minimum > 0 and part.separators >= 3
    return is_ip and (part.separators > 0 or (is_anchored and part.literal != ""))


def _url_hosts(found: tuple[Beginning, ...]) -> list[str]:
    """The hosts with which all of the beginnings begin; none if one of them is not fixed."""
    hosts = []
    for beginning in found:
        scheme = _SCHEME.match(beginning.text)
        if not scheme and not beginning.is_anchored:
            return []
        rest = beginning.text[scheme.end() if scheme else 0 :]
        found_host = _HOST.match(rest)
        if not found_host or (found_host.end() == len(rest) and beginning.after != beginnings.ANCHOR):
            return []
        _variable, mark, host = found_host[1].rpartition(beginnings.HOST)
        # After something variable, the name must begin with a dot and be more than a top-level domain.
        if mark and not (host.startswith(".") and "." in host.strip(".")):
            return []
        hosts.append(host.strip("."))
    return hosts if all(hosts) else []
