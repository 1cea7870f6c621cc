"""Removals that would stop mail, and settings that do, in real playbooks: in both ways of running a module, and by the playbook of the collection."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from calling import call
from fleets import Domain, domain, fleet
from playing import Player
from simulator import Simulator
from steps import Outcome, Step, manage

# The same interpreter by another name: Ansible then packs the module and starts it.
OTHER = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS: dict[str, dict[str, str]] = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": OTHER}}
MAIL = {"total_emails_processed": 1204, "timestamp": datetime.now(timezone.utc).isoformat()}
LIVE: list[Domain] = [
    domain("d1.example", emails_processed=MAIL),
    domain("d2.example", emails_processed=MAIL, allowed_delivery_modes=["BCC"]),
    domain("d3.example"),
]
DECLARED: list[Domain] = [{"domain": "d1.example", "state": "absent"}, {"domain": "d3.example", "require_tls_outbound": True}]
FORCED: list[Domain] = [{**DECLARED[0], "force": True}, DECLARED[1]]
ABSENT = {"domain": "d1.example", "state": "absent"}
WARNED = "While the MX records point at Cloudflare, mail is rejected after the removal."

STEPS: dict[str, Step] = {
    "fleet, check": fleet(DECLARED, live=LIVE, check=True, keywords={"register": "checked"}),
    "fleet, run": fleet(DECLARED, live=LIVE),
    "fleet, another plan": fleet(DECLARED, {"expected_plan": "0" * 64}, live=LIVE),
    "fleet, approved": fleet(DECLARED, {"expected_plan": "{{ checked.plan }}"}, live=LIVE),
    "fleet, nothing to do": fleet(DECLARED, {"expected_plan": "{{ checked.plan }}"}, again=True),
    "fleet, forced": fleet(FORCED, live=LIVE),
    "fleet, copies": fleet([{"domain": "d2.example", "state": "absent"}], live=LIVE),
    "check": manage(ABSENT, domains=LIVE, check=True),
    "run": manage(ABSENT, domains=LIVE),
    "forced": manage({**ABSENT, "force": True}, domains=LIVE),
    "nothing to do": manage(ABSENT, again=True),
    "loop, check": manage({"domain": "d1.example", "transport": "mailstream-eu1.mxrecord.io"}, domains=LIVE, check=True),
    "loop, run": manage({"domain": "d1.example", "transport": "mailstream-eu1.mxrecord.io"}, domains=LIVE),
    "fleet, loop": fleet([{"domain": "d1.example", "transport": "route1.mx.cloudflare.net"}, {"domain": "d3.example"}], live=LIVE),
}


@pytest.fixture(scope="module", params=WAYS)
def played(request: pytest.FixtureRequest, player: Player) -> dict[str, Outcome]:
    outcomes = player.play(list(STEPS.values()), environment=WAYS[request.param])
    assert [outcome.violations for outcome in outcomes] == [[]] * len(STEPS)
    return dict(zip(STEPS, outcomes, strict=True))


def warnings(outcome: Outcome) -> str:
    return json.dumps(outcome.result.get("warnings", []))


def names(outcome: Outcome) -> list[str]:
    return [each["domain"] for each in outcome.after]


def test_check_mode_shows_the_removal_and_warns(played: dict[str, Outcome]) -> None:
    for case in ("fleet, check", "check"):
        outcome = played[case]
        assert (outcome.failed, outcome.result["changed"], set(outcome.methods)) == (False, True, {"GET"}), outcome.message
        assert (WARNED in warnings(outcome), "A run refuses this" in warnings(outcome)) == (True, True)
    assert [(each["domain"], each["action"]) for each in played["fleet, check"].result["results"]] == [("d1.example", "delete"), ("d3.example", "update")]


def test_a_run_refuses_that_domain_and_changes_the_others(played: dict[str, Outcome]) -> None:
    outcome = played["fleet, run"]
    assert (outcome.failed, outcome.kind, outcome.result["changed"], names(outcome)) == (True, None, True, [each["domain"] for each in LIVE])
    assert outcome.stored("d3.example")["require_tls_outbound"] is True
    [refused] = [each for each in outcome.result["results"] if "failure" in each]
    assert (refused["domain"], refused["action"], refused["changes"], refused["failure"]["kind"]) == ("d1.example", "none", {}, "unsafe")
    for words in ("processed 1204 messages within the last day", WARNED, "force: true"):
        assert words in outcome.message
    assert outcome.result["plan"] == played["fleet, check"].result["plan"]


def test_a_run_of_one_domain_is_refused(played: dict[str, Outcome]) -> None:
    outcome = played["run"]
    assert (outcome.kind, outcome.result["changed"], outcome.methods) == ("unsafe", False, ["GET"])
    assert (WARNED in outcome.message, warnings(outcome)) == (True, "[]")


def test_another_plan_approves_nothing(played: dict[str, Outcome]) -> None:
    outcome = played["fleet, another plan"]
    assert (outcome.kind, set(outcome.methods), names(outcome)) == ("conflict", {"GET"}, [each["domain"] for each in LIVE])


def test_what_was_approved_or_forced_is_removed(played: dict[str, Outcome]) -> None:
    for case in ("fleet, approved", "fleet, forced", "forced"):
        outcome = played[case]
        assert (outcome.failed, outcome.result["changed"], "d1.example" in names(outcome)) == (False, True, False), outcome.message
        assert (WARNED in warnings(outcome), "A run refuses" in warnings(outcome)) == (True, False)
    assert played["fleet, approved"].result["plan"] == played["fleet, forced"].result["plan"] == played["fleet, check"].result["plan"]


def test_copies_are_removed_with_a_warning(played: dict[str, Outcome]) -> None:
    outcome = played["fleet, copies"]
    assert (outcome.failed, "d2.example" in names(outcome), "d2.example (1204 messages)" in warnings(outcome)) == (False, False, True)


def test_nothing_to_do(played: dict[str, Outcome]) -> None:
    for case in ("fleet, nothing to do", "nothing to do"):
        assert (played[case].failed, played[case].result["changed"], warnings(played[case])) == (False, False, "[]"), played[case].message


def test_a_loop_is_warned_of_and_not_refused(played: dict[str, Outcome]) -> None:
    for case in ("loop, check", "loop, run", "fleet, loop"):
        outcome = played[case]
        assert (outcome.failed, outcome.result["changed"], "ES-HEALTH-014" in warnings(outcome)) == (False, True, True), outcome.message
        assert "d3.example" not in warnings(outcome)
    assert warnings(played["loop, check"]) == warnings(played["loop, run"])
    assert played["loop, run"].stored("d1.example")["transport"] == "mailstream-eu1.mxrecord.io"


def test_the_playbook_apply(simulator: Simulator, player: Player, tmp_path: Path) -> None:
    """Without the plan it removes no such domain; with it, or with force in the policy, it does."""
    [checked] = call(simulator, [fleet([ABSENT], live=LIVE, check=True)])

    def apply(entry: dict[str, Any], *arguments: str) -> tuple[int, str, bool]:
        simulator.clear_domains()
        for each in LIVE:
            simulator.add_domain(**each)
        (tmp_path / "policy.json").write_text(json.dumps({"email_security_domains": [entry]}), encoding="utf-8")
        done = player.playbook(tmp_path, "mailops.cloudflare.apply", "-e", "@policy.json", *arguments)
        return done.code, " ".join(done.output.split()), "d1.example" in {each["domain"] for each in simulator.domains}

    simulator.configure(refuse_writes=False)
    code, output, is_there = apply(ABSENT)
    assert (code, is_there) == (2, True), output
    assert "force: true with the domain, or its plan as expected_plan" in output
    for entry, arguments in [(ABSENT, ["-e", f"email_security_plan={checked.result['plan']}"]), ({**ABSENT, "force": True}, [])]:
        code, output, is_there = apply(entry, *arguments)
        assert (code, is_there) == (0, False), output
