#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_export
short_description: Write the export of an account to files on the controller
version_added: 1.1.0
author:
  - mailops maintainers (@mailops)
description:
  - Writes the texts of an export to files. The filters P(mailops.cloudflare.policy_yaml#filter), P(mailops.cloudflare.terraform_imports#filter),
    P(mailops.cloudflare.domains_csv#filter) and P(mailops.cloudflare.entries_csv#filter) make these texts from the result of
    M(mailops.cloudflare.email_security_account_info).
  - A file whose text is not given is neither read nor written.
  - An existing file that differs is only replaced with O(replace=true). Otherwise the module fails, returns the difference and writes no file.
  - The role P(mailops.cloudflare.export#role) reads the account, makes the texts, and shows how existing files differ.
options:
  directory:
    description:
      - The directory of the files on the host that runs Ansible. It is created if it does not exist.
      - A relative path is relative to the working directory of Ansible.
    type: path
    required: true
  name:
    description: The prefix of the file names. It may contain directories, which are relative to O(directory).
    type: str
    default: email-security
  policy:
    description:
      - The text of the policy, as P(mailops.cloudflare.policy_yaml#filter) returns it. The end of the file name is C(.yml).
      - RV(undeclared) is read from its comments.
    type: str
  terraform:
    description: The import blocks, as P(mailops.cloudflare.terraform_imports#filter) returns them. The end of the file name is C(-import.tf).
    type: str
  domains:
    description: The table of the mail domains, as P(mailops.cloudflare.domains_csv#filter) returns it. The end of the file name is C(-domains.csv).
    type: str
  allow_policies:
    description: >-
      The table of the allow policies, as P(mailops.cloudflare.entries_csv#filter) returns it. The end of the file name is
      C(-allow-policies.csv).
    type: str
  block_senders:
    description: >-
      The table of the blocked senders, as P(mailops.cloudflare.entries_csv#filter) returns it. The end of the file name is
      C(-block-senders.csv).
    type: str
  trusted_domains:
    description: >-
      The table of the trusted domains, as P(mailops.cloudflare.entries_csv#filter) returns it. The end of the file name is
      C(-trusted-domains.csv).
    type: str
  impersonation_registry:
    description: >-
      The table of the impersonation registry, as P(mailops.cloudflare.entries_csv#filter) returns it. The end of the file name is
      C(-impersonation-registry.csv).
    type: str
  mode:
    description:
      - The permissions of the files, as in M(ansible.builtin.copy), such as C("0640"), C(416) or C(u=rw,g=r). They also apply to files whose
        content does not change.
      - A symbolic mode changes the permissions of an existing file. For a new file it starts with those that the umask permits.
    type: raw
    default: "0640"
  replace:
    description:
      - Whether existing files that differ are replaced. The old file is kept as a backup beside the new one, as by M(ansible.builtin.copy).
      - A policy contains your decisions, and an export the live settings. With V(false), an edited policy is not overwritten.
    type: bool
    default: false
attributes:
  action:
    description: Runs on the host that runs Ansible, and needs neither a connection nor Python on the target.
    support: full
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Writes nothing, and returns the same as a run, except for RV(backups). It fails where a run would fail for a file that differs.
  diff_mode:
    description: Returns details on what has changed, or would be changed in check mode.
    support: full
    details:
      - A file that is longer than Ansible's setting C(max_diff_size) is not shown.
  idempotent:
    description: When run twice in a row with the same options, the second run finds nothing to change.
    support: full
  platform:
    description: The platforms on which the module runs.
    support: full
    platforms: posix
notes:
  - An option that is null counts as omitted, except O(directory), which is required. So does an empty O(name) or O(mode). At least one text must
    be given. An empty or blank text of a file, a blank O(directory) or O(name), a list in place of a text, and C(********), which is shown in place
    of a secret, in O(directory) or O(name) or as the text of a file are rejected before anything is written.
  - All files are written or none. Each is replaced atomically. If one of them cannot be written, the old ones stay.
  - A symbolic link to a file is followed for the comparison. If the file differs, the link is replaced by a file, as by M(ansible.builtin.copy),
    and the file that it leads to stays. A directory or a special file, such as a FIFO, in the place of a file is an error.
  - In a play with several hosts use C(run_once), or a separate O(directory) for each host.
seealso:
  - module: mailops.cloudflare.email_security_account_info
  - plugin: mailops.cloudflare.policy_yaml
    plugin_type: filter
  - plugin: mailops.cloudflare.terraform_imports
    plugin_type: filter
  - plugin: mailops.cloudflare.domains_csv
    plugin_type: filter
  - plugin: mailops.cloudflare.entries_csv
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the account (account and token from the environment)
  mailops.cloudflare.email_security_account_info:
    resources: [domains, block_senders]
  register: account

- name: Write the policy and the table of the blocked senders
  mailops.cloudflare.email_security_export:
    directory: live
    policy: "{{ account | mailops.cloudflare.policy_yaml }}"
    block_senders: "{{ account.block_senders | mailops.cloudflare.entries_csv('block_senders') }}"

- name: Keep the live policy in a folder under version control, readable by everybody
  mailops.cloudflare.email_security_export:
    directory: /srv/policies
    name: live
    policy: "{{ account | mailops.cloudflare.policy_yaml }}"
    mode: "0644"
    replace: true
  register: export

- name: Show what has changed
  ansible.builtin.debug:
    msg: "{{ export.written | join(', ') }}"
  when: export is changed
"""

RETURN = r"""
changed:
  description: Whether the content or the permissions of a file have changed.
  returned: always
  type: bool
  sample: true
files:
  description: The paths of the files, by the option with their text.
  returned: success, or if a file differs
  type: dict
  sample:
    block_senders: /home/admin/live/email-security-block-senders.csv
    policy: /home/admin/live/email-security.yml
written:
  description: The paths of the files whose content has changed, or would change in check mode.
  returned: success
  type: list
  elements: str
  sample: [/home/admin/live/email-security.yml]
backups:
  description: The paths of the backups of the files that were replaced, by the option with their text. Empty in check mode.
  returned: success
  type: dict
  sample:
    policy: /home/admin/live/email-security.yml.4711.2026-11-28@03:00:00~
differing:
  description:
    - The existing files that differ, by the option with their text. Always empty with O(replace=true).
    - For each file, the lines of a unified diff, as P(mailops.cloudflare.unified_diff#filter) returns them. Of more than 200 lines, the first 200,
      and a line with the number of the others.
  returned: success, or if a file differs
  type: dict
  sample:
    policy:
      - "--- /home/admin/live/email-security.yml (existing)"
      - "+++ /home/admin/live/email-security.yml (from the account)"
      - "@@ -1,2 +1,2 @@"
      - " email_security_domains:"
      - "-  - domain: example.com"
      - "+  - domain: example.net"
undeclared:
  description: The live domains and entries that O(policy) does not declare, with the reason, from its comments.
  returned: success
  type: list
  elements: str
  sample: ["old.example: its pattern type is UNKNOWN, which the API does not accept in a write."]
"""
