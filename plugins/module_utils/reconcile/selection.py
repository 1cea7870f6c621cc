# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `only`: the declared objects that a task is limited to. Pure."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from ..api.errors import InvalidOptionError
from ..api.texts import list_names
from ..resources.base import Resource
from ..resources.field_types import reject_mask
from .desired import DesiredObject
from .shell_pattern import shell_pattern

_SEPARATORS = re.compile(r"[,\s]+")
_WILDCARDS = set("*?")
_MAX_NAMES_SHOWN = 3


def select(resource: Resource, desired_objects: Sequence[DesiredObject], only: Iterable[object] | None) -> list[DesiredObject] | None:
    """Select declared objects by name, pattern or id.

    Args:
        resource: the resource of the objects.
        desired_objects: all declared objects.
        only: the value of the option. Commas and blanks within an entry separate names. The wildcards of a pattern are `*` and `?`; brackets
            are literal.

    Returns:
        The selected objects, in the order of the declaration, or None if `only` is None, which selects all of them.

    Raises:
        InvalidOptionError: nothing is named, or a name matches no declared object. A selection that names nothing must not select everything,
            and neither must the mask of a secret, which as a pattern matches every name.
    """
    if only is None:
        return None
    names = [name for entry in only for name in _SEPARATORS.split(str(entry)) if name]
    if not names:
        raise InvalidOptionError(f"only is given and names no {resource.singular}: name the {resource.plural}, or leave it out to select all of them.")
    try:
        reject_mask(names)
    except ValueError as error:
        raise InvalidOptionError(f"only {error}.") from None
    by_name: dict[str, list[int]] = {}
    for index, desired in enumerate(desired_objects):
        for name in _names_of(desired):
            by_name.setdefault(name, []).append(index)
    selected: set[int] = set()
    unknown: list[str] = []
    for name in dict.fromkeys(names):
        matching = _matching(resource, name, by_name)
        selected.update(matching)
        unknown += [] if matching else [name]
    if unknown:
        # Imported only after a mistake: a packed module compiles each file that it imports.
        from ..api.mistakes import suggest

        listed = list_names(list(map(repr, unknown)), _MAX_NAMES_SHOWN)
        suggestions = dict.fromkeys(suggest(name, by_name) for name in unknown[:_MAX_NAMES_SHOWN])
        raise InvalidOptionError(
            f"only contains {listed}, which matches no declared {resource.singular}: correct it, or declare the {resource.singular}." + "".join(suggestions)
        )
    return [desired for index, desired in enumerate(desired_objects) if index in selected]


def _names_of(desired: DesiredObject) -> set[str]:
    """The names by which a declared object can be selected: its name in all spellings, and its id."""
    names = {desired.name, desired.object_id}
    # An A-label that IDNA does not allow has a single spelling.
    with contextlib.suppress(ValueError):
        names.update(desired.resource.spellings(desired.key) if desired.key is not None else ())
    return {name for name in names if name}


def _matching(resource: Resource, name: str, by_name: dict[str, list[int]]) -> set[int]:
    if _WILDCARDS & set(name):
        # A pattern is not a name, so only its letters can be normalized.
        plain = unicodedata.normalize("NFKC", name).replace("\u3002", ".").lower().removesuffix(".")
        pattern = shell_pattern(plain)
        return {index for known, indexes in by_name.items() if pattern.match(known) for index in indexes}
    return set(by_name.get(resource.normalize_name(name) or "", ()))
