# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of trusted domains, and all of its checks. Pure.

Any field of a live entry may be missing, null or of an unexpected type. A flag is then off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.mail_flow import parse_timestamp
from ...resources.trusted_domains import TRUSTED_DOMAIN
from ..lookups.own_domains import OwnDomains
from ..lookups.public_suffixes import public_suffix_kind
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit
from .exemption import has_flag, literal_domain
from .reach import is_regex, reach_of
from .trusted_domain_rules import TRUSTED_DOMAIN_RULES

# The longest age of a domain that can be set in the dashboard for its detection as new.
MAX_DOMAIN_AGE = timedelta(days=100)
_FLAGS = ("is_recent", "is_similarity")
_TOLERATED = {"is_recent": "new domains", "is_similarity": "lookalikes of your domains"}


def _is_older_than_detected(entry: Entry, account: Account) -> bool:
    created_at = parse_timestamp(entry.live.get("created_at"))
    return created_at is not None and account.now - created_at > MAX_DOMAIN_AGE


def _tolerance_text(entry: Entry) -> str:
    tolerated = [text for flag, text in _TOLERATED.items() if has_flag(entry, flag)]
    return f"the detection of {' and of '.join(tolerated)} does not apply to it" if tolerated else "none of its flags is set"


def _check_undeclared(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if has_flag(entry, "is_similarity"):
        yield EntryMatch("ES-TRUST-001", live=_tolerance_text(entry))
    elif has_flag(entry, "is_recent"):
        yield EntryMatch("ES-TRUST-002", "low" if _is_older_than_detected(entry, account) else "high", live=_tolerance_text(entry))


def _check_missing(desired: DesiredObject, account: Account) -> Iterator[EntryMatch]:
    flags = [flag for flag in _FLAGS if desired.settings.get(flag)]
    yield EntryMatch("ES-TRUST-003", "medium", declared=flags, direction="stronger")


def _check_difference(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Iterator[EntryMatch]:
    if field in _FLAGS and live is True:
        yield EntryMatch("ES-TRUST-003", "high", field, declared, live, "weaker")
    elif field in _FLAGS:
        yield EntryMatch("ES-TRUST-003", "medium", field, declared, live, "stronger")
    elif field in TRUSTED_DOMAIN.key_fields:
        # It was selected by its id: what is declared is not live, and what is live is not declared.
        yield EntryMatch("ES-TRUST-003", "medium", field, declared, live, "stronger")
        yield from (match._replace(field=field) for match in _check_undeclared(entry, account))


def _check_unwanted(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    yield EntryMatch("ES-TRUST-004", declared=end_of(entry), live=_tolerance_text(entry))


def _check_width(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if not any(has_flag(entry, flag) for flag in _FLAGS):
        return
    kind, domain = reach_of(entry).kind, literal_domain(entry)
    if kind == "anything":
        yield EntryMatch("ES-TRUST-101", "critical", live="anything")
    elif kind == "hardly_anything":
        yield EntryMatch("ES-TRUST-101", "high", live="almost anything")
    elif domain is not None and public_suffix_kind(domain):
        yield EntryMatch("ES-TRUST-101", "critical", live="a public suffix, below which others can register a domain")


def _check_age(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if has_flag(entry, "is_recent") and not is_regex(entry) and _is_older_than_detected(entry, account):
        yield EntryMatch("ES-TRUST-102")


def _check_entry(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    """What every entry should have."""
    missing = [] if any(has_flag(entry, flag) for flag in _FLAGS) else ["has no effect: none of its flags is set"]
    if not str(entry.settings.get("comments") or "").strip():
        missing.append("has no comment")
    if missing:
        yield EntryMatch("ES-TRUST-103", live=", and ".join(missing))


def _check_similarity(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if not has_flag(entry, "is_similarity"):
        return
    own, domains = OwnDomains.of(account), reach_of(entry).domains
    resembling = [(domain, similar) for domain in domains if (similar := own.resembles(domain)) is not None]
    if resembling:
        yield EntryMatch("ES-TRUST-104", live="{}, which resembles {}".format(*resembling[0]))
    elif domains and not is_regex(entry) and account.own_domains and not any(map(own.contains, domains)):
        yield EntryMatch("ES-TRUST-105")
    if is_regex(entry):
        yield EntryMatch("ES-TRUST-106")


AUDIT = ListAudit(
    resource=TRUSTED_DOMAIN,
    rules=TRUSTED_DOMAIN_RULES,
    undeclared=_check_undeclared,
    judges_undeclared=True,
    missing=_check_missing,
    differing=_check_difference,
    unwanted=_check_unwanted,
    checks=(_check_width, _check_age, _check_entry, _check_similarity),
)
