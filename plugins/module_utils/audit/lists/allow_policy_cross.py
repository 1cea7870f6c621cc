# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of allow policies against the rest of the account: its own domains, its gateways and the impersonation registry. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..lookups.networks import gateway_covered
from ..lookups.own_domains import OwnDomains
from ..rule import Severity
from .entry import Account, Entry, EntryMatch
from .exemption import exempts_sender, is_exempt_recipient, is_network, is_verified, literal_domain, severity_by_flags, whole_domains
from .reach import is_regex, pattern_of, reach_of, reading_of


def _check_own_domain(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    own = OwnDomains.of(account)
    if not exempts_sender(entry):
        return
    domains = reach_of(entry).domains
    own_domain = next(filter(own.contains, domains), None)
    if own_domain is not None:
        trusted: Severity = "high" if is_verified(entry) else "critical"
        severity = severity_by_flags(entry, trusted=trusted, unverified="critical", verified="low")
        yield EntryMatch("ES-ALLOW-104", severity, live=own_domain)
    resembling = [(domain, similar) for domain in domains if (similar := own.resembles(domain)) is not None]
    if resembling:
        yield EntryMatch("ES-ALLOW-117", live="{}, which resembles {}".format(*resembling[0]))


def _check_gateway(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    covered = gateway_covered(pattern_of(entry), account) if is_network(entry) and exempts_sender(entry) else None
    if covered is not None:
        address, domain = covered
        yield EntryMatch("ES-ALLOW-112", live=f"{domain} accepts its mail from {address}")


def _check_recipient(entry: Entry, account: Account) -> Iterator[EntryMatch]:
    if not is_exempt_recipient(entry):
        return
    own = OwnDomains.of(account)
    domain = literal_domain(entry)
    if domain is not None:
        is_own = own.contains(domain)
        yield EntryMatch("ES-ALLOW-106", "critical" if is_own else "high", live=f"the domain {domain}")
    elif is_regex(entry):
        covered = next(filter(own.contains, whole_domains(entry)), None)
        text = "a regular expression" if covered is None else f"a regular expression that covers {covered}"
        yield EntryMatch("ES-ALLOW-106", "critical" if covered else "high", live=text)


def _check_people(account: Account) -> Iterator[tuple[Entry | None, EntryMatch]]:
    """Exempt recipients who are people of the registry."""
    exempt = [entry for entry in account.entries.get("allow_policies", ()) if is_exempt_recipient(entry)]
    if not exempt:
        return
    people = {address for person in account.entries.get("impersonation_registry", ()) if (address := _address_of(person))}
    yield from ((entry, EntryMatch("ES-ALLOW-114")) for entry in exempt if _address_of(entry) in people)


def _address_of(entry: Entry) -> str | None:
    """The single address that an entry is about, also if it is written as a regular expression; None if there is none."""
    reading = reading_of(entry)
    text = (reading.literal or "").lower() if reading is not None else "" if is_regex(entry) else pattern_of(entry)
    return text if "@" in text else None


CROSS_CHECKS = (_check_own_domain, _check_gateway, _check_recipient)
CROSS_LIST_CHECKS = (_check_people,)
