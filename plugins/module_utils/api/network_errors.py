# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exception means that ended an exchange, as an error in words of our own.

The exception's words stay behind: C(requests) quotes headers and URLs in them. Its kinds are known by their names here, because
urllib3 has moved them between its versions.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from typing import Any

from .errors import NO_RETRIES, UNLIMITED, ApiError, NotSentError, Request, ResponseTooLargeError

# A host that cannot be reached is more often a wrong name than a short outage: minutes of trying would hide it.
CONNECT_RETRIES = 4

# In this order requests looks for a proxy for https, and for a bundle of CA certificates.
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_BUNDLE_ADVICE = "Name a readable file or folder of CA certificates."


def network_error(cause: Exception, request: Request, timeout: float, verify: bool | str = True, *, was_begun: bool = True) -> ApiError:
    """The error of kind C(network), or C(response) if what broke is the answer itself.

    Arguments: C(timeout), seconds that were allowed; C(verify), as in Connection; C(was_begun), whether any of
    the request may have been sent: what breaks while connecting, or in a proxy's tunnel, looks like what breaks later.
    """
    unreadable = _unreadable(cause)
    if unreadable:
        return ApiError(
            "response",
            f"{request.method} {request.path} was answered with {unreadable}.",
            "Cloudflare's API does not answer so: check base_url and any proxy between.",
            request=request,
            outcome_unknown=request.is_write,
        )
    message, hint, was_sent, max_retries = _diagnosis(cause, timeout, verify, was_begun)
    return ApiError(
        "network",
        f"{request.method} {request.path} {message}.",
        hint,
        request=request,
        outcome_unknown=was_sent and request.is_write,
        max_retries=max_retries,
    )


def _unreadable(cause: Exception) -> str | None:
    if isinstance(cause, ResponseTooLargeError):
        return f"more than {cause.limit // 1024**2} MiB"
    if any(type(error).__name__ in ("DecodeError", "ContentDecodingError") for error in _chain(cause)):
        return "a body that cannot be decompressed"
    return None


def _diagnosis(cause: Exception, timeout: float, verify: bool | str, was_begun: bool) -> tuple[str, str, bool, float]:
    """What happened, what to do about it, whether the request may have reached the server, how often to try again."""
    chain = list(_chain(cause))
    names = {kind.__name__ for error in chain for kind in type(error).__mro__}

    def first(kind: type[BaseException]) -> Any:
        return next((error for error in chain if isinstance(error, kind)), None)

    is_late = isinstance(cause, TimeoutError) or "ReadTimeoutError" in names or "Timeout" in names
    if isinstance(cause, NotSentError) or (is_late and not was_begun and "ConnectTimeoutError" not in names and "NewConnectionError" not in names):
        hint = "Check base_url, the name servers, the firewall and HTTPS_PROXY; raise timeout if the way is slow."
        return f"was not sent: no connection within {timeout:g} s, and it was given up", hint, False, CONNECT_RETRIES
    if first(ssl.SSLError) is not None and (fault := _fault_of_bundle(verify)):
        return f"was not sent: {fault}", _BUNDLE_ADVICE, False, NO_RETRIES
    refused_certificate = first(ssl.SSLCertVerificationError)
    reason = _reason(chain)
    # Before its version 2, urllib3 compared the names itself.
    if refused_certificate is not None or "CertificateError" in names:
        words = getattr(refused_certificate, "verify_message", "") or "it cannot be verified"
        return f"was not sent: the server's certificate is refused ({words})", _CERTIFICATE_ADVICE, False, NO_RETRIES
    if "ProxyError" in names and not _never_reached(chain, names):
        # urllib3 calls it the proxy's failure, too, when a tunnel closes after the request went through it.
        return f"broke off at the proxy ({reason})", f"Check {_proxy_variable()} and NO_PROXY in the environment.", was_begun, UNLIMITED
    if "ProxyError" in names:
        return f"was not sent: the proxy failed ({reason})", f"Check {_proxy_variable()} and NO_PROXY in the environment.", False, CONNECT_RETRIES
    if "NameResolutionError" in names or first(socket.gaierror) is not None:
        return "was not sent: the host name cannot be resolved", "Check base_url and the name servers.", False, CONNECT_RETRIES
    # Before the time-out: in urllib3 the one is a kind of the other.
    if "NewConnectionError" in names:
        return f"was not sent: no connection ({reason})", "Check base_url, the firewall and HTTPS_PROXY.", False, CONNECT_RETRIES
    if "ConnectTimeoutError" in names:
        return f"was not sent: no connection within {timeout:g} s", "Check base_url, the firewall and HTTPS_PROXY.", False, CONNECT_RETRIES
    if is_late:
        return f"was not answered in full within {timeout:g} s", "Run again later; raise timeout if the way is slow.", True, UNLIMITED
    if "InvalidSchema" in names and any("SOCKS" in str(error) for error in chain):
        install = f"Install it with: {sys.executable} -m pip install PySocks. Or name a proxy for HTTP in {_proxy_variable()}."
        return f"was not sent: {_proxy_variable()} names a SOCKS proxy, and the Python package PySocks is missing", install, False, NO_RETRIES
    if "InvalidURL" in names or "InvalidSchema" in names or "LocationParseError" in names:
        return "was not sent: base_url or the proxy's URL cannot be used", f"Check base_url and {_proxy_variable()}.", False, NO_RETRIES
    if "SSLError" in names:
        return f"broke off in TLS ({reason})", "Check base_url and any proxy between.", was_begun, CONNECT_RETRIES
    if isinstance(cause, OSError) and "RequestException" not in names:
        path = "a file named by ca_path, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be used"
        return f"was not sent: {path} ({reason})", _BUNDLE_ADVICE, False, NO_RETRIES
    if names & {"HTTPException", "HTTPError", "RequestException"}:
        return f"broke off ({reason})", "Run again later.", was_begun, UNLIMITED
    return f"failed ({type(cause).__name__})", "Please report this.", True, NO_RETRIES


