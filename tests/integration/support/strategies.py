"""Hypothesis strategies for live domains, declared settings, servers and faults.

The types of fields are read from the field table, so a field of a new type fails here until its values are added.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import idna
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from hypothesis import strategies as st
from integration.support.reference_equality import normal_form
from integration.support.step import CONCURRENT_EDIT_FAULTS
from simulator.faults import FAULTS

Draw = Callable[[st.SearchStrategy[Any]], Any]
Fault = dict[str, Any]

# Few values, so that a declared value equals the live one often enough.
DOMAIN_NAMES = ["mail.example", "xn--bcher-kva.example", "xn--fa-hia.de"]
FLEET_NAMES = [*DOMAIN_NAMES, "two.example", "three.example"]
UUIDS = ["5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "9c2f1a34-5b67-4c89-8d01-23456789abcd"]
HOSTS = ["mx.example.com", "mx2.example.com", "192.0.2.25"]
# Some are adjacent, and some are inside of another.
NETWORKS = ["192.0.2.10/32", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/22", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/128"]
FIELDS = {item.name: item for item in DOMAIN.fields if item.name != "domain"}

# Values that a user may declare, by type of field, in a normal form that a playbook accepts.
DESIRED_VALUES: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "ChoiceSet": lambda kind: st.lists(st.sampled_from(kind.choices), min_size=kind.min_items, max_size=3, unique=True),
    "NetworkSet": lambda _type: st.lists(st.sampled_from(NETWORKS), max_size=3, unique=True),
    "Choice": lambda kind: st.sampled_from(kind.choices),
    "Boolean": lambda _type: st.booleans(),
    "IntegerRange": lambda kind: st.sampled_from([kind.lowest, kind.lowest + 1, kind.highest]),
    "Uuid": lambda _type: st.sampled_from(UUIDS),
    "HostName": lambda _type: st.sampled_from(HOSTS),
}
# Further values that a server may have stored: none, values of a future version, values that cannot be parsed.
UNEXPECTED_VALUES: dict[str, list[Any]] = {
    "ChoiceSet": [None, [], ["DIRECT", "QUANTUM"], ["DIRECT", "DIRECT"]],
    "NetworkSet": [None, ["192.0.2.1/24"], ["mail.example.com", "192.0.2.0/24"], ["192.0.2.0/24", "192.0.2.0/24"]],
    "Choice": [None, "Archive"],
    "Boolean": [None],
    "IntegerRange": [None, 0, 99],
    "Uuid": [None, "not-a-uuid"],
    "HostName": [None, "", "."],
}


def _respelled_list(draw: Draw, value: list[Any], each: Callable[[Draw, Any], Any] = lambda _draw, item: item) -> list[Any]:
    repeated = value + draw(st.lists(st.sampled_from(value), max_size=2)) if value else []
    return [each(draw, item) for item in draw(st.permutations(repeated))]


def _respelled_network(draw: Draw, network: str) -> str:
    parsed = ipaddress.ip_network(network)
    forms = [str(parsed), f"{parsed.network_address.exploded}/{parsed.prefixlen}" if parsed.version == 6 else str(parsed), parsed.with_netmask]
    forms += [str(parsed.network_address)] if parsed.num_addresses == 1 else []
    spelling = draw(st.sampled_from(forms if parsed.version == 4 else [forms[0], forms[1], *forms[3:]]))
    return spelling.upper() if draw(st.booleans()) else spelling


def _respelled_text(draw: Draw, text: str) -> str:
    return text.upper() if draw(st.booleans()) else text


# Another spelling of the same value, by type of field.
SPELLINGS: dict[str, Callable[[Draw, Any], Any]] = {
    "ChoiceSet": _respelled_list,
    "NetworkSet": lambda draw, value: _respelled_list(draw, value, _respelled_network),
    "Choice": lambda _draw, value: value,
    "Boolean": lambda _draw, value: value,
    "IntegerRange": lambda _draw, value: value,
    "Uuid": _respelled_text,
    "HostName": lambda draw, value: _respelled_text(draw, value) + ("" if is_address(value) else draw(st.sampled_from(["", "."]))),
}


def is_address(host: str) -> bool:
    """Whether a host is an IP address, which cannot end with a dot."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _respelled_name(draw: Draw, name: str) -> str:
    shown = draw(st.sampled_from([name, idna.decode(name)]))
    return _respelled_text(draw, shown) + draw(st.sampled_from(["", "."])) if shown.isascii() else shown + draw(st.sampled_from(["", "."]))


