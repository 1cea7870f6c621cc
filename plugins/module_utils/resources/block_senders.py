# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocked senders: the table of their fields. Mail from a blocked sender is malicious."""

from __future__ import annotations

from .base import Field, Resource
from .entry_types import PATTERN_TYPES, Comment, SenderPattern, pattern_type_of
from .field_types import Boolean, Choice
from .list_collection import MAX_BATCH_ITEMS, ListCollection

BLOCK_SENDER = Resource(
    name="block_senders",
    singular="blocked sender",
    plural="blocked senders",
    result_key="block_sender",
    key_fields=("pattern", "is_regex"),
    is_list=True,
    if_created="stronger",
    if_not_removed="Its mail is still blocked.",
    fields=(
        Field("pattern", SenderPattern(), is_required=True),
        Field("is_regex", Boolean(), is_required=True, default=False),
        Field("pattern_type", Choice(PATTERN_TYPES), create_default=pattern_type_of),
        Field("comments", Comment()),
    ),
)


class BlockSenders(ListCollection):
    """The blocked senders of the client's account."""

    resource = BLOCK_SENDER
    path = ("email-security", "settings", "block_senders")
    list_order = {"order": "pattern", "direction": "asc"}  # noqa: RUF012 - read only
    key_filter = "pattern"
    max_keys_in_filter = 1
    max_batch_items = MAX_BATCH_ITEMS
