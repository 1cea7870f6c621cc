# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a result that mean something else to Ansible than to a module."""

from __future__ import annotations

from typing import Any


def without_skipped(result: dict[str, Any]) -> dict[str, Any]:
    """Remove `skipped`, if it names what a module has skipped; `skipped_resources` has the same.

    To Ansible a value that is not empty means that the task was not run: it would neither count as changed nor notify handlers, and since
    ansible-core 2.19 no registered result contains the value.
    """
    return {key: value for key, value in result.items() if key != "skipped"} if isinstance(result.get("skipped"), dict) else result
