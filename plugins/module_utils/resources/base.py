# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource as a table of fields: its options, its key, and the comparison of settings. Pure.

Settings map field names to normal forms. Desired settings hold only the fields that are declared; live settings hold all fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ..api.errors import InvalidOptionError
from ..api.texts import printable, quoted
from .field_types import UUID, FieldType, Normal, reject_mask

Settings = dict[str, Normal]
LiveObject = Mapping[str, Any]
Key = tuple[Normal, ...]

# The fields that hold comments: content policies call them notes.
COMMENT_FIELDS = ("comments", "notes")
# `purge_ip_restrictions: false` adds the declared values of `ip_restrictions` to the live ones.
_PURGE_PREFIX = "purge_"
_INTEGER_ID = re.compile(r"[0-9]{1,19}")


class Field(NamedTuple):
    """One writable field of a resource.

    Attributes:
        name: its name in the API and among the options.
        type: how its values are parsed, normalized and compared.
        is_clearable: whether the API accepts null.
        is_required: whether the API requires it to create an object.
        is_verified: whether a change is read back even if the response confirms it, because a wrong value loses mail.
        if_emptied: for a list, the consequence of emptying it by accident. Such a list is emptied only by the option `clear`: an undefined
            variable in a template gives an empty list, too.
        default: the value that an object must have if the option is left out, or a function that tells it from the other settings. None: the field
            is then not managed.
        create_default: the value that a new object gets if the option is left out, or such a function. The field of an existing object is then
            not managed.
        if_set: for a flag that is switched on, or a set that gains a value: whether the object is then less protected (weaker) or more protected
            (stronger). The opposite change has the opposite direction. Empty: neither.
    """

    name: str
    type: FieldType
    is_clearable: bool = False
    is_required: bool = False
    is_verified: bool = False
    if_emptied: str = ""
    default: Normal | Callable[[Settings], Normal] = None
    create_default: Normal | Callable[[Settings], Normal] = None
    if_set: Literal["weaker", "stronger", ""] = ""


def no_problems(settings: Settings) -> list[str]:
    """Every combination of settings is possible."""
    return []


def not_read_only(live: LiveObject) -> str | None:
    """The API changes and removes every object."""
    return None


