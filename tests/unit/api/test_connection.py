from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import DEFAULT_BASE_URL, ConnectionSettings, Credential


def test_default_base_url_is_the_api_of_cloudflare():
    assert DEFAULT_BASE_URL == "https://api.cloudflare.com/client/v4"


def test_connection_settings_verify_the_certificate_by_default():
    assert ConnectionSettings("0" * 32, Credential(token="x")).verify is True


def test_credential_headers_of_an_incomplete_pair_contain_an_empty_value():
    assert Credential(email="a@b.example").headers() == {"X-Auth-Email": "a@b.example", "X-Auth-Key": ""}
    assert Credential(key="k").headers() == {"X-Auth-Email": "", "X-Auth-Key": "k"}
