from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils._domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import OptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils._resource import Change, differences
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, SETTINGS, live

FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"]}


def test_arguments_come_from_the_table():
    arguments = DOMAIN.arguments()
    assert list(arguments) == [item.name for item in DOMAIN.fields] + ["clear"]
    assert arguments["lookback_hops"] == {"type": "int"}
    assert arguments["clear"] == {"type": "list", "elements": "str", "choices": ["folder", "integration_id"]}


def test_settings_are_every_field_in_its_normal_form():
    assert DOMAIN.settings(LIVE) == SETTINGS
    assert DOMAIN.settings(None) == {}
    assert DOMAIN.settings({})["require_tls_inbound"] is False


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
    assert DOMAIN.given(options) == given


def test_desired_holds_what_was_given_and_no_more():
    options = {"domain": "EXAMPLE.com", "lookback_hops": 2, "transport": None, "drop_dispositions": [], "clear": ["folder"], "state": "present"}
    assert DOMAIN.desired({"clear": ["folder", "folder"]}) == {"folder": None}
    assert DOMAIN.desired(options) == {"domain": "example.com", "lookback_hops": 2, "drop_dispositions": [], "folder": None}


def test_all_that_is_wrong_is_named_at_once():
    with pytest.raises(OptionError) as refusal:
        DOMAIN.desired({"lookback_hops": 0, "regions": [], "folder": "Inbox", "clear": ["folder", "integration_id"]})
    words = str(refusal.value)
    assert "lookback_hops is 0" in words
    assert "regions is empty" in words
    assert "clear holds folder, which is also given a value" in words
    assert "integration_id" not in words
    assert refusal.value.kind == "invalid"


def test_nothing_to_do():
    change = DOMAIN.to_present({"drop_dispositions": ["MALICIOUS", "SPAM"], "require_tls_inbound": False, "transport": "mx.example.com"}, LIVE)
    assert (change.action, change.body, change.changes, change.changed) == ("none", {}, {}, False)
    assert change.before == change.after == SETTINGS
    assert change.predicted(LIVE) == LIVE


def test_an_update_holds_what_differs_and_no_more():
    change = DOMAIN.to_present({"lookback_hops": 2, "regions": ["GLOBAL"], "folder": None, "ip_restrictions": []}, LIVE)
    assert (change.action, change.changed) == ("update", True)
    assert change.body == {"lookback_hops": 2, "ip_restrictions": []}
    assert change.changes == {
        "lookback_hops": {"before": 1, "after": 2},
        "ip_restrictions": {"before": ["192.0.2.10/32"], "after": []},
    }
    assert change.before == SETTINGS
    assert change.after == SETTINGS | {"lookback_hops": 2, "ip_restrictions": []}
    assert change.predicted(LIVE) == live(lookback_hops=2, ip_restrictions=[])
    assert change.diff("example.com") == {
        "before": change.before,
        "after": change.after,
        "before_header": "example.com",
        "after_header": "example.com",
    }


def test_what_an_update_did_not_ask_for_is_none_of_its_changes():
    change = Change("update", {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 2}, {"a": 2})
    assert change.changes == {"a": {"before": 1, "after": 2}}


def test_a_creation_sends_what_was_given():
    desired = {"domain": "new.example", **FOUR_LISTS, "folder": None, "lookback_hops": 3}
    assert DOMAIN.missing(desired) == []
    change = DOMAIN.to_present(desired, None)
    sent = {"domain": "new.example", **FOUR_LISTS, "lookback_hops": 3}
    assert (change.action, change.changed, change.before, change.after, change.body) == ("create", True, {}, sent, sent)
    assert change.changes["lookback_hops"] == {"before": None, "after": 3}
    assert change.changes["ip_restrictions"] == {"before": None, "after": []}
    assert change.predicted(None) == sent


def test_what_is_missing_for_a_creation():
    assert DOMAIN.missing({"domain": "new.example", "regions": ["GLOBAL"]}) == ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions"]


def test_a_deletion():
    change = DOMAIN.to_absent(LIVE)
    assert (change.action, change.changed, change.before, change.after) == ("delete", True, SETTINGS, {})
    assert change.changes["lookback_hops"] == {"before": 1, "after": None}
    assert "folder" not in change.changes
    assert change.predicted(LIVE) is None


def test_gone_already():
    change = DOMAIN.to_absent(None)
    assert (change.action, change.changed, change.changes, change.predicted(None)) == ("none", False, {}, None)


def test_differences():
    assert differences({"a": 1, "b": 2}, {"b": 3, "c": None, "d": 4}) == {
        "a": {"before": 1, "after": None},
        "b": {"before": 2, "after": 3},
        "d": {"before": None, "after": 4},
    }
