#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_impersonation_registry_entry
short_description: Manage a person in the impersonation registry of Cloudflare Email Security
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - The impersonation registry lists people whose display names impostors use, with their genuine addresses.
  - A person is found by O(email) and O(is_email_regex), the key, and by O(name). If exactly one live entry has the key and none has the name, that
    entry gets the name. Two live entries with one address and different names are a person with two display names. The one with the declared name is
    meant, and it is a conflict if none has it.
  - O(state=absent) removes every live entry of the address, whatever its name is.
  - A person who is synchronized from a directory cannot be changed through the API, and should not be removed. If such an entry differs, or is to be
    absent, the task fails with the kind V(conflict), and names where the entry comes from.
  - Only the fields that differ are sent, and nothing if none do. O(comments) is only compared if it is given.
  - The response to every write is compared with the task, and a removal is verified with an additional read. A setting that the server accepts but
    does not store is an error, not a change at every run.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly. The entry is read first.
  - The list has no filter for addresses, so that the whole list is read, with one request for each 1000 people. For many entries use
    M(mailops.cloudflare.email_security_account).
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.entry
  - mailops.cloudflare.attributes
options:
  email:
    description:
      - The genuine address of the person, or with O(is_email_regex=true) a regular expression.
      - Case is ignored. International domains are accepted in Unicode and as A-labels.
      - A regular expression is in Java's dialect. It is compared as a text, sent as it is written, and never run by this collection.
      - One of O(email) and O(id) is required.
    type: str
  is_email_regex:
    description:
      - Whether O(email) is a regular expression. It is a part of the key, so that a literal and a regular expression are two entries.
      - If it is left out, it is V(false), unless only O(id) is given.
    type: bool
  name:
    description:
      - The display name that is protected, at most 1024 characters.
      - It is sent in Unicode's form NFC, with single spaces. Case matters, except for finding the entry.
      - Required with O(state=present), if O(email) is given.
    type: str
  comments:
    description:
      - A comment. V('') clears it.
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
- name: Protect the name of the chief executive (account and token from the environment)
  mailops.cloudflare.email_security_impersonation_registry_entry:
    email: ann.lee@example.com
    name: Ann Lee
    comments: board

- name: Correct the name of a person after a marriage
  mailops.cloudflare.email_security_impersonation_registry_entry:
    email: b.ortiz@example.com
    name: Bea Ortiz-Green

- name: Protect the name of an assistant until the end of the contract
  mailops.cloudflare.email_security_impersonation_registry_entry:
    email: c.adler@example.com
    name: Chris Adler
    expires: "2030-01-31"

- name: Remove a person who has left
  mailops.cloudflare.email_security_impersonation_registry_entry:
    email: d.young@example.com
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
impersonation_registry_entry:
  description:
    - The live entry afterwards, with all fields that the server returns.
    - In check mode, the prediction. Null if the entry does not exist.
  returned: success
  type: dict
  sample:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02
    name: Ann Lee
    email: ann.lee@example.com
    is_email_regex: false
    comments: board
    provenance: A1S_INTERNAL
    directory_id: null
    directory_node_id: null
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
    name:
      before: Bea Ortiz
      after: Bea Ortiz-Green
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
        email: b.ortiz@example.com
        is_email_regex: false
        name: Bea Ortiz
        comments: ""
    after:
      description: The settings afterwards. Empty if the entry is removed.
      returned: success
      type: str
      sample: |
        email: b.ortiz@example.com
        is_email_regex: false
        name: Bea Ortiz-Green
        comments: ""
    before_header:
      description:
        - The name of the entry, followed by C(new) or C(removed), and the fields whose change makes the account less or more protected, if there are any.
      returned: success
      type: str
      sample: b.ortiz@example.com
    after_header:
      description: The same as RV(diff.before_header).
      returned: success
      type: str
      sample: b.ortiz@example.com
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
        - V(conflict) is also a person who is synchronized from a directory and would have to be changed or removed.
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
          message: email is not a valid address
          pointer: /email
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
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/impersonation_registry
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.impersonation_registry import IMPERSONATION_REGISTRY_ENTRY, ImpersonationRegistry


def argument_spec() -> dict[str, Any]:
    return {**CONNECTION_OPTIONS, **entry_option_spec(IMPERSONATION_REGISTRY_ENTRY)}


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(IMPERSONATION_REGISTRY_ENTRY, options)
    return lambda client: apply_entry(ImpersonationRegistry(client), desired, check_mode=check_mode)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("email", "id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
