#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_account_info
short_description: Read the mail domains and lists of Cloudflare Email Security
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - Reads the mail domains of an account, and its seven lists, with all fields that the API returns.
  - Each list takes one request for each 1000 entries.
  - Each list is complete, or it is not returned and the task fails. A list that changes while its pages are read is read again. The API can sort all lists
    but the URL ignore patterns, so if these take more than one page, they are read twice and must be the same both times.
  - A list that the account does not have is missing in the result and named in RV(skipped_resources). That is not an error, unless the account has none of the
    requested resources.
  - If a list cannot be read for another reason, such as a missing permission, the others are still read and returned. The task fails at the end and names it.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.attributes
  - mailops.cloudflare.attributes.info
options:
  resources:
    description:
      - The resources to read, in this order. By default all eight.
      - An empty list reads nothing.
    type: list
    elements: str
    choices:
      - domains
      - allow_policies
      - block_senders
      - trusted_domains
      - impersonation_registry
      - content_policies
      - sending_domain_restrictions
      - url_ignore_patterns
    default:
      - domains
      - allow_policies
      - block_senders
      - trusted_domains
      - impersonation_registry
      - content_policies
      - sending_domain_restrictions
      - url_ignore_patterns
seealso:
  - module: mailops.cloudflare.email_security_account
  - module: mailops.cloudflare.email_security_domain_info
"""

EXAMPLES = r"""
- name: Read the whole account (account and token from the environment)
  mailops.cloudflare.email_security_account_info:
  register: account

- name: Show allow policies whose mail skips every detection
  ansible.builtin.debug:
    msg: "{{ account.allow_policies | default([]) | selectattr('is_trusted_sender') | map(attribute='pattern') }}"

- name: Read what exempts mail from detection
  mailops.cloudflare.email_security_account_info:
    resources:
      - allow_policies
      - trusted_domains
      - url_ignore_patterns
  register: exemptions

- name: Fail if a person who is protected from impersonation is missing
  block:
    - name: Read the impersonation registry
      mailops.cloudflare.email_security_account_info:
        resources: [impersonation_registry]
      register: registry

    - name: Compare it with the people that must be protected
      ansible.builtin.assert:
        that: "'b.ortiz@example.com' in registry.impersonation_registry | map(attribute='email') | map('lower')"
"""

RETURN = r"""
domains:
  description: The mail domains. Their fields are those that M(mailops.cloudflare.email_security_domain_info) documents.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    domain:
      description: The name.
      returned: always
      type: str
      sample: example.com
