# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows AnsibleModule: options, the client from options, and what becomes of an exception."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _transport
from ._client import Client
from ._connection import DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT, SHORTEST_SECRET, Connection, connection_from, sensitive_texts
from ._domains import PERMISSION_GROUP
from ._errors import CloudflareError, OptionError
from ._version import VERSION

CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "account_id": {"type": "str"},
    "api_token": {"type": "str", "no_log": True},
    "api_email": {"type": "str", "no_log": True},
    "api_key": {"type": "str", "no_log": True},
    "base_url": {"type": "str"},
    "timeout": {"type": "float", "default": DEFAULT_TIMEOUT},
    "max_wait": {"type": "float", "default": DEFAULT_MAX_WAIT},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}

Options = dict[str, Any]
Result = dict[str, Any]
Work = Callable[[Client], Result]


class CollectionModule(AnsibleModule):  # type: ignore[misc]
    """An AnsibleModule whose every failure holds C(failure) and C(changed), those that Ansible itself finds in the options included."""

    def _load_params(self) -> None:
        """Ansible hides what came as an option, as it was written; not what came by the environment, or is stripped before use.

        Here, because from here on Ansible logs options, and shows them when it refuses one.
        """
        super()._load_params()
        # From here on an option that is null on purpose looks like one that was left out.
        self.given = frozenset(self.params)
        texts = sensitive_texts(self.params, os.environ)
        # Names are shown in lower case, and what stands in place of one may be a credential.
        self.no_log_values.update(texts, (text.lower() for text in texts if len(text) >= SHORTEST_SECRET))

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # type: ignore[misc]
        result.setdefault("failure", OptionError(msg).failure())
        result.setdefault("changed", False)
        super().fail_json(msg, **result)

    def end(self, result: Result) -> None:
        """Give the result to Ansible. One that failed without a C(failure) tells in its parts what went wrong."""
        if "failure" in result:
            self.fail_json(**result)
        if "failed" in result:
            super().fail_json(**result)
        self.exit_json(**result)


def run(module: CollectionModule, prepare: Callable[[Options], Work]) -> None:
    """Run a module's work, and end the process with its result.

    Arguments: C(prepare) takes the options, refuses wrong ones before any request, and answers with the work: a function
    that takes a client and returns the module's result. C(api) is added to it here.
    """
    # Given outside of any exception's handler: Ansible would add the handled exception, and all behind it, to the result.
    result, client = _attempt(module, prepare)
    # A server may say a credential in any field and any form; Ansible hides the exact form alone.
    module.end(client.quote.data(result) if client else result)


def _attempt(module: CollectionModule, prepare: Callable[[Options], Work]) -> tuple[Result, Client | None]:
    client: Client | None = None
    try:
        require_requests(
            " - or have the task run by an interpreter that has it: set ansible_python_interpreter to {{ ansible_playbook_python }} for localhost."
        )
        work = prepare(module.params)
        client = client_for(connection_from(module.params, os.environ), ansible_version=module.ansible_version, warn=module.warn)
        with client:
            result = work(client)
        return result | {"api": client.figures()}, client
    except CloudflareError as error:
        return {"msg": str(error), "failure": error.failure()} | _costs(client) | error.result, client
    except Exception as error:  # noqa: BLE001 - no traceback reaches the user, whatever it is
        # What may have changed is reported as changed.
        return defect(error) | _costs(client) | {"changed": client is not None and client.has_written}, client
    except BaseException as ended:  # noqa: BLE001 - raised by the handler of a signal: the time limit of the task, Ctrl-C; the process ends with the result
        from ._ended import failed_result

        return failed_result(ended, has_written=client is not None and client.has_written) | _costs(client), client


def _costs(client: Client | None) -> Result:
    return {"api": client.figures()} if client else {}


def require_requests(or_else: str = ".") -> None:
    """Errors: OptionError that ends with what else can be done."""
    if _transport.REQUESTS_IMPORT_ERROR is not None:
        install = f"Install it with: {sys.executable} -m pip install 'requests>=2.32.4'"
        raise OptionError(f"{missing_required_lib('requests').rstrip('.')}. {install}{or_else}")


def client_for(connection: Connection, *, ansible_version: str, warn: Callable[[str], None]) -> Client:
    return Client(
        connection,
        user_agent=f"mailops.cloudflare/{VERSION} ansible-core/{ansible_version}",
        permission_group=PERMISSION_GROUP,
        warn=warn,
    )


def defect(error: Exception) -> Result:
    """A fault of ours. Only its kind and place are told: its words may quote anything."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "an unknown place"
    fault = CloudflareError(
        "response",
        f"mailops.cloudflare {VERSION} met something that it does not know ({type(error).__name__} at {where}).",
        "This is a defect of the collection: please report it with these words. Look at the live settings before you run again.",
    )
    return {"msg": str(fault), "failure": fault.failure()}
