# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report as JUnit XML: a test case for each domain, for each list that was read, and for each finding on an entry of a list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from .audit_scope import lists_audited
from .document import Document
from .resource_names import in_order, is_about_list, resource_of
from .text import escape_invisible, headline, omission_text, pluralize, scope_text, subject_of, waiver_text
from .validation import Finding

_TIME = {"time": "0"}
_ACCOUNT_CASE = "The account can be audited"
_WAIVER_CASE = "All waivers are needed and in force"
# The cases are in a suite, and the suite in the root element.
_CASE_LEVEL = 2
_BETWEEN_CASES = f"\n{_CASE_LEVEL * '  '}"


class Case(NamedTuple):
    """A test case: it passes without findings, is skipped if all of them are waived, and otherwise fails."""

    classname: str
    name: str
    findings: list[Finding]
    error: Mapping[str, str] | None = None

    @property
    def result(self) -> str:
        """The name of the element that says how the case ended; empty if it passes."""
        if self.error:
            return "error"
        if not self.findings:
            return ""
        return "skipped" if all(finding["waived"] for finding in self.findings) else "failure"


def render_junit(document: Document) -> Iterator[str]:
    """Yield the file in parts. The names of its test cases are the same in each audit, so that a CI system shows the history of each."""
    cases = [Case("audit", _ACCOUNT_CASE, [], document["error"])] if document["error"] else _cases(document)
    title, counts = escape_invisible(document["title"]), _counts(cases)
    root = ET.Element("testsuites", {"name": title, **counts})
    time = escape_invisible(document["audited_at"].removesuffix("Z"))
    suite = ET.SubElement(root, "testsuite", {"name": title, "hostname": "localhost", "timestamp": time, **counts})
    if document["scope"] is not None:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="scope", value=scope_text(document))
    # The place of the cases. No text contains it: in XML, its first character is escaped.
    place = ET.tostring(ET.SubElement(suite, "testcase"), encoding="unicode")
    ET.SubElement(suite, "system-out").text = " ".join(filter(None, (headline(document), scope_text(document), omission_text(document))))
    ET.indent(root)
    before, _place, after = ET.tostring(root, encoding="unicode").partition(place)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{before}'
    for number, case in enumerate(cases):
        element = _element(case)
        ET.indent(element, level=_CASE_LEVEL)
        yield (_BETWEEN_CASES if number else "") + ET.tostring(element, encoding="unicode")
    yield f"{after}\n"


def _counts(cases: list[Case]) -> dict[str, str]:
    """The attributes that count the cases."""
    results = Counter(case.result for case in cases)
    counts = {"tests": len(cases), "failures": results["failure"], "errors": results["error"], "skipped": results["skipped"]}
    return {**{name: str(count) for name, count in counts.items()}, **_TIME}


def _cases(document: Document) -> list[Case]:
    """A case for the account, one for all waivers, one for each declared domain and each other domain with findings, and those of the lists."""
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
            of_case = lists.setdefault(name, []) if finding["entry"] is None else entries.setdefault((name, _case_name(finding)), [])
            of_case.append(finding)
        elif finding["domain"] is None:
            account.append(finding)
        else:
            domains.setdefault(subject_of(finding), []).append(finding)
    return [
        # These exist always: some tools treat a suite without test cases as an error.
        Case("audit", _ACCOUNT_CASE, account),
        Case("audit", _WAIVER_CASE, waivers),
        *(Case("domains", name, domains[name]) for name in sorted(domains)),
        *(Case("lists", escape_invisible(name), lists[name]) for name in in_order(lists)),
        *(Case(f"lists.{escape_invisible(name)}", case, entries[name, case]) for name, case in sorted(entries)),
    ]


def _case_name(finding: Finding) -> str:
    """The name of the case of a finding on an entry: it depends on nothing that changes from night to night."""
    return ": ".join(escape_invisible(text) for text in (subject_of(finding), finding["rule_id"], finding["field"]) if text)


def _element(case: Case) -> ET.Element:
    element = ET.Element("testcase", _TIME, classname=case.classname, name=case.name)
    if case.error:
        text = escape_invisible(case.error["msg"])
        ET.SubElement(element, "error", type=escape_invisible(case.error["kind"]), message=text).text = text
    unwaived = [finding for finding in case.findings if not finding["waived"]]
    waived = [f"{finding['rule_id']} is waived: {waiver_text(finding['waiver'])}" for finding in case.findings if finding["waived"]]
    if unwaived:
        worst = unwaived[0]
        more = f" And {pluralize(len(unwaived) - 1, 'more finding')}." if len(unwaived) > 1 else ""
        failure = ET.SubElement(
            element, "failure", type=f"{worst['severity']} {escape_invisible(worst['rule_id'])}", message=escape_invisible(worst["message"]) + more
        )
        failure.text = "\n".join(_lines(unwaived))
        if waived:
            ET.SubElement(element, "system-out").text = "\n".join(waived)
    elif waived:
        ET.SubElement(element, "skipped", message="; ".join(waived))
    return element


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for finding in findings:
        yield escape_invisible(f"{finding['severity']} {finding['rule_id']}: {finding['message']} {finding['remedy']} (since {finding['first_seen']})")
