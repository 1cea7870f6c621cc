# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on sending domain restrictions, which the dashboard calls partner domain TLS. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources, read on 2026-11-28. That mail without TLS is dropped, and what `exclude` does: the API reference of sending_domain_restrictions (create), and
# docs/email-security/email-configuration/domains-and-routing/partner-domains-tls.mdx in the repository cloudflare/cloudflare-docs. TLS that is only
# offered can be suppressed by an attacker on the path: RFC 3207, section 6. Whether a restriction covers subdomains without `exclude`, and whether the
# sender gets its mail back, is not documented.
_TELL_THE_PARTNER = "Ask the partner whether all of its servers use TLS, also those of its printers, applications and service providers."

SENDING_DOMAIN_RESTRICTION_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-PTLS-001", "drift", None, "high", "weaker",
        "A declared restriction is missing",
        "Mail from {declared} is accepted without TLS: there is no restriction for this domain, although one is declared.",
        "TLS is then used only if the sending server wants it. An attacker on the network path can suppress it, and read and change the mail.",
        f"Apply the declaration. {_TELL_THE_PARTNER} Their mail without TLS is dropped.",
    ),
    Rule(
        "ES-PTLS-002", "drift", "exclude", "high", "weaker",
        "More subdomains are exempt from TLS than declared",
        "The restriction for {subject} exempts {gained} as well. Declared: {declared}.",
        "Mail from an exempt subdomain is accepted without TLS, and can be read and changed on its way.",
        "Find out who added the exemption, and which device needs it. Declare it if it is still needed. If not, apply the declaration.",
    ),
    Rule(
        "ES-PTLS-003", "drift", None, "medium", "stronger",
        "More mail is dropped for lack of TLS than declared",
        "The restriction for {subject} drops more mail without TLS than declared. Exempt: {live}. Declared: {declared}.",
        "Mail without TLS is dropped. Whether its sender gets it back is not documented.",
        "Find out who added the restriction or removed the exemption, and why. If it is meant, declare it. If not, apply the declaration. An undeclared "
        "restriction is removed with purge, or if it is declared absent.",
    ),
    Rule(
        "ES-PTLS-004", "drift", None, "medium", "stronger",
        "A restriction that should be removed still exists",
        "The restriction for {subject} still exists. Declared: {declared}.",
        "Mail of this domain without TLS is still dropped, although that is no longer wanted.",
        "Apply the declaration. If the restriction is still needed, remove the state absent, or set a later last day.",
    ),
    Rule(
        "ES-PTLS-101", "health", "exclude", "high", "weaker",
        "An exemption is no subdomain",
        "The restriction for {subject} exempts names that are not subdomains of it: {live}.",
        "An exemption is meant for a subdomain. If the domain itself is exempt, the restriction may have no effect. The name of another domain is probably a "
        "typing error: the subdomain that was meant is then not exempt, and its mail without TLS is dropped.",
        "Remove the domain itself from the exemptions, or remove the restriction if it is not wanted. Correct the name of another domain, or remove it.",
        (SeverityCase("low", "the exemptions contain the names of other domains only", decided_by_check),),
    ),
    Rule(
        "ES-PTLS-102", "advice", "exclude", "medium", "weaker",
        "Exemptions are live, but the declaration does not mention them",
        "The restriction for {subject} exempts {live}, and its declaration has no exclude.",
        "What is not declared is neither compared nor changed: exemptions that somebody adds are not noticed.",
        "Declare exclude: with these names if they are meant, otherwise with an empty list.",
    ),
    Rule(
        "ES-PTLS-103", "cross", "domain", "medium", "stronger",
        "A restriction for one of your own domains",
        "The restriction for {subject} is about one of your own domains.",
        "Devices, applications and service providers that send to you in the name of this domain lose their mail if they do not use TLS: scanners, alarms, "
        "monitoring, forms of a website.",
        "Restrictions are meant for partners. Before you keep it, make sure that everything that sends with this domain uses TLS, or exempt the subdomain of "
        "those devices.",
    ),
    Rule(
        "ES-PTLS-104", "cross", None, "medium", "weaker",
        "The restrictions see only the TLS of your own gateway",
        "All inline domains are behind a gateway (lookback_hops is above 1), and restrictions exist for the TLS of partners.",
        "Email Security sees the connection from your gateway. How a partner's mail reached the gateway is not visible there: if the gateway uses TLS, mail "
        "passes that was sent to the gateway without it.",
        "Require TLS of partners at the gateway, where they connect. Keep the restrictions only if they protect another way to you.",
    ),
    Rule(
        "ES-PTLS-105", "health", "domain", "medium", "stronger",
        "A restriction for a whole mailbox provider or a public suffix",
        "The restriction for {subject} is for {live}.",
        "It is about the mail of everybody who has an address there, and not about a partner. Mailing lists and forwarding services send mail with such "
        "addresses, too, and what they send without TLS is dropped.",
        "Restrict the domains of the partners that you mean, and remove this entry.",
    ),
)  # fmt: skip
