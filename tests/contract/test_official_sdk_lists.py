"""The official SDK drives each of the seven lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from conftest import ENTRIES, KEYS, UNKNOWN, WITH_BATCH
from simulator import Simulator

# The SDK does not know the batch of URL patterns.
WITH_BATCH_IN_SDK = [name for name in WITH_BATCH if name != "url_ignore_patterns"]


def note_of(resource: str) -> str:
    return "notes" if resource == "content_policies" else "comments"


@pytest.fixture
def client(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[cloudflare.Cloudflare]:
    for name in ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with cloudflare.Cloudflare(api_token=sim.token, base_url=sim.base_url, max_retries=0) as client:
        yield client
    assert sim.violations == []


@pytest.fixture
def entries(client: cloudflare.Cloudflare, resource: str) -> Any:
    return getattr(client.email_security.settings, resource)


@pytest.mark.parametrize("resource", ENTRIES)
def test_sdk_creates_reads_edits_and_deletes(sim: Simulator, entries: Any, resource: str) -> None:
    account, note = sim.account_id, note_of(resource)
    made = entries.create(account_id=account, **ENTRIES[resource])
    assert ENTRIES[resource].items() <= made.model_dump().items()
    assert made.id == sim.entries(resource)[0]["id"]
    edited = entries.edit(made.id, account_id=account, **{note: "why"})
    assert getattr(edited, note) == "why"
    assert edited.created_at == made.created_at
    assert edited.modified_at > made.modified_at
    assert getattr(entries.edit(made.id, account_id=account, **{note: None}), note) is None
    assert entries.get(made.id, account_id=account).id == made.id
    assert [row.id for row in entries.list(account_id=account)] == [made.id]
    assert entries.delete(made.id, account_id=account).id == made.id
    assert sim.entries(resource) == []
    with pytest.raises(cloudflare.NotFoundError):
        entries.get(made.id, account_id=account)


@pytest.mark.parametrize("resource", ENTRIES)
def test_sdk_lists_every_page(sim: Simulator, entries: Any, resource: str) -> None:
    stored = [sim.add_entry(resource)[KEYS[resource]] for _entry in range(25)]
    assert [getattr(row, KEYS[resource]) for row in entries.list(account_id=sim.account_id, per_page=10)] == stored
    assert len(sim.journal) == 4, "the SDK asks until a page is empty"


@pytest.mark.parametrize("resource", WITH_BATCH_IN_SDK)
def test_sdk_sends_a_batch(sim: Simulator, entries: Any, resource: str) -> None:
    gone, changed, replaced = (sim.add_entry(resource)["id"] for _entry in range(3))
    answer = entries.batch(
        account_id=sim.account_id,
        deletes=[{"id": gone}],
        patches=[{"id": changed, note_of(resource): "why"}],
        puts=[{"id": replaced, **ENTRIES[resource]}],
        posts=[ENTRIES[resource]],
    )
    assert [[row.id for row in rows] for rows in (answer.deletes, answer.patches, answer.puts)] == [[gone], [changed], [replaced]]
    assert [entry["id"] for entry in sim.entries(resource)] == [changed, replaced, answer.posts[0].id]
    assert sim.entry(resource, changed)[note_of(resource)] == "why"


@pytest.mark.parametrize(
    ("resource", "filters", "expected"),
    [
        ("allow_policies", {"pattern": "a.example", "is_trusted_sender": True}, ["a.example"]),
        ("allow_policies", {"verify_sender": False, "order": "pattern", "direction": "desc"}, []),
        ("block_senders", {"pattern_type": "DOMAIN", "search": "A.EX"}, ["a.example"]),
        ("trusted_domains", {"is_recent": False, "pattern": "a.example"}, ["a.example"]),
        ("content_policies", {"name": "a.example", "enabled": True}, ["a.example"]),
        ("impersonation_registry", {"provenance": "A1S_INTERNAL", "order": "name"}, ["a.example", "b.example"]),
        ("sending_domain_restrictions", {"order": "domain", "direction": "desc"}, ["b.example", "a.example"]),
    ],
)
def test_sdk_filters(sim: Simulator, entries: Any, resource: str, filters: dict[str, Any], expected: list[str]) -> None:
    for key in ("a.example", "b.example"):
        sim.add_entry(resource, **{KEYS[resource]: key}, **({"is_trusted_sender": True} if resource == "allow_policies" else {}))
    assert [getattr(row, KEYS[resource]) for row in entries.list(account_id=sim.account_id, **filters)] == expected


@pytest.mark.parametrize("resource", ENTRIES)
def test_sdk_raises_for_a_refusal(sim: Simulator, entries: Any, resource: str) -> None:
    account, body = sim.account_id, ENTRIES[resource]
    sim.habit(refused_patterns=[body[KEYS[resource]]])
    with pytest.raises(cloudflare.BadRequestError):
        entries.create(account_id=account, **body)
    sim.clear_habits()
    sim.configure(list_duplicates="refused")
    sim.add_entry(resource, **body)
    with pytest.raises(cloudflare.ConflictError):
        entries.create(account_id=account, **body)
    with pytest.raises(cloudflare.NotFoundError):
        entries.delete(UNKNOWN, account_id=account)
    sim.configure(not_entitled=[resource])
    with pytest.raises(cloudflare.PermissionDeniedError):
        list(entries.list(account_id=account))
