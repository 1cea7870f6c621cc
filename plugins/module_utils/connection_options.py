# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of all modules: their argument spec, and the settings that result from options and environment. Imports no Ansible."""

from __future__ import annotations

import ipaddress
import os.path
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .api.connection import DEFAULT_BASE_URL, DEFAULT_MAX_WAIT_SECONDS, DEFAULT_TIMEOUT_SECONDS, ConnectionSettings, Credential
from .api.errors import InvalidOptionError, MissingOptionError

CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "account_id": {"type": "str"},
    "api_token": {"type": "str", "no_log": True},
    "api_email": {"type": "str", "no_log": True},
    "api_key": {"type": "str", "no_log": True},
    "base_url": {"type": "str"},
    "timeout": {"type": "float", "default": DEFAULT_TIMEOUT_SECONDS},
    "max_wait": {"type": "float", "default": DEFAULT_MAX_WAIT_SECONDS},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}

ENVIRONMENT = {
    "account_id": "CLOUDFLARE_ACCOUNT_ID",
    "api_token": "CLOUDFLARE_API_TOKEN",
    "api_email": "CLOUDFLARE_EMAIL",
    "api_key": "CLOUDFLARE_API_KEY",
    "base_url": "CLOUDFLARE_BASE_URL",
}

CREDENTIAL_OPTIONS = ("api_token", "api_email", "api_key")

# Shorter values are typing errors rather than credentials, and hiding them would mask ordinary words in messages.
MIN_CREDENTIAL_LENGTH = 8
# A year. Python cannot wait for more than some hundreds of them.
MAX_SECONDS = 31_536_000