def _type_of(name: str) -> str:
    return type(FIELDS[name].type).__name__


@dataclass
class World:
    """A server, and a task for one domain.

    Args:
        domains: stored domains.
        habits: habits of the simulator.
        settings: settings of the simulator.
        options: options of email_security_domain.
        respelled: the same options in another spelling.
        desired: the declared settings.
        faults: faults of the simulator.
    """

    domains: list[dict[str, Any]]
    habits: dict[str, Any]
    settings: dict[str, Any]
    options: dict[str, Any]
    respelled: dict[str, Any]
    desired: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    @property
    def target(self) -> str | None:
        """The id of the live domain of that name, if there is one."""
        return next((domain["id"] for domain in self.domains if normal_form("domain", domain["domain"]) == self.name), None)

    @property
    def name(self) -> str:
        return str(idna.encode(self.options["domain"].rstrip("."), uts46=True).decode().lower())

    @property
    def is_absent(self) -> bool:
        return self.options.get("state") == "absent"


@st.composite
def live_domain(draw: Draw, name: str) -> dict[str, Any]:
    """A domain as a server may have stored it."""
    stored = draw(st.sampled_from([name, name, name.title()]))  # the service may have stored the name in the spelling in which it was entered
    domain = {"id": str(uuid.UUID(int=draw(st.integers(1, 2**64)) * 2**32 + FLEET_NAMES.index(name), version=4)), "domain": stored}
    for field_name, item in FIELDS.items():
        field_type = _type_of(field_name)
        value = draw(DESIRED_VALUES[field_type](item.type) if draw(st.integers(0, 3)) else st.sampled_from(UNEXPECTED_VALUES[field_type]))
        domain[field_name] = SPELLINGS[field_type](draw, value) if isinstance(value, list) and field_type == "ChoiceSet" else value
    return domain


