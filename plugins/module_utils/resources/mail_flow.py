# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a domain that stop its mail. Pure.

Imported only if needed: a packed module compiles each file that it imports. The rules of the audit use the same predicates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from .address_space import is_anywhere
from .base import LiveObject, Settings
from .mail_providers import EMAIL_ROUTING_HOSTS, EMAIL_SECURITY_HOSTS, is_below

COPIES = frozenset({"BCC", "JOURNAL"})
RECENT = timedelta(days=1)
# Fewer forms than datetime accepts, which differ between Python versions. The fraction of a second is ignored.
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|([+-][0-9]{2}:[0-9]{2}))?")

SENTENCES = {
    "ES-HEALTH-012": (
        "The domain is inline with lookback_hops 1, and ip_restrictions admits only a few networks: mail from all other senders is rejected, unless the "
        "MX records point at a gateway. If they point at Cloudflare, empty the list with clear: [ip_restrictions]. If a gateway is in front of "
        "Cloudflare, lookback_hops must be 2 or more."
    ),
    "ES-HEALTH-013": "The domain is inline without transport, so its mail cannot be delivered. Set transport: the dashboard suggests a host.",
    "ES-HEALTH-014": (
        "transport is a host of Cloudflare, or the domain itself: mail may loop and is not delivered. Set it to the mail server behind Cloudflare."
    ),
    "ES-ADVICE-007": (
        "The domain is to be removed, and processed mail within the last day. While its MX records point at Cloudflare, its mail is rejected after the "
        "removal. Point the MX records at the mail server first, and wait until no mail is processed."
    ),
    "ES-ADVICE-009": (
        "The integration of the domain is to be cleared. Without it, delivered messages cannot be removed from mailboxes, and user reports and directory "
        "sync are lost. Remove integration_id from clear to keep it."
    ),
}


def stops_mail(settings: Settings, live: LiveObject | None = None, now: datetime | None = None) -> list[tuple[str, str]]:
    """Find states that stop mail, or end the protection of mailboxes, in the settings of a domain after a change.

    Args:
        settings: the settings after the change, in normal forms, such as `Change.after`; of a new domain only those that are given. Empty if the
            domain is to be removed.
        live: the domain before the change, as the server describes it; None if it does not exist.
        now: the time, with its zone. Without it removals are not checked, because the age of the count of mail is unknown.

    Returns:
        The ids of the rules, each with a sentence. The sentence does not name the domain, so that domains can be grouped by it.
    """
    found = {
        "ES-HEALTH-012": is_closed_first_hop(settings),
        "ES-HEALTH-013": lacks_transport(settings, live),
        "ES-HEALTH-014": loop_of(settings) is not None,
        "ES-ADVICE-007": live is not None and now is not None and removes_mail(settings, live, now),
        "ES-ADVICE-009": live is not None and clears_integration(settings, live),
    }
    return [(rule_id, SENTENCES[rule_id]) for rule_id, is_found in found.items() if is_found]


def modes_of(settings: Mapping[str, Any]) -> frozenset[str]:
    """The delivery modes; empty if they are unknown."""
    modes = settings.get("allowed_delivery_modes")
    return frozenset(modes) if isinstance(modes, list) else frozenset()


def is_inline(settings: Mapping[str, Any]) -> bool:
    return "DIRECT" in modes_of(settings)


def reads_mailboxes(settings: Mapping[str, Any]) -> bool:
    """Whether mail is scanned in mailboxes. RETRO_SCAN counts if it is the only mode; beside another mode it is only an addition."""
    modes = modes_of(settings)
    return "API" in modes or modes == {"RETRO_SCAN"}


def judges_copies(settings: Mapping[str, Any]) -> bool:
    """Whether copies are scanned, and no mailboxes."""
    return bool(modes_of(settings) & COPIES) and not reads_mailboxes(settings)


def is_inline_only(settings: Mapping[str, Any]) -> bool:
    """Whether mail is scanned inline and nowhere else."""
    return is_inline(settings) and not modes_of(settings) & COPIES and not reads_mailboxes(settings)


def is_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether the MX records point at Cloudflare, as far as modes and hops show.

    If copies are allowed as well, hops and networks may be those of the copies.
    """
    hops = settings.get("lookback_hops")
    return is_inline(settings) and not modes_of(settings) & COPIES and hops == 1 and not isinstance(hops, bool)


def is_open_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether every sender connects to Cloudflare directly, and may."""
    networks = settings.get("ip_restrictions")
    return is_first_hop(settings) and isinstance(networks, list) and is_anywhere(networks)


def is_closed_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether every sender connects to Cloudflare directly, and only a few networks may."""
    networks = settings.get("ip_restrictions")
    return is_first_hop(settings) and isinstance(networks, list) and not is_anywhere(networks)


def lacks_transport(settings: Mapping[str, Any], live: LiveObject | None) -> bool:
    """Whether an inline domain has no next hop. False if the server does not return that field."""
    is_known = live is None or "transport" in live
    return is_inline(settings) and is_known and not settings.get("transport")


def loop_of(settings: Mapping[str, Any]) -> str | None:
    """The next hop that makes a mail loop: a host of `email_security`, of `email_routing`, or the domain `itself`; otherwise None."""
    transport = settings.get("transport")
    if not is_inline(settings) or not isinstance(transport, str) or not transport:
        return None
    if is_below(transport, EMAIL_SECURITY_HOSTS):
        return "email_security"
    if is_below(transport, EMAIL_ROUTING_HOSTS):
        return "email_routing"
    return "itself" if transport == settings.get("domain") else None


def removes_mail(settings: Settings, live: LiveObject, now: datetime) -> bool:
    """Whether an inline domain that processed mail within the last day is to be removed."""
    modes = live.get("allowed_delivery_modes")
    # Before September 2026 the server could return lower case.
    is_live_inline = isinstance(modes, list) and "DIRECT" in {str(mode).upper() for mode in modes}
    return not settings and is_live_inline and recent_mail(live, now) is not None


def clears_integration(settings: Mapping[str, Any], live: LiveObject) -> bool:
    """Whether the integration of a live domain is to be removed."""
    return "integration_id" in settings and not settings["integration_id"] and bool(live.get("integration_id"))


def recent_mail(live: LiveObject, now: datetime) -> int | None:
    """The number of messages that a live domain has processed recently.

    Args:
        live: the domain as the server describes it.
        now: the time, with its zone.

    Returns:
        The count of the server, if it is from the last day and not zero; otherwise None.
    """
    counter = live.get("emails_processed")
    if not isinstance(counter, dict):
        return None
    count, counted_at = counter.get("total_emails_processed"), parse_timestamp(counter.get("timestamp"))
    if counted_at is None or now - counted_at > RECENT or isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return int(count) if 0 < count < float("inf") else None


def parse_timestamp(text: Any) -> datetime | None:
    """Parse a time in the format of RFC 3339, or return None. Without an offset it is UTC."""
    if not isinstance(text, str):
        return None
    found = _MOMENT.fullmatch(text.strip().upper())
    if found is None:
        return None
    moment, offset = found.groups(default="+00:00")
    try:
        return datetime.fromisoformat(moment + offset)
    except ValueError:
        return None
