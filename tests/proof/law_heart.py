"""Properties of comparison, plan and result: each is a function of a `random.Random` that raises AssertionError if it does not hold."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from unittest import mock

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import result_size as result_size_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import plan_absent, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.diff import field_diff
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan, plan_digest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import normalize_live_name, normalize_name, spellings
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from bodies import VALUES, made_up
from integration.support.expected_result import expected_changes
from integration.support.reference_equality import normal_form, normal_settings
from integration.support.strategies import FIELDS
from law_examples import (
    FIELD_TYPES,
    SPELLINGS,
    desired_of,
    desired_settings,
    fleet,
    has_documented_type,
    live,
    live_of,
    name,
    normal_name,
    options_of,
    respelled,
    respelled_name,
    text,
    without_wrong_types,
)


def random_field(random: Random) -> tuple[str, Any]:
    field = random.choice(list(FIELDS))
    return field, FIELDS[field].type


def normal_form_of_a_normal_form_is_itself(random: Random) -> None:
    field, kind = random_field(random)
    parsed = kind.parse(SPELLINGS[FIELD_TYPES[field]](random, desired_of(random, field)))
    assert kind.parse(parsed) == parsed
    assert kind.normalize(parsed) == parsed


def normal_form_of_a_host_name_is_itself(random: Random) -> None:
    kind, written = FIELDS["transport"].type, text(random)
    try:
        parsed = kind.parse(written)
    except ValueError:
        return
    assert kind.parse(parsed) == parsed == kind.normalize(parsed), written


def spelling_does_not_change_the_normal_form(random: Random) -> None:
    field, kind = random_field(random)
    value = desired_of(random, field)
    one, another = (SPELLINGS[FIELD_TYPES[field]](random, value) for _each in range(2))
    assert kind.parse(one) == kind.parse(another) == kind.parse(value), (field, one, another)


def white_space_around_does_not_change_the_normal_form(random: Random) -> None:
    field, kind = random_field(random)
    value = desired_of(random, field)
    if FIELD_TYPES[field] in ("Uuid", "HostName"):
        assert kind.parse(f" {value}\n") == kind.parse(value)
    elif FIELD_TYPES[field] == "NetworkSet":
        assert kind.parse([f"\t{item} " for item in value]) == kind.parse(value)


def normal_forms_are_equal_exactly_if_the_oracle_says_so(random: Random) -> None:
    """For declared values and for live values, compared with an independent oracle."""
    field, kind = random_field(random)
    one, another = desired_of(random, field), desired_of(random, field)
    assert kind.is_equal(kind.parse(one), kind.parse(another)) is (normal_form(field, one) == normal_form(field, another)), (field, one, another)
    shown = SPELLINGS[FIELD_TYPES[field]](random, one) if random.random() < 0.5 else live_of(random, field)
    if has_documented_type(field, shown):
        assert kind.is_equal(kind.normalize(shown), kind.parse(one)) is (normal_form(field, shown) == normal_form(field, one)), (field, shown, one)


def any_json_value_has_a_normal_form(random: Random) -> None:
    """The normal form is JSON, too."""
    _field, kind = random_field(random)
    shown = kind.normalize(random.choice((made_up(random, None), random.choice(VALUES))))
    json.dumps(shown)


def live_domain_has_no_differences_from_itself(random: Random) -> None:
    shown = live(random)
    now = DOMAIN.normalize(shown)
    assert DOMAIN.differing_fields(now, shown) == []
    change = plan_present(DOMAIN, now, shown)
    assert (change.action, change.body, change.changes, change.has_changes) == ("none", {}, {}, False)


def order_and_repetition_do_not_change_the_normal_form(random: Random) -> None:
    shown = live(random)
    shuffled = {
        key: (value[::-1] + value[:1] if FIELD_TYPES.get(key, "").endswith("Set") and isinstance(value, list) else value) for key, value in shown.items()
    }
    assert DOMAIN.normalize(shuffled) == DOMAIN.normalize(shown)
    desired = desired_settings(random)
    assert DOMAIN.parse(options_of(random, desired)) == DOMAIN.parse(options_of(random, desired))


def change_leads_to_the_desired_settings(random: Random) -> None:
    shown, desired = live(random), DOMAIN.parse(options_of(random, desired_settings(random)))
    change = plan_present(DOMAIN, desired, shown)
    after = change.predict(DOMAIN, shown)
    assert DOMAIN.differing_fields(desired, after) == []
    assert DOMAIN.normalize(after) == change.after
    again = plan_present(DOMAIN, desired, after)
    assert (again.action, again.has_changes, again.body) == ("none", False, {})


def change_has_only_declared_fields(random: Random) -> None:
    shown, desired = live(random), desired_settings(random)
    desired = DOMAIN.parse(options_of(random, desired))
    change = plan_present(DOMAIN, desired, shown)
    assert set(change.body) == set(change.changes) == set(DOMAIN.differing_fields(desired, shown))
    assert {field: change.after[field] for field in change.after if field not in desired} == {
        field: change.before[field] for field in change.before if field not in desired
    }
    after = change.predict(DOMAIN, shown)
    assert {key: after[key] for key in after if key not in change.body} == {key: shown[key] for key in shown if key not in change.body}
    assert change.has_changes is bool(change.body)


def creation_has_only_the_desired_settings(random: Random) -> None:
    desired = desired_settings(random)
    desired = DOMAIN.parse({"domain": name(random), **options_of(random, desired)})
    change = plan_present(DOMAIN, desired, None)
    assert change.body == {field: value for field, value in desired.items() if value is not None}
    assert plan_absent(DOMAIN, None).action == "none"
    shown = live(random)
    gone = plan_absent(DOMAIN, shown)
    assert (gone.action, gone.predict(DOMAIN, shown), gone.before) == ("delete", None, DOMAIN.normalize(shown))


def spellings_of_a_name_have_one_normal_form(random: Random) -> None:
    title = name(random)
    assert normalize_name(title) == title == normalize_live_name(title)
    assert normalize_name(respelled_name(random, title)) == title == normalize_live_name(f" {respelled_name(random, title)} ")
    assert {normalize_name(spelling) for spelling in spellings(title)} == {title}


def any_text_is_a_valid_name_or_refused(random: Random) -> None:
    written = f"{text(random)}{random.choice(('', '.example'))}"
    shown = normalize_live_name(written)
    assert shown is not None
    try:
        title = normalize_name(written)
    except ValueError:
        return
    assert shown == title == normalize_name(title)
    assert title.isascii()
    assert title == title.lower()
    assert all(0 < len(label) < 64 for label in title.split("."))
    assert {normalize_name(spelling) for spelling in spellings(title)} == {title}


def in_entries(options: dict[str, Any]) -> dict[str, Any]:
    """The same task without defaults: each entry has all of its settings."""
    defaults = options.get("defaults") or {}
    entries = []
    for entry in options["domains"]:
        if entry.get("state") == "absent":
            entries.append(entry)
            continue
        cleared = set(entry.get("clear") or ())
        inherited = {key: value for key, value in defaults.items() if key != "clear" and key not in cleared}
        cleared |= {field for field in defaults.get("clear") or () if field not in entry}
        whole = {**inherited, **entry}
        whole.pop("clear", None)
        entries.append({**whole, "clear": sorted(cleared)} if cleared else whole)
    return {"domains": entries}


def defaults_equal_settings_in_each_entry(random: Random) -> None:
    _rows, options = fleet(random)
    assert bulk_from_options(DOMAIN, options).desired_objects == bulk_from_options(DOMAIN, in_entries(options)).desired_objects


def entry_is_refused_exactly_if_the_single_module_refuses_it(random: Random) -> None:
    _rows, options = fleet(random)
    field, value = random.choice(list(FIELDS)), random.choice(VALUES)
    entry = {"domain": "one-more.example", field: [value] if FIELD_TYPES[field].endswith("Set") else value}
    if FIELD_TYPES[field] in ("Uuid", "HostName", "ChoiceSet", "NetworkSet") and not isinstance(value, str):
        return  # Ansible converts all of these to strings first
    refusals = []
    for attempt in (lambda: desired_from_options(DOMAIN, entry), lambda: bulk_from_options(DOMAIN, {**options, "domains": [*options["domains"], entry]})):
        try:
            attempt()
        except InvalidOptionError as error:
            refusals.append(str(error))
    assert len(refusals) in (0, 2), (entry, refusals)
    if refusals:
        assert refusals[0] in refusals[1]
        assert f"domains[{len(options['domains'])}] (one-more.example)" in refusals[1]


def planned(rows: list[Any], options: dict[str, Any]) -> tuple[dict[str, Any], list[Any]] | None:
    """The report of check mode and the plan. None if two entries are the same live domain."""
    live_index = LiveIndex(DOMAIN, rows, str)
    try:
        plan = make_plan(bulk_from_options(DOMAIN, options).desired_objects, live_index)
    except InvalidOptionError:
        return None
    return bulk_result(plan, live_index, {}, None), plan


def plan_agrees_with_the_oracle(random: Random) -> None:
    rows, options = fleet(random)
    rows = list(map(without_wrong_types, rows))
    said = planned(rows, options)
    if said is None:
        return
    result, results = said[0], list(said[0]["results"])
    expected = expected_changes(options, rows)
    for each in expected:
        mine = bool(results) and bool({results[0]["domain"], str(results[0]["id"])} & each.labels)
        found = results.pop(0) if mine else None
        if each.kind is not None:
            assert found is not None
            assert found["failure"]["kind"] == each.kind
        else:
            assert (found["action"] if found else "none") == each.action, (each, found)
        if found is not None and each.action == "update":
            assert {key: (normal_form(key, pair["before"]), normal_form(key, pair["after"])) for key, pair in found["changes"].items()} == each.changes
    assert results == []
    summary = result["summary"]
    assert summary["total"] == len(options["domains"]) == sum(summary[key] for key in ("unchanged", "created", "updated", "deleted", "failed"))
    duplicates = {normal_form("domain", each.entry.get("domain")) for each in expected if each.kind == "conflict" and not each.live}
    ids = {each.live["id"] for each in expected if each.live}
    assert result["undeclared"] == sorted(normal_name(row["domain"]) for row in rows if row["id"] not in ids and normal_name(row["domain"]) not in duplicates)
    assert result["changed"] is any(each.changes or each.action == "delete" for each in expected if each.kind is None)


def order_does_not_change_the_plan(random: Random) -> None:
    rows, options = fleet(random)
    shuffled = [respelled(random, entry) for entry in random.sample(options["domains"], len(options["domains"]))]
    one, another = planned(rows, options), planned(random.sample(rows, len(rows)), {**options, "domains": shuffled})
    assert (one is None) is (another is None)
    if one is not None and another is not None:
        assert plan_digest(one[1], "") == plan_digest(another[1], "")
        assert one[0]["summary"] == another[0]["summary"]
        assert one[0]["undeclared"] == another[0]["undeclared"]


def plans_are_equal_exactly_if_the_changes_are(random: Random) -> None:
    """For another declaration, another account, or one more of either."""
    rows, options = fleet(random)
    others, other = [dict(row) for row in rows], {**options, "domains": [dict(entry) for entry in options["domains"]]}
    if others and random.random() < 0.5:
        field = random.choice(list(FIELDS))
        random.choice(others)[field] = live_of(random, field)
    elif other["domains"]:
        index, field = random.randrange(len(other["domains"])), random.choice(list(FIELDS))
        if other["domains"][index].get("state") != "absent" and field not in other["domains"][index].get("clear", ()):
            other["domains"][index][field] = desired_of(random, field)
    one, another = planned(rows, options), planned(others, other)
    if one is None or another is None:
        return
    same = _actions_of(one[1]) == _actions_of(another[1])
    assert (plan_digest(one[1], "") == plan_digest(another[1], "")) is same, (options, other)
    assert _titles_of(one[0]["diff"]) == _titles_of(another[0]["diff"]) or not same


def _actions_of(plan: list[Any]) -> dict[str, Any]:
    return {each.label: (each.change.action, _normal_changes(each.change.changes)) for each in plan if each.change.action != "none"}


def _titles_of(diffs: list[dict[str, str]]) -> list[str]:
    return sorted(each["before_header"] for each in diffs)


def _normal_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes in normal form: another spelling of the same networks is no other plan."""
    return {field: {side: DOMAIN.comparable(field, value) for side, value in pair.items()} for field, pair in changes.items()}


