"""The register of exemptions."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.exemption_register import exemptions_of
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.matching import ListMatcher
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.registry import list_audit_of
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists_support import NOW
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE, allowed, list_plan, live_id


def register(*live, declared=(), findings=(), name="allow_policies"):
    entries = ListMatcher(list_audit_of(name), list_plan(name, list(declared), list(live))).entries
    return exemptions_of(entries, findings, NOW)


def finding(waived, entry="a1.example", resource="allow_policies"):
    return {"resource": resource, "entry": entry, "waived": waived}


def test_entry_has_all_members():
    [entry] = register(allowed(1, is_trusted_sender=True, comments="SEC-1", created_at="2026-11-18T02:00:00Z"))
    assert entry == {
        "resource": "allow_policies",
        "entry": "a1.example",
        "id": live_id(1),
        "pattern": "a1.example",
        "flags": ["is_trusted_sender", "verify_sender"],
        "comments": "SEC-1",
        "created_at": "2026-11-18T02:00:00Z",
        "age_days": 10,
        "expires": None,
        "reach": "a1.example (subdomains: not documented)",
        "declared": False,
        "waived": False,
    }


@pytest.mark.parametrize("created_at", [None, "yesterday", 7])
def test_unknown_age(created_at):
    [entry] = register(allowed(1, created_at=created_at))
    assert entry["age_days"] is None


def test_entry_from_the_future_has_no_age_below_0():
    [entry] = register(allowed(1, created_at="2999-01-01T00:00:00Z"))
    assert entry["age_days"] == 0


def test_end_is_declared_or_in_the_comment():
    declared = [{"pattern": "a1.example", "is_acceptable_sender": True, "expires": FUTURE}, {"pattern": "a2.example"}]
    live = [allowed(number, comments=f"SEC-{number} (until 2026-1{number}-01)") for number in (0, 1, 2)]
    assert [(entry["expires"], entry["declared"]) for entry in register(*live, declared=declared)] == [
        ("2026-10-01", False),
        (FUTURE, True),
        ("2026-12-01", True),
    ]


@pytest.mark.parametrize(
    ("findings", "waived"),
    [
        ([], False),
        ([finding(True)], True),
        ([finding(True), finding(False)], False),
        ([finding(False), finding(True)], False),
        ([finding(True, entry="other"), finding(True, resource="trusted_domains")], False),
    ],
)
def test_waived_if_every_finding_is(findings, waived):
    [entry] = register(allowed(1), findings=findings)
    assert entry["waived"] is waived


def test_url_patterns_have_no_flags():
    [entry] = register({"id": "1", "pattern": r"^https://x\.example/"}, name="url_ignore_patterns")
    assert (entry["flags"], entry["pattern"], entry["comments"]) == ([], r"^https://x\.example/", "")
