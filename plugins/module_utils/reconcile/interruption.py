# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that was ended from outside: by its time limit, by Ctrl-C or another signal. Its result must say what was done before. Pure."""

from __future__ import annotations

from typing import Any

from ..api.errors import ApiError

_ATTRIBUTE = "mailops_cloudflare_result"


def error_of(ended: BaseException) -> ApiError:
    """Why nothing more was done, as a failure of kind `network`: whether the last requests arrived is not known.

    Args:
        ended: what a signal's handler raised.
    """
    return ApiError(
        "network",
        f"The task was ended before it was done, {_cause(ended)}.",
        "Nothing more was sent. Look at the live settings, or run again: what was changed already is found as declared.",
    )


def with_result(ended: BaseException, result: dict[str, Any]) -> BaseException:
    """Let the exception carry what the module would have returned."""
    setattr(ended, _ATTRIBUTE, result)
    return ended


def failed_result(ended: BaseException, *, has_written: bool) -> dict[str, Any]:
    """The result of a module that was ended: the one that the exception carries, or else no more than that.

    Args:
        ended: what a signal's handler raised.
        has_written: whether a write was sent. What may have changed is reported as changed.
    """
    error = error_of(ended)
    if has_written:
        error = error.with_hint("Whether the last change was made is not known.")
    return error.as_result() | {"changed": has_written} | getattr(ended, _ATTRIBUTE, {})


def _cause(ended: BaseException) -> str:
    name = type(ended).__name__
    if "Timeout" in name:
        return "because the time limit of the task (the keyword timeout) was over"
    if isinstance(ended, KeyboardInterrupt):
        return "by an interruption (Ctrl-C, or SIGINT)"
    return f"by a signal ({name})"
