"""render_junit(): a test case for each domain, in the form that common tools accept."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.junit_report import render_junit
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    WAIVER,
    audit,
    compared,
    document,
    finding,
    hostile,
    hostile_failure,
    hostile_lists,
    list_audit,
    list_finding,
    list_waiver,
    shortened,
    waived,
    with_lists,
)

REQUIRED = {"testsuites": {"name", "tests", "failures", "errors"}, "testcase": {"name", "classname", "time"}, "failure": {"message", "type"}}
REQUIRED |= {"testsuite": {"name", "tests", "failures", "errors", "skipped", "timestamp", "time", "hostname"}, "error": {"message", "type"}}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"properties", "testcase", "system-out"}, "testcase": {"failure", "error", "skipped", "system-out"}}
CHILDREN |= {"properties": {"property"}}


def suite(report):
    """The only suite of the report, after a check of its form."""
    text = "".join(render_junit(report))
    root = ET.fromstring(text.encode())
    # Each element is on a line of its own, indented by its level.
    levels = [(len(line) - len(line.lstrip())) // 2 for line in text.splitlines() if line.lstrip().startswith(("<testsuite", "<testcase"))]
    assert levels == [0, 1] + [2] * len(root.findall("testsuite/testcase"))
    for element in root.iter():
        assert set(element.attrib) >= REQUIRED.get(element.tag, set())
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    [found] = root
    for holder in (root, found):
        counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped"}
        assert {name: int(holder.get(name)) for name in counts} == {name: len(found.findall(path)) for name, path in counts.items()}
    assert all(len(case.findall("failure") + case.findall("error") + case.findall("skipped")) <= 1 for case in found.findall("testcase"))
    return found


def cases(report):
    return {case.get("name"): case for case in suite(report).findall("testcase")}


def test_render_junit_domain_with_findings_fails_once():
    report = compared()
    failure = cases(report)["example.net"].find("failure")
    [worst] = [each for each in report["findings"] if each["rule_id"] == "ES-HEALTH-004"]
    assert failure.get("type") == "high ES-HEALTH-004"
    assert failure.get("message") == f"{worst['message']} And 1 more finding."
    assert [line.split(":")[0] for line in failure.text.splitlines()] == ["high ES-HEALTH-004", "high ES-TLS-001"]


def test_render_junit_waived_domain_is_skipped():
    skipped = cases(compared())["news.example.com"].find("skipped")
    assert skipped.get("message") == "ES-TLS-002 is waived: The mailing house has no TLS yet (allowed by postmaster@example.com until 2027-03-31)"


def test_render_junit_waived_finding_beside_a_failure_is_output():
    case = cases(document(audit([finding("ES-TLS-001", "a.example", True, False), waived("ES-TLS-002", "a.example", True, False)])))["a.example"]
    assert case.find("failure").get("type") == "high ES-TLS-001"
    assert case.find("system-out").text.startswith("ES-TLS-002 is waived")


ALWAYS = ["The account can be audited", "All waivers are needed and in force"]


def overview(*names, **other):
    return [{"domain": name, "declared": True, "live": True, "state": "as_declared", **other} for name in names]


def night(findings, domains):
    return {**document(audit(findings)), "domains": domains}


def test_render_junit_declared_domain_without_findings_passes():
    found = cases(night([finding("ES-TLS-001", "b.example", True, False)], overview("a.example", "b.example")))
    assert list(found) == [*ALWAYS, "a.example", "b.example"]
    assert {name: [child.tag for child in case] for name, case in found.items() if len(case)} == {"b.example": ["failure"]}


def test_render_junit_names_of_cases_do_not_depend_on_the_findings():
    domains = overview("a.example", "b.example")
    findings = [finding("ES-TLS-001", "a.example", True, False), waived("ES-TLS-002", "b.example", True, False), finding("ES-WAIVER-002", "*.example", "x")]
    names = [[(case.get("classname"), case.get("name")) for case in suite(night(each, domains)).findall("testcase")] for each in ([], findings)]
    assert names[0] == names[1]
    assert not any(character.isdigit() for _classname, name in names[0] for character in name)


def test_render_junit_undeclared_domain_has_a_case_if_it_has_findings():
    domains = [*overview("a.example"), *overview("forgotten.example", "quiet.example", declared=False)]
    found = cases(night([finding("ES-DOMAIN-002", "forgotten.example", None, "present")], domains))
    assert list(found) == [*ALWAYS, "a.example", "forgotten.example"]


def test_render_junit_findings_about_waivers_are_one_case():
    waivers = [finding("ES-WAIVER-001", "a.example", "x"), finding("ES-WAIVER-002", "*.example", "y")]
    found = cases(night(waivers, overview("a.example")))
    assert list(found) == [*ALWAYS, "a.example"]
    assert found[ALWAYS[1]].find("failure").get("message").endswith("And 1 more finding.")
    assert not len(found["a.example"])


def test_render_junit_finding_about_the_account_is_a_failure_of_its_case():
    unknown = {**finding("ES-DRIFT-001"), "domain": None, "rule_id": "ES-OTHER-001"}
    found = cases(document(audit([unknown])))
    assert found[ALWAYS[0]].find("failure") is not None


def test_render_junit_suite_is_never_empty():
    assert list(cases(document(audit()))) == ALWAYS
    assert suite(document(audit())).get("timestamp") == "2026-11-04T03:00:00"


def test_render_junit_failed_audit_is_an_error():
    [(name, case)] = cases(document(FAILED)).items()
    assert name == ALWAYS[0]
    assert (case.find("error").get("type"), case.find("error").get("message")) == ("auth", FAILED["msg"])


def test_render_junit_shortened_result_is_reported():
    assert "2 of 5 are left out" in suite(shortened()).find("system-out").text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("made", [hostile, hostile_failure])
def test_render_junit_hostile_text_stays_text(made, text):
    found = suite(made(text))
    for element in found.iter():
        assert all(value.isprintable() for value in element.attrib.values())


def test_render_junit_names_of_domains_are_unchanged():
    assert HOSTILE["script"] in cases(hostile(HOSTILE["script"]))
    assert HOSTILE["end of a section"] in cases(hostile(HOSTILE["end of a section"]))


def test_render_junit_partial_audit_shows_scope():
    found = suite(document(audit(scope=["example.com"])))
    words = "This is a partial audit: example.com. Other domains were not checked."
    assert (found[0].tag, found[0][0].attrib) == ("properties", {"name": "scope", "value": words})
    assert words in found.findtext("system-out")
    assert suite(document(audit())).find("properties") is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_render_junit_names_in_scope_stay_text(text):
    suite(document(audit(scope=[text])))


class TestLists:
    def named(self, *findings, **options):
        found = suite(document(list_audit(findings, **options)))
        return {(case.get("classname"), case.get("name")): case.find("*").tag if len(case) else "passed" for case in found.findall("testcase")}

    def test_each_list_that_was_read_has_a_case_that_passes(self):
        found = self.named(resources=["domains", "allow_policies", "block_senders"])
        assert found["lists", "allow_policies"] == found["lists", "block_senders"] == "passed"
        assert ("lists", "domains") not in found

    def test_finding_on_a_list_as_a_whole_fails_its_case(self):
        found = self.named(list_finding("ES-BLOCK-104", "block_senders"), resources=["allow_policies", "block_senders"])
        assert (found["lists", "block_senders"], found["lists", "allow_policies"]) == ("failure", "passed")

    def test_list_that_could_not_be_read_fails(self):
        finding_on_list = list_finding("ES-LIST-005", "allow_policies", None, None, "auth")
        assert self.named(finding_on_list, resources=["domains"], unread={"allow_policies": "auth"})["lists", "allow_policies"] == "failure"

    def test_each_finding_on_an_entry_is_a_case_of_its_own(self):
        waived_finding = {**list_finding("ES-LIST-002", "allow_policies", "a.example", "x", "y"), "waived": True, "waiver": WAIVER}
        found = self.named(list_finding("ES-ALLOW-004", "allow_policies", "a.example", False, True), waived_finding)
        assert found["lists.allow_policies", "a.example: ES-ALLOW-004: is_trusted_sender"] == "failure"
        assert found["lists.allow_policies", "a.example: ES-LIST-002: comments"] == "skipped"
        assert found["lists", "allow_policies"] == "passed"

    def test_names_do_not_depend_on_values_and_texts(self):
        first = list_finding("ES-ALLOW-004", "allow_policies", "a.example", False, True)
        other = {**first, "declared": None, "live": 1, "severity": "low", "message": "Other words.", "remedy": "Other."}
        assert set(self.named(first)) == set(self.named(other))

    def test_waivers_for_entries_belong_to_the_case_of_the_waivers(self):
        found = self.named(list_waiver("allow_policies", "old.*"), list_waiver(None, "*"))
        assert found["audit", "All waivers are needed and in force"] == "failure"
        assert {classname for classname, _name in found} == {"audit", "lists"}

    def test_all_cases_have_different_names(self):
        found = suite(with_lists()).findall("testcase")
        assert len({(case.get("classname"), case.get("name")) for case in found}) == len(found)

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_text(self, text):
        assert all(case.get("name").isprintable() and case.get("classname").isprintable() for case in suite(hostile_lists(text)).findall("testcase"))
