# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of domains: problems of a live domain, declared or not. Pure.

Any field may be missing, null or of an unexpected type. Then no rule about it matches.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from ..resources.address_space import Network, is_open_to_a_family, is_overlapping
from ..resources.base import LiveObject, Settings
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
from .domain_drift import BENIGN_DISPOSITIONS
from .domain_rules import DOMAIN_RULES

MAX_PENDING_TIME = timedelta(hours=24)
MAX_COUNT_AGE = timedelta(days=7)

# The members of objects that are reported. A server may add others.
_CONSENT_MEMBERS = ("authorized", "status_message", "timestamp")
_COUNT_MEMBERS = ("timestamp", "total_emails_processed", "total_emails_processed_previous")
_MALICIOUS = {"MALICIOUS", "MALICIOUS-BEC"}
# Modes that exist for Microsoft 365 only: cloudflare-docs, docs/cloudflare-one/email-security/setup/index.mdx (Supported Email Provider), read on 2026-11-28.
_MICROSOFT_ONLY = {"API", "RETRO_SCAN", "JOURNAL"}
# No gateway has wider networks than these.
MIN_PREFIX_LENGTH = {4: 16, 6: 32}
# The number of messages dropped to less than a tenth, and was high enough to be meaningful.
MIN_COUNT, DROP_FACTOR = 100, 10
_DMARC_RULES = {"NONE": "ES-HEALTH-004", "INVALID": "ES-HEALTH-005"}
_SPF_RULES = {"OPEN": "ES-HEALTH-006", "INVALID": "ES-HEALTH-007", "NONE": "ES-HEALTH-008", "NEUTRAL": "ES-HEALTH-009"}
_FIELDS = {rule.id: rule.field for rule in DOMAIN_RULES}


def health_matches(live: LiveObject, settings: Settings, now: datetime) -> dict[str, Any]:
    """Find the health rules that a live domain matches.

    Args:
        live: the domain as the server describes it.
        settings: its writable settings in their normal forms.
        now: the time, with its zone.

    Returns:
        The ids of the rules, each with the live value of the finding.
    """
    return {
        **_check_authorization(live),
        **_check_status(live, now),
        **_check_record(live, "dmarc_status", _DMARC_RULES),
        **_check_record(live, "spf_status", _SPF_RULES),
        **_check_mail_count(live, settings, now),
        **_check_settings(live, settings),
    }


def _wide_networks(networks: list[str]) -> list[str]:
    """Return the networks that have more addresses than a gateway."""
    return [text for text in networks if _is_wide(text)]


def _shared_networks(networks: list[str]) -> list[str]:
    """Return the networks from which a provider sends the mail of all its customers."""
    return [text for text in networks if _is_shared(text)]


def _check_settings(live: LiveObject, settings: Settings) -> dict[str, Any]:
    """Check the writable settings. A field that is not in the server's response is not checked."""
    modes, provider, transport = modes_of(settings), _uppercase(live.get("inbox_provider")), settings.get("transport")
    networks, dropped, hops = settings.get("ip_restrictions") or [], set(settings.get("drop_dispositions") or ()), settings.get("lookback_hops")
    inline, has_loop = is_inline(settings), loop_of(settings) is not None
    has_gateway = inline and isinstance(hops, int) and hops > 1
    needs_integration = reads_mailboxes(settings) or inline or modes & COPIES
    known_hosts = TRANSPORTS.get(provider)
    is_elsewhere = inline and isinstance(transport, str) and transport and known_hosts and not is_below(transport, known_hosts) and not has_loop
    conditions = {
        "ES-HEALTH-012": is_closed_first_hop(settings),
        "ES-HEALTH-013": lacks_transport(settings, live),
        "ES-HEALTH-014": has_loop,
        "ES-HEALTH-015": inline and "drop_dispositions" in live and _MALICIOUS - dropped,
        "ES-HEALTH-016": has_gateway and "ip_restrictions" in live and is_open_to_a_family(networks),
        "ES-HEALTH-017": inline and "require_tls_outbound" in live and settings["require_tls_outbound"] is not True,
        "ES-HEALTH-018": is_open_first_hop(settings) and settings.get("require_tls_inbound") is True,
        "ES-HEALTH-019": needs_integration and "integration_id" in live and not settings["integration_id"],
        "ES-HEALTH-020": BENIGN_DISPOSITIONS & dropped and (inline or not modes),
        "ES-HEALTH-021": modes and modes <= {"API", "RETRO_SCAN"} and set(settings.get("regions") or ()) - {"GLOBAL"},
        "ES-HEALTH-022": provider == "GOOGLE" and modes & _MICROSOFT_ONLY,
        "ES-HEALTH-023": is_elsewhere,
        "ES-HEALTH-026": inline and modes & COPIES,
        "ES-HEALTH-027": inline and _wide_networks(networks),
        "ES-HEALTH-028": inline and _shared_networks(networks),
    }
    return {rule_id: settings[str(_FIELDS[rule_id])] for rule_id, applies in conditions.items() if applies}


