"""Fleets: steps of email_security_domains, what to expect of them, and what is true of every one of them.

The expectation is made from the live domains and the task alone, by normal_forms.py: the tests do not trust the collection to judge itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from normal_forms import form, settings
from steps import FLEET_MODULE, OTHERS, UNKNOWN_OUTCOME, Outcome, Step, keep_the_promises

Domain = dict[str, Any]
CREATES = [item.name for item in DOMAIN.fields if item.is_required and item.name != "domain"]
SETTABLE = [item.name for item in DOMAIN.fields if item.name != "domain"]
# Lists that an empty value does not empty: that has to be said with the option clear.
GUARDED = [item.name for item in DOMAIN.fields if item.if_emptied]
# All that it takes to onboard a domain.
FOUR: Domain = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
ACTIONS = {"update": "updated", "create": "created", "delete": "deleted"}
# What check mode and the run that follows have in common.
PREDICTED = ("changed", "results", "summary", "plan", "diff", "undeclared")


def fleet(declared: Sequence[Mapping[str, Any]], options: Mapping[str, Any] | None = None, *, live: Sequence[Domain] | None = None, **more: Any) -> Step:
    """A task of email_security_domains."""
    return Step({"domains": list(declared), **(options or {})}, FLEET_MODULE, domains=live, **more)


def fleet_checked_twice(
    declared: Sequence[Mapping[str, Any]], options: Mapping[str, Any] | None = None, *, live: Sequence[Domain] | None = None, **more: Any
) -> list[Step]:
    """In check mode, for real, and once more."""
    return [fleet(declared, options, live=live, check=True, **more), *(fleet(declared, options, again=True) for _run in range(2))]


def domain(name: str, number: int = 0, **fields: Any) -> Domain:
    """A live domain; C(d7.example) has a number of its own."""
    number = number or int(name.partition(".")[0].lstrip("d"))
    return {"id": f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}", "domain": name, "transport": "mx.example.com", **fields}


def many(count: int, **fields: Any) -> list[Domain]:
    return [domain(f"d{number}.example", **fields) for number in range(1, count + 1)]


def every(live: Sequence[Domain], **desired: Any) -> list[Domain]:
    """A wish for each of them."""
    return [{"domain": each["domain"], **desired} for each in live]


def id_of(number: int) -> str:
    return str(domain(f"d{number}.example")["id"])


def number_of(live: Domain) -> int:
    """The id that it had in 2025, if it is one of C(many)."""
    return 1000 + int(live["id"][-12:], 16)


def result_of(outcome: Outcome, name: str) -> dict[str, Any]:
    return next(result for result in outcome.result["results"] if result["domain"] == name)


def writes(outcome: Outcome) -> list[str]:
    """The writes that reached the server, in order, a batch called by its name."""
    return ["BATCH" if entry["path"].endswith("/batch") else entry["method"] for entry in outcome.journal if entry["method"] != "GET"]


def failures(outcome: Outcome) -> dict[str, str]:
    """By name, of what kind the failures of single domains are; what was not reached left out."""
    return {result["domain"]: result["failure"]["kind"] for result in outcome.result["results"] if "failure" in result and "not_reached" not in result}


def not_reached(outcome: Outcome) -> list[str]:
    return [result["domain"] for result in outcome.result["results"] if "not_reached" in result]


@dataclass(frozen=True)
class Expected:
    """What is to be done for one entry of the task; C(kind) is that of the failure if there is nothing that could be done."""

    entry: Mapping[str, Any]
    live: Domain | None
    desired: dict[str, Any]
    action: str
    changes: dict[str, tuple[Any, Any]]
    kind: str | None = None

    @property
    def labels(self) -> set[str]:
        """Names and ids by which a result may speak of it."""
        labels = {form("domain", self.entry.get(key)) for key in ("domain", "name")} | {str(self.entry.get("domain_id")).strip().lower()}
        if self.live:
            name = form("domain", self.live["domain"])
            # With its id, where several live domains go by the name.
            labels |= {name, self.live["id"], str(number_of(self.live)), f"{name} ({self.live['id']})"}
        return labels - {None, "none"}


def expectations(args: Mapping[str, Any], live: Sequence[Domain]) -> list[Expected]:
    """One for each entry, in the order in which they are declared."""
    known: dict[str, list[Domain]] = {}
    for each in live:
        for handle in (form("domain", each["domain"]), each["id"], str(number_of(each))):
            known.setdefault(handle, []).append(each)
    defaults = args.get("defaults") or {}
    return [_expected(entry, desired_of(entry, defaults), cleared_of(entry, defaults), known) for entry in args["domains"]]


def desired_of(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The normal forms of what is asked, the defaults included; None where a field is to be cleared."""
    if entry.get("state") == "absent":
        return {}
    asked = {}
    for options in (defaults, entry):
        asked |= {name: options[name] for name in SETTABLE if options.get(name) is not None}
        asked |= dict.fromkeys(options.get("clear") or ())
    if entry.get("domain_id") is not None and (entry.get("domain") or entry.get("name")):
        asked["domain"] = entry.get("domain") or entry.get("name")
    return {name: form(name, value) for name, value in asked.items()}


