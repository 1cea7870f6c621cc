"""The stored domains: filters, order, pages, rules, batches, and servers of earlier dates."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import EXAMPLE, NEW, UNKNOWN, Api
from simulator import Simulator
from simulator.scenario import INTEGRATION_ID

GATEWAY = "22222222-2222-4222-8222-222222222222"
BUECHER = "44444444-4444-4444-8444-444444444444"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["example.com", "gateway.example", "mailbox.example", "xn--bcher-kva.example"]),
        ({"domain": "example.com"}, ["example.com"]),
        ({"domain": "EXAMPLE.com."}, ["example.com"]),
        ({"domain": "bücher.example"}, ["xn--bcher-kva.example"]),
        ({"domain": ["example.com", "gateway.example", "absent.example"]}, ["example.com", "gateway.example"]),
        ({"domain": "example"}, []),
        ({"search": "EXAMPLE.c"}, ["example.com"]),
        ({"status": "PENDING"}, ["xn--bcher-kva.example"]),
        ({"allowed_delivery_mode": "RETRO_SCAN"}, ["mailbox.example"]),
        ({"active_delivery_mode": "API"}, ["mailbox.example"]),
        ({"active_delivery_mode": "RETRO_SCAN"}, []),
        ({"integration_id": INTEGRATION_ID.upper()}, ["mailbox.example"]),
        ({"order": "domain", "direction": "desc", "per_page": 2}, ["xn--bcher-kva.example", "mailbox.example"]),
        ({"order": "created_at", "per_page": 1, "page": 2}, ["gateway.example"]),
        ({"domain": "example.com", "status": "PENDING"}, []),
    ],
)
def test_list_filters_and_order_select_the_rows(sim: Simulator, api: Api, query: dict[str, Any], expected: list[str]) -> None:
    assert api.names(**query) == expected
    assert sim.violations == []


def test_list_pages_have_all_rows_once(sim: Simulator, api: Api) -> None:
    sim.clear_domains()
    for number in range(45):
        sim.add_domain(domain=f"d{number:02}.example")
    first = api("GET").json()
    assert first["result_info"] == {"count": 20, "page": 1, "per_page": 20, "total_count": 45}
    last = api("GET", params={"page": 3}).json()
    assert [row["domain"] for row in last["result"]] == [f"d{number}.example" for number in range(40, 45)]
    assert last["result_info"]["count"] == 5
    assert api("GET", params={"page": 4}).json()["result"] == []


def test_per_page_cap_limits_the_page_size(sim: Simulator, api: Api) -> None:
    sim.configure(per_page_cap=3)
    answer = api("GET", params={"per_page": 1000}).json()
    assert len(answer["result"]) == 3
    assert answer["result_info"] == {"count": 3, "page": 1, "per_page": 3, "total_count": 4}


def test_list_of_5000_domains_is_complete(sim: Simulator, api: Api) -> None:
    sim.clear_domains()
    for number in range(5000):
        sim.add_domain(domain=f"d{number:04}.example")
    names = [name for page in range(1, 7) for name in api.names(order="domain", per_page=1000, page=page)]
    assert names == [f"d{number:04}.example" for number in range(5000)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"allowed_delivery_modes": []}, "/allowed_delivery_modes"),
        ({"allowed_delivery_modes": ["API"] * 11}, "/allowed_delivery_modes"),
        ({"regions": []}, "/regions"),
        ({"regions": ["US"] * 11}, "/regions"),
        ({"drop_dispositions": ["SPAM"] * 11}, "/drop_dispositions"),
        ({"ip_restrictions": ["192.0.2.1"] * 101}, "/ip_restrictions"),
        ({"ip_restrictions": ["192.0.2.0/24", "192.0.2.1/24"]}, "/ip_restrictions/1"),
        ({"ip_restrictions": ["mail.example"]}, "/ip_restrictions/0"),
        ({"ip_restrictions": ["192.0.2.0/33"]}, "/ip_restrictions/0"),
    ],
)
def test_invalid_value_is_refused_with_its_pointer(sim: Simulator, api: Api, body: dict[str, Any], pointer: str) -> None:
    before = sim.domain(EXAMPLE)
    answer = api("PATCH", f"/{EXAMPLE}", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": pointer}
    assert answer.json()["errors"][0]["message"]
    assert answer.json()["result"] is None
    assert sim.domain(EXAMPLE) == before
    assert sim.violations == []


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/verification")])
@pytest.mark.parametrize("id_", [UNKNOWN, "12345"])
def test_unknown_id_is_not_found(sim: Simulator, api: Api, method: str, path: str, id_: str) -> None:
    answer = api(method, f"/{id_}{path}", json={} if method == "PATCH" else None)
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert sim.violations == []


def test_post_stores_defaults_and_a_proof(sim: Simulator, api: Api) -> None:
    answer = api("POST", json={**NEW, "domain": "Bücher2.Example."})
    assert answer.status_code == 201
    row = answer.json()["result"]
    assert (row["domain"], row["status"], row["lookback_hops"]) == ("xn--bcher2-3ya.example", "PENDING", 1)
    proof = api("GET", f"/{row['id']}/verification")
    assert proof.status_code == 200
    assert proof.json()["result"]["txt_record_name"].endswith("xn--bcher2-3ya.example")
    assert sim.domain(row["id"])["regions"] == ["GLOBAL"]


def test_verification_off_gives_no_proof(sim: Simulator, api: Api) -> None:
    sim.configure(verification=False)
    id_ = api("POST", json=NEW).json()["result"]["id"]
    answer = api("GET", f"/{id_}/verification")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("name", ["example.com", "EXAMPLE.COM", "bücher.example"])
def test_post_of_an_existing_name_is_refused(sim: Simulator, api: Api, name: str) -> None:
    assert api("POST", json={**NEW, "domain": name}).status_code == 409
    assert len(sim.domains) == 4


@pytest.mark.parametrize("name", ["", "localhost", "a b.example", "-a.example"])
def test_post_of_an_invalid_name_is_refused(api: Api, name: str) -> None:
    answer = api("POST", json={**NEW, "domain": name})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": "/domain"})


def test_add_domain_accepts_a_duplicate_name(sim: Simulator, api: Api) -> None:
    sim.add_domain(domain="example.com")
    assert api.names(domain="example.com") == ["example.com", "example.com"]


def test_delete_removes_the_domain(sim: Simulator, api: Api) -> None:
    assert api("DELETE", f"/{EXAMPLE}").json()["result"] == {"id": EXAMPLE}
    assert api("DELETE", f"/{EXAMPLE}").status_code == 404
    assert "example.com" not in api.names()
    assert api("POST", json={**NEW, "domain": "example.com"}).status_code == 201


def test_delete_of_all_domains_is_a_violation(sim: Simulator, api: Api) -> None:
    answer = api("DELETE")
    assert answer.status_code == 403
    assert len(sim.domains) == 4
    assert len(sim.violations) == 1


def test_batch_runs_deletes_patches_puts_posts_in_this_order(sim: Simulator, api: Api) -> None:
    """One request can delete a domain and onboard it again only because deletes come first."""
    answer = api.batch(deletes=[{"id": EXAMPLE}], posts=[{**NEW, "domain": "example.com"}])
    assert answer.status_code == 200
    assert sim.domain("example.com")["id"] != EXAMPLE
    assert api.batch(deletes=[{"id": GATEWAY}], patches=[{"id": GATEWAY}]).status_code == 404


BAD_SECOND = {"patches": [{"id": EXAMPLE, "lookback_hops": 9}, {"id": GATEWAY, "regions": []}, {"id": BUECHER, "lookback_hops": 9}]}


@pytest.mark.parametrize(
    ("mode", "status", "hops"),
    [("atomic", 400, [1, 2, 1]), ("partial", 400, [9, 2, 1]), ("skip", 200, [9, 2, 9])],
)
def test_batch_with_a_refused_item_follows_the_setting(sim: Simulator, api: Api, mode: str, status: int, hops: list[int]) -> None:
    sim.configure(batch=mode)
    answer = api.batch(**BAD_SECOND)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["errors"][0]["source"] == {"pointer": "/patches/1/regions"}
    else:
        assert [row["id"] for row in answer.json()["result"]["patches"]] == [EXAMPLE, BUECHER]
    assert [sim.domain(id_)["lookback_hops"] for id_ in (EXAMPLE, GATEWAY, BUECHER)] == hops


def test_atomic_batch_undoes_a_name(sim: Simulator, api: Api) -> None:
    assert api.batch(deletes=[{"id": EXAMPLE}], posts=[NEW, NEW]).status_code == 409
    assert {each["domain"] for each in sim.domains} >= {"example.com"}
    assert api("POST", json={**NEW, "domain": "example.com"}).status_code == 409
    assert api("POST", json=NEW).status_code == 201


@pytest.mark.parametrize("status", [404, 405])
def test_batch_setting_404_or_405_refuses_every_batch(sim: Simulator, api: Api, status: int) -> None:
    sim.configure(batch=status)
    assert api.batch().status_code == status
    assert sim.violations == []


@pytest.mark.parametrize(
    ("settings", "status", "name"),
    [
        ({}, 200, "example.com"),
        ({"domain_patch": "ignore"}, 200, "example.com"),
        ({"domain_patch": "refuse"}, 400, "example.com"),
        ({"domain_patch": "accept"}, 200, "renamed.example"),
        ({"shape": "early2026"}, 200, "renamed.example"),
    ],
)
def test_patch_with_domain_follows_the_setting(sim: Simulator, api: Api, settings: dict[str, Any], status: int, name: str) -> None:
    sim.configure(**settings)
    answer = api("PATCH", f"/{EXAMPLE}", json={"domain": "renamed.example", "lookback_hops": 5})
    assert answer.status_code == status
    assert sim.domain(EXAMPLE)["domain"] == name
    assert sim.domain(EXAMPLE)["lookback_hops"] == (5 if status == 200 else 1)
    assert sim.violations == []


def test_early_2026_shape_lacks_newer_endpoints(sim: Simulator, api: Api) -> None:
    sim.configure(shape="early2026")
    row = api.one()
    assert (row["status"], row["id"]) == ("active", EXAMPLE)
    assert row["last_modified"] == row["modified_at"]
    assert api.names(status="pending") == api.names(status="PENDING") == ["xn--bcher-kva.example"]
    assert api("POST", json=NEW).status_code == 405
    assert api("PUT", f"/{EXAMPLE}", json={k: v for k, v in NEW.items() if k != "domain"}).status_code == 405
    assert api.batch().status_code == 404
    assert api("GET", f"/{EXAMPLE}/verification").status_code == 404
    assert sim.violations == []
    api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 99})
    assert len(sim.violations) == 1


def test_integer_ids_are_accepted(sim: Simulator, api: Api) -> None:
    sim.habit(integer_ids=True)
    row = api.rows(domain="example.com")[0]
    assert isinstance(row["id"], int)
    assert api.one(str(row["id"]))["domain"] == "example.com"
    assert api("PATCH", f"/{row['id']}", json={"lookback_hops": 3}).json()["result"]["id"] == row["id"]
    assert api.batch(patches=[{"id": row["id"], "lookback_hops": 4}]).status_code == 200
    assert sim.domain(row["id"])["lookback_hops"] == 4
    assert api("DELETE", f"/{row['id']}").json()["result"] == {"id": row["id"]}
    assert sim.violations == []


def test_refuse_writes_makes_every_write_a_violation(sim: Simulator, api: Api) -> None:
    sim.configure(refuse_writes=True)
    before = sim.domains
    writes = [api("PATCH", f"/{EXAMPLE}", json={}), api("POST", json=NEW), api("DELETE", f"/{EXAMPLE}"), api.batch()]
    assert [answer.status_code for answer in writes] == [403] * 4
    assert len(sim.violations) == 4
    assert api("GET").status_code == api("GET", f"/{EXAMPLE}").status_code == 200
    assert sim.domains == before
    assert len(sim.violations) == 4


def test_refuse_writes_records_a_write_by_a_read_only_token(sim: Simulator, api: Api) -> None:
    sim.configure(refuse_writes=True)
    api("PATCH", f"/{EXAMPLE}", json={}, auth_headers={"Authorization": f"Bearer {sim.read_token}"})
    assert len(sim.violations) == 1


def test_accounts_are_separate(sim: Simulator, api: Api) -> None:
    other = "b1" * 16
    reader = {"Authorization": f"Bearer {sim.read_token}"}
    sim.add_domain(domain="elsewhere.example", account_id=other)
    answer = api("GET", account_id=other, auth_headers=reader)
    assert [row["domain"] for row in answer.json()["result"]] == ["elsewhere.example"]
    assert api("GET", f"/{EXAMPLE}", account_id=other, auth_headers=reader).status_code == 404
    assert "elsewhere.example" not in api.names()
