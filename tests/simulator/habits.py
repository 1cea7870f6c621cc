"""Habits: ways in which a real server may differ from what the documentation suggests. Each is a switch, off by default.

The habits in this file change how a stored domain is *shown*, and those in `entry_habits.py` how an entry of a list is. The habits that change what a
call does (filters, paging, stale reads, fields that are not stored) are implemented in `listing.py`, `operations.py`, `account.py` and `entries.py`;
`OTHERS` lists them. A new habit of showing is one function below.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from . import entry_habits
from .domains import LISTS
from .envelope import dumps
from .lists import Entry
from .names import unicode_form
from .settings import Settings
from .store import Record

Row = dict[str, Any]
Show = Callable[[Row, Any, int], Row]

SHOWN: dict[str, Show] = {}
OTHERS = {
    "shuffle_pages": "the rows of a LIST come in another order at each call; 'always': even where an order is asked for",
    "stale_reads": "reads after a write show the old state: a number of reads, or {'reads': n} or {'seconds': s}",
    "not_applied": "these fields are silently not applied by a write",
    "refused_fields": "{domain name: [fields]}: a write of such a field is refused 400",
    "fuzzy_name_filter": "the domain filter finds parts of names, too",
    "ignored_name_filter": "the domain filter is ignored",
    "no_result_info": "a LIST has no result_info",
    "no_total": "result_info has no totals",
    "page_ignored": "every page is the first one",
    "partial_answer": "a PATCH answers the id and what was sent, nothing else",
    "echo_only": "a PATCH is answered as if it was stored, and nothing is stored",
    "total_unfiltered": "total_count counts every row of the account, whatever the filter",
    "total_of_page": "total_count is the count of the page",
    "total_too_high": "total_count is too high by one, or by a number, and always the same",
    "total_pages": "result_info has total_pages, which other products send and this one does not",
    "exact_stored_filter": "the domain filter compares with the stored spelling, letter by letter",
    "shifting_pages": "between page 1 and page 2 one row leaves page 1 and another joins the end",
    "stale_lists": "so many lists after a creation do not show it; a read by id does",
    "takes_duplicates": "a second domain of one name is onboarded",
    "delete_ignored": "a removal is acknowledged, in a batch as well, and nothing is removed",
    "delete_bare_404": "a removal is answered 404 without an error code, and nothing is removed",
    "get_404_auth": "a read by id is answered 404 with the authentication code 10000",
    "verification_status_only": "a DNS proof is its status alone",
    "verification_refused": "a read of a DNS proof is refused: 404, or the 4XX of the switch",
    "long_lists": "a PATCH takes lists of any length",
    "no_pointer": "a refusal of the service has no source.pointer",
    "item_pointer": "the pointer of a refused batch names the item, not the field in it",
    "batch_names_all": "the refusal of a batch has an error for each refused item, not only for the first",
    "post_status_200": "a POST is answered with 200",
    "batch_answer_incomplete": "the answer to a batch of a list lacks arrays: a list of them, 'empty' (those without an item), or all but deletes",
    "list_filter_ignored": "the filter of a list by its key is ignored",
    "list_filter_fuzzy": "the filter of a list by its key finds parts of it",
    "list_filter_folded": "the filter of a list by its key ignores the case",
    "refused_patterns": "a write of one of these keys or patterns is refused with 400: a list, or a mapping to another status",
    "regexes_validated": "a regular expression with unbalanced brackets is refused",
    "provenance_null": "a person who was created by POST has no provenance",
    "synced_deletable": "a person who is synchronised from a directory can be deleted",
    "not_entitled_10010": "a list that is not in the plan is answered with code 10010 and other words",
}
SHOWN_OF_ENTRIES = {**entry_habits.SPELLED, **entry_habits.SHOWN}
UNKNOWN_READ_ONLY = {
    "status": "QUARANTINED_BY_POLICY",
    "dmarc_status": "strict",
    "spf_status": "aligned",
    "inbox_provider": "Fastmail",
}
UNKNOWN_IN_LISTS = {"allowed_delivery_modes": "QUANTUM", "drop_dispositions": "DEEPFAKE", "regions": "MARS"}


def shows(name: str) -> Callable[[Show], Show]:
    """Register a habit of showing. They are applied in the order of this file."""

    def register(function: Show) -> Show:
        SHOWN[name] = function
        return function

    return register


def merge(habits: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The habits after a change. A false value switches a habit off.

    Raises:
        ValueError: there is no such habit.
    """
    known = {*SHOWN, *SHOWN_OF_ENTRIES, *OTHERS}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise ValueError(f"no such habit: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    both = {**habits, **changes}
    return {name: value for name, value in both.items() if value is not False and value is not None}


class Presenter:
    """Shows records according to the date of the server and its habits."""

    def __init__(self) -> None:
        self._showings: dict[str, int] = {}

    def row(self, record: Record, settings: Settings, habits: dict[str, Any]) -> Row:
        """A record as one answer shows it. Stored lists are shared, so a habit makes new ones instead of changing them."""
        showing = self._showings[record.id] = self._showings.get(record.id, 0) + 1
        if isinstance(record, Entry):
            row = entry_habits.row(record, habits, showing)
            return {**row, "last_modified": row.get("modified_at")} if settings.early else row
        row = dict(record.fields)
        if settings.early:
            row["last_modified"] = row.get("modified_at")
            row = lower_case_status(row, True, 0)
        for name, show in SHOWN.items():
            if name in habits:
                row = show(row, record.number if name == "integer_ids" else habits[name], showing)
        return row

    def bytes(self, record: Record, settings: Settings, habits: dict[str, Any]) -> bytes:
        """The same as JSON. Without habits, it is cached with the record until a write replaces the record."""
        shown = SHOWN_OF_ENTRIES if isinstance(record, Entry) else SHOWN
        if settings.early or any(name in shown for name in habits):
            return dumps(self.row(record, settings, habits))
        if record.row is None:
            record.row = dumps(record.fields)
        return record.row


@shows("networks_rewritten")
def networks_rewritten(row: Row, value: Any, _showing: int) -> Row:
    """`192.0.2.10` is shown as `192.0.2.10/32`, and IPv6 in lower case, or in upper case if the value is 'upper'."""

    def rewrite(text: str) -> str:
        try:
            written = str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            return text
        return written.upper() if value == "upper" else written

    return {**row, "ip_restrictions": [rewrite(text) for text in row.get("ip_restrictions") or []]}


@shows("networks_bare")
def networks_bare(row: Row, _value: Any, _showing: int) -> Row:
    """A network of one address is shown without its prefix length."""
    networks = row.get("ip_restrictions") or []
    return {**row, "ip_restrictions": [text.removesuffix("/128" if ":" in text else "/32") for text in networks]}


@shows("networks_split")
def networks_split(row: Row, _value: Any, _showing: int) -> Row:
    """Each network is shown as its two halves."""

    def halves(text: str) -> list[str]:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            return [text]
        return [text] if network.num_addresses == 1 else [str(half) for half in network.subnets()]

    return {**row, "ip_restrictions": [half for text in row.get("ip_restrictions") or [] for half in halves(text)]}


@shows("networks_joined")
def networks_joined(row: Row, _value: Any, _showing: int) -> Row:
    """Adjacent networks are shown as one, and those inside of another are left out. Values that are not networks stay."""
    networks: dict[int, list[Any]] = {4: [], 6: []}
    rest = []
    for text in row.get("ip_restrictions") or []:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            rest.append(text)
        else:
            networks[network.version].append(network)
    joined = [str(network) for version in (4, 6) for network in ipaddress.collapse_addresses(networks[version])]
    return {**row, "ip_restrictions": joined + rest}


@shows("unknown_values")
def unknown_values(row: Row, value: Any, _showing: int) -> Row:
    """Unknown values in the read-only fields ('read_only'), in the lists ('lists'), or in both (true)."""
    if value in (True, "read_only"):
        row = {**row, **UNKNOWN_READ_ONLY}
    if value in (True, "lists"):
        row = {**row, **{name: [*(row.get(name) or []), new] for name, new in UNKNOWN_IN_LISTS.items()}}
    return row


@shows("shuffle_lists")
def shuffle_lists(row: Row, _value: Any, showing: int) -> Row:
    """The lists of a domain are in another order each time it is shown. This was observed between LIST and GET."""
    turned = {}
    for name in LISTS:
        items = row.get(name) or []
        if items:
            start = showing % len(items)
            turned[name] = items[start:] + items[:start]
    return {**row, **turned}


@shows("other_types")
def other_types(row: Row, _value: Any, _showing: int) -> Row:
    """Values of other JSON types: 2.0 for 2, 1 for true, and choices in lower case."""
    lists = {name: row[name] for name in ("allowed_delivery_modes", "drop_dispositions", "regions") if isinstance(row.get(name), list)}
    words = {name: [word.lower() if isinstance(word, str) else word for word in items] for name, items in lists.items()}
    flags = {name: int(row[name]) for name in ("require_tls_inbound", "require_tls_outbound") if isinstance(row.get(name), bool)}
    hops = row.get("lookback_hops")
    return {**row, **words, **flags, "lookback_hops": float(hops) if isinstance(hops, int) and abs(hops) < 1000 else hops}


@shows("lower_case_status")
def lower_case_status(row: Row, _value: Any, _showing: int) -> Row:
    """Statuses in lower case, as before September 2026."""
    status = row.get("status")
    return {**row, "status": status.lower() if isinstance(status, str) else status}


@shows("integer_ids")
def integer_ids(row: Row, value: Any, _showing: int) -> Row:
    """Integer ids, as in 2025."""
    return {**row, "id": value}


@shows("unicode_names")
def unicode_names(row: Row, _value: Any, _showing: int) -> Row:
    """Names with U-labels."""
    return {**row, "domain": unicode_form(row["domain"])}


@shows("upper_case_names")
def upper_case_names(row: Row, _value: Any, _showing: int) -> Row:
    """Names in upper case."""
    return {**row, "domain": row["domain"].upper()}


@shows("trailing_dot_names")
def trailing_dot_names(row: Row, _value: Any, _showing: int) -> Row:
    """Names with a trailing dot."""
    return {**row, "domain": row["domain"] + "."}


@shows("unknown_fields")
def unknown_fields(row: Row, _value: Any, _showing: int) -> Row:
    """Unknown fields, one of them an object."""
    return {**row, "x_future_flag": True, "x_future_setting": {"level": 3, "zones": ["a", "b"]}}


@shows("null_booleans")
def null_booleans(row: Row, _value: Any, _showing: int) -> Row:
    """False is shown as null."""
    off = {name: None for name in ("require_tls_inbound", "require_tls_outbound") if not row.get(name)}
    return {**row, **off}


@shows("absent_nulls")
def absent_nulls(row: Row, _value: Any, _showing: int) -> Row:
    """Null fields are left out."""
    return {name: value for name, value in row.items() if value is not None}
