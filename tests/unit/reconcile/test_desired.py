from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, may_stop_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import stops_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_providers import EMAIL_ROUTING_HOSTS, EMAIL_SECURITY_HOSTS
from hypothesis import given
from hypothesis import strategies as st

INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"
HOSTS = [name for parent in (*EMAIL_SECURITY_HOSTS, *EMAIL_ROUTING_HOSTS) for name in (parent, f"route1.{parent}")]
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "domain": st.just("example.com"),
        "allowed_delivery_modes": st.sampled_from([[], ["DIRECT"], ["API", "DIRECT"], ["BCC", "DIRECT"], ["API"], None]),
        "ip_restrictions": st.sampled_from([[], ["192.0.2.0/24"], ["0.0.0.0/0", "::/0"], None]),
        "lookback_hops": st.sampled_from([None, 1, 1.0, 2, True, "1"]),
        "transport": st.sampled_from([None, "", "mx.example.com", "example.com", "192.0.2.1", *HOSTS]),
        "integration_id": st.sampled_from([None, "", INTEGRATION]),
    },
)


@given(settings=SETTINGS, live=st.none() | SETTINGS)
def test_whatever_stops_mail_is_looked_at(settings, live):
    """The look before the look must never pass over what the predicates would find."""
    assert may_stop_mail(settings, live) or not stops_mail(settings, live)


SOUND = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], "lookback_hops": 1, "transport": "mx.example.com"}


@pytest.mark.parametrize(
    "settings",
    [
        SOUND,
        {**SOUND, "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 2},
        {**SOUND, "allowed_delivery_modes": ["API"], "transport": None, "ip_restrictions": ["192.0.2.0/24"]},
        {**SOUND, "transport": "example-com.mail.protection.outlook.com"},
        {"integration_id": None},
        {},
    ],
)
def test_ordinary_settings_cost_nothing_more(settings):
    assert not may_stop_mail(settings, SOUND)
    assert not may_stop_mail({**settings, "integration_id": INTEGRATION}, {**SOUND, "integration_id": INTEGRATION})


@pytest.mark.parametrize(("given_as", "force"), [({}, False), ({"force": None}, False), ({"force": False}, False), ({"force": True}, True)])
def test_force(given_as, force):
    assert desired_from_options(DOMAIN, {"domain": "example.com", "state": "absent", **given_as}).is_forced is force
