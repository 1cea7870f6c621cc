"""The direction of a planned change: whether it makes a domain less protected."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_direction import STRONGER_RULES, WEAKER_RULES, change_direction
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_rules import DOMAIN_RULES
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import V4, V6

NETWORKS = ["192.0.2.0/24"]
ID, OTHER_ID = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c12"


@pytest.mark.parametrize(("direction", "rule_ids"), [("weaker", WEAKER_RULES), ("stronger", STRONGER_RULES)])
def test_rules_have_the_directions_of_the_table(direction, rule_ids):
    assert rule_ids == {rule.id for rule in DOMAIN_RULES if rule.category == "drift" and rule.direction == direction}


@pytest.mark.parametrize(
    ("field", "before", "after", "there", "back"),
    [
        ("require_tls_inbound", True, False, "weaker", "stronger"),
        ("require_tls_outbound", True, False, "weaker", "stronger"),
        ("ip_restrictions", NETWORKS, [], "weaker", "stronger"),
        ("ip_restrictions", NETWORKS, ["192.0.2.0/23"], "weaker", "stronger"),
        ("ip_restrictions", [V4, V6], NETWORKS, "stronger", "weaker"),
        # One network less, and another one more: the new senders count.
        ("ip_restrictions", NETWORKS, ["198.51.100.0/24"], "weaker", "weaker"),
        ("drop_dispositions", ["MALICIOUS", "SPAM"], ["MALICIOUS"], "weaker", "stronger"),
        ("drop_dispositions", ["MALICIOUS"], ["MALICIOUS-BEC"], "weaker", "weaker"),
        ("drop_dispositions", ["NONE"], [], "weaker", "stronger"),
        ("allowed_delivery_modes", ["DIRECT", "API"], ["API"], "weaker", "stronger"),
        ("allowed_delivery_modes", ["DIRECT"], ["API"], "weaker", "weaker"),
        ("allowed_delivery_modes", ["API"], ["RETRO_SCAN"], "weaker", "stronger"),
        ("allowed_delivery_modes", ["BCC"], ["JOURNAL"], "neutral", "neutral"),
        ("regions", ["DE"], ["GLOBAL"], "weaker", "stronger"),
        ("regions", ["DE"], ["IN"], "neutral", "neutral"),
        ("folder", "AllItems", "Inbox", "weaker", "stronger"),
        ("folder", "Inbox", None, "weaker", "stronger"),
        ("integration_id", ID, None, "weaker", "stronger"),
        ("integration_id", ID, OTHER_ID, "neutral", "neutral"),
        ("transport", "mx.example.com", "mx.example.net", "neutral", "neutral"),
        ("transport", "", "mx.example.net", "neutral", "neutral"),
        ("lookback_hops", 1, 2, "neutral", "neutral"),
        ("domain", "one.example", "two.example", "neutral", "neutral"),
        ("domain", "one.example", None, "weaker", "neutral"),
        ("unknown", 1, 2, "neutral", "neutral"),
    ],
)
def test_change_direction(field, before, after, there, back):
    undone = change_direction(field, before=after, after=before)
    assert (change_direction(field, before, after), undone) == (there, back)


@pytest.mark.parametrize("value", [["DIRECT"], ["MALICIOUS"], NETWORKS])
def test_change_direction_of_lists_of_a_domain_that_is_gone(value):
    """Someone else removed the domain in the meantime: its settings are no longer known."""
    field = {"DIRECT": "allowed_delivery_modes", "MALICIOUS": "drop_dispositions"}.get(value[0], "ip_restrictions")
    assert change_direction(field, value, None) == "weaker"


def test_change_direction_of_networks_that_cannot_be_parsed():
    assert change_direction("ip_restrictions", [*NETWORKS, "example.com"], NETWORKS) == "neutral"
    assert change_direction("ip_restrictions", ["example.com"], NETWORKS) == "weaker"
