"""Checks that hold for every task of this collection, whatever the test is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import internal_error
from integration.support.expected_result import ExpectedChange, expected_changes
from integration.support.fleet_step import Domain, writes
from integration.support.reference_equality import normal_account, normal_form, normal_settings
from integration.support.step import CONCURRENT_EDIT_FAULTS, FLEET_MODULE, READ_ONLY_MODULES, Outcome

FAILURE_KINDS = {
    "auth",
    "permission",
    "not_entitled",
    "not_found",
    "invalid",
    "rate_limited",
    "conflict",
    "not_applied",
    "server",
    "network",
    "response",
    "unsafe",
    "too_many_removals",
}
FAILURE_KEYS = {"kind", "status", "errors", "ray_id", "method", "path"}
# A task may use up its max_wait and one timeout. If it takes these seconds more, it hangs.
HANG_TOLERANCE_SECONDS = 8.0
# Part of the message of a write of which nobody can say whether it was carried out.
UNKNOWN_OUTCOME = "is unknown"
# Part of the message of an internal error, which no test may see.
INTERNAL_ERROR = "defect of the collection"
assert INTERNAL_ERROR in internal_error(Exception())["msg"], "the message has changed, and the checks for it would find nothing"
SUMMARY_KEYS = {"update": "updated", "create": "created", "delete": "deleted"}


def check_invariants(outcomes: list[Outcome]) -> list[Outcome]:
    """Assert what holds for every task of this collection.

    For each outcome: the simulator saw no violation, `changed` agrees with what is stored, a failure has its parts, nothing hangs, and check mode and
    read-only modules write nothing. For email_security_domains also: each result agrees with expected_result.py and with what is stored, the summary
    adds up, and domains that were not declared are unchanged.

    Returns:
        The same outcomes, for use in an expression.
    """
    for number, outcome in enumerate(outcomes):
        assert outcome.violations == [], f"step {number}"
        if outcome.step.is_ours:
            check_task_invariants(outcome)
        if outcome.step.module == FLEET_MODULE:
            _check_fleet_invariants(outcome)
    return outcomes


def check_task_invariants(outcome: Outcome) -> None:
    """Assert what holds for a task of any module of this collection."""
    step, result = outcome.step, outcome.result
    assert outcome.state in ("ok", "failed"), outcome.result
    assert "Traceback" not in json.dumps(result)
    if outcome.journal:
        limit = float(step.args.get("max_wait", 330)) + float(step.args.get("timeout", 30)) + HANG_TOLERANCE_SECONDS
        assert outcome.seconds < limit, f"{outcome.seconds:.1f} s"
    if outcome.failed:
        # Results that were shortened, and domains that were not reached, have only the kind of the failure.
        parts = (result, *_parts_of(result.get("results", ())))
        failures = [each["failure"] for each in parts if "failure" in each and not {"not_reached", "fields"} & set(each)]
        assert failures, result
        for failure in failures:
            assert set(failure) >= FAILURE_KEYS, result
            assert failure["kind"] in FAILURE_KINDS
        assert INTERNAL_ERROR not in json.dumps(result)
    if "api" in result:
        assert set(result["api"]) == {"requests", "retries", "waited"}
        assert result["api"]["requests"] >= len(outcome.journal)
    if step.check or step.module in READ_ONLY_MODULES:
        assert set(outcome.methods) <= {"GET"}
    if step.module in READ_ONLY_MODULES:
        assert result["changed"] is False
        return
    has_concurrent_edits = _has_concurrent_edits(outcome)
    if step.check:
        assert has_concurrent_edits or (outcome.before, outcome.lists_before) == (outcome.after, outcome.lists_after)
    elif not has_concurrent_edits and UNKNOWN_OUTCOME not in json.dumps(result):
        is_changed = normal_account(outcome.before) != normal_account(outcome.after)
        is_changed |= _stored_entries(outcome.lists_before) != _stored_entries(outcome.lists_after)
        assert result["changed"] is is_changed, "changed does not agree with what is stored"


def _parts_of(results: Any) -> list[Mapping[str, Any]]:
    """The parts of a result that may have failed: entries, or those of an account and its lists."""
    if not isinstance(results, Mapping):
        return list(results)
    return [each for found in results.values() for each in (found, *found["failed"])]


def _stored_entries(lists: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The entries of all lists, without the times that each write changes."""
    return {
        name: {str(entry["id"]): {key: value for key, value in entry.items() if key not in ("created_at", "modified_at", "last_modified")} for entry in entries}
        for name, entries in lists.items()
    }


def _check_fleet_invariants(outcome: Outcome) -> None:
    """Assert what holds for a task of email_security_domains."""
    result = outcome.result
    if "summary" not in result:
        assert outcome.failed
        assert "failure" in result
        assert not writes(outcome), "something was written, and the result does not report it"
        return
    results = _results_of_entries(outcome)
    _check_form(outcome)
    _check_summary(outcome)
    _check_undeclared_domains(outcome, [expected for expected, _result in results])
    after = {key: each for each in outcome.after for key in (each["id"], normal_form("domain", each["domain"]))}
    for expected, found in results:
        if not _has_concurrent_edits(outcome, expected.labels) and (found is None or "fields" not in found):
            _check_domain(outcome, after, expected, found)


