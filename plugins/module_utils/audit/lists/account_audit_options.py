# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an audit of lists: what is declared, and what is read besides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...reconcile.account_keep import KeepPatterns
from ...reconcile.account_options import ListDeclaration, lists_from_options, parse_own_domains
from ...resources.field_types import IntegerRange
from ...resources.registry import LIST_NAMES, RESOURCES
from ..audit import audit_from_options
from ..registry import DOMAIN_AUDIT
from ..waiver import DOMAINS
from .account_audit import AccountAudit

# All resources, as a value of the option `resources`.
ALL_RESOURCES = "all"
_MAX_AGE = IntegerRange(1, 36_500)


def account_audit_from_options(options: Mapping[str, Any]) -> AccountAudit:
    """Create the audit that a module's options describe.

    With `only`, which selects declared domains, lists are validated and not read.

    Raises:
        InvalidOptionError: describes everything that is wrong, list by list and entry by entry.
    """
    problems: list[str] = []
    declared = {declaration.name: declaration for declaration in lists_from_options(_resources(), options, problems)}
    own_domains = parse_own_domains(options.get("own_domains") or (), [])
    max_age = _max_age(options, problems)
    has_domains = options.get(DOMAINS) is not None
    is_partial = options.get("only") is not None
    resources = _named_resources(options)
    if not (has_domains or declared or resources):
        problems.append(f"Nothing is to be audited: give {DOMAINS}, or at least one of {', '.join(LIST_NAMES)}, or name what to read in resources.")
    elif is_partial and not has_domains:
        problems.append(f"only is given, and {DOMAINS} is not: it selects declared domains. Lists are audited without it.")
    # What only selects from is reported above.
    domain_options = {**options, DOMAINS: options.get(DOMAINS) or [], "only": options.get("only") if has_domains else None}
    domains = audit_from_options(domain_options, DOMAIN_AUDIT, problems)
    read = [] if is_partial else [name for name in LIST_NAMES if name in declared or name in resources]
    return AccountAudit(
        domains=domains,
        has_domains=has_domains,
        reads_domains=has_domains or DOMAINS in resources,
        lists=[declared.get(name) or _undeclared(name) for name in read],
        declared_lists=frozenset(declared),
        own_domains=own_domains,
        max_age=max_age,
    )


def _resources() -> dict[str, Any]:
    return {name: RESOURCES[name] for name in LIST_NAMES}


def _named_resources(options: Mapping[str, Any]) -> set[str]:
    named = set(options.get("resources") or ())
    return set(RESOURCES) if ALL_RESOURCES in named else named


def _undeclared(name: str) -> ListDeclaration:
    """A list that is read and not declared."""
    return ListDeclaration(name, RESOURCES[name](), [], True, False, KeepPatterns(), (), ())


def _max_age(options: Mapping[str, Any], problems: list[str]) -> int | None:
    value = options.get("max_age")
    if value is None:
        return None
    try:
        return int(_MAX_AGE.parse(value))
    except ValueError as error:
        problems.append(f"max_age {error}.")
        return None
