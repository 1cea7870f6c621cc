# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of allow policies: problems of a live policy, declared or not. Pure.

A policy without a flag exempts nothing, so that only its age, its comment and that are reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone

from ...reconcile.expiry import is_over
from ...resources.mail_flow import parse_timestamp
from ..data.senders import SHARED_SENDERS
from ..lookups.names import find_listed
from ..lookups.networks import prefix_length, shared_by
from ..lookups.public_suffixes import public_suffix_kind
from ..rule import Severity
from .endings import end_in_comment, last_day_of
from .entry import Account, Entry, EntryMatch
from .exemption import (
    exempts_anything,
    exempts_sender,
    is_acceptable,
    is_network,
    is_trusted,
    is_verified,
    literal_domain,
    matches_addresses_only,
    severity_by_flags,
    skipped_text,
    skips_every_detection,
    whole_domains,
)
from .reach import is_regex, pattern_of, reach_of, reading_of

# After how many days an exemption without an end is reported.
MAX_AGE_OF_TRUSTED_DAYS = 90
MAX_AGE_DAYS = 365
# By IP version: a network is too wide if its prefix is shorter than the first length, and critical up to the second.
_TRUSTED_PREFIXES = {4: (28, 24), 6: (64, 48)}
_ACCEPTABLE_PREFIXES = {4: (24, 16), 6: (48, 32)}


def _check_width(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    kind = reach_of(entry).kind if is_regex(entry) and exempts_anything(entry) else None
    if kind == "anything":
        yield EntryMatch("ES-ALLOW-101", "critical", live="anything")
    elif kind == "hardly_anything":
        yield EntryMatch("ES-ALLOW-101", "high", live="almost anything")


def _check_shared_sender(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    shared = [domain for domain in whole_domains(entry) if find_listed(domain, SHARED_SENDERS)]
    if shared and exempts_sender(entry):
        severity = severity_by_flags(entry, trusted="critical", unverified="high", verified="medium")
        yield EntryMatch("ES-ALLOW-102", severity, live=", ".join(shared))


def _check_verification(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if exempts_sender(entry) and not is_verified(entry) and not matches_addresses_only(entry):
        yield EntryMatch("ES-ALLOW-103", "critical" if is_trusted(entry) else "high", live=skipped_text(entry))


def _check_network(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if not is_network(entry) or not exempts_sender(entry):
        return
    found = prefix_length(pattern_of(entry))
    if found is not None:
        version, length = found
        narrowest, critical = (_TRUSTED_PREFIXES if is_trusted(entry) else _ACCEPTABLE_PREFIXES)[version]
        if length < narrowest:
            text = f"a network of {2 ** (32 - length)} addresses" if version == 4 else f"an IPv6 network with the prefix length {length}"
            yield EntryMatch("ES-ALLOW-105", "critical" if length <= critical else "high", live=text)
    platform = shared_by(pattern_of(entry))
    if platform is not None:
        yield EntryMatch("ES-ALLOW-113", "critical" if is_trusted(entry) else "high", live=platform)


def _check_public_suffix(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    domain = literal_domain(entry)
    kind = public_suffix_kind(domain) if domain and exempts_anything(entry) else None
    if kind is not None:
        is_high = kind == "private" and not is_trusted(entry)
        who = "anybody can register a domain" if kind == "icann" else "a provider gives domains to its customers"
        yield EntryMatch("ES-ALLOW-107", "high" if is_high else "critical", live=who)


def _check_regex(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    """Rules about how a regular expression for senders is written."""
    reading = reading_of(entry) if is_regex(entry) and exempts_sender(entry) else None
    if reading is None or reading.is_ip_shaped:
        return
    if not reading.has_at:
        yield EntryMatch("ES-ALLOW-116", "critical" if is_trusted(entry) else "high")
    if not reach_of(entry).domains:
        return
    is_open = {"the start": reading.boundary == "open", "the end": reading.end == "open"}
    severity: Severity
    if any(is_open.values()):
        text = f"{' and '.join(name for name in is_open if is_open[name])} of the domain {'are' if all(is_open.values()) else 'is'} open"
        severity = "critical" if is_trusted(entry) else "high"
    elif reading.has_unescaped_dot:
        severity, text = "medium", "a dot of the domain is not escaped"
    elif reading.end == "unanchored":
        severity, text = "low", "there is no $ at the end"
    else:
        return
    yield EntryMatch("ES-ALLOW-108", severity, live=text)


def _check_flags(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    """Rules about which flags are set."""
    if not exempts_anything(entry):
        yield EntryMatch("ES-ALLOW-111")
    if is_trusted(entry) and not matches_addresses_only(entry):
        yield EntryMatch("ES-ALLOW-115")
    if is_trusted(entry) and is_acceptable(entry):
        yield EntryMatch("ES-ALLOW-118")


def _check_comment(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if not _comment_of(entry).strip():
        is_severe = skips_every_detection(entry)
        yield EntryMatch("ES-ALLOW-109", "medium" if is_severe else "low", direction="weaker" if is_severe else "neutral")


def _check_end(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    end = end_in_comment(_comment_of(entry))
    if end is not None and is_over(end, account.now.astimezone(timezone.utc).date()):
        yield EntryMatch("ES-ALLOW-110", "medium", live=f"its comment says until {end}")
        return
    if last_day_of(entry) is not None:
        return
    is_severe = skips_every_detection(entry)
    limit = account.max_age if account.max_age is not None else MAX_AGE_OF_TRUSTED_DAYS if is_severe else MAX_AGE_DAYS
    created_at = parse_timestamp(entry.live.get("created_at"))
    # A number given by the user may be too large for a timedelta.
    if created_at is not None and (account.now - created_at) / timedelta(days=1) > limit:
        # The day and not the age, which would change from audit to audit.
        yield EntryMatch("ES-ALLOW-110", "medium" if is_severe else "low", live=f"created on {created_at.date().isoformat()}, without an end")


def _comment_of(entry: Entry) -> str:
    return str(entry.settings.get("comments") or "")


HEALTH_CHECKS = (
    _check_width,
    _check_shared_sender,
    _check_verification,
    _check_network,
    _check_public_suffix,
    _check_regex,
    _check_flags,
    _check_comment,
    _check_end,
)
