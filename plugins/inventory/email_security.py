# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: email_security
short_description: Mail domains of Cloudflare Email Security as hosts
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Creates a host for each live mail domain of an account, with the name of the domain, in the group C(email_security).
  - The source is a file whose name is C(email_security.yml) or ends in C(.email_security.yml); the extension may also be C(.yaml).
  - Each host has one variable, C(email_security_live), with everything that the API returns for the domain, as in
    RV(mailops.cloudflare.email_security_domain_info#module:domains). The desired state belongs in variables of groups and hosts.
  - Sends one request for each 1000 domains. If the list of the account cannot be read completely, the inventory has no hosts.
  - A mail domain is not a machine. Therefore C(ansible_connection) of the group is V(local), and C(ansible_python_interpreter) is the Python that
    runs Ansible, so no task for such a host logs in anywhere. These are group variables of an inventory source. Variables that you set for the
    group, a host, a play, in C(group_vars/all) or on the command line have a higher precedence.
  - A template in a text from the server is never evaluated.
  - Several live domains with the same name, and a domain whose name is not that of a mail domain, are left out with a warning that names them.
    With O(strict=true) they are an error, and the inventory has no hosts.
  - An unknown option is an error, because a misspelled filter would select all domains.
extends_documentation_fragment:
  - mailops.cloudflare.connection.options
  - mailops.cloudflare.connection.plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin, which marks the file as its source.
    type: str
    required: true
    choices: [mailops.cloudflare.email_security]
  domain:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:domain).
    type: list
    elements: str
  status:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:status).
    type: str
    choices: [PENDING, ACTIVE, FAILED, TIMEOUT]
  allowed_delivery_mode:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:allowed_delivery_mode).
    type: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  active_delivery_mode:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:active_delivery_mode).
    type: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  integration_id:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:integration_id).
    type: str
  search:
    description:
      - As O(mailops.cloudflare.email_security_domain_info#module:search).
    type: str
notes:
  - The connection options and the filters may be templates with lookups and extra variables. Credentials may be vaulted.
  - The cache contains the live domains, and no credentials. It is used only for the account and the filters that it was created with.
  - If an inventory source cannot be read, for example because the credential is rejected, Ansible continues without it, prints a warning
    and exits successfully. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) for every job to make it fail.
seealso:
  - module: mailops.cloudflare.email_security_domain
  - module: mailops.cloudflare.email_security_domain_info
"""

EXAMPLES = r"""
# mail.email_security.yml
# Only this line is required: all domains become hosts, with account and token from CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN
plugin: mailops.cloudflare.email_security

# Another account, with the token in a file
account_id: 0123456789abcdef0123456789abcdef
api_token: "{{ lookup('ansible.builtin.file', '~/.config/cloudflare-email-security') }}"

# Only inline domains
allowed_delivery_mode: DIRECT

# Groups by live values (region_GLOBAL, status_ACTIVE), and two groups by a condition
keyed_groups:
  - key: email_security_live.regions
    prefix: region
  - key: email_security_live.status | upper
    prefix: status
groups:
  behind_a_gateway: (email_security_live.lookback_hops or 1) > 1
  without_tls: not email_security_live.require_tls_outbound

# A variable of each host. With strict, an invalid expression is an error
compose:
  next_hop: email_security_live.transport
strict: true

# Read the account at most once an hour. `--flush-cache` and `meta: refresh_inventory` bypass the cache
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/email-security
cache_timeout: 3600
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ansible import template
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__ as ansible_version

from ..module_utils.ansible_module import create_client, internal_error, redact_domains, require_requests
from ..module_utils.api.errors import CollectionError, InvalidOptionError
from ..module_utils.api.mistakes import did_you_mean, quote_name, quote_value, suggest
from ..module_utils.api.redaction import Redactor
from ..module_utils.connection_options import CONNECTION_OPTIONS, ENVIRONMENT, connection_from_options, sensitive_values
from ..module_utils.reconcile.listing import ListingRequest, listing_from_options, read_objects
from ..module_utils.resources.domains import Domains
from ..module_utils.version import VERSION
from ..plugin_utils.inventory_hosts import Hosts, build_hosts, summarize_problems

GROUP = "email_security"
# A single variable: host variables of an inventory source have a higher precedence than group_vars, where the policy is, and
# names from the server must not become names of variables.
VARIABLE = "email_security_live"
FILTERS = ("domain", *Domains.filters)
# By default Ansible would log in to a host with the name of the mail domain, and send the token of the task there.
GROUP_VARIABLES = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}