allow_policies:
  description: The allow policies.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    pattern:
      description: The address, domain, network or regular expression.
      returned: always
      type: str
      sample: news.partner.example
    pattern_type:
      description: What the pattern is, V(EMAIL), V(DOMAIN) or V(IP). V(UNKNOWN) for some old entries.
      returned: always
      type: str
      sample: DOMAIN
    is_regex:
      description: Whether the pattern is a regular expression.
      returned: always
      type: bool
      sample: false
    is_trusted_sender:
      description: Whether mail from it skips every detection.
      returned: always
      type: bool
      sample: false
    is_exempt_recipient:
      description: Whether mail to it skips every detection.
      returned: always
      type: bool
      sample: false
    is_acceptable_sender:
      description: Whether mail from it does not get the dispositions SPAM, SPOOF and BULK.
      returned: always
      type: bool
      sample: true
    verify_sender:
      description: Whether the policy holds only if DMARC, SPF or DKIM passes.
      returned: always
      type: bool
      sample: true
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: 'SEC-311, marketing'
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
block_senders:
  description: The blocked senders.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    pattern:
      description: The address, domain, network or regular expression.
      returned: always
      type: str
      sample: evil.example
    pattern_type:
      description: What the pattern is, V(EMAIL), V(DOMAIN) or V(IP). V(UNKNOWN) for some old entries.
      returned: always
      type: str
      sample: DOMAIN
    is_regex:
      description: Whether the pattern is a regular expression.
      returned: always
      type: bool
      sample: false
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: SEC-402
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
trusted_domains:
  description: The trusted domains.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    pattern:
      description: The domain or regular expression.
      returned: always
      type: str
      sample: partner.example
    is_regex:
      description: Whether the pattern is a regular expression.
      returned: always
      type: bool
      sample: false
    is_recent:
      description: Whether the domain is tolerated although it was registered recently.
      returned: always
      type: bool
      sample: true
    is_similarity:
      description: Whether the domain is tolerated although it resembles one of the account.
      returned: always
      type: bool
      sample: false
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: SEC-118
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
impersonation_registry:
  description: The people that are protected from impersonation.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    name:
      description: The display name.
      returned: always
      type: str
      sample: Ann Lee
    email:
      description: The address, or a regular expression.
      returned: always
      type: str
      sample: ceo@example.com
    is_email_regex:
      description: Whether RV(impersonation_registry[].email) is a regular expression.
      returned: always
      type: bool
      sample: false
    provenance:
      description:
        - Where the entry comes from. Null or V(A1S_INTERNAL) if it was added by hand or through the API.
        - Otherwise it is synchronized from a directory.
      returned: if the server returns it
      type: str
      sample: A1S_INTERNAL
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: 'board'
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
content_policies:
  description: The content policies.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    name:
      description: The name.
      returned: always
      type: str
      sample: Gift cards
    pattern:
      description: The regular expression.
      returned: always
      type: str
      sample: '(?i)\bgift cards?\b'
    targets:
      description: Where the pattern is searched.
      returned: always
      type: list
      elements: str
      sample: [BODY, SUBJECT]
    enabled:
      description: Whether the policy is enabled.
      returned: always
      type: bool
      sample: true
    notes:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: SEC-77
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
sending_domain_restrictions:
  description: The sending domain restrictions, which are called partner domain TLS in the dashboard.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    domain:
      description: The domain whose mail is dropped if it arrives without TLS.
      returned: always
      type: str
      sample: partner.example
    exclude:
      description: The subdomains that are exempt.
      returned: always
      type: list
      elements: str
      sample: [lists.partner.example]
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: SEC-90
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
url_ignore_patterns:
  description: The patterns of URLs that are not rewritten. The API returns them in no documented order.
  returned: if it was requested and could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id. A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    pattern:
      description: The regular expression.
      returned: always
      type: str
      sample: 'https://login\.example\.com/.*'
    comments:
      description: A note. Null if there is none.
      returned: if the server returns it
      type: str
      sample: SEC-12
    created_at:
      description: When the entry was created.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the entry was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
skipped_resources:
  description:
    - The requested resources that could not be read, with the kind of their failure. Empty if all could be read.
    - With the kind V(not_entitled), the account does not have the list. With any other kind, such as V(permission), the task fails.
  returned: when options and connection are valid
  type: dict
  sample: {content_policies: not_entitled}
api:
  description: Statistics of the requests of the task.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: The number of requests, including retries.
      returned: always
      type: int
      sample: 1
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
  description:
    - The reason of the failure, for playbooks that branch on it. If several lists failed, that of the first one.
    - The keys are those of M(mailops.cloudflare.email_security_domain).
  returned: failure
  type: dict
  contains:
    kind:
      description: The kind of failure.
      returned: always
      type: str
      sample: permission
    status:
      description: The HTTP status of the response. Null if there was no response.
      returned: always
      type: int
      sample: 403
    errors:
      description: The errors of the server, each with C(code), C(message), C(pointer), and C(chain) if the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 9109
          message: Unauthorized to access requested resource
          pointer: null
    ray_id:
      description: Cloudflare's id of the request, for Cloudflare's support.
      returned: always
      type: str
      sample: 8f1a2b3c4d5e6f70-FRA
    method:
      description: The method of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: GET
    path:
      description: The path of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/block_senders
"""

from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.resource_reading import read_resources
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        "resources": {"type": "list", "elements": "str", "choices": list(RESOURCES), "default": list(RESOURCES)},
    }


def prepare(options: Options) -> Task:
    """Return the task, which needs a client."""
    return lambda client: read_resources(client, options["resources"]).as_result()


def main() -> None:
    run_module(CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True), prepare)


if __name__ == "__main__":
    main()
