# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as data: the JSON report, and what all others are made of. Pure.

roles/audit/files/audit-report-1.schema.json describes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...module_utils.audit.finding_text import finding_text
from ...module_utils.audit.registry import RULES
from ...module_utils.audit.rule import SEVERITIES
from ...module_utils.version import VERSION
from .previous import SCHEMA_VERSION, Finding, PreviousReport, compare

Document = dict[str, Any]

TOOL = "mailops.cloudflare"
# What the module left out and a report has all the same.
_RESTORED_FROM_RULES = ("invocation: ", "findings: remedy ", "findings: message ")


class InvalidAuditResultError(ValueError):
    """What was handed over is no result of an audit; its text says why."""


def to_plain_data(value: Any) -> Any:
    """A value without what Ansible has put on top of it: it marks texts as unsafe or tagged, and makes containers that are read late."""
    try:
        return json.loads(json.dumps(value, default=str), parse_constant=str)
    except (TypeError, ValueError, RecursionError):
        raise InvalidAuditResultError("it holds what cannot be written as JSON") from None


def build_document(audit: Mapping[str, Any], previous: PreviousReport | None, title: str, now: str) -> Document:
    """The report of what C(email_security_audit) returned, as C(plain) gives it. C(now): when an audit that failed was tried.

    Errors: UnusableAuditError.
    """
    # A playbook's failed_when makes a failure of an audit that worked.
    if "findings" not in audit and (audit.get("failed") or audit.get("unreachable")):
        return _of_failure(audit, previous, title, now)
    _check(audit)
    audited_at, summary = audit["audited_at"], audit["summary"]
    known = previous.known if previous else None
    findings = [_told(finding, known, audited_at) for finding in audit["findings"]]
    comparison, not_audited = compare(findings, previous, _Looked.of(audit).at) if previous else (None, [])
    return {
        **_frame(title, "findings" if any(not finding["waived"] for finding in findings) else "clean", audited_at),
        "scope": audit.get("scope"),
        "summary": summary,
        "plan": audit.get("plan"),
        "undeclared": audit.get("undeclared") or [],
        "missing": audit.get("missing") or [],
        "rules_off": audit.get("rules_off") or [],
        "findings": findings,
        "comparison": comparison,
        "not_audited": not_audited,
        "shortened": [words for words in audit.get("shortened") or () if not words.startswith(_RESTORED_FROM_RULES)],
    }


class _Looked(NamedTuple):
    """What an audit looked at, so that only what it would have found again is held to be gone."""

    scope: frozenset[str] | None
    rules_off: frozenset[str]
    undeclared: frozenset[str]
    is_whole: bool

    @classmethod
    def of(cls, audit: Mapping[str, Any]) -> _Looked:
        summary, scope = audit["summary"], audit.get("scope")
        return cls(
            None if scope is None else frozenset(scope),
            frozenset(audit.get("rules_off") or ()),
            frozenset(audit.get("undeclared") or ()),
            # Of a result that was shortened anything that is not in it may have been left out.
            len(audit["findings"]) >= summary.get("findings", 0) + summary.get("waived", 0),
        )

    def at(self, finding: Finding) -> bool:
        domain = str(finding["domain"])
        if not self.is_whole or finding["rule_id"] in self.rules_off or (self.scope is not None and domain not in self.scope):
            return False
        # Of a live domain that is no longer declared, no setting is compared. The name may stand before an id.
        is_compared = finding["category"] in ("drift", "advice") and finding["rule_id"] != "ES-DOMAIN-002"
        return not (is_compared and domain.partition(" (")[0] in self.undeclared)


def render_json(document: Document) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def fingerprint(finding: Finding) -> str:
    """What stays the same from audit to audit: domain, field and rule, whatever the values. Of a finding about a waiver, which waiver."""
    about = finding.get("declared") if finding.get("category") == "waiver" else None
    return hashlib.sha256(json.dumps([finding["domain"], finding["field"], finding["rule_id"], about]).encode()).hexdigest()


