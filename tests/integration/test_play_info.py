"""email_security_domain_info: every filter, every size of list, and paging servers of every kind."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import Outcome, info
from simulator.scenario import INTEGRATION_ID

ALL_NAMES = ["example.com", "gateway.example", "mailbox.example", "xn--bcher-kva.example"]
FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ALL_NAMES),
    ({"direction": "desc"}, ALL_NAMES[::-1]),
    ({"order": "created_at", "direction": "desc"}, ALL_NAMES[::-1]),
    ({"status": "PENDING"}, ALL_NAMES[3:]),
    ({"status": "ACTIVE"}, ALL_NAMES[:3]),
    ({"status": "FAILED"}, []),
    ({"allowed_delivery_mode": "API"}, ["mailbox.example"]),
    ({"allowed_delivery_mode": "DIRECT"}, ["example.com", "gateway.example", "xn--bcher-kva.example"]),
    ({"active_delivery_mode": "API"}, ["mailbox.example"]),
    ({"active_delivery_mode": "BCC"}, []),
    ({"integration_id": INTEGRATION_ID.upper()}, ["mailbox.example"]),
    ({"search": "box"}, ["mailbox.example"]),
    ({"search": "box", "status": "PENDING"}, []),
    ({"domain": ["example.com"]}, ["example.com"]),
    ({"name": ["EXAMPLE.COM.", "bücher.example", "example.com", "absent.example"]}, ["example.com", "xn--bcher-kva.example"]),
    ({"domain": "gateway.example"}, ["gateway.example"]),
    ({"domain": []}, []),
    ({"domain": ["example.com", "bücher.example"], "status": "PENDING"}, ["xn--bcher-kva.example"]),
    ({"domain": [f"absent-{number}.example" for number in range(60)] + ["example.com"]}, ["example.com"]),
    ({"domain_id": "33333333-3333-4333-8333-333333333333"}, ["mailbox.example"]),
    ({"domain_id": "33333333-3333-4333-8333-3333333333AA"}, []),
]
SPELLINGS = [{}, {"fuzzy_name_filter": True}, {"ignored_name_filter": True}, {"unicode_names": True, "trailing_dot_names": True}, {"absent_nulls": True}]


def names(outcome: Outcome) -> list[str]:
    return [domain["domain"] for domain in outcome.result["domains"]]


@pytest.mark.call(steps=lambda chosen, check: [info(chosen[0], check=check)])
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("chosen", FILTERS, ids=lambda chosen: str(chosen[0])[:60])
def test_filter_returns_the_matching_domains(chosen: tuple[dict[str, Any], list[str]], check: bool, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert names(outcome) == chosen[1]
    stored = {domain["id"]: domain for domain in outcome.before}
    assert all(domain == stored[domain["id"]] for domain in outcome.result["domains"])
    assert set(outcome.result) >= {"domains", "api", "changed"}


@pytest.mark.play(steps=lambda number: [info(FILTERS[number][0])])
@pytest.mark.parametrize("number", [0, 3, 10, 14, 19])
def test_playbook_filter_returns_the_matching_domains(number: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert names(outcome) == FILTERS[number][1]
    assert outcome.result["api"]["requests"] == len(outcome.journal)


@pytest.mark.call(steps=lambda habits: [info({"domain": ["example.com", "faß.example", "bücher.example"]}, habits=habits)])
@pytest.mark.parametrize("habits", SPELLINGS, ids="+".join)
def test_names_are_found_with_any_filter_and_spelling_of_the_server(habits: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert sorted(domain["id"][0] for domain in outcome.result["domains"]) == ["1", "4"]


@pytest.mark.call(info({"verification": True}), info({"verification": True}, settings={"shape": "early2026"}))
def test_verification_returns_the_dns_proof_of_each_domain(outcomes: list[Outcome]) -> None:
    newest, early = outcomes
    proofs = {domain["domain"]: domain["verification"] for domain in newest.result["domains"]}
    assert proofs.pop("xn--bcher-kva.example")["txt_record_name"].endswith("xn--bcher-kva.example")
    assert proofs == dict.fromkeys(ALL_NAMES[:3])
    assert newest.methods == ["GET"] * 5
    # The early API has no such endpoint, so there is no proof, and one warning.
    assert {domain["verification"] for domain in early.result["domains"]} == {None}
    assert len([warning for warning in early.result["warnings"] if "DNS proof" in str(warning)]) == 1


FLEET = [{"domain": f"d{number:04}.example"} for number in range(2500)]
# Settings, habits, and the most requests.
SERVERS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "as documented": ({}, {}, 3),
    "no totals": ({}, {"no_total": True}, 4),
    "no result_info": ({}, {"no_result_info": True}, 4),
    "an undocumented cap": ({"per_page_cap": 300}, {}, 9),
    "a cap and no totals": ({"per_page_cap": 900}, {"no_result_info": True}, 4),
    "a list in another order each time": ({}, {"shuffle_pages": True}, 3),
}


@pytest.mark.call(steps=lambda server: [info(domains=FLEET, settings=SERVERS[server][0], habits=SERVERS[server][1])])
@pytest.mark.parametrize("server", SERVERS)
def test_many_pages_are_read_completely_over_one_connection(server: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert names(outcome) == [domain["domain"] for domain in FLEET]
    assert outcome.result["api"]["requests"] == len(outcome.journal) <= SERVERS[server][2]
    assert outcome.connections == 1
    assert {tuple(pair) for entry in outcome.journal for pair in entry["query"]} >= {("per_page", "1000"), ("order", "domain")}


@pytest.mark.play(info(domains=FLEET))
def test_playbook_reads_many_pages(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert names(outcome) == [domain["domain"] for domain in FLEET]
    assert len(outcome.journal) == 3


@pytest.mark.call(
    info({"max_wait": 5}, domains=FLEET[:30], settings={"per_page_cap": 10}, habits={"page_ignored": True}),
    info({"max_wait": 5}, domains=FLEET[:30], settings={"per_page_cap": 10}, habits={"page_ignored": True, "no_result_info": True}),
    info({"max_wait": 5}, domains=FLEET[:30], settings={"per_page_cap": 10}, habits={"shuffle_pages": "always"}),
)
def test_incomplete_list_is_an_error(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.kind == "response"
        assert "domains" not in outcome.result
        assert len(outcome.methods) < 20


@pytest.mark.call(
    info({"max_wait": 5}, domains=FLEET[:30], settings={"per_page_cap": 10}, faults=[{"do": "remove", "domain": "d0000.example", "match": {"nth": 2}}]),
    info({"max_wait": 5}, domains=FLEET[:30], settings={"per_page_cap": 10}, faults=[{"do": "add", "values": {"domain": "a.example"}, "match": {"nth": 2}}]),
)
def test_list_that_changes_while_it_is_read_is_read_again(outcomes: list[Outcome]) -> None:
    removed, added = outcomes
    assert names(removed) == [domain["domain"] for domain in FLEET[1:30]]
    assert names(added) == ["a.example", *(domain["domain"] for domain in FLEET[:30])]


@pytest.mark.call(info(habits={"unknown_fields": True, "unknown_values": True, "null_booleans": True, "integer_ids": True}))
def test_unknown_fields_and_values_are_returned(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    for domain in outcome.result["domains"]:
        assert domain["x_future_setting"] == {"level": 3, "zones": ["a", "b"]}
        assert domain["status"] == "QUARANTINED_BY_POLICY"
        assert "QUANTUM" in domain["allowed_delivery_modes"]
        assert isinstance(domain["id"], int)
