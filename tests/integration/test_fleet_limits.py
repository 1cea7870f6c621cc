"""The rate limit, and the wait budget that all requests of a task share."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import desired_for_all, failure_kinds, fleet, make_domains, not_reached, writes
from integration.support.step import Outcome

LIVE = make_domains(150, lookback_hops=1)
DESIRED = desired_for_all(LIVE, lookback_hops=9)


@pytest.mark.call(
    fleet(DESIRED, {"batch": "never", "max_wait": 60}, live=LIVE, settings={"ratelimit": {"limit": 60, "window": 1.0, "block": 20.0}}),
)
def test_more_writes_than_the_rate_limit_are_paced_without_a_429(outcomes: list[Outcome]) -> None:
    """The client obeys the headers that report the remaining calls."""
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert [entry["status"] for entry in outcome.journal if entry["status"] == 429] == []
    assert outcome.result["summary"]["updated"] == 150
    assert writes(outcome) == ["PATCH"] * 150
    assert outcome.result["api"]["waited"] > 0


def fault_from_write(nth: int, do: str, *, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": "PATCH", "nth": nth}, "times": times, **more}


@pytest.mark.call(
    steps=lambda concurrency: [
        fleet(
            DESIRED[:30],
            {"batch": "never", "concurrency": concurrency, "max_wait": 20},
            live=LIVE,
            faults=[fault_from_write(5, "retry_after", value=1, times=2)],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_429_caused_by_another_client_is_waited_for(concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    assert outcome.result["summary"]["updated"] == 30
    assert outcome.result["api"]["waited"] >= 1
    assert len(writes(outcome)) == 32


@pytest.mark.call(
    steps=lambda concurrency: [
        fleet(
            DESIRED,
            {"batch": "never", "concurrency": concurrency, "max_wait": 5},
            live=LIVE,
            faults=[fault_from_write(11, "retry_after", value=300, times=None)],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_429_longer_than_max_wait_stops_the_task(concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("rate_limited", True)
    assert "max_wait" in outcome.message
    summary = outcome.result["summary"]
    assert (summary["updated"], summary["failed"]) == (10, 140)
    # A write that was answered with 429 was not carried out, so its domain counts as not reached.
    assert (summary["not_reached"], failure_kinds(outcome)) == (140, {})
    assert {result["failure"]["kind"] for result in outcome.result["results"] if "failure" in result} == {"rate_limited"}
    assert len(writes(outcome)) <= 10 + concurrency
    assert outcome.seconds < 5, "it waited in vain"


@pytest.mark.call(fleet(DESIRED, {"max_wait": 5}, live=LIVE, faults=[{"do": "retry_after", "value": 300, "match": {"path": "batch$"}, "times": None}]))
def test_429_longer_than_max_wait_at_the_batch_stops_the_task(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["changed"]) == ("rate_limited", False)
    assert writes(outcome) == ["BATCH"]
    assert (len(not_reached(outcome)), failure_kinds(outcome)) == (150, {})


@pytest.mark.call(fleet(DESIRED, {"max_wait": 0, "batch": "never"}, live=LIVE, faults=[fault_from_write(3, "retry_after", value=1)]))
def test_max_wait_0_never_waits(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.kind, outcome.result["api"]["waited"]) == ("rate_limited", 0.0)
    assert outcome.result["summary"]["updated"] >= 2


@pytest.mark.call(
    fleet(DESIRED[:40], {"batch": "never", "concurrency": 8, "timeout": 0.3, "max_wait": 1}, live=LIVE, faults=[fault_from_write(9, "hang", times=None)])
)
def test_silent_server_uses_up_one_wait_budget_for_all_domains(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (True, 8)
    assert outcome.kind == "network"
    assert outcome.result["summary"]["not_reached"] > 0
    assert len(writes(outcome)) < 40
