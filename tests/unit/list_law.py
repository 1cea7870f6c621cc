"""The law of the export of lists, for the unit tests and the proof: who exports lists and then declares what was exported changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.module_utils.account_option_spec import PURGE_OPTIONS, drop_unset_entry_options, list_option_specs
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit import Reading
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit_options import account_audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import lists_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import ListPlan, plan_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.list_policy import ListPolicy, build_list_policy
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import account_yaml

Live = dict[str, Any]
Account = Mapping[str, Sequence[Live]]

LISTS = {name: RESOURCES[name] for name in LIST_NAMES}
SPEC = {**list_option_specs(), **PURGE_OPTIONS}
NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
# Several live entries with one key, declared or not.
SEVERAL = "ES-LIST-001"


def variables_of(text: str) -> dict[str, Any]:
    """Read a file of variables as Ansible does, and the values of the lists as a task gets them."""
    loaded = DataLoader().load(text)
    return json.loads(json.dumps({name.removeprefix("email_security_"): value for name, value in loaded.items()}))


def plans_of(account: Account, variables: Mapping[str, Any], **options: Any) -> dict[str, ListPlan]:
    """What email_security_account plans for lists that are declared so."""
    declared = {name: value for name, value in variables.items() if name in LISTS}
    checked = ArgumentSpecValidator(SPEC).validate(json.loads(json.dumps({**declared, **options})))
    assert not checked.error_messages, checked.error_messages
    parameters = checked.validated_parameters
    drop_unset_entry_options(parameters)
    problems: list[str] = []
    declarations = lists_from_options(LISTS, parameters, problems)
    assert not problems, problems
    assert not [declaration.repeated for declaration in declarations if declaration.repeated]
    return {each.name: plan_list(each, LiveIndex(each.collection.resource, account[each.name], str)) for each in declarations}


def assert_law(account: Account) -> str:
    """Check the law for one state of an account, and return the file."""
    text = account_yaml(account)
    variables = variables_of(text)
    assert [name for name in variables if name in LISTS] == [name for name in LIST_NAMES if name in account]
    plans = plans_of(account, variables)
    for name, plan in plans.items():
        assert_nothing_changes(plan, name)
    assert_no_drift(account, variables, plans)
    purged = plans_of(account, variables, purge=["all"]) if any(name in account for name in LISTS) else {}
    for name, plan in purged.items():
        policy = build_list_policy(plan.live_index.resource, account[name])
        assert_nothing_changes(plan._replace(purged=[]), name)
        removed = [id(planned.live) for planned in plan.purged]
        assert sorted(removed) == sorted(id(one.live) for one in policy.left_out), (name, text)
        assert_everything_is_accounted_for(policy, account[name])
        assert_left_out_is_named(policy, text)
    return text


def assert_nothing_changes(plan: ListPlan, name: str) -> None:
    failures = [str(planned.failure) for planned in plan.changes if planned.failure is not None]
    assert not failures, (name, failures)
    changes = [(planned.label, planned.change.action, planned.change.changes) for planned in plan.changes if planned.change.action != "none"]
    assert not changes, (name, changes)


def assert_everything_is_accounted_for(policy: ListPolicy, live: Sequence[Live]) -> None:
    synchronized = sum(policy.resource.read_only_reason(one) is not None for one in live)
    assert (len(policy.entries) + len(policy.left_out) + synchronized, synchronized) == (len(live), policy.synchronized)
    if synchronized:
        assert not [entry for entry in policy.entries if policy.resource.read_only_reason(entry.live)]


def assert_left_out_is_named(policy: ListPolicy, text: str) -> None:
    """Each entry that is left out is a line of a comment."""
    _before, _head, section = text.partition(f"# Live {policy.resource.plural} that are not declared. Purge would remove them:\n")
    lines = section.partition("\n\n")[0].splitlines()
    assert len(lines) == len(policy.left_out)
    assert all(line.startswith("# - ") for line in lines)


def assert_no_drift(account: Account, variables: Mapping[str, Any], plans: Mapping[str, ListPlan]) -> None:
    """The audit finds no drift but the entries that are left out."""
    declared = {name: value for name, value in variables.items() if name in LISTS}
    if not declared:
        return
    audit = account_audit_from_options(declared)
    lists = {each.name: audit.compare(each, LiveIndex(each.collection.resource, account[each.name], str)) for each in audit.lists}
    result = audit.evaluate(Reading(None, lists, {}), "", NOW)
    drift = [finding for finding in result["findings"] if finding["category"] == "drift" and finding["rule_id"] != SEVERAL]
    assert not [finding for finding in drift if finding["entry"] not in plans[finding["resource"]].undeclared]
    for name, plan in plans.items():
        found = result["summary"]["resources"][name]
        policy = build_list_policy(plan.live_index.resource, account[name])
        expected = (len(policy.entries), 0, 0, len(plan.undeclared))
        assert tuple(found[key] for key in ("as_declared", "drifted", "missing", "undeclared")) == expected, (name, found)
