from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import DEFAULT_BASE_URL, ENVIRONMENT, connection_from_options, sensitive_values
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError, MissingOptionError

ACCOUNT = "0123456789abcdef0123456789abcdef"
BEARER = "Authorization"


def connection(options=None, environ=None):
    return connection_from_options({"account_id": ACCOUNT, "api_token": "cfut_xyz", **(options or {})}, environ or {})


def test_defaults():
    found = connection()
    assert (found.account_id, found.base_url, found.timeout, found.max_wait, found.verify) == (ACCOUNT, DEFAULT_BASE_URL, 30, 330, True)
    assert found.is_encrypted


def test_everything_from_the_environment():
    environ = {
        "CLOUDFLARE_ACCOUNT_ID": f" {ACCOUNT.upper()}\n",
        "CLOUDFLARE_API_TOKEN": "cfut_env\n",
        "CLOUDFLARE_BASE_URL": "http://127.0.0.1:8080/client/v4/",
    }
    found = connection_from_options({}, environ)
    assert (found.account_id, found.base_url, found.is_encrypted) == (ACCOUNT, "http://127.0.0.1:8080/client/v4", False)
    assert found.credential.headers() == {BEARER: "Bearer cfut_env"}


TOKEN = {BEARER: "Bearer tok-0123"}
ENV_TOKEN = {BEARER: "Bearer env-tok-0"}
PAIR = {"X-Auth-Email": "a@b.example", "X-Auth-Key": "key-0123"}


@pytest.mark.parametrize(
    ("options", "environ", "headers"),
    [
        ({"api_token": "tok-0123"}, {}, TOKEN),
        ({"api_token": " tok-0123\n"}, {}, TOKEN),
        ({"api_token": "tok-0123", "api_email": "a@b.example", "api_key": "key-0123"}, {}, TOKEN),
        ({"api_token": "tok-0123"}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x@y.example", "CLOUDFLARE_API_KEY": "k-01234567"}, TOKEN),
        ({"api_email": "a@b.example", "api_key": "key-0123"}, {"CLOUDFLARE_API_TOKEN": "env-tok-0"}, PAIR),
        ({"api_key": "key-0123"}, {"CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "other-012"}, PAIR),
        ({"api_email": "a@b.example"}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x@y.example", "CLOUDFLARE_API_KEY": "key-0123"}, PAIR),
        ({"api_token": None, "api_email": None, "api_key": None}, {"CLOUDFLARE_API_TOKEN": "env-tok-0"}, ENV_TOKEN),
        # What is not sent may be anything.
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "x", "CLOUDFLARE_API_KEY": "test"}, ENV_TOKEN),
        ({"api_token": "tok-0123"}, {"CLOUDFLARE_API_TOKEN": "test"}, TOKEN),
        ({"api_token": "tok-0123", "api_key": "test"}, {}, TOKEN),
        ({}, {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "key-0123"}, PAIR),
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "a@b.example", "CLOUDFLARE_API_KEY": "key-0123"}, ENV_TOKEN),
        ({}, {"CLOUDFLARE_API_TOKEN": "env-tok-0", "CLOUDFLARE_EMAIL": "a@b.example"}, ENV_TOKEN),
    ],
)
def test_exactly_one_scheme(options, environ, headers):
    credential = connection_from_options({"account_id": ACCOUNT, **options}, environ).credential
    assert credential.headers() == headers
    assert set(credential.secrets()) | set(credential.identities()) == {value.removeprefix("Bearer ") for value in headers.values()}
    assert not any(value in repr(credential) for value in ("tok-0123", "key=", "a@b"))


@pytest.mark.parametrize(
    ("options", "environ", "words"),
    [
        ({}, {}, "No credential: set api_token (or the environment variable CLOUDFLARE_API_TOKEN), or api_email"),
        ({"api_email": "a@b.example"}, {}, "api_email is given without its other half: set api_key (or the environment variable CLOUDFLARE_API_KEY)"),
        ({}, {"CLOUDFLARE_API_KEY": "key-0123"}, "api_key is given without its other half: set api_email (or the environment variable CLOUDFLARE_EMAIL)"),
    ],
)
def test_a_credential_is_needed(options, environ, words):
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": ACCOUNT, **options}, environ)
    assert words in str(refusal.value)


