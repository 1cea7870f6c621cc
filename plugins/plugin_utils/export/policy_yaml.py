# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy as a file of variables in YAML, which Ansible reads back exactly."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from ...module_utils.resources.base import LiveObject
from .policy import STATUS_LABELS, Policy, PolicyEntry, build_policy, clean, statuses, to_options

_HEAD = """\
# The mail domains of an account as they are live: variables for email_security_domains, email_security_audit and the playbooks
# of mailops.cloudflare. Written by its role export, which writes the same again as long as the settings are the same.
"""
_DEFAULTS_HEAD = "What most domains share. A domain that you add is given it, too, unless it says otherwise."
_DOMAINS_HEAD = "Each with the settings in which it is not like the defaults. Below # stands what cannot be declared, or is not for you to set."
# What makes Ansible evaluate a text.
_TEMPLATES = ("{{", "{%", "{#")


class _Dumper(yaml.SafeDumper):
    """Writes what ansible-lint and people expect: lists indented, no aliases, a server's templates marked as none."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    tag = "!unsafe" if any(mark in text for mark in _TEMPLATES) else "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, text)


_Dumper.add_representer(str, _text)


def policy_yaml(domains: Iterable[LiveObject]) -> str:
    """The file. The same for the same domains, whatever their order."""
    policy = build_policy(domains)
    return "".join(["---\n", _HEAD, *_defaults(policy), *_domains(policy)])


def _defaults(policy: Policy) -> Iterator[str]:
    comments = [f"Not among them: {name}, because a domain below has a value that cannot be declared." for name in policy.without_default]
    if policy.defaults:
        yield "\nemail_security_defaults:\n"
        yield _indented([_DEFAULTS_HEAD, *comments], to_options(policy.defaults))
    else:
        yield f"\n{_comments(comments)}email_security_defaults: {{}}\n"


def _domains(policy: Policy) -> Iterator[str]:
    yield f"\n{_comments([_DOMAINS_HEAD])}email_security_domains:{'' if policy.entries else ' []'}\n"
    for entry in policy.entries:
        yield _indented(_remarks(entry), [{**entry.handle, **to_options(entry.settings)}])
    if policy.left_out:
        yield "\n" + _comments(["Live, and not declared:", *(f"- {label}: {why}." for label, why in policy.left_out)])


def _remarks(entry: PolicyEntry) -> Iterator[str]:
    portrait = entry.portrait
    if entry.remark:
        yield f"{entry.remark}."
    words = statuses(portrait.live)
    told = [f"{STATUS_LABELS[field]} {words[field]}" for field in STATUS_LABELS if field in words]
    told += [{"yes": "authorized", "no": "not authorized"}[words["authorized"]]] if "authorized" in words else []
    if told:
        yield ", ".join(told)
    for name, why in portrait.refused.items():
        yield f"Not declared: {name} {why}."


def _indented(comments: Iterable[str], data: Any) -> str:
    written = yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=False)
    return textwrap.indent(_comments(comments) + written, "  ")


def _comments(lines: Iterable[str]) -> str:
    """Lines that stay comments whatever a server has put into them."""
    return "".join(f"# {clean(line)}\n" for line in lines)
