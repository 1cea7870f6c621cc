"""Health of allow policies: how wide they are, whether they can be forged, how they are written, and how old they are."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.allow_policy_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Entry
from ansible_collections.mailops.cloudflare.tests.unit.exemptions import (
    PATTERNS,
    Pattern,
    accepted,
    account,
    check,
    days_ago,
    message,
    planned,
    policy,
    recipient,
    severities,
    trusted,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import FUTURE
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st

HEALTH = {rule.id for rule in AUDIT.rules if rule.category == "health"}


def found(entry: Entry, **differing) -> dict[str, str]:
    return severities(AUDIT, check(AUDIT, entry, **differing))


def regex(pattern: str, **flags) -> Entry:
    return policy(pattern, is_regex=True, **({"is_acceptable_sender": True} | flags))


def text_of(rule_id: str, entry: Entry) -> str:
    [match] = [match for match in check(AUDIT, entry) if match.rule_id == rule_id]
    return message(entry, match)


# By rule: an entry, its severity and its whole message.
FIRING = [
    ("ES-ALLOW-101", regex(".*"), "critical", "The regular expression of the allow policy .* (is_regex) matches anything."),
    ("ES-ALLOW-101", regex(r".*\.com"), "high", r"The regular expression of the allow policy .*\.com (is_regex) matches almost anything."),
    ("ES-ALLOW-101", recipient(".*", is_regex=True), "critical", "The regular expression of the allow policy .* (is_regex) matches anything."),
    ("ES-ALLOW-102", trusted("gmail.com"), "critical", "The allow policy gmail.com exempts all senders of gmail.com, a service that anybody can use."),
    (
        "ES-ALLOW-102",
        accepted("docusign.net", verify_sender=False),
        "high",
        "The allow policy docusign.net exempts all senders of docusign.net, a service that anybody can use.",
    ),
    (
        "ES-ALLOW-102",
        regex(r"^.*@gmail\.com$"),
        "medium",
        r"The allow policy ^.*@gmail\.com$ (is_regex) exempts all senders of gmail.com, a service that anybody can use.",
    ),
    (
        "ES-ALLOW-103",
        trusted(verify_sender=False),
        "critical",
        "The allow policy news.partner.example does not verify the sender, whose mail skips every detection.",
    ),
    (
        "ES-ALLOW-103",
        accepted("ceo@partner.example", verify_sender=False),
        "high",
        "The allow policy ceo@partner.example does not verify the sender, whose mail skips SPAM, SPOOF and BULK.",
    ),
    (
        "ES-ALLOW-105",
        trusted("198.51.100.0/27"),
        "high",
        "The allow policy 198.51.100.0/27 exempts every mail server in a network of 32 addresses.",
    ),
    (
        "ES-ALLOW-105",
        accepted("2001:db8::/32"),
        "critical",
        "The allow policy 2001:db8::/32 exempts every mail server in an IPv6 network with the prefix length 32.",
    ),
    ("ES-ALLOW-107", accepted("co.uk"), "critical", "The allow policy co.uk exempts a public suffix, under which anybody can register a domain."),
    (
        "ES-ALLOW-107",
        accepted("onmicrosoft.com"),
        "high",
        "The allow policy onmicrosoft.com exempts a public suffix, under which a provider gives domains to its customers.",
    ),
    (
        "ES-ALLOW-107",
        trusted("github.io"),
        "critical",
        "The allow policy github.io exempts a public suffix, under which a provider gives domains to its customers.",
    ),
    (
        "ES-ALLOW-108",
        regex(r"@partner\.example.*"),
        "high",
        r"In the regular expression of the allow policy @partner\.example.* (is_regex), the end of the domain is open.",
    ),
    (
        "ES-ALLOW-108",
        regex(r"partner\.example$", is_trusted_sender=True),
        "critical",
        r"In the regular expression of the allow policy partner\.example$ (is_regex), the start of the domain is open.",
    ),
    (
        "ES-ALLOW-108",
        regex(r"partner\.example.*"),
        "high",
        r"In the regular expression of the allow policy partner\.example.* (is_regex), the start and the end of the domain are open.",
    ),
    (
        "ES-ALLOW-108",
        regex(r"@news.partner\.example$"),
        "medium",
        r"In the regular expression of the allow policy @news.partner\.example$ (is_regex), a dot of the domain is not escaped.",
    ),
    (
        "ES-ALLOW-108",
        regex(r"@partner\.example"),
        "low",
        r"In the regular expression of the allow policy @partner\.example (is_regex), there is no $ at the end.",
    ),
    ("ES-ALLOW-109", accepted(comments=None), "low", "The allow policy news.partner.example has no comment."),
    ("ES-ALLOW-109", recipient(comments=" "), "medium", "The allow policy abuse@example.com has no comment."),
    (
        "ES-ALLOW-110",
        accepted(comments="SEC-1 (until 2026-11-27)"),
        "medium",
        "The allow policy news.partner.example must be reviewed: its comment says until 2026-11-27.",
    ),
    (
        "ES-ALLOW-110",
        trusted(created_at="2026-08-01T00:00:00Z"),
        "medium",
        "The allow policy news.partner.example must be reviewed: created on 2026-08-01, without an end.",
    ),
    (
        "ES-ALLOW-110",
        accepted(created_at="2025-11-01T00:00:00Z"),
        "low",
        "The allow policy news.partner.example must be reviewed: created on 2025-11-01, without an end.",
    ),
    ("ES-ALLOW-111", policy(), "low", "The allow policy news.partner.example exempts nothing: none of its flags is set."),
    (
        "ES-ALLOW-113",
        trusted("40.107.22.5"),
        "critical",
        "The allow policy 40.107.22.5 exempts servers of Microsoft 365, through which many organizations send.",
    ),
    (
        "ES-ALLOW-113",
        accepted("40.107.22.0/24"),
        "high",
        "The allow policy 40.107.22.0/24 exempts servers of Microsoft 365, through which many organizations send.",
    ),
    ("ES-ALLOW-115", trusted(), "medium", "The allow policy news.partner.example trusts a sender that is not an IP address: its mail skips every detection."),
    ("ES-ALLOW-116", regex(r"partner\.example$"), "high", r"The regular expression of the allow policy partner\.example$ (is_regex) does not demand an @."),
    (
        "ES-ALLOW-116",
        regex(r"partner\.example$", is_trusted_sender=True),
        "critical",
        r"The regular expression of the allow policy partner\.example$ (is_regex) does not demand an @.",
    ),
    (
        "ES-ALLOW-118",
        trusted(is_acceptable_sender=True),
        "medium",
        "The allow policy news.partner.example is both a trusted and an acceptable sender: its mail skips every detection.",
    ),
]
NEAR_MISSES = [
    ("ES-ALLOW-101", regex(r"^.*@bmw\.de$")),
    ("ES-ALLOW-101", accepted("com")),
    ("ES-ALLOW-101", regex("(never closed")),
    ("ES-ALLOW-101", regex(".*", is_acceptable_sender=False)),
    ("ES-ALLOW-102", accepted("joe@gmail.com")),
    ("ES-ALLOW-102", accepted("mygmail.com")),
    ("ES-ALLOW-102", regex(r"^joe@gmail\.com$")),
    ("ES-ALLOW-102", policy("gmail.com")),
    ("ES-ALLOW-103", accepted()),
    ("ES-ALLOW-103", accepted("198.51.100.17", verify_sender=False)),
    ("ES-ALLOW-103", regex(r"^198\.51\.100\.[0-9]+$", verify_sender=False)),
    ("ES-ALLOW-103", recipient()),
    ("ES-ALLOW-105", trusted("198.51.100.0/28")),
    ("ES-ALLOW-105", accepted("198.51.100.0/24")),
    ("ES-ALLOW-105", policy("198.0.0.0/8")),
    ("ES-ALLOW-105", accepted("198.51.100.7/8")),
    ("ES-ALLOW-107", accepted("partner.co.uk")),
    ("ES-ALLOW-107", accepted("tenant.onmicrosoft.com")),
    ("ES-ALLOW-107", policy("com")),
    ("ES-ALLOW-108", regex(r"^.*@partner\.example$")),
    ("ES-ALLOW-108", regex(r"^.*@(.*\.)?partner\.example$")),
    ("ES-ALLOW-108", recipient(r"abuse@example\.com.*", is_regex=True)),
    ("ES-ALLOW-108", regex(r"198\.51\.100\.[0-9]+")),
    ("ES-ALLOW-109", accepted(comments="x")),
    ("ES-ALLOW-110", accepted(comments="SEC-1 (until 2026-11-28)", created_at=days_ago(500))),
    ("ES-ALLOW-110", accepted(comments="SEC-1 (until 2026-01-31), prolonged (until 2027-01-31)", created_at=days_ago(500))),
    ("ES-ALLOW-110", accepted(created_at=days_ago(365))),
    ("ES-ALLOW-110", trusted(created_at=days_ago(90))),
    ("ES-ALLOW-110", trusted(created_at=None)),
    ("ES-ALLOW-111", recipient()),
    ("ES-ALLOW-113", accepted("40.106.255.255")),
    ("ES-ALLOW-115", trusted("198.51.100.17")),
    ("ES-ALLOW-115", trusted(r"^198\.51\.100\.[0-9]+$", is_regex=True)),
    ("ES-ALLOW-115", accepted()),
    ("ES-ALLOW-116", regex(r"@partner\.example")),
    ("ES-ALLOW-116", regex(r"^198\.51\.100\.[0-9]+$")),
    ("ES-ALLOW-116", recipient("abuse", is_regex=True)),
    ("ES-ALLOW-116", regex("(never closed")),
    ("ES-ALLOW-118", trusted()),
    ("ES-ALLOW-118", recipient(is_trusted_sender=True)),
]


@pytest.mark.parametrize(("rule_id", "entry", "severity", "text"), FIRING)
def test_a_rule_matches_with_its_message(rule_id, entry, severity, text):
    assert found(entry)[rule_id] == severity
    assert text_of(rule_id, entry) == text


@pytest.mark.parametrize(("rule_id", "entry"), NEAR_MISSES)
def test_a_near_miss_does_not_match(rule_id, entry):
    assert rule_id not in found(entry)


def test_each_rule_has_both():
    # ES-ALLOW-106 needs the own domains: it is tested with the checks that do.
    assert {rule_id for rule_id, *_rest in FIRING} == {rule_id for rule_id, _entry in NEAR_MISSES} == HEALTH - {"ES-ALLOW-106"}


def test_an_exemption_without_a_comment_is_weaker_only_if_it_skips_every_detection():
    [match] = [match for match in check(AUDIT, accepted(comments="")) if match.rule_id == "ES-ALLOW-109"]
    assert match.direction == "neutral"
    [match] = [match for match in check(AUDIT, trusted(comments="")) if match.rule_id == "ES-ALLOW-109"]
    assert match.direction == "weaker"


@pytest.mark.parametrize(
    "comments",
    ["SEC-1 (until 2026-13-01)", "SEC-1 (until 2026-02-30)", "SEC-1 until 2026-01-01", "SEC-1 (until tomorrow)", "(until 2026-1-1)"],
)
def test_what_is_not_a_day_is_no_end(comments):
    assert "ES-ALLOW-110" not in found(accepted(comments=comments))
    assert found(accepted(comments=comments, created_at=days_ago(366)))["ES-ALLOW-110"] == "low"


def test_a_declared_end_is_an_end():
    old = trusted(created_at=days_ago(1000))
    assert found(old)["ES-ALLOW-110"] == "medium"
    assert "ES-ALLOW-110" not in found(planned(old, is_trusted_sender=True, expires=FUTURE))
    assert found(planned(old, is_trusted_sender=True))["ES-ALLOW-110"] == "medium"


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        *((trusted(network), None) for network in ("198.51.100.0/28", "2001:db8::/64")),
        *((trusted(network), "high") for network in ("198.51.100.0/27", "198.51.100.0/25", "2001:db8::/63", "2001:db8::/49")),
        *((trusted(network), "critical") for network in ("198.51.100.0/24", "2001:db8::/48")),
        *((accepted(network), None) for network in ("198.51.100.0/24", "2001:db8::/48")),
        *((accepted(network), "high") for network in ("198.51.100.0/23", "198.51.0.0/17", "2001:db8::/47", "2001:db8::/33")),
        *((accepted(network), "critical") for network in ("198.51.0.0/16", "2001:db8::/32")),
    ],
    ids=lambda value: value.label if isinstance(value, Entry) else str(value),
)
def test_network_is_judged_by_its_prefix_and_by_the_flag(entry, severity):
    assert found(entry).get("ES-ALLOW-105") == severity


@pytest.mark.parametrize("max_age", [0, 30, 400])
def test_max_age_replaces_both_limits(max_age):
    for entry, severity in ((accepted, "low"), (trusted, "medium")):
        assert found(entry(created_at=days_ago(max_age + 0.01)), max_age=max_age)["ES-ALLOW-110"] == severity
        assert "ES-ALLOW-110" not in found(entry(created_at=days_ago(max_age)), max_age=max_age)


@pytest.mark.parametrize("field", ["pattern", "is_regex", "comments", "created_at", "is_trusted_sender", "pattern_type", "verify_sender"])
@pytest.mark.parametrize("value", [None, "", 7, True, [], {"x": 1}, "\x00", "a" * 5000])
def test_no_live_value_raises_an_exception(field, value):
    for entry in (trusted(), accepted("198.51.100.0/20"), regex(".*"), recipient()):
        live = {**entry.live, field: value}
        found(entry._replace(live=live, settings=entry.resource.normalize(live)))


@pytest.mark.parametrize("created_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("max_age", [None, 10**30])
def test_no_date_and_no_age_is_too_large(created_at, max_age):
    rules = found(accepted(created_at=created_at), max_age=max_age)
    assert ("ES-ALLOW-110" in rules) == (created_at.startswith("0001") and max_age is None)


@pytest.mark.parametrize(
    ("pattern", "rule_id"),
    [("@gmail.com", "ES-ALLOW-102"), ("*@gmail.com", "ES-ALLOW-102"), ("*.co.uk", "ES-ALLOW-107"), ("192.0.2.7/32", None), ("198.51.0.0/16", "ES-ALLOW-105")],
)
def test_old_entries_are_judged_as_what_they_look_like(pattern, rule_id):
    assert set(found(accepted(pattern, pattern_type="UNKNOWN"))) == ({rule_id} if rule_id else set())


@pytest.mark.parametrize(
    ("pattern", "is_whole"),
    [
        (r"^.*@gmail\.com$", True),
        (r"^[a-z]+@gmail\.com$", True),
        (r"^(joe|.*)@gmail\.com$", True),
        (r"^.*@.*\.gmail\.com$", True),
        (r"^joe.*@gmail\.com$", False),
    ],
)
def test_a_regular_expression_for_some_addresses_is_not_the_whole_service(pattern, is_whole):
    assert ("ES-ALLOW-102" in found(regex(pattern))) is is_whole


def test_what_attackers_could_write_into_a_pattern_is_not_run():
    assert "ES-ALLOW-103" in found(regex("(a+)+" * 200 + "$", verify_sender=False))


def expected_width(pattern: Pattern, *, is_trusted: bool) -> str | None:
    """The severity of ES-ALLOW-105, written as the table has it."""
    if pattern.prefix is None:
        return None
    version, length = pattern.prefix
    wider_than = {(4, True): (28, 24), (6, True): (64, 48), (4, False): (24, 16), (6, False): (48, 32)}[(version, is_trusted)]
    return "critical" if length <= wider_than[1] else "high" if length < wider_than[0] else None


@given(
    pattern=st.sampled_from(PATTERNS),
    is_trusted=st.booleans(),
    is_exempt=st.booleans(),
    is_accepted=st.booleans(),
    is_verified=st.booleans(),
    comments=st.sampled_from([None, "", "SEC-311", "(until 2026-11-27)", "(until 2026-11-28)"]),
    age=st.sampled_from([0, 89.9, 90.1, 364.9, 365.1]),
    max_age=st.sampled_from([None, 10, 200]),
)
def test_generated_policies(pattern: Pattern, is_trusted, is_exempt, is_accepted, is_verified, comments, age, max_age):
    flags = {"is_trusted_sender": is_trusted, "is_exempt_recipient": is_exempt, "is_acceptable_sender": is_accepted, "verify_sender": is_verified}
    entry = policy(pattern.text, is_regex=pattern.is_regex, comments=comments, created_at=days_ago(age), **flags)
    is_sender, is_severe = is_trusted or is_accepted, is_trusted or is_exempt
    has_effect = is_sender or is_exempt
    by_trust = "critical" if is_trusted else "high"
    limit = max_age if max_age is not None else 90 if is_severe else 365
    end = comments[7:17] if comments and comments.startswith("(until") else None
    is_readable_regex = pattern.is_regex and pattern.is_readable
    conditions = {
        "ES-ALLOW-101": pattern.is_anything if has_effect else None,
        "ES-ALLOW-102": ("critical" if is_trusted else "medium" if is_verified else "high") if pattern.shared and is_sender else None,
        "ES-ALLOW-103": by_trust if is_sender and not is_verified and not pattern.is_ip else None,
        "ES-ALLOW-105": expected_width(pattern, is_trusted=is_trusted) if is_sender else None,
        "ES-ALLOW-107": ("critical" if pattern.suffix == "icann" or is_trusted else "high") if pattern.suffix and has_effect else None,
        "ES-ALLOW-108": {"start": by_trust, "end": by_trust, "dot": "medium", "anchor": "low"}.get(pattern.flaw or "") if is_sender else None,
        "ES-ALLOW-109": None if comments else "medium" if is_severe else "low",
        "ES-ALLOW-110": ("medium" if end == "2026-11-27" else None) if end else ("medium" if is_severe else "low") if age > limit else None,
        "ES-ALLOW-111": None if has_effect else "low",
        "ES-ALLOW-113": by_trust if pattern.platform and is_sender else None,
        "ES-ALLOW-115": "medium" if is_trusted and not pattern.is_ip else None,
        "ES-ALLOW-116": by_trust if is_sender and is_readable_regex and not pattern.has_at and not pattern.is_ip else None,
        "ES-ALLOW-118": "medium" if is_trusted and is_accepted else None,
    }
    expected = {rule_id: severity for rule_id, severity in conditions.items() if severity}
    assert {rule_id: severity for rule_id, severity in found(entry, max_age=max_age).items() if rule_id in conditions} == expected


def test_work_for_many_entries_is_linear():
    def work(count):
        # With the count in their names, because readings of patterns are cached.
        entries = [accepted(f"p{count}-{number}.example", created_at=days_ago(number % 400)) for number in range(count)]
        whole = account(*entries)
        reported = []
        calls = calls_in(lambda: reported.extend(match.rule_id for entry in entries for each in AUDIT.checks for match in each(entry, whole)))
        assert reported.count("ES-ALLOW-110") == sum(number % 400 > 365 for number in range(count))
        return calls

    # The first call reads the tables.
    work(400)
    assert work(2000) < 11 * work(200)
