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
  - Writes the result of M(mailops.cloudflare.email_security_audit) as JSON, CSV, JUnit XML, SARIF 2.1.0, Markdown and a single HTML page.
  - With a previous JSON report, the reports say which findings are new, which are gone, and when each was first seen.
  - A failed audit also gets reports, which say so. It cannot be mistaken for an audit without findings.
  - The reports name the account, the policy, the release of the collection and the host, and have the counts of the last 30 audits of the account.
  - JSON and HTML have the command that corrects the drift of a domain, and the one that applies exactly the plan of the audit, unless it is not
    certain that the command works. The entries of lists are corrected with the whole plan.
  - If lists were audited as well, the reports name the entries with findings, the counts of each list, and the lists that could not be read. The
    register of exemptions has every allow policy, trusted domain and URL ignore pattern with its comment, age, end and reach, whether it is declared
    and whether its findings are waived. People without findings are counted, not named.
  - Names and values from the server are shown as text. In no report do they become a link, a formula, a mention or a script.
  - The role P(mailops.cloudflare.audit#role) audits, writes the reports, and fails from a severity of your choice.
options:
  audit:
    description:
      - The registered result of a task with M(mailops.cloudflare.email_security_audit), even if it failed.
      - A shortened result names a file with the complete one (RV(mailops.cloudflare.email_security_audit#module:complete_result)), which is read in
        its place. If that file does not exist any more, texts that were left out are restored, and the reports say which findings are missing.
    type: dict
    required: true
  directory:
    description:
      - The directory of the reports on the host that runs Ansible. It is created if it does not exist.
      - A relative path is relative to the working directory of Ansible.
    type: path
    required: true
  name:
    description: The file name of the reports without extension.
    type: str
    default: email-security-audit
  formats:
    description:
      - The reports to write. An empty list writes none.
      - V(json) contains everything. C(files/audit-report-1.schema.json) in the role P(mailops.cloudflare.audit#role) is its JSON Schema. O(previous)
        reads this format.
      - V(csv) has a row for each finding. If the audit has read allow policies, trusted domains or URL ignore patterns, the register of exemptions is
        a second file, whose name ends in C(-exemptions.csv). Each file begins with a byte order mark, which tells spreadsheets that it is UTF-8. A
        cell that a spreadsheet would evaluate as a formula begins with an apostrophe.
      - V(junit) has a test case for each declared domain and for each other domain with findings, one for the waivers and one for the account. A case
        fails if one of its findings is not waived. Each list that was read has a case, which fails if a finding is about the list as a whole, and so
        has each finding on one of its entries. The names of the cases are the same in each audit. Its extension is C(.xml).
      - V(sarif) is for code scanning, which opens an alert for each result. It therefore does not contain findings that are gone, and contains
        waived ones only with O(sarif_waived).
      - V(markdown) is short enough for a comment in a merge request. It contains the findings grouped by rule, the first of each, and the number of
        the others. New findings come first, then the most severe ones. The complete register of exemptions is a second file as for V(csv), whose name
        ends in C(-exemptions.md).
      - V(html) is a single page that requests nothing from the network. It lists all findings, all domains with their protection at a glance, the
        register of exemptions with the most dangerous ones first, and all rules that were checked. It can be printed, and needs scripts only for its
        filters and for another order of the register.
    type: list
    elements: str
    choices: [json, csv, junit, sarif, markdown, html]
    default: [json, csv, junit, sarif, markdown, html]
  previous:
    description:
      - The previous JSON report to compare with. It may be the report that is replaced, and need not exist yet.
      - If it cannot be used, for example because its schema version does not begin with 1, there is a warning and no comparison. If it would be
        replaced, it is kept with the suffix C(.unusable-1).
      - Only findings in the scope of this audit are compared. Earlier findings on other domains, by rules that are off, on settings of live domains
        or entries that are no longer declared, or on lists that this audit has not read are neither present nor gone. The JSON report keeps them in
        C(not_audited), so that they keep the day on which they were first seen.
      - If the audit of that report failed, the reports are compared with the last successful audit, which it contains.
    type: path
  fail_on:
    description:
      - Conditions as in O(mailops.cloudflare.audit#role:main:audit_fail_on). The findings that meet one of them are counted in RV(failing). The task
        itself does not fail.
    type: list
    elements: str
    choices:
      - critical
      - high
      - medium
      - low
      - drift
      - never
      - weaker:critical
      - weaker:high
      - weaker:medium
      - weaker:low
      - stronger:critical
      - stronger:high
      - stronger:medium
      - stronger:low
      - neutral:critical
      - neutral:high
      - neutral:medium
      - neutral:low
    default: []
    version_added: 1.1.0
  sarif_waived:
    description: Whether the SARIF report contains waived findings, with a suppression. GitHub shows them as open alerts nevertheless.
    type: bool
    default: false
    version_added: 1.1.0
  title:
    description: The title of the reports.
    type: str
    default: Cloudflare Email Security audit
  account_name:
    description: A name for the account in the head of the reports, beside its id.
    type: str
    version_added: 1.1.0
  policy_files:
    description:
      - The files of the policy, for the head of the reports and for the commands that correct drift. They are not read.
      - By default the files that were given to Ansible with C(-e @). An empty list names none. Without any, the
        commands contain C(policy.yml) as a placeholder.
    type: list
    elements: str
    version_added: 1.1.0
  policy_version:
    description: The version of the policy in the head of the reports, such as a commit.
    type: str
    version_added: 1.1.0
  keep_reports:
    description:
      - How many audits keep their reports. They are written a second time into the folder C(history) of O(directory), with the time of the audit in
        their names, such as C(email-security-audit-2026-11-22T030000Z.html). Older ones are removed. By default only the latest reports exist.
      - If O(keep_days) is given as well, reports are removed when neither of the two keeps them.
      - The register of exemptions is kept as well, as in C(email-security-audit-2026-11-22T030000Z-exemptions.csv).
      - Only reports of the same O(name) are counted and removed. The reports of a failed audit are not kept.
    type: int
    version_added: 1.1.0
  keep_days:
    description: For how many days the reports of an audit are kept, as described for O(keep_reports).
    type: int
    version_added: 1.1.0
attributes:
  action:
    description: Runs on the host that runs Ansible, and needs neither a connection nor Python on the target.
    support: full
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Writes nothing, and returns the same as a run. Set C(check_mode=false) on the task to write the reports in check mode as well.
  diff_mode:
    description: Returns details on what has changed, or would be changed in check mode.
    support: none
  idempotent:
    description: When run twice in a row with the same options, the second run finds nothing to change.
    support: partial
    details:
      - Not if O(previous) is the report that is replaced, because the second run is then compared with the first. Not for a failed audit either,
        because its reports contain the time of the attempt.
  platform:
    description: The platforms on which the module runs.
    support: full
    platforms: posix
notes:
  - An option that is null or an empty text counts as omitted, except O(audit) and O(directory), which are required. A blank, a list in place of a
    text, and C(********), which is shown in place of a secret, are rejected before anything is written.
  - In a play with several hosts use C(run_once), or a separate O(directory) for each host.
  - Reports are replaced atomically. If one of them cannot be written, none is, and the old ones stay.
  - A new report has the mode C(0640). An existing report of the user who runs Ansible keeps its mode, but without write access for others. A symbolic
    link is replaced by a file. A directory or a special file, such as a FIFO, in the place of a report or of O(previous) is an error.
  - Reports are first written to Ansible's folder for temporary files on the controller, which is set with C(ANSIBLE_LOCAL_TEMP). All six of an account of
    5000 domains that all differ take some 110 MB there while the task runs. Reports of 1000 or more findings and domains are written by two processes at a
    time, if the controller runs Linux and has two processors.
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
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: example.net
    shorten: false
  register: audit
  ignore_errors: true

- name: Write all reports and compare them with those of the previous run
  mailops.cloudflare.email_security_report:
    audit: "{{ audit }}"
    directory: reports
    previous: reports/email-security-audit.json
  register: report
  check_mode: false

- name: Show what has changed
  ansible.builtin.debug:
    msg: "{{ report.comparison.new }} new, {{ report.comparison.gone }} gone, see {{ report.files.html }}"
  when: report.comparison is not none

- name: Write an HTML page for the monthly meeting
  mailops.cloudflare.email_security_report:
    audit: "{{ audit }}"
    directory: /srv/www/reports
    name: "{{ now(fmt='%Y-%m') }}"
    formats: [html]
    title: Mail domains of Example Ltd
"""

RETURN = r"""
changed:
  description: Whether the content of a report has changed.
  returned: success
  type: bool
  sample: true
files:
  description:
    - The paths of the reports by format.
    - With the formats V(csv) and V(markdown), C(exemptions_csv) and C(exemptions_markdown) are the paths of the register of exemptions, if the audit
      has read allow policies, trusted domains or URL ignore patterns. If it has not, or failed, an earlier register stays as it is. It says of which
      audit it is.
  returned: success
  type: dict
  sample:
    html: /srv/www/reports/email-security-audit.html
    json: /srv/www/reports/email-security-audit.json
kept_files:
  description: >-
    The paths under which the reports of this audit are kept, by format. Empty without O(keep_reports) and O(keep_days), and if the
    audit failed.
  returned: success
  type: dict
  sample:
    html: /srv/www/reports/history/email-security-audit-2026-11-22T030000Z.html
removed_files:
  description: The paths of the reports that are no longer kept and were removed.
  returned: success
  type: list
  elements: str
  sample: [/srv/www/reports/history/email-security-audit-2026-10-22T030000Z.html]
status:
  description:
    - V(clean) without findings that are not waived, V(findings) with such findings, V(error) if the audit failed.
  returned: success
  type: str
  sample: findings
scope:
  description: The names of the audited domains, if the audit is about some of the declared domains. Null if it is about all.
  returned: success
  type: list
  elements: str
  version_added: 1.1.0
  sample: [example.com]
comparison:
  description: What has changed since the audit of O(previous). Null without one, or if this audit failed.
  returned: success
  type: dict
  contains:
    new:
      description: Findings that did not exist before, without waived ones.
      returned: always
      type: int
      sample: 2
    still:
      description: Findings that existed before, without waived ones.
      returned: always
      type: int
      sample: 5
    gone:
      description: Findings in the scope of this audit that no longer exist. Always 0 if findings were left out of its result.
      returned: always
      type: int
      sample: 1
console:
  description:
    - What the role P(mailops.cloudflare.audit#role) shows - the counts of each list, what is new and what is gone, the findings grouped by rule, and
      the names of the reports. New findings come first, then the most severe ones, and drift before other findings of the same severity.
    - Only the names of the reports, if the audit failed.
  returned: success
  type: list
  elements: str
  version_added: 1.1.0
  sample:
    - "Since the audit of 3 November 2026, 03:00 UTC: 54 new, 1 gone, 6 unchanged."
    - "new critical | 54 domains: clean mail is delivered to another host: a.example, b.example, c.example and 51 more | ES-NEXTHOP-001"
changes:
  description:
    - The changes of the audit's plan. First the number of changes by direction, then a line for each domain and field, and for each entry of a list
      that is new or removed, at most 1000, and the number of the others. Empty if the audit failed.
  returned: success
  type: list
  elements: str
  version_added: 1.1.0
  sample:
    - "Plan: 1 change makes a domain more protected."
    - "example.net: require_tls_inbound false -> true"
failing:
  description: The number and the rules of the findings that meet O(fail_on). Empty if no finding does.
  returned: success
  type: str
  version_added: 1.1.0
  sample: "2 findings (ES-IP-001, ES-TLS-001)"
"""
