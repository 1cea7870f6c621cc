# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings of a domain stop its mail. Pure.

Loaded for a write or a difference only: each line of module_utils is compiled anew for each task. The audit's rules use the same predicates.
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
# Not all that datetime takes: that differs from one Python to another. The fraction of a second does not matter.
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|([+-][0-9]{2}:[0-9]{2}))?")

SENTENCES = {
    "ES-HEALTH-012": (
        "The domain is inline with lookback_hops 1, and ip_restrictions lets in a few networks only: mail from everybody else is rejected, unless the "
        "MX records point at a gateway. If they point at Cloudflare, empty the list with clear: [ip_restrictions]. If a gateway stands before "
        "Cloudflare, lookback_hops must be 2 or more."
    ),
    "ES-HEALTH-013": "The domain is inline without transport, so its mail has nowhere to be delivered to. Give transport: the dashboard proposes one.",
    "ES-HEALTH-014": (
        "transport is a host of Cloudflare's own, or the domain itself: mail may go round in a loop and is not delivered. Give the host of the mail server "
        "behind Cloudflare."
    ),
    "ES-ADVICE-007": (
        "The domain is to be removed, and processed mail within the last day. While its MX records point at Cloudflare, its mail is rejected after the "
        "removal. Point the MX records at the mail server first, and wait until no mail is processed."
    ),
    "ES-ADVICE-009": (
        "The integration of the domain is to be cleared. Without it nothing can be moved out of a mailbox after delivery, and reports of users and the "
        "directory are lost. Take integration_id out of clear to keep it."
    ),
}


def stops_mail(settings: Settings, live: LiveObject | None = None, now: datetime | None = None) -> list[tuple[str, str]]:
    """Name the states that stop mail, or end the protection of mailboxes, in the settings that a domain will have.

    Args:
        settings: the settings after a change, in their normal form, such as `Change.after`: of a domain that is to be created only those that were
            given. Empty if the domain is to be removed.
        live: the domain as the server describes it, before the change; None if it does not exist.
        now: the time, with its zone. Without it a removal is not judged, because how old the count of mail is cannot be told.

    Returns:
        The ids of the rules and what to say of each. The sentence does not name the domain, so that domains can be grouped by it.
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
    """The delivery modes; empty if they are not known."""
    modes = settings.get("allowed_delivery_modes")
    return frozenset(modes) if isinstance(modes, list) else frozenset()


def is_inline(settings: Mapping[str, Any]) -> bool:
    return "DIRECT" in modes_of(settings)


def reads_mailboxes(settings: Mapping[str, Any]) -> bool:
    """Whether mail is judged in the mailboxes. A look back alone counts as well; beside another mode it is only an addition."""
    modes = modes_of(settings)
    return "API" in modes or modes == {"RETRO_SCAN"}


def judges_copies(settings: Mapping[str, Any]) -> bool:
    """Whether copies are judged, and no mailboxes."""
    return bool(modes_of(settings) & COPIES) and not reads_mailboxes(settings)


def is_inline_only(settings: Mapping[str, Any]) -> bool:
    """Whether mail is judged on its way and nowhere else."""
    return is_inline(settings) and not modes_of(settings) & COPIES and not reads_mailboxes(settings)


def is_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether mail comes in by MX records that point at Cloudflare, as far as modes and hops tell.

    Where copies are allowed as well, hops and networks may be those of the copies.
    """
    hops = settings.get("lookback_hops")
    return is_inline(settings) and not modes_of(settings) & COPIES and hops == 1 and not isinstance(hops, bool)


def is_open_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether the whole world sends to the domain, and may."""
    networks = settings.get("ip_restrictions")
    return is_first_hop(settings) and isinstance(networks, list) and is_anywhere(networks)


def is_closed_first_hop(settings: Mapping[str, Any]) -> bool:
    """Whether the whole world sends to the domain, and only a few networks may."""
    networks = settings.get("ip_restrictions")
    return is_first_hop(settings) and isinstance(networks, list) and not is_anywhere(networks)


def lacks_transport(settings: Mapping[str, Any], live: LiveObject | None) -> bool:
    """Whether an inline domain has no next hop. A live domain of which the server does not say it has one, as far as is known."""
    is_told = live is None or "transport" in live
    return is_inline(settings) and is_told and not settings.get("transport")


def loop_of(settings: Mapping[str, Any]) -> str | None:
    """What the next hop is, if mail may go round in a loop: a host of `email_security`, of `email_routing`, or the domain `itself`."""
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
    # Before September 2026 a word could be in lower case.
    is_live_inline = isinstance(modes, list) and "DIRECT" in {str(mode).upper() for mode in modes}
    return not settings and is_live_inline and recent_mail(live, now) is not None


def clears_integration(settings: Mapping[str, Any], live: LiveObject) -> bool:
    """Whether the integration of a live domain is to be removed."""
    return "integration_id" in settings and not settings["integration_id"] and bool(live.get("integration_id"))


def recent_mail(live: LiveObject, now: datetime) -> int | None:
    """How many messages a live domain has processed.

    Args:
        live: the domain as the server describes it.
        now: the time, with its zone.

    Returns:
        The server's count, if it was taken within the last day and is not zero; None otherwise, or where the server does not say.
    """
    counter = live.get("emails_processed")
    if not isinstance(counter, dict):
        return None
    count, counted_at = counter.get("total_emails_processed"), parse_timestamp(counter.get("timestamp"))
    if counted_at is None or now - counted_at > RECENT or isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return int(count) if 0 < count < float("inf") else None


def parse_timestamp(text: Any) -> datetime | None:
    """The moment in a text of the form of RFC 3339, or None. Without an offset it is UTC."""
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
