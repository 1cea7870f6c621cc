"""Which settings stop mail, and their neighbours that do not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import SENTENCES, loop_of, recent_mail, stops_mail
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
LIST = ["192.0.2.0/24"]
INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
GOOD = {
    "domain": "example.com",
    "allowed_delivery_modes": ["DIRECT"],
    "ip_restrictions": [],
    "lookback_hops": 1,
    "transport": "mx.example.com",
    "integration_id": INTEGRATION,
}


def rules(settings, live=None, now=NOW):
    return [rule_id for rule_id, _sentence in stops_mail(settings, live, now)]


@pytest.mark.parametrize(
    ("differing", "broken"),
    [
        ({}, []),
        ({"ip_restrictions": LIST}, ["ES-HEALTH-012"]),
        ({"ip_restrictions": LIST, "allowed_delivery_modes": ["API", "DIRECT"]}, ["ES-HEALTH-012"]),
        ({"ip_restrictions": ["0.0.0.0/0"]}, ["ES-HEALTH-012"]),
        ({"ip_restrictions": ["0.0.0.0/0", "::/0"]}, []),
        ({"ip_restrictions": LIST, "lookback_hops": 2}, []),
        ({"ip_restrictions": LIST, "lookback_hops": None}, []),
        ({"ip_restrictions": LIST, "lookback_hops": "1"}, []),
        ({"ip_restrictions": LIST, "allowed_delivery_modes": ["BCC"]}, []),
        ({"ip_restrictions": LIST, "allowed_delivery_modes": ["API"]}, []),
        ({"ip_restrictions": LIST, "allowed_delivery_modes": ["DIRECT", "JOURNAL"]}, []),
        ({"transport": None}, ["ES-HEALTH-013"]),
        ({"transport": ""}, ["ES-HEALTH-013"]),
        ({"transport": None, "allowed_delivery_modes": ["JOURNAL"]}, []),
        ({"transport": "mxa.global.inbound.cf-emailsecurity.net"}, ["ES-HEALTH-014"]),
        ({"transport": "mailstream-eu1.mxrecord.io"}, ["ES-HEALTH-014"]),
        ({"transport": "mailstream-eu1.mxrecord.mx"}, ["ES-HEALTH-014"]),
        ({"transport": "x.area1.cloudflare.net"}, ["ES-HEALTH-014"]),
        ({"transport": "route1.mx.cloudflare.net"}, ["ES-HEALTH-014"]),
        ({"transport": "example.com"}, ["ES-HEALTH-014"]),
        ({"transport": "notmxrecord.io"}, []),
        ({"transport": "mxrecord.io.example.com"}, []),
        ({"transport": "mail.example.com"}, []),
        ({"transport": "mailstream-eu1.mxrecord.io", "allowed_delivery_modes": ["API"]}, []),
    ],
)
def test_stops_mail_cases(differing, broken):
    assert rules({**GOOD, **differing}) == broken


def test_stops_mail_new_domain_uses_given_settings():
    assert rules({"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": LIST}) == ["ES-HEALTH-013"]
    assert rules({}) == []


def test_stops_mail_unknown_transport_is_not_reported():
    live = {"allowed_delivery_modes": ["DIRECT"]}
    assert rules(DOMAIN.normalize(live), live) == []
    assert rules(DOMAIN.normalize({**live, "transport": None}), {**live, "transport": None}) == ["ES-HEALTH-013"]


@pytest.mark.parametrize(
    ("transport", "kind"),
    [("mx.mxrecord.io", "email_security"), ("route2.mx.cloudflare.net", "email_routing"), ("example.com", "itself"), ("mx.example.com", None), (None, None)],
)
def test_loop_of_cases(transport, kind):
    assert loop_of({**GOOD, "transport": transport}) == kind


def mail(total=5, hours=1, **more):
    count = {"timestamp": (NOW - timedelta(hours=hours)).isoformat(), "total_emails_processed": total}
    return {"allowed_delivery_modes": ["direct"], "emails_processed": count, **more}


@pytest.mark.parametrize(
    ("live", "broken"),
    [
        (mail(), ["ES-ADVICE-007"]),
        (mail(hours=24), ["ES-ADVICE-007"]),
        (mail(hours=24.1), []),
        (mail(0), []),
        (mail(float("inf")), []),
        (mail(allowed_delivery_modes=["BCC"]), []),
        (mail(allowed_delivery_modes=None), []),
        ({"allowed_delivery_modes": ["DIRECT"]}, []),
    ],
)
def test_stops_mail_removal_cases(live, broken):
    assert rules({}, live) == broken
    assert rules(GOOD, live) == []
    assert rules({}, live, None) == []


def test_stops_mail_cleared_integration_is_reported():
    cleared = {**GOOD, "integration_id": None}
    assert rules(cleared, {"integration_id": INTEGRATION, "transport": "mx.example.com"}) == ["ES-ADVICE-009"]
    assert rules(cleared, {"integration_id": None, "transport": "mx.example.com"}) == []
    assert rules(GOOD, {"integration_id": "other", "transport": "mx.example.com"}) == []


def test_recent_mail_invalid_count_is_none():
    assert recent_mail(mail(float("nan")), NOW) is recent_mail(mail("5"), NOW) is None


json_like = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.sampled_from(["DIRECT", "x", "", "::/0"])))
FIELDS = [*(field.name for field in DOMAIN.fields), "emails_processed"]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, json_like)))
def test_stops_mail_never_fails(live):
    assert set(rules(DOMAIN.normalize(live), live)) <= set(SENTENCES)
    assert set(rules({}, live)) <= set(SENTENCES)
