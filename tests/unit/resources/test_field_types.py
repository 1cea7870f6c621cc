from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.field_types import (
    Boolean,
    Choice,
    ChoiceSet,
    DomainName,
    FieldType,
    HostName,
    IntegerRange,
    NetworkSet,
    Uuid,
    reject_mask,
)
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import covered as addresses_of
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import lists as network_lists
from hypothesis import given
from hypothesis import strategies as st

COLOURS = ChoiceSet(("RED", "GREEN", "BLUE"), min_items=1)
NETWORKS = NetworkSet()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
KINDS = [COLOURS, NETWORKS, Choice(("a", "b")), Boolean(), IntegerRange(1, 20), Uuid(), HostName(), DomainName()]


@pytest.mark.parametrize(
    ("kind", "desired", "normal"),
    [
        (COLOURS, ["RED", "BLUE", "RED"], ["BLUE", "RED"]),
        (ChoiceSet(("RED",)), [], []),
        (NETWORKS, ["192.0.2.10"], ["192.0.2.10/32"]),
        (NETWORKS, ["192.0.2.10/32", " 192.0.2.10 "], ["192.0.2.10/32"]),
        (NETWORKS, ["192.0.2.0/255.255.255.0"], ["192.0.2.0/24"]),
        (NETWORKS, ["2001:DB8:0::/32", "2001:db8::1"], ["2001:db8::/32", "2001:db8::1/128"]),
        (NETWORKS, ["0.0.0.0/0"], ["0.0.0.0/0"]),
        (NETWORKS, [], []),
        (NETWORKS, [f"192.0.2.{last}" for last in range(200)] + ["192.0.2.7/32"], sorted(f"192.0.2.{last}/32" for last in range(200))),
        (NETWORKS, ["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/25", "192.0.2.128/25"]),
        (Choice(("AllItems", "Inbox")), "Inbox", "Inbox"),
        (Boolean(), True, True),
        (Boolean(), False, False),
        (IntegerRange(1, 20), 1, 1),
        (IntegerRange(1, 20), 20, 20),
        (Uuid(), " 5E0A4F6E-7B9D-4D0E-8A51-0C1F2A3B4C01 ", "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"),
        (HostName(), " MX.Example.COM. ", "mx.example.com"),
        (HostName(), "mx.Bücher.example", "mx.xn--bcher-kva.example"),
        (HostName(), "ｍｘ．example．com", "mx.example.com"),
        (HostName(), "mx.exam\u200bple.com", "mx.example.com"),
        (HostName(), "mx.xn--i-7iq.ws", "mx.xn--i-7iq.ws"),
        (HostName(), " 192.0.2.25 ", "192.0.2.25"),
        (HostName(), "192.0.2.25.", "192.0.2.25"),
        (HostName(), "2001:DB8:0:0::25", "2001:db8::25"),
        (DomainName(), "faß.DE.", "xn--fa-hia.de"),
    ],
)
def test_parse_cases(kind, desired, normal):
    assert kind.parse(desired) == normal
    assert kind.normalize(desired) == normal or kind.normalize(normal) == normal


