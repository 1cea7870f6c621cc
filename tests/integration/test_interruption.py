"""Ansible's time limit for a task, and an ansible-playbook that ends in the middle of a fleet: what is written then, and what is said of it."""

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
from playing import Player
from simulator import Simulator
from steps import FLEET_MODULE, Outcome, Step, manage

LATENCY, COUNT = 0.3, 40
FLEET = [{"domain": f"d{number:02}.example", "lookback_hops": 9} for number in range(COUNT)]
HANGING = {"do": "hang", "seconds": 20}


def written(simulator: Simulator) -> int:
    return sum(entry["method"] == "PATCH" for entry in simulator.journal)


def ended(player: Player, step: Step) -> Outcome:
    [outcome] = player.play([step])
    assert outcome.failed
    assert "Traceback" not in outcome.output
    assert outcome.result["msg"].startswith("Timed out after 2 second(s). ")
    assert outcome.result["timedout"]["period"] == 2
    return outcome


def test_a_time_limit_while_a_write_is_on_its_way(player: Player) -> None:
    outcome = ended(player, manage({"domain": "example.com", "lookback_hops": 9}, faults=[{**HANGING, "match": {"method": "PATCH"}}], keywords={"timeout": 2}))
    assert outcome.result["changed"] is True
    assert "made is unknown" in outcome.result["msg"]
    assert outcome.result["failure"]["kind"] == "network"


def test_a_time_limit_before_anything_is_written(player: Player) -> None:
    outcome = ended(player, manage({"domain": "example.com", "lookback_hops": 9}, faults=[{**HANGING, "match": {"method": "GET"}}], keywords={"timeout": 2}))
    assert outcome.result["changed"] is False
    assert "made is unknown" not in outcome.result["msg"]
    assert "PATCH" not in outcome.methods


def test_a_time_limit_that_is_not_reached_changes_nothing(player: Player) -> None:
    [outcome] = player.play([manage({"domain": "example.com", "lookback_hops": 9}, keywords={"timeout": 20})])
    assert outcome.result["action"] == "update"
    assert "timedout" not in outcome.result


def test_a_time_limit_leaves_its_result_to_rescue_and_the_play_goes_on(player: Player, simulator: Simulator, tmp_path: Path) -> None:
    module: dict[str, Any] = {"mailops.cloudflare.email_security_domain_info": {"max_wait": 0}, "timeout": 1}
    say = {"ansible.builtin.debug": {"msg": "rescued: {{ ansible_failed_result.failure.kind }} {{ ansible_failed_result.timedout.period }}"}}
    after = {"ansible.builtin.debug": {"msg": "always"}}
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [{"block": [module], "rescue": [say], "always": [after]}]}]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    simulator.fault(**HANGING)
    done = player.playbook(tmp_path, "play.yml")
    assert done.code == 0, done.output
    assert "rescued: network 1" in done.output
    assert "always" in done.output


def test_a_time_limit_in_a_fleet_stops_it_and_the_result_says_how_far_it_came(player: Player, simulator: Simulator) -> None:
    simulator.clear_domains()
    domains = [simulator.add_domain(domain=domain["domain"]) for domain in FLEET]
    slow = {"do": "slow", "seconds": LATENCY, "match": {"method": "PATCH"}, "times": COUNT}
    options = {"domains": FLEET, "batch": "never", "concurrency": 2}
    [outcome] = player.play([Step(options, FLEET_MODULE, domains=domains, faults=[slow], keywords={"timeout": 3})])
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
@pytest.mark.first_cases(2)
def test_nothing_is_written_after_ansible_playbook_has_ended(how: str, player: Player, tmp_path: Path) -> None:
    with Simulator(latency=LATENCY) as simulator:
        simulator.clear_domains()
        for domain in FLEET:
            simulator.add_domain(domain=domain["domain"])
        task = {FLEET_MODULE: {"domains": FLEET, "batch": "never", "concurrency": 2}}
        play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}]
        (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
        (tmp_path / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        environment = player._environment(tmp_path) | {"CLOUDFLARE_BASE_URL": simulator.base_url, "CLOUDFLARE_ACCOUNT_ID": simulator.account_id}
        environment = {name: value for name, value in environment.items() if not name.startswith("RECORDER_") and name != "ANSIBLE_CALLBACK_PLUGINS"}
        started = subprocess.Popen(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "play.yml"],
            cwd=tmp_path,
            env=environment | {"CLOUDFLARE_API_TOKEN": simulator.token},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # A run in the background hands on that these are ignored.
            preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGINT)],
        )
        deadline = time.monotonic() + 30
        while written(simulator) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert written(simulator) >= 4
        os.kill(started.pid, getattr(signal, how))
        started.wait(timeout=20)
        # What was on its way then.
        time.sleep(2 * LATENCY)
        before = written(simulator)
        time.sleep(8 * LATENCY)
        assert before < COUNT
        assert written(simulator) == before
