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
  - Compares the settings that a task asks for with the live mail domain, sends only the fields that differ, and only if some do.
  - An option that is left out is neither compared nor sent. What the task does not name stays as it is.
  - After a write, the server's answer is compared with what was asked for. A setting that the server accepts but does not
    store is an error, not a change at every run.
  - A change of O(transport) or O(ip_restrictions), which can lose mail, a new name and a removal are verified with one more read.
    For other settings, the server's answer to the write is believed.
  - A write whose outcome is unknown (a time-out, a broken connection, a failure of the server) is never repeated blindly.
    The domain is read first.
  - A write that had to wait, so that its reading is older than 10 seconds, is preceded by a new reading. If someone else has
    changed a setting of the task meanwhile, the task fails with the kind V(conflict), and nothing is overwritten.
  - A domain that a search by name does not find is looked for in the whole list before it is onboarded or called absent.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.attributes
options:
  domain:
    description:
      - The mail domain, for example V(example.com).
      - Capital letters and a trailing dot do not count. International names are taken in either spelling, by IDNA 2008 and UTS 46.
        A name that IDNA 2008 does not know, such as an emoji domain, is written as its A-label (C(xn--...)).
      - A name that cannot be a mail domain is refused before any request. This is a single label (such as V(false), which YAML makes of
        C(no) without quotes), an IP address, or a name whose last label is a number.
      - Finds the domain, unless O(domain_id) is given. With both, O(domain_id) finds it, and this is the name that it should have.
        If another live domain has this name, the task fails with the kind V(conflict) and writes nothing.
        If none has it, the name is changed first, alone, and the settings only after the server has taken it.
        The API of today keeps the name that a domain was created with, and then the task fails with the kind V(not_applied).
      - With O(state=absent) and O(domain_id), the domain is only removed if it has this name.
      - One of O(domain) and O(domain_id) is required.
    type: str
    aliases: [name]
  domain_id:
    description:
      - The id of the domain, a UUID. Digits, as the API had them in 2025, are taken as well.
      - Finds the domain without a search. A domain that is to be created has no id yet, so O(domain) is the option for that.
    type: str
  state:
    description:
      - V(present) makes the domain exist with the settings that are given. A domain that does not exist is onboarded, for which
        O(allowed_delivery_modes), O(drop_dispositions), O(ip_restrictions) and O(regions) are required. See O(onboard).
      - V(absent) takes the domain out of Email Security. B(Of an inline domain, mail is refused from then on while the MX records still point at
        Cloudflare.) First open the mail server for others, move the MX records, wait until the count of mail is 0 and release what is in
        quarantine. Where copies are sent, switch off the journal or BCC rule first. The guide Mail flow has the whole order.
      - An inline domain that has processed mail within the last day is only removed with O(force). Other domains that have are warned of.
      - The API cannot restore the settings of a domain that was removed. No settings may be given with V(absent).
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Whether O(state=absent) removes a domain whose mail it would stop. This is a live domain with V(DIRECT) in O(allowed_delivery_modes) that has
        processed mail within the last day.
      - With V(false), such a domain fails the task with RV(failure.kind=unsafe), and nothing is removed. In check mode it is a warning.
      - With O(state=present) it has no effect.
    type: bool
    default: false
    version_added: 1.1.0
  onboard:
    description:
      - Whether a domain that does not exist is onboarded with O(state=present).
      - With V(false), such a domain fails the task with the kind V(not_found), in check mode as well. This keeps a mistyped name
        or a wrong O(account_id) from onboarding a domain.
    type: bool
    default: true
    version_added: 1.1.0
  allowed_delivery_modes:
    description:
      - How mail may reach Email Security. V(DIRECT) is inline, by MX record. V(BCC) (Gmail, Microsoft 365, Exchange) and V(JOURNAL) (Microsoft 365)
        receive copies. V(API) scans mailboxes, and V(RETRO_SCAN) is a report over the last 14 days at most. Both are for Microsoft 365 only.
      - A set, in which order and repetition do not count. It cannot be empty.
    type: list
    elements: str
    choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
  drop_dispositions:
    description:
      - The dispositions (verdicts) whose mail is dropped instead of delivered. Works inline only.
      - Dropped mail is held in the admin quarantine until somebody releases it. Neither the sender nor the recipient is told. How long it is held is
        not documented.
      - V(SPOOF) is also the disposition of forwarders, mailing lists and services that mail in the domain's name. Cloudflare advises to block it only
        after an investigation.
      - Mail of all other dispositions is delivered, with the disposition in a header. See the guide Mail flow.
      - A set, in which order and repetition do not count. An empty list drops nothing.
      - V(NONE) does not mean that nothing is dropped. It is the disposition of mail in which nothing was found. V(NONE), V(UNKNOWN),
        V(EXTERNAL) and V(ENCRYPTED) are dispositions of ordinary mail, which is dropped with them. The module warns of them.
      - An empty list for a domain that drops something is refused with RV(failure.kind=unsafe), because an undefined variable in a
        template gives an empty list, too. Use O(clear) to drop nothing.
    type: list
    elements: str
    choices: [MALICIOUS, MALICIOUS-BEC, SUSPICIOUS, SPOOF, SPAM, BULK, ENCRYPTED, EXTERNAL, UNKNOWN, NONE]
  folder:
    description:
      - The mailbox folder that is scanned when O(allowed_delivery_modes) holds V(API). Microsoft 365 only.
      - O(clear) takes it away.
    type: str
    choices: [AllItems, Inbox]
  integration_id:
    description:
      - The id of the integration (CASB, cloud access security broker) that authorises the domain, a UUID. Without it, mailboxes are not scanned.
      - Whatever the way of delivery, inline included, it also enables the removal of messages after their delivery, and directory sync.
      - O(clear) takes it away, and all of this with it. The module warns of it.
    type: str
  ip_restrictions:
    description:
      - The networks that mail is accepted from, IPv4 or IPv6. Mail from any other source is rejected, so a wrong list
        loses mail. An empty list accepts mail from everywhere.
      - A list is for a domain behind a gateway, or for copies. Where the MX records point at Cloudflare (O(lookback_hops=1)), the whole world sends
        there, and the list rejects it. The module warns of it.
      - An address is a network of one, and a netmask is its prefix. V(192.0.2.10) equals V(192.0.2.10/32).
      - Lists are compared by the addresses that they cover. V(192.0.2.0/25) and V(192.0.2.128/25) together equal V(192.0.2.0/24).
        The list is sent as it is given.
      - A network with host bits set, such as V(192.0.2.1/24), is refused. Dropping the host bits would widen the list silently.
        A wildcard mask, such as V(0.0.0.255), is refused.
      - An empty list for a domain that has networks is refused with RV(failure.kind=unsafe), because an undefined variable in a
        template gives an empty list, too. Use O(clear) to accept mail from everywhere.
      - A set, in which order and repetition do not count. The list given replaces the live one as a whole.
      - The API documents a limit of 100 networks for new domains, and none for a change. The server decides.
    type: list
    elements: str
  lookback_hops:
    description:
      - How many C(Received) headers to look back when reconstructing the original message, from 1 to 20.
      - V(1) where Cloudflare is the first to receive the mail, more behind a gateway. Some gateways write more than one such header.
      - To verify it, send a message from outside. In the dashboard, Investigation shows the IP address of the sender in the details of the message. It
        must be that of the outside server. With a wrong value, good mail becomes V(SPOOF), or a forged header chooses the sender.
    type: int
  regions:
    description:
      - Where mail is processed. Cloudflare offers regions for inline mail and copies only. A mailbox scan is not tied to them.
      - Inline, the MX hosts choose a region, too, and with copies the address that they are sent to. All must name the same region.
      - A set, in which order and repetition do not count. It cannot be empty.
    type: list
    elements: str
    choices: [GLOBAL, AU, DE, IN, US]
  require_tls_inbound:
    description:
      - Whether mail is accepted over TLS only. A live value of null counts as V(false).
      - For domains behind a gateway, and for copies. A public mail server must not require TLS (RFC 3207, section 4), so leave it V(false) where the
        MX records point at Cloudflare. TLS is used there whenever the sender can.
    type: bool
  require_tls_outbound:
    description:
      - Whether clean mail is delivered over TLS only. A live value of null counts as V(false).
      - If the host in O(transport) does not offer TLS, none of the domain's mail is delivered.
    type: bool
  transport:
    description:
      - The host that clean mail is delivered to, when O(allowed_delivery_modes) holds V(DIRECT). Without it, an inline domain has nowhere to
        deliver to. The module warns of it.
      - Take the host that the dashboard fills in as the forwarding address. For Microsoft 365 it is the tenant's own, such as
        V(example-com.mail.protection.outlook.com), and never one of C(onmicrosoft.com). For mail servers of your own, take a name that stands for
        all of them. Whether MX records of that name are looked up is not documented.
      - A host of Cloudflare that receives mail, as the MX records name it, or the domain itself makes a loop. The module warns of it.
      - A host name of at least two labels, or an IP address without brackets. Anything else, such as a URL, a port or an underscore,
        is refused before any request.
      - Capital letters and a trailing dot do not count, and international names are taken in either spelling, as in O(domain).
        The API has no way to clear it.
    type: str
  clear:
    description:
      - Settings to clear. O(folder) and O(integration_id) are set to null. O(drop_dispositions) and O(ip_restrictions) are emptied.
      - This is the only way to empty a list of a domain that has values. It also counts as giving the list when a domain is onboarded.
      - A setting cannot be cleared and given a value, or an empty list, in the same task. An empty list here clears nothing.
    type: list
    elements: str
    choices: [drop_dispositions, folder, integration_id, ip_restrictions]
