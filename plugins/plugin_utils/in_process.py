# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in the process of its task, if Ansible would start the same Python as the same user on the same machine for it.

Packing a module, starting Python and compiling Ansible's part of the module take longer than these modules themselves. The module and its
AnsibleModule are the same in both cases. If anything but the process would differ, Ansible runs the module in its usual way; the same applies to
releases of ansible-core that are not tested, and if Ansible's Python cannot import the module.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import importlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible import constants as C
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__ as ansible_version
from ansible.utils.display import Display

from .old_python import explain_old_python
from .plain_arguments import PlainList, finalize_long_argument
from .progress_lines import show_progress
from .tested_cores import is_tested
from .time_limit import TimeLimit, end_with_parent

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Any) -> None:
        """Do nothing: no module returns secrets."""


try:
    from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
except ImportError:  # before ansible-core 2.19
    from ansible.parsing.ajson import AnsibleJSONEncoder
    from ansible.utils.unsafe_proxy import wrap_var

    PROFILE = None
    ENCODER: dict[str, Any] = {"cls": AnsibleJSONEncoder, "vault_to_text": True}

    def _decode(printed: str) -> Any:
        return wrap_var(json.loads(printed))
else:
    PROFILE = "legacy"
    ENCODER = {"cls": get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)}

    def _decode(printed: str) -> Any:
        return json.loads(printed, cls=get_module_decoder(PROFILE, Direction.MODULE_TO_CONTROLLER))


if TYPE_CHECKING:
    from ..module_utils.ansible_module import CloudflareModule
    from ..module_utils.api.progress import Progress

# What the modules import only when they need it, so that a packed one need not compile it. Ansible compiles it again in each process that imports it: here,
# it is imported before Ansible forks one for each task.
_WRITES = ("api.redaction", "reconcile.change_text", "reconcile.diff", "reconcile.operation")
LATE_IMPORTS = {
    "email_security_audit": ("api.redaction",),
    "email_security_domain": _WRITES,
    "email_security_domain_info": ("api.redaction",),
    "email_security_domains": (*_WRITES, "reconcile.apply_one", "reconcile.executor"),
}

# Changes a result, given the options of its module.
FinishResult = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

ARGUMENTS = "ANSIBLE_MODULE_ARGS"
# Options with an entry for each domain, or for each entry of a list.
LONG_OPTIONS = frozenset(
    {
        "domains",
        "allow_policies",
        "block_senders",
        "content_policies",
        "impersonation_registry",
        "sending_domain_restrictions",
        "trusted_domains",
        "url_ignore_patterns",
    }
)
# Modules of ansible-core 2.22 return the secrets among their options under this key, in clear text: Ansible removes them and masks them from then on.
NEW_SECRETS = "_ansible_new_secrets"

# This file is imported before Ansible forks the first process for a task of the collection. Otherwise, each process would import Ansible's filters again.
with contextlib.suppress(Exception):
    importlib.import_module("ansible.plugins.filter.core")
# Objects that exist by now are not checked for garbage in these processes, which saves a tenth of the time with a thousand declared domains.
gc.freeze()


class ModuleInput(NamedTuple):
    """What a module gets from Ansible.

    Attributes:
        encoded: its arguments, as Ansible sends them.
        lists: long arguments that are not among these, because encoding and decoding would not change them: it takes time.
        environment: the variables of the keyword `environment`.
    """

    encoded: str
    lists: Mapping[str, PlainList] = {}
    environment: Mapping[str, str] = {}


def load_module(name: str) -> ModuleType | None:
    """Return a module of the collection, or None if this Python cannot import it.

    An error here would end ansible-playbook before any rescue, although another Python may have been chosen for the module. Broken installations do not
    raise ImportError alone: pyOpenSSL with a newer cryptography raises AttributeError, and cryptography itself an exception that is no Exception.
    """
    try:
        module = importlib.import_module(f"..modules.{name}", __package__)
        for late in LATE_IMPORTS.get(name, ()):
            importlib.import_module(f"..module_utils.{late}", __package__)
        return module
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - Ansible's usual way reports it, in a process of the module
        return None


