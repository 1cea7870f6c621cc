# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on URL ignore patterns, which exempt links from being rewritten. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources, read on 2026-11-28. What happens to a link that is rewritten (it is opened in a remote browser, or defanged), that this is for inline mail only, and
# the limit of 512 characters in the dashboard: docs/cloudflare-one/email-security/settings/detection-settings/configure-link-actions.mdx in the repository
# cloudflare/cloudflare-docs. That a pattern exempts URLs that match it: the API reference of url_ignore_patterns. Whether a pattern must match the whole URL
# or a part of it is not documented, so it is judged as if a part were enough.
_NOT_REWRITTEN = "A link that is not rewritten opens directly: neither in the remote browser, nor defanged."
_START = "Begin the pattern with ^https:// and the complete host name with escaped dots, followed by a slash, as in ^https://login\\.example\\.com/"

URL_IGNORE_PATTERN_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-URL-001", "drift", None, "medium", "weaker",
        "Undeclared URL pattern",
        "Links that match {subject} are not rewritten, and nothing declares that.",
        _NOT_REWRITTEN,
        "Find out who added it, and for which service. Declare it with a comment and a last day, or remove it.",
    ),
    Rule(
        "ES-URL-002", "drift", None, "low", "stronger",
        "A declared URL pattern is missing",
        "Links that match {declared} are rewritten, although they are declared to be exempt.",
        "Links of a service are rewritten for which that was not wanted. Those that work only once, or only in the user's own browser, may fail.",
    ),
    Rule(
        "ES-URL-005", "drift", None, "medium", "weaker",
        "A URL pattern that should be removed still exists",
        "Links that match {subject} are still not rewritten. Declared: {declared}.",
        f"The exemption was approved for a limited time, or withdrawn. {_NOT_REWRITTEN}",
        "Apply the declaration. If the exemption is still needed, have it approved again, and set a later last day.",
    ),
    Rule(
        "ES-URL-101", "health", "pattern", "high", "weaker",
        "A URL pattern matches too much",
        "The pattern {subject} {live}.",
        f"It exempts links that nobody had in mind, also those of an attacker. {_NOT_REWRITTEN}",
        f"{_START}.",
        (SeverityCase("medium", "the pattern demands a few letters, or no http:// or https:// at its beginning", decided_by_check),),
    ),
    Rule(
        "ES-URL-102", "health", "pattern", "high", "weaker",
        "The host of a URL pattern is not fixed at the beginning",
        "The pattern {subject} does not begin with a fixed host.",
        "It also matches links to any other host that contain the text somewhere else, such as https://attacker.example/?x=login.example.com/. It does so as "
        f"well if nothing ends the host name: login.example.com.attacker.example. {_NOT_REWRITTEN}",
        f"{_START}.",
    ),
    Rule(
        "ES-URL-103", "health", "pattern", "high", "weaker",
        "A URL pattern exempts a service on which anybody can publish",
        "The pattern {subject} exempts links to {live}.",
        f"Anybody can have a link there that leads to any other place, or to any file. {_NOT_REWRITTEN}",
        "Remove the pattern. If links of your own organization must be exempt, write the part of the address that belongs to it alone, such as its subdomain.",
    ),
    Rule(
        "ES-URL-104", "health", None, "low", "neutral",
        "A URL pattern without a comment, or one that is too long for the dashboard",
        "The pattern {subject} {live}.",
        "Without a comment nobody knows later whether the exemption is still needed. The dashboard accepts 512 characters, the API 1024: a longer pattern may "
        "not be editable in the dashboard.",
        "Write into the comment who needs the exemption and why, such as a ticket. Divide a long pattern into several.",
    ),
)  # fmt: skip
