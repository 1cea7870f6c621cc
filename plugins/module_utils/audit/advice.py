# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared and can hardly be meant: which rules fire. Nothing is forbidden. Pure."""

from __future__ import annotations

from ..resources.address_space import is_anywhere, is_open_to_a_family
from ..resources.base import Settings
from ..resources.domains import DOMAIN
from ..resources.mail_flow import COPIES, is_open_first_hop, modes_of
from .direction import BENIGN_DISPOSITIONS


def advice_rules(declared: Settings, live: Settings | None = None) -> list[str]:
    """Name the rules that the declared settings of one domain break.

    Args:
        declared: the settings that are declared, in their normal form.
        live: the settings of the live domain. They count where nothing is declared. None if there is none.

    Returns:
        The ids of the rules.
    """
    wanted = {**(live or {}), **declared}
    modes = modes_of(declared)
    networks = declared.get("ip_restrictions")
    hops, all_modes = wanted.get("lookback_hops"), modes_of(wanted)
    # Without modes nothing speaks against it. Hops and networks may be those of copies, where copies are judged.
    may_be_inline = not all_modes or "DIRECT" in all_modes
    takes_mail_directly = may_be_inline and not all_modes & COPIES
    dropped = set(declared.get("drop_dispositions") or ())
    broken = {
        "ES-ADVICE-001": networks is not None and hops == 1 and takes_mail_directly and not is_anywhere(networks),
        "ES-ADVICE-002": networks is not None and (declared.get("lookback_hops") or 0) > 1 and may_be_inline and is_open_to_a_family(networks),
        "ES-ADVICE-003": modes and "DIRECT" not in modes and dropped,
        "ES-ADVICE-004": "DIRECT" in modes and not declared.get("transport"),
        "ES-ADVICE-005": modes & {"API", *COPIES} and not declared.get("integration_id"),
        "ES-ADVICE-006": live is None and "SPOOF" in dropped and (declared.get("lookback_hops") or 0) > 1,
        "ES-ADVICE-008": declared.get("require_tls_inbound") is True and is_open_first_hop(wanted),
        "ES-ADVICE-009": "integration_id" in declared and not declared["integration_id"] and (live or {}).get("integration_id"),
        "ES-ADVICE-010": not set(declared) - set(DOMAIN.key_fields),
        "ES-ADVICE-011": BENIGN_DISPOSITIONS & dropped,
    }
    return [rule_id for rule_id, is_broken in broken.items() if is_broken]
