# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in the process of its task, where Ansible would start the same Python as the same user on the same machine for it.

To pack a module, to start Python and to compile Ansible's part of it anew takes longer than all that these modules do. The module and
its AnsibleModule are the same either way. Where anything but the process would be another one, Ansible's own way is taken. So it is with
a release of ansible-core that is not tested, and where Ansible's Python cannot import the module.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ansible import constants as C
from ansible.module_utils import basic
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__ as ansible_version

from .old_python import said_of_an_old_python
from .tested_cores import is_tested
from .time_limit import TimeLimit, ended_with_the_parent

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Any) -> None:
        """Nothing returns any."""


try:
    from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
except ImportError:  # before ansible-core 2.19
    from ansible.parsing.ajson import AnsibleJSONEncoder
    from ansible.utils.unsafe_proxy import wrap_var

    PROFILE = None
    ENCODER: dict[str, Any] = {"cls": AnsibleJSONEncoder, "vault_to_text": True}

    def _decoded(printed: str) -> Any:
        return wrap_var(json.loads(printed))
else:
    PROFILE = "legacy"
    ENCODER = {"cls": get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)}

    def _decoded(printed: str) -> Any:
        return json.loads(printed, cls=get_module_decoder(PROFILE, Direction.MODULE_TO_CONTROLLER))


ARGUMENTS = "ANSIBLE_MODULE_ARGS"
# Where modules of ansible-core 2.22 return the secrets among their options, in clear text, for Ansible to take out and to mask from then on.
NEW_SECRETS = "_ansible_new_secrets"

# Imported before Ansible forks the first process for a task of ours. In none of them is what is there by now looked through for garbage again,
# which with a thousand declared domains is a tenth of the time.
gc.freeze()


def module_named(name: str) -> ModuleType | None:
    """The module of the collection, or None where this Python cannot import it.

    An error here would end ansible-playbook, before any rescue, although the Python that is chosen for the module may be another one. Not
    ImportError alone: pyOpenSSL beside a newer cryptography raises AttributeError, and cryptography itself what is no Exception.
    """
    try:
        return importlib.import_module(f"..modules.{name}", __package__)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever it is, Ansible's own way tells it in its own process
        return None


class InProcessAction(NormalAction):  # type: ignore[misc]
    """What Ansible's own action for modules does, but for the process that the module runs in.

    Attributes:
        module: The module. Imported with the action, before Ansible forks a process for each task. None where that is not possible.
    """

    module: ModuleType | None

    def _execute_module(self, *, task_vars: dict[str, Any], wrap_async: bool = False, **more: Any) -> dict[str, Any]:
        result: dict[str, Any]
        given = None if wrap_async else self._given(task_vars)
        if self.module is None or given is None:
            result = super()._execute_module(task_vars=task_vars, wrap_async=wrap_async, **more)
            return said_of_an_old_python(result, self._used_interpreter, self._low_level_execute_command)
        arguments, environment = given
        with _environment(environment):
            result = _result_of(self.module, arguments, self._task.timeout)
        # Before, a text without its mark would be a template, if the task is done again.
        if PROFILE:
            self._task.args = _without_source_positions(self._task.args, arguments)
        return result

    def _given(self, task_vars: dict[str, Any]) -> tuple[str, dict[str, str]] | None:
        """The module's arguments, as it is sent them, and its environment, if it is to run here."""
        arguments = dict(self._task.args)
        environment: dict[str, Any] = {}
        try:
            if not self._would_run_here(task_vars):
                return None
            self._update_module_args(self._task.action, arguments, task_vars)
            self._compute_environment_string(environment)
            sent = json.dumps({ARGUMENTS: arguments}, **ENCODER)
        except Exception:  # noqa: BLE001 - Ansible's own way fails as well then, in Ansible's words; or this is a later core, which knows better
            return None
        return sent, {str(name): str(value) for name, value in environment.items()}

    def _would_run_here(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether the module's process would be one of this Python, this user and this machine."""
        return (
            self.module is not None
            and is_tested(ansible_version)
            # On macOS a forked process that asks the system for its proxies, as requests does, is ended.
            and sys.platform == "linux"
            and self._connection.transport == "local"
            and self._connection.become is None
            and not C.DEFAULT_KEEP_REMOTE_FILES
            and hasattr(basic, "_ANSIBLE_ARGS")
            and self._interpreter(task_vars) == sys.executable
        )

    def _interpreter(self, task_vars: Mapping[str, Any]) -> Any:
        """The Python that was chosen for the host. One that Ansible has yet to look for is none."""
        if self._task.delegate_to:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        return self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars))


def _without_source_positions(arguments: Mapping[str, Any], sent: str) -> dict[str, Any]:
    """The arguments with those of their lists and dictionaries that the module was sent.

    When a task ends, its process sends its arguments to Ansible's main one, from 2.19 on with the file and the line of each text: for a thousand
    declared domains, a sixth of all the time. A single text keeps what Ansible knows of it, which may be that it comes from a vault.
    """
    plain = json.loads(sent)[ARGUMENTS]
    return {name: plain[name] if isinstance(value, (list, dict)) else value for name, value in arguments.items()}


def _result_of(module: ModuleType, sent: str, seconds: int | None = None) -> dict[str, Any]:
    """What a module prints before it ends its process, when it is sent such arguments.

    Args:
        seconds: Ansible's time limit for the task. If it is reached, the result says so, and what was changed by then.
    """
    from ..module_utils import ansible_module

    printed, warnings = io.StringIO(), []

    def warn(warning: str, **_more: Any) -> None:
        warnings.append(warning)

    # Ansible's own list of warnings is kept for as long as a process lives, here for all items of a loop; and from 2.19 on it is kept nowhere
    # but in the process of a module.
    values = {"_ANSIBLE_ARGS": sent.encode(), "_ANSIBLE_PROFILE": PROFILE, "warn": warn}
    limit = TimeLimit(ansible_module._execute.__code__)
    result: dict[str, Any]
    try:
        # What a library has to say on stderr is not shown of a module's process either.
        with (
            limit,
            ended_with_the_parent(),
            _replaced(values),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.suppress(SystemExit),
        ):
            module.main()
        result = _decoded(printed.getvalue())
    except Exception as error:  # noqa: BLE001 - no traceback reaches the user, whatever it is
        result = {"failed": True, "changed": False, **ansible_module.internal_error(error)}
    register_secrets([str(secret) for secret in result.pop(NEW_SECRETS, None) or ()])
    if limit.is_over and result.get("failed"):
        # As the error that Ansible makes of it, so that a handler of a time-out finds what it looks for.
        result |= {"msg": f"Timed out after {seconds} second(s). {result.get('msg', '')}", "timedout": {"period": seconds}}
    return {**result, "warnings": warnings} if warnings else result


@contextlib.contextmanager
def _replaced(values: Mapping[str, Any]) -> Iterator[None]:
    """Where AnsibleModule finds its arguments, and what it calls to warn. Before ansible-core 2.19 there are no profiles."""
    before = {name: getattr(basic, name) for name in values if hasattr(basic, name)}
    vars(basic).update({name: values[name] for name in before})
    try:
        yield
    finally:
        vars(basic).update(before)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What the keyword C(environment) adds, as a process of its own would have it."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
