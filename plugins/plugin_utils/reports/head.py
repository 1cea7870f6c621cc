# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a report: what was audited, with which policy, when, with what and where. Pure."""

from __future__ import annotations

from ...module_utils.api.texts import truncate
from .audit_scope import has_lists, resources_read
from .document import TOOL, Document
from .resource_names import DOMAINS
from .text import escape_invisible, format_time, pluralize

_MAX_LENGTH = 300


def head(document: Document) -> list[tuple[str, str]]:
    """The entries of the head, each a label with its text. What is not known is left out."""
    entries = {
        "Account": _account(document),
        "Scope": _scope(document),
        "Policy": _policy(document),
        "Tried" if document["error"] else "Audited": format_time(document["audited_at"]),
        "Created": f"{TOOL} {document['tool']['version']}" + (f" on {document['host']}" if document["host"] else ""),
    }
    return [(label, escape_invisible(truncate(text, _MAX_LENGTH))) for label, text in entries.items() if text]


def _account(document: Document) -> str:
    name, account_id = document["account"]["name"], document["account"]["id"]
    return f"{name} ({account_id})" if name and account_id else name or account_id or ""


def _scope(document: Document) -> str:
    summary = document["summary"]
    if summary is None:
        return ""
    declared = pluralize(summary["declared"], "declared domain")
    rules = f", {pluralize(len(document['rules']), 'rule')}"
    if document["scope"] is not None:
        return f"Partial: {declared}{rules}"
    if has_lists(document):
        lists = pluralize(len(resources_read(document) - {DOMAINS}), "list")
        domains = f"{declared}, {len(document['undeclared']) or 'no'} undeclared, " if DOMAINS in resources_read(document) else ""
        return f"{domains}{lists}{rules}"
    return f"{declared}, {len(document['undeclared']) or 'no'} undeclared{rules}"


def _policy(document: Document) -> str:
    files, version = document["policy"]["files"], document["policy"]["version"]
    return ", ".join(files) + (f" (version {version})" if files and version else f"version {version}" if version else "")
