# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that knows AnsibleModule: options, the client from options, and what becomes of an exception."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Iterable[str], /) -> None:
        """What is hidden is hidden by C(no_log_values)."""


from .api import transport
from .api.client import Client
from .api.connection import CREDENTIALS, DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT, SHORTEST_SECRET, ConnectionSettings, connection_from_options, sensitive_values
from .api.errors import ApiError, InvalidOptionError, MissingOptionError
from .resources.registry import PERMISSION_GROUP, RESOURCES
from .text_options import options_that_are_no_text
from .version import VERSION

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

if TYPE_CHECKING:
    from .api.redaction import Redactor

# What stands under these keys of a result is what is, was or shall be of a domain: whoever registers it may send it back.
SETTINGS = frozenset(
    {field.name for collection in RESOURCES.values() for field in collection.resource.fields}
    | {"id", "domain_id", "domain", "before", "after", "declared", "live", "undeclared", "missing", "scope"}
)
# Dictionaries of a result whose keys are names of domains or of settings.
BY_NAME = frozenset({"before", "after", "new_ids"})
# More places in one message help nobody.
MOST_PLACES = 5
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_MASK = "********"

Options = dict[str, Any]
Result = dict[str, Any]
Task = Callable[[Client], Result]


class CloudflareModule(AnsibleModule):  # type: ignore[misc]
    """An AnsibleModule whose every failure holds C(failure) and C(changed), those that Ansible itself finds in the options included.

    C(is_connected): whether the result comes from a conversation with the API, and is cleaned of the credential that was sent.
    C(given): the options that were given. C(no_texts): those that must be texts, and were given as lists or mappings.
    """

    is_connected = False
    _sensitive: Iterable[str] = ()

    def _load_params(self) -> None:
        """Ansible hides what came as an option, as it was written; not what came by the environment, or is stripped before use.

        Here, because from here on Ansible logs options, and shows them when it refuses one.
        """
        super()._load_params()
        # From here on an option that is null on purpose looks like one that was left out.
        self.given = frozenset(self.params)
        # And from here on a list in place of a text is one: Ansible writes it as Python does.
        self.no_texts = tuple(options_that_are_no_text(self.argument_spec, self.params))
        texts = sensitive_values(self.params, os.environ)
        # Names are shown in lower case, and what stands in place of one may be a credential.
        self._sensitive = sorted(texts | {text.lower() for text in texts if len(text) >= SHORTEST_SECRET}, key=len, reverse=True)
        self.no_log_values.update(self._sensitive)
        register_secrets(self._sensitive)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # type: ignore[misc]
        result.setdefault("failure", InvalidOptionError(msg).failure())
        result.setdefault("changed", False)
        self._fail(msg, result)

    def exit_json(self, **result: Any) -> NoReturn:  # type: ignore[misc]
        super().exit_json(**self._hidden(result))

    def _fail(self, msg: str, result: Result) -> NoReturn:  # type: ignore[misc]
        super().fail_json(self._without(msg), **self._hidden(result))

    def _hidden(self, result: Result) -> Result:
        """The result as it may be shown. Ansible's own hiding ends with 2.22, and before that would also hide, in data, what is no secret there.

        A credential that was not sent cannot be in an answer: only the options, and results of tasks that ended before any request, may hold one.
        """
        self.no_log_values: set[str] = set()
        shown = {name: _HIDDEN if name in CREDENTIALS and value is not None else self._without(value) for name, value in self.params.items()}
        return {**(result if self.is_connected else self._without(result)), "invocation": {"module_args": shown}}

    def quoted(self, text: str) -> str:
        """Words from outside, without anything that must not be shown, even in part."""
        from .api.redaction import Redactor

        return Redactor(self._sensitive)(text)

    def _without(self, value: Any) -> Any:
        """The value with all texts masked that must not be shown."""
        if isinstance(value, str):
            for text in self._sensitive:
                value = value.replace(text, _MASK)
            return value
        if isinstance(value, dict):
            return {self._without(key): self._without(item) for key, item in value.items()}
        return [self._without(item) for item in value] if isinstance(value, (list, tuple)) else value

    def end(self, result: Result) -> None:
        """Give the result to Ansible. One that failed without a C(failure) tells in its parts what went wrong."""
        if "failure" in result:
            self.fail_json(**result)
        if "failed" in result:
            self._fail(result.pop("msg"), result)
        self.exit_json(**result)


def run_module(module: CloudflareModule, prepare: Callable[[Options], Task]) -> None:
    """Run a module's work, and end the process with its result.

    Arguments: C(prepare) takes the options, refuses wrong ones before any request, and answers with the work: a function
    that takes a client and returns the module's result. C(api) is added to it here.
    """
    # Given outside of any exception's handler: Ansible would add the handled exception, and all behind it, to the result.
    result, client = _execute(module, prepare)
    # A server may say a credential in any field and any form; Ansible hides the exact form alone.
    module.is_connected = client is not None
    module.end(returnable(result, client.quote) if client else result)


