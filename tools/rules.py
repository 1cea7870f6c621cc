"""Generate docs/rules.md from the rules of the audit. See tools/rules."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
# Make the checkout importable as the collection. Neither Ansible nor any other package is needed.
for name in ("ansible_collections", "ansible_collections.mailops", "ansible_collections.mailops.cloudflare"):
    if name not in sys.modules:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = [str(ROOT)]

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text  # noqa: E402 - from the paths above
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.registry import list_of_rule  # noqa: E402 - from the paths above
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES, all_rules  # noqa: E402 - from the paths above
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import Rule  # noqa: E402 - from the paths above
from ansible_collections.mailops.cloudflare.tools.rule_examples import LIST_EXAMPLES, LIST_HEADINGS  # noqa: E402 - from the paths above

DOMAIN = "example.com"
GATEWAY = ["192.0.2.0/24"]
INTEGRATION, OTHER = "1a2b3c4d-0000-4000-8000-5e6f70819203", "9f8e7d6c-0000-4000-8000-5e6f70819203"
COUNT = {"timestamp": "2026-11-21T16:00:00Z", "total_emails_processed": 0, "total_emails_processed_previous": 1187}
# By rule on domains or waivers, a declared and a live value that match it. For rules on lists, see rule_examples.py.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "ES-IP-001": (GATEWAY, ["192.0.2.0/24", "198.51.100.0/24"]),
    "ES-IP-002": (["192.0.2.0/24", "198.51.100.0/24"], GATEWAY),
    "ES-IP-003": (GATEWAY, ["192.0.2.1/24"]),
    "ES-IP-004": ([], ["0.0.0.0/0", "::/0"]),
    "ES-IP-005": ([], GATEWAY),
    "ES-TLS-001": (True, False),
    "ES-TLS-002": (True, False),
    "ES-TLS-003": (False, True),
    "ES-TLS-004": (False, True),
    "ES-DROP-001": (["MALICIOUS", "SPAM"], ["SPAM"]),
    "ES-DROP-002": (["MALICIOUS", "SPOOF"], ["MALICIOUS"]),
    "ES-DROP-003": (["MALICIOUS", "SPAM"], ["MALICIOUS"]),
    "ES-DROP-004": (["BULK", "MALICIOUS"], ["MALICIOUS"]),
    "ES-DROP-005": (["MALICIOUS"], ["EXTERNAL", "MALICIOUS"]),
    "ES-DROP-006": (["MALICIOUS"], ["BULK", "MALICIOUS"]),
    "ES-DROP-007": (["ENCRYPTED", "MALICIOUS"], ["MALICIOUS"]),
    "ES-DROP-008": (["MALICIOUS", "MALICIOUS-BEC"], ["MALICIOUS"]),
    "ES-DROP-009": (["MALICIOUS"], ["MALICIOUS", "UNKNOWN"]),
    "ES-NEXTHOP-001": ("mx.example.com", "mx.example.net"),
    "ES-HOPS-001": (2, 1),
    "ES-MODE-001": (["DIRECT"], ["API"]),
    "ES-MODE-002": (["API", "RETRO_SCAN"], ["RETRO_SCAN"]),
    "ES-MODE-003": (["API", "DIRECT"], ["DIRECT"]),
    "ES-MODE-004": (["DIRECT"], ["API", "DIRECT"]),
    "ES-REGION-001": (["DE"], ["GLOBAL"]),
    "ES-REGION-002": (["DE", "US"], ["US"]),
    "ES-SCAN-001": (INTEGRATION, None),
    "ES-SCAN-002": (INTEGRATION, OTHER),
    "ES-SCAN-003": ("AllItems", "Inbox"),
    "ES-SCAN-004": ("Inbox", "AllItems"),
    "ES-SCAN-005": (None, OTHER),
    "ES-DOMAIN-001": ("present", None),
    "ES-DOMAIN-002": (None, "present"),
    "ES-DOMAIN-003": ("absent", "present"),
    "ES-DOMAIN-004": ("example.net", "example.com"),
    "ES-DOMAIN-005": ("present", f"2 live domains are named example.com: {INTEGRATION}, {OTHER}."),
    "ES-DRIFT-001": (["GLOBAL"], ["GLOBAL", "US"]),
    "ES-HEALTH-001": (None, {"authorized": False, "timestamp": "2026-03-01T08:00:00Z"}),
    "ES-HEALTH-002": (None, "FAILED"),
    "ES-HEALTH-003": (None, "PENDING"),
    "ES-HEALTH-004": (None, "none"),
    "ES-HEALTH-005": (None, "invalid"),
    "ES-HEALTH-006": (None, "open"),
    "ES-HEALTH-007": (None, "invalid"),
    "ES-HEALTH-008": (None, "none"),
    "ES-HEALTH-009": (None, "neutral"),
    "ES-HEALTH-010": (None, COUNT),
    "ES-HEALTH-011": (None, {**COUNT, "timestamp": "2026-11-02T16:00:00Z", "total_emails_processed": 1204}),
    "ES-HEALTH-012": (None, GATEWAY),
    "ES-HEALTH-013": (None, None),
    "ES-HEALTH-014": (None, "mxa.global.inbound.cf-emailsecurity.net"),
    "ES-HEALTH-015": (None, ["MALICIOUS"]),
    "ES-HEALTH-016": (None, []),
    "ES-HEALTH-017": (None, False),
    "ES-HEALTH-018": (None, True),
    "ES-HEALTH-019": (None, None),
    "ES-HEALTH-020": (None, ["MALICIOUS", "NONE"]),
    "ES-HEALTH-021": (None, ["DE"]),
    "ES-HEALTH-022": (None, ["API"]),
    "ES-HEALTH-023": (None, "mx.example.net"),
    "ES-HEALTH-024": (None, {**COUNT, "total_emails_processed_previous": 0}),
    "ES-HEALTH-025": (None, {**COUNT, "total_emails_processed": 3, "total_emails_processed_previous": 100000}),
    "ES-HEALTH-026": (None, ["DIRECT", "JOURNAL"]),
    "ES-HEALTH-027": (None, ["10.0.0.0/8", "192.0.2.0/24"]),
    "ES-HEALTH-028": (None, ["40.107.0.0/16", "192.0.2.0/24"]),
    "ES-ADVICE-001": (GATEWAY, None),
    "ES-ADVICE-002": ([], None),
    "ES-ADVICE-003": (["MALICIOUS"], None),
    "ES-ADVICE-004": (None, None),
    "ES-ADVICE-005": (None, None),
    "ES-ADVICE-006": (["MALICIOUS", "SPOOF"], None),
    "ES-ADVICE-007": ("absent", {"total_emails_processed": 1204}),
    "ES-ADVICE-008": (True, None),
    "ES-ADVICE-009": (None, OTHER),
    "ES-ADVICE-010": (None, None),
    "ES-ADVICE-011": (["MALICIOUS", "NONE"], None),
    "ES-WAIVER-001": ("require_tls_outbound until 2026-06-30, allowed by postmaster@example.com (the plant has no TLS yet)", None),
    "ES-WAIVER-002": ("ES-HEALTH-009 until 2030-06-30, allowed by dns@example.com (SPF is tightened domain by domain)", None),
}
HEADINGS = {
    "drift": (
        "Drift",
        "The live state differs from the declaration. Without drift, `email_security_domains` with the same options has nothing to change. It never\n"
        "changes undeclared domains.",
    ),
    "health": (
        "Health",
        "Problems of live domains, declared or not: a dangerous setting remains a finding after it was exported as the declaration. A value that the\n"
        "server does not return, or that is unknown, matches no rule.",
    ),
    "advice": (
        "Advice",
        "Declarations that are valid but probably mistaken. Where nothing is declared, the live value applies. Nothing is rejected. Networks are compared by\n"
        "the addresses that they cover. If the same problem is live already, the health rule is reported instead of the advice.",
    ),
    "waiver": ("Findings on waivers", "Waivers that have expired or cover nothing. These rules can be switched off, but not waived."),
}
INTRO = """\
# Rules

