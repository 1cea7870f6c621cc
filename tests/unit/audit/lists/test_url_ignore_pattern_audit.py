"""The audit of URL ignore patterns: for each rule a case that matches with its message, a similar one that does not, and generated ones."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, EntryMatch
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.url_ignore_pattern_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.url_ignore_patterns import URL_IGNORE_PATTERN
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, list_plan
from hypothesis import assume, given
from hypothesis import strategies as st

NAME = URL_IGNORE_PATTERN.name
NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
SEVERITIES = {rule.id: rule.severity for rule in AUDIT.rules}
GOOD = r"^https://login\.partner\.example/"
WITHOUT_SCHEME = "demands no http:// or https:// at its beginning"


def live(pattern: Any = GOOD, **differing: Any) -> dict[str, Any]:
    return {"id": "1", "pattern": pattern, "comments": "SEC-1", **differing}


def entry(row: dict[str, Any], declared: dict[str, Any] | None = None) -> Entry:
    planned = None if declared is None else list_plan(NAME, [declared], [row]).declared[0]
    return Entry(URL_IGNORE_PATTERN, str(row.get("pattern")), row, URL_IGNORE_PATTERN.normalize(row), planned)


def account(*entries: Entry) -> Account:
    return Account(NOW, entries={NAME: entries})


def checked(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The matches of all checks of a live entry: rule, severity, message."""
    one = entry(row)
    return [described(match, one.label) for check in AUDIT.checks for match in check(one, account(one))]


def described(match: EntryMatch, label: str) -> tuple[str, str, str]:
    return match.rule_id, match.severity or SEVERITIES[match.rule_id], finding_text(match.rule_id, label, match.declared, match.live)


def severities(row: dict[str, Any]) -> dict[str, str]:
    return {rule_id: severity for rule_id, severity, _message in checked(row)}


def test_undeclared():
    one = entry(live())
    [match] = AUDIT.undeclared(one, account(one))
    assert described(match, GOOD) == ("ES-URL-001", "medium", rf"Links that match {GOOD} are not rewritten, and nothing declares that.")
    assert AUDIT.judges_undeclared


def test_missing():
    [desired] = list_plan(NAME, [{"pattern": GOOD}], []).declared
    [match] = AUDIT.missing(desired.desired, account())
    assert described(match, GOOD) == ("ES-URL-002", "low", rf"Links that match {GOOD} are rewritten, although they are declared to be exempt.")


def test_another_pattern_under_the_declared_id():
    one = entry(live("^https://other/"), {"id": "1", "pattern": GOOD})
    [(field, pair)] = one.planned.change.changes.items()
    assert [described(match, one.label) for match in AUDIT.differing(one, field, pair["after"], pair["before"], account(one))] == [
        ("ES-URL-001", "medium", "Links that match ^https://other/ are not rewritten, and nothing declares that."),
        ("ES-URL-002", "low", rf"Links that match {GOOD} are rewritten, although they are declared to be exempt."),
    ]


def test_another_comment_is_for_the_rules_on_all_lists():
    one = entry(live(), {"pattern": GOOD, "comments": "SEC-2"})
    assert list(AUDIT.differing(one, "comments", "SEC-2", "SEC-1", account(one))) == []


@pytest.mark.parametrize(("ends", "text"), [({"state": "absent"}, "absent"), ({"expires": PAST}, f"until {PAST}")])
def test_unwanted(ends, text):
    one = entry(live(), {"pattern": GOOD, **ends})
    [match] = AUDIT.unwanted(one, account(one))
    assert described(match, GOOD) == ("ES-URL-005", "medium", f"Links that match {GOOD} are still not rewritten. Declared: {text}.")


@pytest.mark.parametrize("pattern", [".*", "^", ".", "https?://.*", "^https://", "(?i)^https://.*", r"^https?:\/\/.*", "^http://", "https?://[^/]+/.*", "a?b*"])
def test_every_link(pattern):
    found = [match for match in checked(live(pattern)) if match[0] == "ES-URL-101"]
    assert found == [("ES-URL-101", "high", f"The pattern {pattern} matches every link.")]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^https?://.*\.(com|io)/", "demands only 2 letters or digits"),
        ("^https://.*x", "demands only 1 letter or digit"),
        ("^https://.*abcd5", "demands only 5 letters or digits"),
        (r".*\.pdf$", "demands only 3 letters or digits, and no http:// or https:// before them"),
        (r"login\.partner\.example/", WITHOUT_SCHEME),
        (r"^login\.partner\.example/", WITHOUT_SCHEME),
        (r".*partner\.example.*", WITHOUT_SCHEME),
    ],
)
def test_demands_hardly_anything(pattern, text):
    assert ("ES-URL-101", "medium", f"The pattern {pattern} {text}.") in checked(live(pattern))


@pytest.mark.parametrize("pattern", [GOOD, r"^https://bmw\.de/", r"^https?://bmw\.de(/.*)?$", r"https://partner\.example/.*", "^https://.*abcde6"])
def test_demands_enough(pattern):
    assert "ES-URL-101" not in severities(live(pattern))


@pytest.mark.parametrize(
    "pattern", [r".*example\.com.*", r"^https://.*\.example\.com/", r"^https?://[^/]*partner\.example/", r"partner\.example/x", r"^https://[a-z]+/"]
)
def test_host_that_is_not_fixed(pattern):
    assert ("ES-URL-102", "high", f"The pattern {pattern} does not begin with a fixed host.") in checked(live(pattern))


