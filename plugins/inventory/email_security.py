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
  - Makes each live mail domain of an account a host, named like the domain, in the group C(email_security).
  - The source is a file whose name is C(email_security.yml), or ends in C(.email_security.yml); C(.yaml) is taken, too.
  - Each host has one variable, C(email_security_live), with all that the API tells of the domain, as
    RV(mailops.cloudflare.email_security_domain_info#module:domains) has it. What is to be stands elsewhere, in variables of groups and hosts.
  - One request is sent for each 1000 domains. If the list of the account cannot be read to its end, there is no host at all.
  - A mail domain is no machine. So C(ansible_connection) of the group is V(local), and C(ansible_python_interpreter) the Python that runs Ansible;
    no task for such a host logs in anywhere. These are variables of the group in an inventory source, which the ones that you set for the group,
    a host, a play, in C(group_vars/all) or on the command line outrank.
  - A template in a text of the server is never evaluated.
  - Two live domains of one name, and one whose name is not that of a mail domain, are no hosts. They are left out with a
    warning that names them. With O(strict=true) there is an error instead, and no host at all.
  - An option that does not exist is an error, because a filter with a typing error in its name would let everything through.
extends_documentation_fragment:
  - mailops.cloudflare.connection.options
  - mailops.cloudflare.connection.plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin. It says that the file is meant for it.
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
  - The options of the connection and the filters may be templates, with lookups and with extra variables. Credentials may be vaulted.
  - What is cached are the live domains, without any credential. The cache of a file serves only the account and the filters that it was made with.
  - If an inventory source cannot be read, for example because the credential is refused, Ansible itself goes on without it, says so in a warning
    and ends with success. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) for every job, to have it fail.
seealso:
  - module: mailops.cloudflare.email_security_domain
  - module: mailops.cloudflare.email_security_domain_info
"""

EXAMPLES = r"""
# mail.email_security.yml
# This line is all that is needed: all domains become hosts, with account and token from CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN
plugin: mailops.cloudflare.email_security

# Another account, whose token is in a file
account_id: 0123456789abcdef0123456789abcdef
api_token: "{{ lookup('ansible.builtin.file', '~/.config/cloudflare-email-security') }}"

# Only the domains that are delivered to directly
allowed_delivery_mode: DIRECT

# Groups by what is live: region_GLOBAL, status_ACTIVE, and two by a condition
keyed_groups:
  - key: email_security_live.regions
    prefix: region
  - key: email_security_live.status | upper
    prefix: status
groups:
  behind_a_gateway: (email_security_live.lookback_hops or 1) > 1
  without_tls: not email_security_live.require_tls_outbound

# A variable of each host. Whatever is wrong in an expression is an error
compose:
  next_hop: email_security_live.transport
strict: true

# Read the account once an hour at most. `--flush-cache` and `meta: refresh_inventory` read it anew
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/email-security
cache_timeout: 3600
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ansible import template
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__ as ansible_version

from ..module_utils.ansible_module import Task, create_client, internal_error, redact_domains, require_requests
from ..module_utils.api.errors import CollectionError, InvalidOptionError
from ..module_utils.api.redaction import Redactor
from ..module_utils.connection_options import CONNECTION_OPTIONS, ENVIRONMENT, connection_from_options, sensitive_values
from ..module_utils.version import VERSION
from ..modules import email_security_domain_info as info
from ..plugin_utils.inventory_hosts import Hosts, build_hosts, summarize_problems

GROUP = "email_security"
# One variable, under a name of its own: host variables of an inventory source outrank group_vars, where the policy is, and
# names that a server chooses must not become names of variables.
VARIABLE = "email_security_live"
FILTERS = ("domain", *info.FILTERS)
# By default Ansible would log in at whatever answers at the name of a mail domain, and take a token of the task along.
CONNECTION = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}