@st.composite
def desired_settings(draw: Draw) -> dict[str, Any]:
    """Values for any subset of the fields. None or an empty list stands for a field in `clear`."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=len(FIELDS)))
    desired = {}
    for name in names:
        clears = FIELDS[name].is_clearable and draw(st.booleans())
        desired[name] = None if clears else draw(DESIRED_VALUES[_type_of(name)](FIELDS[name].type))
    return desired


def is_cleared(name: str, value: Any) -> bool:
    """Whether this value has to be declared with `clear`: None, and an empty list for a field that must not be emptied by accident."""
    return value is None or (value == [] and bool(FIELDS[name].if_emptied))


@st.composite
def options_for(draw: Draw, name: str, desired: Mapping[str, Any]) -> dict[str, Any]:
    """The options for these settings, in any spelling and order."""
    given = draw(st.permutations(sorted(desired)))
    options = {key: SPELLINGS[_type_of(key)](draw, desired[key]) for key in given if not is_cleared(key, desired[key])}
    cleared = [key for key in given if is_cleared(key, desired[key])]
    return {"domain": _respelled_name(draw, name), **options, **({"clear": cleared} if cleared else {})}


HARMLESS_HABITS = {
    "shuffle_lists": True,
    "null_booleans": True,
    "absent_nulls": True,
    "unknown_fields": True,
    "unknown_values": "read_only",
    "lower_case_status": True,
    "networks_rewritten": "upper",
    "networks_bare": True,
    "integer_ids": True,
    "unicode_names": True,
    "upper_case_names": True,
    "trailing_dot_names": True,
    "fuzzy_name_filter": True,
    "ignored_name_filter": True,
    "shuffle_pages": "always",
    "no_result_info": True,
    "no_total": True,
    "partial_answer": True,
    "networks_joined": True,
    "networks_split": True,
    "other_types": True,
    "total_unfiltered": True,
    "total_of_page": True,
    "total_too_high": True,
    "total_pages": True,
    "exact_stored_filter": True,
}
# Habits that exclude each other: at most one of each set is drawn.
EXCLUSIVE_HABITS = [{"total_unfiltered", "total_of_page", "total_too_high"}, {"exact_stored_filter", "fuzzy_name_filter", "ignored_name_filter"}]


@st.composite
def harmless_habits(draw: Draw, domains: list[dict[str, Any]], most: int) -> dict[str, Any]:
    """At most this many habits, none of which hides what is stored."""
    habits = {habit: HARMLESS_HABITS[habit] for habit in draw(st.lists(st.sampled_from(sorted(HARMLESS_HABITS)), unique=True, max_size=most))}
    for exclusive in EXCLUSIVE_HABITS:
        for habit in sorted(exclusive & set(habits))[1:]:
            habits.pop(habit)
    if "unicode_names" in habits:
        habits.pop("upper_case_names", None)  # the upper case of ß is SS, which is another name
    if any("192.0.2.1/24" in (each["ip_restrictions"] or ()) for each in domains):
        habits.pop("networks_rewritten", None)  # it would show another network than the stored one
    return habits


@st.composite
def worlds(draw: Draw) -> World:
    """A server with up to three domains and any habits that do not hide what is stored, and a task for one domain."""
    names = draw(st.lists(st.sampled_from(DOMAIN_NAMES), unique=True, max_size=3))
    domains = [draw(live_domain(name)) for name in names]
    name = draw(st.sampled_from([*names * 3, *DOMAIN_NAMES]))
    removes = draw(st.integers(0, 5)) == 0
    desired = {} if removes else draw(desired_settings())
    if name not in names and desired:
        # A domain that is not live needs all settings that onboarding requires.
        desired = {key: value for key, value in desired.items() if value is not None}
        desired |= {key: draw(DESIRED_VALUES[_type_of(key)](item.type)) for key, item in FIELDS.items() if item.is_required}
    options, respelled = draw(options_for(name, desired)), draw(options_for(name, desired))
    if removes:
        options["state"] = respelled["state"] = "absent"
    return World(domains, draw(harmless_habits(domains, 5)), {}, options, respelled, desired)


@st.composite
def declared_entry(draw: Draw, live: list[dict[str, Any]], name: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of email_security_domains: by name or by id, present or absent."""
    if draw(st.integers(0, 4)) == 0:
        desired, more = {}, {"state": "absent"}
    else:
        desired, more = draw(desired_settings()), {}
        if name not in [normal_form("domain", each["domain"]) for each in live] and draw(st.integers(0, 3)):
            # A domain that is not live needs all settings that onboarding requires. Some of them may be in the defaults.
            desired |= {
                key: draw(DESIRED_VALUES[_type_of(key)](item.type))
                for key, item in FIELDS.items()
                if item.is_required and (key not in defaults or draw(st.booleans()))
            }
    options = {**draw(options_for(name, desired)), **more}
    found = next((each["id"] for each in live if normal_form("domain", each["domain"]) == name), None)
    if found is not None and draw(st.integers(0, 2)) == 0:
        options["domain_id"] = _respelled_text(draw, found)
        del options["domain"]
    return options


@dataclass
class FleetWorld:
    """A server, and a task for some of its domains.

    Args:
        domains: stored domains.
        habits: habits of the simulator.
        settings: settings of the simulator.
        options: options of email_security_domains.
        respelled: the same options in another spelling and order.
    """

    domains: list[dict[str, Any]]
    habits: dict[str, Any]
    settings: dict[str, Any]
    options: dict[str, Any]
    respelled: dict[str, Any]


