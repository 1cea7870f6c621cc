# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of a policy, for the playbooks audit and apply. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils.audit.rule import SEVERITIES
from .list_mistakes import list_mistakes
from .values import MASK, NUMBER_OF_DAYS, Variables, find_non_mappings, in_one_line, is_blank, is_list

_PLAN = re.compile(r"[0-9a-fA-F]{64}\Z")
_DOMAIN = re.compile(r"[a-zA-Z0-9.-]+[.][a-zA-Z]{2,}\Z")
_BOOLEANS = ("true", "yes", "on", "1", "false", "no", "off", "0")
# The value of email_security_plan if no plan was approved.
ANY = "any"
ALL = "all"


def find_policy_mistakes(
    values: Mapping[str, Any], omit: Any, lists: Mapping[str, Any], list_names: Sequence[str], purged: Sequence[str], is_limited: bool
) -> list[str]:
    """Return what is wrong with the variables of a policy, in sentences.

    Args:
        values: the variables. email_security_domains is missing if it is not defined.
        omit: Ansible's variable of this name.
        lists: the value of each variable of a list that is defined.
        list_names: the names of all lists.
        purged: the names in email_security_purge.
        is_limited: whether some of the domains are selected.
    """
    variables = Variables(values, omit)
    return in_one_line(
        [
            *_domain_mistakes(variables, has_lists=bool(lists)),
            *_type_mistakes(variables),
            *_only_mistakes(variables),
            *_onboard_mistakes(variables),
            *list_mistakes(lists, "Leave the variable out if the list is not managed here.", omit),
            *_purge_mistakes(variables, purged, [] if lists else list_names),
            *_option_mistakes(variables),
            *_selection_mistakes(variables, has_lists=bool(lists), is_limited=is_limited),
            *(_apply_mistakes(variables) if "email_security_plan" in variables else ()),
        ]
    )


def _domain_mistakes(variables: Variables, has_lists: bool) -> Iterator[str]:
    domains = variables["email_security_domains"]
    if "email_security_domains" not in variables:
        if not has_lists:
            yield "No policy is given. Give the file that declares email_security_domains: -e @policy.yml"
        return
    item = ""
    if not is_list(domains):
        what = variables.describe("email_security_domains")
    # An empty policy is a mistake, such as a pattern that matched no file: nothing would be compared, and the audit would find nothing.
    elif not domains:
        what = "an empty list"
    elif others := find_non_mappings(domains):
        what, item = "a list, and not every item of it is a mapping", _describe_item(*others[0])
    else:
        return
    yield (
        f"email_security_domains is {what}.{item} A policy is a list that declares at least one domain, each as {{domain: example.com}} with its own "
        "settings. Check the file that you gave and the variables that the list is built from."
    )


def _describe_item(number: int, item: Any) -> str:
    """Describe an item that is not a mapping. A text is shown only if it looks like the name of a domain."""
    if isinstance(item, str) and _DOMAIN.match(item):
        what = f"{item}: write `- domain: {item}`"
    else:
        what = "null" if item is None else "a list" if is_list(item) else "not a mapping"
    return f" email_security_domains[{number}] is {what}."


def _type_mistakes(variables: Variables) -> Iterator[str]:
    optional = "Leave it out or leave it empty if you do not need it."
    for name in ("email_security_defaults", "email_security_waivers", "email_security_severities"):
        if variables.is_empty(name):
            continue
        if name == "email_security_waivers":
            if what := variables.describe_unless_mappings(name):
                yield f"{name} is {what}, and must be a list of mappings. {optional}"
        elif not isinstance(variables[name], Mapping):
            yield f"{name} is {variables.describe(name)}, and must be a mapping. {optional}"


def _only_mistakes(variables: Variables) -> Iterator[str]:
    # Neither of these may select all domains: an undefined variable with default(omit), or the mask, which matches every domain if it is read as a pattern.
    if variables.is_omitted("email_security_only") or _is_masked(variables, "email_security_only"):
        yield (
            f"email_security_only is {variables.show('email_security_only')}, and that does not name domains. Write the names of the domains. "
            "Leave the variable out or leave it empty for all domains."
        )


