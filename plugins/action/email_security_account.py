# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of this name in the process of its task, if that is equivalent."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.in_process import InProcessAction, load_module
from ..plugin_utils.reserved_keys import hide_results, restore_results


class ActionModule(InProcessAction):
    module = load_module("email_security_account")

    def _execute_module(self, **options: Any) -> dict[str, Any]:
        return restore_results(super()._execute_module(**options))

    def _parse_returned_data(self, *arguments: Any, **options: Any) -> Any:
        return hide_results(super()._parse_returned_data(*arguments, **options))
