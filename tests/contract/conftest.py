"""Fixtures of the simulator's own tests. They never import the collection."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from simulator import Simulator  # noqa: E402 - from the path above

EXAMPLE = "11111111-1111-4111-8111-111111111111"
UNKNOWN = "99999999-9999-4999-8999-999999999999"
NEW: dict[str, Any] = {
    "domain": "new.example",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["SPAM"],
    "ip_restrictions": [],
    "regions": ["GLOBAL"],
}


class Api:
    """A plain HTTP client that can send any request, valid or not."""

    def __init__(self, sim: Simulator, resource: str = "domains") -> None:
        self.sim = sim
        self.resource = resource
        self.session = requests.Session()
        self.session.trust_env = False
        self.auth = {"Authorization": f"Bearer {sim.token}"}

    def url(self, path: str, account_id: str | None = None) -> str:
        account = self.sim.account_id if account_id is None else account_id
        return f"{self.sim.base_url}/accounts/{account}/email-security/settings/{self.resource}{path}"

    def __call__(self, method: str, path: str = "", *, account_id: str | None = None, **more: Any) -> requests.Response:
        headers = {**more.pop("auth_headers", self.auth), **more.pop("headers", {})}
        more = {"timeout": 5, "allow_redirects": False, **more}
        return self.session.request(method, self.url(path, account_id), headers=headers, **more)

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        answer = self("GET", params=params)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["result"]
        return rows

    def names(self, **params: Any) -> list[str]:
        return [row["domain"] for row in self.rows(**params)]

    def one(self, id_: str = EXAMPLE) -> dict[str, Any]:
        answer = self("GET", f"/{id_}")
        assert answer.status_code == 200, answer.text
        row: dict[str, Any] = answer.json()["result"]
        return row

    def batch(self, **arrays: Any) -> requests.Response:
        return self("POST", "/batch", json={"deletes": [], "patches": [], "puts": [], "posts": [], **arrays})


# A body that creates an entry, for each list.
ENTRIES: dict[str, dict[str, Any]] = {
    "allow_policies": {
        "pattern": "partner.example",
        "pattern_type": "DOMAIN",
        "is_regex": False,
        "is_trusted_sender": False,
        "is_exempt_recipient": False,
        "is_acceptable_sender": True,
        "verify_sender": True,
    },
    "block_senders": {"pattern": "evil.example", "pattern_type": "DOMAIN", "is_regex": False},
    "trusted_domains": {"pattern": "young.example", "is_regex": False, "is_recent": True, "is_similarity": False},
    "content_policies": {"name": "Gift cards", "pattern": "gift ?card", "targets": ["SUBJECT"], "enabled": True},
    "impersonation_registry": {"name": "Ada Lovelace", "email": "ada@example.com", "is_email_regex": False},
    "sending_domain_restrictions": {"domain": "bank.example", "exclude": ["fax.bank.example"]},
    "url_ignore_patterns": {"pattern": r"https://intranet\.example/.*"},
}
# The field by which an entry is called.
KEYS = {
    "allow_policies": "pattern",
    "block_senders": "pattern",
    "trusted_domains": "pattern",
    "content_policies": "name",
    "impersonation_registry": "email",
    "sending_domain_restrictions": "domain",
    "url_ignore_patterns": "pattern",
}
WITH_BATCH = ["allow_policies", "block_senders", "trusted_domains", "content_policies", "url_ignore_patterns"]


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """One simulator for all tests, reset before each."""
    running.reset()
    return running


@pytest.fixture
def lists(sim: Simulator) -> Iterator[Callable[[str], Api]]:
    """A client for each list."""
    clients: list[Api] = []

    def client(resource: str) -> Api:
        clients.append(Api(sim, resource))
        return clients[-1]

    yield client
    for each in clients:
        each.session.close()


@pytest.fixture
def api(sim: Simulator) -> Iterator[Api]:
    client = Api(sim)
    yield client
    client.session.close()
