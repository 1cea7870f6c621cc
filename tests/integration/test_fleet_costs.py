"""Costs of a task for many domains: requests and connections, counted by the server, and the length of the output."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.support.fleet_step import CREATE_FIELDS, Domain, desired_for_all, fleet, id_of, make_domain, make_domains, result_of, writes
from integration.support.step import Outcome, Step

MAX_OUTPUT_CHARACTERS = 700_000
UNLIMITED: dict[str, Any] = {"ratelimit": None}


@pytest.mark.call(
    steps=lambda count, requests: [
        fleet(desired_for_all(make_domains(count), lookback_hops=1), live=make_domains(count), check=check) for check in (True, False)
    ]
)
@pytest.mark.parametrize(("count", "requests"), [(1, 1), (1000, 1), (2500, 3)])
def test_unchanged_account_costs_one_list(count: int, requests: int, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert (outcome.result["changed"], outcome.result["summary"]["unchanged"]) == (False, count)
        assert outcome.methods == ["GET"] * requests
        assert outcome.connections == 1
        assert outcome.result["api"] == {"requests": requests, "retries": 0, "waited": 0.0}


@pytest.mark.call(
    fleet([{"domain": "d7.example", "lookback_hops": 9}], live=make_domains(1500)), fleet([{"domain_id": id_of(7), "lookback_hops": 9}], keep_state=True)
)
def test_single_entry_reads_the_whole_account(outcomes: list[Outcome]) -> None:
    """The other domains are reported as undeclared."""
    run, again = outcomes
    assert (run.methods, again.methods) == (["GET", "GET", "PATCH"], ["GET", "GET"])
    assert (run.connections, len(run.result["undeclared"])) == (1, 1499)


@pytest.mark.call(
    fleet(desired_for_all(make_domains(1000), lookback_hops=9), live=make_domains(1000, lookback_hops=1), settings=UNLIMITED),
    fleet(desired_for_all(make_domains(1000), lookback_hops=9), keep_state=True, settings=UNLIMITED),
)
def test_batch_updates_1000_domains_with_three_requests(outcomes: list[Outcome]) -> None:
    run, again = outcomes
    assert (run.failed, run.result["summary"]["updated"]) == (False, 1000)
    assert len(run.methods) <= 3
    assert again.methods == ["GET"]


@pytest.mark.call(
    fleet(
        desired_for_all(make_domains(1000), lookback_hops=9), {"batch": "never", "concurrency": 8}, live=make_domains(1000, lookback_hops=1), settings=UNLIMITED
    ),
)
def test_single_writes_cost_one_request_for_each_domain(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 1000)
    assert (outcome.methods[0], outcome.methods.count("PATCH")) == ("GET", 1000)
    # A domain that was read more than 10 seconds ago is read again before it is written. That happens on a busy machine.
    assert len(outcome.methods) <= 1001 + outcome.seconds // 10
    assert 1 < outcome.connections <= 8


@pytest.mark.call(
    steps=lambda concurrency: [
        fleet(
            desired_for_all(make_domains(60), lookback_hops=9),
            {"batch": "never", "concurrency": concurrency},
            live=make_domains(60, lookback_hops=1),
            faults=[{"do": "slow", "seconds": 0.01, "match": {"method": "PATCH"}, "times": None}],
        )
    ]
)
@pytest.mark.parametrize("concurrency", [1, 2, 10])
def test_concurrency_equals_the_number_of_connections(concurrency: int, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed
    assert outcome.connections == concurrency


@pytest.mark.call(fleet(desired_for_all(make_domains(2), lookback_hops=9), {"batch": "never", "concurrency": 8}, live=make_domains(2, lookback_hops=1)))
def test_connections_do_not_exceed_the_changes(outcomes: list[Outcome]) -> None:
    assert outcomes[0].connections <= 2


@pytest.mark.call(
    fleet(
        desired_for_all(make_domains(2500), lookback_hops=9),
        {"batch": "always"},
        live=make_domains(2500, lookback_hops=1),
        settings={**UNLIMITED, "per_page_cap": 500},
    )
)
def test_2500_domains_in_small_pages_are_read_completely(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 2500)
    # Two lists of five full pages, which are smaller than requested, and an empty page that ends the list.
    assert outcome.methods.count("GET") == 12
    assert set(writes(outcome)) == {"BATCH"}
    assert [len(body["patches"]) for body in outcome.bodies] == [1000, 1000, 500]


@pytest.mark.call(fleet(desired_for_all(make_domains(2500), lookback_hops=1), live=make_domains(2500, lookback_hops=1), habits={"shuffle_pages": True}))
def test_2500_domains_without_a_stable_order_are_read_once(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.methods, outcome.result["summary"]["unchanged"], outcome.result["undeclared"]) == (["GET"] * 3, 2500, [])


NETWORKS = [f"192.0.2.{number}" for number in range(8)]
LONG_LIST = [f"2001:db8:{number:x}::/48" for number in range(25)]
LARGE_CHANGES: dict[str, tuple[Domain, Domain]] = {
    "a boolean": ({}, {"require_tls_inbound": True}),
    "two fields, of which one is a list": ({"ip_restrictions": ["198.51.100.0/24"]}, {"lookback_hops": 9, "ip_restrictions": NETWORKS}),
    "a long list": ({}, {"ip_restrictions": LONG_LIST}),
}


def entries_of(step_args: Any) -> list[Domain]:
    return [entry for entry in (*step_args.get("domains", ()), step_args.get("defaults") or {}) if isinstance(entry, dict)]


def assert_pruned(outcome: Outcome) -> None:
    arguments = outcome.result["invocation"]["module_args"]
    for entry in entries_of(arguments):
        assert None not in entry.values(), entry
    if "shortened" not in outcome.result:
        assert len(arguments["domains"]) == len(outcome.step.args["domains"])


def large_change(case: str, check: bool) -> list[Step]:
    was, desired = LARGE_CHANGES[case]
    return [fleet(desired_for_all(make_domains(3000), **desired), live=make_domains(3000, **was), check=check, settings=UNLIMITED)]


@pytest.mark.first_cases(2)
@pytest.mark.call(steps=large_change)
@pytest.mark.parametrize(
    ("case", "check"),
    [("a boolean", False), ("two fields, of which one is a list", False), ("a long list", True)],
)
def test_result_of_3000_changed_domains_is_below_the_limit(case: str, check: bool, outcomes: list[Outcome]) -> None:
    """Callbacks, logs and registered variables can hold it, and it names every domain."""
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["updated"]) == (False, 3000)
    assert len(outcome.output) < MAX_OUTPUT_CHARACTERS, len(outcome.output)
    assert_pruned(outcome)
    results = outcome.result["results"]
    assert [result["domain"] for result in results] == [each["domain"] for each in outcome.before]
    if "shortened" in outcome.result:
        assert outcome.result["shortened"]
        assert all(isinstance(words, str) and words for words in outcome.result["shortened"])
    if case == "a boolean":
        # The diff repeats the changes, so it is left out first.
        assert {json.dumps(result["changes"]) for result in results} == {json.dumps({"require_tls_inbound": {"before": False, "after": True}})}


@pytest.mark.call(
    fleet(desired_for_all(make_domains(3000)), {"defaults": {"lookback_hops": 1, "regions": ["GLOBAL"], "clear": ["folder"]}}, live=make_domains(3000)),
    fleet(desired_for_all(make_domains(3000), lookback_hops=1), live=make_domains(3000)),
)
def test_result_of_3000_unchanged_domains_is_short(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.result["summary"]["unchanged"] == 3000
        assert_pruned(outcome)
        assert len(json.dumps({key: value for key, value in outcome.result.items() if key not in ("invocation", "warnings")})) < 1000
        assert len(outcome.output) < 300_000


@pytest.mark.call(fleet(desired_for_all(make_domains(3000), lookback_hops=9), {"max_wait": 1}, live=[make_domain("d1.example")]))
def test_3000_missing_domains_give_a_short_result(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.result["summary"]["failed"] == 2999
    assert len(outcome.output) < MAX_OUTPUT_CHARACTERS
    assert len(outcome.message) < 5000
    assert result_of(outcome, "d2.example")["failure"]["kind"] == "not_found"


@pytest.mark.call(
    fleet(
        desired_for_all(make_domains(2000), lookback_hops=9),
        {"max_wait": 3},
        live=make_domains(2000, lookback_hops=1),
        settings={"batch": 404},
        faults=[{"do": "status", "status": 401, "code": 10000, "message": "No " * 200, "match": {"method": "PATCH", "nth": 3}, "times": None}],
    )
)
def test_thousands_of_unreached_domains_give_a_short_result(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.kind == "auth"
    assert outcome.result["summary"]["not_reached"] > 1900
    assert len(outcome.output) < MAX_OUTPUT_CHARACTERS


@pytest.mark.call(fleet([{"domain": f"n{number}.example"} for number in range(1000)], {"defaults": CREATE_FIELDS}, live=[], settings=UNLIMITED))
def test_1000_creations_cost_three_requests(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["created"], len(outcome.result["new_ids"])) == (False, 1000, 1000)
    assert len(outcome.methods) <= 3
    assert len(outcome.output) < MAX_OUTPUT_CHARACTERS


@pytest.mark.call(fleet(desired_for_all(make_domains(1500), state="absent"), live=make_domains(1500), settings=UNLIMITED))
def test_1500_removals_give_a_short_result(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert (outcome.failed, outcome.result["summary"]["deleted"], outcome.after) == (False, 1500, [])
    assert len(outcome.output) < MAX_OUTPUT_CHARACTERS
