"""Entries that contradict or repeat each other."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.overlap import overlaps
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import account_of, allowed, blocked, trusted, url
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st


def accepted(pattern, **live):
    return allowed(pattern, **{"is_acceptable_sender": True, **live})


def matches(*entries):
    """By rule, the labels of the entries with what is said of them."""
    return [(match.rule_id, entry.label, match.live) for entry, match in overlaps(account_of(*entries))]


BLOCKED_DOMAIN = "the blocked domain evil.example"


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([accepted("evil.example"), blocked("evil.example")], [("ES-CROSS-001", "evil.example", "an acceptable sender")]),
        ([accepted("evil.example", is_trusted_sender=True), blocked("evil.example")], [("ES-CROSS-001", "evil.example", "a trusted sender")]),
        ([accepted("x", is_regex=True), blocked("x", is_regex=True)], [("ES-CROSS-001", "x (is_regex)", "an acceptable sender")]),
        ([accepted("192.0.2.0/24"), blocked("192.0.2.0/24")], [("ES-CROSS-001", "192.0.2.0/24", "an acceptable sender")]),
        # Near misses: a regular expression and a literal; an exempt recipient is no sender; a policy without a flag does nothing.
        ([accepted("evil", is_regex=True), blocked("evil")], []),
        ([allowed("ann@evil.example", is_exempt_recipient=True), blocked("ann@evil.example")], []),
        ([allowed("evil.example"), blocked("evil.example")], []),
        ([accepted("good.example"), blocked("evil.example")], []),
    ],
)
def test_allowed_and_blocked(entries, found):
    assert matches(*entries) == found


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([accepted("ann@evil.example"), blocked("evil.example")], [("ES-CROSS-002", "ann@evil.example", BLOCKED_DOMAIN)]),
        ([accepted("evil.example"), blocked("ann@evil.example")], [("ES-CROSS-002", "ann@evil.example", "the allowed domain evil.example")]),
        ([accepted("a.evil.example"), blocked("evil.example")], [("ES-CROSS-002", "a.evil.example", f"{BLOCKED_DOMAIN}, if that covers subdomains")]),
        ([accepted("ann@a.evil.example"), blocked("evil.example")], [("ES-CROSS-002", "ann@a.evil.example", f"{BLOCKED_DOMAIN}, if that covers subdomains")]),
        ([accepted("192.0.2.7"), blocked("192.0.2.0/24")], [("ES-CROSS-002", "192.0.2.7", "the blocked network 192.0.2.0/24")]),
        ([accepted("2001:db8::/32"), blocked("2001:db8:1::/48")], [("ES-CROSS-002", "2001:db8:1::/48", "the allowed network 2001:db8::/32")]),
        # Near misses: another domain with the same end, what a regular expression covers, a public suffix, no sender.
        ([accepted("ann@notevil.example"), blocked("evil.example")], []),
        ([accepted("192.0.3.7"), blocked("192.0.2.0/24")], []),
        ([accepted("ann@evil.example"), blocked(r"evil\.example", is_regex=True)], []),
        ([accepted("ann@evil.co.uk"), blocked("co.uk")], []),
        ([allowed("ann@evil.example", is_exempt_recipient=True), blocked("evil.example")], []),
        ([accepted("0.0.0.0/0"), blocked("::/0")], []),
    ],
)
def test_an_exception_from_the_other_list(entries, found):
    assert matches(*entries) == found


def test_the_nearest_wider_entry_is_named():
    found = matches(accepted("192.0.2.7"), accepted("ann@a.evil.example"), blocked("192.0.0.0/16"), blocked("192.0.2.0/24"), blocked("a.evil.example"))
    assert [each for each in found if each[0] == "ES-CROSS-002"] == [
        ("ES-CROSS-002", "192.0.2.7", "the blocked network 192.0.2.0/24"),
        ("ES-CROSS-002", "ann@a.evil.example", "the blocked domain a.evil.example"),
    ]


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([blocked("ann@evil.example"), blocked("evil.example")], [("ES-CROSS-003", "ann@evil.example", BLOCKED_DOMAIN)]),
        ([blocked("a.evil.example"), blocked("evil.example")], [("ES-CROSS-003", "a.evil.example", f"{BLOCKED_DOMAIN}, if that covers subdomains")]),
        ([blocked("192.0.2.7"), blocked("192.0.2.0/24")], [("ES-CROSS-003", "192.0.2.7", "the blocked network 192.0.2.0/24")]),
        ([accepted("ann@a.example"), accepted("a.example")], [("ES-CROSS-003", "ann@a.example", "the allowed domain a.example")]),
        # A trusted sender is exempt from what an acceptable one is exempt from, and more; so is an unverified one.
        ([accepted("ann@a.example"), allowed("a.example", is_trusted_sender=True)], [("ES-CROSS-003", "ann@a.example", "the allowed domain a.example")]),
        ([accepted("ann@a.example"), accepted("a.example", verify_sender=False)], [("ES-CROSS-003", "ann@a.example", "the allowed domain a.example")]),
        (
            [trusted("a.b.example", is_recent=True), trusted("b.example", is_recent=True, is_similarity=True)],
            [("ES-CROSS-003", "a.b.example", "the trusted domain b.example, if that covers subdomains")],
        ),
        # After one that does nothing.
        (
            [trusted("c.example"), trusted("a.b.example", is_recent=True), trusted("b.example", is_recent=True)],
            [("ES-CROSS-003", "a.b.example", "the trusted domain b.example, if that covers subdomains")],
        ),
        # Near misses: the wider one does less, does nothing, or is the entry itself.
        ([allowed("ann@a.example", is_trusted_sender=True), accepted("a.example")], []),
        ([accepted("ann@a.example", verify_sender=False), accepted("a.example")], []),
        ([accepted("ann@a.example"), allowed("a.example", is_exempt_recipient=True)], []),
        ([trusted("a.b.example", is_similarity=True), trusted("b.example", is_recent=True)], []),
        ([trusted("a.b.example"), trusted("b.example", is_recent=True)], []),
        ([blocked("evil.example"), blocked("evil.example")], []),
        ([blocked("192.0.2.0/24"), blocked("192.0.2.0/24")], []),
        ([blocked("ann@evil.example"), blocked("example.evil")], []),
        ([url("a"), url("a.*")], []),
    ],
)
def test_covered_by_a_wider_entry(entries, found):
    assert matches(*entries) == found


def test_of_several_entries_of_one_key_the_one_that_covers_counts():
    both = [accepted("a.example"), accepted("a.example", is_trusted_sender=True)]
    assert matches(allowed("ann@a.example", is_trusted_sender=True), *both) == [("ES-CROSS-003", "ann@a.example", "the allowed domain a.example")]


def test_old_entries_of_an_unknown_type_are_compared_as_what_they_look_like():
    found = matches(blocked("ann@evil.example"), blocked("Evil.Example", pattern_type="UNKNOWN"))
    assert found == [("ES-CROSS-003", "ann@evil.example", BLOCKED_DOMAIN)]


def test_lists_that_were_not_read_are_no_problem():
    assert matches() == []
    assert matches(blocked("evil.example")) == []


NAMES = st.lists(st.sampled_from("abc"), max_size=2).map(lambda labels: ".".join([*labels, "zz", "example"]))
PATTERNS = st.one_of(
    NAMES,
    NAMES.map(lambda name: f"ann@{name}"),
    st.builds(lambda number, length: str(ipaddress.ip_network((number << 24 | number << 8, length), strict=False)), st.integers(192, 194), st.integers(16, 31)),
)


def is_wider(wide: str, narrow: str) -> bool:
    """The definition, for one pair."""
    if "/" in wide or "/" in narrow:
        return "/" in wide and "/" in narrow and wide != narrow and ipaddress.ip_network(narrow).subnet_of(ipaddress.ip_network(wide))
    return "@" not in wide and narrow != wide and narrow.endswith((f"@{wide}", f".{wide}"))


@given(st.lists(PATTERNS, max_size=6), st.lists(PATTERNS, max_size=6))
def test_overlaps_are_those_of_the_definition(allow_patterns, block_patterns):
    """Against a comparison of every pair."""
    found = {
        (match.rule_id, entry.resource.name, entry.label)
        for entry, match in overlaps(account_of(*map(accepted, allow_patterns), *map(blocked, block_patterns)))
    }
    lists = {"allow_policies": allow_patterns, "block_senders": block_patterns}
    expected = {("ES-CROSS-001", "allow_policies", pattern) for pattern in allow_patterns if pattern in block_patterns}
    for rule_id, name, other in [
        ("ES-CROSS-002", "allow_policies", "block_senders"),
        ("ES-CROSS-002", "block_senders", "allow_policies"),
        *(("ES-CROSS-003", name, name) for name in lists),
    ]:
        expected |= {(rule_id, name, narrow) for narrow in lists[name] for wide in lists[other] if is_wider(wide, narrow)}
    assert found == expected


def test_work_for_many_entries_is_linear():
    def work(count):
        entries = [blocked(f"p{number}@evil{number % 50}.example") for number in range(count)] + [blocked(f"evil{number}.example") for number in range(50)]
        entries += [accepted(f"198.51.{number // 250}.{number % 250}") for number in range(count // 10)] + [blocked("198.51.0.0/16")]
        account = account_of(*entries)
        found = []
        calls = calls_in(lambda: found.extend(overlaps(account)))
        assert len(found) == count + count // 10
        return calls

    assert work(5000) < 13 * work(500)
