# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces the traceback of a Python that is too old for a module with a message that says so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils.api.errors import InvalidOptionError

MINIMUM_VERSION = (3, 10)
_PRINT_VERSION = "import sys; sys.stdout.write('python-version=%d.%d.%d' % sys.version_info[:3])"
_PRINTED_VERSION = re.compile(r"python-version=(\d+)\.(\d+)\.(\d+)")
# Keys that Ansible returns for a module without a result. They are of no use once the reason is known.
_TRACEBACK_KEYS = ("module_stdout", "module_stderr", "exception", "rc", "stdout", "stderr", "stdout_lines", "stderr_lines")


def explain_old_python(result: dict[str, Any], shebang: str | None, execute: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the result of a module that Ansible started, or an explanation if it failed because its Python is too old.

    A module of the collection that could start returns `failure` whenever it fails. So the version of the Python is queried only for a failed
    result without it, on the host and as the user of the task.

    Args:
        result: what Ansible returns.
        shebang: the interpreter that Ansible chose, as the first line of a script.
        execute: runs a command as the task does, and returns its `stdout` among other keys.
    """
    interpreter = (shebang or "").lstrip("#!").strip()
    if not result.get("failed") or result.get("failure") or result.get("unreachable") or not interpreter:
        return result
    try:
        command = f"{' '.join(map(shlex.quote, shlex.split(interpreter)))} -c {shlex.quote(_PRINT_VERSION)}"
        found = _PRINTED_VERSION.search(str(execute(command).get("stdout")))
    except Exception:  # noqa: BLE001 - the host does not respond any more: keep the result of Ansible
        return result
    if found is None or tuple(map(int, found.groups())) >= MINIMUM_VERSION:
        return result
    minimum = ".".join(map(str, MINIMUM_VERSION))
    refusal = InvalidOptionError(
        f"{interpreter} is Python {'.'.join(found.groups())}, and the modules of mailops.cloudflare need Python {minimum} or later. "
        "Nothing was sent. Set ansible_python_interpreter to a newer Python that has the package requests; "
        "for a task on the controller, to {{ ansible_playbook_python }}."
    )
    other = {name: value for name, value in result.items() if name not in _TRACEBACK_KEYS}
    return {**other, "failed": True, "changed": False, "msg": str(refusal), "failure": refusal.failure()}
