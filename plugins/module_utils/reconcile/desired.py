# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of one object: validated options, the lookup of the live object, and the resulting change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import Key, LiveObject, Resource, Settings
from ..resources.collection import Lookup
from .change import Change, plan_absent, plan_present

State = Literal["present", "absent"]


class DesiredObject(NamedTuple):
    """The desired state of one object.

    Attributes:
        resource: the resource of the object.
        object_id: the id, if the object is selected by its id.
        state: whether the object shall exist.
        settings: the desired settings in their normal forms, including the key if it is given.
        cleared: the settings among them that the option `clear` named.
        may_create: whether a missing object may be created.
        is_forced: whether the object may be removed although it is in use.
        additive: the lists whose values are added to the live ones (`purge_*: false`).
        replacing: the lists that are given to replace the live ones (`purge_*: true`), whatever the defaults say.
        expires: the last day on which the object is wanted, as in 2027-01-31; None if it has no end.
        is_expired: whether that day is over. The state is then absent.
    """

    resource: Resource
    object_id: str | None
    state: State
    settings: Settings
    cleared: frozenset[str] = frozenset()
    may_create: bool = True
    is_forced: bool = False
    additive: frozenset[str] = frozenset()
    replacing: frozenset[str] = frozenset()
    expires: str | None = None
    is_expired: bool = False

    @property
    def key(self) -> Key | None:
        return self.resource.key_of(self.settings)

    @property
    def name(self) -> str | None:
        key = self.key
        return None if key is None else self.resource.display_name(key)

    @property
    def label(self) -> str:
        return self.name or f"the {self.resource.singular} with the id {self.object_id}"

    def find(self, lookup: Lookup) -> LiveObject | None:
        """Find the live object. A key that no live object has is a new key for the object with the id.

        Raises:
            ApiError: the id belongs to another object than the key (conflict). Its settings would be overwritten with those of another object,
                or the wrong object removed.
        """
        key = self.key
        if self.object_id is None:
            return lookup.find(key) if key is not None else None
        live = lookup.get(self.object_id)
        if key is None or (live is not None and not self.resource.differing_fields(dict(zip(self.resource.key_fields, key, strict=True)), live)):
            return live
        if live is None and self.state == "present":
            return None
        name, with_id = self.name, f"the {self.resource.singular} with the id {self.object_id}"
        hint = f"Correct {self.resource.id_option}, or leave one of the two out."
        if live is not None and self.state == "absent":
            raise ApiError("conflict", f"Nothing was removed: {with_id} is {lookup.label(live)}, not {name}.", hint)
        named = lookup.find(key)
        if named is None:
            return live
        nothing = "Nothing was removed" if live is None else "Nothing was written"
        mismatch = "does not exist" if live is None else f"is {lookup.label(live)}, not {name}"
        other_id = lookup.label({"id": named.get("id")})
        raise ApiError("conflict", f"{nothing}: {with_id} {mismatch}, and {name} is live with the id {other_id}.", hint)

    def change(self, live: LiveObject | None) -> Change:
        """The change that brings the live object to the desired state.

        Raises:
            ApiError: the object does not exist and cannot be created (not_found).
        """
        if self.state == "absent":
            return plan_absent(self.resource, live)
        if live is None:
            self._reject_impossible_creation()
        return plan_present(self.resource, self.settings, live, self.cleared, self.additive)

    def unsafe_error(self, change: Change) -> ApiError | None:
        """Why a change must not be made: it would empty a list that has values, and the option `clear` does not name it."""
        emptied = self.resource.emptied_lists(change.body, change.before, change.cleared)
        if not emptied:
            return None
        # Imported only if needed: a packed module compiles each file that it imports.
        from .errors import emptied_lists_error

        return emptied_lists_error(self.label, emptied, change.before)

    def with_defaults(self, defaults: DesiredObject) -> DesiredObject:
        """Add the settings of the defaults that this object does not set, neither to a value nor with `clear`.

        Raises:
            InvalidOptionError: the defaults clear a list from which this object removes nothing.
        """
        cleared = self.cleared | (defaults.cleared - self.settings.keys())
        if contradicted := sorted(cleared & self.additive):
            raise InvalidOptionError(
                f"defaults: clear contains {', '.join(contradicted)}, and {', '.join(f'purge_{name}' for name in contradicted)} is false here: "
                "leave out one of the two."
            )
        return self._replace(
            settings={**defaults.settings, **self.settings},
            cleared=cleared,
            additive=self.additive | (defaults.additive - self.replacing - cleared),
        )

    def with_field_defaults(self) -> DesiredObject:
        """Add the compared defaults of the fields that are not set."""
        return self._replace(settings=self.resource.with_defaults(self.settings, is_key_only=self.state == "absent"))

    def _reject_impossible_creation(self) -> None:
        resource = self.resource
        missing = resource.missing_fields(self.settings)
        if self.object_id is not None:
            hint = (
                f"Check {resource.id_option}, account_id and base_url. To {resource.create_verb} a new {resource.singular}, "
                f"leave {resource.id_option} out: the server assigns the id."
            )
        elif not self.may_create:
            option = resource.create_option
            hint = (
                f"Check the name and account_id. It was not {resource.created}: that is disabled by the option {option}. If it is intended, set it to true "
                f"(in the playbook apply: -e email_security_{option}=true)."
            )
        elif missing:
            hint = f"To {resource.create_verb} it, {', '.join(missing)} must be given, too. If it should exist, check the name and account_id."
        else:
            return
        name = f" ({self.name})" if self.name else ""
        what = self.name if self.object_id is None else f"{resource.singular} with the id {self.object_id}{name}"
        raise ApiError("not_found", f"Email Security has no {what} in this account.", hint)


