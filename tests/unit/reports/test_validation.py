"""The form of a finding."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.validation import is_finding
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import WAIVER, finding

FINDING = finding("ES-TLS-001", declared=True, live=False)
WAIVED = {**FINDING, "waived": True, "waiver": WAIVER}


@pytest.mark.parametrize(
    "value",
    [
        FINDING,
        WAIVED,
        {**FINDING, "domain": None, "field": None},
        # Of another release: an unknown rule, direction and category, and a member more.
        {**FINDING, "rule_id": "ES-NEW-001", "direction": "sideways", "category": "new", "more": 1},
        {**FINDING, "declared": {"any": ["value"]}, "live": None},
    ],
)
def test_is_finding_accepts(value):
    assert is_finding(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "a text",
        [FINDING],
        {},
        *({name: value for name, value in FINDING.items() if name != left_out} for left_out in FINDING if left_out not in ("message", "remedy")),
        {**FINDING, "severity": "urgent"},
        {**FINDING, "severity": None},
        {**FINDING, "waived": "no"},
        {**FINDING, "waived": 0},
        {**FINDING, "rule_id": 7},
        {**FINDING, "direction": None},
        {**FINDING, "domain": 7},
        {**FINDING, "field": ["a"]},
        {**FINDING, "waived": True},
        {**WAIVED, "waiver": "a text"},
        *({**WAIVED, "waiver": {**WAIVER, name: None}} for name in WAIVER),
    ],
)
def test_is_finding_rejects(value):
    assert not is_finding(value)


def test_is_finding_further_texts_are_required():
    assert is_finding(FINDING, ["message", "remedy"])
    assert not is_finding({**FINDING, "message": None}, ["message"])
    assert not is_finding({name: value for name, value in FINDING.items() if name != "remedy"}, ["message", "remedy"])
