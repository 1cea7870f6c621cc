# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of many objects: validated options, comparison with the account, and the changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import Key, LiveObject, Resource
from ..resources.collection import Effect, Removal, ResourceCollection
from .change import NO_CHANGE, Direction, DirectionOf, unknown_direction
from .desired import DesiredObject, desired_from_options
from .index import LiveIndex
from .plan import AllowedDifferences, PlannedChange, make_plan, plan_digest, plan_mismatch, reject_unsafe
from .results import bulk_result, count_directions

if TYPE_CHECKING:
    from .operation import Operation

BATCH_MODES = ("auto", "always", "never")
DEFAULT_CONCURRENCY = 8
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Comparison(NamedTuple):
    """An account, compared with a declaration.

    Attributes:
        live_index: the live objects.
        whole: the plan of all declared objects.
        plan: the plan of the task, which may be limited to some of them.
        digest: the digest of the plan.
        directions: the numbers of pending changes by their directions.
    """

    live_index: LiveIndex
    whole: list[PlannedChange]
    plan: list[PlannedChange]
    digest: str
    directions: dict[Direction, int]


class BulkDeclaration(NamedTuple):
    """The desired state of many objects, and how to apply it.

    Attributes:
        resource: the resource of the objects.
        desired_objects: everything that is declared.
        batch: when batches are used: one of `BATCH_MODES`.
        concurrency: how many single requests are sent at the same time.
        expected_plan: the digest of the plan that was approved.
        selected: the declared objects that the task is limited to; None for all of them.
        allowed: what may differ from the declaration.
        direction_of: judges the changes of fields.
    """

    resource: Resource
    desired_objects: list[DesiredObject]
    batch: str
    concurrency: int
    expected_plan: str | None
    selected: list[DesiredObject] | None = None
    allowed: AllowedDifferences | None = None
    direction_of: DirectionOf = unknown_direction

    def apply(self, collection: ResourceCollection, *, check_mode: bool) -> dict[str, Any]:
        """Bring the objects to their desired states, or in check mode report what would be done.

        Always reads the whole account, because undeclared objects are reported, too.

        Returns:
            What the module returns.
        """
        compared = self.compare(collection)
        has_changes = any(planned.change.action != "none" for planned in compared.plan)
        others = f"the waivers or the selection of {self.resource.plural}"
        stop = plan_mismatch(compared.digest, self.expected_plan, has_changes=has_changes, others=others)
        # After the digest and the directions: they must be the same in check mode and in the run, and an approved plan removes what it shows.
        is_approved = self.expected_plan == compared.digest
        plan = self.guard_removals(collection, compared.plan, is_approved=is_approved, is_applied=stop is None and not check_mode)
        operations: dict[str, Operation] = {}
        ended: BaseException | None = None
        if stop is None and not check_mode:
            operations, stop, ended = self.apply_changes(collection, plan, compared.live_index)
        scope = None if self.selected is None else sorted(planned.label for planned in plan)
        result = bulk_result(plan, compared.live_index, operations, stop, whole=compared.whole, check_mode=check_mode, direction_of=self.direction_of)
        result |= {"directions": compared.directions, "plan": compared.digest, "scope": scope}
        if ended is not None:
            from .interruption import with_result

            raise with_result(ended, result)
        return result

    def compare(self, collection: ResourceCollection) -> Comparison:
        """Read the account, compare it with the declaration, and warn of the consequences of the changes, except removals."""
        live_index = read_account(collection, self.desired_objects if self.selected is None else self.selected)
        whole = make_plan(self.desired_objects, live_index, self.allowed)
        plan = reject_unsafe(in_scope(whole, self.selected))
        effects = [Effect(planned.desired.label, planned.label, planned.desired.settings, planned.change.after, planned.live) for planned in plan]
        for warning in collection.warnings(effects, self._waiver_check(plan)):
            collection.client.warn(warning)
        digest = plan_digest(plan, collection.client.connection.account_id)
        return Comparison(live_index, whole, plan, digest, count_directions(plan, self.direction_of))

    def _waiver_check(self, plan: list[PlannedChange]) -> Callable[[str, str], bool] | None:
        """A function that tells, by the label of an object and the id of a rule, whether a waiver allows the state; None without waivers."""
        allowed = self.allowed
        if allowed is None:
            return None
        by_label = {planned.label: planned for planned in plan}
        return lambda label, rule_id: allowed.allows_state(by_label[label], rule_id)

    def guard_removals(self, collection: ResourceCollection, plan: list[PlannedChange], *, is_approved: bool, is_applied: bool) -> list[PlannedChange]:
        """Warn of the consequences of removals, and refuse those that the user did not confirm.

        Args:
            collection: the endpoints of the objects.
            plan: the plan.
            is_approved: whether the plan as a whole was approved.
            is_applied: whether the plan is about to be applied. Otherwise nothing is refused, so that the plan shows the removals.

        Returns:
            The plan, with a failure in place of each removal that is refused.
        """
        confirmation = f"force: true with the {self.resource.singular}, or its plan as expected_plan"
        guarded, removals = [], []
        for planned in plan:
            if planned.change.action == "delete" and planned.live is not None:
                removal = Removal(planned.label, planned.live, planned.change.before, planned.desired.is_forced or is_approved)
                if is_applied and (refusal := collection.removal_refusal(removal, confirmation)) is not None:
                    guarded.append(planned._replace(change=NO_CHANGE, failure=refusal))
                    continue
                removals.append(removal)
            guarded.append(planned)
        for warning in collection.removal_warnings(removals, confirmation) if removals else ():
            collection.client.warn(warning)
        return guarded

    def apply_changes(
        self, collection: ResourceCollection, plan: list[PlannedChange], live_index: LiveIndex
    ) -> tuple[dict[str, Operation], ApiError | None, BaseException | None]:
        """Apply the planned changes.

        Returns:
            The operations by label, what stopped all of them, if something did, and what ended the task from outside, such as a signal.
        """
        changing = [planned for planned in plan if planned.change.action != "none"]
        if not changing:
            return {}, None, None
        # Imported only for writes: a packed module compiles each file that it imports.
        from .executor import BulkExecutor, can_be_batched
        from .operation import Operation

        now = collection.client.now
        operations = {planned.label: Operation(self.resource, planned.change, planned.live, now=now, read_at=live_index.read_at) for planned in changing}
        executor = BulkExecutor(collection, list(operations.values()), self.concurrency, pages=live_index.pages)
        ended = executor.run(in_batches=is_batch_worthwhile(collection, self.batch, sum(map(can_be_batched, operations.values())), live_index.pages))
        return operations, executor.stop, ended


