"""Some tasks for many domains in a playbook: the results are those that the other test_fleet_*.py get in this process."""

from __future__ import annotations

from typing import Any

import pytest
from integration.support.fleet_step import (
    CREATE_FIELDS,
    PREDICTED_KEYS,
    Domain,
    desired_for_all,
    failure_kinds,
    fleet,
    fleet_check_run_rerun,
    id_of,
    make_domain,
    make_domains,
    result_of,
    writes,
)
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import FLEET_MODULE, Outcome, Step

LIVE = [*make_domains(6, lookback_hops=1), make_domain("d7.example", folder="Inbox"), make_domain("d8.example")]
MIXED: list[Domain] = [
    {"name": "D1.Example.", "lookback_hops": 9, "folder": "AllItems"},
    {"domain_id": id_of(2), "ip_restrictions": ["192.0.2.1", "2001:DB8::/32"]},
    {"domain": "d3.example", "state": "absent"},
    {"domain": "missing.example", "lookback_hops": 3},
    {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]},
    {"domain": "d7.example", "clear": ["folder"]},
    {"domain": "d8.example"},
]
DEFAULTS = {"require_tls_inbound": True, "regions": ["DE"]}


@pytest.mark.play(*fleet_check_run_rerun(MIXED, {"defaults": DEFAULTS}, live=LIVE))
def test_playbook_mixed_changes_check_run_rerun(outcomes: list[Outcome]) -> None:
    check, run, again = outcomes
    assert {key: check.result[key] for key in PREDICTED_KEYS} == {key: run.result[key] for key in PREDICTED_KEYS}
    for outcome in (check, run):
        assert (outcome.failed, outcome.kind, outcome.result["changed"]) == (True, None, True)
        assert outcome.result["summary"] == {"total": 7, "unchanged": 0, "created": 1, "updated": 4, "deleted": 1, "failed": 1, "not_reached": 0, "waived": 0}
        assert outcome.result["undeclared"] == ["d4.example", "d5.example", "d6.example"]
        assert failure_kinds(outcome) == {"missing.example": "not_found"}
    assert check.methods == ["GET"]
    assert run.methods == ["GET", "POST", "GET"]
    assert (again.result["changed"], again.methods) == (False, ["GET"])


@pytest.mark.play(
    fleet(desired_for_all(LIVE, lookback_hops=1), live=make_domains(6, lookback_hops=1)), fleet(desired_for_all(make_domains(8)), live=LIVE, check=True)
)
def test_playbook_missing_domains_fail_and_no_changes_write_nothing(outcomes: list[Outcome]) -> None:
    missing, idle = outcomes
    assert (missing.failed, missing.result["changed"], sorted(failure_kinds(missing))) == (True, False, ["d7.example", "d8.example"])
    assert (idle.failed, idle.result["changed"], idle.result["results"], idle.methods) == (False, False, [], ["GET"])


@pytest.mark.play(
    fleet([{"domain": "d1.example", "lookback_hops": 99}, {"domain": "d2.example"}, {"domain": "D2.example."}], live=LIVE),
    fleet([{"lookback_hops": 1}], live=LIVE),
    fleet(desired_for_all(LIVE), {"concurrency": 11, "expected_plan": " "}, live=LIVE),
    fleet([{"domain": "d1.example"}, {"domain_id": id_of(1), "lookback_hops": 9}], live=LIVE),
)
def test_playbook_mistake_is_refused_before_any_write(outcomes: list[Outcome]) -> None:
    for outcome, words in zip(outcomes, (("domains[0]", "99", "d2.example"), ("domain_id",), ("concurrency", "expected_plan"), ("d1.example",)), strict=True):
        assert (outcome.kind, outcome.result["changed"]) == ("invalid", False)
        assert not writes(outcome)
        assert all(word in outcome.message for word in words), outcome.message


