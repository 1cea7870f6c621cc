# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of exemptions: every live entry that exempts mail or links from something. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ...resources.mail_flow import parse_timestamp
from ..findings import Finding
from .endings import last_day_of
from .entry import Entry
from .reach import reach_of

# In this order.
EXEMPTING_LISTS = ("allow_policies", "trusted_domains", "url_ignore_patterns")


def exemptions_of(entries: Iterable[Entry], findings: Sequence[Finding], now: datetime) -> list[dict[str, Any]]:
    """List exemptions.

    Args:
        entries: the live entries.
        findings: the findings of the audit.
        now: the time of the audit, with its zone.
    """
    waived: dict[tuple[Any, Any], bool] = {}
    for finding in findings:
        place = (finding["resource"], finding["entry"])
        waived[place] = waived.get(place, True) and finding["waived"]
    return [_exemption(entry, waived.get((entry.resource.name, entry.label), False), now) for entry in entries]


def _exemption(entry: Entry, is_waived: bool, now: datetime) -> dict[str, Any]:
    created_at = entry.live.get("created_at")
    created = parse_timestamp(created_at)
    key = entry.resource.key_fields[0]
    return {
        "resource": entry.resource.name,
        "entry": entry.label,
        "id": entry.live.get("id"),
        "pattern": entry.settings.get(key),
        "flags": [field.name for field in entry.resource.fields if entry.settings.get(field.name) is True],
        "comments": entry.settings.get("comments") or "",
        "created_at": created_at if isinstance(created_at, str) else None,
        "age_days": None if created is None else max(0, (now - created).days),
        "expires": last_day_of(entry),
        "reach": reach_of(entry).text,
        "declared": entry.is_declared,
        "waived": is_waived,
    }