@pytest.mark.parametrize("bad", ["can ary", "can\nary", "can\tary", "can\x00ary", "canäry", "can\u2019ary", "can\x7fary"])
@pytest.mark.parametrize("option", ["api_token", "api_key", "api_email"])
def test_a_credential_that_cannot_be_one_is_refused_and_not_quoted(option, bad):
    pair = {} if option == "api_token" else {"api_email": "good@b.example", "api_key": "good-good"}
    with pytest.raises(InvalidOptionError) as refusal:
        connection_from_options({"account_id": ACCOUNT, **pair, option: bad}, {})
    assert option in str(refusal.value)
    assert "can" not in str(refusal.value).replace("cannot", "")
    assert "ary" not in str(refusal.value)


@pytest.mark.parametrize("odd", ["12345678", '"quoted"', "back\\slash", "x" * 5000])
def test_an_odd_credential_is_the_users_business(odd):
    assert connection({"api_token": odd}).credential.headers() == {BEARER: f"Bearer {odd}"}


def test_an_account_is_needed():
    with pytest.raises(InvalidOptionError, match=r"No account: set account_id \(or the environment variable CLOUDFLARE_ACCOUNT_ID\)"):
        connection({"account_id": None})


@pytest.mark.parametrize("account", ["secret-in-the-wrong-place", "0123456789abcdef0123456789abcde", "g" * 32, "../" * 10])
def test_an_account_id_is_32_hexadecimal_characters(account):
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
def test_base_url(url):
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
        ("https://api.example.com/\x7f", "no host, or holds"),
        ("https://api.example.com:x", "no URL"),
        ("https://[::1", "no URL"),
        ("https://api.example.com/client/../v4", "without '.' or '..'"),
        ("https://api.example.com/client/%2E%2e/v4", "without '.' or '..'"),
    ],
)
def test_a_base_url_that_could_lead_elsewhere_is_refused(url, words):
    with pytest.raises(InvalidOptionError) as refusal:
        connection({"base_url": url})
    assert words in str(refusal.value)
    assert "base_url (or the environment variable CLOUDFLARE_BASE_URL)" in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(("option", "value"), [("timeout", 0.0), ("timeout", -1.0), ("timeout", float("nan")), ("max_wait", -0.1), ("max_wait", float("inf"))])
def test_seconds_are_bounded(option, value):
    with pytest.raises(InvalidOptionError, match=f"{option} is"):
        connection({option: value})


def test_seconds():
    found = connection({"timeout": 0.5, "max_wait": 0})
    assert (found.timeout, found.max_wait) == (0.5, 0)


