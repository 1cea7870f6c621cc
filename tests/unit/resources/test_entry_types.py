"""Types of values in entries of lists: what is equal, what is sent, and what is refused."""

from __future__ import annotations

import ipaddress
import unicodedata

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.entry_types import (
    MAX_PATTERN_LENGTH,
    Comment,
    Name,
    NameSet,
    RegularExpression,
    SenderPattern,
    infer_pattern_type,
    normalize_literal,
    parse_literal,
    parse_regex,
    pattern_type_of,
)
from hypothesis import assume, example, given
from hypothesis import strategies as st

PATTERN = SenderPattern()
DOMAIN = SenderPattern(("DOMAIN",))
ADDRESS = SenderPattern(("EMAIL",), regex_flag="is_email_regex")
REGEX = RegularExpression()
NAMES = NameSet()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
TYPES = [PATTERN, DOMAIN, ADDRESS, REGEX, Name(20), Comment(), Comment(None), NAMES]

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda label: not label.startswith("xn--"))
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
LOCALS = st.from_regex(r"[a-z0-9!#$%&'+/=?^_`{|}~.-]{1,12}", fullmatch=True)
ADDRESSES = st.builds("{}@{}".format, LOCALS, DOMAINS)
PUBLIC = st.integers(min_value=int(ipaddress.ip_address("11.0.0.0")), max_value=int(ipaddress.ip_address("126.255.255.255")))
NETWORKS = st.builds(lambda number, prefix: ipaddress.ip_network((number, prefix), strict=False), PUBLIC, st.integers(8, 32))
PLAIN_LITERALS = ADDRESSES | DOMAINS | NETWORKS.map(str)


def refusal(call, *arguments) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is compared
        call(*arguments)
    return str(caught.value)


def respelled(text: str, cases: list[bool]) -> str:
    """The same text with letters in upper case."""
    return "".join(letter.upper() if is_upper else letter for letter, is_upper in zip(text, cases + [False] * len(text), strict=False))


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        (PATTERN, "Evil@Example.COM", "evil@example.com"),
        (PATTERN, " evil@example.com. ", "evil@example.com"),
        (PATTERN, "evil@bücher.example", "evil@xn--bcher-kva.example"),
        (PATTERN, "JÖRG@example.com", "jörg@example.com"),
        (PATTERN, "jo\u0308rg@example.com", "jörg@example.com"),
        (PATTERN, "o'brien+x=y@example.com", "o'brien+x=y@example.com"),
        (PATTERN, '"a:b"@example.com', '"a:b"@example.com'),
        (PATTERN, '":"@example.com', '":"@example.com'),
        (PATTERN, "Evil.Example.", "evil.example"),
        (PATTERN, "Bücher.example", "xn--bcher-kva.example"),
        (PATTERN, "XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        (PATTERN, "com", "com"),
        (PATTERN, "192.0.2.10", "192.0.2.10"),
        (PATTERN, "192.0.2.10/32", "192.0.2.10"),
        (PATTERN, "192.0.2.10/255.255.255.255", "192.0.2.10"),
        (PATTERN, "192.0.2.0/24", "192.0.2.0/24"),
        (PATTERN, "192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        (PATTERN, "2001:DB8:0:0::1", "2001:db8::1"),
        (PATTERN, "2001:db8::1/128", "2001:db8::1"),
        (PATTERN, "2001:0DB8::/32", "2001:db8::/32"),
        # Not `is_private` of Python, which also contains the networks of documentation.
        (PATTERN, "198.51.100.7", "198.51.100.7"),
        (PATTERN, "172.15.255.255", "172.15.255.255"),
        (PATTERN, "172.32.0.0", "172.32.0.0"),
        (DOMAIN, "Partner.Example.", "partner.example"),
        (ADDRESS, "CEO@Example.com", "ceo@example.com"),
        (REGEX, r".*@Evil\.(Example|TEST)$", r".*@Evil\.(Example|TEST)$"),
        (REGEX, "a  b\tc", "a  b\tc"),
        (REGEX, "x" * MAX_PATTERN_LENGTH, "x" * MAX_PATTERN_LENGTH),
        (Name(9), "  Ann \u00a0 Lee ", "Ann Lee"),
        (Name(9), "Jo\u0308rg Lee", "Jörg Lee"),
        (Name(9), "ANN Lee", "ANN Lee"),
        (Comment(), "", ""),
        (Comment(), "  SEC-311:\n\tmarketing \r\n", "  SEC-311:\n\tmarketing \r\n"),
        (Comment(3), "äöü", "äöü"),
        (Comment(None), "x" * 5000, "x" * 5000),
        (NAMES, ["B.example.", "a.EXAMPLE", "b.example"], ["a.example", "b.example"]),
        (NAMES, ["bücher.example"], ["xn--bcher-kva.example"]),
        (NAMES, [], []),
    ],
)
def test_parse_and_normalize_give_one_normal_form(kind, written, normal):
    assert kind.parse(written) == normal
    assert kind.normalize(written) == normal
    assert kind.parse(normal) == normal


