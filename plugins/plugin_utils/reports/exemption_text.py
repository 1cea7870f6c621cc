# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reports say about exemptions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...module_utils.api.texts import truncate
from .exemptions import Exemption
from .text import escape_invisible, pluralize

# What each flag permits, in words. A flag of a later release is shown by its name.
_FLAG_TEXTS = {
    "is_trusted_sender": "trusted sender",
    "is_exempt_recipient": "exempt recipient",
    "is_acceptable_sender": "acceptable sender",
    "is_recent": "not detected as new",
    "is_similarity": "not detected as similar",
}
# Flags that permit nothing by themselves.
_HOW = frozenset({"verify_sender", "is_regex"})
_MAX_LENGTH = 100
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SENDER_FLAGS = frozenset({"is_trusted_sender", "is_acceptable_sender"})


def effect_text(exemption: Mapping[str, Any]) -> str:
    """What an exemption permits, in a few words, as in `acceptable sender, not verified`."""
    flags = exemption["flags"]
    permitted = [_FLAG_TEXTS.get(flag) or _name_of(flag) for flag in flags if flag not in _HOW]
    if exemption["resource"] == "url_ignore_patterns":
        permitted = ["links are not rewritten", *permitted]
    if _SENDER_FLAGS & set(flags):
        permitted.append("verified" if "verify_sender" in flags else "not verified")
    return ", ".join([*(permitted or ["no effect"]), *(["regular expression"] if "is_regex" in flags else [])])


def _is_over(exemption: Mapping[str, Any], audited_at: str) -> bool:
    # Dates and times of this form are compared as texts.
    return bool(_DATE.fullmatch(exemption["expires"] or "")) and exemption["expires"] < audited_at[:10]


def _name_of(flag: str) -> str:
    return escape_invisible(truncate(flag.removeprefix("is_").replace("_", " "), _MAX_LENGTH))


def state_text(exemption: Mapping[str, Any]) -> str:
    """Whether an exemption is declared, and whether its findings are waived."""
    return f"{'declared' if exemption['declared'] else 'not declared'}{', waived' if exemption['waived'] else ''}"


def until_text(exemption: Mapping[str, Any], audited_at: str) -> str:
    """The last day of an exemption, and whether it was before the audit; empty if it has none."""
    last_day = exemption["expires"] or ""
    return escape_invisible(truncate(last_day, _MAX_LENGTH)) + (" (over)" if _is_over(exemption, audited_at) else "")


def register_facts(exemptions: list[Exemption], audited_at: str) -> str:
    """How many exemptions there are, and how many of them need a look, in a sentence."""
    if not exemptions:
        return "There are no exemptions."
    counts = {
        "not declared": sum(not entry["declared"] for entry in exemptions),
        "whose end is over": sum(_is_over(entry, audited_at) for entry in exemptions),
        "without an end": sum(not entry["expires"] for entry in exemptions),
        "without a comment": sum(not (entry["comments"] or "").strip() for entry in exemptions),
        "with findings": sum(entry["severity"] is not None for entry in exemptions),
    }
    notable = ", ".join(f"{count} {text}" for text, count in counts.items() if count)
    return f"{pluralize(len(exemptions), 'exemption')}: {notable or 'all declared, with an end and a comment'}."
