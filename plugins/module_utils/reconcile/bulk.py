# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many mail domains as a user declares them: refused if they cannot be meant, compared with the account in memory, brought about."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import ApiError, InvalidOptionError
from ..api.pagination import PER_PAGE
from ..resources.base import NO_CHANGE, LiveObject
from ..resources.domains import DOMAIN, MAX_NAMES_IN_FILTER, Domains, warning_of_dropped_mail
from ..resources.field_types import IntegerRange
from .desired import DesiredObject, desired_from_options, warn_of_stopped_mail
from .index import LiveIndex
from .plan import AllowedDifferences, PlannedChange, make_plan, plan_digest, refuse_unsafe
from .results import bulk_result

if TYPE_CHECKING:
    from ..api.client import Client
    from .operation import Operation

BATCH_MODES = ("auto", "always", "never")
MAX_CONNECTIONS = 10
# So many mistakes are told at once; the rest would be of the same kind.
_MAX_MISTAKES_SHOWN = 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BulkDeclaration(NamedTuple):
    """What a task wants of many domains, and how it may go about it.

    `wishes` is all that is declared. `chosen` holds those that the task is about; None means all of them. `allowed` is what may differ.
    """

    desired_objects: list[DesiredObject]
    batch: str
    concurrency: int
    expected_plan: str | None
    chosen: list[DesiredObject] | None = None
    allowed: AllowedDifferences | None = None

    def apply(self, client: Client, *, check_mode: bool) -> dict[str, Any]:
        """Apply the changes, or in check mode say what they would be.

        Always reads the whole account, because what is live and not declared must be told, too.

        Args:
            client: the connection to the account.
            check_mode: whether to write nothing.

        Returns:
            What the module returns.
        """
        domains = Domains(client)
        live_index = read_account(domains, self.desired_objects if self.chosen is None else self.chosen)
        whole = make_plan(self.desired_objects, live_index, self.allowed)
        plan = refuse_unsafe(in_scope(whole, self.chosen))
        if warning := warning_of_dropped_mail((planned.desired.label, planned.desired.settings) for planned in plan):
            client.warn(warning)
        warn_of_stopped_mail(client.warn, ((planned.label, planned.change.after, planned.live) for planned in plan), self._allowed_states(plan))
        digest = plan_digest(plan, client.connection.account_id)
        stop = self._refusal(plan, digest)
        # After the digest: it must be the same in check mode and in the run, and an approved plan removes what it shows.
        plan = self._guard_removals(domains, plan, is_approved=self.expected_plan == digest, writes=stop is None and not check_mode)
        operations: dict[str, Operation] = {}
        ended: BaseException | None = None
        if stop is None and not check_mode:
            operations, stop, ended = self._apply_changes(domains, plan, live_index)
        scope = None if self.chosen is None else sorted(planned.label for planned in plan)
        result = bulk_result(plan, live_index, operations, stop, whole=whole) | {"plan": digest, "scope": scope}
        if ended is not None:
            from .interruption import with_result

            raise with_result(ended, result)
        return result

    def _allowed_states(self, plan: list[PlannedChange]) -> Callable[[str, str], bool] | None:
        """A function that says of a domain, by its label, and a rule whether the state that the rule describes is allowed; None if nothing is."""
        allowed = self.allowed
        if allowed is None:
            return None
        by_label = {planned.label: planned for planned in plan}
        return lambda label, rule_id: allowed.allows_state(by_label[label], rule_id)

    def _guard_removals(self, domains: Domains, plan: list[PlannedChange], *, is_approved: bool, writes: bool) -> list[PlannedChange]:
        """Warn of mail that removals would stop, and refuse those that nobody said are meant.

        Args:
            domains: the domains of the account.
            plan: what there is to do.
            is_approved: whether the plan as a whole was approved.
            writes: whether the plan is about to be applied. Otherwise nothing is refused, so that the plan shows the removals.

        Returns:
            The plan, with a failure in the place of each removal that is refused.
        """
        if not any(planned.change.action == "delete" for planned in plan):
            return plan
        # Loaded for a removal only: each line of module_utils is compiled anew for each task.
        from datetime import datetime, timezone

        from .removal import FORCE_OR_PLAN, Removal, warnings_of_mail

        now = datetime.now(timezone.utc)
        guarded, removals = [], []
        for planned in plan:
            if planned.change.action == "delete" and planned.live is not None:
                removal = Removal(planned.label, planned.live, planned.desired.force or is_approved)
                if writes and (refusal := removal.refusal(now, FORCE_OR_PLAN)) is not None:
                    guarded.append(planned._replace(change=NO_CHANGE, failure=refusal))
                    continue
                removals.append(removal)
            guarded.append(planned)
        for warning in warnings_of_mail(removals, now, FORCE_OR_PLAN):
            domains.client.warn(warning)
        return guarded

    def _refusal(self, plan: list[PlannedChange], digest: str) -> ApiError | None:
        """Why nothing may be written. A plan with nothing to do passes: a job that is run again finds all of it done."""
        if self.expected_plan in (None, digest) or all(planned.change.action == "none" for planned in plan):
            return None
        return ApiError(
            "conflict",
            f"The plan is {digest}, and expected_plan is {self.expected_plan}: what would be done now is not what was approved.",
            "Nothing was written. The account is another one, or the live settings, the declared ones, the waivers or the choice of domains have "
            "changed since: see in check mode, without expected_plan, what would be done, and have that approved.",
        )

    def _apply_changes(
        self, domains: Domains, plan: list[PlannedChange], live_index: LiveIndex
    ) -> tuple[dict[str, Operation], ApiError | None, BaseException | None]:
        """Make the planned changes.

        Returns:
            What became of them, what stopped all of them, if something did, and what ended the task from outside, such as a signal.
        """
        changing = [planned for planned in plan if planned.change.action != "none"]
        if not changing:
            return {}, None, None
        # Loaded for a write only: each line of module_utils is compiled anew for each task.
        from .executor import BulkExecutor, can_be_batched
        from .operation import Operation

        operations = {
            planned.label: Operation(DOMAIN, planned.change, planned.live, now=domains.client.now, read_at=live_index.read_at) for planned in changing
        }
        executor = BulkExecutor(domains, list(operations.values()), self.concurrency, pages=live_index.pages)
        try:
            if _is_batch_worth_it(self.batch, sum(map(can_be_batched, operations.values())), live_index.pages):
                executor.send_in_batches()
            executor.send_individually()
        except Exception:
            executor.cancel()
            raise
        except BaseException as ended:  # noqa: BLE001 - a signal's: the task's time limit, Ctrl-C; what was done must be told all the same
            executor.end(ended)
            return operations, executor.stop, ended
        return operations, executor.stop, None


