#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_domain
short_description: Manage a mail domain of Cloudflare Email Security
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Compares the settings of a task with the live mail domain. Sends only the fields that differ, and nothing if none do.
  - An option that is left out is neither compared nor sent. Settings that the task does not name stay unchanged.
  - Every write is verified. The response is compared with the settings of the task. A setting that the server accepts but does not
    store is an error, not a change at every run.
  - A change of O(transport) or O(ip_restrictions), which can lose mail, a new name and a removal are verified with an additional read.
    For other settings, the response to the write is sufficient.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly.
    The domain is read first.
  - If a write had to wait and its reading is older than 10 seconds, the domain is read again first. If someone else has
    changed a setting of the task in the meantime, the task fails with the kind V(conflict), and nothing is overwritten.
  - A domain that a search by name does not find is looked up in the whole list before it is onboarded or reported absent.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.attributes
options:
  domain:
    description:
      - The mail domain, for example V(example.com).
      - Case and a trailing dot are ignored. International names are accepted in Unicode and as A-labels, by IDNA 2008 with UTS 46 mapping.
        Write a name that IDNA 2008 does not allow, such as an emoji domain, as its A-label (C(xn--...)).
      - A name that cannot be a mail domain is refused before any request. This is a single label (such as V(false), which is how YAML reads
        C(no) without quotes), an IP address, or a name whose last label is a number.
      - Selects the domain, unless O(domain_id) is given. With both, O(domain_id) selects the domain, and this is its desired name.
        If another live domain has this name, the task fails with the kind V(conflict) and writes nothing.
        If no live domain has it, the name is changed first, alone, and the settings only after the server has stored it.
        The current API keeps the name that a domain was created with. The task then fails with the kind V(not_applied).
      - With O(state=absent) and O(domain_id), the domain is only removed if it has this name.
      - One of O(domain) and O(domain_id) is required.
    type: str
    aliases: [name]
  domain_id:
    description:
      - The id of the domain, a UUID. Digits, as the API had them in 2025, are accepted as well.
      - Selects the domain without a search. A domain that is to be created has no id yet. Use O(domain) for it.
    type: str
  state:
    description:
      - V(present) ensures that the domain exists with the given settings. A domain that does not exist is onboarded, for which
        O(allowed_delivery_modes), O(drop_dispositions), O(ip_restrictions) and O(regions) are required. See O(onboard).
      - V(absent) removes the domain from Email Security. B(While the MX records of an inline domain point at Cloudflare, its mail is rejected after
        the removal.) First open the mail server for other senders, point the MX records at it, wait until no mail is processed and release the
        messages in quarantine. If copies are sent to Email Security, disable the journal or BCC rule first. The guide Mail flow describes all steps.
      - An inline domain that has processed mail within the last day is only removed with O(force). For other domains with mail, the module warns.
      - The API cannot restore the settings of a removed domain. Settings cannot be given with V(absent).
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Whether O(state=absent) removes a domain although that stops its mail. This is a live domain with V(DIRECT) in O(allowed_delivery_modes) that
        has processed mail within the last day.
      - With V(false), the task fails for such a domain with RV(failure.kind=unsafe), and nothing is removed. In check mode, the module warns instead.
      - With O(state=present) it has no effect.
    type: bool
    default: false
    version_added: 1.1.0
  onboard:
    description:
      - Whether a domain that does not exist is onboarded with O(state=present).
      - With V(false), the task fails for such a domain with the kind V(not_found), in check mode as well. This prevents a mistyped name
        or a wrong O(account_id) from onboarding a domain.
    type: bool
    default: true
    version_added: 1.1.0
  allowed_delivery_modes:
    description:
      - How mail may reach Email Security. V(DIRECT) is inline, by MX record. V(BCC) (Gmail, Microsoft 365, Exchange) and V(JOURNAL) (Microsoft 365)
        receive copies. V(API) scans mailboxes, and V(RETRO_SCAN) is a report over the last 14 days at most. Both are for Microsoft 365 only.
      - A set. Order and duplicates are ignored. It cannot be empty.
    type: list
    elements: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  drop_dispositions:
    description:
      - The dispositions whose mail is dropped instead of delivered. Works inline only.
      - Dropped mail is held in the admin quarantine until an administrator releases it. Neither the sender nor the recipient is notified. How long
        it is held is not documented.
      - V(SPOOF) is also the disposition of forwarders, mailing lists and services that mail in the domain's name. Cloudflare advises blocking it only
        after an investigation.
      - Mail with any other disposition is delivered, with the disposition in a header. See the guide Mail flow.
      - A set. Order and duplicates are ignored. An empty list drops nothing.
      - V(NONE) does not mean that nothing is dropped. It is the disposition of mail in which nothing was found. V(NONE), V(UNKNOWN),
        V(EXTERNAL) and V(ENCRYPTED) are dispositions of ordinary mail, which would be dropped, too. The module warns of that.
      - An empty list for a domain that drops something is refused with RV(failure.kind=unsafe), because an undefined variable in a
        template gives an empty list, too. Use O(clear) to drop nothing.
    type: list
    elements: str
    choices: [MALICIOUS, MALICIOUS-BEC, SUSPICIOUS, SPOOF, SPAM, BULK, ENCRYPTED, EXTERNAL, UNKNOWN, NONE]
  folder:
    description:
      - The mailbox folder that is scanned if O(allowed_delivery_modes) contains V(API). Microsoft 365 only.
      - O(clear) removes it.
    type: str
    choices: [AllItems, Inbox]
  integration_id:
    description:
      - The id of the integration (CASB, cloud access security broker) that authorises the domain, a UUID. Without it, mailboxes are not scanned.
      - With every delivery mode, including inline, it also enables the removal of delivered messages, and directory sync.
      - O(clear) removes it, and these functions with it. The module warns of that.
    type: str
  ip_restrictions:
    description:
      - The networks that mail is accepted from, IPv4 or IPv6. Mail from any other source is rejected, so a wrong list
        loses mail. An empty list accepts mail from anywhere.
      - Use a list for a domain behind a gateway, or for copies. If the MX records point at Cloudflare (O(lookback_hops=1)), every sender on the
        Internet connects to it directly, and the list rejects their mail. The module warns of that.
      - An address is a network of one address, and a netmask is converted to a prefix. V(192.0.2.10) equals V(192.0.2.10/32).
      - Lists are compared by the addresses that they cover. V(192.0.2.0/25) and V(192.0.2.128/25) together equal V(192.0.2.0/24).
        The list is sent as given.
      - A network with host bits set, such as V(192.0.2.1/24), is refused. Dropping the host bits would silently widen the list.
        A wildcard mask, such as V(0.0.0.255), is refused.
      - An empty list for a domain that has networks is refused with RV(failure.kind=unsafe), because an undefined variable in a
        template gives an empty list, too. Use O(clear) to accept mail from anywhere.
      - A set. Order and duplicates are ignored. The list replaces the live list as a whole, unless O(purge_ip_restrictions) is V(false).
      - The API documents a limit of 100 networks for new domains, and none for changes. The module does not check it.
    type: list
    elements: str
  lookback_hops:
    description:
      - The number of hops, which is how many C(Received) headers to look back when reconstructing the original message, from 1 to 20.
      - V(1) if Cloudflare receives the mail first, more behind a gateway. Some gateways add more than one such header.
      - To verify it, send a message from outside. In the dashboard, Investigation shows the IP address of the sender in the details of the message. It
        must be the address of the outside server. With a wrong value, good mail becomes V(SPOOF), or a forged header determines the sender.
    type: int
  regions:
    description:
      - The regions in which mail is processed. Cloudflare offers regions for inline mail and copies only. They do not apply to mailbox scans.
      - For inline mail, the MX hosts select a region, too, and for copies the address that they are sent to. All of them must use the same region.
      - A set. Order and duplicates are ignored. It cannot be empty.
    type: list
    elements: str
    choices: [GLOBAL, AU, DE, IN, US]
  require_tls_inbound:
    description:
      - Whether mail is accepted over TLS only. A live value of null counts as V(false).
      - Use it for domains behind a gateway, and for copies. A public mail server must not require TLS (RFC 3207, section 4), so leave it V(false) if the
        MX records point at Cloudflare. TLS is used whenever the sender supports it.
    type: bool
  require_tls_outbound:
    description:
      - Whether clean mail is delivered over TLS only. A live value of null counts as V(false).
      - If the host in O(transport) does not support TLS, none of the domain's mail is delivered.
    type: bool
  transport:
    description:
      - The next hop, which is the host that clean mail is delivered to if O(allowed_delivery_modes) contains V(DIRECT). Without it, mail of an inline
        domain cannot be delivered. The module warns of that.
      - Use the host that the dashboard fills in as the forwarding address. For Microsoft 365 it is the tenant's own, such as
        V(example-com.mail.protection.outlook.com), and never one of C(onmicrosoft.com). For your own mail servers, use a name that resolves to
        all of them. Whether MX records of that name are looked up is not documented.
      - A host of Cloudflare that receives mail, as in the MX records, or the domain itself makes a mail loop. The module warns of that.
      - A host name of at least two labels, or an IP address without brackets. Anything else, such as a URL, a port or an underscore,
        is refused before any request.
      - Case and a trailing dot are ignored, and international names are accepted in both forms, as in O(domain).
        The API cannot clear it.
    type: str
  clear:
    description:
      - Settings to clear. O(folder) and O(integration_id) are set to null. O(drop_dispositions) and O(ip_restrictions) are emptied.
      - This is the only way to empty a list of a domain that has values. For a domain that is onboarded, it counts as giving the list.
      - A setting cannot be cleared and given a value, or an empty list, in the same task. An empty list here clears nothing.
    type: list
    elements: str
    choices: [drop_dispositions, folder, integration_id, ip_restrictions]
  purge_allowed_delivery_modes:
    description:
      - Whether live delivery modes that are not in O(allowed_delivery_modes) are removed.
      - With V(false), the modes in O(allowed_delivery_modes) are added to the live ones. See O(purge_ip_restrictions).
    type: bool
    default: true
    version_added: 1.1.0
  purge_drop_dispositions:
    description:
      - Whether live dispositions that are not in O(drop_dispositions) are removed, so that their mail is delivered.
      - With V(false), the dispositions in O(drop_dispositions) are added to the live ones. See O(purge_ip_restrictions).
    type: bool
    default: true
    version_added: 1.1.0
  purge_ip_restrictions:
    description:
      - Whether live networks that are not in O(ip_restrictions) are removed.
      - With V(false), the networks in O(ip_restrictions) are added to the live ones, and nothing is removed. There is no change if the live list
        contains them. A network that live networks cover is not added. An empty O(ip_restrictions) then changes nothing.
      - With V(false), a domain whose live list is empty gets the networks in O(ip_restrictions), and no longer accepts mail from anywhere.
      - A domain that is onboarded gets the networks in O(ip_restrictions), whatever the value is.
      - With V(false), the live networks are part of the request. If someone else changes the list between reading and writing, this is found
        as for any other setting. Networks that someone else has added in the meantime are kept if the domain is read again before the write.
      - With V(false), the list cannot be cleared with O(clear) in the same task.
    type: bool
    default: true
    version_added: 1.1.0
  purge_regions:
    description:
      - Whether live regions that are not in O(regions) are removed.
      - With V(false), the regions in O(regions) are added to the live ones. See O(purge_ip_restrictions).
    type: bool
    default: true
    version_added: 1.1.0
