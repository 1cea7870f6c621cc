# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on domains. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..resources.mail_flow import is_inline_only, is_open_first_hop, judges_copies, loop_of, modes_of
from .rule import FindingContext, Rule, SeverityCase

# Fewer messages than this in one period may stop without a fault.
FEW_MESSAGES = 20

# By field, what to write for an empty list or no value.
EMPTY_VALUE_TEXT = {
    "allowed_delivery_modes": "no mode",
    "domain": "unnamed",
    "drop_dispositions": "no disposition",
    "folder": "no folder",
    "ip_restrictions": "anywhere",
    "lookback_hops": "not set",
    "regions": "not set",
    "transport": "no next hop",
}


def _previous_count(context: FindingContext) -> float:
    value = context.live.get("total_emails_processed_previous") if isinstance(context.live, Mapping) else None
    return value if isinstance(value, (int, float)) else 0


def _lost(context: FindingContext) -> set[str]:
    return set(context.declared or ()) - set(context.live or ())


def _gained(context: FindingContext) -> set[str]:
    return set(context.live or ()) - set(context.declared or ())


def _has_parent_with_good_dmarc(context: FindingContext) -> bool:
    labels = context.name.split(".")
    parents = (".".join(labels[start:]) for start in range(1, len(labels)))
    return any(str(live.get("dmarc_status")).upper() == "GOOD" for parent in parents for live in context.find_live(parent))


def _scans_mailboxes_only(settings: Mapping[str, Any]) -> bool:
    modes = modes_of(settings)
    return bool(modes) and modes <= {"API", "RETRO_SCAN"}


_BY_MODE = (
    SeverityCase("high", "copies are checked (BCC, JOURNAL), but no mailboxes", lambda context: judges_copies(context.live_settings)),
    SeverityCase("medium", "the domain is inline only", lambda context: is_inline_only(context.live_settings)),
)
_IS_OPEN_FIRST_HOP = "the domain is inline, lookback_hops is 1, and mail is accepted from anywhere"

# Sources of the facts in the table. Cloudflare's documentation was read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content).
# - A source address that is not listed is rejected; what an integration enables: the API reference, in the text of the official Python SDK
#   (email_security/settings/domain_batch_params.py).
# - Dropping is the quarantine policy, and an analyst can release a message: docs/cloudflare-one/email-security, mx-inline-deployment-setup.mdx (step 3) and
#   investigation/search-email.mdx. What each disposition means: partials/cloudflare-one/email-security/dispositions-and-attributes.mdx.
# - Which mode there is for which provider, and that auto-moves need an integration: docs/cloudflare-one/email-security/setup/index.mdx. Retro Scan:
#   14 days, Microsoft 365 only, nothing is moved: retro-scan.mdx.
# - Regions for inline mail and copies only, and by MX host: reference/regional-processing.mdx and
#   partials/cloudflare-one/email-security/mx-geographic-locations.mdx.
# - A verification takes up to a day, "no mail flow" is no mail in 7 days: partials/cloudflare-one/email-security/domain-information.mdx.
# Where a text says that something is not documented, no source was found.
_REJECTED = (
    "Mail from other addresses is rejected: the sending server returns it to its author, and no copy is kept. Whether the rejection is permanent (5xx) or "
    "temporary (4xx) is not documented."
)
_QUARANTINED = "Dropped mail is held in the admin quarantine, and neither sender nor recipient is notified. How long it is kept there is not documented."
_WIDEN = (
    "Widen the list first: empty it, or add the missing networks in the dashboard. Then find out who narrowed it, and why. Applying the declaration "
    "does the same, if it is up to date."
)
_RELEASE = "Release the legitimate mail from the quarantine, then apply the declared value."

