# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many mail domains as a user declares them: refused if they cannot be meant, compared with the account in memory, brought about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ._domains import DOMAIN, MOST_NAMES_IN_A_FILTER, Domains, warning_of_dropped_mail
from ._errors import CloudflareError, OptionError
from ._fields import Whole
from ._pages import PER_PAGE
from ._plan import Planned, digest_of, plan_for, refuse_unsafe
from ._report import report
from ._roster import Roster
from ._wish import Wish, wish_from

if TYPE_CHECKING:
    from ._client import Client
    from ._operation import Operation

BATCH_MODES = ("auto", "always", "never")
MOST_CONNECTIONS = 10
# So many mistakes are told at once; the rest would be of the same kind.
_MOST_TOLD = 20


class Fleet(NamedTuple):
    """What a task wants of many domains, and how it may go about it."""

    wishes: list[Wish]
    batch: str
    concurrency: int
    expected_plan: str | None

    def bring_about(self, client: Client, *, check_mode: bool) -> dict[str, Any]:
        """Make the wishes come true, or in check mode say what that would take. Answers with what the module returns.

        Always reads the whole account, because what is live and not declared must be told, too.
        """
        domains = Domains(client)
        roster = Roster(domains.all(), client.quoted)
        plan = refuse_unsafe(plan_for(self.wishes, roster))
        if warning := warning_of_dropped_mail((wish.label, wish.settings) for wish in self.wishes):
            client.warn(warning)
        digest = digest_of(plan)
        stop = self._refusal(plan, digest)
        operations: dict[str, Operation] = {}
        if stop is None and not check_mode:
            operations, stop = self._carry_out(domains, plan, pages=-(-len(roster.all) // PER_PAGE))
        return report(plan, roster, operations, stop) | {"plan": digest}

    def _refusal(self, plan: list[Planned], digest: str) -> CloudflareError | None:
        """Why nothing may be written. A plan with nothing to do passes: a job that is run again finds all of it done."""
        if self.expected_plan in (None, digest) or all(planned.change.action == "none" for planned in plan):
            return None
        return CloudflareError(
            "conflict",
            f"The plan is {digest}, and expected_plan is {self.expected_plan}: what would be done now is not what was approved.",
            "Nothing was written. The live settings or the declared ones have changed since: see in check mode, without expected_plan, "
            "what would be done, and have that approved.",
        )

    def _carry_out(self, domains: Domains, plan: list[Planned], pages: int) -> tuple[dict[str, Operation], CloudflareError | None]:
        """Make the planned changes. Answers with what became of them, and with what stopped all of them, if something did."""
        changing = [planned for planned in plan if planned.change.action != "none"]
        if not changing:
            return {}, None
        # Loaded for a write only: each line of module_utils is compiled anew for each task.
        from ._operation import Operation
        from ._waves import Waves, may_be_batched

        operations = {planned.label: Operation(DOMAIN, planned.change, planned.live) for planned in changing}
        waves = Waves(domains, list(operations.values()), self.concurrency)
        if _is_batch_worth_it(self.batch, sum(map(may_be_batched, operations.values())), pages):
            waves.send_in_batches()
        waves.send_singly()
        return operations, waves.stop


def fleet_from(options: Mapping[str, Any]) -> Fleet:
    """The fleet in a module's options. Errors: OptionError, which names all that is wrong, entry by entry."""
    wrong: list[str] = []
    defaults = _defaults(options.get("defaults") or {}, wrong)
    wishes = [_wish(index, entry, defaults, wrong) for index, entry in enumerate(options["domains"])]
    _refuse_twins([wish for wish in wishes if wish is not None], wrong)
    concurrency = options.get("concurrency", 8)
    try:
        Whole(1, MOST_CONNECTIONS).wish(concurrency)
    except ValueError as error:
        wrong.append(f"concurrency {error}.")
    expected = options.get("expected_plan")
    if expected is not None and not expected.strip():
        wrong.append("expected_plan is empty: leave it out to apply whatever the plan is.")
    if wrong:
        more = f" And {len(wrong) - _MOST_TOLD} more." if len(wrong) > _MOST_TOLD else ""
        raise OptionError(" ".join(wrong[:_MOST_TOLD]) + more)
    return Fleet([wish for wish in wishes if wish is not None], options.get("batch") or "auto", concurrency, expected and expected.strip().lower())


def _defaults(options: Mapping[str, Any], wrong: list[str]) -> Wish:
    try:
        return Wish(None, "present", DOMAIN.desired(options), DOMAIN.cleared(options))
    except OptionError as error:
        wrong.append(f"defaults: {error}")
        return Wish(None, "present", {})


def _wish(index: int, entry: Mapping[str, Any], defaults: Wish, wrong: list[str]) -> Wish | None:
    try:
        wish = wish_from(entry)
    except OptionError as error:
        wrong.append(f"domains[{index}] ({entry.get('domain') or entry.get('domain_id')}): {error}")
        return None
    # In normal forms, so that a setting that is cleared outranks a default value, and the other way round.
    return wish if wish.state == "absent" else wish.outranking(defaults)


def _refuse_twins(wishes: list[Wish], wrong: list[str]) -> None:
    for handles in ([wish.name for wish in wishes], [wish.domain_id for wish in wishes]):
        seen: set[str | None] = {None}
        twins = dict.fromkeys(handle for handle in handles if handle in seen or seen.add(handle))  # type: ignore[func-returns-value]
        wrong += [f"{handle} is declared twice: leave one of the entries out." for handle in twins if handle is not None]


def _is_batch_worth_it(mode: str, writes: int, pages: int) -> bool:
    """Whether batches are wanted, which in the mode C(auto) they are where they save requests: each is followed by a reading."""
    if mode != "auto":
        return mode == "always"
    reading = 1 if writes <= MOST_NAMES_IN_A_FILTER else pages
    return -(-writes // PER_PAGE) + reading < writes
