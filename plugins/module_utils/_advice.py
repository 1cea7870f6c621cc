# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared and can hardly be meant: which rules fire. Nothing is forbidden, and nothing live is looked at. Pure."""

from __future__ import annotations

from ._difference import HARMLESS, is_anywhere, is_open_to_a_family
from ._domains import DOMAIN
from ._resource import Settings


def advice_for(declared: Settings) -> list[str]:
    """The ids of the rules that the declared settings of one domain break."""
    modes = declared.get("allowed_delivery_modes")
    networks = declared.get("ip_restrictions")
    hops = declared.get("lookback_hops")
    broken = {
        "ES-ADVICE-001": networks is not None and hops == 1 and not is_anywhere(networks),
        "ES-ADVICE-002": networks is not None and hops is not None and hops > 1 and is_open_to_a_family(networks),
        "ES-ADVICE-003": modes and "DIRECT" not in modes and declared.get("drop_dispositions"),
        "ES-ADVICE-004": modes and "DIRECT" in modes and not declared.get("transport"),
        "ES-ADVICE-005": modes and "API" in modes and not declared.get("integration_id"),
        "ES-ADVICE-010": not set(declared) - {DOMAIN.title},
        "ES-ADVICE-011": HARMLESS & set(declared.get("drop_dispositions") or ()),
    }
    return [rule_id for rule_id, is_broken in broken.items() if is_broken]