def read_account(collection: ResourceCollection, desired_objects: Sequence[DesiredObject]) -> LiveIndex:
    """Read the account, and look up the declared objects that the list does not show.

    A list of several pages can shift while it is read: if one row is removed and another is added, a row between two pages is not shown. So what
    is missing in such a list is looked up once more.

    Args:
        collection: the endpoints of the objects.
        desired_objects: the declared objects that must not be reported missing by mistake.

    Returns:
        The live objects.
    """
    client, resource = collection.client, collection.resource
    rows, pages = list_with_pages(collection)
    live: dict[str, LiveObject] = {_identity(one): one for one in rows}
    if pages > 1:
        live |= {_identity(one): one for one in _look_up_missing(collection, desired_objects, LiveIndex(resource, live.values(), client.redact), pages)}
    read_at = client.requested_at or client.now()
    return LiveIndex(resource, live.values(), client.redact, account_id=client.connection.account_id, pages=pages, read_at=read_at)


def list_with_pages(collection: ResourceCollection) -> tuple[list[dict[str, Any]], int]:
    """Read all objects. Returns them, and how many requests that took, without retries."""
    before = collection.client.statistics()
    rows = collection.list_objects()
    after = collection.client.statistics()
    return rows, max(1, (after["requests"] - after["retries"]) - (before["requests"] - before["retries"]))


def _identity(live: LiveObject) -> str:
    # An object without an id is identical to no other.
    return str(live.get("id")).lower() if live.get("id") is not None else f"without an id: {id(live)}"


def _look_up_missing(collection: ResourceCollection, desired_objects: Sequence[DesiredObject], live_index: LiveIndex, pages: int) -> list[LiveObject]:
    """Read the declared objects that a list does not show: by key and id, or by another listing, whichever takes fewer requests."""
    ids = {desired.object_id for desired in desired_objects if desired.object_id is not None and live_index.get(desired.object_id) is None}
    # A key beside an id counts, too: whether another object has it decides what is done. Not for a removal, which is by the id alone.
    keys: set[Key] = {
        desired.key
        for desired in desired_objects
        if desired.key is not None and (desired.object_id is None or desired.state == "present") and not live_index.all_by_key(desired.key)
    }
    if not ids and not keys:
        return []
    if len(keys) > collection.max_keys_in_filter or len(ids) + bool(keys) > pages:
        return list(collection.list_objects())
    found = list(collection.list_by_keys(keys)) if keys else []
    return found + [live for object_id in sorted(ids) if (live := collection.get(object_id)) is not None]


