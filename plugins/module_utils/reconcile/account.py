# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of an account: its domains and its lists, read, compared and changed in one task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import UNREACHABLE_KINDS, ApiError
from ..api.texts import list_names
from ..resources.collection import ResourceCollection
from .account_guard import too_many_removals
from .account_options import ListDeclaration, MaxRemovals, Resources, lists_from_options, max_removals_from_options
from .account_plan import AllowedEntries, ListPlan, account_digest, plan_list, read_list
from .account_results import DomainsOutcome, account_result
from .bulk import BulkDeclaration, Comparison, bulk_from_options
from .change import DIRECTIONS, Direction
from .desired import DesiredObject
from .plan import plan_digest, plan_mismatch

if TYPE_CHECKING:
    from ..api.client import Client
    from .account_execution import Execution, Step
    from .operation import Operation

DOMAINS = "domains"
_NOT_ENTITLED = "not_entitled"
# A warning names at most this many entries.
_MAX_NAMED = 5


class Reading(NamedTuple):
    """What was read of an account.

    Attributes:
        domains: the domains, compared with their declaration; None if they are not declared, or could not be read.
        plans: the plans for the lists that could be read.
        unread: why the other resources could not be read, by their names.
        stop: what stopped the whole task.
    """

    domains: Comparison | None
    plans: list[ListPlan]
    unread: dict[str, ApiError]
    stop: ApiError | None


class AccountDeclaration(NamedTuple):
    """The desired state of an account.

    Attributes:
        domains: the declared domains, and how changes are applied.
        domain_collection: the class of their endpoints.
        has_domains: whether domains are declared at all. Otherwise they are not read.
        lists: the declared lists.
        max_removals: how many entries purge may remove from each list.
        allowed: what may differ from the declared lists.
    """

    domains: BulkDeclaration
    domain_collection: type[ResourceCollection]
    has_domains: bool
    lists: list[ListDeclaration]
    max_removals: MaxRemovals
    allowed: AllowedEntries | None = None

    def apply(self, client: Client, *, check_mode: bool) -> dict[str, Any]:
        """Bring the account to its desired state, or in check mode report what would be done.

        Returns:
            What the module returns.
        """
        reading = self._read(client)
        self._warn(client, reading.plans)
        failing = {name: error for name, error in reading.unread.items() if self._is_failure(name, error)}
        digest = account_digest(self._domains_digest(reading, client.connection.account_id), reading.plans, failing.items())
        stop = reading.stop or (next(iter(failing.values())) if failing and not reading.plans and reading.domains is None else None)
        has_changes = any(plan.has_changes for plan in reading.plans) or (
            reading.domains is not None and any(planned.change.action != "none" for planned in reading.domains.plan)
        )
        is_approved = self.domains.expected_plan == digest
        stop = stop or plan_mismatch(digest, self.domains.expected_plan, has_changes=has_changes, others="the options or the selection of domains")
        refusal = None if stop is not None or is_approved else too_many_removals(reading.plans, self.max_removals)
        is_applied = stop is None and refusal is None and not check_mode
        outcome = DomainsOutcome(self.domains, reading.domains, self._guarded(client, reading, is_approved=is_approved, is_applied=is_applied))
        operations: dict[int, Operation] = {}
        execution: Execution | None = None
        if is_applied and has_changes:
            execution, operations = self._execute(client, reading, outcome, _incomplete(failing))
        result = account_result(
            self.lists,
            reading.plans,
            outcome if self.has_domains else None,
            operations,
            unread=reading.unread,
            failing=failing,
            stops={} if execution is None else execution.stops,
            stop=stop if execution is None else execution.stop,
            refusal=refusal,
            check_mode=check_mode,
        )
        if reading.stop is None:
            result |= {"directions": self._directions(reading), "plan": digest}
        if execution is not None and execution.ended is not None:
            from .interruption import with_result

            raise with_result(execution.ended, result)
        return result

    def _read(self, client: Client) -> Reading:
        """Read and compare what is declared. A list that cannot be read does not keep the others from being changed, unless no list can be."""
        domains: Comparison | None = None
        plans: list[ListPlan] = []
        unread: dict[str, ApiError] = {}
        stop: ApiError | None = None
        declared: list[ListDeclaration | None] = [*([None] if self.has_domains else []), *self.lists]
        for declaration in declared:
            name = DOMAINS if declaration is None else declaration.name
            try:
                if declaration is None:
                    domains = self.domains.compare(self.domain_collection(client))
                else:
                    plans.append(plan_list(declaration, read_list(declaration.collection(client)), self.allowed))
            except ApiError as error:
                unread[name] = error
                if error.kind in UNREACHABLE_KINDS:
                    stop = error
                    break
        return Reading(domains, plans, unread, stop)

    def _is_failure(self, name: str, error: ApiError) -> bool:
        declared = next((declaration.desired_objects for declaration in self.lists if declaration.name == name), self.domains.desired_objects)
        return is_reading_failure(error, declared)

    def _warn(self, client: Client, plans: list[ListPlan]) -> None:
        for declaration in self.lists:
            if declaration.repeated:
                named = list_names(declaration.repeated, _MAX_NAMED)
                client.warn(f"{declaration.name}: declared more than once, with the same settings: {named}. Leave out the repeated entries.")
        for plan in plans:
            if plan.duplicates and not plan.declaration.is_purged:
                named = list_names(plan.duplicates, _MAX_NAMED)
                client.warn(f"{plan.declaration.name}: live more than once, with the same settings: {named}. Remove these, or use purge.")

    def _domains_digest(self, reading: Reading, account_id: str) -> str:
        return plan_digest([], account_id) if reading.domains is None else reading.domains.digest

    def _directions(self, reading: Reading) -> dict[Direction, int]:
        counts = [plan.directions() for plan in reading.plans]
        counts += [] if reading.domains is None else [reading.domains.directions]
        return {direction: sum(count[direction] for count in counts) for direction in DIRECTIONS}

    def _guarded(self, client: Client, reading: Reading, *, is_approved: bool, is_applied: bool) -> Any:
        """The plan for the domains, without removals that the user did not confirm."""
        if reading.domains is None:
            return []
        return self.domains.guard_removals(self.domain_collection(client), reading.domains.plan, is_approved=is_approved, is_applied=is_applied)

    def _execute(self, client: Client, reading: Reading, outcome: DomainsOutcome, incomplete: str | None) -> tuple[Execution, dict[int, Operation]]:
        # Imported only for writes: a packed module compiles each file that it imports.
        from .account_execution import Step, execute, list_operations, send_list

        operations: dict[int, Operation] = {}

        def send_domains(compared: Comparison) -> Any:
            sent, stop, ended = self.domains.apply_changes(self.domain_collection(client), outcome.plan, compared.live_index)
            outcome.operations.update(sent)
            return list(sent.values()), stop, ended

        def list_step(plan: ListPlan) -> Step:
            collection = plan.declaration.collection(client)

            def send() -> Any:
                own = list_operations(collection, plan)
                operations.update(own)
                return send_list(collection, plan, own, self.domains.batch, self.domains.concurrency)

            return Step(plan.declaration.name, collection.resource, plan.directions(), send)

        steps = [list_step(plan) for plan in reading.plans if plan.has_changes]
        compared = reading.domains
        if compared is not None and any(planned.change.action != "none" for planned in outcome.plan):
            steps.insert(0, Step(DOMAINS, self.domains.resource, compared.directions, partial(send_domains, compared)))
        return execute(steps, incomplete), operations