def read_account(domains: Domains, desired_objects: Sequence[DesiredObject]) -> LiveIndex:
    """Read the account, and make sure of the declared domains that the list does not show.

    A list of several pages can shift while it is read: one row leaves and another joins, and a row between two pages is not shown. So what is missing
    in such a list is looked up once more.

    Args:
        domains: the domains of the account.
        wishes: the declared domains that must not be called missing by mistake.

    Returns:
        The live domains.
    """
    client = domains.client
    before = client.statistics()
    live: dict[str, LiveObject] = {_key(one): one for one in domains.all()}
    after = client.statistics()
    pages = max(1, (after["requests"] - after["retries"]) - (before["requests"] - before["retries"]))
    if pages > 1:
        live |= {_key(one): one for one in _looked_up(domains, desired_objects, LiveIndex(live.values(), client.redact), pages)}
    return LiveIndex(live.values(), client.redact, account_id=client.connection.account_id, pages=pages, read_at=client.requested_at or client.now())


def _key(live: LiveObject) -> str:
    # One whose id the server did not tell is like no other.
    return str(live.get("id")).lower() if live.get("id") is not None else f"without an id: {id(live)}"


def _looked_up(domains: Domains, desired_objects: Sequence[DesiredObject], live_index: LiveIndex, pages: int) -> list[LiveObject]:
    """What another look finds of the declared domains that a list does not show. By name and id, or by another reading of the list, whichever is cheaper."""
    ids = {desired.domain_id for desired in desired_objects if desired.domain_id is not None and live_index.read(desired.domain_id) is None}
    # A name beside an id counts too: whether another domain has it decides what is done. Not of a removal, which is by the id alone.
    names = {
        desired.name
        for desired in desired_objects
        if desired.name and (desired.domain_id is None or desired.state == "present") and not live_index.named(desired.name)
    }
    if not ids and not names:
        return []
    if len(names) > MAX_NAMES_IN_FILTER or len(ids) + bool(names) > pages:
        return list(domains.all())
    found = list(domains.named(names)) if names else []
    return found + [live for domain_id in sorted(ids) if (live := domains.read(domain_id)) is not None]


