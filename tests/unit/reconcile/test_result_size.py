"""Results that are too large for a controller."""

from __future__ import annotations

import copy
import json
from itertools import accumulate
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import result_size as result_size_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.diff import field_diff, omission_note
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_size import MAX_RESULT_CHARACTERS, shorten_bulk_result, shorten_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from hypothesis import given
from hypothesis import strategies as st

NETWORKS = [f"192.0.{number}.0/24" for number in range(20)]


def result_of(count, pair, *, failing=False, undeclared=()):
    names = [f"domain-{number:05}.example.com" for number in range(count)]
    failed = {"failure": {"kind": "invalid", "errors": ["x" * 200]}, "msg": "y" * 200} if failing else {}
    return {
        "results": [{"domain": name, "id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01", "action": "update", "changes": {"field": pair}, **failed} for name in names],
        "diff": [field_diff(name, "update", {"field": pair}) for name in names],
        "undeclared": list(undeclared),
        "new_ids": {},
        "summary": {"total": count},
    }


def declared(count):
    return {"domains": [{"domain": f"domain-{number:05}.example.com", "require_tls_inbound": True} for number in range(count)]}


def printed(result, options):
    return len(json.dumps({**result, "invocation": {"module_args": options}}))


def test_shorten_bulk_result_fitting_result_is_unchanged():
    result, options = result_of(1000, {"before": 1, "after": 2}), declared(1000)
    kept = json.dumps([result, options])
    assert "shortened" not in shorten_bulk_result(DOMAIN, result, options)
    assert json.dumps([result, options]) == kept


@pytest.mark.parametrize(
    ("count", "pair", "left_out"),
    [
        (1800, {"before": False, "after": True}, ["invocation"]),
        (3000, {"before": False, "after": True}, ["invocation", "diff"]),
        (3000, {"before": [], "after": NETWORKS}, ["invocation", "diff", "results"]),
    ],
)
def test_shorten_bulk_result_leaves_out_in_documented_order(count, pair, left_out):
    options = declared(count)
    result = shorten_bulk_result(DOMAIN, result_of(count, pair), options)
    assert [words.partition(":")[0] for words in result["shortened"]] == left_out
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000
    assert len(result["results"]) == count


def test_shorten_bulk_result_says_how_much_is_left_out():
    result = shorten_bulk_result(DOMAIN, result_of(3000, {"before": False, "after": True}), declared(3000))
    *kept, note = result["diff"]
    assert 0 < len(kept) < 3000
    assert kept == result_of(len(kept), {"before": False, "after": True})["diff"]
    assert f"diff: {3000 - len(kept)} of 3000 domains are left out, see results" in result["shortened"]
    text = f"{3000 - len(kept)} of 3000 domains are left out of the diff; see results"
    assert note == {"before": "", "after": "", "before_header": text, "after_header": text, "prepared": f"{text}\n"}
    assert result["results"][-1]["changes"] == {"field": {"before": False, "after": True}}


def test_shorten_bulk_result_changes_become_field_names():
    result = shorten_bulk_result(DOMAIN, result_of(3000, {"before": [], "after": NETWORKS}), declared(3000))
    first, last = result["results"][0], result["results"][-1]
    assert first["changes"] == {"field": {"before": [], "after": NETWORKS}}
    assert "changes" not in last
    assert last["fields"] == ["field"]
    assert [each["before_header"] for each in result["diff"]] == ["3000 of 3000 domains are left out of the diff; see results"]


def test_shorten_bulk_result_results_are_left_out_last():
    options = declared(9000)
    result = shorten_bulk_result(DOMAIN, result_of(9000, {"before": [], "after": NETWORKS}), options)
    kept = len(result["results"])
    assert 0 < kept < 9000
    assert result["shortened"][-1] == f"results: {9000 - kept} of 9000 are left out"
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000


def test_shorten_bulk_result_failures_keep_their_kind():
    options = declared(5000)
    result = shorten_bulk_result(DOMAIN, result_of(5000, {"before": 1, "after": 2}, failing=True), options)
    assert result["results"][-1]["failure"] == {"kind": "invalid"}
    assert "msg" not in result["results"][-1]


def test_shorten_bulk_result_many_undeclared_are_cut_off():
    options = declared(1)
    result = shorten_bulk_result(
        DOMAIN, result_of(1, {"before": 1, "after": 2}, undeclared=[f"domain-{number:06}.example.com" for number in range(40_000)]), options
    )
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000
    kept = len(result["undeclared"])
    assert f"undeclared: {40_000 - kept} of 40000 are left out" in result["shortened"]


