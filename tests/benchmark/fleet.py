"""A fleet of domains: what is declared of it, what is live, and what has drifted."""

from __future__ import annotations

import uuid
from typing import Any

FLEET_MODULE = "mailops.cloudflare.email_security_domains"
AUDIT_MODULE = "mailops.cloudflare.email_security_audit"
DEFAULTS: dict[str, Any] = {
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC"],
    "lookback_hops": 2,
    "regions": ["GLOBAL"],
    "require_tls_inbound": True,
    "require_tls_outbound": True,
}


def declared(count: int) -> list[dict[str, Any]]:
    """What a task asks for. The values differ from domain to domain, so that remembering them saves as little as it does for users."""
    return [
        {
            "domain": f"fleet-{number:04}.example",
            "allowed_delivery_modes": ["DIRECT"],
            "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF"][: 1 + number % 3],
            "ip_restrictions": [f"192.0.{number % 250}.0/24", f"2001:db8:{number:x}::/48"],
            "lookback_hops": 1 + number % 4,
            "regions": ["GLOBAL"],
            "require_tls_inbound": number % 5 != 0,
            "require_tls_outbound": True,
            "transport": f"mx-{number % 40}.example.net",
        }
        for number in range(count)
    ]


def beside_defaults(count: int) -> list[dict[str, Any]]:
    """The same wish, with what C(DEFAULTS) say left out."""
    return [{name: value for name, value in each.items() if DEFAULTS.get(name) != value} for each in declared(count)]


def live(count: int) -> list[dict[str, Any]]:
    """The same domains as the server has them, all as declared."""
    return [{"id": id_of(each["domain"]), **each} for each in declared(count)]


def drifted(count: int) -> list[dict[str, Any]]:
    """The same domains, each with one setting that is not as declared."""
    return [{**each, "lookback_hops": each["lookback_hops"] + 10} for each in live(count)]


def astray(count: int) -> list[dict[str, Any]]:
    """The same domains, each less protected in four ways: three of its settings, and its SPF record."""
    less = {"drop_dispositions": ["BULK"], "ip_restrictions": [], "spf_status": "open"}
    return [{**each, **less} for each in drifted(count)]


def id_of(name: str) -> str:
    """The id that the simulator is told to give a domain: the same in each run."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def unlike_declared(domains: list[dict[str, Any]], count: int) -> int:
    """How many of the declared domains are not stored as declared."""
    stored = {each["domain"]: each for each in domains}
    return sum(not each.items() <= stored.get(each["domain"], {}).items() for each in declared(count))
