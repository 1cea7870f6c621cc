# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describe the changes of files for Ansible's --diff, as its modules `copy` and `file` do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible import constants as C

Diff = dict[str, Any]


def folder_diff(path: Path) -> Diff:
    """A folder that is created."""
    return {name: {"path": str(path), "state": state} for name, state in (("before", "absent"), ("after", "directory"))}


def mode_diff(path: Path, before: int, after: int) -> Diff:
    """A file whose permissions change."""
    return {name: {"path": str(path), "mode": f"{mode:04o}"} for name, mode in (("before", before), ("after", after))}


def content_diff(path: Path, before: bytes | None, after: bytes) -> Diff:
    """A file whose content changes. Contents that are too long for Ansible's setting max_diff_size are left out, and Ansible says so.

    Args:
        path: where the file is.
        before: its content; None if it does not exist.
        after: its new content.
    """
    diff: Diff = {}
    limit = C.MAX_FILE_SIZE_FOR_DIFF
    if before is None:
        diff["before"] = ""
    elif b"\0" in before:
        diff["dst_binary"] = 1
    elif 0 < limit < len(before):
        diff["dst_larger"] = limit
    else:
        diff |= {"before_header": str(path), "before": before.decode("utf-8", "replace")}
    if 0 < limit < len(after):
        diff["src_larger"] = limit
    else:
        diff |= {"after_header": str(path), "after": after.decode("utf-8", "replace")}
    return diff