seealso:
  - module: mailops.cloudflare.email_security_domain_info
  - name: Cloudflare Email Security API
    description: The API that this module uses.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Set account and token for all tasks of a block with the action group of the collection
  module_defaults:
    group/mailops.cloudflare.all:
      account_id: "{{ cloudflare_account_id }}"
      api_token: "{{ cloudflare_api_token }}"
  block:
    - name: Deliver clean mail of example.com over TLS only (--check --diff shows what would change)
      mailops.cloudflare.email_security_domain:
        domain: example.com
        require_tls_outbound: true

    - name: Hold mail of these dispositions in the admin quarantine, which is reviewed every day (the list replaces the live one)
      mailops.cloudflare.email_security_domain:
        domain: shop.example.com
        drop_dispositions:
          - MALICIOUS
          - MALICIOUS-BEC
          - SPOOF
          - SPAM

- name: Accept mail from the gateway only, for a domain whose MX records point at that gateway
  mailops.cloudflare.email_security_domain:
    domain: partners.example.net
    lookback_hops: 2
    ip_restrictions:
      - 192.0.2.25
      - 198.51.100.0/24
      - 2001:db8:25::/48

- name: Accept mail from one more gateway, and keep the networks that are live
  mailops.cloudflare.email_security_domain:
    domain: clinic.example
    ip_restrictions:
      - 203.0.113.0/24
    purge_ip_restrictions: false

