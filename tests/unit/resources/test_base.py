"""The table of a resource."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, SETTINGS, live


def test_arguments_come_from_the_table():
    arguments = DOMAIN.option_spec()
    assert list(arguments) == [item.name for item in DOMAIN.fields] + ["clear"]
    assert arguments["lookback_hops"] == {"type": "int"}
    assert arguments["clear"] == {"type": "list", "elements": "str", "choices": ["drop_dispositions", "folder", "integration_id", "ip_restrictions"]}


def test_settings_are_every_field_in_its_normal_form():
    assert DOMAIN.normalize(LIVE) == SETTINGS
    assert DOMAIN.normalize(None) == {}
    assert DOMAIN.normalize({})["require_tls_inbound"] is False


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"domain": "example.com", "state": "absent"}, []),
        ({"domain": "example.com", "clear": []}, []),
        ({"clear": ["folder"]}, ["clear"]),
        ({"drop_dispositions": [], "require_tls_inbound": False, "transport": None}, ["drop_dispositions", "require_tls_inbound"]),
    ],
)
def test_given(options, given):
    assert DOMAIN.settings_in(options) == given


def test_desired_holds_what_was_given_and_no_more():
    options = {"domain": "EXAMPLE.com", "lookback_hops": 2, "transport": None, "drop_dispositions": [], "clear": ["folder"], "state": "present"}
    assert DOMAIN.parse({"clear": ["folder", "folder"]}) == {"folder": None}
    assert DOMAIN.parse(options) == {"domain": "example.com", "lookback_hops": 2, "drop_dispositions": [], "folder": None}


def test_all_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidOptionError) as refusal:
        DOMAIN.parse({"lookback_hops": 0, "regions": [], "folder": "Inbox", "clear": ["folder", "integration_id"]})
    words = str(refusal.value)
    assert "lookback_hops is 0" in words
    assert "regions is empty" in words
    assert "clear contains folder, which is also given a value" in words
    assert "integration_id" not in words
    assert refusal.value.kind == "invalid"


def test_a_cleared_list_is_an_empty_list_and_a_cleared_text_is_null():
    options = {"clear": ["ip_restrictions", "drop_dispositions", "folder", "integration_id", "folder"]}
    assert DOMAIN.parse(options) == {"drop_dispositions": [], "folder": None, "integration_id": None, "ip_restrictions": []}
    assert DOMAIN.cleared_fields(options) == {"drop_dispositions", "folder", "integration_id", "ip_restrictions"}
    assert DOMAIN.missing_fields({"domain": "new.example", "regions": ["DE"], **DOMAIN.parse(options)}) == ["allowed_delivery_modes"]


@pytest.mark.parametrize("value", [[], ["192.0.2.0/24"]])
def test_a_list_that_is_cleared_and_given_is_refused(value):
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
def test_a_mask_is_refused_in_every_field(field, value):
    with pytest.raises(InvalidOptionError, match=f"{field} contains '.*', which replaces a secret in masked output"):
        DOMAIN.parse({field: value})


def test_everything_and_the_empty_list_stay_distinct():
    everything = ["0.0.0.0/0", "::/0"]
    assert DOMAIN.differing_fields({"ip_restrictions": everything}, live(ip_restrictions=[])) == ["ip_restrictions"]
    assert DOMAIN.differing_fields({"ip_restrictions": []}, live(ip_restrictions=everything)) == ["ip_restrictions"]


def test_what_is_missing_for_a_creation():
    assert DOMAIN.missing_fields({"domain": "new.example", "regions": ["GLOBAL"]}) == ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions"]
