# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on blocked senders. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources, read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content/docs/cloudflare-one/email-security).
# - Mail from a blocked sender is malicious, and an expression is compared with envelope sender, header sender, Reply-To, IP address and server name:
#   policies/inbound/blocked-senders.mdx. That blocking a service which many people use blocks legitimate mail: policies/inbound/allow-policies.mdx.
# - Dropping is the quarantine policy of inline domains, and an analyst can release a message: the sources in domain_rules.py.
# - Auto-moves act on a disposition, and need an integration: settings/auto-moves.mdx and setup/index.mdx.
# Whether a DOMAIN covers subdomains, and whether an allow policy outranks a blocked sender, is not documented.
BLOCKED_MAIL = (
    "It gets the disposition MALICIOUS: an inline domain with MALICIOUS in drop_dispositions quarantines it, and a domain with an integration moves it if "
    "auto-moves are on."
)
RELEASE = "Release the legitimate mail from the admin quarantine, or move it back."
_NOBODY_NOTICES = "Neither sender nor recipient is notified of quarantined mail."
_INSTEAD = "Block the addresses or domains that attack you instead."

BLOCK_SENDER_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-BLOCK-001", "drift", None, "high", "weaker",
        "A declared sender is not blocked",
        "Mail from {declared} is not blocked, although that is declared.",
        "Its mail is judged like any other, although somebody decided to block it, usually after an attack.",
        "Apply the declaration. Then search for the sender in Investigation: what arrived in the meantime may still be in mailboxes. If the block is no "
        "longer wanted, remove it from the declaration.",
    ),
    Rule(
        "ES-BLOCK-002", "drift", None, "medium", "stronger",
        "A sender is blocked, but not declared",
        "Mail from {subject} is blocked, but that is not declared.",
        f"Mail from this sender may be missed. {BLOCKED_MAIL} {_NOBODY_NOTICES}",
        "Read the comment of the entry, and ask who added it. If the block is right, declare it. If not, declare it with state absent, or remove it with "
        f"purge. {RELEASE}",
    ),
    Rule(
        "ES-BLOCK-003", "drift", "pattern_type", "medium", "neutral",
        "A blocked sender has another type than declared",
        "The type of {subject} is {live}. Declared: {declared}.",
        "The type says what the pattern is compared with. With another type, the entry may block more or less than it should.",
        "An address has the type EMAIL, an IP address or network has IP, and a domain has DOMAIN. Correct the declaration if it is wrong, then apply it.",
    ),
    Rule(
        "ES-BLOCK-004", "drift", None, "medium", "stronger",
        "A sender is still blocked, although the block has ended",
        "{subject} is still blocked. Declared: {declared}.",
        f"Its mail should be judged like any other, and is still malicious. {BLOCKED_MAIL}",
        f"Apply the declaration, which removes the entry. {RELEASE} If the block is still needed, remove state absent, or declare a later last day.",
    ),
    Rule(
        "ES-BLOCK-101", "health", "pattern", "critical", "stronger",
        "An expression blocks almost every sender",
        "{subject} matches {live}.",
        f"Legitimate mail from almost anybody is blocked. {BLOCKED_MAIL} {_NOBODY_NOTICES} The expression is also compared with IP addresses and with names "
        "of servers.",
        f"If it matches every sender, remove it at once. {RELEASE} {_INSTEAD} In an expression, demand a whole domain up to the end, as in @evil\\.example$.",
        (SeverityCase("high", "it demands up to five letters or digits, or a public suffix only", decided_by_check),),
    ),
    Rule(
        "ES-BLOCK-102", "cross", "pattern", "high", "stronger",
        "Your own domain is blocked",
        "{subject} blocks mail from your own domain {live}.",
        "Mail that you send to yourself through other servers is blocked: from applications, scanners, forms of a website and services that send in your "
        "name. So are the replies of colleagues whose mail passes through Email Security.",
        "Remove the entry, and release the mail from the admin quarantine. Against forged mail in your name, publish DMARC, as ES-HEALTH-004 explains.",
    ),
    Rule(
        "ES-BLOCK-103", "health", "pattern", "high", "stronger",
        "A whole provider of mailboxes is blocked",
        "{subject} blocks every sender of {live}.",
        "Customers, applicants and small companies write from such addresses. All of their mail is malicious, not only that of the attacker.",
        f"Replace the entry with the addresses that attacked you. {RELEASE}",
    ),
    Rule(
        "ES-BLOCK-104", "cross", None, "high", "weaker",
        "Blocked mail is delivered by every domain",
        "No live domain acts on MALICIOUS, so mail is delivered in spite of {live}.",
        "MALICIOUS is a disposition and not a rejection. An inline domain without MALICIOUS in drop_dispositions delivers such mail with a header, and "
        "copies or mailboxes are only reported on if the domain has no integration.",
        "Inline: add MALICIOUS to drop_dispositions, and name somebody who looks through the quarantine each day. With copies or mailbox scans: set "
        "integration_id, and switch on auto-moves in the dashboard. If your mail server quarantines by the header X-CFEmailSecurity-Disposition, waive this.",
    ),
    Rule(
        "ES-BLOCK-105", "cross", "pattern", "critical", "stronger",
        "Your own gateway is blocked",
        "{subject} blocks an address of a gateway: {live}.",
        "All mail that the gateway passes on comes from this address. If Email Security takes it for the address of the sender, all mail is malicious.",
        "Remove the entry at once, and release the mail from the admin quarantine. Then check lookback_hops of the domain: with the right number, the "
        "address of the true sender is compared, and not that of the gateway.",
    ),
    Rule(
        "ES-BLOCK-106", "health", "pattern", "high", "stronger",
        "A blocked network has many other senders",
        "{subject} is {live}.",
        "The network belongs to more than one sender. The mail of the others is blocked as well, and those of a shared platform change their addresses, so "
        "that the attacker is soon elsewhere.",
        f"Block the single addresses from which the attack came, or the domain or address of the sender. {RELEASE}",
        (SeverityCase("medium", "it is wider than /24 or /48, but neither wider than /16 or /32 nor of a shared platform", decided_by_check),),
    ),
    Rule(
        "ES-BLOCK-107", "health", "pattern", "high", "stronger",
        "A public suffix is blocked",
        "{subject} is {live}.",
        "Below a public suffix anybody can have a domain. Whether a blocked DOMAIN covers the domains below it is not documented: if it does, all of their "
        "mail is malicious, and if not, the entry has no effect.",
        f"For com, org, net and countries: remove the entry. {RELEASE} {_INSTEAD} For a suffix that you know from spam only: waive this, and test with a "
        "message whether the entry has an effect.",
        (SeverityCase("low", "it is neither com, org or net, nor that of a country, such as de or co.uk", decided_by_check),),
    ),
    Rule(
        "ES-BLOCK-108", "health", "pattern", "high", "stronger",
        "A whole service for signatures, payments or shared files is blocked",
        "{subject} blocks every message of {live}.",
        "Attackers abuse such services with genuine accounts. But contracts, invoices, invitations and codes for signing in come from the same domain, and "
        "are blocked as well.",
        f"Remove the entry. {RELEASE} Report the abuse to Cloudflare as a missed phish, and to the service.",
    ),
)  # fmt: skip