@pytest.mark.parametrize(
    ("kind", "written", "words"),
    [
        (PATTERN, "", "is empty"),
        (PATTERN, " \t", "is empty"),
        (PATTERN, "x" * 1025, "has 1025 characters; at most 1024 are allowed"),
        (PATTERN, "@example.com", "is '@example.com', which is not an address. For all addresses of the domain, write example.com"),
        (PATTERN, "*@example.com", "is '*@example.com', which is not an address. For all addresses of the domain, write example.com"),
        (PATTERN, "@", "For all addresses of the domain, write the domain"),
        (PATTERN, "a b@example.com", "an address contains no spaces and no control characters"),
        (PATTERN, "a\u00a0b@example.com", "an address contains no spaces and no control characters"),
        (PATTERN, "a\x00b@example.com", "an address contains no spaces and no control characters"),
        (PATTERN, "Ann Lee <ann@example.com>", "an address contains no spaces"),
        (PATTERN, "<ann@example.com>", "write one address and nothing else, without wildcards"),
        (PATTERN, "*.ann@example.com", "write one address and nothing else, without wildcards"),
        (PATTERN, "a@example.com,b@example.com", "write one address and nothing else"),
        (PATTERN, "a@example.com;b@example.com", "write one address and nothing else"),
        (PATTERN, "a@b@example.com", "write one address and nothing else"),
        (PATTERN, "mailto:a@example.com", "write one address and nothing else"),
        (PATTERN, "a@", "is 'a@'; after the @, it must have the name of a domain: it is empty"),
        (PATTERN, "a@exa_mple.com", "after the @, it must have the name of a domain: the label 'exa_mple'"),
        (PATTERN, "*.example.com", "a domain is written without '*.': write example.com. To match subdomains only, use a regular expression"),
        (PATTERN, ".example.com", "is '.example.com'; a domain is written without '.': write example.com. To match subdomains only, use a regular expression"),
        (PATTERN, "https://example.com", "is 'https://example.com', which is not a domain name"),
        (PATTERN, "False", "Without quotes, YAML reads no, off and false as false"),
        (PATTERN, "True", "Without quotes, YAML reads no, off and false as false"),
        (PATTERN, "300.1.1.1", "is '300.1.1.1', which is neither an IP address nor a network: Octet 300 (> 255) not permitted"),
        (PATTERN, "1.5", "which is neither an IP address nor a network"),
        (PATTERN, "192.0.2.0/x", "which is neither an IP address nor a network: 'x' is not a valid netmask"),
        (PATTERN, "2001:db8::1%eth0", "the scope of an interface has no meaning on other hosts"),
        (PATTERN, ".", "which is not a domain name"),
        (PATTERN, "192.0.2.1/24", "is '192.0.2.1/24', which has host bits set: write 192.0.2.0/24 for the network, or 192.0.2.1 for the single address"),
        (PATTERN, "2001:db8::1/32", "which has host bits set: write 2001:db8::/32 for the network, or 2001:db8::1 for the single address"),
        (PATTERN, "192.0.2.0/33", "is '192.0.2.0/33', which is neither an IP address nor a network: '33' is not a valid netmask"),
        (PATTERN, "192.0.2.0/0.0.0.255", "is a wildcard mask"),
        (PATTERN, "0.0.0.0", "is '0.0.0.0', which is the unspecified address: the API accepts public addresses and networks only"),
        (PATTERN, "0.0.0.0/0", "is '0.0.0.0/0', whose first address is the unspecified address"),
        (PATTERN, "10.1.2.3", "is '10.1.2.3', which is private: the API accepts public addresses and networks only"),
        (PATTERN, "10.0.0.0/7", "is '10.0.0.0/7', whose first address is private"),
        (PATTERN, "127.0.0.1", "which is loopback"),
        (PATTERN, "169.254.1.1", "which is link-local"),
        (PATTERN, "172.16.0.0/12", "which is private"),
        (PATTERN, "172.31.255.255", "which is private"),
        (PATTERN, "192.168.0.0/16", "which is private"),
        (PATTERN, "255.255.255.255", "which is the broadcast address"),
        (PATTERN, "::", "which is the unspecified address"),
        (PATTERN, "::1", "which is loopback"),
        (PATTERN, "::ffff:192.0.2.1", "which is IPv4-mapped"),
        (PATTERN, "fc00::/7", "which is unique-local"),
        (PATTERN, "fd12::1", "which is unique-local"),
        (PATTERN, "fe80::1", "which is link-local"),
        (PATTERN, "\ud83d@example.com", "contains U+D83D, which is not a character: check that the source of the value is in UTF-8"),
        (DOMAIN, "a@partner.example", "is 'a@partner.example', which is an address; it must be a domain"),
        (DOMAIN, "@partner.example", "a domain is written without '@': write partner.example"),
        (DOMAIN, "*@partner.example", "a domain is written without '*@': write partner.example"),
        (DOMAIN, "192.0.2.1", "its last label is a number"),
        (ADDRESS, "example.com", "is 'example.com', which is not an address: it contains no @"),
        (REGEX, "", "is empty"),
        (REGEX, "  ", "is empty"),
        (REGEX, " a", "is ' a', which begins or ends with white space: remove it. In YAML, write it between single quotes on one line"),
        (REGEX, "a\n", "begins or ends with white space"),
        (REGEX, "a\nb", "contains a line break: write it on one line"),
        (REGEX, "a\u2028b", "contains a line break: write it on one line"),
        (REGEX, "x" * 1025, "has 1025 characters; at most 1024 are allowed"),
        (REGEX, "x\udcffy", "contains U+DCFF, which is not a character"),
        (RegularExpression(3), "abcd", "has 4 characters; at most 3 are allowed"),
        (Name(5), "", "is empty"),
        (Name(5), " \u00a0 ", "is empty"),
        (Name(5), "abcdef", "has 6 characters; at most 5 are allowed"),
        (Name(9), "Ann\tLee", "contains a control character: write the name on one line, without tabs"),
        (Name(9), "Ann\x00", "contains a control character"),
        (Name(9), "Ann\ud800", "contains U+D800, which is not a character"),
        (Comment(3), "abcd", "has 4 characters; at most 3 are allowed"),
        (Comment(None), "\ud800", "contains U+D800, which is not a character"),
        (NAMES, ["a.example", "*.b.example"], "contains '*.b.example'; a domain is written without '*.': write b.example"),
        (NAMES, ["a@b.example"], "contains 'a@b.example', which is an address; it must be a domain"),
        (NAMES, ["a b"], "contains 'a b', which is not a domain name: the label 'a b' is not"),
    ],
)
def test_parse_refuses_what_cannot_be_meant(kind, written, words):
    assert words in refusal(kind.parse, written)


