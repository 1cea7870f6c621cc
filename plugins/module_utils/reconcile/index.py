# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail domains of an account as one reading found them, by id and by name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..resources.base import LiveObject
from ..resources.domain_names import normalize_live_name
from ..resources.domains import label_of, require_single_match


class LiveIndex:
    """Answers as C(Domains) does, without a request. C(quote) cleans what the server wrote before it is shown.

    `account_id`: whose domains they are. `pages`: how many requests one reading of the whole account takes. `read_at`: when it was read, by the
    clock of the client.
    """

    def __init__(self, live: Iterable[LiveObject], quote: Callable[[str], str], *, account_id: str = "", pages: int = 1, read_at: float = 0.0) -> None:
        self.account_id, self.pages, self.read_at = account_id, pages, read_at
        self.all = list(live)
        self._quote = quote
        self._by_id = {str(one.get("id")).lower(): one for one in self.all if one.get("id") is not None}
        self._by_name: dict[str, list[LiveObject]] = {}
        for one in self.all:
            self._by_name.setdefault(normalize_live_name(one.get("domain")) or "", []).append(one)

    def read(self, live_id: str) -> LiveObject | None:
        return self._by_id.get(live_id.lower())

    def find(self, title: str) -> LiveObject | None:
        return require_single_match(self.named(title), title, self._quote)

    def named(self, title: str) -> list[LiveObject]:
        return self._by_name.get(title, [])

    def label(self, live: LiveObject) -> str:
        return label_of(live, self._quote)
