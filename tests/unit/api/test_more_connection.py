"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import (
    DEFAULT_BASE_URL,
    ConnectionSettings,
    Credential,
    connection_from_options,
    sensitive_values,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError


def test_where_the_api_is():
    assert DEFAULT_BASE_URL == "https://api.cloudflare.com/client/v4"


def test_a_connection_is_verified_unless_it_is_said_otherwise():
    assert ConnectionSettings("0" * 32, Credential(token="x")).verify is True


def test_half_a_pair_sends_nothing_in_place_of_the_other_half():
    assert Credential(email="a@b.example").headers() == {"X-Auth-Email": "a@b.example", "X-Auth-Key": ""}
    assert Credential(key="k").headers() == {"X-Auth-Email": "", "X-Auth-Key": "k"}


def test_what_is_long_enough_to_be_a_credential_is_hidden():
    assert sensitive_values({"account_id": "12345678"}, {}) == {"12345678"}


@pytest.mark.parametrize(
    ("options", "environ", "named"),
    [
        ({"api_token": "a b"}, {}, "api_token (or the environment variable CLOUDFLARE_API_TOKEN)"),
        ({}, {"CLOUDFLARE_API_TOKEN": "a b"}, "api_token (or the environment variable CLOUDFLARE_API_TOKEN)"),
        ({"api_email": "a b", "api_key": "k"}, {}, "api_email (or the environment variable CLOUDFLARE_EMAIL)"),
        ({}, {"CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "a b"}, "api_key (or the environment variable CLOUDFLARE_API_KEY)"),
    ],
)
def test_a_credential_that_cannot_be_one_is_named_by_its_option(options, environ, named):
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": "0" * 32, **options}, environ)
    assert str(refusal.value).startswith(f"{named} holds white space")


@pytest.mark.parametrize("url", ["https://api.example/./v4", "https://api.example/%2e/v4", "https://api.example/.", "https://api.example/.."])
def test_a_path_that_leads_elsewhere_is_refused(url):
    with pytest.raises(InvalidOptionError, match="without '.' or '..' in its path"):
        connection_from_options({"account_id": "0" * 32, "api_token": "x-0123456", "base_url": url}, {})


@pytest.mark.parametrize("url", ["https://api.example/X", "https://api.example/clientX/"])
def test_of_a_base_url_the_slashes_at_its_end_are_left_out_and_nothing_else(url):
    assert connection_from_options({"account_id": "0" * 32, "api_token": "x-0123456", "base_url": url}, {}).base_url == url.removesuffix("/")


def test_more_seconds_than_a_year_has_are_refused():
    year = {"account_id": "0" * 32, "api_token": "x-0123456", "max_wait": 31_536_000}
    assert connection_from_options(year, {}).max_wait == 31_536_000
    with pytest.raises(InvalidOptionError, match="max_wait is 31536001; it must be a number of seconds, from 0 to 31536000"):
        connection_from_options({**year, "max_wait": 31_536_001}, {})


def test_a_misspelt_option_hides_what_is_as_long_as_a_credential():
    assert sensitive_values({"api_tokn": "12345678"}, {}) == {"12345678"}
    assert sensitive_values({"api_tokn": "1234567"}, {}) == set()