class Resource(NamedTuple):
    """A kind of object in the account: the table of its writable fields, and the words for it.

    Attributes:
        name: the name of its list in the API and among the options, such as `domains`.
        singular: what one object is called in messages.
        plural: what several objects are called in messages.
        result_key: the key under which a module returns one object.
        key_fields: the fields that tell one object from another.
        fields: all writable fields.
        id_option: the option that selects an object by its id.
        is_key_fixed: whether the server keeps the key of an existing object whatever is sent.
        create_verb: the verb for creating an object.
        created: its past participle.
        create_option: the option that permits creation; empty if creation is always permitted.
        if_not_removed: the consequence if a removal does not take effect.
        is_list: whether the objects are the entries of a list: several live ones may have the same key, an entry that is to be absent may be
            declared with settings, which are ignored, and an entry may have a last day (`expires`). A given set always replaces the live one.
        if_created: for an entry of a list: whether the account is less protected (weaker) or more protected (stronger) with it.
        variant_fields: fields that tell live entries with the same key apart, ignoring case.
        problems: describes what is wrong with a combination of settings of an object that shall exist.
        read_only_reason: why the API does not change or remove a live object; None if it does.
    """

    name: str
    singular: str
    plural: str
    result_key: str
    key_fields: tuple[str, ...]
    fields: tuple[Field, ...]
    id_option: str = "id"
    is_key_fixed: bool = False
    create_verb: str = "create"
    created: str = "created"
    create_option: str = ""
    if_not_removed: str = ""
    is_list: bool = False
    if_created: Literal["weaker", "stronger", ""] = ""
    variant_fields: tuple[str, ...] = ()
    problems: Callable[[Settings], list[str]] = no_problems
    read_only_reason: Callable[[LiveObject], str | None] = not_read_only

    def option_spec(self) -> dict[str, dict[str, Any]]:
        """The argument spec of the fields; except for lists also of `clear`, and of the options that say whether a set replaces the live one."""
        spec = {field.name: field.type.option_spec() for field in self.fields}
        if self.is_list:
            return spec
        clearable = [field.name for field in self.fields if field.is_clearable or field.if_emptied]
        return {**spec, "clear": {"type": "list", "elements": "str", "choices": clearable}, **{name: {"type": "bool"} for name in self.purge_options()}}

    def purge_options(self) -> dict[str, str]:
        """The options that say whether a list replaces the live one, with the field of each. Left out, it does."""
        return {_PURGE_PREFIX + field.name: field.name for field in self.fields if field.type.is_set and not self.is_list}

    def fields_with_purge(self, options: Mapping[str, Any], value: bool) -> frozenset[str]:
        """The lists for which the option `purge_*` is given with this value."""
        return frozenset(field for option, field in self.purge_options().items() if options.get(option) is value)

    def settings_in(self, options: Mapping[str, Any]) -> list[str]:
        """Name the settings that are given among the options, including `clear` and `purge_*`, and excluding the key."""
        names = [field.name for field in self.fields if field.name not in self.key_fields]
        given = [name for name in names if options.get(name) is not None]
        return given + ["clear"] * bool(options.get("clear")) + [option for option in self.purge_options() if options.get(option) is False]

    def parse(self, options: Mapping[str, Any]) -> Settings:
        """Bring the given options into their normal forms.

        Raises:
            InvalidOptionError: names everything that is wrong.
        """
        desired: Settings = {}
        problems = []
        for field in self.fields:
            value = options.get(field.name)
            if value is None:
                continue
            try:
                reject_mask(value)
                desired[field.name] = field.type.parse_among(value, options)
            except ValueError as error:
                problems.append(f"{field.name} {error}.")
        for name in sorted(self.cleared_fields(options)):
            if name in desired:
                problems.append(f"clear contains {name}, which is also given a value: leave out one of the two.")
            if name in self.fields_with_purge(options, value=False):
                problems.append(f"clear contains {name}, and {_PURGE_PREFIX}{name} is false: leave out one of the two.")
            desired[name] = [] if self._field(name).if_emptied else None
        if problems:
            raise InvalidOptionError(" ".join(problems))
        return desired

    def cleared_fields(self, options: Mapping[str, Any]) -> frozenset[str]:
        """The fields that the option `clear` names."""
        return frozenset(options.get("clear") or ())

    def parse_id(self, option: str) -> str:
        """Bring an id into the form that is used in paths.

        Raises:
            InvalidOptionError: it is neither a UUID nor, as in 2025, a number.
        """
        text = option.strip().lower()
        try:
            reject_mask(option)
        except ValueError as error:
            raise InvalidOptionError(f"{self.id_option} {error}.") from None
        if not is_id(text):
            raise InvalidOptionError(
                f"{self.id_option} is {quoted(option)}; it must be a UUID such as 1a2b3c4d-0000-4000-8000-5e6f70819203, or digits as in 2025."
            )
        return text

    def with_defaults(self, desired: Settings, *, is_key_only: bool = False) -> Settings:
        """Add the compared defaults of fields that are not given.

        Args:
            desired: the given settings.
            is_key_only: whether to add only those of the key. They are added if a part of the key is given.
        """
        has_key = any(name in desired for name in self.key_fields)
        settings = dict(desired)
        for field in self.fields:
            if field.name not in desired and field.default is not None and (has_key if field.name in self.key_fields else not is_key_only):
                settings[field.name] = field.default(settings) if callable(field.default) else field.default
        return settings

    def key_of(self, settings: Mapping[str, Normal]) -> Key | None:
        """The key in settings, or None if a part of it is missing."""
        key = tuple(settings.get(name) for name in self.key_fields)
        return None if None in key or "" in key else key

    def live_key(self, live: LiveObject) -> Key | None:
        """The key of a live object, or None if it has none."""
        return self.key_of({name: self._field(name).type.normalize_among(live.get(name), live) for name in self.key_fields})

    def display_name(self, key: Sequence[Any]) -> str:
        """Write a key for people: the first part, then the others in parentheses; of flags the name, if they are set."""
        first, *others = key
        if not others and not self.is_list:
            return str(first)
        if self.is_list:
            # Patterns and names of people may be any text.
            first = printable(str(first))
        notes = [name if value is True else str(value) for name, value in zip(self.key_fields[1:], others, strict=True) if value not in (None, False)]
        return f"{first} ({', '.join(notes)})" if notes else str(first)

    def live_name(self, live: LiveObject) -> str | None:
        """The name of a live object in its normal form, or None if it has none."""
        key = self.live_key(live)
        return None if key is None else self.display_name(key)

    def label(self, live: LiveObject) -> str:
        """The name of a live object as the server writes it, or else its id. Not redacted."""
        key = [live.get(name) for name in self.key_fields]
        return self.display_name(key) if key[0] else str(live.get("id"))

    def spellings(self, key: Key) -> list[str]:
        """All names under which users and servers may write a key."""
        return [self.display_name((spelling, *key[1:])) for spelling in self._field(self.key_fields[0]).type.spellings(key[0])]

    def normalize_name(self, text: str) -> str | None:
        """Bring a text that may be the first part of a key into its normal form. Never fails."""
        normal = self._field(self.key_fields[0]).type.normalize(text)
        return None if normal is None else str(normal)

    def normalize(self, live: LiveObject | None) -> Settings:
        """The settings of a live object; empty if there is none."""
        return {} if live is None else {field.name: field.type.normalize_among(live.get(field.name), live) for field in self.fields}

    def differing_fields(self, desired: Settings, live: LiveObject) -> list[str]:
        """Name the fields in which a live object differs from the desired settings."""
        return self.differing_settings(desired, self.normalize(live))

    def differing_settings(self, some: Settings, others: Settings) -> list[str]:
        """Name the fields of `some` whose values mean something else in `others`, or are missing there."""
        given = [field for field in self.fields if field.name in some]
        return [field.name for field in given if field.name not in others or not field.type.is_equal(some[field.name], others[field.name])]

    def with_added(self, settings: Settings, added: Iterable[str], live: Settings) -> Settings:
        """Settings in which the values of some lists are added to the live ones."""
        return settings | {name: self._field(name).type.with_added(live.get(name) or [], settings[name]) for name in added}

    def comparable(self, name: str, value: Normal) -> Normal:
        """A form of a field's value that is equal for all values that mean the same."""
        return self._field(name).type.comparable(value)

    def needs_verification(self, body: Settings) -> bool:
        """Whether a change of these fields must be read back after the server has confirmed it."""
        return any(field.is_verified and field.name in body for field in self.fields)

    def missing_fields(self, desired: Settings) -> list[str]:
        """Name the fields that must also be given to create an object."""
        return [field.name for field in self.fields if field.is_required and field.name not in desired]

    def create_body(self, desired: Settings) -> Settings:
        """The settings of a new object in the order of the table: what is desired and what is created by default, without nulls."""
        settings = {name: value for name, value in desired.items() if value is not None}
        for field in self.fields:
            if field.create_default is not None and field.name not in desired:
                settings[field.name] = field.create_default(settings) if callable(field.create_default) else field.create_default
        return {field.name: settings[field.name] for field in self.fields if field.name in settings}

    def with_derived(self, body: Settings, desired: Settings, before: Settings) -> Settings:
        """Add the settings that a new key changes: of those that are not desired, the ones that had the value which follows from the old key."""
        if not any(name in body for name in self.key_fields):
            return body
        derived = {field.name: field.create_default for field in self.fields if callable(field.create_default) and field.name not in desired}
        followed = {name: value_of({**before, **body}) for name, value_of in derived.items() if value_of(before) == before.get(name)}
        return {**body, **{name: value for name, value in followed.items() if value != before.get(name)}}

    def request_body(self, settings: Settings) -> dict[str, Any]:
        """Settings as a request sends them."""
        return {name: self._field(name).type.to_api(value) for name, value in settings.items()}

    def emptied_lists(self, body: Settings, before: Settings, cleared: frozenset[str]) -> list[Field]:
        """The lists that `body` would empty although they have values, and that the option `clear` does not name."""
        return [field for field in self.fields if field.if_emptied and body.get(field.name) == [] and before.get(field.name) and field.name not in cleared]

    def _field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def is_id(text: str) -> bool:
    """Whether a text is an id that can be a part of a path: a UUID or, as in 2025, a number."""
    return bool(UUID.fullmatch(text) or _INTEGER_ID.fullmatch(text))
