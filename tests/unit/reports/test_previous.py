"""load_previous(): which reports can be compared with. The comparison itself is tested in test_document.py."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import render_json
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.previous import load_previous
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, compared, document, shortened


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.17"])
def test_load_previous_minor_versions_are_accepted(version):
    earlier = {**compared(), "schema_version": version, "colour": "red"}
    del earlier["not_audited"], earlier["scope"]
    assert len(load_previous(render_json(earlier)).findings) == len(compared()["findings"])


def test_load_previous_without_successful_audit_is_none():
    assert load_previous(render_json(document(FAILED))) is None


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
        load_previous(render_json({**compared(), **change}))


def test_is_complete_shortened_report_is_not():
    assert not load_previous(render_json(shortened())).is_complete
    assert not load_previous(render_json(document(FAILED, shortened()))).is_complete
    assert load_previous(render_json(compared())).is_complete
