"""What lists of networks cover, against an oracle that counts addresses one by one."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.address_space import (
    is_anywhere,
    is_open_to_a_family,
    is_same_space,
    uncovered_networks,
)
from ansible_collections.mailops.cloudflare.tests.unit.address_spaces import ADDRESSES, V4, V6, covered, lists
from hypothesis import given


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
