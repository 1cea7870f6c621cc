# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier report, and what has changed since. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ...module_utils.audit.rule import SEVERITIES

SCHEMA_VERSION = "1.1"
# Later releases of the same schema only add keys.
_READABLE = re.compile(r"1\.[0-9]+")
_TEXTS = ("rule_id", "title", "category", "direction", "message", "why", "remedy", "fingerprint", "first_seen")

Finding = dict[str, Any]


class PreviousReport(NamedTuple):
    """The last audit that worked, as an earlier report has it.

    `shortened` is what it left out, in words. `not_audited` are findings of audits before it which it did not look at.
    """

    audited_at: str
    findings: list[Finding]
    shortened: list[str]
    not_audited: list[Finding]

    @property
    def known(self) -> dict[str, Finding]:
        """All findings that may still be there, by their fingerprints."""
        return {finding["fingerprint"]: finding for finding in (*self.not_audited, *self.findings)}

    @property
    def is_whole(self) -> bool:
        return not any(words.startswith("findings") for words in self.shortened)


def load_previous(text: str | bytes) -> PreviousReport | None:
    """What is in an earlier JSON report; None if no audit had worked until then. Errors: ValueError that says why it cannot be used."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    version = report.get("schema_version") if isinstance(report, dict) else None
    if not isinstance(version, str) or not _READABLE.fullmatch(version):
        raise ValueError(f"its schema_version is {version!r}, and this release reads 1.0 and later ones that begin with 1")
    good = report.get("last_good") if report.get("status") == "error" else report
    if good is None:
        return None
    if not _is_audit(good):
        raise ValueError("it has no findings, or some that are none")
    return PreviousReport(good["audited_at"], good["findings"], [str(words) for words in report.get("shortened") or ()], good.get("not_audited") or [])


def compare(findings: Iterable[Finding], previous: PreviousReport, was_audited: Callable[[Finding], bool]) -> tuple[dict[str, Any], list[Finding]]:
    """What has changed since an earlier audit.

    Args:
        findings: what there is now. A finding that is waived is there, and not counted.
        previous: the earlier audit.
        was_audited: whether this audit would have made an earlier finding again, had it still been there.

    Returns:
        How many findings are new or were there before, and which are gone. And the earlier findings that this audit did not look at: they are
        neither there nor gone.
    """
    findings = list(findings)
    states = [finding["state"] for finding in findings if not finding["waived"]]
    there = {finding["fingerprint"] for finding in findings}
    absent = [{**finding, "state": None} for fingerprint, finding in previous.known.items() if fingerprint not in there]
    gone = [finding for finding in absent if was_audited(finding)]
    comparison = {"previous_audited_at": previous.audited_at, "new": states.count("new"), "still": states.count("still"), "gone": gone}
    return comparison, [finding for finding in absent if not was_audited(finding)]


def _is_audit(good: Any) -> bool:
    if not isinstance(good, dict) or not isinstance(good.get("audited_at"), str) or not isinstance(good.get("findings"), list):
        return False
    kept = good.get("not_audited") or []
    return isinstance(kept, list) and all(_is_finding(finding) for finding in (*good["findings"], *kept))


def _is_finding(finding: Any) -> bool:
    """Whether it has what reports need. Its rule and its values may be those of another release."""
    if not isinstance(finding, dict) or finding.get("severity") not in SEVERITIES or not isinstance(finding.get("waived"), bool):
        return False
    texts = all(isinstance(finding.get(name), str) for name in _TEXTS)
    return texts and all(finding.get(name) is None or isinstance(finding[name], str) for name in ("domain", "field"))
