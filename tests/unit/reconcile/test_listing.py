"""Which live objects options select, and how they are read."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.listing import ListingRequest, listing_from_options, read_objects
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, ID, LIVE, ONE, client, listed, ok, refused


@pytest.mark.parametrize(
    ("options", "request_"),
    [
        ({}, ListingRequest()),
        ({"domain": ["Example.COM."]}, ListingRequest([("example.com",)])),
        ({"domain": []}, ListingRequest([])),
        ({"domain_id": ID.upper()}, ListingRequest(None, ID)),
        ({"status": "ACTIVE", "search": "x", "order": "domain"}, ListingRequest(None, None, {"status": "ACTIVE", "search": "x", "order": "domain"})),
        ({"integration_id": ID.upper()}, ListingRequest(None, None, {"integration_id": ID})),
    ],
)
def test_listing_from_options_normalizes_what_is_given(options, request_):
    assert listing_from_options(Domains, options) == request_


@pytest.mark.parametrize(("options", "words"), [({"search": " "}, "is empty"), ({"search": "********"}, "search"), ({"domain_id": "x"}, "domain_id")])
def test_listing_from_options_with_a_useless_value_fails(options, words):
    with pytest.raises(InvalidOptionError, match=words):
        listing_from_options(Domains, options)


def test_read_objects_without_a_selection_lists_all(script):
    script.expect("GET", DOMAINS, listed(LIVE))
    assert read_objects(Domains(client()), ListingRequest()) == [LIVE]


def test_read_objects_of_an_empty_selection_sends_no_request(script):
    assert read_objects(Domains(client()), ListingRequest([])) == []


def test_read_objects_by_key_filters_the_list(script):
    script.expect("GET", DOMAINS, listed(LIVE), query={"domain": "example.com"})
    assert read_objects(Domains(client()), ListingRequest([("example.com",)])) == [LIVE]


@pytest.mark.parametrize(("reply", "found"), [(ok(LIVE), [LIVE]), (refused(404), [])])
def test_read_objects_by_id_reads_one_object(script, reply, found):
    script.expect("GET", ONE, reply)
    assert read_objects(Domains(client()), ListingRequest(None, ID)) == found
