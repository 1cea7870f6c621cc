"""The modules for one entry of a list, in playbooks: in the process of the task, and packed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from integration.support.call_module import call_without_waits
from integration.support.entry_cases import CASES, MODULES, task
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step
from simulator import Simulator

# The same interpreter by another name, so that Ansible starts a process for the module.
SAME_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
WAYS = {"direct": {}, "packed": {"ANSIBLE_PYTHON_INTERPRETER": SAME_PYTHON}}


# The options of each task, whether it runs in check mode, the action, and the requests with a filter and without.
LIFE: dict[str, tuple[list[str], bool, str, str, str]] = {
    "a creation in check mode": (["settings"], True, "create", "GET GET", "GET"),
    "a creation": (["settings"], False, "create", "GET GET POST", "GET POST"),
    "nothing to do": (["settings"], False, "none", "GET", "GET"),
    "an update in check mode": (["settings", "update"], True, "update", "GET", "GET"),
    "an update": (["settings", "update"], False, "update", "GET PATCH", "GET PATCH"),
    "nothing more to do": (["settings", "update"], False, "none", "GET", "GET"),
    "a removal in check mode": (["absent"], True, "delete", "GET", "GET"),
    "a removal because the last day is over": (["settings", "expired"], False, "delete", "GET DELETE GET", "GET DELETE GET"),
    "nothing to remove": (["absent"], False, "none", "GET", "GET"),
}


def steps_of(module: str) -> list[Step]:
    case = CASES[module]
    options = {"settings": case.settings, "update": case.update, "absent": {"state": "absent"}, "expired": {"expires": "2026-01-31"}}
    return [task(module, *(options[name] for name in names), check=check, keywords={"diff": True}) for names, check, *_others in LIFE.values()]


# A packed task takes about a second.
PACKED_LIFE = [name for name in LIFE if not name.endswith("check mode") and not name.startswith("nothing")] + ["nothing to do"]


@pytest.fixture(scope="module")
def lives(playbook_runner: PlaybookRunner, way: str) -> dict[tuple[str, str], Outcome]:
    """What each module does in the life of an entry, by module and step."""
    names = [(module, name) for module in MODULES for name in LIFE if way == "direct" or name in PACKED_LIFE]
    steps = {module: dict(zip(LIFE, steps_of(module), strict=True)) for module in MODULES}
    outcomes = playbook_runner.run_steps([steps[module][name] for module, name in names], environment=WAYS[way])
    return dict(zip(names, outcomes, strict=True))


@pytest.mark.parametrize(
    ("way", "name"),
    [*(("direct", name) for name in LIFE), *(pytest.param("packed", name, marks=pytest.mark.nightly) for name in PACKED_LIFE)],
    scope="module",
)
@pytest.mark.parametrize("module", MODULES)
def test_life_of_an_entry(module: str, name: str, way: str, lives: dict[tuple[str, str], Outcome]) -> None:
    outcome, case = lives[module, name], CASES[module]
    _options, _check, action, filtered, whole = LIFE[name]
    assert outcome.state == "ok", outcome.message
    assert outcome.violations == []
    check_task_invariants(outcome)
    result = outcome.result
    assert (result["changed"], result["operation"]) == (action != "none", action)
    assert outcome.methods == (filtered if case.has_filter else whole).split()
    assert result["api"] == {"requests": len(outcome.methods), "retries": 0, "waited": 0.0}
    assert bool(result["changes"]) is (action != "none")
    assert (result["diff"]["before"] == "", result["diff"]["after"] == "") == (
        action == "create" or name == "nothing to remove",
        action == "delete" or name == "nothing to remove",
    )
    if action == "update":
        assert set(result["changes"]) == set(case.update)
    if action in ("delete", "none") and name not in ("nothing to do", "nothing more to do"):
        assert result[module] is None
    if name == "a creation":
        [stored] = outcome.lists_after[case.resource]
        assert {key: stored[key] for key in case.stored} == case.stored
        assert result[module]["id"] == stored["id"]
        assert outcome.bodies == [{key: value for key, value in case.stored.items() if value is not None}]


# How the server may spell, list and answer, without any difference for a task.
HARMLESS = [
    {"entry_case_folded": True},
    {"entry_u_labels": True},
    {"list_filter_ignored": True},
    {"integer_ids": True},
    {"entry_a_labels": True},
    {"entry_spaces_joined": True},
    {"list_filter_fuzzy": True},
    {"other_types": True},
    {"absent_nulls": True},
    {"null_booleans": True},
    {"unknown_fields": True},
    {"partial_answer": True},
    {"post_status_200": True},
    {"no_result_info": True},
    {"page_ignored": True},
    {"total_unfiltered": True},
    {"total_of_page": True},
    {"shuffle_pages": "always"},
    {"provenance_null": True},
]


@pytest.mark.parametrize("habit", HARMLESS, ids=json.dumps)
@pytest.mark.first_cases(2)
def test_life_of_an_entry_with_a_server_that_works_otherwise(simulator: Simulator, habit: Mapping[str, Any]) -> None:
    for module in MODULES:
        steps = [replace(step, habits=habit, keywords={}, keep_state=number > 0) for number, step in enumerate(steps_of(module))]
        for name, outcome in zip(LIFE, call_without_waits(simulator, steps), strict=True):
            check_task_invariants(outcome)
            assert outcome.result.get("operation") == LIFE[name][2], (module, name, outcome.message)
            assert not outcome.result.get("warnings")


LIVE_SENDER = {"id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02", "pattern": "müller.example", "pattern_type": "DOMAIN", "comments": "old"}
# The options of a write, the live entries, and what is stored at the end.
WRITES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], list[str]]] = {
    "POST": ({"comments": "new"}, [], ["new"]),
    "PATCH": ({"comments": "new"}, [LIVE_SENDER], ["new"]),
    "DELETE": ({"state": "absent"}, [LIVE_SENDER], []),
}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("is_executed", [True, False])
@pytest.mark.parametrize("fault", ["reset", "status", "hang", "html", "close", "truncate", "invalid_json", "empty", "result_null", "success_false"])
@pytest.mark.first_cases(9)
def test_write_of_unknown_outcome_is_made_once(simulator: Simulator, method: str, fault: str, is_executed: bool) -> None:
    options, live, stored = WRITES[method]
    broken = {"do": fault, "apply": is_executed, "match": {"method": method}, **({"seconds": 2} if fault == "hang" else {})}
    step = task("block_sender", options, {"timeout": 0.5, "max_wait": 60}, lists={"block_senders": live}, faults=[broken])
    [outcome] = call_without_waits(simulator, [step])
    check_task_invariants(outcome)
    assert outcome.state == "ok", outcome.message
    assert [entry["comments"] for entry in outcome.lists_after["block_senders"]] == stored
    assert outcome.methods.count(method) == (1 if is_executed else 2)
    first = outcome.methods.index(method)
    assert is_executed or "GET" in outcome.methods[first + 1 : outcome.methods.index(method, first + 1)], "the entry is read before the write is repeated"


def test_edits_of_somebody_else_are_not_overwritten(simulator: Simulator) -> None:
    edit = {"do": "edit", "resource": "block_senders", "id": LIVE_SENDER["id"], "values": {"comments": "theirs"}, "match": {"method": "PATCH"}}
    lost = {"do": "reset", "match": {"method": "PATCH"}}
    step = task("block_sender", {"comments": "new"}, lists={"block_senders": [LIVE_SENDER]}, faults=[edit, lost])
    [outcome] = call_without_waits(simulator, [step])
    assert (outcome.kind, outcome.lists_after["block_senders"][0]["comments"]) == ("conflict", "theirs")
    assert outcome.result["failure"]["states"]["found"]["comments"] == "theirs"


@pytest.mark.parametrize(("setting", "kind"), [("not_entitled", "not_entitled"), ("no_permission", "permission")])
@pytest.mark.parametrize("module", MODULES)
def test_account_without_the_list(simulator: Simulator, module: str, setting: str, kind: str) -> None:
    resource = CASES[module].resource
    [outcome] = call_without_waits(simulator, [task(module, CASES[module].settings, lists={resource: []}, settings={setting: [resource]})])
    assert (outcome.kind, outcome.result["changed"], outcome.methods) == (kind, False, ["GET"])


@pytest.mark.parametrize("module", MODULES)
def test_read_only_credential_can_compare_and_cannot_write(simulator: Simulator, module: str) -> None:
    case = CASES[module]
    more = {"lists": {case.resource: [case.stored]}, "settings": {"no_write_permission": [case.resource]}}
    wanted, updated = (case.settings,), (case.settings, case.update)
    steps = [task(module, *options, check=check, **more) for options, check in ((wanted, False), (updated, True), (updated, False))]
    unchanged, predicted, refused = call_without_waits(simulator, steps)
    assert (unchanged.result["operation"], predicted.result["operation"]) == ("none", "update")
    assert (refused.kind, refused.result["changed"]) == ("permission", False)


def test_second_entry_that_the_server_refuses_is_a_conflict(simulator: Simulator) -> None:
    """Another client adds the entry after the list was read."""
    added = {"do": "add", "resource": "block_senders", "values": {"pattern": "xn--mller-kva.example"}, "match": {"method": "POST"}}
    step = task("block_sender", lists={"block_senders": []}, faults=[added], settings={"list_duplicates": "refused"})
    again = task("block_sender")
    first, second = call_without_waits(simulator, [step, again])
    assert (first.kind, first.result["failure"]["status"], first.result["changed"]) == ("conflict", 409, False)
    assert second.result["operation"] == "none"


def test_a_synchronized_person_is_left_alone(simulator: Simulator) -> None:
    person = {"email": "ann@example.com", "name": "Ann Lee", "provenance": "SNOOPY-GOOGLE_DIRECTORY"}
    more = {"lists": {"impersonation_registry": [person]}}
    module = "impersonation_registry_entry"
    equal, renamed, removed = call_without_waits(
        simulator, [task(module, {"name": "Ann Lee"}, **more), task(module, {"name": "Ann Hill"}, **more), task(module, {"state": "absent"}, **more)]
    )
    assert equal.result["operation"] == "none"
    for outcome in (renamed, removed):
        assert (outcome.kind, outcome.methods) == ("conflict", ["GET"])
        assert "SNOOPY-GOOGLE_DIRECTORY" in outcome.message


PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: A date that YAML does not read as a text
      mailops.cloudflare.email_security_block_sender:
        pattern: evil.example
        expires: 2026-01-31
    - name: A regular expression with letters that YAML could read
      mailops.cloudflare.email_security_content_policy:
        name: Numbers
        pattern: '\\b\\d{16}\\b'
        targets: [BODY]
"""


@pytest.mark.parametrize("way", WAYS)
def test_playbook_that_a_person_writes(simulator: Simulator, playbook_runner: PlaybookRunner, tmp_path: Path, way: str) -> None:
    (tmp_path / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    simulator.add_entry("block_senders", pattern="evil.example")
    done = playbook_runner.run_playbook(tmp_path, "playbook.yml", "--diff", environment=WAYS[way])
    assert done.code == 0, done.output
    assert simulator.entries("block_senders") == []
    assert simulator.entries("content_policies")[0]["pattern"] == r"\b\d{16}\b"
    assert "--- before: evil.example (removed, less protected)" in done.output
    assert "+pattern: \\b\\d{16}\\b" in done.output