@pytest.mark.parametrize(
    ("kind", "desired", "words"),
    [
        (COLOURS, ["RED", "PINK"], "contains 'PINK'; the choices are RED, GREEN, BLUE"),
        (COLOURS, [], "is empty; it needs at least 1 of RED, GREEN, BLUE"),
        (NETWORKS, ["192.0.2.1/24"], "host bits set: write 192.0.2.0/24 for the network, or 192.0.2.1/32 for the single address"),
        (NETWORKS, ["192.0.2.1/255.255.255.0"], "host bits set: write 192.0.2.0/24 for the network, or 192.0.2.1/32 for the single address"),
        (NETWORKS, ["2001:db8::1/32"], "host bits set: write 2001:db8::/32 for the network, or 2001:db8::1/128 for the single address"),
        (NETWORKS, ["192.0.2.0/33"], "contains '192.0.2.0/33', which is neither an address nor a network"),
        (NETWORKS, ["192.0.2.010"], "neither an address nor a network: Leading zeros are not permitted in '010'"),
        (NETWORKS, ["192.0.2.0/33"], "neither an address nor a network: '33' is not a valid netmask"),
        (NETWORKS, ["mail.example.com"], "contains 'mail.example.com'"),
        (NETWORKS, [""], "contains ''"),
        (NETWORKS, ["192.0.2.1-192.0.2.9"], "neither an address nor a network"),
        (NETWORKS, ["fe80::1%eth0/64"], "neither an address nor a network"),
        (NETWORKS, ["fe80::1%eth0"], "neither an address nor a network"),
        (NETWORKS, ["10.0.0.0/0.255.255.255"], "neither an address nor a network: 0.255.255.255 is a wildcard mask. Write the prefix length, or the netmask"),
        (NETWORKS, ["192.0.2.7/0.0.0.255"], "0.0.0.255 is a wildcard mask"),
        (
            NETWORKS,
            ["192.0.2.1/0"],
            "write 192.0.2.1/32 for the single address, or correct the mask. To accept mail from anywhere, use the option clear",
        ),
        (Choice(("AllItems", "Inbox")), "Trash", "is 'Trash'; the choices are AllItems, Inbox"),
        (Boolean(), "yes", "is 'yes'; it must be true or false"),
        (IntegerRange(1, 20), 0, "is 0; it must be an integer from 1 to 20"),
        (IntegerRange(1, 20), 21, "is 21; it must be an integer from 1 to 20"),
        (IntegerRange(1, 20), True, "is True"),
        (IntegerRange(1, 20), 2.0, "is 2.0"),
        (Uuid(), "5e0a4f6e", "is '5e0a4f6e'; it must be a UUID"),
        (Uuid(), "{5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01}", "it must be a UUID"),
        (Uuid(), "5e0a4f6e7b9d4d0e8a510c1f2a3b4c01", "it must be a UUID"),
        (HostName(), " ", "is ' '; it must be a host name"),
        (HostName(), ".", "and nothing else: it is empty"),
        (HostName(), "mx.example..", "the label ''"),
        (HostName(), "mx..example", "the label ''"),
        (HostName(), "mx example.com", "the label 'mx example'"),
        (HostName(), "-", "the label '-'"),
        (HostName(), "mx", "it is a single label, and at least two are needed"),
        (HostName(), "smtp://mx.example.com:25", "this is a URL. Write only the host"),
        (HostName(), "http://x/", "this is a URL"),
        (HostName(), "bob@mx.example.com", "this is a mail address. Write only the host"),
        (HostName(), "mx.example.com:25", "a port cannot be given. Write only the host"),
        (HostName(), "192.0.2.1:25", "a port cannot be given"),
        (HostName(), "mx.example.com/", "this has a path or a prefix length"),
        (HostName(), "192.0.2.0/24", "this has a path or a prefix length"),
        (HostName(), "[192.0.2.1]", "write an IP address without brackets"),
        (HostName(), "[2001:db8::1]:25", "write an IP address without brackets"),
        (HostName(), "mx_1.example.com", "host names contain no underscore"),
        (HostName(), "192.0.2.300", "its last label '300' is a number"),
        (HostName(), "fe80::1%eth0", "it must be a host name or an IP address"),
        (HostName(), "{{1+1}}", "it must be a host name or an IP address"),
        (HostName(), "a" * 300 + ".example", "longer than 253"),
        (DomainName(), "exa mple.com", "is 'exa mple.com', which is not a domain name: the label 'exa mple'"),
    ],
)
def test_parse_invalid_option_is_refused_with_a_hint(kind, desired, words):
    with pytest.raises(ValueError, match="is |contains ") as refusal:
        kind.parse(desired)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        (COLOURS, None, []),
        (COLOURS, ["PINK", "RED", "PINK"], ["PINK", "RED"]),
        (COLOURS, "RED", ["RED"]),
        (COLOURS, ["red", "Blue", "pink", "RED"], ["BLUE", "RED", "pink"]),
        (COLOURS, [1, {"b": 2, "a": 1}], ["1", '{"a": 1, "b": 2}']),
        (NETWORKS, None, []),
        (NETWORKS, ["2001:DB8::/32", "192.0.2.10", "192.0.2.10/32"], ["192.0.2.10/32", "2001:db8::/32"]),
        # Host bits are not dropped from what is live either: it is not the network that somebody may take it for.
        (NETWORKS, ["192.0.2.1/24", "any"], ["192.0.2.1/24", "any"]),
        (NETWORKS, ["10.0.0.0/0.255.255.255"], ["10.0.0.0/0.255.255.255"]),
        (Choice(("a",)), None, None),
        (Choice(("a",)), "Archive", "Archive"),
        (Choice(("AllItems", "Inbox")), "allitems", "AllItems"),
        (Choice(("AllItems", "Inbox")), "INBOX", "Inbox"),
        (Boolean(), None, False),
        *[(Boolean(), value, True) for value in (1, 1.0, "true", "True", "TRUE")],
        *[(Boolean(), value, False) for value in (0, 0.0, "false", "False")],
        (Boolean(), "yes", "yes"),
        (Boolean(), 2, "2"),
        (Boolean(), [True], "[true]"),
        (IntegerRange(1, 20), None, None),
        (IntegerRange(1, 20), 0, 0),
        (IntegerRange(1, 20), True, "true"),
        (IntegerRange(1, 20), 1.5, "1.5"),
        *[(IntegerRange(1, 20), value, 2) for value in (2.0, "2", "2.0", "02")],
        (IntegerRange(1, 20), "two", "two"),
        (IntegerRange(1, 20), "9" * 5000, "9" * 5000),
        (IntegerRange(1, 20), [2], "[2]"),
        (Uuid(), None, None),
        (Uuid(), "ABC", "abc"),
        (HostName(), None, None),
        (HostName(), "", ""),
        (HostName(), "MX.example.com.", "mx.example.com"),
        (HostName(), 7, "7"),
        (HostName(), "mx.BÜCHER.example", "mx.xn--bcher-kva.example"),
        (HostName(), "mx.i❤.ws", "mx.xn--i-7iq.ws"),
        (HostName(), "2001:DB8::0:25", "2001:db8::25"),
        (HostName(), "[192.0.2.25]", "192.0.2.25"),
        (HostName(), "Bob@MX", "bob@mx"),
        (HostName(), "SMTP://mx:25", "smtp://mx:25"),
        (HostName(), " a b.", " a b"),
        (HostName(), {"b": 2, "a": 1}, '{"a": 1, "b": 2}'),
        (DomainName(), None, None),
        (DomainName(), "EXAMPLE.com.", "example.com"),
        (DomainName(), "FAß.de", "xn--fa-hia.de"),
        (DomainName(), "not a name", "not a name"),
    ],
)
def test_normalize_cases(kind, value, normal):
    assert kind.normalize(value) == normal


