"""Runs the cells of accidents with one ansible-core, many in one run of ansible-playbook, and tells what each came to.

Each cell has an account of its own on one simulator, and a name of its own for its files, so that what was sent and written is known for each.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from accident_cells import ACTIONS, FOLDER, MARK, MODULES, QUICK, REPORT_MODULE, STORED_LISTS, Cell
from accident_plays import group_of, plays
from habit_cells import LIVE
from integration.support.reference_equality import normal_account
from list_tasks import KEYS
from simulator import Simulator

HERE = Path(__file__).parent
STORED = LIVE[:2]
CREDENTIALS = [
    {"token": "cfat_simulator-write-not-a-secret", "permission": "write"},
    {"email": "robot@example.com", "key": "cfk_simulator-key-not-a-secret", "permission": "write"},
]
# Where an audit that fails is asked to say so.
REPORTS_OF_A_FAILURE = "files/M/email-security-audit"
# What is never the same in two runs.
_FLEETING = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)?|\b[0-9a-f]{64}\b")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IDS = frozenset(str(each["id"]) for each in (*STORED, *(entry for entries in STORED_LISTS.values() for entry in entries)))
# What these refuse depends on what is live.
_REFUSED_AFTER_A_READING = ("unsafe", "too_many_removals")
_MARKED = re.compile(r"cell-\d+-")
_ACCOUNT = re.compile(r"/accounts/([^/]*)/")


@dataclass
class Seen:
    """What a cell came to. shown: what a module tells of the account. files: by path, what is in those that it wrote, without what is never the same."""

    failed: bool
    message: str
    kind: str | None
    shown: dict[str, Any]
    journal: list[dict[str, Any]] = field(default_factory=list)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> list[str]:
        """In one order, because a fleet sends several at once."""
        found = [[entry["method"], _without_ids(entry["path"]), entry["query"], entry["body"]] for entry in self.journal]
        return sorted(json.dumps(each, sort_keys=True) for each in found)

    def is_as(self, other: Seen) -> bool:
        """Whether it is the same in all that matters to anybody."""
        return not self.differences(other)

    def differences(self, other: Seen) -> list[str]:
        """What is not the same, of all that matters to anybody."""
        return [name for name in ("failed", "requests", "after", "files", "shown") if getattr(self, name) != getattr(other, name)]


def _without_ids(path: str) -> str:
    """The path without what is another one in each account: its own id, and that of a new domain."""
    path = _ACCOUNT.sub("/accounts/X/", path)
    return _UUID.sub(lambda found: found[0] if found[0] in _IDS else "NEW", path)


def wrong_with(cell: Cell, seen: Seen, without: Seen) -> list[str]:
    """`without`: what the same came to without the option."""
    if accidents := list(_accidents(seen, without, cell.reports_failures)):
        return [f"ACCIDENT: {words}" for words in accidents]
    if seen.is_as(without) and (seen.failed or cell.may_be_as_without):
        return []
    if seen.failed:
        return ["it was refused after a request"] if seen.journal and seen.kind not in _REFUSED_AFTER_A_READING else []
    if seen.is_as(without):
        return ["it is taken as if it was not given, and that is not documented"]
    return [] if cell.has_its_own_meaning else [f"it is neither as if it was not given, nor refused: other {', '.join(seen.differences(without))}"]


def _accidents(seen: Seen, without: Seen, reports_failures: bool) -> Iterator[str]:
    """What was written that is not written without the option. Some of several domains may be refused, and the others as they were asked for."""
    for name in sorted(seen.after.keys() | seen.before.keys()):
        now, before, asked = (state.get(name) for state in (seen.after, seen.before, without.after))
        if now not in (before, asked):
            differing = [field for field in now or {} if field not in (asked or before or {}) or (now or {})[field] != (asked or before or {})[field]]
            yield f"{name} " + ("is removed" if now is None else f"has {', '.join(f'{field} {now[field]!r}' for field in differing)}")
    allowed = set(without.requests)
    if sent := [request for request in seen.requests if not request.startswith('["GET"') and request not in allowed]:
        yield f"it sent {sent}"
    extra = seen.files.keys() - without.files.keys()
    if seen.failed and reports_failures:
        extra = {name for name in extra if not name.startswith(REPORTS_OF_A_FAILURE)}
    if extra:
        yield f"it wrote {', '.join(sorted(extra))}"


def run(cells: Sequence[Cell], python: str, folder: Path, collections_path: str) -> tuple[dict[Cell, Seen], list[str]]:
    """Run cells, all of modules or all of playbooks. Answers with what each came to, and with what was sent or written and belongs to none."""
    numbers = {cell: number for number, cell in enumerate(cells, start=1)}
    stored = {"entitled": True, "credentials": CREDENTIALS, "domains": STORED, "lists": STORED_LISTS}
    accounts = [{"id": _account_id(number), **stored} for number in (0, *numbers.values())]
    for name in ("work", "files", "home"):
        (folder / name).mkdir(parents=True)
    with Simulator({"accounts": accounts}) as simulator:
        # All cells have the same credentials, so one cell would exceed the rate limit because of the others, and send a request twice.
        simulator.configure(ratelimit=None)
        before = _state(simulator, 0)
        records = _played(numbers, python, folder, collections_path, simulator)
        journal = simulator.journal
        after = {number: _state(simulator, number) for number in numbers.values()}
    entries: dict[str, list[dict[str, Any]]] = {}
    for entry in journal:
        found = _ACCOUNT.search(entry["path"])
        entries.setdefault(found[1] if found else entry["path"], []).append(entry)
    files, strange = _files(folder)
    strange += [f"requests to {name}" for name in entries.keys() - {_account_id(number) for number in (0, *numbers.values())}]
    seen = {}
    for cell, number in numbers.items():
        known = records[str(number)]
        reported = (known["failed"], known["message"], known["kind"], known.get("shown", {}))
        seen[cell] = Seen(*reported, entries.get(_account_id(number), []), before, after[number], files.get(number, {}))
    return seen, strange


def _state(simulator: Simulator, number: int) -> dict[str, dict[str, Any]]:
    """What is stored in an account: the domains and the entries of all lists."""
    account = simulator._simulation.account(_account_id(number))
    lists = {
        f"{name}: {entry[KEYS.get(name, 'pattern')]}": {key: value for key, value in entry.items() if key != "id" and not key.endswith(("_at", "modified"))}
        for name in STORED_LISTS
        for entry in (record.fields for record in account.entries(name))
    }
    return _by_name(record.copy() for record in account.domains) | lists


def _by_name(domains: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The settings of each domain. By name, because a server makes an id of its own for a new one."""
    return {str(settings["domain"]): settings for settings in normal_account(domains).values()}


