"""The checks that every list has: for each rule an entry that matches, and a similar one that does not."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import EntryMatch, ListAudit
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.list_audit import ENTRY_CHECKS, LIST_CHECKS, with_common_checks
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import (
    LIST_RESOURCES,
    account_of,
    allowed,
    blocked,
    content,
    live_domain,
    person,
    restriction,
    trusted,
    url,
)
from hypothesis import given
from hypothesis import strategies as st

EMPTY = account_of()


def entry_matches(entry):
    return [match for check in ENTRY_CHECKS for match in check(entry, EMPTY)]


def list_matches(name, account):
    return [match for check in LIST_CHECKS.get(name, ()) for match in check(account)]


def test_an_unknown_pattern_type():
    assert entry_matches(allowed("partner.example", pattern_type="UNKNOWN")) == [EntryMatch("ES-LIST-003", live="UNKNOWN")]
    assert entry_matches(blocked("partner.example", pattern_type="unknown")) == [EntryMatch("ES-LIST-003", live="UNKNOWN")]
    assert entry_matches(allowed("partner.example", pattern_type="DOMAIN")) == []
    assert entry_matches(trusted("partner.example")) == []


@pytest.mark.parametrize("make", [allowed, blocked, trusted])
def test_a_regular_expression_that_could_not_be_read(make):
    assert entry_matches(make("(a", is_regex=True)) == [EntryMatch("ES-LIST-004")]
    assert entry_matches(make("(a)", is_regex=True)) == []
    assert entry_matches(make("(a", is_regex=False)) == []
    assert entry_matches(make(None, is_regex=True)) == []


def test_lists_that_have_only_regular_expressions():
    assert [entry_matches(each) for each in (url("(a"), content("Rule", "(a"), person("(a", is_email_regex=True))] == [[EntryMatch("ES-LIST-004")]] * 3
    assert [entry_matches(each) for each in (url("a"), content("Rule", "a"), person("a@b.example"), restriction("a.example"))] == [[]] * 4


def policies(count, trusted_count):
    return account_of(*(allowed(f"a{number}.example", is_trusted_sender=number < trusted_count) for number in range(count)))


@pytest.mark.parametrize(
    ("count", "trusted_count", "text"),
    [
        (101, 0, "101 entries, of which 0 trust their senders"),
        (100, 0, None),
        (10, 3, "10 entries, of which 3 trust their senders"),
        (10, 2, None),
        (9, 9, None),
        (0, 0, None),
    ],
)
def test_too_many_allow_policies(count, trusted_count, text):
    assert list_matches("allow_policies", policies(count, trusted_count)) == ([(None, EntryMatch("ES-LIST-007", live=text))] if text else [])


@given(st.integers(0, 120), st.integers(0, 120))
def test_too_many_allow_policies_by_the_numbers(count, trusted_count):
    is_too_many = count > 100 or (count >= 10 and min(count, trusted_count) / count > 0.2)
    assert bool(list_matches("allow_policies", policies(count, trusted_count))) == is_too_many


COPIES = live_domain("example.com", allowed_delivery_modes=["BCC"])


@pytest.mark.parametrize("make", [url, restriction])
def test_a_list_without_effect(make):
    entry = make("partner.example")
    name = entry.resource.name
    assert list_matches(name, account_of(entry, domains=[COPIES])) == [(None, EntryMatch("ES-LIST-006", live="1 entry"))]
    assert list_matches(name, account_of(entry, make("b.example"), domains=[])) == [(None, EntryMatch("ES-LIST-006", live="2 entries"))]
    # One inline domain is enough; an empty list claims nothing; domains that were not read may be inline.
    assert list_matches(name, account_of(entry, domains=[COPIES, live_domain("example.org")])) == []
    assert list_matches(name, account_of(domains=[COPIES], read=[name])) == []
    assert list_matches(name, account_of(entry, domains=None)) == []


@given(st.lists(st.sampled_from([["DIRECT"], ["BCC", "DIRECT"], ["API"], [], None]), max_size=4), st.integers(0, 3))
def test_a_list_without_effect_by_the_modes(modes, count):
    domains = [live_domain(f"d{number}.example", allowed_delivery_modes=mode) for number, mode in enumerate(modes)]
    account = account_of(*(url(f"u{number}") for number in range(count)), domains=domains)
    assert bool(list_matches("url_ignore_patterns", account)) == (count > 0 and not any(mode and "DIRECT" in mode for mode in modes))


@pytest.mark.parametrize("name", LIST_RESOURCES)
def test_each_list_gets_the_common_checks_after_its_own(name):
    def own_check(entry, account):
        return ()

    def own_list_check(account):
        return ()

    audit = with_common_checks(ListAudit(LIST_RESOURCES[name], (), checks=(own_check,), list_checks=(own_list_check,)))
    assert audit.checks == (own_check, *ENTRY_CHECKS)
    assert audit.list_checks == (own_list_check, *LIST_CHECKS.get(name, ()))