seealso:
  - module: mailops.cloudflare.email_security_domain_info
  - name: Cloudflare Email Security API
    description: The API that this module speaks to.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Set account and token for all tasks of a block with the action group of the collection
  module_defaults:
    group/mailops.cloudflare.all:
      account_id: "{{ cloudflare_account_id }}"
      api_token: "{{ cloudflare_api_token }}"
  block:
    - name: Deliver the clean mail of example.com over TLS only, and show with --check --diff what that would change
      mailops.cloudflare.email_security_domain:
        domain: example.com
        require_tls_outbound: true

    - name: Hold what is malicious in the admin quarantine, where somebody looks every day
      mailops.cloudflare.email_security_domain:
        domain: example.com
        drop_dispositions:
          - MALICIOUS
          - MALICIOUS-BEC

- name: Accept mail from the gateway only, for a domain whose MX records point at that gateway
  mailops.cloudflare.email_security_domain:
    domain: example.net
    lookback_hops: 2
    ip_restrictions:
      - 192.0.2.0/24
      - 2001:db8:25::/48

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

- name: Take the folder away again
  mailops.cloudflare.email_security_domain:
    domain_id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    clear:
      - folder

- name: Take a domain out of Email Security, after its MX records have moved and no mail comes any more
  mailops.cloudflare.email_security_domain:
    domain: old.example.com
    state: absent
