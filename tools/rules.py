"""Makes docs/rules.md out of the table of rules, so that neither says what the other does not. See tools/rules."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
# A plain checkout is importable as the collection that it is; neither Ansible nor any other package is needed.
for name in ("ansible_collections", "ansible_collections.mailops", "ansible_collections.mailops.cloudflare"):
    if name not in sys.modules:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = [str(ROOT)]

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_rules import CATEGORIES, RULES, Rule  # noqa: E402 - from the paths above
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text  # noqa: E402 - from the paths above

DOMAIN = "example.com"
GATEWAY = ["192.0.2.0/24"]
ONE, OTHER = "1a2b3c4d-0000-4000-8000-5e6f70819203", "9f8e7d6c-0000-4000-8000-5e6f70819203"
COUNT = {"timestamp": "2026-11-21T16:00:00Z", "total_emails_processed": 0, "total_emails_processed_previous": 1187}
# By rule: a declared and a live value that break it.
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
    "ES-SCAN-001": (ONE, None),
    "ES-SCAN-002": (ONE, OTHER),
    "ES-SCAN-003": ("AllItems", "Inbox"),
    "ES-SCAN-004": ("Inbox", "AllItems"),
    "ES-SCAN-005": (None, OTHER),
    "ES-DOMAIN-001": ("present", None),
    "ES-DOMAIN-002": (None, "present"),
    "ES-DOMAIN-003": ("absent", "present"),
    "ES-DOMAIN-004": ("example.net", "example.com"),
    "ES-DOMAIN-005": ("present", f"2 live domains are named example.com: {ONE}, {OTHER}."),
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
        "What is live is not what was declared. Where there is no drift, `email_security_domains` with the same options has nothing to do. With what\n"
        "nobody has declared it does nothing either.",
    ),
    "health": (
        "Health",
        "What the fields of every live domain say, declared or not: an exported danger is a finding, too. What the server does not say, or says in words\n"
        "that are not known, breaks no rule.",
    ),
    "advice": (
        "Advice",
        "What is declared and can hardly be meant. Where nothing is declared, the live value counts. Nothing is forbidden. Networks count by the addresses\n"
        "that they cover. Where the same danger is live already, the rule on health is told instead of the advice.",
    ),
    "waiver": ("Findings on waivers", "Waivers that are over, or cover nothing. These rules can be switched off, but not waived."),
}
INTRO = """\
# Rules

What `mailops.cloudflare.email_security_audit` can find. This page is made from the rules themselves by `tools/rules --write`.

## Words

- A **finding** says that one rule is broken by one domain: by one of its fields, or by the domain as a whole. Of each field that differs from what is
  declared there is one finding for each direction: that of the worst rule that is broken. Where that one is waived, the worst that is not is told, too.
  A list that lost one value and gained another is weaker and stronger at once.
- Health and advice on a field are told once as well: the worst rule of each direction, and beside a difference in the same direction only if it is worse.
  So a danger that is both live and declared is one finding. Waive it by `field` if you mean all rules of that field.
- The **direction** says what a difference does to the protection. `weaker`: less is protected than was decided. `stronger`: more is refused, kept back
  or scanned than was decided, so that mail may be lost. `neutral`: neither can be said.
- The **severity** says how bad that is held to be: `critical`, `high`, `medium` or `low`. Of some rules it depends on the live domain, for instance on its
  delivery modes. The page of the rule then has a table; the first row that holds counts.
- **Inline** is the delivery mode DIRECT. Cloudflare is the **first hop** where MX records point at it: `lookback_hops` is 1, and no copies (BCC, JOURNAL) are
  allowed. [Mail flow](mail-flow.md) explains the rest.
- The **category** says where the finding comes from: `drift` from the comparison with what is declared, `health` from read-only fields, `advice` from the
  declaration itself, `waiver` from the waivers.
- An **id** keeps its meaning from release to release. The words of a rule may get better.

Values are compared in their normal form, as everywhere in this collection: order and repetition in lists, capital letters and trailing dots do not count.
`ip_restrictions` are compared by the addresses that they cover: adjoining networks equal the one network that they make. An empty list covers all
addresses, because it restricts nothing.

## Other severities, and rules that are off

`severities` holds other severities by the ids of rules. A rule that is `off` makes no finding: if the same field breaks another rule as well, that
one is told instead. A domain that differs is not counted as declared, whatever is `off`. A severity that is set here holds whatever the live domain is.
Write `"off"` with quotes or without, both are understood.

## Waivers

A waiver allows what would otherwise be a finding. `domain` is a name, or a pattern with `*`, `?` and `[...]` as in a shell, where `*` stands for dots as
well. `rule` says which rule may be broken, `field` which field may differ; if both are given, both must fit. `reason`, `owner` and `expires` are required.
`expires` is the last day on which the waiver holds, in UTC. `live` may say which live value is allowed; if another one is live, the waiver does not hold.

A waived finding stays in the list of findings, with `waived: true` and the waiver's reason, owner and last day, and counts for nothing but
`summary.waived`. A waiver whose last day is over allows nothing any more, and is a finding itself. So is one that covers nothing.

```yaml
- name: Audit with an exception, and with other severities
  mailops.cloudflare.email_security_audit:
    defaults:
      require_tls_outbound: true
    domains:
      - domain: example.com
      - domain: plant.example.com
    waivers:
      - domain: "plant.*"
        rule: ES-TLS-002
        reason: The mail server of the plant has no TLS yet
        owner: postmaster@example.com
        expires: "2030-06-30"
    severities:
      ES-HEALTH-008: medium
      ES-ADVICE-004: "off"
```
"""


def page() -> str:
    """The whole page."""
    parts = [INTRO, "## All rules\n", _table()]
    for category in CATEGORIES:
        heading, words = HEADINGS[category]
        parts += [f"## {heading}\n", f"{words}\n", *(_section(rule) for rule in RULES.values() if rule.category == category)]
    return "\n".join(parts)


def _table() -> str:
    rows = [f"| [{rule.id}](#{rule.id.lower()}) | {rule.title} | {_field(rule)} | {', '.join(rule.severities)} | {rule.direction} |" for rule in RULES.values()]
    return "\n".join(["| id | rule | field | severity | direction |", "|---|---|---|---|---|", *rows, ""])


def _section(rule: Rule) -> str:
    declared, live = EXAMPLES[rule.id]
    return (
        f"### {rule.id}\n\n**{rule.title}.** {' or '.join(rule.severities)}, {rule.direction}, {_field(rule)}\n\n{_cases(rule)}"
        f"{rule.why}\n\n*What to do:* {rule.remedy}\n\n> {finding_text(rule.id, DOMAIN, declared, live)}\n"
    )


def _cases(rule: Rule) -> str:
    """On what the severity depends, if it does."""
    if not rule.cases:
        return ""
    rows = [*(f"| {case.severity} | {case.when} |" for case in rule.cases), f"| {rule.severity} | otherwise |"]
    return "\n".join(["| severity | if |", "|---|---|", *rows, "", ""])


def _field(rule: Rule) -> str:
    if rule.field:
        return f"`{rule.field}`"
    return "any field" if rule.id == "ES-DRIFT-001" else "a waiver" if rule.category == "waiver" else "the domain"


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes docs/rules.md.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help="write the file")
    way.add_argument("--check", action="store_true", help="say whether the file is as it would be written")
    given = parser.parse_args()
    if given.write:
        PAGE.write_text(page(), encoding="utf-8")
    elif given.check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            print(f"{PAGE.relative_to(ROOT)} is not as the rules are: run tools/rules --write", file=sys.stderr)
            return 1
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