@pytest.mark.parametrize(("length", "is_composed"), [(4096, True), (4097, False)])
def test_normalize_composes_texts_up_to_a_length_because_the_time_for_it_may_grow_with_its_square(length, is_composed):
    decomposed = "Jo\u0308rg" + "x" * (length - 5)
    normal = Name(9).normalize(decomposed)
    assert normal == (decomposed.replace("o\u0308", "ö") if is_composed else decomposed)


def test_parse_quotes_at_most_a_part_of_a_long_value():
    assert len(refusal(PATTERN.parse, "a b" * 300 + "@example.com")) < 300
    assert len(refusal(REGEX.parse, " " + "x" * 900)) < 300


@pytest.mark.parametrize(
    ("pattern", "inferred"),
    [
        ("a@example.com", "EMAIL"),
        ("@", "EMAIL"),
        ("example.com", "DOMAIN"),
        ("1.example", "DOMAIN"),
        ("192.0.2", "IP"),
        ("10", "IP"),
        ("a.b", "DOMAIN"),
        ("dead.beef", "DOMAIN"),
        ("dead:beef", "IP"),
        (".", "DOMAIN"),
        (" 192.0.2.1 ", "IP"),
        ("192.0.2.1/24", "IP"),
        # Every letter that an address may have.
        ("123.45.67.89.0", "IP"),
        ("0123:4567:89ab:cdef::1.2.3.4", "IP"),
        ("192.0.2.1/x", "IP"),
        ("2001:db8::/32", "IP"),
        ("", "DOMAIN"),
    ],
)
def test_infer_pattern_type_cases(pattern, inferred):
    assert infer_pattern_type(pattern) == inferred
    assert pattern_type_of({"pattern": pattern, "is_regex": False}) == inferred
    assert pattern_type_of({"pattern": pattern, "is_regex": True}) == "EMAIL"


