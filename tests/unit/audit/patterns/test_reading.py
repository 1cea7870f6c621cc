"""The reading of whole patterns: against examples, against generated patterns whose answer is known, and against samples of their matches."""

from __future__ import annotations

import re
from random import Random

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.patterns.reading import read_regex
from ansible_collections.mailops.cloudflare.tests.unit.audit.patterns.pattern_trees import TREES, Tree, escaped
from hypothesis import assume, given
from hypothesis import strategies as st

SAMPLES = 8


def read(pattern):
    found = read_regex(pattern)
    assert found is not None, pattern
    return found


@pytest.mark.parametrize(
    ("pattern", "ends", "boundary", "end"),
    [
        (r".*@partner\.com", ("partner.com",), "at", "unanchored"),
        (r"^.*@(a|b)\.example$", ("a.example", "b.example"), "at", "anchored"),
        (r"^.*@PARTNER\.Com\z", ("partner.com",), "at", "anchored"),
        (r".*\.com", ("com",), "dot", "unanchored"),
        (r"\.com\Z", ("com",), "dot", "anchored"),
        (r"partner\.com", ("partner.com",), "open", "unanchored"),
        (r"\bpartner\.com\b", ("partner.com",), "open", "unanchored"),
        (r"^partner\.com$", ("partner.com",), "start", "anchored"),
        (r"\Apartner\.com", ("partner.com",), "start", "unanchored"),
        (r".*@.*\.partner\.com", ("partner.com",), "dot", "unanchored"),
        (r".*@.*partner\.com", ("partner.com",), "open", "unanchored"),
        (r"@partner\.com.*", ("partner.com",), "at", "open"),
        (r"@partner\.com.*$", ("partner.com",), "at", "open"),
        (r"@partner\.com.", ("partner.com",), "at", "open"),
        (r"@partner\.com[a-z]?$", ("partner.com",), "at", "open"),
        (r"@partner\.com(\..*)?$", ("partner.com",), "at", "open"),
        (r"@partner\..*", ("partner",), "at", "open"),
        (r"@partner\.com\.?$", ("partner.com",), "at", "anchored"),
        (r"@partner\.com\s*$", ("partner.com",), "at", "anchored"),
        (r"<.*@partner\.com>", ("partner.com",), "at", "unanchored"),
        (r"@partner\.com\R?", ("partner.com",), "at", "unanchored"),
        (".*", ("",), "open", "open"),
        ("", ("",), "open", "unanchored"),
        ("user@.*", ("",), "open", "open"),
        ("user@", ("",), "open", "unanchored"),
        (r"partner\.com.*@.*", ("",), "open", "open"),
        (r".*|.*@partner\.com", ("", "partner.com"), "open", "open"),
        (r"@partner\.(com|net)", ("partner.com", "partner.net"), "at", "unanchored"),
        (r"@partner\.(com$|net)", ("partner.com", "partner.net"), "at", "unanchored"),
        (r"@partner\.co[mn]", ("partner.com", "partner.con"), "at", "unanchored"),
        (r"@[Pp]artner\.com", ("partner.com",), "at", "unanchored"),
        (r"@(sub\.)?partner\.com", ("partner.com",), "at", "unanchored"),
        (r"@(com|partner\.com)", ("com", "partner.com"), "at", "unanchored"),
        (r"@(a\.b\.partner\.com|.*\.partner\.com)", ("a.b.partner.com", "partner.com"), "dot", "unanchored"),
        (r"@(sub\.)*partner\.com", ("partner.com", "sub.partner.com"), "dot", "unanchored"),
        (r"@(sub\.){2}partner\.com", ("sub.sub.partner.com",), "at", "unanchored"),
        (r"@(.*\.)?partner\.com", ("partner.com",), "dot", "unanchored"),
        (r"@([a-z]+\.)*partner\.com", ("partner.com",), "dot", "unanchored"),
        (r"[@.]partner\.com", ("partner.com",), "dot", "unanchored"),
        (r"(^|[@.])partner\.com", ("partner.com",), "dot", "unanchored"),
        (r"(^|@)partner\.com", ("partner.com",), "at", "unanchored"),
        (r"(@|-)partner\.com", ("partner.com", "-partner.com"), "open", "unanchored"),
        (r"/partner\.com", ("partner.com",), "open", "unanchored"),
        (r"@{1}partner\.com", ("partner.com",), "at", "unanchored"),
        (r"@+partner\.com", ("partner.com",), "at", "unanchored"),
        (r"@partner(?=\.com)", ("partner",), "at", "unanchored"),
        (r"@([a-z]+)\1\.com", ("com",), "dot", "unanchored"),
        (r"@\Qpartner.com\E", ("partner.com",), "at", "unanchored"),
        (r"\x40partner\u002ecom", ("partner.com",), "at", "unanchored"),
        (r"\100partner", ("00partner",), "open", "unanchored"),
        (r"\0100partner", ("partner",), "at", "unanchored"),
        (r"@bücher\.example", ("bücher.example",), "at", "unanchored"),
        (r"@_dmarc\.partner\.com", ("_dmarc.partner.com",), "at", "unanchored"),
    ],
)
def test_fixed_ends(pattern, ends, boundary, end):
    found = read(pattern)
    assert (set(found.fixed_ends), found.boundary, found.end) == (set(ends), boundary, end)
    assert len(found.fixed_ends) == len(ends)


