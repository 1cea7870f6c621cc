"""One task of email_security_domain against ansible.builtin.uri, on the same simulator. See README.md for how it is measured."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulator import Simulator

HERE = Path(__file__).parent
NOTHING, GET, UPDATE, GET_FIRST, PATCH = "module: nothing to do", "uri: GET", "module: update", "uri: GET, then", "uri: PATCH"
WARM_UP = 2


def tasks_of(repetition: int, sim: Simulator) -> list[dict[str, Any]]:
    """One of each, so that whatever else the machine does meets all of them alike."""
    url = f"{sim.base_url}/accounts/{sim.account_id}/email-security/settings/domains"
    headers = {"Authorization": f"Bearer {sim.token}"}
    look = {"url": f"{url}?domain=gateway.example&order=domain&direction=asc&page=1&per_page=1000", "headers": headers}
    patch = {
        "url": f"{url}/{sim.domain('gateway.example')['id']}",
        "method": "PATCH",
        "headers": headers,
        "body_format": "json",
        "body": {"lookback_hops": 3 + repetition % 2},
    }
    return [
        {"name": NOTHING, "mailops.cloudflare.email_security_domain": {"domain": "example.com", "require_tls_inbound": True}},
        {"name": GET, "ansible.builtin.uri": look},
        {"name": UPDATE, "mailops.cloudflare.email_security_domain": {"domain": "example.com", "lookback_hops": 3 + repetition % 2}},
        {"name": GET_FIRST, "ansible.builtin.uri": look},
        {"name": PATCH, "ansible.builtin.uri": patch},
    ]


def measured(repetitions: int, pipelining: bool) -> list[dict[str, Any]]:
    """The tasks of one run of ansible-playbook, without the first repetitions, which fill caches."""
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sim.configure(ratelimit=None)
        tasks = [task for repetition in range(WARM_UP + repetitions) for task in tasks_of(repetition, sim)]
        (folder / "playbook.yml").write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))
        environment = {
            **{name: os.environ[name] for name in ("PATH", "ANSIBLE_COLLECTIONS_PATH", "LD_LIBRARY_PATH") if name in os.environ},
            "LANG": "C.UTF-8",
            "HOME": name,
            "ANSIBLE_HOME": str(folder / ".ansible"),
            "ANSIBLE_PIPELINING": str(pipelining),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "STOPWATCH_CONTROL": sim.control_url,
            "STOPWATCH_FILE": str(folder / "times"),
            "CLOUDFLARE_BASE_URL": sim.base_url,
            "CLOUDFLARE_ACCOUNT_ID": sim.account_id,
            "CLOUDFLARE_API_TOKEN": sim.token,
        }
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "playbook.yml"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode or sim.violations:
            raise SystemExit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}\n{sim.violations}")
        lines = [json.loads(line) for line in (folder / "times").read_text().splitlines()]
    assert len(lines) == len(tasks)
    return lines[WARM_UP * len(tasks) // (WARM_UP + repetitions) :]


def medians(lines: Iterable[dict[str, Any]]) -> dict[str, tuple[int, float, float, set[int], set[int]]]:
    """By name: how many, the median and the middle half of the seconds, and how many requests and connections were seen."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        by_name[line["name"]].append(line)
    pairs = zip(by_name.pop(GET_FIRST), by_name[PATCH], strict=True)
    by_name["uri: GET and PATCH"] = [{key: first[key] + second[key] for key in ("seconds", "requests", "connections")} for first, second in pairs]
    del by_name[PATCH]
    table = {}
    for name, rows in by_name.items():
        seconds = [row["seconds"] for row in rows]
        low, middle, high = statistics.quantiles(seconds, n=4)
        table[name] = (len(rows), middle, high - low, {row["requests"] for row in rows}, {row["connections"] for row in rows})
    return table


def show(title: str, table: dict[str, tuple[int, float, float, set[int], set[int]]]) -> None:
    print(f"\n{title}\n{'':24}{'count':>6}{'median':>10}{'spread':>10}{'requests':>10}{'connections':>13}")
    for name in (NOTHING, GET, UPDATE, "uri: GET and PATCH"):
        count, middle, spread, requests, connections = table[name]
        print(f"{name:24}{count:6}{middle:9.3f}s{spread:9.3f}s{'/'.join(map(str, sorted(requests))):>10}{'/'.join(map(str, sorted(connections))):>13}")
    for ours, theirs, goal in ((NOTHING, GET, 1.0), (UPDATE, "uri: GET and PATCH", 0.6)):
        print(f"ratio of medians, {ours.removeprefix('module: ')}: {table[ours][1] / table[theirs][1]:.2f} (goal: at most {goal})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=20, help="of each task and each way to run it (default %(default)s)")
    given = parser.parse_args()
    for pipelining in (False, True):
        show(f"pipelining {'on' if pipelining else 'off, as Ansible has it'}", medians(measured(given.repetitions, pipelining)))


if __name__ == "__main__":
    main()
