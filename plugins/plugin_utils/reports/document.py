# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report document: the content of the JSON report, from which all other formats are rendered. Pure.

roles/audit/files/audit-report-1.schema.json describes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...module_utils.audit.finding_text import finding_text
from ...module_utils.audit.rule import SEVERITIES
from ...module_utils.version import VERSION
from .audit_scope import AuditScope, lists_audited, resources_read
from .exemptions import are_exemptions, register_of
from .history import days_between, with_entry
from .json_parts import json_parts
from .previous import SCHEMA_VERSION, PreviousReport, compare
from .repair import Repair
from .resource_names import DOMAINS, is_about_list
from .rules import find_rule, rules_on
from .validation import Finding, is_finding

Document = dict[str, Any]

TOOL = "mailops.cloudflare"
# A partial audit knows neither the other live domains nor what a pattern covers in them.
_NOT_IN_PARTIAL = ("ES-DOMAIN-002",)
# Of this list, a report names only the people with findings.
_OF_PEOPLE = "impersonation_registry"
# What the module left out, but a report restores from the rules.
_RESTORED_FROM_RULES = ("invocation: ", "findings: remedy ", "findings: message ")


class InvalidAuditResultError(ValueError):
    """The value is not the result of an audit; the text says why."""


class Origin(NamedTuple):
    """Where a report comes from. Everything is optional.

    Attributes:
        account_name: a name for the account.
        policy_files: the files of the policy, as they were given to Ansible.
        policy_version: the version of the policy, such as a commit.
        host: the host on which the audit ran.
        variables: variables of the policy that were given without a file, and that commands need.
    """

    account_name: str = ""
    policy_files: tuple[str, ...] = ()
    policy_version: str = ""
    host: str = ""
    variables: tuple[str, ...] = ()


def build_document(audit: Mapping[str, Any], previous: PreviousReport | None, title: str, now: str, origin: Origin | None = None) -> Document:
    """Build the report of an audit.

    Args:
        audit: the result of email_security_audit, as plain data. Its findings are replaced by those of the report, because two of each would need
            much memory.
        previous: the previous report, if there is one.
        title: the title of the report.
        now: the time of the report, which is the time of the audit if that failed.
        origin: where the report comes from.

    Raises:
        InvalidAuditResultError: the value is not the result of an audit.
    """
    origin = origin or Origin()
    # A playbook's failed_when marks a successful audit as failed, or a failed one as successful.
    if "findings" not in audit and (any(audit.get(key) for key in ("failed", "unreachable", "failure")) or "failed_when_result" in audit):
        return _failure_document(audit, previous, title, now, origin)
    _validate(audit)
    audited_at, summary, scope = audit["audited_at"], audit["summary"], audit.get("scope")
    earlier = previous.by_fingerprint if previous else None
    findings = _enrich_in_place(audit["findings"], earlier, audited_at)
    comparison, not_audited = compare(findings, previous, AuditScope.of(audit).covers) if previous else (None, [])
    repair, plan = Repair.of(audit, origin.variables), audit.get("plan")
    domains = audit.get("domains") or []
    _add_current(findings, domains, audited_at, lambda finding: repair.command_for(finding, origin.policy_files, plan))
    history = previous.history if previous else ()
    return {
        **_empty_document(title, "findings" if any(not finding["waived"] for finding in findings) else "clean", audited_at, origin),
        "account": {"id": audit.get("account_id") or None, "name": origin.account_name or None},
        "scope": scope,
        "summary": summary,
        "plan": plan,
        "repair": repair.whole_command(origin.policy_files, plan, is_partial=scope is not None),
        "domains": domains,
        "rules": _checked_rules(audit),
        "undeclared": audit.get("undeclared") or [],
        "missing": audit.get("missing") or [],
        "rules_off": audit.get("rules_off") or [],
        "findings": findings,
        "exemptions": register_of(audit, findings),
        "unread": dict(audit.get("unread") or {}),
        "lists": _named_entries(audit.get("lists") or {}, findings),
        "comparison": comparison,
        "not_audited": not_audited,
        # The counts of a partial audit are not those of the account.
        "history": list(history) if scope is not None else with_entry(history, _history_entry(audited_at, summary)),
        "shortened": [text for text in audit.get("shortened") or () if not text.startswith(_RESTORED_FROM_RULES)],
    }


