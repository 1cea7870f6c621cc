# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on allow policies. The documentation of the rules is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources of the facts in the table, read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content).
# - What each flag skips, sender verification, the fields that a regular expression is compared with, no exemption for services such as PayPal and DocuSign,
#   a static IP address for senders that fail verification: docs/cloudflare-one/email-security/policies/inbound/allow-policies.mdx.
# - How many hops are skipped to find the sender: the guide to mail flow, docs/mail-flow.md of this collection.
# Where a text says that something is not documented, no source was found.
_ASK = "Ask who needs it, and remove it if nobody does."
_DECLARE_SENDER = "declare it with verify_sender: true, a comment and expires"
_STATIC_ADDRESS = "If the sender passes none of DMARC, SPF and DKIM, allow the static IP address of its mail server in place of its name."
_ACCEPT = (
    "Use is_acceptable_sender in place of is_trusted_sender: malicious mail is then still detected. Only mail that must not be scanned, or whose links must "
    "not be followed, needs a trusted sender, such as phishing simulations and one-time links"
)
_IS_TRUSTED = "it is a trusted sender"
_IS_IP = "the pattern is an IP address or network"
_NO_EFFECT = "no flag is set, so that it has no effect"

ALLOW_POLICY_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-ALLOW-001", "drift", None, "critical", "weaker",
        "Undeclared exemption from every detection",
        "The allow policy {subject} is not declared: {live}.",
        "Phishing and malware in mail that it matches are not detected.",
        f"{_ASK} If it is needed, declare the least that is enough, with a comment and expires: for a sender is_acceptable_sender with verify_sender, which "
        "still detects malicious mail, and for a recipient a single address.",
    ),
    Rule(
        "ES-ALLOW-002", "drift", None, "high", "weaker",
        "Undeclared exemption of an unverified sender",
        "The allow policy {subject} is not declared: {live}.",
        "Anybody who writes this sender into a message is exempt from the dispositions SPAM, SPOOF and BULK. The IP address of a server cannot be forged like "
        "this.",
        f"{_ASK} Otherwise {_DECLARE_SENDER}. {_STATIC_ADDRESS}",
        (SeverityCase("medium", _IS_IP, decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-003", "drift", None, "medium", "weaker",
        "Undeclared exemption of a verified sender",
        "The allow policy {subject} is not declared: {live}.",
        "Its mail skips the dispositions SPAM, SPOOF and BULK. An exemption that is not declared is not reviewed, and does not end.",
        f"{_ASK} Otherwise {_DECLARE_SENDER}.",
    ),
    Rule(
        "ES-ALLOW-004", "drift", None, "critical", "weaker",
        "Exempt from every detection, against the declaration",
        "A flag of the allow policy {subject} skips every detection, and is declared to be off.",
        "Phishing and malware in mail that it matches are not detected.",
        "Apply the declaration now, then ask who set the flag and why. If mail was held that must be delivered, is_acceptable_sender is enough in most cases.",
    ),
    Rule(
        "ES-ALLOW-005", "drift", "verify_sender", "high", "weaker",
        "The sender is not verified, against the declaration",
        "The allow policy {subject} does not verify the sender, but is declared to.",
        "Anybody who writes this sender into a message is exempt. The IP address of a server cannot be forged like this.",
        "Apply the declaration. If legitimate mail then gets a disposition, its sender fails verification: ask the sender to correct SPF or DKIM. "
        f"{_STATIC_ADDRESS}",
        (SeverityCase("low", "the pattern is an IP address or network, or a regular expression that only matches IP addresses", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-006", "drift", "is_acceptable_sender", "medium", "weaker",
        "Acceptable sender, against the declaration",
        "The allow policy {subject} has the flag is_acceptable_sender, but is declared without it.",
        "Its mail skips the dispositions SPAM, SPOOF and BULK.",
        "Ask who set the flag and why. If it is needed, declare it with a comment and expires. If not, apply the declaration.",
    ),
    Rule(
        "ES-ALLOW-007", "drift", None, "medium", "stronger",
        "Exemption is missing, or exempts less than declared",
        "The allow policy {subject} exempts less mail than declared, or other mail. Declared: {declared}. Live: {live}.",
        "Legitimate mail that it should exempt can get a disposition, and may be held. With another pattern type, the pattern may match nothing.",
        "Ask whether it was limited or removed on purpose. If so, change the declaration. If not, apply the declaration.",
    ),
    Rule(
        "ES-ALLOW-008", "drift", None, "critical", "weaker",
        "Exemption is still live after its end",
        "The allow policy {subject} is still live: {live}. Declared: {declared}.",
        "It exempts mail that should no longer be exempt. The server stores no end: an entry stays until a run removes it.",
        "Apply the declaration, which removes it. If it is still needed, declare a new end, and the reason in the comment.",
        (
            SeverityCase("high", "it is only an acceptable sender, not verified, and no IP address or network", decided_by_check),
            SeverityCase("medium", "it is only an acceptable sender, and verified, or an IP address or network", decided_by_check),
            SeverityCase("low", _NO_EFFECT, decided_by_check),
        ),
    ),
    Rule(
        "ES-ALLOW-101", "health", None, "critical", "weaker",
        "Regular expression that matches anything, or almost anything",
        "The regular expression of the allow policy {subject} matches {live}.",
        "It exempts the mail of nearly everybody, and so also that of attackers.",
        "Find out which senders or recipients are meant, and declare each of them with its address or domain. If it must be a regular expression, fix the "
        "whole domain: escape its dots, and end it with $.",
        (SeverityCase("high", "it demands hardly anything: a public suffix, or one to five letters and digits without a whole domain", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-102", "health", None, "critical", "weaker",
        "Whole service is exempt that attackers use, too",
        "The allow policy {subject} exempts all senders of {live}, a service that anybody can use.",
        "Attackers have accounts of free mail providers, payment and document services and mailing platforms. Their mail is exempt, and passes verification.",
        "Remove it. Exempt the addresses of the senders that are meant, with verify_sender: true. If the service's own mail gets a wrong disposition, submit "
        "the message to Cloudflare, which advises against an exemption.",
        (
            SeverityCase("high", "it is only an acceptable sender, and not verified", decided_by_check),
            SeverityCase("medium", "it is only an acceptable sender, and verified", decided_by_check),
        ),
    ),
    Rule(
        "ES-ALLOW-103", "health", None, "critical", "weaker",
        "Exempt sender that can be forged",
        "The allow policy {subject} does not verify the sender, whose mail skips {live}.",
        "Anybody can write this sender into a message, and is then exempt. Cloudflare advises against addresses and domains without verification.",
        f"Set verify_sender: true. {_STATIC_ADDRESS} The address must belong to this sender alone.",
        (SeverityCase("high", "it is only an acceptable sender", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-104", "cross", None, "critical", "weaker",
        "Own domain is an exempt sender",
        "The allow policy {subject} exempts mail from {live}, which is your own domain.",
        "Impostors write the names of colleagues and of internal services. Without verification, everybody can do so. With it, mail from a stolen mailbox of "
        "your own is still exempt.",
        "If a service sends in your name, have it pass SPF or DKIM, and allow it with is_acceptable_sender and verify_sender: true. If it cannot, allow the "
        "static IP address of its mail server. Otherwise remove the policy.",
        (
            SeverityCase("high", "it is verified, and a trusted sender", decided_by_check),
            SeverityCase("low", "it is verified, and only an acceptable sender", decided_by_check),
        ),
    ),
    Rule(
        "ES-ALLOW-105", "health", None, "high", "weaker",
        "Wide network is exempt",
        "The allow policy {subject} exempts every mail server in {live}.",
        "Few senders have that many servers. Others may use the rest of the addresses, or get them later.",
        "Ask the sender which addresses send mail, and declare only those, as is_acceptable_sender.",
        (SeverityCase("critical", "a trusted sender: /24 or /48 and wider; an acceptable sender: /16 or /32 and wider", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-106", "health", None, "high", "weaker",
        "Recipients are exempt by a domain or a regular expression",
        "The allow policy {subject} exempts recipients by {live}.",
        "Phishing and malware to every mailbox that it matches are not detected, whoever sends them.",
        "Exempt only mailboxes that must receive attacks, such as the one for reports of phishing: each with its address, in a policy of its own. Then remove "
        "this policy.",
        (SeverityCase("critical", "it covers an own domain", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-107", "health", None, "critical", "weaker",
        "Public suffix is exempt",
        "The allow policy {subject} exempts a public suffix, under which {live}.",
        "Whether a domain covers its subdomains is not documented. If it does, every domain below the suffix is exempt.",
        "Declare the domains of the senders that are meant, and remove this policy.",
        (SeverityCase("high", "the suffix belongs to a provider (such as onmicrosoft.com), and it is not a trusted sender", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-108", "health", None, "high", "weaker",
        "Regular expression that matches other domains, too",
        "In the regular expression of the allow policy {subject}, {live}.",
        "An attacker can register a domain that fits: an open start also matches notpartner.example, an open end partner.example.evil.example, and an "
        "unescaped dot a domain with another character in its place. Mail from there is exempt, and passes verification, because it really comes from that "
        "domain. Without $ the end may be open as well: whether an expression must match the whole text is not documented.",
        "Declare the plain domain or address. If it must be a regular expression, escape the dots, write @ or an escaped dot in front of the domain, and $ "
        "behind it.",
        (
            SeverityCase("critical", "the start or the end is open, and it is a trusted sender", decided_by_check),
            SeverityCase("medium", "only a dot is not escaped", decided_by_check),
            SeverityCase("low", "only the $ at the end is missing", decided_by_check),
        ),
    ),
    Rule(
        "ES-ALLOW-109", "health", None, "low", "neutral",
        "Exemption without a comment",
        "The allow policy {subject} has no comment.",
        "Later, nobody can tell who needs it and why, and whether it can be removed.",
        f"{_ASK} Otherwise declare a comment with the owner and the reason, such as the number of a ticket.",
        (SeverityCase("medium", "it is a trusted sender or an exempt recipient; the direction is then weaker", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-110", "health", None, "medium", "weaker",
        "Exemption is overdue, or old and without an end",
        "The allow policy {subject} must be reviewed: {live}.",
        "Most exemptions are needed for a limited time. One without an end stays when the reason is gone.",
        f"{_ASK} Otherwise declare a new end: expires, and (until YYYY-MM-DD) in the comment, because the server stores no end.",
        (SeverityCase("low", "only its age is reported, and it is neither a trusted sender nor an exempt recipient", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-111", "health", None, "low", "neutral",
        "Allow policy without effect",
        "The allow policy {subject} exempts nothing: none of its flags is set.",
        "It looks like an exemption, and needs only one click to become one.",
        "Remove it.",
    ),
    Rule(
        "ES-ALLOW-112", "cross", None, "critical", "weaker",
        "Own gateway is an exempt sender",
        "The allow policy {subject} exempts an address of a gateway: {live}.",
        "Mail from outside arrives through this gateway, so all of it can be exempt.",
        "Remove it. If mail that arrives through the gateway gets wrong dispositions, check lookback_hops: with a wrong number, the gateway is taken for the "
        "sender.",
    ),
    Rule(
        "ES-ALLOW-113", "health", None, "critical", "weaker",
        "Network of a shared platform is exempt",
        "The allow policy {subject} exempts servers of {live}, through which many organizations send.",
        "The mail of all customers of this platform is exempt, and attackers are among them.",
        "Remove it. Exempt the addresses or domains of the senders that are meant, with verify_sender: true.",
        (SeverityCase("high", "it is only an acceptable sender", decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-114", "cross", None, "high", "weaker",
        "Protected person is an exempt recipient",
        "The allow policy {subject} exempts mail to a person of the impersonation registry from every detection.",
        "The registry has the people whom attackers choose. Phishing and malware to this mailbox are not detected, whoever sends them.",
        "Remove it. If mail of a certain sender was held, allow that sender with is_acceptable_sender and verify_sender: true.",
    ),
    Rule(
        "ES-ALLOW-115", "health", None, "medium", "weaker",
        "Trusted sender",
        "The allow policy {subject} trusts a sender that is not an IP address: its mail skips every detection.",
        "Mail from a stolen mailbox of this sender passes verification, and is not checked for phishing and malware.",
        f"{_ACCEPT}. Give those an end.",
    ),
    Rule(
        "ES-ALLOW-116", "health", None, "high", "weaker",
        "Regular expression without @",
        "The regular expression of the allow policy {subject} does not demand an @.",
        "It is compared with the sender in the envelope and the header, with Reply-To, and with the IP address and the name of the mail server. Without an @ "
        "it also matches names of servers, which others can choose.",
        "Declare the plain domain or address, or write the @ in front of the domain. For a server, allow its static IP address.",
        (SeverityCase("critical", _IS_TRUSTED, decided_by_check),),
    ),
    Rule(
        "ES-ALLOW-117", "cross", None, "critical", "weaker",
        "Domain that resembles one of your own is an exempt sender",
        "The allow policy {subject} exempts mail from {live}.",
        "Attackers register such names to pose as you. Their mail passes verification, because they own the domain.",
        "Find out who owns the domain. If you do, name it in own_domains. If not, remove the policy, and consider blocking the domain.",
    ),
    Rule(
        "ES-ALLOW-118", "health", None, "medium", "weaker",
        "Trusted and acceptable at once",
        "The allow policy {subject} is both a trusted and an acceptable sender: its mail skips every detection.",
        "The wider exemption applies, and whoever reads is_acceptable_sender believes that malicious mail is still detected.",
        f"Set is_trusted_sender: false. {_ACCEPT}.",
    ),
)  # fmt: skip
