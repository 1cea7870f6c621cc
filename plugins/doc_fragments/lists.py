# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that declare the lists of an account, shared by the modules that compare them with it."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  allow_policies:
    description:
      - The allow policies, as M(mailops.cloudflare.email_security_allow_policy) declares one.
      - A flag that is not given is compared with its default, because a flag that somebody switched on is the drift that matters.
      - The same entry twice is merged. Two entries with the same key that contradict each other are refused before any request. This applies to all lists.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      pattern:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:pattern).
        type: str
      is_regex:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:is_regex). V(false) if it is not given.
        type: bool
      pattern_type:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:pattern_type).
        type: str
        choices: [EMAIL, DOMAIN, IP]
      is_trusted_sender:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:is_trusted_sender). V(false) if it is not given.
        type: bool
      is_exempt_recipient:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:is_exempt_recipient). V(false) if it is not given.
        type: bool
      is_acceptable_sender:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:is_acceptable_sender). V(false) if it is not given.
        type: bool
      verify_sender:
        description:
          - As O(mailops.cloudflare.email_security_allow_policy#module:verify_sender).
          - V(true) if it is not given; V(false) if O(allow_policies[].is_exempt_recipient) is the only flag that is set.
        type: bool
      comments:
        description: As O(mailops.cloudflare.email_security_allow_policy#module:comments).
        type: str
      id: &id
        description:
          - The id of a live entry, to select one of several with the same key. With an id, the key is one more desired value.
        type: str
      state: &state
        description:
          - V(present) ensures that the entry exists with the given settings.
          - V(absent) removes every live entry with its key. The settings beside the key are accepted and ignored, because a feed carries them.
        type: str
        choices: [present, absent]
        default: present
      expires: &expires
        description:
          - The last day on which the entry is wanted, in UTC, as in V(2027-01-31). From the next day, the entry is treated as V(absent).
          - The server has no such field. The declaration is the record.
        type: str
  block_senders:
    description:
      - The blocked senders, as M(mailops.cloudflare.email_security_block_sender) declares one.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      pattern:
        description: As O(mailops.cloudflare.email_security_block_sender#module:pattern).
        type: str
      is_regex:
        description: As O(mailops.cloudflare.email_security_block_sender#module:is_regex). V(false) if it is not given.
        type: bool
      pattern_type:
        description: As O(mailops.cloudflare.email_security_block_sender#module:pattern_type).
        type: str
        choices: [EMAIL, DOMAIN, IP]
      comments:
        description: As O(mailops.cloudflare.email_security_block_sender#module:comments).
        type: str
      id: *id
      state: *state
      expires: *expires
  content_policies:
    description:
      - The content policies, as M(mailops.cloudflare.email_security_content_policy) declares one.
      - Some plans do not include them.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      name:
        description: As O(mailops.cloudflare.email_security_content_policy#module:name).
        type: str
      pattern:
        description: As O(mailops.cloudflare.email_security_content_policy#module:pattern).
        type: str
      targets:
        description: As O(mailops.cloudflare.email_security_content_policy#module:targets).
        type: list
        elements: str
        choices: [BODY, SUBJECT]
      enabled:
        description: As O(mailops.cloudflare.email_security_content_policy#module:enabled). V(true) if it is not given.
        type: bool
      notes:
        description: As O(mailops.cloudflare.email_security_content_policy#module:notes).
        type: str
      id: *id
      state: *state
      expires: *expires
  impersonation_registry:
    description:
      - The people of the impersonation registry, as M(mailops.cloudflare.email_security_impersonation_registry_entry) declares one.
      - People that are synchronized from a directory are never changed or removed. They are counted in RV(summary).
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      email:
        description: As O(mailops.cloudflare.email_security_impersonation_registry_entry#module:email).
        type: str
      is_email_regex:
        description: As O(mailops.cloudflare.email_security_impersonation_registry_entry#module:is_email_regex). V(false) if it is not given.
        type: bool
      name:
        description: As O(mailops.cloudflare.email_security_impersonation_registry_entry#module:name).
        type: str
      comments:
        description: As O(mailops.cloudflare.email_security_impersonation_registry_entry#module:comments).
        type: str
      id: *id
      state: *state
      expires: *expires
  sending_domain_restrictions:
    description:
      - The sending domain restrictions, as M(mailops.cloudflare.email_security_sending_domain_restriction) declares one.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      domain:
        description: As O(mailops.cloudflare.email_security_sending_domain_restriction#module:domain).
        type: str
      exclude:
        description: As O(mailops.cloudflare.email_security_sending_domain_restriction#module:exclude).
        type: list
        elements: str
      comments:
        description: As O(mailops.cloudflare.email_security_sending_domain_restriction#module:comments).
        type: str
      id: *id
      state: *state
      expires: *expires
  trusted_domains:
    description:
      - The trusted domains, as M(mailops.cloudflare.email_security_trusted_domain) declares one.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      pattern:
        description: As O(mailops.cloudflare.email_security_trusted_domain#module:pattern).
        type: str
      is_regex:
        description: As O(mailops.cloudflare.email_security_trusted_domain#module:is_regex). V(false) if it is not given.
        type: bool
      is_recent:
        description: As O(mailops.cloudflare.email_security_trusted_domain#module:is_recent). V(false) if it is not given.
        type: bool
      is_similarity:
        description: As O(mailops.cloudflare.email_security_trusted_domain#module:is_similarity). V(false) if it is not given.
        type: bool
      comments:
        description: As O(mailops.cloudflare.email_security_trusted_domain#module:comments).
        type: str
      id: *id
      state: *state
      expires: *expires
  url_ignore_patterns:
    description:
      - The URL ignore patterns, as M(mailops.cloudflare.email_security_url_ignore_pattern) declares one.
    type: list
    elements: dict
    version_added: 1.1.0
    suboptions:
      pattern:
        description: As O(mailops.cloudflare.email_security_url_ignore_pattern#module:pattern).
        type: str
      comments:
        description: As O(mailops.cloudflare.email_security_url_ignore_pattern#module:comments).
        type: str
      id: *id
      state: *state
      expires: *expires
"""