def test_verify(tmp_path):
    assert connection({"validate_certs": False, "ca_path": str(tmp_path)}).verify is False
    assert connection({"validate_certs": True, "ca_path": str(tmp_path)}).verify == str(tmp_path)
    assert connection({"validate_certs": True, "ca_path": None}).verify is True
    with pytest.raises(InvalidOptionError, match="does not exist on the host that runs the module"):
        connection({"ca_path": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("name", ["api_tokn", "token", "api_toekn", "apikey", "api_ky", "password", "client_secret"])
def test_what_stands_in_a_misspelt_option_must_not_be_shown(name):
    assert sensitive_values({name: " canary-canary ", "_ansible_no_token": "as it is given", "domain": "example.com"}, {}) == {"canary-canary"}
    assert sensitive_values({name: "short"}, {}) == set()


def test_what_must_not_be_shown():
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
def test_a_password_in_a_url_must_not_be_shown(url, texts):
    assert sensitive_values({"base_url": url}, {}) == sensitive_values({}, {"CLOUDFLARE_BASE_URL": url}) == texts


@pytest.mark.parametrize(("user", "texts"), [("1234567", {"pass"}), ("12345678", {"12345678", "pass"})])
def test_a_user_name_as_long_as_a_credential_must_not_be_shown(user, texts):
    assert sensitive_values({"base_url": f"https://{user}:pass@api.example"}, {}) == texts


OPTIONS = ("account_id", "api_token", "api_email", "api_key", "base_url", "ca_path")
ENVIRON = {
    "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
    "CLOUDFLARE_API_TOKEN": "env-tok-0",
    "CLOUDFLARE_EMAIL": "a@b.example",
    "CLOUDFLARE_API_KEY": "key-0123",
    "CLOUDFLARE_BASE_URL": "https://api.example",
}


@pytest.mark.parametrize("empty", ["", " ", "\n\t "])
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_is_given_and_empty_does_not_fall_back_to_the_environment(option, empty):
    with pytest.raises(InvalidOptionError, match=f"^{option} is given and is empty"):
        connection_from_options({option: empty}, ENVIRON)
    assert connection_from_options({option: None}, ENVIRON).account_id == ACCOUNT


@pytest.mark.parametrize("variable", ENVIRON)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_is_an_unset_one(variable, empty):
    options = {"account_id": ACCOUNT, "api_token": "tok-0123", "base_url": "https://api.example"}
    assert connection_from_options(options, {**ENVIRON, variable: empty}).account_id == ACCOUNT


@pytest.mark.parametrize("mask", ["********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "a********b@c"])
@pytest.mark.parametrize("option", OPTIONS)
def test_what_stands_for_a_hidden_text_is_none(option, mask):
    more = {"api_key": "key-0123"} if option == "api_email" else {"api_email": "a@b.example"} if option == "api_key" else {}
    with pytest.raises(InvalidOptionError, match=f"^{option}.*in place of a hidden text"):
        connection_from_options({**more, option: mask}, ENVIRON)
    variable = ENVIRONMENT.get(option)
    if variable:
        with pytest.raises(InvalidOptionError, match=f"{variable}.*in place of a hidden text"):
            connection_from_options({} if option in ("account_id", "base_url", "api_token") else more, {**ENVIRON, "CLOUDFLARE_API_TOKEN": "", variable: mask})


@pytest.mark.parametrize("option", ["api_token", "api_key"])
def test_what_is_too_short_to_be_a_credential_is_not_sent(option):
    pair = {} if option == "api_token" else {"api_email": "a@b.example"}
    with pytest.raises(InvalidOptionError, match=rf"^{option} .*is too short to be a credential: it has 7 characters") as refusal:
        connection_from_options({"account_id": ACCOUNT, **pair, option: "qwertyz"}, {})
    assert "qwertyz" not in str(refusal.value)
    assert connection_from_options({"account_id": ACCOUNT, **pair, option: "qwertyzx"}, {}).credential.secrets() == ("qwertyzx",)


def test_an_address_without_an_at_sign_is_refused():
    with pytest.raises(InvalidOptionError, match="must be an e-mail address"):
        connection_from_options({"account_id": ACCOUNT, "api_email": "test", "api_key": "key-0123"}, {})


@pytest.mark.parametrize("variable", ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL"])
def test_a_short_left_over_is_hidden_nowhere(variable):
    assert sensitive_values({}, {variable: "test"}) == sensitive_values({}, {variable: "1234567"}) == set()
    assert sensitive_values({}, {variable: "12345678"}) == {"12345678"}


@pytest.mark.parametrize("options", [{}, {"account_id": ACCOUNT}, {"account_id": ACCOUNT, "api_key": "key-0123"}])
def test_what_is_missing_is_told_apart_from_what_is_wrong(options):
    with pytest.raises(MissingOptionError):
        connection_from_options(options, {})


def test_a_token_with_slashes_before_the_host_is_sensitive():
    assert "X5VK/fOVKaR3==" in sensitive_values({"base_url": "https://X5VK/fOVKaR3==@127.0.0.1:1/"}, {})
    assert sensitive_values({"base_url": "https://api.example.com/a@b"}, {}) == set()
