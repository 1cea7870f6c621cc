"""What a waiver covers and until when, and what is refused of it."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils._waivers import waivers_from
from hypothesis import given
from hypothesis import strategies as st

FIELDS = ("require_tls_inbound", "spf_status")
ENTRY = {"domain": "news.example", "rule": "ES-TLS-001", "field": None, "reason": "old senders", "owner": "ops", "expires": "2026-12-31"}


def read(*entries):
    wrong = []
    waivers = waivers_from([{**ENTRY, **entry} for entry in entries], FIELDS, wrong)
    return waivers, wrong


def covers(name, broken="ES-TLS-001", at="require_tls_inbound", /, **entry):
    waivers, wrong = read(entry)
    assert not wrong
    return bool(waivers.covering(name, broken, at))


@pytest.mark.parametrize(
    ("pattern", "name", "is_covered"),
    [
        ("news.example", "news.example", True),
        (" NEWS.example. ", "news.example", True),
        ("news.example", "NEWS.example", True),
        ("news.example", "my.news.example", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("*.Bücher.example", "a.xn--bcher-kva.example", True),
        ("*.a_b.example", "news.a_b.example", True),
        ("*", "news.example", True),
        ("*.example", "news.example", True),
        ("*.example.", "a.news.example", True),
        ("*.example", "example", False),
        ("*.example", "news.example.net", False),
        ("new?.example", "news.example", True),
        ("new?.example", "new.example", False),
        ("[mn]ews.example", "news.example", True),
        ("[!n]ews.example", "news.example", False),
        ("n*", "NEWS.example", True),
        ("NEWS*", "news.example", True),
        ("news[", "news.example", False),
    ],
)
def test_which_domains_are_covered(pattern, name, is_covered):
    assert covers(name, domain=pattern) is is_covered


@pytest.mark.parametrize(
    ("entry", "is_covered"),
    [
        ({}, True),
        ({"rule": "ES-TLS-002"}, False),
        ({"rule": None, "field": "require_tls_inbound"}, True),
        ({"rule": None, "field": "spf_status"}, False),
        ({"field": "require_tls_inbound"}, True),
        ({"field": "spf_status"}, False),
    ],
)
def test_which_rules_and_fields_are_covered(entry, is_covered):
    assert covers("news.example", **entry) is is_covered
    assert covers("news.example", **entry, domain="news*") is is_covered


def test_a_finding_without_a_field_is_covered_by_its_rule():
    assert covers("news.example", "ES-DOMAIN-002", None, rule="ES-DOMAIN-002")
    assert not covers("news.example", "ES-DOMAIN-002", None, rule="ES-DOMAIN-002", field="spf_status")


@pytest.mark.parametrize(("today", "is_over"), [(date(2026, 12, 30), False), (date(2026, 12, 31), False), (date(2027, 1, 1), True)])
def test_the_last_day_is_allowed(today, is_over):
    [waiver] = read({})[0].all
    assert waiver.has_expired(today) is is_over


def test_what_is_told():
    [waiver] = read({"reason": " old senders ", "owner": " ops ", "field": "require_tls_inbound", "expires": " 2026-12-31 "})[0].all
    assert waiver.told() == {"reason": "old senders", "owner": "ops", "expires": "2026-12-31"}
    assert waiver.about == "ES-TLS-001 and require_tls_inbound until 2026-12-31, allowed by ops (old senders)"


def test_either_rule_or_field_may_be_left_out():
    by_field, by_rule = ({**ENTRY, "field": "spf_status"}, dict(ENTRY))
    del by_field["rule"], by_rule["field"]
    wrong = []
    waivers = waivers_from([by_field, by_rule], FIELDS, wrong)
    assert {waiver.about.partition(" ")[0] for waiver in waivers.all} == {"spf_status", "ES-TLS-001"}
    assert wrong == []


def test_the_same_one_twice_is_one():
    assert len(read({}, {"domain": "NEWS.example."}, {"owner": "ops "})[0].all) == 1


def test_the_longest_comes_first_be_it_a_pattern_or_a_name():
    entries = [{"domain": domain, "expires": f"2026-12-0{day}"} for domain, day in (("news.example", 2), ("*", 3), ("news.example", 4), ("n*", 1))]
    for order in (entries, entries[::-1]):
        waivers, _wrong = read(*order)
        days = [waiver.expires.day for waiver in waivers.covering("news.example", "ES-TLS-001", "require_tls_inbound")]
        assert days == [4, 3, 2, 1]


@given(st.permutations([{"domain": "*", "owner": owner, "reason": reason} for owner in "ab" for reason in "cd"]))
def test_of_equals_the_order_is_always_one(entries):
    assert [f"{waiver.reason}{waiver.owner}" for waiver in read(*entries)[0].all] == ["ca", "cb", "da", "db"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"domain": " "}, "waivers[0] ( ): domain is empty."),
        ({"domain": None}, "waivers[0] (None): domain is empty."),
        ({"reason": ""}, "waivers[0] (news.example): reason is empty."),
        ({"owner": "\t"}, "owner is empty."),
        ({"owner": None}, "owner is empty."),
        ({"expires": None}, "expires is empty."),
        ({"rule": None}, "one of rule and field must say what is allowed."),
        ({"rule": "ES-TLS-999"}, "rule is 'ES-TLS-999', which is no rule that can be waived: they are listed in the documentation of the rules."),
        ({"rule": "ES-WAIVER-001"}, "rule is 'ES-WAIVER-001', which is no rule that can be waived"),
        ({"rule": ""}, "rule is '', which is no rule"),
        ({"field": "lookback"}, "field is 'lookback'; the choices are require_tls_inbound, spf_status."),
        ({"expires": "2026-02-30"}, "expires is '2026-02-30'; it must be a date such as 2027-01-31, the last day on which the exception is allowed: day "),
        ({"domain": "a b"}, "domain is 'a b'; it must be a domain name or a pattern such as *.example.com: the label 'a b' is not"),
        ({"domain": "********"}, "domain is '********'; it must be a domain name or a pattern such as *.example.com: holds '********', which stands in place"),
        ({"domain": "*.a\u2000b.example"}, "it must be a domain name or a pattern such as *.example.com: "),
    ],
)
def test_what_cannot_be_meant_is_refused(entry, words):
    waivers, wrong = read(entry)
    assert len(wrong) == 1
    assert words in wrong[0]
    assert waivers.all == []


@pytest.mark.parametrize("text", ["20261231", "2026-W05-1", "2026-1-1", "31.12.2026", "2026-12-31T00:00:00", "tomorrow", "٢٠٢٦-١٢-٣١"])
def test_a_date_is_written_in_one_way_whatever_the_python(text):
    _waivers, [wrong] = read({"expires": text})
    assert wrong.endswith(": it is not of the form YYYY-MM-DD.")


def test_all_that_is_wrong_is_told_and_what_is_right_is_kept():
    waivers, wrong = read({"owner": "", "reason": "", "expires": "x"}, {}, {"rule": "x", "field": "y"})
    assert [words.partition(" ")[0] for words in wrong] == ["waivers[0]"] * 3 + ["waivers[2]"] * 2
    assert len(waivers.all) == 1
