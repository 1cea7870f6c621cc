# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that reports explain: those on domains and, only if lists were audited, those on lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...module_utils.audit.registry import RULES
from ...module_utils.audit.rule import Rule
from .resource_names import DOMAINS

_WAIVER = "waiver"


def find_rule(rule_id: str) -> Rule | None:
    """The rule with an id; None for one of another release."""
    return RULES.get(rule_id) or _list_rules().get(rule_id)


def rules_on(resources: Iterable[str]) -> list[Rule]:
    """The rules on some resources, and those on waivers."""
    names = set(resources)
    of_domains = [rule for rule in RULES.values() if DOMAINS in names or rule.category == _WAIVER]
    return of_domains


def _list_rules() -> dict[str, Rule]:
    return {}
