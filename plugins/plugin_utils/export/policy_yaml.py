# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a policy as a YAML file of variables, which Ansible reads back exactly."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.registry import LIST_NAMES
from .lists_yaml import lists_yaml
from .policy import STATUS_LABELS, Policy, PolicyEntry, build_policy, clean, statuses, to_options

_HEAD = """\
# The live mail domains of an account: variables for email_security_domains, email_security_audit and the playbooks of mailops.cloudflare.
# Written by its role export, which writes the same file again while the settings are the same.
"""
_ACCOUNT_HEAD = """\
# The live mail domains and lists of an account: variables for email_security_account and the playbooks of mailops.cloudflare.
# Written by its role export, which writes the same file again while the settings are the same.
"""
_DEFAULTS_HEAD = "Settings that most domains share. They also apply to domains that you add."
_DOMAINS_HEAD = "The settings that differ from the defaults. Comments show read-only values and values that cannot be declared."
# Ansible evaluates a text that contains one of these.
_TEMPLATE_MARKS = ("{{", "{%", "{#")


class _Dumper(yaml.SafeDumper):
    """Indents lists as ansible-lint expects, uses no aliases, and marks templates from the server as unsafe."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    tag = "!unsafe" if any(mark in text for mark in _TEMPLATE_MARKS) else "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, text)


_Dumper.add_representer(str, _text)


def policy_yaml(domains: Iterable[LiveObject]) -> str:
    """Return the file for the domains. It does not depend on their order."""
    return "".join(["---\n", _HEAD, *_policy(domains)])


def account_yaml(account: Mapping[str, Sequence[LiveObject]], not_entitled: Iterable[str] = ()) -> str:
    """Return the file for the resources that were read. It does not depend on the order of their objects.

    Args:
        account: the live objects by the name of the resource.
        not_entitled: the resources that the account does not have.
    """
    missing = ", ".join(sorted(not_entitled))
    head = _ACCOUNT_HEAD if missing or any(name in account for name in LIST_NAMES) else _HEAD
    notes = _comments([f"Not in this file, because the account does not have it: {missing}."] if missing else [])
    return "".join(["---\n", head, notes, *(_policy(account["domains"]) if "domains" in account else ()), *lists_yaml(account)])


def _policy(domains: Iterable[LiveObject]) -> Iterator[str]:
    policy = build_policy(domains)
    yield from _defaults(policy)
    yield from _domains(policy)


def _defaults(policy: Policy) -> Iterator[str]:
    comments = [f"No default for {name}, because a domain below has {_undeclarable_value(policy, name)}." for name in policy.without_default]
    if policy.defaults:
        yield "\nemail_security_defaults:\n"
        yield _indented([_DEFAULTS_HEAD, *comments], to_options(policy.defaults))
    else:
        yield f"\n{_comments(comments)}email_security_defaults: {{}}\n"


def _domains(policy: Policy) -> Iterator[str]:
    yield f"\n{_comments([_DOMAINS_HEAD])}email_security_domains:{'' if policy.entries else ' []'}\n"
    for entry in policy.entries:
        yield _indented(_entry_comments(entry), [{**entry.identifier, **to_options(entry.settings)}])
    if policy.left_out:
        yield "\n" + _comments(["Live domains that cannot be declared:", *(f"- {label}: {why}." for label, why in policy.left_out)])


def _entry_comments(entry: PolicyEntry) -> Iterator[str]:
    if entry.comment:
        yield f"{entry.comment}."
    values = statuses(entry.domain.live)
    texts = [f"{STATUS_LABELS[field]} {values[field]}" for field in STATUS_LABELS if field in values]
    texts += [{"yes": "authorized", "no": "not authorized"}[values["authorized"]]] if "authorized" in values else []
    if texts:
        yield ", ".join(texts)
    for name, why in entry.domain.undeclarable.items():
        # Without a value, such as the next hop of a domain that is not inline, there is nothing to declare.
        if not _is_unset(entry.domain.live, name):
            yield f"Not declared: {name} {why}. Applying this file leaves it as it is."


def _undeclarable_value(policy: Policy, name: str) -> str:
    live = [entry.domain.live for entry in policy.entries if name in entry.domain.undeclarable]
    return "none" if all(_is_unset(each, name) for each in live) else "a value that cannot be declared"


def _is_unset(live: LiveObject, name: str) -> bool:
    return live.get(name) in (None, "")


def _indented(comments: Iterable[str], data: Any) -> str:
    written = yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=False)
    return textwrap.indent(_comments(comments) + written, "  ")


def _comments(lines: Iterable[str]) -> str:
    # Cleaned, so that no text from the server can end its comment.
    return "".join(f"# {clean(line)}\n" for line in lines)
