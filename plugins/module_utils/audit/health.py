# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fields of a live domain say of its protection and of its mail, declared or not: which rules fire. Pure.

Every field may be missing, null or of another type than expected: then it says nothing, and nothing fires.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from ..resources.address_space import Network, is_open_to_a_family
from ..resources.base import LiveObject, Settings
from ..resources.domains import DOMAIN
from ..resources.field_types import parse_network
from ..resources.mail_flow import (
    COPIES,
    is_closed_first_hop,
    is_inline,
    is_open_first_hop,
    lacks_transport,
    loop_of,
    modes_of,
    parse_timestamp,
    reads_mailboxes,
)
from ..resources.mail_providers import SHARED_NETWORKS, TRANSPORTS, is_below
from .direction import BENIGN_DISPOSITIONS
from .domain_rules import RULES

LONGEST_PENDING = timedelta(hours=24)
LONGEST_SILENCE = timedelta(days=7)

# What is told of an object: not whatever else a server puts there.
_CONSENT = ("authorized", "status_message", "timestamp")
_COUNT = ("timestamp", "total_emails_processed", "total_emails_processed_previous")
MALICIOUS = {"MALICIOUS", "MALICIOUS-BEC"}
# Modes that exist for Microsoft 365 only: cloudflare-docs, docs/cloudflare-one/email-security/setup/index.mdx (Supported Email Provider), read on 2026-11-28.
MICROSOFT_ONLY = {"API", "RETRO_SCAN", "JOURNAL"}
# No gateway is wider than these: more addresses than that are those of half a provider.
WIDEST_PREFIX = {4: 16, 6: 32}
# A fall to less than a tenth, of a count that says anything.
LEAST_COUNT, GREATEST_FALL = 100, 10
_SHARED = tuple(parse_network(text) for text in SHARED_NETWORKS)
_DMARC = {"NONE": "ES-HEALTH-004", "INVALID": "ES-HEALTH-005"}
_SPF = {"OPEN": "ES-HEALTH-006", "INVALID": "ES-HEALTH-007", "NONE": "ES-HEALTH-008", "NEUTRAL": "ES-HEALTH-009"}


class HealthMatch(NamedTuple):
    """A rule that fires, and the live value because of which it does."""

    rule_id: str
    live: Any


def health_matches(live: LiveObject, now: datetime, settings: Settings | None = None) -> list[HealthMatch]:
    """Tell what is wrong with a live domain, as far as the server says.

    Args:
        live: the domain as the server describes it.
        now: the time, with its zone.
        settings: its writable settings in their normal form, if they are at hand.
    """
    settings = DOMAIN.normalize(live) if settings is None else settings
    return [
        *_authorization(live),
        *_status(live, now),
        *_record(live, "dmarc_status", _DMARC),
        *_record(live, "spf_status", _SPF),
        *_mail(live, now, settings),
        *_settings(live, settings),
    ]


def wide_networks(networks: list[str]) -> list[str]:
    """Those of a list that cover more addresses than a gateway has."""
    return [text for text in networks if _is_wide(text)]


def shared_networks(networks: list[str]) -> list[str]:
    """Those of a list from which a provider sends the mail of all its customers."""
    return [text for text in networks if _is_shared(text)]