"""

RETURN = r"""
changed:
  description: Whether the server's settings are different afterwards, or would be in check mode.
  returned: always
  type: bool
  sample: true
action:
  description: What was done, or would be in check mode. V(none), V(update), V(create) or V(delete).
  returned: success
  type: str
  sample: update
domain:
  description:
    - The whole live domain afterwards, as the server gives it, with fields that this collection does not know.
    - In check mode as it is predicted to be. Null where the domain does not exist.
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
    - What differs, field by field, in normal forms. Lists are sorted, networks have their prefix, names are in lower case.
    - Empty where nothing differs.
  returned: success
  type: dict
  sample:
    lookback_hops:
      before: 1
      after: 2
diff:
  description: All writable settings before and after, in normal forms. Ansible prints it with C(--diff).
  returned: success
  type: dict
  contains:
    before:
      description: The settings before. Empty where the domain did not exist.
      returned: success
      type: dict
      sample: {lookback_hops: 1, require_tls_inbound: true}
    after:
      description: The settings afterwards. Of a new domain, those that were given. Empty where the domain is removed.
      returned: success
      type: dict
      sample: {lookback_hops: 2, require_tls_inbound: true}
    before_header:
      description: The domain's name.
      returned: success
      type: str
      sample: example.com
    after_header:
      description: The domain's name.
      returned: success
      type: str
      sample: example.com
verification:
  description: The DNS record that proves the new domain. Null where the server asks for none.
  returned: when a domain was created
  type: dict
  contains:
    status:
      description: How far the proof is.
      returned: when the server tells
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
  description: What the task cost.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: Requests sent, repeats included.
      returned: always
      type: int
      sample: 2
    retries:
      description: How many of them were repeats.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds waited between them.
      returned: always
      type: float
      sample: 0.0
failure:
  description: What went wrong, for playbooks that branch on it. RV(ignore:msg) says the same to people.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(auth) is a credential that is not taken, V(permission) one that may not do this, V(not_entitled) a plan without Email Security.
        - V(not_found) is a domain that does not exist, V(invalid) a wrong option, V(conflict) two domains of one name, a
          O(domain_id) of another domain, or someone else's edit, V(not_applied) a setting that the server accepted and did not
          store, or a domain that is still there after its removal.
        - V(unsafe) is an empty O(ip_restrictions) or O(drop_dispositions) that would empty a live list, or the removal of an inline domain that
          has mail, without O(force). Nothing was written.
        - V(rate_limited), V(server), V(network) and V(response) are limits, faults of the server, faults on the way there, and
          answers that are not what the API documents.
      returned: always
      type: str
      sample: not_applied
    status:
      description: The HTTP status of the answer. Null where there was none.
      returned: always
      type: int
      sample: 400
    errors:
      description: The server's own words, each with C(code), C(message), C(pointer), and C(chain) where the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 1001
          message: lookback_hops must be between 1 and 20
          pointer: /lookback_hops
    ray_id:
      description: Cloudflare's id of the request, for their support.
      returned: always
      type: str
      sample: 8f1a2b3c4d5e6f70-FRA
    method:
      description: The method of the request that failed. Null where none did.
      returned: always
      type: str
      sample: PATCH
    path:
      description: The path of the request that failed. Null where none did.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains/5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    states:
      description: The settings C(before), those C(asked) for, and those C(found), when someone else's edit stopped a write.
      returned: when someone else's edit was found after a write of unknown outcome, or before a write that had waited
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        **DOMAIN.option_spec(),
        "domain": {"type": "str", "aliases": ["name"]},
        "domain_id": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "onboard": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


def prepare(options: Options, *, check_mode: bool) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    desired = desired_from_options(DOMAIN, options)
    return lambda client: apply_one(Domains(client), desired, check_mode=check_mode)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), required_one_of=[("domain", "domain_id")], supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
