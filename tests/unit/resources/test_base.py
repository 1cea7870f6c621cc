"""The table of a resource."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import SENDING_DOMAIN_RESTRICTION
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, SETTINGS, live


def test_option_spec_follows_from_the_table():
    arguments = DOMAIN.option_spec()
    lists = ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions", "regions"]
    assert list(arguments) == [item.name for item in DOMAIN.fields] + ["clear"] + [f"purge_{name}" for name in lists]
    assert arguments["purge_regions"] == {"type": "bool"}
    assert arguments["lookback_hops"] == {"type": "int"}
    assert arguments["clear"] == {"type": "list", "elements": "str", "choices": ["drop_dispositions", "folder", "integration_id", "ip_restrictions"]}


def test_normalize_returns_every_field():
    assert DOMAIN.normalize(LIVE) == SETTINGS
    assert DOMAIN.normalize(None) == {}
    assert DOMAIN.normalize({})["require_tls_inbound"] is False


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"domain": "example.com", "state": "absent"}, []),
        ({"domain": "example.com", "clear": []}, []),
        ({"clear": ["folder"]}, ["clear"]),
        ({"purge_regions": True, "purge_drop_dispositions": None}, []),
        ({"purge_regions": False, "clear": ["folder"]}, ["clear", "purge_regions"]),
        ({"drop_dispositions": [], "require_tls_inbound": False, "transport": None}, ["drop_dispositions", "require_tls_inbound"]),
    ],
)
def test_settings_in_names_given_settings(options, given):
    assert DOMAIN.settings_in(options) == given


def test_parse_returns_only_given_settings():
    options = {"domain": "EXAMPLE.com", "lookback_hops": 2, "transport": None, "drop_dispositions": [], "clear": ["folder"], "state": "present"}
    assert DOMAIN.parse({"clear": ["folder", "folder"]}) == {"folder": None}
    assert DOMAIN.parse(options) == {"domain": "example.com", "lookback_hops": 2, "drop_dispositions": [], "folder": None}


def test_parse_names_all_problems():
    with pytest.raises(InvalidOptionError) as refusal:
        DOMAIN.parse({"lookback_hops": 0, "regions": [], "folder": "Inbox", "clear": ["folder", "integration_id"]})
    words = str(refusal.value)
    assert "lookback_hops is 0" in words
    assert "regions is empty" in words
    assert "clear contains folder, which is also given a value" in words
    assert "integration_id" not in words
    assert refusal.value.kind == "invalid"


def test_parse_cleared_list_is_empty_and_text_is_null():
    options = {"clear": ["ip_restrictions", "drop_dispositions", "folder", "integration_id", "folder"]}
    assert DOMAIN.parse(options) == {"drop_dispositions": [], "folder": None, "integration_id": None, "ip_restrictions": []}
    assert DOMAIN.cleared_fields(options) == {"drop_dispositions", "folder", "integration_id", "ip_restrictions"}
    assert DOMAIN.missing_fields({"domain": "new.example", "regions": ["DE"], **DOMAIN.parse(options)}) == ["allowed_delivery_modes"]


@pytest.mark.parametrize("value", [[], ["192.0.2.0/24"]])
def test_parse_cleared_and_given_is_refused(value):
    with pytest.raises(InvalidOptionError, match="clear contains ip_restrictions, which is also given a value"):
        DOMAIN.parse({"ip_restrictions": value, "clear": ["ip_restrictions"]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "mx.********.example"),
        ("transport", "********"),
        ("integration_id", "********"),
        ("ip_restrictions", ["192.0.2.1", "********"]),
        ("folder", "********"),
        ("regions", ["********"]),
        ("transport", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"),
    ],
)
def test_parse_mask_is_refused_in_every_field(field, value):
    with pytest.raises(InvalidOptionError, match=f"{field} contains '.*', which replaces a secret in masked output"):
        DOMAIN.parse({field: value})


def test_differing_fields_everything_and_empty_list_differ():
    everything = ["0.0.0.0/0", "::/0"]
    assert DOMAIN.differing_fields({"ip_restrictions": everything}, live(ip_restrictions=[])) == ["ip_restrictions"]
    assert DOMAIN.differing_fields({"ip_restrictions": []}, live(ip_restrictions=everything)) == ["ip_restrictions"]


def test_missing_fields_names_what_creation_requires():
    assert DOMAIN.missing_fields({"domain": "new.example", "regions": ["GLOBAL"]}) == ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions"]


def test_fields_with_purge_tells_false_true_and_left_out_apart():
    options = {"purge_regions": False, "purge_ip_restrictions": True, "purge_drop_dispositions": None}
    assert DOMAIN.fields_with_purge(options, value=False) == {"regions"}
    assert DOMAIN.fields_with_purge(options, value=True) == {"ip_restrictions"}


def test_parse_refuses_to_clear_a_list_from_which_nothing_is_removed():
    with pytest.raises(InvalidOptionError, match="clear contains ip_restrictions, and purge_ip_restrictions is false: leave out one of the two"):
        DOMAIN.parse({"clear": ["ip_restrictions"], "purge_ip_restrictions": False})
    assert DOMAIN.parse({"clear": ["ip_restrictions"], "purge_ip_restrictions": True, "purge_drop_dispositions": False}) == {"ip_restrictions": []}


def test_with_added_adds_to_the_named_lists_only():
    settings = {"regions": ["DE"], "drop_dispositions": ["SPOOF"]}
    assert DOMAIN.with_added(settings, ["drop_dispositions"], SETTINGS) == {"regions": ["DE"], "drop_dispositions": ["MALICIOUS", "SPAM", "SPOOF"]}
    assert DOMAIN.with_added(settings, ["regions"], {}) == settings


def test_create_body_is_in_the_order_of_the_table_and_without_nulls():
    assert DOMAIN.create_body({"regions": ["DE"], "folder": None, "domain": "example.com"}) == {"domain": "example.com", "regions": ["DE"]}
    body = BLOCK_SENDER.create_body({"comments": "x", "pattern": "evil.example", "is_regex": False})
    assert list(body.items()) == [("pattern", "evil.example"), ("is_regex", False), ("pattern_type", "DOMAIN"), ("comments", "x")]


@pytest.mark.parametrize(
    ("before", "body", "desired", "derived"),
    [
        # The type is as the old pattern demands.
        (("evil.example", False, "DOMAIN"), {"pattern": "ann@evil.example"}, {}, {"pattern_type": "EMAIL"}),
        (("evil.example", False, "DOMAIN"), {"pattern": "^evil", "is_regex": True}, {}, {"pattern_type": "EMAIL"}),
        (("evil.example", False, "DOMAIN"), {"pattern": "192.0.2.1"}, {}, {"pattern_type": "IP"}),
        (("evil.example", False, "DOMAIN"), {"pattern": "worse.example"}, {}, {}),
        # Somebody has chosen the type.
        (("^evil", True, "DOMAIN"), {"pattern": "^worse"}, {}, {}),
        (("evil.example", False, "UNKNOWN"), {"pattern": "ann@evil.example"}, {}, {}),
        # It is declared.
        (("evil.example", False, "DOMAIN"), {"pattern": "ann@evil.example"}, {"pattern_type": "DOMAIN"}, {}),
        # The pattern stays.
        (("evil.example", False, "DOMAIN"), {"comments": "x"}, {}, {}),
    ],
)
def test_with_derived_changes_what_follows_from_a_new_key(before, body, desired, derived):
    settings = {**dict(zip(("pattern", "is_regex", "pattern_type"), before, strict=True)), "comments": ""}
    assert BLOCK_SENDER.with_derived(body, {**desired, **body}, settings) == {**body, **derived}


def test_with_derived_leaves_what_a_new_object_gets_by_default():
    before = {"domain": "partner.example", "exclude": ["a.partner.example"], "comments": ""}
    assert SENDING_DOMAIN_RESTRICTION.with_derived({"domain": "bank.example"}, {"domain": "bank.example"}, before) == {"domain": "bank.example"}


def test_names_of_entries_are_on_one_line_and_harmless_to_a_terminal():
    assert BLOCK_SENDER.display_name(("a\x1b[2J\nb", True)) == "a\\x1b[2J\\nb (is_regex)"
    assert BLOCK_SENDER.display_name(("Büro", False)) == "Büro"
