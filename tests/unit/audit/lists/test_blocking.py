"""Whether a domain acts on the disposition of blocked mail."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.blocking import acts_on_malicious, ineffective_blocks
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World
from ansible_collections.mailops.cloudflare.tests.unit.lists import blocked, live_id
from hypothesis import given
from hypothesis import strategies as st

INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
MODES = ["DIRECT", "BCC", "JOURNAL", "API", "RETRO_SCAN"]


def acts(**row):
    return acts_on_malicious(LiveDomain("example.com", row, DOMAIN.normalize(row)))


@given(st.sets(st.sampled_from(MODES), min_size=1), st.sets(st.sampled_from(["MALICIOUS", "MALICIOUS-BEC", "SPAM"])), st.sampled_from([None, "", INTEGRATION]))
def test_domain_acts_if_it_holds_or_can_move(modes, dispositions, integration):
    holds = "DIRECT" in modes and "MALICIOUS" in dispositions
    moves = bool(modes & {"BCC", "JOURNAL", "API"}) and integration == INTEGRATION
    assert acts(allowed_delivery_modes=sorted(modes), drop_dispositions=sorted(dispositions), integration_id=integration) is (holds or moves)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, True),
        ({"allowed_delivery_modes": ["DIRECT"]}, True),
        ({"allowed_delivery_modes": ["DIRECT"], "integration_id": None}, True),
        ({"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": []}, False),
        ({"allowed_delivery_modes": ["BCC"], "drop_dispositions": []}, True),
        ({"allowed_delivery_modes": ["BCC"], "integration_id": None}, False),
        ({"drop_dispositions": [], "integration_id": None}, False),
        ({"drop_dispositions": ["malicious"], "integration_id": None}, True),
        ({"drop_dispositions": None, "integration_id": INTEGRATION}, True),
    ],
)
def test_domain_with_an_unknown_field_may_act(row, expected):
    assert acts(**row) is expected


def policy(number, **differing):
    return {"id": live_id(number), "name": f"p{number}", "pattern": "gift cards", "targets": ["BODY"], "enabled": True, **differing}


@pytest.mark.parametrize(
    ("senders", "policies", "domains", "text"),
    [
        (2, [{}], [], "2 blocked senders and 1 content policy"),
        (0, [{}, {}], [], "2 content policies"),
        (1, [{"enabled": False}], [], "1 blocked sender"),
        (0, [{"enabled": False}], [], None),
        (0, [], [], None),
        (1, [], None, None),
        (1, [], [{"domain": "a.example", "drop_dispositions": [], "integration_id": None}], "1 blocked sender"),
        (1, [], [{"domain": "a.example", "drop_dispositions": [], "integration_id": None}, {"domain": "b.example"}], None),
    ],
)
def test_ineffective_blocks_if_no_domain_acts(senders, policies, domains, text):
    lists = {"block_senders": [blocked(number) for number in range(senders)], "content_policies": [policy(9 + n, **row) for n, row in enumerate(policies)]}
    match = ineffective_blocks(World(lists, domains=domains).account())
    assert (match and match.live) == text