- name: Onboard a domain that is scanned inline (account and token from the environment)
  mailops.cloudflare.email_security_domain:
    domain: new.example.com
    allowed_delivery_modes:
      - DIRECT
    drop_dispositions:
      - MALICIOUS
      - MALICIOUS-BEC
    ip_restrictions: []
    regions:
      - GLOBAL
    lookback_hops: 1
    transport: new-example-com.mail.protection.outlook.com
  register: onboarded

- name: Show the TXT record that proves the new domain
  ansible.builtin.debug:
    msg: "{{ onboarded.verification.txt_record_name }} TXT {{ onboarded.verification.txt_record_value }}"
  when: (onboarded.verification | default({}, true)).txt_record_name is defined

- name: Scan the mailboxes (Microsoft 365) of a domain that is known by its id, in all folders
  mailops.cloudflare.email_security_domain:
    domain_id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    allowed_delivery_modes:
      - API
    integration_id: 9c2f1a34-5b67-4c89-8d01-23456789abcd
    folder: AllItems

- name: Remove the folder
  mailops.cloudflare.email_security_domain:
    domain_id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    clear:
      - folder

- name: Remove a domain from Email Security, after its MX records were changed and no more mail is processed
  mailops.cloudflare.email_security_domain:
    domain: old.example.com
    state: absent
