# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all modules, and the only file that knows AnsibleModule: options, the client, results and errors."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import DEFAULT_TYPE_VALIDATORS

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:  # before ansible-core 2.22

    def register_secrets(values: Iterable[str], /) -> None:
        """Do nothing: `no_log_values` hides them."""


# First, because it changes how the other files are imported.
from . import packed_imports  # noqa: F401  # pylint: disable=unused-import
from .api import transport
from .api.client import Client
from .api.connection import ConnectionSettings
from .api.errors import ApiError, CollectionError, InvalidOptionError, MissingOptionError
from .api.progress import Progress
from .api.texts import list_names
from .connection_options import CREDENTIAL_OPTIONS, MIN_CREDENTIAL_LENGTH, connection_from_options, sensitive_values
from .garbage_collection import rare_garbage_collection
from .resources.registry import PERMISSION_GROUP, SETTING_NAMES
from .text_options import find_non_text_options
from .version import VERSION

if TYPE_CHECKING:
    from .api.redaction import Redactor

# Values of a result under these keys are settings of a domain: a playbook may register them and send them back.
SETTING_KEYS = SETTING_NAMES | {"id", "domain_id", "domain", "before", "after", "declared", "live", "undeclared", "missing", "scope"}
# Dictionaries of a result under these keys have names of domains or of settings as their own keys.
KEYED_BY_NAME = frozenset({"before", "after", "new_ids"})
# How many names one message lists.
MAX_LISTED_NAMES = 5
# The only error of Ansible that option_mistakes.py does not explain, by the name of its class.
_UNEXPLAINED_ERROR = "MutuallyExclusiveError"
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_MASK = "********"

Options = dict[str, Any]
Result = dict[str, Any]
Task = Callable[[Client], Result]


class CloudflareModule(AnsibleModule):  # type: ignore[misc]
    """An AnsibleModule whose failures all contain `failure` and `changed`, also those that Ansible itself finds in the options.

    Attributes:
        is_redacted: whether the result was made with a client, and redacted with the credential that this sent.
        given: names of the options that were given.
        non_text_options: names of options that must be texts, but were given as lists or mappings.
        progress: is kept up to date, for whoever shows it. None in a process of the module, which cannot show anything before it ends.
        finish_result: what Ansible's own process does with a result that has no credential in it, and with the options. None in a process of the module.
    """

    is_redacted = False
    progress: Progress | None = None
    finish_result: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] | None = None
    _sensitive: Iterable[str] = ()
    _options_as_given: Mapping[str, Any] = {}

    def _load_params(self) -> None:
        """Load the options, and register the credentials to be hidden.

        Ansible hides credentials in options as they were written, but not those from the environment, nor the stripped text that is used.
        They are registered here, because Ansible logs options after this step, and shows them if it rejects one.
        """
        super()._load_params()
        # Later an option that is explicitly null cannot be distinguished from one that was left out.
        self.given = frozenset(self.params)
        self._options_as_given = dict(self.params)
        # A list in place of a dictionary is refused, but Ansible fails on a null in it before that.
        for name, option in self.argument_spec.items():
            if "options" in option and option["type"] == "dict" and isinstance(self.params.get(name), list):
                self.params[name] = [item for item in self.params[name] if item is not None]
        # Later a list in place of a text is a text: Ansible converts it to Python's notation.
        self.non_text_options = tuple(find_non_text_options(self.argument_spec, self.params))
        texts = sensitive_values(self.params, os.environ)
        # Names are shown in lower case, and a credential may have been given in place of a name.
        # Messages quote a value as Python does, and Ansible makes a dictionary of a text with equals signs, such as base64.
        long = [text for text in texts if len(text) >= MIN_CREDENTIAL_LENGTH]
        other = {form for text in long for each in (text, text.lower()) for form in (each, repr(each)[1:-1], *each.replace(",", "=").split("="))}
        other = {form for form in other if len(form) >= MIN_CREDENTIAL_LENGTH}
        self._sensitive = sorted(texts | other, key=len, reverse=True)
        self.no_log_values.update(self._sensitive)
        register_secrets(self._sensitive)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:  # type: ignore[misc]
        if "failure" not in result:
            msg = self._explain(msg)
        result.setdefault("failure", InvalidOptionError(msg).failure())
        result.setdefault("changed", False)
        self._fail(msg, result)

    def _explain(self, msg: str) -> str:
        """Return a better message for options that Ansible rejects, or the same one if it is about something else."""
        validation = getattr(self, "validation_result", None)
        errors = list(validation.errors) if validation is not None else []
        if not errors:
            return msg
        # Imported only now: a packed module compiles each file that it imports.
        from .api.mistakes import join_mistakes
        from .option_mistakes import find_mistakes

        # Masked before they are quoted: a quotation may be written differently.
        given = {name: self._mask(value) for name, value in self._options_as_given.items()}
        mistakes = list(find_mistakes(self.argument_spec, given, convert_option, self.required_one_of or ()))
        if not mistakes:
            return msg
        return join_mistakes([*mistakes, *(f"{error.msg}." for error in errors if type(error).__name__ == _UNEXPLAINED_ERROR)])

    def exit_json(self, **result: Any) -> NoReturn:  # type: ignore[misc]
        super().exit_json(**self._mask_result(result))

    def _fail(self, msg: str, result: Result) -> NoReturn:  # type: ignore[misc]
        super().fail_json(self._mask(msg), **self._mask_result(result))

    def _mask_result(self, result: Result) -> Result:
        """Return the result with all credentials masked. Ansible's own masking ends with 2.22, and earlier would also mask ordinary data.

        A credential that was not sent cannot be in a response: only options, and results of tasks that sent no request, may contain one.
        """
        self.no_log_values: set[str] = set()
        shown = {name: _HIDDEN if name in CREDENTIAL_OPTIONS and value is not None else self._mask(value) for name, value in self.params.items()}
        return {**(result if self.is_redacted else self._mask(result)), "invocation": {"module_args": shown}}

    def redact(self, text: str) -> str:
        """Return text from outside without any credential, even in part."""
        from .api.redaction import Redactor

        return Redactor(self._sensitive)(text)

    def _mask(self, value: Any) -> Any:
        """Return the value with all credentials masked."""
        if isinstance(value, str):
            for text in self._sensitive:
                value = value.replace(text, _MASK)
            return value
        if isinstance(value, dict):
            return {self._mask(key): self._mask(item) for key, item in value.items()}
        return [self._mask(item) for item in value] if isinstance(value, (list, tuple)) else value

    def finish(self, result: Result) -> None:
        """Return the result to Ansible. A failed one without `failure` describes the failures in its entries."""
        if "failure" in result:
            self.fail_json(**result)
        if "failed" in result:
            self._fail(result.pop("msg"), result)
        self.exit_json(**result)


