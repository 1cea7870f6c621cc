"""Removals and settings that would stop mail, in real playbooks: with the module in the process of the task and packed, and with the playbook apply."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from integration.support.call_module import call
from integration.support.fleet_step import Domain, fleet, make_domain
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step, manage
from simulator import Simulator

# The same interpreter by another name, so that Ansible packs the module and starts it.
OTHER_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS: dict[str, dict[str, str]] = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": OTHER_PYTHON}}
RECENT_MAIL = {"total_emails_processed": 1204, "timestamp": datetime.now(timezone.utc).isoformat()}
LIVE: list[Domain] = [
    make_domain("d1.example", emails_processed=RECENT_MAIL),
    make_domain("d2.example", emails_processed=RECENT_MAIL, allowed_delivery_modes=["BCC"]),
    make_domain("d3.example"),
]
DECLARED: list[Domain] = [{"domain": "d1.example", "state": "absent"}, {"domain": "d3.example", "require_tls_outbound": True}]
FORCED: list[Domain] = [{**DECLARED[0], "force": True}, DECLARED[1]]
ABSENT = {"domain": "d1.example", "state": "absent"}
WARNING = "While the MX records point at Cloudflare, mail is rejected after the removal."

STEPS: dict[str, Step] = {
    "fleet, check": fleet(DECLARED, live=LIVE, check=True, keywords={"register": "checked"}),
    "fleet, run": fleet(DECLARED, live=LIVE),
    "fleet, another plan": fleet(DECLARED, {"expected_plan": "0" * 64}, live=LIVE),
    "fleet, approved": fleet(DECLARED, {"expected_plan": "{{ checked.plan }}"}, live=LIVE),
    "fleet, nothing to do": fleet(DECLARED, {"expected_plan": "{{ checked.plan }}"}, keep_state=True),
    "fleet, forced": fleet(FORCED, live=LIVE),
    "fleet, copies": fleet([{"domain": "d2.example", "state": "absent"}], live=LIVE),
    "check": manage(ABSENT, domains=LIVE, check=True),
    "run": manage(ABSENT, domains=LIVE),
    "forced": manage({**ABSENT, "force": True}, domains=LIVE),
    "nothing to do": manage(ABSENT, keep_state=True),
    "loop, check": manage({"domain": "d1.example", "transport": "mailstream-eu1.mxrecord.io"}, domains=LIVE, check=True),
    "loop, run": manage({"domain": "d1.example", "transport": "mailstream-eu1.mxrecord.io"}, domains=LIVE),
    "fleet, loop": fleet([{"domain": "d1.example", "transport": "route1.mx.cloudflare.net"}, {"domain": "d3.example"}], live=LIVE),
}


@pytest.fixture(scope="module", params=WAYS)
def outcomes_by_case(request: pytest.FixtureRequest, playbook_runner: PlaybookRunner) -> dict[str, Outcome]:
    outcomes_by_case = playbook_runner.run_steps(list(STEPS.values()), environment=WAYS[request.param])
    assert [outcome.violations for outcome in outcomes_by_case] == [[]] * len(STEPS)
    return dict(zip(STEPS, outcomes_by_case, strict=True))


def warnings(outcome: Outcome) -> str:
    return json.dumps(outcome.result.get("warnings", []))


def names(outcome: Outcome) -> list[str]:
    return [each["domain"] for each in outcome.after]


def test_removal_in_check_mode_is_shown_with_a_warning(outcomes_by_case: dict[str, Outcome]) -> None:
    for case in ("fleet, check", "check"):
        outcome = outcomes_by_case[case]
        assert (outcome.failed, outcome.result["changed"], set(outcome.methods)) == (False, True, {"GET"}), outcome.message
        assert (WARNING in warnings(outcome), "A run refuses this" in warnings(outcome)) == (True, True)
    assert [(each["domain"], each["action"]) for each in outcomes_by_case["fleet, check"].result["results"]] == [
        ("d1.example", "delete"),
        ("d3.example", "update"),
    ]


def test_removal_in_a_run_is_refused_and_other_domains_are_changed(outcomes_by_case: dict[str, Outcome]) -> None:
    outcome = outcomes_by_case["fleet, run"]
    assert (outcome.failed, outcome.kind, outcome.result["changed"], names(outcome)) == (True, None, True, [each["domain"] for each in LIVE])
    assert outcome.stored("d3.example")["require_tls_outbound"] is True
    [refused] = [each for each in outcome.result["results"] if "failure" in each]
    assert (refused["domain"], refused["action"], refused["changes"], refused["failure"]["kind"]) == ("d1.example", "none", {}, "unsafe")
    for words in ("processed 1204 messages within the last day", WARNING, "force: true"):
        assert words in outcome.message
    assert outcome.result["plan"] == outcomes_by_case["fleet, check"].result["plan"]


def test_removal_of_a_single_domain_is_refused(outcomes_by_case: dict[str, Outcome]) -> None:
    outcome = outcomes_by_case["run"]
    assert (outcome.kind, outcome.result["changed"], outcome.methods) == ("unsafe", False, ["GET"])
    assert (WARNING in outcome.message, warnings(outcome)) == (True, "[]")


def test_removal_with_another_plan_is_a_conflict(outcomes_by_case: dict[str, Outcome]) -> None:
    outcome = outcomes_by_case["fleet, another plan"]
    assert (outcome.kind, set(outcome.methods), names(outcome)) == ("conflict", {"GET"}, [each["domain"] for each in LIVE])


def test_removal_with_its_plan_or_force_is_made(outcomes_by_case: dict[str, Outcome]) -> None:
    for case in ("fleet, approved", "fleet, forced", "forced"):
        outcome = outcomes_by_case[case]
        assert (outcome.failed, outcome.result["changed"], "d1.example" in names(outcome)) == (False, True, False), outcome.message
        assert (WARNING in warnings(outcome), "A run refuses" in warnings(outcome)) == (True, False)
    assert (
        outcomes_by_case["fleet, approved"].result["plan"]
        == outcomes_by_case["fleet, forced"].result["plan"]
        == outcomes_by_case["fleet, check"].result["plan"]
    )


def test_removal_of_a_domain_with_copies_only_warns(outcomes_by_case: dict[str, Outcome]) -> None:
    outcome = outcomes_by_case["fleet, copies"]
    assert (outcome.failed, "d2.example" in names(outcome), "d2.example (1204 messages)" in warnings(outcome)) == (False, False, True)


def test_removal_of_a_missing_domain_changes_nothing(outcomes_by_case: dict[str, Outcome]) -> None:
    for case in ("fleet, nothing to do", "nothing to do"):
        assert (outcomes_by_case[case].failed, outcomes_by_case[case].result["changed"], warnings(outcomes_by_case[case])) == (False, False, "[]"), (
            outcomes_by_case[case].message
        )


def test_mail_loop_warns_and_is_not_refused(outcomes_by_case: dict[str, Outcome]) -> None:
    for case in ("loop, check", "loop, run", "fleet, loop"):
        outcome = outcomes_by_case[case]
        assert (outcome.failed, outcome.result["changed"], "ES-HEALTH-014" in warnings(outcome)) == (False, True, True), outcome.message
        assert "d3.example" not in warnings(outcome)
    assert warnings(outcomes_by_case["loop, check"]) == warnings(outcomes_by_case["loop, run"])
    assert outcomes_by_case["loop, run"].stored("d1.example")["transport"] == "mailstream-eu1.mxrecord.io"


@pytest.mark.nightly
def test_apply_removes_only_with_the_plan_or_force(simulator: Simulator, playbook_runner: PlaybookRunner, tmp_path: Path) -> None:
    [checked] = call(simulator, [fleet([ABSENT], live=LIVE, check=True)])

    def apply(entry: dict[str, Any], *arguments: str) -> tuple[int, str, bool]:
        simulator.clear_domains()
        for each in LIVE:
            simulator.add_domain(**each)
        (tmp_path / "policy.json").write_text(json.dumps({"email_security_domains": [entry]}), encoding="utf-8")
        done = playbook_runner.run_playbook(tmp_path, "mailops.cloudflare.apply", "-e", "@policy.json", *arguments)
        return done.code, " ".join(done.output.split()), "d1.example" in {each["domain"] for each in simulator.domains}

    simulator.configure(refuse_writes=False)
    code, output, is_there = apply(ABSENT)
    assert (code, is_there) == (2, True), output
    assert "force: true with the domain, or its plan as expected_plan" in output
    for entry, arguments in [(ABSENT, ["-e", f"email_security_plan={checked.result['plan']}"]), ({**ABSENT, "force": True}, [])]:
        code, output, is_there = apply(entry, *arguments)
        assert (code, is_there) == (0, False), output