@st.composite
def fleet_worlds(draw: Draw) -> FleetWorld:
    """A server with up to four domains, and a task for up to four, live or not."""
    names = draw(st.lists(st.sampled_from(FLEET_NAMES), unique=True, max_size=4))
    domains = [draw(live_domain(name)) for name in names]
    common = draw(st.one_of(st.just({}), desired_settings()))
    chosen = draw(st.lists(st.sampled_from(FLEET_NAMES), unique=True, max_size=4))
    declared = [draw(declared_entry(domains, name, common)) for name in chosen]
    options: dict[str, Any] = {
        "domains": declared,
        "batch": draw(st.sampled_from(["auto", "always", "never"])),
        "concurrency": draw(st.sampled_from([1, 2, 8])),
    }
    if common:
        cleared = [key for key, value in common.items() if is_cleared(key, value)]
        options["defaults"] = {key: value for key, value in common.items() if key not in cleared} | ({"clear": cleared} if cleared else {})
    habits = draw(harmless_habits(domains, 4))
    habits = habits | draw(st.sampled_from([{}, {}, {}, {"refused_fields": {names[0]: ["lookback_hops", "regions"]}}])) if names else habits
    if any("domain_id" in each for each in declared):
        habits.pop("integer_ids", None)  # with this habit the ids are others
    settings = {"batch": draw(st.sampled_from(["atomic", "partial", "skip", 404, 405]))}
    if "shuffle_pages" not in habits:
        settings["per_page_cap"] = draw(st.sampled_from([None, 1, 2]))  # a list in shuffled pages is never complete
    again = [_respelled_entry(draw, each) for each in draw(st.permutations(declared))]
    return FleetWorld(domains, habits, settings, options, {**options, "domains": again})


def _respelled_entry(draw: Draw, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same entry in another spelling."""
    plain = {key: value.rstrip(".") if isinstance(value, str) else value for key, value in entry.items()}
    other = {key: SPELLINGS[_type_of(key)](draw, value) if key in FIELDS else value for key, value in plain.items()}
    return other | ({"domain": other["domain"] + "."} if "domain" in other and draw(st.booleans()) else {})


# Faults that answer in place of the server, with the parameters to try. `apply` says whether the server carries out the write nevertheless.
APPLIED = st.sampled_from([True, False])
FAULT_PARAMETERS: dict[str, st.SearchStrategy[Fault]] = {
    "status": st.one_of(
        st.fixed_dictionaries({"status": st.sampled_from([408, 500, 502, 503, 504, 522]), "apply": APPLIED}),
        st.fixed_dictionaries({"status": st.sampled_from([400, 403, 409, 422, 429])}),
    ),
    "html": st.fixed_dictionaries({"status": st.sampled_from([500, 502, 520, 530]), "apply": APPLIED}),
    "empty": st.fixed_dictionaries({"apply": APPLIED}),
    "hang": st.fixed_dictionaries({"apply": st.sampled_from([True, False, "after"])}),
    "reset": st.fixed_dictionaries({"apply": APPLIED}),
    "close": st.fixed_dictionaries({"apply": APPLIED}),
    "truncate": st.fixed_dictionaries({"apply": APPLIED}),
    "invalid_json": st.fixed_dictionaries({"apply": APPLIED}),
    "wrong_content_type": st.just({}),
    "result_null": st.fixed_dictionaries({"apply": APPLIED}),
    "success_false": st.fixed_dictionaries({"apply": APPLIED}),
    "big": st.just({}),
    "redirect": st.fixed_dictionaries({"status": st.sampled_from([301, 302, 307, 308])}),
    "drip": st.fixed_dictionaries({"part": st.sampled_from(["headers", "body"]), "seconds": st.just(0.03)}),
    "retry_after": st.fixed_dictionaries({"status": st.sampled_from([429, 503]), "value": st.sampled_from([1, "Wed, 21 Oct 2015 07:28:00 GMT"])}),
    "nan": st.just({}),
    "duplicate_keys": st.just({}),
    "deep": st.just({}),
    "messages": st.just({}),
    "amend": st.fixed_dictionaries({"envelope": st.sampled_from([{"result": [1]}, {"result": "x"}, {"success": None}, {"errors": [{"code": 1}]}])}),
    "slow": st.just({"seconds": 0.01}),
}
# The other faults of the simulator are edits by another client, which tests set themselves.
assert set(FAULT_PARAMETERS) | CONCURRENT_EDIT_FAULTS == set(FAULTS), "a fault of the simulator has no parameters here"


@st.composite
def single_fault(draw: Draw, methods: list[str | None] | None = None) -> Fault:
    """One fault, at one request."""
    do = draw(st.sampled_from(sorted(FAULT_PARAMETERS)))
    method = draw(st.sampled_from(methods or [None, "PATCH", "POST", "DELETE"]))
    nth = draw(st.integers(1, 3)) if method is None else 1
    return {"do": do, **draw(FAULT_PARAMETERS[do]), "match": {"method": method, "nth": nth}, "times": 1}
