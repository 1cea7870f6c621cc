# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of exemptions: every allow policy, trusted domain and URL ignore pattern, with why it exists and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...module_utils.audit.rule import SEVERITIES
from .resource_names import EXEMPTING, in_order, resource_of
from .validation import Finding

Exemption = dict[str, Any]

# How much of the detections is skipped: everything, then some of them for anybody who uses the name, then less.
_SKIPS_ALL = frozenset({"is_trusted_sender", "is_exempt_recipient"})
_TEXTS = ("id", "pattern", "comments", "created_at", "expires", "reach")


def register_of(audit: Mapping[str, Any], findings: Iterable[Finding]) -> list[Exemption] | None:
    """The exemptions of an audit, the most dangerous first.

    Args:
        audit: the result of the audit.
        findings: the findings of the report. Those that are not waived decide how dangerous an exemption is.

    Returns:
        The exemptions; None if the audit has read none of their lists.
    """
    given = audit.get("exemptions")
    if given is None:
        return None
    by_entry: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if not finding["waived"] and finding["entry"] is not None and finding["category"] != "waiver":
            by_entry.setdefault((resource_of(finding), finding["entry"]), []).append(finding)
    exemptions = [_exemption(entry, by_entry.get((resource_of(entry), str(entry["entry"])), ())) for entry in given]
    # Not for each exemption: there may be thousands.
    positions = {name: position for position, name in enumerate(in_order({entry["resource"] for entry in exemptions}))}
    return sorted(exemptions, key=lambda entry: (_danger(entry), positions[entry["resource"]], entry["entry"]))


def are_exemptions(value: Any) -> bool:
    """Whether a value has the form of the register. Its values may be those of another release."""
    return isinstance(value, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("resource"), str) and isinstance(entry.get("entry"), str) for entry in value
    )


def _exemption(entry: Mapping[str, Any], findings: Iterable[Finding]) -> Exemption:
    """An exemption with what was found about it. Values of an unexpected type are left out."""
    flags, age = entry.get("flags"), entry.get("age_days")
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))
    return {
        "resource": entry["resource"],
        "entry": entry["entry"],
        **{name: _text(entry.get(name)) for name in _TEXTS},
        "flags": [flag for flag in flags if isinstance(flag, str)] if isinstance(flags, list) else [],
        "age_days": age if isinstance(age, int) and not isinstance(age, bool) and age >= 0 else None,
        "declared": entry.get("declared") is True,
        "waived": entry.get("waived") is True,
        "severity": ranked[0]["severity"] if ranked else None,
        "rule_ids": list(dict.fromkeys(finding["rule_id"] for finding in ranked)),
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _danger(exemption: Exemption) -> tuple[Any, ...]:
    """The worst finding, then how much is skipped, then whether anybody has decided on it, and for how long it has been there."""
    severity = exemption["severity"]
    return (
        SEVERITIES.index(severity) if severity else len(SEVERITIES),
        _skipped(exemption),
        exemption["declared"],
        exemption["expires"] is not None,
        -(exemption["age_days"] or 0),
    )


def _skipped(exemption: Exemption) -> int:
    flags = set(exemption["flags"])
    if flags & _SKIPS_ALL:
        return 0
    return 1 if flags and "verify_sender" not in flags and exemption["resource"] in EXEMPTING else 2
