#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_domains
short_description: Manage many mail domains of Cloudflare Email Security in one task
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Does for a list of domains what M(mailops.cloudflare.email_security_domain) does for one, and says which live domains are not in the list.
  - Lists the whole account, 1000 domains to a request, compares each declared domain with the live one, and sends only the fields that
    differ. A fleet that is as declared costs no more than the list.
  - A live domain that is not declared is named in RV(undeclared) and left as it is. Only what is declared with O(domains[].state=absent) is removed.
  - A domain that cannot be changed does not keep the others from it. The task goes on, and fails at the end.
  - A write whose outcome is unknown (a time-out, a broken connection, a failure of the server) is never repeated blindly.
    The account is read first.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.policy
  - mailops.cloudflare.attributes
attributes:
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Takes the same path as a run up to the first write, sends nothing but C(GET), and returns the same RV(results), RV(summary), RV(plan),
        RV(undeclared) and RV(diff) as the run that follows, if all goes well.
      - The removal of an inline domain that has mail is shown with a warning. A run refuses it, unless it is said with O(domains[].force) or approved
        with O(expected_plan). RV(plan) is the same.
options:
  batch:
    description:
      - Whether many changes are sent in one request, to the batch endpoint of the API.
      - V(auto) does so where it saves requests. V(always) does so in any case, V(never) sends a request for each domain.
      - After a batch the account is read again, and what is not as asked is written singly. So an account whose API has no batch
        endpoint, or refuses a batch, is served as well.
    type: str
    choices: [auto, always, never]
    default: auto
  concurrency:
    description:
      - How many single writes are on their way at a time, from 1 to 10.
      - The first goes alone, so that a credential that may not write costs one refused request.
    type: int
    default: 8
  onboard:
    description:
      - Whether declared domains that do not exist are onboarded, with O(domains[].state=present).
      - With V(false), each of them fails with the kind V(not_found), in check mode as well, and the others are changed as declared.
        This keeps a mistyped name or a wrong O(account_id) from onboarding domains.
    type: bool
    default: true
    version_added: 1.1.0
  expected_plan:
    description:
      - The RV(plan) that was approved. If there is anything else to do now, the task fails with the kind V(conflict) and writes nothing, in check
        mode as well.
      - Anything but 64 hexadecimal digits is refused before any request, null and an empty text included. An approval that got lost on its way
        must not pass for none being needed. Leave the option out, as C(default(omit)) does, to apply without an approval.
      - Take it from a run in check mode without this option. Where nothing is left to do, the task passes whatever plan was expected, so that a
        job that is started again finds all of it done.
    type: str
  only:
    description:
      - Restricts the task to some of the declared domains. Names, or patterns with C(*) and C(?), in any spelling. An id matches a domain that is
        declared by O(domains[].domain_id). Commas and blanks within an entry separate names.
      - RV(results), RV(summary) and RV(plan) are then about these domains alone, and RV(scope) lists them. RV(undeclared) stays what nobody has
        declared at all.
      - Null is as left out, and means all. Anything else that names no declared domain is refused before any request.
    type: list
    elements: str
    version_added: 1.1.0
  waivers:
    description:
      - Differences that somebody has allowed. The same list as O(mailops.cloudflare.email_security_audit#module:waivers), so that a task does not
        write over what an audit reports as waived.
      - A field that a waiver in force covers is left alone. It is neither compared nor sent, is not a part of RV(plan), and is returned in RV(waived).
      - A waiver with O(waivers[].rule) covers a field if all rules that its difference breaks are covered. A list that lost one value and gained
        another is written if only one of the two directions is allowed.
      - The rule V(ES-DOMAIN-001) leaves a missing domain alone, which is then not onboarded. V(ES-DOMAIN-003) leaves a domain alone that is to be
        removed.
    type: list
    elements: dict
    default: []
    version_added: 1.1.0
    suboptions:
      domain:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].domain).
        type: str
        required: true
      rule:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].rule).
        type: str
      field:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].field).
        type: str
      reason:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].reason).
        type: str
        required: true
      owner:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].owner).
        type: str
        required: true
      expires:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].expires).
        type: str
        required: true
      live:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].live).
        type: raw
seealso:
  - module: mailops.cloudflare.email_security_domain
  - module: mailops.cloudflare.email_security_domain_info
  - name: Cloudflare Email Security API
    description: The API that this module speaks to.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Deliver clean mail over TLS only, but for a domain whose server cannot (account and token from the environment)
  mailops.cloudflare.email_security_domains:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
      - domain: devices.example.org
        # The old server of these devices has no TLS.
        require_tls_outbound: false

- name: Audit the account, and change nothing
  mailops.cloudflare.email_security_domains:
    defaults:
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
  check_mode: true
  diff: true
  register: audit

- name: Say what differs, and what nobody has declared
  ansible.builtin.debug:
    msg:
      drifted: "{{ audit.results | map(attribute='domain') }}"
      undeclared: "{{ audit.undeclared }}"

- name: Apply what was approved, and nothing else
  mailops.cloudflare.email_security_domains:
    defaults:
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
    expected_plan: "{{ audit.plan }}"

