#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_trusted_domain
short_description: Manage a trusted domain of Cloudflare Email Security
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - A trusted domain is tolerated although it was registered recently, or although it resembles a domain of the organization. Every entry makes the
    account less protected.
  - A trusted domain is found by O(pattern) and O(is_regex), its key. Only the fields that differ are sent, and nothing if none do.
  - O(is_recent) and O(is_similarity) are always compared, if they are left out with their defaults, because a flag that somebody switched on in the
    dashboard is the drift that matters. O(comments) is only compared if it is given.
  - The response to every write is compared with the task, and a removal is verified with an additional read. A setting that the server accepts but
    does not store is an error, not a change at every run.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly. The entry is read first.
  - A domain that is as declared takes one request, an update two. For a new one, the whole list is read, too, before it is created. For many entries
    use M(mailops.cloudflare.email_security_account).
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.entry
  - mailops.cloudflare.attributes
options:
  pattern:
    description:
      - The domain, or with O(is_regex=true) a regular expression.
      - Case is ignored in addresses and domains, and so is the dot at the end of a domain. International domains are accepted in Unicode and as
        A-labels.
      - A domain is written without C(@), C(*.) or C(.) before it. Whether it also matches its subdomains is not documented.
      - A regular expression is in Java's dialect. It is compared as a text, sent as it is written, and never run by this collection.
      - One of O(pattern) and O(id) is required.
    type: str
  is_regex:
    description:
      - Whether O(pattern) is a regular expression. It is a part of the key, so that a literal and a regular expression are two entries.
      - If it is left out, it is V(false), unless only O(id) is given.
    type: bool
  is_recent:
    description:
      - Whether a recent registration of the domain is tolerated.
    type: bool
    default: false
  is_similarity:
    description:
      - Whether it is tolerated that the domain resembles a domain of the organization.
    type: bool
    default: false
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
- name: Tolerate the domain of a new subsidiary, which resembles our own (account and token from the environment)
  mailops.cloudflare.email_security_trusted_domain:
    pattern: example-labs.example
    is_recent: true
    is_similarity: true
    comments: SEC-320, subsidiary

- name: Tolerate a partner's new domain until it is no longer new
  mailops.cloudflare.email_security_trusted_domain:
    pattern: partner.example
    is_recent: true
    expires: "2030-01-31"

- name: Only tolerate that a domain is new, and no longer that it resembles our own
  mailops.cloudflare.email_security_trusted_domain:
    pattern: examples.example
    is_recent: true

- name: Withdraw a trusted domain
  mailops.cloudflare.email_security_trusted_domain:
    pattern: old.partner.example
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
trusted_domain:
  description:
    - The live entry afterwards, with all fields that the server returns.
    - In check mode, the prediction. Null if the entry does not exist.
  returned: success
  type: dict
  sample:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02
    pattern: example-labs.example
    is_regex: false
    is_recent: true
    is_similarity: true
    comments: SEC-320, subsidiary
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
    is_similarity:
      before: true
      after: false
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
        pattern: examples.example
        is_regex: false
        is_recent: true
        is_similarity: true
        comments: ""
    after:
      description: The settings afterwards. Empty if the entry is removed.
      returned: success
      type: str
      sample: |
        pattern: examples.example
        is_regex: false
        is_recent: true
        is_similarity: false
        comments: ""
    before_header:
      description:
        - The name of the entry, followed by C(new) or C(removed), and the fields whose change makes the account less or more protected, if there are any.
      returned: success
      type: str
      sample: 'examples.example (more protected: is_similarity)'
    after_header:
      description: The same as RV(diff.before_header).
      returned: success
      type: str
      sample: 'examples.example (more protected: is_similarity)'
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
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/trusted_domains
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.trusted_domains import TRUSTED_DOMAIN, TrustedDomains


def argument_spec() -> dict[str, Any]:
    return {**CONNECTION_OPTIONS, **entry_option_spec(TRUSTED_DOMAIN)}


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(TRUSTED_DOMAIN, options)
    return lambda client: apply_entry(TrustedDomains(client), desired, check_mode=check_mode)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("pattern", "id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