@given(value=JSON)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_normalize_never_fails_and_is_stable(kind, value):
    normal = kind.normalize(value)
    assert kind.normalize(value) == normal
    assert kind.is_equal(normal, normal)


@given(value=JSON)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if not isinstance(kind, (HostName, DomainName))], ids=lambda kind: type(kind).__name__)
def test_normalize_is_idempotent(kind, value):
    normal = kind.normalize(value)
    assert kind.normalize(normal) == normal


@pytest.mark.parametrize(
    ("left", "right", "are_same"),
    [
        (["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"], True),
        (["192.0.2.0/24", "192.0.2.7/32"], ["192.0.2.0/24"], True),
        (["192.0.2.0/25", "192.0.2.64/26", "192.0.2.128/25"], ["192.0.2.0/24"], True),
        (["2001:db8::/33", "2001:db8:8000::/33", "192.0.2.1/32"], ["192.0.2.1/32", "2001:db8::/32"], True),
        (["0.0.0.0/1", "128.0.0.0/1", "::/0"], ["0.0.0.0/0", "::/0"], True),
        (["192.0.2.0/25", "192.0.2.128/26"], ["192.0.2.0/24"], False),
        (["192.0.2.0/24"], ["192.0.2.0/23"], False),
        (["0.0.0.1/32"], ["::1/128"], False),
        # Which addresses the server takes such an entry for is not known.
        (["192.0.2.0/25", "192.0.2.128/25", "any"], ["192.0.2.0/24", "any"], True),
        (["192.0.2.0/24", "any"], ["192.0.2.0/24"], False),
        # To let in everybody is written in two ways, for different reasons.
        ([], ["0.0.0.0/0", "::/0"], False),
        ([], [], True),
        ([], ["192.0.2.0/24"], False),
    ],
)
def test_is_equal_networks_cases(left, right, are_same):
    assert NETWORKS.is_equal(left, right) is are_same
    assert NETWORKS.is_equal(right, left) is are_same


