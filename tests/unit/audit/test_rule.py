"""The severity of a rule."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import FindingContext, Rule, SeverityCase, decided_by_check


def _has_tls(context):
    return bool(context.live_settings.get("require_tls_inbound"))


def _is_emptied(context):
    return context.live == []


CASES = (SeverityCase("low", "TLS is required", _has_tls), SeverityCase("critical", "it is empty", _is_emptied))
RULE = Rule("ES-TOY-001", "drift", "toy", "high", "weaker", "Title", "Summary", "Why", cases=CASES)


@pytest.mark.parametrize(
    ("live_settings", "live", "severity"),
    [
        ({}, ["a"], "high"),
        ({}, [], "critical"),
        ({"require_tls_inbound": True}, ["a"], "low"),
        # Both apply: the first one wins.
        ({"require_tls_inbound": True}, [], "low"),
    ],
)
def test_severity_in_the_first_case_that_applies(live_settings, live, severity):
    assert RULE.severity_in(FindingContext(live_settings, live_settings, None, live)) == severity


def test_severity_in_without_cases_is_the_rules_own():
    assert RULE._replace(cases=()).severity_in(FindingContext({"require_tls_inbound": True}, {}, None, [])) == "high"


def test_severities_are_all_possible_ones_the_worst_first():
    assert RULE.severities == ("critical", "high", "low")
    assert RULE._replace(cases=()).severities == ("high",)


def test_finding_context_without_a_search_finds_nothing():
    assert FindingContext({}, {}).find_live("example.com") == []


def test_case_that_a_check_decides_never_applies_by_itself():
    """Checks of lists say in their match which severity applies."""
    rule = RULE._replace(cases=(SeverityCase("low", "the check says so", decided_by_check),))
    assert (rule.severity_in(FindingContext({}, {})), rule.severities) == ("high", ("high", "low"))
