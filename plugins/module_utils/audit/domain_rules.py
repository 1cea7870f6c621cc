# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit can find: the one table of rules, from which the documentation is made as well. Pure.

An id never changes its meaning: waivers, dashboards and earlier reports refer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from ..resources.mail_flow import is_inline_only, is_open_first_hop, judges_copies, loop_of, modes_of

Category = Literal["drift", "health", "advice", "waiver"]
Direction = Literal["weaker", "stronger", "neutral"]
Severity = Literal["critical", "high", "medium", "low"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
DIRECTIONS: tuple[Direction, ...] = ("weaker", "stronger", "neutral")
CATEGORIES: tuple[Category, ...] = ("drift", "health", "advice", "waiver")
OFF = "off"
# Mail of so few messages in a period may well stop by itself.
FEW_MESSAGES = 20

_APPLY = "If the declared value is right, apply it. If the live one is right, declare it."


class Circumstances(NamedTuple):
    """What the severity of a finding may depend on.

    `settings` are the live settings of the domain, in their normal form, and `wanted` the same with what is declared in their place. `declared` and
    `live` are the values of the finding.
    """

    settings: Mapping[str, Any]
    wanted: Mapping[str, Any]
    declared: Any = None
    live: Any = None
    has_good_parent: bool = False


class Case(NamedTuple):
    """Another severity of a rule: `when`, in words, and whether that holds."""

    severity: Severity
    when: str
    holds: Callable[[Circumstances], bool]


class Rule(NamedTuple):
    """One kind of finding.

    `direction`: whether the company is protected less or more than was decided. `field`: what is compared or looked at, if it is one field.
    `summary`: the finding in words, with `{domain}`, `{declared}` and `{live}` to be filled in, of lists `{lost}`, what is declared and not live,
    and `{gained}`, what is live and not declared, and `{named}`, that part of a live list that the rule is about.
    `cases`: severities that are other than `severity`; the first one that holds counts.
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
    cases: tuple[Case, ...] = ()

    def severity_in(self, circumstances: Circumstances) -> Severity:
        """How bad a finding of this rule is held to be under these circumstances."""
        return next((case.severity for case in self.cases if case.holds(circumstances)), self.severity)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """All severities that a finding of this rule may have, the worst first."""
        possible = {self.severity, *(case.severity for case in self.cases)}
        return tuple(severity for severity in SEVERITIES if severity in possible)


def _count(counted: Any, name: str) -> float:
    value = counted.get(name) if isinstance(counted, Mapping) else None
    return value if isinstance(value, (int, float)) else 0


def _lost(seen: Circumstances) -> set[str]:
    return set(seen.declared or ()) - set(seen.live or ())


def _gained(seen: Circumstances) -> set[str]:
    return set(seen.live or ()) - set(seen.declared or ())


def _scans_only(settings: Mapping[str, Any]) -> bool:
    modes = modes_of(settings)
    return bool(modes) and modes <= {"API", "RETRO_SCAN"}


_BY_MODE = (
    Case("high", "copies are judged (BCC, JOURNAL) and no mailboxes", lambda seen: judges_copies(seen.settings)),
    Case("medium", "the domain is inline only", lambda seen: is_inline_only(seen.settings)),
)
_FIRST_HOP = "the domain is inline, lookback_hops is 1, and mail is accepted from everywhere"

# Where the facts in the table come from. Cloudflare's documentation was read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content).
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
    "Mail from elsewhere is rejected: the sending server returns it to its author, and no copy is kept. Whether the refusal is final (5xx) or temporary (4xx) "
    "is not documented."
)
_HELD = "What is dropped is held in the admin quarantine, and neither sender nor recipient is told. How long it is kept there is not documented."
_WIDEN = (
    "Widen first, ask later: empty the list, or add the missing networks in the dashboard. Then find out who narrowed it, and why. Applying the declaration "
    "does the same, if it is up to date."
)
_RELEASE = "Release the good mail from the quarantine, then apply the declared value."

_TABLE = (
    Rule(
        "ES-IP-001", "drift", "ip_restrictions", "critical", "weaker",
        "Mail is accepted from addresses that are not declared",
        "{domain} accepts mail from {gained}, and the declaration covers {declared} only.",
        "Whoever sends from such an address goes around the gateway that was to filter the mail.",
        "Ask the owner of the gateway whether the added addresses are the gateway's. If so, declare them first: applying the declaration would reject their "
        "mail. If not, apply it.",
    ),
    Rule(
        "ES-IP-002", "drift", "ip_restrictions", "high", "stronger",
        "Mail is rejected from addresses that are declared",
        "{domain} accepts mail from {live} only, where the declaration says {declared}.",
        _REJECTED,
        _WIDEN,
    ),
    Rule(
        "ES-IP-003", "drift", "ip_restrictions", "high", "neutral",
        "The live networks cannot be read",
        "The networks of {domain} are {live}, and not all of that can be read. The declaration says {declared}.",
        "Which addresses the server takes such an entry for is not known.",
        "Find out which addresses are meant, and declare those that are missing. Applying the declaration rejects mail from every address that it does not "
        "cover.",
    ),
    Rule(
        "ES-IP-004", "drift", "ip_restrictions", "low", "neutral",
        "The declared addresses are written in another way",
        "{domain} accepts mail from the addresses that are declared, written in another way: {live}, where the declaration says {declared}.",
        "Nobody is let in or kept out by it, but the next run writes it as it is declared.",
    ),
    Rule(
        "ES-IP-005", "drift", "ip_restrictions", "critical", "stronger",
        "Mail is rejected from almost everywhere",
        "{domain} accepts mail from {live} only, where the declaration says {declared}.",
        f"The declaration lets the whole world send. {_REJECTED}",
        _WIDEN,
    ),
    Rule(
        "ES-TLS-001", "drift", "require_tls_inbound", "high", "weaker",
        "TLS is not required of incoming mail",
        "{domain} takes mail without TLS, where it is declared to be required.",
        "TLS is still used whenever the sending server offers it. Without the requirement somebody on the way can suppress that, and read and change the mail.",
        "Behind a gateway, or for copies: apply the declared value. Where MX records point at Cloudflare, declare false instead: a public mail server must not "
        "insist on TLS (RFC 3207, section 4). Require it partner by partner in the dashboard, and publish MTA-STS.",
        (Case("medium", _FIRST_HOP, lambda seen: is_open_first_hop(seen.settings)),),
    ),
    Rule(
        "ES-TLS-002", "drift", "require_tls_outbound", "high", "weaker",
        "TLS is not required of delivered mail",
        "{domain} delivers mail without TLS, where it is declared to be required.",
        "Without the requirement somebody on the way to the next hop can suppress TLS, and read and change the mail.",
        "Make sure that the next hop offers TLS, then apply the declared value. Whether its certificate is checked is not documented.",
    ),
    Rule(
        "ES-TLS-003", "drift", "require_tls_inbound", "medium", "stronger",
        "TLS is required of incoming mail, and was not to be",
        "{domain} rejects mail without TLS, where it is declared not to.",
        "Senders that have no TLS, such as devices, alarm systems, old servers and small offices, cannot deliver.",
        "Apply the declared value. It lets such mail in again.",
        (Case("high", _FIRST_HOP, lambda seen: is_open_first_hop(seen.settings)),),
    ),
    Rule(
        "ES-TLS-004", "drift", "require_tls_outbound", "high", "stronger",
        "TLS is required of delivered mail, and was not to be",
        "{domain} delivers with TLS only, where it is declared not to.",
        "If the next hop has no TLS, no mail is delivered. Whether its certificate is checked is not documented.",
        "Make sure that the next hop offers TLS. If it does not, apply the declared value at once.",
    ),
    Rule(
        "ES-DROP-001", "drift", "drop_dispositions", "critical", "weaker",
        "Malicious mail is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Mail that carries malware or leads to phishing reaches people.",
        "Apply the declared value, unless the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition. Then declare what is live.",
    ),
    Rule(
        "ES-DROP-002", "drift", "drop_dispositions", "high", "weaker",
        "Mail with a forged sender is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "SPOOF is mail whose sender is forged, but also mail of forwarders and of services that send in your name.",
        "If SPOOF was taken out by mistake, apply the declared value. If it was taken out because good mail was held, allow the senders of that mail first.",
    ),
    Rule(
        "ES-DROP-003", "drift", "drop_dispositions", "medium", "weaker",
        "Suspicious mail or spam is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Some of what is SUSPICIOUS is phishing that was not recognised yet. SPAM is a nuisance and not malicious.",
        "If it was taken out because good mail was held, declare what is live. If not, apply the declared value.",
        (Case("low", "only SPAM is lost", lambda seen: "SUSPICIOUS" not in _lost(seen)),),
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
        f"EXTERNAL and ENCRYPTED are dispositions of ordinary mail, too. {_HELD}",
        _RELEASE,
    ),
    Rule(
        "ES-DROP-006", "drift", "drop_dispositions", "medium", "stronger",
        "More dispositions are dropped than declared",
        "{domain} also drops {gained}, where the declaration says {declared}.",
        f"Mail that was to be delivered, perhaps with a mark, is kept back. {_HELD}",
        _RELEASE,
        (Case("low", "only MALICIOUS or MALICIOUS-BEC is gained", lambda seen: _gained(seen) <= {"MALICIOUS", "MALICIOUS-BEC"}),),
    ),
    Rule(
        "ES-DROP-007", "drift", "drop_dispositions", "low", "weaker",
        "A disposition is no longer dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "Mail that was to be kept back is delivered. NONE, UNKNOWN, EXTERNAL and ENCRYPTED are dispositions of ordinary mail.",
        "Do not apply the declared value: it would keep good mail back. Take these dispositions out of the declaration.",
    ),
    Rule(
        "ES-DROP-008", "drift", "drop_dispositions", "critical", "weaker",
        "Business email compromise is not dropped",
        "{domain} does not drop {lost}: it drops {live}, where the declaration says {declared}.",
        "MALICIOUS-BEC (business email compromise) is malicious mail in the name of a manager or a partner. It is how money is stolen.",
        "Apply the declared value, unless the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition. Then declare what is live.",
    ),
    Rule(
        "ES-DROP-009", "drift", "drop_dispositions", "critical", "stronger",
        "Ordinary mail is dropped",
        "{domain} also drops {gained}, where the declaration says {declared}: ordinary mail is lost.",
        f"NONE and UNKNOWN are the dispositions of ordinary mail. Dropping them stops the mail of the domain. {_HELD}",
        _RELEASE,
    ),
    Rule(
        "ES-NEXTHOP-001", "drift", "transport", "critical", "weaker",
        "Clean mail goes to another host",
        "{domain} delivers to {live}, where the declaration says {declared}.",
        "Whoever runs that host reads all mail of the domain. If nobody does, the mail is lost.",
        "Find out at once who changed it, and whose host it is. Make sure that the declared host still takes mail for the domain, and then apply it: if the "
        "mail servers were moved, it may be switched off. Whether transport is looked up as an MX record is not documented.",
    ),
    Rule(
        "ES-HOPS-001", "drift", "lookback_hops", "high", "neutral",
        "The wrong hop is judged",
        "The hop by which mail of {domain} is judged is {live}, where the declaration says {declared}.",
        "Who sent a message is taken from a Received header. With too few hops good mail looks forged, with too many a forged header chooses the sender.",
        "Send a message from outside, and compare the sender's IP address in the dashboard (Investigation, Details): with the right number it is the outside "
        "server's. Declare that number. Until it is known drop nothing but MALICIOUS and MALICIOUS-BEC. Some gateways write more than one Received header.",
    ),
    Rule(
        "ES-MODE-001", "drift", "allowed_delivery_modes", "critical", "weaker",
        "The domain may no longer be inline",
        "{domain} does not allow {lost}: it allows {live}, where the declaration says {declared}.",
        "Only inline can a message be stopped before it is delivered. What happens to mail that still comes by MX records is not documented.",
        "As long as MX records point at Cloudflare, allow DIRECT again by applying the declaration. To leave inline, point the MX records elsewhere first, "
        "then declare the other mode.",
    ),
    Rule(
        "ES-MODE-002", "drift", "allowed_delivery_modes", "critical", "weaker",
        "Nothing but the look back is left",
        "{domain} allows {live}, where the declaration says {declared}: new mail is not scanned.",
        "RETRO_SCAN looks once at what was delivered before. It protects nobody from the next message.",
        "Apply the declared modes.",
    ),
    Rule(
        "ES-MODE-003", "drift", "allowed_delivery_modes", "medium", "weaker",
        "A delivery mode is lost",
        "{domain} does not allow {lost}: it allows {live}, where the declaration says {declared}.",
        "The domain cannot be scanned in the way that was decided.",
        "If the mode is still in use, apply the declared modes. If the domain was moved to another mode, declare that one first: applying removes a live mode "
        "that is not declared.",
    ),
    Rule(
        "ES-MODE-004", "drift", "allowed_delivery_modes", "low", "neutral",
        "A delivery mode is allowed that is not declared",
        "{domain} also allows {gained}, where the declaration says {declared}.",
        "Somebody may be onboarding the domain in another way. What removing DIRECT does to mail that still comes by MX records is not documented.",
        "Ask who allowed it. If it is DIRECT, declare it as long as MX records point at Cloudflare. If nobody needs it, apply the declaration.",
    ),
    Rule(
        "ES-REGION-001", "drift", "regions", "high", "weaker",
        "Mail is processed outside of the declared regions",
        "Mail of {domain} is processed in {live}, where the declaration says {declared}.",
        "Where personal data is processed is often a matter of law or of contract. Inline, the MX hosts also decide where mail comes in; some of them have a "
        "backup in another region.",
        "Apply the declared regions, and make the MX hosts those of the region in the same hour. With copies, use the journal or BCC address of the region.",
        (Case("low", "only mailboxes are scanned, to which regions do not apply", lambda seen: _scans_only(seen.settings)),),
    ),
    Rule(
        "ES-REGION-002", "drift", "regions", "low", "neutral",
        "Not all declared regions are used",
        "Mail of {domain} is processed in {live}, where the declaration says {declared}.",
        "Mail stays where it may be processed, but may take longer, or wait while a region has an outage.",
    ),
    Rule(
        "ES-SCAN-001", "drift", "integration_id", "critical", "weaker",
        "The integration is gone",
        "{domain} has no integration, where the declaration says {declared}.",
        "Without it mailboxes are not scanned, and nothing is moved out of them. Reports of users and the directory are lost as well.",
        "Apply the declared integration. An administrator of the mail tenant must have consented to it.",
        _BY_MODE,
    ),
    Rule(
        "ES-SCAN-002", "drift", "integration_id", "medium", "neutral",
        "Another integration is used",
        "{domain} uses the integration {live}, where the declaration says {declared}.",
        "Mailboxes are read with the consent that somebody gave to another integration.",
        "Ask who connected it. If it replaces an integration that no longer exists, declare it; otherwise apply the declared one.",
    ),
    Rule(
        "ES-SCAN-003", "drift", "folder", "medium", "weaker",
        "Fewer mail folders are scanned than declared",
        "{domain} scans {live}, where the declaration says {declared}.",
        "Rules of a mailbox move mail out of the Inbox, those of an attacker, too.",
    ),
    Rule(
        "ES-SCAN-004", "drift", "folder", "low", "neutral",
        "More mail folders are scanned than declared",
        "{domain} scans {live}, where the declaration says {declared}.",
        "Folders are read that were to be left alone.",
    ),
    Rule(
        "ES-SCAN-005", "drift", "integration_id", "medium", "neutral",
        "An integration is used where none was to be",
        "{domain} uses the integration {live}, where the declaration says none.",
        "Mailboxes are read with a consent that nobody has decided on. This is told only where ES-ADVICE-009 is off.",
        "Ask who connected it. If it is yours, declare it: without it nothing can be moved out of a mailbox after delivery.",
    ),
    Rule(
        "ES-DOMAIN-001", "drift", None, "critical", "weaker",
        "A declared domain is not there",
        "{domain} is declared, and Email Security has no such domain.",
        "If its MX records still point at Cloudflare, its mail is being rejected. If not, nothing scans it.",
        "Look at the MX records first. If they point at Cloudflare, onboard the domain at once, or point them at the mail server. Check name and account. "
        "If the domain is not to be there, take it out of the declaration.",
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
        "Point its mail elsewhere, and wait until no mail was processed for a day. Then apply the declaration: before that, mail would be rejected.",
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
        "Until somebody consents again mailboxes are not scanned, and nothing is moved out of them.",
        "Let an administrator of the mail tenant authorise the integration again.",
        _BY_MODE,
    ),
    Rule(
        "ES-HEALTH-002", "health", "status", "critical", "weaker",
        "The domain is not in service",
        "The status of {domain} is {live}.",
        "A domain that could not be onboarded is not protected, whatever its settings say.",
        "Do not remove the domain: while its MX records point at Cloudflare, that stops its mail. Check that mail arrives, and point the MX records back if it "
        "does not. Then check the TXT record of the DNS proof, and ask Cloudflare's support with the id of the domain.",
    ),
    Rule(
        "ES-HEALTH-003", "health", "status", "high", "weaker",
        "The domain has been pending for more than a day",
        "{domain} is still {live}, more than 24 hours after it was onboarded.",
        "Until it is active, it is not protected.",
        "Publish the DNS proof that the server asks for: email_security_domain_info shows it with verification. Do not point the MX records at Cloudflare "
        "before the domain is active.",
    ),
    Rule(
        "ES-HEALTH-004", "health", "dmarc_status", "high", "weaker",
        "There is no DMARC record",
        "The DMARC status of {domain} is {live}.",
        "Anybody may send in the name of the domain, and other servers are not told to refuse it, unless the record of a parent domain covers it. Whether the "
        "status takes parent domains into account is not documented. Nor does good say more than that a record is valid.",
        "Publish p=none with rua. When the reports show that all your senders pass with DKIM, go to quarantine, and to reject if your people do not post to "
        "mailing lists: with reject do not rely on SPF alone (RFC 9989). For a domain that sends no mail: v=DMARC1; p=reject.",
        (Case("low", "the DMARC status of a live parent domain is good", lambda seen: seen.has_good_parent),),
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
        "Name the servers that send for the domain, and end the record with ~all, never with +all. DMARC then tells others to refuse. Use -all for a domain "
        "that sends no mail: a receiver may act on it before it looks at DKIM and DMARC (RFC 7489, section 10.1).",
    ),
    Rule(
        "ES-HEALTH-007", "health", "spf_status", "high", "weaker",
        "The SPF record is invalid",
        "The SPF status of {domain} is {live}.",
        "Other servers cannot tell genuine mail by it, and may refuse it.",
        "Correct the record. There must be exactly one, which asks for no more than ten DNS look-ups, nor for more than two that find nothing, and has no ptr "
        "(RFC 7208, sections 4.6.4 and 5.5).",
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
        "End the record with ~all, and let DMARC refuse. Use -all for a domain that sends no mail.",
    ),
    Rule(
        "ES-HEALTH-010", "health", "emails_processed", "high", "weaker",
        "No mail is processed any more",
        "{domain} had mail before, and now has none: {live}.",
        "Its mail may go around Email Security, for instance because its MX record was changed. How long a period is, is not documented.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
        (
            Case(
                "medium", f"fewer than {FEW_MESSAGES} messages were processed before",
                lambda seen: _count(seen.live, "total_emails_processed_previous") < FEW_MESSAGES,
            ),
        ),
    ),
    Rule(
        "ES-HEALTH-011", "health", "emails_processed", "high", "neutral",
        "The count of mail is out of date",
        "Mail of {domain} was last counted more than 7 days ago: {live}.",
        "Whether its mail is still scanned is not known.",
        "Check the MX records of the domain, or the journal rule or integration that feeds it.",
    ),
    Rule(
        "ES-HEALTH-012", "health", "ip_restrictions", "critical", "stronger",
        "The first hop rejects everybody else's mail",
        "{domain} is inline with lookback_hops 1, and accepts mail from {live} only.",
        f"With lookback_hops 1 Cloudflare is the first hop, and mail comes from everywhere. {_REJECTED}",
        "If the MX records point at Cloudflare, empty the list at once (clear: [ip_restrictions]), in the declaration as well. If they point at a gateway, the "
        "mail is let in, but lookback_hops must be 2 or more.",
    ),
    Rule(
        "ES-HEALTH-013", "health", "transport", "critical", "stronger",
        "An inline domain has no next hop",
        "{domain} is inline, and delivers to {live}.",
        "Mail that is not dropped has nowhere to be delivered to.",
        "Declare transport, and apply it. The dashboard proposes the host (Forwarding address).",
    ),
    Rule(
        "ES-HEALTH-014", "health", "transport", "critical", "stronger",
        "The next hop leads back to Cloudflare",
        "{domain} delivers to {live}, which is a host of Cloudflare's or the domain itself.",
        "Mail goes round in a loop and is not delivered, if that name leads to Cloudflare's MX hosts. Whether transport is looked up as an MX record is not "
        "documented.",
        "Set transport to the mail server behind Cloudflare: Microsoft 365 shows the name in its admin center, for Google take what the dashboard proposes.",
        (
            Case(
                "high", "it is the domain itself, or a host of Email Routing, another product of Cloudflare's",
                lambda seen: loop_of(seen.settings) in ("itself", "email_routing"),
            ),
        ),
    ),
    Rule(
        "ES-HEALTH-015", "health", "drop_dispositions", "high", "weaker",
        "Malicious mail is delivered",
        "{domain} is inline, and does not drop {named}.",
        "Mail that carries malware, leads to phishing or asks for money in somebody's name reaches people.",
        "Declare MALICIOUS and MALICIOUS-BEC in drop_dispositions. If the mail server quarantines such mail by the header X-CFEmailSecurity-Disposition, waive "
        "this rule.",
    ),
    Rule(
        "ES-HEALTH-016", "health", "ip_restrictions", "high", "weaker",
        "The gateway can be bypassed",
        "{domain} has a gateway before it, as its lookback_hops say, and accepts mail from everywhere.",
        "Whoever knows Cloudflare's hosts can deliver there directly, around the gateway.",
        "Declare all networks of the gateway. Apply them only if the MX records point at the gateway, and no mail comes directly any more: everybody else's "
        "mail is rejected from then on.",
    ),
    Rule(
        "ES-HEALTH-017", "health", "require_tls_outbound", "medium", "weaker",
        "Clean mail may be delivered without TLS",
        "{domain} is inline, and does not require TLS of the next hop.",
        "TLS is still used if the next hop offers it. Without the requirement somebody on the way can suppress it, and read and change the mail.",
        "Make sure that the next hop offers TLS, as Microsoft 365 and Google do. Then declare require_tls_outbound: true.",
    ),
    Rule(
        "ES-HEALTH-018", "health", "require_tls_inbound", "medium", "stronger",
        "TLS is required of the whole world",
        "{domain} is inline, the first hop, and rejects mail without TLS.",
        "A public mail server must not insist on TLS (RFC 3207, section 4). Devices, old servers and small offices cannot deliver.",
        "Declare require_tls_inbound: false. Require TLS partner by partner in the dashboard, and publish MTA-STS (RFC 8461).",
    ),
    Rule(
        "ES-HEALTH-019", "health", "integration_id", "critical", "weaker",
        "There is no mailbox integration",
        "{domain} has no integration.",
        "Without it mailboxes are not scanned, nothing can be moved out of them after delivery, and reports of users and the directory are missing.",
        "Connect the mail tenant in the dashboard, and declare integration_id.",
        _BY_MODE,
    ),
    Rule(
        "ES-HEALTH-020", "health", "drop_dispositions", "critical", "stronger",
        "Good mail is dropped now",
        "{domain} drops {named}. That includes good mail.",
        f"NONE does not mean that nothing is dropped: it is the disposition of ordinary mail. {_HELD}",
        "Take NONE, UNKNOWN, EXTERNAL and ENCRYPTED out of drop_dispositions, in the declaration as well, and release the good mail from the quarantine.",
        (Case("high", "only EXTERNAL or ENCRYPTED is dropped", lambda seen: not {"NONE", "UNKNOWN"} & set(seen.live)),),
    ),
    Rule(
        "ES-HEALTH-021", "health", "regions", "medium", "neutral",
        "Regions are set for a mailbox scan",
        "{domain} has the regions {live}, and only its mailboxes are scanned.",
        "Cloudflare offers regional processing for inline mail and copies only. A promise of where the mail is processed is not kept.",
        "Declare GLOBAL, so that nobody relies on a region. If the law asks for one, use another delivery mode.",
    ),
    Rule(
        "ES-HEALTH-022", "health", "allowed_delivery_modes", "high", "weaker",
        "A delivery mode does not exist for Google Workspace",
        "{domain} is with Google, and allows {named}.",
        "Mailbox scans, Retro Scan and journaling are for Microsoft 365 only. Mail that waits for them is never looked at.",
        "Use BCC, or deliver inline (DIRECT).",
        (Case("low", "DIRECT or BCC is allowed as well", lambda seen: bool(modes_of(seen.settings) & {"DIRECT", "BCC"})),),
    ),
    Rule(
        "ES-HEALTH-023", "health", "transport", "medium", "neutral",
        "The next hop is not the mail provider",
        "{domain} delivers to {live}, which is no host of the mail provider that the server names (Microsoft or Google).",
        "Mail may be delivered to a server that was given up. A gateway in between is fine.",
        "Look at where mail arrives. If a gateway stands between Cloudflare and the provider, waive this rule with live as the allowed value.",
    ),
    Rule(
        "ES-HEALTH-024", "health", "emails_processed", "high", "weaker",
        "No mail is processed at all",
        "{domain} is active, and no mail was processed in the last two periods: {live}.",
        "Its mail may go around Email Security. How long a period is, is not documented.",
        "Check the MX records of the domain, or the journal rule, BCC rule or integration that feeds it. If nobody writes to the domain, waive this rule.",
    ),
    Rule(
        "ES-HEALTH-025", "health", "emails_processed", "medium", "weaker",
        "Far less mail is processed than before",
        "{domain} had ten times as much mail before: {live}.",
        "Part of its mail may go another way. How long a period is, is not documented: the last one may have just begun.",
        "Check that all MX records point at Cloudflare, or that the rule that feeds it covers all users.",
    ),
    Rule(
        "ES-HEALTH-026", "health", "allowed_delivery_modes", "low", "neutral",
        "Inline and copies are both allowed",
        "{domain} allows {live}.",
        "If both are set up, each message is judged twice, and a forgotten mail rule goes unnoticed.",
        "Allow only the mode that is in use. Do not remove DIRECT while MX records point at Cloudflare.",
    ),
    Rule(
        "ES-HEALTH-027", "health", "ip_restrictions", "medium", "weaker",
        "A very wide network may send",
        "{domain} is inline, and accepts mail from {named}.",
        "No gateway has more than 65,536 addresses of IPv4 (/16), or more than a /32 of IPv6. Others who send from there go around it.",
        "Ask the owner of the gateway for its own networks, all of them. Narrow the list only then: mail from an address that is missing is rejected.",
    ),
    Rule(
        "ES-HEALTH-028", "health", "ip_restrictions", "medium", "weaker",
        "A network is shared with a provider's other customers",
        "{domain} is inline, and accepts mail from {named}, from where Microsoft, Google or Amazon SES send for all their customers.",
        "Any customer of that provider can deliver there, around the gateway.",
        "The list cannot tell the customers apart: use the secret header or connector of the gateway on the mail server as well. If that is in place, waive "
        "this rule. Do not take the network out of the list while your gateway sends from it: its mail would be rejected.",
    ),
    Rule(
        "ES-ADVICE-001", "advice", "ip_restrictions", "high", "stronger",
        "Networks are restricted at the first hop",
        "{domain} declares {declared} with lookback_hops 1: mail from any other sender in the world is rejected.",
        "Where Cloudflare is the first hop, mail comes from everywhere.",
        "Empty the list if the MX records point at Cloudflare. If a gateway stands before it, set lookback_hops to 2 or more.",
    ),
    Rule(
        "ES-ADVICE-002", "advice", "ip_restrictions", "high", "weaker",
        "The gateway can be bypassed, as declared",
        "{domain} declares a gateway by its lookback_hops, and accepts mail from everywhere.",
        "Whoever knows where the gateway delivers to can deliver there directly.",
        "Declare all networks of the gateway. Apply them only if the MX records point at the gateway: everybody else's mail is rejected from then on.",
    ),
    Rule(
        "ES-ADVICE-003", "advice", "drop_dispositions", "medium", "neutral",
        "Nothing can be dropped on a domain that is not inline",
        "{domain} declares {declared} to be dropped, and no DIRECT among its delivery modes.",
        "Only where mail passes through Cloudflare can it be kept back. Of copies nothing is dropped.",
        "Declare nothing to be dropped, so that nobody relies on it. Or allow DIRECT and point the MX records at Cloudflare: neither alone drops anything.",
    ),
    Rule(
        "ES-ADVICE-004", "advice", "transport", "high", "weaker",
        "An inline domain has no declared next hop",
        "{domain} declares DIRECT, and not where clean mail is to be delivered.",
        "A domain that is created inline without it has nowhere to deliver to. What is not declared is not compared: mail could be sent elsewhere, and no "
        "audit would say so.",
        "Declare transport.",
        (Case("medium", "the live domain has a transport", lambda seen: bool(seen.settings.get("transport"))),),
    ),
    Rule(
        "ES-ADVICE-005", "advice", "integration_id", "high", "weaker",
        "Mailboxes are to be scanned without an integration",
        "{domain} declares API, BCC or JOURNAL, and no integration.",
        "Without the consent that comes with an integration, no mailbox can be read, and nothing can be moved out of one.",
        "Declare integration_id.",
        (
            Case("low", "the live domain has an integration, which is not declared", lambda seen: bool(seen.wanted.get("integration_id"))),
            Case("medium", "copies are judged (BCC, JOURNAL) and no mailboxes", lambda seen: judges_copies(seen.wanted)),
        ),
    ),
    Rule(
        "ES-ADVICE-006", "advice", "drop_dispositions", "medium", "stronger",
        "SPOOF is dropped on the first day behind a gateway",
        "{domain} does not exist yet, and is to drop {declared} with a gateway before it.",
        "If lookback_hops does not fit, all mail fails SPF and may become SPOOF: all of it is kept back.",
        "Leave SPOOF out, until a message from outside shows the outside server's IP address in the dashboard (Investigation, Details).",
    ),
    Rule(
        "ES-ADVICE-007", "advice", None, "critical", "stronger",
        "A domain with mail is to be removed",
        "{domain} is declared with the state absent, is inline, and processed mail within the last day: {live}.",
        "While the MX records point at Cloudflare, its mail is rejected after the removal.",
        "Open the mail server for others, point the MX records at it, and wait until no mail was processed for a day. Only then apply the declaration.",
    ),
    Rule(
        "ES-ADVICE-008", "advice", "require_tls_inbound", "medium", "stronger",
        "TLS is to be required of the whole world",
        "{domain} declares require_tls_inbound on the first hop: mail of senders without TLS is rejected.",
        "A public mail server must not insist on TLS (RFC 3207, section 4).",
        "Declare require_tls_inbound: false. Require TLS partner by partner in the dashboard, and publish MTA-STS (RFC 8461).",
    ),
    Rule(
        "ES-ADVICE-009", "advice", "integration_id", "high", "weaker",
        "The integration is to be removed",
        "{domain} declares clear: integration_id, and uses the integration {live}.",
        "Applying it ends the removal of messages after delivery, the reports of users and the directory.",
        "If the integration is yours, take integration_id out of clear and declare it. If it is not, ask who connected it before you apply the declaration.",
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
        "Take NONE, UNKNOWN, EXTERNAL and ENCRYPTED out of drop_dispositions. To drop nothing, use clear: [drop_dispositions].",
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
