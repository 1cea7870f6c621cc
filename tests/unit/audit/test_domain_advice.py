"""advice_matches(): declarations that are probably mistaken."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_advice import advice_matches

NETWORKS = ["192.0.2.0/24"]
INTEGRATION = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"


FIRST_HOP = {"allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], "lookback_hops": 1}


@pytest.mark.parametrize(
    ("declared", "rules"),
    [
        ({}, ["ES-ADVICE-010"]),
        ({"domain": "example.com"}, ["ES-ADVICE-010"]),
        ({"domain": "example.com", "require_tls_inbound": False}, []),
        ({"domain": "example.com", "folder": None}, []),
        ({"drop_dispositions": ["NONE"]}, ["ES-ADVICE-011"]),
        ({"drop_dispositions": ["MALICIOUS", "UNKNOWN"]}, ["ES-ADVICE-011"]),
        ({"drop_dispositions": ["EXTERNAL"]}, ["ES-ADVICE-011"]),
        ({"drop_dispositions": ["ENCRYPTED"]}, ["ES-ADVICE-011"]),
        ({"drop_dispositions": ["BULK", "MALICIOUS", "MALICIOUS-BEC", "SPAM", "SPOOF", "SUSPICIOUS"]}, []),
        # A list of all addresses restricts nothing, however it is written.
        ({"ip_restrictions": ["0.0.0.0/0", "::/0"], "lookback_hops": 1}, []),
        ({"ip_restrictions": ["0.0.0.0/1", "128.0.0.0/1", "::/0"], "lookback_hops": 1}, []),
        ({"ip_restrictions": ["0.0.0.0/1", "::/0"], "lookback_hops": 1}, ["ES-ADVICE-001"]),
        ({"ip_restrictions": ["0.0.0.0/0", "::/0"], "lookback_hops": 2}, ["ES-ADVICE-002"]),
        ({"ip_restrictions": ["0.0.0.0/1", "128.0.0.0/1"], "lookback_hops": 2}, ["ES-ADVICE-002"]),
        ({"ip_restrictions": ["192.0.2.0/24", "::/0"], "lookback_hops": 2}, ["ES-ADVICE-002"]),
        ({"ip_restrictions": ["0.0.0.0/1"], "lookback_hops": 2}, []),
        ({"ip_restrictions": NETWORKS, "lookback_hops": 1}, ["ES-ADVICE-001"]),
        ({"ip_restrictions": NETWORKS, "lookback_hops": 2}, []),
        ({"ip_restrictions": NETWORKS}, []),
        ({"lookback_hops": 1}, []),
        ({"ip_restrictions": [], "lookback_hops": 1}, []),
        ({"ip_restrictions": [], "lookback_hops": 2}, ["ES-ADVICE-002"]),
        ({"ip_restrictions": []}, []),
        ({"lookback_hops": 20}, []),
        ({"allowed_delivery_modes": ["API", "BCC"], "drop_dispositions": ["SPAM"], "integration_id": INTEGRATION}, ["ES-ADVICE-003"]),
        ({"allowed_delivery_modes": ["BCC", "DIRECT"], "drop_dispositions": ["SPAM"], "transport": "mx.example.com", "integration_id": INTEGRATION}, []),
        ({"allowed_delivery_modes": ["BCC"], "drop_dispositions": [], "integration_id": INTEGRATION}, []),
        ({"allowed_delivery_modes": ["BCC"]}, ["ES-ADVICE-005"]),
        ({"allowed_delivery_modes": ["JOURNAL"]}, ["ES-ADVICE-005"]),
        ({"allowed_delivery_modes": ["RETRO_SCAN"]}, []),
        # With copies, hops and networks may be those of the copies.
        ({"allowed_delivery_modes": ["BCC"], "ip_restrictions": NETWORKS, "lookback_hops": 1, "integration_id": INTEGRATION}, []),
        ({"allowed_delivery_modes": ["JOURNAL"], "ip_restrictions": [], "lookback_hops": 2, "integration_id": INTEGRATION}, []),
        ({"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 2}, ["ES-ADVICE-006"]),
        ({"drop_dispositions": ["MALICIOUS", "SPOOF"], "lookback_hops": 1}, []),
        ({"drop_dispositions": ["MALICIOUS"], "lookback_hops": 2}, []),
        (
            {**FIRST_HOP, "transport": "mx.example.com", "require_tls_inbound": True},
            ["ES-ADVICE-008"],
        ),
        ({**FIRST_HOP, "transport": "mx.example.com", "require_tls_inbound": False}, []),
        ({**FIRST_HOP, "transport": "mx.example.com", "require_tls_inbound": True, "lookback_hops": 2, "ip_restrictions": NETWORKS}, []),
        ({"drop_dispositions": ["SPAM"]}, []),
        ({"allowed_delivery_modes": ["DIRECT"]}, ["ES-ADVICE-004"]),
        ({"allowed_delivery_modes": ["DIRECT"], "transport": "mx.example.com"}, []),
        ({"transport": "mx.example.com"}, []),
        ({"allowed_delivery_modes": ["API"]}, ["ES-ADVICE-005"]),
        ({"allowed_delivery_modes": ["API"], "integration_id": None}, ["ES-ADVICE-005"]),
        ({"allowed_delivery_modes": ["API"], "integration_id": INTEGRATION}, []),
        (
            {"allowed_delivery_modes": ["API"], "drop_dispositions": ["SPAM"], "ip_restrictions": NETWORKS, "lookback_hops": 1},
            ["ES-ADVICE-003", "ES-ADVICE-005"],
        ),
    ],
)
def test_advice_matches_declaration_alone(declared, rules):
    assert list(advice_matches(declared)) == rules


@pytest.mark.parametrize(
    ("declared", "live", "rules"),
    [
        # The live value applies where nothing is declared.
        ({"ip_restrictions": NETWORKS}, {**FIRST_HOP}, ["ES-ADVICE-001"]),
        ({"ip_restrictions": NETWORKS}, {**FIRST_HOP, "lookback_hops": 2}, []),
        ({"ip_restrictions": NETWORKS}, {**FIRST_HOP, "lookback_hops": None}, []),
        ({"ip_restrictions": NETWORKS}, {**FIRST_HOP, "allowed_delivery_modes": ["JOURNAL"]}, []),
        ({"ip_restrictions": NETWORKS, "lookback_hops": 2}, FIRST_HOP, []),
        ({"lookback_hops": 1}, {**FIRST_HOP, "ip_restrictions": NETWORKS}, []),
        ({"require_tls_inbound": True}, FIRST_HOP, ["ES-ADVICE-008"]),
        ({"require_tls_inbound": True}, {**FIRST_HOP, "ip_restrictions": NETWORKS}, []),
        ({"require_tls_inbound": True}, {}, []),
        ({"integration_id": None}, {"integration_id": INTEGRATION}, ["ES-ADVICE-009"]),
        ({"integration_id": None}, {"integration_id": None}, []),
        ({"integration_id": "other"}, {"integration_id": INTEGRATION}, []),
        # The domain exists already, or could not be compared.
        ({"drop_dispositions": ["SPOOF"], "lookback_hops": 2}, FIRST_HOP, []),
        ({"drop_dispositions": ["SPOOF"], "lookback_hops": 2}, {}, []),
    ],
)
def test_advice_matches_with_live_settings(declared, live, rules):
    assert list(advice_matches(declared, live)) == rules