- name: Onboard some domains inline, and take one out whose MX records have moved and that gets no mail any more
  mailops.cloudflare.email_security_domains:
    defaults:
      allowed_delivery_modes:
        - DIRECT
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
      ip_restrictions: []
      regions:
        - GLOBAL
    domains:
      - domain: new.example.com
        transport: new-example-com.mail.protection.outlook.com
      - domain: new.example.net
        transport: new-example-net.mail.protection.outlook.com
      - domain: old.example.com
        state: absent
  register: fleet

- name: Read the DNS proofs of the new domains
  mailops.cloudflare.email_security_domain_info:
    domain: "{{ fleet.new_ids | list }}"
    verification: true

- name: Change a large fleet domain by domain, and say which ones failed
  vars:
    next_hops:
      example.com: mx1.example.com
      example.net: mx1.example.net
  block:
    - name: Set the next hop of each domain
      mailops.cloudflare.email_security_domains:
        domains: "{{ next_hops | dict2items(key_name='domain', value_name='transport') }}"
        batch: never
        concurrency: 4
        max_wait: 900
  rescue:
    - name: Show each domain that failed
      ansible.builtin.debug:
        msg: "{{ item.failure.kind }}: {{ item.msg | default('not tried any more') }}"
      loop: "{{ ansible_failed_result.results | default([]) | selectattr('failure', 'defined') }}"
      loop_control:
        label: "{{ item.domain }}"

    - name: Fail all the same
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
changed:
  description: Whether the server's settings are different afterwards, or would be in check mode. Told of a failed task as well.
  returned: always
  type: bool
  sample: true
