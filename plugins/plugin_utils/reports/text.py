# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that several report formats share. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...module_utils.api.texts import list_names, truncate
from ...module_utils.audit.finding_text import empty_value_text
from .audit_scope import has_lists, resources_read
from .document import Document
from .resource_names import DOMAINS, is_about_list, resource_of, resource_phrase
from .validation import Finding

# More than any domain name with its id has.
_MAX_SUBJECT_LENGTH = 300
_MAX_SCOPE_NAMES = 10
# What the API does not show, so that no audit can check it. docs/mail-flow.md explains what to check instead.
NOT_CHECKED = (
    "auto-moves (whether a malicious message is moved out of a mailbox after delivery)",
    "direct delivery to the mail server and Direct Send (mail that bypasses Cloudflare)",
    "MX records, and the journal and BCC rules of the mail provider",
    "whether mail arrives",
)


def escape_invisible(text: str) -> str:
    """Escape all characters that are invisible or change how the text is displayed."""
    return text if text.isprintable() else "".join(character if character.isprintable() else _escape(character) for character in text)


def format_value(finding: Finding, side: str) -> str:
    """The `declared` or the `live` value of a finding as text; lists are joined by blanks."""
    value = finding[side]
    if value is None or value == []:
        return empty_value_text(finding["rule_id"], finding["field"], "none")
    return "empty" if value == "" else plain_value(value)


def plain_value(value: Any) -> str:
    """A value as text; None is the empty text."""
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
    """Whether the declared and the live value add anything to the title of the rule."""
    category = finding["category"]
    if is_about_list(finding) and category != "waiver":
        is_difference = category == "drift" and finding["field"] is not None
        return finding["declared"] is not None or is_difference, finding["live"] is not None or is_difference
    if category == "advice" and finding["field"] is None:
        return False, False
    if category == "drift" and finding["field"] is None:
        return False, finding["live"] not in (None, "present")
    return category != "health", category in ("drift", "health") or finding["live"] is not None


def subject_of(finding: Finding) -> str:
    """What a finding is about: a domain, the entry of a list or a whole list, the pattern of a waiver, or the account."""
    return escape_invisible(truncate(finding["domain"] or finding.get("entry") or _whole_text(finding), _MAX_SUBJECT_LENGTH))


def subject_title(document: Document) -> str:
    """The head of a column with subjects."""
    return "Domain or entry" if has_lists(document) else "Domain"


def list_text(finding: Finding) -> str:
    """The list whose entry a finding is about, as it is called within a sentence; empty for domains, and for findings about a whole list."""
    return escape_invisible(resource_phrase(resource_of(finding))) if is_about_list(finding) and finding.get("entry") else ""


def format_time(text: str) -> str:
    """A time stamp in readable form."""
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return escape_invisible(text)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} UTC"


def format_day(text: str) -> str:
    """The day of a time stamp."""
    return escape_invisible(text[:10])


