# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of changes: what was found in place of the desired state, and what to do about it. Pure.

Imported only for writes and failures: a packed module compiles each file that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..api.errors import ApiError
from ..resources.base import Field, Resource, Settings

STALE_READ = "The change was not sent: the settings had been read more than {age:g} s before, and had to be read again first."
UNVERIFIED = "Whether the change was made is unknown, because it could not be verified: {message}"
UNVERIFIED_REMOVAL = "The change was sent; whether it was made is unknown."
UNVERIFIED_FIELDS = "The change was sent and accepted; whether the server stored all of it is unknown."
OUT_OF_TIME = "Whether it was made is unknown: reads may lag behind, and there was no time to read again."


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


def with_label(label: str, message: str) -> str:
    """Put the name of an object before its message, so that it is named once: a message that names it elsewhere than at its beginning is kept.

    Args:
        label: the name, followed by the id in parentheses if it is ambiguous.
        message: what the object failed with.
    """
    name = label.partition(" (")[0]
    for each in (label, name):
        message = message.removeprefix(f"{each}: ")
    # Such as "Could not change example.com: ...".
    if message.startswith("Could not "):
        message = message.replace(f" {name}: ", " it: ", 1)
    return message if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", message) else f"{label}: {message}"


def emptied_lists_error(label: str, emptied: Sequence[Field], before: Settings) -> ApiError:
    """An empty list would replace live values, and the option `clear` does not name the list.

    Args:
        label: what to call the object.
        emptied: the fields of the lists.
        before: the live settings.
    """
    counts = {field.name: f"{len(before[field.name])} live value{'s' if len(before[field.name]) != 1 else ''}" for field in emptied}
    problems = " ".join(f"{field.name} is empty and would replace {counts[field.name]}: {field.if_emptied}." for field in emptied)
    names = ", ".join(field.name for field in emptied)
    return ApiError(
        "unsafe",
        f"{label}: {problems} This was not sent.",
        f"An undefined variable in a template gives an empty list, too. If it is intended, leave {names} out and use clear: [{names}].",
    )


def edit_conflict(
    name: str, before: Settings, found: Settings, differing: Sequence[str], body: Settings, *, cause: ApiError | None, result: dict[str, Any]
) -> ChangeError:
    """Someone else changed the object: found after a write without a clear response, or before a write.

    Args:
        name: what to call the object.
        before: the settings that the write is based on.
        found: the settings that are live now; empty if the object is gone.
        differing: the fields that differ between the two.
        body: what was or would have been sent.
        cause: the error of the write; None before a write.
        result: what the module returns.
    """
    hint = "Their change was not overwritten: see failure.states, and run again."
    if cause is not None:
        hint = f"Someone else changed it in the meantime. {hint}"
        message = (
            f"the write ended without a clear response ({cause.message.rstrip('.')}), and the live state matches neither the previous nor the desired state: "
        )
    else:
        message = f"{name} was changed by someone else after it was read, and before the write could be sent: "
    values = "; ".join(f"{field} was {before.get(field)!r} and is {found[field]!r}" for field in differing)
    return ChangeError(
        ApiError(
            "conflict",
            message + (values or "it no longer exists") + ".",
            hint,
            request=cause.request if cause is not None else None,
            status=cause.status if cause is not None else None,
            errors=cause.errors if cause is not None else (),
            ray_id=cause.ray_id if cause is not None else None,
        ),
        result,
        {"before": before, "asked": body, "found": found},
    )


def repeated_edit_conflict(resource: Resource, name: str, fields: Sequence[str], rounds: int, result: dict[str, Any]) -> ChangeError:
    """Someone else changes declared fields again and again while they are written."""
    return ChangeError(
        ApiError(
            "conflict",
            f"{name}: {', '.join(fields)} was written {rounds} times, and each time someone else had changed declared settings in the meantime.",
            f"Find out who else manages this {resource.singular}.",
        ),
        result,
    )


def overwritten_error(
    resource: Resource, name: str, before: Settings, found: Settings, others: Sequence[str], body: Settings, result: dict[str, Any]
) -> ChangeError:
    """Someone else changed or removed the object after the server had confirmed the write.

    Args:
        resource: the resource of the object.
        name: what to call the object.
        before: the settings that the write was based on.
        found: the live settings; empty if the object was no longer found.
        others: the fields that are neither as before nor as sent.
        body: what was sent.
        result: what the module returns.
    """
    if others:
        message = f"{name}: Cloudflare accepted the change, and the live state now matches neither the previous nor the desired state: "
        message += ", ".join(_requested_and_live(field, body, found) for field in others)
    else:
        message = f"{name}: Cloudflare accepted the change, and then no longer found the {resource.singular}"
    return ChangeError(
        ApiError(
            "conflict",
            f"{message}.",
            f"Someone else changed or removed it in the meantime: find out who else manages this {resource.singular}, and run again.",
        ),
        result,
        {"before": before, "asked": body, "found": found},
    )


def not_stored_error(
    resource: Resource, name: str, fields: Sequence[str], body: Settings, live: Settings, result: dict[str, Any], *, is_key_kept: bool, has_more: bool
) -> ChangeError:
    """The server accepted the write, and did not store these fields.

    Args:
        resource: the resource of the object.
        name: what to call the object.
        fields: the fields.
        body: what was sent.
        live: the live settings.
        result: what the module returns.
        is_key_kept: whether the server kept the old key.
        has_more: whether other settings would have been sent after the key.
    """
    message = f"{name}: Cloudflare accepted the request but did not store {', '.join(_requested_and_live(field, body, live) for field in fields)}."
    hint = f"Check in Cloudflare's dashboard whether this {resource.singular} can have these settings, and remove them from the task if not."
    if is_key_kept:
        key = ", ".join(resource.key_fields)
        unsent = " No other setting was sent." if has_more else ""
        hint = f"The server keeps the old name: {key} cannot be changed after creation. Correct it in the task.{unsent}"
    return ChangeError(ApiError("not_applied", message, hint), result)


def not_removed_error(resource: Resource, name: str, *, is_accepted: bool, result: dict[str, Any]) -> ChangeError:
    """The object still exists. `is_accepted`: whether the server accepted the removal; otherwise it answered with 404."""
    response = "accepted the removal" if is_accepted else "answered the removal with 404"
    hint = f"{resource.if_not_removed} Reads may lag behind: run again, or remove it in Cloudflare's dashboard."
    return ChangeError(ApiError("not_applied", f"{name}: Cloudflare {response}, but it still exists.", hint.strip()), result)


def unconfirmed_batch_error(resource: Resource, name: str) -> ApiError:
    """A batch was accepted, and a new object is not in the list."""
    return ApiError("response", f"{name}: the batch was accepted, and the {resource.singular} is not in the list.", "Run again.")


def invisible_batch_creation(resource: Resource) -> str:
    return f"Whether it was {resource.created} is unknown: the list may lag behind."


def invisible_creation(resource: Resource) -> str:
    return (
        f"It was not found afterwards. Whether it was {resource.created} is unknown, because a list may lag behind: run again, and the task looks it up first."
    )


def _requested_and_live(field: str, body: Settings, live: Settings) -> str:
    return f"{field} (requested {body[field]!r}, live {live[field]!r})"