SMALL_LIMIT = 6000


def shortened_result_is_below_the_limit_and_its_counts_are_true(random: Random) -> None:
    """With a limit that small results exceed, too."""
    count = random.choice((1, 10, 30, 100))
    result, options = large(random, count)
    whole = json.loads(json.dumps([result, options]))
    with mock.patch.object(result_size_module, "MAX_RESULT_CHARACTERS", SMALL_LIMIT):
        short = result_size_module.shorten_bulk_result(DOMAIN, result, options)
    size, ids = len(json.dumps(short)) + len(json.dumps(options["domains"])), len(json.dumps(short["new_ids"]))
    # The names of created domains are never left out, nor is the list of what was left out.
    assert size - ids - len(json.dumps(short.get("shortened", []))) - 400 <= SMALL_LIMIT, size
    assert short["summary"] == whole[0]["summary"]
    if "shortened" not in short:
        assert [short, options] == whole
        return
    for key in ("results", "undeclared"):
        kept, all_of_them = short[key], whole[0][key]
        left_out = len(all_of_them) - len(kept)
        assert (f"{key}: {left_out} of {len(all_of_them)} are left out" in short["shortened"]) is (left_out > 0)
        assert [_named(each) for each in kept] == [_named(each) for each in all_of_them[: len(kept)]]
    for before, after in zip(whole[0]["results"], short["results"], strict=False):
        assert after.get("fields", sorted(after.get("changes", {}))) == sorted(before["changes"])
        assert ("failure" in after) is ("failure" in before)
        assert after.get("failure", {}).get("kind") == before.get("failure", {}).get("kind")
    kept = [each for each in short["diff"] if "prepared" not in each]
    assert kept == whole[0]["diff"][: len(kept)]


