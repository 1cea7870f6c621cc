"""health_matches(): problems of live domains, and that no response of the server raises an exception."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_health import health_matches
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)
FRESH = "2026-11-22T02:00:00Z"


def matches(live, now=NOW):
    return health_matches(live, DOMAIN.normalize(live), now)


def rules(**live):
    return list(matches(live))


def mail(previous, total, timestamp=FRESH):
    return {"total_emails_processed_previous": previous, "total_emails_processed": total, "timestamp": timestamp}


@pytest.mark.parametrize("value", [None, True, 0, 1, "", "false", "False", {"authorized": None}, {"authorized": "false"}, {"authorized": 0}, {}, [], [False]])
def test_authorization_only_false_matches(value):
    assert rules(authorization=value) == []


def test_authorization_reports_known_members_only():
    consent = {"status_message": "revoked", "authorized": False, "timestamp": None, "x": {"y": [1]}, "z": "z"}
    assert matches({"authorization": consent}) == {"ES-HEALTH-001": {"authorized": False, "status_message": "revoked"}}


@pytest.mark.parametrize(
    ("status", "broken"),
    [
        *((word, ["ES-HEALTH-002"]) for word in ("FAILED", "failed", "Timeout", "TIMEOUT")),
        *((word, []) for word in ("ACTIVE", "active", "", "NEW", "FAILED ", None, 0, True, ["FAILED"], {"FAILED": 1})),
    ],
)
def test_status_failed_or_timeout_matches(status, broken):
    assert rules(status=status) == broken


@pytest.mark.parametrize(
    ("times", "late"),
    [
        ({"created_at": "2026-11-21T03:00:00Z"}, False),
        ({"created_at": "2026-11-21T02:59:59.999999Z"}, True),
        ({"created_at": "2026-11-21T02:59:59.9Z"}, True),
        ({"created_at": "2026-11-21T04:00:00+02:00"}, True),
        ({"created_at": "2026-11-21T02:00:00-02:00"}, False),
        ({"created_at": "2026-11-01"}, False),
        ({"created_at": "2027-01-01T00:00:00Z"}, False),
        ({"created_at": None, "modified_at": "2026-11-01T00:00:00Z"}, True),
        ({"created_at": "soon", "modified_at": "2026-11-01T00:00:00Z"}, True),
        ({"created_at": FRESH, "modified_at": "2026-11-01T00:00:00Z"}, False),
        ({"created_at": "2026-11-31T00:00:00Z"}, False),
        ({"created_at": 1760000000}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("status", ["PENDING", "pending"])
def test_status_pending_matches_after_a_day(status, times, late):
    assert rules(status=status, **times) == (["ES-HEALTH-003"] if late else [])


def test_status_active_is_never_overdue():
    assert rules(status="ACTIVE", created_at="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("field", "value", "broken"),
    [
        ("dmarc_status", "none", "ES-HEALTH-004"),
        ("dmarc_status", "NONE", "ES-HEALTH-004"),
        ("dmarc_status", "invalid", "ES-HEALTH-005"),
        ("dmarc_status", "good", None),
        ("dmarc_status", "open", None),
        ("dmarc_status", None, None),
        ("dmarc_status", ["none"], None),
        ("spf_status", "open", "ES-HEALTH-006"),
        ("spf_status", "Invalid", "ES-HEALTH-007"),
        ("spf_status", "none", "ES-HEALTH-008"),
        ("spf_status", "neutral", "ES-HEALTH-009"),
        ("spf_status", "good", None),
        ("spf_status", "softfail", None),
        ("spf_status", {"none": 1}, None),
    ],
)
def test_records_match_by_status(field, value, broken):
    assert matches({field: value}) == ({broken: value} if broken else {})


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        (mail(1, 0), ["ES-HEALTH-010"]),
        (mail(12.0, 0.0), ["ES-HEALTH-010"]),
        (mail(10**400, 0), ["ES-HEALTH-010"]),
        (mail(0, 0), []),
        (mail(1, 1), []),
        (mail(-5, 0), []),
        (mail(float("nan"), 0), []),
        (mail(True, 0), []),
        (mail(1, False), []),
        (mail(1, None), []),
        (mail(None, 0), []),
        (mail("12", "0"), []),
        (mail(100, 9), ["ES-HEALTH-025"]),
        (mail(100000, 3), ["ES-HEALTH-025"]),
        (mail(99, 1), []),
        (mail(100, 10), []),
        (mail(100, 0), ["ES-HEALTH-010"]),
        (mail(1, 1, "2026-11-15T03:00:00Z"), []),
        (mail(1, 1, "2026-11-15T02:59:59Z"), ["ES-HEALTH-011"]),
        (mail(0, 0, "2025-01-01T00:00:00Z"), ["ES-HEALTH-011"]),
        (mail(1, 0, "2025-01-01T00:00:00Z"), ["ES-HEALTH-010", "ES-HEALTH-011"]),
        (mail(1, 0, "never"), ["ES-HEALTH-010"]),
        ({}, []),
        ([], []),
        ("12", []),
        (12, []),
        (None, []),
    ],
)
def test_mail_count_matches(value, broken):
    assert rules(emails_processed=value) == broken


@pytest.mark.parametrize(
    ("live", "broken"),
    [
        ({}, ["ES-HEALTH-024"]),
        ({"status": "active"}, ["ES-HEALTH-024"]),
        ({"status": "PENDING"}, []),
        ({"status": None}, []),
        ({"created_at": "2026-11-15T02:59:59Z"}, ["ES-HEALTH-024"]),
        ({"created_at": "2026-11-15T03:00:00Z"}, []),
        ({"allowed_delivery_modes": ["RETRO_SCAN"]}, []),
        ({"allowed_delivery_modes": ["API", "RETRO_SCAN"]}, ["ES-HEALTH-024"]),
        ({"emails_processed": mail(0, 0, "2026-11-01T00:00:00Z")}, ["ES-HEALTH-011"]),
        ({"emails_processed": mail(0, None)}, []),
        ({"emails_processed": mail(5, 0)}, ["ES-HEALTH-010"]),
    ],
)
def test_mail_count_zero_in_both_periods(live, broken):
    assert rules(**{"status": "ACTIVE", "emails_processed": mail(0, 0), **live}) == broken


GOOD = {
    "domain": "example.com",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"],
    "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
    "ip_restrictions": [],
    "lookback_hops": 1,
    "regions": ["GLOBAL"],
    "require_tls_inbound": False,
    "require_tls_outbound": True,
    "transport": "example-com.mail.protection.outlook.com",
    "inbox_provider": "Microsoft",
}
GATEWAY = {"ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 2}
COPIES = {"allowed_delivery_modes": ["JOURNAL"], "drop_dispositions": [], "transport": None, "require_tls_outbound": None}
SCAN = {**COPIES, "allowed_delivery_modes": ["API"], "lookback_hops": None}


@pytest.mark.parametrize(
    ("differing", "broken"),
    [
        *((good, []) for good in ({}, GATEWAY, COPIES, SCAN)),
        ({"ip_restrictions": ["192.0.2.7"]}, ["ES-HEALTH-012"]),
        ({"ip_restrictions": ["192.0.2.7"], "allowed_delivery_modes": ["BCC", "DIRECT"]}, ["ES-HEALTH-026"]),
        ({"transport": ""}, ["ES-HEALTH-013"]),
        ({"transport": "MXA.global.inbound.cf-emailsecurity.net."}, ["ES-HEALTH-014"]),
        ({"transport": "example.com"}, ["ES-HEALTH-014"]),
        ({"drop_dispositions": None}, ["ES-HEALTH-015"]),
        ({**GATEWAY, "ip_restrictions": []}, ["ES-HEALTH-016"]),
        ({**GATEWAY, "ip_restrictions": ["::/0", "192.0.2.0/24"]}, ["ES-HEALTH-016", "ES-HEALTH-027", "ES-HEALTH-028"]),
        ({"require_tls_outbound": False}, ["ES-HEALTH-017"]),
        ({"require_tls_inbound": True}, ["ES-HEALTH-018"]),
        ({"require_tls_inbound": True, **GATEWAY}, []),
        ({"require_tls_inbound": True, **COPIES}, []),
        *(({**good, "integration_id": None}, ["ES-HEALTH-019"]) for good in ({}, COPIES, SCAN)),
        ({"drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "ENCRYPTED"]}, ["ES-HEALTH-020"]),
        ({**COPIES, "drop_dispositions": ["NONE"]}, []),
        ({**SCAN, "regions": ["GLOBAL", "DE"]}, ["ES-HEALTH-021"]),
        ({**COPIES, "regions": ["DE"]}, []),
        ({**SCAN, "inbox_provider": "google"}, ["ES-HEALTH-022"]),
        ({"inbox_provider": "Google", "transport": "smtp.google.com"}, []),
        ({"inbox_provider": "Google", "transport": "ASPMX2.googlemail.com"}, []),
        ({"inbox_provider": "Google"}, ["ES-HEALTH-023"]),
        ({"inbox_provider": "Fastmail", "transport": "mx.example.com"}, []),
        ({"inbox_provider": None, "transport": "mx.example.com"}, []),
        ({"transport": "example-com.k-v1.mx.microsoft"}, []),
        ({"transport": "notprotection.outlook.com"}, ["ES-HEALTH-023"]),
        ({"allowed_delivery_modes": ["BCC", "DIRECT"]}, ["ES-HEALTH-026"]),
        ({**GATEWAY, "ip_restrictions": ["10.0.0.0/15"]}, ["ES-HEALTH-027"]),
        ({**GATEWAY, "ip_restrictions": ["10.0.0.0/16", "2001:db8::/32"]}, []),
        ({**COPIES, "ip_restrictions": ["52.100.0.0/14"]}, []),
        ({**GATEWAY, "ip_restrictions": ["52.101.7.0/24"]}, ["ES-HEALTH-028"]),
        ({**GATEWAY, "ip_restrictions": ["2001:4860:4864:20::/64"]}, ["ES-HEALTH-028"]),
        ({**GATEWAY, "ip_restrictions": ["?", "192.0.2.0/24"]}, []),
        # Several problems at once.
        (
            {"ip_restrictions": ["192.0.2.7"], "drop_dispositions": ["NONE"], "transport": None},
            ["ES-HEALTH-012", "ES-HEALTH-013", "ES-HEALTH-015", "ES-HEALTH-020"],
        ),
    ],
)
def test_settings_match(differing, broken):
    assert rules(**{**GOOD, **differing}) == broken


@pytest.mark.parametrize("field", [name for name in GOOD if name != "allowed_delivery_modes"])
def test_settings_missing_field_matches_nothing(field):
    assert rules(**{name: value for name, value in GOOD.items() if name != field}) == []


def test_mail_count_reports_known_members_only():
    live = {"emails_processed": {**mail(3, 0), "x": "y", "timestamp": {"deep": []}}}
    assert matches(live) == {"ES-HEALTH-010": {"total_emails_processed": 0, "total_emails_processed_previous": 3}}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T03:00:00Z", NOW),
        ("2026-11-22t03:00:00z", NOW),
        (" 2026-11-22 03:00:00 ", NOW),
        ("2026-11-22T03:00:00.1234567Z", NOW),
        ("2026-11-22T03:00:00.000+00:00", NOW),
        ("2026-11-22T05:30:00.5+02:30", NOW),
        ("2026-11-21T22:00:00-05:00", NOW),
        *((odd, None) for odd in ("", "Z", ".", "now", "1760000000", "2026-11-22", "2026-02-30T03:00:00Z")),
        *((odd, None) for odd in ("20261122T030000Z", "2026-W47-7T03:00:00Z", "٢٠٢٦-١١-٢٢T٠٣:٠٠:٠٠Z")),
        *((f"2026-11-22T{odd}", None) for odd in ("25:00:00Z", "03:00:00.5XZ", "03:00:00+99:00", "03:00:00.Z", "03:00:00ZZ", "03:00:00Z+01:00")),
        *((odd, None) for odd in (None, 0, 1760000000, True, [], {}, ["2026-11-22"])),
    ],
)
def test_parse_timestamp(text, moment):
    assert parse_timestamp(text) == moment


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01 00:00:00", "9999-12-31T23:59:59.999999Z"])
def test_mail_count_extreme_timestamps(text):
    is_old = text.startswith("0001")
    assert rules(emails_processed=mail(1, 1, text)) == (["ES-HEALTH-011"] if is_old else [])


json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.datetimes().map(str), st.sampled_from(["none", "FAILED", FRESH])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["authorized", "timestamp", "x"]), inner, max_size=3)),
    max_leaves=6,
)
FIELDS = ["authorization", "status", "created_at", "modified_at", "dmarc_status", "spf_status", "emails_processed", "inbox_provider", *GOOD]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_like)), st.datetimes(timezones=st.just(timezone.utc)))
def test_health_matches_any_response_does_not_fail(live, now):
    found = matches(live, now)
    assert all(RULES[rule_id].category == "health" and RULES[rule_id].field in live for rule_id in found)


def test_health_matches_depend_on_time():
    live = {"status": "PENDING", "created_at": FRESH, "emails_processed": mail(1, 1)}
    ages = [timedelta(), timedelta(hours=23), timedelta(hours=24), timedelta(days=7)]
    assert [list(matches(live, NOW + age)) for age in ages] == [
        [],
        [],
        ["ES-HEALTH-003"],
        ["ES-HEALTH-003", "ES-HEALTH-011"],
    ]
