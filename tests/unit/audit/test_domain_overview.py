"""domain_overview(): the protection of a live domain at a glance, whatever the server returns."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_overview import domain_overview
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE


def overview(**differing):
    live = {**LIVE, **differing}
    return domain_overview(live, DOMAIN.normalize(live))


def test_domain_overview_describes_the_protection():
    more = {"modified_at": "2026-11-03T14:05:09Z", "spf_status": "good", "dmarc_status": "none", "authorization": {"authorized": True}}
    assert overview(**more) == {
        "modified_at": "2026-11-03T14:05:09Z",
        "modes": ["DIRECT"],
        "tls": "outbound",
        "networks": 1,
        "dropped": ["MALICIOUS", "SPAM"],
        "spf": "GOOD",
        "dmarc": "NONE",
        "consent": True,
    }


@pytest.mark.parametrize(("inbound", "outbound", "tls"), [(True, True, "both"), (True, None, "inbound"), (False, True, "outbound"), (None, False, "none")])
def test_domain_overview_tls_names_the_directions(inbound, outbound, tls):
    assert overview(require_tls_inbound=inbound, require_tls_outbound=outbound)["tls"] == tls


def test_domain_overview_without_networks_is_zero():
    assert (overview(ip_restrictions=[])["networks"], overview(drop_dispositions=[])["dropped"]) == (0, [])


def test_domain_overview_leaves_out_what_the_server_does_not_return():
    assert domain_overview({"domain": "example.com"}, DOMAIN.normalize({"domain": "example.com"})) == {}


@pytest.mark.parametrize("value", [None, 1, [], {}, {"authorized": None}, {"authorized": "yes"}, ""])
def test_domain_overview_unexpected_values_are_left_out(value):
    found = overview(authorization=value, spf_status=value, dmarc_status=value, modified_at=value)
    assert {"consent", "spf", "dmarc", "modified_at"} & set(found) == set()


def test_domain_overview_long_texts_are_cut():
    assert len(overview(spf_status="x" * 1000)["spf"]) == 40
