"""An entry of each list, for the tests of the modules for one entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from integration.support.step import Step


class Case(NamedTuple):
    """What is done with an entry of a list.

    Attributes:
        resource: the name of the list in the API.
        key: the options that find the entry.
        settings: further options.
        update: an option with another value.
        stored: what is stored of a new entry.
        edited: what another client changes.
        has_filter: whether entries can be found by a filter.
    """

    resource: str
    key: dict[str, Any]
    settings: dict[str, Any]
    update: dict[str, Any]
    stored: dict[str, Any]
    edited: dict[str, Any]
    has_filter: bool = True


PATTERN = {"pattern": "xn--mller-kva.example", "is_regex": False, "comments": "SEC-1"}
TYPED = {**PATTERN, "pattern_type": "DOMAIN"}
CASES = {
    "allow_policy": Case(
        *("allow_policies", {"pattern": "Müller.example"}, {"is_acceptable_sender": True, "comments": "SEC-1"}, {"verify_sender": False}),
        {**TYPED, "is_trusted_sender": False, "is_exempt_recipient": False, "is_acceptable_sender": True, "verify_sender": True},
        {"comments": "by another"},
    ),
    "block_sender": Case("block_senders", {"pattern": "Müller.example"}, {"comments": "SEC-1"}, {"comments": ""}, TYPED, {"comments": "by another"}),
    "trusted_domain": Case(
        *("trusted_domains", {"pattern": "Müller.example"}, {"is_recent": True, "comments": "SEC-1"}, {"is_similarity": True}),
        {**PATTERN, "is_recent": True, "is_similarity": False},
        {"comments": "by another"},
    ),
    "impersonation_registry_entry": Case(
        *("impersonation_registry", {"email": "Ann@Example.com"}, {"name": "Ann  Lee"}, {"name": "Ann Lee-Hill"}),
        {"email": "ann@example.com", "is_email_regex": False, "name": "Ann Lee", "comments": None},
        {"name": "By another"},
        has_filter=False,
    ),
    "content_policy": Case(
        *("content_policies", {"name": "Gift cards"}, {"pattern": r"(?i)\bgift\s+card", "targets": ["SUBJECT", "BODY"]}, {"enabled": False}),
        {"name": "Gift cards", "pattern": r"(?i)\bgift\s+card", "targets": ["BODY", "SUBJECT"], "enabled": True, "notes": None},
        {"pattern": "by another"},
    ),
    "sending_domain_restriction": Case(
        *("sending_domain_restrictions", {"domain": "Partner.example."}, {"comments": "SEC-1"}, {"exclude": ["Printers.partner.example"]}),
        {"domain": "partner.example", "exclude": [], "comments": "SEC-1"},
        {"comments": "by another"},
        has_filter=False,
    ),
    "url_ignore_pattern": Case(
        *("url_ignore_patterns", {"pattern": r"^https://login\.example\.com/.*"}, {"comments": "SEC-1"}, {"comments": "SEC-2"}),
        {"pattern": r"^https://login\.example\.com/.*", "comments": "SEC-1"},
        {"comments": "by another"},
        has_filter=False,
    ),
}
MODULES = list(CASES)


def task(module: str, *options: Mapping[str, Any], **more: Any) -> Step:
    """A task for the entry of the case. It continues with the account of the task before, unless it is given the live entries."""
    merged: dict[str, Any] = dict(CASES[module].key)
    for each in options:
        merged |= each
    return Step(merged, f"mailops.cloudflare.email_security_{module}", keep_state="lists" not in more, **more)


def outcomes_of_every_kind(module: str) -> list[Step]:
    """Tasks that together return every documented key."""
    case = CASES[module]
    live = {case.resource: [case.stored]}
    [field] = case.update
    edit = {"do": "edit", "resource": case.resource, "id": case.stored[next(iter(case.key))], "values": case.edited, "match": {"method": "PATCH"}}
    wanted, updated = (case.settings,), (case.settings, case.update)
    return [
        task(module, *wanted, lists={case.resource: []}),
        task(module, *wanted, lists={case.resource: []}, check=True),
        task(module, *wanted, lists=live),
        task(module, *updated, lists=live),
        task(module, {"state": "absent"}, lists=live),
        task(module, *wanted, lists=live, faults=[{"do": "status", "status": 400}]),
        task(module, *updated, {"max_wait": 2}, lists=live, faults=[edit, {"do": "reset", "match": {"method": "PATCH"}}]),
        task(module, *updated, {"max_wait": 1}, lists=live, habits={"not_applied": [field]}),
        task(module, *wanted, lists={case.resource: [case.stored, {**case.stored, **case.edited}]}),
        task(module, {"no_such_option": 1}),
    ]