What `mailops.cloudflare.email_security_audit` can find. This page is generated from the rules by `tools/rules --write`.

## Terms

- A **finding** says that a domain matches a rule, in one of its fields or as a whole. For each field that differs from the declaration there is one
  finding in each direction: that of the worst rule that matches. If that finding is waived, the worst one that is not waived is reported as well.
  A list that lost one value and gained another is both weaker and stronger.
- Health and advice on a field are reported in the same way: the worst rule in each direction, and beside drift in the same direction only if it is worse.
  A problem that is both live and declared is therefore one finding. To waive all rules on a field, waive the `field`.
- The **direction** says how a difference affects protection. `weaker`: less protection than decided. `stronger`: more mail is rejected, held or scanned
  than decided, so mail may be lost. `neutral`: neither.
- The **severity** is `critical`, `high`, `medium` or `low`. For some rules it depends on the live domain, for example on its delivery modes. The section of
  the rule then has a table; the first row that applies wins.
- **Inline** is the delivery mode DIRECT. Cloudflare is the **first hop** if MX records point at it: `lookback_hops` is 1, and no copies (BCC, JOURNAL) are
  allowed. [Mail flow](mail-flow.md) explains the rest.
- The **category** says where the finding comes from: `drift` from the comparison with the declaration, `health` from the live domain or entry, `cross` from
  the comparison of lists with each other and with the domains, `advice` from the declaration itself, `waiver` from the waivers.
- An **id** keeps its meaning from release to release. The texts of a rule may be improved.

Values are compared in their normal form, as everywhere in this collection: order and repetition in lists, case and trailing dots do not matter.
`ip_restrictions` are compared by the addresses that they cover: adjoining networks equal the network that they form together. An empty list covers all
addresses, because it restricts nothing.

## Overriding severities and switching off rules

`severities` overrides severities by the ids of rules. A rule that is `off` makes no finding: if the same field matches another rule, that rule is reported
instead. A domain that differs does not count as declared, even if the rule is `off`. A severity that is set here applies to every domain.
Write `"off"` with or without quotes; both are understood.

