"""What a fleet costs: requests, connections, and the length of what is printed. Counted by the server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.support.expected_result import FOUR, Domain, domain, every, fleet, id_of, many, result_of, writes
from integration.support.step import Outcome, Step

MOST = 700_000
UNLIMITED: dict[str, Any] = {"ratelimit": None}


@pytest.mark.call(steps=lambda count, requests: [fleet(every(many(count), lookback_hops=1), live=many(count), check=check) for check in (True, False)])
@pytest.mark.parametrize(("count", "requests"), [(1, 1), (1000, 1), (2500, 3)])
def test_an_audit_is_one_list(count: int, requests: int, played: list[Outcome]) -> None:
    for outcome in played:
        assert (outcome.result["changed"], outcome.result["summary"]["unchanged"]) == (False, count)
        assert outcome.methods == ["GET"] * requests
        assert outcome.connections == 1
        assert outcome.result["api"] == {"requests": requests, "retries": 0, "waited": 0.0}


@pytest.mark.call(fleet([{"domain": "d7.example", "lookback_hops": 9}], live=many(1500)), fleet([{"domain_id": id_of(7), "lookback_hops": 9}], again=True))
def test_one_of_many_is_looked_up_in_the_whole_account(played: list[Outcome]) -> None:
    """The account's other domains are to be told as undeclared."""
    run, again = played
    assert (run.methods, again.methods) == (["GET", "GET", "PATCH"], ["GET", "GET"])
    assert (run.connections, len(run.result["undeclared"])) == (1, 1499)


@pytest.mark.call(
    fleet(every(many(1000), lookback_hops=9), live=many(1000, lookback_hops=1), settings=UNLIMITED),
    fleet(every(many(1000), lookback_hops=9), again=True, settings=UNLIMITED),
)
def test_a_batch_converges_1000_domains_with_three_requests(played: list[Outcome]) -> None:
    run, again = played
    assert (run.failed, run.result["summary"]["updated"]) == (False, 1000)
    assert len(run.methods) <= 3
    assert again.methods == ["GET"]


@pytest.mark.call(
    fleet(every(many(1000), lookback_hops=9), {"batch": "never", "concurrency": 8}, live=many(1000, lookback_hops=1), settings=UNLIMITED),
)
def test_single_writes_cost_one_request_for_each_domain(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 1000)
    assert (outcome.methods[0], outcome.methods.count("PATCH")) == ("GET", 1000)
    # What was read more than 10 seconds ago is read again before it is written: on a busy machine that happens.
    assert len(outcome.methods) <= 1001 + outcome.seconds // 10
    assert 1 < outcome.connections <= 8