class InProcessAction(NormalAction):  # type: ignore[misc]
    """Ansible's own action for modules, except for the process that the module runs in.

    Attributes:
        module: the module, imported with the action, before Ansible forks a process for each task. None if it cannot be imported.
        finish_result: changes the result of the module, given its options, before it is encoded for Ansible. None if nothing is to be changed.
    """

    module: ModuleType | None
    finish_result: FinishResult | None = None

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:
        """Evaluate an option of the task. Ansible calls this since 2.19."""
        return finalize_long_argument(value, templar) if name in LONG_OPTIONS else super().finalize_task_arg(name, value, templar, context)

    def _execute_module(self, *, task_vars: dict[str, Any], wrap_async: bool = False, **options: Any) -> dict[str, Any]:
        result: dict[str, Any]
        module_input = None if wrap_async else self._module_input(task_vars)
        if self.module is None or module_input is None:
            result = super()._execute_module(task_vars=task_vars, wrap_async=wrap_async, **options)
            return explain_old_python(result, self._used_interpreter, self._low_level_execute_command)
        with _extended_environment(module_input.environment), self._progress(task_vars) as progress:
            result = _run_main(self.module, module_input, self._task.timeout, progress, self.finish_result)
        # Only since 2.19: on older cores an untagged text would be templated again when the task is retried.
        if PROFILE:
            self._task.args = _without_source_positions(self._task.args, module_input)
        return result

    def _module_input(self, task_vars: dict[str, Any]) -> ModuleInput | None:
        """Return what the module gets; None if it cannot run in this process."""
        arguments = dict(self._task.args)
        environment: dict[str, Any] = {}
        try:
            if not self._can_run_in_process(task_vars):
                return None
            self._update_module_args(self._task.action, arguments, task_vars)
            self._compute_environment_string(environment)
            lists = {name: value for name, value in arguments.items() if isinstance(value, PlainList)}
            encoded = json.dumps({ARGUMENTS: {name: value for name, value in arguments.items() if name not in lists}}, **ENCODER)
        except Exception:  # noqa: BLE001 - Ansible's usual way fails as well, with its own message; or it is a later core that works differently
            return None
        return ModuleInput(encoded, lists, {str(name): str(value) for name, value in environment.items()})

    def _progress(self, task_vars: Mapping[str, Any]) -> contextlib.AbstractContextManager[Progress | None]:
        """Show the progress of a task that takes long, unless nothing of it may be shown."""
        if getattr(self._task, "no_log", False):
            return contextlib.nullcontext()
        host = task_vars.get("inventory_hostname", "localhost")
        # In a worker, Ansible sends it to its main process. On stderr, because programs read JSON from the stdout of some callback plugins.
        return show_progress(lambda line: Display().display(f"progress: [{host}]: {line}", color=C.COLOR_VERBOSE, stderr=True))

    def _can_run_in_process(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether a process of the module would have this Python, this user and this machine."""
        return (
            self.module is not None
            and is_tested(ansible_version)
            # macOS ends a forked process that asks the system for its proxies, as requests does.
            and sys.platform == "linux"
            and self._connection.transport == "local"
            and self._connection.become is None
            and not C.DEFAULT_KEEP_REMOTE_FILES
            and hasattr(basic, "_ANSIBLE_ARGS")
            and hasattr(basic, "_load_params")
            and self._interpreter(task_vars) == sys.executable
        )

    def _interpreter(self, task_vars: Mapping[str, Any]) -> Any:
        """Return the Python that was chosen for the host. A value such as `auto`, which Ansible has yet to resolve, is no path."""
        if self._task.delegate_to:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        return self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars))


def _without_source_positions(arguments: Mapping[str, Any], module_input: ModuleInput) -> dict[str, Any]:
    """Return the arguments with their lists and dictionaries as they were sent to the module.

    When a task ends, its process sends its arguments to Ansible's main process, since 2.19 with file and line of each text: for a thousand
    declared domains, a sixth of the total time. A single text keeps its tags, for example that it comes from a vault.
    """
    plain = json.loads(module_input.encoded)[ARGUMENTS] | {name: list(value) for name, value in module_input.lists.items()}
    return {name: plain[name] if isinstance(value, (list, dict)) else value for name, value in arguments.items()}


def _run_main(
    module: ModuleType, module_input: ModuleInput, seconds: int | None = None, progress: Progress | None = None, finish_result: FinishResult | None = None
) -> dict[str, Any]:
    """Run a module, and return the result that it prints.

    Args:
        module: the module.
        module_input: its arguments.
        seconds: Ansible's time limit for the task. If it is reached, the result says so, and contains what was changed by then.
        progress: is kept up to date by the module.
        finish_result: changes the result before it is encoded.
    """
    from ..module_utils import ansible_module
    from ..module_utils.garbage_collection import rare_garbage_collection

    printed, warnings = io.StringIO(), []

    def warn(warning: str, **_options: Any) -> None:
        warnings.append(warning)

    load_params = basic._load_params

    def load_all_params() -> dict[str, Any]:
        # A copy, because the module changes its options, and the task may be retried.
        return {**load_params(), **copy.deepcopy(dict(module_input.lists))}

    # Ansible's own list of warnings lives as long as the process, here for all items of a loop; and since 2.19 only a process of a module has one.
    values = {
        "_ANSIBLE_ARGS": module_input.encoded.encode(),
        "_ANSIBLE_PROFILE": PROFILE,
        "_load_params": load_all_params,
        "warn": warn,
        "remove_values": _remove_values,
    }
    limit = TimeLimit(ansible_module._execute.__code__)
    result: dict[str, Any]
    try:
        # Output of libraries on stderr is hidden, as it is for a process of a module.
        with (
            limit,
            end_with_parent(),
            rare_garbage_collection(),
            _patched_basic(values),
            _connected_module(ansible_module.CloudflareModule, progress, finish_result),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.suppress(SystemExit),
        ):
            module.main()
        result = _decode(printed.getvalue())
    except Exception as error:  # noqa: BLE001 - no traceback reaches the user
        result = {"failed": True, "changed": False, **ansible_module.internal_error(error)}
    register_secrets([str(secret) for secret in result.pop(NEW_SECRETS, None) or ()])
    if limit.is_reached and result.get("failed"):
        # In the form of Ansible's own error, so that handlers of time-outs find what they look for.
        result |= {"msg": f"Timed out after {seconds} second(s). {result.get('msg', '')}", "timedout": {"period": seconds}}
    return {**result, "warnings": warnings} if warnings else result


@contextlib.contextmanager
def _patched_basic(values: Mapping[str, Any]) -> Iterator[None]:
    """Replace the arguments of AnsibleModule and the function that it warns with. Profiles exist since ansible-core 2.19."""
    before = {name: getattr(basic, name) for name in values if hasattr(basic, name)}
    vars(basic).update({name: values[name] for name in before})
    try:
        yield
    finally:
        vars(basic).update(before)


def _remove_values(value: Any, secrets: Any) -> Any:
    """Remove Ansible's secrets from a result. Ansible copies it for that, even if it has no secrets: our modules have masked them already."""
    return remove_values(value, secrets) if secrets else value


@contextlib.contextmanager
def _connected_module(base: type[CloudflareModule], progress: Progress | None, finish_result: FinishResult | None) -> Iterator[None]:
    """Have the module keep the progress up to date and pass its result on. Its main() creates the object, so the class gets both."""
    base.progress, base.finish_result = progress, finish_result
    try:
        yield
    finally:
        base.progress = base.finish_result = None


@contextlib.contextmanager
def _extended_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Add the variables of the keyword `environment`, as a process of the module would have them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
