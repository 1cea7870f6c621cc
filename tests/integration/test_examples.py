"""The documentation of the modules against what they do: EXAMPLES are run, and RETURN is compared with results."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from integration.support.call_module import MODULE_UTILS, call
from integration.support.entry_cases import MODULES as ENTRY_MODULES
from integration.support.entry_cases import outcomes_of_every_kind
from integration.support.fleet_step import CREATE_FIELDS, desired_for_all, fleet, make_domains
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import AUDIT_MODULE, DOMAIN_MODULE, FLEET_MODULE, INFO_MODULE, Outcome, Step, flatten_tasks, info, manage
from simulator import Simulator

COLLECTION = "mailops.cloudflare"
# Keys that every module may return without documenting them, and keys that Ansible adds.
COMMON_KEYS = {"changed", "failed", "msg", "failure", "diff"}
ANSIBLE_KEYS = {"invocation", "warnings", "deprecations", "exception", "_ansible_no_log", "_ansible_verbose_override", "_ansible_parsed"}
TYPES = {"str": str, "bool": bool, "int": int, "float": (float, int), "dict": dict, "list": list, "raw": object}

BY_ID = {"id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01", "domain": "boxes.example.com", "allowed_delivery_modes": ["DIRECT"], "transport": "mx.example.com"}
# The domains in the examples.
LIVE: list[dict[str, Any]] = [
    {"domain": "example.com", "drop_dispositions": ["SPAM"]},
    {"domain": "example.net"},
    {"domain": "example.org", "status": "PENDING", "verification": True},
    {"domain": "devices.example.org", "require_tls_outbound": True},
    {"domain": "partners.example.net", "lookback_hops": 2},
    {"domain": "clinic.example", "lookback_hops": 2, "ip_restrictions": ["198.51.100.0/24"]},
    {"domain": "shop.example.com", "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPAM"]},
    {"domain": "old.example.com"},
    BY_ID,
]
# The example of the audit fails if there are findings.
LIVE_OF: dict[str, list[dict[str, Any]]] = {
    "email_security_audit": [
        {
            "domain": name,
            "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF", "SPAM", "BULK"],
            "require_tls_outbound": name != "devices.example.org",
            "transport": "mx.example.com",
        }
        for name in ("example.com", "example.net", "devices.example.org")
    ]
}
# The entries in the examples of the modules for one entry.
LISTS: dict[str, list[dict[str, Any]]] = {
    "allow_policies": [
        {"pattern": "supplier.example", "pattern_type": "DOMAIN", "is_trusted_sender": True, "is_acceptable_sender": True},
        {"pattern": "old.partner.example", "is_acceptable_sender": True},
    ],
    "block_senders": [
        {"pattern": "bulk.example"},
        {"pattern": "unjustly.example"},
        {"id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c03", "pattern": "offers@invoices.example", "pattern_type": "EMAIL"},
    ],
    "trusted_domains": [{"pattern": "examples.example", "is_recent": True, "is_similarity": True}, {"pattern": "old.partner.example"}],
    "impersonation_registry": [{"email": "b.ortiz@example.com", "name": "Bea Ortiz"}, {"email": "d.young@example.com", "name": "Dee Young"}],
    "content_policies": [{"name": name, "targets": ["SUBJECT", "BODY"]} for name in ("Parcel fraud", "Lottery", "Tax refund 2025")],
    "sending_domain_restrictions": [{"domain": "bank.example", "exclude": ["legacy.bank.example"]}, {"domain": "old.partner.example"}],
    "url_ignore_patterns": [{"pattern": r"^https://intranet\.example\.com/.*"}, {"pattern": r"^https://old\.example\.com/.*"}],
}
VARIABLES = {"cloudflare_account_id": "a0" * 16, "cloudflare_api_token": "cfat_simulator-write-not-a-secret"}


def module_files() -> list[Path]:
    from ansible_collections.mailops.cloudflare.plugins import modules

    found = [path for folder in modules.__path__ for path in Path(folder).glob("*.py") if not path.name.startswith("_")]
    # A file without main() documents an action plugin.
    return sorted(path for path in found if "def main" in path.read_text(encoding="utf-8"))


MODULES = [path.stem for path in module_files()]


def examples_and_return_of(module: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Examples and return values of a module."""
    imported = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
    return yaml.safe_load(imported.EXAMPLES), yaml.safe_load(imported.RETURN)


# Their examples are run like those of email_security_allow_policy.
LATER_EXAMPLES = {f"email_security_{name}" for name in ENTRY_MODULES if name != "allow_policy"}


