#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_account
short_description: Manage the domains and the lists of an account of Cloudflare Email Security in one task
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - Manages the seven lists of an account and its mail domains together, with one plan, one diff and one result.
  - Reads each declared list with one request for each 1000 entries, compares it with the declaration, and sends only what differs, in batches if the
    API has a batch endpoint for the list. If nothing differs, no other request is sent.
  - A list that is left out is not read. An empty list is read, and all its live entries are undeclared.
  - An entry that is declared twice is merged with a warning.
  - Undeclared entries are named in RV(undeclared) and left unchanged, unless O(purge) names the list. O(max_removals) limits what is then removed.
  - What makes the account more protected is sent first. If the changes of a list are stopped half-way, nothing that makes the account less protected is
    sent afterwards. So a failure leaves the account more protected rather than less.
  - If an entry cannot be changed, the task continues with the others, and fails at the end.
  - A write whose outcome is unknown (a timeout, a broken connection, a server error) is never repeated blindly. The list is read first.
extends_documentation_fragment:
  - mailops.cloudflare.connection
  - mailops.cloudflare.policy
  - mailops.cloudflare.lists
  - mailops.cloudflare.attributes
attributes:
  check_mode:
    description: Can run in check mode and report what would be changed, without changing it.
    support: full
    details:
      - Does the same as a run up to the first write, sends only C(GET) requests, and returns the same RV(results), RV(summary), RV(directions),
        RV(plan), RV(undeclared) and RV(diff) as a successful run.
      - O(max_removals) and O(expected_plan) refuse the same as in a run. The removal of an inline domain with mail is shown with a warning, and refused
        by a run, as in M(mailops.cloudflare.email_security_domains).