def _named(each: Any) -> Any:
    return each if isinstance(each, str) else (each["domain"], each["id"], each["action"])


def large(random: Random, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result of a task for so many domains, and its options."""
    results = [_result(random, number) for number in range(count)]
    changed = [each for each in results if each["changes"]]
    created = {each["domain"]: f"7a1b2c3d-0000-4000-8000-{number:012x}" for number, each in enumerate(results) if each["action"] == "create"}
    result = {
        "changed": True,
        "results": results,
        "summary": {"total": count, "failed": sum("failure" in each for each in results)},
        "undeclared": [f"undeclared{number}.example" for number in range(random.choice((0, count)))],
        "plan": "0" * 64,
        "new_ids": created if random.random() < 0.5 else {},
        "diff": [field_diff(each["domain"], each["action"], each["changes"]) for each in changed],
    }
    return result, {"domains": [{"domain": each["domain"], **desired_settings(random, 2)} for each in results]}


def _result(random: Random, number: int) -> dict[str, Any]:
    action = random.choice(("update", "create", "delete"))
    changes = {field: {"before": None, "after": desired_of(random, field)} for field in random.sample(sorted(FIELDS), 2)}
    each = {"domain": f"d{number}.example", "id": None if action == "create" else f"id-{number}", "action": action, "changes": changes}
    if random.random() < 0.2:
        failure = {"kind": random.choice(("invalid", "server")), "status": 400, "errors": [{"code": 1, "message": "x" * random.randrange(200)}]}
        return {**each, "changes": {}, "failure": failure, "msg": "y" * random.randrange(300)}
    return each


def settings_after_a_change_agree_with_the_oracle(random: Random) -> None:
    """For a whole live domain, field by field."""
    shown = without_wrong_types(live(random))
    other = without_wrong_types({**shown, **{field: live_of(random, field) for field in random.sample(sorted(FIELDS), 2)}})
    now, then = DOMAIN.normalize(shown), DOMAIN.normalize(other)
    same = {field: DOMAIN.comparable(field, now[field]) == DOMAIN.comparable(field, then[field]) for field in now}
    judged = {field: one == another for (field, one), another in zip(normal_settings(shown).items(), normal_settings(other).values(), strict=True)}
    assert same == judged, (shown, other)
