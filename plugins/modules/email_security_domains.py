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
  - Manages a list of domains as M(mailops.cloudflare.email_security_domain) manages one, and reports the live domains that are not declared.
  - Lists the whole account with one request for each 1000 domains, compares each declared domain with the live one, and sends only the fields
    that differ. If nothing differs, no other request is sent.
  - A live domain that is not declared is named in RV(undeclared) and left unchanged. Only domains with O(domains[].state=absent) are removed.
  - If a domain cannot be changed, the task continues with the others, and fails at the end.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly.
    The account is read first.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.policy
  - mailops.cloudflare.attributes
attributes:
  check_mode:
    description: Can run in check mode and report what would be changed, without changing it.
    support: full
    details:
      - Does the same as a run up to the first write, sends only C(GET) requests, and returns the same RV(results), RV(summary), RV(directions),
        RV(plan), RV(undeclared) and RV(diff) as a successful run.
      - The removal of an inline domain with mail is shown with a warning. A run refuses it, unless it is confirmed with O(domains[].force) or approved
        with O(expected_plan). RV(plan) is the same.
options:
  batch:
    description:
      - Whether many changes are sent in one request, to the batch endpoint of the API.
      - V(auto) does so if it saves requests. V(always) always does so, V(never) sends a request for each domain.
      - After a batch the account is read again, and missing changes are sent as single requests. So the module also works if the API has no batch
        endpoint, or refuses a batch.
    type: str
    choices: [auto, always, never]
    default: auto
  concurrency:
    description:
      - How many single writes are sent at the same time, from 1 to 10.
      - The first write is sent alone, so that a read-only credential causes only one refused request.
    type: int
    default: 8
  onboard:
    description:
      - Whether declared domains that do not exist are onboarded, with O(domains[].state=present).
      - With V(false), each of them fails with the kind V(not_found), in check mode as well, and the others are changed as declared.
        This prevents a mistyped name or a wrong O(account_id) from onboarding domains.
    type: bool
    default: true
    version_added: 1.1.0
  expected_plan:
    description:
      - The RV(plan) that was approved. If the pending changes are different, the task fails with the kind V(conflict) and writes nothing, in check
        mode as well.
      - Anything but 64 hexadecimal digits is refused before any request, including null and an empty text. An approval that was lost on the way
        must not look as if none was required. Leave the option out, as C(default(omit)) does, to apply without an approval.
      - Take it from a run in check mode without this option. If no changes are pending, the task succeeds with any plan, so that a
        job that is started again finds everything done.
    type: str
  only:
    description:
      - Limits the task to some of the declared domains. Names, or patterns with C(*) and C(?), in any spelling. An id matches a domain that is
        declared by O(domains[].domain_id). Commas and blanks within an entry separate names.
      - RV(results), RV(summary) and RV(plan) are then about these domains only, and RV(scope) lists them. RV(undeclared) still contains the
        domains that are not declared at all.
      - Null selects all domains, as if the option was left out. Any other value that matches no declared domain is refused before any request.
    type: list
    elements: str
    version_added: 1.1.0
  waivers:
    description:
      - Approved exceptions. The same list as O(mailops.cloudflare.email_security_audit#module:waivers), so that a task does not
        overwrite what an audit reports as waived.
      - A field that a valid waiver covers stays unchanged. It is neither compared nor sent, is not a part of RV(plan), and is returned in RV(waived).
      - Waivers with O(waivers[].rule) cover a field if they cover all rules that its difference breaks. A list that lost one value and gained
        another is written if only one of the two directions is allowed.
      - With the rule V(ES-DOMAIN-001), a missing domain is not onboarded. With V(ES-DOMAIN-003), a domain that is to be removed is kept.
    type: list
    elements: dict
    default: []
    version_added: 1.1.0
    suboptions:
      domain:
        description:
          - As O(mailops.cloudflare.email_security_audit#module:waivers[].domain).
          - One of O(waivers[].domain) and O(waivers[].entry) is required.
        type: str
      entry:
        description:
          - As O(mailops.cloudflare.email_security_audit#module:waivers[].entry).
          - Such a waiver is about entries of lists, and has no effect here.
        type: str
        version_added: 1.1.0
      resource:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].resource).
        type: str
        choices:
          - domains
          - allow_policies
          - block_senders
          - trusted_domains
          - impersonation_registry
          - content_policies
          - sending_domain_restrictions
          - url_ignore_patterns
        version_added: 1.1.0
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
    description: The API that this module uses.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Deliver clean mail over TLS only, except for a domain whose server has no TLS (account and token from the environment)
  mailops.cloudflare.email_security_domains:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
      - domain: devices.example.org
        # The old server of these devices has no TLS.
        require_tls_outbound: false

- name: Drop malicious mail of all domains, and whatever else is dropped now
  mailops.cloudflare.email_security_domains:
    defaults:
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
      purge_drop_dispositions: false
    domains:
      - domain: example.com
      - domain: example.net

- name: Compare the account with the declaration, without changes
  mailops.cloudflare.email_security_domains:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
      - domain: shop.example.com
        drop_dispositions:
          - MALICIOUS
          - MALICIOUS-BEC
          - SPOOF
          - SPAM
  check_mode: true
  diff: true
  register: audit

- name: Show the domains that differ, and those that are not declared
  ansible.builtin.debug:
    msg:
      drifted: "{{ audit.results | map(attribute='domain') }}"
      undeclared: "{{ audit.undeclared }}"

- name: Apply exactly the approved plan
  mailops.cloudflare.email_security_domains:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
      - domain: shop.example.com
        drop_dispositions:
          - MALICIOUS
          - MALICIOUS-BEC
          - SPOOF
          - SPAM
    expected_plan: "{{ audit.plan }}"

- name: Onboard domains inline, and remove one whose MX records were changed and that gets no more mail
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

- name: Change many domains with single requests, and show which ones failed
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
        msg: "{{ item.failure.kind }}: {{ item.msg | default('not reached') }}"
      loop: "{{ ansible_failed_result.results | default([]) | selectattr('failure', 'defined') }}"
      loop_control:
        label: "{{ item.domain }}"

    - name: Fail after the report
      ansible.builtin.fail:
        msg: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
changed:
  description: Whether live settings were changed, or would be in check mode. Correct for failed tasks as well.
  returned: always
  type: bool
  sample: true
results:
  description:
    - The domains that were changed or failed, in the order of the declaration. In check mode, those that would be changed.
    - Domains that need no change are left out.
  returned: when the account could be compared with the declaration
  type: list
  elements: dict
  contains:
    domain:
      description: The name, followed by the id in parentheses if several live domains have that name.
      returned: always
      type: str
      sample: example.com
    id:
      description: The id. Null for a domain that is to be created; RV(new_ids) contains the new ids.
      returned: always
      type: str
      sample: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    action:
      description: What was or had to be done. V(update), V(create) or V(delete); V(none) if the domain failed before that was known.
      returned: always
      type: str
      sample: update
    changes:
      description:
        - The differing fields, in normal forms. Lists are sorted, networks have a prefix, names are in lower case.
        - For a domain that failed, what was changed nevertheless, which is usually nothing.
      returned: unless it had to be shortened
      type: dict
      sample:
        lookback_hops:
          before: 1
          after: 2
    weaker:
      description:
        - The fields whose change makes the domain less protected, by the rules of M(mailops.cloudflare.email_security_audit).
        - V([domain]) if the domain is removed.
      returned: when there are any
      type: list
      elements: str
      sample: [require_tls_inbound]
      version_added: 1.1.0
    fields:
      description: The names of the differing fields, in place of RV(results[].changes).
      returned: when it had to be shortened
      type: list
      elements: str
      sample: [lookback_hops]
    failure:
      description:
        - Why this domain failed. The keys are those of RV(mailops.cloudflare.email_security_domain#module:failure).
        - Only C(kind) if RV(results[].not_reached) is true, or if the entry had to be shortened.
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
      description: The failure as a message.
      returned: when it failed and was reached, unless it had to be shortened
      type: str
      sample: 'Could not change example.com: the server refused it: "lookback_hops must be between 1 and 20" (code 1001, at /lookback_hops).'
    not_reached:
      description: True if this domain was not changed because the task was stopped before. RV(failure) describes why.
      returned: when the task was stopped before this domain's turn
      type: bool
      sample: true
summary:
  description: The numbers of domains. RV(summary.total) is the sum of unchanged, created, updated, deleted and failed domains.
  returned: when the account could be compared with the declaration
  type: dict
  contains:
    total:
      description: Declared domains.
      returned: always
      type: int
      sample: 2500
    unchanged:
      description: Domains that needed no change.
      returned: always
      type: int
      sample: 2480
    created:
      description: Domains that were onboarded, or would be in check mode.
      returned: always
      type: int
      sample: 3
    updated:
      description: Domains that were changed, or would be in check mode.
      returned: always
      type: int
      sample: 15
    deleted:
      description: Domains that were removed, or would be in check mode.
      returned: always
      type: int
      sample: 1
    failed:
      description: Domains that failed, including those that were not reached.
      returned: always
      type: int
      sample: 1
    not_reached:
      description: Domains among the failed ones that were not reached.
      returned: always
      type: int
      sample: 0
    waived:
      description: Domains with differences that O(waivers) allow. They are included in the other counts.
      returned: always
      type: int
      sample: 0
directions:
  description:
    - The numbers of pending changes by their directions. Each field of a domain counts, and a creation or removal counts as one change.
    - Equal in check mode and in the run that follows, like RV(plan), whether the changes were successful or not.
  returned: when the account could be compared with the declaration
  type: dict
  version_added: 1.1.0
  contains:
    weaker:
      description:
        - Changes that make a domain less protected, by the rules of M(mailops.cloudflare.email_security_audit). RV(results[].weaker) names them.
        - A list that loses one value and gains another counts here if one of the two makes the domain less protected. So does a removal.
      returned: always
      type: int
      sample: 1
    stronger:
      description: Changes that make a domain more protected.
      returned: always
      type: int
      sample: 12
    neutral:
      description: Changes that do neither, or of which it is not known, such as another next hop or a new domain.
      returned: always
      type: int
      sample: 2
waived:
  description: The differences that O(waivers) allow, in the order of the declaration.
  returned: when the account could be compared with the declaration
  type: list
  elements: dict
  contains:
    domain:
      description: The name, as in RV(results[].domain).
      returned: always
      type: str
      sample: example.com
    field:
      description: The field. Null if the waiver is about the domain as a whole.
      returned: always
      type: str
      sample: transport
    declared:
      description: The declared value, in its normal form. V(present) or V(absent) if the waiver is about the domain as a whole.
      returned: always
      type: raw
      sample: mx.example.com
    live:
      description: The live value. V(present) or null if the waiver is about the domain as a whole.
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
  description: The names of the domains that O(only) selected, sorted. Null without that option, which means all domains.
  returned: when the account could be compared with the declaration
  type: list
  elements: str
  sample: [example.com]
undeclared:
  description: The names of the live domains that are not declared, sorted. They are never changed.
  returned: when the account could be compared with the declaration
  type: list
  elements: str
  sample: [forgotten.example.com, trial.example.net]
plan:
  description:
    - The digest of the pending changes in this account and of the declarations that fail, for O(expected_plan). SHA-256, in
      hexadecimal digits.
    - Equal in check mode and in the run that follows, as long as the pending changes are the same. It does not depend on the order of the declaration.
  returned: when the account could be compared with the declaration
  type: str
  sample: 9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d
new_ids:
  description: The ids of the new domains, by name. Empty in check mode.
  returned: when the account could be compared with the declaration
  type: dict
  sample: {new.example.com: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02}
diff:
  description:
    - The differing fields of each domain that differs, in normal forms, as texts. In the order of the declaration. Ansible prints it with C(--diff).
    - Each line names a field and one of its values, so that a printed line is understood without the lines above it.
  returned: when the account could be compared with the declaration
  type: list
  elements: dict
  contains:
    before:
      description: The settings before. Empty for a new domain.
      returned: always
      type: str
      sample: |
        ip_restrictions: 192.0.2.0/24
        ip_restrictions: 198.51.100.0/24
    after:
      description: The settings afterwards. Empty for a domain that is removed.
      returned: always
      type: str
      sample: |
        ip_restrictions: 192.0.2.0/24
    before_header:
      description:
        - The name of the domain, followed by C(new) or C(removed), and the fields whose change makes the domain less or more protected, if there
          are any.
      returned: always
      type: str
      sample: "example.com (more protected: ip_restrictions)"
    after_header:
      description: The same as RV(diff[].before_header).
      returned: always
      type: str
      sample: "example.com (more protected: ip_restrictions)"
    prepared:
      description: The number of the domains that had to be left out of the diff to keep the result short. RV(results) has all of them.
      returned: in the last entry, when the diff had to be shortened
      type: str
      sample: 3 of 40 domains are left out of the diff; see results
shortened:
  description:
    - Describes what was left out to keep the result short. AWX drops results of more than 700,000 characters.
    - First the declared domains and waivers are left out, which Ansible repeats in C(invocation), then RV(diff), then values in RV(results), names in
      RV(undeclared), entries of RV(waived) and RV(scope), RV(new_ids), and finally entries of RV(results). RV(summary) and RV(plan) are always
      complete.
  returned: when the result had to be shortened
  type: list
  elements: str
  sample: ["invocation: the declared domains are left out"]
api:
  description: Statistics of the requests of the task.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: The number of requests, including retries.
      returned: always
      type: int
      sample: 5
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
msg:
  description:
    - What was changed, or in check mode would be changed, and then what failed. Names the first domains of each kind.
    - The text in check mode is another one than that of the run. All other values are the same.
  returned: always
  type: str
  sample: '2 changed: example.net, shop.example.com. 1 failed: example.com: Could not change example.com: (...) See results.'
failure:
  description:
    - What stopped the whole task, for playbooks that branch on it.
    - If the task was ended from outside, by its keyword C(timeout) or a signal, the kind is V(network). RV(results) then describe what was changed,
      what may have been changed and what was not reached.
    - Missing if the task was completed and only single domains failed. RV(results[].failure) describes their failures.
  returned: when something stopped the whole task
  type: dict
  contains:
    kind:
      description: The kind of failure, as RV(mailops.cloudflare.email_security_domain#module:failure.kind).
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
      sample: PATCH
    path:
      description: The path of the failed request. Null if no request failed.
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Direction
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
    declaration = bulk_from_options(DOMAIN, options, given, concurrency_problems(options))._replace(direction_of=direction_of)
    if options.get("waivers"):
        # Imported only for waivers: a packed module compiles each file that it imports.
        from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waived_differences import waived_from_options

        declaration = declaration._replace(allowed=waived_from_options(options))
    return lambda client: shorten_bulk_result(DOMAIN, declaration.apply(Domains(client), check_mode=check_mode), options)


def direction_of(field: str, before: Any, after: Any) -> Direction:
    """Judge the change of one field."""
    # Imported only for changes: a packed module compiles each file that it imports.
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_direction import change_direction

    return change_direction(field, before, after)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode, given=module.given))


if __name__ == "__main__":
    main()
