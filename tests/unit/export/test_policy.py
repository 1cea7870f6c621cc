"""build_policy(): defaults, entries and what is left out."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy import build_policy, statuses, to_options
from ansible_collections.mailops.cloudflare.tests.unit.support import live

ALIKE = {"transport": "mx.example.com", "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "folder": "Inbox"}


def account(*differing):
    """Equal domains a.example, b.example and so on, each with the given differences."""
    identities = ({"id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"{chr(97 + number)}.example"} for number in range(99))
    return [live(**{**identity, **ALIKE, **fields}) for identity, fields in zip(identities, differing, strict=False)]


def differing_settings(policy):
    return [entry.settings for entry in policy.entries]


def test_build_policy_shared_settings_are_defaults_only():
    policy = build_policy(account({}, {}, {}))
    assert set(policy.defaults) == {
        *("allowed_delivery_modes", "drop_dispositions", "folder", "integration_id", "ip_restrictions", "lookback_hops", "regions"),
        *("require_tls_inbound", "require_tls_outbound", "transport"),
    }
    assert policy.defaults["ip_restrictions"] == ["192.0.2.10/32"]
    assert differing_settings(policy) == [{}, {}, {}]
    assert [entry.identifier for entry in policy.entries] == [{"domain": "a.example"}, {"domain": "b.example"}, {"domain": "c.example"}]


def test_build_policy_single_domain_has_no_defaults():
    policy = build_policy(account({}))
    assert policy.defaults == {}
    assert len(policy.entries[0].settings) == 10
    assert to_options(build_policy([live()]).entries[0].settings)["clear"] == ["folder", "integration_id"]


@pytest.mark.parametrize(
    ("hops", "default", "said"),
    [
        ([3, 3, 3, 5, 7], 3, [None, None, None, 5, 7]),
        ([3, 5, 5], 5, [3, None, None]),
        ([7, 7], 7, [None, None]),
        ([7, 7, 5, 5], None, [7, 7, 5, 5]),
        ([3, 3, 5, 7], None, [3, 3, 5, 7]),
        ([3, 5, 7], None, [3, 5, 7]),
    ],
)
def test_build_policy_default_is_the_value_of_the_majority(hops, default, said):
    policy = build_policy(account(*({"lookback_hops": value} for value in hops)))
    assert policy.defaults.get("lookback_hops") == default
    assert [settings.get("lookback_hops") for settings in differing_settings(policy)] == said


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("transport", None, "is null"),
        ("transport", "", "is ''; it must be a host name"),
        ("transport", "\ud800.example", "contains characters that cannot be encoded in UTF-8"),
        ("lookback_hops", None, "is null"),
        ("lookback_hops", 0, "is 0; it must be an integer from 1 to 20"),
        ("lookback_hops", "two", "is 'two'; it must be an integer from 1 to 20"),
        ("regions", [], "is empty; it needs at least 1 of GLOBAL, AU, DE, IN, US"),
        ("regions", None, "is empty; it needs at least 1 of GLOBAL, AU, DE, IN, US"),
        ("drop_dispositions", ["DEEPFAKE"], "contains 'DEEPFAKE'; the choices are MALICIOUS, "),
        ("ip_restrictions", ["192.0.2.1/24"], "contains '192.0.2.1/24', which has host bits set"),
        ("folder", "Archive", "is 'Archive'; the choices are AllItems, Inbox"),
        ("integration_id", "x", "is 'x'; it must be a UUID"),
        ("require_tls_inbound", "yes", "is 'yes'; it must be true or false"),
    ],
)
def test_build_policy_undeclarable_value_is_left_out_and_prevents_the_default(field, value, why):
    policy = build_policy(account({}, {}, {field: value}))
    assert field not in policy.defaults
    assert policy.without_default == [field]
    assert [field in settings for settings in differing_settings(policy)] == [True, True, False]
    assert policy.entries[2].domain.undeclarable[field].startswith(why)


def test_build_policy_without_common_value_reports_no_missing_default():
    policy = build_policy(account({"lookback_hops": 2}, {"lookback_hops": 3}, {"lookback_hops": 0}))
    assert "lookback_hops" not in policy.defaults
    assert policy.without_default == []


def test_to_options_null_becomes_clear():
    policy = build_policy(account({}, {}, {"folder": None}))
    assert policy.defaults["folder"] == "Inbox"
    assert to_options(policy.entries[2].settings) == {"clear": ["folder"]}
    policy = build_policy(account({"folder": None}, {"folder": None}, {}))
    assert to_options(policy.defaults)["clear"] == ["folder"]
    assert to_options(policy.entries[2].settings) == {"folder": "Inbox"}


def test_build_policy_duplicate_names_are_declared_by_id():
    policy = build_policy(account({}, {"domain": "Twice.example"}, {"domain": "twice.example."}))
    assert [entry.identifier for entry in policy.entries] == [
        {"domain": "a.example"},
        {"domain_id": "5e0a4f6e-7b9d-4d0e-8a51-000000000001"},
        {"domain_id": "5e0a4f6e-7b9d-4d0e-8a51-000000000002"},
    ]
    assert policy.entries[1].comment == "twice.example: by its id, because 2 live domains have this name"


@pytest.mark.parametrize("name", ["under_score.example", "-a.example", "", None, 7, "a" * 64])
def test_build_policy_invalid_name_is_declared_by_id(name):
    [entry] = build_policy([live(domain=name, id=1001)]).entries
    assert entry.identifier == {"domain_id": "1001"}
    assert "the option domain does not accept this name" in entry.comment


def test_build_policy_domain_without_valid_name_and_id_is_left_out():
    policy = build_policy([live(id="?", domain="a_b"), live(id="x", domain="c.example"), live(id="x", domain="d.example"), {}])
    assert policy.entries == []
    assert policy.left_out == [
        ("the domain with the id None", "the option domain does not accept this name, and domain_id does not accept its id"),
        ("a_b", "the option domain does not accept this name, and domain_id does not accept its id"),
        ("c.example", "the server returns the same id, or none, for several domains"),
        ("d.example", "the server returns the same id, or none, for several domains"),
    ]


def test_build_policy_left_out_domains_do_not_affect_defaults():
    twice = [live(id="x", domain="c.example", lookback_hops=9), live(id="x", domain="d.example", lookback_hops=9)]
    assert build_policy([*account({}), *twice]).defaults == {}


def test_build_policy_order_of_the_domains_does_not_matter():
    domains = account({}, {"lookback_hops": 2}, {"domain": "a.example"}, {"transport": None})
    assert build_policy(domains[::-1])[:2] == build_policy(domains)[:2]
    assert [entry.identifier for entry in build_policy(domains[::-1]).entries] == [entry.identifier for entry in build_policy(domains).entries]


def test_statuses_contain_no_counters_and_times():
    reported = {"status": "active", "dmarc_status": "good", "spf_status": None, "inbox_provider": "Micro\nsoft" + "t" * 99}
    domain = live(**reported, authorization={"authorized": False, "timestamp": "2026"}, emails_processed={"total_emails_processed": 3})
    assert statuses(domain) == {
        "status": "ACTIVE",
        "dmarc_status": "good",
        "inbox_provider": "Micro soft" + "t" * 49 + "…",
        "authorized": "no",
    }
    assert statuses(live(status=None, authorization={"authorized": None})) == {}
