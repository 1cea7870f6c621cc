"""Edits by another client during a task for many domains: between list and write, while an outcome is unknown, and between pages."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, failure_kinds, fleet, id_of, make_domains, result_of, writes
from integration.support.step import Outcome

LIVE = make_domains(4, lookback_hops=1, transport="mx.example.com")
DESIRED: list[Domain] = desired_for_all(LIVE, lookback_hops=9, transport="mx.example.com")
QUICK = {"timeout": 0.6, "max_wait": 4}
WAYS = [("always", 8), ("never", 1), ("never", 8)]


def fault_at_write(do: str, batch: str, number: int = 2, **more: Any) -> dict[str, Any]:
    """A fault at the write of one domain: in the batch, or in its own request."""
    return {"do": do, "match": {"method": ["POST", "PATCH", "DELETE"], "path": "batch$" if batch == "always" else f"{id_of(number)}$"}, "times": 1, **more}


def assert_others_are_done(outcome: Outcome, *but: str) -> None:
    for each in outcome.after:
        if each["domain"] not in but:
            assert (each["lookback_hops"], each["transport"]) == (9, "mx.example.com"), each["domain"]


@pytest.mark.call(
    steps=lambda batch, concurrency: [fleet(DESIRED, {"batch": batch, "concurrency": concurrency, **QUICK}, live=LIVE, faults=[removed_by_other(batch)])]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_removal_before_the_write_is_not_found(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "not_found"}
    assert result_of(outcome, "d2.example")["changes"] == {}
    assert (outcome.result["summary"]["updated"], outcome.result["summary"]["failed"], outcome.kind) == (3, 1, None)
    assert_others_are_done(outcome)


def removed_by_other(batch: str) -> dict[str, Any]:
    return fault_at_write("remove", batch, domain="d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED[:1], {"domain": "d2.example", "state": "absent"}, *DESIRED[2:]],
            {"batch": batch, "concurrency": concurrency},
            live=LIVE,
            faults=[removed_by_other(batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_removal_of_a_domain_to_be_removed_is_no_failure(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.result["summary"]["failed"] == 0
    assert outcome.result["summary"]["updated"] == 3
    assert [each["domain"] for each in outcome.after] == ["d1.example", "d3.example", "d4.example"]
    assert_others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED, {"domain": "new.example", **CREATE_FIELDS}],
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[created_by_other(batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_creation_of_a_domain_to_be_created_is_a_conflict(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    """The other client has created it with other settings."""
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"new.example": "conflict"}
    assert outcome.result["new_ids"] == {}
    assert [each["regions"] for each in outcome.after if each["domain"] == "new.example"] == [["AU"]]
    assert_others_are_done(outcome, "new.example")


def created_by_other(batch: str) -> dict[str, Any]:
    values = {"domain": "new.example", **CREATE_FIELDS, "regions": ["AU"]}
    return {"do": "add", "values": values, "match": {"method": "POST", "path": "batch$" if batch == "always" else "domains$"}, "times": 1}


CONCURRENT_EDITS: dict[str, dict[str, Any]] = {
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
            faults=[fault_at_write("edit", batch, domain="d2.example", values=CONCURRENT_EDITS[case])],
        )
    ]
)
@pytest.mark.parametrize("case", CONCURRENT_EDITS)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_edit_before_the_write_keeps_undeclared_fields(batch: str, concurrency: int, case: str, outcomes: list[Outcome]) -> None:
    """Declared settings are written, whoever wrote them last."""
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert_others_are_done(outcome)
    stored = outcome.stored("d2.example")
    assert stored["folder"] == CONCURRENT_EDITS[case].get("folder")
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
            faults=[fault_at_write("edit", batch, domain="d2.example", values=edited), fault_at_write("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize("edited", [{"lookback_hops": 7}, {"folder": "Inbox"}], ids=str)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_edit_during_a_lost_write_is_a_conflict(batch: str, concurrency: int, edited: dict[str, Any], outcomes: list[Outcome]) -> None:
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
    assert_others_are_done(outcome, "d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[fault_at_write("remove", batch, domain="d2.example"), fault_at_write("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_removal_during_a_lost_write_fails_alone(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert list(failure_kinds(outcome)) == ["d2.example"]
    assert failure_kinds(outcome)["d2.example"] in ("conflict", "not_found")
    assert_others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            [*DESIRED[:1], {"domain": "d2.example", "state": "absent"}, *DESIRED[2:]],
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[fault_at_write("edit", batch, domain="d2.example", values={"lookback_hops": 7}), fault_at_write("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_edit_during_a_lost_removal_is_a_conflict(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert failure_kinds(outcome) == {"d2.example": "conflict"}
    assert outcome.stored("d2.example")["lookback_hops"] == 7
    assert_others_are_done(outcome, "d2.example")


@pytest.mark.call(
    steps=lambda batch, concurrency: [
        fleet(
            DESIRED,
            {"batch": batch, "concurrency": concurrency, **QUICK},
            live=LIVE,
            faults=[fault_at_write("edit", batch, domain="d2.example", values={"lookback_hops": 9}), fault_at_write("reset", batch)],
        )
    ]
)
@pytest.mark.parametrize(("batch", "concurrency"), WAYS)
def test_concurrent_edit_to_the_desired_value_is_success(batch: str, concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert sum(entry["path"].endswith(id_of(2)) for entry in outcome.journal) == (0 if batch == "always" else 1)
    assert_others_are_done(outcome)


@pytest.mark.call(
    steps=lambda batch: [
        fleet(
            desired_for_all(LIVE[:2], lookback_hops=9),
            {"batch": batch},
            live=LIVE,
            faults=[fault_at_write("edit", batch, 1, domain="d4.example", values={"lookback_hops": 3})],
        )
    ]
)
@pytest.mark.parametrize("batch", ["always", "never"])
def test_concurrent_edit_of_an_undeclared_domain_stays(batch: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.stored("d4.example")["lookback_hops"] == 3
    assert outcome.result["undeclared"] == ["d3.example", "d4.example"]


PAGED = {"settings": {"per_page_cap": 2}}
SEVEN_DOMAINS = make_domains(7, lookback_hops=1)


@pytest.mark.call(
    steps=lambda does, page, check: [
        fleet(
            desired_for_all(SEVEN_DOMAINS, lookback_hops=9),
            QUICK,
            live=SEVEN_DOMAINS,
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
def test_pages_that_change_between_reads_miss_no_lasting_domain(does: dict[str, Any], page: int, check: bool, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.result["summary"]["updated"] >= 6
    assert set(failure_kinds(outcome)) <= {"d1.example"}
    assert set(outcome.result["undeclared"]) <= {"a.example"}


@pytest.mark.call(fleet(desired_for_all(SEVEN_DOMAINS, lookback_hops=9), QUICK, live=SEVEN_DOMAINS, habits={"shuffle_pages": "always"}, **PAGED))
def test_list_that_never_repeats_is_an_error_before_any_write(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    # Of four reads, one may be complete by chance.
    assert (outcome.kind == "response" and not writes(outcome)) or not outcome.failed
    assert outcome.failed is (outcome.before == outcome.after)
