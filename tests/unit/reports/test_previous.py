"""load_previous(): which reports can be compared with. The comparison itself is tested in test_document.py."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import build_document
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.previous import load_previous
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    MONDAY,
    WEDNESDAY,
    audit,
    compared,
    document,
    json_text,
    shortened,
    some_findings,
)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.17"])
def test_load_previous_minor_versions_are_accepted(version):
    earlier = {**compared(), "schema_version": version, "colour": "red"}
    del earlier["not_audited"], earlier["scope"]
    assert len(load_previous(json_text(earlier)).findings) == len(compared()["findings"])


def of_release_1_0(report):
    """A report as the first release wrote it: without the keys that later schema versions added."""
    newer = {"scope", "rules_off", "not_audited", "account", "policy", "host", "repair", "domains", "rules", "history"}
    findings = [{key: value for key, value in each.items() if key not in ("age_days", "modified_at", "repair", "note")} for each in report["findings"]]
    return {**{key: value for key, value in report.items() if key not in newer}, "schema_version": "1.0", "findings": findings}


def of_a_later_release(value):
    """A report with more keys in all its objects."""
    if isinstance(value, dict):
        return {**{key: of_a_later_release(inner) for key, inner in value.items()}, "colour": {"of": ["a later release"]}}
    return [of_a_later_release(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("change", [of_release_1_0, lambda report: {**of_a_later_release(report), "schema_version": "1.99"}], ids=["older", "newer"])
def test_load_previous_older_and_newer_reports_keep_the_first_day(change):
    first = document(audit(some_findings(), at=MONDAY))
    second = build_document(audit(some_findings()), load_previous(json.dumps(change(first))), "x", WEDNESDAY)
    assert {each["first_seen"] for each in second["findings"]} == {MONDAY}
    assert {each["state"] for each in second["findings"]} == {"still"}
    assert [entry["audited_at"] for entry in second["history"]] == [MONDAY, WEDNESDAY]


def test_load_previous_invalid_history_is_not_used():
    assert load_previous(json_text({**compared(), "history": [1]})).history == ()


def test_load_previous_without_successful_audit_is_none():
    assert load_previous(json_text(document(FAILED))) is None


@pytest.mark.parametrize("text", ["", "{", "nonsense", "\x00", "[" * 100_000], ids=["empty", "half", "words", "zero", "deep"])
def test_load_previous_invalid_json_fails(text):
    with pytest.raises(ValueError, match="it is not JSON"):
        load_previous(text)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", *(json.dumps({"schema_version": version}) for version in ("2.0", "1", "1.0x", "11.0", 1.0))])
def test_load_previous_other_schema_version_fails(text):
    with pytest.raises(ValueError, match="schema_version"):
        load_previous(text)


@pytest.mark.parametrize(
    "change",
    [
        {"findings": None},
        {"findings": [1]},
        {"findings": [{}]},
        {"audited_at": None},
        {"status": "error", "last_good": []},
        *({"findings": [{**compared()["findings"][0], key: value}]} for key, value in [("severity", "awful"), ("domain", 1), ("waived", 1), ("why", None)]),
    ],
    ids=str,
)
def test_load_previous_invalid_findings_fail(change):
    with pytest.raises(ValueError, match="findings"):
        load_previous(json.dumps({**compared(), **change}))


def test_is_complete_shortened_report_is_not():
    assert not load_previous(json_text(shortened())).is_complete
    assert not load_previous(json_text(document(FAILED, shortened()))).is_complete
    assert load_previous(json_text(compared())).is_complete
