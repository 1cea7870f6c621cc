# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a change and makes sure of it: write, look where the outcome is unknown, hold the answer against what was asked.

Works for any resource: it knows a C(Store), which reads and writes one kind of thing, and a C(Change).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ._client import Client
from ._errors import CloudflareError
from ._resource import Change, Live, Resource, Settings, differences

# How soon a read sees a write is not documented: seconds to wait before each further look.
LOOKS_AFTER_WRITE = (0.0, 0.5, 1.0, 2.0, 4.0)

Write = Callable[[], "Live | None"]
Look = Callable[[], "Live | None"]


class Store(Protocol):
    """The calls of one resource. A live object is always the server's own, with the fields that nobody here knows."""

    resource: Resource
    client: Client

    def read(self, live_id: str) -> Live | None:
        """The live object, or None where the server says that there is none."""

    def find(self, title: str) -> Live | None:
        """The live object of that title, or None."""

    def edit(self, live: Live, body: Settings) -> Live:
        """Send the fields of C(body), and answer with the object as the server then describes it."""

    def create(self, body: Settings) -> Live:
        """Create the object, and answer with it as the server then describes it."""

    def delete(self, live: Live) -> None:
        """Delete the object."""


def carry_out(store: Store, change: Change, live: Live | None) -> tuple[Change, Live | None]:
    """Make the change. Answers with what was done, and with the live object afterwards (None where there is none).

    Errors: CloudflareError, whose C(result) tells what is known of the state afterwards.
    """
    if change.action == "create":
        return _create(store, change)
    if change.action == "update" and live is not None:
        return _update(store, change, live)
    if change.action == "delete" and live is not None:
        return _delete(store, change, live)
    return change, live


def _create(store: Store, change: Change) -> tuple[Change, Live | None]:
    title = change.body[store.resource.title]
    created = _written(store, change, lambda: store.create(change.body), lambda: store.find(title))
    return change, _settled(store, change, created or {}, lambda: store.find(title))


def _update(store: Store, change: Change, before: Live) -> tuple[Change, Live | None]:
    def look() -> Live | None:
        return store.read(str(before["id"]))

    answer = _written(store, change, lambda: store.edit(before, change.body), look)
    # Every field of an answer is optional: what it leaves out is as it was.
    after = _settled(store, change, {**before, **(answer or {})}, look)
    return change._replace(after=store.resource.settings(after)), after


def _delete(store: Store, change: Change, before: Live) -> tuple[Change, Live | None]:
    try:
        _written(store, change, lambda: store.delete(before), lambda: store.read(str(before["id"])))
    except CloudflareError as error:
        if not error.is_gone:
            raise
        return Change("none", {}, {}, {}), None  # someone else was faster: gone already is no change
    return change, None


def _written(store: Store, change: Change, write: Write, look: Look) -> Live | None:
    """Write once; after an unknown outcome look, and write again only if nothing at all has changed."""
    outcome_was_unknown = False
    attempt = 0
    while True:
        try:
            return write()
        except CloudflareError as caught:
            error = caught
        outcome_was_unknown |= error.uncertain
        if not outcome_was_unknown:
            raise error
        found = _looked(store.resource, change, error, look)
        if _is_as_asked(store.resource, change, found):
            return found
        if store.resource.settings(found) != change.before:
            raise _conflict(store.resource, change, found, error)
        if attempt >= error.repeats:
            raise error
        store.client.pause(error, attempt)
        attempt += 1


def _looked(resource: Resource, change: Change, error: CloudflareError, look: Look) -> Live | None:
    try:
        return look()
    except CloudflareError as blind:
        words = str(blind)
    # What may have changed is reported as changed: a handler that runs for nothing does less harm than one left out.
    error.result = {"action": change.action, "changed": True, "changes": change.changes, "diff": change.diff(_title(resource, change))}
    raise error.because(f"Whether the change was made is not known, because the look afterwards failed, too. {words}")


def _is_as_asked(resource: Resource, change: Change, found: Live | None) -> bool:
    if change.action == "delete":
        return found is None
    return found is not None and not resource.unmet(change.body, found)


def _settled(store: Store, change: Change, live: Live, look: Look) -> Live:
    """The live object once it is as asked, which the answer to the write mostly is; looked at again a few times if not."""
    for pause in LOOKS_AFTER_WRITE:
        if not store.resource.unmet(change.body, live) or not store.client.wait(pause):
            break
        live = _looked_again(store.resource, change, live, look)
    if store.resource.unmet(change.body, live):
        raise _not_applied(store.resource, change, live)
    return live


def _looked_again(resource: Resource, change: Change, live: Live, look: Look) -> Live:
    try:
        return look() or live
    except CloudflareError as caught:
        error = caught
    error.result = _result(resource, change, live) | {"changed": True}
    raise error.because("The change was sent and accepted; whether the server kept all of it is not known.")


def _conflict(resource: Resource, change: Change, found: Live | None, error: CloudflareError) -> CloudflareError:
    now = resource.settings(found)
    differing = "; ".join(f"{name} was {change.before.get(name)!r} and is {now[name]!r}" for name in differences(change.before, now) if name in now)
    return CloudflareError(
        "conflict",
        f"the write ended without a clear answer ({error.said.rstrip('.')}), and what is live now is neither as before nor as asked: "
        + (differing or "it no longer exists")
        + ".",
        "Someone else changed it meanwhile. Nothing of theirs was overwritten: see failure.states, and run again.",
        request=error.request,
        status=error.status,
        errors=error.errors,
        ray_id=error.ray_id,
        result=_result(resource, change, found),
        states={"before": change.before, "asked": change.body, "found": now},
    )


def _not_applied(resource: Resource, change: Change, live: Live) -> CloudflareError:
    now, fields = resource.settings(live), resource.unmet(change.body, live)
    advice = "See in Cloudflare's dashboard whether this domain can have these settings, and take them out of the task if not."
    if change.action == "update" and resource.title in fields:
        advice = f"The server keeps the old name: {resource.title} cannot be changed after creation. Correct it in the task."
    return CloudflareError(
        "not_applied",
        f"{_title(resource, change)}: Cloudflare accepted the change and yet did not take "
        + ", ".join(f"{name} (asked {change.body[name]!r}, live {now[name]!r})" for name in fields)
        + ".",
        advice,
        result=_result(resource, change, live),
    )


def _result(resource: Resource, change: Change, live: Live | None) -> dict[str, Any]:
    """The report of a write that did not end as asked: from what is live, not from what was meant."""
    return resource.report(change._replace(after=resource.settings(live)), live, _title(resource, change))


def _title(resource: Resource, change: Change) -> str:
    return str(change.before.get(resource.title) or change.body.get(resource.title))
