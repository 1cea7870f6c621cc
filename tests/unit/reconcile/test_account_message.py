"""The message of a task over an account."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_message import account_message

NONE = {"created": [], "deleted": [], "purged": [], "updated": [], "failed": []}
STOP = ApiError("auth", "The token is not valid.", "Create another.")
NOT_ENTITLED = ApiError("not_entitled", "The plan has no such list.")


def counts(**differing):
    return {**dict.fromkeys(("total", "unchanged", "created", "updated", "deleted", "purged", "failed", "not_reached", "synced"), 0), **differing}


def message(results, summary=None, *, unread=None, stop=None, is_refused=False, check_mode=False):
    found = {name: {**NONE, **result} for name, result in results.items()}
    summaries = summary or {name: counts() for name in results}
    return account_message(found, summaries, unread or {}, stop, is_refused=is_refused, check_mode=check_mode)


CHANGED = {
    "allow_policies": {"updated": [{"name": "a.example", "changes": {}}], "deleted": ["b.example"]},
    "block_senders": {"created": [f"c{number}.example" for number in range(7)], "purged": ["d.example"]},
    "trusted_domains": {},
}


def test_changes_are_named_list_by_list():
    assert message(CHANGED) == (
        "allow_policies: 1 changed (a.example), 1 deleted (b.example). "
        "block_senders: 7 created (c0.example, c1.example, c2.example, c3.example, c4.example and 2 more), 1 removed by purge (d.example)."
    )


def test_check_mode_says_would():
    assert message(CHANGED, check_mode=True) == (
        "allow_policies: would change 1 (a.example), delete 1 (b.example). "
        "block_senders: would create 7 (c0.example, c1.example, c2.example, c3.example, c4.example and 2 more), remove by purge 1 (d.example)."
    )


def test_nothing_to_change():
    assert message({"block_senders": {}}) == "Nothing to change."
    summary = {"block_senders": counts(unchanged=3), "allow_policies": counts(), "trusted_domains": counts(unchanged=1)}
    assert message({key: {} for key in summary}, summary) == "Nothing to change. As declared: 3 block_senders, 1 trusted_domains."


def test_failures_are_described_and_counted():
    failed = [{"name": f"b{number}.example", "msg": f"Could not create b{number}.example: refused."} for number in range(5)]
    words = message({"block_senders": {"created": ["a.example"], "failed": failed}})
    assert words == (
        "block_senders: 1 created (a.example). block_senders: 5 failed: b0.example: Could not create it: refused. "
        "b1.example: Could not create it: refused. b2.example: Could not create it: refused. And 2 more. See results."
    )


def test_three_failures_are_all_described():
    failed = [{"name": f"b{number}.example", "msg": "no."} for number in range(3)]
    assert message({"block_senders": {"failed": failed}}) == "block_senders: 3 failed: b0.example: no. b1.example: no. b2.example: no. See results."


def test_failure_of_a_list_is_described():
    words = message({"block_senders": {"msg": "It was refused."}, "allow_policies": {"created": ["a.example"]}}, {"block_senders": counts(not_reached=2)})
    assert words == "allow_policies: 1 created (a.example). block_senders: It was refused. Not reached: 2 of block_senders. See results."


def test_skipped_list_is_named():
    unread = {"content_policies": NOT_ENTITLED}
    assert message({"content_policies": {}}, unread=unread) == "Nothing to change. content_policies was skipped: The plan has no such list."
    words = message({"content_policies": {}, "block_senders": {"failed": [{"name": "a.example", "msg": "no."}]}}, unread=unread)
    assert words == "block_senders: 1 failed: a.example: no. content_policies was skipped: The plan has no such list. See results."
    assert "skipped" not in message({"content_policies": {"msg": "The plan has no such list."}}, unread=unread)
    assert "skipped" not in message({"content_policies": {}}, unread={"content_policies": STOP})


def test_stop_is_said_once():
    summary = {"block_senders": counts(not_reached=2), "allow_policies": counts(not_reached=1), "trusted_domains": counts()}
    results = {"block_senders": {"msg": str(STOP)}, "allow_policies": {}, "trusted_domains": {}}
    assert message(results, summary, stop=STOP) == "The token is not valid. Create another. Not reached: 2 of block_senders, 1 of allow_policies. See results."
    words = message({"block_senders": {"created": ["a.example"]}}, stop=STOP)
    assert words == "block_senders: 1 created (a.example). Then the task was stopped: The token is not valid. Create another. See results."


def test_refused_plan_is_no_change():
    refusal = ApiError("too_many_removals", "Nothing was written.", "Check the feed.")
    assert message(CHANGED, stop=refusal, is_refused=True) == "Nothing was written. Check the feed. See results for what would be changed."


def test_long_names_are_shortened():
    assert message({"url_ignore_patterns": {"created": ["x" * 500]}}) == f"url_ignore_patterns: 1 created ({'x' * 119}…)."
