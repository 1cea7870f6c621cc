# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit can find: the one table of rules, from which the documentation is made as well. Pure.

An id never changes its meaning: waivers, dashboards and earlier reports refer to it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Category = Literal["drift", "health", "advice", "waiver"]
Direction = Literal["weaker", "stronger", "neutral"]
Severity = Literal["critical", "high", "medium", "low"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
CATEGORIES: tuple[Category, ...] = ("drift", "health", "advice", "waiver")
OFF = "off"

_APPLY = "If the declared value is right, apply it. If the live one is right, declare it."


class Rule(NamedTuple):
    """One kind of finding.

    C(direction): whether the company is protected less or more than was decided. C(field): what is compared or looked at, if it is one field.
    C(summary): the finding in words, with C({domain}), C({declared}) and C({live}) to be filled in, and of lists C({lost}), what is declared and
    not live, and C({gained}), what is live and not declared.
    """

    id: str
    category: Category
    field: str | None
    severity: Severity
    direction: Direction
    title: str
    summary: str
    why: str
    remedy: str = _APPLY


_TABLE = (
    Rule(
        "ES-IP-001", "drift", "ip_restrictions", "critical", "weaker",
        "Mail is accepted from addresses that are not declared",
        "{domain} accepts mail from {gained}, and the declaration covers {declared} only.",
        "Whoever sends from such an address goes around the gateway that was to filter the mail.",
    ),
    Rule(
        "ES-IP-002", "drift", "ip_restrictions", "high", "stronger",
        "Mail is refused from addresses that are declared",
        "{domain} accepts mail from {live} only, where the declaration says {declared}.",
        "Mail from a declared address is refused, and lost if its sender does not try elsewhere.",
    ),
    Rule(
        "ES-IP-003", "drift", "ip_restrictions", "high", "neutral",
        "The live networks cannot be read",
        "The networks of {domain} are {live}, and not all of that can be read. The declaration says {declared}.",
        "Which addresses the server takes such an entry for is not known.",
    ),
    Rule(
        "ES-IP-004", "drift", "ip_restrictions", "low", "neutral",
        "The declared addresses are written in another way",
        "{domain} accepts mail from the addresses that are declared, written in another way: {live}, where the declaration says {declared}.",
        "Nobody is let in or kept out by it, but the next run writes it as it is declared.",
    ),
    Rule(
        "ES-TLS-001", "drift", "require_tls_inbound", "high", "weaker",
        "TLS is not required of incoming mail",
        "{domain} takes mail without TLS, where it is declared to be required.",
        "Mail can be read and changed on its way in, and nobody notices.",
    ),
    Rule(
        "ES-TLS-002", "drift", "require_tls_outbound", "high", "weaker",
        "TLS is not required of delivered mail",
        "{domain} delivers mail without TLS, where it is declared to be required.",
        "Mail can be read and changed on its way to the next hop, and nobody notices.",
    ),
    Rule(
        "ES-TLS-003", "drift", "require_tls_inbound", "medium", "stronger",
        "TLS is required of incoming mail, and was not to be",
        "{domain} refuses mail without TLS, where it is declared not to.",
        "Senders that have no TLS, such as old machines and some newsletters, cannot deliver.",
    ),
    Rule(
        "ES-TLS-004", "drift", "require_tls_outbound", "medium", "stronger",
        "TLS is required of delivered mail, and was not to be",
        "{domain} delivers with TLS only, where it is declared not to.",
        "If the next hop has no TLS, clean mail does not arrive.",
    ),
    Rule(
        "ES-DROP-001", "drift", "drop_dispositions", "critical", "weaker",
        "Malicious mail is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Mail that carries malware or leads to phishing reaches people.",
    ),
    Rule(
        "ES-DROP-002", "drift", "drop_dispositions", "high", "weaker",
        "Impostors' mail is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Mail in the name of a manager or a partner is how money is stolen.",
    ),
    Rule(
        "ES-DROP-003", "drift", "drop_dispositions", "medium", "weaker",
        "Suspicious mail or spam is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Some of it is phishing that was not recognised yet.",
    ),
    Rule(
        "ES-DROP-004", "drift", "drop_dispositions", "low", "weaker",
        "Bulk mail is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "People get advertising that they were not to get.",
    ),
    Rule(
        "ES-DROP-005", "drift", "drop_dispositions", "high", "stronger",
        "Good mail is dropped",
        "{domain} also drops {gained}, where the declaration says {declared}: good mail is lost.",
        "NONE, UNKNOWN, EXTERNAL and ENCRYPTED are dispositions of ordinary mail, too. Its recipients never see it.",
    ),
    Rule(
        "ES-DROP-006", "drift", "drop_dispositions", "low", "stronger",
        "More dispositions are dropped than declared",
        "{domain} also drops {gained}, where the declaration says {declared}.",
        "Mail that was to be delivered, perhaps with a mark, is kept back.",
    ),
    Rule(
        "ES-DROP-007", "drift", "drop_dispositions", "low", "weaker",
        "A disposition is no longer dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Mail that was to be kept back is delivered.",
    ),
    Rule(
        "ES-NEXTHOP-001", "drift", "transport", "critical", "weaker",
        "Clean mail goes to another host",
        "{domain} delivers to {live}, where the declaration says {declared}.",
        "Whoever runs that host reads all mail of the domain. If nobody does, the mail is lost.",
        "Find out at once who changed it, and whose host it is. Then apply the declared one.",
    ),
    Rule(
        "ES-HOPS-001", "drift", "lookback_hops", "high", "weaker",
        "The wrong hop is judged",
        "The hop by which mail of {domain} is judged is {live}, where the declaration says {declared}.",
        "Who sent a message is taken from a Received header. From the wrong one, impostors pass, and good senders are taken for impostors.",
    ),
    Rule(
        "ES-MODE-001", "drift", "allowed_delivery_modes", "critical", "weaker",
        "The domain may no longer be inline",
        "{domain} does not allow {lost}: it allows {live}, where the declaration says {declared}.",
        "Only inline can a message be stopped before it is delivered.",
    ),
    Rule(
        "ES-MODE-002", "drift", "allowed_delivery_modes", "critical", "weaker",
        "Nothing but the look back is left",
        "{domain} allows {live}, where the declaration says {declared}: new mail is not scanned.",
        "RETRO_SCAN looks once at what was delivered before. It protects nobody from the next message.",
    ),
    Rule(
        "ES-MODE-003", "drift", "allowed_delivery_modes", "medium", "weaker",
        "A delivery mode is lost",
        "{domain} does not allow {lost}: it allows {live}, where the declaration says {declared}.",
        "The domain cannot be scanned in the way that was decided.",
    ),
    Rule(
        "ES-MODE-004", "drift", "allowed_delivery_modes", "low", "neutral",
        "A delivery mode is allowed that is not declared",
        "{domain} also allows {gained}, where the declaration says {declared}.",
        "Somebody may be onboarding the domain in another way.",
    ),
    Rule(
        "ES-REGION-001", "drift", "regions", "high", "weaker",
        "Mail is processed outside of the declared regions",
        "Mail of {domain} is processed in {live}, where the declaration says {declared}.",
        "Where personal data is processed is often a matter of law or of contract.",
    ),
    Rule(
        "ES-REGION-002", "drift", "regions", "low", "neutral",
        "Not all declared regions are used",
        "Mail of {domain} is processed in {live}, where the declaration says {declared}.",
        "Mail stays where it may be processed, but may take longer, or wait while a region has an outage.",
    ),
    Rule(
        "ES-SCAN-001", "drift", "integration_id", "medium", "weaker",
        "The integration is gone",
        "{domain} has no integration, where the declaration says {declared}.",
        "Without it mailboxes cannot be scanned, nor messages be moved out of them.",
    ),
    Rule(
        "ES-SCAN-002", "drift", "integration_id", "medium", "neutral",
        "Another integration is used",
        "{domain} uses the integration {live}, where the declaration says {declared}.",
        "Mailboxes are read with the consent that somebody gave to another integration.",
    ),
    Rule(
        "ES-SCAN-003", "drift", "folder", "medium", "weaker",
        "Fewer mail folders are scanned than declared",
        "{domain} scans {live}, where the declaration says {declared}.",
        "Rules of a mailbox move mail out of the Inbox, those of an attacker, too.",
    ),
    Rule(
        "ES-SCAN-004", "drift", "folder", "low", "stronger",
        "More mail folders are scanned than declared",
        "{domain} scans {live}, where the declaration says {declared}.",
        "Folders are read that were to be left alone.",
    ),
    Rule(
        "ES-SCAN-005", "drift", "integration_id", "medium", "neutral",
        "An integration is used where none was to be",
        "{domain} uses the integration {live}, where the declaration says none.",
        "Mailboxes are read with a consent that nobody has decided on.",
    ),
    Rule(
        "ES-DOMAIN-001", "drift", None, "critical", "weaker",
        "A declared domain is not there",
        "{domain} is declared, and Email Security has no such domain.",
        "Its mail is not scanned at all.",
        "Onboard it, or take it out of the declaration. If it should be there, check name and account.",
    ),
    Rule(
        "ES-DOMAIN-002", "drift", None, "medium", "neutral",
        "A live domain is not declared",
        "{domain} is live, and nobody has declared it.",
        "Nobody decided how it must be protected, so nobody notices if it is not.",
        "Declare it. The role export writes the entry.",
    ),
    Rule(
        "ES-DOMAIN-003", "drift", None, "medium", "neutral",
        "A domain is still there that was to be removed",
        "{domain} is live, and declared with the state absent.",
        "Its mail still goes through a service that nobody means to look after.",
        "Point its mail elsewhere, then apply the declaration.",
    ),
    Rule(
        "ES-DOMAIN-004", "drift", "domain", "high", "weaker",
        "A domain has another name than declared",
        "The domain that is declared as {declared} is {live}.",
        "The settings that were decided for one name hold for another one.",
        "Correct domain_id or the name in the declaration. The API does not let a name be changed.",
    ),
    Rule(
        "ES-DOMAIN-005", "drift", None, "high", "neutral",
        "It is not known which live domain is meant",
        "{domain} could not be compared. {live}",
        "What is not compared is not known to be protected.",
        "Declare it with the domain_id of the one that is meant, and see to it that id and name belong together.",
    ),
    Rule(
        "ES-DRIFT-001", "drift", None, "low", "neutral",
        "A setting is not as declared",
        "A setting of {domain} is {live}, where the declaration says {declared}.",
        "The live settings are not those that were decided.",
    ),
    Rule(
        "ES-HEALTH-001", "health", "authorization", "critical", "weaker",
        "The mailbox integration is not authorised",
        "{domain} has no consent to its mailbox integration: {live}.",
        "Mailboxes are not scanned until somebody consents again.",
        "Let an administrator of the mail tenant authorise the integration again.",
    ),
    Rule(
        "ES-HEALTH-002", "health", "status", "critical", "weaker",
        "The domain is not in service",
        "The status of {domain} is {live}.",
        "A domain that could not be onboarded is not protected, whatever its settings say.",
        "Look at the domain's DNS proof and MX records, and onboard it again.",
    ),
    Rule(
        "ES-HEALTH-003", "health", "status", "high", "weaker",
        "The domain has been pending for more than a day",
        "{domain} is still {live}, more than 24 hours after it was onboarded.",
        "Until it is active, it is not protected.",
        "Publish the DNS proof that the server asks for: email_security_domain_info shows it with verification.",
    ),
    Rule(
        "ES-HEALTH-004", "health", "dmarc_status", "high", "weaker",
        "There is no DMARC record",
        "The DMARC status of {domain} is {live}.",
        "Anybody may send in the name of the domain, and other servers are not told to refuse it.",
        "Publish a DMARC record, first with the policy none and reports, then with quarantine or reject.",
    ),
    Rule(
        "ES-HEALTH-005", "health", "dmarc_status", "high", "weaker",
        "The DMARC record is invalid",
        "The DMARC status of {domain} is {live}.",
        "Other servers treat an invalid record as none.",
        "Correct the TXT record _dmarc of the domain. There must be exactly one.",
    ),
    Rule(
        "ES-HEALTH-006", "health", "spf_status", "critical", "weaker",
        "SPF lets everybody send",
        "The SPF status of {domain} is {live}.",
        "The record tells other servers that mail from anywhere is genuine.",
        "Name the servers that send for the domain, and end the record with -all or ~all, never with +all.",
    ),
    Rule(
        "ES-HEALTH-007", "health", "spf_status", "high", "weaker",
        "The SPF record is invalid",
        "The SPF status of {domain} is {live}.",
        "Other servers cannot tell genuine mail by it, and may refuse it.",
        "Correct the record. There must be exactly one, which asks for no more than ten DNS look-ups.",
    ),
    Rule(
        "ES-HEALTH-008", "health", "spf_status", "high", "weaker",
        "There is no SPF record",
        "The SPF status of {domain} is {live}.",
        "Other servers cannot tell who may send for the domain.",
        "Publish a record that names the servers that send for the domain, or v=spf1 -all if none does.",
    ),
    Rule(
        "ES-HEALTH-009", "health", "spf_status", "medium", "weaker",
        "SPF says nothing of other senders",
        "The SPF status of {domain} is {live}.",
        "A record that ends with ?all neither confirms nor denies, so it protects nobody.",
        "End the record with ~all, and with -all when the reports show that nothing is missing.",
    ),
    Rule(
        "ES-HEALTH-010", "health", "emails_processed", "high", "weaker",
        "No mail is processed any more",
        "{domain} had mail before, and now has none: {live}.",
        "Its mail may go around Email Security, for instance because its MX record was changed.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
    ),
    Rule(
        "ES-HEALTH-011", "health", "emails_processed", "high", "weaker",
        "The count of mail is out of date",
        "Mail of {domain} was last counted more than 7 days ago: {live}.",
        "Whether its mail is still scanned is not known.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
    ),
    Rule(
        "ES-ADVICE-001", "advice", "ip_restrictions", "medium", "neutral",
        "Networks are restricted at the first hop",
        "{domain} declares {declared} with lookback_hops 1: mail from any other sender in the world is refused.",
        "Where Cloudflare is the first hop, mail comes from everywhere.",
        "Empty the list if the MX records point to Cloudflare. If a gateway stands before it, set lookback_hops to 2 or more.",
    ),
    Rule(
        "ES-ADVICE-002", "advice", "ip_restrictions", "medium", "neutral",
        "The gateway can be bypassed",
        "{domain} declares a gateway by its lookback_hops, and accepts mail from everywhere.",
        "Whoever knows where the gateway delivers to can deliver there directly.",
        "Declare the networks of the gateway.",
    ),
    Rule(
        "ES-ADVICE-003", "advice", "drop_dispositions", "medium", "neutral",
        "Nothing can be dropped on a domain that is not inline",
        "{domain} declares {declared} to be dropped, and no DIRECT among its delivery modes.",
        "Only where mail passes through Cloudflare can it be kept back. Of copies nothing is dropped.",
        "Allow DIRECT, or declare nothing to be dropped, so that nobody relies on it.",
    ),
    Rule(
        "ES-ADVICE-004", "advice", "transport", "medium", "neutral",
        "An inline domain has no declared next hop",
        "{domain} declares DIRECT, and not where clean mail is to be delivered.",
        "What is not declared is not compared: mail could be sent elsewhere, and no audit would say so.",
        "Declare transport.",
    ),
    Rule(
        "ES-ADVICE-005", "advice", "integration_id", "medium", "neutral",
        "Mailboxes are to be scanned without an integration",
        "{domain} declares API, and no integration.",
        "Without the consent that comes with an integration, no mailbox can be read.",
        "Declare integration_id.",
    ),
    Rule(
        "ES-ADVICE-010", "advice", None, "medium", "neutral",
        "Nothing is compared",
        "{domain} is declared without any setting, so nothing of it is compared.",
        "Such a domain is as declared whatever is live. Often the file with the defaults was not loaded.",
        "Declare the settings that matter, in the domain or in defaults, and make sure that the file with the defaults is loaded.",
    ),
    Rule(
        "ES-ADVICE-011", "advice", "drop_dispositions", "high", "stronger",
        "Good mail is declared to be dropped",
        "{domain} declares {declared} to be dropped. That includes good mail.",
        "NONE does not mean that nothing is dropped: it is the disposition of ordinary mail. UNKNOWN, EXTERNAL and ENCRYPTED are given to good mail as well.",
        "Take NONE, UNKNOWN, EXTERNAL and ENCRYPTED out of drop_dispositions. To drop nothing, declare an empty list.",
    ),
    Rule(
        "ES-WAIVER-001", "waiver", None, "medium", "neutral",
        "A waiver has expired",
        "The waiver for {domain} is over: {declared}. What it covered counts again.",
        "An exception was allowed for a time, and the time is over.",
        "Mend what was waived, or have the exception allowed anew.",
    ),
    Rule(
        "ES-WAIVER-002", "waiver", None, "low", "neutral",
        "A waiver covers nothing",
        "Nothing was found that the waiver for {domain} covers: {declared}.",
        "What it was for is mended, or it was written for something else.",
        "Remove the waiver.",
    ),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.id: rule for rule in _TABLE}
