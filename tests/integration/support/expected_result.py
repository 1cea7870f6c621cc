"""The expected change of each entry of an email_security_domains task: an independent oracle for the tests.

It is derived from the task and the live domains alone, and compares by reference_equality.py instead of the collection's own code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from integration.support.fleet_step import Domain, integer_id_of
from integration.support.reference_equality import normal_form, normal_settings

SETTABLE_FIELDS = [item.name for item in DOMAIN.fields if item.name != "domain"]
REQUIRED_ON_CREATE = [item.name for item in DOMAIN.fields if item.is_required and item.name != "domain"]
# Lists that only the option `clear` empties, because an empty value in a playbook may be an accident.
GUARDED_FIELDS = [item.name for item in DOMAIN.fields if item.if_emptied]


@dataclass(frozen=True)
class ExpectedChange:
    """What one entry of the task changes.

    Args:
        entry: the entry.
        live: the live domain that is meant, if there is exactly one.
        desired: the declared settings in normal form. None for a field that is cleared.
        action: "none", "create", "update" or "delete".
        changes: the values before and after, by field.
        kind: kind of the failure, if the entry cannot be applied.
    """

    entry: Mapping[str, Any]
    live: Domain | None
    desired: dict[str, Any]
    action: str
    changes: dict[str, tuple[Any, Any]]
    kind: str | None = None

    @property
    def labels(self) -> set[str]:
        """Names and ids by which a result may identify the domain."""
        labels = {normal_form("domain", self.entry.get(key)) for key in ("domain", "name")} | {str(self.entry.get("domain_id")).strip().lower()}
        if self.live:
            name = normal_form("domain", self.live["domain"])
            # If several live domains have the name, a result adds the id.
            labels |= {name, self.live["id"], str(integer_id_of(self.live)), f"{name} ({self.live['id']})"}
        return labels - {None, "none"}


def expected_changes(args: Mapping[str, Any], live: Sequence[Domain]) -> list[ExpectedChange]:
    """The expected change of each entry, in the order of the entries.

    Args:
        args: options of the task.
        live: the stored domains before the task.
    """
    live_by_key: dict[str, list[Domain]] = {}
    for each in live:
        for key in (normal_form("domain", each["domain"]), each["id"], str(integer_id_of(each))):
            live_by_key.setdefault(key, []).append(each)
    defaults = args.get("defaults") or {}
    return [_expected_change(entry, desired_of(entry, defaults), _cleared_fields(entry, defaults), live_by_key) for entry in args["domains"]]


def desired_of(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The declared settings in normal form, those of the defaults included. None for a field that is cleared."""
    if entry.get("state") == "absent":
        return {}
    desired = {}
    for options in (defaults, entry):
        desired |= {name: options[name] for name in SETTABLE_FIELDS if options.get(name) is not None}
        desired |= dict.fromkeys(options.get("clear") or ())
    if entry.get("domain_id") is not None and (entry.get("domain") or entry.get("name")):
        desired["domain"] = entry.get("domain") or entry.get("name")
    return {name: normal_form(name, value) for name, value in desired.items()}


def _cleared_fields(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> set[str]:
    """The fields that `clear` empties. A value in the entry overrides `clear` of the defaults."""
    given = {name for name in SETTABLE_FIELDS if entry.get(name) is not None}
    return set(entry.get("clear") or ()) | (set(defaults.get("clear") or ()) - given)


def _expected_change(entry: Mapping[str, Any], desired: dict[str, Any], cleared: set[str], live_by_key: Mapping[str, list[Domain]]) -> ExpectedChange:
    name, live_id = normal_form("domain", entry.get("domain") or entry.get("name")), str(entry.get("domain_id") or "").strip().lower()
    found = live_by_key.get(live_id or name, [])
    is_absent = entry.get("state") == "absent"
    if len(found) > 1:
        return ExpectedChange(entry, None, desired, "none", {}, "conflict")
    if not found:
        created = {"domain": name, **{key: value for key, value in desired.items() if value is not None}}
        if is_absent:
            return ExpectedChange(entry, None, desired, "none", {})
        if live_id or not set(REQUIRED_ON_CREATE) <= set(desired):
            return ExpectedChange(entry, None, desired, "none", {}, "not_found")
        return ExpectedChange(entry, None, desired, "create", {key: (None, value) for key, value in created.items()})
    live = normal_settings(found[0])
    if is_absent and live_id and name and live["domain"] != name:
        return ExpectedChange(entry, found[0], desired, "none", {}, "conflict")
    if is_absent:
        return ExpectedChange(entry, found[0], desired, "delete", {})
    changes = {key: (live[key], value) for key, value in desired.items() if live[key] != value}
    if any(key in changes and not changes[key][1] and key not in cleared for key in GUARDED_FIELDS):
        return ExpectedChange(entry, found[0], desired, "none", {}, "unsafe")
    return ExpectedChange(entry, found[0], desired, "update" if changes else "none", changes)
