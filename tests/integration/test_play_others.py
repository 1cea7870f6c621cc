"""Edits by another client between our read and our write, and while the outcome of our write is unknown."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.step import Outcome, manage

NEW: dict[str, Any] = {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
HOPS: dict[str, Any] = {"domain": "example.com", "lookback_hops": 9, "timeout": 0.6, "max_wait": 3}
EXAMPLE = "11111111-1111-4111-8111-111111111111"


def edit(method: str, **values: Any) -> dict[str, Any]:
    return {"do": "edit", "domain": "example.com", "values": values, "match": {"method": method}, "times": 1}


def lost_answer(method: str, do: str = "reset") -> dict[str, Any]:
    return {"do": do, "match": {"method": method}, "times": 1}


@pytest.mark.call(manage(HOPS, faults=[edit("PATCH", transport="theirs.example.com")]))
def test_concurrent_edit_of_another_field_survives(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["changed"]) == (False, True)
    assert (outcome.stored("example.com")["transport"], outcome.stored("example.com")["lookback_hops"]) == ("theirs.example.com", 9)
    assert set(outcome.result["changes"]) == {"lookback_hops"}
    assert outcome.result["domain"]["transport"] == "theirs.example.com"


@pytest.mark.call(
    steps=lambda values, do: [manage(HOPS, faults=[edit("PATCH", **values), lost_answer("PATCH", do)])],
)
@pytest.mark.parametrize("do", ["reset", "close", "html", "invalid_json"])
@pytest.mark.parametrize("values", [{"lookback_hops": 7}, {"transport": "theirs.example.com"}, {"lookback_hops": 7, "folder": "Inbox"}], ids=str)
def test_concurrent_edit_during_a_lost_write_is_a_conflict(values: dict[str, Any], do: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "conflict"
    assert outcome.methods.count("PATCH") == 1
    assert outcome.changed_fields() == {EXAMPLE: set(values)}
    states = outcome.result["failure"]["states"]
    assert states["before"]["lookback_hops"] == 1
    assert states["asked"] == {"lookback_hops": 9}
    for name, value in values.items():
        assert states["found"][name] == value
        assert name in outcome.message


@pytest.mark.play(manage(HOPS, faults=[edit("PATCH", lookback_hops=7), lost_answer("PATCH")]))
def test_playbook_concurrent_edit_during_a_lost_write_is_a_conflict(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "conflict"
    assert outcome.stored("example.com")["lookback_hops"] == 7


@pytest.mark.call(manage(HOPS, faults=[edit("PATCH", lookback_hops=9), lost_answer("PATCH")]))
def test_concurrent_edit_to_the_desired_value_is_success(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed
    assert (outcome.result["action"], outcome.result["changed"]) == ("update", True)
    assert outcome.methods == ["GET", "PATCH", "GET"]


@pytest.mark.call(manage(HOPS, faults=[{"do": "remove", "domain": "example.com", "match": {"method": "PATCH"}, "times": 1}]))
def test_concurrent_removal_before_the_write_is_not_found(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "not_found"
    assert outcome.methods == ["GET", "PATCH"]


@pytest.mark.call(manage(HOPS, faults=[{"do": "remove", "domain": "example.com", "match": {"method": "PATCH"}, "times": 1}, lost_answer("PATCH")]))
def test_concurrent_removal_during_a_lost_write_is_a_conflict(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "conflict"
    assert "no longer exists" in outcome.message
    assert outcome.methods.count("PATCH") == 1


@pytest.mark.call(
    manage({"domain": "example.com", "state": "absent"}, faults=[{"do": "remove", "domain": "example.com", "match": {"method": "DELETE"}, "times": 1}])
)
def test_concurrent_removal_before_our_removal_is_no_change(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["changed"], outcome.result["action"]) == (False, False, "none")


@pytest.mark.call(
    manage({"domain": "example.com", "state": "absent", "timeout": 0.6, "max_wait": 3}, faults=[edit("DELETE", lookback_hops=7), lost_answer("DELETE")])
)
def test_concurrent_edit_during_a_lost_removal_is_a_conflict(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "conflict"
    assert outcome.methods.count("DELETE") == 1
    assert outcome.stored("example.com")["lookback_hops"] == 7


@pytest.mark.call(
    manage(NEW, faults=[{"do": "add", "values": {"domain": "new.example", "lookback_hops": 7}, "match": {"method": "POST"}, "times": 1}]),
    manage(
        {**NEW, "timeout": 0.6, "max_wait": 3},
        faults=[{"do": "add", "values": {"domain": "new.example", "regions": ["AU"]}, "match": {"method": "POST"}, "times": 1}, lost_answer("POST")],
    ),
)
def test_concurrent_creation_before_ours_is_a_conflict(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.kind == "conflict"
        assert outcome.methods.count("POST") == 1
        assert len([domain for domain in outcome.after if domain["domain"] == "new.example"]) == 1
        assert not outcome.result.get("changed") or outcome.result["failure"]["states"]