_FILE_NAME = re.compile(r"(?:.*\.)?email_security\.ya?ml", re.DOTALL)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """What Ansible looks for."""

    NAME = "mailops.cloudflare.email_security"

    def __init__(self) -> None:
        super().__init__()
        self._given: dict[str, Any] = {}
        self._hide({})

    def verify_file(self, path: str) -> bool:
        return bool(_FILE_NAME.fullmatch(os.path.basename(path))) and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        others = set(inventory.hosts)
        problem = self._attempt(path, cache)
        # Raised outside of any handler: Ansible shows the exception that is being handled, too.
        if problem is not None:
            for name in set(inventory.hosts) - others:
                inventory.remove_host(inventory.hosts[name])
            raise AnsibleParserError(self._quote.mask_data(problem))

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None) -> None:
        """Templates are resolved before, so that what comes of them is of the right type and among the choices, or refused."""
        given = dict(direct or {})
        self._hide(given)
        if unknown := sorted(str(name) for name in given if name not in self.option_definitions):
            raise InvalidOptionError(f"No such option: {', '.join(unknown)}. There are {', '.join(sorted(self.option_definitions))}.")
        self.templar.available_variables = self._vars or {}
        self._given = {name: self._resolved(name, value) for name, value in given.items()}
        self._hide(self._given)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=self._given)

    def _resolved(self, name: str, value: Any) -> Any:
        if name not in CONNECTION_OPTIONS and name not in FILTERS:
            return value
        try:
            return self.templar.template(value)
        except AnsibleError as error:
            words = str(error)
        raise InvalidOptionError(f"{name} is a template that Ansible cannot resolve: {words}")

    def _hide(self, given: Mapping[str, Any]) -> None:
        """Keep out of everything what is a credential, or may be one."""
        texts = sensitive_values({name: value for name, value in given.items() if name in ENVIRONMENT or name not in self.option_definitions}, os.environ)
        addresses = {str(email).strip() for email in (given.get("api_email"), os.environ.get(ENVIRONMENT["api_email"]))} & texts
        self._quote = Redactor(texts - addresses, addresses)

    def _attempt(self, path: str, may_read_cache: bool) -> str | None:
        """Fill the inventory. Returns what is in the way, if anything is."""
        try:
            require_requests(self._quote)
            self._read_config_data(path)
            self._fill(self._hosts(path, may_read_cache))
        except CollectionError as error:
            return str(error)
        except AnsibleError as error:
            # Not the error itself: it may show lines of the file, and a credential in them.
            return " ".join(filter(None, (str(error), getattr(error, "_help_text", None))))
        except Exception as error:  # noqa: BLE001 - no traceback reaches the user, whatever it is
            return str(internal_error(error)["msg"])
        return None

    def _hosts(self, path: str, may_read_cache: bool) -> Hosts:
        hosts, obstacles = build_hosts(self._live(path, may_read_cache), self._quote)
        if obstacles and self.get_option("strict"):
            raise AnsibleParserError(summarize_problems(obstacles))
        if obstacles:
            self._warn(f"Not in the inventory: {summarize_problems(obstacles)}")
        return hosts

    def _live(self, path: str, may_read_cache: bool) -> list[dict[str, Any]]:
        """The live domains that the filters let through, without any credential in them."""
        wanted = {name: self.get_option(name) for name in FILTERS}
        if wanted["domain"] is not None:
            wanted["domain"] = [str(name) for name in wanted["domain"]]
        work = info.prepare({**wanted, "domain_id": None, "order": "domain", "direction": "asc", "verification": False})
        # A credential in the file hides all of those in the environment, which would be mixed by what Ansible makes of `env`.
        connection = connection_from_options({name: self.get_option(name) for name in CONNECTION_OPTIONS if self._given.get(name) is not None}, os.environ)
        if not self.get_option("cache"):
            return self._read(connection, work)
        about = json.dumps([VERSION, connection.account_id, connection.base_url, wanted], sort_keys=True)
        key = f"{self.get_cache_key(path)}_{hashlib.sha256(about.encode()).hexdigest()[:16]}"
        live = self._cache.get(key) if may_read_cache else None
        if live is None:
            live = self._cache[key] = self._read(connection, work)
        return live

    def _read(self, connection: Any, work: Task) -> list[dict[str, Any]]:
        with create_client(connection, ansible_version=ansible_version, warn=self._warn) as client:
            found: list[dict[str, Any]] = redact_domains(work(client)["domains"], client.redactor)
        return found

    def _warn(self, text: str) -> None:
        self.display.warning(self._quote.mask_data(text))

    def _fill(self, hosts: Hosts) -> None:
        self.inventory.add_group(GROUP)
        # Every other group outranks the one of all domains, which would else depend on which name comes first in the alphabet.
        self.inventory.set_variable(GROUP, "ansible_group_priority", 0)
        for name, value in CONNECTION.items():
            # An earlier source may have set it for the group; a later one replaces it.
            if name not in self.inventory.groups[GROUP].vars:
                self.inventory.set_variable(GROUP, name, _a_template(value))
        is_constructed = any(self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for name, live in hosts.items():
            self._reject_name_conflict(name, live)
            self.inventory.add_host(name, GROUP)
            host = self.inventory.get_host(name)
            # Not by the inventory, which since ansible-core 2.19 marks each text with the file it came from: a third of the time, for nothing.
            host.set_variable(VARIABLE, _never_a_template(live))
            if is_constructed:
                self._construct(host)

    def _reject_name_conflict(self, name: str, live: Any) -> None:
        if name in self.inventory.groups:
            raise InvalidOptionError(f"{name} is a live mail domain, and a group of another inventory source. Give the group another name.")
        there = self.inventory.hosts[name].vars.get(VARIABLE, live) if name in self.inventory.hosts else live
        if there.get("id") != live.get("id"):
            ids = " and ".join(self._quote(str(each.get("id"))) for each in (there, live))
            raise InvalidOptionError(f"{name} is a live mail domain of two inventory sources: {ids}. Keep the accounts in inventories of their own.")

    def _construct(self, host: Any) -> None:
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), host.get_vars(), host.name, strict)
        variables = host.get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict, fetch_hostvars=False)


def _a_template(text: str) -> Any:
    """Since ansible-core 2.19 a text of a plugin is a template only if it is marked as one."""
    return template.trust_as_template(text) if hasattr(template, "trust_as_template") else text


def _never_a_template(live: Any) -> Any:
    """Since ansible-core 2.19 a text is none unless it is said to be one; before, it has to be said that it is none."""
    if hasattr(template, "trust_as_template"):
        return live
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(live)
