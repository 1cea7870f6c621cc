# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Allow policies: the table of their fields. Mail from an allowed sender, or to an exempt recipient, skips detections."""

from __future__ import annotations

from .base import Field, Resource, Settings
from .entry_types import PATTERN_TYPES, Comment, SenderPattern, pattern_type_of
from .field_types import Boolean, Choice
from .list_collection import MAX_BATCH_ITEMS, ListCollection


def _verify_sender_default(settings: Settings) -> bool:
    """Senders are verified, so that a policy that only exempts recipients verifies nothing."""
    return not settings.get("is_exempt_recipient") or bool(settings.get("is_trusted_sender") or settings.get("is_acceptable_sender"))


def _problems(settings: Settings) -> list[str]:
    if not settings.get("is_exempt_recipient") or "pattern" not in settings:
        return []
    pattern_type = settings.get("pattern_type") or pattern_type_of(settings)
    if settings.get("is_regex") or pattern_type == "EMAIL":
        return []
    what = "a domain" if pattern_type == "DOMAIN" else "an IP address or network"
    return [f"is_exempt_recipient is true, and the pattern is {what}: a recipient is an address, or a regular expression with is_regex: true."]


ALLOW_POLICY = Resource(
    name="allow_policies",
    singular="allow policy",
    plural="allow policies",
    result_key="allow_policy",
    key_fields=("pattern", "is_regex"),
    is_list=True,
    if_created="weaker",
    if_not_removed="Its mail still skips detections.",
    problems=_problems,
    fields=(
        Field("pattern", SenderPattern(), is_required=True),
        Field("is_regex", Boolean(), is_required=True, default=False),
        Field("pattern_type", Choice(PATTERN_TYPES), create_default=pattern_type_of),
        Field("is_trusted_sender", Boolean(), default=False, if_set="weaker"),
        Field("is_exempt_recipient", Boolean(), default=False, if_set="weaker"),
        Field("is_acceptable_sender", Boolean(), default=False, if_set="weaker"),
        Field("verify_sender", Boolean(), default=_verify_sender_default, if_set="stronger"),
        Field("comments", Comment()),
    ),
)


class AllowPolicies(ListCollection):
    """The allow policies of the client's account."""

    resource = ALLOW_POLICY
    path = ("email-security", "settings", "allow_policies")
    list_order = {"order": "pattern", "direction": "asc"}  # noqa: RUF012 - read only
    key_filter = "pattern"
    max_keys_in_filter = 1
    max_batch_items = MAX_BATCH_ITEMS
