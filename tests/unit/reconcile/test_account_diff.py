"""The diff of a list, line by line."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_diff import entry_text, list_diff
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, list_plan


def resource_of(name):
    return RESOURCES[name]().resource


def diff_of(plan):
    entries = [(planned.label, planned.change.action, planned.change.changes) for planned in plan.changes if planned.change.action != "none"]
    return list_diff(plan.declaration.name, plan.live_index.resource, entries)


@pytest.mark.parametrize(
    ("name", "entry", "line"),
    [
        ("block_senders", {"pattern": "evil.example"}, "block_senders: evil.example (DOMAIN)"),
        ("block_senders", {"pattern": "evil.example", "comments": "SEC-1"}, "block_senders: evil.example (DOMAIN)"),
        ("block_senders", {"pattern": ".*@evil", "is_regex": True}, "block_senders: .*@evil (is_regex) (EMAIL)"),
        (
            "allow_policies",
            {"pattern": "news.partner.example", "is_acceptable_sender": True},
            "allow_policies: news.partner.example (DOMAIN, is_acceptable_sender, verify_sender)",
        ),
        ("allow_policies", {"pattern": "a@b.example", "is_exempt_recipient": True}, "allow_policies: a@b.example (EMAIL, is_exempt_recipient)"),
        ("trusted_domains", {"pattern": "a.example", "is_recent": True}, "trusted_domains: a.example (is_recent)"),
        ("trusted_domains", {"pattern": "a.example"}, "trusted_domains: a.example"),
        ("impersonation_registry", {"email": "ceo@example.com", "name": "Ann Lee"}, "impersonation_registry: ceo@example.com (Ann Lee)"),
        (
            "content_policies",
            {"name": "Gift cards", "pattern": "gift", "targets": ["SUBJECT", "BODY"], "notes": "x"},
            "content_policies: Gift cards (gift, BODY, SUBJECT, enabled)",
        ),
        ("sending_domain_restrictions", {"domain": "a.example"}, "sending_domain_restrictions: a.example"),
        ("sending_domain_restrictions", {"domain": "a.example", "exclude": ["x.a.example"]}, "sending_domain_restrictions: a.example (x.a.example)"),
        ("url_ignore_patterns", {"pattern": "^https://a"}, "url_ignore_patterns: ^https://a"),
    ],
)
def test_new_entry_is_one_line(name, entry, line):
    diff = diff_of(list_plan(name, [entry], []))
    assert (diff["before"], diff["after"]) == ("", f"{line}\n")


def test_removed_entry_is_one_line():
    diff = diff_of(list_plan("allow_policies", [], [allowed(1, is_trusted_sender=True)], purge=["all"]))
    assert (diff["before"], diff["after"]) == ("allow_policies: a1.example (DOMAIN, is_trusted_sender, verify_sender)\n", "")


def test_update_has_a_line_for_each_field_that_differs():
    live = [allowed(1, verify_sender=False, comments="old")]
    diff = diff_of(list_plan("allow_policies", [{"pattern": "a1.example", "comments": "new"}], live))
    assert diff["before"].splitlines() == ["allow_policies: a1.example: verify_sender: false", "allow_policies: a1.example: comments: old"]
    assert diff["after"].splitlines() == ["allow_policies: a1.example: verify_sender: true", "allow_policies: a1.example: comments: new"]


def test_title_counts_changes_and_directions():
    entries = [{"pattern": "new.example"}, {"pattern": "a1.example", "comments": "x"}, {"pattern": "a2.example", "state": "absent"}]
    diff = diff_of(list_plan("allow_policies", entries, [allowed(1), allowed(2)]))
    assert diff["before_header"] == diff["after_header"] == "allow_policies (1 new, 1 removed, 1 changed; less protected: 1; more protected: 1)"
    assert diff_of(list_plan("block_senders", [{"pattern": "b1.example", "comments": "x"}], [blocked(1)]))["before_header"] == "block_senders (1 changed)"


def test_text_of_the_server_stays_on_one_line():
    live = [blocked(1, pattern="a\nb", is_regex=True), blocked(2, pattern="c\td", is_regex=True)]
    diff = diff_of(list_plan("block_senders", [{"id": live[1]["id"], "comments": "x\ny"}], live, purge=["all"]))
    assert diff["before"].splitlines() == ['block_senders: c\\td (is_regex): comments: ""', "block_senders: a\\nb (is_regex) (DOMAIN)"]
    assert diff["after"].splitlines() == ['block_senders: c\\td (is_regex): comments: "x\\ny"']


def test_long_values_are_shortened():
    text = entry_text(resource_of("content_policies"), "A", {"name": "A", "pattern": "x" * 2000, "targets": ["BODY"]})
    assert text == f"A ({'x' * 119}…, BODY)"


def test_settings_that_are_not_set_are_left_out():
    settings = {"email": "a@example.com", "is_email_regex": False, "name": "", "comments": "x"}
    assert entry_text(resource_of("impersonation_registry"), "a@example.com", settings) == "a@example.com"


def test_empty_text_is_not_shown():
    assert entry_text(resource_of("block_senders"), "evil.example", {"pattern": "evil.example", "pattern_type": ""}) == "evil.example"
