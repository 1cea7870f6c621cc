"""Properties of the entries of lists: each is a function of a `random.Random` that raises AssertionError if it does not hold."""

from __future__ import annotations

import ipaddress
import json
import unicodedata
from random import Random
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject, desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.entry_plan import (
    entry_direction,
    merge_entries,
    plan_entries,
    with_changed_duplicates,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import PlannedChange
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Resource
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from bodies import VALUES, made_up
from law_examples import ALPHABET, in_mixed_case, name, normal_name, repeated, text, with_unicode_letters

Entry = dict[str, Any]

LISTS: list[Resource] = [RESOURCES[each]().resource for each in LIST_NAMES]
REGEXES = [r".*@Evil\.example$", r"(a+)+$", r"(?i)\bGift  card", "(((", r"\p{L}++", "a{1000}{1000}", "Example.COM.", "192.0.2.1/32", "@example.com", "[", "\\"]
LOCALS = ["ann", "ann.lee", "o'brien", "x+y", "jörg", "a_b-c", "ΑΣ", "İpek"]
PEOPLE = ["Ann Lee", "ANN LEE", "Jörg Ü", "山田 太郎", "A. Lee"]
COMMENTS = ["", "SEC-311", " exact ", "two\nlines", "ü" * 1024]
# What each kind of field refuses, whatever the other fields are.
REFUSED: dict[str, list[Any]] = {
    "pattern": ["", " ", "@example.com", "*@example.com", "a b@example.com", "a@b;c@d.example", "*.example.com", ".example.com", "exa mple.com", "x" * 1025],
    "regex": ["", " x", "x\t", "x\ny", "x\u2028y", "x" * 2049, "\ud800"],
    "name": ["", " \u00a0", "a\nb", "a\x00", "x" * 1025, "\udcff"],
    "exclude": [["*.a.example"], ["a.example", "@b.example"], ["a b"], [""]],
    "domain": ["", "*.example.com", "@example.com", "a@example.com", "a..b", "x" * 300],
    "targets": [[], ["HEADER"], ["BODY", "body"]],
    "pattern_type": ["UNKNOWN", "email", ""],
    "comments": ["x" * 4097, "\ud800"],
    "expires": ["", "soon", "2027-02-29", "2027-1-1", "31.01.2027"],
    "id": ["", "../x", "x y", "{{ id }}"],
}


def random_list(random: Random) -> Resource:
    return random.choice(LISTS)


def address(random: Random) -> str:
    return f"{random.choice(LOCALS)}@{name(random)}"


def network(random: Random) -> str:
    """A network with public addresses, or an address."""
    if random.random() < 0.7:
        prefix = random.randint(8, 32)
        return str(ipaddress.IPv4Network((random.randrange(11 << 24, 126 << 24) >> (32 - prefix) << (32 - prefix), prefix)))
    prefix = random.randint(32, 128)
    return str(ipaddress.IPv6Network(((0x20010DB8 << 96 | random.getrandbits(96)) >> (128 - prefix) << (128 - prefix), prefix)))


def literal(random: Random, resource: Resource) -> str:
    kinds = {"trusted_domains": [name], "impersonation_registry": [address]}
    return str(random.choice(kinds.get(resource.name, [name, address, network]))(random))


def entry(random: Random, resource: Resource) -> Entry:
    """A complete declaration of an entry that is possible."""
    key, flag = resource.key_fields[0], next(iter(resource.key_fields[1:]), None)
    is_regex = flag is not None and random.random() < 0.3
    options: Entry = {} if flag is None else {flag: is_regex}
    if resource.name == "url_ignore_patterns" or is_regex:
        options[key] = random.choice(REGEXES)
    elif resource.name == "content_policies":
        options |= {key: random.choice(PEOPLE), "pattern": random.choice(REGEXES), "targets": random.choice([["BODY"], ["SUBJECT"], ["BODY", "SUBJECT"]])}
    elif resource.name == "sending_domain_restrictions":
        options |= {key: name(random), "exclude": sorted({name(random) for _each in range(random.randrange(3))})}
    else:
        options[key] = literal(random, resource)
    if resource.name == "impersonation_registry":
        options["name"] = random.choice(PEOPLE)
    for field in resource.fields:
        if field.name not in options and field.type.option_spec()["type"] == "bool" and field.name != "is_exempt_recipient":
            options[field.name] = random.random() < 0.5
    options["notes" if resource.name == "content_policies" else "comments"] = random.choice(COMMENTS)
    return options


def respelled_literal(random: Random, written: str) -> str:
    """The same address, domain or network, written differently."""
    local, at, domain = written.rpartition("@")
    if at:
        local = unicodedata.normalize(random.choice(("NFC", "NFD")), in_mixed_case(random, local) if local.isascii() else local)
        return f"{local}@{respelled_literal(random, domain)}"
    try:
        net = ipaddress.ip_network(written)
    except ValueError:
        domain = with_unicode_letters(domain) if random.random() < 0.5 else in_mixed_case(random, domain)
        return domain + random.choice(("", "."))
    forms = [str(net), net.exploded.upper() if net.version == 6 else net.with_netmask]
    if net.prefixlen == net.max_prefixlen:
        forms += [str(net.network_address), net.network_address.exploded]
    return random.choice(forms)


def respelled(random: Random, resource: Resource, options: Entry) -> Entry:
    """The same entry, written differently."""
    again = dict(options)
    key = resource.key_fields[0]
    is_literal = resource.name not in ("url_ignore_patterns", "content_policies") and not any(options.get(flag) for flag in resource.key_fields[1:])
    if is_literal:
        again[key] = random.choice(("", " ", "\t")) + respelled_literal(random, options[key].strip().removesuffix(".")) + random.choice(("", " "))
    if "name" in again:
        again["name"] = f" {unicodedata.normalize('NFD', again['name'])} ".replace(" ", random.choice((" ", "  ", "\u00a0")))
    for field in ("exclude", "targets"):
        if field in again:
            again[field] = repeated(random, again[field])
    return again


def shown(random: Random, resource: Resource, options: Entry, number: int = 0) -> Entry:
    """A live entry as a server may show it."""
    live = respelled(random, resource, options)
    for field in resource.fields:
        value = live.get(field.name)
        if value is False or value == "":
            live[field.name] = random.choice((value, None))
            if random.random() < 0.2:
                del live[field.name]
    if random.random() < 0.5:
        live["x_new_field"] = made_up(random, None)
    return {**live, "id": str(number + 1), "created_at": f"2026-01-{number % 28 + 1:02}"}


def oracle(resource: Resource, options: Entry) -> tuple[Any, ...]:
    """What identifies an entry, independent of the code."""
    key = options[resource.key_fields[0]]
    if resource.name == "content_policies":
        return (" ".join(unicodedata.normalize("NFC", key).split()),)
    if resource.name == "url_ignore_patterns" or any(options.get(flag) for flag in resource.key_fields[1:]):
        return (key, True)
    local, at, domain = key.strip().rpartition("@")
    if at:
        local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    try:
        return (local, ipaddress.ip_network(domain))
    except ValueError:
        return (local, normal_name(domain))


def planned(resource: Resource, entries: list[Entry], rows: list[Entry]) -> list[PlannedChange]:
    kept, _repeated, contradicting = merge_entries([desired_from_options(resource, each) for each in entries])
    assert not contradicting
    live_index = LiveIndex(resource, rows, str)
    return [change for each in plan_entries(kept, live_index) for change in with_changed_duplicates(each, live_index)]


def without_contradictions(resource: Resource, entries: list[Entry]) -> list[Entry]:
    """The entries, each key once."""
    seen: dict[tuple[Any, ...], Entry] = {}
    for each in entries:
        seen.setdefault(oracle(resource, each), each)
    return list(seen.values())


def entry_spelled_differently_is_the_same(random: Random) -> None:
    resource = random_list(random)
    options = entry(random, resource)
    one, another = (desired_from_options(resource, respelled(random, resource, options)) for _each in range(2))
    assert one == another == desired_from_options(resource, options), (one.settings, another.settings)


def entry_in_normal_form_is_itself(random: Random) -> None:
    resource = random_list(random)
    desired = desired_from_options(resource, respelled(random, resource, entry(random, resource)))
    assert desired_from_options(resource, desired.settings) == desired
    live = resource.request_body(desired.settings)
    assert resource.normalize(live) == {**{field.name: resource.normalize({})[field.name] for field in resource.fields}, **desired.settings}


def keys_are_equal_exactly_if_the_oracle_says_so(random: Random) -> None:
    resource = random_list(random)
    one, another = entry(random, resource), entry(random, resource)
    if random.random() < 0.3:
        another = respelled(random, resource, one)
    keys = [desired_from_options(resource, each).key for each in (one, another)]
    assert (keys[0] == keys[1]) is (oracle(resource, one) == oracle(resource, another)), (one, another)
    assert resource.live_key(shown(random, resource, another)) == keys[1]


def live_entry_that_equals_the_declared_one_is_no_change(random: Random) -> None:
    resource = random_list(random)
    options = entry(random, resource)
    [change] = planned(resource, [respelled(random, resource, options)], [shown(random, resource, options)])
    assert change.failure is None
    assert (change.change.action, change.change.body) == ("none", {}), change


def refused_value_is_refused_with_the_name_of_its_option(random: Random) -> None:
    resource = random_list(random)
    options = entry(random, resource)
    candidates = [field for field in (*options, "pattern_type", "expires", "id") if field in REFUSED or field in ("email", "notes")]
    field = random.choice([each for each in candidates if each in resource.option_spec() or each in ("expires", "id")])
    kind = field
    if field in ("pattern", "email"):
        is_regex = resource.name in ("url_ignore_patterns", "content_policies") or any(options.get(flag) for flag in resource.key_fields[1:])
        kind = "regex" if is_regex else "pattern"
    elif field == "notes" or (field == "comments" and resource.name == "impersonation_registry"):
        kind = "comments"
    value = random.choice(REFUSED[kind])
    if resource.name == "impersonation_registry" and field == "comments":
        # The API documents no limit for it.
        value = "\ud800"
    message = _refusal(resource, {**options, field: value})
    assert message is not None, (resource.name, field, value)
    assert message.startswith(f"{field} "), (field, value, message)


def any_live_entry_has_a_normal_form_and_a_plan(random: Random) -> None:
    """Whatever the server returns."""
    resource = random_list(random)
    options = entry(random, resource)
    rows = [
        {"id": str(number), **{field.name: random.choice((made_up(random, None), random.choice(VALUES))) for field in resource.fields}} for number in range(3)
    ]
    rows.append({key: value for key, value in shown(random, resource, options, 3).items() if random.random() < 0.8})
    for row in rows:
        json.dumps(resource.normalize(row))
    direction_of = entry_direction(resource)
    for state in ("present", "absent"):
        for change in planned(resource, [{**options, "state": state}], rows):
            json.dumps(change.change.changes)
            for field, pair in change.change.changes.items():
                assert direction_of(field, pair["before"], pair["after"]) in ("weaker", "stronger", "neutral")


def regular_expression_is_never_touched(random: Random) -> None:
    resource = random.choice([each for each in LISTS if each.name != "sending_domain_restrictions"])
    field = "email" if resource.name == "impersonation_registry" else "pattern"
    written = random.choice((random.choice(REGEXES), text(random), "".join(random.choice(ALPHABET) for _each in range(20))))
    flags = {flag: True for flag in ("is_regex", "is_email_regex") if flag in resource.option_spec()}
    options = {**entry(random, resource), field: written, **flags}
    assert resource.normalize(options)[field] == written
    if (message := _refusal(resource, options)) is not None:
        assert message.startswith(f"{field} "), message
        return
    desired = desired_from_options(resource, options)
    assert desired.settings[field] == written
    assert resource.request_body(resource.create_body(desired.settings))[field] == written


def after_the_plan_a_second_run_changes_nothing(random: Random) -> None:
    resource = random_list(random)
    pool = [entry(random, resource) for _each in range(4)]
    rows = [shown(random, resource, random.choice(pool), number) for number in range(random.randrange(6))]
    entries = without_contradictions(resource, [respelled(random, resource, random.choice(pool)) for _each in range(3)])
    entries = [{**each, "state": "absent"} if random.random() < 0.3 else each for each in entries]
    live = {row["id"]: row for row in rows}
    failed: set[Any] = set()
    for number, change in enumerate(planned(resource, entries, rows)):
        if change.failure is not None:
            failed.add(change.desired.key)
        elif change.change.action == "delete":
            assert change.live is not None
            del live[change.live["id"]]
        elif change.change.action != "none":
            after = change.change.predict(resource, change.live)
            assert after is not None
            after = {**after, "id": after.get("id", f"{100 + number}")}
            live[after["id"]] = after
    again = planned(resource, entries, list(live.values()))
    assert [change.change.action for change in again] == ["none"] * len(again)
    keys = [resource.live_key(row) for row in live.values()]
    for change in again:
        if change.failure is None:
            assert (change.desired.key in keys) is (change.desired.state == "present")
        else:
            assert change.desired.key in failed


def order_of_entries_does_not_change_their_plan(random: Random) -> None:
    resource = random_list(random)
    pool = [entry(random, resource) for _each in range(4)]
    rows = [shown(random, resource, random.choice(pool), number) for number in range(4)]
    entries = without_contradictions(resource, pool)
    expected = sorted(map(_summary, planned(resource, entries, rows)))
    random.shuffle(entries)
    random.shuffle(rows)
    assert sorted(map(_summary, planned(resource, entries, rows))) == expected


def _refusal(resource: Resource, options: Entry) -> str | None:
    """Why options are refused; None if they are not."""
    try:
        desired_from_options(resource, options)
    except InvalidOptionError as error:
        return str(error)
    return None


def _summary(change: PlannedChange) -> str:
    desired: DesiredObject = change.desired
    return json.dumps([repr(desired.key), change.change.action, (change.live or {}).get("id"), change.change.body, str(change.failure)])
