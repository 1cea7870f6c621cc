"""What the pattern of an entry covers."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.reach import is_regex, pattern_of, reach_of, reading_of
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import allowed, blocked, content, entry, person, restriction, trusted, url
from hypothesis import given
from hypothesis import strategies as st


def regex(pattern):
    return allowed(pattern, is_regex=True)


@pytest.mark.parametrize(
    ("pattern", "kind", "domains", "text"),
    [
        ("partner.example", "domain", ("partner.example",), "partner.example (subdomains: not documented)"),
        ("PARTNER.example.", "domain", ("partner.example",), "partner.example (subdomains: not documented)"),
        ("com", "public_suffix", ("com",), "com, a public suffix"),
        ("co.uk", "public_suffix", ("co.uk",), "co.uk, a public suffix"),
        ("github.io", "public_suffix", ("github.io",), "github.io, below which customers get names"),
        ("Ann@Partner.example", "address", ("partner.example",), "ann@partner.example"),
        ("192.0.2.0/24", "network", (), "192.0.2.0/24 (256 addresses)"),
        ("192.0.2.7/32", "network", (), "192.0.2.7"),
        ("2001:db8::/32", "network", (), "2001:db8::/32"),
        ("*@partner.example", "text", ("partner.example",), "*@partner.example (what it covers is not documented)"),
        ("@partner.example", "text", ("partner.example",), "@partner.example (what it covers is not documented)"),
        ("*.partner.example", "text", ("partner.example",), "*.partner.example (what it covers is not documented)"),
        (".partner.example", "text", ("partner.example",), ".partner.example (what it covers is not documented)"),
        ("ann@*.partner.example", "text", ("partner.example",), "ann@*.partner.example"),
        ("ann@", "text", (), "ann@"),
        ("two words", "text", (), "two words"),
        ("1.2.3", "text", (), "1.2.3"),
        ("evil\x1b[2J", "text", (), "evil\\x1b[2j"),
    ],
)
def test_reach_of_literals(pattern, kind, domains, text):
    assert reach_of(allowed(pattern)) == (kind, domains, text)
    # Old entries of an unknown type are judged as what they look like.
    assert reach_of(blocked(pattern, pattern_type="UNKNOWN")) == (kind, domains, text)


@pytest.mark.parametrize(
    ("pattern", "kind", "domains", "text"),
    [
        (".*", "anything", (), "every address, domain and network"),
        (".*@.*", "anything", (), "every address, domain and network"),
        # Nothing is fixed after the @.
        ("director@.*", "anything", (), "every address, domain and network"),
        (r".*@(partner\.com|.*)", "anything", (), "every address, domain and network"),
        (r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+", "anything", (), "every address, domain and network"),
        (r".*\.com", "hardly_anything", (), "every name below com"),
        (r".*@.*\.co\.uk", "hardly_anything", (), "every name below co.uk"),
        (r".*\.github\.io$", "hardly_anything", (), "every name below github.io"),
        (r".*@.*\.(com|partner\.net)", "hardly_anything", (), "every name below com"),
        ("abc", "hardly_anything", (), "almost everything: 3 letters and digits are fixed"),
        ("a", "hardly_anything", (), "almost everything: 1 letter or digit is fixed"),
        (r".*e\.com", "hardly_anything", (), "almost everything: 4 letters and digits are fixed"),
        (r"10\..*", "hardly_anything", (), "almost everything: 2 letters and digits are fixed"),
        (r".*@bmw\.de", "domain", ("bmw.de",), "bmw.de"),
        (r"bmw\.de", "domain", ("bmw.de",), "names that end in bmw.de"),
        (r".*@partner\.example$", "domain", ("partner.example",), "partner.example"),
        (r".*@.*\.partner\.example", "domain", ("partner.example",), "partner.example and subdomains"),
        (r"@partner\.com.*", "domain", ("partner.com",), "partner.com, with anything after it"),
        (r".*@(a|b)\.partner\.com", "domain", ("a.partner.com", "b.partner.com"), "a.partner.com, b.partner.com"),
        (r"^ann@partner\.com$", "address", ("partner.com",), "ann@partner.com"),
        (r"Ann@partner\.com", "address", ("partner.com",), "addresses with ann@partner.com in them"),
        # A top-level domain only where it must be a whole label.
        (r".*\.google$", "hardly_anything", (), "every name below google"),
        (".*google.*", "text", (), "addresses of any domain in which 6 letters and digits are fixed"),
        (r".*-mail\.com", "text", (), "addresses of any domain in which 7 letters and digits are fixed"),
        (r"147\.160\.167\.[0-9]+", "network", (), "IP addresses in which 9 digits are fixed"),
        ("(", "unreadable", (), "a regular expression that could not be read"),
    ],
)
def test_reach_of_regular_expressions(pattern, kind, domains, text):
    assert reach_of(regex(pattern)) == (kind, domains, text)


@pytest.mark.parametrize(
    ("live", "kind", "text"),
    [
        (url(".*"), "anything", "every URL"),
        (url("https?://.*"), "anything", "every URL"),
        (url("https://.*"), "anything", "every URL"),
        (url("http://ab.*"), "hardly_anything", "almost everything: 2 letters and digits are fixed"),
        (url(r"https?://docs\.partner\.example/.*"), "host", "URLs of docs.partner.example"),
        (url(r".*partner\.example.*"), "text", "URLs of any host in which 14 letters and digits are fixed"),
        (url("["), "unreadable", "a regular expression that could not be read"),
        (content("Invoices", ".*"), "anything", "every message"),
        (content("Invoices", "urgent invoice"), "text", "messages in which 13 letters and digits are fixed"),
        (content("Invoices", "urg"), "hardly_anything", "almost everything: 3 letters and digits are fixed"),
        (restriction("partner.example"), "domain", "partner.example (subdomains: not documented)"),
        (person("ann@partner.example"), "address", "ann@partner.example"),
        (person(r".*@partner\.example", is_email_regex=True), "domain", "partner.example"),
        (trusted(r".*\.com", is_regex=True), "hardly_anything", "every name below com"),
        (entry("allow_policies", is_regex=False), "unreadable", "no pattern"),
        (entry("block_senders", is_regex=True), "unreadable", "no pattern"),
        (entry("block_senders", pattern=""), "unreadable", "no pattern"),
        (entry("block_senders", pattern="", is_regex=True), "anything", "every address, domain and network"),
    ],
)
def test_reach_of_the_entries_of_each_list(live, kind, text):
    reach = reach_of(live)
    assert (reach.kind, reach.text) == (kind, text)


def test_the_hosts_of_a_url_pattern_are_its_domains():
    assert reach_of(url(r"https://(a|b)\.partner\.example/.*")).domains == ("a.partner.example", "b.partner.example")


def test_pattern_of_and_is_regex():
    assert [(pattern_of(each), is_regex(each)) for each in (regex("x"), allowed("a.example"), person("p@a.example"), url("u"), restriction("r.example"))] == [
        ("x", True),
        ("a.example", False),
        ("p@a.example", False),
        ("u", True),
        ("r.example", False),
    ]
    assert not is_regex(allowed("x", is_regex="maybe"))


def test_reading_of():
    assert reading_of(allowed("partner.example")) is None
    assert reading_of(regex("(")) is None
    assert reading_of(entry("allow_policies", is_regex=True)) is None
    assert reading_of(regex("abcdefg")).minimum == 7
    assert reading_of(regex("abcdefg")) is reading_of(url("abcdefg"))


def test_texts_are_short_and_a_literal_of_a_megabyte_is_bounded_work():
    for unit in ("a", "a.", "@", "\x1b"):
        assert len(reach_of(allowed((unit * 1_000_000)[:1_000_000])).text) <= 200
        assert len(reach_of(regex((unit * 1_000)[:1_000])).text) <= 200


LABEL = st.text("abcdefghij", min_size=3, max_size=9).map(lambda text: f"zz{text}")


@given(LABEL, st.sampled_from(["com", "co.uk", "example", "github.io"]), st.sampled_from([".*@", "@", "^[^@]+@", "(a|b)@"]), st.sampled_from(["", "$", ".*"]))
def test_a_registrable_domain_after_the_at_is_the_domain(label, suffix, before, after):
    domain = f"{label}.{suffix}"
    reach = reach_of(regex(before + domain.replace(".", r"\.") + after))
    assert (reach.kind, reach.domains) == ("domain", (domain,))


@given(st.sampled_from(["com", "co.uk", "github.io", "xn--p1ai"]), st.sampled_from([".*", ".*@.*", "[a-z]+", ".+@.+"]), st.sampled_from(["", "$"]))
def test_a_public_suffix_hardly_demands_anything(suffix, before, after):
    reach = reach_of(regex(f"{before}\\.{suffix.replace('.', chr(92) + '.')}{after}"))
    assert (reach.kind, reach.domains) == ("hardly_anything", ())


@given(st.text("abcdefghij", max_size=12))
def test_without_a_domain_the_fixed_letters_count(letters):
    kind = reach_of(content("Subject", f".*{letters}.*")).kind
    assert kind == ("anything" if not letters else "hardly_anything" if len(letters) <= 5 else "text")


@given(LABEL, st.sampled_from(["com", "co.uk", "example"]))
def test_literals(label, suffix):
    domain = f"{label}.{suffix}"
    assert reach_of(allowed(domain))[:2] == ("domain", (domain,))
    assert reach_of(blocked(f"ann@{domain}"))[:2] == ("address", (domain,))