def _proxy_variable() -> str:
    """The variable that names the proxy in use."""
    return next((variable for variable in _PROXY_VARIABLES if os.environ.get(variable)), "HTTPS_PROXY")


def _fault_of_bundle(verify: bool | str) -> str | None:
    """What is wrong with the file or folder of CA certificates itself, if anything is. TLS reports it like a fault of the connection."""
    in_use = [("ca_path", verify)] if isinstance(verify, str) else [(name, os.environ.get(name)) for name in _BUNDLE_VARIABLES if verify]
    source, path = next(((name, path) for name, path in in_use if path), ("", None))
    if not path:
        return None
    try:
        if os.path.isdir(path):
            names = os.listdir(path)
            if not any(_HASHED_NAME.fullmatch(name) for name in names):
                return f"the folder {source} = {path} holds no CA certificate under the name that OpenSSL looks for (run: openssl rehash {path})"
        else:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        return f"the file {source} = {path} holds no CA certificate that can be used"
    return None


def _never_reached(chain: list[BaseException], names: set[str]) -> bool:
    """Whether the proxy could not be connected to, or refused to connect to the server."""
    refused = any(isinstance(error, OSError) and str(error.args[:1]).startswith("('Tunnel connection failed") for error in chain)
    return refused or bool(names & {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectionRefusedError", "gaierror"})


_CERTIFICATE_ADVICE = (
    "If a proxy of your own signs it, name its CA in ca_path. validate_certs=false would let anyone on the way read the credential and change the settings."
)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and all that it wraps: urllib3 keeps its causes in C(args) and C(reason)."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _reason(chain: list[BaseException]) -> str:
    """Words of the operating system where there are any, the innermost exception's name otherwise."""
    for error in chain:
        if isinstance(error, OSError) and isinstance(error.errno, int) and not isinstance(error, ssl.SSLError):
            return os.strerror(error.errno)
    for error in chain:
        if isinstance(error, ssl.SSLError) and getattr(error, "reason", None):
            return str(error.reason).replace("_", " ").lower()
    return type(chain[-1]).__name__
