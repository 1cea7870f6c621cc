# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trusted domains: the table of their fields. They are tolerated although they are new, or resemble a domain of the organization."""

from __future__ import annotations

from .base import Field, Resource
from .entry_types import Comment, SenderPattern
from .field_types import Boolean
from .list_collection import MAX_BATCH_ITEMS, ListCollection

TRUSTED_DOMAIN = Resource(
    name="trusted_domains",
    singular="trusted domain",
    plural="trusted domains",
    result_key="trusted_domain",
    key_fields=("pattern", "is_regex"),
    is_list=True,
    if_created="weaker",
    if_not_removed="It is still tolerated.",
    fields=(
        Field("pattern", SenderPattern(("DOMAIN",)), is_required=True),
        Field("is_regex", Boolean(), is_required=True, default=False),
        Field("is_recent", Boolean(), default=False, if_set="weaker"),
        Field("is_similarity", Boolean(), default=False, if_set="weaker"),
        Field("comments", Comment()),
    ),
)


class TrustedDomains(ListCollection):
    """The trusted domains of the client's account."""

    resource = TRUSTED_DOMAIN
    path = ("email-security", "settings", "trusted_domains")
    list_order = {"order": "pattern", "direction": "asc"}  # noqa: RUF012 - read only
    key_filter = "pattern"
    max_keys_in_filter = 1
    max_batch_items = MAX_BATCH_ITEMS
