"""Drift checks: which rules a difference matches. Networks are compared with an independent oracle that counts addresses."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_drift import OTHER_DRIFT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT, RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DISPOSITIONS, DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import ADDRESSES, V4, V6, covered, lists
from hypothesis import given
from hypothesis import strategies as st

drift_rules = DOMAIN_AUDIT.drift_rules
INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"


@pytest.mark.parametrize(
    ("declared", "live", "rules"),
    [
        (["192.0.2.0/24"], [], ["ES-IP-001"]),
        (["192.0.2.0/24"], [V4, V6], ["ES-IP-001"]),
        (["192.0.2.0/24"], [V4], ["ES-IP-001"]),
        ([], [V4], ["ES-IP-002"]),
        ([], ["192.0.2.0/24"], ["ES-IP-005"]),
        ([V4], ["192.0.2.0/24"], ["ES-IP-005"]),
        ([V4, V6], ["192.0.2.0/24", "2001:db8::/32"], ["ES-IP-005"]),
        ([V4], ["192.0.2.0/24", V6], ["ES-IP-001", "ES-IP-002"]),
        ([V4], [V6], ["ES-IP-001", "ES-IP-002"]),
        ([V4, V6], [], ["ES-IP-004"]),
        ([], [V4, V6], ["ES-IP-004"]),
        (["192.0.2.0/24"], ["192.0.2.0/23"], ["ES-IP-001"]),
        (["192.0.2.0/24"], ["192.0.2.0/25"], ["ES-IP-002"]),
        (["192.0.2.0/24"], ["192.0.3.0/24"], ["ES-IP-001", "ES-IP-002"]),
        (["192.0.2.0/24"], ["2001:db8::/32"], ["ES-IP-001", "ES-IP-002"]),
        (["192.0.2.0/24"], ["192.0.2.0/25", "192.0.2.128/25"], ["ES-IP-004"]),
        (["192.0.2.0/24"], ["192.0.2.0/24", "192.0.2.7/32"], ["ES-IP-004"]),
        (["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.64/26", "192.0.2.0/26", "192.0.2.128/25"], ["ES-IP-004"]),
        # The same number in both families.
        (["0.0.0.1/32"], ["::1/128"], ["ES-IP-001", "ES-IP-002"]),
        (["255.255.255.255/32"], ["255.255.255.254/31"], ["ES-IP-001"]),
        (["::/1"], [V6], ["ES-IP-001"]),
        # Entries that cannot be parsed.
        (["192.0.2.0/24"], ["192.0.2.1/24"], ["ES-IP-003"]),
        (["192.0.2.0/24"], ["192.0.2.0/24", "example.com"], ["ES-IP-003"]),
        (["192.0.2.0/24"], ["192.0.2.0/23", "example.com"], ["ES-IP-001", "ES-IP-003"]),
        (["192.0.2.0/24"], ["!", "198.51.100.0/24"], ["ES-IP-001", "ES-IP-003"]),
        ([], ["example.com"], ["ES-IP-003"]),
        (["fe80::/64"], ["fe80::1%eth0"], ["ES-IP-003"]),
        (["192.0.2.0/24"], ["{}", "null", "12", "", "1e999"], ["ES-IP-003"]),
    ],
)
def test_drift_rules_networks(declared, live, rules):
    assert drift_rules("ip_restrictions", declared, live) == rules


DISPOSITION_RULES = {
    "MALICIOUS": ("ES-DROP-001", "ES-DROP-006"),
    "MALICIOUS-BEC": ("ES-DROP-008", "ES-DROP-006"),
    "SPOOF": ("ES-DROP-002", "ES-DROP-006"),
    "SUSPICIOUS": ("ES-DROP-003", "ES-DROP-006"),
    "SPAM": ("ES-DROP-003", "ES-DROP-006"),
    "BULK": ("ES-DROP-004", "ES-DROP-006"),
    "NONE": ("ES-DROP-007", "ES-DROP-009"),
    "UNKNOWN": ("ES-DROP-007", "ES-DROP-009"),
    "EXTERNAL": ("ES-DROP-007", "ES-DROP-005"),
    "ENCRYPTED": ("ES-DROP-007", "ES-DROP-005"),
}


def test_drift_rules_each_disposition_lost_and_gained():
    assert set(DISPOSITION_RULES) == set(DISPOSITIONS)
    for disposition, (lost, gained) in DISPOSITION_RULES.items():
        others = [word for word in ("SPAM", "NONE") if word != disposition]
        assert drift_rules("drop_dispositions", sorted([*others, disposition]), others) == [lost]
        assert drift_rules("drop_dispositions", others, sorted([*others, disposition])) == [gained]


@given(st.sets(st.sampled_from(DISPOSITIONS)), st.sets(st.sampled_from([*DISPOSITIONS, "NEW"])))
def test_drift_rules_any_dispositions_match_the_rules_of_each(declared, live):
    expected = {DISPOSITION_RULES[word][0] for word in declared - live} | {DISPOSITION_RULES.get(word, ("", "ES-DROP-006"))[1] for word in live - declared}
    assert set(drift_rules("drop_dispositions", sorted(declared), sorted(live))) == (expected or {OTHER_DRIFT})


@pytest.mark.parametrize(
    ("field", "declared", "live", "rules"),
    [
        ("allowed_delivery_modes", ["DIRECT"], ["BCC"], ["ES-MODE-001", "ES-MODE-004"]),
        ("allowed_delivery_modes", ["DIRECT"], [], ["ES-MODE-001", "ES-MODE-002"]),
        ("allowed_delivery_modes", ["DIRECT", "RETRO_SCAN"], ["RETRO_SCAN"], ["ES-MODE-001", "ES-MODE-002"]),
        ("allowed_delivery_modes", ["API", "RETRO_SCAN"], ["RETRO_SCAN"], ["ES-MODE-002", "ES-MODE-003"]),
        ("allowed_delivery_modes", ["RETRO_SCAN"], [], ["ES-MODE-003"]),
        ("allowed_delivery_modes", ["RETRO_SCAN"], ["RETRO_SCAN", "NEW"], ["ES-MODE-004"]),
        ("allowed_delivery_modes", ["API", "BCC"], ["API", "JOURNAL"], ["ES-MODE-003", "ES-MODE-004"]),
        ("regions", ["DE"], ["US"], ["ES-REGION-001"]),
        ("regions", ["DE"], ["GLOBAL"], ["ES-REGION-001"]),
        ("regions", ["DE"], [], ["ES-REGION-001"]),
        ("regions", ["GLOBAL"], [], ["ES-REGION-001"]),
        ("regions", ["DE", "US"], ["AU", "US"], ["ES-REGION-001"]),
        ("regions", ["DE", "US"], ["DE"], ["ES-REGION-002"]),
        ("regions", ["GLOBAL"], ["DE", "US"], ["ES-REGION-002"]),
        ("regions", ["GLOBAL", "DE"], ["GLOBAL"], ["ES-REGION-002"]),
        ("regions", ["GLOBAL"], ["GLOBAL", "DE"], [OTHER_DRIFT]),
        ("folder", "AllItems", "Inbox", ["ES-SCAN-003"]),
        ("folder", "AllItems", None, ["ES-SCAN-003"]),
        ("folder", "AllItems", "Trash", ["ES-SCAN-003"]),
        ("folder", "Inbox", None, ["ES-SCAN-003"]),
        ("folder", "Inbox", "", ["ES-SCAN-003"]),
        ("folder", "Inbox", "AllItems", ["ES-SCAN-004"]),
        ("folder", "Inbox", "Trash", [OTHER_DRIFT]),
        ("folder", None, "Inbox", ["ES-SCAN-004"]),
        ("folder", None, "AllItems", ["ES-SCAN-004"]),
        ("folder", None, "", [OTHER_DRIFT]),
        ("integration_id", INTEGRATION, None, ["ES-SCAN-001"]),
        ("integration_id", INTEGRATION, "", ["ES-SCAN-001"]),
        ("integration_id", INTEGRATION, "7", ["ES-SCAN-002"]),
        ("integration_id", None, INTEGRATION, ["ES-SCAN-005"]),
        ("integration_id", None, "", [OTHER_DRIFT]),
        ("require_tls_inbound", True, False, ["ES-TLS-001"]),
        ("require_tls_inbound", True, '"true"', ["ES-TLS-001"]),
        ("require_tls_inbound", False, True, ["ES-TLS-003"]),
        ("require_tls_inbound", False, "1", [OTHER_DRIFT]),
        ("require_tls_outbound", True, False, ["ES-TLS-002"]),
        ("require_tls_outbound", False, True, ["ES-TLS-004"]),
        ("require_tls_outbound", False, '"true"', [OTHER_DRIFT]),
        ("transport", "mx.example.com", None, ["ES-NEXTHOP-001"]),
        ("transport", "mx.example.com", "", ["ES-NEXTHOP-001"]),
        ("lookback_hops", 2, 0, ["ES-HOPS-001"]),
        ("lookback_hops", 2, None, ["ES-HOPS-001"]),
        ("lookback_hops", 2, '"2"', ["ES-HOPS-001"]),
        ("domain", "example.com", "example.net", ["ES-DOMAIN-004"]),
        ("a_new_field", 1, 2, [OTHER_DRIFT]),
    ],
)
def test_drift_rules_other_fields(field, declared, live, rules):
    assert drift_rules(field, declared, live) == rules


FAMILIES = [{address for address in ADDRESSES if address.version == version} for version in (4, 6)]


@given(lists, lists)
def test_drift_rules_any_networks_match_by_address(declared, live):
    lost, gained = covered(declared) - covered(live), covered(live) - covered(declared)
    # The declaration allows all addresses of a family, and the live list all of none.
    is_closed = any(family <= covered(declared) for family in FAMILIES) and not any(family <= covered(live) for family in FAMILIES)
    broken = {"ES-IP-001": gained, "ES-IP-002": lost and not is_closed, "ES-IP-004": not (lost or gained), "ES-IP-005": lost and is_closed}
    assert drift_rules("ip_restrictions", declared, live) == [rule for rule, is_broken in broken.items() if is_broken]


VALUES = {
    "allowed_delivery_modes": lists,
    "drop_dispositions": lists,
    "regions": lists,
    "ip_restrictions": st.lists(st.text(max_size=12), max_size=4),
}
odd = st.one_of(st.none(), st.text(max_size=9), st.booleans(), st.integers())


@given(st.sampled_from([item.name for item in DOMAIN.fields]), st.data())
def test_drift_rules_any_difference_matches_existing_drift_rules(field, data):
    declared = data.draw(lists if field in VALUES else odd)
    live = data.draw(VALUES.get(field, odd))
    rules = drift_rules(field, declared, live)
    assert rules
    assert len(set(rules)) == len(rules)
    assert all(RULES[rule].category == "drift" and RULES[rule].field in (field, None) for rule in rules)
