# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All audited objects at a glance, those without findings as well: a report must show what was checked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange
from ..resources.base import LiveObject
from .registry import ResourceAudit

UNDECLARED = "undeclared"


def overview_of(
    resource_audit: ResourceAudit, plan: Sequence[PlannedChange], states: Sequence[str], undeclared: Iterable[LiveObject], live_index: LiveIndex
) -> list[dict[str, Any]]:
    """List the audited objects.

    Args:
        resource_audit: the rules and checks of the resource.
        plan: the declared objects that are audited, compared with the account.
        states: how each of them compares with its declaration.
        undeclared: the other live objects that are audited.
        live_index: the live objects.

    Returns:
        An entry for each object, sorted by name. The live settings are left out if the object does not exist or is ambiguous.
    """
    entries = [*_declared(resource_audit, plan, states, live_index), *_undeclared(resource_audit, undeclared, live_index)]
    return sorted(entries, key=lambda entry: str(entry["domain"]))


def _declared(resource_audit: ResourceAudit, plan: Sequence[PlannedChange], states: Sequence[str], live_index: LiveIndex) -> Iterator[dict[str, Any]]:
    for planned, state in zip(plan, states, strict=True):
        is_live = planned.live is not None or bool(live_index.all_by_key(planned.desired.key))
        # Normalized by the comparison already.
        details = resource_audit.overview(planned.live, planned.change.before) if planned.live is not None else {}
        yield {"domain": planned.label, "declared": True, "live": is_live, "state": state, **details}


def _undeclared(resource_audit: ResourceAudit, undeclared: Iterable[LiveObject], live_index: LiveIndex) -> Iterator[dict[str, Any]]:
    resource = resource_audit.resource
    for live in undeclared:
        details = resource_audit.overview(live, resource.normalize(live))
        yield {"domain": live_index.unique_name(live) or str(live.get("id")), "declared": False, "live": True, "state": UNDECLARED, **details}
