# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the lists of an account as YAML variables, with comments on what exempts and on what is left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ...module_utils.api.texts import truncate
from ...module_utils.audit.lists.entry import Entry
from ...module_utils.audit.lists.reach import is_regex, pattern_of, reach_of
from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.registry import LIST_NAMES, RESOURCES
from .list_policy import LeftOut, ListEntry, ListPolicy, build_list_policy
from .yaml_text import yaml_comments, yaml_mapping

# What the entries of each list do.
TITLES = {
    "allow_policies": "Allow policies exempt mail from a sender, or to a recipient, from detections.",
    "block_senders": "Mail from a blocked sender gets the disposition MALICIOUS.",
    "trusted_domains": "Trusted domains are exempt from the detection of new domains, or of domains that resemble one of yours.",
    "impersonation_registry": "The impersonation registry protects names: mail with such a name from another address is reported.",
    "content_policies": "Mail with matching text in its subject or body gets the disposition MALICIOUS.",
    "sending_domain_restrictions": "Mail from these domains that arrives without TLS is dropped.",
    "url_ignore_patterns": "Matching links are exempt from being rewritten.",
}
_EXEMPTING = tuple(name for name in LIST_NAMES if RESOURCES[name]().resource.if_created == "weaker")
_MAX_LABEL_LENGTH = 160
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def lists_yaml(account: Mapping[str, Sequence[LiveObject]]) -> Iterator[str]:
    """Write each list that was read.

    Args:
        account: the live entries by the name of the list.
    """
    for name in LIST_NAMES:
        if name in account:
            yield from _list(build_list_policy(RESOURCES[name]().resource, account[name]))


def _list(policy: ListPolicy) -> Iterator[str]:
    name = policy.resource.name
    yield f"\n{yaml_comments([TITLES[name]])}email_security_{name}:{'' if policy.entries else ' []'}\n"
    for entry in policy.entries:
        yield yaml_comments(list(_entry_comments(policy, entry)), "  ")
        yield _item(entry.options, _regexes(entry))
    if notes := list(_left_out(policy)):
        yield f"\n{yaml_comments(notes)}"


def _item(options: Mapping[str, Any], regexes: Collection[str]) -> str:
    return f"  - {yaml_mapping(options, '    ', regexes)[4:]}"


def _regexes(entry: ListEntry) -> set[str]:
    """The options whose value is a regular expression."""
    flags = {"pattern": "is_regex", "email": "is_email_regex"}
    # The patterns of content policies and URL ignore patterns have no flag: they always are.
    return {name for name, flag in flags.items() if entry.settings.get(flag, True) is True}


def _entry_comments(policy: ListPolicy, entry: ListEntry) -> Iterator[str]:
    if entry.comment:
        yield f"By its id, because {entry.comment}."
    if policy.resource.name in _EXEMPTING:
        facts = [*_created(entry.live), *_reach(policy, entry)]
        if facts:
            yield ". ".join(facts)
    for field, why in entry.undeclarable.items():
        yield f"Not declared: {field} {why}. Applying this file leaves it as it is."


def _created(live: LiveObject) -> list[str]:
    # The day and not the age, so that the file is the same tomorrow.
    created = str(live.get("created_at"))[:10]
    return [f"Created {created}"] if _DAY.fullmatch(created) else []


def _left_out(policy: ListPolicy) -> Iterator[str]:
    if policy.synchronized:
        people = "person is" if policy.synchronized == 1 else "people are"
        yield f"{policy.synchronized} {people} synchronized from a directory, and not declared. Purge does not remove them."
    if policy.left_out:
        yield f"Live {policy.resource.plural} that are not declared. Purge would remove them:"
        yield from map(_left_out_line, policy.left_out)


def _left_out_line(one: LeftOut) -> str:
    # So that the reason of a long pattern is not truncated.
    return f"- {truncate(one.label, _MAX_LABEL_LENGTH)}: {one.reason}."


def _reach(policy: ListPolicy, entry: ListEntry) -> list[str]:
    """What an exemption covers, unless that is what is written: an address or the name of a domain."""
    judged = Entry(policy.resource, "", entry.live, entry.settings)
    reach = reach_of(judged)
    is_plain = not is_regex(judged) and (reach.kind in ("address", "domain") or reach.text == pattern_of(judged))
    return [] if is_plain else [f"Reach: {reach.text}"]
