# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options and environment to all that is needed to reach the API. Pure: whoever has options can use it."""

from __future__ import annotations

import ipaddress
import os.path
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .errors import InvalidOptionError, MissingOptionError

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
DEFAULT_TIMEOUT = 30.0
# The longest block that Cloudflare's rate limit imposes is 300 s: a task outlives it once.
DEFAULT_MAX_WAIT = 330.0
# What is shorter is a typing error rather than a credential, and to hide it would only make holes in messages.
SHORTEST_SECRET = 8
# A year; beyond some hundreds of them Python cannot wait.
MOST_SECONDS = 31_536_000

ENVIRONMENT = {
    "account_id": "CLOUDFLARE_ACCOUNT_ID",
    "api_token": "CLOUDFLARE_API_TOKEN",
    "api_email": "CLOUDFLARE_EMAIL",
    "api_key": "CLOUDFLARE_API_KEY",
    "base_url": "CLOUDFLARE_BASE_URL",
}

CREDENTIALS = ("api_token", "api_email", "api_key")

_ACCOUNT_ID = re.compile(r"[0-9a-fA-F]{32}")
# A password may hold a slash, where it is no port.
_URL_USERINFO = re.compile(r"//([^/]*|[^/:]*:(?![0-9]+/).*)@")
# What stands in place of a hidden text: Ansible's, and this collection's.
_MASKS = ("********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
# What a misspelt name of a credential's option is recognised by.
_CREDENTIAL_LIKE_NAME = re.compile(r"toe?k|tkn|ke?y|pass|secret|cred|auth|bearer", re.IGNORECASE)
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


class Credential:
    """Exactly one of the two schemes: a token, or the older pair of email and key. Its repr shows nothing of them."""

    def __init__(self, token: str | None = None, email: str | None = None, key: str | None = None) -> None:
        self.token, self.email, self.key = token, email, key

    def headers(self) -> dict[str, str]:
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token}"}
        return {"X-Auth-Email": self.email or "", "X-Auth-Key": self.key or ""}

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.token, self.key) if secret)

    def identities(self) -> tuple[str, ...]:
        return (self.email,) if self.email else ()


class ConnectionSettings(NamedTuple):
    """Where the API is, who asks, and for how long.

    C(timeout) and C(max_wait) are seconds; C(verify) is what C(requests) takes under that name.
    """

    account_id: str
    credential: Credential
    base_url: str = DEFAULT_BASE_URL
    timeout: float = DEFAULT_TIMEOUT
    max_wait: float = DEFAULT_MAX_WAIT
    verify: bool | str = True

    @property
    def is_encrypted(self) -> bool:
        return self.base_url.startswith("https://")


def connection_from_options(options: Mapping[str, Any], environ: Mapping[str, str]) -> ConnectionSettings:
    """Resolve the connection options; an option outranks the environment. Null is not given, and an empty variable is unset.

    Errors: OptionError, which names the option and its environment variable and never quotes a credential; the MissingOptionError among them
    if neither place has what is needed.
    """
    given = {name: _given(options, name) for name in ENVIRONMENT}
    exported = {name: _text(environ.get(variable)) for name, variable in ENVIRONMENT.items()}
    return ConnectionSettings(
        account_id=_account_id(given["account_id"] or exported["account_id"]),
        credential=_credential(given, exported),
        base_url=_base_url(given["base_url"] or exported["base_url"] or DEFAULT_BASE_URL),
        timeout=_seconds(options, "timeout", DEFAULT_TIMEOUT, min_items=0.001),
        max_wait=_seconds(options, "max_wait", DEFAULT_MAX_WAIT, min_items=0),
        verify=_verify(options.get("validate_certs"), _given(options, "ca_path")),
    )


def sensitive_values(options: Mapping[str, Any], environ: Mapping[str, str]) -> set[str]:
    """What must not be shown, whether it is of use or not.

    Credentials of either place; what stands in place of an account's id; user and password in a base URL; what stands in an option
    whose name looks like a credential's.
    """
    misspelt = [name for name in options if name not in ENVIRONMENT and not name.startswith("_ansible_") and _CREDENTIAL_LIKE_NAME.search(name)]
    found = {text for text in (str(options[name]).strip() for name in misspelt) if len(text) >= SHORTEST_SECRET}
    for name, variable in ENVIRONMENT.items():
        for text in (_text(options.get(name)), _text(environ.get(variable))):
            if text and name == "base_url":
                # A token in base64 may hold slashes, and then looks like a host with a path. A host has a dot, and such a token has none.
                front, at, _host = text.partition("//")[2].rpartition("@")
                if at and not set(".:[") & set(front) and "/" in front and len(front) >= SHORTEST_SECRET and not front.startswith("localhost/"):
                    found.add(front)
                for access in _URL_USERINFO.findall(text):
                    user, _colon, password = access.partition(":")
                    found |= {part for part in (password, user if len(user) >= SHORTEST_SECRET or not password else "") if part}
            # Too short to be a credential is a typing error, and hiding it would only make holes in messages, and in whatever else holds it.
            elif text and len(text) >= SHORTEST_SECRET and (name in CREDENTIALS or not _ACCOUNT_ID.fullmatch(text)):
                found.add(text)
    return found


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def _given(options: Mapping[str, Any], name: str) -> str | None:
    """What the option says. Errors: OptionError if it is given and empty: to use the environment then would be to use another account or credential."""
    text = _text(options.get(name))
    if text is None and options.get(name) is not None:
        instead = f"the environment variable {ENVIRONMENT[name]}" if name in ENVIRONMENT else "the CA certificates of the system"
        raise InvalidOptionError(f"{name} is given and is empty. Give it a value; or leave it out, with default(omit) in a template, to use {instead}.")
    return text


