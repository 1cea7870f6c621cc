# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a long argument of a task as plain data.

Since 2.19, Ansible evaluates each value of a list separately and copies the file and line where it was written. For thousands of domains, that takes as
long as their audit. Where no value is a template, and none has a tag that matters, a copy of the data is the same.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from typing import Any


class PlainList(list[Any]):
    """A list of dictionaries, lists and scalars of Python's own types. Written as JSON and read again, it is the same."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> PlainList:
        """Copy the list, in a tenth of the time of Python's own function: Ansible copies all options before it validates them."""
        return PlainList(marshal.loads(marshal.dumps(list(self))))


try:
    from ansible._internal._datatag._tags import Origin, TrustedAsTemplate
    from ansible._internal._templating._lazy_containers import _LazyValue
except ImportError:  # before ansible-core 2.19, which evaluates a list at once; or a later one that works differently

    def finalize_long_argument(value: Any, templar: Any) -> Any:
        """Return the value of an argument."""
        return templar.template(value)

else:
    # Tags that say where a value was written, and that it may be a template.
    _IGNORED_TAGS = frozenset({Origin, TrustedAsTemplate})
    _SCALARS = frozenset({str, int, float, bool, type(None)})
    _TEMPLATE_STARTS = ("{{", "{%", "{#")
    _OVERRIDES = "#jinja2:"

    class _NotPlainError(Exception):
        """The value is a template, or it is more than plain data."""

    def finalize_long_argument(value: Any, templar: Any) -> Any:
        """Return the value of an argument."""
        container = templar.resolve_to_container(value)
        try:
            plain = _plain(container)
            return PlainList(plain) if isinstance(plain, list) else plain
        except (_NotPlainError, RecursionError):
            return templar.template(container) if isinstance(container, (dict, list)) else container

    def _plain(value: Any) -> Any:
        """Copy a value.

        Raises:
            _NotPlainError: the copy would not be the same.
        """
        # Templates are tagged as such, so that the text of a plain one is none.
        if type(value) in _SCALARS:
            return value
        if isinstance(value, _LazyValue):
            return _plain(value.value)
        if not _IGNORED_TAGS.issuperset(getattr(value, "_ansible_tags_mapping", ())):
            raise _NotPlainError
        # The methods of the base classes: those of a lazily evaluated container evaluate each value.
        if isinstance(value, str):
            return _plain_text(str.__str__(value))
        if isinstance(value, dict):
            return {_plain_key(key): _plain(item) for key, item in dict.items(value)}
        if isinstance(value, list):
            items: Iterable[Any] = list.__iter__(value)
            return [_plain(item) for item in items]
        if isinstance(value, (int, float)):
            return int(value) if isinstance(value, int) else float(value)
        raise _NotPlainError

    def _plain_key(key: Any) -> str:
        plain = _plain(key)
        if not isinstance(plain, str):
            # A number, for example: JSON makes a text of it.
            raise _NotPlainError
        return plain

    def _plain_text(text: str) -> str:
        # Most texts have no brace, and this is called for each of them.
        if ("{" in text and any(start in text for start in _TEMPLATE_STARTS)) or text.startswith(_OVERRIDES):
            raise _NotPlainError
        return text