@pytest.mark.parametrize(
    ("pattern", "ends", "boundary", "has_unescaped_dot"),
    [
        ("@partner.com", ("partner.com",), "at", True),
        (r"@mail.partner\.com", ("mail.partner.com",), "at", True),
        (r"@partner[.]com", ("partner.com",), "at", False),
        # Nobody means a dot here.
        (r"john.doe@partner\.com", ("partner.com",), "at", False),
        (r"@.partner\.com", ("partner.com",), "open", False),
        (r"@.*.partner\.com", ("partner.com",), "open", False),
        (r"@mail..partner\.com", ("partner.com",), "open", False),
        (r"@mail.*partner\.com", ("partner.com",), "open", False),
        (r"@mail.?partner\.com", ("partner.com", "mailpartner.com"), "open", False),
        (r"@(mail.)+com", ("com",), "open", False),
        (r"@.a", ("a",), "open", False),
        (".", ("",), "open", False),
    ],
)
def test_dots_that_are_not_escaped(pattern, ends, boundary, has_unescaped_dot):
    found = read(pattern)
    assert set(found.fixed_ends) <= set(ends)
    assert (found.fixed_ends[0], found.boundary, found.has_unescaped_dot) == (ends[0], boundary, has_unescaped_dot)


@pytest.mark.parametrize(
    ("pattern", "minimum"),
    [
        ("", 0),
        (".*", 0),
        ("abc", 3),
        ("a b-c.", 3),
        ("(abc|d)", 1),
        ("(abc|)", 0),
        ("a?b*c{0,}d{0,5}", 0),
        ("a+", 1),
        ("a{3,}b{2,4}?c{2}+", 7),
        ("(ab|c){5}", 5),
        ("a{1000000}", 1_000_000),
        ("((a{99999}){99999}){99999}", 10**9),
        ("[Ff]oo", 3),
        ("[fo]oo", 2),
        ("[a]", 1),
        (r"\d\w[0-9]", 0),
        ("(?=abc)d(?!e)(?<=f)(?<!g)", 1),
        (r"(a)\1{5}", 1),
        (r"(a)\12", 2),
        (r"\Qa+b\E+", 2),
        (r"ab\Q\E*", 1),
        (r"\x61\x{62}\u0063\0144\t\cA", 4),
        ("(?x) a b # c\n d", 3),
        ("(?x)a(?-x: b) c", 3),
        ("(?x: a )# b", 2),
        ("ü٣", 2),
    ],
)
def test_minimum(pattern, minimum):
    assert read(pattern).minimum == minimum


