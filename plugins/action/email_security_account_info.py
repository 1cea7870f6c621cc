# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of this name in the process of its task, if that is equivalent."""

from __future__ import annotations

from ..plugin_utils.in_process import InProcessAction, load_module


class ActionModule(InProcessAction):
    module = load_module("email_security_account_info")
