# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URL ignore patterns: the table of their fields. Matching URLs are not rewritten."""

from __future__ import annotations

from .base import Field, Resource
from .entry_types import Comment, RegularExpression
from .list_collection import MAX_BATCH_ITEMS, ListCollection

URL_IGNORE_PATTERN = Resource(
    name="url_ignore_patterns",
    singular="URL ignore pattern",
    plural="URL ignore patterns",
    result_key="url_ignore_pattern",
    key_fields=("pattern",),
    is_list=True,
    if_created="weaker",
    if_not_removed="Matching URLs are still not rewritten.",
    fields=(
        Field("pattern", RegularExpression(), is_required=True),
        Field("comments", Comment()),
    ),
)


class UrlIgnorePatterns(ListCollection):
    """The URL ignore patterns of the client's account. The list has neither a filter nor an order."""

    resource = URL_IGNORE_PATTERN
    path = ("email-security", "settings", "url_ignore_patterns")
    max_batch_items = MAX_BATCH_ITEMS
