"""overview_of(): all audited domains are listed, with and without findings."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, numbered

NOW = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)
FOUR_LISTS = {"allowed_delivery_modes": ["RETRO_SCAN"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["DE"]}


def evaluate(*entries, live, **options):
    return audit_from_options({"domains": list(entries), **options}).evaluate(LiveIndex(DOMAIN, live, str, account_id=ACCOUNT), NOW)


def states(result):
    return [(entry["domain"], entry["declared"], entry["live"], entry["state"]) for entry in result["domains"]]


def test_all_domains_are_listed_by_name():
    live = [numbered(3), numbered(2), numbered(1, lookback_hops=2), numbered(4, lookback_hops=2)]
    waiver = {"domain": "d4.example", "field": "lookback_hops", "reason": "r", "owner": "o", "expires": "2030-01-01"}
    entries = [{"domain": f"d{number}.example", "lookback_hops": 1} for number in (4, 2, 1)]
    result = evaluate(*entries, {"domain": "new.example", **FOUR_LISTS}, {"domain": "old.example", "state": "absent"}, live=live, waivers=[waiver])
    assert states(result) == [
        ("d1.example", True, True, "drifted"),
        ("d2.example", True, True, "as_declared"),
        ("d3.example", False, True, "undeclared"),
        ("d4.example", True, True, "drift_waived"),
        ("new.example", True, False, "drifted"),
        ("old.example", True, False, "as_declared"),
    ]
    assert result["account_id"] == ACCOUNT


def test_states_add_up_to_the_summary():
    result = evaluate({"domain": "d1.example", "lookback_hops": 2}, {"domain": "d2.example"}, live=[numbered(1), numbered(2), numbered(3)])
    counted = [entry["state"] for entry in result["domains"]]
    assert {name: counted.count(name) for name in ("as_declared", "drifted", "drift_waived", "undeclared")} == {
        name: result["summary"][name] for name in ("as_declared", "drifted", "drift_waived", "undeclared")
    }


@pytest.mark.parametrize("declared", [True, False])
def test_live_settings_are_shown_whether_declared_or_not(declared):
    [entry] = evaluate(*([{"domain": "d1.example"}] if declared else []), live=[numbered(1)])["domains"]
    assert (entry["tls"], entry["networks"], entry["dropped"]) == ("outbound", 1, ["MALICIOUS", "SPAM"])


def test_rule_that_is_off_does_not_change_the_state():
    result = evaluate({"domain": "d1.example", "lookback_hops": 2}, live=[numbered(1)], severities={"ES-HOPS-001": "off"})
    assert states(result) == [("d1.example", True, True, "drifted")]


def test_partial_audit_lists_only_its_domains():
    result = evaluate({"domain": "d1.example"}, {"domain": "d2.example"}, live=[numbered(1), numbered(2), numbered(3)], only=["d2.example"])
    assert states(result) == [("d2.example", True, True, "as_declared")]


def test_ambiguous_domain_has_no_live_settings():
    result = evaluate({"domain": "d1.example"}, live=[numbered(1), numbered(1, id="5e0a4f6e-7b9d-4d0e-8a51-0000000000ff")])
    assert result["domains"] == [{"domain": "d1.example", "declared": True, "live": True, "state": "drifted"}]


def test_domain_without_name_and_id_is_listed():
    assert [entry["domain"] for entry in evaluate(live=[{"id": 7}, {}])["domains"]] == ["7", "None"]