def returnable(result: Result, quote: Redactor) -> Result:
    """The result without any credential. One with a setting that holds the credential fails, and tells of all that was done but that setting."""
    shown, places = quote.data_unless(result, SETTINGS, BY_NAME)
    if places:
        error = _altered(places)
        told = {"msg": str(error), "failure": error.failure()}
        if "failure" in shown or "failed" in shown:
            told = {"msg": f"{shown['msg']} {error.said}"}
        return {**shown, **told}
    return dict(shown)


def unaltered(value: Any, quote: Redactor) -> Any:
    """Live domains without any credential. Errors: CloudflareError (response) if a setting holds the credential."""
    shown, places = quote.data_unless(value, SETTINGS, BY_NAME)
    if places:
        raise _altered(places)
    return shown


def _altered(places: list[str]) -> ApiError:
    more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
    return ApiError(
        "response",
        f"The credential, or a part of it, stands in {', '.join(places[:MOST_PLACES])}{more}. It is not shown, and a setting with a mask in it "
        "would be another setting, so that is left out.",
        "Look at it in Cloudflare's dashboard. If it is there, somebody wrote it there: correct the setting, and make a new credential.",
    )


def _execute(module: CloudflareModule, prepare: Callable[[Options], Task]) -> tuple[Result, Client | None]:
    client: Client | None = None
    try:
        require_requests(
            quote=module.quoted,
            or_else=" - or have the task run by an interpreter that has it: set ansible_python_interpreter to {{ ansible_playbook_python }} for localhost.",
        )
        if module.no_texts:
            raise InvalidOptionError(" ".join(f"{name} is a list or a mapping; it must be a text." for name in module.no_texts[:MOST_PLACES]))
        work = prepare(module.params)
        client = create_client(_connection_of(module), ansible_version=module.ansible_version, warn=module.warn)
        with client:
            result = work(client)
        return result | {"api": client.statistics()}, client
    except ApiError as error:
        return {"msg": str(error), "failure": error.failure()} | _costs(client) | error.result, client
    except Exception as error:  # noqa: BLE001 - no traceback reaches the user, whatever it is
        # What may have changed is reported as changed.
        return internal_error(error) | _costs(client) | {"changed": client is not None and client.has_written}, client
    except BaseException as ended:  # noqa: BLE001 - raised by the handler of a signal: the time limit of the task, Ctrl-C; the process ends with the result
        from .reconcile.interruption import failed_result

        return failed_result(ended, has_written=client is not None and client.has_written) | _costs(client), client


def _connection_of(module: CloudflareModule) -> ConnectionSettings:
    try:
        return connection_from_options(module.params, os.environ)
    except MissingOptionError as error:
        missing = error
    raise missing.with_hint(_whose_environment())


def _whose_environment() -> str:
    """Says whose environment variables are meant, unless they are those of Ansible, in whose process the module may run."""
    if any(name.endswith(".plugin_utils.in_process") for name in sys.modules):
        return ""
    return (
        f"The environment is the one of the user {_user()} on the host {os.uname().nodename}, where the module runs, which may not be the one that "
        "Ansible was started in: hand the variables over with the keyword environment, or use the options."
    )


def _user() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return str(os.geteuid())


def _costs(client: Client | None) -> Result:
    return {"api": client.statistics()} if client else {}


def require_requests(quote: Callable[[str], str], or_else: str = ".") -> None:
    """Errors: OptionError that says why, and ends with what else can be done. C(quote) cleans the words of the exception."""
    reason = transport.REQUESTS_IMPORT_ERROR
    if reason is None:
        return
    if isinstance(reason, ModuleNotFoundError) and reason.name == "requests":
        said, remedy = missing_required_lib("requests").rstrip("."), "Install it with"
    else:
        said = f"The Python library requests is there, but {sys.executable} cannot import it: {type(reason).__name__}: {quote(str(reason)).rstrip('.')}"
        remedy = "Mend it, for example with"
    raise InvalidOptionError(f"{said}. {remedy}: {sys.executable} -m pip install 'requests>=2.32.4'{or_else}")


def create_client(connection: ConnectionSettings, *, ansible_version: str, warn: Callable[[str], None]) -> Client:
    return Client(
        connection,
        user_agent=f"mailops.cloudflare/{VERSION} ansible-core/{ansible_version}",
        permission_group=PERMISSION_GROUP,
        warn=warn,
    )


def internal_error(error: Exception) -> Result:
    """A fault of ours. Only its kind and place are told: its words may quote anything."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "an unknown place"
    fault = ApiError(
        "response",
        f"mailops.cloudflare {VERSION} met something that it does not know ({type(error).__name__} at {where}).",
        "This is a defect of the collection: please report it with these words. Look at the live settings before you run again.",
    )
    return {"msg": str(fault), "failure": fault.failure()}