def in_scope(plan: list[PlannedChange], selected: Sequence[DesiredObject] | None) -> list[PlannedChange]:
    """The part of a plan that is about the selected objects; all of it if `selected` is None."""
    if selected is None:
        return plan
    wanted = {id(desired) for desired in selected}
    return [planned for planned in plan if id(planned.desired) in wanted]


def bulk_from_options(resource: Resource, options: Mapping[str, Any], given: Collection[str] = (), problems: Sequence[str] = ()) -> BulkDeclaration:
    """Validate the options of a module.

    Args:
        resource: the resource of the declared objects.
        options: the options, with None for those that are left out.
        given: the names of the options that are given, which tells a deliberate null from an option that is left out.
        problems: what is wrong with options that the caller validates; reported together with the others.

    Raises:
        InvalidOptionError: describes everything that is wrong, entry by entry.
    """
    found: list[str] = []
    defaults = _defaults(resource, options.get("defaults") or {}, found)
    permissions = {resource.create_option: options.get(resource.create_option)} if resource.create_option else {}
    entries = options[resource.name]
    desired_objects = [_desired(resource, index, {**entry, **permissions}, defaults, found) for index, entry in enumerate(entries)]
    declared = [desired for desired in desired_objects if desired is not None]
    _reject_duplicates(declared, found)
    found += problems
    expected_plan = _expected_plan(options, given, found)
    selected = _selected(resource, declared, options.get("only"), found, is_complete=len(declared) == len(desired_objects))
    if found:
        # Imported only after a mistake: a packed module compiles each file that it imports.
        from ..api.mistakes import join_mistakes

        raise InvalidOptionError(join_mistakes(found))
    return BulkDeclaration(resource, declared, options.get("batch") or "auto", options.get("concurrency", DEFAULT_CONCURRENCY), expected_plan, selected)


def _expected_plan(options: Mapping[str, Any], given: Collection[str], problems: list[str]) -> str | None:
    """The approved plan, or None if the option is left out. An invalid value must not pass as if no approval was required."""
    value = options.get("expected_plan")
    if value is None and "expected_plan" not in given:
        return None
    plan = str(value or "").strip().lower()
    if not _DIGEST.fullmatch(plan):
        shown = "null" if value is None else "empty" if not plan else "not a plan"
        problems.append(
            f"expected_plan is {shown}; a plan is 64 hexadecimal digits, the value plan in the result of a run in check mode. "
            "Leave the option out to apply without an approval."
        )
    return plan


def _selected(resource: Resource, declared: list[DesiredObject], only: Any, problems: list[str], *, is_complete: bool) -> list[DesiredObject] | None:
    if only is None:
        return None
    from .selection import select

    try:
        return select(resource, declared, only)
    except InvalidOptionError as error:
        # If an entry is refused, a name that matches nothing may be the name of that entry.
        if is_complete:
            problems.append(str(error))
        return []


def _defaults(resource: Resource, options: Mapping[str, Any], problems: list[str]) -> DesiredObject:
    try:
        additive = resource.fields_with_purge(options, value=False)
        return DesiredObject(resource, None, "present", resource.parse(options), resource.cleared_fields(options), additive=additive)
    except InvalidOptionError as error:
        problems.append(f"defaults: {error}")
        return DesiredObject(resource, None, "present", {})


def _desired(resource: Resource, index: int, entry: Mapping[str, Any], defaults: DesiredObject, problems: list[str]) -> DesiredObject | None:
    try:
        return desired_from_options(resource, entry, defaults)
    except InvalidOptionError as error:
        name = entry.get(resource.key_fields[0]) or entry.get(resource.id_option)
        problems.append(f"{resource.name}[{index}] ({name}): {error}")
        return None


def _reject_duplicates(desired_objects: list[DesiredObject], problems: list[str]) -> None:
    for names in ([desired.name for desired in desired_objects], [desired.object_id for desired in desired_objects]):
        seen: set[str | None] = {None}
        duplicates = dict.fromkeys(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        problems += [f"{name} is declared more than once: leave out the other entries." for name in duplicates if name is not None]


def is_batch_worthwhile(collection: ResourceCollection, mode: str, writes: int, pages: int) -> bool:
    """Whether to send batches. In the mode `auto` they must save requests: some are followed by a verification."""
    if not collection.max_batch_items:
        return False
    if mode != "auto":
        return mode == "always"
    # The answer of an atomic batch is believed.
    verification = 0 if collection.is_batch_atomic else 1 if writes <= collection.max_keys_in_filter else pages
    return -(-writes // collection.max_batch_items) + verification < writes
