# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending domain restrictions: the table of their fields. Mail from such a domain without TLS is dropped."""

from __future__ import annotations

from .base import Field, Resource
from .entry_types import Comment, NameSet, SenderPattern
from .list_collection import MAX_BATCH_ITEMS, ListCollection

SENDING_DOMAIN_RESTRICTION = Resource(
    name="sending_domain_restrictions",
    singular="sending domain restriction",
    plural="sending domain restrictions",
    result_key="sending_domain_restriction",
    key_fields=("domain",),
    is_list=True,
    if_created="stronger",
    if_not_removed="Its mail without TLS is still dropped.",
    fields=(
        Field("domain", SenderPattern(("DOMAIN",)), is_required=True),
        Field("exclude", NameSet(), create_default=[], if_set="weaker"),
        Field("comments", Comment()),
    ),
)


class SendingDomainRestrictions(ListCollection):
    """The sending domain restrictions of the client's account. Their batch endpoint only deletes."""

    resource = SENDING_DOMAIN_RESTRICTION
    path = ("email-security", "settings", "sending_domain_restrictions")
    list_order = {"order": "domain", "direction": "asc"}  # noqa: RUF012 - read only
    max_batch_items = MAX_BATCH_ITEMS
    batch_actions = ("delete",)
