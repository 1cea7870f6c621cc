# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of sending domain restrictions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.mail_flow import is_inline
from ...resources.sending_domain_restrictions import SENDING_DOMAIN_RESTRICTION
from ..data.senders import FREEMAIL
from ..lookups.own_domains import OwnDomains
from ..lookups.public_suffixes import public_suffix_kind
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit, LiveDomain, Matches
from .sending_domain_restriction_rules import SENDING_DOMAIN_RESTRICTION_RULES

_UNRESTRICTED = "no restriction"


def _undeclared(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-PTLS-003", declared=_UNRESTRICTED, live=entry.settings["exclude"])


def _missing(desired: DesiredObject, account: Account) -> Matches:
    yield EntryMatch("ES-PTLS-001", declared=desired.settings.get("domain") or desired.label)


def _differing(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Matches:
    # An entry that is declared by its id can have another domain.
    if field == "domain":
        yield EntryMatch("ES-PTLS-001", field=field, declared=declared, live=live)
    if field == "exclude":
        if set(live) - set(declared):
            yield EntryMatch("ES-PTLS-002", field=field, declared=declared, live=live)
        if set(declared) - set(live):
            yield EntryMatch("ES-PTLS-003", field=field, declared=declared, live=live)


def _unwanted(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-PTLS-004", declared=end_of(entry))


def _check_exemptions(entry: Entry, account: Account) -> Matches:
    domain, exempt = entry.settings["domain"], entry.settings["exclude"]
    others = [name for name in exempt if not name.endswith(f".{domain}")]
    if not domain or not others:
        return
    if domain in others:
        yield EntryMatch("ES-PTLS-101", live=others)
    else:
        yield EntryMatch("ES-PTLS-101", severity="low", live=others, direction="neutral")


def _check_undeclared_exemptions(entry: Entry, account: Account) -> Matches:
    exempt, desired = entry.settings["exclude"], entry.planned.desired if entry.planned else None
    if exempt and desired is not None and desired.state == "present" and "exclude" not in desired.settings:
        yield EntryMatch("ES-PTLS-102", live=exempt)


def _check_domain(entry: Entry, account: Account) -> Matches:
    domain = entry.settings["domain"]
    if not isinstance(domain, str):
        return
    if OwnDomains.of(account).contains(domain):
        yield EntryMatch("ES-PTLS-103", live=domain)
    if domain in FREEMAIL:
        yield EntryMatch("ES-PTLS-105", live="a whole mailbox provider")
    elif public_suffix_kind(domain):
        yield EntryMatch("ES-PTLS-105", live="a public suffix, below which anybody can have a domain")


def _check_gateways(account: Account) -> Iterable[tuple[Entry | None, EntryMatch]]:
    inline = [domain for domain in account.domains or () if is_inline(domain.settings)]
    if account.entries.get(SENDING_DOMAIN_RESTRICTION.name) and inline and all(map(_has_gateway, inline)):
        yield None, EntryMatch("ES-PTLS-104")


def _has_gateway(domain: LiveDomain) -> bool:
    hops = domain.settings.get("lookback_hops")
    return isinstance(hops, int) and hops > 1


AUDIT = ListAudit(
    resource=SENDING_DOMAIN_RESTRICTION,
    rules=SENDING_DOMAIN_RESTRICTION_RULES,
    undeclared=_undeclared,
    missing=_missing,
    differing=_differing,
    unwanted=_unwanted,
    checks=(_check_exemptions, _check_undeclared_exemptions, _check_domain),
    list_checks=(_check_gateways,),
)
