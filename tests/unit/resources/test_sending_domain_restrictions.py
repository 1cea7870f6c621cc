"""Sending domain restrictions: their options, defaults and key, and what is sent."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import (
    SENDING_DOMAIN_RESTRICTION,
    SendingDomainRestrictions,
)
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed

LIST = f"/accounts/{ACCOUNT}/email-security/settings/sending_domain_restrictions"


def settings_of(**options):
    return desired_from_options(SENDING_DOMAIN_RESTRICTION, options).settings


def test_options_are_those_of_the_documentation():
    assert SENDING_DOMAIN_RESTRICTION.option_spec() == {
        "domain": {"type": "str"},
        "exclude": {"type": "list", "elements": "str"},
        "comments": {"type": "str"},
    }


def test_creation_without_exemptions_sends_an_empty_list():
    desired = settings_of(domain="Partner.Example.")
    assert desired == {"domain": "partner.example"}
    assert SENDING_DOMAIN_RESTRICTION.request_body(SENDING_DOMAIN_RESTRICTION.create_body(desired)) == {"domain": "partner.example", "exclude": []}


def test_exemptions_are_sent_sorted():
    body = SENDING_DOMAIN_RESTRICTION.create_body(settings_of(domain="partner.example", exclude=["B.partner.example", "a.partner.example"], comments="x"))
    assert body == {"domain": "partner.example", "exclude": ["a.partner.example", "b.partner.example"], "comments": "x"}


def test_exemptions_are_compared_only_if_they_are_given():
    live = {"domain": "PARTNER.example", "exclude": ["b.partner.example", "A.partner.example"]}
    assert SENDING_DOMAIN_RESTRICTION.differing_fields(settings_of(domain="partner.example"), live) == []
    same = settings_of(domain="partner.example", exclude=["a.partner.example", "b.partner.example."])
    assert SENDING_DOMAIN_RESTRICTION.differing_fields(same, live) == []
    assert SENDING_DOMAIN_RESTRICTION.differing_fields(settings_of(domain="partner.example", exclude=[]), live) == ["exclude"]
    assert SENDING_DOMAIN_RESTRICTION.differing_fields(settings_of(domain="partner.example", exclude=[]), {**live, "exclude": None}) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"domain": "*.partner.example"}, "domain is '*.partner.example'; a domain is written without '*.': write partner.example"),
        ({"domain": "@partner.example"}, "domain is '@partner.example'; a domain is written without '@': write partner.example"),
        ({"domain": "a@partner.example"}, "domain is 'a@partner.example', which is an address; it must be a domain"),
        ({"domain": "false"}, "YAML reads no, off and false as false"),
        ({"domain": "partner.example", "exclude": [".b.partner.example"]}, "exclude contains '.b.partner.example'; a domain is written without '.'"),
    ],
)
def test_impossible_restrictions_are_refused(options, words):
    with pytest.raises(InvalidOptionError) as caught:
        settings_of(**options)
    assert words in str(caught.value)


def test_the_key_is_the_domain():
    assert SENDING_DOMAIN_RESTRICTION.live_key({"domain": "Bücher.example"}) == ("xn--bcher-kva.example",)


def test_what_weakens_is_known():
    assert SENDING_DOMAIN_RESTRICTION.if_created == "stronger"
    assert {field.name: field.if_set for field in SENDING_DOMAIN_RESTRICTION.fields if field.if_set} == {"exclude": "weaker"}


def test_the_list_has_no_filter_and_its_batches_only_delete(script):
    row = {"id": "7", "domain": "Partner.example"}
    script.expect("GET", LIST, listed(row), query={"order": "domain", "direction": "asc"})
    assert SendingDomainRestrictions(client()).list_by_keys([("partner.example",)]) == [row]
    assert (SendingDomainRestrictions.max_batch_items, SendingDomainRestrictions.batch_actions) == (1000, ("delete",))
