"""The networks of platforms."""

from __future__ import annotations

import ipaddress
from itertools import chain

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data.networks import SHARED_BY_PLATFORM
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_providers import SHARED_NETWORKS

NETWORKS = list(chain.from_iterable(SHARED_BY_PLATFORM.values()))


def test_the_platforms_are_those_that_the_rules_name():
    assert list(SHARED_BY_PLATFORM) == ["Microsoft 365", "Google", "Amazon SES", "SendGrid", "Mailchimp", "Cloudflare Email Security"]


def test_the_networks_of_the_rule_on_domains_are_a_part():
    assert set(SHARED_NETWORKS) < set(NETWORKS)


@pytest.mark.parametrize("network", NETWORKS)
def test_networks_have_no_host_bits_and_are_narrow(network):
    parsed = ipaddress.ip_network(network)
    assert str(parsed) == network
    assert parsed.prefixlen >= {4: 14, 6: 36}[parsed.version]


def test_no_network_lies_in_another():
    networks = [ipaddress.ip_network(network) for network in NETWORKS]
    assert not [(one, other) for one in networks for other in networks if one is not other and one.version == other.version and one.subnet_of(other)]
