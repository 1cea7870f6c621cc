from __future__ import annotations

import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import result_size as result_size_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_size import MAX_RESULT_CHARACTERS, shorten_bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN

NETWORKS = [f"192.0.{number}.0/24" for number in range(20)]


def result_of(count, pair, *, failing=False, undeclared=()):
    names = [f"domain-{number:05}.example.com" for number in range(count)]
    failed = {"failure": {"kind": "invalid", "errors": ["x" * 200]}, "msg": "y" * 200} if failing else {}
    return {
        "results": [{"domain": name, "id": "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01", "action": "update", "changes": {"field": pair}, **failed} for name in names],
        "diff": {side: {name: {"field": pair[side]} for name in names} for side in ("before", "after")} | {"before_header": "", "after_header": ""},
        "undeclared": list(undeclared),
        "new_ids": {},
        "summary": {"total": count},
    }


def declared(count):
    return {"domains": [{"domain": f"domain-{number:05}.example.com", "require_tls_inbound": True} for number in range(count)]}


def printed(result, options):
    return len(json.dumps({**result, "invocation": {"module_args": options}}))


def test_what_fits_is_left_as_it_is():
    result, options = result_of(1000, {"before": 1, "after": 2}), declared(1000)
    kept = json.dumps([result, options])
    assert "shortened" not in shorten_bulk_result(DOMAIN, result, options)
    assert json.dumps([result, options]) == kept


@pytest.mark.parametrize(
    ("count", "pair", "left_out"),
    [
        (2200, {"before": False, "after": True}, ["invocation"]),
        (3000, {"before": False, "after": True}, ["invocation", "diff"]),
        (3000, {"before": [], "after": NETWORKS}, ["invocation", "diff", "results"]),
    ],
)
def test_what_says_least_is_left_out_first(count, pair, left_out):
    options = declared(count)
    result = shorten_bulk_result(DOMAIN, result_of(count, pair), options)
    assert [words.partition(":")[0] for words in result["shortened"]] == left_out
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000
    assert len(result["results"]) == count
    assert len(result["diff"]["before"]) == len(result["diff"]["after"])


def test_what_is_left_out_is_counted():
    result = shorten_bulk_result(DOMAIN, result_of(3000, {"before": False, "after": True}), declared(3000))
    kept = len(result["diff"]["after"])
    assert 0 < kept < 3000
    assert f"diff: {3000 - kept} of 3000 domains are left out, see results" in result["shortened"]
    assert result["diff"]["before_header"] == result["diff"]["after_header"] == f"diff: {3000 - kept} of 3000 domains are left out, see results"
    assert result["results"][-1]["changes"] == {"field": {"before": False, "after": True}}


def test_changes_that_do_not_fit_are_named_by_field():
    result = shorten_bulk_result(DOMAIN, result_of(3000, {"before": [], "after": NETWORKS}), declared(3000))
    first, last = result["results"][0], result["results"][-1]
    assert first["changes"] == {"field": {"before": [], "after": NETWORKS}}
    assert "changes" not in last
    assert last["fields"] == ["field"]
    assert result["diff"]["before"] == {}


def test_results_that_do_not_fit_in_any_form_are_left_out():
    options = declared(9000)
    result = shorten_bulk_result(DOMAIN, result_of(9000, {"before": [], "after": NETWORKS}), options)
    kept = len(result["results"])
    assert 0 < kept < 9000
    assert result["shortened"][-1] == f"results: {9000 - kept} of 9000 are left out"
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000


def test_of_failures_that_do_not_fit_the_kind_is_kept():
    options = declared(5000)
    result = shorten_bulk_result(DOMAIN, result_of(5000, {"before": 1, "after": 2}, failing=True), options)
    assert result["results"][-1]["failure"] == {"kind": "invalid"}
    assert "msg" not in result["results"][-1]


def test_undeclared_domains_without_end():
    options = declared(1)
    result = shorten_bulk_result(
        DOMAIN, result_of(1, {"before": 1, "after": 2}, undeclared=[f"domain-{number:06}.example.com" for number in range(40_000)]), options
    )
    assert printed(result, options) <= MAX_RESULT_CHARACTERS + 2000
    kept = len(result["undeclared"])
    assert f"undeclared: {40_000 - kept} of 40000 are left out" in result["shortened"]


def test_check_mode_is_shortened_as_the_run_is():
    """Ids of new domains are known in the run only, and take room."""

    def created(ids):
        result = result_of(2000, {"before": None, "after": NETWORKS[:3]})
        for entry in result["results"]:
            entry |= {"action": "create", "id": None}
        return shorten_bulk_result(DOMAIN, {**result, "new_ids": ids}, declared(2000))

    names = [f"domain-{number:05}.example.com" for number in range(2000)]
    check, run = created({}), created(dict.fromkeys(names, "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"))
    assert {**run, "new_ids": {}} == check
    assert len(json.dumps(run)) <= MAX_RESULT_CHARACTERS + 2000


def test_waivers_and_what_they_left_alone_are_shortened_too(monkeypatch):
    monkeypatch.setattr(result_size_module, "MAX_RESULT_CHARACTERS", 4000)
    waived = [{"domain": f"d{number}.example", "field": "transport", "declared": "a", "live": "b"} for number in range(200)]
    result = {"results": [], "new_ids": {}, "undeclared": [], "diff": {"before": {}, "after": {}}, "waived": waived, "scope": ["a.example"] * 300}
    options = {"domains": [], "waivers": [{"domain": "*", "reason": "r" * 5000}]}
    small = result_size_module.shorten_bulk_result(DOMAIN, result, options)
    assert result_size_module.json_size({**small, "invocation": options}) < 5000
    assert options["waivers"] == "1 waivers, left out to keep the result small"
    assert {"waived", "scope"} <= {words.partition(":")[0] for words in small["shortened"]}
