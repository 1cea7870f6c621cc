# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in words that a module was run by a Python that is too old for it, where Ansible shows a traceback of that Python."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils.api.errors import InvalidOptionError

OLDEST = (3, 10)
_ASK = "import sys; sys.stdout.write('python-version=%d.%d.%d' % sys.version_info[:3])"
_ANSWER = re.compile(r"python-version=(\d+)\.(\d+)\.(\d+)")
# What Ansible returns of a module whose process ended without a result, and what is of no use once the reason is known.
_TRACES = ("module_stdout", "module_stderr", "exception", "rc", "stdout", "stderr", "stdout_lines", "stderr_lines")


def said_of_an_old_python(result: dict[str, Any], shebang: str | None, execute: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The result of a module that Ansible started; another one if it failed because its Python is too old.

    A module of the collection that was able to start says C(failure) whenever it fails. So only of one without is the Python asked for its
    version, on the host and as the user of the task.

    Args:
        result: What Ansible returns.
        shebang: The interpreter that Ansible chose, as the first line of a script.
        execute: Runs a command as the task does, and returns its `stdout` among other things.
    """
    interpreter = (shebang or "").lstrip("#!").strip()
    if not result.get("failed") or result.get("failure") or result.get("unreachable") or not interpreter:
        return result
    try:
        command = f"{' '.join(map(shlex.quote, shlex.split(interpreter)))} -c {shlex.quote(_ASK)}"
        found = _ANSWER.search(str(execute(command).get("stdout")))
    except Exception:  # noqa: BLE001 - a host that answers nothing more; what Ansible said of it stays
        return result
    if found is None or tuple(map(int, found.groups())) >= OLDEST:
        return result
    oldest = ".".join(map(str, OLDEST))
    refusal = InvalidOptionError(
        f"{interpreter} is Python {'.'.join(found.groups())}, and the modules of mailops.cloudflare need Python {oldest} or later. "
        "Nothing was sent. Set ansible_python_interpreter to a newer Python that has the package requests; "
        "for a task that runs where Ansible runs, to {{ ansible_playbook_python }}."
    )
    rest = {name: value for name, value in result.items() if name not in _TRACES}
    return {**rest, "failed": True, "changed": False, "msg": str(refusal), "failure": refusal.failure()}
