# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that declare many domains, shared by the modules that compare them with an account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  defaults:
    description:
      - Settings for every domain of O(domains) that does not set them itself.
      - They apply to domains that shall exist, and are ignored for those with O(domains[].state=absent).
      - A list of a domain replaces the list given here. The two are not merged.
      - O(defaults.purge_ip_restrictions) and the like apply to the lists of every domain that does not say otherwise, wherever the list is given.
    type: dict
    suboptions: &settings
      allowed_delivery_modes:
        description: As O(mailops.cloudflare.email_security_domain#module:allowed_delivery_modes).
        type: list
        elements: str
        choices: [DIRECT, BCC, JOURNAL, API, RETRO_SCAN]
      drop_dispositions:
        description: As O(mailops.cloudflare.email_security_domain#module:drop_dispositions).
        type: list
        elements: str
        choices: [MALICIOUS, MALICIOUS-BEC, SUSPICIOUS, SPOOF, SPAM, BULK, ENCRYPTED, EXTERNAL, UNKNOWN, NONE]
      folder:
        description: As O(mailops.cloudflare.email_security_domain#module:folder).
        type: str
        choices: [AllItems, Inbox]
      integration_id:
        description: As O(mailops.cloudflare.email_security_domain#module:integration_id).
        type: str
      ip_restrictions:
        description: As O(mailops.cloudflare.email_security_domain#module:ip_restrictions).
        type: list
        elements: str
      lookback_hops:
        description: As O(mailops.cloudflare.email_security_domain#module:lookback_hops).
        type: int
      regions:
        description: As O(mailops.cloudflare.email_security_domain#module:regions).
        type: list
        elements: str
        choices: [GLOBAL, AU, DE, IN, US]
      require_tls_inbound:
        description: As O(mailops.cloudflare.email_security_domain#module:require_tls_inbound).
        type: bool
      require_tls_outbound:
        description: As O(mailops.cloudflare.email_security_domain#module:require_tls_outbound).
        type: bool
      transport:
        description: As O(mailops.cloudflare.email_security_domain#module:transport).
        type: str
      clear:
        description:
          - As O(mailops.cloudflare.email_security_domain#module:clear).
          - A setting of a domain takes precedence over O(defaults), whether it is a value or O(domains[].clear).
        type: list
        elements: str
        choices: [drop_dispositions, folder, integration_id, ip_restrictions]
      purge_allowed_delivery_modes:
        description:
          - As O(mailops.cloudflare.email_security_domain#module:purge_allowed_delivery_modes).
          - If it is given neither with the domain nor in O(defaults), it is V(true).
        type: bool
        version_added: 1.1.0
      purge_drop_dispositions:
        description:
          - As O(mailops.cloudflare.email_security_domain#module:purge_drop_dispositions).
          - If it is given neither with the domain nor in O(defaults), it is V(true).
        type: bool
        version_added: 1.1.0
      purge_ip_restrictions:
        description:
          - As O(mailops.cloudflare.email_security_domain#module:purge_ip_restrictions).
          - If it is given neither with the domain nor in O(defaults), it is V(true).
        type: bool
        version_added: 1.1.0
      purge_regions:
        description:
          - As O(mailops.cloudflare.email_security_domain#module:purge_regions).
          - If it is given neither with the domain nor in O(defaults), it is V(true).
        type: bool
        version_added: 1.1.0
  domains:
    description:
      - The domains, each with the settings that differ from O(defaults). A domain that does not differ needs only its name.
      - A setting that is given neither with the domain nor in O(defaults) is neither compared nor sent.
      - A domain that is declared more than once is refused before any request, and so is every invalid value.
      - With an empty list nothing is changed. The playbooks and the role of this collection refuse it.
    type: list
    elements: dict
    required: true
    suboptions:
      <<: *settings
      domain:
        description:
          - The mail domain, as O(mailops.cloudflare.email_security_domain#module:domain).
          - One of O(domains[].domain) and O(domains[].domain_id) is required.
        type: str
        aliases: [name]
      domain_id:
        description:
          - The id of the domain, as O(mailops.cloudflare.email_security_domain#module:domain_id).
        type: str
      force:
        description:
          - Whether M(mailops.cloudflare.email_security_domains) removes an inline domain with O(domains[].state=absent) that has processed mail
            within the last day, as O(mailops.cloudflare.email_security_domain#module:force).
          - Not required if the plan was approved with O(mailops.cloudflare.email_security_domains#module:expected_plan). It is not a part of the plan.
        type: bool
        default: false
        version_added: 1.1.0
      state:
        description:
          - V(present) declares that the domain exists with the given settings. M(mailops.cloudflare.email_security_domains) onboards
            a domain that does not exist if O(domains[].allowed_delivery_modes), O(domains[].drop_dispositions), O(domains[].ip_restrictions) and
            O(domains[].regions) are given, with it or in O(defaults).
          - V(absent) declares that it does not exist. M(mailops.cloudflare.email_security_domains) removes it from Email Security, as
            O(mailops.cloudflare.email_security_domain#module:state). B(While the MX records of an inline domain point at Cloudflare, its mail is
            rejected after the removal.) See O(domains[].force). Settings cannot be given with it.
        type: str
        choices: [present, absent]
        default: present
"""
