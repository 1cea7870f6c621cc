"""The audit of content policies against a declaration."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.content_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.judging import World, judge, rules
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.test_content_policy_rules import GIFTS, NAME, PATTERN, declared, live, policy, wanted
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists_support import audit_lists, found_in
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, blocked, live_id
from hypothesis import given
from hypothesis import strategies as st

LESS, MORE = ("ES-CONTENT-001", "high"), ("ES-CONTENT-003", "medium")
TARGETS = st.sets(st.sampled_from(["BODY", "SUBJECT"]), min_size=1)


def test_missing_policy():
    [found] = judge(AUDIT, declared(wanted()))
    assert (found.rule, found.severity, found.match.field) == (*LESS, None)
    assert found.message == "Gift cards blocks less than declared. Live: nothing. Declared: present."


def test_undeclared_policy_is_only_judged_if_the_list_is_declared():
    assert judge(AUDIT, live(policy())) == []
    [found] = judge(AUDIT, World({NAME: [policy()]}, {NAME: []}))
    assert (found.rule, found.severity) == MORE
    assert found.message == "Gift cards blocks more than declared. Live: present. Declared: nothing."


@pytest.mark.parametrize(("options", "end"), [({"state": "absent"}, "absent"), ({"expires": PAST}, f"until {PAST}")])
def test_policy_that_has_ended(options, end):
    found = judge(AUDIT, declared(wanted(**options), policy()))
    assert [(each.rule, each.match.declared) for each in found] == [("ES-CONTENT-004", end)]


@given(declared_targets=TARGETS, live_targets=TARGETS, is_wanted=st.booleans(), is_enabled=st.booleans(), is_same=st.booleans())
def test_drift_of_any_policy(declared_targets, live_targets, is_wanted, is_enabled, is_same):
    """Of each field separately: whether less is blocked than declared, more, or something else."""
    row = policy(PATTERN if is_same else "voucher", targets=sorted(live_targets), enabled=is_enabled)
    found = judge(AUDIT, declared(wanted(targets=sorted(declared_targets), enabled=is_wanted), row))
    expected = {
        ("ES-CONTENT-001", "enabled"): is_wanted and not is_enabled,
        ("ES-CONTENT-003", "enabled"): is_enabled and not is_wanted,
        ("ES-CONTENT-001", "targets"): not declared_targets <= live_targets,
        ("ES-CONTENT-003", "targets"): not live_targets <= declared_targets,
        ("ES-CONTENT-002", "pattern"): not is_same,
    }
    assert {(each.rule, each.match.field) for each in found} == {pair for pair, is_so in expected.items() if is_so}
    assert len(found) == sum(expected.values())


@given(st.sets(st.sampled_from("abcd")), st.dictionaries(st.sampled_from("abcd"), st.sampled_from([{}, {"state": "absent"}, {"expires": PAST}])))
def test_existence_of_any_policies(live_names, declarations):
    rows = [policy(name=name, number=number) for number, name in enumerate(sorted(live_names))]
    found = judge(AUDIT, World({NAME: rows}, {NAME: [wanted(name=name, **options) for name, options in declarations.items()]}))
    ended = {name for name, options in declarations.items() if options}
    assert {(each.rule, each.message[0]) for each in found} == {
        *(("ES-CONTENT-001", name) for name in declarations.keys() - ended - live_names),
        *(("ES-CONTENT-003", name) for name in live_names - declarations.keys()),
        *(("ES-CONTENT-004", name) for name in live_names & ended),
    }


def test_note_and_name_are_not_judged_here():
    assert judge(AUDIT, declared(wanted(notes="x"), policy())) == []
    assert judge(AUDIT, declared(wanted(id=live_id(1), name="Vouchers"), policy())) == []


def test_ineffective_blocks_are_reported_here_if_no_sender_is_blocked():
    inline = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": []}
    world = World({NAME: [policy(), policy(name="Off", number=2, enabled=False)]}, domains=[inline])
    assert [found.message for found in judge(AUDIT, world)] == ["No live domain acts on MALICIOUS, so mail is delivered in spite of 1 content policy."]
    assert rules(AUDIT, world._replace(live={**world.live, "block_senders": []})) == [("ES-BLOCK-104", "high")]
    assert rules(AUDIT, world._replace(live={**world.live, "block_senders": [blocked(3)]})) == []
    assert rules(AUDIT, world._replace(domains=None)) == []


@pytest.mark.parametrize("row", [{}, {"name": None}, {"name": GIFTS, "pattern": 7, "targets": None, "enabled": "odd"}, {"name": GIFTS, "pattern": "("}])
def test_odd_policy_is_no_error(row):
    judge(AUDIT, live({"id": "1", **row}, domains=[]))


def test_finding_of_the_list_as_a_whole_in_the_result_of_the_module():
    """The rule belongs to another list than the finding."""
    inline = {"id": live_id(9), "domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": []}
    result = audit_lists({}, {NAME: [policy()], "domains": [inline]})
    assert ("ES-BLOCK-104", "content_policies", None) in found_in(result, "rule_id", "resource", "entry")
