# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert values from Ansible to plain data: text is marked as unsafe or tagged, and containers may be templated lazily."""

from __future__ import annotations

import json
from typing import Any


def to_plain_data(value: Any) -> Any:
    """Return a copy of a value that consists of plain dictionaries, lists, texts, numbers, booleans and None.

    Raises:
        ValueError: the value cannot be written as JSON, for example because it contains itself.
    """
    try:
        return json.loads(json.dumps(value, default=str), parse_constant=str)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("it contains values that cannot be written as JSON") from None
