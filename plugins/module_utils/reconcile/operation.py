# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State machine of one write: pending, unknown outcome, to be verified, completed or failed. Pure.

The caller sends, reads and waits, for one operation or for thousands; what responses and live states mean is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from ..api.errors import ApiError, StaleReadingError
from ..resources.base import Key, LiveObject, Resource, Settings
from ..resources.collection import require_single_match
from . import errors
from .change import NO_CHANGE, Action, Change, DirectionOf, change_result, plan_present, settings_after, unknown_direction

# Seconds to wait before each verification. How soon a read reflects a write is not documented.
VERIFY_DELAYS_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
# How often declared fields are written again if someone else changes them at the same time.
MAX_REAPPLY_ROUNDS = 3
# Before a write that is based on an older reading, the object is read again, so that an edit in the meantime is not overwritten.
MAX_READ_AGE_SECONDS = 10.0
# Of a list: reading thousands of entries and sending them in batches takes longer, and each batch would be preceded by another reading.
MAX_LIST_READ_AGE_SECONDS = 60.0

Step = Literal["write", "verify", "end"]


class Operation:
    """One change, from the first write to its end.

    Attributes:
        step: what the caller must do next.
        live: the object as it was last seen.
        body: what is still to be sent.
        unknown_outcome: the error of a write whose outcome is unknown.
        retry_reason: the error that makes the next write a retry.
        is_stale: the next read precedes a write, because the last one is too old.
        completed: at the end, what was done.
        failure: at the end, why it failed.
    """

    def __init__(
        self,
        resource: Resource,
        change: Change,
        live: LiveObject | None,
        *,
        now: Callable[[], float] | None = None,
        read_at: float | None = None,
        direction_of: DirectionOf = unknown_direction,
        known_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Start with a planned change.

        Args:
            resource: the resource of the object.
            change: the change.
            live: the object that the change is based on, or None.
            now: the clock of the client. Without it readings do not get too old.
            read_at: when the object was read; by default now.
            direction_of: judges the changes of fields.
            known_ids: for an entry that is to be created, the ids of the live entries that have its key already, in lower case.
        """
        self.resource, self.change = resource, change
        self._known_ids = known_ids
        self._direction_of = direction_of
        self.live, self.body = live, change.body
        self.step: Step = "end" if change.action == "none" else "write"
        self.completed = change
        self.unknown_outcome: ApiError | None = None
        self.retry_reason: ApiError | None = None
        self.failure: ApiError | None = None
        self.retries = self.verifications = 0
        self.is_stale = False
        self._is_conclusive = True
        self._now, self._read_at = now, read_at
        if read_at is None:
            self._mark_as_read()
        self._rounds = 1
        self._sent: Action = "none"
        self._outcome_was_unknown = self._was_accepted = self._awaits_batch = False
        # The object that the last write was based on, and whether the response confirms the write.
        self._written_on, self._is_acknowledged = live, False
        if change.action == "update" and len(change.body) > 1:
            self.body = self._key_first(change.body)
            if self.body is not change.body:
                # The round in which the key is sent alone does not follow an edit of someone else.
                self._rounds = 0

    @property
    def method(self) -> Action:
        """What is to be sent. An object that was created and then edited by someone else is not created again."""
        return "update" if self.change.action == "create" and self.live is not None else self.change.action

    @property
    def key(self) -> Key:
        """The key under which the object is found before the change."""
        return self.resource.key_of(self.change.before) or self.resource.key_of(self.change.body) or ()

    @property
    def name(self) -> str:
        return self.resource.display_name(self.key or (None,) * len(self.resource.key_fields))

    def select_created(self, found: Sequence[LiveObject], redact: Callable[[str], str]) -> LiveObject | None:
        """The object that this operation has created, among the live ones with its key; None if it is not there.

        Raises:
            ApiError: there are several, and the resource is no list (conflict).
        """
        if not self.resource.is_list:
            return require_single_match(self.resource, found, self.name, redact)
        new = [live for live in found if str(live.get("id")).lower() not in self._known_ids]
        # Of several new ones, that of someone else may differ.
        return next((live for live in new if self._is_as_desired(live)), new[0] if new else None)

    @property
    def live_id(self) -> str:
        return str((self.live or {}).get("id"))

    @property
    def verify_delay(self) -> float:
        """Seconds to wait before the next verification."""
        return VERIFY_DELAYS_SECONDS[self.verifications]

    @property
    def is_last_verification(self) -> bool:
        """Whether the next verification is the last one, whose result is reported."""
        return self.verifications == len(VERIFY_DELAYS_SECONDS) - 1

    @property
    def write_by(self) -> float | None:
        """Until when the next write may be sent, by the clock of the client; None if readings do not get too old."""
        return None if self._read_at is None else self._read_at + self._max_read_age

    @property
    def _max_read_age(self) -> float:
        return MAX_LIST_READ_AGE_SECONDS if self.resource.is_list else MAX_READ_AGE_SECONDS

    @property
    def is_rename(self) -> bool:
        """Whether the change gives an existing object another key."""
        return self.change.action == "update" and any(name in self.change.body for name in self.resource.key_fields)

    def record_write(self, response: LiveObject | None) -> None:
        """Record that a write was accepted.

        Args:
            response: the object as the server then describes it; None for a removal.
        """
        self._begin_write()
        self._accept(response)

    def record_confirmed_write(self, response: LiveObject) -> bool:
        """Record that a batch was accepted whose answer shows the object as requested. Returns whether it does."""
        if self._unstored({**(self.live or {}), **response}):
            return False
        self.record_write(response)
        return True

    def record_confirmed_removal(self) -> None:
        """Record that a batch was accepted whose answer confirms the removal."""
        self._begin_write()
        self._was_accepted = True
        self._end(None)

    def record_write_error(self, error: ApiError) -> None:
        """Record that a write failed, or was not sent because the object was read too long ago."""
        self._begin_write()
        if isinstance(error, StaleReadingError):
            self.is_stale, self.step = True, "verify"
            return
        if error.may_be_gone and self.change.action == "delete":
            # An object that is gone already is no change if someone else was faster, and ours if an earlier attempt may have removed it.
            # It existed a moment ago, so a read decides.
            self.completed = self.change if self._outcome_was_unknown else NO_CHANGE
            self.step = "verify"
            return
        self._outcome_was_unknown |= error.outcome_unknown
        if not self._outcome_was_unknown:
            self.fail(error)
            return
        self.unknown_outcome, self.step = error, "verify"

    def record_live_state(self, found: LiveObject | None, *, is_conclusive: bool = True) -> None:
        """Evaluate the live object after a write, or before a write that had to wait.

        Args:
            found: the live object, or None if there is none.
            is_conclusive: whether a confirmed write that the last verification does not show was not made. A long list may lag behind.
        """
        self._mark_as_read()
        self._is_conclusive = is_conclusive
        error, self.unknown_outcome = self.unknown_outcome, None
        if self.is_stale:
            self._record_live_state_before_write(found)
        elif self._awaits_batch:
            self.record_live_state_after_batch(found, error, None)
        elif error is None:
            self._record_live_state_after_write(found)
        elif self._is_as_desired(found):
            self._end(found)
        elif self._is_as_sent(found):
            self._accept(found, is_seen=True)
        elif self._was_changed(found):
            self.fail(self._conflict(found, error))
        elif self._is_create_not_visible_yet(error):
            self.unknown_outcome, self.verifications = error, self.verifications + 1
        elif self.retries >= error.max_retries:
            self.fail(error)
        else:
            self.retries += 1
            self.retry_reason, self.step = error, "write"

    def _record_live_state_before_write(self, found: LiveObject | None) -> None:
        """The last reading was too old to write on: did someone else change what is to be written?"""
        self.is_stale = False
        if self._is_as_desired(found):
            if not self._was_accepted and not self._outcome_was_unknown:
                self.completed = NO_CHANGE if found is None else plan_present(self.resource, self.change.desired_from(self.resource, found), found)
            self._end(found)
        elif self._was_edited(found):
            self.fail(self._conflict(found, None))
        elif self.method == "update":
            self._write_rest(found or {}, self._unmet(found or {}))
        else:
            self.live, self.step = found, "write"

    def _was_edited(self, found: LiveObject | None) -> bool:
        """Whether a field that is to be written is neither as before nor as desired. For a removal that is the key."""
        if found is None or self.live is None:
            return found is not self.live
        if self.change.action == "delete":
            before = self.resource.normalize(self.live)
            return self._is_edited({name: before[name] for name in self.resource.key_fields}, found)
        return self._is_edited(self.change.desired, found)

    def _is_edited(self, desired: Settings, found: LiveObject) -> bool:
        """Whether one of these fields has neither its previous nor its desired value. What others have added to a list that keeps it is no edit."""
        now = self.resource.normalize(found)
        before = self.resource.with_added(self.resource.normalize(self.live), self.change.added, now)
        # By meaning: a server that returns other types, or joins networks, is not an edit.
        return not set(self.resource.differing_settings(desired, now)).isdisjoint(self.resource.differing_settings(now, before))

    def _record_live_state_after_write(self, found: LiveObject | None) -> None:
        """The server accepted the write, or answered a removal with 404."""
        self.verifications += 1
        self.live = found or self.live
        if self.change.action != "delete":
            self._check_applied(found is not None)
        elif found is None:
            self._end(None)
        elif self.verifications < len(VERIFY_DELAYS_SECONDS):
            self.step = "verify"
        else:
            self._end_unapplied()

    def record_live_state_after_batch(self, found: LiveObject | None, error: ApiError | None, response: LiveObject | None) -> None:
        """Evaluate the live object after the change was sent in a batch.

        Args:
            found: the live object, or None if there is none.
            error: why the whole batch failed, if it did.
            response: the object in the response to the batch, if it is there.

        What is not as desired is sent again as a single request. After a batch that failed, an edit that someone else made in the meantime is a
        conflict, and is not overwritten.
        """
        self._mark_as_read()
        self._awaits_batch = False
        is_create = self.change.action == "create"
        found = response if found is None and is_create else found
        if self._is_as_desired(found):
            self._end(found)
        elif is_create and found is not None and error is None:
            self._record_created(found, response)
        elif error is not None and error.outcome_unknown and self._was_changed(found):
            self.fail(self._conflict(found, error))
        elif error is not None and found is not None and self.change.action == "update" and self._is_edited(self.body, found):
            self.fail(self._conflict(found, None))
        elif is_create and found is None and (error is None or error.outcome_unknown) and self.verifications + 1 < len(VERIFY_DELAYS_SECONDS):
            # A list may lag behind, and creating the object again too early makes a second one.
            self.unknown_outcome, self.verifications, self.step, self._awaits_batch = error, self.verifications + 1, "verify", True
        else:
            self.step = "write"
            # The batch may have been executed and not be visible yet: the refusal of a second attempt then proves nothing.
            self._outcome_was_unknown = self.change.action != "update" and (error is None or error.outcome_unknown)
            if found is not None and self.change.action == "update":
                self._write_rest(found, self._unmet(found))

    def _record_created(self, found: LiveObject, response: LiveObject | None) -> None:
        """The new object is not as desired: the server did not store all of it, or someone else has changed it since."""
        if response is None or not self._is_as_desired(response):
            self._accept(found)
            return
        self._write_rest(found, self._unmet(found))

    def record_batch_response_only(self, refusal: ApiError | None, response: LiveObject | None, error: ApiError) -> None:
        """The read after a batch failed: only what the response to the batch confirms is known.

        Args:
            refusal: why the whole batch failed, if it did.
            response: the object in the response to the batch, if it is there.
            error: why the read failed.
        """
        found = None if self.change.action == "delete" else {**(self.live or {}), **(response or {})}
        if refusal is None and response is not None and self._is_as_desired(found):
            self._end(found)
            return
        self.unknown_outcome = refusal
        self.record_failed_read(error)

    def record_failed_read(self, error: ApiError) -> None:
        """The object could not be read."""
        if self.is_stale and not self._outcome_was_unknown:
            self.fail(error.with_hint(errors.STALE_READ.format(age=self._max_read_age)))
            return
        if self.unknown_outcome is not None:
            self.fail(errors.ChangeError(self.unknown_outcome.with_hint(errors.UNVERIFIED.format(message=error.message)), self._possible_result()))
            return
        if self.is_stale or self.change.action == "delete":
            self.fail(errors.ChangeError(error.with_hint(errors.UNVERIFIED_REMOVAL), self._possible_result()))
            return
        self.fail(errors.ChangeError(error.with_hint(errors.UNVERIFIED_FIELDS), self._result(self.live) | {"changed": True}))

    def give_up(self) -> None:
        """No further verification is possible, and those before do not prove that a write was not made."""
        if self._awaits_batch:
            error = self.unknown_outcome or errors.unconfirmed_batch_error(self.resource, self.name)
            self.fail(errors.ChangeError(error.with_hint(errors.invisible_batch_creation(self.resource)), self._possible_result()))
            return
        if self.unknown_outcome is not None:
            unknown = self.unknown_outcome.with_hint(errors.invisible_creation(self.resource))
            self.fail(errors.ChangeError(unknown, self._possible_result()))
            return
        failure = self._overwritten() or self._not_applied()
        if self._is_acknowledged and failure.kind == "not_applied":
            failure = errors.ChangeError(failure.with_hint(errors.OUT_OF_TIME), self._possible_result())
        self.fail(failure)

    def fail(self, error: ApiError) -> None:
        if self._was_accepted and not isinstance(error, errors.ChangeError):
            # An earlier write of this change was made.
            error = errors.ChangeError(error, self._result(self.live))
        self.failure, self.step = error, "end"

    def reset_to_pending(self) -> None:
        """Forget a write that was certainly not executed."""
        self.failure, self.step = None, "write"

    def _begin_write(self) -> None:
        self.retry_reason, self.verifications, self._sent = None, 0, self.method
        self._written_on, self._is_acknowledged = self.live, False

    def _accept(self, response: LiveObject | None, *, is_seen: bool = False) -> None:
        """The server accepted the write. `is_seen`: a read shows it, and not only the response."""
        self._outcome_was_unknown, self._was_accepted = False, True
        if self.change.action == "delete":
            # A confirmation proves nothing.
            self._is_acknowledged, self.step = True, "verify"
            return
        # Every field of a response is optional: what it leaves out is unchanged.
        self.live = {**(self.live or {}), **(response or {})}
        self._is_acknowledged = not self._unstored(self.live)
        self._mark_as_read()
        self._check_applied(is_seen)

    def _check_applied(self, is_seen: bool) -> None:
        """The server accepted the write: is the object as desired? For some fields the response to a change is not sufficient."""
        needs_read = self._sent == "update" and not is_seen and self.resource.needs_verification(self.body)
        if not needs_read and not self._unstored(self.live or {}):
            self._reapply_overwritten_fields()
        elif self.verifications < len(VERIFY_DELAYS_SECONDS):
            self.step = "verify"
        else:
            self._end_unapplied()

    def _end_unapplied(self) -> None:
        """The server accepted the write, and no read shows it."""
        if not self._is_conclusive:
            self.give_up()
            return
        self.fail(self._overwritten() or self._not_applied())

    def _reapply_overwritten_fields(self) -> None:
        """What was sent is live. Other declared fields may have been changed by someone else in the meantime: the declaration wins."""
        rest = self._unmet(self.live or {})
        if not rest:
            self._end(self.live)
        elif self._rounds == MAX_REAPPLY_ROUNDS:
            self.fail(errors.repeated_edit_conflict(self.resource, self.name, list(rest), MAX_REAPPLY_ROUNDS, self._result(self.live)))
        else:
            self._rounds += 1
            self._write_rest(self.live or {}, rest)

    def _write_rest(self, live: LiveObject, rest: Settings) -> None:
        """Send what is not as desired in an object that was read after the plan was made."""
        self.live, self.body, self.step = live, self._key_first(rest), "write"
        # The plan found an empty list, and someone else filled it in the meantime: nobody asked to empty it.
        before = self.resource.normalize(live)
        if emptied := self.resource.emptied_lists(rest, before, self.change.cleared):
            unsafe = errors.emptied_lists_error(self.name, emptied, before)
            self.fail(errors.ChangeError(unsafe, self._result(live)))

    def _key_first(self, body: Settings) -> Settings:
        """Send a new key alone if the server may keep the old one: the other settings would go to another object than the one that was meant."""
        key = {name: body[name] for name in self.resource.key_fields if name in body}
        return key if self.resource.is_key_fixed and key and len(body) > len(key) else body

    def _mark_as_read(self) -> None:
        self._read_at = self._now() if self._now is not None else None

    def _end(self, live: LiveObject | None) -> None:
        self.live, self.step = live, "end"
        if self.completed.action == "update":
            self.completed = self._change_so_far(live)

    def _unmet(self, live: LiveObject) -> Settings:
        desired = self.change.desired_from(self.resource, live)
        return {name: desired[name] for name in self.resource.differing_fields(desired, live)}

    def _unstored(self, live: LiveObject) -> list[str]:
        """The fields that are not as they were sent. Lists that values are added to may hold more."""
        added = self.change.added.keys() & self.body.keys()
        return self.resource.differing_fields(self.resource.with_added(self.body, added, self.resource.normalize(live)) if added else self.body, live)

    def _is_as_desired(self, found: LiveObject | None) -> bool:
        if self.change.action == "delete":
            return found is None
        # Everything that is declared, not only what was sent: edits of others must show.
        return found is not None and not self._unmet(found)

    def _was_changed(self, found: LiveObject | None) -> bool:
        """Whether the object is not as it was last seen."""
        return self._are_different(self.resource.normalize(found), self.resource.normalize(self.live))

    def _is_as_sent(self, found: LiveObject | None) -> bool:
        """Whether exactly the last write was made, and more has to be sent after it."""
        if found is None or self._sent != "update" or self.live is None:
            return False
        return not self._are_different(self.resource.normalize(found), {**self.resource.normalize(self.live), **self.body})

    def _are_different(self, now: Settings, before: Settings) -> bool:
        return now.keys() != before.keys() or bool(self.resource.differing_settings(now, before))

    def _is_create_not_visible_yet(self, error: ApiError) -> bool:
        """Whether an object may exist and not be visible yet: reads lag behind, and creating it again may make a second one."""
        may_exist = error.outcome_unknown or error.kind == "conflict"
        return self.change.action == "create" and may_exist and self.verifications + 1 < len(VERIFY_DELAYS_SECONDS)

    def _change_so_far(self, live: LiveObject | None) -> Change:
        return self.change._replace(after=settings_after(self.resource, self.change, live))

    def _result(self, live: LiveObject | None) -> dict[str, Any]:
        """The result of a write that did not end as desired: from what is live, not from what was planned."""
        return change_result(self.resource, self._change_so_far(live), live, self.name, self._direction_of)

    def _possible_result(self) -> dict[str, Any]:
        """Reports what may have changed as changed: a handler that runs in vain does less harm than one that does not run."""
        result = change_result(self.resource, self.change, None, self.name, self._direction_of)
        del result[self.resource.result_key]
        return {**result, "changed": True}

    def _conflict(self, found: LiveObject | None, error: ApiError | None) -> errors.ChangeError:
        """An edit of someone else: found after a write of unknown outcome (`error`), or before a write."""
        before, now = self.resource.normalize(self.live), self.resource.normalize(found)
        may_have_changed = error is not None or self._was_accepted or self._outcome_was_unknown
        result = self._result(found) if may_have_changed else {}
        return errors.edit_conflict(self.name, before, now, self.resource.differing_settings(now, before), self.body, cause=error, result=result)

    def _overwritten(self) -> errors.ChangeError | None:
        """An edit or removal by someone else after a confirmed update; None if the live state is as before the update."""
        if self._sent != "update" or not self._is_acknowledged:
            return None
        live = self.live or {}
        now, before = self.resource.normalize(live), self.resource.normalize(self._written_on)
        fields = self._unstored(live)
        # Also compared with the plan: the last write may itself have been based on an edit of someone else.
        edited = {*self.resource.differing_settings(now, before), *self.resource.differing_settings(now, self.change.before)}
        others = [name for name in fields if name in edited]
        if fields and not others:
            return None
        return errors.overwritten_error(self.resource, self.name, before, now if fields else {}, others, self.body, self._result(live))

    def _not_applied(self) -> errors.ChangeError:
        live = self.live or {}
        result = self._result(live)
        if self.change.action == "delete":
            return errors.not_removed_error(self.resource, self.name, is_accepted=self.completed.action == "delete", result=result)
        fields = self._unstored(live)
        return errors.not_stored_error(
            *(self.resource, self.name, fields, self.body, self.resource.normalize(live), result),
            is_key_kept=self.change.action == "update" and self.resource.is_key_fixed and any(name in fields for name in self.resource.key_fields),
            has_more=len(self.change.body) > 1,
        )