options:
  domains:
    description:
      - The domains, each with the settings that differ from O(defaults), as in O(mailops.cloudflare.email_security_domains#module:domains).
      - They are never purged. If only domains are declared, RV(plan) is that of M(mailops.cloudflare.email_security_domains).
      - If this option is left out, domains are not read.
    type: list
    elements: dict
    required: false
  purge:
    description:
      - The lists that contain the declared entries and nothing else. Undeclared entries of these lists are removed, and all but one of several live
        entries that are equal.
      - V(all) means every list that is declared. A name of a list that is not declared is refused.
      - People that are synchronized from a directory, and entries that O(keep) matches, are not removed.
      - Only a list that was read completely is purged.
    type: list
    elements: str
    choices:
      - allow_policies
      - block_senders
      - trusted_domains
      - impersonation_registry
      - content_policies
      - sending_domain_restrictions
      - url_ignore_patterns
      - all
    default: []
  max_removals:
    description:
      - How many entries O(purge) may remove from each list. If it would remove more from one list, nothing is written at all, and the task fails with the
        kind V(too_many_removals), in check mode as well. RV(plan), RV(results) and RV(diff) then show what would be done.
      - A number is exact. A percentage is that of the live entries that purge may remove, rounded down. Synchronized people and entries that O(keep)
        matches do not count. A percentage always permits 5 removals.
      - An empty list with O(purge), where live entries would be removed, is refused unless this is V(100%). A feed that broke looks the same.
      - Entries that are declared with V(absent), or whose last day is over, do not count.
      - A plan that was approved with O(expected_plan) takes precedence over all of this, because a person has seen it.
    type: str
    default: 10%
  keep:
    description:
      - Undeclared entries that O(purge) does not remove, so that two teams can share a list.
      - A dictionary with the names of lists as keys, and lists of shell patterns with C(*) and C(?) as values. Brackets are literal, and case is ignored.
      - A pattern matches the first part of the key, such as the pattern of a blocked sender, the address of a person or the name of a content policy.
        A pattern that begins with C(comments:) matches the comments, or the notes of a content policy.
    type: dict
    default: {}
  own_domains:
    description:
      - Domains of the organization besides those that are live in the account.
      - They are used as in O(mailops.cloudflare.email_security_audit#module:own_domains), to find the rules that O(waivers) name.
    type: list
    elements: str
    default: []
  batch:
    description:
      - Whether many changes are sent in one request, to the batch endpoint of the API.
      - V(auto) does so if it saves requests. V(always) always does so, V(never) sends a request for each entry.
      - The batches of lists are atomic. If an item is refused, the others are sent again without it. If the API has no batch endpoint, single requests
        are sent.
    type: str
    choices: [auto, always, never]
    default: auto
  concurrency:
    description:
      - How many single writes are sent at the same time, from 1 to 10.
      - The first write is sent alone, so that a read-only credential causes only one refused request.
    type: int
    default: 8
  expected_plan:
    description:
      - The RV(plan) that was approved, over all declared resources. If the pending changes are different, the task fails with the kind V(conflict) and
        writes nothing, in check mode as well.
      - Anything but 64 hexadecimal digits is refused before any request, including null and an empty text. An approval that was lost on the way
        must not look as if none was required. Leave the option out, as C(default(omit)) does, to apply without an approval.
      - Take it from a run in check mode without this option. If no changes are pending, the task succeeds with any plan, so that a
        job that is started again finds everything done.
    type: str
  onboard:
    description: As O(mailops.cloudflare.email_security_domains#module:onboard).
    type: bool
    default: true
  only:
    description:
      - Limits the task to some of the declared domains, as O(mailops.cloudflare.email_security_domains#module:only) does.
      - Lists are not limited by it.
    type: list
    elements: str
  waivers:
    description:
      - Approved exceptions, as O(mailops.cloudflare.email_security_audit#module:waivers). Differences that they allow are left unchanged, and named in
        RV(waived).
      - Of a domain, as O(mailops.cloudflare.email_security_domains#module:waivers).
      - Of an entry of a list, a difference is left unchanged if waivers in force cover each rule that it matches. An undeclared entry whose findings are
        waived is not removed by O(purge).
    type: list
    elements: dict
    default: []
    suboptions:
      domain:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].domain).
        type: str
      entry:
        description: As O(mailops.cloudflare.email_security_audit#module:waivers[].entry).
        type: str
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
  - module: mailops.cloudflare.email_security_account_info
  - module: mailops.cloudflare.email_security_domains
  - name: Cloudflare Email Security API
    description: The API that this module uses.
    link: https://developers.cloudflare.com/api/resources/email_security/
"""

EXAMPLES = r"""
- name: Block two senders, whatever else is blocked (account and token from the environment)
  mailops.cloudflare.email_security_account:
    block_senders:
      - pattern: evil.example
        comments: 'SEC-298, phishing'
      - pattern: billing@lure.example

- name: Show what would be changed if two lists contained nothing else than this
  mailops.cloudflare.email_security_account:
    block_senders:
      - pattern: evil.example
      - pattern: 203.0.113.0/24
    allow_policies:
      - pattern: news.partner.example
        is_acceptable_sender: true
        comments: 'SEC-311, marketing'
        expires: '2099-01-31'
    purge:
      - block_senders
      - allow_policies
    keep:
      block_senders:
        - 'comments:*SOC*'
    max_removals: 10%
  check_mode: true
  diff: true
  register: review

- name: Apply exactly what was reviewed
  mailops.cloudflare.email_security_account:
    block_senders:
      - pattern: evil.example
      - pattern: 203.0.113.0/24
    allow_policies:
      - pattern: news.partner.example
        is_acceptable_sender: true
        comments: 'SEC-311, marketing'
        expires: '2099-01-31'
    purge:
      - block_senders
      - allow_policies
    keep:
      block_senders:
        - 'comments:*SOC*'
    expected_plan: "{{ review.plan }}"

- name: Protect the names of people
  mailops.cloudflare.email_security_account:
    impersonation_registry:
      - email: ceo@example.com
        name: Ann Lee
      - email: ann.lee@home.example
        name: Ann Lee
      - email: former.cfo@example.com
        state: absent

- name: Manage domains and every list of an account
  mailops.cloudflare.email_security_account:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
    trusted_domains:
      - pattern: example-events.example
        is_similarity: true
        comments: Runs our events
    content_policies:
      - name: Gift cards
        pattern: '(?i)gift\s?card'
        targets: [SUBJECT, BODY]
    sending_domain_restrictions:
      - domain: bank.example
        exclude: [news.bank.example]
    url_ignore_patterns:
      - pattern: '^https://intranet\.example\.com/'
  register: account

- name: Show what was changed, and what nobody declared
  ansible.builtin.debug:
    msg:
      changed: "{{ account.results }}"
      undeclared: "{{ account.undeclared }}"
"""

RETURN = r"""
changed:
  description: Whether live settings were changed, or would be in check mode. Correct for failed tasks as well.
  returned: always
  type: bool
  sample: true
results:
  description:
    - For each declared resource, C(domains) and the lists under their API names, what was changed or failed, in the order of the declaration. In check
      mode, and with the failure V(too_many_removals), what would be changed.
    - Entries that need no change are left out.
    - An entry is named by the first part of its key. A regular expression is followed by C((is_regex\)), and one of several live entries with the same key
      by its id, or in the impersonation registry by the name of the person.
  returned: when options and connection are valid
  type: dict
  sample:
    block_senders:
      created: [evil.example]
      deleted: [old.example]
      purged: [forgotten.example]
      updated:
        - name: lure.example
          changes:
            comments:
              before: ''
              after: SEC-298
      failed: []
  contains:
    domains:
      description: The domains. The keys are those of each list.
      returned: when O(domains) is given
      type: dict
      sample:
        created: []
        deleted: []
        purged: []
        updated:
          - name: example.com
            id: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
            changes:
              require_tls_outbound:
                before: false
                after: true
        failed: []
    block_senders:
      description: The blocked senders. The other lists have the same keys.
      returned: when O(block_senders) is given
      type: dict
      contains:
        created:
          description: The names of new entries.
          returned: always
          type: list
          elements: str
          sample: [evil.example]
        deleted:
          description: The names of entries that were removed, because they are declared with V(absent) or their last day is over.
          returned: always
          type: list
          elements: str
          sample: [old.example]
        purged:
          description: The names of entries that were removed because of O(purge).
          returned: always
          type: list
          elements: str
          sample: [forgotten.example]
        updated:
          description:
            - The entries that were changed, each with its C(name), its C(changes), and in C(weaker) the fields whose change makes the account less
              protected, if there are any.
            - C(fields) replaces C(changes) if the result had to be shortened.
          returned: always
          type: list
          elements: dict
          sample:
            - name: lure.example
              changes:
                comments:
                  before: ''
                  after: SEC-298
        failed:
          description:
            - The entries that failed, each with its C(name), the C(action), the C(failure) and the same as a message (C(msg)). The keys of the failure are
              those of RV(mailops.cloudflare.email_security_domain#module:failure).
            - C(changes) contains what was changed nevertheless, which is usually nothing.
          returned: always
          type: list
          elements: dict
          sample:
            - name: 203.0.113.0/24
              action: create
              failure:
                kind: invalid
                status: 400
                errors:
                  - code: 1001
                    message: 'invalid pattern'
                    pointer: /pattern
                ray_id: 8f1a2b3c4d5e6f70-FRA
                method: POST
                path: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/block_senders
              msg: 'Could not create 203.0.113.0/24: the server refused it: "invalid pattern" (code 1001, at /pattern).'
        failure:
          description: Why the list could not be read or completed, while the task continued with others.
          returned: when it could not be read or completed
          type: dict
          sample:
            kind: permission
            status: 403
            errors:
              - code: 9109
                message: Unauthorized to access requested resource
                pointer: null
            ray_id: 8f1a2b3c4d5e6f70-FRA
            method: GET
            path: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/block_senders
        msg:
          description: The failure of the list as a message.
          returned: when it could not be read or completed
          type: str
          sample: 'Could not list the blocked senders: the credential has no permission.'
summary:
  description:
    - For each declared resource, the numbers of its entries. Each has the keys of RV(summary.block_senders).
  returned: when options and connection are valid
  type: dict
  contains:
    domains:
      description: The numbers of domains. C(waived) counts those with differences that O(waivers) allow.
      returned: when O(domains) is given
      type: dict
      sample:
        total: 12
        unchanged: 11
        created: 0
        updated: 1
        deleted: 0
        purged: 0
        failed: 0
        not_reached: 0
        synced: 0
        waived: 0
    block_senders:
      description: The numbers of blocked senders.
      returned: when O(block_senders) is given
      type: dict
      contains:
        total:
          description: Declared entries, without repetitions.
          returned: always
          type: int
          sample: 5000
        unchanged:
          description: Entries that needed no change. An entry that is to be absent and is not live counts here.
          returned: always
          type: int
          sample: 4880
        created:
          description: New entries.
          returned: always
          type: int
          sample: 100
        updated:
          description: Changed entries.
          returned: always
          type: int
          sample: 20
        deleted:
          description: Removed entries that are declared with V(absent), or whose last day is over. Several live entries with one key count each.
          returned: always
          type: int
          sample: 0
        purged:
          description: Entries that were removed because of O(purge).
          returned: always
          type: int
          sample: 50
        failed:
          description: Changes that failed.
          returned: always
          type: int
          sample: 0
        not_reached:
          description: Declared entries of a list that was not read, or that were not changed because the list was not finished.
          returned: always
          type: int
          sample: 0
        synced:
          description: Undeclared people that are synchronized from a directory.
          returned: always
          type: int
          sample: 0
directions:
  description:
    - The numbers of pending changes by their directions. Each field counts, and a creation or removal counts as one change.
    - Equal in check mode and in the run that follows, like RV(plan), whether the changes were successful or not.
  returned: when the account could be compared with the declaration
  type: dict
  contains:
    weaker:
      description: Changes that make the account less protected, such as a new allow policy, or a blocked sender that is removed.
      returned: always
      type: int
      sample: 50
    stronger:
      description: Changes that make the account more protected.
      returned: always
      type: int
      sample: 100
    neutral:
      description: Changes that do neither, such as another comment, or of which it is not known.
      returned: always
      type: int
      sample: 20
undeclared:
  description:
    - For each resource that was read, the names of the live entries that are not declared, sorted, including those that O(purge) removes. People that are
      synchronized from a directory are only counted, in RV(summary).
  returned: when options and connection are valid
  type: dict
  sample: {block_senders: [forgotten.example], allow_policies: []}
duplicates:
  description:
    - For each list that was read, the names of the live entries that are equal to another one that is declared, each with its id. Without O(purge)
      they are a warning, and are changed together.
  returned: when options and connection are valid
  type: dict
  sample: {block_senders: [evil.example (0c1f2a3b-7b9d-4d0e-8a51-5e0a4f6e4c01)]}
expired:
  description: For each declared list, the names of the declared entries whose last day is over. They are removed if they are live.
  returned: when options and connection are valid
  type: dict
  sample: {allow_policies: [news.partner.example]}
kept:
  description: For each list that was read, the names of the undeclared entries that O(keep) matches, sorted.
  returned: when options and connection are valid
  type: dict
  sample: {block_senders: [soc.example]}
skipped_resources:
  description:
    - The resources that could not be read, with the kind of their failure, while the others were processed.
    - With the kind V(not_entitled), the account does not have the list. The task then fails only if entries of the list are declared. With any other kind,
      such as V(permission), it fails in any case.
  returned: when options and connection are valid
  type: dict
  sample: {content_policies: not_entitled}
plan:
  description:
    - The digest of all pending changes in this account and of what fails, for O(expected_plan). SHA-256, in hexadecimal digits.
    - Equal in check mode and in the run that follows, as long as the pending changes are the same. It does not depend on the order of the declaration, nor
      on lists without pending changes.
  returned: when the account could be compared with the declaration
  type: str
  sample: 9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d
new_ids:
  description: As RV(mailops.cloudflare.email_security_domains#module:new_ids).
  returned: when O(domains) is given
  type: dict
  sample: {new.example.com: 5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02}
waived:
  description:
    - The differences that O(waivers) allow. Those of domains are as RV(mailops.cloudflare.email_security_domains#module:waived).
    - Those of lists have a C(resource) and an C(entry), and C(domain) is null. C(field) is null if the entry as a whole is missing, undeclared or to be
      removed.
  returned: when O(domains) is given, or a waiver allows a difference of a list
  type: list
  elements: dict
  sample:
    - domain: example.com
      field: transport
      declared: mx.example.com
      live: mx.moving.example
      reason: The mail servers move
      owner: postmaster@example.com
      expires: '2027-01-31'
    - domain: null
      resource: allow_policies
      entry: news.partner.example
      field: verify_sender
      declared: true
      live: false
      reason: Their mail fails verification until they have moved
      owner: postmaster@example.com
      expires: '2027-01-31'
scope:
  description: The names of the domains that O(only) selected, sorted. Null without that option, which means all domains.
  returned: when O(domains) is given
  type: list
  elements: str
  sample: [example.com]
diff:
  description:
    - The changes as texts, which Ansible prints with C(--diff). One item for each domain that differs, as in
      RV(mailops.cloudflare.email_security_domains#module:diff), and one for each list.
    - In a list, each line is a new or removed entry with its settings (of flags, those that are set), or a changed field of an entry.
  returned: when options and connection are valid
  type: list
  elements: dict
  contains:
    before:
      description: The removed entries, and changed fields before.
      returned: always
      type: str
      sample: |
        block_senders: forgotten.example (DOMAIN)
    after:
      description: The new entries, and changed fields afterwards.
      returned: always
      type: str
      sample: |
        block_senders: evil.example (DOMAIN)
    before_header:
      description: The name of the list, how many entries are new, removed and changed, and how many changes make the account less or more protected.
      returned: always
      type: str
      sample: 'block_senders (1 new, 1 removed; less protected: 1; more protected: 1)'
    after_header:
      description: The same as RV(diff[].before_header).
      returned: always
      type: str
      sample: 'block_senders (1 new, 1 removed; less protected: 1; more protected: 1)'
    prepared:
      description: What had to be left out of the diff to keep the result short. RV(results) has all of it.
      returned: in the last item, when the diff had to be shortened
      type: str
      sample: 1 of 4 parts are left out of the diff, or shortened; see results
shortened:
  description:
    - Describes what was left out to keep the result short. AWX drops results of more than 700,000 characters.
    - First the declared entries are left out, which Ansible repeats in C(invocation), then RV(diff), then values in RV(results), then names in RV(expired),
      RV(kept), RV(duplicates) and RV(undeclared), and finally names in RV(results). RV(summary) and RV(plan) are always complete.
  returned: when the result had to be shortened
  type: list
  elements: str
  sample: ["invocation: block_senders is left out"]
api:
  description: Statistics of the requests of the task.
  returned: when options and connection are valid
  type: dict
  contains:
    requests:
      description: The number of requests, including retries.
      returned: always
      type: int
      sample: 6
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
    - What was changed, or in check mode would be changed, and then what failed. Names the first entries of each kind.
    - The text in check mode is another one than that of the run. All other values are the same.
  returned: always
  type: str
  sample: 'block_senders: 2 created (evil.example, lure.example), 1 removed by purge (forgotten.example).'
failure:
  description:
    - What stopped the whole task, for playbooks that branch on it.
    - V(too_many_removals) means that O(purge) would remove more than O(max_removals) permits. V(conflict) without a status means that the pending changes
      are not those of O(expected_plan). In both cases nothing was written.
    - If the task was ended from outside, by its keyword C(timeout) or a signal, the kind is V(network). RV(results) then describe what was changed.
    - Missing if the task was completed and only single entries or lists failed. RV(results) describe their failures.
  returned: when something stopped the whole task
  type: dict
  contains:
    kind:
      description: The kind of failure, as RV(mailops.cloudflare.email_security_domain#module:failure.kind), or V(too_many_removals).
      returned: always
      type: str
      sample: too_many_removals
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
      sample: /accounts/0123456789abcdef0123456789abcdef/email-security/settings/block_senders/5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01
"""

from collections.abc import Collection
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.account_option_spec import (
    OWN_DOMAINS_OPTION,
    PURGE_OPTIONS,
    drop_unset_entry_options,
    list_option_specs,
)
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
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account import account_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import AllowedEntries
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_result_size import shorten_account_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import BATCH_MODES
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Direction
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES


def argument_spec() -> dict[str, Any]:
    domains = bulk_option_spec(DOMAIN)
    return {
        **CONNECTION_OPTIONS,
        **domains,
        "domains": {**domains["domains"], "required": False},
        **list_option_specs(),
        **PURGE_OPTIONS,
        "own_domains": OWN_DOMAINS_OPTION,
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
    drop_unset_entry_options(options)
    declaration = account_from_options(RESOURCES, options, given, concurrency_problems(options))
    domains = declaration.domains._replace(direction_of=direction_of)
    if options.get("waivers"):
        # Imported only for waivers: a packed module compiles each file that it imports.
        from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waived_differences import waived_from_options

        domains = domains._replace(allowed=waived_from_options(options))
        declaration = declaration._replace(allowed=waived_entries(options))
    declaration = declaration._replace(domains=domains)
    return lambda client: shorten_account_result(RESOURCES, declaration.apply(client, check_mode=check_mode), options)


def waived_entries(options: Options) -> AllowedEntries | None:
    """The differences of lists that waivers allow; None if no waiver is about lists."""
    if not any(waiver.get("entry") is not None for waiver in options["waivers"]):
        return None
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.waived_entries import waived_entries_from_options

    return waived_entries_from_options(options)


def direction_of(field: str, before: Any, after: Any) -> Direction:
    """Judge the change of one field of a domain."""
    # Imported only for changes: a packed module compiles each file that it imports.
    from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_direction import change_direction

    return change_direction(field, before, after)


def main() -> None:
    module = CloudflareModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_module(module, lambda options: prepare(options, check_mode=module.check_mode, given=module.given))


if __name__ == "__main__":
    main()
