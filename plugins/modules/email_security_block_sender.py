#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_block_sender
short_description: Manage a blocked sender of Cloudflare Email Security
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - Mail from a blocked sender gets the disposition V(MALICIOUS). What happens to it is a setting of the mail domain. See
    O(mailops.cloudflare.email_security_domain#module:drop_dispositions).
  - A blocked sender is found by O(pattern) and O(is_regex), its key. Only the fields that differ are sent, and nothing if none do.
  - O(pattern_type) and O(comments) are only compared if they are given.
  - The response to every write is compared with the task, and a removal is verified with an additional read. A setting that the server accepts but
    does not store is an error, not a change at every run.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly. The entry is read first.
  - A sender that is blocked already takes one request. For a new one, the whole list is read, too, before the sender is blocked. For many entries use
    M(mailops.cloudflare.email_security_account).
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.entry
  - mailops.cloudflare.attributes
options:
  pattern:
    description:
      - The sender. An address, a domain, an IP address or network, or with O(is_regex=true) a regular expression.
      - Case is ignored in addresses and domains, and so is the dot at the end of a domain. International domains are accepted in Unicode and as
        A-labels.
      - A domain is written without C(@), C(*.) or C(.) before it. Whether it also matches its subdomains is not documented.
      - A single IP address is sent without a prefix length, so that V(192.0.2.10/32) equals V(192.0.2.10). A network with host bits set, such as
        V(192.0.2.1/24), is refused, and so are addresses that are not public, as the API accepts none.
      - A regular expression is in Java's dialect. It is compared as a text, sent as it is written, and never run by this collection.
      - One of O(pattern) and O(id) is required.
    type: str
  is_regex:
    description:
      - Whether O(pattern) is a regular expression. It is a part of the key, so that a literal and a regular expression are two entries.
      - If it is left out, it is V(false), unless only O(id) is given.
    type: bool
  pattern_type:
    description:
      - What O(pattern) is. It is only compared if it is given.
      - If it is left out, a new entry gets V(EMAIL) for a pattern with an C(@) and for a regular expression, V(IP) for an IP address or network, and
        otherwise V(DOMAIN). The API documents no rule for regular expressions.
      - If O(id) gives an entry another pattern, and the type was the one that follows from the old pattern, the type follows the new one.
    type: str
    choices: [EMAIL, DOMAIN, IP]
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
- name: Block the domain of a phishing campaign (account and token from the environment)
  mailops.cloudflare.email_security_block_sender:
    pattern: evil.example
    comments: SEC-402

- name: Block an address for some time
  mailops.cloudflare.email_security_block_sender:
    pattern: offers@freemail.example
    expires: "2030-01-31"

- name: Block a network
  mailops.cloudflare.email_security_block_sender:
    pattern: 203.0.113.0/24

- name: Block numbered addresses with a regular expression
  mailops.cloudflare.email_security_block_sender:
    pattern: '^billing[0-9]+@invoices\.example$'
    is_regex: true
    pattern_type: EMAIL

- name: Correct the comment of a sender that is blocked
  mailops.cloudflare.email_security_block_sender:
    pattern: bulk.example
    comments: SEC-377, confirmed

- name: Select one of several entries by its id, and block another address with it
  mailops.cloudflare.email_security_block_sender:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c03
    pattern: sales@invoices.example

- name: No longer block a sender, and remove every live entry of it
  mailops.cloudflare.email_security_block_sender:
    pattern: unjustly.example
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
block_sender:
  description:
    - The live entry afterwards, with all fields that the server returns.
    - In check mode, the prediction. Null if the entry does not exist.
  returned: success
  type: dict
  sample:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02
    pattern: evil.example
    pattern_type: DOMAIN
    is_regex: false
    comments: SEC-402
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
    comments:
      before: ""
      after: SEC-402
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
        pattern: evil.example
        is_regex: false
        pattern_type: DOMAIN
        comments: ""
    after:
      description: The settings afterwards. Empty if the entry is removed.
      returned: success
      type: str
      sample: |
        pattern: evil.example
        is_regex: false
        pattern_type: DOMAIN
        comments: SEC-402
    before_header:
      description:
        - The name of the entry, followed by C(new) or C(removed), and the fields whose change makes the account less or more protected, if there are any.
      returned: success
      type: str
      sample: evil.example
    after_header:
      description: The same as RV(diff.before_header).
      returned: success
      type: str
      sample: evil.example
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
          message: pattern is not a valid domain
          pointer: /pattern
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
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/block_senders
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER, BlockSenders


def argument_spec() -> dict[str, Any]:
    return {**CONNECTION_OPTIONS, **entry_option_spec(BLOCK_SENDER)}


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(BLOCK_SENDER, options)
    return lambda client: apply_entry(BlockSenders(client), desired, check_mode=check_mode)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("pattern", "id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
