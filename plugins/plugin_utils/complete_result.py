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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C

from .plain_data import to_plain_data

# The key of the result that names the file.
KEY = "complete_result"
_PREFIX = "email-security-result-"


def save_result(text: str) -> str:
    """Write a result, as JSON, to a file that only the current user can read. Ansible removes the folder when it ends. Returns the path."""
    descriptor, path = tempfile.mkstemp(dir=C.DEFAULT_LOCAL_TMP, prefix=_PREFIX, suffix=".json")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


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
    """Whether a path can be one that `save_result` returned in this run: a registered result may come from anywhere."""
    return path.parent == Path(C.DEFAULT_LOCAL_TMP) and path.name.startswith(_PREFIX) and not path.is_symlink()
