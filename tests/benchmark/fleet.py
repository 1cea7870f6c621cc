"""Many domains for the benchmark: declared, live, and with drift."""

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
    """The entries of a task. The values differ between domains, so that caching saves no more than it does for users."""
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


def declared_besides_defaults(count: int) -> list[dict[str, Any]]:
    """The same entries without what `DEFAULTS` declares."""
    return [{name: value for name, value in each.items() if DEFAULTS.get(name) != value} for each in declared(count)]


def live(count: int) -> list[dict[str, Any]]:
    """The same domains as the server has them, all as declared."""
    return [{"id": id_of(each["domain"]), **each} for each in declared(count)]


def drifted(count: int) -> list[dict[str, Any]]:
    """The same domains, each with one setting that differs."""
    return [{**each, "lookback_hops": each["lookback_hops"] + 10} for each in live(count)]


def weakened(count: int) -> list[dict[str, Any]]:
    """The same domains, each less protected in four ways: three settings and its SPF record."""
    less = {"drop_dispositions": ["BULK"], "ip_restrictions": [], "spf_status": "open"}
    return [{**each, **less} for each in drifted(count)]


def id_of(name: str) -> str:
    """The id of a domain, the same in each run."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def count_of_differing(domains: list[dict[str, Any]], count: int) -> int:
    """The number of declared domains that are not stored as declared."""
    stored = {each["domain"]: each for each in domains}
    return sum(not each.items() <= stored.get(each["domain"], {}).items() for each in declared(count))
