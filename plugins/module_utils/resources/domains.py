# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail domains: the table of their fields, and their endpoints. U(https://developers.cloudflare.com/api/resources/email_security/)"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..api.errors import ApiError, InvalidOptionError, Request
from .base import Field, LiveObject, Resource, Settings
from .domain_names import normalize_live_name, refuse_mask, spellings
from .field_types import UUID, Boolean, Choice, ChoiceSet, DomainName, HostName, IntegerRange, NetworkSet, Uuid

if TYPE_CHECKING:
    from ..api.client import Client
    from ..api.responses import ApiResult

PERMISSION_GROUP = "Cloud Email Security"
DELIVERY_MODES = ("DIRECT", "BCC", "JOURNAL", "API", "RETRO_SCAN")
DISPOSITIONS = ("MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK", "ENCRYPTED", "EXTERNAL", "UNKNOWN", "NONE")
# What ordinary mail gets, too.
ORDINARY_DISPOSITIONS = ("NONE", "UNKNOWN", "EXTERNAL", "ENCRYPTED")
REGIONS = ("GLOBAL", "AU", "DE", "IN", "US")
STATUSES = ("PENDING", "ACTIVE", "FAILED", "TIMEOUT")
# So many domains are named in a warning.
MOST_WARNED_OF = 3
# Beyond this many names one list of the account is cheaper than a URL that holds them all.
MAX_NAMES_IN_FILTER = 20
# Filters whose answer can be checked here, and the field that each is about. Of the others no field is returned, or they are fuzzy.
_CHECKED_FILTERS = {"status": "status", "integration_id": "integration_id", "allowed_delivery_mode": "allowed_delivery_modes"}

DOMAIN = Resource(
    noun="domain",
    title="domain",
    fields=(
        Field("domain", DomainName(), creates=True, verified=True),
        Field("allowed_delivery_modes", ChoiceSet(DELIVERY_MODES, min_items=1), creates=True),
        Field("drop_dispositions", ChoiceSet(DISPOSITIONS), creates=True, if_emptied="nothing would be dropped"),
        Field("folder", Choice(("AllItems", "Inbox")), clearable=True),
        Field("integration_id", Uuid(), clearable=True),
        Field("ip_restrictions", NetworkSet(), creates=True, verified=True, if_emptied="mail would be accepted from anywhere"),
        Field("lookback_hops", IntegerRange(1, 20)),
        Field("regions", ChoiceSet(REGIONS, min_items=1), creates=True),
        Field("require_tls_inbound", Boolean()),
        Field("require_tls_outbound", Boolean()),
        Field("transport", HostName(), verified=True),
    ),
)

_INTEGER_ID = re.compile(r"[0-9]{1,19}")


