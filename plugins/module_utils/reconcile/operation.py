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

from ..api.errors import ApiError, StaleReadingError
from ..resources.base import NO_CHANGE, Action, Change, LiveObject, Resource, Settings
from .errors import ChangeError

# How soon a read sees a write is not documented: seconds to wait before each further look.
VERIFY_DELAYS_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
# How often a declared field that someone else changes at the same time is written anew.
MAX_REAPPLY_ROUNDS = 3
# A write that is based on an older reading is preceded by a new one, so that an edit made meanwhile is not overwritten.
OLDEST_READING_SECONDS = 10.0

Step = Literal["write", "look", "end"]


class Operation:
    """One change, from the first write to its end.

    C(next): what has to be done with it. C(live): the object as it was last seen. C(body): what is still to be sent.
    C(doubt): the write whose outcome is not known. C(again): the error after which the next write is a repetition.
    C(is_stale): the next look is made before a write, because the last reading is too old.
    At the end: C(done), what was done, or C(failure).
    """

    def __init__(
        self, resource: Resource, change: Change, live: LiveObject | None, *, now: Callable[[], float] | None = None, read_at: float | None = None
    ) -> None:
        """C(now): the client's clock. Without it no reading grows old. C(read_at): when the live object was read; left out, now."""
        self.resource, self.change = resource, change
        self.live, self.body = live, change.body
        self.next: Step = "end" if change.action == "none" else "write"
        self.done = change
        self.unknown_outcome: ApiError | None = None
        self.again: ApiError | None = None
        self.failure: ApiError | None = None
        self.repeats = self.looks = 0
        self.is_stale = False
        self._is_proof = True
        self._now, self._read_at = now, read_at
        if read_at is None:
            self._was_read()
        self._rounds = 1
        self._sent: Action = "none"
        self._outcome_was_unknown = self._was_accepted = self._awaits_batch = False
        # What the last write found, and whether the server said that it was made.
        self._written_on, self._is_acknowledged = live, False
        if change.action == "update" and len(change.body) > 1:
            self.body = self._name_first(change.body)
            if self.body is not change.body:
                # The round in which the name goes alone is not one in which someone else changed anything.
                self._rounds = 0

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
        return VERIFY_DELAYS_SECONDS[self.looks]

    @property
    def is_last_look(self) -> bool:
        """Whether the next look ends the patience: what it shows is what is told."""
        return self.looks == len(VERIFY_DELAYS_SECONDS) - 1

    @property
    def write_by(self) -> float | None:
        """Until when the next write may be sent, by the client's clock; None where no reading grows old."""
        return None if self._read_at is None else self._read_at + OLDEST_READING_SECONDS

    def write(self, send: Callable[[Operation], LiveObject | None]) -> None:
        """Send the write once. C(send) answers with the object as the server then describes it."""
        self.again, self.looks, self._sent = None, 0, self.verb
        self._written_on, self._is_acknowledged = self.live, False
        try:
            answer = send(self)
        except StaleReadingError:
            self.is_stale, self.next = True, "look"
            return
        except ApiError as caught:
            error = caught
        else:
            self._accepted(answer)
            return
        if error.may_be_gone and self.change.action == "delete":
            # Gone already is no change if someone else was faster, and ours if a try before this one may have done it.
            # It was there a moment ago, so a look decides.
            self.done = self.change if self._outcome_was_unknown else NO_CHANGE
            self.next = "look"
            return
        self._outcome_was_unknown |= error.outcome_unknown
        if not self._outcome_was_unknown:
            self.fail(error)
            return
        self.unknown_outcome, self.next = error, "look"

    def see(self, found: LiveObject | None, *, is_proof: bool = True) -> None:
        """Judge what a look found.

        Args:
            found: the live object, or None if there is none.
            is_proof: whether an acknowledged write that does not show in a last look was not made. In a long list it may only not show yet.
        """
        self._was_read()
        self._is_proof = is_proof
        error, self.unknown_outcome = self.unknown_outcome, None
        if self.is_stale:
            self._see_before_write(found)
        elif self._awaits_batch:
            self.record_live_state_after_batch(found, error, None)
        elif error is None:
            self._see_after_write(found)
        elif self._is_as_asked(found):
            self._end(found)
        elif self._is_what_was_sent(found):
            self._accepted(found, is_seen=True)
        elif self._is_other(found):
            self.fail(self._conflict(found, error))
        elif self._is_create_not_visible_yet(error):
            self.unknown_outcome, self.looks = error, self.looks + 1
        elif self.repeats >= error.max_retries:
            self.fail(error)
        else:
            self.repeats += 1
            self.again, self.next = error, "write"

    def _see_before_write(self, found: LiveObject | None) -> None:
        """The last reading was too old to write on: has someone else changed what is to be written?"""
        self.is_stale = False
        if self._is_as_asked(found):
            if not self._was_accepted and not self._outcome_was_unknown:
                self.done = NO_CHANGE if found is None else self.resource.to_present(self.change.wanted, found)
            self._end(found)
        elif self._was_edited(found):
            self.fail(self._conflict(found, None))
        elif self.verb == "update":
            self._write_rest(found or {}, self._unmet(found or {}))
        else:
            self.live, self.next = found, "write"

    def _was_edited(self, found: LiveObject | None) -> bool:
        """Whether a field that is to be written is neither as it was nor as it is wanted. Of a removal that is the name."""
        if found is None or self.live is None:
            return found is not self.live
        before, now = self.resource.settings(self.live), self.resource.settings(found)
        wanted = {self.resource.title: before[self.resource.title]} if self.change.action == "delete" else self.change.wanted
        # By meaning, as everywhere: a server that answers in other types or joins networks is not someone else.
        return not set(self.resource.differing(wanted, now)).isdisjoint(self.resource.differing(now, before))

    def _is_sent_field_edited(self, found: LiveObject) -> bool:
        """Whether a field that was to be written is neither as it was nor as it is wanted."""
        before, now = self.resource.settings(self.live), self.resource.settings(found)
        return not set(self.resource.differing(self.body, now)).isdisjoint(self.resource.differing(now, before))

    def _see_after_write(self, found: LiveObject | None) -> None:
        """The server took the write, or says of a removal that there is nothing to remove."""
        self.looks += 1
        self.live = found or self.live
        if self.change.action != "delete":
            self._check_applied(found is not None)
        elif found is None:
            self._end(None)
        elif self.looks < len(VERIFY_DELAYS_SECONDS):
            self.next = "look"
        else:
            self._end_unapplied()

    def record_live_state_after_batch(self, found: LiveObject | None, error: ApiError | None, answer: LiveObject | None) -> None:
        """Judge what a look found after the change was sent among others.

        C(error): why the whole batch was refused or lost, if it was. C(answer): the object in the batch's answer, if it is there.
        What is not as asked is sent again by itself. After a batch that was refused or lost, an edit that someone else made meanwhile is a conflict,
        and is not overwritten.
        """
        self._was_read()
        self._awaits_batch = False
        is_create = self.change.action == "create"
        found = answer if found is None and is_create else found
        if self._is_as_asked(found):
            self._end(found)
        elif is_create and found is not None and error is None:
            self._see_created(found, answer)
        elif error is not None and error.outcome_unknown and self._is_other(found):
            self.fail(self._conflict(found, error))
        elif error is not None and found is not None and self.change.action == "update" and self._is_sent_field_edited(found):
            self.fail(self._conflict(found, None))
        elif is_create and found is None and (error is None or error.outcome_unknown) and self.looks + 1 < len(VERIFY_DELAYS_SECONDS):
            # A list may lag behind, and to send the creation again too early makes a second domain.
            self.unknown_outcome, self.looks, self.next, self._awaits_batch = error, self.looks + 1, "look", True
        else:
            self.next = "write"
            # The batch may have done what a read does not show yet: the refusal of a second try then proves nothing.
            self._outcome_was_unknown = self.change.action != "update" and (error is None or error.outcome_unknown)
            if found is not None and self.change.action == "update":
                self._write_rest(found, self._unmet(found))

    def _see_created(self, found: LiveObject, answer: LiveObject | None) -> None:
        """It is there and not as asked: because the server did not keep all of it, or because someone else changed it since."""
        if answer is None or not self._is_as_asked(answer):
            self._accepted(found)
            return
        self._write_rest(found, self._unmet(found))

    def record_batch_response_only(self, refusal: ApiError | None, answer: LiveObject | None, error: ApiError) -> None:
        """The look after the batch failed with C(error): only what the batch's own answer confirms is known."""
        found = None if self.change.action == "delete" else {**(self.live or {}), **(answer or {})}
        if refusal is None and answer is not None and self._is_as_asked(found):
            self._end(found)
            return
        self.unknown_outcome = refusal
        self.record_failed_read(error)

    def record_failed_read(self, error: ApiError) -> None:
        """The look failed."""
        if self.is_stale and not self._outcome_was_unknown:
            why = f"the settings had been read more than {OLDEST_READING_SECONDS:g} s before, and were to be read again first."
            self.fail(error.with_hint(f"The change was not sent: {why}"))
            return
        if self.unknown_outcome is not None:
            unknown = self.unknown_outcome.with_hint(f"Whether the change was made is not known, because it could not be looked at afterwards. {error}")
            self.fail(ChangeError(unknown, self._may_have_changed()))
            return
        if self.is_stale or self.change.action == "delete":
            self.fail(ChangeError(error.with_hint("The change was sent; whether it was made is not known."), self._may_have_changed()))
            return
        accepted = error.with_hint("The change was sent and accepted; whether the server kept all of it is not known.")
        self.fail(ChangeError(accepted, self._result(self.live) | {"changed": True}))

    def _may_have_changed(self) -> dict[str, Any]:
        """What may have changed is reported as changed: a handler that runs for nothing does less harm than one left out."""
        return {"action": self.change.action, "changed": True, "changes": self.change.changes, "diff": self.change.diff(self.title)}

    def give_up(self) -> None:
        """No further look is possible, and the looks that there were do not suffice to say that a write was not made."""
        if self._awaits_batch:
            error = self.unknown_outcome or ApiError(
                "response", f"{self.title}: the batch was accepted, and the domain does not show in the list.", "Run again."
            )
            self.fail(ChangeError(error.with_hint("Whether it was onboarded is not known: the list may lag behind."), self._may_have_changed()))
            return
        if self.unknown_outcome is not None:
            unknown = self.unknown_outcome.with_hint(
                "It was not found afterwards. Whether it was onboarded is not known, because a list may lag behind: run again, and the task looks for it first."
            )
            self.fail(ChangeError(unknown, self._may_have_changed()))
            return
        failure = self._overwritten() or self._not_applied()
        if self._is_acknowledged and failure.kind == "not_applied":
            unseen = failure.with_hint("Whether it was made is not known: reads may lag behind, and there was no time to look again.")
            failure = ChangeError(unseen, self._may_have_changed())
        self.fail(failure)

    def fail(self, error: ApiError) -> None:
        if self._was_accepted and not isinstance(error, ChangeError):
            # An earlier write of this change was made.
            error = ChangeError(error, self._result(self.live))
        self.failure, self.next = error, "end"

    def reset_to_pending(self) -> None:
        """Forget a write that was certainly not carried out."""
        self.failure, self.next = None, "write"

    def _accepted(self, answer: LiveObject | None, *, is_seen: bool = False) -> None:
        """The server took the write. C(is_seen): a look says so, and not only the answer to the write."""
        self._outcome_was_unknown, self._was_accepted = False, True
        if self.change.action == "delete":
            # An acknowledgement is no proof.
            self._is_acknowledged, self.next = True, "look"
            return
        # Every field of an answer is optional: what it leaves out is as it was.
        self.live = {**(self.live or {}), **(answer or {})}
        self._is_acknowledged = not self.resource.differing_fields(self.body, self.live)
        self._was_read()
        self._check_applied(is_seen)

    def _check_applied(self, is_seen: bool) -> None:
        """The server took the write: is it as asked? Of some fields its own answer to a change is not believed."""
        must_look = self._sent == "update" and not is_seen and self.resource.must_be_verified(self.body)
        if not must_look and not self.resource.differing_fields(self.body, self.live or {}):
            self._reapply_overwritten_fields()
        elif self.looks < len(VERIFY_DELAYS_SECONDS):
            self.next = "look"
        else:
            self._end_unapplied()

    def _end_unapplied(self) -> None:
        """The server took the write, and no look shows it."""
        if not self._is_proof:
            self.give_up()
            return
        self.fail(self._overwritten() or self._not_applied())

    def _reapply_overwritten_fields(self) -> None:
        """What was sent is as asked. What was declared besides, someone else may have changed meanwhile: the wish wins."""
        rest = self._unmet(self.live or {})
        if not rest:
            self._end(self.live)
        elif self._rounds == MAX_REAPPLY_ROUNDS:
            self.fail(self._concurrent_edit_error())
        else:
            self._rounds += 1
            self._write_rest(self.live or {}, rest)

    def _write_rest(self, live: LiveObject, rest: Settings) -> None:
        """Send what is not as declared in a live object that was read since the plan was made."""
        self.live, self.body, self.next = live, self._name_first(rest), "write"
        # The plan found an empty list there, and someone else filled it meanwhile: to empty it was not asked for.
        unsafe = self.resource.unsafe(self.title, rest, self.resource.settings(live), self.change.cleared)
        if unsafe is not None:
            self.fail(ChangeError(unsafe, self._result(live)))

    def _name_first(self, body: Settings) -> Settings:
        """A new name goes alone: where the server keeps the old one, the settings would go to another object than was meant."""
        title = self.resource.title
        return {title: body[title]} if title in body and len(body) > 1 else body

    def _was_read(self) -> None:
        self._read_at = self._now() if self._now is not None else None

    def _end(self, live: LiveObject | None) -> None:
        self.live, self.next = live, "end"
        if self.done.action == "update":
            self.done = self._change_so_far(live)

    def _unmet(self, live: LiveObject) -> dict[str, Any]:
        return {name: self.change.wanted[name] for name in self.resource.differing_fields(self.change.wanted, live)}

    def _is_as_asked(self, found: LiveObject | None) -> bool:
        if self.change.action == "delete":
            return found is None
        # All that was declared, not only what was sent: what someone else did meanwhile must show.
        return found is not None and not self._unmet(found)

    def _is_other(self, found: LiveObject | None) -> bool:
        """Whether what was found is not what was last seen."""
        return self._are_other(self.resource.settings(found), self.resource.settings(self.live))

    def _is_what_was_sent(self, found: LiveObject | None) -> bool:
        """Whether exactly the last write was made, where there is more to send after it."""
        if found is None or self._sent != "update" or self.live is None:
            return False
        return not self._are_other(self.resource.settings(found), {**self.resource.settings(self.live), **self.body})

    def _are_other(self, now: Settings, before: Settings) -> bool:
        return now.keys() != before.keys() or bool(self.resource.differing(now, before))

    def _is_create_not_visible_yet(self, error: ApiError) -> bool:
        """Whether what may have been created is not to be seen yet: reads lag behind, and a second creation may make a second object."""
        may_exist = error.outcome_unknown or error.kind == "conflict"
        return self.change.action == "create" and may_exist and self.looks + 1 < len(VERIFY_DELAYS_SECONDS)

    def _change_so_far(self, live: LiveObject | None) -> Change:
        return self.change._replace(after=self.resource.settings_after(self.change, live))

    def _result(self, live: LiveObject | None) -> dict[str, Any]:
        """The report of a write that did not end as asked: from what is live, not from what was meant."""
        return self.resource.report(self._change_so_far(live), live, self.title)

    def _conflict(self, found: LiveObject | None, error: ApiError | None) -> ChangeError:
        """Someone else's edit: found after a write without a clear answer (C(error)), or before a write."""
        before, now = self.resource.settings(self.live), self.resource.settings(found)
        differing = "; ".join(f"{name} was {before.get(name)!r} and is {now[name]!r}" for name in self.resource.differing(now, before))
        if error is not None:
            said = f"the write ended without a clear answer ({error.message.rstrip('.')}), and what is live now is neither as before nor as asked: "
        else:
            said = f"{self.title} was changed by someone else after it was read, and before the write could be sent: "
        conflict = ApiError(
            "conflict",
            said + (differing or "it no longer exists") + ".",
            "Someone else changed it meanwhile. Nothing of theirs was overwritten: see failure.states, and run again.",
            request=error.request if error is not None else None,
            status=error.status if error is not None else None,
            errors=error.errors if error is not None else (),
            ray_id=error.ray_id if error is not None else None,
        )
        may_have_changed = error is not None or self._was_accepted or self._outcome_was_unknown
        return ChangeError(conflict, self._result(found) if may_have_changed else {}, {"before": before, "asked": self.body, "found": now})

    def _concurrent_edit_error(self) -> ChangeError:
        fields = ", ".join(self.resource.differing_fields(self.change.wanted, self.live or {}))
        conflict = ApiError(
            "conflict",
            f"{self.title}: {fields} was written {MAX_REAPPLY_ROUNDS} times, and each time someone else had changed what was declared meanwhile.",
            "Find out who else manages this domain.",
        )
        return ChangeError(conflict, self._result(self.live))

    def _overwritten(self) -> ChangeError | None:
        """Someone else's edit or removal after a change that the server had acknowledged; None if what is live is as before the change."""
        if self._sent != "update" or not self._is_acknowledged:
            return None
        live = self.live or {}
        now, fields = self.resource.settings(live), self.resource.differing_fields(self.body, live)
        others = [name for name in fields if name in self.resource.differing(now, self.resource.settings(self._written_on))]
        # What was written last may have been written on someone else's edit already.
        others = others or [name for name in fields if name in self.resource.differing(now, self.change.before)]
        if fields and not others:
            return None
        if others:
            said = f"{self.title}: Cloudflare accepted the change, and what is live now is neither as before nor as asked: "
            said += ", ".join(f"{name} (asked {self.body[name]!r}, live {now[name]!r})" for name in others)
        else:
            said = f"{self.title}: Cloudflare accepted the change, and then no longer found the domain"
        advice = "Someone else changed or removed it meanwhile: find out who else manages this domain, and run again."
        states = {"before": self.resource.settings(self._written_on), "asked": self.body, "found": now if fields else {}}
        return ChangeError(ApiError("conflict", f"{said}.", advice), self._result(live), states)

    def _not_applied(self) -> ChangeError:
        live = self.live or {}
        now, fields = self.resource.settings(live), self.resource.differing_fields(self.body, live)
        if self.change.action == "delete":
            said, advice = self._not_removed()
        else:
            said = f"{self.title}: Cloudflare accepted the change and yet did not take " + ", ".join(
                f"{name} (asked {self.body[name]!r}, live {now[name]!r})" for name in fields
            )
            said += "."
            advice = "See in Cloudflare's dashboard whether this domain can have these settings, and take them out of the task if not."
            if self.change.action == "update" and self.resource.title in fields:
                unsent = " None of the settings was sent." if len(self.change.body) > 1 else ""
                advice = f"The server keeps the old name: {self.resource.title} cannot be changed after creation. Correct it in the task.{unsent}"
        return ChangeError(ApiError("not_applied", said, advice), self._result(live))

    def _not_removed(self) -> tuple[str, str]:
        answer = "accepted the removal" if self.done.action == "delete" else "answered the removal with 404"
        advice = "Its mail is still scanned. Reads may lag behind: run again, or remove it in Cloudflare's dashboard."
        return f"{self.title}: Cloudflare {answer}, but it is still there.", advice