def cleared_of(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> set[str]:
    """The fields that are to be emptied on purpose: what an entry says outranks the defaults."""
    given = {name for name in SETTABLE if entry.get(name) is not None}
    return set(entry.get("clear") or ()) | (set(defaults.get("clear") or ()) - given)


def _expected(entry: Mapping[str, Any], desired: dict[str, Any], cleared: set[str], known: Mapping[str, list[Domain]]) -> Expected:
    name, wanted_id = form("domain", entry.get("domain") or entry.get("name")), str(entry.get("domain_id") or "").strip().lower()
    found = known.get(wanted_id or name, [])
    absent = entry.get("state") == "absent"
    if len(found) > 1:
        return Expected(entry, None, desired, "none", {}, "conflict")
    if not found:
        created = {"domain": name, **{key: value for key, value in desired.items() if value is not None}}
        if absent:
            return Expected(entry, None, desired, "none", {})
        if wanted_id or not set(CREATES) <= set(desired):
            return Expected(entry, None, desired, "none", {}, "not_found")
        return Expected(entry, None, desired, "create", {key: (None, value) for key, value in created.items()})
    now = settings(found[0])
    if absent and wanted_id and name and now["domain"] != name:
        return Expected(entry, found[0], desired, "none", {}, "conflict")
    if absent:
        return Expected(entry, found[0], desired, "delete", {})
    changes = {key: (now[key], value) for key, value in desired.items() if now[key] != value}
    if any(key in changes and not changes[key][1] and key not in cleared for key in GUARDED):
        return Expected(entry, found[0], desired, "none", {}, "unsafe")
    return Expected(entry, found[0], desired, "update" if changes else "none", changes)


def kept(outcomes: list[Outcome]) -> list[Outcome]:
    """The same outcomes, once it is sure that each of them kept what is promised."""
    for number, outcome in enumerate(outcomes):
        assert outcome.violations == [], f"step {number}"
        if outcome.step.is_ours:
            keep_the_promises(outcome)
        if outcome.step.module == FLEET_MODULE:
            keep_the_fleets_promises(outcome)
    return outcomes


def keep_the_fleets_promises(outcome: Outcome) -> None:
    """What is true of every task about a fleet."""
    result = outcome.result
    if "summary" not in result:
        assert outcome.failed
        assert "failure" in result
        assert not writes(outcome), "something was written, and the result does not say what became of it"
        return
    matched = _matched(outcome)
    _keep_the_form(outcome)
    _keep_the_sums(outcome)
    _leave_the_rest_alone(outcome, [expected for expected, _result in matched])
    after = {handle: each for each in outcome.after for handle in (each["id"], form("domain", each["domain"]))}
    for expected, found in matched:
        if not _touched(outcome, expected.labels) and (found is None or "fields" not in found):
            _keep_to_the_truth(outcome, after, expected, found)


def _matched(outcome: Outcome) -> list[tuple[Expected, dict[str, Any] | None]]:
    """Each entry with its result, if it has one. Results come in the order of the task."""
    results = list(outcome.result["results"])
    matched = []
    for expected in expectations(outcome.step.args, outcome.before):
        mine = bool(results) and {results[0]["domain"], str(results[0]["id"])} & expected.labels
        matched.append((expected, results.pop(0) if mine else None))
    assert not results, f"not in the order in which they were declared, or never declared: {results[:3]}"
    return matched


def _has_changes(result: Mapping[str, Any]) -> bool:
    """Also where the result had to be shortened to the names of the fields."""
    return bool(result["fields"] if "fields" in result else result["changes"])


def _keep_the_form(outcome: Outcome) -> None:
    result = outcome.result
    assert outcome.failed is (result["summary"]["failed"] > 0 or "failure" in result)
    assert set(result["diff"]) >= {"before", "after", "before_header", "after_header"}
    assert len(result["plan"]) == 64
    for each in result["results"]:
        if "shortened" in result and "fields" in each:
            continue
        assert {"domain", "id", "action", "changes"} <= set(each) <= {"domain", "id", "action", "changes", "failure", "msg", "not_reached"}
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
            assert {"kind", "status", "errors", "ray_id", "method", "path"} <= set(each["failure"])
            assert each["msg"]
        if each["action"] == "create":
            assert each["id"] is None


def _keep_the_sums(outcome: Outcome) -> None:
    result, summary = outcome.result, outcome.result["summary"]
    done = [each["action"] for each in result["results"] if "failure" not in each]
    assert summary["total"] == len(outcome.step.args["domains"])
    assert {name: summary[name] for name in ACTIONS.values()} == {name: done.count(action) for action, name in ACTIONS.items()}
    assert summary["failed"] == sum("failure" in each for each in result["results"])
    assert summary["not_reached"] == sum("not_reached" in each for each in result["results"])
    assert summary["total"] == sum(summary[name] for name in ("unchanged", "created", "updated", "deleted", "failed"))
    assert result["changed"] is any(map(_has_changes, result["results"]))
    if not outcome.step.check and not _touched(outcome) and UNKNOWN_OUTCOME not in json.dumps(result):
        stored = {form("domain", each["domain"]): each["id"] for each in outcome.after}
        created = [each for each in result["results"] if each["action"] == "create" and _has_changes(each)]
        new_ids = result["new_ids"]
        assert set(new_ids) == {each["domain"] for each in created}
        # Of a server that speaks as in 2025 they are numbers.
        assert all(stored[name] == new_id or isinstance(new_id, int) for name, new_id in new_ids.items())
    elif outcome.step.check:
        assert result["new_ids"] == {}
    if "shortened" not in result:
        _keep_the_diff(result)


def _keep_the_diff(result: dict[str, Any]) -> None:
    """Only what changed: of an update the changed fields, of the others one side."""
    before, after = result["diff"]["before"], result["diff"]["after"]
    changed = {each["domain"]: each for each in result["results"] if each["changes"]}
    assert set(before) | set(after) == set(changed)
    for name, each in changed.items():
        pairs = each["changes"]
        if each["action"] != "create":
            assert _equal(before[name], pairs, "before")
        if each["action"] != "delete":
            assert _equal(after[name], pairs, "after")
        assert (name in before, name in after) == (each["action"] != "create", each["action"] != "delete")
        if each["action"] == "update":
            assert set(before[name]) == set(after[name]) == set(pairs)


def _equal(shown: dict[str, Any], pairs: dict[str, Any], side: str) -> bool:
    return all(shown[key] == pair[side] for key, pair in pairs.items())


def _touched(outcome: Outcome, labels: set[str] | None = None) -> bool:
    """Whether somebody else was at work in this step; at one of these domains, if they are given."""
    others = [fault for fault in outcome.step.faults if fault["do"] in OTHERS]
    if labels is None:
        return bool(others)
    named = [name for fault in others for name in (fault.get("domain"), (fault.get("values") or {}).get("domain")) if name is not None]
    return any({name, form("domain", name)} & labels for name in named)


def _leave_the_rest_alone(outcome: Outcome, expected: list[Expected]) -> None:
    """Domains that were not declared are as before, down to C(modified_at); and they are told."""
    after = {each["id"]: each for each in outcome.after}
    duplicates = {form("domain", each.entry.get("domain") or each.entry.get("name")) for each in expected if each.kind == "conflict" and not each.live}
    declared = {each.live["id"] for each in expected if each.live}
    rest = [each for each in outcome.before if each["id"] not in declared]
    for each in rest:
        if not _touched(outcome, {each["id"], form("domain", each["domain"])}):
            assert after.get(each["id"]) == each
    if not _touched(outcome):
        assert outcome.result["undeclared"] == sorted(form("domain", each["domain"]) for each in rest if form("domain", each["domain"]) not in duplicates)


def _keep_to_the_truth(outcome: Outcome, after: Mapping[str, Domain], expected: Expected, found: dict[str, Any] | None) -> None:
    """The result of one domain against what was stored before and after."""
    check = outcome.step.check
    stored = _stored_after(after, expected)
    if expected.live is not None and stored is not None:
        differing = {key for key in expected.live.keys() | stored.keys() if expected.live.get(key) != stored.get(key)}
        assert differing <= set(expected.desired) | {"modified_at"}, "a field changed that was not declared"
    if found is not None and "not_reached" in found:
        assert (None if stored is None else settings(stored)) == (None if expected.live is None else settings(expected.live))
        assert found["action"] == expected.action
        return
    if check or found is None or expected.kind is not None:
        if expected.kind is not None:
            assert found is not None
            assert (found["failure"]["kind"], found["action"], found["changes"]) == (expected.kind, "none", {}), found
        else:
            assert (found["action"] if found else "none") == expected.action, (expected.labels, found)
            assert found is None or "failure" not in found
            assert found is None or _reported(found) == _full(expected)
        assert (None if stored is None else settings(stored)) == (None if expected.live is None else settings(expected.live))
        return
    if "failure" not in found:
        assert (found["action"], _reported(found)) == (expected.action, _full(expected))
        assert (None if stored is None else settings(stored)) == _asked(expected, stored)
    elif UNKNOWN_OUTCOME not in found.get("msg", ""):
        was, now = (None if each is None else settings(each) for each in (expected.live, stored))
        assert found["action"] in (expected.action, "none")
        if was is not None and now is not None:
            assert _reported(found) == {key: (was[key], now[key]) for key in was if was[key] != now[key]}, "changes is not true to what is stored"
        else:
            assert bool(found["changes"]) is (was != now)


def _stored_after(after: Mapping[str, Domain], expected: Expected) -> Domain | None:
    if expected.live is not None:
        return after.get(expected.live["id"])
    if expected.kind is not None or "domain_id" in expected.entry:
        return None
    return after.get(form("domain", expected.entry.get("domain") or expected.entry.get("name")))


def _asked(expected: Expected, stored: Domain | None) -> dict[str, Any] | None:
    if expected.action == "delete":
        return None
    # What the server adds to a new domain is its own affair.
    before = settings(expected.live) if expected.live else settings(stored or {})
    return before | {key: after for key, (_before, after) in expected.changes.items()}


def _reported(found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The reported changes in normal forms."""
    forms = {}
    for key, pair in found["changes"].items():
        assert set(pair) == {"before", "after"}
        forms[key] = tuple(None if found["action"] == missing else form(key, pair[side]) for side, missing in (("before", "create"), ("after", "delete")))
    return forms


def _full(expected: Expected) -> dict[str, tuple[Any, Any]]:
    """The expected changes; of a removal, all that is lost by it."""
    if expected.action == "delete" and expected.live is not None:
        return {key: (value, None) for key, value in settings(expected.live).items() if value is not None}
    return expected.changes