def test_shorten_bulk_result_check_mode_equals_run():
    """The ids of new domains are known only in the run, and their size counts."""

    def created(ids):
        result = result_of(2000, {"before": None, "after": NETWORKS[:3]})
        for entry in result["results"]:
            entry |= {"action": "create", "id": None}
        return shorten_bulk_result(DOMAIN, {**result, "new_ids": ids}, declared(2000))

    names = [f"domain-{number:05}.example.com" for number in range(2000)]
    check, run = created({}), created(dict.fromkeys(names, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"))
    assert {**run, "new_ids": {}} == check
    assert len(json.dumps(run)) <= MAX_RESULT_CHARACTERS + 2000


def test_shorten_bulk_result_waivers_are_shortened(monkeypatch):
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", 4000)
    waived = [{"domain": f"d{number}.example", "field": "transport", "declared": "a", "live": "b"} for number in range(200)]
    result = {"results": [], "new_ids": {}, "undeclared": [], "diff": [], "waived": waived, "scope": ["a.example"] * 300}
    options = {"domains": [], "waivers": [{"domain": "*", "reason": "r" * 5000}]}
    small = result_size_module.shorten_bulk_result(DOMAIN, result, options)
    assert result_size_module.json_size({**small, "invocation": options}) < 5000
    assert options["waivers"] == "1 waivers, left out to keep the result small"
    assert {"waived", "scope"} <= {words.partition(":")[0] for words in small["shortened"]}


SIX_NAMES = [f"d{number}.example" for number in range(6)]


FOUR_NETWORKS = [f"192.0.{number}.0/24" for number in range(4)]


RESULT: dict[str, Any] = {
    "results": [{"domain": name, "id": "7", "action": "update", "changes": {"ip_restrictions": {"before": [], "after": FOUR_NETWORKS}}} for name in SIX_NAMES],
    "diff": [field_diff(name, "update", {"ip_restrictions": {"before": [], "after": FOUR_NETWORKS}}) for name in SIX_NAMES],
    "undeclared": ["one.example", "two.example"],
    "new_ids": {},
}


OPTIONS = {"domains": [{"domain": name, "ip_restrictions": FOUR_NETWORKS} for name in SIX_NAMES]}


def size(value: Any) -> int:
    return len(json.dumps(value))


NOTE = size(omission_note("6 of 6 domains are left out of the diff; see results")) + len(", ")


def kept_diffs(result: dict[str, Any]) -> list[dict[str, str]]:
    return [each for each in result["diff"] if "prepared" not in each]


def shortened(monkeypatch: pytest.MonkeyPatch, largest: int) -> tuple[dict[str, Any], dict[str, Any]]:
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", largest)
    options = copy.deepcopy(OPTIONS)
    return shorten_bulk_result(DOMAIN, copy.deepcopy(RESULT), options), options


WHOLE = size(RESULT) + size(OPTIONS["domains"])


WITHOUT_DOMAINS = size(RESULT) + size("6 domains, left out to keep the result small")


def test_max_result_characters_is_below_the_limit_of_awx():
    assert result_size_module.MAX_RESULT_CHARACTERS == 640_000


def test_shorten_bulk_result_exact_fit_is_unchanged(monkeypatch):
    assert shortened(monkeypatch, WHOLE) == (RESULT, OPTIONS)


def test_shorten_bulk_result_one_byte_over_drops_invocation(monkeypatch):
    result, options = shortened(monkeypatch, WHOLE - 1)
    assert result == {**RESULT, "shortened": ["invocation: the declared domains are left out"]}
    assert options["domains"] == "6 domains, left out to keep the result small"
    assert shortened(monkeypatch, WITHOUT_DOMAINS)[0] == result


def test_shorten_bulk_result_diff_loses_last_domain(monkeypatch):
    result, _options = shortened(monkeypatch, WITHOUT_DOMAINS - 1)
    # Two are less than the entry that says so.
    assert kept_diffs(result) == RESULT["diff"][:4]
    assert result["diff"][4]["prepared"] == "2 of 6 domains are left out of the diff; see results\n"
    assert result["shortened"][1:] == ["diff: 2 of 6 domains are left out, see results"]
    assert result["results"] == RESULT["results"]


def test_shorten_bulk_result_new_ids_are_reserved_in_check_mode(monkeypatch):
    created = [{**entry, "action": "create"} for entry in RESULT["results"]]
    ids = dict.fromkeys(SIX_NAMES, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01")
    whole = WHOLE + size(ids) - size({})

    def fits(new_ids: dict[str, str], largest: int) -> bool:
        monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", largest)
        return "shortened" not in shorten_bulk_result(
            DOMAIN, {**copy.deepcopy(RESULT), "results": copy.deepcopy(created), "new_ids": new_ids}, copy.deepcopy(OPTIONS)
        )

    assert (fits(ids, whole), fits(ids, whole - 1)) == (True, False)
    assert (fits({}, whole), fits({}, whole - 1)) == (True, False)


def test_shorten_bulk_result_every_size_leaves_out_in_order(monkeypatch):
    """With less room no part grows, the order of omission is kept, and omitted items are counted."""
    before = (1, 6, 6, 2, 6)
    for largest in range(WHOLE, 0, -1):
        result, options = shortened(monkeypatch, largest)
        whole = [entry for entry in result["results"] if "changes" in entry]
        assert whole == RESULT["results"][: len(whole)]
        domains = isinstance(options["domains"], list)
        now = (int(domains), len(kept_diffs(result)), len(whole), len(result["undeclared"]), len(result["results"]))
        # A byte less, and at most one thing less of a kind. The entry that says what the diff leaves out takes the room of two.
        most = (1, 2 if before[1] == 6 else 1, 1, 1, 1)
        assert all(more - fewer <= less <= more for less, more, fewer in zip(now, before, most, strict=True))
        for earlier, later, all_of_it in zip(now, now[1:], (6, 6, 2, 6), strict=False):
            assert earlier == 0 or later == all_of_it
        words = " ".join(result.get("shortened", ()))
        assert (f"diff: {6 - now[1]} of 6" in words) == (now[1] < 6)
        assert (f"left out for the last {6 - now[2]} domains" in words) == (now[2] < 6)
        assert (f"undeclared: {2 - now[3]} of 2 are left out" in words) == (now[3] < 2)
        assert (f"results: {6 - now[4]} of 6 are left out" in words) == (now[4] < 6)
        left_out_too_much = now[4] == 0
        assert left_out_too_much or size({**result, "shortened": []}) + size(options["domains"]) <= largest + 200
        before = now
    assert before == (0, 0, 0, 0, 0)


def test_shorten_bulk_result_every_size_leaves_out_no_more_than_needed(monkeypatch):
    """Exact to the byte, from the diff of the last domain to the last entry of the results."""
    ids = dict.fromkeys(SIX_NAMES, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01")
    entries = [{**entry, "action": "create"} for entry in RESULT["results"]]
    whole = {**RESULT, "results": entries, "new_ids": ids}
    named_only = [{"domain": name, "id": "7", "action": "create", "fields": ["ip_restrictions"]} for name in SIX_NAMES]
    gains = [size(each) + len(", ") for each in reversed(RESULT["diff"])]
    gains += [size(entry) - size(shorter) for entry, shorter in zip(entries, named_only, strict=True)]
    gains += [size(name) + len(", ") for name in RESULT["undeclared"]]
    # What the ids take beside each other, the last one's comma included.
    gains += [size(ids) - len("{}") + len(", ")]
    gains += [size(entry) + len(", ") for entry in named_only]
    largest = size(whole) + len("{}") - len(", ") + size("6 domains, left out to keep the result small") - size({}) + len(", ")

    def left_out(room: int) -> int:
        monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", room)
        result = shorten_bulk_result(DOMAIN, copy.deepcopy(whole), copy.deepcopy(OPTIONS))
        assert ("new_ids: left out, the info module reads them by name" in result["shortened"]) == (result["new_ids"] == {})
        pairs = ((SIX_NAMES, kept_diffs(result)), (RESULT["undeclared"], result["undeclared"]), (SIX_NAMES, result["results"]))
        fields_only = sum("changes" not in entry for entry in result["results"]) + 6 - len(result["results"])
        return sum(len(before) - len(after) for before, after in pairs) + fields_only + (result["new_ids"] == {})

    for count, gained in enumerate(accumulate(gains, initial=-NOTE)):
        if gained <= 0:
            continue
        assert (left_out(largest - gained), left_out(largest - gained - 1)) == (count, min(count + 1, len(gains)))


def test_shorten_bulk_result_empty_list_is_not_mentioned(monkeypatch):
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", 500)
    words = shorten_bulk_result(DOMAIN, {**copy.deepcopy(RESULT), "undeclared": []}, copy.deepcopy(OPTIONS))["shortened"]
    assert not any(line.startswith("undeclared") for line in words)


def test_shorten_bulk_result_ignores_the_length_of_the_message(monkeypatch):
    """It differs between check mode and the run, which leave out the same."""
    for message in ("", "m" * 5000):
        options = copy.deepcopy(OPTIONS)
        monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", WHOLE)
        assert "shortened" not in shorten_bulk_result(DOMAIN, {**copy.deepcopy(RESULT), "msg": message}, options)


@given(st.lists(st.text(max_size=5) | st.integers(), max_size=6), st.integers(-80, 3))
def test_shorten_list_leaves_out_no_more_than_necessary(items, room):
    sizes = [len(json.dumps(item)) + 2 for item in items]
    left_out = next((count for count in range(len(items)) if sum(sizes[len(items) - count :]) >= -room), len(items))
    result, shortened = {"names": list(items)}, ["before"]
    gained = shorten_list(result, "names", room, shortened)
    kept = len(items) - left_out
    assert gained == sum(sizes[kept:])
    assert result["names"] == items[:kept]
    assert shortened == ["before", *([f"names: {left_out} of {len(items)} are left out"] if left_out else [])]


def test_shorten_list_that_is_missing_or_null_gains_nothing():
    for result in ({}, {"names": None}, {"names": []}):
        before = dict(result)
        assert shorten_list(result, "names", -10, []) == 0
        assert result == before