_ACCOUNT_ID = re.compile(r"[0-9a-fA-F]{32}")
# A password may contain a slash, unless what follows its colon is a port.
_URL_USERINFO = re.compile(r"//([^/]*|[^/:]*:(?![0-9]+/).*)@")
# What Ansible and this collection show in place of a hidden value.
_MASKS = ("********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
# Recognizes a misspelt name of a credential option.
_CREDENTIAL_LIKE_NAME = re.compile(r"toe?k|tkn|ke?y|pass|secret|cred|auth|bearer", re.IGNORECASE)
# A token that was copied together with a part of the header that it is sent in.
_AUTHORIZATION = re.compile(r"(authorization\s*:\s*)?bearer[\s:]", re.IGNORECASE)
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


def connection_from_options(options: Mapping[str, Any], environ: Mapping[str, str]) -> ConnectionSettings:
    """Return the settings of the connection. An option takes precedence over its environment variable.

    Args:
        options: the module's options. Null counts as not given.
        environ: environment variables. An empty one counts as unset.

    Raises:
        MissingOptionError: neither place has a required value.
        InvalidOptionError: a value is not valid. The message names the option and its variable, but never quotes a credential.
    """
    given = {name: _given_text(options, name) for name in ENVIRONMENT}
    exported = {name: _stripped(environ.get(variable)) for name, variable in ENVIRONMENT.items()}
    return ConnectionSettings(
        account_id=_parse_account_id(given["account_id"] or exported["account_id"]),
        credential=_select_credential(given, exported),
        base_url=_parse_base_url(given["base_url"] or exported["base_url"] or DEFAULT_BASE_URL),
        timeout=_parse_seconds(options, "timeout", DEFAULT_TIMEOUT_SECONDS, minimum=0.001),
        max_wait=_parse_seconds(options, "max_wait", DEFAULT_MAX_WAIT_SECONDS, minimum=0),
        verify=_parse_verify(options.get("validate_certs"), _given_text(options, "ca_path")),
    )


def sensitive_values(options: Mapping[str, Any], environ: Mapping[str, str]) -> set[str]:
    """Return the values that must not be shown, whether they are used or not.

    These are the credentials of both places, an account id that is not valid, user name and password in a base URL, and the
    value of an option whose name looks like that of a credential.
    """
    misspelt = [name for name in options if name not in ENVIRONMENT and not name.startswith("_ansible_") and _CREDENTIAL_LIKE_NAME.search(name)]
    found = {text for text in (str(options[name]).strip() for name in misspelt) if len(text) >= MIN_CREDENTIAL_LENGTH}
    for name, variable in ENVIRONMENT.items():
        for text in (_stripped(options.get(name)), _stripped(environ.get(variable))):
            if text and name == "base_url":
                found |= _credentials_in_url(text)
            elif text and len(text) >= MIN_CREDENTIAL_LENGTH and (name in CREDENTIAL_OPTIONS or not _ACCOUNT_ID.fullmatch(text)):
                found.add(text)
                alone = _AUTHORIZATION.sub("", text).strip()
                found |= {alone} if len(alone) >= MIN_CREDENTIAL_LENGTH else set()
    return found


def _credentials_in_url(url: str) -> set[str]:
    found = set()
    # A token in base64 may contain slashes, and then looks like a host with a path. A host has a dot, and such a token has none.
    front, at, _host = url.partition("//")[2].rpartition("@")
    if at and not set(".:[") & set(front) and "/" in front and len(front) >= MIN_CREDENTIAL_LENGTH and not front.startswith("localhost/"):
        found.add(front)
    for access in _URL_USERINFO.findall(url):
        user, _colon, password = access.partition(":")
        found |= {part for part in (password, user if len(user) >= MIN_CREDENTIAL_LENGTH or not password else "") if part}
    return found


def _stripped(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def _given_text(options: Mapping[str, Any], name: str) -> str | None:
    """Return the text of an option, or None if it is not given.

    Raises:
        InvalidOptionError: it is given but empty. Using the environment instead could use another account or credential.
    """
    text = _stripped(options.get(name))
    if text is None and options.get(name) is not None:
        instead = f"the environment variable {ENVIRONMENT[name]}" if name in ENVIRONMENT else "the CA certificates of the system"
        raise InvalidOptionError(f"{name} is given but empty. Give it a value; or omit it, with default(omit) in a template, to use {instead}.")
    return text


def _label(option: str) -> str:
    return f"{option} (or the environment variable {ENVIRONMENT[option]})" if option in ENVIRONMENT else option


def _reject_mask(option: str, text: str) -> str:
    mask = next((mask for mask in _MASKS if mask in text), None)
    if mask:
        raise InvalidOptionError(
            f"{_label(option)} contains {mask}, which Ansible and this collection show in place of a hidden value. "
            "It was copied or registered from the output of a task: use the value itself."
        )
    return text


def _parse_account_id(account_id: str | None) -> str:
    if account_id is None:
        raise MissingOptionError(f"No account: set {_label('account_id')}. The Cloudflare dashboard shows the id on the account's overview page.")
    if not _ACCOUNT_ID.fullmatch(_reject_mask("account_id", account_id)):
        # Not quoted: a credential may have been given in its place.
        raise InvalidOptionError(f"{_label('account_id')} must be 32 hexadecimal characters; the given value is not ({len(account_id)} characters).")
    return account_id.lower()


def _select_credential(given: Mapping[str, str | None], exported: Mapping[str, str | None]) -> Credential:
    """Return the credential to send. Options take precedence over the environment, and a token over the pair of the same place."""
    if given["api_token"]:
        return Credential(token=_parse_credential("api_token", given["api_token"]))
    if given["api_email"] or given["api_key"]:
        return _parse_pair(given["api_email"] or exported["api_email"], given["api_key"] or exported["api_key"])
    if exported["api_token"]:
        return Credential(token=_parse_credential("api_token", exported["api_token"]))
    if exported["api_email"] or exported["api_key"]:
        return _parse_pair(exported["api_email"], exported["api_key"])
    raise MissingOptionError(f"No credential: set {_label('api_token')}, or {_label('api_email')} together with {_label('api_key')}.")


def _parse_pair(email: str | None, key: str | None) -> Credential:
    if email and key:
        return Credential(email=_parse_credential("api_email", email), key=_parse_credential("api_key", key))
    present, missing = ("api_email", "api_key") if email else ("api_key", "api_email")
    raise MissingOptionError(f"{present} requires {missing}: set {_label(missing)} as well, or use {_label('api_token')} instead.")


def _parse_credential(option: str, credential: str) -> str:
    if _AUTHORIZATION.match(credential):
        raise InvalidOptionError(f"{_label(option)} begins with the word Bearer, which is a part of the request's header. Leave it out: give the token alone.")
    if not _HEADER_SAFE.fullmatch(_reject_mask(option, credential)):
        raise InvalidOptionError(
            f"{_label(option)} contains white space, a control character or a non-ASCII character, and so cannot be a credential. "
            "Copy it again; the usual cause is a line break inside it, or a quotation mark from a word processor."
        )
    if option == "api_email" and "@" not in credential:
        raise InvalidOptionError(f"{_label(option)} must be an e-mail address; the given value contains no @.")
    if len(credential) < MIN_CREDENTIAL_LENGTH:
        raise InvalidOptionError(f"{_label(option)} is too short to be a credential: it has {len(credential)} characters. Copy it again, completely.")
    return credential


def _parse_base_url(base_url: str) -> str:
    """Return the URL without trailing slashes.

    Raises:
        InvalidOptionError: it could send the credential to another host, or in clear text.
    """
    _reject_mask("base_url", base_url)
    expected = f"{_label('base_url')} must look like {DEFAULT_BASE_URL}"
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidOptionError(f"{expected}; the given value is not a URL.") from None
    if "%" in parts.netloc:
        raise InvalidOptionError(f"{expected}; the host contains a percent sign.")
    if "@" in parts.netloc:
        raise InvalidOptionError(f"{expected}, without a user name or password in it.")
    if not host or not _HEADER_SAFE.fullmatch(base_url) or "\\" in base_url or parts.query or parts.fragment or base_url.endswith(("?", "#")):
        raise InvalidOptionError(f"{expected}; the given value has no host, or contains a query, a fragment, a backslash, white space or non-ASCII characters.")
    if any(segment in (".", "..") for segment in parts.path.lower().replace("%2e", ".").split("/")):
        raise InvalidOptionError(f"{expected}, without '.' or '..' in its path.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise InvalidOptionError(
            f"{expected}: https only, because plain http would show the credential to everyone on the network. Only a loopback address may use http."
        )
    if parts.scheme not in ("http", "https"):
        raise InvalidOptionError(f"{expected}: https only.")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_seconds(options: Mapping[str, Any], option: str, default: float, *, minimum: float) -> float:
    value = options.get(option)
    if value is None:
        return default
    if not minimum <= value <= MAX_SECONDS:
        raise InvalidOptionError(f"{option} is {value}; it must be a number of seconds, from {minimum:g} to {MAX_SECONDS}.")
    return float(value)


def _parse_verify(validate_certs: bool | None, ca_path: str | None) -> bool | str:
    if validate_certs is False:
        return False
    if ca_path is None:
        return True
    if not os.path.exists(_reject_mask("ca_path", ca_path)):
        raise InvalidOptionError(f"ca_path is {ca_path}, which does not exist on the host that runs the module.")
    return ca_path
