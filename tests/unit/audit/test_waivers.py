"""Waivers: what they cover, until when, and which are rejected."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waivers import waivers_from_options
from hypothesis import given
from hypothesis import strategies as st

NO_VALUE = "live is empty or has an empty item"
ENTRY = {"domain": "news.example", "rule": "ES-TLS-001", "field": None, "reason": "old senders", "owner": "ops", "expires": "2026-12-31"}


def read(*entries):
    mistakes = []
    waivers = waivers_from_options([{**ENTRY, **entry} for entry in entries], DOMAIN_AUDIT, mistakes)
    return waivers, mistakes


def covers(name, broken="ES-TLS-001", at="require_tls_inbound", /, **entry):
    waivers, mistakes = read(entry)
    assert not mistakes
    return bool(waivers.find_covering(name, broken, at))


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
def test_find_covering_matches_domains(pattern, name, is_covered):
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
def test_find_covering_matches_rules_and_fields(entry, is_covered):
    assert covers("news.example", **entry) is is_covered
    assert covers("news.example", **entry, domain="news*") is is_covered


def test_find_covering_finding_without_field_matches_by_rule():
    assert covers("news.example", "ES-DOMAIN-002", None, rule="ES-DOMAIN-002")
    assert not covers("news.example", "ES-DOMAIN-002", None, rule="ES-DOMAIN-002", field="spf_status")


@pytest.mark.parametrize(("today", "is_over"), [(date(2026, 12, 30), False), (date(2026, 12, 31), False), (date(2027, 1, 1), True)])
def test_has_expired_after_the_last_day(today, is_over):
    [waiver] = read({})[0].all
    assert waiver.has_expired(today) is is_over


def test_description_and_result_of_a_waiver():
    [waiver] = read({"reason": " old senders ", "owner": " ops ", "field": "require_tls_inbound", "expires": " 2026-12-31 "})[0].all
    assert waiver.to_result() == {"reason": "old senders", "owner": "ops", "expires": "2026-12-31"}
    assert waiver.description == "ES-TLS-001 and require_tls_inbound until 2026-12-31, allowed by ops (old senders)"


def test_waivers_from_options_rule_or_field_may_be_omitted():
    by_field, by_rule = ({**ENTRY, "field": "spf_status"}, dict(ENTRY))
    del by_field["rule"], by_rule["field"]
    mistakes = []
    waivers = waivers_from_options([by_field, by_rule], DOMAIN_AUDIT, mistakes)
    assert {waiver.description.partition(" ")[0] for waiver in waivers.all} == {"spf_status", "ES-TLS-001"}
    assert mistakes == []


def test_waivers_from_options_duplicates_are_one():
    assert len(read({}, {"domain": "NEWS.example."}, {"owner": "ops "})[0].all) == 1


def test_find_covering_sorts_by_expiry():
    entries = [{"domain": domain, "expires": f"2026-12-0{day}"} for domain, day in (("news.example", 2), ("*", 3), ("news.example", 4), ("n*", 1))]
    for order in (entries, entries[::-1]):
        waivers, _wrong = read(*order)
        days = [waiver.expires.day for waiver in waivers.find_covering("news.example", "ES-TLS-001", "require_tls_inbound")]
        assert days == [4, 3, 2, 1]


@given(st.permutations([{"domain": "*", "owner": owner, "reason": reason} for owner in "ab" for reason in "cd"]))
def test_waivers_from_options_order_does_not_depend_on_the_options(entries):
    assert [f"{waiver.reason}{waiver.owner}" for waiver in read(*entries)[0].all] == ["ca", "cb", "da", "db"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"domain": " "}, "waivers[0] ( ): domain is empty."),
        ({"domain": None}, "waivers[0] (None): domain is empty."),
        ({"reason": ""}, "waivers[0] (news.example): reason is empty."),
        ({"owner": "\t"}, "owner is empty."),
        ({"owner": "********"}, "owner contains '********', which replaces a secret"),
        ({"reason": "of ********"}, "reason contains '********', which replaces a secret"),
        ({"owner": None}, "owner is empty."),
        ({"expires": None}, "expires is empty."),
        ({"rule": None}, "one of rule and field is required."),
        ({"rule": "ES-TLS-999"}, "rule is 'ES-TLS-999', which is not a rule that can be waived. Did you mean ES-TLS-00"),
        ({"rule": "es_tls_1"}, "rule is 'es_tls_1', which is not a rule that can be waived. Did you mean ES-TLS-001?"),
        ({"rule": "*"}, "rule is '*', which is not a rule that can be waived. See docs/rules.md, the documentation of the rules."),
        ({"rule": "ES-WAIVER-001"}, "rule is 'ES-WAIVER-001', which is not a rule that can be waived"),
        ({"rule": ""}, "rule is '', which is not a rule"),
        ({"field": "lookback"}, "field is 'lookback'; the choices are allowed_delivery_modes, authorization, dmarc_status, "),
        ({"expires": "2026-02-30"}, "expires is '2026-02-30'; it must be a date such as 2027-01-31, the last day on which the waiver is in force: day "),
        ({"domain": "a b"}, "domain is 'a b'; it must be a domain name or a pattern such as *.example.com: the label 'a b' is not"),
        (
            {"domain": "********"},
            "domain is '********'; it must be a domain name or a pattern such as *.example.com: contains '********', which replaces a secret",
        ),
        ({"domain": "*.a\u2000b.example"}, "it must be a domain name or a pattern such as *.example.com: "),
    ],
)
def test_waivers_from_options_invalid_entry_is_a_mistake(entry, words):
    waivers, mistakes = read(entry)
    assert len(mistakes) == 1
    assert words in mistakes[0]
    assert waivers.all == []


@pytest.mark.parametrize(
    ("field", "live", "value", "is_permitted"),
    [
        ("require_tls_inbound", False, False, True),
        ("require_tls_inbound", "no", False, True),
        ("require_tls_inbound", "False", True, False),
        *(("require_tls_inbound", word, True, True) for word in ("true", "YES", "on", " On ")),
        *(("require_tls_inbound", word, False, True) for word in ("false", "NO", "off")),
        ("lookback_hops", 3, 3, True),
        ("lookback_hops", "3", 3, True),
        ("lookback_hops", 3, None, False),
        ("lookback_hops", [3], 3, True),
        ("transport", "MX.example.com.", "mx.example.com", True),
        ("transport", "mx.example.com", None, False),
        ("regions", "DE", ["DE"], True),
        ("regions", ["US", "DE", "US"], ["DE", "US"], True),
        ("regions", ["DE"], ["DE", "US"], False),
        ("ip_restrictions", "192.0.2.7", ["192.0.2.7/32"], True),
        ("ip_restrictions", ["192.0.2.0/24"], ["192.0.2.0/25", "192.0.2.128/25"], True),
        ("ip_restrictions", ["192.0.2.0/24"], [], False),
        ("ip_restrictions", ["192.0.2.0/24"], None, False),
        ("ip_restrictions", ["192.0.2.0/24"], ["192.0.2.0/24", "x"], False),
        ("folder", "Inbox", "Inbox", True),
        ("spf_status", "none", "NONE", True),
        ("spf_status", "NONE", "none", True),
        ("dmarc_status", "bad", "BAD", True),
        ("dmarc_status", "BAD", "bad", True),
        ("status", "pending", "PENDING", True),
        ("status", "PENDING", "pending", True),
        ("spf_status", "NONE", None, False),
        ("spf_status", "NONE", ["NONE"], False),
    ],
)
def test_permits_compares_normal_forms(field, live, value, is_permitted):
    mistakes = []
    [waiver] = waivers_from_options([{**ENTRY, "rule": None, "field": field, "live": live}], DOMAIN_AUDIT, mistakes).all
    assert waiver.permits(value) is is_permitted


def test_permits_without_live_any_value():
    [waiver] = read({})[0].all
    for value in (None, [], True, "x", {"a": 1}):
        assert waiver.permits(value)


def test_permits_uses_the_field_of_the_rule():
    [waiver] = waivers_from_options([{**ENTRY, "rule": "ES-NEXTHOP-001", "live": "mx.example.com"}], DOMAIN_AUDIT, []).all
    assert (waiver.permits("mx.example.com"), waiver.permits("mx.example.net")) == (True, False)
    assert waiver.description == "ES-NEXTHOP-001 with the live value mx.example.com until 2026-12-31, allowed by ops (old senders)"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        *(({"rule": None, "field": "regions", "live": live}, NO_VALUE) for live in ([], "", " ", [""], ["DE", None], ["DE", " "])),
        *(({"rule": None, "field": "transport", "live": live}, NO_VALUE) for live in ("********", ["********"])),
        ({"rule": None, "field": "regions", "live": ["EU"]}, "live contains 'EU'; the choices are GLOBAL"),
        ({"rule": None, "field": "regions", "live": {}}, "live must be a value or a list of values"),
        ({"rule": None, "field": "transport", "live": ["a.example", "b.example"]}, "live must be one value"),
        ({"rule": None, "field": "spf_status", "live": ["NONE", "OPEN"]}, "live must be one word"),
        ({"rule": None, "field": "lookback_hops", "live": "many"}, "live is 'many'; it must be an integer"),
        ({"rule": None, "field": "require_tls_inbound", "live": "maybe"}, "live is 'maybe'; it must be true or false"),
        ({"rule": None, "field": "ip_restrictions", "live": ["192.0.2.1/24"]}, "live contains '192.0.2.1/24', which has host bits set"),
        ({"rule": None, "field": "authorization", "live": "x"}, "live cannot be given for authorization"),
        ({"rule": "ES-DRIFT-001", "live": "x"}, "live can only be given with field, or with a rule that is about one field"),
        ({"rule": "ES-DOMAIN-001", "live": "x"}, "live can only be given with field, or with a rule that is about one field"),
        ({"rule": "ES-ADVICE-004", "live": "x"}, "live is given, but ES-ADVICE-004 is about the declaration: omit live."),
    ],
)
def test_waivers_from_options_invalid_live_is_a_mistake(entry, words):
    mistakes = []
    assert waivers_from_options([{**ENTRY, **entry}], DOMAIN_AUDIT, mistakes).all == []
    assert len(mistakes) == 1
    assert words in mistakes[0]


class TestFindPermitting:
    """WaiverIndex.find_permitting()."""

    TODAY = date(2026, 12, 31)

    def allowed(self, *entries, rules=("ES-IP-001",), live=("192.0.2.0/24",), name="news.example", today=TODAY):
        mistakes = []
        waivers = waivers_from_options([{**ENTRY, "rule": None, **entry} for entry in entries], DOMAIN_AUDIT, mistakes)
        assert not mistakes
        return waivers.find_permitting(name, rules, "ip_restrictions", list(live), today)

    def test_by_field(self):
        waiver = self.allowed({"field": "ip_restrictions"}, rules=("ES-IP-001", "ES-IP-002"))
        assert waiver is not None
        assert waiver.to_result() == {"reason": "old senders", "owner": "ops", "expires": "2026-12-31"}

    def test_another_domain_or_field_or_day(self):
        assert self.allowed({"field": "ip_restrictions"}, name="other.example") is None
        assert self.allowed({"field": "transport"}) is None
        assert self.allowed({"field": "ip_restrictions"}, today=date(2027, 1, 1)) is None

    def test_each_matching_rule_must_be_covered(self):
        one, other = {"rule": "ES-IP-001"}, {"rule": "ES-IP-002", "expires": "2027-12-31"}
        assert self.allowed(one, rules=("ES-IP-001", "ES-IP-002")) is None
        assert str(self.allowed(one, other, rules=("ES-IP-001", "ES-IP-002")).expires) == "2026-12-31"

    def test_other_live_value_is_not_permitted(self):
        assert self.allowed({"field": "ip_restrictions", "live": ["192.0.2.0/24"]}) is not None
        assert self.allowed({"field": "ip_restrictions", "live": ["192.0.2.0/25"]}) is None
        assert self.allowed({"field": "ip_restrictions", "live": ["192.0.2.0/25"]}, {"field": "ip_restrictions", "domain": "*"}) is not None

    def test_without_rules_nothing_is_found(self):
        assert self.allowed({"field": "ip_restrictions"}, rules=()) is None


@pytest.mark.parametrize("text", ["20261231", "2026-W05-1", "2026-1-1", "31.12.2026", "2026-12-31T00:00:00", "tomorrow", "٢٠٢٦-١٢-٣١"])
def test_waivers_from_options_other_date_formats_are_mistakes(text):
    _waivers, [mistakes] = read({"expires": text})
    assert mistakes.endswith(": it does not have the form YYYY-MM-DD.")


def test_waivers_from_options_keeps_valid_entries_beside_mistakes():
    waivers, mistakes = read({"owner": "", "reason": "", "expires": "x"}, {}, {"rule": "x", "field": "y"})
    assert [words.partition(" ")[0] for words in mistakes] == ["waivers[0]"] * 3 + ["waivers[2]"] * 2
    assert len(waivers.all) == 1