@pytest.mark.parametrize(
    ("options", "normal"),
    [
        ({"is_regex": True}, ".*@Evil[.]Example"),
        ({"is_regex": True, "pattern_type": "DOMAIN"}, ".*@Evil[.]Example"),
    ],
)
def test_parse_among_keeps_a_regular_expression(options, normal):
    assert PATTERN.parse_among(".*@Evil[.]Example", options) == normal


@pytest.mark.parametrize(
    ("pattern", "pattern_type", "words"),
    [
        ("example.com", "EMAIL", "it contains no @"),
        ("a@example.com", "DOMAIN", "which is an address; it must be a domain"),
        ("example.com", "IP", "which is neither an IP address nor a network"),
        ("192.0.2.1", "DOMAIN", "its last label is a number"),
    ],
)
def test_parse_among_refuses_a_pattern_of_another_type(pattern, pattern_type, words):
    assert words in refusal(PATTERN.parse_among, pattern, {"pattern_type": pattern_type})
    assert words in refusal(parse_literal, pattern, pattern_type)


def test_parse_among_leaves_an_unknown_type_to_the_field_of_the_type():
    assert PATTERN.parse_among("Example.com", {"pattern_type": "UNKNOWN"}) == "example.com"


@pytest.mark.parametrize(
    ("kind", "value", "live", "normal"),
    [
        (PATTERN, "Evil.Example.", {}, "evil.example"),
        (PATTERN, "Evil.Example.", {"is_regex": None}, "evil.example"),
        (PATTERN, "Evil.Example.", {"is_regex": False, "pattern_type": "DOMAIN"}, "evil.example"),
        # The type that the server states is not believed: it may say DOMAIN of an address.
        (PATTERN, "A@Evil.Example", {"pattern_type": "DOMAIN"}, "a@evil.example"),
        (PATTERN, "192.0.2.1/32", {"pattern_type": "IP"}, "192.0.2.1"),
        (PATTERN, "Evil.Example.", {"is_regex": True}, "Evil.Example."),
        (PATTERN, "Evil.Example.", {"is_regex": "true"}, "Evil.Example."),
        (PATTERN, "Evil.Example.", {"is_regex": 1}, "Evil.Example."),
        (PATTERN, "Evil.Example.", {"pattern_type": "UNKNOWN"}, "Evil.Example."),
        (PATTERN, None, {}, None),
        (PATTERN, "", {}, ""),
        (PATTERN, 7, {}, "7"),
        (PATTERN, ["a"], {"is_regex": True}, '["a"]'),
        (ADDRESS, "CEO@example.com", {"is_regex": True}, "ceo@example.com"),
        (ADDRESS, "CEO@example.com", {"is_email_regex": True}, "CEO@example.com"),
        (REGEX, None, {}, None),
        (Comment(), None, {}, ""),
        (Comment(), " ", {}, " "),
        (Name(2), None, {}, None),
        (Name(2), "longer  than that", {}, "longer than that"),
        (NAMES, None, {}, []),
        (NAMES, "One.example", {}, ["one.example"]),
        (NAMES, ["*.One.example", 7], {}, ["*.one.example", "7"]),
    ],
)
def test_normalize_among_live_values(kind, value, live, normal):
    assert kind.normalize_among(value, live) == normal


