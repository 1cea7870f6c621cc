# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice checks of domains: declarations that are valid but probably mistaken. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..resources.address_space import is_anywhere, is_open_to_a_family
from ..resources.base import LiveObject, Settings
from ..resources.domains import DOMAIN
from ..resources.mail_flow import COPIES, is_open_first_hop, modes_of, recent_mail, removes_mail
from .domain_drift import BENIGN_DISPOSITIONS


def advice_matches(declared: Settings, live: Settings | None = None) -> dict[str, Any]:
    """Find the advice rules that the declared settings of a domain match.

    Args:
        declared: the declared settings, in their normal forms.
        live: the settings of the live domain, which apply where nothing is declared; None if it does not exist or could not be compared.

    Returns:
        The ids of the rules, each with the live value of the finding. Only one of the rules has a live value.
    """
    resulting = {**(live or {}), **declared}
    modes = modes_of(declared)
    networks = declared.get("ip_restrictions")
    hops, resulting_modes = resulting.get("lookback_hops"), modes_of(resulting)
    # Without modes the domain may be inline. Where copies are checked, hops and networks may be those of the copies.
    may_be_inline = not resulting_modes or "DIRECT" in resulting_modes
    may_be_first_hop = may_be_inline and not resulting_modes & COPIES
    dropped = set(declared.get("drop_dispositions") or ())
    live_integration = (live or {}).get("integration_id")
    conditions = {
        "ES-ADVICE-001": networks is not None and hops == 1 and may_be_first_hop and not is_anywhere(networks),
        "ES-ADVICE-002": networks is not None and (declared.get("lookback_hops") or 0) > 1 and may_be_inline and is_open_to_a_family(networks),
        "ES-ADVICE-003": modes and "DIRECT" not in modes and dropped,
        "ES-ADVICE-004": "DIRECT" in modes and not declared.get("transport"),
        "ES-ADVICE-005": modes & {"API", *COPIES} and not declared.get("integration_id"),
        "ES-ADVICE-006": live is None and "SPOOF" in dropped and (declared.get("lookback_hops") or 0) > 1,
        "ES-ADVICE-008": declared.get("require_tls_inbound") is True and is_open_first_hop(resulting),
        "ES-ADVICE-009": "integration_id" in declared and not declared["integration_id"] and live_integration,
        "ES-ADVICE-010": not set(declared) - set(DOMAIN.key_fields),
        "ES-ADVICE-011": BENIGN_DISPOSITIONS & dropped,
    }
    live_values = {"ES-ADVICE-009": live_integration}
    return {rule_id: live_values.get(rule_id) for rule_id, applies in conditions.items() if applies}


def removal_matches(live: LiveObject, now: datetime) -> dict[str, Any]:
    """Find the advice rules that the removal of a live domain matches.

    Args:
        live: the domain as the server describes it.
        now: the time, with its zone.

    Returns:
        The ids of the rules, each with the live value of the finding.
    """
    return {"ES-ADVICE-007": {"total_emails_processed": recent_mail(live, now)}} if removes_mail({}, live, now) else {}
