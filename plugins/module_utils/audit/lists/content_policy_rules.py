# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on content policies, which the dashboard calls blocked content. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources, read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content/docs/cloudflare-one/email-security).
# - A match makes a message malicious; the syntax, with 50 as the limit of a repetition; a word without "exact word match" also matches inside other words;
#   the test of a pattern in the dashboard: policies/inbound/blocked-content.mdx.
# - What becomes of malicious mail: the sources in block_sender_rules.py.
# What happens with syntax that is not on that page is not documented.
_BLOCKED_MAIL = (
    "Matching mail gets the disposition MALICIOUS, whoever sent it: an inline domain with MALICIOUS in drop_dispositions quarantines it, and a domain with "
    "an integration moves it if auto-moves are on."
)
_RELEASE = "Release the legitimate mail from the admin quarantine, or move it back."
_TEST = "Test the pattern with ordinary messages: the dashboard has a test in the form of the policy."

CONTENT_POLICY_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-CONTENT-001", "drift", None, "high", "weaker",
        "A content policy blocks less than declared",
        "{subject} blocks less than declared. Live: {live}. Declared: {declared}.",
        "A declared policy is missing, disabled, or no longer applied to the subject or the body. Mail that it should block is judged like any other.",
        "Ask whether somebody disabled it because it blocked legitimate mail. If so, correct the pattern in the declaration first. Then apply the declaration.",
    ),
    Rule(
        "ES-CONTENT-002", "drift", "pattern", "high", "neutral",
        "A content policy has another pattern than declared",
        "{subject} blocks mail with {live}. Declared: {declared}.",
        "The policy blocks other mail than was decided: it may miss the attack that it was written for, or block legitimate mail.",
        f"Compare the two patterns. {_TEST} Then apply the declaration, or declare the live pattern.",
    ),
    Rule(
        "ES-CONTENT-003", "drift", None, "medium", "stronger",
        "A content policy blocks more than declared",
        "{subject} blocks more than declared. Live: {live}. Declared: {declared}.",
        f"A policy is live but not declared, enabled although it should be disabled, or applied to more than it should be. {_BLOCKED_MAIL}",
        "Read the note of the policy, and ask who changed it. If it is right, declare it. If not, apply the declaration; an undeclared policy is removed "
        f"with purge, or if it is declared absent. {_RELEASE}",
    ),
    Rule(
        "ES-CONTENT-004", "drift", None, "medium", "stronger",
        "A content policy that has ended is still live",
        "{subject} is still live. Declared: {declared}.",
        "The policy was needed for a limited time, or not at all. Matching mail is still malicious if the policy is enabled.",
        f"Apply the declaration, which removes the policy. {_RELEASE} If it is still needed, remove state absent, or declare a later last day.",
    ),
    Rule(
        "ES-CONTENT-101", "health", "pattern", "critical", "stronger",
        "A content policy blocks ordinary mail",
        "{subject} blocks {live}.",
        f"{_BLOCKED_MAIL} With such a pattern, that is ordinary mail of customers and colleagues. Neither sender nor recipient is notified of quarantined "
        "mail.",
        f"Disable the policy at once if it matches everything. {_RELEASE} Then write a longer pattern: the words of the attack with their neighbours, and \\b "
        f"at both ends. {_TEST}",
        (
            SeverityCase("high", "it demands up to five letters or digits", decided_by_check),
            SeverityCase("medium", "it is one common business word, without an anchor or \\b", decided_by_check),
        ),
    ),
    Rule(
        "ES-CONTENT-102", "health", "pattern", "medium", "weaker",
        "A content policy may never match",
        "The pattern of {subject} uses {live}, which the documentation of blocked content does not mention.",
        "Blocked content supports only some of the syntax of regular expressions, with repetitions of at most 50. What happens with the rest is not "
        "documented: the policy may match nothing, and nobody notices.",
        f"Rewrite the pattern with the documented syntax: an alternative for each case, or several policies. {_TEST}",
    ),
)  # fmt: skip
