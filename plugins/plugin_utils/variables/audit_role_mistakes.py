# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of the role audit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .list_mistakes import list_mistakes
from .values import MASK, NUMBER_OF_DAYS, Variables, find_non_mappings, in_one_line, is_blank, is_list

_PREFIX = re.compile(r"[A-Za-z_]\w*\Z")
_NUMBER = re.compile(r"[0-9]+\Z")
_NAMES_OF_LISTS = ("audit_resources", "audit_own_domains", "audit_purge")
_PATHS = ("audit_directory", "audit_name", "audit_title", "audit_previous")
_HEAD = ("audit_account_name", "audit_policy_file", "audit_policy_version")
_UNTOUCHED = "Nothing was read or written."


def find_audit_role_mistakes(
    values: Mapping[str, Any],
    omit: Any,
    lists: Mapping[str, Any],
    list_names: Sequence[str],
    resources: Sequence[str],
    purged: Sequence[str],
    fail_conditions: Sequence[str],
) -> list[str]:
    """Return what is wrong with the variables of the role, in sentences.

    Args:
        values: the variables. audit_domains is omit if it is not defined.
        omit: Ansible's variable of this name.
        lists: the value of each variable of a list that is defined.
        list_names: the names of all lists.
        resources: the names in audit_resources.
        purged: the names in audit_purge.
        fail_conditions: the conditions in audit_fail_on.
    """
    variables = Variables(values, omit)
    return in_one_line(
        [
            *_domain_mistakes(variables, has_lists=bool(lists)),
            *_fail_on_mistakes(variables, fail_conditions),
            *_waiver_mistakes(variables),
            *list_mistakes(lists, "Leave the variable out if the list is not declared.", omit),
            *_resource_mistakes(variables, resources, ["all", "domains", *list_names]),
            *_list_option_mistakes(variables, purged, has_lists=bool(lists)),
            *_only_mistakes(variables),
            *_path_mistakes(variables),
            *_head_mistakes(variables),
            *_retention_mistakes(variables),
        ]
    )


def _domain_mistakes(variables: Variables, has_lists: bool) -> Iterator[str]:
    domains = variables["audit_domains"]
    hint = "so nothing would be compared. Check that the policy was loaded: this happens if a file was not found or if the name of a variable is misspelt."
    if variables.is_omitted("audit_domains"):
        if not has_lists:
            yield f"Neither audit_domains nor a list is given, {hint}"
    elif not is_list(domains) or not domains or find_non_mappings(domains):
        yield f"audit_domains is empty, or not every item of it is a mapping, {hint}"


def _fail_on_mistakes(variables: Variables, conditions: Sequence[str]) -> Iterator[str]:
    fail_on = variables["audit_fail_on"]
    has_others = not isinstance(fail_on, str) and any(not isinstance(item, str) for item in fail_on or ())
    if not conditions or has_others or (len(conditions) > 1 and "never" in conditions):
        yield (
            "audit_fail_on is empty, or combines never with other conditions. Valid conditions are critical, high, medium and low, with the prefix weaker, "
            "stronger or neutral if only that direction counts (stronger:high), and drift. Separate several with commas."
        )


def _waiver_mistakes(variables: Variables) -> Iterator[str]:
    waivers = variables["audit_waivers"]
    if variables.is_empty("audit_waivers") or is_list(waivers):
        return
    # Before ansible-core 2.19, a template turns a list that contains a date into a text.
    has_date = "datetime.date(" in str(waivers)
    yield "audit_waivers must be a list." + (
        ' It contains a date without quotes, which this release of ansible-core cannot pass on: write it as "2027-01-31".' if has_date else ""
    )


