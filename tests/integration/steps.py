"""Steps, each one task with a simulator of its own, and what they came to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from normal_forms import account

DOMAIN_MODULE = "mailops.cloudflare.email_security_domain"
INFO_MODULE = "mailops.cloudflare.email_security_domain_info"
FLEET_MODULE = "mailops.cloudflare.email_security_domains"
AUDIT_MODULE = "mailops.cloudflare.email_security_audit"
READ_ONLY = (INFO_MODULE, AUDIT_MODULE)
# A task may hang for its max_wait and one timeout; beyond these seconds more it does not end by itself.
SLACK = 8.0
# The simulator's faults in which someone else writes: what is stored then changes without the task.
OTHERS = {"edit", "remove", "add"}
KINDS = {"auth", "permission", "not_entitled", "not_found", "invalid", "rate_limited", "conflict", "not_applied", "server", "network", "response", "unsafe"}
UNKNOWN_OUTCOME = "is unknown"


@dataclass(frozen=True)
class Step:
    """One task.

    The simulator starts it in its first state, with C(domains) in place of the scenario's if given; C(again) lets it go on from where the step
    before left it. C(environment) and C(keywords) go to the task; a keyword that is None is left out.
    """

    args: Mapping[str, Any]
    module: str = DOMAIN_MODULE
    check: bool = False
    again: bool = False
    domains: Sequence[Mapping[str, Any]] | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    habits: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return self.module.startswith("mailops.")

    def control_calls(self) -> list[tuple[str, str, Any]]:
        """What brings the simulator into the state that this step wants. In check mode any write is a violation."""
        calls: list[tuple[str, str, Any]] = [("DELETE", "journal", None), ("DELETE", "faults", None)] if self.again else [("POST", "reset", None)]
        calls += [("PUT", "state", {"domains": list(self.domains)})] if self.domains is not None else []
        calls += [("POST", "settings", {**self.settings, "refuse_writes": self.check})]
        calls += [("POST", "habits", dict(self.habits))] if self.habits else []
        calls += [("POST", "faults", list(self.faults))] if self.faults else []
        return calls

    def task(self, number: int) -> dict[str, Any]:
        task = {"name": f"Step {number}", self.module: dict(self.args), "ignore_errors": True, "register": f"step_{number}"}
        task |= {"check_mode": True} if self.check else {}
        task |= {"environment": dict(self.environment)} if self.environment else {}
        return {name: value for name, value in {**task, **self.keywords}.items() if value is not None}


def manage(args: Mapping[str, Any], **more: Any) -> Step:
    """A task of email_security_domain."""
    return Step(args, **more)


def info(args: Mapping[str, Any] | None = None, **more: Any) -> Step:
    """A task of email_security_domain_info."""
    return Step(args or {}, INFO_MODULE, **more)


def checked_twice(args: Mapping[str, Any], **more: Any) -> list[Step]:
    """In check mode, for real, and once more."""
    return [manage(args, check=True, **more), manage(args, again=True), manage(args, again=True)]


@dataclass(frozen=True)
class Outcome:
    """What a step came to; C(output) is all that was printed; the steps of one playbook share it."""

    step: Step
    state: str
    result: dict[str, Any]
    seconds: float
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    journal: list[dict[str, Any]]
    connections: int
    violations: list[dict[str, Any]]
    output: str = field(repr=False)

    @property
    def failed(self) -> bool:
        return self.state == "failed"

    @property
    def kind(self) -> str | None:
        """Of what kind the failure of the task is. A fleet of which only single domains failed has none."""
        return self.result["failure"]["kind"] if "failure" in self.result else None

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def methods(self) -> list[str]:
        """The methods of the requests that reached the server, in order."""
        return [entry["method"] for entry in self.journal]

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the writes."""
        return [entry["body"] for entry in self.journal if entry["method"] != "GET"]

    def stored(self, name_or_id: str) -> dict[str, Any]:
        """A stored domain after the step."""
        return next(domain for domain in self.after if name_or_id in (domain["id"], domain["domain"]))

    def changed_fields(self) -> dict[str, set[str]]:
        """By id, the stored fields that are not what they were; C(modified_at), which moves with every write, left out."""
        before, after = ({domain["id"]: domain for domain in domains} for domains in (self.before, self.after))
        found = {}
        for live_id in before.keys() | after.keys():
            old, new = before.get(live_id, {}), after.get(live_id, {})
            fields = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} - {"modified_at"}
            if fields:
                found[live_id] = fields
        return found


def keep_the_promises(outcome: Outcome) -> None:
    """What is true of every task of this collection, whatever else it is about."""
    step, result = outcome.step, outcome.result
    assert outcome.state in ("ok", "failed"), outcome.result
    assert "Traceback" not in json.dumps(result)
    if outcome.journal:
        limit = float(step.args.get("max_wait", 330)) + float(step.args.get("timeout", 30)) + SLACK
        assert outcome.seconds < limit, f"{outcome.seconds:.1f} s"
    if outcome.failed:
        # A result may be shortened to the kinds of failure; what was not reached says no more either.
        failures = [each["failure"] for each in (result, *result.get("results", ())) if "failure" in each and not {"not_reached", "fields"} & set(each)]
        assert failures, result
        for failure in failures:
            assert {"kind", "status", "errors", "ray_id", "method", "path"} <= set(failure), result
            assert failure["kind"] in KINDS
        assert "defect of the collection" not in json.dumps(result)
    if "api" in result:
        assert set(result["api"]) == {"requests", "retries", "waited"}
        assert result["api"]["requests"] >= len(outcome.journal)
    if step.check or step.module in READ_ONLY:
        assert set(outcome.methods) <= {"GET"}
    if step.module in READ_ONLY:
        assert result["changed"] is False
        return
    others = any(fault["do"] in OTHERS for fault in step.faults)
    if step.check:
        assert others or outcome.before == outcome.after
    elif not others and UNKNOWN_OUTCOME not in json.dumps(result):
        assert result["changed"] is (account(outcome.before) != account(outcome.after)), "changed is not true to what is stored"


def flat(tasks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tasks, those in blocks among them, in order."""
    return [leaf for task in tasks for leaf in (flat(task["block"]) if "block" in task else [task])]
