#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_audit
short_description: Tell how Cloudflare Email Security differs from what is declared, in which direction, and how bad that is
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Compares the live mail domains of an account with those that are declared, as M(mailops.cloudflare.email_security_domains) does, and judges
    each difference by a table of rules. Is the domain protected less than was decided, or more? How bad is that, and what is to be done?
  - Looks at the read-only fields of every live domain as well, such as its status, its DMARC and SPF records, and when mail was last counted.
  - Reads only, in a run as well as in check mode. Costs one request for each 1000 domains of the account.
  - A finding does not fail the task. The role P(mailops.cloudflare.audit#role) writes reports of the result and fails at a severity of your choice.
  - The rules, each with its reason and its remedy, are listed in C(docs/rules.md) of the collection's repository.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.policy
  - mailops.cloudflare.attributes
  - mailops.cloudflare.attributes.info
options:
  waivers:
    description:
      - Differences that somebody has allowed. A finding that one of them covers stays in RV(findings), with RV(findings[].waived=true), and is
        counted only in RV(summary.waived).
      - A waiver whose last day is over covers nothing any more, and is a finding itself. So is one that covers nothing at all.
    type: list
    elements: dict
    default: []
    suboptions:
      domain:
        description:
          - The name of a domain, or a pattern with C(*), C(?) and C([...]), as in a shell. V(*.example.com) covers all subdomains, V(*) every domain.
        type: str
        required: true
      rule:
        description:
          - The rule that may be broken, by its id.
          - If both this and O(waivers[].field) are given, both must fit. One of them is required.
        type: str
      field:
        description: The field that may differ, or the read-only field that is known to be wrong.
        type: str
      reason:
        description: Why it is allowed.
        type: str
        required: true
      owner:
        description: Who allowed it.
        type: str
        required: true
      expires:
        description: The last day on which it is allowed, such as V(2027-01-31). Days are those of UTC.
        type: str
        required: true
      live:
        description:
          - The live value that is allowed, a value or a list. If another one is live, the waiver does not hold, and the finding says so in
            RV(findings[].note). It is compared in its normal form, and V(ip_restrictions) by the addresses that they cover.
          - Needs O(waivers[].field), or a rule about one field. Not for advice, nor for V(authorization) and V(emails_processed).
          - Null is as left out, and allows any live value. An empty text or list is refused.
        type: raw
        version_added: 1.1.0
  only:
    description:
      - Audits a part of the declared domains. Names, or patterns with C(*) and C(?), in any spelling. An id matches a domain that is declared by
        O(domains[].domain_id). Commas and blanks within an entry separate names.
      - Findings, RV(summary), RV(missing) and RV(plan) are then about these domains alone, and RV(scope) lists them. Live domains that are not
        declared make no finding, nor do waivers whose O(waivers[].domain) is a pattern.
      - Null is as left out. Anything else that names no declared domain is refused before any request.
    type: list
    elements: str
    version_added: 1.1.0
  severities:
    description:
      - Severities by the ids of rules, where yours are others than those of the table. V(critical), V(high), V(medium), V(low), or V(off).
        They hold whatever the live domain is.
      - A rule that is V(off) makes no finding. If a difference breaks another one as well, that is told instead. A domain that differs is not
        counted in RV(summary.as_declared), whatever is V(off).
    type: dict
    default: {}
  onboard:
    description:
      - Whether RV(plan) onboards declared domains that are not live, as O(mailops.cloudflare.email_security_domains#module:onboard) does. Nothing is
        onboarded by this module, and the findings are the same.
    type: bool
    default: true
    version_added: 1.1.0
  shorten:
    description:
      - Whether a result that AWX would drop for its length is shortened. RV(shortened) says then what is left out.
      - The role P(mailops.cloudflare.audit#role) sets it to V(false), because its reports hold every finding.
    type: bool
    default: true
seealso:
  - module: mailops.cloudflare.email_security_domains
  - module: mailops.cloudflare.email_security_report
  - name: Cloudflare Email Security API
    description: The API that this module speaks to.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Audit the account (account and token from the environment)
  mailops.cloudflare.email_security_audit:
    defaults:
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
  register: audit

- name: Show what is worst
  ansible.builtin.debug:
    msg: "{{ audit.findings | rejectattr('waived') | map(attribute='message') | list }}"

- name: Fail if a domain is less protected than was decided
  ansible.builtin.assert:
    that: audit.summary.critical == 0 and audit.summary.high == 0
    quiet: true

- name: Audit with an exception, and hold a missing SPF record to be less bad
  mailops.cloudflare.email_security_audit:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: devices.example.org
    waivers:
      - domain: "devices.*"
        field: require_tls_outbound
        reason: The old server of these devices has no TLS
        owner: postmaster@example.com
        expires: "2030-06-30"
    severities:
      ES-HEALTH-008: medium
      ES-ADVICE-004: "off"

- name: Look at the health of all live domains, and declare none
  mailops.cloudflare.email_security_audit:
    domains: []
    severities:
      ES-DOMAIN-002: "off"
"""

RETURN = r"""
changed:
  description: Always V(false). An audit changes nothing.
  returned: always
  type: bool
  sample: false
declared_ids:
  description:
    - Of the domains with a finding of the category V(drift), those that are declared by O(domains[].domain_id). A finding calls them by their live
      name, and the option C(only) may know them by their id alone.
  returned: when the account could be read
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    domain:
      description: What RV(findings[].domain) calls it.
      returned: always
      type: str
      sample: example.com
    domain_id:
      description: Its id, as declared.
      returned: always
      type: str
      sample: 1a2b3c4d-0000-4000-8000-5e6f70819203
audited_at:
  description: When the account was looked at, in UTC.
  returned: when the account could be read
  type: str
  sample: "2026-11-22T03:00:00Z"
scope:
  description: The declared domains that were audited, sorted, if O(only) was given. Otherwise null, and the audit is about the whole account.
  returned: when the account could be read
  type: list
  elements: str
  sample: [example.com]
findings:
  description:
    - What is not as it should be, the worst first.
    - Of each domain and field that differs the worst rule that is broken, for each direction. A list that lost one value and gained another is
      weaker and stronger. Where the worst of a direction is waived, the worst of it that is not is told as well.
    - Of each live domain what is wrong with its status, its records and its settings, declared or not. Beside a difference in the same direction
      only what is worse is told.
  returned: when the account could be read
  type: list
  elements: dict
  contains:
    domain:
      description: The name of the domain. With the id in brackets, if there are several of that name. Of a finding about a waiver, its pattern.
      returned: always
      type: str
      sample: example.com
    field:
      description: The field. Null if the finding is about the domain as a whole, or about a waiver.
      returned: always
      type: str
      sample: require_tls_inbound
    declared:
      description:
        - The declared value, in its normal form. Null where none is declared.
        - V(present) or V(absent), if the finding is about the domain as a whole. Of a finding about a waiver, the waiver in words.
      returned: always
      type: raw
      sample: true
    live:
      description:
        - The live value. Of a writable field, in its normal form.
        - V(present) or null, if the finding is about the domain as a whole. Words, if it is not known which live domain is meant.
      returned: always
      type: raw
      sample: false
    direction:
      description:
        - V(weaker), if less is protected than was decided. V(stronger), if more is rejected or kept back, so that mail may be lost. V(neutral) where
          neither can be said.
      returned: always
      type: str
      sample: weaker
    severity:
      description: How bad it is. V(critical), V(high), V(medium) or V(low). Of some rules it depends on the live domain, unless O(severities) holds another.
      returned: always
      type: str
      sample: high
    rule_id:
      description: The id of the rule that is broken. Ids keep their meaning from release to release.
      returned: always
      type: str
      sample: ES-TLS-001
    category:
      description:
        - V(drift) is a difference to what is declared. V(health) comes from read-only fields, V(advice) from the declaration itself, V(waiver) from
          O(waivers).
      returned: always
      type: str
      sample: drift
    message:
      description: The finding in words.
      returned: unless it had to be shortened
      type: str
      sample: example.com takes mail without TLS, where it is declared to be required.
    remedy:
      description: What to do.
      returned: unless it had to be shortened
      type: str
      sample: If the declared value is right, apply it. If the live one is right, declare it.
    note:
      description: That a waiver is about it, and allows another live value only. See O(waivers[].live). It is the end of RV(findings[].message), too.
      returned: if there is such a waiver
      type: str
      sample: >-
        A waiver allows another live value, and not this one: transport with the live value mx.example.net until 2030-06-30, allowed by
        postmaster@example.com (moving).
    waived:
      description: Whether one of O(waivers) covers it.
      returned: always
      type: bool
      sample: false
    waiver:
      description: Of the waiver that covers it, C(reason), C(owner) and C(expires).
      returned: if RV(findings[].waived) is true
      type: dict
      sample:
        reason: The old server of these devices has no TLS
        owner: postmaster@example.com
        expires: "2030-06-30"
summary:
  description: How many of what. Findings that are waived count in RV(summary.waived) alone.
  returned: when the account could be read
  type: dict
  contains:
    declared:
      description: Declared domains.
      returned: always
      type: int
      sample: 1000
    live:
      description: Live domains.
      returned: always
      type: int
      sample: 1001
    as_declared:
      description: Declared domains that are as declared. Those whose differences are waived are not among them.
      returned: always
      type: int
      sample: 997
    drifted:
      description: Declared domains with a difference that is not waived, be its rule V(off) or not.
      returned: always
      type: int
      sample: 2
    drift_waived:
      description: Declared domains that differ, and whose differences are all waived.
      returned: always
      type: int
      sample: 1
    missing:
      description: Declared domains that are not there.
      returned: always
      type: int
      sample: 0
    undeclared:
      description: Live domains that are not declared.
      returned: always
      type: int
      sample: 1
    findings:
      description: All findings.
      returned: always
      type: int
      sample: 6
    waived:
      description: Findings that are waived.
      returned: always
      type: int
      sample: 1
    critical:
      description: Findings of that severity.
      returned: always
      type: int
      sample: 1
    high:
      description: Findings of that severity.
      returned: always
      type: int
      sample: 2
    medium:
      description: Findings of that severity.
      returned: always
      type: int
      sample: 3
    low:
      description: Findings of that severity.
      returned: always
      type: int
      sample: 0
    drift:
      description: Differences to what is declared, domains that are missing or not declared included.
      returned: always
      type: int
      sample: 4
    health:
      description: Findings on read-only fields.
      returned: always
      type: int
      sample: 1
    advice:
      description: Findings on what is declared.
      returned: always
      type: int
      sample: 1
    waiver:
      description: Findings on waivers.
      returned: always
      type: int
      sample: 0
    worst:
      description: The worst severity that was found. Null if nothing was.
      returned: always
      type: str
      sample: critical
undeclared:
  description: The names of the live domains that are not declared, sorted.
  returned: when the account could be read
  type: list
  elements: str
  sample: [forgotten.example.com]
rules_off:
  description: The ids of the rules that are V(off), sorted. Of what they are about nothing is known.
  returned: when the account could be read
  type: list
  elements: str
  sample: [ES-ADVICE-004]
missing:
  description: The names of the declared domains that are not there, in the order in which they are declared.
  returned: when the account could be read
  type: list
  elements: str
  sample: [new.example.com]
plan:
  description:
    - A digest of all that there is to do so that the account is as declared, for
      O(mailops.cloudflare.email_security_domains#module:expected_plan).
    - It is RV(mailops.cloudflare.email_security_domains#module:plan) of the same O(domains), O(defaults), O(only) and O(waivers). A field whose
      difference is waived is not part of it.
  returned: when the account could be read
  type: str
  sample: 9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d
shortened:
  description:
    - What was left out to keep the result short, in words. First the declared domains and O(waivers) go, which Ansible repeats in C(invocation),
      then the words of RV(findings), then names in RV(undeclared) and RV(missing), and the least of RV(findings) at last. RV(summary) counts all
      of them.
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
      sample: 1
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
  sample: 'Could not list the domains: the server refused the credential (...)'
failure:
  description: What went wrong, for playbooks that branch on it. So an audit that failed can be told from one that found something.
  returned: failure
  type: dict
  contains:
    kind:
      description: The kind of failure, as RV(mailops.cloudflare.email_security_domain#module:failure.kind).
      returned: always
      type: str
      sample: auth
    status:
      description: The HTTP status of the answer. Null where there was none.
      returned: always
      type: int
      sample: 401
    errors:
      description: The server's own words, each with C(code), C(message), C(pointer), and C(chain) where the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 10000
          message: Authentication error
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
      sample: GET
    path:
      description: The path of the request that failed. Null where none did.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains
"""

from datetime import datetime, timezone
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CONNECTION_OPTIONS, CloudflareModule, Options, Result, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit_result_size import shorten_audit_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.bulk_options import bulk_option_spec, drop_unset_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN

WAIVER = {
    "domain": {"type": "str", "required": True},
    "rule": {"type": "str"},
    "field": {"type": "str"},
    "reason": {"type": "str", "required": True},
    "owner": {"type": "str", "required": True},
    "expires": {"type": "str", "required": True},
    "live": {"type": "raw"},
}


def argument_spec() -> dict[str, Any]:
    return {
        **CONNECTION_OPTIONS,
        **bulk_option_spec(DOMAIN),
        "waivers": {"type": "list", "elements": "dict", "default": [], "options": WAIVER},
        "only": {"type": "list", "elements": "str"},
        "severities": {"type": "dict", "default": {}},
        "onboard": {"type": "bool", "default": True},
        "shorten": {"type": "bool", "default": True},
    }


def prepare(options: Options) -> Task:
    drop_unset_options(DOMAIN, options)
    audit = audit_from_options(options)

    def work(client: Client) -> Result:
        result = audit.of(client, datetime.now(timezone.utc))
        return shorten_audit_result(result, options) if options["shorten"] else result

    return work


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_module(module, prepare)


if __name__ == "__main__":
    main()
