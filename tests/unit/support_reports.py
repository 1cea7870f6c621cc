"""Results of email_security_audit for the tests of the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_data import to_plain_data
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.csv_report import render_csv
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import Document, Origin, build_document, render_json
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.html_report import render_html
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.previous import load_previous

Finding = dict[str, Any]

MONDAY, TUESDAY, WEDNESDAY = "2026-11-02T03:00:00Z", "2026-11-03T03:00:00Z", "2026-11-04T03:00:00Z"
TITLE = "Audit of the mail domains"
WAIVER = {"reason": "The mailing house has no TLS yet", "owner": "postmaster@example.com", "expires": "2027-03-31"}
FAILED = {"failed": True, "changed": False, "msg": "Could not list the domains: refused (ray 8f1a).", "failure": {"kind": "auth", "status": 401}}

# Texts with which someone who can write to an account could attack the readers of a report.
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of a script": "</script><script>alert(2)</script>",
    "end of a style": "</style><img src=https://evil.example/x onerror=alert(3)>",
    "attribute": '"onmouseover=alert(4) x="',
    "scheme": "javascript:alert(5)",
    "template": "{{ 7*7 }}{% set x = 1 %}",
    "formula": "=cmd|' /C calc'!A0",
    "formulas": "@SUM(1+1)*cmd|' /C calc'!A0",
    "controls": "a\x00b\x07c\x1b[31md\ne\r\tf\x7f\x85",
    "right to left": "gnp.\u202egepj\u2066\u200b",
    "end of a section": "]]> <![CDATA[ --> <!--",
    "table": "| a | b |\n|---|---|\n`code` ``` ~~~",
    "mention": "@everyone #1 !2 ~label https://evil.example/ www.evil.example [x](https://evil.example/) ![x](https://evil.example/)",
    "surrogate": "half \ud800 of a pair \ufffe",
    "backslashes": "\\| \\` \\",
    "wide formula": "＝1+1",
    "long": "x" * 40_000,
}


def json_text(report: Document) -> str:
    return "".join(render_json(report))


def csv_text(report: Document) -> str:
    return "".join(render_csv(report))


def page_text(report: Document) -> str:
    return "".join(render_html(report))


def finding(rule_id: str, domain: str | None = "example.com", declared: Any = None, live: Any = None, **other: Any) -> Finding:
    """A finding as the module returns it."""
    rule = RULES[rule_id]
    return {
        "domain": domain,
        "field": rule.field,
        "declared": declared,
        "live": live,
        "direction": rule.direction,
        "severity": rule.severity,
        "rule_id": rule_id,
        "category": rule.category,
        "message": finding_text(rule_id, str(domain), declared, live),
        "remedy": rule.remedy,
        "waived": False,
        **other,
    }


def waived(rule_id: str, domain: str, declared: Any = None, live: Any = None, waiver: Mapping[str, str] | None = None) -> Finding:
    return finding(rule_id, domain, declared, live, waived=True, waiver=dict(waiver or WAIVER))


def audit(findings: Iterable[Finding] = (), *, declared: int = 1000, at: str = WEDNESDAY, **other: Any) -> dict[str, Any]:
    """A result with these findings and this number of declared domains."""
    ranked = sorted(findings, key=lambda each: (SEVERITIES.index(each["severity"]), str(each["domain"]), each["rule_id"]))
    counting = [each for each in ranked if not each["waived"]]
    names = {rule_id: [each["domain"] for each in ranked if each["rule_id"] == rule_id] for rule_id in ("ES-DOMAIN-001", "ES-DOMAIN-002")}
    differing = {each["domain"] for each in counting if each["category"] == "drift"} - set(names["ES-DOMAIN-002"])
    allowed = {each["domain"] for each in ranked if each["waived"] and each["category"] == "drift"} - differing - set(names["ES-DOMAIN-002"])
    summary: dict[str, Any] = {
        "declared": declared,
        "live": declared,
        "as_declared": declared - len(differing) - len(allowed),
        "drifted": len(differing),
        "drift_waived": len(allowed),
        "missing": len(names["ES-DOMAIN-001"]),
        "undeclared": len(names["ES-DOMAIN-002"]),
        "findings": len(counting),
        "waived": len(ranked) - len(counting),
        **{severity: sum(each["severity"] == severity for each in counting) for severity in SEVERITIES},
        **{category: sum(each["category"] == category for each in counting) for category in ("drift", "health", "advice", "waiver")},
        "worst": counting[0]["severity"] if counting else None,
    }
    return {
        "changed": False,
        "audited_at": at,
        "scope": None,
        "rules_off": [],
        "findings": ranked,
        "summary": summary,
        "undeclared": names["ES-DOMAIN-002"],
        "missing": names["ES-DOMAIN-001"],
        "plan": "9f2c" * 16,
        "api": {"requests": 1, "retries": 0, "waited": 0.0},
        **other,
    }


def document(result: Mapping[str, Any], previous: Document | None = None, *, now: str = WEDNESDAY) -> Document:
    """The report of a result, compared with a previous report that was rendered and loaded again."""
    return build_document(to_plain_data(dict(result)), load_previous(json_text(previous)) if previous else None, TITLE, now)


def some_findings() -> list[Finding]:
    """One finding of each kind that reports show differently."""
    networks = ["192.0.2.0/24", "2001:db8:25::/48"]
    return [
        finding("ES-IP-001", "example.com", networks, [*networks, "203.0.113.0/24"]),
        finding("ES-DOMAIN-001", "new.example.com", "present"),
        finding("ES-TLS-001", "example.net", True, False),
        finding("ES-DOMAIN-005", "twice.example.com", "present", "Two live domains have this name."),
        finding("ES-HEALTH-004", "example.net", None, "NONE"),
        finding("ES-HEALTH-010", "press.example.com", None, {"total_emails_processed": 0, "total_emails_processed_previous": 18}),
        finding("ES-DROP-003", "shop.example.com", ["BULK", "MALICIOUS", "SPAM"], ["BULK", "MALICIOUS"]),
        finding("ES-ADVICE-004", "shop.example.com", None, None),
        finding("ES-DOMAIN-002", "forgotten.example.com", None, "present"),
        finding("ES-WAIVER-001", "old.example.com", "ES-TLS-001 until 2026-10-31, allowed by postmaster@example.com (Until the move)"),
        finding("ES-REGION-002", "example.org", ["DE", "US"], ["DE"]),
        waived("ES-TLS-002", "news.example.com", True, False),
    ]


def compared() -> Document:
    """A report with new, continuing, gone and waived findings."""
    findings = some_findings()
    first = document(audit([*findings[2:6], finding("ES-REGION-001", "hr.example.de", ["DE"], ["GLOBAL"])], at=MONDAY))
    second = document(audit([*findings[2:8], finding("ES-REGION-001", "hr.example.de", ["DE"], ["GLOBAL"])], at=TUESDAY), first)
    return document(audit(findings), second)


def hostile(*texts: str) -> Document:
    """Each text in every place that a server or a policy can fill."""
    before = document(audit([finding("ES-TLS-001", f"gone {text}", text, text) for text in texts], at=TUESDAY))
    findings = [each for text in texts for each in _hostile(text)]
    return build_document(to_plain_data(audit(findings)), load_previous(json_text(before)), " ".join(texts), WEDNESDAY)


def _hostile(text: str) -> list[Finding]:
    evil = {"reason": text, "owner": text, "expires": text}
    return [
        finding("ES-NEXTHOP-001", text, text, text),
        finding("ES-DRIFT-001", text, [text], [text, "b"], field=text),
        finding("ES-HEALTH-001", text, None, {text: text, "authorized": False}),
        finding("ES-DOMAIN-002", text, None, "present"),
        finding("ES-DOMAIN-001", text, "present"),
        finding("ES-WAIVER-002", text, text),
        waived("ES-TLS-002", text, text, text, evil),
    ]


def hostile_failure(*texts: str) -> Document:
    return document({"failed": True, "msg": " ".join(texts), "failure": {"kind": texts[0]}}, hostile(*texts))


def shortened() -> Document:
    """The report of a shortened result, without some texts and entries."""
    findings = [finding("ES-TLS-001", f"d{number}.example.com", True, False) for number in range(5)]
    result = audit(findings, declared=5)
    kept = [{key: value for key, value in each.items() if key not in ("message", "remedy")} for each in result["findings"][:3]]
    words = ["invocation: the declared domains are left out", "findings: remedy is left out, it follows from the rule"]
    words += ["findings: message is left out, it follows from the rule", "findings: 2 of 5 are left out"]
    return document({**result, "findings": kept, "shortened": words})


ORIGIN = Origin("Example Ltd", ("policy.yml",), "4f1c2ab", "audit.example.com")


def glance(domain: str, **other: Any) -> dict[str, Any]:
    """A domain as the audit lists it."""
    return {
        "domain": domain,
        "declared": True,
        "live": True,
        "state": "as_declared",
        "modified_at": "2026-11-03T14:05:09.000000Z",
        "modes": ["DIRECT"],
        "tls": "outbound",
        "networks": 2,
        "dropped": ["MALICIOUS", "SPAM"],
        "spf": "GOOD",
        "dmarc": "GOOD",
        **other,
    }


def some_domains() -> list[dict[str, Any]]:
    """The domains of `some_findings`, and one without findings."""
    drifted = {"state": "drifted"}
    return [
        glance("example.com", **drifted, networks=3),
        glance("example.net", **drifted, tls="none", dmarc="NONE"),
        glance("example.org", **drifted),
        {"domain": "forgotten.example.com", "declared": False, "live": True, "state": "undeclared", "networks": 0, "dropped": []},
        {"domain": "new.example.com", "declared": True, "live": False, **drifted},
        glance("news.example.com", state="drift_waived"),
        glance("pass.example.com", consent=True),
        glance("press.example.com"),
        glance("shop.example.com", **drifted),
        {"domain": "twice.example.com", "declared": True, "live": True, **drifted},
    ]


def planned(domain: str, action: str = "update", **other: Any) -> dict[str, Any]:
    """A planned change as the audit returns it."""
    return {"domain": domain, "id": None, "action": action, "changes": {}, "weaker": [], **other}


def whole(origin: Origin | None = ORIGIN) -> Document:
    """The report of a complete result, with history, all domains and the planned changes."""
    nights = [f"2026-10-{day:02}T03:00:00Z" for day in range(10, 30)]
    previous = None
    for number, night in enumerate(nights):
        earlier = document(audit(some_findings()[: 4 + number % 5], at=night), previous)
        previous = earlier
    changes = [planned(name) for name in ("example.com", "example.net", "example.org", "shop.example.com")]
    changes += [planned("new.example.com", "create"), planned("twice.example.com", "none", failure="conflict")]
    result = audit(some_findings(), declared=9, domains=some_domains(), planned_changes=changes, account_id="0123456789abcdef0123456789abcdef")
    return build_document(to_plain_data(result), load_previous(json_text(previous)) if previous else None, TITLE, WEDNESDAY, origin)


# Of some rules on lists, what their findings have. Written out, so that the tests of the reports do not depend on the tables of rules.
LIST_RULES = {
    "ES-ALLOW-001": ("drift", None, "critical", "weaker"),
    "ES-ALLOW-002": ("drift", None, "high", "weaker"),
    "ES-ALLOW-004": ("drift", "is_trusted_sender", "critical", "weaker"),
    "ES-ALLOW-007": ("drift", None, "medium", "stronger"),
    "ES-ALLOW-109": ("health", None, "low", "neutral"),
    "ES-ALLOW-112": ("cross", None, "critical", "weaker"),
    "ES-BLOCK-001": ("drift", None, "high", "weaker"),
    "ES-BLOCK-102": ("cross", None, "high", "stronger"),
    "ES-BLOCK-104": ("cross", None, "high", "weaker"),
    "ES-CROSS-001": ("cross", None, "high", "weaker"),
    "ES-LIST-002": ("drift", "comments", "low", "neutral"),
    "ES-LIST-005": ("health", None, "high", "neutral"),
    "ES-TRUST-001": ("drift", None, "high", "weaker"),
    "ES-URL-101": ("health", None, "high", "weaker"),
    "ES-VIP-001": ("drift", None, "high", "weaker"),
    "ES-VIP-003": ("drift", None, "low", "neutral"),
}


def list_finding(rule_id: str, resource: str | None, entry: str | None = None, declared: Any = None, live: Any = None, **other: Any) -> Finding:
    """A finding on an entry of a list, or on a list as a whole, as the module returns it."""
    category, field, severity, direction = LIST_RULES[rule_id]
    return {
        "domain": None,
        "resource": resource,
        "entry": entry,
        "field": field,
        "declared": declared,
        "live": live,
        "direction": direction,
        "severity": severity,
        "rule_id": rule_id,
        "category": category,
        "message": f"{entry or resource}: {rule_id}.",
        "remedy": "Look at it.",
        "waived": False,
        **other,
    }


def list_waiver(resource: str | None, entry: str, declared: str = "ES-ALLOW-001 until 2026-10-31, allowed by postmaster@example.com (A trial)") -> Finding:
    """A finding on a waiver for entries of one list, or of every list (None)."""
    return {**finding("ES-WAIVER-002", None, declared), "resource": resource, "entry": entry, "message": f"The waiver for {entry} covers no finding."}


def exemption(entry: str, resource: str = "allow_policies", **other: Any) -> dict[str, Any]:
    """An entry of the register as the module returns it."""
    return {
        "resource": resource,
        "entry": entry,
        "id": "0c1d2e3f-0000-4000-8000-000000000001",
        "pattern": entry,
        "flags": ["is_acceptable_sender", "verify_sender"],
        "comments": "SEC-311, marketing",
        "created_at": "2026-01-15T09:30:00Z",
        "age_days": 293,
        "expires": None,
        "reach": f"senders of {entry}",
        "declared": True,
        "waived": False,
        **other,
    }


def counts(**other: int) -> dict[str, int]:
    """The counts of one resource."""
    names = ("declared", "live", "as_declared", "drifted", "drift_waived", "missing", "undeclared", "synced", "findings")
    return {**dict.fromkeys(names, 0), **other}


def list_audit(
    findings: Iterable[Finding] = (), resources: Mapping[str, Mapping[str, int]] | Iterable[str] = ("domains", "allow_policies"), **other: Any
) -> dict[str, Any]:
    """A result of an audit of domains and lists: all of these resources were read.

    Args:
        findings: the findings, of domains and of lists.
        resources: the counts of each resource, or only their names.
        other: further members of the result.
    """
    findings = list(findings)
    result = audit([{"resource": "domains", "entry": None, **each} for each in findings], **{"unread": {}, "lists": {}, **other})
    given = resources if isinstance(resources, Mapping) else {name: counts(declared=10, live=10, as_declared=10) for name in resources}
    result["summary"] |= {
        "cross": sum(each["category"] == "cross" for each in findings if not each["waived"]),
        "resources": {name: dict(of_name) for name, of_name in given.items()},
    }
    return result


def some_exemptions() -> list[dict[str, Any]]:
    """Exemptions of each kind."""
    undeclared = {"declared": False, "comments": ""}
    return [
        exemption("partner.example", expires="2027-01-31"),
        exemption("press.example", flags=["is_acceptable_sender"], **undeclared, age_days=40),
        exemption("ceo@partner.example", flags=["is_trusted_sender"], **undeclared, age_days=1412),
        exemption("abuse@example.com", flags=["is_exempt_recipient"], comments="Reports of our customers", waived=True),
        exemption(r".*@(news|mail)\.shop\.example$", flags=["is_regex", "is_acceptable_sender", "verify_sender"], age_days=None, created_at=None),
        exemption("exarnple.com", "trusted_domains", flags=["is_similarity"], **undeclared, age_days=12),
        exemption("new.example", "trusted_domains", flags=["is_recent"], comments="Until it is older", age_days=3, expires="2026-12-31"),
        exemption(r"^https://login\.example\.com/.*", "url_ignore_patterns", flags=[], comments="Single sign-on", age_days=90),
    ]


def some_list_findings() -> list[Finding]:
    """Findings on lists of each kind that reports show differently."""
    return [
        list_finding("ES-ALLOW-001", "allow_policies", "ceo@partner.example", None, "is_trusted_sender"),
        list_finding("ES-ALLOW-002", "allow_policies", "press.example", None, "is_acceptable_sender"),
        list_finding("ES-ALLOW-004", "allow_policies", "partner.example", False, True),
        list_finding("ES-LIST-002", "allow_policies", "partner.example", "SEC-311, marketing", "SEC-310"),
        list_finding("ES-TRUST-001", "trusted_domains", "exarnple.com", None, "is_similarity"),
        list_finding("ES-CROSS-001", "allow_policies", "press.example", None, "press.example"),
        list_finding("ES-BLOCK-001", "block_senders", "evil.example", "present"),
        list_finding("ES-BLOCK-102", "block_senders", "example.com"),
        list_finding("ES-BLOCK-104", "block_senders"),
        list_finding("ES-VIP-001", "impersonation_registry", "Jane Doe <jane@example.com>", "present"),
        list_finding("ES-LIST-005", "content_policies", None, None, "forbidden", severity="medium"),
        list_waiver("allow_policies", "old.*"),
        {
            **list_finding("ES-ALLOW-001", "allow_policies", "abuse@example.com", None, "is_exempt_recipient"),
            "waived": True,
            "waiver": dict(WAIVER),
        },
    ]


def list_changes() -> list[dict[str, Any]]:
    """Planned changes of lists as the audit returns them."""
    new = {"pattern": {"before": None, "after": "evil.example"}, "pattern_type": {"before": None, "after": "DOMAIN"}}
    gained = {"is_trusted_sender": {"before": True, "after": False}}
    return [
        {"domain": None, "resource": "block_senders", "entry": "evil.example", "id": None, "action": "create", "changes": new},
        {"domain": None, "resource": "allow_policies", "entry": "partner.example", "id": "1", "action": "update", "changes": gained},
    ]


def with_lists(origin: Origin | None = ORIGIN) -> Document:
    """The report of an audit of domains and lists, with everything that such a report has, compared with the one of the day before."""
    resources = {
        "domains": counts(declared=9, live=9, as_declared=3, drifted=5, drift_waived=1, missing=1, undeclared=1, findings=10),
        "allow_policies": counts(declared=3, live=5, as_declared=2, drifted=1, undeclared=2, findings=5),
        "trusted_domains": counts(declared=1, live=2, as_declared=1, undeclared=1, findings=1),
        "url_ignore_patterns": counts(live=1),
        "block_senders": counts(declared=4800, live=4799, as_declared=4799, drifted=1, missing=1, findings=3),
        "impersonation_registry": counts(declared=12, live=480, as_declared=11, drifted=1, missing=1, synced=469, findings=1),
    }
    changes = [planned(name) for name in ("example.com", "example.net", "example.org", "shop.example.com")]
    changes += [planned("new.example.com", "create"), planned("twice.example.com", "none", failure="conflict")]
    members: dict[str, Any] = {
        "declared": 9,
        "domains": some_domains(),
        "planned_changes": [*changes, *list_changes()],
        "account_id": "0123456789abcdef0123456789abcdef",
        "exemptions": some_exemptions(),
        "unread": {"content_policies": "forbidden"},
        "lists": {
            "allow_policies": {"missing": [], "undeclared": ["ceo@partner.example", "press.example"]},
            "block_senders": {"missing": ["evil.example"], "undeclared": []},
        },
    }
    before = document(list_audit([*some_findings()[:4], *some_list_findings()[2:7]], resources, at=TUESDAY, **members))
    result = list_audit([*some_findings(), *some_list_findings()], resources, **members)
    return build_document(to_plain_data(result), load_previous(json_text(before)), TITLE, WEDNESDAY, origin)


def hostile_lists(*texts: str) -> Document:
    """Each text in every place of the lists that a server or a policy can fill."""
    exemptions = [
        exemption(text, name, pattern=text, id=text, flags=[text], comments=text, created_at=text, expires=text, reach=text)
        for text in texts
        for name in ("allow_policies", text)
    ]
    findings = [each for text in texts for each in _hostile_list(text)]
    members: dict[str, Any] = {"unread": {text: text for text in texts}, "lists": {text: {"missing": [text], "undeclared": [text]} for text in texts}}
    before = document(list_audit([list_finding("ES-ALLOW-001", "allow_policies", f"gone {text}", text, text) for text in texts], at=TUESDAY))
    resources = {"allow_policies": counts(live=1), **{f"read {text}": counts(live=1) for text in texts}}
    result = list_audit(findings, resources, exemptions=exemptions, **members)
    return build_document(to_plain_data(result), load_previous(json_text(before)), " ".join(texts), WEDNESDAY)


def _hostile_list(text: str) -> list[Finding]:
    evil = {"reason": text, "owner": text, "expires": text}
    return [
        list_finding("ES-ALLOW-001", "allow_policies", text, text, text, message=text, remedy=text),
        list_finding("ES-ALLOW-004", text, text, text, text, field=text),
        list_finding("ES-BLOCK-104", text, None, text, text),
        list_waiver(None, text, text),
        {**list_finding("ES-TRUST-001", "trusted_domains", text, text, text), "waived": True, "waiver": evil},
    ]