@pytest.mark.play(
    fleet(
        desired_for_all(LIVE[:4], lookback_hops=9),
        {"max_wait": 3},
        live=LIVE,
        settings={"batch": "partial"},
        habits={"refused_fields": {"d2.example": ["lookback_hops"]}},
    ),
    fleet(desired_for_all(LIVE[:4], lookback_hops=9), {"max_wait": 3}, live=LIVE, faults=[{"do": "reset", "apply": True, "match": {"path": "batch$"}}]),
    fleet(
        desired_for_all(LIVE[:4], lookback_hops=9),
        {"batch": "never", "max_wait": 3},
        live=LIVE,
        faults=[
            {"do": "edit", "domain": id_of(3), "values": {"lookback_hops": 7}, "match": {"method": "PATCH", "path": id_of(3)}},
            {"do": "reset", "match": {"method": "PATCH", "path": id_of(3)}},
        ],
    ),
    fleet(
        desired_for_all(LIVE[:4], lookback_hops=9),
        {"batch": "never", "max_wait": 3},
        live=LIVE,
        faults=[{"do": "status", "status": 401, "code": 10000, "match": {"method": "PATCH", "nth": 3}, "times": None}],
    ),
)
def test_playbook_fault_fails_only_the_affected_domains(outcomes: list[Outcome]) -> None:
    refused, lost, conflict, revoked = outcomes
    assert (failure_kinds(refused), refused.result["summary"]["updated"]) == ({"d2.example": "invalid"}, 3)
    assert (lost.failed, writes(lost)) == (False, ["BATCH"])
    assert (failure_kinds(conflict), conflict.result["summary"]["updated"]) == ({"d3.example": "conflict"}, 3)
    assert set(result_of(conflict, "d3.example")["failure"]["states"]) == {"before", "asked", "found"}
    assert (revoked.kind, revoked.result["summary"]["updated"]) == ("auth", 2)


def task_with_register(name: str, step: Step, **more: Any) -> dict[str, Any]:
    task = step.task(0)
    return {**task, FLEET_MODULE: {**task[FLEET_MODULE], **more}, "register": name}


def test_playbook_plan_and_domains_from_variables_are_accepted(playbook_runner: PlaybookRunner) -> None:
    """A plan from an earlier task, and domains from an inventory, where numbers and booleans may be strings."""
    desired = desired_for_all(LIVE[:4], lookback_hops=9)
    approved = {"expected_plan": "{{ seen.plan }}"}
    texts = [{"domain": "d1.example", "lookback_hops": "8", "require_tls_inbound": "yes"}, {"domain": "d2.example", "regions": "US,DE"}]
    steps = [
        fleet(desired, live=LIVE, check=True),
        fleet([*desired, {"domain": "d5.example", "lookback_hops": 2}], approved, keep_state=True),
        fleet(desired, approved, keep_state=True),
        fleet(texts, keep_state=True),
    ]
    tasks = [task_with_register(name, step) for name, step in zip(("seen", "other", "applied"), steps, strict=False)]
    tasks.append(task_with_register("inventory", steps[3], domains="{{ fleet | dict2items(value_name='it') | map(attribute='it') | list }}"))
    variables = {"fleet": {each["domain"]: each for each in texts}}
    seen, other, applied, inventory = playbook_runner.run_tasks(tasks, steps, play={"vars": variables})
    assert (other.kind, other.methods) == ("conflict", ["GET"])
    assert (applied.failed, applied.result["plan"], applied.result["summary"]["updated"]) == (False, seen.result["plan"], 4)
    assert not inventory.failed, inventory.message
    assert (inventory.stored("d1.example")["lookback_hops"], inventory.stored("d2.example")["regions"]) == (8, ["DE", "US"])
    assert inventory.stored("d1.example")["require_tls_inbound"] is True


def test_playbook_check_and_diff_switches_show_the_changes_and_write_nothing(playbook_runner: PlaybookRunner) -> None:
    """--diff shows each changed domain and no other."""
    step = fleet(
        [
            {**CREATE_FIELDS, "domain": "new.example"},
            *desired_for_all(LIVE[:2], lookback_hops=9),
            {"domain": "d3.example", "state": "absent"},
            {"domain": "d4.example"},
        ],
        live=LIVE,
    )
    [outcome] = playbook_runner.run_steps([Step(step.args, FLEET_MODULE, check=True, domains=LIVE, keywords={"check_mode": None})], "--check", "--diff")
    assert (outcome.violations, set(outcome.methods), outcome.before) == ([], {"GET"}, outcome.after)
    shown = outcome.output
    for line in ("-lookback_hops: 1", "+lookback_hops: 9", "+domain: new.example", "+++ after: new.example (new)", "-domain: d3.example"):
        assert f"\n{line}\n" in shown, shown
    assert "--- before: d3.example (removed, less protected)\n" in shown
    assert "d4.example" not in shown
