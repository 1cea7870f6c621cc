"""A colleague who changes two domains by hand, to have drift in the account of `make simulator`. Refuses any other account."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

# Both changes weaken the protection: see ES-NEXTHOP-001 and ES-IP-001 in docs/rules.md.
CHANGES: dict[str, dict[str, Any]] = {
    "example.net": {"transport": "mail.elsewhere.example"},
    "clinic.example": {"ip_restrictions": []},
}
VARIABLES = ("CLOUDFLARE_BASE_URL", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN")
TIMEOUT_SECONDS = 10


class ColleagueError(Exception):
    """The changes cannot be made."""


class Account:
    """The account of `make simulator`, as its commands put it into the environment."""

    def __init__(self) -> None:
        if missing := [name for name in VARIABLES if not os.environ.get(name)]:
            raise ColleagueError(f"{missing[0]} is not set: run the commands that `make simulator` prints, in this terminal.")
        base_url, account_id, self._token = (os.environ[name] for name in VARIABLES)
        # Never an account that is not simulated.
        if urllib.parse.urlsplit(base_url).hostname != "127.0.0.1":
            raise ColleagueError(f"{base_url} is not the account of `make simulator`.")
        self._domains = f"{base_url}/accounts/{account_id}/email-security/settings/domains"
        # Without the proxies of the environment.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def find(self, name: str) -> dict[str, Any]:
        """The live domain."""
        found = self._request("GET", f"{self._domains}?{urllib.parse.urlencode({'domain': name})}")
        if not found:
            raise ColleagueError(f"{name} is not in the account.")
        return found[0]

    def change(self, live: dict[str, Any], settings: dict[str, Any]) -> None:
        """Change settings of a live domain."""
        self._request("PATCH", f"{self._domains}/{live['id']}", settings)

    def _request(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, method=method, headers=headers, data=None if body is None else json.dumps(body).encode())
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return json.load(response)["result"]
        except urllib.error.URLError as error:
            raise ColleagueError(f"The account does not answer as expected ({error}). Is `make simulator` still running?") from None


def main() -> int:
    try:
        account = Account()
        for name, settings in CHANGES.items():
            live = account.find(name)
            account.change(live, settings)
            for field, value in settings.items():
                print(f"{name}: {field} {json.dumps(live[field])} -> {json.dumps(value)}")
    except ColleagueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
