"""head(): what was audited, with what, when and where."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.module_utils.version import VERSION
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import Origin
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.head import head
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, HOSTILE, audit, document, whole


def test_head_of_a_complete_report():
    assert head(whole()) == [
        ("Account", "Example Ltd (0123456789abcdef0123456789abcdef)"),
        ("Scope", f"9 declared domains, 1 undeclared, {len(RULES)} rules"),
        ("Policy", "policy.yml (version 4f1c2ab)"),
        ("Audited", "4 November 2026, 03:00 UTC"),
        ("Created", f"mailops.cloudflare {VERSION} on audit.example.com"),
    ]


def test_head_leaves_out_what_is_not_known():
    assert [label for label, _text in head(document(audit()))] == ["Scope", "Audited", "Created"]
    assert dict(head(document(audit(account_id="0123"))))["Account"] == "0123"
    assert dict(head(whole(Origin(account_name="", policy_version="7"))))["Policy"] == "version 7"


def test_head_of_a_partial_audit():
    assert dict(head(document(audit(scope=["example.com"], declared=1))))["Scope"] == f"Partial: 1 declared domain, {len(RULES) - 1} rules"


def test_head_of_a_failed_audit():
    assert [label for label, _text in head(document(FAILED))] == ["Tried", "Created"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_head_shows_any_text(text):
    for _label, shown in head(whole(Origin(text, (text,), text, text))):
        assert shown.isprintable()
        assert len(shown) <= 310