def _frame(title: str, status: str, audited_at: str) -> Document:
    """A report without anything in it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": VERSION},
        "title": title,
        "status": status,
        "audited_at": audited_at,
        "scope": None,
        "summary": None,
        "plan": None,
        "undeclared": [],
        "missing": [],
        "rules_off": [],
        "findings": [],
        "comparison": None,
        "not_audited": [],
        "error": None,
        "shortened": [],
        "last_good": None,
    }


def _of_failure(audit: Mapping[str, Any], previous: PreviousReport | None, title: str, now: str) -> Document:
    failure = audit.get("failure")
    kind = failure.get("kind") if isinstance(failure, dict) else None
    error = {"kind": str(kind or ("network" if audit.get("unreachable") else "unknown")), "msg": str(audit.get("msg") or "No reason was given.")}
    last_good = {"audited_at": previous.audited_at, "findings": previous.findings, "not_audited": previous.not_audited} if previous else None
    return {**_frame(title, "error", now), "error": error, "shortened": previous.shortened if previous else [], "last_good": last_good}


def _told(finding: Finding, known: Mapping[str, Finding] | None, audited_at: str) -> Finding:
    """A finding with all that a reader wants to know of it."""
    rule_id, own_fingerprint = finding["rule_id"], fingerprint(finding)
    rule = RULES.get(rule_id)
    note = str(finding.get("note") or "")
    made = finding_text(rule_id, finding["domain"], finding["declared"], finding["live"]) if rule else rule_id
    words = finding.get("message") or " ".join(filter(None, (made, note)))
    before = known.get(own_fingerprint) if known is not None else None
    return {
        **{name: finding[name] for name in ("domain", "field", "declared", "live", "direction", "severity", "rule_id", "category")},
        "message": words,
        **({"note": note} if note else {}),
        "remedy": finding.get("remedy") or (rule.remedy if rule else ""),
        "waived": finding["waived"],
        **({"waiver": finding["waiver"]} if finding["waived"] else {}),
        "title": rule.title if rule else rule_id,
        "why": rule.why if rule else "",
        "fingerprint": own_fingerprint,
        "state": None if known is None else "still" if before else "new",
        "first_seen": before["first_seen"] if before else audited_at,
    }


def _check(audit: Mapping[str, Any]) -> None:
    """Errors: UnusableAuditError, if it is not what C(email_security_audit) returns."""
    for key, words in (("results", "it is the result of a loop"), ("skipped", "the task was skipped"), ("censored", "no_log has hidden it")):
        if audit.get(key) and "findings" not in audit:
            raise InvalidAuditResultError(words)
    for key, kind in (("audited_at", str), ("summary", dict), ("findings", list)):
        if not isinstance(audit.get(key), kind):
            raise InvalidAuditResultError(f"{key} is missing or of another type")
    for key in ("scope", "rules_off", "undeclared", "missing"):
        texts = audit.get(key)
        if texts is not None and not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
            raise InvalidAuditResultError(f"{key} is no list of texts")
    if not all(isinstance(audit["summary"].get(count), int) for count in ("declared", "as_declared", "findings", "waived", *SEVERITIES)):
        raise InvalidAuditResultError("summary lacks counts")
    for number, finding in enumerate(audit["findings"]):
        if not _is_finding(finding):
            raise InvalidAuditResultError(f"findings[{number}] is no finding")


def _is_finding(finding: Any) -> bool:
    if not isinstance(finding, dict) or finding.get("severity") not in SEVERITIES or not isinstance(finding.get("waived"), bool):
        return False
    texts = all(isinstance(finding.get(name), str) for name in ("direction", "rule_id", "category"))
    names = all(name in finding and isinstance(finding[name], (str, type(None))) for name in ("domain", "field"))
    return texts and names and {"declared", "live"} <= set(finding) and (not finding["waived"] or _is_waiver(finding.get("waiver")))


def _is_waiver(waiver: Any) -> bool:
    return isinstance(waiver, dict) and all(isinstance(waiver.get(name), str) for name in ("reason", "owner", "expires"))
