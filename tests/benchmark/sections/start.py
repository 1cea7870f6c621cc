"""The costs of starting a module's process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from fleet import FLEET_MODULE
from payload import Payload
from plays import Task
from report import table
from simulator import Simulator

REPETITIONS = 15
UTILS = "ansible_collections.mailops.cloudflare.plugins.module_utils."
BASIC = "ansible.module_utils.basic"
LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| *(\S+)$", re.MULTILINE)
# Which of the collection's files an import of the module loads, in a fresh interpreter.
LOADED = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


class Imported(NamedTuple):
    """Microseconds of one import, without and with the imports that it causes."""

    alone: int
    with_others: int


def run(repetitions: int | None) -> None:
    desired = {"domain": "example.com", "require_tls_inbound": True}
    tasks = [
        Task("email_security_domain", "mailops.cloudflare.email_security_domain", desired),
        Task("email_security_domains", FLEET_MODULE, {"domains": [desired]}),
    ]
    with Simulator() as sim, tempfile.TemporaryDirectory() as name:
        sim.configure(ratelimit=None)
        payloads = {task.name: Payload(sim, Path(name) / task.name, task) for task in tasks}
        statistics, loaded = _measured(payloads, repetitions or REPETITIONS)
    _show(statistics, repetitions or REPETITIONS)
    _show_files({name: (_at_import(name), loaded[name]) for name in payloads})


def _measured(payloads: dict[str, Payload], repetitions: int) -> tuple[dict[str, list[dict[str, float]]], dict[str, set[str]]]:
    """By module: milliseconds of each repetition, and the imports of a run without changes."""
    statistics: dict[str, list[dict[str, float]]] = defaultdict(list)
    loaded: dict[str, set[str]] = {}
    bare = set(_imports(_interpreter("-X", "importtime")[1]))
    for _wait_for_rate_limit in range(repetitions):
        statistics["python alone"].append({"process": _interpreter()[0]})
        for name, payload in payloads.items():
            imports = _imports(payload.run("-X", "importtime").stderr)
            loaded[name] = set(imports)
            statistics[name].append({"process": payload.run().seconds * 1000, **_costs(imports, bare)})
    return statistics, loaded


def _interpreter(*options: str) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *options, "-c", "pass"], check=True, capture_output=True, text=True)
    return (time.perf_counter() - began) * 1000, done.stderr


def _imports(stderr: str) -> dict[str, Imported]:
    return {name: Imported(int(alone), int(with_others)) for alone, with_others, name in LINE.findall(stderr)}


def _costs(imports: dict[str, Imported], bare: set[str]) -> dict[str, float]:
    """Milliseconds. Imports of the interpreter itself do not count."""
    nothing = Imported(0, 0)
    return {
        "imports": sum(each.alone for name, each in imports.items() if name not in bare) / 1000,
        "requests": imports.get("requests", nothing).with_others / 1000,
        "basic": imports.get(BASIC, nothing).with_others / 1000,
        "ours": sum(each.alone for name, each in imports.items() if name.startswith(UTILS)) / 1000,
    }


def _at_import(name: str) -> set[str]:
    module = f"ansible_collections.mailops.cloudflare.plugins.modules.{name}"
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", LOADED, module], env=environment, check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


def _show(statistics: dict[str, list[dict[str, float]]], repetitions: int) -> None:
    kinds = ("process", "imports", "requests", "basic", "ours")
    rows = [[name, *(_median(each, kind) for kind in kinds)] for name, each in statistics.items()]
    table([f"milliseconds, medians of {repetitions}", "process", "imports", "of it requests", f"of it {BASIC}", "of it our module_utils"], rows)


def _median(statistics: list[dict[str, float]], kind: str) -> str:
    return f"{median(each[kind] for each in statistics):.1f}" if kind in statistics[0] else ""


def _show_files(loaded: dict[str, tuple[set[str], set[str]]]) -> None:
    for name, (at_import, at_run) in loaded.items():
        print(f"\n  {name}")
        print(f"    loaded at its import: {_ours(at_import)}")
        print(f"    and by a run with nothing to do: {_ours(at_run - at_import) or 'no more'}")


def _ours(names: set[str]) -> str:
    return " ".join(sorted(name.removeprefix(UTILS) for name in names if name.startswith(UTILS)))
