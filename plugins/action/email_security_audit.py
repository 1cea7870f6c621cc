# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of this name in the process of its task, if that is equivalent, and keeps a result that is too long for a controller in a file."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils.audit.audit_result_size import result_limit, shorten_audit_result
from ..plugin_utils.complete_result import KEY, save_long_result
from ..plugin_utils.in_process import InProcessAction, load_module

# What Ansible adds to the result of a module. Since ansible-core 2.22, the exception of a failed one is an object that cannot be written as JSON.
_OF_ANSIBLE = ("invocation", "exception")


class ActionModule(InProcessAction):
    module = load_module("email_security_audit")
    # Whether this task's result is to be shortened: the option `shorten` of the user.
    _shortens = False

    def _execute_module(self, *, task_vars: dict[str, Any], wrap_async: bool = False, **options: Any) -> dict[str, Any]:
        arguments = self._task.args
        # Shortened here, after the complete result was saved. The result of an asynchronous task is not known here.
        self._shortens, self._is_shortened = not wrap_async and _is_true(arguments.get("shorten", True)), False
        if not self._shortens:
            return super()._execute_module(task_vars=task_vars, wrap_async=wrap_async, **options)
        self._task.args = {**arguments, "shorten": False}
        try:
            result = super()._execute_module(task_vars=task_vars, wrap_async=wrap_async, **options)
        finally:
            self._task.args = {**self._task.args, "shorten": arguments["shorten"]} if "shorten" in arguments else _without_shorten(self._task.args)
        invocation = result.get("invocation")
        shown = invocation.get("module_args") if isinstance(invocation, dict) else None
        if isinstance(shown, dict) and "shorten" in shown:
            shown["shorten"] = True
        if self._is_shortened:
            return result
        own = {name: value for name, value in result.items() if name not in _OF_ANSIBLE}
        return {**_shorten(own, shown if isinstance(shown, dict) else {}), **{name: result[name] for name in _OF_ANSIBLE if name in result}}

    def finish_result(self, result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Shorten the result of the module in this process, before it is encoded for Ansible: for thousands of domains, that takes as long as the audit."""
        if not self._shortens:
            return result
        self._is_shortened = True
        return _shorten(result, options)


def _is_true(value: Any) -> bool:
    """Whether the option is true. The module rejects what is no boolean."""
    try:
        return bool(boolean(value))
    except TypeError:
        return False


def _without_shorten(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "shorten"}


def _shorten(result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Shorten a result and its options as the module does, and save the complete one if it is too long."""
    if "findings" not in result:
        return result
    path, size = save_long_result(result, result_limit(options))
    shortened = shorten_audit_result(result, options, size)
    return {**shortened, KEY: path} if path else shortened
