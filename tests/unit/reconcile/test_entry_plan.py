"""The plan for entries of which several live ones have the same key."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.entry_plan import entry_direction, is_synchronized, merge_entries, plan_entries
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.allow_policies import ALLOW_POLICY
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.content_policies import CONTENT_POLICY
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.impersonation_registry import IMPERSONATION_REGISTRY_ENTRY as PERSON
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import SENDING_DOMAIN_RESTRICTION
from hypothesis import given
from hypothesis import strategies as st

EVIL = {"id": "1", "pattern": "evil.example", "is_regex": False, "pattern_type": "DOMAIN", "comments": None}
ANN = {"id": "1", "email": "ceo@example.com", "is_email_regex": False, "name": "Ann Lee", "comments": None, "provenance": "A1S_INTERNAL"}


def declared(resource, *entries):
    return [desired_from_options(resource, entry) for entry in entries]


def plan(resource, entries, live):
    return plan_entries(declared(resource, *entries), LiveIndex(resource, live, str))


def actions(resource, entries, live):
    return [(planned.change.action, (planned.live or {}).get("id"), planned.failure and planned.failure.kind) for planned in plan(resource, entries, live)]


def evil(number, **differing):
    return {**EVIL, "id": str(number), **differing}


def ann(number, **differing):
    return {**ANN, "id": str(number), **differing}


class TestPresent:
    @pytest.mark.parametrize(
        ("entry", "live", "expected"),
        [
            ({"pattern": "evil.example"}, [], ("create", None, None)),
            ({"pattern": "evil.example"}, [evil(1, pattern="other.example")], ("create", None, None)),
            ({"pattern": "EVIL.example."}, [evil(1)], ("none", "1", None)),
            ({"pattern": "evil.example", "comments": "x"}, [evil(1)], ("update", "1", None)),
            # A regular expression of the same text is another entry.
            ({"pattern": "evil.example"}, [evil(1, is_regex=True)], ("create", None, None)),
            ({"id": "1", "comments": "x"}, [evil(1)], ("update", "1", None)),
            ({"id": "1", "pattern": "new.example"}, [evil(1)], ("update", "1", None)),
            ({"id": "2", "pattern": "evil.example"}, [evil(1)], ("none", None, "not_found")),
            ({"id": "2", "pattern": "evil.example"}, [evil(1), evil(2, pattern="b.example")], ("none", None, "conflict")),
        ],
    )
    def test_an_entry_is_matched_by_its_key_or_its_id(self, entry, live, expected):
        assert actions(BLOCK_SENDER, [entry], live) == [expected]

    def test_equal_duplicates_are_reported_and_the_oldest_is_the_entry(self):
        live = [evil(1, created_at="2026-02"), evil(2, pattern="Evil.example", created_at="2026-01"), evil(3, created_at="2026-03")]
        [planned] = plan(BLOCK_SENDER, [{"pattern": "evil.example", "comments": "x"}], live)
        assert (planned.change.action, planned.live["id"], [one["id"] for one in planned.duplicates]) == ("update", "2", ["1", "3"])
        assert planned.label == "evil.example (2)"

    def test_differing_duplicates_are_a_conflict_that_names_their_ids(self):
        [planned] = plan(BLOCK_SENDER, [{"pattern": "evil.example"}], [evil(1), evil(2, comments="x")])
        assert planned.failure.kind == "conflict"
        assert str(planned.failure) == (
            "2 live blocked senders are named evil.example, and they differ: 1, 2. Select one of them with id, or remove the others."
        )

    def test_the_conflict_lists_a_few_ids_only(self):
        [planned] = plan(BLOCK_SENDER, [{"pattern": "evil.example"}], [evil(number, comments=str(number)) for number in range(50)])
        assert "50 live blocked senders" in str(planned.failure)
        assert len(str(planned.failure)) < 250

    def test_a_missing_entry_without_its_required_settings_is_not_found(self):
        assert actions(CONTENT_POLICY, [{"name": "Invoices"}], []) == [("none", None, "not_found")]


class TestAbsent:
    def test_every_live_entry_with_the_key_is_removed(self):
        live = [evil(1), evil(2, comments="x"), evil(3, pattern="EVIL.EXAMPLE"), evil(4, is_regex=True), evil(5, pattern="b.example")]
        planned = plan(BLOCK_SENDER, [{"pattern": "evil.example", "state": "absent"}], live)
        assert [(one.change.action, one.live["id"], one.label) for one in planned] == [
            ("delete", "1", "evil.example (1)"),
            ("delete", "2", "evil.example (2)"),
            ("delete", "3", "evil.example (3)"),
        ]

    @pytest.mark.parametrize(
        "entry", [{"pattern": "evil.example", "state": "absent"}, {"id": "1", "state": "absent"}, {"pattern": "evil.example", "expires": "2000-01-01"}]
    )
    def test_an_entry_that_is_not_there_is_no_change(self, entry):
        assert actions(BLOCK_SENDER, [entry], []) == [("none", None, None)]

    def test_an_expired_entry_is_removed(self):
        assert actions(BLOCK_SENDER, [{"pattern": "evil.example", "expires": "2000-01-01"}], [evil(1)]) == [("delete", "1", None)]

    def test_only_the_entry_of_the_id_is_removed(self):
        assert actions(BLOCK_SENDER, [{"id": "2", "state": "absent"}], [evil(1), evil(2)]) == [("delete", "2", None)]
        assert actions(BLOCK_SENDER, [{"id": "2", "pattern": "b.example", "state": "absent"}], [evil(1), evil(2)]) == [("none", None, "conflict")]


class TestTwoDeclarationsOfOneLiveEntry:
    @pytest.mark.parametrize(
        "entries",
        [
            [{"id": "1", "comments": "x"}, {"id": "1", "pattern": "new.example"}],
            [{"id": "1", "comments": "x"}, {"pattern": "evil.example", "comments": "y"}],
            [{"pattern": "evil.example"}, {"id": "1", "pattern": "evil.example"}],
            # After an entry that is not live yet.
            [{"pattern": "new.example"}, {"id": "1", "comments": "x"}, {"id": "1", "pattern": "other.example"}],
        ],
    )
    def test_they_are_refused(self, entries):
        with pytest.raises(InvalidOptionError) as caught:
            plan(BLOCK_SENDER, entries, [evil(1)])
        assert "are the same live blocked sender" in str(caught.value)
        assert "leave out one of the entries" in str(caught.value)

    def test_the_old_name_of_a_renamed_entry_may_be_declared_as_a_new_one(self):
        entries = [{"id": "1", "pattern": "new.example"}, {"pattern": "evil.example"}]
        assert actions(BLOCK_SENDER, entries, [evil(1)]) == [("update", "1", None), ("create", None, None)]

    def test_one_of_two_duplicates_may_be_selected_and_the_other_removed(self):
        entries = [{"id": "1"}, {"pattern": "evil.example", "state": "absent"}]
        assert actions(BLOCK_SENDER, entries, [evil(1), evil(2)]) == [("none", "1", None), ("delete", "2", None)]

    def test_a_person_of_one_name_may_be_selected_and_another_name_added(self):
        entries = [{"id": "1", "comments": "x"}, {"email": "ceo@example.com", "name": "Annie Lee"}]
        assert actions(PERSON, entries, [ann(1)]) == [("update", "1", None), ("create", None, None)]


class TestPeople:
    def test_a_new_name_is_an_update(self):
        assert actions(PERSON, [{"email": "ceo@example.com", "name": "Ann Lee-Moss"}], [ann(1)]) == [("update", "1", None)]

    def test_the_entry_with_the_declared_name_is_meant(self):
        live = [ann(1, name="Annie Lee"), ann(2), ann(3, name="A. Lee")]
        [planned] = plan(PERSON, [{"email": "ceo@example.com", "name": "Ann Lee", "comments": "x"}], live)
        assert (planned.live["id"], planned.label, planned.duplicates) == ("2", "ceo@example.com (Ann Lee)", ())

    def test_the_case_of_the_name_selects_nothing_and_is_an_update(self):
        assert actions(PERSON, [{"email": "ceo@example.com", "name": "ANN LEE"}], [ann(1), ann(2, name="Annie Lee")]) == [("update", "1", None)]

    def test_several_other_names_are_a_conflict(self):
        live = [ann(1, name="Annie Lee"), ann(2, name="A. Lee")]
        assert actions(PERSON, [{"email": "ceo@example.com", "name": "Ann Lee"}], live) == [("none", None, "conflict")]

    def test_one_left_on_each_side_is_an_update_and_otherwise_nothing_is_guessed(self):
        entries = [{"email": "ceo@example.com", "name": "Ann Lee"}, {"email": "ceo@example.com", "name": "New Name"}]
        assert actions(PERSON, entries, [ann(1), ann(2, name="Old Name")]) == [("none", "1", None), ("update", "2", None)]
        assert actions(PERSON, entries, [ann(1)]) == [("none", "1", None), ("create", None, None)]
        assert actions(PERSON, entries, [ann(2, name="Old Name")]) == [("create", None, None), ("create", None, None)]

    def test_absent_removes_every_name_of_the_address(self):
        live = [ann(1), ann(2, name="Annie Lee"), ann(3, email="cfo@example.com")]
        planned = plan(PERSON, [{"email": "ceo@example.com", "state": "absent"}], live)
        assert [(one.change.action, one.label) for one in planned] == [("delete", "ceo@example.com (Ann Lee)"), ("delete", "ceo@example.com (Annie Lee)")]

    @pytest.mark.parametrize("directory", [{"provenance": "SNOOPY-OFFICE_365"}, {"directory_id": 4}])
    def test_a_synchronized_person_is_never_changed(self, directory):
        live = [ann(1, **directory)]
        assert is_synchronized(PERSON, live[0])
        assert actions(PERSON, [{"email": "ceo@example.com", "name": "Ann Lee"}], live) == [("none", "1", None)]
        for entry in ({"email": "ceo@example.com", "name": "Ann L."}, {"email": "ceo@example.com", "state": "absent"}, {"id": "1", "state": "absent"}):
            [planned] = plan(PERSON, [entry], live)
            assert planned.failure.kind == "conflict"
            assert "it is synchronized from a directory (provenance " in str(planned.failure)
            assert planned.change.action == "none"

    def test_of_several_entries_all_are_removed_or_none(self):
        live = [ann(1), ann(2, name="Annie Lee", provenance="SNOOPY-OFFICE_365")]
        assert actions(PERSON, [{"email": "ceo@example.com", "state": "absent"}], live) == [("none", None, "conflict")]

    def test_the_synchronized_one_of_two_equal_entries_is_kept(self):
        live = [ann(1, created_at="2026-01"), ann(2, created_at="2026-02", provenance="SNOOPY-OFFICE_365")]
        [planned] = plan(PERSON, [{"email": "ceo@example.com", "name": "Ann Lee"}], live)
        assert (planned.live["id"], [one["id"] for one in planned.duplicates]) == ("2", ["1"])


class TestMergeEntries:
    def merged(self, resource, *entries):
        kept, repeated, contradicting = merge_entries(declared(resource, *entries))
        return len(kept), repeated, contradicting

    @pytest.mark.parametrize(
        ("entries", "expected"),
        [
            ([], (0, [], [])),
            ([{"pattern": "a.example"}, {"pattern": "b.example"}], (2, [], [])),
            ([{"pattern": "a.example"}, {"pattern": "A.example."}, {"pattern": "a.example"}], (1, ["a.example"], [])),
            ([{"pattern": "a.example"}, {"pattern": "a.example", "is_regex": True}], (2, [], [])),
            ([{"pattern": "a.example", "comments": "x"}, {"pattern": "a.example"}], (1, [], ["a.example"])),
            ([{"pattern": "a.example"}, {"pattern": "a.example", "state": "absent"}], (1, [], ["a.example"])),
            ([{"pattern": "a.example"}, {"pattern": "a.example", "expires": "2000-01-01"}], (1, [], ["a.example"])),
            ([{"pattern": "a.example"}, {"pattern": "a.example", "expires": "9999-01-01"}], (1, [], ["a.example"])),
            ([{"pattern": "a.example", "state": "absent", "comments": "x"}, {"pattern": "a.example", "state": "absent"}], (1, ["a.example"], [])),
            ([{"pattern": "a.example", "state": "absent"}, {"pattern": "a.example", "expires": "2000-01-01"}], (1, ["a.example"], [])),
            ([{"id": "1"}, {"id": "1"}], (1, ["the blocked sender with the id 1"], [])),
            ([{"id": "1"}, {"id": "1", "state": "absent"}], (1, [], ["the blocked sender with the id 1"])),
            ([{"id": "1"}, {"id": "2"}], (2, [], [])),
        ],
    )
    def test_cases(self, entries, expected):
        assert self.merged(BLOCK_SENDER, *entries) == expected

    def test_two_names_of_one_person_are_two_entries(self):
        ann_and_annie = [{"email": "ceo@example.com", "name": name} for name in ("Ann Lee", "Annie Lee")]
        assert self.merged(PERSON, *ann_and_annie) == (2, [], [])
        assert self.merged(PERSON, *ann_and_annie, {"email": "ceo@example.com", "state": "absent"})[2] == ["ceo@example.com"]
        assert self.merged(PERSON, *ann_and_annie, {"email": "ceo@example.com", "name": "ANN LEE"}) == (2, [], ["ceo@example.com"])


class TestDirection:
    @pytest.mark.parametrize(
        ("resource", "field", "before", "after", "direction"),
        [
            (BLOCK_SENDER, "pattern", None, "a.example", "stronger"),
            (BLOCK_SENDER, "pattern", "a.example", None, "weaker"),
            (BLOCK_SENDER, "pattern", "a.example", "b.example", "neutral"),
            (BLOCK_SENDER, "comments", "", "x", "neutral"),
            (ALLOW_POLICY, "pattern", None, "a.example", "weaker"),
            (ALLOW_POLICY, "pattern", "a.example", None, "stronger"),
            (ALLOW_POLICY, "is_trusted_sender", False, True, "weaker"),
            (ALLOW_POLICY, "is_trusted_sender", True, False, "stronger"),
            (ALLOW_POLICY, "verify_sender", True, False, "weaker"),
            (ALLOW_POLICY, "verify_sender", False, True, "stronger"),
            (CONTENT_POLICY, "enabled", True, False, "weaker"),
            (CONTENT_POLICY, "targets", ["BODY"], ["BODY", "SUBJECT"], "stronger"),
            (CONTENT_POLICY, "targets", ["BODY"], ["SUBJECT"], "weaker"),
            (SENDING_DOMAIN_RESTRICTION, "exclude", [], ["a.example"], "weaker"),
            (SENDING_DOMAIN_RESTRICTION, "exclude", ["a.example"], [], "stronger"),
            (SENDING_DOMAIN_RESTRICTION, "exclude", ["a.example"], ["b.example"], "weaker"),
            (SENDING_DOMAIN_RESTRICTION, "exclude", None, [], "neutral"),
        ],
    )
    def test_cases(self, resource, field, before, after, direction):
        assert entry_direction(resource)(field, before, after) == direction


ROWS = st.lists(
    st.builds(
        lambda pattern, is_regex, comments: {"pattern": pattern, "is_regex": is_regex, "pattern_type": "DOMAIN", "comments": comments},
        st.sampled_from(["a.example", "A.example.", "b.example", "c.example"]),
        st.booleans(),
        st.sampled_from([None, "", "x"]),
    ),
    max_size=8,
).map(lambda rows: [{**row, "id": str(number)} for number, row in enumerate(rows)])
ENTRIES = st.lists(
    st.builds(
        lambda pattern, is_regex, state: {"pattern": pattern, "is_regex": is_regex, "state": state},
        st.sampled_from(["A.example", "b.example", "d.example"]),
        st.booleans(),
        st.sampled_from(["present", "absent"]),
    ),
    unique_by=lambda entry: (entry["pattern"], entry["is_regex"]),
)


@given(rows=ROWS, entries=ENTRIES)
def test_after_the_plan_nothing_is_left_to_do(rows, entries):
    planned = plan(BLOCK_SENDER, entries, rows)
    live = {row["id"]: row for row in rows}
    for number, one in enumerate(planned):
        if one.change.action == "delete":
            del live[one.live["id"]]
        elif one.change.action in ("create", "update"):
            after = one.change.predict(BLOCK_SENDER, one.live)
            live[after.setdefault("id", f"new{number}")] = after
    again = plan(BLOCK_SENDER, entries, list(live.values()))
    assert [one.change.action for one in again] == ["none"] * len(again)
    keys = {BLOCK_SENDER.live_key(row) for row in live.values()}
    failed = {one.desired.key for one in again if one.failure is not None}
    for entry in declared(BLOCK_SENDER, *entries):
        assert (entry.key in keys) is (entry.state == "present" or entry.key in failed)


def test_entry_of_which_another_declaration_removes_one_by_id_is_declared_once():
    assert actions(BLOCK_SENDER, [{"id": "1", "state": "absent"}, {"pattern": "evil.example"}], [evil(1), evil(2)])[0] == ("delete", "1", None)


def test_entry_that_is_declared_by_id_and_by_its_key_is_named_with_its_id():
    with pytest.raises(InvalidOptionError, match=r"the same live blocked sender \(17\)"):
        plan(BLOCK_SENDER, [{"id": "17", "comments": "x"}, {"pattern": "evil.example"}], [evil(17)])


def test_direction_of_a_resource_without_one_is_neutral():
    direction_of = entry_direction(BLOCK_SENDER._replace(if_created=None))
    assert direction_of("pattern", None, "a.example") == "neutral"
    assert direction_of("pattern", "a.example", None) == "neutral"