@pytest.mark.call(
    steps=lambda concurrency: [
        fleet(
            every(many(60), lookback_hops=9),
            {"batch": "never", "concurrency": concurrency},
            live=many(60, lookback_hops=1),
            faults=[{"do": "slow", "seconds": 0.01, "match": {"method": "PATCH"}, "times": None}],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 2, 10])
def test_concurrency_is_the_number_of_connections(concurrency: int, played: list[Outcome]) -> None:
    [outcome] = played
    assert not outcome.failed
    assert outcome.connections == concurrency


@pytest.mark.call(fleet(every(many(2), lookback_hops=9), {"batch": "never", "concurrency": 8}, live=many(2, lookback_hops=1)))
def test_no_more_connections_than_work(played: list[Outcome]) -> None:
    assert played[0].connections <= 2


@pytest.mark.call(fleet(every(many(2500), lookback_hops=9), {"batch": "always"}, live=many(2500, lookback_hops=1), settings={**UNLIMITED, "per_page_cap": 500}))
def test_2500_domains_in_small_pages(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 2500)
    # Five full pages that are smaller than what was asked for, and an empty one that ends the list, twice.
    assert outcome.methods.count("GET") == 12
    assert set(writes(outcome)) == {"BATCH"}
    assert [len(body["patches"]) for body in outcome.bodies] == [1000, 1000, 500]


@pytest.mark.call(fleet(every(many(2500), lookback_hops=1), live=many(2500, lookback_hops=1), habits={"shuffle_pages": True}))
def test_2500_domains_on_a_server_that_shuffles_where_no_order_is_asked_for(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.methods, outcome.result["summary"]["unchanged"], outcome.result["undeclared"]) == (["GET"] * 3, 2500, [])


NETWORKS = [f"192.0.2.{number}" for number in range(8)]
LONG = [f"2001:db8:{number:x}::/48" for number in range(25)]
BIG: dict[str, tuple[Domain, Domain]] = {
    "a boolean": ({}, {"require_tls_inbound": True}),
    "two fields, of which one is a list": ({"ip_restrictions": ["198.51.100.0/24"]}, {"lookback_hops": 9, "ip_restrictions": NETWORKS}),
    "a long list": ({}, {"ip_restrictions": LONG}),
}


def settings_of(step_args: Any) -> list[Domain]:
    return [entry for entry in (*step_args.get("domains", ()), step_args.get("defaults") or {}) if isinstance(entry, dict)]


def assert_pruned(outcome: Outcome) -> None:
    arguments = outcome.result["invocation"]["module_args"]
    for entry in settings_of(arguments):
        assert None not in entry.values(), entry
    if "shortened" not in outcome.result:
        assert len(arguments["domains"]) == len(outcome.step.args["domains"])


def big(case: str, check: bool) -> list[Step]:
    was, desired = BIG[case]
    return [fleet(every(many(3000), **desired), live=many(3000, **was), check=check, settings=UNLIMITED)]


@pytest.mark.call(steps=big)
@pytest.mark.parametrize(
    ("case", "check"),
    [("a boolean", False), ("two fields, of which one is a list", False), ("a long list", True)],
)
def test_the_result_of_3000_changed_domains_is_short(case: str, check: bool, played: list[Outcome]) -> None:
    """A callback, a log and a register take it: no more than 700,000 characters, whatever was to do, and every domain is named in it."""
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 3000)
    assert len(outcome.output) < MOST, len(outcome.output)
    assert_pruned(outcome)
    results = outcome.result["results"]
    assert [result["domain"] for result in results] == [each["domain"] for each in outcome.before]
    if "shortened" in outcome.result:
        assert outcome.result["shortened"]
        assert all(isinstance(words, str) and words for words in outcome.result["shortened"])
    if case == "a boolean":
        # The diff repeats them, and so is what goes first.
        assert {json.dumps(result["changes"]) for result in results} == {json.dumps({"require_tls_inbound": {"before": False, "after": True}})}


@pytest.mark.call(
    fleet(every(many(3000)), {"defaults": {"lookback_hops": 1, "regions": ["GLOBAL"], "clear": ["folder"]}}, live=many(3000)),
    fleet(every(many(3000), lookback_hops=1), live=many(3000)),
)
def test_what_is_as_declared_costs_nothing(played: list[Outcome]) -> None:
    for outcome in played:
        assert outcome.result["summary"]["unchanged"] == 3000
        assert_pruned(outcome)
        assert len(json.dumps({key: value for key, value in outcome.result.items() if key not in ("invocation", "warnings")})) < 1000
        assert len(outcome.output) < 300_000


@pytest.mark.call(fleet(every(many(3000), lookback_hops=9), {"max_wait": 1}, live=[domain("d1.example")]))
def test_3000_domains_that_are_not_there(played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.result["summary"]["failed"] == 2999
    assert len(outcome.output) < MOST
    assert len(outcome.message) < 5000
    assert result_of(outcome, "d2.example")["failure"]["kind"] == "not_found"


@pytest.mark.call(
    fleet(
        every(many(2000), lookback_hops=9),
        {"max_wait": 3},
        live=many(2000, lookback_hops=1),
        settings={"batch": 404},
        faults=[{"do": "status", "status": 401, "code": 10000, "message": "No " * 200, "match": {"method": "PATCH", "nth": 3}, "times": None}],
    )
)
def test_thousands_that_are_not_reached(played: list[Outcome]) -> None:
    [outcome] = played
    assert outcome.kind == "auth"
    assert outcome.result["summary"]["not_reached"] > 1900
    assert len(outcome.output) < MOST


@pytest.mark.call(fleet([{"domain": f"n{number}.example"} for number in range(1000)], {"defaults": FOUR}, live=[], settings=UNLIMITED))
def test_1000_domains_are_onboarded(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["created"], len(outcome.result["new_ids"])) == (False, 1000, 1000)
    assert len(outcome.methods) <= 3
    assert len(outcome.output) < MOST


@pytest.mark.call(fleet(every(many(1500), state="absent"), live=many(1500), settings=UNLIMITED))
def test_1500_domains_are_removed(played: list[Outcome]) -> None:
    [outcome] = played
    assert (outcome.failed, outcome.result["summary"]["deleted"], outcome.after) == (False, 1500, [])
    assert len(outcome.output) < MOST