def convert_option(type_name: str, value: Any) -> Any:
    """Convert a value to a type of the argument spec, as Ansible does. Raises TypeError or ValueError if that is not possible."""
    return DEFAULT_TYPE_VALIDATORS[type_name](value)


def run_module(module: CloudflareModule, prepare: Callable[[Options], Task]) -> None:
    """Run a module, and end the process with its result.

    Args:
        module: the module.
        prepare: validates the options before there is a client, so that invalid ones are rejected before any request. It returns the
            task: a function that takes a client and returns the module's result, to which `api` is added here.
    """
    # Finished outside of any exception handler: Ansible would add the handled exception, and its context, to the result.
    with rare_garbage_collection():
        result, client = _execute(module, prepare)
    # A server may return a credential in any field and any form; Ansible masks its exact form only.
    module.is_redacted = client is not None
    shown = redact_result(result, client.redactor) if client else result
    finish_result = type(module).finish_result
    module.finish(finish_result(shown, module.params) if finish_result else shown)


def redact_result(result: Result, redactor: Redactor) -> Result:
    """Return the result without any credential. If a setting contains one, the result fails and contains everything but that setting."""
    shown, places = redactor.mask_data_except(result, SETTING_KEYS, KEYED_BY_NAME)
    if places:
        error = _credential_in_settings(places)
        has_failed = "failure" in shown or "failed" in shown
        return {**shown, **({"msg": f"{shown['msg']} {error.message}"} if has_failed else error.as_result())}
    return dict(shown)


def redact_domains(domains: Any, redactor: Redactor) -> Any:
    """Return live domains without any credential.

    Raises:
        ApiError: of kind `response`, if a setting contains the credential.
    """
    shown, places = redactor.mask_data_except(domains, SETTING_KEYS, KEYED_BY_NAME)
    if places:
        raise _credential_in_settings(places)
    return shown


