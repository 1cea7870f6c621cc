"""The LIST call: filters, order, pages, and the habits that change them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, TypeVar

from .call import Call
from .domains import Record
from .names import canonical
from .settings import Settings
from .store import Record as StoredRecord

R = TypeVar("R", bound=StoredRecord)


def matching(records: list[Record], call: Call, habits: dict[str, Any]) -> list[Record]:
    """The domains that pass every filter of the call."""
    asked = set(call.all("domain"))
    names = {canonical(name) for name in asked}
    if names and "exact_stored_filter" in habits:
        records = [record for record in records if record.fields.get("domain") in asked]
    elif names and "fuzzy_name_filter" in habits:
        records = [record for record in records if any(name in record.name for name in names)]
    elif names and "ignored_name_filter" not in habits:
        records = [record for record in records if record.name in names]
    search = (call.one("search") or "").lower()
    if search:
        records = [record for record in records if search in record.name]
    status = call.one("status")
    if status is not None:
        records = [record for record in records if (record.fields.get("status") or "").upper() == status.upper()]
    mode = call.one("allowed_delivery_mode")
    if mode is not None:
        records = [record for record in records if mode in (record.fields.get("allowed_delivery_modes") or [])]
    active = call.one("active_delivery_mode")
    if active is not None:
        records = [record for record in records if record.active_delivery_mode == active]
    integration = call.one("integration_id")
    if integration is not None:
        wanted = integration.lower()
        records = [record for record in records if (record.fields.get("integration_id") or "").lower() == wanted]
    return records


def ordered(records: list[R], call: Call, habits: dict[str, Any], rng: random.Random, sort_value: Callable[[R, str], str]) -> list[R]:
    """The records in the requested order, or in the order of creation. Equal records are ordered by id, so pages never overlap."""
    order = call.one("order")
    shuffle = habits.get("shuffle_pages")
    if shuffle and (order is None or shuffle == "always"):
        return rng.sample(records, len(records))
    down = call.one("direction") == "desc"
    if order is None:
        return records[::-1] if down else records
    return sorted(records, key=lambda record: (sort_value(record, order), record.id), reverse=down)


def page_of(records: list[R], call: Call, settings: Settings, habits: dict[str, Any], stored: int) -> tuple[list[R], dict[str, Any] | None]:
    """One page and its result_info. If the server caps per_page, only result_info shows it.

    `stored` is the number of records of the resource, regardless of the filter.
    """
    size = int(call.one("per_page") or settings.per_page_default)
    if settings.per_page_cap is not None:
        size = min(size, settings.per_page_cap)
    page = 1 if "page_ignored" in habits else int(call.one("page") or 1)
    if "shifting_pages" in habits and len(records) > size:
        # While page 1 is read, the last row does not exist yet; afterwards the first one is gone.
        records = records[:-1] if page == 1 else records[1:]
    start = (page - 1) * size
    rows = records[start:][:size]
    if "no_result_info" in habits:
        return rows, None
    info = {"count": len(rows), "page": page, "per_page": size}
    if "no_total" not in habits:
        info |= totals(len(records), len(rows), stored, size, habits)
    return rows, info


def totals(found: int, shown: int, stored: int, size: int, habits: dict[str, Any]) -> dict[str, int]:
    """What result_info says about all pages. The official document has total_count, and no total_pages."""
    total = stored if "total_unfiltered" in habits else shown if "total_of_page" in habits else found
    total += int(habits.get("total_too_high", 0))
    return {"total_count": total, **({"total_pages": math.ceil(total / size)} if "total_pages" in habits else {})}
