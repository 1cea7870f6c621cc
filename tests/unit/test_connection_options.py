from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import DEFAULT_BASE_URL
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError, MissingOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import (
    CONNECTION_OPTIONS,
    ENVIRONMENT,
    connection_from_options,
    sensitive_values,
)

ACCOUNT = "0123456789abcdef0123456789abcdef"
AUTHORIZATION = "Authorization"


def connection(options=None, environ=None):
    return connection_from_options({"account_id": ACCOUNT, "api_token": "cfut_xyz", **(options or {})}, environ or {})


def test_connection_from_options_without_optional_values_has_defaults():
    found = connection()
    assert (found.account_id, found.base_url, found.timeout, found.max_wait, found.verify) == (ACCOUNT, DEFAULT_BASE_URL, 30, 330, True)
    assert found.is_encrypted


def test_connection_from_options_without_options_reads_the_environment():
    environ = {
        "CLOUDFLARE_ACCOUNT_ID": f" {ACCOUNT.upper()}\n",
        "CLOUDFLARE_API_TOKEN": "cfut_env\n",
        "CLOUDFLARE_BASE_URL": "http://127.0.0.1:8080/client/v4/",
    }
    found = connection_from_options({}, environ)
    assert (found.account_id, found.base_url, found.is_encrypted) == (ACCOUNT, "http://127.0.0.1:8080/client/v4", False)
    assert found.credential.headers() == {AUTHORIZATION: "Bearer cfut_env"}


TOKEN_HEADERS = {AUTHORIZATION: "Bearer tok-0123"}
ENVIRONMENT_TOKEN_HEADERS = {AUTHORIZATION: "Bearer env-tok-0"}
PAIR_HEADERS = {"X-Auth-Email": "a@b.example", "X-Auth-Key": "key-0123"}


@pytest.mark.parametrize(
    ("options", "environ", "headers"),
    [
        ({"api_token": "tok-0123"}, {}, TOKEN_HEADERS),
        ({"api_token": " tok-0123\n"}, {}, TOKEN_HEADERS),
        ({"api_token": "tok-0123", "api_email": "a@b.example", "api_key": "key-0123"}, {}, TOKEN_HEADERS),
        (
            {"api_token": "tok-0123"},
            {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x@y.example", "CLOUDFLARE_API_KEY": "k-01234567"},
            TOKEN_HEADERS,
        ),
        ({"api_email": "a@b.example", "api_key": "key-0123"}, {"CLOUDFLARE_API_TOKEN": "env-tok-0"}, PAIR_HEADERS),
        ({"api_key": "key-0123"}, {"CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "other-012"}, PAIR_HEADERS),
        (
            {"api_email": "a@b.example"},
            {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x@y.example", "CLOUDFLARE_API_KEY": "key-0123"},
            PAIR_HEADERS,
        ),
        ({"api_token": None, "api_email": None, "api_key": None}, {"CLOUDFLARE_API_TOKEN": "env-tok-0"}, ENVIRONMENT_TOKEN_HEADERS),
        # A credential that is not sent is not validated.
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x", "CLOUDFLARE_API_KEY": "test"}, ENVIRONMENT_TOKEN_HEADERS),
        ({"api_token": "tok-0123"}, {"CLOUDFLARE_API_TOKEN": "test"}, TOKEN_HEADERS),
        ({"api_token": "tok-0123", "api_key": "test"}, {}, TOKEN_HEADERS),
        ({}, {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "key-0123"}, PAIR_HEADERS),
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "key-0123"}, ENVIRONMENT_TOKEN_HEADERS),
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "a@b.example"}, ENVIRONMENT_TOKEN_HEADERS),
    ],
)
def test_connection_from_options_with_several_credentials_uses_one(options, environ, headers):
    credential = connection_from_options({"account_id": ACCOUNT, **options}, environ).credential
    assert credential.headers() == headers
    assert set(credential.secrets()) | set(credential.identities()) == {value.removeprefix("Bearer ") for value in headers.values()}
    assert not any(value in repr(credential) for value in ("tok-0123", "key=", "a@b"))


@pytest.mark.parametrize(
    ("options", "environ", "words"),
    [
        ({}, {}, "No credential: set api_token (or the environment variable CLOUDFLARE_API_TOKEN), or api_email"),
        ({"api_email": "a@b.example"}, {}, "api_email requires api_key: set api_key (or the environment variable CLOUDFLARE_API_KEY)"),
        ({}, {"CLOUDFLARE_API_KEY": "key-0123"}, "api_key requires api_email: set api_email (or the environment variable CLOUDFLARE_EMAIL)"),
    ],
)
def test_connection_from_options_without_a_complete_credential_names_the_missing_option(options, environ, words):
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": ACCOUNT, **options}, environ)
    assert words in str(refusal.value)