results:
  description:
    - The domains with which something was done, or failed, in the order in which they are declared. In check mode, those with which
      something would be done.
    - A domain that is as declared is not in it.
  returned: when the account could be compared with what is declared
  type: list
  elements: dict
  contains:
    domain:
      description: The name. With the id in brackets, if there are several live domains of that name.
      returned: always
      type: str
      sample: example.com
    id:
      description: The id. Null of a domain that is to be created; RV(new_ids) has what became of it.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    action:
      description: What was done, or was to be done. V(update), V(create) or V(delete); V(none) if it failed before that was known.
      returned: always
      type: str
      sample: update
    changes:
      description:
        - What differs, field by field, in normal forms. Lists are sorted, networks have their prefix, names are in lower case.
        - Of a domain that failed, what was changed all the same, which is mostly nothing.
      returned: unless it had to be shortened
      type: dict
      sample:
        lookback_hops:
          before: 1
          after: 2
    fields:
      description: The fields that differ, without values, in the place of RV(results[].changes).
      returned: when it had to be shortened
      type: list
      elements: str
      sample: [lookback_hops]
    failure:
      description:
        - What went wrong with this domain. The keys are those of RV(mailops.cloudflare.email_security_domain#module:failure).
        - Only C(kind), where RV(results[].not_reached) is true, or where the entry had to be shortened.
      returned: when it failed
      type: dict
      sample:
        kind: invalid
        status: 400
        errors:
          - code: 1001
            message: lookback_hops must be between 1 and 20
            pointer: /lookback_hops
        ray_id: 8f1a2b3c4d5e6f70-FRA
        method: PATCH
        path: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains/5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    msg:
      description: The same in words.
      returned: when it failed and was reached, unless it had to be shortened
      type: str
      sample: 'Could not change example.com: the server refused it: "lookback_hops must be between 1 and 20" (code 1001, at /lookback_hops).'
    not_reached:
      description: That this domain was left as it is, because the task was stopped before. RV(failure) says by what.
      returned: when the task was stopped before this domain's turn
      type: bool
      sample: true
summary:
  description: How many domains. RV(summary.total) is the sum of those unchanged, created, updated, deleted and failed.
  returned: when the account could be compared with what is declared
  type: dict
  contains:
    total:
      description: Declared.
      returned: always
      type: int
      sample: 2500
    unchanged:
      description: As declared already.
      returned: always
      type: int
      sample: 2480
    created:
      description: Onboarded, or to be onboarded in check mode.
      returned: always
      type: int
      sample: 3
    updated:
      description: Changed, or to be changed in check mode.
      returned: always
      type: int
      sample: 15
    deleted:
      description: Removed, or to be removed in check mode.
      returned: always
      type: int
      sample: 1
    failed:
      description: Failed, those included that were not reached.
      returned: always
      type: int
      sample: 1
    not_reached:
      description: How many of those that failed were not reached.
      returned: always
      type: int
      sample: 0
    waived:
      description: Domains of which something was left alone because of O(waivers). The other counts hold them as well.
      returned: always
      type: int
      sample: 0
waived:
  description: What differs and was left alone because of O(waivers), in the order in which the domains are declared.
  returned: when the account could be compared with what is declared
  type: list
  elements: dict
  contains:
    domain:
      description: The name, as in RV(results[].domain).
      returned: always
      type: str
      sample: example.com
    field:
      description: The field. Null if the domain as a whole was left alone.
      returned: always
      type: str
      sample: transport
    declared:
      description: The declared value, in its normal form. V(present) or V(absent), if the domain as a whole was left alone.
      returned: always
      type: raw
      sample: mx.example.com
    live:
      description: The live value. V(present) or null, if the domain as a whole was left alone.
      returned: always
      type: raw
      sample: mx.moving.example
    reason:
      description: Why it is allowed.
      returned: always
      type: str
      sample: The mail servers move
    owner:
      description: Who allowed it.
      returned: always
      type: str
      sample: postmaster@example.com
    expires:
      description: The last day on which it is allowed.
      returned: always
      type: str
      sample: "2027-01-31"
scope:
  description: The names of the domains that O(only) chose, sorted. Null without it, which means all of them.
  returned: when the account could be compared with what is declared
  type: list
  elements: str
  sample: [example.com]
undeclared:
  description: The names of the live domains that are not declared, sorted. Nothing is done with them.
  returned: when the account could be compared with what is declared
  type: list
  elements: str
  sample: [forgotten.example.com, trial.example.net]
plan:
  description:
    - A digest of all that there is to do in this account, and of what is declared and cannot be done, for O(expected_plan). SHA-256, in
      hexadecimal digits.
    - The same in check mode and in the run that follows, as long as there is the same to do. The order of the declaration does not count.
  returned: when the account could be compared with what is declared
  type: str
  sample: 9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d
new_ids:
  description: The ids of the domains that were created, by name. Empty in check mode.
  returned: when the account could be compared with what is declared
  type: dict
  sample: {new.example.com: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02}
diff:
  description: The fields that differ, of the domains that differ, in normal forms. Ansible prints it with C(--diff).
  returned: when the account could be compared with what is declared
  type: dict
  contains:
    before:
      description: The settings before, by name. A domain that is created is not in it.
      returned: always
      type: dict
      sample: {example.com: {lookback_hops: 1}}
    after:
      description: The settings afterwards, by name. A domain that is removed is not in it.
      returned: always
      type: dict
      sample: {example.com: {lookback_hops: 2}}
    before_header:
      description: How many domains differ.
      returned: always
      type: str
      sample: 15 mail domains
    after_header:
      description: How many domains differ.
      returned: always
      type: str
      sample: 15 mail domains
shortened:
  description:
    - What was left out to keep the result short, in words. AWX drops results of more than 700,000 characters.
    - First the declared domains and waivers go, which Ansible repeats in C(invocation), then RV(diff), then values in RV(results), names in
      RV(undeclared), entries of RV(waived) and RV(scope), RV(new_ids), and entries of RV(results) at last. RV(summary) and RV(plan) are always
      whole.
  returned: when the result had to be shortened
  type: list
  elements: str
  sample: ["invocation: the declared domains are left out"]
api:
  description: What the task cost.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: Requests sent, repeats included.
      returned: always
      type: int
      sample: 5
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
msg:
  description: What went wrong, in words.
  returned: failure
  type: str
  sample: '1 of 2500 domains failed. example.com: Could not change example.com: (...) See results.'
failure:
  description:
    - What stopped the whole task, for playbooks that branch on it.
    - A task that was ended from outside, by its keyword C(timeout) or a signal, has the kind V(network). RV(results) then say what was changed,
      what may have been changed and what was not reached.
    - Missing where the task was carried through and only single domains failed. RV(results[].failure) says what failed them.
  returned: when something stopped the whole task
  type: dict
  contains:
    kind:
      description: The kind of failure, as RV(mailops.cloudflare.email_security_domain#module:failure.kind).
      returned: always
      type: str
      sample: permission
    status:
      description: The HTTP status of the answer. Null where there was none.
      returned: always
      type: int
      sample: 403
    errors:
      description: The server's own words, each with C(code), C(message), C(pointer), and C(chain) where the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 9109
          message: Unauthorized to access requested resource
          pointer: null
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
"""

from collections.abc import Collection
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.bulk_options import (
    CONCURRENCY_OPTION,
    ONLY_OPTION,
    WAIVERS_OPTION,
    bulk_option_spec,
    concurrency_problems,
    drop_unset_options,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import BATCH_MODES, bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_size import shorten_bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        **bulk_option_spec(DOMAIN),
        "batch": {"type": "str", "choices": list(BATCH_MODES), "default": "auto"},
        "concurrency": CONCURRENCY_OPTION,
        "expected_plan": {"type": "str"},
        "onboard": {"type": "bool", "default": True},
        "only": ONLY_OPTION,
        "waivers": WAIVERS_OPTION,
    }


def prepare(options: Options, *, check_mode: bool, given: Collection[str] = ()) -> Task:
    """Validate the options before there is a client, and return the task that needs one."""
    drop_unset_options(DOMAIN, options)
    declaration = bulk_from_options(DOMAIN, options, given, concurrency_problems(options))
    if options.get("waivers"):
        # Imported only for waivers: a packed module compiles each file that it imports.
        from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waived_differences import waived_from_options

        declaration = declaration._replace(allowed=waived_from_options(options))
    return lambda client: shorten_bulk_result(DOMAIN, declaration.apply(Domains(client), check_mode=check_mode), options)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode, given=module.given))


if __name__ == "__main__":
    main()
