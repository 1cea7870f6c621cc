"""The official SDK, as an independent client: what works with the simulator works with Cloudflare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from conftest import EXAMPLE, NEW, UNKNOWN
from simulator import Simulator


@pytest.fixture
def client(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[cloudflare.Cloudflare]:
    for name in ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with cloudflare.Cloudflare(api_token=sim.token, base_url=sim.base_url, max_retries=0) as client:
        yield client
    assert sim.violations == []


@pytest.fixture
def domains(client: cloudflare.Cloudflare) -> Any:
    return client.email_security.settings.domains


def test_sdk_lists_every_page(sim: Simulator, domains: Any) -> None:
    for number in range(45):
        sim.add_domain(domain=f"fleet-{number:02}.example")
    names = [row.domain for row in domains.list(account_id=sim.account_id, per_page=10, order="domain")]
    assert names == sorted(each["domain"] for each in sim.domains)
    assert len(names) == 49


def test_sdk_lists_by_name(sim: Simulator, domains: Any) -> None:
    rows = list(domains.list(account_id=sim.account_id, domain=["example.com", "gateway.example"]))
    assert {row.domain for row in rows} == {"example.com", "gateway.example"}


def test_sdk_gets_a_domain(sim: Simulator, domains: Any) -> None:
    row = domains.get(EXAMPLE, account_id=sim.account_id)
    assert (row.domain, row.status, row.transport) == ("example.com", "ACTIVE", "mx.example.com")
    assert row.created_at is not None


def test_sdk_edits_each_field_alone_and_all_together(sim: Simulator, domains: Any) -> None:
    values = {
        "allowed_delivery_modes": ["API", "DIRECT"],
        "drop_dispositions": [],
        "folder": "Inbox",
        "integration_id": "5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11",
        "ip_restrictions": ["198.51.100.0/24"],
        "lookback_hops": 20,
        "regions": ["DE", "US"],
        "require_tls_inbound": False,
        "require_tls_outbound": False,
        "transport": "mx2.example.com",
    }
    for name, value in values.items():
        before = sim.domain(EXAMPLE)
        row = domains.edit(EXAMPLE, account_id=sim.account_id, **{name: value})
        after = sim.domain(EXAMPLE)
        assert getattr(row, name) == value
        assert {key for key in after if after[key] != before[key]} <= {name, "modified_at"}
        assert after["modified_at"] > before["modified_at"]
    sim.reset()
    domains.edit(EXAMPLE, account_id=sim.account_id, **values)
    assert values.items() <= sim.domain(EXAMPLE).items()
    domains.edit(EXAMPLE, account_id=sim.account_id, folder=None, integration_id=None)
    assert sim.domain(EXAMPLE)["folder"] is sim.domain(EXAMPLE)["integration_id"] is None


def test_sdk_replaces_a_domain(sim: Simulator, domains: Any) -> None:
    settings = {key: value for key, value in NEW.items() if key != "domain"}
    row = domains.update(EXAMPLE, account_id=sim.account_id, **settings)
    assert row.drop_dispositions == ["SPAM"]
    assert sim.domain(EXAMPLE)["transport"] == ""


def test_sdk_creates_a_domain(sim: Simulator, domains: Any) -> None:
    row = domains.create(account_id=sim.account_id, **NEW, lookback_hops=None, transport="mx.new.example")
    assert (row.domain, row.status, row.lookback_hops) == ("new.example", "PENDING", 1)
    assert sim.domain("new.example")["id"] == row.id


def test_sdk_sends_a_batch(sim: Simulator, domains: Any) -> None:
    settings = {key: value for key, value in NEW.items() if key != "domain"}
    gateway, mailbox = sim.domain("gateway.example"), sim.domain("mailbox.example")
    answer = domains.batch(
        account_id=sim.account_id,
        deletes=[{"id": mailbox["id"]}],
        patches=[{"id": EXAMPLE, "lookback_hops": 7}],
        puts=[{"id": gateway["id"], **settings}],
        posts=[NEW],
    )
    assert [len(part) for part in (answer.deletes, answer.patches, answer.puts, answer.posts)] == [1, 1, 1, 1]
    assert sim.domain(EXAMPLE)["lookback_hops"] == 7
    assert sim.domain("gateway.example")["ip_restrictions"] == []
    assert {each["domain"] for each in sim.domains} == {
        "example.com",
        "gateway.example",
        "xn--bcher-kva.example",
        "new.example",
    }


def test_sdk_deletes_a_domain(sim: Simulator, domains: Any) -> None:
    assert domains.delete(EXAMPLE, account_id=sim.account_id).id == EXAMPLE
    with pytest.raises(cloudflare.NotFoundError):
        domains.get(EXAMPLE, account_id=sim.account_id)


def test_sdk_authenticates_with_email_and_key(sim: Simulator) -> None:
    with cloudflare.Cloudflare(api_email=sim.email, api_key=sim.key, base_url=sim.base_url) as client:
        assert client.email_security.settings.domains.get(EXAMPLE, account_id=sim.account_id) is not None


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda domains, account: domains.get(UNKNOWN, account_id=account), cloudflare.NotFoundError),
        (lambda domains, account: domains.edit(EXAMPLE, account_id=account, regions=[]), cloudflare.BadRequestError),
        (
            lambda domains, account: domains.create(account_id=account, **{**NEW, "domain": "example.com"}),
            cloudflare.ConflictError,
        ),
        (lambda domains, _account: domains.get(EXAMPLE, account_id="c2" * 16), cloudflare.PermissionDeniedError),
    ],
)
def test_sdk_raises_for_a_refusal(sim: Simulator, domains: Any, act: Any, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        act(domains, sim.account_id)


def test_sdk_retries_temporary_faults(sim: Simulator) -> None:
    sim.fault("retry_after", value=0.05)
    sim.fault("reset")
    with cloudflare.Cloudflare(api_token=sim.token, base_url=sim.base_url, max_retries=2) as client:
        assert client.email_security.settings.domains.get(EXAMPLE, account_id=sim.account_id) is not None
    assert [entry["status"] for entry in sim.journal] == [429, None, 200]
