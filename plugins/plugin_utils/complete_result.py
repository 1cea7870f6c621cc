# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pass a result that is too long for a controller from one task to another, in a temporary file of this run of Ansible.

Ansible copies the result of a task between processes and evaluates it in each task that refers to it. For an account of thousands of domains, that takes
longer than the audit, and a controller does not store such a result at all.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C

from .plain_data import to_plain_data

# The key of the result that names the file.
KEY = "complete_result"
_PREFIX = "email-security-result-"
# How many items of a list are encoded at once.
_ITEMS = 500


def save_long_result(result: Mapping[str, Any], limit: int) -> tuple[str | None, int]:
    """Write a result to a file, if its JSON is longer than a limit. Only the current user can read the file, and Ansible removes its folder when it ends.

    Returns:
        The path, and the length of the JSON. There is no path if the result is not too long, or if there is no room for the file: then the reports say
        what is left out, as they do for the result of another host.
    """
    parts, kept, size = _json_parts(result), [], 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size > limit:
            break
    else:
        return None, size
    descriptor, path = tempfile.mkstemp(dir=C.DEFAULT_LOCAL_TMP, prefix=_PREFIX, suffix=".json")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(kept)
            for part in parts:
                size += len(part)
                file.write(part)
    except OSError:
        os.unlink(path)
        return None, size + sum(map(len, parts))
    return path, size


def _json_parts(result: Mapping[str, Any]) -> Iterator[str]:
    """The JSON of a result in parts: one text of everything needs much memory."""
    start = "{"
    for name, value in result.items():
        yield f"{start}{json.dumps(name)}: "
        yield from _list_parts(value) if isinstance(value, list) and value else (json.dumps(value),)
        start = ", "
    yield "}" if result else "{}"


def _list_parts(items: list[Any]) -> Iterator[str]:
    start = "["
    for number in range(0, len(items), _ITEMS):
        encoded = json.dumps(items[number : number + _ITEMS])
        yield f"{start}{encoded[1:-1]}"
        start = ", "
    yield "]"


def load_result(result: Mapping[str, Any]) -> Any:
    """Return the complete result; or the given one, if it is complete or its file is not one that this run of Ansible has written."""
    path = result.get(KEY)
    if not isinstance(path, str) or not _is_own(Path(path)):
        return result
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return result


def plain_result(result: Mapping[str, Any]) -> Any:
    """Return the complete result as plain data.

    Raises:
        ValueError: the given result is the complete one, and cannot be written as JSON.
    """
    complete = load_result(result)
    return to_plain_data(result) if complete is result else complete


def _is_own(path: Path) -> bool:
    """Whether a path can be one that `save_long_result` returned in this run: a registered result may come from anywhere."""
    return path.parent == Path(C.DEFAULT_LOCAL_TMP) and path.name.startswith(_PREFIX) and not path.is_symlink()