def _account_id(number: int) -> str:
    return f"{number:032x}"


def _mark(number: int) -> str:
    return f"cell-{number}-"


def _filled(value: Any, number: int, folder: Path) -> Any:
    """The values of a cell, with its number and its folder in them."""
    if isinstance(value, str):
        return value.replace(MARK, _mark(number)).replace(FOLDER, str(folder / "files" / _mark(number)))
    if isinstance(value, dict):
        return {name: _filled(item, number, folder) for name, item in value.items()}
    return [_filled(item, number, folder) for item in value] if isinstance(value, list) else value


def _played(numbers: dict[Cell, int], python: str, folder: Path, collections_path: str, simulator: Simulator) -> dict[str, dict[str, Any]]:
    collection = Path(collections_path.split(os.pathsep)[0], "ansible_collections/mailops/cloudflare")
    # What a playbook finds beside itself. The second is of 1.0.0.
    for name in ("tasks", "vars"):
        if (collection / "playbooks" / name).exists():
            shutil.copytree(collection / "playbooks" / name, folder / name)
    args = {cell: _filled(cell.args(), number, folder) for cell, number in numbers.items()}
    books = [_book_of_modules(numbers, args)] if all(cell.base.of in MODULES for cell in numbers) else []
    hosts: dict[str, list[str]] = {}
    inventory: dict[str, Any] = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}, "children": {}}}
    if not books:
        for cell, number in numbers.items():
            hosts.setdefault(cell.base.of, []).append(str(number))
            inventory["all"]["hosts"][str(number)] = {"ansible_connection": "local", "the_account": _account_id(number), **args[cell]}
        inventory["all"]["children"] = {group_of(of): {"hosts": dict.fromkeys(found)} for of, found in hosts.items()}
        # Each by itself: where all hosts of a play fail, Ansible ends.
        books = [[play] for play in plays(collection, hosts)]
    (folder / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    (folder / "hosts.json").write_text(json.dumps(inventory, indent=1), encoding="utf-8")
    output = ""
    records: dict[str, dict[str, Any]] = {}
    for turn, book in enumerate(books):
        environment = _environment(python, folder, collections_path, simulator) | {"ACCIDENT_OUTCOMES": str(folder / f"outcomes-{turn}.json")}
        output += _run(python, folder, book, environment, timeout=120 + 3 * len(numbers))
        recorded = folder / f"outcomes-{turn}.json"
        records |= json.loads(recorded.read_text(encoding="utf-8")) if recorded.exists() else {}
    missing = {str(number) for number in numbers.values()} - records.keys()
    assert not missing, f"{len(missing)} of {len(numbers)} cells were not run:\n{output[-6000:]}"
    return records


def _run(python: str, folder: Path, book: list[dict[str, Any]], environment: dict[str, str], timeout: float) -> str:
    """Run a playbook. Answers with what it printed."""
    (folder / "book.yml").write_text(json.dumps(book, indent=1), encoding="utf-8")
    done = subprocess.run(
        [python, "-m", "ansible", "playbook", "-i", str(folder / "hosts.json"), "--forks", "2", str(folder / "book.yml")],
        cwd=folder / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
    )
    return f"exit code {done.returncode}\n{done.stdout}{done.stderr}"


def _book_of_modules(numbers: dict[Cell, int], args: dict[Cell, Any]) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = []
    if any(cell.base.of == REPORT_MODULE for cell in numbers):
        tasks.append(
            {
                "name": "0",
                "mailops.cloudflare.email_security_audit": {"domains": [{"domain": STORED[0]["domain"], "lookback_hops": 9}]},
                "environment": {"CLOUDFLARE_ACCOUNT_ID": _account_id(0)},
                "register": "audited",
            }
        )
    for cell, number in numbers.items():
        quick = {} if cell.base.of in ACTIONS else {name: value for name, value in QUICK.items() if name != cell.option}
        task = {"name": str(number), cell.base.of: {**quick, **args[cell]}, "ignore_errors": True}
        tasks.append({**task, "environment": {"CLOUDFLARE_ACCOUNT_ID": _account_id(number)}})
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]


