"""group_findings(): the order of the groups, and how they are written."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.grouping import group_findings, group_text, title_text
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    HOSTILE,
    MONDAY,
    TUESDAY,
    audit,
    document,
    finding,
    hostile,
    hostile_lists,
    list_audit,
    list_finding,
)


def many(rule_id, count, **other):
    return [finding(rule_id, f"{rule_id[3:6].lower()}{number}.example", **other) for number in range(count)]


def groups_of(findings, earlier=None):
    before = None if earlier is None else document(audit(earlier, at=MONDAY))
    return group_findings(document(audit(findings, at=TUESDAY), before)["findings"])


def test_findings_of_one_rule_are_one_group():
    [group] = groups_of(many("ES-NEXTHOP-001", 54))
    assert (len(group.findings), group.is_new) == (54, False)
    assert group_text(group) == "54 domains: clean mail is delivered to another host: nex0.example, nex1.example, nex10.example and 51 more"


@pytest.mark.parametrize(("count", "end"), [(2, ": nex0.example, nex1.example"), (3, ", nex2.example"), (4, "nex2.example and 1 more")])
def test_first_three_names_are_shown(count, end):
    [group] = groups_of(many("ES-NEXTHOP-001", count))
    assert group_text(group).endswith(end)


def test_single_finding_is_written_with_its_message():
    [group] = groups_of([finding("ES-TLS-001", "a.example", True, False)])
    assert group_text(group) == group.findings[0]["message"]
    assert title_text(group) == "1 domain: TLS is not required for incoming mail: a.example"


def test_domain_with_two_findings_of_a_rule_counts_once():
    [group] = groups_of([finding("ES-DRIFT-001", "a.example", field="one"), finding("ES-DRIFT-001", "a.example", field="two")])
    assert group_text(group) == "1 domain: a setting differs from the declaration: a.example"


def test_waivers_are_counted_as_waivers():
    [group] = groups_of([finding("ES-WAIVER-002", f"{name}.*", name) for name in "ab"])
    assert group_text(group) == "2 waivers: unused waiver: a.*, b.*"


def test_new_findings_come_first_then_the_most_severe_and_drift_before_health():
    old = [*many("ES-IP-001", 2), *many("ES-HEALTH-006", 3)]
    new = [*many("ES-DROP-004", 1), *many("ES-HEALTH-011", 8), *many("ES-TLS-001", 2), *many("ES-TLS-002", 3)]
    order = [(group.is_new, group.severity, group.rule_id) for group in groups_of([*old, *new], old)]
    assert order == [
        (True, "high", "ES-TLS-002"),
        (True, "high", "ES-TLS-001"),
        (True, "high", "ES-HEALTH-011"),
        (True, "low", "ES-DROP-004"),
        (False, "critical", "ES-IP-001"),
        (False, "critical", "ES-HEALTH-006"),
    ]


def test_new_and_known_findings_of_one_rule_are_two_groups():
    findings = many("ES-TLS-001", 3)
    assert [(group.is_new, len(group.findings)) for group in groups_of(findings, findings[:2])] == [(True, 1), (False, 2)]


def test_without_an_earlier_report_nothing_is_new():
    assert not any(group.is_new for group in groups_of(many("ES-TLS-001", 3)))


@pytest.mark.parametrize(
    ("rule_id", "start"), [("ES-HEALTH-008", "2 domains: no SPF record: "), ("ES-TLS-001", "2 domains: TLS is "), ("ES-DOMAIN-001", "2 domains: a declared ")]
)
def test_title_begins_with_a_small_letter_unless_it_is_an_abbreviation(rule_id, start):
    [group] = groups_of(many(rule_id, 2))
    assert group_text(group).startswith(start)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_from_outside_stays_on_one_line(text):
    for group in group_findings(hostile(text)["findings"]):
        assert group_text(group).isprintable()
        assert title_text(group).isprintable()


class TestLists:
    def groups(self, *findings):
        return group_findings(document(list_audit(findings))["findings"])

    def test_entries_are_counted_and_named(self):
        findings = [list_finding("ES-ALLOW-001", "allow_policies", f"p{number}.example") for number in range(54)]
        [group] = self.groups(*findings)
        assert group_text(group).startswith("54 exemptions: ")
        assert group_text(group).endswith(": p0.example, p1.example, p2.example and 51 more")

    def test_one_entry_with_two_findings_of_a_rule_counts_once(self):
        findings = [
            list_finding("ES-ALLOW-004", "allow_policies", "a.example", False, True, field=field) for field in ("is_trusted_sender", "is_exempt_recipient")
        ]
        [group] = self.groups(*findings)
        assert title_text(group).startswith("1 exemption: ")

    def test_same_name_in_two_lists_counts_twice(self):
        [group] = self.groups(*(list_finding("ES-LIST-002", name, "a.example", "x", "y") for name in ("allow_policies", "block_senders")))
        assert title_text(group).startswith("2 entries: ")

    def test_whole_lists_are_counted_as_lists(self):
        findings = [list_finding("ES-LIST-005", name, None, None, "auth") for name in ("allow_policies", "url_ignore_patterns")]
        [group] = self.groups(*findings)
        assert title_text(group).startswith("2 lists: ")
        assert title_text(group).endswith(": allow policies, URL ignore patterns")

    def test_drift_of_lists_comes_before_what_compares_them(self):
        order = [group.rule_id for group in self.groups(*(list_finding(rule, "allow_policies", "a.example") for rule in ("ES-CROSS-001", "ES-ALLOW-002")))]
        assert order == ["ES-ALLOW-002", "ES-CROSS-001"]

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_text_from_outside_stays_on_one_line(self, text):
        for group in group_findings(hostile_lists(text)["findings"]):
            assert group_text(group).isprintable()
            assert title_text(group).isprintable()
