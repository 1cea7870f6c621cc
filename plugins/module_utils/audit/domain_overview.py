# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protection of a live domain at a glance, for reports that list all domains. Pure.

Short, because the result of an audit contains it for each of thousands of domains. A value that the server does not return is left out.
"""

from __future__ import annotations

from typing import Any

from ..resources.base import LiveObject, Settings

# Of a text of the server: the known states are shorter.
_MAX_TEXT_LENGTH = 40
_TLS_FIELDS = ("require_tls_inbound", "require_tls_outbound")
_TLS = {(True, True): "both", (True, False): "inbound", (False, True): "outbound", (False, False): "none"}


def domain_overview(live: LiveObject, settings: Settings) -> dict[str, Any]:
    """Describe the protection of a live domain.

    Args:
        live: the domain as the server describes it.
        settings: its writable settings in their normal forms.

    Returns:
        The last change, the delivery modes, the direction in which TLS is required, the number of networks that may deliver mail (0 means that any
        may), the dropped dispositions, the states of SPF and DMARC, and whether the consent for the mailboxes is given.
    """
    consent = live.get("authorization")
    overview = {
        "modified_at": _text(live.get("modified_at")),
        "modes": settings.get("allowed_delivery_modes") if "allowed_delivery_modes" in live else None,
        "tls": _tls(live, settings),
        "networks": _count(live, settings, "ip_restrictions"),
        "dropped": settings.get("drop_dispositions") if "drop_dispositions" in live else None,
        "spf": _text(live.get("spf_status")).upper(),
        "dmarc": _text(live.get("dmarc_status")).upper(),
        "consent": consent.get("authorized") if isinstance(consent, dict) and isinstance(consent.get("authorized"), bool) else None,
    }
    return {name: value for name, value in overview.items() if value not in (None, "")}


def _text(value: Any) -> str:
    return value[:_MAX_TEXT_LENGTH] if isinstance(value, str) else ""


def _tls(live: LiveObject, settings: Settings) -> str | None:
    is_known = any(name in live for name in _TLS_FIELDS)
    inbound, outbound = (settings.get(name) is True for name in _TLS_FIELDS)
    return _TLS[inbound, outbound] if is_known else None


def _count(live: LiveObject, settings: Settings, field: str) -> int | None:
    value = settings.get(field)
    return len(value) if field in live and isinstance(value, list) else None
