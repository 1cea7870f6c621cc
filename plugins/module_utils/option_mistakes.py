# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explains why Ansible rejects options: all mistakes at once, each with its entry and with what was probably meant. Pure.

Ansible stops at the first mistake, and does not say which entry of a list it is in. Imported only after Ansible has rejected the options.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from .api.mistakes import closest, did_you_mean, quote_name, quote_value
from .resources.domain_names import public_name

# Converts a value to a type of Ansible's argument spec, or raises TypeError or ValueError.
Convert = Callable[[str, Any], Any]
Spec = Mapping[str, Mapping[str, Any]]

_TYPES = {
    "bool": "a boolean: true or false",
    "dict": "a dictionary",
    "float": "a number",
    "int": "an integer",
    "list": "a list",
}
# What identifies an entry of a list, the best first.
_IDENTIFIERS = ("domain", "pattern", "email", "name", "domain_id", "id")
_EXAMPLES = {"domain": "example.com", "pattern": "example.com", "email": "ceo@example.com"}
# The longest domain name.
_MAX_LABEL_LENGTH = 253


def find_mistakes(spec: Spec, options: Mapping[str, Any], convert: Convert, required_one_of: Collection[Collection[str]] = ()) -> Iterator[str]:
    """Yield a sentence for each mistake in the options.

    Args:
        spec: the argument spec.
        options: the options as they were given, before Ansible converts their types. Their values are quoted, so credentials must be masked.
        convert: converts values as Ansible does.
        required_one_of: groups of options of which one must be given.
    """
    yield from _mistakes_in(spec, options, convert, required_one_of, "")


def _mistakes_in(spec: Spec, options: Mapping[str, Any], convert: Convert, required_one_of: Collection[Collection[str]], place: str) -> Iterator[str]:
    """Yield the mistakes at one level. `place` begins each sentence, such as `domains[0] (example.com): `."""
    known = {name: name for name in spec} | {alias: name for name, option in spec.items() for alias in option.get("aliases", ())}
    for given in options:
        if given not in known and not str(given).startswith("_ansible_"):
            yield f"{place}{_unknown_option(given, known, sorted(spec))}"
    by_name = {known[given]: (given, value) for given, value in options.items() if given in known}
    for name, option in spec.items():
        if name not in by_name:
            if option.get("required"):
                yield f"{place}{name} is required, and is not given."
        elif by_name[name][1] is not None:
            yield from _mistakes_in_option(option, *by_name[name], convert, place)
    for group in required_one_of:
        if not any(name in by_name for name in group):
            yield f"{place}one of the following is required: {', '.join(group)}."


def _unknown_option(given: object, known: Mapping[str, str], names: list[str]) -> str:
    found = closest(given, known)
    text = f"{quote_name(given)} is not an option"
    return f"{text}. Did you mean {found}?" if found else f"{text}; the options are {', '.join(names)}."


def _mistakes_in_option(option: Mapping[str, Any], name: str, value: Any, convert: Convert, place: str) -> Iterator[str]:
    type_name = option.get("type", "str")
    converted = _converted(type_name, value, convert)
    if converted is None:
        remark = f" of dictionaries{_example(option)}" if type_name == "list" and option.get("elements") == "dict" else ""
        yield f"{place}{name} is {quote_value(value)}; it must be {_TYPES.get(type_name, type_name)}{remark}."
        return
    if type_name == "list":
        yield from _mistakes_in_list(option, name, converted, convert, place)
    elif type_name == "dict" and "options" in option:
        yield from _mistakes_in(option["options"], converted, convert, option.get("required_one_of", ()), f"{place}{name}: ")
    elif "choices" in option and converted not in option["choices"]:
        yield f"{place}{name} is {quote_value(value)}{_choices_text(value, option['choices'])}."


def _mistakes_in_list(option: Mapping[str, Any], name: str, items: list[Any], convert: Convert, place: str) -> Iterator[str]:
    if option.get("elements") == "dict":
        yield from _mistakes_in_entries(option, name, items, convert, place)
        return
    for item in items:
        if "choices" in option and item not in option["choices"]:
            yield f"{place}{name} contains {quote_value(item)}{_choices_text(item, option['choices'])}."


def _mistakes_in_entries(option: Mapping[str, Any], name: str, items: list[Any], convert: Convert, place: str) -> Iterator[str]:
    """Yield the mistakes in a list of dictionaries. Entries that are something else are usually all of one kind, so one sentence names the first."""
    others: list[int] = []
    for number, item in enumerate(items):
        entry = _converted("dict", item, convert)
        if entry is None:
            others.append(number)
        else:
            label = next((str(entry[key]) for key in _IDENTIFIERS if isinstance(entry.get(key), (str, int))), "")
            at = f"{place}{name}[{number}]{f' ({label})' if 0 < len(label) <= _MAX_LABEL_LENGTH else ''}: "
            yield from _mistakes_in(option.get("options", {}), entry, convert, option.get("required_one_of", ()), at)
    if others:
        more = f" The same applies to {len(others) - 1} other{'s' if len(others) > 2 else ''}." if len(others) > 1 else ""
        yield f"{place}{name}[{others[0]}] is {_quote_entry(items[others[0]])}, not a dictionary{_example(option, items[others[0]])}.{more}"


def _converted(type_name: str, value: Any, convert: Convert) -> Any:
    """Return the value as Ansible converts it, or None if that fails."""
    try:
        return convert(type_name, value)
    except (TypeError, ValueError):
        return None


def _choices_text(value: Any, choices: Collection[Any]) -> str:
    return f"{did_you_mean(value, map(str, choices))}; the choices are {', '.join(map(str, choices))}"


def _quote_entry(item: Any) -> str:
    """Quote an entry that is not a dictionary. A text that is not the name of a domain may be anything, for example a credential."""
    return quote_value(item) if _is_domain(item) or not isinstance(item, str) else "a text"


def _example(option: Mapping[str, Any], item: Any = None) -> str:
    """How to write an entry that is not a dictionary."""
    one_of = [" or ".join(group) for group in option.get("required_one_of", ())]
    required = [name for name, suboption in option.get("options", {}).items() if suboption.get("required")]
    if required:
        required = [*one_of, *required]
    if required:
        return f" with {', '.join(required)}"
    key = next((name for name in _IDENTIFIERS if name in option.get("options", ())), None)
    if key is None:
        return ""
    value = item if _is_domain(item) and key in ("domain", "pattern") else _EXAMPLES.get(key, "...")
    return f": write `- {key}: {value}`"


def _is_domain(item: Any) -> bool:
    try:
        return isinstance(item, str) and bool(public_name(item))
    except ValueError:
        return False
