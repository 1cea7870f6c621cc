# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of URL ignore patterns. A pattern is read, and never compiled or run. Pure."""

from __future__ import annotations

from typing import Any

from ...reconcile.desired import DesiredObject
from ...resources.url_ignore_patterns import URL_IGNORE_PATTERN
from ..data.senders import FILE_SHARES, LINK_SHORTENERS
from ..lookups.names import find_listed
from ..lookups.public_suffixes import registrable_domain
from ..patterns.reading import PatternReading
from .endings import end_of
from .entry import Account, Entry, EntryMatch, ListAudit, Matches
from .reach import reach_of, reading_of
from .url_ignore_pattern_rules import URL_IGNORE_PATTERN_RULES

# A pattern that demands fewer letters and digits than this, beside those of the scheme, matches links that nobody had in mind.
_MIN_LETTERS = 6
# The limit of the dashboard; the API accepts more.
_MAX_DASHBOARD_LENGTH = 512
_SERVICES = LINK_SHORTENERS | FILE_SHARES
# Each customer has a subdomain of its own, although the name is no public suffix.
_CUSTOMER_SUBDOMAINS = ("sharepoint.com",)


def _undeclared(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-URL-001", live="present")


def _missing(desired: DesiredObject, account: Account) -> Matches:
    yield EntryMatch("ES-URL-002", declared=desired.settings.get("pattern") or desired.label)


def _differing(entry: Entry, field: str, declared: Any, live: Any, account: Account) -> Matches:
    # An entry that is declared by its id can have another pattern: the declared one is missing, and the live one is not declared.
    if field == "pattern":
        yield EntryMatch("ES-URL-001", field=field, declared=declared, live=live)
        yield EntryMatch("ES-URL-002", field=field, declared=declared, live=live)


def _unwanted(entry: Entry, account: Account) -> Matches:
    yield EntryMatch("ES-URL-005", declared=end_of(entry))


def _check_pattern(entry: Entry, account: Account) -> Matches:
    reading = reading_of(entry)
    # An unreadable pattern is reported by a rule for all lists.
    if reading is None:
        return
    letters = reading.minimum - _scheme_letters(reading, str(entry.settings["pattern"]))
    if letters <= 0:
        yield EntryMatch("ES-URL-101", live="matches every link")
    elif demands := _too_few_demands(reading, letters):
        yield EntryMatch("ES-URL-101", severity="medium", live=demands)
    if not reading.url_hosts:
        yield EntryMatch("ES-URL-102")


def _scheme_letters(reading: PatternReading, pattern: str) -> int:
    """How many of the letters that a match must contain are those of its scheme."""
    if not reading.has_scheme:
        return 0
    return 5 if pattern.replace("\\", "").lower().partition("://")[0].endswith("https") else 4


def _too_few_demands(reading: PatternReading, letters: int) -> str:
    # A whole registrable domain is specific, however short it is.
    is_specific = bool(reading.url_hosts) and all(map(registrable_domain, reading.url_hosts))
    few = f"demands only {letters} {'letter or digit' if letters == 1 else 'letters or digits'}" if letters < _MIN_LETTERS and not is_specific else ""
    if reading.has_scheme:
        return few
    return f"{few}, and no http:// or https:// before them" if few else "demands no http:// or https:// at its beginning"


def _check_service(entry: Entry, account: Account) -> Matches:
    reading = reading_of(entry)
    hosts = {*(reading.url_hosts if reading else ()), *reach_of(entry).domains}
    if services := sorted(filter(_is_open_to_anybody, hosts)):
        yield EntryMatch("ES-URL-103", live=services)


def _is_open_to_anybody(host: str) -> bool:
    """Whether anybody can publish links or files on a host. A subdomain of such a service that belongs to one of its customers is not open."""
    service = find_listed(host, _SERVICES)
    owner = registrable_domain(host)
    belongs_to_customer = host != service and (service in _CUSTOMER_SUBDOMAINS or (owner is not None and owner.endswith(f".{service}")))
    return service is not None and not belongs_to_customer


def _check_text(entry: Entry, account: Account) -> Matches:
    # A field that is not in the server's response is not checked.
    has_no_comment = "comments" in entry.live and not str(entry.settings["comments"]).strip()
    length = len(str(entry.settings["pattern"] or ""))
    problems = ["has no comment"] * has_no_comment + [f"has {length} characters"] * (length > _MAX_DASHBOARD_LENGTH)
    if problems:
        yield EntryMatch("ES-URL-104", live=" and ".join(problems))


AUDIT = ListAudit(
    resource=URL_IGNORE_PATTERN,
    rules=URL_IGNORE_PATTERN_RULES,
    undeclared=_undeclared,
    # Each pattern exempts something.
    judges_undeclared=True,
    missing=_missing,
    differing=_differing,
    unwanted=_unwanted,
    checks=(_check_pattern, _check_service, _check_text),
)
