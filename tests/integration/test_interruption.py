"""Ansible's time limit for a task, and an ansible-playbook that ends in the middle of a task: what is written, and what is reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import FLEET_MODULE, Outcome, Step, manage
from simulator import Simulator

LATENCY, COUNT = 0.3, 40
FLEET = [{"domain": f"d{number:02}.example", "lookback_hops": 9} for number in range(COUNT)]
HANGING = {"do": "hang", "seconds": 20}


def count_of_writes(simulator: Simulator) -> int:
    return sum(entry["method"] == "PATCH" for entry in simulator.journal)


def outcome_after_time_limit(playbook_runner: PlaybookRunner, step: Step) -> Outcome:
    [outcome] = playbook_runner.run_steps([step])
    assert outcome.failed
    assert "Traceback" not in outcome.output
    assert outcome.result["msg"].startswith("Timed out after 2 second(s). ")
    assert outcome.result["timedout"]["period"] == 2
    return outcome


def test_time_limit_during_a_write_reports_an_unknown_outcome(playbook_runner: PlaybookRunner) -> None:
    outcome = outcome_after_time_limit(
        playbook_runner, manage({"domain": "example.com", "lookback_hops": 9}, faults=[{**HANGING, "match": {"method": "PATCH"}}], keywords={"timeout": 2})
    )
    assert outcome.result["changed"] is True
    assert "made is unknown" in outcome.result["msg"]
    assert outcome.result["failure"]["kind"] == "network"


def test_time_limit_before_any_write_reports_no_change(playbook_runner: PlaybookRunner) -> None:
    outcome = outcome_after_time_limit(
        playbook_runner, manage({"domain": "example.com", "lookback_hops": 9}, faults=[{**HANGING, "match": {"method": "GET"}}], keywords={"timeout": 2})
    )
    assert outcome.result["changed"] is False
    assert "made is unknown" not in outcome.result["msg"]
    assert "PATCH" not in outcome.methods


def test_time_limit_that_is_not_reached_has_no_effect(playbook_runner: PlaybookRunner) -> None:
    [outcome] = playbook_runner.run_steps([manage({"domain": "example.com", "lookback_hops": 9}, keywords={"timeout": 20})])
    assert outcome.result["action"] == "update"
    assert "timedout" not in outcome.result


def test_time_limit_passes_its_result_to_rescue(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    module: dict[str, Any] = {"mailops.cloudflare.email_security_domain_info": {"max_wait": 0}, "timeout": 1}
    say = {"ansible.builtin.debug": {"msg": "rescued: {{ ansible_failed_result.failure.kind }} {{ ansible_failed_result.timedout.period }}"}}
    after = {"ansible.builtin.debug": {"msg": "always"}}
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [{"block": [module], "rescue": [say], "always": [after]}]}]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    simulator.fault(**HANGING)
    done = playbook_runner.run_playbook(tmp_path, "play.yml")
    assert done.code == 0, done.output
    assert "rescued: network 1" in done.output
    assert "always" in done.output


def test_time_limit_with_many_domains_reports_which_were_changed(playbook_runner: PlaybookRunner, simulator: Simulator) -> None:
    simulator.clear_domains()
    domains = [simulator.add_domain(domain=domain["domain"]) for domain in FLEET]
    slow = {"do": "slow", "seconds": LATENCY, "match": {"method": "PATCH"}, "times": COUNT}
    options = {"domains": FLEET, "batch": "never", "concurrency": 2}
    [outcome] = playbook_runner.run_steps([Step(options, FLEET_MODULE, domains=domains, faults=[slow], keywords={"timeout": 3})])
    assert outcome.failed
    assert outcome.result["msg"].startswith("Timed out after 3 second(s). ")
    summary = outcome.result["summary"]
    assert outcome.result["changed"] is True
    assert 0 < summary["updated"] < COUNT
    assert summary["not_reached"] > 0
    assert summary["updated"] + summary["failed"] == COUNT
    sent = outcome.methods.count("PATCH")
    assert summary["updated"] <= sent <= COUNT - summary["not_reached"]


@pytest.mark.parametrize("how", ["SIGHUP", "SIGTERM", "SIGINT", "SIGKILL"])
@pytest.mark.first_cases(1)
def test_signal_to_ansible_playbook_stops_all_writes(how: str, playbook_runner: PlaybookRunner, tmp_path: Path) -> None:
    with Simulator(latency=LATENCY) as simulator:
        simulator.clear_domains()
        for domain in FLEET:
            simulator.add_domain(domain=domain["domain"])
        task = {FLEET_MODULE: {"domains": FLEET, "batch": "never", "concurrency": 2}}
        play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
        (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
        (tmp_path / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        environment = playbook_runner.environment(tmp_path) | {"CLOUDFLARE_BASE_URL": simulator.base_url, "CLOUDFLARE_ACCOUNT_ID": simulator.account_id}
        started = subprocess.Popen(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "play.yml"],
            cwd=tmp_path,
            env=environment | {"CLOUDFLARE_API_TOKEN": simulator.token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # A background shell lets its children ignore these signals.
            preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)],
        )
        deadline = time.monotonic() + 30
        while count_of_writes(simulator) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert count_of_writes(simulator) >= 4
        os.kill(started.pid, getattr(signal, how))
        started.wait(timeout=20)
        # Writes that were in flight may still arrive.
        time.sleep(2 * LATENCY)
        before = count_of_writes(simulator)
        time.sleep(8 * LATENCY)
        assert before < COUNT
        assert count_of_writes(simulator) == before
