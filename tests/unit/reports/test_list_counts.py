"""The counts of each list, and the lists that could not be read."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.list_counts import count_line, resource_counts, unread_text
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, HOSTILE, audit, counts, document, hostile_lists, list_audit, with_lists


def test_audit_of_domains_alone_has_no_counts():
    for result in (audit(), FAILED, list_audit(resources=["domains"])):
        assert resource_counts(document(result)) == []


def test_counts_are_those_of_the_summary_in_the_order_of_the_reports():
    found = resource_counts(with_lists())
    assert [(each.name, each.failure) for each in found] == [
        *((name, "") for name in ("domains", "allow_policies", "trusted_domains", "url_ignore_patterns", "block_senders")),
        ("content_policies", "forbidden"),
        ("impersonation_registry", ""),
    ]
    people = found[-1]
    assert (people.declared, people.live, people.missing, people.differing, people.synced) == (12, 480, 1, 0, 469)


def test_missing_entries_are_not_counted_as_different_as_well():
    report = document(list_audit(resources={"allow_policies": counts(declared=9, drifted=4, drift_waived=1, missing=2)}))
    [found] = resource_counts(report)
    assert (found.differing, found.missing) == (3, 2)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("allow_policies", "Allow policies: 5 live, 2 of 3 declared entries as declared, 1 different, 2 undeclared, 5 findings."),
        ("url_ignore_patterns", "URL ignore patterns: 1 live, 0 findings."),
        ("content_policies", "Content policies: could not be read (forbidden)."),
        ("impersonation_registry", "Impersonation registry: 480 live, 11 of 12 declared entries as declared, 1 missing, 469 synchronized, 1 finding."),
    ],
)
def test_count_line(name, line):
    [found] = [each for each in resource_counts(with_lists()) if each.name == name]
    assert count_line(found) == line


def test_unread_text_names_each_list_with_its_reason():
    assert unread_text(document(audit())) == ""
    report = document(list_audit(unread={"url_ignore_patterns": "auth", "allow_policies": "forbidden"}))
    assert unread_text(report) == "Not read, so that nothing is known about them: allow policies (forbidden), URL ignore patterns (auth)."


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_texts_are_printable(text):
    report = hostile_lists(text)
    assert unread_text(report).isprintable()
    assert all(count_line(each).isprintable() for each in resource_counts(report))
