#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_audit
short_description: Audit how Cloudflare Email Security differs from the declaration, with direction and severity
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Compares the live mail domains of an account with the declared ones, as M(mailops.cloudflare.email_security_domains) does, and evaluates
    each difference with rules. A finding says whether the domain is protected less than decided or more strictly, how severe that is, and what to do.
  - Also checks the read-only fields of every live domain, such as its status, its DMARC and SPF records, and the time of the last message count.
  - Audits the seven lists of the account in the same way, as M(mailops.cloudflare.email_security_account) declares them. Each live entry is checked, declared
    or not, for example whether an allow policy matches any sender, and the lists are compared with each other and with the domains.
  - A list is read if it is declared, or named in O(resources). Undeclared allow policies, trusted domains and URL patterns are findings in either case,
    because each of them exempts something.
  - A list that cannot be read is a finding (V(ES-LIST-005)) and is named in RV(unread). The others are still judged. The task fails if the declared domains
    cannot be read, if nothing can be read, or if the next request would fail as well, for example because the credential is refused.
  - Only reads, both in a run and in check mode. Needs one request for each 1000 domains of the account, and one for each 1000 entries of each list that is
    read.
  - A finding does not fail the task. The role P(mailops.cloudflare.audit#role) writes reports of the result and fails from a severity of your choice.
  - C(docs/rules.md) in the collection's repository lists the rules, each with its reason and its remedy.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.policy
  - mailops.cloudflare.lists
  - mailops.cloudflare.attributes
  - mailops.cloudflare.attributes.info
options:
  domains:
    description:
      - The domains, each with the settings that differ from O(defaults), as in O(mailops.cloudflare.email_security_domains#module:domains).
      - If this option is left out, domains are read only if O(resources) names them. Then they are not compared, and an undeclared one is no finding. With an
        empty list, every live domain is undeclared.
      - One of O(domains), the lists and O(resources) is required.
    type: list
    elements: dict
    required: false
  resources:
    description:
      - What is read and judged although it is not declared, C(domains) or the names of lists. V(all) means everything.
      - By default only what is declared is read.
    type: list
    elements: str
    choices: [domains, allow_policies, block_senders, trusted_domains, impersonation_registry, content_policies, sending_domain_restrictions,
      url_ignore_patterns, all]
    default: []
    version_added: 1.1.0
  purge:
    description:
      - As O(mailops.cloudflare.email_security_account#module:purge). This module removes nothing. The removals are a part of RV(plan) and
        RV(planned_changes), so that the plan is the same as there.
    type: list
    elements: str
    choices: [allow_policies, block_senders, trusted_domains, impersonation_registry, content_policies, sending_domain_restrictions, url_ignore_patterns,
      all]
    default: []
    version_added: 1.1.0
  keep:
    description: As O(mailops.cloudflare.email_security_account#module:keep), so that RV(plan) is the same as there.
    type: dict
    default: {}
    version_added: 1.1.0
  own_domains:
    description:
      - Domains of the organization besides those that are live in the account. Rules that judge whether a name is your own, or resembles one of yours, know
        them.
    type: list
    elements: str
    default: []
    version_added: 1.1.0
  max_age:
    description:
      - After how many days an exemption without an end is too old. By default it depends on the exemption, see C(docs/rules.md).
    type: int
    version_added: 1.1.0
  waivers:
    description:
      - Approved exceptions. A finding that a waiver covers stays in RV(findings), with RV(findings[].waived=true), and is counted only in
        RV(summary.waived).
      - An expired waiver covers nothing, and is a finding itself. So is a waiver that covers no finding, unless it may be about something that is not read.
      - A waiver is about domains, with O(waivers[].domain), or about entries of lists, with O(waivers[].entry). One of them is required.
    type: list
    elements: dict
    default: []
    suboptions:
      domain:
        description:
          - The name of a domain, or a pattern with C(*), C(?) and C([...]), as in a shell. V(*.example.com) covers all subdomains, V(*) all domains.
        type: str
      entry:
        description:
          - The key of an entry of a list, such as the pattern of an allow policy, the address of a person or the name of a content policy. Or a pattern with
            C(*) and C(?), as in a shell. Case is ignored, and brackets are literal.
          - A text that equals the key matches although it contains C(*) or C(?), as regular expressions do. The value of RV(findings[].entry) matches, too.
          - For a finding about a list as a whole, the key is the name of the list.
        type: str
        version_added: 1.1.0
      resource:
        description:
          - The list of the entry. If it is not given, entries of every list are covered.
          - With O(waivers[].domain), only V(domains) is allowed, which is the same as omitted.
        type: str
        choices: [domains, allow_policies, block_senders, trusted_domains, impersonation_registry, content_policies, sending_domain_restrictions,
          url_ignore_patterns]
        version_added: 1.1.0
      rule:
        description:
          - The id of the rule that is waived.
          - If O(waivers[].field) is given as well, both must match. One of them is required.
        type: str
      field:
        description: The writable or read-only field whose findings are waived.
        type: str
      reason:
        description: The reason for the exception.
        type: str
        required: true
      owner:
        description: Who approved the exception.
        type: str
        required: true
      expires:
        description: The last day on which the waiver is in force, in UTC, such as V(2027-01-31).
        type: str
        required: true
      live:
        description:
          - The live value that is allowed, a value or a list. For any other live value the waiver does not apply, and the finding says so in
            RV(findings[].note). Values are compared in their normal form, and V(ip_restrictions) by the addresses that they cover.
          - For domains it needs O(waivers[].field), or a rule about one field. Not available for advice, V(authorization) and V(emails_processed).
          - For entries of lists it is compared with RV(findings[].live), whatever the rule is about.
          - Null is the same as omitted, and allows any live value. An empty text or list is rejected.
        type: raw
        version_added: 1.1.0
  only:
    description:
      - Audits only some of the declared domains. Names, or patterns with C(*) and C(?), in any spelling. An id matches a domain that is declared by
        O(domains[].domain_id). Commas and blanks within an entry separate names.
      - Findings, RV(summary), RV(missing) and RV(plan) are then about these domains only, and RV(scope) lists them. Undeclared domains and
        waivers whose O(waivers[].domain) is a pattern make no finding.
      - Lists are then not read, whether they are declared or named in O(resources). Without declared domains, this option is rejected.
      - Null is the same as omitted. Any other value that matches no declared domain is rejected before the first request.
    type: list
    elements: str
    version_added: 1.1.0
  severities:
    description:
      - Severities that override those of the rules, by the ids of rules. V(critical), V(high), V(medium), V(low), or V(off). They apply to every
        domain.
      - A rule that is V(off) makes no finding. If a difference matches another rule as well, that rule is reported instead. A domain that differs
        is not counted in RV(summary.as_declared), even if the rule is V(off).
    type: dict
    default: {}
  onboard:
    description:
      - Whether RV(plan) onboards declared domains that are not live, as with O(mailops.cloudflare.email_security_domains#module:onboard). This module
        itself onboards nothing, and the findings are the same.
    type: bool
    default: true
    version_added: 1.1.0
  shorten:
    description:
      - Whether a result that AWX would drop because of its length is shortened. RV(shortened) then says what is left out. The module
        M(mailops.cloudflare.email_security_report) finds the complete result in the file RV(complete_result).
    type: bool
    default: true
  max_result_characters:
    description:
      - How long the result may be, in characters of its JSON, if O(shorten) is true. RV(api), RV(shortened) and what Ansible adds are not counted.
        The least is 20000. By default the result fits into an event of AWX, which drops results of 700000 characters and more.
      - Ansible copies a registered result between processes and evaluates it, which takes noticeable time for a long one. The role
        P(mailops.cloudflare.audit#role) sets 200000, because its reports are made from the complete result.
    type: int
    version_added: 1.1.0
seealso:
  - module: mailops.cloudflare.email_security_account
  - module: mailops.cloudflare.email_security_domains
  - module: mailops.cloudflare.email_security_report
  - name: Cloudflare Email Security API
    description: The API that this module uses.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Audit the account (account and token from the environment)
  mailops.cloudflare.email_security_audit:
    defaults:
      drop_dispositions:
        - MALICIOUS
        - MALICIOUS-BEC
        - SPOOF
        - SPAM
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
  register: audit

- name: Show the findings that are not waived
  ansible.builtin.debug:
    msg: "{{ audit.findings | rejectattr('waived') | map(attribute='message') | list }}"

- name: Fail on severe findings
  ansible.builtin.assert:
    that: audit.summary.critical == 0 and audit.summary.high == 0
    quiet: true

- name: Audit with an exception and a lower severity for missing SPF records
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

- name: Check the health of all live domains without a declaration
  mailops.cloudflare.email_security_audit:
    domains: []
    severities:
      ES-DOMAIN-002: "off"

- name: Judge every list of the account although none is declared, with the domains of another account as own ones
  mailops.cloudflare.email_security_audit:
    resources:
      - all
    own_domains:
      - example.org
    max_age: 180
  register: audit

- name: Show every exemption of the account, the oldest first
  ansible.builtin.debug:
    msg: "{{ audit.exemptions | sort(attribute='created_at') }}"

- name: Audit two lists as they are declared, with an exception
  mailops.cloudflare.email_security_audit:
    block_senders:
      - pattern: evil.example
        comments: 'SEC-298, phishing'
    allow_policies:
      - pattern: news.partner.example
        is_acceptable_sender: true
        comments: 'SEC-311, marketing'
        expires: '2099-01-31'
    purge:
      - block_senders
    waivers:
      - entry: news.partner.example
        resource: allow_policies
        field: verify_sender
        reason: Their mail fails verification until they have moved
        owner: postmaster@example.com
        expires: "2030-06-30"
"""

RETURN = r"""
changed:
  description: Always V(false). An audit changes nothing.
  returned: always
  type: bool
  sample: false
account_id:
  description: The account that was audited.
  returned: when the account could be read
  type: str
  version_added: 1.1.0
  sample: 0123456789abcdef0123456789abcdef
declared_ids:
  description:
    - The domains with a finding of the category V(drift) that are declared by O(domains[].domain_id). A finding contains their live name, but the
      option C(only) may match only their id.
  returned: when the account could be read
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    domain:
      description: The value of RV(findings[].domain).
      returned: always
      type: str
      sample: example.com
    domain_id:
      description: Its id, as declared.
      returned: always
      type: str
      sample: 1a2b3c4d-0000-4000-8000-5e6f70819203
audited_at:
  description: The time of the audit, in UTC.
  returned: when the account could be read
  type: str
  sample: "2026-11-22T03:00:00Z"
scope:
  description: The declared domains that were audited, sorted, if O(only) was given. Otherwise null, for an audit of the whole account.
  returned: when the account could be read
  type: list
  elements: str
  sample: [example.com]
findings:
  description:
    - The findings, the most severe first.
    - For each domain and field that differs, the worst rule that matches in each direction. A list that lost one value and gained another is both
      weaker and stronger. If the worst rule in a direction is waived, the worst one that is not waived is reported as well.
    - For each live domain, problems with its status, its records and its settings, declared or not. Beside drift in the same direction they are
      reported only if they are worse.
  returned: when the account could be read
  type: list
  elements: dict
  contains:
    domain:
      description:
        - The name of the domain, followed by the id in brackets if several domains have that name. For a finding about a waiver, its pattern.
        - Null if the finding is about a list.
      returned: always
      type: str
      sample: example.com
    resource:
      description:
        - C(domains), or the name of the list. Null if the finding is about a waiver for entries of every list.
      returned: always
      type: str
      version_added: 1.1.0
      sample: domains
    entry:
      description:
        - The entry of the list, as in RV(mailops.cloudflare.email_security_account#module:results). For a finding about a waiver, its key or pattern.
        - Null if the finding is about a domain, or about a list as a whole.
      returned: always
      type: str
      version_added: 1.1.0
      sample: news.partner.example
    field:
      description: The field. Null if the finding is about the domain or entry as a whole or about a waiver.
      returned: always
      type: str
      sample: require_tls_inbound
    declared:
      description:
        - The declared value in its normal form. Null if none is declared.
        - V(present) or V(absent) if the finding is about the domain as a whole. For a finding about a waiver, a description of the waiver.
      returned: always
      type: raw
      sample: true
    live:
      description:
        - The live value, for a writable field in its normal form.
        - V(present) or null if the finding is about the domain as a whole. An explanation if the domain is ambiguous.
        - For an entry of a list, the value that the finding is about, or what is said of the entry.
      returned: always
      type: raw
      sample: false
    direction:
      description:
        - V(weaker) if the domain is protected less than decided. V(stronger) if more mail is rejected or held than decided, so mail may be lost.
          V(neutral) if neither applies.
      returned: always
      type: str
      sample: weaker
    severity:
      description: V(critical), V(high), V(medium) or V(low). For some rules it depends on the live domain, unless O(severities) overrides it.
      returned: always
      type: str
      sample: high
    rule_id:
      description: The id of the rule that matches. Ids keep their meaning from release to release.
      returned: always
      type: str
      sample: ES-TLS-001
    category:
      description:
        - V(drift) is a difference from the declaration. V(health) is a problem of the live domain or entry, V(cross) one that shows when lists are compared
          with each other or with the domains, V(advice) one of the declaration itself, V(waiver) one of O(waivers).
      returned: always
      type: str
      sample: drift
    message:
      description: The finding as a sentence.
      returned: unless it had to be shortened
      type: str
      sample: example.com accepts mail without TLS, but is declared to require it.
    remedy:
      description: What to do.
      returned: unless it had to be shortened
      type: str
      sample: If the declared value is right, apply it. If the live value is right, declare it.
    note:
      description: That a waiver covers the finding, but allows another live value. See O(waivers[].live). Also the end of RV(findings[].message).
      returned: if there is such a waiver
      type: str
      sample: >-
        A waiver allows another live value, but not this one: transport with the live value mx.example.net until 2030-06-30, allowed by
        postmaster@example.com (moving).
    waived:
      description: Whether one of O(waivers) covers the finding.
      returned: always
      type: bool
      sample: false
    waiver:
      description: C(reason), C(owner) and C(expires) of the waiver that covers the finding.
      returned: if RV(findings[].waived) is true
      type: dict
      sample:
        reason: The old server of these devices has no TLS
        owner: postmaster@example.com
        expires: "2030-06-30"
summary:
  description:
    - Counts. Waived findings count only in RV(summary.waived).
    - C(declared) to C(undeclared) are about domains, and 0 if they were not read. The findings are those on domains and lists together.
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
      description: Declared domains without a difference, waived or not.
      returned: always
      type: int
      sample: 997
    drifted:
      description: Declared domains with a difference that is not waived, even if its rule is V(off).
      returned: always
      type: int
      sample: 2
    drift_waived:
      description: Declared domains whose differences are all waived.
      returned: always
      type: int
      sample: 1
    missing:
      description: Declared domains that do not exist.
      returned: always
      type: int
      sample: 0
    undeclared:
      description: Live domains that are not declared.
      returned: always
      type: int
      sample: 1
    findings:
      description: Findings that are not waived.
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
      description: Differences from the declaration, including missing and undeclared domains.
      returned: always
      type: int
      sample: 4
    health:
      description: Findings on live domains.
      returned: always
      type: int
      sample: 1
    cross:
      description: Findings on what lists say together, with each other and with the domains.
      returned: always
      type: int
      version_added: 1.1.0
      sample: 0
    advice:
      description: Findings on the declaration.
      returned: always
      type: int
      sample: 1
    waiver:
      description: Findings on waivers.
      returned: always
      type: int
      sample: 0
    worst:
      description: The worst severity of a finding. Null without findings.
      returned: always
      type: str
      sample: critical
    resources:
      description:
        - For each resource that was read, C(domains) and the lists by their names, the same counts of its objects, and C(findings), those that are not waived.
        - C(synced) counts undeclared people who are synchronized from a directory. They do not count as C(undeclared).
      returned: always
      type: dict
      version_added: 1.1.0
      sample:
        allow_policies:
          declared: 2
          as_declared: 1
          drifted: 1
          drift_waived: 0
          live: 3
          missing: 0
          undeclared: 1
          synced: 0
          findings: 4
unread:
  description: The lists that could not be read, each with the kind of the failure. They were not audited, and each of them is a finding.
  returned: when the account could be read
  type: dict
  version_added: 1.1.0
  sample: {content_policies: not_entitled}
lists:
  description:
    - For each list that was read, the names of the declared entries that are not live (C(missing)), and of the live ones that are not declared
      (C(undeclared)), sorted. People who are synchronized from a directory are only counted, in RV(summary.resources).
  returned: when the account could be read
  type: dict
  version_added: 1.1.0
  sample:
    block_senders:
      missing: [evil.example]
      undeclared: []
exemptions:
  description:
    - The register of exemptions, every live allow policy, trusted domain and URL pattern.
  returned: when one of these lists was read
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    resource:
      description: The name of the list.
      returned: always
      type: str
      sample: allow_policies
    entry:
      description: The entry, as in RV(findings[].entry).
      returned: always
      type: str
      sample: news.partner.example
    id:
      description: Its id.
      returned: always
      type: str
      sample: 7e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
    pattern:
      description: Its pattern.
      returned: always
      type: str
      sample: news.partner.example
    flags:
      description: The flags that are set.
      returned: always
      type: list
      elements: str
      sample: [is_acceptable_sender, verify_sender]
    comments:
      description: Its comment.
      returned: always
      type: str
      sample: SEC-311, marketing
    created_at:
      description: When it was created, as the server writes it. Null if that is not known.
      returned: always
      type: str
      sample: "2026-01-12T09:41:00Z"
    age_days:
      description: How many days ago that was. Null if it is not known.
      returned: always
      type: int
      sample: 319
    expires:
      description: The last day on which it is wanted, as declared, or as its comment says in the form C((until 2027-01-31\)). Null if there is none.
      returned: always
      type: str
      sample: "2027-01-31"
    reach:
      description: What it covers, in words.
      returned: always
      type: str
      sample: news.partner.example
    declared:
      description: Whether a declaration is about it.
      returned: always
      type: bool
      sample: true
    waived:
      description: Whether there are findings on it, and all of them are waived.
      returned: always
      type: bool
      sample: false
undeclared:
  description: The names of the live domains that are not declared, sorted.
  returned: when the account could be read
  type: list
  elements: str
  sample: [forgotten.example.com]
rules_off:
  description: The ids of the rules that are V(off), sorted. What they are about was not checked.
  returned: when the account could be read
  type: list
  elements: str
  sample: [ES-ADVICE-004]
missing:
  description: The names of the declared domains that do not exist, in the order of their declaration.
  returned: when the account could be read
  type: list
  elements: str
  sample: [new.example.com]
plan:
  description:
    - A digest of all changes that would apply the declaration to the account, for
      O(mailops.cloudflare.email_security_domains#module:expected_plan).
    - With lists, it equals RV(mailops.cloudflare.email_security_account#module:plan) for the same options, if O(only) is not given.
    - It equals RV(mailops.cloudflare.email_security_domains#module:plan) for the same O(domains), O(defaults), O(only) and O(waivers). A field
      whose difference is waived is not part of it.
  returned: when the account could be read
  type: str
  sample: 9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d
domains:
  description:
    - All audited domains at a glance, sorted by name, those without findings as well. A value that is not known is left out, and so are all live
      settings of a domain that does not exist or is ambiguous.
  returned: when the account could be read
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    domain:
      description: The name of the domain, as in RV(findings[].domain).
      returned: always
      type: str
      sample: example.com
    declared:
      description: Whether it is declared.
      returned: always
      type: bool
      sample: true
    live:
      description: Whether it exists.
      returned: always
      type: bool
      sample: true
    state:
      description:
        - V(as_declared), V(drifted) or V(drift_waived), as counted in RV(summary), or V(undeclared). It does not depend on O(severities).
      returned: always
      type: str
      sample: drifted
    modified_at:
      description: The time of its last change, as the server writes it.
      returned: if it is known
      type: str
      sample: "2026-11-20T09:41:00.000000Z"
    modes:
      description: Its delivery modes.
      returned: if they are known
      type: list
      elements: str
      sample: [DIRECT]
    tls:
      description: The directions in which TLS is required, V(both), V(inbound), V(outbound) or V(none).
      returned: if they are known
      type: str
      sample: outbound
    networks:
      description: The number of networks in C(ip_restrictions). With 0, mail is accepted from any address.
      returned: if it is known
      type: int
      sample: 2
    dropped:
      description: The dispositions that are dropped.
      returned: if they are known
      type: list
      elements: str
      sample: [MALICIOUS, SPAM]
    spf:
      description: The state of the SPF record.
      returned: if it is known
      type: str
      sample: GOOD
    dmarc:
      description: The state of the DMARC record.
      returned: if it is known
      type: str
      sample: NONE
    consent:
      description: Whether the consent for the mailboxes is given.
      returned: if it is known
      type: bool
      sample: true
planned_changes:
  description:
    - The changes of RV(plan), those of domains first, sorted by domain, then those of each list, sorted by entry. A change of a domain is what
      RV(mailops.cloudflare.email_security_domains#module:results) contains for the same options in check mode, also for a declaration that fails. Changes
      of lists have the same keys. Those of O(purge) are removals.
    - The filter P(mailops.cloudflare.change_lines#filter) writes them as lines of text.
  returned: when the account could be read
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    domain:
      description:
        - The name of the domain, followed by the id in brackets if several domains have that name. Null for an entry of a list.
      returned: always
      type: str
      sample: example.net
    resource:
      description: The name of the list.
      returned: for an entry of a list
      type: str
      sample: block_senders
    entry:
      description: The entry, as in RV(findings[].entry).
      returned: for an entry of a list
      type: str
      sample: evil.example
    id:
      description: Its id. Null if it is to be created.
      returned: always
      type: str
      sample: 1a2b3c4d-0000-4000-8000-5e6f70819203
    action:
      description: V(update), V(create) or V(delete). V(none) for a declaration that fails.
      returned: always
      type: str
      sample: update
    purged:
      description: True. Removals that are declared, with O(block_senders[].state=absent) or because their end is over, do not have it.
      returned: for a removal by O(purge)
      type: bool
      sample: true
    changes:
      description: The fields that differ, each with the values C(before) and C(after).
      returned: unless it had to be shortened
      type: dict
      sample:
        transport:
          before: mail.elsewhere.example
          after: mx.example.net
    fields:
      description: The names of these fields.
      returned: if RV(planned_changes[].changes) had to be left out
      type: list
      elements: str
      sample: [transport]
    weaker:
      description: The fields whose change makes the domain less protected.
      returned: if there are any
      type: list
      elements: str
      sample: [require_tls_inbound]
    failure:
      description: Why the declaration cannot be applied, as RV(failure).
      returned: if it fails
      type: dict
      sample:
        kind: not_found
    msg:
      description: The same as a sentence.
      returned: if it fails
      type: str
      sample: exmaple.com is not a domain of this account.
directions:
  description:
    - How many changes in RV(plan) make the account less protected (C(weaker)), more protected (C(stronger)), or neither (C(neutral)), as
      RV(mailops.cloudflare.email_security_account#module:directions).
  returned: when the account could be read
  type: dict
  version_added: 1.1.0
  contains:
    weaker:
      description: Changes that make a domain or the account less protected.
      returned: always
      type: int
      sample: 1
    stronger:
      description: Changes that make a domain or the account more protected.
      returned: always
      type: int
      sample: 4
    neutral:
      description: Changes that do neither, or of which it is not known.
      returned: always
      type: int
      sample: 0
shortened:
  description:
    - What was left out to keep the result short. The declared domains and entries and O(waivers), which Ansible repeats in C(invocation), are left out
      first, then RV(domains), RV(exemptions), RV(planned_changes), the texts of RV(findings), names in RV(lists), RV(undeclared) and RV(missing), and
      finally the least severe RV(findings). RV(summary) counts all of them.
  returned: when the result had to be shortened
  type: list
  elements: str
  sample: ["invocation: the declared domains are left out"]
complete_result:
  description:
    - The path of a temporary file with the complete result, on the host that runs Ansible. M(mailops.cloudflare.email_security_report) reads it.
      Ansible removes it at the end of the run.
  returned: when parts of the result other than C(invocation) had to be shortened, unless the task is asynchronous
  type: str
  version_added: 1.1.0
  sample: /root/.ansible/tmp/ansible-local-4711abcdefgh/email-security-result-ijklmnop.json
api:
  description: The requests of the task.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: Requests sent, including retries.
      returned: always
      type: int
      sample: 1
    retries:
      description: Retries among them.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds waited between requests.
      returned: always
      type: float
      sample: 0.0
msg:
  description: The error message.
  returned: failure
  type: str
  sample: 'Could not list the domains: the server refused the credential (...)'
failure:
  description: The failure in machine-readable form. It distinguishes an audit that failed from one with findings.
  returned: failure
  type: dict
  contains:
    kind:
      description: The kind of failure, as in RV(mailops.cloudflare.email_security_domain#module:failure.kind).
      returned: always
      type: str
      sample: auth
    status:
      description: The HTTP status of the response. Null without a response.
      returned: always
      type: int
      sample: 401
    errors:
      description: The errors in the server's response, each with C(code), C(message), C(pointer), and C(chain) if the gateway names causes.
      returned: always
      type: list
      elements: dict
      sample:
        - code: 10000
          message: Authentication error
          pointer: null
    ray_id:
      description: Cloudflare's id of the request, for its support.
      returned: always
      type: str
      sample: 8f1a2b3c4d5e6f70-FRA
    method:
      description: The method of the request that failed. Null if no request failed.
      returned: always
      type: str
      sample: GET
    path:
      description: The path of the request that failed. Null if no request failed.
      returned: always
      type: str
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/domains
"""

from datetime import datetime, timezone
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.account_option_spec import (
    OWN_DOMAINS_OPTION,
    PURGE_OPTIONS,
    drop_unset_entry_options,
    list_option_specs,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.ansible_module import CloudflareModule, Options, Result, Task, run_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit_result_size import result_limit, shorten_audit_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.bulk_options import ONLY_OPTION, WAIVERS_OPTION, bulk_option_spec, drop_unset_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

# Without these options and without lists, the task is about declared domains alone.
_OPTIONS_OF_LISTS = ("purge", "keep", "own_domains", "max_age")


def argument_spec() -> dict[str, Any]:
    domains = bulk_option_spec(DOMAIN)
    return {
        **CONNECTION_OPTIONS,
        **domains,
        "domains": {**domains["domains"], "required": False},
        **list_option_specs(),
        "resources": {"type": "list", "elements": "str", "choices": [*RESOURCES, "all"], "default": []},
        "purge": PURGE_OPTIONS["purge"],
        "keep": PURGE_OPTIONS["keep"],
        "own_domains": OWN_DOMAINS_OPTION,
        "max_age": {"type": "int"},
        "waivers": WAIVERS_OPTION,
        "only": ONLY_OPTION,
        "severities": {"type": "dict", "default": {}},
        "onboard": {"type": "bool", "default": True},
        "shorten": {"type": "bool", "default": True},
        "max_result_characters": {"type": "int"},
    }


def _is_about_lists(options: Options) -> bool:
    named = set(options.get("resources") or ()) - {"domains"}
    return bool(named) or any(options.get(name) is not None for name in LIST_NAMES) or any(options.get(name) for name in _OPTIONS_OF_LISTS)


def prepare(options: Options) -> Task:
    drop_unset_options(DOMAIN, options)
    drop_unset_entry_options(options)
    result_limit(options)
    if options["domains"] is not None and not _is_about_lists(options):
        run = audit_from_options(options).run
    else:
        # Imported only for lists: a packed module compiles each file that it imports.
        from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit_options import account_audit_from_options

        run = account_audit_from_options(options).run

    def run_audit(client: Client) -> Result:
        result = run(client, datetime.now(timezone.utc))
        return shorten_audit_result(result, options) if options["shorten"] else result

    return run_audit


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_module(module, prepare)


if __name__ == "__main__":
    main()
