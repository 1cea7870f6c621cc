"""Trusted domains: their options, defaults and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.trusted_domains import TRUSTED_DOMAIN, TrustedDomains
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/trusted_domains"


def settings_of(**options):
    return desired_from_options(TRUSTED_DOMAIN, options).settings


def test_options_are_those_of_the_documentation():
    assert TRUSTED_DOMAIN.option_spec() == {
        "pattern": {"type": "str"},
        "is_regex": {"type": "bool"},
        "is_recent": {"type": "bool"},
        "is_similarity": {"type": "bool"},
        "comments": {"type": "str"},
    }


def test_flags_have_defaults_that_are_compared():
    desired = settings_of(pattern="Partner.Example")
    assert desired == {"pattern": "partner.example", "is_regex": False, "is_recent": False, "is_similarity": False}
    assert TRUSTED_DOMAIN.differing_fields(desired, {"pattern": "partner.example", "is_similarity": True, "is_recent": None}) == ["is_similarity"]


def test_creation_sends_every_required_field_and_no_type():
    body = TRUSTED_DOMAIN.create_body(settings_of(pattern="partner.example", is_recent=True, comments=""))
    assert TRUSTED_DOMAIN.request_body(body) == {
        "pattern": "partner.example",
        "is_regex": False,
        "is_recent": True,
        "is_similarity": False,
        "comments": None,
    }


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a@partner.example", "pattern is 'a@partner.example', which is an address; it must be a domain"),
        ("*.partner.example", "a domain is written without '*.': write partner.example"),
        ("192.0.2.1", "which is neither a domain name nor an IP address"),
    ],
)
def test_a_trusted_domain_is_a_domain_or_a_regular_expression(pattern, words):
    with pytest.raises(InvalidOptionError) as caught:
        settings_of(pattern=pattern)
    assert words in str(caught.value)
    assert settings_of(pattern=pattern, is_regex=True)["pattern"] == pattern


def test_the_key_is_the_pattern_and_whether_it_is_a_regular_expression():
    assert TRUSTED_DOMAIN.live_key({"pattern": "Partner.example."}) == ("partner.example", False)
    assert TRUSTED_DOMAIN.live_key({"pattern": "Partner.example.", "is_regex": True}) == ("Partner.example.", True)


def test_what_weakens_is_known():
    assert TRUSTED_DOMAIN.if_created == "weaker"
    assert {field.name: field.if_set for field in TRUSTED_DOMAIN.fields if field.if_set} == {"is_recent": "weaker", "is_similarity": "weaker"}


def test_the_list_is_filtered_by_pattern_and_sorted(script):
    row = {"id": "7", "pattern": "a.example"}
    script.expect("GET", LIST, listed(row), query={"order": "pattern", "direction": "asc", "pattern": "a.example"})
    assert TrustedDomains(client()).list_by_keys([("a.example", False)]) == [row]
    assert (TrustedDomains.max_batch_items, TrustedDomains.is_batch_atomic) == (1000, True)