def _results_of_entries(outcome: Outcome) -> list[tuple[ExpectedChange, dict[str, Any] | None]]:
    """Each entry with its result, or with None if it has none. Results are in the order of the entries."""
    results = list(outcome.result["results"])
    pairs = []
    for expected in expected_changes(outcome.step.args, outcome.before):
        has_result = bool(results) and {results[0]["domain"], str(results[0]["id"])} & expected.labels
        pairs.append((expected, results.pop(0) if has_result else None))
    assert not results, f"not in the order in which they were declared, or never declared: {results[:3]}"
    return pairs


def _has_changes(result: Mapping[str, Any]) -> bool:
    """Whether the result of a domain reports changes. A shortened result has only the names of the fields."""
    return bool(result["fields"] if "fields" in result else result["changes"])


def _check_form(outcome: Outcome) -> None:
    """Assert that the result has the documented keys."""
    result = outcome.result
    assert outcome.failed is (result["summary"]["failed"] > 0 or "failure" in result)
    assert all(set(shown) - {"prepared"} == {"before", "after", "before_header", "after_header"} for shown in result["diff"])
    assert set(result["directions"]) == {"weaker", "stronger", "neutral"}
    assert len(result["plan"]) == 64
    for each in result["results"]:
        if "shortened" in result and "fields" in each:
            continue
        assert {"domain", "id", "action", "changes"} <= set(each) <= {"domain", "id", "action", "changes", "weaker", "failure", "msg", "not_reached"}
        assert each["action"] in {"none", "update", "create", "delete"}
        if "failure" not in each:
            assert each["action"] != "none"
            assert not {"msg", "not_reached"} & set(each)
            assert each["changes"]
        elif "not_reached" in each:
            assert each["not_reached"] is True
            assert set(each["failure"]) == {"kind"}
            assert not each["changes"]
        else:
            assert set(each["failure"]) >= FAILURE_KEYS
            assert each["msg"]
        if each["action"] == "create":
            assert each["id"] is None


def _check_summary(outcome: Outcome) -> None:
    """Assert that the summary, the new ids and the diff agree with the results."""
    result, summary = outcome.result, outcome.result["summary"]
    done = [each["action"] for each in result["results"] if "failure" not in each]
    assert summary["total"] == len(outcome.step.args["domains"])
    assert {key: summary[key] for key in SUMMARY_KEYS.values()} == {key: done.count(action) for action, key in SUMMARY_KEYS.items()}
    assert summary["failed"] == sum("failure" in each for each in result["results"])
    assert summary["not_reached"] == sum("not_reached" in each for each in result["results"])
    assert summary["total"] == sum(summary[key] for key in ("unchanged", "created", "updated", "deleted", "failed"))
    assert result["changed"] is any(map(_has_changes, result["results"]))
    if not outcome.step.check and not _has_concurrent_edits(outcome) and UNKNOWN_OUTCOME not in json.dumps(result):
        stored = {normal_form("domain", each["domain"]): each["id"] for each in outcome.after}
        created = [each for each in result["results"] if each["action"] == "create" and _has_changes(each)]
        new_ids = result["new_ids"]
        assert set(new_ids) == {each["domain"] for each in created}
        # A server with the API of 2025 returns integer ids.
        assert all(stored[name] == new_id or isinstance(new_id, int) for name, new_id in new_ids.items())
    elif outcome.step.check:
        assert result["new_ids"] == {}
    if "shortened" not in result:
        _check_diff(result)


def _check_diff(result: dict[str, Any]) -> None:
    """Assert that the diff has what changed and nothing else: the changed fields of an update, and one side of a creation or removal."""
    changed = [each for each in result["results"] if each["changes"]]
    assert len(result["diff"]) == len(changed)
    for each, shown in zip(changed, result["diff"], strict=True):
        name, weaker = each["domain"], each.get("weaker", [])
        note = {"create": "new", "delete": "removed"}.get(each["action"], "")
        assert shown["before_header"] == shown["after_header"]
        assert shown["after_header"] == name or shown["after_header"].startswith(f"{name} ({note}")
        assert ("less protected" in shown["after_header"]) is bool(weaker)
        for side, absent in (("before", "create"), ("after", "delete")):
            assert shown[side] == "" or shown[side].endswith("\n")
            assert_shows_settings(shown[side], {} if each["action"] == absent else {field: pair[side] for field, pair in each["changes"].items()})