def _resource_mistakes(variables: Variables, resources: Sequence[str], choices: Sequence[str]) -> Iterator[str]:
    if any(isinstance(variables[name], Mapping) or variables.is_omitted(name) or _is_spaces(variables[name]) for name in _NAMES_OF_LISTS):
        yield ("audit_resources, audit_own_domains and audit_purge must be lists of names. Leave out a variable that you have no value for. " + _UNTOUCHED)
    if unknown := list(dict.fromkeys(name for name in resources if name not in choices)):
        yield f"audit_resources contains {', '.join(unknown)}; the choices are {', '.join(choices)}. {_UNTOUCHED}"
    if not variables.is_empty("audit_lists_prefix") and not _is_match(_PREFIX, variables["audit_lists_prefix"]):
        yield "audit_lists_prefix must be the beginning of the names of the variables of lists, such as email_security_. " + _UNTOUCHED


def _list_option_mistakes(variables: Variables, purged: Sequence[str], has_lists: bool) -> Iterator[str]:
    if not variables.is_empty("audit_max_age") and not NUMBER_OF_DAYS.match(str(variables["audit_max_age"])):
        yield "audit_max_age must be a number of days, at least 1. Leave it out for the limits of the rules. " + _UNTOUCHED
    # Otherwise, a mistyped name of a list would leave it unmanaged.
    if purged and not has_lists:
        yield f"audit_purge is {', '.join(purged)}, and no list is declared. {_UNTOUCHED}"
    if not variables.is_empty("audit_keep") and not isinstance(variables["audit_keep"], Mapping):
        yield "audit_keep must be a mapping of names of lists to patterns. Leave it out or leave it empty if you do not need it. " + _UNTOUCHED


def _only_mistakes(variables: Variables) -> Iterator[str]:
    # An undefined variable must not select all domains.
    if variables.is_omitted("audit_only"):
        yield "audit_only is omitted, and that does not name domains. Set it to null or an empty string for all domains."


def _path_mistakes(variables: Variables) -> Iterator[str]:
    directory, *others = _PATHS
    are_texts = _is_given_text(variables, directory) and all(variables.is_empty(name) or _is_given_text(variables, name) for name in others)
    if not are_texts or _has_mask(variables, _PATHS) or variables.is_omitted("audit_formats"):
        yield (
            "audit_directory, audit_name, audit_title and audit_previous must be strings without ********, the mask that replaces a secret, and "
            "audit_formats must be a list of formats. Leave out a variable that you have no value for. " + _UNTOUCHED
        )


def _head_mistakes(variables: Variables) -> Iterator[str]:
    account, files, version = _HEAD
    are_texts = all(variables.is_empty(name) or _is_given_text(variables, name) for name in (account, version))
    if not are_texts or not _are_files(variables, files) or _has_mask(variables, _HEAD):
        yield (
            "audit_account_name and audit_policy_version must be strings, and audit_policy_file a string or a list of strings, none blank, all without "
            "********, the mask that replaces a secret. Leave out a variable that you have no value for. " + _UNTOUCHED
        )


def _are_files(variables: Variables, name: str) -> bool:
    value = variables[name]
    if is_list(value):
        return all(isinstance(item, str) and not is_blank(item) and not variables.is_omit(item) for item in value)
    return variables.is_empty(name) or _is_given_text(variables, name)


def _retention_mistakes(variables: Variables) -> Iterator[str]:
    names = ("audit_keep_reports", "audit_keep_days")
    if not all(variables.is_empty(name) or _NUMBER.match(str(variables[name])) for name in names):
        yield "audit_keep_reports and audit_keep_days must be numbers that are not negative. Leave out what you do not need. " + _UNTOUCHED


def _is_given_text(variables: Variables, name: str) -> bool:
    value = variables[name]
    return isinstance(value, str) and not is_blank(value) and not variables.is_omitted(name)


def _has_mask(variables: Variables, names: Iterable[str]) -> bool:
    return any(MASK in str(variables[name]) for name in names)


def _is_spaces(value: Any) -> bool:
    """Whether the value is a text of spaces. An empty text counts as not given."""
    return value != "" and is_blank(value)


def _is_match(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.match(value) is not None