def covered(networks):
    return {address for network in networks for address in ipaddress.ip_network(network)}


SMALL = st.builds(lambda last, prefix: str(ipaddress.ip_network((0xC0000200 + last, prefix), strict=False)), st.integers(0, 31), st.integers(27, 32))


@given(st.lists(SMALL, max_size=8), st.lists(SMALL, max_size=8))
def test_is_equal_networks_covers_the_same_addresses(some, others):
    one, other = NETWORKS.parse(some), NETWORKS.parse(others)
    assert NETWORKS.is_equal(one, other) == (covered(some) == covered(others))
    assert (NETWORKS.comparable(one) == NETWORKS.comparable(other)) == NETWORKS.is_equal(one, other)


@given(st.lists(SMALL, min_size=1, max_size=8), st.data())
def test_is_equal_split_networks_are_equal(networks, data):
    split = [str(part) for text in networks for part in ipaddress.ip_network(text).subnets(prefixlen_diff=data.draw(st.integers(0, 32 - int(text[-2:]))))]
    assert NETWORKS.is_equal(NETWORKS.parse(networks), NETWORKS.normalize(split))


@given(st.sampled_from(["", "mx.", "a-b.", "xn--bcher-kva."]), st.sampled_from(["example.com", "bücher.example", "faß.de"]), st.data())
def test_host_name_spelling_is_ignored(begin, end, data):
    host = begin + end
    spelled = data.draw(st.sampled_from([host, host + ".", f" {host} ", host.replace(".", "。"), begin.upper() + end, HostName().parse(host)]))
    assert HostName().parse(spelled) == HostName().normalize(spelled) == HostName().parse(host)


@given(st.text())
def test_host_name_accepted_text_is_its_normal_form(text):
    try:
        host = HostName().parse(text)
    except ValueError:
        return
    assert HostName().parse(host) == HostName().normalize(host) == HostName().normalize(text) == host
    assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.:")


@given(words=st.lists(st.sampled_from(COLOURS.choices), min_size=1), shuffle=st.randoms())
def test_choice_set_order_and_duplicates_are_ignored(words, shuffle):
    other = words + words
    shuffle.shuffle(other)
    assert COLOURS.parse(words) == COLOURS.parse(other) == COLOURS.normalize(other)


@given(st.lists(st.ip_addresses(), max_size=20), st.data())
def test_network_set_spelling_is_ignored(addresses, data):
    spelled = [data.draw(st.sampled_from([str(a), str(a).upper(), a.exploded, f"{a}/{a.max_prefixlen}", f" {a} "])) for a in addresses]
    assert NETWORKS.parse(spelled) == NETWORKS.normalize([str(a) for a in addresses])


@given(st.ip_addresses(), st.data())
def test_network_set_host_bits_are_refused(address, data):
    prefix = data.draw(st.integers(0, address.max_prefixlen))
    text = f"{address}/{prefix}"
    likely = ipaddress.ip_network(text, strict=False)
    if likely.network_address == address:
        assert NETWORKS.parse([text]) == [str(likely)]
    else:
        with pytest.raises(ValueError, match="host bits set") as refusal:
            NETWORKS.parse([text])
        # Never one that lets in a great part of the world.
        assert (f"write {likely} " in str(refusal.value)) == (likely.prefixlen >= {4: 8, 6: 16}[likely.version])
        assert f"{address}/{address.max_prefixlen} for the single address" in str(refusal.value)
        assert NETWORKS.normalize([text]) == [text]


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (COLOURS, {"type": "list", "elements": "str", "choices": ["RED", "GREEN", "BLUE"]}),
        (NETWORKS, {"type": "list", "elements": "str"}),
        (Choice(("a", "b")), {"type": "str", "choices": ["a", "b"]}),
        (Boolean(), {"type": "bool"}),
        (IntegerRange(1, 20), {"type": "int"}),
        (Uuid(), {"type": "str"}),
        (HostName(), {"type": "str"}),
        (DomainName(), {"type": "str"}),
    ],
)
def test_option_spec_cases(kind, argument):
    assert kind.option_spec() == argument