@pytest.mark.parametrize(
    ("pattern", "is_ip"),
    [
        (r"^192\.0\.2\.[0-9]+$", True),
        (r"192\.0\.2\.\d{1,3}", True),
        (r"192\.0\.2\.(1|2|3[0-9])", True),
        ("192.0.2.[0-9]+", True),
        (r"^[0-9.]+$", True),
        # One separator is enough; without one, both anchors are.
        (r"10\.", True),
        ("^2001:[0-9a-f]+$", True),
        ("^[0-9]+$", True),
        ("^[0-9]+", False),
        ("[0-9]+$", False),
        # As many dots as in an address, with a digit.
        ("1...", True),
        ("1..", False),
        ("...", False),
        ("1.2.3.4", True),
        ("1.2.3", False),
        (r"^2001:db8:[0-9a-f:]+$", True),
        (r"^\p{XDigit}+:.{0}$", True),
        (r"^192\.0\.2\..*$", False),
        (r"^192\.0\.2\.[0-9]+\.example$", False),
        (r"\d+", False),
        ("[0-9]", False),
        ("", False),
        ("^$", False),
        ("1.2", False),
        (r"[\d:a]+\.1", False),
        ("db8", False),
        ("^[0-9a-f]+$", False),
        (r"1\.2|partner\.com", False),
    ],
)
def test_is_ip_shaped(pattern, is_ip):
    assert read(pattern).is_ip_shaped is is_ip


@pytest.mark.parametrize(
    ("pattern", "hosts", "has_scheme"),
    [
        (r"^https?://(www\.)?example\.com/.*", ("example.com", "www.example.com"), True),
        (r"^HTTPS:\/\/Example\.com/", ("example.com",), True),
        (r"^(http|https)://a\.example(/.*)?$", ("a.example",), True),
        (r"https://a\.example[/?#]", ("a.example",), True),
        (r"https://a\.example:8443/", ("a.example",), True),
        (r"https://a\.example(:\d+)?/", ("a.example",), True),
        (r"https://a\.example$", ("a.example",), True),
        (r"^a\.example/", ("a.example",), False),
        (r"^(https://)?a\.example/", ("a.example",), False),
        (r"^https://([\w-]+\.)*a\.example/", ("a.example",), True),
        (r"^https://[a-z]+\.a\.example/", ("a.example",), True),
        # The name goes on, or is that of a user.
        (r"https://a\.example", (), True),
        (r"https://a\.example.*", (), True),
        (r"https://a\.example\b", (), True),
        (r"https://a\.example:x@", (), True),
        (r"https://a\.example:.*", (), True),
        (r"https://a\.example@evil\.test/", (), True),
        # What stands before the name may hold a slash, the end of another name, or another host.
        (r"https://.*\.a\.example/", (), True),
        (r"https://[^/]+\.a\.example/", (), True),
        (r"https://[a-z]+a\.example/", (), True),
        (r"https://[a-z]+\.example/", (), True),
        (r"https://[a-z]+/", (), True),
        (r"https://(a\.example|.*)/", (), True),
        (r"(https://)?a\.example/", (), False),
        (r"a\.example/", (), False),
        (r".*a\.example.*", (), False),
        ("https://", (), True),
        ("^", (), False),
    ],
)
def test_url_hosts(pattern, hosts, has_scheme):
    found = read(pattern)
    assert (found.url_hosts, found.has_scheme) == (hosts, has_scheme)


def test_a_dot_of_a_host_that_is_not_escaped():
    assert read("^https://a.example/").url_hosts == ("a.example",)
    assert read("^https://a.example/").has_unescaped_dot
    assert not read(r"^https://a\.example/").has_unescaped_dot


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("invoice", "invoice"),
        (r"^\binvoice\b$", "invoice"),
        (r"(?i)In(vo)[Ii]ce", "Invoice"),
        (r"partner\.com\x2e", "partner.com."),
        ("(ab){2}c{1}", "ababc"),
        ("(a|a)", "a"),
        ("", ""),
        ("a{0}", ""),
        ("a" * 2048, "a" * 2048),
        ("a" * 2049, None),
        ("a{2147483647}", None),
        ("a{3000}b", None),
        ("a.", None),
        ("a?", None),
        ("(a|b)", None),
        ("[ab]", None),
        (r"(a)\1", None),
        ("a(?=b)", None),
    ],
)
def test_literal(pattern, literal):
    assert read(pattern).literal == literal


