# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reports call the resources of an account: the mail domains and the lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ...module_utils.api.texts import truncate

_MAX_LENGTH = 100
DOMAINS = "domains"
# Of a waiver for the entries of every list.
ANY_LIST = "lists"
# The lists whose entries skip detections. Their entries are in the register of exemptions.
EXEMPTING = ("allow_policies", "trusted_domains", "url_ignore_patterns")


class Words(NamedTuple):
    """What a resource is called as a whole, and what one and several of its objects are."""

    title: str
    one: str
    many: str


# In the order of the reports: what exempts from detections comes before what adds to them.
_WORDS = {
    DOMAINS: Words("Domains", "domain", "domains"),
    "allow_policies": Words("Allow policies", "exemption", "exemptions"),
    "trusted_domains": Words("Trusted domains", "exemption", "exemptions"),
    "url_ignore_patterns": Words("URL ignore patterns", "exemption", "exemptions"),
    "block_senders": Words("Blocked senders", "blocked sender", "blocked senders"),
    "content_policies": Words("Content policies", "content policy", "content policies"),
    "impersonation_registry": Words("Impersonation registry", "person", "people"),
    "sending_domain_restrictions": Words("Sending domain restrictions", "restriction", "restrictions"),
    ANY_LIST: Words("All lists", "entry", "entries"),
}
_LIST = Words("", "list", "lists")
_ENTRY = Words("", "entry", "entries")
_WAIVER = Words("", "waiver", "waivers")


def resource_of(finding: Mapping[str, Any]) -> str:
    """The resource of a finding. Findings of releases before the lists were audited are all about domains."""
    return str(finding.get("resource") or (DOMAINS if finding.get("entry") is None else ANY_LIST))


def is_about_list(finding: Mapping[str, Any]) -> bool:
    return resource_of(finding) != DOMAINS


def resource_title(name: str) -> str:
    """The name of a resource as a heading, in plain text. That of a later release is made from its name in the API."""
    return _WORDS[name].title if name in _WORDS else truncate(name, _MAX_LENGTH).replace("_", " ").capitalize()


def resource_phrase(name: str) -> str:
    """The name of a resource within a sentence."""
    title = resource_title(name)
    return title if title.startswith("URL") else title[:1].lower() + title[1:]


def in_order(names: Iterable[str]) -> list[str]:
    """The names of resources in the order in which reports show them."""
    known = list(_WORDS)
    return sorted(names, key=lambda name: (known.index(name) if name in _WORDS else len(known), name))


def words_for(findings: Iterable[Mapping[str, Any]]) -> Words:
    """What to call that which some findings are about, such as domains, people or lists."""
    given = list(findings)
    if given[0]["category"] == "waiver":
        return _WAIVER
    # A list can be about both an entry and a list as a whole only if rules are mixed, which no group does.
    if all(is_about_list(finding) and not finding.get("entry") for finding in given):
        return _LIST
    found = {_WORDS.get(name, _ENTRY)[1:] for name in {resource_of(finding) for finding in given}}
    return Words("", *found.pop()) if len(found) == 1 else _ENTRY
