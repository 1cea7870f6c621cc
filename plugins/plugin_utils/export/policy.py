# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build a policy from a live account: shared defaults, and for each domain the settings that differ. Pure.

Applying the policy to the account changes nothing.
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

# Read-only fields and their names in comments. Counters and times are not among them, because they would change daily.
STATUS_LABELS = {"status": "status", "dmarc_status": "DMARC", "spf_status": "SPF", "inbox_provider": "inbox provider"}
MAX_STATUS_LENGTH = 60

# Removes unprintable characters and truncates.
clean = Redactor()
_NAME_FIELD = next(item for item in DOMAIN.fields if item.name == "domain")
_SETTINGS = tuple(item for item in DOMAIN.fields if item.name != "domain")


class DeclarableDomain(NamedTuple):
    """What can be declared of a live domain.

    Attributes:
        settings: normal forms; None stands for a field that `clear` names.
        undeclarable: by field, why its value cannot be declared.
    """

    live: LiveObject
    name: str | None
    settings: Settings
    undeclarable: dict[str, str]

    @property
    def live_id(self) -> str:
        return str(self.live.get("id"))

    @property
    def label(self) -> str:
        """Its name in comments."""
        return clean(self.name or "") or f"the domain with the id {clean(self.live_id)}"


class PolicyEntry(NamedTuple):
    """One declared domain.

    Attributes:
        identifier: the option that identifies it: its name, or its id.
        settings: the settings that differ from the defaults.
        comment: why it is identified by its id; otherwise empty.
    """

    domain: DeclarableDomain
    identifier: dict[str, str]
    settings: Settings
    comment: str


class Policy(NamedTuple):
    """The policy of an account.

    Attributes:
        without_default: fields with a common value that is not a default, because a domain has a value that cannot be declared.
        left_out: the labels of domains that cannot be declared, each with the reason.
    """

    defaults: Settings
    without_default: list[str]
    entries: list[PolicyEntry]
    left_out: list[tuple[str, str]]


def build_policy(domains: Iterable[LiveObject]) -> Policy:
    """Build the shortest policy that declares everything that can be declared. It does not depend on the order of the domains."""
    declarable = sorted(map(_declarable, domains), key=lambda domain: (domain.name or "", domain.live_id, json.dumps(domain.settings)))
    names = Counter(domain.name for domain in declarable)
    ids = Counter(domain.live_id for domain in declarable)
    identified = [(domain, *_identify(domain, names, ids)) for domain in declarable]
    declared = [domain for domain, identifier, _why in identified if identifier]
    defaults, without_default = _defaults(declared)
    return Policy(
        defaults,
        without_default,
        [PolicyEntry(domain, identifier, _differing(domain, defaults), why) for domain, identifier, why in identified if identifier],
        [(domain.label, why) for domain, identifier, why in identified if not identifier],
    )


def statuses(live: LiveObject) -> dict[str, str]:
    """Return the read-only values that comments and tables show, by field."""
    texts = {field: clean(str(live[field]), MAX_STATUS_LENGTH) for field in STATUS_LABELS if live.get(field) is not None}
    # The API used lower case before September 2026.
    if "status" in texts:
        texts["status"] = texts["status"].upper()
    consent = live.get("authorization")
    if isinstance(consent, dict) and isinstance(consent.get("authorized"), bool):
        texts["authorized"] = "yes" if consent["authorized"] else "no"
    return texts


def to_options(settings: Settings) -> dict[str, Any]:
    """Convert settings to the options that declare them."""
    given = {name: value for name, value in settings.items() if value is not None}
    cleared = [name for name, value in settings.items() if value is None]
    return {**given, "clear": cleared} if cleared else given


def _declarable(live: LiveObject) -> DeclarableDomain:
    found = DOMAIN.normalize(live)
    undeclarable = {item.name: why for item in _SETTINGS if (why := _why_undeclarable(item, found[item.name]))}
    settings = {item.name: found[item.name] for item in _SETTINGS if item.name not in undeclarable}
    return DeclarableDomain(live, found["domain"], settings, undeclarable)


def _why_undeclarable(item: Field, value: Any) -> str:
    """Why a live value cannot be declared; empty if it can be."""
    if value is None:
        return "" if item.is_clearable else "is null"
    try:
        json.dumps(value, ensure_ascii=False).encode()
        return "" if item.type.parse(value) == value else "is not in its normal form"
    except UnicodeEncodeError:
        return "contains characters that cannot be encoded in UTF-8"
    except ValueError as error:
        return str(error).partition(". ")[0]


def _identify(domain: DeclarableDomain, names: Counter[str | None], ids: Counter[str]) -> tuple[dict[str, str], str]:
    """Return the option that identifies a live domain, and why it is not the name. Without such an option the first is empty."""
    if ids[domain.live_id] > 1:
        return {}, "the server returns the same id, or none, for several domains"
    name = domain.name
    is_name = name is not None and not _why_undeclarable(_NAME_FIELD, name)
    if name is not None and is_name and names[name] == 1:
        return {"domain": name}, ""
    why = f"{names[name]} live domains have this name" if is_name else "the option domain does not accept this name"
    try:
        return {"domain_id": DOMAIN.parse_id(domain.live_id)}, f"{domain.label}: by its id, because {why}"
    except InvalidOptionError:
        return {}, f"{why}, and domain_id does not accept its id"


def _defaults(domains: list[DeclarableDomain]) -> tuple[Settings, list[str]]:
    """Return the defaults, and the fields that have none because a domain has a value that cannot be declared."""
    defaults: Settings = {}
    without_default = []
    for item in _SETTINGS:
        counts = Counter(json.dumps(domain.settings[item.name]) for domain in domains if item.name in domain.settings)
        value = min(counts, key=lambda candidate: (-counts[candidate], candidate), default="null")
        # Domains that are added later should not get the value of a minority.
        if counts[value] < 2 or counts[value] * 2 <= len(domains):
            continue
        if any(item.name in domain.undeclarable for domain in domains):
            without_default.append(item.name)
        else:
            defaults[item.name] = json.loads(value)
    return defaults, without_default


def _differing(domain: DeclarableDomain, defaults: Settings) -> Settings:
    return {name: value for name, value in domain.settings.items() if name not in defaults or defaults[name] != value}
