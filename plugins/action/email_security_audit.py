# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module of the same name in the process of its task, where the result is the same."""

from __future__ import annotations

from ..plugin_utils.in_process import InProcessAction, module_named


class ActionModule(InProcessAction):
    module = module_named("email_security_audit")