"""

RETURN = r"""
changed:
  description: Whether live settings were changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
operation:
  description: What was done, or would be done in check mode. V(none), V(update), V(create) or V(delete).
  returned: success
  type: str
  sample: update
  version_added: 1.1.0
action:
  description: The same as RV(operation). The callbacks that print JSON replace this key with the name of the module, so use RV(operation).
  returned: success
  type: str
  sample: update
domain:
  description:
    - The live domain afterwards, with all fields that the server returns.
    - In check mode, the prediction. Null if the domain does not exist.
  returned: success
  type: dict
  sample:
    id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    domain: example.com
    allowed_delivery_modes: [DIRECT]
    drop_dispositions: [MALICIOUS, MALICIOUS-BEC]
    folder: null
    integration_id: null
    ip_restrictions: [192.0.2.0/24]
    lookback_hops: 2
    regions: [GLOBAL]
    require_tls_inbound: true
    require_tls_outbound: false
    transport: mx.example.com
    status: ACTIVE
    dmarc_status: good
    spf_status: good
    created_at: "2026-01-15T09:30:00Z"
    modified_at: "2026-11-20T16:45:12Z"
changes:
  description:
    - The differing fields, in normal forms. Lists are sorted, networks have a prefix, names are in lower case.
    - Empty if nothing differs.
  returned: success
  type: dict
  sample:
    lookback_hops:
      before: 1
      after: 2
