"""sender_mistakes: each message about the answers of a person, and the answers next to it that are no mistake."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.variables.sender_mistakes import find_sender_mistakes

TODAY = "2028-02-28"
SENDER = "; it must be one address, domain, IP address or network."
COMMENT = "; it must say why, for example with the number of a ticket."


def find(sender: Any = "evil.example", comment: Any = "SEC-311", **more: Any) -> list[str]:
    answers = {"email_security_sender": sender, "email_security_comment": comment, **{f"email_security_{name}": value for name, value in more.items()}}
    return find_sender_mistakes(answers, TODAY)


def day_mistake(day: str, latest: str, days: str) -> str:
    return (
        f"email_security_last_day is {day}; it must be the last day on which the sender is allowed, from {TODAY} to {latest} "
        f"(at most {days} days ahead), as in {latest}."
    )


@pytest.mark.parametrize("sender", ["evil.example", " ceo@evil.example ", "198.51.100.0/24", "a.example, b.example"])
def test_sender_that_is_a_text_is_left_to_the_module(sender: str) -> None:
    assert find(sender) == []


@pytest.mark.parametrize(
    ("sender", "described"), [("", "empty"), (" \n", "empty"), (None, "empty"), ([], "empty"), (["a.example"], "not a text"), (5, "not a text")]
)
def test_sender_that_is_no_text_is_a_mistake(sender: Any, described: str) -> None:
    assert find(sender) == [f"email_security_sender is {described}{SENDER}"]


@pytest.mark.parametrize("comment", ["SEC-311", " two\n lines ", 311, "x" * 900, f"{'x' * 450}  \n {'y' * 449}"])
def test_comment_that_says_why_is_no_mistake(comment: Any) -> None:
    assert find(comment=comment) == []


@pytest.mark.parametrize(
    ("comment", "described"),
    [("", "empty"), (" ", "empty"), (None, "empty"), (0, "empty"), ({}, "empty"), ({"SEC": 311}, "not a text"), (True, "not a text"), (1.5, "not a text")],
)
def test_comment_that_says_nothing_is_a_mistake(comment: Any, described: str) -> None:
    assert find(comment=comment) == [f"email_security_comment is {described}{COMMENT}"]


def test_comment_that_is_too_long_is_a_mistake() -> None:
    assert find(comment="x" * 901) == ["email_security_comment has 901 characters; at most 900 are allowed."]


@pytest.mark.parametrize(
    ("day", "days"),
    [(TODAY, ""), ("2028-03-29", None), (" 2028-03-29 ", 30), ("2028-02-29", " 1\n"), ("2055-07-15", 9999), (date(2028, 3, 1), 5), ("2028-02-99", 30)],
)
def test_last_day_within_the_limit_is_no_mistake(day: Any, days: Any) -> None:
    """The module reports a day that does not exist."""
    assert find(last_day=day, allow_max_days=days) == []


@pytest.mark.parametrize(
    ("day", "days", "shown", "latest"),
    [
        ("2028-02-27", "", "2028-02-27", "2028-03-29"),
        ("2028-03-30", "", "2028-03-30", "2028-03-29"),
        ("2028-03-01", 1, "2028-03-01", "2028-02-29"),
        ("2055-07-16", "9999", "2055-07-16", "2055-07-15"),
        ("", None, "empty", "2028-03-29"),
        (None, None, "empty", "2028-03-29"),
        ("tomorrow", None, "tomorrow", "2028-03-29"),
        ("2028-03-01\n", None, "", ""),
        ("2028-3-1", None, "2028-3-1", "2028-03-29"),
        ("2028-03-01 or later", None, "2028-03-01 or later", "2028-03-29"),
    ],
)
def test_last_day_beyond_the_limit_is_a_mistake(day: Any, days: Any, shown: str, latest: str) -> None:
    assert find(last_day=day, allow_max_days=days) == ([day_mistake(shown, latest, str(days or 30))] if shown else [])


@pytest.mark.parametrize("days", ["many", 0, "0", -1, "01", "10000", "5 6", 2.5, True, []])
def test_limit_that_is_no_number_of_days_is_the_only_mistake_about_days(days: Any) -> None:
    assert find(last_day="never", allow_max_days=days) == [f"email_security_allow_max_days is {days}; it must be a number of days from 1 to 9999."]


def test_last_day_is_only_checked_if_it_was_asked_for() -> None:
    assert find(allow_max_days="many") == []


def test_every_mistake_is_named_on_one_line() -> None:
    found = find("", "", last_day="a\nb")
    assert [mistake.partition(" is ")[0] for mistake in found] == ["email_security_sender", "email_security_comment", "email_security_last_day"]
    assert "a b" in found[2]
