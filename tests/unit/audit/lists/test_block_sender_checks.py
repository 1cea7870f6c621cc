"""What blocked senders cover: expressions, domains, public suffixes and networks."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data.senders import FREEMAIL, TRANSACTIONAL_SERVICES
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.block_sender_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_block_sender_rules import domain, live, network, regex, sender
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=9)
MANY, WEAK, SUFFIX = ("ES-BLOCK-101", "critical"), ("ES-BLOCK-101", "high"), ("ES-BLOCK-101", "high")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (".*", [MANY]),
        ("@", [MANY]),
        (".+@.+", [MANY]),
        ("(spam)?.*", [MANY]),
        (r"@bmw\.de$|.*", [MANY]),
        ("spam", [WEAK]),
        ("a.*b", [WEAK]),
        (r".*\.com", [WEAK]),
        (r".*\.co\.uk$", [WEAK]),
        # More than five letters, but they are those of a public suffix.
        (r".*\.photography$", [SUFFIX]),
        (r"spam.*\.photography$", []),
        ("newsletter$", []),
        ("spammer", []),
        # A whole domain is specific, however short it is.
        (r"@bmw\.de$", []),
        (r".*@(a|b)\.de$", []),
        (r"noreply@.*", []),
        # It cannot be read.
        ("(", []),
    ],
)
def test_expression_by_what_it_demands(pattern, expected):
    assert [found for found in rules(AUDIT, live(regex(pattern))) if found[0] == "ES-BLOCK-101"] == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (".", ". (is_regex) matches every sender."),
        ("ab.*", "ab.* (is_regex) matches almost everything: 2 letters and digits are fixed."),
        (r".*\.photography$", r".*\.photography$ (is_regex) matches every name below photography."),
        ("ceo@.*", "ceo@.* (is_regex) matches addresses at every domain."),
    ],
)
def test_expression_message_says_what_is_demanded(pattern, text):
    assert [found.message for found in judge(AUDIT, live(regex(pattern)))] == [text]


@given(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=4))
def test_expression_of_words_and_gaps(words):
    """Each word is demanded or optional, and anything may stand between them."""
    pattern = ".*".join(word if is_demanded else f"({word})?" for word, is_demanded in words) + ".*"
    demanded = sum(len(word) for word, is_demanded in words if is_demanded)
    expected = [MANY] if demanded == 0 else [WEAK] if demanded <= 5 else []
    assert rules(AUDIT, live(regex(pattern))) == expected


@pytest.mark.parametrize("write", [sender, lambda name: regex("@" + name.replace(".", r"\.") + "$")], ids=["literal", "regex"])
@given(name=st.sampled_from(["example.com", "mail.example.com", "notexample.com", "example.org", "gmail.com", "docusign.net", "partner.example"]))
def test_whole_domains_by_the_lists_that_they_are_in(write, name):
    expected = {
        "ES-BLOCK-102": name == "example.com" or name.endswith(".example.com"),
        "ES-BLOCK-103": name in FREEMAIL,
        "ES-BLOCK-108": name in TRANSACTIONAL_SERVICES,
    }
    assert rules(AUDIT, live(write(name), own=["example.com"])) == [(rule_id, "high") for rule_id, is_so in expected.items() if is_so]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"@gmail\.com", ["ES-BLOCK-103"]),
        (r".*@(gmail|yahoo)\.com$", ["ES-BLOCK-103"]),
        (r"@(gmail|evil)\.com$", ["ES-BLOCK-103"]),
        # Only some senders of the provider.
        (r"^attacker@gmail\.com$", []),
        (r"attacker.*@gmail\.com$", []),
        (r"@gmail\.com\.evil\.example$", []),
        (r"@example\.com$", ["ES-BLOCK-102"]),
        (r"ceo.*@example\.com$", []),
    ],
)
def test_expression_that_restricts_the_local_part_is_no_whole_domain(pattern, expected):
    assert [rule_id for rule_id, _severity in rules(AUDIT, live(regex(pattern), own=["example.com"]))] == expected


def test_domain_above_an_own_one_is_an_own_one():
    assert rules(AUDIT, live(sender("example.com"), own=["mail.example.com"])) == [("ES-BLOCK-102", "high")]
    # Above a tenant is the whole service.
    assert rules(AUDIT, live(sender("onmicrosoft.com"), own=["ours.onmicrosoft.com"])) == [("ES-BLOCK-107", "low")]


@pytest.mark.parametrize(
    ("suffix", "severity"),
    [
        *((suffix, "high") for suffix in ("com", "org", "net", "de", "uk", "co.uk", "com.au")),
        *((suffix, "low") for suffix in ("xyz", "online", "photography", "onmicrosoft.com", "github.io", "k12.ca.us")),
    ],
)
def test_public_suffix_by_who_uses_it(suffix, severity):
    assert rules(AUDIT, live(sender(suffix))) == [("ES-BLOCK-107", severity)]


@given(version=st.sampled_from([4, 6]), data=st.data())
def test_network_by_its_size(version, data):
    length = data.draw(st.integers(8 if version == 4 else 20, 32 if version == 4 else 128))
    # Benchmark and documentation networks, which no platform uses.
    address = "198.18.0.0" if version == 4 and length >= 15 else "128.0.0.0" if version == 4 else "2001:db8::" if length >= 32 else "2002::"
    host_bits = (32 if version == 4 else 128) - length
    provider, customer = (16, 24) if version == 4 else (32, 48)
    if version == 4 and length < 15:
        # Such a network is high in any case, and may also be shared.
        assert ("ES-BLOCK-106", "high") in rules(AUDIT, live(network(f"{address}/{min(length, 8)}")))
        return
    text = address if host_bits == 0 else f"{address}/{length}"
    expected = [("ES-BLOCK-106", "high")] if length < provider else [("ES-BLOCK-106", "medium")] if length < customer else []
    assert rules(AUDIT, live(network(text))) == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("40.107.1.1", "40.107.1.1 is an address of Microsoft 365, which all of its customers share."),
        ("40.107.0.0/20", "40.107.0.0/20 is a network of the size /20 of Microsoft 365, which all of its customers share."),
    ],
)
def test_network_of_a_shared_platform(pattern, text):
    [found] = judge(AUDIT, live(network(pattern)))
    assert (found.rule, found.severity, found.message) == ("ES-BLOCK-106", "high", text)


def test_expression_that_is_one_address_is_judged_as_the_address():
    world = live(regex(r"^192\.0\.2\.10$"), domains=[domain(ip_restrictions=["192.0.2.0/24"])])
    assert rules(AUDIT, world) == [("ES-BLOCK-105", "critical")]


@given(st.integers(0, 255), st.integers(0, 255), st.integers(24, 32))
def test_gateway_is_covered_if_the_networks_overlap(blocked, gateway, length):
    mask = 256 >> (length - 24)
    first = blocked - blocked % mask
    world = live(network(f"192.0.2.{first}/{length}"), domains=[domain(ip_restrictions=[f"192.0.2.{gateway}/32"])])
    found = [rule_id for rule_id, _severity in rules(AUDIT, world)]
    assert found == (["ES-BLOCK-105"] if first <= gateway < first + mask else [])


def test_gateway_is_not_judged_if_the_domains_were_not_read():
    assert rules(AUDIT, live(network("192.0.2.10"))) == []


@pytest.mark.parametrize(
    "row", [{}, {"pattern": None}, {"pattern": ""}, {"pattern": 7}, {"pattern": "x", "is_regex": "odd"}, {"pattern": [], "is_regex": True}]
)
def test_odd_entry_is_no_error(row):
    judge(AUDIT, live({"id": "1", **row}, own=["example.com"], domains=[domain()]))