def assert_shows_settings(text: str, settings: Mapping[str, Any]) -> None:
    """Assert that one side of a diff has these settings: each line names a field and one of its values, as it is or as JSON."""
    lines = text.splitlines()
    values = [(field, value) for field, values in settings.items() for value in (values if isinstance(values, list) and values else [values])]
    for field, value in values:
        forms = [line for line in (f"{field}: {value}", f"{field}: {json.dumps(value)}") if line in lines]
        assert forms, (field, value, text)
        lines.remove(forms[0])
    assert lines == [], "settings that were not expected"


def _has_concurrent_edits(outcome: Outcome, labels: set[str] | None = None) -> bool:
    """Whether another client writes during this step; to one of these domains, if they are given."""
    edits = [fault for fault in outcome.step.faults if fault["do"] in CONCURRENT_EDIT_FAULTS]
    if labels is None:
        return bool(edits)
    names = [name for fault in edits for name in (fault.get("domain"), (fault.get("values") or {}).get("domain")) if name is not None]
    return any({name, normal_form("domain", name)} & labels for name in names)


def _check_undeclared_domains(outcome: Outcome, expected: list[ExpectedChange]) -> None:
    """Assert that domains that were not declared are reported, and unchanged in every field, modified_at included."""
    after = {each["id"]: each for each in outcome.after}
    duplicates = {normal_form("domain", each.entry.get("domain") or each.entry.get("name")) for each in expected if each.kind == "conflict" and not each.live}
    declared = {each.live["id"] for each in expected if each.live}
    undeclared = [each for each in outcome.before if each["id"] not in declared]
    for each in undeclared:
        if not _has_concurrent_edits(outcome, {each["id"], normal_form("domain", each["domain"])}):
            assert after.get(each["id"]) == each
    if not _has_concurrent_edits(outcome):
        names = [normal_form("domain", each["domain"]) for each in undeclared]
        assert outcome.result["undeclared"] == sorted(name for name in names if name not in duplicates)


def _check_domain(outcome: Outcome, after: Mapping[str, Domain], expected: ExpectedChange, found: dict[str, Any] | None) -> None:
    """Assert that the result of one domain agrees with the expected change and with what was stored before and after."""
    live, stored = expected.live, _stored_after(after, expected)
    settings_before, settings_after = (None if each is None else normal_settings(each) for each in (live, stored))
    if live is not None and stored is not None:
        differing = {key for key in live.keys() | stored.keys() if live.get(key) != stored.get(key)}
        assert differing <= set(expected.desired) | {"modified_at"}, "a field changed that was not declared"
    if found is not None and "not_reached" in found:
        assert settings_after == settings_before
        assert found["action"] == expected.action
        return
    if outcome.step.check or found is None or expected.kind is not None:
        if expected.kind is not None:
            assert found is not None
            assert (found["failure"]["kind"], found["action"], found["changes"]) == (expected.kind, "none", {}), found
        else:
            assert (found["action"] if found else "none") == expected.action, (expected.labels, found)
            assert found is None or "failure" not in found
            assert found is None or _reported_changes(found) == _all_changes(expected)
        assert settings_after == settings_before
        return
    if "failure" not in found:
        assert (found["action"], _reported_changes(found)) == (expected.action, _all_changes(expected))
        assert settings_after == _expected_settings(expected, stored)
    elif UNKNOWN_OUTCOME not in found.get("msg", ""):
        assert found["action"] in (expected.action, "none")
        if settings_before is not None and settings_after is not None:
            differences = {key: (value, settings_after[key]) for key, value in settings_before.items() if value != settings_after[key]}
            assert _reported_changes(found) == differences, "changes does not agree with what is stored"
        else:
            assert bool(found["changes"]) is (settings_before != settings_after)


def _stored_after(after: Mapping[str, Domain], expected: ExpectedChange) -> Domain | None:
    if expected.live is not None:
        return after.get(expected.live["id"])
    if expected.kind is not None or "domain_id" in expected.entry:
        return None
    return after.get(normal_form("domain", expected.entry.get("domain") or expected.entry.get("name")))


def _expected_settings(expected: ExpectedChange, stored: Domain | None) -> dict[str, Any] | None:
    if expected.action == "delete":
        return None
    # The server may add fields to a new domain, so a creation starts from what is stored.
    before = normal_settings(expected.live) if expected.live else normal_settings(stored or {})
    return before | {key: after for key, (_before, after) in expected.changes.items()}


def _reported_changes(found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The reported changes in normal forms."""
    changes = {}
    for key, change in found["changes"].items():
        assert set(change) == {"before", "after"}
        changes[key] = tuple(
            None if found["action"] == action else normal_form(key, change[side]) for side, action in (("before", "create"), ("after", "delete"))
        )
    return changes


def _all_changes(expected: ExpectedChange) -> dict[str, tuple[Any, Any]]:
    """The expected changes. For a removal these are all settings that the domain had."""
    if expected.action == "delete" and expected.live is not None:
        return {key: (value, None) for key, value in normal_settings(expected.live).items() if value is not None}
    return expected.changes
