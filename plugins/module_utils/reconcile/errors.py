# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error of a change that was not made as desired, with what a module returns about it. Pure."""

from __future__ import annotations

from typing import Any

from ..api.errors import ApiError


class ChangeError(ApiError):
    """A change that was not made as desired, or whose outcome is unknown.

    Attributes:
        result: what the module returns besides `msg` and `failure`, above all `changed`.
        states: the settings before, asked for and found, if someone else changed them; returned as `failure.states`.
    """

    def __init__(self, cause: ApiError, result: dict[str, Any], states: dict[str, Any] | None = None) -> None:
        """Create the error with kind, message, request and response of its cause."""
        super().__init__(cause.kind, cause.message)
        self.__dict__.update(cause.__dict__)
        self.result, self.states = result, states or {}

    def failure(self) -> dict[str, Any]:
        failure = super().failure()
        return failure | {"states": self.states} if self.states else failure

    def as_result(self) -> dict[str, Any]:
        return super().as_result() | self.result
