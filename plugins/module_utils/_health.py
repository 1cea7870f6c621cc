# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the read-only fields of a live domain say of its protection: which rules fire. Pure.

Every field may be missing, null or of another type than expected: then it says nothing, and nothing fires.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ._mail_flow import moment_of
from ._resource import Live

LONGEST_PENDING = timedelta(hours=24)
LONGEST_SILENCE = timedelta(days=7)

# What is told of an object: not whatever else a server puts there.
_CONSENT = ("authorized", "status_message", "timestamp")
_COUNT = ("timestamp", "total_emails_processed", "total_emails_processed_previous")
_DMARC = {"NONE": "ES-HEALTH-004", "INVALID": "ES-HEALTH-005"}
_SPF = {"OPEN": "ES-HEALTH-006", "INVALID": "ES-HEALTH-007", "NONE": "ES-HEALTH-008", "NEUTRAL": "ES-HEALTH-009"}


class Sign(NamedTuple):
    """A rule that fires, and the live value because of which it does."""

    rule_id: str
    live: Any


def signs_of(live: Live, now: datetime) -> list[Sign]:
    """What is wrong with a live domain at that moment, as far as the server says."""
    return [*_authorization(live), *_status(live, now), *_record(live, "dmarc_status", _DMARC), *_record(live, "spf_status", _SPF), *_mail(live, now)]


def _authorization(live: Live) -> list[Sign]:
    consent = live.get("authorization")
    if not isinstance(consent, dict) or consent.get("authorized") is not False:
        return []
    return [Sign("ES-HEALTH-001", _told(consent, _CONSENT))]


def _status(live: Live, now: datetime) -> list[Sign]:
    status = _word(live.get("status"))
    if status in ("FAILED", "TIMEOUT"):
        return [Sign("ES-HEALTH-002", status)]
    began = moment_of(live.get("created_at")) or moment_of(live.get("modified_at"))
    is_late = status == "PENDING" and began is not None and now - began > LONGEST_PENDING
    return [Sign("ES-HEALTH-003", status)] if is_late else []


def _record(live: Live, field: str, rules: dict[str, str]) -> list[Sign]:
    rule_id = rules.get(_word(live.get(field)))
    return [Sign(rule_id, live[field])] if rule_id else []


def _mail(live: Live, now: datetime) -> list[Sign]:
    count = live.get("emails_processed")
    if not isinstance(count, dict):
        return []
    told = _told(count, _COUNT)
    before, since = _number(told.get("total_emails_processed_previous")), _number(told.get("total_emails_processed"))
    counted = moment_of(told.get("timestamp"))
    signs = [Sign("ES-HEALTH-010", told)] if before is not None and before > 0 and since == 0 else []
    return [*signs, Sign("ES-HEALTH-011", told)] if counted is not None and now - counted > LONGEST_SILENCE else signs


def _told(thing: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: thing[name] for name in names if isinstance(thing.get(name), (str, int, float))}


def _word(value: Any) -> str:
    # In lower case before September 2026.
    return value.upper() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
