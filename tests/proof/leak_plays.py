"""Run tasks in playbooks, and collect everything that ansible-playbook prints, writes and logs, with any core at any verbosity."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from leak_cells import Cell
from leak_server import HospitableSimulator
from leak_tasks import TaskOutputs
from outcomes import crash_message

HERE = Path(__file__).parent
COLLECTION = "mailops.cloudflare."
GROUP = "group/mailops.cloudflare.all"


class Setting(NamedTuple):
    """How a playbook is run.

    Args:
        python: an interpreter with ansible-core and requests.
        packed: whether a module gets a process of its own.
    """

    python: str
    core: str
    verbosity: int
    result_format: str
    pipelining: bool
    journal: bool
    packed: bool

    @property
    def interpreter(self) -> str:
        """The interpreter of the modules. The same Python under another name is started as a process."""
        path = Path(self.python)
        return str(path.with_name("python" if path.name == "python3" else "python3")) if self.packed else self.python

    @property
    def rewrites_data(self) -> bool:
        return tuple(map(int, self.core.split(".")[:2])) < (2, 19)

    def __str__(self) -> str:
        switches = [f"-{'v' * self.verbosity}" if self.verbosity else "quiet", self.result_format]
        switches += ["pipelining"] if self.pipelining else []
        switches += ["packed"] if self.packed else []
        return " ".join([f"core {self.core}", *switches, "journal" if self.journal else "syslog"])


def pythons() -> list[str]:
    """The interpreters of PROOF_PYTHONS, and the one that runs the tests."""
    return list(dict.fromkeys([sys.executable, *filter(None, os.environ.get("PROOF_PYTHONS", "").split(os.pathsep))]))


def core_of(python: str) -> str:
    asked = [python, "-c", "import requests; from ansible.release import __version__; print(__version__)"]
    return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def run_cells_in_playbook(cells: Sequence[Cell], setting: Setting, server: HospitableSimulator, folder: Path, collections_path: str) -> TaskOutputs:
    """Run one playbook with a task for each cell."""
    for name in ("home", "tmp", "junit"):
        (folder / name).mkdir(parents=True)
    server.seen.clear()
    (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    (folder / "secrets.yml").write_text("---\n" + "".join(_variables(number, cell) for number, cell in enumerate(cells)), encoding="utf-8")
    script = {"control": server.control_url, "tasks": [_preparation_of(cell) for cell in cells]}
    (folder / "script.json").write_text(json.dumps(script), encoding="utf-8")
    book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [_task(number, cell) for number, cell in enumerate(cells)]}]
    (folder / "playbook.yml").write_text(json.dumps(book, indent=1), encoding="utf-8")
    command = [setting.python, "-m", "ansible", "playbook", "-i", "localhost,", "--diff", "-e", "@secrets.yml", "playbook.yml"]
    done = subprocess.run(
        [*command, *([f"-{'v' * setting.verbosity}"] if setting.verbosity else [])],
        cwd=folder,
        env=_environment(setting, server, folder, collections_path),
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=60 + 10 * len(cells),
    )
    events = _text(folder / "events.jsonl")
    results = {event["task"]: event["result"] for event in map(json.loads, events.splitlines())}
    assert len(results) == len(cells), (
        f"{len(results)} of {len(cells)} tasks were run (exit code {done.returncode}):\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    )
    channels = {
        f"stdout ({setting.result_format})": done.stdout,
        "stderr": done.stderr,
        "log file": _text(folder / "ansible.log"),
        "JUnit": "".join(map(_text, sorted((folder / "junit").iterdir()))),
        "events": events,
        "JSON of a callback": _text(folder / "dumps.txt"),
        "journal" if setting.journal else "syslog": _text(folder / "logged.txt"),
    }
    return TaskOutputs(str(setting), cells, channels, results, set(server.seen), rewrites_data=setting.rewrites_data)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _variables(number: int, cell: Cell) -> str:
    """The secrets as a file of variables, like a vault. Marked unsafe, so that no text is taken for a template."""
    given = {**cell.canary.given.options, **cell.canary.given.defaults}
    return "".join(f"{name}_{number}: !unsafe {json.dumps(value, ensure_ascii=False)}\n" for name, value in given.items())


def _task(number: int, cell: Cell) -> dict[str, Any]:
    given = cell.canary.given
    options, defaults = ({name: f"{{{{ {name}_{number} }}}}" for name in part} for part in (given.options, given.defaults))
    task: dict[str, Any] = {
        "name": f"Task {number}",
        f"{COLLECTION}{cell.kind.module}": {**cell.outcome.options(cell.kind.module), **options},
        "ignore_errors": True,
    }
    task |= {"module_defaults": {GROUP: defaults}} if defaults else {}
    return task | ({"check_mode": True} if cell.outcome.check else {})


def _preparation_of(cell: Cell) -> dict[str, Any]:
    environment = dict(cell.canary.given.environment)
    if cell.outcome.breakage:
        environment |= {"LEAK_BREAKAGE": cell.outcome.breakage, "LEAK_WORDS": crash_message(cell.canary)}
    return {"calls": cell.outcome.control_calls(cell.canary), "environment": environment}


def _environment(setting: Setting, server: HospitableSimulator, folder: Path, collections_path: str) -> dict[str, str]:
    """The search path of this process, and nothing else of the user's or the machine's environment."""
    return {
        "PATH": os.pathsep.join([str(Path(setting.python).parent), os.environ.get("PATH", os.defpath)]),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(HERE / "leak_interception"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_HOME": str(folder / "home" / ".ansible"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": collections_path,
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit,leak_events",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": setting.result_format,
        "ANSIBLE_PYTHON_INTERPRETER": setting.interpreter,
        "ANSIBLE_PIPELINING": "1" if setting.pipelining else "0",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "JUNIT_OUTPUT_DIR": str(folder / "junit"),
        "LEAK_SCRIPT": str(folder / "script.json"),
        "LEAK_EVENTS": str(folder / "events.jsonl"),
        "LEAK_DUMPS": str(folder / "dumps.txt"),
        "LEAK_LOG": str(folder / "logged.txt"),
        **({"LEAK_JOURNAL": "1"} if setting.journal else {}),
        "CLOUDFLARE_BASE_URL": server.base_url,
        "CLOUDFLARE_ACCOUNT_ID": server.account_id,
    }
