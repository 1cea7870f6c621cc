# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declared lists of an account, and what purge may remove from them: validated options. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..api.errors import InvalidOptionError
from ..api.texts import printable
from ..resources.collection import ResourceCollection
from ..resources.field_types import DomainName
from .account_keep import KeepPatterns, keep_patterns
from .desired import DesiredObject, desired_from_options
from .entry_plan import merge_entries
from .purge_options import ALL_LISTS, DEFAULT_MAX_REMOVALS

# The function that imports the class of each resource, by the name of its list in the API.
Resources = Mapping[str, Callable[[], type[ResourceCollection]]]

# The name of an entry in a message is at most this long: a longer text is probably not meant as one.
_MAX_LABEL_LENGTH = 253


class ListDeclaration(NamedTuple):
    """The desired state of one list.

    Attributes:
        name: the name of the list in the API and among the options.
        collection: the class of its endpoints.
        desired_objects: the declared entries, without repetitions.
        is_empty: whether no entry is declared, which is refused with purge.
        is_purged: whether undeclared entries are removed.
        keep: the undeclared entries that purge does not remove.
        expired: the labels of the entries whose last day is over.
        repeated: the labels of the entries that are declared more than once, with the same settings.
    """

    name: str
    collection: type[ResourceCollection]
    desired_objects: list[DesiredObject]
    is_empty: bool
    is_purged: bool
    keep: KeepPatterns
    expired: tuple[str, ...]
    repeated: tuple[str, ...]


class MaxRemovals(NamedTuple):
    """How many entries purge may remove from a list: a number, or a percentage of the live entries that it may remove."""

    number: int
    is_percentage: bool = False

    def __str__(self) -> str:
        return f"{self.number}%" if self.is_percentage else str(self.number)


def lists_from_options(resources: Resources, options: Mapping[str, Any], problems: list[str]) -> list[ListDeclaration]:
    """Validate the options that are about lists.

    Args:
        resources: the lists that can be declared.
        options: the options of the module, with None for those that are left out. A list that is left out is not read.
        problems: gets a sentence for each mistake.

    Returns:
        The declared lists, in the order of `resources`.
    """
    given = [name for name in resources if options.get(name) is not None]
    purged = _purged_lists(options.get("purge") or (), given, list(resources), problems)
    keep = keep_patterns(options.get("keep") or {}, list(resources), problems)
    parse_own_domains(options.get("own_domains") or (), problems)
    return [_list_declaration(resources[name](), options[name], name in purged, keep.get(name, KeepPatterns()), problems) for name in given]


def max_removals_from_options(options: Mapping[str, Any], problems: list[str]) -> MaxRemovals:
    """Parse the option `max_removals`."""
    value = options.get("max_removals")
    text = str(DEFAULT_MAX_REMOVALS if value is None else value).strip()
    digits = text.removesuffix("%").rstrip()
    is_percentage = text.endswith("%")
    if digits.isascii() and digits.isdigit() and len(digits) <= 9 and not (is_percentage and int(digits) > 100):
        return MaxRemovals(int(digits), is_percentage)
    # Imported only after a mistake: a packed module compiles each file that it imports.
    from ..api.mistakes import quote_value

    problems.append(f"max_removals is {quote_value(value)}; it must be a number of entries, such as 25, or a whole percentage from 0% to 100%, such as 10%.")
    return MaxRemovals(0)


def _list_declaration(
    collection: type[ResourceCollection], entries: Sequence[Mapping[str, Any]], is_purged: bool, keep: KeepPatterns, problems: list[str]
) -> ListDeclaration:
    resource = collection.resource
    name = resource.name
    desired_objects: list[DesiredObject] = []
    numbers: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        try:
            desired = desired_from_options(resource, entry)
        except InvalidOptionError as error:
            label = str(next((entry[option] for option in (*resource.key_fields[:1], resource.id_option) if entry.get(option)), ""))
            problems.append(f"{name}[{number}]{f' ({printable(label)})' if 0 < len(label) <= _MAX_LABEL_LENGTH else ''}: {error}")
            continue
        desired_objects.append(desired)
        numbers.setdefault(desired.label, []).append(number)
    merged, repeated, contradicting = merge_entries(desired_objects)
    problems += [_contradiction(name, label, numbers[label]) for label in contradicting]
    expired = dict.fromkeys(desired.label for desired in merged if desired.is_expired)
    return ListDeclaration(name, collection, merged, not entries, is_purged, keep, tuple(expired), tuple(repeated))


def _contradiction(name: str, label: str, numbers: Sequence[int]) -> str:
    others = ", ".join(f"{name}[{number}]" for number in numbers[:-1])
    return f"{name}[{numbers[-1]}] ({label}): it contradicts {others}, which declare{'s' if len(numbers) == 2 else ''} the same entry: leave out all but one."


def _purged_lists(purge: Collection[str], given: Sequence[str], names: Sequence[str], problems: list[str]) -> set[str]:
    missing = [name for name in names if name in purge and name not in given]
    problems += [f"purge contains {name}, and the list is not given: declare its entries, or leave it out of purge." for name in missing]
    return set(given) if ALL_LISTS in purge else set(given) & set(purge)


def parse_own_domains(names: Sequence[str], problems: list[str]) -> frozenset[str]:
    """Validate the option `own_domains`. Returns the names in their normal form."""
    found = set()
    for number, name in enumerate(names):
        try:
            found.add(DomainName().parse(name))
        except ValueError as error:
            problems.append(f"own_domains[{number}] {error}.")
    return frozenset(found)