# Names, addresses, networks, times: nothing that could begin a template, whatever its markers are, or call a function in an expression.
_HARMLESS_TEXT = re.compile(r"[A-Za-z0-9 .,:;@/_+*-]*")
_FILE_NAME = re.compile(r"(?:.*\.)?email_security\.ya?ml", re.DOTALL)


class UnknownOptionError(InvalidOptionError):
    """The file has options that do not exist. Their values may be credentials, and so may their names."""

    def __init__(self, unknown: list[str], known: list[str]) -> None:
        super().__init__("No such option.")
        self._unknown, self._known = unknown, known

    def redacted(self, mask: Callable[[str], str]) -> str:
        """Return the message. Only what comes from the file is masked: the list of options could contain a part of a value by coincidence."""
        names = ", ".join(mask(quote_name(name)) for name in self._unknown)
        suggestions = "".join(suggest(name, self._known) for name in self._unknown)
        return f"No such option: {names}. There are {', '.join(self._known)}.{suggestions}"


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The class that Ansible loads."""

    NAME = "mailops.cloudflare.email_security"

    def __init__(self) -> None:
        super().__init__()
        self._configured: dict[str, Any] = {}
        self._redact_credentials_in({})

    def verify_file(self, path: str) -> bool:
        return bool(_FILE_NAME.fullmatch(os.path.basename(path))) and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        existing = set(inventory.hosts)
        problem = self._try_to_fill(path, cache)
        # Raised outside of the exception handlers, because Ansible also shows the exception that is being handled.
        if problem is not None:
            for name in set(inventory.hosts) - existing:
                inventory.remove_host(inventory.hosts[name])
            raise AnsibleParserError(problem)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None) -> None:
        """Resolve templates before the options are set, so that types and choices of the results are checked."""
        configured = dict(direct or {})
        self._redact_credentials_in(configured)
        if unknown := sorted(str(name) for name in configured if name not in self.option_definitions):
            raise UnknownOptionError(unknown, sorted(self.option_definitions))
        self.templar.available_variables = self._vars or {}
        self._configured = {name: self._resolve_template(name, value) for name, value in configured.items()}
        self._redact_credentials_in(self._configured)
        self._reject_unknown_choice()
        super().set_options(task_keys=task_keys, var_options=var_options, direct=self._configured)

    def _reject_unknown_choice(self) -> None:
        """Reject a filter whose value is not one of its choices. Ansible does so as well, and does not say what was probably meant."""
        for name in FILTERS:
            value, choices = self._configured.get(name), self.option_definitions[name].get("choices")
            if choices and isinstance(value, str) and value not in choices:
                raise InvalidOptionError(f"{name} is {quote_value(value)}{did_you_mean(value, choices)}; the choices are {', '.join(choices)}.")

    def _resolve_template(self, name: str, value: Any) -> Any:
        if name not in CONNECTION_OPTIONS and name not in FILTERS:
            return value
        try:
            return self.templar.template(value)
        except AnsibleError as error:
            reason = str(error)
        raise InvalidOptionError(f"{name} is a template that Ansible cannot resolve: {reason}")

    def _redact_credentials_in(self, configured: Mapping[str, Any]) -> None:
        """Remove credentials, and values that may be credentials, from all messages."""
        texts = sensitive_values({name: value for name, value in configured.items() if name in ENVIRONMENT or name not in self.option_definitions}, os.environ)
        addresses = {str(email).strip() for email in (configured.get("api_email"), os.environ.get(ENVIRONMENT["api_email"]))} & texts
        self._quote = Redactor(texts - addresses, addresses)

    def _try_to_fill(self, path: str, may_read_cache: bool) -> str | None:
        """Fill the inventory and return the error message without credentials, if it fails."""
        try:
            require_requests(self._quote)
            self._read_config_data(path)
            self._fill(self._hosts(path, may_read_cache))
        except UnknownOptionError as error:
            return error.redacted(self._quote.mask)
        except CollectionError as error:
            return self._mask(str(error))
        except AnsibleError as error:
            # The text only: the error itself may show lines of the file, and credentials in them.
            return self._mask(" ".join(filter(None, (str(error), getattr(error, "_help_text", None)))))
        except Exception as error:  # noqa: BLE001 - any error becomes a message without a traceback
            return str(internal_error(error)["msg"])
        return None

    def _mask(self, text: str) -> str:
        return str(self._quote.mask_data(text))

    def _hosts(self, path: str, may_read_cache: bool) -> Hosts:
        hosts, problems = build_hosts(self._live_domains(path, may_read_cache), self._quote)
        if problems and self.get_option("strict"):
            raise AnsibleParserError(summarize_problems(problems))
        if problems:
            self._warn(f"Not in the inventory: {summarize_problems(problems)}")
        return hosts

    def _live_domains(self, path: str, may_read_cache: bool) -> list[dict[str, Any]]:
        """The live domains that match the filters, without credentials in them."""
        filters = {name: self.get_option(name) for name in FILTERS}
        if filters["domain"] is not None:
            filters["domain"] = [str(name) for name in filters["domain"]]
        listing = listing_from_options(Domains, {**filters, **Domains.list_order})
        # Only options in the file: a credential there hides those in the environment, which Ansible's `env` would mix with it.
        connection = connection_from_options({name: self.get_option(name) for name in CONNECTION_OPTIONS if self._configured.get(name) is not None}, os.environ)
        if not self.get_option("cache"):
            return self._read(connection, listing)
        cache_scope = json.dumps([VERSION, connection.account_id, connection.base_url, filters], sort_keys=True)
        key = f"{self.get_cache_key(path)}_{hashlib.sha256(cache_scope.encode()).hexdigest()[:16]}"
        live = self._cache.get(key) if may_read_cache else None
        if live is None:
            live = self._cache[key] = self._read(connection, listing)
        return live

    def _read(self, connection: Any, listing: ListingRequest) -> list[dict[str, Any]]:
        with create_client(connection, ansible_version=ansible_version, warn=self._warn) as client:
            found: list[dict[str, Any]] = redact_domains(read_objects(Domains(client), listing), client.redactor)
        return found

    def _warn(self, text: str) -> None:
        self.display.warning(self._mask(text))

    def _fill(self, hosts: Hosts) -> None:
        self.inventory.add_group(GROUP)
        # Lower precedence than any other group. Otherwise precedence would depend on the alphabetical order of the names.
        self.inventory.set_variable(GROUP, "ansible_group_priority", 0)
        for name, value in GROUP_VARIABLES.items():
            # Keep the value of an earlier inventory source.
            if name not in self.inventory.groups[GROUP].vars:
                self.inventory.set_variable(GROUP, name, _trusted_template(value))
        is_constructed = any(self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for name, live in hosts.items():
            self._reject_name_conflict(name, live)
            self.inventory.add_host(name, GROUP)
            host = self.inventory.get_host(name)
            # Set directly: since ansible-core 2.19 the inventory tags each text with its origin, which took a third of the time.
            host.set_variable(VARIABLE, _unevaluated(live))
            if is_constructed:
                self._construct(host)

    def _reject_name_conflict(self, name: str, live: Any) -> None:
        if name in self.inventory.groups:
            raise InvalidOptionError(f"{name} is a live mail domain, but also a group of another inventory source. Rename the group.")
        existing = self.inventory.hosts[name].vars.get(VARIABLE, live) if name in self.inventory.hosts else live
        if existing.get("id") != live.get("id"):
            ids = " and ".join(self._quote(str(domain.get("id"))) for domain in (existing, live))
            raise InvalidOptionError(f"{name} is a live mail domain of two inventory sources: {ids}. Keep the accounts in separate inventories.")

    def _construct(self, host: Any) -> None:
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), host.get_vars(), host.name, strict)
        variables = host.get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict, fetch_hostvars=False)


def _trusted_template(text: str) -> Any:
    """Mark a text as a template. Since ansible-core 2.19 a text from a plugin is not a template otherwise."""
    return template.trust_as_template(text) if hasattr(template, "trust_as_template") else text


def _unevaluated(value: Any) -> Any:
    """Make sure that no text is evaluated as a template. Texts that cannot be one stay plain.

    A marked text is stored as a mapping by everything that reads `ansible-inventory --list`, such as a controller.
    """
    if isinstance(value, str):
        return _unevaluated_text(value)
    if isinstance(value, Mapping):
        return {_unevaluated_text(key): _unevaluated(item) for key, item in value.items()}
    return [_unevaluated(item) for item in value] if isinstance(value, list) else value


# The domains of an account have most of their texts in common.
@lru_cache(maxsize=4096)
def _unevaluated_text(text: str) -> Any:
    if _HARMLESS_TEXT.fullmatch(text):
        return _trusted_template(text)
    # Since ansible-core 2.19 a text from a plugin is not evaluated unless it is trusted.
    if hasattr(template, "trust_as_template"):
        return text
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(text)
