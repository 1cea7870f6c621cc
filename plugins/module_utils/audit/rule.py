# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The type of an audit rule, with its severities, directions and categories. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from ..reconcile.change import Direction
from ..resources.base import LiveObject

Category = Literal["drift", "health", "cross", "advice", "waiver"]
Severity = Literal["critical", "high", "medium", "low"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
CATEGORIES: tuple[Category, ...] = ("drift", "health", "cross", "advice", "waiver")
# The severity that switches a rule off.
OFF = "off"

_APPLY = "If the declared value is right, apply it. If the live value is right, declare it."


def _find_nothing(name: str) -> list[LiveObject]:
    return []


class FindingContext(NamedTuple):
    """What the severity of a finding may depend on.

    Attributes:
        live_settings: the live settings of the object, in their normal forms.
        resulting_settings: the same with the declared settings in their place.
        declared: the declared value of the finding.
        live: the live value of the finding.
        name: the name of the object.
        find_live: returns the live objects with a name.
    """

    live_settings: Mapping[str, Any]
    resulting_settings: Mapping[str, Any]
    declared: Any = None
    live: Any = None
    name: str = ""
    find_live: Callable[[str], list[LiveObject]] = _find_nothing


def decided_by_check(context: FindingContext) -> bool:
    """For rules on lists: the check decides which severity applies, and says so in its match."""
    return False


class SeverityCase(NamedTuple):
    """A severity that differs from the rule's own: the condition as text for the documentation, and as a function."""

    severity: Severity
    condition: str
    applies: Callable[[FindingContext], bool]


class Rule(NamedTuple):
    """One kind of finding.

    An id never changes its meaning: waivers, dashboards and earlier reports refer to it.

    Attributes:
        field: the field that is compared or checked, if the rule is about one field.
        direction: whether protection is weaker or stricter than decided.
        summary: template of the finding's message. Placeholders: `{subject}`, `{declared}` and `{live}`; for lists also `{lost}` (declared, not
            live), `{gained}` (live, not declared) and `{affected}` (the live items that the rule is about).
        why: why it matters.
        remedy: what to do.
        cases: conditions under which the severity differs from `severity`; the first that applies wins.
    """

    id: str
    category: Category
    field: str | None
    severity: Severity
    direction: Direction
    title: str
    summary: str
    why: str
    remedy: str = _APPLY
    cases: tuple[SeverityCase, ...] = ()

    def severity_in(self, context: FindingContext) -> Severity:
        """Return the severity of a finding in this context."""
        return next((case.severity for case in self.cases if case.applies(context)), self.severity)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """All severities that a finding of this rule may have, the worst first."""
        possible = {self.severity, *(case.severity for case in self.cases)}
        return tuple(severity for severity in SEVERITIES if severity in possible)