def render_json(document: Document) -> Iterator[str]:
    """Yield the JSON report in parts."""
    return json_parts({**document, "findings": []}, "findings", document["findings"], depth=1, indent=2, sort_keys=True)


def fingerprint(finding: Finding) -> str:
    """Return an identifier that stays the same from audit to audit.

    It depends on domain, field and rule, and for a list on its name and the entry in place of the domain; not on values and texts. For a finding about
    a waiver it also depends on the waiver, as described in `declared`.
    """
    waiver = finding.get("declared") if finding.get("category") == "waiver" else None
    subject = [finding.get("resource"), finding.get("entry")] if is_about_list(finding) else [finding["domain"]]
    return hashlib.sha256(json.dumps([*subject, finding["field"], finding["rule_id"], waiver]).encode()).hexdigest()


def enrich_finding(finding: Finding, earlier: Mapping[str, Finding] | None, audited_at: str) -> Finding:
    """Return a finding with what follows from its rule and from the previous report.

    Args:
        finding: the finding as the module returned it. Texts that were left out are restored.
        earlier: the findings of the previous report by fingerprint, if there is one.
        audited_at: the time of the audit.
    """
    rule_id, own_fingerprint = finding["rule_id"], fingerprint(finding)
    rule = find_rule(rule_id)
    note = str(finding.get("note") or "")
    before = earlier.get(own_fingerprint) if earlier is not None else None
    return {
        "resource": finding.get("resource") if is_about_list(finding) else DOMAINS,
        "entry": finding.get("entry"),
        **{name: finding[name] for name in ("domain", "field", "declared", "live", "direction", "severity", "rule_id", "category")},
        "message": finding.get("message") or _message(finding, note),
        **({"note": note} if note else {}),
        "remedy": finding.get("remedy") or (rule.remedy if rule else ""),
        "waived": finding["waived"],
        **({"waiver": finding["waiver"]} if finding["waived"] else {}),
        "title": rule.title if rule else rule_id,
        "why": rule.why if rule else "",
        "fingerprint": own_fingerprint,
        "state": None if earlier is None else "still" if before else "new",
        "first_seen": before["first_seen"] if before else audited_at,
    }


def _enrich_in_place(findings: list[Finding], earlier: Mapping[str, Finding] | None, audited_at: str) -> list[Finding]:
    for number, finding in enumerate(findings):
        findings[number] = enrich_finding(finding, earlier, audited_at)
    return findings


def _message(finding: Finding, note: str) -> str:
    """The message of a finding that came without it."""
    rule_id = finding["rule_id"]
    subject = finding["domain"] or finding.get("entry") or finding.get("resource")
    text = finding_text(rule_id, str(subject), finding["declared"], finding["live"]) if find_rule(rule_id) else rule_id
    return " ".join(filter(None, (text, note)))


def _add_current(findings: list[Finding], domains: list[dict[str, Any]], audited_at: str, repair_of: Callable[[Finding], str | None]) -> None:
    """Add to each finding what is only true for this audit: its age, the last change of the domain, and the command that corrects it."""
    modified_at = {entry["domain"]: entry.get("modified_at") for entry in domains}
    for finding in findings:
        current = {
            "age_days": days_between(finding["first_seen"], audited_at),
            "modified_at": modified_at.get(finding["domain"]),
            "repair": repair_of(finding),
        }
        finding.update({name: value for name, value in current.items() if value is not None})


