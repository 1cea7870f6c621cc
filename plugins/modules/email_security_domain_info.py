#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_domain_info
short_description: Read mail domains of Cloudflare Email Security
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Reads mail domains with all fields that the API returns. Selects them by name, by id or by filters, or reads the whole account.
  - A domain that does not exist is missing in the result. That is not an error.
  - The result is complete, or the task fails. A list that changes while its pages are read is read again.
  - A name that the server's filter does not find is looked up in the whole list, because the server may store another spelling of it.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.attributes
  - mailops.cloudflare.attributes.info
options:
  domain:
    description:
      - The names of the domains to read. Matched exactly, except for case, a trailing dot, and the spelling of international names.
      - An empty list selects no domain, and none is returned.
    type: list
    elements: str
    aliases: [name]
  domain_id:
    description:
      - The id of the domain to read, a UUID, or digits as in 2025.
      - Cannot be combined with other options that select domains.
    type: str
  status:
    description:
      - Only domains with this status.
    type: str
    choices: [PENDING, ACTIVE, FAILED, TIMEOUT]
  allowed_delivery_mode:
    description:
      - Only domains that allow this delivery mode.
    type: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  active_delivery_mode:
    description:
      - Only domains that use this delivery mode. The API filters by it, but does not return it.
    type: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  integration_id:
    description:
      - Only domains that this CASB integration authorises, a UUID.
    type: str
  search:
    description:
      - Only domains that the server finds with this text. The server's search is meant for interactive use and is not exact.
      - An empty text is refused before any request.
    type: str
  order:
    description:
      - The field by which the result is sorted.
    type: str
    choices: [domain, created_at]
    default: domain
  direction:
    description:
      - The direction of sorting.
    type: str
    choices: [asc, desc]
    default: asc
  verification:
    description:
      - Whether to read the DNS proof of each domain as well, with one request for each.
      - A proof that the server refuses to return (an HTTP status 4XX) is null, and the module warns. The task fails if the credential
        is not accepted, a limit is reached, or the server cannot be reached.
    type: bool
    default: false
seealso:
  - module: mailops.cloudflare.email_security_domain
"""

EXAMPLES = r"""
- name: Read all mail domains (account and token from the environment)
  mailops.cloudflare.email_security_domain_info:
  register: account

- name: Show domains behind a gateway that accept mail from anywhere, so that the gateway can be bypassed
  ansible.builtin.debug:
    msg: >-
      {{ account.domains | selectattr('lookback_hops') | selectattr('lookback_hops', 'gt', 1)
         | rejectattr('ip_restrictions') | map(attribute='domain') }}

- name: Read two domains by name
  mailops.cloudflare.email_security_domain_info:
    domain:
      - example.com
      - example.org

- name: Read domains that wait for their DNS proof, and the TXT records to publish
  mailops.cloudflare.email_security_domain_info:
    status: PENDING
    verification: true
  register: pending

- name: Read one domain by its id
  mailops.cloudflare.email_security_domain_info:
    domain_id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