def _files(folder: Path) -> tuple[dict[int, dict[str, str]], list[str]]:
    """By number of the cell, what it wrote; and what has no number."""
    found: dict[int, dict[str, str]] = {}
    strange = []
    for path in _leaves((folder / "work", folder / "files")):
        name = str(path.relative_to(folder))
        numbers = set(_MARKED.findall(name))
        if len(numbers) != 1:
            strange.append(f"the file {name}")
            continue
        [mark] = numbers
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else "a folder"
        number = int(mark.split("-")[1])
        text = _FLEETING.sub("T", text.replace(_account_id(number), "ACCOUNT").replace(mark, "M").replace(str(folder), ""))
        found.setdefault(number, {})[name.replace(mark, "M")] = text
    return found, strange


def _leaves(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() or not any(path.iterdir()):
                yield path


@cache
def _short_folder() -> tempfile.TemporaryDirectory[str]:
    """Ansible has sockets in there, whose path must not be long. It goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="accidents-")


def _environment(python: str, folder: Path, collections_path: str, simulator: Simulator) -> dict[str, str]:
    """Nothing of the machine's or the user's but the search path. What goes elsewhere than to the simulator goes nowhere."""
    return {
        "PATH": os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)]),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": _short_folder().name,
        "PYTHONDONTWRITEBYTECODE": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "ANSIBLE_HOME": str(folder / "home" / ".ansible"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": collections_path,
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "accident_outcomes",
        "ANSIBLE_PYTHON_INTERPRETER": python,
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
        "CLOUDFLARE_BASE_URL": simulator.base_url,
        "CLOUDFLARE_API_TOKEN": CREDENTIALS[0]["token"],
    }