def _named(option: str) -> str:
    return f"{option} (or the environment variable {ENVIRONMENT[option]})" if option in ENVIRONMENT else option


def _unmasked(option: str, text: str) -> str:
    """Errors: OptionError for what is shown in place of a hidden text."""
    mask = next((mask for mask in _MASKS if mask in text), None)
    if mask:
        raise InvalidOptionError(
            f"{_named(option)} holds {mask}, which is what Ansible and this collection show in place of a hidden text. "
            "It was copied, or registered, from the output of a task: give the value itself."
        )
    return text


def _account_id(account_id: str | None) -> str:
    if account_id is None:
        raise MissingOptionError(f"No account: set {_named('account_id')}. The Cloudflare dashboard shows the id on the account's overview page.")
    if not _ACCOUNT_ID.fullmatch(_unmasked("account_id", account_id)):
        # Not quoted: what stands in the wrong place may be a credential.
        raise InvalidOptionError(f"{_named('account_id')} must be 32 hexadecimal characters; what was given is something else ({len(account_id)} characters).")
    return account_id.lower()


def _credential(given: Mapping[str, str | None], exported: Mapping[str, str | None]) -> Credential:
    """A scheme in the task hides the other one in the environment; a token hides email and key of the same place."""
    if given["api_token"]:
        return Credential(token=_sendable("api_token", given["api_token"]))
    if given["api_email"] or given["api_key"]:
        return _email_and_key(given["api_email"] or exported["api_email"], given["api_key"] or exported["api_key"])
    if exported["api_token"]:
        return Credential(token=_sendable("api_token", exported["api_token"]))
    if exported["api_email"] or exported["api_key"]:
        return _email_and_key(exported["api_email"], exported["api_key"])
    raise MissingOptionError(f"No credential: set {_named('api_token')}, or {_named('api_email')} together with {_named('api_key')}.")


def _email_and_key(email: str | None, key: str | None) -> Credential:
    if email and key:
        return Credential(email=_sendable("api_email", email), key=_sendable("api_key", key))
    there, missing = ("api_email", "api_key") if email else ("api_key", "api_email")
    raise MissingOptionError(f"{there} is given without its other half: set {_named(missing)} as well, or use {_named('api_token')} instead.")


def _sendable(option: str, credential: str) -> str:
    if not _HEADER_SAFE.fullmatch(_unmasked(option, credential)):
        raise InvalidOptionError(
            f"{_named(option)} holds white space, a control character or a character that is not ASCII, and so cannot be a credential. "
            "Copy it again; a line break inside, or a quotation mark from a word processor, is the usual cause."
        )
    if option == "api_email" and "@" not in credential:
        raise InvalidOptionError(f"{_named(option)} must be an e-mail address; what was given holds no @.")
    if len(credential) < SHORTEST_SECRET:
        raise InvalidOptionError(f"{_named(option)} is too short to be a credential: it has {len(credential)} characters. Copy it again, as a whole.")
    return credential


def _base_url(base_url: str) -> str:
    """Refuse whatever could send the credential elsewhere, or in the clear. Answers the URL without a slash at its end."""
    _unmasked("base_url", base_url)
    wanted = f"{_named('base_url')} must look like {DEFAULT_BASE_URL}"
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidOptionError(f"{wanted}; what was given is no URL.") from None
    if "%" in parts.netloc:
        raise InvalidOptionError(f"{wanted}; the host is written with a percent sign.")
    if "@" in parts.netloc:
        raise InvalidOptionError(f"{wanted}, without a user name or password in it.")
    if not host or not _HEADER_SAFE.fullmatch(base_url) or "\\" in base_url or parts.query or parts.fragment or base_url.endswith(("?", "#")):
        raise InvalidOptionError(f"{wanted}; what was given has no host, or holds a query, a fragment, a backslash, white space or non-ASCII characters.")
    if any(segment in (".", "..") for segment in parts.path.lower().replace("%2e", ".").split("/")):
        raise InvalidOptionError(f"{wanted}, without '.' or '..' in its path.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise InvalidOptionError(
            f"{wanted}: https only, because plain http would show the credential to everyone on the way. Only a loopback address may be http."
        )
    if parts.scheme not in ("http", "https"):
        raise InvalidOptionError(f"{wanted}: https only.")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(options: Mapping[str, Any], option: str, default: float, *, min_items: float) -> float:
    value = options.get(option)
    if value is None:
        return default
    if not min_items <= value <= MOST_SECONDS:
        raise InvalidOptionError(f"{option} is {value}; it must be a number of seconds, from {min_items:g} to {MOST_SECONDS}.")
    return float(value)


def _verify(validate_certs: bool | None, ca_path: str | None) -> bool | str:
    if validate_certs is False:
        return False
    if ca_path is None:
        return True
    if not os.path.exists(_unmasked("ca_path", ca_path)):
        raise InvalidOptionError(f"ca_path is {ca_path}, which does not exist on the host that runs the module.")
    return ca_path