@pytest.mark.parametrize("reading", ["parse", "normalize"])
def test_field_type_without_methods_raises(reading):
    with pytest.raises(NotImplementedError):
        getattr(FieldType(), reading)("a value")


def test_only_sets_can_be_added_to():
    assert [kind.is_set for kind in KINDS] == [True, True, *[False] * 6]
    with pytest.raises(NotImplementedError):
        FieldType().with_added(["a"], ["b"])


@pytest.mark.parametrize("value", ["********", "mx.********.example", ["192.0.2.1", "********"], "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$encrypted$"])
def test_reject_mask_mask_raises(value):
    with pytest.raises(ValueError, match="masked output: take the value from a source that is not masked"):
        reject_mask(value)


@pytest.mark.parametrize("value", ["*******", "mx.example", [], [1], None, 7, True])
def test_reject_mask_other_value_passes(value):
    reject_mask(value)


@pytest.mark.parametrize(
    ("live", "added", "expected"),
    [
        (["192.0.2.0/24"], ["198.51.100.0/24"], ["192.0.2.0/24", "198.51.100.0/24"]),
        # What live networks cover is there, whether one of them covers it or two together.
        (["192.0.2.0/24"], ["192.0.2.7/32", "2001:db8::/32"], ["192.0.2.0/24", "2001:db8::/32"]),
        (["192.0.2.0/25", "192.0.2.128/25"], ["192.0.2.0/24"], ["192.0.2.0/25", "192.0.2.128/25"]),
        (["0.0.0.0/0"], ["192.0.2.0/24", "::1/128"], ["0.0.0.0/0", "::1/128"]),
        # What they cover in part is not.
        (["192.0.2.0/25"], ["192.0.2.0/24"], ["192.0.2.0/24", "192.0.2.0/25"]),
        # A list that admits every sender holds no networks.
        ([], ["192.0.2.0/24"], ["192.0.2.0/24"]),
        (["192.0.2.0/24"], [], ["192.0.2.0/24"]),
        ([], [], []),
        # A live value that cannot be parsed stays, and is added if it was there before.
        (["no network"], ["192.0.2.0/24"], ["192.0.2.0/24", "no network"]),
        (["192.0.2.0/24"], ["no network"], ["192.0.2.0/24", "no network"]),
    ],
)
def test_with_added_networks_cases(live, added, expected):
    assert NETWORKS.with_added(live, added) == expected


@given(network_lists, network_lists)
def test_with_added_networks_neither_removes_nor_widens(live, added):
    result = NETWORKS.with_added(live, added)
    assert set(live) <= set(result) <= {*live, *added}
    assert NETWORKS.with_added(result, added) == result == sorted(result)
    if result:
        assert addresses_of(result) == (addresses_of(live) if live else set()) | (addresses_of(added) if added else set())


@given(network_lists.filter(bool), network_lists)
def test_with_added_networks_is_no_change_exactly_if_they_are_covered(live, added):
    is_covered = not added or addresses_of(added) <= addresses_of(live)
    assert (NETWORKS.with_added(live, added) == live) == NETWORKS.is_equal(NETWORKS.with_added(live, added), live) == is_covered


def test_with_added_words_keeps_those_that_are_unknown():
    assert COLOURS.with_added(["PURPLE", "RED"], ["BLUE", "RED"]) == ["BLUE", "PURPLE", "RED"]
    assert COLOURS.with_added(["RED"], ["RED"]) == ["RED"]
