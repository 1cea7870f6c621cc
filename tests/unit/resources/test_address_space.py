"""What lists of networks cover, against an oracle that counts addresses one by one."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.address_space import (
    is_anywhere,
    is_open_to_a_family,
    is_overlapping,
    is_same_space,
    uncovered_networks,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.field_types import parse_network
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import ADDRESSES, V4, V6, covered, lists
from hypothesis import assume, given


@given(lists)
def test_is_anywhere_cases(networks):
    # Of each family the addresses of the tiny network and one more stand for all.
    of_families = [{address for address in ADDRESSES if address.version == version} for version in (4, 6)]
    whole = [family <= covered(networks) for family in of_families]
    if V4 in networks or V6 in networks or not networks or not any(whole):
        assert is_anywhere(networks) is all(whole)
        assert is_open_to_a_family(networks) is any(whole)


@given(lists, lists)
def test_is_same_space_cases(some, others):
    assert is_same_space(some, others) is (covered(some) == covered(others))


@pytest.mark.parametrize(
    ("one", "another", "is_same"),
    [(["x"], ["x"], True), (["x"], ["y"], False), (["x"], [], False), (["192.0.2.0/24", "x"], ["192.0.2.0/24"], False), (["0.0.0.0/0", "::/0"], [], True)],
)
def test_is_same_space_unparsable_entries_equal_if_written_alike(one, another, is_same):
    assert is_same_space(one, another) is is_same_space(another, one) is is_same


@given(lists, lists)
def test_uncovered_networks_are_exactly_the_excess(declared, live):
    named = uncovered_networks(live, declared)
    everything = set(ADDRESSES)
    gained = covered(live) - covered(declared)
    if not named:
        assert not gained or covered(live) == everything
    else:
        assert gained <= covered(named) <= covered(live)
        assert all(covered([network]) - covered(declared) for network in named)


def test_uncovered_networks_everything_is_empty():
    assert uncovered_networks([], ["192.0.2.0/24"]) == []
    assert uncovered_networks([V4, V6, "192.0.2.0/24"], ["192.0.2.0/24"]) == []
    assert uncovered_networks([V4], ["192.0.2.0/24"]) == [V4]


@given(lists, lists)
def test_is_overlapping_if_a_network_and_a_list_have_an_address_in_common(some, networks):
    assume(some and networks)
    expected = [bool(covered([text]) & covered(networks)) for text in some]
    assert [is_overlapping(parse_network(text), tuple(networks)) for text in some] == expected


@pytest.mark.parametrize(
    ("network", "networks", "expected"),
    [
        ("192.0.2.0/24", ("192.0.2.255/32",), True),
        ("192.0.2.255/32", ("192.0.2.0/24",), True),
        ("192.0.2.128/25", ("192.0.2.0/25", "192.0.3.0/24"), False),
        ("192.0.2.0/23", ("192.0.4.0/24",), False),
        ("192.0.4.0/24", ("192.0.2.0/23",), False),
        ("::/0", ("192.0.2.0/24",), False),
        ("2001:db8::/32", ("192.0.2.0/24", "2001:db8:1::/48"), True),
    ],
)
def test_is_overlapping_at_the_ends_of_networks(network, networks, expected):
    assert is_overlapping(parse_network(network), networks) is expected
