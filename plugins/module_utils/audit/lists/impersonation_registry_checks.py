# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the impersonation registry: single people, the registry as a whole, and what other lists say of its people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from ...resources.base import Key
from ...resources.impersonation_registry import IMPERSONATION_REGISTRY_ENTRY
from ...resources.mail_flow import parse_timestamp
from ..data.senders import FREEMAIL
from ..lookups.names import find_listed
from ..lookups.own_domains import OwnDomains
from ..lookups.person_names import fold_name
from .entry import Account, Entry, EntryMatch, Matches
from .exemption import exempts_anything
from .reach import reach_of, reading_of

ListMatches = Iterator[tuple["Entry | None", EntryMatch]]

MIN_PEOPLE = 5
MAX_UNCHANGED = timedelta(days=120)

_REGISTRY = IMPERSONATION_REGISTRY_ENTRY.name


def is_at_own_domains(entry: Entry, account: Account) -> bool:
    """Whether every address of an entry is at one of your domains, as far as those are known."""
    reach, reading, own = reach_of(entry), reading_of(entry), OwnDomains.of(account)
    is_open = reading is not None and "open" in (reading.boundary, reading.end)
    return reach.kind in ("domain", "address") and not is_open and all(map(own.contains, reach.domains))


def check_expression(entry: Entry, account: Account) -> Matches:
    """Judge which addresses an expression makes genuine."""
    reach = reach_of(entry)
    if reach.kind == "anything":
        yield EntryMatch("ES-VIP-101", live="addresses at every domain")
    elif reach.kind == "hardly_anything":
        yield EntryMatch("ES-VIP-101", "high", live=reach.text)


def check_undeclared_address(entry: Entry, account: Account) -> Matches:
    """Judge where the address of a person is that no declaration is about. People from a directory are decided there."""
    domains = reach_of(entry).domains
    if entry.is_declared or entry.is_synchronized or not domains:
        return
    if any(find_listed(domain, FREEMAIL) for domain in domains):
        yield EntryMatch("ES-VIP-102", live="at a provider where anybody can open a mailbox")
    # Without a known domain of yours, nothing is known to be elsewhere.
    elif account.own_domains and not any(map(OwnDomains.of(account).contains, domains)):
        yield EntryMatch("ES-VIP-102", "medium", live="at none of your domains")


def check_directory_name(entry: Entry, account: Account) -> Matches:
    """Report a declared person that a directory has with another name, so that the declaration cannot be applied."""
    desired = entry.planned.desired if entry.planned is not None and entry.planned.failure is not None else None
    if desired is None or desired.state != "present" or not entry.is_synchronized:
        return
    name = desired.settings.get("name")
    if name is not None and name != entry.settings["name"]:
        yield EntryMatch("ES-VIP-104", declared=name, live=entry.settings["name"])


def check_names(account: Account) -> ListMatches:
    """Find undeclared addresses with the name of a declared person."""
    names, addresses = _declared_people(account)
    for entry in account.entries.get(_REGISTRY, ()) if names else ():
        is_candidate = not entry.is_declared and not entry.is_synchronized and _key_of(entry) not in addresses
        if is_candidate and (name := _name_of(entry)) and fold_name(name) in names:
            yield entry, EntryMatch("ES-VIP-002", live=name)


def _declared_people(account: Account) -> tuple[set[str], set[Key | None]]:
    """The names of the declared people in their folded form, and all of their addresses."""
    wanted = [desired for desired in account.declared.get(_REGISTRY, ()) if desired.state == "present"]
    names = {fold_name(str(desired.settings["name"])) for desired in wanted if desired.settings.get("name")}
    return names, {desired.key for desired in wanted}


def check_maintenance(account: Account) -> ListMatches:
    """Judge whether the registry has people, enough of them, and whether somebody maintains it."""
    entries = account.entries.get(_REGISTRY)
    if entries is None:
        return
    if not entries:
        yield None, EntryMatch("ES-VIP-103")
        return
    # A person may have several addresses, each of which is an entry.
    people = len({fold_name(_name_of(entry)) for entry in entries})
    last_change = _last_change(entries)
    is_old = last_change is not None and account.now - last_change > MAX_UNCHANGED
    # The day and not the age, which would change from audit to audit.
    since = [f"no entry has changed since {last_change.astimezone(timezone.utc).date().isoformat()}"] if is_old and last_change else []
    if people < MIN_PEOPLE:
        count = f"it has {people} {'person' if people == 1 else 'people'}"
        yield None, EntryMatch("ES-VIP-105", live=" and ".join([count, *since]))
    elif since:
        yield None, EntryMatch("ES-VIP-105", "low", live=since[0])


def _last_change(entries: Sequence[Entry]) -> datetime | None:
    """When an entry was changed last; None if that is unknown of any entry."""
    times = [parse_timestamp(entry.live.get("modified_at")) or parse_timestamp(entry.live.get("created_at")) for entry in entries]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def check_other_lists(account: Account) -> ListMatches:
    """Find people whose address is also blocked or exempt, as far as those lists were read."""
    blocked = {key for entry in account.entries.get("block_senders", ()) for key in _keys_of(entry)}
    exempt = {key for entry in account.entries.get("allow_policies", ()) if exempts_anything(entry) for key in _keys_of(entry)}
    for entry in account.entries.get(_REGISTRY, ()) if blocked or exempt else ():
        keys = _keys_of(entry)
        found = [word for word, listed in (("blocked", blocked), ("exempt", exempt)) if not keys.isdisjoint(listed)]
        if found:
            yield entry, EntryMatch("ES-VIP-106", live=" and ".join(found))


def _keys_of(entry: Entry) -> set[Key]:
    """The key of an entry, and the address of an expression that is nothing else."""
    key = _key_of(entry)
    keys = set() if key is None else {key}
    reading = reading_of(entry)
    if reading is not None and reading.literal and "@" in reading.literal:
        keys.add((reading.literal.lower(), False))
    return keys


def _key_of(entry: Entry) -> Key | None:
    return entry.resource.key_of(entry.settings)


def _name_of(entry: Entry) -> str:
    return str(entry.settings.get("name") or "")
