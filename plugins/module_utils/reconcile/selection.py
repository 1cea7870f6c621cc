# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `only`: which of the declared domains a task is about. Pure."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from fnmatch import translate

from ..api.errors import InvalidOptionError
from ..resources.domain_names import normalize_live_name, refuse_mask, spellings
from .desired import DesiredObject

_SEPARATORS = re.compile(r"[,\s]+")
_WILD = set("*?")
_MAX_MISTAKES_SHOWN = 3


def chosen(desired_objects: Sequence[DesiredObject], only: Iterable[object] | None) -> list[DesiredObject] | None:
    """Select declared domains by name, pattern or id.

    Args:
        desired_objects: all declared domains.
        only: what the user gave. Commas and blanks inside an entry separate names. A pattern has `*` and `?`, and a bracket means itself.

    Returns:
        The domains that are meant, in the order of their declaration, or None if `only` is None, which means all of them.

    Raises:
        OptionError: nothing is named, or a name fits no declared domain. A choice that names nothing must not mean all, and neither must the
            mask of a secret, which as a pattern fits every name.
    """
    if only is None:
        return None
    words = [word for entry in only for word in _SEPARATORS.split(str(entry)) if word]
    if not words:
        raise InvalidOptionError("only is given and names no domain: name the domains, or leave it out to have all of them.")
    try:
        refuse_mask(words)
    except ValueError as error:
        raise InvalidOptionError(f"only {error}.") from None
    by_name: dict[str, list[int]] = {}
    for index, desired in enumerate(desired_objects):
        for handle in _handles(desired):
            by_name.setdefault(handle, []).append(index)
    found: set[int] = set()
    strange: list[str] = []
    for word in dict.fromkeys(words):
        matching = _matching(word, by_name)
        found.update(matching)
        strange += [] if matching else [repr(word)]
    if strange:
        more = f" and {len(strange) - _MAX_MISTAKES_SHOWN} more" if len(strange) > _MAX_MISTAKES_SHOWN else ""
        raise InvalidOptionError(
            f"only holds {', '.join(strange[:_MAX_MISTAKES_SHOWN])}{more}, which fits no declared domain: correct it, or declare the domain."
        )
    return [desired for index, desired in enumerate(desired_objects) if index in found]


def _handles(desired: DesiredObject) -> set[str]:
    """What a declared domain is called: its name in both spellings, and its id."""
    handles = {desired.name, desired.domain_id}
    # An A-label that IDNA does not know has one spelling.
    with contextlib.suppress(ValueError):
        handles.update(spellings(desired.name) if desired.name else ())
    return {handle for handle in handles if handle}


def _matching(word: str, by_name: dict[str, list[int]]) -> set[int]:
    if _WILD & set(word):
        # A pattern is no name, so that only its letters can be brought into the form that names have.
        plain = unicodedata.normalize("NFKC", word).replace("\u3002", ".").lower().removesuffix(".")
        pattern = re.compile(translate(plain.replace("[", "[[]")))
        return {index for handle, indexes in by_name.items() if pattern.match(handle) for index in indexes}
    return set(by_name.get(normalize_live_name(word) or "", ()))
