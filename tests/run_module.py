"""Run the `main()` of a module in this process, as Ansible runs it in a process of its own. Used by unit, integration and proof tests."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.module_utils.common.parameters import PASS_VARS

NEW_SECRETS = "_ansible_new_secrets"
# Puts the invocation into the result. Releases of ansible-core before 2.20 always do that, and do not know the parameter.
SHOW_INVOCATION = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


def run_main(main: Callable[[], None], options: Mapping[str, Any]) -> str:
    """Call `main` with these options, among them Ansible's own, such as `_ansible_check_mode`.

    Returns:
        Everything that the module printed: its result as JSON. What has to be masked is left out: since ansible-core 2.22 a module lists it in its
        result, and Ansible removes it before anything else.
    """
    stdout = io.StringIO()
    # Ansible collects warnings for as long as a process lives, so those of earlier calls would be in this result.
    for name in ("_global_warnings", "_global_deprecations"):
        getattr(warnings, name).clear()
    with _module_arguments({"_ansible_version": "2.99.0", **options}), contextlib.redirect_stdout(stdout), contextlib.suppress(SystemExit):
        main()
    printed = stdout.getvalue()
    if NEW_SECRETS in printed:
        result = json.loads(printed)
        result.pop(NEW_SECRETS, None)
        printed = json.dumps(result)
    return printed


@contextlib.contextmanager
def _module_arguments(arguments: dict[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # before ansible-core 2.19
        with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()):
            yield
    else:
        with patch_module_args(arguments):
            yield
