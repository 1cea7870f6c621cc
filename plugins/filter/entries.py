# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that reads entries of lists from lines or tables. entries.yml documents it.

What it needs is imported when it is called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"entries": _read}


def _read(value: Any, key: Any = None, **settings: Any) -> list[dict[str, Any]]:
    from ..plugin_utils.export.read_csv import TableError
    from ..plugin_utils.export.read_entries import read_entries
    from ..plugin_utils.plain_data import to_plain_data

    try:
        return read_entries(*map(to_plain_data, (value, key, settings)))
    except ValueError as error:
        what = "the entries" if isinstance(error, TableError) else "its input"
        raise AnsibleFilterError(f"mailops.cloudflare.entries cannot read {what}: {error}.") from None
