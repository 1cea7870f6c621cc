# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier report, and what has changed since. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..module_utils._rules import SEVERITIES

SCHEMA_VERSION = "1.0"
_TEXTS = ("rule_id", "title", "category", "direction", "message", "why", "remedy", "fingerprint", "first_seen")

Finding = dict[str, Any]


class Previous(NamedTuple):
    """The last audit that worked, as an earlier report has it. C(shortened): what it left out, in words."""

    audited_at: str
    findings: list[Finding]
    shortened: list[str]

    @property
    def is_whole(self) -> bool:
        return not any(words.startswith("findings") for words in self.shortened)


def previous_from(text: str | bytes) -> Previous | None:
    """What is in an earlier JSON report; None if no audit had worked until then. Errors: ValueError that says why it cannot be used."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    version = report.get("schema_version") if isinstance(report, dict) else None
    if version != SCHEMA_VERSION:
        raise ValueError(f"its schema_version is {version!r}, and this release reads {SCHEMA_VERSION!r}")
    good = report.get("last_good") if report.get("status") == "error" else report
    if good is None:
        return None
    if not _is_audit(good):
        raise ValueError("it has no findings, or some that are none")
    return Previous(good["audited_at"], good["findings"], [str(words) for words in report.get("shortened") or ()])


def compared(findings: Iterable[Finding], previous: Previous, *, is_whole: bool) -> dict[str, Any]:
    """How many findings count now and did or did not exist before, and which are gone. A finding that is waived is there, and not counted.

    What was left out of a shortened result may be there still: then nothing is held to be gone.
    """
    states = [finding["state"] for finding in findings if not finding["waived"]]
    there = {finding["fingerprint"] for finding in findings}
    gone = [{**finding, "state": None} for finding in previous.findings if finding["fingerprint"] not in there] if is_whole else []
    return {"previous_audited_at": previous.audited_at, "new": states.count("new"), "still": states.count("still"), "gone": gone}


def _is_audit(good: Any) -> bool:
    if not isinstance(good, dict) or not isinstance(good.get("audited_at"), str) or not isinstance(good.get("findings"), list):
        return False
    return all(_is_finding(finding) for finding in good["findings"])


def _is_finding(finding: Any) -> bool:
    """Whether it has what reports need. Its rule and its values may be those of another release."""
    if not isinstance(finding, dict) or finding.get("severity") not in SEVERITIES or not isinstance(finding.get("waived"), bool):
        return False
    texts = all(isinstance(finding.get(name), str) for name in _TEXTS)
    return texts and all(finding.get(name) is None or isinstance(finding[name], str) for name in ("domain", "field"))
