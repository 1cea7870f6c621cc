"""A module in the process of its task, and packed into a process of its own: the results are the same, only the time differs.

test_interruption.py tests what a time limit does to each.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import AUDIT_MODULE, FLEET_MODULE, Outcome, Step, info, manage
from simulator.scenario import EMAIL, KEY, READ_TOKEN, WRITE_TOKEN

# The same interpreter by another name, so that Ansible starts a process for the module.
SAME_PYTHON = str(Path(sys.executable).with_name("python" if Path(sys.executable).name == "python3" else "python3"))
PACKED = {"ANSIBLE_PYTHON_INTERPRETER": SAME_PYTHON}
UPDATE: dict[str, Any] = {"domain": "example.com", "lookback_hops": 9}
NEW = {"domain": "new.example", "allowed_delivery_modes": ["API"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
SERVER_MESSAGE = {"do": "messages", "messages": [{"code": 1, "message": "Prüfung {{ 7 * 191 }}"}], "times": 1}
TEMPLATE_FROM_SERVER = {"do": "edit", "domain": "example.com", "values": {"transport": "{{ lookup('pipe', 'id') }}", "x_note": "{{ 7 * 191 }}"}}
MANY = [{"domain": name, "lookback_hops": 9} for name in ("example.com", "gateway.example")]

STEPS: dict[str, Step] = {
    "nothing to do": manage({"domain": "EXAMPLE.com."}),
    "an update in check mode": manage(UPDATE, check=True),
    "an update": manage(UPDATE, keywords={"diff": True}),
    "a creation": manage(NEW),
    "a removal": manage({"domain": "example.com", "state": "absent"}),
    "no such domain": manage({"domain": "absent.example"}),
    "an invalid choice": manage({**UPDATE, "folder": "Spam"}),
    "a misspelt option that may hold a credential": manage({**UPDATE, "api_tokne": "cfut_not-to-be-quoted"}),
    "hops out of bounds": manage({"domain": "example.com", "lookback_hops": 99}),
    "no option at all": manage({}),
    "a number in words": manage({"domain": "example.com", "lookback_hops": "{{ '9' }}"}),
    "an option and its alias": manage({**UPDATE, "name": "example.com"}),
    "a warning of the server": manage(UPDATE, faults=[SERVER_MESSAGE]),
    "no warning in the task after one": manage(UPDATE),
    "a refusal": manage({**UPDATE, "max_wait": 2}, faults=[{"do": "status", "status": 400, "message": "{{ no }}"}]),
    "an answer that is lost": manage(UPDATE, faults=[{"do": "reset", "match": {"method": "PATCH"}, "apply": True}]),
    "templates from the server": manage({"domain": "example.com"}, faults=[TEMPLATE_FROM_SERVER]),
    "another token in the task's environment": manage({**UPDATE, "max_wait": 2}, environment={"CLOUDFLARE_API_TOKEN": READ_TOKEN}),
    "a token in the task's environment by a template": manage(UPDATE, environment={"CLOUDFLARE_API_TOKEN": "{{ '" + WRITE_TOKEN + "' }}"}),
    "the environment of the task before": manage(UPDATE),
    "email and key": manage({**UPDATE, "api_email": EMAIL, "api_key": KEY}),
    "a loop": manage({"domain": "{{ item.domain }}", "lookback_hops": "{{ item.lookback_hops }}"}, keywords={"loop": MANY}),
    "a loop with a warning in its first item": manage({"domain": "{{ item.domain }}"}, faults=[SERVER_MESSAGE], keywords={"loop": MANY}),
    "a loop with an environment in its first item": manage(
        {"domain": "{{ item.domain }}", "lookback_hops": 9, "max_wait": 2},
        keywords={"loop": MANY, "environment": "{{ {'CLOUDFLARE_API_TOKEN': '" + READ_TOKEN + "'} if item.domain == 'example.com' else {} }}"},
    ),
    "a secret task": manage(UPDATE, keywords={"no_log": True}),
    "certificates that are not looked at": manage({**UPDATE, "validate_certs": False}),
    "information": info(),
    "a fleet": Step({"domains": MANY, "defaults": {"require_tls_inbound": True}}, FLEET_MODULE, keywords={"diff": True}),
    "a fleet of which one fails": Step({"domains": [*MANY, {"domain": "absent.example", "regions": ["US"]}]}, FLEET_MODULE),
    "a fleet until nothing is to be done": Step(
        {"domains": MANY}, FLEET_MODULE, keywords={"register": "done", "until": "done is not changed", "retries": 2, "delay": 0}
    ),
    "an audit": Step({"domains": MANY, "waivers": []}, AUDIT_MODULE),
}
# Values that depend on the clock or on chance.
VOLATILE = re.compile(r'("(?:ray_id|modified_at|created_at|audited_at|id|waited|timestamp)": |ray id )("[^"]*"|[0-9a-f]+-[A-Z]+|[0-9.]+|null)')


@pytest.fixture(scope="module")
def outcomes_of_ways(playbook_runner: PlaybookRunner) -> Mapping[str, list[Outcome]]:
    steps = list(STEPS.values())
    return {"direct": playbook_runner.run_steps(steps, "-vvv"), "packed": playbook_runner.run_steps(steps, "-vvv", environment=PACKED)}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.nightly
def test_direct_and_packed_module_have_the_same_outcome(name: str, outcomes_of_ways: Mapping[str, list[Outcome]]) -> None:
    direct, packed = (outcomes[list(STEPS).index(name)] for outcomes in outcomes_of_ways.values())
    assert comparable(direct) == comparable(packed)
    assert (direct.methods, direct.bodies, direct.violations) == (packed.methods, packed.bodies, packed.violations)
    assert without_volatile_values(direct.after) == without_volatile_values(packed.after)
    if not direct.step.keywords:
        check_task_invariants(direct)


def comparable(outcome: Outcome) -> Any:
    """State and result without the values that differ in each run."""
    return outcome.state, without_volatile_values(outcome.result)


def without_volatile_values(value: Any) -> str:
    return VOLATILE.sub(r"\1...", json.dumps(value, sort_keys=True, indent=1)).replace(SAME_PYTHON, sys.executable)


@pytest.mark.nightly
def test_only_the_packed_module_starts_a_process(outcomes_of_ways: Mapping[str, list[Outcome]]) -> None:
    started = {way: outcomes[0].output.count("EXEC") for way, outcomes in outcomes_of_ways.items()}
    assert started["direct"] == 0
    assert started["packed"] >= len(STEPS)


@pytest.mark.nightly
def test_steps_succeed_and_fail_as_their_names_say(outcomes_of_ways: Mapping[str, list[Outcome]]) -> None:
    """Otherwise two ways that fail alike would pass as equal."""
    outcomes = dict(zip(STEPS, outcomes_of_ways["direct"], strict=True))
    failed = {name for name, outcome in outcomes.items() if outcome.failed}
    words = ("no such", "invalid choice", "misspelt", "out of bounds", "no option", "refusal", "another token", "an environment in", "one fails")
    assert failed == {name for name in STEPS if any(word in name for word in words)}
    assert [name for name, outcome in outcomes.items() if outcome.result.get("warnings")] == [
        "an option and its alias",
        "a warning of the server",
        "a loop with a warning in its first item",
    ]
    assert "191" in json.dumps(outcomes["a loop with a warning in its first item"].result["warnings"])
    refused, done = outcomes["a loop with an environment in its first item"].result["results"]
    assert (refused["failure"]["kind"], done["action"]) == ("permission", "update")
    assert outcomes["templates from the server"].result["domain"]["x_note"] == "{{ 7 * 191 }}"
    assert outcomes["a secret task"].result["censored"]
    again = outcomes["a fleet until nothing is to be done"].result
    assert (again["attempts"], again["summary"]["unchanged"]) == (2, 2)


def test_token_from_a_vault_is_used_and_not_returned(playbook_runner: PlaybookRunner, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame", encoding="utf-8")
    password = ("--vault-password-file", f"{tmp_path}/password")
    encrypt = [sys.executable, "-m", "ansible", "vault", "encrypt_string", *password, "--name", "vaulted", WRITE_TOKEN]
    (tmp_path / "vars.yml").write_text(subprocess.run(encrypt, check=True, capture_output=True, text=True).stdout, encoding="utf-8")
    steps = [manage({**UPDATE, "api_token": "{{ vaulted }}"})]
    arguments = ("-e", f"@{tmp_path}/vars.yml", *password)
    for more in ({}, PACKED):
        [outcome] = playbook_runner.run_steps(steps, *arguments, environment={"CLOUDFLARE_API_TOKEN": "", **more})
        assert outcome.result["action"] == "update", outcome.message
        assert WRITE_TOKEN not in json.dumps(outcome.result)


# Keywords of the task, environment of the run, and whether the module runs in the process of the task.
PLACES: dict[str, tuple[dict[str, Any], dict[str, str], bool]] = {
    "on this machine": ({}, {}, True),
    "delegated to this machine": ({"delegate_to": "localhost"}, {}, True),
    "by an interpreter of the task": ({"vars": {"ansible_python_interpreter": "{{ '" + sys.executable + "' }}"}}, PACKED, True),
    "by another interpreter": ({"vars": {"ansible_python_interpreter": SAME_PYTHON}}, {}, False),
    "by one that is to be found": ({"vars": {"ansible_python_interpreter": "auto_silent"}}, {}, False),
    "delegated to one with another interpreter": (
        {"delegate_to": "there", "vars": {"ansible_connection": "local", "ansible_python_interpreter": SAME_PYTHON}},
        {},
        False,
    ),
    "in the background": ({"async": 30, "poll": 1}, {}, False),
    "with its files kept": ({}, {"ANSIBLE_KEEP_REMOTE_FILES": "1"}, False),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.first_cases(5)
def test_module_runs_in_the_process_of_the_task_only_if_nothing_asks_for_another(place: str, playbook_runner: PlaybookRunner, tmp_path: Path) -> None:
    keywords, environment, is_direct = PLACES[place]
    # By default, Ansible writes the status of a background job to $HOME and looks for it in the user's home folder.
    environment = {"ANSIBLE_ASYNC_DIR": str(tmp_path), **environment}
    [outcome] = playbook_runner.run_steps([manage(UPDATE, keywords=keywords)], "-vvv", environment=environment)
    assert ("EXEC" not in outcome.output) is is_direct, outcome.output
    # The Python that Ansible discovers depends on the machine, and may lack what the module needs.
    assert outcome.result.get("action") == "update" or place == "by one that is to be found", outcome