@pytest.mark.parametrize("bad", ["can ary", "can\nary", "can\tary", "can\x00ary", "canäry", "can\u2019ary", "can\x7fary"])
@pytest.mark.parametrize("option", ["api_token", "api_key", "api_email"])
def test_connection_from_options_with_unsendable_characters_does_not_quote_the_credential(option, bad):
    pair = {} if option == "api_token" else {"api_email": "good@b.example", "api_key": "good-good"}
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": ACCOUNT, **pair, option: bad}, {})
    assert option in str(refusal.value)
    assert "can" not in str(refusal.value).replace("cannot", "")
    assert "ary" not in str(refusal.value)


@pytest.mark.parametrize("front", ["Bearer ", "bearer  ", "Authorization: Bearer ", "authorization:Bearer\t", "Bearer: "])
@pytest.mark.parametrize("option", ["api_token", "api_key"])
def test_connection_from_options_with_a_part_of_the_header_says_what_to_leave_out(option, front):
    options = {option: f"{front}canary-0123", "api_email": "good@b.example"}
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": ACCOUNT, **options}, {})
    assert "begins with the word Bearer" in str(refusal.value)
    assert "canary" not in str(refusal.value)
    assert {f"{front}canary-0123".strip(), "canary-0123"} <= sensitive_values(options, {})


@pytest.mark.parametrize("token", ["Bearer-canary", "bearercanary", "xBearer-0"])
def test_connection_from_options_with_a_token_that_looks_like_bearer_is_accepted(token):
    assert connection({"api_token": token}).credential.token == token


@pytest.mark.parametrize("odd", ["12345678", '"quoted"', "back\\slash", "x" * 5000])
def test_connection_from_options_with_unusual_ascii_accepts_the_credential(odd):
    assert connection({"api_token": odd}).credential.headers() == {AUTHORIZATION: f"Bearer {odd}"}


def test_connection_from_options_without_account_is_refused():
    with pytest.raises(InvalidOptionError, match=r"No account: set account_id \(or the environment variable CLOUDFLARE_ACCOUNT_ID\)"):
        connection({"account_id": None})


@pytest.mark.parametrize("account", ["secret-in-the-wrong-place", "0123456789abcdef0123456789abcde", "g" * 32, "../" * 10])
def test_connection_from_options_with_an_invalid_account_id_does_not_quote_it(account):
    with pytest.raises(
        InvalidOptionError, match=r"^account_id \(or the environment variable CLOUDFLARE_ACCOUNT_ID\) must be 32 hexadecimal characters"
    ) as refusal:
        connection({"account_id": account})
    assert account not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cloudflare.com/client/v4",
        "https://127.0.0.1:8443/x",
        "http://127.0.0.1:80/client/v4",
        "http://127.8.9.10",
        "http://localhost:8080",
        "http://[::1]:8080/client",
    ],
)
def test_connection_from_options_with_a_valid_base_url_removes_trailing_slashes(url):
    assert connection({"base_url": url}).base_url == url
    assert connection({"base_url": f" {url}// "}).base_url == url
    assert connection({}, {"CLOUDFLARE_BASE_URL": url}).base_url == url
    assert connection({"base_url": "https://option.example"}, {"CLOUDFLARE_BASE_URL": url}).base_url == "https://option.example"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.cloudflare.com/client/v4", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://192.0.2.1", "plain http"),
        ("http://[2001:db8::1]/", "plain http"),
        ("https://user:canary@api.example.com", "without a user name"),
        ("http://127.0.0.1@evil.example", "without a user name"),
        ("https://api.cloudflare.com%40evil.example/", "a percent sign"),
        ("https://", "no host"),
        ("/client/v4", "no host"),
        ("api.cloudflare.com", "no host"),
        ("ftp://api.cloudflare.com", "https only"),
        ("file:///etc/passwd", "no host"),
        ("https://api.example.com/?a=b", "a query"),
        ("https://api.example.com/?", "a query"),
        ("https://api.example.com/#", "a query"),
        ("https://api.example.com/#x", "a query"),
        ("https://api.example.com\\@evil.example", "without a user name"),
        ("https://api.example.com\\evil", "backslash"),
        ("https://api.exam ple.com", "white space"),
        ("https://api.exämple.com", "non-ASCII"),
        ("https://api.example.com/\x7f", "no host, or contains"),
        ("https://api.example.com:x", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://api.example.com/client/../v4", "without '.' or '..'"),
        ("https://api.example.com/client/%2E%2e/v4", "without '.' or '..'"),
    ],
)
def test_connection_from_options_with_an_unsafe_base_url_is_refused(url, words):
    with pytest.raises(InvalidOptionError) as refusal:
        connection({"base_url": url})
    assert words in str(refusal.value)
    assert "base_url (or the environment variable CLOUDFLARE_BASE_URL)" in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(("option", "value"), [("timeout", 0.0), ("timeout", -1.0), ("timeout", float("nan")), ("max_wait", -0.1), ("max_wait", float("inf"))])
