"""A step is one task with its own state of the simulator; an outcome is what the task returned and did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOMAIN_MODULE = "mailops.cloudflare.email_security_domain"
INFO_MODULE = "mailops.cloudflare.email_security_domain_info"
FLEET_MODULE = "mailops.cloudflare.email_security_domains"
AUDIT_MODULE = "mailops.cloudflare.email_security_audit"
ACCOUNT_INFO_MODULE = "mailops.cloudflare.email_security_account_info"
READ_ONLY_MODULES = (INFO_MODULE, AUDIT_MODULE, ACCOUNT_INFO_MODULE)
# The simulator's faults in which another client writes, so that the stored domains change without the task.
CONCURRENT_EDIT_FAULTS = {"edit", "remove", "add"}


@dataclass(frozen=True)
class Step:
    """One task.

    Args:
        args: options of the module.
        module: full name of the module.
        check: whether the task runs in check mode, in which any write is a violation.
        keep_state: continue with the account that the previous step left. Otherwise the simulator is reset first.
        domains: live domains, in place of those of the simulator's scenario.
        lists: live entries of the lists, which are empty in the scenario, by the name of the list in the API.
        faults: what goes wrong, see tests/simulator/README.md.
        habits: how the simulator differs from the documented server, see tests/simulator/README.md.
        settings: settings of the simulator, such as the token or the page size.
        environment: environment of the task.
        keywords: further keywords of the task. A keyword whose value is None is left out.
    """

    args: Mapping[str, Any]
    module: str = DOMAIN_MODULE
    check: bool = False
    keep_state: bool = False
    domains: Sequence[Mapping[str, Any]] | None = None
    lists: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    habits: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return self.module.startswith("mailops.")

    def control_calls(self) -> list[tuple[str, str, Any]]:
        """Requests to the simulator's control endpoint that prepare this step: method, name and body."""
        calls: list[tuple[str, str, Any]] = [("DELETE", "journal", None), ("DELETE", "faults", None)] if self.keep_state else [("POST", "reset", None)]
        state = {"domains": self.domains, "lists": self.lists}
        given = {name: value for name, value in state.items() if value is not None}
        calls += [("PUT", "state", given)] if given else []
        calls += [("POST", "settings", {**self.settings, "refuse_writes": self.check})]
        calls += [("POST", "habits", dict(self.habits))] if self.habits else []
        calls += [("POST", "faults", list(self.faults))] if self.faults else []
        return calls

    def task(self, number: int) -> dict[str, Any]:
        """The task of a playbook. It registers its result as step_NUMBER."""
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


def check_run_rerun(args: Mapping[str, Any], **more: Any) -> list[Step]:
    """The same task of email_security_domain in check mode, for real, and once more."""
    return [manage(args, check=True, **more), manage(args, keep_state=True), manage(args, keep_state=True)]


@dataclass(frozen=True)
class Outcome:
    """What a step returned and did.

    Args:
        step: the step.
        state: "ok" or "failed" for tasks that ran, otherwise "skipped" or "unreachable".
        result: the result of the module.
        seconds: how long the task took.
        before: stored domains before the task.
        after: stored domains after the task.
        journal: requests that reached the simulator.
        connections: number of connections that were opened.
        violations: requests that the simulator's contract forbids.
        output: everything that was printed. The steps of one playbook share it.
        lists_before: stored entries of all lists before the task, by the name of the list.
        lists_after: the same after the task.
    """

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
    lists_before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lists_after: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.state == "failed"

    @property
    def kind(self) -> str | None:
        """The kind of the failure of the whole task. None if only single domains failed."""
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
        """The bodies of the writes, in order."""
        return [entry["body"] for entry in self.journal if entry["method"] != "GET"]

    def stored(self, name_or_id: str) -> dict[str, Any]:
        """A domain as it is stored after the step."""
        return next(domain for domain in self.after if name_or_id in (domain["id"], domain["domain"]))

    def changed_fields(self) -> dict[str, set[str]]:
        """The stored fields that differ after the step, by id, without modified_at, which each write changes."""
        before, after = ({domain["id"]: domain for domain in domains} for domains in (self.before, self.after))
        found = {}
        for live_id in before.keys() | after.keys():
            old, new = before.get(live_id, {}), after.get(live_id, {})
            fields = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} - {"modified_at"}
            if fields:
                found[live_id] = fields
        return found


def flatten_tasks(tasks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tasks in order, with each block replaced by its tasks."""
    return [leaf for task in tasks for leaf in (flatten_tasks(task["block"]) if "block" in task else [task])]
