# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live account as a policy: what most domains share, and what each has of its own. Pure.

The law: a policy that is made of an account finds nothing to change in it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...module_utils.api.errors import InvalidOptionError
from ...module_utils.api.redaction import Redactor
from ...module_utils.resources.base import Field, LiveObject, Settings
from ...module_utils.resources.domains import DOMAIN

# What only the server knows, as people call it. No counter, no time: they would differ each day.
STATUS_LABELS = {"status": "status", "dmarc_status": "DMARC", "spf_status": "SPF", "inbox_provider": "inbox provider"}
LONGEST_WORDS = 60

clean = Redactor()
_TITLE = next(item for item in DOMAIN.fields if item.name == "domain")
_SETTINGS = tuple(item for item in DOMAIN.fields if item.name != "domain")


class DeclarableDomain(NamedTuple):
    """A live domain as it can be declared.

    C(settings): normal forms; null stands for what C(clear) names. C(refused): by field, why its value cannot be declared.
    """

    live: LiveObject
    name: str | None
    settings: Settings
    refused: dict[str, str]

    @property
    def live_id(self) -> str:
        return str(self.live.get("id"))

    @property
    def label(self) -> str:
        """What to call it in a comment."""
        return clean(self.name or "") or f"the domain with the id {clean(self.live_id)}"


class PolicyEntry(NamedTuple):
    """One declared domain: how it is addressed, the settings in which it is not like the defaults, and what to say of it."""

    portrait: DeclarableDomain
    handle: dict[str, str]
    settings: Settings
    remark: str


class Policy(NamedTuple):
    """C(without_default): fields that most share but not all can state. C(left_out): by what they are called, why domains cannot be declared."""

    defaults: Settings
    without_default: list[str]
    entries: list[PolicyEntry]
    left_out: list[tuple[str, str]]


def build_policy(domains: Iterable[LiveObject]) -> Policy:
    """The shortest policy that says all that can be said of the live domains, whatever their order."""
    portraits = sorted(map(_portrait, domains), key=lambda portrait: (portrait.name or "", portrait.live_id, json.dumps(portrait.settings)))
    names = Counter(portrait.name for portrait in portraits)
    ids = Counter(portrait.live_id for portrait in portraits)
    handles = [(portrait, *_handle(portrait, names, ids)) for portrait in portraits]
    declared = [portrait for portrait, handle, _why in handles if handle]
    defaults, without_default = _defaults(declared)
    return Policy(
        defaults,
        without_default,
        [PolicyEntry(portrait, handle, _exceptions(portrait, defaults), why) for portrait, handle, why in handles if handle],
        [(portrait.label, why) for portrait, handle, why in handles if not handle],
    )


def statuses(live: LiveObject) -> dict[str, str]:
    """By field, what the server alone knows of a domain, in its words. The case of a status changed in 2026."""
    words = {field: clean(str(live[field]), LONGEST_WORDS) for field in STATUS_LABELS if live.get(field) is not None}
    if "status" in words:
        words["status"] = words["status"].upper()
    consent = live.get("authorization")
    if isinstance(consent, dict) and isinstance(consent.get("authorized"), bool):
        words["authorized"] = "yes" if consent["authorized"] else "no"
    return words


def to_options(settings: Settings) -> dict[str, Any]:
    """Settings as the options that mean them."""
    given = {name: value for name, value in settings.items() if value is not None}
    cleared = [name for name, value in settings.items() if value is None]
    return {**given, "clear": cleared} if cleared else given


def _portrait(live: LiveObject) -> DeclarableDomain:
    found = DOMAIN.normalize(live)
    refused = {item.name: why for item in _SETTINGS if (why := _refusal(item, found[item.name]))}
    return DeclarableDomain(live, found["domain"], {item.name: found[item.name] for item in _SETTINGS if item.name not in refused}, refused)


def _refusal(item: Field, value: Any) -> str:
    """Why a live value cannot be declared; empty if it can."""
    if value is None:
        return "" if item.is_clearable else "is null"
    try:
        json.dumps(value, ensure_ascii=False).encode()
        return "" if item.type.parse(value) == value else "is not in its normal form"
    except UnicodeEncodeError:
        return "holds characters that no file can hold"
    except ValueError as error:
        return str(error).partition(". ")[0]


def _handle(portrait: DeclarableDomain, names: Counter[str | None], ids: Counter[str]) -> tuple[dict[str, str], str]:
    """How to address a live domain, and why not by its name; empty if it cannot be addressed."""
    if ids[portrait.live_id] > 1:
        return {}, "the server gives the same id, or none, to several domains"
    name = portrait.name
    is_name = name is not None and not _refusal(_TITLE, name)
    if name is not None and is_name and names[name] == 1:
        return {"domain": name}, ""
    why = f"{names[name]} live domains have this name" if is_name else "the option domain does not take this name"
    try:
        return {"domain_id": DOMAIN.parse_id(portrait.live_id)}, f"{portrait.label}: by its id, because {why}"
    except InvalidOptionError:
        return {}, f"{why}, and domain_id does not take its id"


def _defaults(portraits: list[DeclarableDomain]) -> tuple[Settings, list[str]]:
    """By field, the value that most have, and the fields that get none because not every domain could say otherwise."""
    defaults: Settings = {}
    without = []
    for item in _SETTINGS:
        counts = Counter(json.dumps(portrait.settings[item.name]) for portrait in portraits if item.name in portrait.settings)
        value = min(counts, key=lambda each: (-counts[each], each), default="null")
        # A minority's value would be handed to domains that are added later.
        if counts[value] < 2 or counts[value] * 2 <= len(portraits):
            continue
        if any(item.name in portrait.refused for portrait in portraits):
            without.append(item.name)
        else:
            defaults[item.name] = json.loads(value)
    return defaults, without


def _exceptions(portrait: DeclarableDomain, defaults: Settings) -> Settings:
    return {name: value for name, value in portrait.settings.items() if name not in defaults or defaults[name] != value}
