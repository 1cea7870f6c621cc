"""The changes of an account as lines: the lists and the domains in one order, and the settings of entries from the diff."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.account_text import account_lines

TLS = {"require_tls_inbound": {"before": True, "after": False}}
COMMENT = {"comments": {"before": "", "after": "SEC-311"}}
VERIFY = {"verify_sender": {"before": True, "after": False}}


def result(diff: list[dict[str, str]] | None = None, **results: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, list[Any]] = {key: [] for key in ("created", "deleted", "purged", "updated", "failed")}
    return {"results": {name: {**empty, **of_name} for name, of_name in results.items()}, "diff": diff or []}


def test_less_protected_changes_are_first_and_failures_last() -> None:
    given = result(
        domains={
            "updated": [{"name": "d1.example", "id": "1", "changes": TLS, "weaker": ["require_tls_inbound"]}],
            "created": ["new.example"],
            "deleted": ["old.example"],
            "failed": [{"name": "typo.example", "action": "none", "failure": {"kind": "not_found"}}],
        },
        block_senders={"created": ["evil.example"], "deleted": ["good.example"], "purged": ["forgotten.example"]},
        allow_policies={
            "created": ["partner.example"],
            "deleted": ["over.example"],
            "updated": [{"name": "supplier.example", "changes": {**COMMENT, **VERIFY}, "weaker": ["verify_sender"]}],
            "failed": [{"name": "bad.example", "action": "create", "failure": {"kind": "invalid"}, "msg": "refused"}],
        },
    )
    assert account_lines(given) == [
        "d1.example: require_tls_inbound true -> false (less protected)",
        "old.example: deleted (less protected)",
        "block_senders: good.example: deleted (less protected)",
        "block_senders: forgotten.example: removed by purge (less protected)",
        "allow_policies: partner.example: created (less protected)",
        "allow_policies: supplier.example: verify_sender true -> false (less protected)",
        "new.example: created",
        "block_senders: evil.example: created",
        "allow_policies: over.example: deleted",
        'allow_policies: supplier.example: comments "" -> SEC-311',
        "typo.example: failed (not_found)",
        "allow_policies: bad.example: failed (invalid)",
    ]


@pytest.mark.parametrize("name", LIST_NAMES)
def test_either_a_creation_or_a_removal_makes_the_account_less_protected(name: str) -> None:
    created, purged = (account_lines(result(**{name: {key: ["x"]}}))[0].endswith(" (less protected)") for key in ("created", "purged"))
    assert (created, purged) == ((True, False) if name in ("allow_policies", "trusted_domains", "url_ignore_patterns") else (False, True))


def test_entries_have_the_settings_of_the_diff() -> None:
    """One label begins with another one, and the settings may contain parentheses."""
    diff = [
        {"before": "ip_restrictions: []\n", "after": "ip_restrictions: 192.0.2.0/24\n"},
        {
            "before": "block_senders: old.example (DOMAIN)\n",
            "after": "block_senders: a (DOMAIN)\nblock_senders: a (is_regex) (EMAIL)\nblock_senders: b: comments: SEC\nblock_senders: c\n",
        },
        {"before": "", "after": "content_policies: Gift cards ((?i)gift (card), BODY)\n"},
    ]
    given = result(
        diff, block_senders={"created": ["a", "a (is_regex)", "c", "left out"], "purged": ["old.example"]}, content_policies={"created": ["Gift cards"]}
    )
    assert account_lines(given) == [
        "block_senders: old.example (DOMAIN): removed by purge (less protected)",
        "block_senders: a (DOMAIN): created",
        "block_senders: a (is_regex) (EMAIL): created",
        "block_senders: c: created",
        "block_senders: left out: created",
        "content_policies: Gift cards ((?i)gift (card), BODY): created",
    ]


def test_limit_counts_the_rest_of_each_resource() -> None:
    given = result(domains={"updated": [{"name": "d1.example", "changes": TLS}]}, block_senders={"created": ["a", "b"]}, allow_policies={"created": ["c"]})
    assert account_lines(given, 1, "See there.") == [
        "allow_policies: c: created (less protected)",
        "And 3 more: 1 of domains, 2 of block_senders. See there.",
    ]
    assert len(account_lines(result(block_senders={"created": [str(number) for number in range(60)]}))) == 51


def test_unknown_outcome_and_failed_list_are_marked() -> None:
    failed = {"name": "a.example", "action": "update", "failure": {"kind": "network"}, "changes": COMMENT}
    given = result(block_senders={"failed": [failed], "failure": {"kind": "permission"}, "msg": "no permission"})
    assert account_lines(given) == [
        'block_senders: a.example: comments "" -> SEC-311 (may have been changed; failed: network)',
        "block_senders: failed (permission)",
    ]


def test_values_that_were_left_out_leave_the_names_of_fields() -> None:
    shortened = {"name": "a.example", "fields": ["comments", "verify_sender"], "weaker": ["verify_sender"]}
    assert account_lines(result(allow_policies={"updated": [shortened]})) == [
        "allow_policies: a.example: verify_sender (less protected)",
        "allow_policies: a.example: comments",
    ]


@pytest.mark.parametrize(("label", "shown"), [("a\nb", "a\\nb"), ("x" * 300, f"{'x' * 199}…"), ("a\u202eb", "a\\u202eb"), ("bücher.example", "bücher.example")])
def test_label_is_on_one_line_and_short(label: str, shown: str) -> None:
    """Somebody else may have written it."""
    updated = {"name": label, "changes": COMMENT}
    failed = {"name": label, "failure": {"kind": "invalid"}}
    lines = account_lines(result(url_ignore_patterns={"purged": [label], "updated": [updated], "failed": [failed]}))
    assert lines == [
        f"url_ignore_patterns: {shown}: removed by purge",
        f'url_ignore_patterns: {shown}: comments "" -> SEC-311',
        f"url_ignore_patterns: {shown}: failed (invalid)",
    ]


def test_account_without_changes_has_no_line() -> None:
    assert account_lines(result(domains={}, block_senders={})) == []
