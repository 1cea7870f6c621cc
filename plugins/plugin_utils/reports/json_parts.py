# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write JSON in parts: the text of thousands of findings needs more memory than the findings. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

# How many items are encoded at once.
_ITEMS = 500


def json_parts(document: Any, member: str, items: Iterable[Any], *, depth: int, indent: int, sort_keys: bool = False) -> Iterator[str]:
    """Yield the JSON text of a document with a long list, the same as if the list were encoded with it.

    Args:
        document: the document, with an empty list in place of the long one.
        member: the name of the list.
        items: the items of the list.
        depth: in how many objects and lists the member is.
        indent: by how many spaces each level is indented.
        sort_keys: whether the members of each object are sorted.
    """
    text = json.dumps(document, indent=indent, sort_keys=sort_keys)
    # No value contains it: in JSON, the line end in a text is escaped.
    margin = f"\n{' ' * indent * depth}"
    before, empty, after = text.partition(f'{margin}"{member}": []')
    yield before + empty.removesuffix("]")
    remaining, end = iter(items), ""
    while some := list(islice(remaining, _ITEMS)):
        encoded = json.dumps(some, indent=indent, sort_keys=sort_keys)
        yield ("," if end else "") + encoded[1:-2].replace("\n", margin)
        end = margin
    yield f"{end}]{after}\n"