def _check_authorization(live: LiveObject) -> dict[str, Any]:
    consent = live.get("authorization")
    if not isinstance(consent, dict) or consent.get("authorized") is not False:
        return {}
    return {"ES-HEALTH-001": _pick(consent, _CONSENT_MEMBERS)}


def _check_status(live: LiveObject, now: datetime) -> dict[str, Any]:
    status = _uppercase(live.get("status"))
    if status in ("FAILED", "TIMEOUT"):
        return {"ES-HEALTH-002": status}
    pending_since = parse_timestamp(live.get("created_at")) or parse_timestamp(live.get("modified_at"))
    is_overdue = status == "PENDING" and pending_since is not None and now - pending_since > MAX_PENDING_TIME
    return {"ES-HEALTH-003": status} if is_overdue else {}


def _check_record(live: LiveObject, field: str, rules: dict[str, str]) -> dict[str, Any]:
    rule_id = rules.get(_uppercase(live.get(field)))
    return {rule_id: live[field]} if rule_id else {}


def _check_mail_count(live: LiveObject, settings: Settings, now: datetime) -> dict[str, Any]:
    members = live.get("emails_processed")
    if not isinstance(members, dict):
        return {}
    value = _pick(members, _COUNT_MEMBERS)
    previous, current = _as_number(value.get("total_emails_processed_previous")), _as_number(value.get("total_emails_processed"))
    counted_at = parse_timestamp(value.get("timestamp"))
    is_stale = counted_at is not None and now - counted_at > MAX_COUNT_AGE
    matches = {}
    if previous is not None and current is not None:
        has_dropped = previous >= MIN_COUNT and 0 < current * DROP_FACTOR < previous
        # A new domain has had no time to receive mail, and a Retro Scan processes no new mail.
        created_at = parse_timestamp(live.get("created_at"))
        is_silent = current == previous == 0 and _uppercase(live.get("status")) == "ACTIVE" and not is_stale and modes_of(settings) != {"RETRO_SCAN"}
        is_new = created_at is not None and now - created_at <= MAX_COUNT_AGE
        conditions = {"ES-HEALTH-010": previous > 0 and current == 0, "ES-HEALTH-024": is_silent and not is_new, "ES-HEALTH-025": has_dropped}
        matches = {rule_id: value for rule_id, applies in conditions.items() if applies}
    return {**matches, "ES-HEALTH-011": value} if is_stale else matches


def _pick(members: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: members[name] for name in names if isinstance(members.get(name), (str, int, float))}


# Most domains of an account have the same few networks.
@lru_cache(maxsize=4096)
def _is_wide(text: str) -> bool:
    network = _parse_or_none(text)
    return network is not None and network.prefixlen < MIN_PREFIX_LENGTH[network.version]


@lru_cache(maxsize=4096)
def _is_shared(text: str) -> bool:
    network = _parse_or_none(text)
    return network is not None and is_overlapping(network, SHARED_NETWORKS)


def _parse_or_none(text: str) -> Network | None:
    try:
        return parse_network(text)
    except ValueError:
        return None


def _uppercase(value: Any) -> str:
    # The API used lower case before September 2026.
    return value.upper() if isinstance(value, str) else ""


def _as_number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


# By rule, the items of a live list that the rule is about.
AFFECTED_ITEMS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "ES-HEALTH-015": lambda live: sorted(_MALICIOUS - set(live)),
    "ES-HEALTH-020": lambda live: [disposition for disposition in live if disposition in BENIGN_DISPOSITIONS],
    "ES-HEALTH-022": lambda live: [mode for mode in live if mode in _MICROSOFT_ONLY],
    "ES-HEALTH-027": _wide_networks,
    "ES-HEALTH-028": _shared_networks,
}