def _history_entry(audited_at: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    # From the summary: a shortened result does not contain all findings.
    return {"audited_at": audited_at, "counts": {severity: summary[severity] for severity in SEVERITIES}}


def _checked_rules(audit: Mapping[str, Any]) -> list[str]:
    """The ids of the rules that the audit has checked."""
    off = {*(audit.get("rules_off") or ()), *(_NOT_IN_PARTIAL if audit.get("scope") is not None else ())}
    return [rule.id for rule in rules_on(resources_read(audit) | lists_audited(audit)) if rule.id not in off]


def _named_entries(lists: Mapping[str, Any], findings: list[Finding]) -> dict[str, dict[str, list[str]]]:
    """The entries of each list that are missing or not declared. People without findings are not named: their number is in the summary."""
    found = {finding["entry"] for finding in findings if finding["resource"] == _OF_PEOPLE}
    return {
        name: {key: [label for label in labels if name != _OF_PEOPLE or label in found] for key, labels in of_name.items() if isinstance(labels, list)}
        for name, of_name in lists.items()
    }


def _empty_document(title: str, status: str, audited_at: str, origin: Origin) -> Document:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": VERSION},
        "title": title,
        "status": status,
        "audited_at": audited_at,
        "account": {"id": None, "name": origin.account_name or None},
        "policy": {"files": list(origin.policy_files), "version": origin.policy_version or None},
        "host": origin.host or None,
        "scope": None,
        "summary": None,
        "plan": None,
        "repair": None,
        "domains": [],
        "rules": [],
        "undeclared": [],
        "missing": [],
        "rules_off": [],
        "findings": [],
        "exemptions": None,
        "unread": {},
        "lists": {},
        "comparison": None,
        "not_audited": [],
        "history": [],
        "error": None,
        "shortened": [],
        "last_good": None,
    }


def _failure_document(audit: Mapping[str, Any], previous: PreviousReport | None, title: str, now: str, origin: Origin) -> Document:
    failure = audit.get("failure")
    kind = failure.get("kind") if isinstance(failure, dict) else None
    error = {"kind": str(kind or ("network" if audit.get("unreachable") else "unknown")), "msg": str(audit.get("msg") or "No reason was given.")}
    last_good = {"audited_at": previous.audited_at, "findings": previous.findings, "not_audited": previous.not_audited} if previous else None
    document = {**_empty_document(title, "error", now, origin), "error": error, "last_good": last_good}
    return {**document, "shortened": previous.shortened, "history": list(previous.history)} if previous else document


def _validate(audit: Mapping[str, Any]) -> None:
    for key, reason in (("results", "it is the result of a loop"), ("skipped", "the task was skipped"), ("censored", "no_log has hidden it")):
        if audit.get(key) and "findings" not in audit:
            raise InvalidAuditResultError(reason)
    for key, expected_type in (("audited_at", str), ("summary", dict), ("findings", list)):
        if not isinstance(audit.get(key), expected_type):
            raise InvalidAuditResultError(f"{key} is missing or has another type")
    for key in ("scope", "rules_off", "undeclared", "missing"):
        texts = audit.get(key)
        if texts is not None and not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
            raise InvalidAuditResultError(f"{key} is not a list of texts")
    _validate_lists(audit)
    if not _are_domains(audit.get("domains") or []):
        raise InvalidAuditResultError("domains is not a list of domains")
    if not all(isinstance(audit["summary"].get(count), int) for count in ("declared", "as_declared", "findings", "waived", *SEVERITIES)):
        raise InvalidAuditResultError("summary lacks counts")
    for number, finding in enumerate(audit["findings"]):
        if not is_finding(finding):
            raise InvalidAuditResultError(f"findings[{number}] is not a finding")


def _validate_lists(audit: Mapping[str, Any]) -> None:
    for key, is_valid in (("unread", _is_text), ("lists", _is_mapping)):
        value = audit.get(key)
        if value is not None and not (isinstance(value, dict) and all(map(is_valid, value.values()))):
            raise InvalidAuditResultError(f"{key} has another type")
    if audit.get("exemptions") is not None and not are_exemptions(audit["exemptions"]):
        raise InvalidAuditResultError("exemptions is not a list of exemptions")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _are_domains(value: Any) -> bool:
    """Whether a value has the form of the overview of domains. Its values may be those of another release."""
    return isinstance(value, list) and all(isinstance(entry, dict) and isinstance(entry.get("domain"), str) for entry in value)