@pytest.mark.parametrize(
    "pattern", [r"^https://partner\.example", r"^https://partner\.example.*", r"^https://partner\.example\.?", r"^https://(partner\.example|.*)/"]
)
def test_host_whose_end_is_not_fixed(pattern):
    """It also fits https://partner.example.attacker.example/."""
    assert "ES-URL-102" in severities(live(pattern))


@pytest.mark.parametrize("pattern", [GOOD, r"https://partner\.example/.*", r"^https?://partner\.example(/.*)?$", r"^https://(a|b)\.partner\.example/"])
def test_host_that_is_fixed(pattern):
    assert severities(live(pattern)) == {}


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        (r"^https://bit\.ly/", "bit.ly"),
        (r"^https://www\.dropbox\.com/", "www.dropbox.com"),
        (r"^https://docs\.google\.com/", "docs.google.com"),
        (r"^https://sharepoint\.com/", "sharepoint.com"),
        (r"^https://github\.io/", "github.io"),
    ],
)
def test_service_on_which_anybody_publishes(pattern, host):
    assert ("ES-URL-103", "high", f"The pattern {pattern} exempts links to {host}.") in checked(live(pattern))


@pytest.mark.parametrize(
    "pattern",
    [r"^https://notbit\.ly/", r"^https://contoso\.sharepoint\.com/", r"^https://contoso\.github\.io/", r"^https://google\.com/", "^https://bit/ly/dropbox"],
)
def test_host_of_one_organization(pattern):
    assert "ES-URL-103" not in severities(live(pattern))


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (live(comments=None), "has no comment"),
        (live(comments="  "), "has no comment"),
        (live(GOOD + "a" * (513 - len(GOOD))), "has 513 characters"),
        (live(GOOD + "a" * 1000, comments=""), f"has no comment and has {len(GOOD) + 1000} characters"),
    ],
)
def test_no_comment_or_too_long(row, text):
    [(rule_id, severity, message)] = checked(row)
    assert (rule_id, severity) == ("ES-URL-104", "low")
    assert message.endswith(f" {text}.")


def test_comment_and_length_in_order():
    assert checked(live(GOOD + "a" * (512 - len(GOOD)))) == []
    # The server did not say whether there is a comment.
    assert checked({"id": "1", "pattern": GOOD}) == []


@pytest.mark.parametrize("pattern", ["(", "https://[", None])
def test_an_unreadable_pattern_is_not_judged(pattern):
    assert checked(live(pattern)) == []


# A pattern is built of parts whose meaning is known.
SCHEMES = {"": (False, 0), "^https://": (True, 5), "^https?://": (True, 4), "^http://": (True, 4)}
HOSTS = {
    "": None,
    r"login\.partner\.example/": "login.partner.example",
    r"bmw\.de/": "bmw.de",
    r"bit\.ly/": "bit.ly",
    ".*/": None,
    r"[^/]*\.partner\.example/": None,
}
PATHS = {"": 0, ".*": 0, "a": 1, "report": 6, "(a|bcd)": 1, "x?": 0, "[0-9]+": 0, r".*\.pdf$": 3}


@given(st.sampled_from(list(SCHEMES)), st.sampled_from(list(HOSTS)), st.sampled_from(list(PATHS)), st.sampled_from(["SEC-1", None]))
def test_generated_patterns(scheme, host, path, comment):
    assume(scheme + host + path)
    has_scheme, _scheme_letters = SCHEMES[scheme]
    fixed = HOSTS[host] if has_scheme else None
    letters = sum(letter.isalnum() for letter in host.replace("[^/]*", "")) + PATHS[path]
    expected = {
        ("ES-URL-101", "high"): letters == 0,
        ("ES-URL-101", "medium"): letters and ((letters < 6 and not fixed) or not has_scheme),
        ("ES-URL-102", "high"): not fixed,
        ("ES-URL-104", "low"): comment is None,
    }
    found = set(severities(live(scheme + host + path, comments=comment)).items())
    assert found - {("ES-URL-103", "high")} == {case for case, applies in expected.items() if applies}
    assert (("ES-URL-103", "high") in found) or fixed != "bit.ly"
    assert (("ES-URL-103", "high") not in found) or "bit" in host


@given(st.sampled_from([None, {"state": "absent"}, {"expires": PAST}]), st.booleans(), st.booleans())
def test_generated_existence(ends, is_declared, is_live):
    """An entry is missing, undeclared or unwanted, and never two of these."""
    declared = [{"pattern": GOOD, **(ends or {})}] if is_declared else []
    planned = list_plan(NAME, declared, [live()] if is_live else []).declared
    one = entry(live(), declared[0] if declared else None)
    actions = [each.change.action for each in planned]
    found = [
        *(match for match in AUDIT.undeclared(one, account()) if is_live and not one.is_declared),
        *(match for each in planned if each.change.action == "create" for match in AUDIT.missing(each.desired, account())),
        *(match for match in AUDIT.unwanted(one, account()) if "delete" in actions),
    ]
    expected = {
        "ES-URL-001": is_live and not is_declared,
        "ES-URL-002": is_declared and not ends and not is_live,
        "ES-URL-005": is_live and is_declared and ends,
    }
    assert [match.rule_id for match in found] == [rule_id for rule_id, applies in expected.items() if applies]


@given(st.dictionaries(st.sampled_from(["pattern", "comments", "id"]), st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()))))
def test_no_response_raises_an_exception(row):
    checked({"pattern": None, **row})
