"""The modules for one entry of a list, in playbooks: in the process of the task, and packed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from integration.support.entry_cases import CASES, MODULES, task
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step

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
def lives(playbook_runner: PlaybookRunner) -> dict[str, dict[tuple[str, str], Outcome]]:
    """What each module does in the life of an entry, by way, module and step."""
    found = {}
    for way, environment in WAYS.items():
        names = [(module, name) for module in MODULES for name in LIFE if way == "direct" or name in PACKED_LIFE]
        steps = {module: dict(zip(LIFE, steps_of(module), strict=True)) for module in MODULES}
        outcomes = playbook_runner.run_steps([steps[module][name] for module, name in names], environment=environment)
        found[way] = dict(zip(names, outcomes, strict=True))
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LIFE)
@pytest.mark.parametrize("module", MODULES)
def test_life_of_an_entry(module: str, name: str, way: str, lives: dict[str, dict[tuple[str, str], Outcome]]) -> None:
    if (module, name) not in lives[way]:
        return
    outcome, case = lives[way][module, name], CASES[module]
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
