# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from .document import TOOL, Document
from .json_parts import json_parts
from .resource_names import DOMAINS, is_about_list, resource_of
from .text import escape_invisible, headline, omission_text, scope_text, subject_of, waiver_text
from .validation import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# GitHub shows scores from 9 as critical, from 7 as high, from 4 as medium.
_SECURITY_SEVERITIES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
_BASELINE_STATES = {"new": "new", "still": "unchanged"}


def render_sarif(document: Document, *, waived: bool = False) -> Iterator[str]:
    """Yield the log in parts.

    Args:
        document: the report.
        waived: whether waived findings are included, with a suppression. Code scanning opens alerts for these as well.

    Returns:
        The parts of the log as JSON. Findings that are gone are not included: code scanning closes an alert whose result is missing, and opens one for each
        result, regardless of its baseline state.
    """
    findings = [finding for finding in document["findings"] if waived or not finding["waived"]]
    rules = _rules_of(findings)
    index = {rule["id"]: at for at, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": TOOL, "version": document["tool"]["version"], "rules": rules}},
        "invocations": [_invocation(document)],
        "results": [],
        "properties": {"title": escape_invisible(document["title"]), "summary": headline(document), "scope": scope_text(document)},
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_parts(log, "results", (_result(finding, index) for finding in findings), depth=3, indent=1)


def _invocation(document: Document) -> dict[str, Any]:
    error = document["error"]
    notifications = [_notification("error", f"The audit failed ({error['kind']}): {error['msg']}")] if error else []
    if document["scope"] is not None:
        notifications.append(_notification("note", scope_text(document)))
    if document["shortened"]:
        notifications.append(_notification("warning", omission_text(document)))
    return {
        "executionSuccessful": error is None,
        "endTimeUtc": document["audited_at"],
        **({"toolExecutionNotifications": notifications} if notifications else {}),
    }


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": escape_invisible(text)}}


def _rules_of(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The rules of the findings, each once. Their texts are taken from the findings, because a rule may be of another release."""
    rules: dict[str, dict[str, Any]] = {}
    for finding in findings:
        if finding["rule_id"] not in rules:
            rules[finding["rule_id"]] = _rule(finding)
    return list(rules.values())


def _rule(finding: Finding) -> dict[str, Any]:
    title, why, remedy = (escape_invisible(finding[part]) for part in ("title", "why", "remedy"))
    return {
        "id": finding["rule_id"],
        "name": "".join(word.capitalize() for word in finding["rule_id"].split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why or title},
        "help": {"text": f"{why} {remedy}".strip() or title},
        "defaultConfiguration": {"level": LEVELS[finding["severity"]]},
        "properties": {"security-severity": _SECURITY_SEVERITIES[finding["severity"]], "tags": ["security", "email", finding["category"]]},
    }


def _location(finding: Finding) -> dict[str, Any]:
    name = subject_of(finding)
    logical = {"name": name, "kind": "resource"}
    parts = [DOMAINS, name]
    if is_about_list(finding):
        parts = [escape_invisible(resource_of(finding)), *([name] if finding["entry"] else [])]
        logical["fullyQualifiedName"] = "/".join(parts)
    # There is no such file, but some tools show only results that have one.
    physical = {"artifactLocation": {"uri": "/".join(quote(part, safe="") for part in parts)}, "region": {"startLine": 1}}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding["rule_id"],
        "ruleIndex": index[finding["rule_id"]],
        "level": LEVELS[finding["severity"]],
        "message": {"text": escape_invisible(finding["message"])},
        "locations": [_location(finding)],
        "partialFingerprints": {"mailopsFinding/v1": finding["fingerprint"], "primaryLocationLineHash": finding["fingerprint"]},
        "properties": {key: finding[key] for key in ("severity", "direction", "category", "field", "first_seen")},
    }
    if is_about_list(finding):
        result["properties"] |= {key: finding[key] for key in ("resource", "entry")}
    if finding["state"]:
        result["baselineState"] = _BASELINE_STATES[finding["state"]]
    if finding["waived"]:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": waiver_text(finding["waiver"])}]
    return result
