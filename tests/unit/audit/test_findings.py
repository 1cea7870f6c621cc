"""FindingMaker and the counts of findings. What hides what is tested in test_audit.py."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.findings import (
    FindingMaker,
    count_findings,
    severities_from_options,
    worst_first,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.matching import RuleMatch, Subject
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waivers import waivers_from_options

ENTRY = Subject("news.example", "news.example", "allow_policies")
REASON = {"reason": "known", "owner": "ops", "expires": "2026-12-31"}


def maker(*waivers, severities=None):
    mistakes: list[str] = []
    found = waivers_from_options([{**REASON, **waiver} for waiver in waivers], DOMAIN_AUDIT, mistakes)
    assert mistakes == []
    return FindingMaker(found, severities or {}, date(2026, 11, 28), DOMAIN_AUDIT.superseded_by)


def match(rule_id="ES-ALLOW-109", severity="low", subject=ENTRY, **more):
    return RuleMatch(rule_id, subject, more.pop("field", None), None, more.pop("live", None), severity, **more)


def test_every_match_is_a_finding():
    matches = [match(), match("ES-ALLOW-101", "critical", live="anything"), match("ES-ALLOW-103", "high", live="every detection")]
    found = list(maker().of_matches(matches))
    assert [(finding["rule_id"], finding["severity"], finding["entry"], finding["domain"]) for finding in found] == [
        ("ES-ALLOW-109", "low", "news.example", None),
        ("ES-ALLOW-101", "critical", "news.example", None),
        ("ES-ALLOW-103", "high", "news.example", None),
    ]


def test_direction_of_the_match_is_that_of_the_finding():
    found = list(maker().of_matches([match(), match(direction="weaker")]))
    assert [finding["direction"] for finding in found] == ["neutral", "weaker"]


def test_finding_on_a_whole_list_has_no_entry():
    whole = Subject("content_policies", "content_policies", "content_policies", is_whole=True)
    [finding] = maker().of_matches([match("ES-LIST-005", "medium", whole, live="not_entitled")])
    assert (finding["resource"], finding["entry"], finding["domain"]) == ("content_policies", None, None)


@pytest.mark.parametrize(("resources", "is_unused"), [(["allow_policies"], True), (["domains"], False), (["block_senders"], False)])
def test_waiver_is_unused_if_its_list_was_audited(resources, is_unused):
    unused = maker({"entry": "other.example", "rule": "ES-ALLOW-109"})
    assert next(unused.of_matches([match()]))["waived"] is False
    assert bool(list(unused.of_waivers(resources))) is is_unused


def test_waiver_that_covers_a_finding_is_used():
    used = maker({"entry": "news.*", "rule": "ES-ALLOW-109"})
    [finding] = used.of_matches([match()])
    assert (finding["waived"], finding["waiver"]) == (True, REASON)
    assert list(used.of_waivers(["allow_policies"])) == []


def test_rules_on_waivers_can_be_off():
    off = maker({"entry": "x", "rule": "ES-ALLOW-109"}, severities={"ES-WAIVER-002": "off"})
    assert list(off.of_waivers(["allow_policies"])) == []


def test_counts_leave_waived_findings_out():
    found = list(maker({"entry": "*", "rule": "ES-ALLOW-109"}).of_matches([match(), match("ES-ALLOW-104", "critical", live="example.com")]))
    counts = count_findings(found)
    assert (counts["findings"], counts["waived"], counts["critical"], counts["low"], counts["cross"], counts["health"], counts["worst"]) == (
        1,
        1,
        1,
        0,
        1,
        0,
        "critical",
    )
    assert count_findings([])["worst"] is None


def test_worst_first_sorts_by_severity_resource_subject_and_rule():
    found = list(
        maker().of_matches(
            [
                match("ES-ALLOW-111", "low", ENTRY._replace(label="b.example")),
                match("ES-BLOCK-002", "medium", ENTRY._replace(resource="block_senders"), live="present"),
                match("ES-ALLOW-109", "low", ENTRY._replace(label="b.example")),
                match("ES-ALLOW-115", "medium", ENTRY),
                match("ES-ALLOW-109", "low", ENTRY._replace(label="a.example")),
            ]
        )
    )
    assert [(finding["resource"], finding["entry"], finding["rule_id"]) for finding in worst_first(found)] == [
        ("allow_policies", "news.example", "ES-ALLOW-115"),
        ("block_senders", "news.example", "ES-BLOCK-002"),
        ("allow_policies", "a.example", "ES-ALLOW-109"),
        ("allow_policies", "b.example", "ES-ALLOW-109"),
        ("allow_policies", "b.example", "ES-ALLOW-111"),
    ]


def test_severities_of_rules_on_lists_are_known():
    mistakes: list[str] = []
    assert severities_from_options({"ES-ALLOW-109": False, "ES-LIST-005": "low"}, mistakes) == {"ES-ALLOW-109": "off", "ES-LIST-005": "low"}
    assert mistakes == []
    severities_from_options({"ES-ALLOW-999": "low", "ES-ALLOW-101": "bad"}, mistakes)
    assert [text.partition(".")[0] for text in mistakes] == [
        "severities: 'ES-ALLOW-999' is not a rule",
        "severities: 'bad' for ES-ALLOW-101 is not a severity; the choices are critical, high, medium, low, off",
    ]


def test_match_of_an_unknown_rule_is_a_defect():
    with pytest.raises(KeyError):
        list(maker().of_matches([match("ES-TOY-001")]))