"""

RETURN = r"""
domains:
  description: The live domains, as the server returns them, in the requested order. Empty if no domain matches.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id, for O(domain_id). A number in 2025, a UUID since.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    domain:
      description: The name.
      returned: always
      type: str
      sample: example.com
    allowed_delivery_modes:
      description: The allowed delivery modes.
      returned: always
      type: list
      elements: str
      sample: [DIRECT]
    drop_dispositions:
      description: The dispositions whose mail is dropped. It is held in the admin quarantine.
      returned: always
      type: list
      elements: str
      sample: [MALICIOUS, MALICIOUS-BEC]
    folder:
      description: The mailbox folder that is scanned.
      returned: always
      type: str
      sample: AllItems
    integration_id:
      description: The CASB integration that authorises the domain, and enables the removal of delivered messages and directory sync.
      returned: always
      type: str
      sample: 9c2f1a34-5b67-4c89-8d01-23456789abcd
    ip_restrictions:
      description: The networks that mail is accepted from. Mail from any other source is rejected. Empty means anywhere.
      returned: always
      type: list
      elements: str
      sample: [192.0.2.0/24]
    lookback_hops:
      description: The number of hops. How many C(Received) headers to look back when reconstructing the original message.
      returned: always
      type: int
      sample: 2
    regions:
      description: The regions in which mail is processed.
      returned: always
      type: list
      elements: str
      sample: [GLOBAL]
    require_tls_inbound:
      description: Whether mail is accepted over TLS only.
      returned: always
      type: bool
      sample: true
    require_tls_outbound:
      description: Whether clean mail is delivered over TLS only.
      returned: always
      type: bool
      sample: false
    transport:
      description: The next hop. The host that clean mail is delivered to.
      returned: always
      type: str
      sample: mx.example.com
    status:
      description: The state of the onboarding. In lower case before September 2026.
      returned: if the server returns it
      type: str
      sample: ACTIVE
    authorization:
      description: The consent to the mailbox integration, with C(authorized), C(timestamp) and C(status_message).
      returned: if the server returns it
      type: dict
      sample: {authorized: true, timestamp: "2026-01-15T09:30:00Z", status_message: null}
    emails_processed:
      description: The counter of processed mail, with C(timestamp), C(total_emails_processed) and C(total_emails_processed_previous).
      returned: if the server returns it
      type: dict
      sample: {timestamp: "2026-11-20T16:00:00Z", total_emails_processed: 1204, total_emails_processed_previous: 1187}
    dmarc_status:
      description: Cloudflare's evaluation of the domain's DMARC policy.
      returned: if the server returns it
      type: str
      sample: good
    spf_status:
      description: Cloudflare's evaluation of the domain's SPF record.
      returned: if the server returns it
      type: str
      sample: good
    inbox_provider:
      description: The provider of the mailboxes.
      returned: if the server returns it
      type: str
      sample: Microsoft
    o365_tenant_id:
      description: The Microsoft 365 tenant.
      returned: if the server returns it
      type: str
      sample: 3d5a7c90-1b2d-4e6f-8a0b-2c4d6e8f0a1b
    created_at:
      description: When the domain was onboarded.
      returned: if the server returns it
      type: str
      sample: "2026-01-15T09:30:00Z"
    modified_at:
      description: When the domain was last changed.
      returned: if the server returns it
      type: str
      sample: "2026-11-20T16:45:12Z"
    verification:
      description: The DNS proof. Null if the server has none, or refuses to return it.
      returned: when O(verification=true)
      type: dict
      contains:
        status:
          description: The state of the proof. If no proof is needed, the server may return only this.
          returned: if the server returns it
          type: str
          sample: PENDING
        txt_record_name:
          description: The name of the TXT record to publish.
          returned: when a proof is needed
          type: str
          sample: _cf-email-security.example.com
        txt_record_value:
          description: The value of the TXT record to publish.
          returned: when a proof is needed
          type: str
          sample: cf-verify=3f2b8c
        last_checked_at:
          description: When Cloudflare last looked for the record. Null before the first time.
          returned: when a proof is needed
          type: str
          sample: "2026-11-20T16:45:12Z"
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
  description: The reason of the failure, for playbooks that branch on it. The keys are those of M(mailops.cloudflare.email_security_domain).
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
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains
"""

from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Result, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.progress import Steps
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.listing import listing_from_options, read_objects
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DELIVERY_MODES, STATUSES, Domains

# After an error of these kinds, reading the other proofs would fail as well.
_FATAL_KINDS = ("auth", "rate_limited", "network", "server")
# A warning names at most this many domains.
MAX_NAMED = 6


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        "domain": {"type": "list", "elements": "str", "aliases": ["name"]},
        "domain_id": {"type": "str"},
        "status": {"type": "str", "choices": list(STATUSES)},
        "allowed_delivery_mode": {"type": "str", "choices": list(DELIVERY_MODES)},
        "active_delivery_mode": {"type": "str", "choices": list(DELIVERY_MODES)},
        "integration_id": {"type": "str"},
        "search": {"type": "str"},
        "order": {"type": "str", "choices": ["domain", "created_at"], "default": "domain"},
        "direction": {"type": "str", "choices": ["asc", "desc"], "default": "asc"},
        "verification": {"type": "bool", "default": False},
    }


def prepare(options: Options) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    listing = listing_from_options(Domains, options)

    def read(client: Client) -> Result:
        domains = Domains(client)
        found = read_objects(domains, listing)
        return {"changed": False, "domains": _with_proofs(domains, found) if options["verification"] else found}

    return read


def _with_proofs(domains: Domains, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the DNS proof to each domain. A proof that is refused is null and does not affect the others; one warning names all of these."""
    proofs: list[dict[str, Any] | None] = []
    refused: list[tuple[str, ApiError]] = []
    domains.client.progress.steps = lambda: Steps("DNS proofs read", len(found), len(proofs))
    for live in found:
        try:
            proofs.append(domains.verification(live))
        except ApiError as error:
            if error.status is None or not 400 <= error.status < 500 or error.kind in _FATAL_KINDS:
                raise
            proofs.append(None)
            refused.append((domains.label(live), error))
    if refused:
        others = ", ".join(label for label, _error in refused[1:MAX_NAMED])
        more = f" and {len(refused) - MAX_NAMED} more" if len(refused) > MAX_NAMED else ""
        also = f" The same applies to {others}{more}." if others else ""
        domains.client.warn(f"{refused[0][1]} Its verification is returned as null.{also}")
    return [{**live, "verification": proof} for live, proof in zip(found, proofs, strict=True)]


def main() -> None:
    module = CloudflareModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[("domain_id", other) for other in ("domain", *Domains.filters)],
        supports_check_mode=True,
    )
    run_module(module, prepare)


if __name__ == "__main__":
    main()