def is_reading_failure(error: ApiError, declared: Collection[DesiredObject]) -> bool:
    """Whether it is a failure that a resource could not be read. That the account has no such list is not, if no entry is declared."""
    return error.kind != _NOT_ENTITLED or bool(declared)


def _incomplete(failing: Mapping[str, ApiError]) -> str | None:
    """The first resource that could not be read, except for lack of a plan or a permission: changes of it that protect the account stay pending."""
    return next((name for name, error in failing.items() if error.kind not in (_NOT_ENTITLED, "permission")), None)


def account_from_options(resources: Resources, options: Mapping[str, Any], given: Collection[str] = (), problems: Collection[str] = ()) -> AccountDeclaration:
    """Validate the options of the module.

    Args:
        resources: what can be declared: the domains and the lists.
        options: the options, with None for those that are left out.
        given: the names of the options that are given, which tells a deliberate null from an option that is left out.
        problems: what is wrong with options that the caller validates; reported together with the others.

    Raises:
        InvalidOptionError: describes everything that is wrong, list by list and entry by entry.
    """
    found = list(problems)
    lists_by_name = {name: import_class for name, import_class in resources.items() if name != DOMAINS}
    lists = lists_from_options(lists_by_name, options, found)
    limit = max_removals_from_options(options, found)
    has_domains = options.get(DOMAINS) is not None
    if not has_domains and not lists:
        found.append(f"Nothing is declared: give {DOMAINS} or at least one of {', '.join(lists_by_name)}.")
    collection = resources[DOMAINS]()
    domains = bulk_from_options(collection.resource, {**options, DOMAINS: options.get(DOMAINS) or []}, given, found)
    return AccountDeclaration(domains, collection, has_domains, lists, limit)
