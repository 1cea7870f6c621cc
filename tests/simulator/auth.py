"""Authentication and permissions.

There are two schemes, of which a request has exactly one: an API token, or email and global key. A credential has a permission in each of its
accounts. The gateway checks the form of a header before it looks the credential up: 6003 with a chain is a bad form, 10000 an unknown
credential, and 9109 a missing permission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .envelope import Refusal

TOKEN = re.compile(r"^[A-Za-z0-9_-]{8,}$")
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
TOKEN_PREFIXES = ("cfut_", "cfat_")
KEY_PREFIX = "cfk_"
PERMISSIONS = ("read", "write", "none")


@dataclass
class Credential:
    """One credential. `label` identifies it in journals and rate limits, without its secret."""

    label: str
    permissions: dict[str, str] = field(default_factory=dict)


@dataclass
class Credentials:
    """All credentials of the server, over all accounts."""

    tokens: dict[str, Credential] = field(default_factory=dict)
    keys: dict[tuple[str, str], Credential] = field(default_factory=dict)

    def add(self, account_id: str, permission: str, token: str | None, email: str | None, key: str | None) -> None:
        """Grant a permission in an account. The same credential may have others elsewhere."""
        if permission not in PERMISSIONS:
            raise ValueError(f"permission is one of {', '.join(PERMISSIONS)}")
        if token is not None:
            credential = self.tokens.setdefault(token, Credential(f"token {len(self.tokens) + 1}"))
        elif email is not None and key is not None:
            credential = self.keys.setdefault((email, key), Credential(f"key {len(self.keys) + 1}"))
        else:
            raise ValueError("a credential is a token, or email and key")
        credential.permissions[account_id] = permission

    def identify(self, headers: Mapping[str, str], wrong_status: int) -> Credential:
        """The credential of a request, or the refusal of the gateway."""
        authorization = headers.get("Authorization")
        email, key = headers.get("X-Auth-Email"), headers.get("X-Auth-Key")
        if authorization is not None and (email is not None or key is not None):
            raise bad_form(6106, "Only one of Authorization and X-Auth-Email/X-Auth-Key may be used")
        if authorization is not None:
            return self._by_token(authorization, wrong_status)
        if email is None and key is None:
            raise Refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        return self._by_key(email or "", key or "", wrong_status)

    def _by_token(self, authorization: str, wrong_status: int) -> Credential:
        scheme, _space, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not TOKEN.match(token) or self._is_key(token):
            raise bad_form(6111, "Invalid format for Authorization header")
        return self.tokens.get(token) or wrong_credential(wrong_status)

    def _by_key(self, email: str, key: str, wrong_status: int) -> Credential:
        if not EMAIL.match(email):
            raise bad_form(6102, "Invalid format for X-Auth-Email header")
        if not TOKEN.match(key) or key in self.tokens or key.startswith(TOKEN_PREFIXES):
            raise bad_form(6103, "Invalid format for X-Auth-Key header")
        return self.keys.get((email, key)) or wrong_credential(wrong_status)

    def _is_key(self, token: str) -> bool:
        return token.startswith(KEY_PREFIX) or any(token == key for _email, key in self.keys)


def bad_form(code: int, message: str) -> Refusal:
    """The refusal of a credential that the gateway cannot parse."""
    return Refusal(400, 6003, "Invalid request headers", chain=[(code, message)])


def wrong_credential(status: int) -> Credential:
    """The refusal of an unknown credential: 401 or 403, both have been observed."""
    raise Refusal(status, 10000, "Authentication error")


def authorise(credential: Credential, account_id: str, writes: bool) -> None:
    """Refuse a call for which the credential lacks the permission in this account."""
    permission = credential.permissions.get(account_id, "none")
    if permission == "write" or (permission == "read" and not writes):
        return
    raise Refusal(403, 9109, "Unauthorized to access requested resource")


def scheme(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request for the journal: names in lower case, secrets replaced by the name of their scheme."""
    shown = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower in ("authorization", "proxy-authorization"):
            kind = value.partition(" ")[0].lower()
            value = f"<{kind if kind in ('bearer', 'basic') else 'other'}>"
        elif lower in ("x-auth-email", "x-auth-key", "cookie"):
            value = f"<{lower}>"
        shown[lower] = value
    return shown