def _settings(live: LiveObject, settings: Settings) -> list[HealthMatch]:
    """What the writable settings say. A field that the server does not tell says nothing."""
    modes, provider, transport = modes_of(settings), _word(live.get("inbox_provider")), settings.get("transport")
    networks, dropped, hops = settings.get("ip_restrictions") or [], set(settings.get("drop_dispositions") or ()), settings.get("lookback_hops")
    inline, loops = is_inline(settings), loop_of(settings) is not None
    has_gateway = inline and isinstance(hops, int) and hops > 1
    needs_integration = reads_mailboxes(settings) or inline or modes & COPIES
    known_hosts = TRANSPORTS.get(provider)
    is_elsewhere = inline and isinstance(transport, str) and transport and known_hosts and not is_below(transport, known_hosts) and not loops
    broken = {
        "ES-HEALTH-012": is_closed_first_hop(settings),
        "ES-HEALTH-013": lacks_transport(settings, live),
        "ES-HEALTH-014": loops,
        "ES-HEALTH-015": inline and "drop_dispositions" in live and MALICIOUS - dropped,
        "ES-HEALTH-016": has_gateway and "ip_restrictions" in live and is_open_to_a_family(networks),
        "ES-HEALTH-017": inline and "require_tls_outbound" in live and settings["require_tls_outbound"] is not True,
        "ES-HEALTH-018": is_open_first_hop(settings) and settings.get("require_tls_inbound") is True,
        "ES-HEALTH-019": needs_integration and "integration_id" in live and not settings["integration_id"],
        "ES-HEALTH-020": BENIGN_DISPOSITIONS & dropped and (inline or not modes),
        "ES-HEALTH-021": modes and modes <= {"API", "RETRO_SCAN"} and set(settings.get("regions") or ()) - {"GLOBAL"},
        "ES-HEALTH-022": provider == "GOOGLE" and modes & MICROSOFT_ONLY,
        "ES-HEALTH-023": is_elsewhere,
        "ES-HEALTH-026": inline and modes & COPIES,
        "ES-HEALTH-027": inline and wide_networks(networks),
        "ES-HEALTH-028": inline and shared_networks(networks),
    }
    return [HealthMatch(rule_id, settings[str(RULES[rule_id].field)]) for rule_id, is_broken in broken.items() if is_broken]


def _authorization(live: LiveObject) -> list[HealthMatch]:
    consent = live.get("authorization")
    if not isinstance(consent, dict) or consent.get("authorized") is not False:
        return []
    return [HealthMatch("ES-HEALTH-001", _told(consent, _CONSENT))]


def _status(live: LiveObject, now: datetime) -> list[HealthMatch]:
    status = _word(live.get("status"))
    if status in ("FAILED", "TIMEOUT"):
        return [HealthMatch("ES-HEALTH-002", status)]
    began = parse_timestamp(live.get("created_at")) or parse_timestamp(live.get("modified_at"))
    is_late = status == "PENDING" and began is not None and now - began > LONGEST_PENDING
    return [HealthMatch("ES-HEALTH-003", status)] if is_late else []


def _record(live: LiveObject, field: str, rules: dict[str, str]) -> list[HealthMatch]:
    rule_id = rules.get(_word(live.get(field)))
    return [HealthMatch(rule_id, live[field])] if rule_id else []


def _mail(live: LiveObject, now: datetime, settings: Settings) -> list[HealthMatch]:
    count = live.get("emails_processed")
    if not isinstance(count, dict):
        return []
    told = _told(count, _COUNT)
    before, since = _number(told.get("total_emails_processed_previous")), _number(told.get("total_emails_processed"))
    counted = parse_timestamp(told.get("timestamp"))
    is_stale = counted is not None and now - counted > LONGEST_SILENCE
    signs = []
    if before is not None and since is not None:
        fell = before >= LEAST_COUNT and 0 < since * GREATEST_FALL < before
        # One that was just onboarded has had no time, and a look back processes no new mail.
        onboarded = parse_timestamp(live.get("created_at"))
        is_silent = since == before == 0 and _word(live.get("status")) == "ACTIVE" and not is_stale and modes_of(settings) != {"RETRO_SCAN"}
        is_new = onboarded is not None and now - onboarded <= LONGEST_SILENCE
        broken = {"ES-HEALTH-010": before > 0 and since == 0, "ES-HEALTH-024": is_silent and not is_new, "ES-HEALTH-025": fell}
        signs = [HealthMatch(rule_id, told) for rule_id, is_broken in broken.items() if is_broken]
    return [*signs, HealthMatch("ES-HEALTH-011", told)] if is_stale else signs


def _told(thing: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: thing[name] for name in names if isinstance(thing.get(name), (str, int, float))}


# Most domains of a fleet have the same few networks.
@lru_cache(maxsize=4096)
def _is_wide(text: str) -> bool:
    network = _network(text)
    return network is not None and network.prefixlen < WIDEST_PREFIX[network.version]


@lru_cache(maxsize=4096)
def _is_shared(text: str) -> bool:
    network = _network(text)
    return network is not None and any(network.overlaps(shared) for shared in _SHARED)


def _network(text: str) -> Network | None:
    try:
        return parse_network(text)
    except ValueError:
        return None


def _word(value: Any) -> str:
    # In lower case before September 2026.
    return value.upper() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
