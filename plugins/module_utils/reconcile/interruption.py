# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that are ended from outside: by their time limit, Ctrl-C or another signal. Their results must describe what was done before. Pure."""

from __future__ import annotations

from typing import Any

from ..api.errors import ApiError

_ATTRIBUTE = "mailops_cloudflare_result"


def interruption_error(ended: BaseException) -> ApiError:
    """Why nothing more was done, as a failure of the kind `network`: whether the last requests arrived is unknown.

    Args:
        ended: what the handler of a signal raised.
    """
    return ApiError(
        "network",
        f"The task was ended before it was complete, {_cause(ended)}.",
        "Nothing more was sent. Check the live settings or run again: a second run finds what was already changed.",
    )


def with_result(ended: BaseException, result: dict[str, Any]) -> BaseException:
    """Attach what the module would have returned to the exception."""
    setattr(ended, _ATTRIBUTE, result)
    return ended


def failed_result(ended: BaseException, *, has_written: bool) -> dict[str, Any]:
    """The result of an interrupted module: the one that is attached to the exception, or else only the error.

    Args:
        ended: what the handler of a signal raised.
        has_written: whether a write was sent. What may have changed is reported as changed.
    """
    error = interruption_error(ended)
    if has_written:
        error = error.with_hint("Whether the last change was made is unknown.")
    return error.as_result() | {"changed": has_written} | getattr(ended, _ATTRIBUTE, {})


def _cause(ended: BaseException) -> str:
    name = type(ended).__name__
    if "Timeout" in name:
        return "because its time limit (the keyword timeout) was reached"
    if isinstance(ended, KeyboardInterrupt):
        return "by an interrupt (Ctrl-C or SIGINT)"
    return f"by a signal ({name})"
