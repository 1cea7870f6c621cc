# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource as a table of fields, and the comparison of what is wanted with what is live. Pure.

Settings are a dictionary from field to normal form. B(Desired) holds only the fields that the user gave; B(live) holds them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..api.errors import ApiError, InvalidOptionError
from .domain_names import refuse_mask
from .field_types import FieldType, Normal

Action = Literal["none", "update", "create", "delete"]
Settings = dict[str, Normal]
LiveObject = Mapping[str, Any]


class Field(NamedTuple):
    """One writable field: its name in the API and in the playbook, and its kind.

    C(clearable): null is a value that the API takes. C(creates): the API wants it when the resource is created.
    C(verified): a change of it is read again, because a wrong value loses mail; of other fields the answer to the write is believed.
    C(if_emptied): of a list, what would happen if it was emptied by accident. Only C(clear) empties such a list: an undefined
    variable in a template gives an empty list, too.
    """

    name: str
    kind: FieldType
    clearable: bool = False
    creates: bool = False
    verified: bool = False
    if_emptied: str = ""


class Change(NamedTuple):
    """What there is to do, or was done, and the settings before and after it.

    C(before) and C(after) are empty where the resource does not exist. C(body) is what to send: of an update the differing
    fields and no other, of a creation all that was given. C(wanted): all that was asked for, met already or not.
    C(cleared): the fields among them that C(clear) named.
    """

    action: Action
    before: Settings
    after: Settings
    body: Settings
    wanted: Settings
    cleared: frozenset[str] = frozenset()

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def changes(self) -> dict[str, dict[str, Normal]]:
        """Field by field what this change is about: of an update, only what was asked for."""
        differing = field_changes(self.before, self.after) if self.changed else {}
        return {name: pair for name, pair in differing.items() if self.action != "update" or name in self.body or name in self.wanted}

    def predicted(self, live: LiveObject | None) -> LiveObject | None:
        """The live object as it will be, with the server's other fields as they are."""
        return None if self.action == "delete" else {**(live or {}), **self.body} if self.body else live

    def diff(self, title: str) -> dict[str, Any]:
        """What Ansible prints with C(--diff)."""
        return {"before": self.before, "after": self.after, "before_header": title, "after_header": title}


NO_CHANGE = Change("none", {}, {}, {}, {})


