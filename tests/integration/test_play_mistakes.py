"""Mistakes of a user. They are refused before any request; the message names the option, the value, and valid values."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import DOMAIN_MODULE, INFO_MODULE, Outcome, Step

MANY_NETWORKS = [f"10.{high}.{low}.0/24" for high in range(2) for low in range(51)]
# Options besides `domain: example.com`, and parts of the expected message.
OPTIONS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown mode": ({"allowed_delivery_modes": ["DIRECT", "CARRIER_PIGEON"]}, ("allowed_delivery_modes", "CARRIER_PIGEON", "RETRO_SCAN")),
    "mode in lower case": ({"allowed_delivery_modes": ["direct"]}, ("allowed_delivery_modes", "direct", "DIRECT")),
    "unknown judgment": ({"drop_dispositions": ["MALICIOUS_BEC"]}, ("drop_dispositions", "MALICIOUS_BEC", "MALICIOUS-BEC")),
    "unknown region": ({"regions": ["EU"]}, ("regions", "EU", "GLOBAL")),
    "unknown folder": ({"folder": "Spam"}, ("folder", "Spam", "AllItems", "Inbox")),
    "unknown state": ({"state": "gone"}, ("state", "gone", "absent")),
    "no modes": ({"allowed_delivery_modes": []}, ("allowed_delivery_modes", "empty", "DIRECT")),
    "no regions": ({"regions": []}, ("regions", "empty", "GLOBAL")),
    "hops 0": ({"lookback_hops": 0}, ("lookback_hops", "0", "from 1 to 20")),
    "hops 21": ({"lookback_hops": 21}, ("lookback_hops", "21", "from 1 to 20")),
    "hops -1": ({"lookback_hops": -1}, ("lookback_hops", "-1", "from 1 to 20")),
    "hops in words": ({"lookback_hops": "two"}, ("lookback_hops", "int")),
    "host bits": ({"ip_restrictions": ["192.0.2.1/24"]}, ("ip_restrictions", "192.0.2.1/24", "192.0.2.0/24", "192.0.2.1/32")),
    "host bits under a netmask": ({"ip_restrictions": ["192.0.2.1/255.255.255.0"]}, ("ip_restrictions", "192.0.2.1/255.255.255.0", "192.0.2.0/24")),
    "host bits of IPv6": ({"ip_restrictions": ["2001:db8::1/32"]}, ("ip_restrictions", "2001:db8::1/32", "2001:db8::/32", "2001:db8::1/128")),
    "/33": ({"ip_restrictions": ["192.0.2.0/33"]}, ("ip_restrictions", "192.0.2.0/33")),
    "/129": ({"ip_restrictions": ["2001:db8::/129"]}, ("ip_restrictions", "2001:db8::/129")),
    "leading zeros": ({"ip_restrictions": ["192.0.02.0/24"]}, ("ip_restrictions", "192.0.02.0/24", "zero")),
    "host name as network": ({"ip_restrictions": ["mail.example.com"]}, ("ip_restrictions", "mail.example.com", "address")),
    "empty network": ({"ip_restrictions": [""]}, ("ip_restrictions", "''")),
    "wildcard mask": ({"ip_restrictions": ["10.0.0.0/0.255.255.255"]}, ("ip_restrictions", "0.255.255.255", "wildcard mask")),
    "a mask that covers everything": ({"ip_restrictions": ["192.0.2.1/0"]}, ("ip_restrictions", "192.0.2.1/0", "192.0.2.1/32", "clear")),
    "a masked network": ({"ip_restrictions": ["********"]}, ("ip_restrictions", "********", "masked")),
    "a masked transport": ({"transport": "mx.********.example"}, ("transport", "********", "masked")),
    "a URL as transport": ({"transport": "smtp://mx.example.com:25"}, ("transport", "smtp://mx.example.com:25", "URL")),
    "an address of a person as transport": ({"transport": "bob@mx.example.com"}, ("transport", "bob@mx.example.com", "mail address")),
    "a list that is cleared and empty": ({"ip_restrictions": [], "clear": ["ip_restrictions"]}, ("clear", "ip_restrictions")),
    "a name that YAML reads as false": ({"domain": False}, ("domain", "False", "single label")),
    "a name that YAML reads as a number": ({"domain": 10.1}, ("domain", "10.1", "number")),
    "a single label": ({"domain": "localhost"}, ("domain", "localhost", "single label")),
    "bad UUID": ({"integration_id": "9c2f1a34"}, ("integration_id", "9c2f1a34", "UUID")),
    "UUID in braces": ({"integration_id": "{5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11}"}, ("integration_id", "UUID")),
    "empty UUID": ({"integration_id": ""}, ("integration_id", "''", "UUID")),
    "no transport": ({"transport": ""}, ("transport", "''", "host name")),
    "transport with white space": ({"transport": "mx 1.example.com"}, ("transport", "mx 1.example.com", "host name")),
    "TLS in words": ({"require_tls_inbound": "perhaps"}, ("require_tls_inbound", "perhaps", "bool")),
    "value and clear": ({"folder": "Inbox", "clear": ["folder"]}, ("clear", "folder")),
    "clear what cannot be": ({"clear": ["transport"]}, ("clear", "transport", "integration_id")),
    "absent with settings": ({"state": "absent", "lookback_hops": 2}, ("absent", "lookback_hops")),
    "bad domain_id": ({"domain_id": "example.com"}, ("domain_id", "example.com", "UUID")),
    "path in domain_id": ({"domain_id": "../../../user"}, ("domain_id", "../../../user", "UUID")),
    "encoded path in domain_id": ({"domain_id": "%2e%2e"}, ("domain_id", "%2e%2e", "UUID")),
    "query in domain_id": ({"domain_id": "11111111-1111-4111-8111-111111111111?x=1"}, ("domain_id", "UUID")),
    "batch as domain_id": ({"domain_id": "batch"}, ("domain_id", "batch", "UUID")),
    "a name that IDNA refuses": ({"domain": "☃️.example"}, ("domain", "IDNA")),
    "an empty label": ({"domain": "mail..example"}, ("domain", "mail..example")),
    "an empty name": ({"domain": " "}, ("domain", "empty")),
    "a name with an underscore": ({"domain": "_dmarc.example.com"}, ("domain", "_dmarc")),
    "a name with a slash": ({"domain": "example.com/x"}, ("domain", "example.com/x")),
    "a name with a wildcard": ({"domain": "*.example.com"}, ("domain", "*.example.com")),
    "a label of 64": ({"domain": "a" * 64 + ".example"}, ("domain", "63")),
    "a broken A-label": ({"domain": "xn--a.example"}, ("domain", "xn--a")),
    "no domain at all": ({"domain": None, "lookback_hops": 2}, ("domain", "domain_id")),
    "a misspelt option": ({"lookback_hop": 2}, ("lookback_hop", "lookback_hops")),
    "two things at once": ({"lookback_hops": 99, "regions": ["GLOBAL"], "transport": " "}, ("lookback_hops", "99", "transport")),
    "timeout 0": ({"timeout": 0}, ("timeout", "0", "seconds")),
    "max_wait -1": ({"max_wait": -1}, ("max_wait", "-1", "seconds")),
    "timeout nan": ({"timeout": "nan"}, ("timeout", "nan")),
    "ca_path that is not there": ({"ca_path": "/nonexistent/ca.pem"}, ("ca_path", "/nonexistent/ca.pem")),
}
SECRET = "not-to-be-quoted-anywhere"
# Options, environment, and parts of the expected message.
CONNECTIONS: dict[str, tuple[dict[str, Any], dict[str, str], tuple[str, ...]]] = {
    "no account": ({}, {"CLOUDFLARE_ACCOUNT_ID": ""}, ("account_id", "CLOUDFLARE_ACCOUNT_ID")),
    "account that came out empty": ({"account_id": ""}, {}, ("account_id is given but empty", "CLOUDFLARE_ACCOUNT_ID")),
    "token that came out empty": ({"api_token": " "}, {}, ("api_token is given but empty", "CLOUDFLARE_API_TOKEN")),
    "base URL that came out empty": ({"base_url": ""}, {}, ("base_url is given but empty",)),
    "CA that came out empty": ({"ca_path": ""}, {}, ("ca_path is given but empty",)),
    "token that was masked": ({"api_token": "********"}, {}, ("api_token", "in place of a hidden value")),
    "account that was masked": ({"account_id": "********"}, {}, ("account_id", "in place of a hidden value")),
    "token that is too short": ({"api_token": "test"}, {}, ("api_token", "too short to be a credential")),
    "short account": ({"account_id": "abc"}, {}, ("account_id", "32")),
    "path as account": ({"account_id": "../" * 10 + "ab"}, {}, ("account_id", "32")),
    "no credential": (
        {},
        {"CLOUDFLARE_API_TOKEN": ""},
        ("api_token", "CLOUDFLARE_API_TOKEN", "api_email", "CLOUDFLARE_EMAIL", "api_key", "CLOUDFLARE_API_KEY"),
    ),
    "email alone": ({"api_email": "robot@example.com"}, {}, ("api_email", "api_key", "CLOUDFLARE_API_KEY")),
    "key alone": ({"api_key": SECRET}, {}, ("api_key", "api_email", "CLOUDFLARE_EMAIL")),
    "email alone in the environment": ({}, {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "robot@example.com"}, ("api_key", "CLOUDFLARE_API_KEY")),
    "key alone in the environment": ({}, {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_API_KEY": SECRET}, ("api_email", "CLOUDFLARE_EMAIL")),
    "token with a line break": ({"api_token": f"{SECRET}\nX-Evil: 1"}, {}, ("api_token", "white space")),
    "token with a word processor's quotes": ({"api_token": f"\u201c{SECRET}\u201d"}, {}, ("api_token", "ASCII")),
    "token in the environment with a blank": ({}, {"CLOUDFLARE_API_TOKEN": f"{SECRET} {SECRET}"}, ("api_token", "CLOUDFLARE_API_TOKEN")),
    "plain http": ({"base_url": "http://api.example.com/client/v4"}, {}, ("base_url", "https")),
    "password in the URL": ({"base_url": f"https://user:{SECRET}@api.example.com/client/v4"}, {}, ("base_url", "password")),
    "no URL": ({"base_url": "api.example.com"}, {}, ("base_url", "https://")),
    "ftp": ({}, {"CLOUDFLARE_BASE_URL": "ftp://api.example.com/"}, ("base_url", "CLOUDFLARE_BASE_URL", "https")),
    "query in the URL": ({"base_url": "https://api.example.com/?x="}, {}, ("base_url", "query")),
}
# The same for email_security_domain_info.
INFO: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown status": ({"status": "active"}, ("status", "active", "ACTIVE")),
    "unknown mode": ({"allowed_delivery_mode": "MX"}, ("allowed_delivery_mode", "MX", "DIRECT")),
    "bad integration": ({"integration_id": "x"}, ("integration_id", "x", "UUID")),
    "bad id": ({"domain_id": "example.com"}, ("domain_id", "example.com", "UUID")),
    "id and name": ({"domain_id": "1001", "domain": ["example.com"]}, ("domain_id", "domain")),
    "id and filter": ({"domain_id": "1001", "status": "ACTIVE"}, ("domain_id", "status")),
    "bad name": ({"domain": ["example.com", "a..b"]}, ("domain", "a..b")),
    "unknown order": ({"order": "size"}, ("order", "size", "created_at")),
}


def steps(mistake: str) -> list[Step]:
    if mistake in CONNECTIONS:
        options, environment, _words = CONNECTIONS[mistake]
        return [Step({"domain": "example.com", "lookback_hops": 2, **options}, environment=environment)]
    if mistake.startswith("info: "):
        return [Step(INFO[mistake.removeprefix("info: ")][0], INFO_MODULE)]
    options = {"domain": "example.com", **OPTIONS[mistake][0]}
    return [Step({name: value for name, value in options.items() if value is not None}, DOMAIN_MODULE)]


# All mistakes are tested in this process, and these in a playbook, too.
MISTAKES_IN_PLAYBOOK = [
    *("unknown judgment", "hops 0", "hops 21", "host bits", "/33", "leading zeros", "wildcard mask", "bad UUID", "no modes", "no regions"),
    *("no account", "no credential", "email alone", "absent with settings", "a name that IDNA refuses", "a misspelt option"),
]


@pytest.mark.play(steps=steps)
@pytest.mark.parametrize("mistake", MISTAKES_IN_PLAYBOOK)
def test_playbook_mistake_is_refused_before_any_request(mistake: str, outcomes: list[Outcome]) -> None:
    assert_refused(mistake, *outcomes)


@pytest.mark.call(steps=steps)
@pytest.mark.parametrize("mistake", [*OPTIONS, *CONNECTIONS, *(f"info: {name}" for name in INFO)])
def test_mistake_is_refused_before_any_request(mistake: str, outcomes: list[Outcome]) -> None:
    assert_refused(mistake, *outcomes)


def assert_refused(mistake: str, outcome: Outcome) -> None:
    words = CONNECTIONS[mistake][2] if mistake in CONNECTIONS else INFO[mistake[6:]][1] if mistake.startswith("info: ") else OPTIONS[mistake][1]
    assert outcome.failed, "it was not refused"
    assert outcome.journal == []
    assert outcome.kind == "invalid"
    assert not outcome.result.get("changed")
    missing = [word for word in words if word not in outcome.message]
    assert not missing, f"{outcome.message!r} does not hold {missing}"
    assert SECRET not in str(outcome.result)
    assert SECRET not in outcome.output


@pytest.mark.call(steps=lambda count: [Step({"domain": "example.com", "ip_restrictions": MANY_NETWORKS[:100] * count})])
@pytest.mark.parametrize("count", [1, 2])
def test_100_networks_with_repetitions_are_accepted(count: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert len(outcome.bodies[0]["ip_restrictions"]) == 100
