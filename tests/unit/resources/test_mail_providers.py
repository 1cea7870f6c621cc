from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources import mail_providers as mail_providers_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import normalize_name

HOSTS = (
    *mail_providers_module.EMAIL_SECURITY_HOSTS,
    *mail_providers_module.EMAIL_ROUTING_HOSTS,
    *(host for hosts in mail_providers_module.TRANSPORTS.values() for host in hosts),
)


def test_the_providers_whose_hosts_are_known_are_called_as_the_api_calls_them():
    assert sorted(mail_providers_module.TRANSPORTS) == ["GOOGLE", "MICROSOFT"]


@pytest.mark.parametrize("network", mail_providers_module.SHARED_NETWORKS)
def test_shared_networks_have_no_host_bits(network):
    assert str(ipaddress.ip_network(network)) == network


def test_shared_networks_do_not_overlap():
    networks = [ipaddress.ip_network(network) for network in mail_providers_module.SHARED_NETWORKS]
    assert not [(one, other) for one in networks for other in networks if one is not other and one.version == other.version and one.subnet_of(other)]


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_are_in_normal_form(host):
    assert normalize_name(host) == host
    assert "x-" not in host


@pytest.mark.parametrize(
    ("host", "is_below"),
    [
        ("mxrecord.io", True),
        ("mailstream-eu1.mxrecord.io", True),
        ("notmxrecord.io", False),
        ("mxrecord.io.example", False),
        ("mxa.global.inbound.cf-emailsecurity.net", True),
    ],
)
def test_is_below_cases(host, is_below):
    assert mail_providers_module.is_below(host, mail_providers_module.EMAIL_SECURITY_HOSTS) is is_below
