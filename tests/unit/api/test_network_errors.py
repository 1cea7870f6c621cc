"""Failures that a test cannot provoke with a socket. Exceptions are recognized by their names, so those here have nothing but the name."""

from __future__ import annotations

import os
import socket
import ssl

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import UNLIMITED, ApiError, NotSentError, Request, ResponseTooLargeError
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.network_errors import from_exception

GET = Request("GET", "/thing", "read the thing")
PATCH = Request("PATCH", "/thing", "change the thing")


def named(name: str, *arguments: object, base: type[Exception] = Exception) -> Exception:
    return type(name, (base,), {})(*arguments)


def certificate_refused(message: str | None) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.reason = "CERTIFICATE_VERIFY_FAILED"
    if message is not None:
        error.verify_message = message
    return error


def broken_tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "words that may quote anything")
    error.reason = reason
    return error


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def hidden(error: Exception, reason: BaseException) -> Exception:
    error.reason = reason  # type: ignore[attr-defined]
    return error


def test_from_exception_of_a_large_response_names_the_limit():
    error = from_exception(ResponseTooLargeError(33_554_432), PATCH, 5.0)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("response", True, 0)
    assert "was answered with more than 32 MiB." in str(error)
    assert "more than 31 MiB" in str(from_exception(ResponseTooLargeError(33_554_431), PATCH, 5.0))


@pytest.mark.parametrize("name", ["DecodeError", "ContentDecodingError"])
def test_from_exception_of_a_broken_compression_says_so(name):
    for cause in (named(name), named("RequestException", named(name))):
        error = from_exception(cause, PATCH, 5.0)
        assert (error.kind, error.outcome_unknown) == ("response", True)
        assert "a body that cannot be decompressed" in str(error)


@pytest.mark.parametrize(
    ("cause", "words", "uncertain", "repeats"),
    [
        (certificate_refused("it has expired"), "the server's certificate was rejected (it has expired)", False, 0),
        (certificate_refused(""), "the server's certificate was rejected (it cannot be verified)", False, 0),
        (certificate_refused(None), "the server's certificate was rejected (it cannot be verified)", False, 0),
        (named("CertificateError"), "the server's certificate was rejected (it cannot be verified)", False, 0),
        (NotSentError(), "no connection within 5 s, so it was abandoned", False, 4),
        (named("InvalidSchema", "Missing dependencies for SOCKS support."), "names a SOCKS proxy", False, 0),
        (named("ProxyError", OSError("Tunnel connection failed: 407 x")), "the proxy failed (OSError)", False, 4),
        (named("ProxyError", named("NewConnectionError")), "the proxy failed (NewConnectionError)", False, 4),
        (named("ProxyError", named("RemoteDisconnected")), "the connection through the proxy was interrupted (RemoteDisconnected)", True, UNLIMITED),
        (named("ProxyError", ConnectionResetError(104, "x")), f"the connection through the proxy was interrupted ({os.strerror(104)})", True, UNLIMITED),
        (named("NameResolutionError"), "the host name cannot be resolved", False, 4),
        (caused(named("ConnectionError"), socket.gaierror(-2, "x")), "the host name cannot be resolved", False, 4),
        (named("NewConnectionError", OSError(113, "x")), f"no connection ({os.strerror(113)})", False, 4),
        (named("ConnectTimeoutError"), "no connection within 5 s", False, 4),
        (TimeoutError(), "was not answered completely within 5 s", True, UNLIMITED),
        (named("ReadTimeoutError"), "was not answered completely within 5 s", True, UNLIMITED),
        (named("Timeout"), "was not answered completely within 5 s", True, UNLIMITED),
        (named("InvalidURL"), "base_url or the proxy's URL cannot be used", False, 0),
        (named("InvalidSchema"), "base_url or the proxy's URL cannot be used", False, 0),
        (named("LocationParseError"), "base_url or the proxy's URL cannot be used", False, 0),
        (named("SSLError", broken_tls("WRONG_VERSION_NUMBER")), "failed in TLS (wrong version number)", True, 4),
        (named("SSLError", broken_tls(None)), "failed in TLS (SSLError)", True, 4),
        (PermissionError(13, "x"), f"CURL_CA_BUNDLE cannot be used ({os.strerror(13)})", False, 0),
        (named("RequestException", OSError(104, "x"), base=OSError), f"the connection was interrupted ({os.strerror(104)})", True, UNLIMITED),
        (named("HTTPException", named("Inner")), "the connection was interrupted (Inner)", True, UNLIMITED),
        (named("HTTPError", named("Inner")), "the connection was interrupted (Inner)", True, UNLIMITED),
        (named("RequestException", named("Inner")), "the connection was interrupted (Inner)", True, UNLIMITED),
        (named("Unheard"), "failed (Unheard)", True, 0),
    ],
)
def test_from_exception_of_a_class_returns_text_outcome_and_retries(cause, words, uncertain, repeats):
    error = from_exception(cause, PATCH, 5.0)
    assert (error.kind, error.outcome_unknown, error.max_retries) == ("network", uncertain, repeats)
    assert words in str(error)
    assert not from_exception(cause, GET, 5.0).outcome_unknown


def test_timeout_while_connecting_is_not_a_late_response():
    late = caused(named("Timeout"), named("ConnectTimeoutError"))
    assert str(from_exception(late, PATCH, 5.0, was_begun=False)).endswith("no connection within 5 s. Check base_url, the firewall and HTTPS_PROXY.")
    given_up = from_exception(named("Timeout"), PATCH, 5.0, was_begun=False)
    assert "no connection within 5 s, so it was abandoned. Check base_url, the name servers" in str(given_up)


@pytest.mark.parametrize(
    ("cause", "outcome_unknown"),
    [
        (named("ProxyError", named("RemoteDisconnected")), False),
        (named("SSLError"), False),
        (named("RequestException"), False),
        (named("Timeout"), False),
        (named("Unheard"), True),
    ],
)
def test_from_exception_before_sending_began_has_a_known_outcome(cause, outcome_unknown):
    assert from_exception(cause, PATCH, 5.0, was_begun=False).outcome_unknown is outcome_unknown


@pytest.mark.parametrize("name", ["ConnectTimeoutError", "NewConnectionError"])
def test_from_exception_of_a_late_connect_names_the_connection(name):
    error = from_exception(named("Timeout", named(name)), PATCH, 5.0, was_begun=False)
    assert "was not sent: no connection" in str(error)
    assert "abandoned" not in str(error)


@pytest.mark.parametrize(
    "wrap", [lambda cause: named("Wrapper", cause), lambda cause: caused(named("Wrapper"), cause), lambda cause: hidden(named("X"), cause)]
)
def test_from_exception_of_a_wrapped_exception_uses_the_inner_one(wrap):
    assert "the host name cannot be resolved" in str(from_exception(wrap(wrap(named("NameResolutionError"))), GET, 5.0))


def test_from_exception_of_a_cycle_ends():
    one, other = named("One"), named("Other")
    one.__context__, other.__context__ = other, one
    assert isinstance(from_exception(one, GET, 5.0), ApiError)


@pytest.mark.parametrize("never", ["NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectionRefusedError", "gaierror"])
def test_from_exception_of_an_unreachable_proxy_has_a_known_outcome(never):
    assert from_exception(named("ProxyError", named(never)), Request("PATCH", "/x", "try"), 5.0).outcome_unknown is False


def test_response_too_large_error_keeps_its_limit():
    assert ResponseTooLargeError(7).limit == 7