def in_scope(plan: list[PlannedChange], chosen: Sequence[DesiredObject] | None) -> list[PlannedChange]:
    """The part of a plan that is about the chosen domains. None means all of it."""
    if chosen is None:
        return plan
    meant = {id(desired) for desired in chosen}
    return [planned for planned in plan if id(planned.desired) in meant]


def bulk_from_options(options: Mapping[str, Any], given: Collection[str] = ()) -> BulkDeclaration:
    """Read and check a module's options.

    Args:
        options: the options, with null for those that were left out.
        given: the names of the options that were given, so that a null on purpose is told from one that was left out.

    Returns:
        The fleet.

    Raises:
        OptionError: it names all that is wrong, entry by entry.
    """
    wrong: list[str] = []
    defaults = _defaults(options.get("defaults") or {}, wrong)
    onboard = options.get("onboard") is not False
    desired_objects = [_desired(index, entry, defaults, wrong, onboard=onboard) for index, entry in enumerate(options["domains"])]
    declared = [desired for desired in desired_objects if desired is not None]
    _reject_duplicates(declared, wrong)
    concurrency = options.get("concurrency", 8)
    try:
        IntegerRange(1, MAX_CONNECTIONS).parse(concurrency)
    except ValueError as error:
        wrong.append(f"concurrency {error}.")
    expected = _expected_plan(options, given, wrong)
    chosen = _chosen(declared, options.get("only"), wrong, is_whole=len(declared) == len(desired_objects))
    if wrong:
        more = f" And {len(wrong) - _MAX_MISTAKES_SHOWN} more." if len(wrong) > _MAX_MISTAKES_SHOWN else ""
        raise InvalidOptionError(" ".join(wrong[:_MAX_MISTAKES_SHOWN]) + more)
    return BulkDeclaration(declared, options.get("batch") or "auto", concurrency, expected, chosen)


def _expected_plan(options: Mapping[str, Any], given: Collection[str], wrong: list[str]) -> str | None:
    """The plan that was approved, or None if the option was left out. What was given and is none must not pass as if nothing had to be approved."""
    value = options.get("expected_plan")
    if value is None and "expected_plan" not in given:
        return None
    plan = str(value or "").strip().lower()
    if not _DIGEST.fullmatch(plan):
        shown = "null" if value is None else "empty" if not plan else "not a plan"
        wrong.append(
            f"expected_plan is {shown}; a plan is 64 hexadecimal digits, as the result of a run in check mode has them under the name plan. "
            "Leave the option out to apply without an approval."
        )
    return plan


def _chosen(declared: list[DesiredObject], only: Any, wrong: list[str], *, is_whole: bool) -> list[DesiredObject] | None:
    if only is None:
        return None
    from .selection import chosen

    try:
        return chosen(declared, only)
    except InvalidOptionError as error:
        # Where an entry is refused, a name that fits nothing may be that one's.
        if is_whole:
            wrong.append(str(error))
        return []


def _defaults(options: Mapping[str, Any], wrong: list[str]) -> DesiredObject:
    try:
        return DesiredObject(None, "present", DOMAIN.desired(options), DOMAIN.cleared(options))
    except InvalidOptionError as error:
        wrong.append(f"defaults: {error}")
        return DesiredObject(None, "present", {})


def _desired(index: int, entry: Mapping[str, Any], defaults: DesiredObject, wrong: list[str], *, onboard: bool) -> DesiredObject | None:
    try:
        desired = desired_from_options({**entry, "onboard": onboard})
    except InvalidOptionError as error:
        wrong.append(f"domains[{index}] ({entry.get('domain') or entry.get('domain_id')}): {error}")
        return None
    # In normal forms, so that a setting that is cleared outranks a default value, and the other way round.
    return desired if desired.state == "absent" else desired.outranking(defaults)


def _reject_duplicates(desired_objects: list[DesiredObject], wrong: list[str]) -> None:
    for handles in ([desired.name for desired in desired_objects], [desired.domain_id for desired in desired_objects]):
        seen: set[str | None] = {None}
        duplicates = dict.fromkeys(handle for handle in handles if handle in seen or seen.add(handle))  # type: ignore[func-returns-value]
        wrong += [f"{handle} is declared twice: leave one of the entries out." for handle in duplicates if handle is not None]


def _is_batch_worth_it(mode: str, writes: int, pages: int) -> bool:
    """Whether batches are wanted, which in the mode C(auto) they are where they save requests: each is followed by a reading."""
    if mode != "auto":
        return mode == "always"
    reading = 1 if writes <= MAX_NAMES_IN_FILTER else pages
    return -(-writes // PER_PAGE) + reading < writes
