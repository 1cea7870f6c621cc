"""A scenario: the accounts, settings, habits and faults with which a simulator starts and to which it is reset.

It is a dictionary, or a JSON or YAML file. Missing top-level keys are taken from `DEFAULT`. No credential here is valid anywhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .account import Account
from .auth import Credentials
from .settings import require_resources

ACCOUNT_ID = "a0" * 16
OTHER_ACCOUNT_ID = "b1" * 16
NOT_ENTITLED_ACCOUNT_ID = "c2" * 16
INTEGRATION_ID = "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11"
TENANT_ID = "3d2f8a44-90c1-4be5-8f6e-7a1c55d0e902"
WRITE_TOKEN = "cfat_simulator-write-not-a-secret"
READ_TOKEN = "cfat_simulator-read-not-a-secret"
NO_PERMISSION_TOKEN = "cfat_simulator-none-not-a-secret"
EMAIL = "robot@example.com"
KEY = "cfk_simulator-key-not-a-secret"

CREDENTIALS = [
    {"token": WRITE_TOKEN, "permission": "write"},
    {"token": READ_TOKEN, "permission": "read"},
    {"token": NO_PERMISSION_TOKEN, "permission": "none"},
    {"email": EMAIL, "key": KEY, "permission": "write"},
]
DOMAINS = [
    {
        "id": "11111111-1111-4111-8111-111111111111",
        "domain": "example.com",
        "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPAM"],
        "require_tls_inbound": True,
        "require_tls_outbound": True,
        "transport": "mx.example.com",
    },
    {
        "id": "22222222-2222-4222-8222-222222222222",
        "domain": "gateway.example",
        "ip_restrictions": ["192.0.2.0/24", "2001:db8::/32"],
        "lookback_hops": 2,
        "transport": "mx.gateway.example",
    },
    {
        "id": "33333333-3333-4333-8333-333333333333",
        "domain": "mailbox.example",
        "allowed_delivery_modes": ["API", "RETRO_SCAN"],
        "authorization": {"authorized": True, "timestamp": "2026-03-01T08:00:00Z", "status_message": None},
        "folder": "AllItems",
        "inbox_provider": "Microsoft",
        "integration_id": INTEGRATION_ID,
        "o365_tenant_id": TENANT_ID,
    },
    {
        "id": "44444444-4444-4444-8444-444444444444",
        "domain": "xn--bcher-kva.example",
        "dmarc_status": "none",
        "spf_status": None,
        "status": "PENDING",
        "verification": True,
    },
]
DEFAULT: dict[str, Any] = {
    "accounts": [
        {"id": ACCOUNT_ID, "entitled": True, "credentials": CREDENTIALS, "domains": DOMAINS},
        {"id": OTHER_ACCOUNT_ID, "entitled": True, "credentials": [{"token": READ_TOKEN, "permission": "read"}]},
        {"id": NOT_ENTITLED_ACCOUNT_ID, "entitled": False, "credentials": CREDENTIALS},
    ],
    "settings": {},
    "habits": {},
    "faults": [],
}


def load(source: dict[str, Any] | str | Path | None) -> dict[str, Any]:
    """A scenario from a dictionary or a file.

    Raises:
        ValueError: it has unknown keys.
    """
    given = source if isinstance(source, dict) else read(source)
    unknown = sorted(set(given) - set(DEFAULT))
    if unknown:
        raise ValueError(f"no such key in a scenario: {', '.join(unknown)}; there are {', '.join(DEFAULT)}")
    scenario = {**DEFAULT, **given}
    if not scenario["accounts"]:
        raise ValueError("a scenario has at least one account")
    return scenario


def read(source: str | Path | None) -> dict[str, Any]:
    """The scenario of a file, whose suffix says its format. Without a file, the built-in one."""
    if source is None:
        return {}
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yml", ".yaml"):
        import yaml  # a JSON scenario does not need PyYAML

        data = yaml.safe_load(text)
    else:
        data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} is not a scenario: its top level is not a mapping")
    return data


def build(scenario: dict[str, Any]) -> tuple[dict[str, Account], Credentials]:
    """The accounts and credentials of a scenario."""
    accounts: dict[str, Account] = {}
    credentials = Credentials()
    for given in scenario["accounts"]:
        account = accounts[given["id"]] = Account(given["id"], given.get("entitled", True), frozenset(given.get("not_entitled", ())))
        require_resources("not_entitled", account.not_entitled)
        for fields in given.get("domains", ()):
            account.domains.add(fields)
        for resource, entries in given.get("lists", {}).items():
            store = account.entries(resource)
            for fields in entries:
                store.add(fields)
        for each in given.get("credentials", ()):
            credentials.add(account.id, each["permission"], each.get("token"), each.get("email"), each.get("key"))
    return accounts, credentials
