# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that every list has, and those that compare entries with each other. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# More allow policies than this are more than anybody reviews.
MAX_ALLOW_POLICIES = 100
# At least so many allow policies say something about the share of those that trust senders: one in so many at most.
MIN_FOR_SHARE, TRUSTED_SHARE = 10, 5

# Sources of the facts in the table. Cloudflare's documentation was read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below
# src/content/docs/cloudflare-one/email-security).
# - A pattern type UNKNOWN is refused in a write, and which lists an account is entitled to: the API reference.
# - Link actions, and so the rewriting of URLs, need an inline deployment: settings/detection-settings/configure-link-actions.mdx. Mail without TLS from a
#   restricted domain is dropped: policies/inbound/partner-domain-tls.mdx.
# - Narrow allow policies, trusted senders for temporary rules, phishing simulations and one-time links, and verification for the others:
#   settings/detection-settings/best-practices.mdx.
# - What a trusted and an acceptable sender skip: policies/inbound/allow-policies.mdx.
# Where a text says that something is not documented, no source was found: whether an allow policy takes precedence over a blocked sender, whether a domain
# covers its subdomains, and which of several entries of one key applies.
_SUBDOMAINS = "Whether a domain covers its subdomains is not documented"

COMMON_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-LIST-001", "drift", None, "high", "neutral",
        "Several live entries have one key",
        "{live}",
        "If they differ, it is not documented which of them applies, and a declaration of the key does not say which of them it means. Of equal ones, each has "
        "the same effect, so that removing one of them changes nothing.",
        "Decide which of them is right, and remove the others by their ids. Of equal ones keep one: a purge of the list removes the others.",
        (SeverityCase("low", "the entries are equal", decided_by_check),),
    ),
    Rule(
        "ES-LIST-002", "drift", None, "low", "neutral",
        "A comment differs",
        "The comment of {subject} is {live}. Declared: {declared}.",
        "The comment should say why an entry exists and who asked for it. Whoever reviews the list later depends on that.",
    ),
    Rule(
        "ES-LIST-003", "health", "pattern_type", "low", "neutral",
        "The type of the pattern is unknown",
        "The pattern type of {subject} is UNKNOWN.",
        "The API shows this type for old entries, and refuses it in a write: once the entry is lost, it cannot be created again as it was. What such a pattern "
        "covers is not documented.",
        "Create the entry again with the type EMAIL, DOMAIN or IP, check that it works, and remove the old one. If nobody needs it, only remove it.",
    ),
    Rule(
        "ES-LIST-004", "health", None, "low", "neutral",
        "A regular expression could not be read",
        "The regular expression of {subject} could not be read, so the entry was not judged by what it covers.",
        "It may contain a mistake, such as a group that is not closed, and then match nothing. Or it is too long or too nested to be read here. Whether the "
        "server checks regular expressions is not documented.",
        "Correct it, or write it more simply: several literal entries are easier to review than one long regular expression.",
    ),
    Rule(
        "ES-LIST-005", "health", None, "medium", "neutral",
        "A list could not be read",
        "{subject} could not be read ({live}), so nothing in it was judged.",
        "The other findings say nothing about what is in it. An account whose allow policies are unknown may exempt any sender.",
        "If the failure is `permission`, give the credential the permission to read Email Security settings. If it is `not_entitled`, the plan of the account "
        "does not have this list: leave it out of `resources`. Otherwise run the audit again.",
        (SeverityCase("high", "it is the list of allow policies or of trusted domains", decided_by_check),),
    ),
    Rule(
        "ES-LIST-006", "cross", None, "low", "neutral",
        "The list has no effect without an inline domain",
        "{subject} has {live}, but no live domain is inline.",
        "Cloudflare delivers the mail of inline domains only, so that it cannot drop other mail for a lack of TLS, and it rewrites links in inline mail only. "
        "A reader of the list may take it for protection, or for an exemption.",
        "If a domain is to become inline, nothing needs to be done. Otherwise remove the entries.",
    ),
    Rule(
        "ES-LIST-007", "health", None, "medium", "weaker",
        "Too many allow policies, or too many that trust senders",
        "{subject} has {live}.",
        f"More than {MAX_ALLOW_POLICIES} policies are hard to review. Mail from trusted senders skips every detection, so such policies should be rare: at "
        f"most one in {TRUSTED_SHARE}.",
        "Begin with the trusted senders: make them acceptable senders with verification, except for phishing simulations. Then give each policy a comment and "
        "a last day, and remove those that no one needs.",
    ),
    Rule(
        "ES-CROSS-001", "cross", None, "high", "weaker",
        "A sender is allowed and blocked",
        "{subject} is allowed as {live}, and it is blocked as well.",
        "Which of the two takes precedence is not documented. Until you have tried it, assume that the allow policy does: then mail from a sender that is "
        "meant to be blocked skips detections.",
        "Find out which of the two entries is newer, and why it was made. If in doubt, remove the allow policy: mail that is dropped by mistake can be "
        "released from the quarantine.",
    ),
    Rule(
        "ES-CROSS-002", "cross", None, "medium", "neutral",
        "An allowed sender lies in a blocked domain or network, or the reverse",
        "{subject} lies in {live}.",
        f"Such an exception may be intended. But which of the two entries takes precedence is not documented. {_SUBDOMAINS}, either.",
        "Send a test message from the narrower sender. If its entry does not have the effect that you want, narrow or remove the wider one. If the exception "
        "is intended and works, say so in the comments, and waive this finding.",
    ),
    Rule(
        "ES-CROSS-003", "cross", None, "low", "neutral",
        "An entry is covered by a wider one of its list",
        "{subject} is covered by {live}.",
        f"The narrower entry adds nothing, and makes the list longer to review. {_SUBDOMAINS}.",
        "Check that the wider entry is meant. If it goes too far, remove it. Otherwise remove the narrower one; if that is a subdomain, first find out with a "
        "test message whether the wider entry covers it.",
    ),
)  # fmt: skip
