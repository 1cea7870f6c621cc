# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an allow policy exempts: its flags, and what kind of pattern it has. Pure.

Any field of a live entry may be missing, null or of an unexpected type. A flag is then off.
"""

from __future__ import annotations

from ...resources.entry_types import infer_pattern_type
from ..rule import Severity
from .entry import Entry
from .reach import is_regex, pattern_of, reach_of, reading_of


def has_flag(entry: Entry, name: str) -> bool:
    return entry.settings.get(name) is True


def is_trusted(entry: Entry) -> bool:
    return has_flag(entry, "is_trusted_sender")


def is_exempt_recipient(entry: Entry) -> bool:
    return has_flag(entry, "is_exempt_recipient")


def is_acceptable(entry: Entry) -> bool:
    return has_flag(entry, "is_acceptable_sender")


def is_verified(entry: Entry) -> bool:
    return has_flag(entry, "verify_sender")


def exempts_sender(entry: Entry) -> bool:
    return is_trusted(entry) or is_acceptable(entry)


def skips_every_detection(entry: Entry) -> bool:
    return is_trusted(entry) or is_exempt_recipient(entry)


def exempts_anything(entry: Entry) -> bool:
    return exempts_sender(entry) or is_exempt_recipient(entry)


def severity_by_flags(entry: Entry, *, trusted: Severity, unverified: Severity, verified: Severity) -> Severity:
    """The severity for a trusted sender, or for one that is only acceptable, not verified or verified."""
    return trusted if is_trusted(entry) else verified if is_verified(entry) else unverified


def skipped_text(entry: Entry) -> str:
    """Which detections mail from an exempt sender skips."""
    return "every detection" if is_trusted(entry) else "SPAM, SPOOF and BULK"


def exemption_text(entry: Entry) -> str:
    """What skips which detections, as a part of a sentence: `mail from it skips SPAM, SPOOF and BULK, if it is verified`."""
    parts = ["mail to it skips every detection"] if is_exempt_recipient(entry) else []
    if exempts_sender(entry):
        parts.append(f"mail from it skips {skipped_text(entry)}, {'if it is verified' if is_verified(entry) else 'without verification'}")
    return " and ".join(parts) or "none of its flags is set"


def is_network(entry: Entry) -> bool:
    """Whether the pattern is an IP address or network, and no regular expression. Judged by the text, because old entries have no known type."""
    pattern = pattern_of(entry)
    return not is_regex(entry) and "@" not in pattern and infer_pattern_type(pattern) == "IP"


def matches_addresses_only(entry: Entry) -> bool:
    """Whether the pattern is an IP address or network, or a regular expression that matches nothing else: a sender cannot forge what it matches."""
    reading = reading_of(entry) if is_regex(entry) else None
    return reading.is_ip_shaped if reading is not None else is_network(entry)


def literal_domain(entry: Entry) -> str | None:
    """The domain that is the pattern; None for addresses, networks and regular expressions."""
    reach = reach_of(entry)
    return None if is_regex(entry) or reach.kind == "address" else next(iter(reach.domains), None)


def whole_domains(entry: Entry) -> tuple[str, ...]:
    """The domains of which the pattern covers all addresses: the literal one, or those of a regular expression that demands nothing in front of the @."""
    reach = reach_of(entry)
    if reach.kind == "address":
        return ()
    reading = reading_of(entry)
    if reading is None:
        return () if is_regex(entry) else reach.domains
    fewest = min((sum(character.isalnum() for character in domain) for domain in reach.domains), default=0)
    return reach.domains if reading.minimum <= fewest else ()
