from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Change, field_changes, plan_absent, plan_present, settings_after
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, SETTINGS, live

FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"]}


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


OTHER_TYPES = {
    "lookback_hops": 1.0,
    "require_tls_inbound": 0,
    "require_tls_outbound": "true",
    "drop_dispositions": ["malicious", "Spam"],
    "allowed_delivery_modes": ["direct"],
    "regions": ["global"],
    "ip_restrictions": ["192.0.2.10/32", "192.0.2.10"],
    "transport": "mx.EXAMPLE.com",
}


def test_values_in_other_types_are_no_change():
    assert DOMAIN.normalize(live(**OTHER_TYPES)) == SETTINGS
    change = plan_present(DOMAIN, SETTINGS, live(**OTHER_TYPES))
    assert (change.action, change.has_changes, change.changes) == ("none", False, {})


SPLIT, JOINED = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]


def test_networks_that_the_server_joined_are_no_change_and_are_sent_as_declared():
    desired = {"ip_restrictions": SPLIT, "lookback_hops": 2}
    change = plan_present(DOMAIN, desired, live(ip_restrictions=JOINED))
    assert (change.body, change.changes) == ({"lookback_hops": 2}, {"lookback_hops": {"before": 1, "after": 2}})
    assert DOMAIN.differing_fields(desired, live(ip_restrictions=JOINED, lookback_hops=2)) == []
    other = plan_present(DOMAIN, {"ip_restrictions": SPLIT}, LIVE)
    assert other.body == {"ip_restrictions": SPLIT}
    assert other.changes == {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": SPLIT}}


def test_everything_and_the_empty_list_stay_distinct():
    everything = ["0.0.0.0/0", "::/0"]
    assert DOMAIN.differing_fields({"ip_restrictions": everything}, live(ip_restrictions=[])) == ["ip_restrictions"]
    assert DOMAIN.differing_fields({"ip_restrictions": []}, live(ip_restrictions=everything)) == ["ip_restrictions"]


def test_what_is_live_in_other_words_is_not_told_as_changed_beside_what_is():
    found = live(ip_restrictions=JOINED)
    change = plan_present(DOMAIN, {"ip_restrictions": SPLIT, "lookback_hops": 2}, found)
    now = settings_after(DOMAIN, change, {**found, "lookback_hops": 2})
    assert change._replace(after=now).changes == change.changes == {"lookback_hops": {"before": 1, "after": 2}}


def test_settings_afterwards_are_in_the_words_of_the_change():
    change = plan_present(DOMAIN, {"ip_restrictions": SPLIT}, LIVE)
    assert settings_after(DOMAIN, change, live(ip_restrictions=JOINED)) == SETTINGS | {"ip_restrictions": SPLIT}
    # Not asked for: as it was.
    change = plan_present(DOMAIN, {"lookback_hops": 2}, live(ip_restrictions=SPLIT))
    assert settings_after(DOMAIN, change, live(ip_restrictions=JOINED, lookback_hops=2)) == change.after
    # What means something else is told as it is.
    assert settings_after(DOMAIN, change, live(ip_restrictions=["192.0.2.0/23"]))["ip_restrictions"] == ["192.0.2.0/23"]
    assert settings_after(DOMAIN, change, None) == {}


class TestUnsafe:
    def refusal(self, body, before=None, cleared=frozenset()):
        before = SETTINGS if before is None else before
        change = Change("update", before, {**before, **body}, body, body, cleared)
        return DesiredObject(DOMAIN, None, "present", {"domain": "example.com"}).unsafe_error(change)

    def test_both_lists(self):
        refusal = self.refusal({"ip_restrictions": [], "drop_dispositions": []})
        assert refusal.kind == "unsafe"
        assert str(refusal) == (
            "example.com: drop_dispositions is empty and would replace 2 live values: nothing would be dropped. "
            "ip_restrictions is empty and would replace 1 live value: mail would be accepted from anywhere. This was not sent. "
            "An undefined variable in a template gives an empty list, too. If it is intended, leave drop_dispositions, ip_restrictions out "
            "and use clear: [drop_dispositions, ip_restrictions]."
        )

    def test_one_is_cleared_and_the_other_is_not(self):
        refusal = self.refusal({"ip_restrictions": [], "drop_dispositions": []}, cleared=frozenset({"drop_dispositions"}))
        assert "clear: [ip_restrictions]" in str(refusal)
        assert "dropped" not in str(refusal)

    @pytest.mark.parametrize(
        ("body", "before", "cleared"),
        [
            ({}, SETTINGS, ()),
            ({"lookback_hops": 2, "folder": None}, SETTINGS, ()),
            ({"ip_restrictions": ["192.0.2.1/32"]}, SETTINGS, ()),
            ({"ip_restrictions": []}, SETTINGS, ("ip_restrictions",)),
            ({"ip_restrictions": []}, SETTINGS | {"ip_restrictions": []}, ()),
            ({"ip_restrictions": [], "drop_dispositions": []}, {}, ()),
        ],
    )
    def test_what_is_safe(self, body, before, cleared):
        assert self.refusal(body, before, frozenset(cleared)) is None


def test_nothing_to_do():
    change = plan_present(DOMAIN, {"drop_dispositions": ["MALICIOUS", "SPAM"], "require_tls_inbound": False, "transport": "mx.example.com"}, LIVE)
    assert (change.action, change.body, change.changes, change.has_changes) == ("none", {}, {}, False)
    assert change.before == change.after == SETTINGS
    assert change.predict(LIVE) == LIVE


def test_an_update_holds_what_differs_and_no_more():
    change = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"], "folder": None, "ip_restrictions": []}, LIVE)
    assert (change.action, change.has_changes) == ("update", True)
    assert change.body == {"lookback_hops": 2, "ip_restrictions": []}
    assert change.changes == {
        "lookback_hops": {"before": 1, "after": 2},
        "ip_restrictions": {"before": ["192.0.2.10/32"], "after": []},
    }
    assert change.before == SETTINGS
    assert change.after == SETTINGS | {"lookback_hops": 2, "ip_restrictions": []}
    assert change.predict(LIVE) == live(lookback_hops=2, ip_restrictions=[])
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
    assert DOMAIN.missing_fields(desired) == []
    change = plan_present(DOMAIN, desired, None)
    sent = {"domain": "new.example", **FOUR_LISTS, "lookback_hops": 3}
    assert (change.action, change.has_changes, change.before, change.after, change.body) == ("create", True, {}, sent, sent)
    assert change.changes["lookback_hops"] == {"before": None, "after": 3}
    assert change.changes["ip_restrictions"] == {"before": None, "after": []}
    assert change.predict(None) == sent


def test_what_is_missing_for_a_creation():
    assert DOMAIN.missing_fields({"domain": "new.example", "regions": ["GLOBAL"]}) == ["allowed_delivery_modes", "drop_dispositions", "ip_restrictions"]


def test_a_deletion():
    change = plan_absent(DOMAIN, LIVE)
    assert (change.action, change.has_changes, change.before, change.after) == ("delete", True, SETTINGS, {})
    assert change.changes["lookback_hops"] == {"before": 1, "after": None}
    assert "folder" not in change.changes
    assert change.predict(LIVE) is None


def test_gone_already():
    change = plan_absent(DOMAIN, None)
    assert (change.action, change.has_changes, change.changes, change.predict(None)) == ("none", False, {}, None)


def test_differences():
    assert field_changes({"a": 1, "b": 2}, {"b": 3, "c": None, "d": 4}) == {
        "a": {"before": 1, "after": None},
        "b": {"before": 2, "after": 3},
        "d": {"before": None, "after": 4},
    }
