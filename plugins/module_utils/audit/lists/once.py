# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indexes of an account that are built once for each audit, although each entry asks for them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .entry import Account

Made = TypeVar("Made")


class OnceForAccount(Generic[Made]):
    """A function of an account that remembers its last result. An account is recognized by its identity, because its lists cannot be hashed.

    Written above a function, it takes its place.
    """

    def __init__(self, make: Callable[[Account], Made]) -> None:
        self.make = make
        self.__doc__ = make.__doc__
        self._last: tuple[Account, Made] | None = None

    def __call__(self, account: Account) -> Made:
        last = self._last
        if last is None or last[0] is not account:
            last = self._last = (account, self.make(account))
        return last[1]
