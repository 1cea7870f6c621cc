# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry covers as a whole, and what an expression demands. Pure."""

from __future__ import annotations

from ..patterns.reading import PatternReading
from .entry import Entry
from .public_suffixes import public_suffix_kind, registrable_domain
from .reach import reach_of, reading_of

# An expression that demands no more letters and digits than this matches much that it should not.
MAX_WEAK_LETTERS = 5


def is_regex(entry: Entry) -> bool:
    """Whether the pattern or the address of an entry is a regular expression."""
    return any(entry.settings.get(flag) is True for flag in ("is_regex", "is_email_regex"))


def whole_domains(entry: Entry) -> tuple[str, ...]:
    """The domains whose senders an entry covers without a condition on the part before the @."""
    if not is_regex(entry):
        reach = reach_of(entry)
        return reach.domains if reach.kind in ("domain", "public_suffix") else ()
    reading = reading_of(entry)
    if reading is None or reading.is_ip_shaped:
        return ()
    # An expression that demands more than the domain restricts the part before the @ as well.
    return tuple(end for end in _ends_of(reading) if end and count_letters(end) >= reading.minimum)


def weak_suffix(reading: PatternReading) -> str | None:
    """The public suffix below which an expression matches everything; None if it demands more."""
    if reading.boundary == "open":
        return None
    return next((end for end in _ends_of(reading) if public_suffix_kind(end) and count_letters(end) >= reading.minimum), None)


def is_weak(reading: PatternReading) -> bool:
    """Whether an expression demands hardly anything. A whole registrable domain is specific, however short it is."""
    ends = _ends_of(reading)
    is_specific = bool(ends) and all(registrable_domain(end) is not None for end in ends)
    return reading.minimum <= MAX_WEAK_LETTERS and not is_specific


def count_letters(text: str) -> int:
    """The number of letters and digits in a text."""
    return sum(map(str.isalnum, text))


def letters_text(count: int) -> str:
    return f"{count} letter or digit" if count == 1 else f"{count} letters or digits"


def _ends_of(reading: PatternReading) -> list[str]:
    return [end.strip(".") for end in reading.fixed_ends]