def test_to_api_of_an_empty_comment_is_null():
    assert Comment().to_api("") is None
    assert Comment().to_api("x") == "x"


@given(value=JSON, live=st.dictionaries(st.sampled_from(["is_regex", "is_email_regex", "pattern_type"]), JSON, max_size=3))
def test_normalize_never_fails_and_is_idempotent(value, live):
    for kind in TYPES:
        normal = kind.normalize_among(value, live)
        assert kind.normalize_among(normal, live) == normal


@given(value=st.text() | st.builds("{}@{}".format, st.text(), st.text()) | st.builds("{}{}".format, st.text(max_size=2), ADDRESSES | DOMAINS))
@example("İ@example.com")
@example("ΑΣ@example.com")
@example("\u1e9e@example.com")
@example("K\u030c@example.com")
def test_parse_is_idempotent_and_equals_the_normal_form_of_the_same_live_value(value):
    for kind in TYPES:
        written = [value] if kind is NAMES else value
        try:
            normal = kind.parse(written)
        except ValueError:
            continue
        assert kind.parse(normal) == normal
        assert kind.is_equal(kind.normalize(normal), normal)
        assert kind.is_equal(kind.normalize(written), normal)


@given(literal=PLAIN_LITERALS, cases=st.lists(st.booleans(), max_size=40), before=st.sampled_from(["", " ", "\t"]), after=st.sampled_from(["", " ", "\n"]))
def test_literals_that_are_spelled_differently_are_equal(literal, cases, before, after):
    written = before + respelled(literal, cases) + after
    assert PATTERN.parse(written) == PATTERN.parse(literal) == normalize_literal(written)


@given(local=LOCALS, domain=DOMAINS)
def test_a_trailing_dot_and_the_form_of_letters_do_not_count(local, domain):
    assert PATTERN.parse(f"{local}@{domain}.") == PATTERN.parse(f"{local}@{domain}")
    assert PATTERN.parse(f"ö{local}@ü{domain}") == PATTERN.parse(unicodedata.normalize("NFD", f"ö{local}@ü{domain}"))


@given(one=NETWORKS, other=NETWORKS)
def test_networks_are_equal_exactly_if_they_have_the_same_addresses(one, other):
    assert (PATTERN.parse(str(one)) == PATTERN.parse(str(other))) == (one == other)
    assert PATTERN.parse(one.with_netmask) == PATTERN.parse(str(one)) == normalize_literal(one.with_netmask)
    assert "/32" not in PATTERN.parse(str(one))


