#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_sending_domain_restriction
short_description: Manage a sending domain restriction of Cloudflare Email Security
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - Mail from such a sending domain is dropped if it arrives without TLS. The dashboard calls the list Partner domain TLS.
  - A restriction is found by O(domain), its key. Only the fields that differ are sent, and nothing if none do.
  - O(exclude) and O(comments) are only compared if they are given.
  - The response to every write is compared with the task, and a removal is verified with an additional read. A setting that the server accepts but
    does not store is an error, not a change at every run.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly. The entry is read first.
  - The list has no filter for domains, so that the whole list is read, with one request for each 1000 entries. For many entries use
    M(mailops.cloudflare.email_security_account).
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.entry
  - mailops.cloudflare.attributes
options:
  domain:
    description:
      - The sending domain.
      - Case and a dot at the end are ignored. International domains are accepted in Unicode and as A-labels.
      - It is written without C(@), C(*.) or C(.) before it.
      - One of O(domain) and O(id) is required.
    type: str
  exclude:
    description:
      - Subdomains from which mail is accepted without TLS.
      - A set that replaces the live one. Order, duplicates, case and a dot at the end are ignored. V([]) exempts no subdomain.
      - It is only compared if it is given. A new restriction exempts no subdomain if it is left out.
    type: list
    elements: str
  comments:
    description:
      - A comment, at most 1024 characters. V('') clears it.
      - It is only compared if it is given.
    type: str
seealso:
  - module: mailops.cloudflare.email_security_account
  - module: mailops.cloudflare.email_security_account_info
  - name: Cloudflare Email Security API
    description: The API that this module uses.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Drop mail from a partner that arrives without TLS (account and token from the environment)
  mailops.cloudflare.email_security_sending_domain_restriction:
    domain: partner.example
    exclude:
      - printers.partner.example
    comments: SEC-350, contract

- name: Exempt no subdomain any more
  mailops.cloudflare.email_security_sending_domain_restriction:
    domain: bank.example
    exclude: []

- name: Withdraw a restriction
  mailops.cloudflare.email_security_sending_domain_restriction:
    domain: old.partner.example
    state: absent
"""

RETURN = r"""
changed:
  description: Whether the list was changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
operation:
  description: What was done, or would be done in check mode. V(none), V(update), V(create) or V(delete).
  returned: success
  type: str
  sample: update
action:
  description: The same as RV(operation). The callbacks that print JSON replace this key with the name of the module, so use RV(operation).
  returned: success
  type: str
  sample: update
sending_domain_restriction:
  description:
    - The live entry afterwards, with all fields that the server returns.
    - In check mode, the prediction. Null if the entry does not exist.
  returned: success
  type: dict
  sample:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02
    domain: partner.example
    exclude: [printers.partner.example]
    comments: SEC-350, contract
    created_at: "2026-11-15T09:30:00Z"
    modified_at: "2026-11-20T16:45:12Z"
changes:
  description:
    - The differing fields, in normal forms, with their values before and after. A text that is null is V('').
    - Empty if nothing differs.
    - If several live entries are removed, a list with an item for each of them.
  returned: success
  type: dict
  sample:
    exclude:
      before: [legacy.bank.example]
      after: []
weaker:
  description:
    - The fields whose change makes the account less protected.
    - If the entry is created or removed, the first field of the key if that makes the account less protected.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - All writable settings before and after, in normal forms, as texts. Ansible prints it with C(--diff).
    - Each line names a field and one of its values, so that a printed line is understood without the lines above it.
    - If several live entries are removed, a list with an item for each of them.
  returned: success
  type: dict
  contains:
    before:
      description: The settings before. Empty if the entry did not exist.
      returned: success
      type: str
      sample: |
        domain: bank.example
        exclude: legacy.bank.example
        comments: ""
    after:
      description: The settings afterwards. Empty if the entry is removed.
      returned: success
      type: str
      sample: |
        domain: bank.example
        exclude: []
        comments: ""
    before_header:
      description:
        - The name of the entry, followed by C(new) or C(removed), and the fields whose change makes the account less or more protected, if there are any.
      returned: success
      type: str
      sample: 'bank.example (more protected: exclude)'
    after_header:
      description: The same as RV(diff.before_header).
      returned: success
      type: str
      sample: 'bank.example (more protected: exclude)'
api:
  description: Statistics of the requests of the task.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: The number of requests, including retries.
      returned: always
      type: int
      sample: 2
    retries:
      description: The number of retries among them.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds that the task waited between requests.
      returned: always
      type: float
      sample: 0.0
failure:
  description: The reason of the failure, for playbooks that branch on it. RV(ignore:msg) describes it for people.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(auth) is an invalid credential, V(permission) a missing permission, V(not_entitled) a plan without Email Security or without this list.
        - V(not_found) is an O(id) that does not exist, or an entry that does not exist and cannot be created without further options. V(invalid) is a wrong
          option, or a value that the server refuses.
        - V(conflict) is several live entries of the key that differ, an O(id) of another entry, an entry that the server refuses because it exists already, or
          an edit of someone else.
        - V(not_applied) is a setting that the server accepted but did not store, or an entry that still exists after its removal.
        - V(rate_limited), V(server), V(network) and V(response) are rate limits, server errors, network errors, and responses that do not match the
          documentation of the API.
      returned: always
      type: str
      sample: not_applied
    status:
      description: The HTTP status of the response. Null if there was no response.
      returned: always
      type: int
      sample: 400
    errors:
      description: The errors of the server, each with C(code), C(message), C(pointer), and C(chain) if the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 1001
          message: domain is not a valid domain
          pointer: /domain
    ray_id:
      description: Cloudflare's id of the request, for Cloudflare's support.
      returned: always
      type: str
      sample: 8f1a2b3c4d5e6f70-FRA
    method:
      description: The method of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: POST
    path:
      description: The path of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/sending_domain_restrictions
    states:
      description: The settings C(before), those that were C(asked) for, and those that were C(found), if an edit of someone else stopped a write.
      returned: when an edit of someone else was found after a write of unknown outcome, or before a write that had to wait
      type: dict
      sample:
        before: {comments: ""}
        asked: {comments: SEC-402}
        found: {comments: SEC-399}
"""

from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.entry_options import entry_option_spec
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_entry import apply_entry
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import (
    SENDING_DOMAIN_RESTRICTION,
    SendingDomainRestrictions,
)


def argument_spec() -> dict[str, Any]:
    return {**CONNECTION_OPTIONS, **entry_option_spec(SENDING_DOMAIN_RESTRICTION)}


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(SENDING_DOMAIN_RESTRICTION, options)
    return lambda client: apply_entry(SendingDomainRestrictions(client), desired, check_mode=check_mode)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("domain", "id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