@pytest.mark.parametrize(
    ("pattern", "start", "end"),
    [
        ("^a$", True, True),
        (r"\Aa\z", True, True),
        ("^.*$", True, True),
        ("(^a|^b)$", True, True),
        ("(?:(?i)^)a(?:$|\\Z)", True, True),
        ("a", False, False),
        ("^a|b$", False, False),
        ("^?a$?", False, False),
        ("a^", False, False),
        (".*^", False, False),
        (r"\ba\b", False, False),
    ],
)
def test_anchors(pattern, start, end):
    assert (read(pattern).is_anchored_start, read(pattern).is_anchored_end) == (start, end)


def test_what_is_used():
    plain, full = read("abc"), read(r"\b(a)(?!b)\1{2,70}c{80}d{90,}")
    assert plain[-3:] == (False, False, 0)
    assert not plain.has_word_boundary
    assert full[-3:] == (True, True, 90)
    assert full.has_word_boundary
    assert read(r"\\b(\(?=a)").has_lookaround is read(r"\\b(\(?=a)").has_word_boundary is False
    assert read("(?<=a)").has_lookaround
    assert read("(?<!a)").has_lookaround
    assert read(r"(?<name>a)\k<name>").has_back_reference


UNREADABLE = [
    *("(", "(a", ")", "a)", "(?", "(?y)", "(?P<a>b)", "(?<a_>b)", "(?<1>b)", "(?<a>b)(?<a>c)", "(?#a)", "(?x)( ?:a)"),
    *("[", "[]", "[^]", "[a", "[a[b]", "[b-a]", "[a&&&b]", "[&&]", r"[\b]", r"[\1]", r"[\Qa", "[a-", "[a-[", "(?x)[a b]", "(?x)[a#b]"),
    *("*", "+a", "a**", "a|?", "(*a)", "a{", "{2}", "a{,2}", "a{2,1}", "a{2147483648}", "a{2}{3}", "a{x}"),
    *("\\", r"\y", r"\xg", r"\x{110000}", r"\u12", r"\0", r"\08", r"\c", r"\p", r"\p{", r"\p{}", r"\k<a>", r"\k", r"\E", r"\N{DIGIT ONE}", r"\b{x}"),
]


@pytest.mark.parametrize("pattern", UNREADABLE)
def test_what_cannot_be_read(pattern):
    assert read_regex(pattern) is None


def fits(sample: str, found) -> bool:
    """Whether a match ends as the reading says."""
    text = sample.lower()
    if found.end != "open":
        # What is not of a host may follow, and a dot.
        text = re.sub(r"[^\w.@-]+$", "", text).rstrip(".")
    return any(fits_end(text, end, found) for end in found.fixed_ends)


def fits_end(text: str, end: str, found) -> bool:
    if not end:
        return True
    written = "".join("." if character == "." and found.has_unescaped_dot else re.escape(character) for character in end)
    before = {"open": "", "dot": "(?<![^@.])", "at": "(?<![^@.])", "start": "(?<![^.])"}[found.boundary]
    return re.search(before + written + ("" if found.end == "open" else r"\Z"), text) is not None


@given(TREES, st.randoms(use_true_random=False))
def test_every_match_contains_and_ends_with_what_was_read(tree: Tree, random: Random):
    found = read(tree.source)
    assert (found.minimum, found.has_at, found.max_repetition) == (tree.minimum, tree.has_at, tree.largest)
    for _sample in range(SAMPLES):
        sample = tree.sample(random)
        assert sum(map(str.isalnum, sample)) >= found.minimum
        assert "@" in sample or not found.has_at
        assert fits(sample, found), (sample, found)
        assert found.literal is None or sample.lower() == found.literal.lower()
        assert not found.is_ip_shaped or found.has_unescaped_dot or set(sample) <= set("0123456789abcdefABCDEF.:")


@given(TREES, st.randoms(use_true_random=False))
def test_the_generator_knows_the_matches(tree: Tree, random: Random):
    """Without this, the samples of the test above could be texts that the pattern does not match."""
    assume(tree.is_python)
    pattern = re.compile(tree.source, re.ASCII)
    for _sample in range(SAMPLES):
        assert pattern.fullmatch(tree.sample(random)), tree.source


def host_of(url: str) -> str:
    """The host that a browser connects to: without a user before it and a port after it."""
    authority = re.split("[/?#]", url.partition("://")[2])[0]
    return authority.rpartition("@")[2].partition(":")[0].rstrip(".")


