# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as JUnit XML: a test case for each domain, for each list that was read, and for each finding on an entry of a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from .audit_scope import lists_audited
from .document import Document
from .resource_names import in_order, is_about_list, resource_of
from .text import escape_invisible, headline, omission_text, pluralize, scope_text, subject_of, waiver_text
from .validation import Finding

_TIME = {"time": "0"}
_ACCOUNT_CASE = "The account can be audited"
_WAIVER_CASE = "All waivers are needed and in force"


def render_junit(document: Document) -> str:
    """Return the file. The names of its test cases are the same in each audit, so that a CI system shows the history of each."""
    suite = ET.Element(
        "testsuite", name=escape_invisible(document["title"]), hostname="localhost", timestamp=escape_invisible(document["audited_at"].removesuffix("Z"))
    )
    if document["scope"] is not None:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="scope", value=scope_text(document))
    if document["error"]:
        _add_error(suite, document["error"])
    else:
        _add_cases(suite, document)
    ET.SubElement(suite, "system-out").text = " ".join(filter(None, (headline(document), scope_text(document), omission_text(document))))
    root = ET.Element("testsuites", name=escape_invisible(document["title"]))
    for element in (suite, root):
        _add_counts(element, suite)
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_cases(suite: ET.Element, document: Document) -> None:
    """Add a case for the account, one for all waivers, one for each declared domain and each other domain with findings, and those of the lists."""
    account: list[Finding] = []
    waivers: list[Finding] = []
    # Declared domains without findings have a case that passes.
    domains: dict[str, list[Finding]] = {subject_of(entry): [] for entry in document.get("domains") or () if entry.get("declared")}
    # A list without findings has a case that passes. Its entries have none: there may be thousands, and the names of them are no test.
    lists: dict[str, list[Finding]] = {name: [] for name in lists_audited(document)}
    entries: dict[tuple[str, str], list[Finding]] = {}
    for finding in document["findings"]:
        if finding["category"] == "waiver":
            waivers.append(finding)
        elif is_about_list(finding):
            name = resource_of(finding)
            cases = lists.setdefault(name, []) if finding["entry"] is None else entries.setdefault((name, _case_name(finding)), [])
            cases.append(finding)
        elif finding["domain"] is None:
            account.append(finding)
        else:
            domains.setdefault(subject_of(finding), []).append(finding)
    # These exist always: some tools treat a suite without test cases as an error.
    _add_case(suite, "audit", _ACCOUNT_CASE, account)
    _add_case(suite, "audit", _WAIVER_CASE, waivers)
    for name in sorted(domains):
        _add_case(suite, "domains", name, domains[name])
    for name in in_order(lists):
        _add_case(suite, "lists", escape_invisible(name), lists[name])
    for name, case in sorted(entries):
        _add_case(suite, f"lists.{escape_invisible(name)}", case, entries[name, case])


def _case_name(finding: Finding) -> str:
    """The name of the case of a finding on an entry: it depends on nothing that changes from night to night."""
    return ": ".join(escape_invisible(text) for text in (subject_of(finding), finding["rule_id"], finding["field"]) if text)


def _add_case(suite: ET.Element, classname: str, name: str, findings: list[Finding]) -> None:
    """Add a case: it passes without findings, is skipped if all of them are waived, and otherwise fails."""
    case = ET.SubElement(suite, "testcase", _TIME, classname=classname, name=name)
    unwaived = [finding for finding in findings if not finding["waived"]]
    waived = [f"{finding['rule_id']} is waived: {waiver_text(finding['waiver'])}" for finding in findings if finding["waived"]]
    if unwaived:
        worst = unwaived[0]
        more = f" And {pluralize(len(unwaived) - 1, 'more finding')}." if len(unwaived) > 1 else ""
        failure = ET.SubElement(
            case, "failure", type=f"{worst['severity']} {escape_invisible(worst['rule_id'])}", message=escape_invisible(worst["message"]) + more
        )
        failure.text = "\n".join(_lines(unwaived))
        if waived:
            ET.SubElement(case, "system-out").text = "\n".join(waived)
    elif waived:
        ET.SubElement(case, "skipped", message="; ".join(waived))


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for finding in findings:
        yield escape_invisible(f"{finding['severity']} {finding['rule_id']}: {finding['message']} {finding['remedy']} (since {finding['first_seen']})")


def _add_error(suite: ET.Element, error: dict[str, str]) -> None:
    case = ET.SubElement(suite, "testcase", _TIME, classname="audit", name=_ACCOUNT_CASE)
    ET.SubElement(case, "error", type=escape_invisible(error["kind"]), message=escape_invisible(error["msg"])).text = escape_invisible(error["msg"])


def _add_counts(element: ET.Element, suite: ET.Element) -> None:
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped"}
    for name, path in counts.items():
        element.set(name, str(len(suite.findall(path))))
    element.set("time", "0")
