# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The previous report, and the comparison with it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .history import Entry, history_entry, valid_entries
from .validation import Finding, is_finding

SCHEMA_VERSION = "1.3"
# Later minor versions of the schema only add keys.
_SUPPORTED_VERSION = re.compile(r"1\.[0-9]+")
# Members that are about one audit only, so that a finding of an earlier audit does not have them.
_OF_ONE_AUDIT = ("repair", "age_days", "modified_at")
_REPORTED_TEXTS = ("title", "message", "why", "remedy", "fingerprint", "first_seen")


class PreviousReport(NamedTuple):
    """The last successful audit, as the previous report contains it.

    Attributes:
        shortened: what the report left out.
        not_audited: findings of earlier audits that were outside the scope of this one.
        history: the counts of the last audits of the whole account.
    """

    audited_at: str
    findings: list[Finding]
    shortened: list[str]
    not_audited: list[Finding]
    history: tuple[Entry, ...] = ()

    @property
    def by_fingerprint(self) -> dict[str, Finding]:
        """All findings that may still exist, by fingerprint."""
        return {finding["fingerprint"]: finding for finding in (*self.not_audited, *self.findings)}

    @property
    def is_complete(self) -> bool:
        """Whether no finding was left out."""
        return not any(text.startswith("findings") for text in self.shortened)


def load_previous(text: str | bytes) -> PreviousReport | None:
    """Read a JSON report.

    Args:
        text: the content of the file.

    Returns:
        The last successful audit; None if no audit has succeeded so far.

    Raises:
        ValueError: the report cannot be used; the text says why.
    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    version = report.get("schema_version") if isinstance(report, dict) else None
    if not isinstance(version, str) or not _SUPPORTED_VERSION.fullmatch(version):
        raise ValueError(f"its schema_version is {version!r}, and this release reads version 1.0 and later versions that begin with 1")
    successful = report.get("last_good") if report.get("status") == "error" else report
    if successful is None:
        return None
    if not _is_audit(successful):
        raise ValueError("it has no findings, or invalid ones")
    shortened = [str(entry) for entry in report.get("shortened") or ()]
    return PreviousReport(successful["audited_at"], successful["findings"], shortened, successful.get("not_audited") or [], _history_of(report, successful))


def compare(findings: Iterable[Finding], previous: PreviousReport, was_audited: Callable[[Finding], bool]) -> tuple[dict[str, Any], list[Finding]]:
    """Compare an audit with the previous one.

    Args:
        findings: the current findings. A waived finding exists, but is not counted.
        previous: the previous audit.
        was_audited: whether this audit would have found an earlier finding again, if it still existed.

    Returns:
        The number of new and of continuing findings with the findings that are gone; and the earlier findings that were outside the scope of this
        audit, which are neither.
    """
    findings = list(findings)
    states = [finding["state"] for finding in findings if not finding["waived"]]
    current = {finding["fingerprint"] for finding in findings}
    absent = [_without_current(finding) for fingerprint, finding in previous.by_fingerprint.items() if fingerprint not in current]
    gone = [finding for finding in absent if was_audited(finding)]
    comparison = {"previous_audited_at": previous.audited_at, "new": states.count("new"), "still": states.count("still"), "gone": gone}
    return comparison, [finding for finding in absent if not was_audited(finding)]


def _without_current(finding: Finding) -> Finding:
    """A finding of an earlier audit, without what was only true then."""
    return {name: value for name, value in finding.items() if name not in _OF_ONE_AUDIT} | {"state": None}


def _history_of(report: dict[str, Any], successful: dict[str, Any]) -> tuple[Entry, ...]:
    """The history of a report. One of an earlier schema version has none, and begins it."""
    if "history" in report:
        return tuple(valid_entries(report["history"]))
    # The counts of a partial audit are not those of the account.
    return () if report.get("scope") is not None else tuple(valid_entries([history_entry(successful["audited_at"], successful["findings"])]))


def _is_audit(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("audited_at"), str) or not isinstance(value.get("findings"), list):
        return False
    not_audited = value.get("not_audited") or []
    return isinstance(not_audited, list) and all(is_finding(finding, _REPORTED_TEXTS) for finding in (*value["findings"], *not_audited))
