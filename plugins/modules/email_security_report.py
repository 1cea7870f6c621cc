#!/usr/bin/python
# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: email_security_report
short_description: Write the result of an audit of Cloudflare Email Security as reports
version_added: 1.0.0
author:
  - mailops maintainers (@mailops)
description:
  - Writes what M(mailops.cloudflare.email_security_audit) returned as JSON, CSV, JUnit XML, SARIF 2.1.0, Markdown and one HTML page.
  - Says what is new, what is gone, and since when a finding has been there, if it is given an earlier JSON report.
  - An audit that failed gets reports, too. They say so, so that nobody takes it for one that found nothing.
  - Whatever a server has put into names and values is shown as text. In no report it becomes a link, a formula, a mention or a script.
  - The role P(mailops.cloudflare.audit#role) audits, writes the reports, and fails at a severity of your choice.
options:
  audit:
    description:
      - What a task with M(mailops.cloudflare.email_security_audit) has registered, one that failed included.
      - Of a result that was shortened the words are filled in again. Findings that were left out are not in the reports, which say so then. Set
        O(mailops.cloudflare.email_security_audit#module:shorten) to V(false) to get them all.
    type: dict
    required: true
  directory:
    description:
      - Where the reports are written, on the host that runs Ansible. It is made if it does not exist.
      - A relative path begins at the folder in which Ansible was started.
    type: path
    required: true
  name:
    description: The name of the reports, without the ending.
    type: str
    default: email-security-audit
  formats:
    description:
      - The reports to write. An empty list writes none.
      - V(json) holds everything, and is described by a JSON Schema in the role P(mailops.cloudflare.audit#role), C(files/audit-report-1.schema.json).
        It is what O(previous) reads.
      - V(csv) has a row for each finding. It begins with a byte order mark, by which spreadsheets know that it is UTF-8. A cell that a spreadsheet
        would take for a formula begins with an apostrophe.
      - V(junit) has a test case for each domain with findings. It fails if one of them is not waived. Its ending is C(.xml).
      - V(sarif) is for code scanning, which opens an alert for each result. So findings that are gone are not in it, and waived ones only with
        O(sarif_waived).
      - V(markdown) is short enough for a comment in a merge request. It has the worst findings and says how many more there are.
      - V(html) is one page without any request to elsewhere. It can be printed, and needs no script but for its filters.
    type: list
    elements: str
    choices: [json, csv, junit, sarif, markdown, html]
    default: [json, csv, junit, sarif, markdown, html]
  previous:
    description:
      - An earlier JSON report to compare with. It may be the one that is then replaced, and need not exist yet.
      - If it cannot be used, for instance because its schema version does not begin with 1, there is a warning and no comparison. If it would then
        be replaced, it is kept as C(.unusable-1) beside it.
      - Only what this audit looked at is compared. Earlier findings on other domains than those of its scope, by rules that are off, or on settings
        of domains that are live and no longer declared are neither there nor gone. The JSON report keeps them in C(not_audited), so that they are
        known with the day on which they were first seen when they are looked at again.
      - If the audit of that report had failed, the last one that worked is compared with, which it carries on.
    type: path
  sarif_waived:
    description: Whether findings that are waived are in the SARIF report, with a suppression. GitHub shows them as open alerts all the same.
    type: bool
    default: false
    version_added: 1.1.0
  title:
    description: The title of the reports.
    type: str
    default: Cloudflare Email Security audit
attributes:
  action:
    description: Runs on the host that runs Ansible, and needs neither a connection nor a Python on the target.
    support: full
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Writes nothing, and returns the same as a run. Set C(check_mode=false) on the task to have the reports of an audit in check mode as well.
  diff_mode:
    description: Returns details on what has changed, or would be changed in check mode.
    support: none
  idempotent:
    description: When run twice in a row with the same options, the second run finds nothing to change.
    support: partial
    details:
      - Not if O(previous) is the report that is replaced, for then the second run compares with the first. And not of an audit that failed, whose
        reports say when it was tried.
  platform:
    description: What the module runs on.
    support: full
    platforms: posix
notes:
  - An option that is null or an empty text counts as left out, but for O(audit) and O(directory), which are required. A blank, a list in place of a text,
    and C(********), which is shown in place of a secret, are refused before anything is written.
  - In a play over several hosts use C(run_once), or give each its own O(directory).
  - A report is replaced as a whole, so nobody reads half of one. If one of the reports cannot be written, none is, and the old ones stay.
  - A new report has the mode C(0640). One that exists keeps its mode if it is a file of the user who runs Ansible, except that others may not write
    to it. A symbolic link is replaced by a file. Anything else in the place of a report or of O(previous), such as a directory or a FIFO, is refused.
seealso:
  - module: mailops.cloudflare.email_security_audit
  - name: SARIF 2.1.0
    description: The specification of the format.
    link: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

EXAMPLES = r"""
- name: Audit the account (account and token from the environment)
  mailops.cloudflare.email_security_audit:
    defaults:
      require_tls_inbound: true
    domains:
      - domain: example.com
      - domain: example.net
    shorten: false
  register: audit
  ignore_errors: true

- name: Write all reports, and compare with those of the run before
  mailops.cloudflare.email_security_report:
    audit: "{{ audit }}"
    directory: reports
    previous: reports/email-security-audit.json
  register: report
  check_mode: false

- name: Say what has changed
  ansible.builtin.debug:
    msg: "{{ report.comparison.new }} new, {{ report.comparison.gone }} gone, see {{ report.files.html }}"
  when: report.comparison is not none

- name: Write one page for the monthly meeting
  mailops.cloudflare.email_security_report:
    audit: "{{ audit }}"
    directory: /srv/www/reports
    name: "{{ now(fmt='%Y-%m') }}"
    formats: [html]
    title: Mail domains of Example Ltd
"""

RETURN = r"""
changed:
  description: Whether a report has another content than before.
  returned: success
  type: bool
  sample: true
files:
  description: The paths of the reports by their format.
  returned: success
  type: dict
  sample:
    html: /srv/www/reports/email-security-audit.html
    json: /srv/www/reports/email-security-audit.json
status:
  description:
    - V(clean) if there is no finding but those that are waived, V(findings) if there is one, V(error) if the audit failed.
  returned: success
  type: str
  sample: findings
comparison:
  description: What has changed since the audit of O(previous). Null if there is none, or if this audit failed.
  returned: success
  type: dict
  contains:
    new:
      description: Findings that were not there before, without those that are waived.
      returned: always
      type: int
      sample: 2
    still:
      description: Findings that were there before, without those that are waived.
      returned: always
      type: int
      sample: 5
    gone:
      description: Findings that are not there any more, of those that this audit looked at. None, if findings of it were left out for its length.
      returned: always
      type: int
      sample: 1
"""
