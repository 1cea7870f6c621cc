"""The change of one object."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Change, field_changes, plan_absent, plan_present, settings_after
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DISPOSITIONS, DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import lists
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, SETTINGS, live
from hypothesis import given
from hypothesis import strategies as st

FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"]}


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


def test_plan_present_values_of_other_types_no_change():
    assert DOMAIN.normalize(live(**OTHER_TYPES)) == SETTINGS
    change = plan_present(DOMAIN, SETTINGS, live(**OTHER_TYPES))
    assert (change.action, change.has_changes, change.changes) == ("none", False, {})


SPLIT, JOINED = ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"]


def test_plan_present_joined_networks_no_change_and_sent_as_declared():
    desired = {"ip_restrictions": SPLIT, "lookback_hops": 2}
    change = plan_present(DOMAIN, desired, live(ip_restrictions=JOINED))
    assert (change.body, change.changes) == ({"lookback_hops": 2}, {"lookback_hops": {"before": 1, "after": 2}})
    assert DOMAIN.differing_fields(desired, live(ip_restrictions=JOINED, lookback_hops=2)) == []
    other = plan_present(DOMAIN, {"ip_restrictions": SPLIT}, LIVE)
    assert other.body == {"ip_restrictions": SPLIT}
    assert other.changes == {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": SPLIT}}


def test_settings_after_other_form_is_not_reported_as_changed():
    found = live(ip_restrictions=JOINED)
    change = plan_present(DOMAIN, {"ip_restrictions": SPLIT, "lookback_hops": 2}, found)
    now = settings_after(DOMAIN, change, {**found, "lookback_hops": 2})
    assert change._replace(after=now).changes == change.changes == {"lookback_hops": {"before": 1, "after": 2}}


def test_settings_after_writes_values_as_the_change_does():
    change = plan_present(DOMAIN, {"ip_restrictions": SPLIT}, LIVE)
    assert settings_after(DOMAIN, change, live(ip_restrictions=JOINED)) == SETTINGS | {"ip_restrictions": SPLIT}
    # Not asked for: as it was.
    change = plan_present(DOMAIN, {"lookback_hops": 2}, live(ip_restrictions=SPLIT))
    assert settings_after(DOMAIN, change, live(ip_restrictions=JOINED, lookback_hops=2)) == change.after
    # What means something else is reported as it is.
    assert settings_after(DOMAIN, change, live(ip_restrictions=["192.0.2.0/23"]))["ip_restrictions"] == ["192.0.2.0/23"]
    assert settings_after(DOMAIN, change, None) == {}


def test_plan_present_equal_settings_no_change():
    change = plan_present(DOMAIN, {"drop_dispositions": ["MALICIOUS", "SPAM"], "require_tls_inbound": False, "transport": "mx.example.com"}, LIVE)
    assert (change.action, change.body, change.changes, change.has_changes) == ("none", {}, {}, False)
    assert change.before == change.after == SETTINGS
    assert change.predict(DOMAIN, LIVE) == LIVE


def test_plan_present_update_contains_only_differing_fields():
    change = plan_present(DOMAIN, {"lookback_hops": 2, "regions": ["GLOBAL"], "folder": None, "ip_restrictions": []}, LIVE)
    assert (change.action, change.has_changes) == ("update", True)
    assert change.body == {"lookback_hops": 2, "ip_restrictions": []}
    assert change.changes == {
        "lookback_hops": {"before": 1, "after": 2},
        "ip_restrictions": {"before": ["192.0.2.10/32"], "after": []},
    }
    assert change.before == SETTINGS
    assert change.after == SETTINGS | {"lookback_hops": 2, "ip_restrictions": []}
    assert change.predict(DOMAIN, LIVE) == live(lookback_hops=2, ip_restrictions=[])


def test_changes_update_contains_only_requested_fields():
    change = Change("update", {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 2}, {"a": 2})
    assert change.changes == {"a": {"before": 1, "after": 2}}


def test_plan_present_create_sends_the_given_settings():
    desired = {"domain": "new.example", **FOUR_LISTS, "folder": None, "lookback_hops": 3}
    assert DOMAIN.missing_fields(desired) == []
    change = plan_present(DOMAIN, desired, None)
    sent = {"domain": "new.example", **FOUR_LISTS, "lookback_hops": 3}
    assert (change.action, change.has_changes, change.before, change.after, change.body) == ("create", True, {}, sent, sent)
    assert change.changes["lookback_hops"] == {"before": None, "after": 3}
    assert change.changes["ip_restrictions"] == {"before": None, "after": []}
    assert change.predict(DOMAIN, None) == sent


def test_plan_absent_live_object_delete():
    change = plan_absent(DOMAIN, LIVE)
    assert (change.action, change.has_changes, change.before, change.after) == ("delete", True, SETTINGS, {})
    assert change.changes["lookback_hops"] == {"before": 1, "after": None}
    assert "folder" not in change.changes
    assert change.predict(DOMAIN, LIVE) is None


def test_plan_absent_missing_object_no_change():
    change = plan_absent(DOMAIN, None)
    assert (change.action, change.has_changes, change.changes, change.predict(DOMAIN, None)) == ("none", False, {}, None)


def test_field_changes_pairs_differing_values():
    assert field_changes({"a": 1, "b": 2}, {"b": 3, "c": None, "d": 4}) == {
        "a": {"before": 1, "after": None},
        "b": {"before": 2, "after": 3},
        "d": {"before": None, "after": 4},
    }


class TestAddedValues:
    ADDED = plan_present(DOMAIN, {"drop_dispositions": ["SPAM", "SPOOF"], "lookback_hops": 1}, LIVE, additive=["drop_dispositions", "regions"])

    def test_live_values_stay(self):
        assert self.ADDED.body == {"drop_dispositions": ["MALICIOUS", "SPAM", "SPOOF"]}
        assert self.ADDED.changes == {"drop_dispositions": {"before": ["MALICIOUS", "SPAM"], "after": ["MALICIOUS", "SPAM", "SPOOF"]}}
        assert self.ADDED.added == {"drop_dispositions": ["SPAM", "SPOOF"]}

    def test_values_that_are_live_are_no_change(self):
        change = plan_present(DOMAIN, {"drop_dispositions": ["SPAM"], "ip_restrictions": []}, LIVE, additive=["drop_dispositions", "ip_restrictions"])
        assert (change.action, change.changes) == ("none", {})

    def test_new_object_gets_the_declared_values(self):
        change = plan_present(DOMAIN, {"domain": "new.example", **FOUR_LISTS}, None, additive=["regions", "ip_restrictions"])
        assert change.body == {"domain": "new.example", **FOUR_LISTS}

    def test_desired_from_takes_the_values_that_are_live_now(self):
        now = live(drop_dispositions=["BULK", "SPAM"])
        assert self.ADDED.desired_from(DOMAIN, now) == {"drop_dispositions": ["BULK", "SPAM", "SPOOF"], "lookback_hops": 1}
        without = plan_present(DOMAIN, {"lookback_hops": 2}, LIVE)
        assert without.desired_from(DOMAIN, now) is without.desired


NAMES = ["drop_dispositions", "ip_restrictions", "regions"]
SOME = st.fixed_dictionaries({}, optional={"drop_dispositions": st.lists(st.sampled_from(DISPOSITIONS)), "ip_restrictions": lists, "regions": st.just(["DE"])})


@given(SOME, SOME, st.sets(st.sampled_from(NAMES)))
def test_plan_present_added_values_laws(live_lists, declared, additive):
    """Nothing live is removed, everything declared is there afterwards, and a second run changes nothing."""
    before = live(**{"drop_dispositions": [], "ip_restrictions": [], "regions": ["US"], **live_lists})
    desired = DOMAIN.parse(declared)
    change = plan_present(DOMAIN, desired, before, additive=additive)
    after = change.predict(DOMAIN, before)
    settings_before, settings_now = DOMAIN.normalize(before), DOMAIN.normalize(after)
    for name in additive:
        assert set(settings_before[name]) <= set(settings_now[name])
        assert DOMAIN.with_added(desired, [name] if name in desired else [], settings_now).get(name, settings_now[name]) == settings_now[name]
    assert plan_present(DOMAIN, desired, after, additive=additive).action == "none"
    # A list that is not added to is replaced.
    assert DOMAIN.differing_settings({name: value for name, value in desired.items() if name not in additive}, settings_now) == []
    assert change.body.keys() <= desired.keys()
