# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that reads declared domains from a table. domains_from_csv.yml documents it.

What it needs is imported when it is called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"domains_from_csv": _read}


def _read(table: Any) -> list[dict[str, Any]]:
    from ..plugin_utils.export.read_csv import TableError, domains_from_csv
    from ..plugin_utils.plain_data import to_plain_data

    if not isinstance(table, str):
        raise AnsibleFilterError("mailops.cloudflare.domains_from_csv expects the text of a CSV file, for example from the lookup ansible.builtin.file.")
    try:
        return domains_from_csv(to_plain_data(table))
    except TableError as error:
        raise AnsibleFilterError(f"mailops.cloudflare.domains_from_csv cannot read the table: {error}.") from None