DOMAIN_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-IP-001", "drift", "ip_restrictions", "critical", "weaker",
        "Mail is accepted from undeclared addresses",
        "{subject} accepts mail from {gained}. Declared: {declared} only.",
        "A sender with such an address bypasses the gateway that should filter the mail.",
        "Ask the owner of the gateway whether the added addresses belong to it. If so, declare them first: applying the declaration would reject their mail. "
        "If not, apply the declaration.",
    ),
    Rule(
        "ES-IP-002", "drift", "ip_restrictions", "high", "stronger",
        "Mail is rejected from declared addresses",
        "{subject} accepts mail from {live} only. Declared: {declared}.",
        _REJECTED,
        _WIDEN,
    ),
    Rule(
        "ES-IP-003", "drift", "ip_restrictions", "high", "neutral",
        "The live networks cannot be parsed",
        "The networks of {subject} are {live}, and not all of them can be parsed. Declared: {declared}.",
        "Which addresses the server allows for such an entry is unknown.",
        "Find out which addresses are meant, and declare those that are missing. Applying the declaration rejects mail from every address that it does not "
        "cover.",
    ),
    Rule(
        "ES-IP-004", "drift", "ip_restrictions", "low", "neutral",
        "The declared addresses are written differently",
        "{subject} accepts mail from the declared addresses, but they are written differently: {live}. Declared: {declared}.",
        "The same addresses are allowed, but the next run writes the list as declared.",
    ),
    Rule(
        "ES-IP-005", "drift", "ip_restrictions", "critical", "stronger",
        "Mail is rejected from almost everywhere",
        "{subject} accepts mail from {live} only. Declared: {declared}.",
        f"The declaration allows mail from all addresses. {_REJECTED}",
        _WIDEN,
    ),
    Rule(
        "ES-TLS-001", "drift", "require_tls_inbound", "high", "weaker",
        "TLS is not required for incoming mail",
        "{subject} accepts mail without TLS, but is declared to require it.",
        "TLS is still used whenever the sending server offers it. Without the requirement an attacker on the network path can suppress TLS, and read and "
        "change the mail.",
        "Behind a gateway, or for copies: apply the declared value. If MX records point at Cloudflare, declare false instead: a public mail server must not "
        "insist on TLS (RFC 3207, section 4). Require it for individual partners in the dashboard, and publish MTA-STS.",
        (SeverityCase("medium", _IS_OPEN_FIRST_HOP, lambda context: is_open_first_hop(context.live_settings)),),
    ),
    Rule(
        "ES-TLS-002", "drift", "require_tls_outbound", "high", "weaker",
        "TLS is not required for delivered mail",
        "{subject} delivers mail without TLS, but is declared to require it.",
        "Without the requirement an attacker between Cloudflare and the next hop can suppress TLS, and read and change the mail.",
        "Check that the next hop offers TLS, then apply the declared value. Whether its certificate is validated is not documented.",
    ),
    Rule(
        "ES-TLS-003", "drift", "require_tls_inbound", "medium", "stronger",
        "TLS is required for incoming mail, against the declaration",
        "{subject} rejects mail without TLS, but is declared to accept it.",
        "Senders without TLS, such as devices, alarm systems, old servers and small offices, cannot deliver.",
        "Apply the declared value. Such mail is then accepted again.",
        (SeverityCase("high", _IS_OPEN_FIRST_HOP, lambda context: is_open_first_hop(context.live_settings)),),
    ),
    Rule(
        "ES-TLS-004", "drift", "require_tls_outbound", "high", "stronger",
        "TLS is required for delivered mail, against the declaration",
        "{subject} delivers with TLS only, but is declared not to require it.",
        "If the next hop has no TLS, no mail is delivered. Whether its certificate is validated is not documented.",
        "Check that the next hop offers TLS. If it does not, apply the declared value at once.",
    ),
    Rule(
        "ES-DROP-001", "drift", "drop_dispositions", "critical", "weaker",
        "Malicious mail is not dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "Mail with malware or links to phishing sites is delivered.",
        "Apply the declared value, unless the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition. In that case declare the live "
        "value.",
    ),
    Rule(
        "ES-DROP-002", "drift", "drop_dispositions", "high", "weaker",
        "Mail with a forged sender is not dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "SPOOF is mail with a forged sender, but also mail from forwarders and from services that send in your name.",
        "If SPOOF was removed by mistake, apply the declared value. If it was removed because legitimate mail was held, allow the senders of that mail first.",
    ),
    Rule(
        "ES-DROP-003", "drift", "drop_dispositions", "medium", "weaker",
        "Suspicious mail or spam is not dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "Some SUSPICIOUS mail is phishing that is not recognized yet. SPAM is a nuisance, but not malicious.",
        "If it was removed because legitimate mail was held, declare the live value. If not, apply the declared value.",
        (SeverityCase("low", "only SPAM is lost", lambda context: "SUSPICIOUS" not in _lost(context)),),
    ),
    Rule(
        "ES-DROP-004", "drift", "drop_dispositions", "low", "weaker",
        "Bulk mail is not dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "Users receive advertising that should be dropped.",
    ),
    Rule(
        "ES-DROP-005", "drift", "drop_dispositions", "high", "stronger",
        "Legitimate mail is dropped",
        "{subject} also drops {gained}. Declared: {declared}. Legitimate mail is lost.",
        f"Ordinary mail can also have the dispositions EXTERNAL and ENCRYPTED. {_QUARANTINED}",
        _RELEASE,
    ),
    Rule(
        "ES-DROP-006", "drift", "drop_dispositions", "medium", "stronger",
        "More dispositions are dropped than declared",
        "{subject} also drops {gained}. Declared: {declared}.",
        f"Mail that should be delivered, perhaps with a marked subject, is held. {_QUARANTINED}",
        _RELEASE,
        (SeverityCase("low", "only MALICIOUS or MALICIOUS-BEC is gained", lambda context: _gained(context) <= {"MALICIOUS", "MALICIOUS-BEC"}),),
    ),
    Rule(
        "ES-DROP-007", "drift", "drop_dispositions", "low", "weaker",
        "A disposition of ordinary mail is no longer dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "Mail that should be held is delivered. NONE, UNKNOWN, EXTERNAL and ENCRYPTED are dispositions of ordinary mail.",
        "Do not apply the declared value: it would hold legitimate mail. Remove these dispositions from the declaration.",
    ),
    Rule(
        "ES-DROP-008", "drift", "drop_dispositions", "critical", "weaker",
        "Business email compromise is not dropped",
        "{subject} does not drop {lost}. It drops {live}. Declared: {declared}.",
        "MALICIOUS-BEC (business email compromise) is malicious mail in the name of a manager or a partner, which is used to steal money.",
        "Apply the declared value, unless the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition. In that case declare the live "
        "value.",
    ),
    Rule(
        "ES-DROP-009", "drift", "drop_dispositions", "critical", "stronger",
        "Ordinary mail is dropped",
        "{subject} also drops {gained}. Declared: {declared}. Ordinary mail is lost.",
        f"NONE and UNKNOWN are the dispositions of ordinary mail. Dropping them stops the mail of the domain. {_QUARANTINED}",
        _RELEASE,
    ),
    Rule(
        "ES-NEXTHOP-001", "drift", "transport", "critical", "weaker",
        "Clean mail is delivered to another host",
        "{subject} delivers to {live}. Declared: {declared}.",
        "The operator of that host can read all mail of the domain. If the host does not accept the mail, it is lost.",
        "Find out at once who changed it, and whose host it is. Check that the declared host still accepts mail for the domain before you apply the value: "
        "after a move of the mail servers it may be switched off. Whether transport is looked up as an MX record is not documented.",
    ),
    Rule(
        "ES-HOPS-001", "drift", "lookback_hops", "high", "neutral",
        "The wrong hop is evaluated",
        "The lookback_hops of {subject} are {live}. Declared: {declared}.",
        "The sender of a message is taken from a Received header. With too few hops legitimate mail looks forged. With too many, a forged header determines "
        "the sender.",
        "Send a message from outside, and check the sender's IP address in the dashboard (Investigation, Details): with the right number it is that of the "
        "outside server. Declare that number. Until it is known, drop only MALICIOUS and MALICIOUS-BEC. Some gateways write more than one Received header.",
    ),
    Rule(
        "ES-MODE-001", "drift", "allowed_delivery_modes", "critical", "weaker",
        "Inline delivery is no longer allowed",
        "{subject} does not allow {lost}. It allows {live}. Declared: {declared}.",
        "Only inline can a message be stopped before delivery. What happens to mail that still arrives through MX records is not documented.",
        "While MX records point at Cloudflare, allow DIRECT again by applying the declaration. To leave inline, point the MX records elsewhere first, "
        "then declare the other mode.",
    ),
    Rule(
        "ES-MODE-002", "drift", "allowed_delivery_modes", "critical", "weaker",
        "Only Retro Scan is left",
        "{subject} allows {live}. Declared: {declared}. New mail is not scanned.",
        "RETRO_SCAN checks mail that was delivered before, once. It does not protect against new messages.",
        "Apply the declared modes.",
    ),
    Rule(
        "ES-MODE-003", "drift", "allowed_delivery_modes", "medium", "weaker",
        "A declared delivery mode is not allowed",
        "{subject} does not allow {lost}. It allows {live}. Declared: {declared}.",
        "The domain cannot be scanned in the way that was decided.",
        "If the mode is still in use, apply the declared modes. If the domain was moved to another mode, declare that mode first: applying removes a live mode "
        "that is not declared.",
    ),
    Rule(
        "ES-MODE-004", "drift", "allowed_delivery_modes", "low", "neutral",
        "An undeclared delivery mode is allowed",
        "{subject} also allows {gained}. Declared: {declared}.",
        "The domain may be in the process of being onboarded in another way. The effect of removing DIRECT on mail that still arrives through MX records is "
        "not documented.",
        "Ask who allowed it. If it is DIRECT, declare it while MX records point at Cloudflare. If it is not needed, apply the declaration.",
    ),
    Rule(
        "ES-REGION-001", "drift", "regions", "high", "weaker",
        "Mail is processed outside the declared regions",
        "The processing regions of {subject} are {live}. Declared: {declared}.",
        "The place where personal data is processed is often subject to law or contract. For inline mail the MX hosts also determine where mail arrives; some "
        "of them have a backup in another region.",
        "Apply the declared regions, and change the MX hosts to those of the region within the same hour. With copies, use the journal or BCC address of the "
        "region.",
        (SeverityCase("low", "only mailboxes are scanned, to which regions do not apply", lambda context: _scans_mailboxes_only(context.live_settings)),),
    ),
    Rule(
        "ES-REGION-002", "drift", "regions", "low", "neutral",
        "Not all declared regions are used",
        "The processing regions of {subject} are only {live}. Declared: {declared}.",
        "Mail is processed only where it is allowed, but may take longer, or wait during an outage of a region.",
    ),
    Rule(
        "ES-SCAN-001", "drift", "integration_id", "critical", "weaker",
        "The integration is gone",
        "{subject} has no integration. Declared: {declared}.",
        "Without it mailboxes are not scanned, and messages cannot be removed from them. User reports and the directory are lost as well.",
        "Apply the declared integration. An administrator of the mail tenant must have consented to it.",
        _BY_MODE,
    ),
    Rule(
        "ES-SCAN-002", "drift", "integration_id", "medium", "neutral",
        "Another integration is used",
        "{subject} uses the integration {live}. Declared: {declared}.",
        "Mailboxes are read with the consent that was given to another integration.",
        "Ask who connected it. If it replaces an integration that no longer exists, declare it; otherwise apply the declared one.",
    ),
    Rule(
        "ES-SCAN-003", "drift", "folder", "medium", "weaker",
        "Fewer mail folders are scanned than declared",
        "{subject} scans {live}. Declared: {declared}.",
        "Mailbox rules, including those of an attacker, move mail out of the Inbox.",
    ),
    Rule(
        "ES-SCAN-004", "drift", "folder", "low", "neutral",
        "More mail folders are scanned than declared",
        "{subject} scans {live}. Declared: {declared}.",
        "Folders are read that should not be scanned.",
    ),
    Rule(
        "ES-SCAN-005", "drift", "integration_id", "medium", "neutral",
        "An integration is used, but none is declared",
        "{subject} uses the integration {live}. Declared: none.",
        "Mailboxes are read with a consent that was not decided. Reported only if ES-ADVICE-009 is off.",
        "Ask who connected it. If it is yours, declare it: without it messages cannot be removed from mailboxes after delivery.",
    ),
    Rule(
        "ES-DOMAIN-001", "drift", None, "critical", "weaker",
        "A declared domain does not exist",
        "{subject} is declared, but Email Security has no such domain.",
        "If its MX records still point at Cloudflare, its mail is rejected. If not, its mail is not scanned.",
        "Check the MX records first. If they point at Cloudflare, onboard the domain at once, or point them at the mail server. Check name and account. "
        "If the domain should not exist, remove it from the declaration.",
    ),
    Rule(
        "ES-DOMAIN-002", "drift", None, "medium", "neutral",
        "Undeclared domain",
        "{subject} is live, but not declared.",
        "Without a decision on how the domain must be protected, missing protection is not noticed.",
        "Declare it. The role export writes the entry.",
    ),
    Rule(
        "ES-DOMAIN-003", "drift", None, "medium", "neutral",
        "A domain that should be removed still exists",
        "{subject} is live, but declared with the state absent.",
        "Its mail still passes through a service that is no longer maintained for it.",
        "Point its mail elsewhere, and wait until no mail was processed for a day. Then apply the declaration: before that, mail would be rejected.",
    ),
    Rule(
        "ES-DOMAIN-004", "drift", "domain", "high", "weaker",
        "A domain has another name than declared",
        "The domain that is declared as {declared} is {live}.",
        "The settings for one domain are applied to another.",
        "Correct domain_id or the name in the declaration. The API cannot change a name.",
    ),
    Rule(
        "ES-DOMAIN-005", "drift", None, "high", "neutral",
        "Ambiguous domain",
        "{subject} could not be compared. {live}",
        "Whether a domain that was not compared is protected is unknown.",
        "Declare it with the domain_id of the intended domain, and check that id and name belong together.",
    ),
    Rule(
        "ES-DRIFT-001", "drift", None, "low", "neutral",
        "A setting differs from the declaration",
        "A setting of {subject} is {live}. Declared: {declared}.",
        "The live settings are not those that were decided.",
    ),
    Rule(
        "ES-HEALTH-001", "health", "authorization", "critical", "weaker",
        "The mailbox integration is not authorized",
        "The mailbox integration of {subject} has no consent: {live}.",
        "Until an administrator consents again, mailboxes are not scanned, and messages cannot be removed from them.",
        "Ask an administrator of the mail tenant to authorize the integration again.",
        _BY_MODE,
    ),
    Rule(
        "ES-HEALTH-002", "health", "status", "critical", "weaker",
        "The domain is not in service",
        "The status of {subject} is {live}.",
        "A domain whose onboarding failed is not protected, regardless of its settings.",
        "Do not remove the domain: while its MX records point at Cloudflare, that stops its mail. Check that mail arrives, and point the MX records back if it "
        "does not. Then check the TXT record of the DNS proof, and contact Cloudflare's support with the id of the domain.",
    ),
    Rule(
        "ES-HEALTH-003", "health", "status", "high", "weaker",
        "The domain has been pending for more than a day",
        "{subject} is still {live}, more than 24 hours after it was onboarded.",
        "It is not protected until it is active.",
        "Publish the DNS proof that the server asks for: email_security_domain_info shows it with verification. Do not point the MX records at Cloudflare "
        "before the domain is active.",
    ),
    Rule(
        "ES-HEALTH-004", "health", "dmarc_status", "high", "weaker",
        "No DMARC record",
        "The DMARC status of {subject} is {live}.",
        "Anyone can send in the name of the domain, and other servers are not asked to reject it, unless the record of a parent domain applies. Whether the "
        "status considers parent domains is not documented. The status good says only that a record is valid.",
        "Publish p=none with rua. When the reports show that all your senders pass with DKIM, change to quarantine, and to reject if your users do not post to "
        "mailing lists: with reject do not rely on SPF alone (RFC 9989). For a domain that sends no mail: v=DMARC1; p=reject.",
        (SeverityCase("low", "the DMARC status of a live parent domain is good", _has_parent_with_good_dmarc),),
    ),
    Rule(
        "ES-HEALTH-005", "health", "dmarc_status", "high", "weaker",
        "The DMARC record is invalid",
        "The DMARC status of {subject} is {live}.",
        "Other servers ignore an invalid record.",
        "Correct the TXT record _dmarc of the domain. There must be exactly one.",
    ),
    Rule(
        "ES-HEALTH-006", "health", "spf_status", "critical", "weaker",
        "SPF allows any sender",
        "The SPF status of {subject} is {live}.",
        "The record tells other servers that mail from any address is genuine.",
        "List the servers that send for the domain, and end the record with ~all, never with +all. DMARC then tells others to reject. Use -all for a domain "
        "that sends no mail: a receiver may act on it before it checks DKIM and DMARC (RFC 7489, section 10.1).",
    ),
    Rule(
        "ES-HEALTH-007", "health", "spf_status", "high", "weaker",
        "The SPF record is invalid",
        "The SPF status of {subject} is {live}.",
        "Other servers cannot recognize genuine mail, and may reject it.",
        "Correct the record. There must be exactly one, with at most ten DNS lookups, at most two of which find nothing, and without ptr "
        "(RFC 7208, sections 4.6.4 and 5.5).",
    ),
    Rule(
        "ES-HEALTH-008", "health", "spf_status", "high", "weaker",
        "No SPF record",
        "The SPF status of {subject} is {live}.",
        "Other servers cannot tell who may send for the domain.",
        "Publish a record that lists the servers that send for the domain, or v=spf1 -all if it sends no mail.",
    ),
    Rule(
        "ES-HEALTH-009", "health", "spf_status", "medium", "weaker",
        "SPF is neutral about other senders",
        "The SPF status of {subject} is {live}.",
        "A record that ends with ?all neither confirms nor denies other senders, so it gives no protection.",
        "End the record with ~all, and let DMARC reject. Use -all for a domain that sends no mail.",
    ),
    Rule(
        "ES-HEALTH-010", "health", "emails_processed", "high", "weaker",
        "Mail is no longer processed",
        "{subject} had mail before, and now has none: {live}.",
        "Its mail may bypass Email Security, for example because its MX record was changed. The length of a period is not documented.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
        (
            SeverityCase(
                "medium", f"fewer than {FEW_MESSAGES} messages were processed before", lambda context: _previous_count(context) < FEW_MESSAGES,
            ),
        ),
    ),
    Rule(
        "ES-HEALTH-011", "health", "emails_processed", "high", "neutral",
        "The message count is out of date",
        "Mail of {subject} was last counted more than 7 days ago: {live}.",
        "Whether its mail is still scanned is unknown.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
    ),
    Rule(
        "ES-HEALTH-012", "health", "ip_restrictions", "critical", "stronger",
        "The first hop rejects mail from most senders",
        "{subject} is inline with lookback_hops 1, but accepts mail from {live} only.",
        f"With lookback_hops 1 Cloudflare is the first hop, and mail arrives from any address. {_REJECTED}",
        "If the MX records point at Cloudflare, empty the list at once (clear: [ip_restrictions]), also in the declaration. If they point at a gateway, the "
        "mail is accepted, but lookback_hops must be 2 or more.",
    ),
    Rule(
        "ES-HEALTH-013", "health", "transport", "critical", "stronger",
        "An inline domain has no next hop",
        "{subject} is inline, but has no next hop.",
        "Mail that is not dropped cannot be delivered.",
        "Declare transport, and apply it. The dashboard proposes the host (Forwarding address).",
    ),
    Rule(
        "ES-HEALTH-014", "health", "transport", "critical", "stronger",
        "The next hop leads back to Cloudflare",
        "{subject} delivers to {live}, which is a host of Cloudflare or the domain itself.",
        "If that name leads to Cloudflare's MX hosts, mail loops and is not delivered. Whether transport is looked up as an MX record is not documented.",
        "Set transport to the mail server behind Cloudflare: Microsoft 365 shows the name in its admin center, for Google use the proposal of the dashboard.",
        (
            SeverityCase(
                "high", "it is the domain itself, or a host of Email Routing, another product of Cloudflare",
                lambda context: loop_of(context.live_settings) in ("itself", "email_routing"),
            ),
        ),
    ),
    Rule(
        "ES-HEALTH-015", "health", "drop_dispositions", "high", "weaker",
        "Malicious mail is delivered",
        "{subject} is inline, but does not drop {affected}.",
        "Mail with malware, phishing or fraudulent requests for money is delivered.",
        "Declare MALICIOUS and MALICIOUS-BEC in drop_dispositions. If the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition, waive "
        "this rule.",
    ),
    Rule(
        "ES-HEALTH-016", "health", "ip_restrictions", "high", "weaker",
        "The gateway can be bypassed",
        "{subject} is behind a gateway according to its lookback_hops, but accepts mail from anywhere.",
        "Anyone who knows Cloudflare's hosts can deliver there directly and bypass the gateway.",
        "Declare all networks of the gateway. Apply them only if the MX records point at the gateway, and no mail arrives directly any more: all other mail is "
        "rejected from then on.",
    ),
    Rule(
        "ES-HEALTH-017", "health", "require_tls_outbound", "medium", "weaker",
        "Clean mail may be delivered without TLS",
        "{subject} is inline, but does not require TLS for delivery to the next hop.",
        "TLS is still used if the next hop offers it. Without the requirement an attacker on the network path can suppress it, and read and change the mail.",
        "Check that the next hop offers TLS, as Microsoft 365 and Google do. Then declare require_tls_outbound: true.",
    ),
    Rule(
        "ES-HEALTH-018", "health", "require_tls_inbound", "medium", "stronger",
        "TLS is required of all senders",
        "{subject} is inline and the first hop, but rejects mail without TLS.",
        "A public mail server must not insist on TLS (RFC 3207, section 4). Devices, old servers and small offices cannot deliver.",
        "Declare require_tls_inbound: false. Require TLS for individual partners in the dashboard, and publish MTA-STS (RFC 8461).",
    ),
    Rule(
        "ES-HEALTH-019", "health", "integration_id", "critical", "weaker",
        "No mailbox integration",
        "{subject} has no integration.",
        "Without it mailboxes are not scanned, messages cannot be removed from them after delivery, and user reports and the directory are missing.",
        "Connect the mail tenant in the dashboard, and declare integration_id.",
        _BY_MODE,
    ),
    Rule(
        "ES-HEALTH-020", "health", "drop_dispositions", "critical", "stronger",
        "The live settings drop legitimate mail",
        "{subject} drops {affected}. That includes legitimate mail.",
        f"NONE does not mean that nothing is dropped: it is the disposition of ordinary mail. {_QUARANTINED}",
        "Remove NONE, UNKNOWN, EXTERNAL and ENCRYPTED from drop_dispositions, also in the declaration, and release the legitimate mail from the quarantine.",
        (SeverityCase("high", "only EXTERNAL or ENCRYPTED is dropped", lambda context: not {"NONE", "UNKNOWN"} & set(context.live)),),
    ),
    Rule(
        "ES-HEALTH-021", "health", "regions", "medium", "neutral",
        "Regions are set for a mailbox scan",
        "{subject} has the regions {live}, but only its mailboxes are scanned.",
        "Cloudflare offers regional processing for inline mail and copies only. The regions have no effect on mailbox scans.",
        "Declare GLOBAL, to avoid a false expectation. If a region is required by law, use another delivery mode.",
    ),
    Rule(
        "ES-HEALTH-022", "health", "allowed_delivery_modes", "high", "weaker",
        "A delivery mode does not exist for Google Workspace",
        "The mail provider of {subject} is Google, but it allows {affected}.",
        "Mailbox scans, Retro Scan and journaling exist for Microsoft 365 only. Mail that depends on them is never scanned.",
        "Use BCC, or deliver inline (DIRECT).",
        (SeverityCase("low", "DIRECT or BCC is allowed as well", lambda context: bool(modes_of(context.live_settings) & {"DIRECT", "BCC"})),),
    ),
    Rule(
        "ES-HEALTH-023", "health", "transport", "medium", "neutral",
        "The next hop is not the mail provider",
        "{subject} delivers to {live}, which is not a host of the mail provider that the server reports (Microsoft or Google).",
        "Mail may be delivered to a server that is no longer in use. A gateway in between is fine.",
        "Check where mail arrives. If a gateway stands between Cloudflare and the provider, waive this rule with live as the allowed value.",
    ),
    Rule(
        "ES-HEALTH-024", "health", "emails_processed", "high", "weaker",
        "No mail is processed",
        "{subject} is active, but no mail was processed in the last two periods: {live}.",
        "Its mail may bypass Email Security. The length of a period is not documented.",
        "Check the MX records of the domain, or the journal rule, BCC rule or integration that feeds it. If the domain receives no mail, waive this rule.",
    ),
    Rule(
        "ES-HEALTH-025", "health", "emails_processed", "medium", "weaker",
        "Far less mail is processed than before",
        "{subject} had more than ten times as much mail before: {live}.",
        "Part of its mail may bypass Email Security. The length of a period is not documented: the last one may have just begun.",
        "Check that all MX records point at Cloudflare, or that the rule that feeds it covers all users.",
    ),
    Rule(
        "ES-HEALTH-026", "health", "allowed_delivery_modes", "low", "neutral",
        "Inline delivery and copies are both allowed",
        "{subject} allows {live}.",
        "If both are set up, each message is scanned twice, and a forgotten mail rule goes unnoticed.",
        "Allow only the mode that is in use. Do not remove DIRECT while MX records point at Cloudflare.",
    ),
    Rule(
        "ES-HEALTH-027", "health", "ip_restrictions", "medium", "weaker",
        "A very wide network may send",
        "{subject} is inline, and accepts mail from {affected}.",
        "No gateway has more than 65,536 IPv4 addresses (/16) or an IPv6 network wider than /32. Other senders in the network bypass the gateway.",
        "Ask the owner of the gateway for all of its own networks. Narrow the list only then: mail from a missing address is rejected.",
    ),
    Rule(
        "ES-HEALTH-028", "health", "ip_restrictions", "medium", "weaker",
        "A network is shared with other customers of a provider",
        "{subject} is inline, and accepts mail from {affected}, from which Microsoft, Google or Amazon SES send for all their customers.",
        "Any customer of that provider can deliver there directly and bypass the gateway.",
        "The list cannot distinguish the customers: use the secret header or connector of the gateway on the mail server as well. If that is in place, waive "
        "this rule. Do not remove the network from the list while your gateway sends from it: its mail would be rejected.",
    ),
    Rule(
        "ES-ADVICE-001", "advice", "ip_restrictions", "high", "stronger",
        "Networks are restricted at the first hop",
        "{subject} declares {declared} with lookback_hops 1: mail from all other addresses is rejected.",
        "If Cloudflare is the first hop, mail arrives from any address.",
        "Empty the list if the MX records point at Cloudflare. If a gateway stands before it, set lookback_hops to 2 or more.",
    ),
    Rule(
        "ES-ADVICE-002", "advice", "ip_restrictions", "high", "weaker",
        "The declaration allows the gateway to be bypassed",
        "{subject} declares a gateway with its lookback_hops, but accepts mail from anywhere.",
        "Anyone who knows where the gateway delivers can deliver there directly.",
        "Declare all networks of the gateway. Apply them only if the MX records point at the gateway: all other mail is rejected from then on.",
    ),
    Rule(
        "ES-ADVICE-003", "advice", "drop_dispositions", "medium", "neutral",
        "A domain that is not inline cannot drop mail",
        "{subject} is declared to drop {declared}, but its delivery modes do not include DIRECT.",
        "Only mail that passes through Cloudflare can be held. Dropping has no effect on copies.",
        "Declare no dispositions to drop, to avoid a false expectation. Or allow DIRECT and point the MX records at Cloudflare: both are needed to drop mail.",
    ),
    Rule(
        "ES-ADVICE-004", "advice", "transport", "high", "weaker",
        "An inline domain has no declared next hop",
        "{subject} declares DIRECT, but not where clean mail is delivered.",
        "A domain that is created inline without it cannot deliver. An undeclared value is not compared: mail could be redirected without a finding.",
        "Declare transport.",
        (SeverityCase("medium", "the live domain has a transport", lambda context: bool(context.live_settings.get("transport"))),),
    ),
    Rule(
        "ES-ADVICE-005", "advice", "integration_id", "high", "weaker",
        "A mailbox scan is declared without an integration",
        "{subject} declares API, BCC or JOURNAL, but no integration.",
        "Without the consent that comes with an integration, mailboxes cannot be read, and messages cannot be removed from them.",
        "Declare integration_id.",
        (
            SeverityCase(
                "low", "the live domain has an integration, which is not declared", lambda context: bool(context.resulting_settings.get("integration_id")),
            ),
            SeverityCase("medium", "copies are checked (BCC, JOURNAL), but no mailboxes", lambda context: judges_copies(context.resulting_settings)),
        ),
    ),
    Rule(
        "ES-ADVICE-006", "advice", "drop_dispositions", "medium", "stronger",
        "SPOOF is dropped from the first day behind a gateway",
        "{subject} does not exist yet, and will drop {declared} behind a gateway.",
        "If lookback_hops is wrong, all mail fails SPF and may become SPOOF: all of it is held.",
        "Omit SPOOF until a message from outside shows the IP address of the outside server in the dashboard (Investigation, Details).",
    ),
    Rule(
        "ES-ADVICE-007", "advice", None, "critical", "stronger",
        "The declaration removes a domain with mail",
        "{subject} is declared with the state absent, but is inline and processed mail within the last day: {live}.",
        "While the MX records point at Cloudflare, its mail is rejected after the removal.",
        "Open the mail server for other senders, point the MX records at it, and wait until no mail was processed for a day. Only then apply the declaration.",
    ),
    Rule(
        "ES-ADVICE-008", "advice", "require_tls_inbound", "medium", "stronger",
        "The declaration requires TLS of all senders",
        "{subject} declares require_tls_inbound on the first hop: mail from senders without TLS is rejected.",
        "A public mail server must not insist on TLS (RFC 3207, section 4).",
        "Declare require_tls_inbound: false. Require TLS for individual partners in the dashboard, and publish MTA-STS (RFC 8461).",
    ),
    Rule(
        "ES-ADVICE-009", "advice", "integration_id", "high", "weaker",
        "The declaration removes the integration",
        "{subject} declares clear: integration_id, but uses the integration {live}.",
        "Applying it ends the removal of messages after delivery, user reports and the directory.",
        "If the integration is yours, remove integration_id from clear and declare it. If it is not, ask who connected it before you apply the declaration.",
    ),
    Rule(
        "ES-ADVICE-010", "advice", None, "medium", "neutral",
        "No setting is declared",
        "{subject} is declared without settings, so nothing is compared.",
        "Such a domain counts as declared regardless of its live settings. A common cause is that the file with the defaults was not loaded.",
        "Declare the settings that matter, in the domain or in defaults, and check that the file with the defaults is loaded.",
    ),
    Rule(
        "ES-ADVICE-011", "advice", "drop_dispositions", "high", "stronger",
        "The declaration drops legitimate mail",
        "{subject} is declared to drop {declared}. That includes legitimate mail.",
        "NONE does not mean that nothing is dropped: it is the disposition of ordinary mail. Legitimate mail can also be UNKNOWN, EXTERNAL or ENCRYPTED.",
        "Remove NONE, UNKNOWN, EXTERNAL and ENCRYPTED from drop_dispositions. To drop nothing, use clear: [drop_dispositions].",
    ),
)  # fmt: skip
