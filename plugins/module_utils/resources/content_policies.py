# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content policies: the table of their fields. Mail whose subject or body matches is blocked."""

from __future__ import annotations

from .base import Field, Resource
from .entry_types import Comment, Name, RegularExpression
from .field_types import Boolean, ChoiceSet
from .list_collection import MAX_BATCH_ITEMS, ListCollection

_MAX_NAME_LENGTH = 256
_MAX_PATTERN_LENGTH = 2048
_MAX_NOTES_LENGTH = 4096

CONTENT_POLICY = Resource(
    name="content_policies",
    singular="content policy",
    plural="content policies",
    result_key="content_policy",
    key_fields=("name",),
    is_list=True,
    if_created="stronger",
    if_not_removed="Matching mail is still blocked.",
    fields=(
        Field("name", Name(_MAX_NAME_LENGTH), is_required=True),
        Field("pattern", RegularExpression(_MAX_PATTERN_LENGTH), is_required=True),
        Field("targets", ChoiceSet(("BODY", "SUBJECT"), min_items=1), is_required=True, if_set="stronger"),
        Field("enabled", Boolean(), default=True, if_set="stronger"),
        Field("notes", Comment(_MAX_NOTES_LENGTH)),
    ),
)


class ContentPolicies(ListCollection):
    """The content policies of the client's account."""

    resource = CONTENT_POLICY
    path = ("email-security", "settings", "content_policies")
    list_order = {"order": "name", "direction": "asc"}  # noqa: RUF012 - read only
    key_filter = "name"
    max_keys_in_filter = 1
    max_batch_items = MAX_BATCH_ITEMS
