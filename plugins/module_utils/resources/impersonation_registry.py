# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The impersonation registry: the table of its fields. It lists people whose names impostors use."""

from __future__ import annotations

from .base import Field, LiveObject, Resource, Settings
from .entry_types import Comment, Name, SenderPattern
from .field_types import Boolean
from .list_collection import ListCollection

# The origin of entries that were made in the dashboard or through the API.
_INTERNAL = "A1S_INTERNAL"
_MAX_NAME_LENGTH = 1024


def _problems(settings: Settings) -> list[str]:
    return ["name is not given: it is the display name that is protected."] if "email" in settings and "name" not in settings else []


def synchronized_from(live: LiveObject) -> str | None:
    """Why a person cannot be changed: the directory from which the entry is synchronized. None for an entry that was made here.

    The API documents that synchronized entries cannot be updated, and should not be deleted.
    """
    provenance, directory_id = live.get("provenance"), live.get("directory_id")
    if str(provenance or _INTERNAL).upper() == _INTERNAL and directory_id is None:
        return None
    directory = f", directory {directory_id}" if directory_id is not None else ""
    return f"it is synchronized from a directory (provenance {provenance}{directory})"


IMPERSONATION_REGISTRY_ENTRY = Resource(
    name="impersonation_registry",
    singular="impersonation registry entry",
    plural="impersonation registry entries",
    result_key="impersonation_registry_entry",
    key_fields=("email", "is_email_regex"),
    variant_fields=("name",),
    is_list=True,
    if_created="stronger",
    if_not_removed="It still protects the name.",
    problems=_problems,
    read_only_reason=synchronized_from,
    fields=(
        Field("email", SenderPattern(("EMAIL",), regex_flag="is_email_regex"), is_required=True),
        Field("is_email_regex", Boolean(), is_required=True, default=False),
        Field("name", Name(_MAX_NAME_LENGTH), is_required=True),
        Field("comments", Comment(None)),
    ),
)


class ImpersonationRegistry(ListCollection):
    """The impersonation registry of the client's account. It has neither a filter for addresses nor a batch endpoint."""

    resource = IMPERSONATION_REGISTRY_ENTRY
    path = ("email-security", "settings", "impersonation_registry")
    list_order = {"order": "email", "direction": "asc"}  # noqa: RUF012 - read only