class Domains:
    """The mail domains of the client's account."""

    resource = DOMAIN

    def __init__(self, client: Client) -> None:
        self.client = client

    def read(self, live_id: str) -> LiveObject | None:
        request = Request("GET", self._path(live_id), f"read the domain with the id {live_id}")
        try:
            # No field of an answer is sure to be there, and without its id the domain could not be changed.
            return {"id": live_id, **self._domain(request, self.client.get(request), live_id)}
        except ApiError as error:
            if error.is_gone:
                return None
            if not error.may_be_gone:
                raise
        # A 404 without an error code may come from anything on the way: the list knows.
        return next((live for live in self.all(purpose=request.purpose) if str(live.get("id")).lower() == live_id.lower()), None)

    def find(self, title: str) -> LiveObject | None:
        """The live domain of that name, which is in its normal form. Errors: CloudflareError (conflict) if there are several."""
        return require_single_match(self.named([title]), title, self.client.redact)

    def named(self, names: Iterable[str], filters: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The live domains of these names, which are in their normal form.

        Whether the server's filter matches exactly is not documented, and which spelling of a name it holds neither. So what the
        filter does not find is looked for in the whole list: one request if all are found, two or more if not.
        """
        wanted = set(names)
        purpose = f"look up {', '.join(sorted(wanted)[:3])}{' and others' if len(wanted) > 3 else ''}"
        found: list[dict[str, Any]] = []
        if len(wanted) <= MAX_NAMES_IN_FILTER:
            spelled = [("domain", spelling) for name in sorted(wanted) for spelling in spellings(name)]
            found = _of_names(wanted, self.all(filters, spelled, purpose, len(wanted)))
            if {normalize_live_name(live.get("domain")) for live in found} == wanted:
                return found
        listed = _of_names(wanted, self.all(filters, purpose=purpose))
        ids = {str(live.get("id")) for live in listed}
        # A list of several pages can shift while it is read, and then lacks one that the filter found.
        return listed + [live for live in found if str(live.get("id")) not in ids]

    def all(
        self, filters: Mapping[str, str] | None = None, names: Sequence[tuple[str, str]] = (), purpose: str = "list the domains", expected: int = 0
    ) -> list[dict[str, Any]]:
        """Every domain that the filters let through, in a stable order. C(expected): how many there are at most, where that is known."""
        query = {"order": "domain", "direction": "asc", **(filters or {})}
        live = self.client.list_all(Request("GET", self._path(), purpose, (*names, *query.items())), expected=expected)
        checked = {name: query.pop(name) for name in _CHECKED_FILTERS if name in query}
        if live or names or not checked:
            return live
        # The server may hold another spelling than it was asked for: before September 2026 a status was in lower case.
        everything = self.client.list_all(Request("GET", self._path(), purpose, tuple(query.items())))
        return [one for one in everything if all(_matches(one.get(_CHECKED_FILTERS[name]), value) for name, value in checked.items())]

    def edit(self, live: LiveObject, body: Settings, *, by: float | None = None) -> LiveObject:
        live_id = self._id(live)
        request = Request("PATCH", self._path(live_id), f"change {self.label(live)}")
        return self._domain(request, self.client.send_write(request, body, deadline=by), live_id)

    def create(self, body: Settings, *, by: float | None = None) -> LiveObject:
        request = Request("POST", self._path(), f"onboard {body['domain']}")
        return self._domain(request, self.client.send_write(request, body, deadline=by))

    def delete(self, live: LiveObject, *, by: float | None = None) -> None:
        live_id = self._id(live)
        request = Request("DELETE", self._path(live_id), f"remove {self.label(live)}")
        deleted = self._domain(request, self.client.send_write(request, deadline=by), live_id)
        # The answer names what was deleted. One that does not may be anything's: the error makes the caller look.
        if "id" not in deleted:
            raise self.client.unexpected_response(request, "an object that does not name what was deleted", outcome_unknown=True)

    def batch(
        self, deletes: Iterable[LiveObject], patches: Iterable[tuple[LiveObject, Settings]], posts: Iterable[Settings], *, by: float | None = None
    ) -> list[LiveObject]:
        """Many writes in one request, carried out in that order. Answers with the objects that the server's answer holds.

        Whether a refused batch leaves some of it done is not documented, nor is the answer sure to be whole: look afterwards.
        """
        body = {
            "deletes": [{"id": self._raw_id(live)} for live in deletes],
            "patches": [{"id": self._raw_id(live), **settings} for live, settings in patches],
            "puts": [],
            "posts": list(posts),
        }
        count = sum(len(items) for items in body.values())
        request = Request("POST", self._path("batch"), f"change {count} domains in one batch")
        answer = self.client.send_write(request, body, deadline=by).result
        arrays = answer.values() if isinstance(answer, dict) else ()
        return [live for array in arrays if isinstance(array, list) for live in array if isinstance(live, dict)]

    def verification(self, live: LiveObject) -> dict[str, Any] | None:
        """The DNS proof that the server asks for, or None where it asks for none."""
        request = Request("GET", self._path(self._id(live), "verification"), f"read the DNS proof of {self.label(live)}")
        record = self.client.get(request).result
        if record is not None and not isinstance(record, dict):
            raise self.client.unexpected_response(request, "a result that is not an object")
        return record

    def verification_if_readable(self, live: LiveObject) -> dict[str, Any] | None:
        """The same, where to fail would be wrong: the domain was just created, and the endpoint is the API's newest."""
        try:
            return self.verification(live)
        except ApiError as error:
            self.client.warn(f"The domain was onboarded. {error}")
            return None

    def label(self, live: LiveObject) -> str:
        """What to call a live domain in a message."""
        return label_of(live, self.client.redact)

    def _path(self, *segments: str) -> str:
        return self.client.path("email-security", "settings", "domains", *segments)

    def _id(self, live: LiveObject) -> str:
        """The id for a path: a write must never go to whatever else a server puts there."""
        live_id = str(live.get("id"))
        if not _is_id(live_id):
            request = Request("GET", self._path(), f"address {self.label(live)}")
            raise self.client.unexpected_response(request, f"a domain whose id is {live_id!r}")
        return live_id

    def _raw_id(self, live: LiveObject) -> Any:
        """The id as the server wrote it: in 2025 a number."""
        self._id(live)
        return live.get("id")

    def _domain(self, request: Request, envelope: ApiResult, live_id: str | None = None) -> LiveObject:
        live = envelope.result
        if not isinstance(live, dict):
            raise self.client.unexpected_response(request, "a result that is not an object", outcome_unknown=request.is_write)
        if live_id is not None and str(live.get("id", live_id)).lower() != live_id.lower():
            raise self.client.unexpected_response(request, f"another domain, {live.get('id')}", outcome_unknown=request.is_write)
        return live


def _of_names(wanted: set[str], rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [live for live in rows if normalize_live_name(live.get("domain")) in wanted]


def _matches(live: Any, wanted: str) -> bool:
    """Whether a live value, or one of several, is the one asked for, in capitals or not."""
    return wanted.upper() in {str(value).upper() for value in (live if isinstance(live, list) else [live])}


def require_single_match(found: Sequence[LiveObject], title: str, quote: Callable[[str], str]) -> LiveObject | None:
    """The one live domain of a name. Errors: CloudflareError (conflict) if there are several."""
    if len(found) > 1:
        ids = ", ".join(sorted(quote(str(live.get("id"))) for live in found))
        raise ApiError("conflict", f"{len(found)} live domains are named {title}: {ids}.", "Say which one is meant with domain_id.")
    return found[0] if found else None


def warning_of_dropped_mail(declared: Iterable[tuple[str, Settings]]) -> str | None:
    """A warning that ordinary mail would be dropped, or None.

    Arguments: C(declared), what to call each domain and what is declared for it.
    """
    dropping = {label: words for label, settings in declared if (words := set(settings.get("drop_dispositions") or ()) & set(ORDINARY_DISPOSITIONS))}
    if not dropping:
        return None
    held = [word for word in ORDINARY_DISPOSITIONS if any(word in words for words in dropping.values())]
    labels = list(dropping)
    more = f" and {len(labels) - MOST_WARNED_OF} more" if len(labels) > MOST_WARNED_OF else ""
    none = " NONE is the disposition of mail in which nothing was found, and does not mean that nothing is dropped." if "NONE" in held else ""
    return (
        f"drop_dispositions of {', '.join(labels[:MOST_WARNED_OF])}{more} holds {', '.join(held)}, which ordinary mail gets: "
        f"such mail would be dropped.{none} To drop nothing, use clear: [drop_dispositions]."
    )


def label_of(live: LiveObject, quote: Callable[[str], str]) -> str:
    """What to call a live domain in a message."""
    return quote(str(live.get("domain") or live.get("id")))


def domain_id_from(option: str) -> str:
    """The id as it goes into a path. Errors: OptionError if it is neither a UUID nor, as in 2025, a number."""
    text = option.strip().lower()
    try:
        refuse_mask(option)
    except ValueError as error:
        raise InvalidOptionError(f"domain_id {error}.") from None
    if not _is_id(text):
        raise InvalidOptionError(f"domain_id is {option!r}; it must be a UUID such as 1a2b3c4d-0000-4000-8000-5e6f70819203, or digits as in 2025.")
    return text


def _is_id(text: str) -> bool:
    return bool(UUID.fullmatch(text) or _INTEGER_ID.fullmatch(text))