def desired_from_options(resource: Resource, options: Mapping[str, Any], defaults: DesiredObject | None = None) -> DesiredObject:
    """Validate the options of one object.

    Args:
        resource: the resource of the object.
        options: the options, with None for those that are left out.
        defaults: settings for an object that does not set them.

    Raises:
        InvalidOptionError: names the options, their values and what would be right.
    """
    state: State = options.get("state") or "present"
    expires, is_expired = _expiry(resource, options)
    if is_expired:
        state = "absent"
    if resource.is_list and state == "absent":
        # A feed carries the settings of what it withdraws: only the key matters.
        options = {name: options.get(name) for name in (*resource.key_fields, resource.id_option)}
    given = resource.settings_in(options)
    if state == "absent" and given:
        raise InvalidOptionError(
            f"state is 'absent', together with {', '.join(given)}: a {resource.singular} that is to be removed has no settings. Leave out one or the other."
        )
    object_id = options.get(resource.id_option)
    # Ansible requires one of them, and accepts one that is null.
    key_field = resource.key_fields[0]
    if object_id is None and options.get(key_field) is None:
        raise InvalidOptionError(f"Neither {key_field} nor {resource.id_option} is given, or both are null: one of them must select the {resource.singular}.")
    desired = DesiredObject(
        resource,
        object_id=None if object_id is None else resource.parse_id(object_id),
        state=state,
        settings=resource.parse(options),
        cleared=resource.cleared_fields(options),
        may_create=options.get(resource.create_option) is not False,
        is_forced=options.get("force") is True,
        additive=resource.fields_with_purge(options, value=False),
        replacing=resource.fields_with_purge(options, value=True),
        expires=expires,
        is_expired=is_expired,
    )
    # In normal forms, so that a cleared setting takes precedence over a default value, and the other way round.
    desired = (desired if defaults is None or state == "absent" else desired.with_defaults(defaults)).with_field_defaults()
    if state == "present" and (problems := resource.problems(desired.settings)):
        raise InvalidOptionError(" ".join(problems))
    return desired


def _expiry(resource: Resource, options: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The last day of an entry, and whether it is over."""
    value = options.get("expires") if resource.is_list else None
    if value is None:
        return None, False
    # Imported only for entries with an end: a packed module compiles each file that it imports.
    from .expiry import is_over, parse_day

    day = parse_day(value)
    return day, is_over(day)
