# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that reports explain: those on domains and, only if lists were audited, those on lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ...module_utils.audit import registry
from ...module_utils.audit.rule import Rule
from .resource_names import DOMAINS


# Thousands of findings have the same rule.
@lru_cache(maxsize=1024)
def find_rule(rule_id: str) -> Rule | None:
    """The rule with an id; None for one of another release. Imports only the table that it can be in."""
    return registry.find_rule(rule_id)


def rules_on(resources: Iterable[str]) -> list[Rule]:
    """The rules on some resources, and those on waivers."""
    names = set(resources)
    rules = [rule for rule in registry.RULES.values() if DOMAINS in names or rule.category == "waiver"]
    return [*rules, *_list_rules(names - {DOMAINS})]


def _list_rules(lists: set[str]) -> list[Rule]:
    """The rules on some lists, and those on every list."""
    if not lists:
        return []
    from ...module_utils.audit.lists.registry import list_of_rule, list_rules

    return [rule for rule in list_rules().values() if list_of_rule(rule.id) in {None, *lists}]
