# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several formats say in the same words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .document import Document
from .previous import Finding

# What an empty list means, where it is not nothing.
_EMPTY = {"ip_restrictions": "anywhere"}
# Longer than any domain with its id.
_LONGEST_NAME = 300
# What the API does not show, so that no audit can say anything of it. docs/mail-flow.md tells what to look at instead.
NOT_LOOKED_AT = (
    "auto-moves (whether a malicious message is moved out of a mailbox after delivery)",
    "the mail server's own door and Direct Send (mail that never passes Cloudflare)",
    "MX records, and the journal and BCC rules of the mail provider",
    "whether mail arrives",
)
# So many domains of a scope are named.
_MOST_NAMES = 10


def escape_invisible(text: str) -> str:
    """The text with everything that a reader would not see, or that would change what he sees, written as an escape."""
    return text if text.isprintable() else "".join(character if character.isprintable() else _escape(character) for character in text)


def truncate(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def format_value(field: str | None, value: Any) -> str:
    """A value in words; lists joined by blanks."""
    if value is None or value == [] or value == "":
        return _EMPTY.get(str(field), "none") if value == [] or value is None else "empty"
    return plain_value(value)


def plain_value(value: Any) -> str:
    """A value as text; nothing is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(plain_value(item) for item in value)
    if isinstance(value, dict):
        return " ".join(f"{escape_invisible(name)}={plain_value(item)}" for name, item in sorted(value.items()))
    return escape_invisible(str(value))


def visible_columns(finding: Finding) -> tuple[bool, bool]:
    """Whether the declared and the live value tell a reader anything that the rule does not."""
    category = finding["category"]
    if category == "advice" and finding["field"] is None:
        return False, False
    if category == "drift" and finding["field"] is None:
        return False, finding["live"] not in (None, "present")
    return category != "health", category in ("drift", "health") or finding["live"] is not None


def subject_of(finding: Finding) -> str:
    """What a finding is about: a domain, the pattern of a waiver, or the account."""
    return escape_invisible(truncate(finding["domain"] or "the account", _LONGEST_NAME))


def format_time(text: str) -> str:
    """A point in time, as people write it."""
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return escape_invisible(text)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} UTC"


def day(text: str) -> str:
    return escape_invisible(text[:10])


def pluralize(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def headline(document: Document) -> str:
    """The one sentence for somebody who reads no other."""
    if document["status"] == "error":
        return "The audit failed, so nothing is known of the account."
    summary, drift = document["summary"], [finding for finding in document["findings"] if not finding["waived"] and finding["category"] == "drift"]
    weaker = len({finding["domain"] for finding in drift if finding["direction"] == "weaker"})
    allowed = summary.get("drift_waived", 0)
    others = summary["declared"] - summary["as_declared"] - allowed
    least = "At least " if document["shortened"] and weaker else ""
    if weaker:
        return f"{least}{weaker} of {pluralize(summary['declared'], 'domain')} {'is' if weaker == 1 else 'are'} less protected than decided."
    if others:
        return f"No domain is less protected than decided, but {others} {'is' if others == 1 else 'are'} not as declared."
    if allowed:
        verb = "is" if summary["declared"] == 1 else "are"
        return f"{summary['as_declared']} of {pluralize(summary['declared'], 'domain')} {verb} as declared; the rest differs only in what is waived."
    whole = f"All {summary['declared']} domains are" if summary["declared"] != 1 else "The domain is"
    return f"{whole} as declared." if summary["declared"] else "No domain is declared."


def facts(document: Document) -> list[str]:
    """What else a manager wants to know, in sentences."""
    summary = document["summary"]
    if summary is None:
        good = document["last_good"]
        return [f"The last audit that worked is of {format_time(good['audited_at'])}."] if good else ["No earlier audit is known."]
    told = [f"{pluralize(summary['as_declared'], 'domain is', 'domains are')} as declared."] if summary["as_declared"] < summary["declared"] else []
    for key, one, many in (
        ("missing", "declared domain is not there", "declared domains are not there"),
        ("undeclared", "live domain is declared by nobody", "live domains are declared by nobody"),
        ("health", "finding is about status, DMARC, SPF or mail", "findings are about status, DMARC, SPF or mail"),
        ("advice", "finding is about what is declared", "findings are about what is declared"),
        ("waiver", "waiver needs attention", "waivers need attention"),
        ("drift_waived", "domain differs only in what is waived", "domains differ only in what is waived"),
        ("waived", "finding is waived", "findings are waived"),
    ):
        if summary.get(key):
            told.append(f"{pluralize(summary[key], one, many)}.")
    return told


def change(document: Document) -> str:
    """What is new and what is gone, in a sentence; empty if there is nothing to compare with."""
    comparison = document["comparison"]
    if comparison is None:
        return ""
    news = [f"{comparison['new']} new", f"{len(comparison['gone'])} gone", f"{comparison['still']} as before"]
    kept = len(document["not_audited"])
    more = f" {pluralize(kept, 'earlier finding was', 'earlier findings were')} not looked at." if kept else ""
    return f"Since the audit of {format_time(comparison['previous_audited_at'])}: {', '.join(news)}.{more}"


def scope_of(document: Document) -> str:
    """Which part of the declared domains was audited, in a sentence; empty if it is an audit of all."""
    scope = document["scope"]
    if scope is None:
        return ""
    names = ", ".join(escape_invisible(truncate(name, _LONGEST_NAME)) for name in scope[:_MOST_NAMES])
    more = f" and {len(scope) - _MOST_NAMES} more" if len(scope) > _MOST_NAMES else ""
    return f"This is an audit of a part: {names}{more}. Other domains were not looked at."


def incomplete(document: Document) -> str:
    """That something is left out, in a sentence; empty if nothing is."""
    return f"This report does not hold everything: {'; '.join(map(escape_invisible, document['shortened']))}." if document["shortened"] else ""


def not_looked_at() -> str:
    """What no audit looks at, in a sentence."""
    return f"Not looked at, because the API does not show it: {'; '.join(NOT_LOOKED_AT)}."


def waiver_text(waiver: dict[str, Any]) -> str:
    return escape_invisible(f"{waiver['reason']} (allowed by {waiver['owner']} until {waiver['expires']})")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