class Resource(NamedTuple):
    """The table of a resource's writable fields.

    C(noun): under which key a module returns it. C(title): the field that names it to people, and is settled at creation.
    """

    noun: str
    title: str
    fields: tuple[Field, ...]

    def arguments(self) -> dict[str, dict[str, Any]]:
        """The argument spec of the fields, and of C(clear)."""
        clearable = [item.name for item in self.fields if item.clearable or item.if_emptied]
        spec = {item.name: item.kind.argument() for item in self.fields}
        return {**spec, "clear": {"type": "list", "elements": "str", "choices": clearable}}

    def given(self, options: Mapping[str, Any]) -> list[str]:
        """The settings among the options that the user gave, C(clear) included, the name not."""
        names = [item.name for item in self.fields if item.name != self.title] + ["clear"]
        return [name for name in names if options.get(name) is not None and (name != "clear" or options[name])]

    def desired(self, options: Mapping[str, Any]) -> Settings:
        """The normal forms of the fields that were given. Errors: OptionError, which names all that is wrong at once."""
        desired: Settings = {}
        wrong = []
        for item in self.fields:
            value = options.get(item.name)
            if value is None:
                continue
            try:
                refuse_mask(value)
                desired[item.name] = item.kind.parse(value)
            except ValueError as error:
                wrong.append(f"{item.name} {error}.")
        for name in sorted(self.cleared(options)):
            if name in desired:
                wrong.append(f"clear holds {name}, which is also given a value: leave out one of the two.")
            desired[name] = [] if self._field(name).if_emptied else None
        if wrong:
            raise InvalidOptionError(" ".join(wrong))
        return desired

    def cleared(self, options: Mapping[str, Any]) -> frozenset[str]:
        """The fields that the option C(clear) names."""
        return frozenset(options.get("clear") or ())

    def settings(self, live: LiveObject | None) -> Settings:
        """The normal forms of every writable field of a live object; empty where there is none."""
        return {} if live is None else {item.name: item.kind.live(live.get(item.name)) for item in self.fields}

    def differing_fields(self, desired: Settings, live: LiveObject) -> list[str]:
        """The fields in which the live object is not as desired."""
        return self.differing(desired, self.settings(live))

    def differing(self, some: Settings, others: Settings) -> list[str]:
        """The fields of C(some) that mean something else in C(others), or are not there."""
        both = [item for item in self.fields if item.name in some]
        return [item.name for item in both if item.name not in others or not item.kind.same(some[item.name], others[item.name])]

    def comparable(self, name: str, value: Normal) -> Normal:
        """A form of a field's value that is equal for all values that mean the same."""
        return self._field(name).kind.comparable(value)

    def settings_after(self, change: Change, live: LiveObject | None) -> Settings:
        """The settings of a live object after a change, in the words of the change.

        What the server writes in another way, such as joined networks, is shown as it was before, or as it was asked for: it is no
        change, and check mode cannot know it. What was asked for in other words than it was before is no change either.
        """
        now = self.settings(live)
        for known in (change.wanted, change.before):
            differing = self.differing(now, known)
            now |= {name: known[name] for name in now if name not in differing}
        return now

    def unsafe(self, title: str, body: Settings, before: Settings, cleared: frozenset[str]) -> ApiError | None:
        """Why settings must not be sent: a list that has values would be emptied, and C(clear) did not ask for it.

        C(title): what to call the object in the message. C(before): its settings as they are live.
        """
        emptied = [item for item in self.fields if item.if_emptied and body.get(item.name) == [] and before.get(item.name) and item.name not in cleared]
        if not emptied:
            return None
        counts = {item.name: f"{len(before[item.name])} live value{'s' if len(before[item.name]) != 1 else ''}" for item in emptied}
        said = " ".join(f"{item.name} is empty and would replace {counts[item.name]}: {item.if_emptied}." for item in emptied)
        names = ", ".join(item.name for item in emptied)
        return ApiError(
            "unsafe",
            f"{title}: {said} This was not sent.",
            f"An undefined variable in a template gives an empty list, too. If it is meant, leave {names} out and say so with clear: [{names}].",
        )

    def must_be_verified(self, body: Settings) -> bool:
        """Whether a change of these fields is to be read again after the server has confirmed it."""
        return any(item.verified and item.name in body for item in self.fields)

    def missing(self, desired: Settings) -> list[str]:
        """The fields that are still to be given before the resource can be created."""
        return [item.name for item in self.fields if item.creates and item.name not in desired]

    def to_present(self, desired: Settings, live: LiveObject | None, cleared: frozenset[str] = frozenset()) -> Change:
        """What makes the resource exist as desired. C(cleared): the desired fields that C(clear) named."""
        if live is None:
            # Only what was asked for: which defaults the server adds is not known before, and check mode must say what the run says.
            body = {name: value for name, value in desired.items() if value is not None}
            return Change("create", {}, body, body, body, cleared)
        before = self.settings(live)
        body = {name: desired[name] for name in self.differing(desired, before)}
        return Change("update" if body else "none", before, {**before, **body}, body, desired, cleared)

    def to_absent(self, live: LiveObject | None) -> Change:
        """What makes the resource not exist."""
        return Change("none" if live is None else "delete", self.settings(live), {}, {}, {})

    def report(self, change: Change, live: LiveObject | None, title: str) -> dict[str, Any]:
        """What a module returns of a change, with the live object afterwards and what to call it."""
        return {
            "changed": change.changed,
            "action": change.action,
            self.noun: live,
            "changes": change.changes,
            "diff": change.diff(title),
        }

    def _field(self, name: str) -> Field:
        return next(item for item in self.fields if item.name == name)


def field_changes(before: Settings, after: Settings) -> dict[str, dict[str, Normal]]:
    """Field by field what differs; a field of a resource that does not exist is null."""
    names = list(before) + [name for name in after if name not in before]
    pairs = {name: {"before": before.get(name), "after": after.get(name)} for name in names}
    return {name: pair for name, pair in pairs.items() if pair["before"] != pair["after"]}
