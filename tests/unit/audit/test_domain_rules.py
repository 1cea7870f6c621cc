"""The table of domain rules: for each rule a scenario that matches with its message, and a similar one that does not match. And finding_text()."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, NamedTuple

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import CATEGORIES, SEVERITIES
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


class Scenario(NamedTuple):
    """Declared entries for example.com, and the differences of the live domains from LIVE."""

    entries: Any = ({},)
    rows: Any = ({},)
    waivers: Any = ()
    severities: Any = None

    def findings(self) -> list[dict[str, Any]]:
        entries = [entry if "domain_id" in entry else {"domain": "example.com", **entry} for entry in self.entries]
        audit = audit_from_options({"domains": entries, "waivers": list(self.waivers), "severities": self.severities})
        return audit.evaluate(LiveIndex(DOMAIN, [{**LIVE, **row} for row in self.rows], str), NOW)["findings"]


def difference(name: str, declared: Any, live: Any) -> Scenario:
    return Scenario([{name: declared}], [{name: live}])


def cleared(name: str, live: Any) -> Scenario:
    return Scenario([{"clear": [name]}], [{name: live}])


def live_field(name: str, value: Any, **more: Any) -> Scenario:
    return Scenario(rows=[{name: value, **more}])


def as_declared(**settings: Any) -> Scenario:
    return Scenario([settings], [settings])


def inline(**differing: Any) -> dict[str, Any]:
    """An inline domain as it should be."""
    good = {"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"], "integration_id": INTEGRATION, "ip_restrictions": []}
    return {**good, **differing}


class Case(NamedTuple):
    severity: str
    direction: str
    matching: Scenario
    message: str
    not_matching: Scenario


CASES = {
    "ES-IP-001": Case(
        severity="critical",
        direction="weaker",
        matching=difference("ip_restrictions", GATEWAY, []),
        message="example.com accepts mail from anywhere. Declared: 192.0.2.0/24 only.",
        not_matching=difference("ip_restrictions", GATEWAY, ["192.0.2.0/25"]),
    ),
    "ES-IP-002": Case(
        severity="high",
        direction="stronger",
        matching=difference("ip_restrictions", [*GATEWAY, "198.51.100.0/24"], GATEWAY),
        message="example.com accepts mail from 192.0.2.0/24 only. Declared: 192.0.2.0/24, 198.51.100.0/24.",
        not_matching=difference("ip_restrictions", GATEWAY, ["192.0.2.128/25", "192.0.2.0/25"]),
    ),
    "ES-IP-003": Case(
        severity="high",
        direction="neutral",
        matching=difference("ip_restrictions", GATEWAY, ["192.0.2.7/24"]),
        message="The networks of example.com are 192.0.2.7/24, and not all of them can be parsed. Declared: 192.0.2.0/24.",
        not_matching=difference("ip_restrictions", GATEWAY, ["192.0.2.7"]),
    ),
    "ES-IP-004": Case(
        severity="low",
        direction="neutral",
        matching=difference("ip_restrictions", [], ["::/0", "0.0.0.0/0"]),
        message="example.com accepts mail from the declared addresses, but they are written differently: 0.0.0.0/0, ::/0. Declared: anywhere.",
        not_matching=difference("ip_restrictions", GATEWAY, ["192.0.2.128/25", "192.0.2.0/25"]),
    ),
    "ES-IP-005": Case(
        severity="critical",
        direction="stronger",
        matching=difference("ip_restrictions", [], GATEWAY),
        message="example.com accepts mail from 192.0.2.0/24 only. Declared: anywhere.",
        not_matching=difference("ip_restrictions", [*GATEWAY, "198.51.100.0/24"], GATEWAY),
    ),
    "ES-TLS-001": Case(
        severity="high",
        direction="weaker",
        matching=difference("require_tls_inbound", True, None),
        message="example.com accepts mail without TLS, but is declared to require it.",
        not_matching=difference("require_tls_inbound", False, None),
    ),
    "ES-TLS-002": Case(
        severity="high",
        direction="weaker",
        matching=difference("require_tls_outbound", True, False),
        message="example.com delivers mail without TLS, but is declared to require it.",
        not_matching=difference("require_tls_outbound", True, True),
    ),
    "ES-TLS-003": Case(
        severity="medium",
        direction="stronger",
        matching=difference("require_tls_inbound", False, True),
        message="example.com rejects mail without TLS, but is declared to accept it.",
        not_matching=difference("require_tls_inbound", False, "yes"),
    ),
    "ES-TLS-004": Case(
        severity="high",
        direction="stronger",
        matching=difference("require_tls_outbound", False, True),
        message="example.com delivers with TLS only, but is declared not to require it.",
        not_matching=difference("require_tls_outbound", False, 2),
    ),
    "ES-DROP-001": Case(
        severity="critical",
        direction="weaker",
        matching=difference("drop_dispositions", ["SPAM", "MALICIOUS"], ["SPAM"]),
        message="example.com does not drop MALICIOUS. It drops SPAM. Declared: MALICIOUS, SPAM.",
        not_matching=difference("drop_dispositions", ["SPAM", "MALICIOUS-BEC"], ["SPAM"]),
    ),
    "ES-DROP-002": Case(
        severity="high",
        direction="weaker",
        matching=difference("drop_dispositions", ["SPOOF"], []),
        message="example.com does not drop SPOOF. It drops no disposition. Declared: SPOOF.",
        not_matching=difference("drop_dispositions", ["SUSPICIOUS"], []),
    ),
    "ES-DROP-003": Case(
        severity="medium",
        direction="weaker",
        matching=difference("drop_dispositions", ["SUSPICIOUS"], ["BULK"]),
        message="example.com does not drop SUSPICIOUS. It drops BULK. Declared: SUSPICIOUS.",
        not_matching=difference("drop_dispositions", ["SUSPICIOUS"], ["BULK", "SUSPICIOUS"]),
    ),
    "ES-DROP-004": Case(
        severity="low",
        direction="weaker",
        matching=difference("drop_dispositions", ["BULK"], None),
        message="example.com does not drop BULK. It drops no disposition. Declared: BULK.",
        not_matching=difference("drop_dispositions", [], ["BULK"]),
    ),
    "ES-DROP-005": Case(
        severity="high",
        direction="stronger",
        matching=difference("drop_dispositions", ["SPAM"], ["SPAM", "EXTERNAL"]),
        message="example.com also drops EXTERNAL (mail from outside the company). Declared: SPAM. Legitimate mail is lost.",
        not_matching=difference("drop_dispositions", ["SPAM", "EXTERNAL"], ["SPAM"]),
    ),
    "ES-DROP-006": Case(
        severity="medium",
        direction="stronger",
        matching=difference("drop_dispositions", [], ["SPAM", "BULK"]),
        message="example.com also drops BULK, SPAM. Declared: no disposition.",
        not_matching=difference("drop_dispositions", [], ["NONE"]),
    ),
    "ES-DROP-007": Case(
        severity="low",
        direction="weaker",
        matching=difference("drop_dispositions", ["ENCRYPTED"], []),
        message="example.com does not drop ENCRYPTED (encrypted mail). It drops no disposition. Declared: ENCRYPTED (encrypted mail).",
        not_matching=difference("drop_dispositions", ["BULK"], []),
    ),
    "ES-DROP-008": Case(
        severity="critical",
        direction="weaker",
        matching=difference("drop_dispositions", ["MALICIOUS", "MALICIOUS-BEC"], ["MALICIOUS"]),
        message="example.com does not drop MALICIOUS-BEC. It drops MALICIOUS. Declared: MALICIOUS, MALICIOUS-BEC.",
        not_matching=difference("drop_dispositions", ["MALICIOUS", "SPOOF"], ["MALICIOUS"]),
    ),
    "ES-DROP-009": Case(
        severity="critical",
        direction="stronger",
        matching=difference("drop_dispositions", ["SPAM"], ["SPAM", "UNKNOWN", "EXTERNAL"]),
        message=(
            "example.com also drops EXTERNAL (mail from outside the company), UNKNOWN (mail without another disposition). Declared: SPAM. "
            "Ordinary mail is lost."
        ),
        not_matching=difference("drop_dispositions", ["SPAM"], ["SPAM", "EXTERNAL"]),
    ),
    "ES-NEXTHOP-001": Case(
        severity="critical",
        direction="weaker",
        matching=difference("transport", "mx.example.com", "mx.example.net"),
        message="example.com delivers to mx.example.net. Declared: mx.example.com.",
        not_matching=difference("transport", "mx.example.com", "MX.example.com."),
    ),
    "ES-HOPS-001": Case(
        severity="high",
        direction="neutral",
        matching=difference("lookback_hops", 2, 1),
        message="The lookback_hops of example.com are 1. Declared: 2.",
        not_matching=difference("lookback_hops", 2, 2),
    ),
    "ES-MODE-001": Case(
        severity="critical",
        direction="weaker",
        matching=difference("allowed_delivery_modes", ["DIRECT", "API"], ["API"]),
        message="example.com does not allow DIRECT. It allows API. Declared: API, DIRECT.",
        not_matching=difference("allowed_delivery_modes", ["BCC", "API"], ["API"]),
    ),
    "ES-MODE-002": Case(
        severity="critical",
        direction="weaker",
        matching=difference("allowed_delivery_modes", ["API"], ["RETRO_SCAN"]),
        message="example.com allows RETRO_SCAN. Declared: API. New mail is not scanned.",
        not_matching=difference("allowed_delivery_modes", ["API"], ["BCC", "RETRO_SCAN"]),
    ),
    "ES-MODE-003": Case(
        severity="medium",
        direction="weaker",
        matching=difference("allowed_delivery_modes", ["API", "BCC"], ["API"]),
        message="example.com does not allow BCC. It allows API. Declared: API, BCC.",
        not_matching=difference("allowed_delivery_modes", ["API", "BCC"], ["BCC", "API", "API"]),
    ),
    "ES-MODE-004": Case(
        severity="low",
        direction="neutral",
        matching=difference("allowed_delivery_modes", ["DIRECT"], ["DIRECT", "BCC"]),
        message="example.com also allows BCC. Declared: DIRECT.",
        not_matching=difference("allowed_delivery_modes", ["DIRECT", "BCC"], ["DIRECT"]),
    ),
    "ES-REGION-001": Case(
        severity="high",
        direction="weaker",
        matching=difference("regions", ["DE"], ["DE", "US"]),
        message="The processing regions of example.com are DE, US. Declared: DE.",
        not_matching=difference("regions", ["GLOBAL"], ["US"]),
    ),
    "ES-REGION-002": Case(
        severity="low",
        direction="neutral",
        matching=difference("regions", ["DE", "US"], ["US"]),
        message="The processing regions of example.com are only US. Declared: DE, US.",
        not_matching=difference("regions", ["DE", "US"], []),
    ),
    "ES-SCAN-001": Case(
        severity="medium",
        direction="weaker",
        matching=difference("integration_id", INTEGRATION, None),
        message=f"example.com has no integration. Declared: {INTEGRATION}.",
        not_matching=difference("integration_id", INTEGRATION, INTEGRATION.upper()),
    ),
    "ES-SCAN-002": Case(
        severity="medium",
        direction="neutral",
        matching=difference("integration_id", INTEGRATION, OTHER),
        message=f"example.com uses the integration {OTHER}. Declared: {INTEGRATION}.",
        not_matching=cleared("integration_id", OTHER),
    ),
    "ES-SCAN-003": Case(
        severity="medium",
        direction="weaker",
        matching=difference("folder", "AllItems", "Inbox"),
        message="example.com scans Inbox. Declared: AllItems.",
        not_matching=difference("folder", "Inbox", "AllItems"),
    ),
    "ES-SCAN-004": Case(
        severity="low",
        direction="neutral",
        matching=cleared("folder", "Inbox"),
        message="example.com scans Inbox. Declared: no folder.",
        not_matching=difference("folder", "Inbox", None),
    ),
    "ES-SCAN-005": Case(
        severity="medium",
        direction="neutral",
        matching=cleared("integration_id", INTEGRATION)._replace(severities={"ES-ADVICE-009": "off"}),
        message=f"example.com uses the integration {INTEGRATION}. Declared: none.",
        not_matching=cleared("integration_id", None),
    ),
    "ES-DOMAIN-001": Case(
        severity="critical",
        direction="weaker",
        matching=Scenario(rows=[]),
        message="example.com is declared, but Email Security has no such domain.",
        not_matching=Scenario([{"state": "absent"}], []),
    ),
    "ES-DOMAIN-002": Case(
        severity="medium",
        direction="neutral",
        matching=Scenario([]),
        message="example.com is live, but not declared.",
        not_matching=Scenario([{"domain_id": ID}]),
    ),
    "ES-DOMAIN-003": Case(
        severity="medium",
        direction="neutral",
        matching=Scenario([{"state": "absent"}]),
        message="example.com is live, but declared with the state absent.",
        not_matching=Scenario([{"state": "present"}]),
    ),
    "ES-DOMAIN-004": Case(
        severity="high",
        direction="weaker",
        matching=Scenario([{"domain_id": ID, "domain": "example.net"}]),
        message="The domain that is declared as example.net is example.com.",
        not_matching=Scenario([{"domain_id": ID, "domain": "Example.COM."}]),
    ),
    "ES-DOMAIN-005": Case(
        severity="high",
        direction="neutral",
        matching=Scenario(rows=[{}, {"id": OTHER}]),
        message=f"example.com could not be compared. 2 live domains are named example.com: {OTHER}, {ID}.",
        not_matching=Scenario([{"domain_id": ID}], [{}, {"id": OTHER}]),
    ),
    "ES-DRIFT-001": Case(
        severity="low",
        direction="neutral",
        matching=difference("regions", ["GLOBAL"], ["GLOBAL", "US"]),
        message="A setting of example.com is GLOBAL, US. Declared: GLOBAL.",
        not_matching=difference("regions", ["GLOBAL", "US"], ["GLOBAL", "US"]),
    ),
    "ES-HEALTH-001": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("authorization", {"authorized": False, "timestamp": "2026-03-01T08:00:00Z", "status_message": "revoked"}),
        message="The mailbox integration of example.com has no consent: authorized false, status_message revoked, timestamp 2026-03-01T08:00:00Z.",
        not_matching=live_field("authorization", {"authorized": True}),
    ),
    "ES-HEALTH-002": Case(
        severity="critical",
        direction="weaker",
        matching=live_field("status", "timeout"),
        message="The status of example.com is TIMEOUT.",
        not_matching=live_field("status", "PENDING", created_at="2026-11-22T00:00:00Z"),
    ),
    "ES-HEALTH-003": Case(
        severity="high",
        direction="weaker",
        matching=live_field("status", "PENDING", created_at="2026-11-21T02:59:59Z"),
        message="example.com is still PENDING, more than 24 hours after it was onboarded.",
        not_matching=live_field("status", "PENDING", created_at="2026-11-21T03:00:00Z"),
    ),
    "ES-HEALTH-004": Case(
        severity="high",
        direction="weaker",
        matching=live_field("dmarc_status", "none"),
        message="The DMARC status of example.com is none.",
        not_matching=live_field("dmarc_status", None),
    ),
    "ES-HEALTH-005": Case(
        severity="high",
        direction="weaker",
        matching=live_field("dmarc_status", "invalid"),
        message="The DMARC status of example.com is invalid.",
        not_matching=live_field("dmarc_status", "good"),
    ),
    "ES-HEALTH-006": Case(
        severity="critical",
        direction="weaker",
        matching=live_field("spf_status", "open"),
        message="The SPF status of example.com is open.",
        not_matching=live_field("spf_status", "good"),
    ),
    "ES-HEALTH-007": Case(
        severity="high",
        direction="weaker",
        matching=live_field("spf_status", "invalid"),
        message="The SPF status of example.com is invalid.",
        not_matching=live_field("spf_status", "none"),
    ),
    "ES-HEALTH-008": Case(
        severity="high",
        direction="weaker",
        matching=live_field("spf_status", "none"),
        message="The SPF status of example.com is none.",
        not_matching=live_field("spf_status", None),
    ),
    "ES-HEALTH-009": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("spf_status", "neutral"),
        message="The SPF status of example.com is neutral.",
        not_matching=live_field("spf_status", "new"),
    ),
    "ES-HEALTH-010": Case(
        severity="high",
        direction="weaker",
        matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 20}),
        message=(
            "example.com had mail before, and now has none: timestamp 2026-11-21T03:00:00Z, total_emails_processed 0, total_emails_processed_previous 20."
        ),
        not_matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 0}),
    ),
    "ES-HEALTH-011": Case(
        severity="high",
        direction="neutral",
        matching=live_field("emails_processed", {**COUNT, "timestamp": "2026-11-15T02:59:59Z"}),
        message=(
            "Mail of example.com was last counted more than 7 days ago: timestamp 2026-11-15T02:59:59Z, total_emails_processed 3, "
            "total_emails_processed_previous 12."
        ),
        not_matching=live_field("emails_processed", {**COUNT, "timestamp": "2026-11-15T03:00:00Z"}),
    ),
    "ES-HEALTH-012": Case(
        severity="critical",
        direction="stronger",
        matching=live_field("ip_restrictions", GATEWAY),
        message="example.com is inline with lookback_hops 1, but accepts mail from 192.0.2.0/24 only.",
        not_matching=live_field("ip_restrictions", GATEWAY, lookback_hops=2),
    ),
    "ES-HEALTH-013": Case(
        severity="critical",
        direction="stronger",
        matching=live_field("transport", None),
        message="example.com is inline, but has no next hop.",
        not_matching=live_field("transport", None, allowed_delivery_modes=["JOURNAL"]),
    ),
    "ES-HEALTH-014": Case(
        severity="critical",
        direction="stronger",
        matching=live_field("transport", "mxa.global.inbound.cf-emailsecurity.net"),
        message="example.com delivers to mxa.global.inbound.cf-emailsecurity.net, which is a host of Cloudflare or the domain itself.",
        not_matching=live_field("transport", "cf-emailsecurity.net.example.com"),
    ),
    "ES-HEALTH-015": Case(
        severity="high",
        direction="weaker",
        matching=live_field("drop_dispositions", ["MALICIOUS"]),
        message="example.com is inline, but does not drop MALICIOUS-BEC.",
        not_matching=live_field("drop_dispositions", ["MALICIOUS"], allowed_delivery_modes=["BCC"]),
    ),
    "ES-HEALTH-016": Case(
        severity="high",
        direction="weaker",
        matching=live_field("ip_restrictions", [], lookback_hops=2),
        message="example.com is behind a gateway according to its lookback_hops, but accepts mail from anywhere.",
        not_matching=live_field("ip_restrictions", [], lookback_hops=1),
    ),
    "ES-HEALTH-017": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("require_tls_outbound", None),
        message="example.com is inline, but does not require TLS for delivery to the next hop.",
        not_matching=live_field("require_tls_outbound", None, allowed_delivery_modes=["API"]),
    ),
    "ES-HEALTH-018": Case(
        severity="medium",
        direction="stronger",
        matching=live_field("require_tls_inbound", True, ip_restrictions=[]),
        message="example.com is inline and the first hop, but rejects mail without TLS.",
        not_matching=live_field("require_tls_inbound", True, ip_restrictions=GATEWAY, lookback_hops=2),
    ),
    "ES-HEALTH-019": Case(
        severity="critical",
        direction="weaker",
        matching=live_field("integration_id", None, allowed_delivery_modes=["API"]),
        message="example.com has no integration.",
        not_matching=live_field("integration_id", INTEGRATION, allowed_delivery_modes=["API"]),
    ),
    "ES-HEALTH-020": Case(
        severity="critical",
        direction="stronger",
        matching=live_field("drop_dispositions", ["MALICIOUS", "NONE"]),
        message="example.com drops NONE (ordinary mail). That includes legitimate mail.",
        not_matching=live_field("drop_dispositions", ["MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK"]),
    ),
    "ES-HEALTH-021": Case(
        severity="medium",
        direction="neutral",
        matching=live_field("regions", ["DE"], allowed_delivery_modes=["API", "RETRO_SCAN"]),
        message="example.com has the regions DE, but only its mailboxes are scanned.",
        not_matching=live_field("regions", ["DE"], allowed_delivery_modes=["API", "DIRECT"]),
    ),
    "ES-HEALTH-022": Case(
        severity="high",
        direction="weaker",
        matching=live_field("inbox_provider", "Google", allowed_delivery_modes=["API", "JOURNAL"]),
        message="The mail provider of example.com is Google, but it allows API, JOURNAL.",
        not_matching=live_field("inbox_provider", "Google", allowed_delivery_modes=["BCC"]),
    ),
    "ES-HEALTH-023": Case(
        severity="medium",
        direction="neutral",
        matching=live_field("inbox_provider", "Microsoft"),
        message="example.com delivers to mx.example.com, which is not a host of the mail provider that the server reports (Microsoft or Google).",
        not_matching=live_field("inbox_provider", "Microsoft", transport="example-com.mail.protection.outlook.com"),
    ),
    "ES-HEALTH-024": Case(
        severity="high",
        direction="weaker",
        matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 0, "total_emails_processed_previous": 0}),
        message=(
            "example.com is active, but no mail was processed in the last two periods: timestamp 2026-11-21T03:00:00Z, total_emails_processed "
            "0, total_emails_processed_previous 0."
        ),
        not_matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 0}),
    ),
    "ES-HEALTH-025": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 9, "total_emails_processed_previous": 100}),
        message=(
            "example.com had more than ten times as much mail before: timestamp 2026-11-21T03:00:00Z, total_emails_processed 9, "
            "total_emails_processed_previous 100."
        ),
        not_matching=live_field("emails_processed", {**COUNT, "total_emails_processed": 10, "total_emails_processed_previous": 100}),
    ),
    "ES-HEALTH-026": Case(
        severity="low",
        direction="neutral",
        matching=live_field("allowed_delivery_modes", ["DIRECT", "JOURNAL"]),
        message="example.com allows DIRECT, JOURNAL.",
        not_matching=live_field("allowed_delivery_modes", ["DIRECT", "API"]),
    ),
    "ES-HEALTH-027": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("ip_restrictions", ["10.0.0.0/15", "10.9.0.0/16", "2001:db8::/31"], lookback_hops=2),
        message="example.com is inline, and accepts mail from 10.0.0.0/15, 2001:db8::/31.",
        not_matching=live_field("ip_restrictions", ["10.0.0.0/16", "2001:db8::/32"], lookback_hops=2),
    ),
    "ES-HEALTH-028": Case(
        severity="medium",
        direction="weaker",
        matching=live_field("ip_restrictions", ["192.0.2.0/24", "40.107.3.0/24"], lookback_hops=2),
        message="example.com is inline, and accepts mail from 40.107.3.0/24, from which Microsoft, Google or Amazon SES send for all their customers.",
        not_matching=live_field("ip_restrictions", ["40.106.0.0/16"], lookback_hops=2),
    ),
    "ES-ADVICE-001": Case(
        severity="high",
        direction="stronger",
        matching=difference("ip_restrictions", GATEWAY, []),
        message="example.com declares 192.0.2.0/24 with lookback_hops 1: mail from all other addresses is rejected.",
        not_matching=as_declared(ip_restrictions=GATEWAY, lookback_hops=2),
    ),
    "ES-ADVICE-002": Case(
        severity="high",
        direction="weaker",
        matching=Scenario([{"ip_restrictions": [], "lookback_hops": 2}], [{"lookback_hops": 2}]),
        message="example.com declares a gateway with its lookback_hops, but accepts mail from anywhere.",
        not_matching=as_declared(ip_restrictions=[], lookback_hops=1),
    ),
    "ES-ADVICE-003": Case(
        severity="medium",
        direction="neutral",
        matching=as_declared(allowed_delivery_modes=["BCC"], drop_dispositions=["SPAM"]),
        message="example.com is declared to drop SPAM, but its delivery modes do not include DIRECT.",
        not_matching=as_declared(allowed_delivery_modes=["BCC"], drop_dispositions=[]),
    ),
    "ES-ADVICE-004": Case(
        severity="medium",
        direction="weaker",
        matching=as_declared(allowed_delivery_modes=["DIRECT"]),
        message="example.com declares DIRECT, but not where clean mail is delivered.",
        not_matching=as_declared(allowed_delivery_modes=["DIRECT"], transport="mx.example.com"),
    ),
    "ES-ADVICE-005": Case(
        severity="high",
        direction="weaker",
        matching=Scenario([{"allowed_delivery_modes": ["API"]}], []),
        message="example.com declares API, BCC or JOURNAL, but no integration.",
        not_matching=as_declared(allowed_delivery_modes=["API"], integration_id=INTEGRATION),
    ),
    "ES-ADVICE-006": Case(
        severity="medium",
        direction="stronger",
        matching=Scenario([{"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}], []),
        message="example.com does not exist yet, and will drop MALICIOUS, SPOOF behind a gateway.",
        not_matching=Scenario([{"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}]),
    ),
    "ES-ADVICE-007": Case(
        severity="critical",
        direction="stronger",
        matching=Scenario([{"state": "absent"}], [{"emails_processed": {**COUNT, "timestamp": "2026-11-21T03:00:00Z"}}]),
        message="example.com is declared with the state absent, but is inline and processed mail within the last day: total_emails_processed 3.",
        not_matching=Scenario([{"state": "absent"}], [{"emails_processed": {**COUNT, "timestamp": "2026-11-21T02:59:59Z"}}]),
    ),
    "ES-ADVICE-008": Case(
        severity="medium",
        direction="stronger",
        matching=Scenario([{"require_tls_inbound": True}], [{"ip_restrictions": []}]),
        message="example.com declares require_tls_inbound on the first hop: mail from senders without TLS is rejected.",
        not_matching=Scenario([{"require_tls_inbound": True, "lookback_hops": 2}], [{"ip_restrictions": []}]),
    ),
    "ES-ADVICE-009": Case(
        severity="high",
        direction="weaker",
        matching=cleared("integration_id", INTEGRATION),
        message=f"example.com declares clear: integration_id, but uses the integration {INTEGRATION}.",
        not_matching=cleared("integration_id", None),
    ),
    "ES-ADVICE-010": Case(
        severity="medium",
        direction="neutral",
        matching=Scenario([{}]),
        message="example.com is declared without settings, so nothing is compared.",
        not_matching=Scenario([{"require_tls_inbound": False}]),
    ),
    "ES-ADVICE-011": Case(
        severity="high",
        direction="stronger",
        matching=Scenario([{"drop_dispositions": ["NONE"]}], []),
        message="example.com is declared to drop NONE (ordinary mail). That includes legitimate mail.",
        not_matching=as_declared(drop_dispositions=["MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK"]),
    ),
    "ES-WAIVER-001": Case(
        severity="medium",
        direction="neutral",
        matching=Scenario(**HOPS, waivers=[WAIVER]),
        message="The waiver for example.com has expired: lookback_hops until 2026-11-21, allowed by ops (gateway). Its findings count again.",
        not_matching=Scenario(**HOPS, waivers=[{**WAIVER, "expires": "2026-11-22"}]),
    ),
    "ES-WAIVER-002": Case(
        severity="low",
        direction="neutral",
        matching=Scenario(waivers=[{**WAIVER, "rule": "ES-HOPS-001", "expires": "2026-12-31"}]),
        message="The waiver for example.com covers no finding: ES-HOPS-001 and lookback_hops until 2026-12-31, allowed by ops (gateway).",
        not_matching=Scenario(**HOPS, waivers=[{**WAIVER, "rule": "ES-HOPS-001", "expires": "2026-12-31"}]),
    ),
}


def test_cases_cover_every_rule():
    assert list(CASES) == list(RULES)


@pytest.mark.parametrize("rule_id", CASES)
def test_rule_matching_scenario_is_reported(rule_id):
    case, rule = CASES[rule_id], RULES[rule_id]
    [finding] = [finding for finding in case.matching.findings() if finding["rule_id"] == rule_id]
    assert finding["message"] == case.message
    assert (finding["severity"], finding["direction"]) == (case.severity, case.direction)
    assert (finding["category"], finding["remedy"], finding["waived"]) == (rule.category, rule.remedy, False)
    # The rule for differences that no other rule covers applies to any field.
    assert finding["field"] == (rule.field or (None if rule_id != "ES-DRIFT-001" else "regions"))


@pytest.mark.parametrize("rule_id", CASES)
def test_rule_similar_scenario_is_not_reported(rule_id):
    assert rule_id not in [finding["rule_id"] for finding in CASES[rule_id].not_matching.findings()]


API, COPIES, BOTH = ({"allowed_delivery_modes": modes} for modes in (["API"], ["JOURNAL"], ["API", "DIRECT"]))
FIRST_HOP, BEHIND = {"ip_restrictions": [], "lookback_hops": 1}, {"ip_restrictions": GATEWAY, "lookback_hops": 2}
MAIL = {"timestamp": "2026-11-22T02:00:00Z"}


def differing(name: str, declared: Any, live: Any, **more: Any) -> Scenario:
    return Scenario([{name: declared} if declared is not None else {"clear": [name]}], [{name: live, **more}])


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
        ("ES-DROP-003", differing("drop_dispositions", ["SPAM", "SUSPICIOUS"], ["SUSPICIOUS"]), "low"),
        *(("ES-DROP-006", differing("drop_dispositions", [], [word]), "medium") for word in ("SPOOF", "SUSPICIOUS", "SPAM", "BULK", "NEW")),
        ("ES-DROP-006", differing("drop_dispositions", [], ["MALICIOUS", "MALICIOUS-BEC"]), "low"),
        ("ES-REGION-001", differing("regions", ["DE"], ["US"]), "high"),
        ("ES-REGION-001", differing("regions", ["DE"], ["US"], **API), "low"),
        *(("ES-SCAN-001", differing("integration_id", OTHER, None, **modes), worst) for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"))),
        ("ES-SCAN-001", differing("integration_id", OTHER, None, **BOTH), "critical"),
        *(
            ("ES-HEALTH-001", live_field("authorization", {"authorized": False}, **modes), worst)
            for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"), (BOTH, "critical"))
        ),
        *(("ES-HEALTH-019", live_field("integration_id", None, **modes), worst) for modes, worst in ((API, "critical"), (COPIES, "high"), ({}, "medium"))),
        ("ES-HEALTH-004", Scenario(rows=[{"domain": "a.b.example.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "GOOD"}]), "low"),
        ("ES-HEALTH-004", Scenario(rows=[{"domain": "badexample.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "good"}]), "high"),
        ("ES-HEALTH-004", Scenario(rows=[{"domain": "a.example.com", "dmarc_status": "none"}, {"id": OTHER, "dmarc_status": "invalid"}]), "high"),
        ("ES-HEALTH-010", live_field("emails_processed", {**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 19}), "medium"),
        ("ES-HEALTH-010", live_field("emails_processed", {**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 20}), "high"),
        *(("ES-HEALTH-014", live_field("transport", host), "critical") for host in ("x.mxrecord.io", "x.mxrecord.mx", "x.area1.cloudflare.net")),
        *(("ES-HEALTH-014", live_field("transport", host), "high") for host in ("route1.mx.cloudflare.net", "Example.com.")),
        ("ES-HEALTH-020", live_field("drop_dispositions", ["ENCRYPTED", "EXTERNAL"]), "high"),
        ("ES-HEALTH-020", live_field("drop_dispositions", ["EXTERNAL", "UNKNOWN"]), "critical"),
        ("ES-HEALTH-022", live_field("inbox_provider", "Google", allowed_delivery_modes=["API", "BCC"]), "low"),
        ("ES-ADVICE-004", Scenario([{"allowed_delivery_modes": ["DIRECT"]}], []), "high"),
        ("ES-ADVICE-005", Scenario([{"allowed_delivery_modes": ["API"]}], []), "high"),
        ("ES-ADVICE-005", Scenario([{"allowed_delivery_modes": ["BCC"]}], []), "medium"),
        ("ES-ADVICE-005", Scenario([{"allowed_delivery_modes": ["API"]}], [{**API, "integration_id": OTHER}]), "low"),
    ],
)
def test_severity_depends_on_the_live_domain(rule_id, world, severity):
    found = [finding for finding in world.findings() if finding["rule_id"] == rule_id]
    assert [finding["severity"] for finding in found] == [severity]
    assert severity in RULES[rule_id].severities
    # A severity of the option overrides all cases.
    for chosen in SEVERITIES:
        found = [finding for finding in world._replace(severities={rule_id: chosen}).findings() if finding["rule_id"] == rule_id]
        assert {finding["severity"] for finding in found} <= {chosen}


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (Scenario(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 1187})]), ("ES-HEALTH-010", "high")),
        (Scenario(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 0, "total_emails_processed_previous": 0})]), ("ES-HEALTH-024", "high")),
        (
            Scenario(rows=[inline(emails_processed={**MAIL, "total_emails_processed": 3, "total_emails_processed_previous": 100000})]),
            ("ES-HEALTH-025", "medium"),
        ),
        (Scenario([{"ip_restrictions": GATEWAY, "lookback_hops": 1}], [inline(ip_restrictions=GATEWAY, allowed_delivery_modes=["BCC"])]), None),
        (Scenario([{"ip_restrictions": GATEWAY}], [inline(ip_restrictions=GATEWAY)]), ("ES-HEALTH-012", "critical")),
        (Scenario([{"ip_restrictions": GATEWAY}], [inline()]), ("ES-ADVICE-001", "high")),
        (Scenario(rows=[inline(transport="mxa.global.inbound.cf-emailsecurity.net")]), ("ES-HEALTH-014", "critical")),
        (Scenario([{"ip_restrictions": []}], [inline(ip_restrictions=GATEWAY, lookback_hops=2)]), ("ES-IP-005", "critical")),
        (Scenario([{"drop_dispositions": ["MALICIOUS"]}], [inline(drop_dispositions=["MALICIOUS", "NONE", "UNKNOWN"])]), ("ES-DROP-009", "critical")),
        (Scenario([{"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"]}], [inline(drop_dispositions=["MALICIOUS"])]), ("ES-DROP-008", "critical")),
        (Scenario([{"integration_id": INTEGRATION}], [inline(**API, integration_id=None)]), ("ES-SCAN-001", "critical")),
    ],
)
def test_rules_reviewed_scenarios_are_rated_as_expected(world, expected):
    """Scenarios that an earlier release rated wrongly."""
    found = [(finding["rule_id"], finding["severity"]) for finding in world.findings()]
    if expected is None:
        assert not [rule for rule, _severity in found if rule.startswith(("ES-ADVICE-001", "ES-HEALTH-012", "ES-HEALTH-027", "ES-HEALTH-028"))]
    else:
        assert expected in found


@pytest.mark.parametrize("is_declared", [True, False])
def test_rules_dangerous_live_settings_are_reported_even_if_declared(is_declared):
    row = inline(ip_restrictions=["192.0.2.7"], drop_dispositions=["NONE"], transport=None)
    entry = {name: value for name, value in row.items() if value is not None}
    found = [finding["rule_id"] for finding in Scenario([entry] if is_declared else [], [row]).findings() if finding["severity"] in ("critical", "high")]
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
def test_rules_ordinary_domain_has_no_finding(row):
    count = {**MAIL, "total_emails_processed": 900, "total_emails_processed_previous": 1200}
    row = {**row, "emails_processed": count, "dmarc_status": "good", "spf_status": "good", "authorization": {"authorized": True}}
    entry = {name: value for name, value in row.items() if name in {field.name for field in DOMAIN.fields} and value is not None}
    if "DIRECT" in row.get("allowed_delivery_modes", ["DIRECT"]):
        entry["transport"] = row.get("transport", "mx.example.com")
    assert Scenario([entry], [row]).findings() == []


# Applying a declared value of these fields can reject, hold or redirect mail.
DANGEROUS = {"ip_restrictions", "lookback_hops", "transport", "require_tls_inbound", "require_tls_outbound", "allowed_delivery_modes", "integration_id"}


def test_remedy_of_dangerous_fields_is_specific():
    apply = "If the declared value is right, apply it. If the live value is right, declare it."
    general = {rule.id for rule in RULES.values() if rule.remedy == apply}
    assert {rule_id for rule_id in general if RULES[rule_id].field in DANGEROUS} == {"ES-IP-004"}
    assert not [rule.id for rule in RULES.values() if rule.remedy in ("Apply.", "Apply it.")]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_texts_are_complete_sentences(rule):
    assert re.fullmatch(r"ES-[A-Z]+-\d{3}", rule.id)
    assert rule.category in CATEGORIES
    assert rule.severity in SEVERITIES
    assert rule.direction in ("weaker", "stronger", "neutral")
    assert not rule.title.endswith(".")
    for words in (rule.summary, rule.why, rule.remedy):
        assert words[0].isupper() or words.startswith("{subject}")
        assert words.endswith((".", "{live}"))
        assert "  " not in words
    assert "{subject}" in rule.summary or rule.field == "domain"


def test_rule_fields_exist():
    writable = {item.name for item in DOMAIN.fields}
    read_only = {"authorization", "status", "dmarc_status", "spf_status", "emails_processed"}
    assert {rule.field for rule in RULES.values() if rule.category in ("drift", "advice") and rule.field} == writable
    assert read_only <= {rule.field for rule in RULES.values() if rule.category == "health"} <= read_only | writable


def test_rule_titles_and_reasons_are_unique():
    for words in ("title", "why"):
        said = [getattr(rule, words) for rule in RULES.values()]
        assert len(said) == len(set(said)), words


ODD = [
    *(None, "", [], {}, False, True, 0, 7, 1.5, "x", " \n", "y" * 999),
    *(["a", "b"], ["", "a"], {"a": None, "b": False}, {"a": None}),
    [f"10.{number}.0.0/16" for number in range(0, 100, 2)],
]


@pytest.mark.parametrize("rule_id", RULES)
def test_finding_text_any_values_is_a_readable_sentence(rule_id):
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
def test_finding_text_explains_dispositions_of_ordinary_mail(rule_id, word):
    for declared, live in ((["SPAM", word], ["SPAM"]), (["SPAM"], ["SPAM", word]), ([word], [word]), ([word], []), ([], [word])):
        words = finding_text(rule_id, "example.com", declared, live)
        assert len(re.findall(rf"\b{word}\b", words)) == len(re.findall(rf"\b{word} \({ORDINARY_DISPOSITIONS[word]}\)", words))


@pytest.mark.parametrize(
    ("rule_id", "declared", "live", "words"),
    [
        ("ES-IP-001", GATEWAY, [], "example.com accepts mail from anywhere. Declared: 192.0.2.0/24 only."),
        ("ES-IP-001", GATEWAY, ["0.0.0.0/0", "::/0"], "example.com accepts mail from anywhere. Declared: 192.0.2.0/24 only."),
        ("ES-IP-005", ["0.0.0.0/1", "128.0.0.0/1", "::/0"], GATEWAY, "example.com accepts mail from 192.0.2.0/24 only. Declared: anywhere."),
        ("ES-DROP-001", ["MALICIOUS"], [], "example.com does not drop MALICIOUS. It drops no disposition. Declared: MALICIOUS."),
        ("ES-NEXTHOP-001", "mx.example.com", "", "example.com delivers to no next hop. Declared: mx.example.com."),
        ("ES-NEXTHOP-001", "mx.example.com", None, "example.com delivers to no next hop. Declared: mx.example.com."),
        ("ES-HOPS-001", 2, None, "The lookback_hops of example.com are not set. Declared: 2."),
        ("ES-MODE-001", ["DIRECT"], [], "example.com does not allow DIRECT. It allows no mode. Declared: DIRECT."),
        ("ES-REGION-001", ["DE"], [], "The processing regions of example.com are not set. Declared: DE."),
        ("ES-SCAN-003", "Inbox", None, "example.com scans no folder. Declared: Inbox."),
        ("ES-DOMAIN-004", "example.com", None, "The domain that is declared as example.com is unnamed."),
        ("ES-DRIFT-001", None, "", "A setting of example.com is an empty text. Declared: nothing."),
        ("ES-DRIFT-001", [], ["", "a"], "A setting of example.com is an empty text, a. Declared: nothing."),
        ("ES-HEALTH-010", None, {"x": None, "y": "", "z": 0}, "example.com had mail before, and now has none: y an empty text, z 0."),
    ],
)
def test_finding_text_empty_values_are_described(rule_id, declared, live, words):
    assert finding_text(rule_id, "example.com", declared, live) == words


def test_finding_text_unprintable_characters_are_removed():
    words = finding_text("ES-NEXTHOP-001", "a\nb\u2028c", "x\ty", "z\x00\x1b [31m")
    assert words == "a b c delivers to z [31m. Declared: x y."


@pytest.mark.parametrize(
    ("count", "end"),
    [(10, "10.18.0.0/16 only. Declared: 192.0.2.0/24."), (11, "10.18.0.0/16 and 1 more only. Declared: 192.0.2.0/24.")],
)
def test_finding_text_long_list_names_the_first_items(count, end):
    words = finding_text("ES-IP-002", "example.com", GATEWAY, [f"10.{2 * number}.0.0/16" for number in range(count)])
    assert words.startswith("example.com accepts mail from 10.0.0.0/16, 10.2.0.0/16, ")
    assert words.endswith(end)


@pytest.mark.parametrize(("length", "shown"), [(300, "x" * 300), (301, "x" * 299 + "…")])
def test_finding_text_long_value_is_truncated(length, shown):
    assert finding_text("ES-NEXTHOP-001", "a.example", "b", "x" * length) == f"a.example delivers to {shown}. Declared: b."


def test_finding_text_networks_are_compared_by_address():
    words = finding_text("ES-IP-001", "example.com", ["10.0.0.0/8"], ["10.1.0.0/16", "198.51.100.0/25", "198.51.100.128/25"])
    assert words == "example.com accepts mail from 198.51.100.0/24. Declared: 10.0.0.0/8 only."