def _credential_in_settings(places: list[str]) -> ApiError:
    return ApiError(
        "response",
        f"{list_names(places, MAX_LISTED_NAMES)} contains the credential or a part of it. It is not shown: a masked setting could be taken for the "
        "real one, so it is left out.",
        "Check it in Cloudflare's dashboard. If the credential is there, correct the setting, and create a new credential.",
    )


def _execute(module: CloudflareModule, prepare: Callable[[Options], Task]) -> tuple[Result, Client | None]:
    client: Client | None = None
    try:
        require_requests(
            redact=module.redact,
            alternative=" - or run the task with an interpreter that has it: set ansible_python_interpreter to {{ ansible_playbook_python }} for localhost.",
        )
        if module.non_text_options:
            raise InvalidOptionError(" ".join(f"{name} is a list or a mapping; it must be a text." for name in module.non_text_options[:MAX_LISTED_NAMES]))
        task = prepare(module.params)
        client = create_client(_connection_settings(module), ansible_version=module.ansible_version, warn=module.warn, progress=module.progress)
        with client:
            result = task(client)
        return result | _statistics(client), client
    except CollectionError as error:
        return error.as_result() | _statistics(client), client
    except Exception as error:  # noqa: BLE001 - no traceback reaches the user
        # A possible change is reported as a change.
        return internal_error(error) | _statistics(client) | {"changed": client is not None and client.has_written}, client
    except BaseException as ended:  # noqa: BLE001 - from a signal: the time limit of the task, or Ctrl-C; the process ends with the result
        from .reconcile.interruption import failed_result

        return failed_result(ended, has_written=client is not None and client.has_written) | _statistics(client), client


def _connection_settings(module: CloudflareModule) -> ConnectionSettings:
    try:
        return connection_from_options(module.params, os.environ)
    except MissingOptionError as error:
        missing = error
    raise missing.with_hint(_environment_hint())


def _environment_hint() -> str:
    """Return whose environment variables are used, unless the module runs in Ansible's own process and uses those of Ansible."""
    if any(name.endswith(".plugin_utils.in_process") for name in sys.modules):
        return ""
    return (
        f"The environment is that of the user {_user()} on the host {os.uname().nodename}, where the module runs, which may differ from the one that "
        "Ansible was started in: pass the variables with the keyword environment, or use the options."
    )


def _user() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return str(os.geteuid())


def _statistics(client: Client | None) -> Result:
    return {"api": client.statistics()} if client else {}


def require_requests(redact: Callable[[str], str], alternative: str = "") -> None:
    """Check that the library requests can be imported.

    Args:
        redact: cleans the text of the import error.
        alternative: ends the message with another remedy.

    Raises:
        InvalidOptionError: it cannot be imported.
    """
    reason = transport.REQUESTS_IMPORT_ERROR
    if reason is None:
        return
    if isinstance(reason, ModuleNotFoundError) and reason.name == "requests":
        problem, remedy = missing_required_lib("requests").rstrip("."), "Install it with"
    else:
        text = f"{type(reason).__name__}: {redact(str(reason)).rstrip('.')}"
        problem, remedy = f"The Python library requests is installed, but {sys.executable} cannot import it: {text}", "Repair it, for example with"
    raise InvalidOptionError(f"{problem}. {remedy}: {shlex.quote(sys.executable)} -m pip install 'requests>=2.32.4'{alternative}")


def create_client(connection: ConnectionSettings, *, ansible_version: str, warn: Callable[[str], None], progress: Progress | None = None) -> Client:
    return Client(
        connection,
        user_agent=f"mailops.cloudflare/{VERSION} ansible-core/{ansible_version}",
        permission_group=PERMISSION_GROUP,
        warn=warn,
        progress=progress,
    )


def internal_error(error: Exception) -> Result:
    """Return the result for a defect of the collection. It names the exception's class and place only: its text may quote anything."""
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    place = f"{os.path.basename(entry.tb_frame.f_code.co_filename)}:{entry.tb_lineno}" if entry else "an unknown place"
    return ApiError(
        "response",
        f"Internal error of mailops.cloudflare {VERSION}: {type(error).__name__} at {place}.",
        "This is a defect of the collection: please report it with this message. Check the live settings before you run again.",
    ).as_result()