def returned_values(values: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in values.items():
        yield f"{where}{name}", value
        yield from returned_values(value.get("contains") or {}, f"{where}{name}.")


def run_examples(playbook_runner: PlaybookRunner, module: str, *arguments: str, check: bool) -> list[Outcome]:
    examples, _returned = examples_and_return_of(module)
    leaves = flatten_tasks(examples)
    steps = []
    for number, task in enumerate(leaves):
        name = next(key for key in task if "." in key)
        checked = check or bool(task.get("check_mode"))
        first = {"domains": LIVE_OF.get(module, LIVE), "lists": LISTS} if number == 0 else {}
        steps.append(Step(task[name] or {}, name, check=checked, keep_state=number > 0, **first))
    return playbook_runner.run_tasks(examples, steps, *arguments, play={"vars": VARIABLES})


@pytest.mark.parametrize("mode", ["run", pytest.param("check", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("module", [pytest.param(name, marks=pytest.mark.nightly) if name in LATER_EXAMPLES else name for name in MODULES])
def test_examples_succeed_in_run_and_check_mode(playbook_runner: PlaybookRunner, module: str, mode: str) -> None:
    check = mode == "check"
    outcomes = run_examples(playbook_runner, module, *(["--check", "--diff"] if check else []), check=check)
    ours = [outcome for outcome in outcomes if outcome.step.is_ours]
    assert len(ours) >= 3
    for outcome in outcomes:
        assert outcome.state in ("ok", "skipped"), outcome.message
        assert outcome.violations == []
        if outcome.step.is_ours:
            check_task_invariants(outcome)
    if check:
        assert all((outcome.before, outcome.lists_before) == (outcome.after, outcome.lists_after) for outcome in outcomes)
    elif module == "email_security_domains":
        assert {action for outcome in ours for action, count in outcome.result.get("summary", {}).items() if count} >= {"created", "updated", "deleted"}
    elif module == "email_security_audit":
        assert {finding["rule_id"] for outcome in ours for finding in outcome.result["findings"]} >= {"ES-DROP-006", "ES-DOMAIN-002", "ES-TLS-002"}
        assert any(finding["waived"] for outcome in ours for finding in outcome.result["findings"])
    elif module.removeprefix("email_security_") in ENTRY_MODULES:
        assert "none" not in {outcome.result["action"] for outcome in ours}, "an example that does nothing shows nothing"
        assert {outcome.result["action"] for outcome in ours} == {"create", "update", "delete"}
    elif module == "email_security_domain":
        assert {outcome.result["action"] for outcome in ours} == {"create", "update", "delete"}, "an example that does nothing shows nothing"
        shown = next(outcome for outcome in outcomes if outcome.step.module == "ansible.builtin.debug")
        assert " TXT " in shown.result["msg"]


@pytest.mark.parametrize("module", MODULES)
def test_samples_have_the_declared_types(module: str) -> None:
    _examples, returned = examples_and_return_of(module)
    for name, value in returned_values(returned):
        assert value["type"] in TYPES, name
        if "contains" in value and "sample" not in value:
            continue
        sample = value["sample"]
        assert isinstance(sample, TYPES[value["type"]]), name
        assert not (value["type"] in ("int", "float") and isinstance(sample, bool)), name
        if value["type"] == "list" and "elements" in value:
            assert all(isinstance(element, TYPES[value["elements"]]) for element in sample), name
        assert json.loads(json.dumps(sample)) == sample, f"{name} has a sample that is no JSON: a date without quotes?"


NEW = {"domain": "new.example", "allowed_delivery_modes": ["API"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
LOST_AFTER_EDIT = [
    {"do": "edit", "domain": "example.com", "values": {"lookback_hops": 7}, "match": {"method": "PATCH"}},
    {"do": "reset", "match": {"method": "PATCH"}},
]
WAIVER = {"domain": "d1.example", "reason": "gateway", "owner": "ops", "expires": "2030-06-30"}
ACCOUNT_MODULE = f"{COLLECTION}.email_security_account"
ACCOUNT_INFO_MODULE = f"{COLLECTION}.email_security_account_info"
ACCOUNT_ARGS = {"domains": desired_for_all(make_domains(2), lookback_hops=9), "block_senders": [{"pattern": "evil.example"}], "purge": ["all"]}
# Every kind of outcome. Together they return every documented key.
OUTCOMES: dict[str, list[Step]] = {
    DOMAIN_MODULE: [
        manage({"domain": "example.com", "lookback_hops": 9}),
        manage({"domain": "example.com", "lookback_hops": 9}, check=True),
        manage({"domain": "example.com"}),
        manage(NEW),
        manage({"domain": "example.com", "state": "absent"}),
        manage({"domain": "example.com", "lookback_hops": 99}),
        manage({"domain": "absent.example"}),
        manage({"domain": "example.com"}, faults=[{"do": "status", "status": 400}]),
        manage({"domain": "example.com", "lookback_hops": 9, "max_wait": 2}, faults=LOST_AFTER_EDIT),
        manage({"domain": "example.com", "lookback_hops": 9, "max_wait": 1}, habits={"not_applied": ["lookback_hops"]}),
        manage({"no_such_option": 1}),
    ],
    FLEET_MODULE: [
        fleet(
            [{"domain": "new.example", **CREATE_FIELDS}, *desired_for_all(make_domains(4), lookback_hops=9)],
            {"concurrency": 1},
            live=make_domains(5),
            check=check,
            faults=faults,
            settings={"batch": 404},
        )
        for check, faults in [(True, []), (False, []), (False, [{"do": "status", "status": 401, "match": {"method": "PATCH", "nth": 3}, "times": None}])]
    ]
    + [fleet([{"domain": "example.com", "state": "absent"}], check=True), fleet([], faults=[{"do": "status", "status": 400}])]
    + [fleet([{"domain": "missing.example"}]), fleet([{"domain": "example.com", "lookback_hops": 99}])],
    AUDIT_MODULE: [
        Step(
            {"domains": desired_for_all(make_domains(2), lookback_hops=9), "waivers": [{**WAIVER, "field": "lookback_hops"}]},
            AUDIT_MODULE,
            domains=make_domains(3),
            check=check,
        )
        for check in (True, False)
    ]
    # A waiver that does not apply, because another value is live.
    + [
        Step(
            {"domains": desired_for_all(make_domains(2), lookback_hops=9), "waivers": [{**WAIVER, "field": "lookback_hops", "live": 5}]},
            AUDIT_MODULE,
            domains=make_domains(3),
        )
    ]
    + [Step({"domains": []}, AUDIT_MODULE, faults=[{"do": "status", "status": 403}]), Step({"domains": [], "waivers": [WAIVER]}, AUDIT_MODULE)]
    + [Step({"resources": ["all"]}, AUDIT_MODULE, lists=LISTS), Step({"block_senders": [{"pattern": "evil.example"}], "purge": ["all"]}, AUDIT_MODULE)],
    **{f"{COLLECTION}.email_security_{module}": outcomes_of_every_kind(module) for module in ENTRY_MODULES},
    ACCOUNT_MODULE: [
        Step(ACCOUNT_ARGS, ACCOUNT_MODULE, domains=make_domains(2), lists={"block_senders": [{"pattern": "x.example"}]}, check=check) for check in (True, False)
    ]
    + [Step({"block_senders": []}, ACCOUNT_MODULE, faults=[{"do": "status", "status": 403}])],
    ACCOUNT_INFO_MODULE: [
        Step({}, ACCOUNT_INFO_MODULE, domains=make_domains(1), lists=LISTS),
        Step({}, ACCOUNT_INFO_MODULE, faults=[{"do": "status", "status": 403}]),
    ],
    INFO_MODULE: [info(), info({"verification": True}), info({"status": "gone"}), info(faults=[{"do": "status", "status": 403}])],
}


@pytest.mark.parametrize("module", MODULES)
def test_returned_keys_are_the_documented_keys(simulator: Simulator, module: str) -> None:
    _examples, returned = examples_and_return_of(module)
    outcomes = call(simulator, OUTCOMES[f"{COLLECTION}.{module}"])
    if module == "email_security_domains":
        with mock.patch(f"{MODULE_UTILS}.reconcile.result_size.MAX_RESULT_CHARACTERS", 1000):
            outcomes += call(simulator, [fleet(desired_for_all(make_domains(20), lookback_hops=9), live=make_domains(20))])
    if module == "email_security_account":
        with mock.patch(f"{MODULE_UTILS}.reconcile.account_result_size.MAX_ACCOUNT_RESULT_CHARACTERS", 1000):
            outcomes += call(simulator, [Step(ACCOUNT_ARGS, ACCOUNT_MODULE, domains=make_domains(2))])
    if module == "email_security_audit":
        with mock.patch(f"{MODULE_UTILS}.audit.audit_result_size.MAX_RESULT_CHARACTERS", 1000):
            outcomes += call(simulator, [Step({"domains": desired_for_all(make_domains(20), lookback_hops=9)}, AUDIT_MODULE, domains=make_domains(20))])
        waiver = {"domain": "*", "field": "lookback_hops", "live": 5, "reason": "a move", "owner": "ops", "expires": "2099-12-31"}
        outcomes += call(
            simulator, [Step({"domains": desired_for_all(make_domains(1), lookback_hops=9), "waivers": [waiver]}, AUDIT_MODULE, domains=make_domains(1))]
        )
    # The action plugin adds it, which is not called here.
    returned.pop("complete_result", None)
    found = set().union(*(outcome.result for outcome in outcomes)) - ANSIBLE_KEYS
    assert found - COMMON_KEYS <= set(returned), f"{module} returns what its RETURN does not name"
    assert set(returned) <= found, f"{module} never returned this"
    for name, documented in returned.items():
        results = [outcome.result[name] for outcome in outcomes if outcome.result.get(name) is not None]
        assert all(isinstance(value, TYPES[documented["type"]]) for value in results), name
        if name in ("diff", "api", "failure", "verification", "summary", "directions", "results", "findings"):
            parts = set(documented["contains"])
            found = [each for value in results for each in (value if isinstance(value, list) else [value])]
            assert set().union(*found) == parts, f"{name} and its RETURN differ"
    for outcome in outcomes:
        for name, documented in returned.items():
            when = documented["returned"]
            if when == "always" or (when == "success" and not outcome.failed) or (when == "failure" and outcome.failed):
                assert name in outcome.result or (name == "changed" and outcome.failed), f"{name} is promised: {when}"


def test_action_group_has_every_module() -> None:
    [folder] = {path.parents[2] for path in module_files()}
    runtime = yaml.safe_load((folder / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["all"]) == MODULES