def pluralize(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def headline(document: Document) -> str:
    """The most important result in one sentence."""
    if document["status"] == "error":
        return "The audit failed. The state of the account is unknown."
    if not has_lists(document):
        return _domain_headline(document)
    of_domains = [_domain_headline(document)] if DOMAINS in resources_read(document) and document["summary"]["declared"] else []
    return " ".join([*of_domains, _list_headline(document)])


def _domain_headline(document: Document) -> str:
    summary, drift = document["summary"], [finding for finding in _drift(document) if not is_about_list(finding)]
    weaker = len({finding["domain"] for finding in drift if finding["direction"] == "weaker"})
    waived = summary.get("drift_waived", 0)
    others = summary["declared"] - summary["as_declared"] - waived
    prefix = "At least " if document["shortened"] and weaker else ""
    if weaker:
        return f"{prefix}{weaker} of {pluralize(summary['declared'], 'domain')} {'is' if weaker == 1 else 'are'} less protected than decided."
    if others:
        return f"No domain is less protected than decided, but {others} {'differs' if others == 1 else 'differ'} from the declaration."
    if waived:
        verb = "is" if summary["declared"] == 1 else "are"
        return f"{summary['as_declared']} of {pluralize(summary['declared'], 'domain')} {verb} as declared; all other differences are waived."
    everything = f"All {summary['declared']} domains are" if summary["declared"] != 1 else "The domain is"
    return f"{everything} as declared." if summary["declared"] else "No domain is declared."


def _list_headline(document: Document) -> str:
    drift = [finding for finding in _drift(document) if is_about_list(finding)]
    differing = len({(resource_of(finding), finding["entry"]) for finding in drift})
    weaker = len({(resource_of(finding), finding["entry"]) for finding in drift if finding["direction"] == "weaker"})
    prefix = "At least " if document["shortened"] and differing else ""
    if weaker:
        return f"{prefix}{pluralize(weaker, 'entry of a list makes', 'entries of lists make')} the account less protected than decided."
    if differing:
        return f"{prefix}{pluralize(differing, 'entry of a list differs', 'entries of lists differ')} from the declaration."
    return "No entry of a list differs from the declaration." if not document["unread"] else "No entry of the lists that could be read differs."


def _drift(document: Document) -> list[Finding]:
    return [finding for finding in document["findings"] if not finding["waived"] and finding["category"] == "drift"]


def _whole_text(finding: Finding) -> str:
    return resource_phrase(resource_of(finding)) if is_about_list(finding) else "the account"


def facts(document: Document) -> list[str]:
    """The counts of the summary as sentences."""
    summary = document["summary"]
    if summary is None:
        last_good = document["last_good"]
        return [f"The last successful audit is of {format_time(last_good['audited_at'])}."] if last_good else ["No earlier audit is known."]
    if has_lists(document):
        summary = {**summary, **_counts_without_lists(document)}
    sentences = [f"{pluralize(summary['as_declared'], 'domain is', 'domains are')} as declared."] if summary["as_declared"] < summary["declared"] else []
    for key, one, many in (
        ("missing", "declared domain does not exist", "declared domains do not exist"),
        ("undeclared", "live domain is not declared", "live domains are not declared"),
        ("health", "finding is about status, DMARC, SPF or mail", "findings are about status, DMARC, SPF or mail"),
        ("of_lists", "finding is about the lists", "findings are about the lists"),
        ("advice", "finding is about the declaration", "findings are about the declaration"),
        ("waiver", "waiver needs attention", "waivers need attention"),
        ("drift_waived", "domain has waived differences only", "domains have waived differences only"),
        ("waived", "finding is waived", "findings are waived"),
    ):
        if summary.get(key):
            sentences.append(f"{pluralize(summary[key], one, many)}.")
    return sentences


def _counts_without_lists(document: Document) -> dict[str, int]:
    """The counts of the findings on domains, and the number of those on lists."""
    unwaived = [finding for finding in document["findings"] if not finding["waived"] and finding["category"] != "waiver"]
    of_domains = [finding["category"] for finding in unwaived if not is_about_list(finding)]
    return {"health": of_domains.count("health"), "advice": of_domains.count("advice"), "of_lists": len(unwaived) - len(of_domains)}


def comparison_text(document: Document) -> str:
    """The number of new, gone and continuing findings in a sentence; empty without a previous report."""
    comparison = document["comparison"]
    if comparison is None:
        return ""
    counts = [f"{comparison['new']} new", f"{len(comparison['gone'])} gone", f"{comparison['still']} unchanged"]
    not_audited = len(document["not_audited"])
    more = f" {pluralize(not_audited, 'earlier finding was', 'earlier findings were')} not checked." if not_audited else ""
    return f"Since the audit of {format_time(comparison['previous_audited_at'])}: {', '.join(counts)}.{more}"


def scope_text(document: Document) -> str:
    """The domains of a partial audit in a sentence; empty for an audit of all domains."""
    scope = document["scope"]
    if scope is None:
        return ""
    names = list_names([escape_invisible(truncate(name, _MAX_SUBJECT_LENGTH)) for name in scope], _MAX_SCOPE_NAMES)
    return f"This is a partial audit: {names}. Other domains were not checked."


def omission_text(document: Document) -> str:
    """What the report does not contain in a sentence; empty if it is complete."""
    return f"This report is incomplete: {'; '.join(map(escape_invisible, document['shortened']))}." if document["shortened"] else ""


def not_checked_text() -> str:
    """What no audit checks in a sentence."""
    return f"Not checked, because the API does not show it: {'; '.join(NOT_CHECKED)}."


def waiver_text(waiver: dict[str, Any]) -> str:
    return escape_invisible(f"{waiver['reason']} (allowed by {waiver['owner']} until {waiver['expires']})")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