weaker:
  description:
    - The fields whose change makes the domain less protected, by the rules of M(mailops.cloudflare.email_security_audit).
    - A list that loses one value and gains another is one of them if one of the two makes the domain less protected. V([domain]) if the domain
      is removed.
  returned: success
  type: list
  elements: str
  sample: []
  version_added: 1.1.0
diff:
  description:
    - All writable settings before and after, in normal forms, as texts. Ansible prints it with C(--diff).
    - Each line names a field and one of its values, so that a printed line is understood without the lines above it.
  returned: success
  type: dict
  contains:
    before:
      description: The settings before. Empty if the domain did not exist.
      returned: success
      type: str
      sample: |
        domain: example.com
        ip_restrictions: 192.0.2.0/24
        ip_restrictions: 198.51.100.0/24
        lookback_hops: 1
    after:
      description: The settings afterwards. For a new domain, the given settings. Empty if the domain is removed.
      returned: success
      type: str
      sample: |
        domain: example.com
        ip_restrictions: 192.0.2.0/24
        ip_restrictions: 198.51.100.0/24
        lookback_hops: 2
    before_header:
      description:
        - The name of the domain, followed by C(new) or C(removed), and the fields whose change makes the domain less or more protected, if there
          are any.
      returned: success
      type: str
      sample: "example.com (less protected: require_tls_inbound)"
    after_header:
      description: The same as RV(diff.before_header).
      returned: success
      type: str
      sample: "example.com (less protected: require_tls_inbound)"
verification:
  description: The DNS record that proves control of the new domain. Null if the server asks for none.
  returned: when a domain was created
  type: dict
  contains:
    status:
      description: The state of the proof.
      returned: if the server returns it
      type: str
      sample: PENDING
    txt_record_name:
      description: The name of the TXT record to publish.
      returned: when a proof is needed
      type: str
      sample: _cf-email-security.new.example.com
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
        - V(auth) is an invalid credential, V(permission) a missing permission, V(not_entitled) a plan without Email Security.
        - V(not_found) is a domain that does not exist, V(invalid) a wrong option, V(conflict) several domains of the same name, a
          O(domain_id) of another domain, or an edit of someone else, V(not_applied) a setting that the server accepted but did not
          store, or a domain that still exists after its removal.
        - V(unsafe) is an empty O(ip_restrictions) or O(drop_dispositions) that would empty a live list, or the removal of an inline domain that
          has mail, without O(force). Nothing was written.
        - V(rate_limited), V(server), V(network) and V(response) are rate limits, server errors, network errors, and
          responses that do not match the documentation of the API.
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
          message: lookback_hops must be between 1 and 20
          pointer: /lookback_hops
    ray_id:
      description: Cloudflare's id of the request, for Cloudflare's support.
      returned: always
      type: str
      sample: 8f1a2b3c4d5e6f70-FRA
    method:
      description: The method of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: PATCH
    path:
      description: The path of the failed request. Null if no request failed.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains/5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    states:
      description: The settings C(before), those that were C(asked) for, and those that were C(found), if an edit of someone else stopped a write.
      returned: when an edit of someone else was found after a write of unknown outcome, or before a write that had to wait
      type: dict
      sample:
        before: {lookback_hops: 1}
        asked: {lookback_hops: 2}
        found: {lookback_hops: 3}
"""

from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_one
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Direction
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        **DOMAIN.option_spec(),
        **{name: {"type": "bool", "default": True} for name in DOMAIN.purge_options()},
        "domain": {"type": "str", "aliases": ["name"]},
        "domain_id": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "onboard": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(DOMAIN, options)
    return lambda client: apply_one(Domains(client), desired, check_mode=check_mode, direction_of=direction_of)


def direction_of(field: str, before: Any, after: Any) -> Direction:
    """Judge the change of one field."""
    # Imported only for changes: a packed module compiles each file that it imports.
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_direction import change_direction

    return change_direction(field, before, after)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("domain", "domain_id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
