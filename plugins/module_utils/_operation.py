# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change on its way to the server: what became of the write, and what is to be done next.

Whoever carries it out does the sending, the looking and the waiting, for one operation or for thousands. What an answer and
what a look mean is decided here alone. Works for any resource. It knows no client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ._errors import CloudflareError
from ._resource import NOTHING, Action, Change, Live, Resource, Settings

# How soon a read sees a write is not documented: seconds to wait before each further look.
LOOKS_AFTER_WRITE = (0.0, 0.5, 1.0, 2.0, 4.0)
# How often a declared field that someone else changes at the same time is written anew.
MOST_ROUNDS = 3

Step = Literal["write", "look", "end"]


class Operation:
    """One change, from the first write to its end.

    C(next): what has to be done with it. C(live): the object as it was last seen. C(body): what is still to be sent.
    C(doubt): the write whose outcome is not known. C(again): the error after which the next write is a repetition.
    At the end: C(done), what was done, or C(failure).
    """

    def __init__(self, resource: Resource, change: Change, live: Live | None) -> None:
        self.resource, self.change = resource, change
        self.live, self.body = live, change.body
        self.next: Step = "end" if change.action == "none" else "write"
        self.done = change
        self.doubt: CloudflareError | None = None
        self.again: CloudflareError | None = None
        self.failure: CloudflareError | None = None
        self.repeats = self.looks = 0
        self._rounds = 1
        self._outcome_was_unknown = False

    @property
    def verb(self) -> Action:
        """What is to be sent. What was created and then changed by someone else is not created again."""
        return "update" if self.change.action == "create" and self.live is not None else self.change.action

    @property
    def title(self) -> str:
        return str(self.change.before.get(self.resource.title) or self.change.body.get(self.resource.title))

    @property
    def live_id(self) -> str:
        return str((self.live or {}).get("id"))

    @property
    def pause(self) -> float:
        """Seconds to wait before the next look."""
        return LOOKS_AFTER_WRITE[self.looks]

    def write(self, send: Callable[[Operation], Live | None]) -> None:
        """Send the write once. C(send) answers with the object as the server then describes it."""
        self.again, self.looks = None, 0
        try:
            answer = send(self)
        except CloudflareError as caught:
            error = caught
        else:
            self._accepted(answer)
            return
        if error.is_gone and self.change.action == "delete":
            # Gone already is no change if someone else was faster, and ours if a try before this one may have done it.
            self.done = self.change if self._outcome_was_unknown else NOTHING
            self._end(None)
            return
        self._outcome_was_unknown |= error.uncertain
        if not self._outcome_was_unknown:
            self.fail(error)
            return
        self.doubt, self.next = error, "look"

    def see(self, found: Live | None) -> None:
        """Judge what a look found."""
        if self.doubt is None:
            self.looks += 1
            self.live = found or self.live
            self._settle()
            return
        error, self.doubt = self.doubt, None
        if self._is_as_asked(found):
            self._end(found)
        elif self._is_other(found):
            self.fail(self._conflict(found, error))
        elif self._must_show_yet(error):
            self.doubt, self.looks = error, self.looks + 1
        elif self.repeats >= error.repeats:
            self.fail(error)
        else:
            self.repeats += 1
            self.again, self.next = error, "write"

    def see_after_batch(self, found: Live | None, error: CloudflareError | None, answer: Live | None) -> None:
        """Judge what a look found after the change was sent among others.

        C(error): why the whole batch was refused or lost, if it was. C(answer): the object in the batch's answer, if it is there.
        What is not as asked is sent again by itself, unless someone else's hand shows while the outcome was unknown.
        """
        is_create = self.change.action == "create"
        found = answer if found is None and is_create else found
        if self._is_as_asked(found):
            self._end(found)
        elif is_create and found is not None and error is None:
            self._see_created(found, answer)
        elif error is not None and error.uncertain and self._is_other(found):
            self.fail(self._conflict(found, error))
        else:
            self.next = "write"
            # The batch may have done what a read does not show yet: the refusal of a second try then proves nothing.
            self._outcome_was_unknown = self.change.action != "update" and (error is None or error.uncertain)
            if found is not None and self.change.action == "update":
                self._write_rest(found, self._unmet(found))

    def _see_created(self, found: Live, answer: Live | None) -> None:
        """It is there and not as asked: because the server did not keep all of it, or because someone else changed it since."""
        if answer is None or not self._is_as_asked(answer):
            self._accepted(found)
            return
        self._write_rest(found, self._unmet(found))

    def see_blindly_after_batch(self, refusal: CloudflareError | None, answer: Live | None, error: CloudflareError) -> None:
        """The look after the batch failed with C(error): only what the batch's own answer confirms is known."""
        found = None if self.change.action == "delete" else {**(self.live or {}), **(answer or {})}
        if refusal is None and answer is not None and self._is_as_asked(found):
            self._end(found)
            return
        self.doubt = refusal and refusal.twin()
        self.cannot_see(error)

    def cannot_see(self, error: CloudflareError) -> None:
        """The look failed."""
        if self.doubt is None:
            error = error.twin()  # one look may be that of many operations
            error.result = self._result(self.live) | {"changed": True}
            self.fail(error.because("The change was sent and accepted; whether the server kept all of it is not known."))
            return
        # What may have changed is reported as changed: a handler that runs for nothing does less harm than one left out.
        self.doubt.result = {"action": self.change.action, "changed": True, "changes": self.change.changes, "diff": self.change.diff(self.title)}
        self.fail(self.doubt.because(f"Whether the change was made is not known, because it could not be looked at afterwards. {error}"))

    def give_up(self) -> None:
        """No further look is possible."""
        self.fail(self.doubt or self._not_applied())

    def fail(self, error: CloudflareError) -> None:
        self.failure, self.next = error, "end"

    def take_back(self) -> None:
        """Forget a write that was certainly not carried out."""
        self.failure, self.next = None, "write"

    def _accepted(self, answer: Live | None) -> None:
        self._outcome_was_unknown = False
        if self.change.action == "delete":
            self._end(None)
            return
        # Every field of an answer is optional: what it leaves out is as it was.
        self.live = {**(self.live or {}), **(answer or {})}
        self._settle()

    def _settle(self) -> None:
        """The server took the write: is it as asked?"""
        if not self.resource.unmet(self.body, self.live or {}):
            self._insist()
        elif self.looks < len(LOOKS_AFTER_WRITE):
            self.next = "look"
        else:
            self.give_up()

    def _insist(self) -> None:
        """What was sent is as asked. What was declared besides, someone else may have changed meanwhile: the wish wins."""
        rest = self._unmet(self.live or {})
        if not rest:
            self._end(self.live)
        elif self._rounds == MOST_ROUNDS:
            self.fail(self._contest())
        else:
            self._rounds += 1
            self._write_rest(self.live or {}, rest)

    def _write_rest(self, live: Live, rest: Settings) -> None:
        """Send what is not as declared in a live object that was read since the plan was made."""
        self.live, self.body, self.next = live, rest, "write"
        # The plan found an empty list there, and someone else filled it meanwhile: to empty it was not asked for.
        unsafe = self.resource.unsafe(self.title, rest, self.resource.settings(live), self.change.cleared)
        if unsafe is not None:
            unsafe.result = self._result(live)
            self.fail(unsafe)

    def _end(self, live: Live | None) -> None:
        self.live, self.next = live, "end"
        if self.done.action == "update":
            self.done = self._change_so_far(live)

    def _unmet(self, live: Live) -> dict[str, Any]:
        return {name: self.change.wanted[name] for name in self.resource.unmet(self.change.wanted, live)}

    def _is_as_asked(self, found: Live | None) -> bool:
        if self.change.action == "delete":
            return found is None
        # All that was declared, not only what was sent: what someone else did meanwhile must show.
        return found is not None and not self._unmet(found)

    def _is_other(self, found: Live | None) -> bool:
        """Whether what was found is not what was last seen."""
        now, before = self.resource.settings(found), self.resource.settings(self.live)
        return now.keys() != before.keys() or bool(self.resource.differing(now, before))

    def _must_show_yet(self, error: CloudflareError) -> bool:
        """Whether the server says that what was to be created exists, although it is not to be seen: reads lag behind."""
        return self.change.action == "create" and error.kind == "conflict" and self.looks + 1 < len(LOOKS_AFTER_WRITE)

    def _change_so_far(self, live: Live | None) -> Change:
        return self.change._replace(after=self.resource.settings_after(self.change, live))

    def _result(self, live: Live | None) -> dict[str, Any]:
        """The report of a write that did not end as asked: from what is live, not from what was meant."""
        return self.resource.report(self._change_so_far(live), live, self.title)

    def _conflict(self, found: Live | None, error: CloudflareError) -> CloudflareError:
        before, now = self.resource.settings(self.live), self.resource.settings(found)
        differing = "; ".join(f"{name} was {before.get(name)!r} and is {now[name]!r}" for name in self.resource.differing(now, before))
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
            result=self._result(found),
            states={"before": before, "asked": self.body, "found": now},
        )

    def _contest(self) -> CloudflareError:
        fields = ", ".join(self.resource.unmet(self.change.wanted, self.live or {}))
        return CloudflareError(
            "conflict",
            f"{self.title}: {fields} was written {MOST_ROUNDS} times, and each time someone else had changed what was declared meanwhile.",
            "Find out who else manages this domain.",
            result=self._result(self.live),
        )

    def _not_applied(self) -> CloudflareError:
        live = self.live or {}
        now, fields = self.resource.settings(live), self.resource.unmet(self.body, live)
        advice = "See in Cloudflare's dashboard whether this domain can have these settings, and take them out of the task if not."
        if self.change.action == "update" and self.resource.title in fields:
            advice = f"The server keeps the old name: {self.resource.title} cannot be changed after creation. Correct it in the task."
        return CloudflareError(
            "not_applied",
            f"{self.title}: Cloudflare accepted the change and yet did not take "
            + ", ".join(f"{name} (asked {self.body[name]!r}, live {now[name]!r})" for name in fields)
            + ".",
            advice,
            result=self._result(live),
        )
