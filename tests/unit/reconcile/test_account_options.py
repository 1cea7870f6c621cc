"""The options that are about lists: entries, purge, max_removals and own domains."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import MaxRemovals, lists_from_options, max_removals_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, LISTS, PAST, declared, live_id

ENTRIES = {
    "allow_policies": {"pattern": "a.example"},
    "block_senders": {"pattern": "a.example"},
    "trusted_domains": {"pattern": "a.example"},
    "impersonation_registry": {"email": "a@example.com", "name": "A"},
    "content_policies": {"name": "A", "pattern": "a", "targets": ["BODY"]},
    "sending_domain_restrictions": {"domain": "a.example"},
    "url_ignore_patterns": {"pattern": "a"},
}


def problems_of(**options):
    problems: list[str] = []
    lists_from_options(LISTS, options, problems)
    return problems


class TestLists:
    def test_every_list_is_declared_under_its_name(self):
        found = lists_from_options(LISTS, {name: [entry] for name, entry in ENTRIES.items()}, [])
        assert [(each.name, each.collection.resource.name, len(each.desired_objects)) for each in found] == [(name, name, 1) for name in LIST_NAMES]

    def test_list_that_is_left_out_is_not_declared(self):
        assert lists_from_options(LISTS, {"block_senders": None, "purge": ["all"]}, []) == []
        [only] = lists_from_options(LISTS, {"block_senders": []}, [])
        assert (only.name, only.is_empty, only.desired_objects) == ("block_senders", True, [])

    def test_entry_makes_a_list_that_is_not_empty(self):
        assert declared("block_senders", [{"pattern": "a.example", "state": "absent"}]).is_empty is False

    def test_expired_entries_are_absent(self):
        found = declared("block_senders", [{"pattern": "a.example", "expires": PAST}, {"pattern": "b.example", "expires": FUTURE}])
        assert found.expired == ("a.example",)
        assert [desired.state for desired in found.desired_objects] == ["absent", "present"]

    def test_repeated_entries_are_merged(self):
        found = declared("block_senders", [{"pattern": "a.example"}, {"pattern": "A.example"}, {"pattern": "b.example"}])
        assert (found.repeated, len(found.desired_objects)) == (("a.example",), 2)

    def test_two_names_of_one_person_are_no_contradiction(self):
        assert problems_of(impersonation_registry=[{"email": "a@example.com", "name": "A"}, {"email": "a@example.com", "name": "B"}]) == []

    @pytest.mark.parametrize(
        ("entries", "words"),
        [
            (
                [{"pattern": "a.example"}, {"pattern": "a.example", "comments": "x"}],
                "block_senders[1] (a.example): it contradicts block_senders[0], which declares the same entry: leave out all but one.",
            ),
            (
                [{"pattern": "a.example"}, {"pattern": "a.example", "state": "absent"}, {"pattern": "a.example"}],
                "block_senders[2] (a.example): it contradicts block_senders[0], block_senders[1], which declare the same entry: leave out all but one.",
            ),
            ([{"pattern": "a.example"}, {"pattern": "a.example", "expires": PAST}], "block_senders[1] (a.example): it contradicts block_senders[0]"),
            ([{"id": "no"}], "block_senders[0] (no): id is 'no'"),
            ([{"pattern": "x" * 300}], "block_senders[0]: pattern is"),
            ([{"pattern": "x" * 253 + "@"}], "block_senders[0]: pattern is"),
            ([{"pattern": "@" + "x" * 252}], "block_senders[0] (@x"),
            ([{"pattern": "@"}], "block_senders[0] (@): pattern is '@'"),
            ([{"pattern": "@x.example", "id": live_id(1)}], "block_senders[0] (@x.example): pattern is"),
            ([{}], "block_senders[0]: Neither pattern nor id is given"),
            ([{"pattern": "a.example"}, {"pattern": ""}], "block_senders[1]: pattern is empty."),
        ],
    )
    def test_mistakes_name_the_list_and_the_number(self, entries, words):
        [problem] = problems_of(block_senders=entries)
        assert problem.startswith(words)

    def test_every_mistake_is_found(self):
        assert len(problems_of(block_senders=[{"pattern": "@a.example"}, {"pattern": "*.b.example"}], trusted_domains=[{"pattern": "."}])) == 3


class TestPurge:
    def test_named_lists_are_purged(self):
        found = lists_from_options(LISTS, {"block_senders": [], "allow_policies": [], "purge": ["block_senders"]}, [])
        assert {each.name: each.is_purged for each in found} == {"block_senders": True, "allow_policies": False}

    @pytest.mark.parametrize("purge", [["all"], ["all", "block_senders"]])
    def test_all_means_the_declared_lists(self, purge):
        problems: list[str] = []
        found = lists_from_options(LISTS, {"block_senders": [], "allow_policies": [], "purge": purge}, problems)
        assert [each.is_purged for each in found] == [True, True]
        assert problems == []

    @pytest.mark.parametrize("purge", [None, []])
    def test_nothing_is_purged_by_default(self, purge):
        assert [each.is_purged for each in lists_from_options(LISTS, {"block_senders": [], "purge": purge}, [])] == [False]

    def test_list_that_is_not_declared_cannot_be_purged(self):
        assert problems_of(block_senders=[], allow_policies=None, purge=["allow_policies", "block_senders"]) == [
            "purge contains allow_policies, and the list is not given: declare its entries, or leave it out of purge."
        ]


class TestMaxRemovals:
    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            (None, MaxRemovals(10, True)),
            ("10%", MaxRemovals(10, True)),
            (" 0 % ", MaxRemovals(0, True)),
            ("100%", MaxRemovals(100, True)),
            (0, MaxRemovals(0)),
            (250, MaxRemovals(250)),
            ("250", MaxRemovals(250)),
            ("9" * 9, MaxRemovals(999_999_999)),
        ],
    )
    def test_numbers_and_percentages_are_accepted(self, value, wanted):
        problems: list[str] = []
        assert max_removals_from_options({"max_removals": value}, problems) == wanted
        assert problems == []

    @pytest.mark.parametrize("value", ["", "%", "101%", "-1", "1.5", "10 percent", "1e3", "½%", "٣", "9" * 10, 0.1, True])
    def test_anything_else_is_refused(self, value):
        problems: list[str] = []
        assert max_removals_from_options({"max_removals": value}, problems) == MaxRemovals(0)
        [problem] = problems
        assert problem.startswith("max_removals is ")
        assert "it must be a number of entries, such as 25, or a whole percentage from 0% to 100%" in problem

    @pytest.mark.parametrize(("limit", "text"), [(MaxRemovals(10, True), "10%"), (MaxRemovals(3), "3")])
    def test_limit_is_shown_as_it_was_given(self, limit, text):
        assert str(limit) == text


def test_own_domains_are_names_of_domains():
    assert problems_of(own_domains=["Example.com.", "büro.example"]) == []
    assert problems_of(own_domains=["example.com", "example", "192.0.2.1"])[0].startswith("own_domains[1] is 'example', which is not a domain name")
    assert len(problems_of(own_domains=["********.example"])) == 1


def test_patterns_of_what_is_kept_belong_to_their_list():
    found = lists_from_options(LISTS, {"block_senders": [], "allow_policies": [], "keep": {"block_senders": ["*"]}}, [])
    assert {each.name: len(each.keep.of_key) for each in found} == {"block_senders": 1, "allow_policies": 0}
