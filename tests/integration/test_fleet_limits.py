"""The rate limit, and the budget of waiting that a whole fleet shares."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.expected_result import every, failures, fleet, many, not_reached, writes
from integration.support.step import Outcome

LIVE = many(150, lookback_hops=1)
DESIRED = every(LIVE, lookback_hops=9)


@pytest.mark.call(
    fleet(DESIRED, {"batch": "never", "max_wait": 60}, live=LIVE, settings={"ratelimit": {"limit": 60, "window": 1.0, "block": 20.0}}),
)
def test_a_fleet_beyond_the_limit_is_paced_and_meets_no_429(played: list[Outcome]) -> None:
    """The server says how many calls remain: who heeds that is never blocked."""
    [outcome] = played
    assert not outcome.failed, outcome.message
    assert [entry["status"] for entry in outcome.journal if entry["status"] == 429] == []
    assert outcome.result["summary"]["updated"] == 150
    assert writes(outcome) == ["PATCH"] * 150
    assert outcome.result["api"]["waited"] > 0


def from_the_write(nth: int, do: str, *, times: int | None = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "match": {"method": "PATCH", "nth": nth}, "times": times, **more}


@pytest.mark.call(
    steps=lambda concurrency: [
        fleet(
            DESIRED[:30], {"batch": "never", "concurrency": concurrency, "max_wait": 20}, live=LIVE, faults=[from_the_write(5, "retry_after", value=1, times=2)]
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_429_that_others_have_caused_is_waited_for(concurrency: int, played: list[Outcome]) -> None:
    [outcome] = played
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
            faults=[from_the_write(11, "retry_after", value=300, times=None)],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_limit_that_max_wait_does_not_hold_stops_the_task(concurrency: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.result["changed"]) == ("rate_limited", True)
    assert "max_wait" in outcome.message
    summary = outcome.result["summary"]
    assert (summary["updated"], summary["failed"]) == (10, 140)
    # Who was told to wait was not carried out, and is no more than not reached.
    assert (summary["not_reached"], failures(outcome)) == (140, {})
    assert {result["failure"]["kind"] for result in outcome.result["results"] if "failure" in result} == {"rate_limited"}
    assert len(writes(outcome)) <= 10 + concurrency
    assert outcome.seconds < 5, "it waited in vain"


@pytest.mark.call(fleet(DESIRED, {"max_wait": 5}, live=LIVE, faults=[{"do": "retry_after", "value": 300, "match": {"path": "batch$"}, "times": None}]))
def test_the_same_at_the_batch(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.result["changed"]) == ("rate_limited", False)
    assert writes(outcome) == ["BATCH"]
    assert (len(not_reached(outcome)), failures(outcome)) == (150, {})


@pytest.mark.call(fleet(DESIRED, {"max_wait": 0, "batch": "never"}, live=LIVE, faults=[from_the_write(3, "retry_after", value=1)]))
def test_max_wait_0_waits_for_nothing(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.kind, outcome.result["api"]["waited"]) == ("rate_limited", 0.0)
    assert outcome.result["summary"]["updated"] >= 2


@pytest.mark.call(
    fleet(DESIRED[:40], {"batch": "never", "concurrency": 8, "timeout": 0.3, "max_wait": 1}, live=LIVE, faults=[from_the_write(9, "hang", times=None)])
)
def test_a_server_that_falls_silent_uses_up_one_budget_and_not_one_for_each(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (True, 8)
    assert outcome.kind == "network"
    assert outcome.result["summary"]["not_reached"] > 0
    assert len(writes(outcome)) < 40
