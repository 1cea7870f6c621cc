"""The playbooks for one sender: block_sender, allow_sender until a last day, and remove_expired, which ends what allow_sender has allowed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

ALLOWED = "Allowed by mailops.cloudflare.allow_sender: "
BLOCKED = "Blocked by mailops.cloudflare.block_sender: "


def day(ahead: int) -> str:
    """A day, as the playbooks count them: in UTC."""
    return (datetime.now(timezone.utc).date() + timedelta(days=ahead)).isoformat()


@pytest.fixture
def account(simulator: Simulator) -> Simulator:
    simulator.clear_entries()
    return simulator


def run(playbook_runner: PlaybookRunner, folder: Path, name: str, variables: dict[str, Any], *arguments: str) -> CommandResult:
    return playbook_runner.run_playbook(folder, f"mailops.cloudflare.{name}", "-e", json.dumps(variables), *arguments)


def block(sender: Any, comment: Any = "SEC-311") -> dict[str, Any]:
    return {"email_security_sender": sender, "email_security_comment": comment}


def allow(sender: Any = "news.partner.example", comment: Any = "SEC-311", last_day: Any = None, **more: Any) -> dict[str, Any]:
    return {**block(sender, comment), "email_security_last_day": day(7) if last_day is None else last_day, **more}


def keys_and_comments(account: Simulator, resource: str) -> list[tuple[str, str | None]]:
    return [(entry["pattern"], entry.get("comments")) for entry in account.entries(resource)]


def test_block_sender_blocks_it_once_and_keeps_a_comment(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    account.configure(refuse_writes=True)
    checked = run(playbook_runner, tmp_path, "block_sender", block(" Evil.Example. ", "SEC-311,\n two lines"), "--check")
    assert checked.code == 0, checked.output
    account.configure(refuse_writes=False)
    for comment in ("SEC-311,\n two lines", "another ticket"):
        done = run(playbook_runner, tmp_path, "block_sender", block(" Evil.Example. ", comment))
        assert done.code == 0, done.output
    assert keys_and_comments(account, "block_senders") == [("evil.example", f"{BLOCKED}SEC-311, two lines")]
    assert [entry["method"] for entry in account.journal].count("POST") == 1


# A controller marks survey answers as unsafe.
UNSAFE_ANSWERS = """\
email_security_sender: ceo@evil.example
email_security_comment: !unsafe "{{ 6 * 7 }} {% if %} {# not a template"
email_security_last_day: "LAST_DAY"
"""


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("name", "resource"), [("block_sender", "block_senders"), ("allow_sender", "allow_policies")])
def test_answer_is_never_a_template(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, name: str, resource: str) -> None:
    (tmp_path / "answers.yml").write_text(UNSAFE_ANSWERS.replace("LAST_DAY", day(7)), encoding="utf-8")
    done = playbook_runner.run_playbook(tmp_path, f"mailops.cloudflare.{name}", "-e", "@answers.yml", "-v")
    assert done.code == 0, done.output
    [(key, comments)] = keys_and_comments(account, resource)
    assert key == "ceo@evil.example"
    assert "{{ 6 * 7 }} {% if %} {# not a template" in str(comments)


def test_allow_sender_creates_the_weakest_exemption_and_extends_it(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    for ahead, comment in ((0, "SEC-311"), (30, "SEC-400")):
        done = run(playbook_runner, tmp_path, "allow_sender", allow(comment=comment, last_day=day(ahead)))
        assert done.code == 0, done.output
    [policy] = account.entries("allow_policies")
    flags = {name: policy[name] for name in ("is_acceptable_sender", "is_exempt_recipient", "is_trusted_sender", "is_regex", "verify_sender")}
    assert flags == {"is_acceptable_sender": True, "is_exempt_recipient": False, "is_trusted_sender": False, "is_regex": False, "verify_sender": True}
    assert (policy["pattern"], policy["comments"]) == ("news.partner.example", f"{ALLOWED}SEC-400 (until {day(30)})")


@pytest.mark.parametrize("comments", ["SEC-200, supplier", None, f"{ALLOWED}no last day", f"Please note: {ALLOWED}SEC-311 (until 2027-01-31)"])
@pytest.mark.first_cases(1)
def test_allow_sender_changes_no_policy_of_somebody_else(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, comments: str | None) -> None:
    other = account.add_entry("allow_policies", pattern="news.partner.example", is_acceptable_sender=True, verify_sender=True, comments=comments)
    done = run(playbook_runner, tmp_path, "allow_sender", allow("NEWS.partner.example"))
    assert done.code == 2
    assert "has an allow policy already, which this playbook did not create" in " ".join(done.output.split())
    assert account.entries("allow_policies") == [other]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("allow_sender", allow(last_day=day(31)), "(at most 30 days ahead)"),
    ("block_sender", block("*.evil.example"), "a domain is written without"),
]
NIGHTLY_REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("allow_sender", allow(last_day=day(-1)), "it must be the last day on which the sender is allowed"),
    ("block_sender", block("", " "), "email_security_sender is empty; it must be one address"),
    ("allow_sender", allow(last_day=""), "email_security_last_day is empty"),
    ("allow_sender", allow(last_day="tomorrow"), "email_security_last_day is tomorrow"),
    ("allow_sender", allow(last_day=f"{day(2)[:8]}99", email_security_allow_max_days=9999), "expires is"),
    ("allow_sender", allow(email_security_allow_max_days="many"), "email_security_allow_max_days is many"),
    ("allow_sender", allow(email_security_allow_max_days=0), "email_security_allow_max_days is 0"),
    ("allow_sender", allow(email_security_allow_max_days=5), "(at most 5 days ahead)"),
    ("allow_sender", allow(comment=None), "email_security_comment is empty"),
    ("allow_sender", allow(["a.example", "b.example"]), "email_security_sender is not a text"),
    ("block_sender", block("a.example, b.example"), "is not a domain name"),
    ("block_sender", block("evil.example", {"SEC": 311}), "email_security_comment is not a text"),
    ("block_sender", block("evil.example", "x" * 901), "email_security_comment has 901 characters; at most 900 are allowed"),
    ("block_sender", block("10.0.0.1"), "which is private"),
    ("block_sender", {}, "email_security_sender is empty"),
]


@pytest.mark.parametrize(("name", "answers", "says"), [*REFUSED, *(pytest.param(*case, marks=pytest.mark.nightly) for case in NIGHTLY_REFUSED)])
def test_invalid_answer_is_refused_before_any_request(
    playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path, name: str, answers: dict[str, Any], says: str
) -> None:
    done = run(playbook_runner, tmp_path, name, answers)
    assert (done.code, account.journal) == (2, []), done.output
    assert says in " ".join(done.output.split())


def test_remove_expired_ends_only_what_allow_sender_has_allowed(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    """Over since yesterday, and over today's end; then entries whose comments only resemble those of the playbook."""
    yesterday, today = day(-1), day(0)
    kept = {
        "today.example": f"{ALLOWED}SEC-1 (until {today})",
        "by-hand.example": f"SEC-2 (until {yesterday})",
        "no-day.example": f"{ALLOWED}SEC-3",
        "longer.example": f"{ALLOWED}SEC-4 (until {yesterday}) and longer",
        "earlier.example": f"Not {ALLOWED}SEC-5 (until {yesterday})",
        "two-days.example": f"{ALLOWED}SEC-6 (until {yesterday}) (until {today})",
        "none.example": None,
        "lines.example": f"{ALLOWED}SEC-7 (until {yesterday})\n",
    }
    removed = {"over.example": f"{ALLOWED}SEC-8 (until {yesterday})", "long.example": f"{ALLOWED}SEC-9 (until {today}) (until 2025-02-28)"}
    for pattern, comments in {**kept, **removed}.items():
        account.add_entry("allow_policies", pattern=pattern, comments=comments)
    # The same sender, by somebody else.
    account.add_entry("allow_policies", pattern="over.example", comments="SEC-10", is_trusted_sender=True)
    account.configure(refuse_writes=True)
    checked = run(playbook_runner, tmp_path, "remove_expired", {}, "--check")
    assert checked.code == 0, checked.output
    account.configure(refuse_writes=False)
    done = run(playbook_runner, tmp_path, "remove_expired", {})
    assert done.code == 0, done.output
    assert keys_and_comments(account, "allow_policies") == [*kept.items(), ("over.example", "SEC-10")]
    assert f"over.example, allowed until {yesterday}" in done.output
    again = run(playbook_runner, tmp_path, "remove_expired", {})
    assert again.code == 0, again.output


@pytest.mark.nightly
def test_remove_expired_continues_after_a_failure_and_fails(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    for number in range(2):
        account.add_entry("allow_policies", pattern=f"d{number}.example", comments=f"{ALLOWED}SEC (until 2025-02-28)")
    account.fault("status", method="DELETE", status=400, code=1001, message="not now")
    done = run(playbook_runner, tmp_path, "remove_expired", {})
    assert done.code == 2
    assert [pattern for pattern, _comments in keys_and_comments(account, "allow_policies")] == ["d0.example"]


@pytest.mark.nightly
def test_remove_expired_fails_if_the_list_cannot_be_read(playbook_runner: PlaybookRunner, account: Simulator, tmp_path: Path) -> None:
    account.configure(not_entitled=["allow_policies"])
    done = run(playbook_runner, tmp_path, "remove_expired", {})
    assert done.code == 2, done.output
