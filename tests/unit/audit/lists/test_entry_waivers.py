"""Waivers for entries of lists: what they cover, and which are rejected."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waivers import waivers_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES
from hypothesis import given
from hypothesis import strategies as st

WAIVER = {"entry": "news.example", "rule": "ES-ALLOW-001", "reason": "old senders", "owner": "ops", "expires": "2026-12-31"}


def read(*waivers):
    mistakes: list[str] = []
    return waivers_from_options([{**WAIVER, **waiver} for waiver in waivers], DOMAIN_AUDIT, mistakes), mistakes


def covers(name, found_in="allow_policies", label=None, found="ES-ALLOW-001", found_field=None, **waiver):
    waivers, mistakes = read(waiver)
    assert mistakes == []
    return bool(waivers.find_covering(name, found, found_field, found_in, label))


@pytest.mark.parametrize(
    ("entry", "name", "is_covered"),
    [
        ("news.example", "news.example", True),
        (" NEWS.example ", "news.EXAMPLE", True),
        ("news.example", "my.news.example", False),
        ("*.example", "news.example", True),
        ("new?.example", "news.example", True),
        ("*", ".*@news\\.example", True),
        # A key with wildcard characters is named as it is, and brackets are literal.
        (r".*@(a|b)\.example[s]?", r".*@(a|b)\.example[s]?", True),
        ("[n]ews.example", "news.example", False),
        ("[n]ews.*", "[n]ews.example", True),
        (r"^https?://x\.example/", r"^https?://x\.example/", True),
        ("Gift cards", "gift CARDS", True),
    ],
)
def test_key_or_pattern_covers_an_entry(entry, name, is_covered):
    assert covers(name, entry=entry) is is_covered


def test_label_of_a_finding_covers_it():
    assert covers(r".*\.example", "allow_policies", r".*\.example (is_regex)", entry=r".*\.example (is_regex)")
    assert covers("ceo@example.com", "impersonation_registry", "ceo@example.com (Ann Lee)", "ES-VIP-003", entry="CEO@example.com (Ann*)", rule="ES-VIP-003")


def test_rule_field_and_list_must_match():
    assert not covers("news.example", "allow_policies", None, "ES-ALLOW-002")
    assert covers("news.example", "allow_policies", None, "ES-ALLOW-005", "verify_sender", rule=None, field="verify_sender")
    assert not covers("news.example", "allow_policies", None, "ES-ALLOW-007", None, rule=None, field="verify_sender")
    assert covers("news.example", resource="allow_policies")
    assert not covers("news.example", "block_senders", None, "ES-LIST-002", rule="ES-LIST-002", resource="allow_policies")
    assert covers("news.example", "block_senders", None, "ES-LIST-002", rule="ES-LIST-002")


def test_waivers_for_domains_and_for_entries_do_not_cover_each_other():
    for_domain = {"domain": "news.example", "entry": None, "rule": "ES-DOMAIN-002"}
    assert not covers("news.example", "allow_policies", None, "ES-DOMAIN-002", **for_domain)
    assert covers("news.example", "domains", None, "ES-DOMAIN-002", **for_domain)
    assert not covers("news.example", "domains", None, "ES-ALLOW-001")


def test_finding_about_a_whole_list_is_named_by_the_list():
    assert covers("content_policies", "content_policies", "content_policies", "ES-LIST-005", entry="content_policies", rule="ES-LIST-005")


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        ({"entry": " "}, "waivers[0] ( ): entry is empty."),
        ({"entry": "********"}, "entry contains '********', which replaces a secret"),
        ({"domain": "news.example"}, "waivers[0] (news.example): domain and entry are both given"),
        ({"resource": "domains"}, "entry is given, and resource is domains: name domains with domain."),
        ({"entry": None, "domain": "news.example", "resource": "allow_policies", "rule": "ES-IP-001"}, "domain is given, and resource is allow_policies"),
        ({"entry": None, "domain": "news.example"}, "rule is 'ES-ALLOW-001', which is about lists: name the entries with entry."),
        ({"rule": "ES-ALLOW-999"}, "rule is 'ES-ALLOW-999', which is not a rule that can be waived."),
        ({"rule": "es_allow_1"}, "Did you mean ES-ALLOW-"),
        ({"rule": "ES-WAIVER-001"}, "rule is 'ES-WAIVER-001', which is not a rule that can be waived."),
        ({"rule": "ES-IP-001"}, "rule is 'ES-IP-001', which is about domains: name them with domain."),
        ({"resource": "block_senders"}, "rule is 'ES-ALLOW-001', which is about allow_policies, and resource is block_senders: leave out one of the two."),
        ({"rule": None}, "one of rule and field is required."),
        ({"field": "transport"}, "field is 'transport'; the choices are comments, domain, email, enabled, exclude, "),
        ({"field": "targets", "resource": "allow_policies"}, "field is 'targets'; the choices are comments, is_acceptable_sender, "),
        ({"live": []}, "live is empty or has an empty item"),
        ({"live": {"a": 1}}, "live must be a value or a list of values"),
        ({"live": "********"}, "live contains '********'"),
        ({"expires": "soon"}, "expires is 'soon'"),
        ({"reason": ""}, "reason is empty."),
    ],
)
def test_invalid_waiver_is_a_mistake(waiver, words):
    waivers, mistakes = read(waiver)
    assert len(mistakes) == 1
    assert words in mistakes[0]
    assert waivers.all == []


@pytest.mark.parametrize(
    ("waiver", "value", "is_permitted"),
    [
        ({"field": "verify_sender", "rule": None, "live": False}, False, True),
        ({"field": "verify_sender", "rule": None, "live": "no"}, False, True),
        ({"field": "verify_sender", "rule": None, "live": "no"}, True, False),
        ({"field": "pattern_type", "rule": None, "live": "EMAIL"}, "EMAIL", True),
        ({"field": "exclude", "rule": None, "live": ["B.example", "a.example"]}, ["a.example", "b.example"], True),
        ({"field": "exclude", "rule": None, "live": "a.example"}, ["a.example"], True),
        ({"field": "exclude", "rule": None, "live": "a.example"}, ["a.example", "b.example"], False),
        ({"field": "name", "rule": None, "live": " Ann  Lee"}, "Ann Lee", True),
        ({"field": "name", "rule": None, "live": ["Ann Lee"]}, "Ann Lee", True),
        # The rule is about one field.
        ({"rule": "ES-ALLOW-005", "live": "no"}, False, True),
        ({"rule": "ES-ALLOW-005", "live": "no"}, True, False),
        ({"rule": "ES-PTLS-101", "live": ["B.example", "a.example"]}, ["a.example", "b.example"], True),
        # A list of its own has the field with another normal form.
        ({"field": "pattern", "rule": None, "resource": "content_policies", "live": "Urgent"}, "Urgent", True),
        # Not about a field: what the finding says of the entry.
        ({"live": "mail from it skips every detection"}, "mail from it skips every detection", True),
        ({"live": "anything"}, "almost anything", False),
        ({"live": ["a", "b"]}, ["a", "b"], True),
        ({"live": 3}, "3", True),
        ({}, {"any": "value"}, True),
    ],
)
def test_live_value_is_that_of_the_finding(waiver, value, is_permitted):
    waivers, mistakes = read(waiver)
    assert mistakes == []
    assert waivers.all[0].permits(value) is is_permitted


def test_description_names_the_list():
    [waiver] = read({"resource": "allow_policies", "live": "x"})[0].all
    assert waiver.description == "ES-ALLOW-001 in allow_policies with the live value x until 2026-12-31, allowed by ops (old senders)"
    assert (waiver.subject, waiver.domain) == ("news.example", "")


@pytest.mark.parametrize(
    ("waiver", "resources"),
    [
        ({}, {"allow_policies"}),
        ({"rule": "ES-LIST-002"}, set(LIST_NAMES)),
        ({"rule": "ES-LIST-002", "resource": "block_senders"}, {"block_senders"}),
        ({"rule": None, "field": "comments"}, set(LIST_NAMES)),
        ({"entry": None, "domain": "*", "rule": "ES-IP-001"}, {"domains"}),
    ],
)
def test_resources_that_a_waiver_is_about(waiver, resources):
    [found] = read(waiver)[0].all
    assert found.resources == resources


# Not the mask of a secret, which is refused.
@given(st.text(st.sampled_from("ab*?[].\\^$()|+"), min_size=1, max_size=12).filter(lambda key: "********" not in key))
def test_every_key_covers_itself(key):
    """Whatever a regular expression contains: it is named as it is."""
    assert covers(key, entry=f" {key} ")
    assert covers(key.upper(), entry=key)
