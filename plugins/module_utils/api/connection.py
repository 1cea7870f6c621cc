# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a connection to the API, and the credential. Pure."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
DEFAULT_TIMEOUT_SECONDS = 30.0
# The longest block that Cloudflare's rate limit imposes is 300 s: a task outlasts one of them.
DEFAULT_MAX_WAIT_SECONDS = 330.0


class Credential:
    """A token, or the older pair of e-mail address and key. Its repr shows neither."""

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
    """Where the API is, with which credential, and how long to wait.

    Attributes:
        timeout: seconds that one request may take.
        max_wait: seconds that a task may wait for retries and rate limits altogether.
        verify: as `requests` takes it: whether to verify the server's certificate, or a path of CA certificates.
    """

    account_id: str
    credential: Credential
    base_url: str = DEFAULT_BASE_URL
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    max_wait: float = DEFAULT_MAX_WAIT_SECONDS
    verify: bool | str = True

    @property
    def is_encrypted(self) -> bool:
        return self.base_url.startswith("https://")
