# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error for an exception that ended an exchange. The exception's own text is not shown: `requests` quotes headers and URLs in it.

Exceptions are recognized by the names of their classes, because urllib3 has moved these between its versions.
"""

from __future__ import annotations

import os
import re
import shlex
import ssl
import sys
from collections.abc import Iterator
from typing import NamedTuple

from .errors import NO_RETRIES, UNLIMITED, ApiError, NotSentError, Request, ResponseTooLargeError
from .retry import CONNECT_RETRIES

# In this order requests looks for a proxy for https, and for a bundle of CA certificates.
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")

_CHECK_CONNECTION = "Check base_url, the firewall and HTTPS_PROXY."
_CHECK_PROXY = "Check {proxy} and NO_PROXY in the environment."
_CHECK_BUNDLE = "Name a readable file or folder of CA certificates."
_CHECK_CERTIFICATE = (
    "If your own proxy signs it, name the proxy's CA in ca_path. validate_certs=false would let anyone on the network read the credential and change "
    "the settings."
)
# Causes that no class name tells alone, see `_causes_of`. Their names contain spaces, so that no class has them.
_NEVER_SENT, _LATE, _BAD_BUNDLE = "never sent", "too late", "bad bundle"
_PROXY_NOT_REACHED, _NO_SOCKS, _BAD_FILE = "proxy not reached", "no SOCKS", "bad file"


class _Diagnosis(NamedTuple):
    """What an exception means.

    Attributes:
        causes: the diagnosis applies to exceptions of one of these classes, or with one of these causes.
        text: follows method and path of the request.
        hint: what the user can do.
        max_retries: how often the same request may be sent again.
        was_sent: whether the server may have received the request; None if that depends on whether sending had begun.
    """

    causes: frozenset[str]
    text: str
    hint: str
    max_retries: float
    was_sent: bool | None


# The first one that applies decides.
_DIAGNOSES = (
    _Diagnosis(
        frozenset({_NEVER_SENT}),
        "was not sent: no connection within {timeout:g} s, so it was abandoned",
        "Check base_url, the name servers, the firewall and HTTPS_PROXY; increase timeout if the network is slow.",
        CONNECT_RETRIES,
        was_sent=False,
    ),
    _Diagnosis(frozenset({_BAD_BUNDLE}), "was not sent: {bundle}", _CHECK_BUNDLE, NO_RETRIES, was_sent=False),
    # Before its version 2, urllib3 compared the names itself, and raised CertificateError.
    _Diagnosis(
        frozenset({"SSLCertVerificationError", "CertificateError"}),
        "was not sent: the server's certificate was rejected ({certificate})",
        _CHECK_CERTIFICATE,
        NO_RETRIES,
        was_sent=False,
    ),
    _Diagnosis(frozenset({_PROXY_NOT_REACHED}), "was not sent: the proxy failed ({reason})", _CHECK_PROXY, CONNECT_RETRIES, was_sent=False),
    # urllib3 also calls it the proxy's failure if a tunnel closes after the request went through it.
    _Diagnosis(frozenset({"ProxyError"}), "failed: the connection through the proxy was interrupted ({reason})", _CHECK_PROXY, UNLIMITED, was_sent=None),
    _Diagnosis(
        frozenset({"NameResolutionError", "gaierror"}),
        "was not sent: the host name cannot be resolved",
        "Check base_url and the name servers.",
        CONNECT_RETRIES,
        was_sent=False,
    ),
    # Before ConnectTimeoutError, of which it is a subclass in urllib3.
    _Diagnosis(frozenset({"NewConnectionError"}), "was not sent: no connection ({reason})", _CHECK_CONNECTION, CONNECT_RETRIES, was_sent=False),
    _Diagnosis(frozenset({"ConnectTimeoutError"}), "was not sent: no connection within {timeout:g} s", _CHECK_CONNECTION, CONNECT_RETRIES, was_sent=False),
    _Diagnosis(
        frozenset({_LATE}),
        "was not answered completely within {timeout:g} s",
        "Run again later; increase timeout if the network is slow.",
        UNLIMITED,
        was_sent=True,
    ),
    _Diagnosis(
        frozenset({_NO_SOCKS}),
        "was not sent: {proxy} names a SOCKS proxy, but the Python package PySocks is not installed",
        "Name a proxy for HTTP in {proxy}; or install the package with: {python} -m pip install PySocks",
        NO_RETRIES,
        was_sent=False,
    ),
    _Diagnosis(
        frozenset({"InvalidURL", "InvalidSchema", "LocationParseError"}),
        "was not sent: base_url or the proxy's URL cannot be used",
        "Check base_url and {proxy}.",
        NO_RETRIES,
        was_sent=False,
    ),
    _Diagnosis(frozenset({"SSLError"}), "failed in TLS ({reason})", "Check base_url and any proxy in between.", CONNECT_RETRIES, was_sent=None),
    _Diagnosis(
        frozenset({_BAD_FILE}),
        "was not sent: a file named by ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be used ({reason})",
        _CHECK_BUNDLE,
        NO_RETRIES,
        was_sent=False,
    ),
    _Diagnosis(
        frozenset({"HTTPException", "HTTPError", "RequestException"}),
        "failed: the connection was interrupted ({reason})",
        "Run again later.",
        UNLIMITED,
        was_sent=None,
    ),
)
_UNKNOWN = _Diagnosis(frozenset(), "failed ({type})", "Please report this.", NO_RETRIES, was_sent=True)


def from_exception(cause: Exception, request: Request, timeout: float, verify: bool | str = True, *, was_begun: bool = True) -> ApiError:
    """Return an error of kind `network`, or of kind `response` if the response itself cannot be read.

    Args:
        cause: the exception.
        request: the request.
        timeout: seconds that were allowed.
        verify: as in `ConnectionSettings`.
        was_begun: whether any of the request may have been sent. The exception alone does not tell: failures while connecting, or
            in a proxy's tunnel, look like later ones.
    """
    chain = list(_chain(cause))
    unreadable = _unreadable_text(cause, chain)
    if unreadable:
        return ApiError(
            "response",
            f"{request.method} {request.path} was answered with {unreadable}.",
            "Cloudflare's API does not send such responses: check base_url and any proxy in between.",
            request=request,
            outcome_unknown=request.is_write,
        )
    bundle = _bundle_problem(verify) if any(isinstance(error, ssl.SSLError) for error in chain) else None
    causes = _causes_of(cause, chain, has_bad_bundle=bundle is not None, was_begun=was_begun)
    diagnosis = next((each for each in _DIAGNOSES if each.causes & causes), _UNKNOWN)
    details = {
        "timeout": timeout,
        "bundle": bundle,
        "certificate": _certificate_problem(chain),
        "reason": _reason(chain),
        "type": type(cause).__name__,
        "proxy": _proxy_variable(),
        "python": shlex.quote(sys.executable),
    }
    return ApiError(
        "network",
        f"{request.method} {request.path} {diagnosis.text.format(**details)}.",
        diagnosis.hint.format(**details),
        request=request,
        outcome_unknown=request.is_write and (was_begun if diagnosis.was_sent is None else diagnosis.was_sent),
        max_retries=diagnosis.max_retries,
    )


def _unreadable_text(cause: Exception, chain: list[BaseException]) -> str | None:
    if isinstance(cause, ResponseTooLargeError):
        return f"more than {cause.limit // 1024**2} MiB"
    if any(type(error).__name__ in ("DecodeError", "ContentDecodingError") for error in chain):
        return "a body that cannot be decompressed"
    return None


def _causes_of(cause: Exception, chain: list[BaseException], *, has_bad_bundle: bool, was_begun: bool) -> set[str]:
    """Return the names of all classes in the chain, and the causes that no class name tells alone."""
    names = {each.__name__ for error in chain for each in type(error).__mro__}
    is_late = isinstance(cause, TimeoutError) or not names.isdisjoint({"ReadTimeoutError", "Timeout"})
    is_of_connecting = not names.isdisjoint({"ConnectTimeoutError", "NewConnectionError"})
    found = {
        _NEVER_SENT: isinstance(cause, NotSentError) or (is_late and not was_begun and not is_of_connecting),
        _LATE: is_late,
        _BAD_BUNDLE: has_bad_bundle,
        _PROXY_NOT_REACHED: "ProxyError" in names and _has_no_tunnel(chain, names),
        _NO_SOCKS: "InvalidSchema" in names and any("SOCKS" in str(error) for error in chain),
        _BAD_FILE: isinstance(cause, OSError) and "RequestException" not in names,
    }
    return names | {name for name, applies in found.items() if applies}


def _proxy_variable() -> str:
    """Return the variable that names the proxy in use."""
    return next((variable for variable in _PROXY_VARIABLES if os.environ.get(variable)), "HTTPS_PROXY")


def _bundle_problem(verify: bool | str) -> str | None:
    """Return what is wrong with the file or folder of CA certificates, if anything. TLS reports it like a failure of the connection."""
    in_use = [("ca_path", verify)] if isinstance(verify, str) else [(name, os.environ.get(name)) for name in _BUNDLE_VARIABLES if verify]
    source, path = next(((name, path) for name, path in in_use if path), ("", None))
    if not path:
        return None
    try:
        if os.path.isdir(path):
            names = os.listdir(path)
            if not any(_HASHED_NAME.fullmatch(name) for name in names):
                return (
                    f"the folder {source} = {path} contains no CA certificate under the name that OpenSSL looks for (run: openssl rehash {shlex.quote(path)})"
                )
        else:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        return f"the file {source} = {path} contains no CA certificate that can be used"
    return None


def _certificate_problem(chain: list[BaseException]) -> str:
    rejected = next((error for error in chain if isinstance(error, ssl.SSLCertVerificationError)), None)
    return getattr(rejected, "verify_message", "") or "it cannot be verified"


def _has_no_tunnel(chain: list[BaseException], names: set[str]) -> bool:
    """Whether the proxy could not be reached, or refused to connect to the server."""
    is_refused = any(isinstance(error, OSError) and str(error.args[:1]).startswith("('Tunnel connection failed") for error in chain)
    return is_refused or bool(names & {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectionRefusedError", "gaierror"})


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and all that it wraps: urllib3 keeps its causes in `args` and `reason`."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _reason(chain: list[BaseException]) -> str:
    """Return the text of the operating system if there is one, otherwise the name of the innermost exception."""
    for error in chain:
        if isinstance(error, OSError) and isinstance(error.errno, int) and not isinstance(error, ssl.SSLError):
            return os.strerror(error.errno)
    for error in chain:
        if isinstance(error, ssl.SSLError) and getattr(error, "reason", None):
            return str(error.reason).replace("_", " ").lower()
    return type(chain[-1]).__name__
