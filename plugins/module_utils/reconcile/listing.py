# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the live objects that options select: by key, by id, or by filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..api.errors import InvalidOptionError
from ..resources.base import Key, Resource
from ..resources.collection import ResourceCollection
from ..resources.field_types import reject_mask

_ORDER = ("order", "direction")


class ListingRequest(NamedTuple):
    """Which objects to read.

    Attributes:
        keys: the keys of the objects; None for all of them.
        object_id: the id of the only object to read.
        filters: what the server leaves out, and the order.
    """

    keys: list[Key] | None = None
    object_id: str | None = None
    filters: Mapping[str, str] = {}


def listing_from_options(collection: type[ResourceCollection], options: Mapping[str, Any]) -> ListingRequest:
    """Validate the options that select live objects.

    Args:
        collection: the class of the collection.
        options: the options: a list of names under the name of the key, the id, the filters of the collection, `order` and `direction`.

    Raises:
        InvalidOptionError: says what is wrong and what would be right.
    """
    resource = collection.resource
    key_field = resource.key_fields[0]
    names, object_id = options.get(key_field), options.get(resource.id_option)
    keys = None if names is None else [_key(resource, name) for name in names]
    live_id = None if object_id is None else resource.parse_id(object_id)
    filters = {name: options[name] for name in (*collection.filters, *_ORDER) if options.get(name) is not None}
    if "search" in filters:
        _reject_useless_search(filters["search"], resource.plural)
    settings = {field.name for field in resource.fields}
    filters |= resource.parse({name: value for name, value in filters.items() if name in settings})
    return ListingRequest(keys, live_id, filters)


def read_objects(collection: ResourceCollection, request: ListingRequest) -> list[dict[str, Any]]:
    """Read the selected objects."""
    if request.object_id is not None:
        live = collection.get(request.object_id)
        return [] if live is None else [dict(live)]
    if request.keys is None:
        return collection.list_objects(request.filters)
    return collection.list_by_keys(request.keys, request.filters) if request.keys else []


def _key(resource: Resource, name: str) -> Key:
    settings = resource.with_defaults(resource.parse({resource.key_fields[0]: name}))
    return tuple(settings.get(part) for part in resource.key_fields)


def _reject_useless_search(text: str, plural: str) -> None:
    """Refuse an empty text, which would find everything, and the mask of a secret, which would find nothing."""
    if not text.strip():
        raise InvalidOptionError(f"search is given and is empty. Give a text; or leave it out, with default(omit) in a template, to read all {plural}.")
    try:
        reject_mask(text)
    except ValueError as error:
        raise InvalidOptionError(f"search {error}.") from None
