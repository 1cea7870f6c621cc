"""Networks of entries: their width, the platforms that share them, and own gateways."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data.networks import SHARED_BY_PLATFORM
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.networks import gateway_covered, network_of, prefix_length, shared_by, supernets
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import account_of, live_domain
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", (4, 32)),
        ("192.0.2.0/24", (4, 24)),
        ("0.0.0.0/0", (4, 0)),
        ("2001:db8::1", (6, 128)),
        ("2001:db8::/32", (6, 32)),
        ("192.0.2.7/24", None),
        ("partner.example", None),
        ("1partner.example", None),
        ("ann@partner.example", None),
        ("", None),
    ],
)
def test_prefix_length(text, expected):
    assert prefix_length(text) == expected


@pytest.mark.parametrize(
    ("network", "platform"),
    [
        ("40.107.1.2", "Microsoft 365"),
        ("52.96.0.0/12", "Microsoft 365"),
        ("209.85.200.0/24", "Google"),
        ("54.240.8.1", "Amazon SES"),
        ("149.72.0.0/16", "SendGrid"),
        ("198.2.130.1", "Mailchimp"),
        ("104.30.40.0/24", "Cloudflare Email Security"),
        ("2405:8100:c400::1", "Cloudflare Email Security"),
        ("35.157.195.63", "Cloudflare Email Security"),
        ("192.0.2.7", None),
        ("35.157.195.62", None),
        ("40.108.0.0", None),
        ("2001:db8::/32", None),
        ("google.com", None),
    ],
)
def test_shared_by(network, platform):
    assert shared_by(network) == platform


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("192.0.2.7", ("192.0.2.7", "example.com")),
        ("192.0.2.0/24", ("192.0.2.7", "example.com")),
        # An address of a network that is a gateway.
        ("198.51.100.9", ("198.51.100.9", "example.org")),
        ("198.51.100.64/26", ("198.51.100.64/26", "example.org")),
        ("2001:db8:1::/48", ("2001:db8:1:2::/64", "example.org")),
        ("0.0.0.0/0", ("192.0.2.7", "example.com")),
        ("192.0.2.8", None),
        ("203.0.113.0/24", None),
        ("2001:db8:2::/48", None),
        # Wider than a gateway, so that nothing is known.
        ("100.64.1.1", None),
        ("partner.example", None),
    ],
)
def test_gateway_covered(network, expected):
    domains = [
        live_domain("example.com", ip_restrictions=["192.0.2.7/32", "100.64.0.0/10", "not a network"]),
        live_domain("example.org", ip_restrictions=["198.51.100.0/24", "2001:db8:1:2::/64", "192.0.2.7/32"]),
        live_domain("example.net"),
        live_domain("example.de", ip_restrictions=None),
    ]
    assert gateway_covered(network, account_of(domains=domains)) == expected


def test_no_gateway_is_known_if_the_domains_were_not_read():
    assert gateway_covered("192.0.2.7", account_of(domains=None)) is None


def test_supernets():
    network = network_of("198.51.100.7")
    assert list(supernets(network, [0, 24, 31, 32])) == [
        (4, 0, 0),
        (4, int(ipaddress.ip_address("198.51.100.0")), 24),
        (4, int(ipaddress.ip_address("198.51.100.6")), 31),
        (4, int(ipaddress.ip_address("198.51.100.7")), 32),
    ]
    assert list(supernets(network_of("198.51.100.0/24"), [25])) == []


ADDRESSES = st.one_of(
    st.ip_addresses(v=4),
    *(st.ip_addresses(network=text) for texts in SHARED_BY_PLATFORM.values() for text in texts[:3]),
)


@given(ADDRESSES, st.integers(0, 128))
def test_shared_by_is_an_overlap(address, length):
    network = ipaddress.ip_network(f"{address}/{min(length, address.max_prefixlen)}", strict=False)
    overlapping = {name for name, texts in SHARED_BY_PLATFORM.items() for text in texts if network.overlaps(ipaddress.ip_network(text))}
    assert shared_by(str(network)) in (overlapping or {None})


NETWORKS = st.builds(lambda number, length: str(ipaddress.ip_network((number << 20, length), strict=False)), st.integers(0, 4095), st.integers(16, 32))


@given(st.lists(NETWORKS, max_size=5), NETWORKS)
def test_gateway_covered_is_an_overlap(restrictions, network):
    found = gateway_covered(network, account_of(domains=[live_domain("example.com", ip_restrictions=restrictions)]))
    pairs = [(ipaddress.ip_network(network), ipaddress.ip_network(text)) for text in restrictions]
    # The smaller one of each pair.
    overlaps = {str(max(pair, key=lambda one: one.prefixlen)).removesuffix("/32") for pair in pairs if pair[0].overlaps(pair[1])}
    assert (found[0] in overlaps) if found else not overlaps