@given(number=PUBLIC, prefix=st.integers(8, 31))
def test_host_bits_are_refused_and_both_meanings_are_named(number, prefix):
    network = ipaddress.ip_network((number, prefix), strict=False)
    assume(int(network.network_address) != number)
    address = ipaddress.ip_address(number)
    assert f"write {network} for the network, or {address} for the single address" in refusal(PATTERN.parse, f"{address}/{prefix}")


@given(st.text(min_size=1))
def test_a_regular_expression_is_kept_to_the_letter_or_refused(text):
    live = {"is_regex": True}
    assert PATTERN.normalize_among(text, live) == REGEX.normalize(text) == text
    try:
        assert PATTERN.parse_among(text, live) == REGEX.parse(text) == parse_regex(text, MAX_PATTERN_LENGTH) == text
    except ValueError:
        assert text != text.strip() or len(text.splitlines()) > 1 or any(unicodedata.category(letter) == "Cs" for letter in text)


@given(st.lists(DOMAINS, max_size=6), st.lists(DOMAINS, max_size=3), st.randoms())
def test_sets_of_names_ignore_order_and_repetition(names, added, random):
    again = [name.upper() + "." for name in names + names]
    random.shuffle(again)
    assert NAMES.parse(again) == NAMES.parse(names) == NAMES.normalize(again) == sorted(set(names))
    assert NAMES.with_added(NAMES.parse(names), NAMES.parse(added)) == sorted({*names, *added})


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$",
        "(a|a)*" * 50 + "b",
        "a" * 1_000_000,
        "(" * 1_000_000,
        "a." * 500_000,
        "1:" * 500_000,
        "1" * 1_000_000,
        "192.0.2.1/" + "1" * 1_000_000,
        "@" * 1_000_000,
        "ü" * 300_000,
        "xn--" + "a" * 1_000_000,
        "a" + "\u0301\u0323" * 100_000,
        " " * 1_000_000 + "a",
        "x@" + "ü." * 100_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_the_work_for_a_long_or_hostile_value_is_bounded(text):
    messages = []
    for kind in TYPES:
        for value in ("a@" + text, text):
            kind.normalize([value] if kind is NAMES else value)
            try:
                kind.parse_among([value] if kind is NAMES else value, {"is_regex": True, "is_email_regex": True})
                kind.parse([value] if kind is NAMES else value)
            except ValueError as error:
                messages.append(str(error))
    assert max(map(len, messages)) < 4000


@pytest.mark.parametrize("address", ["fd12::1", "fc00::/7"])
def test_range_that_the_api_refuses_is_named(address):
    with pytest.raises(ValueError, match=r"which is unique-local[^a-zA-Z]|which is unique-local$"):
        PATTERN.parse_among(address, {"is_regex": False})


def test_hint_about_subdomains_is_only_given_for_a_prefix_of_subdomains():
    with pytest.raises(ValueError, match=r"write partner\.example$"):
        DOMAIN.parse_among("@partner.example", {"is_regex": False})
    with pytest.raises(ValueError, match=r"write partner\.example\. To match subdomains only, use a regular expression$"):
        DOMAIN.parse_among("*.partner.example", {"is_regex": False})


def test_live_network_of_ipv6_has_one_form():
    assert normalize_literal("FD00:0:0::1") == "fd00::1"
    assert normalize_literal("fe80:0::/64") == "fe80::/64"


def test_options_of_a_set_of_names_are_a_list_of_texts():
    assert NameSet().option_spec() == {"type": "list", "elements": "str"}


@pytest.mark.parametrize("text", ["None", "null", "Undefined", "nan"])
def test_what_a_template_makes_of_a_missing_value_is_no_domain(text):
    for kind in (DOMAIN, PATTERN):
        with pytest.raises(ValueError, match="what a template makes of a value that is missing"):
            kind.parse_among(text, {"is_regex": False})
    assert PATTERN.parse_among("zip", {"is_regex": False}) == "zip"