@given(TREES, st.sampled_from(["", "/", "$", "/.*", ":443/", "[.]b/"]), st.randoms(use_true_random=False))
def test_every_url_that_matches_has_a_host_that_was_read(tree: Tree, after, random: Random):
    found = read(f"https?://{tree.source}{after}")
    assert found.has_scheme
    for _sample in range(SAMPLES):
        host = host_of(f"https://{tree.sample(random)}{after.strip('$').replace('[.]', '.').removesuffix('.*')}".lower())
        written = "|".join(re.escape(name).replace(r"\.", "." if found.has_unescaped_dot else r"\.") for name in found.url_hosts)
        assert not written or re.fullmatch(rf"(.*\.)?({written})", host), (host, found.url_hosts)


labels = st.text("abcxyz019", min_size=1, max_size=6)
names = st.lists(labels, min_size=2, max_size=3).map(".".join)
DOTS = {r"\.": False, "[.]": False, r"\x2e": False, r"\Q.\E": False, ".": True}
BEFORE = {
    "": "at",
    r".*\.": "dot",
    r"(.*\.)?": "dot",
    r"([\w-]+[.])*": "dot",
    ".*": "open",
    "[a-z0-9-]*": "open",
    ".": "open",
    "/": "open",
}
AFTER = {"": "unanchored", r"\b": "unanchored", "$": "anchored", r"\.?\z": "anchored", r"\s*$": "anchored", ".*": "open", "[a-z]?$": "open", r"(\..*|)": "open"}
LOCALS = {".*": 0, "[^@]+": 0, "user": 4, "^j(oh)?n": 2, r"\w+\.x": 1, "": 0}


@given(
    st.sampled_from(list(LOCALS)),
    st.sampled_from(list(BEFORE)),
    st.lists(names, min_size=1, max_size=5, unique=True),
    st.sampled_from(list(DOTS)),
    st.sampled_from(list(AFTER)),
)
def test_the_domain_of_a_generated_pattern_is_found(local, before, domains, dot, after):
    pattern = f"{local}@{before}({'|'.join(dot.join(domain.split('.')) for domain in domains)}){after}"
    found = read(pattern)
    expected = {domain for domain in domains if not any(domain.endswith(f".{other}") for other in domains)}
    assert set(found.fixed_ends) == expected
    assert (found.boundary, found.end, found.has_at) == (BEFORE[before], AFTER[after], True)
    assert found.has_unescaped_dot is DOTS[dot]
    assert found.minimum == LOCALS[local] + min(sum(map(str.isalnum, domain)) for domain in domains)


@given(
    st.lists(names, min_size=1, max_size=4, unique=True),
    st.sampled_from(["^https?://", "https://", "(?:http|https)://"]),
    st.sampled_from(["/", "/.*", r"\?", "#x", ":8443/", "$", "(/.*)?$"]),
)
def test_the_host_of_a_generated_url_pattern_is_found(hosts, scheme, after):
    written = "|".join("".join(map(escaped, host)) for host in hosts)
    found = read(f"{scheme}({written}){after}")
    assert (set(found.url_hosts), found.has_scheme, found.is_anchored_start) == (set(hosts), True, scheme.startswith("^"))
    assert read(f"{scheme}({written})").url_hosts == ()
    assert read(f"{scheme}.*({written}){after}").url_hosts == ()


@given(st.text("ab.|()[]{}*+?^$\\&-12,:<>=!@QEx# \n", max_size=30))
def test_any_text_is_read_or_refused(pattern):
    found = read_regex(pattern)
    assert found is None or len(found.fixed_ends) >= 1


def test_many_alternatives_are_distinguished_up_to_a_limit():
    few = [f"a{number}.example" for number in range(1000)]
    many = [f"a{number}.partner.example" for number in range(3000)]
    assert set(read(f"@({'|'.join(few)})$".replace(".", r"\.")).fixed_ends) == set(few)
    found = read(f"@({'|'.join(many)})$".replace(".", r"\."))
    assert (found.fixed_ends, found.boundary, found.end) == (("partner.example",), "dot", "anchored")
    nothing = read("|".join(f"{number}{number % 10}" for number in range(3000)))
    assert nothing.fixed_ends == ("",)
    assert nothing.minimum == 2
