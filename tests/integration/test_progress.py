"""The progress of long tasks, as ansible-playbook shows it: on stderr, so that programs can read JSON from stdout."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from integration.support.fleet_step import desired_for_all, make_domains
from integration.support.run_playbook import INTEGRATION_TESTS, PlaybookRunner
from integration.support.step import FLEET_MODULE
from simulator import Simulator

# The interval is shortened by a callback plugin of the tests.
ENVIRONMENT = {"ANSIBLE_CALLBACK_PLUGINS": str(INTEGRATION_TESTS / "callback_plugins"), "ANSIBLE_CALLBACKS_ENABLED": "short_progress"}
LIVE = make_domains(8, lookback_hops=1)


def task(name: str, hops: int, **keywords: Any) -> dict[str, Any]:
    options = {"domains": desired_for_all(LIVE, lookback_hops=hops), "batch": "never", "concurrency": 1}
    return {"name": name, FLEET_MODULE: options, **keywords}


def test_long_task_shows_progress_on_stderr(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    for domain in LIVE:
        simulator.add_domain(**domain)
    simulator.fault("retry_after", method="PATCH", nth=5, value="2")
    simulator.fault("slow", method="PATCH", times=None, seconds=0.15)
    tasks = [task("A long task", 2), task("A secret task", 3, no_log=True)]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    command = shlex.join([sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "play.yml"])
    done = playbook_runner.run_command(tmp_path, ["sh", "-c", f"{command} 2>errors"], ENVIRONMENT)
    shown = [line for line in (tmp_path / "errors").read_text(encoding="utf-8").splitlines() if line.startswith("progress")]

    assert "progress" not in done.output
    assert {domain["lookback_hops"] for domain in simulator.domains} == {3}
    assert all(line.startswith("progress: [localhost]: ") for line in shown)
    assert any(re.fullmatch(r".*: [1-7] of 8 changed, about 10 s left", line) for line in shown), shown
    assert any(re.fullmatch(r".*: [0-8] of 8 changed; rate limit reached, continuing in [12] s", line) for line in shown), shown
    # Only of the first task: the counts never fall.
    counts = [int(found[1]) for line in shown if (found := re.search(r"(\d) of 8 changed", line))]
    assert counts == sorted(counts)
