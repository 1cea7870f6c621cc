"""Someone else at work while a fleet is: between the list and the writes, while an outcome is not known, and while pages are read."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, failure_kinds, fleet, id_of, make_domains, result_of, writes
from integration.support.step import Outcome

LIVE = make_domains(4, lookback_hops=1, transport="mx.example.com")
DESIRED: list[Domain] = desired_for_all(LIVE, lookback_hops=9, transport="mx.example.com")
QUICK = {"timeout": 0.6, "max_wait": 4}
WAYS = [("always", 8), ("never", 1), ("never", 8)]


def at(do: str, batch: str, number: int = 2, **more: Any) -> dict[str, Any]:
    """At the write of one domain: at the batch, or at its own request."""
    return {"do": do, "match": {"method": ["POST", "PATCH", "DELETE"], "path": "batch$" if batch == "always" else f"{id_of(number)}$"}, "times": 1, **more}


def others_are_done(outcome: Outcome, *but: str) -> None:
    for each in outcome.after:
        if each["domain"] not in but:
            assert (each["lookback_hops"], each["transport"]) == (9, "mx.example.com"), each["domain"]


@pytest.mark.call(steps=lambda batch, concurrency: [fleet(DESIRED, {"batch": batch, "concurrency": concurrency, **QUICK}, live=LIVE, faults=[gone(batch)])])
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_a_domain_goes_before_the_write(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "not_found"}
    assert result_of(outcome, "d2.example")["changes"] == {}
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["failed"], outcome.kind) == (3, 1, None)
    others_are_done(outcome)


def gone(batch: str) -> dict[str, Any]:
    return at("remove", batch, domain="d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED[:1], {"domain": "d2.example", "state": "absent"}, *DESIRED[2:]],
            {"batch": batch, "concurrency": concurrency},
            live=LIVE,
            faults=[gone(batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_somebody_else_removes_what_is_to_be_removed(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.result["summary"]["failed"] == 0
    assert outcome.result["summary"]["updated"] == 3
    assert [each["domain"] for each in outcome.after] == ["d1.example", "d3.example", "d4.example"]
    others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED, {"domain": "new.example", **CREATE_FIELDS}], {"batch": batch, "concurrency": concurrency, **QUICK}, live=LIVE, faults=[onboarded(batch)]
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_somebody_else_onboards_it_first(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    """As asked it is no failure; in another way it is a conflict. Twice it never is."""
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"new.example": "conflict"}
    assert outcome.result["new_ids"] == {}
    assert [each["regions"] for each in outcome.after if each["domain"] == "new.example"] == [["AU"]]
    others_are_done(outcome, "new.example")


def onboarded(batch: str) -> dict[str, Any]:
    values = {"domain": "new.example", **CREATE_FIELDS, "regions": ["AU"]}
    return {"do": "add", "values": values, "match": {"method": "POST", "path": "batch$" if batch == "always" else "domains$"}, "times": 1}


EDITS: dict[str, dict[str, Any]] = {
    "a field that is written": {"lookback_hops": 7},
    "a field that was as declared": {"transport": "theirs.example.com"},
    "both": {"lookback_hops": 7, "transport": "theirs.example.com"},
    "another field": {"folder": "Inbox"},
    "all of them": {"lookback_hops": 7, "transport": "theirs.example.com", "folder": "Inbox"},
    "what is written, as it is wanted": {"lookback_hops": 9},
}


@pytest.mark.call(
    steps=lambda batch, concurrency, case: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[at("edit", batch, domain="d2.example", values=EDITS[case])],
        )
    ]
)
@pytest.mark.parametrize("case", EDITS)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_an_edit_between_list_and_write(batch: str, concurrency: int, case: str, outcomes: list[Outcome]) -> None:
    """What the task declares wins, whoever wrote it last; what it does not declare stays as they want it."""
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    others_are_done(outcome)
    stored = outcome.stored("d2.example")
    assert stored["folder"] == EDITS[case].get("folder")
    changes = result_of(outcome, "d2.example")["changes"]
    assert "folder" not in changes
    for name, pair in changes.items():
        assert pair["after"] == stored[name]
        assert pair["before"] != pair["after"]
    assert outcome.result["summary"]["updated"] == 4


@pytest.mark.call(
    steps=lambda batch, concurrency, edited: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[at("edit", batch, domain="d2.example", values=edited), at("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize("edited", [{"lookback_hops": 7}, {"folder": "Inbox"}], ids=str)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_an_edit_while_the_outcome_is_not_known_is_not_overwritten(batch: str, concurrency: int, edited: dict[str, Any], outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "conflict"}
    failed = result_of(outcome, "d2.example")
    assert set(failed["failure"]["states"]) == {"before", "asked", "found"}
    assert failed["failure"]["states"]["before"]["lookback_hops"] == 1
    assert failed["failure"]["states"]["asked"] == {"lookback_hops": 9}
    for name, value in edited.items():
        assert failed["failure"]["states"]["found"][name] == value
        assert name in failed["msg"]
        assert outcome.stored("d2.example")[name] == value
    assert outcome.changed_fields()[id_of(2)] == set(edited), "theirs was overwritten"
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["failed"], outcome.kind) == (3, 1, None)
    others_are_done(outcome, "d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[at("remove", batch, domain="d2.example"), at("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_it_goes_while_the_outcome_is_not_known(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert list(failure_kinds(outcome)) == ["d2.example"]
    assert failure_kinds(outcome)["d2.example"] in ("conflict", "not_found")
    others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED[:1], {"domain": "d2.example", "state": "absent"}, *DESIRED[2:]],
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[at("edit", batch, domain="d2.example", values={"lookback_hops": 7}), at("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_an_edit_while_a_removal_was_lost(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "conflict"}
    assert outcome.stored("d2.example")["lookback_hops"] == 7
    others_are_done(outcome, "d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[at("edit", batch, domain="d2.example", values={"lookback_hops": 9}), at("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_somebody_else_did_what_was_asked(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert sum(entry["path"].endswith(id_of(2)) for entry in outcome.journal) == (0 if batch == "always" else 1)
    others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch: [
        fleet(
            desired_for_all(LIVE[:2], lookback_hops=9),
            {"batch": batch},
            live=LIVE,
            faults=[at("edit", batch, 1, domain="d4.example", values={"lookback_hops": 3})],
        )
    ]
)
@pytest.mark.parametrize("batch", ["always", "never"])
def test_an_edit_of_an_undeclared_domain_stays(batch: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.stored("d4.example")["lookback_hops"] == 3
    assert outcome.result["undeclared"] == ["d3.example", "d4.example"]


PAGED = {"settings": {"per_page_cap": 2}}
SEVEN = make_domains(7, lookback_hops=1)


@pytest.mark.call(
    steps=lambda does, page, check: [
        fleet(
            desired_for_all(SEVEN, lookback_hops=9),
            QUICK,
            live=SEVEN,
            check=check,
            faults=[{**does, "match": {"method": "GET", "nth": page}, "times": 1}],
            **PAGED,
        )
    ]
)
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("page", [2, 4])
@pytest.mark.parametrize(
    "does", [{"do": "remove", "domain": "d1.example"}, {"do": "add", "values": {"domain": "a.example", "id": id_of(90)}}], ids=lambda does: does["do"]
)
def test_pages_that_change_under_the_reader(does: dict[str, Any], page: int, check: bool, outcomes: list[Outcome]) -> None:
    """Nobody who was there all the time is taken for missing."""
    [outcome] = outcomes
    assert outcome.result["summary"]["updated"] >= 6
    assert set(failure_kinds(outcome)) <= {"d1.example"}
    assert set(outcome.result["undeclared"]) <= {"a.example"}


@pytest.mark.call(fleet(desired_for_all(SEVEN, lookback_hops=9), QUICK, live=SEVEN, habits={"shuffle_pages": "always"}, **PAGED))
def test_a_list_that_is_never_the_same_twice_is_an_error_before_any_write(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    # Four readings; by chance one of them may hold everybody.
    assert (outcome.kind == "response" and not writes(outcome)) or not outcome.failed
    assert outcome.failed is (outcome.before == outcome.after)
