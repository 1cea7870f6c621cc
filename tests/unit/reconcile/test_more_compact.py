"""What the mutation tests asked for: at every size, exactly as much is left out as must be."""

from __future__ import annotations

import copy
import json
from itertools import accumulate
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import result_size as result_size_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_size import shorten_bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN

NAMES = [f"d{number}.example" for number in range(6)]
NETWORKS = [f"192.0.{number}.0/24" for number in range(4)]
RESULT: dict[str, Any] = {
    "results": [{"domain": name, "id": "7", "action": "update", "changes": {"ip_restrictions": {"before": [], "after": NETWORKS}}} for name in NAMES],
    "diff": {"before": {name: {"ip_restrictions": []} for name in NAMES[:5]}, "after": {name: {"ip_restrictions": NETWORKS} for name in NAMES}},
    "undeclared": ["one.example", "two.example"],
    "new_ids": {},
}
OPTIONS = {"domains": [{"domain": name, "ip_restrictions": NETWORKS} for name in NAMES]}


def size(value: Any) -> int:
    return len(json.dumps(value))


def shortened(monkeypatch: pytest.MonkeyPatch, largest: int) -> tuple[dict[str, Any], dict[str, Any]]:
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", largest)
    options = copy.deepcopy(OPTIONS)
    return shorten_bulk_result(DOMAIN, copy.deepcopy(RESULT), options), options


WHOLE = size(RESULT) + size(OPTIONS["domains"])
WITHOUT_DOMAINS = size(RESULT) + size("6 domains, left out to keep the result small")


def test_the_largest_result_is_below_what_a_controller_keeps():
    assert result_size_module.MAX_RESULT_CHARACTERS == 640_000


def test_what_just_fits_is_whole(monkeypatch):
    assert shortened(monkeypatch, WHOLE) == (RESULT, OPTIONS)


def test_of_one_byte_too_much_the_users_own_words_go(monkeypatch):
    result, options = shortened(monkeypatch, WHOLE - 1)
    assert result == {**RESULT, "shortened": ["invocation: the declared domains are left out"]}
    assert options["domains"] == "6 domains, left out to keep the result small"
    assert shortened(monkeypatch, WITHOUT_DOMAINS)[0] == result


def test_then_the_last_domain_of_the_diff(monkeypatch):
    result, _options = shortened(monkeypatch, WITHOUT_DOMAINS - 1)
    assert (list(result["diff"]["before"]), list(result["diff"]["after"])) == (NAMES[:5], NAMES[:5])
    assert result["shortened"][1:] == ["diff: 1 of 6 domains are left out, see results"]
    assert result["results"] == RESULT["results"]


def test_the_ids_of_new_domains_are_reckoned_with_before_they_are_known(monkeypatch):
    created = [{**entry, "action": "create"} for entry in RESULT["results"]]
    ids = dict.fromkeys(NAMES, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01")
    whole = WHOLE + size(ids) - size({})

    def fits(new_ids: dict[str, str], largest: int) -> bool:
        monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", largest)
        return "shortened" not in shorten_bulk_result(
            DOMAIN, {**copy.deepcopy(RESULT), "results": copy.deepcopy(created), "new_ids": new_ids}, copy.deepcopy(OPTIONS)
        )

    assert (fits(ids, whole), fits(ids, whole - 1)) == (True, False)
    assert (fits({}, whole), fits({}, whole - 1)) == (True, False)


def test_less_and_less_room(monkeypatch):
    """Nothing grows when there is less room, nothing goes before what says less, and what is left out is counted."""
    before = (1, 6, 6, 2, 6)
    for largest in range(WHOLE, 0, -1):
        result, options = shortened(monkeypatch, largest)
        whole = [entry for entry in result["results"] if "changes" in entry]
        assert whole == RESULT["results"][: len(whole)]
        domains = isinstance(options["domains"], list)
        now = (int(domains), len(result["diff"]["after"]), len(whole), len(result["undeclared"]), len(result["results"]))
        # A byte less, and at most one thing less of a kind.
        assert all(more - 1 <= less <= more for less, more in zip(now, before, strict=True))
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


def test_no_more_is_left_out_than_is_needed(monkeypatch):
    """To the byte, from the diff of the last domain to the last entry of the results."""
    ids = dict.fromkeys(NAMES, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01")
    entries = [{**entry, "action": "create"} for entry in RESULT["results"]]
    whole = {**RESULT, "results": entries, "new_ids": ids}
    named_only = [{"domain": name, "id": "7", "action": "create", "fields": ["ip_restrictions"]} for name in NAMES]
    gains = [sum(size({name: side[name]}) for side in RESULT["diff"].values() if name in side) for name in reversed(NAMES)]
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
        pairs = ((NAMES, result["diff"]["after"]), (RESULT["undeclared"], result["undeclared"]), (NAMES, result["results"]))
        fields_only = sum("changes" not in entry for entry in result["results"]) + 6 - len(result["results"])
        return sum(len(before) - len(after) for before, after in pairs) + fields_only + (result["new_ids"] == {})

    for count, gained in enumerate(accumulate(gains), start=1):
        assert (left_out(largest - gained), left_out(largest - gained - 1)) == (count, min(count + 1, len(gains)))


def test_of_a_list_that_is_empty_nothing_is_left_out(monkeypatch):
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", 500)
    words = shorten_bulk_result(DOMAIN, {**copy.deepcopy(RESULT), "undeclared": []}, copy.deepcopy(OPTIONS))["shortened"]
    assert not any(line.startswith("undeclared") for line in words)
