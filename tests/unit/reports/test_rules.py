"""The rules that reports explain."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES, all_rules
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.rules import find_rule, rules_on

WAIVER_IDS = [rule.id for rule in RULES.values() if rule.category == "waiver"]


def test_every_rule_is_found_by_its_id():
    assert all(find_rule(rule_id) is rule for rule_id, rule in all_rules().items())
    assert find_rule("ES-NEWER-001") is None


def test_rules_of_an_audit_of_domains_are_those_of_earlier_releases():
    assert [rule.id for rule in rules_on(["domains"])] == list(RULES)


def test_rules_of_one_list_are_its_own_and_those_of_every_list():
    prefixes = {rule.id.rpartition("-")[0] for rule in rules_on(["block_senders"])}
    assert prefixes == {"ES-BLOCK", "ES-LIST", "ES-CROSS", "ES-WAIVER"}
    assert [rule.id for rule in rules_on(["block_senders"])][: len(WAIVER_IDS)] == WAIVER_IDS


def test_rules_of_everything_are_all_rules():
    from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES

    assert {rule.id for rule in rules_on(RESOURCES)} == set(all_rules())
