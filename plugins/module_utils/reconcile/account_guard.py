# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops an account from being changed before the first write: a purge of more than was allowed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..api.errors import ApiError
from .account_options import MaxRemovals
from .account_plan import ListPlan

# A percentage always permits this many removals.
_ALWAYS_PERMITTED = 5


def too_many_removals(plans: Sequence[ListPlan], limit: MaxRemovals) -> ApiError | None:
    """Why nothing may be written: purge would remove more than `max_removals` permits, or everything because a list is empty."""
    problems = [problem for plan in plans if (problem := _problem(plan, limit)) is not None]
    if not problems:
        return None
    return ApiError(
        "too_many_removals",
        f"Nothing was written. {' '.join(problems)}",
        "Check the declared entries: a feed may be incomplete. If the removals are intended, raise max_removals, or have the plan approved and give it "
        "as expected_plan.",
    )


def permitted_removals(limit: MaxRemovals, removable: int) -> int:
    """How many entries purge may remove from a list.

    Args:
        limit: the option.
        removable: the number of live entries that purge may remove.
    """
    return max(_ALWAYS_PERMITTED, removable * limit.number // 100) if limit.is_percentage else limit.number


def _problem(plan: ListPlan, limit: MaxRemovals) -> str | None:
    count, name = len(plan.purged), plan.declaration.name
    if not count:
        return None
    if plan.declaration.is_empty and limit != MaxRemovals(100, is_percentage=True):
        return f"{name}: no entry is declared, and purge would remove {_of(count, plan.removable)}. Only max_removals: 100% permits that."
    permitted = permitted_removals(limit, plan.removable)
    if count <= permitted:
        return None
    return f"{name}: purge would remove {_of(count, plan.removable)}, and max_removals ({limit}) permits {permitted}."


def _of(count: int, removable: int) -> str:
    return f"{count} of {removable} entries"