def test_connection_from_options_with_seconds_out_of_range_is_refused(option, value):
    with pytest.raises(InvalidOptionError, match=f"{option} is"):
        connection({option: value})


def test_connection_from_options_with_seconds_keeps_them():
    found = connection({"timeout": 0.5, "max_wait": 0})
    assert (found.timeout, found.max_wait) == (0.5, 0)


def test_connection_from_options_with_validate_certs_and_ca_path_sets_verify(tmp_path):
    assert connection({"validate_certs": False, "ca_path": str(tmp_path)}).verify is False
    assert connection({"validate_certs": True, "ca_path": str(tmp_path)}).verify == str(tmp_path)
    assert connection({"validate_certs": True, "ca_path": None}).verify is True
    with pytest.raises(InvalidOptionError, match="does not exist on the host that runs the module"):
        connection({"ca_path": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("name", ["api_tokn", "token", "api_toekn", "apikey", "api_ky", "password", "client_secret"])
def test_sensitive_values_of_a_misspelt_credential_option_contain_its_value(name):
    assert sensitive_values({name: " canary-canary ", "_ansible_no_token": "as it is given", "domain": "example.com"}, {}) == {"canary-canary"}
    assert sensitive_values({name: "short"}, {}) == set()


def test_sensitive_values_contain_the_credentials_of_options_and_environment():
    options = {"account_id": "token-in-the-wrong-place", "api_token": " aaaaaaaa\n", "api_email": None, "api_key": ""}
    environ = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "CLOUDFLARE_API_TOKEN": "b" * 8, "CLOUDFLARE_EMAIL": "c" * 8, "CLOUDFLARE_API_KEY": f" {'d' * 8} "}
    assert sensitive_values(options, environ) == {"token-in-the-wrong-place", "a" * 8, "b" * 8, "c" * 8, "d" * 8}
    assert sensitive_values({"account_id": f" {ACCOUNT} "}, {}) == set()
    assert sensitive_values({"account_id": "1234567"}, {}) == set()


@pytest.mark.parametrize(
    ("url", "texts"),
    [
        ("https://user:canary@api.example", {"canary"}),
        ("https://user:can:a@ry@api.example/x", {"can:a@ry"}),
        ("https://api.example:8443/user:x@y", set()),
        ("https://user:can/ary@api.example", {"can/ary"}),
        ("https://canary-as-user@api.example", {"canary-as-user"}),
        ("https://canary-as-user:canary@api.example", {"canary-as-user", "canary"}),
        ("https://user:canary@api.example//other@example", {"canary", "other"}),
        ("https://api.example", set()),
    ],
)
def test_sensitive_values_of_a_base_url_contain_its_password(url, texts):
    assert sensitive_values({"base_url": url}, {}) == sensitive_values({}, {"CLOUDFLARE_BASE_URL": url}) == texts


@pytest.mark.parametrize(("user", "texts"), [("1234567", {"pass"}), ("12345678", {"12345678", "pass"})])
def test_sensitive_values_of_a_base_url_contain_a_long_user_name(user, texts):
    assert sensitive_values({"base_url": f"https://{user}:pass@api.example"}, {}) == texts


TEXT_OPTIONS = ("account_id", "api_token", "api_email", "api_key", "base_url", "ca_path")
VARIABLES = {
    "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
    "CLOUDFLARE_API_TOKEN": "env-tok-0",
    "CLOUDFLARE_EMAIL": "a@b.example",
    "CLOUDFLARE_API_KEY": "key-0123",
    "CLOUDFLARE_BASE_URL": "https://api.example",
}


@pytest.mark.parametrize("empty", ["", " ", "\n\t "])
@pytest.mark.parametrize("option", TEXT_OPTIONS)
def test_connection_from_options_with_an_empty_option_does_not_use_the_environment(option, empty):
    with pytest.raises(InvalidOptionError, match=f"^{option} is given but empty"):
        connection_from_options({option: empty}, VARIABLES)
    assert connection_from_options({option: None}, VARIABLES).account_id == ACCOUNT


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("empty", ["", "  "])
def test_connection_from_options_with_an_empty_variable_treats_it_as_unset(variable, empty):
    options = {"account_id": ACCOUNT, "api_token": "tok-0123", "base_url": "https://api.example"}
    assert connection_from_options(options, {**VARIABLES, variable: empty}).account_id == ACCOUNT


@pytest.mark.parametrize("mask", ["********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "a********b@c"])
@pytest.mark.parametrize("option", TEXT_OPTIONS)
def test_connection_from_options_with_a_mask_is_refused(option, mask):
    more = {"api_key": "key-0123"} if option == "api_email" else {"api_email": "a@b.example"} if option == "api_key" else {}
    with pytest.raises(InvalidOptionError, match=f"^{option}.*in place of a hidden value"):
        connection_from_options({**more, option: mask}, VARIABLES)
    variable = ENVIRONMENT.get(option)
    if variable:
        with pytest.raises(InvalidOptionError, match=f"{variable}.*in place of a hidden value"):
            connection_from_options(
                {} if option in ("account_id", "base_url", "api_token") else more, {**VARIABLES, "CLOUDFLARE_API_TOKEN": "", variable: mask}
            )


@pytest.mark.parametrize("option", ["api_token", "api_key"])
def test_connection_from_options_with_a_short_credential_is_refused(option):
    pair = {} if option == "api_token" else {"api_email": "a@b.example"}
    with pytest.raises(InvalidOptionError, match=rf"^{option} .*is too short to be a credential: it has 7 characters") as refusal:
        connection_from_options({"account_id": ACCOUNT, **pair, option: "qwertyz"}, {})
    assert "qwertyz" not in str(refusal.value)
    assert connection_from_options({"account_id": ACCOUNT, **pair, option: "qwertyzx"}, {}).credential.secrets() == ("qwertyzx",)


def test_connection_from_options_with_an_address_without_at_sign_is_refused():
    with pytest.raises(InvalidOptionError, match="must be an e-mail address"):
        connection_from_options({"account_id": ACCOUNT, "api_email": "test", "api_key": "key-0123"}, {})


@pytest.mark.parametrize("variable", ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL"])
def test_sensitive_values_of_a_short_variable_are_empty(variable):
    assert sensitive_values({}, {variable: "test"}) == sensitive_values({}, {variable: "1234567"}) == set()
    assert sensitive_values({}, {variable: "12345678"}) == {"12345678"}


@pytest.mark.parametrize("options", [{}, {"account_id": ACCOUNT}, {"account_id": ACCOUNT, "api_key": "key-0123"}])
def test_connection_from_options_without_required_values_raises_missing_option_error(options):
    with pytest.raises(MissingOptionError):
        connection_from_options(options, {})


def test_sensitive_values_of_a_base_url_contain_a_token_with_slashes():
    assert "X5VK/fOVKaR3==" in sensitive_values({"base_url": "https://X5VK/fOVKaR3==@127.0.0.1:1/"}, {})
    assert sensitive_values({"base_url": "https://api.example.com/a@b"}, {}) == set()


def test_sensitive_values_of_an_invalid_account_id_contain_it():
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
def test_connection_from_options_with_unsendable_characters_names_option_and_variable(options, environ, named):
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": "0" * 32, **options}, environ)
    assert str(refusal.value).startswith(f"{named} contains white space")


@pytest.mark.parametrize("url", ["https://api.example/./v4", "https://api.example/%2e/v4", "https://api.example/.", "https://api.example/.."])
def test_connection_from_options_with_dot_segments_is_refused(url):
    with pytest.raises(InvalidOptionError, match="without '.' or '..' in its path"):
        connection_from_options({"account_id": "0" * 32, "api_token": "x-0123456", "base_url": url}, {})


@pytest.mark.parametrize("url", ["https://api.example/X", "https://api.example/clientX/"])
def test_connection_from_options_with_a_base_url_keeps_all_but_trailing_slashes(url):
    assert connection_from_options({"account_id": "0" * 32, "api_token": "x-0123456", "base_url": url}, {}).base_url == url.removesuffix("/")


def test_connection_from_options_with_more_than_a_year_is_refused():
    year = {"account_id": "0" * 32, "api_token": "x-0123456", "max_wait": 31_536_000}
    assert connection_from_options(year, {}).max_wait == 31_536_000
    with pytest.raises(InvalidOptionError, match="max_wait is 31536001; it must be a number of seconds, from 0 to 31536000"):
        connection_from_options({**year, "max_wait": 31_536_001}, {})


def test_sensitive_values_of_a_misspelt_option_contain_values_of_credential_length_only():
    assert sensitive_values({"api_tokn": "12345678"}, {}) == {"12345678"}
    assert sensitive_values({"api_tokn": "1234567"}, {}) == set()


def test_connection_options_of_credentials_are_never_logged():
    assert {name for name, spec in CONNECTION_OPTIONS.items() if spec.get("no_log")} == {"api_token", "api_email", "api_key"}
