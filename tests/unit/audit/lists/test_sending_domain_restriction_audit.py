"""The audit of sending domain restrictions: for each rule a case that matches with its message, a similar one that does not, and generated ones."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data.senders import FREEMAIL
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, EntryMatch, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.sending_domain_restriction_audit import AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import SENDING_DOMAIN_RESTRICTION
from ansible_collections.mailops.cloudflare.tests.unit.lists import PAST, list_plan
from hypothesis import given
from hypothesis import strategies as st

NAME = SENDING_DOMAIN_RESTRICTION.name
NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
SEVERITIES = {rule.id: rule.severity for rule in AUDIT.rules}
PARTNER = "bank.example"
FAX, SCAN = "fax.bank.example", "scan.bank.example"


def live(**differing: Any) -> dict[str, Any]:
    return {"id": "1", "domain": PARTNER, "exclude": [], "comments": None, **differing}


def entry(row: dict[str, Any], declared: dict[str, Any] | None = None) -> Entry:
    planned = None if declared is None else list_plan(NAME, [declared], [row]).declared[0]
    return Entry(SENDING_DOMAIN_RESTRICTION, str(row.get("domain")), row, SENDING_DOMAIN_RESTRICTION.normalize(row), planned)


def domain(name: str = "ours.example", hops: Any = 1, modes: Any = ("DIRECT",)) -> LiveDomain:
    row = {"id": name, "domain": name, "lookback_hops": hops, "allowed_delivery_modes": list(modes)}
    return LiveDomain(name, row, DOMAIN.normalize(row))


def account(*entries: Entry, domains: tuple[LiveDomain, ...] | None = (), own: tuple[str, ...] = ("ours.example",)) -> Account:
    return Account(NOW, frozenset(own), domains, {NAME: entries})


def checked(one: Entry, whole: Account | None = None) -> list[tuple[str, str, str]]:
    """The matches of all checks of one entry: rule, severity, message."""
    whole = whole or account(one)
    return [described(match, one.label) for check in AUDIT.checks for match in check(one, whole)]


def drift(declared: dict[str, Any], row: dict[str, Any]) -> list[tuple[str, str, str]]:
    one = entry(row, declared)
    assert one.planned is not None
    pairs = one.planned.change.changes.items()
    return [described(match, one.label) for field, pair in pairs for match in AUDIT.differing(one, field, pair["after"], pair["before"], account(one))]


def described(match: EntryMatch, label: str) -> tuple[str, str, str]:
    return match.rule_id, match.severity or SEVERITIES[match.rule_id], finding_text(match.rule_id, label, match.declared, match.live)


def rules(found: list[tuple[str, str, str]]) -> list[str]:
    return [rule_id for rule_id, _severity, _message in found]


def test_missing():
    [desired] = list_plan(NAME, [{"domain": "Bank.Example."}], []).declared
    [match] = AUDIT.missing(desired.desired, account())
    assert described(match, PARTNER) == (
        *("ES-PTLS-001", "high"),
        "Mail from bank.example is accepted without TLS: there is no restriction for this domain, although one is declared.",
    )


def test_another_domain_under_the_declared_id():
    found = drift({"id": "1", "domain": "mint.example"}, live())
    assert found == [
        (
            *("ES-PTLS-001", "high"),
            "Mail from mint.example is accepted without TLS: there is no restriction for this domain, although one is declared.",
        )
    ]


def test_gained_exemption():
    assert drift({"domain": PARTNER, "exclude": [FAX]}, live(exclude=[SCAN, FAX])) == [
        ("ES-PTLS-002", "high", "The restriction for bank.example exempts scan.bank.example as well. Declared: fax.bank.example.")
    ]


def test_lost_exemption():
    assert drift({"domain": PARTNER, "exclude": [FAX, SCAN]}, live(exclude=[SCAN])) == [
        (
            *("ES-PTLS-003", "medium"),
            "The restriction for bank.example drops more mail without TLS than declared. Exempt: scan.bank.example. Declared: fax.bank.example, "
            "scan.bank.example.",
        )
    ]


def test_exchanged_exemption():
    assert rules(drift({"domain": PARTNER, "exclude": [FAX]}, live(exclude=[SCAN]))) == ["ES-PTLS-002", "ES-PTLS-003"]


@pytest.mark.parametrize(
    ("declared", "row"),
    [
        ({"domain": PARTNER, "exclude": [FAX, SCAN]}, live(exclude=[SCAN, "FAX.bank.example."])),
        ({"domain": PARTNER}, live(exclude=[FAX])),
        ({"domain": PARTNER, "comments": "SEC-1"}, live()),
    ],
    ids=["the same names", "not declared", "another comment"],
)
def test_no_drift_of_exemptions(declared, row):
    assert drift(declared, row) == []


def test_undeclared():
    one = entry(live(exclude=[FAX]))
    [match] = AUDIT.undeclared(one, account(one))
    assert described(match, PARTNER) == (
        *("ES-PTLS-003", "medium"),
        "The restriction for bank.example drops more mail without TLS than declared. Exempt: fax.bank.example. Declared: no restriction.",
    )
    assert not AUDIT.judges_undeclared


@pytest.mark.parametrize(("ends", "text"), [({"state": "absent"}, "absent"), ({"expires": PAST}, f"until {PAST}")])
def test_unwanted(ends, text):
    one = entry(live(), {"domain": PARTNER, **ends})
    [match] = AUDIT.unwanted(one, account(one))
    assert described(match, PARTNER) == ("ES-PTLS-004", "medium", f"The restriction for bank.example still exists. Declared: {text}.")


@pytest.mark.parametrize(
    ("exclude", "severity", "text"),
    [
        ([PARTNER], "high", "bank.example"),
        ([FAX, "BANK.example.", "other.example"], "high", "bank.example, other.example"),
        ([FAX, "other.example"], "low", "other.example"),
        (["mybank.example"], "low", "mybank.example"),
        (["example"], "low", "example"),
    ],
)
def test_exemption_that_is_no_subdomain(exclude, severity, text):
    assert checked(entry(live(exclude=exclude))) == [
        ("ES-PTLS-101", severity, f"The restriction for bank.example exempts names that are not subdomains of it: {text}."),
    ]


@pytest.mark.parametrize(("exclude", "direction"), [([PARTNER], "weaker"), ([PARTNER, "other.example"], "weaker"), (["other.example"], "neutral")])
def test_direction_of_an_exemption_that_is_no_subdomain(exclude, direction):
    one = entry(live(exclude=exclude))
    [match] = [match for check in AUDIT.checks for match in check(one, account(one))]
    [rule] = [rule for rule in AUDIT.rules if rule.id == match.rule_id]
    assert (match.direction or rule.direction) == direction


@pytest.mark.parametrize("row", [live(exclude=[FAX, "a.b.bank.example"]), live(exclude=[]), live(exclude=None), live(domain=None, exclude=[FAX])])
def test_exemptions_that_are_subdomains(row):
    assert checked(entry(row)) == []


def test_undeclared_exemptions():
    assert checked(entry(live(exclude=[FAX]), {"domain": PARTNER})) == [
        ("ES-PTLS-102", "medium", "The restriction for bank.example exempts fax.bank.example, and its declaration has no exclude.")
    ]


@pytest.mark.parametrize(
    ("row", "declared"),
    [
        (live(exclude=[FAX]), {"domain": PARTNER, "exclude": []}),
        (live(exclude=[FAX]), {"domain": PARTNER, "exclude": [FAX]}),
        (live(exclude=[FAX]), {"domain": PARTNER, "state": "absent"}),
        (live(exclude=[FAX]), {"domain": PARTNER, "expires": PAST}),
        (live(exclude=[FAX]), None),
        (live(), {"domain": PARTNER}),
    ],
)
def test_exemptions_that_are_decided_or_not_declared_at_all(row, declared):
    assert "ES-PTLS-102" not in rules(checked(entry(row, declared)))


@pytest.mark.parametrize("name", ["ours.example", "OURS.example.", "devices.ours.example"])
def test_own_domain(name):
    one = entry(live(domain=name))
    normal = name.lower().removesuffix(".")
    assert checked(one) == [("ES-PTLS-103", "medium", f"The restriction for {name} is about one of your own domains.")]
    assert checked(one, account(one, own=(f"x{normal}",))) == []


@pytest.mark.parametrize("name", ["yours.example", "example", "ours.example.org"])
def test_domain_of_others(name):
    assert "ES-PTLS-103" not in rules(checked(entry(live(domain=name))))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gmail.com", "a whole mailbox provider"),
        ("co.uk", "a public suffix, below which anybody can have a domain"),
        ("com", "a public suffix, below which anybody can have a domain"),
        ("github.io", "a public suffix, below which anybody can have a domain"),
    ],
)
def test_provider_or_public_suffix(name, text):
    assert checked(entry(live(domain=name))) == [("ES-PTLS-105", "medium", f"The restriction for {name} is for {text}.")]


@pytest.mark.parametrize("name", ["bank.co.uk", "notgmail.com", "bank.github.io", "", None, "not a name.example"])
def test_neither_provider_nor_public_suffix(name):
    assert checked(entry(live(domain=name))) == []


GATEWAY_MESSAGE = "All inline domains are behind a gateway (lookback_hops is above 1), and restrictions exist for the TLS of partners."


def gateways(whole: Account) -> list[tuple[Entry | None, EntryMatch]]:
    return [found for check in AUDIT.list_checks for found in check(whole)]


@pytest.mark.parametrize("domains", [(domain(hops=2),), (domain(hops=2), domain("b.example", hops=3), domain("c.example", hops=1, modes=["API"]))])
def test_all_inline_domains_behind_a_gateway(domains):
    [(about, match)] = gateways(account(entry(live()), domains=domains))
    assert about is None
    assert described(match, NAME) == ("ES-PTLS-104", "medium", GATEWAY_MESSAGE)


@pytest.mark.parametrize(
    "domains",
    [
        None,
        (),
        (domain(hops=2), domain("b.example", hops=1)),
        (domain(hops=2), domain("b.example", hops=None)),
        (domain(hops=2, modes=["API"]),),
        (domain(hops=True),),
    ],
    ids=["not read", "none", "one first hop", "unknown hops", "not inline", "a flag"],
)
def test_not_all_inline_domains_behind_a_gateway(domains):
    assert gateways(account(entry(live()), domains=domains)) == []


def test_gateways_without_restrictions():
    assert gateways(account(domains=(domain(hops=2),))) == []
    assert gateways(Account(NOW, domains=(domain(hops=2),))) == []


# Names that are likely to be below each other, of us, of a mailbox provider, or a public suffix.
LABELS = st.sampled_from(["a", "bank", "ours", "gmail", "co"])
NAMES = st.builds(".".join, st.lists(LABELS, max_size=2)).flatmap(
    lambda start: st.sampled_from(["example", "ours.example", "com", "gmail.com", "co.uk", "bank.example"]).map(lambda end: f"{start}.{end}" if start else end)
)
# Of the names above. A name without a dot is one, whatever it is, and co.com is in the private part of the list.
SUFFIXES = {"com", "co.com", "co.uk", "example"}


def is_below(name: str, parent: str) -> bool:
    return len(name) > len(parent) and name.endswith("." + parent)


@given(NAMES, st.lists(NAMES, unique=True), st.one_of(st.none(), st.lists(NAMES, unique=True)), st.sampled_from(["no", "bare", "whole"]))
def test_generated_entries(name, exempt, declared_exempt, kind):
    declared = {"no": None, "bare": {"domain": name}, "whole": {"domain": name, "exclude": declared_exempt or []}}[kind]
    one = entry(live(domain=name, exclude=exempt), declared)
    others = [each for each in exempt if not is_below(each, name)]
    expected = {
        ("ES-PTLS-101", "high"): name in exempt,
        ("ES-PTLS-101", "low"): others and name not in exempt,
        ("ES-PTLS-102", "medium"): exempt and kind == "bare",
        ("ES-PTLS-103", "medium"): name == "ours.example" or is_below(name, "ours.example"),
        ("ES-PTLS-105", "medium"): name in FREEMAIL or name in SUFFIXES,
    }
    assert {(rule_id, severity) for rule_id, severity, _message in checked(one)} == {case for case, applies in expected.items() if applies}


@given(st.lists(NAMES, unique=True), st.lists(NAMES, unique=True))
def test_generated_differences(declared, exempt):
    found = drift({"domain": PARTNER, "exclude": declared}, live(exclude=exempt))
    expected = {"ES-PTLS-002": set(exempt) - set(declared), "ES-PTLS-003": set(declared) - set(exempt)}
    assert rules(found) == [rule_id for rule_id, names in expected.items() if names]


@given(st.sampled_from([None, {"state": "absent"}, {"expires": PAST}]), st.booleans(), st.booleans())
def test_generated_existence(ends, is_declared, is_live):
    """An entry is missing, undeclared or unwanted, and never two of these."""
    declared = [{"domain": PARTNER, **(ends or {})}] if is_declared else []
    planned = list_plan(NAME, declared, [live()] if is_live else []).declared
    one = entry(live(), declared[0] if declared else None)
    actions = [each.change.action for each in planned]
    found = [
        *(match for each in planned if each.change.action == "create" for match in AUDIT.missing(each.desired, account())),
        *(match for match in AUDIT.undeclared(one, account()) if is_live and not one.is_declared),
        *(match for match in AUDIT.unwanted(one, account()) if "delete" in actions),
    ]
    expected = {
        "ES-PTLS-001": is_declared and not ends and not is_live,
        "ES-PTLS-003": is_live and not is_declared,
        "ES-PTLS-004": is_live and is_declared and ends,
    }
    assert [match.rule_id for match in found] == [rule_id for rule_id, applies in expected.items() if applies]


@given(st.lists(st.builds(domain, hops=st.sampled_from([None, 0, 1, 2, 3]), modes=st.sampled_from([["DIRECT"], ["API"], ["DIRECT", "BCC"], []]))))
def test_generated_gateways(domains):
    inline = [each.live["lookback_hops"] or 0 for each in domains if "DIRECT" in each.live["allowed_delivery_modes"]]
    assert bool(gateways(account(entry(live()), domains=tuple(domains)))) == (min(inline, default=0) > 1)


@given(st.dictionaries(st.sampled_from(["domain", "exclude", "comments", "id"]), st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()))))
def test_no_response_raises_an_exception(row):
    one = Entry(SENDING_DOMAIN_RESTRICTION, "x", row, SENDING_DOMAIN_RESTRICTION.normalize(row))
    checked(one)
    list(AUDIT.undeclared(one, account(one)))
