# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail domains: the table of their fields, and what is special about their endpoints.

See https://developers.cloudflare.com/api/resources/email_security/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..api.errors import ApiError, Request
from ..api.texts import list_names
from .base import Field, Key, LiveObject, Resource, Settings
from .collection import Effect, Removal, ResourceCollection
from .field_types import Boolean, Choice, ChoiceSet, DomainName, HostName, IntegerRange, NetworkSet, Uuid

DELIVERY_MODES = ("DIRECT", "BCC", "JOURNAL", "API", "RETRO_SCAN")
DISPOSITIONS = ("MALICIOUS", "MALICIOUS-BEC", "SUSPICIOUS", "SPOOF", "SPAM", "BULK", "ENCRYPTED", "EXTERNAL", "UNKNOWN", "NONE")
# Dispositions of ordinary mail.
ORDINARY_DISPOSITIONS = ("NONE", "UNKNOWN", "EXTERNAL", "ENCRYPTED")
REGIONS = ("GLOBAL", "AU", "DE", "IN", "US")
STATUSES = ("PENDING", "ACTIVE", "FAILED", "TIMEOUT")
# A warning names at most this many domains.
_MAX_NAMED = 3
# Filters whose result can be checked here, and the field of each. The others have no field in the response, or match loosely.
_CHECKED_FILTERS = {"status": "status", "integration_id": "integration_id", "allowed_delivery_mode": "allowed_delivery_modes"}
# Each host name of Cloudflare that receives mail contains one of these.
_CLOUDFLARE_HOST_PARTS = ("cloudflare", "mxrecord", "cf-email")

DOMAIN = Resource(
    name="domains",
    singular="domain",
    plural="domains",
    result_key="domain",
    key_fields=("domain",),
    id_option="domain_id",
    is_key_fixed=True,
    create_verb="onboard",
    created="onboarded",
    create_option="onboard",
    if_not_removed="Its mail is still scanned.",
    fields=(
        Field("domain", DomainName(), is_required=True, is_verified=True),
        Field("allowed_delivery_modes", ChoiceSet(DELIVERY_MODES, min_items=1), is_required=True),
        Field("drop_dispositions", ChoiceSet(DISPOSITIONS), is_required=True, if_emptied="nothing would be dropped"),
        Field("folder", Choice(("AllItems", "Inbox")), is_clearable=True),
        Field("integration_id", Uuid(), is_clearable=True),
        Field("ip_restrictions", NetworkSet(), is_required=True, is_verified=True, if_emptied="mail would be accepted from anywhere"),
        Field("lookback_hops", IntegerRange(1, 20)),
        Field("regions", ChoiceSet(REGIONS, min_items=1), is_required=True),
        Field("require_tls_inbound", Boolean()),
        Field("require_tls_outbound", Boolean()),
        Field("transport", HostName(), is_verified=True),
    ),
)


class Domains(ResourceCollection):
    """The mail domains of the client's account."""

    resource = DOMAIN
    path = ("email-security", "settings", "domains")
    list_order = {"order": "domain", "direction": "asc"}  # noqa: RUF012 - read only
    filters = ("status", "allowed_delivery_mode", "active_delivery_mode", "integration_id", "search")
    max_batch_items = 1000
    # With more names, listing the account is cheaper than a URL that contains them all.
    max_keys_in_filter = 20

    def list_objects(self, filters: Mapping[str, str] | None = None, *, purpose: str = "") -> list[dict[str, Any]]:
        live = super().list_objects(filters, purpose=purpose)
        checked = {name: value for name, value in (filters or {}).items() if name in _CHECKED_FILTERS}
        if live or not checked:
            return live
        # The server may store another spelling than the filter has: before September 2026 a status was in lower case.
        everything = super().list_objects({name: value for name, value in (filters or {}).items() if name not in checked}, purpose=purpose)
        return [one for one in everything if all(_matches(one.get(_CHECKED_FILTERS[name]), value) for name, value in checked.items())]

    def verification(self, live: LiveObject) -> dict[str, Any] | None:
        """The DNS proof that the server asks for, or None if it asks for none."""
        request = Request("GET", self._path(self._id(live), "verification"), f"read the DNS proof of {self.label(live)}")
        record = self.client.get(request).result
        if record is not None and not isinstance(record, dict):
            raise self.client.unexpected_response(request, "a result that is not an object")
        return record

    def created_details(self, live: LiveObject) -> dict[str, Any]:
        """The DNS proof of a new domain. A proof that cannot be read is a warning only, because the domain was created."""
        try:
            return {"verification": self.verification(live)}
        except ApiError as error:
            self.client.warn(f"The domain was onboarded. {error}")
            return {"verification": None}

    def warnings(self, effects: Sequence[Effect], is_waived: Callable[[str, str], bool] | None = None) -> list[str]:
        warning = dropped_mail_warning((effect.declared_label, effect.declared) for effect in effects)
        warnings = [] if warning is None else [warning]
        suspicious = [(effect.label, effect.after, effect.live) for effect in effects if may_stop_mail(effect.after, effect.live)]
        if suspicious:
            # Imported only if needed: a packed module compiles each file that it imports.
            from .mail_warnings import stopped_mail_warnings

            warnings += stopped_mail_warnings(suspicious, is_waived)
        return warnings

    def removal_refusal(self, removal: Removal, how: str) -> ApiError | None:
        from datetime import datetime, timezone

        from .removal import removal_refusal

        return removal_refusal(removal, datetime.now(timezone.utc), how)

    def removal_warnings(self, removals: Sequence[Removal], how: str) -> list[str]:
        from datetime import datetime, timezone

        from .removal import removal_warnings

        return removal_warnings(removals, datetime.now(timezone.utc), how)

    def _key_filter(self, keys: Sequence[Key]) -> list[tuple[str, str]]:
        return [("domain", spelling) for key in keys for spelling in self.resource.spellings(key)]


def _matches(live: Any, wanted: str) -> bool:
    """Whether a live value, or one of several, is the wanted one, ignoring case."""
    return wanted.upper() in {str(value).upper() for value in (live if isinstance(live, list) else [live])}


def dropped_mail_warning(declared: Iterable[tuple[str, Settings]]) -> str | None:
    """A warning that ordinary mail would be dropped, or None.

    Args:
        declared: what to call each domain, and its declared settings.
    """
    dropping = {label: found for label, settings in declared if (found := set(settings.get("drop_dispositions") or ()) & set(ORDINARY_DISPOSITIONS))}
    if not dropping:
        return None
    dropped = [word for word in ORDINARY_DISPOSITIONS if any(word in words for words in dropping.values())]
    labels = list(dropping)
    none = " NONE is the disposition of mail in which nothing was found; it does not mean that nothing is dropped." if "NONE" in dropped else ""
    return (
        f"drop_dispositions of {list_names(labels, _MAX_NAMED)} contains {', '.join(dropped)}, which ordinary mail gets: "
        f"such mail would be dropped.{none} To drop nothing, use clear: [drop_dispositions]."
    )


def may_stop_mail(settings: Settings, live: LiveObject | None) -> bool:
    """Whether settings are worth a closer look: true whenever `mail_flow.stops_mail` finds something, and seldom otherwise."""
    if live is not None and live.get("integration_id") and "integration_id" in settings and not settings["integration_id"]:
        return True
    if "DIRECT" not in (settings.get("allowed_delivery_modes") or ()):
        return False
    transport = settings.get("transport")
    if not transport or transport == settings.get("domain") or any(part in transport for part in _CLOUDFLARE_HOST_PARTS):
        return True
    return settings.get("lookback_hops") == 1 and bool(settings.get("ip_restrictions"))
