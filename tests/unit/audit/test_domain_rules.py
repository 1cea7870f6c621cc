"""Every rule: a case that breaks it and what is said of it then, and a neighbour that does not break it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, NamedTuple

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_rules import CATEGORIES, RULES, SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, LIVE

NOW = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)
INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
OTHER = "11111111-1111-4111-8111-111111111111"
GATEWAY = ["192.0.2.0/24"]
COUNT = {"timestamp": "2026-11-21T03:00:00Z", "total_emails_processed": 3, "total_emails_processed_previous": 12}
WAIVER = {"domain": "example.com", "field": "lookback_hops", "reason": "gateway", "owner": "ops", "expires": "2026-11-21"}
HOPS = {"entries": [{"lookback_hops": 2}]}


class World(NamedTuple):
    """What is declared of example.com and live, as they differ from nothing and from the usual live domain."""

    entries: Any = ({},)
    rows: Any = ({},)
    waivers: Any = ()
    severities: Any = None

    def findings(self) -> list[dict[str, Any]]:
        entries = [entry if "domain_id" in entry else {"domain": "example.com", **entry} for entry in self.entries]
        audit = audit_from_options({"domains": entries, "waivers": list(self.waivers), "severities": self.severities})
        return audit.judge(LiveIndex(DOMAIN, [{**LIVE, **row} for row in self.rows], str), NOW)["findings"]


def field(name: str, declared: Any, live: Any) -> World:
    return World([{name: declared}], [{name: live}])


def cleared(name: str, live: Any) -> World:
    return World([{"clear": [name]}], [{name: live}])


def reads(name: str, value: Any, **more: Any) -> World:
    return World(rows=[{name: value, **more}])


def declares(**settings: Any) -> World:
    return World([settings], [settings])


def inline(**differing: Any) -> dict[str, Any]:
    """An inline domain as it should be."""
    good = {"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "integration_id": INTEGRATION, "ip_restrictions": []}
    return {**good, **differing}


class Case(NamedTuple):
    severity: str
    direction: str
    broken: World
    message: str
    kept: World


CASES = {
    "ES-IP-001": Case(
        *("critical", "weaker", field("ip_restrictions", GATEWAY, [])),
        "example.com accepts mail from anywhere, and the declaration covers 192.0.2.0/24 only.",
        field("ip_restrictions", GATEWAY, ["192.0.2.0/25"]),
    ),
    "ES-IP-002": Case(
        *("high", "stronger", field("ip_restrictions", [*GATEWAY, "198.51.100.0/24"], GATEWAY)),
        "example.com accepts mail from 192.0.2.0/24 only, where the declaration says 192.0.2.0/24, 198.51.100.0/24.",
        field("ip_restrictions", GATEWAY, ["192.0.2.128/25", "192.0.2.0/25"]),
    ),
    "ES-IP-003": Case(
        *("high", "neutral", field("ip_restrictions", GATEWAY, ["192.0.2.7/24"])),
        "The networks of example.com are 192.0.2.7/24, and not all of that can be read. The declaration says 192.0.2.0/24.",
        field("ip_restrictions", GATEWAY, ["192.0.2.7"]),
    ),
    "ES-IP-004": Case(
        *("low", "neutral", field("ip_restrictions", [], ["::/0", "0.0.0.0/0"])),
        "example.com accepts mail from the addresses that are declared, written in another way: 0.0.0.0/0, ::/0, where the declaration says anywhere.",
        field("ip_restrictions", GATEWAY, ["192.0.2.128/25", "192.0.2.0/25"]),
    ),
    "ES-IP-005": Case(
        *("critical", "stronger", field("ip_restrictions", [], GATEWAY)),
        "example.com accepts mail from 192.0.2.0/24 only, where the declaration says anywhere.",
        field("ip_restrictions", [*GATEWAY, "198.51.100.0/24"], GATEWAY),
    ),
    "ES-TLS-001": Case(
        *("high", "weaker", field("require_tls_inbound", True, None)),
        "example.com takes mail without TLS, where it is declared to be required.",
        field("require_tls_inbound", False, None),
    ),
    "ES-TLS-002": Case(
        *("high", "weaker", field("require_tls_outbound", True, False)),
        "example.com delivers mail without TLS, where it is declared to be required.",
        field("require_tls_outbound", True, True),
    ),
    "ES-TLS-003": Case(
        *("medium", "stronger", field("require_tls_inbound", False, True)),
        "example.com rejects mail without TLS, where it is declared not to.",
        field("require_tls_inbound", False, "yes"),
    ),
    "ES-TLS-004": Case(
        *("high", "stronger", field("require_tls_outbound", False, True)),
        "example.com delivers with TLS only, where it is declared not to.",
        field("require_tls_outbound", False, 2),
    ),
    "ES-DROP-001": Case(
        *("critical", "weaker", field("drop_dispositions", ["SPAM", "MALICIOUS"], ["SPAM"])),
        "example.com does not drop MALICIOUS: it drops SPAM, where the declaration says MALICIOUS, SPAM.",
        field("drop_dispositions", ["SPAM", "MALICIOUS-BEC"], ["SPAM"]),
    ),
    "ES-DROP-002": Case(
        *("high", "weaker", field("drop_dispositions", ["SPOOF"], [])),
        "example.com does not drop SPOOF: it drops no disposition, where the declaration says SPOOF.",
        field("drop_dispositions", ["SUSPICIOUS"], []),
    ),
    "ES-DROP-003": Case(
        *("medium", "weaker", field("drop_dispositions", ["SUSPICIOUS"], ["BULK"])),
        "example.com does not drop SUSPICIOUS: it drops BULK, where the declaration says SUSPICIOUS.",
        field("drop_dispositions", ["SUSPICIOUS"], ["BULK", "SUSPICIOUS"]),
    ),
    "ES-DROP-004": Case(
        *("low", "weaker", field("drop_dispositions", ["BULK"], None)),
        "example.com does not drop BULK: it drops no disposition, where the declaration says BULK.",
        field("drop_dispositions", [], ["BULK"]),
    ),
    "ES-DROP-005": Case(
        *("high", "stronger", field("drop_dispositions", ["SPAM"], ["SPAM", "EXTERNAL"])),
        "example.com also drops EXTERNAL (mail from outside the company), where the declaration says SPAM: good mail is lost.",
        field("drop_dispositions", ["SPAM", "EXTERNAL"], ["SPAM"]),
    ),
    "ES-DROP-006": Case(
        *("medium", "stronger", field("drop_dispositions", [], ["SPAM", "BULK"])),
        "example.com also drops BULK, SPAM, where the declaration says no disposition.",
        field("drop_dispositions", [], ["NONE"]),
    ),
    "ES-DROP-007": Case(
        *("low", "weaker", field("drop_dispositions", ["ENCRYPTED"], [])),
        "example.com does not drop ENCRYPTED (encrypted mail): it drops no disposition, where the declaration says ENCRYPTED (encrypted mail).",
        field("drop_dispositions", ["BULK"], []),
    ),
    "ES-DROP-008": Case(
        *("critical", "weaker", field("drop_dispositions", ["MALICIOUS", "MALICIOUS-BEC"], ["MALICIOUS"])),
        "example.com does not drop MALICIOUS-BEC: it drops MALICIOUS, where the declaration says MALICIOUS, MALICIOUS-BEC.",
        field("drop_dispositions", ["MALICIOUS", "SPOOF"], ["MALICIOUS"]),
    ),
    "ES-DROP-009": Case(
        *("critical", "stronger", field("drop_dispositions", ["SPAM"], ["SPAM", "UNKNOWN", "EXTERNAL"])),
        "example.com also drops EXTERNAL (mail from outside the company), UNKNOWN (mail without another disposition), "
        "where the declaration says SPAM: ordinary mail is lost.",
        field("drop_dispositions", ["SPAM"], ["SPAM", "EXTERNAL"]),
    ),
    "ES-NEXTHOP-001": Case(
        *("critical", "weaker", field("transport", "mx.example.com", "mx.example.net")),
        "example.com delivers to mx.example.net, where the declaration says mx.example.com.",
        field("transport", "mx.example.com", "MX.example.com."),
    ),
    "ES-HOPS-001": Case(
        *("high", "neutral", field("lookback_hops", 2, 1)),
        "The hop by which mail of example.com is judged is 1, where the declaration says 2.",
        field("lookback_hops", 2, 2),
    ),
    "ES-MODE-001": Case(
        *("critical", "weaker", field("allowed_delivery_modes", ["DIRECT", "API"], ["API"])),
        "example.com does not allow DIRECT: it allows API, where the declaration says API, DIRECT.",
        field("allowed_delivery_modes", ["BCC", "API"], ["API"]),
    ),
    "ES-MODE-002": Case(
        *("critical", "weaker", field("allowed_delivery_modes", ["API"], ["RETRO_SCAN"])),
        "example.com allows RETRO_SCAN, where the declaration says API: new mail is not scanned.",
        field("allowed_delivery_modes", ["API"], ["BCC", "RETRO_SCAN"]),
    ),
    "ES-MODE-003": Case(
        *("medium", "weaker", field("allowed_delivery_modes", ["API", "BCC"], ["API"])),
        "example.com does not allow BCC: it allows API, where the declaration says API, BCC.",
        field("allowed_delivery_modes", ["API", "BCC"], ["BCC", "API", "API"]),
    ),
    "ES-MODE-004": Case(
        *("low", "neutral", field("allowed_delivery_modes", ["DIRECT"], ["DIRECT", "BCC"])),
        "example.com also allows BCC, where the declaration says DIRECT.",
        field("allowed_delivery_modes", ["DIRECT", "BCC"], ["DIRECT"]),
    ),
    "ES-REGION-001": Case(
        *("high", "weaker", field("regions", ["DE"], ["DE", "US"])),
        "Mail of example.com is processed in DE, US, where the declaration says DE.",
        field("regions", ["GLOBAL"], ["US"]),
    ),
    "ES-REGION-002": Case(
        *("low", "neutral", field("regions", ["DE", "US"], ["US"])),
        "Mail of example.com is processed in US, where the declaration says DE, US.",
        field("regions", ["DE", "US"], []),
    ),
    "ES-SCAN-001": Case(
        *("medium", "weaker", field("integration_id", INTEGRATION, None)),
        f"example.com has no integration, where the declaration says {INTEGRATION}.",
        field("integration_id", INTEGRATION, INTEGRATION.upper()),
    ),
    "ES-SCAN-002": Case(
        *("medium", "neutral", field("integration_id", INTEGRATION, OTHER)),
        f"example.com uses the integration {OTHER}, where the declaration says {INTEGRATION}.",
        cleared("integration_id", OTHER),
    ),
    "ES-SCAN-003": Case(
        *("medium", "weaker", field("folder", "AllItems", "Inbox")),
        "example.com scans Inbox, where the declaration says AllItems.",
        field("folder", "Inbox", "AllItems"),
    ),
    "ES-SCAN-004": Case(
        *("low", "neutral", cleared("folder", "Inbox")),
        "example.com scans Inbox, where the declaration says no folder.",
        field("folder", "Inbox", None),
    ),
    "ES-SCAN-005": Case(
        *("medium", "neutral", cleared("integration_id", INTEGRATION)._replace(severities={"ES-ADVICE-009": "off"})),
        f"example.com uses the integration {INTEGRATION}, where the declaration says none.",
        cleared("integration_id", None),
    ),
    "ES-DOMAIN-001": Case(
        *("critical", "weaker", World(rows=[])),
        "example.com is declared, and Email Security has no such domain.",
        World([{"state": "absent"}], []),
    ),
    "ES-DOMAIN-002": Case(
        *("medium", "neutral", World([])),
        "example.com is live, and nobody has declared it.",
        World([{"domain_id": ID}]),
    ),
    "ES-DOMAIN-003": Case(
        *("medium", "neutral", World([{"state": "absent"}])),
        "example.com is live, and declared with the state absent.",
        World([{"state": "present"}]),
    ),
    "ES-DOMAIN-004": Case(
        *("high", "weaker", World([{"domain_id": ID, "domain": "example.net"}])),
        "The domain that is declared as example.net is example.com.",
        World([{"domain_id": ID, "domain": "Example.COM."}]),
    ),
    "ES-DOMAIN-005": Case(
        *("high", "neutral", World(rows=[{}, {"id": OTHER}])),
        f"example.com could not be compared. 2 live domains are named example.com: {OTHER}, {ID}.",
        World([{"domain_id": ID}], [{}, {"id": OTHER}]),
    ),
    "ES-DRIFT-001": Case(
        *("low", "neutral", field("regions", ["GLOBAL"], ["GLOBAL", "US"])),
        "A setting of example.com is GLOBAL, US, where the declaration says GLOBAL.",
        field("regions", ["GLOBAL", "US"], ["GLOBAL", "US"]),
    ),
    "ES-HEALTH-001": Case(
        *("medium", "weaker", reads("authorization", {"authorized": False, "timestamp": "2026-03-01T08:00:00Z", "status_message": "revoked"})),
        "example.com has no consent to its mailbox integration: authorized false, status_message revoked, timestamp 2026-03-01T08:00:00Z.",
        reads("authorization", {"authorized": True}),
    ),
    "ES-HEALTH-002": Case(
        *("critical", "weaker", reads("status", "timeout")),
        "The status of example.com is TIMEOUT.",
        reads("status", "PENDING", created_at="2026-11-22T00:00:00Z"),
    ),
    "ES-HEALTH-003": Case(
        *("high", "weaker", reads("status", "PENDING", created_at="2026-11-21T02:59:59Z")),
        "example.com is still PENDING, more than 24 hours after it was onboarded.",
        reads("status", "PENDING", created_at="2026-11-21T03:00:00Z"),
    ),
    "ES-HEALTH-004": Case(
        *("high", "weaker", reads("dmarc_status", "none")),
        "The DMARC status of example.com is none.",
        reads("dmarc_status", None),
    ),
    "ES-HEALTH-005": Case(
        *("high", "weaker", reads("dmarc_status", "invalid")),
        "The DMARC status of example.com is invalid.",
        reads("dmarc_status", "good"),
    ),
    "ES-HEALTH-006": Case(*("critical", "weaker", reads("spf_status", "open")), "The SPF status of example.com is open.", reads("spf_status", "good")),
    "ES-HEALTH-007": Case(*("high", "weaker", reads("spf_status", "invalid")), "The SPF status of example.com is invalid.", reads("spf_status", "none")),
    "ES-HEALTH-008": Case(*("high", "weaker", reads("spf_status", "none")), "The SPF status of example.com is none.", reads("spf_status", None)),
    "ES-HEALTH-009": Case(*("medium", "weaker", reads("spf_status", "neutral")), "The SPF status of example.com is neutral.", reads("spf_status", "new")),
    "ES-HEALTH-010": Case(
        *("high", "weaker", reads("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 20})),
        "example.com had mail before, and now has none: timestamp 2026-11-21T03:00:00Z, total_emails_processed 0, total_emails_processed_previous 20.",
        reads("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 0}),
    ),
    "ES-HEALTH-011": Case(
        *("high", "neutral", reads("emails_processed", {**COUNT, "timestamp": "2026-11-15T02:59:59Z"})),
        "Mail of example.com was last counted more than 7 days ago: "
        "timestamp 2026-11-15T02:59:59Z, total_emails_processed 3, total_emails_processed_previous 12.",
        reads("emails_processed", {**COUNT, "timestamp": "2026-11-15T03:00:00Z"}),
    ),
    "ES-HEALTH-012": Case(
        *("critical", "stronger", reads("ip_restrictions", GATEWAY)),
        "example.com is inline with lookback_hops 1, and accepts mail from 192.0.2.0/24 only.",
        reads("ip_restrictions", GATEWAY, lookback_hops=2),
    ),
    "ES-HEALTH-013": Case(
        *("critical", "stronger", reads("transport", None)),
        "example.com is inline, and delivers to a host that is not told.",
        reads("transport", None, allowed_delivery_modes=["JOURNAL"]),
    ),
    "ES-HEALTH-014": Case(
        *("critical", "stronger", reads("transport", "mxa.global.inbound.cf-emailsecurity.net")),
        "example.com delivers to mxa.global.inbound.cf-emailsecurity.net, which is a host of Cloudflare's or the domain itself.",
        reads("transport", "cf-emailsecurity.net.example.com"),
    ),
    "ES-HEALTH-015": Case(
        *("high", "weaker", reads("drop_dispositions", ["MALICIOUS"])),
        "example.com is inline, and does not drop MALICIOUS-BEC.",
        reads("drop_dispositions", ["MALICIOUS"], allowed_delivery_modes=["BCC"]),
    ),
    "ES-HEALTH-016": Case(
        *("high", "weaker", reads("ip_restrictions", [], lookback_hops=2)),
        "example.com has a gateway before it, as its lookback_hops say, and accepts mail from everywhere.",
        reads("ip_restrictions", [], lookback_hops=1),
    ),
    "ES-HEALTH-017": Case(
        *("medium", "weaker", reads("require_tls_outbound", None)),
        "example.com is inline, and does not require TLS of the next hop.",
        reads("require_tls_outbound", None, allowed_delivery_modes=["API"]),
    ),
    "ES-HEALTH-018": Case(
        *("medium", "stronger", reads("require_tls_inbound", True, ip_restrictions=[])),
        "example.com is inline, the first hop, and rejects mail without TLS.",
        reads("require_tls_inbound", True, ip_restrictions=GATEWAY, lookback_hops=2),
    ),
    "ES-HEALTH-019": Case(
        *("critical", "weaker", reads("integration_id", None, allowed_delivery_modes=["API"])),
        "example.com has no integration.",
        reads("integration_id", INTEGRATION, allowed_delivery_modes=["API"]),
    ),
    "ES-HEALTH-020": Case(
        *("critical", "stronger", reads("drop_dispositions", ["MALICIOUS", "NONE"])),
        "example.com drops NONE (ordinary mail). That includes good mail.",
        reads("drop_dispositions", ["MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK"]),
    ),
    "ES-HEALTH-021": Case(
        *("medium", "neutral", reads("regions", ["DE"], allowed_delivery_modes=["API", "RETRO_SCAN"])),
        "example.com has the regions DE, and only its mailboxes are scanned.",
        reads("regions", ["DE"], allowed_delivery_modes=["API", "DIRECT"]),
    ),
    "ES-HEALTH-022": Case(
        *("high", "weaker", reads("inbox_provider", "Google", allowed_delivery_modes=["API", "JOURNAL"])),
        "example.com is with Google, and allows API, JOURNAL.",
        reads("inbox_provider", "Google", allowed_delivery_modes=["BCC"]),
    ),
    "ES-HEALTH-023": Case(
        *("medium", "neutral", reads("inbox_provider", "Microsoft")),
        "example.com delivers to mx.example.com, which is no host of the mail provider that the server names (Microsoft or Google).",
        reads("inbox_provider", "Microsoft", transport="example-com.mail.protection.outlook.com"),
    ),
    "ES-HEALTH-024": Case(
        *("high", "weaker", reads("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 0})),
        "example.com is active, and no mail was processed in the last two periods: "
        "timestamp 2026-11-21T03:00:00Z, total_emails_processed 0, total_emails_processed_previous 0.",
        reads("emails_processed", {**COUNT, "total_emails_processed": 0}),
    ),
    "ES-HEALTH-025": Case(
        *("medium", "weaker", reads("emails_processed", {**COUNT, "total_emails_processed": 9, "total_emails_processed_previous": 100})),
        "example.com had ten times as much mail before: timestamp 2026-11-21T03:00:00Z, total_emails_processed 9, total_emails_processed_previous 100.",
        reads("emails_processed", {**COUNT, "total_emails_processed": 10, "total_emails_processed_previous": 100}),
    ),
    "ES-HEALTH-026": Case(
        *("low", "neutral", reads("allowed_delivery_modes", ["DIRECT", "JOURNAL"])),
        "example.com allows DIRECT, JOURNAL.",
        reads("allowed_delivery_modes", ["DIRECT", "API"]),
    ),
    "ES-HEALTH-027": Case(
        *("medium", "weaker", reads("ip_restrictions", ["10.0.0.0/15", "10.9.0.0/16", "2001:db8::/31"], lookback_hops=2)),
        "example.com is inline, and accepts mail from 10.0.0.0/15, 2001:db8::/31.",
        reads("ip_restrictions", ["10.0.0.0/16", "2001:db8::/32"], lookback_hops=2),
    ),
    "ES-HEALTH-028": Case(
        *("medium", "weaker", reads("ip_restrictions", ["192.0.2.0/24", "40.107.3.0/24"], lookback_hops=2)),
        "example.com is inline, and accepts mail from 40.107.3.0/24, from where Microsoft, Google or Amazon SES send for all their customers.",
        reads("ip_restrictions", ["40.106.0.0/16"], lookback_hops=2),
    ),
    "ES-ADVICE-001": Case(
        *("high", "stronger", field("ip_restrictions", GATEWAY, [])),
        "example.com declares 192.0.2.0/24 with lookback_hops 1: mail from any other sender in the world is rejected.",
        declares(ip_restrictions=GATEWAY, lookback_hops=2),
    ),
    "ES-ADVICE-002": Case(
        *("high", "weaker", World([{"ip_restrictions": [], "lookback_hops": 2}], [{"lookback_hops": 2}])),
        "example.com declares a gateway by its lookback_hops, and accepts mail from everywhere.",
        declares(ip_restrictions=[], lookback_hops=1),
    ),
    "ES-ADVICE-003": Case(
        *("medium", "neutral", declares(allowed_delivery_modes=["BCC"], drop_dispositions=["SPAM"])),
        "example.com declares SPAM to be dropped, and no DIRECT among its delivery modes.",
        declares(allowed_delivery_modes=["BCC"], drop_dispositions=[]),
    ),
    "ES-ADVICE-004": Case(
        *("medium", "weaker", declares(allowed_delivery_modes=["DIRECT"])),
        "example.com declares DIRECT, and not where clean mail is to be delivered.",
        declares(allowed_delivery_modes=["DIRECT"], transport="mx.example.com"),
    ),
    "ES-ADVICE-005": Case(
        *("high", "weaker", World([{"allowed_delivery_modes": ["API"]}], [])),
        "example.com declares API, BCC or JOURNAL, and no integration.",
        declares(allowed_delivery_modes=["API"], integration_id=INTEGRATION),
    ),
    "ES-ADVICE-006": Case(
        *("medium", "stronger", World([{"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}], [])),
        "example.com does not exist yet, and is to drop MALICIOUS, SPOOF with a gateway before it.",
        World([{"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}]),
    ),
    "ES-ADVICE-007": Case(
        *("critical", "stronger", World([{"state": "absent"}], [{"emails_processed": {**COUNT, "timestamp": "2026-11-21T03:00:00Z"}}])),
        "example.com is declared with the state absent, is inline, and processed mail within the last day: total_emails_processed 3.",
        World([{"state": "absent"}], [{"emails_processed": {**COUNT, "timestamp": "2026-11-21T02:59:59Z"}}]),
    ),
    "ES-ADVICE-008": Case(
        *("medium", "stronger", World([{"require_tls_inbound": True}], [{"ip_restrictions": []}])),
        "example.com declares require_tls_inbound on the first hop: mail of senders without TLS is rejected.",
        World([{"require_tls_inbound": True, "lookback_hops": 2}], [{"ip_restrictions": []}]),
    ),
    "ES-ADVICE-009": Case(
        *("high", "weaker", cleared("integration_id", INTEGRATION)),
        f"example.com declares clear: integration_id, and uses the integration {INTEGRATION}.",
        cleared("integration_id", None),
    ),
    "ES-ADVICE-010": Case(
        *("medium", "neutral", World([{}])),
        "example.com is declared without any setting, so nothing of it is compared.",
        World([{"require_tls_inbound": False}]),
    ),
    "ES-ADVICE-011": Case(
        *("high", "stronger", World([{"drop_dispositions": ["NONE"]}], [])),
        "example.com declares NONE (ordinary mail) to be dropped. That includes good mail.",
        declares(drop_dispositions=["MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK"]),
    ),
    "ES-WAIVER-001": Case(
        *("medium", "neutral", World(**HOPS, waivers=[WAIVER])),
        "The waiver for example.com is over: lookback_hops until 2026-11-21, allowed by ops (gateway). What it covered counts again.",
        World(**HOPS, waivers=[{**WAIVER, "expires": "2026-11-22"}]),
    ),
    "ES-WAIVER-002": Case(
        *("low", "neutral", World(waivers=[{**WAIVER, "rule": "ES-HOPS-001", "expires": "2026-12-31"}])),
        "Nothing was found that the waiver for example.com covers: ES-HOPS-001 and lookback_hops until 2026-12-31, allowed by ops (gateway).",
        World(**HOPS, waivers=[{**WAIVER, "rule": "ES-HOPS-001", "expires": "2026-12-31"}]),
    ),
}


def test_no_rule_is_forgotten():
    assert list(CASES) == list(RULES)


@pytest.mark.parametrize("rule_id", CASES)
def test_a_rule_that_is_broken_is_told(rule_id):
    case, rule = CASES[rule_id], RULES[rule_id]
    [finding] = [finding for finding in case.broken.findings() if finding["rule_id"] == rule_id]
    assert finding["message"] == case.message
    assert (finding["severity"], finding["direction"]) == (case.severity, case.direction)
    assert (finding["category"], finding["remedy"], finding["waived"]) == (rule.category, rule.remedy, False)
    # The one rule that takes what no other takes is about any field.
    assert finding["field"] == (rule.field or (None if rule_id != "ES-DRIFT-001" else "regions"))


@pytest.mark.parametrize("rule_id", CASES)
def test_its_neighbour_is_not(rule_id):
    assert rule_id not in [finding["rule_id"] for finding in CASES[rule_id].kept.findings()]


API, COPIES, BOTH = ({"allowed_delivery_modes": modes} for modes in (["API"], ["JOURNAL"], ["API", "DIRECT"]))
FIRST_HOP, BEHIND = {"ip_restrictions": [], "lookback_hops": 1}, {"ip_restrictions": GATEWAY, "lookback_hops": 2}
MAIL = {"timestamp": "2026-11-22T02:00:00Z"}


def differing(name: str, declared: Any, live: Any, **more: Any) -> World:
    return World([{name: declared} if declared is not None else {"clear": [name]}], [{name: live, **more}])


@pytest.mark.parametrize(
    ("rule_id", "world", "severity"),
    [
        ("ES-TLS-001", differing("require_tls_inbound", True, False, **FIRST_HOP), "medium"),
        ("ES-TLS-001", differing("require_tls_inbound", True, False, **BEHIND), "high"),
        ("ES-TLS-001", differing("require_tls_inbound", True, False, **COPIES, **FIRST_HOP), "high"),
        ("ES-TLS-003", differing("require_tls_inbound", False, True, **FIRST_HOP), "high"),
        ("ES-TLS-003", differing("require_tls_inbound", False, True, **BEHIND), "medium"),
        ("ES-DROP-003", differing("drop_dispositions", ["SPAM"], []), "low"),
        ("ES-DROP-003", differing("drop_dispositions", ["SPAM", "SUSPICIOUS"], []), "medium"),
        *(("ES-DROP-006", differing("drop_dispositions", [], [word]), "medium") for word in ("SPOOF", "SUSPICIOUS", "SPAM", "BULK", "NEW")),
        ("ES-DROP-006", differing("drop_dispositions", [], ["MALICIOUS", "MALICIOUS-BEC"]), "low"),
        ("ES-REGION-001", differing("regions", ["DE"], ["US"]), "high"),
        ("ES-REGION-001", differing("regions", ["DE"], ["US"], **API), "low"),
        *(("ES-SCAN-001", differing("integration_id", OTHER, None, **modes), worst) for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"))),
        ("ES-SCAN-001", differing("integration_id", OTHER, None, **BOTH), "critical"),
        *(
            ("ES-HEALTH-001", reads("authorization", {"authorized": False}, **modes), worst)
            for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"), (BOTH, "critical"))
        ),
        *(("ES-HEALTH-019", reads("integration_id", None, **modes), worst) for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"))),
        ("ES-HEALTH-004", World(rows=[{"domain": "a.b.example.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "GOOD"}]), "low"),
        ("ES-HEALTH-004", World(rows=[{"domain": "badexample.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "good"}]), "high"),
        ("ES-HEALTH-004", World(rows=[{"domain": "a.example.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "invalid"}]), "high"),
        ("ES-HEALTH-010", reads("emails_processed", {**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 19}), "medium"),
        ("ES-HEALTH-010", reads("emails_processed", {**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 20}), "high"),
        *(("ES-HEALTH-014", reads("transport", host), "critical") for host in ("x.mxrecord.io", "x.mxrecord.mx", "x.area1.cloudflare.net")),
        *(("ES-HEALTH-014", reads("transport", host), "high") for host in ("route1.mx.cloudflare.net", "Example.com.")),
        ("ES-HEALTH-020", reads("drop_dispositions", ["ENCRYPTED", "EXTERNAL"]), "high"),
        ("ES-HEALTH-020", reads("drop_dispositions", ["EXTERNAL", "UNKNOWN"]), "critical"),
        ("ES-HEALTH-022", reads("inbox_provider", "Google", allowed_delivery_modes=["API", "BCC"]), "low"),
        ("ES-ADVICE-004", World([{"allowed_delivery_modes": ["DIRECT"]}], []), "high"),
        ("ES-ADVICE-005", World([{"allowed_delivery_modes": ["API"]}], []), "high"),
        ("ES-ADVICE-005", World([{"allowed_delivery_modes": ["BCC"]}], []), "medium"),
        ("ES-ADVICE-005", World([{"allowed_delivery_modes": ["API"]}], [{**API, "integration_id": OTHER}]), "low"),
    ],
)
def test_how_bad_it_is_depends_on_the_domain(rule_id, world, severity):
    found = [finding for finding in world.findings() if finding["rule_id"] == rule_id]
    assert [finding["severity"] for finding in found] == [severity]
    assert severity in RULES[rule_id].severities
    # What the user chose holds in any case.
    for chosen in SEVERITIES:
        found = [finding for finding in world._replace(severities={rule_id: chosen}).findings() if finding["rule_id"] == rule_id]
        assert {finding["severity"] for finding in found} <= {chosen}


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (World(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 1187})]), ("ES-HEALTH-010", "high")),
        (World(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 0})]), ("ES-HEALTH-024", "high")),
        (World(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 3, "total_emails_processed_previous": 100000})]), ("ES-HEALTH-025", "medium")),
        (World([{"ip_restrictions": GATEWAY, "lookback_hops": 1}], [inline(ip_restrictions=GATEWAY, allowed_delivery_modes=["BCC"])]), None),
        (World([{"ip_restrictions": GATEWAY}], [inline(ip_restrictions=GATEWAY)]), ("ES-HEALTH-012", "critical")),
        (World([{"ip_restrictions": GATEWAY}], [inline()]), ("ES-ADVICE-001", "high")),
        (World(rows=[inline(transport="mxa.global.inbound.cf-emailsecurity.net")]), ("ES-HEALTH-014", "critical")),
        (World([{"ip_restrictions": []}], [inline(ip_restrictions=GATEWAY, lookback_hops=2)]), ("ES-IP-005", "critical")),
        (World([{"drop_dispositions": ["MALICIOUS"]}], [inline(drop_dispositions=["MALICIOUS", "NONE", "UNKNOWN"])]), ("ES-DROP-009", "critical")),
        (World([{"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"]}], [inline(drop_dispositions=["MALICIOUS"])]), ("ES-DROP-008", "critical")),
        (World([{"integration_id": INTEGRATION}], [inline(**API, integration_id=None)]), ("ES-SCAN-001", "critical")),
    ],
)
def test_what_was_tried_by_a_mail_expert(world, expected):
    """The list of section 9 of the review: what an earlier release held to be harmless, or to be wrong."""
    found = [(finding["rule_id"], finding["severity"]) for finding in world.findings()]
    if expected is None:
        assert not [rule for rule, _severity in found if rule.startswith(("ES-ADVICE-001", "ES-HEALTH-012", "ES-HEALTH-027", "ES-HEALTH-028"))]
    else:
        assert expected in found


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_danger_that_was_exported_is_a_finding(is_declared):
    row = inline(ip_restrictions=["192.0.2.7"], drop_dispositions=["NONE"], transport=None)
    entry = {name: value for name, value in row.items() if value is not None}
    found = [finding["rule_id"] for finding in World([entry] if is_declared else [], [row]).findings() if finding["severity"] in ("critical", "high")]
    assert found == ["ES-HEALTH-012", "ES-HEALTH-013", "ES-HEALTH-020", "ES-HEALTH-015"]


@pytest.mark.parametrize(
    "row",
    [
        inline(inbox_provider="Microsoft", transport="example-com.mail.protection.outlook.com"),
        inline(inbox_provider="Google", transport="smtp.google.com"),
        inline(ip_restrictions=GATEWAY, lookback_hops=2, require_tls_inbound=True),
        inline(allowed_delivery_modes=["JOURNAL"], drop_dispositions=[], inbox_provider="Microsoft", transport=None, require_tls_inbound=True),
        inline(allowed_delivery_modes=["API"], drop_dispositions=[], inbox_provider="Microsoft", transport=None, require_tls_outbound=None),
    ],
)
def test_an_ordinary_domain_makes_no_finding(row):
    """What a nightly audit prints of it: nothing."""
    count = {**MAIL, "total_emails_processed": 900, "total_emails_processed_previous": 1200}
    row = {**row, "emails_processed": count, "dmarc_status": "good", "spf_status": "good", "authorization": {"authorized": True}}
    entry = {name: value for name, value in row.items() if name in {field.name for field in DOMAIN.fields} and value is not None}
    if "DIRECT" in row.get("allowed_delivery_modes", ["DIRECT"]):
        entry["transport"] = row.get("transport", "mx.example.com")
    assert World([entry], [row]).findings() == []


# What applying the declaration can reject, hold or send elsewhere.
DANGEROUS = {"ip_restrictions", "lookback_hops", "transport", "require_tls_inbound", "require_tls_outbound", "allowed_delivery_modes", "integration_id"}


def test_each_dangerous_field_has_remedies_of_its_own():
    apply = "If the declared value is right, apply it. If the live one is right, declare it."
    general = {rule.id for rule in RULES.values() if rule.remedy == apply}
    assert {rule_id for rule_id in general if RULES[rule_id].field in DANGEROUS} == {"ES-IP-004"}
    assert not [rule.id for rule in RULES.values() if rule.remedy in ("Apply.", "Apply it.")]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_written_out(rule):
    assert re.fullmatch(r"ES-[A-Z]+-\d{3}", rule.id)
    assert rule.category in CATEGORIES
    assert rule.severity in SEVERITIES
    assert rule.direction in ("weaker", "stronger", "neutral")
    assert not rule.title.endswith(".")
    for words in (rule.summary, rule.why, rule.remedy):
        assert words[0].isupper() or words.startswith("{domain}")
        assert words.endswith((".", "{live}"))
        assert "  " not in words
    assert "{domain}" in rule.summary or rule.field == "domain"


def test_fields_are_those_that_there_are():
    writable = {item.name for item in DOMAIN.fields}
    read_only = {"authorization", "status", "dmarc_status", "spf_status", "emails_processed"}
    assert {rule.field for rule in RULES.values() if rule.category in ("drift", "advice") and rule.field} == writable
    assert read_only <= {rule.field for rule in RULES.values() if rule.category == "health"} <= read_only | writable


def test_nothing_is_said_twice():
    for words in ("title", "why"):
        said = [getattr(rule, words) for rule in RULES.values()]
        assert len(said) == len(set(said)), words


ODD = [
    *(None, "", [], {}, False, True, 0, 7, 1.5, "x", " \n", "y" * 999),
    *(["a", "b"], ["", "a"], {"a": None, "b": False}, {"a": None}),
    [f"10.{number}.0.0/16" for number in range(0, 100, 2)],
]


@pytest.mark.parametrize("rule_id", RULES)
def test_a_message_reads_well_with_every_kind_of_value(rule_id):
    for declared in ODD:
        for live in ODD:
            words = finding_text(rule_id, "example.com", declared, live)
            assert not re.search(r"None|True|False|[\[\]{}]|  | [.,:;]", words), words
            assert "example.com" in words or rule_id == "ES-DOMAIN-004"
            assert len(words) < 900


ORDINARY_DISPOSITIONS = {
    "NONE": "ordinary mail",
    "UNKNOWN": "mail without another disposition",
    "EXTERNAL": "mail from outside the company",
    "ENCRYPTED": "encrypted mail",
}


@pytest.mark.parametrize("word", ORDINARY_DISPOSITIONS)
@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES.values() if rule.field == "drop_dispositions"])
def test_no_message_names_ordinary_mail_without_explaining_it(rule_id, word):
    for declared, live in ((["SPAM", word], ["SPAM"]), (["SPAM"], ["SPAM", word]), ([word], [word]), ([word], []), ([], [word])):
        words = finding_text(rule_id, "example.com", declared, live)
        assert len(re.findall(rf"\b{word}\b", words)) == len(re.findall(rf"\b{word} \({ORDINARY_DISPOSITIONS[word]}\)", words))


@pytest.mark.parametrize(
    ("rule_id", "declared", "live", "words"),
    [
        ("ES-IP-001", GATEWAY, [], "example.com accepts mail from anywhere, and the declaration covers 192.0.2.0/24 only."),
        ("ES-IP-001", GATEWAY, ["0.0.0.0/0", "::/0"], "example.com accepts mail from anywhere, and the declaration covers 192.0.2.0/24 only."),
        ("ES-IP-005", ["0.0.0.0/1", "128.0.0.0/1", "::/0"], GATEWAY, "example.com accepts mail from 192.0.2.0/24 only, where the declaration says anywhere."),
        ("ES-DROP-001", ["MALICIOUS"], [], "example.com does not drop MALICIOUS: it drops no disposition, where the declaration says MALICIOUS."),
        ("ES-NEXTHOP-001", "mx.example.com", "", "example.com delivers to a host that is not told, where the declaration says mx.example.com."),
        ("ES-NEXTHOP-001", "mx.example.com", None, "example.com delivers to a host that is not told, where the declaration says mx.example.com."),
        ("ES-HOPS-001", 2, None, "The hop by which mail of example.com is judged is not told, where the declaration says 2."),
        ("ES-MODE-001", ["DIRECT"], [], "example.com does not allow DIRECT: it allows no mode, where the declaration says DIRECT."),
        ("ES-REGION-001", ["DE"], [], "Mail of example.com is processed in a region that is not told, where the declaration says DE."),
        ("ES-SCAN-003", "Inbox", None, "example.com scans no folder, where the declaration says Inbox."),
        ("ES-DOMAIN-004", "example.com", None, "The domain that is declared as example.com is without a name."),
        ("ES-DRIFT-001", None, "", "A setting of example.com is an empty text, where the declaration says nothing."),
        ("ES-DRIFT-001", [], ["", "a"], "A setting of example.com is an empty text, a, where the declaration says nothing."),
        ("ES-HEALTH-010", None, {"x": None, "y": "", "z": 0}, "example.com had mail before, and now has none: y an empty text, z 0."),
    ],
)
def test_what_is_empty_has_words(rule_id, declared, live, words):
    assert finding_text(rule_id, "example.com", declared, live) == words


def test_a_message_is_one_line_whatever_the_names_are():
    words = finding_text("ES-NEXTHOP-001", "a\nb\u2028c", "x\ty", "z\x00\x1b [31m")
    assert words == "a b c delivers to z [31m, where the declaration says x y."


@pytest.mark.parametrize(
    ("count", "end"),
    [(10, "10.18.0.0/16 only, where the declaration says 192.0.2.0/24."), (11, "10.18.0.0/16 and 1 more only, where the declaration says 192.0.2.0/24.")],
)
def test_of_a_long_list_the_first_are_named(count, end):
    words = finding_text("ES-IP-002", "example.com", GATEWAY, [f"10.{2 * number}.0.0/16" for number in range(count)])
    assert words.startswith("example.com accepts mail from 10.0.0.0/16, 10.2.0.0/16, ")
    assert words.endswith(end)


@pytest.mark.parametrize(("length", "shown"), [(300, "x" * 300), (301, "x" * 299 + "…")])
def test_a_long_value_is_cut(length, shown):
    assert finding_text("ES-NEXTHOP-001", "a.example", "b", "x" * length) == f"a.example delivers to {shown}, where the declaration says b."


def test_what_networks_there_are_too_many_is_told_by_address():
    words = finding_text("ES-IP-001", "example.com", ["10.0.0.0/8"], ["10.1.0.0/16", "198.51.100.0/25", "198.51.100.128/25"])
    assert words == "example.com accepts mail from 198.51.100.0/24, and the declaration covers 10.0.0.0/8 only."
