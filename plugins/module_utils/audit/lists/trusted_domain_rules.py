# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on trusted domains. The documentation of the rules is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources of the facts in the table, read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content).
# - What a recent and a proximity domain is, and that a new domain is MALICIOUS or SUSPICIOUS depending on its age:
#   docs/cloudflare-one/email-security/policies/inbound/trusted-domains.mdx.
# Where a text says that something is not documented, no source was found.
_ASK = "Ask who needs it, and remove it if nobody does."
_LOOKALIKE = "Attackers register names that resemble yours, and pose as you or your staff. The detection of such names does not apply to this domain."
_RECENT = "Many attacks come from domains that were registered days before. The detection of new domains does not apply to this domain."

TRUSTED_DOMAIN_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-TRUST-001", "drift", None, "high", "weaker",
        "Undeclared domain that may resemble yours",
        "The trusted domain {subject} is not declared: {live}.",
        _LOOKALIKE,
        f"Find out who owns the domain. {_ASK} If it belongs to you or to a partner, declare it with a comment.",
    ),
    Rule(
        "ES-TRUST-002", "drift", None, "high", "weaker",
        "Undeclared domain that may be new",
        "The trusted domain {subject} is not declared: {live}.",
        _RECENT,
        f"{_ASK} Otherwise declare it with a comment, and with expires: after 100 days at most, a domain is no longer new.",
        (SeverityCase("low", "the entry is older than 100 days", decided_by_check),),
    ),
    Rule(
        "ES-TRUST-003", "drift", None, "high", "weaker",
        "Trusted domain differs from its declaration",
        "The trusted domain {subject} differs from its declaration. Declared: {declared}. Live: {live}.",
        "With another flag, mail from the domain is not detected although it is new or resembles yours. Without a declared one, mail that should be tolerated "
        "can get a disposition.",
        "Ask who changed it and why. If the change is right, declare it. If not, apply the declaration.",
        (SeverityCase("medium", "a flag is lost, or the entry is missing; the direction is then stronger", decided_by_check),),
    ),
    Rule(
        "ES-TRUST-004", "drift", None, "high", "weaker",
        "Trusted domain is still live after its end",
        "The trusted domain {subject} is still live: {live}. Declared: {declared}.",
        "It should no longer be tolerated. The server stores no end: an entry stays until a run removes it.",
        "Apply the declaration, which removes it. If it is still needed, declare a new end, and the reason in the comment.",
    ),
    Rule(
        "ES-TRUST-101", "health", None, "critical", "weaker",
        "Trusted domain that stands for anything, or almost anything",
        "The trusted domain {subject} covers {live}.",
        "Domains of attackers are tolerated as well, although they are new or resemble yours. Whether a domain covers its subdomains is not documented.",
        "Find out which domains are meant, declare each of them, and remove this entry.",
        (
            SeverityCase(
                "high",
                "a regular expression demands hardly anything: a public suffix, or one to five letters and digits without a whole domain",
                decided_by_check,
            ),
        ),
    ),
    Rule(
        "ES-TRUST-102", "health", None, "low", "neutral",
        "Domain is no longer new",
        "The trusted domain {subject} is tolerated as a new one, but its entry is older than 100 days.",
        "A domain can be detected as new for at most 100 days. After that, the flag is_recent has no effect.",
        "Set is_recent: false, or remove the entry if that is its only flag.",
    ),
    Rule(
        "ES-TRUST-103", "health", None, "low", "neutral",
        "Trusted domain without a flag or a comment",
        "The trusted domain {subject} {live}.",
        "Without a flag, it has no effect. Without a comment, nobody can tell later who needs it and why, and whether it can be removed.",
        "Remove an entry without a flag. For the others, ask who needs them, and declare a comment with the owner and the reason.",
    ),
    Rule(
        "ES-TRUST-104", "health", None, "high", "weaker",
        "Lookalike of your domain is tolerated",
        "The trusted domain {subject} tolerates {live}.",
        _LOOKALIKE,
        "Find out who owns the domain. If you do, name it in own_domains. If a partner does, waive this finding for the partner. If not, remove the entry, and "
        "consider blocking the domain.",
    ),
    Rule(
        "ES-TRUST-105", "health", None, "low", "neutral",
        "Domain resembles none of yours",
        "The trusted domain {subject} is tolerated although it resembles a domain of yours, but none was found that it resembles.",
        "The flag is_similarity then has no effect. What Cloudflare counts as similar is not documented: this audit looks for one or two different letters, "
        "letters that look alike, and another top-level domain.",
        "Set is_similarity: false, or remove the entry if that is its only flag. If mail from the domain then gets a disposition, set the flag again.",
    ),
    Rule(
        "ES-TRUST-106", "health", None, "high", "weaker",
        "Lookalikes are tolerated by a regular expression",
        "The trusted domain {subject} tolerates lookalikes of your domains by a regular expression.",
        "An attacker can register another domain that matches. It is then tolerated although it resembles yours.",
        "Declare each domain that is meant, and remove this entry.",
    ),
)  # fmt: skip