## Waivers

A waiver allows what would otherwise be a finding. `domain` is a name, or a pattern with `*`, `?` and `[...]` as in a shell, where `*` also matches dots.
`rule` names the rule and `field` the field that is waived; if both are given, both must match. `reason`, `owner` and `expires` are required. `expires` is
the last day on which the waiver is in force, in UTC. `live` may name the live value that is allowed; for any other live value the waiver does not apply.

A waived finding stays in the list of findings, with `waived: true` and the waiver's reason, owner and expiry date, and is counted only in `summary.waived`.
An expired waiver allows nothing, and is a finding itself. So is a waiver that covers nothing.

```yaml
- name: Audit with an exception, and with other severities
  mailops.cloudflare.email_security_audit:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: devices.example.org
    waivers:
      - domain: "devices.*"
        rule: ES-TLS-002
        reason: The mail server of these devices has no TLS
        owner: postmaster@example.com
        expires: "2030-06-30"
    severities:
      ES-HEALTH-008: medium
      ES-ADVICE-004: "off"
```
"""


LISTS_INTRO = """\
The seven lists of the account are judged like the domains: `drift` compares with the declaration, `health` judges every live entry, declared or not, and
`cross` compares lists with each other and with the domains. Every rule that matches is a finding: none hides another.

An undeclared entry is a finding if its list is declared; an undeclared allow policy, trusted domain or URL pattern in any list that is read, because each
of them exempts something. An entry that is declared `absent`, or whose last day is over, and that is still live is a finding in every list.

Regular expressions are read, and never run: as if matching were a search, unless `^` or `$` anchors them.

A waiver for entries has `entry` in place of `domain`: the key of the entry, or a shell pattern. `resource` limits it to one list.

```yaml
- name: Audit all lists with an exception
  mailops.cloudflare.email_security_audit:
    resources: [all]
    waivers:
      - entry: news.partner.example
        resource: allow_policies
        rule: ES-ALLOW-103
        reason: Their mail fails verification until they have moved
        owner: postmaster@example.com
        expires: "2030-06-30"
```
"""


def page() -> str:
    """Return the text of the page."""
    parts = [INTRO, "## All rules\n", _rule_table(RULES.values(), "field", _field_text)]
    for category, (heading, text) in HEADINGS.items():
        rules = [rule for rule in RULES.values() if rule.category == category]
        parts += [f"## {heading}\n", f"{text}\n", *map(_section, rules)]
    parts += ["## Rules on lists\n", LISTS_INTRO]
    on_lists = [rule for rule in all_rules().values() if rule.id not in RULES]
    for name, (heading, text) in LIST_HEADINGS.items():
        rules = [rule for rule in on_lists if list_of_rule(rule.id) == name]
        parts += [f"## {heading}\n", f"{text}\n", _rule_table(rules, "category", lambda rule: rule.category), *map(_section, rules)]
    return "\n".join(parts)


def _rule_table(rules: Iterable[Rule], heading: str, text_of: Callable[[Rule], str]) -> str:
    rows = [f"| [{rule.id}](#{rule.id.lower()}) | {rule.title} | {text_of(rule)} | {', '.join(rule.severities)} | {rule.direction} |" for rule in rules]
    return "\n".join([f"| id | rule | {heading} | severity | direction |", "|---|---|---|---|---|", *rows, ""])


def _section(rule: Rule) -> str:
    subject, declared, live = (DOMAIN, *EXAMPLES[rule.id]) if rule.id in RULES else LIST_EXAMPLES[rule.id]
    about = _field_text(rule) if rule.id in RULES else rule.category
    return (
        f"### {rule.id}\n\n**{rule.title}.** {' or '.join(rule.severities)}, {rule.direction}, {about}\n\n{_severity_table(rule)}"
        f"{rule.why}\n\n*What to do:* {rule.remedy}\n\n> {_escaped(finding_text(rule.id, subject, declared, live))}\n"
    )


def _escaped(message: str) -> str:
    """A message that Markdown shows as it is: regular expressions contain special characters."""
    return re.sub(r"([\\*<>])", r"\\\1", message)


def _severity_table(rule: Rule) -> str:
    """The table of the severities, if the severity depends on the live domain or entry."""
    if not rule.cases:
        return ""
    rows = [*(f"| {case.severity} | {case.condition} |" for case in rule.cases), f"| {rule.severity} | otherwise |"]
    return "\n".join(["| severity | if |", "|---|---|", *rows, "", ""])


def _field_text(rule: Rule) -> str:
    if rule.field:
        return f"`{rule.field}`"
    return "any field" if rule.id == "ES-DRIFT-001" else "a waiver" if rule.category == "waiver" else "the domain"


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate docs/rules.md.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="write the file")
    mode.add_argument("--check", action="store_true", help="fail if the file is not up to date")
    arguments = parser.parse_args()
    if arguments.write:
        PAGE.write_text(page(), encoding="utf-8")
    elif arguments.check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            print(f"{PAGE.relative_to(ROOT)} is not up to date: run tools/rules --write", file=sys.stderr)
            return 1
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
