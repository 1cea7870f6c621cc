"""Own domains, and names that resemble them."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.lookalikes import edit_distance, max_edits, skeleton
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.own_domains import OwnDomains
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import normalize_name
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists.accounts import account_of, live_domain
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in
from hypothesis import given
from hypothesis import strategies as st

OWN = OwnDomains(["contoso.com", "mail.fabrikam.co.uk", "abc.example", "modern.example", "tenant.onmicrosoft.com", "xn--mller-kva.de"])


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("contoso.com", True),
        ("a.b.contoso.com", True),
        ("mycontoso.com", False),
        ("com", False),
        ("mail.fabrikam.co.uk", True),
        ("fabrikam.co.uk", False),
        ("", False),
    ],
)
def test_contains(name, is_own):
    assert OWN.contains(name) == is_own


@pytest.mark.parametrize(
    ("name", "own"),
    [
        # The same label below another public suffix.
        ("contoso.net", "contoso.com"),
        ("mail.contoso.co.uk", "contoso.com"),
        ("fabrikam.com", "mail.fabrikam.co.uk"),
        ("tenant.github.io", "tenant.onmicrosoft.com"),
        # Letters that look alike.
        ("c0ntoso.com", "contoso.com"),
        ("modem.example", "modern.example"),
        (normalize_name("cоntoso.com"), "contoso.com"),  # Cyrillic o
        (normalize_name("çontösö.com"), "contoso.com"),
        ("muller.de", "xn--mller-kva.de"),
        (normalize_name("müller.at"), "xn--mller-kva.de"),
        # Edits.
        ("contosos.com", "contoso.com"),
        ("conotso.com", "contoso.com"),
        ("kontozo.com", "contoso.com"),
        ("contoso-x.com", "contoso.com"),
        # Near misses: own, below an own one, registered together with one; too many edits; short labels.
        ("contoso.com", None),
        ("login.contoso.com", None),
        ("www.fabrikam.co.uk", None),
        ("contoso-xy.com", None),
        ("contosogroup.com", None),
        ("abd.example", None),
        ("abcd.example", None),
        # A label that only contains the own one, and no registered domain.
        ("contoso.partner.example", None),
        ("co.uk", None),
        ("com", None),
        ("", None),
        ("contoso" * 40, None),
        ("." * 300, None),
    ],
)
def test_resembles(name, own):
    assert OWN.resembles(name) == own


def test_the_most_similar_domain_is_named():
    own = OwnDomains(["partners.example", "partner.example", "partner.org"])
    assert own.resembles("partnerz.example") == "partner.example"
    assert own.resembles("partner.net") == "partner.example"
    assert own.resembles("partnersz.example") == "partners.example"


def test_resembles_names_the_registered_domain_before_those_below_it():
    assert OwnDomains(["billing.example.com", "example.com", "shop.example.com"]).resembles("exarnple.com") == "example.com"


def test_the_own_domains_of_an_account_are_indexed_once():
    account = account_of(domains=[live_domain("contoso.com")])
    assert OwnDomains.of(account) is OwnDomains.of(account._replace(max_age=3))
    assert OwnDomains.of(account).contains("contoso.com")
    assert not OwnDomains.of(account_of()).contains("contoso.com")


LABELS = st.text("abcrnm0o", min_size=1, max_size=9)


@given(st.sets(LABELS, min_size=1, max_size=6), LABELS, st.booleans())
def test_resemblance_is_that_of_the_definition(own_labels, label, has_own_suffix):
    """Against a comparison of every pair."""
    name = f"{label}.{'com' if has_own_suffix else 'org'}"
    found = OwnDomains(f"{own}.com" for own in own_labels).resembles(name)

    def is_alike(own: str) -> bool:
        limit = max_edits(*map(len, (label, own, skeleton(label), skeleton(own))))
        distances = (edit_distance(one, other, 9) for one, other in ((label, own), (skeleton(label), skeleton(own))))
        return skeleton(label) == skeleton(own) or min(distances) <= limit

    alike = {own for own in own_labels if is_alike(own)}
    if name.endswith(".com") and label in own_labels:
        assert found is None
    else:
        assert (found is not None) == bool(alike)
        assert found is None or found.removesuffix(".com") in alike


@pytest.mark.parametrize(("beginning", "count"), [("partner", 1000), ("contoso-group", 50)])
def test_many_own_domains_that_resemble_each_other_take_little_longer(beginning, count):
    def work(own_count):
        own = OwnDomains(f"contoso-group-{number:04}.example" for number in range(own_count))
        return calls_in(lambda: [own.resembles(f"{beginning}-{number}xyz.example") for number in range(count)])

    # Much less than with ten times as many comparisons, which each pair would take.
    assert work(1000) < 4 * work(100)
