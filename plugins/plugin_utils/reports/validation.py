# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the form of findings, for reports that are built from them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...module_utils.audit.rule import SEVERITIES

Finding = dict[str, Any]

_WAIVER_MEMBERS = ("reason", "owner", "expires")


def is_finding(value: Any, more_texts: Iterable[str] = ()) -> bool:
    """Whether a value has the form of a finding. Its rule and its values may be those of another release.

    Args:
        value: the value.
        more_texts: further members that must be texts.
    """
    if not isinstance(value, dict) or value.get("severity") not in SEVERITIES or not isinstance(value.get("waived"), bool):
        return False
    if not all(isinstance(value.get(name), str) for name in ("direction", "rule_id", "category", *more_texts)):
        return False
    if not all(name in value and isinstance(value[name], (str, type(None))) for name in ("domain", "field")):
        return False
    # Findings of releases before the lists were audited have neither.
    if not all(isinstance(value.get(name), (str, type(None))) for name in ("resource", "entry")):
        return False
    return {"declared", "live"} <= set(value) and (not value["waived"] or _is_waiver(value.get("waiver")))


def _is_waiver(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in _WAIVER_MEMBERS)
