# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts of the last audits of the account, and the age of a finding. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from ...module_utils.audit.rule import SEVERITIES

# Four weeks of nightly audits, with a few more for audits by hand.
MAX_ENTRIES = 30
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

Entry = dict[str, Any]


def history_entry(audited_at: str, findings: Iterable[Mapping[str, Any]]) -> Entry:
    """The entry of an audit: its time, and its findings that are not waived by severity."""
    counted = [finding["severity"] for finding in findings if not finding["waived"]]
    return {"audited_at": audited_at, "counts": {severity: counted.count(severity) for severity in SEVERITIES}}


def with_entry(history: Iterable[Entry], entry: Entry) -> list[Entry]:
    """The history with one more audit, the last one at the end. An audit that is reported twice counts once."""
    return [*(earlier for earlier in history if earlier["audited_at"] != entry["audited_at"]), entry][-MAX_ENTRIES:]


def valid_entries(value: Any) -> list[Entry]:
    """The valid entries of a history from a file. A history is not worth the rejection of a report."""
    entries = value if isinstance(value, list) else []
    return [{"audited_at": entry["audited_at"], "counts": _counts(entry["counts"])} for entry in entries if _is_entry(entry)][-MAX_ENTRIES:]


def days_between(first: str, last: str) -> int | None:
    """The number of whole days between two times; None if one of them is not a time."""
    begin, end = _parse(first), _parse(last)
    return None if begin is None or end is None else max(0, (end - begin).days)


def is_time(text: str) -> bool:
    """Whether a text is a time as reports have it."""
    return _parse(text) is not None


# Most findings of an account have one of few times.
@lru_cache(maxsize=1024)
def _parse(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME_FORMAT)
    except ValueError:
        return None


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("audited_at"), str) or _parse(entry["audited_at"]) is None:
        return False
    counts = entry.get("counts")
    return isinstance(counts, dict) and all(_is_count(counts.get(severity)) for severity in SEVERITIES)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {severity: counts[severity] for severity in SEVERITIES}