def _onboard_mistakes(variables: Variables) -> Iterator[str]:
    # Only an explicit true onboards a domain. The audit checks it as well, because onboarding is part of the plan.
    if not variables.is_empty("email_security_onboard") and str(variables["email_security_onboard"]).lower() not in _BOOLEANS:
        yield (
            f"email_security_onboard is {variables.show('email_security_onboard')}; it must be true or false. With true, declared domains that are not "
            "live are onboarded; with false, which is the default, each of them is a failure."
        )


def _purge_mistakes(variables: Variables, purged: Sequence[str], undeclared: Sequence[str]) -> Iterator[str]:
    if what := _not_names(variables, "email_security_purge"):
        yield f"email_security_purge is {what}; it must be a list of names of lists, or all."
    # Otherwise, a mistyped name of a list would leave it unmanaged.
    if purged and undeclared:
        yield (
            f"email_security_purge is {', '.join(purged)}, and no list is declared. The variables of the lists are "
            f"{', '.join(f'email_security_{name}' for name in undeclared)}."
        )


def _not_names(variables: Variables, name: str) -> str:
    """Describe a value that is neither a list nor a text with names; empty if it is."""
    return "" if is_list(variables[name]) and not _is_masked(variables, name) else _not_a_text(variables, name)


def _not_a_number(variables: Variables, name: str) -> str:
    """Describe a value that is neither a number nor a text, which the module reads; empty if it is."""
    return "" if isinstance(variables[name], (int, float)) else _not_a_text(variables, name)


def _not_a_text(variables: Variables, name: str) -> str:
    """Describe a value that is not a text, is blank or contains the mask; empty if it is another text or was not given."""
    if variables.is_empty(name):
        return ""
    if _is_masked(variables, name):
        return variables.show(name)
    if isinstance(variables[name], str) and not variables.is_omitted(name):
        return "blank" if is_blank(variables[name]) else ""
    return variables.describe(name)


def _is_masked(variables: Variables, name: str) -> bool:
    return MASK in str(variables[name])


def _option_mistakes(variables: Variables) -> Iterator[str]:
    if not variables.is_empty("email_security_keep") and not isinstance(variables["email_security_keep"], Mapping):
        yield (
            f"email_security_keep is {variables.describe('email_security_keep')}, and must be a mapping of names of lists to patterns. Leave it out or "
            "leave it empty if you do not need it."
        )
    if what := _not_a_number(variables, "email_security_max_removals"):
        yield f"email_security_max_removals is {what}; it must be a number, or a percentage such as 10%."
    if what := _not_names(variables, "email_security_own_domains"):
        yield f"email_security_own_domains is {what}; it must be a list of names of domains."
    if not variables.is_empty("email_security_max_age") and not NUMBER_OF_DAYS.match(str(variables["email_security_max_age"])):
        yield (
            f"email_security_max_age is {variables.show('email_security_max_age')}; it must be a number of days, at least 1. Leave it out for the "
            "limits of the rules."
        )


def _selection_mistakes(variables: Variables, has_lists: bool, is_limited: bool) -> Iterator[str]:
    if "email_security_domains" not in variables and has_lists and is_limited:
        yield "email_security_only and email_security_from select domains, and the policy declares no email_security_domains: leave them out."


def _apply_mistakes(variables: Variables) -> Iterator[str]:
    bound, plan = variables["email_security_bound"], variables["email_security_plan"]
    if bound not in (*SEVERITIES, ALL):
        yield f"email_security_from is {variables.show('email_security_bound')}; the choices are {', '.join(SEVERITIES)} and {ALL}."
    # Only an undefined variable or the word any means that no plan was approved. The report of a failed audit has null, and a lost plan is empty.
    if plan == ANY:
        return
    if not isinstance(plan, str) or not _PLAN.match(plan):
        given = "null" if plan is None else "empty" if plan == "" else variables.show("email_security_plan")
        yield (
            f"email_security_plan is {given}; it must be the 64 hexadecimal digits of a plan from an audit. Leave it out, or set it to any, if no plan was "
            "approved. Nothing was written."
        )
    # A plan covers all changes to the audited domains. A subset of the changes has another plan.
    if bound != ALL:
        yield (
            "email_security_from and email_security_plan are both given. A plan is approved as a whole: leave email_security_from out, or select domains "
            "with email_security_only, in the audit and here."
        )
